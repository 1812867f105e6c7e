import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { failure, startRealtimeDatabase, type Fault, type RealtimeDatabase, type RealtimeDatabaseOptions } from '../../../../demo/realtime-database/server.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { BudgetError, ReadError } from '../../../src/store/errors.ts';
import {
  createRealtimeDatabaseStore,
  type RealtimeDatabaseDeclaration,
  type RealtimeDatabaseLimits,
  type RealtimeDatabaseStore,
} from '../../../src/store/realtime-database/realtime-database.ts';
import { isProblem, parseSource, type Source } from '../../../src/store/source.ts';
import type { List } from '../../../src/store/list.ts';
import type { RawRow, StoredSource } from '../../../src/store/store.ts';
import { numberValue, type Value } from '../../../src/store/value.ts';

type Setup = { limits?: RealtimeDatabaseLimits; environment?: Record<string, string>; declaration?: Partial<RealtimeDatabaseDeclaration>; seconds?: number };

const needed = { columns: 'all', described: undefined, key: [] } as const;

function storeOf(url: string, { limits = {}, environment = {}, declaration = {}, seconds = 60 }: Setup = {}): RealtimeDatabaseStore {
  const { signal: stop, remainingMs } = startBudget(seconds);
  return createRealtimeDatabaseStore('live', { url, ...declaration }, { environment, stop, remainingMs, mask: () => undefined }, limits);
}

function sourceOf(path: string): Source {
  const source = parseSource(path, 'realtime-database');
  assert.ok(!isProblem(source));
  return source;
}

async function allOf(source: AsyncIterable<List<RawRow>>): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const page of source) {
    assert.ok(page.length > 0 && page.length <= 1000);
    rows.push(...page);
  }
  return rows;
}

const pathsIn = (rows: readonly RawRow[]): string[] => rows.map(({ path = '' }) => path).toSorted();

