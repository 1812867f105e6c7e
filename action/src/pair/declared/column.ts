import type { ScalarType, TypeName } from './types.ts';

/** The columns of a table as its API describes them, and what may be declared of each. */

/** What a column holds, in kinds that matter here. `text` is everything that has no kind of its own: enums, `inet`, intervals. */
export type ColumnKind = 'integer' | 'number' | 'boolean' | 'timestamptz' | 'timestamp' | 'date' | 'uuid' | 'text' | 'char' | 'json' | 'bytes';

export type Column = { readonly kind: ColumnKind; readonly isArray: boolean };

const kinds: Readonly<Record<string, ColumnKind>> = {
  smallint: 'integer', integer: 'integer', bigint: 'integer', int: 'integer', int2: 'integer', int4: 'integer', int8: 'integer',
  smallserial: 'integer', serial: 'integer', bigserial: 'integer',
  numeric: 'number', decimal: 'number', real: 'number', 'double precision': 'number', float4: 'number', float8: 'number',
  boolean: 'boolean', bool: 'boolean',
  timestamptz: 'timestamptz', 'timestamp with time zone': 'timestamptz',
  timestamp: 'timestamp', 'timestamp without time zone': 'timestamp',
  date: 'date', uuid: 'uuid', json: 'json', jsonb: 'json', bytea: 'bytes',
  character: 'char', char: 'char', bpchar: 'char',
};

/** @param format the type as Postgres names it: `numeric(10,2)`, `timestamp(3) with time zone`, `text[]`, `public.status` */
export function describeColumn(format: string): Column {
  const name = format.toLowerCase().replace(/\([\d, ]*\)/, '').replaceAll(/\s+/g, ' ').trim();
  const isArray = name.endsWith('[]');
  const base = name.replace(/(?:\[\])+$/, '').replace(/^pg_catalog\./, '');
  return { kind: Object.hasOwn(kinds, base) ? (kinds[base] ?? 'text') : 'text', isArray };
}

const scalarOf: Readonly<Record<Exclude<ColumnKind, 'json'>, ScalarType>> = {
  integer: 'integer', number: 'number', boolean: 'boolean', timestamptz: 'timestamp', timestamp: 'timestamp', date: 'date', uuid: 'uuid', text: 'text', char: 'text', bytes: 'bytes',
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
