import { writeFieldPath, type Collection } from './paths.ts';
import type { FieldPath } from '../source.ts';
import { isScalar, type Value } from '../value.ts';
import type { Condition, WantedKey } from '../store.ts';

/** Structured queries of REST v1, as far as they are asked here. */

export type Query = {
  readonly collection: Collection;
  readonly where?: Filter;
  /** A field that goes before the name. */
  readonly orderBy?: FieldPath;
  /** What the last document before had of what is ordered by. */
  readonly after?: readonly QueryValue[];
  readonly limit?: number;
};

export type QueryValue = Readonly<Record<string, unknown>>;

export type Filter =
  | {
      readonly fieldFilter: {
        readonly field: { readonly fieldPath: string };
        readonly op: 'EQUAL' | 'IN' | 'GREATER_THAN_OR_EQUAL';
        readonly value: QueryValue;
      };
    }
  | { readonly compositeFilter: { readonly op: 'AND' | 'OR'; readonly filters: readonly Filter[] } };

/** Ascending names need no index, whatever there is of them. */
export function writeQuery({ collection, where, orderBy, after, limit }: Query): object {
  const ordered = [...(orderBy ? [writeFieldPath(orderBy)] : []), '__name__'];
  return {
    from: [{ collectionId: collection.id, ...(collection.isGroup && { allDescendants: true }) }],
    ...(where && { where }),
    ...(limit !== undefined && { orderBy: ordered.map((fieldPath) => ({ field: { fieldPath }, direction: 'ASCENDING' })), limit }),
    ...(after && { startAt: { values: after, before: false } }),
  };
}

/** How many alternatives a query may have. */
const mostAlternatives = 30;

const fieldOf = (path: FieldPath) => ({ fieldPath: writeFieldPath(path) });

const isOneOf = (path: FieldPath, [value = {}, ...more]: readonly QueryValue[]): Filter => ({
  fieldFilter:
    more.length === 0 ? { field: fieldOf(path), op: 'EQUAL', value } : { field: fieldOf(path), op: 'IN', value: { arrayValue: { values: [value, ...more] } } },
});

export const isAtLeast = (path: FieldPath, value: QueryValue): Filter => ({ fieldFilter: { field: fieldOf(path), op: 'GREATER_THAN_OR_EQUAL', value } });

/** As one filter, or none where there are none. */
const joined = (op: 'AND' | 'OR', filters: readonly Filter[]): readonly Filter[] => (filters.length > 1 ? [{ compositeFilter: { op, filters } }] : filters);

/**
 * Documents whose fields are those of some keys.
 *
 * @param prefix of the full name of a document
 * @returns a query each, or `undefined` where a key cannot be asked for by its fields
 */
export function filtersOfKeys(keys: readonly WantedKey[], prefix: string): Filter[] | undefined {
  const filters: Filter[] = [];
  let parts: Filter[] = [];
  let alternatives = 0;
  const end = (): void => {
    filters.push(...joined('OR', parts));
    [parts, alternatives] = [[], 0];
  };
  for (const { fields } of keys) {
    const values = fields.map(({ path, anyOf }) => ({ path, values: anyOf.map((value) => encodeValue(value, prefix)).filter((value) => value !== undefined) }));
    const isWhole = values.length > 0 && values.every((field, at) => field.values.length > 0 && field.values.length === fields[at]?.anyOf.length);
    const many = values.reduce((product, field) => product * field.values.length, 1);
    if (!isWhole || many > mostAlternatives) return undefined;
    if (alternatives + many > mostAlternatives) end();
    parts.push(
      ...joined(
        'AND',
        values.map((field) => isOneOf(field.path, field.values)),
      ),
    );
    alternatives += many;
  }
  end();
  return filters;
}

/**
 * Documents for which every condition holds, and no others.
 *
 * @returns `undefined` where that cannot be asked: what is absent is in no index, and a text may be spelled in other ways
 */
export function filterOfConditions(only: readonly Condition[]): { readonly where?: Filter } | undefined {
  const filters: Filter[] = [];
  let alternatives = 1;
  for (const { source, anyOf } of only) {
    const values = anyOf.map(exactValues);
    const exact = values.flatMap((some) => some ?? []);
    alternatives *= exact.length;
    if (source.kind !== 'field' || isInGeoPoint(source.path) || values.includes(undefined) || exact.length === 0 || alternatives > mostAlternatives)
      return undefined;
    filters.push(isOneOf(source.path, exact));
  }
  const [where] = joined('AND', filters);
  return where ? { where } : {};
}

/** What may be half of a geo point, which is no field of Firestore. */
const isInGeoPoint = (path: FieldPath): boolean => path.length > 1 && /^(?:latitude|longitude)$/.test(path.at(-1) ?? '');

/** Integers of any size are told apart by Firestore; a double is the number that is nearest. */
function encodeNumber(text: string): QueryValue | undefined {
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return { integerValue: String(BigInt(text)) };
  const double = Number(text);
  if (!Number.isFinite(double)) return undefined;
  return Number.isSafeInteger(double) ? { integerValue: String(double) } : { doubleValue: double };
}

function encodeValue(value: Value, prefix: string): QueryValue | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? { stringValue: value } : undefined;
  if (typeof value === 'boolean') return { booleanValue: value };
  if (!isScalar(value)) return undefined;
  switch (value.kind) {
    case 'number':
      return encodeNumber(value.text);
    case 'timestamp':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value.text) ? { timestampValue: value.text } : undefined;
    case 'bytes':
      return { bytesValue: value.base64 };
    case 'reference':
      return { referenceValue: prefix + value.path };
    case 'geo-point':
    case 'unread':
      return undefined;
  }
}

/** Characters of ASCII that Unicode also has elsewhere, and calls the same: a condition holds for either. */
const twins: Readonly<Record<string, string>> = { K: '\u212a', ';': '\u037e', '`': '\u1fef' };

/** Every value of Firestore that a condition takes for this one; `undefined` where that are more than can be asked for. */
function exactValues(value: Value): QueryValue[] | undefined {
  if (typeof value === 'boolean') return [{ booleanValue: value }];
  if (isScalar(value)) {
    const isExact =
      value.kind === 'number' &&
      (/^-?\d{1,15}(?:\.0+)?$/.test(value.text) || (String(Number(value.text)) === value.text && !Number.isInteger(Number(value.text))));
    const number = isExact ? encodeNumber(value.text) : undefined;
    return number && [number];
  }
  // A time, a reference and bytes are the same as their text. Text beyond ASCII has several spellings.
  if (typeof value !== 'string' || !/^[ -~]*$/.test(value) || /\/|^[+-]?\d{4,6}-\d\d-\d\d[Tt ]/.test(value)) return undefined;
  let spellings = [''];
  for (const character of value) {
    const twin = twins[character];
    spellings = spellings.flatMap((start) => (twin === undefined ? [start + character] : [start + character, start + twin]));
    if (spellings.length > mostAlternatives) return undefined;
  }
  const isBase64 = Buffer.from(value, 'base64').toString('base64') === value;
  return [...spellings.map((stringValue) => ({ stringValue })), ...(isBase64 ? [{ bytesValue: value }] : [])];
}
