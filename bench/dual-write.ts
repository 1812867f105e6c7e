/**
 * Measures what writing both sides costs: the Edge Function in Deno over a real Postgres server, the trigger under the
 * old app's saves, and the backfill. The API between function and database is as thin as can be, so that the figures are
 * the dual-write's own; everything, the clients included, runs on this machine.
 *
 *   node bench/dual-write.ts                           2,000 operations a measurement, 20,000 weeks to backfill
 *   node bench/dual-write.ts --operations 200 --weeks 500
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type postgres from 'postgres';
import { largeCase } from '../demo/data.ts';
import { createDatabase, send, startFunction, startPostgres, user, type Database, type EdgeFunction } from '../supabase/test/server.ts';

const { values } = parseArgs({ options: { operations: { type: 'string', default: '2000' }, weeks: { type: 'string', default: '20000' } } });
const operations = Number(values.operations);
const weeks = Number(values.weeks);
const families = 50;

type Timing = { perSecond: number; p50: number; p95: number; p99: number };

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Each client does the next thing as soon as its last one is done. */
async function measure(clients: number, count: number, work: (index: number) => Promise<unknown>): Promise<Timing> {
  const durations: number[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) {
        const index = next;
        next += 1;
        const begun = performance.now();
        await work(index);
        durations.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const sorted = durations.toSorted((a, b) => a - b);
  return { perSecond: count / seconds, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

/** As much of PostgREST and of the Auth API as the function asks for. */
async function startApi(sql: postgres.Sql): Promise<{ url: string; close: () => void }> {
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    outgoing.setHeader('content-type', 'application/json');
    if (incoming.url === '/auth/v1/user') {
      outgoing.end(JSON.stringify({ id: incoming.headers.authorization?.replace('Bearer token-of-', '') }));
      return;
    }
    const { p_request: asked } = JSON.parse(await text(incoming)) as { p_request: string };
    const [row] = await sql<{ answer: unknown }[]>`select dual_write_operation(${asked}) as answer`;
    outgoing.end(JSON.stringify(row?.answer));
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      console.error(error);
      outgoing.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const habits = (count: number, seed: number) =>
  Array.from({ length: count }, (_, habit) => ({
    id: 1760000000000 + habit,
    name: `습관 ${habit}`,
    times: Array.from({ length: 7 }, (_day, day) => ['green', '', 'yellow', '', 'red'][(seed + habit + day) % 5] ?? ''),
  }));

const monday = (index: number): string => new Date(Date.UTC(2024, 0, 1 + 7 * index)).toISOString().slice(0, 10);

/** Of ten operations eight fill a cell, one creates a week and one deletes the week created before. */
async function operate(edge: EdgeFunction, round: number, index: number): Promise<void> {
  const family = 1 + (index % families);
  const token = `token-of-${user(family)}`;
  const child = { child_name: `child ${family}` };
  const turn = Math.floor(index / families);
  const own = { ...child, week_start_date: monday(10 + round * 1000 + Math.floor(turn / 10)) };
  const { status, body } = await (turn % 10 === 0
    ? send(edge, token, 'create_week', { ...own, habits: habits(6, index) })
    : turn % 10 === 9
      ? send(edge, token, 'delete_week', own)
      : send(edge, token, 'update_habit_record', {
          ...child, week_start_date: monday(0), habit_name: `습관 ${index % 6}`, day: index % 7, status: ['green', 'yellow', 'red', ''][index % 4],
        }));
  // The last week of a round is not always there yet when another client wants to delete it.
  assert.ok(status < 300 || status === 404, JSON.stringify(body));
}

async function measureFunction(database: Database): Promise<string[]> {
  const { sql } = database;
  const api = await startApi(sql);
  const edge = await startFunction({ apiUrl: api.url, serviceKey: 'service' });
  await sql`select set_dual_write_mode('on')`;
  for (let family = 1; family <= families; family += 1) {
    await sql`insert into auth.users (id) values (${user(family)})`;
    await send(edge, `token-of-${user(family)}`, 'create_week', { child_name: `child ${family}`, week_start_date: monday(0), habits: habits(6, family) });
  }
  let round = 0;
  await measure(50, 500, (index) => operate(edge, round, index));

  const lines = ['| clients | mode | operations/s | p50 ms | p95 ms | p99 ms | cost of both sides |', '|--:|---|--:|--:|--:|--:|--:|'];
  for (const clients of [1, 10, 50]) {
    const timings: Record<string, Timing> = {};
    for (const mode of ['legacy_only', 'on']) {
      round += 1;
      await sql`select set_dual_write_mode(${mode})`;
      timings[mode] = await measure(clients, clients === 1 ? operations / 4 : operations, (index) => operate(edge, round, index));
      const { perSecond, p50, p95, p99 } = timings[mode];
      const ratio = mode === 'on' ? `${((timings['legacy_only']?.perSecond ?? Number.NaN) / perSecond).toFixed(2)}×` : '';
      lines.push(`| ${clients} | ${mode} | ${perSecond.toFixed(0)} | ${[p50, p95, p99].map((ms) => ms.toFixed(1)).join(' | ')} | ${ratio} |`);
    }
  }
  await edge.kill();
  api.close();
  return lines;
}

async function measureTrigger({ sql }: Database): Promise<string[]> {
  const family = user(1);
  // One tap, after which the app saves the whole week.
  const tapped = (index: number) =>
    habits(6, 0).map((habit, place) =>
      place === index % 6 ? { ...habit, times: habit.times.with(index % 7, index % 2 === 0 ? 'green' : 'red') } : habit,
    );
  const save = async (index: number) => {
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker where user_id = ${family} and week_start_date = '2023-01-02'`;
      await transaction`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
        values (${family}, 'child 1', 'bench', '2023-01-02', ${sql.json(tapped(index))})`;
    });
  };
  const lines = ['| trigger | p50 ms | p95 ms |', '|---|--:|--:|'];
  for (const mode of ['disabled', 'off', 'on']) {
    await sql`select set_dual_write_mode(${mode === 'disabled' ? 'off' : mode})`;
    await sql.unsafe(`alter table habit_tracker ${mode === 'disabled' ? 'disable' : 'enable'} trigger trigger_habit_tracker_dual_write`);
    await measure(1, 50, save);
    const { p50, p95 } = await measure(1, Math.min(operations, 500), save);
    lines.push(`| ${mode} | ${p50.toFixed(2)} | ${p95.toFixed(2)} |`);
  }
  return lines;
}

async function measureBackfill({ sql }: Database): Promise<string[]> {
  await sql.unsafe(`select set_dual_write_mode('off'); truncate habit_tracker, children, weeks, habits, habit_records cascade`);
  const connection = await sql.reserve();
  await connection.unsafe(largeCase({ weeks, childrenCount: Math.ceil(weeks / 50), seed: 1 }));
  connection.release();
  await sql.unsafe('truncate children, weeks, habits, habit_records cascade; analyze');
  const started = performance.now();
  const [done] = await sql`
    select count(*)::int as weeks, sum(habits)::int as habits, sum(records)::int as records
    from backfill_legacy_weeks(false, null, ${weeks}) where action = 'create'`;
  const seconds = (performance.now() - started) / 1000;
  const again = performance.now();
  const changed = await sql`select from backfill_legacy_weeks(false, null, ${weeks}) where action <> 'skip'`;
  const secondsAgain = (performance.now() - again) / 1000;
  assert.equal(changed.length, 0);
  const rows = Number(done?.['weeks']) + Number(done?.['habits']) + Number(done?.['records']);
  return [
    `${done?.['weeks']} weeks with ${done?.['habits']} habits and ${done?.['records']} records in ${seconds.toFixed(1)} s: ` +
      `${(rows / seconds).toFixed(0)} rows/s, ${(Number(done?.['weeks']) / seconds).toFixed(0)} weeks/s. ` +
      `Once more, with nothing to do: ${secondsAgain.toFixed(1)} s.`,
  ];
}

const server = await startPostgres();
const database = await createDatabase(server);
const [version] = await database.sql`show server_version`;
console.log(`${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Postgres ${version?.['server_version']}, Node ${process.versions.node}.`);
for (const [title, section] of [
  ['Through the Edge Function', measureFunction],
  ['A save of the old app (delete and insert in one transaction)', measureTrigger],
  ['Backfill', measureBackfill],
] as const) {
  console.log(`\n## ${title}\n`);
  console.log((await section(database)).join('\n'));
}
await database.close();
await server.stop();
