import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { timeoutsOnDemand } from '../../../action/test/timeouts.ts';
import { SignJWT } from 'jose';
import { startWorld, type World } from '../../../action/test/world.ts';
import { emptying } from '../../../demo/data.ts';
import { POST } from '../app/api/sync/daily-quests/completion/route.ts';
import { configure, projectId, startKeys, startTables, waitForAnswers, type Keys } from './stage.ts';

let world: World;
let keys: Keys;
before(async () => {
  waitForAnswers();
  world = await startTables(startWorld);
});
after(() => world.close());
beforeEach(async () => {
  await world.sql(emptying('quest_completions'));
  keys = await startKeys();
  configure({
    FIREBASE_PROJECT_ID: projectId,
    FIREBASE_JWKS_URL: keys.url,
    SUPABASE_URL: world.url,
    SUPABASE_SERVICE_ROLE_KEY: world.secretKey,
    SUPABASE_SECRET_KEY: undefined,
    ENABLE_SUPABASE_DUAL_WRITE: undefined,
  });
});
afterEach(() => keys.close());

const good = { couple_id: 'couple', date: '2025-11-19', quest_id: 'quest', user_id: 'mia', partner_id: 'ben', timestamp: '2025-11-19T10:00:00.123Z' };

type Sent = { body?: unknown; raw?: string | ReadableStream; token?: string | null; type?: string };
type Answered = { status: number; body: { status: string; error?: { code: string; message: string; fields?: string[] } }; type: string | null };

async function send({ body = good, raw, token, type = 'application/json' }: Sent = {}): Promise<Answered> {
  const bearer = token === undefined ? await keys.token('mia') : token;
  const headers = { 'content-type': type, ...(bearer !== null && { authorization: `Bearer ${bearer}` }) };
  const answer = await POST(
    new Request('http://localhost/api/sync/daily-quests/completion', {
      method: 'POST',
      headers,
      body: raw ?? JSON.stringify(body),
      ...(typeof raw === 'object' && { duplex: 'half' }),
    } as RequestInit),
  );
  return { status: answer.status, body: (await answer.json()) as Answered['body'], type: answer.headers.get('content-type') };
}

const codeOf = async (sent: Sent): Promise<string> => {
  const { status, body } = await send(sent);
  return `${status} ${body.error?.code}`;
};
const kept = () =>
  world.sql<{ at: string; partner_id: string }>(`select to_char(completed_at at time zone 'utc', 'HH24:MI:SS.MS') as at, partner_id from quest_completions`);

/** What the server printed, which stays off the terminal. */
function printed(t: TestContext): string[] {
  const lines: string[] = [];
  t.mock.method(console, 'error', (line: unknown) => void lines.push(String(line)));
  return lines;
}

describe('a completion', () => {
  test('is recorded once, and the earliest time wins', async () => {
    assert.deepEqual(await send(), { status: 201, body: { status: 'recorded' }, type: 'application/json' });
    assert.deepEqual(await send(), { status: 200, body: { status: 'already_recorded' }, type: 'application/json' });
    assert.equal((await send({ body: { ...good, timestamp: '2025-11-19T10:00:00.124Z', partner_id: 'later' } })).status, 200);
    assert.equal((await send({ body: { ...good, timestamp: '2025-11-19T11:59:59.999999+02:00', partner_id: 'earlier' } })).status, 200);
    assert.deepEqual(await kept(), [{ at: '09:59:59.999', partner_id: 'earlier' }]);
  });

  test('that comes a hundred times at once is one row', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => send({ body: { ...good, timestamp: `2025-11-19T10:00:00.${String((index * 37) % 100).padStart(3, '0')}Z` } })),
    );
    assert.deepEqual([answers.filter(({ status }) => status === 201).length, answers.filter(({ status }) => status === 200).length], [1, 99]);
    assert.deepEqual(await kept(), [{ at: '10:00:00.000', partner_id: 'ben' }]);
  });

  test('is not written while the flag is off, and any other value is on', async () => {
    configure({ ENABLE_SUPABASE_DUAL_WRITE: 'false', SUPABASE_URL: undefined });
    assert.deepEqual(await send({ token: null, body: 'nobody looks' }), { status: 200, body: { status: 'disabled' }, type: 'application/json' });
    configure({ ENABLE_SUPABASE_DUAL_WRITE: '0', SUPABASE_URL: world.url });
    assert.equal((await send()).status, 201);
  });

  test('may have other members and any length of an offset or a fraction', async () => {
    for (const timestamp of [
      '2025-11-19T10:00Z',
      '2025-11-19T10:00:00Z',
      '2025-11-19T10:00:00.1+0530',
      '2025-11-19T10:00:00,123456-03',
      '2024-02-29T23:59:59.999999999+00:00',
    ]) {
      assert.ok((await send({ body: { ...good, timestamp, more: { of: 'it' } } })).status < 300, timestamp);
    }
  });
});

