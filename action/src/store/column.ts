import { withoutTrailing } from '../document/trailing.ts';

/** The columns of a table, as a database names their types. */

/** What a column holds, in kinds that matter here. `text` is everything that has no kind of its own: enums, `inet`, intervals. */
export type ColumnKind = 'integer' | 'number' | 'boolean' | 'timestamptz' | 'timestamp' | 'date' | 'uuid' | 'text' | 'char' | 'json' | 'bytes';

export type Column = { readonly kind: ColumnKind; readonly isArray: boolean };

const kinds: Readonly<Record<string, ColumnKind>> = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  int: 'integer',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  smallserial: 'integer',
  serial: 'integer',
  bigserial: 'integer',
  numeric: 'number',
  decimal: 'number',
  real: 'number',
  'double precision': 'number',
  float4: 'number',
  float8: 'number',
  boolean: 'boolean',
  bool: 'boolean',
  timestamptz: 'timestamptz',
  'timestamp with time zone': 'timestamptz',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  date: 'date',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  bytea: 'bytes',
  character: 'char',
  char: 'char',
  bpchar: 'char',
};

/** @param format the type as Postgres names it: `numeric(10,2)`, `timestamp(3) with time zone`, `text[]`, `public.status` */
export function describeColumn(format: string): Column {
  const name = format
    .toLowerCase()
    .replace(/\([\d, ]*\)/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const isArray = name.endsWith('[]');
  const base = name.replace(/(?:\[\])+$/, '').replace(/^pg_catalog\./, '');
  return { kind: Object.hasOwn(kinds, base) ? (kinds[base] ?? 'text') : 'text', isArray };
}

/** Types whose values can be neither sorted nor looked for. */
export const isOpaque = (format: string): boolean => /^(?:json|xml|point|polygon|box|line|lseg|path|circle|xid|cid)$/.test(format.toLowerCase());

/** Postgres fills `character(n)` with spaces that carry no meaning. */
export const withoutFill = (text: string): string => withoutTrailing(text, ' ');
