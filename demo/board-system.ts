import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { type Socket, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type SupabaseClient, createClient } from '@supabase/supabase-js';
import { type FirebaseApp, deleteApp, initializeApp } from 'firebase/app';
import { type Firestore as FirestoreClient, doc, getDoc, initializeFirestore, runTransaction, setLogLevel } from 'firebase/firestore/lite';
import { createNotificationTriggers } from '../examples/board-app/functions/src/notifications/index.ts';
import { type BoardApi, createBoardApi } from '../examples/board-app/src/boardApi.ts';
import { type DualWriteOptions, createDualWrite } from '../examples/board-app/src/shared/api/dualWrite.ts';
import { type Firestore, startFirestore } from './firestore/server.ts';
import { type World, startWorld } from './world.ts';

/** The example board-app, with both of its stores on this machine. */

export const boardApp = join(import.meta.dirname, '../examples/board-app');

export const boardMigrations = (): string[] => {
  const directory = join(boardApp, 'supabase/migrations');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'));
};

/** What Supabase has and a bare Postgres lacks. */
export const boardStandIn = (): string => readFileSync(join(boardApp, 'test/stand-in.sql'), 'utf8');

/** What makes the example's tables in an empty database. */
export const boardStatements = (): string[] => [boardStandIn(), ...boardMigrations()];

/** The indexes of the example, in the form that our Firestore server accepts. */
function boardIndexes(): string[] {
  const { fieldOverrides } = JSON.parse(readFileSync(join(boardApp, 'firestore.indexes.json'), 'utf8')) as {
    fieldOverrides: { collectionGroup: string; fieldPath: string }[];
  };
  return fieldOverrides.map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`);
}

export type BoardUser = {
  api: BoardApi;
  /** Supabase as this user, subject to the policies. */
  supabase: SupabaseClient;
  /** What was reported about this user's writes. */
  reported: { error: Error; context: Parameters<DualWriteOptions['report']>[1] }[];
};

export type BoardSystem = {
  firestore: Firestore;
  world: World;
  /** The official light client. */
  client: FirestoreClient;
  /** A client with the service key. */
  admin: SupabaseClient;
  /** A user of the app, who writes to Supabase with their own token. */
  user: (id: string, options?: Partial<DualWriteOptions> & { now?: () => Date; fetch?: typeof fetch }) => BoardUser;
  /** The functions that the Cloud Functions run, with the service key. */
  triggers: (options?: Partial<Pick<DualWriteOptions, 'enabled' | 'timeoutMs'>>) => ReturnType<typeof createNotificationTriggers> & { reported: Error[] };
  /** Whether the app and the Cloud Functions can reach Supabase; direct access to the world always works. */
  setReachable: (reachable: boolean) => void;
  close: () => Promise<void>;
};

/** The key with which the embedded Supabase signs tokens. */
const jwtSecret = 'unsafe-secret-change-me';

/** A token as Firebase would sign it, with the claim that Supabase requires. */
export function tokenOf(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: subject, role: 'authenticated', aud: 'authenticated', exp: Math.floor(Date.now() / 1000) + 86_400 })}`;
  return `${content}.${createHmac('sha256', jwtSecret).update(content).digest('base64url')}`;
}

/** A busy machine is not an outage, so this is long; tests of timeouts set their own. */
const patientMs = 600_000;

let systems = 0;

/** A connection that can be cut. */
async function openLine(url: string): Promise<{ url: string; setUp: (up: boolean) => void; close: () => Promise<void> }> {
  const open = new Set<Socket>();
  let isUp = true;
  const line = createServer((incoming) => {
    if (!isUp) return void incoming.destroy();
    const outgoing = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(socket);
      socket.once('close', () => open.delete(socket) && other.destroy()).on('error', () => other.destroy());
      socket.pipe(other);
    }
  });
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  const address = line.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    setUp(up) {
      isUp = up;
      if (!up) cut();
    },
    async close() {
      cut();
      await new Promise((resolve) => line.close(resolve));
    },
  };
}

/** @param postgres connection string of a database in which `boardStatements` ran; without it Postgres runs in this process */
export async function startBoardSystem({ postgres, project = 'demo-board-app' }: { postgres?: string; project?: string } = {}): Promise<BoardSystem> {
  setLogLevel('silent');
  const firestore = await startFirestore({ project, indexes: boardIndexes() });
  const world = await startWorld(postgres === undefined ? { statements: boardStatements() } : { statements: [], postgres });
  const line = await openLine(world.url);
  const admin = createClient(line.url, world.secretKey, { auth: { persistSession: false, autoRefreshToken: false } });
  systems += 1;
  const app: FirebaseApp = initializeApp({ projectId: project }, `board-app-${systems}`);
  const client = initializeFirestore(app, { host: firestore.host, ssl: false });

  return {
    firestore,
    world,
    client,
    admin,
    setReachable: line.setUp,
    user(id, { now, fetch: ownFetch, ...options } = {}) {
      const token = tokenOf(id);
      const supabase = createClient(line.url, world.publishableKey, { accessToken: async () => token, ...(ownFetch ? { global: { fetch: ownFetch } } : {}) });
      const reported: BoardUser['reported'] = [];
      const dualWrite = createDualWrite({
        supabase,
        enabled: () => true,
        timeoutMs: patientMs,
        report: (error, context) => void reported.push({ error, context }),
        ...options,
      });
      return { api: createBoardApi({ firestore: client, dualWrite, ...(now ? { now } : {}) }), supabase, reported };
    },
    triggers(options = {}) {
      const reported: Error[] = [];
      const given = {
        firestore: adminLike(client),
        supabase: admin,
        enabled: () => true,
        timeoutMs: patientMs,
        report: (error: Error) => void reported.push(error),
        ...options,
      };
      return { ...createNotificationTriggers(given), reported };
    },
    async close() {
      await deleteApp(app);
      await line.close();
      await firestore.stop();
      await world.close();
    },
  };
}

/** The part of the admin client's API that the triggers use, on top of the light client. */
const adminLike = (client: FirestoreClient): Parameters<typeof createNotificationTriggers>[0]['firestore'] => ({
  doc: (path) => ({
    async get() {
      const snapshot = await getDoc(doc(client, path));
      return { exists: snapshot.exists(), data: () => snapshot.data() };
    },
    create: (data) =>
      runTransaction(client, async (transaction) => {
        if ((await transaction.get(doc(client, path))).exists()) throw Object.assign(new Error('6 ALREADY_EXISTS'), { code: 6 });
        transaction.set(doc(client, path), data);
      }),
  }),
});
