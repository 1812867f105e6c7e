import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countLive, countSettled } from '../../src/compare/count-live.ts';
import type { Side } from '../../src/pair/pair.ts';

/** Sides of which one shows a row more at each count until `equalFrom`, on a clock that goes on while they are counted. */
async function judge({ countMs, equalFrom, settleMs = 2000 }: { countMs: number; equalFrom: number; settleMs?: number }) {
  let time = 0;
  const begun: number[] = [];
  const clock = { now: () => time, sleep: async (ms: number) => void (time += ms) };
  const side = (count: () => number): Side => ({
    count: async () => count(),
    keys: () => assert.fail('nothing is read'),
    documents: () => assert.fail('nothing is read'),
  });
  const expected = side(() => {
    begun.push(time);
    time += countMs;
    return 10;
  });
  const actual = side(() => ((begun.at(-1) ?? 0) < equalFrom ? 9 : 10));
  const sides = { expected, actual };
  const { judged } = await countSettled(sides, await countLive(sides), settleMs, new AbortController().signal, clock);
  return { judged, begun };
}

describe('counts that differ', () => {
  it('are counted again when the time to settle is over, however long the counting before took', async () => {
    for (const countMs of [1, 900, 5000]) {
      const { judged, begun } = await judge({ countMs, equalFrom: countMs + 2000 });
      assert.equal(judged, 10);
      assert.ok((begun.at(-1) ?? 0) >= countMs + 2000, `${begun}`);
      assert.equal((await judge({ countMs, equalFrom: Number.POSITIVE_INFINITY })).judged, 9);
    }
  });

  it('are what they are at first sight where nothing is to settle', async () => {
    const { judged, begun } = await judge({ countMs: 5000, equalFrom: 1, settleMs: 0 });
    assert.deepEqual([judged, begun], [9, [0]]);
  });
});
