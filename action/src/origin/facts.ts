import type { Explanation } from '../compare/explain.ts';
import { dateOf, dayOf } from '../document/calendar.ts';
import { groupId, groupOf, pathId, readSegment, type Difference, type DifferenceKind, type Document, type Group, type Key } from '../document/document.ts';
import type { Entity } from '../pair/pair.ts';

/** How many things have a property, and how many of those differ. */
export type Share = { hit: number; all: number };

/** Documents with a common property. */
export type WeekShare = Share & {
  /** How many of them are missing on the normalized side. */
  legacyOnly: number;
};

/** Documents by the value of a part of their key. */
export type PartShare = Share & {
  /** How many of them are missing on the legacy side. */
  normalizedOnly: number;
  /** Keys of two of them; if the parts before this one are not the same in all documents, two keys that differ there. */
  readonly first: Key;
  other: Key;
};

/** Differences of one kind at one level, such as missing records, with the counts of the documents that have them. */
export type MemberFacts = {
  readonly kind: DifferenceKind;
  readonly level: string;
  findings: number;
  /** Members of the documents; if submembers differ, only members that have some. */
  readonly members: Share;
  /** Members by trait, with the number of differences in them. */
  readonly traits: Map<string, Share & { findings: number }>;
  /** Members by name, and their group; `undefined` if several groups have a member of that name. */
  readonly names: Map<string, Share & { findings: number; group: Group | undefined }>;
  /** Whether a name that is not listed may be the one that nearly all of them have. */
  readonly isNameUnknown?: boolean;
  /** Submembers by name, such as records by date. */
  readonly dates: Map<string, Share>;
};

/** By the name of the entity. */
export type Facts = ReadonlyMap<string, EntityFacts>;

/** Evidence for where drift comes from: counts, and times of the differing documents. */
export type EntityFacts = {
  /** Documents that were read, and how many of them differ. */
  readonly documents: Share;
  /** How many differing documents have each kind of difference; one document may have several. */
  readonly kinds: Map<DifferenceKind, number>;
  /** Documents that only the normalized side has. */
  normalizedOnly: number;
  readonly groups: Map<string, WeekShare & { readonly group: Group }>;
  readonly starts: Map<string, WeekShare>;
  /** By part and value, if documents have no group and their key has several parts. */
  readonly parts: Map<string, Map<string, PartShare>>;
  /** Parts where a value that is not listed may be the one that nearly all of them have. */
  readonly unknownParts?: ReadonlySet<string>;
  /** When the legacy rows of the documents were last written, in milliseconds since 1970. */
  readonly written: { readonly differing: number[]; readonly equal: number[] };
  /** Differing documents for which this is unknown, including orphans. */
  undated: number;
  /** For orphans: when the normalized row was last written. */
  readonly orphans: number[];
  /** Differing documents whose legacy row was last written before a migration wrote the normalized one. */
  beforeMigration: number;
  readonly members: Map<string, MemberFacts>;
};

type Of = Pick<Entity, 'name' | 'shape'>;

export type FactsCollector = {
  /** @param entity that the explained document is of */
  add: (explanation: Explanation, entity: Of) => void;
  facts: () => Facts;
  clear: () => void;
};

/**
 * At most this many different values are distinguished. Any later one is not counted: that can suppress a sentence, but never make one
 * wrong.
 */
const maxValues = 10_000;

const emptyFacts = (): EntityFacts => ({
  documents: { hit: 0, all: 0 },
  kinds: new Map(),
  normalizedOnly: 0,
  parts: new Map(),
  groups: new Map(),
  starts: new Map(),
  written: { differing: [], equal: [] },
  undated: 0,
  orphans: [],
  beforeMigration: 0,
  members: new Map(),
});

/**
 * Counts common properties of documents while they are explained. Memory grows by a few bytes for each differing document, and is otherwise
 * bounded.
 */
export function collectFacts(): FactsCollector {
  const entities = new Map<string, { add: (explanation: Explanation) => void; facts: EntityFacts }>();
  return {
    add(explanation, entity) {
      const known = entities.get(entity.name) ?? collectOf(entity);
      entities.set(entity.name, known);
      known.add(explanation);
    },
    facts: () => new Map([...entities].map(([name, { facts }]) => [name, facts])),
    clear: () => entities.clear(),
  };
}