describe('a wrong request', () => {
  test('names all wrong fields at once', async () => {
    const { status, body } = await send({ body: { couple_id: 'a/b', date: '2025-02-30', quest_id: '', user_id: 7, partner_id: 'x'.repeat(129) } });
    assert.deepEqual(
      [status, body.error?.code, body.error?.fields],
      [400, 'invalid_field', ['couple_id', 'date', 'quest_id', 'user_id', 'partner_id', 'timestamp']],
    );
  });

  const wrong: Record<string, unknown[]> = {
    couple_id: ['a.b', 'a#b', 'a$b', 'a[b', 'a]b', 'a\u0000b', 'a\u007fb', '\ud800', null, ['a']],
    date: ['2025-11-31', '2025-1-1', '2025-02-29', '0000-01-01', '20251119', '2025-11-19T00:00:00Z', 20251119],
    partner_id: ['mia', undefined],
    timestamp: [
      '2025-11-19T10:00:00',
      '2025-11-19',
      '2025-11-19 10:00:00Z',
      '2025-02-30T10:00:00Z',
      '2025-11-19T24:00:00Z',
      '2025-11-19T10:60:00Z',
      '2025-11-19T10:00:00+24:00',
      1763546400000,
      'now',
    ],
  };
  for (const [field, values] of Object.entries(wrong)) {
    test(`has no ${field} such as ${JSON.stringify(values)}`, async () => {
      for (const value of values) assert.deepEqual((await send({ body: { ...good, [field]: value } })).body.error?.fields, [field], JSON.stringify(value));
    });
  }

  test('is not more than five minutes ahead', async () => {
    const ahead = (minutes: number) => ({ ...good, timestamp: new Date(Date.now() + minutes * 60_000).toISOString() });
    assert.equal(await codeOf({ body: ahead(6) }), '400 invalid_field');
    assert.equal((await send({ body: ahead(4) })).status, 201);
  });

  test('is not JSON, too large or of another type', async () => {
    assert.equal(await codeOf({ raw: '{"couple_id":' }), '400 invalid_body');
    const latin1 = Buffer.from(JSON.stringify({ ...good, couple_id: 'ä' }), 'latin1');
    assert.equal(await codeOf({ raw: new Blob([latin1]).stream() }), '400 invalid_body', 'bytes that are no UTF-8');
    for (const body of [[], 'text', 7, null]) assert.equal(await codeOf({ body }), '400 invalid_body');
    assert.equal(await codeOf({ type: 'text/plain' }), '415 unsupported_media_type');
    assert.equal((await send({ type: 'application/json; charset=utf-8' })).status, 201);
    const exactly = JSON.stringify({ ...good, more: '' });
    assert.equal((await send({ raw: exactly.replace('"more":""', `"more":"${'x'.repeat(16_384 - exactly.length)}"`) })).status, 200);
    assert.equal(await codeOf({ raw: exactly.replace('"more":""', `"more":"${'x'.repeat(16_385 - exactly.length)}"`) }), '413 too_large');
  });

  test('is no body where it breaks off', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('{"couple_id":')),
      pull: (controller) => controller.error(new Error('aborted')),
    });
    assert.equal(await codeOf({ raw: broken }), '400 invalid_body');
  });

  test('is given up where its body never ends', async () => {
    let sent = 0;
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array((sent += 1024) && 1024)) });
    assert.equal(await codeOf({ raw: endless }), '413 too_large');
    assert.ok(sent < 100_000);
    const stubborn = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(9000)), cancel: () => Promise.reject(new Error('closed')) });
    assert.equal(await codeOf({ raw: stubborn }), '413 too_large', 'whose source does not stop when told to');
  });

  test('is told what comes first: size, type, flag, configuration, token, body, user', async (t) => {
    printed(t);
    const large = 'x'.repeat(20_000);
    assert.equal(await codeOf({ raw: large, type: 'text/plain', token: null }), '413 too_large');
    configure({ ENABLE_SUPABASE_DUAL_WRITE: 'false' });
    assert.equal(await codeOf({ type: 'text/plain', token: null }), '415 unsupported_media_type');
    configure({ ENABLE_SUPABASE_DUAL_WRITE: undefined, SUPABASE_URL: undefined });
    assert.equal(await codeOf({ token: null }), '503 unavailable');
    configure({ SUPABASE_URL: world.url });
    assert.equal(await codeOf({ token: null, raw: '{' }), '401 unauthenticated');
    assert.equal(await codeOf({ token: await keys.token('eve'), raw: '{' }), '400 invalid_body');
    assert.equal(await codeOf({ token: await keys.token('eve'), body: { ...good, date: 'x' } }), '400 invalid_field');
    assert.equal(await codeOf({ token: await keys.token('eve') }), '403 forbidden');
    assert.deepEqual(await kept(), []);
  });
});

