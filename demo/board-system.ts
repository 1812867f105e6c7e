import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type SupabaseClient, createClient } from '@supabase/supabase-js';
import { type FirebaseApp, deleteApp, initializeApp } from 'firebase/app';
import { type Firestore as FirestoreClient, initializeFirestore, setLogLevel } from 'firebase/firestore/lite';
import { type BoardApi, createBoardApi } from '../examples/board-app/src/boardApi.ts';
import { type DualWriteOptions, createDualWrite } from '../examples/board-app/src/shared/api/dualWrite.ts';
import { type Firestore, startFirestore } from './firestore/server.ts';
import { type World, startWorld } from './world.ts';

/** The example board-app with both of its stores on this machine. */

export const boardApp = join(import.meta.dirname, '../examples/board-app');

export const boardMigrations = (): string[] => {
  const directory = join(boardApp, 'supabase/migrations');
  return readdirSync(directory).filter((name) => name.endsWith('.sql')).sort().map((name) => readFileSync(join(directory, name), 'utf8'));
};

/** What a bare Postgres lacks. */
export const boardStandIn = (): string => readFileSync(join(boardApp, 'test/stand-in.sql'), 'utf8');

/** Those of the example, as the server beside us takes them. */
export function boardIndexes(): string[] {
  const { fieldOverrides } = JSON.parse(readFileSync(join(boardApp, 'firestore.indexes.json'), 'utf8')) as { fieldOverrides: { collectionGroup: string; fieldPath: string }[] };
  return fieldOverrides.map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`);
}

export type BoardUser = {
  api: BoardApi;
  /** As this user, by the policies. */
  supabase: SupabaseClient;
  /** What was reported of this user's writes. */
  reported: { error: Error; context: Parameters<DualWriteOptions['report']>[1] }[];
};

export type BoardSystem = {
  firestore: Firestore;
  world: World;
  /** The official light client. */
  client: FirestoreClient;
  /** The service key's client. */
  admin: SupabaseClient;
  /** Somebody at the app, who writes to Supabase by their own token. */
  user: (id: string, options?: Partial<DualWriteOptions> & { now?: () => Date; fetch?: typeof fetch }) => BoardUser;
  close: () => Promise<void>;
};

/** What the embedded Supabase signs tokens with. */
const jwtSecret = 'unsafe-secret-change-me';

/** As Firebase would sign it, with the claim that Supabase wants. */
export function tokenOf(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: subject, role: 'authenticated', aud: 'authenticated', exp: Math.floor(Date.now() / 1000) + 86_400 })}`;
  return `${content}.${createHmac('sha256', jwtSecret).update(content).digest('base64url')}`;
}

/** A busy machine is no outage: whoever tries time-outs sets one. */
const patientMs = 600_000;

let systems = 0;

/** @param postgres connection string of a server with an empty database; without it Postgres runs in this process */
export async function startBoardSystem({ postgres, project = 'demo-board-app' }: { postgres?: string; project?: string } = {}): Promise<BoardSystem> {
  setLogLevel('silent');
  const firestore = await startFirestore({ project, indexes: boardIndexes() });
  const world = await startWorld({ migrations: false, ...(postgres === undefined ? {} : { postgres }) });
  for (const statements of [boardStandIn(), ...boardMigrations()]) await world.sql(statements);
  systems += 1;
  const app: FirebaseApp = initializeApp({ projectId: project }, `board-app-${systems}`);
  const client = initializeFirestore(app, { host: firestore.host, ssl: false });

  return {
    firestore,
    world,
    client,
    admin: createClient(world.url, world.secretKey, { auth: { persistSession: false, autoRefreshToken: false } }),
    user(id, { now, fetch: ownFetch, ...options } = {}) {
      const token = tokenOf(id);
      const supabase = createClient(world.url, world.publishableKey, { accessToken: async () => token, ...(ownFetch ? { global: { fetch: ownFetch } } : {}) });
      const reported: BoardUser['reported'] = [];
      const dualWrite = createDualWrite({ supabase, enabled: () => true, timeoutMs: patientMs, report: (error, context) => void reported.push({ error, context }), ...options });
      return { api: createBoardApi({ firestore: client, dualWrite, ...(now ? { now } : {}) }), supabase, reported };
    },
    async close() {
      await deleteApp(app);
      await firestore.stop();
      await world.close();
    },
  };
}
