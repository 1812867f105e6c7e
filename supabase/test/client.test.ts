import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { timeoutsOnDemand } from '../../action/test/timeouts.ts';
import { callDualWrite, DualWriteError, type DualWriteOptions } from '../client/dual-write.ts';

type Step = (outgoing: ServerResponse) => void;

let server: Server;
let url: string;
/** What happens to the next requests; the last one to all that follow. */
let steps: Step[] = [];
let received: { headers: IncomingHttpHeaders; body: string }[] = [];

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
beforeEach(() => {
  received = [];
});

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Step => (outgoing) => {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
};
const failing = (status: number, code: string, headers: Record<string, string> = {}) =>
  answer(status, { status: 'error', error: { code, message: `because ${code}` } }, headers);
const success = answer(200, { status: 'success', operation: 'delete_week', data: { deleted: true } });
const hangUp: Step = (outgoing) => outgoing.destroy();

const call = (options: Partial<DualWriteOptions> = {}) =>
  callDualWrite('delete_week', { child_name: 'Mia', week_start_date: '2025-10-13' }, { url, token: 'token', baseDelayMs: 4, ...options });

async function failure(promise: Promise<unknown>): Promise<DualWriteError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
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
    '409 in_progress': failing(409, 'in_progress'),
    '429': answer(429, 'slow down'),
    '500': failing(500, 'internal'),
    '502 with HTML': answer(502, '<html>'),
    '503': failing(503, 'unavailable'),
    'a 200 that is not the function\'s': answer(200, '<html>'),
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

test('tries again when no answer comes, with one key', async (t) => {
  const endTimeouts = timeoutsOnDemand(t);
  steps = [() => endTimeouts(), () => endTimeouts(), success];
  assert.deepEqual(await call(), { deleted: true });
  assert.deepEqual([received.length, new Set(received.map(({ headers }) => headers['x-idempotency-key'])).size], [3, 1]);
});

test('another call has another key', async () => {
  steps = [success];
  await Promise.all([call(), call()]);
  assert.equal(new Set(received.map(({ headers }) => headers['x-idempotency-key'])).size, 2);
});

describe('does not try again', () => {
  for (const [status, code] of [[400, 'invalid_field'], [401, 'unauthorized'], [403, 'forbidden'], [404, 'not_found'], [409, 'week_exists'], [413, 'payload_too_large'], [422, 'key_reused']] as const) {
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

  test('a timeout holds for each attempt, and for a body that does not end', async () => {
    steps = [(outgoing) => outgoing.writeHead(200, { 'content-length': '1000' }).write('{')];
    const error = await failure(call({ maxRetries: 1, timeoutMs: 60 }));
    assert.deepEqual([error.code, error.attempts], ['timeout', 2]);
  });
});

describe('waits', () => {
  /** How long it waits before each further try, in milliseconds, of which none passes. */
  async function waits(t: TestContext, ...answers: Response[]): Promise<number[]> {
    const asked: number[] = [];
    t.mock.method(globalThis, 'setTimeout', (done: () => void, ms: number) => {
      asked.push(ms);
      queueMicrotask(done);
    });
    await call({ baseDelayMs: 60, fetch: async () => answers.shift() ?? Response.json({ status: 'success' }) });
    t.mock.restoreAll();
    return asked;
  }
  const unavailable = (headers = {}) => new Response('', { status: 503, headers });

  test('twice as long each time, half of it by chance', async (t) => {
    for (const [chance, expected] of [[0, [30, 60, 120]], [0.5, [45, 90, 180]]] as const) {
      t.mock.method(Math, 'random', () => chance);
      assert.deepEqual(await waits(t, unavailable(), unavailable(), unavailable()), expected);
    }
  });

  test('at least as long as Retry-After says, in seconds or as a date', async (t) => {
    assert.deepEqual(await waits(t, unavailable({ 'retry-after': '1' })), [1000]);
    const now = Date.UTC(2025, 9, 13);
    t.mock.method(Date, 'now', () => now);
    assert.deepEqual(await waits(t, unavailable({ 'retry-after': new Date(now + 2000).toUTCString() })), [2000]);
  });
});

describe('can be aborted', () => {
  test('while it waits for an answer', async () => {
    const controller = new AbortController();
    steps = [() => controller.abort(new Error('left the page'))];
    const error = await failure(call({ signal: controller.signal }));
    assert.deepEqual([error.code, error.attempts, (error.cause as Error).message], ['aborted', 1, 'left the page']);
  });

  test('while it waits to try again', async (t) => {
    const controller = new AbortController();
    t.mock.method(globalThis, 'setTimeout', () => queueMicrotask(() => controller.abort()));
    const error = await failure(call({ signal: controller.signal, fetch: async () => new Response('', { status: 503 }) }));
    assert.deepEqual([error.code, error.attempts], ['aborted', 1]);
  });
});

test('a fetch of the caller\'s own is used', async () => {
  const error = await failure(call({ maxRetries: 0, fetch: () => Promise.reject(new TypeError('no network here')) }));
  assert.equal((error.cause as Error).message, 'no network here');
});
