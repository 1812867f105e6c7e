import assert from 'node:assert/strict';
import { test } from 'node:test';
import { number, percent, percentBeside, signed } from '../../src/report/numbers.ts';
import * as fc from '../fast-check.ts';

// Before any other test makes a formatter, which is then kept.
test('a run in sync shows its numbers without the CPU time that a formatter takes', (t) => {
  t.mock.method(Intl, 'NumberFormat', () => assert.fail('a formatter was created'));
  assert.deepEqual([number(1_234_567), signed(-1234), percent(0), percentBeside(0, [0.001, 0.01])], ['1,234,567', '−1,234', '0%', '0%']);
});

test('any number has its thousands separated as in American English', () => {
  const integers = new Intl.NumberFormat('en-US');
  const some = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000, max: 10_000_000 }), fc.float({ noNaN: true }));
  fc.assert(fc.property(some, (value) => Object.is(value, -0) || number(value) === integers.format(value)));
});