async function withServer(options: RealtimeDatabaseOptions, use: (server: RealtimeDatabase) => Promise<void>): Promise<void> {
  const server = await startRealtimeDatabase(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

/** What was asked for, without the name of the database. */
const askedOf = ({ requests }: RealtimeDatabase): string[] =>
  requests.map(({ path }) =>
    decodeURIComponent(path)
      .replace(/\?ns=[\w-]+&?/, '?')
      .replace(/\?$/, ''),
  );

const open = (server: RealtimeDatabase, path: string, setup?: Setup): StoredSource => storeOf(server.url, setup).open(sourceOf(path), needed);

describe('a scan', () => {
  test('reads names first and then everything at once, without loss', () =>
    withServer({}, async (server) => {
      await fetch(`http://${server.host}:${server.port}/daily.json`, {
        method: 'PUT',
        body: '{"c1":{"2025-01-01":{"q1":{"title":"é","big":9007199254740993,"rate":0.1,"done":false,"list":["a",null,"b"]},"q2":"leaf"}},"c2":{"2025-01-02":{"0":{"n":1},"1":{"n":2}}}}',
      });
      const rows = await allOf(open(server, 'daily/{couple_id}/{date}/{quest_id}').scan());
      const expected: Record<string, Value> = {
        'daily/c1/2025-01-01/q1': new Map<string, Value>([
          ['big', numberValue('9007199254740993')],
          ['done', false],
          ['list', ['a', null, 'b']],
          ['rate', numberValue('0.1')],
          ['title', 'é'],
        ]),
        'daily/c1/2025-01-01/q2': 'leaf',
        'daily/c2/2025-01-02/0': new Map([['n', numberValue('1')]]),
        'daily/c2/2025-01-02/1': new Map([['n', numberValue('2')]]),
      };
      assert.deepEqual(Object.fromEntries(rows.map(({ path, value }) => [path, value])), expected);
      assert.deepEqual(askedOf(server), ['/daily.json', '/daily.json?shallow=true', '/daily.json']);
    }));

  test('takes an object of numbered children for an object, however the service writes it', () =>
    withServer({}, async (server) => {
      server.set('rows', { dense: { 0: 'a', 1: 'b' }, sparse: { 0: 'a', 9: 'b' } });
      const rows = await allOf(open(server, 'rows/{id}').scan());
      assert.deepEqual(
        rows.map(({ value }) => value),
        [
          new Map([
            ['0', 'a'],
            ['1', 'b'],
          ]),
          new Map([
            ['0', 'a'],
            ['9', 'b'],
          ]),
        ],
      );
    }));

  test('asks one node at a time where a fixed segment stands below a bound one, and nothing beside it', () =>
    withServer({}, async (server) => {
      server.set('boards', { b1: { title: 'x'.repeat(10_000), posts: { p1: { n: 1 }, p2: { n: 2 } } }, b2: { title: 'no posts' }, b3: 'leaf' });
      server.set('users', { u1: { profile: { name: 'Mia' }, private: 'x'.repeat(10_000) }, u2: { private: 'x' } });
      assert.deepEqual(pathsIn(await allOf(open(server, 'boards/{board_id}/posts/{id}').scan())), ['boards/b1/posts/p1', 'boards/b1/posts/p2']);
      assert.deepEqual(pathsIn(await allOf(open(server, 'users/{uid}/profile').scan())), ['users/u1/profile']);
      assert.deepEqual(pathsIn(await allOf(open(server, 'users/u1/profile').scan())), ['users/u1/profile']);
      assert.deepEqual(pathsIn(await allOf(open(server, 'nowhere/{id}').scan())), []);
      assert.ok(server.requests.every(({ bytes }) => bytes < 10_000));
    }));

  test('reads in parts by name above a size, and a large node child by child', () =>
    withServer({}, async (server) => {
      const quests = (count: number, size: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`q${index}`, { title: 'x'.repeat(size) }]));
      server.set('daily', {
        small: { d1: quests(3, 10) },
        large: { d1: quests(40, 200), d2: quests(40, 200) },
        ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`c${index}`, { d: quests(2, 50) }])),
      });
      const store = storeOf(server.url, { limits: { maxBytes: 10_000 } });
      const rows = await allOf(store.open(sourceOf('daily/{c}/{d}/{q}'), needed).scan());
      assert.equal(rows.length, 3 + 80 + 60);
      assert.equal(new Set(pathsIn(rows)).size, rows.length);
      assert.equal(store.reads(), rows.length);
      const asked = askedOf(server);
      assert.ok(asked.some((path) => path.startsWith('/daily.json?orderBy="$key"&startAt=')));
      assert.ok(asked.includes('/daily/large.json?shallow=true') && asked.includes('/daily/large/d1.json'));
      assert.ok(store.bytes() > 0 && store.bytes() <= server.requests.reduce((sum, { bytes }) => sum + bytes, 0));
    }));

  test('reads children one by one where the service answers no part of a node that large', () =>
    withServer({ limits: { nodes: 50 } }, async (server) => {
      server.set('rows', Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`r${index}`, { a: 1, b: 2 }])));
      assert.equal((await allOf(open(server, 'rows/{id}').scan())).length, 40);
      assert.ok(askedOf(server).includes('/rows/r39.json'));
    }));

  test('has every row once, whatever the names are and however little an answer may hold', async () => {
    const names = fc
      .oneof(
        fc.constantFrom(
          '0',
          '1',
          '2',
          '-1',
          '007',
          '7',
          '2147483648',
          'a b',
          '%2F',
          'é',
          'e\u0301',
          '\ud83d\ude00',
          '\uffe6',
          '"',
          '\\',
          '&x=1',
          '+',
          '?',
          '..x',
          'x\u0085',
        ),
        fc.string({ minLength: 1, maxLength: 3 }),
      )
      .filter((name) => !/[.$#\[\]\/[\p{Cc}--[\x80-\x9f]]]/v.test(name) && name.isWellFormed() && name !== '__proto__' && !/^-0+$/.test(name));
    const level = (inner: fc.Arbitrary<unknown>, maxKeys: number) => fc.dictionary(names, inner, { minKeys: 1, maxKeys, noNullPrototype: true });
    const rows = fc.oneof(fc.record({ text: fc.string({ maxLength: 30 }) }), fc.constant('leaf'));
    await fc.assert(
      fc.asyncProperty(level(level(rows, 20), 20), fc.integer({ min: 150, max: 3000 }), (tree, maxBytes) =>
        withServer({}, async (server) => {
          server.set('top', tree);
          const found = await allOf(open(server, 'top/{a}/{b}', { limits: { maxBytes } }).scan());
          const expected = Object.entries(tree).flatMap(([a, children]) => Object.keys(children as object).map((b) => `top/${a}/${b}`));
          assert.deepEqual(pathsIn(found), expected.toSorted());
        }),
      ),
      { numRuns: 40 },
    );
  });

  test('has every row although an answer lacks some that are there', async () => {
    let lost = 0;
    const isWhole = (path: string): boolean => path.startsWith('/rows.json') && !path.includes('shallow');
    const fault: NonNullable<RealtimeDatabaseOptions['fault']> = ({ path }) =>
      isWhole(path) && (lost += 1) === 1 ? { status: 200, body: '{"a":{"n":1}}' } : undefined;
    await withServer({ fault }, async (server) => {
      server.set('rows', { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } });
      assert.deepEqual(pathsIn(await allOf(open(server, 'rows/{id}').scan())), ['rows/a', 'rows/b', 'rows/c']);
      assert.equal(lost, 1);
    });
  });

  test('has all that stayed, while others come and go', async () => {
    let server: RealtimeDatabase | undefined;
    await withServer(
      {
        fault: ({ index }) => {
          server?.update('rows', { [`new${index}`]: { n: index }, [`gone${index}`]: null });
          return undefined;
        },
      },
      async (started) => {
        const names = (prefix: string, count: number) =>
          Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, { text: 'x'.repeat(100) }]));
        started.set('rows', { ...names('kept', 100), ...names('gone', 100) });
        server = started;
        const found = pathsIn(await allOf(open(started, 'rows/{id}', { limits: { maxBytes: 3000 } }).scan()));
        assert.equal(new Set(found).size, found.length);
        assert.equal(found.filter((path) => path.includes('kept')).length, 100);
      },
    );
  });
});

