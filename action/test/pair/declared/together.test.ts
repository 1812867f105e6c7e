import assert from 'node:assert/strict';
import { setImmediate as tick } from 'node:timers/promises';
import { test } from 'node:test';
import { together } from '../../../src/pair/declared/together.ts';

async function* pagesThatEnd(page: number, error: Error): AsyncGenerator<number> {
  yield page;
  throw error;
}

test('a page that fails while nobody waits for it fails the next time that somebody does, and nothing before', async () => {
  const error = new Error('the store is gone');
  const pages = together([pagesThatEnd(1, error), pagesThatEnd(2, error)]);
  assert.deepEqual(await pages.next(), { done: false, value: [0, 1] });
  // Whoever compares is busy meanwhile; a rejection that nobody handles would end the process.
  for (let turn = 0; turn < 10; turn += 1) await tick();
  await assert.rejects(async () => {
    for await (const page of pages) assert.ok(page);
  }, error);
});
