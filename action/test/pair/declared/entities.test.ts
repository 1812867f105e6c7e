import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBudget } from '../../../src/store/budget.ts';
import { createPostgrestStore } from '../../../src/store/postgrest/store.ts';
import { createDeclaredEntities } from '../../../src/pair/declared/declared.ts';
import { compareEntity, compareTables, declarePair, openStage, say, type How, type Outcome, type Stage } from './stage.ts';
import { emptying } from '../../../../demo/data.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const failed = (): string[] => stage.world.requests.filter(({ status }) => status >= 400).map(({ path }) => decodeURIComponent(path));
const said = ({ findings, comparison }: Outcome): string[] => {
  assert.equal(comparison.trouble, undefined, failed().join(' '));
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
    await stage.world.sql(
      `${emptying('old_posts', 'posts')} ${legacy && `insert into old_posts (id, title, likes, at, body, gone) values ${legacy};`} ${normalized && `insert into posts (id, title, likes, created_at, body) values ${normalized};`}`,
    );
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
    await fill(
      `('a', 'x', 1, null, '{}', null), ('b', 'y', 1.5, null, null, null), ('c', 'z', 3, null, null, null), ('d', 'w', 4, null, null, true)`,
      `('a', 'X', 1, null, null), ('b', 'y', 1, null, null), ('d', 'w', 4, null, null), ('e', '', 0, null, null)`,
    );
    const outcome = await compareTables(stage, entity);
    assert.deepEqual(said(outcome), [
      'MISSING_ROW c c|-',
      'COUNT_MISMATCH 3|4',
      'ORPHAN_ROW d -|d',
      'ORPHAN_ROW e -|e',
      'DATA_MISMATCH a body {}|-',
      'DATA_MISMATCH a title x|X',
      'MALFORMED_LEGACY b likes 1.5|-',
    ]);
    assert.deepEqual(counts(outcome), [3, 3, 4]);
    assert.deepEqual(outcome.findings[0]?.rowIds, { legacy: ['c'] });
  });
});

test('a column that is not there, or cannot be what is declared, ends the run with a sentence', async () => {
  await stage.world.sql('create table old_things (id text primary key, a text); create table things (id text primary key, n int8)');
  const { comparison, findings } = await compareTables(
    stage,
    'things: { legacy: old_things, normalized: things, fields: { n: { from: a, type: boolean }, m: b } }',
  ).catch((error: Error) => ({ comparison: { trouble: error.message }, findings: [] }));
  assert.equal(
    comparison.trouble,
    'Entity things.n: is compared as boolean, but the column can only be integer, number, text, timestamp. Correct the type. Entity things.m: the legacy table old_things has no column b. Correct the name in the file, or add the column. Entity things.m: the normalized table things has no column m. Correct the name in the file, or add the column.',
  );
  assert.deepEqual(findings, []);
});

/** Tables of their own for each test; `old` and `new` stand for the two. */
let number = 0;
async function tables(sql: string): Promise<(entity: string, how?: How) => Promise<Outcome>> {
  number += 1;
  const named = (text: string): string => text.replaceAll(/\b(old|new)(_\w+)?\b(?=[ (;,\n}\]])/g, `$1$2_${number}`);
  await stage.world.sql(named(sql));
  return (entity, how) => compareTables(stage, `e: ${named(entity)}`, how);
}

