/**
 * Measures how much drift is found, and how often something is reported that is not drift.
 *
 *   npm run proof                                     some thousand cases and eight minutes of live writers
 *   npm run proof -- --cases 200 --rows 100 --seconds 30   quicker; a part with 0 is left out
 *
 * Four parts, over a real Postgres server, the first one over the embedded one as well:
 * - both engines of a full comparison agree about rows with every known trap;
 * - a column of another type than the reference's is read correctly or named, and is never reported as drift (with `--rows`);
 * - every kind of drift, alone and mixed, at random places, is found, and nothing else;
 * - writers that keep both sides in step, in one transaction or in two up to 500 ms apart, and one that saves legacy weeks
 *   again with other spellings, cause no finding, and a real difference made meanwhile is found.
 *
 * The same for declared pairs, with random declarations: `--pair declared` or `--pair habit-tracker` tries one of the two.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { check } from '../action/src/check.ts';
import { connectHabitTracker } from '../action/src/pair/pairs.ts';
import { readSettings } from '../action/src/inputs.ts';
import type { Report } from '../action/src/report/report.ts';
import { upperBound } from '../action/src/verdict/upper-bound.ts';
import { largeCase } from '../demo/data.ts';
import { startPostgres } from '../demo/postgres.ts';
import { fillingSql, said, traps, withoutChecks } from '../demo/traps.ts';
import { startWorld, type World } from '../demo/world.ts';
import { openPlace, proveDeclaredAgreement, proveDeclaredRecall, proveDeclaredWriters } from './proof-declared.ts';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    rows: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '240' },
    seed: { type: 'string', default: '1' },
    pair: { type: 'string', default: 'both' },
  },
});
const [cases, rows, seconds, seed] = [options.cases, options.rows, options.seconds, options.seed].map(Number) as [number, number, number, number];

async function run(world: World, inputs: Record<string, string>): Promise<Report> {
  const values: Record<string, string> = {
    'supabase-url': world.url,
    'supabase-key': world.secretKey,
    mode: 'full',
    'settle-seconds': '0',
    'reveal-values': 'true',
    ...inputs,
  };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'proof-1' });
  return check({ settings, connection: await connectHabitTracker(settings), now: () => new Date(0) });
}

/** Runs both engines, one after the other. */
async function runBoth(world: World, inputs: Record<string, string>): Promise<[digest: Report, stream: Report]> {
  const digest = await run(world, inputs);
  await world.sql('alter function driftwatch_version() rename to hidden_driftwatch_version');
  const stream = await run(world, inputs);
  await world.sql('alter function hidden_driftwatch_version() rename to driftwatch_version');
  return [digest, stream];
}

async function proveAgreement(world: World, where: string, count: number): Promise<void> {
  let weeks = 0;
  let differing = 0;
  for (const alignment of ['skip', 'monday', 'exact'] as const) {
    await fc.assert(
      fc.asyncProperty(traps(alignment), async (both) => {
        await world.sql(fillingSql(both));
        const [digest, stream] = await runBoth(world, { 'week-alignment': alignment });
        assert.deepEqual([digest.engine, stream.engine], ['digest', 'stream']);
        assert.deepEqual(said(digest), said(stream));
        weeks += digest.drift.compared;
        differing += digest.drift.differing;
      }),
      { numRuns: Math.ceil(count / 3), seed, endOnFailure: true },
    );
  }
  console.log(`Two engines, ${where}: the same about ${count} cases (${weeks} weeks, ${differing} of them differing).`);
}

const pickWeek = `select id from weeks order by md5(id::text || $1) limit 1`;
const pickHabit = `select id from habits order by md5(id::text || $1) limit 1`;
const pickRecord = `select id from habit_records order by md5(id::text || $1) limit 1`;

/**
 * Each kind of drift: SQL that causes it once, at a place that depends on `$1`; the type it must be found as, and what it must not be taken
 * for.
 */
