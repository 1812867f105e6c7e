import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { openDescribed } from '../../../demo/description.ts';
import { failure, startRealtimeDatabase, type Fault, type RealtimeDatabase } from '../../../demo/realtime-database/server.ts';
import { startWorld, type World } from '../world.ts';
import { certificateFile, startForwardProxy, startSecureFront } from '../fakes/network.ts';
import { everythingSaid, startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

/** The bundle against a Realtime Database at its own address, with a service account, through a proxy: nothing else leads there. */

const databaseHost = 'demo-quests-default-rtdb.firebaseio.com';
const token = 'ya29.token-of-this-run';
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const credentials = JSON.stringify({
  type: 'service_account',
  project_id: 'demo-quests',
  client_email: 'driftwatch@demo-quests.iam.gserviceaccount.com',
  private_key: privateKey,
});

const config = `
stores:
  live: { type: realtime-database, url: https://${databaseHost}, credentials: $FIREBASE_CREDENTIALS }
pairs:
  daily-quests:
    legacy: live
    normalized: supabase
    entities:
      completions:
        legacy: daily_quests/{couple_id}/{date}/{quest_id}
        each: completions
        normalized: quest_completions
        key: [couple_id, date, quest_id, user_id]
        fields:
          user_id: "{index}"
          completed_at: { from: "{item.completedAt}", type: timestamp, unit: ms }
        changed: { legacy: { from: "{item.completedAt}", unit: ms }, normalized: created_at }
        ignored: { legacy: [title] }
`;

const time = Date.parse('2026-03-01T08:00:00.123Z');
const quest = (completions: Record<string, unknown>) => ({ title: 'Walk', completions });

let world: World;
let stage: Stage;
let live: RealtimeDatabase;
let fault: Fault | undefined;
let env: Record<string, string>;
const closing: (() => unknown)[] = [];

before(async () => {
  world = await startWorld({ migrations: false });
  await world.sql(
    `create table quest_completions (couple_id text, date date, quest_id text, user_id text, completed_at timestamptz(3), created_at timestamptz default now(), unique (couple_id, date, quest_id, user_id))`,
  );
  const door = await openDescribed(world);
  stage = await startStage({ url: door.url, secretKey: world.secretKey }, { ownProcesses: true });
  live = await startRealtimeDatabase({
    name: 'demo-quests-default-rtdb',
    accessTokens: [token],
    rules: { read: () => false, write: () => false },
    fault: () => fault,
  });
  const google = createServer((_, outgoing) =>
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ access_token: token, expires_in: 3600, token_type: 'Bearer' })),
  );
  await new Promise<void>((resolve) => google.listen(0, '127.0.0.1', resolve));
  const front = await startSecureFront({
    [databaseHost]: `http://${live.host}:${live.port}`,
    'oauth2.googleapis.com': `http://127.0.0.1:${(google.address() as AddressInfo).port}`,
  });
  const proxy = await startForwardProxy(front.port);
  env = { FIREBASE_CREDENTIALS: credentials, NODE_EXTRA_CA_CERTS: certificateFile, HTTPS_PROXY: proxy.url };
  closing.push(door.close, live.close, () => google.close(), front.close, proxy.close);
});
after(async () => {
  for (const close of closing) await close();
  await stage.close();
  await world.close();
});

async function run(more: Record<string, string> = {}): Promise<StageRun> {
  const result = await stage.run({}, { env: { ...env, ...more }, files: { '.github/driftwatch.yml': config } });
  for (const [outlet, text] of everythingSaid(result, stage)) {
    for (const secret of [token, credentials, ...privateKey.split('\n').filter((line) => line.length > 40)])
      assert.ok(!withoutMasks(text).includes(secret), `${outlet} holds a secret`);
  }
  return result;
}

describe('the bundle', () => {
  test('finds what differs between a Realtime Database and a table, exactly, and says what it downloaded', async () => {
    live.set('daily_quests', {
      'a family name': {
        '2026-03-01': {
          q1: quest({ mia: { completedAt: time }, ben: { completedAt: time } }),
          q2: quest({ 0: { completedAt: time }, 1: { completedAt: time + 1 } }),
        },
        '2026-03-02': { q1: quest({ mia: { completedAt: 'at noon' } }), q2: { title: 'nobody yet' } },
      },
      couple: { '2026-03-01': { q1: quest({ zoe: { completedAt: time } }) } },
    });
    const rows = [
      ['a family name', 'q1', 'mia', time],
      ['a family name', 'q1', 'ben', time + 1],
      ['a family name', 'q2', '0', time],
      ['a family name', 'q2', '1', time + 1],
      ['couple', 'q1', 'tom', time],
    ] as const;
    for (const [couple, id, user, at] of rows)
      await world.sql('insert into quest_completions values ($1, $2, $3, $4, $5)', [couple, '2026-03-01', id, user, new Date(at).toISOString()]);
    await world.sql("insert into quest_completions values ('a family name', '2026-03-02', 'q1', 'mia', now())");

    const { report, log, outputs } = await run();
    assert.equal(outputs['verdict'], 'drift', log);
    assert.deepEqual(report.findings.map(({ type, level }) => `${type} ${level}`).toSorted(), [
      'DATA_MISMATCH completions',
      'MALFORMED_LEGACY completions',
      'MISSING_ROW completions',
      'ORPHAN_ROW completions',
    ]);
    assert.deepEqual(
      report.counts.map(({ legacy, normalized }) => [legacy, normalized]),
      [[6, 6]],
    );
    assert.match(log, /\b0\.1 MB were downloaded from the Realtime Database/);
    assert.match(log, new RegExp(`^::add-mask::${token}$`, 'm'));
    assert.ok(!log.includes('a family name'));
    // Every name and every value once, and what differs once more.
    assert.ok(live.requests.every(({ authorization }) => authorization === `Bearer ${token}`));
  });

  test('compares what was written lately on either side', async () => {
    await world.sql('truncate quest_completions');
    live.set('daily_quests', {
      couple: { '2026-03-01': { old: quest({ mia: { completedAt: time } }), new: quest({ mia: { completedAt: Date.now() - 60_000 } }) } },
    });
    const { report, log } = await run({ 'INPUT_CHANGED-WITHIN': '30m' });
    assert.equal(report.mode, 'recent', log);
    assert.deepEqual(
      report.findings.map(({ type }) => type),
      ['MISSING_ROW'],
    );
  });

  test('does not know where the database cannot be read, and says why', async () => {
    fault = failure(402, "The Firebase database 'demo-quests-default-rtdb' has exceeded its quota limit and has been temporarily disabled.");
    const { exitCode, outputs, log } = await run();
    fault = undefined;
    assert.deepEqual([exitCode, outputs['verdict']], [1, 'unknown'], log);
    assert.match(log, /The Realtime Database of store live is switched off because a quota is used up \(HTTP 402\)/);
  });
});
