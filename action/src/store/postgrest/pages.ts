import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { ReadError } from '../errors.ts';
import { tooMuchOf, type FailedRead } from './read-error.ts';
import { maxPageSize, requestTimeoutMs, retryMs, type RowRequest, type OnUnreadable, type PageRows, type Query, type Reader, type Rows } from './reader.ts';
import { triesFor } from '../tries.ts';

/** Every row of a table, or all of some, page by page. */

/** As many rows as may be on their way at once. */
const inFlightRows = 20;

export type PageReader = {
  readonly select: Reader['select'];
  /** One request, which is tried again before it counts as failed. */
  readonly read: <T>(request: RowRequest & { readonly row: z.ZodMiniType<T> }, triesOf: (failed: FailedRead) => number) => Promise<PageRows<T>>;
  readonly failure: (failed: FailedRead) => ReadError;
  /** Of one answer. */
  readonly maxBytes: number;
  readonly stop: AbortSignal;
};

/** `end` is the id that the next page comes after; without one this was the last. */
type Page<T> = Rows<T> & { readonly end: string | undefined };

export function createPages({ select, read, failure, maxBytes, stop }: PageReader): Pick<Reader, 'count' | 'pages' | 'found'> {
  /**
   * Reads page after page in the order of `id`: half as many rows where it was too much for one answer, and twice as
   * many where it took little, up to the size of a page.
   */
  function pager<T extends { row_id: string }>(
    request: RowRequest & { readonly row: z.ZodMiniType<T> },
    pageSize: number,
    onUnreadable: OnUnreadable | undefined,
  ): () => Promise<Page<T>> {
    const { table, refine } = request;
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
        const wanted = size;
        const started = performance.now();
        // A row that is read alone is asked for by its id, so that it is known which one it is that cannot be read.
        const rowId = wanted > 1 ? undefined : (await select(table, 'row_id:id::text', z.object({ row_id: z.string() }), following)).rows[0]?.row_id;
        try {
          const { bytes, rows, count } = await read({ ...request, refine: rowId === undefined ? following : (query) => query.eq('id', rowId) }, (failed) =>
            triesFor(tooMuchOf(failed), wanted > 1),
          );
          if (bytes < maxBytes / 4 && performance.now() - started < requestTimeoutMs / 4) size = Math.min(pageSize, size * 2);
          // Deleted in between.
          if (rows.length === 0 && rowId !== undefined) continue;
          return { rows, count: rowId === undefined ? count : undefined, end: advance(rows) };
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === undefined) throw error;
          if (wanted > 1) size = Math.ceil(wanted / 2);
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
    const next = pager({ table, columns, row, refine: (query) => query }, pageSize, leaveOut);
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
    const next = pager({ table, columns, row, refine, counted: 'exact' }, pageSize, onUnreadable);
    for (;;) {
      const { rows, count, end } = await next();
      if (end === undefined && count) throw failure({ table, defect: 'truncated' });
      if (end === undefined) return;
      yield rows;
      if (count !== undefined && rows.length >= count) return;
    }
  };

  return { count: countRows, pages, found };
}
