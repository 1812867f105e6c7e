import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { inSyncCase, loadCase, referenceCase, uuid, type Case } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { startStage, type Stage } from './stage.ts';

/**
 * A maintainer who has nothing but the text of the issue that the bundle wrote: whatever stands in its SQL blocks is run, in
 * that order, and the next run must close the issue.
 */

/** The statements of each block under "What to do next", as they are copied from there. */
function blocksOf(body: string): string[][] {
  const steps = /### What to do next\n([^]*?)(?=\n### |\n<details>|\n<!-- )/.exec(body)?.[1] ?? '';
  return [...steps.matchAll(/^ {3}```sql\n([^]*?)^ {3}```$/gm)].map(([, block = '']) =>
    block
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  );
}

const isDelete = (statement: string): boolean => /^delete\b/.test(statement);

/** Every command that takes something away is announced, and comes after a look at the same rows. */
function assertAnnounced(body: string): void {
  const statements = blocksOf(body).flat();
  for (const [index, statement] of statements.entries()) {
    if (!isDelete(statement)) continue;
    const ids = [...statement.matchAll(/'([^']+)'/g)].map(([, id]) => id);
    const looks = statements.slice(0, index).filter((earlier) => earlier.startsWith('select'));
    assert.ok(
      looks.some((look) => ids.every((id) => look.includes(`'${id}'`))),
      statement,
    );
    const [textBefore = ''] = body.split(statement);
    assert.match(textBefore.slice(-400), /⚠️ \*\*Cannot be undone\.\*\*/, statement);
  }
}

async function follow(world: World, body: string, fill: (statement: string) => string = (statement) => statement): Promise<string[]> {
  assertAnnounced(body);
  const statements = blocksOf(body).flat();
  for (const statement of statements) {
    await world.sql(fill(statement)).catch((cause: unknown) => {
      throw new Error(`The issue says: ${statement}`, { cause });
    });
  }
  return statements;
}

const fill = async (world: World, rows: Case): Promise<void> => {
  await world.sql('truncate habit_tracker, children, weeks, habits, habit_records cascade');
  await loadCase(world, rows);
};

