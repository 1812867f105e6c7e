import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath as nodePath } from 'node:process';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import postgres from 'postgres';
import { copyDatabase } from '../../action/test/databases.ts';
import { emptying } from '../../demo/data.ts';
import { startPostgres as startServer } from '../../demo/postgres.ts';
import { askLess } from '../../demo/world.ts';

/**
 * A Supabase project on a real Postgres server: what concurrency, roles and crashes need to mean anything.
 */

export type Database = {
  url: string;
  /** As the superuser, in as many connections as needed. */
  sql: postgres.Sql;
  close: () => Promise<void>;
};

export type Project = Database & {
  /** Base URL of the API. */
  apiUrl: string;
  serviceKey: string;
  publishableKey: string;
  /** An access token that the Auth API takes as this user's. */
  tokenOf: (user: string) => string;
  /** What is done when the API is asked for something the next time, before it begins to answer. */
  atNextRequest: (work: () => void) => void;
  /** After whoever asked is gone: until the API has done all that it was asked for. */
  idle: () => Promise<void>;
};

export type EdgeFunction = {
  /** Another one after a restart. */
  readonly url: string;
  /** What it printed, for when a test fails. */
  printed: string[];
  kill: () => Promise<void>;
  restart: () => Promise<void>;
};

const root = join(import.meta.dirname, '../..');

type Postgres = { url: string; stop: () => Promise<void> };

/**
 * The server that `POSTGRES_URL` names, as a superuser; without it one of its own, gone at the end. A test does without what
 * survives a power cut, and without what a server does by itself at any time; what is measured is `durable`.
 */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const given = process.env['POSTGRES_URL'];
  if (given) return { url: given, stop: async () => undefined };
  const { url, close } = await startServer({
    settings: ['max_connections=300', ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'autovacuum=off', 'jit=off'])],
    locale: 'C.UTF-8',
  });
  return { url, stop: close };
}

/** @param checkout whose files */
export const migrationFiles = (checkout = root): string[] => {
  const directory = join(checkout, 'supabase/migrations');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => join(directory, name));
};

/** What Supabase grants by default on everything that is created later. */
export const supabaseDefaults = `
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;`;

/** The old table and the six new ones. */
export const tables = ['children', 'habit_records', 'habit_templates', 'habit_tracker', 'habits', 'notifications', 'weeks'] as const;

/** Nothing was ever written. */
export const emptyTables = emptying(...tables, 'dual_write_failures', 'dual_write_cells', 'idempotency_log', 'dual_write_requests');

/** What comes of a statement that a role runs, as this user: its rows, or the message of what it met. Always taken back unless `keep`. */
export async function runAs(
  sql: postgres.Sql,
  role: 'anon' | 'authenticated' | 'service_role',
  statement: string,
  { as = '', keep = false } = {},
): Promise<postgres.Row[] | string> {
  const takenBack = Symbol('taken back');
  let rows: postgres.Row[] = [];
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(`set local role ${role}; set local request.jwt.claim.sub = '${as}'`);
      rows = [...(await transaction.unsafe(statement))];
      if (!keep) throw takenBack;
    });
  } catch (error) {
    if (error !== takenBack) return (error as Error).message;
  }
  return rows;
}

const standIn = join(root, 'supabase/test/stand-in.sql');

/**
 * An empty database of its own, with everything in `supabase/migrations` applied unless `migrate` is false.
 *
 * @param checkout whose migrations
 */
export async function createDatabase(server: Postgres, { migrate = true, prepare = '', checkout = root } = {}): Promise<Database> {
  const migrations = migrate ? migrationFiles(checkout).map((file) => readFileSync(file, 'utf8')) : [];
  const { url, drop } = await copyDatabase(server.url, [readFileSync(standIn, 'utf8') + prepare, ...migrations]);
  const sql = postgres(url, { max: 60, idle_timeout: 5, onnotice: () => undefined, connection: { TimeZone: 'UTC' } });
  return {
    url,
    sql,
    async close() {
      await sql.end({ timeout: 5 });
      await drop();
    },
  };
}

/** Each file in a transaction of its own, in order, as the Supabase CLI applies them. */
export async function migrateDatabase(sql: postgres.Sql, checkout = root): Promise<void> {
  for (const file of migrationFiles(checkout)) await sql.begin((transaction) => transaction.unsafe(readFileSync(file, 'utf8')));
}

/**
 * The API over a database: PostgREST's protocol, and as much of the Auth API as says whose a token is. With `signUp` it is
 * the whole Auth API, in a database that was not migrated yet.
 */
