import type { Difference, Document, Group, Key, Path } from '../document/document.ts';
import type { Counts, Shape } from '../document/shape.ts';
import type { Finding, HealthCheck, LevelCount, RepairStep } from '../report/report.ts';
import type { Words } from '../report/words.ts';

/** What one row of a side says by its key. */
export type Placement =
  /** Not compared; that the other side does not have it is expected. */
  | { readonly kind: 'skipped'; readonly key: Key }
  /** Claims no document, which is a finding of its own; `key` is how it is found again. */
  | { readonly kind: 'unclaimed'; readonly key: Key; readonly difference: Difference }
  | { readonly kind: 'claim'; readonly key: Key };

/** A row that claims a document, with the document that it stands for, or that the other side should hold for it. */
export type Claim = {
  readonly kind: 'claim';
  readonly key: Key;
  /** To be asked for once: it may be made only then. */
  readonly document: Document;
  /** As the document says, where that is known without making it. */
  readonly writtenAt?: number | undefined;
};

/** What a row says; and what it holds, itself counted, whether it can be read or not. */
export type Row = {
  readonly entry: Exclude<Placement, { kind: 'claim' }> | Claim;
  readonly raw: Counts;
};

/**
 * One half of a pair: both have the same type. Pages have at most 1,000 rows and come in the order of a unique key, so that
 * a scan sees each row that is there all the time exactly once.
 */
export type Side = {
  /** Exact number of rows, skipped and unreadable ones included. Where the store cannot count them, they are read. */
  readonly count: () => Promise<number>;
  /** Likewise, where the store can count them, so that none is read; `undefined` where it cannot. */
  readonly counted?: () => Promise<number | undefined>;
  /** About how many rows there are, at most, without reading any where the store can count: what `count` says where that costs nothing. */
  readonly size?: () => Promise<number>;
  /**
   * Likewise, with how many keys they have among them: a row whose key cannot be read counts as one, since a sample that is
   * drawn from the other side never comes upon it. Absent where no two rows have one key.
   *
   * @param isNow whether rows are read as they are now, where all scans of a run see one moment otherwise
   */
  readonly numbers?: (isNow?: boolean) => Promise<{ readonly rows: number; readonly keys: number }>;
  readonly keys: (isNow?: boolean) => AsyncIterable<readonly Placement[]>;
  readonly documents: () => AsyncIterable<Iterable<Row>>;
};

/** Both sides of one key as they are now. Documents are made each time they are asked for, so that they are not all in memory at once. */
export type Reading = {
  /** One for each legacy row that claims the key, the one that counts first. */
  readonly expected: readonly Document[];
  /** Usually one; the one that counts first. */
  readonly actual: readonly Document[];
  /** Of rows that claim no document and were found under this key. */
  readonly unclaimed: readonly Difference[];
  /** Whether the normalized side has what the document belongs to; true where documents stand alone. */
  readonly groupExists: boolean;
  /** Which sides have rows of the key that are out of scope, where rows have one: there, and not compared. */
  readonly outOfScope?: { readonly legacy: boolean; readonly normalized: boolean };
};

/** What the database says about some documents, both sides on one snapshot. Groups go by their places in the plan. */
export type Digest = {
  /** What the legacy side holds, skipped and unreadable rows included; groups are counted apart. */
  readonly legacy: Counts;
  readonly skipped: number;
  /** Distinct documents that the legacy side implies. */
  readonly claimed: number;
  /** Documents that are the same on both sides, with what is in them. */
  readonly equal: {
    readonly counts: Counts;
    readonly sourceVersions: Readonly<Record<string, number>>;
    readonly groups: readonly number[];
  };
  /** Groups of legacy rows. */
  readonly legacyGroups: readonly number[];
  /** Documents of which something differs. */
  readonly differing: readonly Key[];
  /** Documents that only they themselves can tell to be equal. */
  readonly odd: readonly Key[];
  /** Members that hang on nothing. */
  readonly loose: Counts;
  /** Likewise, but of another portion, which may count them as equal. */
  readonly stray: readonly { readonly key: Key; readonly portion: number }[];
};