describe('from the text of the issue alone', () => {
  let world: World;
  let stage: Stage;
  before(async () => {
    world = await startWorld({ migrations: ['01'] });
  });
  after(() => world.close());
  beforeEach(async () => {
    await world.sql(
      `alter table habit_tracker enable trigger user; update dual_write_settings set mode = 'off', week_alignment = 'skip'; truncate dual_write_failures`,
    );
    stage = await startStage(world);
  });

  /** Runs, follows the issue, runs again, and sees it closed. */
  async function walk(replace?: (statement: string) => string, inputs: Record<string, string> = {}): Promise<{ body: string; statements: string[] }> {
    try {
      const found = await stage.run({ 'issue-on': 'medium', ...inputs });
      assert.equal(found.report.verdict, 'drift');
      const body = stage.issue().body ?? '';
      const statements = await follow(world, body, replace);
      const repaired = await stage.run({ 'issue-on': 'medium', ...inputs });
      assert.deepEqual(
        [repaired.report.verdict, repaired.report.findings, stage.issue().state, stage.issue().stateReason],
        ['in-sync', [], 'closed', 'completed'],
      );
      return { body, statements };
    } finally {
      await stage.close();
    }
  }

  it('the reference case is repaired, all 448 records, and the dual-write is on', async () => {
    await fill(world, referenceCase());
    const { body, statements } = await walk();
    const [{ count } = { count: 0 }] = await world.sql<{ count: number }>('select count(*)::int from habit_records');
    assert.equal(count, 448);
    assert.ok(!statements.some(isDelete));
    assert.match(body, /`npx driftwatch explain child-[0-9a-f]{8} \d{4}-\d\d-\d\d`/);
    assert.match(body, /`gh run rerun \d+ --repo example\/habits`/);
    assert.deepEqual(await world.sql('select mode from dual_write_settings'), [{ mode: 'on' }]);
  });

  it('missing children, weeks and habits, and everything that is stale or left over within a week', async () => {
    await fill(world, inSyncCase());
    await world.sql(`
      delete from children where id = (select id from children order by id limit 1);
      delete from weeks where id = (select id from weeks order by id limit 1);
      delete from habits where id in (select id from habits order by id limit 3);
      update weeks set theme = 'stale', reflection = '{"bestDay": "stale"}' where id in (select id from weeks order by id limit 2);
      update habit_records set status = case status when 'red' then 'green' else 'red' end where id in (select id from habit_records order by id limit 5);
      update habits set name = 'left over' where id in (select id from habits order by id desc limit 1);
      insert into habit_records (habit_id, record_date, status) select h.id, d, 'green' from habits h join weeks w on w.id = h.week_id, generate_series(w.week_start_date, w.week_start_date + 6, '1 day') d
        where not exists (select from habit_records r where r.habit_id = h.id and r.record_date = d) order by h.id limit 4`);
    const { body } = await walk();
    for (const type of ['MISSING_CHILD', 'MISSING_WEEK', 'MISSING_HABIT', 'DATA_MISMATCH', 'ORPHAN_HABIT', 'ORPHAN_RECORD'])
      assert.match(body, new RegExp(type));
    assert.match(body, /The legacy side wins/);
  });

  it('weeks that are left over, and weeks that are claimed twice', async () => {
    await fill(world, inSyncCase());
    await world.sql(`
      delete from habit_tracker where id in (select id from habit_tracker where extract(isodow from week_start_date) = 1 order by id limit 4);
      insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits, updated_at)
        select user_id, child_name, 'again ' || id, week_start_date, 'an older save', '[]', updated_at - interval '1 hour' from habit_tracker
        where extract(isodow from week_start_date) = 1 order by id limit 2`);
    const rows = await world.sql('select id::text from habit_tracker where theme is distinct from $1 order by id', ['an older save']);
    const { body, statements } = await walk();
    assert.match(body, /ORPHAN_WEEK/);
    assert.match(body, /DUPLICATE_WEEK/);
    assert.equal(statements.filter(isDelete).length, 2);
    assert.deepEqual(await world.sql('select id::text from habit_tracker order by id'), rows, 'the rows that count stay');
  });

  it('rows that cannot be read, and rows whose owner cannot be told, with what a person has to say', async () => {
    await fill(world, inSyncCase());
    await world.sql(`
      update habit_tracker set habits = jsonb_set(habits, '{0,times}', '["green"]') where id = 101;
      update habit_tracker set habits = jsonb_set(jsonb_set(habits, '{1,times,2}', '"blue"'), '{2,name}', 'null') where id = 104;
      update habit_tracker set habits = jsonb_set(habits, '{0}', '7') where id = 107;
      update habit_tracker set habits = '{"not": "an array"}' where id = 113;
      update habit_tracker set week_start_date = null where id = 116;
      update habit_tracker set user_id = null where child_name = 'Mia' and id = (select max(id) from habit_tracker where child_name = 'Mia' and extract(isodow from week_start_date) = 1)`);
    const { body, statements } = await walk((statement) => statement.replace('USER_ID', uuid('family', 4)));
    assert.match(body, /MALFORMED_LEGACY/);
    assert.match(body, /AMBIGUOUS_OWNER/);
    assert.ok(statements.some((statement) => statement.includes('USER_ID')));
    // The weeks of those rows look left over until the rows are mended: nothing tells to delete them.
    assert.match(body, /ORPHAN_WEEK/);
    assert.ok(!statements.some(isDelete));
    assert.deepEqual(await world.sql('select week_start_date::text as start from habit_tracker where id = 116'), [
      { start: inSyncCase().legacy[5]?.week_start_date },
    ]);
  });

  it('but no date is made of a period that holds none', async () => {
    await fill(world, inSyncCase());
    await world.sql(`
      insert into habit_tracker (user_id, child_name, week_period)
      select user_id, name, period from (select * from children order by id limit 1) c, unnest(array['', '2025-10-13 ~ 2025-10-19']) period`);
    try {
      await stage.run({ 'issue-on': 'medium' });
      const statements = await follow(world, stage.issue().body ?? '');
      assert.ok(statements.some((statement) => statement.includes('to_date')));
    } finally {
      await stage.close();
    }
    assert.deepEqual(await world.sql(`select week_start_date as start from habit_tracker where week_period !~ '년'`), [{ start: null }, { start: null }]);
  });

  it('what the triggers did not follow while they were all switched off', async () => {
    await fill(world, inSyncCase());
    await world.sql(`select set_dual_write_mode('on'); alter table habit_tracker disable trigger user;
      update habit_tracker set theme = 'Summer' where id = 101; delete from habit_tracker where id = 104;
      insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits) select user_id, name, 'new ' || id, '2026-01-12', '[{"id": 1, "name": "Swim", "times": ["green", "", "", "", "", "", ""]}]' from children`);
    const { statements } = await walk();
    assert.ok(statements.some((statement) => statement.includes('enable trigger')));
    await world.sql(
      `insert into habit_tracker (user_id, child_name, week_period, week_start_date) select user_id, name, 'newer ' || id, '2026-01-19' from children`,
    );
    const newer = () => world.sql(`select count(*)::int as weeks from weeks where week_start_date = '2026-01-19'`);
    assert.deepEqual(await newer(), [{ weeks: 6 }]);
    await world.sql(`delete from habit_tracker where week_start_date = '2026-01-19'`);
    assert.deepEqual(await newer(), [{ weeks: 0 }]);
    assert.deepEqual(await world.sql(`select dual_write_health() -> 'trigger_enabled' as enabled`), [{ enabled: true }]);
  });

  it('weeks that the migration moves to their Monday', async () => {
    await fill(world, referenceCase());
    const { statements } = await walk(undefined, { 'week-alignment': 'monday' });
    assert.ok(statements.includes(`update dual_write_settings set week_alignment = 'monday' where week_alignment <> 'monday';`));
  });
});

describe('where the backfill is not installed', () => {
  it('the issue names the migrations to apply, and with those its commands work', async () => {
    const world = await startWorld();
    const stage = await startStage(world);
    try {
      await loadCase(world, referenceCase());
      await stage.run();
      const body = stage.issue().body ?? '';
      const files = [...body.matchAll(/`(supabase\/migrations\/\d{3}_\w+\.sql)`/g)].map(([, file]) => file ?? '');
      assert.ok(files.length > 0);
      for (const file of files) await world.sql(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8'));
      assert.deepEqual(await world.sql('select count(*)::int from habit_records'), [{ count: 283 }], 'the migrations change no data');
      await follow(world, body);
      const { report } = await stage.run();
      assert.deepEqual([report.verdict, stage.issue().state], ['in-sync', 'closed']);
    } finally {
      await stage.close();
      await world.close();
    }
  });
});
