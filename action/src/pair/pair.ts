import type { Difference, Document, Group, Key, Path } from '../document/document.ts';
import type { Counts, Shape } from '../document/shape.ts';
import type { Download } from '../report/evidence.ts';
import type { Finding, HealthCheck, LevelCount, RepairStep } from '../report/report.ts';
import type { Words } from '../report/words.ts';

/** What a row says about its key. */
export type Placement =
  /** Not compared: the other side is expected not to have it. */
  | { readonly kind: 'skipped'; readonly key: Key }
  /** Claims no document, which is a separate finding; `key` is how it is found again. */
  | { readonly kind: 'unclaimed'; readonly key: Key; readonly difference: Difference }
  | { readonly kind: 'claim'; readonly key: Key };

/** A row that claims a document, with the document that it stands for, or that the other side should hold for it. */
export type Claim = {
  readonly kind: 'claim';
  readonly key: Key;
  /** Read this only once: the document may be created on access. */
  readonly document: Document;
  /** The same as in the document, if it is known without creating that. */
  readonly writtenAt?: number | undefined;
};

/** What a row says, and how many rows it holds, itself included, whether they can be read or not. */
export type Row = {
  readonly entry: Exclude<Placement, { kind: 'claim' }> | Claim;
  readonly raw: Counts;
};

/**
 * One side of a pair. Pages have at most 1,000 rows in the order of a unique key, so that a scan sees each row that exists throughout
 * exactly once.
 */
export type Side = {
  /** Exact number of rows, including skipped and unreadable ones. If the store cannot count them, they are read. */
  readonly count: () => Promise<number>;
  /** The same if the store can count without reading any rows, `undefined` if it cannot. */
  readonly counted?: () => Promise<number | undefined>;
  /**
   * An upper estimate of the number of rows, equal to `count` where counting is free. If the store cannot count, rows are read, but only
   * `enough` of them: if there are as many, the size is infinite. So a run that reads all of them anyway does not read them twice.
   */
  readonly size?: (enough: number) => Promise<number>;
  /**
   * Exact number of rows and of distinct keys. A row whose key cannot be read counts as one, since a sample drawn from the other side never
   * includes it. Absent if no two rows share a key.
   *
   * @param isNow reads rows as they are now, even where all scans of a run share one snapshot
   */
  readonly numbers?: (isNow?: boolean) => Promise<{ readonly rows: number; readonly keys: number }>;
  readonly keys: (isNow?: boolean) => AsyncIterable<readonly Placement[]>;
  readonly documents: () => AsyncIterable<Iterable<Row>>;
};

/** Both sides of one key as they are now. Documents are created on each access, so that they are not all in memory at once. */
export type Reading = {
  /** One for each legacy row that claims the key, the one that takes precedence first. */
  readonly expected: readonly Document[];
  /** Usually one; the one that takes precedence first. */
  readonly actual: readonly Document[];
  /** Differences of rows that claim no document and were found under this key. */
  readonly unclaimed: readonly Difference[];
  /** Whether the document's group exists on the normalized side; true if documents have no group. */
  readonly groupExists: boolean;
  /** Which sides have rows with this key that are out of scope: they exist but are not compared. Absent if there are none. */
  readonly outOfScope?: { readonly legacy: boolean; readonly normalized: boolean };
};

/** The database's result for some documents, both sides on one snapshot. Groups are given by their index in the plan. */
export type Digest = {
  /** What the legacy side holds, including skipped and unreadable rows; groups are counted separately. */
  readonly legacy: Counts;
  readonly skipped: number;
  /** Distinct documents that the legacy side implies. */
  readonly claimed: number;
  /** Documents that are equal on both sides, with their members. */
  readonly equal: {
    readonly counts: Counts;
    readonly sourceVersions: Readonly<Record<string, number>>;
    readonly groups: readonly number[];
  };
  /** Groups of legacy rows. */
  readonly legacyGroups: readonly number[];
  /** Documents with a difference. */
  readonly differing: readonly Key[];
  /** Documents that have to be read to find out whether they are equal. */
  readonly odd: readonly Key[];
  /** Members without a parent. */
  readonly loose: Counts;
  /** Documents that have to be read although they belong to another portion, which may count them as equal. */
  readonly stray: readonly { readonly key: Key; readonly portion: number }[];
};

/** Rows of the normalized side that appear in no document, by level. */
export type Beside = {
  /** Rows that repeat another one. */
  readonly more: Counts;
  /** Rows without a parent; `undefined` if nobody has looked for them, or there was no time to. */
  readonly loose: Counts | undefined;
};

/** The rows of the normalized side below the documents, whether or not a document leads to them. */
export type Holdings = {
  /** Exact numbers of rows. */
  readonly total: () => Promise<Counts>;
  /** Rows without a parent, and how many of those count. */
  readonly loose: () => Promise<{ readonly rows: Counts; readonly counted: Counts }>;
  /** The error for a reading that did not show all of them although they exist. */
  readonly cut: () => Error;
};