/** What the normalized side holds that no document shows, by level. */
export type Beside = {
  /** Rows that are one more of the same. */
  readonly more: Counts;
  /** Rows that hang on nothing; `undefined` where there was no time to look for them, or nobody looked yet. */
  readonly loose: Counts | undefined;
};

/** What the normalized side holds below the documents, whatever leads to it. */
export type Holdings = {
  /** Exact numbers of rows. */
  readonly total: () => Promise<Counts>;
  /** Rows that hang on nothing, and how many of those count. */
  readonly loose: () => Promise<{ readonly rows: Counts; readonly counted: Counts }>;
  /** What it means that some of them are not shown though they are there. */
  readonly cut: () => Error;
};

/** All documents of both sides, in portions. */
export type DigestPlan = {
  /** Every group of either side. */
  readonly groups: readonly Group[];
  readonly beside: () => Promise<Beside>;
  /** How many rows of both sides each portion has. */
  readonly rows: readonly number[];
  /**
   * Compares the portions from `start` to before `end`.
   *
   * @param tries how often to ask before it has failed
   */
  readonly digest: (start: number, end: number, tries: number) => Promise<Digest>;
  /**
   * To be asked when all portions were compared: documents that portions may have missed or counted twice, since they were
   * written meanwhile or are spelled in several ways.
   */
  readonly after?: () => Promise<{
    readonly keys: readonly Key[];
    /** Where what the portions counted as equal is not exact: how many rows the normalized side has in all. */
    readonly rows: number | undefined;
  }>;
};

/** One part of what there is: which one, and whether it has a key. */
export type NarrowedPart = { readonly index: number; readonly of: number; readonly has: (key: Key) => boolean };

/** A database that compares by itself, and says which documents are worth reading. */
export type Digester = {
  /** Whether it can, and if not, why, in a sentence; and whether it can compare a part. */
  readonly probe: () => Promise<{ readonly ready: boolean; readonly sentence: string; readonly narrows?: boolean }>;
  /** After `prepare`. */
  readonly plan: () => Promise<DigestPlan>;
  /** Likewise of one part, where it says that it can. */
  readonly planPart: (part: NarrowedPart) => Promise<DigestPlan>;
  /** The same as the pair's, in a third of the requests. */
  readonly read: Entity['read'];
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
  /** Exact number of documents that the normalized side has of a group. */
  readonly countOfGroup: (group: Group) => Promise<number>;
  /** Likewise, of those that start within these calendar dates, both included; no end means to the last one. */
  readonly countOfStarts: (from: string, to?: string) => Promise<number>;
  /** Exact number of legacy rows that were last written on this calendar date (UTC) or later. */
  readonly countWrittenSince: (date: string) => Promise<number>;
};

/** Whether what is not seen is not there. */
export type Sight = {
  /** What it means that a side shows no row, in a sentence; nothing where it means drift or where both have some. */
  readonly troubleWithEmpty: (legacyRows: number, normalizedRows: number) => string | undefined;
  /** Likewise, of a level that shows nothing in what was compared. */
  readonly troubleWithSeen: (seen: readonly LevelCount[]) => string | undefined;
};

/** How the writing of both sides is doing. */
export type Health = {
  readonly checks: readonly HealthCheck[];
  /** Why reading must not move to the normalized side yet, a sentence each: numbers and fixed words only. */
  readonly obstacles: readonly string[];
};

/** How rows of one key are compared as they stream by. */
export type RowComparison = {
  /** Whether both sides come in the order of their keys, or mostly: then most rows meet while they are at hand. */
  readonly inOrder: boolean;
  /** Whether both say the same. */
  readonly agrees: (expected: Claim, actual: Claim) => boolean;
  /** What a row says: the same text for all that agree. Null where some of it cannot be read, `undefined` where only its document tells. */
  readonly textOf: (claim: Claim) => string | null | undefined;
};

/**
 * What is compared as one: all documents of a shape, on two sides. Everything that knows what is stored there is behind this.
 *
 * Every method may throw `ReadError` or `BudgetError`.
 */
