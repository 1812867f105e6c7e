/**
 * Random declarations, tables and rows: the two engines have to agree on them for a declared pair, and each single difference has to be
 * found in the right place.
 */
import * as fc from 'fast-check';

/** A value in every spelling that each side has for it, as SQL. */
type Meaning = readonly [legacy: readonly string[], normalized: readonly string[]];
type Kind = {
  readonly types: readonly [string, string];
  readonly line: string;
  readonly meanings: readonly [Meaning, Meaning, ...Meaning[]];
  readonly malformed?: string;
};

const composed = "'Zo\u00eb'";
const decomposed = "'Zoe\u0308'";
const none: Meaning = [['null'], ['null']];
const same = (...spellings: readonly string[]): Meaning => [spellings, spellings];

export const kinds: Readonly<Record<string, Kind>> = {
  text: {
    types: ['text', 'text'],
    line: 'NAME',
    meanings: [same("'x'"), same(composed, decomposed), none, same("''"), same("' x'"), same(`'it''s "q" \\ %'`)],
  },
  filled: { types: ['text', 'text'], line: '{ from: NAME, default: x }', meanings: [[["'x'", 'null'], ["'x'"]], same("'y'")] },
  loose: {
    types: ['text', 'text'],
    line: '{ from: NAME, trim: true, ignore-case: true, blank-is-null: true }',
    meanings: [
      same("'x'", "' X '"),
      [
        ["' '", "''", 'null'],
        ["''", 'null'],
      ],
      same("'y'"),
    ],
  },
  mapped: {
    types: ['text', 'text'],
    line: '{ from: NAME, values: { PUBLIC: public, PRIVATE: private } }',
    meanings: [[["'PUBLIC'", "'public'"], ["'public'"]], [["'PRIVATE'"], ["'private'"]], none],
  },
  whole: {
    types: ['text', 'bigint'],
    line: 'NAME',
    meanings: [[["'1'", "'01'", "'1.0'"], ['1']], [["'9007199254740993'"], ['9007199254740993']], [["'9007199254740992'"], ['9007199254740992']], none],
    malformed: "'many'",
  },
  number: { types: ['numeric', 'numeric(30,6)'], line: 'NAME', meanings: [same('1.5', '1.50'), same('0'), same("'NaN'"), none] },
  near: { types: ['numeric', 'double precision'], line: '{ from: NAME, tolerance: 0.5 }', meanings: [[['1'], ['1.4', '0.5']], [['10'], ['10', '10.5']], none] },
  time: {
    types: ['timestamp with time zone', 'timestamp with time zone'],
    line: 'NAME',
    meanings: [same("'2026-01-15T21:52:00.123Z'", "'2026-01-15T22:52:00.123999+01:00'"), same("'2026-01-15T21:52:00.124Z'"), none],
  },
  clock: {
    types: ['bigint', 'timestamp with time zone'],
    line: '{ from: NAME, unit: ms }',
    meanings: [[['1768513920123'], ["'2026-01-15T21:52:00.123Z'"]], [['-1'], ["'1969-12-31T23:59:59.999Z'"]], none],
  },
  date: {
    types: ['text', 'date'],
    line: 'NAME',
    meanings: [[["'2026-01-15'"], ["'2026-01-15'"]], [["'2024-02-29'"], ["'2024-02-29'"]], none],
    malformed: "'2026-02-29'",
  },
  uuid: {
    types: ['text', 'uuid'],
    line: 'NAME',
    meanings: [
      [["'550e8400-e29b-41d4-a716-446655440000'", "'550E8400-E29B-41D4-A716-446655440000'"], ["'550e8400-e29b-41d4-a716-446655440000'"]],
      [["'650e8400-e29b-41d4-a716-446655440000'"], ["'650e8400-e29b-41d4-a716-446655440000'"]],
      none,
    ],
    malformed: "'nobody'",
  },
  flag: {
    types: ['text', 'boolean'],
    line: '{ from: NAME, default: false }',
    meanings: [
      [["'true'"], ['true']],
      [["'false'", 'null'], ['false']],
    ],
    malformed: "'yes'",
  },
  json: {
    types: ['jsonb', 'jsonb'],
    line: 'NAME',
    meanings: [
      same(`'{"a":1,"b":[null,"Zo\u00eb"]}'`, `'{"b":[null,"Zoe\u0308"],"a":1.0,"c":null}'`),
      same("'{}'"),
      same("'[]'"),
      same("'9007199254740993'"),
      same("'9007199254740992'"),
      [
        ['null', "'null'"],
        ['null', "'null'"],
      ],
    ],
  },
  list: { types: ['text[]', 'text[]'], line: 'NAME', meanings: [same("'{a,b}'"), same("'{b,a}'"), same("'{}'"), none] },
  set: { types: ['text[]', 'text[]'], line: '{ from: NAME, type: set }', meanings: [same("'{a,b}'", "'{b,a}'"), same("'{a}'"), none] },
  bytes: { types: ['bytea', 'bytea'], line: 'NAME', meanings: [same("'\\x0aff'"), same("'\\x'"), none] },
};

/** Values for keys: the first few are traps, and every later number is a key too. */
type KeyKind = { readonly type: string; readonly traps: readonly (readonly string[])[]; readonly others: (number: number) => string };

