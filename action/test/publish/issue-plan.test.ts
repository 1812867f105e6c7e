import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readState, writeState } from '../../src/publish/issue/state.ts';
import { plan, type Issue, type Plan, type Step } from '../../src/publish/issue/plan.ts';
import type { Report } from '../../src/report/report.ts';
import { contextOf, driftReport, factsOf, high, inRun, inSync, issueWith, sampled, settingsWith, timeOf, unknown, weeks } from './issue-setup.ts';

type Situation = { run?: number; inputs?: Record<string, string>; open?: Issue[]; closed?: Issue[] };

function planFor(report: Report, { run = 1, inputs = {}, open = [], closed = [] }: Situation = {}): Plan {
  return plan({ report: inRun(run, report), settings: settingsWith(inputs), context: contextOf(run), now: timeOf(run), open, closed });
}

/** What a plan does where its announcement is sent. */
const stepsOf = ({ steps, finish }: Plan, sent = true): readonly Step[] => [...steps, ...finish(sent, undefined)];

/** What a plan writes, in short: `comment #7`, `close #7 as completed`. */
const writes = (planned: Plan): string[] => stepsOf(planned).map(inShort);

function inShort(step: Step): string {
  if (step.do === 'create') return 'create';
  if (step.do === 'comment') return `comment #${step.issue}`;
  const verb = step.state === 'closed' ? 'close' : step.state === 'open' ? 'reopen' : 'update';
  return `${verb} #${step.issue}${step.state === 'closed' ? ` as ${step.reason}` : ''}`;
}

/** The body that a plan leaves its issue with. */
function bodyOf(planned: Plan, sent = true): string {
  const steps = [...planned.steps, ...planned.finish(sent, planned.action === 'opened' ? issueWith('') : undefined)];
  const body = steps.flatMap((step) => (step.do === 'comment' || (step.do === 'update' && step.body === undefined) ? [] : [step.body])).at(-1);
  return body ?? planned.issue?.body ?? '';
}

const stateOf = (body: string): ReturnType<typeof readState> => readState(body, factsOf(1000));

const commentOf = (planned: Plan): string => stepsOf(planned).find((step) => step.do === 'comment')?.body ?? '';

/** An issue that run 0 opened. */
const opened = (report: Report, change: Partial<Issue> = {}, inputs: Record<string, string> = { 'issue-on': 'medium' }): Issue =>
  issueWith(bodyOf(planFor(report, { run: 0, inputs })), change);

/** The same issue after another run. */
const after = (issue: Issue, planned: Plan, sent = true): Issue => ({ ...issue, body: bodyOf(planned, sent) });

const medium = (): Report => driftReport('medium', weeks(2));
/** As a run with another Supabase key would have it. */
const otherKey = (report: Report): Report => ({ ...report, differingWeeks: { ...report.differingWeeks, key: 'other' } });
const critical = (): Report => driftReport('critical', weeks(2));
const closedAs = (stateReason: string | null, closedAt: Date): Partial<Issue> => ({ state: 'closed', stateReason, closedAt: closedAt.toISOString() });
const daysBefore = (run: number, days: number): Date => new Date(timeOf(run).getTime() - days * 86_400_000);

