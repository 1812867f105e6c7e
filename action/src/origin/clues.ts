import { dayOf, isCalendarDate } from '../document/calendar.ts';
import { compareText } from '../document/order.ts';
import { documentLevel, levelName, type Shape } from '../document/shape.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import type { Clues } from '../report/evidence.ts';
import type { EntityCensus } from './census.ts';
import type { EntityFacts, Facts, MemberFacts, PartShare, Share } from './facts.ts';
import { areAttributes } from './members.ts';
import type { Known } from './origin.ts';
import { largest, smallestShare, type Compared } from './pattern.ts';
import { nameOf } from './rows.ts';
import { mostlySince, mostlyWrittenSince, nameOfGroup, type Answers } from './weeks.ts';

/** The facts that a part passes on, so that all parts together show where drift comes from. */

/** Values for each part of a key. */
const maxValues = 1_000;

/** Days, dates and attributes; if there are more, nothing is passed on. */
const maxDays = 10_000;

/** A longer text does not fit into a sentence as a name. */
const maxLength = 200;

type Names = Pick<Pseudonyms, 'name' | 'value' | 'text' | 'seal'>;

/**
 * @param known with the census of all parts
 * @returns `undefined` if that is more than a report should hold
 */
export async function cluesOf(
  facts: Facts,
  { mode }: Pick<Compared, 'mode'>,
  { entities, census, answers }: Known,
  pseudonyms: Names,
): Promise<Clues[] | undefined> {
  const clues: Clues[] = [];
  for (const { name, shape } of entities) {
    const own = facts.get(name);
    if (!own) continue;
    const counted = census.of(name);
    // Without a count of the equal documents, keys and days prove nothing.
    const isMeasured = mode !== 'full' || counted !== undefined || answers !== undefined;
    clues.push({
      entity: name,
      documents: own.documents,
      kinds: [...own.kinds].map(([kind, documents]) => ({ kind, documents })),
      normalizedOnly: own.normalizedOnly,
      undated: own.undated,
      beforeMigration: own.beforeMigration,
      written: { differing: isMeasured ? byDay(own.written.differing) : {}, equal: isMeasured ? byDay(own.written.equal) : {} },
      keys: isMeasured ? [...own.parts].map(([part, values]) => keyClues(part, values, shape, counted, pseudonyms)) : [],
      ...(counted && { census: { documents: counted.documents, days: Object.fromEntries(counted.days) } }),
      members: [...own.members.values()].map((members) => memberClues(members, shape, pseudonyms)),
      ...(answers && { weeks: await weekClues(own, mode, shape, answers, pseudonyms) }),
    });
  }
  return clues.every(isSmall) ? clues : undefined;
}

const isSmall = ({ written, census, members, weeks }: Clues): boolean =>
  [written.differing, written.equal, census?.days ?? {}, weeks?.starts ?? [], ...members.flatMap(({ names, dates }) => [names, dates])].every(
    (list) => Object.keys(list).length <= maxDays,
  );

function byDay(times: readonly number[]): Record<string, number> {
  const days = new Map<number, number>();
  for (const time of times) days.set(dayOf(time), (days.get(dayOf(time)) ?? 0) + 1);
  return Object.fromEntries(days);
}

function keyClues(
  part: string,
  values: ReadonlyMap<string, PartShare>,
  shape: Shape,
  census: EntityCensus | undefined,
  pseudonyms: Names,
): Clues['keys'][number] {
  const shown = shape.key.find(({ name }) => name === part)?.shown;
  // Otherwise the name also depends on the parts before it.
  const isNamedByValue = shown === 'plain' || typeof shown === 'function';
  const most = [...values].toSorted(([a, some], [b, others]) => others.hit - some.hit || compareText(a, b));
  const kept = most.filter(([value]) => value.length <= maxLength).slice(0, maxValues);
  const isKept = new Set(kept.map(([value]) => value));
  const next = most.find(([value]) => !isKept.has(value));
  return {
    part,
    values: kept.map(([value, share]) => {
      const name = nameOf(share, part, shape, pseudonyms);
      const { hit, all, normalizedOnly } = share;
      const rows = census?.countOf(part, value);
      const id = isNamedByValue && name !== undefined ? { value: name } : { value: pseudonyms.seal(value), ...(name !== undefined && { name }) };
      return { ...id, hit, all, normalizedOnly, ...(rows !== undefined && { rows }) };
    }),
    ...(next && { others: next[1].hit }),
  };
}