describe('rows that share a key', () => {
  const twice =
    'create table old (row int8 primary key, id text, v text, at timestamptz); create table new (row int8 primary key, id text, v text, at timestamptz);';
  const entity = '{ legacy: old , normalized: new , fields: { v: v }, changed: { legacy: at, normalized: at } }';

  test('are one finding on the side that has them, and the one changed last is compared', async () => {
    const compared = await tables(`${twice} insert into old values (1, 'a', 'late', '2026-01-02'), (2, 'a', 'early', '2026-01-01'), (3, 'b', 'x', null);
      insert into new values (1, 'a', 'late', null), (2, 'b', 'old', '2026-01-01'), (3, 'b', 'x', '2026-01-02'), (4, 'b', 'y', null), (9, 'c', '', null), (8, 'c', '', null);`);
    const outcome = await compared(entity);
    assert.deepEqual(said(outcome), ['COUNT_MISMATCH 2|6', 'DUPLICATE_ROW a 2|-', 'DUPLICATE_ROW b -|3', 'DUPLICATE_ROW c -|2', 'ORPHAN_ROW c -|c']);
    assert.deepEqual(counts(outcome), [3, 2, 6]);
    assert.deepEqual(
      outcome.findings.map(({ rowIds }) => rowIds),
      [{}, { legacy: ['a', 'a'] }, { normalized: ['b', 'b', 'b'] }, { normalized: ['c', 'c'] }, { normalized: ['c'] }],
    );
  });

  test('are found by a key of JSON, however deeply it is nested', async () => {
    const [outer, inner] = [6000, 5999].map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
    const compared = await tables(`create table old (id jsonb, v int); create table new (id jsonb, v int);
      insert into old values ('${outer}', 1), ('${inner}', 1); insert into new values ('${outer}', 2), ('${inner}', 1)`);
    assert.equal(said(await compared('{ legacy: old , normalized: new , fields: { v: v } }')).length, 1);
  });

  test('count first by the greatest id where nobody knows when they changed', async () => {
    const compared = await tables(`create table old (id int8 primary key, slug text, v text); create table new (id int8 primary key, slug text, v text);
      insert into old values (9, 'a', 'nine'), (10, 'a', 'ten'); insert into new values (1, 'a', 'ten');`);
    const outcome = await compared('{ legacy: old , normalized: new , key: [slug], fields: { v: v } }');
    assert.deepEqual(said(outcome), ['DUPLICATE_ROW a 2|-']);
    assert.deepEqual(outcome.findings[0]?.rowIds, { legacy: ['10', '9'] });
  });

  test('are none where all but one are out of scope, and the one in scope is compared', async () => {
    const compared = await tables(`create table old (id text, v int, gone boolean); create table new (id text, v int, gone boolean);
      insert into old values ('a', 1, true), ('a', 2, false), ('b', 1, true), ('c', 1, false); insert into new values ('a', 2, null), ('a', 3, true), ('b', 1, false), ('c', 1, true);`);
    const outcome = await compared(
      '{ legacy: old , normalized: new , fields: { v: v }, only: { legacy: { gone: false }, normalized: { gone: [null, false] } } }',
    );
    assert.deepEqual(said(outcome), ['MISSING_ROW c c|-', 'ORPHAN_ROW b -|b']);
    assert.deepEqual(counts(outcome), [2, 2, 2]);
    const readings = await outcome.entity.read([['a'], ['b'], ['c']]);
    assert.deepEqual(
      [...readings.values()].map(({ outOfScope }) => outOfScope),
      [
        { legacy: true, normalized: true },
        { legacy: true, normalized: false },
        { legacy: false, normalized: true },
      ],
    );
  });

  for (const how of [undefined, { sample: 1 }] as const) {
    test(`of the scope of a UUID are there however the file writes it, which a column of text keeps apart${how ? ', in a sample' : ''}`, async () => {
      const compared = await tables(`create table old (id text, v int, owner uuid); create table new (id text, v int, owner text);
        insert into old values ('a', 1, '550e8400-e29b-41d4-a716-446655440000'), ('b', 1, '550e8400-e29b-41d4-a716-446655440001');
        insert into new values ('a', 2, '550E8400-E29B-41D4-A716-446655440000'), ('c', 1, '550e8400-e29b-41d4-a716-446655440000');`);
      const outcome = await compared(
        '{ legacy: old , normalized: new , fields: { v: v }, only: { legacy: { owner: ["{550E8400e29b41d4a716446655440000}", x] }, normalized: { owner: 550E8400-E29B-41D4-A716-446655440000 } } }',
        how,
      );
      assert.deepEqual(said(outcome), ['DATA_MISMATCH a v 1|2']);
      assert.deepEqual(counts(outcome).slice(0, 2), [1, 1]);
    });
  }

  const numbered = '{ legacy: old , normalized: new , fields: { n: n } }';

  test('of a key that both sides have are accepted in the count of a sample as they are where all rows are compared', async () => {
    const compared = await tables(`create table old (id text, n int); create table new (id text, n int);
      insert into old select 'k' || i, 1 from generate_series(1, 20) as i; insert into new select * from old; insert into new select id, n from old where id in ('k3', 'k5');`);
    const judged = async (how: How): Promise<unknown> => {
      const { comparison } = await compared(numbered, { ...how, accepts: ({ kind }) => kind === 'duplicate' });
      return [comparison.counts, comparison.judged].map(([count]) => count?.difference);
    };
    for (const how of [{}, { sample: 1 }, { sample: 20 }]) assert.deepEqual(await judged(how), [2, 0]);
  });

  test('that move while a sample reads keys in pages are counted once, and those that are too many all the same', async () => {
    const compared = await tables(`create table old (id int8, n int); create table new (id int8, n int);
      insert into old select i, 1 from generate_series(1, 20) as i; insert into new select * from old;`);
    const { all } = await compared(numbered);
    const [own] = all.entities;
    assert.ok(own);
    const { actual } = own;
    const moving = {
      ...actual,
      count: async () => (await actual.count()) + 1,
      async *keys() {
        yield* actual.keys();
        for await (const page of actual.keys()) yield [...page].slice(0, 3);
      },
    };
    const counted = async () => (await compareEntity({ ...all, entities: [{ ...own, actual: moving }] }, { sample: 1 })).comparison.counts;
    assert.deepEqual(await counted(), [{ level: 'e', legacy: 20, expected: 20, normalized: 20, difference: 0 }]);
    await stage.world.sql(`insert into new_${number} values (7, 1)`);
    assert.deepEqual(await counted(), [{ level: 'e', legacy: 20, expected: 20, normalized: 21, difference: 1 }]);
  });

  test('that are missing are counted by a sample although as many came to both sides meanwhile', async () => {
    const compared = await tables(`create table old (id int8, n int); create table new (id int8, n int);
      insert into old select i, 1 from generate_series(1, 20) as i; insert into new select * from old where id <> 3;`);
    const { all } = await compared(numbered);
    const [own] = all.entities;
    assert.ok(own);
    const growing = {
      ...own.expected,
      async *keys() {
        yield* own.expected.keys();
        await stage.world.sql(`insert into old_${number} values (21, 1); insert into new_${number} values (21, 1)`);
      },
    };
    const { comparison } = await compareEntity({ ...all, entities: [{ ...own, expected: growing }] }, { sample: 1 });
    assert.deepEqual(comparison.counts, [{ level: 'e', legacy: 20, expected: 21, normalized: 20, difference: -1 }]);
  });
});

