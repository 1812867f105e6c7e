import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { goOffline, goOnline, onValue, ref, set } from 'firebase/database';
import type { RealtimeDatabase } from '../../../demo/realtime-database/server.ts';
import type { World } from '../../../demo/world.ts';
import { createQuestSyncService, type Divergence, type LocalStore, type Mark, type QuestApi, type QuestSyncService } from '../src/questSyncService.ts';
import {
  configure,
  localStore,
  openPhone,
  projectId,
  questApi,
  rules,
  serveRoute,
  startKeys,
  startRealtimeDatabase,
  startTables,
  waitForAnswers,
  type Endpoint,
  type Keys,
  type Phone,
} from './stage.ts';

let world: World;
let keys: Keys;
let live: RealtimeDatabase;
let endpoint: Endpoint;
const open: { close: () => unknown }[] = [];

before(async () => {
  waitForAnswers();
  world = await startTables();
  keys = await startKeys();
});
after(async () => {
  keys.close();
  await world.close();
});
beforeEach(async () => {
  await world.sql('truncate quest_completions; truncate sync_divergences restart identity');
  live = await startRealtimeDatabase({ rules });
  endpoint = await serveRoute();
  configure({
    FIREBASE_PROJECT_ID: projectId,
    FIREBASE_JWKS_URL: keys.url,
    SUPABASE_URL: world.url,
    SUPABASE_SERVICE_ROLE_KEY: world.secretKey,
    ENABLE_SUPABASE_DUAL_WRITE: undefined,
  });
});
afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
  endpoint.close();
  await live.close();
});

type App = {
  service: QuestSyncService;
  phone: Phone;
  local: LocalStore & { kept: Map<string, { completedAt: number }> };
  api: QuestApi;
  logged: string[];
  /** Resolves with the next line of the log. */ log: () => Promise<string>;
};
type Options = { uid?: string; enabled?: () => boolean; now?: () => number; api?: Partial<QuestApi>; retryDelaysMs?: number[] };

function openApp({ uid = 'mia', enabled = () => true, now, api: overridden = {}, retryDelaysMs = [1, 1, 1] }: Options = {}): App {
  const phone = openPhone(live, uid);
  open.push(phone);
  const local = localStore();
  const api = { ...questApi({ endpoint, world, token: () => keys.token(uid) }), ...overridden };
  const logged: string[] = [];
  let heard: (() => void) | undefined;
  const service = createQuestSyncService({
    database: phone.database,
    local,
    api,
    enabled,
    log: (level, message) => {
      logged.push(`${level}: ${message}`);
      heard?.();
    },
    ...(now && { now }),
    retryDelaysMs,
  });
  return { service, phone, local, api, logged, log: () => new Promise((resolve) => (heard = () => resolve(logged.at(-1) ?? ''))) };
}

const time = Date.parse('2026-03-01T08:00:00.123Z');
const mark: Mark = { coupleId: 'couple', date: '2026-03-01', questId: 'quest', userId: 'mia', partnerId: 'ben' };
const key = 'couple/2026-03-01/quest/mia';
const place = 'daily_quests/couple/2026-03-01/quest';

const kept = async (): Promise<string[]> =>
  (
    await world.sql<{ row: string }>(
      `select quest_id || ' ' || user_id || ' ' || to_char(completed_at at time zone 'utc', 'HH24:MI:SS.MS') as row from quest_completions order by 1`,
    )
  ).map(({ row }) => row);

/** Until the endpoint has answered so often. */
async function answers(count: number): Promise<void> {
  while (endpoint.answered.length < count) await new Promise(setImmediate);
}

