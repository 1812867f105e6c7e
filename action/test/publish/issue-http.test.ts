import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { publishIssue, type IssueInput, type IssueOutcome } from '../../src/publish/issue/issue.ts';
import type { Pace } from '../../src/publish/issue/tracker.ts';
import type { Report } from '../../src/report/report.ts';
import { primaryRateLimit, secondaryRateLimit, startFakeGitHub, type FakeGitHub } from '../fakes/github.ts';
import { contextOf, driftReport, high, hurried, inRun, inSync, settingsWith, timeOf, unknown, weeks } from './issue-setup.ts';
import { disasterReport, hostileReport } from './reports.ts';

let github: FakeGitHub;

beforeEach(async () => {
  github = await startFakeGitHub();
});

afterEach(async () => {
  await github.close();
  assert.deepEqual(github.violations, [], 'the official description allows every request and every answer');
});

type Done = Omit<IssueOutcome, 'finish'>;

/** Everything that a run does about the issue; what is to be announced is, unless that is said. */
async function complete(input: IssueInput, sent = true): Promise<Done> {
  const { finish, ...outcome } = await publishIssue(input);
  await finish(sent);
  return outcome;
}

const inputOf = (report: Report, run = 0, inputs: Record<string, string> = {}, pace: Pace = hurried): IssueInput => {
  github.settings.now = () => timeOf(run);
  return { report: inRun(run, report), settings: settingsWith(inputs), context: contextOf(run, github.url), now: timeOf(run), pace };
};

/** The nth run; GitHub's clock shows its time. */
const publish = (report: Report, run = 0, inputs: Record<string, string> = {}, pace: Pace = hurried): Promise<Done> => complete(inputOf(report, run, inputs, pace));

/** What was written since the last call. */
function newWrites(): string[] {
  const writes = github.writes();
  github.requests.length = 0;
  return writes;
}

const only = <T>(items: readonly T[]): T => {
  const [first] = items;
  assert.equal(items.length, 1);
  assert.ok(first);
  return first;
};

const rejectsWith = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'GitHubError');
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /ghs_synthetic/);
    return true;
  });