describe('rows by their keys', () => {
  const wanted = (segments: Record<string, string[]>, fields: { path: string[]; anyOf: Value[] }[] = []) => ({
    segments: new Map(Object.entries(segments)),
    fields,
  });

  test('are found under every name that may be given, of control characters those beyond ASCII', () =>
    withServer({}, async (server) => {
      const names = ['x\u0085', '\u009f', '%2F', '"', '\\', '?', '+'];
      server.set('rows', Object.fromEntries(names.map((name) => [name, 1])));
      const found = await open(server, 'rows/{id}').find(['\u0000', 'a/b', ...names].map((name) => wanted({ id: [name] })));
      assert.deepEqual(pathsIn(found), names.map((name) => `rows/${name}`).toSorted());
    }));

  test('are read by path, in every spelling, with one request each', () =>
    withServer({}, async (server) => {
      server.set('daily', { c1: { é: { n: 1 }, b: { n: 2 } }, c2: { é: { n: 3 } } });
      const source = open(server, 'daily/{couple_id}/{id}');
      const found = await source.find([
        wanted({ couple_id: ['c1'], id: ['e\u0301', 'é'] }),
        wanted({ couple_id: ['c2'], id: ['é'] }),
        wanted({ couple_id: ['c9'], id: ['b'] }),
        wanted({ couple_id: ['a/b', '', '..', 'x.y', '$'], id: ['b'] }),
      ]);
      assert.deepEqual(pathsIn(found), ['daily/c1/é', 'daily/c2/é']);
      assert.equal(server.requests.length, 4);
    }));

  test('are looked for everywhere where a key does not say the whole path', () =>
    withServer({}, async (server) => {
      server.set('log', { a: { x1: { user: 'mia', n: 7 } }, b: { x2: { user: 'ben', n: 7 } } });
      const source = open(server, 'log/{day}/{entry}');
      assert.deepEqual(pathsIn(await source.find([wanted({ entry: ['x2', 'X2'] })])), ['log/b/x2']);
      assert.deepEqual(
        pathsIn(
          await source.find([
            wanted({}, [
              { path: ['user'], anyOf: ['mia', 'MIA'] },
              { path: ['n'], anyOf: [numberValue('7')] },
            ]),
          ]),
        ),
        ['log/a/x1'],
      );
      assert.deepEqual(pathsIn(await source.find([wanted({}, [{ path: ['user'], anyOf: ['nobody'] }])])), []);
    }));

  test('are found by their value where they are no objects', () =>
    withServer({}, async (server) => {
      server.set('codes', { a: 'x1', b: 7, c: true, d: { value: 'x1' }, e: { other: 'x1' } });
      const source = open(server, 'codes/{slot}');
      const find = async (...anyOf: Value[]) => pathsIn(await source.find([wanted({}, [{ path: ['value'], anyOf }])]));
      assert.deepEqual(await find('x1'), ['codes/a', 'codes/d']);
      assert.deepEqual(await find(numberValue('7'), true), ['codes/b', 'codes/c']);
    }));
});

