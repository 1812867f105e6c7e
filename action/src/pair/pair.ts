import type { Levels } from '../compare/compare.ts';
import type { Difference, Document, Key, Path } from '../document/document.ts';
import type { Finding, HealthCheck, RepairStep } from '../report/report.ts';

/** What one legacy row is to the other side. */
export type Placement =
  /** Never migrated; its absence is expected. */
  | { readonly kind: 'skipped'; readonly key: Key }
  /** Claims no week, which is a finding of its own; `key` is how it is found again. */
  | { readonly kind: 'unclaimed'; readonly key: Key; readonly difference: Difference }
  | { readonly kind: 'claim'; readonly key: Key };

/** A legacy row with what it says the other side should hold. */
export type LegacyEntry =
  | Exclude<Placement, { kind: 'claim' }>
  | { readonly kind: 'claim'; readonly key: Key; readonly document: Document };

/** Both sides of one key as they are now. Documents are made each time they are asked for, so that they are not all in memory at once. */
export type Reading = {
  /** One for each legacy row that claims the key, the one that counts first. */
  readonly expected: readonly Document[];
  /** Usually one; the one that counts first. */
  readonly actual: readonly Document[];
  /** Of legacy rows that claim no week and were found under this key. */
  readonly unclaimed: readonly Difference[];
  /** Whether the normalized side has the child at all. */
  readonly childExists: boolean;
};

/** What the database says about some weeks, both sides on one snapshot. A child is the same object in every digest. */
export type Digest = {
  /** What the legacy side holds, by level below the child, skipped and unreadable rows included. */
  readonly legacy: readonly [weeks: number, number, number];
  readonly skipped: number;
  /** Distinct weeks that the legacy side implies. */
  readonly claimed: number;
  /** Weeks that are the same on both sides, with what is in them. */
  readonly equal: {
    readonly weeks: number;
    readonly members: readonly [number, number];
    readonly sourceVersions: Readonly<Record<string, number>>;
    readonly children: readonly Omit<Key, 'week'>[];
  };
  /** Children of legacy rows. */
  readonly legacyChildren: readonly Omit<Key, 'week'>[];
  /** Weeks of which something differs. */
  readonly differing: readonly Key[];
  /** Weeks that only the documents themselves can tell to be equal. */
  readonly odd: readonly Key[];
  /** Submembers that hang on nothing. */
  readonly loose: number;
  /** Likewise, but of another portion, which may count them as equal. */
  readonly stray: readonly { readonly key: Key; readonly portion: number }[];
};

/**
 * What the normalized tables hold beside what the weeks show: rows that are one more of the same child, and rows that hang on
 * nothing; `undefined` where there was no time to look for those.
 */
export type Beside = { readonly children: number; readonly members: readonly [number, number] | undefined };

/** What the normalized tables hold below the weeks, whatever leads to it, by level. */
export type Holdings = {
  /** Exact numbers of rows. */
  readonly total: () => Promise<readonly [number, number]>;
  /** Rows that hang on nothing, and how many of those count. */
  readonly loose: () => Promise<{ readonly rows: readonly [number, number]; readonly counted: readonly [number, number] }>;
};

/** All weeks of both sides, in portions. */
export type DigestPlan = {
  /** Beside what `digest` tells of. */
  readonly beside: () => Promise<Beside>;
  /** How many rows of both sides each portion has. */
  readonly rows: readonly number[];
  /**
   * Compares the portions from `start` to before `end`.
   *
   * @param tries how often to ask before it has failed
   */
  readonly digest: (start: number, end: number, tries: number) => Promise<Digest>;
};

/** A database that compares by itself, and says which weeks are worth reading. */
export type Digester = {
  /** Whether it can, and if not, why, in a sentence. */
  readonly probe: () => Promise<{ readonly ready: boolean; readonly sentence: string }>;
  /** After `open`. */
  readonly plan: () => Promise<DigestPlan>;
  /** The same as the pair's, in a third of the requests. */
  readonly read: Pair['read'];
};

/** What repairing depends on. */
export type Damage = {
  /** Most severe first; perhaps not all of them. */
  readonly findings: readonly Finding[];
  /** How many there are of each type, also beyond those. */
  readonly findingsByType: Readonly<Record<string, number>>;
  readonly health: readonly HealthCheck[];
  /** Calendar date (UTC) since which all that differs was last written, where older rows need not be looked at. */
  readonly since: string | undefined;
};

/** What tells where drift comes from; asked only when there is some. */
export type Provenance = {
  /** How to speak of members with a trait, by its name: `whose id is a millisecond timestamp`. */
  readonly traits: Readonly<Record<string, string>>;
  /** When the writing of both sides began, in milliseconds since 1970; `undefined` where the store cannot tell. */
  readonly dualWriteStart: () => Promise<number | undefined>;
  /** Exact number of weeks that the normalized side has of a child. */
  readonly countOfChild: (child: Omit<Key, 'week'>) => Promise<number>;
  /** Likewise, of those that start within these calendar dates, both included; no end means to the last one. */
  readonly countOfStarts: (from: string, to?: string) => Promise<number>;
  /** Exact number of legacy rows that were last written on this calendar date (UTC) or later. */
  readonly countWrittenSince: (date: string) => Promise<number>;
};

/** How the writing of both sides is doing. */
export type Health = {
  readonly checks: readonly HealthCheck[];
  /** Why reading must not move to the normalized side yet, a sentence each: numbers and fixed words only. */
  readonly obstacles: readonly string[];
};

/**
 * Two sides that should agree. Everything that knows what is stored there is behind this.
 *
 * Every method may throw `ReadError` or `BudgetError`. Pages have at most 1,000 rows and come in the order of a unique
 * key, so that a scan sees each row that is there all the time exactly once.
 */
export type Pair = {
  readonly name: string;
  readonly levels: Levels;
  /** Names of writers that everybody may read. */
  readonly sourceVersions: ReadonlySet<string>;
  /** Exact number of rows, skipped and unreadable ones included. */
  countLegacy: () => Promise<number>;
  countNormalized: () => Promise<number>;
  /** Learns who owns which child. Before any scan. */
  open: () => Promise<void>;
  /** The children that it has learned of. */
  children: () => Iterable<Omit<Key, 'week'>>;
  legacyKeys: () => AsyncIterable<readonly Placement[]>;
  legacyDocuments: () => AsyncIterable<Iterable<{ entry: LegacyEntry; raw: readonly [number, number] }>>;
  normalizedKeys: () => AsyncIterable<readonly Key[]>;
  normalizedDocuments: () => AsyncIterable<Iterable<Document>>;
  readonly holdings: Holdings;
  readonly digester: Digester;
  /** Both sides of each key, by `keyId`, at the cost of a few requests per hundred keys. */
  read: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Reading>>;
  health: () => Promise<Health>;
  readonly provenance: Provenance;
  /** What to do about the findings, in order; nothing without any. */
  repair: (damage: Damage) => RepairStep[];
  findingType: (difference: Difference) => Pick<Finding, 'type' | 'severity'>;
  /** The path as a report shows it, free text through `text`. */
  renderPath: (path: Path, text: (text: string) => string) => string;
};
