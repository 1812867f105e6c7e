import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type postgres from 'postgres';
import { createDatabase, migrateDatabase, migrationFiles, startPostgres, supabaseDefaults, tables, user, type Database } from './server.ts';
import { startWorld } from '../../demo/world.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Database;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  database = await createDatabase(server, { prepare: supabaseDefaults });
  sql = database.sql;
});
after(async () => {
  await database?.close();
  await server?.stop();
});

/** Everything that the migrations decide, in words. */
const catalog = `
  select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated::text as line
    from pg_constraint where connamespace = 'public'::regnamespace
  union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
  union all select 'trigger ' || tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text from pg_trigger where not tgisinternal
  union all select 'policy ' || tablename || ' ' || policyname || ' ' || cmd from pg_policies where schemaname = 'public'
  union all select 'function ' || oid::regprocedure || ' ' || prosecdef::text || ' ' || coalesce(proconfig::text, '') || md5(prosrc) from pg_proc where pronamespace = 'public'::regnamespace
  union all select 'settings ' || mode || ' ' || week_alignment from dual_write_settings
  order by 1`;

/** 013 alone, which locks what the trigger needs: the files before it would wait at the legacy table, too. */
async function applyFoundation(on: postgres.Sql): Promise<void> {
  const [foundation = ''] = migrationFiles().filter((file) => file.includes('/013_'));
  await on.begin((transaction) => transaction.unsafe(readFileSync(foundation, 'utf8')));
}

/** Until so many sessions wait for a lock, or the work ends without. */
async function untilWaiting(on: postgres.Sql, work: PromiseLike<unknown>, sessions = 1): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  work.then(end, end);
  const areWaiting = async () =>
    (await on`select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`).length >= sessions;
  while (!over.signal.aborted && !(await areWaiting()));
}

