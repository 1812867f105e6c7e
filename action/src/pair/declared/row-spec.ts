import { randomUUID } from 'node:crypto';
import { toNfc } from '../../document/canonical.ts';
import { canonical, canonicalText } from './canonical.ts';
import { describeColumn, type ColumnKind } from '../../store/column.ts';
import type { Described, CompiledEntity } from './compiled.ts';
import { canonicalDecimal } from './decimal.ts';
import type { FieldDeclaration, SideName, Sides } from './entity.ts';
import type { Field } from './field.ts';
import { formatInstant, parseInstant } from './instant.ts';
import type { NarrowedPart } from '../pair.ts';
import type { Condition, TableDescription } from '../../store/store.ts';
import { isProblem, isTable, type FieldSource, type Problem } from '../../store/source.ts';
import { isUnreadable, type FieldType } from './types.ts';
import { isScalar, type Value } from '../../store/value.ts';

/**
 * An entity as the functions of `supabase/migrations/021_create_row_functions.sql` take it: where values stand and how they
 * are read, with everything of the file as canonical text.
 */

type Place = { readonly path: readonly string[]; readonly kind: ColumnKind; readonly array: boolean };

type SpecField = Sides<Place> & {
  readonly column: string;
  readonly type: Readonly<Record<string, unknown>>;
  readonly default?: string;
  readonly values?: { readonly texts: readonly Mapped[]; readonly numbers: readonly Mapped[] };
};

type Mapped = readonly [written: string, becomes: string | null];

type SpecCondition = Place & {
  readonly absent: boolean;
  readonly texts: readonly string[];
  readonly numbers: readonly string[];
  readonly booleans: readonly boolean[];
  readonly instants: readonly string[];
};

/** One part, with the order in which an index of each side has its rows, as `driftwatch_rows_plan` says it. */
export type SpecPart = Pick<NarrowedPart, 'index' | 'of'> & { readonly order?: readonly number[] };

export type RowSpec = {
  /** JSON text. */
  readonly text: string;
  /** The same of the keys alone. */
  readonly keysText: string;
  /** The same, with the order of the key's parts by which rows are walked: their places, as `driftwatch_rows_plan` says them. */
  readonly orderedText: (order: readonly number[] | null) => string;
  /** The same of the rows of one part, or with digests of buckets that are exact. */
  readonly textWith: (more: { readonly part?: SpecPart | undefined; readonly exact?: boolean }) => string;
  /** Whether `only` leaves out rows of a side. */
  readonly isScoped: boolean;
  readonly tables: Sides<string>;
  readonly hasTolerance: boolean;
  /** What a column of a side is called, with what it holds. */
  readonly kindOf: (side: SideName, column: string) => ColumnKind | undefined;
};

/**
 * @param schemas of the two tables
 * @returns what keeps a database from comparing the entity, without the period at the end, where it cannot be asked at all
 */
export function createRowSpec(entity: CompiledEntity, described: Described, schemas: Sides<string>): RowSpec | Problem {
  const { name, legacy: sources, normalized, each, only, changed } = entity.declaration;
  const [legacy, ...more] = sources;
  if (legacy === undefined || !isTable(legacy) || !isTable(normalized))
    return { problem: `Entity ${name}: only the rows of two tables can be compared inside a database` };
  if (more.length > 0) return { problem: `Entity ${name}: several legacy tables read as one cannot be compared inside the database` };
  if (each !== undefined) return { problem: `Entity ${name}: rows made by "each" cannot be compared inside the database` };
  const tables = { legacy: legacy.table, normalized: normalized.table };
  const columns = { legacy: described.legacy.get(tables.legacy), normalized: described.normalized.get(tables.normalized) };

  const problems: string[] = [];
  const fieldsOf = (fields: readonly Field[]): SpecField[] =>
    fields.flatMap((field) => {
      const result = specField(field, entity.declaration.fields.get(field.column), columns);
      if (!isProblem(result)) return [result];
      problems.push(`Entity ${name}.${field.column}: ${result.problem}`);
      return [];
    });
  const side = (which: SideName) => ({
    schema: schemas[which],
    table: tables[which],
    only: only[which].flatMap((condition) => {
      const result = specCondition(condition, columns[which]);
      if (!isProblem(result)) return [result];
      problems.push(`Entity ${name}, only.${which}: ${result.problem}`);
      return [];
    }),
    more: changed[which]?.from.kind === 'field' ? changed[which].from.path.slice(0, 1) : [],
  });

  // Of this run alone: whoever writes rows cannot choose two that have one digest.
  const salt = randomUUID();
  const spec = { salt, key: fieldsOf(entity.key), fields: fieldsOf(entity.fields), legacy: side('legacy'), normalized: side('normalized') };
  const text = JSON.stringify(spec);
  const [problem] = problems;
  if (problem !== undefined) return { problem };
  // The database's JSON holds neither; no row can hold them as well, but what is said of them here cannot be asked.
  if (/\\u(?:0000|d[89a-f])/.test(text)) return { problem: `Entity ${name}: the file contains characters that no database can store` };
  return {
    text,
    keysText: JSON.stringify({ ...spec, fields: [], legacy: { ...spec.legacy, more: [] }, normalized: { ...spec.normalized, more: [] } }),
    orderedText: (order) => JSON.stringify({ ...spec, ...(order && { order }) }),
    textWith: ({ part, exact = false }) =>
      JSON.stringify({ ...spec, ...(part && { part: { index: part.index, of: part.of, order: part.order } }), ...(exact && { exact }) }),
    isScoped: only.legacy.length > 0 || only.normalized.length > 0,
    tables,
    hasTolerance: entity.fields.some(({ type }) => 'tolerance' in type && type.tolerance !== undefined),
    kindOf(which, column) {
      const format = columns[which]?.get(column);
      return format === undefined ? undefined : describeColumn(format).kind;
    },
  };
}

