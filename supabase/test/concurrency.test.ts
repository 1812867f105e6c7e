import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { askBot } from './bot.ts';
import {
  createDatabase,
  emptyTables,
  send,
  startFunction,
  startPostgres,
  startProject,
  user,
  type Answered,
  type EdgeFunction,
  type Project,
} from './server.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let project: Project;
let edge: EdgeFunction;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  project = await startProject(await createDatabase(server));
  sql = project.sql;
  edge = await startFunction(project);
  for (let number = 1; number <= 5; number += 1) await sql`insert into auth.users (id) values (${user(number)})`;
});
after(async () => {
  // Whoever still asks where a test failed would ask for ever.
  notRestarted ??= new Error('The function has ended.');
  await edge?.kill();
  await project?.close();
  await server?.stop();
});
beforeEach(async () => {
  await sql.unsafe(`
    ${emptyTables}
    update dual_write_settings set week_alignment = 'skip', mode = 'on';`);
});

/** Numbers that look random and are the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const statuses = ['', 'green', 'yellow', 'red', 'none'];
const habitNames = ['독서', '운동', 'Math'];
const child = (number: number) => `child ${number}`;
const mondays = ['2025-10-06', '2025-10-13', '2025-10-20', '2025-10-27'];

const someHabits = (pick: (below: number) => number) =>
  habitNames.map((name, index) => ({ id: 1760000000000 + index, name, times: Array.from({ length: 7 }, () => statuses[pick(5)] ?? '') }));

/** Both sides of every cell, in SQL that shares nothing with what is tested: cells that only one side has. */
const disagreements = () => sql`
  with legacy as (
    select user_id, child_name, week_start_date as week, h ->> 'name' as habit, week_start_date + (t.day - 1)::int as date, t.status
    from habit_tracker, jsonb_array_elements(habits) h, jsonb_array_elements_text(h -> 'times') with ordinality t (status, day)
    where t.status not in ('', 'none')),
  normalized as (
    select w.user_id, c.name as child_name, w.week_start_date as week, h.name as habit, r.record_date as date, r.status
    from habit_records r join habits h on h.id = r.habit_id join weeks w on w.id = h.week_id join children c on c.id = w.child_id)
  (table legacy except all table normalized) union all (table normalized except all table legacy)`;

const weeksDisagree = () => sql`
  with legacy as (select user_id, child_name, week_start_date, coalesce(theme, '') as theme from habit_tracker),
  normalized as (select w.user_id, c.name, w.week_start_date, coalesce(w.theme, '') from weeks w join children c on c.id = w.child_id)
  (table legacy except all table normalized) union all (table normalized except all table legacy)`;

let notRestarted: unknown;
const restart = (): Promise<void> =>
  edge.restart().then(
    () => void (notRestarted = undefined),
    (error: unknown) => void (notRestarted = error),
  );

/** As a client would: the same key until there is an answer that is final. */
async function sendUntilAnswered(token: string, operation: string, data: Record<string, unknown>, key: string): Promise<Answered> {
  for (;;) {
    // Nobody will answer any more.
    if (notRestarted !== undefined) throw notRestarted;
    const answer = await send(edge, token, operation, data, { key }).catch(() => undefined);
    if (answer && answer.status < 500 && answer.body.error?.code !== 'in_progress') return answer;
    await sleep(50);
  }
}

type Transaction = postgres.TransactionSql;

/** What the old app does to the legacy table, knowing nothing of any other. */
async function saveAsTheOldAppDoes(pick: (below: number) => number): Promise<void> {
  const number = 1 + pick(5);
  const date = mondays[pick(mondays.length)] ?? '';
  // A week may have two rows, with two spellings of its period. Without an order, two statements of the old app could lock each other out.
  const rows = (on: postgres.Sql | Transaction) => on`
    select id from habit_tracker where user_id = ${user(number)} and child_name = ${child(number)} and week_start_date = ${date} order by id for update`;
  const remove = (on: postgres.Sql | Transaction) => on`delete from habit_tracker where id in (${rows(on)})`;
  const insert = (on: postgres.Sql | Transaction) => on`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits)
    values (${user(number)}, ${child(number)}, ${date}, ${date}, ${`theme ${pick(9)}`}, ${sql.json(someHabits(pick))})
    on conflict do nothing`;
  const kind = pick(4);
  if (kind === 0) await sql.begin(async (transaction) => [await remove(transaction), await insert(transaction)]);
  else if (kind === 1) await remove(sql).then(() => insert(sql));
  else if (kind === 2) await remove(sql);
  else await sql`update habit_tracker set theme = ${`theme ${pick(9)}`}, habits = ${sql.json(someHabits(pick))} where id in (${rows(sql)})`;
}

async function useTheFunction(pick: (below: number) => number): Promise<Answered> {
  const number = 1 + pick(5);
  const data = { child_name: child(number), week_start_date: mondays[pick(mondays.length)] };
  const kind = pick(10);
  const ask = (operation: string, more: Record<string, unknown>) =>
    sendUntilAnswered(project.tokenOf(user(number)), operation, { ...data, ...more }, crypto.randomUUID());
  if (kind < 2) return ask('create_week', { habits: someHabits(pick), theme: `theme ${pick(9)}` });
  if (kind === 2) return ask('delete_week', {});
  return ask('update_habit_record', { habit_name: habitNames[pick(3)], day: pick(7), status: statuses[pick(5)] });
}