describe('the migrations', () => {
  test('applied again they change nothing: not the mode, not a validated constraint, not a disabled trigger', async () => {
    await sql`select set_dual_write_mode('legacy_only')`;
    await sql`select validate_pending_constraints(false)`;
    await sql`alter table habit_tracker disable trigger trigger_habit_tracker_dual_write`;
    const earlier = await sql.unsafe(catalog);
    await migrateDatabase(sql);
    assert.deepEqual([...(await sql.unsafe(catalog))], [...earlier]);
    await sql`alter table habit_tracker enable trigger trigger_habit_tracker_dual_write`;
  });

  test('applied again they leave out the constraint on Mondays where weeks are copied as they are and it was dropped', async (t) => {
    const used = await createDatabase(server);
    t.after(() => used.close());
    await used.sql`insert into auth.users (id) values (${user(1)})`;
    await used.sql`update dual_write_settings set mode = 'on', week_alignment = 'exact'`;
    await used.sql`alter table weeks drop constraint ck_weeks_start_monday`;
    await migrateDatabase(used.sql);
    await used.sql`insert into habit_tracker (user_id, child_name, week_start_date) values (${user(1)}, 'Mia', '2025-10-15')`;
    assert.deepEqual([...(await used.sql`select week_start_date::text as start from weeks`)], [{ start: '2025-10-15' }]);
    await used.sql`update dual_write_settings set week_alignment = 'skip'`;
    await migrateDatabase(used.sql);
    assert.equal((await used.sql`select from pg_constraint where conname = 'ck_weeks_start_monday'`).length, 1, 'elsewhere it comes back');
  });

  test('they shorten what earlier failures keep of a row to what its week is found by', async () => {
    const row = { id: 1, user_id: user(1), child_name: 'Mia', week_start_date: '2025-10-13', theme: 'Sea', habits: [], reflection: { a: 'b' } };
    await sql`insert into dual_write_failures (operation, legacy_id, error, payload) values ('INSERT', '1', 'duplicate_week', ${sql.json(row)}), ('TRUNCATE', null, 'truncated', '{}')`;
    await migrateDatabase(sql);
    const kept = await sql`select payload from dual_write_failures order by id`;
    await sql`delete from dual_write_failures`;
    assert.deepEqual(
      kept.map(({ payload }) => payload),
      [{ id: 1, user_id: user(1), child_name: 'Mia', week_start_date: '2025-10-13' }, {}],
    );
  });

  test('the files of an earlier release can be applied over them: what it creates is no second function beside theirs', async () => {
    const takenBack = new Error('taken back');
    const applied = sql.begin(async (transaction) => {
      await transaction.unsafe(`create or replace function dual_write_expected(p_habits jsonb) returns table (place int, name text, cells text[])
        language sql immutable as $$ select 0, 'as earlier', null::text[] $$`);
      assert.deepEqual([...(await transaction`select * from dual_write_expected('[]')`)], [{ place: 0, name: 'as earlier', cells: null }]);
      throw takenBack;
    });
    await assert.rejects(applied, takenBack);
  });

  test('applied over an earlier release they leave no function of it beside theirs: one with defaults would fit the same calls', async (t) => {
    const used = await createDatabase(server);
    t.after(() => used.close());
    const names = async () =>
      (await used.sql`select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace order by 1`).map(({ name }) => name);
    const fresh = await names();
    await used.sql.unsafe(`
      create function dual_write_expected(p_habits jsonb, p_strict boolean default true) returns table (place int, name text, cells text[], problem text)
        language sql as $$ select 0, 'as earlier', null::text[], null $$;
      create function dual_write_try(p_user uuid, p_child text, p_date date, p_legacy_id text, p_operation text, p_source text, p_payload jsonb) returns boolean
        language sql as $$ select true $$;
      create function dual_write_digest(p_body jsonb) returns text language sql as $$ select '' $$;
      create function dual_write_kept(p_body jsonb) returns jsonb language sql as $$ select p_body $$;
      create function driftwatch_loose() returns jsonb language sql as $$ select '[]'::jsonb $$;
      create function driftwatch_rows_pages(spec text, side text, first int, until int default null, page int default 10000) returns json
        language sql as $$ select '[]'::json $$;`);
    await assert.rejects(Promise.resolve(used.sql`select * from dual_write_expected('[]')`), /is not unique/);
    await migrateDatabase(used.sql);
    assert.deepEqual(await names(), fresh);
  });

  test('applied again while the old app saves a week they wait for it, and the save is followed', async (t) => {
    const used = await createDatabase(server);
    t.after(() => used.close());
    await used.sql`insert into auth.users (id) values (${user(1)})`;
    await used.sql`select set_dual_write_mode('on')`;
    const save = (on: postgres.Sql, date: string) => on`
      insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', ${date}, ${date}::text::date)`;
    await save(used.sql, '2025-10-13');
    const app = await used.sql.reserve();
    await app`begin`;
    await app`delete from habit_tracker`;
    const migrated = applyFoundation(used.sql);
    await untilWaiting(used.sql, migrated);
    await save(app, '2025-10-20');
    await app`commit`;
    app.release();
    await migrated;
    assert.deepEqual([...(await used.sql`select week_start_date::text as start from weeks`)], [{ start: '2025-10-20' }]);
    assert.deepEqual([...(await used.sql`select error from dual_write_failures`)], []);
  });

  test('applied again while the Edge Function does an operation they wait for it, and neither fails', async (t) => {
    const used = await createDatabase(server);
    t.after(() => used.close());
    await used.sql`insert into auth.users (id) values (${user(1)})`;
    await used.sql`select set_dual_write_mode('on')`;
    // An operation that has claimed its key, and has not written yet.
    const operation = await used.sql.reserve();
    await operation`begin`;
    await operation`insert into idempotency_log (key, operation, status) values ('a', 'create_week', 'processing')`;
    const migrated = applyFoundation(used.sql);
    await untilWaiting(used.sql, migrated);
    await operation`insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', 'a', '2025-10-13')`;
    await operation`commit`;
    operation.release();
    await migrated;
    assert.equal((await used.sql`select from weeks`).length, 1);
  });

  test('applied again while somebody asks for the health, neither fails', async (t) => {
    const used = await createDatabase(server);
    t.after(() => used.close());
    const app = await used.sql.reserve();
    await app`begin`;
    await app`insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', 'a', '2025-10-13')`;
    const migrated = applyFoundation(used.sql);
    await untilWaiting(used.sql, migrated);
    const health = used.sql<{ mode: string }[]>`select dual_write_health() ->> 'mode' as mode`.execute();
    await untilWaiting(used.sql, health, 2);
    await app`commit`;
    app.release();
    await migrated;
    assert.equal((await health)[0]?.mode, 'off');
  });

  test('they work on PGlite as well, twice', async (t) => {
    const world = await startWorld({ migrations: ['01', '02'] });
    t.after(() => world.close());
    const earlier = await world.sql(catalog);
    for (const file of migrationFiles()) await world.sql(readFileSync(file, 'utf8'));
    assert.deepEqual(await world.sql(catalog), earlier);
    await world.sql(`insert into auth.users (id) values ('${user(1)}')`);
    await world.sql(`select set_dual_write_mode('on')`);
    await world.sql(`insert into habit_tracker (user_id, child_name, week_start_date, habits) values
      ('${user(1)}', '민아', '2025-10-13', '[{"name": "독서", "times": ["green", "", "", "", "", "", ""]}]')`);
    assert.deepEqual(await world.sql('select status from habit_records'), [{ status: 'green' }]);
  });

  test('there are four policies for each of the seven tables, 28 in all, and row-level security is off', async () => {
    const policies = await sql`select policy_name from get_policies()`;
    assert.equal(policies.length, 28);
    assert.deepEqual(
      policies.map((row) => row['policy_name']).sort(),
      tables.flatMap((table) => ['delete', 'insert', 'select', 'update'].map((command) => `${table}_${command}_policy`)),
    );
    const status = await sql`select * from get_rls_status()`;
    assert.deepEqual(
      status.map((row) => ({ ...row })),
      tables.map((table_name) => ({ table_name, rls_enabled: false })),
    );
  });

  const eightColumnsAndFiveIndexes = async (of: postgres.Sql) => {
    const columns = await of`select column_name from information_schema.columns where table_name = 'idempotency_log' order by ordinal_position`;
    assert.deepEqual(
      columns.map((row) => row['column_name']),
      ['id', 'key', 'operation', 'request_data', 'response_data', 'status', 'created_at', 'expires_at'],
    );
    const indexes = await of`
      select c.relname, i.indisunique from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'idempotency_log'::regclass order by 1`;
    assert.deepEqual(
      indexes.map((row) => [row['relname'], row['indisunique']]),
      [
        ['idempotency_log_pkey', true],
        ['idx_idempotency_created', false],
        ['idx_idempotency_expires', false],
        ['idx_idempotency_key', true],
        ['idx_idempotency_status', false],
      ],
    );
  };

  test('the idempotency log has its eight columns and five indexes', () => eightColumnsAndFiveIndexes(sql));

  test('so has the one of a project that did Phase 0', async (t) => {
    const other = await createDatabase(server);
    t.after(() => other.close());
    await other.sql.unsafe(`
      drop table idempotency_log;
      create table idempotency_log (id uuid primary key default gen_random_uuid(), key text not null unique, operation text not null,
        request_data jsonb, response_data jsonb, status text not null, created_at timestamptz not null default now(),
        expires_at timestamptz not null default now() + interval '24 hours');
      create index idx_idempotency_key on idempotency_log (key);
      create index idx_idempotency_expires on idempotency_log (expires_at);
      insert into idempotency_log (key, operation, status) values ('test-key-123', 'create_week', 'not_implemented');`);
    for (let time = 0; time < 2; time += 1) await migrateDatabase(other.sql);
    await eightColumnsAndFiveIndexes(other.sql);
    assert.deepEqual([...(await other.sql`select key from idempotency_log`)], [{ key: 'test-key-123' }]);
  });
});

