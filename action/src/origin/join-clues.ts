import { dayMs } from '../document/calendar.ts';
import type { Group, Key } from '../document/document.ts';
import { documentLevel, levelName, type Shape } from '../document/shape.ts';
import type { Entity, Provenance } from '../pair/pair.ts';
import type { Clues } from '../report/evidence.ts';
import type { Census, EntityCensus } from './census.ts';
import type { EntityFacts, Facts, MemberFacts, PartShare, Share } from './facts.ts';
import { areAttributes } from './members.ts';
import { fewestHits, smallestShare, type Answer } from './pattern.ts';
import type { Answers } from './weeks.ts';

/** Combines the clues of all parts into the facts of the whole, where values are replaced by their shown names. */

type Of = Pick<Entity, 'name' | 'shape'>;

export type JoinedClues = { readonly facts: Facts; readonly census: Pick<Census, 'of'>; readonly answers: Answers | undefined };

/**
 * @param parts what each part says about its entities
 * @param provenance of a pair that has one; it is not queried
 * @param open makes seals comparable
 * @returns `undefined` if the numbers are larger than any database
 */
export function joinClues(
  parts: readonly (readonly Clues[])[],
  entities: readonly Of[],
  provenance: Provenance | undefined,
  open: (sealed: string) => string | undefined,
): JoinedClues | undefined {
  if (total(parts.flat().flatMap(({ written }) => [...Object.values(written.differing), ...Object.values(written.equal)])) > mostRows) return undefined;
  const byEntity = Map.groupBy(parts.flat(), ({ entity }) => entity);
  const cluesOf = ({ name }: Of): readonly Clues[] => byEntity.get(name) ?? [];
  const censuses = new Map(entities.map((entity) => [entity.name, joinCensus(cluesOf(entity), entity.shape, open)]));
  return {
    facts: new Map(entities.filter((entity) => cluesOf(entity).length > 0).map((entity) => [entity.name, joinFacts(cluesOf(entity), entity.shape, open)])),
    census: { of: (name) => censuses.get(name) },
    answers: provenance && joinAnswers(provenance.traits, [...byEntity.values()].flat()),
  };
}

/** The largest number of rows with a known time of writing: each takes some bytes. */
const mostRows = 20_000_000;

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const most = (numbers: readonly number[]): number => Math.max(0, ...numbers);

