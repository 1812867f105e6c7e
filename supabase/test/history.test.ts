import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type postgres from 'postgres';
import { createDatabase, startPostgres, type Database } from './server.ts';

const migration = readFileSync(join(import.meta.dirname, '../migrations/020_create_driftwatch_history.sql'), 'utf8');

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Database;
let sql: postgres.Sql;
before(async () => {
  server = await startPostgres();
  database = await createDatabase(server, {
    migrate: false,
    prepare: `
      alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
      alter default privileges in schema public grant all on functions to anon, authenticated, service_role;`,
  });
  sql = database.sql;
  await sql.begin((transaction) => transaction.unsafe(migration));
});
after(async () => {
  await database?.close();
  await server?.stop();
});

let runs = 0;
const newRun = (change: Record<string, unknown> = {}): string => {
  runs += 1;
  return JSON.stringify({
    id: runs.toString(16).padStart(32, '0'),
    pair: 'habit-tracker',
    finished_at: new Date().toISOString(),
    verdict: 'drift',
    severity: 'high',
    conclusive: true,
    rate: 0.0123,
    findings: 5_000_000_000,
    differing: 3,
    compared: 18,
    population: 18,
    ...change,
  });
};

const record = async (run: string): Promise<boolean> => (await sql<{ isNew: boolean }[]>`select driftwatch_record_run(${run}) as "isNew"`)[0]?.isNew ?? false;
const total = async (): Promise<number> => Number((await sql`select count(*) from driftwatch_history`)[0]?.['count']);

/** What comes of a statement that a role runs. */
const as = (role: string, statement: string): Promise<string> =>
  sql
    .begin(async (transaction) => {
      await transaction.unsafe(`set local role ${role}`);
      return `${(await transaction.unsafe(statement)).length} rows`;
    })
    .catch((error: Error) => error.message);

describe('the record of runs', () => {
  test('is kept as it was sent', async () => {
    const run = newRun();
    assert.equal(await record(run), true);
    const { id, finished_at: _at, ...rest } = JSON.parse(run);
    const [row] = await sql`select * from driftwatch_history where id = ${id}`;
    for (const [name, value] of Object.entries(rest)) assert.equal(String(row?.[name]), String(value), name);
  });

  test('has the times of the server, whatever the clock of a runner says', async () => {
    for (const finished_at of ['2030-01-01T00:00:00Z', '2020-01-01T00:00:00Z', null, 'yesterday, Mia']) {
      const run = newRun({ finished_at });
      const [start] = await sql`select clock_timestamp() as at`;
      assert.equal(await record(run), true);
      const [row] =
        await sql`select finished_at between ${start?.['at']} and clock_timestamp() as is_now from driftwatch_history where id = ${JSON.parse(run).id}`;
      assert.equal(row?.['is_now'], true, String(finished_at));
    }
  });

  test('says when parts that were put together late were compared, within a day', async () => {
    for (const [age_seconds, expected] of [
      [3600, 3600],
      [0.5, 0.5],
      [10 * 86_400, 86_400],
      [-60, 0],
      [null, 0],
      ['NaN', 86_400],
    ] as const) {
      const run = newRun({ age_seconds });
      // In one transaction, whose time stands still.
      const [row] = await sql.begin(async (transaction) => {
        await transaction`select driftwatch_record_run(${run})`;
        return transaction`select extract(epoch from now() - finished_at)::float8 as age from driftwatch_history where id = ${JSON.parse(run).id}`;
      });
      assert.equal(row?.['age'], expected, String(age_seconds));
    }
  });

  test('holds a run once, however often and at once it is sent', async () => {
    const run = newRun();
    const earlier = await total();
    const answers = await Promise.all(Array.from({ length: 50 }, () => record(run)));
    assert.equal(answers.filter(Boolean).length, 1);
    assert.equal(await total(), earlier + 1);
  });

  test('takes many runs at the same time', async () => {
    const earlier = await total();
    await Promise.all(Array.from({ length: 50 }, () => record(newRun())));
    assert.equal(await total(), earlier + 50);
  });

  /** Records a run that ended at another time. */
  async function recordAt(finished_at: string): Promise<Record<string, unknown>> {
    const { id, finished_at: _now, ...rest } = JSON.parse(newRun());
    await record(JSON.stringify({ id, ...rest }));
    await sql`update driftwatch_history set finished_at = ${finished_at} where id = ${id}`;
    return { id, ...rest };
  }

  test('is given back in one answer, the newest first', async () => {
    const latest = await recordAt('2030-01-02T00:00:00.001Z');
    await recordAt('2030-01-01T00:00:00Z');
    const [row] = await sql`select driftwatch_recent_runs() as runs`;
    const { age_seconds: age, ...first } = row?.['runs'][0] ?? {};
    assert.deepEqual(first, { ...latest, finished_at: '2030-01-02T00:00:00.001+00:00' });
    assert.equal(row?.['runs'][1].finished_at, '2030-01-01T00:00:00+00:00');
    assert.equal(Number((row?.['runs'][1].age_seconds - age).toFixed(3)), 86_400.001, 'and says how long ago each was');
    assert.equal(row?.['runs'].length, await total());
  });

  test('gives a pair its own runs, however many others have on record since', async () => {
    await record(newRun({ pair: 'seldom' }));
    await sql`
      insert into driftwatch_history (id, pair, finished_at, verdict, severity, conclusive, rate, findings, differing, compared, population)
      select md5('often' || n), 'often', now() + interval '1 minute', 'in-sync', 'none', true, 0, 0, 0, 1, 1 from generate_series(1, 1000) n`;
    const [row] = await sql<{ seldom: { pair: string }[]; all: { pair: string }[] }[]>`
      select driftwatch_recent_runs('seldom') as seldom, driftwatch_recent_runs() as all`;
    await sql`delete from driftwatch_history where pair = 'often'`;
    assert.deepEqual(
      row?.seldom.map(({ pair }) => pair),
      ['seldom'],
    );
    assert.equal(row?.all.length, 1000);
  });

  test('forgets what is older than 13 months, and nothing else', async () => {
    const [ages] = await sql`select now() - interval '13 months' - interval '1 hour' as old, now() - interval '13 months' + interval '1 hour' as young`;
    const old = await recordAt(ages?.['old']);
    const young = await recordAt(ages?.['young']);
    await record(newRun());
    const kept = await sql`select id from driftwatch_history where id in (${String(old['id'])}, ${String(young['id'])})`;
    assert.deepEqual(
      kept.map(({ id }) => id),
      [young['id']],
    );
  });

  test('has no room for free text, nor for numbers that cannot be', async () => {
    const earlier = await total();
    for (const change of [
      { id: 'Mia' },
      { pair: 'Mia Example' },
      { verdict: 'Mia' },
      { severity: 'Mia' },
      { conclusive: null },
      { rate: 1.1 },
      { rate: -0.1 },
      { rate: 'NaN' },
      { findings: -1 },
      { compared: null },
      { population: 'Mia' },
    ]) {
      await assert.rejects(record(newRun(change)), { name: 'PostgresError' }, JSON.stringify(change));
    }
    assert.equal(await record(newRun({ child: 'Mia' })), true, 'what is not asked for is left out');
    assert.equal(await total(), earlier + 1);
    assert.doesNotMatch(JSON.stringify(await sql`select * from driftwatch_history`), /Mia/);
  });

  test('stays as it is when the migration is applied again, over its earlier form as well', async () => {
    const earlier = await total();
    await sql.unsafe('drop function driftwatch_recent_runs(text)');
    await sql.unsafe(`create function driftwatch_recent_runs() returns jsonb language sql as $$ select '[]'::jsonb $$`);
    await sql.begin((transaction) => transaction.unsafe(migration));
    assert.equal(await total(), earlier);
    assert.ok((await sql`select driftwatch_recent_runs() as runs`)[0]?.['runs'].length > 0);
  });
});

