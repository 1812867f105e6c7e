import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { marker, maxLength, renderBody, splitBody } from '../../src/publish/issue/body.ts';
import { lasting } from '../../src/publish/issue/comments.ts';
import { packRun, readState, trendOf, writeState, type IssueState } from '../../src/publish/issue/state.ts';
import { differingWeeks, hasOtherWeeks, withoutList } from '../../src/publish/issue/weeks.ts';
import type { Report } from '../../src/report/report.ts';
import { contextOf, driftReport, factsOf, high, timeOf, unknown, weeks } from './issue-setup.ts';
import { disasterReport, hostileReport, referenceReport } from './reports.ts';

const stateIn = (body: string): ReturnType<typeof readState> => readState(body, factsOf(1_000_000));

const stateFor = (report: Report): IssueState => ({
  version: 1,
  firstSeen: '2025-11-20T00:17:04.871Z',
  runs: 3,
  checkedAt: report.finishedAt,
  unknown: false,
  announcedAt: null,
  names: 'k',
  conclusive: { at: report.finishedAt, url: 'https://github.com/octo-org/habits/actions/runs/1' },
  severity: 'high',
  worst: 'critical',
  weeks: differingWeeks(report),
});

function render(report: Report, before?: string, keepFindings = false): string {
  const previous = before === undefined ? undefined : splitBody(before, report.pair, factsOf(1));
  return renderBody({ report, context: contextOf(1), state: stateFor(report), previous, keepFindings }) ?? '';
}

describe('the body', () => {
  it('says what else it takes to accept drift where no run recognizes the weeks of another', () => {
    const known: Report = { ...high(), pseudonymKeyId: '0123456789abcdef' };
    assert.match(render(known), /- \*\*Accept it:\*\* close this issue as \*not planned\*\. It is not filed again/);
    assert.match(
      render(high()),
      /- \*\*Accept it:\*\* set `pseudonym-key`, and after the next run close this issue as \*not planned\*\. It is not filed again/,
    );
  });

  it('of the reference case shows what differs and where, in an order that a maintainer reads in', () => {
    const body = render(referenceReport());
    const order = [
      '<!-- driftwatch:v1 pair=habit-tracker -->',
      '🔴 **Drift, critical: 12 of 18 compared weeks differ** (drift rate 66.7%): 165 × `MISSING_RECORD`, 1 × `COUNT_MISMATCH`.',
      '**Where it comes from:**\n* All 165 missing records belong to habits whose id is a millisecond timestamp',
      '**Last checked:** 2025-11-21 06:17 UTC by [this run](https://github.com/octo-org/habits/actions/runs/1700000001)',
      '[report](https://github.com/octo-org/habits/actions/runs/1700000001#artifacts)',
      '**Last conclusive check:** 2025-11-21 06:17 UTC ([run](https://github.com/octo-org/habits/actions/runs/1))',
      '**Drift first seen:** 2025-11-20 00:17 UTC, in 3 runs so far',
      '| `records` | 598 | 448 | 283 | **−165** |',
      '6 legacy weeks skipped as expected',
      '| `MISSING_RECORD` | critical | 165 | 12 | 6 |',
      '### What to do next',
      'select * from habit_tracker where id in (',
      'select * from backfill_legacy_weeks(false);',
      'gh run rerun 1700000001 --repo octo-org/habits',
      '`drift-ignore`',
      '*not planned*',
      '### Where',
      'findings in full</summary>',
      '<!-- driftwatch-state ',
      '<!-- driftwatch:end -->',
    ].map((text) => [text, body.indexOf(text)] as const);
    for (const [text, index] of order) assert.notEqual(index, -1, `${text} is missing`);
    assert.deepEqual(
      order.map(([, index]) => index),
      order.map(([, index]) => index).sort((a, b) => a - b),
    );
  });

  it('condenses 165 missing records to the habits they are missing from', () => {
    const where = /### Where\n\n(.*?)\n\n</s.exec(render(referenceReport()))?.[1] ?? '';
    const rows = where
      .split('\n')
      .slice(2)
      .filter((row) => row.includes('MISSING_RECORD'));
    assert.equal(rows.length, 24);
    assert.equal(
      rows.map((row) => Number(/(\d+) \|$/.exec(row)?.[1])).reduce((sum, n) => sum + n, 0),
      165,
    );
  });

  it('never exceeds 60,000 characters: all findings, then as many as fit, then the counts', () => {
    const reports = [high(), referenceReport(), disasterReport(), hostileReport(), driftReport('high', weeks(2000)), driftReport('high', weeks(9000))];
    const lengths = reports.map((report) => render(report).length);
    for (const length of lengths) assert.ok(length <= maxLength, `${length} characters`);
    const disaster = render(disasterReport());
    assert.ok(disaster.length > maxLength / 3, 'there is room for some findings');
    assert.match(disaster, /…and 19,\d{3} more; see `report\.json`\./);
    assert.match(disaster, /\*\*−600,000\*\*/);
  });

  it('leaves the runs out before it exceeds that, and keeps them otherwise', () => {
    const trend = Array.from({ length: 60 }, (_, run) =>
      packRun({
        at: timeOf(run).toISOString(),
        verdict: 'drift',
        severity: 'critical',
        rate: 0.12345,
        findings: 12_345,
        differing: 1234,
        compared: 123_456,
        population: 123_456,
      }),
    );
    const bodyWith = (note: string) =>
      renderBody({
        report: disasterReport(),
        context: contextOf(1),
        state: { ...stateFor(disasterReport()), trend },
        previous: splitBody(`${render(high())}\n${note}`, 'habit-tracker', factsOf(1)),
        keepFindings: false,
      }) ?? '';
    assert.equal(stateIn(bodyWith(''))?.trend?.length, 60);
    assert.match(bodyWith(''), /60 runs since/);
    const crowded = bodyWith('x'.repeat(53_000));
    assert.ok(crowded.length <= maxLength, `${crowded.length}`);
    assert.deepEqual(stateIn(crowded)?.trend, []);
    assert.doesNotMatch(crowded, /60 runs since/);
  });

  it('makes room for what a person wrote', () => {
    const note = 'my own text '.repeat(4500).trim();
    const body = render(disasterReport(), `${render(high())}\n${note}`);
    assert.ok(body.endsWith(note));
    assert.ok(body.length <= maxLength);
    assert.match(body, /\*\*−600,000\*\*/);
    assert.notEqual(stateIn(body), undefined);
  });

  it('says only what the verdict is before it exceeds 60,000 characters', () => {
    const body = render(disasterReport(), `${render(high())}\n${'x'.repeat(58_000)}`);
    assert.ok(body.length <= maxLength, `${body.length}`);
  });

  it('renders the same from itself', () => {
    for (const report of [high(), referenceReport(), disasterReport(), unknown(), hostileReport()]) {
      const once = render(report);
      assert.equal(render(report, once), once);
      assert.equal(render(report, once, true), once);
    }
  });

  it('holds no line of data that could pass for one of its markers', () => {
    const hostile = { ...hostileReport(), pair: 'habit-tracker' };
    const body = render(hostile);
    const comments = body.split('\n').filter((line) => line.startsWith('<!--'));
    assert.equal(comments.length, 4);
    assert.equal(splitBody(body, 'habit-tracker', factsOf(1))?.after, '');
  });

  it('finds its findings again however the rest was edited, and makes them anew when they are gone', () => {
    const body = render(high());
    assert.match(render(unknown(), body.replace('<!-- driftwatch:end -->', ''), true), /`MISSING_WEEK` \| high/);
    const withoutFindings = body.replace(/<!-- driftwatch:findings -->/, '');
    assert.match(render(unknown(), withoutFindings, true), /Unknown/);
  });

  it('a pair of any name cannot leave the marker', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (pair) => {
        assert.match(marker(pair), /^<!-- driftwatch:v1 pair=[\w.!~*'()%-]* -->$/);
      }),
    );
  });
});