describe('rows whose key cannot be read', () => {
  test('claim none: each is malformed on the legacy side, and one too many on the other', async () => {
    const compared = await tables(`create table old (id text, n int); create table new (id uuid, n int);
      insert into old values ('550E8400-E29B-41D4-A716-446655440000', 1), ('nobody', 2), ('nobody', 2), (null, 3); insert into new values ('550e8400-e29b-41d4-a716-446655440000', 1), (null, 2);`);
    const outcome = await compared('{ legacy: old , normalized: new , fields: { n: n } }');
    assert.deepEqual(said(outcome), [
      'COUNT_MISMATCH 1|2',
      'ORPHAN_ROW -|-',
      'MALFORMED_LEGACY id -|-',
      'MALFORMED_LEGACY id nobody|-',
      'MALFORMED_LEGACY id nobody|-',
    ]);
    assert.deepEqual(counts(outcome), [4, 1, 2]);
  });

  test('are found again by their other columns, whatever these hold', async () => {
    const columns = 'k text, a jsonb, b json, c xml, d date, e timestamptz, f numeric, g float4, h character(4)';
    const compared = await tables(`create table old (${columns}); create table new (${columns});
      insert into old values (null, '"x"', '"x"', '<a/>', 'infinity', '0044-03-15 12:00:00+00 BC', 1e1000, 0.1, 'h'); insert into new (k) values ('k');`);
    const outcome = await compared('{ legacy: old , normalized: new , key: [k], fields: { a: a, b: b, c: c, d: d, e: e, f: f, g: g, h: h } }');
    assert.deepEqual(said(outcome), ['COUNT_MISMATCH 0|1', 'ORPHAN_ROW k -|k', 'MALFORMED_LEGACY k -|-']);
    // By long words where there are no others, and by reading everything where there are none at all.
    const bare = await tables(`create table old (k text, j jsonb); create table new (j jsonb);
      insert into old values (repeat('many ', 60), 'null'), (repeat('many ', 50), '[]'); insert into new values ('{}'), ('null'), (null), ('{"k":1}');`);
    const found = await bare('{ legacy: old , normalized: new , key: [k], fields: { k: { from: k, to: j.k, type: integer } } }');
    assert.deepEqual(
      said(found).map((line) => line.slice(0, 20).trim()),
      ['COUNT_MISMATCH 0|4', 'ORPHAN_ROW -|-', 'ORPHAN_ROW -|-', 'ORPHAN_ROW -|-', 'ORPHAN_ROW 1 -|1', 'MALFORMED_LEGACY k m', 'MALFORMED_LEGACY k m'],
    );
  });

  test('are counted once each where a sample counts, and so are rows of a key that only one side has', async () => {
    const compared = await tables(`create table old (id text, n int); create table new (id text, n int);
      insert into old values ('a', 1), ('b', 1); insert into new values ('a', 1), ('b', 1), (null, 2), (null, 2), ('c', 1), ('c', 2), ('c', 3);`);
    const entity = '{ legacy: old , normalized: new , fields: { n: n } }';
    const outcome = await compared(entity, { sample: 2 });
    assert.deepEqual([said(outcome), counts(outcome)], [['COUNT_MISMATCH 2|7'], [2, 2, 7]]);
    // Rows without a key are no rows of one key.
    assert.deepEqual(said(await compared(entity)), ['COUNT_MISMATCH 2|7', 'ORPHAN_ROW -|-', 'ORPHAN_ROW -|-', 'DUPLICATE_ROW c -|3', 'ORPHAN_ROW c -|c']);
  });
});

