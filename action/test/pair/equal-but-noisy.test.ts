import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { migrate } from '../../../demo/data.ts';
import { comparePair, createMemoryPair, type Rows } from './memory-pair.ts';
import { legacyRows, noisy } from './rows.ts';

const alignments = ['skip', 'monday', 'exact'] as const;

describe('sides that say the same in other words', () => {
  for (const alignment of alignments) {
    it(`show no difference, in full and sampled, whatever the order and the pages (${alignment})`, async () => {
      const sides = legacyRows.chain((legacy) => {
        const normalized = migrate(legacy, { weekAlignment: alignment });
        return noisy(normalized).map((anew): Rows & { weeks: number } => ({ legacy, normalized: anew, weeks: normalized.weeks.length }));
      });
      await fc.assert(
        fc.asyncProperty(sides, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }), async ({ weeks, ...rows }, pageSize, size) => {
          const pair = createMemoryPair(rows, alignment, pageSize);
          const full = await comparePair(pair);
          assert.deepEqual(full.findings, []);
          assert.deepEqual([full.comparison.compared, full.comparison.population, full.comparison.skipped], [weeks, weeks, rows.legacy.length - weeks]);
          assert.deepEqual(
            full.comparison.counts.map(({ difference }) => difference),
            [0, 0, 0, 0],
          );
          assert.equal(full.comparison.transient, 0);

          const sampled = await comparePair(pair, { sample: size });
          assert.deepEqual(sampled.findings, []);
          assert.deepEqual([sampled.comparison.compared, sampled.comparison.population], [Math.min(size, weeks), weeks]);
        }),
        { numRuns: 150, seed: 2025 },
      );
    });
  }
});