describe('the hidden state', () => {
  it('is read as it was written', () => {
    const state = stateFor(referenceReport());
    assert.deepEqual(stateIn(`text\n${writeState(state)}\ntext`), state);
  });

  it('is nothing when damaged, whatever stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
        const encoded = Buffer.from(text).toString('base64url');
        assert.equal(stateIn(`<!-- driftwatch-state ${encoded} -->`), undefined);
        assert.equal(stateIn(`<!-- driftwatch-state ${text} -->`), undefined);
      }),
    );
  });

  it('holds runs as they were, to the second', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.constantFrom('in-sync' as const, 'drift' as const, 'unknown' as const),
        fc.constantFrom('none' as const, 'medium' as const, 'critical' as const),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(1_000_000),
        (date, verdict, severity, rate, findings) => {
          const run = { at: date.toISOString(), verdict, severity, rate, findings, differing: 1, compared: 2, population: 3 };
          const state = stateIn(writeState({ ...stateFor(high()), trend: [packRun(run)] }));
          const [read] = trendOf(state ?? {});
          assert.deepEqual({ ...read, rate: 0 }, { ...run, at: `${run.at.slice(0, 19)}.000Z`, rate: 0 });
          assert.ok(Math.abs((read?.rate ?? 2) - rate) <= rate * 0.001);
        },
      ),
    );
  });

  it('takes no run that cannot be', () => {
    const [at, ...rest] = packRun({
      at: '2025-11-21T06:17:04Z',
      verdict: 'drift',
      severity: 'high',
      rate: 0.1,
      findings: 3,
      differing: 2,
      compared: 18,
      population: 18,
    });
    const readWith = (run: unknown) => stateIn(writeState({ ...stateFor(high()), trend: [run] as never }));
    assert.notEqual(readWith([at, ...rest]), undefined);
    for (const run of [
      [1e15, ...rest],
      [-1, ...rest],
      [at, 3, ...rest.slice(1)],
      [at, 1, 9, ...rest.slice(2)],
      [at, 1, 1, 1.5, ...rest.slice(3)],
      [at],
      'x',
      [...rest, at, '@octocat'],
    ]) {
      assert.equal(readWith(run), undefined, JSON.stringify(run));
    }
  });

  it('takes no address but one of a run of the same repository', () => {
    const conclusiveIn = (url: string) => stateIn(writeState({ ...stateFor(high()), conclusive: { at: '2025-11-21T06:17:04Z', url } }))?.conclusive;
    const runs = 'https://github.com/octo-org/habits/actions/runs/';
    for (const url of [`${runs}17`, `${runs}17/attempts/2`]) assert.deepEqual(conclusiveIn(url), { at: '2025-11-21T06:17:04Z', url });
    for (const url of [
      'javascript:alert(1)',
      'https://evil.example/',
      'https://evil.example/octo-org/habits/actions/runs/17',
      'https://github.com/octo-org/other/actions/runs/17',
      'https://github.com/octo-org/habits/issues/17',
      'https://github.com.evil.example/octo-org/habits/actions/runs/17',
      'https://github.com/mallory/x/?https://github.com/octo-org/habits/actions/runs/17',
      `${runs}17) @octocat`,
      `${runs}17?x`,
      `${runs}../../../../mallory/x`,
      `${runs}17\n`,
      `${runs}`,
      '',
    ])
      assert.deepEqual(conclusiveIn(url), { at: '2025-11-21T06:17:04Z' }, url);
    const outside = readState(writeState({ ...stateFor(high()), conclusive: { at: '2025-11-21T06:17:04Z', url: `${runs}17` } }), {
      ...factsOf(9),
      runUrl: undefined,
    });
    assert.equal(outside?.conclusive?.url, undefined);
  });

  it('takes no time that lies ahead', () => {
    const ahead = {
      ...stateFor(high()),
      firstSeen: '2027-01-01T00:00:00Z',
      checkedAt: '2027-01-01T00:00:00Z',
      announcedAt: '2027-01-01T00:00:00Z',
      conclusive: { at: '2027-01-01T00:00:00Z' },
    };
    const run = { verdict: 'drift', severity: 'high', rate: 0.1, findings: 3, differing: 2, compared: 18, population: 18 } as const;
    const trend = [packRun({ at: '2025-11-21T06:17:00Z', ...run }), packRun({ at: '2027-01-01T00:00:00Z', ...run })];
    const state = readState(writeState({ ...ahead, trend }), factsOf(1));
    const { createdAt } = factsOf(1);
    assert.deepEqual(
      [state?.firstSeen, state?.checkedAt, state?.announcedAt, state?.conclusive, state?.trend],
      [createdAt, createdAt, null, null, trend.slice(0, 1)],
    );
    const now = factsOf(1).now.toISOString();
    assert.equal(readState(writeState({ ...ahead, announcedAt: now }), factsOf(1))?.announcedAt, now, 'now is not ahead');
  });
});