const drifts: Readonly<Record<string, readonly [sql: string, type: string, never?: RegExp]>> = {
  'a lost record': [`delete from habit_records where id = (${pickRecord})`, 'MISSING_RECORD'],
  'another status': [`update habit_records set status = case status when 'red' then 'green' else 'red' end where id = (${pickRecord})`, 'DATA_MISMATCH'],
  'a record too many': [
    `insert into habit_records (habit_id, record_date, status) select h.id, w.week_start_date + 8, 'red' from habits h join weeks w on w.id = h.week_id where h.id = (${pickHabit})`,
    'ORPHAN_RECORD',
  ],
  'a record on another day': [`update habit_records set record_date = record_date - 70 where id = (${pickRecord})`, 'MISSING_RECORD'],
  'a lost habit': [`delete from habits where id = (${pickHabit})`, 'MISSING_HABIT'],
  'a habit too many': [`insert into habits (week_id, name) select id, 'one more' from (${pickWeek}) w`, 'ORPHAN_HABIT'],
  'a renamed habit': [`update habits set name = name || '?' where id = (${pickHabit})`, 'MISSING_HABIT'],
  'a lost week': [`delete from weeks where id = (${pickWeek})`, 'MISSING_WEEK'],
  'a week too many': [
    `insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, child_id, week_start_date + 7000, week_start_date + 7006 from weeks where id = (${pickWeek})`,
    'ORPHAN_WEEK',
  ],
  'another theme': [`update weeks set theme = coalesce(theme, '') || '!' where id = (${pickWeek})`, 'DATA_MISMATCH'],
  'another reward': [`update weeks set reward = null where id = (${pickWeek})`, 'DATA_MISMATCH'],
  'another reflection': [`update weeks set reflection = reflection || '{"bestDay": "x"}' where id = (${pickWeek})`, 'DATA_MISMATCH'],
  'another end': [`update weeks set week_end_date = week_end_date + 1 where id = (${pickWeek})`, 'DATA_MISMATCH'],
  'a lost child': [`delete from children where id = (select child_id from weeks where id = (${pickWeek}))`, 'MISSING_CHILD'],
  'a changed legacy cell': [
    `update habit_tracker set habits = jsonb_set(habits, '{0,times,3}', case habits #>> '{0,times,3}' when 'red' then '"green"' else '"red"' end::jsonb) where id = (select id from habit_tracker order by md5(id::text || $1) limit 1)`,
    '',
  ],
  'a second legacy row': [
    `insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits) select user_id, child_name, 'again ' || $1, week_start_date, habits from habit_tracker order by md5(id::text || $1) limit 1`,
    'DUPLICATE_WEEK',
  ],
  'an unreadable cell': [
    `update habit_tracker set habits = jsonb_set(habits, '{0,times,2}', '"blue"') where id = (select id from habit_tracker order by md5(id::text || $1) limit 1)`,
    'MALFORMED_LEGACY',
  ],
  'the week of another user': [
    `update weeks set user_id = (select id from auth.users where id <> weeks.user_id order by md5(id::text || $1) limit 1) where id = (${pickWeek})`,
    'WRONG_OWNER',
    /MISSING|ORPHAN|COUNT/,
  ],
  // With the lowest id of all, so that it is read first.
  'a second, empty row of a week': [
    `alter table weeks drop constraint weeks_child_id_week_start_date_key;
     insert into weeks (id, user_id, child_id, week_start_date, week_end_date)
     select '00000000-0000-0000-0000-000000000000', user_id, child_id, week_start_date, week_end_date from weeks where id = (${pickWeek})`,
    'ORPHAN_WEEK',
    /MISSING|DATA/,
  ],
  'a habit without a week': [
    rehung('habits', 'week_id', 'weeks', `insert into habits (week_id, name) values (md5('nowhere ' || $1)::uuid, 'left behind')`),
    'COUNT_MISMATCH',
    /MISSING|ORPHAN|DATA/,
  ],
  'a record without a habit': [
    rehung(
      'habit_records',
      'habit_id',
      'habits',
      `insert into habit_records (habit_id, record_date, status) values (md5('nowhere ' || $1)::uuid, '2025-10-13', 'red')`,
    ),
    'COUNT_MISMATCH',
    /MISSING|ORPHAN|DATA/,
  ],
};

/** Runs SQL while a foreign key is dropped; it is restored without checking the existing rows. */
function rehung(table: string, column: string, parent: string, meanwhile: string): string {
  const key = `fk_${table}_${column}`;
  return `alter table ${table} drop constraint ${key}; ${meanwhile};
    alter table ${table} add constraint ${key} foreign key (${column}) references ${parent} (id) on delete cascade not valid`;
}

/** Restores what was dropped for an injection, after the rows are back. */
const heal: Readonly<Record<string, string>> = {
  'a second, empty row of a week': `alter table weeks add constraint weeks_child_id_week_start_date_key unique (child_id, week_start_date) deferrable initially immediate`,
};

