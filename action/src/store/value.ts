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
  | { readonly kind: 'geo-point'; readonly latitude: string; readonly longitude: string };

/** A field that is not there is `undefined`. */
export type Maybe = Value | undefined;

export type Fields = ReadonlyMap<string, Value>;

export const isList = (value: Maybe): value is readonly Value[] => Array.isArray(value);
export const isFields = (value: Maybe): value is Fields => value instanceof Map;
export const isScalar = (value: Maybe): value is Scalar => typeof value === 'object' && value !== null && 'kind' in value;
export const isAbsent = (value: Maybe): value is null | undefined => value === null || value === undefined;

/** What stands in a row: of a node that is no object, its value. */
export const rowFields = (value: Value): Fields => (isFields(value) ? value : new Map([['value', value]]));

/** @param text as in `Value` */
export const numberValue = (text: string): Value => ({ kind: 'number', text });
export const timestampValue = (text: string): Value => ({ kind: 'timestamp', text });
