import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { repairSteps } from '../../src/pair/declared/repair.ts';
import { cutoverLines, cutoverSection } from '../../src/publish/cutover.ts';
import { buildMessage } from '../../src/publish/discord/message.ts';
import { fileOf } from '../../src/publish/files.ts';
import { renderHtml } from '../../src/publish/html/html.ts';
import { marker, renderBody } from '../../src/publish/issue/body.ts';
import { recoveredComment, worsenedComment } from '../../src/publish/issue/comments.ts';
import { plan, type Plan } from '../../src/publish/issue/plan.ts';
import { annotate, logVerdict } from '../../src/publish/log.ts';
import { createProgressLog } from '../../src/publish/progress.ts';
import { explainCommand, nextSteps, placesOf, verdictLine } from '../../src/publish/markdown.ts';
import { renderSummary } from '../../src/publish/summary.ts';
import type { Finding, Report } from '../../src/report/report.ts';
import { isConclusive } from '../../src/verdict/verdict.ts';
import { assertInertMarkdown, assertNoForeignCommand, hostileTexts } from '../action/hostile.ts';
import { driftOfRows, recentRows, syncedRows } from './declared-reports.ts';
import { contextOf, inRun, issueWith, settingsWith, timeOf } from './issue-setup.ts';

/** Every channel speaks of a declared pair in rows and entities, and of nothing that belongs to another pair. */

const context = contextOf(1);

function printed(print: () => void): string {
  let text = '';
  const write = mock.method(process.stdout, 'write', (some: unknown) => {
    text += String(some);
    return true;
  });
  try {
    print();
  } finally {
    write.mock.restore();
  }
  return text;
}

const logOf = (report: Report): string =>
  printed(() => {
    logVerdict(report);
    annotate(report);
  });

const planFor = (report: Report, open: Parameters<typeof plan>[0]['open'] = [], run = 1, closed: Parameters<typeof plan>[0]['closed'] = []): Plan =>
  plan({ report: inRun(run, report), settings: settingsWith({ 'issue-on': 'medium' }), context: contextOf(run), now: timeOf(run), open, closed });

/** The body of the issue that the first run opens. */
function opened(report: Report): string {
  const [create] = planFor(report, [], 0).steps;
  assert.ok(create?.do === 'create');
  return create.body;
}

const discordOf = (report: Report): string => {
  const [embed] = buildMessage({ report, announce: report.verdict === 'unknown' ? 'unknown' : 'opened', context, now: timeOf(1) }).embeds;
  return [embed.title, embed.description, ...(embed.fields ?? []).flatMap(({ name, value }) => [name, value]), embed.footer?.text].join('\n');
};

const everythingSaid = (report: Report): Record<string, string> => ({
  log: logOf(report),
  summary: renderSummary(report, context),
  issue: opened({ ...report, verdict: 'drift', severity: 'critical' }),
  discord: discordOf(report),
});

const habitWords = /\b(week|weeks|child|children|habit|Monday|dual-write)\b/i;

