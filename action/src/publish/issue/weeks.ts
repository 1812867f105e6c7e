import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Report } from '../../report/report.ts';

/**
 * Which weeks differ, in few enough characters to travel in an issue. Up to `maxListed` weeks are remembered one by
 * one, so that a set that only shrinks is told from one with other weeks in it; above that, as a whole.
 */
export const weeksSchema = z.object({
  count: z.int().nonnegative(),
  /** Of the whole set. */
  hash: z.string().max(40),
  /** One hash of `hashLength` characters after another; absent above `maxListed`. */
  list: z.string().max(10_000).optional(),
});
export type Weeks = z.infer<typeof weeksSchema>;

const maxListed = 2000;
/** 30 bits: among 2,000 remembered weeks a new one goes unnoticed once in half a million. */
const hashLength = 5;

const hash = (text: string, length: number): string => createHash('sha256').update(text).digest('base64url').slice(0, length);

/** The distinct weeks with a finding. Findings about a level as a whole are about no week. */
export function differingWeeks(report: Report): Weeks {
  const keys = report.findings
    .filter(({ child, weekStart }) => child !== null || weekStart !== null)
    .map(({ child, weekStart }) => JSON.stringify([child, weekStart]));
  const weeks = [...new Set(keys)].sort();
  const whole = { count: weeks.length, hash: hash(weeks.join('\n'), 22) };
  if (weeks.length > maxListed) return whole;
  return { ...whole, list: weeks.map((week) => hash(week, hashLength)).join('') };
}

/** As a whole only: what is left where there is no room for a list. */
export const withoutList = ({ count, hash: whole }: Weeks): Weeks => ({ count, hash: whole });

/** @returns whether `now` holds a week that `before` does not */
export function hasOtherWeeks(before: Weeks, now: Weeks): boolean {
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
