import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { startStage, type Stage } from './stage.ts';

/** A project that writes both sides, and what the bot makes of it while that works, fails, and is repaired. */

let world: World;
let stage: Stage;

before(async () => {
  world = await startWorld({ migrations: ['01'] });
  await loadCase(world, inSyncCase());
  stage = await startStage(world);
});
after(async () => {
  await stage.close();
  await world.close();
});

type Health = { check: string; status: string; severity: string };
const unwell = (health: unknown[]): string[] =>
  (health as Health[]).filter(({ status }) => status !== 'ok').map(({ check, severity }) => `${check} ${severity}`);

/** The old app saves weeks: new ones, and one that was there before. */
async function traffic(monday: string): Promise<void> {
  await world.sql(`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits)
    select user_id, name, $1::text || ' of ' || user_id, $1::text::date, 'Summer', '[{"id": 1760000000000, "name": "Swim", "times": ["green", "", "red", "", "", null, "none"]}]'
    from children where source_version = 'migration'`, [monday]);
  await world.sql(`update habit_tracker set theme = 'changed in ' || $1::text where id = (select min(id) from habit_tracker where week_start_date = '2025-09-29')`, [monday]);
}

describe('a dual-write and the bot that watches it', () => {
  it('agree while the dual-write is on', async () => {
    await world.sql(`select set_dual_write_mode('on')`);
    await traffic('2026-01-05');
    const { report } = await stage.run();
    assert.deepEqual([report.verdict, report.engine, report.drift.compared], ['in-sync', 'digest', 24]);
    assert.deepEqual(unwell(report.health).filter((line) => !line.endsWith(' low')), []);
    assert.deepEqual(report.sourceVersions, { dual_write: 7, migration: 17 });
  });

  it('disagree once it is switched off, which the report names', async () => {
    await world.sql(`select set_dual_write_mode('legacy_only')`);
    await world.sql('alter table habit_tracker disable trigger trigger_habit_tracker_dual_write');
    await traffic('2026-01-12');
    const { report } = await stage.run();
    assert.deepEqual([report.verdict, report.severity, report.drift.differing], ['drift', 'critical', 7]);
    assert.deepEqual(report.findings.map(({ type }) => type).filter((type) => type !== 'COUNT_MISMATCH').sort(), [
      'DATA_MISMATCH', ...Array.from({ length: 6 }, () => 'MISSING_WEEK'),
    ]);
    assert.deepEqual(unwell(report.health).filter((line) => !line.endsWith(' low')), ['trigger high', 'mode medium']);
    assert.equal(stage.issue().state, 'open');
    assert.match(stage.issue().body ?? '', /`trigger` \| failing \| high/);
  });

  it('agree again after the backfill did what its dry run said, and the issue is closed', async () => {
    const backfill = (dryRun: boolean) =>
      world.sql(`select action, habits, records from backfill_legacy_weeks($1) where action <> 'skip' order by 1, 2, 3`, [dryRun]);
    const foretold = await backfill(true);
    assert.deepEqual(foretold.map(({ action }) => action), [...Array.from({ length: 6 }, () => 'create'), 'update']);
    assert.deepEqual(await backfill(false), foretold);
    assert.deepEqual(await backfill(false), []);
    await world.sql('alter table habit_tracker enable trigger trigger_habit_tracker_dual_write');
    await world.sql(`select set_dual_write_mode('on')`);
    const { report } = await stage.run();
    assert.deepEqual([report.verdict, report.drift.compared], ['in-sync', 30]);
    assert.deepEqual([stage.issue().state, stage.issue().stateReason], ['closed', 'completed']);
  });
});
