import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readError } from '../../src/side/read-error.ts';

describe('a read that failed', () => {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) => ({ answer: { status, body, headers: new Headers(headers) } });
  const failures = [
    answer(500, '{"code":"57014","message":"canceling statement due to statement timeout"}'),
    answer(503, ''),
    answer(400, '{"code":"XX000","message":"?"}'),
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
