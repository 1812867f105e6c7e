import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import type { Key } from '../../src/document/document.ts';
import { keyId } from '../../src/document/document.ts';
import { drawSample } from '../../src/compare/sample.ts';

const keys = (count: number): Key[] => Array.from({ length: count }, (_, index) => [`user ${index % 7}`, `Kind ${index % 30}`, `week ${index}`]);
const ids = (drawn: readonly Key[]): string[] => drawn.map(keyId);

describe('the sample', () => {
  it('is the same for the same seed whatever the order of the keys, without replacement, of the size that was asked for', () => {
    const population = fc.integer({ min: 0, max: 4000 }).chain((count) => fc.tuple(fc.constant(keys(count)), fc.nat(), fc.nat(count + 20), fc.string()));
    fc.assert(
      fc.property(population, ([all, turn, size, seed]) => {
        const drawn = drawSample(all, size, seed);
        assert.equal(drawn.length, Math.min(size, all.length));
        assert.equal(new Set(ids(drawn)).size, drawn.length);
        const start = all.length === 0 ? 0 : turn % all.length;
        const turned = [...all.slice(start), ...all.slice(0, start)].toReversed();
        assert.deepEqual(drawSample(turned, size, seed), drawn);
        const everywhere = new Set(ids(all));
        assert.ok(ids(drawn).every((id) => everywhere.has(id)));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('is another one for another seed, and the smaller one is part of the larger', () => {
    const all = keys(500);
    assert.notDeepEqual(drawSample(all, 50, 'a'), drawSample(all, 50, 'b'));
    assert.deepEqual(drawSample(all, 20, 'a'), drawSample(all, 50, 'a').slice(0, 20));
  });

  it('does not change for the weeks that stay when others come and go', () => {
    const before = new Set(ids(drawSample(keys(1000), 100, 'a')));
    const after = ids(drawSample(keys(1010), 100, 'a'));
    assert.ok(after.filter((id) => !before.has(id)).length <= 10);
  });

  it('takes nothing, one, all of them, and all of them without a limit', () => {
    const all = keys(3);
    assert.deepEqual(drawSample(all, 0, 'a'), []);
    assert.deepEqual(drawSample([], 5, 'a'), []);
    assert.equal(drawSample(all, 1, 'a').length, 1);
    assert.deepEqual(new Set(ids(drawSample(all, 3, 'a'))), new Set(ids(all)));
    assert.equal(drawSample(all, Number.POSITIVE_INFINITY, 'a').length, 3);
    assert.equal(drawSample(keys(5000), 2, 'a').length, 2);
  });

  it('takes every week and every pair of weeks equally often', () => {
    const all = keys(20);
    const size = 8;
    const seeds = 4000;
    const single = new Map<string, number>();
    let together = 0;
    for (let seed = 0; seed < seeds; seed += 1) {
      const drawn = ids(drawSample(all, size, `run-${seed}`));
      for (const id of drawn) single.set(id, (single.get(id) ?? 0) + 1);
      if (drawn.includes(keyId(all[0] ?? (keys(1)[0] as Key))) && drawn.includes(keyId(all[1] as Key))) together += 1;
    }
    // Pearson's statistic for draws without replacement: the variance of a cell is n·p·(1 − p), so (1 − p) divides it.
    const share = size / all.length;
    const expected = seeds * share;
    const statistic =
      [...single.values()].reduce((sum, count) => sum + (count - expected) ** 2 / (expected * (1 - share)), 0) * ((all.length - 1) / all.length);
    // 0.001 and 0.999 quantiles of χ² with 19 degrees of freedom.
    assert.equal(single.size, 20);
    assert.ok(statistic > 5.41 && statistic < 43.82, `χ² = ${statistic}`);
    const pairs = seeds * share * ((size - 1) / (all.length - 1));
    assert.ok(Math.abs(together - pairs) < 4 * Math.sqrt(pairs), `${together} pairs, expected ${pairs}`);
  });
});
