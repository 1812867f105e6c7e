import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { findPackageJSON } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PgliteConnection } from '@supabase/lite/pglite';
import type { PostgresConnection } from '@supabase/lite/postgres';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** A request that the embedded Supabase has answered. */
export type WorldRequest = {
  method: string;
  /** Path and query, as sent. */
  path: string;
  status: number;
  /** Rows in the answer; `null` if it is not a JSON array. */
  rows: number | null;
};

/** A Supabase project on this machine: real Postgres, and PostgREST's protocol over HTTP. */
export type World = {
  /** Base URL, for `supabase-url`. */
  url: string;
  /** Key of the service role: row-level security does not apply to it. */
  secretKey: string;
  /** Key of the anonymous role. */
  publishableKey: string;
  /**
   * Runs SQL as the superuser, between two requests and never within one. With `parameters`, a single statement; without, any number.
   *
   * @returns the rows of the last statement
   * @throws the database's own error
   */
  sql: <Row = Record<string, unknown>>(query: string, parameters?: readonly unknown[]) => Promise<Row[]>;
  /** Answers a request that another server was sent. */
  serve: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** Every request so far, oldest first. Set `length = 0` to start again. */
  requests: WorldRequest[];
  /** What the server printed about failed requests; it is kept off the terminal. */
  printed: string[];
  close: () => Promise<void>;
};

export type WorldOptions = {
  /**
   * What to create in the database besides the two schemas (001 to 012), which is all that most projects have: other files of
   * `supabase/migrations` by their number (`'014'`), in order; or `false` for nothing at all.
   */
  migrations?: false | readonly string[];
  /** SQL that creates the database of another project instead. */
  statements?: readonly string[];
  /** Connection string of a Postgres server with an empty database; by default, Postgres runs inside this process. */
  postgres?: string;
};

/** The database behind the API. */
type Database = {
  connection: PgliteConnection | PostgresConnection;
  exec: (statements: string) => Promise<unknown[] | undefined>;
  query: (statement: string, parameters: readonly unknown[]) => Promise<unknown[]>;
  /** Whether there is only one connection, so that nothing else may run during a request's transaction. */
  single: boolean;
  isMigrated: boolean;
};

const root = join(import.meta.dirname, '..');
const secretKey = 'sb_secret_local_world_0123456789';
const publishableKey = 'sb_publishable_local_world_0123456789';

const serving = new AsyncLocalStorage<string[]>();

/** The server prints stack traces of failed requests to the console; they are collected by the world that served them. */
function keepServerOffTheTerminal(): void {
  const print = console.error;
  if (print.name === 'printUnlessServing') return;
  console.error = function printUnlessServing(...parts: unknown[]) {
    const printed = serving.getStore();
    if (printed) printed.push(parts.map(String).join(' '));
    else print(...parts);
  };
}

/** Boots a Supabase in this process, on a free local port, with an empty database. */
export async function startWorld({
  migrations = [],
  postgres,
  statements = migrationFiles(migrations).map((file) => readFileSync(file, 'utf8')),
}: WorldOptions = {}): Promise<World> {
  process.env['LITE_TELEMETRY'] = '0';
  keepServerOffTheTerminal();
  const { App } = await import('@supabase/lite');
  const database = postgres === undefined ? await openEmbedded(statements) : await openServer(postgres);
  const { connection } = database;
  askLess(connection, { isShared: postgres !== undefined });

  const app = new App({
    connection,
    auth: { enabled: true, publishable_key: publishableKey, secret_key: secretKey },
  });
  await app.init();
  if (!database.isMigrated) for (const each of statements) await database.exec(each);

  let queue: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!database.single) return work();
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  }

  const requests: WorldRequest[] = [];
  const printed: string[] = [];
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await toRequest(incoming);
    const response = await inTurn(() => serving.run(printed, () => app.fetch(request)));
    const body = Buffer.from(await response.arrayBuffer());
    requests.push({
      method: request.method,
      path: incoming.url ?? '/',
      status: response.status,
      rows: countRows(response, request.method === 'HEAD'),
    });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
  }
  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    answer(incoming, outgoing).catch((error: unknown) => {
      printed.push(String(error));
      outgoing.destroy();
    });
  }
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    secretKey,
    publishableKey,
    serve,
    requests,
    printed,
    sql: <Row>(query: string, parameters?: readonly unknown[]) =>
      inTurn(async () => {
        const rows = parameters ? await database.query(query, parameters) : await database.exec(query);
        if (/\b(create|alter|drop)\b/i.test(query)) {
          await connection.clearSchemaCache();
          // The server checks once whether any table has row-level security, and only then uses a request's role.
          Reflect.set(connection, 'rlsState', 'unknown');
        }
        return (rows ?? []) as Row[];
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await queue;
      await connection.close();
    },
  };
}

