import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { publishIssue, type IssueInput, type IssueOutcome } from '../../src/publish/issue/issue.ts';
import type { Pace } from '../../src/publish/issue/tracker.ts';
import type { Report } from '../../src/report/report.ts';
import { timeoutsOnDemand } from '../timeouts.ts';
import { outsider, primaryRateLimit, secondaryRateLimit, startFakeGitHub, type FakeGitHub } from '../fakes/github.ts';
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
  const published = await publishIssue(input);
  await published.finish(sent);
  const { finish: _, ...outcome } = published;
  return outcome;
}

const inputOf = (report: Report, run = 0, inputs: Record<string, string> = {}, pace: Pace = hurried): IssueInput => {
  github.settings.now = () => timeOf(run);
  return { report: inRun(run, report), settings: settingsWith(inputs), context: contextOf(run, github.url), now: timeOf(run), pace };
};

/** The nth run; GitHub's clock shows its time. */
const publish = (report: Report, run = 0, inputs: Record<string, string> = {}, pace: Pace = hurried): Promise<Done> =>
  complete(inputOf(report, run, inputs, pace));

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
    assert.deepEqual(
      trend?.map(({ at, verdict, findings }) => [at, verdict, findings]),
      [['2025-11-21T00:17:00.000Z', 'drift', 2]],
    );
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
    assert.deepEqual(newWrites(), [
      'PATCH /issues/4',
      'PATCH /issues/3',
      'POST /issues/2/comments',
      'PATCH /issues/2',
      'POST /issues/1/comments',
      'PATCH /issues/1',
    ]);
    assert.match(only(outcome.warnings), /#3 is locked/);
    assert.deepEqual(
      github.issues.map(({ stateReason }) => stateReason),
      ['duplicate', 'duplicate', 'duplicate', null],
    );
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

describe('an alarm', () => {
  const webhook = { 'discord-webhook-url': 'https://discord.com/api/webhooks/1/synthetic' };
  /** The nth run. @returns what it wanted to announce */
  const announced = async (report: Report, run: number, sent: boolean, inputs: Record<string, string> = {}) =>
    (await complete(inputOf(report, run, { ...webhook, ...inputs }), sent)).announce;

  it('that could not be sent is sent by the next run that can, and then no more', async () => {
    const inputs = { 'remind-after-hours': '0' };
    assert.equal(await announced(high(), 0, false, inputs), 'opened');
    assert.equal(await announced(high(), 1, false, inputs), 'opened');
    assert.equal(await announced(high(), 2, true, inputs), 'opened');
    assert.equal(await announced(high(), 3, true, inputs), undefined);
    assert.equal(await announced(driftReport('critical', weeks(3)), 4, false, inputs), 'worsened');
    assert.equal(await announced(driftReport('critical', weeks(3)), 5, true, inputs), 'worsened');
    assert.equal(await announced(driftReport('critical', weeks(3)), 6, true, inputs), undefined);
    assert.equal(github.comments.length, 1);
  });

  it('about an issue that got worse before anybody heard of it says first that it is there', async () => {
    await announced(high(), 0, false);
    assert.equal(await announced(driftReport('critical', weeks(3)), 1, true), 'opened');
  });

  it('that nothing is known waits for the next run that knows nothing, and keeps what waited before', async () => {
    await announced(high(), 0, false);
    assert.equal(await announced(unknown(), 1, false), 'unknown');
    assert.equal(await announced(unknown(), 2, true), 'unknown');
    assert.equal(await announced(unknown(), 3, true), undefined);
    assert.equal(await announced(high(), 4, true), 'opened');
  });

  it('of drift that is gone by then is its recovery', async () => {
    await announced(high(), 0, false);
    assert.equal(await announced(inSync(), 1, true), 'recovered');
    assert.equal(await announced(inSync(), 2, true), undefined);
  });

  it('of a recovery is sent although the issue is closed, and names it', async () => {
    await announced(high(), 0, true);
    assert.equal(await announced(inSync(), 1, false), 'recovered');
    assert.equal(only(github.issues).state, 'closed');
    newWrites();
    assert.equal(await announced(unknown(), 2, true), 'unknown');
    const late = await complete(inputOf(inSync(), 3, webhook), false);
    assert.deepEqual([late.action, late.number, late.announce, newWrites()], ['none', 1, 'recovered', []]);
    assert.equal(await announced(inSync(), 4, true), 'recovered');
    assert.deepEqual([newWrites(), only(github.issues).state], [['PATCH /issues/1'], 'closed']);
    assert.equal(await announced(inSync(), 5, true), undefined);
    assert.deepEqual(newWrites(), []);
  });

  it('of a recovery is no news after a week, nor where nobody is told anything', async () => {
    await announced(high(), 0, true);
    await announced(inSync(), 1, false);
    assert.equal(await announced(inSync(), 30, true), undefined);
    await publish(high(), 31);
    await complete(inputOf(inSync(), 32), false);
    assert.equal(await announced(inSync(), 33, true), undefined);
  });

  it('is sent again where a clock that was ahead wrote down when it was sent', async () => {
    await complete({ ...inputOf(high(), 0, webhook), now: timeOf(1600) });
    assert.equal(await announced(high(), 1, true), 'reminder');
    assert.equal(await announced(high(), 2, true), undefined);
  });

  it('is not sent again while the issue cannot be written, where it was heard before', async () => {
    await announced(high(), 0, true);
    github.injectFault({ kind: 'status', method: 'PATCH', status: 403, message: 'no', times: 99 });
    const { announce, finish } = await publishIssue(inputOf(high(), 1, webhook));
    assert.equal(announce, undefined);
    await rejectsWith(finish(false), /did not update issue #1/);
  });
});

describe('issues of others', () => {
  it('that somebody from outside opened take no place of the bot’s own, open or closed, whatever they copy', async () => {
    await publish(high(), 0);
    await publish(high(), 1);
    const { body, labels } = only(github.issues);
    const foreign = github.addIssue({ body, labels, author: outsider });
    const before = structuredClone(foreign);
    newWrites();
    const outcome = await publish(driftReport('critical', weeks(3)), 2);
    assert.deepEqual([outcome.number, newWrites(), foreign], [1, ['POST /issues/1/comments', 'PATCH /issues/1'], before]);
    assert.match(only(outcome.notes), /#2 .* opened by somebody from outside/);

    await publish(inSync(), 3);
    Object.assign(foreign, { state: 'closed', stateReason: 'not_planned', closedAt: timeOf(4) });
    assert.deepEqual([(await publish(driftReport('critical', weeks(3)), 5)).action, foreign.state], ['reopened', 'closed']);
  });

  it('are told from those of a person’s token, whoever that person is by now', async () => {
    github.settings.self = { login: 'ana', type: 'User', association: 'NONE' };
    await complete(inputOf(high(), 0), false);
    const { body, labels } = only(github.issues);
    github.addIssue({ body, labels, author: outsider });
    assert.deepEqual([(await publish(high(), 1)).action, (await publish(high(), 2)).number, github.issues.length], ['updated', 1, 2]);
    // With another key, who opened it is what is left.
    github.settings.self = { login: 'ben', type: 'User', association: 'COLLABORATOR' };
    await publish(high(), 3, { 'supabase-key': 'sb_secret_rotated' });
    assert.equal((await publish(high(), 4, { 'supabase-key': 'sb_secret_rotated_again' })).number, 3);
  });

  it('are none of its business where a server overlooks what the list is to be filtered by', async () => {
    await publish(high(), 0);
    const { body } = only(github.issues);
    github.addIssue({ body, labels: ['bug'] });
    github.addIssue({ body, labels: ['drift-detection'], state: 'closed' });
    github.settings.ignoresFilters = true;
    newWrites();
    assert.equal((await publish(high(), 1)).number, 1);
    assert.deepEqual(newWrites(), ['PATCH /issues/1']);
  });
});

describe('what changes while a run is at it', () => {
  const faster = (change: () => void, path: RegExp): void => {
    const { admits } = github.settings;
    github.settings.admits = async (method) => {
      const last = github.requests.at(-1);
      if (last && path.test(`${last.method} ${last.path}`)) change();
      return admits(method);
    };
  };

  for (const gone of ['deleted', 'moved'] as const) {
    it(`an issue that was ${gone} is opened anew, and nothing is said of disabled issues`, async () => {
      await publish(high(), 0);
      faster(() => (only(github.issues.slice(0, 1)).gone = gone), /GET .*\/issues$/);
      for (const report of [driftReport('critical', weeks(3)), driftReport('critical', weeks(3))]) {
        newWrites();
        await publish(report, 1);
        assert.deepEqual([github.issues.length, github.comments.length], [2, 0]);
        github.settings.admits = async () => true;
      }
    });

    it(`an issue that was ${gone} is opened anew although the list still shows it`, async () => {
      await publish(high(), 0);
      only(github.issues).gone = gone;
      github.settings.listsGone = true;
      assert.equal((await publish(high(), 1)).number, 2);
      assert.deepEqual([github.issues.length, github.comments.length], [2, 0]);
    });
  }

  it('a comment on an issue that was locked is left out with a warning', async () => {
    await publish(high(), 0);
    faster(() => (only(github.issues).locked = true), /GET .*\/issues$/);
    newWrites();
    const outcome = await publish(driftReport('critical', weeks(3)), 1);
    assert.match(only(outcome.warnings), /#1 is locked/);
    assert.deepEqual(newWrites(), ['PATCH /issues/1']);
  });

  it('of two runs that open an issue at once, the later one gives way and stays silent', async () => {
    // Both have looked before either has opened one.
    let waiting: (() => void)[] = [];
    github.settings.admits = () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(true));
        if (waiting.length < 2) return;
        for (const go of waiting) go();
        waiting = [];
        github.settings.admits = async () => true;
      });
    const outcomes = await Promise.all([complete(inputOf(high(), 0)), complete(inputOf(high(), 0))]);
    assert.deepEqual(
      github.issues.map(({ state, stateReason }) => [state, stateReason]),
      [
        ['open', null],
        ['closed', 'duplicate'],
      ],
    );
    assert.deepEqual(outcomes.map(({ announce }) => announce).sort(), ['opened', undefined]);
    assert.match(outcomes.flatMap(({ notes }) => notes).join(), /Another run opened issue #1/);
  });
});

describe('a step that GitHub refuses', () => {
  it('a reason that an older Enterprise Server does not know is left out, and nothing is said twice', async () => {
    github.settings.knowsDuplicates = false;
    await publish(high(), 0);
    const { body, labels } = only(github.issues);
    github.addIssue({ body, labels });
    for (const run of [1, 2]) await publish(high(), run);
    assert.deepEqual([github.issues.map(({ state }) => state), github.comments.length], [['closed', 'open'], 1]);
  });

  it('no comment is repeated while the change after it fails', async () => {
    await publish(high(), 0);
    github.injectFault({ kind: 'status', method: 'PATCH', status: 403, message: 'no', times: 99 });
    for (const run of [1, 2, 3]) await rejectsWith(publish(driftReport('critical', weeks(3)), run), /did not update/);
    for (const run of [4, 5]) await rejectsWith(publish(inSync(), run), /did not update/);
    assert.equal(github.comments.length, 2, 'one that it is worse, one that it is over');
  });

  it('a comment that may not be posted is left out, and what comes after it is done', async () => {
    await publish(high(), 0);
    const message = 'Commenting is disabled on issues with more than 2500 comments';
    github.injectFault({ kind: 'status', method: 'POST', path: /comments$/, status: 403, body: { message, documentation_url: '' }, times: 99 });
    const worse = await publish(driftReport('critical', weeks(3)), 1);
    assert.equal(worse.action, 'updated');
    assert.match(only(worse.warnings), /refused a comment on issue #1, so it was left out/);
    assert.equal((await publish(driftReport('critical', weeks(3)), 2)).announce, undefined);
    assert.equal((await publish(inSync(), 3)).action, 'closed');
    assert.equal(only(github.issues).state, 'closed');
  });

  it('a comment is not left out while GitHub only limits requests', async () => {
    await publish(high(), 0);
    github.injectFault({ ...secondaryRateLimit(3600), method: 'POST' });
    await rejectsWith(publish(inSync(), 1), /slow down/);
    await publish(inSync(), 2);
    assert.deepEqual([only(github.issues).state, github.comments.length], ['closed', 1]);
  });

  it('labels that cannot be created keep no issue from being opened', async () => {
    github.injectFault({ kind: 'status', method: 'POST', path: /labels$/, status: 403, body: { message: 'no', documentation_url: '' }, times: 99 });
    assert.equal((await publish(high(), 0)).action, 'opened');
    assert.ok(only(github.issues).labels.includes('drift-detection'));
  });

  it('a wait that is too long uses up none of the time for others', async () => {
    github.injectFault({ ...secondaryRateLimit(3600), method: 'POST', path: /labels$/ });
    github.injectFault({ kind: 'status', status: 502, method: 'PATCH' });
    assert.equal((await publish(high(), 0)).action, 'opened');
    assert.equal((await publish(high(), 1)).announce, undefined);
  });

  it('an issue without its label is closed again, because no run would find it', async () => {
    github.settings.setsLabels = false;
    await rejectsWith(publish(high(), 0), /opened issue #1 of octo-org\/habits without the label drift-detection/);
    assert.equal(only(github.issues).state, 'closed');
  });

  it('comments are looked for since the last change only', async () => {
    await publish(high(), 0);
    for (let index = 0; index < 500; index += 1)
      github.comments.push({ id: 1000 + index, issue: 1, body: 'chat', createdAt: new Date(timeOf(0).getTime() - 60_000), author: outsider });
    newWrites();
    github.injectFault({ kind: 'status', status: 502, method: 'POST', path: /comments$/ });
    await publish(inSync(), 1);
    const lists = github.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/comments'));
    assert.ok(lists.length > 0 && lists.every(({ query }) => new Date(query.get('since') ?? 0) >= timeOf(0) && !query.has('page')));
    assert.equal(github.comments.filter(({ body }) => body !== 'chat').length, 1);
  });

  it('what somebody from outside copied into a comment ahead of time keeps nothing from being said', async () => {
    await publish(high(), 0);
    await publish(inSync(), 1);
    const [said] = github.comments.splice(0);
    Object.assign(only(github.issues), { state: 'open', body: only(github.issues).body });
    assert.ok(said);
    await publish(high(), 2);
    github.comments.push({ ...said, author: outsider, createdAt: timeOf(3) });
    await publish(inSync(), 3);
    assert.equal(github.comments.filter(({ author }) => author !== outsider).length, 1);
  });

  it('an issue that is full of what people wrote is commented on and closed, and whoever can make room is told', async () => {
    await publish(high(), 0);
    const issue = only(github.issues);
    const text = 'x'.repeat(64_000);
    issue.body = `${issue.body}\n${text}`;
    const worse = await publish(driftReport('critical', weeks(3)), 1);
    assert.match(only(worse.warnings), /#1 was cut short: .* has 64,000 characters/);
    assert.ok((issue.body ?? '').length <= 65_536 && issue.body?.endsWith(text));
    issue.body = `${issue.body}${'x'.repeat(1500)}`;
    const closed = await publish(inSync(), 2);
    assert.match(only(closed.warnings), /#1 was left as it is: .* GitHub accepts 65,536 in total/);
    assert.deepEqual([issue.state, github.comments.length], ['closed', 2]);
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
    assert.deepEqual(
      dry.wouldDo?.map((text) => text.split('\n')[0]),
      [
        'Would create the label "drift-detection".',
        'Would create the label "high-priority".',
        'Would open an issue titled "Drift in habit-tracker: the two sides do not agree" with the labels bug, drift-detection, high-priority:',
      ],
    );
    assert.match(dry.wouldDo?.[2] ?? '', /<!-- driftwatch:v1 pair=habit-tracker -->[^]*<!-- driftwatch:end -->$/);

    await publish(high(), 0);
    newWrites();
    const worse = await publish(driftReport('critical', weeks(3)), 1, { 'dry-run': 'true' });
    assert.deepEqual([worse.action, worse.number], ['updated', 1]);
    assert.deepEqual(
      worse.wouldDo?.map((text) => text.split('\n')[0]),
      ['Would comment on issue #1:', 'Would update issue #1, with the body:'],
    );
    const closing = await publish(inSync(), 1, { 'dry-run': 'true' });
    assert.equal(closing.wouldDo?.[1]?.split('\n')[0], 'Would close issue #1 as completed, with the body:');
    assert.deepEqual(newWrites(), []);
  });

  it('a dry run without a token or a repository takes it that there is no issue, and says so', async () => {
    const input = { report: high(), settings: { ...settingsWith({ 'dry-run': 'true' }), githubToken: '' }, context: contextOf(0), now: timeOf(0) };
    const outcome = await complete(input);
    assert.equal(outcome.action, 'opened');
    assert.match(only(outcome.notes), /assumes that there are none/);
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
    await rejectsWith(
      publish(high(), 0),
      /^GitHub did not list the issues of octo-org\/habits: it answered 503, even after trying again\..*the next run catches up\.$/,
    );
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

  it('a list that has no end is given up, and the token follows a list to no other host', async () => {
    const page = (link: string) =>
      github.injectFault({ kind: 'status', method: 'GET', status: 200, body: [], headers: { link: `<${link}>; rel="next"` }, times: 999 });
    page(`${github.url}/repos/octo-org/habits/issues?state=open&page=2`);
    await rejectsWith(publish(high()), /did not list the issues .*: its answer could not be understood/);
    assert.ok(github.requests.length < 500, `${github.requests.length} requests`);
    await github.close();
    github = await startFakeGitHub();
    const elsewhere = await startFakeGitHub();
    page(`${elsewhere.url}/repos/octo-org/habits/issues?state=open&page=2`);
    await rejectsWith(publish(high()), /What answers at GITHUB_API_URL is not GitHub/);
    assert.deepEqual(elsewhere.requests, []);
    await elsewhere.close();
  });

  it('an answer of 503 says how long it asks to wait, and where that is too long it was not tried again', async () => {
    github.injectFault({ kind: 'status', status: 503, headers: { 'retry-after': '3600' }, times: 99 });
    await rejectsWith(publish(high()), /it answered 503 and asks to wait 360\d s/);
    assert.equal(github.requests.length, 1);
  });

  it('an answer that does not come is not waited for', async (t) => {
    github.injectFault({ kind: 'silent', noticed: timeoutsOnDemand(t) });
    assert.equal((await publish(high(), 0)).action, 'opened');
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

  it('a rate limit is waited for when it is short', async (t) => {
    // A moment that GitHub names does not come nearer while it answers.
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    for (const [limit, seconds] of [
      [secondaryRateLimit(30), 30],
      [primaryRateLimit(20), 20],
      [secondaryRateLimit(40, 429), 40],
    ] as const) {
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

  it('is asked again after as long as it asks, by whatever sign', async () => {
    const signs = [
      { status: 429, seconds: 30, headers: { 'retry-after': '30' } },
      { status: 403, seconds: 20, headers: { 'retry-after': '20' } },
      { status: 503, seconds: 15, headers: { 'retry-after': '15' } },
      { status: 429, seconds: 1, headers: {} },
    ];
    for (const { status, seconds, headers } of signs) {
      for (const method of ['GET', 'POST'] as const) {
        github.issues.length = 0;
        github.requests.length = 0;
        github.injectFault({ kind: 'status', method, path: /^\/issues$/, status, message: 'Too many requests', headers });
        assert.equal((await publish(high(), 0)).action, 'opened');
        const refused = github.requests.find((request) => request.status === status);
        const next = github.requests.find(({ at }) => refused && at > refused.at);
        assert.ok(refused && next && next.at - refused.at >= seconds * hurried.secondMs - 1, `${method} ${status}`);
      }
    }
    github.injectFault({ kind: 'status', status: 429, message: 'Too many requests', headers: { 'retry-after': '61' }, times: 99 });
    github.requests.length = 0;
    await rejectsWith(publish(high(), 0), /asks to slow down for longer than this run can wait \(429\) and asks to wait 62 s/);
    assert.equal(github.requests.length, 1);
  });

  it('leaves a second between two writes, as GitHub asks', async (t) => {
    // Time stands still, so that none of that second passes while the first one is answered.
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const waits: number[] = [];
    const { setTimeout } = globalThis;
    t.mock.method(globalThis, 'setTimeout', (done: (...handed: unknown[]) => void, ms = 0, ...handed: unknown[]) => {
      waits.push(ms);
      return setTimeout(done, ms === 1000 ? 0 : ms, ...handed);
    });
    await publish(high(), 0, { 'issue-labels': 'bug' }, { secondMs: 5 });
    assert.equal(github.requests.filter(({ method }) => method === 'POST').length, 2);
    assert.deepEqual(
      waits.filter((ms) => ms === 1000),
      [1000],
    );
  });
});

describe('what a maintainer can put right', () => {
  it('a wrong token', async () => {
    await rejectsWith(publish(high(), 0, { 'github-token': 'ghs_wrong' }), /does not recognize the token \(401\)/);
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

  const words: { what: string; status: number; message: string; headers?: Record<string, string>; says: RegExp }[] = [
    { what: 'single sign-on', status: 403, message: 'Resource protected by organization SAML enforcement.', says: /single sign-on.*Authorize the token/ },
    {
      what: 'a list of addresses',
      status: 403,
      message:
        'Although you appear to have the correct authorization credentials, the `octo-org` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
      says: /only allows listed IP addresses.*Use a runner/,
    },
    { what: 'an archived repository', status: 403, message: 'Repository was archived so is read-only.', says: /is archived.*Unarchive it/ },
    {
      what: 'content that comes too fast',
      status: 403,
      message: 'Validation Failed: {"resource":"Issue","code":"custom","message":"was submitted too quickly"}',
      says: /asks to slow down .*\(403\)\. The next run catches up\.$/,
    },
    { what: 'an issue that was deleted', status: 410, message: 'This issue was deleted', says: /the issue was deleted \(410\)/ },
    { what: 'a repository that is blocked', status: 451, message: 'Repository access blocked', says: /blocked for legal reasons \(451/ },
  ];
  for (const { what, status, message, says } of words) {
    it(`${what}, by GitHub's own words`, async () => {
      github.injectFault({ kind: 'status', status, message });
      await rejectsWith(publish(high(), 0), says);
    });
  }

  it('not a token or a permission where a web page came instead of an answer', async () => {
    for (const status of [200, 401, 403, 404, 410, 503]) {
      const server = createServer(
        (_, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end('<html><h1>Sign in to the network</h1>'),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const context = contextOf(0, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await rejectsWith(
        publishIssue({ report: high(), settings: settingsWith(), context, now: timeOf(0), pace: hurried }),
        /A web page .*came instead of an answer from GitHub's API at 127\.0\.0\.1:\d+ \(HTTP \d+\)/,
      );
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('nothing that repeats the token, whatever GitHub says', async () => {
    github.injectFault({ kind: 'status', status: 403, message: 'Not with "token ghs_synthetic"' });
    await rejectsWith(publish(high(), 0), /403: Not with "token \*\*\*"/);
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
