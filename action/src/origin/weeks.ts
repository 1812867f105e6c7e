import { dateOf, dayOf, isCalendarDate } from '../document/calendar.ts';
import type { Group } from '../document/document.ts';
import type { Shape } from '../document/shape.ts';
import type { Provenance } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import { quoted } from '../privacy/quoted.ts';
import { count, number } from '../report/numbers.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import type { EntityFacts, Share, WeekShare } from './facts.ts';
import {
  allOf,
  chanceOf,
  fewestHits,
  isWorthAsking,
  largest,
  sides,
  smallestShare,
  unknowable,
  unlessTooMany,
  type Answer,
  type Compared,
  type Pattern,
} from './pattern.ts';

/** What differing weeks of children have in common: the child, the start date, and the time of the last write. */

const differing = (hit: number, total: number): string => allOf(hit, total, 'differing weeks');

/** What only the store knows, as far as it is known. */
export type Answers = {
  readonly traits: Provenance['traits'];
  readonly countOfGroup: (group: Group) => Promise<Answer>;
  readonly countOfStarts: (from: string, to?: string) => Promise<Answer>;
  readonly countWrittenSince: (date: string) => Promise<Answer>;
  /** `undefined` if the answer is unknown but may exist. */
  readonly agesOf: (facts: EntityFacts) => Promise<Ages | undefined>;
};

/** How many of the differing documents are older than the dual-write. */
export type Ages = {
  /** When the dual-write began, in milliseconds since 1970, if the store records it. */
  readonly start: number | undefined;
  readonly older: number;
  /** Orphans that were written later. */
  readonly newerOrphans: number;
};

/** The store's own answers, each requested once. */
export function askStore({ traits, dualWriteStart, countOfGroup, countOfStarts, countWrittenSince }: Provenance): Answers {
  const known = new Map<string, Promise<number | undefined>>();
  const once = (question: string, ask: () => Promise<number | undefined>): Promise<number | undefined> => {
    const asked = known.get(question) ?? answer(ask);
    known.set(question, asked);
    return asked;
  };
  return {
    traits,
    countOfGroup: (group) => once(`group ${JSON.stringify(group)}`, () => countOfGroup(group)),
    countOfStarts: (from, to) => once(`starts ${from} ${to ?? ''}`, () => countOfStarts(from, to)),
    countWrittenSince: (date) => once(`written ${date}`, () => countWrittenSince(date)),
    async agesOf({ written, orphans }) {
      const start = await once('start', dualWriteStart);
      // It is not known when a deleted row was deleted, only that this was after it was written.
      const [older, newerOrphans] =
        start === undefined ? [0, 0] : [written.differing.filter((time) => time < start).length, orphans.filter((time) => time >= start).length];
      return { start, older, newerOrphans };
    },
  };
}

/** The store's answer, if it gives one. */
async function answer<Value>(question: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof ReadError || error instanceof BudgetError) return undefined;
    throw error;
  }
}

/**
 * The pattern of weeks with a common property, counted over all weeks if the equal ones were not read.
 *
 * @param sentenceOf receives the group with its size
 */
async function patternOf(
  group: WeekShare,
  total: Share,
  { mode }: Compared,
  countNormalized: () => Promise<Answer>,
  sentenceOf: (group: Share) => string,
): Promise<Pattern | undefined> {
  const normalized = mode === 'full' ? await countNormalized() : group.all - group.legacyOnly;
  if (normalized === undefined) return undefined;
  if (typeof normalized === 'object') return unlessTooMany(normalized.atLeast + group.legacyOnly, total);
  const counted = { hit: group.hit, all: normalized + group.legacyOnly };
  const chance = chanceOf(counted, total);
  return chance === undefined ? undefined : { chance, sentence: sentenceOf(counted) };
}

export async function groupPattern(
  facts: EntityFacts,
  compared: Compared,
  shape: Shape,
  answers: Answers,
  pseudonyms: Pick<Pseudonyms, 'name'>,
): Promise<Pattern | undefined> {
  const [, share] = largest(facts.groups) ?? [];
  if (!share || !isWorthAsking(share.hit, facts.documents)) return undefined;
  const total = { hit: facts.documents.hit, all: compared.compared };
  const name = quoted(nameOfGroup(share.group, shape, pseudonyms));
  return patternOf(
    share,
    total,
    compared,
    () => answers.countOfGroup(share.group),
    (group) => `${differing(group.hit, total.hit)} are of one child, ${name} (${sides(group, total, 'weeks of this child')}).`,
  );
}

export function nameOfGroup(group: Group, shape: Shape, pseudonyms: Pick<Pseudonyms, 'name'>): string {
  const part = shape.key[shape.group - 1];
  return part?.shown === 'plain' ? (group.at(-1) ?? '') : pseudonyms.name(part?.name ?? '', group);
}

/** The earliest date such that nearly all differing weeks were written on it or later. */
export function mostlyWrittenSince({ written }: EntityFacts): string | undefined {
  const times = written.differing.toSorted((a, b) => a - b);
  // A few may be older: nearly all are from this date on.
  const first = times[Math.floor((1 - smallestShare) * times.length)];
  return first === undefined ? undefined : dateOf(dayOf(first));
}

