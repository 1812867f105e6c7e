import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { htmlError, startProxy, startWorld, type Proxy, type World } from '../world.ts';
import { closedPort, hue, marker, openIssue, startStage, withoutMasks, type Stage } from './stage.ts';

const hourMs = 3_600_000;

/**
 * The data never changes, so that tests can run side by side; what the migration is said to have done does. Six weeks
 * of 24 do not start on a Monday and were not migrated: in sync, unless they are expected as they are, or on a Monday
 * that other weeks have already.
 */
const drift = { 'week-alignment': 'exact' };
const otherDrift = { 'week-alignment': 'monday' };

let world: World;
let down: Proxy;
before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
  down = await startProxy(world.url, () => htmlError(500));
});
after(async () => {
  await down.close();
  await world.close();
});

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await startStage(world);
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

/** The JSON in the body's second comment, decoded, changed, and put back. */
function doctorState(body: string | null, change: (state: Record<string, unknown>) => Record<string, unknown>): string {
  const text = body ?? '';
  const [, encoded = ''] = /<!-- driftwatch-state ([\w-]+) -->/.exec(text) ?? [];
  assert.notEqual(encoded, '');
  const state = JSON.parse(Buffer.from(encoded, 'base64url').toString());
  return text.replace(encoded, Buffer.from(JSON.stringify(change(state))).toString('base64url'));
}

/** The one time in the state that says when something was last announced, moved into the past. */
const announcedHoursAgo = (body: string | null, hours: number): string =>
  doctorState(body, (state) => {
    const [key] = Object.keys(state).filter((name) => /announced/i.test(name));
    assert.ok(key !== undefined && typeof state[key] === 'string', JSON.stringify(state));
    return { ...state, [key]: new Date(Date.now() - hours * hourMs).toISOString() };
  });

