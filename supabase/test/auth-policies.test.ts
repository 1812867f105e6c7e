import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import { runAs, createDatabase, startPostgres, supabaseDefaults, tables, user, type Database } from './server.ts';

/**
 * What the API's roles can do with the tables, under Supabase's own default privileges. `mine` is what belongs to the user who
 * asks, `theirs` to another family.
 */

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Database;
let sql: postgres.Sql;
before(async () => {
  server = await startPostgres();
  database = await createDatabase(server, { prepare: supabaseDefaults });
  sql = database.sql;
  await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
});
after(async () => {
  await database?.close();
  await server?.stop();
});

const rowLevelSecurity = (verb: 'enable' | 'disable', names: readonly string[] = tables) =>
  sql.unsafe(names.map((table) => `alter table ${table} ${verb} row level security;`).join('\n'));

type Family = Record<'legacy' | 'child' | 'week' | 'habit' | 'record' | 'template' | 'notification', string>;
let mine: Family;
let theirs: Family;

async function settle(number: number): Promise<Family> {
  await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits)
    values (${user(number)}, 'Mia', ${`${number}`}, '2025-10-13', 'autumn', '[{"id": 1, "name": "Reading", "times": ["green", "", "", "", "", "", ""]}]')`;
  const [row] = await sql<Family[]>`
    with template as (insert into habit_templates (user_id, name) values (${user(number)}, 'Mornings') returning id),
      notification as (insert into notifications (user_id, from_user_id, message) values (${user(number)}, ${user(3 - number)}, 'Well done') returning id)
    select h.id::text as legacy, c.id as child, w.id as week, s.id as habit, r.id as record, t.id as template, n.id as notification
    from habit_tracker h join children c on c.user_id = h.user_id join weeks w on w.child_id = c.id
      join habits s on s.week_id = w.id join habit_records r on r.habit_id = s.id, template t, notification n
    where h.user_id = ${user(number)}`;
  assert.ok(row);
  return { ...row };
}

beforeEach(async () => {
  await rowLevelSecurity('disable');
  await sql.unsafe('truncate habit_tracker, children, weeks, habits, habit_records, habit_templates, notifications, dual_write_failures cascade');
  await sql`select set_dual_write_mode('on')`;
  [mine, theirs] = [await settle(1), await settle(2)];
});

const asMe = (statement: string, keep = false) => runAs(sql, 'authenticated', statement, { as: user(1), keep });
/** All that the other family has, on both sides. */
const whatTheyHave = async () => [
  ...(await sql`select to_jsonb(h) from habit_tracker h where user_id = ${user(2)}`),
  ...(await sql`select to_jsonb(c), to_jsonb(w), to_jsonb(h), to_jsonb(r) from children c join weeks w on w.child_id = c.id join habits h on h.week_id = w.id
    join habit_records r on r.habit_id = h.id where c.user_id = ${user(2)}`),
];

describe('with row-level security on all seven tables', () => {
  beforeEach(() => rowLevelSecurity('enable'));

  test('a user reads and writes what is hers, on both sides', async () => {
    for (const table of tables) {
      const rows = await asMe(`select id::text from ${table}`);
      assert.equal(rows.length, 1, table);
      assert.ok(typeof rows !== 'string' && Object.values(mine).includes(rows[0]?.['id']), table);
    }
    await asMe(`update habit_tracker set theme = 'winter'`, true);
    assert.deepEqual([...(await sql`select theme from weeks where user_id = ${user(1)}`)], [{ theme: 'winter' }], 'and the trigger follows');
    assert.equal((await asMe(`insert into habit_templates (user_id, child_id, name) values ('${user(1)}', '${mine.child}', 'x') returning id`)).length, 1);
    assert.equal((await asMe(`update weeks set template_id = '${mine.template}' returning id`)).length, 1);
    assert.equal((await asMe(`update notifications set is_read = true returning id`)).length, 1, 'what another one sent can be marked as read');
  });

  test('anybody without an account reads and writes nothing, and empties nothing', async () => {
    for (const table of tables) {
      assert.deepEqual(await runAs(sql, 'anon', `select * from ${table}`), [], table);
      assert.deepEqual(await runAs(sql, 'anon', `delete from ${table} returning id`), [], table);
      for (const role of ['anon', 'authenticated'] as const)
        assert.match(String(await runAs(sql, role, `truncate ${table} cascade`, { as: user(1) })), /permission denied/);
    }
    assert.deepEqual(await runAs(sql, 'anon', `update habit_tracker set theme = 'defaced' returning id`), []);
    for (const owner of [`'${user(2)}'`, 'null']) {
      assert.match(String(await runAs(sql, 'anon', `insert into habit_tracker (user_id, child_name) values (${owner}, 'Mia')`)), /row-level security/);
    }
  });

  test("nobody writes a legacy row in the name of another user, nor in nobody's", async () => {
    for (const owner of [`'${user(2)}'`, 'null']) {
      assert.match(
        String(await asMe(`insert into habit_tracker (user_id, child_name, week_start_date) values (${owner}, 'Mia', '2025-10-20')`)),
        /row-level security/,
      );
      assert.match(String(await asMe(`update habit_tracker set user_id = ${owner}`)), /row-level security/);
    }
  });

  test('no row names a row of another family, neither a new one nor one that is moved', async () => {
    const me = `'${user(1)}'`;
    const refused = [
      `insert into children (user_id, name) values ('${user(2)}', 'x')`,
      `update children set user_id = '${user(2)}'`,
      `insert into weeks (user_id, child_id, week_start_date, week_end_date) values (${me}, '${theirs.child}', '2025-10-20', '2025-10-26')`,
      `insert into weeks (user_id, child_id, week_start_date, week_end_date) values ('${user(2)}', '${mine.child}', '2025-10-20', '2025-10-26')`,
      `insert into weeks (user_id, child_id, week_start_date, week_end_date, template_id) values (${me}, '${mine.child}', '2025-10-20', '2025-10-26', '${theirs.template}')`,
      `update weeks set child_id = '${theirs.child}'`,
      `update weeks set user_id = '${user(2)}'`,
      `update weeks set template_id = '${theirs.template}'`,
      `insert into habits (week_id, name) values ('${theirs.week}', 'x')`,
      `update habits set week_id = '${theirs.week}', name = 'x'`,
      `insert into habit_records (habit_id, record_date, status) values ('${theirs.habit}', '2025-10-14', 'red')`,
      `update habit_records set habit_id = '${theirs.habit}', record_date = '2025-10-14'`,
      `insert into habit_templates (user_id, name) values ('${user(2)}', 'x')`,
      `insert into habit_templates (user_id, child_id, name) values (${me}, '${theirs.child}', 'x')`,
      `update habit_templates set child_id = '${theirs.child}'`,
      `update habit_templates set user_id = '${user(2)}'`,
      `insert into notifications (user_id, message) values ('${user(2)}', 'x')`,
      `insert into notifications (user_id, from_user_id, message) values (${me}, '${user(2)}', 'x')`,
      `update notifications set user_id = '${user(2)}'`,
      `update notifications set id = gen_random_uuid()`,
    ];
    for (const statement of refused) assert.match(String(await asMe(statement)), /new row violates row-level security policy/, statement);
    await sql`update notifications set from_user_id = null where user_id = ${user(1)}`;
    assert.match(String(await asMe(`update notifications set from_user_id = '${user(2)}'`)), /row-level security/, 'nobody else becomes the sender');
  });

  test('what does not exist and what is not hers are refused alike', async () => {
    const statement = (child: string) => `insert into habit_templates (user_id, child_id, name) values ('${user(1)}', '${child}', 'x')`;
    assert.equal(await asMe(statement(theirs.child)), await asMe(statement(crypto.randomUUID())));
  });

  test('nothing that a user does to her legacy rows changes what another family has', async () => {
    const earlier = await whatTheyHave();
    for (const statement of [
      `update habit_tracker set theme = 'x', habits = '[]'`,
      `insert into habit_tracker (user_id, child_name, week_start_date) values ('${user(1)}', 'Mia', '2025-10-20')`,
      `update habit_tracker set child_name = ' Mia '`,
      `delete from habit_tracker`,
      `insert into children (user_id, name) values ('${user(1)}', 'Noah')`,
    ]) {
      assert.ok(Array.isArray(await asMe(statement, true)), statement);
      assert.deepEqual(await whatTheyHave(), earlier, statement);
    }
  });
});

describe('health says of the tables', () => {
  const health = async () =>
    (
      await sql<{ health: { rls: Record<string, boolean>; open_tables: string[]; bound_tables: string[] } }[]>`
    select dual_write_health() as health`
    )[0]?.health ?? assert.fail();

  test('all seven: row-level security on or off, and who is open to everybody', async () => {
    const { rls, open_tables: open } = await health();
    assert.deepEqual(Object.keys(rls).sort(), [...tables]);
    assert.deepEqual(open, tables);
    await rowLevelSecurity(
      'enable',
      tables.filter((table) => table !== 'habit_tracker'),
    );
    assert.deepEqual((await health()).open_tables, ['habit_tracker']);
    await rowLevelSecurity('enable');
    assert.deepEqual((await health()).open_tables, []);
  });

  test('that one is not open where the role has no privilege, in whatever way it lacks it', async (t) => {
    t.after(() => sql`grant all on habit_tracker to anon`);
    await rowLevelSecurity('enable', ['weeks']);
    await sql`revoke all on habit_tracker from anon`;
    assert.ok(!(await health()).open_tables.includes('habit_tracker'));
    await sql`grant select (child_name) on habit_tracker to anon`;
    assert.ok((await health()).open_tables.includes('habit_tracker'), 'one column is enough');
    await sql`revoke all (child_name) on habit_tracker from anon`;
    await sql`grant select on habit_tracker to public`;
    assert.ok((await health()).open_tables.includes('habit_tracker'), 'so is what everybody may');
    await sql`revoke all on habit_tracker from public`;
  });

  test('which of them bind the owner of the functions', async (t) => {
    await sql.unsafe(`create role plain_owner nologin; grant create, usage on schema public to plain_owner`);
    t.after(() =>
      sql.unsafe(`alter function sync_old_to_new() owner to current_user; alter table habit_tracker owner to current_user;
      alter table habit_tracker no force row level security; drop owned by plain_owner; drop role plain_owner`),
    );
    await rowLevelSecurity('enable', ['habit_tracker']);
    assert.deepEqual((await health()).bound_tables, []);
    await sql`alter function sync_old_to_new() owner to plain_owner`;
    assert.deepEqual((await health()).bound_tables, ['habit_tracker'], 'who does not own the table is bound');
    await sql`alter table habit_tracker owner to plain_owner`;
    assert.deepEqual((await health()).bound_tables, []);
    await sql`alter table habit_tracker force row level security`;
    assert.deepEqual((await health()).bound_tables, ['habit_tracker']);
    await sql`alter role plain_owner bypassrls`;
    assert.deepEqual((await health()).bound_tables, []);
  });
});