function joinFacts(clues: readonly Clues[], shape: Shape, open: (sealed: string) => string | undefined): EntityFacts {
  const sum = (numberOf: (one: Clues) => number): number => total(clues.map(numberOf));
  const documents = sumShares(clues.map((one) => one.documents));
  const kinds: EntityFacts['kinds'] = new Map();
  for (const { kind, documents: differing } of clues.flatMap((one) => one.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + differing);
  const keys = shape.key.map(({ name }) => ({ name, ...joinKeys(name, clues, documents.hit, shape, open) })).filter(({ values }) => values.size > 0);
  const byMember = Map.groupBy(
    clues.flatMap(({ members }) => members),
    ({ kind, level }) => `${kind} ${level}`,
  );
  const groups = clues.flatMap(({ weeks }) => weeks?.group ?? []);
  return {
    documents,
    kinds,
    normalizedOnly: sum((one) => one.normalizedOnly),
    undated: sum((one) => one.undated),
    beforeMigration: sum((one) => one.beforeMigration),
    written: { differing: timesOf(clues.map(({ written }) => written.differing)), equal: timesOf(clues.map(({ written }) => written.equal)) },
    // Each part has already counted how many of them are younger than the dual-write.
    orphans: [],
    parts: new Map(keys.map(({ name, values }) => [name, values])),
    unknownParts: new Set(keys.filter(({ isUnknown }) => isUnknown).map(({ name }) => name)),
    groups: new Map(groups.map(({ name, hit, all, legacyOnly }) => [name, { hit, all, legacyOnly, group: keyWith(shape.group, shape.group - 1, name) }])),
    starts: joinStarts(clues.flatMap(({ weeks }) => weeks?.starts ?? [])),
    members: new Map([...byMember].flatMap(([id, same]) => same.slice(0, 1).map((one) => [id, joinMembers(one, same, shape, open)] as const))),
  };
}

const sumShares = (shares: readonly Share[]): Share => ({ hit: total(shares.map(({ hit }) => hit)), all: total(shares.map(({ all }) => all)) });

const timesOf = (days: readonly Readonly<Record<string, number>>[]): number[] =>
  days.flatMap((each) => Object.entries(each).flatMap(([day, rows]) => Array.from({ length: rows }, () => Number(day) * dayMs)));

/** A key of which only one part is known, or none. */
const keyWith = (length: number, place: number, name: string | null): Key => Array.from({ length }, (_, each) => (each === place ? name : null));

function joinKeys(
  part: string,
  clues: readonly Clues[],
  differing: number,
  shape: Shape,
  open: (sealed: string) => string | undefined,
): { readonly values: Map<string, PartShare>; readonly isUnknown: boolean } {
  const lists = clues.flatMap(({ keys }) => keys).filter((key) => key.part === part);
  const others = total(lists.map((list) => list.others ?? 0));
  const cut = lists.filter((list) => list.others !== undefined).length;
  const place = shape.key.findIndex(({ name }) => name === part);
  const joined = new Map<string, { share: Share & { normalizedOnly: number }; names: Set<string | undefined>; cut: number; others: number }>();
  for (const list of lists) {
    for (const each of list.values) {
      const value = idOf(each.value, shape.key[place], open);
      const known = joined.get(value) ?? { share: { hit: 0, all: 0, normalizedOnly: 0 }, names: new Set(), cut: 0, others: 0 };
      joined.set(value, known);
      known.share.hit += each.hit;
      known.share.all += each.all;
      known.share.normalizedOnly += each.normalizedOnly;
      known.names.add(isSealed(shape.key[place]) ? each.name : each.value);
      if (list.others === undefined) continue;
      known.cut += 1;
      known.others += list.others;
    }
  }
  const isPattern = (hit: number): boolean => hit >= fewestHits && hit >= smallestShare * differing;
  // A value that a part left out may be the one that nearly all rows share.
  const isUnknown = (cut > 0 && isPattern(others)) || [...joined.values()].some((each) => each.cut < cut && isPattern(each.share.hit + others - each.others));
  const values = [...joined].map(([value, { share, names }]): [string, PartShare] => {
    const [name] = names;
    const key = keyWith(shape.key.length, place, names.size === 1 ? (name ?? null) : null);
    return [value, { ...share, first: key, other: key }];
  });
  return { values: new Map(values), isUnknown };
}

/** Whether the shown name of a part's value changes from row to row. */
const isSealed = (part: Shape['key'][number] | undefined): boolean => part?.shown === 'pseudonym' || part?.shown === 'never';

const idOf = (value: string, part: Shape['key'][number] | undefined, open: (sealed: string) => string | undefined): string =>
  isSealed(part) ? (open(value) ?? value) : value;

function joinStarts(starts: readonly NonNullable<Clues['weeks']>['starts'][number][]): EntityFacts['starts'] {
  return new Map(
    [...Map.groupBy(starts, ({ date }) => date)].map(([date, same]) => [
      date,
      { ...sumShares(same), legacyOnly: total(same.map(({ legacyOnly }) => legacyOnly)) },
    ]),
  );
}

type MemberClues = Clues['members'][number];

function joinMembers(
  { kind, level }: Pick<MemberClues, 'kind' | 'level'>,
  parts: readonly MemberClues[],
  shape: Shape,
  open: (sealed: string) => string | undefined,
): MemberFacts {
  const findings = total(parts.map((one) => one.findings));
  const sumAll = (some: readonly (Share & { readonly findings: number })[]): Share & { findings: number } => ({
    ...sumShares(some),
    findings: total(some.map((one) => one.findings)),
  });
  const dates = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.dates),
        ({ date }) => date,
      ),
    ].map(([date, same]) => [date, sumShares(same)]),
  );
  const traits = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.traits),
        ({ name }) => name,
      ),
    ].map(([name, same]) => [name, sumAll(same)]),
  );
  const facts = { kind, level, findings, members: sumShares(parts.map((one) => one.members)), traits, dates };
  const names = parts.flatMap((one) => one.names);
  if (areAttributes(facts, levelName(shape, documentLevel(shape) + 1))) {
    return { ...facts, names: new Map([...Map.groupBy(names, ({ name }) => name)].map(([name, same]) => [name, { ...sumAll(same), group: [] }])) };
  }
  const byName = [...Map.groupBy(names, ({ name }) => open(name) ?? name)];
  const isComplete = (same: readonly unknown[]): boolean => same.length === parts.length;
  return {
    ...facts,
    // A name that several parts have belongs to several groups.
    names: new Map(
      byName
        .filter(([, same]) => isComplete(same))
        .map(([name, same]): [string, Share & { findings: number; group: Group | undefined }] => {
          const [shown] = same.map((one) => one.shown);
          return same.length > 1 || shown === undefined ? [name, { ...sumAll(same), group: undefined }] : [shown, { ...sumAll(same), group: [] }];
        }),
    ),
    isNameUnknown: byName.some(([, same]) => !isComplete(same) && mostOf(same, parts) >= smallestShare * findings),
  };
}

