/**
 * Measures what writing both sides costs: the Edge Function in Deno over a real Postgres server, the trigger under the
 * old app's saves, and the backfill. The API between function and database is as thin as can be, so that the figures are
 * the dual-write's own; everything, the clients included, runs on this machine.
 *
 *   npm run bench:dual-write                 2,000 operations per measurement, 20,000 weeks; writes bench/dual-write.md
 *   npm run bench:dual-write -- --smoke      a little of everything, once: shows that it runs, judges no times
 *   npm run bench:dual-write -- --before <commit>   this checkout and an earlier commit, in turns; prints (with --smoke: a little)
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { largeCase } from '../demo/data.ts';
import { createDatabase, send, startFunction, startPostgres, user, type Database, type EdgeFunction } from '../supabase/test/server.ts';
import { checkOut, figureTable, takeTurns, type Figure, type Sides } from './before.ts';
import { measureClients, quantile, type Timing } from './clients.ts';
import { median } from './measured.ts';
import { goalTable, type Goal } from './reference.ts';

const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false }, before: { type: 'string' } } });
/** `operations` per measurement; `rounds` in which the modes take turns, so that a busy moment does not affect only one of them. */
const plan = values.smoke ? { operations: 100, rounds: 1, weeks: 200 } : { operations: 2000, rounds: 3, weeks: 20_000 };
const families = 50;
/** How many connections PostgREST opens to the database by default (`db-pool`). */
const connections = 10;