describe('without an open issue', () => {
  it('drift at issue-on opens one, with the labels of the settings', () => {
    const planned = planFor(high());
    const [step] = planned.steps;
    assert.equal(step?.do, 'create');
    assert.deepEqual(step.labels, ['bug', 'drift-detection', 'high-priority']);
    assert.equal(planned.action, 'opened');
    assert.equal(planned.announce, 'opened');
  });

  for (const { name, report, announce, inputs } of [
    { name: 'drift below issue-on does nothing', report: medium(), announce: undefined },
    { name: 'drift below issue-on is announced by each run that reaches discord-on', report: medium(), announce: 'opened', inputs: { 'discord-on': 'medium' } },
    { name: 'in sync does nothing', report: inSync(), announce: undefined },
    { name: 'an inconclusive sample does nothing', report: sampled(inSync()), announce: undefined },
    { name: 'unknown opens nothing and is announced', report: unknown(), announce: 'unknown' },
    { name: 'unknown with findings opens nothing', report: { ...critical(), verdict: 'unknown' as const, reason: 'cut off' }, announce: 'unknown' },
    { name: 'unknown is not announced when discord-on is never', report: unknown(), announce: undefined, inputs: { 'discord-on': 'never' } },
    { name: 'issue-on never opens nothing', report: critical(), announce: 'opened', inputs: { 'issue-on': 'never' } },
  ]) {
    it(name, () => {
      const planned = planFor(report, { ...(inputs && { inputs }) });
      assert.deepEqual(writes(planned), []);
      assert.equal(planned.action, 'none');
      assert.equal(planned.announce, announce);
    });
  }

  it('reopens the one that was closed as completed within seven days, and starts counting anew', () => {
    const closed = opened(critical(), closedAs('completed', daysBefore(40, 7)));
    const planned = planFor(high(), { run: 40, closed: [closed] });
    assert.deepEqual(writes(planned), ['reopen #7']);
    assert.equal(planned.action, 'reopened');
    assert.equal(planned.announce, 'reopened');
    const state = stateOf(bodyOf(planned));
    assert.equal(state?.firstSeen, timeOf(40).toISOString());
    assert.equal(state?.runs, 1);
    assert.equal(state?.worst, 'high');
  });

  it('creates another when that is longer ago', () => {
    const closed = opened(critical(), closedAs('completed', daysBefore(40, 7.001)));
    assert.deepEqual(writes(planFor(high(), { run: 40, closed: [closed] })), ['create']);
  });

  it('reopens one that GitHub closed before it knew reasons', () => {
    const closed = opened(critical(), closedAs(null, daysBefore(40, 1)));
    assert.deepEqual(writes(planFor(high(), { run: 40, closed: [closed] })), ['reopen #7']);
  });

  it('never reopens a duplicate', () => {
    const closed = opened(high(), closedAs('duplicate', daysBefore(2, 0.1)));
    assert.deepEqual(writes(planFor(high(), { run: 2, closed: [closed] })), ['create']);
  });

  it('reopens in silence what carries drift-ignore', () => {
    const closed = opened(high(), { ...closedAs('completed', daysBefore(2, 0.1)), labels: ['drift-detection', 'Drift-Ignore'] });
    const planned = planFor(high(), { run: 2, closed: [closed] });
    assert.deepEqual(writes(planned), ['reopen #7']);
    assert.equal(planned.announce, undefined);
    assert.equal(planned.silenced, true);
  });

  describe('when a person closed the last one as not planned', () => {
    const accepted = (report: Report): Issue => opened(report, closedAs('not_planned', daysBefore(4, 0.5)));

    for (const { name, before, now, expected } of [
      { name: 'the same weeks do nothing', before: high(), now: high(), expected: [] },
      { name: 'weeks that another key hashed open another', before: high(), now: otherKey(high()), expected: ['create'] },
      { name: 'fewer weeks do nothing', before: high(), now: driftReport('high', weeks(1)), expected: [] },
      { name: 'other weeks open another', before: high(), now: driftReport('high', weeks(2, 1)), expected: ['create'] },
      { name: 'other weeks of a sample do nothing', before: sampled(high()), now: sampled(driftReport('high', weeks(2, 50))), expected: [] },
      { name: 'a sample that is worse opens another', before: sampled(high()), now: sampled(critical()), expected: ['create'] },
    ]) {
      it(name, () => {
        const planned = planFor(now, { run: 4, closed: [accepted(before)] });
        assert.deepEqual(writes(planned), expected);
        assert.equal(planned.announce, expected.length > 0 ? 'opened' : undefined);
        assert.equal(planned.notes.length, expected.length > 0 ? 0 : 1);
      });
    }

    it('what differed in any part while it was open does nothing, and what differs elsewhere opens another', () => {
      const inPart = (report: Report, index: number): Report => ({
        ...report,
        part: { index, of: 4 },
        coverage: { parts: 4, verified: 0, oldest: null },
        standing: { isConclusive: false, isExact: false },
        drift: { ...report.drift, compared: 5, population: 18 },
      });
      const [first, second, third] = [driftReport('high', weeks(1)), driftReport('high', weeks(1, 1)), driftReport('high', weeks(1, 2))];
      const open = opened(inPart(first, 1));
      const both = { ...after(open, planFor(inPart(second, 2), { run: 1, open: [open] })), ...closedAs('not_planned', daysBefore(4, 0.5)) };
      assert.deepEqual(
        [first, second].map((report) => writes(planFor(inPart(report, 1), { run: 4, closed: [both] }))),
        [[], []],
      );
      assert.deepEqual(writes(planFor(inPart(third, 3), { run: 4, closed: [both] })), ['create']);
    });

    it('recent writes that did not differ in a whole run open another, and those that did do nothing', () => {
      const recent = (report: Report): Report => ({ ...report, mode: 'recent' });
      assert.deepEqual(writes(planFor(recent(driftReport('high', weeks(1, 9))), { run: 4, closed: [accepted(high())] })), ['create']);
      assert.deepEqual(writes(planFor(recent(driftReport('critical', weeks(1))), { run: 4, closed: [accepted(high())] })), []);
    });

    it('a state that cannot be read is no consent', () => {
      const issue = accepted(high());
      const damaged = { ...issue, body: issue.body.replace(/driftwatch-state [\w-]{9}/, 'driftwatch-state ') };
      assert.deepEqual(writes(planFor(high(), { run: 4, closed: [damaged] })), ['create']);
    });

    it('only the last closed issue counts', () => {
      const completed = { ...opened(high(), closedAs('completed', daysBefore(4, 0.2))), number: 9 };
      assert.deepEqual(writes(planFor(high(), { run: 4, closed: [accepted(high()), completed] })), ['reopen #9']);
    });

    it('other weeks reopen one that was closed as completed in the last days', () => {
      const completed = { ...opened(high(), closedAs('completed', daysBefore(4, 0.8))), number: 5 };
      const closed = [accepted(high()), completed];
      assert.deepEqual(writes(planFor(high(), { run: 4, closed })), []);
      assert.deepEqual(writes(planFor(driftReport('high', weeks(3)), { run: 4, closed })), ['reopen #5']);
    });
  });
});

