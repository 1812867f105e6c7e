import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from '../../action/test/fast-check.ts';
import { check } from '../../action/src/check.ts';
import { readSettings } from '../../action/src/inputs.ts';
import { connectHabitTracker } from '../../action/src/pair/pairs.ts';
import type { Report } from '../../action/src/report/report.ts';
import { inSyncCase, loadCase, referenceCase } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { literal } from '../literal.ts';
import { access, driftwatch, type CommandRun } from './command.ts';

const dualWrite = ['013', '014', '015', '016', '017', '018', '019'];
const tables = ['children', 'weeks', 'habits', 'habit_records'];

/** The action's report about it. */
async function askBot(world: World): Promise<Report> {
  const values: Record<string, string> = {
    'supabase-url': world.url,
    'supabase-key': world.secretKey,
    mode: 'full',
    'settle-seconds': '0',
    'reveal-values': 'true',
  };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  return check({ settings, connection: await connectHabitTracker(settings), now: () => new Date() });
}

const rowsOf = async (world: World) =>
  JSON.stringify(await Promise.all(tables.map((table) => world.sql(`select to_jsonb(t) as row from ${table} t order by id`))));
const repair = (world: World, ...args: string[]): Promise<CommandRun> => driftwatch(['repair', '--settle-seconds', '0', ...args], { env: access(world) });

const worlds = new Map<string, Promise<World>>();
after(async () => {
  for (const world of worlds.values()) await (await world).close();
});

/** A project with empty tables that is shared with other tests: `work` must undo everything it does to anything but rows. */
async function withWorld(migrations: readonly string[], work: (world: World) => Promise<void>): Promise<void> {
  const kind = migrations.join();
  const booted = worlds.get(kind) ?? startWorld({ migrations });
  worlds.set(kind, booted);
  const world = await booted;
  const [all] = await world.sql<{ rows: string }>(
    `select string_agg(format('%I', tablename), ', ') as rows from pg_tables where schemaname = 'public' and tablename <> 'dual_write_settings'`,
  );
  await world.sql(`truncate ${all?.rows} restart identity cascade`);
  await work(world);
}

/** Uncomments what a person would decide to delete. */
const decided = (sql: string): string => sql.replace(/^-- (delete from )/gm, '$1');

describe('a literal', () => {
  let world: World;
  before(async () => {
    world = await startWorld({ migrations: false });
  });
  after(() => world.close());

  test('is the same text again in the database, whatever is in it, and shows no control character', async () => {
    const odd = [
      "'",
      "''; drop table weeks; --",
      '\\',
      "\\'",
      'a\nb\r\t',
      '\u001b[31m',
      '\u202e',
      '👩\u200d👧',
      '가',
      '',
      '$$',
      ':name',
      '\u{10ffff}',
      '--',
      '/*',
    ];
    // Postgres stores no NUL and no unpaired surrogate.
    const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((value) => !value.includes('\0') && value.isWellFormed());
    const texts = [...odd, ...fc.sample(text, 300)];
    const [row] = await world.sql<{ texts: string[] }>(`select array[${texts.map(literal).join(', ')}]::text[] as texts`);
    assert.deepEqual(row?.texts, texts);
    for (const value of texts) assert.doesNotMatch(literal(value), /[\p{C}\p{Zl}\p{Zp}]/u);
    assert.equal(literal(null), 'null');
  });
});