describe('differing weeks', () => {
  const some = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 });
  const of = (numbers: readonly number[]) =>
    differingWeeks(
      driftReport(
        'high',
        numbers.flatMap((number) => weeks(1, number)),
      ),
    );

  it('are other ones exactly when one was not there before', () => {
    fc.assert(
      fc.property(some, some, (before, now) => {
        assert.equal(
          hasOtherWeeks(of(before), of(now)),
          now.some((week) => !before.includes(week)),
        );
      }),
    );
  });

  it('take at most 10,000 characters, and are known as a whole above 2,000', () => {
    assert.equal(differingWeeks(driftReport('high', weeks(2000))).list?.length, 10_000);
    assert.equal(differingWeeks(driftReport('high', weeks(2001))).list, undefined);
  });

  it('known as a whole, a smaller set is what is left of it', () => {
    const many = differingWeeks(driftReport('high', weeks(2001)));
    assert.equal(hasOtherWeeks(many, differingWeeks(driftReport('high', weeks(2000)))), false);
    assert.equal(hasOtherWeeks(many, differingWeeks(driftReport('high', weeks(2001)))), false);
    assert.equal(hasOtherWeeks(many, differingWeeks(driftReport('high', weeks(2001, 1)))), true);
    assert.equal(hasOtherWeeks(withoutList(of([1, 2])), of([1])), false);
    assert.equal(hasOtherWeeks(of([1, 2]), many), true);
  });

  it('cannot be told from weeks that another key made', () => {
    assert.equal(hasOtherWeeks({ ...of([1]), key: 'other' }, of([2])), undefined);
  });

  it('are not told by findings about no week', () => {
    const report = referenceReport();
    assert.equal(differingWeeks(report).count, 12);
  });
});

it('a time span is told in days and hours, below an hour in minutes', () => {
  const from = '2025-11-21T00:00:00Z';
  assert.equal(lasting(from, '2025-11-21T00:01:59Z'), '1 minute');
  assert.equal(lasting(from, '2025-11-21T00:45:00Z'), '45 minutes');
  assert.equal(lasting(from, '2025-11-22T00:59:00Z'), '1 day');
  assert.equal(lasting(from, '2025-11-24T01:00:00Z'), '3 days 1 hour');
  assert.equal(lasting(from, '2025-11-20T00:00:00Z'), 'less than a minute');
});