/** Columns with other types: a run must either read them correctly or say which column it is. */
const otherTypes: readonly (readonly [table: string, column: string, type: string, back: string, verdict: 'in-sync' | 'unknown' | 'either'])[] = [
  ['weeks', 'week_start_date', 'timestamptz', 'date', 'unknown'],
  ['weeks', 'week_end_date', 'timestamptz', 'date', 'unknown'],
  ['weeks', 'week_start_date', 'timestamp', 'date', 'unknown'],
  ['habit_records', 'record_date', 'timestamptz', 'date', 'unknown'],
  ['habit_tracker', 'week_start_date', 'timestamptz', 'date', 'unknown'],
  ['habit_tracker', 'habits', 'json', 'jsonb', 'in-sync'],
  ['habit_tracker', 'reflection', 'json', 'jsonb', 'in-sync'],
  ['weeks', 'reflection', 'json', 'jsonb', 'in-sync'],
  ['habit_tracker', 'habits', 'text', 'jsonb', 'either'],
  ['weeks', 'reflection', 'text', 'jsonb', 'either'],
  ['weeks', 'week_start_date', 'text', 'date', 'either'],
  ['habit_tracker', 'week_start_date', 'text', 'date', 'either'],
  ['habit_records', 'record_date', 'text', 'date', 'either'],
  ['weeks', 'theme', 'varchar(200)', 'text', 'in-sync'],
  ['children', 'name', 'varchar(200)', 'text', 'in-sync'],
  ['weeks', 'theme', 'jsonb', 'text', 'either'],
  ['habit_records', 'status', 'varchar(20)', 'text', 'in-sync'],
];

/** The names of types in the catalogue. */
const longNames: Readonly<Record<string, string>> = { timestamptz: 'timestamp with time zone', timestamp: 'timestamp without time zone' };

async function proveTypes(world: World): Promise<void> {
  await fillAgain(world, { weeks: 60, childrenCount: 6 });
  let wrong = 0;
  for (const [table, column, type, back, verdict] of otherTypes) {
    const isProse = type === 'jsonb' && back === 'text';
    const become = (next: string, using: string) =>
      world.sql(`alter table ${table} alter column ${column} drop default, alter column ${column} type ${next} using ${using}`);
    await become(type, isProse ? `to_jsonb(${column})` : `${column}::${type}`);
    for (const report of await runBoth(world, {})) {
      const reason = report.reason ?? '';
      const named = [table, column, back].every((word) => reason.includes(word)) && [type, longNames[type] ?? type].some((word) => reason.includes(word));
      const good = report.verdict === 'in-sync' ? verdict !== 'unknown' : report.verdict === 'unknown' && verdict !== 'in-sync' && named;
      if (good) continue;
      wrong += 1;
      console.log(`a column of another type: ${table}.${column} as ${type}, ${report.engine}: ${report.verdict}, ${report.findingsTotal} findings, ${reason}`);
    }
    await become(back, isProse ? `${column} #>> '{}'` : `${column}::${back}`);
  }
  await world.sql(
    `alter table habit_tracker alter column habits set default '[]', alter column reflection set default '{}'; alter table weeks alter column reflection set default '{}'`,
  );
  console.log(`Columns of another type: ${otherTypes.length}, each with both engines; ${wrong} read as something else than they are or not named.`);
}

/** Fills both sides with agreeing rows, and nothing else. */
async function fillAgain(world: World, size: { weeks: number; childrenCount: number }): Promise<void> {
  await world.sql(`truncate auth.users, habit_tracker, children, weeks, habits, habit_records cascade`);
  await world.sql(largeCase({ ...size, seed }));
}

