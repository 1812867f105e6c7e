import { daysSinceMonday, isCalendarDate } from '../document/calendar.ts';
import type { DifferenceKind } from '../document/document.ts';
import { documentLevel, levelName, type Shape } from '../document/shape.ts';
import type { Pair, Provenance } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import { count, number, percent } from '../report/numbers.ts';
import type { Report } from '../report/report.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import { chanceOfAtLeast } from '../verdict/statistics.ts';
import type { Facts, MemberFacts, Share, WeekShare } from './facts.ts';
import { quoted } from '../privacy/quoted.ts';

/** What was compared, beside the facts about what was read. */
export type Compared = {
  readonly mode: Report['mode'];
  /** Weeks that were compared. */
  readonly weeks: number;
  /** Rows of the legacy side. */
  readonly legacyRows: number;
};

const mostSentences = 3;

/** Fewer are an incident, not a pattern. */
const fewestHits = 3;

/** So much of what differs has something in common … */
const smallestShare = 0.95;

/** … and at most so much of everything that was compared. */
const largestBase = 0.7;

/** How likely it may be that a pattern comes about by accident, in any of the groups that there are. */
const largestChance = 0.01;

type Names = Pick<Pseudonyms, 'name' | 'text' | 'common'>;

/** Something that what differs has in common. */
type Pattern = { readonly sentence: string; readonly chance: number };

/**
 * Where the drift comes from, as far as the evidence carries it: whole sentences, the strongest first, at most three. A
 * pattern counts when nearly all that differs has something in common which little of the rest has, and when that is
 * hardly chance (`chanceOfAtLeast`, times the number of groups of that size, for it was not known beforehand in which one
 * it would be).
 *
 * Names stand between “ and ”, which no name holds itself. Asks the stores at most six small questions, only about
 * patterns that the facts suggest; an answer that does not come means silence.
 */
export async function findOrigin(facts: Facts, compared: Compared, { entities: [entity], provenance }: Pick<Pair, 'entities' | 'provenance'>, pseudonyms: Names): Promise<string[]> {
  if (facts.weeks.hit === 0 || provenance === undefined || entity === undefined) return [];
  const { shape } = entity;
  const most = [...facts.members.values()].toSorted((a, b) => b.findings - a.findings)[0];
  const patterns = [
    most && strongest(memberPatterns(most, levelName(shape, documentLevel(shape) + 1), provenance.traits, pseudonyms)),
    await groupPattern(facts, compared, shape, provenance, pseudonyms),
    (await writtenPattern(facts, compared, provenance)) ?? (await startPattern(facts, compared, provenance)),
  ]
    .filter((pattern) => pattern !== undefined)
    .toSorted((a, b) => a.chance - b.chance)
    .map(({ sentence }) => sentence);
  const placement = await placementOf(facts, provenance);
  const [first, ...others] = patterns;
  const found = [first, placement, ...others].filter((sentence) => sentence !== undefined);
  return [...found, ...kindOf(facts, found.length > 0)].slice(0, mostSentences);
}

const strongest = (patterns: readonly (Pattern | undefined)[]): Pattern | undefined =>
  patterns.filter((pattern) => pattern !== undefined).toSorted((a, b) => a.chance - b.chance)[0];

/**
 * @param group what has it in common
 * @param total everything that was compared
 * @returns the chance, or `undefined` where there is no pattern
 */
function chanceOf(group: Share, total: Share): number | undefined {
  const base = group.all / total.all;
  if (group.hit < fewestHits || group.hit < smallestShare * total.hit || !(base <= largestBase)) return undefined;
  // Written meanwhile, so that the numbers do not fit together.
  if (group.hit > group.all || total.hit > total.all || total.hit - group.hit > total.all - group.all) return undefined;
  const chance = chanceOfAtLeast(group.hit, total.hit, group.all, total.all) / base;
  return chance <= largestChance ? chance : undefined;
}

/** `All 165 missing records`, `163 of 165 missing records (98.8%)` */
const allOf = (hit: number, total: number, what: string): string =>
  hit === total ? `All ${number(total)} ${what}` : `${number(hit)} of ${number(total)} ${what} (${percent(hit / total)})`;

const others = (group: Share, total: Share): string => {
  const [hit, all] = [total.hit - group.hit, total.all - group.all];
  return `${hit === 0 ? 'none' : number(hit)} of the other ${number(all)}`;
};

/** `42 of the 42 such habits, none of the other 69` */
const sides = (group: Share, total: Share, such: string): string => `${number(group.hit)} of the ${number(group.all)} ${such}, ${others(group, total)}`;

const adjectives: Partial<Record<DifferenceKind, string>> = { missing: 'missing', orphan: 'orphan', mismatch: 'differing' };

