import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import { askBot } from './bot.ts';
import { createDatabase, emptyTables, startPostgres, startProject, user, type Project } from './server.ts';

/** What `verify_consistency` says of one week, which has to be what the bot says of it. */

let server: Awaited<ReturnType<typeof startPostgres>>;
let project: Project;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  project = await startProject(await createDatabase(server));
  sql = project.sql;
  await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
});
after(async () => {
  await project?.close();
  await server?.stop();
});

type Difference = { type: string; path: string | null; legacy: unknown; normalized: unknown };

const differences = async (date = '2025-10-13', on: postgres.Sql | postgres.TransactionSql = sql): Promise<Difference[] | null> =>
  (await on<{ found: Difference[] | null }[]>`select dual_write_differences(${user(1)}, 'Mia', ${date}::text::date) as found`)[0]?.found ?? null;

const said = async (date?: string) => (await differences(date))?.map(({ type, path }) => [type, path]);

/** One week that agrees: habits A (green, red) and B. */
beforeEach(async () => {
  await sql.unsafe(`
    select set_dual_write_mode('off'); update dual_write_settings set week_alignment = 'skip';
    ${emptyTables}
    select set_dual_write_mode('on');
    insert into habit_tracker (user_id, child_name, week_start_date, theme, habits, reflection) values ('${user(1)}', 'Mia', '2025-10-13', 'Sea',
      '[{"name": "A", "times": ["green", "", "", "red", "", "", ""]}, {"name": "B", "times": ["yellow", "", "", "", "", "", ""]}]', '{"a": 1.0, "b": 1e400}');
    select set_dual_write_mode('off');`);
  assert.deepEqual(await differences(), []);
});

/** The bot shares no code with the database. */
async function botSays(alignment = 'skip'): Promise<[string, string | null][]> {
  const { findings } = await askBot(project, { 'week-alignment': alignment });
  return findings.filter(({ type }) => type !== 'COUNT_MISMATCH').map(({ type, place }) => [type, place && place.join('/')]);
}

test('dates are ISO dates, whatever the session says', async () => {
  await sql`delete from habit_records where status = 'red'`;
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`set local datestyle = 'SQL, DMY'; set local intervalstyle = 'sql_standard'; set local timezone = 'Pacific/Kiritimati'`);
    assert.deepEqual(await differences('2025-10-13', transaction), [{ type: 'MISSING_RECORD', path: 'habits/A/2025-10-16', legacy: 'red', normalized: null }]);
    await transaction`insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', 'other', '2025-10-20')`;
    assert.deepEqual(await differences('2025-10-20', transaction), [{ type: 'MISSING_WEEK', path: null, legacy: '2025-10-20', normalized: null }]);
  });
});

test('whatever the session says, a sync and a retry bring the same over', async () => {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`set local datestyle = 'SQL, DMY'; set local timezone = 'Pacific/Kiritimati'; set local extra_float_digits = 0;
      update dual_write_settings set mode = 'on', week_alignment = 'monday';
      insert into habit_tracker (user_id, child_name, week_period, week_start_date) values ('${user(1)}', 'Mia', 'bad', '2025-11-05'), ('${user(1)}', 'Mia', 'good', '2025-11-12');
      update habit_tracker set habits = '{}' where week_period = 'bad'; update habit_tracker set habits = '[]' where week_period = 'bad';
      update dual_write_failures set resolved_at = null; select retry_dual_write_failures();`);
  });
  const weeks = await sql`select week_start_date::text as date from weeks order by 1`;
  assert.deepEqual(
    weeks.map(({ date }) => date),
    ['2025-10-13', '2025-11-03', '2025-11-10'],
  );
  assert.equal((await sql`select from dual_write_failures where resolved_at is null`).length, 0);
});

test("a week that is another user's is told, with both users, and mended by the next sync", async () => {
  await sql`update weeks set user_id = ${user(2)}`;
  assert.deepEqual(await differences(), [{ type: 'WRONG_OWNER', path: 'user_id', legacy: user(1), normalized: user(2) }]);
  await sql`select backfill_legacy_weeks(false)`;
  assert.deepEqual(await differences(), []);
});

test('so is one that no legacy row stands for, beside another or alone', async () => {
  await sql.unsafe(`insert into children (user_id, name) values ('${user(1)}', 'Mia ');
    insert into weeks (user_id, child_id, week_start_date, week_end_date) select '${user(2)}', id, '2025-10-13', '2025-10-19' from children where name = 'Mia '`);
  const expected = [
    ['ORPHAN_WEEK', null],
    ['WRONG_OWNER', 'user_id'],
  ];
  for (const alone of [false, true]) {
    if (alone) await sql.unsafe(`delete from weeks where user_id = '${user(1)}'; delete from habit_tracker`);
    assert.deepEqual(await said(), expected);
    assert.deepEqual((await botSays()).sort(), expected);
  }
});

