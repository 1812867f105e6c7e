import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { createTables, declared, distinct, entityOf, fillTables, kinds, row, values, type Declared, type Row } from '../../../../demo/declarations.ts';
import { openDescribed } from '../../../../demo/description.ts';
import { comparePair, type Extent } from '../../../src/compare/compare-pair.ts';
import { createDeclaredEntities } from '../../../src/pair/declared/declared.ts';
import { createDeclaredPair } from '../../../src/pair/declared/pair.ts';
import { narrowPair } from '../../../src/pair/narrow.ts';
import type { Part } from '../../../src/parts/part.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { createPostgrestStore } from '../../../src/store/postgrest/store.ts';
import { untilOld } from '../../world.ts';
import { compareEntity, compareTables, declarePair, openStage, say, type Outcome, type Stage } from './stage.ts';

/**
 * Both engines say the same of generated declarations and data, what is the same in other words is no difference, and each
 * single difference is found and nothing else.
 */

let stage: Stage;
before(async () => {
  stage = await openStage({ migrations: ['021'] });
});
after(() => stage.close());

let number = 0;
async function make(declaration: Declared): Promise<{ readonly entity: string; readonly tables: readonly [string, string] }> {
  number += 1;
  const tables = [`old_${number}`, `new_${number}`] as const;
  const dropLast = number > 1 ? `drop table old_${number - 1}, new_${number - 1};` : '';
  await stage.world.sql(`${dropLast} ${createTables(declaration, tables)}`);
  return { tables, entity: entityOf(declaration, tables) };
}

const fill = (tables: readonly [string, string], rows: readonly [readonly string[], readonly string[]]) => stage.world.sql(fillTables(tables, rows));

const told = ({ findings, comparison }: Outcome) => ({
  findings: findings.map((finding) => `${say(finding)} ${JSON.stringify(finding.rowIds)}`),
  counts: comparison.counts,
  compared: comparison.compared,
  differing: comparison.differing,
  transient: comparison.transient,
  trouble: comparison.trouble,
  interruption: comparison.interruption,
});

async function both(entity: string): Promise<ReturnType<typeof told>> {
  const streamed = told(await compareTables(stage, entity));
  const digested = await compareTables(stage, entity, { digest: true });
  assert.deepEqual(told(digested), streamed);
  assert.equal(digested.comparison.engine, 'digest');
  assert.deepEqual([streamed.trouble, streamed.interruption], [undefined, undefined]);
  return streamed;
}

const seeded = { seed: 20260115 };

