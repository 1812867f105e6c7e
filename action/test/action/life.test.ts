import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { htmlError, startProxy, startWorld, type Proxy, type World } from '../world.ts';
import { hue, marker, startStage, type Stage } from './stage.ts';

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

describe('without a record of runs', () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage(world);
  });
  after(() => stage.close());

  it('an open issue remembers them, for itself, the summary and the report', async () => {
    await lose(0);
    const first = await stage.run();
    for (const text of [first.summary, stage.issue().body ?? '']) assert.doesNotMatch(text, /runs since/);
    await stage.run({ 'supabase-url': down.url });
    await repair();
    await lose(0, 2);
    const third = await stage.run();
    await repair();
    const line = /^3 runs since 20\d\d-.* UTC: 2 with drift, 1 unknown; drift rate [\d.]+% → [\d.]+%\. `[▂-█]·█`\n\n```mermaid\n.*\nxychart-beta$/m;
    for (const text of [third.summary, stage.issue().body ?? '']) assert.match(text, line);
    assert.match(third.html, /<h2 id="trend">/);
    const last = await stage.run();
    assert.match(last.summary, /^4 runs since .*: 1 in sync, 2 with drift, 1 unknown/m);
    assert.equal(stage.issue().state, 'closed');
    assert.doesNotMatch((await stage.run()).summary, /runs since/);
  });
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
    const sent = Date.parse(run.embeds[0]?.timestamp ?? '');
    assert.ok(sent >= Date.parse(run.report.finishedAt) && sent <= Date.now());
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
    assert.deepEqual(
      run.embeds.map(({ color }) => hue(color)),
      ['grey'],
    );
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
    assert.deepEqual(
      stage.github.issues.map(({ state }) => state),
      ['closed', 'open'],
    );
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
