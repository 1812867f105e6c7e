import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { renderBody } from '../../src/publish/issue/body.ts';
import { recoveredComment, worsenedComment } from '../../src/publish/issue/comments.ts';
import type { IssueState } from '../../src/publish/issue/state.ts';
import { renderHtml } from '../../src/publish/html/html.ts';
import { attention, countsTable, findingsTable, healthTable, nextSteps, placesTable, typesTable, verdictLine } from '../../src/publish/markdown.ts';
import { statistics } from '../../src/publish/words.ts';
import { readHistory } from '../../src/history/history.ts';
import { takeTurn } from '../../src/history/turn.ts';
import { readError } from '../../src/store/postgrest/read-error.ts';
import type { Reader } from '../../src/store/postgrest/reader.ts';
import type { Finding, Report } from '../../src/report/report.ts';
import { contextOf } from './issue-setup.ts';
import { hostileTexts, referenceReport, reportWith, sampledReport, syncedReport, unknownReport } from './reports.ts';

const context = contextOf(1);

const state: IssueState = {
  version: 1,
  firstSeen: '2025-11-20T00:17:04.871Z',
  runs: 3,
  checkedAt: '2025-11-21T06:17:04.871Z',
  unknown: false,
  announcedAt: null,
  conclusive: null,
  severity: 'high',
  worst: 'critical',
  weeks: null,
};

/** All Markdown that is made of a report; the pair's name is the code's own. */
function everything(report: Report): string {
  const own = { ...report, pair: 'habit-tracker' };
  return [
    renderBody({ report: own, context, state, previous: undefined, keepFindings: false }),
    worsenedComment({ ...own, verdict: 'drift' }, context, state, { rose: true, weeks: undefined }),
    recoveredComment(own, context, state),
    findingsTable(own, 1000),
    nextSteps({ ...own, mode: 'sample' }, context),
  ].join('\n\n');
}

/** What is left without code: GitHub finds nothing to act on within a span or a block. A row of them counts as one. */
const outsideOfCode = (markdown: string): string =>
  markdown
    .replace(/^ {3}```sql\n(?: {3}(?!```)[^\n]*\n)+ {3}```$/gm, '`')
    .replace(/`[^`\n]+`/g, '`')
    .replace(/`(?: `)+/g, '`');

/** Text of the same length in number, and as harmless as can be. */
const harmless = (texts: readonly string[]): string[] => texts.map((_, index) => `t${index}`);

describe('text from a database', () => {
  it('stands within code spans only, and each of them ends on its line', () => {
    const expected = outsideOfCode(everything(reportWith(harmless(hostileTexts.slice(0, 22)))));
    assert.equal(outsideOfCode(everything(reportWith(hostileTexts.slice(0, 22)))), expected);
  });

  it('does so whatever it is', () => {
    const acting = fc.constantFrom('`', '|', '\n', '\r', '\\', '@octocat', '#1', '](', '<b>', '-->', '<!--', '\u2028', '**', '$', '\t', ' ');
    const text = fc.array(fc.oneof(acting, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 9 }), (texts) => {
        const expected = outsideOfCode(everything(reportWith(harmless(texts))));
        assert.equal(outsideOfCode(everything(reportWith(texts))), expected);
      }),
      { numRuns: 150 },
    );
  });

  it('never breaks a table: every row has as many cells as its head', () => {
    const tables = outsideOfCode(everything(reportWith(hostileTexts)))
      .split(/\n\n+/)
      .filter((block) => block.startsWith('| '));
    assert.ok(tables.length >= 5);
    for (const block of tables) {
      const widths = new Set(block.split('\n').map((row) => row.split('|').length));
      assert.equal(widths.size, 1, block.slice(0, 200));
    }
  });
});

describe('what to look at besides the findings', () => {
  it('is never cut short where it says what to do', async () => {
    const unread = readError({ table: 'driftwatch_history', answer: { status: 404, headers: new Headers(), body: '{"code":"PGRST205","message":""}' } }, 1000);
    const reader = { select: () => Promise.reject(unread), call: () => Promise.reject(unread) } as unknown as Reader;
    const now = () => new Date();
    const { problem = '' } = await takeTurn(reader, 'habit-tracker', { of: 28, declaration: '' }, 1, { highThreshold: 0.001, confidence: 0.95 }, now);
    const history = String(await readHistory(reader, 'habit-tracker', now));
    const end = /[^.]+\.$/.exec(problem)?.[0] ?? problem;
    assert.ok(end.length > 20 && history.endsWith(end));
    const report: Report = {
      ...syncedReport(),
      health: [{ check: 'rotation', status: 'warning', severity: 'low', detail: problem }],
      remarks: [problem],
      cutover: { ready: false, reasons: [history] },
    };
    const page = renderHtml(report, context).replaceAll('&#39;', "'");
    assert.deepEqual(
      [healthTable(report), attention(report), page].map((text) => text.split(end).length - 1),
      [1, 2, 3],
    );
  });
});