describe('where pg_cron exists', () => {
  test('the two jobs are scheduled by their names, so that applying the file again replaces them, and they run', async (t) => {
    // pg_cron needs a server that loads it. What the migration sees of it is its name and one function (pg_cron 1.4 and newer).
    const other = await createDatabase(server, {
      prepare: `
        create schema cron;
        create table cron.job (jobname text primary key, schedule text, command text);
        create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
          insert into cron.job values (job_name, schedule, command)
          on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command;
          select 1::bigint $$;
        set allow_system_table_mods = on;
        insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        select 99999, 'pg_cron', extowner, 'cron'::regnamespace, false, '1.6' from pg_extension limit 1;`,
    });
    t.after(() => other.close());
    await migrateDatabase(other.sql);
    const jobs = await other.sql<{ jobname: string; schedule: string; command: string }[]>`select * from cron.job order by 1`;
    assert.deepEqual(
      jobs.map(({ jobname, schedule }) => [jobname, schedule]),
      [
        ['cleanup-idempotency-log', '0 2 * * *'],
        ['retry-dual-write-failures', '*/15 * * * *'],
      ],
    );
    for (const { command } of jobs) await other.sql.unsafe(command);
  });
});

describe('pending constraints', () => {
  test('all nine are listed by a dry run, and validated', async () => {
    const other = await createDatabase(server);
    const pending = await other.sql`select * from validate_pending_constraints()`;
    assert.equal(pending.length, 9);
    assert.ok(pending.every((row) => row['status'] === 'pending' && row['duration_ms'] === null));
    assert.deepEqual(
      pending.map((row) => row['constraint_type']),
      [...Array(5).fill('FK'), ...Array(4).fill('CHECK')],
    );
    const done = await other.sql`select * from validate_pending_constraints(false)`;
    assert.equal(done.filter((row) => row['status'] === 'validated' && row['duration_ms'] > 0).length, 9);
    assert.equal((await other.sql`select * from validate_pending_constraints()`).length, 0);
    await other.close();
  });

  test('one that fails says why and does not keep the others', async () => {
    const other = await createDatabase(server);
    await other.sql.unsafe(`set session_replication_role = replica;
      alter table children drop constraint ck_children_name_length;
      insert into auth.users (id) values ('${user(1)}');
      insert into children (user_id, name) values ('${user(1)}', ''), ('${user(9)}', 'nobody''s');
      alter table children add constraint ck_children_name_length check (char_length(name) between 1 and 100) not valid;`);
    const done = await other.sql`select * from validate_pending_constraints(false)`;
    const failed = done.filter((row) => row['status'] === 'failed');
    assert.deepEqual(
      failed.map((row) => row['constraint_name']),
      ['fk_children_user_id', 'ck_children_name_length'],
    );
    assert.match(failed[0]?.['error'], /fk_children_user_id/);
    assert.equal(done.filter((row) => row['status'] === 'validated').length, 7);
    await other.close();
  });
});

