/**
 * The route under a real Next.js, built and started as it is in production. Run by this folder's own `npm test`: Next.js is
 * nothing that the rest of the repository needs.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { World } from '../../../demo/world.ts';
import { projectId, startKeys, startTables, type Keys } from './stage.ts';

const project = join(import.meta.dirname, '..');
const next = join(project, 'node_modules/next/dist/bin/next');

let world: World;
let keys: Keys;
const servers: ChildProcess[] = [];

const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  ...more,
});

/** @returns the address of the endpoint */
async function start(more: Readonly<Record<string, string>>): Promise<string> {
  const server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    cwd: project,
    env: environment(more),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(server);
  let printed = '';
  return new Promise((resolve, reject) => {
    server.on('exit', (code) => reject(new Error(`next start ended with ${code}: ${printed}`)));
    server.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed) ?? [];
      if (port !== undefined && /Ready/.test(printed)) resolve(`http://127.0.0.1:${port}/api/sync/daily-quests/completion`);
    });
  });
}

before(async () => {
  const built = spawnSync(process.execPath, [next, 'build'], { cwd: project, env: environment({}), encoding: 'utf8' });
  assert.equal(built.status, 0, `${built.stdout}\n${built.stderr}`);
  world = await startTables();
  keys = await startKeys();
});
after(async () => {
  for (const server of servers) server.kill();
  keys.close();
  await world.close();
});

const completion = {
  couple_id: 'couple',
  date: '2025-11-19',
  quest_id: 'quest',
  user_id: 'mia',
  partner_id: 'ben',
  timestamp: '2025-11-19T10:00:00.123456+01:00',
};

test('the endpoint answers as it says', async () => {
  const url = await start({ FIREBASE_PROJECT_ID: projectId, FIREBASE_JWKS_URL: keys.url, SUPABASE_URL: world.url, SUPABASE_SERVICE_ROLE_KEY: world.secretKey });
  const token = await keys.token('mia');
  const send = async (body: unknown, { type = 'application/json', bearer = token, method = 'POST' } = {}): Promise<[number, unknown]> => {
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': type, authorization: `Bearer ${bearer}` },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const { status, error } = (text.startsWith('{') ? JSON.parse(text) : {}) as { status?: string; error?: { code: string } };
    return [answer.status, error?.code ?? status];
  };
  assert.deepEqual(await send(completion), [201, 'recorded']);
  assert.deepEqual(await send(completion), [200, 'already_recorded']);
  // As a client does, where the database is too busy.
  const until = async (body: unknown): Promise<number> => {
    for (;;) {
      const [status] = await send(body);
      if (status !== 503) return status;
    }
  };
  const many = await Promise.all(Array.from({ length: 100 }, () => until({ ...completion, quest_id: 'many' })));
  assert.ok(many.filter((status) => status === 201).length <= 1 && many.every((status) => status < 300), String(many));
  assert.deepEqual(await world.sql(`select quest_id, completed_at = '2025-11-19T09:00:00.123Z' as is_right from quest_completions order by 1`), [
    { quest_id: 'many', is_right: true },
    { quest_id: 'quest', is_right: true },
  ]);

  assert.deepEqual(await send('{'), [400, 'invalid_body']);
  assert.deepEqual(await send({ ...completion, date: '2025-02-30' }), [400, 'invalid_field']);
  assert.deepEqual(await send(completion, { bearer: 'x' }), [401, 'unauthenticated']);
  assert.deepEqual(await send({ ...completion, user_id: 'eve' }), [403, 'forbidden']);
  for (const method of ['GET', 'PUT', 'DELETE']) assert.equal((await send(undefined, { method }))[0], 405, method);
  assert.deepEqual(await send({ ...completion, more: 'x'.repeat(17_000) }), [413, 'too_large']);
  assert.deepEqual(await send(completion, { type: 'text/plain' }), [415, 'unsupported_media_type']);
});

test('the endpoint is off where the flag says so, and says so where it is not configured', async () => {
  const [off, bare] = await Promise.all([start({ ENABLE_SUPABASE_DUAL_WRITE: 'false' }), start({})]);
  const send = async (url: string): Promise<[number, unknown]> => {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await send(off), [200, { status: 'disabled' }]);
  const [status, body] = await send(bare);
  assert.deepEqual([status, (body as { error: { code: string } }).error.code], [503, 'unavailable']);
});