async function proveRecall(world: World, count: number): Promise<void> {
  const kinds = Object.keys(drifts);
  let found = 0;
  let injected = 0;
  let falseAlarms = 0;
  let quiet = 0;
  let alone = 0;
  await fillAgain(world, { weeks: 400, childrenCount: 20 });
  const tables = ['children', 'weeks', 'habits', 'habit_records', 'habit_tracker'];
  for (const table of tables) await world.sql(`create table kept_${table} as table ${table}`);
  const restore = async () => {
    await world.sql(`set session_replication_role = replica; truncate ${tables.join(', ')} cascade;
      ${tables.map((table) => `insert into ${table} table kept_${table}`).join('; ')}; set session_replication_role = default`);
  };

  for (let number = 0; number < count; number += 1) {
    // Each kind alone, one after the other; then several at once.
    const mixed = number % 3 === 2;
    const chosen = mixed ? [0, 5, 11].map((step) => kinds[(number + step) % kinds.length] ?? '') : [kinds[alone % kinds.length] ?? ''];
    if (!mixed) alone += 1;
    for (const [index, kind] of chosen.entries()) await world.sql((drifts[kind]?.[0] ?? '').replaceAll('$1', `'${seed} ${number} ${index}'`));
    const report = await run(world, {});
    const types = new Set(report.findings.map(({ type }) => type));
    injected += 1;
    const [, type = '', never] = drifts[chosen[0] ?? ''] ?? [];
    // Mixed drifts may hide each other (the record of a week that is lost as well): there only the verdict counts.
    if (report.engine === 'digest' && report.verdict === 'drift' && (mixed || type === '' || types.has(type))) found += 1;
    else console.log(`missed: ${chosen.join(', ')} (case ${number}): ${report.verdict}, ${[...types].join(', ')}`);
    const wrong = never ? [...types].filter((name) => never.test(name) && name !== type) : [];
    if (!mixed && (report.drift.differing > (chosen[0] === 'a lost child' ? 400 : 1) || wrong.length > 0)) {
      falseAlarms += 1;
      console.log(`more than was injected: ${chosen.join(', ')} (case ${number}) ${wrong.join(', ')}`);
    }
    await restore();
    for (const kind of chosen) if (heal[kind]) await world.sql(heal[kind]);
    if (number % 10 === 0) {
      const calm = await run(world, {});
      quiet += 1;
      if (calm.verdict !== 'in-sync') falseAlarms += 1;
    }
  }
  const bound = (misses: number, of: number) => `${((1 - upperBound(misses, of, 0.95)) * 100).toFixed(2)}%`;
  console.log(`Recall: ${found} of ${injected} injections found (at least ${bound(injected - found, injected)} at 95% confidence).`);
  console.log(
    `False alarms on data at rest: ${falseAlarms} in ${injected + quiet} runs (at most ${(upperBound(falseAlarms, injected + quiet, 0.95) * 100).toFixed(2)}% at 95% confidence).`,
  );
}

const statuses = ['green', 'yellow', 'red', ''];

/** The same name, in the spellings that people and programs use. */
const spellings: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `${name}  `,
  (name) => name.normalize('NFD'),
  (name) => `\u00a0${name.normalize('NFD')}\t`,
];

