import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import { createDatabase, emptyTables, startPostgres, user, type Database } from './server.ts';

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
    ${emptyTables}
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
  /** In place of it: what JSON.stringify does not get through. */
  deep?: { column: 'habits' | 'reflection'; json: string };
  updatedAt?: string;
};

async function save(row: Save = {}, on: postgres.Sql | postgres.TransactionSql = sql): Promise<string> {
  const { owner = user(1), child = '민아', date = '2025-10-13', theme = null, reflection = {}, habits = [reading] } = row;
  const period = row.period ?? `${date} of ${child}`;
  const [saved] = await on<{ id: string }[]>`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reflection, habits, updated_at)
    values (${owner}, ${child}, ${period}, ${date}::text::date, ${theme}, ${row.deep?.column === 'reflection' ? row.deep.json : JSON.stringify(reflection)}::text::jsonb,
      ${row.deep?.column === 'habits' ? row.deep.json : JSON.stringify(habits)}::text::jsonb,
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
      assert.deepEqual(
        notices,
        ['INSERT', 'UPDATE', 'DELETE'].flatMap((operation) => [
          `NOTICE: Dual-write trigger fired: table=habit_tracker, operation=${operation}, id=${id}`,
          details,
        ]),
      );
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

  test('a backfill waits for whoever wrote before it was switched on, and nobody waits with it', async () => {
    await sql`select set_dual_write_mode('off')`;
    const [writer, later] = [await sql.reserve(), await sql.reserve()];
    try {
      await writer`begin`;
      await save({}, writer);
      await sql`select set_dual_write_mode('on')`;
      const ended = new AbortController();
      const backfilled = sql`select action from backfill_legacy_weeks(false)`.finally(() => ended.abort());
      const isWaiting = () => sql`
        select from pg_stat_activity
        where datname = current_database() and query like '%backfill_legacy_weeks(false)' and wait_event = 'PgSleep'`;
      while ((await isWaiting()).length === 0 && !ended.signal.aborted);
      // Whoever began later is not waited for.
      await later`begin`;
      await later`set local lock_timeout = '1ms'`;
      await save({ child: 'Mia' }, later);
      await writer`commit`;
      assert.deepEqual([...(await backfilled)], [{ action: 'create' }]);
      await later`commit`;
    } finally {
      writer.release();
      later.release();
    }
    assert.equal((await sql`select from weeks`).length, 2);
    assert.equal((await sql`select from backfill_legacy_weeks(false)`).length, 0);
  });

  test('a backfill gives up, and changes nothing, where such a write does not end; a dry run does not wait', async () => {
    await sql`select set_dual_write_mode('legacy_only')`;
    await save({ child: 'Mia' });
    await sql.begin(async (transaction) => {
      await save({}, transaction);
      await sql`select set_dual_write_mode('on')`;
      await assert.rejects(sql`select from backfill_legacy_weeks(false)`, /before the dual-write was switched on is still open/);
      assert.equal((await sql`select from backfill_legacy_weeks()`).length, 1);
      assert.deepEqual(await normalized(), []);
    });
    assert.equal((await sql`select from backfill_legacy_weeks(false)`).length, 2);
  });

  test('no write waits for a transaction that switches, however long it goes on', async () => {
    for (const [from, to] of [
      ['off', 'on'],
      ['on', 'off'],
    ] as const) {
      await sql`select set_dual_write_mode(${from})`;
      await sql.begin(async (transaction) => {
        await transaction`select set_dual_write_mode(${to})`;
        await sql.begin(async (other) => {
          await other`set local lock_timeout = '1ms'`;
          await save({ child: `${from} to ${to}` }, other);
        });
      });
    }
    assert.equal((await sql`select from habit_tracker`).length, 2);
  });

  test('switching waits for no write, whatever its isolation, nor for who works on the legacy table; for the settings, two seconds', async () => {
    const held = [
      ['read committed', (on: postgres.TransactionSql) => save({}, on)],
      ['repeatable read', (on: postgres.TransactionSql) => save({}, on)],
      ['read committed', (on: postgres.TransactionSql) => on`lock table habit_tracker in share update exclusive mode`],
      ['read committed', (on: postgres.TransactionSql) => on`lock table habit_tracker in share mode`],
    ] as const;
    for (const [isolation, hold] of held) {
      for (const [from, to] of [
        ['off', 'on'],
        ['off', 'legacy_only'],
        ['legacy_only', 'off'],
        ['on', 'off'],
      ] as const) {
        await sql`truncate habit_tracker`;
        await sql`select set_dual_write_mode(${from})`;
        await sql.begin(`isolation level ${isolation}`, async (transaction) => {
          await hold(transaction);
          await sql`select set_dual_write_mode(${to})`;
        });
        assert.deepEqual([...(await sql`select mode from dual_write_settings`)], [{ mode: to }]);
      }
    }
    await sql.begin(async (transaction) => {
      await transaction`update dual_write_settings set week_alignment = 'exact'`;
      await assert.rejects(sql`select set_dual_write_mode('off')`, /has locked dual_write_settings for more than two seconds, so the mode was not changed/);
    });
  });

  test('a transaction with a snapshot from before it was switched on puts on record what it writes', async () => {
    const gone = await save({ date: '2025-10-20' });
    await sql`select set_dual_write_mode('off')`;
    await sql.begin('isolation level repeatable read', async (transaction) => {
      await transaction`select from dual_write_settings`;
      await sql`select set_dual_write_mode('on')`;
      await save({}, transaction);
      await transaction`delete from habit_tracker where id::text = ${gone}`;
    });
    assert.deepEqual(
      (await open()).map(({ operation, error }) => [operation, error]),
      ['INSERT', 'DELETE'].map((operation) => [operation, 'could not serialize access due to concurrent update (40001)']),
    );
    await sql`select retry_dual_write_failures()`;
    assert.deepEqual([[...(await open())], [...(await sql`select week_start_date::text as start from weeks`)]], [[], [{ start: '2025-10-13' }]]);
  });

  test('while it stays off, such a transaction puts nothing on record, whatever else of the settings changes', async () => {
    await sql`select set_dual_write_mode('off')`;
    const alignment = (to: string, on: postgres.Sql | postgres.TransactionSql = sql) => on`update dual_write_settings set week_alignment = ${to}`;
    await sql.begin('isolation level serializable', async (transaction) => {
      await transaction`select from dual_write_settings`;
      await alignment('monday');
      await save({ date: '2025-10-20' }, transaction);
      // A switch that may still be taken back, after a change that was not.
      await sql
        .begin(async (other) => {
          await alignment('exact', other);
          await other`select set_dual_write_mode('on')`;
          await save({ date: '2025-10-27' }, transaction);
          throw new Error('taken back');
        })
        .catch(() => undefined);
      await transaction`delete from habit_tracker where week_start_date = '2025-10-20'`;
    });
    assert.deepEqual([[...(await open())], await normalized()], [[], []]);
    await sql`select retry_dual_write_failures()`;
    assert.deepEqual(await normalized(), []);
  });

  test('nor is a change of the settings kept waiting by it, and one after another still tells that it was switched on', async () => {
    await sql`select set_dual_write_mode('off')`;
    await sql.begin('isolation level repeatable read', async (transaction) => {
      await save({}, transaction);
      await sql`set lock_timeout = '1s'; update dual_write_settings set week_alignment = 'monday'; reset lock_timeout`.simple();
      await sql`select set_dual_write_mode('on')`;
      await save({ date: '2025-10-20' }, transaction);
    });
    assert.deepEqual(
      (await open()).map(({ error }) => error),
      ['could not serialize access due to concurrent update (40001)'],
    );
    await sql`select * from backfill_legacy_weeks(false)`;
    assert.deepEqual([[...(await open())], (await sql`select from weeks`).length], [[], 2]);
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
    assert.deepEqual(
      rows.map(({ name, display_order }) => [name, display_order]),
      [
        ['독서', 0],
        ['B', 1],
        ['C', 2],
      ],
    );
    await sql`update habit_tracker set habits = jsonb_build_array(habits -> 2, habits -> 0, habits -> 1)`;
    const moved = await sql`select name, display_order from habits order by 2`;
    assert.deepEqual(
      moved.map(({ name }) => name),
      ['C', '독서', 'B'],
    );
  });

  test('empty, null and none are no record; another value is', async () => {
    await save({ habits: [{ name: 'A', times: ['green', '', null, 'none', 'red', 'yellow', ''] }] });
    const statuses = async () =>
      (await sql`select record_date::text, status from habit_records order by 1`).map((row) => `${row['record_date']} ${row['status']}`);
    assert.deepEqual(await statuses(), ['2025-10-13 green', '2025-10-17 red', '2025-10-18 yellow']);
    await sql`update habit_tracker set habits = ${sql.json([{ name: 'A', times: ['none', 'green', null, '', null, 'red', ''] }])}`;
    assert.deepEqual(await statuses(), ['2025-10-14 green', '2025-10-18 red']);
  });

  test('repeated names get the first free number, and names that stand in the row are taken', async () => {
    await save({ habits: ['A', ' A ', 'A (2)', 'A', 'a'].map((name) => ({ name, times: cells('green') })) });
    const rows = await sql`select name from habits order by display_order`;
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['A', 'A (3)', 'A (2)', 'A (4)', 'a'],
    );
  });

  test('names are the same after NFC and trimming, of habits and of children', async () => {
    await save({ child: '민아', habits: [{ name: '독서', times: cells('green') }] });
    await sql`update habit_tracker set child_name = ${'\u3000민아 '.normalize('NFD')},
      habits = ${sql.json([{ name: '\t독서\u00a0'.normalize('NFD'), times: cells('green') }])}`;
    assert.deepEqual(await normalized(), ['민아 2025-10-13 독서 2025-10-13 green']);
    assert.equal((await sql`select from children`).length, 1);
  });

  test('names and texts with more marks in a row than can be put in order are followed as they are spelled', async () => {
    const marks = '\u0301'.repeat(20_000) + '\u0323'.repeat(20_000);
    await save({ habits: [{ name: marks, times: ['green', '', '', '', '', '', ''] }] });
    await sql`update habit_tracker set theme = ${` ${marks}`}, reflection = ${sql.json({ [marks]: marks })}`;
    await sql`update habit_tracker set theme = ${marks}, reward = ${marks}`;
    await save({ child: marks, date: '2025-10-20' });
    assert.deepEqual([...(await sql`select name = ${marks} as same from habits`)], [{ same: true }]);
    assert.deepEqual(
      [
        ...(await sql`select theme = ${` ${marks}`} as theme, reward = ${marks} as reward, reflection = ${sql.json({ [marks]: marks })} as reflection from weeks`),
      ],
      [{ theme: true, reward: true, reflection: true }],
    );
    // The name is too long for a child.
    assert.deepEqual(
      (await open()).map(({ error }) => /ck_children_name_length/.test(error)),
      [true],
    );
  });

  test('an update touches only what changed', async () => {
    await save({ habits: [reading, { name: 'B', times: cells('red', 'red') }] });
    const earlier = new Map((await identities()).map((row) => [row.id, JSON.stringify(row)]));
    await sql`update habit_tracker set habits = jsonb_set(habits, '{1,times,1}', '"green"')`;
    const changed = (await identities()).filter((row) => earlier.get(row.id) !== JSON.stringify(row));
    assert.deepEqual(
      changed.map((row) => (row as unknown as { what: string }).what),
      ['2025-10-14green'],
    );
    assert.equal(earlier.size, (await identities()).length);
  });

  test('empty text and JSON on one side, none on the other, is nothing to change', async () => {
    await save({ theme: '' });
    await sql`update weeks set theme = null, reflection = null`;
    const earlier = await identities();
    await sql`update habit_tracker set reward = ' ', reflection = '{"bestDay": "", "deep": {"x": null}}'`;
    assert.deepEqual(await identities(), earlier);
  });

  test('a large reflection that is spelled differently is written rather than walked through, a small one is left', async () => {
    await save();
    for (const [times, follows] of [
      [10, false],
      [10_000, true],
    ] as const) {
      for (const space of ['', ' ']) await sql`update habit_tracker set reflection = ${sql.json({ a: 'x'.repeat(times) + space })}`;
      assert.deepEqual([...(await sql`select w.reflection = h.reflection as same from weeks w, habit_tracker h`)], [{ same: follows }]);
    }
    assert.deepEqual([...(await open())], []);
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
    assert.deepEqual(
      changed.map((row) => (row as unknown as { what: string }).what),
      ['2025-10-14green'],
    );
    assert.ok(
      changed.every(({ id }) => earlier.has(id)),
      'the changed record keeps its id as well',
    );
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
      await transaction
        .savepoint(async (inner) => {
          await inner`delete from habit_tracker`;
          throw new Error('changed my mind');
        })
        .catch(() => undefined);
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
      await transaction
        .savepoint(async (inner) => {
          await save({}, inner);
          throw new Error('changed my mind');
        })
        .catch(() => undefined);
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
    assert.deepEqual(
      rows.map((row) => row['user_id']),
      [user(1), user(2)],
    );
    assert.equal((await sql`select from weeks`).length, 2);
  });

  const failed = async () => (await open()).map(({ legacy_id, error }) => [legacy_id, error]);
  const retry = async (): Promise<number> => (await sql`select retry_dual_write_failures() as resolved`)[0]?.['resolved'];
  const assign = async (child: string, owner: string | null, dryRun: boolean | null = null): Promise<number> =>
    (await sql`select assign_legacy_owner(${child}, ${owner}, ${dryRun}) as rows`)[0]?.['rows'];

  test('a row without owner is followed by nobody, whoever has a child of that name', async () => {
    await sql`insert into children (user_id, name) values (${user(2)}, '민아')`;
    const id = await save({ owner: null });
    assert.deepEqual(await failed(), [[id, 'no_owner: the row has no user_id']]);
    assert.equal(await retry(), 0);
    assert.deepEqual([await failed(), await normalized()], [[[id, 'no_owner: the row has no user_id']], ['민아']]);
    await sql`delete from habit_tracker`;
    assert.deepEqual(await failed(), []);
  });

  test("a stranger who takes the child's name gets nothing of it, and does not disturb whose name it is", async () => {
    await save();
    const old = await save({ owner: null, date: '2025-10-20', theme: 'private' });
    await save({ owner: user(2), date: '2025-10-27', period: 'strange', habits: [] });
    await sql`update habit_tracker set theme = 'still followed' where user_id = ${user(1)}`;
    const weeks = await sql`select user_id, week_start_date::text as date, theme from weeks order by 2`;
    assert.deepEqual(
      weeks.map((week) => ({ ...week })),
      [
        { user_id: user(1), date: '2025-10-13', theme: 'still followed' },
        { user_id: user(2), date: '2025-10-27', theme: null },
      ],
    );
    assert.deepEqual(await failed(), [[old, 'no_owner: the row has no user_id']]);
  });

  test('with row-level security on a stranger sees nothing of a row without owner, whatever he writes', async (t) => {
    const tables = ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records'];
    await sql.unsafe(`grant all on ${tables.join(', ')} to authenticated; grant usage on sequence habit_tracker_id_seq to authenticated;
      create policy own on habit_tracker using (user_id = auth.uid());
      ${tables.map((table) => `alter table ${table} enable row level security;`).join('\n')}`);
    t.after(() => sql.unsafe(`drop policy own on habit_tracker; ${tables.map((table) => `alter table ${table} disable row level security;`).join('\n')}`));
    await save({ owner: null, theme: 'private' });
    await sql.begin(async (transaction) => {
      await transaction.unsafe(`set local role authenticated; set local request.jwt.claim.sub = '${user(2)}'`);
      await transaction`insert into children (user_id, name) values (${user(2)}, '민아')`;
      await save({ owner: user(2), period: 'strange', theme: 'strange' }, transaction);
      await transaction`update habit_tracker set theme = 'defaced', user_id = ${user(2)}`;
      await transaction`delete from weeks`;
      await transaction`delete from habit_tracker`;
    });
    assert.deepEqual(
      (await sql`select theme from habit_tracker`).map(({ theme }) => theme),
      ['private'],
    );
    assert.deepEqual([await normalized(), (await open()).length], [['민아'], 1]);
    await sql`select retry_dual_write_failures(), backfill_legacy_weeks(false)`;
    assert.deepEqual(await normalized(), ['민아']);
  });

  test('a maintainer says whose rows are, and they are brought over', async () => {
    await save({ owner: null, child: ' 민아'.normalize('NFD'), theme: 'hers' });
    await save({ owner: null, date: '2025-10-20' });
    await save({ owner: null, child: 'Mia', date: '2025-10-27' });
    assert.equal(await assign('민아', user(1)), 2);
    assert.equal((await sql`select from habit_tracker where user_id is null`).length, 3);
    assert.equal(await assign('민아', user(1), false), 2);
    assert.deepEqual(await normalized(), [
      '민아 2025-10-13 hers 독서 2025-10-13 green',
      '민아 2025-10-13 hers 독서 2025-10-15 yellow',
      '민아 2025-10-20 독서 2025-10-20 green',
      '민아 2025-10-20 독서 2025-10-22 yellow',
    ]);
    assert.equal((await open()).length, 1, "the other child is still nobody's");
    assert.equal(await assign('민아', user(1), false), 0);
  });

  test('said while the dual-write is off, the retry brings them over', async () => {
    await save({ owner: null });
    await sql`select set_dual_write_mode('off')`;
    assert.equal(await assign('민아', user(1), false), 1);
    assert.deepEqual([await normalized(), (await open()).length], [[], 1]);
    assert.equal(await retry(), 1);
    assert.deepEqual([(await normalized()).length, await failed()], [2, []]);
    assert.equal(await retry(), 0);
  });

  test('rows are not assigned to nobody, nor those of nobody', async () => {
    await assert.rejects(assign('민아', user(99)), /There is no user 00000000/);
    await assert.rejects(assign('민아', null), /There is no user null/);
    await assert.rejects(assign(' ', user(1)), /name of the child is missing/);
  });

  test('a row that gets its owner resolves, and one that loses it opens the failure', async () => {
    const id = await save({ owner: null });
    await sql`update habit_tracker set user_id = ${user(1)}`;
    assert.deepEqual([(await normalized()).length, await failed()], [2, []]);
    await sql`update habit_tracker set user_id = null`;
    assert.deepEqual([await normalized(), await failed()], [['민아'], [[id, 'no_owner: the row has no user_id']]]);
  });

  test('what was once migrated from a row without owner stays when that row goes, and is on record until it is gone as well', async () => {
    await sql`insert into children (user_id, name) values (${user(1)}, '민아')`;
    await sql`insert into weeks (user_id, child_id, week_start_date, week_end_date, source_version)
      select user_id, id, '2025-10-13', '2025-10-19', 'migration' from children`;
    const id = await save({ owner: null });
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker`;
      await save({ owner: null }, transaction);
    });
    const [saved] = await sql`select id::text from habit_tracker`;
    await retry();
    assert.notEqual(saved?.['id'], id);
    assert.deepEqual(await failed(), [[saved?.['id'], 'no_owner: the row has no user_id']]);
    await sql`update habit_tracker set week_start_date = '2025-10-20'`;
    await sql`delete from habit_tracker`;
    assert.deepEqual(await normalized(), ['민아 2025-10-13']);
    assert.match((await open())[0]?.error ?? '', /^no_owner: the row is gone/);
    assert.equal((await open()).length, 1);
    await sql`delete from weeks`;
    assert.equal(await retry(), 1);
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
    assert.deepEqual(
      (await open()).map(({ legacy_id, error }) => [legacy_id, error]),
      [[first, 'duplicate_week']],
    );
    const [health] = await sql`select dual_write_health() as h`;
    assert.deepEqual([health?.['h'].open_failures, health?.['h'].duplicate_weeks], [0, 1]);

    await sql`update habit_tracker set theme = 'first again' where id = ${first}`;
    assert.deepEqual(await theme(), ['first again']);
    assert.deepEqual(
      (await open()).map(({ legacy_id }) => legacy_id),
      [second],
    );

    await sql`delete from habit_tracker where id = ${first}`;
    assert.deepEqual(await theme(), ['second']);
    assert.deepEqual([...(await open())], []);
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
  });

  test('a row that loses one week and then another is on record for the other', async () => {
    const [first, second] = ['2025-10-13', '2025-10-20'];
    for (const date of [first, second]) await save({ date, updatedAt: '9999-01-01' });
    const loser = await save({ date: first, period: 'again', updatedAt: '2025-01-01' });
    await sql`update habit_tracker set week_start_date = ${second} where id::text = ${loser}`;
    assert.deepEqual(
      [...(await sql`select legacy_id, error, payload ->> 'week_start_date' as start from dual_write_failures where resolved_at is null`)],
      [{ legacy_id: loser, error: 'duplicate_week', start: second }],
    );
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
    ['a habit without a name', { habits: [reading, { times: cells() }] }, /^malformed: habits\[1\]\.name is not a name$/],
    ['a habit that is no object', { habits: [reading, 'A'] }, /^malformed: habits\[1\] is not an object$/],
    ['six cells', { habits: [{ name: 'A', times: ['', '', '', '', '', ''] }] }, /habits\[0\]\.times is not seven cells/],
    [
      'more than 200 habits',
      { habits: Array.from({ length: 201 }, (_, index) => ({ name: `A${index}`, times: cells() })) },
      /^malformed: habits has more than 200 elements$/,
    ],
    [
      'a reflection that nobody can walk through',
      { deep: { column: 'reflection', json: `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}` } },
      /^malformed: reflection is nested/,
    ],
    [
      'a cell that nobody can walk through',
      { deep: { column: 'habits', json: `[{"name": "A", "times": ["", "", "", "", "", "", ${'['.repeat(5000)}${']'.repeat(5000)}]}]` } },
      /ck_habit_records_status/,
    ],
    ['no date', { date: null }, /^malformed: week_start_date is missing$/],
    ['an infinite date', { date: 'infinity' }, /^malformed: week_start_date is not between/],
    ['a date before Christ', { date: '0044-03-15 BC' }, /^malformed: week_start_date is not between/],
    ['the first date of all', { date: '4714-11-24 BC' }, /^malformed: week_start_date is not between/],
    ['the year 10000', { date: '10000-01-03' }, /^malformed: week_start_date is not between/],
    ['a week that ends in the year 10000', { date: '9999-12-27' }, /^malformed: the week ends after 9999-12-31$/],
    ['a name without a letter', { child: ' \u3000' }, /ck_children_name_length/],
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
    assert.deepEqual(
      (await open()).map(({ operation, error }) => [operation, error]),
      [['DELETE', 'not now (P0001)']],
    );
    await sql`drop trigger refuse on weeks`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('names that repeat two hundred times get their numbers', async () => {
    await save({ habits: Array.from({ length: 200 }, () => ({ name: 'A', times: cells() })) });
    const names = await sql`select name from habits order by display_order`;
    assert.deepEqual(
      names.map(({ name }) => name),
      ['A', ...Array.from({ length: 199 }, (_, index) => `A (${index + 2})`)],
    );
  });

  test('a row that was bad for good keeps no other from being followed, in one statement and in a retry', async () => {
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
      select ${user(1)}, '민아', i::text, date '2025-01-06' + 7 * i, case i when 2 then '{}' else ${sql.json([reading as never])} end::jsonb
      from generate_series(1, 3) i`;
    assert.equal((await sql`select from weeks`).length, 2);
    assert.deepEqual(
      (await open()).map(({ error }) => error),
      ['malformed: habits is not an array'],
    );
  });

  test('a failure keeps of the row what its week is found by, however often and with whatever it is saved', async () => {
    for (const size of [1_000_000, 2_000_000]) {
      await sql`delete from habit_tracker`;
      await save({ habits: { secret: 'x'.repeat(size) }, theme: 'secret' });
      await sql`update habit_tracker set theme = theme || '!'`;
    }
    const failures = await sql`select payload, attempts from dual_write_failures where resolved_at is null`;
    assert.deepEqual(
      failures.map(({ payload, attempts }) => [Object.keys(payload).sort(), attempts]),
      [[['child_name', 'id', 'user_id', 'week_start_date'], 2]],
    );
  });

  test('what Postgres quotes of the data is not repeated', async () => {
    await sql.unsafe(`create function quote_it() returns trigger language plpgsql as $$ begin perform 'a secret'::int; return new; end $$;
      create trigger quote_it before insert on weeks for each row execute function quote_it()`);
    await save();
    assert.deepEqual(
      (await open()).map(({ error }) => error),
      ['invalid input syntax for type integer: "…" (22P02)'],
    );
    await sql`drop trigger quote_it on weeks`;
  });
});

describe("the end of a caller's time", () => {
  /** Every week takes this long to write. */
  async function dawdle(seconds: number, work: () => Promise<void>): Promise<void> {
    await sql.unsafe(`create or replace function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(${seconds}); return new; end $$;
      create trigger dawdle before insert on weeks for each row execute function dawdle()`);
    try {
      await work();
    } finally {
      await sql`drop trigger dawdle on weeks`;
    }
  }
  const many = (on: postgres.Sql | postgres.TransactionSql, rows: number) => on`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
    select ${user(1)}, '민아', i::text, date '2020-01-06' + 7 * i, ${sql.json([reading as never])} from generate_series(1, ${rows}) i`;

  test('a statement timeout ends the statement, which leaves nothing', async () => {
    await dawdle(60, async () => {
      await assert.rejects(
        sql.begin(async (transaction) => {
          await transaction`set local statement_timeout = '300ms'`;
          await save({}, transaction);
        }),
        /canceling statement due to statement timeout/,
      );
    });
    assert.equal((await sql`select from habit_tracker`).length, 0);
    assert.deepEqual([...(await open())], []);
  });

  for (const [what, work] of [
    ['an insert', () => save({ date: '2025-10-20' })],
    ['a commit', () => sql.begin((transaction) => transaction`delete from habit_tracker`)],
  ] as const) {
    test(`${what} that is cancelled ends, and leaves everything as it was`, async () => {
      await save();
      const earlier = await sql`select to_jsonb(h) as row from habit_tracker h`;
      await sql.unsafe(`create or replace function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return coalesce(new, old); end $$;
        create trigger dawdle before insert or delete on weeks for each row execute function dawdle()`);
      const ended = work().then(
        () => 'done',
        (error: Error) => error.message,
      );
      let cancelled = 0;
      while (cancelled === 0) {
        const found = await sql`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
        cancelled = found.length;
      }
      assert.equal(await ended, 'canceling statement due to user request');
      await sql`drop trigger dawdle on weeks`;
      assert.deepEqual([...(await sql`select to_jsonb(h) as row from habit_tracker h`)], [...earlier]);
      assert.equal((await sql`select from weeks`).length, 1);
      assert.deepEqual([...(await open())], []);
    });
  }

  test('before it ends the trigger stops, and what is left of the rows is on record', async () => {
    await dawdle(0.1, async () => {
      await sql.begin(async (transaction) => {
        await transaction`set local statement_timeout = '6s'`;
        await many(transaction, 200);
      });
    });
    const failures = await open();
    assert.ok(failures.length > 100 && failures.every(({ error }) => error === 'no_time: the statement was about to time out'));
    const [weeks] = await sql`select count(*)::int as count, array_agg(week_start_date::text) as dates from weeks`;
    assert.equal(weeks?.['count'] + failures.length, 200, 'each row is followed or on record, none is both');

    await sql`update habit_tracker set theme = 'later' where week_start_date = (select max(week_start_date) from habit_tracker)`;
    assert.equal((await open()).length, failures.length - 1, 'saved again, it is followed');
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: failures.length - 1 }]);
    assert.equal((await sql`select from weeks`).length, 200);
  });

  test('rows that are moved without time to follow them are on record with the weeks that they leave', async () => {
    await many(sql, 3);
    await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '30s'`;
      // The statement begins when its text arrives; what sleeps first leaves the trigger no time.
      await transaction`with slow as materialized (select pg_sleep(11)) update habit_tracker set week_start_date = week_start_date + 70 from slow`;
    });
    assert.equal((await open()).length, 6);
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 6 }]);
    const dates = await sql`select week_start_date::text as date from weeks order by 1`;
    assert.deepEqual(
      dates.map(({ date }) => date),
      ['2020-03-23', '2020-03-30', '2020-04-06'],
    );
  });

  test('rows that are deleted without time to follow them are put on record and not looked at, since no commit times out', async () => {
    await many(sql, 50);
    const connection = await sql.reserve();
    try {
      await connection.unsafe(`set statement_timeout = '3s'; set track_functions = 'all'; select pg_stat_reset()`);
      await connection`with slow as materialized (select pg_sleep(1.2)) delete from habit_tracker using slow`;
      await connection`select pg_stat_force_next_flush()`;
      assert.deepEqual(
        (await connection`select calls::int from pg_stat_user_functions where funcname = 'dual_write_may_sync'`).map(({ calls }) => calls),
        [1],
      );
    } finally {
      await connection.unsafe('reset all');
      connection.release();
    }
    const failures = await open();
    assert.ok(failures.length === 50 && failures.every(({ operation, error }) => operation === 'DELETE' && error.startsWith('no_time')));
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 50 }]);
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('a lock that another transaction holds is waited for once, not for each row', async () => {
    await sql.begin(async (holder) => {
      await holder`select dual_write_lock(${user(1)}, '민아')`;
      await sql.begin(async (transaction) => {
        await transaction`set local statement_timeout = '20s'`;
        await many(transaction, 100);
      });
    });
    assert.ok(
      (await open()).length === 100 &&
        (await open()).every(({ error }) => /^lock timeout: another transaction is changing this child's weeks \(55P03\)$/.test(error)),
    );
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 100 }]);
  });

  test('nor for each of the two weeks of a row that moves', async (t) => {
    t.after(() => sql`drop trigger note_wait on dual_write_failures; drop function note_wait; drop table waits`.simple());
    await sql`
      create table waits (lock_timeout text);
      create function note_wait() returns trigger language plpgsql as $$ begin
        insert into public.waits values (current_setting('lock_timeout'));
        return new;
      end $$;
      create trigger note_wait before insert on dual_write_failures for each row execute function note_wait()`.simple();
    await save({ child: 'Mia' });
    await sql.begin(async (holder) => {
      await holder`select dual_write_lock(${user(1)}, 'Mia'), dual_write_lock(${user(1)}, 'Zoe')`;
      await sql`update habit_tracker set child_name = 'Zoe'`;
    });
    assert.deepEqual(
      (await sql`select lock_timeout from waits`).map((row) => row['lock_timeout']),
      ['2s', '1ms'],
    );
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 2 }]);
  });

  test('a write while nobody can read the mode stays, and is on record until a retry has looked', async () => {
    const gone = await save({ date: '2025-10-20' });
    await sql.begin(async (holder) => {
      await holder`lock table dual_write_settings`;
      await save();
      await sql`delete from habit_tracker where id::text = ${gone}`;
    });
    assert.deepEqual(
      (await open()).map(({ operation, error }) => [operation, error]),
      ['INSERT', 'DELETE'].map((operation) => [operation, 'canceling statement due to lock timeout (55P03)']),
    );
    await sql`select retry_dual_write_failures()`;
    assert.deepEqual([[...(await open())], [...(await sql`select week_start_date::text as start from weeks`)]], [[], [{ start: '2025-10-13' }]]);
  });

  test('whoever holds the settings is waited for once in a statement, not for each of its rows', async () => {
    await sql.begin(async (holder) => {
      await holder`lock table dual_write_settings`;
      await sql.begin(async (transaction) => {
        await transaction`set local statement_timeout = '20s'`;
        await transaction`
          insert into habit_tracker (user_id, child_name, week_period, week_start_date)
          select ${user(1)}, 'Mia', i::text, date '2020-01-06' + 7 * i from generate_series(1, 100) i`;
      });
      await sql.begin((transaction) => transaction`delete from habit_tracker`);
      await sql`set lock_timeout = '20s'; truncate habit_tracker`.simple();
    });
    assert.deepEqual(
      [...Map.groupBy(await open(), ({ operation }) => operation)].map(([operation, { length }]) => [operation, length]),
      [
        ['DELETE', 100],
        ['TRUNCATE', 1],
      ],
    );
  });

  describe('a transaction that holds as many locks as there is room for', () => {
    /** In place of that many children: the server counts any lock of this kind. */
    const crowd = (on: postgres.TransactionSql, locks = 1999) =>
      on`select pg_advisory_xact_lock(i), set_config('dual_write.locks', '2000', true) from generate_series(1, ${locks}::int) i`;
    const insert = (on: postgres.Sql | postgres.TransactionSql, name: string) => on`
      insert into habit_tracker (user_id, child_name, week_period, week_start_date)
      select ${user(1)}, ${name} || case when ${name} = 'child ' then i::text else '' end, i::text, date '2020-01-06' + 7 * i from generate_series(1, 4) i`;

    test('follows one more child, puts the others on record, and leaves them to the retry', async () => {
      await sql.begin(async (transaction) => {
        await crowd(transaction);
        await insert(transaction, 'child ');
      });
      assert.equal((await normalized()).length, 1);
      assert.deepEqual(
        (await open()).map(({ error }) => error),
        Array.from({ length: 3 }, () => 'no_room: the transaction changes the weeks of more than 2,000 children'),
      );
      assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 3 }]);
      assert.equal((await normalized()).length, 4);

      await sql.begin(async (transaction) => {
        await crowd(transaction);
        await transaction`delete from habit_tracker`;
      });
      assert.deepEqual([(await open()).length, (await sql`select from weeks`).length], [3, 3]);
    });

    test('follows all weeks of the last child', async () => {
      await sql.begin(async (transaction) => {
        await crowd(transaction, 1998);
        await insert(transaction, 'Mia');
      });
      assert.deepEqual([(await open()).length, (await normalized()).length], [0, 4]);
    });

    test('does not count its locks again for each row', async () => {
      await sql.begin(async (transaction) => {
        await transaction`select pg_advisory_lock(i), set_config('dual_write.locks', '2000', true) from generate_series(1, 2000) i`;
        await transaction.savepoint(async (saved) => insert(saved, 'child '));
        await transaction`select pg_advisory_unlock_all()`;
        await save({}, transaction);
      });
      assert.deepEqual([(await open()).length, (await normalized()).length], [5, 0]);
    });

    test('ends a backfill, and the next one goes on', async () => {
      await sql`select set_dual_write_mode('off')`;
      await sql.begin((transaction) => insert(transaction, 'child '));
      await sql.begin(async (transaction) => {
        await crowd(transaction);
        assert.equal((await transaction`select from backfill_legacy_weeks(false)`).length, 1);
      });
      assert.equal((await sql`select from backfill_legacy_weeks(false)`).length, 3);
    });

    test('does not end a dry run, which keeps no lock', async () => {
      await sql`select set_dual_write_mode('off')`;
      await sql.begin((transaction) => insert(transaction, 'child '));
      await sql.begin(async (transaction) => {
        await crowd(transaction);
        assert.equal((await transaction`select from backfill_legacy_weeks()`).length, 4);
      });
    });

    test('does not let a backfill that only resolves failures seem to be finished', async () => {
      await insert(sql, 'child ');
      await sql`
        insert into dual_write_failures (operation, legacy_id, error, payload)
        select 'INSERT', id::text, 'lock timeout', dual_write_payload(to_jsonb(h)) from habit_tracker h`;
      const answers = async (on: postgres.Sql | postgres.TransactionSql, isDry: boolean) =>
        (await on`select action, reason, habits, records from backfill_legacy_weeks(${isDry})`).map((row) => Object.values(row).join(', '));
      const update = 'update, differs: what is on record, 0, 0';
      assert.deepEqual(await answers(sql, true), [update, update, update, update]);
      await sql.begin(async (transaction) => {
        await crowd(transaction);
        assert.deepEqual(await answers(transaction, false), [update]);
      });
      assert.deepEqual(await answers(sql, false), [update, update, update]);
      assert.deepEqual([await answers(sql, false), [...(await open())]], [[], []]);
    });
  });

  test('what a bulk write puts on record again while a retry looks at the week stays on record', async () => {
    await save({ theme: 'first' });
    const writer = await sql.reserve();
    /** Locks that leave no room: the row is put on record without a look at its week. */
    const update = async (theme: string): Promise<void> => {
      await writer`begin`;
      await writer`select pg_advisory_xact_lock(i), set_config('dual_write.locks', '2000', true) from generate_series(1, 2000) i`;
      await writer`update habit_tracker set theme = ${theme}`;
    };
    try {
      await update('second');
      await writer`commit`;
      assert.deepEqual(
        (await open()).map(({ attempts }) => attempts),
        [1],
      );
      await update('third');
      assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
      await writer`commit`;
    } finally {
      writer.release();
    }
    assert.deepEqual(
      (await open()).map(({ attempts }) => attempts),
      [2],
    );
    await sql`select retry_dual_write_failures()`;
    assert.equal((await open()).length, 0);
    assert.deepEqual([...(await sql`select theme from weeks`)], [{ theme: 'third' }]);
  });

  test('a failure whose record another transaction holds is on record all the same', async () => {
    await save({ habits: 'nonsense' });
    await sql.begin(async (holder) => {
      await holder`update dual_write_failures set attempts = attempts`;
      await sql`update habit_tracker set theme = 'again'`;
    });
    assert.equal((await open()).length, 2);
  });

  for (const repair of ['backfill_legacy_weeks(false)', 'retry_dual_write_failures()']) {
    test(`what is put on record again while ${repair} looks at the week stays on record`, async () => {
      await save({ theme: 'first' });
      const [holder, writer] = [await sql.reserve(), await sql.reserve()];
      const pidOf = async (of: postgres.ReservedSql): Promise<number> => (await of`select pg_backend_pid() as pid`)[0]?.['pid'];
      const blocked = async (pid: number, by: number): Promise<boolean> => (await sql`select ${by} = any (pg_blocking_pids(${pid})) as so`)[0]?.['so'];
      try {
        await holder`begin`;
        await holder`select dual_write_lock(${user(1)}, '민아')`;
        await sql`update habit_tracker set theme = 'second'`;
        await writer`begin`;
        await writer`update habit_tracker set theme = 'third'`;
        assert.deepEqual(
          (await open()).map(({ attempts }) => attempts),
          [1],
          'on record once, and the second time is not committed yet',
        );
        const pids = [await pidOf(holder), await pidOf(writer)] as const;
        const repaired = holder.unsafe(`select * from ${repair}`).then(() => true);
        while (!(await Promise.race([repaired, blocked(...pids)])));
        await writer`commit`;
        await repaired;
        await holder`commit`;
      } finally {
        holder.release();
        writer.release();
      }
      assert.equal((await open()).length, 1);
      await sql`select retry_dual_write_failures()`;
      assert.equal((await open()).length, 0);
      assert.deepEqual([...(await sql`select theme from weeks`)], [{ theme: 'third' }]);
    });
  }
});

describe('retries', () => {
  const retry = async (limit: number): Promise<number> => (await sql`select retry_dual_write_failures(${limit}) as resolved`)[0]?.['resolved'];
  const broken = (owner: string, rows: number) => sql`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
    select ${owner}, '민아', ${owner} || i::text, date '2020-01-06' + 7 * i, '{}' from generate_series(1, ${rows}) i`;
  /** While the dual-write is off, so that only the retry can notice. */
  async function mend(owner: string): Promise<void> {
    await sql`select set_dual_write_mode('off')`;
    await sql`update habit_tracker set habits = ${sql.json([reading as never])} where user_id = ${owner}`;
  }

  test("nobody's broken rows hold up another's", async () => {
    await broken(user(1), 50);
    await broken(user(2), 1);
    await mend(user(2));
    assert.equal(await retry(2), 1);
  });

  test('one that failed often has its turn beside many of another that are new', async () => {
    await broken(user(2), 1);
    await sql`update dual_write_failures set attempts = 9, tried_at = now() - interval '1 day'`;
    await broken(user(1), 50);
    await mend(user(2));
    assert.equal(await retry(2), 1);
  });

  test('those that were tried least often come first, and those that just failed last', async () => {
    await broken(user(1), 3);
    const attempts = async () => (await open()).map((failure) => failure.attempts);
    await retry(2);
    assert.deepEqual(await attempts(), [2, 2, 1]);
    await retry(1);
    assert.deepEqual(await attempts(), [2, 2, 2]);
    await sql`update dual_write_failures set tried_at = now() - interval '1 day', attempts = 7 where id = (select max(id) from dual_write_failures)`;
    await retry(1);
    assert.deepEqual(await attempts(), [2, 2, 8]);
    await retry(3);
    assert.deepEqual(await attempts(), [3, 3, 9], 'where there is room, nothing has to wait');
  });
});

describe('what is forgotten', () => {
  const payloads = async () => (await sql`select payload from dual_write_failures order by id`).map(({ payload }) => payload.child_name ?? null);
  const cleanUp = () => sql`select cleanup_idempotency_log()`;
  const duplicates = async () =>
    (await sql`select payload ->> 'week_start_date' as date from dual_write_failures where resolved_at is null and error = 'duplicate_week'`).map(
      ({ date }) => date,
    );

  test('failures that were resolved a month ago', async () => {
    await save({ habits: 'nonsense' });
    await sql`update dual_write_failures set resolved_at = now() - interval '29 days', created_at = now() - interval '400 days'`;
    await cleanUp();
    assert.equal((await sql`select from dual_write_failures`).length, 1);
    await sql`update dual_write_failures set resolved_at = now() - interval '31 days'`;
    await cleanUp();
    assert.equal((await sql`select from dual_write_failures`).length, 0);
  });

  test('a duplicate whose row went unseen, and none whose row is there', async () => {
    for (const [date, period] of [
      ['2025-10-13', 'first'],
      ['2025-10-20', 'second'],
    ] as const)
      for (const which of ['older', 'newer']) await save({ date, period: `${period} ${which}` });
    await sql`select set_dual_write_mode('off')`;
    await sql`delete from habit_tracker where week_start_date = '2025-10-13'`;
    await cleanUp();
    assert.deepEqual(await duplicates(), ['2025-10-20']);
  });

  test('a duplicate whose child was deleted, which is on record again while there are two rows and no longer than that', async () => {
    for (const which of ['older', 'newer']) await save({ date: '2025-10-13', period: which });
    await sql`delete from children`;
    await sql`select * from backfill_legacy_weeks(false)`;
    await cleanUp();
    assert.deepEqual(await duplicates(), ['2025-10-13']);
    await sql`update habit_tracker set week_start_date = '2025-10-20' where week_period = 'older'`;
    assert.deepEqual(await duplicates(), []);
  });

  test('what failures say about a child that is deleted, and nothing about another', async () => {
    await save({ date: '2025-10-06' });
    await save({ date: '2025-10-06', child: 'Mia' });
    await save({ habits: 'nonsense', child: '민아 '.normalize('NFD') });
    await save({ habits: 'nonsense', child: 'Mia' });
    await sql`delete from children where name = '민아'`;
    assert.deepEqual(await payloads(), [null, 'Mia']);
  });

  test('not while the child is there in another spelling, so that the retry still finds the week', async () => {
    await save({ child: 'Mia' });
    await sql`insert into children (user_id, name) values (${user(1)}, 'Mia ')`;
    await sql.begin(async (holder) => {
      await holder`select dual_write_lock(${user(1)}, 'Mia')`;
      await sql`delete from habit_tracker`;
    });
    await sql`delete from children where name = 'Mia '`;
    assert.deepEqual(await payloads(), ['Mia']);
    await sql`select retry_dual_write_failures()`;
    assert.deepEqual([(await open()).length, await normalized()], [0, ['Mia']]);
  });

  test('what failures say about a user who is deleted, resolved or not', async () => {
    await sql`insert into auth.users (id) values (${user(3)})`;
    await save({ owner: user(3), habits: 'nonsense' });
    await save({ owner: user(3), habits: 'nonsense', date: '2025-10-20' });
    await sql`update dual_write_failures set resolved_at = now() where id = (select max(id) from dual_write_failures)`;
    await sql`delete from auth.users where id = ${user(3)}`;
    assert.deepEqual(await payloads(), [null, null]);
  });

  test('and whoever deletes a child or user waits for nobody who works on them', async () => {
    await sql`insert into auth.users (id) values (${user(3)})`;
    for (const owner of [user(1), user(3)]) {
      await sql`insert into children (user_id, name) values (${owner}, '민아')`;
      await save({ owner, habits: 'nonsense', period: owner });
    }
    await sql.begin(async (retry) => {
      await retry`update dual_write_failures set tried_at = now()`;
      await sql`delete from children where user_id = ${user(1)}`;
      await sql`delete from auth.users where id = ${user(3)}`;
    });
    assert.deepEqual(await payloads(), ['민아', '민아']);
    await sql`delete from habit_tracker`;
    await cleanUp();
    assert.deepEqual(await payloads(), [null, null]);
  });

  test('where deletes go unseen the cleanup finds it', async () => {
    await save({ habits: 'nonsense' });
    await save({ owner: null, date: '2025-10-20' });
    await save({ owner: user(98), date: '2025-11-03' });
    await sql.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`;
      await transaction`delete from habit_tracker`;
    });
    await cleanUp();
    assert.deepEqual(await payloads(), [null, null, null]);
  });

  test('one that no longer says what it is about goes by the row, and is done with when that is gone', async () => {
    await save({ habits: 'nonsense' });
    await save({ habits: 'nonsense', date: '2025-10-20' });
    await sql`update dual_write_failures set payload = '{}'`;
    await sql.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`;
      await transaction`delete from habit_tracker where week_start_date = '2025-10-20'`;
    });
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    assert.deepEqual(
      (await open()).map(({ error }) => error),
      ['malformed: habits is not an array'],
    );
  });
});

describe('a truncated legacy table', () => {
  test('is on record while weeks stand that were brought over, and until they are gone or claimed again', async () => {
    await save();
    const [week] = await sql`select to_jsonb(h) as row from habit_tracker h`;
    await sql`truncate habit_tracker`;
    assert.deepEqual(
      (await open()).map(({ operation, legacy_id }) => [operation, legacy_id]),
      [['TRUNCATE', null]],
    );
    await sql`truncate habit_tracker`;
    assert.equal((await open()).length, 1);
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
    assert.equal((await sql`select from weeks`).length, 1);

    await sql`insert into habit_tracker select * from jsonb_populate_record(null::habit_tracker, ${sql.json(week?.['row'])})`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
    await sql`truncate habit_tracker`;
    await sql`delete from weeks`;
    assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
  });

  test('is no failure where nothing was brought over, the dual-write is off or the trigger disabled', async () => {
    await sql`truncate habit_tracker`;
    await save();
    await sql`select set_dual_write_mode('off')`;
    await sql`truncate habit_tracker`;
    await sql`select set_dual_write_mode('on')`;
    await sql`alter table habit_tracker disable trigger trigger_habit_tracker_dual_write`;
    await sql`truncate habit_tracker`;
    await sql`alter table habit_tracker enable trigger trigger_habit_tracker_dual_write`;
    assert.deepEqual([...(await open())], []);
  });
});

test('a sync that row-level security would blind is a failure on record', async () => {
  const other = await createDatabase(server);
  await other.sql.unsafe(`
    insert into auth.users (id) values ('${user(1)}');
    select set_dual_write_mode('on');
    insert into habit_tracker (user_id, child_name, week_start_date) values ('${user(1)}', 'Mia', '2025-10-13');
    create role owner_without_rights nologin;
    grant all on all tables in schema public to owner_without_rights; grant usage on schema public, auth to owner_without_rights;
    grant execute on all functions in schema public to owner_without_rights;
    alter function sync_old_to_new() owner to owner_without_rights; alter function dual_write_after_delete() owner to owner_without_rights;
    alter function dual_write_after_truncate() owner to owner_without_rights; alter function retry_dual_write_failures(int) owner to owner_without_rights;
    alter table weeks enable row level security; alter table weeks force row level security;
    delete from habit_tracker;`);
  await other.sql`truncate habit_tracker`;
  const blinded = 'query would be affected by row-level security policy for table "weeks" (42501)';
  const truncated = 'truncated: the rows of habit_tracker are gone, and the weeks that they were brought to are not';
  const failures = () => other.sql`select error from dual_write_failures where resolved_at is null order by id`;
  assert.deepEqual(
    (await failures()).map(({ error }) => error),
    [blinded, truncated],
  );
  assert.deepEqual([...(await other.sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 0 }]);
  assert.deepEqual(
    (await failures()).map(({ error }) => error),
    [blinded, truncated],
  );
  await other.close();
  await sql`drop role owner_without_rights`;
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
    (
      [
        ['A', 'B', '2025-10-06'],
        ['B', 'A', '2025-10-13'],
      ] as const
    ).map(([first, second, date]) =>
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

test('the lock of a child makes no deadlock of what the old app would have waited for', async () => {
  for (const child of ['A', 'B']) for (const date of ['2025-10-06', '2025-10-13']) await save({ child, date });
  const touch = (on: postgres.TransactionSql, child: string, date: string) =>
    on`update habit_tracker set theme = 'changed' where child_name = ${child} and week_start_date = ${date}`;
  /** Whether somebody waits for a row that this transaction holds. */
  const isWaitedFor = async () => (await sql`select from pg_stat_activity where wait_event = 'transactionid' and datname = current_database()`).length > 0;
  let second: Promise<unknown> | undefined;
  await sql.begin(async (first) => {
    await touch(first, 'B', '2025-10-06');
    second = sql.begin(async (transaction) => {
      await touch(transaction, 'A', '2025-10-06');
      await touch(transaction, 'B', '2025-10-06');
    });
    while (!(await isWaitedFor()));
    // The second one, which waits for a row of this one, has the lock of A.
    await touch(first, 'A', '2025-10-13');
  });
  await second;
  assert.equal((await sql`select from habit_tracker where theme = 'changed'`).length, 3);
  assert.deepEqual(
    (await open()).map(({ error }) => error.replace(/:.*/, '')),
    ['lock timeout'],
  );
});

test('what a transaction with an older snapshot cannot follow is on record, and its write stays', async () => {
  await sql`update dual_write_settings set week_alignment = 'monday'`;
  await save({ theme: 'first' });
  await sql.begin('isolation level repeatable read', async (transaction) => {
    await transaction`select from habit_tracker`;
    await sql`update habit_tracker set theme = 'second'`;
    await save({ date: '2025-10-14', theme: 'third', updatedAt: '2099-01-01T00:00:00Z' }, transaction);
  });
  assert.deepEqual(
    (await open()).map(({ error }) => error),
    ['could not serialize access due to concurrent update (40001)'],
  );
  assert.deepEqual([...(await sql`select retry_dual_write_failures() as resolved`)], [{ resolved: 1 }]);
  assert.deepEqual(
    (await sql`select theme from weeks`).map(({ theme }) => theme),
    ['third'],
  );
});

test('what a transaction with an older snapshot only seems to agree with is on record, until a retry with a new one has looked', async () => {
  await save();
  const isolated = 'isolated: the transaction may not have seen what others changed, so that the retry looks again';
  await sql.begin('isolation level repeatable read', async (transaction) => {
    await transaction`select from habit_tracker`;
    await sql`delete from habit_tracker`;
    await save({ period: 'new' }, transaction);
    await transaction`update habit_tracker set week_period = 'newer' where week_period = 'new'`;
  });
  assert.deepEqual(await normalized(), ['민아'], 'the week is gone, and the transaction did not see it go');
  assert.ok((await open()).every(({ error }) => error === isolated || error === 'duplicate_week'));

  await sql.begin('isolation level repeatable read', async (transaction) => {
    await transaction`truncate habit_tracker`;
    assert.equal((await transaction`select retry_dual_write_failures() as resolved`)[0]?.['resolved'], 0);
    await save({}, transaction);
  });
  assert.deepEqual(new Set((await open()).map(({ operation }) => operation)), new Set(['INSERT', 'TRUNCATE']));

  await sql`select retry_dual_write_failures()`;
  assert.deepEqual([...(await open())], []);
  assert.equal((await normalized()).length, 2);
});

test('what is on record and was changed since by another transaction is put on record once more', async () => {
  await save({ habits: 'none' });
  await sql.begin('isolation level repeatable read', async (transaction) => {
    await transaction`select from habit_tracker`;
    await sql`update dual_write_failures set attempts = attempts + 1`;
    await transaction`update habit_tracker set theme = 'changed'`;
  });
  assert.deepEqual(
    (await open()).map(({ operation, attempts }) => [operation, attempts]),
    [
      ['INSERT', 2],
      ['UPDATE', 1],
    ],
  );
  // One of them used to keep what it said first, and to be retried first for ever.
  await sql`update dual_write_failures set error = 'lock timeout' where attempts = 1`;
  await sql`select retry_dual_write_failures()`;
  assert.ok((await open()).every(({ error, attempts }) => error === 'malformed: habits is not an array' && attempts > 2));
  await sql`update habit_tracker set habits = '[]'`;
  assert.deepEqual([...(await open())], []);
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
  await other.sql.begin(async (transaction) => {
    await transaction`set local statement_timeout = '3s'`;
    await transaction`with slow as materialized (select pg_sleep(1.2)) update habit_tracker set week_period = week_period || '.' from slow`;
  });
  await other.sql`select retry_dual_write_failures()`;
  await other.sql`delete from habit_tracker where week_start_date = '2025-10-13'`;
  const weeks = await other.sql`select week_start_date::text as date, theme from weeks order by 1`;
  assert.deepEqual(
    weeks.map(({ date, theme }) => [date, theme]),
    [
      ['2025-10-20', null],
      ['2025-10-27', 'x'],
    ],
  );
  assert.equal((await other.sql`select from dual_write_failures where resolved_at is null`).length, 0);
  await other.close();
});

test('a column of the legacy table that comes and goes while a connection is open keeps nothing from being followed', async (t) => {
  const other = await createDatabase(server);
  t.after(() => other.close());
  await other.sql`insert into auth.users (id) values (${user(1)})`;
  await other.sql`update dual_write_settings set mode = 'on', week_alignment = 'monday'`;
  const connection = await other.sql.reserve();
  let number = 0;
  const perform = async (operation: string, data: Record<string, unknown> = {}): Promise<number> => {
    const request = { user: user(1), service: false, key: crypto.randomUUID(), operation, elapsed_ms: 0 };
    const week = { child_name: `Mia ${number}`, week_start_date: '2025-10-15', habits: [reading], ...data };
    const [row] = await connection`select dual_write_operation(${JSON.stringify({ ...request, data: week })}) -> 'status' as status`;
    return row?.['status'];
  };
  for (const change of ['add column color text', 'drop column color', 'add column color text']) {
    number += 1;
    assert.equal(await perform('create_week'), 201, change);
    assert.equal(await perform('update_habit_record', { habit_name: '독서', day: 1, status: 'red', week_start_date: '2025-10-13' }), 200, change);
    for (const period of ['first', 'second']) {
      await connection`
        insert into habit_tracker (user_id, child_name, week_period, week_start_date)
        values (${user(1)}, ${`Zoe ${number}`}, ${period}, '2025-10-14')`;
    }
    assert.equal(await perform('verify_consistency'), 200, change);
    assert.equal(await perform('delete_week'), 200, change);
    await other.sql.unsafe(`alter table habit_tracker ${change}`);
  }
  connection.release();
  assert.deepEqual(
    (await other.sql`select error from dual_write_failures`).map(({ error }) => error),
    ['duplicate_week', 'duplicate_week', 'duplicate_week'],
  );
  assert.equal((await other.sql`select from weeks`).length, 3);
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
