import { setTimeout as sleep } from 'node:timers/promises';
import { describeColumn, isOpaque } from '../column.ts';
import { ReadError } from '../errors.ts';
import { mapped, type List } from '../list.ts';
import type { ChangedField, Condition, Count, Needed, RawRow, StoredSource, WantedKey } from '../store.ts';
import type { FieldPath } from '../source.ts';
import { isScalar, type Fields, type Maybe, type Value } from '../value.ts';
import type { Described } from './description.ts';
import { encodedLength, maxFilterLength, quote } from './filter.ts';
import { maxPageSize, type Query, type Reader } from './reader.ts';
import { columnName, filterKey, filterText, isPlainName, mayHold, selectionOf, type Selection } from './row-text.ts';

/** A table or view, read through PostgREST. */

const maxKeysPerRead = 100;
/** Before the database is asked again, for less, after it was exhausted. */
const restMs = 500;

type Refine = (query: Query) => Query;
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
          const answer = await reader.selectText(table, selected.columns, selected.read, (query) => refine(query).limit(asked), counted);
          size = Math.min(maxPageSize, size * 2);
          onRows(answer.rows.length);
          return answer;
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === undefined || asked === 1) throw error;
          size = Math.ceil(asked / 2);
          if (error.tooMuch === 'time') await sleep(restMs);
        }
      }
    };
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
    let last: readonly string[] = [];
    while (rows.length > 0) {
      const end = keyOf(rows.at(-1), order);
      if (end.join('\0') === last.join('\0')) throw reader.failed(table, 'not-advancing');
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
    for (let last: readonly string[] = []; ;) {
      let rows: List<Fields> = [];
      for (const next of following) {
        ({ rows } = await ask((query) => inOrder(next(whole(query)), order)));
        if (rows.length > 0) break;
      }
      const end = rows.length === 0 ? undefined : keyOf(rows.at(-1), order);
      if (end === undefined) break;
      if (end.join('\0') === last.join('\0')) throw reader.failed(table, 'not-advancing');
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
    const answer = await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1), 'exact');
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
      const idOf = (row: Fields): string => JSON.stringify(paths.map(([column = '']) => filterText(row.get(column)) ?? null));
      for (const value of found) if (!seen.has(idOf(value))) into.push({ value });
      // What is inside JSON is compared as the text that it is.
      if (paths.every((path) => path.length === 1)) for (const value of found) seen.add(idOf(value));
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

