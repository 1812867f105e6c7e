import * as z from 'zod/mini';
import { ReadError } from '../../store/errors.ts';
import type { Reader } from '../../store/postgrest/reader.ts';

/**
 * What the columns must mean. A schema is not data: a column of another type either means the same and is read as it is, or ends the run
 * with its name. It is never reported as drift in every row.
 */
type Meaning = {
  /** The type in the schema. */
  readonly expected: string;
  /** Other types with the same meaning when read. The drift functions are written for the expected one. */
  readonly alike: (type: string) => boolean;
  /** The drift functions only pass the value on, unchanged. */
  readonly handedOver?: true;
};

const isText = (type: string): boolean => /^(text|character varying|character|citext|name)$/.test(type);
const isBuiltIn = (type: string): boolean =>
  /^(bigint|integer|smallint|numeric|real|double precision|money|boolean|date|time.*|interval|jsonb?|xml|bytea|bit.*|uuid|inet|cidr|oid|.*range|.*\[\])$/.test(
    type,
  );

const meanings = {
  date: { expected: 'date', alike: isText },
  json: { expected: 'jsonb', alike: (type: string) => type === 'json' || isText(type) },
  text: { expected: 'text', alike: isText },
  user: { expected: 'uuid', alike: isText },
  // Opaque: any type that distinguishes rows.
  id: { expected: 'uuid', alike: () => true },
  time: { expected: 'timestamp with time zone', alike: (type: string) => /^(timestamp|date$)/.test(type) || isText(type), handedOver: true },
  label: { expected: 'text', alike: isText, handedOver: true },
} satisfies Record<string, Meaning>;

const columns: Readonly<Record<string, Readonly<Record<string, keyof typeof meanings>>>> = {
  habit_tracker: {
    user_id: 'user',
    child_name: 'text',
    week_start_date: 'date',
    theme: 'text',
    reward: 'text',
    habits: 'json',
    reflection: 'json',
    updated_at: 'time',
  },
  children: { id: 'id', user_id: 'user', name: 'text' },
  weeks: {
    id: 'id',
    child_id: 'id',
    user_id: 'user',
    week_start_date: 'date',
    week_end_date: 'date',
    theme: 'text',
    reward: 'text',
    reflection: 'json',
    source_version: 'label',
  },
  habits: { id: 'id', week_id: 'id', name: 'text' },
  habit_records: { id: 'id', habit_id: 'id', record_date: 'date', status: 'text' },
};

const otherType = (table: string, column: string, found: string, expected: string): ReadError =>
  new ReadError(
    `Column ${column} of table ${table} has the type ${found} where ${expected} is expected, so its rows cannot be compared, and nothing is known about drift. A migration changed it: change the type back, or use the release of this action that goes with the new schema.`,
  );

/**
 * @param types by `table.column`, as the database names them
 * @returns the first column that the drift functions cannot compare although it means the same; `undefined` if they can compare all
 * @throws {ReadError} for a column with another meaning
 */
export function checkTypes(types: Readonly<Record<string, string>>): string | undefined {
  let respelled: string | undefined;
  for (const [table, meant] of Object.entries(columns)) {
    for (const [column, meaning] of Object.entries(meant)) {
      const found = types[`${table}.${column}`];
      const { expected, alike, handedOver }: Meaning = meanings[meaning];
      if (found === expected || (meaning === 'text' && found === 'character varying')) continue;
      // A missing column is reported by whoever reads it. For a user-defined type, such as a domain over the expected one, only its values
      // show what it means.
      if (found !== undefined && isBuiltIn(found) && !alike(found)) throw otherType(table, column, typeName(found), expected);
      if (!handedOver) respelled ??= `${table}.${column}`;
    }
  }
  return respelled;
}

/** The name of an array type may be user-defined, so it is not repeated. */
const typeName = (type: string): string => (/^[a-z ]{2,40}(\[\])?$/.test(type) ? type : 'that is not known');

/** Matches times such as `2025-10-13T00:00:00+00:00`, which no column of type `date` contains. */
const isTime = (text: string): boolean => text.length > 13 && /^\d{4,}-\d\d-\d\d[T ]\d/.test(text);

/** A date as the database writes it, whether it is in our calendar or not. */
export const dateText = z.custom<string>((value) => typeof value === 'string' && !isTime(value));

/** The type of a value, as far as the value shows it. */
function typeOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isTime(value) ? `timestamp ${/(Z|[-+]\d\d(:\d\d)*)$/.test(value) ? 'with' : 'without'} time zone` : undefined;
  if (typeof value === 'number') return 'numeric';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'json or an array';
  return typeof value === 'object' && value !== null ? 'json' : undefined;
}

type Misfit = { error?: ReadError | undefined };

/** The same schema, which says of what type the first value was that does not fit. */
function noting<T>(table: string, row: z.ZodMiniType<T>, misfit: Misfit): z.ZodMiniType<T> {
  return z.custom<T>((value) => {
    const { success, error } = row.safeParse(value);
    const path = error?.issues[0]?.path ?? [];
    if (!success) misfit.error ??= typeErrorAt(table, path, value);
    return success;
  });
}

function typeErrorAt(table: string, path: readonly PropertyKey[], row: unknown): ReadError | undefined {
  const names = path.filter((part): part is string => typeof part === 'string');
  const column = names.at(-1) ?? '';
  const of = names.at(-2) ?? table;
  const value = path.reduce<unknown>(
    (inside, part) => (typeof inside === 'object' && inside !== null ? (Reflect.get(inside, part) as unknown) : undefined),
    row,
  );
  const meaning = columns[of]?.[column];
  const found = typeOf(value);
  return meaning === undefined || found === undefined ? undefined : otherType(of, column, found, meanings[meaning].expected);
}

/** The same reader, which tells a column of another type from an answer that is damaged. */
export function withTypes(reader: Reader): Reader {
  async function* pages<T>(table: string, row: z.ZodMiniType<T>, read: (row: z.ZodMiniType<T>) => AsyncGenerator<readonly T[]>): AsyncGenerator<readonly T[]> {
    const misfit: Misfit = {};
    try {
      yield* read(noting(table, row, misfit));
    } catch (error) {
      throw misfit.error ?? error;
    }
  }
  return {
    ...reader,
    async select(table, selected, row, ...rest) {
      const misfit: Misfit = {};
      try {
        return await reader.select(table, selected, noting(table, row, misfit), ...rest);
      } catch (error) {
        throw misfit.error ?? error;
      }
    },
    pages: (table, selected, row, ...rest) => pages(table, row, (noted) => reader.pages(table, selected, noted, ...rest)),
    found: (table, selected, row, ...rest) => pages(table, row, (noted) => reader.found(table, selected, noted, ...rest)),
  };
}
