import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { failure, toFields, type Fault, type Firestore, type FirestoreReply } from '../../../../demo/firestore/server.ts';
import { ReadError } from '../../../src/store/errors.ts';
import { timeoutsOnDemand } from '../../timeouts.ts';
import { all, open, pathsOf, started, storeAt, type StoreOptions } from './stores.ts';

let server: Firestore;
before(async () => {
  server = await started();
  for (let n = 0; n < 150; n += 1) server.set(`boards/b/posts/p${String(n).padStart(3, '0')}`, toFields({ n }));
});
after(() => server.stop());
beforeEach(() => {
  server.fault(undefined);
  server.requests.length = 0;
});

const posts = 'boards/{b}/posts/{id}';
const scanned = async (options: StoreOptions = {}) => all(open(storeAt(server.host, options), posts).scan());

/** The sentence with which it fails, every time. */
async function sentence(fault: Fault | undefined, options: StoreOptions = {}, host: string | undefined = server.host): Promise<string> {
  server.fault(fault);
  const error = await all(open(storeAt(host, options), posts).scan()).then(
    () => assert.fail('it was read'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ReadError, String(error));
  return error.message;
}

const always =
  (reply: FirestoreReply): Fault =>
  () =>
    reply;
const refusal = (code: Parameters<typeof failure>[0], message: string): Fault => always(failure(code, message, { streaming: true }));

describe('a read that fails', () => {
  test('is tried again before it counts, and a second time only', async () => {
    let failed = 0;
    server.fault(() => ((failed += 1) === 1 ? failure('UNAVAILABLE', 'The service is currently unavailable.', { streaming: true }) : undefined));
    assert.equal((await scanned()).length, 150);
    server.requests.length = 0;
    await sentence(refusal('UNAVAILABLE', 'The service is currently unavailable.'));
    assert.equal(server.requests.length, 2);
  });

  test('is tried again where the answer says nothing, as well', async () => {
    for (const body of [[], [{}], {}, null]) {
      let failed = 0;
      server.fault(() => ((failed += 1) === 1 ? { status: 200, body } : undefined));
      assert.equal((await scanned()).length, 150);
    }
  });

  test('waits for as long as Firestore asks', async () => {
    let failed = 0;
    const reply = failure('RESOURCE_EXHAUSTED', 'Quota exceeded.', { streaming: true });
    const [body] = reply.body as { error: object }[];
    server.fault(() =>
      (failed += 1) <= 2
        ? { ...reply, body: [{ error: { ...body?.error, details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.01s' }] } }] }
        : undefined,
    );
    assert.equal((await scanned()).length, 150);
  });

  test('is no empty collection where Firestore counts documents', async () => {
    const readTime = new Date().toISOString();
    assert.match(
      await sentence(({ rpc }) => (rpc === 'runQuery' ? { status: 200, body: [{ readTime }] } : undefined)),
      /^More or fewer documents of collection posts were read than Firestore counts at the same moment/,
    );
  });

  const told: readonly [string, Fault, RegExp][] = [
    [
      'no permission',
      refusal('PERMISSION_DENIED', 'Missing or insufficient permissions.'),
      /^The credentials of store fire may not read its database \(HTTP 403\)\. .*roles\/datastore\.viewer/,
    ],
    [
      'an API that is turned off',
      refusal('PERMISSION_DENIED', 'Cloud Firestore API has not been used in project x before or it is disabled.'),
      /^The Cloud Firestore API is turned off/,
    ],
    ['no billing', refusal('PERMISSION_DENIED', 'This API method requires billing to be enabled.'), /^The project of store fire has no working billing/],
    [
      'another project or database',
      refusal('NOT_FOUND', 'The database (default) does not exist for project x'),
      /^There is no such database for store fire \(HTTP 404\)/,
    ],
    [
      'Datastore mode',
      refusal('FAILED_PRECONDITION', 'The Cloud Firestore API is not available for Firestore in Datastore Mode database x.'),
      /^The database of store fire is not Firestore in native mode/,
    ],
    [
      'a state that is too old',
      refusal('FAILED_PRECONDITION', "The requested 'read_time' is too old."),
      /^The state of collection posts that this run began with can no longer be read/,
    ],
    [
      'a quota that is used up',
      refusal('RESOURCE_EXHAUSTED', 'Quota exceeded.'),
      /^Firestore refuses more reads for store fire \(HTTP 429\)\. .*50,000 documents a day/,
    ],
    [
      'a gateway that limits',
      always({ status: 429, headers: { 'content-type': 'text/plain', 'retry-after': '0' }, body: 'Too Many Requests' }),
      /^Firestore refuses more reads for store fire \(HTTP 429\) and asks to wait 1 s\./,
    ],
    [
      'an outage',
      refusal('UNAVAILABLE', 'The service is currently unavailable.'),
      /^Firestore answered with a server error \(HTTP 503\) when collection posts was read\./,
    ],
    ['an answer that says nothing', always({ status: 200, body: { some: 'json' } }), /does not have the shape that Firestore gives/],
    ['an answer without a moment', always({ status: 200, body: [{}] }), /does not have the shape that Firestore gives/],
    ['text', always({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'welcome' }), /is not the JSON that Firestore gives/],
    [
      'a web page',
      always({ status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' }),
      /^A web page came instead of an answer from Firestore \(HTTP 200\)/,
    ],
    [
      'a question that is not understood',
      refusal('INVALID_ARGUMENT', 'Invalid project.'),
      /^Firestore refused to read collection posts \(HTTP 400, INVALID_ARGUMENT\)/,
    ],
    [
      'a path that is nothing',
      always({ status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' }),
      /^Firestore refused to read collection posts \(HTTP 404\)/,
    ],
    [
      'a slow database',
      ({ rpc }) => (rpc === 'runQuery' ? failure('DEADLINE_EXCEEDED', 'The datastore operation timed out.', { streaming: true }) : undefined),
      /took longer than Firestore allows/,
    ],
    [
      'a value of tomorrow',
      ({ rpc }, answer) =>
        rpc === 'runQuery'
          ? {
              status: 200,
              body: (JSON.parse(JSON.stringify(answer().body)) as object[]).map((element) => ({
                ...element,
                document: { name: 'projects/demo-board/databases/(default)/documents/boards/b/posts/x', fields: { n: { sparseVectorValue: {} } } },
              })),
            }
          : undefined,
      /holds a kind of value that this version does not know/,
    ],
  ];
  for (const [what, fault, expected] of told) test(`says so: ${what}`, async () => assert.match(await sentence(fault), expected));

  test('says whose database is missing, without a fault', async () => {
    assert.match(await sentence(undefined, { project: 'another' }), /^There is no such database/);
    assert.match(await sentence(undefined, { database: 'another' }), /^There is no such database/);
  });

  test('is one where the answer breaks off with an error, and what came of it is paid for', async () => {
    const cut: Fault = ({ rpc }, answer) => {
      const reply = answer();
      return rpc === 'runQuery'
        ? { ...reply, body: [...(reply.body as object[]).slice(0, 40), { error: { code: 503, status: 'UNAVAILABLE', message: 'The stream broke' } }] }
        : reply;
    };
    assert.match(await sentence(cut), /^Firestore broke off the answer for collection posts with an error \(HTTP 503, UNAVAILABLE\), so it is not complete\./);
    let cuts = 0;
    const fire = storeAt(server.host);
    server.fault((request, answer) => (request.rpc === 'runQuery' && (cuts += 1) === 1 ? cut(request, answer) : undefined));
    assert.equal((await all(open(fire, posts).scan())).length, 150);
    assert.equal(fire.reads(), 40 + 150 + 1);
  });

  test('is one where the connection is cut', async () => {
    assert.match(await sentence((_, answer) => ({ ...answer(), cutAfter: 2000 })), /^The connection to Firestore broke off/);
  });

  test('is one where no answer comes in time', async (t) => {
    const end = timeoutsOnDemand(t);
    let hung = 0;
    const hang: Fault = () => {
      hung += 1;
      queueMicrotask(end);
      return new Promise(() => undefined);
    };
    const silent = sentence(hang, { stop: new AbortController().signal });
    assert.match(await silent, /^Firestore did not answer within 30 s\./);
    assert.equal(hung, 2);
  });

  test('names what an emulator lacks', async () => {
    assert.match(await sentence(undefined, {}, 'localhost:0'), /^Firestore could not be reached .*FIRESTORE_EMULATOR_HOST/);
    for (const host of ['not a host', 'localhost', `${server.host}/v1`, `a:b@${server.host}`])
      assert.match(await sentence(undefined, {}, host), /^The variable FIRESTORE_EMULATOR_HOST does not hold a host and a port/);
    assert.equal(pathsOf(await all(open(storeAt(`http://${server.host}/`), posts).scan())).length, 150);
  });

  test('is noticed before anything else is asked', async () => {
    const fire = storeAt(server.host);
    await fire.probe();
    assert.deepEqual(
      server.requests.map(({ rpc }) => rpc),
      ['batchGet'],
    );
    server.fault(refusal('PERMISSION_DENIED', 'Missing or insufficient permissions.'));
    await assert.rejects(fire.probe(), /may not read its database/);
    const without = storeAt(undefined);
    assert.equal(without.secret, undefined);
    await assert.rejects(without.probe(), /^ReadError: Store fire has no credentials/);
  });
});

describe('a token', () => {
  const ready = { accessToken: 'ya29.ready', origin: '' };

  test('is sent with every request and masked, and an emulator gets none', async () => {
    const masked: string[] = [];
    assert.equal((await all(open(storeAt(undefined, { ...ready, origin: server.url, onSecret: (secret) => masked.push(secret) }), posts).scan())).length, 150);
    assert.deepEqual(new Set(server.requests.map(({ headers }) => headers.authorization)), new Set(['Bearer ya29.ready']));
    assert.deepEqual(masked, ['ya29.ready']);
    server.requests.length = 0;
    await scanned({ accessToken: 'ya29.ready' });
    assert.deepEqual(new Set(server.requests.map(({ headers }) => headers.authorization)), new Set(['Bearer owner']));
  });

  test('goes with the parameters that only Google knows, and an emulator is asked without them', async () => {
    await all(open(storeAt(undefined, { ...ready, origin: server.url }), posts).scan());
    assert.ok(server.requests.every(({ path }) => path.endsWith('?$prettyPrint=false')));
    server.requests.length = 0;
    await scanned();
    assert.ok(server.requests.every(({ path }) => /:run(?:Aggregation)?Query$/.test(path)));
  });

  test('that is refused is named as what it is', async () => {
    const refused = refusal('UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    assert.match(
      await sentence(refused, { ...ready, origin: server.url }, undefined),
      /^Firestore does not accept the access token of store fire \(HTTP 401\)/,
    );
    assert.match(await sentence(refused), /^Firestore does not accept the token that it gave/);
  });

  test('goes along no redirect, and to no other host', async () => {
    const asked: string[] = [];
    const elsewhere = createServer((incoming, outgoing) => {
      asked.push(incoming.headers.authorization ?? '');
      outgoing.end('[]');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const to = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    const redirected = await sentence(always({ status: 307, headers: { location: to }, body: '' }), { ...ready, origin: server.url }, undefined);
    assert.match(redirected, /redirects to another one \(307\), which is not followed/);
    for (const origin of ['http://firestore.googleapis.com', 'https://firestore.googleapis.com.example.test', 'http://0.0.0.0:1']) {
      await assert.rejects(
        all(open(storeAt(undefined, { ...ready, origin }), posts).scan()),
        (error) => error instanceof Error && !(error instanceof ReadError),
      );
    }
    assert.deepEqual(asked, []);
    elsewhere.close().closeAllConnections();
  });

  test('of a service account leaves its private key for pseudonyms', () => {
    const key = {
      type: 'service_account',
      client_email: 'bot@demo-board.iam.gserviceaccount.com',
      private_key: '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n',
    };
    assert.equal(storeAt(undefined, { credentials: JSON.stringify(key) }).secret, key.private_key);
    assert.equal(storeAt(server.host, { credentials: JSON.stringify(key) }).secret, undefined);
    assert.equal(storeAt(undefined, { accessToken: 'ya29.ready' }).secret, undefined);
  });
});
