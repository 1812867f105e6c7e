/**
 * A declared pair of two tables, measured over a real Postgres server with default settings: the bundled action with the
 * row functions, without them, and over two projects, compared with the join that a database expert would write and with
 * merely reading the pages.
 */
import assert from 'node:assert/strict';
import postgres from 'postgres';
import { openDescribed } from '../demo/description.ts';
import { startPostgres, type Postgres } from '../demo/postgres.ts';
import { startWorld, type World } from '../demo/world.ts';
import { measureNode, measurePair, measureReads, median, pagesOf, type Measurement } from './measured.ts';
import { atMost, seconds, type Goal } from './reference.ts';

export type TablesPlan = {
  rows: number;
  rounds: number;
  /** How many times as many rows the second, larger set has; 0 for no second set. */
  factor: number;
  /** Rows in the order of the key, as in a table that was filled from the other, or shuffled. */
  order: 'same' | 'shuffled';
  key: 'bigint' | 'uuid';
};

export const pairs = `
stores:
  old: { type: supabase, url: $OLD_URL, key: $OLD_KEY }
pairs:
  one: { legacy: supabase, normalized: supabase, entities: &posts { posts: { legacy: old_posts, normalized: posts, fields: { title: title, score: score, likes: likes, is_public: is_public, created_at: created_at, day: day, author_id: author_id, body: body } } } }
  two: { legacy: old, normalized: supabase, entities: *posts }
`;

export const tables = ['old_posts', 'posts'] as const;
type Table = (typeof tables)[number];

/** Every value is derived from its row number, so that two databases have the same content without copying. */
export function fillSql(table: Table, { rows, key, order }: Pick<TablesPlan, 'rows' | 'key' | 'order'>): string {
  const random = (salt: string, size: number) => `(('x' || substr(md5(i || '${salt}'), 1, 7))::bit(28)::int % ${size})`;
  const uuid = (salt: string) => `md5(i || '${salt}')::uuid`;
  return `
    create table ${table} (id ${key} primary key, title text, score numeric(12, 2), likes int, is_public boolean, created_at timestamptz, day date, author_id uuid, body jsonb);
    insert into ${table} select ${key === 'uuid' ? uuid('id') : 'i'}, 'A title of ' || md5(i || 'title'), ${random('score', 100_000)} / 100.0, ${random('likes', 1000)}, ${random('public', 2)} = 0,
      timestamptz '2024-01-01' + ${random('created', 60_000_000)} * interval '1 second', date '2024-01-01' + ${random('day', 700)}, ${uuid('author')},
      jsonb_build_object('blocks', jsonb_build_array(jsonb_build_object('type', 'paragraph', 'text', md5(i || 'first') || md5(i || 'second')), jsonb_build_object('type', 'image', 'width', ${random('width', 1000)})),
        'version', 1, 'tags', jsonb_build_array(md5(i || 'tag')))
      from generate_series(1, ${rows}) as i${table === 'posts' && order === 'shuffled' ? ` order by md5(i || 'order')` : ''}`;
}

/** One database of the server, with an API that describes its tables. */
export type Project = { readonly world: World; readonly url: string; readonly address: string; readonly close: () => Promise<void> };

/** @param fill statements that create its tables */
export async function openProject(server: Postgres, name: string, fill: readonly string[]): Promise<Project> {
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const address = server.url.replace(/postgres$/, name);
  const world = await startWorld({ migrations: ['021'], postgres: address });
  for (const statement of [...fill, 'vacuum analyze', 'checkpoint']) await world.sql(statement);
  const door = await openDescribed(world);
  return {
    world,
    url: door.url,
    address,
    async close() {
      await door.close();
      await world.close();
    },
  };
}

export async function withoutFunctions<T>(projects: readonly Project[], work: () => Promise<T>): Promise<T> {
  for (const { world } of projects) await world.sql('alter function driftwatch_rows_version() rename to hidden_rows_version');
  try {
    return await work();
  } finally {
    for (const { world } of projects) await world.sql('alter function hidden_rows_version() rename to driftwatch_rows_version');
  }
}

/** The query that somebody who knows these two tables would write, on a separate connection. */
async function measureJoin(address: string): Promise<number> {
  const sql = postgres(address, { max: 1, onnotice: () => undefined });
  const columns = (table: string) =>
    ['title', 'score', 'likes', 'is_public', 'created_at', 'day', 'author_id', 'body'].map((name) => `${table}.${name}`).join(', ');
  await sql`select 1`;
  const started = performance.now();
  const [found] = await sql.unsafe<{ count: number }[]>(`
    select count(*)::int as count from old_posts l full join posts n on n.id = l.id
    where l.id is null or n.id is null or (${columns('l')}) is distinct from (${columns('n')})`);
  const ms = performance.now() - started;
  await sql.end();
  assert.equal(found?.count, 0);
  return ms;
}

async function withDifferences<T>({ world }: Project, count: number, work: () => Promise<T>): Promise<T> {
  await world.sql(
    `create table changed as select id from posts order by md5(id::text) limit ${count}; update posts set likes = likes + 1 where id in (select id from changed)`,
  );
  try {
    return await work();
  } finally {
    await world.sql('update posts set likes = likes - 1 where id in (select id from changed); drop table changed');
    await world.sql('vacuum analyze posts');
    await world.sql('checkpoint');
  }
}

const limits = new Map([
  [1, 1.1],
  [100, 1.3],
  [10_000, 2.5],
]);