describe('marking a quest', () => {
  test('writes the app’s own store at once, then both others, with one time', async () => {
    live.set(place, { title: 'Walk', kind: 'daily', sortOrder: 1 });
    const { service, local } = openApp({ now: () => time });
    const marked = service.markQuestCompleted(mark);
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(local.kept.get(key), { completedAt: time });
    assert.deepEqual(await marked, { completedAt: time });
    assert.deepEqual(live.get(place), { title: 'Walk', kind: 'daily', sortOrder: 1, completions: { mia: { completedAt: time } } });
    await answers(1);
    assert.deepEqual(await kept(), ['quest mia 08:00:00.123']);
  });

  test('keeps the first time, and sends what the database holds', async () => {
    live.set(`${place}/completions/mia`, { completedAt: time - 1000 });
    const { service, local } = openApp({ now: () => time });
    assert.deepEqual(await service.markQuestCompleted(mark), { completedAt: time - 1000 });
    assert.deepEqual(local.kept.get(key), { completedAt: time - 1000 });
    await answers(1);
    assert.deepEqual(await kept(), ['quest mia 07:59:59.123']);
  });

  test('twice at once is once, and on two phones too', async () => {
    let clock = time;
    const now = () => (clock += 1);
    const [one, other] = [openApp({ now }), openApp({ now })];
    const results = await Promise.all([one.service.markQuestCompleted(mark), one.service.markQuestCompleted(mark), other.service.markQuestCompleted(mark)]);
    assert.equal(new Set(results.map(({ completedAt }) => completedAt)).size, 1);
    await answers(2);
    assert.equal((await kept()).length, 1);
    assert.deepEqual(live.get(`${place}/completions/mia`), results[0]);
  });

  test('fails where the Realtime Database refuses, takes the local change back, and tells the endpoint nothing', async () => {
    const { service, local } = openApp({ uid: 'eve' });
    await assert.rejects(service.markQuestCompleted(mark), /permission_denied/i);
    assert.equal(local.kept.size, 0);
    local.kept.set(key, { completedAt: 7 });
    await assert.rejects(service.markQuestCompleted(mark), /permission_denied/i);
    assert.deepEqual(local.kept.get(key), { completedAt: 7 });
    assert.deepEqual([endpoint.answered, await kept(), live.get('/')], [[], [], null]);
  });

  test('refuses names that no key can have, before anything is written', async () => {
    const { service, local } = openApp();
    for (const wrong of [{ coupleId: 'a/b' }, { questId: '' }, { userId: 'a.b' }, { date: '2026-02-30' }])
      await assert.rejects(service.markQuestCompleted({ ...mark, ...wrong }), TypeError);
    assert.equal(local.kept.size, 0);
  });

  test('waits without a connection, done locally and sent nowhere, and goes on with one', async () => {
    const { service, local, phone } = openApp({ now: () => time });
    goOffline(phone.database);
    const marked = service.markQuestCompleted(mark);
    const first = await Promise.race([marked, new Promise<string>((resolve) => setImmediate(() => resolve('pending')))]);
    assert.deepEqual([first, local.kept.get(key), live.get('/'), endpoint.answered], ['pending', { completedAt: time }, null, []]);
    goOnline(phone.database);
    assert.deepEqual(await marked, { completedAt: time });
    await answers(1);
    assert.equal((await kept()).length, 1);
  });

  test('goes on where the connection broke off after it was sent', async () => {
    const sent = Promise.withResolvers<void>();
    let isFirst = true;
    const cutting = await startRealtimeDatabase({
      rules: {
        write: () => {
          // What came has no answer: nobody knows whether it was taken.
          if (isFirst) cutting.setOnline(false);
          isFirst = false;
          sent.resolve();
          return true;
        },
      },
    });
    const phone = openPhone(cutting, 'mia');
    open.push(phone, cutting);
    const service = createQuestSyncService({
      database: phone.database,
      local: localStore(),
      api: questApi({ endpoint, world, token: () => keys.token('mia') }),
      enabled: () => true,
      log: () => undefined,
      now: () => time,
    });
    const marked = service.markQuestCompleted(mark);
    await sent.promise;
    cutting.setOnline(true);
    assert.deepEqual(await marked, { completedAt: time });
    assert.deepEqual(cutting.get(`${place}/completions/mia`), { completedAt: time });
  });

  test('never fails because of the endpoint, which is tried three times more, and logs what stays undone', async () => {
    const app = openApp({ now: () => time });
    endpoint.setOnline(false);
    const line = app.log();
    assert.deepEqual(await app.service.markQuestCompleted(mark), { completedAt: time });
    assert.equal(await line, 'error: A completion could not be sent to the endpoint');
    endpoint.setOnline(true);

    let calls = 0;
    const back = openApp({
      now: () => time,
      api: { complete: async (body) => ((calls += 1) < 4 ? { status: 503 } : questApi({ endpoint, world, token: () => keys.token('mia') }).complete(body)) },
    });
    await back.service.markQuestCompleted(mark);
    await answers(1);
    assert.deepEqual([calls, back.logged, (await kept()).length], [4, [], 1]);
  });

  test('does not wait for ever for an endpoint that does not answer, and logs what stays undone', async (t) => {
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const app = openApp({ now: () => time, retryDelaysMs: [], api: { complete: () => new Promise(() => asked()) } });
    // The client connects with timers.
    await app.service.compareInBackground('couple', '2026-03-01');
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const line = app.log();
    await app.service.markQuestCompleted(mark);
    await isAsked;
    t.mock.timers.tick(10_000);
    assert.equal(await line, 'error: A completion could not be sent to the endpoint');
    t.mock.timers.reset();
  });

  test('is a success, and refused by the endpoint, where the clock says what is no time', async () => {
    const app = openApp({ now: () => time * 1_000_000 });
    const line = app.log();
    await app.service.markQuestCompleted(mark);
    assert.equal(await line, 'error: The endpoint refused a completion');
    assert.deepEqual(endpoint.answered, [400]);
    const { divergences } = await app.service.compareInBackground('couple', '2026-03-01');
    assert.deepEqual(
      divergences.map(({ type, cause }) => [type, cause]),
      [['missing', 'sent_and_refused']],
    );
  });

  test('does not repeat what the endpoint refuses', async () => {
    const app = openApp({ now: () => time });
    const line = app.log();
    await app.service.markQuestCompleted({ ...mark, partnerId: 'mia' });
    assert.equal(await line, 'error: The endpoint refused a completion');
    assert.deepEqual(endpoint.answered, [400]);
  });

  test('sends nothing while the flag is off or cannot be read', async () => {
    for (const enabled of [() => false, () => assert.fail('no flags today')]) {
      const { service } = openApp({ enabled, now: () => time });
      await service.markQuestCompleted(mark);
    }
    assert.deepEqual([endpoint.answered, await kept()], [[], []]);
    assert.deepEqual(live.get(`${place}/completions`), { mia: { completedAt: time } });
  });

  test('fails with the refusal of the Realtime Database, whatever the app’s own store does', async () => {
    const { service, local, logged } = openApp({ uid: 'eve' });
    local.remove = async () => assert.fail('the disk is full');
    await assert.rejects(service.markQuestCompleted(mark), /permission_denied/i);
    assert.equal(logged.length, 1);
  });

  test('is a success once the Realtime Database took it, whatever else fails', async () => {
    const phone = openPhone(live, 'mia');
    open.push(phone);
    live.set(`${place}/completions/mia`, { completedAt: time - 1 });
    const fails = (): never => assert.fail('not today');
    const service = createQuestSyncService({
      database: phone.database,
      local: { get: fails, put: fails, remove: fails },
      api: { complete: fails, completions: fails, recordDivergences: fails },
      enabled: () => true,
      log: fails,
      now: () => time,
      retryDelaysMs: [],
    });
    assert.deepEqual(await service.markQuestCompleted(mark), { completedAt: time - 1 });
    assert.deepEqual(await service.compareInBackground('couple', '2026-03-01'), { status: 'unknown', divergences: [] });
  });
});

