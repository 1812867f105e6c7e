import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import type { CompiledEntity } from '../../../src/pair/declared/compiled.ts';
import { compileEntity, type Described } from '../../../src/pair/declared/compiled.ts';
import { createRowDigests, createRowFunctions, type RawKey, type RowDigest, type RowFunctions } from '../../../src/pair/declared/row-functions.ts';
import { createRowSpec, type RowSpec, type SpecPart } from '../../../src/pair/declared/row-spec.ts';
import { differingColumns, malformedParts, readLegacyRow, readNormalizedRow, type Row, type StoredRow } from '../../../src/pair/declared/row.ts';
import { createReader } from '../../../src/store/postgrest/create-reader.ts';
import type { Reader } from '../../../src/store/postgrest/reader.ts';
import { keyId } from '../../../src/document/document.ts';
import { hashText } from '../../../src/parts/hash.ts';
import { partOf } from '../../../src/parts/part.ts';
import { startWorld, untilOld, type World } from '../../world.ts';
import { declare } from './declared.ts';

let world: World;
let reader: Reader;

before(async () => {
  world = await startWorld({ migrations: ['021'] });
  reader = createReader(world.url, world.secretKey, new AbortController().signal);
});
after(() => world.close());

type Columns = Readonly<Record<string, string>>;

/** Two tables, made anew, and an entity of them. */
type Tables = {
  readonly legacy: Columns;
  readonly normalized: Columns;
  readonly fields: string;
  readonly constraints?: { readonly legacy?: string; readonly normalized?: string };
};

async function make({
  legacy,
  normalized,
  fields,
  constraints = {},
}: Tables): Promise<{ entity: CompiledEntity; spec: RowSpec; functions: RowFunctions; digests: RowFunctions }> {
  const ddl = (columns: Columns, more = 'primary key (id)') =>
    [...Object.entries(columns).map(([name, type]) => `"${name}" ${type}`), ...(more === '' ? [] : [more])].join(', ');
  await world.sql(
    `drop table if exists "Old rows"; drop table if exists new_rows; create table "Old rows" (${ddl(legacy, constraints.legacy)}); create table new_rows (${ddl(normalized, constraints.normalized)})`,
  );
  const described: Described = {
    legacy: new Map([['Old rows', new Map(Object.entries(legacy))]]),
    normalized: new Map([['new_rows', new Map(Object.entries(normalized))]]),
    isSparse: false,
  };
  const entity = compileEntity(declare(`legacy: Old rows\nnormalized: new_rows\n${fields}`, 'supabase'), described);
  assert.ok('declaration' in entity, String(entity));
  const spec = createRowSpec(entity, described, { legacy: 'public', normalized: 'public' });
  assert.ok(!('problem' in spec), JSON.stringify(spec));
  return { entity, spec, functions: createRowFunctions(reader, entity, spec), digests: createRowDigests({ legacy: reader, normalized: reader }, entity, spec) };
}

const insert = (table: 'Old rows' | 'new_rows', rows: readonly (readonly string[])[]): Promise<unknown> =>
  world.sql(`insert into "${table}" values ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`);

async function whole(functions: RowFunctions): Promise<RowDigest> {
  const plan = await functions.plan();
  const digest = await plan.digest(0, plan.rows.length, 1);
  if (plan.rows.length === 1) return digest;
  // Portions say together what they say as one.
  const single: RowDigest[] = [];
  for (let index = 0; index < plan.rows.length; index += 1) single.push(await plan.digest(index, index + 1, 1));
  const sum = (of: (digest: RowDigest) => number): number => single.reduce((total, one) => total + of(one), 0);
  assert.deepEqual([sum((one) => one.legacy), sum((one) => one.normalized), sum((one) => one.equal)], [digest.legacy, digest.normalized, digest.equal]);
  assert.deepEqual(new Set(single.flatMap((one) => one.suspects.map(String))), new Set(digest.suspects.map(String)));
  return digest;
}

const keyed = (keys: readonly RawKey[]): string[] => [...new Set(keys.map(String))].toSorted();

const rowsOf = (entity: CompiledEntity, stored: readonly StoredRow[], side: 'legacy' | 'normalized'): Row[] =>
  stored
    .flatMap((one) => (side === 'legacy' ? readLegacyRow(entity, one) : [readNormalizedRow(entity, one)].flatMap((row) => row ?? [])))
    .filter((row) => row.isInScope);

/** Keys that are not the same, as the action finds them when it reads every row. */
async function truth(entity: CompiledEntity, functions: RowFunctions, keys: readonly RawKey[]): Promise<string[]> {
  const found = await functions.read(keys);
  const byKey = new Map<string, { legacy: Row[]; normalized: Row[] }>();
  for (const side of ['legacy', 'normalized'] as const) {
    for (const row of rowsOf(entity, found[side], side)) {
      if (row.key === undefined) continue;
      const one = byKey.get(String(row.key)) ?? { legacy: [], normalized: [] };
      one[side].push(row);
      byKey.set(String(row.key), one);
    }
  }
  const differing: string[] = [];
  for (const [key, { legacy, normalized }] of byKey) {
    const [ours, theirs] = [legacy[0], normalized[0]];
    if (
      legacy.length !== 1 ||
      normalized.length !== 1 ||
      !ours ||
      !theirs ||
      malformedParts(entity, ours).size > 0 ||
      differingColumns(entity, ours, theirs).length > 0
    )
      differing.push(key);
  }
  return differing.toSorted();
}

const quote = (text: string | null): string => (text === null ? 'null' : `'${text.replaceAll("'", "''")}'`);

const texts = ['x', 'X', ' x ', 'Zoë', 'Zoe\u0308', 'ZOË', '', ' ', '\u00a0', 'ß', 'SS', 'é', "it's", null];
const numbers = [
  '1',
  '1.0',
  '01',
  '-1',
  '0',
  '-0',
  '1.5',
  '1.50',
  '1e0',
  '12345678901234567890',
  '9007199254740993',
  '9007199254740992',
  '0.1',
  'NaN',
  'Infinity',
  '',
  'many',
  '1e400',
  null,
];
const instants = [
  '2026-01-15T21:52:00.123Z',
  '2026-01-15T21:52:00.1239Z',
  '2026-01-15T22:52:00.123+01:00',
  '2026-01-15 21:52:00.123456+00',
  '2026-01-15T21:52:00.123999999Z',
  '2026-01-15T21:52:00Z',
  '1969-12-31T23:59:59.9996Z',
  '2024-02-29T00:00:00Z',
  null,
];
const oddInstants = [
  ...instants,
  '2026-02-29T00:00:00Z',
  '2026-01-15',
  '2026-01-15T21:52:00',
  'infinity',
  '24:00',
  '0044-03-15 00:00:00+00 BC',
  'today',
  '1768513920',
  '1768513920123',
];
const uuids = ['550e8400-e29b-41d4-a716-446655440000', '550E8400-E29B-41D4-A716-446655440000', '550e8400-e29b-41d4-a716-446655440001', null];
const days = ['2026-01-15', '2024-02-29', '1900-01-01', null];
const jsons = [
  '{"a":1,"b":[null,{"c":"x"}]}',
  '{"b":[null,{"c":"x"}],"a":1.0}',
  '{"a":1,"b":[null,{"c":"x"}],"d":null}',
  '{"a":1}',
  '{"a":"1"}',
  '[[1],2]',
  '[[1,2]]',
  '{}',
  '[]',
  'null',
  '"Zoë"',
  '"Zoe\u0308"',
  '{"Zoe\u0308":1,"Zoë":2}',
  '{"Zoë":2}',
  '1',
  '-1',
  '"NaN"',
  'true',
  '9007199254740993',
  '9007199254740992',
  null,
];
const lists = ['{}', '{a,b}', '{b,a}', '{a,b,b}', '{a,NULL}', '{"Zoë"}', '{"Zoe\u0308"}', '{{a},{b}}', null];