describe('roles', () => {
  const tools = [
    'set_dual_write_mode(text)',
    'retry_dual_write_failures(integer)',
    'cleanup_idempotency_log()',
    'backfill_legacy_weeks(boolean,timestamp with time zone,integer)',
    'validate_pending_constraints(boolean)',
    'get_policies()',
    'get_rls_status()',
    'dual_write_health(interval)',
    'dual_write_operation(text)',
    'dual_write_log_request(text)',
  ];
  const books = ['dual_write_settings', 'dual_write_failures', 'dual_write_requests', 'idempotency_log', 'dual_write_cells', 'dual_write_quotas'];
  const calls: Record<string, string> = {
    'set_dual_write_mode(text)': "set_dual_write_mode('on')",
    'dual_write_operation(text)': "dual_write_operation('{}')",
    'dual_write_log_request(text)': "dual_write_log_request('{}')",
  };

  for (const role of ['anon', 'authenticated']) {
    test(`${role} can execute none of the tools, although the default privileges say so`, async () => {
      for (const tool of tools) {
        const attempt = sql.begin(async (transaction) => {
          await transaction.unsafe(`set local role ${role}`);
          await transaction.unsafe(`select ${calls[tool] ?? tool.replace(/\(.*\)/, '()')}`);
        });
        await assert.rejects(attempt, /permission denied for function/, tool);
      }
    });

    test(`${role} can read and write none of the books`, async () => {
      for (const table of books) {
        for (const statement of [`select * from ${table}`, `insert into ${table} default values`, `delete from ${table}`, `truncate ${table}`]) {
          const attempt = sql.begin(async (transaction) => {
            await transaction.unsafe(`set local role ${role}`);
            await transaction.unsafe(statement);
          });
          await assert.rejects(attempt, /permission denied for table/, statement);
        }
      }
    });

    test(`${role} can execute nothing that starts with dual_write`, async () => {
      const allowed = await sql`
        select oid::regprocedure::text as name from pg_proc
        where pronamespace = 'public'::regnamespace and (proname like 'dual_write%' or proname = 'sync_old_to_new')
          and has_function_privilege(${role}, oid, 'execute')`;
      assert.deepEqual([...allowed], []);
    });
  }

  test('service_role can execute every tool', async () => {
    for (const tool of tools) {
      const [row] = await sql`select has_function_privilege('service_role', ${tool}::text, 'execute') as may`;
      assert.equal(row?.['may'], true, tool);
    }
  });

  test("whatever runs with its owner's rights fixes its search_path", async () => {
    const loose = await sql`
      select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
        and not coalesce(proconfig::text like '%search_path%', false)`;
    assert.deepEqual([...loose], []);
  });

  test('the policies let a user reach her own and nothing else', async () => {
    const other = await createDatabase(server, { prepare: supabaseDefaults });
    await other.sql.unsafe(`
      insert into auth.users (id) values ('${user(1)}'), ('${user(2)}');
      select set_dual_write_mode('on');
      insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
        select u, 'Mia', u::text, '2025-10-13', '[{"name": "A", "times": ["green", "", "", "", "", "", ""]}]'
        from unnest(array['${user(1)}', '${user(2)}']::uuid[]) u;
      alter table children enable row level security; alter table weeks enable row level security;
      alter table habits enable row level security; alter table habit_records enable row level security;`);
    await other.sql.begin(async (transaction) => {
      await transaction.unsafe(`set local role authenticated; set local request.jwt.claim.sub = '${user(1)}'`);
      for (const table of ['children', 'weeks', 'habits', 'habit_records']) {
        assert.equal((await transaction.unsafe(`select * from ${table}`)).length, 1, table);
      }
      const [mine] = await transaction`select id from children`;
      const deleted = await transaction`delete from habits returning id`;
      assert.equal(deleted.length, 1);
      await assert.rejects(
        transaction.savepoint((inner) => inner`insert into children (user_id, name) values (${user(2)}, 'hers')`),
        /row-level security/,
      );
      assert.ok(mine);
    });
    assert.equal((await other.sql`select from habits`).length, 1);
    await other.close();
  });
});
