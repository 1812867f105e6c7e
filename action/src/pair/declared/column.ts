import type { Column, ColumnKind } from '../../store/column.ts';
import type { ScalarType, TypeName } from './types.ts';

/** The columns of a table as its API describes them, and which types may be declared for each. */

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

/** The type of the elements of a list column, if the column determines it. */
export const elementType = ({ kind, isArray }: Column): ScalarType | undefined => (isArray && kind !== 'json' ? scalarOf[kind] : undefined);

const everyScalar: readonly TypeName[] = ['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'uuid', 'bytes'];

const declarable: Readonly<Record<ColumnKind, readonly TypeName[]>> = {
  // A timestamp needs a unit: without one, nothing reads a number as an instant.
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

/** The types that a field for this column may declare. */
export const declarableTypes = ({ kind, isArray }: Column): readonly TypeName[] => (isArray ? ['list', 'set', 'json'] : declarable[kind]);