describe('with an open issue and parts that are compared in turn', () => {
  const inTurn = (isConclusive: boolean): Report => ({
    ...inSync(),
    part: { index: 2, of: 28 },
    coverage: { parts: 28, verified: isConclusive ? 28 : 5, oldest: '2025-10-12T06:17:00.000Z' },
    standing: { isConclusive, isExact: isConclusive },
    drift: { ...inSync().drift, compared: 1, upperBound: 0.95 },
  });

  it('a part in sync leaves it open, and says how far the parts came', () => {
    const planned = planFor(inTurn(false), { open: [opened(high())] });
    assert.deepEqual(writes(planned), ['update #7']);
    assert.equal(planned.announce, undefined);
    assert.match(
      bodyOf(planned),
      /\*\*Part 2 of 28 in sync: .*Part 2 of 28 was compared; 5 of 28 parts verified in sync since drift was last seen; the oldest on 12 October\./,
    );
    assert.match(bodyOf(planned), /That is not enough to close this issue: it closes once every part has been verified in sync/);
  });

  it('rows of another part that were not known to differ are news once, and none is once they are too many to know', () => {
    const differing = (index: number, report: Report): Report => ({
      ...report,
      part: { index, of: 4 },
      coverage: { parts: 4, verified: 0, oldest: null },
      standing: { isConclusive: false, isExact: false },
      drift: { ...report.drift, rate: report.drift.differing / 5000, compared: 5000, population: 20_000 },
    });
    const play = (reports: readonly Report[]): (string | undefined)[] => {
      let issue: Issue | undefined;
      return reports.map((report, run) => {
        const planned = planFor(report, { run, inputs: { 'remind-after-hours': '0' }, ...(issue && { open: [issue] }) });
        issue = issue ? after(issue, planned) : issueWith(bodyOf(planned));
        return planned.announce;
      });
    };
    const [first, second] = [driftReport('high', weeks(2)), driftReport('high', weeks(1, 5))];
    const onlyCounts = { ...driftReport('high', []), findingsTotal: 1, findingsByType: { COUNT_MISMATCH: 1 } };
    assert.deepEqual(play([differing(1, first), differing(2, second), differing(3, onlyCounts), differing(1, first), differing(2, second)]), [
      'opened',
      'worsened',
      undefined,
      undefined,
      undefined,
    ]);
    const open = opened(differing(1, first));
    const [comment] = planFor(differing(2, second), { run: 1, open: [open] }).steps;
    assert.ok(comment?.do === 'comment');
    assert.match(comment.body, /\nWeeks differ that were not known to: 1 week differs in part 2 of 4; in all parts, 2 weeks were known to differ\. Seen by /);
    const [added] = planFor(differing(1, driftReport('high', weeks(3))), { run: 1, open: [open] }).steps;
    assert.ok(added?.do === 'comment');
    // Two of them are known.
    assert.match(added.body, /\nWeeks differ that were not known to: 3 weeks differ in part 1 of 4; in all parts, 2 weeks were known to differ\. Seen by /);
    const many = driftReport('high', weeks(2500, 10));
    assert.deepEqual(play([differing(1, first), differing(2, many), differing(3, second), differing(2, many)]), ['opened', 'worsened', undefined, undefined]);
  });

  it('the last part closes it, though it is small', () => {
    const planned = planFor(inTurn(true), { open: [opened(high())] });
    assert.deepEqual(writes(planned), ['comment #7', 'close #7 as completed']);
    assert.match(bodyOf(planned), /\*\*In sync: /);
  });
});

