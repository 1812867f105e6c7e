import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ServerRuntimeClient, createTransport, setCurrentClient } from '@sentry/core';
import type { BoardSystem } from '../../../demo/board-system.ts';
import { emptying } from '../../../demo/data.ts';
import { startSystem } from './system.ts';
import type { DualWrite, DualWriteOptions } from '../src/shared/api/dualWrite.ts';
import { createDualWrite } from '../src/shared/api/dualWrite.ts';
import { actualTables, expectedTables } from './expected.ts';

let system: BoardSystem;
before(async () => {
  system = await startSystem();
  system.firestore.set('boards/b1', {});
});
after(async () => system?.close());
beforeEach(() => system.world.sql(emptying('likes', 'posts', 'write_ops')));

const timeoutMs = 5000;

/** Pauses that are over at once, and a time-out that comes when it is called. */
function clock() {
  const pauses: number[] = [];
  let ring: () => void = () => undefined;
  const sleep: NonNullable<DualWriteOptions['sleep']> = (ms, signal) => {
    if (ms !== timeoutMs) {
      pauses.push(ms);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      ring = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  };
  return { pauses, sleep, timeOut: () => ring() };
}

type Sent = { path: string; body: string };
/** What takes the place of a request's answer; `undefined` lets it through. */
type Interference = (sent: Sent, send: () => Promise<Response>, signal: AbortSignal | null | undefined) => Promise<Response> | Response | undefined;

function writer(interfere: Interference = () => undefined, options: Partial<DualWriteOptions> = {}) {
  const sent: Sent[] = [];
  const { pauses, sleep, timeOut } = clock();
  const user = system.user('u1', {
    timeoutMs,
    sleep,
    fetch: async (input, init) => {
      const one = { path: new URL(String(input)).pathname.split('/').at(-1) ?? '', body: String(init?.body) };
      sent.push(one);
      return interfere(one, () => fetch(input, { ...init, signal: null }), init?.signal) ?? fetch(input, init);
    },
    ...options,
  });
  const { dualWrite, dualWriteBatch } = createDualWrite({
    supabase: user.supabase,
    enabled: () => true,
    timeoutMs,
    sleep,
    report: (error, context) => void user.reported.push({ error, context }),
    ...options,
  });
  return { ...user, dualWrite, dualWriteBatch, sent, pauses, timeOut };
}

const like = (post: string, by = 'u1'): Parameters<DualWrite>[0] => ({
  entityType: 'like',
  operationType: 'create',
  entityId: `${post}/${by}`,
  supabaseWrite: async (supabase) => {
    // As somebody would write it who forgets that supabase-js answers with `error`.
    await supabase.from('likes').insert({ board_id: 'b1', post_id: post, user_id: by });
  },
});
const refused = (status: number): Response => Response.json({ message: `said ${status}`, code: 'X', details: null, hint: null }, { status });
const likes = async (): Promise<string[]> =>
  (await system.world.sql<{ post_id: string }>('select post_id from likes order by 1')).map(({ post_id }) => post_id);
const operations = () =>
  system.world.sql<{ status: string; attempts: number; error: string | null }>('select status, attempts, error from write_ops order by entity_id');

test('a write takes the lock, writes and says that it is done', async () => {
  const { dualWrite, sent, reported } = writer();
  await dualWrite(like('p1'));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'likes', 'complete_write'],
  );
  assert.match(sent[0]?.body ?? '', /"p_op_id":"like:create:p1\/u1:[^"]+"/);
  assert.deepEqual(await likes(), ['p1']);
  assert.deepEqual(await operations(), [{ status: 'done', attempts: 1, error: null }]);
  assert.deepEqual(reported, []);
});

test('switched off, or where the switch itself fails, it does nothing at all', async () => {
  for (const enabled of [
    () => false,
    () => {
      throw new Error('no switch');
    },
  ]) {
    const { dualWrite, dualWriteBatch } = createDualWrite({
      supabase: () => assert.fail('asked for a client'),
      enabled,
      report: () => assert.fail('reported'),
    });
    await dualWrite(like('p1'));
    await dualWriteBatch({ entityType: 'like', operationType: 'create', writes: [like('p1')] });
  }
});