const keyKinds: Readonly<Record<string, KeyKind>> = {
  text: { type: 'text', traps: [["'a'"], [composed, decomposed], ["'b c'"], ["'10'"], ["'9'"]], others: (number) => `'key ${number}'` },
  whole: { type: 'bigint', traps: [['1'], ['2'], ['10'], ['-3'], ['4']], others: (number) => `${number * 7919 + 100}` },
  uuid: {
    type: 'uuid',
    traps: [
      ["'550e8400-e29b-41d4-a716-446655440000'"],
      ["'650E8400-e29b-41d4-a716-446655440000'"],
      ["'750e8400-e29b-41d4-a716-446655440000'"],
      ["'850e8400-e29b-41d4-a716-446655440000'"],
      ["'950e8400-e29b-41d4-a716-446655440000'"],
    ],
    others: (number) => `'${((number * 40503) % 65536).toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}'`,
  },
  date: {
    type: 'date',
    traps: [["'2026-01-15'"], ["'2026-01-16'"], ["'2026-01-17'"], ["'2024-02-29'"], ["'1999-12-31'"]],
    others: (number) => `'${new Date(Date.UTC(2000, 0, 1 + number)).toISOString().slice(0, 10)}'`,
  },
};

/** A key in all of its spellings; numbers stay below 8,000, since later days are among the traps. */
const keySpellings = (kind: KeyKind | undefined, number: number): readonly string[] => kind?.traps[number] ?? [kind?.others(number) ?? 'null'];

export type Declared = {
  readonly keys: readonly string[];
  readonly fields: readonly string[];
  readonly isScoped: boolean;
  readonly hasId: boolean;
  readonly isUnique: boolean;
};

export const declared: fc.Arbitrary<Declared> = fc.record({
  keys: fc.uniqueArray(fc.constantFrom(...Object.keys(keyKinds)), { minLength: 1, maxLength: 2 }),
  fields: fc.uniqueArray(fc.constantFrom(...Object.keys(kinds)), { minLength: 1, maxLength: 5 }),
  isScoped: fc.boolean(),
  hasId: fc.boolean(),
  isUnique: fc.boolean(),
});

/**
 * Two matching tables: their keys have an index, which may be unique. If it is, pages of the tables are compared, otherwise ranges of keys.
 */
export const createTables = ({ keys, fields, hasId, isUnique }: Declared, tables: readonly [string, string]): string =>
  tables
    .map((table, side) => {
      const columns = [
        ...(hasId ? ['id int8 primary key'] : []),
        ...keys.map((key, place) => `k${place} ${keyKinds[key]?.type}`),
        ...fields.map((field, place) => `f${place} ${kinds[field]?.types[side]}`),
        'gone boolean',
      ];
      return `create table ${table} (${columns.join(', ')}); create ${isUnique ? 'unique ' : ''}index on ${table} (${keys.map((_, place) => `k${place}`).join(', ')});`;
    })
    .join(' ');

/** The entity in the form in which a file declares it. */
export function entityOf({ keys, fields, isScoped }: Declared, tables: readonly [string, string]): string {
  const lines = fields.map((field, place) => `f${place}: ${kinds[field]?.line.replace('NAME', `f${place}`)}`);
  const only = isScoped ? ', only: { legacy: { gone: [false, null] }, normalized: { gone: null } }' : '';
  return `e: { legacy: ${tables[0]}, normalized: ${tables[1]}, key: [${keys.map((_, place) => `k${place}`).join(', ')}], fields: { ${lines.join(', ')} }${only} }`;
}

/** For each key and field, the value and which of its spellings is used; and whether the row is in scope. */
export type Row = {
  readonly key: readonly number[];
  readonly keySpelling: number;
  readonly fields: readonly number[];
  readonly spelling: number;
  readonly inScope: boolean;
};

export const row: fc.Arbitrary<Row> = fc.record({
  key: fc.array(fc.nat(4), { minLength: 2, maxLength: 2 }),
  keySpelling: fc.nat(3),
  fields: fc.array(fc.nat(11), { minLength: 5, maxLength: 5 }),
  spelling: fc.nat(11),
  inScope: fc.boolean(),
});

export const pick = <T>(items: readonly T[], place: number): T => items[place % items.length] as T;

export function values(
  { keys, fields, isScoped, hasId }: Declared,
  side: 0 | 1,
  one: Row,
  id: number,
  options: { readonly isKeyless?: boolean; readonly isMalformed?: boolean } = {},
): string {
  const key = keys.map((name, place) => (options.isKeyless && place === 0 ? 'null' : pick(keySpellings(keyKinds[name], one.key[place] ?? 0), one.keySpelling)));
  const own = fields.map((name, place) => {
    const kind = kinds[name];
    if (options.isMalformed && side === 0 && kind?.malformed) return kind.malformed;
    return pick(pick(kind?.meanings ?? [], one.fields[place] ?? 0)[side], one.spelling + place);
  });
  const gone = !isScoped || one.inScope ? (side === 0 && one.spelling % 2 === 0 && isScoped ? 'false' : 'null') : 'true';
  return `(${[...(hasId ? [`${id}`] : []), ...key, ...own, gone].join(', ')})`;
}

/** Without rows that a unique index would reject. */
export function distinct({ keys, isUnique }: Declared, rows: readonly Row[]): readonly Row[] {
  const spelled = ({ key, keySpelling }: Row): string => keys.map((name, place) => pick(keySpellings(keyKinds[name], key[place] ?? 0), keySpelling)).join(', ');
  return isUnique ? [...new Map(rows.map((one) => [spelled(one), one])).values()] : rows;
}

/** Replaces the rows of both tables. */
export const fillTables = (tables: readonly [string, string], rows: readonly [readonly string[], readonly string[]]): string =>
  `delete from ${tables[0]}; delete from ${tables[1]}; ${tables.map((table, side) => (rows[side]?.length ? `insert into ${table} values ${rows[side].join(', ')};` : '')).join(' ')} analyze ${tables[0]}; analyze ${tables[1]};`;
