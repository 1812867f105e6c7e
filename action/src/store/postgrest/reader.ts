import type { SupabaseClient } from '@supabase/supabase-js';
import * as z from 'zod/mini';
import type { ReadError } from '../errors.ts';
import type { List } from '../list.ts';
import type { FailedRead } from './read-error.ts';

/** What PostgREST gives at most in one answer unless it is configured otherwise. */
export const maxPageSize = 1000;

/** Longer than the 8 s after which hosted Supabase stops a statement of the service role. */
export const requestTimeoutMs = 15_000;
/** Before a failed read is tried again, where the answer asks for nothing. */
export const retryMs = 500;

export type Query = ReturnType<ReturnType<SupabaseClient['from']>['select']>;

/** Which rows, and in which order. */
export type Refine = (query: Query) => Query;

export type Rows<T> = { readonly rows: readonly T[]; readonly count: number | undefined };

/** Rows of the text that came; `undefined` for what is no list of rows. */
export type ReadRows<T> = (text: string) => List<T> | undefined;

/**
 * Takes a row that cannot be read however few are asked for, because it is larger than an answer may be. The others are
 * read all the same. Without anyone to take it, it is an error.
 *
 * @param rowId as in `row_id`
 * @param sentence what happened, the likely cause, what to do
 */
export type OnUnreadable = (rowId: string, sentence: string) => void;

export type Tries = number | { readonly ofTooMuch: number };

/** Reads rows through PostgREST, and says why when it cannot. */
export type Reader = {
  /**
   * One request.
   * @throws {ReadError} when it failed twice
   * @throws {BudgetError} when time ran out
   */
  select: <T>(table: string, columns: string, row: z.ZodMiniType<T>, refine: Refine, count?: 'exact') => Promise<Rows<T>>;
  /**
   * Likewise, of rows that `read` makes of the text that came: supabase-js would round their numbers.
   * @param maySplit whether the caller then asks for fewer rows: what took too long is not asked for again as it is
   * @throws {ReadError} with `tooMuch` where less of the same may well be had
   */
  selectText: <T>(
    table: string,
    columns: string,
    read: ReadRows<T>,
    refine: Refine,
    how?: { readonly count?: 'exact' | undefined; readonly maySplit?: boolean },
  ) => Promise<{ readonly rows: List<T>; readonly count: number | undefined }>;
  /**
   * What the API says of its tables, as JSON; `undefined` where it says nothing to this key.
   * @param about what it is wanted for, for the sentence where it fails
   */
  description: (about: string) => Promise<string | undefined>;
  /**
   * Calls a function that returns one JSON value. Arguments that are JSON or arrays are handed over as text.
   * @param tries how often to ask before it has failed; or how often where it was too much, and twice otherwise
   * @param without a column and the value that rows of the answer must not have in it, where the function returns rows
   * @param onlyReads whether the transaction may only read; the parameters then stand in the URL
   * @returns the value, or `undefined` when there is no such function or the key may not call it
   * @throws {ReadError | BudgetError}
   */
  call: <T>(
    name: string,
    parameters: Readonly<Record<string, string | number | boolean>>,
    value: z.ZodMiniType<T>,
    tries?: Tries,
    how?: { readonly without?: readonly [string, string]; readonly onlyReads?: boolean },
  ) => Promise<T | undefined>;
  /** Why rows that came are not what they should be. */
  failed: (table: string, defect: FailedRead['defect']) => ReadError;
  /** Why a function that was there does not answer as it should. */
  refused: (name: string) => ReadError;
  /** The exact number of rows that the key sees. */
  count: (table: string) => Promise<number>;
  /**
   * Every row, in pages in the order of `id`. The columns must have `row_id`, the id as text. Where ids are numbers, new
   * rows come last, so many fewer rows than there are is an error.
   *
   * Where an answer is too large, or takes the database too long, half as many rows are asked for, down to a single one.
   */
  pages: <T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodMiniType<T>,
    pageSize?: number,
    onUnreadable?: OnUnreadable,
  ) => AsyncGenerator<readonly T[]>;
  /** Every row that `refine` leaves: few, so mostly one request. Otherwise as `pages`. */
  found: <T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodMiniType<T>,
    refine: Refine,
    pageSize?: number,
    onUnreadable?: OnUnreadable,
  ) => AsyncGenerator<readonly T[]>;
};

/** What is asked for of a table. */
export type RowRequest = { readonly table: string; readonly columns: string; readonly refine: Refine; readonly counted?: 'exact' | undefined };

/** Rows, with the length of the answer that they came in. */
export type PageRows<T> = Rows<T> & { readonly bytes: number };

/** Checked one by one and not copied: the schemas change nothing, and rows are most of what is in memory. */
export const rowsOf = <T>(row: z.ZodMiniType<T>) => z.custom<T[]>((value) => Array.isArray(value) && value.every((item) => row.safeParse(item).success));