describe('fifty workers on twenty shared weeks', () => {
  test('the function killed in the middle, the old app saving beside it: no difference that is not on record', async () => {
    let restarted = Promise.resolve();
    const counts: Record<string, number> = {};
    let answered = 0;
    const workers = Array.from({ length: 50 }, async (_, worker) => {
      const pick = chance(worker + 1);
      for (let operation = 0; operation < 20; operation += 1) {
        if (worker % 5 === 0) await saveAsTheOldAppDoes(pick);
        else {
          const { status } = await useTheFunction(pick);
          counts[status] = (counts[status] ?? 0) + 1;
          answered += 1;
          // However slow the machine is, some get through in each of its lives.
          if (answered % 60 === 0) restarted = restarted.then(restart);
        }
      }
    });
    await Promise.all(workers);
    await restarted;

    assert.ok((counts[200] ?? 0) > 100 && (counts[201] ?? 0) > 5, JSON.stringify(counts));
    const open = await sql`select error from dual_write_failures where resolved_at is null`;
    if (open.length === 0) {
      assert.deepEqual([...(await weeksDisagree())], []);
      assert.deepEqual([...(await disagreements())], []);
    }
    await sql`select retry_dual_write_failures()`;
    assert.equal((await sql`select from dual_write_failures where resolved_at is null`).length, 0);
    assert.deepEqual([...(await weeksDisagree())], []);
    assert.deepEqual([...(await disagreements())], []);
    const report = await askBot(project);
    assert.deepEqual([report.verdict, report.findings], ['in-sync', []]);
  });
});

describe('crashes', () => {
  const data = { child_name: child(1), week_start_date: '2025-10-13', habits: someHabits(chance(7)) };

  /** The whole of the week or nothing of it, on both sides. */
  async function wholeOrNothing(): Promise<boolean> {
    assert.deepEqual([...(await weeksDisagree())], []);
    assert.deepEqual([...(await disagreements())], []);
    return (await sql`select from habit_tracker`).length === 1;
  }

  test('wherever the function is killed, the week is there whole or not at all, and the retry gets one answer', async () => {
    const outcomes = new Set<string>();
    const killed = { 'as soon as it asks for something': (kill: () => void) => project.atNextRequest(kill) } as Record<string, (kill: () => void) => unknown>;
    for (const delay of [0, 2, 4, 6, 8, 10, 12, 15, 20, 30, 45, 60]) killed[`after ${delay} ms`] = (kill) => setTimeout(kill, delay);
    for (const [moment, when] of Object.entries(killed)) {
      // One that is not running asks for nothing, and would be waited for without end.
      if (edge.url.startsWith('http://127.0.0.1:1/')) await restart();
      if (notRestarted !== undefined) throw notRestarted;
      await sql`truncate habit_tracker, children, weeks, habits, habit_records, idempotency_log cascade`;
      const key = crypto.randomUUID();
      const lost = send(edge, project.tokenOf(user(1)), 'create_week', data, { key }).then(
        () => 'answered',
        () => 'lost',
      );
      await new Promise<void>((resolve) => when(() => void edge.kill().then(resolve)));
      const outcome = await lost;
      // What the function sent before may still be running in the database.
      await project.idle();
      const there = await wholeOrNothing();
      outcomes.add(`${outcome} ${there}`);
      assert.ok(outcome === 'lost' || there, moment);
      await restart();
      const answer = await sendUntilAnswered(project.tokenOf(user(1)), 'create_week', data, key);
      assert.deepEqual([answer.status, answer.headers.has('idempotency-replayed')], [201, there]);
      assert.ok(await wholeOrNothing());
      assert.equal((await sql`select from idempotency_log where key like ${`%${key}`}`).length, 1);
    }
    assert.ok(outcomes.has('lost false'), [...outcomes].join(', '));
  });

  test('wherever the connection to the database is cut, nothing is half done, and the retry does it', async () => {
    await sql.unsafe(`create or replace function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$`);
    for (const table of ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records', 'idempotency_log', 'dual_write_requests']) {
      await sql`truncate habit_tracker, children, weeks, habits, habit_records, idempotency_log cascade`;
      await sql.unsafe(`create trigger dawdle before insert on ${table} for each row execute function dawdle()`);
      const key = crypto.randomUUID();
      const request = JSON.stringify({ user: user(1), service: false, key, operation: 'create_week', data });
      const ended = new AbortController();
      const cut = sql`select dual_write_operation(${request})`
        .then(
          () => 'answered',
          (error: Error) => error.message,
        )
        .finally(() => ended.abort());
      const cutShort = () => sql`select pg_terminate_backend(pid) from pg_stat_activity
        where query like '%dual_write_operation%' and wait_event = 'PgSleep' and datname = current_database()`;
      while ((await cutShort()).length === 0 && !ended.signal.aborted) await sleep(10);
      assert.match(await cut, /terminating connection|CONNECTION_CLOSED/, table);
      await sql.unsafe(`drop trigger dawdle on ${table}`);
      assert.equal(await wholeOrNothing(), false, table);
      const answer = await sendUntilAnswered(project.tokenOf(user(1)), 'create_week', data, key);
      assert.deepEqual([answer.status, answer.headers.has('idempotency-replayed')], [201, false], table);
    }
  });
});
