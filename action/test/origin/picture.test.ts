import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Explanation } from '../../src/compare/explain.ts';
import type { Document } from '../../src/document/document.ts';
import { collectPicture, type PictureCollector } from '../../src/origin/picture.ts';
import { shape as weekShape } from '../../src/pair/habit-tracker/shape.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import type { Picture } from '../../src/report/report.ts';
import { comparing, days, rowsOf, shapeOf, sides } from './entities.ts';

const documentsIn = ({ cells }: Picture): number => cells.reduce((sum, { documents }) => sum + documents, 0);
const lines = (picture: Picture | undefined): string[] => (picture?.cells ?? []).map(({ row, from, kind, documents }) => `${row} ${from} ${kind} ${documents}`);

describe('the picture of rows that stand alone', () => {
  it('counts the rows that differ of each entity, by the day of their last write', async () => {
    const rows = rowsOf({ boards: 2, each: 3 });
    const { picture } = await comparing({
      posts: sides(rows, (row, index) => (index < 2 ? undefined : index === 2 ? { ...row, title: null, likes: 5 } : row)),
      users: { legacy: rows.slice(1), normalized: rows },
      likes: sides(rows),
    });
    assert.deepEqual([picture?.part, picture?.days, picture?.beside], [null, 1, 0]);
    assert.deepEqual(lines(picture), ['posts 2026-09-01 missing 1', 'posts 2026-09-02 missing 1', 'posts 2026-09-03 mismatch 1', 'users 2026-09-01 orphan 1']);
  });

  it('has the values of the first part of the key for rows where there is only one entity', async () => {
    const lost = sides(rowsOf({ boards: 3, each: 2 }), (row) => (row.post === 'p1' && row.board !== 'b0' ? undefined : row));
    const { picture } = await comparing({ posts: lost });
    assert.equal(picture?.part, 'board');
    assert.deepEqual(lines(picture), ['b1 2026-09-05 missing 1', 'b2 2026-09-06 missing 1']);
    const { picture: simple } = await comparing({ posts: lost }, { keys: { posts: [{ name: 'post', kind: 'text', shown: 'plain' }] } });
    assert.equal(simple?.part, null);
  });

  it('tells when what findings are about was written, where that is known', async () => {
    const rows = rowsOf({ boards: 2, each: 3 }).map((row, index) => (index === 1 ? { ...row, writtenAt: undefined } : row)) as ReturnType<typeof rowsOf>;
    const { findings, picture } = await comparing({ posts: sides(rows, (row, index) => (index < 3 ? undefined : row)), users: sides(rows) });
    assert.deepEqual(findings.map(({ writtenOn, type }) => `${type} ${writtenOn}`).sort(), [
      'COUNT_MISMATCH undefined',
      'MISSING_ROW 2026-09-01',
      'MISSING_ROW 2026-09-03',
      'MISSING_ROW undefined',
    ]);
    assert.ok(lines(picture).includes('posts null missing 1'));
  });

  it('is none of weeks of children: their findings say where and when they are', () => {
    const collector = collectPicture([{ name: 'habit-tracker', shape: weekShape }], createPseudonyms('sb_secret_synthetic', false));
    assert.equal(collector.picture(), undefined);
  });
});

const posts = { name: 'posts', shape: shapeOf('posts') };

const missing = (board: string, post: string, writtenAt: number | undefined): Explanation => {
  const document: Document = { key: [board, post], fields: new Map(), rowIds: {}, hidden: [], problems: [], writtenAt };
  return {
    key: document.key,
    differences: [{ kind: 'missing', level: 'posts', key: document.key, path: null, legacy: null, normalized: null, rowIds: {} }],
    expected: document,
    actual: [],
    groupExists: true,
  };
};

function filled(boards: number, each: number): { collector: PictureCollector; picture: Picture } {
  const collector = collectPicture([posts], createPseudonyms('sb_secret_synthetic', true));
  for (let index = 0; index < boards * each; index += 1)
    collector.add(missing(`b${index % boards}`, `p${index}`, days('2020-01-06', Math.floor(index / boards))), posts);
  const picture = collector.picture();
  assert.ok(picture);
  return { collector, picture };
}

describe('the size of the picture', () => {
  it('stays within bounds: columns stand for more days where there are many', () => {
    const { picture } = filled(20, 900);
    assert.equal(picture.days, 7);
    assert.equal(documentsIn(picture), 18_000);
    assert.ok(picture.cells.every(({ from }) => new Date(`${from}T00:00:00Z`).getUTCDay() === 1));
    assert.ok(picture.cells.length <= 6_000);
    assert.equal(filled(400, 200).picture.days, 28);
  });

  it('counts what it has no room for', () => {
    const { picture } = filled(2_000, 2);
    assert.equal(new Set(picture.cells.map(({ row }) => row)).size, 500);
    assert.equal(documentsIn(picture) + picture.beside, 4_000);
  });

  it('forgets everything when what was read cannot be trusted', () => {
    const { collector } = filled(3, 3);
    collector.clear();
    assert.deepEqual(collector.picture(), { part: 'board', days: 1, cells: [], beside: 0 });
  });
});
