import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { fillingSql, said, traps, withoutChecks, withoutUniqueness, type Rows } from '../../../demo/traps.ts';
import { check } from '../../src/check.ts';
import { readSettings } from '../../src/inputs.ts';
import { merge } from '../../src/merge.ts';
import { measureOf } from '../../src/merge/measure.ts';
import { declarationOf, readConfig, rulesOf } from '../../src/pair/config.ts';
import { connect } from '../../src/pair/pairs.ts';
import { fileOf } from '../../src/publish/files.ts';
import type { Report } from '../../src/report/report.ts';
import { startWorld, type World } from '../world.ts';
import { openStage, type Stage } from '../pair/declared/stage.ts';

/** Parts that are put together say what the whole run says, whatever the data, however many they are, in whatever order they are found. */

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 15);
const now = () => new Date('2026-01-05T06:17:00Z');

let workspace: string;
before(() => {
  workspace = mkdtempSync(join(tmpdir(), 'merge-'));
});
after(() => rmSync(workspace, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}

/** One run of the action up to its report, with inputs by the names of `action.yml`. */
async function run(inputs: Readonly<Record<string, string>>): Promise<Report> {
  const values: Record<string, string> = { 'settle-seconds': '0', config: 'driftwatch.yml', ...inputs };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  const config = await readConfig(settings, workspace, {});
  const connection = await connect(settings, config);
  const rules = rulesOf(config, connection.pair.name);
  const measure = measureOf({ settings, pair: connection.pair.name, declaration: declarationOf(settings, config, rules), commit: 'c0ffee' });
  const about = { settings, connection, rules, now, measure };
  return settings.merge === undefined ? check(about) : merge({ ...about, pattern: settings.merge, workspace });
}

/** What a report says of the data; where the drift comes from, a merge does not know, and which parts it is of, only a merge does. */
const saidOf = (report: Report): unknown => {
  const { origin: _origin, differingWeeks: { weeks }, record, ...rest } = report;
  const { declaration, extent } = record ?? {};
  return [declaration, extent, said({ ...rest, differingWeeks: { key: '', weeks } })];
};

async function runInParts(of: number, order: readonly number[], inputs: Readonly<Record<string, string>>): Promise<{ parts: Report[]; merged: Report }> {
  rmSync(join(workspace, 'parts'), { recursive: true, force: true });
  const parts: Report[] = [];
  for (const [place, index] of order.entries()) {
    const report = await run({ ...inputs, part: `${index}/${of}` });
    write(`parts/${place}/report.json`, JSON.stringify(fileOf(report)));
    parts.push(report);
  }
  return { parts, merged: await run({ ...inputs, merge: 'parts/*/report.json' }) };
}

const howMany = fc.integer({ min: 1, max: 4 }).chain((of) => {
  const all = Array.from({ length: of }, (_, place) => place + 1);
  return fc.shuffledSubarray(all, { minLength: of });
});

describe('parts of the habit tracker', () => {
  let world: World;
  const seen = new Set<string>();
  before(async () => {
    write('driftwatch.yml', 'accepted:\n  - { reason: known, by: us, until: 2099-12-31, type: ORPHAN_WEEK, week: { from: 2025-01-01 } }\n  - { reason: old, by: us, until: 2020-12-31, type: MISSING_CHILD }\n');
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
          const { merged, parts } = await runInParts(order.length, order, about);
          seen.add(whole.verdict);
          if (whole.verdict === 'unknown') {
            assert.equal(merged.verdict, 'unknown');
            return;
          }
          assert.deepEqual(saidOf(merged), saidOf(whole));
          assert.equal(merged.reads.legacy, parts.reduce((sum, { reads }) => sum + reads.legacy, 0));
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
  const order = fc.record({ id: name, title: fc.constantFrom('x', 'y', null), total: fc.constantFrom('1', '2', 'many', null), at: fc.integer({ min: 1, max: 40 }) });
  const line = fc.record({ order: fc.constantFrom('1', '2', '3', 'first'), name, amount: fc.integer({ min: 1, max: 2 }) });
  const data = fc.record({ orders: fc.array(order, { maxLength: 12 }), lines: fc.array(line, { maxLength: 12 }), kept: fc.array(fc.constantFrom('same', 'same', 'same', 'gone', 'other'), { minLength: 24, maxLength: 24 }), more: fc.array(line, { maxLength: 4 }) });
  type Data = typeof data extends fc.Arbitrary<infer T> ? T : never;

  const sql = (value: string | number | null): string => (value === null ? 'null' : typeof value === 'number' ? String(value) : `'${value}'`);
  const whole = (value: string | null): string => (value !== null && /^\d+$/.test(value) ? value : 'null');
  const insert = (table: string, rows: readonly (readonly string[])[]): string => (rows.length === 0 ? '' : `insert into ${table} values ${rows.map((row) => `(${row.join(', ')})`).join(', ')};`);

  function filling({ orders, lines, kept, more }: Data): string {
    const own = orders.filter((_, place) => kept[place] !== 'gone');
    const there = [...lines.filter((_, place) => kept[12 + place] !== 'gone'), ...more].filter((each) => whole(each.order) !== 'null');
    return [
      'truncate old_orders, orders, old_lines, lines;',
      insert('old_orders', orders.map(({ id, title, total, at }) => [sql(id), sql(title), sql(total), `timestamptz '2025-10-01 12:00:00+00' + interval '${at} days'`])),
      insert('orders', own.map(({ id, title, total }, place) => [sql(id), kept[place] === 'other' ? "'other'" : sql(title), whole(total)])),
      insert('old_lines', lines.map((each, place) => [String(place), sql(each.order), sql(each.name), String(each.amount)])),
      insert('lines', there.map((each, place) => [String(place), whole(each.order), sql(each.name.normalize('NFC')), String(each.amount)])),
    ].join('\n');
  }

  // Where the key's types differ, the database does not compare by itself.
  const byItself = declaration.replace(/ {6}lines:[^]*?(?=accepted:)/, '').replace(/ {2}- \{ reason: known.*\n/, '').replace('accepted:', 'accepted: []');
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
          const { merged, parts } = await runInParts(places.length, places, about);
          assert.deepEqual(new Set([one, merged, ...parts].map((report) => report.engine)), new Set([engine]));
          if (one.verdict === 'unknown') {
            assert.equal(merged.verdict, 'unknown');
            return;
          }
          assert.deepEqual(saidOf({ ...merged, remarks: [] }), saidOf({ ...one, remarks: [] }));
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  }
});
