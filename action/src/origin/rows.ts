import { dateOf, dayOf } from '../document/calendar.ts';
import type { DifferenceKind } from '../document/document.ts';
import { compareText } from '../document/order.ts';
import { shownKey, type Pseudonyms } from '../privacy/pseudonyms.ts';
import { quoted } from '../privacy/quoted.ts';
import { number } from '../report/numbers.ts';
import type { Entity } from '../pair/pair.ts';
import type { Census, EntityCensus } from './census.ts';
import type { EntityFacts, Facts, PartShare, Share } from './facts.ts';
import {
  allOf,
  chanceOf,
  fewestHits,
  isWorthAsking,
  largest,
  sides,
  smallestShare,
  strongest,
  sum,
  unknowable,
  type Compared,
  type Pattern,
} from './pattern.ts';

/** What differing rows without a group have in common: the entity, a part of the key, and the time of the last write. */

type Entities = readonly Pick<Entity, 'name' | 'shape'>[];

/** Rows with one kind of difference. */
const rowsOf: Readonly<Record<DifferenceKind, string>> = {
  missing: 'missing rows',
  orphan: 'orphan rows',
  mismatch: 'rows with different content',
  duplicate: 'keys with several rows',
  malformed: 'rows with unreadable values',
  'ambiguous-owner': 'rows with an ambiguous owner',
  'wrong-owner': 'rows with the wrong owner',
  count: 'differing rows',
};

/** The kind of difference, if all differing rows have the same one. */
function differing(facts: Iterable<EntityFacts>): string {
  const kinds = new Set([...facts].flatMap((each) => [...each.kinds.keys()]));
  const [kind] = kinds;
  return kinds.size === 1 && kind ? rowsOf[kind] : 'differing rows';
}

/** The entity that nearly all rows with the most frequent kind of difference belong to. */
export function entityPattern(facts: Facts, { compared, byEntity }: Compared): Pattern | undefined {
  if (!byEntity) return undefined;
  const kinds = new Map<DifferenceKind, Share>();
  for (const each of facts.values()) for (const [kind, hit] of each.kinds) kinds.set(kind, { hit: (kinds.get(kind)?.hit ?? 0) + hit, all: compared });
  // Equally frequent kinds are sorted, so that it does not matter which was seen first.
  const [kind, total] = largest(new Map([...kinds].toSorted(([a], [b]) => compareText(a, b)))) ?? [];
  if (kind === undefined || !total) return undefined;
  const [name, group] =
    largest(new Map([...facts].map(([entity, each]) => [entity, { hit: each.kinds.get(kind) ?? 0, all: byEntity.get(entity) ?? 0 }]))) ?? [];
  if (name === undefined || !group) return undefined;
  const chance = chanceOf(group, total);
  return chance === undefined
    ? undefined
    : { chance, sentence: `${allOf(group.hit, total.hit, rowsOf[kind])} are in ${quoted(name)} (${sides(group, total, 'rows there')}).` };
}

/** The entity with the most differing rows. */
export function mostDiffering(facts: Facts): readonly [name: string, facts: EntityFacts] | undefined {
  const [name] = largest(new Map([...facts].map(([entity, { documents }]) => [entity, documents]))) ?? [];
  const found = name === undefined ? undefined : facts.get(name);
  return name === undefined || !found ? undefined : [name, found];
}

/** A part of the key that nearly all differing rows of an entity share. */
export function partPattern(
  facts: EntityFacts,
  { name: entity, shape }: Entities[number],
  { mode }: Pick<Compared, 'mode'>,
  census: EntityCensus | undefined,
  pseudonyms: Pick<Pseudonyms, 'name' | 'value'>,
  isOneOfSeveral: boolean,
): Pattern | undefined {
  const what = `${differing([facts])}${isOneOfSeveral ? ` of ${quoted(entity)}` : ''}`;
  const patterns = [...facts.parts].map(([part, values]): Pattern | undefined => {
    if (facts.unknownParts?.has(part)) return unknowable;
    const [value, share] = largest(values) ?? [];
    if (value === undefined || !share || !isWorthAsking(share.hit, facts.documents)) return undefined;
    const all = mode !== 'full' ? share.all : sumOf(census?.countOf(part, value), share.normalizedOnly);
    const rows = mode !== 'full' ? facts.documents.all : sumOf(census?.documents, facts.normalizedOnly);
    if (all === undefined || rows === undefined) return undefined;
    const [group, total] = [
      { hit: share.hit, all },
      { hit: facts.documents.hit, all: rows },
    ];
    const chance = chanceOf(group, total);
    if (chance === undefined) return undefined;
    const shown = nameOf(share, part, shape, pseudonyms);
    const belong = shown === undefined ? `share one ${quoted(part)}, whose pseudonym differs from row to row` : `belong to ${quoted(`${part} ${shown}`)}`;
    return { chance, sentence: `${allOf(group.hit, total.hit, what)} ${belong} (${sides(group, total, 'rows that do')}).` };
  });
  return strongest(patterns);
}

