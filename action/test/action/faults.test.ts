import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import {
  answering,
  cutShort,
  firstOf,
  hanging,
  heldUntil,
  htmlError,
  malformed,
  on,
  rewritten,
  startProxy,
  startWorld,
  toTable,
  truncated,
  type Behaviour,
  type Fault,
  type ProxyRequest,
  type World,
} from '../world.ts';
import { closedPort, everythingSaid, hue, openIssue, startStage, withoutMasks, type RunOptions, type Stage, type StageRun } from './stage.ts';

/** Both sides agree all along: any drift that a run tells of is a false alarm, and any all-clear over a fault is a lie. */
let world: World;
before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
});
after(() => world.close());

const always =
  (fault: Fault): Behaviour =>
  () =>
    fault;
const parameter = ({ path }: ProxyRequest, name: string): string | null => new URL(path, 'http://project').searchParams.get(name);
/** Rows are read again by their keys, and nothing else is asked for with `or`. */
const reread = (request: ProxyRequest): boolean => parameter(request, 'or') !== null;
const laterPage =
  (table: string) =>
  (request: ProxyRequest): boolean =>
    toTable(table)(request) && parameter(request, 'id') !== null;
/** What streams a table, from its first row on. */
const page =
  (table: string) =>
  (request: ProxyRequest): boolean =>
    toTable(table)(request) && !reread(request) && parameter(request, 'limit') !== '1';

const secrets = (stage: Stage) => [world.secretKey, stage.github.token, stage.discord.webhookUrl().href, 'synthetic-token_Aa0'];

