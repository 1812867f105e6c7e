import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import { text } from 'node:stream/consumers';
import { createClient } from '@supabase/supabase-js';
import { deleteApp, initializeApp } from 'firebase/app';
import { connectDatabaseEmulator, getDatabase, type Database } from 'firebase/database';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { startRealtimeDatabase, type RealtimeDatabase, type RealtimeDatabaseOptions } from '../../../demo/realtime-database/server.ts';
import { startWorld, type World } from '../../../demo/world.ts';
import { POST } from '../app/api/sync/daily-quests/completion/route.ts';
import type { LocalStore, QuestApi } from '../src/questSyncService.ts';

/** Everything that the app talks to, on this machine: both stores, Google's published keys, and the app's own server. */

export const projectId = 'demo-quests';

const here = import.meta.dirname;
const migrations = join(here, '../supabase/migrations');

/** The example's tables in a Supabase, embedded unless said otherwise. */
export async function startTables(start = startWorld): Promise<World> {
  const world = await start({ migrations: false });
  await migrate(world, { isBare: true });
  return world;
}

/** @param isBare whether what Supabase brings is missing */
export async function migrate(database: { sql: (statements: string) => Promise<unknown> }, { isBare = false } = {}): Promise<void> {
  if (isBare) await database.sql(readFileSync(join(here, 'stand-in.sql'), 'utf8'));
  for (const name of readdirSync(migrations).toSorted()) await database.sql(readFileSync(join(migrations, name), 'utf8'));
}

const listening = async (server: Server): Promise<string> => {
  // An idle connection is closed by whoever asks: closed here, it may be the one on which the next request is already on its way.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export type Keys = {
  readonly url: string;
  /** How often the published keys were asked for. */
  readonly asked: () => number;
  /** What is answered from now on, instead of the keys. */
  readonly answer: (status: number | undefined, body?: string) => void;
  /** Other keys from now on, as Google changes them every day. */
  readonly rotate: () => Promise<void>;
  readonly token: (uid: string, claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly close: () => void;
};

/** Signs ID tokens as Firebase does, and publishes the keys to check them with. */
export async function startKeys(): Promise<Keys> {
  let asked = 0;
  let status: number | undefined;
  let instead = '{}';
  let kid = '';
  let key: CryptoKey;
  let published: JWK[] = [];
  const rotate = async (): Promise<void> => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    kid = crypto.randomUUID();
    key = pair.privateKey;
    published = [...published.slice(-1), { ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' }];
  };
  await rotate();
  const server = createServer((_, outgoing) => {
    asked += 1;
    outgoing.writeHead(status ?? 200, { 'content-type': 'application/json' }).end(status === undefined ? JSON.stringify({ keys: published }) : instead);
  });
  const url = `${await listening(server)}/keys`;
  return {
    url,
    asked: () => asked,
    answer(given, body = '{}') {
      status = given;
      instead = body;
    },
    rotate,
    token(uid, claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: `https://securetoken.google.com/${projectId}`,
        aud: projectId,
        sub: uid,
        user_id: uid,
        role: 'authenticated',
        auth_time: now - 60,
        iat: now - 60,
        exp: now + 3600,
        ...claims,
      };
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT', ...header }).sign(key);
    },
    close: () => void server.close().closeAllConnections(),
  };
}

export type Endpoint = {
  readonly url: string;
  /** Statuses of answers so far. */
  readonly answered: number[];
  /** Away, nobody answers. */
  readonly setOnline: (isOnline: boolean) => void;
  readonly close: () => void;
};

/** The route over HTTP, as a server of Next.js would call it. */
export async function serveRoute(): Promise<Endpoint> {
  const answered: number[] = [];
  let isOnline = true;
  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (!isOnline) return void incoming.socket.destroy();
    const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] => (typeof value === 'string' ? [[name, value]] : []));
    const answer = await POST(new Request(`http://localhost${incoming.url}`, { method: 'POST', headers, body: await text(incoming) }));
    answered.push(answer.status);
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  }
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch(() => outgoing.destroy());
  });
  return {
    url: `${await listening(server)}/api/sync/daily-quests/completion`,
    answered,
    setOnline: (online) => void (isOnline = online),
    close: () => void server.close().closeAllConnections(),
  };
}

/** For a test: however slow the machine is, the endpoint never takes a database for a silent one. */
export const waitForAnswers = (): void => void mock.method(AbortSignal, 'timeout', () => new AbortController().signal);

/** What the app's server is told by its environment. */
export function configure(settings: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** The app's server as a phone sees it, for one user. The last two functions are what thin handlers behind its login do. */
export function questApi({
  endpoint,
  world,
  token,
}: {
  endpoint: Pick<Endpoint, 'url'>;
  world: Pick<World, 'url' | 'secretKey'>;
  token: () => Promise<string>;
}): QuestApi {
  const supabase = createClient(world.url, world.secretKey, { auth: { persistSession: false, autoRefreshToken: false } });
  return {
    async complete(body) {
      const answer = await fetch(endpoint.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await token()}` },
        body: JSON.stringify(body),
      });
      await answer.arrayBuffer();
      return { status: answer.status };
    },
    async completions(coupleId, date) {
      const { data } = await supabase.rpc('quest_completions_of', { p_couple_id: coupleId, p_date: date }).throwOnError();
      return data as Awaited<ReturnType<QuestApi['completions']>>;
    },
    async recordDivergences(rows) {
      await supabase.rpc('record_sync_divergences', { p_rows: rows }).throwOnError();
    },
  };
}

/** As Hive keeps them on a phone. */
export function localStore(): LocalStore & { readonly kept: Map<string, { completedAt: number }> } {
  const kept = new Map<string, { completedAt: number }>();
  return { kept, get: async (key) => kept.get(key), put: async (key, value) => void kept.set(key, value), remove: async (key) => void kept.delete(key) };
}

/** Rules as such an app has them: a completion is written by its own user, once. */
export const rules: NonNullable<RealtimeDatabaseOptions['rules']> = {
  write: (path, caller) => typeof caller === 'object' && path.length === 6 && path[0] === 'daily_quests' && path[4] === 'completions' && path[5] === caller.uid,
  read: (path, caller) => typeof caller === 'object' && path[0] === 'daily_quests' && path.length > 1,
};

export type Phone = { readonly database: Database; readonly close: () => Promise<void> };

let phones = 0;

/** The official client, signed in. */
export function openPhone({ url, host, port }: Pick<RealtimeDatabase, 'url' | 'host' | 'port'>, uid: string): Phone {
  const app = initializeApp({ projectId, databaseURL: url }, `phone ${phones++}`);
  const database = getDatabase(app);
  connectDatabaseEmulator(database, host, port, { mockUserToken: { sub: uid } });
  return { database, close: () => deleteApp(app) };
}

export { startRealtimeDatabase };
