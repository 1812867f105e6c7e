import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { firstDay, secondDay, startCircle, type Circle } from '../../../demo/circle.ts';
import { startWorld } from '../world.ts';
import type { ReportFile } from './stage.ts';

/** A project that writes both sides, and what the bot makes of it while that works, fails, and is repaired. */

let circle: Circle;

before(async () => {
  circle = await startCircle(startWorld);
});
after(() => circle.close());

/** How fast the function answered says something of the machine, and nothing of the circle. */
const unwell = ({ health }: ReportFile): string[] =>
  health.filter(({ check, severity }) => check !== 'latency' && severity !== 'none' && severity !== 'low').map(({ check, severity }) => `${check} ${severity}`);

/** What every day of traffic does, whatever the dual-write is set to. */
const done = [
  'The old app saves 6 new weeks, and an old one again by delete and insert (trigger)',
  'The new app calls the Edge Function: create_week 201',
  'The new app calls the Edge Function: create_week 201 replayed',
  'The new app calls the Edge Function: update_habit_record 200',
  'The new app calls the Edge Function: update_habit_record 200',
];

describe('a dual-write and the bot that watches it', () => {
  it('agree while the dual-write is on', async () => {
    await circle.switchOn();
    assert.deepEqual(await circle.traffic(firstDay), done);
    const { report } = await circle.stage.run();
    assert.deepEqual([report.verdict, report.engine, report.drift.compared], ['in-sync', 'digest', 25]);
    assert.deepEqual(unwell(report), []);
    assert.deepEqual(report.sourceVersions, { dual_write: 8, migration: 17 });
  });

  it('disagree once it is switched off, which the report names', async () => {
    await circle.switchOff();
    assert.deepEqual(await circle.traffic(secondDay), done);
    const { report } = await circle.stage.run();
    assert.deepEqual([report.verdict, report.severity, report.drift.differing], ['drift', 'critical', 9]);
    assert.deepEqual(
      report.findings
        .map(({ type }) => type)
        .filter((type) => type !== 'COUNT_MISMATCH')
        .sort(),
      ['DATA_MISMATCH', 'MISSING_RECORD', ...Array.from({ length: 7 }, () => 'MISSING_WEEK')],
    );
    assert.deepEqual(unwell(report), ['trigger high', 'mode medium']);
    assert.equal(circle.stage.issue().state, 'open');
    assert.match(circle.stage.issue().body ?? '', /`trigger` \| failing \| high/);
    const [, origin = ''] = /\*\*Where it comes from:\*\*\n((?:\* .*\n)+)/.exec(circle.stage.issue().body ?? '') ?? [];
    assert.match(origin, /All 9 differing weeks were last written after dual-writing began on .* UTC: the write path, not a backfill gap\./);
  });

  it('agree again after the backfill did what its dry run said, and the issue is closed', async () => {
    await circle.switchOn();
    const foretold = await circle.backfill({ dryRun: true });
    assert.deepEqual(foretold.map(({ action }) => action).sort(), [...Array.from({ length: 7 }, () => 'create'), 'update', 'update']);
    assert.deepEqual(await circle.backfill({ dryRun: false }), foretold);
    assert.deepEqual(await circle.backfill({ dryRun: false }), []);
    const { report } = await circle.stage.run();
    assert.deepEqual([report.verdict, report.drift.compared], ['in-sync', 32]);
    assert.deepEqual([circle.stage.issue().state, circle.stage.issue().stateReason], ['closed', 'completed']);
  });
});