export async function benchTables(plan: TablesPlan, githubApiUrl: string): Promise<Goal[]> {
  const { rows, rounds, factor } = plan;
  console.error(`${rows.toLocaleString('en-US')} rows, twice: loading`);
  const server = await startPostgres();
  const open: Project[] = [];
  const project = async (name: string, filled: readonly Table[], of = plan): Promise<Project> => {
    const opened = await openProject(
      server,
      name,
      filled.map((table) => fillSql(table, of)),
    );
    open.push(opened);
    return opened;
  };
  try {
    const [one, legacy, normalized] = [await project('one', tables), await project('legacy', ['old_posts']), await project('normalized', ['posts'])];
    const empty = await project('nearly_empty', tables, { ...plan, rows: 10 });
    const env = { OLD_URL: legacy.url, OLD_KEY: legacy.world.secretKey };
    const run = (of: Project, compared: number, engine: string, differing = 0): Promise<Measurement> =>
      measurePair(of.world, githubApiUrl, {
        config: pairs,
        inputs: { 'supabase-url': of.url, 'supabase-key': of.world.secretKey, pair: 'one' },
        env,
        compared,
        engine,
        differing,
      });
    const joins: number[] = [];
    const inside: Measurement[] = [];
    const streamed: Measurement[] = [];
    const pages: Measurement[] = [];
    const two: Measurement[] = [];
    const quiet: Measurement[] = [];
    const bare: Measurement[] = [];
    const different = new Map(
      [...limits.keys()].filter((count) => count <= rows / 100).map((count) => [count, { runs: [] as Measurement[], ratios: [] as number[] }]),
    );
    let longest = 0;
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      joins.push(await measureJoin(one.address));
      server.reset();
      inside.push(await run(one, rows, 'digest'));
      longest = Math.max(longest, server.slowest().ms);
      streamed.push(await withoutFunctions([one], () => run(one, rows, 'stream')));
      pages.push(await measureReads([pagesOf(one.world, one.url, tables)], rows * tables.length));
      const inputs = { 'supabase-url': normalized.url, 'supabase-key': normalized.world.secretKey, pair: 'two' };
      server.reset();
      two.push(await measurePair(normalized.world, githubApiUrl, { config: pairs, inputs, env, compared: rows, engine: 'digest', differing: 0 }));
      longest = Math.max(longest, server.slowest().ms);
      for (const [count, { runs, ratios }] of different) {
        const equal = await run(one, rows, 'digest');
        const differing = await withDifferences(one, count, () => run(one, rows, 'digest', count));
        inside.push(equal);
        runs.push(differing);
        ratios.push(differing.wallMs / equal.wallMs);
      }
      quiet.push(await run(empty, 10, 'digest'));
      bare.push(await measureNode(`${empty.url}/rest/v1/`));
    }
    const wall = (runs: readonly Measurement[]) => median(runs.map(({ wallMs }) => wallMs));
    const peak = (runs: readonly Measurement[]) => Math.max(...runs.map(({ peakMb }) => peakMb));
    const whole = wall(inside);
    const memory = (what: string, mb: number, limit: number): Goal => ({ what, goal: `≤ ${limit} MB`, result: `${Math.round(mb)} MB`, reached: mb <= limit });
    const start = median(quiet.map(({ startMs }) => startMs));
    const [end, node] = [quiet, bare].map((runs) => Math.round(median(runs.map(({ cpuMs }) => cpuMs))));
    const goals: Goal[] = [
      atMost(
        'full run, everything equal, with the row functions ÷ one full outer join',
        whole / median(joins),
        2,
        `${seconds(whole)} ÷ ${seconds(median(joins))}`,
      ),
      atMost('the same ÷ streaming both tables', whole / wall(streamed), 1 / 8, `${seconds(whole)} ÷ ${seconds(wall(streamed))}`),
      atMost(
        'two projects with the functions in both ÷ streaming both tables',
        wall(two) / wall(streamed),
        1 / 4,
        `${seconds(wall(two))} ÷ ${seconds(wall(streamed))}`,
      ),
      atMost('streaming ÷ merely reading the same pages', wall(streamed) / wall(pages), 1.5, `${seconds(wall(streamed))} ÷ ${seconds(wall(pages))}`),
      { what: 'longest single statement', goal: '≤ 1 s', result: seconds(longest), reached: longest <= 1000 },
      ...[...different].map(([count, { runs, ratios }]) =>
        atMost(
          `${count.toLocaleString('en-US')} differing ${count === 1 ? 'row' : 'rows'} ÷ an equal run`,
          median(ratios),
          limits.get(count) ?? 1,
          seconds(wall(runs)),
        ),
      ),
      memory('peak memory of the action, with the functions', Math.max(peak(inside), peak(two), ...[...different.values()].map(({ runs }) => peak(runs))), 150),
      memory('peak memory of the action, streaming', peak(streamed), 250),
      {
        what: 'start-up on the quiet path, CPU until the first request',
        goal: '≤ 250 ms',
        result: `${Math.round(start)} ms (Node alone with one request ${node} ms, a whole run over 10 rows ${end} ms)`,
        reached: start <= 250,
      },
    ];
    if (factor === 0) return goals;
    console.error(`${(rows * factor).toLocaleString('en-US')} rows, twice: loading, which takes long`);
    const larger = await project('larger', tables, { ...plan, rows: rows * factor });
    const ratios: number[] = [];
    const largerRuns: Measurement[] = [];
    for (let round = 1; round <= 3; round += 1) {
      const smaller = await run(one, rows, 'digest');
      const measured = await run(larger, rows * factor, 'digest');
      largerRuns.push(measured);
      ratios.push(measured.wallMs / smaller.wallMs);
    }
    return [...goals, atMost(`${factor}× the rows ÷ the rows`, median(ratios), factor * 1.1, seconds(wall(largerRuns)))];
  } finally {
    for (const each of open) await each.close();
    await server.close();
  }
}