/** A column on each side, a line, and what may stand there. */
type Case = {
  readonly name: string;
  readonly types: readonly [legacy: string, normalized: string];
  readonly line: string;
  readonly legacy: readonly (string | null)[];
  readonly normalized: readonly (string | null)[];
  readonly handedOver?: readonly string[];
};

const valid = (values: readonly (string | null)[], pattern: RegExp): (string | null)[] => values.filter((value) => value === null || pattern.test(value));
const whole32 = valid(numbers, /^-?\d{1,9}$/);
const finite = valid(numbers, /^-?\d+(\.\d+)?$/);
const floats = valid(numbers, /^(-?\d+(\.\d+)?|NaN|Infinity)$/);
const colors = ['red', 'RED', 'green', null];

const cases: readonly Case[] = [
  { name: 'text', types: ['text', 'text'], line: 'v', legacy: texts, normalized: texts },
  { name: 'text that is trimmed', types: ['text', 'character varying'], line: '{ from: v, trim: true }', legacy: texts, normalized: texts },
  {
    name: 'text without capitals',
    types: ['text', 'text'],
    line: '{ from: v, ignore-case: true }',
    legacy: texts,
    normalized: texts,
    handedOver: ['Zoë|ZOË', 'ZOË|Zoë', 'Zoë|ZOË', 'Zoe\u0308|ZOË', 'ZOË|Zoe\u0308', 'ß|SS', 'SS|ß'],
  },
  { name: 'blank text', types: ['text', 'text'], line: '{ from: v, blank-is-null: true }', legacy: texts, normalized: texts },
  { name: 'blank text with a default', types: ['text', 'text'], line: '{ from: v, blank-is-null: true, default: x }', legacy: texts, normalized: texts },
  { name: 'text with a default', types: ['text', 'text'], line: '{ from: v, default: x }', legacy: texts, normalized: texts },
  { name: 'text with values', types: ['text', 'text'], line: '{ from: v, values: { x: X, "X": null, Zoë: "", é: é } }', legacy: texts, normalized: texts },
  {
    name: 'text with values without capitals',
    types: ['text', 'text'],
    line: '{ from: v, ignore-case: true, values: { x: y, É: x } }',
    legacy: texts,
    normalized: [...texts, 'y', 'Y', 'É'],
    handedOver: [
      'Zoë|Zoë',
      'Zoë|Zoe\u0308',
      'Zoë|ZOË',
      'Zoe\u0308|Zoë',
      'Zoe\u0308|Zoe\u0308',
      'Zoe\u0308|ZOË',
      'ZOË|Zoë',
      'ZOË|Zoe\u0308',
      'ZOË|ZOË',
      'ß|ß',
      'ß|SS',
      'SS|ß',
      'é|x',
      'é|X',
      '\u00a0|\u00a0',
    ],
  },
  {
    name: 'text in filled characters',
    types: ['character(4)', 'text'],
    line: 'v',
    legacy: texts.filter((text) => (text ?? '').length <= 4),
    normalized: texts,
  },
  { name: 'filled characters', types: ['text', 'character(6)'], line: 'v', legacy: texts, normalized: texts },
  {
    name: 'filled characters with values',
    types: ['character(6)', 'text'],
    line: '{ from: v, values: { x: y, "": none } }',
    legacy: texts,
    normalized: [...texts, 'y', 'none'],
  },
  { name: 'whole numbers in filled characters', types: ['character(6)', 'bigint'], line: 'v', legacy: ['1', '01', 'many', '', null], normalized: ['1', null] },
  {
    name: 'dates in filled characters',
    types: ['character(12)', 'date'],
    line: 'v',
    legacy: ['2026-01-15', '2026-1-15', null],
    normalized: ['2026-01-15', null],
  },
  { name: 'text of an enum', types: ['text', 'public.color'], line: 'v', legacy: [...colors, 'blue'], normalized: colors },
  {
    name: 'an enum with values',
    types: ['public.color', 'text'],
    line: '{ from: v, values: { RED: red, green: GREEN } }',
    legacy: colors,
    normalized: [...colors, 'GREEN'],
  },
  { name: 'whole numbers', types: ['integer', 'bigint'], line: 'v', legacy: whole32, normalized: valid(numbers, /^-?\d{1,18}$/) },
  { name: 'whole numbers in text', types: ['text', 'bigint'], line: 'v', legacy: numbers, normalized: valid(numbers, /^-?\d{1,18}$/), handedOver: [] },
  { name: 'whole numbers in numeric', types: ['numeric', 'integer'], line: '{ from: v, default: 0 }', legacy: floats, normalized: whole32 },
  { name: 'numbers', types: ['numeric', 'numeric(30,4)'], line: 'v', legacy: floats, normalized: finite },
  { name: 'numbers in text', types: ['text', 'numeric'], line: 'v', legacy: numbers, normalized: floats },
  { name: 'numbers in floats', types: ['double precision', 'numeric'], line: 'v', legacy: floats, normalized: floats },
  { name: 'floats', types: ['real', 'double precision'], line: 'v', legacy: floats, normalized: floats },
  { name: 'numbers within a tolerance', types: ['numeric', 'double precision'], line: '{ from: v, tolerance: 0.5 }', legacy: floats, normalized: floats },
  {
    name: 'numbers as text',
    types: ['numeric(10,2)', 'text'],
    line: 'v',
    legacy: ['1', '1.5', '-1', '0', null],
    normalized: [...numbers, '1.00', '-1.00', '0.00'],
  },
  {
    name: 'numbers with values',
    types: ['integer', 'text'],
    line: '{ from: v, values: { "1": one, "0": null } }',
    legacy: whole32,
    normalized: ['one', '1', '0', '-1', null],
  },
  {
    name: 'booleans',
    types: ['boolean', 'boolean'],
    line: '{ from: v, default: false }',
    legacy: ['true', 'false', null],
    normalized: ['true', 'false', null],
  },
  { name: 'booleans in text', types: ['text', 'boolean'], line: 'v', legacy: ['true', 'false', 'TRUE', 't', '', null], normalized: ['true', 'false', null] },
  {
    name: 'booleans with values',
    types: ['boolean', 'text'],
    line: '{ from: v, values: { true: yes, false: no } }',
    legacy: ['true', 'false', null],
    normalized: ['yes', 'no', 'true', null],
  },
  {
    name: 'timestamps',
    types: ['timestamp with time zone', 'timestamp with time zone'],
    line: 'v',
    legacy: [...instants, 'infinity', '-infinity', '0044-03-15 00:00:00+00 BC'],
    normalized: [...instants, 'infinity', '-infinity', '0044-03-15 00:00:00+00 BC'],
  },
  {
    name: 'timestamps to the second',
    types: ['timestamp with time zone', 'timestamp without time zone'],
    line: '{ from: v, precision: s }',
    legacy: instants,
    normalized: ['2026-01-15 21:52:00', '2026-01-15 21:52:01', '1969-12-31 23:59:59.1', '2024-02-29', null],
  },
  {
    name: 'timestamps to the microsecond',
    types: ['timestamp with time zone', 'timestamp with time zone'],
    line: '{ from: v, precision: us, default: "2024-02-29T00:00:00Z" }',
    legacy: instants,
    normalized: instants,
  },
  {
    name: 'timestamps in text',
    types: ['text', 'timestamp with time zone'],
    line: 'v',
    legacy: oddInstants,
    normalized: [...instants, 'infinity'],
    handedOver: [],
  },
  {
    name: 'timestamps within a tolerance',
    types: ['text', 'timestamp with time zone'],
    line: '{ from: v, tolerance: 2s }',
    legacy: oddInstants,
    normalized: [...instants, 'infinity', '2026-01-15T21:52:02.123Z'],
  },
  {
    name: 'timestamps as numbers of seconds',
    types: ['bigint', 'timestamp with time zone'],
    line: '{ from: v, unit: s }',
    legacy: ['1768513920', '-1', '0', '9999999999999', null],
    normalized: [...instants, '1970-01-01T00:00:00Z', '1969-12-31T23:59:59Z'],
  },
  {
    name: 'timestamps as numbers of milliseconds',
    types: ['numeric', 'bigint'],
    line: '{ from: v, type: timestamp, unit: ms }',
    legacy: ['1768513920123', '1768513920123.9', '-0.5', '0', 'NaN', null],
    normalized: ['1768513920123', '-1', '0', null],
  },
  {
    name: 'timestamps as numbers in text',
    types: ['text', 'timestamp with time zone'],
    line: '{ from: v, unit: ms }',
    legacy: oddInstants,
    normalized: [...instants, '2026-01-15T21:52:00.123Z'],
  },
  {
    name: 'dates',
    types: ['text', 'date'],
    line: 'v',
    legacy: [...days, '2026-02-29', '2026-1-15', 'infinity', '0000-01-01', '2026-01-15T00:00:00Z'],
    normalized: [...days, 'infinity', '0044-03-15 BC', '10000-01-01'],
  },
  {
    name: 'dates of both sides',
    types: ['date', 'date'],
    line: 'v',
    legacy: [...days, 'infinity', '10000-01-01'],
    normalized: [...days, 'infinity', '10000-01-01'],
  },
  { name: 'dates as text', types: ['date', 'text'], line: 'v', legacy: days, normalized: [...days, '2026-1-15'] },
  { name: 'UUIDs', types: ['uuid', 'uuid'], line: 'v', legacy: uuids, normalized: uuids },
  {
    name: 'UUIDs in text',
    types: ['text', 'uuid'],
    line: 'v',
    legacy: [...uuids, 'x', '{550e8400-e29b-41d4-a716-446655440000}', '550e8400e29b41d4a716446655440000'],
    normalized: uuids,
  },
  { name: 'UUIDs of two texts', types: ['text', 'text'], line: '{ from: v, type: uuid }', legacy: [...uuids, 'x'], normalized: [...uuids, 'x'] },
  { name: 'UUIDs as text', types: ['uuid', 'text'], line: 'v', legacy: uuids, normalized: uuids },
  { name: 'bytes', types: ['bytea', 'bytea'], line: 'v', legacy: ['\\x0aff', '\\x', null], normalized: ['\\x0aff', '\\x', '\\x0a', null] },
  {
    name: 'bytes in text',
    types: ['text', 'bytea'],
    line: 'v',
    legacy: ['\\x0aff', '\\x0AFF', 'Cv8=', 'Cv8', '\\x0', 'AAA', '', null],
    normalized: ['\\x0aff', '\\x', null],
    handedOver: ['Cv8|\\x0aff'],
  },
  { name: 'JSON', types: ['jsonb', 'jsonb'], line: 'v', legacy: jsons, normalized: jsons },
  { name: 'JSON with a default', types: ['jsonb', 'jsonb'], line: '{ from: v, default: { a: 1 } }', legacy: jsons, normalized: jsons },
  {
    name: 'JSON of the other type',
    types: ['json', 'jsonb'],
    line: 'v',
    legacy: [...jsons, ' { "a" : 1 } ', '{"a":2,"a":1}', '"\\u0000"', '{"a":"\\u0031"}', '1e400', '[1E2]'],
    normalized: [...jsons, '[100]'],
    handedOver: ['{"a":"\\u0031"}|{"a":"1"}'],
  },
  { name: 'JSON of text', types: ['text', 'jsonb'], line: 'v', legacy: texts, normalized: ['"x"', '"Zoë"', 'null', '1', null] },
  { name: 'JSON of numbers', types: ['integer', 'jsonb'], line: 'v', legacy: whole32, normalized: ['1', '"1"', '-1', '0', null] },
  { name: 'lists', types: ['text[]', 'text[]'], line: 'v', legacy: lists, normalized: lists, handedOver: ['{{a},{b}}|{{a},{b}}'] },
  {
    name: 'sets',
    types: ['text[]', 'text[]'],
    line: '{ from: v, type: set, default: [b, a] }',
    legacy: lists,
    normalized: lists,
    handedOver: ['{{a},{b}}|{{a},{b}}'],
  },
  {
    name: 'lists of numbers',
    types: ['integer[]', 'numeric[]'],
    line: 'v',
    legacy: ['{1,2}', '{}', '{1,NULL}', '{{1},{2}}', null],
    normalized: ['{1,2}', '{1.0,2.00}', '{}', '{1,NULL}', '{NaN}', '{{1},{2}}', null],
    handedOver: ['{{1},{2}}|{{1},{2}}'],
  },
  {
    name: 'lists of an enumeration',
    types: ['public.color[]', 'public.color[]'],
    line: 'v',
    legacy: ['{red,green}', '{RED}', '{}', null],
    normalized: ['{red,green}', '{green,red}', '{}', null],
  },
  {
    name: 'lists of spans, which the database takes as the same whatever they are written as',
    types: ['interval[]', 'interval[]'],
    line: 'v',
    legacy: ['{26:00}', '{1 day}', null],
    normalized: ['{1 day 02:00}', '{26:00}', '{1 day}', null],
  },
  {
    name: 'lists of times',
    types: ['timestamp with time zone[]', 'timestamp with time zone[]'],
    line: 'v',
    legacy: ['{2026-01-15T21:52:00.1234Z}', '{}', null],
    normalized: ['{2026-01-15T21:52:00.1238Z}', '{2026-01-15T21:52:00.124Z}', '{}', null],
  },
  { name: 'lists in JSON', types: ['jsonb', 'text[]'], line: 'v', legacy: [...jsons, '["a","b"]', '["a",null]', '[1]', '["Zoe\u0308"]'], normalized: lists },
  {
    name: 'sets in JSON',
    types: ['jsonb', 'jsonb'],
    line: '{ from: v, type: set, of: text }',
    legacy: [...jsons, '["a","b"]', '["b","a"]', '["a","b","b"]'],
    normalized: [...jsons, '["a","b"]'],
  },
  {
    name: 'JSON of lists',
    types: ['text[]', 'jsonb'],
    line: 'v',
    legacy: lists.filter((list) => list !== '{{a},{b}}'),
    normalized: ['["a","b"]', '[]', '["a",null]', 'null', null],
    handedOver: [],
  },
  {
    name: 'values inside JSON',
    types: ['jsonb', 'text'],
    line: 'v.a',
    legacy: [...jsons, '{"a":"Zoe\u0308"}', '{"a":null}', '{"a":["x"]}', '[{"a":"1"}]'],
    normalized: ['1', 'Zoë', null],
  },
  {
    name: 'values inside JSON that is kept inside JSON',
    types: ['jsonb', 'jsonb'],
    line: '{ from: v.a, to: v.b, type: integer, default: 7, values: { x: 9 } }',
    legacy: ['{"a":1}', '{"a":"1"}', '{"a":1.5}', '{"a":"x"}', '{"a":true}', '{}', '[]', null],
    normalized: ['{"b":1}', '{"b":"1.0"}', '{"b":7}', '{"b":9}', '{"b":"x"}', '{"b":null}', null],
  },
  {
    name: 'numbers of seconds inside JSON',
    types: ['jsonb', 'timestamp with time zone'],
    line: '{ from: v.a, unit: s }',
    legacy: ['{"a":1768513920}', '{"a":"1768513920"}', '{"a":"2026-01-15T21:52:00Z"}', '{"a":true}', '{}', null],
    normalized: ['2026-01-15T21:52:00Z', null],
  },
  { name: 'places in lists inside JSON', types: ['jsonb', 'text'], line: 'v.`0`', legacy: ['["x"]', '{"0":"x"}', null], normalized: ['x', null] },
];

