import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inSyncCase, referenceCase } from './data.ts';

type Run = { exitCode: number; stdout: string; stderr: string };

/** As `npm start -- <scenario>` does it. */
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
    assert.match(section(stdout, 'What is left to look at'), /report\.html[\s\S]*Exit code 1 .*fail-on/);
    assert.deepEqual(childNames.filter((name) => stdout.normalize('NFC').includes(name)), []);
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
    assert.match(section(stdout, 'What is left to look at'), /Exit code 0/);
  });

  it('names the scenarios when asked for another one', async () => {
    const { exitCode, stdout, stderr } = await start('storm');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.equal(stderr, 'There is no scenario "storm". There are: npm start -- drift, npm start -- in-sync.\n');
  });
});
