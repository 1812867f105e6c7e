import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { array, assert as holds, property, string } from '../fast-check.ts';
import { annotate, logVerdict } from '../../src/publish/log.ts';
import { createProgressLog } from '../../src/publish/progress.ts';
import {
  acceptedReport,
  disasterReport,
  hostileReport,
  hostileTexts,
  referenceReport,
  reportWith,
  sampledReport,
  syncedReport,
  unknownReport,
} from './reports.ts';

/** What a runner reads: one line after the other, whatever ends them. */
function linesOf(print: () => void): string[] {
  let printed = '';
  const write = mock.method(process.stdout, 'write', (text: unknown) => {
    printed += String(text);
    return true;
  });
  try {
    print();
  } finally {
    write.mock.restore();
  }
  return printed.split(/\r\n|[\n\r\u2028\u2029]/);
}

/** As a runner does it: blanks aside, `::` at the start of a line; the older form anywhere in it. */
const isCommand = (line: string): boolean => line.trimStart().startsWith('::') || line.includes('##[');

describe('the verdict in the log', () => {
  test('is what a person needs who opens the run', () => {
    const lines = linesOf(() => logVerdict(referenceReport()));
    const text = lines.join('\n');
    assert.match(text, /^\nDriftwatch: Drift, critical\n18 of 18 weeks were compared, and 12 differ\./);
    assert.match(text, /6 legacy weeks skipped as expected: not starting on a Monday/);
    assert.match(text, /2 differences resolved themselves during the run/);
    assert.match(text, /Findings +166\nMISSING_RECORD +165\nCOUNT_MISMATCH +1\n/);
    assert.match(text, /Pair habit-tracker, full comparison in 2\.8 s, seed 1700000001-1/);
    assert.match(
      text,
      /::group::First 20 of 166 findings\nMISSING_RECORD child-[0-9a-f]{8}, week 2025-09-01, habits\/text\(12, [0-9a-f]{8}\)\/2025-09-01: legacy \w+, normalized nothing\n/,
    );
  });

  test('says what is accepted, by whom and until when, and what no longer is', () => {
    const text = linesOf(() => logVerdict(acceptedReport())).join('\n');
    assert.match(
      text,
      /^\nDriftwatch: In sync, except for 165 accepted differences\n18 of 18 weeks were compared, and none of them differs beyond what is accepted\.\n/,
    );
    assert.match(
      text,
      /\n165 differences are accepted, and do not count\.\n1 acceptance rule has expired: no covered difference is left\.\n1 acceptance rule no longer matches anything, and can be removed\.\n/,
    );
    assert.match(
      text,
      /\nAccepted differences\n0 \(expired: counts again\) DATA_MISMATCH, theme, until 2025-10-31, by Noor: Until the app is updated\n0 \(no longer matches anything\) .*\n165 \(accepted\) MISSING_RECORD, habits\/\*, until 2025-12-31, by Noor: Lost by the first backfill\n/,
    );
    const warnings = linesOf(() => annotate(acceptedReport())).filter((line) => line.startsWith('::'));
    assert.deepEqual(
      warnings.map((line) => line.replace(/::Accept.*/, '')),
      ['::warning title=Driftwatch%3A 1 acceptance rule has expired'],
    );
  });

  test('ends with the trend and with what the cut-over still waits for, where runs are on record', () => {
    const cutover = { ready: false, reasons: ['1 of 12 consecutive conclusive runs in sync.', '::error::x'] };
    const print = (report: Parameters<typeof logVerdict>[0]) => linesOf(() => logVerdict(report)).join('\n');
    assert.match(print({ ...syncedReport(), cutover }), /\n\nCut-over: not ready; the output cutover-reasons says what is missing\.\n\nPair/);
    const run = {
      at: '2025-11-21T06:17:04.871Z',
      verdict: 'in-sync' as const,
      severity: 'none' as const,
      rate: 0,
      findings: 0,
      differing: 0,
      compared: 18,
      population: 18,
    };
    const text = print({ ...syncedReport(), cutover, trend: [run, run] });
    assert.match(text, /\n\n2 runs since 2025-11-21 06:17 UTC: 2 in sync; drift rate 0% {2}▁▁\n\nCut-over: not ready\n- 1 of 12 .*\n- \\u\{3a\}:error/);
    assert.match(print({ ...syncedReport(), cutover: { ready: true, reasons: [] } }), /\nCut-over: ready: every week/);
  });

  test('has its numbers below each other', () => {
    const lines = linesOf(() => logVerdict(referenceReport()));
    const start = lines.findIndex((line) => line.startsWith('Counts'));
    const table = lines.slice(start, start + 5);
    assert.deepEqual(
      table.map((line) => line.split(/ +/)),
      [
        ['Counts', 'legacy', 'expected', 'normalized', 'difference'],
        ['children', '6', '6', '6', '0'],
        ['weeks', '24', '18', '18', '0'],
        ['habits', '156', '117', '117', '0'],
        ['records', '598', '448', '283', '−165'],
      ],
    );
    assert.equal(new Set(table.map((line) => line.length)).size, 1);
  });

  test('says why nothing is known, and never that all is well', () => {
    const text = linesOf(() => logVerdict(unknownReport())).join('\n');
    assert.match(text, /Unknown: the comparison could not be finished\nhabit_tracker could not be read: the server answered 401/);
    assert.match(text, /Whether both sides agree is unknown/);
    assert.doesNotMatch(text, /[Ii]n sync/);
  });

  test('says how sure an all-clear is', () => {
    assert.match(linesOf(() => logVerdict(syncedReport())).join('\n'), /In sync\n18 of 18 weeks were compared, and none of them differs\./);
    assert.match(linesOf(() => logVerdict(sampledReport())).join('\n'), /With 95% confidence, at most 0\.0999% of all weeks differ/);
  });

  test('stays short, whatever there is to say', () => {
    for (const report of [disasterReport(), hostileReport()]) {
      const lines = linesOf(() => logVerdict(report));
      assert.ok(lines.length < 140);
      for (const line of lines) assert.ok(line.length < 2_100);
    }
  });

  test('starts no workflow command but its own group, whatever the data hold', () => {
    holds(
      property(array(string({ unit: 'binary', maxLength: 100 }), { maxLength: 10 }), (random) => {
        const lines = linesOf(() => logVerdict(reportWith([...random, ...hostileTexts])));
        assert.deepEqual(
          lines.filter(isCommand).map((line) => line.replaceAll(/\d+/g, 'n')),
          ['::group::First n of n findings', '::endgroup::'],
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('annotations', () => {
  test('an error for critical findings and a warning for high ones, one for each type, with the first of them', () => {
    const lines = linesOf(() => annotate(referenceReport())).filter(Boolean);
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? '',
      /^::error title=Driftwatch%3A MISSING_RECORD::165 findings of this type, the first: child-[0-9a-f]{8}, week 2025-09-01, habits\//,
    );
    assert.match(lines[1] ?? '', /^::warning title=Driftwatch%3A COUNT_MISMATCH::1 finding of this type: records: legacy 448, normalized 283$/);
  });

  test('none when all is well, and none for medium findings', () => {
    assert.deepEqual(
      linesOf(() => annotate(syncedReport())),
      [''],
    );
    const report = referenceReport();
    report.findings = report.findings.map((finding) => ({ ...finding, severity: 'medium' }));
    report.severityByType = { MISSING_RECORD: 'medium', COUNT_MISMATCH: 'medium' };
    report.severity = 'medium';
    assert.deepEqual(
      linesOf(() => annotate(report)),
      [''],
    );
  });

  test('one for a run that is as severe by its rate alone', () => {
    const report = { ...referenceReport(), severityByType: { DATA_MISMATCH: 'medium' as const } };
    const linesAt = (severity: 'critical' | 'high') => linesOf(() => annotate({ ...report, severity })).filter(Boolean);
    for (const [severity, kind] of [
      ['critical', 'error'],
      ['high', 'warning'],
    ] as const) {
      assert.equal(linesAt(severity).length, 1);
      assert.match(
        linesAt(severity)[0] ?? '',
        new RegExp(`^::${kind} title=Driftwatch%3A Drift%2C ${severity}::18 of 18 weeks were compared, and 12 differ\\. The drift rate is`),
      );
    }
  });

  test('one for a dual-write that is in trouble, with what is wrong, beside all in sync or drift that is less severe', () => {
    const health = [
      { check: 'error-rate', status: 'failing', severity: 'critical', detail: '3% of 1,200 requests in 24 h failed (5xx); the limit is 1%.' },
      { check: 'owner', status: 'failing', severity: 'high', detail: 'Row-level security applies to the functions\u2019 owner on a`b::c.' },
      { check: 'mode', status: 'ok', severity: 'none', detail: 'The dual-write mode is on.' },
    ] as const;
    const about = (report: ReturnType<typeof syncedReport>) =>
      linesOf(() => annotate({ ...report, severity: 'critical', health: [...health] })).filter(Boolean);
    const said = 'error-rate: 3%25 of 1,200 requests in 24 h failed (5xx); the limit is 1%25.';
    assert.deepEqual(about(syncedReport()), [`::error title=Driftwatch%3A In sync::${said}`]);
    const drift = { ...referenceReport(), severityByType: { DATA_MISMATCH: 'medium' as const } };
    const [both = '', ...others] = about(drift);
    assert.match(both, /^::error title=Driftwatch%3A Drift%2C critical::18 of 18 weeks were compared, and 12 differ\. /);
    assert.ok(both.endsWith(` ${said}`), both);
    assert.deepEqual(others, []);
  });

  test('a warning with the reason when nothing is known', () => {
    const lines = linesOf(() => annotate(unknownReport())).filter(Boolean);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^::warning title=Driftwatch%3A Unknown.*::habit_tracker could not be read: the server answered 401/);
  });

  test('no more than GitHub keeps of a step', () => {
    for (const report of [disasterReport(), hostileReport()]) {
      const lines = linesOf(() => annotate(report));
      for (const kind of ['error', 'warning']) {
        assert.ok(lines.filter((line) => line.startsWith(`::${kind} `)).length <= 10);
      }
    }
  });

  test('text of a database neither ends one nor starts another', () => {
    holds(
      property(array(string({ unit: 'binary', maxLength: 100 }), { maxLength: 10 }), (random) => {
        for (const line of linesOf(() => annotate(reportWith([...random, ...hostileTexts]))).filter(Boolean)) {
          assert.match(line, /^::(error|warning) title=Driftwatch%3A [^:]*::(?!.*::)/);
          assert.ok(!line.includes('##['));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('progress', () => {
  test('a quick comparison prints none, a long one a line every five seconds', () => {
    let time = 0;
    const lines = linesOf(() => {
      const progress = createProgressLog(syncedReport().words, () => time);
      for (let second = 1; second <= 21; second += 1) {
        time = second * 1_000;
        progress(second * 1_500, 100_000);
      }
    });
    assert.deepEqual(lines.slice(0, -1), [
      'Compared 7,500 of 100,000 weeks (7%), 1,500 per second, about 1 min 2 s left',
      'Compared 15,000 of 100,000 weeks (15%), 1,500 per second, about 57 s left',
      'Compared 22,500 of 100,000 weeks (22%), 1,500 per second, about 52 s left',
      'Compared 30,000 of 100,000 weeks (30%), 1,500 per second, about 47 s left',
    ]);
  });

  test('what is not known yet is left out', () => {
    let time = 0;
    const lines = linesOf(() => {
      const progress = createProgressLog(syncedReport().words, () => time);
      time = 6_000;
      progress(0, 0);
    });
    assert.equal(lines[0], 'Compared 0 of 0 weeks');
  });
});