function memberClues(facts: MemberFacts, shape: Shape, pseudonyms: Names): Clues['members'][number] {
  const { kind, level, findings, members, traits, names, dates } = facts;
  const most = largest(new Map([...names].map(([name, share]) => [name, { ...share, hit: share.findings }])))?.[1].hit ?? 0;
  // Attributes of a document have names of our own.
  const isOurs = areAttributes(facts, levelName(shape, documentLevel(shape) + 1));
  return {
    kind,
    level,
    findings,
    members,
    traits: [...traits].map(([name, share]) => ({ name, ...share })),
    names: [...names].flatMap(([name, { group, ...share }]) => {
      if (isOurs) return [{ name, ...share }];
      return share.findings >= smallestShare * findings
        ? [{ name: pseudonyms.seal(name), ...(group && { shown: pseudonyms.text(name, group) }), ...share }]
        : [];
    }),
    ofOneName: most,
    dates: [...joinOthers(dates)].map(([date, share]) => ({ date, ...share })),
  };
}

/** Text that is not a calendar date is only counted, never named. */
function joinOthers(dates: ReadonlyMap<string, Share>): Map<string, Share> {
  const joined = new Map<string, Share>();
  for (const [text, { hit, all }] of dates) {
    const date = isCalendarDate(text) ? text : '';
    const known = joined.get(date) ?? { hit: 0, all: 0 };
    joined.set(date, { hit: known.hit + hit, all: known.all + all });
  }
  return joined;
}

/** Queries everything that may be needed once all parts are merged, since a part cannot know yet what that will be. */
async function weekClues(facts: EntityFacts, mode: Compared['mode'], shape: Shape, answers: Answers, pseudonyms: Names): Promise<NonNullable<Clues['weeks']>> {
  const isAsked = mode === 'full' && facts.documents.hit > 0;
  const ask = async (question: () => ReturnType<Answers['countOfGroup']>): Promise<number | undefined> => {
    const answer = isAsked ? await question() : undefined;
    return Number.isSafeInteger(answer) ? Number(answer) : undefined;
  };
  const isNearlyAll = ({ hit }: Share): boolean => hit > 0 && hit >= smallestShare * facts.documents.hit;
  const [, leading] = largest(facts.groups) ?? [];
  const group = leading && isNearlyAll(leading) ? leading : undefined;
  const groupRows = group && (await ask(() => answers.countOfGroup(group.group)));
  const [start, starting] = largest(facts.starts) ?? [];
  const since = mostlySince(facts);
  const dates = [
    ...(start !== undefined && starting && isCalendarDate(start) && isNearlyAll(starting) ? [{ from: start, to: start }] : []),
    ...(since ? [{ from: since.date }] : []),
  ];
  const startCounts: NonNullable<Clues['weeks']>['startCounts'] = [];
  for (const date of dates) {
    const rows = await ask(() => answers.countOfStarts(date.from, 'to' in date ? date.to : undefined));
    if (rows !== undefined) startCounts.push({ ...date, rows });
  }
  const written = mostlyWrittenSince(facts);
  const writtenRows = written === undefined ? undefined : await ask(() => answers.countWrittenSince(written));
  const ages = facts.documents.hit > 0 ? await answers.agesOf(facts) : undefined;
  return {
    ...(group && {
      group: {
        name: nameOfGroup(group.group, shape, pseudonyms),
        hit: group.hit,
        all: group.all,
        legacyOnly: group.legacyOnly,
        ...(groupRows !== undefined && { rows: groupRows }),
      },
    }),
    starts: [...facts.starts].map(([date, { hit, all, legacyOnly }]) => ({ date, hit, all, legacyOnly })),
    startCounts,
    writtenCounts: written !== undefined && writtenRows !== undefined ? [{ since: written, rows: writtenRows }] : [],
    ages: {
      ...(ages?.start !== undefined && { start: new Date(Math.floor(ages.start / 60_000) * 60_000).toISOString() }),
      older: ages?.older ?? 0,
      newerOrphans: ages?.newerOrphans ?? 0,
    },
  };
}