test('what fails for a while is tried again under the same lock, after longer and longer pauses', async () => {
  let refusals = 0;
  const { dualWrite, sent, pauses, reported } = writer(({ path }) =>
    path === 'likes' && (refusals += 1) <= 3 ? refused(refusals === 1 ? 429 : 503) : undefined,
  );
  await dualWrite(like('p1'));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'likes', 'likes', 'likes', 'likes', 'complete_write'],
  );
  assert.deepEqual(await operations(), [{ status: 'done', attempts: 1, error: null }]);
  for (const [at, ms] of [200, 400, 800].entries()) assert.ok(Math.abs((pauses[at] ?? 0) - ms) <= ms / 2, `${pauses[at]}`);
  assert.equal(pauses.length, 3);
  assert.deepEqual(reported, []);
});

test('after four attempts it is reported once, and on record', async () => {
  const { dualWrite, sent, reported } = writer(({ path }) => (path === 'likes' ? refused(503) : undefined));
  await dualWrite(like('p1'));
  assert.equal(sent.filter(({ path }) => path === 'likes').length, 4);
  assert.equal(reported.length, 1);
  assert.deepEqual(reported[0]?.context.tags, { 'dual_write.entity_type': 'like', 'dual_write.operation_type': 'create' });
  assert.equal(reported[0]?.context.extra['attempts'], 4);
  assert.match(reported[0]?.error.message ?? '', /^Supabase did not take the create of this like, Firestore did: said 503\./);
  assert.deepEqual(await operations(), [{ status: 'failed', attempts: 1, error: 'said 503' }]);
});

test('an answer that would be the same again is not asked for again', async () => {
  const { dualWrite, sent, reported } = writer();
  await dualWrite(like('p1', 'somebody-else'));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'likes', 'complete_write'],
  );
  assert.match(reported[0]?.error.message ?? '', /row-level security/);
  assert.equal((await operations())[0]?.status, 'failed');
  const refusing = writer(({ path }) => (path === 'try_acquire_write_lock' ? refused(401) : undefined));
  await refusing.dualWrite(like('p2'));
  assert.deepEqual([refusing.sent.length, refusing.reported.length], [1, 1]);
});

test('a failing statement ends the write, an answer that is returned counts, and an error that is caught does not', async () => {
  const { dualWrite, reported, sent } = writer(({ path }) => (path === 'posts' ? refused(400) : undefined));
  await dualWrite({
    ...like('p1'),
    supabaseWrite: async (supabase) => {
      await supabase.from('posts').insert({ id: 'x' });
      await supabase.from('likes').insert({ board_id: 'b1', post_id: 'p1', user_id: 'u1' });
    },
  });
  assert.equal(
    sent.some(({ path }) => path === 'likes'),
    false,
  );
  await dualWrite({ ...like('p2'), supabaseWrite: async () => ({ data: null, error: { message: 'said so' }, status: 400 }) });
  await dualWrite({
    ...like('p3'),
    supabaseWrite: async (supabase) => {
      try {
        await supabase.from('posts').select('id').eq('id', 'x').single();
      } catch {
        // As good as nothing.
      }
    },
  });
  assert.deepEqual(
    reported.map(({ error }) => error.message.match(/Firestore did: ([^.]*)/)?.[1]),
    ['said 400', 'said so'],
  );
  assert.deepEqual(
    (await operations()).map(({ status }) => status),
    ['failed', 'failed', 'done'],
  );
});

