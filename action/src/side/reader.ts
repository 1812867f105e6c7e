import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import * as z from 'zod';
import { BudgetError, isUnavailable, ReadError, readError, type FailedRead } from './read-error.ts';

/** What PostgREST gives at most in one answer unless it is configured otherwise. */
export const maxPageSize = 1000;

/** Lower than any server is configured to give at most. */
const lowestServerLimit = 20;

/** As many rows as may be on their way at once. */
const inFlightRows = 20;

/** Longer than the 8 s after which hosted Supabase stops a statement of the service role. */
const requestTimeoutMs = 15_000;
const retryDelayMs = 500;

type Query = ReturnType<ReturnType<SupabaseClient['from']>['select']>;

export type Rows<T> = { readonly rows: readonly T[]; readonly count: number | undefined };

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
   */
  pages: <T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    pageSize?: number,
  ) => AsyncGenerator<readonly T[]>;
  /** Every row that `refine` leaves: few, so mostly one request. */
  found: <T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    pageSize?: number,
  ) => AsyncGenerator<readonly T[]>;
  /** @throws {ReadError} when a list inside a row is as long as the server lets any be: it may have been cut. */
  assertWhole: (table: string, ...lists: readonly (readonly unknown[])[]) => void;
};

/** Checked one by one and not copied: the schemas change nothing, and rows are most of what is in memory. */
export const rowsOf = <T>(row: z.ZodType<T>) => z.custom<T[]>((value) => Array.isArray(value) && value.every((item) => row.safeParse(item).success));

/** What happened on the wire, which supabase-js does not tell in full. */
type Exchange = { status?: number; body?: string; contentRange?: string | null; thrown?: unknown };

/**
 * @param stop aborts what is under way and refuses what comes: the end of the time budget
 */
