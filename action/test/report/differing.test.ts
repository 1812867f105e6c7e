import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { collectDiffering, mostDiffering } from '../../src/report/differing.ts';
import { differingWeeks, hasOtherWeeks } from '../../src/publish/issue/weeks.ts';

const hashes = fc.array(fc.string({ unit: fc.constantFrom('a', 'B', '0', '_'), minLength: 5, maxLength: 5 }), { maxLength: 60 });

function listOf(most: number, all: readonly string[]): string[] {
  const { add, list } = collectDiffering(most);
  for (const hash of all) add(hash);
  return list();
}

describe('the documents that differ', () => {
  it('are all there, once and in order, while they are not too many; else the first ones', () => {
    fc.assert(
      fc.property(hashes, fc.integer({ min: 1, max: 20 }), (all, most) => assert.deepEqual(listOf(most, all), [...new Set(all)].toSorted().slice(0, most))),
    );
  });

  it('are the same whoever saw which of them', () => {
    fc.assert(
      fc.property(fc.array(hashes, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (parts, most) => {
        assert.deepEqual(
          listOf(
            most,
            parts.flatMap((part) => listOf(most, part)),
          ),
          listOf(most, parts.flat()),
        );
      }),
    );
  });

  it('are known to become fewer beyond the end of the list', () => {
    const all = Array.from({ length: mostDiffering + 1 }, (_, place) => place.toString(36).padStart(5, '0'));
    const weeks = (some: readonly string[], differing: number) =>
      differingWeeks({
        differingWeeks: { key: 'key', weeks: listOf(mostDiffering, some) },
        drift: { rate: 1, upperBound: 1, differing, compared: 5_000_000, population: 5_000_000 },
      });
    assert.equal(weeks(all, 3_000_000).count, 3_000_000);
    assert.equal(weeks(all.slice(0, 10), 12).count, 10);
    assert.equal(hasOtherWeeks(weeks(all, 3_000_000), weeks(all.slice(1), 2_000_000)), false);
    assert.equal(hasOtherWeeks(weeks(all, 3_000_000), weeks(all.slice(1), 3_000_000)), true);
  });
});
