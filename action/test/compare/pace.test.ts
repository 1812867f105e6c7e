import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace } from '../../src/compare/pace.ts';

const plenty = 1_000_000;

describe('the pace of statements', () => {
  it('grows to the rows that take half a second, in steps', () => {
    const pace = createPace(() => 0);
    const sizes: number[] = [];
    for (let part = 0; part < 8; part += 1) {
      const size = pace.size(plenty);
      sizes.push(size);
      pace.measured(size, size / 20);
    }
    assert.deepEqual(sizes.slice(0, 3), [500, 2000, 8000]);
    assert.ok(Math.abs((sizes.at(-1) ?? 0) - 10_000) < 1, String(sizes));
  });

  it('follows a server that becomes slower, and leaves it alone for as long as the slow statement took', () => {
    let now = 0;
    const pace = createPace(() => now);
    for (let part = 0; part < 5; part += 1) pace.measured(10_000, 500);
    assert.equal(pace.restMs(), 0);
    pace.measured(10_000, 4000);
    assert.equal(pace.restMs(), 4000);
    assert.equal(pace.size(plenty), 1250);
    now = 4000;
    assert.equal(pace.restMs(), 0);
  });

  it('makes the last parts smaller, but not too small', () => {
    const pace = createPace(() => 0);
    for (let part = 0; part < 5; part += 1) pace.measured(10_000, 500);
    assert.equal(pace.size(3000), 3000);
    assert.equal(pace.size(10), 500);
  });
});
