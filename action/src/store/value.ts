import type { ReadError } from './errors.ts';

/**
 * What a store hands over of one field, whichever store it is. A store decodes what it reads into this, without loss:
 * nothing passes through a double, and no text is changed.
 */
export type Value = null | boolean | string | Scalar | readonly Value[] | ReadonlyMap<string, Value>;

type Scalar =
  /** A decimal number as the store spells it (`42`, `-1.50`, `6.02e23`), or `NaN`, `Infinity`, `-Infinity`. */
  | { readonly kind: 'number'; readonly text: string }
  /** ISO 8601 or Postgres' own spelling, with every digit that the store has. */
  | { readonly kind: 'timestamp'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }
  /** Below the database: `users/u1`. */
  | { readonly kind: 'reference'; readonly path: string }
  /** Both decimal numbers, as above. */
  | { readonly kind: 'geo-point'; readonly latitude: string; readonly longitude: string }
  /** What is there, and too large to be read: nothing else is known of it. */
  | { readonly kind: 'unread'; readonly why: ReadError };

/** A field that is not there is `undefined`. */
export type Maybe = Value | undefined;

export type Fields = ReadonlyMap<string, Value>;

/** What the columns of a table are called where a row was parsed, and what their values are. */
export type Layout = {
  readonly nameOf: (column: string) => string;
  readonly columnOf: (name: string) => string;
  readonly valueOf: (name: string, parsed: unknown) => Value;
};

/** The columns of a row of a table. Their values are made when somebody asks for them: most rows are the same on both sides as they stand. */
export class Columns implements Fields {
  readonly #parsed: Readonly<Record<string, unknown>>;
  readonly #layout: Layout;
  /** Maps and lists, which are asked for once for each field in them. */
  #made: Map<string, Value> | undefined;

  constructor(parsed: Readonly<Record<string, unknown>>, layout: Layout) {
    this.#parsed = parsed;
    this.#layout = layout;
  }

  /** What stands in a column as it was parsed, where that is a text, a boolean or null. */
  plain(column: string): string | boolean | null | undefined {
    const parsed = this.#parsed[this.#layout.nameOf(column)];
    return typeof parsed === 'string' || typeof parsed === 'boolean' || parsed === null ? parsed : undefined;
  }

  has(column: string): boolean {
    return Object.hasOwn(this.#parsed, this.#layout.nameOf(column));
  }

  get(column: string): Maybe {
    const made = this.#made?.get(column);
    if (made !== undefined) return made;
    const name = this.#layout.nameOf(column);
    if (!Object.hasOwn(this.#parsed, name)) return undefined;
    const value = this.#layout.valueOf(name, this.#parsed[name]);
    if (isFields(value) || isList(value)) (this.#made ??= new Map()).set(column, value);
    return value;
  }

  get size(): number {
    return Object.keys(this.#parsed).length;
  }

  *keys(): MapIterator<string> {
    for (const name of Object.keys(this.#parsed)) yield this.#layout.columnOf(name);
  }

  *values(): MapIterator<Value> {
    for (const column of this.keys()) yield this.get(column) ?? null;
  }

  *entries(): MapIterator<[string, Value]> {
    for (const column of this.keys()) yield [column, this.get(column) ?? null];
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  forEach(use: (value: Value, column: string, fields: Fields) => void): void {
    for (const [column, value] of this.entries()) use(value, column, this);
  }
}

export const isList = (value: Maybe): value is readonly Value[] => Array.isArray(value);
export const isFields = (value: Maybe): value is Fields => value instanceof Map || value instanceof Columns;
export const isScalar = (value: Maybe): value is Scalar => typeof value === 'object' && value !== null && 'kind' in value;
export const isUnread = (value: Maybe): value is Extract<Scalar, { kind: 'unread' }> => isScalar(value) && value.kind === 'unread';
export const isAbsent = (value: Maybe): value is null | undefined => value === null || value === undefined;

/**
 * What has a name inside a value: the fields of a map, and the two numbers of a geo point.
 *
 * @param isSparse whether the Realtime Database takes part: a list is then the map of its places, as it may have come from one
 */
export function fieldsIn(value: Maybe, isSparse = false): Fields | undefined {
  if (isFields(value)) return value;
  if (isList(value)) return isSparse ? new Map(value.flatMap((item, index) => (item === null ? [] : [[`${index}`, item] as const]))) : undefined;
  if (!isScalar(value) || value.kind !== 'geo-point') return undefined;
  return new Map([
    ['latitude', numberValue(value.latitude)],
    ['longitude', numberValue(value.longitude)],
  ]);
}

/** What stands in a row: of a node that is no object, its value. */
export const rowFields = (value: Value): Fields => (isFields(value) ? value : new Map([['value', value]]));

/** @param text as in `Value` */
export const numberValue = (text: string): Value => ({ kind: 'number', text });
export const timestampValue = (text: string): Value => ({ kind: 'timestamp', text });

/**
 * Whether a text is a time that is not before another one (in milliseconds), as far as `Date` can tell. What begins like a time and is one that `Date`
 * does not read is left to whoever reads it exactly.
 */
export function mayBeSince(text: string, since: number): boolean {
  const time = Date.parse(text);
  return Number.isNaN(time) ? /^[+-]?\d{4,6}-\d\d-\d\d[Tt ]/.test(text) : time >= since;
}
