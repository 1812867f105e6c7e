import { describeColumn, type ColumnKind } from '../column.ts';
import type { FieldPath } from '../source.ts';
import type { Condition, WantedKey } from '../store.ts';
import { isScalar, type Maybe } from '../value.ts';
import { encodedLength, maxFilterLength, listOf, patternFor, quote } from './filter.ts';
import type { Query, Refine } from './reader.ts';
import { columnName, filterKey, filterText, isPlainName, mayHold } from './row-text.ts';

/** Which rows of a table are asked for: those after others, those of some keys, and those in scope. */

const maxKeysPerRead = 100;

/** In a URL, of the texts of one field of a key that is too long for it: there are a few fields. */
const longestList = 1000;

/** Text that some servers take in quotes only: with spaces at its ends. */
const hasSpaces = (text: string): boolean => text.trim() !== text;
/** In `or`: some take even a closing parenthesis in quotes for the end of a list. */
const needsEscape = (text: string): boolean => /["\\)]/.test(text);

/**
 * What comes after some values in the order of columns, as filters to be tried one after the other until one finds something:
 * one, where the values stand in quotes as they are.
 */
export function after(columns: readonly string[], values: readonly string[]): readonly Refine[] {
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
export const isAmong = (query: Query, column: string, values: readonly string[]): Query => isIn(query, column, listOf(values));

export const anyNull = (query: Query, columns: readonly string[]): Query => {
  const [only, ...more] = columns;
  if (only === undefined) return query;
  return more.length === 0 ? isNothing(query, columnName(only)) : query.or(columns.map((column) => `${columnName(column)}.is.null`).join(','));
};

/** A path as PostgREST has it: `meta->author->>id`. */
function pathName(path: FieldPath): string {
  const [column = '', ...inside] = path;
  return inside.reduce((name, part, index) => `${name}${index === inside.length - 1 ? '->>' : '->'}${columnName(part)}`, columnName(column));
}

export type Lookup = { readonly keys: readonly WantedKey[]; readonly filter: Refine };
type WantedField = {
  readonly column: string;
  readonly texts: readonly string[];
  /** The same as a filter has them: in quotes, save for booleans, since no quoted text is one to every server. */
  readonly list: string;
  readonly isNull: boolean;
  readonly kind: ColumnKind;
};
type Wanted = { readonly key: WantedKey; readonly fields: readonly WantedField[]; readonly length: number };

/**
 * Requests for the rows of some keys, each with a filter that fits into a URL; keys that no row can have are left out. Of a text that does not
 * fit, a pattern asks for its beginning, so that rows of other keys may be among those that are found.
 */
export function* lookups(keys: readonly WantedKey[], formatOf: (path: FieldPath) => string | undefined): Generator<Lookup> {
  const wanted = keys.flatMap((key): Wanted[] => {
    const fields = key.fields.map(({ path, anyOf }) => {
      const format = formatOf(path);
      const texts = [...new Set(anyOf.flatMap((value) => filterText(value) ?? []))].filter((text) => mayHold(format, text));
      const kind = format === undefined ? 'text' : describeColumn(format).kind;
      return { column: pathName(path), texts, list: listIn(kind, texts), isNull: anyOf.includes(null), kind };
    });
    const isPossible = fields.length > 0 && fields.every(({ texts, isNull }) => isNull || texts.length > 0);
    return isPossible ? [{ key, fields, length: encodedLength(fields.map(({ column, list }) => `${column}.in.(${list}),`).join('and()')) }] : [];
  });
  const [short, long] = [wanted.filter(({ length }) => length <= maxFilterLength), wanted.filter(({ length }) => length > maxFilterLength)];
  for (const { key, fields } of long) {
    for (const one of apart(fields.map(inPieces))) {
      yield {
        keys: [key],
        filter: (query) => one.reduce((refined, field) => (field.isNull ? isNothing(refined, field.column) : isInOrLike(refined, field)), query),
      };
    }
  }
  for (const [isSingle, some] of Map.groupBy(short, ({ fields }) => fields.length === 1 && !fields[0]?.isNull)) {
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
      for (const fields of apart(one.fields.map(nullApart))) {
        yield {
          keys: [one.key],
          filter: (query) => fields.reduce((refined, { column, list, isNull }) => (isNull ? isNothing(refined, column) : isIn(refined, column, list)), query),
        };
      }
    }
  }
}

/** Every combination of the ways to ask for a field. */
const apart = (fields: readonly (readonly WantedField[])[]): readonly (readonly WantedField[])[] =>
  fields.reduce<readonly (readonly WantedField[])[]>((all, ways) => all.flatMap((some) => ways.map((way) => [...some, way])), [[]]);

/** Null and texts in requests of their own, since only `or` can have both. No row is in two of the answers. */
const nullApart = (field: WantedField): readonly WantedField[] => (field.isNull && field.texts.length > 0 ? [field, { ...field, isNull: false }] : [field]);

/** Some texts in each request as well: one that is long alone. */
const inPieces = (field: WantedField): readonly WantedField[] =>
  nullApart(field).flatMap((way) => {
    if (way.isNull) return [way];
    const batches = batchesOf(way.texts, (text) => encodedLength(`${quote(text)},`), longestList);
    return Array.from(batches, (texts) => ({ ...way, texts, list: listIn(way.kind, texts) }));
  });

const isInOrLike = (query: Query, { column, texts, list, kind }: WantedField): Query => {
  const [text = ''] = texts;
  const isLong = texts.length === 1 && encodedLength(text) > longestList;
  return isLong && (kind === 'text' || kind === 'char') ? query.filter(filterKey(column), 'like', patternFor(text)) : isIn(query, column, list);
};

/** No quoted text is a boolean to every server. */
const listIn = (kind: ColumnKind, texts: readonly string[]): string => (kind === 'boolean' ? texts.join(',') : listOf(texts));

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

const inBatches = (wanted: readonly Wanted[]): Generator<readonly Wanted[]> => batchesOf(wanted, ({ length }) => length, maxFilterLength);

/** As many as fit into a length, at least one. */
function* batchesOf<T>(items: readonly T[], lengthOf: (item: T) => number, longest: number): Generator<readonly T[]> {
  let batch: T[] = [];
  let length = 0;
  for (const item of items) {
    const own = lengthOf(item);
    if (batch.length > 0 && (batch.length >= maxKeysPerRead || length + own > longest)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(item);
    length += own;
  }
  if (batch.length > 0) yield batch;
}

/**
 * A condition as a filter: `none` where no row can fulfil it, `undefined` where the database would not count the same rows
 * as are found by reading them.
 */
export function conditionFilter({ source, anyOf }: Condition, columns: ReadonlyMap<string, string> | undefined): Refine | 'none' | undefined {
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
    ? (query) => query.or(`${column}.is.null,${column}.in.(${listOf(texts)})`)
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
