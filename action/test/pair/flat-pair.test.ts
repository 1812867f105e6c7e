import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { compareFindings } from '../../src/compare/findings.ts';
import { writtenFindings, type WrittenFinding } from '../../src/report/report.ts';
import { createFlatPair, words, type Post, type Posts } from './flat-pair.ts';
import { comparePair, type Outcome } from './memory-pair.ts';

/** Rows that stand alone, by a key of two parts, go the same way as weeks of children. */

const post = (board: string, name: string | null, change: Partial<Post> = {}): Post => ({
  id: `${board}-${name}`,
  board,
  post: name,
  title: `Title of ${name}`,
  likes: 3,
  ...change,
});
const posts = [post('cats', 'a'), post('cats', 'b'), post('dogs', 'a'), post('dogs', 'c'), post('dogs', 'd'), post('eels', 'a')];

const without = (rows: readonly Post[], id: string): Post[] => rows.filter((row) => row.id !== id);
const changed = (rows: readonly Post[], id: string, change: Partial<Post>): Post[] => rows.map((row) => (row.id === id ? { ...row, ...change } : row));

type Brief = Pick<WrittenFinding, 'type' | 'key' | 'path' | 'legacy' | 'normalized'>;
const brief = ({ findings }: Outcome): Brief[] =>
  writtenFindings({ findings, words }).map(({ type, key, path, legacy, normalized }) => ({ type, key, path, legacy, normalized }));
const off = (legacy: number, normalized: number): Brief => ({ type: 'COUNT_MISMATCH', key: null, path: null, legacy, normalized });

const mutations: readonly [name: string, sides: Posts, finds: readonly Brief[], inSample?: readonly Brief[]][] = [
  ['nothing', { legacy: posts, normalized: posts.toReversed() }, []],
  [
    'a column',
    { legacy: posts, normalized: changed(posts, 'dogs-a', { likes: 4 }) },
    [{ type: 'DATA_MISMATCH', key: { board: 'dogs', post: 'dogs/a' }, path: 'likes', legacy: '3', normalized: '4' }],
  ],
  [
    'a row that is missing where another board has one of that name',
    { legacy: posts, normalized: without(posts, 'dogs-a') },
    [{ type: 'MISSING_ROW', key: { board: 'dogs', post: 'dogs/a' }, path: null, legacy: 'dogs a', normalized: null }, off(6, 5)],
  ],
  [
    'a row too many',
    { legacy: without(posts, 'eels-a'), normalized: posts },
    [off(5, 6), { type: 'ORPHAN_ROW', key: { board: 'eels', post: 'eels/a' }, path: null, legacy: null, normalized: 'eels a' }],
    [off(5, 6)],
  ],
  [
    'two rows that claim one key',
    { legacy: [...posts, post('cats', 'a', { id: 'again' })], normalized: posts },
    [{ type: 'DUPLICATE_ROW', key: { board: 'cats', post: 'cats/a' }, path: null, legacy: 2, normalized: null }],
  ],
  [
    'a row whose key cannot be read',
    { legacy: [...posts, post('cats', null)], normalized: posts },
    [{ type: 'MALFORMED_LEGACY', key: { board: 'cats', post: null }, path: 'post', legacy: null, normalized: null }],
  ],
  [
    'a row that is out of scope on both sides',
    { legacy: [...posts, post('owls', 'z', { deleted: true })], normalized: [...posts, post('owls', 'z', { deleted: true })] },
    [],
  ],
];

describe('a pair of rows that stand alone', () => {
  for (const [name, sides, finds, inSample = finds] of mutations) {
    it(`differs by ${name}, whichever way it is compared`, async () => {
      const pair = createFlatPair(sides);
      const streamed = await comparePair(pair);
      assert.deepEqual(brief(streamed), finds);
      assert.deepEqual(streamed.findings, streamed.findings.toSorted(compareFindings));
      assert.deepEqual(brief(await comparePair(pair, { digest: true })), finds);
      assert.deepEqual(brief(await comparePair(pair, { sample: 100 })), inSample);
      const { counts, population, compared } = streamed.comparison;
      assert.deepEqual(
        counts.map(({ level, legacy }) => [level, legacy]),
        [['posts', sides.legacy.length]],
      );
      assert.equal(population, compared);
    });
  }

  it('is found to be the same by both engines, whatever is in it', async () => {
    const row = fc.record({
      id: fc.uuid(),
      board: fc.constantFrom('a', 'b', 'c'),
      post: fc.option(fc.constantFrom('x', 'y', 'z'), { freq: 9 }),
      title: fc.constantFrom(null, 's', 't'),
      likes: fc.nat(1),
      deleted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 9 }), fc.array(row, { maxLength: 9 }), async (legacy, normalized) => {
        const pair = createFlatPair({ legacy, normalized });
        const [streamed, digested] = [await comparePair(pair), await comparePair(pair, { digest: true })];
        assert.deepEqual(digested.findings, streamed.findings);
        const numbers = ({ comparison: { counts, compared, differing, skipped } }: Outcome) => ({ counts, compared, differing, skipped });
        assert.deepEqual(numbers(digested), numbers(streamed));
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  it('is given time to settle: what is written while it is watched is no difference', async () => {
    const sides: Posts = { legacy: posts, normalized: without(posts, 'cats-b') };
    const pair = createFlatPair(sides);
    let reads = 0;
    const watched = {
      ...pair,
      read: async (keys: Parameters<typeof pair.read>[0]) => {
        reads += 1;
        if (reads === 2) sides.normalized = posts;
        return pair.read(keys);
      },
    };
    const { findings, comparison } = await comparePair(watched, { settleMs: 60_000 });
    assert.deepEqual(
      [findings, comparison.transient, comparison.unsettled, comparison.counts],
      [[], 1, 0, [{ level: 'posts', legacy: 6, expected: 6, normalized: 6, difference: 0 }]],
    );
  });
});
