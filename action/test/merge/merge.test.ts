import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { fillingSql, said, traps, withoutChecks, withoutUniqueness, type Rows } from '../../../demo/traps.ts';
import type { Report } from '../../src/report/report.ts';
import { toFields, type Firestore } from '../../../demo/firestore/server.ts';
import { started } from '../store/firestore/stores.ts';
import { startRealtimeDatabase } from '../../../demo/realtime-database/server.ts';
import { startWorld, type World } from '../world.ts';
import { openStage, type Stage } from '../pair/declared/stage.ts';
import { howMany, openWorkspace } from './running.ts';
import { emptying } from '../../../demo/data.ts';

/** Parts that are put together say what the whole run says, whatever the data, however many they are, in whatever order they are found. */

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 8);

const { environment, write, run, runInParts, remove } = openWorkspace();
after(remove);

/** What a report says of the data; which parts it is of, only a merge knows. */
const saidOf = ({ differingWeeks: { weeks }, record, ...rest }: Report): unknown => [
  record?.declaration,
  record?.extent,
  said({ ...rest, differingWeeks: { key: '', weeks } }),
];

const withoutOrigin = ({ origin: _origin, ...report }: Report): Report => report;

describe('parts of the habit tracker', () => {
  let world: World;
  const seen = new Set<string>();
  before(async () => {
    write(
      'driftwatch.yml',
      'accepted:\n  - { reason: known, by: us, until: 2099-12-31, type: ORPHAN_WEEK, week: { from: 2025-01-01 } }\n  - { reason: old, by: us, until: 2020-12-31, type: MISSING_CHILD }\n',
    );
    world = await startWorld({ migrations: ['014'] });
    await world.sql(withoutChecks);
    await world.sql(withoutUniqueness);
  });
  after(() => world.close());

  for (const inputs of [{ mode: 'full' }, { mode: 'sample', 'sample-size': '4', seed: 'seed' }]) {
    it(`are together what the whole is (mode: ${inputs.mode})`, async () => {
      await fc.assert(
        fc.asyncProperty(traps('skip', { anything: true }), howMany, async (rows: Rows, order) => {
          await world.sql(fillingSql(rows));
          const about = { ...inputs, 'supabase-url': world.url, 'supabase-key': world.secretKey };
          const whole = await run(about);
          const { merged, parts } = await runInParts(order, about);
          seen.add(whole.verdict);
          if (whole.verdict === 'unknown') {
            assert.equal(merged.verdict, 'unknown');
            return;
          }
          // Of where the drift comes from, what takes the tables to know is not said.
          for (const sentence of merged.origin ?? []) assert.ok(whole.origin?.includes(sentence), `${sentence}\n${whole.origin?.join('\n')}`);
          assert.deepEqual(saidOf(withoutOrigin(merged)), saidOf(withoutOrigin(whole)));
          assert.equal(
            merged.reads.legacy,
            parts.reduce((sum, { reads }) => sum + reads.legacy, 0),
          );
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  }

  it('were tried on what differs', () => assert.ok(seen.has('drift'), [...seen].join()));
});

describe('parts of a declared pair', () => {
  const declaration = `
pairs:
  shop:
    legacy: supabase
    normalized: supabase
    entities:
      orders:
        legacy: old_orders
        normalized: orders
        fields: { title: title, total: { from: total, type: integer } }
        changed: { legacy: changed_at }
      lines:
        legacy: old_lines
        normalized: lines
        key: [order_id, name]
        fields: { order_id: { from: order_id, type: integer }, amount: { from: amount, type: integer } }
accepted:
  - { reason: known, by: us, until: 2099-12-31, pair: shop, level: lines, type: ORPHAN_ROW, key: { order_id: 3 } }
`;
  let stage: Stage;
  before(async () => {
    stage = await openStage({ migrations: ['021'] });
    await stage.world.sql(`
      create table old_orders (id text, title text, total text, changed_at timestamptz);
      create table orders (id text, title text, total bigint);
      create table old_lines (id bigint, order_id text, name text, amount bigint);
      create table lines (id bigint, order_id bigint, name text, amount bigint);
      create index on old_orders (id);
      create index on orders (id);
    `);
  });
  after(() => stage.close());

  const name = fc.constantFrom('Zo\u00eb', 'Zoe\u0308', 'a', 'b', 'c c', '1', '2', '3');
  const order = fc.record({
    id: name,
    title: fc.constantFrom('x', 'y', null),
    total: fc.constantFrom('1', '2', 'many', null),
    at: fc.integer({ min: 1, max: 40 }),
  });
  const line = fc.record({ order: fc.constantFrom('1', '2', '3', 'first'), name, amount: fc.integer({ min: 1, max: 2 }) });
  const data = fc.record({
    orders: fc.array(order, { maxLength: 12 }),
    lines: fc.array(line, { maxLength: 12 }),
    kept: fc.array(fc.constantFrom('same', 'same', 'same', 'gone', 'other'), { minLength: 24, maxLength: 24 }),
    more: fc.array(line, { maxLength: 4 }),
  });
  type Data = typeof data extends fc.Arbitrary<infer T> ? T : never;

  const sql = (value: string | number | null): string => (value === null ? 'null' : typeof value === 'number' ? String(value) : `'${value}'`);
  const whole = (value: string | null): string => (value !== null && /^\d+$/.test(value) ? value : 'null');
  const insert = (table: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `insert into ${table} values ${rows.map((row) => `(${row.join(', ')})`).join(', ')};`;

  function filling({ orders, lines, kept, more }: Data): string {
    const own = orders.filter((_, place) => kept[place] !== 'gone');
    const there = [...lines.filter((_, place) => kept[12 + place] !== 'gone'), ...more].filter((each) => whole(each.order) !== 'null');
    return [
      emptying('old_orders', 'orders', 'old_lines', 'lines'),
      insert(
        'old_orders',
        orders.map(({ id, title, total, at }) => [sql(id), sql(title), sql(total), `timestamptz '2025-10-01 12:00:00+00' + interval '${at} days'`]),
      ),
      insert(
        'orders',
        own.map(({ id, title, total }, place) => [sql(id), kept[place] === 'other' ? "'other'" : sql(title), whole(total)]),
      ),
      insert(
        'old_lines',
        lines.map((each, place) => [String(place), sql(each.order), sql(each.name), String(each.amount)]),
      ),
      insert(
        'lines',
        there.map((each, place) => [String(place), whole(each.order), sql(each.name.normalize('NFC')), String(each.amount)]),
      ),
    ].join('\n');
  }

  // Where the key's types differ, the database does not compare by itself.
  const byItself = declaration
    .replace(/ {6}lines:[^]*?(?=accepted:)/, '')
    .replace(/ {2}- \{ reason: known.*\n/, '')
    .replace('accepted:', 'accepted: []');
  for (const [text, engine, inputs] of [
    [declaration, 'stream', { mode: 'full' }],
    [byItself, 'digest', { mode: 'full' }],
    [declaration, 'stream', { mode: 'sample', 'sample-size': '6', seed: 'seed' }],
    [declaration, 'stream', { mode: 'full', 'changed-within': '80d' }],
  ] as const) {
    it(`are together what the whole is (${JSON.stringify(inputs)}, engine: ${engine})`, async () => {
      write('driftwatch.yml', text);
      await fc.assert(
        fc.asyncProperty(data, howMany, async (rows, places) => {
          await stage.world.sql(filling(rows));
          const about = { ...inputs, 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
          const one = await run(about);
          const { merged, parts } = await runInParts(places, about);
          assert.deepEqual(new Set([one, merged, ...parts].map((report) => report.engine)), new Set([engine]));
          if (one.verdict === 'unknown') {
            assert.equal(merged.verdict, 'unknown');
            return;
          }
          assert.deepEqual(saidOf(merged), saidOf(one));
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  }
});

describe('what somebody should look at', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    const table = '(id int primary key, body jsonb, title text, changed_at timestamptz)';
    await stage.world.sql(`create table old_notes ${table}; create table notes ${table}; create table old_tags ${table}; create table tags ${table};`);
    await stage.world.sql(
      `insert into old_notes select n, '{}', null, '2020-01-01' from generate_series(1, 12) n; insert into notes select * from old_notes;
       insert into old_tags values (1, '{}', null, '2020-01-01'); insert into tags select * from old_tags;`,
    );
    const entity = (name: string, changed: string): string =>
      `      ${name}: { legacy: old_${name}, normalized: ${name}, fields: { title: body.title, body: body }${changed} }\n`;
    write(
      'driftwatch.yml',
      `pairs:\n  shop:\n    legacy: supabase\n    normalized: supabase\n    entities:\n${entity('notes', ', changed: { legacy: changed_at }')}${entity('tags', '')}`,
    );
  });
  after(() => stage.close());

  for (const inputs of [{ mode: 'full' }, { 'changed-within': '30m' }] as const) {
    it(`is in the merged report although most parts have no row of an entity, or none at all (${JSON.stringify(inputs)})`, async () => {
      const about = { ...inputs, 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
      const one = await run(about);
      const { merged } = await runInParts([2, 3, 1], about);
      assert.equal(one.remarks?.length, 'mode' in inputs ? 2 : 1);
      assert.deepEqual(merged.remarks, one.remarks);
    });
  }

  it('is in the merged report although only one part has a row with more fields than are listed', async () => {
    await stage.world.sql(`
      create table old_things (id int primary key, body jsonb); create table things (id int primary key, title text);
      insert into old_things select n, '{"title": "one"}' from generate_series(1, 12) n; insert into things select id, 'one' from old_things;
      update old_things set body = body || (select jsonb_object_agg('more' || n, n) from generate_series(1, 130) n) where id = 7;
    `);
    write(
      'driftwatch.yml',
      'pairs:\n  shop:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      things: { legacy: old_things, normalized: things, fields: { title: body.title } }\n',
    );
    // Of a sample, each part reads its own rows only.
    const about = { mode: 'sample', 'sample-size': '12', seed: 'seed', 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
    const one = await run(about);
    const { merged } = await runInParts([2, 3, 1], about);
    assert.match(one.remarks?.join() ?? '', /^Entity things: more than 100 fields of the legacy side are not compared, [^.]*\.[^.]*\.$/);
    assert.deepEqual(merged.remarks, one.remarks);
  });
});

describe('parts of a pair of documents', () => {
  let stage: Stage;
  let fire: Firestore;
  before(async () => {
    stage = await openStage();
    fire = await started();
    environment['FIRESTORE_EMULATOR_HOST'] = fire.host;
    await stage.world.sql(`create table posts (id text primary key, title text); insert into posts select 'p' || n, 'title' from generate_series(5, 34) n;`);
    for (let n = 0; n < 30; n += 1) fire.set(`posts/p${n}`, toFields({ title: 'title' }));
    write(
      'driftwatch.yml',
      `stores:\n  fire: { type: firestore, project: demo-board }\npairs:\n  board-app:\n    legacy: fire\n    normalized: supabase\n    entities:\n      posts: { legacy: "posts/{id}", normalized: posts, fields: { title: title } }\n`,
    );
  });
  after(async () => {
    await fire.stop();
    await stage.close();
  });

  it('are together the sample of the whole, whose size is no sum of theirs', async () => {
    for (const size of ['10', '100']) {
      const about = { mode: 'sample', 'sample-size': size, seed: 'seed', 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
      const one = await run(about);
      const { merged } = await runInParts([3, 1, 2, 4], about);
      assert.equal(one.drift.population, 30, one.reason);
      assert.deepEqual(saidOf(merged), saidOf(one));
    }
  });

  it('count elements without a key as the whole does, although several of them are found again in one document', async () => {
    await stage.world.sql(`create table likes (post text, who text); insert into likes select 'q' || n, 'ana' from generate_series(1, 6) n`);
    for (let n = 1; n <= 6; n += 1) fire.set(`liked/q${n}`, toFields({ likes: [{ who: 'ana' }, { at: 1 }, 'ana'] }));
    write(
      'driftwatch.yml',
      `stores:\n  fire: { type: firestore, project: demo-board }\npairs:\n  board-app:\n    legacy: fire\n    normalized: supabase\n    entities:\n      likes: { legacy: "liked/{post}", each: likes, normalized: likes, key: [post, who], fields: { who: "{item.who}" } }\n`,
    );
    const about = { mode: 'sample', 'sample-size': '3', seed: 'seed', 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
    const one = await run(about);
    const { merged } = await runInParts([2, 1, 3], about);
    assert.deepEqual(
      one.counts.map(({ legacy, expected, normalized }) => [legacy, expected, normalized]),
      [[18, 18, 6]],
    );
    assert.deepEqual(saidOf({ ...merged, remarks: [] }), saidOf({ ...one, remarks: [] }));
  });

  it('say together what a Realtime Database bills for all of them', async () => {
    const live = await startRealtimeDatabase();
    try {
      const posts = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`p${n}`, { title: 'x'.repeat(10_000) }]));
      live.set('old', posts);
      live.set('new', posts);
      write(
        'driftwatch.yml',
        `stores:\n  live: { type: realtime-database, url: "${live.url}" }\npairs:\n  board-app:\n    legacy: live\n    normalized: live\n    entities:\n      posts: { legacy: "old/{id}", normalized: "new/{id}", fields: { title: title } }\n`,
      );
      const { merged, parts } = await runInParts([2, 3, 1], { mode: 'full', 'supabase-url': stage.world.url, 'supabase-key': stage.world.secretKey });
      const megabytes = ({ remarks = [] }: Report): number[] => remarks.map((remark) => Number(/^Store live: (\d+\.\d) MB were downloaded/.exec(remark)?.[1]));
      const [sum, ...others] = megabytes(merged);
      const each = parts.flatMap(megabytes);
      assert.equal(merged.verdict, 'in-sync', merged.reason);
      assert.deepEqual(others, []);
      assert.ok(each.length === 3 && each.every((one) => one >= 0.6), each.join());
      assert.ok(Math.abs((sum ?? 0) - each.reduce((all, one) => all + one, 0)) < 0.2, `${sum} of ${each.join()}`);
    } finally {
      await live.close();
    }
  });
});
