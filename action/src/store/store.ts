import type { List } from './list.ts';
import type { FieldPath, FieldSource, Source, StoreKind } from './source.ts';
import type { Value } from './value.ts';

/**
 * One kind of database: how to describe, count, scan and find by key what a declared pair reads. The only thing that talks
 * to one. Every method may throw `ReadError`, a sentence for whatever went wrong, or `BudgetError` when time ran out; each
 * request is tried twice before it has failed.
 */
export type Store = {
  readonly kind: StoreKind;
  /** Whether every document that is read costs money. */
  readonly isBilled: boolean;
  /** What pseudonyms may be keyed with; `undefined` where the store has nothing that is secret and stays the same. */
  readonly secret: string | undefined;
  /**
   * Whether the store can be reached and the credentials let it be read, before anything else is asked.
   * @throws {ReadError}
   */
  readonly probe: () => Promise<void>;
  /** Columns of tables with their types, as far as the store describes them; a store of documents describes none. */
  readonly describe: (tables: readonly string[]) => Promise<ReadonlyMap<string, TableDescription>>;
  /** @param fields the fields that are needed; more may be read, and of documents all of them are */
  readonly open: (source: Source, fields: Needed) => StoredSource;
  /** Rows or documents that were read so far, as a store that bills them counts. */
  readonly reads: () => number;
  /** Bytes that were downloaded so far, where a store bills them. */
  readonly bytes?: () => number;
};

/** Names of columns with their types in Postgres' words. */
export type TableDescription = ReadonlyMap<string, string>;

export type Needed = {
  /** Outermost names only; `'all'` where nothing says which columns there are. */
  readonly columns: ReadonlySet<string> | 'all';
  /** Columns whose values no parser may round or change (numbers, JSON), with their types in Postgres' words, where those are known. */
  readonly described: TableDescription | undefined;
  /** Columns that together are unique, where that is known: what pages may be ordered by. */
  readonly key: readonly string[];
};

/** A row or document as it was read. */
export type RawRow = {
  /** A document's path below the database; of a table's row there is none. */
  readonly path?: string;
  /** The columns of a row or the fields of a document; whatever else a node of the Realtime Database is. */
  readonly value: Value;
  /** When the store itself says that the document was written, ISO 8601. */
  readonly updateTime?: string;
};

/** A field has one of the values; null is null or absent. */
export type Condition = { readonly source: FieldSource; readonly anyOf: readonly Value[] };

export type Count = {
  readonly rows: number;
  /** Whether others of the same collection id may be among them, which only reading can tell. */
  readonly isAtMost?: boolean;
};

/** The rows of one source: a table or view, or the documents whose paths a template describes. */
export type StoredSource = {
  /**
   * How many rows there are for which every condition holds, without reading them.
   * @param isRough whether others of the same collection id may be among them unsaid, so that nothing is spent on knowing
   * @returns `undefined` where the store cannot count by these conditions, so that the rows have to be read
   */
  readonly count: (only: readonly Condition[], isRough?: boolean) => Promise<Count | undefined>;
  /** Every row that is there all the time, once, in pages of at most 1,000; whatever is written meanwhile may be among them or not. */
  readonly scan: () => AsyncIterable<List<RawRow>>;
  /** The same as it is now, where `scan` sees one moment for all of a run. */
  readonly scanNow?: () => AsyncIterable<List<RawRow>>;
  /** Rows of which the field says that they were written at this time (ISO 8601, UTC) or later. */
  readonly changedSince: (field: ChangedField, since: string) => AsyncIterable<List<RawRow>>;
  /**
   * The rows that some keys mean as they are now: one or two requests per hundred keys. Others may be among them, which the
   * caller leaves out; a row that is spelled in none of the ways that were asked for is not found.
   */
  readonly find: (keys: readonly WantedKey[]) => Promise<readonly RawRow[]>;
  /** Sources with the same name are read in one scan when they are scanned at the same time: the scan waits until each of them was taken from. */
  readonly scanName?: string;
};

export type ChangedField = { readonly path: FieldPath; readonly unit?: 's' | 'ms' };

/** One key, in every spelling that a row of it is known or likely to have. */
export type WantedKey = {
  /** By the name of the bound segment; one that is not there is not known, so that the path cannot be built. */
  readonly segments: ReadonlyMap<string, readonly string[]>;
  /** Fields that hold one of the values each. */
  readonly fields: readonly { readonly path: FieldPath; readonly anyOf: readonly Value[] }[];
};
