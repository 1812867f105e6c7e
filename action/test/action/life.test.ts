import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { htmlError, startProxy, startWorld, type Proxy, type World } from '../world.ts';
import { closedPort, hue, marker, openIssue, startStage, type Stage } from './stage.ts';

const hourMs = 3_600_000;

let world: World;
let down: Proxy;
before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
  await world.sql('create table kept as select * from habit_records');
  down = await startProxy(world.url, () => htmlError(500));
});
after(async () => {
  await down.close();
  await world.close();
});

/** Both sides agree again. */
const repair = () => world.sql('delete from habit_records; insert into habit_records select * from kept');

/** Every record of the n-th and following weeks is lost. */
const lose = (from: number, count = 1) =>
  world.sql(
    `delete from habit_records where habit_id in (
       select h.id from habits h join (select id from weeks order by week_start_date, id offset ${from} limit ${count}) w on w.id = h.week_id)`,
  );

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

describe('the life of an issue, run after run', () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage(world);
  });
  after(() => stage.close());

  it('files nothing and posts nothing while both sides agree and no issue is open', async () => {
    const run = await stage.run();
    assert.deepEqual([run.exitCode, run.outputs['verdict'], run.outputs['severity']], [0, 'in-sync', 'none']);
    assert.deepEqual([run.writes, run.embeds, stage.discord.requests.length], [[], [], 0]);
    assert.deepEqual([run.outputs['issue-number'], run.outputs['issue-url']], ['', '']);
    assert.match(run.summary, /In sync/);
    assert.equal(run.report.verdict, 'in-sync');
  });

  it('opens an issue with the labels, creates those that are absent, posts a red embed and fails the job', async () => {
    await lose(0);
    const run = await stage.run();
    const issue = stage.issue();
    assert.equal(run.exitCode, 1);
    assert.deepEqual([run.outputs['verdict'], run.outputs['severity']], ['drift', 'critical']);
    assert.deepEqual([run.outputs['issue-number'], run.outputs['issue-url']], ['1', 'https://github.com/example/habits/issues/1']);
    assert.deepEqual(issue.labels.toSorted(), ['bug', 'drift-detection', 'high-priority']);
    assert.deepEqual(stage.github.labels.map(({ name }) => name).toSorted(), ['bug', 'drift-detection', 'high-priority']);
    assert.ok(stage.github.labels.every(({ description }) => (description ?? '').length > 0));
    assert.ok(issue.body?.includes(marker));
    for (const expected of [/MISSING_RECORD/, /last checked/i, /What to do next/i, new RegExp(run.runUrl)]) assert.match(issue.body ?? '', expected);
    assert.equal(run.comments.length, 0);

    assert.equal(run.embeds.length, 1);
    assert.equal(hue(run.embeds[0]?.color), 'red');
    assert.deepEqual(stage.discord.messages[0]?.allowed_mentions, { parse: [] });
    assert.match(stage.discord.requests[0]?.url ?? '', /[?&]wait=true(&|$)/);
    const embed = JSON.stringify(run.embeds[0]);
    assert.ok(embed.includes('https://github.com/example/habits/issues/1') && embed.includes(run.runUrl), embed);
    assert.match(run.embeds[0]?.footer?.text ?? '', new RegExp(run.report.seed));
    assert.ok(Math.abs(Date.parse(run.embeds[0]?.timestamp ?? '') - Date.now()) < 120_000);
  });

  it('says the same again in the body only: no comment, nothing on Discord', async () => {
    const run = await stage.run();
    assert.deepEqual([run.writes, run.embeds], [['PATCH /issues/1'], []]);
    assert.ok(stage.issue().body?.includes(run.runUrl));
    assert.deepEqual([run.exitCode, run.outputs['issue-number']], [1, '1']);
  });

  it('comments and tells Discord when other weeks differ than before', async () => {
    await lose(4, 2);
    const run = await stage.run();
    assert.deepEqual(run.writes.toSorted(), ['PATCH /issues/1', 'POST /issues/1/comments']);
    assert.equal(run.embeds.length, 1);
    assert.equal(hue(run.embeds[0]?.color), 'red');
    assert.match(run.comments[0] ?? '', /week/);
  });

  it('keeps the issue open when nothing is known, says so and why, and posts one grey embed', async () => {
    const run = await stage.run({ 'supabase-url': down.url });
    assert.deepEqual([run.outputs['verdict'], run.exitCode, stage.issue().state], ['unknown', 1, 'open']);
    assert.deepEqual([run.writes, run.outputs['issue-number']], [['PATCH /issues/1'], '1']);
    assert.ok(stage.issue().body?.includes(run.report.reason ?? 'no reason'));
    assert.match(stage.issue().body ?? '', /MISSING_RECORD/);
    assert.deepEqual(run.embeds.map(({ color }) => hue(color)), ['grey']);
    assert.match(run.summary, /500/);

    const again = await stage.run({ 'supabase-url': down.url });
    assert.deepEqual([again.embeds, again.writes, again.exitCode], [[], ['PATCH /issues/1'], 1]);
    assert.ok(stage.issue().body?.includes(again.runUrl));
  });

  it('is not moved by fewer weeks that differ: no comment, no message', async () => {
    await repair();
    await lose(4, 2);
    const run = await stage.run();
    assert.deepEqual([run.writes, run.embeds], [['PATCH /issues/1'], []]);
    assert.ok(!/500/.test(/last checked[\s\S]{0,400}/i.exec(stage.issue().body ?? '')?.[0] ?? ''));
  });

  it('closes as completed with a comment on how long it lasted and what cleared it, and posts a green embed', async () => {
    await repair();
    const run = await stage.run();
    assert.deepEqual([run.exitCode, stage.issue().state, stage.issue().stateReason], [0, 'closed', 'completed']);
    assert.deepEqual([run.outputs['issue-number'], run.embeds.map(({ color }) => hue(color))], ['1', ['green']]);
    assert.equal(run.comments.length, 1);
    assert.match(run.comments[0] ?? '', /lasted .*minute/);
    assert.ok(run.comments[0]?.includes(run.runUrl));
  });

  it('does nothing more once it is closed', async () => {
    const run = await stage.run();
    assert.deepEqual([run.writes, run.embeds, run.outputs['issue-number']], [[], [], '']);
  });

  it('reopens the issue that was closed less than seven days ago', async () => {
    stage.issue().closedAt = new Date(Date.now() - 6.9 * 24 * hourMs);
    await lose(2);
    const run = await stage.run();
    assert.deepEqual([stage.issue().state, run.outputs['issue-number'], run.embeds.map(({ color }) => hue(color))], ['open', '1', ['red']]);
    assert.ok(stage.issue().body?.includes(run.runUrl));
  });

  it('opens a new one when the last was closed more than seven days ago', async () => {
    Object.assign(stage.issue(), { state: 'closed', stateReason: 'completed', closedAt: new Date(Date.now() - 7.1 * 24 * hourMs) });
    const run = await stage.run();
    assert.deepEqual(stage.github.issues.map(({ state }) => state), ['closed', 'open']);
    assert.equal(run.outputs['issue-number'], '2');
  });

  it('does nothing when a person closed the last one as not planned and the same weeks differ, and files again when others do', async () => {
    Object.assign(stage.github.issues[1] ?? {}, { state: 'closed', stateReason: 'not_planned', closedAt: new Date() });
    const same = await stage.run();
    assert.deepEqual([same.writes, same.embeds, same.outputs['issue-number'], same.exitCode], [[], [], '', 1]);

    await lose(7);
    const other = await stage.run();
    assert.deepEqual([stage.github.issues.map(({ state }) => state), other.outputs['issue-number']], [['closed', 'closed', 'open'], '3']);
    assert.equal(other.embeds.length, 1);
  });
});

