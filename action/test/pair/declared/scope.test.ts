import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { isInScope } from '../../../src/pair/declared/scope.ts';
import { numberValue, timestampValue, type Maybe, type Value } from '../../../src/store/value.ts';
import { anyValue } from './values.ts';

const source = { kind: 'field', path: ['a'] } as const;
const holds = (value: Maybe, ...anyOf: Value[]): boolean => isInScope([{ source, anyOf }], () => value);

describe('only', () => {
  test('goes by value and type', () => {
    assert.ok(holds(numberValue('1.0'), numberValue('1')) && holds('1', '1') && holds(true, true) && holds('é', 'é'));
    assert.ok(
      !holds('1', numberValue('1')) &&
        !holds(numberValue('1'), '1') &&
        !holds('true', true) &&
        !holds(numberValue('0'), false) &&
        !holds('A', 'a') &&
        !holds('', null),
    );
    assert.ok(holds(null, null) && holds(undefined, null) && !holds(false, null) && !holds(null, false));
    assert.ok(
      holds(timestampValue('2026-01-15T21:52:00.100Z'), '2026-01-15 22:52:00.1+01') && !holds(timestampValue('2026-01-15T21:52:00Z'), '2026-01-15T21:52:01Z'),
    );
    assert.ok(holds({ kind: 'reference', path: 'users/u1' }, 'users/u1') && holds({ kind: 'bytes', base64: 'AQI=' }, 'AQI='));
    assert.ok(!holds(['a'], 'a') && !holds(new Map(), null));
  });

  test('takes any of a list, and all of its lines', () => {
    assert.ok(holds('b', 'a', 'b') && holds(undefined, 'a', null) && !holds('c', 'a', 'b'));
    const values = new Map<string, Value>([
      ['a', 'x'],
      ['b', 'y'],
    ]);
    const lines = (a: string, b: string) => [
      { source, anyOf: [a] },
      { source: { kind: 'field', path: ['b'] } as const, anyOf: [b] },
    ];
    const valueOf = (from: { readonly kind: string; readonly path?: readonly string[] }) => values.get(from.path?.[0] ?? '');
    assert.deepEqual(
      [lines('x', 'y'), lines('x', 'x'), []].map((conditions) => isInScope(conditions, valueOf)),
      [true, false, true],
    );
  });

  test('never throws, whatever stands there', () => {
    fc.assert(fc.property(anyValue, anyValue, (value, wanted) => assert.equal(typeof holds(value, wanted), 'boolean')));
  });
});