/** What the server says to the database before each request, in parts that it does not offer itself. */
type RequestContext = {
  auth?: { role?: string; uid?: unknown; jwt?: unknown };
  storage?: { operation?: unknown };
};
type Transaction = { executeQuery: (query: { sql: string; parameters: readonly string[]; query: { kind: 'RawNode' }; queryId: object }) => Promise<unknown> };

/** For `Prefer: timezone`, which nobody here sends, the server asks for the names of all time zones, and Postgres reads a file for each. */
const withoutTimeZones: Parameters<Database['connection']['kysely']['withPlugin']>[0] = {
  transformQuery: ({ node }) =>
    node.kind === 'RawNode' && node.sqlFragments[0]?.includes('pg_timezone_names') ? { ...node, sqlFragments: ["select 'UTC' as name"] } : node,
  transformResult: async ({ result }) => result,
};

type Schema = { database_name?: string };

/** What databases of a server look like to the API, by what stands in their catalogs. */
const known = new Map<string, Schema>();

/**
 * Every change of a schema is a row of a catalog that a transaction wrote, whose number no other of that server has, or one that is gone.
 * A copy of a database has the same rows as the original.
 */
const catalogs = `select concat_ws(' ', (select system_identifier from pg_control_system()), ${[
  ['pg_namespace', 'oid', 'oid'],
  ['pg_class', 'oid', 'oid'],
  ['pg_type', 'oid', 'oid'],
  ['pg_proc', 'oid', 'oid'],
  ['pg_constraint', 'oid', 'oid'],
  ['pg_attrdef', 'oid', 'oid'],
  ['pg_enum', 'oid', 'oid'],
  ['pg_rewrite', 'oid', 'oid'],
  ['pg_attribute', 'attrelid', 'attrelid'],
  ['pg_index', 'indexrelid', 'indexrelid'],
  ['pg_inherits', 'inhrelid', 'inhrelid'],
  ['pg_description', 'objoid', 'objoid'],
]
  .map(
    ([catalog, id]) =>
      `(select concat_ws(',', count(*), sum(hashint8extended(xmin::text::bigint, ${id}::bigint))) from pg_catalog.${catalog}${catalog === 'pg_namespace' ? '' : ` where ${id} >= 16384`})`,
  )
  .join(', ')}) as state`;

/**
 * The server reads the whole schema after each change of it, in the time of twenty requests, and as often as there are requests at once. Here
 * it reads a schema once, also if several databases have it.
 *
 * @param isShared whether other databases are on the same server
 */
function readSchemaOnce(connection: Database['connection'], isShared: boolean): void {
  type Options = { useCache?: boolean };
  const introspect = connection.introspect.bind(connection) as unknown as (options?: Options) => Promise<Schema>;
  const clear = connection.clearSchemaCache.bind(connection);
  const current = (): Schema | undefined => Reflect.get(connection, 'introspection') as Schema | undefined;
  const stateOf = async (): Promise<string> => {
    const { rows } = await connection.kysely.executeQuery<{ state: string }>({
      sql: catalogs,
      parameters: [],
      query: { kind: 'RawNode', sqlFragments: [catalogs], parameters: [] },
      queryId: { queryId: 'catalogs' },
    });
    return rows[0]?.state ?? '';
  };
  async function read(): Promise<Schema> {
    if (!isShared) return introspect({ useCache: true });
    const state = await stateOf();
    const same = known.get(state);
    if (same) {
      Reflect.set(connection, 'introspection', same);
      return same;
    }
    const schema = await introspect({ useCache: true });
    // Not if reading failed, or if it changed in the meantime.
    if (schema === current() && state === (await stateOf())) known.set(state, schema);
    return schema;
  }
  let reading: Promise<Schema> | undefined;
  Object.assign(connection, {
    introspect: (options?: Options) => {
      if (options?.useCache !== true) return introspect(options);
      return current() ?? (reading ??= read().finally(() => (reading = undefined)));
    },
    clearSchemaCache: () => {
      reading = undefined;
      return clear();
    },
  });
}

