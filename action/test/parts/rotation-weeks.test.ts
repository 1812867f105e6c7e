import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase } from '../../../demo/data.ts';
import type { Report } from '../../src/report/report.ts';
import { checkWorld, fill } from '../database.ts';
import { startWorld, type World } from '../world.ts';

/** The habit tracker in turns: a child is in one part, with all of its weeks. */

const parts = 4;

/** No run is recorded here: each is the first one, and part 1 would be next. So other parts are put on record before it. */
async function each(world: World): Promise<Report[]> {
  const reports: Report[] = [];
  for (let index = 1; index <= parts; index += 1) {
    await world.sql('delete from driftwatch_history');
    await world.sql(`
      insert into driftwatch_history (id, pair, finished_at, verdict, severity, conclusive, rate, findings, differing, compared, population, part, parts)
      select lpad(to_hex(n), 32, '0'), 'habit-tracker', now() - interval '1 hour', 'in-sync', 'none', false, 0, 0, 0, 1, 18, n, ${parts} from generate_series(1, ${parts}) n where n <> ${index}`);
    const report = await checkWorld(world, { rotate: String(parts) });
    assert.deepEqual(report.part, { index, of: parts });
    reports.push(report);
  }
  return reports;
}

for (const [engine, migrations] of [
  ['stream', ['020', '022']],
  ['digest', ['014', '020', '022']],
] as const) {
  describe(`weeks in turns (${engine})`, () => {
    let world: World;
    before(async () => {
      world = await startWorld({ migrations });
      await fill(world, inSyncCase());
    });
    after(() => world.close());

    it('are in sync in every part, together all of them, and counted as a whole', async () => {
      const reports = await each(world);
      assert.deepEqual(
        reports.map(({ verdict, reason }) => reason ?? verdict),
        Array.from({ length: parts }, () => 'in-sync'),
      );
      assert.equal(
        reports.reduce((sum, { drift }) => sum + drift.compared, 0),
        18,
      );
      for (const { drift, counts, skipped, coverage, engine: used } of reports) {
        assert.equal(used, engine);
        assert.equal(drift.population, 18);
        assert.deepEqual(
          counts.map(({ level, expected, normalized }) => [level, expected, normalized]),
          [['weeks', 18, 18]],
        );
        assert.deepEqual(skipped, [{ reason: 'not-a-monday', count: 6 }]);
        assert.equal(coverage?.verified, parts);
      }
    });

    it('are conclusive in as many parts as there may be, although some are on record more than once', async () => {
      const of = 1000;
      await world.sql('delete from driftwatch_history');
      await world.sql(`
        insert into driftwatch_history (id, pair, finished_at, verdict, severity, conclusive, rate, findings, differing, compared, population, part, parts)
        select lpad(to_hex(n), 32, '0'), 'habit-tracker', now() - (${2 * of} - n) * interval '1 minute', 'in-sync', 'none', false, 0, 0, 0, 1, 18, least(n, ${of - 1}), ${of}
        from generate_series(1, ${of + 10}) n`);
      const report = await checkWorld(world, { rotate: String(of) });
      assert.deepEqual([report.part, report.coverage?.verified, report.standing?.isConclusive], [{ index: of, of }, of, true]);
    });

    it('drift in the part of the child whose record is lost, which says so by number as well', async () => {
      await world.sql('create table lost as select * from habit_records order by id limit 1; delete from habit_records where id in (select id from lost)');
      const reports = await each(world);
      await world.sql('insert into habit_records select * from lost');
      assert.deepEqual(
        reports.filter(({ verdict }) => verdict === 'drift').map(({ findingsByType }) => findingsByType),
        [{ COUNT_MISMATCH: 1, MISSING_RECORD: 1 }],
      );
    });

    it('drift in every part where a week is lost', async () => {
      await world.sql(
        'set session_replication_role = replica; create table gone as select * from weeks order by id limit 1; delete from weeks where id in (select id from gone); set session_replication_role = default',
      );
      const reports = await each(world);
      await world.sql('insert into weeks select * from gone');
      assert.deepEqual(
        reports.map(({ verdict, findingsByType }) => [verdict, findingsByType['COUNT_MISMATCH'] !== undefined]),
        Array.from({ length: parts }, () => ['drift', true]),
      );
      assert.equal(reports.filter(({ findingsByType }) => findingsByType['MISSING_WEEK'] !== undefined).length, 1);
    });
  });
}
