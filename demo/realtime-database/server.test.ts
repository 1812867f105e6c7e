import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  connectDatabaseEmulator,
  endAt,
  get,
  getDatabase,
  increment,
  limitToFirst,
  onChildAdded,
  onValue,
  orderByChild,
  orderByKey,
  push,
  query,
  ref,
  remove,
  runTransaction,
  serverTimestamp,
  set,
  startAt,
  update,
  type Database,
} from 'firebase/database';
import { startRealtimeDatabase, type RealtimeDatabase, type RealtimeDatabaseOptions } from './server.ts';

async function withServer(options: RealtimeDatabaseOptions, use: (server: RealtimeDatabase) => Promise<void>): Promise<void> {
  const server = await startRealtimeDatabase(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

let apps = 0;

/** The official client, as a user or as the emulator's owner. */
async function withClient({ url, host, port }: RealtimeDatabase, use: (database: Database) => Promise<void>, uid?: string): Promise<void> {
  const app = initializeApp({ projectId: 'demo', databaseURL: url }, `client ${apps++}`);
  const database = getDatabase(app);
  connectDatabaseEmulator(database, host, port, uid === undefined ? {} : { mockUserToken: { sub: uid } });
  try {
    await use(database);
  } finally {
    await deleteApp(app);
  }
}

async function ask({ host, port }: RealtimeDatabase, path: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${host}:${port}${path}`, { ...init, headers: { authorization: 'Bearer owner', ...init.headers } });
  return { status: response.status, body: await response.text() };
}

const error = (body: string): string => (JSON.parse(body) as { error: string }).error;

describe('REST', () => {
  test('writes, merges, adds and deletes, and nothing is ever empty', () =>
    withServer({}, async (server) => {
      assert.deepEqual(await ask(server, '/a.json', { method: 'PUT', body: '{"b":{"c":1,"d":null},"e":{},"f":[]}' }), {
        status: 200,
        body: '{"b":{"c":1,"d":null},"e":{},"f":[]}',
      });
      assert.deepEqual(server.get('a'), { b: { c: 1 } });
      await ask(server, '/a.json', { method: 'PATCH', body: '{"b/c":null,"x/y":true}' });
      assert.deepEqual(server.get('/'), { a: { x: { y: true } } });
      const { name } = JSON.parse((await ask(server, '/list.json', { method: 'POST', body: '"added"' })).body) as { name: string };
      assert.match(name, /^-[-\w]{19}$/);
      assert.equal((await ask(server, `/list/${name}.json?print=silent`, { method: 'DELETE' })).status, 204);
      assert.equal((await ask(server, '/list.json')).body, 'null');
    }));

  test('keeps integers of 64 bits, fills lists with nulls, and answers parts in no order', () =>
    withServer({}, async (server) => {
      await ask(server, '/.json', {
        method: 'PUT',
        body: '{"big":9007199254740993,"list":{"0":"a","1":"b","3":"c"},"sparse":{"0":"a","5":"b"},"names":{"a":1,"b":2,"c":3}}',
      });
      assert.equal((await ask(server, '/big.json')).body, '9007199254740993');
      assert.equal((await ask(server, '/list.json')).body, '["a","b",null,"c"]');
      assert.equal((await ask(server, '/sparse.json')).body, '{"0":"a","5":"b"}');
      assert.equal((await ask(server, '/names.json?orderBy="$key"&startAt="b"&limitToFirst=2')).body, '{"c":3,"b":2}');
      assert.equal((await ask(server, '/names.json?orderBy="$key"&startAfter="b"&endAt="c"')).body, '{"c":3}');
      assert.equal((await ask(server, '/names.json?shallow=true')).body, '{"a":true,"b":true,"c":true}');
      assert.equal((await ask(server, '/names/a.json?shallow=true')).body, '1');
    }));

  test('says what is wrong as the service does', () =>
    withServer({ limits: { answerBytes: 100, nodes: 20 }, accessTokens: ['secret'], rules: { read: (path) => path[0] === 'open' } }, async (server) => {
      const secret = { headers: { authorization: 'Bearer secret' } };
      const says = async (path: string, init: RequestInit = secret): Promise<string> => {
        const { status, body } = await ask(server, path, init);
        return `${status} ${error(body)}`;
      };
      server.set('large', 'x'.repeat(200));
      server.set('many', Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, true])));
      assert.equal(await says('/a.json', {}), '401 Unauthorized request.');
      assert.equal(await says('/a.json', { headers: { authorization: '' } }), '401 Permission denied');
      assert.equal((await ask(server, '/open.json', { headers: { authorization: '' } })).status, 200);
      assert.equal(await says('/a'), '404 404 Not Found');
      assert.equal(
        await says('/a.json?ns=other'),
        '404 Firebase error. Please ensure that you have the URL of your Firebase Realtime Database instance configured correctly.',
      );
      assert.equal(await says('/large.json'), '413 Payload is too large');
      assert.equal(
        await says('/many.json?orderBy="$key"&limitToFirst=2'),
        '400 Data requested exceeds the maximum size that can be accessed with a single request.',
      );
      assert.equal(await says('/many.json?limitToFirst=2'), '400 Data requested exceeds the maximum size that can be accessed with a single request.');
      assert.equal(await says('/a.json?limitToFirst=2'), '400 orderBy must be defined when other query parameters are defined');
      assert.equal(await says('/a.json?orderBy="at"'), '400 Index not defined, add ".indexOn": "at", for path "/a", to the rules');
      assert.equal(await says('/a.json?shallow=true&orderBy="$key"'), "400 Mixing 'shallow' with query parameters is not supported");
      assert.match(await says('/a.json', { ...secret, method: 'PUT', body: '{"a.b":1}' }), /^400 Invalid data; couldn't parse key/);
      assert.match(await says('/a.json', { ...secret, method: 'PUT', body: '{' }), /^400 Invalid data; couldn't parse JSON/);
      assert.deepEqual(server.requests.at(-1), {
        method: 'PUT',
        path: '/a.json',
        authorization: 'Bearer secret',
        status: 400,
        bytes: server.requests.at(-1)?.bytes,
      });
    }));

  test('fails on demand', () =>
    withServer(
      {
        fault: ({ path, index }) =>
          path.startsWith('/cut') ? 'cut' : index === 1 ? { status: 503, body: '{"error":"busy"}', headers: { 'retry-after': '1' } } : undefined,
      },
      async (server) => {
        server.set('cut', 'x'.repeat(100_000));
        await assert.rejects(ask(server, '/cut.json'));
        assert.deepEqual(await ask(server, '/a.json'), { status: 503, body: '{"error":"busy"}' });
        assert.equal((await ask(server, '/a.json')).status, 200);
        server.setOnline(false);
        await assert.rejects(ask(server, '/a.json'));
        server.setOnline(true);
        assert.equal((await ask(server, '/a.json')).status, 200);
      },
    ));
});

describe('the official client', () => {
  test('writes, reads and listens', () =>
    withServer({}, (server) =>
      withClient(server, async (database) => {
        const seen: unknown[] = [];
        const heard = new Promise<void>((resolve) => {
          onValue(ref(database, 'a/b'), (snapshot) => {
            seen.push(snapshot.val());
            if (snapshot.val() === 'from elsewhere') resolve();
          });
        });
        await set(ref(database, 'a'), { b: 1, c: 'x'.repeat(50_000) });
        await update(ref(database, 'a'), { b: increment(2), at: serverTimestamp() });
        await ask(server, '/a/b.json', { method: 'PUT', body: '"from elsewhere"' });
        await heard;
        assert.deepEqual([...new Set(seen.filter((value) => value !== null))], [1, 3, 'from elsewhere']);
        assert.equal(((await get(ref(database, 'a/c'))).val() as string).length, 50_000);
        assert.equal(typeof (await get(ref(database, 'a/at'))).val(), 'number');
        await remove(ref(database, 'a'));
        assert.equal(server.get('/'), null);
        const added = await push(ref(database, 'list'), { n: 1 });
        assert.deepEqual(server.get(`list/${added.key}`), { n: 1 });
      }),
    ));

  test('listens to a part by name', () =>
    withServer({}, (server) =>
      withClient(server, async (database) => {
        server.set('names', { a: 1, b: 2, c: 3, d: 4 });
        const part = query(ref(database, 'names'), orderByKey(), startAt('b'), limitToFirst(2));
        assert.deepEqual((await get(part)).val(), { b: 2, c: 3 });
        const heard = new Promise<string | null>((resolve) => {
          onChildAdded(part, ({ key }) => {
            if (key === 'b1') resolve(key);
          });
        });
        await get(query(ref(database, 'names'), orderByKey(), endAt('a')));
        server.set('names/b1', 5);
        assert.equal(await heard, 'b1');
        await assert.rejects(get(query(ref(database, 'names'), orderByChild('n'), startAt(1))));
      }),
    ));

  test('counts right in transactions of many at once', () =>
    withServer({}, (server) =>
      withClient(server, (first) =>
        withClient(server, async (second) => {
          const count = (database: Database) => runTransaction(ref(database, 'deep/count'), (now: number | null) => (now ?? 0) + 1);
          server.set('deep', { other: 0.5, text: 'é', yes: true, list: [1, 2], count: 7 });
          await Promise.all([first, second].flatMap((database) => Array.from({ length: 10 }, () => count(database))));
          assert.equal(server.get('deep/count'), 27);
          const kept = await runTransaction(ref(first, 'deep'), (now: { count: number } | null) => (now === null ? now : { ...now, count: 100 }));
          assert.ok(kept.committed);
          assert.deepEqual(server.get('deep'), { other: 0.5, text: 'é', yes: true, list: [1, 2], count: 100 });
        }),
      ),
    ));

  test('is refused what rules do not allow', () =>
    withServer(
      { rules: { write: ([top, uid], caller) => top === 'users' && typeof caller === 'object' && caller.uid === uid, read: ([top]) => top !== 'secret' } },
      (server) =>
        withClient(
          server,
          async (database) => {
            await set(ref(database, 'users/mia/name'), 'Mia');
            await assert.rejects(set(ref(database, 'users/ben/name'), 'Mia'), /PERMISSION_DENIED/);
            await assert.rejects(update(ref(database), { 'users/mia/name': 'M', 'users/ben/name': 'M' }), /PERMISSION_DENIED/);
            await assert.rejects(
              runTransaction(ref(database, 'users/ben/n'), () => 1),
              /permission_denied/i,
            );
            await assert.rejects(get(ref(database, 'secret')), /[Pp]ermission/);
            assert.deepEqual(server.get('/'), { users: { mia: { name: 'Mia' } } });
          },
          'mia',
        ),
    ));

  test('sends what it had to keep back once there is a connection', () =>
    withServer({}, (server) =>
      withClient(server, async (database) => {
        await set(ref(database, 'a'), 1);
        server.setOnline(false);
        const sent = set(ref(database, 'a'), 2);
        assert.equal(server.get('a'), 1);
        server.setOnline(true);
        await sent;
        assert.equal(server.get('a'), 2);
      }),
    ));
});