describe('the life of an issue', () => {
  it('is opened, kept up to date, commented on, closed, and opened again within a week, else anew', async () => {
    const { trend, ...first } = await publish(high(), 0);
    assert.deepEqual(trend?.map(({ at, verdict, findings }) => [at, verdict, findings]), [['2025-11-21T00:17:00.000Z', 'drift', 2]]);
    assert.deepEqual(first, {
      action: 'opened',
      number: 1,
      url: 'https://github.com/octo-org/habits/issues/1',
      announce: 'opened',
      silenced: false,
      warnings: [],
      notes: [],
    });
    assert.deepEqual(newWrites(), ['POST /labels', 'POST /labels', 'POST /issues', 'PATCH /issues/1'], 'the last one says that it was announced');
    assert.deepEqual(only(github.issues).labels, ['bug', 'drift-detection', 'high-priority']);

    const second = await publish(high(), 1);
    assert.deepEqual([second.action, second.announce], ['updated', undefined]);
    assert.deepEqual(newWrites(), ['PATCH /issues/1']);

    const worse = await publish(driftReport('critical', weeks(3)), 2);
    assert.deepEqual([worse.action, worse.announce], ['updated', 'worsened']);
    assert.deepEqual(newWrites(), ['POST /issues/1/comments', 'PATCH /issues/1']);

    const lost = await publish(unknown(), 3);
    assert.deepEqual([lost.action, lost.announce, only(github.issues).state], ['updated', 'unknown', 'open']);
    newWrites();

    const closed = await publish(inSync(), 4);
    assert.deepEqual([closed.action, closed.announce], ['closed', 'recovered']);
    assert.deepEqual(newWrites(), ['POST /issues/1/comments', 'PATCH /issues/1']);
    assert.equal(only(github.issues).stateReason, 'completed');
    assert.match(github.comments[1]?.body ?? '', /The drift lasted 1 day: .*seen by 3 runs, at worst critical/);

    const quiet = await publish(inSync(), 5);
    assert.deepEqual(quiet, { action: 'none', announce: undefined, silenced: false, warnings: [], notes: [] });
    assert.deepEqual(newWrites(), []);

    const again = await publish(high(), 6);
    assert.deepEqual([again.action, again.number, again.announce], ['reopened', 1, 'reopened']);
    assert.deepEqual(newWrites(), ['PATCH /issues/1']);
    assert.deepEqual([only(github.issues).state, only(github.issues).stateReason], ['open', 'reopened']);

    await publish(inSync(), 7);
    const muchLater = await publish(high(), 7 + 4 * 8);
    assert.deepEqual([muchLater.action, muchLater.number], ['opened', 2]);
    assert.equal(github.labels.length, 3, 'labels are there by now');
  });

  it('sends nothing for the same report', async () => {
    await publish(high(), 0);
    newWrites();
    assert.equal((await publish(high(), 0)).action, 'unchanged');
    assert.deepEqual(newWrites(), []);
  });

  it('keeps what people changed: title, labels, text below', async () => {
    await publish(high(), 0);
    const issue = only(github.issues);
    issue.title = 'Our own title';
    issue.labels = ['drift-detection', 'triaged'];
    issue.body = `${issue.body?.replaceAll('\n', '\r\n')}\r\nAsked Ben.`;
    await publish(driftReport('critical', weeks(4)), 1);
    assert.deepEqual([issue.title, issue.labels], ['Our own title', ['drift-detection', 'triaged']]);
    assert.ok(issue.body.endsWith('<!-- driftwatch:end -->\nAsked Ben.'));
  });

  it('respects a person who closed it as not planned, until other weeks differ', async () => {
    await publish(high(), 0);
    Object.assign(only(github.issues), { state: 'closed', stateReason: 'not_planned', closedAt: timeOf(1) });
    const outcome = await publish(high(), 2);
    assert.deepEqual([outcome.action, outcome.number, outcome.announce], ['none', undefined, undefined]);
    assert.match(only(outcome.notes), /#1 was closed as not planned/);
    assert.equal((await publish(driftReport('high', weeks(3)), 3)).number, 2);
  });

  it('is found among hundreds of others, and never a pull request', async () => {
    await publish(high(), 0);
    for (let index = 0; index < 230; index++) github.addIssue({ labels: ['drift-detection'], body: 'a person wrote this' });
    github.addIssue({ labels: ['drift-detection'], body: only(github.issues.slice(0, 1)).body, isPullRequest: true });
    const outcome = await publish(high(), 1);
    assert.deepEqual([outcome.action, outcome.number], ['updated', 1]);
    assert.equal(github.requests.filter(({ query }) => query.has('page')).length, 2, 'three pages');
  });

  it('closes older ones as duplicates of the newest', async () => {
    await publish(high(), 0);
    const { body, labels } = only(github.issues);
    github.addIssue({ body, labels });
    github.addIssue({ body, labels, locked: true });
    github.addIssue({ body, labels });
    newWrites();
    const outcome = await publish(high(), 1);
    assert.equal(outcome.number, 4);
    assert.deepEqual(newWrites(), ['PATCH /issues/4', 'PATCH /issues/3', 'POST /issues/2/comments', 'PATCH /issues/2', 'POST /issues/1/comments', 'PATCH /issues/1']);
    assert.match(only(outcome.warnings), /#3 is locked/);
    assert.deepEqual(github.issues.map(({ stateReason }) => stateReason), ['duplicate', 'duplicate', 'duplicate', null]);
  });

  it('takes labels that exist as they are, whatever their case', async () => {
    github.labels.push({ name: 'Drift-Detection', color: '000000', description: 'ours' });
    await publish(high(), 0, { 'issue-labels': 'BUG' });
    assert.deepEqual(newWrites(), ['POST /issues', 'PATCH /issues/1']);
    assert.equal(github.labels.length, 2);
    assert.equal((await publish(high(), 1)).number, 1);
  });

  it('is not disturbed by somebody who creates a label first', async () => {
    const error = { message: 'Validation Failed', errors: [{ resource: 'Label', code: 'already_exists', field: 'name' }] };
    github.injectFault({ kind: 'status', method: 'POST', path: /^\/labels/, status: 422, body: { ...error, documentation_url: '' } });
    assert.equal((await publish(high(), 0)).action, 'opened');
  });

  it('fits whatever the report is', async () => {
    await publish(disasterReport(), 0);
    assert.ok((only(github.issues).body?.length ?? 0) <= 60_000);
    await publish({ ...hostileReport(), pair: 'habit-tracker', verdict: 'drift' }, 1);
    assert.ok((only(github.issues).body?.length ?? 0) <= 60_000);
  });
});

describe('without writing', () => {
  it('issue-on never asks GitHub nothing', async () => {
    const outcome = await publish(high(), 0, { 'issue-on': 'never' });
    assert.deepEqual([outcome.action, outcome.announce], ['none', 'opened']);
    assert.equal(github.requests.length, 0);
  });

  it('a dry run reads, and says in full what it would have written', async () => {
    const dry = await publish(high(), 0, { 'dry-run': 'true' });
    assert.equal(dry.action, 'opened');
    assert.equal(dry.number, undefined);
    assert.deepEqual(dry.wouldDo?.map((text) => text.split('\n')[0]), [
      'Would create the label "drift-detection".',
      'Would create the label "high-priority".',
      'Would open an issue titled "Drift in habit-tracker: the two sides do not agree" with the labels bug, drift-detection, high-priority:',
    ]);
    assert.match(dry.wouldDo?.[2] ?? '', /<!-- driftwatch:v1 pair=habit-tracker -->[^]*<!-- driftwatch:end -->$/);

    await publish(high(), 0);
    newWrites();
    const worse = await publish(driftReport('critical', weeks(3)), 1, { 'dry-run': 'true' });
    assert.deepEqual([worse.action, worse.number], ['updated', 1]);
    assert.deepEqual(worse.wouldDo?.map((text) => text.split('\n')[0]), ['Would comment on issue #1:', 'Would update issue #1, with the body:']);
    const closing = await publish(inSync(), 1, { 'dry-run': 'true' });
    assert.equal(closing.wouldDo?.[1]?.split('\n')[0], 'Would close issue #1 as completed, with the body:');
    assert.deepEqual(newWrites(), []);
  });

  it('a dry run without a token or a repository takes it that there is no issue, and says so', async () => {
    const input = { report: high(), settings: { ...settingsWith({ 'dry-run': 'true' }), githubToken: '' }, context: contextOf(0), now: timeOf(0) };
    const outcome = await complete(input);
    assert.equal(outcome.action, 'opened');
    assert.match(only(outcome.notes), /as if there were none/);
    const { action } = await complete({ ...input, context: { ...contextOf(0), repository: undefined } });
    assert.equal(action, 'opened');
  });

  it('outside of a repository it is skipped with a warning', async () => {
    const outcome = await complete({ report: high(), settings: settingsWith(), context: { ...contextOf(0), repository: undefined }, now: timeOf(0) });
    assert.deepEqual([outcome.action, outcome.announce], ['skipped', 'opened']);
    assert.match(only(outcome.warnings), /GITHUB_REPOSITORY is not set/);
  });

  it('without a token it fails with what to do', async () => {
    const settings = { ...settingsWith(), githubToken: '' };
    await rejectsWith(complete({ report: high(), settings, context: contextOf(0), now: timeOf(0) }), /`github-token` is empty/);
  });
});

describe('when GitHub is in trouble', () => {
  it('an answer of 503 is asked for again', async () => {
    github.injectFault({ kind: 'status', status: 503, times: 2 });
    assert.equal((await publish(high(), 0)).action, 'opened');
    assert.equal(github.requests.filter(({ status }) => status === 503).length, 2);
  });

  it('an answer of 503 that stays ends in a sentence', async () => {
    github.injectFault({ kind: 'status', status: 503, times: 99 });
    await rejectsWith(publish(high(), 0), /^GitHub did not list the issues of octo-org\/habits: it answered 503, also when asked again\..*the next run catches up\.$/);
    assert.equal(github.requests.length, 4);
  });

  it('a connection that is cut while it reads is tried again', async () => {
    github.injectFault({ kind: 'cut', times: 2 });
    assert.equal((await publish(high(), 0)).action, 'opened');
  });

  it('a list that breaks off is not taken for an empty one', async () => {
    await publish(high(), 0);
    newWrites();
    github.injectFault({ kind: 'truncated', times: 2 });
    assert.equal((await publish(high(), 1)).action, 'updated');
    assert.deepEqual(newWrites(), ['PATCH /issues/1']);
    github.injectFault({ kind: 'truncated', times: 99 });
    await rejectsWith(publish(high(), 2), /broke off/);
    assert.deepEqual(newWrites(), []);
  });

  it('an answer that does not come is not waited for', async () => {
    github.injectFault({ kind: 'slow', delay: 8000, times: 1 });
    const start = performance.now();
    assert.equal((await publish(high(), 0, {}, { ...hurried, timeoutMs: 500 })).action, 'opened');
    assert.ok(performance.now() - start < 7000);
  });

  it('an issue that was created although the answer was lost is not created twice', async () => {
    for (const kind of ['cut', 'truncated'] as const) {
      github.issues.length = 0;
      github.injectFault({ kind, method: 'POST', path: /^\/issues$/, takesEffect: true });
      const outcome = await publish(high(), 0);
      assert.deepEqual([outcome.action, outcome.number, github.issues.length], ['opened', 1, 1]);
    }
    github.issues.length = 0;
    github.injectFault({ kind: 'cut', method: 'POST', path: /^\/issues$/, takesEffect: false });
    assert.equal((await publish(high(), 0)).number, 1);
  });

  it('a comment that was posted although the answer was lost is not posted twice', async () => {
    await publish(high(), 0);
    github.injectFault({ kind: 'cut', method: 'POST', path: /comments$/, takesEffect: true });
    await publish(inSync(), 1);
    assert.equal(github.comments.length, 1);
    assert.equal(only(github.issues).state, 'closed');
  });

  it('a rate limit is waited for when it is short', async () => {
    for (const [limit, seconds] of [[secondaryRateLimit(30), 30], [primaryRateLimit(20), 20], [secondaryRateLimit(40, 429), 40]] as const) {
      github.issues.length = 0;
      github.requests.length = 0;
      github.injectFault(limit);
      assert.equal((await publish(high(), 0)).action, 'opened');
      const [refused, accepted] = github.requests;
      assert.ok(refused && accepted && accepted.at - refused.at >= seconds * hurried.secondMs - 1);
    }
  });

  it('a rate limit that is long, or that comes again and again, ends in a sentence at once', async () => {
    github.injectFault(primaryRateLimit(1800));
    await rejectsWith(publish(high(), 0), /the rate limit of this token is used up until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    assert.equal(github.requests.length, 1);
    github.injectFault(secondaryRateLimit(61));
    await rejectsWith(publish(high(), 0), /asks to slow down for longer than this run can wait/);
    assert.equal(github.requests.length, 2);
    github.injectFault({ ...secondaryRateLimit(25), times: 99 });
    await rejectsWith(publish(high(), 0), /asks to slow down/);
    assert.equal(github.requests.length, 5, 'waited 25 s twice, not thrice');
  });

  it('leaves a second between two writes, as GitHub asks', async () => {
    await publish(high(), 0, { 'issue-labels': 'bug' }, { secondMs: 5 });
    const times = github.requests.filter(({ method }) => method === 'POST').map(({ at }) => at);
    assert.equal(times.length, 2);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990);
  });
});

describe('what a maintainer can put right', () => {
  it('a wrong token', async () => {
    await rejectsWith(publish(high(), 0, { 'github-token': 'ghs_wrong' }), /does not know the token \(401\)/);
  });

  it('a token that may only read', async () => {
    github.settings.readOnly = true;
    await rejectsWith(publish(high(), 0), /the token may not do that \(403: Resource not accessible by integration.*permissions: issues: write/);
  });

  it('a repository that is hidden from the token', async () => {
    const context = { ...contextOf(0, github.url), repository: { owner: 'octo-org', repo: 'hidden' } };
    await rejectsWith(complete({ report: high(), settings: settingsWith(), context, now: timeOf(0), pace: hurried }), /\(404\).*permissions: issues: write/);
  });

  it('issues that are disabled', async () => {
    github.settings.issuesDisabled = true;
    await rejectsWith(publish(high(), 0), /issues are disabled in this repository \(410\).*Settings > General > Features/);
  });

  it('an API that cannot be reached', async () => {
    const context = contextOf(0, 'http://127.0.0.1:9');
    await rejectsWith(complete({ report: high(), settings: settingsWith(), context, now: timeOf(0), pace: hurried }), /127\.0\.0\.1:9 could not be reached/);
  });

  it('a text of GitHub cannot start a workflow command', async () => {
    github.injectFault({ kind: 'status', status: 403, message: 'no\n::error::forged' });
    await rejectsWith(publish(high(), 0), /no\\u\{a\}\\u\{3a\}:error/);
  });
});