export function createReader(url: string, key: string, stop: AbortSignal): Reader {
  const exchanges = new AsyncLocalStorage<Exchange>();

  async function observedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const exchange = exchanges.getStore() ?? {};
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      // A redirect would take the key to another host.
      const response = await fetch(input, { ...init, signal, redirect: 'manual' });
      const body = await response.text();
      exchange.status = response.status;
      exchange.contentRange = response.headers.get('content-range');
      if (!response.ok) exchange.body = body.slice(0, 10_000);
      // The same answer with its text already at hand, rather than a second copy of it.
      return Object.defineProperty(response, 'text', { value: async () => body });
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
  ): Promise<Rows<T> | FailedRead> {
    const exchange: Exchange = {};
    const answer = await exchanges.run(exchange, async () =>
      refine(client.from(table).select(columns, counted ? { count: counted } : {})).retry(false),
    );
    const { status = 0, body, thrown } = exchange;
    if (thrown !== undefined) return { table, thrown };
    if (status < 200 || status >= 300) return { table, status, ...(body === undefined ? {} : { body }) };
    // `{ error }` alone is not enough: supabase-js turns an empty 404 into success without data.
    if (answer.error || !Array.isArray(answer.data)) return { table, defect: 'not-json' };
    const { data: rows } = rowsOf(row).safeParse(answer.data);
    if (!rows) return { table, defect: 'unexpected' };
    const range = /^(\d+)-(\d+)\//.exec(exchange.contentRange ?? '');
    if (range && Number(range[2]) - Number(range[1]) + 1 !== rows.length) return { table, defect: 'truncated' };
    // Without a total, `Content-Range` ends in an asterisk, which supabase-js makes a NaN.
    return { rows, count: Number.isInteger(answer.count) ? (answer.count ?? undefined) : undefined };
  }

  async function select<T>(
    table: string,
    columns: string,
    row: z.ZodType<T>,
    refine: (query: Query) => Query,
    counted?: 'exact',
  ): Promise<Rows<T>> {
    for (let tries = 1; ; tries += 1) {
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      const result = await attempt(table, columns, row, refine, counted);
      if ('rows' in result) return result;
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      // A failed read is tried once more before it counts.
      if (tries > 1) throw readError(result, requestTimeoutMs);
      await sleep(retryDelayMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async function countRows(table: string): Promise<number> {
    // Not a HEAD request: its errors have no body, and supabase-js takes a HEAD 404 for success.
    const answer = await select(table, 'id', z.unknown(), (query) => query.limit(1), 'exact');
    if (answer.count === undefined) throw readError({ table, defect: 'uncounted' }, requestTimeoutMs);
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
      const { status = 0, body, thrown } = exchange;
      if (stop.aborted) throw new BudgetError('The time budget ran out.');
      const parsed = value.safeParse(answer.data);
      if (thrown === undefined && status >= 200 && status < 300 && !answer.error && parsed.success) return parsed.data;
      const failed: FailedRead = {
        table: name,
        isFunction: true,
        ...(thrown === undefined ? { status, ...(body === undefined ? {} : { body }) } : { thrown }),
        ...(thrown === undefined && status >= 200 && status < 300 ? { defect: answer.error ? 'not-json' : 'unexpected' } : {}),
      };
      if (isUnavailable(failed)) return undefined;
      if (tried >= tries) throw readError(failed, requestTimeoutMs);
      await sleep(retryDelayMs, undefined, { signal: stop }).catch(() => undefined);
    }
  };

  /** What this server gives at most; it may be configured lower than the default. */
  let serverLimit = maxPageSize;

  const pages: Reader['pages'] = async function* (table, columns, row, pageSize = maxPageSize) {
    let last: string | undefined;
    let previous = pageSize;
    let total = 0;
    for (;;) {
      const after = last;
      const { rows } = await select(table, columns, row, (query) => {
        const ordered = query.order('id').limit(pageSize);
        return after === undefined ? ordered : ordered.gt('id', after);
      });
      // A page shorter than asked for may be the server's own limit: only an empty one is the end.
      const end = rows.at(-1)?.row_id;
      if (end === undefined) break;
      if (end === last) throw readError({ table, defect: 'not-advancing' }, requestTimeoutMs);
      total += rows.length;
      // The same short length twice: once may be the last page before rows that were written meanwhile. A few rows
      // may be so twice; a server that gives so few at a time there is not.
      if (previous < pageSize && previous >= lowestServerLimit && rows.length === previous) serverLimit = Math.min(serverLimit, previous);
      previous = rows.length;
      last = end;
      yield rows;
    }
    const after = last;
    if (after === undefined || !/^\d+$/.test(after)) return;
    // A few more are rows that got their id early and were committed late.
    if ((await countRows(table)) <= total + Math.max(inFlightRows, total / 100)) return;
    // Many more: written since, or kept back by something that cuts answers and mends their headers?
    const since = await select(table, columns, row, (query) => query.order('id').limit(1).gt('id', after));
    if (since.rows.length === 0) throw readError({ table, defect: 'truncated' }, requestTimeoutMs);
  };

  const found: Reader['found'] = async function* (table, columns, row, refine, pageSize = maxPageSize) {
    let last: string | undefined;
    for (;;) {
      const after = last;
      // Counted by the statement that reads, so that it tells whether rows are left.
      const { rows, count } = await select(
        table,
        columns,
        row,
        (query) => {
          const ordered = refine(query).order('id').limit(pageSize);
          return after === undefined ? ordered : ordered.gt('id', after);
        },
        'exact',
      );
      const end = rows.at(-1)?.row_id;
      if (end !== undefined && end === last) throw readError({ table, defect: 'not-advancing' }, requestTimeoutMs);
      if (end === undefined && count) throw readError({ table, defect: 'truncated' }, requestTimeoutMs);
      if (end === undefined) return;
      yield rows;
      if (count !== undefined && rows.length >= count) return;
      last = end;
    }
  };

  return {
    select,
    call,
    refused: (name) => readError({ table: name, isFunction: true, defect: 'unexpected' }, requestTimeoutMs),
    pages,
    found,
    count: countRows,
    assertWhole(table, ...lists) {
      if (lists.some((list) => list.length >= serverLimit)) throw readError({ table, defect: 'truncated' }, requestTimeoutMs);
    },
  };
}

export { BudgetError, ReadError };