test('rows are counted by names alone, where that takes few requests and no condition', () =>
  withServer({}, async (server) => {
    server.set('daily', { c1: { d1: { q1: 1, q2: 2 }, d2: { q3: 3 } }, c2: { d1: { q4: 4 } } });
    server.set('users', { u1: { profile: 1 }, u2: { other: 1 } });
    assert.deepEqual(await open(server, 'daily/{c}/{d}/{q}').count([]), { rows: 4 });
    assert.deepEqual(await open(server, 'users/{u}/profile').count([]), { rows: 1 });
    assert.deepEqual(await open(server, 'nowhere/{id}').count([]), { rows: 0 });
    assert.ok(askedOf(server).every((path) => path.endsWith('shallow=true')));
    assert.equal(await open(server, 'daily/{c}/{d}/{q}').count([{ source: { kind: 'field', path: ['a'] }, anyOf: [true] }]), undefined);
    server.set('daily', Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`c${index}`, { d: { q: 1 } }])));
    assert.equal(await open(server, 'daily/{c}/{d}/{q}').count([]), undefined);
  }));

test('rows written since a time are those whose field says so', () =>
  withServer({}, async (server) => {
    const at = Date.parse('2026-03-01T12:00:00.000Z');
    server.set('rows', {
      before: { ms: at - 1, s: at / 1000 - 1, iso: '2026-03-01T12:59:59.999+01:00' },
      at: { ms: at, s: at / 1000, iso: '2026-03-01T13:00:00.000+01:00' },
      text: { ms: '2026-03-01T13:00:00.000+01:00' },
      odd: { ms: 'x', iso: 'yesterday' },
      none: { a: 1 },
    });
    const source = open(server, 'rows/{id}');
    const since = '2026-03-01T12:00:00.000Z';
    for (const field of [{ path: ['s'], unit: 's' }, { path: ['iso'] }] as const)
      assert.deepEqual(pathsIn(await allOf(source.changedSince(field, since))), ['rows/at']);
    // A text says by itself what it means.
    assert.deepEqual(pathsIn(await allOf(source.changedSince({ path: ['ms'], unit: 'ms' }, since))), ['rows/at', 'rows/text']);
    // A node that is no object is its value.
    server.set('seen', { before: at - 1, at, odd: 'x', none: true });
    assert.deepEqual(pathsIn(await allOf(open(server, 'seen/{id}').changedSince({ path: ['value'], unit: 'ms' }, since))), ['seen/at']);
    server.set('seen', { before: '2026-03-01T12:59:59.999+01:00', at: '2026-03-01T13:00:00.000+01:00' });
    assert.deepEqual(pathsIn(await allOf(open(server, 'seen/{id}').changedSince({ path: ['value'] }, since))), ['seen/at']);
  }));