describe('a token', () => {
  const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;

  test('that is not a valid one of this project is refused', async () => {
    const other = await startKeys();
    const claims: Record<string, unknown>[] = [
      { iss: 'https://securetoken.google.com/other' },
      { aud: 'other' },
      { aud: [projectId] },
      { aud: [projectId, 'other'] },
      { exp: seconds(-120) },
      { iat: seconds(120) },
      { auth_time: seconds(120) },
      { sub: '' },
      { sub: undefined },
      { exp: undefined },
    ];
    for (const wrong of claims) assert.equal(await codeOf({ token: await keys.token('mia', wrong) }), '401 unauthenticated', JSON.stringify(wrong));
    assert.equal(await codeOf({ token: await keys.token('mia', {}, { kid: undefined }) }), '401 unauthenticated', 'which names no key');
    assert.equal(await codeOf({ token: null }), '401 unauthenticated');
    assert.equal(await codeOf({ token: 'a.b.c' }), '401 unauthenticated');
    assert.equal(await codeOf({ token: await other.token('mia') }), '401 unauthenticated');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ sub: 'mia', aud: projectId, iss: `https://securetoken.google.com/${projectId}`, iat: seconds(0), exp: seconds(60) })).toString('base64url')}.`;
    assert.equal(await codeOf({ token: unsigned }), '401 unauthenticated');
    // The published key is public: what is signed with it as if it were a secret is nobody's.
    const published = await (await fetch(keys.url)).text();
    const symmetric = await new SignJWT({ sub: 'mia' }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('1h').sign(Buffer.from(published));
    assert.equal(await codeOf({ token: symmetric }), '401 unauthenticated');
    other.close();
    assert.deepEqual(await kept(), []);
  });

  test('may be a minute off', async () => {
    assert.equal((await send({ token: await keys.token('mia', { exp: seconds(-30) }) })).status, 201);
    assert.equal((await send({ token: await keys.token('mia', { iat: seconds(30), auth_time: seconds(30) }) })).status, 200);
  });

  test('with a new key has the keys asked for again, and made-up names do so once in a while', async () => {
    const early = await keys.token('mia');
    assert.equal((await send({ token: early })).status, 201);
    await keys.rotate();
    assert.equal((await send()).status, 200);
    assert.equal(keys.asked(), 2);
    for (let index = 0; index < 5; index += 1)
      assert.equal(await codeOf({ token: await keys.token('mia', {}, { kid: `made up ${index}` }) }), '401 unauthenticated');
    assert.equal((await send({ token: early })).status, 200);
    assert.equal(keys.asked(), 2);
  });

  test('with a key that is not known cannot be checked while the keys cannot be read again, and others can', async (t) => {
    printed(t);
    assert.equal((await send()).status, 201);
    keys.answer(500);
    for (let index = 0; index < 2; index += 1) assert.equal(await codeOf({ token: await keys.token('mia', {}, { kid: 'new' }) }), '503 unavailable');
    assert.equal((await send()).status, 200);
    assert.equal(keys.asked(), 2);
  });

  for (const body of ['<!doctype html>', '{}', '{"keys":[1]}', '{"keys":[]}'])
    test(`cannot be checked either while the keys are answered with 200 and ${body}, and is never said to be wrong`, async (t) => {
      printed(t);
      keys.answer(200, body);
      for (let index = 0; index < 2; index += 1) assert.equal(await codeOf({}), '503 unavailable');
      keys.answer(undefined);
      assert.equal((await send()).status, 201);

      await keys.rotate();
      keys.answer(200, body);
      for (let index = 0; index < 3; index += 1) assert.equal(await codeOf({}), '503 unavailable');
      keys.answer(undefined);
      assert.equal(await codeOf({}), '503 unavailable');
      assert.equal(keys.asked(), 4);
      const now = performance.now.bind(performance);
      t.mock.method(performance, 'now', () => now() + 10_000);
      assert.equal((await send()).status, 200);
    });

  test('cannot be checked while the keys cannot be read', async (t) => {
    const log = printed(t);
    keys.answer(500);
    assert.equal(await codeOf({}), '503 unavailable');
    keys.answer(undefined);
    assert.equal((await send()).status, 201);
    configure({ FIREBASE_JWKS_URL: 'http://127.0.0.1:9/keys' });
    assert.equal(await codeOf({}), '503 unavailable');
    assert.ok(log.every((line) => line.includes('FIREBASE_JWKS_URL')) && log.length === 2);
  });
});

describe('an endpoint that cannot do its work', () => {
  test('says so without saying why, which the log does', async (t) => {
    const log = printed(t);
    for (const name of ['FIREBASE_PROJECT_ID', 'SUPABASE_URL', 'SUPABASE_SERVICE_ROLE_KEY']) {
      const value = process.env[name];
      // Configuration comes before the token, also where it only looks as if it were there.
      for (const wrong of [undefined, ' \n', ...(name === 'SUPABASE_URL' ? ['127.0.0.1:54321', 'localhost:54321', 'ftp://127.0.0.1'] : [])]) {
        configure({ [name]: wrong });
        const { status, body } = await send({ token: null });
        assert.deepEqual([status, body.error?.code], [503, 'unavailable'], `${name}: ${wrong}`);
        assert.ok(!JSON.stringify(body).includes(name));
        assert.ok(log.at(-1)?.includes(name), log.at(-1));
      }
      configure({ [name]: value });
    }
    configure({ SUPABASE_SERVICE_ROLE_KEY: undefined, SUPABASE_SECRET_KEY: world.secretKey });
    assert.equal((await send()).status, 201);
    configure({ SUPABASE_URL: 'http://127.0.0.1:9' });
    assert.equal(await codeOf({}), '503 unavailable');
    configure({ SUPABASE_URL: world.url, SUPABASE_SECRET_KEY: 'sb_secret_wrong_key_0123456789' });
    assert.equal(await codeOf({}), '503 unavailable');
    assert.doesNotMatch(log.at(-1) ?? '', /undefined/);
  });

  test('logs in one line what the database answered instead, and tells nobody outside', async (t) => {
    const log = printed(t);
    let answer: [status: number, body: string] = [520, ''];
    const strange = createServer((_, outgoing) => outgoing.writeHead(answer[0], { 'content-type': 'text/html' }).end(answer[1]));
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
    configure({ SUPABASE_URL: `http://127.0.0.1:${(strange.address() as AddressInfo).port}` });
    for (answer of [
      [520, ''],
      [200, ''],
      [200, '["recorded"]'],
      [503, `<html>\n<h1>Paused</h1>\n${'<p>'.repeat(5000)}`],
    ] as const satisfies [number, string][]) {
      assert.equal(await codeOf({}), '503 unavailable');
      assert.match(log.at(-1) ?? '', new RegExp(`^daily-quests: the database did not record a completion: \\S.{1,200} \\(HTTP ${answer[0]}\\)$`));
    }
    strange.close().closeAllConnections();
  });

  test('does not wait for a database that never answers', async (t) => {
    printed(t);
    const expire = timeoutsOnDemand(t);
    const silent = createServer(() => expire());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    configure({ SUPABASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    assert.equal(await codeOf({}), '503 unavailable');
    silent.close().closeAllConnections();
  });

  test('sends its key nowhere else', async (t) => {
    printed(t);
    const keysSeen: unknown[] = [];
    const elsewhere = createServer(({ headers }, outgoing) => {
      keysSeen.push(headers['apikey']);
      outgoing.end('"recorded"');
    });
    const redirecting = createServer((_, outgoing) =>
      outgoing.writeHead(307, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` }).end(),
    );
    for (const server of [elsewhere, redirecting]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    configure({ SUPABASE_URL: `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}` });
    assert.equal(await codeOf({}), '503 unavailable');
    assert.deepEqual(keysSeen, []);
    for (const server of [elsewhere, redirecting]) server.close().closeAllConnections();
  });
});