export async function startProject(database: Database, { signUp = false } = {}): Promise<Project> {
  process.env['LITE_TELEMETRY'] = '0';
  const [{ App }, { createPostgresConnection }] = await Promise.all([import('@supabase/lite'), import('@supabase/lite/postgres')]);
  const serviceKey = 'sb_secret_local_project_0123456789';
  const publishableKey = 'sb_publishable_local_project_0123456789';
  const connection = createPostgresConnection({ url: database.url, postgresOptions: { max: 20, onnotice: () => undefined } });
  askLess(connection, { isShared: true });
  const app = new App({
    connection,
    auth: { enabled: signUp, publishable_key: publishableKey, secret_key: serviceKey },
  });
  await app.init();
  if (signUp) {
    await database.sql`drop schema auth cascade`;
    await app.ensureSystemSchema();
    await database.sql.unsafe(readFileSync(standIn, 'utf8'));
    await migrateDatabase(database.sql);
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (incoming.url === '/auth/v1/user' && !signUp) return answerWhose(incoming, outgoing);
    const response = await app.fetch(
      new Request(new URL(incoming.url ?? '/', 'http://127.0.0.1'), {
        method: incoming.method ?? 'GET',
        headers: Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
          value === undefined ? [] : [[name, [value].flat().join(', ')]],
        ),
        ...(incoming.method === 'POST' ? { body: await buffer(incoming) } : {}),
      }),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(Buffer.from(await response.arrayBuffer()));
  }
  const underway = new Set<Promise<unknown>>();
  const api = createServer((incoming, outgoing) => {
    const answered = answer(incoming, outgoing)
      .catch(() => outgoing.destroy())
      .finally(() => underway.delete(answered));
    underway.add(answered);
  });
  const open = new Set<Promise<void>>();
  api.on('connection', (socket) => {
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve())).finally(() => open.delete(ended));
    open.add(ended);
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));

  return {
    ...database,
    apiUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    serviceKey,
    publishableKey,
    tokenOf: (user) => `token-of-${user}`,
    atNextRequest: (work) => void api.prependOnceListener('request', work),
    async idle() {
      // After this turn every connection is known, and each ends after all that was sent on it has arrived.
      await setImmediate();
      await Promise.all(open);
      await Promise.all(underway);
    },
    close: async () => {
      api.closeAllConnections();
      await new Promise((resolve) => api.close(resolve));
      await connection.close();
      await database.close();
    },
  };
}

function answerWhose(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const [, user] = /^Bearer token-of-(.+)$/.exec(incoming.headers.authorization ?? '') ?? [];
  const [status, body] = user ? [200, { id: user, aud: 'authenticated' }] : [401, { code: 401, msg: 'invalid JWT' }];
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/**
 * The Edge Function in Deno, on a free local port.
 *
 * @param environment in place of what Supabase would set
 * @param checkout whose function
 */
export async function startFunction(
  project: Pick<Project, 'apiUrl' | 'serviceKey'>,
  environment: Record<string, string> = { SUPABASE_URL: project.apiUrl, SUPABASE_SERVICE_ROLE_KEY: project.serviceKey },
  checkout = root,
): Promise<EdgeFunction> {
  const printed: string[] = [];
  let running = await start();

  async function start(): Promise<{ process: ChildProcess; origin: string }> {
    const process = spawn(
      join(root, 'node_modules/.bin/deno'),
      ['run', '--no-lock', '--allow-net', '--allow-env', join(checkout, 'supabase/functions/dual-write-habit/index.ts')],
      // Without its install script deno is a program for Node, which has to be found.
      { env: { PATH: `${dirname(nodePath)}:/usr/bin:/bin`, HOME: tmpdir(), NO_COLOR: '1', DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0', ...environment } },
    );
    process.on('error', (error) => printed.push(`${error.message}. \`npm rebuild deno\` brings the program that runs it.\n`));
    // It says on which port once it listens there.
    const origin = await new Promise<string | undefined>((resolve) => {
      let said = '';
      for (const output of [process.stdout, process.stderr]) {
        output?.on('data', (data) => {
          printed.push(String(data));
          said += String(data);
          const [, listening] = /^Listening on (http:\/\/\S+?)\/?\s/m.exec(said) ?? [];
          if (listening) resolve(listening);
        });
      }
      process.once('close', () => resolve(undefined));
    });
    if (!origin) throw new Error(`The function did not start: ${printed.join('')}`);
    return { process, origin };
  }
  function kill(): Promise<void> {
    const { process } = running;
    // Its port may be somebody else's by the next request; nobody ever listens at this one.
    running = { process, origin: 'http://127.0.0.1:1' };
    return new Promise((resolve) => {
      if (process.exitCode !== null || process.signalCode !== null) return resolve();
      process.once('exit', () => resolve());
      process.kill('SIGKILL');
    });
  }

  return {
    get url() {
      return `${running.origin}/functions/v1/dual-write-habit`;
    },
    printed,
    kill,
    async restart() {
      await kill();
      running = await start();
    },
  };
}

export const user = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Every part that some answer has. */
export type AnswerBody = {
  status?: string;
  phase?: string;
  received?: unknown;
  operation?: string;
  data?: {
    applied?: boolean;
    week_id?: string;
    week_period?: string;
    consistent?: boolean;
    differences?: { type: string; path: string | null; legacy: unknown; normalized: unknown }[];
  };
  error?: { code: string; message: string; details?: { field: string; message: string }[] };
};
export type Answered = { status: number; headers: Headers; body: AnswerBody };

/** Sends one operation as this user would. */
export async function send(
  edge: EdgeFunction,
  token: string,
  operation: string,
  data: Record<string, unknown>,
  { key = crypto.randomUUID() as string | null } = {},
): Promise<Answered> {
  const response = await fetch(edge.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(key === null ? {} : { 'x-idempotency-key': key }),
    },
    body: JSON.stringify({ operation, data }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody };
}
