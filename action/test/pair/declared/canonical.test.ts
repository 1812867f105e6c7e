import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { canonical } from '../../../src/pair/declared/canonical.ts';
import { equal, isExact, isUnreadable, scalarTypes, type FieldType, type Place } from '../../../src/pair/declared/types.ts';
import { numberValue, timestampValue, type Value } from '../../../src/store/value.ts';
import { anyValue, toValue } from './values.ts';

const ms: FieldType = { name: 'timestamp', precision: 'ms' };
const types: readonly FieldType[] = [
  { name: 'text' },
  { name: 'text', trim: true, ignoreCase: true, blankIsNull: true },
  { name: 'integer' },
  { name: 'number' },
  { name: 'number', tolerance: '0.01' },
  { name: 'boolean' },
  ms,
  { name: 'timestamp', precision: 's', unit: 'ms', tolerance: 2000 },
  { name: 'date' },
  { name: 'uuid' },
  { name: 'bytes' },
  { name: 'json' },
  { name: 'undescribed' },
  ...scalarTypes.flatMap((of): FieldType[] => [
    { name: 'list', of },
    { name: 'set', of },
  ]),
];
const places: readonly Place[] = [
  {},
  { isSparse: true },
  ...(['integer', 'number', 'boolean', 'timestamptz', 'timestamp', 'date', 'uuid', 'text', 'char', 'json', 'bytes', 'unknown'] as const).map((column) => ({
    column,
  })),
];

/** All of them are the same value of the type. */
function same(type: FieldType, values: readonly Value[], place: Place = {}): void {
  const [first, ...rest] = values.map((value) => canonical(type, value, place));
  assert.ok(!isUnreadable(first ?? null), JSON.stringify(first));
  for (const [index, other] of rest.entries()) assert.equal(other, first, `${JSON.stringify(values[index + 1])} as ${type.name}`);
}

function differ(type: FieldType, a: Value, b: Value, place: Place = {}): void {
  const [first, second] = [canonical(type, a, place), canonical(type, b, place)];
  assert.ok(!isUnreadable(first) && !isUnreadable(second), `${JSON.stringify([first, second])} as ${type.name}`);
  assert.ok(!equal(type, first, second), `${first} as ${type.name}`);
}

const refuses = (type: FieldType, values: readonly Value[], place: Place = {}): void => {
  for (const value of values) assert.ok(isUnreadable(canonical(type, value, place)), `${JSON.stringify(value)} as ${type.name}`);
};

