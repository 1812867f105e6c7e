import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import * as z from 'zod';
import { readText } from '../http/body.ts';
import { BudgetError, isUnavailable, ReadError, readError, tooMuchOf, type FailedRead } from './read-error.ts';

/** What PostgREST gives at most in one answer unless it is configured otherwise. */
export const maxPageSize = 1000;

/** As many rows as may be on their way at once. */
const inFlightRows = 20;

/** Longer than the 8 s after which hosted Supabase stops a statement of the service role. */
const requestTimeoutMs = 15_000;
const retryDelayMs = 500;

/** Of one answer, decoded. A page of ordinary rows has a fiftieth of it; as text and as rows it is several times as much in memory. */
const maxAnswerBytes = 32 * 2 ** 20;

type Query = ReturnType<ReturnType<SupabaseClient['from']>['select']>;

export type Rows<T> = { readonly rows: readonly T[]; readonly count: number | undefined };

/**
 * Takes a row that cannot be read however few are asked for, because it is larger than an answer may be. The others are
 * read all the same. Without anyone to take it, it is an error.
 *
 * @param rowId as in `row_id`
 * @param sentence what happened, the likely cause, what to do
 */
export type OnUnreadable = (rowId: string, sentence: string) => void;

/** Reads rows through PostgREST, and says why when it cannot. */
export type Reader = {
  /**
   * One request.
   * @throws {ReadError} when it failed twice
   * @throws {BudgetError} when time ran out
   */
  select: <T>(table: string, columns: string, row: z.ZodType<T>, refine: (query: Query) => Query, count?: 'exact') => Promise<Rows<T>>;
  /**
   * Calls a function that returns one JSON value. Arguments that are JSON or arrays are handed over as text.
   * @param tries how often to ask before it has failed
   * @param without a column and the value that rows of the answer must not have in it, where the function returns rows
   * @returns the value, or `undefined` when there is no such function or the key may not call it
   * @throws {ReadError | BudgetError}
   */
  call: <T>(name: string, parameters: Readonly<Record<string, string | number | boolean>>, value: z.ZodType<T>, tries?: number, without?: readonly [string, string]) => Promise<T | undefined>;
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
type Exchange = { status?: number; body?: string; contentRange?: string | null; thrown?: unknown; tooLarge?: boolean; bytes?: number };

export type Limits = {
  /** Of one answer, decoded. */
  maxBytes?: number;
};

/**
 * @param stop aborts what is under way and refuses what comes: the end of the time budget
 */
export function createReader(url: string, key: string, stop: AbortSignal, { maxBytes = maxAnswerBytes }: Limits = {}): Reader {
  const exchanges = new AsyncLocalStorage<Exchange>();
  const failure = (failed: FailedRead): ReadError => readError(failed, requestTimeoutMs, maxBytes);

  async function observedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const exchange = exchanges.getStore() ?? {};
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      // A redirect would take the key to another host.
      const response = await fetch(input, { ...init, signal, redirect: 'manual' });
      const body = await readText(response, maxBytes);
      exchange.status = response.status;
      exchange.contentRange = response.headers.get('content-range');
      exchange.tooLarge = body === undefined;
      exchange.bytes = body?.length ?? 0;
      if (!response.ok && body !== undefined) exchange.body = body.slice(0, 10_000);
      // The same answer with its text already at hand, rather than a second copy of it.
      return Object.defineProperty(response, 'text', { value: async () => body ?? '' });
    } catch (error) {
      exchange.thrown = error;
      throw error;
    }
  }

  const client = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: observedFetch },
  });

  async function attempt<T>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    counted: 'exact' | undefined,
  ): Promise<(Rows<T> & { bytes: number }) | FailedRead> {
    const exchange: Exchange = {};
    const answer = await exchanges.run(exchange, async () =>
      refine(client.from(table).select(columns, counted ? { count: counted } : {})).retry(false),
    );
    const { status = 0, body, thrown, tooLarge, bytes = 0 } = exchange;
    if (thrown !== undefined) return { table, thrown };
    if (tooLarge) return { table, defect: 'too-large' };
    if (status < 200 || status >= 300) return { table, status, ...(body === undefined ? {} : { body }) };
    // `{ error }` alone is not enough: supabase-js turns an empty 404 into success without data.
    if (answer.error || !Array.isArray(answer.data)) return { table, defect: 'not-json' };
    const { data: rows } = rowsOf(row).safeParse(answer.data);
    if (!rows) return { table, defect: 'unexpected' };
    const range = /^(\d+)-(\d+)\//.exec(exchange.contentRange ?? '');
    if (range && Number(range[2]) - Number(range[1]) + 1 !== rows.length) return { table, defect: 'truncated' };
    // Without a total, `Content-Range` ends in an asterisk, which supabase-js makes a NaN.
    return { rows, count: Number.isInteger(answer.count) ? (answer.count ?? undefined) : undefined, bytes };
  }

  /**
   * A failed read is tried once more before it counts.
   *
   * @param isFinal whether it counts at once, because the same again is not what to try
   */
  async function tried<T extends object>(read: () => Promise<T | FailedRead>, isFinal: (failed: FailedRead) => boolean = () => false): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      const result = await read();
      if (!('table' in result)) return result;
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      if (tries > 1 || isFinal(result)) throw failure(result);
      await sleep(retryDelayMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  const select: Reader['select'] = (table, columns, row, refine, counted) => tried(() => attempt(table, columns, row, refine, counted));

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
          const { bytes, rows, count } = await tried(
            () => attempt(table, columns, row, rowId === undefined ? following : (query) => query.eq('id', rowId), counted),
            // The same again would be as large.
            (failed) => tooMuchOf(failed) === 'bytes' || (tooMuchOf(failed) === 'time' && asked > 1),
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
          if (error.tooMuch === 'time') await sleep(retryDelayMs, undefined, { signal: stop }).catch(() => undefined);
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

  const call: Reader['call'] = async (name, parameters, value, tries = 2, without) => {
    for (let tried = 1; ; tried += 1) {
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      const exchange: Exchange = {};
      // A GET runs in a read-only transaction; what needs parameters may not fit into a URL.
      const get = Object.keys(parameters).length === 0;
      const answer = await exchanges.run(exchange, async () => {
        const request = client.rpc(name, parameters, { get }).retry(false);
        return without ? request.neq(...without) : request;
      });
      const { status = 0, body, thrown, tooLarge = false } = exchange;
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      const parsed = value.safeParse(answer.data);
      if (thrown === undefined && !tooLarge && status >= 200 && status < 300 && !answer.error && parsed.success) return parsed.data;
      const failed: FailedRead = {
        table: name,
        isFunction: true,
        ...(thrown === undefined ? { status, ...(body === undefined ? {} : { body }) } : { thrown }),
        ...(thrown === undefined && status >= 200 && status < 300 ? { defect: answer.error ? 'not-json' : 'unexpected' } : {}),
        ...(tooLarge && { defect: 'too-large' }),
      };
      if (isUnavailable(failed)) return undefined;
      if (tried >= tries) throw failure(failed);
      await sleep(retryDelayMs, undefined, { signal: stop }).catch(() => undefined);
    }
  };

  const pages: Reader['pages'] = async function* (table, columns, row, pageSize = maxPageSize, onUnreadable) {
    let last: string | undefined;
    let total = 0;
    const leaveOut = onUnreadable && ((rowId: string, sentence: string) => {
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
    call,
    refused: (name) => failure({ table: name, isFunction: true, defect: 'unexpected' }),
    pages,
    found,
    count: countRows,
  };
}

export { BudgetError, ReadError };