/**
 * The server sets up to eleven settings before each request, each with a statement of its own: most of what a request costs. Here they are one
 * statement for what a token says, and one for what a function may read of its request. And what the server does once, before the first
 * request, it must not do twice at once: two such statements end in "tuple concurrently updated".
 *
 * @param isShared whether other databases are on the same server
 */
export function askLess(connection: Database['connection'], { isShared }: { isShared: boolean }): void {
  readSchemaOnce(connection, isShared);
  const set = (transaction: Transaction, settings: Readonly<Record<string, string>>): Promise<unknown> =>
    transaction.executeQuery({
      // As literals: Postgres is asked first for the types of parameters, and only then for the rest.
      sql: `select ${Object.entries(settings)
        .map(([name, value]) => `set_config('${name}', '${value.replaceAll("'", "''")}', true)`)
        .join(', ')}`,
      parameters: [],
      query: { kind: 'RawNode' },
      queryId: {},
    });
  const prepare = Reflect.get(connection, 'ensureRlsContext') as () => Promise<boolean>;
  let preparing: Promise<boolean> | undefined;
  Object.assign(connection, {
    kysely: connection.kysely.withPlugin(withoutTimeZones),
    ensureRlsContext: () => (preparing ??= prepare.call(connection).finally(() => (preparing = undefined))),
    applyJwtSessionContext: (transaction: Transaction, { auth, storage }: RequestContext) =>
      set(transaction, {
        role: auth?.role || 'anon',
        'request.jwt.claim.sub': String(auth?.uid ?? ''),
        'request.jwt.claim.role': auth?.role || 'anon',
        'storage.operation': String(storage?.operation ?? ''),
        ...(typeof auth?.jwt === 'object' && auth.jwt !== null && { 'request.jwt.claims': JSON.stringify(auth.jwt) }),
      }),
    applyRpcRequestGucs: (transaction: Transaction, { method, path, requestHeaders = {} }: { method: string; path: string; requestHeaders?: object }) =>
      set(transaction, {
        'response.status': '',
        'response.headers': '',
        'request.method': method,
        'request.path': path,
        'request.headers': JSON.stringify(requestHeaders),
      }),
  });
}

async function openEmbedded(statements: readonly string[]): Promise<Database> {
  const connection = await openMigrated(statements);
  const { driver } = connection;
  return {
    connection,
    exec: async (query) => (await driver.exec(query)).at(-1)?.rows,
    query: async (statement, parameters) => (await driver.query(statement, [...parameters])).rows,
    single: true,
    isMigrated: true,
  };
}

/** Each boot writes zeros to all of the buffers, and the usual 128 MB take a second. Applies from the next boot on. */
const fewBuffers = "alter system set shared_buffers = '16MB'";

/**
 * Keeps V8 from optimizing Postgres' WebAssembly: that takes V8 more time than it ever saves here, a third of the CPU of a test or a demo,
 * and after a thousand requests it is still no faster. Only all three flags together prevent it.
 */
function keepAsFirstCompiled(): void {
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
}

async function openMigrated(migrations: readonly string[]): Promise<PgliteConnection> {
  keepAsFirstCompiled();
  const { createPgliteConnection } = await import('@supabase/lite/pglite');
  const file = snapshotFile(migrations);
  const snapshot = readSnapshot(file);
  // All sets of migrations start from the same empty database.
  if (!snapshot && migrations.length > 0) {
    const connection = await openMigrated([]);
    for (const statements of migrations) await connection.driver.exec(statements);
    await writeSnapshot(file, connection);
    return connection;
  }
  const connection = await createPgliteConnection({ pgliteOptions: snapshot ? { loadDataDir: new Blob([snapshot]) } : {} });
  await connection.driver.waitReady;
  if (!snapshot) {
    await connection.driver.exec(fewBuffers);
    await writeSnapshot(file, connection);
  }
  return connection;
}

/** Values have the same form as with the embedded Postgres: JSON as text, whole numbers as numbers. */
const asEmbedded = {
  json: { to: 114, from: [114, 3802], serialize: (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)), parse: JSON.parse },
  bigint: { to: 20, from: [20], serialize: String, parse: (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)) },
};

async function openServer(url: string): Promise<Database> {
  const [{ createPostgresConnection }, { default: postgres }] = await Promise.all([import('@supabase/lite/postgres'), import('postgres')]);
  const quiet = { onnotice: () => undefined };
  // As many connections as PostgREST has by default.
  const connection = createPostgresConnection({ url, postgresOptions: { ...quiet, max: 10 } });
  // Settings and temporary tables persist from one statement to the next.
  const own = postgres(url, { ...quiet, max: 1, max_lifetime: null, types: asEmbedded });
  return {
    connection: Object.assign(connection, {
      close: async () => {
        await connection.driver.end();
        await own.end();
      },
    }),
    exec: async (statements) => {
      const results: unknown = await own.unsafe(statements);
      const last: unknown = Array.isArray(results) && Array.isArray(results[0]) ? results.at(-1) : results;
      return Array.isArray(last) ? [...(last as unknown[])] : [];
    },
    query: async (statement, parameters) => [...(await own.unsafe(statement, [...parameters] as never[]))],
    single: false,
    isMigrated: false,
  };
}

/** @param checkout the repository whose files are used */
export function migrationFiles(more: false | readonly string[], checkout = root): string[] {
  if (more === false) return [];
  const directory = join(checkout, 'supabase/migrations');
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const chosen = names.filter((name) => name < '013' || more.some((prefix) => name.startsWith(prefix)));
  return [join(checkout, 'supabase/test/stand-in.sql'), ...chosen.map((name) => join(directory, name))];
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, [value].flat().join(', '));
  }
  const method = incoming.method ?? 'GET';
  return new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? '127.0.0.1'}`), {
    method,
    headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: await buffer(incoming) }),
  });
}

