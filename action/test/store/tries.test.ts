import assert from 'node:assert/strict';
import test from 'node:test';
import { triesFor } from '../../src/store/tries.ts';

test('what would be as large again, or where less can be asked for, is not asked for again; anything else is', () => {
  assert.equal(triesFor('bytes', false), 1);
  assert.equal(triesFor('bytes', true), 1);
  assert.equal(triesFor('time', true), 1);
  assert.equal(triesFor('time', false), 2);
  assert.equal(triesFor(undefined, true), 2);
  assert.equal(triesFor(undefined, false), 2);
});