export type Entity = {
  readonly name: string;
  readonly shape: Shape;
  /** What the other side is measured by. */
  readonly expected: Side;
  readonly actual: Side;
  /** Entities of one name read the same rows of a store: they are scanned at the same time. */
  readonly scanName?: string | undefined;
  /** Where documents stand alone, and rows can be compared without making any. */
  readonly comparison?: RowComparison;
  /** The side that a sample's keys are drawn from, where the other one bills each row; `expected` otherwise. */
  readonly drawFrom?: 'expected' | 'actual' | undefined;
  /**
   * The keys of `actual`, for a sample of which the other side's rows are looked up.
   * @throws {ReadError} where they do not tell what to look up
   */
  readonly draw?: () => AsyncIterable<readonly Placement[]>;
  /** Whether the keys of that side are enough to look up the other one's rows, where each of those is billed. */
  readonly canLookUp?: () => Promise<boolean>;
  /** What of a key decides which part a document falls into, where that is not the whole of it. */
  readonly partText?: (key: Key) => string;
  /** Where this is one part of an entity. */
  readonly part?: NarrowedPart & { readonly whole: Entity };
  /** Learns what has to be known before either side is scanned; a second time there is nothing to learn. */
  prepare: () => Promise<void>;
  /** The groups that it has learned of. */
  groups: () => Iterable<Group>;
  readonly holdings: Holdings;
  readonly digester: Digester;
  /**
   * Both sides of each key, by `keyId`, at the cost of a few requests per hundred keys. Of the entity rather than of a side:
   * the less time there is between the two, the less is written in between, and who is who is learned from both.
   */
  read: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Reading>>;
  /**
   * Which of the keys, that were seen once and that `read` does not find any more, rows show which are read one after the
   * other, where this costs little. Absent where nothing but their keys tells where rows are.
   */
  readonly seek?: (keys: readonly Key[]) => Promise<readonly Key[]>;
  /**
   * What was written on either side at this time (ISO 8601, UTC) or later, in pages: in no order, and the same key perhaps
   * several times. Absent where nothing says when a row was written.
   */
  readonly written?: ((since: string) => AsyncIterable<readonly Placement[]>) | undefined;
  readonly sight: Sight;
  findingType: (difference: Difference) => Pick<Finding, 'type' | 'severity'>;
  /** The segments of the path as a report shows them, free text through `text`. */
  renderPath: (path: Path, text: (text: string) => string) => readonly string[];
  /** A row id as a report shows it, where it is not shown as it is: names in it through `name`. */
  renderRowId?: (table: string, id: string, name: (name: string) => string) => string;
};

/** What a pair knows beyond what was compared, once that is done. */
export type Aside = {
  /** Rows or documents that were read of each side, counts aside. */
  readonly reads: { readonly legacy: number; readonly normalized: number };
  /** Fields and columns that were seen and that nothing speaks of, by entity. */
  readonly notCompared: Readonly<Record<string, { legacy: string[]; normalized: string[] }>>;
  /** What somebody should look at although nothing differs, a sentence each. */
  readonly remarks: readonly string[];
};

/** Two stores that should agree. */
export type Pair = {
  readonly name: string;
  /** What channels call what it compares. */
  readonly words: Words;
  /** What is compared, in order. */
  readonly entities: readonly Entity[];
  /** Whether the file declares it: then its entities are what is counted, and each may be told from the others. */
  readonly isDeclared: boolean;
  /** Whether reading a row costs money on either side, so that `read-budget` bounds it. */
  readonly isBilled: boolean;
  readonly aside: () => Aside;
  /** Names of writers that everybody may read. */
  readonly sourceVersions: ReadonlySet<string>;
  /** How the writing of both sides is doing, where something says so. */
  readonly health?: () => Promise<Health>;
  /** Where the store can tell more of where drift comes from than the documents themselves. */
  readonly provenance?: Provenance;
  /** What to do about the findings, in order; nothing without any. */
  repair: (damage: Damage) => RepairStep[];
};
