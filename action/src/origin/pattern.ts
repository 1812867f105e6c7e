import { number, percent } from '../report/numbers.ts';
import type { Report } from '../report/report.ts';
import { chanceOfAtLeast } from '../verdict/statistics.ts';
import type { Share } from './facts.ts';

/** Decides when something that differing documents have in common is a pattern, and how to phrase its numbers. */

/** What was compared, in addition to the facts about it. */
export type Compared = {
  readonly mode: Report['mode'];
  /** Documents that were compared. */
  readonly compared: number;
  /** Rows of the legacy side. */
  readonly legacyRows: number;
  /** Documents of each entity that were compared, if there are several entities. */
  readonly byEntity?: ReadonlyMap<string, number> | undefined;
};

/** A property that the differences share; without a sentence, one that they may share, but nobody knows. */
export type Pattern = { readonly sentence: string | undefined; readonly chance: number };

/** It has to be assumed that this is the strongest pattern. */
export const unknowable: Pattern = { sentence: undefined, chance: -1 };

/** A number; or a lower bound, if nobody asked for the number; or `undefined`, if there was no answer. */
export type Answer = number | { readonly atLeast: number } | undefined;

/** Fewer are an incident, not a pattern. */
export const fewestHits = 3;

/** At least this share of the differences must have the property … */
export const smallestShare = 0.95;

/** … and at most this share of everything that was compared. */
const largestBase = 0.7;

/** The highest acceptable probability that a pattern arises by accident in any of the groups. */
const largestChance = 0.01;

/**
 * @param group has the property
 * @param total everything that was compared
 * @returns the chance, or `undefined` if there is no pattern
 */
export function chanceOf(group: Share, total: Share): number | undefined {
  const base = group.all / total.all;
  if (group.hit < fewestHits || group.hit < smallestShare * total.hit || !(base <= largestBase)) return undefined;
  // Rows were written meanwhile, so the numbers do not fit together.
  if (group.hit > group.all || total.hit > total.all || total.hit - group.hit > total.all - group.all) return undefined;
  const chance = chanceOfAtLeast(group.hit, total.hit, group.all, total.all) / base;
  return chance <= largestChance ? chance : undefined;
}

/** The pattern of a group for whose size only a lower bound is known. */
export const unlessTooMany = (atLeast: number, total: Share): Pattern | undefined => (atLeast / total.all > largestBase ? undefined : unknowable);

/** Whether a group of differences can be a pattern, before its members are counted. */
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