describe('the verdict line', () => {
  it('says it all at a glance', () => {
    assert.equal(verdictLine(syncedReport()), '🟢 **In sync: all 18 weeks compared, nothing differs.**');
    assert.equal(
      verdictLine(sampledReport()),
      '🟢 **In sync: 2,995 of 120,000 weeks sampled, and nothing differs.** With 95% confidence, at most 0.0999% of all weeks differ.',
    );
    assert.match(verdictLine(unknownReport()), /^⚪ \*\*Unknown.*\*\* `habit_tracker could not be read: .*`$/);
    const one = { ...referenceReport(), severity: 'high' as const, drift: { ...referenceReport().drift, differing: 1 } };
    assert.match(verdictLine(one), /^🟠 \*\*Drift, high: 1 of 18 compared weeks differs\*\*/);
  });

  it('speaks of a single week in the singular', () => {
    const one = { ...syncedReport(), drift: { ...syncedReport().drift, compared: 1, population: 1 } };
    assert.equal(verdictLine(one), '🟢 **In sync: the only week compared, nothing differs.**');
    assert.match(renderHtml(one, context), />The only week was compared, and nothing differs\./);
    const drawn = { ...sampledReport(), drift: { ...sampledReport().drift, compared: 1 } };
    assert.match(statistics(drawn), /^1 of 120,000 weeks, drawn at random, was compared, and it does not differ\./);
    assert.match(renderHtml(drawn, context), />1 week drawn at random was compared, and nothing differs\./);
  });

  it('speaks of no chance where a sample has everything', () => {
    const all = { ...syncedReport(), mode: 'sample' as const };
    assert.equal(statistics(all), '18 of 18 weeks were compared, and none of them differs.');
  });

  it('says of an empty part that there is nothing to compare', () => {
    const empty = { ...syncedReport(), drift: { ...syncedReport().drift, compared: 0, population: 0 } };
    assert.equal(verdictLine(empty), '🟢 **In sync: there are no weeks to compare.**');
    assert.match(renderHtml(empty, context), />There are no weeks to compare\./);
  });

  it('does not bound what one part leaves open where all parts together leave nothing', () => {
    const part = { ...syncedReport(), part: { index: 5, of: 5 }, drift: { ...syncedReport().drift, compared: 4, upperBound: 0.53 } };
    const coverage = { parts: 5, verified: 5, oldest: '2025-11-20T06:17:00.000Z' };
    const all = { ...part, coverage, standing: { isConclusive: true, isExact: true } };
    assert.equal(
      verdictLine(all),
      '🟢 **In sync: 4 of 18 weeks compared, and nothing differs.** Part 5 of 5 was compared; 5 of 5 parts verified in sync since drift was last seen; the oldest on 20 November.',
    );
    assert.doesNotMatch(statistics(all), /at most/);
    const some = { ...part, coverage: { ...coverage, verified: 4 }, standing: { isConclusive: false, isExact: false } };
    for (const text of [verdictLine(some), statistics(some)]) assert.match(text, / With 95% confidence, at most 53% of all weeks differ\./);
  });

  it('shows a drift rate beside its limits on its own side of them', () => {
    const shown = (differing: number, high = 0.001) => {
      const report = { ...referenceReport(), drift: { ...referenceReport().drift, rate: differing / 100_000 }, thresholds: { high, critical: 0.01 } };
      assert.ok(verdictLine(report).includes(`(drift rate ${/rate is ([\d.]+%)/.exec(statistics(report))?.[1]})`));
      return statistics(report).split(' The drift ')[1];
    };
    assert.equal(shown(1000), 'rate is 1%: above 0.1% is high, above 1% is critical.');
    assert.equal(shown(1001), 'rate is 1.001%: above 0.1% is high, above 1% is critical.');
    assert.equal(shown(99.99), 'rate is 0.09999%: above 0.1% is high, above 1% is critical.');
    assert.equal(shown(123.4, 0.001234), 'rate is 0.123%: above 0.1234% is high, above 1% is critical.');
  });

  it('does not say that weeks differ where only counts do', () => {
    const report = { ...referenceReport(), drift: { ...referenceReport().drift, differing: 0 } };
    assert.match(verdictLine(report), /the counts differ, but the compared weeks do not/);
    const findings = report.findings.slice(0, 2);
    const unassigned = { ...report, findings, findingsTotal: 2, findingsByType: { MALFORMED_LEGACY: 2 } };
    assert.match(verdictLine(unassigned), /Drift, critical: 2 findings outside the compared weeks, which agree\*\*/);
  });
});

