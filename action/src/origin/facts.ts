import type { Explanation } from '../compare/explain.ts';
import { groupId, groupOf, pathId, readSegment, type Difference, type DifferenceKind, type Document, type Group } from '../document/document.ts';
import type { Entity } from '../pair/pair.ts';

/** Of the things that something is true of: how many there are, and how many of them differ. */
export type Share = { hit: number; all: number };

/** Things by what is true of them. */
export type Shares<Value = string> = ReadonlyMap<Value, Readonly<Share>>;

/** Weeks by something that they have in common. */
export type WeekShare = Share & {
  /** How many of them the normalized side does not have. */
  legacyOnly: number;
};

/** Differences of one kind at one level, such as missing records, with what there is in the weeks that have them. */
export type MemberFacts = {
  readonly kind: DifferenceKind;
  readonly level: string;
  findings: number;
  /** Members of the weeks; where it is submembers that differ, those that have some. */
  readonly members: Share;
  /** Members by trait, and how many differences are in those. */
  readonly traits: Map<string, Share & { findings: number }>;
  /** Members by name, and whose they are; `undefined` where several groups have one of that name. */
  readonly names: Map<string, Share & { findings: number; group: Group | undefined }>;
  /** Submembers by name: records by date. */
  readonly dates: Map<string, Share>;
};

/** What can tell where drift comes from: counts, and times of the weeks that differ. */
export type Facts = {
  /** Weeks that were read, and how many of them differ. */
  readonly weeks: Share;
  readonly kinds: Map<DifferenceKind, number>;
  readonly groups: Map<string, WeekShare & { readonly group: Group }>;
  readonly starts: Map<string, WeekShare>;
  /** When the legacy row of a week was last written, in milliseconds since 1970. */
  readonly written: { readonly differing: number[]; readonly equal: number[] };
  /** Weeks that differ and of which that is not known, orphans among them. */
  undated: number;
  /** Orphan weeks: when the normalized row was last written. */
  readonly orphans: number[];
  /** Weeks that differ and of which the legacy row was last written before a migration wrote the normalized one. */
  beforeMigration: number;
  readonly members: Map<string, MemberFacts>;
};

export type FactsCollector = { add: (explanation: Explanation, entity: Pick<Entity, 'shape'>) => void; facts: () => Facts; clear: () => void };

/**
 * So many different values are told apart. What comes later is not counted: that can silence a sentence, never make a wrong
 * one.
 */
const maxValues = 10_000;

const emptyFacts = (): Facts => ({
  weeks: { hit: 0, all: 0 },
  kinds: new Map(),
  groups: new Map(),
  starts: new Map(),
  written: { differing: [], equal: [] },
  undated: 0,
  orphans: [],
  beforeMigration: 0,
  members: new Map(),
});

/** Counts what weeks have in common while they are explained. Grows by a few bytes a week that differs, in bounds otherwise. */
export function collectFacts(): FactsCollector {
  let facts = emptyFacts();

  function add({ key, differences, expected, actual: [actual] }: Explanation, { shape }: Pick<Entity, 'shape'>): void {
    /** Where a key has the date by which documents have something in common. */
    const datePlace = shape.key.findIndex(({ kind }) => kind === 'date');
    // A row that claims no week is its own explanation.
    if (!expected && !actual) return;
    const hit = differences.length > 0 ? 1 : 0;
    facts.weeks.all += 1;
    facts.weeks.hit += hit;
    for (const { kind } of differences) facts.kinds.set(kind, (facts.kinds.get(kind) ?? 0) + 1);

    const group = groupOf(key, shape);
    const date = key[datePlace] ?? null;
    if (shape.group > 0) addWeek(facts.groups, groupId(group), { hit: 0, all: 0, legacyOnly: 0, group }, hit, actual);
    if (date !== null) addWeek(facts.starts, date, { hit: 0, all: 0, legacyOnly: 0 }, hit, actual);
    addTimes(hit, expected, actual);
    if (expected && actual) for (const same of byKindAndLevel(differences)) addMembers(group, same, expected, actual);
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
    const present = new Set<string>();
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

  return { add, facts: () => facts, clear: () => void (facts = emptyFacts()) };
}

/** The calendar date (UTC) on which the first of the differing weeks was last written, where any says so. */
export function firstWrite({ written }: Facts): string | undefined {
  const first = written.differing.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
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

/** Those of fields, members and submembers: what is about a whole week has no place in it. */
function byKindAndLevel(differences: readonly Difference[]): Iterable<[Difference, ...Difference[]]> {
  const comparable = differences.filter(({ kind, path }) => path !== null && kind !== 'malformed' && kind !== 'wrong-owner');
  const groups = Map.groupBy(comparable, ({ kind, level }) => `${kind} ${level}`);
  return [...groups.values()].filter((group): group is [Difference, ...Difference[]] => group.length > 0);
}