describe('the two engines', () => {
  test('find each row once by a key that is too long for an address and stands inside of JSON in part', async () => {
    const long = (end: number): string => `repeat('가', 1500) || '${end}'`;
    await stage.world.sql(`
      create table old_long (id int primary key, meta jsonb, name text, note text);
      create table long (slug text, name text, note text, primary key (slug, name));
      insert into old_long values (1, '{"slug":"a,b)"}', ${long(1)}, 'x'), (2, '{"slug":"c"}', ${long(2)}, 'x'), (3, '{"slug":"c"}', ${long(3)}, 'x');
      insert into long select meta ->> 'slug', name, 'y' from old_long`);
    const entity = `
long:
  legacy: old_long
  normalized: long
  key: [slug, name]
  fields: { slug: meta.slug, note: note }
`;
    for (const how of [{ digest: false }, { sample: 100 }]) {
      const { findings, comparison } = await compareTables(stage, entity, how);
      const said = findings.map((finding) => say(finding).replaceAll('가', ''));
      assert.deepEqual([said, comparison.trouble], [['DATA_MISMATCH a,b)/1 note x|y', 'DATA_MISMATCH c/2 note x|y', 'DATA_MISMATCH c/3 note x|y'], undefined]);
    }
    await stage.world.sql('drop table old_long, long');
  });

  test('compare everybody else where one row is too large for one answer', async () => {
    await stage.world.sql(`
      create table old_large (id text primary key, title text, body jsonb);
      create table large (id text primary key, title text, author text);
      insert into old_large select 'n' || n, 't', '{"author":"x"}' from generate_series(1, 5) n;
      insert into large select id, title, 'x' from old_large;
      insert into old_large values ('text', repeat('x', 300000), '{"author":"x"}'), ('inside', 't', jsonb_build_object('author', 'x', 'more', repeat('x', 300000))), ('there', 't', '{}');
      insert into large values ('text', repeat('y', 300000), 'x'), ('inside', 't', null), ('there', repeat('x', 300000), null);
      delete from large where id = 'n1'`);
    const entity = `
large:
  legacy: old_large
  normalized: large
  fields: { title: title, author: body.author }
`;
    for (const how of [{ digest: false }, { digest: true }, { sample: 100 }]) {
      const { findings, comparison } = await compareTables(stage, entity, { ...how, maxBytes: 200_000 });
      assert.deepEqual(
        [findings.map(say), comparison.trouble, comparison.compared],
        [
          [
            'MISSING_ROW n1 n1|-',
            'COUNT_MISMATCH 8|7',
            'MALFORMED_LEGACY inside author too large to be read|-',
            'MALFORMED_LEGACY text title too large to be read|-',
            'DATA_MISMATCH there title t|too large to be read',
          ],
          undefined,
          8,
        ],
        JSON.stringify(how),
      );
    }
    // Whether it belongs to the entity, nobody can tell.
    const scoped = compareTables(stage, `${entity}  only: { legacy: { body.more: null } }\n`, { maxBytes: 200_000 });
    await assert.rejects(scoped, /^ReadError: The answer for table old_large is larger than /);
    await stage.world.sql('drop table old_large, large');
  });

  test('can be asked for the generated declarations', async () => {
    for (const field of Object.keys(kinds)) {
      const { entity } = await make({ keys: ['text'], fields: [field], isScoped: true, hasId: false, isUnique: false });
      const outcome = await compareTables(stage, entity);
      const { ready, sentence } = await outcome.entity.digester.probe();
      assert.deepEqual([ready, sentence], [true, 'The database compares both sides itself: the row functions are installed.'], field);
    }
  });

  test('count the rows of both sides if the key is unique on one of them only', async () => {
    for (const [legacy, normalized] of [
      ['unique', ''],
      ['', 'unique'],
    ]) {
      number += 1;
      const tables = [`old_${number}`, `new_${number}`];
      const twin = (which: string | undefined): string => (which === '' ? ', (2)' : '');
      await stage.world.sql(
        `create table ${tables[0]} (k int8); create ${legacy} index on ${tables[0]} (k); insert into ${tables[0]} values (1), (2), (3)${twin(legacy)};
        create table ${tables[1]} (k int8); create ${normalized} index on ${tables[1]} (k); insert into ${tables[1]} values (1), (2), (4)${twin(normalized)};`,
      );
      const { findings, counts } = await both(`e: { legacy: ${tables[0]}, normalized: ${tables[1]}, key: [k] }`);
      assert.deepEqual(findings.map((finding) => finding.split(' ', 2).join(' ')).toSorted(), [
        ...(legacy === '' ? [] : ['COUNT_MISMATCH 3|4']),
        'DUPLICATE_ROW 2',
        'MISSING_ROW 3',
        'ORPHAN_ROW 4',
      ]);
      assert.deepEqual(
        counts.map((count) => [count.legacy, count.normalized]),
        [legacy === '' ? [4, 3] : [3, 4]],
      );
    }
  });

  test('find rows by keys of every type that can be unique', async () => {
    const keys = {
      'character(5)': ["'ab'", "'Zoë'"],
      'character(1)': ["'a'", "'ë'"],
      'bit(3)': ["B'101'", "B'110'"],
      'bit varying(5)': ["B'101'", "B'1'"],
      'character varying(5)': ["'ab'", "'a '"],
      name: ["'ab'", "'ac'"],
      '"char"': ["'a'", "'b'"],
      smallint: ['12', '-3'],
      'numeric(10,2)': ['1.50', '-12'],
      real: ['1.5', '1e20'],
      money: ['12.5', '-3'],
      boolean: ['true', 'false'],
      date: ["'2026-01-15'", "'0001-01-01'"],
      'time(3)': ["'10:00:00.5'", "'10:00'"],
      'timestamp(3)': ["'2026-01-15 10:00:00.5'", "'2026-01-15'"],
      'timestamp with time zone': ["'2026-01-15 10:00:00.5Z'", "'2026-01-15Z'"],
      'interval(3)': ["'1 day 02:00'", "'26:00:00.5'"],
      uuid: ["'550e8400-e29b-41d4-a716-446655440000'", "'650e8400-e29b-41d4-a716-446655440000'"],
      jsonb: [`'{"a":1}'`, "'[1]'"],
      'text[]': ["'{a,b}'", "'{}'"],
      inet: ["'10.0.0.1/24'", "'10.0.0.1'"],
    };
    for (const [type, [one = '', other = '']] of Object.entries(keys)) {
      number += 1;
      const tables = [`old_${number}`, `new_${number}`];
      await stage.world.sql(
        tables
          .map((table) => `create table ${table} (k ${type} primary key, v text); insert into ${table} values (${one}, '${table}'), (${other}, '${table}');`)
          .join('\n'),
      );
      const entity = `e:\n  legacy: ${tables[0]}\n  normalized: ${tables[1]}\n  key: [k]\n  fields: { v: v }`;
      const streamed = await compareTables(stage, entity);
      assert.deepEqual(
        streamed.findings.map(({ type: kind, path }) => [kind, path]),
        [
          ['DATA_MISMATCH', 'v'],
          ['DATA_MISMATCH', 'v'],
        ],
        type,
      );
      const { ready } = await streamed.entity.digester.probe();
      if (ready) assert.deepEqual(told(await compareTables(stage, entity, { digest: true })), told(streamed), type);
      await stage.world.sql(`drop table ${tables.join(', ')}`);
    }
    number += 1;
    await stage.world.sql(`create table old_${number} (); create table new_${number} ()`);
  });

  test('say the same of any data', async () => {
    await fc.assert(
      fc.asyncProperty(
        declared,
        fc.array(row, { maxLength: 12 }),
        fc.array(row, { maxLength: 12 }),
        fc.nat(2),
        async (declaration, legacy, normalized, keyless) => {
          const { entity, tables } = await make(declaration);
          const rows = ([distinct(declaration, legacy), distinct(declaration, normalized)] as const).map((some, side) =>
            some.map((one, id) => values(declaration, side as 0 | 1, one, id, { isKeyless: id < keyless, isMalformed: id % 5 === 4 })),
          ) as [string[], string[]];
          await fill(tables, rows);
          await both(entity);
        },
      ),
      { ...seeded, numRuns: 20 },
    );
  });

  test('find no difference where all is the same in other words, and of each single difference just that', async () => {
    await fc.assert(
      fc.asyncProperty(
        declared,
        fc.uniqueArray(row, { minLength: 2, maxLength: 8, selector: ({ key }) => key[0] }),
        fc.array(fc.nat(11), { minLength: 8, maxLength: 8 }),
        fc.nat(7),
        fc.nat(4),
        async (any, all, spellings, which, field) => {
          // With twins.
          const declaration = { ...any, isUnique: false };
          const { entity, tables } = await make(declaration);
          const legacy = all.map((one) => ({ ...one, inScope: true }));
          // The same rows, in another order and in other spellings.
          const normalized = legacy.map((one, place) => ({ ...one, spelling: spellings[place] ?? 0, keySpelling: (spellings[place] ?? 0) % 3 }));
          const sql = (side: 0 | 1, rows: readonly Row[]): string[] => rows.map((one, id) => values(declaration, side, one, id)).toReversed();
          const finds = async (left: readonly string[], right: readonly string[]): Promise<readonly string[]> => {
            await fill(tables, [left, right]);
            return (await both(entity)).findings.map((finding) => finding.replace(/ .*/, ''));
          };
          const [a, b] = [sql(0, legacy), sql(1, normalized)];
          assert.deepEqual(await finds(a, b), []);
          const place = which % legacy.length;
          assert.deepEqual(await finds(a, b.toSpliced(place, 1)), ['MISSING_ROW', 'COUNT_MISMATCH']);
          assert.deepEqual(await finds(a.toSpliced(place, 1), b), ['COUNT_MISMATCH', 'ORPHAN_ROW']);
          const column = field % declaration.fields.length;
          const count = kinds[declaration.fields[column] ?? '']?.meanings.length ?? 1;
          const changed = normalized.map((one, index) =>
            index === place ? { ...one, fields: one.fields.map((meaning, at) => (at === column ? (meaning % count) + 1 : meaning)) } : one,
          );
          assert.deepEqual(await finds(a, sql(1, changed)), ['DATA_MISMATCH']);
          const twin = legacy[place];
          assert.ok(twin);
          assert.deepEqual(await finds([...a, values(declaration, 0, twin, 99)], b), ['DUPLICATE_ROW']);
          assert.deepEqual(await finds(a, [...b, values(declaration, 1, twin, 99)]), ['COUNT_MISMATCH', 'DUPLICATE_ROW']);
          if (declaration.isScoped)
            assert.deepEqual(
              await finds([...a, values(declaration, 0, { ...twin, inScope: false }, 99)], [...b, values(declaration, 1, { ...twin, inScope: false }, 99)]),
              [],
            );
        },
      ),
      { ...seeded, numRuns: 5 },
    );
  });

  test('say the same where the two sides are two projects, each with the functions', async () => {
    const [left, right] = [await openDescribed(stage.world), await openDescribed(stage.world)];
    const storeAt = (url: string) => createPostgrestStore('supabase', { url, key: stage.world.secretKey }, startBudget(600));
    try {
      await fc.assert(
        fc.asyncProperty(declared, fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }), async (any, legacy, normalized) => {
          const declaration = { ...any, fields: any.fields.filter((field) => field !== 'near') };
          const { entity, tables } = await make(declaration);
          await fill(tables, [
            distinct(declaration, legacy).map((one, id) => values(declaration, 0, one, id)),
            distinct(declaration, normalized).map((one, id) => values(declaration, 1, one, id)),
          ]);
          const streamed = told(await compareTables(stage, entity));
          const digested = await compareEntity(createDeclaredEntities(declarePair(entity), { legacy: storeAt(left.url), normalized: storeAt(right.url) }), {
            digest: true,
          });
          assert.deepEqual(told(digested), streamed);
        }),
        { ...seeded, numRuns: 6 },
      );
    } finally {
      await left.close();
      await right.close();
    }
  });

  test('say the same of combining marks without end, whose order nobody computes', async () => {
    // In another order the same to NFC, which takes the square of how many there are.
    await stage.world.sql(`
      create table old_marks (id text primary key, said text, body jsonb); create table marks (id text primary key, said text, body jsonb);
      insert into old_marks select 'short' || id, id, to_jsonb(id) from (values (repeat(U&'\\0301\\0316', 50))) as v(id) union all
        select id, id, to_jsonb(id) from (values (repeat(U&'\\0301\\0316', 200))) as v(id);
      insert into marks select 'short' || id, id, to_jsonb(id) from (values (repeat(U&'\\0316\\0301', 50))) as v(id) union all
        select repeat(U&'\\0301\\0316', 200), id, to_jsonb(id) from (values (repeat(U&'\\0316\\0301', 200))) as v(id);`);
    const entity = 'e: { legacy: old_marks, normalized: marks, fields: { said: said, body: body } }';
    const { findings } = await both(entity);
    assert.deepEqual(
      findings.map((finding) => finding.replaceAll(/[^ -~]+/g, '…').replace(/ \{.*/, '')),
      ['DATA_MISMATCH … body "…"|"…"', 'DATA_MISMATCH … said …|…'],
    );
    // Nor does it fall into a part by what it would be.
    await stage.world.sql(`
      truncate old_marks, marks; insert into old_marks (id, said) select n || repeat(U&'\\0301\\0316', 200), 'x' from generate_series(1, 8) n;
      insert into marks (id, said) select id, 'y' from old_marks`);
    const store = stage.store();
    const { pair } = createDeclaredPair(declarePair(entity), { legacy: store, normalized: store });
    const extent = { mode: 'full', sampleSize: 50, enough: 50, seed: 'seed', readBudget: 0 } as const;
    const options = { budget: startBudget(600), settleMs: 0, onProgress: () => undefined, onPhase: () => undefined };
    let differing = 0;
    for (const index of [1, 2, 3]) {
      const one = await comparePair(narrowPair(pair, { index, of: 3 }), extent, () => ({ onDifference: () => undefined }), options);
      assert.equal(one.engine, 'digest');
      differing += one.differing;
    }
    assert.equal(differing, 8);
    await stage.world.sql('drop table old_marks, marks');
  });

  test('say the same of keys that no calendar shows', async () => {
    await stage.world.sql(`
      create table old_ages (at timestamptz primary key, day date, v text); create table new_ages (at timestamptz primary key, day date, v text);
      create index on old_ages (day); create index on new_ages (day);
      insert into old_ages select at, at::date, 'x' from unnest('{infinity,0044-03-15 12:00:00+00 BC,0001-12-31 00:00:00+00 BC,10000-01-01 00:00:00+00,2026-01-15 21:52:00.123456+00}'::timestamptz[]) as at;
      insert into new_ages select at, day, 'y' from old_ages; analyze old_ages; analyze new_ages;`);
    const times = await both('e: { legacy: old_ages, normalized: new_ages, key: [at], fields: { at: { from: at, precision: us }, v: v } }');
    assert.deepEqual(
      times.findings.map((finding) => finding.split(' ', 2).join(' ')).toSorted(),
      ['+010000-01-01T00:00:00.000000Z', '-000043-03-15T12:00:00.000000Z', '0000-12-31T00:00:00.000000Z', '2026-01-15T21:52:00.123456Z', 'infinity'].map(
        (at) => `DATA_MISMATCH ${at}`,
      ),
    );
    const days = await both('e: { legacy: old_ages, normalized: new_ages, key: [day], fields: { v: v } }');
    assert.deepEqual(
      [...Map.groupBy(days.findings, (finding) => finding.split(' ', 1)[0])].map(([type, { length }]) => `${length} ${type}`),
      ['1 COUNT_MISMATCH', '4 ORPHAN_ROW', '4 MALFORMED_LEGACY', '1 DATA_MISMATCH'],
    );
    assert.deepEqual([days.counts, days.transient], [[{ level: 'e', legacy: 5, expected: 1, normalized: 5, difference: 4 }], 0]);
  });

  test('count each row once that is written while portions are compared', async () => {
    const { entity, tables } = await make({ keys: ['text'], fields: ['text'], isScoped: false, hasId: true, isUnique: true });
    // In another order than the keys are, so that it is compared by pages of the table.
    await stage.world.sql(
      `insert into ${tables[0]} select i, 'k' || md5(i::text), 'x', null from generate_series(1, 3000) as i; insert into ${tables[1]} select * from ${tables[0]}; analyze ${tables[0]}; analyze ${tables[1]}`,
    );
    for (const table of tables) await untilOld(stage.world, table);
    const store = stage.store();
    const all = createDeclaredEntities(declarePair(entity), { legacy: store, normalized: store });
    const [own] = all.entities;
    assert.ok(own);
    const { digester } = own;
    let written = 0;
    const plan = async () => {
      const planned = await digester.plan();
      return {
        ...planned,
        beside: async () => {
          for (const table of tables) await stage.world.sql(`update ${table} set f0 = 'y' where id % 100 = 0`);
          await stage.world.sql(`update ${tables[1]} set f0 = 'z' where id = 100`);
          return planned.beside();
        },
        after: async () => {
          const last = await planned.after?.();
          written = last?.keys.length ?? 0;
          return last ?? { keys: [], rows: undefined };
        },
      };
    };
    const outcome = told(await compareEntity({ ...all, entities: [{ ...own, digester: { ...digester, plan } }] }, { digest: true }));
    assert.equal(written, 30);
    assert.deepEqual([outcome.findings.length, outcome.differing, outcome.compared], [1, 1, 3000]);
    assert.deepEqual(outcome.counts, [{ level: 'e', legacy: 3000, expected: 3000, normalized: 3000, difference: 0 }]);
  });
});