describe('the tables', () => {
  it('count what was found, and say where they stop', () => {
    const report = referenceReport();
    assert.match(countsTable(report), /^\| Level \| Legacy \| Expected \| Normalized \| Difference \|\n\| --- \| ---: /);
    assert.match(typesTable(report), /\| `MISSING_RECORD` \| critical \| 165 \| 12 \| 6 \|\n\| `COUNT_MISMATCH` \| high \| 1 \| – \| – \|/);
    assert.match(findingsTable(report, 3), /…and 163 more; see `report\.json`\.$/);
    assert.equal(findingsTable(report, 166).includes('more;'), false);
    assert.match(placesTable(report, 5), /…and 20 more;/);
  });

  it('say of truncated findings that they are a lower bound', () => {
    assert.match(typesTable({ ...referenceReport(), findingsTruncated: true }), /\| 165 \| ≥ 12 \| ≥ 6 \|/);
  });

  it('count no weeks of a missing child, whose finding stands for all of them', () => {
    const report = referenceReport();
    const [first] = report.findings;
    assert.ok(first);
    const findings: Finding[] = [{ ...first, type: 'MISSING_CHILD', level: 'children', place: null, severity: 'critical' }];
    const table = typesTable({ ...report, findings, findingsByType: { MISSING_CHILD: 1 }, severityByType: { MISSING_CHILD: 'critical' } });
    assert.match(table, /\| `MISSING_CHILD` \| critical \| 1 \| – \| 1 \|/);
  });

  it('are not there when there is nothing to say', () => {
    const report = syncedReport();
    assert.deepEqual(
      [typesTable(report), placesTable(report, 9), findingsTable(report, 9), healthTable(report), nextSteps(report, context)],
      ['', '', '', '', ''],
    );
    assert.equal(findingsTable(referenceReport(), 0), '');
    const one = { ...referenceReport(), findings: referenceReport().findings.slice(0, 1) };
    assert.equal(placesTable(one, 9), '', 'one finding is not condensed');
  });

  it('show health checks that are not well, and only those', () => {
    const health: Report['health'] = [
      { check: 'dual-write', status: 'failing', severity: 'high', detail: 'no write in 3 days' },
      { check: 'constraints', status: 'ok', severity: 'none', detail: '9 of 9 valid' },
    ];
    assert.equal(
      healthTable({ ...syncedReport(), health })
        .split('\n')
        .slice(2)
        .join(),
      '| `dual-write` | failing | high | `no write in 3 days` |',
    );
  });
});

describe('the next steps', () => {
  it('name rows to look at, what to run in which order, and how to check again', () => {
    const steps = nextSteps(referenceReport(), context);
    const order = [
      /^1\. \*\*Look at the first difference\*\*: `npx driftwatch explain child-[0-9a-f]{8} 2025-09-\d\d` in a terminal, or in the SQL editor:\n\n {3}```sql\n {3}select \* from habit_tracker where id in \('\d+'\);\n/,
      /\n2\. \*\*Repair the normalized side from the legacy side\*\* with the backfill\. It needs `supabase\/migrations\/013_\w+\.sql` and /,
      /\n {3}select \* from backfill_legacy_weeks\(\);\n {3}```\n/,
      /\n {3}```sql\n {3}select \* from backfill_legacy_weeks\(false\);\n {3}```\n/,
      /\n3\. .*`gh run rerun 1700000001 --repo octo-org\/habits`\.$/,
    ].map((part) => steps.search(part));
    assert.ok(!order.includes(-1), steps);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  it('quote row ids as SQL does', () => {
    const [finding] = referenceReport().findings;
    assert.ok(finding);
    const steps = nextSteps({ ...referenceReport(), findings: [{ ...finding, rowIds: { weeks: ["x'; drop table weeks; --"] } }] }, context);
    assert.match(steps, /\n {3}select \* from weeks where id in \('x''; drop table weeks; --'\);\n/);
  });

  it('work without a run page', () => {
    assert.match(nextSteps(unknownReport(), { ...context, runUrl: undefined }), /Check again by starting the workflow once more\.$/);
  });

  it('say how to draw the same sample', () => {
    const { drift } = referenceReport();
    const next = (population: number): string => nextSteps({ ...referenceReport(), mode: 'sample', drift: { ...drift, population } }, context);
    assert.match(next(drift.compared + 1), /set `seed` to `1700000001-1`\.$/);
    assert.doesNotMatch(next(drift.compared), /seed/, 'there is only one sample of all');
  });
});
