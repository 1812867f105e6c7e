import type { ColumnKind } from '../../store/column.ts';
import { isWithin } from './decimal.ts';
import { isWithinTime, type Precision } from './instant.ts';

/**
 * What a field may be compared as. Each type turns a value of either side into a canonical text: two values are equal
 * exactly when their canonical texts are, or, where a tolerance is declared, when `equal` says so.
 */
export const scalarTypes = ['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'uuid', 'bytes'] as const;
export const typeNames = [...scalarTypes, 'json', 'list', 'set'] as const;

export type ScalarType = (typeof scalarTypes)[number];
export type TypeName = (typeof typeNames)[number];

export type FieldType =
  | { readonly name: 'text'; readonly trim?: boolean; readonly ignoreCase?: boolean; readonly blankIsNull?: boolean }
  /** `tolerance` is a decimal number. */
  | { readonly name: 'number'; readonly tolerance?: string }
  /** `tolerance` is in milliseconds; `unit` is what numbers count. */
  | { readonly name: 'timestamp'; readonly precision: Precision; readonly unit?: 's' | 'ms'; readonly tolerance?: number }
  | { readonly name: 'list' | 'set'; readonly of: ScalarType }
  | { readonly name: 'integer' | 'boolean' | 'date' | 'uuid' | 'bytes' | 'json' }
  /** Where neither the file nor a column says anything: scalars by their text, the rest as JSON. */
  | { readonly name: 'undescribed' };

/** A value that is not of its type, as text: it must not leave the process as it is. */
export type Unreadable = { readonly unreadable: string };
export type Canonical = string | null | Unreadable;

export const isUnreadable = (read: Canonical): read is Unreadable => typeof read === 'object' && read !== null;

/** Where a value stands, as far as reading it depends on that. */
export type Place = {
  /**
   * What its column holds; `unknown` where nothing describes the column. A document's own field has none: its values
   * have types, so that a text there is a text. A segment of a path is like a column of text.
   */
  readonly column?: ColumnKind | 'unknown';
  /** Whether the Realtime Database is one of the two sides: it keeps nothing that is empty, and lists as maps. */
  readonly isSparse?: boolean;
};

/** A scalar type as elements of a list have it, without options. */
export const scalarType = (name: ScalarType): FieldType => (name === 'timestamp' ? { name, precision: 'ms' } : { name });

/** Whether two canonical texts of a type are the same. Not transitive where the type has a tolerance: `isExact` tells. */
export function equal(type: FieldType, a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (type.name === 'number' && type.tolerance !== undefined) return isWithin(a, b, type.tolerance);
  if (type.name === 'timestamp' && type.tolerance !== undefined) return isWithinTime(a, b, type.tolerance);
  return false;
}

/**
 * Whether equal values always have one canonical text, so that it can be put into a digest. A value with a tolerance
 * is kept as it is beside the digest instead.
 */
export const isExact = (type: FieldType): boolean => !('tolerance' in type) || type.tolerance === undefined;
