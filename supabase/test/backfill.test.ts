import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import postgres from 'postgres';
import { inSyncCase, loadCase, referenceCase } from '../../demo/data.ts';
import { askBot } from './bot.ts';
import { createDatabase, emptyTables, startPostgres, startProject, user, type Project } from './server.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let project: Project;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  project = await startProject(await createDatabase(server));
  sql = project.sql;
});
after(async () => {
  await project?.close();
  await server?.stop();
});
beforeEach(async () => {
  await sql.unsafe(`
    select set_dual_write_mode('off');
    update dual_write_settings set week_alignment = 'skip';
    ${emptyTables}`);
});

type Answer = { legacy_id: string; child_name: string; week_start_date: string; action: string; reason: string; habits: number; records: number };

const backfill = async (call: string): Promise<Answer[]> => [
  ...(await sql.unsafe<Answer[]>(`select legacy_id, child_name, week_start_date::text, action, reason, habits, records from backfill_legacy_weeks(${call})`)),
];

const total = (answers: Answer[], column: 'habits' | 'records') => answers.reduce((sum, answer) => sum + answer[column], 0);

const world = () => ({
  // This driver turns what it binds to jsonb into JSON itself.
  sql: async <Row>(query: string, parameters: readonly unknown[] = []) =>
    [
      ...(await sql.unsafe(
        query,
        parameters.map((text) => JSON.parse(String(text)) as never),
      )),
    ] as Row[],
});

/** What the bot makes of it, comparing every week. */
const bot = () => askBot(project);

const everything = () => sql`
  select 'children' as t, id, to_jsonb(c) as row from children c union all select 'weeks', id, to_jsonb(w) from weeks w
  union all select 'habits', id, to_jsonb(h) from habits h union all select 'habit_records', id, to_jsonb(r) from habit_records r order by 2`;

describe('the reference case', () => {
  test('all 448 records of 117 habits of 18 weeks arrive where nothing was', async () => {
    await loadCase(world(), { ...referenceCase(), normalized: { children: [], weeks: [], habits: [], habit_records: [] } });
    const answers = await backfill('false');
    assert.equal(answers.filter(({ action }) => action === 'create').length, 18);
    assert.deepEqual([total(answers, 'habits'), total(answers, 'records')], [117, 448]);
    assert.deepEqual(
      answers.filter(({ action }) => action === 'skip').map(({ reason }) => reason),
      Array(6).fill('not-a-monday'),
    );
    const [count] = await sql`select (select count(*)::int from habit_records) as records, (select count(*)::int from habits) as habits,
      (select array_agg(distinct source_version) from habit_records) as versions`;
    assert.deepEqual({ ...count }, { records: 448, habits: 117, versions: ['migration'] });
    assert.equal((await bot()).verdict, 'in-sync');
  });

  test('the 165 that were lost are found, and only they are written', async () => {
    await loadCase(world(), referenceCase());
    const earlier = new Map((await everything()).map((row) => [row['id'], JSON.stringify(row)]));
    const predicted = await backfill('true');
    assert.deepEqual([total(predicted, 'habits'), total(predicted, 'records')], [0, 165]);
    assert.equal(new Map((await everything()).map((row) => [row['id'], row])).size, earlier.size);

    assert.deepEqual(await backfill('false'), predicted);
    const later = await everything();
    assert.equal(later.length, earlier.size + 165);
    assert.ok(
      later.every((row) => !earlier.has(row['id']) || earlier.get(row['id']) === JSON.stringify(row)),
      'what was there is untouched',
    );
    assert.equal((await bot()).verdict, 'in-sync');
    assert.deepEqual(
      (await backfill('false')).filter(({ action }) => action !== 'skip'),
      [],
    );
  });

  test('nothing to do is nothing done', async () => {
    await loadCase(world(), inSyncCase());
    const earlier = await everything();
    assert.ok((await backfill('false')).every(({ action }) => action === 'skip'));
    assert.deepEqual([...(await everything())], [...earlier]);
  });
});

