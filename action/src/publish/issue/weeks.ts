import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { mostDiffering } from '../../report/differing.ts';
import type { Report } from '../../report/report.ts';

/**
 * Which weeks differ, short enough for an issue. Up to `maxListed` weeks are remembered individually, so that a set that only shrinks can
 * be distinguished from one with other weeks; above that, only as a whole.
 */
export const weeksSchema = z.object({
  count: z.int().check(z.nonnegative()),
  /** Identifies the key that the hashes were made with. */
  key: z.string().check(z.maxLength(40)),
  /** A hash of the whole set. */
  hash: z.string().check(z.maxLength(40)),
  /** One hash of five characters after another; absent above `maxListed`. */
  list: z.optional(z.string().check(z.maxLength(10_000))),
});
export type Weeks = z.infer<typeof weeksSchema>;

const maxListed = 2000;
/** The distinct weeks with a finding, as 30-bit hashes: a new week goes unnoticed once in half a million times. */
export function differingWeeks({ differingWeeks: { key, weeks }, drift }: Pick<Report, 'differingWeeks' | 'drift'>): Weeks {
  const whole = weeksOf(key, weeks);
  // The list is limited, but a decrease must be visible beyond its end too.
  return weeks.length < mostDiffering ? whole : { ...whole, count: Math.max(weeks.length, drift.differing) };
}

/** @param weeks distinct and sorted */
function weeksOf(key: string, weeks: readonly string[]): Weeks {
  const listed = weeks.join('');
  const whole = { count: weeks.length, key, hash: createHash('sha256').update(listed).digest('base64url').slice(0, 22) };
  return weeks.length > maxListed ? whole : { ...whole, list: listed };
}

/** Combines the weeks of one part with those of other parts, because a run of one part does not see them all. */
export function withWeeks(before: Weeks | null, now: Weeks): Weeks {
  if (before?.key !== now.key || now.list === undefined) return now;
  // Too many to know each of them: as long as that is so, none is news.
  if (before.list === undefined) return before;
  return weeksOf(now.key, [...new Set([...hashes(before.list), ...hashes(now.list)])].toSorted());
}

/** Without the list, for when there is no room for it. */
export const withoutList = ({ count, key, hash }: Weeks): Weeks => ({ count, key, hash });

/** @returns whether `now` contains a week that `before` does not; `undefined` if their hashes were made with different keys */
export function hasOtherWeeks(before: Weeks, now: Weeks): boolean | undefined {
  if (before.key !== now.key) return undefined;
  if (before.hash === now.hash) return false;
  if (before.list !== undefined && now.list !== undefined) {
    const known = new Set(hashes(before.list));
    return hashes(now.list).some((week) => !known.has(week));
  }
  // At least one of them is known only as a whole. A set that is not smaller but different has other weeks in it; a smaller one is assumed
  // to be the remainder while somebody repairs the rest.
  return now.count >= before.count;
}

const hashes = (listed: string): string[] => listed.match(/.{5}/g) ?? [];
