import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import { createDatabase, startPostgres, user, type Database } from './server.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Database;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  database = await createDatabase(server);
  sql = database.sql;
  await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
});
after(async () => {
  await database?.close();
  await server?.stop();
});
beforeEach(async () => {
  await sql`select set_dual_write_mode('off')`;
  await sql.unsafe(`
    truncate habit_tracker, children, weeks, habits, habit_records, dual_write_failures, dual_write_cells cascade;
    update dual_write_settings set week_alignment = 'skip', mode = 'on';
  `);
});

type Habit = { id?: number; name: unknown; times: unknown };

const cells = (...filled: string[]): string[] => Array.from({ length: 7 }, (_, day) => filled[day] ?? '');

const reading: Habit = { id: 1760000000000, name: '독서', times: cells('green', '', 'yellow') };

type Save = {
  owner?: string | null;
  child?: string;
  date?: string | null;
  period?: string;
  theme?: string | null;
  reflection?: unknown;
  habits?: unknown;
  updatedAt?: string;
};

async function save(row: Save = {}, on: postgres.Sql | postgres.TransactionSql = sql): Promise<string> {
  const { owner = user(1), child = '민아', date = '2025-10-13', theme = null, reflection = {}, habits = [reading] } = row;
  const period = row.period ?? `${date} of ${child}`;
  const [saved] = await on<{ id: string }[]>`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reflection, habits, updated_at)
    values (${owner}, ${child}, ${period}, ${date}, ${theme}, ${sql.json(reflection as never)}, ${sql.json(habits as never)},
      ${row.updatedAt ?? sql`now()`})
    returning id::text`;
  return saved?.id ?? '';
}

