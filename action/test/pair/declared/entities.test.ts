import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compareTables, declarePair, openStage, say, type Outcome, type Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const said = ({ findings, comparison }: Outcome): string[] => {
  assert.equal(comparison.trouble, undefined);
  assert.equal(comparison.interruption, undefined);
  return findings.map(say);
};
const counts = ({ comparison }: Outcome) => comparison.counts.map(({ legacy, expected, normalized }) => [legacy, expected, normalized]).flat();

describe('a declared entity of two tables', () => {
  before(async () => {
    await stage.world.sql(`
      create table old_posts (id text primary key, title text, likes numeric, at timestamptz, body jsonb, gone boolean, extra text);
      create table posts (id text primary key, title text, likes bigint, created_at timestamptz, body jsonb, note text);
    `);
  });
  const entity = `
posts:
  legacy: old_posts
  normalized: posts
  fields:
    title: { from: title, default: "" }
    likes: likes
    created_at: at
    body: body
  only: { legacy: { gone: [false, null] } }
`;
  const fill = async (legacy: string, normalized: string): Promise<void> => {
    await stage.world.sql(`truncate old_posts, posts; ${legacy && `insert into old_posts (id, title, likes, at, body, gone) values ${legacy};`} ${normalized && `insert into posts (id, title, likes, created_at, body) values ${normalized};`}`);
  };

  test('finds nothing where both say the same in other words', async () => {
    await fill(
      `('a', null, 1.0, '2026-01-15T21:52:00.123456Z', '{"n":9007199254740993}', null), ('b', 'Zoe\u0308', 9007199254740993, null, '{"b":1,"a":[]}', false), ('c', 'x', 1, null, null, true)`,
      `('a', '', 1, '2026-01-15T22:52:00.123999+01:00', '{"n":9007199254740993.0}'), ('b', 'Zoë', 9007199254740993, null, '{"a":[],"b":1.0}')`,
    );
    const outcome = await compareTables(stage, entity);
    assert.deepEqual(said(outcome), []);
    assert.deepEqual(counts(outcome), [2, 2, 2]);
    assert.equal(outcome.comparison.compared, 2);
    assert.deepEqual(outcome.all.notCompared(), { posts: { legacy: ['extra'], normalized: ['note'] } });
    assert.deepEqual(outcome.all.reads(), { legacy: 3, normalized: 2 });
    assert.deepEqual(outcome.all.remarks(), []);
  });

  test('finds each difference', async () => {
    await fill(`('a', 'x', 1, null, '{}', null), ('b', 'y', 1.5, null, null, null), ('c', 'z', 3, null, null, null), ('d', 'w', 4, null, null, true)`, `('a', 'X', 1, null, null), ('b', 'y', 1, null, null), ('d', 'w', 4, null, null), ('e', '', 0, null, null)`);
    const outcome = await compareTables(stage, entity);
    assert.deepEqual(said(outcome), ['MISSING_ROW c c|-', 'COUNT_MISMATCH 3|4', 'ORPHAN_ROW d -|d', 'ORPHAN_ROW e -|e', 'DATA_MISMATCH a body {}|-', 'DATA_MISMATCH a title x|X', 'MALFORMED_LEGACY b likes 1.5|-']);
    assert.deepEqual(counts(outcome), [3, 3, 4]);
    assert.deepEqual(outcome.findings[0]?.rowIds, { legacy: ['c'] });
  });
});

test('a column that is not there, or cannot be what is declared, ends the run with a sentence', async () => {
  await stage.world.sql('create table old_things (id text primary key, a text); create table things (id text primary key, n int8)');
  const { comparison, findings } = await compareTables(stage, 'things: { legacy: old_things, normalized: things, fields: { n: { from: a, type: boolean }, m: b } }').catch((error: Error) => ({ comparison: { trouble: error.message }, findings: [] }));
  assert.equal(comparison.trouble, 'Entity things.n: is compared as boolean, and the column cannot be that, but integer, number, text, timestamp. Correct the type. Entity things.m: the legacy table old_things has no column b. Correct the name in the file, or add the column. Entity things.m: the normalized table things has no column m. Correct the name in the file, or add the column.');
  assert.deepEqual(findings, []);
});

test('a declared pair is declared', () => assert.equal(declarePair('a: { legacy: b, normalized: c, fields: {} }').name, 'p'));