describe('without the backfill', () => {
  test('shows the changes of the reference case as a table and as SQL, which repairs it, and changes nothing by itself', async () => {
    await withWorld([], async (world) => {
      await loadCase(world, referenceCase());
      const earlier = await rowsOf(world);
      const shown = await repair(world);
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.match(shown.stdout, /^\n17 weeks would change\. This was a dry run: nothing was changed/);
      assert.match(shown.stdout, /^137 +2025-09-29 +25 records +Mia \(child-[0-9a-f]{8}\)$/m);
      const applied = await repair(world, '--apply');
      assert.equal(applied.exitCode, 2);
      assert.match(
        applied.stderr,
        /backfill_legacy_weeks is not installed, or this key may not call it, so nothing was changed\. Apply supabase\/migrations\/013 to 016/,
      );
      const { stdout: sql, exitCode } = await repair(world, '--sql');
      assert.equal(exitCode, 0);
      assert.equal(await rowsOf(world), earlier);

      const counts = (rows: string) => (JSON.parse(rows) as unknown[][]).map((each) => each.length);
      await world.sql(sql);
      assert.equal((await askBot(world)).verdict, 'in-sync');
      const [children = 0, weeks = 0, habits = 0, records = 0] = counts(earlier);
      assert.deepEqual(counts(await rowsOf(world)), [children, weeks, habits, records + 165]);
      assert.match((await repair(world)).stdout, /^\nNothing differs: there is nothing to repair\.\n$/);
    });
  });

  test('repairs every kind of drift; what only a person can decide is commented out', async () => {
    await withWorld([], async (world) => {
      await loadCase(world, inSyncCase());
      const hostile = `O'Brien "\\" ; drop table weeks; --\n\u202e{{x}}`;
      await world.sql(
        `insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reward, reflection, habits)
         select user_id, $1, 'p1', '2025-10-13', $1, $1, jsonb_build_object('bestDay', $1::text), jsonb_build_array(
           jsonb_build_object('name', $1::text, 'times', '["green","","red","","","","yellow"]'::jsonb), jsonb_build_object('name', $1::text, 'times', '["","","","","","",""]'::jsonb))
         from children where name = '김하준'`,
        [hostile],
      );
      await world.sql(`
        -- Another new child with two weeks, and a new week of a child that is there.
        insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
          select user_id, 'New', 'p' || n, date '2025-10-13' + n, '[{"name":"A","times":["green","","","","","",""]}]' from children, (values (7), (14)) v (n) where name = '김하준';
        insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
          select user_id, name, 'p3', '2026-01-05', '[]' from children where name = '이도윤';
        -- Weeks that lost something, or have something else.
        alter table weeks drop constraint ck_weeks_date_range;
        update weeks set theme = 'old', reward = null, reflection = '{"bestDay": "other"}', week_end_date = week_start_date + 5
          where week_start_date = '2025-09-29' and child_id = (select id from children where name = '김하준');
        delete from habits where id in (select h.id from habits h join weeks w on w.id = h.week_id join children c on c.id = w.child_id
          where c.name = '김하준' and w.week_start_date = '2025-10-06' order by h.name limit 2);
        update habit_records set status = case status when 'green' then 'red' else 'green' end where id in (select id from habit_records order by id limit 5);
        update habit_records set status = 'none' where id in (select id from habit_records order by id desc limit 5);
        -- What only the normalized side has.
        insert into habits (week_id, name) select id, 'Only here' from weeks order by id limit 1;
        insert into habit_records (habit_id, record_date, status) select h.id, w.week_start_date, 'green' from habits h join weeks w on w.id = h.week_id where h.name = 'Only here';
        insert into habit_records (habit_id, record_date, status)
          select h.id, d, 'green' from habits h join weeks w on w.id = h.week_id, generate_series(w.week_start_date, w.week_start_date + 6, '1 day') d
          where h.name <> 'Only here' and not exists (select from habit_records r where r.habit_id = h.id and r.record_date = d) order by h.id, d limit 3;
        insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2026-02-02', '2026-02-08' from children where name = '김서윤';`);
      const drift = await askBot(world);
      const types = new Set(drift.findings.map(({ type }) => type));
      for (const type of ['MISSING_CHILD', 'MISSING_WEEK', 'MISSING_HABIT', 'MISSING_RECORD', 'DATA_MISMATCH', 'ORPHAN_RECORD', 'ORPHAN_HABIT', 'ORPHAN_WEEK'])
        assert.ok(types.has(type), type);

      const shown = await repair(world);
      assert.match(shown.stdout, /Left for you to decide:[^]*2026-02-02 +Only the normalized side has this week/);
      assert.match(shown.stdout, /^–? *\d* +2025-10-13 +child, week, 2 habits, 3 records +O'Brien/m);
      const { stdout: sql } = await repair(world, '--sql');
      await world.sql(sql);
      const left = await askBot(world);
      assert.deepEqual([...new Set(left.findings.map(({ type }) => type).filter((type) => type !== 'COUNT_MISMATCH'))].sort(), [
        'ORPHAN_HABIT',
        'ORPHAN_RECORD',
        'ORPHAN_WEEK',
      ]);

      await world.sql(decided((await repair(world, '--sql')).stdout));
      const report = await askBot(world);
      await world.sql(
        `update weeks set week_end_date = week_start_date + 6; alter table weeks add constraint ck_weeks_date_range check (week_end_date = week_start_date + 6) not valid`,
      );
      assert.equal(report.verdict, 'in-sync', JSON.stringify(report.findings.slice(0, 3)));
      const [stored] = await world.sql<{ theme: string; name: string }>(
        `select w.theme, c.name from weeks w join children c on c.id = w.child_id where c.name like 'O''Brien%'`,
      );
      assert.deepEqual(stored, { theme: hostile, name: hostile });
    });
  });

  test('rows that only a person can mend are named, and the others repaired', async () => {
    await withWorld([], async (world) => {
      await loadCase(world, inSyncCase());
      await world.sql(`
        insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits) values
          (901, null, 'Nobody', 'a', '2025-10-13', '[]'), (902, null, 'Mia', 'b', '2025-10-13', '[]');
        insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits)
          select 903, user_id, name, 'c', '2026-03-02', '[{"name":"A","times":["green","blue","","","","",""]}]' from children where name = '김하준';
        insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits, updated_at)
          select 904, user_id, child_name, 'd', week_start_date, habits, updated_at from habit_tracker where id = 101`);
      const { stdout } = await repair(world);
      assert.match(stdout, /The legacy row has no user_id, and no user has this child/);
      assert.match(stdout, /Row 902 of habit_tracker has no user_id, and several users have a child of this name/);
      assert.match(stdout, /habits\[0\]\.times\[1\] of row 903 of habit_tracker cannot be read/);
      assert.match(stdout, /Rows [\d, ]*\b(?:101, 904|904, 101)\b of habit_tracker claim this week/);
      await world.sql((await repair(world, '--sql')).stdout);
      const { findings } = await askBot(world);
      assert.deepEqual(
        findings
          .map(({ type }) => type)
          .filter((type) => type !== 'COUNT_MISMATCH')
          .sort(),
        ['AMBIGUOUS_OWNER', 'DUPLICATE_WEEK', 'MALFORMED_LEGACY', 'MISSING_CHILD'],
      );
    });
  });

  test('leaves alone what is accepted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    try {
      mkdirSync(join(directory, '.github'));
      writeFileSync(
        join(directory, '.github/driftwatch.yml'),
        'accepted:\n  - reason: Written down on paper\n    by: Somebody\n    until: 9999-12-31\n    week: 2025-09-29\n  - reason: Will be written anew\n    by: Somebody\n    until: 9999-12-31\n    type: MISSING_WEEK\n',
      );
      await withWorld([], async (world) => {
        await loadCase(world, referenceCase());
        await world.sql(
          `insert into habit_tracker (user_id, child_name, week_period, week_start_date) select user_id, name, 'p', '2026-01-05' from children where name = '김하준'`,
        );
        const { exitCode, stdout, stderr } = await driftwatch(['repair', '--settle-seconds', '0', '--json'], { env: access(world), directory });
        assert.equal(exitCode, 0, stderr);
        const { weeks } = JSON.parse(stdout) as { weeks: { week: string }[] };
        assert.deepEqual([...new Set(weeks.map(({ week }) => week))].sort(), [
          '2025-10-06',
          '2025-10-13',
          '2025-10-20',
          '2025-10-27',
          '2025-11-03',
          '2025-11-10',
        ]);
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('takes no more weeks than asked for, and those saved since', async () => {
    await withWorld([], async (world) => {
      await loadCase(world, referenceCase());
      type Answer = { weeks: { week: string; legacyId: string }[]; sql: string; applied: boolean };
      const ask = async (...args: string[]): Promise<Answer> => JSON.parse((await repair(world, '--json', ...args)).stdout);
      const all = await ask();
      assert.equal(all.weeks.length, 17);
      assert.equal(all.applied, false);
      assert.deepEqual((await ask('--limit', '3')).weeks, all.weeks.slice(0, 3));
      const [expected] = await world.sql<{ ids: string[] }>(
        `select array_agg(id::text order by id) as ids from habit_tracker where updated_at >= '2025-11-01' and extract(isodow from week_start_date) = 1`,
      );
      assert.deepEqual((await ask('--since', '2025-11-01')).weeks.map(({ legacyId }) => legacyId).sort(), expected?.ids);
    });
  });
});

describe('with the backfill', () => {
  test('shows what its dry run says, has it done, and compares again', async () => {
    await withWorld(dualWrite, async (world) => {
      await loadCase(world, referenceCase());
      const earlier = await rowsOf(world);
      const shown = await repair(world);
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.match(shown.stdout, /^\nThe backfill would change 17 weeks\. This was a dry run: nothing was changed\./);
      assert.match(shown.stdout, /^137 +2025-09-29 +update +0 +25 +differs: 25 records +Mia *$/m);
      assert.match(shown.stdout, /select \* from backfill_legacy_weeks\(p_dry_run => false, p_limit => 1000\);/);
      assert.equal(await rowsOf(world), earlier);

      const some = await repair(world, '--apply', '--limit', '2');
      assert.equal(some.exitCode, 1);
      assert.match(some.stdout, /^\nThe backfill changed 2 weeks: 0 habits and 34 records were written\.[^]*Compared again: Drift, critical\./);
      const rest = await repair(world, '--apply', '--json');
      assert.equal(rest.exitCode, 0, rest.stderr);
      const answer = JSON.parse(rest.stdout) as { applied: boolean; verdict: string; backfill: { records: number }[] };
      assert.deepEqual([answer.applied, answer.verdict, answer.backfill.length], [true, 'in-sync', 15]);
      assert.equal(
        answer.backfill.reduce((sum, { records }) => sum + records, 0),
        131,
      );
      assert.match((await repair(world, '--apply')).stdout, /^\nThe backfill changed 0 weeks[^]*Compared again: In sync\.\n18 of 18 weeks/);
    });
  });

  test('what it leaves behind is named: orphans and rows that cannot be read', async () => {
    await withWorld(dualWrite, async (world) => {
      await loadCase(world, referenceCase());
      await world.sql(`
        insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2026-02-02', '2026-02-08' from children where name = '김서윤';
        insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits) select 903, user_id, name, 'c', '2026-03-02', '"nonsense"' from children where name = '김하준'`);
      const { exitCode, stdout, stderr } = await repair(world, '--apply');
      assert.equal(exitCode, 1, stderr);
      assert.match(stdout, /Skipped:[^]*^903 +2026-03-02 +malformed: habits is not an array/m);
      assert.match(stdout, /Left for you to decide:[^]*2026-02-02 +Only the normalized side has this week/);
      await world.sql(decided((await repair(world, '--sql')).stdout));
      const { findings } = await askBot(world);
      assert.deepEqual(
        findings.map(({ type }) => type).filter((type) => type !== 'COUNT_MISMATCH'),
        ['MALFORMED_LEGACY'],
      );
    });
  });

  test('does not run with another alignment than its own', async () => {
    await withWorld(dualWrite, async (world) => {
      await loadCase(world, referenceCase());
      const [kept] = await world.sql<{ alignment: string }>('select week_alignment as alignment from dual_write_settings');
      await world.sql(`update dual_write_settings set week_alignment = 'monday'`);
      const earlier = await rowsOf(world);
      const { exitCode, stderr } = await repair(world, '--apply');
      await world.sql('update dual_write_settings set week_alignment = $1', [kept?.alignment]);
      assert.equal(exitCode, 2);
      assert.match(
        stderr,
        /as dual_write_settings says, monday, and this command as --week-alignment says, skip\. Nothing was changed: give --week-alignment monday/,
      );
      assert.equal(await rowsOf(world), earlier);
    });
  });
});

describe('what it refuses', () => {
  test('bad values, each with what would be accepted', async () => {
    const env = { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_KEY: 'sb_secret_nothing' };
    for (const [args, sentence] of [
      [['--limit', '0'], /--limit is "0"; accepted: a number of weeks from 1 to 1000/],
      [['--since', "2025-10-13' or true"], /--since is "2025-10-13' or true"; accepted: a date such as/],
      [['--since', '2025-02-30'], /--since is "2025-02-30"; accepted: a date such as/],
      [['--json', '--sql'], /--json and --sql cannot be used together/],
      [['--apply', '--sql'], /--apply and --sql cannot be used together/],
    ] as const) {
      const { exitCode, stdout, stderr } = await driftwatch(['repair', ...args], { env });
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, sentence);
    }
  });

  test('a repair of what is not known', async () => {
    const { exitCode, stdout, stderr } = await driftwatch(['repair', '--sql'], {
      env: { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_KEY: 'sb_secret_nothing' },
    });
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /The comparison could not be finished, so no repair is proposed\./);
  });
});