test('numbers are compared as they are, and keys that only their spelling tells apart lose nothing', async () => {
  const reflect = (legacy: string, normalized: string) =>
    sql.unsafe(`update habit_tracker set reflection = '${legacy}'; update weeks set reflection = '${normalized}'`).then(() => said());
  const different = [['DATA_MISMATCH', 'reflection']];
  assert.deepEqual(await reflect('{"a": 9007199254740993}', '{"a": 9007199254740992}'), different);
  assert.deepEqual(await reflect('{"a": 1.00}', '{"a": 1}'), []);
  assert.deepEqual(await reflect('{"a": "x", "a ": "y"}', '{"a": "y"}'), different);
  assert.deepEqual(await reflect('{"a": "x", "a ": "y"}', '{"a": "x"}'), different);
  assert.deepEqual(await reflect('{"a": "x", "a ": ""}', '{"a ": "x"}'), []);
  assert.deepEqual(await reflect('{"a": "x", "a ": "y"}', '{"a ": "y", "a": "x "}'), []);
  assert.deepEqual(await reflect('{"b": {"a": "x", " a": "y"}}', '{"b": {"a": "y", " a": "x"}}'), different);
});

test('a reflection that nobody can walk through is no error, on either side', async () => {
  const deep = `${'['.repeat(9000)}1${']'.repeat(9000)}`;
  await sql`update habit_tracker set reflection = ${deep}::text::jsonb`;
  assert.deepEqual(await said(), [['MALFORMED_LEGACY', 'reflection']]);
  await sql`update habit_tracker set reflection = '{}'`;
  await sql`update weeks set reflection = ${deep}::text::jsonb`;
  assert.deepEqual(await said(), [['DATA_MISMATCH', 'reflection']]);
  await sql`select backfill_legacy_weeks(false)`;
  assert.deepEqual(await said(), []);
  const nested = `${'['.repeat(99)}"x "${']'.repeat(99)}`;
  await sql`update habit_tracker set reflection = ${nested}::text::jsonb`;
  await sql`update weeks set reflection = ${nested.replace('x ', 'x')}::text::jsonb`;
  assert.deepEqual(await said(), []);
});

describe('of two normalized rows that stand for one', () => {
  test('the week that agrees best is compared, however its id and its child stand, and the other is an orphan', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-8fff-ffffffffffff']) {
      await sql`delete from children where name <> 'Mia'`;
      await sql`insert into children (user_id, name) values (${user(1)}, 'Mia ')`;
      await sql`insert into weeks (id, user_id, child_id, week_start_date, week_end_date) select ${id}, user_id, id, '2025-10-13', '2025-10-19' from children where name = 'Mia '`;
      assert.deepEqual(await said(), [['ORPHAN_WEEK', null]]);
    }
    const full = await sql`select id from weeks where theme = 'Sea'`;
    await sql`select set_dual_write_mode('on')`;
    await sql`update habit_tracker set theme = 'Lake'`;
    assert.deepEqual([...(await sql`select id from weeks where theme = 'Lake'`)], [...full], 'and followed');
    await sql`delete from habit_tracker`;
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('a week that another spelling of the child has is followed, not written a second time', async () => {
    await sql`update children set name = 'Mia '`;
    await sql`insert into children (user_id, name) values (${user(1)}, 'Mia')`;
    await sql`select set_dual_write_mode('on')`;
    await sql`update habit_tracker set theme = 'Lake'`;
    assert.deepEqual(
      (await sql`select theme from weeks`).map(({ theme }) => theme),
      ['Lake'],
    );
    assert.deepEqual(await differences(), []);
  });

  test('so are habits', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-8fff-ffffffffffff']) {
      await sql`delete from habits where name = 'A '`;
      await sql`insert into habits (id, week_id, name) select ${id}, id, 'A ' from weeks`;
      assert.deepEqual(await said(), [['ORPHAN_HABIT', 'habits/A [row 2]']]);
    }
  });

  test('a wrong status is one difference, as a missing one is', async () => {
    for (const [id, wrong] of [
      ['00000000-0000-4000-8000-000000000000', 1],
      ['ffffffff-ffff-4fff-8fff-ffffffffffff', 1],
      ['ffffffff-ffff-4fff-8fff-ffffffffffff', 2],
    ] as const) {
      await sql`delete from habits where name = 'A '`;
      await sql`insert into habits (id, week_id, name) select ${id}, id, 'A ' from weeks`;
      await sql`update habit_records set status = 'yellow' where id in (
        select r.id from habit_records r join habits h on h.id = r.habit_id where h.name = 'A' order by record_date desc limit ${wrong})`;
      const found = await said();
      assert.deepEqual(found?.map(([type]) => type).sort(), [...Array<string>(wrong).fill('DATA_MISMATCH'), 'ORPHAN_HABIT']);
      assert.deepEqual((await botSays()).sort(), found?.sort());
    }
  });

  test('what stands where the legacy side cannot be read is no difference', async () => {
    await sql`update habit_tracker set habits = '[{"name": "A", "times": ["green", "blue", "", "", "", "", ""]}, {"name": "B", "times": ["yellow", "", "", "", "", "", ""]}]'`;
    await sql`update habit_records set record_date = '2025-10-14', status = 'green' where status = 'red'`;
    await sql`insert into habits (id, week_id, name) select '00000000-0000-4000-8000-000000000000', id, 'A ' from weeks`;
    const found = await said();
    assert.deepEqual(found?.sort(), [
      ['MALFORMED_LEGACY', 'habits[0].times[1]'],
      ['ORPHAN_HABIT', 'habits/A [row 2]'],
    ]);
    assert.deepEqual((await botSays()).sort(), found);
  });
});