describe('the row functions', () => {
  before(() => world.sql("create type public.color as enum ('red', 'RED', 'green', 'GREEN')"));

  for (const { name, types, line, legacy, normalized, handedOver = [] } of cases) {
    test(`hand over ${name} exactly where they differ, or where it is hard to tell`, async () => {
      const { entity, functions, digests, spec } = await make({
        legacy: { id: 'integer', v: types[0] },
        normalized: { id: 'bigint', v: types[1] },
        fields: `fields: { v: ${line} }`,
      });
      const pairs = legacy.flatMap((ours) => normalized.map((theirs) => [ours, theirs] as const));
      await insert(
        'Old rows',
        pairs.map(([ours], id) => [`${id}`, quote(ours)]),
      );
      await insert(
        'new_rows',
        pairs.map(([, theirs], id) => [`${id}`, quote(theirs)]),
      );
      const { ready, sentence } = await functions.probe();
      assert.deepEqual([ready, sentence], [true, 'The database compares both sides itself: the row functions are installed.']);

      const differing = new Set(
        await truth(
          entity,
          functions,
          pairs.map((_, id) => [`${id}`]),
        ),
      );
      const pairOf = (id: string): string => (pairs[Number(id)] ?? []).join('|');
      const allowed = new Set(handedOver);
      const ways: [string, RowFunctions][] = [['pages', functions], ...(spec.hasTolerance ? [] : [['digests', digests] as [string, RowFunctions]])];
      for (const way of ['pages', 'keys', 'digests']) {
        // Statistics say that rows lie in the order of their keys.
        if (way === 'keys') await world.sql('analyze "Old rows"; analyze new_rows');
        const [, asked] = ways.find(([each]) => each === way) ?? ['', way === 'keys' ? functions : undefined];
        if (asked === undefined) continue;
        const digest = await whole(asked);
        const suspects = new Set(keyed(digest.suspects));
        assert.deepEqual([...differing].filter((key) => !suspects.has(key)).map(pairOf), [], `missed by ${way}`);
        if (way !== 'digests')
          assert.deepEqual(
            [...suspects]
              .filter((key) => !differing.has(key))
              .map(pairOf)
              .filter((pair) => !allowed.has(pair)),
            [],
            `handed over by ${way}`,
          );
        assert.deepEqual([digest.legacy, digest.normalized, digest.equal], [pairs.length, pairs.length, pairs.length - suspects.size]);
        assert.ok(digest.equal > 0);
      }
    });
  }

  test('miss nothing of generated declarations and rows', async () => {
    const row = fc.array(fc.nat(), { minLength: 10, maxLength: 10 });
    const generated = fc.record({
      chosen: fc.uniqueArray(fc.nat(cases.length - 1), { minLength: 2, maxLength: 5 }),
      rows: fc.array(row, { minLength: 20, maxLength: 60 }),
      isUuid: fc.boolean(),
      isAnalyzed: fc.boolean(),
      lost: fc.nat(20),
      scoped: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(generated, async ({ chosen, rows, isUuid, isAnalyzed, lost, scoped }) => {
        const fields = chosen.flatMap((index) => cases[index] ?? []);
        const columnsOf = (side: 0 | 1): Columns => ({
          id: isUuid ? 'uuid' : 'text',
          scope: 'boolean',
          ...Object.fromEntries(fields.map(({ types }, index) => [`v${index}`, types[side]])),
        });
        const lines = fields.map(({ line }, index) => `  v${index}: ${line.replaceAll(/(^|from: |to: )v\b/g, `$1v${index}`)}`);
        const { entity, functions, digests, spec } = await make({
          legacy: columnsOf(0),
          normalized: columnsOf(1),
          fields: `fields:\n${lines.join('\n')}${scoped ? '\nonly: { legacy: { scope: [true, null] }, normalized: { scope: true } }' : ''}`,
        });
        const idOf = (index: number): string => (isUuid ? `00000000-0000-4000-8000-${`${index}`.padStart(12, '0')}` : `k${index}`);
        const pick = <T>(values: readonly T[], at: number): T | undefined => values[at % values.length];
        const rowOf = (picks: readonly number[], index: number, side: 'legacy' | 'normalized'): string[] => [
          quote(idOf(index)),
          (picks[9] ?? 0) % 4 === 0 ? 'false' : 'true',
          ...fields.map((field, at) => {
            const [ours, theirs] = [pick(field.legacy, picks[2 * at] ?? 0) ?? null, pick(field.normalized, picks[2 * at + 1] ?? 0) ?? null];
            // Mostly what is there on the other side as well, as far as the column can hold it.
            return quote(side === 'legacy' ? ours : (picks[8] ?? 0) % 3 > 0 && field.normalized.includes(ours) ? ours : theirs);
          }),
        ];
        await insert(
          'Old rows',
          rows.map((picks, index) => rowOf(picks, index, 'legacy')).filter((_, index) => index !== lost),
        );
        await insert(
          'new_rows',
          rows.map((picks, index) => rowOf(picks, index, 'normalized')).filter((_, index) => index !== lost + 1),
        );
        if (isAnalyzed) await world.sql('analyze "Old rows"; analyze new_rows');
        const differing = await truth(
          entity,
          functions,
          rows.map((_, index) => [idOf(index)]),
        );
        for (const asked of spec.hasTolerance ? [functions] : [functions, digests]) {
          const suspects = new Set(keyed((await whole(asked)).suspects));
          assert.deepEqual(
            differing.filter((key) => !suspects.has(key)),
            [],
          );
        }
      }),
      { numRuns: 15 },
    );
  });

  const columns = { legacy: { id: 'text', v: 'integer' }, normalized: { id: 'text', v: 'integer' }, fields: 'fields: { v: v }' };

  test('meet keys as they are spelled, and hand over what may be one key in another spelling', async () => {
    const { functions, digests, entity } = await make(columns);
    await insert('Old rows', [
      ["'a'", '1'],
      ["'Zoe\u0308'", '1'],
      ["'Zoë'", '1'],
      ["'é'", '1'],
      ["'gone'", '1'],
      ["''", '1'],
    ]);
    await insert('new_rows', [
      ["'a'", '1'],
      ["'Zoe\u0308'", '1'],
      ["'Zoë'", '1'],
      ["'e\u0301'", '1'],
      ["'more'", '1'],
      ["''", '1'],
    ]);
    for (const asked of [functions, digests]) {
      const digest = await whole(asked);
      const suspects = new Set(digest.suspects.map(([key]) => key));
      // `Zoë` is there twice on each side, in two spellings: one of them has to say so.
      for (const key of ['é', 'e\u0301', 'gone', 'more', 'Zoe\u0308']) assert.ok(suspects.has(key), key);
      assert.ok(!suspects.has('a') && !suspects.has(''));
      assert.deepEqual(await truth(entity, asked, digest.suspects), ['Zoë', 'gone', 'more']);
      assert.deepEqual([digest.legacy, digest.normalized], [6, 6]);
    }
    assert.deepEqual(functions.meaningOf(['Zoe\u0308']), ['Zoë']);
  });

  test('hand over a key that is there twice, on one side or on both, and count every row', async () => {
    const { functions, digests } = await make({ ...columns, constraints: { legacy: 'unique (v, id)', normalized: '' } });
    await world.sql('create index on "Old rows" (id); create index on new_rows (id)');
    await insert('Old rows', [
      ["'a'", '1'],
      ["'a'", '2'],
      ["'b'", '1'],
      ["'c'", '1'],
      ["'c'", '2'],
      ["'d'", '1'],
    ]);
    await insert('new_rows', [
      ["'a'", '1'],
      ["'a'", '2'],
      ["'b'", '1'],
      ["'b'", '1'],
      ["'c'", '1'],
      ["'d'", '1'],
    ]);
    for (const asked of [functions, digests]) {
      const digest = await whole(asked);
      assert.deepEqual(keyed(digest.suspects), ['a', 'b', 'c']);
      assert.deepEqual([digest.legacy, digest.normalized, digest.equal], [6, 6, 1]);
    }
  });

  test('hand over rows that have no whole key, and count them apart', async () => {
    const { functions } = await make({ ...columns, constraints: { legacy: 'unique (id)', normalized: 'unique (id)' } });
    await insert('Old rows', [
      ["'a'", '1'],
      ['null', '2'],
      ['null', '9007199'],
    ]);
    await insert('new_rows', [
      ["'a'", '1'],
      ['null', '3'],
    ]);
    const digest = await whole(functions);
    assert.deepEqual([digest.legacy, digest.normalized, digest.equal, digest.suspects.length], [1, 1, 1, 0]);
    const { legacy, normalized } = await functions.keyless();
    assert.deepEqual([legacy.rows, legacy.found.length, normalized.rows, normalized.found.length], [2, 2, 1, 1]);
  });

  test('hand over no row of another project for how its texts are composed, or for zeros and nulls that mean nothing', async () => {
    const { digests } = await make({
      legacy: { id: 'text', v: 'text', n: 'numeric', j: 'jsonb', l: 'text[]' },
      normalized: { id: 'text', v: 'text', n: 'double precision', j: 'jsonb', l: 'text[]' },
      fields: 'fields: { v: v, n: n, j: j, l: { from: l, type: list, of: text } }',
    });
    await insert('Old rows', [
      ["'k1'", "'Zoe\u0308'", '1.50', `'{"name":"Zoe\u0308","none":null}'`, "'{Zoe\u0308}'"],
      ["'k2'", "'Zoë'", '2.00', `'{"name":"Zoë"}'`, "'{Zoë}'"],
    ]);
    await insert('new_rows', [
      ["'k1'", "'Zoë'", '1.5', `'{"name":"Zoë"}'`, "'{Zoë}'"],
      ["'k2'", "'Zoe'", '2', `'{"name":"Zoë"}'`, "'{Zoë}'"],
    ]);
    const digest = await whole(digests);
    assert.deepEqual([keyed(digest.suspects), digest.equal], [['k2'], 1]);
  });

  test('read rows of another project once to learn that both sides store JSON in two ways, and then digest what it means', async () => {
    const kinds: Columns = { id: 'integer', j: 'jsonb' };
    const { digests } = await make({ legacy: kinds, normalized: kinds, fields: 'fields: { j: j }' });
    await world.sql(`insert into "Old rows" select i, jsonb_build_object('n', i, 'none', null) from generate_series(1, 4000) as i;
      insert into new_rows select i, jsonb_build_object('n', i) from generate_series(1, 4000) as i; analyze "Old rows"; analyze new_rows`);
    const plan = await digests.plan();
    const asked = (): number => world.requests.filter(({ path }) => path.includes('driftwatch_rows_digests')).length;
    const askedBefore = asked();
    for (let index = 0; index < plan.rows.length; index += 1) {
      const { equal, legacy, suspects } = await plan.digest(index, index + 1, 1);
      assert.deepEqual([equal, suspects], [legacy, []]);
    }
    assert.equal(asked() - askedBefore, 2);
    await world.sql(`update new_rows set j = '{"n": 1}' where id = 3500`);
    assert.deepEqual(keyed((await plan.digest(0, plan.rows.length, 1)).suspects), ['3500']);
  });

  test('compare keys of several columns, in the order of an index that both sides have', async () => {
    const keys = { a: 'integer', b: 'text', v: 'integer' };
    const { functions, digests } = await make({
      legacy: { ...keys, a: 'bigint' },
      normalized: keys,
      fields: 'key: [a, b]\nfields: { v: v }',
      constraints: { legacy: 'primary key (b, a)', normalized: 'primary key (b, a)' },
    });
    await world.sql(`insert into "Old rows" select i % 50, 'k' || i / 50, i from generate_series(1, 5000) as i; insert into new_rows select * from "Old rows";
      update new_rows set v = -1 where a = 7 and b = 'k7'; delete from new_rows where a = 8 and b = 'k8'; delete from "Old rows" where a = 9 and b = 'k9'; analyze "Old rows"; analyze new_rows`);
    for (const asked of [functions, digests]) {
      const digest = await whole(asked);
      assert.deepEqual(keyed(digest.suspects), ['7,k7', '8,k8', '9,k9']);
      assert.deepEqual([digest.legacy, digest.normalized, digest.equal], [4999, 4999, 4997]);
    }
    // A key that no column can hold finds nothing, and keeps no other from being found.
    const { legacy, normalized } = await functions.read([
      ['x', 'k9'],
      ['7', 'k7'],
      ['99999999999999999999', 'k8'],
      ['8', 'k8'],
    ]);
    assert.deepEqual([legacy.length, normalized.length], [2, 1]);
  });

  test('leave out what is out of scope, and hand over what is so on one side only', async () => {
    const kinds: Columns = { id: 'integer', gone: 'boolean', state: 'text', n: 'numeric', at: 'timestamp with time zone', meta: 'jsonb', code: 'character(3)' };
    const only = '{ code: a, gone: [false, null], state: [open, "Zoë"], n: 1.0, at: "2026-01-15T21:52:00Z", meta.kind: [post, 1, null] }';
    const { entity, functions, digests } = await make({
      legacy: kinds,
      normalized: kinds,
      fields: `fields: {}\nonly: { legacy: ${only}, normalized: { gone: null } }`,
    });
    const choices = [
      ['false', 'true', 'null'],
      ["'open'", "'Zoe\u0308'", "'shut'", 'null'],
      ['1', '1.00', '2', 'null'],
      ["'2026-01-15T22:52:00+01'", "'2026-01-15T21:52:00.1Z'"],
      ['\'{"kind":"post"}\'', '\'{"kind":1.0}\'', '\'{"kind":"1"}\'', "'{}'", '\'{"kind":null}\'', "'[]'", 'null', '\'{"kind":true}\''],
      ["'a'"],
    ];
    const product = choices.reduce<string[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
    await insert(
      'Old rows',
      product.map((row, id) => [`${id}`, ...row]),
    );
    await insert(
      'new_rows',
      product.map(([gone = '', ...rest], id) => [`${id}`, gone, ...rest]),
    );
    const keys = product.map((_, id) => [`${id}`]);
    const differing = await truth(entity, functions, keys);
    const found = await functions.read(keys);
    const counts = [rowsOf(entity, found.legacy, 'legacy').length, rowsOf(entity, found.normalized, 'normalized').length];
    assert.ok(counts.every((count) => count > 0 && count < product.length));
    for (const asked of [functions, digests]) {
      const digest = await whole(asked);
      assert.deepEqual(keyed(digest.suspects), differing);
      assert.deepEqual([digest.legacy, digest.normalized], counts);
    }
  });

  test('hand over what was written while pages were read', async () => {
    const { functions } = await make(columns);
    await world.sql(`insert into "Old rows" select 'k' || i, i from generate_series(1, 100) as i; insert into new_rows select * from "Old rows"`);
    for (const table of ['Old rows', 'new_rows']) await untilOld(world, table);
    const plan = await functions.plan();
    assert.deepEqual(await plan.written(), []);
    await world.sql(`update new_rows set v = 0 where id = 'k5'; update "Old rows" set v = 7 where id = 'k7'`);
    assert.deepEqual(keyed(await plan.written()), ['k5', 'k7']);
  });

  test('hand numbers over as they are, whatever a parser would make of them', async () => {
    const { entity, functions } = await make({
      legacy: { id: 'bigint', v: 'numeric', j: 'jsonb', at: 'timestamp with time zone' },
      normalized: { id: 'bigint', v: 'numeric', j: 'jsonb' },
      fields: 'fields: { v: v, j: j }\nchanged: { legacy: at }',
    });
    await insert('Old rows', [['9007199254740993', '0.12345678901234567890', '\'{"n":9007199254740993}\'', "'2026-01-15T21:52:00.123456Z'"]]);
    const [stored] = (await functions.read([['9007199254740993']])).legacy;
    assert.ok(stored);
    const [row] = readLegacyRow(entity, stored);
    assert.deepEqual([row?.key, row?.fields], [['9007199254740993'], ['0.1234567890123456789', '{"n":9007199254740993}']]);
    assert.equal(row?.changed, '2026-01-15T21:52:00.123456Z');
  });

  test('hand over at most a page of keys, and say that there are more', async () => {
    const { spec, functions } = await make(columns);
    await world.sql(`insert into "Old rows" select 'k' || i, i from generate_series(1, 30) as i; analyze "Old rows"`);
    const [row] = await world.sql<{ answer: { suspects: unknown[]; more: boolean } }>('select driftwatch_rows_compare($1, page => 10) as answer', [spec.text]);
    assert.deepEqual([row?.answer.suspects.length, row?.answer.more], [10, true]);
    assert.equal((await whole(functions)).suspects.length, 30);
  });

  test('digest a row anew in each run, and alike on both sides: nobody can choose two rows that have one digest', async () => {
    const digestsOf = async (text: string, side: string): Promise<string[]> => {
      const [row] = await world.sql<{ answer: [RawKey, string][] }>("select driftwatch_rows_digests($1, $2, '{0}', buckets => 1) as answer", [text, side]);
      return row?.answer.map(([, digest]) => digest) ?? [];
    };
    const [first, second] = [await make(columns), await make(columns)];
    for (const table of ['Old rows', 'new_rows'] as const)
      await insert(table, [
        ["'k1'", '1'],
        ["'k2'", '2'],
      ]);
    const ours = await digestsOf(first.spec.text, 'legacy');
    assert.equal(new Set(ours).size, 2);
    assert.deepEqual(await digestsOf(first.spec.text, 'normalized'), ours);
    const later = await digestsOf(second.spec.text, 'legacy');
    assert.deepEqual(
      later.filter((digest) => ours.includes(digest)),
      [],
    );
    assert.equal(later.length, 2);
  });

  test('hash a text as the action does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 50, maxLength: 200 }), async (drawn) => {
        const sent = drawn.map((text) => text.replaceAll('\0', ''));
        const hashed = await world.sql<{ text: string; hash: number }>(
          'select text, hashtext(text collate "C") as hash from jsonb_array_elements_text($1::jsonb) as t(text)',
          [JSON.stringify(sent)],
        );
        assert.deepEqual(
          hashed.map(({ hash }) => hash >>> 0),
          sent.map(hashText),
        );
      }),
      { numRuns: 10 },
    );
  });

  const partedKeys: readonly { readonly name: string; readonly columns: Columns; readonly key: string; readonly keys: readonly (readonly string[])[] }[] = [
    {
      name: 'text',
      columns: { id: 'text' },
      key: '[id]',
      keys: [
        '',
        'a',
        ' a',
        'Zoë',
        'Zoe\u0308',
        'ß',
        '"',
        '\\',
        '\n\t\b\f\r',
        '\u0001\u007f\u2028',
        '👩‍👧',
        '\ufb01',
        ...Array.from({ length: 60 }, (_, index) => `k${index}`),
      ].map((id) => [id]),
    },
    {
      name: 'whole numbers',
      columns: { id: 'bigint' },
      key: '[id]',
      keys: ['0', '-1', '9007199254740993', ...Array.from({ length: 60 }, (_, index) => `${index + 1}`)].map((id) => [id]),
    },
    {
      name: 'UUIDs',
      columns: { id: 'uuid' },
      key: '[id]',
      keys: Array.from({ length: 60 }, (_, index) => [`550e8400-e29b-41d4-a716-4466554400${`${index}`.padStart(2, '0')}`]),
    },
    {
      name: 'several columns',
      columns: { id: 'integer', b: 'text' },
      key: '[id, b]',
      keys: Array.from({ length: 60 }, (_, index) => [`${index % 7}`, `k${index}`]),
    },
  ];
  for (const { name, columns: keyColumns, key, keys } of partedKeys) {
    test(`tell which rows are in a part, as the action does, and compare no others: ${name}`, async () => {
      const columnsOf = { ...keyColumns, v: 'integer' };
      const { entity, functions, digests } = await make({
        legacy: columnsOf,
        normalized: columnsOf,
        fields: `key: ${key}\nfields: { v: v }`,
        constraints: { legacy: `primary key (${Object.keys(keyColumns).join(', ')})`, normalized: `primary key (${Object.keys(keyColumns).join(', ')})` },
      });
      const rowOf = (values: readonly string[], v: number): string[] => [...values.map(quote), `${v}`];
      // Spelled in another way on the other side, where that can be.
      await insert(
        'Old rows',
        keys
          .map((values, index) =>
            rowOf(
              values.map((value) => (index % 2 === 0 ? value : value.normalize('NFD'))),
              index,
            ),
          )
          .filter((row, index, rows) => rows.findIndex((other) => other.slice(0, -1).join() === row.slice(0, -1).join()) === index),
      );
      await insert(
        'new_rows',
        keys.map((values, index) => rowOf(values, index % 10 === 3 ? -1 : index)).filter((_, index) => index % 10 !== 4),
      );
      const wholes = await whole(functions);
      const all = await functions.read(keys.concat(keys.map((values) => values.map((value) => value.normalize('NFD')))));
      for (const way of ['pages', 'keys', 'digests', 'index', 'digests with an index']) {
        if (way === 'keys') await world.sql('analyze "Old rows"; analyze new_rows');
        if (way === 'index') await createAdvised(functions, { index: 1, of: 3 });
        const asked = way.startsWith('digests') ? digests : functions;
        const { ready, sentence, ...probed } = await asked.probe();
        assert.ok(ready && 'narrows' in probed && probed.narrows, sentence);
        for (const total of way.endsWith('index') ? [3] : [1, 3]) {
          const suspects: string[] = [];
          for (let index = 1; index <= total; index += 1) {
            const isIn = (raw: RawKey): boolean => partOf(keyId(functions.meaningOf(raw) ?? []), total) === index;
            const plan = await asked.planPart({ index, of: total }, () => assert.fail('the database tells'));
            const digest = await plan.digest(0, plan.rows.length, 1);
            const rowsIn = (side: 'legacy' | 'normalized'): number =>
              rowsOf(entity, all[side], side).filter(({ key: meant }) => meant && partOf(keyId(meant), total) === index).length;
            assert.deepEqual([digest.legacy, digest.normalized], [rowsIn('legacy'), rowsIn('normalized')], `${way}, part ${index} of ${total}`);
            assert.deepEqual(
              digest.suspects.filter((raw) => !isIn(raw)),
              [],
              way,
            );
            suspects.push(...keyed(digest.suspects));
          }
          assert.deepEqual(suspects.toSorted(), keyed((await whole(asked)).suspects), way);
        }
      }
      assert.ok(wholes.suspects.length > 10 && wholes.equal > 10);
    });
  }

  /** Runs what a part advises, as it is printed. */
  async function createAdvised(functions: RowFunctions, part: SpecPart): Promise<string[]> {
    const { advice = '' } = await functions.probe(part);
    const statements = advice.slice(advice.indexOf('create index')).split(/(?<=;) /);
    for (const statement of statements) await world.sql(statement);
    const { ready, advice: more } = await functions.probe(part);
    assert.deepEqual([ready, more], [true, undefined], advice);
    return statements;
  }

  describe('walk a part alone where an index has it', () => {
    const part = { index: 2, of: 8 };
    const sideOf = { "Id 1's": 'text', b: 'integer', v: 'integer' };
    const ofText = {
      legacy: sideOf,
      normalized: sideOf,
      fields: `key: ["Id 1's", b]\nfields: { v: v }`,
      constraints: { legacy: `primary key (b, "Id 1's")`, normalized: `primary key (b, "Id 1's")` },
    } as const;
    const fill = `insert into "Old rows" select case i % 3 when 0 then 'Zoë ' when 1 then '"' else '\\' end || i, i % 5, i from generate_series(1, 10000) as i;
      insert into new_rows select "Id 1's", b, case when v % 500 = 0 then -1 else v end from "Old rows"`;

    for (const isAnalyzed of [false, true]) {
      test(`with the statements of its advice, as they are printed, ${isAnalyzed ? 'and statistics' : 'and no statistics'}`, async () => {
        const { spec, functions, digests } = await make(ofText);
        await world.sql(fill);
        const suspects = (ways: RowFunctions): Promise<string[]> => whole(ways).then((digest) => keyed(digest.suspects));
        const found = await suspects({ ...functions, plan: () => functions.planPart(part, () => assert.fail('the database tells')) });
        assert.ok(found.length > 0 && found.length < 20);
        assert.equal((await createAdvised(functions, part)).length, 2);
        // An index keeps nobody from applying a release.
        const { readFileSync } = await import('node:fs');
        await world.sql(readFileSync(new URL('../../../../supabase/migrations/021_create_row_functions.sql', import.meta.url), 'utf8'));
        if (isAnalyzed) await world.sql('analyze "Old rows"; analyze new_rows');
        for (const ways of [functions, digests]) {
          const plan = () => ways.planPart(part, () => assert.fail('the database tells'));
          assert.deepEqual(await suspects({ ...ways, plan }), found);
          // About 1,250 rows, in portions of a thousand by the one side or the other.
          assert.ok((await plan()).rows.length <= 3);
          assert.deepEqual((await ways.probe({ index: 1, of: 7 })).advice?.match(/create index/g)?.length, 2);
          assert.equal((await ways.probe()).advice, undefined);
        }
        await world.sql(`create or replace function plan_of(statement text) returns jsonb language plpgsql set enable_indexscan = off as $$
          declare found jsonb; begin execute 'explain (format json) ' || statement into found; return found; end $$`);
        const text = spec.textWith({ part: { ...part, order: [1, 0] } });
        for (const side of ['legacy', 'normalized']) {
          const [row] = await world.sql<{ plan: unknown }>(
            `select plan_of(driftwatch_rows_digested(${quote(text)}, '${side}', '["0", "Zoë 3"]', '["3", "Zoë 3"]', false)) as plan`,
          );
          assert.match(JSON.stringify(row?.plan), /"Bitmap Index Scan".*"Index Cond": ?"[^"]*hashtext/);
        }
      });
    }

    test('with the statements that the page about scale shows', async () => {
      const { readFileSync } = await import('node:fs');
      const page = readFileSync(new URL('../../../../docs/scale.md', import.meta.url), 'utf8');
      const [single = '', double = ''] = [...page.matchAll(/```sql\n(create index [^`]*)```/g)].map(([, sql]) => sql);
      for (const [statement, key] of [
        [single, 'id'],
        [double, 'board_id, id'],
      ] as const) {
        const ofNumbers = { board_id: 'uuid', id: 'bigint', v: 'integer' };
        const primary = `primary key (${key})`;
        const { functions } = await make({
          legacy: ofNumbers,
          normalized: ofNumbers,
          fields: `key: [${key}]\nfields: { v: v }`,
          constraints: { legacy: primary, normalized: primary },
        });
        assert.ok((await functions.probe(part)).advice);
        for (const table of ['"Old rows"', 'new_rows']) await world.sql(statement.replace('public.posts', `public.${table}`));
        assert.equal((await functions.probe(part)).advice, undefined, statement);
      }
    });

    test('and leave writing to everybody who could write before', async () => {
      const { functions } = await make(ofText);
      await createAdvised(functions, part);
      await world.sql('grant insert on new_rows to anon');
      await world.sql(`set role anon; insert into new_rows values ('Zoë', 1, 1); reset role`);
      assert.equal((await world.sql('select from new_rows')).length, 1);
    });

    test('in the order of the one index that is there', async () => {
      const { functions } = await make(ofText);
      const [first = '', second = ''] = ((await functions.probe(part)).advice ?? '').match(/create index [^;]*/g) ?? [];
      assert.match(first, /, b, "Id 1's"\)$/);
      assert.match(second, /, b, "Id 1's"\)$/);
      await world.sql(second.replace(' concurrently', '').replace(/, b, ("Id 1's")\)$/, ', $1, b)'));
      const { advice = '' } = await functions.probe(part);
      assert.match(advice, /run: create index concurrently on public\."Old rows" .*, "Id 1's", b\);$/);
      await createAdvised(functions, part);
    });

    test('but not with an index of another number of parts, or of an expression of its own', async () => {
      const { functions } = await make(ofText);
      await createAdvised(functions, { index: 1, of: 4 });
      await world.sql('create index on new_rows ((b + 1), b); create index on "Old rows" ((b % 8), b)');
      assert.match((await functions.probe(part)).advice ?? '', / % 8\).* % 8\)/);
    });

    test('and find no row without a whole key, nor one out of scope', async () => {
      const { functions, digests } = await make({
        legacy: { id: 'text', v: 'integer' },
        normalized: { id: 'text', v: 'integer' },
        fields: 'key: [id]\nonly: { legacy: { v: [1, 2] } }\nfields: { v: v }',
        constraints: { legacy: 'unique (id)', normalized: 'unique (id)' },
      });
      await world.sql(`insert into "Old rows" select i, i % 3 from generate_series(1, 300) as i; insert into new_rows select * from "Old rows" where v > 0;
        insert into "Old rows" values (null, 1); insert into new_rows values (null, 1), (null, null)`);
      await createAdvised(functions, { index: 1, of: 2 });
      for (const ways of [functions, digests]) {
        const found: RowDigest[] = [];
        for (const index of [1, 2]) {
          const plan = await ways.planPart({ index, of: 2 }, () => assert.fail('the database tells'));
          found.push(await plan.digest(0, plan.rows.length, 1));
        }
        assert.deepEqual(
          (['legacy', 'normalized', 'equal'] as const).map((name) => found.reduce((sum, digest) => sum + digest[name], 0)),
          [200, 200, 200],
        );
      }
    });

    test('and as before with the functions of an older release, which know of no index', async () => {
      const { entity, spec } = await make(ofText);
      await world.sql(fill);
      const asked: string[] = [];
      const older = createRowFunctions(
        {
          ...reader,
          async call(name, parameters, value, tries) {
            asked.push(String(parameters['spec']));
            const answer = await reader.call(name, parameters, value, tries);
            if (name === 'driftwatch_rows_plan') Object.assign(answer as object, { part: null });
            return answer;
          },
        },
        entity,
        spec,
      );
      const { ready, narrows, advice } = await older.probe(part);
      assert.deepEqual([ready, narrows, advice], [true, true, undefined]);
      const { suspects } = await whole({ ...older, plan: () => older.planPart(part, () => assert.fail('the database tells')) });
      assert.ok(suspects.length > 0 && suspects.length < 20);
      assert.ok(asked.length > 3 && asked.every((text) => !text.includes('"order"')));
    });

    for (const [which, table] of [
      ['a partitioned table', 'create table new_rows (id bigint primary key, v integer) partition by range (id)'],
      ['a materialized view', 'create materialized view new_rows as select * from "Old rows"; create unique index on new_rows (id)'],
    ] as const) {
      test(`and give no advice for one side where the other one is ${which}, which has no such index`, async () => {
        const ofNumbers = { id: 'bigint', v: 'integer' };
        const { functions, digests } = await make({ legacy: ofNumbers, normalized: ofNumbers, fields: 'key: [id]\nfields: { v: v }' });
        await world.sql(`drop table new_rows; ${table}`);
        for (const ways of [functions, digests]) {
          const { ready, narrows, advice } = await ways.probe(part);
          assert.deepEqual([ready, narrows, advice], [true, true, undefined]);
        }
        if (table.includes('view')) await world.sql('drop materialized view new_rows');
      });
    }

    test('and give no advice where an index would leave nothing out, or only the action can tell the parts', async () => {
      const { functions } = await make(ofText);
      assert.equal((await functions.probe({ index: 1, of: 1 })).advice, undefined);
      const { functions: ofDates } = await make({
        legacy: { id: 'date', v: 'integer' },
        normalized: { id: 'date', v: 'integer' },
        fields: 'key: [id]\nfields: { v: v }',
      });
      const { ready, advice } = await ofDates.probe(part);
      assert.deepEqual([ready, advice], [true, undefined]);
    });
  });

  test('lose no row of a part whose key only the action can tell, where the two sides are sorted by the same columns in another order', async () => {
    const keys = { a: 'integer', b: 'date', c: 'integer' };
    const { functions } = await make({
      legacy: { ...keys, v: 'integer' },
      normalized: { ...keys, v: 'integer' },
      fields: 'key: [a, b, c]\nfields: { v: v }',
      constraints: { legacy: 'primary key (a, b, c)', normalized: 'primary key (a, c, b)' },
    });
    await world.sql(`insert into "Old rows" select i % 3, date '2026-01-01' + i % 100, i, i from generate_series(1, 3000) as i; insert into new_rows select * from "Old rows";
      update new_rows set v = -1 where c % 100 = 0; analyze "Old rows"; analyze new_rows`);
    const plan = await functions.planPart({ index: 1, of: 2 }, () => true);
    assert.ok(plan.rows.length > 1);
    const digests = await Promise.all(plan.rows.map(async (_, index) => plan.digest(index, index + 1, 1)));
    const sum = (of: (digest: RowDigest) => number): number => digests.reduce((total, digest) => total + of(digest), 0);
    assert.deepEqual(
      [sum(({ legacy }) => legacy), sum(({ normalized }) => normalized), sum(({ equal }) => equal), sum(({ suspects }) => suspects.length)],
      [3000, 3000, 2970, 30],
    );
  });

  test('hand over no row of another project for a domain, which has another type there', async () => {
    await world.sql('drop domain if exists code, moment, mark; create domain code as uuid; create domain moment as timestamptz; create domain mark as boolean');
    const { digests } = await make({
      legacy: { id: 'uuid', at: 'timestamp with time zone', done: 'boolean' },
      normalized: { id: 'uuid', at: 'timestamp with time zone', done: 'boolean' },
      fields: 'fields: { at: { from: at, precision: us }, done: done }',
    });
    await world.sql(`alter table new_rows alter id type code, alter at type moment, alter done type mark;
      insert into "Old rows" select md5(i::text)::uuid, timestamptz '2026-01-15T21:52:00.123456Z' + i * interval '1 second', i % 2 = 0 from generate_series(1, 50) as i;
      insert into new_rows select * from "Old rows"`);
    const digest = await whole(digests);
    assert.deepEqual([digest.suspects, digest.equal], [[], 50]);
    await world.sql('drop table new_rows; drop domain code, moment, mark');
  });

  const sentences: [name: string, tables: Tables, change: string, sentence: string][] = [
    ['a table that is not there', columns, 'drop table new_rows', 'the normalized table new_rows is not there'],
    ['a column that is not there', columns, 'alter table new_rows drop column v', 'the normalized table new_rows, column v is not there'],
    [
      'a column of another type',
      columns,
      'alter table "Old rows" alter column v type text',
      'the legacy table Old rows, column v holds text, and integer was expected',
    ],
    [
      'an index that is missing',
      { ...columns, constraints: { legacy: '' } },
      '',
      'no index serves its key in the same order on both sides. Create indexes on Old rows (id) and new_rows (id)',
    ],
    [
      'keys of two types',
      { ...columns, legacy: { ...columns.legacy, id: 'uuid' } },
      '',
      'normalized column new_rows.id is part of the key and holds text, where the legacy column id holds uuid',
    ],
    [
      'keys without capitals',
      { ...columns, fields: 'fields: { id: { from: id, ignore-case: true } }' },
      '',
      'legacy column Old rows.id is part of the key, and keys of this type and spelling are found only by reading them',
    ],
    [
      'a view',
      columns,
      'alter table new_rows rename to hidden; create view new_rows as select * from hidden',
      'new_rows is a view, which has no index of its own',
    ],
  ];
  for (const [name, tables, change, sentence] of sentences) {
    test(`say what is in the way: ${name}`, async () => {
      const { functions } = await make(tables);
      if (change !== '') await world.sql(change);
      assert.deepEqual(await functions.probe(), { ready: false, sentence: `Entity e: ${sentence}. Its rows are compared through the API, which is slower.` });
      if (name === 'a view') await world.sql('drop view new_rows; drop table hidden');
    });
  }

  test('take names and values for what they are', async () => {
    const hostile = `x"; drop table "Old rows"; --'`;
    const { entity, functions } = await make({
      legacy: { id: 'text', [hostile.replaceAll('"', '')]: 'text' },
      normalized: { id: 'text', v: 'text' },
      fields: `fields: { v: { from: "\`${hostile.replaceAll('"', '')}\`", default: ${JSON.stringify(hostile)}, values: { ${JSON.stringify(hostile)}: ${JSON.stringify(`%s${hostile}`)} } } }\nonly: { normalized: { id: ["'; select 1; --", ok] } }`,
    });
    await insert('Old rows', [
      ["'ok'", 'null'],
      [quote("'; select 1; --"), quote(hostile)],
    ]);
    await insert('new_rows', [
      ["'ok'", quote(hostile)],
      [quote("'; select 1; --"), quote(`%s${hostile}`)],
    ]);
    const digest = await whole(functions);
    assert.deepEqual([digest.equal, digest.suspects, await truth(entity, functions, [['ok'], ["'; select 1; --"]])], [2, [], []]);
  });

  test('may be called by the service role alone, can be applied twice, and write nothing', async () => {
    const names = await world.sql<{ name: string; kind: string; security: boolean; anon: boolean; service: boolean; everyone: boolean }>(`
      select p.oid::regprocedure::text as name, p.provolatile as kind, p.prosecdef as security,
        has_function_privilege('anon', p.oid, 'execute') as anon, has_function_privilege('service_role', p.oid, 'execute') as service,
        exists (select from aclexplode(p.proacl) where grantee = 0) as everyone
      from pg_proc p where p.proname like 'driftwatch!_rows!_%' escape '!'`);
    assert.ok(names.length > 10);
    for (const { name, kind, security, anon, service, everyone } of names)
      // Only a function that might write can have the planner explain something.
      assert.deepEqual([kind === 'v', security, anon, service, everyone], [name.startsWith('driftwatch_rows_held('), false, false, true, false], name);
    const { readFileSync } = await import('node:fs');
    await world.sql(readFileSync(new URL('../../../../supabase/migrations/021_create_row_functions.sql', import.meta.url), 'utf8'));
  });
});
