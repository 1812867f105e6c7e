import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { BoardCircle } from './board-app.ts';
import { inSyncCase, referenceCase } from './data.ts';

type Run = { exitCode: number; stdout: string; stderr: string };

/** In the way that `npm start -- <scenario>` runs it. */
const start = (...scenario: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'start.mjs'), ...scenario], (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });

type Report = {
  verdict: string;
  mode: string;
  skipped: unknown[];
  drift: { compared: number; population: number };
  findings: { type: string; level: string; path: string | null; legacy: unknown; normalized: unknown; rowIds: { habits?: string[] } }[];
};

const report = (): Report => JSON.parse(readFileSync(join(import.meta.dirname, '../drift-report/report.json'), 'utf8')) as Report;

/** The part of the output below a heading. */
const section = (stdout: string, heading: string): string => {
  const [, after] = stdout.split(`── ${heading} `);
  assert.ok(after !== undefined, `no section "${heading}" in:\n${stdout}`);
  return after.split('\n── ')[0] ?? '';
};

const childNames = [...new Set(referenceCase().normalized.children.map((child) => child.name))];

describe('npm start', () => {
  it('finds the 165 records that the backfill lost, the six skipped weeks, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await start();
    assert.deepEqual([exitCode, stderr], [0, '']);
    const { verdict, mode, skipped, drift, findings } = report();
    assert.deepEqual([verdict, mode, drift.compared, drift.population], ['drift', 'full', 18, 18]);
    assert.deepEqual(findings.map(({ type }) => type).sort(), ['COUNT_MISMATCH', ...Array.from({ length: 165 }, () => 'MISSING_RECORD')]);
    assert.deepEqual(skipped, [{ reason: 'not-a-monday', count: 6 }]);

    const arrived = new Set(referenceCase().normalized.habit_records.map((record) => record.id));
    const lost = inSyncCase().normalized.habit_records.filter((record) => !arrived.has(record.id));
    assert.deepEqual(
      findings
        .filter(({ type }) => type === 'MISSING_RECORD')
        .map(({ path, legacy, rowIds }) => `${rowIds.habits?.join()} ${path?.split('/').at(-1)} ${legacy}`)
        .toSorted(),
      lost.map((record) => `${record.habit_id} ${record.record_date} ${record.status}`).toSorted(),
    );
    assert.deepEqual(
      findings.filter(({ type }) => type === 'COUNT_MISMATCH').map(({ level, legacy, normalized }) => [level, legacy, normalized]),
      [['records', 448, 283]],
    );

    for (const heading of ['The log of the step', 'The job summary', 'The issue', 'The Discord message']) {
      const shown = section(stdout, heading);
      assert.match(shown, /165/);
      assert.match(shown, /MISSING_RECORD/);
      assert.match(shown, /6 legacy weeks skipped/);
      assert.doesNotMatch(shown, /MISSING_(WEEK|HABIT|CHILD)|ORPHAN|DATA_MISMATCH/);
    }
    assert.match(section(stdout, 'The issue'), /Would open an issue titled/);
    assert.match(section(stdout, 'Where to look next'), /report\.html[\s\S]*Exit code 1 .*fail-on/);
    assert.deepEqual(
      childNames.filter((name) => stdout.normalize('NFC').includes(name)),
      [],
    );
  });

  it('shows the quiet case: in sync, no issue, no message', async () => {
    const { exitCode, stdout, stderr } = await start('in-sync');
    assert.deepEqual([exitCode, stderr], [0, '']);
    const { verdict, findings, skipped, drift } = report();
    assert.deepEqual([verdict, findings, drift.compared], ['in-sync', [], 18]);
    assert.deepEqual(skipped, [{ reason: 'not-a-monday', count: 6 }]);
    assert.match(section(stdout, 'The log of the step'), /In sync/);
    assert.match(section(stdout, 'The issue'), /None/);
    assert.match(section(stdout, 'The Discord message'), /None/);
    assert.match(section(stdout, 'Where to look next'), /Exit code 0/);
  });

  it('tells how a dual-write works, fails unseen and is repaired, and what the bot says to each', async () => {
    const { exitCode, stdout, stderr } = await start('dual-write');
    assert.deepEqual([exitCode, stderr], [0, '']);
    const on = section(stdout, '1. Dual-write on, the apps write');
    assert.match(on, /\(trigger\)\n.*Edge Function: create_week 201\n.*create_week 201 replayed/);
    assert.match(on, /Driftwatch: In sync: all 25 weeks compared/);
    const off = section(stdout, '2. Switched off, but the apps keep writing');
    assert.match(off, /Driftwatch: Drift, critical: 9 of 32 compared weeks differ/);
    assert.match(off, /trigger, high[\s\S]*mode, medium[\s\S]*Issue #1, /);
    assert.match(off, /7 × `MISSING_WEEK`/);
    const repaired = section(stdout, '3. Switched on again, and backfilled');
    assert.equal(repaired.match(/^\d+ .* create .*the week is missing$/gm)?.length, 7);
    assert.equal(repaired.match(/^\d+ .* update .*differs: (theme|1 record)$/gm)?.length, 2);
    assert.match(repaired, /The same 9 weeks, and once more: 0 left/);
    const closed = section(stdout, '4. The bot closes its issue');
    assert.match(closed, /Driftwatch: In sync: all 32 weeks compared[\s\S]*Issue #1 is closed as completed[\s\S]*Cleared by/);
    assert.deepEqual(
      childNames.filter((name) => stdout.normalize('NFC').includes(name)),
      [],
    );
  });

  it('finds exactly what an export and an outage have kept from Postgres, and brings it back, while nobody waits', async () => {
    const { exitCode, stdout, stderr } = await start('daily-quests');
    assert.deepEqual([exitCode, stderr], [0, '']);
    const [, json = '{}'] = /^circle: (.*)$/.exec(stdout.trimEnd().split('\n').at(-1) ?? '') ?? [];
    const { seconds, ...circle } = JSON.parse(json) as Record<string, unknown>;
    assert.equal(typeof seconds, 'number');
    // 36 completions of the two days after the export; 24 while Supabase was down, of the 126 that existed by then.
    assert.deepEqual(circle, {
      pair: 'daily-quests',
      missingAtStart: { completions: 36 },
      missing: 36,
      dryRun: 36,
      repaired: 36,
      inSync: true,
      writes: 72,
      failedForUsers: 0,
      lost: 24,
      found: 24,
      repairedAfter: 24,
      inSyncAtEnd: true,
      driftRate: 24 / 126,
    });
    assert.match(
      section(stdout, '3. Supabase goes down, and nobody notices'),
      /missing \(sent_and_refused\)[\s\S]*Driftwatch: drift, 24 completions are missing: 19\.0%/,
    );
  });

  it('follows a board app from an export with a gap through an outage, and every number of it is right', async () => {
    const { exitCode, stdout, stderr } = await start('board-app');
    assert.deepEqual([exitCode, stderr], [0, '']);
    const [, last = ''] = /^circle: (.*)$/.exec(stdout.trimEnd().split('\n').at(-1) ?? '') ?? [];
    const { seconds, writes, ...circle } = JSON.parse(last) as BoardCircle;
    assert.deepEqual(circle, {
      pair: 'board-app',
      missingAtStart: {
        boards: 1,
        posts: 1,
        comments: 1,
        replies: 1,
        likes: 2,
        comment_reactions: 1,
        reply_reactions: 1,
        drafts: 1,
        reviews: 1,
        waiting_list: 1,
        notifications: 5,
      },
      missing: 16,
      dryRun: 16,
      repaired: 16,
      inSync: true,
      failedForUsers: 0,
      lost: 17,
      found: 17,
      repairedAfter: 17,
      inSyncAtEnd: true,
    });
    assert.ok(seconds > 0 && writes > 100);
    for (const name of ['Example', 'example.org', 'still dark']) assert.ok(!stdout.includes(name), name);
  });

  it('finds what a migration between tables lost of each shape, though every table holds as many rows as it should', async () => {
    const { exitCode, stdout, stderr } = await start('tables');
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(section(stdout, 'The data'), /customers 120 = 120, orders 600 = 600, orders without a customer 0\. Complete\./);
    const { verdict, mode, findings } = report();
    assert.deepEqual([verdict, mode], ['drift', 'full']);
    // Traps of the migration: zip codes with a leading zero, unknown states, summer time, tags with a comma, flags without a time.
    const orders = Array.from({ length: 600 }, (_, index) => index + 1);
    // Times in the hour that daylight saving time skips mean the same in both readings.
    const inSummer = orders.filter((n) => Date.UTC(2025, 0, 1, 9, 30) + n * 4 * 3_600_000 >= Date.UTC(2025, 2, 30, 2)).length;
    const split = orders.filter((n) => n % 3 !== 0 && n % 50 === 1).length;
    const places = Map.groupBy(findings, ({ type, level, path }) => [type, level, path].filter((part) => part !== null).join(' '));
    assert.deepEqual(Object.fromEntries([...places].map(([place, { length }]) => [place, length])), {
      'MISSING_ROW order_tags': split,
      'COUNT_MISMATCH customers': 1,
      'ORPHAN_ROW customers': 6,
      'COUNT_MISMATCH order_tags': 1,
      'ORPHAN_ROW order_tags': 2 * split,
      'DATA_MISMATCH customers zip': 24,
      'DATA_MISMATCH orders status': 75,
      'DATA_MISMATCH orders placed_at': inSummer,
    });
    for (const heading of ['The log of the step', 'The job summary', 'The issue']) assert.match(section(stdout, heading), /customers[^\n]* 114 [^\n]* 120 /);
    assert.match(section(stdout, 'The issue'), /npx driftwatch repair --pair shop --config demo\/tables\.yml --entity customers/);
    assert.match(section(stdout, 'Where to look next'), /report\.html[\s\S]*Exit code 1 .*fail-on/);
    assert.doesNotMatch(stdout, /Weber|Okafor|@example|Dresden|gift/i);
  });

  it('names the scenarios when asked for another one', async () => {
    const { exitCode, stdout, stderr } = await start('storm');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.equal(
      stderr,
      'There is no scenario "storm". There are: npm start -- drift, npm start -- in-sync, npm start -- tables, npm start -- dual-write, npm start -- board-app, npm start -- daily-quests.\n',
    );
  });
});
