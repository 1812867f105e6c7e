import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readError } from '../../src/side/read-error.ts';

describe('a read that failed', () => {
  const failures = [
    { status: 500, body: '{"code":"57014","message":"canceling statement due to statement timeout"}' },
    { status: 503, body: '' },
    { status: 400, body: '{"code":"XX000","message":"?"}' },
    { defect: 'unexpected' },
    { defect: 'not-json' },
  ] as const;

  it('is told of a table as of a table', () => {
    for (const failed of failures) {
      const { message } = readError({ table: 'weeks', ...failed }, 1000);
      assert.match(message, /table weeks/);
      assert.doesNotMatch(message, /function/);
    }
  });

  it('is told of a function as of a function', () => {
    for (const failed of failures) {
      const { message } = readError({ table: 'driftwatch_compare', isFunction: true, ...failed }, 1000);
      assert.match(message, /function driftwatch_compare/);
      assert.doesNotMatch(message, /table|column/);
    }
  });
});