function collectOf({ shape }: Of): { add: (explanation: Explanation) => void; facts: EntityFacts } {
  const facts = emptyFacts();
  const standsAlone = shape.group === 0;
  /** The place of the date in the key, for documents with a group. */
  const datePlace = standsAlone ? -1 : shape.key.findIndex(({ kind }) => kind === 'date');

  function add({ key, differences, expected, actual: [actual] }: Explanation): void {
    // A row that claims no key needs no further explanation.
    if (!expected && !actual) return;
    const hit = differences.length > 0 ? 1 : 0;
    addShare(facts.documents, hit);
    for (const kind of new Set(differences.map((difference) => difference.kind))) facts.kinds.set(kind, (facts.kinds.get(kind) ?? 0) + 1);
    if (!expected) facts.normalizedOnly += 1;

    const group = groupOf(key, shape);
    const date = key[datePlace] ?? null;
    if (!standsAlone) addWeek(facts.groups, groupId(group), { hit: 0, all: 0, legacyOnly: 0, group }, hit, actual);
    if (date !== null) addWeek(facts.starts, date, { hit: 0, all: 0, legacyOnly: 0 }, hit, actual);
    if (standsAlone && shape.key.length > 1) addParts(key, hit, expected);
    addTimes(hit, expected, actual);
    if (expected && actual) for (const same of byKindAndLevel(differences, standsAlone)) addMembers(group, same, expected, actual);
  }

  function addParts(key: Key, hit: number, expected: Document | undefined): void {
    for (const [place, { name }] of shape.key.entries()) {
      const part = key[place] ?? null;
      const values = facts.parts.get(name) ?? new Map<string, PartShare>();
      facts.parts.set(name, values);
      const share = part === null ? undefined : valueOf(values, part, () => ({ hit: 0, all: 0, normalizedOnly: 0, first: key, other: key }));
      addShare(share, hit);
      if (!share) continue;
      if (!expected) share.normalizedOnly += 1;
      if (key.slice(0, place).some((one, before) => one !== share.first[before])) share.other = key;
    }
  }

  function addTimes(hit: number, expected: Document | undefined, actual: Document | undefined): void {
    const written = expected?.writtenAt;
    if (written === undefined) {
      facts.undated += hit;
      if (hit > 0 && !expected && actual?.writtenAt !== undefined) facts.orphans.push(actual.writtenAt);
      return;
    }
    facts.written[hit > 0 ? 'differing' : 'equal'].push(written);
    if (actual?.migratedAt !== undefined && written < actual.migratedAt) facts.beforeMigration += hit;
  }

  function addMembers(group: Group, differences: readonly [Difference, ...Difference[]], expected: Document, actual: Document): void {
    const [{ kind, level, path }] = differences;
    const side = kind === 'orphan' ? actual : expected;
    const found = valueOf(facts.members, `${kind} ${level}`, () => ({
      kind,
      level,
      findings: 0,
      members: { hit: 0, all: 0 },
      traits: new Map(),
      names: new Map(),
      dates: new Map(),
    }));
    if (!found) return;
    found.findings += differences.length;

    const depth = path?.length ?? 0;
    const memberDepth = Math.min(depth, 2);
    const inMember = Map.groupBy(differences, (difference) => pathId((difference.path ?? []).slice(0, memberDepth)));
    const isAffected = new Set(differences.map((difference) => pathId(difference.path ?? [])));
    // A malformed part is not a field.
    const present = new Set<string>(kind === 'malformed' ? isAffected : []);
    for (const field of side.fields.values()) {
      if (field.path.length !== depth) continue;
      present.add(pathId(field.path.slice(0, memberDepth)));
      const date = depth > memberDepth ? field.path.at(-1) : undefined;
      if (date !== undefined) addShare(valueOf(found.dates, date, noShare), isAffected.has(pathId(field.path)) ? 1 : 0);
    }
    for (const id of present) {
      const findings = inMember.get(id)?.length ?? 0;
      const hit = findings > 0 ? 1 : 0;
      addShare(found.members, hit);
      // The traits of a member are on the legacy side.
      const traits = expected.fields.get(id)?.traits ?? [];
      const { name } = readSegment(id.slice(id.indexOf('\0') + 1));
      const named = valueOf(found.names, name, () => ({ ...noFindings(), group }));
      if (named?.group && groupId(named.group) !== groupId(group)) named.group = undefined;
      const shares = [...traits.map((trait) => valueOf(found.traits, trait, noFindings)), named];
      for (const share of shares) {
        addShare(share, hit);
        if (share) share.findings += findings;
      }
    }
  }

  return { add, facts };
}

/** The calendar date (UTC) on which the first of the differing documents was last written, if any date is known. */
export function firstWrite(facts: Facts): string | undefined {
  let first = Number.POSITIVE_INFINITY;
  for (const { written } of facts.values()) for (const time of written.differing) first = Math.min(first, time);
  return Number.isFinite(first) ? dateOf(dayOf(first)) : undefined;
}

const noShare = (): Share => ({ hit: 0, all: 0 });
const noFindings = (): Share & { findings: number } => ({ hit: 0, all: 0, findings: 0 });

function addShare(share: Share | undefined, hit: number): void {
  if (!share) return;
  share.all += 1;
  share.hit += hit;
}

function valueOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value | undefined {
  const known = map.get(key);
  if (known !== undefined || map.size >= maxValues) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function addWeek<Value extends WeekShare>(map: Map<string, Value>, key: string, fresh: Value, hit: number, actual: Document | undefined): void {
  const share = valueOf(map, key, () => fresh);
  addShare(share, hit);
  if (share && !actual) share.legacyOnly += 1;
}

/**
 * Differences of fields, members and submembers, without those of whole documents.
 *
 * @param hasColumns whether malformed parts are columns, and not places in the legacy row
 */
function byKindAndLevel(differences: readonly Difference[], hasColumns: boolean): Iterable<[Difference, ...Difference[]]> {
  const comparable = differences.filter(({ kind, path }) => path !== null && (hasColumns || kind !== 'malformed') && kind !== 'wrong-owner');
  const groups = Map.groupBy(comparable, ({ kind, level }) => `${kind} ${level}`);
  return [...groups.values()].filter((group): group is [Difference, ...Difference[]] => group.length > 0);
}
