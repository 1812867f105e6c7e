import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createField } from '../../../src/pair/declared/field.ts';
import type { FieldOptions } from '../../../src/pair/declared/entity.ts';
import { writtenJson } from '../../../src/pair/declared/written.ts';
import { describeColumn } from '../../../src/store/column.ts';
import { isProblem } from '../../../src/store/source.ts';
import { numberValue, type Value } from '../../../src/store/value.ts';

/** What a legacy value is written as into a column of this type. */
function write(format: string, value: Value, options: FieldOptions = {}): string | undefined {
  const column = describeColumn(format);
  const source = { kind: 'field', path: ['x'] } as const;
  const field = createField('x', { ...options, from: source, to: source }, { from: {}, to: { column: column.kind }, column, isOfNormalized: true });
  assert.ok(!isProblem(field), JSON.stringify(field));
  return writtenJson(field, value);
}

test('values are written whole, not as they are cut to be compared', () => {
  assert.equal(write('timestamp with time zone', '2025-01-02T04:04:05.678901+01:00', { precision: 's' }), '"2025-01-02T03:04:05.678901Z"');
  assert.equal(write('text', '  Ada ', { trim: true, 'ignore-case': true }), '"  Ada "');
  assert.equal(write('bigint', numberValue('9007199254740993')), '9007199254740993');
  assert.equal(write('numeric', '0.10000000000000000001'), '0.10000000000000000001');
  assert.equal(write('jsonb', new Map([['a', numberValue('9007199254740993.50')]])), '{"a":9007199254740993.50}');
  assert.equal(write('bytea', '\\x00FF'), '"\\\\x00ff"');
});

test('a value is written however deeply it is nested, and its members in their order', () => {
  let value: Value = new Map<string, Value>([
    ['b', [true, 'x', []]],
    ['a', null],
    ['c', new Map()],
  ]);
  for (let depth = 0; depth < 20_000; depth += 1) value = depth % 2 === 0 ? [value] : new Map([['in', value]]);
  const [start, end] = ['{"in":['.repeat(10_000), ']}'.repeat(10_000)];
  assert.equal(write('jsonb', value), `${start}{"b":[true,"x",[]],"a":null,"c":{}}${end}`);
});

test('a value is written however many members it has', () => {
  const many = Array.from({ length: 200_000 }, (_, place) => `${place}`);
  assert.equal(write('jsonb', many), JSON.stringify(many));
  assert.equal(write('jsonb', new Map(many.map((text) => [`n${text}`, text]))), JSON.stringify(Object.fromEntries(many.map((text) => [`n${text}`, text]))));
});

test('an instant in a column of whole numbers is a number of its unit, cut towards the past', () => {
  assert.equal(write('bigint', numberValue('1760000000123'), { type: 'timestamp', unit: 'ms' }), '1760000000123');
  assert.equal(write('bigint', '1969-12-31T23:59:58.5Z', { type: 'timestamp', unit: 's' }), '-2');
  assert.equal(write('bigint', '2025-10-09T08:53:20.123Z', { type: 'timestamp', unit: 's' }), '1760000000');
  assert.equal(write('timestamp with time zone', numberValue('1760000000123'), { unit: 'ms' }), '"2025-10-09T08:53:20.123000Z"');
});

test('years that have more than four digits, or come before the first, are spelled as Postgres reads them, and read again as what they were', () => {
  const spelled: [ms: string, text: string][] = [
    ['253402300799999', '9999-12-31T23:59:59.999000Z'],
    ['253402300800000', '10000-01-01T00:00:00.000000Z'],
    ['1760000000000000', '57742-03-07T08:53:20.000000Z'],
    ['-62135596800000', '0001-01-01T00:00:00.000000Z'],
    ['-62135596800001', '0001-12-31T23:59:59.999000Z BC'],
    ['-62167219200001', '0002-12-31T23:59:59.999000Z BC'],
  ];
  for (const [ms, text] of spelled) assert.equal(write('timestamp with time zone', numberValue(ms), { unit: 'ms' }), JSON.stringify(text));
  for (const [, text] of spelled) assert.equal(write('timestamp with time zone', text), JSON.stringify(text));
});

test('a number that JSON does not have is written as its name, and read again as what it was', () => {
  const column = describeColumn('jsonb');
  const source = { kind: 'field', path: ['x'] } as const;
  const field = createField('x', { from: source, to: source }, { from: {}, to: { column: column.kind }, column, isOfNormalized: true });
  assert.ok(!isProblem(field));
  for (const name of ['NaN', 'Infinity', '-Infinity']) {
    const value: Value = new Map<string, Value>([['a', [numberValue(name)]]]);
    assert.equal(writtenJson(field, value), `{"a":["${name}"]}`);
    assert.equal(field.expected(value), field.actual(new Map<string, Value>([['a', [name]]])));
  }
});

test('a list that came as a map of its places is written in their order', () => {
  const column = describeColumn('text[]');
  const source = { kind: 'field', path: ['x'] } as const;
  const field = createField(
    'x',
    { from: source, to: source },
    { from: { isSparse: true }, to: { column: column.kind, isSparse: true }, column, isOfNormalized: true },
  );
  assert.ok(!isProblem(field));
  const places: Value = new Map([
    ['10', 'b'],
    ['9', 'a'],
  ]);
  assert.deepEqual([writtenJson(field, places), field.expected(places)], ['["a","b"]', field.actual(['a', 'b'])]);
});

test('what is not of its type is not written', () => {
  assert.equal(write('bigint', 'many'), undefined);
  assert.equal(write('date', '2025-02-30'), undefined);
  assert.equal(write('bigint', null), 'null');
});