describe('tables of every kind', () => {
  const odd = ['a"b', 'back\\slash', ' sp ', 'q,(.:) x', 'Zoë', 'ünï', "it's", '100%', 'a/b', '*', 'null', 'true', '0', ''];

  test('are read in pages by text of any kind, by several columns, by a view, and without a key at all', async () => {
    const compared = await tables(`create table old (id text primary key, n int); create table new (id text primary key, n int);
      insert into old select 'k' || i, i from generate_series(1, 2300) as i; insert into new select * from old;
      create table old_two (a text, b int8, n int, primary key (a, b)); create table new_two (a text, b int8, n int, primary key (b, a)); insert into old_two select 'k' || i % 7, i, i from generate_series(1, 2300) as i; insert into new_two select * from old_two;
      create view new_view as select * from old_two;
      create table old_none (a text, b int8, n int); insert into old_none select * from old_two; insert into old_none select * from old_two limit 1200;
      create table new_none (a text, b int8, n int); insert into new_none select * from old_none;`);
    for (const text of odd) for (const table of ['old', 'new']) await stage.world.sql(`insert into ${table}_${number} values ($1, 1)`, [text]);
    const first = await compared('{ legacy: old , normalized: new , fields: { n: n } }');
    assert.deepEqual([said(first), counts(first)], [[], [2314, 2314, 2314]]);
    const second = await compared('{ legacy: old_two , normalized: new_two , key: [a, b], fields: { n: n } }');
    assert.deepEqual([said(second), counts(second)], [[], [2300, 2300, 2300]]);
    const third = await compared('{ legacy: old_two , normalized: new_view , key: [b, a], fields: { n: n } }');
    assert.deepEqual([said(third), counts(third)], [[], [2300, 2300, 2300]]);
    const fourth = await compared('{ legacy: old_none , normalized: new_none , key: [a], fields: { n: n } }');
    assert.deepEqual([...new Set(said(fourth).map((line) => line.slice(0, 10)))], ['COUNT_MISM', 'DUPLICATE_']);
    assert.deepEqual(counts(fourth), [3500, 7, 3500]);
  });

  test('are found again by text of any kind', async () => {
    const compared = await tables(
      'create table old (id text primary key, n int); create table new (id text primary key, n int); create table old_two (a text, id text, n int, primary key (a, id)); create table new_two (a text, id text, n int, primary key (a, id));',
    );
    for (const [index, text] of odd.entries()) {
      await stage.world.sql(`insert into old_${number} values ($1, ${index})`, [text]);
      await stage.world.sql(`insert into new_${number} values ($1, -1)`, [text.normalize('NFC')]);
      await stage.world.sql(`insert into old_two_${number} values ($1, $1, ${index})`, [text]);
      await stage.world.sql(`insert into new_two_${number} values ($1, $1, -1)`, [text]);
    }
    const one = await compared('{ legacy: old , normalized: new , fields: { n: n } }');
    assert.deepEqual(
      said(one) && one.findings.map(({ type, legacy, normalized }) => `${type} ${legacy} ${normalized}`).toSorted(),
      odd.map((_, index) => `DATA_MISMATCH ${index} -1`).toSorted(),
    );
    const two = await compared('{ legacy: old_two , normalized: new_two , key: [a, id], fields: { n: n } }');
    assert.deepEqual(
      two.findings.map(({ type, legacy, normalized }) => `${type} ${legacy} ${normalized}`).toSorted(),
      odd.map((_, index) => `DATA_MISMATCH ${index} -1`).toSorted(),
    );
  });

  test('may have a key inside JSON, a value inside JSON, and names of any kind', async () => {
    const compared = await tables(`create table old (doc jsonb, "a b" text); create table new (theid text primary key, meta jsonb, "say x" text);
      insert into old values ('{"id":"x","by":{"id":"7"}}', 'v'), ('{"id":"y"}', 'w'), ('{"id":"z","by":{"id":"8"}}', 'z'); insert into new values ('x', '{"author":{"id":"7"},"more":1}', 'v'), ('y', '{}', 'W'), ('z', '{"author":{"id":"9"}}', 'z');`);
    const outcome = await compared(
      '{ legacy: old , normalized: new , key: [theid], fields: { theid: doc.id, author: { from: doc.by.id, to: meta.author.id, type: text }, say x: a b } }',
    );
    assert.deepEqual(said(outcome), ['DATA_MISMATCH y say x w|W', 'DATA_MISMATCH z author 8|9']);
    assert.deepEqual(outcome.all.notCompared(), { e: { legacy: [], normalized: ['meta.more'] } });
  });

  test('are compared within a tolerance, and a tie of clocks costs no second look', async () => {
    const compared =
      await tables(`create table old (id int primary key, n numeric, at timestamptz); create table new (id int primary key, n numeric, at timestamptz);
      insert into old select i, i, '2026-01-01T00:00:00Z' from generate_series(1, 50) as i; insert into new select i, i + 0.4, '2026-01-01T00:00:01.9Z' from generate_series(1, 50) as i; update new set n = 3.6 where id = 3;`);
    const outcome = await compared('{ legacy: old , normalized: new , fields: { n: { from: n, tolerance: 0.5 }, at: { from: at, tolerance: 2s } } }');
    assert.deepEqual(said(outcome), ['DATA_MISMATCH 3 n 3|3.6']);
    assert.deepEqual(outcome.all.reads(), { legacy: 51, normalized: 51 });
  });

  test('are found by keys that stores spell in ways of their own', async () => {
    const compared =
      await tables(`create table old (email text, at timestamptz, n int8, primary key (email, at)); create table new (email text, at timestamptz, n int8, primary key (email, at));
      insert into old values ('Kim@Example.test', '2026-01-15T21:52:00.123456Z', 1), (' lee@example.test', '2026-01-15T21:52:00Z', 2); insert into new values ('kim@example.test ', '2026-01-15T21:52:00.123Z', 1), ('LEE@Example.test', '2026-01-15T21:52:00.000999Z', 2);`);
    const entity = '{ legacy: old , normalized: new , key: [email, at], fields: { email: { from: email, trim: true, ignore-case: true }, n: n } }';
    assert.deepEqual(said(await compared(entity)), []);
    assert.deepEqual(said(await compared(entity, { sample: 1 })), []);
    // Nothing was read before.
    const store = stage.store();
    const [unread] = createDeclaredEntities(declarePair(`e: ${entity.replaceAll(/\b(old|new) /g, `$1_${number} `)}`), {
      legacy: store,
      normalized: store,
    }).entities;
    const [rows] = [...((await unread?.rows([['kim@example.test', '2026-01-15T21:52:00.123Z']])) ?? new Map()).values()];
    assert.deepEqual([rows?.legacy.length, rows?.normalized.length], [1, 1]);
  });

  test('are found by keys in a spelling that nothing tells, in a sample as well', async () => {
    const numbers = await tables(`create table old (id jsonb primary key, v text); create table new (id text primary key, v text);
      insert into old values ('{"n":7}', 'x'), ('{"n":8.0}', 'x'), ('{"n":"09"}', 'x'), ('{"n":10}', 'x'); insert into new values ('007', 'x'), ('8.00', 'y'), ('9', 'y');`);
    const differing = ['MISSING_ROW 10 10|-', 'COUNT_MISMATCH 4|3', 'DATA_MISMATCH 8 v x|y', 'DATA_MISMATCH 9 v x|y'];
    const entity = '{ legacy: old , normalized: new , fields: { id: { from: id.n, type: integer }, v: v } }';
    for (const how of [{}, { sample: 4 }]) assert.deepEqual(said(await numbers(entity, how)), differing);
    const texts = await tables(`create table old (id text primary key, v text); create table new (id text primary key, v text);
      insert into old values ('550e8400-e29b-41d4-a716-446655440000', 'x'); insert into new values ('550E8400-e29b-41D4-a716-446655440000', 'x');`);
    assert.deepEqual(said(await texts('{ legacy: old , normalized: new , fields: { id: { from: id, type: uuid }, v: v } }', { sample: 1 })), []);
    // Composed in part.
    const names = await tables(`create table old (id text primary key, v text); create table new (id text primary key, v text);
      insert into old values ('Zoe\u0308 Mu\u0308ller', 'x'); insert into new values ('Zo\u00eb Mu\u0308ller', 'x');`);
    assert.deepEqual(said(await names('{ legacy: old , normalized: new , fields: { v: v } }', { sample: 1 })), []);
  });

  test('are found by keys of an enumeration, which has not every spelling', async () => {
    const compared =
      await tables(`create type said as enum ('Yes', 'Zo\u00eb'); create table old (id text, n int, v text, primary key (id, n)); create table new (id said, n int, v text, primary key (id, n));
      insert into old values ('YES', 1, 'x'), ('Zoe\u0308', 2, 'x'), ('never', 3, 'x'); insert into new values ('Yes', 1, 'y'), ('Zo\u00eb', 2, 'y');`);
    const entity = '{ legacy: old , normalized: new , key: [id, n], fields: { id: { from: id, ignore-case: true }, v: v } }';
    for (const how of [{}, { sample: 3 }])
      assert.deepEqual(said(await compared(entity, how)), [
        'MISSING_ROW never/3 never 3|-',
        'COUNT_MISMATCH 3|2',
        'DATA_MISMATCH yes/1 v x|y',
        'DATA_MISMATCH zoë/2 v x|y',
      ]);
  });

  test('may be partitioned, and have columns of domains, which hold what they are made of', async () => {
    await stage.world.sql(`
      create type mood as enum ('fine', 'not so fine'); create domain small as int check (value > 0); create domain tiny as small check (value < 100);
      create domain price as numeric(10, 2); create domain feeling as mood; create domain mail as text check (value like '%@%');
      create table old_days (day date, place tiny, mood feeling, price price, mail mail, primary key (day, place));
      create table days (day date, place bigint, mood mood, price numeric, mail text, primary key (day, place)) partition by range (day);
      create table early_days partition of days for values from (minvalue) to ('2026-02-01'); create table late_days partition of days for values from ('2026-02-01') to (maxvalue);
      insert into old_days select '2026-01-28'::date + n, n, case n % 2 when 0 then 'fine' else 'not so fine' end::mood, n, n || '@example.com' from generate_series(1, 8) n;
      insert into days select * from old_days; update days set price = 7.5 where place = 3; delete from days where place = 4; insert into days values ('2026-03-01', 4, 'fine');`);
    const days = 'days: { legacy: old_days, normalized: days, key: [day, place], fields: { mood: mood, price: price, mail: mail } }';
    assert.deepEqual(said(await compareTables(stage, days)), [
      'MISSING_ROW 2026-02-01/4 2026-02-01 4|-',
      'ORPHAN_ROW 2026-03-01/4 -|2026-03-01 4',
      'DATA_MISMATCH 2026-01-31/3 price 3|7.5',
    ]);
  });

  test('take null within JSON for nothing', async () => {
    const compared = await tables(`create table old (id int8 primary key, j jsonb); create table new (id int8 primary key, j jsonb);
      insert into old values (1, null), (2, 'null'), (3, '"null"'); insert into new values (1, 'null'), (2, null), (3, '"null"');`);
    assert.deepEqual(said(await compared('{ legacy: old , normalized: new , fields: { j: j } }')), []);
  });

  test('are found by keys of which one part may be null and another is no plain text', async () => {
    const compared = await tables(`create table old (id int8, a text, b int, v int); create table new (id int8, a text, b int, v int);
      insert into old values (1, 'a "b" (c)', 0, 1), (2, 'd "e" (f)', null, 1), (3, 'g "h" (i)', 5, 1); insert into new select id, a, coalesce(b, 0), 2 from old;`);
    const outcome = await compared('{ legacy: old , normalized: new , key: [a, b], fields: { b: { from: b, default: 0 }, v: v } }');
    assert.deepEqual(
      outcome.findings.map(({ type, path, rowIds }) => [type, path, rowIds]).toSorted(),
      ['1', '2', '3'].map((id) => ['DATA_MISMATCH', 'v', { legacy: [id], normalized: [id] }]),
    );
  });

  test('of which nobody compares many are all named where they are columns; of those that only rows have, a hundred, and a remark that there are more', async () => {
    const columns = Array.from({ length: 120 }, (_, place) => `c${String(place + 1).padStart(3, '0')}`);
    const compared =
      await tables(`create table old (id int8 primary key, j jsonb, ${columns.map((column) => `${column} int`).join(', ')}); create table new (id int8 primary key, j text);
      insert into old (id, j) select i, jsonb_build_object('a', 'x', 'k' || lpad(i::text, 3, '0'), 1) from generate_series(1, 101) as i; insert into new select i, 'x' from generate_series(1, 101) as i;`);
    const outcome = await compared('{ legacy: old , normalized: new , fields: { j: j.a } }');
    const named = outcome.all.notCompared()['e']?.legacy ?? [];
    assert.deepEqual(named.slice(0, 120), columns);
    assert.deepEqual([named.length, named[120], named.at(-1)], [220, 'j.k001', 'j.k100']);
    assert.match(outcome.all.remarks().join(), /^Entity e: more than 100 fields of the legacy side are not compared,/);
  });

  test('need no description', async () => {
    const compared =
      await tables(`create table old (id int8 primary key, n text, f text, j jsonb); create table new (id int8 primary key, n numeric, f boolean, j jsonb);
      insert into old select i, i, 'true', '{"a":[1]}' from generate_series(1, 1500) as i; insert into new select i, i, true, '{"a":[1.0]}' from generate_series(1, 1500) as i; update new set n = 0 where id = 5;`);
    const entity = '{ legacy: old , normalized: new , fields: { n: n, f: f, j: j } }';
    const { door } = stage;
    const blind: Stage = { ...stage, store: () => createPostgrestStore('supabase', { url: stage.world.url, key: stage.world.secretKey }, startBudget(600)) };
    assert.notEqual(door.url, stage.world.url);
    const described = await compared(entity);
    assert.deepEqual(said(described), ['DATA_MISMATCH 5 n 5|0']);
    const outcome = await compareTables(blind, `e: ${entity.replaceAll(/\b(old|new) /g, `$1_${number} `)}`);
    assert.deepEqual(said(outcome), ['DATA_MISMATCH 5 n 5|0']);
    assert.deepEqual(counts(outcome), [1500, 1500, 1500]);
  });
});