test('a week to which somebody added thousands of habits costs what they are, not their square', async () => {
  await sql`insert into habits (week_id, name) select w.id, 'added ' || n from weeks w, generate_series(1, 6000) n`;
  await sql`
    insert into habit_records (habit_id, record_date, status)
    select h.id, date '2025-10-13' + day, 'green' from habits h, generate_series(0, 6) day where h.name like 'added %'`;
  // The square of them takes minutes, they themselves a second or two.
  const found = await sql.begin(async (transaction) => {
    await transaction`set local statement_timeout = '1min'`;
    return transaction<{ count: number }[]>`
      select jsonb_array_length(dual_write_differences(${user(1)}, 'Mia', '2025-10-13')) as count`;
  });
  assert.equal(found[0]?.count, 6000);
});

for (const alignment of ['skip', 'monday'] as const)
  test(`${alignment}: a normalized week that does not start on a Monday is an orphan, with a legacy row of its date and without, as the bot says`, async () => {
    await sql`update dual_write_settings set week_alignment = ${alignment}`;
    await sql`alter table weeks drop constraint ck_weeks_start_monday`;
    try {
      const orphan = { type: 'ORPHAN_WEEK', path: null, legacy: null, normalized: '2025-10-21' };
      assert.equal(await differences('2025-10-21'), null);
      await sql`insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-10-21', '2025-10-27' from children`;
      assert.deepEqual(await differences('2025-10-21'), [orphan]);
      assert.equal(await differences('2025-10-22'), null);

      await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', 'other', '2025-10-21')`;
      const missing = { type: 'MISSING_WEEK', path: null, legacy: '2025-10-20', normalized: null };
      const expected = alignment === 'skip' ? [orphan] : [orphan, missing];
      assert.deepEqual(await differences('2025-10-21'), expected);
      assert.deepEqual((await botSays(alignment)).map(([type]) => type).sort(), expected.map(({ type }) => type).sort());

      await sql`delete from weeks where week_start_date = '2025-10-21'`;
      assert.deepEqual(await differences('2025-10-21'), expected.slice(1));
    } finally {
      await sql`delete from weeks`;
      await sql`alter table weeks add constraint ck_weeks_start_monday check (extract(isodow from week_start_date) = 1) not valid`;
    }
  });

test('what cannot be read is named by the place that the bot names', async () => {
  for (const habits of [{}, [{}], [{ name: ' ' }], [{ name: 5, times: [] }], [5], [null], [{ name: 'A', times: {} }]]) {
    await sql`update habit_tracker set habits = ${sql.json(habits as never)}`;
    const malformed = ([type]: readonly unknown[]) => type === 'MALFORMED_LEGACY';
    assert.deepEqual((await said())?.filter(malformed), (await botSays()).filter(malformed), JSON.stringify(habits));
  }
});