describe('what it is asked for', () => {
  const week = (
    date: string,
    {
      owner = user(1) as string | null,
      child = 'Mia',
      habits = [{ name: 'A', times: ['green', '', '', '', '', '', ''] }] as unknown,
      updatedAt = '2025-10-01' as string | null,
    } = {},
  ) => sql`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits, updated_at)
    values (${owner}, ${child}, ${`${child} ${date} ${owner}`}, ${date}, ${sql.json(habits as never)}, ${updatedAt}) returning id::text`;

  beforeEach(async () => {
    await sql`insert into auth.users (id) values (${user(1)}), (${user(2)}) on conflict do nothing`;
  });

  test('is a dry run unless it is told otherwise', async () => {
    await week('2025-10-13');
    assert.equal((await backfill('')).length, 1);
    assert.equal((await backfill('null')).length, 1);
    assert.equal((await sql`select from children`).length, 0);
  });

  test('a dry run says of every week what the real run says', async () => {
    for (const child of ['Mia', 'Zoe']) for (const date of ['2025-10-13', '2025-10-20', '2025-10-27']) await week(date, { child });
    const predicted = await backfill('true');
    assert.deepEqual(
      predicted.map(({ reason }) => reason),
      ['the child is missing', 'the week is missing', 'the week is missing', 'the child is missing', 'the week is missing', 'the week is missing'],
    );
    assert.deepEqual([await sql`select from children`, await sql`select from dual_write_failures`].flat(), []);
    assert.deepEqual(await backfill('false'), predicted);
  });

  test('the limit counts weeks that change, and a series of limited calls gets there', async () => {
    for (const date of ['2025-09-01', '2025-09-08', '2025-09-10', '2025-09-15', '2025-09-22', '2025-09-29']) await week(date);
    const changed = async (call: string) => (await backfill(call)).filter(({ action }) => action !== 'skip').map((answer) => answer.week_start_date);
    assert.deepEqual(await changed('false, null, 2'), ['2025-09-01', '2025-09-08']);
    assert.deepEqual(await changed('true, null, 2'), ['2025-09-15', '2025-09-22']);
    assert.deepEqual(await changed('false, null, 2'), ['2025-09-15', '2025-09-22']);
    assert.deepEqual(await changed('false, null, 2'), ['2025-09-29']);
    assert.deepEqual(await changed('false, null, 2'), []);
  });

  test('since looks at when the legacy row was updated, and never is new', async () => {
    await week('2025-09-01', { updatedAt: '2025-09-05' });
    await week('2025-09-08', { updatedAt: '2025-09-12' });
    await week('2025-09-15', { updatedAt: null });
    const answers = await backfill("false, '2025-09-10'");
    assert.deepEqual(
      answers.map((answer) => answer.week_start_date),
      ['2025-09-08', '2025-09-15'],
    );
  });

  test('what cannot be brought over is skipped with its reason, on record, and keeps nothing else', async () => {
    await week('2025-09-01', { habits: 'nonsense' });
    await week('2025-09-08', { owner: null, child: 'Nobody' });
    await week('2025-09-15', { habits: [{ name: 'A', times: ['blue', '', '', '', '', '', ''] }] });
    await week('2025-09-22');
    const dry = await backfill('');
    assert.equal((await sql`select from dual_write_failures`).length, 0);
    const answers = await backfill('false');
    assert.deepEqual(answers, dry);
    assert.deepEqual(answers.map(({ action }) => action).sort(), ['create', 'skip', 'skip', 'skip']);
    const reasons = answers.flatMap(({ action, reason }) => (action === 'skip' ? [reason] : [])).sort();
    assert.match(reasons.join('\n'), /malformed: habits is not an array/);
    assert.match(reasons.join('\n'), /no_owner/);
    assert.match(reasons.join('\n'), /ck_habit_records_status/);
    assert.equal((await sql`select from dual_write_failures where operation = 'BACKFILL'`).length, 3);
  });

  test('the first row of a fresh connection may be one that cannot be brought over', async (t) => {
    await week('2025-09-01', { owner: null, child: 'Nobody' });
    const fresh = postgres(project.url, { max: 1, onnotice: () => undefined });
    t.after(() => fresh.end());
    const answers = await fresh`select action, reason from backfill_legacy_weeks(false)`;
    assert.deepEqual(
      answers.map((row) => [row['action'], row['reason']?.split(':')[0]]),
      [['skip', 'no_owner']],
    );
  });

  test('a row without owner is skipped whoever has the child, until a maintainer says whose it is', async () => {
    const [nobodys] = await week('2025-09-01', { owner: null });
    await week('2025-09-08');
    const dry = await backfill('');
    assert.deepEqual(dry.map(({ action, reason }) => [action, reason]).sort(), [
      ['create', 'the child is missing'],
      ['skip', 'no_owner: the row has no user_id'],
    ]);
    assert.deepEqual(await backfill('false'), dry);
    await sql`select assign_legacy_owner('Mia', ${user(1)}, false)`;
    assert.deepEqual(
      (await backfill('false')).map(({ legacy_id, action }) => [legacy_id, action]),
      [[nobodys?.['id'], 'create']],
    );
    assert.equal((await sql`select from dual_write_failures where resolved_at is null`).length, 0);
  });

  test('one row that cannot be brought over keeps no other, whatever is wrong with it', async () => {
    await sql`select set_dual_write_mode('off')`;
    const dates = ['infinity', '-infinity', '4714-11-24 BC', '10000-01-03', '9999-12-27', null];
    for (const [index, date] of dates.entries()) {
      await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date) values (${user(1)}, 'Mia', ${`${index}`}, ${date}::text::date)`;
    }
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, reflection) values (${user(1)}, 'Mia', 'deep', '2025-09-01', ${deep}::text::jsonb)`;
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits) values
      (${user(1)}, 'Mia', 'wide', '2025-09-08', (select jsonb_agg('{"name": "A", "times": ["", "", "", "", "", "", ""]}'::jsonb) from generate_series(1, 5200)))`;
    await week('2025-09-15');
    for (const alignment of ['skip', 'monday', 'exact']) {
      await sql`update dual_write_settings set week_alignment = ${alignment}`;
      const answers = await backfill('');
      assert.deepEqual(
        answers.filter(({ action }) => action === 'create').map((answer) => answer.week_start_date),
        ['2025-09-15'],
      );
      assert.equal(answers.filter(({ action, reason }) => action === 'skip' && reason.startsWith('malformed: ')).length, 8);
    }
  });

  test('a row is answered once, in however many spellings its child is there', async () => {
    await sql`insert into children (user_id, name) values (${user(1)}, 'Mia'), (${user(1)}, 'Mia '), (${user(1)}, ' Mia')`;
    await sql`insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-10-20', '2025-10-26' from children`;
    await week('2025-10-13');
    await week('2025-10-14');
    await week('2025-10-20');
    await week('2025-10-27', { habits: 'nonsense' });
    const answers = await backfill('false');
    assert.deepEqual(answers.map((answer) => [answer.week_start_date, answer.action]).sort(), [
      ['2025-10-13', 'create'],
      ['2025-10-14', 'skip'],
      ['2025-10-20', 'update'],
      ['2025-10-27', 'skip'],
    ]);
    const failures = await sql<{ attempts: number }[]>`select attempts from dual_write_failures`;
    assert.deepEqual([...failures], [{ attempts: 1 }]);
  });

  test('of two rows for one Monday the one updated last is brought over and the other is on record', async () => {
    await sql`update dual_write_settings set week_alignment = 'monday'`;
    const [late] = await week('2025-10-14', { updatedAt: '2025-10-20' });
    const [early] = await week('2025-10-13', { updatedAt: '2025-10-19' });
    const dry = await backfill('');
    const answers = await backfill('false');
    assert.deepEqual(answers, dry);
    assert.deepEqual(
      answers.map(({ legacy_id, action, reason }) => [legacy_id, action, reason]).sort(),
      [
        [late?.['id'], 'create', 'the child is missing'],
        [early?.['id'], 'skip', 'duplicate_week'],
      ].sort(),
    );
    const failures = await sql`select legacy_id, error from dual_write_failures where resolved_at is null`;
    assert.deepEqual(
      failures.map((row) => [row['legacy_id'], row['error']]),
      [[early?.['id'], 'duplicate_week']],
    );
  });

  test('however many rows claim one week, it is brought over once, and what is on record of others is not looked through', async () => {
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date) select ${user(1)}, 'Mia', n::text, '2025-10-13' from generate_series(1, 60) n`;
    await week('2025-10-20');
    await sql`insert into dual_write_failures (operation, legacy_id, error) select 'INSERT', 'other ' || n, 'duplicate_week' from generate_series(1, 1000) n`;
    await sql`analyze dual_write_failures`;
    const [answered, cost] = await sql.begin(async (transaction) => {
      await transaction`set local track_functions = 'all'`;
      const rows = await transaction<{ action: string; reason: string }[]>`select action, reason from backfill_legacy_weeks(false)`;
      const [counted] = await transaction<{ syncs: number; read: number }[]>`
        select (select calls::int from pg_stat_xact_user_functions where funcname = 'dual_write_sync') as syncs,
          (select (seq_tup_read + idx_tup_fetch)::int from pg_stat_xact_user_tables where relname = 'dual_write_failures') as read`;
      return [rows, counted] as const;
    });
    assert.deepEqual(
      answered.map(({ reason }) => reason),
      ['the child is missing', ...Array.from({ length: 59 }, () => 'duplicate_week'), 'the week is missing'],
    );
    assert.equal(cost?.syncs, 2);
    assert.ok(Number(cost?.read) < 1000, `${cost?.read} rows`);
    assert.equal((await sql`select from dual_write_failures where error = 'duplicate_week' and payload <> '{}'`).length, 59);
    const reason = async () => (await backfill('false')).map((row) => row['reason']);
    assert.deepEqual(new Set(await reason()), new Set(['duplicate_week']), 'nor a second time');
  });

  test('tables that were analyzed while they were empty are not read whole for each week, by the backfill or the retry', async (t) => {
    const fresh = await createDatabase(server);
    t.after(() => fresh.close());
    await fresh.sql`vacuum analyze children, weeks, habits, habit_records, dual_write_failures`;
    await fresh.sql`insert into auth.users (id) values (${user(1)})`;
    const weeks = 100;
    const readBy = async (work: string): Promise<number> => {
      await fresh.sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date)
        select ${user(1)}, ${work} || n, ${work} || n || which, '2025-01-06'::date + 7 * n
        from generate_series(1, ${weeks}) n, generate_series(1, ${work === 'retry' ? 2 : 1}) which`;
      // Trying the first one of a week again resolves both.
      if (work === 'retry')
        await fresh.sql`insert into dual_write_failures (operation, legacy_id, error, payload)
          select 'INSERT', h.id, 'no_time', dual_write_payload(to_jsonb(h)) from habit_tracker h order by week_start_date`;
      return fresh.sql.begin(async (transaction) => {
        await transaction.unsafe(work === 'retry' ? 'select retry_dual_write_failures()' : 'select * from backfill_legacy_weeks(false)');
        const [read] = await transaction`select sum(idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relname in ('children', 'weeks')`;
        return Number(read?.['rows']);
      });
    };
    for (const work of ['backfill', 'retry']) {
      const read = await readBy(work);
      assert.ok(read < 20 * weeks, `${work}: ${read} rows`);
      await fresh.sql`delete from habit_tracker`;
      await fresh.sql`delete from children`;
      await fresh.sql`vacuum analyze children, weeks`;
    }
    assert.equal((await fresh.sql`select from dual_write_failures where resolved_at is null and error <> 'duplicate_week'`).length, 0);
  });

  test('isolated, it changes nothing and says why: what others commit meanwhile would be missed', async () => {
    await week('2025-10-13');
    await sql`select set_dual_write_mode('on')`;
    for (const level of ['repeatable read', 'serializable'])
      await assert.rejects(
        sql.begin(`isolation level ${level}`, (on) => on`select from backfill_legacy_weeks(false)`),
        /has to see what others commit while it runs, and this transaction does not\. Nothing was changed\. Run it at the isolation level read committed/,
      );
    assert.equal((await sql`select from weeks`).length, 0);
    assert.equal((await sql.begin('isolation level repeatable read', (on) => on`select from backfill_legacy_weeks()`)).length, 1);
    assert.equal((await backfill('false')).length, 1);
  });

  test('in the transaction that switches on, it says that it has to be run once more', async () => {
    const warned: string[] = [];
    const own = postgres(project.url, { max: 1, onnotice: ({ message }) => void warned.push(message ?? '') });
    await own.begin(async (transaction) => {
      await transaction`select set_dual_write_mode('on')`;
      await transaction`select from backfill_legacy_weeks(false)`;
    });
    assert.match(warned.join(), /^The dual-write was switched on in this transaction, .* Run the backfill once more after that\.$/);
    warned.length = 0;
    await own`select from backfill_legacy_weeks(false)`;
    await own.end();
    assert.deepEqual(warned, []);
  });

  test('nobody waits until the end for a child whose weeks stay as they are', async () => {
    for (const child of ['Mia', 'Zoe']) await week('2025-10-13', { child });
    await backfill('false');
    await sql`update habit_tracker set theme = 'new' where child_name = 'Zoe'`;
    const lock = (child: string) =>
      sql.begin(async (transaction) => {
        await transaction`set local lock_timeout = '1ms'`;
        await transaction`select dual_write_lock(${user(1)}, ${child})`;
      });
    await sql.begin(async (transaction) => {
      await transaction`select backfill_legacy_weeks(false)`;
      await lock('Mia');
      await assert.rejects(lock('Zoe'), /lock timeout/);
    });
    assert.deepEqual(
      (await sql`select theme from weeks where theme is not null`).map(({ theme }) => theme),
      ['new'],
    );
  });

  test('it repairs what traffic without dual-write left different', async () => {
    await sql`select set_dual_write_mode('on')`;
    await week('2025-10-13');
    await week('2025-10-20');
    await sql`select set_dual_write_mode('legacy_only')`;
    await sql`update habit_tracker set theme = 'new', habits = ${sql.json([{ name: 'B', times: ['red', '', '', '', '', '', ''] }])} where week_start_date = '2025-10-13'`;
    await week('2025-10-27');
    assert.equal((await bot()).verdict, 'drift');
    const answers = await backfill('false');
    assert.deepEqual(
      answers.map(({ action, reason, habits, records }) => [action, reason, habits, records]),
      [
        ['create', 'the week is missing', 1, 1],
        ['update', 'differs: theme, 2 habits, 2 records', 2, 2],
      ],
    );
    assert.equal((await bot()).verdict, 'in-sync');
  });

  test('weeks that were deleted while the dual-write was not on stay, until the statements of the documentation remove them', async () => {
    await sql`select set_dual_write_mode('on')`;
    for (const date of ['2025-10-13', '2025-10-20', '2025-10-27']) await week(date);
    await sql`insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-11-03', '2025-11-09' from children`;
    await sql`select set_dual_write_mode('legacy_only')`;
    await sql`delete from habit_tracker where week_start_date = '2025-10-20'`;
    await sql`update habit_tracker set user_id = null where week_start_date = '2025-10-27'`;
    await sql`select set_dual_write_mode('on')`;
    assert.deepEqual(
      (await backfill('false')).map(({ action, reason }) => [action, reason]),
      [['skip', 'no_owner: the row has no user_id']],
    );

    const page = readFileSync(join(import.meta.dirname, '../../docs/dual-write.md'), 'utf8');
    const [, list = '', remove = ''] = /```sql\n(-- Weeks of the migration[\s\S]*?;)\n\n(delete [\s\S]*?;)\n```/.exec(page) ?? [];
    assert.deepEqual(
      (await sql.unsafe(list)).map((row) => row['week_start_date'].toISOString().slice(0, 10)),
      ['2025-10-20'],
    );
    await sql.unsafe(remove);
    const left = await sql`select week_start_date::text as date, source_version as version from weeks order by 1`;
    assert.deepEqual(
      left.map(({ date, version }) => [date, version]),
      [
        ['2025-10-13', 'dual_write'],
        ['2025-10-27', 'dual_write'],
        ['2025-11-03', 'new_schema'],
      ],
    );
    assert.equal((await sql`select from habits`).length, 2);
  });
});
