import type { Explanation } from '../compare/explain.ts';
import { groupId, groupOf, pathId, readSegment, type Difference, type DifferenceKind, type Document, type Group, type Key } from '../document/document.ts';
import type { Entity } from '../pair/pair.ts';

/** Of the things that something is true of: how many there are, and how many of them differ. */
export type Share = { hit: number; all: number };

/** Documents by something that they have in common. */
export type WeekShare = Share & {
  /** How many of them the normalized side does not have. */
  legacyOnly: number;
};

/** Documents by the value of a part of their key. */
export type PartShare = Share & {
  /** How many of them the legacy side does not have. */
  normalizedOnly: number;
  /** Keys of two of them: where what comes before the part is not the same in all of them, two in which it differs. */
  readonly first: Key;
  other: Key;
};

/** Differences of one kind at one level, such as missing records, with what there is in the documents that have them. */
export type MemberFacts = {
  readonly kind: DifferenceKind;
  readonly level: string;
  findings: number;
  /** Members of the documents; where it is submembers that differ, those that have some. */
  readonly members: Share;
  /** Members by trait, and how many differences are in those. */
  readonly traits: Map<string, Share & { findings: number }>;
  /** Members by name, and whose they are; `undefined` where several groups have one of that name. */
  readonly names: Map<string, Share & { findings: number; group: Group | undefined }>;
  /** Whether there may be a name that nearly all of them have and that is not among those. */
  readonly isNameUnknown?: boolean;
  /** Submembers by name: records by date. */
  readonly dates: Map<string, Share>;
};

/** By the name of the entity. */
export type Facts = ReadonlyMap<string, EntityFacts>;

/** What can tell where drift comes from: counts, and times of the documents that differ. */
export type EntityFacts = {
  /** Documents that were read, and how many of them differ. */
  readonly documents: Share;
  /** How many of those that differ do so in which way; one may in several. */
  readonly kinds: Map<DifferenceKind, number>;
  /** Documents that only the normalized side has. */
  normalizedOnly: number;
  readonly groups: Map<string, WeekShare & { readonly group: Group }>;
  readonly starts: Map<string, WeekShare>;
  /** Where documents stand alone, and have a key of several parts: by part and value. */
  readonly parts: Map<string, Map<string, PartShare>>;
  /** Parts of which there may be a value that nearly all of them have and that is not among those. */
  readonly unknownParts?: ReadonlySet<string>;
  /** When the legacy row of a document was last written, in milliseconds since 1970. */
  readonly written: { readonly differing: number[]; readonly equal: number[] };
  /** Documents that differ and of which that is not known, orphans among them. */
  undated: number;
  /** Orphans: when the normalized row was last written. */
  readonly orphans: number[];
  /** Documents that differ and of which the legacy row was last written before a migration wrote the normalized one. */
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
 * So many different values are told apart. What comes later is not counted: that can silence a sentence, never make a wrong
 * one.
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

/** Counts what documents have in common while they are explained. Grows by a few bytes a document that differs, in bounds otherwise. */
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
  /** Where a key has the date by which documents that belong to something have something in common. */
  const datePlace = standsAlone ? -1 : shape.key.findIndex(({ kind }) => kind === 'date');

  function add({ key, differences, expected, actual: [actual] }: Explanation): void {
    // A row that claims no key is its own explanation.
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
    // What cannot be read is no field.
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
      // What is peculiar about a member stands on the legacy side.
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

/** The calendar date (UTC) on which the first of the differing documents was last written, where any says so. */
export function firstWrite(facts: Facts): string | undefined {
  let first = Number.POSITIVE_INFINITY;
  for (const { written } of facts.values()) for (const time of written.differing) first = Math.min(first, time);
  return Number.isFinite(first) ? new Date(first).toISOString().slice(0, 10) : undefined;
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
 * Those of fields, members and submembers: what is about a whole document has no place in it.
 *
 * @param hasColumns whether what is malformed is one of the columns, and not anywhere in the legacy row
 */
function byKindAndLevel(differences: readonly Difference[], hasColumns: boolean): Iterable<[Difference, ...Difference[]]> {
  const comparable = differences.filter(({ kind, path }) => path !== null && (hasColumns || kind !== 'malformed') && kind !== 'wrong-owner');
  const groups = Map.groupBy(comparable, ({ kind, level }) => `${kind} ${level}`);
  return [...groups.values()].filter((group): group is [Difference, ...Difference[]] => group.length > 0);
}