describe('parts that are put together late', () => {
  /** What run 1 found, merged only when run 4 is due. */
  const late = (report: Report, { open = [], closed = [] }: Situation): Plan =>
    plan({ report: inRun(1, report), settings: settingsWith({}), context: contextOf(4), now: timeOf(4), open, closed });
  const seenBy = (report: Report): Issue => issueWith(bodyOf(planFor(report, { run: 2 })));

  for (const report of [high(), driftReport('critical', weeks(5)), inSync()]) {
    it(`leave an issue as it is that has had a conclusive check since, in sync or not: ${report.verdict}, ${report.severity}`, () => {
      const seen = seenBy(driftReport('critical', weeks(3)));
      const planned = late(report, { open: [seen] });
      assert.deepEqual([planned.action, planned.announce, writes(planned)], ['unchanged', undefined, []]);
      assert.deepEqual(planned.notes, ['Issue #7 was left as it is: its last conclusive check is later than this one.']);
      assert.deepEqual(planned.trend?.length, 1);
      const next = planFor(driftReport('critical', weeks(3)), { run: 5, open: [after(seen, planned)] });
      assert.deepEqual([writes(next), next.announce], [['update #7'], undefined], 'what was known is no news');
    });
  }

  it('reopen no issue that a later check closed', () => {
    const open = opened(high());
    const closed = { ...after(open, planFor(inSync(), { run: 2, open: [open] })), ...closedAs('completed', timeOf(2)) };
    const planned = late(high(), { closed: [closed] });
    assert.deepEqual([planned.action, planned.announce, writes(planned)], ['none', undefined, []]);
    assert.deepEqual(planned.notes, ['No issue was filed: #7 was closed, and its last conclusive check is later than this one.']);
    assert.deepEqual(writes(planFor(high(), { run: 3, closed: [closed] })), ['reopen #7']);
  });

  it('leave it to the next run to announce a recovery that a later check could not announce', () => {
    const webhook = { 'discord-webhook-url': 'https://discord.com/api/webhooks/1/synthetic' };
    const open = opened(high());
    const over = { ...after(open, planFor(inSync(), { run: 2, open: [open], inputs: webhook }), false), ...closedAs('completed', timeOf(2)) };
    const planned = late(inSync(), { closed: [over] });
    assert.deepEqual([planned.announce, writes(planned)], [undefined, []]);
    const next = planFor(inSync(), { run: 5, closed: [over], inputs: webhook });
    assert.deepEqual([next.announce, writes(next)], ['recovered', ['update #7']]);
  });

  it('say on an issue that saw too little since what they found, when, and why it stays open', () => {
    const open = opened(high());
    const seen = after(open, planFor(sampled(inSync()), { run: 2, open: [open] }));
    const planned = late(inSync(), { open: [seen] });
    assert.deepEqual([planned.action, planned.announce, writes(planned)], ['updated', undefined, ['update #7']]);
    const body = bodyOf(planned);
    assert.match(
      body,
      /\*\*In sync: .*\n\nThis issue was checked again after that, so this result does not close it\. The next run that finds everything in sync does\.\n/,
    );
    assert.match(body, /- \*\*Last checked:\*\* 2025-11-21 12:17 UTC; the result above is that of 2025-11-21 06:17 UTC by \[this run\]/);
    const again = late(unknown(), { open: [after(seen, planned)] });
    assert.deepEqual([again.action, again.announce], ['updated', 'unknown'], 'not knowing is news at any time');
    assert.deepEqual([stateOf(body)?.checkedAt, stateOf(bodyOf(again))?.checkedAt], [timeOf(2).toISOString(), timeOf(2).toISOString()]);
    assert.deepEqual([stateOf(body)?.runs, stateOf(body)?.trend?.length], [1, 2], 'late runs are not counted');
    assert.equal(late(inSync(), { open: [after(seen, again)] }).action, 'updated');
  });
});