/** Everything since a date, judged by when the legacy rows were last written. */
export async function writtenPattern(facts: EntityFacts, compared: Compared, answers: Answers): Promise<Pattern | undefined> {
  const times = facts.written.differing;
  const date = mostlyWrittenSince(facts);
  if (date === undefined || times.length < fewestHits) return undefined;
  const isSince = (time: number): boolean => time >= Date.parse(`${date}T00:00:00Z`);
  const hit = times.filter(isSince).length;
  const rows =
    compared.mode !== 'full'
      ? { all: hit + facts.written.equal.filter(isSince).length, total: times.length + facts.written.equal.length }
      : { all: await answers.countWrittenSince(date), total: compared.legacyRows };
  const total = { hit: times.length, all: rows.total };
  if (rows.all === undefined) return undefined;
  if (typeof rows.all === 'object') return unlessTooMany(rows.all.atLeast, total);
  const group = { hit, all: rows.all };
  const chance = chanceOf(group, total);
  if (chance === undefined) return undefined;
  const what = facts.undated > 0 ? 'differing weeks with a known write time' : 'differing weeks';
  const such = compared.mode !== 'full' ? 'compared weeks written since' : 'legacy rows written since';
  return { chance, sentence: `${allOf(hit, times.length, what)} were last written on ${date} or later (${sides(group, total, such)}).` };
}

/** The latest date such that nearly all differing weeks start on it or later. */
export function mostlySince({ starts, documents }: EntityFacts): { readonly date: string; readonly weeks: WeekShare } | undefined {
  const weeks: WeekShare = { hit: 0, all: 0, legacyOnly: 0 };
  for (const [date, week] of [...starts].filter(([start]) => isCalendarDate(start)).toSorted(([a], [b]) => (a < b ? 1 : -1))) {
    weeks.hit += week.hit;
    weeks.all += week.all;
    weeks.legacyOnly += week.legacyOnly;
    if (weeks.hit >= smallestShare * documents.hit) return { date, weeks };
  }
  return undefined;
}

/** A single week, or everything since one. */
export async function startPattern(facts: EntityFacts, compared: Compared, { countOfStarts }: Answers): Promise<Pattern | undefined> {
  const total = { hit: facts.documents.hit, all: compared.compared };
  const [start, share] = largest(facts.starts) ?? [];
  if (start !== undefined && share && isCalendarDate(start) && isWorthAsking(share.hit, facts.documents)) {
    const found = await patternOf(
      share,
      total,
      compared,
      () => countOfStarts(start, start),
      (group) => `${differing(group.hit, total.hit)} start on ${start} (${sides(group, total, 'weeks that do')}).`,
    );
    if (found) return found;
  }
  const since = mostlySince(facts);
  if (!since || !isWorthAsking(since.weeks.hit, facts.documents)) return undefined;
  const { date, weeks } = since;
  return patternOf(
    weeks,
    total,
    compared,
    () => countOfStarts(date),
    (group) => `${differing(group.hit, total.hit)} start on ${date} or later (${sides(group, total, 'weeks that do')}).`,
  );
}

/** Whether the differing weeks are older or newer than the dual-write. */
export async function placementOf(facts: EntityFacts, answers: Answers): Promise<Pick<Pattern, 'sentence'> | undefined> {
  const ages = await answers.agesOf(facts);
  if (!ages) return unknowable;
  const sentence = placement(facts, ages);
  return sentence === undefined ? undefined : { sentence };
}

function placement({ written, undated, beforeMigration, documents }: EntityFacts, { start, older, newerOrphans }: Ages): string | undefined {
  if (start === undefined) {
    if (beforeMigration < fewestHits || beforeMigration < documents.hit) return undefined;
    return `${differing(beforeMigration, documents.hit)} were last written before the migration brought them over: a backfill gap (or rows removed since), not the write path.`;
  }
  const newer = written.differing.length - older + newerOrphans;
  const known = older + newer;
  if (known === 0 || 2 * known < documents.hit) return undefined;
  const unknown = undated - newerOrphans;
  const began = `dual-writing began on ${new Date(start).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const [all, were] = known === 1 ? ['The differing week', 'was'] : [`All ${number(known)} differing weeks`, 'were'];
  const which = unknown > 0 ? `${all} with a known write time` : all;
  if (newer === 0) return `${which} ${were} last written before ${began}: a backfill gap, not the write path.`;
  if (older === 0) return `${which} ${were} last written after ${began}: the write path, not a backfill gap.`;
  return `Of ${count(known, 'differing week')}${unknown > 0 ? ' with a known write time' : ''}, ${number(older)} ${older === 1 ? 'was' : 'were'} last written before ${began} (backfill gap) and ${number(newer)} after (write path).`;
}

/**
 * That there are only orphans is worth a sentence of its own; that there are only missing weeks, only together with a
 * sentence that says where.
 */
export function kindOf({ kinds, documents }: EntityFacts, isFound: boolean): string[] {
  const [kind] = kinds.keys();
  if (kinds.size !== 1 || documents.hit < fewestHits) return [];
  if (kind === 'orphan')
    return [
      `In all ${number(documents.hit)} differing weeks something exists only on the normalized side, and nothing is missing or wrong: deletes or renames on the legacy side did not come through.`,
    ];
  if (kind === 'missing' && isFound)
    return [`In all ${number(documents.hit)} differing weeks something is missing on the normalized side, and nothing is wrong or left over.`];
  return [];
}