/** The normalized side, one line for each week, habit and record. */
async function normalized(): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', c.name, w.week_start_date, w.theme, h.name, r.record_date, r.status) as line
    from children c
    left join weeks w on w.child_id = c.id
    left join habits h on h.week_id = w.id
    left join habit_records r on r.habit_id = h.id
    order by c.name, w.week_start_date, h.display_order, r.record_date`;
  return rows.map(({ line }) => line);
}

const open = () => sql<{ legacy_id: string; operation: string; error: string; attempts: number }[]>`
  select legacy_id, operation, error, attempts from dual_write_failures where resolved_at is null order by id`;

/** Row identity of everything on the normalized side: id, version in storage, timestamps. */
const identities = (on: postgres.Sql | postgres.TransactionSql = sql) => on<{ id: string; xmin: string }[]>`
  select id::text, xmin::text, name as what, created_at, updated_at from children
  union all select id::text, xmin::text, week_start_date::text, created_at, updated_at from weeks
  union all select id::text, xmin::text, name, created_at, updated_at from habits
  union all select id::text, xmin::text, record_date || status, created_at, updated_at from habit_records order by 1`;

describe('the switch', () => {
  for (const mode of ['off', 'legacy_only']) {
    test(`${mode}: the trigger only says that it fired, for insert, update and delete`, async () => {
      await sql`select set_dual_write_mode(${mode})`;
      const notices: string[] = [];
      const { default: connect } = await import('postgres');
      const listening = connect(database.url, { max: 1, onnotice: (notice) => notices.push(`${notice['severity']}: ${notice['message']}`) });
      const id = await save({}, listening);
      await listening`update habit_tracker set theme = 'x'`;
      await listening`delete from habit_tracker`;
      await listening.end();
      const details = 'NOTICE: Trigger details: child_name=민아, week_start_date=2025-10-13';
      assert.deepEqual(notices, ['INSERT', 'UPDATE', 'DELETE'].flatMap((operation) => [
        `NOTICE: Dual-write trigger fired: table=habit_tracker, operation=${operation}, id=${id}`,
        details,
      ]));
      assert.deepEqual(await normalized(), []);
      assert.deepEqual([...(await open())], []);
    });
  }

  test('an unknown mode is refused by name', async () => {
    await assert.rejects(sql`select set_dual_write_mode('ON')`, /off, legacy_only and on, not 'ON'/);
    await assert.rejects(sql`select set_dual_write_mode(null)`, /not null/);
  });

  test('the settings hold one row', async () => {
    await assert.rejects(sql`insert into dual_write_settings default values`, /dual_write_settings_one_row/);
  });

  test('a new mode holds from the next statement, in connections that are open', async () => {
    await sql`select set_dual_write_mode('off')`;
    await save({ date: '2025-10-06' });
    await sql`select set_dual_write_mode('on')`;
    await save();
    assert.deepEqual(await normalized(), ['민아 2025-10-13 독서 2025-10-13 green', '민아 2025-10-13 독서 2025-10-15 yellow']);
  });
});

describe('following the legacy row', () => {
  test('an insert creates child, week, habits and records as dual_write', async () => {
    await save({ theme: '가을', habits: [reading, { id: 2, name: '운동', times: cells() }] });
    assert.deepEqual(await normalized(), [
      '민아 2025-10-13 가을 독서 2025-10-13 green',
      '민아 2025-10-13 가을 독서 2025-10-15 yellow',
      '민아 2025-10-13 가을 운동',
    ]);
    const versions = await sql`
      select source_version from children union select source_version from weeks
      union select source_version from habits union select source_version from habit_records`;
    assert.deepEqual([...versions], [{ source_version: 'dual_write' }]);
    const [week] = await sql`select user_id, week_end_date::text from weeks`;
    assert.deepEqual({ ...week }, { user_id: user(1), week_end_date: '2025-10-19' });
  });

  test('display_order is the place in the array, whatever the legacy id', async () => {
    await save({ habits: [reading, { id: 7, name: 'B', times: cells() }, { name: 'C', times: cells() }] });
    const rows = await sql`select name, display_order from habits order by 2`;
    assert.deepEqual(rows.map(({ name, display_order }) => [name, display_order]), [['독서', 0], ['B', 1], ['C', 2]]);
    await sql`update habit_tracker set habits = jsonb_build_array(habits -> 2, habits -> 0, habits -> 1)`;
    const moved = await sql`select name, display_order from habits order by 2`;
    assert.deepEqual(moved.map(({ name }) => name), ['C', '독서', 'B']);
  });

  test('empty, null and none are no record; another value is', async () => {
    await save({ habits: [{ name: 'A', times: ['green', '', null, 'none', 'red', 'yellow', ''] }] });
    const statuses = async () => (await sql`select record_date::text, status from habit_records order by 1`).map((row) => `${row['record_date']} ${row['status']}`);
    assert.deepEqual(await statuses(), ['2025-10-13 green', '2025-10-17 red', '2025-10-18 yellow']);
    await sql`update habit_tracker set habits = ${sql.json([{ name: 'A', times: ['none', 'green', null, '', null, 'red', ''] }])}`;
    assert.deepEqual(await statuses(), ['2025-10-14 green', '2025-10-18 red']);
  });

  test('repeated names get the first free number, and names that stand in the row are taken', async () => {
    await save({ habits: ['A', ' A ', 'A (2)', 'A', 'a'].map((name) => ({ name, times: cells('green') })) });
    const rows = await sql`select name from habits order by display_order`;
    assert.deepEqual(rows.map(({ name }) => name), ['A', 'A (3)', 'A (2)', 'A (4)', 'a']);
  });

  test('names are the same after NFC and trimming, of habits and of children', async () => {
    await save({ child: '민아', habits: [{ name: '독서', times: cells('green') }] });
    await sql`update habit_tracker set child_name = ${'\u3000민아 '.normalize('NFD')},
      habits = ${sql.json([{ name: '\t독서\u00a0'.normalize('NFD'), times: cells('green') }])}`;
    assert.deepEqual(await normalized(), ['민아 2025-10-13 독서 2025-10-13 green']);
    assert.equal((await sql`select from children`).length, 1);
  });

  test('an update touches only what changed', async () => {
    await save({ habits: [reading, { name: 'B', times: cells('red', 'red') }] });
    const earlier = new Map((await identities()).map((row) => [row.id, JSON.stringify(row)]));
    await sql`update habit_tracker set habits = jsonb_set(habits, '{1,times,1}', '"green"')`;
    const changed = (await identities()).filter((row) => earlier.get(row.id) !== JSON.stringify(row));
    assert.deepEqual(changed.map((row) => (row as unknown as { what: string }).what), ['2025-10-14green']);
    assert.equal(earlier.size, (await identities()).length);
  });

  test("empty text and JSON on one side, none on the other, is nothing to change", async () => {
    await save({ theme: '' });
    await sql`update weeks set theme = null, reflection = null`;
    const earlier = await identities();
    await sql`update habit_tracker set reward = ' ', reflection = '{"bestDay": "", "deep": {"x": null}}'`;
    assert.deepEqual(await identities(), earlier);
  });

  test('theme, reward and reflection follow', async () => {
    await save();
    await sql`update habit_tracker set theme = 't', reward = 'r', reflection = '{"bestDay": "월"}'`;
    const [week] = await sql`select theme, reward, reflection from weeks`;
    assert.deepEqual({ ...week }, { theme: 't', reward: 'r', reflection: { bestDay: '월' } });
  });

  test('deleting the last week leaves the child', async () => {
    await save();
    await sql`delete from habit_tracker`;
    assert.deepEqual(await normalized(), ['민아']);
  });

  test('a row that moves to another week, child or user leaves nothing behind', async () => {
    await save();
    await sql`update habit_tracker set week_start_date = '2025-10-20'`;
    assert.deepEqual(await normalized(), ['민아 2025-10-20 독서 2025-10-20 green', '민아 2025-10-20 독서 2025-10-22 yellow']);
    await sql`update habit_tracker set child_name = 'Mia', user_id = ${user(2)}`;
    assert.deepEqual(await normalized(), ['Mia 2025-10-20 독서 2025-10-20 green', 'Mia 2025-10-20 독서 2025-10-22 yellow', '민아']);
    assert.deepEqual([...(await open())], []);
  });

  test('weeks written by many statements and rows at once follow one by one', async () => {
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
      select ${user(1)}, '민아', i::text, date '2025-01-06' + 7 * i, ${sql.json([reading as never])} from generate_series(1, 30) i`;
    assert.equal((await sql`select from habit_records`).length, 60);
    await sql`delete from habit_tracker`;
    assert.equal((await sql`select from weeks`).length, 0);
  });
});