describe('with an open issue', () => {
  for (const { name, before, now, inputs = {}, expected, announce } of [
    { name: 'the same drift updates the body only', before: high(), now: high(), expected: ['update #7'], announce: undefined },
    {
      name: 'weeks that another key hashed update the body only',
      before: high(),
      now: otherKey(driftReport('high', weeks(3))),
      expected: ['update #7'],
      announce: undefined,
    },
    { name: 'fewer weeks update the body only', before: high(), now: driftReport('high', weeks(1)), expected: ['update #7'], announce: undefined },
    {
      name: 'other weeks are worth a comment',
      before: high(),
      now: driftReport('high', weeks(3)),
      expected: ['comment #7', 'update #7'],
      announce: 'worsened',
    },
    { name: 'a higher severity is worth a comment', before: high(), now: critical(), expected: ['comment #7', 'update #7'], announce: 'worsened' },
    { name: 'a lower severity is not', before: critical(), now: high(), expected: ['update #7'], announce: undefined },
    { name: 'drift below issue-on keeps it open', before: high(), now: driftReport('medium', weeks(5)), expected: ['update #7'], announce: undefined },
    {
      name: 'other weeks of a new sample are not worth a comment',
      before: sampled(high()),
      now: sampled(driftReport('high', weeks(4, 50))),
      expected: ['update #7'],
      announce: undefined,
    },
    {
      name: 'a sample that is worse than ever is',
      before: sampled(high()),
      now: sampled(critical()),
      expected: ['comment #7', 'update #7'],
      announce: 'worsened',
    },
    { name: 'in sync closes it as completed', before: high(), now: inSync(), expected: ['comment #7', 'close #7 as completed'], announce: 'recovered' },
    { name: 'an inconclusive sample keeps it open', before: high(), now: sampled(inSync()), expected: ['update #7'], announce: undefined },
    { name: 'unknown keeps it open and is announced', before: high(), now: unknown(), expected: ['update #7'], announce: 'unknown' },
    {
      name: 'discord-on never silences Discord alone',
      before: high(),
      now: critical(),
      inputs: { 'discord-on': 'never' },
      expected: ['comment #7', 'update #7'],
      announce: undefined,
    },
    {
      name: 'what is below discord-on is not announced',
      before: high(),
      now: driftReport('high', weeks(3)),
      inputs: { 'discord-on': 'critical' },
      expected: ['comment #7', 'update #7'],
      announce: undefined,
    },
    {
      name: 'recovery is not announced to those who never heard of the drift',
      before: high(),
      now: inSync(),
      inputs: { 'discord-on': 'critical' },
      expected: ['comment #7', 'close #7 as completed'],
      announce: undefined,
    },
  ]) {
    it(name, () => {
      const issue = opened(before, {}, inputs);
      const planned = planFor(now, { inputs, open: [issue] });
      assert.deepEqual(writes(planned), expected);
      assert.equal(planned.announce, announce);
      assert.equal(planned.silenced, false);
    });
  }

  it('a time of the last check that lies ahead keeps nothing open', () => {
    const issue = opened(high());
    const state = readState(issue.body ?? '', factsOf(1));
    assert.ok(state);
    const ahead = issueWith((issue.body ?? '').replace(/<!-- driftwatch-state [\w-]+ -->/, writeState({ ...state, checkedAt: '2099-01-01T00:00:00Z' })));
    const planned = planFor(inSync(), { open: [ahead] });
    assert.deepEqual([planned.action, planned.announce, writes(planned)], ['closed', 'recovered', ['comment #7', 'close #7 as completed']]);
  });

  it('recovery is announced where nobody knows any more who heard of the drift', () => {
    const issue = opened(high());
    const damaged = issueWith((issue.body ?? '').replace(/<!-- driftwatch-state [\w-]+ -->/, '<!-- driftwatch-state AAAA -->'));
    const planned = planFor(inSync(), { open: [damaged] });
    assert.deepEqual([planned.action, planned.announce], ['closed', 'recovered']);
  });

  it('a sample closes it only when its bound is at or below high-threshold', () => {
    const clean = sampled(inSync());
    const proven = { ...clean, drift: { ...clean.drift, upperBound: 0.001 } };
    assert.equal(planFor(proven, { open: [opened(high())] }).action, 'closed');
    const unproven = { ...clean, drift: { ...clean.drift, upperBound: 0.001001 } };
    const planned = planFor(unproven, { open: [opened(high())] });
    assert.equal(planned.action, 'updated');
    assert.match(bodyOf(planned), /not enough to close this issue: up to 0\.101% of all weeks may differ, and the limit is 0\.1%/);
  });

  it('the severity of samples may bounce without a word, as long as it was that high before', () => {
    let issue = opened(sampled(critical()));
    const written = [high(), critical(), high(), critical()].map((report, index) => {
      const planned = planFor(sampled(report), { run: index + 1, open: [issue] });
      issue = after(issue, planned);
      return writes(planned).join();
    });
    assert.deepEqual(new Set(written), new Set(['update #7']));
  });

  for (const { name, partial } of [
    { name: 'recent writes', partial: (report: Report): Report => ({ ...report, mode: 'recent' }) },
    { name: 'a sample', partial: sampled },
    { name: 'a run that time cut short', partial: (report: Report): Report => ({ ...report, drift: { ...report.drift, compared: 9 }, interruption: 'Late.' }) },
  ]) {
    it(`the same drift is no news after ${name} showed some of it`, () => {
      let issue = opened(driftReport('critical', weeks(5)));
      for (const [index, report] of [partial(driftReport('high', weeks(1))), driftReport('critical', weeks(5))].entries()) {
        const planned = planFor(report, { run: index + 1, open: [issue] });
        assert.deepEqual([writes(planned), planned.announce], [['update #7'], undefined]);
        issue = after(issue, planned);
      }
      assert.deepEqual(writes(planFor(driftReport('critical', weeks(6)), { run: 3, open: [issue] })), ['comment #7', 'update #7']);
      // What it shows beside all that differed is news, once; below issue-on it is left to a run that files it.
      const others = [driftReport('high', weeks(2, 4)), driftReport('high', weeks(2, 4)), driftReport('medium', weeks(1, 6))].map(partial);
      const said = [...others, driftReport('critical', weeks(6)), driftReport('critical', weeks(7))].map((report, index) => {
        const planned = planFor(report, { run: index + 3, open: [issue] });
        issue = after(issue, planned);
        return planned.announce;
      });
      assert.deepEqual(said, ['worsened', undefined, undefined, undefined, 'worsened']);
    });
  }

  it('the same report twice changes nothing', () => {
    for (const report of [high(), unknown(), sampled(inSync())]) {
      const issue = opened(high());
      const once = planFor(report, { open: [issue] });
      const twice = planFor(report, { open: [after(issue, once)] });
      assert.deepEqual(writes(twice), []);
      assert.equal(twice.action, 'unchanged');
      assert.equal(twice.announce, undefined);
    }
  });

  describe('remembers the runs', () => {
    /** After so many runs of it, the last one in sync but for too small a sample. */
    const lived = (runs: number): Issue => {
      let issue = opened(high());
      for (let run = 1; run < runs; run += 1) {
        const report = run === runs - 1 ? sampled(inSync()) : run % 5 === 0 ? unknown() : high();
        issue = after(issue, planFor(report, { run, open: [issue] }));
      }
      return issue;
    };

    it('and shows them in words and in a picture', () => {
      const issue = lived(7);
      assert.match(issue.body, /^7 runs since 2025-11-21 00:17 UTC: 1 in sync, 5 with drift, 1 unknown; drift rate 11\.1% → 0%\. `█████·▁`\n\n```mermaid\n/m);
      assert.doesNotMatch(opened(high()).body, /mermaid|runs since/, 'one run alone shows nothing');
    });

    it('up to sixty of them', () => {
      const issue = lived(70);
      assert.equal(stateOf(issue.body)?.trend?.length, 60);
      assert.match(issue.body, /^60 runs since 2025-11-23 12:17 UTC: /m);
      assert.ok(Buffer.from(JSON.stringify(stateOf(issue.body)?.trend)).length < 3000);
    });

    it('unless there is a record of more', () => {
      const trend = Array.from({ length: 3 }, (_, run) => ({
        at: timeOf(run - 3).toISOString(),
        verdict: 'in-sync' as const,
        severity: 'none' as const,
        rate: 0,
        findings: 0,
        differing: 0,
        compared: 18,
        population: 18,
      }));
      const planned = planFor({ ...high(), trend }, { run: 7, open: [lived(7)] });
      assert.match(bodyOf(planned), /^3 runs since 2025-11-20 06:17 UTC: 3 in sync/m);
      assert.equal(planned.trend?.length, 8, 'which may not always be there');
    });

    it('also where an older version wrote down none', () => {
      const issue = lived(3);
      const state = stateOf(issue.body);
      assert.ok(state);
      const { trend: _trend, ...older } = state;
      const before = { ...issue, body: issue.body.replace(/<!-- driftwatch-state .*? -->/, writeState(older)) };
      const planned = planFor(high(), { run: 3, open: [before] });
      assert.equal(stateOf(bodyOf(planned))?.runs, state.runs + 1);
      assert.equal(stateOf(bodyOf(planned))?.trend?.length, 1);
    });
  });

  describe('says again what an earlier run said of the findings only where it may say the same', () => {
    const reveal = { 'reveal-values': 'true' };
    const named = (): Report => {
      const report = high();
      const findings = report.findings.map((finding) => ({ ...finding, child: 'Minji Kim', path: 'habits/bed-wetting pills' }));
      return {
        ...report,
        findings,
        accepted: [{ reason: 'Minji was ill', by: 'Ana', until: '2025-12-31', what: 'child Minji Kim', state: 'active', findings: 1, weeks: 1 }],
      };
    };
    const says = /Minji|bed-wetting/;
    /** Everything that this run would send, the hidden state decoded. */
    const sent = (planned: Plan): string =>
      stepsOf(planned)
        .flatMap((step) => (step.body === undefined ? [] : [step.body, JSON.stringify(stateOf(step.body) ?? '')]))
        .join('\n');

    for (const { name, report, closed = false } of [
      { name: 'unknown', report: unknown() },
      { name: 'an inconclusive sample', report: sampled(inSync()) },
      { name: 'in sync', report: inSync() },
      { name: 'drift', report: high() },
      { name: 'drift that reopens it', report: high(), closed: true },
    ]) {
      it(`revealed names are gone with the first run that reveals none: ${name}`, () => {
        const issue = opened(named(), closed ? closedAs('completed', daysBefore(1, 0.1)) : {}, reveal);
        assert.match(issue.body, says);
        const planned = planFor(report, closed ? { closed: [issue] } : { open: [issue] });
        assert.ok(stepsOf(planned).length > 0);
        assert.doesNotMatch(sent(planned), says);
        if (report.verdict !== 'drift') {
          assert.match(bodyOf(planned), /\| `MISSING_WEEK` \| high \| 2 \|/, 'numbers are no names');
          assert.match(bodyOf(planned), /written with names that this run must not show/);
        }
      });
    }

    it('and never come back, however runs follow one another', () => {
      let issue = opened(named(), {}, reveal);
      for (const [index, report] of [unknown(), sampled(inSync()), unknown()].entries()) {
        const planned = planFor(report, { run: index + 1, open: [issue] });
        assert.doesNotMatch(sent(planned), says);
        issue = after(issue, planned);
      }
      const shown = planFor(unknown(), { run: 5, open: [issue], inputs: reveal });
      assert.doesNotMatch(bodyOf(shown), says);
    });

    it('pseudonyms are kept by runs with the same key, and by those that reveal anyway', () => {
      for (const inputs of [{}, reveal]) assert.match(bodyOf(planFor(unknown(), { open: [opened(high())], inputs })), /child-00000001/);
    });

    it('pseudonyms of another key are gone', () => {
      const body = bodyOf(planFor(otherKey(unknown()), { open: [opened(high())] }));
      assert.doesNotMatch(body, /child-00000001/);
      assert.match(body, /\| `MISSING_WEEK` \| high \| 2 \|/);
    });

    it('nothing is kept where nobody knows how it was written', () => {
      const issue = opened(named(), {}, reveal);
      const state = stateOf(issue.body);
      assert.ok(state);
      const { names: _names, ...older } = state;
      for (const text of [writeState(older), '<!-- driftwatch-state AAAA -->']) {
        const planned = planFor(unknown(), { open: [{ ...issue, body: issue.body.replace(/<!-- driftwatch-state .*? -->/, text) }] });
        assert.doesNotMatch(sent(planned), says);
      }
    });

    it('a recovery that is announced late is written down without them', () => {
      const webhook = { 'discord-webhook-url': 'https://discord.com/api/webhooks/1/synthetic' };
      const issue = opened(named(), {}, { ...reveal, ...webhook });
      const over = after(issue, planFor(inSync(), { open: [issue], inputs: { ...reveal, ...webhook } }), false);
      assert.match(over.body, says);
      const planned = planFor(inSync(), { run: 2, closed: [{ ...over, ...closedAs('completed', timeOf(1)) }], inputs: webhook });
      assert.deepEqual([planned.announce, writes(planned)], ['recovered', ['update #7']]);
      assert.doesNotMatch(sent(planned), says);
    });
  });

  it('a body that a browser saved with CRLF is the same body', () => {
    const issue = opened(high());
    const crlf = { ...issue, body: `${issue.body.replaceAll('\n', '\r\n')}\r\n` };
    assert.deepEqual(writes(planFor(high(), { run: 0, open: [crlf] })), []);
  });

  it('unknown keeps what is known, says why it knows no more, and is announced once', () => {
    const issue = opened(high());
    const first = planFor(unknown(), { run: 1, open: [issue] });
    assert.match(bodyOf(first), /⚪ \*\*Unknown.*`habit_tracker could not be read/);
    assert.match(bodyOf(first), /\*\*Last checked:\*\* 2025-11-21 06:17 UTC/);
    assert.match(bodyOf(first), /\*\*Last conclusive check:\*\* 2025-11-21 00:17 UTC/);
    assert.match(bodyOf(first), /`MISSING_WEEK` \| high \| 2 \|/);
    const second = planFor(unknown(), { run: 2, open: [after(issue, first)] });
    assert.equal(second.announce, undefined);
    const third = planFor(high(), { run: 3, open: [after(issue, second)] });
    assert.equal(third.announce, undefined, 'the same drift again is no news');
    assert.equal(planFor(unknown(), { run: 4, open: [after(issue, third)] }).announce, 'unknown');
  });

  it('unchanged drift is announced again only after remind-after-hours', () => {
    let issue = opened(high());
    const announced = [1, 2, 3, 4, 5, 6, 7, 8].map((run) => {
      const planned = planFor(high(), { run, open: [issue] });
      issue = after(issue, planned);
      return planned.announce;
    });
    const none = undefined;
    assert.deepEqual(announced, [none, none, none, 'reminder', none, none, none, 'reminder']);
  });

  it('remind-after-hours 0 never reminds', () => {
    const inputs = { 'remind-after-hours': '0' };
    assert.equal(planFor(high(), { run: 400, inputs, open: [opened(high(), {}, inputs)] }).announce, undefined);
  });

  it('a comment on closing says how long it lasted and what cleared it', () => {
    const issue = opened(high());
    const second = after(issue, planFor(high(), { run: 1, open: [issue] }));
    const comment = commentOf(planFor(inSync(), { run: 9, open: [second] }));
    assert.match(comment, /lasted 2 days 6 hours: first seen 2025-11-21 00:17 UTC, seen by 2 runs, at worst high/);
    assert.match(comment, /Cleared by \[this run\]\(https:\/\/github\.com\/octo-org\/habits\/actions\/runs\/1700000009\): 18 of 18 weeks/);
    assert.match(comment, /The 2 weeks that differed when drift was last seen no longer do/);
  });

  it('a comment on worsening says in which way', () => {
    const planned = planFor(driftReport('critical', weeks(3)), { open: [opened(high())] });
    assert.match(commentOf(planned), /Severity rose from high to critical\. Different weeks differ now: 3 weeks, against 2 weeks/);
  });

  it('drift-ignore silences comments and Discord, and nothing else', () => {
    const labels = ['drift-detection', 'drift-ignore'];
    const worse = planFor(critical(), { open: [opened(high(), { labels })] });
    assert.deepEqual(writes(worse), ['update #7']);
    assert.deepEqual([worse.announce, worse.silenced], [undefined, true]);
    const clean = planFor(inSync(), { open: [opened(high(), { labels })] });
    assert.deepEqual(writes(clean), ['close #7 as completed']);
    assert.deepEqual([clean.announce, clean.silenced], [undefined, true]);
  });

  it('a locked issue gets its body and a warning instead of a comment', () => {
    const planned = planFor(critical(), { open: [opened(high(), { locked: true })] });
    assert.deepEqual(writes(planned), ['update #7']);
    assert.match(planned.warnings.join(), /#7 is locked/);
    assert.deepEqual(planFor(high(), { open: [opened(high(), { locked: true })] }).warnings, [], 'there was nothing to say');
  });

  it('a damaged state is replaced and no reason for a comment', () => {
    const issue = opened(high());
    for (const [pattern, broken] of [
      [/driftwatch-state [\w-]+/, 'driftwatch-state AAAA'],
      [/driftwatch-state [\w-]+/, `driftwatch-state ${Buffer.from('{"version":1,"runs":-1}').toString('base64url')}`],
      [/<!-- driftwatch-state .*\n/, ''],
    ] as const) {
      const planned = planFor(driftReport('critical', weeks(9)), { open: [{ ...issue, body: issue.body.replace(pattern, broken) }] });
      assert.deepEqual(writes(planned), ['update #7']);
      const state = stateOf(bodyOf(planned));
      assert.equal(state?.severity, 'critical');
      assert.equal(state?.firstSeen, '2025-11-21T00:17:00Z', 'what GitHub knows of the issue is the next best');
    }
  });

  it('labels and title are left as people changed them', () => {
    const planned = planFor(critical(), { open: [opened(high(), { labels: ['drift-detection'] })] });
    for (const step of stepsOf(planned))
      assert.deepEqual(
        Object.keys(step).filter((key) => key === 'labels' || key === 'title'),
        [],
      );
  });

  it('text that a person wrote above or below stays, on every path', () => {
    const issue = opened(high());
    const edited = { ...issue, body: `Note from Ana\n\n${issue.body}\n\n\n- [ ] ask Ben  \n- [x] done` };
    for (const report of [critical(), unknown(), inSync(), medium()]) {
      const body = bodyOf(planFor(report, { open: [edited] }));
      assert.ok(body.startsWith('Note from Ana\n\n<!-- driftwatch:v1 pair=habit-tracker -->\n'));
      assert.ok(body.endsWith('<!-- driftwatch:end -->\n\n\n- [ ] ask Ben  \n- [x] done'));
      const behind = bodyOf(planFor(report, { open: [{ ...issue, body: `${issue.body} ask Ben\r\nand Cleo` }] }));
      assert.ok(behind.endsWith('\n<!-- driftwatch:end -->\nask Ben\nand Cleo'), 'text behind the last line of ours');
    }
  });

  it('the newest one wins, the others are closed as its duplicates', () => {
    const planned = planFor(high(), { open: [opened(high(), { number: 5 }), opened(high(), { number: 12 }), opened(high(), { number: 9 })] });
    assert.deepEqual(writes(planned), ['update #12', 'comment #9', 'close #9 as duplicate', 'comment #5', 'close #5 as duplicate']);
    assert.match(commentOf(planned), /^Duplicate of #12/);
  });

  it('an unknown run closes nothing, duplicates neither', () => {
    const planned = planFor(unknown(), { open: [opened(high(), { number: 5 }), opened(high(), { number: 12 })] });
    assert.deepEqual(writes(planned), ['update #12']);
  });

  it('issues of others with the label, and quotations of the marker, are none of its business', () => {
    const foreign = [
      issueWith('A bug report of somebody', { number: 20 }),
      issueWith('> <!-- driftwatch:v1 pair=habit-tracker -->\n> quoted', { number: 21 }),
      issueWith('<!-- driftwatch:v1 pair=another-pair -->', { number: 22 }),
    ];
    assert.deepEqual(writes(planFor(high(), { open: foreign })), ['create']);
  });
});
