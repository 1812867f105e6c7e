import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { answering, on, startProxy, startWorld, toTable, type World } from '../world.ts';
import { startStage, type Stage, type StageRun } from './stage.ts';

/** A project that keeps a record of its runs, on its way to the cut-over. */

let world: World;
let stage: Stage;
before(async () => {
  world = await startWorld({ migrations: ['01', '020'] });
  await loadCase(world, inSyncCase());
  await world.sql(`select set_dual_write_mode('on')`);
  await world.sql('create table kept as select * from habit_records');
  stage = await startStage(world);
});
after(async () => {
  await stage.close();
  await world.close();
});

const run = (inputs: Record<string, string> = {}) => stage.run({ 'ready-after': '3', ...inputs });

const records = () => world.sql<{ verdict: string; conclusive: boolean }>('select * from driftwatch_history order by finished_at');

/** What is on record becomes older. */
const timePasses = (hours: number) => world.sql(`update driftwatch_history set finished_at = finished_at - $1::int * interval '1 hour'`, [hours]);

const cutover = ({ outputs }: StageRun) => [outputs['cutover-ready'], ...(outputs['cutover-reasons'] ?? '').split('\n').filter(Boolean)];

describe('on the way to the cut-over', () => {
  it('every run is recorded, and says what is still missing', async () => {
    assert.deepEqual(cutover(await run()), ['false', '1 of 3 consecutive conclusive runs in sync.', 'The streak covers 0 of 72 h.']);
    await timePasses(40);
    assert.deepEqual(cutover(await run()), ['false', '2 of 3 consecutive conclusive runs in sync.', 'The streak covers 40 of 72 h.']);
    await timePasses(20);
    assert.deepEqual(cutover(await run()), ['false', 'The streak covers 60 of 72 h.']);
    assert.deepEqual(
      (await records()).map(({ verdict, conclusive }) => [verdict, conclusive]),
      Array.from({ length: 3 }, () => ['in-sync', true]),
    );
  });

  it('is ready once they are enough and cover 72 hours', async () => {
    await timePasses(13);
    const ready = await run();
    assert.deepEqual(cutover(ready), ['true']);
    assert.equal(ready.exitCode, 0);
  });
});

describe('a cut-over that was ready is not', () => {
  beforeEach(async () => {
    await world.sql('delete from driftwatch_history');
    await world.sql(`
      insert into driftwatch_history
      select lpad(to_hex(n), 32, '0'), 'habit-tracker', now() - (80 - 10 * n) * interval '1 hour', 'in-sync', 'none', true, 0, 0, 0, 18, 18
      from generate_series(1, 7) as n`);
  });

  it('unless something changes', async () => {
    assert.deepEqual(cutover(await run({ 'dry-run': 'true' })), ['false', 'The streak covers 70 of 72 h.']);
    await timePasses(3);
    const dry = await run({ 'dry-run': 'true' });
    assert.deepEqual(cutover(dry), ['true']);
    assert.match(dry.log, /^Dry run: this run is not recorded in driftwatch_history\.$/m);
    assert.equal((await records()).length, 7);
  });

  for (const { name, statement, undo, reason, failure } of [
    {
      name: 'with the mode legacy_only',
      statement: `select set_dual_write_mode('legacy_only')`,
      undo: `select set_dual_write_mode('on')`,
      reason: "The dual-write mode is legacy_only, not on: select set_dual_write_mode('on') switches it on.",
    },
    {
      name: 'with open failures',
      statement: `insert into dual_write_failures (source_table, operation, legacy_id, error) select 'habit_tracker', 'INSERT', n::text, 'x' from generate_series(1, 3) as n`,
      undo: 'delete from dual_write_failures',
      reason: '3 failures of the dual-write are open: select retry_dual_write_failures() retries them.',
    },
    {
      name: 'with a trigger that is disabled',
      statement: 'alter table habit_tracker disable trigger trigger_habit_tracker_dual_write',
      undo: 'alter table habit_tracker enable trigger trigger_habit_tracker_dual_write',
      reason: 'The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only.',
      failure: 'In sync: the health of the dual-write has a problem of severity high. The job summary shows more and says what to do.',
    },
    {
      name: 'without the health of the dual-write',
      statement: 'alter function dual_write_health(interval) rename to elsewhere',
      undo: 'alter function elsewhere(interval) rename to dual_write_health',
      reason:
        'dual_write_health is not installed, or this key may not call it, so whether the dual-write is on and without failures is unknown: apply supabase/migrations/013 to 019 and use a secret key.',
    },
  ]) {
    it(name, async () => {
      await timePasses(3);
      await world.sql(statement);
      const { outputs, log, exitCode } = await run(failure === undefined ? { 'fail-on': 'never' } : {});
      await world.sql(undo);
      assert.equal(/^::error::(.*)$/m.exec(log)?.[1], failure, log);
      assert.equal(exitCode, failure === undefined ? 0 : 1);
      assert.deepEqual([outputs['cutover-ready'], outputs['cutover-reasons']], ['false', reason]);
    });
  }

  it('when all runs were samples', async () => {
    await world.sql('update driftwatch_history set population = 1000');
    await timePasses(3);
    const [ready, reason] = cutover(await run({ mode: 'sample', 'sample-size': '17', 'high-threshold': '50%', 'critical-threshold': '50%' }));
    assert.equal(ready, 'false');
    assert.match(reason ?? '', /^Not every week was verified: .* of at most 18 weeks\./);
    assert.deepEqual(cutover(await run()), ['true'], 'and is again with one of every week');
  });

  it('with drift, and begins anew after it', async () => {
    await timePasses(3);
    await world.sql('delete from habit_records where id in (select id from habit_records limit 1)');
    const drifting = await run({ 'fail-on': 'never', 'issue-on': 'never' });
    await world.sql('delete from habit_records; insert into habit_records select * from kept');
    assert.deepEqual(cutover(drifting), [
      'false',
      'This run found drift: 1 of 18 compared weeks differs.',
      '0 of 3 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
    ]);
    assert.deepEqual(cutover(await run()), ['false', '1 of 3 consecutive conclusive runs in sync.', 'The streak covers 0 of 72 h.']);
    assert.deepEqual(
      (await records()).slice(-2).map(({ verdict }) => verdict),
      ['drift', 'in-sync'],
    );
  });

  it('in a run that cannot tell, which is recorded all the same', async () => {
    await timePasses(3);
    const withoutWeeks = await startProxy(world.url, on(toTable('weeks'), answering(500, '{}')));
    const unsure = await run({ 'supabase-url': withoutWeeks.url });
    await withoutWeeks.close();
    assert.deepEqual(
      [unsure.outputs['verdict'], ...cutover(unsure)],
      ['unknown', 'false', 'This run was inconclusive: whether both sides agree is unknown.', 'The streak covers 60 of 72 h.'],
    );
    assert.deepEqual(
      (await records()).slice(-1).map(({ verdict, conclusive }) => [verdict, conclusive]),
      [['unknown', false]],
    );
    assert.deepEqual(cutover(await run()), ['true'], 'it counts for nothing');
  });
});