/** `Content-Range: 0-17/24` means eighteen rows, `*` none, without parsing the body. */
function countRows(response: Response, head: boolean): number | null {
  const range = response.headers.get('content-range');
  if (head || !response.ok || range === null) return null;
  const [, first, last] = /^(\d+)-(\d+)\//.exec(range) ?? [];
  return first === undefined || last === undefined ? 0 : Number(last) - Number(first) + 1;
}

/**
 * A database right after `initdb` and these migrations, which take most of the boot. It is cached with the installed packages, by the
 * version of PGlite and by every statement in it: after a change to a migration, the old one is never read again.
 */
function snapshotFile(migrations: readonly string[]): string {
  const packageFile = findPackageJSON('@electric-sql/pglite', import.meta.resolve('@supabase/lite'));
  if (!packageFile) throw new Error('@electric-sql/pglite is not installed. Run `npm ci` first.');
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const hash = createHash('sha256')
    .update(JSON.stringify([fewBuffers, ...migrations]))
    .digest('hex')
    .slice(0, 16);
  return join(root, 'node_modules/.cache/driftwatch', `pglite-${version}-${hash}.tar.zst`);
}

function readSnapshot(file: string): Uint8Array<ArrayBuffer> | undefined {
  return existsSync(file) ? new Uint8Array(zstdDecompressSync(readFileSync(file), { chunkSize: 2 ** 20 })) : undefined;
}

/** Only a cache: if it cannot be written, the next boot is slow again, and that is all. */
async function writeSnapshot(file: string, { driver }: PgliteConnection): Promise<void> {
  // Without a checkpoint, every boot would replay all of it from the log.
  await driver.exec('checkpoint');
  const dump = await driver.dumpDataDir('none');
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    // Several tests may boot at once, but none may read half a file.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, zstdCompressSync(Buffer.from(await dump.arrayBuffer())));
    renameSync(unfinished, file);
  } catch {
    return;
  }
}
