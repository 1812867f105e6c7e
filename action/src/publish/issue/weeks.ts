import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { mostDiffering } from '../../report/differing.ts';
import type { Report } from '../../report/report.ts';

/**
 * Which weeks differ, in few enough characters to travel in an issue. Up to `maxListed` weeks are remembered one by
 * one, so that a set that only shrinks is told from one with other weeks in it; above that, as a whole.
 */
export const weeksSchema = z.object({
  count: z.int().check(z.nonnegative()),
  /** Of the key that the hashes were made with. */
  key: z.string().check(z.maxLength(40)),
  /** Of the whole set. */
  hash: z.string().check(z.maxLength(40)),
  /** One hash of five characters after another; absent above `maxListed`. */
  list: z.optional(z.string().check(z.maxLength(10_000))),
});
export type Weeks = z.infer<typeof weeksSchema>;

const maxListed = 2000;
/** The distinct weeks with a finding; 30 bits each, so that a new one goes unnoticed once in half a million times. */
export function differingWeeks({ differingWeeks: { key, weeks }, drift }: Pick<Report, 'differingWeeks' | 'drift'>): Weeks {
  const whole = weeksOf(key, weeks);
  // The list has an end; whether there are fewer than before is to be seen beyond it, too.
  return weeks.length < mostDiffering ? whole : { ...whole, count: Math.max(weeks.length, drift.differing) };
}

/** @param weeks distinct, in order */
function weeksOf(key: string, weeks: readonly string[]): Weeks {
  const listed = weeks.join('');
  const whole = { count: weeks.length, key, hash: createHash('sha256').update(listed).digest('base64url').slice(0, 22) };
  return weeks.length > maxListed ? whole : { ...whole, list: listed };
}

/** Those of one part, and those that other parts had: who sees a part at a time knows them only together. */
export function withWeeks(before: Weeks | null, now: Weeks): Weeks {
  if (before?.list === undefined || now.list === undefined || before.key !== now.key) return now;
  return weeksOf(now.key, [...new Set([...hashes(before.list), ...hashes(now.list)])].toSorted());
}

/** As a whole only: what is left where there is no room for a list. */
export const withoutList = ({ count, key, hash }: Weeks): Weeks => ({ count, key, hash });

/** @returns whether `now` holds a week that `before` does not; `undefined` when other keys made their hashes */
export function hasOtherWeeks(before: Weeks, now: Weeks): boolean | undefined {
  if (before.key !== now.key) return undefined;
  if (before.hash === now.hash) return false;
  if (before.list !== undefined && now.list !== undefined) {
    const known = new Set(hashes(before.list));
    return hashes(now.list).some((week) => !known.has(week));
  }
  // One of them is known as a whole only. A set that is not smaller and not the same has other weeks in it; a
  // smaller one is taken for what is left while somebody repairs the rest.
  return now.count >= before.count;
}

const hashes = (listed: string): string[] => listed.match(/.{5}/g) ?? [];
