import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { array, assert as holds, property, string } from '../fast-check.ts';
import { readContext } from '../../src/context.ts';
import { renderSummary } from '../../src/publish/summary.ts';
import { acceptedReport, disasterReport, hostileReport, hostileTexts, referenceReport, reportWith, syncedReport, unknownReport } from './reports.ts';

const context = readContext({
  GITHUB_REPOSITORY: 'octo-org/habits',
  GITHUB_RUN_ID: '1700000001',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_WORKSPACE: '/workspace',
});
const render = (report = referenceReport()): string => renderSummary(report, context);

/** What GitHub's limit is in, with room for what another part of the step may write. */
const bytes = (text: string): number => Buffer.byteLength(text);
const limit = 1_000_000;

const rowsOf = (summary: string, type: string): number => summary.split('\n').filter((line) => line.startsWith(`| critical | \`${type}\``)).length;

describe('the job summary', () => {
  test('says how far the cut-over is, folded away, and when it is ready', () => {
    assert.doesNotMatch(render(), /Cut-over/);
    const reasons = ['7 of 12 consecutive conclusive runs in sync.', 'The streak covers 40 of 72 h.'];
    assert.match(
      render({ ...syncedReport(), cutover: { ready: false, reasons } }),
      /<details><summary>Cut-over: not ready, 2 conditions are not met<\/summary>\n\n- 7 of 12 consecutive conclusive runs in sync\.\n- The streak/,
    );
    const ready = { ...syncedReport(), cutover: { ready: true, reasons: [] } };
    assert.match(render(ready), /### Cut-over\n\n🟢 \*\*Ready:\*\* every week was compared, .* without open failures\.\n/);
    const accepted = [{ reason: 'x', by: 'y', until: '2026-12-31', what: 'z', state: 'active' as const, findings: 3, weeks: 1 }];
    assert.match(render({ ...ready, accepted }), /3 accepted differences will be read as the normalized side has them\./);
  });

  test('holds the whole reference case', () => {
    const summary = render();
    assert.match(summary, /^## Driftwatch: `habit-tracker`\n\n.*Drift, critical: 12 of 18 compared weeks differ/);
    assert.match(summary, /\| `records` \| 598 \| 448 \| 283 \| \*\*−165\*\* \|/);
    assert.match(summary, /6 legacy weeks skipped as expected/);
    assert.equal(rowsOf(summary, 'MISSING_RECORD'), 165);
    assert.match(summary, /<summary>166 findings, one by one<\/summary>/);
    assert.match(summary, /### What to do next/);
    assert.match(summary, /seed `1700000001-1`/);
  });

  test('lists what is accepted, those rules first that somebody has to look after', () => {
    const summary = render(acceptedReport());
    assert.match(summary, /🟢 \*\*In sync, except for 165 accepted differences: all 18 weeks compared, nothing else differs\.\*\*/);
    const [, table = ''] = /### Accepted differences\n\n([^]*?)\n\n/.exec(summary) ?? [];
    assert.deepEqual(table.split('\n').slice(2), [
      '| **expired: counts again** | `DATA_MISMATCH, theme` | `Until the app is updated` | `Noor` | `2025-10-31` | 0 | 0 |',
      '| **no longer matches anything** | `anything, child-1a2b3c4d` | `A test child` | `Noor` | `2025-12-31` | 0 | 0 |',
      '| accepted | `MISSING_RECORD, habits/*` | `Lost by the first backfill` | `Noor` | `2025-12-31` | 165 | 12 |',
    ]);
    const many = { ...acceptedReport(), accepted: Array.from({ length: 200 }, () => acceptedReport().accepted?.[0]).filter((rule) => rule !== undefined) };
    assert.match(render(many), /…and 180 more; see `report\.json`\./);
  });

  test('is there for an all-clear and for not knowing, too', () => {
    assert.match(render(syncedReport()), /In sync: all 18 weeks compared, nothing differs/);
    assert.doesNotMatch(render(syncedReport()), /Findings|one by one|What to do next/);
    assert.match(
      render(unknownReport()),
      /Unknown: the comparison could not be finished\.\*\* `habit_tracker could not be read: the server answered 401[^]*No week was compared/,
    );
  });

  test('shows as many findings as fit when not all do, counted in bytes', () => {
    const report = disasterReport();
    report.findings = report.findings.map((finding) => ({ ...finding, path: `habits/${'가나다라'.repeat(20)}`, legacy: '글'.repeat(60) }));
    const summary = render(report);
    const shown = rowsOf(summary, 'MISSING_WEEK');
    assert.ok(bytes(summary) <= limit);
    assert.ok(shown >= 1_000 && shown < 10_000, String(shown));
    assert.ok(summary.includes(`First ${shown.toLocaleString('en-US')} of 20,003 findings, one by one`));
    assert.match(summary, /more; see `report\.json`/);
  });

  test('stays within the limit, and keeps the counts, whatever is long and however much there is of it', () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => `${index} ${'가'.repeat(400)}`);
    const summary = render(reportWith(texts));
    assert.ok(bytes(summary) <= limit);
    assert.ok(/\| `1 가+…` \| 1 \| 1 \| 0 \| \*\*−1\*\* \|/.test(summary));
  });

  test('keeps text of a database in code spans, whatever it holds', () => {
    holds(
      property(array(string({ unit: 'binary', maxLength: 200 }), { maxLength: 10 }), (random) => {
        const outside = render(reportWith([...random, ...hostileTexts]))
          .replaceAll(/^ {3}```sql\n(?: {3}(?!```)[^\n]*\n)+ {3}```$/gm, '')
          .replaceAll(/`[^`\n]+`/g, '')
          .replaceAll(context.runUrl ?? '', '');
        assert.doesNotMatch(outside, /[@`\\]|<(?!\/?(details|summary|sub)>)|!\[|:\/\/|alert|octocat/);
      }),
      { numRuns: 40 },
    );
  });

  test('stays within the limit for hostile text', () => {
    assert.ok(bytes(render(hostileReport())) <= limit);
  });
});

describe('writing the summary', () => {
  let place = '';
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'driftwatch-summary-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  // In a process of its own: @actions/core keeps the first path that it has seen.
  function write(file: string | undefined, ...texts: string[]) {
    const module = new URL('../../src/publish/outputs.ts', import.meta.url).href;
    const script = `const { writeSummary } = await import('${module}'); for (const text of ${JSON.stringify(texts)}) await writeSummary(text);`;
    const { GITHUB_STEP_SUMMARY: _, ...env } = process.env;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...env, ...(file !== undefined && { GITHUB_STEP_SUMMARY: file }) },
      encoding: 'utf8',
    });
  }

  test('adds to what another part of the step wrote', async () => {
    const file = join(place, 'summary.md');
    await writeFile(file, 'before\n');
    const { status, stdout } = write(file, '## Driftwatch');
    assert.deepEqual({ status, stdout }, { status: 0, stdout: '' });
    assert.equal(await readFile(file, 'utf8'), 'before\n## Driftwatch\n');
  });

  for (const file of [undefined, '/nonexistent/summary.md']) {
    test(`without ${file ?? 'a summary'} it warns, and nothing else fails`, () => {
      const { status, stdout } = write(file, 'first', 'second');
      assert.equal(status, 0);
      const lines = stdout.trimEnd().split('\n');
      assert.equal(lines.length, 2);
      for (const line of lines) assert.match(line, /^::warning::The job summary could not be written; nothing else is affected\./);
    });
  }
});