describe('the legacy app saves by delete and insert', () => {
  test('in one transaction what did not change keeps its rows, ids and timestamps', async () => {
    await save({ habits: [reading, { name: 'B', times: cells('red', 'red') }] });
    const earlier = new Map((await identities()).map((row) => [row.id, JSON.stringify(row)]));
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker where child_name = '민아'`;
      await save({ habits: [reading, { name: 'B', times: cells('red', 'green') }] }, transaction);
    });
    const later = await identities();
    assert.equal(later.length, earlier.size);
    const changed = later.filter((row) => earlier.get(row.id) !== JSON.stringify(row));
    assert.deepEqual(changed.map((row) => (row as unknown as { what: string }).what), ['2025-10-14green']);
    assert.ok(changed.every(({ id }) => earlier.has(id)), 'the changed record keeps its id as well');
  });

  test('in two transactions the end state agrees', async () => {
    await save();
    await sql`delete from habit_tracker`;
    await save({ theme: 'new', habits: [{ name: 'B', times: cells('red') }] });
    assert.deepEqual(await normalized(), ['민아 2025-10-13 new B 2025-10-13 red']);
  });

  test('a delete that is rolled back, in part or whole, changes nothing', async () => {
    await save();
    const earlier = await identities();
    await sql.begin(async (transaction) => {
      await transaction.savepoint(async (inner) => {
        await inner`delete from habit_tracker`;
        throw new Error('changed my mind');
      }).catch(() => undefined);
    });
    assert.deepEqual(await identities(), earlier);
  });

  test('deleting one week and saving another in one transaction removes the one', async () => {
    await save();
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker`;
      await save({ date: '2025-10-20', habits: [] }, transaction);
    });
    assert.deepEqual(await normalized(), ['민아 2025-10-20']);
  });

  test('an insert that is taken back, by another delete or a savepoint, does not keep the week', async () => {
    await save();
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker`;
      await save({}, transaction);
      await transaction`delete from habit_tracker`;
    });
    assert.deepEqual(await normalized(), ['민아']);

    await save();
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker`;
      await transaction.savepoint(async (inner) => {
        await save({}, inner);
        throw new Error('changed my mind');
      }).catch(() => undefined);
    });
    assert.deepEqual(await normalized(), ['민아']);
  });

  test('a row that is inserted again and then moved leaves nothing behind', async () => {
    await save();
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker`;
      await save({ habits: [] }, transaction);
      await transaction`update habit_tracker set week_start_date = '2025-10-20'`;
    });
    assert.deepEqual(await normalized(), ['민아 2025-10-20']);
  });

  test('a disabled trigger is wholly disabled', async () => {
    await save();
    await sql`alter table habit_tracker disable trigger trigger_habit_tracker_dual_write`;
    await sql`delete from habit_tracker`;
    await sql`alter table habit_tracker enable trigger trigger_habit_tracker_dual_write`;
    assert.equal((await sql`select from weeks`).length, 1);
  });
});

describe('whose a row is', () => {
  test('a child is found by user and name', async () => {
    await save();
    await save({ owner: user(2), period: 'other' });
    const rows = await sql`select user_id from children order by 1`;
    assert.deepEqual(rows.map((row) => row['user_id']), [user(1), user(2)]);
    assert.equal((await sql`select from weeks`).length, 2);
  });

  test('a row without owner belongs to the one user who has that child', async () => {
    await sql`insert into children (user_id, name) values (${user(2)}, '민아')`;
    await save({ owner: null });
    const [week] = await sql`select user_id from weeks`;
    assert.equal(week?.['user_id'], user(2));
  });

  test('with nobody it is on record until somebody has the child', async () => {
    await save({ owner: null });
    const [failure] = await open();
    assert.match(failure?.error ?? '', /no_owner/);
    assert.equal((await sql`select from habit_tracker`).length, 1);
    await sql`insert into children (user_id, name) values (${user(1)}, '민아')`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    assert.deepEqual([...(await open())], []);
    assert.equal((await sql`select from habit_records`).length, 2);
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
  });

  test('with several it is on record', async () => {
    await sql`insert into children (user_id, name) values (${user(1)}, '민아'), (${user(2)}, '민아')`;
    await save({ owner: null });
    assert.match((await open())[0]?.error ?? '', /ambiguous_owner/);
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('a second family with the same name puts ownerless rows on record, and the first makes them its own', async () => {
    await save({ owner: null });
    await save({ date: '2025-10-20' });
    assert.deepEqual([...(await open())], []);
    assert.equal((await sql`select from weeks`).length, 2);
    await save({ owner: user(2), date: '2025-10-27' });
    assert.match((await open())[0]?.error ?? '', /ambiguous_owner/);
  });
});

describe('weeks that do not start on a Monday', () => {
  test('skip: they are for the legacy side only, and no failure', async () => {
    await save({ date: '2025-10-14' });
    assert.deepEqual(await normalized(), []);
    assert.deepEqual([...(await open())], []);
  });

  test('monday: they go to the Monday on or before', async () => {
    await sql`update dual_write_settings set week_alignment = 'monday'`;
    await save({ date: '2025-10-19' });
    assert.deepEqual(await normalized(), ['민아 2025-10-13 독서 2025-10-13 green', '민아 2025-10-13 독서 2025-10-15 yellow']);
  });

  test('monday: of two the one updated last wins, the other is on record, and takes over when the winner goes', async () => {
    await sql`update dual_write_settings set week_alignment = 'monday'`;
    const first = await save({ date: '2025-10-13', theme: 'first', updatedAt: '2025-10-13T10:00:00Z' });
    const second = await save({ date: '2025-10-14', theme: 'second', updatedAt: '2025-10-14T10:00:00Z' });
    const theme = async () => (await sql`select theme from weeks`).map((row) => row['theme']);
    assert.deepEqual(await theme(), ['second']);
    assert.deepEqual((await open()).map(({ legacy_id, error }) => [legacy_id, error]), [[first, 'duplicate_week']]);
    const [health] = await sql`select dual_write_health() as h`;
    assert.deepEqual([health?.['h'].open_failures, health?.['h'].duplicate_weeks], [0, 1]);

    await sql`update habit_tracker set theme = 'first again' where id = ${first}`;
    assert.deepEqual(await theme(), ['first again']);
    assert.deepEqual((await open()).map(({ legacy_id }) => legacy_id), [second]);

    await sql`delete from habit_tracker where id = ${first}`;
    assert.deepEqual(await theme(), ['second']);
    assert.deepEqual([...(await open())], []);
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
  });

  test('exact: a failure while the constraint is there, the week as it is without', async () => {
    await sql`update dual_write_settings set week_alignment = 'exact'`;
    await save({ date: '2025-10-14' });
    assert.match((await open())[0]?.error ?? '', /ck_weeks_start_monday/);
    await sql`alter table weeks drop constraint ck_weeks_start_monday`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    assert.deepEqual(await normalized(), ['민아 2025-10-14 독서 2025-10-14 green', '민아 2025-10-14 독서 2025-10-16 yellow']);
    await sql.unsafe(`delete from weeks; alter table weeks add constraint ck_weeks_start_monday check (extract(isodow from week_start_date) = 1) not valid`);
  });
});

describe('a sync that cannot be done', () => {
  const unreadable: [string, Save, RegExp][] = [
    ['an unknown status', { habits: [{ name: 'A', times: cells('blue') }] }, /ck_habit_records_status/],
    ['habits that are no array', { habits: { A: 1 } }, /habits is not an array/],
    ['a habit without a name', { habits: [reading, { times: cells() }] }, /habits\[1\] has no name/],
    ['six cells', { habits: [{ name: 'A', times: ['', '', '', '', '', ''] }] }, /habits\[0\]\.times is not seven cells/],
    ['no date', { date: null }, /week_start_date is missing/],
    ['an unknown user', { owner: user(99) }, /fk_children_user_id/],
    ['a name of 101 characters', { child: '가'.repeat(101) }, /ck_children_name_length/],
  ];
  for (const [what, row, error] of unreadable) {
    test(`${what}: the legacy write stays, nothing of it is on the other side, and it is on record`, async () => {
      const id = await save(row);
      assert.equal((await sql`select from habit_tracker`).length, 1);
      assert.equal((await sql`select from weeks`).length, 0);
      const failures = await sql`select * from dual_write_failures`;
      assert.equal(failures.length, 1);
      const [failure] = failures;
      assert.match(failure?.['error'], error);
      assert.deepEqual(
        [failure?.['source_table'], failure?.['operation'], failure?.['legacy_id'], failure?.['attempts'], failure?.['resolved_at']],
        ['habit_tracker', 'INSERT', id, 1, null],
      );
      assert.equal(failure?.['payload'].child_name, row.child ?? '민아');
      assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
      assert.equal((await open())[0]?.attempts, 2);
    });
  }

  test('saving it right resolves it', async () => {
    await save({ habits: 'nonsense' });
    await sql`update habit_tracker set habits = ${sql.json([reading as never])}`;
    assert.deepEqual([...(await open())], []);
    assert.equal((await sql`select from habit_records`).length, 2);
  });

  test('deleting the row resolves it', async () => {
    await save({ habits: 'nonsense' });
    await sql`delete from habit_tracker`;
    assert.deepEqual([...(await open())], []);
  });

  test('a delete that cannot be followed stays done, and is retried', async () => {
    await save();
    await sql.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
      create trigger refuse before delete on weeks for each row execute function refuse()`);
    await sql`delete from habit_tracker`;
    assert.equal((await sql`select from habit_tracker`).length, 0);
    assert.deepEqual((await open()).map(({ operation, error }) => [operation, error]), [['DELETE', 'not now (P0001)']]);
    await sql`drop trigger refuse on weeks`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('a statement timeout in the sync does not take the legacy write along', async () => {
    await sql.unsafe(`create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return new; end $$;
      create trigger dawdle before insert on weeks for each row execute function dawdle()`);
    await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '300ms'`;
      await save({}, transaction);
    });
    assert.match((await open())[0]?.error ?? '', /57014/);
    await sql`drop trigger dawdle on weeks`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
  });
});

test('two transactions that save the weeks of two children in opposite order: both stay, and what could not follow is on record', async () => {
  for (const child of ['A', 'B']) for (const date of ['2025-10-06', '2025-10-13']) await save({ child, date });
  const touch = (on: postgres.TransactionSql, child: string, date: string) =>
    on`update habit_tracker set theme = ${`${child} changed`} where child_name = ${child} and week_start_date = ${date}`;
  /** Each holds its first child's lock before either asks for its second. */
  let arrived = 0;
  let bothHold = () => {};
  const held = new Promise<void>((resolve) => (bothHold = resolve));
  await Promise.all(
    ([['A', 'B', '2025-10-06'], ['B', 'A', '2025-10-13']] as const).map(([first, second, date]) =>
      sql.begin(async (transaction) => {
        await touch(transaction, first, date);
        arrived += 1;
        if (arrived === 2) bothHold();
        await held;
        await touch(transaction, second, date);
      }),
    ),
  );
  assert.equal((await sql`select from habit_tracker where theme = child_name || ' changed'`).length, 4);
  const followed = async () => (await sql`select from weeks w join children c on c.id = w.child_id where w.theme = c.name || ' changed'`).length;
  const failures = await open();
  assert.ok(failures.length >= 1 && failures.every(({ error }) => /deadlock|lock timeout/.test(error)), JSON.stringify(failures));
  assert.equal((await followed()) + failures.length, 4);
  assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: failures.length }]);
  assert.equal(await followed(), 4);
});

test('legacy ids are opaque: UUIDs will do, also when they come while a connection is open', async () => {
  const other = await createDatabase(server);
  await other.sql.begin(async (connection) => {
    await connection`insert into auth.users (id) values (${user(1)})`;
    await save({}, connection);
    await connection.unsafe(`alter table habit_tracker alter column id drop default;
      alter table habit_tracker alter column id type uuid using gen_random_uuid();
      alter table habit_tracker alter column id set default gen_random_uuid();`);
    await save({ date: '2025-10-20' }, connection);
  });
  await other.sql`select set_dual_write_mode('on')`;
  await other.sql`select backfill_legacy_weeks(false)`;
  await save({ date: '2025-10-27' }, other.sql);
  await other.sql`update habit_tracker set theme = 'x' where week_start_date = '2025-10-27'`;
  await other.sql`delete from habit_tracker where week_start_date = '2025-10-13'`;
  const weeks = await other.sql`select week_start_date::text as date, theme from weeks order by 1`;
  assert.deepEqual(weeks.map(({ date, theme }) => [date, theme]), [['2025-10-20', null], ['2025-10-27', 'x']]);
  assert.equal((await other.sql`select from dual_write_failures where resolved_at is null`).length, 0);
  await other.close();
});

test('the app as an authenticated user needs no right on anything else', async () => {
  await sql.unsafe('grant select, insert, update, delete on habit_tracker to authenticated; grant usage on sequence habit_tracker_id_seq to authenticated');
  await sql.begin(async (transaction) => {
    await transaction`set local role authenticated`;
    await save({}, transaction);
    await transaction`update habit_tracker set theme = 'mine'`;
  });
  assert.deepEqual([...(await open())], []);
  assert.equal((await normalized())[0], '민아 2025-10-13 mine 독서 2025-10-13 green');
});