/** What every run owes that could not tell, whatever kept it from telling. */
function assertUnknown(run: StageRun, stage: Stage, because: RegExp): void {
  const [issue] = stage.github.issues;
  const reason = run.report.reason ?? '';
  assert.deepEqual([run.outputs['verdict'], run.report.verdict, run.exitCode], ['unknown', 'unknown', 1], run.log);
  assert.match(reason, because);
  assert.doesNotMatch(reason, /\n|\bat .*:\d+|\[object|undefined|NaN|TypeError|AbortError/);
  assert.ok(reason.length > 40 && reason.length < 700, reason);
  assert.equal(issue?.state, 'open');
  assert.ok(issue?.body?.includes(run.runUrl), 'the issue tells of this run');
  assert.match(issue?.body ?? '', because);
  assert.deepEqual(run.comments, []);
  assert.match(run.summary, because);
  assert.match(run.log, because);
  assert.match(run.html, because);
  assert.deepEqual([run.outputs['issue-number'], run.outputs['seed'] !== ''], ['1', true]);
  for (const output of ['severity', 'drift-rate', 'drift-rate-upper-bound', 'compared', 'population', 'findings', 'report', 'report-html']) {
    assert.notEqual(run.outputs[output] ?? '', '', output);
  }
  for (const [outlet, text] of everythingSaid(run, stage)) {
    for (const secret of secrets(stage)) assert.ok(!withoutMasks(text).includes(secret), `${outlet} holds a secret`);
  }
}

/** An issue is open; the fault is between the run and the project. */
async function runBehind(
  behaviour: Behaviour,
  inputs: Record<string, string>,
  check: (run: StageRun, stage: Stage) => void | Promise<void>,
  options: RunOptions = {},
): Promise<void> {
  const proxy = await startProxy(world.url, behaviour);
  const stage = await startStage(world);
  try {
    openIssue(stage);
    await check(await stage.run({ 'supabase-url': proxy.url, ...inputs }, options), stage);
  } finally {
    await proxy.close();
    await stage.close();
  }
}

const unknownBehind = (behaviour: Behaviour, because: RegExp, inputs: Record<string, string> = {}): Promise<void> =>
  runBehind(behaviour, inputs, (run, stage) => {
    assertUnknown(run, stage, because);
    assert.deepEqual(
      run.embeds.map(({ color }) => hue(color)),
      ['grey'],
    );
  });

const inSyncBehind = (behaviour: Behaviour, inputs: Record<string, string> = {}): Promise<void> =>
  runBehind(behaviour, inputs, (run, stage) => {
    assert.deepEqual([run.outputs['verdict'], run.exitCode, run.outputs['compared']], ['in-sync', 0, '18'], run.log);
    assert.equal(stage.github.issues[0]?.state, 'closed');
  });

const budgetIsOver = '/budget-is-over';
/** For the run's process: its time budget ends when the proxy answers to this path, however slow the machine is. */
const budgetOnDemand = `
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => {
    if (ms !== 300_000) return timeout.call(AbortSignal, ms);
    const end = new AbortController();
    fetch(process.env['INPUT_SUPABASE-URL'] + '${budgetIsOver}').then(() => end.abort(new DOMException('over', 'TimeoutError')));
    return end.signal;
  };`;

describe('a run that cannot tell says unknown and why, and leaves the issue open', { concurrency: 3 }, () => {
  it('when nothing listens at the address', async () => {
    const stage = await startStage({ url: closedPort, secretKey: world.secretKey });
    openIssue(stage);
    assertUnknown(await stage.run(), stage, /supabase-url/);
    const again = await stage.run({ 'fail-on': 'never' });
    assert.deepEqual([again.exitCode, again.embeds, again.outputs['verdict']], [0, [], 'unknown']);
    await stage.close();
  });

  it('when the host does not exist', async () => {
    const stage = await startStage({ url: 'https://driftwatch.invalid', secretKey: world.secretKey });
    openIssue(stage);
    assertUnknown(await stage.run(), stage, /host|found|resolve/i);
    await stage.close();
  });

  it('when a web page answers with 200', () => unknownBehind(always(htmlError(200)), /supabase-url/));
  it('when a web page answers with 404', () => unknownBehind(always(htmlError(404)), /supabase-url/));

  it('when the address redirects, and the key does not go where it leads to', async () => {
    const elsewhere = await startProxy(world.url, () => undefined);
    const redirect: Fault = ({ request, reply }) => reply({ status: 302, headers: { location: `${elsewhere.url}${request.path}` }, body: Buffer.alloc(0) });
    await unknownBehind(always(redirect), /redirect/i);
    assert.deepEqual(elsewhere.requests, []);
    await elsewhere.close();
  });

  it('when the key is not the project’s', async () => {
    await unknownBehind(() => undefined, /key/, { 'supabase-key': 'sb_secret_of_another_project' });
  });

  it('when the role may not read a table', () =>
    unknownBehind(on(toTable('weeks'), answering(403, '{"code":"42501","message":"permission denied for table habits"}')), /may not read|permission/));

  it('when every answer is a 500', () => unknownBehind(always(htmlError(500)), /500/));
  it('when every answer is a 503', () => unknownBehind(always(answering(503, '{"message":"down"}')), /503/));
  it('when every answer is a 429', () => unknownBehind(always(answering(429, '{"message":"slow down"}')), /429|limit/i));
  it('when every connection is cut in the middle of the body', () => unknownBehind(always(cutShort), /cut/));
  it('when the JSON ends too early', () => unknownBehind(always(malformed), /JSON|damaged/));
  it('when the body is an object', () => unknownBehind(always(answering(200, '{"hello":"world"}')), /supabase-url|shape|JSON/));
  it('when the body is null', () => unknownBehind(always(answering(200, 'null')), /supabase-url|shape|JSON/));
  it('when the body is an array of something else', () => unknownBehind(on(page('weeks'), answering(200, '[{"id":1},7,null]')), /weeks/));

  for (const table of ['habit_tracker', 'weeks', 'children']) {
    it(`when pages of ${table} arrive shorter than their Content-Range says`, () =>
      unknownBehind(on(page(table), truncated(3, { mendRange: false })), new RegExp(`${table}.*(fewer|cut)`)));
  }

  for (const table of ['habit_tracker', 'weeks']) {
    it(`when ${table} fails after its first page`, () => unknownBehind(on(laterPage(table), htmlError(502)), /502/));
  }

  it('when a difference was seen and reading it again fails', () =>
    unknownBehind(
      firstOf(
        on(reread, htmlError(503)),
        on(
          page('weeks'),
          rewritten((rows) => rows.slice(1), { mendRange: true }),
        ),
      ),
      /503/,
      { 'settle-seconds': '1' },
    ));

  it('when what a table holds is gone from the pages although it was counted', () =>
    runBehind(
      firstOf(
        ...['habit_tracker', 'weeks'].map((table) =>
          on(
            page(table),
            rewritten(() => [], { mendRange: true }),
          ),
        ),
      ),
      {},
      (run, stage) => {
        assert.equal(run.outputs['verdict'], 'unknown', run.log);
        assert.equal(stage.github.issues[0]?.state, 'open');
      },
    ));

  it('when the server never answers and the time budget is over', () =>
    runBehind(always(hanging), { 'time-budget-seconds': '2' }, (run, stage) =>
      assertUnknown(run, stage, /time budget of 2 s ran out before a week was compared/),
    ));

  it('when the time budget is over after some pages, with how much was covered', () => {
    const stuck = Promise.withResolvers<void>();
    const behaviour = firstOf(
      on(({ path }) => path === budgetIsOver, heldUntil(stuck.promise)),
      on(laterPage('weeks'), () => stuck.resolve()),
      on(page('weeks'), truncated(10, { mendRange: true })),
    );
    return runBehind(
      behaviour,
      {},
      (run, stage) => {
        assertUnknown(run, stage, /time budget of 300 s only 10 of 18 weeks/);
        assert.equal(run.report.drift.compared, 10);
      },
      { nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(budgetOnDemand)}`] },
    );
  });
});

describe('a run recovers from what happens once', { concurrency: 3 }, () => {
  it('a 503 on the first request of every table', () =>
    inSyncBehind(firstOf(...['habit_tracker', 'weeks', 'children'].map((table) => on(toTable(table), answering(503, ''), 1)))));
  it('a connection cut in the middle of a page', () => inSyncBehind(on(page('weeks'), cutShort, 1)));
  it('damaged JSON in a page', () => inSyncBehind(on(page('habit_tracker'), malformed, 1)));
  it('a page that is shorter than it says', () => inSyncBehind(on(page('weeks'), truncated(3, { mendRange: false }), 1)));
  it('a later page that fails', () => inSyncBehind(on(laterPage('weeks'), htmlError(502), 1)));

  it('a server that gives ten rows at most, which is no fault at all', () =>
    inSyncBehind(on((request) => toTable('habit_tracker')(request) || toTable('weeks')(request), truncated(10, { mendRange: true }))));

  it('a difference that is gone when it is read again, which counts as transient', () =>
    runBehind(
      on(
        page('weeks'),
        rewritten((rows) => rows.slice(1), { mendRange: true }),
      ),
      { 'settle-seconds': '1' },
      (run, stage) => {
        assert.deepEqual([run.outputs['verdict'], run.exitCode], ['in-sync', 0], run.log);
        assert.ok(run.report.transient >= 1);
        assert.equal(stage.github.issues[0]?.state, 'closed');
      },
    ));

  it('not from a difference that outlives settle-seconds', () =>
    runBehind(
      () => undefined,
      { 'settle-seconds': '1', 'week-alignment': 'exact' },
      (run) => {
        assert.deepEqual([run.outputs['verdict'], run.exitCode, run.report.transient], ['drift', 1, 0], run.log);
        assert.ok(run.report.durationMs >= 1000);
      },
    ));

  it('nor from a fault on each of the two tries', () =>
    runBehind(firstOf(on(page('weeks'), htmlError(503), 1), on(page('weeks'), cutShort, 2)), {}, (run, stage) => assertUnknown(run, stage, /cut|503/)));
});

describe('a database that is not as it should be, or does not show itself', () => {
  /** One after the other: the tables change. */
  async function whileChanged(change: string, back: string, inputs: Record<string, string>, because: RegExp): Promise<void> {
    await world.sql(change);
    try {
      await unknownBehind(() => undefined, because, inputs);
    } finally {
      await world.sql(back);
    }
  }
  const tables = ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records'];
  const rls = (verb: 'enable' | 'disable', names: readonly string[]) => names.map((table) => `alter table ${table} ${verb} row level security;`).join('\n');
  const blind = (names: readonly string[]) =>
    whileChanged(rls('enable', names), rls('disable', names), { 'supabase-key': world.publishableKey }, /Row-level security/i);

  it('is unknown when the publishable key sees neither side, with how to check that', () => blind(tables));
  it('is unknown when it sees the legacy side only', () => blind(['children', 'weeks', 'habits', 'habit_records']));
  it('is unknown when it sees the normalized side only', () => blind(['habit_tracker']));
  it('is unknown when it sees everything but habits and records', () => blind(['habits', 'habit_records']));
  it('is unknown when it sees everything but records', () => blind(['habit_records']));
  it('is unknown when it sees everything but children', () => blind(['children']));

  it('is in sync under the publishable key where that may read everything', () => inSyncBehind(() => undefined, { 'supabase-key': world.publishableKey }));

  for (const table of tables) {
    it(`is unknown without the table ${table}`, () =>
      whileChanged(
        `alter table ${table} rename to away`,
        `alter table away rename to ${table}`,
        {},
        table === 'habit_tracker' || table === 'children' || table === 'weeks' ? new RegExp(table) : /relationship|there|foreign key/i,
      ));
  }

  it('is unknown without a column, and names it', () =>
    whileChanged('alter table weeks rename column reward to prize', 'alter table weeks rename column prize to reward', {}, /reward/));

  it('is unknown without a foreign key, and names the three that it needs', () =>
    whileChanged(
      'alter table habits drop constraint fk_habits_week_id',
      'alter table habits add constraint fk_habits_week_id foreign key (week_id) references weeks (id) on delete cascade not valid',
      {},
      /fk_habits_week_id/,
    ));

  it('is drift under a secret key when one side is empty', async () => {
    await world.sql(
      'create table kept_weeks as select * from weeks; create table kept_habits as select * from habits; create table kept_records as select * from habit_records; delete from weeks',
    );
    await runBehind(
      () => undefined,
      {},
      (run) => {
        assert.deepEqual([run.outputs['verdict'], run.outputs['severity'], run.exitCode], ['drift', 'critical', 1]);
      },
    );
    await world.sql(
      'insert into weeks select * from kept_weeks; insert into habits select * from kept_habits; insert into habit_records select * from kept_records; drop table kept_weeks, kept_habits, kept_records',
    );
  });

  it('is unknown when both sides are empty, also under a secret key', async () => {
    await world.sql('truncate habit_tracker; delete from children');
    await unknownBehind(() => undefined, /empty.*row-level security|nothing to compare/i);
  });
});