test('a 404 without a reason, which supabase-js takes for an empty answer, is a failure, and so is a refusal that fetch answers', async () => {
  const bodies = ['', '[]'];
  const { dualWrite, sent, reported } = writer(({ path }) => (path === 'likes' ? new Response(bodies.shift(), { status: 404 }) : undefined));
  await dualWrite(like('p1'));
  await dualWrite(like('p2'));
  await dualWrite({ ...like('p3'), supabaseWrite: async () => new Response('', { status: 422 }) });
  await dualWrite({ ...like('p4'), supabaseWrite: async () => new Response('', { status: 201 }) });
  // What PostgREST answers where two functions have that name.
  await dualWrite({ ...like('p5'), supabaseWrite: async () => new Response('', { status: 300 }) });
  assert.equal(sent.filter(({ path }) => path === 'likes').length, 2);
  assert.deepEqual(
    reported.map(({ error }) => error.message.match(/Firestore did: ([^.]*)/)?.[1]),
    ['The answer was 404', 'The answer was 404', 'The answer was 422', 'The answer was 300'],
  );
  assert.deepEqual(
    (await operations()).map(({ status }) => status),
    ['failed', 'failed', 'failed', 'done', 'failed'],
  );
});

test('so is a 404 of another fetch than that of the page', async () => {
  const { dualWrite, reported } = writer(({ path }) =>
    path === 'likes' ? ({ ok: false, status: 404, headers: new Headers(), text: async () => '' } as Response) : undefined,
  );
  await dualWrite(like('p1'));
  assert.equal(reported.length, 1);
  assert.equal((await operations())[0]?.status, 'failed');
});

test('an error of a file or a function that nobody looks at is a failure as well', async () => {
  const { dualWrite, reported } = writer(({ path }) => (path === 'a.png' || path === 'tell' ? refused(400) : undefined));
  const writes: Parameters<DualWrite>[0]['supabaseWrite'][] = [
    async (supabase) => void (await supabase.storage.from('images').upload('a.png', 'x')),
    async (supabase) => void (await supabase.functions.invoke('tell')),
    async (supabase) => {
      assert.match(supabase.storage.from('images').getPublicUrl('a.png').data.publicUrl, /a\.png$/);
      await supabase.schema('public').from('likes').insert({ board_id: 'b1', post_id: 'p3', user_id: 'u1' });
    },
  ];
  for (const [index, supabaseWrite] of writes.entries()) await dualWrite({ ...like(`p${index + 1}`), supabaseWrite });
  assert.equal(reported.length, 2);
  assert.deepEqual(
    (await operations()).map(({ status }) => status),
    ['failed', 'failed', 'done'],
  );
  assert.deepEqual(await likes(), ['p3']);
});

test('so is one of a client that is made of plain objects', async () => {
  const reported: Error[] = [];
  const asked: unknown[] = [];
  const { dualWrite } = createDualWrite({
    supabase: {
      rpc: async (...given: unknown[]) => {
        asked.push(given);
        return { data: true, error: null };
      },
      from: () => ({ insert: async () => ({ data: null, error: { message: 'said 400' }, status: 400 }) }),
    } as never,
    enabled: () => true,
    report: (error) => void reported.push(error),
  });
  await dualWrite(like('p1'));
  assert.deepEqual(
    reported.map(({ message }) => message.includes('said 400')),
    [true],
  );
  assert.equal(asked.length, 2);
});

test('a lock whose answer was lost is taken for held, and the write goes on', async () => {
  let lost = false;
  const { dualWrite, sent, reported } = writer(({ path }, send) => {
    if (path !== 'try_acquire_write_lock' || lost) return undefined;
    lost = true;
    return send().then(() => Promise.reject(new TypeError('connection lost')));
  });
  await dualWrite(like('p1'));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'try_acquire_write_lock', 'likes', 'complete_write'],
  );
  assert.deepEqual(await likes(), ['p1']);
  assert.deepEqual([(await operations())[0]?.status, reported], ['done', []]);
});

test('an empty answer to the lock is none: the lock is asked for again, and may be held', async () => {
  let emptied = false;
  const { dualWrite, sent, reported } = writer(({ path }, send) => {
    if (path !== 'try_acquire_write_lock' || emptied) return undefined;
    emptied = true;
    return send().then(() => new Response(''));
  });
  await dualWrite(like('p1'));
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'try_acquire_write_lock', 'likes', 'complete_write'],
  );
  assert.deepEqual(await likes(), ['p1']);
  assert.deepEqual([(await operations())[0]?.status, reported], ['done', []]);
});