/** All documents of both sides, divided into portions. */
export type DigestPlan = {
  /** Every group of either side. */
  readonly groups: readonly Group[];
  readonly beside: () => Promise<Beside>;
  /** How many rows of both sides each portion has. */
  readonly rows: readonly number[];
  /**
   * Compares the portions from `start` up to but not including `end`.
   *
   * @param tries after how many attempts it fails
   */
  readonly digest: (start: number, end: number, tries: number) => Promise<Digest>;
  /**
   * Called once all portions were compared. Returns documents that portions may have missed or counted twice, because they were written
   * meanwhile or are spelled in several ways.
   */
  readonly after?: () => Promise<{
    readonly keys: readonly Key[];
    /** The total number of rows on the normalized side, if what the portions counted as equal is not exact. */
    readonly rows: number | undefined;
  }>;
};

/** One part of an entity: its number, and whether it contains a key. */
export type NarrowedPart = { readonly index: number; readonly of: number; readonly has: (key: Key) => boolean };

/** A database that compares by itself, and returns the documents that are worth reading. */
export type Digester = {
  /**
   * Whether the database can compare, with a sentence that says why not, and whether it can compare a single part.
   *
   * @returns advice: what would make comparing this part cheaper
   */
  readonly probe: (
    part?: Pick<NarrowedPart, 'index' | 'of'>,
  ) => Promise<{ readonly ready: boolean; readonly sentence: string; readonly narrows?: boolean; readonly advice?: string | undefined }>;
  /** Call it after `prepare`. */
  readonly plan: () => Promise<DigestPlan>;
  /** The same for one part, if `narrows` says that the database can. */
  readonly planPart: (part: NarrowedPart) => Promise<DigestPlan>;
  /** The same as the entity's `read`, in a third of the requests. */
  readonly read: Entity['read'];
};

/** What the repair steps depend on. */
export type Damage = {
  /** Most severe first; possibly not all of them. */
  readonly findings: readonly Finding[];
  /** The number of each type, including those that are not listed. */
  readonly findingsByType: Readonly<Record<string, number>>;
  readonly health: readonly HealthCheck[];
  /** The calendar date (UTC) since which everything that differs was written, if older rows can be ignored. */
  readonly since: string | undefined;
};

/** Evidence of where drift comes from; queried only if there is drift. */
export type Provenance = {
  /** How to describe members with a trait, by its name: `whose id is a millisecond timestamp`. */
  readonly traits: Readonly<Record<string, string>>;
  /** When the dual-write began, in milliseconds since 1970; `undefined` if the store does not record it. */
  readonly dualWriteStart: () => Promise<number | undefined>;
  /** Exact number of documents of a group on the normalized side. */
  readonly countOfGroup: (group: Group) => Promise<number>;
  /** Exact number of documents that start between these calendar dates, both included; without an end, up to the last one. */
  readonly countOfStarts: (from: string, to?: string) => Promise<number>;
  /** Exact number of legacy rows that were last written on this calendar date (UTC) or later. */
  readonly countWrittenSince: (date: string) => Promise<number>;
};

/** Whether rows that are not visible do not exist. */
export type Sight = {
  /** A sentence that explains why a side shows no rows; `undefined` if that means drift or if both sides have some. */
  readonly troubleWithEmpty: (legacyRows: number, normalizedRows: number) => string | undefined;
  /** The same for a level that shows nothing in what was compared. */
  readonly troubleWithSeen: (seen: readonly LevelCount[]) => string | undefined;
};

/** The state of the dual-write. */
export type Health = {
  readonly checks: readonly HealthCheck[];
  /** Why reading must not move to the normalized side yet, as sentences of numbers and fixed words only. */
  readonly obstacles: readonly string[];
};

/** Compares rows of one key as they stream by. */
export type RowComparison = {
  /** Whether both sides arrive in the order of their keys, or nearly so: then most rows meet while both are in memory. */
  readonly inOrder: boolean;
  /** Whether pages of the two sides can be asked for in turns. Both sides of one Firestore may share a scan, which waits until both took a page. */
  readonly inTurns: boolean;
  /** Whether both rows are equal. */
  readonly agrees: (expected: Claim, actual: Claim) => boolean;
  /**
   * A text that is the same for all rows that are equal. Null if part of the row cannot be read, `undefined` if only its document decides.
   */
  readonly textOf: (claim: Claim) => string | null | undefined;
};

/**
 * A unit of comparison: all documents of a shape, on two sides. Everything that depends on what is stored is behind this type.
 *
 * Every method may throw `ReadError` or `BudgetError`.
 */