describe('the record', () => {
  it('holds what a run came to', async () => {
    await world.sql('delete from driftwatch_history');
    const [{ start } = {}] = await world.sql<{ start: string }>('select clock_timestamp()::text as start');
    await run();
    const [row] = await world.sql<Record<string, unknown>>(
      `select *, finished_at between $1::timestamptz and clock_timestamp() as "timedByServer" from driftwatch_history`,
      [start],
    );
    const { id, finished_at: _at, ...rest } = row ?? {};
    assert.match(String(id), /^[0-9a-f]{32}$/);
    assert.deepEqual(rest, {
      pair: 'habit-tracker',
      verdict: 'in-sync',
      severity: 'none',
      conclusive: true,
      rate: 0,
      findings: 0,
      differing: 0,
      compared: 18,
      population: 18,
      timedByServer: true,
    });
  });

  for (const { name, table, warning } of [
    {
      name: 'that cannot be read is a remark',
      table: 'rpc/driftwatch_recent_runs',
      warning: /history, low: The record of earlier runs could not be read\. .*HTTP 500/,
    },
    {
      name: 'that cannot be written is a warning',
      table: 'rpc/driftwatch_record_run',
      warning: /::warning title=Driftwatch%3A history::This run was not recorded\. .*HTTP 500/,
    },
  ]) {
    it(`${name}, and the run stands`, async () => {
      const proxy = await startProxy(world.url, on(toTable(table), answering(500, '{}')));
      const result = await run({ 'supabase-url': proxy.url });
      await proxy.close();
      assert.deepEqual([result.exitCode, result.outputs['verdict'], result.outputs['severity']], [0, 'in-sync', 'none']);
      assert.match(result.log, warning);
    });
  }

  it('is written once although its first answer was lost', async () => {
    await world.sql('delete from driftwatch_history');
    const lost = on(toTable('rpc/driftwatch_record_run'), async ({ forward, cut }) => cut(await forward()), 1);
    const proxy = await startProxy(world.url, lost);
    const result = await run({ 'supabase-url': proxy.url });
    const sent = proxy.requests.filter(toTable('rpc/driftwatch_record_run'));
    await proxy.close();
    assert.deepEqual([sent.length, (await records()).length], [2, 1]);
    assert.doesNotMatch(result.log, /::warning/);
  });

  it('is not asked for twice where there is none, and one sentence says how to get it', async () => {
    const plain = await startWorld();
    await loadCase(plain, inSyncCase());
    const result = await run({ 'supabase-url': plain.url, 'supabase-key': plain.secretKey });
    const asked = plain.requests.filter(({ path }) => /driftwatch_(history|recent|record)/.test(path));
    await plain.close();
    assert.deepEqual([result.exitCode, asked.map(({ method, status }) => [method, status])], [0, [['GET', 404]]]);
    assert.match(
      result.outputs['cutover-reasons'] ?? '',
      /^No earlier run is on record: apply supabase\/migrations\/020_create_driftwatch_history\.sql and use a secret key\.$/m,
    );
    assert.equal(result.outputs['cutover-ready'], 'false');
    assert.doesNotMatch(result.log, /::warning|history, low/);
  });
});
