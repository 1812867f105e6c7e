import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import type { Shape } from '../../src/document/shape.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { hostileTexts } from '../publish/reports.ts';
import { quotesAsCode } from '../../src/privacy/quoted.ts';
import type { Post } from '../pair/flat-pair.ts';
import { comparing, days, rowsOf, sides } from './entities.ts';

const other = (row: Post): Post => ({ ...row, title: `${row.title}!` });
const undated = (rows: readonly Post[]): Post[] => rows.map(({ writtenAt: _when, ...row }) => row);
const hidden: Shape['key'] = [
  { name: 'board', kind: 'text', shown: 'pseudonym' },
  { name: 'post', kind: 'text', shown: 'pseudonym' },
];

describe('where drift of rows that stand alone comes from', () => {
  it('is one entity, when rows are missing from it and from no other', async () => {
    const rows = undated(rowsOf());
    const { sentences } = await comparing({ posts: sides(rows), likes: sides(rows, (row, index) => (index % 3 === 0 ? undefined : row)), users: sides(rows) });
    assert.deepEqual(sentences, ['All 17 missing rows are in “likes” (17 of the 50 rows there, none of the other 100).']);
  });

  it('is told of the rows that differ in the most frequent way, whatever else differs elsewhere', async () => {
    const rows = undated(rowsOf());
    const { sentences } = await comparing({
      posts: sides(rows, (row, index) => (index % 20 === 3 ? { ...row, likes: index } : row)),
      likes: sides(rows, (row, index) => (index % 3 === 0 ? undefined : row)),
      users: sides(rows),
    });
    assert.deepEqual(sentences[0], 'All 17 missing rows are in “likes” (17 of the 50 rows there, none of the other 100).');
  });

  it('is a part of the key, shown as the findings show it', async () => {
    const rows = undated(rowsOf());
    const lost = sides(rows, (row) => (row.board === 'b2' ? undefined : row));
    const plain = await comparing({ posts: lost });
    assert.deepEqual(plain.sentences, ['All 10 missing rows belong to “board b2” (all 10 rows that do, none of the other 40).']);

    const secret = await comparing({ posts: lost, likes: sides(rows) }, { keys: { posts: hidden } });
    const shown = secret.findings[0]?.key?.['board'];
    assert.match(shown ?? '', /^board-[0-9a-f]{8}$/);
    assert.equal(secret.sentences[0], `All 10 missing rows of “posts” belong to “board ${shown}” (all 10 rows that do, none of the other 40).`);
  });

  it('is a part of the key without a name, where its pseudonym is another one in each row', async () => {
    const rows = undated(rowsOf());
    const lost = sides(rows, (row) => (row.post === 'p4' ? undefined : row));
    const { sentences } = await comparing({ posts: lost }, { keys: { posts: hidden } });
    assert.deepEqual(sentences, ['All 5 missing rows share one “post”, whose pseudonym differs from row to row (all 5 rows that do, none of the other 45).']);
    const revealed = await comparing({ posts: lost }, { keys: { posts: hidden }, pseudonyms: createPseudonyms('sb_secret_synthetic', true) });
    assert.deepEqual(revealed.sentences, ['All 5 missing rows belong to “post p4” (all 5 rows that do, none of the other 45).']);
  });

  it('counts orphans with their part of the key, though the legacy side has none of it', async () => {
    const rows = undated(rowsOf());
    const { legacy, normalized } = sides(rows);
    const { sentences } = await comparing({ posts: { legacy: legacy.filter(({ board }) => board !== 'b0'), normalized } });
    assert.deepEqual(sentences, [
      'All 10 orphan rows belong to “board b0” (all 10 rows that do, none of the other 40).',
      'All 10 differing rows exist only on the normalized side, and nothing is missing or wrong: deletes or key changes on the legacy side did not come through.',
    ]);
  });

  it('is one column, of the entity that has the most of such differences', async () => {
    const rows = undated(rowsOf());
    const some = sides(rows, (row, index) => (index % 4 === 0 ? other(row) : row));
    assert.deepEqual((await comparing({ posts: some })).sentences, ['All 13 content differences are in “title”.']);
    const several = await comparing({ posts: some, users: sides(rows, (row, index) => (index % 7 === 0 ? { ...row, likes: 99 } : row)) });
    assert.ok(several.sentences.includes('All 13 content differences in “posts” are in “title”.'), several.sentences.join('\n'));
  });

  it('is one column that cannot be read', async () => {
    const rows = undated(rowsOf()).map((row, index) => (index % 4 === 0 ? { ...row, broken: true } : row));
    assert.deepEqual((await comparing({ posts: sides(rows) })).sentences, ['All 13 unreadable values are in “title”.']);
  });

  it('is a day since which what was written did not arrive', async () => {
    const rows = rowsOf();
    const { sentences } = await comparing({ posts: sides(rows, (row) => ((row.writtenAt ?? 0) >= days('2026-10-03', 0) ? undefined : row)) });
    assert.deepEqual(sentences, ['All 18 missing rows were last written on 2026-10-03 or later (all 18 legacy rows written since, none of the other 32).']);
  });

  it('is a day since which what was written to one entity did not arrive, where others differ for other reasons', async () => {
    const rows = rowsOf();
    const { sentences } = await comparing({
      users: sides(rows, (row, index) => (index % 9 === 4 ? other(row) : row)),
      likes: sides(rows, (row) => ((row.writtenAt ?? 0) >= days('2026-10-03', 0) ? undefined : row)),
      posts: sides(rows),
    });
    assert.ok(
      sentences.includes('All 18 missing rows of “likes” were last written on 2026-10-03 or later (all 18 legacy rows written since, none of the other 32).'),
      sentences.join('\n'),
    );
  });

  it('is a day before which nothing was brought over', async () => {
    const rows = rowsOf();
    const { sentences } = await comparing({
      posts: sides(rows, (row) => ((row.writtenAt ?? 0) < days('2026-09-20', 0) ? undefined : row)),
      users: sides(undated(rows)),
    });
    assert.ok(
      sentences.includes('All 19 missing rows were last written before 2026-09-20 (all 19 legacy rows written before, none of the other 31).'),
      sentences.join('\n'),
    );
  });

  it('is measured by the sample where only a sample was read', async () => {
    const rows = rowsOf();
    const { sentences } = await comparing({ posts: sides(rows, (row) => ((row.writtenAt ?? 0) >= days('2026-10-03', 0) ? undefined : row)) }, { sample: 50 });
    assert.deepEqual(sentences, ['All 18 missing rows were last written on 2026-10-03 or later (all 18 compared rows written since, none of the other 32).']);
  });

  it('names hostile parts of a key so that they can do nothing', async () => {
    for (const hostile of hostileTexts.filter((text) => text.trim() !== '')) {
      const rows = undated(rowsOf()).map((row) => (row.board === 'b1' ? { ...row, board: hostile } : row));
      const { sentences } = await comparing(
        { posts: sides(rows, (row) => (row.board === hostile ? undefined : row)) },
        { pseudonyms: createPseudonyms(undefined, true) },
      );
      assert.match(quotesAsCode(sentences[0] ?? ''), /^All 10 missing rows belong to `[^`\n|]*` \(all 10 rows that do, none of the other 40\)\.$/);
    }
  });
});

describe('of rows that stand alone, nothing is said', () => {
  const silent = async (...[entities, options]: Parameters<typeof comparing>) => assert.deepEqual((await comparing(entities, options)).sentences, []);

  it('about what everything has in common, not only what differs', async () => {
    const rows = undated(rowsOf());
    const two = { posts: sides(rows, (row, index) => (index % 3 === 0 ? undefined : row)), users: sides(rows.slice(0, 10)) };
    await silent(two);
    await silent({ posts: sides(undated(rowsOf({ boards: 1, each: 40 })), (row, index) => (index % 3 === 0 ? undefined : row)) });
  });

  it('about two rows that happen to be of one board', async () => {
    await silent({ posts: sides(rowsOf(), (row, index) => (index === 7 || index === 12 ? undefined : row)) });
  });

  it('about keys and days where nobody read the equal rows', async () => {
    await silent({ posts: sides(rowsOf(), (row, index) => (row.board === 'b2' || index > 45 ? undefined : row)) }, { digest: true });
  });

  it('but for about one case in a hundred, about unrelated drift', async () => {
    let cases = 0;
    let said = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 4, max: 12 }),
        fc.integer({ min: 5, max: 40 }),
        fc.integer({ min: 1, max: 0x7fff_fffe }),
        async (boards, each, percent, seed) => {
          let state = seed;
          const draw = (): number => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
          const entity = () =>
            sides(
              rowsOf({ boards, each }).map((row) => ({ ...row, writtenAt: days('2026-09-01', Math.floor(draw() * 40)) })),
              (row) => {
                const [isHit, kind] = [draw() < percent / 100, draw()];
                return !isHit ? row : kind < 0.4 ? undefined : kind < 0.7 ? { ...row, likes: 1_000 } : other(row);
              },
            );
          const { sentences } = await comparing({ posts: entity(), likes: entity(), users: entity() });
          cases += 1;
          said += sentences.length;
        },
      ),
      { numRuns: 120, seed: 20_261_003 },
    );
    assert.ok(said <= 6, `${said} sentences in ${cases} cases`);
  });
});

it('a pattern that was planted is among what is said, with its true numbers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 8 }),
      fc.integer({ min: 6, max: 12 }),
      fc.constantFrom('board', 'since', 'entity'),
      fc.nat(3),
      async (boards, each, kind, at) => {
        const rows = rowsOf({ boards, each });
        const from = Math.floor(rows.length / 2) + at;
        const lost = (row: Post, index: number): boolean => (kind === 'board' ? row.board === `b${at}` : kind === 'since' ? index >= from : index % 2 === 0);
        const count = rows.filter(lost).length;
        const all = sides(rows, (row, index) => (lost(row, index) ? undefined : row));
        const { sentences } = await comparing({ posts: all, users: sides(rows), likes: sides(rows) });
        const rest = rows.length - count;
        const expected = {
          board: `All ${count} missing rows of “posts” belong to “board b${at}” (all ${count} rows that do, none of the other ${rest}).`,
          since: `All ${count} missing rows were last written on ${new Date(days('2026-09-01', from)).toISOString().slice(0, 10)} or later (all ${count} legacy rows written since, none of the other ${rest}).`,
          entity: `All ${count} missing rows are in “posts” (${count === rows.length ? 'all' : `${count} of the`} ${rows.length} rows there, none of the other ${2 * rows.length}).`,
        }[kind];
        assert.ok(sentences.includes(expected), `${expected}\n${sentences.join('\n')}`);
      },
    ),
    { numRuns: 40 },
  );
});
