import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrate, type LegacyRow } from '../../demo/data.ts';
import { checkWorld, countsOf, fill, legacyWeek, owner, sayAll } from './database.ts';
import { startProxy, startWorld, toTable, type World } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());
const migrated = (legacy: LegacyRow[], weekAlignment: 'skip' | 'monday' | 'exact' = 'skip') => ({ legacy, normalized: migrate(legacy, { weekAlignment }) });

describe('what once went wrong', () => {
  for (const name of ['"', 'x"y', '\\"', 'close)', ') or (', '((', '   ']) {
    it(`a child called ${JSON.stringify(name)}, sampled`, async () => {
      const rows = ['2025-10-13', '2025-10-20'].flatMap((week_start_date, w) =>
        [name, 'Plain'].map((child_name, c) => legacyWeek({ id: `${w * 2 + c + 1}`, child_name, week_start_date })),
      );
      const both = migrated(rows);
      if (name.trim() === '') for (const child of both.normalized.children) if (child.name === '') child.name = ' ';
      await fill(world, both);
      const report = await checkWorld(world, { mode: 'sample' });
      assert.deepEqual([report.verdict, report.reason, sayAll(report)], ['in-sync', undefined, []]);
    });
  }

  it('a row that comes between the last page and the empty one', async () => {
    const habits: LegacyRow['habits'] = ['a', 'b', 'c', 'd'].map((name, id) => ({ id, name, times: ['green', '', '', '', '', '', ''] }));
    const rows = [1, 2, 3].map((n) => legacyWeek({ id: `${n}`, child_name: `Kind ${n}`, habits }));
    await fill(world, migrated(rows));
    let struck = false;
    const proxy = await startProxy(world.url, (request) => {
      if (struck || !toTable('habit_tracker')(request) || !request.path.includes('id=gt')) return undefined;
      struck = true;
      return async ({ forward, reply }) => {
        await world.sql(
          `insert into habit_tracker (id, user_id, child_name, week_period, week_start_date) values (9, '${owner(1)}', 'Kind 1', 'later', '2025-10-20')`,
        );
        await world.sql(
          `insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-10-20', '2025-10-26' from children where name = 'Kind 1'`,
        );
        reply(await forward());
      };
    });
    const report = await checkWorld({ url: proxy.url, secretKey: world.secretKey }, { mode: 'full' });
    await proxy.close();
    assert.deepEqual([report.verdict, report.reason], ['in-sync', undefined]);
  });

  it('row-level security on children alone, publishable key, full', async () => {
    await fill(world, migrated([1, 2, 3].map((n) => legacyWeek({ id: `${n}`, child_name: `Kind ${n}` }))));
    await world.sql('alter table children enable row level security');
    const report = await checkWorld(world, { 'supabase-key': world.publishableKey, mode: 'full' });
    await world.sql('alter table children disable row level security');
    assert.deepEqual([report.verdict, sayAll(report)], ['unknown', []]);
  });

  it('a week whose child row is gone counts no child', async () => {
    await fill(world, migrated([legacyWeek({ id: '1' }), legacyWeek({ id: '2', child_name: 'Noa' })]));
    await world.sql(`set session_replication_role = replica; delete from children where name = 'Noa'; set session_replication_role = default`);
    const report = await checkWorld(world, { mode: 'full' });
    assert.deepEqual(countsOf(report)['children'], [2, 2, 1]);
  });

  for (const mode of ['full', 'sample']) {
    it(`a legacy week at 9999-12-31, monday, ${mode}`, async () => {
      await fill(world, migrated([legacyWeek({ id: '1' })]));
      await world.sql(
        `insert into habit_tracker (user_id, child_name, week_period, week_start_date) select user_id, 'Mia', 'x', '9999-12-31' from habit_tracker`,
      );
      const report = await checkWorld(world, { 'week-alignment': 'monday', mode });
      assert.deepEqual([report.verdict, report.findingsByType['MISSING_WEEK']], ['drift', 1]);
    });
    it(`equal weeks at Monday 9999-12-27, skip, ${mode}`, async () => {
      await fill(world, migrated([legacyWeek({ id: '1' })]));
      await world.sql(
        `insert into habit_tracker (user_id, child_name, week_period, week_start_date) select user_id, 'Mia', 'x', '9999-12-27' from habit_tracker`,
      );
      await world.sql(`insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '9999-12-27', '10000-01-02' from children`);
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, sayAll(report)], ['in-sync', []]);
    });
  }

  for (const mode of ['full', 'sample']) {
    it(`a name of 100 emoji, two owners, a row of none, ${mode}`, async () => {
      const name = '🦊'.repeat(100);
      const rows = [legacyWeek({ id: '1', child_name: name }), legacyWeek({ id: '2', child_name: name, user_id: owner(2) })];
      await fill(world, { ...migrated(rows), legacy: [...rows, legacyWeek({ id: '3', child_name: name, user_id: null, week_start_date: '2025-10-20' })] });
      const report = await checkWorld(world, { mode });
      assert.deepEqual(report.findingsByType, { AMBIGUOUS_OWNER: 1 });
    });
  }

  it('fewer than ten requests for a hundred weeks of many dates and two spellings', async () => {
    const rows = ['김하준', '김서윤', '이도윤'].flatMap((n, i) =>
      Array.from({ length: 300 }, (_, w) =>
        legacyWeek({
          id: String(1 + i * 300 + w),
          child_name: w % 7 === 5 ? ` ${n.normalize('NFD')} ` : n,
          week_start_date: new Date(Date.UTC(2010, 0, 4) + (w * 3 + i) * 7 * 864e5).toISOString().slice(0, 10),
        }),
      ),
    );
    await fill(world, migrated(rows));
    world.requests.length = 0;
    await checkWorld(world, { mode: 'sample', 'sample-size': '500' });
    const sampling = world.requests.filter(({ path }) => new URL(path, world.url).searchParams.has('or')).length;
    assert.ok(sampling / 5 < 10, `${sampling / 5} requests per hundred`);
  });

  it('the row of a missing date belongs to the child that its name has', async () => {
    await fill(world, migrated([legacyWeek({ id: '1' })]));
    await world.sql(`insert into habit_tracker (id, user_id, child_name, week_period, week_start_date) values (7, null, 'Mia', 'x', null)`);
    const report = await checkWorld(world, { 'reveal-values': 'false' });
    const ordinary = await (async () => {
      await world.sql(`update weeks set theme = 'other'`);
      return checkWorld(world, { 'reveal-values': 'false' });
    })();
    const malformed = report.findings.find(({ type }) => type === 'MALFORMED_LEGACY');
    const mismatch = ordinary.findings.find(({ type }) => type === 'DATA_MISMATCH');
    assert.equal(malformed?.key?.['child'], mismatch?.key?.['child']);
    assert.deepEqual(countsOf(report)['children'], [1, 1, 1]);
  });
});
