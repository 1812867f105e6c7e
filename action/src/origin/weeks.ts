import { isCalendarDate } from '../document/calendar.ts';
import type { Shape } from '../document/shape.ts';
import type { Provenance } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import { quoted } from '../privacy/quoted.ts';
import { count, number } from '../report/numbers.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import type { EntityFacts, Share, WeekShare } from './facts.ts';
import { allOf, chanceOf, fewestHits, isWorthAsking, largest, sides, smallestShare, type Compared, type Pattern } from './pattern.ts';

/** What differing weeks of children have in common: whose they are, when they start, when they were written. */

const differing = (hit: number, total: number): string => allOf(hit, total, 'differing weeks');

/** The answer of a store, where it gives one. */
async function answer<Value>(question: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof ReadError || error instanceof BudgetError) return undefined;
    throw error;
  }
}

/** Weeks that have something in common: of all that were compared, where those that do not differ were not read. */
async function ofAll(group: WeekShare, { mode }: Compared, countNormalized: () => Promise<number>): Promise<Share | undefined> {
  if (mode !== 'full') return group;
  const normalized = await answer(countNormalized);
  return normalized === undefined ? undefined : { hit: group.hit, all: normalized + group.legacyOnly };
}

export async function groupPattern(facts: EntityFacts, compared: Compared, shape: Shape, provenance: Provenance, pseudonyms: Pick<Pseudonyms, 'name'>): Promise<Pattern | undefined> {
  const [, share] = largest(facts.groups) ?? [];
  if (!share || !isWorthAsking(share.hit, facts.documents)) return undefined;
  const group = await ofAll(share, compared, () => provenance.countOfGroup(share.group));
  const total = { hit: facts.documents.hit, all: compared.compared };
  const chance = group && chanceOf(group, total);
  if (chance === undefined) return undefined;
  const part = shape.key[shape.group - 1];
  const said = part?.shown === 'plain' ? (share.group.at(-1) ?? '') : pseudonyms.name(part?.name ?? '', share.group);
  const name = quoted(said);
  return { chance, sentence: `${differing(group?.hit ?? 0, total.hit)} are of one child, ${name} (${sides(group ?? share, total, 'weeks of this child')}).` };
}

/** Everything since a date, by when the legacy rows were last written. */
export async function writtenPattern(facts: EntityFacts, compared: Compared, provenance: Provenance): Promise<Pattern | undefined> {
  const times = facts.written.differing.toSorted((a, b) => a - b);
  // A few may be older: the date is the one after which nearly all are.
  const first = times[Math.floor((1 - smallestShare) * times.length)];
  if (first === undefined || times.length < fewestHits) return undefined;
  const date = new Date(first).toISOString().slice(0, 10);
  const isSince = (time: number): boolean => time >= Date.parse(`${date}T00:00:00Z`);
  const hit = times.filter(isSince).length;
  const rows =
    compared.mode !== 'full'
      ? { all: hit + facts.written.equal.filter(isSince).length, total: times.length + facts.written.equal.length }
      : { all: await answer(() => provenance.countWrittenSince(date)), total: compared.legacyRows };
  if (rows.all === undefined) return undefined;
  const group = { hit, all: rows.all };
  const total = { hit: times.length, all: rows.total };
  const chance = chanceOf(group, total);
  if (chance === undefined) return undefined;
  const what = facts.undated > 0 ? 'differing weeks of which it is known' : 'differing weeks';
  const such = compared.mode !== 'full' ? 'compared weeks written since' : 'legacy rows written since';
  return { chance, sentence: `${allOf(hit, times.length, what)} were last written on ${date} or later (${sides(group, total, such)}).` };
}

/** One week, or everything since one. */
export async function startPattern(facts: EntityFacts, compared: Compared, { countOfStarts }: Provenance): Promise<Pattern | undefined> {
  const total = { hit: facts.documents.hit, all: compared.compared };
  const [start, share] = largest(facts.starts) ?? [];
  if (start !== undefined && share && isCalendarDate(start) && isWorthAsking(share.hit, facts.documents)) {
    const group = await ofAll(share, compared, () => countOfStarts(start, start));
    const chance = group && chanceOf(group, total);
    if (group && chance !== undefined) return { chance, sentence: `${differing(group.hit, total.hit)} start on ${start} (${sides(group, total, 'weeks that do')}).` };
  }

  const starts = [...facts.starts].filter(([date]) => isCalendarDate(date)).toSorted(([a], [b]) => (a < b ? 1 : -1));
  const since: WeekShare = { hit: 0, all: 0, legacyOnly: 0 };
  for (const [date, week] of starts) {
    since.hit += week.hit;
    since.all += week.all;
    since.legacyOnly += week.legacyOnly;
    if (since.hit < smallestShare * total.hit) continue;
    if (!isWorthAsking(since.hit, facts.documents)) return undefined;
    const group = await ofAll(since, compared, () => countOfStarts(date));
    const chance = group && chanceOf(group, total);
    return group && chance !== undefined
      ? { chance, sentence: `${differing(group.hit, total.hit)} start on ${date} or later (${sides(group, total, 'weeks that do')}).` }
      : undefined;
  }
  return undefined;
}

/** Older than the writing of both sides, or newer. */
export async function placementOf(facts: EntityFacts, provenance: Provenance): Promise<string | undefined> {
  const { written, orphans, undated, beforeMigration } = facts;
  const start = await answer(provenance.dualWriteStart);
  if (start === undefined) {
    if (beforeMigration < fewestHits || beforeMigration < facts.documents.hit) return undefined;
    return `${differing(beforeMigration, facts.documents.hit)} were last written before the migration brought them over: a backfill gap (or rows removed since), not the write path.`;
  }
  const older = written.differing.filter((time) => time < start).length;
  // When a row that is not there any more was deleted is not known, except that it was after it was written.
  const newerOrphans = orphans.filter((time) => time >= start).length;
  const newer = written.differing.length - older + newerOrphans;
  const known = older + newer;
  if (known === 0 || 2 * known < facts.documents.hit) return undefined;
  const unknown = undated - newerOrphans;
  const began = `dual-writing began on ${new Date(start).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const [all, were] =
    known === 1 ? ['The differing week', 'was'] : [`All ${number(known)} differing weeks`, 'were'];
  const which = unknown > 0 ? `${all} of which it is known` : all;
  if (newer === 0) return `${which} ${were} last written before ${began}: a backfill gap, not the write path.`;
  if (older === 0) return `${which} ${were} last written after ${began}: the write path, not a backfill gap.`;
  return `Of ${count(known, 'differing week')}${unknown > 0 ? ' of which it is known' : ''}, ${number(older)} ${older === 1 ? 'was' : 'were'} last written before ${began} (backfill gap) and ${number(newer)} after (write path).`;
}

/** Nothing but orphans says something on its own; that things are missing only beside what says where. */
export function kindOf({ kinds, documents }: EntityFacts, isFound: boolean): string[] {
  const [kind] = kinds.keys();
  if (kinds.size !== 1 || documents.hit < fewestHits) return [];
  if (kind === 'orphan') return [`In all ${number(documents.hit)} differing weeks something is only on the normalized side, and nothing is missing or wrong: what was deleted or renamed on the legacy side stayed.`];
  if (kind === 'missing' && isFound) return [`In all ${number(documents.hit)} differing weeks something is missing on the normalized side, and nothing is wrong or left over.`];
  return [];
}