test('what stands in both columns in the same text is the same only where it is of its type, and in its own words only where they are mapped', async () => {
  await stage.world.sql(`
    create table old_words (id int8 primary key, day date, at timestamptz, amount float8, code text, state text, note text, tags text[]);
    create table new_words (like old_words including all);
    insert into old_words values (1, '2026-01-15', 'infinity', 'NaN', '7', 'open', ' ', '{a,b}'), (2, 'infinity', '2026-01-15', 1.5, 'seven', 'open', 'x', null), (3, null, null, null, null, null, null, null);
    insert into new_words select * from old_words`);
  const entity =
    'e: { legacy: old_words, normalized: new_words, fields: { day: day, at: at, amount: amount, code: { from: code, type: integer }, state: { from: state, values: { open: active } }, note: { from: note, blank-is-null: true, default: none }, tags: tags } }';
  const { findings } = await both(entity);
  assert.deepEqual(findings.map((finding) => finding.replace(/ \{.*/, '')).toSorted(), [
    'DATA_MISMATCH 1 note none|-',
    'DATA_MISMATCH 1 state active|open',
    'DATA_MISMATCH 2 state active|open',
    'DATA_MISMATCH 3 note none|-',
    'MALFORMED_LEGACY 2 code seven|-',
    'MALFORMED_LEGACY 2 day infinity|-',
  ]);
});

test('parts of a JSON column that nobody compares are named where rows are read, and so are fields that those rows do not have', async () => {
  await stage.world.sql(`
    create table old_prefs (id int8 primary key, prefs jsonb); create table new_prefs (id int8 primary key, theme text);
    insert into old_prefs select n, jsonb_build_object('theme', 'dark', 'size', n) from generate_series(1, 50) as n;
    insert into old_prefs values (51, '{"size": 1}'); insert into new_prefs select n, 'dark' from generate_series(1, 51) as n;`);
  const entity = 'e: { legacy: old_prefs, normalized: new_prefs, fields: { theme: prefs.theme } }';
  await untilOld(stage.world, 'old_prefs');
  const digested = await compareTables(stage, entity, { digest: true });
  assert.equal(digested.comparison.engine, 'digest');
  assert.deepEqual(digested.findings.map(say), ['DATA_MISMATCH 51 theme -|dark']);
  assert.deepEqual(digested.all.notCompared(), { e: { legacy: ['prefs.size'], normalized: [] } });
  assert.deepEqual(digested.all.remarks(), [
    'Entity e: none of the legacy rows that were read has the field prefs.theme, which theme is compared with. Only some were read: see whether the name in the file is right.',
  ]);
  const streamed = await compareTables(stage, entity);
  assert.deepEqual([streamed.all.notCompared(), streamed.all.remarks()], [digested.all.notCompared(), []]);
  await stage.world.sql(`update old_prefs set prefs = '{"size": 1}'; update new_prefs set theme = null`);
  const whole = await compareTables(stage, entity);
  assert.deepEqual(whole.all.remarks(), [
    'Entity e: no row of the legacy side has the field prefs.theme, which theme is compared with. Correct the name in the file, or take the line out.',
  ]);
  const sampled = await compareTables(stage, entity, { sample: 3 });
  assert.match(sampled.all.remarks().join(), /^Entity e: none of the legacy rows that were read has the field prefs\.theme,/);
});

test('names that the database answers cannot start a command in the log', async () => {
  await stage.world.sql(`
    create type "strange
::error::type" as (a text); create table old_odd (id int8 primary key, v "strange
::error::type"); create table new_odd (like old_odd including all);
    insert into old_odd values (1, '(x)'); insert into new_odd values (1, '(x)')`);
  await untilOld(stage.world, 'old_odd');
  const store = stage.store();
  const { pair } = createDeclaredPair(declarePair('e: { legacy: old_odd, normalized: new_odd, fields: { v: v } }'), { legacy: store, normalized: store });
  const phases: string[] = [];
  const options = { budget: startBudget(600), settleMs: 0, onProgress: () => undefined, onPhase: (sentence: string) => void phases.push(sentence) };
  const extent: Extent = { mode: 'full', sampleSize: 50, enough: 50, seed: 'seed', readBudget: 0 };
  const { differing } = await comparePair(pair, extent, () => ({ onDifference: () => undefined }), options);
  assert.equal(differing, 0);
  assert.match(phases[0] ?? '', /^Entity e: legacy column old_odd\.v holds public\."strange\\u\{a\}::error::type", which/);
  assert.ok(!phases.join('').includes('\n'));
});

test('a run of one part says how to create the index of its parts as long as there is none, and neither a whole run nor a sample does', async () => {
  await stage.world.sql(`
    create view old_view as select n::int8 as id, 1 as v from generate_series(1, 2001) as n; create view new_view as select * from old_view;
    create table old_parts (id int8 primary key, v int); create table new_parts (id int8 primary key, v int);
    insert into old_parts select n, n from generate_series(1, 100) as n; insert into new_parts select id, case id when 7 then 0 else v end from old_parts`);
  async function run(part?: Part, mode: Extent['mode'] = 'full', more = ''): Promise<{ readonly advice: readonly string[]; readonly differing: number }> {
    const store = stage.store();
    const { pair } = createDeclaredPair(declarePair(`e: { legacy: old_parts, normalized: new_parts, fields: { v: v } }\n${more}`), {
      legacy: store,
      normalized: store,
    });
    const phases: string[] = [];
    const options = { budget: startBudget(600), settleMs: 0, onProgress: () => undefined, onPhase: (sentence: string) => void phases.push(sentence) };
    const extent = { mode, sampleSize: 50, enough: 50, seed: 'seed', readBudget: 0 };
    const {
      differing,
      engine,
      mode: was,
    } = await comparePair(part ? narrowPair(pair, part) : pair, extent, () => ({ onDifference: () => undefined }), options);
    assert.deepEqual([was, engine], mode === 'full' ? ['full', 'digest'] : ['sample', 'stream']);
    return { advice: phases.flatMap((sentence) => sentence.match(/create index concurrently [^;]*/g) ?? []), differing };
  }
  assert.deepEqual(await run(), { advice: [], differing: 1 });
  assert.deepEqual((await run({ index: 1, of: 2 }, 'auto', 'large: { legacy: old_view, normalized: new_view, fields: { v: v } }')).advice, []);
  const { advice } = await run({ index: 1, of: 2 });
  assert.equal(advice.length, 2);
  for (const statement of advice) await stage.world.sql(statement);
  const parts = [await run({ index: 1, of: 2 }), await run({ index: 2, of: 2 })];
  assert.deepEqual(
    parts.map((one) => one.advice),
    [[], []],
  );
  assert.equal(
    parts.reduce((sum, one) => sum + one.differing, 0),
    1,
  );
});