describe('issues that are there already', () => {
  before(async () => {
    await repair();
    await lose(3);
  });

  it('keeps the newest with label and marker, closes the others as duplicates with a comment, and touches nothing else', async () => {
    await onStage(async (stage) => {
      openIssue(stage);
      const pull = openIssue(stage, { isPullRequest: true });
      const winner = openIssue(stage);
      const unmarked = openIssue(stage, { body: `Drift in habit-tracker\n\n> ${marker}`, title: 'Drift in habit-tracker' });
      const unlabelled = openIssue(stage, { labels: ['bug'] });
      const otherPair = openIssue(stage, { body: '<!-- driftwatch:v1 pair=habit-tracker-2 -->\n\nAnother pair.' });
      const strangers = [pull, unmarked, unlabelled, otherPair].map(({ state, body }) => ({ state, body }));
      const run = await stage.run();

      assert.equal(run.outputs['issue-number'], String(winner.number));
      assert.deepEqual([stage.github.issues[0]?.state, stage.github.issues[0]?.stateReason], ['closed', 'duplicate']);
      assert.deepEqual(stage.github.comments.filter(({ issue }) => issue === 1).map(({ body }) => /#3\b/.test(body)), [true]);
      assert.deepEqual([pull, unmarked, unlabelled, otherPair].map(({ state, body }) => ({ state, body })), strangers);
      assert.match(winner.body ?? '', /MISSING_RECORD/);
    });
  });

  it('is silent on an issue with drift-ignore, where only the body is kept up to date', async () => {
    await onStage(async (stage) => {
      await stage.run({ 'discord-webhook-url': '' });
      stage.issue().labels.push('drift-ignore');
      await lose(9, 2);
      const worse = await stage.run();
      assert.deepEqual([worse.writes, worse.embeds, worse.exitCode], [['PATCH /issues/1'], [], 1]);
      await repair();
      await lose(3);
    });
  });

  it('updates the body of a locked issue, and warns that the comment was left out', async () => {
    await onStage(async (stage) => {
      await stage.run();
      stage.issue().locked = true;
      await lose(11);
      const run = await stage.run();
      assert.deepEqual(run.writes, ['PATCH /issues/1']);
      assert.match(run.log, /^::warning[^\n]*locked/m);
      assert.equal(run.embeds.length, 1);
      assert.ok(stage.github.requests.every(({ status }) => status < 400));
      await repair();
      await lose(3);
    });
  });

  it('replaces a damaged state and goes on, and keeps what a person wrote around its own part', async () => {
    await onStage(async (stage) => {
      await stage.run();
      const body = (stage.issue().body ?? '').replace(/(<!-- driftwatch-state )[\w-]+/, '$1eyJ2ZXJzaW9uIjo5OX0');
      stage.issue().body = `A person's own note.\n\n${body}\n\nAnother one below.`;
      const run = await stage.run();
      assert.deepEqual([run.exitCode, run.outputs['verdict'], run.outputs['issue-number']], [1, 'drift', '1']);
      const now = stage.issue().body ?? '';
      assert.ok(now.includes("A person's own note.") && now.includes('Another one below.'));
      assert.ok(!now.includes('eyJ2ZXJzaW9uIjo5OX0') && /driftwatch-state/.test(now));
    });
  });

  it('announces unchanged drift again only after remind-after-hours, and never with 0', async () => {
    await onStage(async (stage) => {
      await stage.run();
      const remindedAfter = async (hours: number, inputs: Record<string, string>) => {
        stage.issue().body = announcedHoursAgo(stage.issue().body, hours);
        const run = await stage.run(inputs);
        assert.deepEqual(run.comments, []);
        return run.embeds.length;
      };
      assert.equal(await remindedAfter(23.9, {}), 0);
      assert.equal(await remindedAfter(24.1, {}), 1);
      assert.equal((await stage.run()).embeds.length, 0);
      assert.equal(await remindedAfter(0.6, { 'remind-after-hours': '0.5' }), 1);
      assert.equal(await remindedAfter(9000, { 'remind-after-hours': '0' }), 0);
    });
  });

  it('leaves an issue open after a sample that proves too little, and updates it', async () => {
    await onStage(async (stage) => {
      openIssue(stage);
      await repair();
      const run = await stage.run({ mode: 'sample', 'sample-size': '5' });
      assert.deepEqual([run.outputs['verdict'], run.exitCode, run.outputs['compared'], run.outputs['population']], ['in-sync', 0, '5', '18']);
      assert.deepEqual([stage.issue().state, run.writes, run.embeds], ['open', ['PATCH /issues/1'], []]);
      assert.ok(Number(run.outputs['drift-rate-upper-bound']) > 0.001);
      await lose(3);
    });
  });
});

describe('the levels', { concurrency: 3 }, () => {
  before(async () => {
    await repair();
    await lose(3);
  });
  // One week of eighteen differs, and one habit's records are missing: a drift rate of 5.6 %.
  const thresholds = {
    medium: { 'high-threshold': '10%', 'critical-threshold': '20%' },
    high: { 'high-threshold': '1%', 'critical-threshold': '20%' },
    critical: { 'high-threshold': '1%', 'critical-threshold': '2%' },
  };
  const levels = ['medium', 'high', 'critical', 'never'] as const;
  for (const [rank, severity] of (['medium', 'high', 'critical'] as const).entries()) {
    it(`of issue-on, discord-on and fail-on decide each for themselves about ${severity} drift`, async () => {
      await onStage(async (stage) => {
        for (const [shift] of levels.entries()) {
          const at = (offset: number) => levels[(shift + offset) % 4] ?? 'never';
          const inputs = { 'issue-on': at(0), 'discord-on': at(1), 'fail-on': at(2) };
          const run = await stage.run({ ...thresholds[severity], ...inputs });
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
      const run = await stage.run({ ...thresholds.medium });
      assert.deepEqual([run.writes, issue.state, run.exitCode], [['PATCH /issues/1'], 'open', 0]);
      assert.match(issue.body ?? '', /MISSING_RECORD/);
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
  before(async () => {
    await repair();
    await lose(3);
  });

  it('leaves Discord alone when it is GitHub, and fails the job at the end although fail-on is never', async () => {
    await onStage(async (stage) => {
      const run = await stage.run({ 'fail-on': 'never' }, { env: { GITHUB_API_URL: closedPort } });
      assert.deepEqual([run.exitCode, run.embeds.length, run.outputs['verdict'], run.outputs['issue-number']], [1, 1, 'drift', '']);
      assert.match(run.log, /^::error[^\n]*GitHub/m);
      assert.equal(run.report.verdict, 'drift');
      assert.match(run.summary, /Drift/);
    });
  });

  it('is named with what to do when the token is not accepted', async () => {
    await onStage(async (stage) => {
      const run = await stage.run({ 'github-token': 'ghs_of_somebody_else' });
      assert.deepEqual([run.exitCode, run.embeds.length], [1, 1]);
      assert.match(run.log, /^::error[^\n]*github-token/m);
      assert.ok(!run.log.replaceAll(/^::add-mask::.*$/gm, '').includes('ghs_of_somebody_else'));
    });
  });

  it('costs a warning and nothing else when it is Discord', async () => {
    await onStage(async (stage) => {
      stage.discord.answers.push({ status: 404, body: { message: 'Unknown Webhook', code: 10015 } });
      const refused = await stage.run({ 'fail-on': 'never' });
      assert.deepEqual([refused.exitCode, refused.outputs['issue-number'], refused.embeds], [0, '1', []]);
      assert.match(refused.log, /^::warning[^\n]*Discord[^\n]*::[^\n]*Discord/m);
      const unreachable = await stage.run({ 'issue-on': 'never', 'discord-webhook-url': `${closedPort}/api/webhooks/1/top-secret-token` });
      assert.equal(unreachable.exitCode, 1);
      assert.match(unreachable.log, /^::warning[^\n]*Discord/m);
      assert.ok(!unreachable.log.replaceAll(/^::add-mask::.*$/gm, '').includes('top-secret-token'));
      assert.equal(unreachable.report.verdict, 'drift');
    });
  });
});

describe('a dry run', () => {
  it('changes nothing on any server, writes its report, and says which issue and which embed there would be', async () => {
    await onStage(async (stage) => {
      world.requests.length = 0;
      const run = await stage.run({ 'dry-run': 'true' });
      const everything = [...stage.github.requests, ...stage.discord.requests, ...world.requests];
      assert.deepEqual(everything.filter(({ method }) => method !== 'GET' && method !== 'HEAD'), []);
      assert.deepEqual([run.exitCode, run.report.verdict, run.outputs['issue-number']], [1, 'drift', '']);
      assert.match(run.log, /would[^\n]*open[^\n]*issue/i);
      assert.match(run.log, /would[^\n]*Discord/i);
      assert.ok(run.log.includes(marker) && run.log.includes('drift-detection'));
    });
  });

  it('says that it would comment on and close the issue once both sides agree', async () => {
    await onStage(async (stage) => {
      await stage.run();
      await repair();
      const before = JSON.stringify(stage.github.issues);
      const run = await stage.run({ 'dry-run': 'true' });
      assert.deepEqual([run.writes, run.embeds, JSON.stringify(stage.github.issues)], [[], [], before]);
      assert.match(run.log, /would[^\n]*close[^\n]*#1/i);
      assert.match(run.log, /would[^\n]*comment[^\n]*#1/i);
    });
  });
});
