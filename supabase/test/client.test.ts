import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test';
import { callDualWrite, DualWriteError, type DualWriteOptions } from '../client/dual-write.ts';

type Step = (outgoing: ServerResponse) => void;

let server: Server;
let url: string;
/** What happens to the next requests; the last one to all that follow. */
let steps: Step[] = [];
let received: { headers: IncomingHttpHeaders; body: string }[] = [];
/** What the client waited between its attempts, in milliseconds. No test waits for it. */
let waits: number[] = [];
/** What happens instead of a wait. */
let whileWaiting: (go: () => void) => void;
/** What the client was ready to wait for each answer, and what ends that. */
let patience: { ms: number; expire: () => void }[] = [];

before(async () => {
  server = createServer(async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    received.push({ headers: incoming.headers, body: await text(incoming) });
    (steps.length > 1 ? steps.shift() : steps[0])?.(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1/dual-write-habit`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
/** The timers of others, of the HTTP client above all, stay as they are. */
const ofTheClient = () => /at pause .*client\/dual-write\.ts/.test(new Error().stack ?? '');
const { setTimeout: realTimeout } = globalThis;
beforeEach(() => {
  received = [];
  waits = [];
  patience = [];
  whileWaiting = (go) => go();
  // Those of the HTTP client hand an argument on to what they call.
  mock.method(globalThis, 'setTimeout', (go: (...handed: unknown[]) => void, ms: number, ...handed: unknown[]) => {
    if (!ofTheClient()) return realTimeout(go, ms, ...handed);
    waits.push(ms);
    return setImmediate(() => whileWaiting(go));
  });
  mock.method(AbortSignal, 'timeout', (ms: number) => {
    const controller = new AbortController();
    patience.push({ ms, expire: () => controller.abort(new DOMException('too late', 'TimeoutError')) });
    return controller.signal;
  });
});
afterEach(() => mock.restoreAll());

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Step =>
  (outgoing) => {
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const failing = (status: number, code: string, headers: Record<string, string> = {}) =>
  answer(status, { status: 'error', error: { code, message: `because ${code}` } }, headers);
const success = answer(200, { status: 'success', operation: 'delete_week', data: { deleted: true } });
const hangUp: Step = (outgoing) => outgoing.destroy();
const silence: Step = () => patience.at(-1)?.expire();

const call = (options: Partial<DualWriteOptions> = {}) =>
  callDualWrite('delete_week', { child_name: 'Mia', week_start_date: '2025-10-13' }, { url, token: 'token', baseDelayMs: 4, ...options });

async function failure(promise: Promise<unknown>): Promise<DualWriteError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DualWriteError, String(error));
  return error;
}

test('resolves to the data of the answer, having sent what the function reads', async () => {
  steps = [success];
  assert.deepEqual(await call({ apiKey: 'publishable', idempotencyKey: 'mine' }), { deleted: true });
  const { headers = {} as IncomingHttpHeaders, body = '' } = received[0] ?? {};
  assert.deepEqual(
    [headers['authorization'], headers['content-type'], headers['x-idempotency-key'], headers['apikey']],
    ['Bearer token', 'application/json', 'mine', 'publishable'],
  );
  assert.deepEqual(JSON.parse(body), { operation: 'delete_week', data: { child_name: 'Mia', week_start_date: '2025-10-13' } });
});

describe('tries again, with one key', () => {
  for (const [what, step] of Object.entries({
    'a hang-up': hangUp,
    silence,
    '409 in_progress': failing(409, 'in_progress'),
    '429': answer(429, 'slow down'),
    '500': failing(500, 'internal'),
    '502 with HTML': answer(502, '<html>'),
    '503': failing(503, 'unavailable'),
    "a 200 that is not the function's": answer(200, '<html>'),
  })) {
    test(what, async () => {
      steps = [step, step, success];
      assert.deepEqual(await call(), { deleted: true });
      assert.equal(received.length, 3);
      assert.equal(new Set(received.map(({ headers }) => headers['x-idempotency-key'])).size, 1);
      assert.match(String(received[0]?.headers['x-idempotency-key']), /^[\da-f-]{36}$/);
    });
  }
});

test('another call has another key', async () => {
  steps = [success];
  await Promise.all([call(), call()]);
  assert.equal(new Set(received.map(({ headers }) => headers['x-idempotency-key'])).size, 2);
});

describe('does not try again', () => {
  for (const [status, code] of [
    [400, 'invalid_field'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [409, 'week_exists'],
    [413, 'payload_too_large'],
    [422, 'key_reused'],
  ] as const) {
    test(`${status} ${code}`, async () => {
      steps = [failing(status, code)];
      const error = await failure(call());
      assert.deepEqual([error.code, error.status, error.attempts, error.message, received.length], [code, status, 1, `because ${code}`, 1]);
    });
  }

  test('501', async () => {
    steps = [answer(501, { status: 'not_implemented', phase: 'Phase 0' })];
    const error = await failure(call());
    assert.deepEqual([error.code, error.status, error.attempts], ['not_implemented', 501, 1]);
  });
});

describe('gives up after maxRetries', () => {
  test('three by default, with the last answer', async () => {
    steps = [failing(503, 'unavailable')];
    const error = await failure(call());
    assert.deepEqual([error.code, error.status, error.attempts, received.length], ['unavailable', 503, 4, 4]);
  });

  test('none when asked for none, and says what was behind it', async () => {
    steps = [hangUp];
    const error = await failure(call({ maxRetries: 0 }));
    assert.deepEqual([error.code, error.status, error.attempts], ['network_error', null, 1]);
    assert.ok(error.cause instanceof TypeError);
  });

  test('none where what was asked for is no number', async () => {
    steps = [hangUp];
    for (const maxRetries of [-1, Number.NaN]) assert.equal((await failure(call({ maxRetries }))).attempts, 1, `${maxRetries}`);
  });

  test('a timeout holds for each attempt, and for a body that does not end', async () => {
    steps = [
      (outgoing) => {
        outgoing.writeHead(200, { 'content-length': '1000' }).write('{');
        setImmediate(() => patience.at(-1)?.expire());
      },
    ];
    const error = await failure(call({ maxRetries: 1, timeoutMs: 60 }));
    assert.deepEqual([error.code, error.attempts, patience.map(({ ms }) => ms)], ['timeout', 2, [60, 60]]);
  });
});

describe('waits', () => {
  const between = (value: number | undefined, least: number, most: number) => assert.ok(value !== undefined && value >= least && value <= most, `${value} ms`);

  test('twice as long each time, with jitter, and never longer than a minute', async () => {
    steps = [failing(503, 'unavailable')];
    await failure(call({ baseDelayMs: 1000 }));
    assert.equal(waits.length, 3);
    for (const [at, most] of [1000, 2000, 4000].entries()) between(waits[at], most / 2, most);
    waits = [];
    await failure(call({ baseDelayMs: 1000, maxRetries: 100 }));
    assert.equal(waits.length, 100);
    for (const wait of waits) between(wait, 1, 60_000);
    assert.deepEqual(
      waits.slice(7),
      Array.from({ length: 93 }, () => 60_000),
      'which a timer could not hold',
    );
  });

  for (const [value, least, most] of [
    ['1', 1000, 1000],
    ['1.5', 1500, 1500],
    ['59', 59_000, 59_000],
    ['61', 60_000, 60_000],
    ['2592000', 60_000, 60_000],
    ['2147484', 60_000, 60_000],
    ['9'.repeat(400), 60_000, 60_000],
    ['1e400', 60_000, 60_000],
    ['Infinity', 60_000, 60_000],
    ['-1', 2, 4],
    ['-1e400', 2, 4],
    ['0', 2, 4],
    ['', 2, 4],
    ['NaN', 2, 4],
    ['soon', 2, 4],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 2, 4],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 60_000, 60_000],
  ] as const) {
    test(`after Retry-After: ${value.slice(0, 30)}`, async () => {
      steps = [failing(503, 'unavailable', { 'retry-after': value }), success];
      await call();
      assert.equal(waits.length, 1);
      between(waits[0], least, most);
    });
  }

  test('until a date that Retry-After names', async () => {
    steps = [failing(429, 'rate_limited', { 'retry-after': new Date(Date.now() + 40_000).toUTCString() }), success];
    await call();
    between(waits[0], 1, 40_000);
  });

  test('for an answer as long as it is told, and as long as a timer can', async () => {
    steps = [success];
    for (const timeoutMs of [undefined, 1.5, 2 ** 31, Number.POSITIVE_INFINITY]) await call(timeoutMs === undefined ? {} : { timeoutMs });
    assert.deepEqual(
      patience.map(({ ms }) => ms),
      [10_000, 2, 2 ** 31 - 1, 2 ** 31 - 1],
    );
  });
});

describe('can be aborted', () => {
  test('before it begins', async () => {
    steps = [success];
    const error = await failure(call({ signal: AbortSignal.abort(new Error('left the page')) }));
    assert.deepEqual([error.code, error.attempts, received.length], ['aborted', 1, 0]);
  });

  test('while it waits for an answer', async () => {
    const controller = new AbortController();
    steps = [() => controller.abort(new Error('left the page'))];
    const error = await failure(call({ signal: controller.signal }));
    assert.deepEqual([error.code, error.attempts, (error.cause as Error).message], ['aborted', 1, 'left the page']);
  });

  test('while it waits to try again, however long that is', async () => {
    steps = [failing(503, 'unavailable', { 'retry-after': '2592000' })];
    const controller = new AbortController();
    whileWaiting = () => controller.abort();
    const error = await failure(call({ signal: controller.signal }));
    assert.deepEqual([error.code, received.length, waits], ['aborted', 1, [60_000]]);
  });
});

test('follows no redirect: neither the token nor a child goes where an answer points', async () => {
  steps = [answer(307, '', { location: url }), success];
  const error = await failure(call());
  assert.deepEqual([error.code, error.attempts, received.length], ['http_307', 1, 1]);
});

test("a fetch of the caller's own is used", async () => {
  const error = await failure(call({ maxRetries: 0, fetch: () => Promise.reject(new TypeError('no network here')) }));
  assert.equal((error.cause as Error).message, 'no network here');
});
