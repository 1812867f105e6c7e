import { setTimeout as sleep } from 'node:timers/promises';
import { describeColumn, isOpaque } from '../column.ts';
import { ReadError } from '../errors.ts';
import { mapped, type List } from '../list.ts';
import type { ChangedField, Condition, Count, Needed, RawRow, StoredSource, WantedKey } from '../store.ts';
import { valueAt, type FieldPath } from '../source.ts';
import type { Fields, Value } from '../value.ts';
import { after, anyNull, conditionFilter, isAmong, lookups, type Lookup } from './conditions.ts';
import type { Described } from './description.ts';
import { maxPageSize, type Query, type Reader, type Refine } from './reader.ts';
import { columnName, filterKey, filterText, selectionOf, type Selection } from './row-text.ts';

/** A table or view, read through PostgREST. */

/** Before the database is asked again, for less, after it was exhausted. */
const restMs = 500;

type Page = { readonly rows: List<Fields>; readonly count: number | undefined };

/**
 * @param described what the API says of the table
 * @param onRows hears of every row that was read
 */
export function openTable(
  reader: Pick<Reader, 'selectText' | 'failed'>,
  table: string,
  needed: Needed,
  described: Described | undefined,
  onRows: (rows: number) => void,
): StoredSource {
  const columns = described?.columns ?? needed.described;
  const formatOf = (path: FieldPath): string | undefined => (path.length === 1 ? columns?.get(path[0] ?? '') : undefined);
  const hasKey = described !== undefined && described.key.length > 0;
  /** What pages are ordered by. */
  const order = hasKey ? described.key : needed.key;
  const selection = selectionOf(columns, needed.columns === 'all' ? 'all' : new Set([...needed.columns, ...order]));
  const keySelection = selectionOf(columns, order.length > 0 ? new Set(order) : needed.columns);

  /** Half as many rows where they were too much for one answer or took the database too long, and more again later. */
  function createPages(selected: Selection): (refine: Refine, wanted?: number, count?: 'exact') => Promise<Page> {
    let size = maxPageSize;
    return async (refine, wanted = maxPageSize, counted) => {
      for (;;) {
        const asked = Math.min(size, wanted);
        try {
          const answer = await reader.selectText(table, selected.columns, selected.read, (query) => refine(query).limit(asked), {
            count: counted,
            maySplit: asked > 1,
          });
          size = Math.min(maxPageSize, size * 2);
          onRows(answer.rows.length);
          return answer;
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === undefined) throw error;
          if (asked === 1) {
            const page = error.tooMuch === 'bytes' ? await inParts(selected, refine, counted) : undefined;
            if (page === undefined) throw error;
            return page;
          }
          size = Math.ceil(asked / 2);
          if (error.tooMuch === 'time') await sleep(restMs);
        }
      }
    };
  }

  /**
   * One row column by column: what is too large even alone is not read, so that nobody's row keeps all others from being compared.
   *
   * @returns `undefined` where nothing tells that the parts are of one row, or its key is too large
   */
  async function inParts({ names }: Selection, refine: Refine, counted: 'exact' | undefined): Promise<Page | undefined> {
    const others = names.filter((name) => !order.includes(name));
    if (order.length === 0 || others.length === 0) return undefined;
    const ask = (some: Selection) => reader.selectText(table, some.columns, some.read, (query) => refine(query).limit(1), { count: counted });
    const known = await ask(keySelection);
    const first = known.rows.at(0);
    if (first === undefined) return known;
    const row = new Map<string, Value>(first);
    for (const name of others) {
      try {
        const part = (await ask(selectionOf(columns, new Set([...order, name])))).rows.at(0);
        if (keyOf(part, order).join('\0') !== keyOf(first, order).join('\0')) return undefined;
        row.set(name, part?.get(name) ?? null);
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== 'bytes') throw error;
        row.set(name, { kind: 'unread', why: error });
      }
    }
    onRows(1);
    return { rows: [row], count: known.count };
  }

  /**
   * Pages of everything that the filter leaves.
   * @param onCount hears how many rows there were when the first page was read
   */
  async function* pages(filter: Refine, selected: Selection, onCount: (rows: number) => void = () => undefined): AsyncGenerator<List<Fields>> {
    const ask = createPages(selected);
    const ordered: Refine = (query) => inOrder(filter(query), order);
    // One statement tells how many there are, so that most tables take one request.
    const first = await ask(ordered, maxPageSize, 'exact');
    if (first.count === undefined) throw reader.failed(table, 'uncounted');
    onCount(first.count);
    if (first.rows.length >= first.count) {
      if (first.rows.length > 0) yield first.rows;
      return;
    }
    if (hasKey) yield* pagesByKey(filter, ask, first.rows);
    else if (order.length > 0) yield* pagesByGroups(filter, ask);
    else yield* pagesByPlace((query) => inOrder(filter(query), sortable(columns, first.rows)), ask);
  }

  /** In the order of columns that are unique. A page shorter than asked for may be the server's own limit: only an empty one is the end. */
  async function* pagesByKey(filter: Refine, ask: ReturnType<typeof createPages>, first: List<Fields>): AsyncGenerator<List<Fields>> {
    let rows = first;
    let last: readonly string[] | undefined;
    while (rows.length > 0) {
      const end = keyOf(rows.at(-1), order);
      // The first key of all may be an empty text.
      if (end.join('\0') === last?.join('\0')) throw reader.failed(table, 'not-advancing');
      last = end;
      yield rows;
      rows = [];
      for (const following of after(order, last)) {
        ({ rows } = await ask((query) => inOrder(following(filter(query)), order)));
        if (rows.length > 0) break;
      }
    }
  }

  /** In the order of columns that may be there more often, or be null: what has the last one of a page is read as a whole before it goes on. */
  async function* pagesByGroups(filter: Refine, ask: ReturnType<typeof createPages>): AsyncGenerator<List<Fields>> {
    const whole: Refine = (query) => order.reduce((refined, column) => refined.not(filterKey(columnName(column)), 'is', null), filter(query));
    let following: readonly Refine[] = [(query) => query];
    for (let last: readonly string[] | undefined; ;) {
      let rows: List<Fields> = [];
      for (const next of following) {
        ({ rows } = await ask((query) => inOrder(next(whole(query)), order)));
        if (rows.length > 0) break;
      }
      const end = rows.length === 0 ? undefined : keyOf(rows.at(-1), order);
      if (end === undefined) break;
      if (end.join('\0') === last?.join('\0')) throw reader.failed(table, 'not-advancing');
      last = end;
      // The database says what is the same: 1.0 and 1.00, or text whatever the case.
      const among = new Set([end.join('\0')]);
      for await (const group of pagesByPlace(
        (query) =>
          inOrder(
            order.reduce((refined, column, place) => isAmong(refined, columnName(column), [end[place] ?? '']), filter(query)),
            sortable(columns, rows),
          ),
        ask,
      )) {
        for (const row of group) among.add(keyOf(row, order).join('\0'));
        yield group;
      }
      const before = [...rows].filter((row) => !among.has(keyOf(row, order).join('\0')));
      if (before.length > 0) yield before;
      following = after(order, last);
    }
    yield* pagesByPlace((query) => inOrder(anyNull(filter(query), order), sortable(columns, [])), ask);
  }

  /** By how many rows come before. */
  async function* pagesByPlace(refine: Refine, ask: ReturnType<typeof createPages>): AsyncGenerator<List<Fields>> {
    for (let place = 0; ;) {
      const start = place;
      const page = await ask((query) => offset(refine(query), start), maxPageSize, start === 0 ? 'exact' : undefined);
      if (page.rows.length === 0) return;
      yield page.rows;
      place += page.rows.length;
      if (start === 0 && page.count !== undefined && page.rows.length >= page.count) return;
    }
  }

  async function total(filter: Refine): Promise<number> {
    const answer = await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1), { count: 'exact' });
    if (answer.count === undefined) throw reader.failed(table, 'uncounted');
    return answer.count;
  }

  async function* scan(): AsyncGenerator<List<RawRow>> {
    const all: Refine = (query) => query;
    let before = 0;
    let read = 0;
    for await (const rows of pages(all, selection, (there) => void (before = there))) {
      read += rows.length;
      yield mapped(rows, rawRow);
    }
    if (read >= before) return;
    // Fewer than there were: some were deleted, or something between here and the database cut an answer.
    const then = await total(all);
    if (read >= then) return;
    // Where somebody writes they may have moved out of the way. Where they are not shown again, they are kept back.
    let again = 0;
    for await (const rows of pages(all, keySelection)) again += rows.length;
    if (again < Math.min(then, await total(all))) throw reader.failed(table, 'truncated');
  }

  const find = async (keys: readonly WantedKey[]): Promise<readonly RawRow[]> => {
    const rows: RawRow[] = [];
    const seen = new Set<string>();
    for (const lookup of lookups(keys, formatOf)) await collect(lookup, rows, seen);
    return rows;
  };

  /**
   * In halves where one of the values is none that the column could hold: no row has it.
   *
   * @param seen what was looked for, of rows that another request found: what the database takes for the same, as text whatever the case, answers to both
   */
  async function collect({ keys, filter }: Lookup, into: RawRow[], seen: Set<string>): Promise<void> {
    try {
      const found: Fields[] = [];
      for await (const rows of pages(filter, selection)) found.push(...rows);
      const paths = keys[0]?.fields.map(({ path }) => path) ?? [];
      const idOf = (fields: Fields): string =>
        JSON.stringify(paths.map((path) => filterText(valueAt({ kind: 'field', path }, { segments: noSegments, fields })) ?? null));
      for (const value of found) if (!seen.has(idOf(value))) into.push({ value });
      for (const value of found) seen.add(idOf(value));
    } catch (error) {
      if (!(error instanceof ReadError) || !error.isImpossible) throw error;
      const middle = Math.ceil(keys.length / 2);
      const [only] = keys.length === 1 ? keys : [];
      const parts = only ? await withoutImpossible(only) : [keys.slice(0, middle), keys.slice(middle)];
      for (const part of parts) for (const lookup of lookups(part, formatOf)) await collect(lookup, into, seen);
    }
  }

  /** The key without spellings that no row has, as an enumeration has few; nothing where that leaves it as it was. */
  async function withoutImpossible(key: WantedKey): Promise<readonly (readonly WantedKey[])[]> {
    const fields: WantedKey['fields'][number][] = [];
    for (const { path, anyOf } of key.fields) {
      const possible: Value[] = [];
      for (const value of anyOf) if (anyOf.length === 1 || (await isPossible({ path, anyOf: [value] }))) possible.push(value);
      fields.push({ path, anyOf: possible });
    }
    const isLess = fields.some(({ anyOf }, place) => anyOf.length < (key.fields[place]?.anyOf.length ?? 0));
    return isLess ? [[{ ...key, fields }]] : [];
  }

  async function isPossible(field: WantedKey['fields'][number]): Promise<boolean> {
    try {
      for (const { filter } of lookups([{ segments: new Map(), fields: [field] }], formatOf))
        await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1));
      return true;
    } catch (error) {
      if (error instanceof ReadError && error.isImpossible) return false;
      throw error;
    }
  }

  async function count(only: readonly Condition[]): Promise<Count | undefined> {
    const filters = only.map((condition) => conditionFilter(condition, columns));
    if (filters.some((filter) => filter === undefined)) return undefined;
    if (filters.includes('none')) return { rows: 0 };
    try {
      return { rows: await total((query) => filters.reduce<Query>((refined, filter) => (typeof filter === 'function' ? filter(refined) : refined), query)) };
    } catch (error) {
      // Of an enumeration that does not have one of the values.
      if (error instanceof ReadError && error.isImpossible) return undefined;
      throw error;
    }
  }

  async function* changedSince({ path, unit }: ChangedField, since: string): AsyncGenerator<List<RawRow>> {
    const format = formatOf(path);
    const kind = format === undefined ? undefined : describeColumn(format);
    const bound = unit === undefined ? since : String(unit === 's' ? Date.parse(since) / 1000 : Date.parse(since));
    const isTime = kind !== undefined && !kind.isArray && (unit === undefined ? ['timestamptz', 'timestamp'].includes(kind.kind) : kind.kind === 'number');
    const isWhole = unit !== undefined && kind?.kind === 'integer';
    // What is text is in no order of time.
    const filter: Refine =
      isTime || isWhole ? (query) => query.gte(filterKey(columnName(path[0] ?? '')), isWhole ? Math.floor(Number(bound)) : bound) : (query) => query;
    for await (const rows of pages(filter, selection)) yield mapped(rows, rawRow);
  }

  return { count, scan, changedSince, find };
}

const noSegments: ReadonlyMap<string, string> = new Map();

const rawRow = (value: Fields): RawRow => ({ value });

const inOrder = (query: Query, columns: readonly string[]): Query => columns.reduce((ordered, column) => ordered.order(columnName(column)), query);

/** The limit that comes with a range is replaced by the one of the page. */
const offset = (query: Query, rows: number): Query => (rows === 0 ? query : query.range(rows, rows));

const keyOf = (row: Fields | undefined, columns: readonly string[]): string[] => columns.map((column) => filterText(row?.get(column)) ?? '');

/** Columns that can be sorted by: of what is not described, those that hold scalars. */
function sortable(columns: ReadonlyMap<string, string> | undefined, page: List<Fields>): string[] {
  if (columns !== undefined) return [...columns].flatMap(([name, format]) => (isOpaque(format) ? [] : [name]));
  const rows = [...page];
  return [...(rows[0]?.keys() ?? [])].filter((name) => rows.every((row) => filterText(row.get(name)) !== undefined || row.get(name) === null));
}
