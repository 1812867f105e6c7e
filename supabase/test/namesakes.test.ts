import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type postgres from 'postgres';
import { createDatabase, migrateDatabase, startPostgres, user, type Database } from './server.ts';

/**
 * Whoever may create something in `public`, or a temporary object, must not be able to put it in front of what the
 * migrations' functions mean: they run with their owner's rights.
 */

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Database;
let sql: postgres.Sql;

/** What Supabase grants by default on everything that is created later. */
const supabaseDefaults = `
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;`;

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

type Routine = { name: string; language: string; settings: string[] | null; bound: boolean; source: string };

const routines = () => sql<Routine[]>`
  select p.oid::regprocedure::text as name, l.lanname as language, p.proconfig as settings, p.prosqlbody is not null as bound, p.prosrc as source
  from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`;

/** Words that open a parenthesis and are not functions that could have a namesake. */
const grammar =
  /^(and|any|as|between|case|cast|coalesce|exists|extract|filter|from|greatest|in|lateral|least|materialized|not|nullif|on|or|over|select|then|using|values|when|where)$/i;

describe('every function of the migrations', () => {
  test('has an empty search_path, or is bound when it is created, or names everything', async () => {
    const loose = (await routines()).filter(({ language, settings, bound, source }) => {
      if (settings?.includes('search_path=""') || bound) return false;
      if (language !== 'sql' || settings?.some((setting) => setting.startsWith('search_path'))) return true;
      const calls = [...source.matchAll(/([\w.]+)\s*\(/g)].map(([, name = '']) => name);
      const relations = [...source.replace(/is (not )?distinct from/gi, '=').matchAll(/\b(?:from|join|into|update|using)\s+([\w.]+)/gi)].map(
        ([, name = '']) => name,
      );
      return [...calls.filter((name) => !grammar.test(name)), ...relations].some((name) => !name.includes('.'));
    });
    assert.deepEqual(
      loose.map(({ name }) => name),
      [],
    );
  });

  test('says of what schema a type is, where that is decided when it runs: pg_temp comes before pg_catalog', async () => {
    const types = '(?:text|jsonb|uuid|date|timestamptz|bytea|oid|name|record|reg\\w+)';
    const loose = (await routines()).filter(({ bound, language, source }) => {
      const code = source.replace(/--.*/g, '');
      const declared = language === 'plpgsql' ? /\bdeclare\b([\s\S]*?)\bbegin\b/i.exec(code)?.[1] : undefined;
      return !bound && (new RegExp(`::${types}\\b`).test(code) || new RegExp(`^\\s*\\w+(?: constant)? ${types}\\b`, 'm').test(declared ?? ''));
    });
    assert.deepEqual(
      loose.map(({ name }) => name),
      [],
    );
  });
});

/** Everything that reaches the functions: traffic as the app's user, and the tools. */
async function useEverything(on: postgres.ReservedSql): Promise<void> {
  await on.unsafe(`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits, reflection) values
      ('${user(1)}', 'Mia', 'a', '2025-10-13', '[{"name": "A", "times": ["green", "", "", "", "", "", ""]}, {"name": "A", "times": ["", "", "", "", "", "", ""]}]', '{"a": ["b"]}'),
      ('${user(1)}', 'Mia', 'b', '2025-10-20', '"nonsense"', null), (null, 'Mia', 'c', '2025-10-27', '[]', null);
    update habit_tracker set reflection = '{"a": [1, {"b ": "c"}]}', week_start_date = '2025-11-03' where week_period = 'a';
    begin; set local statement_timeout = '2s'; select pg_sleep(0.8); update habit_tracker set theme = 'x'; commit;
    delete from habit_tracker where week_period = 'b';`);
}

async function useEveryTool(): Promise<void> {
  await sql.unsafe(`
    select assign_legacy_owner('Mia', '${user(1)}'), assign_legacy_owner('Mia', '${user(1)}', false);
    select retry_dual_write_failures(); select * from backfill_legacy_weeks(); select cleanup_idempotency_log();
    select dual_write_differences('${user(1)}', 'Mia', '2025-11-03');
    delete from children; truncate habit_tracker; truncate habit_tracker, children, weeks, habits, habit_records, dual_write_failures cascade;`);
}

describe('a role that may create objects in public', () => {
  test('runs nothing as the owner, neither by a function nor by an operator that fits better than the built-in one', async () => {
    await sql.unsafe(`
      create table trail (who text default current_user, what text); grant all on trail to public;
      grant create, usage on schema public to authenticated;
      grant all on habit_tracker to authenticated; grant usage on sequence habit_tracker_id_seq to authenticated;
      select set_dual_write_mode('on');`);
    const namesakes: [name: string, parameters: string, result: string, value: string][] = [
      ['format', 'text, text', 'text', "''"],
      ['format', 'text, int', 'text', "''"],
      ['format', 'text, text, int', 'text', "''"],
      ['format', 'text, text, text', 'text', "''"],
      ['format', 'text, int, int', 'text', "''"],
      ['jsonb_build_array', 'jsonb, jsonb, text', 'jsonb', "'[]'"],
      ['jsonb_build_object', 'text, jsonb, text, jsonb, text, jsonb, text, jsonb', 'jsonb', "'{}'"],
      ['jsonb_build_object', 'text, bigint, text, uuid, text, text, text, date', 'jsonb', "'{}'"],
      ['to_jsonb', 'text', 'jsonb', "'{}'"],
      ['to_jsonb', 'date', 'jsonb', "'{}'"],
      ['to_jsonb', 'uuid', 'jsonb', "'{}'"],
      ['to_jsonb', 'habit_tracker', 'jsonb', "'{}'"],
      ['array_position', 'text[], text', 'int', '1'],
      ['array_fill', 'int, int[]', 'int[]', "'{}'"],
      ['jsonb_path_exists', 'jsonb, text', 'boolean', 'true'],
      ['hashtextextended', 'text, int', 'bigint', '1'],
      ['left', 'text, bigint', 'text', "''"],
      ['cardinality', 'uuid[]', 'int', '1'],
      ['set_config', 'text, text, boolean', 'text', "''"],
    ];
    const evil = (name: string, parameters: string, result: string, value: string) => `
      create function ${name}(${parameters}) returns ${result} language plpgsql as $$ begin
        insert into public.trail (what) values ('${name.replaceAll("'", '')}'); return ${value}; end $$;`;
    await sql.begin(async (transaction) => {
      await transaction.unsafe(`set local role authenticated;
        ${namesakes.map((namesake) => evil(`public.${namesake[0]}`, ...(namesake.slice(1) as [string, string, string]))).join('\n')}
        ${evil('public.evil_text', 'jsonb, jsonb', 'jsonb', 'null')} ${evil('public.evil_compare', 'numeric, int', 'boolean', 'true')}
        ${evil('public.evil_join', 'text, int', 'text', "''")}
        ${evil('public.evil_oid', 'oid, regclass', 'boolean', 'true')} ${evil('public.evil_oid', 'oid, regcollation', 'boolean', 'true')}
        create operator public.= (leftarg = oid, rightarg = regclass, function = public.evil_oid);
        create operator public.= (leftarg = oid, rightarg = regcollation, function = public.evil_oid);
        create operator public.-> (leftarg = jsonb, rightarg = jsonb, function = public.evil_text);
        create operator public.<> (leftarg = numeric, rightarg = int, function = public.evil_compare);
        create operator public.|| (leftarg = text, rightarg = int, function = public.evil_join);`);
    });

    await sql.unsafe(`create function control() returns text language plpgsql security definer set search_path = pg_catalog, public, pg_temp
      as $$ begin return format('%s (%s)', 'A'::text, 2); end $$; select control(); drop function control()`);
    const caught = await sql`delete from trail returning what`;
    assert.deepEqual([...caught], [{ what: 'public.format' }], 'the trap works');

    // What is bound when it is created is bound by whoever applies the migrations, with public in sight.
    await migrateDatabase(sql);
    const as = await sql.reserve();
    await as.unsafe('set role authenticated');
    await useEverything(as);
    await as.unsafe('reset role');
    as.release();
    await useEveryTool();
    assert.deepEqual([...(await sql`select distinct who, what from trail order by 2`)], []);
  });
});

describe('whoever may create temporary objects', () => {
  test('runs nothing as the owner, neither by a type nor by a table', async () => {
    const other = await createDatabase(server, { prepare: supabaseDefaults });
    const as = await other.sql.reserve();
    await other.sql.unsafe(`insert into auth.users (id) values ('${user(1)}'), ('${user(2)}');
      create table trail (who text default current_user, what text); grant all on trail to public; select set_dual_write_mode('on');
      create function evil(what text) returns boolean language plpgsql as $$ begin insert into public.trail (what) values (what); return true; end $$;
      grant all on habit_tracker to authenticated; grant usage on sequence habit_tracker_id_seq to authenticated;`);
    await as.unsafe(`set role authenticated; create temporary table made (x int);
      ${['text', 'jsonb', 'uuid', 'date', 'timestamptz', 'oid', 'name', 'regclass'].map((type) => `create domain pg_temp.${type} as pg_catalog.${type} check (public.evil('${type}'));`).join('\n')}
      ${['text', 'uuid', 'jsonb'].map((type) => `create domain pg_temp._${type} as pg_catalog.${type}[] check (public.evil('${type}[]'));`).join('\n')}
      ${['pg_trigger', 'pg_roles', 'weeks', 'children', 'habits', 'habit_records', 'dual_write_settings', 'dual_write_failures', 'dual_write_cells', 'users']
        .map((table) => `create temporary view ${table} as select public.evil('${table}') as made;`)
        .join('\n')}`);
    await useEverything(as);
    await as.unsafe('reset role');
    as.release();
    const trail = await other.sql`select distinct who, what from trail where who <> 'authenticated' order by 2`;
    assert.deepEqual([...trail], []);
    assert.equal((await other.sql`select from weeks`).length, 1);
    await other.close();
  });
});
