import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import * as z from 'zod';
import { retried } from '../../http/retry.ts';
import { ask, type Answer } from '../../http/send.ts';
import { BudgetError, ReadError } from '../errors.ts';
import type { List } from '../list.ts';
import { againAfterRead, isUnavailable, readError, tooMuchOf, type FailedRead } from './read-error.ts';
import { issuedAt } from '../../privacy/api-key.ts';

/** What PostgREST gives at most in one answer unless it is configured otherwise. */
export const maxPageSize = 1000;

/** As many rows as may be on their way at once. */
const inFlightRows = 20;

/** Longer than the 8 s after which hosted Supabase stops a statement of the service role. */
const requestTimeoutMs = 15_000;
/** Before a failed read is tried again, where the answer asks for nothing. */
const retryMs = 500;

/** A failed read counts when it has failed so often. */
const triesOfRead = 2;

/** Of one answer, decoded. A page of ordinary rows has a fiftieth of it; as text and as rows it is several times as much in memory. */
const maxAnswerBytes = 32 * 2 ** 20;

type SelectQuery = ReturnType<ReturnType<SupabaseClient['from']>['select']>;

export type Query = SelectQuery;

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
  select: <T>(table: string, columns: string, row: z.ZodType<T>, refine: (query: Query) => Query, count?: 'exact') => Promise<Rows<T>>;
  /**
   * Likewise, of rows that `read` makes of the text that came: supabase-js would round their numbers. What was too much for one
   * answer is not asked for again as it is.
   * @throws {ReadError} with `tooMuch` where less of the same may well be had
   */
  selectText: <T>(
    table: string,
    columns: string,
    read: ReadRows<T>,
    refine: (query: Query) => Query,
    count?: 'exact',
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
    value: z.ZodType<T>,
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
    row: z.ZodType<T>,
    pageSize?: number,
    onUnreadable?: OnUnreadable,
  ) => AsyncGenerator<readonly T[]>;
  /** Every row that `refine` leaves: few, so mostly one request. Otherwise as `pages`. */
  found: <T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    pageSize?: number,
    onUnreadable?: OnUnreadable,
  ) => AsyncGenerator<readonly T[]>;
};

/** Checked one by one and not copied: the schemas change nothing, and rows are most of what is in memory. */
export const rowsOf = <T>(row: z.ZodType<T>) => z.custom<T[]>((value) => Array.isArray(value) && value.every((item) => row.safeParse(item).success));

/** What happened on the wire, which supabase-js does not tell in full. */
type Exchange = {
  answer?: Answer;
  thrown?: unknown;
  /** Whether supabase-js is told of no rows: whoever asked reads the text. */
  readonly isText?: boolean;
};

export type Limits = {
  /** Of one answer, decoded. */
  maxBytes?: number;
  /** How long the run may still compare: no answer is waited for that would come later. */
  remainingMs?: () => number;
  /** What the tables are in; `public` by default. */
  schema?: string;
  /** As the file names the store, where it is not the one of the inputs. */
  store?: string | undefined;
};

/**
 * @param stop aborts what is under way and refuses what comes: the end of the time budget
 */