describe('issues that are there already', { concurrency: 3 }, () => {
  it('keeps the newest with label and marker, closes the others as duplicates with a comment, and touches nothing else', async () => {
    await onStage(async (stage) => {
      openIssue(stage);
      const pull = openIssue(stage, { isPullRequest: true });
      const winner = openIssue(stage);
      const unmarked = openIssue(stage, { body: `Drift in habit-tracker\n\n> ${marker}`, title: 'Drift in habit-tracker' });
      const unlabelled = openIssue(stage, { labels: ['bug'] });
      const otherPair = openIssue(stage, { body: '<!-- driftwatch:v1 pair=habit-tracker-2 -->\n\nAnother pair.' });
      const strangers = [pull, unmarked, unlabelled, otherPair].map(({ state, body }) => ({ state, body }));
      const run = await stage.run(drift);

      assert.equal(run.outputs['issue-number'], String(winner.number));
      assert.deepEqual([stage.github.issues[0]?.state, stage.github.issues[0]?.stateReason], ['closed', 'duplicate']);
      assert.deepEqual(
        stage.github.comments.filter(({ issue }) => issue === 1).map(({ body }) => /#3\b/.test(body)),
        [true],
      );
      assert.deepEqual(
        [pull, unmarked, unlabelled, otherPair].map(({ state, body }) => ({ state, body })),
        strangers,
      );
      assert.match(winner.body ?? '', /MISSING_WEEK/);
    });
  });

  it('is silent on an issue with drift-ignore, where only the body is kept up to date', async () => {
    await onStage(async (stage) => {
      await stage.run({ ...drift, 'discord-webhook-url': '' });
      stage.issue().labels.push('drift-ignore');
      const worse = await stage.run(otherDrift);
      assert.deepEqual([worse.writes, worse.embeds, worse.exitCode], [['PATCH /issues/1'], [], 1]);
    });
  });

  it('updates the body of a locked issue, and warns that the comment was left out', async () => {
    await onStage(async (stage) => {
      await stage.run(drift);
      stage.issue().locked = true;
      const run = await stage.run(otherDrift);
      assert.deepEqual(run.writes, ['PATCH /issues/1']);
      assert.match(run.log, /^::warning[^\n]*locked/m);
      assert.equal(run.embeds.length, 1);
      assert.ok(stage.github.requests.every(({ status }) => status < 400));
    });
  });

  it('replaces a damaged state and goes on, and keeps what a person wrote around its own part', async () => {
    await onStage(async (stage) => {
      await stage.run(drift);
      const body = (stage.issue().body ?? '').replace(/(<!-- driftwatch-state )[\w-]+/, '$1eyJ2ZXJzaW9uIjo5OX0');
      stage.issue().body = `A person's own note.\n\n${body}\n\nAnother one below.`;
      const run = await stage.run(drift);
      assert.deepEqual([run.exitCode, run.outputs['verdict'], run.outputs['issue-number']], [1, 'drift', '1']);
      const now = stage.issue().body ?? '';
      assert.ok(now.includes("A person's own note.") && now.includes('Another one below.'));
      assert.ok(!now.includes('eyJ2ZXJzaW9uIjo5OX0') && /driftwatch-state/.test(now));
    });
  });

  it('announces unchanged drift again only after remind-after-hours, and never with 0', async () => {
    await onStage(async (stage) => {
      await stage.run(drift);
      const remindedAfter = async (hours: number, inputs: Record<string, string>) => {
        stage.issue().body = announcedHoursAgo(stage.issue().body, hours);
        const run = await stage.run({ ...drift, ...inputs });
        assert.deepEqual(run.comments, []);
        return run.embeds.length;
      };
      assert.equal(await remindedAfter(23.9, {}), 0);
      assert.equal(await remindedAfter(24.1, {}), 1);
      assert.equal((await stage.run(drift)).embeds.length, 0);
      assert.equal(await remindedAfter(0.6, { 'remind-after-hours': '0.5' }), 1);
      assert.equal(await remindedAfter(9000, { 'remind-after-hours': '0' }), 0);
    });
  });

  it('leaves an issue open after a sample that proves too little, and updates it', async () => {
    await onStage(async (stage) => {
      openIssue(stage);
      const run = await stage.run({ mode: 'sample', 'sample-size': '5' });
      assert.deepEqual([run.outputs['verdict'], run.exitCode, run.outputs['compared'], run.outputs['population']], ['in-sync', 0, '5', '18']);
      assert.deepEqual([stage.issue().state, run.writes, run.embeds], ['open', ['PATCH /issues/1'], []]);
      assert.ok(Number(run.outputs['drift-rate-upper-bound']) > 0.001);
    });
  });
});

describe('the levels', { concurrency: 3 }, () => {
  // Six weeks of 24 differ: a drift rate of 25 %.
  const thresholds = {
    medium: { 'high-threshold': '30%', 'critical-threshold': '0.4' },
    high: { 'high-threshold': '10%', 'critical-threshold': '25%' },
    critical: { 'high-threshold': '0.1', 'critical-threshold': '24.9%' },
  };
  const levels = ['medium', 'high', 'critical', 'never'] as const;
  for (const [rank, severity] of (['medium', 'high', 'critical'] as const).entries()) {
    it(`of issue-on, discord-on and fail-on decide each for themselves about ${severity} drift`, async () => {
      await onStage(async (stage) => {
        for (const [shift] of levels.entries()) {
          const at = (offset: number) => levels[(shift + offset) % 4] ?? 'never';
          const inputs = { 'issue-on': at(0), 'discord-on': at(1), 'fail-on': at(2) };
          const run = await stage.run({ ...drift, ...thresholds[severity], ...inputs });
          const reached = (level: (typeof levels)[number]) => level !== 'never' && rank >= levels.indexOf(level);
          assert.equal(run.report.severity, severity);
          const done = { issue: stage.github.issues.length === 1, discord: run.embeds.length === 1, failed: run.exitCode !== 0 };
          const due = { issue: reached(inputs['issue-on']), discord: reached(inputs['discord-on']), failed: reached(inputs['fail-on']) };
          assert.deepEqual(done, due, JSON.stringify(inputs));
          if (due.discord) assert.equal(hue(run.embeds[0]?.color), { medium: 'yellow', high: 'orange', critical: 'red' }[severity]);
          assert.match(run.summary, new RegExp(severity));
          stage.github.issues.length = 0;
        }
      });
    });
  }

  it('update an open issue about drift below issue-on, and keep it open', async () => {
    await onStage(async (stage) => {
      const issue = openIssue(stage);
      const run = await stage.run({ ...drift, ...thresholds.medium });
      assert.deepEqual([run.writes, issue.state, run.exitCode], [['PATCH /issues/1'], 'open', 0]);
      assert.match(issue.body ?? '', /MISSING_WEEK/);
    });
  });

  it('say never about Discord and failing when nothing is known, and mean it', async () => {
    await onStage(async (stage) => {
      const run = await stage.run({ 'supabase-url': down.url, 'discord-on': 'never', 'fail-on': 'never' });
      assert.deepEqual([run.exitCode, run.outputs['verdict'], run.writes, stage.discord.requests.length], [0, 'unknown', [], 0]);
      assert.match(run.summary, /Unknown/);
    });
  });
});

describe('a channel that is down', { concurrency: 3 }, () => {
  it('leaves Discord alone when it is GitHub, and fails the job at the end although fail-on is never', async () => {
    await onStage(async (stage) => {
      const run = await stage.run({ ...drift, 'fail-on': 'never' }, { env: { GITHUB_API_URL: closedPort } });
      assert.deepEqual([run.exitCode, run.embeds.length, run.outputs['verdict'], run.outputs['issue-number']], [1, 1, 'drift', '']);
      assert.match(run.log, /^::error[^\n]*GitHub/m);
      assert.equal(run.report.verdict, 'drift');
      assert.match(run.summary, /Drift/);
    });
  });

  it('is named with what to do when the token is not accepted', async () => {
    await onStage(async (stage) => {
      const run = await stage.run({ ...drift, 'github-token': 'ghs_of_somebody_else' });
      assert.deepEqual([run.exitCode, run.embeds.length], [1, 1]);
      assert.match(run.log, /^::error[^\n]*github-token/m);
      assert.ok(!withoutMasks(run.log).includes('ghs_of_somebody_else'));
    });
  });

  it('hears of it with the next run that reaches it, and once', async () => {
    await onStage(async (stage) => {
      const lost = { 'discord-webhook-url': `${closedPort}/api/webhooks/1/top-secret-token`, 'remind-after-hours': '0' };
      const reached = { 'remind-after-hours': '0' };
      assert.equal((await stage.run({ ...drift, ...lost })).outputs['issue-number'], '1');
      const [first, second] = [await stage.run({ ...drift, ...reached }), await stage.run({ ...drift, ...reached })];
      assert.deepEqual([first.embeds.map(({ color }) => hue(color)), second.embeds], [['red'], []]);
      await stage.run(lost);
      assert.equal(stage.issue().state, 'closed');
      const [good, quiet] = [await stage.run(reached), await stage.run(reached)];
      assert.deepEqual([good.embeds.map(({ color }) => hue(color)), quiet.embeds, quiet.writes], [['green'], [], []]);
      assert.ok(JSON.stringify(good.embeds).includes('https://github.com/example/habits/issues/1'));
    });
  });

  it('is told what the token lacks in words that can be copied', async () => {
    await onStage(async (stage) => {
      stage.github.settings.readOnly = true;
      const run = await stage.run(drift);
      assert.match(run.log, /^::error[^\n]*Give the job `permissions: issues: write`;/m);
      assert.equal(run.embeds.length, 1);
    });
  });

  it('costs a warning and nothing else when it is Discord', async () => {
    await onStage(async (stage) => {
      stage.discord.answers.push({ status: 404, body: { message: 'Unknown Webhook', code: 10015 } });
      const refused = await stage.run({ ...drift, 'fail-on': 'never' });
      assert.deepEqual([refused.exitCode, refused.outputs['issue-number'], refused.embeds], [0, '1', []]);
      assert.match(refused.log, /^::warning[^\n]*Discord[^\n]*::[^\n]*Discord/m);
      const unreachable = await stage.run({ ...drift, 'issue-on': 'never', 'discord-webhook-url': `${closedPort}/api/webhooks/1/top-secret-token` });
      assert.equal(unreachable.exitCode, 1);
      assert.match(unreachable.log, /^::warning[^\n]*Discord/m);
      assert.ok(!withoutMasks(unreachable.log).includes('top-secret-token'));
      assert.equal(unreachable.report.verdict, 'drift');
    });
  });
});

describe('a dry run', { concurrency: 2 }, () => {
  it('changes nothing on any server, writes its report, and says which issue and which embed there would be', async () => {
    await onStage(async (stage) => {
      world.requests.length = 0;
      const run = await stage.run({ ...drift, 'dry-run': 'true' });
      const everything = [...stage.github.requests, ...stage.discord.requests, ...world.requests];
      assert.deepEqual(
        everything.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
        [],
      );
      assert.deepEqual([run.exitCode, run.report.verdict, run.outputs['issue-number']], [1, 'drift', '']);
      assert.match(run.log, /would[^\n]*open[^\n]*issue/i);
      assert.match(run.log, /would[^\n]*Discord/i);
      assert.ok(run.log.includes(marker) && run.log.includes('drift-detection'));
    });
  });

  it('shows what people wrote in the issue, in lines that start no command', async () => {
    await onStage(async (stage) => {
      await stage.run(drift);
      const own = stage.issue().body ?? '';
      stage.issue().body = `::stop-commands::mallory\n##[error]forged\n  ::set-output name=verdict::in-sync\n${own}\n::add-mask::drift\rx\r::error::forged`;
      const run = await stage.run({ ...otherDrift, 'dry-run': 'true' });
      assert.match(run.log, /Would update issue #1/);
      assert.ok(run.log.includes('forged') && run.log.includes('mallory'));
      assert.deepEqual(
        run.log.split(/\r\n|\r|\n/).filter((line) => /^\s*::(stop-commands|add-mask::drift|set-output|error::forged)|##\[/.test(line)),
        [],
      );
      assert.equal(run.outputs['verdict'], 'drift');
    });
  });

  it('says that it would comment on and close the issue once both sides agree', async () => {
    await onStage(async (stage) => {
      await stage.run(drift);
      const asTheyWere = JSON.stringify(stage.github.issues);
      const run = await stage.run({ 'dry-run': 'true' });
      assert.deepEqual([run.writes, run.embeds, JSON.stringify(stage.github.issues)], [[], [], asTheyWere]);
      assert.deepEqual([run.outputs['issue-number'], run.outputs['issue-url']], ['', ''], 'no issue was touched');
      assert.match(run.log, /would[^\n]*close[^\n]*#1/i);
      assert.match(run.log, /would[^\n]*comment[^\n]*#1/i);
    });
  });
});