const sumOf = (a: number | undefined, b: number): number | undefined => (a === undefined ? undefined : a + b);

/** The name of a part in the findings, if it is the same in all of them. */
export function nameOf(
  { first, other }: PartShare,
  part: string,
  shape: Entities[number]['shape'],
  pseudonyms: Pick<Pseudonyms, 'name' | 'value'>,
): string | undefined {
  const [one, same] = [first, other].map((key) => shownKey(key, shape, pseudonyms)[part] ?? undefined);
  return one === same ? one : undefined;
}

/**
 * Everything since a day, or before one, judged by when the legacy rows were last written.
 *
 * @param entity that the facts are about, if there are others
 */
export function timePattern(facts: Facts, { mode }: Pick<Compared, 'mode'>, census: Pick<Census, 'of'>, entity?: string): Pattern | undefined {
  const entities = [...facts].filter(([, { documents }]) => documents.hit > 0);
  const all = entities.map(([, each]) => each);
  const times = all.flatMap(({ written }) => written.differing).toSorted((a, b) => a - b);
  const rows = mode !== 'full' ? sampledDays(all) : countedDays(entities.map(([name]) => census.of(name)));
  if (times.length < fewestHits || !rows) return undefined;
  const what = `${differing(all)}${entity === undefined ? '' : ` of ${quoted(entity)}`}${all.some(({ undated }) => undated > 0) ? ' with a known write time' : ''}`;
  const such = mode !== 'full' ? 'compared rows' : 'legacy rows';
  const total = { hit: times.length, all: sum(rows.values()).all };

  const ofDays = (isIn: (day: number) => boolean, when: string, then: string): Pattern | undefined => {
    const group = { hit: times.filter((time) => isIn(dayOf(time))).length, all: sum([...rows].filter(([day]) => isIn(day)).map(([, share]) => share)).all };
    const chance = chanceOf(group, total);
    return chance === undefined
      ? undefined
      : { chance, sentence: `${allOf(group.hit, total.hit, what)} were last written ${when} (${sides(group, total, `${such} written ${then}`)}).` };
  };
  // All of them or nearly all: a few may be older or newer.
  const few = Math.floor((1 - smallestShare) * times.length);
  const daysAt = (...places: readonly number[]): number[] => [...new Set(places.map((place) => dayOf(times.at(place) ?? Number.NaN)))];
  return strongest([
    ...daysAt(0, few).map((first) => ofDays((day) => day >= first, `on ${dateOf(first)} or later`, 'since')),
    ...daysAt(-1, -1 - few).map((last) => ofDays((day) => day <= last, `before ${dateOf(last + 1)}`, 'before')),
  ]);
}

function sampledDays(facts: readonly EntityFacts[]): Map<number, Share> {
  const rows = new Map<number, number>();
  for (const { written } of facts) for (const time of [...written.differing, ...written.equal]) rows.set(dayOf(time), (rows.get(dayOf(time)) ?? 0) + 1);
  return shares(rows);
}

/** `undefined` if the count of any entity is unknown. */
function countedDays(censuses: readonly (EntityCensus | undefined)[]): Map<number, Share> | undefined {
  const rows = new Map<number, number>();
  for (const census of censuses) {
    if (!census) return undefined;
    for (const [day, documents] of census.days) rows.set(day, (rows.get(day) ?? 0) + documents);
  }
  return shares(rows);
}

const shares = (rows: ReadonlyMap<number, number>): Map<number, Share> => new Map([...rows].map(([day, all]) => [day, { hit: 0, all }]));

/** That there are only orphans is worth a sentence of its own; the other sentences say how rows differ otherwise. */
export function kindOfRows(facts: Facts): string[] {
  const { hit } = sum([...facts.values()].map(({ documents }) => documents));
  const kinds = new Set([...facts.values()].flatMap((each) => [...each.kinds.keys()]));
  if (kinds.size !== 1 || !kinds.has('orphan') || hit < fewestHits) return [];
  return [
    `All ${number(hit)} differing rows exist only on the normalized side, and nothing is missing or wrong: deletes or key changes on the legacy side did not come through.`,
  ];
}
