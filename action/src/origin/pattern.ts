import { number, percent } from '../report/numbers.ts';
import type { Report } from '../report/report.ts';
import { chanceOfAtLeast } from '../verdict/statistics.ts';
import type { Share } from './facts.ts';

/** When something that differing documents have in common is a pattern, and how its numbers are put. */

/** What was compared, beside the facts about what was read. */
export type Compared = {
  readonly mode: Report['mode'];
  /** Documents that were compared. */
  readonly compared: number;
  /** Rows of the legacy side. */
  readonly legacyRows: number;
  /** Documents that were compared of each entity, where there are several. */
  readonly byEntity?: ReadonlyMap<string, number> | undefined;
};

/** Something that what differs has in common; without a sentence, something that it may have in common and of which nobody knows. */
export type Pattern = { readonly sentence: string | undefined; readonly chance: number };

/** It may be the strongest one. */
export const unknowable: Pattern = { sentence: undefined, chance: -1 };

/** A number; or the least that it can be, where nobody asked for it; nothing where nobody answered. */
export type Answer = number | { readonly atLeast: number } | undefined;

/** Fewer are an incident, not a pattern. */
export const fewestHits = 3;

/** So much of what differs has something in common … */
export const smallestShare = 0.95;

/** … and at most so much of everything that was compared. */
const largestBase = 0.7;

/** How likely it may be that a pattern comes about by accident, in any of the groups that there are. */
const largestChance = 0.01;

/**
 * @param group what has it in common
 * @param total everything that was compared
 * @returns the chance, or `undefined` where there is no pattern
 */
export function chanceOf(group: Share, total: Share): number | undefined {
  const base = group.all / total.all;
  if (group.hit < fewestHits || group.hit < smallestShare * total.hit || !(base <= largestBase)) return undefined;
  // Written meanwhile, so that the numbers do not fit together.
  if (group.hit > group.all || total.hit > total.all || total.hit - group.hit > total.all - group.all) return undefined;
  const chance = chanceOfAtLeast(group.hit, total.hit, group.all, total.all) / base;
  return chance <= largestChance ? chance : undefined;
}

/** What is to be said of a group of which it is only known how many there are at least. */
export const unlessTooMany = (atLeast: number, total: Share): Pattern | undefined => (atLeast / total.all > largestBase ? undefined : unknowable);

/** Whether a group of what differs can be a pattern, before anybody counts how many there are of it. */
export const isWorthAsking = (hit: number, total: Share): boolean => hit >= fewestHits && hit >= smallestShare * total.hit;

export const strongest = (patterns: readonly (Pattern | undefined)[]): Pattern | undefined =>
  patterns.filter((pattern) => pattern !== undefined).toSorted((a, b) => a.chance - b.chance)[0];

/** `All 165 missing records`, `163 of 165 missing records (98.8%)` */
export const allOf = (hit: number, total: number, what: string): string =>
  hit === total ? `All ${number(total)} ${what}` : `${number(hit)} of ${number(total)} ${what} (${percent(hit / total)})`;

const others = (group: Share, total: Share): string => {
  const [hit, all] = [total.hit - group.hit, total.all - group.all];
  return `${hit === 0 ? 'none' : number(hit)} of the other ${number(all)}`;
};

/** `all 42 such habits, none of the other 69` */
export const sides = (group: Share, total: Share, such: string): string => `${inGroup(group)} ${such}, ${others(group, total)}`;

const inGroup = ({ hit, all }: Share): string => (hit === all ? `all ${number(all)}` : `${number(hit)} of the ${number(all)}`);

export function sum(shares: Iterable<Share>): Share {
  const total: Share = { hit: 0, all: 0 };
  for (const { hit, all } of shares) {
    total.hit += hit;
    total.all += all;
  }
  return total;
}

export function largest<Value, Of extends Share>(shares: ReadonlyMap<Value, Of>): [Value, Of] | undefined {
  let best: [Value, Of] | undefined;
  for (const entry of shares) if (!best || entry[1].hit > best[1].hit) best = entry;
  return best;
}