describe('comparing in the background', () => {
  const row = (quest: string, user: string, at: number) =>
    world.sql('insert into quest_completions values ($1, $2, $3, $4, $5, $6)', ['couple', '2026-03-01', quest, user, 'partner', new Date(at).toISOString()]);
  const recorded = () => world.sql<{ row: string }>(`select concat_ws(' ', type, cause, quest_id, user_id, seen) as row from sync_divergences order by 1`);
  const short = ({ type, cause, quest_id, user_id }: Divergence): string => [type, cause, quest_id, user_id].join(' ');

  test('says that both sides agree', async () => {
    const { service, logged } = openApp({ now: () => time });
    await service.markQuestCompleted(mark);
    await answers(1);
    assert.deepEqual(await service.compareInBackground('couple', '2026-03-01'), { status: 'in-sync', divergences: [] });
    assert.deepEqual(await service.compareInBackground('couple', '2026-03-02'), { status: 'in-sync', divergences: [] });
    assert.deepEqual([logged, await recorded()], [[], []]);
  });

  test('names every divergence with its likely cause, records it and changes nothing', async () => {
    const quest = (completions: Record<string, number>) => ({
      title: 'x',
      completions: Object.fromEntries(Object.entries(completions).map(([user, completedAt]) => [user, { completedAt }])),
    });
    live.set('daily_quests/couple/2026-03-01', {
      0: quest({ 0: time, 1: time }),
      a: quest({ mia: time, ben: time }),
      b: quest({ mia: time }),
      c: quest({ ben: time + 0.5 }),
      none: { title: 'nobody yet' },
    });
    await row('a', 'mia', time + 5 * 60_000);
    await row('a', 'ben', time + 5 * 60_000 + 1);
    await row('0', '0', time);
    await row('gone', 'ben', time);
    await row('c', 'ben', time);
    const { service, logged } = openApp();
    const { status, divergences } = await service.compareInBackground('couple', '2026-03-01');
    assert.equal(status, 'drift');
    assert.deepEqual(divergences.map(short).toSorted(), [
      'different clock a mia',
      'different other_client a ben',
      'missing other_client 0 1',
      'missing other_client b mia',
      'orphan other_client gone ben',
    ]);
    assert.deepEqual(
      divergences.find(({ type }) => type === 'orphan'),
      {
        type: 'orphan',
        cause: 'other_client',
        couple_id: 'couple',
        date: '2026-03-01',
        quest_id: 'gone',
        user_id: 'ben',
        legacy_completed_at: null,
        normalized_completed_at: new Date(time).toISOString(),
      },
    );
    await service.compareInBackground('couple', '2026-03-01');
    assert.deepEqual(
      (await recorded()).map((found) => found.row),
      divergences.map((divergence) => `${short(divergence)} 2`).toSorted(),
    );
    assert.equal(logged.length, 10);
    assert.equal((await kept()).length, 5);
  });

  test('sees a completion that does not say when it was', async () => {
    live.set('daily_quests/couple/2026-03-01', { a: { completions: { mia: true, ben: { completedAt: 'today' } } } });
    await row('a', 'ben', time);
    const { divergences } = await openApp().service.compareInBackground('couple', '2026-03-01');
    assert.deepEqual(divergences.map((divergence) => [short(divergence), divergence.legacy_completed_at]).toSorted(), [
      ['different other_client a ben', null],
      ['missing other_client a mia', null],
    ]);
  });

  test('records every divergence of a day, though a clock put one of them beyond the calendar', async () => {
    live.set('daily_quests/couple/2026-03-01', {
      a: { completions: { mia: { completedAt: time }, ben: { completedAt: 8.64e15 } } },
      b: { completions: { mia: { completedAt: -8.64e15 } } },
    });
    const { divergences } = await openApp().service.compareInBackground('couple', '2026-03-01');
    assert.deepEqual(divergences.map((divergence) => [short(divergence), divergence.legacy_completed_at]).toSorted(), [
      ['missing other_client a ben', null],
      ['missing other_client a mia', new Date(time).toISOString()],
      ['missing other_client b mia', null],
    ]);
    assert.deepEqual(
      (await recorded()).map((found) => found.row),
      divergences.map((divergence) => `${short(divergence)} 1`).toSorted(),
    );
  });

  test('knows what it has not sent yet while the app’s own store is still being told', async () => {
    live.set(`${place}/completions/mia`, { completedAt: time - 1 });
    const released = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const { service, local } = openApp({ now: () => time, api: { complete: () => new Promise(() => undefined) } });
    local.put = async (_, { completedAt }) => {
      if (completedAt === time) return;
      told.resolve();
      await released.promise;
    };
    const marked = service.markQuestCompleted(mark);
    await told.promise;
    assert.deepEqual((await service.compareInBackground('couple', '2026-03-01')).divergences.map(short), ['missing not_sent_yet quest mia']);
    released.resolve();
    await marked;
  });

  test('knows what it has not sent yet, and what it gave up', async () => {
    let answer: (status: number) => void = () => undefined;
    const app = openApp({ now: () => time, retryDelaysMs: [], api: { complete: () => new Promise((resolve) => (answer = (status) => resolve({ status }))) } });
    await app.service.markQuestCompleted(mark);
    assert.deepEqual((await app.service.compareInBackground('couple', '2026-03-01')).divergences.map(short), ['missing not_sent_yet quest mia']);
    const line = app.log();
    answer(403);
    assert.equal(await line, 'error: The endpoint refused a completion');
    assert.deepEqual((await app.service.compareInBackground('couple', '2026-03-01')).divergences.map(short), ['missing sent_and_refused quest mia']);
    assert.deepEqual(
      (await recorded()).map((found) => found.row),
      ['missing sent_and_refused quest mia 2'],
    );
  });

  test('knows what is still on its way where it was marked again and one of the two was refused', async () => {
    const answer: ((status: number) => void)[] = [];
    const complete: QuestApi['complete'] = () => new Promise((resolve) => answer.push((status) => resolve({ status })));
    const app = openApp({ now: () => time, retryDelaysMs: [], api: { complete } });
    const compared = async () => (await app.service.compareInBackground('couple', '2026-03-01')).divergences.map(short);
    await app.service.markQuestCompleted(mark);
    await app.service.markQuestCompleted(mark);
    for (const expected of ['not_sent_yet', 'sent_and_refused']) {
      const line = app.log();
      answer.shift()?.(403);
      await line;
      assert.deepEqual(await compared(), [`missing ${expected} quest mia`]);
    }
    await app.service.markQuestCompleted(mark);
    assert.deepEqual(await compared(), ['missing not_sent_yet quest mia']);
  });

  test('takes a mark that the Realtime Database has not taken yet for one that is still to be sent', async () => {
    const app = openApp({ now: () => time, api: { completions: async () => [], recordDivergences: async () => undefined } });
    const day = ref(app.phone.database, 'daily_quests/couple/2026-03-01');
    await new Promise<unknown>((resolve) => onValue(day, resolve));
    const shown = new Promise<void>((resolve) => onValue(day, (snapshot) => snapshot.exists() && resolve()));
    const marked = app.service.markQuestCompleted(mark);
    await shown;
    assert.equal(live.get(place), null);
    assert.deepEqual((await app.service.compareInBackground('couple', '2026-03-01')).divergences.map(short), ['missing not_sent_yet quest mia']);
    await marked;
  });

  test('does not know what others wrote without a connection, though the app listens to that day', async () => {
    const app = openApp();
    await new Promise<unknown>((resolve) => onValue(ref(app.phone.database, 'daily_quests/couple/2026-03-01'), resolve));
    assert.equal((await app.service.compareInBackground('couple', '2026-03-01')).status, 'in-sync');
    goOffline(app.phone.database);
    await openApp({ uid: 'ben' }).service.markQuestCompleted({ ...mark, userId: 'ben', partnerId: 'mia' });
    await answers(1);
    assert.deepEqual(await app.service.compareInBackground('couple', '2026-03-01'), { status: 'unknown', divergences: [] });
    assert.deepEqual(await recorded(), []);
  });

  test('does not take what a listener remembers for the database when the connection has just come back', async () => {
    const app = openApp();
    const day = ref(app.phone.database, 'daily_quests/couple/2026-03-01');
    await new Promise<unknown>((resolve) => onValue(day, resolve));
    goOffline(app.phone.database);
    live.set(`${place}/completions/ben`, { completedAt: time });
    const compared = new Promise<Awaited<ReturnType<QuestSyncService['compareInBackground']>>>((resolve) =>
      onValue(ref(app.phone.database, '.info/connected'), (connected) => {
        if (connected.val() === true) resolve(app.service.compareInBackground('couple', '2026-03-01'));
      }),
    );
    goOnline(app.phone.database);
    assert.deepEqual((await compared).divergences.map(short), ['missing other_client quest ben']);
  });

  test('does not know where a side cannot be read, and records nothing', async () => {
    live.set(`${place}/completions/mia`, { completedAt: time });
    const unreadable: Options[] = [{ api: { completions: async () => assert.fail('away') } }, { api: { completions: () => assert.fail('away at once') } }];
    for (const options of unreadable)
      assert.deepEqual(await openApp(options).service.compareInBackground('couple', '2026-03-01'), { status: 'unknown', divergences: [] });
    for (const [couple, date] of [
      ['a.b', '2026-03-01'],
      ['', '2026-03-01'],
      ['a/b', '2026-03-01'],
      ['couple', '2026-02-30'],
      ['couple', ''],
    ] as const) {
      const { service } = openApp({ api: { completions: async () => [] } });
      assert.deepEqual(await service.compareInBackground(couple, date), { status: 'unknown', divergences: [] }, `${couple} ${date}`);
    }
    assert.deepEqual(await recorded(), []);
    const { service, logged } = openApp({ api: { recordDivergences: async () => assert.fail('away') } });
    assert.equal((await service.compareInBackground('couple', '2026-03-01')).status, 'drift');
    assert.equal(logged.at(-1), 'error: The divergences could not be recorded');
  });

  test('gives up a side that does not answer', async (t) => {
    const app = openApp();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    goOffline(app.phone.database);
    const compared = app.service.compareInBackground('couple', '2026-03-01');
    t.mock.timers.tick(10_000);
    assert.deepEqual(await compared, { status: 'unknown', divergences: [] });
    t.mock.timers.reset();
  });

  test('sees a time that another client has put in place of the first one', async () => {
    const app = openApp({ now: () => time });
    await app.service.markQuestCompleted(mark);
    await answers(1);
    await set(ref(app.phone.database, `${place}/completions/mia`), { completedAt: time + 400_000 });
    assert.deepEqual((await app.service.compareInBackground('couple', '2026-03-01')).divergences.map(short), ['different other_client quest mia']);
  });
});