test('a write whose answer was lost is repeated, and a record that is lost is no failure', async () => {
  let lost = 0;
  const { dualWrite, reported } = writer(({ path }, send) => {
    if (path === 'try_acquire_write_lock') return undefined;
    lost += 1;
    return lost === 1 ? send().then(() => refused(502)) : path === 'complete_write' ? refused(503) : undefined;
  });
  await dualWrite({
    ...like('p1'),
    supabaseWrite: async (supabase) =>
      supabase.from('likes').upsert({ board_id: 'b1', post_id: 'p1', user_id: 'u1' }, { onConflict: 'post_id,user_id', ignoreDuplicates: true }),
  });
  assert.deepEqual(await likes(), ['p1']);
  assert.deepEqual([(await operations())[0]?.status, reported], ['pending', []]);
});

test('a lock that is refused is no licence to write', async () => {
  const { dualWrite, sent, reported } = writer(({ path }) => (path === 'try_acquire_write_lock' ? Response.json(false) : undefined));
  await dualWrite(like('p1'));
  assert.deepEqual([sent.length, reported.length], [1, 1]);
});

test("nobody waits longer than the time-out: it is broken off, reported, and recorded behind the user's back", async () => {
  let recorded: () => void = () => undefined;
  const record = new Promise<void>((resolve) => (recorded = resolve));
  let brokenOff = false;
  const { dualWrite, reported, timeOut } = writer(({ path }, send, signal) => {
    if (path === 'complete_write') return send().then((response) => (recorded(), response));
    if (path !== 'likes') return undefined;
    signal?.addEventListener('abort', () => (brokenOff = true));
    timeOut();
    return new Promise<Response>(() => undefined);
  });
  await dualWrite(like('p1'));
  assert.match(reported[0]?.error.message ?? '', /There was no answer within 5000 ms/);
  assert.equal(brokenOff, true);
  await record;
  assert.deepEqual([(await operations())[0]?.status, reported.length], ['failed', 1]);
});

test('a lock whose answer is withheld until the time is over may be held: the failure is recorded, once', async () => {
  let recorded: () => void = () => undefined;
  const record = new Promise<void>((resolve) => (recorded = resolve));
  const { dualWrite, sent, reported, timeOut } = writer(({ path }, send, signal) => {
    // What is sent with a signal that is over goes nowhere.
    if (path === 'complete_write') return (signal?.aborted ? Promise.reject(signal.reason) : send()).finally(recorded);
    if (path !== 'try_acquire_write_lock') return undefined;
    return new Promise<Response>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      send().then(timeOut, timeOut);
    });
  });
  await dualWrite(like('p1'));
  await record;
  assert.deepEqual(await operations(), [{ status: 'failed', attempts: 1, error: 'There was no answer in time' }]);
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['try_acquire_write_lock', 'complete_write'],
  );
  assert.deepEqual([await likes(), reported.length], [[], 1]);
});

test('the real clock ends a wait as well', async () => {
  const { supabase } = system.user('u1', { fetch: () => new Promise<Response>(() => undefined) });
  const reported: Error[] = [];
  for (const brief of [1, 0.5, 0, -1, Number.NaN]) {
    reported.length = 0;
    await createDualWrite({ supabase, enabled: () => true, report: (error) => void reported.push(error), timeoutMs: brief }).dualWrite(like('p1'));
    assert.equal(reported.length, 1, String(brief));
  }
});

test('a time-out that is longer than timers can be is none that ends at once', async () => {
  const waits: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms);
    return new Promise(() => undefined);
  };
  const { dualWrite, reported } = writer(undefined, { timeoutMs: Number.POSITIVE_INFINITY, sleep });
  await dualWrite(like('p1'));
  assert.deepEqual([await likes(), reported.length, waits], [['p1'], 0, [2 ** 31 - 1]]);
});

