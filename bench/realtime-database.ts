/**
 * A declared pair of the Realtime Database and a table: the bundled action over our own server and a real Postgres server,
 * compared with merely reading the same data; and the endpoint of examples/daily-quests with many clients.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startPostgres } from '../demo/postgres.ts';
import { startRealtimeDatabase } from '../demo/realtime-database/server.ts';
import { startWorld, type World } from '../demo/world.ts';
import { projectId, startKeys, startTables } from '../examples/daily-quests/test/stage.ts';
import { quantile, type Timing } from './clients.ts';
import { complete, type QuestApp } from './quest-clients.ts';
import { measurePair, measureReads, median, pagesOf, type Measurement } from './measured.ts';
import { atMost, seconds, type Goal } from './reference.ts';
import { openProject } from './tables.ts';

export type RealtimeDatabasePlan = {
  nodes: number;
  parents: number;
  /** Completions that the clients report. */
  completions: number;
  rounds: number;
};

const config = `
stores:
  live: { type: realtime-database, url: $LIVE_URL }
pairs:
  quests: { legacy: live, normalized: supabase, entities: { quests: { legacy: "quests/{couple_id}/{id}", normalized: quests, key: [couple_id, id], fields: { title: title, kind: kind, sort_order: { from: sortOrder, type: integer }, done_at: { from: doneAt, type: timestamp, unit: ms } } } } }
`;

const start = Date.UTC(2026, 0, 1);

const fillSql = ({ nodes, parents }: RealtimeDatabasePlan): string => `
  create table quests (couple_id text, id text, title text, kind text, sort_order int, done_at timestamptz(3), primary key (couple_id, id));
  insert into quests select 'couple' || n % ${parents}, 'quest' || n / ${parents}, 'A walk of ' || n || ' minutes, and something to eat on the way', 'daily', n % 7, timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second'
  from generate_series(0, ${nodes - 1}) as n`;

function tree({ nodes, parents }: RealtimeDatabasePlan): Record<string, Record<string, unknown>> {
  const couples: Record<string, Record<string, unknown>> = {};
  for (let n = 0; n < nodes; n += 1) {
    const couple = (couples[`couple${n % parents}`] ??= {});
    couple[`quest${Math.floor(n / parents)}`] = {
      title: `A walk of ${n} minutes, and something to eat on the way`,
      kind: 'daily',
      sortOrder: n % 7,
      doneAt: start + n * 1000,
    };
  }
  return couples;
}