test('a habit whose name is empty may be what became of one without a name', async () => {
  const habits = [{ times: ['red', '', '', '', '', '', ''] }, { name: 'A', times: ['green', '', '', 'red', '', '', ''] }];
  const sorted = (found: unknown) => (found as unknown[]).map(String).sort();
  await sql.unsafe(`delete from habits where name = 'B'; insert into habits (week_id, name) select id, ' ' from weeks`);
  await sql`insert into habit_records (habit_id, record_date, status) select id, '2025-10-13', 'red' from habits where name = ' '`;
  for (const [legacy, expected] of [
    [habits, ['MALFORMED_LEGACY,habits[0].name']],
    [
      [...habits, null],
      ['MALFORMED_LEGACY,habits[0].name', 'MALFORMED_LEGACY,habits[2]'],
    ],
    [habits.slice(1), ['ORPHAN_HABIT,habits/']],
  ] as const) {
    await sql`update habit_tracker set habits = ${sql.json(legacy as never)}`;
    assert.deepEqual(sorted(await said()), expected);
    assert.deepEqual(sorted(await botSays()), expected);
  }
  await sql`update habit_tracker set habits = ${sql.json(habits as never)}`;
  await sql`insert into habits (week_id, name) select id, '' from weeks`;
  assert.deepEqual(sorted(await said()), ['MALFORMED_LEGACY,habits[0].name', 'ORPHAN_HABIT,habits/ [row 2]']);
  assert.deepEqual(sorted(await botSays()), sorted(await said()));
});

test('what cannot be read keeps nothing else from being compared', async () => {
  const A = { name: 'A', times: ['green', '', '', 'green', '', '', ''] };
  const red = ['', '', '', '', 'red', '', ''];
  const legacy = [
    { name: 'A', times: {} },
    null,
    { name: ' ' },
    A,
    { name: 'B', times: red.slice(1) },
    A,
    { name: 'C', times: red },
    'B',
    { name: 'D', times: [] },
  ];
  await sql`update habit_tracker set habits = ${sql.json(legacy as never)}`;
  await sql`insert into habits (week_id, name) select id, n from weeks, unnest(array['A (2)', 'C']) n`;
  const found = (await said()) ?? [];
  assert.deepEqual(found.map(String).sort(), [
    'MALFORMED_LEGACY,habits[0].times',
    'MALFORMED_LEGACY,habits[1]',
    'MALFORMED_LEGACY,habits[2].name',
    'MALFORMED_LEGACY,habits[4].times',
    'MALFORMED_LEGACY,habits[7]',
    'MALFORMED_LEGACY,habits[8].times',
    'MISSING_HABIT,habits/A (3)',
    'MISSING_HABIT,habits/D',
    'MISSING_RECORD,habits/A (2)/2025-10-13',
    'MISSING_RECORD,habits/A (2)/2025-10-16',
    'MISSING_RECORD,habits/C/2025-10-17',
  ]);
  assert.deepEqual(found.map(String).sort(), (await botSays()).map(String).sort());
});

test('nor does it go unnamed where the week or the habit is missing, or the other side has the same', async () => {
  const blue = { name: 'A', times: ['green', '', '', 'blue', '', '', ''] };
  await sql`update habit_tracker set habits = ${sql.json([blue, { ...blue, name: 'C' }, { name: 'B', times: [] }] as never)}`;
  await sql.unsafe(`alter table habit_records drop constraint ck_habit_records_status; update habit_records set status = 'blue' where status = 'red'`);
  const sorted = (found: unknown) => (found as unknown[]).map(String).sort();
  const malformed = ['MALFORMED_LEGACY,habits[0].times[3]', 'MALFORMED_LEGACY,habits[1].times[3]', 'MALFORMED_LEGACY,habits[2].times'];
  assert.deepEqual(sorted(await said()), [...malformed, 'MISSING_HABIT,habits/C']);
  assert.deepEqual(sorted(await botSays()), sorted(await said()));
  await sql`delete from weeks`;
  assert.deepEqual(sorted(await said()), [...malformed, 'MISSING_WEEK,']);
  assert.deepEqual(sorted(await botSays()), sorted(await said()));
  await sql`alter table habit_records add constraint ck_habit_records_status check (status in ('green', 'yellow', 'red', 'none')) not valid`;
});

test("nothing is said of rows without owner, which may be anybody's", async () => {
  await sql`update habit_tracker set user_id = null`;
  assert.deepEqual(await said(), [['ORPHAN_WEEK', null]]);
  await sql`delete from children`;
  assert.equal(await differences(), null);
});

test('the bot says the same of a week with a little of everything', async () => {
  await sql.unsafe(`
    update weeks set theme = 'Lake', reflection = '{"a": 2}'; delete from habit_records where status = 'red';
    update habit_records set status = 'green' where status = 'yellow';
    insert into habit_records (habit_id, record_date, status) select id, '2025-10-14', 'red' from habits where name = 'A';
    insert into habits (week_id, name) select id, 'C' from weeks;`);
  const own = (await said()) ?? [];
  assert.equal(own.length, 6);
  assert.deepEqual(own.map(String).sort(), (await botSays()).map(String).sort());
});