const undescribed: Problem = { problem: 'nothing describes the column, so it is compared by reading it' };

function placeOf(source: FieldSource, table: TableDescription | undefined): Place | Problem {
  const [root = ''] = source.kind === 'field' ? source.path : [];
  const format = table?.get(root);
  if (source.kind !== 'field' || format === undefined) return undescribed;
  const { kind, isArray } = describeColumn(format);
  return { path: source.path, kind, array: isArray };
}

function specField(field: Field, line: FieldDeclaration | undefined, tables: Sides<TableDescription | undefined>): SpecField | Problem {
  const { column, type, from, to } = field;
  const [legacy, normalized] = [placeOf(from, tables.legacy), placeOf(to, tables.normalized)];
  if (isProblem(legacy)) return legacy;
  if (isProblem(normalized)) return normalized;
  if (type.name === 'undescribed') return undescribed;
  const standIn = canonicalOf(type, line?.default);
  if (isProblem(standIn)) return standIn;
  const values = line?.values && specValues(type, line.values);
  if (values && isProblem(values)) return values;
  return {
    column,
    legacy,
    normalized,
    type: specType(type),
    ...(standIn.text !== null && { default: standIn.text }),
    ...(values && { values }),
  };
}

const specType = (type: FieldType): Readonly<Record<string, unknown>> => ({
  ...type,
  ...('tolerance' in type && type.tolerance !== undefined && { tolerance: canonicalDecimal(`${type.tolerance}`) ?? '0' }),
});

/** What the file says of a value, as the type reads it. What a database would not read as the same is a problem. */
function canonicalOf(type: FieldType, value: Value | undefined): { readonly text: string | null } | Problem {
  const text = canonical(type, value);
  if (isUnreadable(text)) return { problem: `has a value that is not a valid ${type.name}` };
  const isStrange =
    text !== null &&
    ((type.name === 'timestamp' && !isPlainInstant(text)) || ((type.name === 'integer' || type.name === 'number') && (text.length > 400 || /e/.test(text))));
  return isStrange ? { problem: 'has a value in the file that only the action can compare' } : { text };
}

const isPlainInstant = (text: string): boolean => /^(?!0000)\d{4}-/.test(text) || /^-?infinity$/.test(text);

function specValues(type: FieldType, values: ReadonlyMap<string, Value>): SpecField['values'] | Problem {
  const options = type.name === 'text' ? { ...type, blankIsNull: false } : {};
  const texts = new Map<string, string | null>();
  const numbers = new Map<string, string | null>();
  for (const [written, value] of values) {
    const becomes = canonicalOf(type, value);
    if (isProblem(becomes)) return becomes;
    texts.set(canonicalText(options, written) ?? '', becomes.text);
    const number = canonicalDecimal(written);
    if (number !== undefined && number.length < 400 && !/e/.test(number)) numbers.set(number, becomes.text);
  }
  return { texts: [...texts], numbers: [...numbers] };
}

function specCondition({ source, anyOf }: Condition, table: TableDescription | undefined): SpecCondition | Problem {
  const place = placeOf(source, table);
  if (isProblem(place)) return place;
  const texts = anyOf.flatMap((value) => (typeof value === 'string' ? [toNfc(value)] : []));
  const instants = texts.flatMap((text) => {
    const instant = parseInstant(text, true);
    return instant === undefined ? [] : [formatInstant(instant)];
  });
  const isTime = place.kind === 'timestamptz' || place.kind === 'timestamp';
  if (isTime && place.path.length === 1 && instants.some((text) => !isPlainInstant(text) || /\.\d{7}/.test(text)))
    return { problem: 'is a time that only the action can compare' };
  return {
    ...place,
    absent: anyOf.includes(null),
    texts,
    numbers: anyOf.flatMap((value) => (isScalar(value) && value.kind === 'number' ? [canonicalDecimal(value.text) ?? value.text] : [])),
    booleans: anyOf.filter((value) => typeof value === 'boolean'),
    instants: isTime ? instants : [],
  };
}