/** An upper bound for the number of differences with a name. */
function mostOf(same: readonly MemberClues['names'][number][], parts: readonly MemberClues[]): number {
  const without = parts.filter(({ names }) => !names.some((name) => same.includes(name)));
  // If another name has nearly all of them, this one has at most the rest.
  const left = without.map(({ ofOneName, findings, names }) => Math.min(ofOneName, findings - total(names.map((name) => name.findings))));
  return total(same.map(({ findings }) => findings)) + total(left);
}

/** Each part has counted all rows; if some were written meanwhile, one of the counts may be a little higher. */
function joinCensus(clues: readonly Clues[], shape: Shape, open: (sealed: string) => string | undefined): EntityCensus | undefined {
  const censuses = clues.flatMap(({ census }) => census ?? []).toSorted((a, b) => b.documents - a.documents);
  const [largest] = censuses;
  if (!largest || censuses.length < clues.length) return undefined;
  const rows = new Map<string, number>();
  for (const { part, values } of clues.flatMap(({ keys }) => keys)) {
    for (const { value, rows: counted } of values) {
      const id = JSON.stringify([
        part,
        idOf(
          value,
          shape.key.find(({ name }) => name === part),
          open,
        ),
      ]);
      if (counted !== undefined) rows.set(id, most([rows.get(id) ?? 0, counted]));
    }
  }
  return {
    documents: largest.documents,
    days: new Map(Object.entries(largest.days).map(([day, documents]) => [Number(day), documents])),
    countOf: (part, value) => rows.get(JSON.stringify([part, value])),
  };
}

/** Only the answers that the parts got from the store: any other one is unknown. */
function joinAnswers(traits: Provenance['traits'], clues: readonly Clues[]): Answers {
  const weeks = clues.flatMap((one) => one.weeks ?? []);
  const differing = clues.filter(({ documents }) => documents.hit > 0).flatMap((one) => one.weeks ?? []);
  const groups = new Map(weeks.flatMap(({ group }) => (group?.rows === undefined ? [] : [[group.name, group.rows] as const])));
  const starts = weeks.flatMap(({ startCounts }) => startCounts);
  const written = weeks.flatMap(({ writtenCounts }) => writtenCounts);
  const counted = (rows: readonly number[], later: readonly number[]): Answer => (rows.length > 0 ? most(rows) : { atLeast: most(later) });
  return {
    traits,
    countOfGroup: async (group) => groups.get(group.at(-1) ?? '') ?? { atLeast: 0 },
    countOfStarts: async (from, to) => {
      const isWithin = (start: { readonly from: string; readonly to?: string | undefined }): boolean =>
        start.from >= from && (to === undefined || (start.to !== undefined && start.to <= to));
      return counted(
        starts.filter((start) => start.from === from && start.to === to).map(({ rows }) => rows),
        starts.filter(isWithin).map(({ rows }) => rows),
      );
    },
    countWrittenSince: async (date) =>
      counted(
        written.filter(({ since }) => since === date).map(({ rows }) => rows),
        written.filter(({ since }) => since > date).map(({ rows }) => rows),
      ),
    async agesOf() {
      const [first, ...others] = differing.map(({ ages }) => ages);
      if (!first || others.some(({ start }) => start !== first.start)) return undefined;
      const all = [first, ...others];
      return {
        start: first.start === undefined ? undefined : Date.parse(first.start),
        older: total(all.map(({ older }) => older)),
        newerOrphans: total(all.map(({ newerOrphans }) => newerOrphans)),
      };
    },
  };
}