describe('a declared pair', () => {
  const states = {
    drift: driftOfRows(),
    'in sync': syncedRows(),
    recent: recentRows(12),
    unknown: driftOfRows({ verdict: 'unknown', reason: 'The project did not answer.' }),
    sample: driftOfRows({ mode: 'sample', drift: { rate: 0.01, upperBound: 0.02, differing: 3, compared: 300, population: 5000 } }),
  };
  for (const [state, report] of Object.entries(states)) {
    test(`is never spoken of in the words of another pair: ${state}`, () => {
      for (const [channel, text] of Object.entries(everythingSaid(report))) assert.doesNotMatch(text, habitWords, channel);
    });
  }

  test('says in every channel how many rows of which entity differ, and where', () => {
    assert.equal(
      verdictLine(driftOfRows()),
      '🔴 **Drift, critical: 13 of 5,000 compared rows differ** (drift rate 0.3% in `likes`): 2 × `MISSING_ROW`, 1 × `COUNT_MISMATCH`, 1 × `ORPHAN_ROW` and 10 more.',
    );
    assert.equal(verdictLine(syncedRows()), '🟢 **In sync: all 5,000 rows compared, nothing differs.**');
    const { log, summary, issue, discord } = everythingSaid(driftOfRows());
    assert.match(log ?? '', /\n5,000 of 5,000 rows were compared, and 13 differ\./);
    assert.match(log ?? '', /\nlikes +1,000 +1,000 +999 +−1\n/);
    assert.match(log ?? '', /\n::group::14 findings\n/);
    assert.match(log ?? '', /\nEntities +compared +of +differing +drift rate +at most\nposts +4,000 +4,000 +10 +0\.25% +0\.25%\n/);
    assert.match(log ?? '', /MISSING_ROW likes, post_id=JqK4nYw0zXkQ8vBdR2tL, user_id=key-0a1b2c31: legacy nothing, normalized nothing\n/);
    assert.match(log ?? '', /DATA_MISMATCH posts, id=100, title: legacy text\(5, 00000000\), normalized nothing\n/);
    assert.match(log ?? '', /\nCOUNT_MISMATCH likes: legacy 1,000, normalized 999\n/);
    assert.match(
      log ?? '',
      /\nRemarks\nhistory, low: The record of earlier runs could not be read\.\nEntity posts: no row of the legacy side has the field subtitle,/,
    );
    assert.match(log ?? '', /\nReads: 5,012 from the legacy side and 5,000 from the normalized side\.\n/);
    for (const text of [summary ?? '', issue ?? '']) {
      assert.match(
        text,
        /\| Entity \| Legacy \| Expected \| Normalized \| Difference \|\n.*\n\| `posts` \| 4,000 \|.*\n\| `likes` \| 1,000 \| 1,000 \| 999 \| \*\*−1\*\* \|/,
      );
      assert.match(
        text,
        /\| Entity \| Compared \| Of \| Differing \| Drift rate \| At most \|\n.*\n\| `posts` \| 4,000 \| 4,000 \| \*\*10\*\* \| 0\.25% \| 0\.25% \|/,
      );
      assert.match(
        text,
        /\| Type \| Severity \| Findings \| Rows \| Entities \|\n.*\n\| `MISSING_ROW` \| critical \| 2 \| 2 \| `likes` \|\n\| `COUNT_MISMATCH` \| high \| 1 \| – \| `likes` \|/,
      );
      assert.match(
        text,
        /\| Type \| Entity \| Where \| Findings \|\n.*\n\| `MISSING_ROW` \| `likes` \| – \| 2 \|\n(.*\n)*\| `DATA_MISMATCH` \| `posts` \| `title` \| 10 \|/,
      );
      assert.match(
        text,
        /\| critical \| `MISSING_ROW` \| `likes` \| `post_id=JqK4nYw0zXkQ8vBdR2tL, user_id=key-0a1b2c31` \| – \| – \| – \| `legacy boards\/b1\/posts\//,
      );
      assert.match(text, /\| high \| `COUNT_MISMATCH` \| `likes` \| – \| – \| `1,000` \| `999` \|/);
      assert.match(text, /\| medium \| `DATA_MISMATCH` \| `posts` \| `id=100` \| `title` \| `text\(5, 00000000\)` \| – \|/);
    }
    for (const text of [summary ?? '', issue ?? ''])
      assert.match(
        text,
        /### Remarks\n\n\| Check \|.*\n.*\n\| `history` .*\n\n- `Entity posts: no row of the legacy side has the field subtitle, which subtitle is compared with\.`\n/,
      );
    assert.match(summary ?? '', /Reads: 5,012 from the legacy side/);
    assert.match(discord ?? '', /^Drift detected: `board-app`\n/);
    assert.match(discord ?? '', /`likes` 999 of 1,000 expected \(\*\*−1\*\*\)/);
    assert.match(discord ?? '', /\n`DATA_MISMATCH` `posts` `title`: 10 findings\n/);
    assert.match(discord ?? '', /`ORPHAN_ROW` `likes` `post_id=JqK4nYw0zXkQ8vBdR2tL, user_id=key-99999999`: nothing → nothing/);
    assert.match(discord ?? '', /5,000 of 5,000 rows compared · full mode$/);
  });

  test('is never called sampled when the sample had every row', () => {
    for (const [channel, text] of Object.entries(everythingSaid(driftOfRows({ mode: 'sample' }))))
      assert.doesNotMatch(text, /sampled|drawn at random/, channel);
    assert.match(discordOf(driftOfRows({ mode: 'sample' })), /5,000 of 5,000 rows compared · sample mode$/);
    assert.match(verdictLine(driftOfRows({ mode: 'sample' })), /: 13 of 5,000 compared rows differ/);
    assert.match(verdictLine(states.sample), /: 3 of 300 sampled rows differ/);
    const repeated = / of 5,000 rows were compared, and 13 differ/;
    assert.doesNotMatch(discordOf(driftOfRows({ mode: 'sample' })), repeated);
    assert.match(discordOf(states.sample), /\n300 of 5,000 rows, drawn at random, were compared, and 3 differ/);
  });

  test('names what nobody compares in summary and log, as text that does nothing', () => {
    const report = driftOfRows();
    assert.match(
      renderSummary(report, context),
      /### Not compared\n\nThese fields and columns were seen but are not compared\..*\n\n\| Entity \| Legacy \| Normalized \|\n.*\n\| `posts` \| `searchTokens`, `pinned` \| – \|\n\| `likes` \| – \| `updated_at` \|/,
    );
    assert.match(logOf(report), /\nNot compared\. These fields .*\nposts: legacy searchTokens, pinned\nlikes: normalized updated_at\n/);
    assert.doesNotMatch(renderSummary(syncedRows(), context), /Not compared/);
    const hostile = driftOfRows({ notCompared: { posts: { legacy: [...hostileTexts], normalized: [] } } });
    assertInertMarkdown(renderSummary(hostile, context), 'summary');
    assertNoForeignCommand(logOf(hostile));
    assert.match(
      renderSummary(driftOfRows({ notCompared: { posts: { legacy: Array.from({ length: 50 }, (_, index) => `f${index}`), normalized: [] } } }), context),
      /`f29` and 20 more/,
    );
  });

  test('keys and values of whatever origin stay text', () => {
    const findings = hostileTexts.map((text, index): Finding => ({
      type: 'DATA_MISMATCH',
      kind: 'mismatch',
      severity: 'medium',
      level: 'posts',
      key: { id: text },
      place: ['title'],
      legacy: text,
      normalized: null,
      rowIds: { legacy: [text], normalized: [String(index)] },
    }));
    const hostile = driftOfRows({
      findings,
      findingsTotal: findings.length,
      findingsByType: { DATA_MISMATCH: findings.length },
      severityByType: { DATA_MISMATCH: 'medium' },
    });
    assertInertMarkdown(renderSummary(hostile, context), 'summary');
    assertInertMarkdown(opened(hostile), 'issue');
    assertNoForeignCommand(logOf(hostile));
  });

  test('stands in the file without the parts that only the first pair has', () => {
    const file = fileOf(driftOfRows());
    assert.deepEqual(file.findings[0], {
      type: 'MISSING_ROW',
      severity: 'critical',
      level: 'likes',
      key: { post_id: 'JqK4nYw0zXkQ8vBdR2tL', user_id: 'key-0a1b2c31' },
      path: null,
      legacy: null,
      normalized: null,
      rowIds: { legacy: ['boards/b1/posts/JqK4nYw0zXkQ8vBdR2tL/likes/key-0a1b2c31'], normalized: [] },
    });
    assert.deepEqual(
      [file.reads, file.entities?.length, file.notCompared?.['likes']],
      [{ legacy: 5012, normalized: 5000 }, 2, { legacy: [], normalized: ['updated_at'] }],
    );
    assert.ok(!('words' in file));
  });

  test('counts its rows in progress and cut-over', () => {
    let time = 0;
    const text = printed(() => {
      const progress = createProgressLog(syncedRows().words, () => time);
      time = 60_000;
      progress(1, 5000);
    });
    assert.match(text, /^Compared 1 of 5,000 rows/);
    const ready = { ...syncedRows(), cutover: { ready: true, reasons: [] } };
    assert.deepEqual(cutoverLines(ready), ['', 'Cut-over: ready: every row was compared and nothing has differed for long enough.']);
    assert.match(cutoverSection(ready), /🟢 \*\*Ready:\*\* every row was compared and/);
  });

  test('keeps its own issue, and says what changed in it', () => {
    const issue = issueWith(opened(driftOfRows()));
    assert.ok(issue.body.includes(marker('board-app')));
    assert.match(issue.body, /It is not filed again while the same rows differ\./);
    const other = driftOfRows({ differingWeeks: { key: 'k', weeks: ['aaaaa', 'bbbbb'] } });
    const [comment] = planFor(other, [issue], 2).steps;
    assert.ok(comment?.do === 'comment');
    assert.doesNotMatch(comment.body, /conclusive/);
    assert.match(comment.body, /Different rows differ now: 2 rows, against \d+ rows when drift was last seen\./);
    const recovered = planFor(syncedRows(), [issue], 2);
    assert.equal(recovered.action, 'closed');
    assert.deepEqual(planFor(other, [], 2, [{ ...issue, state: 'closed', stateReason: 'not_planned', closedAt: timeOf(1).toISOString() }]).action, 'opened');
    const same = planFor(driftOfRows(), [], 2, [{ ...issue, state: 'closed', stateReason: 'not_planned', closedAt: timeOf(1).toISOString() }]);
    assert.deepEqual(same.notes, ['No issue was filed: #7 was closed as not planned, and the same rows differ.']);
    const state = {
      firstSeen: '2025-11-20T00:17:04.871Z',
      runs: 3,
      worst: 'critical',
      severity: 'high',
      weeks: { count: 13, key: 'k', hash: 'x' },
    } as Parameters<typeof recoveredComment>[2];
    assert.match(recoveredComment(syncedRows(), context, state), / The 13 rows that differed when drift was last seen no longer do\.$/);
    const rule = { reason: 'r', by: 'b', until: '2026-01-01', what: 'w', state: 'active' as const, findings: 13, weeks: 13 };
    assert.doesNotMatch(recoveredComment({ ...syncedRows(), accepted: [rule] }, context, state), /no longer/, 'they still differ');
    const inParts = { ...syncedRows(), part: { index: 1, of: 2 }, coverage: { parts: 2, verified: 2, oldest: timeOf(1).toISOString() } };
    assert.doesNotMatch(recoveredComment(inParts, context, state), /no longer/);
    assert.doesNotMatch(worsenedComment(driftOfRows(), context, state, { rose: true, weeks: undefined }), habitWords);
  });

  test('has a body of at most 60,000 characters for any number of findings', () => {
    const [first] = driftOfRows().findings;
    assert.ok(first);
    const findings = Array.from({ length: 10_000 }, (_, index): Finding => ({
      ...first,
      level: `entity-${index % 60}`,
      key: { id: 'x'.repeat(60), other: String(index) },
    }));
    const report = driftOfRows({
      findings,
      findingsTotal: 20_000,
      findingsTruncated: true,
      entities: Array.from({ length: 60 }, (_, index) => ({ name: `entity-${index}`, compared: 1, population: 1, differing: 1, rate: 1, upperBound: 1 })),
    });
    assert.ok(opened(report).length <= 60_000);
    assert.match(opened(report), /\| `entity-0` \| 1 \|/);
    assert.ok(Buffer.byteLength(renderSummary(report, context)) < 1_048_576);
  });
});

describe('what to do about a declared pair', () => {
  test('begins with both sides of the first row, and goes on in the order of the file', () => {
    const steps = nextSteps(driftOfRows(), context);
    const order = [
      /^1\. \*\*Look at the first difference\*\*, in a terminal at the root of this repository: `npx driftwatch explain likes JqK4nYw0zXkQ8vBdR2tL key-0a1b2c31 --pair board-app`\n/,
      /2\. \*\*Repair the normalized side from the legacy side\*\*, in a terminal at the root of this repository, in this order:/,
      /\n {3}```sh\n {3}npx driftwatch repair --pair board-app --entity posts\n {3}npx driftwatch repair --pair board-app --entity likes\n {3}```\n/,
      /⚠️ \*\*Cannot be undone\.\*\* This writes the changes \(columns that differ are overwritten\)/,
      /repair --pair board-app --entity posts --apply\n/,
      /3\. \*\*Rows that only the normalized side has\*\*/,
      /repair --pair board-app --entity likes --delete-orphans\n/,
      /repair --pair board-app --entity likes --delete-orphans --apply\n/,
      /\n4\. Check again/,
    ].map((part) => steps.search(part));
    assert.ok(!order.includes(-1), `${order.join(' ')}\n${steps}`);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.doesNotMatch(steps, /```sql|select \*/);
  });

  test('names a row only where a shell takes its key as it is, and another run knows it', () => {
    const [first] = driftOfRows().findings;
    assert.ok(first);
    const command = (key: Finding['key'], change: Partial<Report> = {}) => explainCommand({ ...first, key }, driftOfRows(change));
    assert.equal(command({ id: '7' }), 'npx driftwatch explain likes 7 --pair board-app');
    assert.equal(command({ id: '-NabcDEF_ghi-JKLmn01' }), 'npx driftwatch explain likes --pair board-app -- -NabcDEF_ghi-JKLmn01');
    for (const id of ['a b', '$(id)', "'", '', null]) assert.equal(command({ id }), undefined);
    const { pseudonymKeyId: _, ...passing } = driftOfRows();
    assert.equal(explainCommand({ ...first, key: { id: 'key-0a1b2c3d' } }, passing), undefined);
    assert.equal(explainCommand({ ...first, key: { id: '7' } }, passing), 'npx driftwatch explain likes 7 --pair board-app');
    assert.equal(command(null), undefined);
  });

  test('names the file where it is not where it usually is, in every command and in the issue', () => {
    const config = 'ops/drift.yml';
    const report = driftOfRows({ config });
    const [first] = report.findings;
    assert.ok(first);
    assert.equal(explainCommand({ ...first, key: { id: '7' } }, report), 'npx driftwatch explain likes 7 --pair board-app --config ops/drift.yml');
    const page = renderHtml(report, context);
    assert.match(page, /npx driftwatch repair --pair board-app --config ops\/drift\.yml --entity posts</);
    assert.doesNotMatch(page, /--pair board-app(?! --config ops\/drift\.yml)/);
    assert.match(
      renderHtml({ ...syncedRows(), config, verdict: 'unknown', reason: 'Nobody knows.' }, context),
      /npx driftwatch doctor --pair board-app --config ops\/drift\.yml</,
    );
    const body = opened(report);
    assert.match(body, /add a rule with a reason and an end date to `ops\/drift\.yml`\./);
    assert.doesNotMatch(body, /\.github\/driftwatch\.yml/);
    // It needs quotes that not every shell understands.
    assert.equal(
      explainCommand({ ...first, key: { id: '7' } }, driftOfRows({ config: "a b'.yml" })),
      'npx driftwatch explain likes 7 --pair board-app --config <that file>',
    );
  });

  test('is one command for all entities where the list of findings has only some', () => {
    const damage = { health: [], since: undefined };
    const [first] = driftOfRows().findings;
    assert.ok(first);
    const findings = [{ ...first, type: 'MISSING_ROW', level: 'a' }];
    const steps = repairSteps(' --pair p', ['a', 'b'], { ...damage, findings, findingsByType: { MISSING_ROW: 1, DATA_MISMATCH: 5 } });
    assert.deepEqual(
      steps[0]?.commands.map(({ shell }) => shell),
      [['npx driftwatch repair --pair p'], ['npx driftwatch repair --pair p --apply']],
    );
    assert.match(steps[0]?.text ?? '', /in a terminal at the root of this repository:$/);
  });

  test('is one command where very many entities differ, and another count where only totals do', () => {
    const damage = { findings: [], health: [], since: undefined };
    const [count, ...more] = repairSteps(' --pair p', ['a'], { ...damage, findingsByType: { COUNT_MISMATCH: 1 } });
    assert.deepEqual([more.length, count?.commands[0]?.shell], [0, ['npx driftwatch counts --pair p']]);
    const [first] = driftOfRows().findings;
    assert.ok(first);
    const entities = Array.from({ length: 30 }, (_, index) => `e${index}`);
    const steps = repairSteps(' --pair p', entities, {
      ...damage,
      findings: entities.map((level) => ({ ...first, level })),
      findingsByType: { MISSING_ROW: 30 },
    });
    assert.deepEqual(steps[0]?.commands[0]?.shell, ['npx driftwatch repair --pair p']);
    assert.deepEqual(
      repairSteps('p', ['a'], { ...damage, findingsByType: { DUPLICATE_ROW: 1, MALFORMED_LEGACY: 1 } }).map(({ text }) => /`(\w+)`/.exec(text)?.[1]),
      ['MALFORMED_LEGACY', 'DUPLICATE_ROW'],
    );
    assert.deepEqual(repairSteps('p', ['a'], { ...damage, findingsByType: {} }), []);
  });
});

describe('a run of recent writes', () => {
  test('says so in every channel', () => {
    assert.equal(
      verdictLine(recentRows(12)),
      '🟢 **Recent writes in sync: all 12 rows compared, nothing differs.** Older rows were not compared, and may differ.',
    );
    assert.equal(verdictLine(recentRows(0)), '🟢 **Recent writes in sync: nothing was written.** Older rows were not compared, and may differ.');
    assert.match(logOf(recentRows(0)), /^\nDriftwatch: Recent writes in sync\nNo row was written recently, so none was compared\.\n/);
    assert.match(
      logOf(recentRows(12)),
      /\n12 of 12 rows with recent writes were compared, and none of them differs\. Older rows were not compared, and may differ\.\n/,
    );
    const drift = driftOfRows({ mode: 'recent' });
    assert.match(verdictLine(drift), /^🔴 \*\*Drift in recent writes, critical: 13 of 5,000 compared rows differ\*\*/);
    for (const [channel, text] of Object.entries(everythingSaid(drift))) assert.match(text, /recent/i, channel);
  });

  test('closes no issue, also no second one, and is not conclusive', () => {
    const issue = issueWith(opened(driftOfRows()));
    const second = issueWith(issue.body, { number: 3 });
    const planned = planFor(recentRows(12), [issue, second], 2);
    assert.equal(planned.action, 'updated');
    const steps = [...planned.steps, ...planned.finish(true, undefined)];
    assert.ok(
      steps.every((step) => step.do === 'update' && step.state === undefined && step.issue === 7),
      JSON.stringify(steps),
    );
    const [update] = steps;
    assert.match(
      (update?.do === 'update' && update.body) || '',
      /Older rows were not compared, and may differ\.\n\nThis issue stays open: a run without `changed-within` can close it\./,
    );
    assert.equal(planned.announce, undefined);
    assert.equal(isConclusive(recentRows(12)), false);
    assert.equal(isConclusive(syncedRows()), true);
    assert.equal(isConclusive(driftOfRows({ mode: 'recent' })), false);
  });
});

test('an entity that was compared as a whole has one rate, however that is rounded', () => {
  const entities = [
    { name: 'posts', compared: 816, population: 816, differing: 24, rate: 24 / 816, upperBound: 24 / 816 },
    { name: 'likes', compared: 816, population: 9000, differing: 24, rate: 24 / 816, upperBound: 0.0404 },
  ];
  const report = driftOfRows({ entities });
  assert.match(logOf(report), /\nposts +816 +816 +24 +2\.94% +2\.94%\n/);
  for (const text of [renderSummary(report, context), opened(report)]) {
    assert.match(text, /\| `posts` \| 816 \| 816 \| \*\*24\*\* \| 2\.94% \| 2\.94% \|/);
    assert.match(text, /\| `likes` \| 816 \| 9,000 \| \*\*24\*\* \| 2\.94% \| 4\.04% \|/);
  }
});

test('what is one finding each is not condensed', () => {
  const [first] = driftOfRows().findings;
  assert.ok(first);
  assert.deepEqual(placesOf(driftOfRows({ findings: [first] })), []);
  assert.ok(
    renderBody({
      report: driftOfRows(),
      context,
      state: {
        version: 1,
        firstSeen: '2025-11-20T00:17:04.871Z',
        runs: 1,
        checkedAt: '2025-11-21T06:17:04.871Z',
        unknown: false,
        announcedAt: null,
        conclusive: null,
        severity: 'high',
        worst: 'high',
        weeks: null,
      },
      previous: undefined,
      keepFindings: false,
    }),
  );
});

test('names every entity that differs where there is no room for all, and says how many are left out', () => {
  const names = Array.from({ length: 60 }, (_, index) => `entity_with_a_rather_long_name_${index + 1}`);
  const late = 'entity_with_a_rather_long_name_57';
  const report: Report = {
    ...driftOfRows(),
    counts: names.map((level) => ({ level, legacy: 3, expected: 3, normalized: level === late ? 2 : 3, difference: level === late ? -1 : 0 })),
    entities: names.map((name) => ({ name, compared: 3, population: 3, differing: name === late ? 1 : 0, rate: name === late ? 0.33 : 0, upperBound: 0.33 })),
  };
  const lineOf = (text: string): number => text.split('\n').filter((line) => line.includes(late) && line.includes('3')).length;
  const body = opened(report);
  assert.equal(lineOf(body), 2);
  assert.equal([...body.matchAll(/^…and 20 more; /gm)].length, 2);
  const log = logOf(report);
  assert.equal(lineOf(log), 2);
  assert.equal([...log.matchAll(/^… and 30 more$/gm)].length, 2);
  const { embeds } = buildMessage({ report, announce: 'opened', context, now: timeOf(1) });
  const counts = embeds[0]?.fields?.find(({ name }) => name === 'Counts')?.value.split('\n') ?? [];
  assert.equal(counts[0], `\`${late}\` 2 of 3 expected (**−1**)`);
  assert.equal(counts.at(-1), `…and ${61 - counts.length} more`);
  assert.ok(counts.join('\n').length <= 1024);
});