export async function benchRealtimeDatabase(plan: RealtimeDatabasePlan, githubApiUrl: string): Promise<Goal[]> {
  const { nodes, rounds } = plan;
  const server = await startPostgres();
  const closing: (() => unknown)[] = [server.close];
  try {
    console.error(`${nodes.toLocaleString('en-US')} nodes: loading`);
    const project = await openProject(server, 'quests', [fillSql(plan)]);
    closing.push(project.close);
    const live = await startRealtimeDatabase();
    closing.push(live.close);
    live.set('quests', tree(plan));
    const inputs = { 'supabase-url': project.url, 'supabase-key': project.world.secretKey, pair: 'quests' };
    const whole: Measurement[] = [];
    const reads: Measurement[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      live.requests.length = 0;
      whole.push(
        await measurePair(project.world, githubApiUrl, { config, inputs, env: { LIVE_URL: live.url }, compared: nodes, differing: 0, engine: 'stream' }),
      );
      const requests = live.requests.map(({ path }) => ({ url: `http://${live.host}:${live.port}${path}` }));
      reads.push(await measureReads([{ requests, atOnce: 8 }, pagesOf(project.world, project.url, ['quests'])], nodes));
    }
    const wall = (runs: readonly Measurement[]) => median(runs.map(({ wallMs }) => wallMs));
    const peak = Math.max(...whole.map(({ peakMb }) => peakMb));
    return [
      atMost(
        'full run, everything equal ÷ merely reading the same of both sides',
        median(whole.map(({ wallMs }, round) => wallMs / (reads[round]?.wallMs ?? Number.NaN))),
        1.5,
        `${seconds(wall(whole))} ÷ ${seconds(wall(reads))}`,
      ),
      { what: 'peak memory of the action', goal: '≤ 200 MB', result: `${Math.round(peak)} MB`, reached: peak <= 200 },
      ...(await benchEndpoint(plan, server.url)),
    ];
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

const clients = 50;
const repeats = 100;
const path = '/api/sync/daily-quests/completion';

/** In a separate process, like the app's server. */
async function startEndpoint(world: World, keysUrl: string): Promise<{ url: string; close: () => Promise<void> }> {
  const env = {
    PATH: process.env['PATH'],
    FIREBASE_PROJECT_ID: projectId,
    FIREBASE_JWKS_URL: keysUrl,
    SUPABASE_URL: world.url,
    SUPABASE_SERVICE_ROLE_KEY: world.secretKey,
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'endpoint.ts')], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [printed] = (await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])])) as [Buffer | string];
  const url = printed.toString().trim();
  assert.ok(url.endsWith(path), 'the endpoint did not start');
  return {
    url,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** @param postgres a real server: in WebAssembly, the database takes as much CPU as all the others together, and that would be what is measured */
async function benchEndpoint({ completions, rounds }: RealtimeDatabasePlan, postgres: string): Promise<Goal[]> {
  console.error('the endpoint of daily-quests: loading');
  const world = await startTables((options) => startWorld({ ...options, postgres }));
  const closing: (() => unknown)[] = [world.close];
  try {
    const keys = await startKeys();
    closing.push(keys.close);
    const endpoint = await startEndpoint(world, keys.url);
    closing.push(endpoint.close);
    const tokens = await Promise.all(Array.from({ length: clients }, (_, user) => keys.token(`user${user}`)));
    const app: QuestApp = { url: endpoint.url, tokens };
    const time = Date.parse('2026-03-01T08:00:00.123Z');
    // Includes whatever is loaded at the first request.
    assert.equal(await complete(app, 0, 'first', time), 201);
    const phones = new Worker(join(import.meta.dirname, 'quest-clients.ts'), { workerData: { app, completions, time } });
    closing.push(() => phones.terminate());
    const slowest: number[] = [];
    const perSecond: number[] = [];
    const kept: { rows: number; isEarliest: boolean }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`${clients} clients, round ${round} of ${rounds}`);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      phones.postMessage(round);
      const [{ durations, perSecond: speed }] = (await once(phones, 'message')) as [Timing];
      slowest.push(quantile(durations, 0.95));
      perSecond.push(speed);
      const statuses = await Promise.all(
        Array.from({ length: repeats }, (_, index) => complete(app, 0, `once${round}`, time + ((index * 37 + 50) % repeats) * 1000)),
      );
      assert.ok(
        statuses.every((status) => status < 300),
        String(statuses),
      );
      const rows = await world.sql<{ is_earliest: boolean }>(
        `select completed_at = to_timestamp(${time} / 1000.0) as is_earliest from quest_completions where quest_id = 'once${round}'`,
      );
      kept.push({ rows: rows.length, isEarliest: rows.every((row) => row.is_earliest) });
    }
    const p95 = median(slowest);
    const isOne = kept.every(({ rows, isEarliest }) => rows === 1 && isEarliest);
    return [
      {
        what: `endpoint of daily-quests, p95 with ${clients} clients that never pause`,
        goal: '≤ 200 ms',
        result: `${Math.round(p95)} ms (${Math.round(median(perSecond))} completions a second)`,
        reached: p95 <= 200,
      },
      {
        what: `${repeats} repeats of one completion at once`,
        goal: 'one row, the earliest time',
        result: isOne
          ? 'one row, the earliest time'
          : `${Math.max(...kept.map(({ rows }) => rows))} rows, ${kept.every(({ isEarliest }) => isEarliest) ? 'the earliest' : 'another'} time`,
        reached: isOne,
      },
    ];
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** @param goals the table of goals and results */
export const realtimeDatabaseResults = (
  goals: string,
  { nodes, parents, completions, rounds }: RealtimeDatabasePlan,
): string => `Made by \`npm run bench -- --realtime-database\`: the bundled action over our own Realtime Database and a real Postgres server with default
settings: ${nodes.toLocaleString('en-US')} nodes below ${parents.toLocaleString('en-US')} parents, and a table with the same in six columns. Medians of ${rounds} rounds in which the ways take turns.

${goals}

- Reading the same is sending the requests of the run again, as many at once as the action does, and parsing the answers.
- The endpoint is the route of [examples/daily-quests](../examples/daily-quests/README.md) in a process of its own, over the API of the embedded Supabase and the same Postgres server: ${completions.toLocaleString('en-US')} completions a round, each with
  a signed token. Clients, API and database share the cores with it.`;