/** The parts of PostgREST and of the Auth API that the function uses. */
async function startApi(databaseUrl: string): Promise<{ url: string; close: () => Promise<void> }> {
  const sql = postgres(databaseUrl, { max: connections, onnotice: () => undefined });
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
    close: async () => {
      server.closeAllConnections();
      server.close();
      await sql.end();
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

/**
 * Of a family's ten operations, eight fill a cell, one creates a week and one deletes it; each family is at a different point of this
 * sequence.
 */
async function operate(edge: EdgeFunction, round: number, index: number): Promise<void> {
  const family = 1 + (index % families);
  const token = `token-of-${user(family)}`;
  const child = { child_name: `child ${family}` };
  const turn = Math.floor(index / families) + (family % 10);
  const own = { ...child, week_start_date: monday(10 + round * 1000 + Math.floor(turn / 10)) };
  const isCreated = turn >= 10 || family % 10 === 0;
  const { status, body } = await (turn % 10 === 0
    ? send(edge, token, 'create_week', { ...own, habits: habits(6, index) })
    : turn % 10 === 9 && isCreated
      ? send(edge, token, 'delete_week', own)
      : send(edge, token, 'update_habit_record', {
          ...child,
          week_start_date: monday(0),
          habit_name: `습관 ${index % 6}`,
          day: index % 7,
          status: ['green', 'yellow', 'red', ''][index % 4],
        }));
  // With fewer families than clients, another client may not have created yet what this one deletes.
  assert.ok(status < 300 || status === 404, JSON.stringify(body));
}

const modes = ['legacy_only', 'on'] as const;

/** An app with its database, which each family has used once. */
async function openApp({ sql, url }: Database, checkout?: string): Promise<{ edge: EdgeFunction; close: () => Promise<void> }> {
  const api = await startApi(url);
  const edge = await startFunction({ apiUrl: api.url, serviceKey: 'service' }, undefined, checkout);
  await sql`select set_dual_write_mode('on')`;
  for (let family = 1; family <= families; family += 1) {
    await sql`insert into auth.users (id) values (${user(family)})`;
    await send(edge, `token-of-${user(family)}`, 'create_week', { child_name: `child ${family}`, week_start_date: monday(0), habits: habits(6, family) });
  }
  await measureClients(50, plan.operations / 2, (index) => operate(edge, 0, index));
  return {
    edge,
    async close() {
      await edge.kill();
      await api.close();
    },
  };
}

async function measureFunction(database: Database): Promise<Section> {
  const { sql } = database;
  const { edge, close } = await openApp(database);
  let round = 0;

  const lines = ['| clients | mode | operations/s | p50 ms | p95 ms | p99 ms | cost of both sides |', '|--:|---|--:|--:|--:|--:|--:|'];
  const goals: Goal[] = [];
  for (const clients of [1, 10, 50]) {
    const timings: Record<(typeof modes)[number], Timing[]> = { legacy_only: [], on: [] };
    for (let turn = 0; turn < plan.rounds; turn += 1) {
      for (const mode of modes) {
        round += 1;
        await sql`select set_dual_write_mode(${mode})`;
        const count = clients === 1 ? plan.operations / 4 : plan.operations;
        timings[mode].push(await measureClients(clients, count, (index) => operate(edge, round, index)));
      }
    }
    const perSecond = (mode: (typeof modes)[number]) => median(timings[mode].map((timing) => timing.perSecond));
    const ratio = perSecond('legacy_only') / perSecond('on');
    for (const mode of modes) {
      const durations = timings[mode].flatMap((timing) => timing.durations);
      const quantiles = [0.5, 0.95, 0.99].map((fraction) => quantile(durations, fraction).toFixed(1));
      lines.push(`| ${clients} | ${mode} | ${perSecond(mode).toFixed(0)} | ${quantiles.join(' | ')} | ${mode === 'on' ? `${ratio.toFixed(2)}×` : ''} |`);
    }
    goals.push({
      what: `cost of both sides beside \`legacy_only\`, ${clients} client${clients === 1 ? '' : 's'}`,
      goal: '≤ 2×',
      result: `${ratio.toFixed(2)}×`,
      reached: ratio <= 2,
    });
    if (clients === 50) {
      const p95 = quantile(
        timings.on.flatMap((timing) => timing.durations),
        0.95,
      );
      goals.push({ what: 'p95 with 50 clients that never pause', goal: '< 200 ms', result: `${p95.toFixed(0)} ms`, reached: p95 < 200 });
    }
  }
  await close();
  return { lines, goals };
}

const triggerModes = ['disabled', 'off', 'on'] as const;

/** One tap after another; the app saves the whole week after each. */
async function saveWeeks({ sql }: Database, mode: (typeof triggerModes)[number], count: number): Promise<Timing> {
  const family = user(1);
  const tapped = (index: number) =>
    habits(6, 0).map((habit, place) => (place === index % 6 ? { ...habit, times: habit.times.with(index % 7, index % 2 === 0 ? 'green' : 'red') } : habit));
  const save = async (index: number) => {
    await sql.begin(async (transaction) => {
      await transaction`delete from habit_tracker where user_id = ${family} and week_start_date = '2023-01-02'`;
      await transaction`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
        values (${family}, 'child 1', 'bench', '2023-01-02', ${sql.json(tapped(index))})`;
    });
  };
  await sql`select set_dual_write_mode(${mode === 'disabled' ? 'off' : mode})`;
  await sql.unsafe(`alter table habit_tracker ${mode === 'disabled' ? 'disable' : 'enable'} trigger trigger_habit_tracker_dual_write`);
  await measureClients(1, 50, save);
  return measureClients(1, count, save);
}

async function measureTrigger(database: Database): Promise<Section> {
  const lines = ['| trigger | p50 ms | p95 ms |', '|---|--:|--:|'];
  for (const mode of triggerModes) {
    const { durations } = await saveWeeks(database, mode, plan.operations / 4);
    lines.push(`| ${mode} | ${quantile(durations, 0.5).toFixed(2)} | ${quantile(durations, 0.95).toFixed(2)} |`);
  }
  return { lines };
}

/** Legacy weeks of an app that has run for years, with an empty normalized side. */
async function fillLegacy({ sql }: Database, weeks: number): Promise<void> {
  await sql.unsafe(`select set_dual_write_mode('off'); truncate habit_tracker, children, weeks, habits, habit_records cascade`);
  const connection = await sql.reserve();
  await connection.unsafe(largeCase({ weeks, childrenCount: Math.ceil(weeks / 50), seed: 1 }));
  connection.release();
  await sql.unsafe('truncate children, weeks, habits, habit_records cascade; analyze');
}

async function measureBackfill(database: Database): Promise<Section> {
  const { sql } = database;
  const { weeks } = plan;
  await fillLegacy(database, weeks);
  const started = performance.now();
  const [done] = await sql`
    select count(*)::int as weeks, sum(habits)::int as habits, sum(records)::int as records
    from backfill_legacy_weeks(false, null, ${weeks}) where action = 'create'`;
  const seconds = (performance.now() - started) / 1000;
  const again = performance.now();
  const changed = await sql`select from backfill_legacy_weeks(false, null, ${weeks}) where action <> 'skip'`;
  const secondsAgain = (performance.now() - again) / 1000;
  assert.equal(changed.length, 0);
  const count = (column: 'weeks' | 'habits' | 'records') => Number(done?.[column]);
  const rows = count('weeks') + count('habits') + count('records');
  const shown = (value: number) => Math.round(value).toLocaleString('en-US');
  return {
    lines: [
      `${shown(count('weeks'))} weeks with ${shown(count('habits'))} habits and ${shown(count('records'))} records in ${seconds.toFixed(1)} s: ` +
        `**${shown(rows / seconds)} rows or ${shown(count('weeks') / seconds)} weeks a second**. Once more, with nothing to do: ${secondsAgain.toFixed(1)} s.`,
    ],
  };
}

/** The cost of an operation, a save and the backfill of a week, with the migrations and the function of both commits. */
async function compareWithBefore(commit: string): Promise<Figure[]> {
  const checkout = checkOut(commit);
  const server = await startPostgres({ durable: true });
  const closing: (() => Promise<void>)[] = [() => server.stop(), async () => checkout.remove()];
  const figures: Figure[] = [];
  async function measureBoth(what: string, work: (side: keyof Sides<number>, round: number) => Promise<number>): Promise<void> {
    const figure: Figure = { what, unit: 'ms', before: [], after: [] };
    for (let round = 0; round < plan.rounds + 2; round += 1) {
      const { before, after } = await takeTurns(round, (side) => work(side, round));
      figure.before.push(before);
      figure.after.push(after);
    }
    figures.push(figure);
    console.error(`${what}: measured`);
  }

  try {
    const sides: Sides<Database> = { before: await createDatabase(server, { checkout: checkout.directory }), after: await createDatabase(server) };
    const apps = { before: await openApp(sides.before, checkout.directory), after: await openApp(sides.after) };
    closing.unshift(apps.before.close, apps.after.close, sides.before.close, sides.after.close);
    let weeksOf = 0;
    for (const mode of modes) {
      for (const side of ['before', 'after'] as const) await sides[side].sql`select set_dual_write_mode(${mode})`;
      for (const clients of [1, 10, 50]) {
        const count = clients === 1 ? plan.operations / 4 : plan.operations;
        const base = (weeksOf += 10);
        await measureBoth(`an operation, ${mode}, ${clients} client${clients === 1 ? '' : 's'}`, async (side, round) => {
          const { perSecond } = await measureClients(clients, count, (index) => operate(apps[side].edge, base + round, index));
          return 1000 / perSecond;
        });
      }
    }
    for (const mode of triggerModes) {
      await measureBoth(`a save of the old app, trigger ${mode}`, async (side) =>
        quantile((await saveWeeks(sides[side], mode, plan.operations / 4)).durations, 0.5),
      );
    }
    const weeks = plan.weeks / 10;
    for (const side of ['before', 'after'] as const) await fillLegacy(sides[side], weeks);
    await measureBoth('the backfill of a week', async (side) => {
      const { sql } = sides[side];
      await sql.unsafe('truncate children, weeks, habits, habit_records cascade; analyze');
      const started = performance.now();
      await sql`select count(*) from backfill_legacy_weeks(false, null, ${weeks}) where action = 'create'`;
      return (performance.now() - started) / weeks;
    });
    return figures;
  } finally {
    for (const close of closing) await close();
  }
}

/** A part of the page, for one measurement. */
type Section = { lines: string[]; goals?: Goal[] };

/** Other work on the machine: a load near 0 at the beginning means that nothing else affects the figures. */
const [load = 0] = loadavg();
if (values.before === undefined) await measureThis();
else console.log(figureTable(await compareWithBefore(values.before)));

async function measureThis(): Promise<void> {
  const server = await startPostgres({ durable: true });
  try {
    const database = await createDatabase(server);
    const [version] = await database.sql<{ server_version: string }[]>`show server_version`;
    const parts: string[] = [];
    const goals: Goal[] = [];
    for (const [title, measureSection] of [
      ['Through the Edge Function', measureFunction],
      ['A save of the old app (delete and insert in one transaction)', measureTrigger],
      ['Backfill', measureBackfill],
    ] as const) {
      const section = await measureSection(database);
      parts.push(`## ${title}\n\n${section.lines.join('\n')}\n`);
      goals.push(...(section.goals ?? []));
      console.log(parts.at(-1));
    }
    await database.close();
    console.log(goalTable(goals));
    if (!values.smoke) writeFileSync(join(import.meta.dirname, 'dual-write.md'), page(goals, parts, version?.server_version ?? 'unknown'));
  } finally {
    await server.stop();
  }
}

function page(goals: readonly Goal[], parts: readonly string[], version: string): string {
  return `# What writing both sides costs

Made by \`npm run bench:dual-write\`: clients, Edge Function (Deno), API and a real Postgres ${version} server with default
settings, all of them on one machine with ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), whose load was ${load.toFixed(1)} when it began.

${goalTable(goals)}

${parts.join('\n')}
- A client sends its next operation as soon as the last one is answered. Of ten operations eight fill a cell, one creates
  a week of six habits and one deletes it; ${families} families take turns. Every operation is verified with the Auth API, holds
  an idempotency key and is noted for the health.
- Between function and database stands the thinnest API there can be, with ${connections} connections, PostgREST's default.
- ${plan.rounds} rounds in which the modes take turns: operations a second are the median of the rounds, quantiles are of all of them.
- The ratios carry over to other machines, the times do not.
`;
}