describe('one row of several', () => {
  test('each element of an array, each entry of a map, and what is neither', async () => {
    const compared =
      await tables(`create table old (id text primary key, waiting jsonb); create table new (board text, who text, place int, primary key (board, who));
      insert into old values ('a', '["u1","u2"]'), ('b', '[]'), ('c', null), ('d', '"u9"'), ('e', '["u1","u1"]'), ('f', '["u5"]');
      insert into new values ('a', 'u1', 0), ('a', 'u2', 1), ('e', 'u1', 1), ('f', 'u6', 0);`);
    const outcome = await compared(
      '{ legacy: old , normalized: new , each: waiting, key: [board, who], fields: { board: id, who: "{item}", place: "{index}" } }',
    );
    assert.deepEqual(said(outcome), [
      'MISSING_ROW f/u5 f u5|-',
      'DUPLICATE_ROW e/u1 2|-',
      'ORPHAN_ROW f/u6 -|f u6',
      'MALFORMED_LEGACY d/ waiting u9|-',
      'DATA_MISMATCH e/u1 place 0|1',
    ]);
    assert.deepEqual(counts(outcome), [6, 4, 4]);
  });

  test('two tables are read as one', async () => {
    const compared =
      await tables(`create table old_a (id text primary key, v int); create table old_b (id text primary key, v int); create table new (id text primary key, v int);
      insert into old_a values ('a', 1), ('x', 5); insert into old_b values ('b', 2), ('x', 6); insert into new values ('a', 1), ('b', 3), ('x', 6);`);
    const outcome = await compared('{ legacy: [ old_a , old_b ], normalized: new , fields: { v: v } }');
    assert.deepEqual(
      said(outcome).map((line) => line.slice(0, 20)),
      ['DUPLICATE_ROW x 2|-', 'DATA_MISMATCH b v 2|', ...(said(outcome).length > 2 ? ['DATA_MISMATCH x v 5|'] : [])],
    );
    assert.deepEqual(counts(outcome), [4, 3, 3]);
  });

  test('a column that two tables keep in different types is read of each as of one table alone', async () => {
    const compared =
      await tables(`create table old_a (id text primary key, at timestamptz, v json); create table old_b (id text primary key, at timestamp, v jsonb); create table new (id text primary key, at timestamptz, v text);
      insert into old_a values ('a', '2026-01-15T22:00:00+01:00', '"x"'); insert into old_b values ('b', '2026-01-15 21:00:00', '"x"'), ('c', '2026-01-15 22:00:00', 'true');
      insert into new select 'a', timestamptz '2026-01-15 21:00:00Z', 'x'; insert into new values ('b', '2026-01-15 21:00:00Z', 'x'), ('c', '2026-01-15 21:00:00Z', 'true');`);
    const outcome = await compared('{ legacy: [ old_a , old_b ], normalized: new , fields: { at: at, v: v } }');
    assert.deepEqual(said(outcome), ['DATA_MISMATCH c at 2026-01-15T22:00:00.000Z|2026-01-15T21:00:00.000Z', 'MALFORMED_LEGACY c v true|-']);
  });

  test('a sample finds every row of a number in text, however many ways it is written in', async () => {
    const compared = await tables(`create table old (n int8 primary key, v text); create table new (id int8 primary key, n text, v text);
      insert into old values (1, 'x'), (2, 'y'); insert into new values (1, '1', 'x'), (2, '1.0', 'other'), (3, '02', 'y');`);
    for (const how of [{}, { sample: 10 }]) {
      const outcome = await compared('{ legacy: old , normalized: new , key: [n], fields: { n: { type: integer }, v: v } }', how);
      assert.deepEqual(said(outcome), ['COUNT_MISMATCH 2|3', 'DUPLICATE_ROW 1 -|2', 'DATA_MISMATCH 1 v x|other'], JSON.stringify(how));
    }
  });

  test('rows that a scan shows and no question by key finds are no agreement', async () => {
    await stage.world.sql(`create table heard (id text primary key, v text); create table told (id text primary key, v text);
      insert into heard values ('a', 'x'), ('b', 'y'); insert into told values ('a', 'x'), ('b', 'other');`);
    const declaration = declarePair('e: { legacy: heard, normalized: told, fields: { v: v } }');
    const store = stage.store();
    const deaf: typeof store = { ...store, open: (source, needed) => ({ ...store.open(source, needed), find: async () => [] }) };
    for (const how of [{}, { sample: 10 }]) {
      const { comparison } = await compareEntity(createDeclaredEntities(declaration, { legacy: deaf, normalized: deaf }), how);
      assert.match(comparison.trouble ?? '', /^Entity e: a scan returns rows that a lookup by key does not find/, JSON.stringify(how));
    }
  });

  test('an array of several dimensions is compared as one', async () => {
    const compared =
      await tables(`create table old (id int8 primary key, v int8[], w text[], j jsonb); create table new (id int8 primary key, v int8[], w text[], j int8[]);
      insert into old values (1, '{{1,2},{3,4}}', '{{a},{b}}', '[1]'), (2, '{{1,2},{3,4}}', '{"[\\"a\\"]"}', '[[1]]'); insert into new values (1, '{{1,2},{3,4}}', '{{a},{b}}', '{1}'), (2, '{1,2,3,4}', '{{a}}', '{{1}}');`);
    const outcome = await compared('{ legacy: old , normalized: new , fields: { v: v, w: w, j: j } }');
    assert.deepEqual(said(outcome), [
      'MALFORMED_LEGACY 2 j [[1]]|-',
      'DATA_MISMATCH 2 v [["1","2"],["3","4"]]|["1","2","3","4"]',
      'DATA_MISMATCH 2 w ["[\\"a\\"]"]|[["a"]]',
    ]);
  });

  test('a row id that is not the key is shown only where it looks like one of a machine, or of a number', async () => {
    const compared = await tables(`create table old (number int8, id text); create table new (number int8 primary key, id int8);
      insert into old values (1, 'alice@example.com'), (2, '12/alice'), (3, '17'), (4, 'p9Qx2Lm4Rt7Vw1Yz3Bc8'), (5, null); insert into new values (9, 4);`);
    const idsOf = async (entity: string) => {
      const { findings } = await compared(entity, { reveal: false });
      return findings.flatMap(({ rowIds }) => Object.entries(rowIds).flatMap(([side, ids]) => ids.map((id) => `${side} ${id.replace(/-[\da-f]{8}$/, '-…')}`)));
    };
    assert.deepEqual((await idsOf('{ legacy: old , normalized: new , key: [number], fields: {} }')).toSorted(), [
      'legacy 17',
      'legacy 5',
      'legacy key-…',
      'legacy key-…',
      'legacy p9Qx2Lm4Rt7Vw1Yz3Bc8',
      'normalized 4',
    ]);
    // What is malformed is not shown because of the type that it is not of.
    const malformed = await idsOf('{ legacy: old , normalized: new , key: [id], fields: { number: number }, only: { legacy: { number: [1, 3] } } }');
    assert.deepEqual(malformed.toSorted(), ['legacy 17', 'legacy key-…', 'normalized 4']);
    // Its line may say that everybody may read it, or nobody.
    const readable = '{ legacy: old , normalized: new , key: [number], fields: { id: { type: text, readable: true } } }';
    assert.ok((await idsOf(readable)).includes('legacy alice@example.com'));
    assert.ok(!(await idsOf(readable.replace('true', 'false'))).includes('legacy 17'));
  });
});
