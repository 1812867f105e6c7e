import { AsyncLocalStorage } from 'node:async_hooks';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type * as z from 'zod/mini';
import { retried } from '../../http/retry.ts';
import { ask, type Answer } from '../../http/send.ts';
import { issuedAt } from '../../privacy/api-key.ts';
import { BudgetError, type ReadError } from '../errors.ts';
import type { List } from '../list.ts';
import { createPages } from './pages.ts';
import { againAfterRead, isUnavailable, readError, tooMuchOf, type FailedRead } from './read-error.ts';
import { requestTimeoutMs, retryMs, rowsOf, type RowRequest, type PageRows, type Reader, type ReadRows } from './reader.ts';
import { triesFor, triesOfRead } from '../tries.ts';

/** Of one answer, decoded. A page of ordinary rows has a fiftieth of it; as text and as rows it is several times as much in memory. */
const maxAnswerBytes = 32 * 2 ** 20;

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

  async function attempt<T>({ row, ...request }: RowRequest & { readonly row: z.ZodMiniType<T> }): Promise<PageRows<T> | FailedRead> {
    const { table } = request;
    const { answer, got } = await exchanged(request, false);
    if ('table' in got) return got;
    // `{ error }` alone is not enough: supabase-js turns an empty 404 into success without data.
    if (answer.error || !Array.isArray(answer.data)) return { table, answer: got, defect: 'not-json' };
    const { data: rows } = rowsOf(row).safeParse(answer.data);
    if (!rows) return { table, defect: 'unexpected' };
    if (isCut(got, rows.length)) return { table, defect: 'truncated' };
    return { rows, count: countOf(answer), bytes: got.body.length };
  }

  async function attemptText<T>({
    read,
    ...request
  }: RowRequest & { readonly read: ReadRows<T> }): Promise<{ rows: List<T>; count: number | undefined } | FailedRead> {
    const { table } = request;
    const { answer, got } = await exchanged(request, true);
    if ('table' in got) return got;
    const rows = answer.error ? undefined : read(got.body);
    if (!rows) return { table, answer: got, defect: 'not-json' };
    return isCut(got, rows.length) ? { table, defect: 'truncated' } : { rows, count: countOf(answer) };
  }

  async function exchanged({ table, columns, refine, counted }: RowRequest, isText: boolean) {
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
      () => attempt({ table, columns, row, refine, counted }),
      (failed) => triesFor(tooMuchOf(failed), false),
    );

  const selectText: Reader['selectText'] = (table, columns, read, refine, { count: counted, maySplit = false } = {}) =>
    succeeded(
      () => attemptText({ table, columns, read, refine, counted }),
      (failed) => triesFor(tooMuchOf(failed), maySplit),
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

  return {
    select,
    selectText,
    description,
    call,
    failed: (table, defect) => failure({ table, ...(defect && { defect }) }),
    refused: (name) => failure({ table: name, isFunction: true, defect: 'unexpected' }),
    ...createPages({
      select,
      read: (request, triesOf) => succeeded(() => attempt(request), triesOf),
      failure,
      maxBytes,
      stop,
    }),
  };
}