export function createReader(
  url: string,
  key: string,
  stop: AbortSignal,
  { maxBytes = maxAnswerBytes, remainingMs = () => Number.POSITIVE_INFINITY, schema = 'public', store }: Limits = {},
): Reader {
  const exchanges = new AsyncLocalStorage<Exchange>();
  const keyIssuedAt = issuedAt(key);
  const failure = (failed: FailedRead): ReadError => readError({ ...failed, ...(store !== undefined && { store }), schema }, requestTimeoutMs, maxBytes);

  async function observedFetch(address: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const exchange = exchanges.getStore() ?? {};
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      const answer = await ask(address instanceof Request ? address.url : address, { ...init, signal }, maxBytes);
      exchange.answer = answer;
      // With its text as it is at hand, rather than as a second copy of it.
      const isRead = exchange.isText && answer.status >= 200 && answer.status < 300;
      return Object.defineProperty(new Response(null, answer), 'text', { value: async () => (isRead ? '[]' : answer.body) });
    } catch (error) {
      exchange.thrown = error;
      throw error;
    }
  }

  const client = createClient(url, key, {
    // Nobody signs in: the key is all there is, and no session is looked for at each request.
    accessToken: async () => null,
    global: { fetch: observedFetch },
    ...(schema !== 'public' && { db: { schema } }),
  }) as SupabaseClient;

  /**
   * One request, and what was on the wire. Timers and sockets keep the context that they were made in, some of them longer
   * than the request takes; so what is kept with that is emptied, or it would be the bodies of many pages.
   */
  async function observed<T>(request: () => PromiseLike<T>, isText = false): Promise<{ data: T; exchange: Exchange }> {
    const kept: Exchange = { isText };
    const data = await exchanges.run(kept, async () => request());
    const exchange = { ...kept };
    delete kept.answer;
    return { data, exchange };
  }

  const answerOf = (what: Pick<FailedRead, 'table' | 'isFunction'>, { answer, thrown }: Exchange): Answer | FailedRead => {
    if (!answer) return { ...what, thrown };
    if (answer.isTooLarge) return { ...what, defect: 'too-large' };
    return answer.status >= 200 && answer.status < 300 ? answer : { ...what, answer };
  };

  async function attempt<T>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    counted: 'exact' | undefined,
  ): Promise<(Rows<T> & { bytes: number }) | FailedRead> {
    const { answer, got } = await exchanged(table, columns, refine, counted, false);
    if ('table' in got) return got;
    // `{ error }` alone is not enough: supabase-js turns an empty 404 into success without data.
    if (answer.error || !Array.isArray(answer.data)) return { table, answer: got, defect: 'not-json' };
    const { data: rows } = rowsOf(row).safeParse(answer.data);
    if (!rows) return { table, defect: 'unexpected' };
    if (isCut(got, rows.length)) return { table, defect: 'truncated' };
    return { rows, count: countOf(answer), bytes: got.body.length };
  }

  async function attemptText<T>(
    table: string,
    columns: string,
    read: ReadRows<T>,
    refine: (query: Query) => Query,
    counted: 'exact' | undefined,
  ): Promise<{ rows: List<T>; count: number | undefined } | FailedRead> {
    const { answer, got } = await exchanged(table, columns, refine, counted, true);
    if ('table' in got) return got;
    const rows = answer.error ? undefined : read(got.body);
    if (!rows) return { table, answer: got, defect: 'not-json' };
    return isCut(got, rows.length) ? { table, defect: 'truncated' } : { rows, count: countOf(answer) };
  }

  async function exchanged(table: string, columns: string, refine: (query: Query) => Query, counted: 'exact' | undefined, isText: boolean) {
    const select = () => refine(client.from(encodeURIComponent(table)).select(columns, counted ? { count: counted } : {})).retry(false);
    const { data: answer, exchange } = await observed(select, isText);
    return { answer, got: answerOf({ table }, exchange) };
  }

  function isCut({ headers }: Answer, rows: number): boolean {
    const range = /^(\d+)-(\d+)\//.exec(headers.get('content-range') ?? '');
    return range !== null && Number(range[2]) - Number(range[1]) + 1 !== rows;
  }

  /** Without a total, `Content-Range` ends in an asterisk, which supabase-js makes a NaN. */
  const countOf = ({ count }: { readonly count: number | null }): number | undefined => (Number.isInteger(count) ? (count ?? undefined) : undefined);

  /**
   * A failed read is tried again before it counts.
   *
   * @param triesOf how often in all, where the answer asks for nothing
   */
  async function succeeded<T extends object>(read: () => Promise<T | FailedRead>, triesOf: (failed: FailedRead) => number): Promise<T> {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      read,
      (outcome) => ('table' in outcome && !stop.aborted ? againAfterRead(outcome, triesOf(outcome), keyIssuedAt) : undefined),
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop },
    );
    if (!('table' in result)) return result;
    if (stop.aborted) throw new BudgetError();
    throw failure(result);
  }

  const select: Reader['select'] = (table, columns, row, refine, counted) =>
    succeeded(
      () => attempt(table, columns, row, refine, counted),
      () => triesOfRead,
    );

  const selectText: Reader['selectText'] = (table, columns, read, refine, counted) =>
    succeeded(
      () => attemptText(table, columns, read, refine, counted),
      (failed) => (tooMuchOf(failed) === undefined ? triesOfRead : 1),
    );

  const description: Reader['description'] = async (about) => {
    const { said } = await succeeded(
      async () => {
        const headers = {
          apikey: key,
          Authorization: `Bearer ${key}`,
          Accept: 'application/openapi+json, application/json',
          ...(schema !== 'public' && { 'Accept-Profile': schema }),
        };
        const { exchange } = await observed(() => observedFetch(new URL('rest/v1/', url.endsWith('/') ? url : `${url}/`), { headers }).catch(() => undefined));
        const got = answerOf({ table: about }, exchange);
        if (!('table' in got)) return { said: got.body };
        // Hosted Supabase describes nothing to keys that are no secret; and what is wrong with a key, the first read says.
        const isRefused = got.answer !== undefined && got.answer.status >= 400 && got.answer.status < 500 && got.answer.status !== 429;
        return isRefused || got.defect === 'too-large' ? { said: undefined } : got;
      },
      () => triesOfRead,
    );
    return said;
  };

  /** `end` is the id that the next page comes after; without one this was the last. */
  type Page<T> = Rows<T> & { readonly end: string | undefined };

  /**
   * Reads page after page in the order of `id`: half as many rows where it was too much for one answer, and twice as
   * many where it took little, up to the size of a page.
   */
  function pager<T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    pageSize: number,
    counted: 'exact' | undefined,
    onUnreadable: OnUnreadable | undefined,
  ): () => Promise<Page<T>> {
    let size = pageSize;
    let last: string | undefined;
    const following = (query: Query) => {
      const ordered = refine(query).order('id').limit(size);
      return last === undefined ? ordered : ordered.gt('id', last);
    };

    function advance(rows: readonly { row_id: string }[]): string | undefined {
      const end = rows.at(-1)?.row_id;
      if (end !== undefined && end === last) throw failure({ table, defect: 'not-advancing' });
      last = end ?? last;
      return end;
    }

    async function next(): Promise<Page<T>> {
      for (;;) {
        const asked = size;
        const started = performance.now();
        // A row that is read alone is asked for by its id, so that it is known which one it is that cannot be read.
        const rowId = asked > 1 ? undefined : (await select(table, 'row_id:id::text', z.object({ row_id: z.string() }), following)).rows[0]?.row_id;
        try {
          const { bytes, rows, count } = await succeeded(
            () => attempt(table, columns, row, rowId === undefined ? following : (query) => query.eq('id', rowId), counted),
            // Not the same again, where there is less to ask for, or it would be as large.
            (failed) => (tooMuchOf(failed) === 'bytes' || (tooMuchOf(failed) === 'time' && asked > 1) ? 1 : triesOfRead),
          );
          if (bytes < maxBytes / 4 && performance.now() - started < requestTimeoutMs / 4) size = Math.min(pageSize, size * 2);
          // Deleted in between.
          if (rows.length === 0 && rowId !== undefined) continue;
          return { rows, count: rowId === undefined ? count : undefined, end: advance(rows) };
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === undefined) throw error;
          if (asked > 1) size = Math.ceil(asked / 2);
          else if (error.tooMuch === 'time' || rowId === undefined) throw error;
          else leaveOut(rowId);
          // The database is not asked again at once for what has just exhausted it.
          if (error.tooMuch === 'time') await sleep(retryMs, undefined, { signal: stop }).catch(() => undefined);
        }
      }
    }

    function leaveOut(rowId: string): void {
      const unreadable = failure({ table, defect: 'too-large', rowId });
      if (!onUnreadable) throw unreadable;
      advance([{ row_id: rowId }]);
      onUnreadable(rowId, unreadable.message);
    }

    return next;
  }

  async function countRows(table: string): Promise<number> {
    // Not a HEAD request: its errors have no body, and supabase-js takes a HEAD 404 for success.
    const answer = await select(table, 'id', z.unknown(), (query) => query.limit(1), 'exact');
    if (answer.count === undefined) throw failure({ table, defect: 'uncounted' });
    return answer.count;
  }

  const call: Reader['call'] = async (name, parameters, value, tries = triesOfRead, { without, onlyReads = false } = {}) => {
    const triesOf = (failed: FailedRead): number => (typeof tries === 'number' ? tries : tooMuchOf(failed) === undefined ? triesOfRead : tries.ofTooMuch);
    const what = { table: name, isFunction: true };
    // A GET runs in a read-only transaction; parameters may not fit into a URL.
    const get = onlyReads || Object.keys(parameters).length === 0;
    const { found } = await succeeded(
      async () => {
        const { data: answer, exchange } = await observed(() => {
          const request = client.rpc(name, parameters, { get }).retry(false);
          return without ? request.neq(...without) : request;
        });
        const got = answerOf(what, exchange);
        if ('table' in got) return isUnavailable(got) ? { found: undefined } : got;
        const parsed = value.safeParse(answer.data);
        if (!answer.error && parsed.success) return { found: parsed.data };
        return { ...what, answer: got, defect: answer.error ? 'not-json' : 'unexpected' };
      },
      // The same again would be as large.
      (failed) => (tooMuchOf(failed) === 'bytes' ? 1 : triesOf(failed)),
    );
    return found;
  };

  const pages: Reader['pages'] = async function* (table, columns, row, pageSize = maxPageSize, onUnreadable) {
    let last: string | undefined;
    let total = 0;
    const leaveOut =
      onUnreadable &&
      ((rowId: string, sentence: string) => {
        total += 1;
        last = rowId;
        onUnreadable(rowId, sentence);
      });
    const next = pager(table, columns, row, (query) => query, pageSize, undefined, leaveOut);
    for (;;) {
      // A page shorter than asked for may be the server's own limit: only an empty one is the end.
      const { rows, end } = await next();
      if (end === undefined) break;
      total += rows.length;
      last = end;
      yield rows;
    }
    const after = last;
    if (after === undefined || !/^\d+$/.test(after)) return;
    // A few more are rows that got their id early and were committed late.
    if ((await countRows(table)) <= total + Math.max(inFlightRows, total / 100)) return;
    // Many more: written since, or kept back by something that cuts answers and mends their headers?
    const since = await select(table, columns, row, (query) => query.order('id').limit(1).gt('id', after));
    if (since.rows.length === 0) throw failure({ table, defect: 'truncated' });
  };

  const found: Reader['found'] = async function* (table, columns, row, refine, pageSize = maxPageSize, onUnreadable) {
    // Counted by the statement that reads, so that it tells whether rows are left.
    const next = pager(table, columns, row, refine, pageSize, 'exact', onUnreadable);
    for (;;) {
      const { rows, count, end } = await next();
      if (end === undefined && count) throw failure({ table, defect: 'truncated' });
      if (end === undefined) return;
      yield rows;
      if (count !== undefined && rows.length >= count) return;
    }
  };

  return {
    select,
    selectText,
    description,
    call,
    failed: (table, defect) => failure({ table, ...(defect && { defect }) }),
    refused: (name) => failure({ table: name, isFunction: true, defect: 'unexpected' }),
    pages,
    found,
    count: countRows,
  };
}