test('a batch is an operation each: one that fails stops no other, and all share one time-out', async () => {
  const { dualWriteBatch, reported } = writer();
  await dualWriteBatch({ entityType: 'like', operationType: 'create', writes: [like('p1'), like('p2', 'somebody-else'), like('p3')] });
  assert.deepEqual(await likes(), ['p1', 'p3']);
  assert.deepEqual(
    (await operations()).map(({ status }) => status),
    ['done', 'failed', 'done'],
  );
  assert.deepEqual(
    reported.map(({ context }) => context.extra['entityId']),
    ['p2/somebody-else'],
  );

  let waiting = 0;
  const slow = writer(({ path }) => {
    if (path !== 'likes') return undefined;
    waiting += 1;
    if (waiting === 2) slow.timeOut();
    return new Promise<Response>(() => undefined);
  });
  await slow.dualWriteBatch({ entityType: 'like', operationType: 'create', writes: [like('p4'), like('p5')] });
  assert.equal(slow.reported.length, 2);
});

test('neither a report nor a client that throws reaches the caller', async () => {
  const { supabase } = system.user('u1');
  let reports = 0;
  const report = (): never => {
    reports += 1;
    throw new Error('no Sentry');
  };
  await createDualWrite({
    supabase: () => {
      throw new Error('no client');
    },
    enabled: () => true,
    report,
  }).dualWrite(like('p1'));
  await createDualWrite({ supabase, enabled: () => true, report }).dualWrite(like('p1', 'somebody-else'));
  await createDualWrite({ supabase, enabled: () => true, report: async () => report() }).dualWrite(like('p1', 'somebody-else'));
  assert.equal(reports, 3);
});

test('a create that arrives after its document was deleted leaves one orphan, and nothing else', async () => {
  let release: () => void = () => undefined;
  let arrived: Promise<unknown> | undefined;
  const { api, timeOut, reported } = writer(({ path, body }, send) => {
    if (path !== 'posts' || body === 'undefined') return undefined;
    timeOut();
    arrived = new Promise<void>((resolve) => (release = resolve)).then(send);
    return new Promise<Response>(() => undefined);
  });
  const { id } = await api.createPost({ boardId: 'b1', authorId: 'u1', title: 'Late', content: '' });
  await api.deletePost({ boardId: 'b1', postId: id });
  assert.equal(reported.length, 1);
  assert.deepEqual(await actualTables(system.world), expectedTables(system.firestore));
  release();
  await arrived;
  const actual = await actualTables(system.world);
  assert.deepEqual([...(actual['posts']?.keys() ?? [])], [id]);
  actual['posts']?.clear();
  assert.deepEqual(actual, expectedTables(system.firestore));
});

test("the app's own helper goes by its environment, and tells Sentry once", async () => {
  const events: { tags?: unknown; exception?: { values?: { value?: string }[] } }[] = [];
  const client = new ServerRuntimeClient({
    dsn: 'https://key@example.org/1',
    integrations: [],
    stackParser: () => [],
    transport: () => createTransport({ recordDroppedEvent: () => undefined }, async () => ({ statusCode: 200 })),
    beforeSend: (event) => {
      events.push(event);
      return null;
    },
  });
  setCurrentClient(client);
  client.init();
  const own = await import('../src/shared/api/dualWrite.ts');
  process.env['VITE_DUAL_WRITE_ENABLED'] = 'TRUE';
  await own.dualWrite(like('p1'));
  process.env['VITE_DUAL_WRITE_ENABLED'] = 'true';
  await own.dualWrite(like('p1'));
  await client.flush();
  assert.equal(events.length, 1);
  assert.deepEqual(events[0]?.tags, { 'dual_write.entity_type': 'like', 'dual_write.operation_type': 'create' });
  assert.match(String(events[0]?.exception?.values?.[0]?.value), /VITE_SUPABASE_URL is not set/);

  process.env['VITE_SUPABASE_URL'] = system.world.url;
  process.env['VITE_SUPABASE_ANON_KEY'] = system.world.publishableKey;
  const { tokenOf } = await import('../../../demo/board-system.ts');
  const { getSupabase, setAccessToken } = await import('../src/shared/api/supabaseClient.ts');
  setAccessToken(async () => tokenOf('u1'));
  await getSupabase().from('likes').insert({ board_id: 'b1', post_id: 'p1', user_id: 'u1' }).throwOnError();
  assert.deepEqual(await likes(), ['p1']);
});