export type Entity = {
  readonly name: string;
  readonly shape: Shape;
  /** The reference that the other side is compared with. */
  readonly expected: Side;
  readonly actual: Side;
  /** Entities with the same name read the same rows of a store, so they are scanned at the same time. */
  readonly scanName?: string | undefined;
  /** Present if documents have no group and rows can be compared without creating any. */
  readonly comparison?: RowComparison;
  /** The side that a sample's keys are drawn from: `actual` if the legacy store bills each row, `expected` otherwise. */
  readonly drawFrom?: 'expected' | 'actual' | undefined;
  /**
   * The keys of `actual`, to draw a sample whose rows are looked up on the other side.
   * @throws {ReadError} if the keys do not say what to look up
   */
  readonly draw?: () => AsyncIterable<readonly Placement[]>;
  /**
   * What comparing all of it reads where rows are billed. Absent if none are.
   *
   * @param sizes of both sides, as far as they are known
   */
  readonly scans?: ((sizes: { readonly legacy: number; readonly normalized: number }) => Promise<readonly BilledScan[]>) | undefined;
  /** How much looking up one of its rows reads at most where rows are billed. Absent if none are. */
  readonly readsOfLookUp?: () => Promise<number>;
  /** Whether the keys of `actual` are enough to look up the rows of the other side, if each of those is billed. */
  readonly canLookUp?: () => Promise<boolean>;
  /** The text of a key that decides which part a document falls into, if that is not the whole key. */
  readonly partText?: (key: Key) => string;
  /** Present if this is one part of an entity. */
  readonly part?: NarrowedPart & { readonly whole: Entity };
  /** Learns what has to be known before either side is scanned; calling it again does nothing. */
  prepare: () => Promise<void>;
  /** The groups that it has learned of. */
  groups: () => Iterable<Group>;
  readonly holdings: Holdings;
  readonly digester: Digester;
  /**
   * Both sides of each key, by `keyId`, in a few requests per hundred keys. A method of the entity rather than of a side, because the less
   * time there is between the two readings, the less is written in between, and because it needs both sides to match owners.
   */
  read: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Reading>>;
  /**
   * Reads only the side that costs nothing, where the other one bills each row: by `keyId`, nothing of a key that this side alone does not
   * lead to. Absent where neither side is billed, or both are.
   */
  readonly watch?: { readonly side: 'expected' | 'actual'; readonly read: Entity['read'] };
  /**
   * Which of the keys that were seen once, and that `read` no longer finds, still exist. Reads rows one after the other, if that is cheap.
   * Absent if only the keys say where rows are.
   */
  readonly seek?: (keys: readonly Key[]) => Promise<readonly Key[]>;
  /**
   * Rows written on either side at this time (ISO 8601, UTC) or later, in pages: unordered, and the same key perhaps several times. Absent
   * if nothing records when a row was written.
   */
  readonly written?: ((since: string) => AsyncIterable<readonly Placement[]>) | undefined;
  readonly sight: Sight;
  /** What somebody should look at in the rows that were read. */
  readonly remarks?: () => EntityRemarks;
  findingType: (difference: Difference) => Pick<Finding, 'type' | 'severity'>;
  /** The segments of the path as a report shows them; free text goes through `text`. */
  renderPath: (path: Path, text: (text: string) => string) => readonly string[];
  /** A row id as a report shows it, if it differs from the id itself; names in it go through `name`. */
  renderRowId?: (table: string, id: string, name: (name: string) => string) => string;
};

/** Sentences about the rows that were read. */
export type EntityRemarks = {
  /** True of all rows as soon as they are true of some. */
  readonly ofSome: readonly string[];
  /** True of all rows only if they are true of each; `undefined` if none was read. */
  readonly ofEach: readonly string[] | undefined;
};

/** One scan of a store that bills rows. Scans of the same name are one if they are read at the same time, whichever entities and sides read it. */
export type BilledScan = { readonly isLegacy: boolean; readonly name: string; readonly rows: number };

/** Extra results of a pair, available once everything was compared. */
export type Aside = {
  /** Rows or documents that were read from each side, without those that were only counted. */
  readonly reads: { readonly legacy: number; readonly normalized: number };
  /** Fields and columns that exist but that no declaration mentions, by entity. */
  readonly notCompared: Readonly<Record<string, { legacy: string[]; normalized: string[] }>>;
  /** What somebody should look at although nothing differs, as sentences. */
  readonly remarks: readonly string[];
  /** Of each store that bills them. */
  readonly downloads: readonly Download[];
};

/** Two stores that should agree. */
export type Pair = {
  readonly name: string;
  /** The words that reports use for what the pair compares. */
  readonly words: Words;
  /** The units of comparison, in order. */
  readonly entities: readonly Entity[];
  /** Whether the file declares the pair: then its entities are counted, and each is reported by name. */
  readonly isDeclared: boolean;
  /** Whether reading a row costs money on either side, so that `read-budget` limits it. */
  readonly isBilled: boolean;
  readonly aside: () => Aside;
  /** Names of writers that may be shown. */
  readonly sourceVersions: ReadonlySet<string>;
  /** The state of the dual-write, if it is recorded. */
  readonly health?: () => Promise<Health>;
  /** Present if the store knows more about where drift comes from than the documents do. */
  readonly provenance?: Provenance;
  /** What to do about the findings, in order; empty if there are none. */
  repair: (damage: Damage) => RepairStep[];
};