function memberPatterns(facts: MemberFacts, memberLevel: string, traits: Provenance['traits'], pseudonyms: Names): (Pattern | undefined)[] {
  const isAttribute = facts.level !== memberLevel && facts.dates.size === 0;
  const what = isAttribute ? 'differences of content' : `${adjectives[facts.kind] ?? facts.kind} ${facts.level}`;

  const ofMembers = (group: Share & { findings: number }, sentence: string, such: string): Pattern | undefined => {
    if (group.findings < smallestShare * facts.findings) return undefined;
    const chance = chanceOf(group, facts.members);
    if (chance === undefined) return undefined;
    const numbers = isAttribute ? '' : ` (${sides(group, facts.members, such)})`;
    return { chance, sentence: `${allOf(group.findings, facts.findings, what)} ${sentence}${numbers}.` };
  };
  const byTrait = [...facts.traits].map(([trait, group]) =>
    ofMembers(group, `belong to ${memberLevel} ${traits[trait] ?? quoted(trait)}`, `such ${memberLevel} in these weeks`),
  );
  const byName = [...facts.names].map(([name, group]) => {
    // What a week has, it has under names of ours.
    if (isAttribute) return ofMembers(group, `are in ${quoted(name)}`, 'in these weeks');
    const shown = group.group ? pseudonyms.text(name, group.group) : pseudonyms.common(name);
    return ofMembers(group, `belong to ${memberLevel} ${shown === undefined ? 'of one name, which several children have' : `named ${quoted(shown)}`}`, 'in these weeks');
  });
  return [...byTrait, ...byName, datePattern(facts, what)];
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

function datePattern({ dates, findings, level }: MemberFacts, what: string): Pattern | undefined {
  if (dates.size === 0) return undefined;
  const total = sum(dates.values());
  const ofDates = (group: Share, day: string, that: string): Pattern | undefined => {
    const chance = chanceOf(group, total);
    return chance === undefined ? undefined : { chance, sentence: `${allOf(group.hit, findings, what)} are of ${day} (${sides(group, total, `${level} of ${that} in these weeks`)}).` };
  };
  const [date, share] = largest(dates) ?? [];
  const oneDate = date !== undefined && share && isCalendarDate(date) ? ofDates(share, `one day, ${date}`, 'that day') : undefined;
  if (oneDate) return oneDate;

  const byWeekday = Map.groupBy([...dates].filter(([day]) => isCalendarDate(day)), ([day]) => daysSinceMonday(day));
  const [weekday, group] = largest(new Map([...byWeekday].map(([day, shares]) => [day, sum(shares.map(([, each]) => each))]))) ?? [];
  const name = weekdays[weekday ?? -1];
  return group && name ? ofDates(group, `a ${name}`, 'that weekday') : undefined;
}

function sum(shares: Iterable<Share>): Share {
  const total: Share = { hit: 0, all: 0 };
  for (const { hit, all } of shares) {
    total.hit += hit;
    total.all += all;
  }
  return total;
}

function largest<Value, Of extends Share>(shares: ReadonlyMap<Value, Of>): [Value, Of] | undefined {
  let best: [Value, Of] | undefined;
  for (const entry of shares) if (!best || entry[1].hit > best[1].hit) best = entry;
  return best;
}

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

const isWorthAsking = (hit: number, facts: Facts): boolean => hit >= fewestHits && hit >= smallestShare * facts.weeks.hit;

async function groupPattern(facts: Facts, compared: Compared, shape: Shape, provenance: Provenance, pseudonyms: Names): Promise<Pattern | undefined> {
  const [, share] = largest(facts.groups) ?? [];
  if (!share || !isWorthAsking(share.hit, facts)) return undefined;
  const group = await ofAll(share, compared, () => provenance.countOfGroup(share.group));
  const total = { hit: facts.weeks.hit, all: compared.weeks };
  const chance = group && chanceOf(group, total);
  if (chance === undefined) return undefined;
  const part = shape.key[shape.group - 1];
  const said = part?.shown === 'plain' ? (share.group.at(-1) ?? '') : pseudonyms.name(part?.name ?? '', share.group);
  const name = quoted(said);
  return { chance, sentence: `${differing(group?.hit ?? 0, total.hit)} are of one child, ${name} (${sides(group ?? share, total, 'weeks of this child')}).` };
}

/** Everything since a date, by when the legacy rows were last written. */
async function writtenPattern(facts: Facts, compared: Compared, provenance: Provenance): Promise<Pattern | undefined> {
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
async function startPattern(facts: Facts, compared: Compared, { countOfStarts }: Provenance): Promise<Pattern | undefined> {
  const total = { hit: facts.weeks.hit, all: compared.weeks };
  const [start, share] = largest(facts.starts) ?? [];
  if (start !== undefined && share && isCalendarDate(start) && isWorthAsking(share.hit, facts)) {
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
    if (!isWorthAsking(since.hit, facts)) return undefined;
    const group = await ofAll(since, compared, () => countOfStarts(date));
    const chance = group && chanceOf(group, total);
    return group && chance !== undefined
      ? { chance, sentence: `${differing(group.hit, total.hit)} start on ${date} or later (${sides(group, total, 'weeks that do')}).` }
      : undefined;
  }
  return undefined;
}

/** Older than the writing of both sides, or newer. */
async function placementOf(facts: Facts, provenance: Provenance): Promise<string | undefined> {
  const { written, orphans, undated, beforeMigration } = facts;
  const start = await answer(provenance.dualWriteStart);
  if (start === undefined) {
    if (beforeMigration < fewestHits || beforeMigration < facts.weeks.hit) return undefined;
    return `${differing(beforeMigration, facts.weeks.hit)} were last written before the migration brought them over: a backfill gap (or rows removed since), not the write path.`;
  }
  const older = written.differing.filter((time) => time < start).length;
  // When a row that is not there any more was deleted is not known, except that it was after it was written.
  const newerOrphans = orphans.filter((time) => time >= start).length;
  const newer = written.differing.length - older + newerOrphans;
  const known = older + newer;
  if (known === 0 || 2 * known < facts.weeks.hit) return undefined;
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
function kindOf({ kinds, weeks }: Facts, isFound: boolean): string[] {
  const [kind] = kinds.keys();
  if (kinds.size !== 1 || weeks.hit < fewestHits) return [];
  if (kind === 'orphan') return [`In all ${number(weeks.hit)} differing weeks something is only on the normalized side, and nothing is missing or wrong: what was deleted or renamed on the legacy side stayed.`];
  if (kind === 'missing' && isFound) return [`In all ${number(weeks.hit)} differing weeks something is missing on the normalized side, and nothing is wrong or left over.`];
  return [];
}