describe('whom it asks, and as whom', () => {
  test('sends its token to the database, and is an emulator’s owner where nobody says who asks on this machine', () =>
    withServer({ accessTokens: ['ya29.token', 'owner'] }, async (server) => {
      await storeOf(server.url, { declaration: { accessToken: 'ya29.token' } }).probe();
      await storeOf(server.url).probe();
      assert.deepEqual(
        server.requests.map(({ authorization }) => authorization),
        ['Bearer ya29.token', 'Bearer owner'],
      );
      await assert.rejects(storeOf('https://demo-default-rtdb.firebaseio.com').probe(), /^ReadError: Store live has no credentials/);
    }));

  test('goes to the emulator that the official SDKs go to, with the name of the database', () =>
    withServer({ name: 'demo-board' }, async (server) => {
      const environment = { FIREBASE_DATABASE_EMULATOR_HOST: `${server.host}:${server.port}` };
      await storeOf('https://demo-board.firebaseio.com', { environment, declaration: { accessToken: 'ya29.token' } }).probe();
      await storeOf('https://demo-board.europe-west1.firebasedatabase.app', { environment }).probe();
      await storeOf('http://localhost:1/?ns=demo-board', { environment }).probe();
      await storeOf('https://demo-board.firebaseio.com', { environment: { FIREBASE_DATABASE_EMULATOR_HOST: `http://${server.host}:${server.port}/` } }).probe();
      assert.deepEqual(
        [...new Set(server.requests.map(({ path, authorization, status }) => `${path} ${authorization} ${status}`))],
        ['/driftwatch.json?ns=demo-board&shallow=true Bearer owner 200'],
      );
      await assert.rejects(
        storeOf('https://demo-board.firebaseio.com', { environment: { FIREBASE_DATABASE_EMULATOR_HOST: 'http://localhost:9000/?ns=demo' } }).probe(),
        /does not hold a host and a port/,
      );
    }));

  test('follows no redirect', async () => {
    const requests: string[] = [];
    const server = createServer(({ url }, outgoing) => {
      requests.push(url ?? '');
      outgoing.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await assert.rejects(
        storeOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).probe(),
        /The address in the url of store live redirects to another one \(307\)/,
      );
      assert.ok(requests.every((url) => url.startsWith('/driftwatch.json')));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('a read that fails', () => {
  /** The sentence of a scan, and how often was asked. */
  async function sentence(fault: Fault, setup: Setup = {}): Promise<string> {
    let said = '';
    await withServer({ fault: () => fault }, async (server) => {
      const error = await allOf(open(server, 'daily/{c}/{q}', { declaration: { accessToken: 'owner' }, ...setup }).scan()).then(
        () => assert.fail('it was read'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ReadError, String(error));
      assert.equal(server.requests.length, 2);
      said = error.message;
    });
    return said;
  }

  test('says why, in the words of what the service said', async () => {
    const region = failure(
      404,
      'Database lives in a different region. Please change your database URL to https://demo-default-rtdb.europe-west1.firebasedatabase.app',
      { correctUrl: 'x' },
    );
    assert.match(await sentence(failure(401, 'Permission denied')), /do not let path daily\/\{c\}\/\{q\} be read \(HTTP 401, permission denied\)/);
    assert.match(await sentence(failure(401, 'Unauthorized request.')), /does not accept the token in access-token \(HTTP 401\)/);
    assert.match(await sentence(failure(401, 'Missing appcheck token')), /requires an App Check token/);
    assert.match(await sentence(region), /Set the url to https:\/\/demo-default-rtdb\.europe-west1\.firebasedatabase\.app\.$/);
    assert.match(
      await sentence(failure(404, 'Database lives in a different region. Please change your database URL to https://evil.example/')),
      /Set the url to the one that the Firebase console shows\.$/,
    );
    assert.match(
      await sentence(failure(404, 'Firebase error. Please ensure that you have the URL of your Firebase Realtime Database instance configured correctly.')),
      /^There is no Realtime Database at the url of store live \(HTTP 404\)/,
    );
    assert.match(await sentence(failure(403, 'Invalid Firebase database name')), /^There is no Realtime Database at the url of store live \(HTTP 403\)/);
    assert.match(
      await sentence(failure(402, "The Firebase database 'demo' has exceeded its quota limit and has been temporarily disabled.")),
      /a quota is used up \(HTTP 402\)/,
    );
    assert.match(
      await sentence(failure(423, "The Firebase database 'demo' has been disabled by a database owner.")),
      /was switched off by an owner of the project \(HTTP 423\)/,
    );
    // The words count, whatever status they come with.
    assert.match(
      await sentence(failure(503, "The Firebase database 'demo' has exceeded its quota limit and has been temporarily disabled.")),
      /a quota is used up \(HTTP 503\)/,
    );
    assert.match(
      await sentence(failure(403, "The Firebase database 'demo' has been disabled by a database owner.")),
      /was switched off by an owner of the project \(HTTP 403\)/,
    );
    for (const words of ['Request timed out.', 'The read timed-out', 'Timeout', 'The read did not finish within the allotted time'])
      assert.match(
        await sentence(failure(400, words)),
        /^Reading path daily\/\{c\}\/\{q\} took longer than the Realtime Database of store live allows \(HTTP 400\)/,
      );
    assert.match(await sentence(failure(400, 'Sometimes outdated')), /refused to give path/);
    assert.match(await sentence(failure(500, 'An internal error occurred')), /answered with a server error \(HTTP 500\)/);
    assert.match(await sentence({ status: 418, body: '{}' }), /refused to give path daily\/\{c\}\/\{q\} \(HTTP 418\)/);
    assert.match(
      await sentence({ status: 200, body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } }),
      /^A web page came instead of an answer from the Realtime Database of store live/,
    );
    assert.match(await sentence({ status: 200, body: '{"a":' }), /is not the JSON that a Realtime Database gives/);
    assert.match(await sentence('cut'), /^The connection to the Realtime Database of store live broke off/);
  });

  test('says so where an answer has names that no such database has, which would be looked for in vain or elsewhere', async () => {
    for (const name of ['..', 'a/b', '\ud800', '', 'a\u0000', '.value']) {
      const strange: Fault = { status: 200, body: JSON.stringify({ [name]: { q: { n: 1 } } }) };
      const inside: Fault = { status: 200, body: JSON.stringify({ c: { [name]: { n: 1 } } }) };
      for (const [fault, isNames] of [
        [strange, true],
        [strange, false],
        [inside, false],
      ] as const) {
        const answer = ({ path }: { path: string }): Fault | undefined => (path.includes('shallow') === isNames ? fault : undefined);
        await withServer({ fault: answer }, async (server) => {
          server.set('daily', { c: { q: { n: 1 } } });
          await assert.rejects(
            allOf(open(server, 'daily/{c}/{q}').scan()),
            (error) => error instanceof ReadError && error.message.includes('is not the JSON that a Realtime Database gives'),
            JSON.stringify(name),
          );
        });
      }
    }
  });

  test('is tried again, as late as it is asked to be', () => {
    let left = 2;
    return withServer({ fault: () => (left-- > 0 ? { ...failure(429, 'Too many requests'), headers: { 'retry-after': '0' } } : undefined) }, async (server) => {
      server.set('daily', { c: { q: 1 } });
      assert.equal((await allOf(open(server, 'daily/{c}/{q}').scan())).length, 1);
    });
  });

  test('says so where a single row is too large, by our measure or by the service’s, and is not tried again', () =>
    withServer({}, async (server) => {
      server.set('rows', { fine: { n: 1 }, large: { text: 'x'.repeat(5000) } });
      await assert.rejects(
        allOf(open(server, 'rows/{id}', { limits: { maxBytes: 1000 } }).scan()),
        /^ReadError: A node at path rows\/\{id\}, or the list of nodes there, is larger than a run reads at once/,
      );
      assert.equal(askedOf(server).filter((path) => path === '/rows/large.json').length, 1);
    }));

  test('is split where it takes longer than the service allows', () => {
    const isBranch = (path: string): boolean => path.startsWith('/daily/c.json') && !path.includes('shallow');
    return withServer({ fault: ({ path }) => (isBranch(path) ? failure(400, 'Request timed out') : undefined) }, async (server) => {
      server.set('daily', { c: { q: 1 } });
      assert.deepEqual(pathsIn(await allOf(open(server, 'daily/c/{q}').scan())), ['daily/c/q']);
      assert.equal(askedOf(server).filter(isBranch).length, 1);
    });
  });

  test('ends with the time of the run', () => {
    const never = new Promise<undefined>(() => undefined);
    return withServer({ fault: () => never }, (server) => assert.rejects(allOf(open(server, 'rows/{id}', { seconds: 0.05 }).scan()), BudgetError));
  });
});
