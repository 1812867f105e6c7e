import type { Column, ColumnKind } from '../../store/column.ts';
import type { ScalarType, TypeName } from './types.ts';

/** The columns of a table as its API describes them, and what may be declared of each. */

const scalarOf: Readonly<Record<Exclude<ColumnKind, 'json'>, ScalarType>> = {
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  timestamptz: 'timestamp',
  timestamp: 'timestamp',
  date: 'date',
  uuid: 'uuid',
  text: 'text',
  char: 'text',
  bytes: 'bytes',
};

/** The type of a field that declares none. A list of JSON is JSON. */
export function defaultType({ kind, isArray }: Column): TypeName {
  if (kind === 'json') return 'json';
  return isArray ? 'list' : scalarOf[kind];
}

/** What a list in the column is made of, where the column says it. */
export const elementType = ({ kind, isArray }: Column): ScalarType | undefined => (isArray && kind !== 'json' ? scalarOf[kind] : undefined);

const everyScalar: readonly TypeName[] = ['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'uuid', 'bytes'];

const declarable: Readonly<Record<ColumnKind, readonly TypeName[]>> = {
  // Of a timestamp, the unit is needed: nothing reads a number as an instant without one.
  integer: ['integer', 'number', 'text', 'timestamp'],
  number: ['number', 'integer', 'text'],
  timestamptz: ['timestamp'],
  timestamp: ['timestamp'],
  date: ['date'],
  boolean: ['boolean'],
  uuid: ['uuid', 'text'],
  text: everyScalar,
  char: everyScalar,
  json: ['json', 'list', 'set'],
  bytes: ['bytes'],
};

/** The types that a field of the column may declare. */
export const declarableTypes = ({ kind, isArray }: Column): readonly TypeName[] => (isArray ? ['list', 'set', 'json'] : declarable[kind]);