async function proveLiveWriters(world: World, url: string, forSeconds: number): Promise<void> {
  const { default: postgres } = await import('postgres');
  const sql = postgres(url, { max: 8, onnotice: () => undefined });
  const rowCount = 400;
  await world.sql('drop table if exists kept_children, kept_weeks, kept_habits, kept_habit_records, kept_habit_tracker');
  await fillAgain(world, { weeks: rowCount, childrenCount: 20 });
  await world.sql(
    `update habit_tracker set child_name = replace(child_name, 'Kind', '김하준 Zoë'); update children set name = replace(name, 'Kind', '김하준 Zoë')`,
  );
  const end = performance.now() + forSeconds * 1000;
  let writes = 0;

  /** Sets one cell on both sides. */
  async function writer(apartMs: number, index: number): Promise<void> {
    for (let step = 0; performance.now() < end; step += 1) {
      // Each writer has its own rows: two writers of one cell would not keep the sides in step.
      const id = 1 + ((step * 7) % Math.floor(rowCount / 8)) * 8 + index;
      const day = step % 7;
      const status = statuses[(step + index) % statuses.length] ?? '';
      const legacy = (db: typeof sql) =>
        db`update habit_tracker set habits = jsonb_set(habits, array['0', 'times', ${String(day)}::text], to_jsonb(${status}::text)) where id = ${id}`;
      const normalized = async (db: typeof sql) => {
        const habit = db`select md5('habit ' || ${id}::text || ' 1')::uuid`;
        await db`delete from habit_records where habit_id = (${habit}) and record_date = (select week_start_date + ${day}::int from habit_tracker where id = ${id})`;
        if (status !== '')
          await db`insert into habit_records (habit_id, record_date, status) select (${habit}), week_start_date + ${day}::int, ${status} from habit_tracker where id = ${id}`;
      };
      if (apartMs === 0) {
        await sql.begin(async (db) => {
          await legacy(db as unknown as typeof sql);
          await normalized(db as unknown as typeof sql);
        });
      } else {
        await legacy(sql);
        await sleep(((step * 37) % 10) * (apartMs / 10));
        await sql.begin(async (db) => normalized(db as unknown as typeof sql));
      }
      writes += 1;
      await sleep(20);
    }
  }

  /** Saves weeks like the old app, each as a new row that exists a moment later, with the name in another spelling. */
  async function speller(index: number): Promise<void> {
    const ids = new Map<number, string>();
    const columns = 'user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection, updated_at';
    for (let step = 0; performance.now() < end; step += 1) {
      const first = 1 + ((step * 7) % Math.floor(rowCount / 8)) * 8 + index;
      const [row] = await sql<
        { row: { child_name: string } }[]
      >`delete from habit_tracker t where id = ${ids.get(first) ?? first} returning to_jsonb(t) as row`;
      assert.ok(row, 'nobody else writes to this week');
      await sleep(((step * 37) % 10) * 40);
      const child_name = spellings[step % spellings.length]?.(row.row.child_name.trim().normalize('NFC')) ?? '';
      const [saved] = await sql<{ id: string }[]>`
        insert into habit_tracker ${sql.unsafe(`(${columns})`)} select ${sql.unsafe(columns)}
        from jsonb_populate_record(null::habit_tracker, ${sql.json({ ...row.row, child_name })}) returning id`;
      if (saved) ids.set(first, saved.id);
      writes += 1;
      await sleep(20);
    }
  }

  const writers = [...[0, 0, 0, 500, 500, 500].map((apartMs, index) => writer(apartMs, index)), speller(6)];
  let runs = 0;
  let alarms = 0;
  let transient = 0;
  let hidden = 0;
  let real = 0;
  while (performance.now() < end) {
    // Every other run has a real difference to find; the last of each eight rows has no writer.
    const planted = runs % 2 === 1;
    const week = 8 + (runs % 40) * 8;
    if (planted) await world.sql(`update weeks set reward = 'else' where id = md5('week ' || ${week})::uuid`);
    const report = await run(world, { 'settle-seconds': '2' });
    if (planted) await world.sql(`update weeks set reward = '새 책 한 권' where id = md5('week ' || ${week})::uuid`);
    runs += 1;
    transient += report.transient;
    const about = report.findings.filter(({ place }) => place?.[0] === 'reward').length;
    if (planted) real += 1;
    if (planted && about !== 1) hidden += 1;
    if (report.findings.length > about || report.verdict === 'unknown' || (!planted && about > 0)) {
      alarms += 1;
      console.log(`false alarm: ${report.verdict} ${report.reason ?? ''} ${report.findings.map(({ type, key }) => `${type} ${key?.['week']}`).join(', ')}`);
    }
  }
  await Promise.all(writers);
  await sql.end();
  const afterwards = await run(world, { 'settle-seconds': '2' });
  assert.equal(afterwards.verdict, 'in-sync', 'the writers themselves left a difference');
  console.log(
    `Live writers: ${writes} writes during ${runs} runs; ${alarms} false alarms (at most ${(upperBound(alarms, runs, 0.95) * 100).toFixed(1)}% of runs at 95% confidence), ` +
      `${transient} differences seen and gone; ${real - hidden} of ${real} real differences found.`,
  );
}

if (options.pair !== 'declared') {
  if (cases > 0) {
    const embedded = await startWorld({ migrations: ['014'] });
    await embedded.sql(withoutChecks);
    await proveAgreement(embedded, 'embedded Postgres', cases);
    await embedded.close();
  }
  const postgres = await startPostgres();
  const server = await startWorld({ migrations: ['014'], postgres: postgres.url });
  try {
    await server.sql(withoutChecks);
    if (cases > 0) await proveAgreement(server, 'Postgres server', Math.ceil(cases / 2));
    if (rows > 0) await proveTypes(server);
    if (rows > 0) await proveRecall(server, rows);
    if (seconds > 0) await proveLiveWriters(server, postgres.url, seconds);
  } finally {
    await server.close();
    await postgres.close();
  }
}

if (options.pair !== 'habit-tracker') {
  if (cases > 0) {
    const embedded = await startWorld({ migrations: ['021'] });
    const place = await openPlace(embedded);
    await proveDeclaredAgreement(place, 'embedded Postgres', { count: cases, seed });
    await place.close();
    await embedded.close();
  }
  const postgres = await startPostgres();
  const server = await startWorld({ migrations: ['021'], postgres: postgres.url });
  const place = await openPlace(server);
  try {
    if (cases > 0) await proveDeclaredAgreement(place, 'Postgres server', { count: Math.ceil(cases / 2), seed });
    if (rows > 0) await proveDeclaredRecall(place, { count: rows, seed });
    if (seconds > 0) await proveDeclaredWriters(place, postgres.url, { seconds, seed });
  } finally {
    await place.close();
    await server.close();
    await postgres.close();
  }
}
