import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isReadable, isReadableKey, looksMachineMade } from '../../../src/pair/declared/readable.ts';

describe('what everybody may read', () => {
  test('is a key that a machine made', () => {
    const made = [
      '550e8400-e29b-41d4-a716-446655440000',
      '550E8400-E29B-41D4-A716-446655440000',
      '7',
      '20251013',
      'JqK4nYw0zXkQ8vBdR2tL',
      'abcdefghijklmnopqrstuvwxyz12',
      '-NabcDEF_ghi-JKLmn01',
      '--------------------',
      '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      '01arz3ndektsv4rrffq69g5fav',
    ];
    for (const key of made) assert.ok(looksMachineMade(key), key);
  });

  test('is no key that a person may have chosen', () => {
    const chosen = [
      '',
      'mia',
      'mia@example.org',
      'JqK4nYw0zXkQ8vBdR2t',
      'JqKnYwzXkQvBdRtLabcd',
      'JqK4nYw0zXkQ8vBdR2t_',
      '-NabcDEF_ghi-JKLmn0',
      'NabcDEF_ghi-JKLmn01x',
      '81ARZ3NDEKTSV4RRFFQ69G5FAV',
      '01ARZ3NDEKTSV4RRFFQ69G5FAU',
      '１２３',
      '12 34',
      '123\n',
      '550e8400e29b41d4a716446655440000',
      'JqK4nYw0zXkQ8vBdR2é1',
    ];
    for (const key of chosen) assert.ok(!looksMachineMade(key), key);
  });

  test('is a value that is no text, and what the file says', () => {
    assert.ok(isReadable({ name: 'integer' }, undefined) && isReadable({ name: 'set', of: 'date' }, undefined) && isReadable({ name: 'text' }, true));
    for (const type of [{ name: 'text' }, { name: 'json' }, { name: 'bytes' }, { name: 'undescribed' }, { name: 'list', of: 'text' }] as const)
      assert.ok(!isReadable(type, undefined), type.name);
    assert.ok(!isReadable({ name: 'integer' }, false));
    assert.ok(
      isReadableKey({ name: 'text' }, undefined, '7') &&
        isReadableKey({ name: 'date' }, undefined, '2025-10-13') &&
        isReadableKey({ name: 'text' }, true, 'mia'),
    );
    assert.ok(!isReadableKey({ name: 'text' }, undefined, 'mia') && !isReadableKey({ name: 'text' }, false, '7'));
  });
});