describe('the record of runs is for the service role', () => {
  const statements = [
    'select * from driftwatch_history',
    'select driftwatch_recent_runs()',
    `select driftwatch_record_run('${newRun()}')`,
    'delete from driftwatch_history',
    `insert into driftwatch_history (id) values ('x')`,
    'truncate driftwatch_history',
  ];

  for (const role of ['anon', 'authenticated']) {
    test(`and not for ${role}, whom default privileges grant everything`, async () => {
      for (const statement of statements) assert.match(await as(role, statement), /^permission denied for (table|function) driftwatch_/, statement);
    });
  }

  test('which reads and records, and cannot empty the table', async () => {
    assert.match(await as('service_role', 'select * from driftwatch_history'), /^[1-9]\d* rows$/);
    assert.equal(await as('service_role', 'select driftwatch_recent_runs()'), '1 rows');
    assert.equal(await as('service_role', `select driftwatch_record_run('${newRun()}')`), '1 rows');
    assert.match(await as('service_role', 'truncate driftwatch_history'), /permission denied/);
  });

  test('and who gets the table by mistake sees no row: row-level security is on, without a policy', async () => {
    await sql`grant select on driftwatch_history to anon`;
    assert.equal(await as('anon', 'select * from driftwatch_history'), '0 rows');
    await sql.begin((transaction) => transaction.unsafe(migration));
    assert.match(await as('anon', 'select * from driftwatch_history'), /permission denied/);
  });
});

test('takes every name of a pair and the part of a run, once it is extended, and keeps what is there', async () => {
  const extension = readFileSync(join(import.meta.dirname, '../migrations/022_extend_driftwatch_history.sql'), 'utf8');
  const earlier = await total();
  await assert.rejects(record(newRun({ pair: 'two_words' })));
  // Twice: a migration may be applied again.
  for (let time = 0; time < 2; time += 1) await sql.begin((transaction) => transaction.unsafe(extension));
  assert.equal(await total(), earlier);
  assert.equal(await record(newRun({ pair: 'two_words' })), true);
  assert.equal(await record(newRun({ part: 2, parts: 8 })), true);
  const late = newRun({ pair: 'late', age_seconds: 3600 });
  assert.equal(await record(late), true);
  const [row] = await sql`select now() - finished_at between interval '1 hour' and interval '2 hours' as "isLate" from driftwatch_history where pair = 'late'`;
  assert.equal(row?.['isLate'], true);
  for (const wrong of [{ part: 9, parts: 8 }, { part: 1 }, { parts: 8 }, { part: 0, parts: 8 }, { pair: 'Two' }]) await assert.rejects(record(newRun(wrong)));
  const [answer] = await sql<{ runs: { pair: string; part: number | null; parts: number | null }[] }[]>`select driftwatch_recent_runs() as runs`;
  assert.deepEqual(
    answer?.runs
      .filter(({ pair, part }) => part !== null || pair === 'two_words')
      .map(({ pair, part, parts }) => [pair, part, parts])
      .toSorted(),
    [
      ['habit-tracker', 2, 8],
      ['two_words', null, null],
    ],
  );
});