/** Text that some servers take in quotes only: with spaces at its ends. */
const hasSpaces = (text: string): boolean => text.trim() !== text;
/** In `or`: some take even a closing parenthesis in quotes for the end of a list. */
const needsEscape = (text: string): boolean => /["\\)]/.test(text);

/**
 * What comes after some values in the order of columns, as filters to be tried one after the other until one finds something:
 * one, where the values stand in quotes as they are.
 */
function after(columns: readonly string[], values: readonly string[]): readonly Refine[] {
  const isPlain = columns.every(isPlainName) && !values.some(needsEscape);
  if (isPlain && (columns.length > 1 || values.some(hasSpaces))) {
    const conditions = columns.map((column, place) => {
      const same = columns.slice(0, place).map((earlier, index) => `${earlier}.eq.${quote(values[index] ?? '')}`);
      const greater = `${column}.gt.${quote(values[place] ?? '')}`;
      return same.length === 0 ? greater : `and(${[...same, greater].join(',')})`;
    });
    return [(query) => query.or(conditions.join(','))];
  }
  return columns.map((_, index): Refine => {
    const place = columns.length - 1 - index;
    return (query) => {
      const same = columns.slice(0, place).reduce((refined, earlier, at) => isAmong(refined, columnName(earlier), [values[at] ?? '']), query);
      return same.filter(filterKey(columnName(columns[place] ?? '')), 'gt', values[place] ?? '');
    };
  });
}

const isIn = (query: Query, column: string, list: string): Query => query.filter(filterKey(column), 'in', `(${list})`);
const isNothing = (query: Query, column: string): Query => query.is(filterKey(column), null);
const isAmong = (query: Query, column: string, values: readonly string[]): Query => isIn(query, column, values.map(quote).join(','));

const anyNull = (query: Query, columns: readonly string[]): Query => {
  const [only, ...more] = columns;
  if (only === undefined) return query;
  return more.length === 0 ? isNothing(query, columnName(only)) : query.or(columns.map((column) => `${columnName(column)}.is.null`).join(','));
};

/** A path as PostgREST has it: `meta->author->>id`. */
function pathName(path: FieldPath): string {
  const [column = '', ...inside] = path;
  return inside.reduce((name, part, index) => `${name}${index === inside.length - 1 ? '->>' : '->'}${columnName(part)}`, columnName(column));
}

type Lookup = { readonly keys: readonly WantedKey[]; readonly filter: Refine };
type WantedField = {
  readonly column: string;
  readonly texts: readonly string[];
  /** The same as a filter has them: in quotes, save for booleans, since no quoted text is one to every server. */
  readonly list: string;
  readonly isNull: boolean;
};
type Wanted = { readonly key: WantedKey; readonly fields: readonly WantedField[]; readonly length: number };

/** Requests for the rows of some keys, each with a filter that fits into a URL; keys that no row can have are left out. */
function* lookups(keys: readonly WantedKey[], formatOf: (path: FieldPath) => string | undefined): Generator<Lookup> {
  const wanted = keys.flatMap((key): Wanted[] => {
    const fields = key.fields.map(({ path, anyOf }) => {
      const format = formatOf(path);
      const texts = [...new Set(anyOf.flatMap((value) => filterText(value) ?? []))].filter((text) => mayHold(format, text));
      const isBoolean = format !== undefined && describeColumn(format).kind === 'boolean';
      return { column: pathName(path), texts, list: (isBoolean ? texts : texts.map(quote)).join(','), isNull: anyOf.includes(null) };
    });
    const isPossible = fields.length > 0 && fields.every(({ texts, isNull }) => isNull || texts.length > 0);
    return isPossible ? [{ key, fields, length: encodedLength(fields.map(({ column, list }) => `${column}.in.(${list}),`).join('and()')) }] : [];
  });
  for (const [isSingle, some] of Map.groupBy(wanted, ({ fields }) => fields.length === 1 && !fields[0]?.isNull)) {
    if (isSingle) {
      for (const [column, same] of Map.groupBy(some, ({ fields }) => fields[0]?.column ?? '')) {
        for (const batch of inBatches(same))
          yield { keys: batch.map(({ key }) => key), filter: (query) => isIn(query, column, batch.map(({ fields }) => fields[0]?.list ?? '').join(',')) };
      }
      continue;
    }
    const [plain, odd] = [some.filter(isPlainWanted), some.filter((one) => !isPlainWanted(one))];
    for (const batch of inBatches(plain)) yield { keys: batch.map(({ key }) => key), filter: (query) => query.or(batch.map(conditionOf).join(',')) };
    for (const one of odd) {
      yield {
        keys: [one.key],
        filter: (query) => one.fields.reduce((refined, { column, list, isNull }) => (isNull ? isNothing(refined, column) : isIn(refined, column, list)), query),
      };
    }
  }
}

/** Whether servers that take quotes in conditions for what they are not have none to mistake. */
const isPlainWanted = ({ fields }: Wanted): boolean =>
  fields.every(
    ({ column, texts, isNull }) =>
      !(isNull && texts.length === 0 && fields.length === 1) && isPlainName(column) && texts.every((text) => !needsEscape(text) && !hasSpaces(text)),
  );

function conditionOf({ fields }: Wanted): string {
  const conditions = fields.map(({ column, list, isNull }) => {
    const isOneOf = list === '' ? undefined : `${column}.in.(${list})`;
    if (!isNull) return isOneOf ?? '';
    return isOneOf === undefined ? `${column}.is.null` : `or(${column}.is.null,${isOneOf})`;
  });
  return conditions.length === 1 ? (conditions[0] ?? '') : `and(${conditions.join(',')})`;
}

function* inBatches(wanted: readonly Wanted[]): Generator<readonly Wanted[]> {
  let batch: Wanted[] = [];
  let length = 0;
  for (const one of wanted) {
    if (batch.length > 0 && (batch.length >= maxKeysPerRead || length + one.length > maxFilterLength)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(one);
    length += one.length;
  }
  if (batch.length > 0) yield batch;
}

/**
 * A condition as a filter: `none` where no row can fulfil it, `undefined` where the database would not count the same rows
 * as are found by reading them.
 */
function conditionFilter({ source, anyOf }: Condition, columns: ReadonlyMap<string, string> | undefined): Refine | 'none' | undefined {
  if (source.kind !== 'field' || source.path.length !== 1) return undefined;
  const [name = ''] = source.path;
  const format = columns?.get(name);
  const kind = format === undefined ? undefined : describeColumn(format);
  const others = anyOf.filter((value) => value !== null);
  const isNull = others.length < anyOf.length;
  if (others.length > 0 && (kind === undefined || kind.isArray)) return undefined;
  const texts: string[] = [];
  for (const value of others) {
    const text = kind === undefined ? undefined : comparableText(kind.kind, format, value);
    if (text === undefined) return undefined;
    if (text !== 'never') texts.push(text.is);
  }
  if (kind?.kind === 'json' && isNull) return undefined;
  const column = columnName(name);
  // No quoted text is a boolean to every server.
  if (kind?.kind === 'boolean' && texts.length > 0)
    return isPlainName(name) ? (query) => query.or([...texts, ...(isNull ? ['null'] : [])].map((text) => `${column}.is.${text}`).join(',')) : undefined;
  if (!isNull) return texts.length === 0 ? 'none' : (query) => isAmong(query, column, texts);
  if (texts.length === 0) return (query) => isNothing(query, column);
  return isPlainName(name) && !texts.some((text) => needsEscape(text) || hasSpaces(text))
    ? (query) => query.or(`${column}.is.null,${column}.in.(${texts.map(quote).join(',')})`)
    : undefined;
}

/** What a value is in a column of the kind; `never` where it is of another type; `undefined` where only reading can tell. */
function comparableText(kind: string, format: string | undefined, value: Maybe): { readonly is: string } | 'never' | undefined {
  // Of any type.
  if (kind === 'json') return undefined;
  if (typeof value === 'boolean') return kind === 'boolean' ? { is: String(value) } : 'never';
  if (isScalar(value)) {
    if (value.kind !== 'number' || (kind !== 'integer' && kind !== 'number')) return 'never';
    // 1.0 is 1, which a column of whole numbers takes in that spelling only.
    const text = kind === 'integer' ? value.text.replace(/\.0*$/, '') : value.text;
    return mayHold(format, text) ? { is: text } : undefined;
  }
  if (typeof value !== 'string') return undefined;
  if (kind === 'boolean' || kind === 'integer' || kind === 'number') return 'never';
  // Text is the same after NFC, and a filter compares bytes.
  if (kind === 'text') return /^[ -~]*$/.test(value) ? { is: value } : undefined;
  if (kind === 'uuid') return value === value.toLowerCase() && mayHold(format, value) ? { is: value } : 'never';
  return undefined;
}