describe('a value as its type', () => {
  test('never throws, and is nothing where there is nothing', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom(...types), fc.constantFrom(...places), (value, type, place) => {
        const read = canonical(type, value, place);
        assert.ok(read === null || typeof read === 'string' || typeof read.unreadable === 'string');
        if (typeof read === 'string') assert.ok(equal(type, read, read));
      }),
      { numRuns: 2000 },
    );
    for (const type of types) assert.deepEqual([canonical(type, null), canonical(type, undefined)], [null, null]);
  });

  test('says what cannot be read, and not more than a part of it', () => {
    assert.deepEqual(canonical({ name: 'integer' }, 'many'), { unreadable: 'many' });
    assert.deepEqual(canonical({ name: 'integer' }, new Map([['a', true]])), { unreadable: '{"a":true}' });
    assert.deepEqual(canonical({ name: 'integer' }, 'x'.repeat(20_000)), { unreadable: 'x'.repeat(10_000) });
  });

  test('is text by NFC, and by nothing else', () => {
    const text: FieldType = { name: 'text' };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => same(text, [value, value.normalize('NFD'), value.normalize('NFC')])));
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        if (a.normalize('NFC') !== b.normalize('NFC')) differ(text, a, b);
      }),
    );
    differ(text, '', ' ');
    differ(text, 'a', 'A');
    assert.equal(canonical(text, ''), '');
    same(text, ['users/u1', { kind: 'reference', path: 'users/u1' }]);
    refuses(text, [true, numberValue('1'), timestampValue('2026-01-01T00:00:00Z'), ['a'], new Map()]);
    same(text, ['1.50', numberValue('1.50')], { column: 'number' });
    same(text, ['ab', 'ab   '], { column: 'char' });
  });

  test('is JSON where an API shows a column so that is none: a row type, a geometry, an hstore', () => {
    const text: FieldType = { name: 'text' };
    same(text, [toValue({ type: 'Point', coordinates: [1, 2] }), toValue({ coordinates: [1, 2], type: 'Point' })], { column: 'text' });
    assert.notEqual(canonical(text, toValue({ a: '1' }), { column: 'text' }), canonical(text, toValue({ a: '2' }), { column: 'text' }));
    same({ name: 'list', of: 'text' }, [toValue([{ a: 1, b: 2 }]), toValue([{ b: 2, a: 1 }])], { column: 'text' });
  });

  test('is text with the options that it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        same({ name: 'text', trim: true }, [value, ` \t${value}\u00a0\n`]);
        same({ name: 'text', ignoreCase: true }, [value, value.toUpperCase()]);
      }),
    );
    // What stands very often before the end of a text is passed over once.
    const [signs, spaces] = [`${'='.repeat(1_000_000)}x`, `a${' '.repeat(1_000_000)}x`];
    assert.deepEqual(canonical({ name: 'bytes' }, signs), { unreadable: signs.slice(0, 10_000) });
    assert.equal(canonical({ name: 'text' }, `${spaces}  `, { column: 'char' }), spaces);
    // What is too long to be put in order stays as it is spelled, whatever the case.
    const [marks, others] = ['\u0301\u0316'.repeat(100), '\u0316\u0301'.repeat(100)];
    assert.notEqual(canonical({ name: 'text', ignoreCase: true }, marks), canonical({ name: 'text', ignoreCase: true }, others));
    same({ name: 'text', ignoreCase: true }, ['ΣΊΣΥΦΟΣ', 'σίσυφος', 'Σίσυφοσ']);
    same({ name: 'text', ignoreCase: true }, ['straße', 'STRASSE', 'STRAẞE']);
    differ({ name: 'text', trim: true }, 'a b', 'ab');
    for (const blank of ['', ' ', '\n\u3000']) assert.equal(canonical({ name: 'text', blankIsNull: true }, blank), null);
    assert.equal(canonical({ name: 'text', blankIsNull: true }, ' a '), ' a ');
    assert.equal(canonical({ name: 'text', trim: true }, ' '), '');
  });

  test('is a whole number of any size, also as text', () => {
    fc.assert(fc.property(fc.bigInt(), (value) => same({ name: 'integer' }, [numberValue(`${value}`), `${value}`, numberValue(`${value}.00`), `${value}e0`])));
    fc.assert(fc.property(fc.bigInt(), (value) => differ({ name: 'integer' }, numberValue(`${value}`), numberValue(`${value + 1n}`))));
    refuses({ name: 'integer' }, ['', ' 1', '1.5', numberValue('1.5'), numberValue('NaN'), true, 'one', [numberValue('1')]]);
  });

  test('is a number by its value, exactly or within a tolerance', () => {
    same({ name: 'number' }, [numberValue('1'), numberValue('1.0'), numberValue('1e0'), '1', '01.00']);
    differ({ name: 'number' }, numberValue('0.1'), numberValue('0.10000000000000000001'));
    same({ name: 'number' }, [numberValue('NaN'), 'NaN']);
    differ({ name: 'number' }, numberValue('Infinity'), numberValue('-Infinity'));
    refuses({ name: 'number' }, ['', 'a', true, new Map()]);
    const near: FieldType = { name: 'number', tolerance: '0.01' };
    assert.ok(equal(near, '1', '1.01') && !equal(near, '1', '1.02') && !equal(near, null, '0') && equal(near, null, null));
    // Hence a digest of it is made of nothing.
    assert.ok(equal(near, '1.01', '1.02') && !isExact(near) && isExact({ name: 'number' }));
  });

  test('is a boolean, as text only where everything is text', () => {
    differ({ name: 'boolean' }, true, false);
    same({ name: 'boolean' }, [true, 'true'], { column: 'text' });
    refuses({ name: 'boolean' }, ['true', 'yes', numberValue('1')]);
    refuses({ name: 'boolean' }, ['t', 'TRUE', '1'], { column: 'text' });
  });

  test('is an instant in every spelling', () => {
    same(ms, ['2026-01-15T21:52:00.123Z', timestampValue('2026-01-15T21:52:00.123999Z'), '2026-01-15 21:52:00.123+00', '2026-01-16T06:52:00.123+09:00']);
    same({ ...ms, unit: 'ms' }, [numberValue('1768513920123'), numberValue('1768513920123.9'), '2026-01-15T21:52:00.123Z']);
    same({ ...ms, unit: 's' }, [numberValue('1768513920.123'), numberValue('1768513920.123999999')]);
    same({ ...ms, unit: 'ms' }, ['1768513920123', '2026-01-15T21:52:00.123Z'], { column: 'text' });
    same(ms, ['2026-01-15T21:52:00.123', '2026-01-15 21:52:00.123', timestampValue('2026-01-15T21:52:00.123Z')], { column: 'timestamp' });
    differ(ms, '2026-01-15T21:52:00.123Z', '2026-01-15T21:52:00.124Z');
    differ({ name: 'timestamp', precision: 'us' }, '2026-01-15T21:52:00.123456Z', '2026-01-15T21:52:00.123457Z');
    same({ name: 'timestamp', precision: 's' }, ['1969-12-31T23:59:59.001Z', '1969-12-31T23:59:59.999Z']);
    refuses(ms, ['2026-01-15T21:52:00', '2026-01-15', numberValue('1768513920123'), '1768513920123', true]);
    refuses({ ...ms, unit: 'ms' }, ['1768513920123', numberValue('NaN'), numberValue('1e99')]);
    const clock: FieldType = { ...ms, tolerance: 2000 };
    assert.ok(equal(clock, '2026-01-15T21:52:00.000Z', '2026-01-15T21:52:02.000Z') && !equal(clock, '2026-01-15T21:52:00.000Z', '2026-01-15T21:52:02.001Z'));
  });

  test('is a date of the calendar', () => {
    differ({ name: 'date' }, '2026-01-15', '2026-01-16');
    refuses({ name: 'date' }, ['2026-02-30', '2026-1-5', '0000-01-01', '2026-01-15T00:00:00Z', numberValue('20260115'), 'infinity']);
  });

  test('is a UUID in whatever case', () => {
    fc.assert(fc.property(fc.uuid(), (value) => same({ name: 'uuid' }, [value, value.toUpperCase()])));
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        if (a !== b) differ({ name: 'uuid' }, a, b);
      }),
    );
    refuses({ name: 'uuid' }, ['', 'u1', '{550e8400-e29b-41d4-a716-446655440000}', numberValue('1')]);
  });

  test('is bytes, as Firestore and as Postgres write them', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const buffer = Buffer.from(bytes);
        const base64 = buffer.toString('base64');
        same({ name: 'bytes' }, [
          { kind: 'bytes', base64 },
          base64,
          base64.replace(/=+$/, ''),
          `\\x${buffer.toString('hex')}`,
          `\\x${buffer.toString('hex').toUpperCase()}`,
        ]);
        differ({ name: 'bytes' }, { kind: 'bytes', base64 }, `\\x${buffer.toString('hex')}00`);
      }),
    );
    refuses({ name: 'bytes' }, ['\\x0', '\\xgg', 'a', 'ab=', 'a b=', '====', numberValue('1')]);
  });

  test('is a list in order, or a set in any order, each element as often as it is there', () => {
    const list: FieldType = { name: 'list', of: 'integer' };
    const set: FieldType = { name: 'set', of: 'integer' };
    const numbers = (...values: number[]): Value => values.map((value) => numberValue(`${value}`));
    same(list, [numbers(1, 2), ['1', '2.0']]);
    differ(list, numbers(1, 2), numbers(2, 1));
    same(set, [numbers(1, 2, 2), numbers(2, 1, 2)]);
    differ(set, numbers(1, 2, 2), numbers(1, 1, 2));
    differ(set, numbers(1), numbers(1, 1));
    differ(list, [], [null]);
    differ({ name: 'list', of: 'text' }, ['a,b'], ['a', 'b']);
    differ({ name: 'list', of: 'text' }, ['null'], [null]);
    refuses(list, ['1', new Map(), [numbers(1)], ['x']]);
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        const [first, second] = [a, b].map((items) => items.map((item) => item.normalize('NFC')).sort());
        assert.equal(canonical({ name: 'set', of: 'text' }, a) === canonical({ name: 'set', of: 'text' }, b), JSON.stringify(first) === JSON.stringify(second));
      }),
    );
  });

  test('of the Realtime Database has no empty list, and lists as maps', () => {
    const list: FieldType = { name: 'list', of: 'text' };
    assert.equal(canonical(list, [], { isSparse: true }), null);
    same(
      list,
      [
        ['a', null, 'b'],
        new Map([
          ['10', 'b'],
          ['2', 'a'],
        ]),
        ['a', 'b'],
      ],
      { isSparse: true },
    );
    refuses(list, [new Map([['a', 'b']])], { isSparse: true });
    refuses(list, [new Map([['0', 'b']])]);
  });

  test('is JSON, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue().map(toValue), (value) => assert.ok(!isUnreadable(canonical({ name: 'json' }, value)))));
  });

  test('that nothing describes is compared by its text', () => {
    const undescribed: FieldType = { name: 'undescribed' };
    same(undescribed, [numberValue('1.0'), numberValue('1'), '1']);
    same(undescribed, [true, 'true']);
    same(undescribed, ['AQI=', { kind: 'bytes', base64: 'AQI=' }]);
    differ(undescribed, '{"a":1}', new Map([['a', numberValue('1')]]));
    differ(undescribed, '"{"', '{');
    differ(undescribed, [], '[]');
  });
});
