import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { failure, startFirestore, toFields } from '../../../demo/firestore/server.ts';
import { startRealtimeDatabase } from '../../../demo/realtime-database/server.ts';
import { startBudget } from '../../src/store/budget.ts';
import { ReadError } from '../../src/store/errors.ts';
import { createTokenSource, mayHoldToken, type DeclaredCredentials } from '../../src/store/google-auth.ts';
import { createRealtimeDatabaseStore } from '../../src/store/realtime-database/realtime-database.ts';
import { certificateFile, startForwardProxy, startSecureFront, type FakeProxy } from '../fakes/network.ts';
import { open, storeAt } from './firestore/stores.ts';

/** What Google's hosts and the runner were asked, and what they answer. */
type Asked = { host: string; path: string; headers: IncomingMessage['headers']; body: string };
type Answer = { status?: number; json?: unknown; page?: string; location?: string };

const asked: Asked[] = [];
let answers: Record<string, (request: Asked) => Answer> = {};

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const host = String(incoming.headers['x-host']);
  const request = { host, path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(pieces).toString() };
  asked.push(request);
  const { status = 200, json = {}, page, location } = answers[host]?.(request) ?? { status: 404 };
  outgoing
    .writeHead(status, { 'content-type': page === undefined ? 'application/json' : 'text/html', ...(location && { location }) })
    .end(page ?? JSON.stringify(json));
}

const hosts = ['oauth2.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com', 'runner.driftwatch.test', 'elsewhere.driftwatch.test'];
const runnersUrl = 'https://runner.driftwatch.test/token?api-version=1';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const serviceAccount = {
  type: 'service_account',
  client_email: 'bot@demo-board.iam.gserviceaccount.com',
  private_key: privateKey,
  token_uri: 'https://elsewhere.driftwatch.test/token',
};
const external = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/github/providers/github',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: {
    url: `${runnersUrl}&audience=google`,
    headers: { Authorization: 'Bearer runner' },
    format: { type: 'json', subject_token_field_name: 'value' },
  },
};

const directory = mkdtempSync(join(tmpdir(), 'driftwatch-auth-'));
let proxy: FakeProxy;
const closing: (() => void)[] = [];
const masked: string[] = [];

before(async () => {
  // One server a host, so that each knows which one it stands for.
  const origins: Record<string, string> = {};
  for (const host of hosts) {
    const server = createServer((incoming, outgoing) => {
      incoming.headers['x-host'] = host;
      void answer(incoming, outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origins[host] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closing.push(() => void server.close().closeAllConnections());
  }
  const front = await startSecureFront(origins);
  proxy = await startForwardProxy(front.port);
  closing.push(front.close, proxy.close, () => rmSync(directory, { recursive: true }));
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificateFile, 'utf8')]);
  process.env['HTTPS_PROXY'] = proxy.url;
});
after(() => {
  delete process.env['HTTPS_PROXY'];
  for (const close of closing) close();
});
beforeEach(() => {
  asked.length = 0;
  masked.length = 0;
  answers = {};
});

function source(declared: DeclaredCredentials, environment: Record<string, string> = {}) {
  const { signal, remainingMs } = startBudget(60);
  return createTokenSource('live', declared, {
    scopes: ['https://www.googleapis.com/auth/firebase.database'],
    environment: { ACTIONS_ID_TOKEN_REQUEST_URL: runnersUrl, ...environment },
    mask: (secret) => masked.push(secret),
    stop: signal,
    remainingMs,
  });
}

const file = (content: unknown): string => {
  const path = join(directory, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

/** The sentence with which it fails. */
async function failing(declared: DeclaredCredentials, environment?: Record<string, string>): Promise<string> {
  const error = await source(declared, environment)
    .token()
    .then(
      () => assert.fail('a token came'),
      (thrown: unknown) => thrown,
    );
  assert.ok(error instanceof ReadError, String(error));
  return error.message;
}

const token = (access_token: string) => () => ({ json: { access_token, expires_in: 3600, token_type: 'Bearer' } });

describe('a token of a service account', () => {
  test('is asked of Google, whatever address the key names, and once while it is good', async () => {
    answers = { 'oauth2.googleapis.com': token('ya29.first') };
    const live = source({ credentials: JSON.stringify(serviceAccount) });
    assert.deepEqual([await live.token(), await live.token()], ['ya29.first', 'ya29.first']);
    assert.deepEqual(
      asked.map(({ host, path }) => `${host}${path}`),
      ['oauth2.googleapis.com/token'],
    );
    const assertion = new URLSearchParams(asked[0]?.body).get('assertion') ?? '';
    await jwtVerify(assertion, await importSPKI(publicKey, 'RS256'), { issuer: serviceAccount.client_email });
    assert.equal(decodeJwt(assertion)['scope'], 'https://www.googleapis.com/auth/firebase.database');
    assert.equal(live.secret, privateKey);
    assert.ok(masked.includes('ya29.first') && masked.includes(privateKey) && privateKey.split('\n').some((line) => masked.includes(line)));
  });

  test('is asked for again minutes before it ends', async () => {
    const ends = [299, 3600];
    answers = { 'oauth2.googleapis.com': () => ({ json: { access_token: `ya29.${ends[0]}`, expires_in: ends.shift(), token_type: 'Bearer' } }) };
    const live = source({ credentials: JSON.stringify(serviceAccount) });
    assert.deepEqual([await live.token(), await live.token(), await live.token()], ['ya29.299', 'ya29.3600', 'ya29.3600']);
  });

  test('comes from the file that the environment names', async () => {
    answers = { 'oauth2.googleapis.com': token('ya29.file') };
    assert.equal(await source({}, { GOOGLE_APPLICATION_CREDENTIALS: file(serviceAccount) }).token(), 'ya29.file');
  });

  test('is asked for once more after an error of the server, and no further', async () => {
    let failures = 1;
    answers = { 'oauth2.googleapis.com': () => (failures-- > 0 ? { status: 503 } : token('ya29.second')()) };
    assert.equal(await source({ credentials: JSON.stringify(serviceAccount) }).token(), 'ya29.second');
    failures = 9;
    assert.match(await failing({ credentials: JSON.stringify(serviceAccount) }), /^The token service of Google answered with a server error \(HTTP 503\)/);
    assert.equal(asked.length, 4);
  });

  test('is refused in words that say why', async () => {
    const says = async (status: number, json: unknown): Promise<string> => {
      answers = { 'oauth2.googleapis.com': () => ({ status, json }) };
      return failing({ credentials: JSON.stringify(serviceAccount) });
    };
    assert.match(
      await says(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }),
      /^Google rejects the key in the credentials of store live\./,
    );
    assert.match(
      await says(400, {
        error: 'invalid_grant',
        error_description: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
      }),
      /The clock of this runner is wrong/,
    );
    assert.match(await says(418, { error: 'teapot' }), /^Google gives no token for the credentials of store live \(HTTP 418\)/);
    answers = { 'oauth2.googleapis.com': () => ({ status: 302, location: 'https://elsewhere.driftwatch.test/' }) };
    assert.match(await failing({ credentials: JSON.stringify(serviceAccount) }), /redirects to another one \(302\), which is not followed/);
    answers = { 'oauth2.googleapis.com': () => ({ json: { nothing: 'here' } }) };
    assert.match(await failing({ credentials: JSON.stringify(serviceAccount) }), /^The credentials of store live give no token/);
    answers = { 'oauth2.googleapis.com': () => ({ page: '<!doctype html><title>Sign in</title>' }) };
    assert.match(await failing({ credentials: JSON.stringify(serviceAccount) }), /^A web page came instead of an answer from the token service of Google/);
    assert.ok(asked.every(({ host }) => host === 'oauth2.googleapis.com'));
  });
});

describe('a token of workload identity federation', () => {
  const federated = (): typeof answers => ({
    'runner.driftwatch.test': () => ({ json: { value: 'identity' } }),
    'sts.googleapis.com': token('federated'),
    'iamcredentials.googleapis.com': () => ({ json: { accessToken: 'ya29.impersonated', expireTime: new Date(Date.now() + 3_600_000).toISOString() } }),
  });
  const impersonating = {
    ...external,
    service_account_impersonation_url:
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/bot@demo-board.iam.gserviceaccount.com:generateAccessToken',
  };

  test('is exchanged for the identity of the run, with and without a service account', async () => {
    answers = federated();
    const direct = source({}, { GOOGLE_APPLICATION_CREDENTIALS: file(external) });
    assert.equal(await direct.token(), 'federated');
    assert.equal(direct.secret, undefined);
    assert.deepEqual(
      asked.map(({ host }) => host),
      ['runner.driftwatch.test', 'sts.googleapis.com'],
    );
    assert.equal(asked[0]?.headers.authorization, 'Bearer runner');
    assert.equal(new URLSearchParams(asked[1]?.body).get('subject_token'), 'identity');
    assert.equal(await source({ credentials: JSON.stringify(impersonating) }).token(), 'ya29.impersonated');
    assert.equal(asked.at(-1)?.headers.authorization, 'Bearer federated');
    assert.ok(masked.includes('ya29.impersonated'));
  });

  test('is asked for through the proxy only', () => {
    const tunnels = ['oauth2.googleapis.com', 'runner.driftwatch.test', 'sts.googleapis.com', 'iamcredentials.googleapis.com'].map(
      (host) => `CONNECT ${host}:443`,
    );
    assert.deepEqual([...new Set(proxy.requests.map(({ line }) => line))].toSorted(), tunnels.toSorted());
  });

  const strange = {
    'the identity of the run': { ...external, credential_source: { ...external.credential_source, url: 'https://elsewhere.driftwatch.test/token' } },
    'the exchange': { ...external, token_url: 'https://elsewhere.driftwatch.test/v1/token' },
    'the service account': { ...external, service_account_impersonation_url: 'https://elsewhere.driftwatch.test/serviceAccounts/a:generateAccessToken' },
    'another path of the runner': { ...external, credential_source: { ...external.credential_source, url: 'https://runner.driftwatch.test/elsewhere' } },
    'an address in the clear': { ...external, token_url: 'http://sts.googleapis.com/v1/token' },
    'an address that only looks like that of Google': { ...external, token_url: 'https://sts.googleapis.com.driftwatch.test/v1/token' },
  };
  for (const [what, credentials] of Object.entries(strange)) {
    test(`sends nothing where the file names somebody else for ${what}`, async () => {
      answers = federated();
      assert.match(await failing({}, { GOOGLE_APPLICATION_CREDENTIALS: file(credentials) }), /neither Google's nor this runner's, so nothing was sent there/);
      assert.ok(asked.every(({ host, path }) => host !== 'elsewhere.driftwatch.test' && path !== '/elsewhere'));
    });
  }

  test('is refused in words that say by whom', async () => {
    answers = { ...federated(), 'runner.driftwatch.test': () => ({ status: 403 }) };
    assert.match(await failing({ credentials: JSON.stringify(external) }), /lacks the permission id-token: write/);
    answers = {
      ...federated(),
      'sts.googleapis.com': () => ({
        status: 400,
        json: { error: 'unauthorized_client', error_description: 'The given credential is rejected by the attribute condition.' },
      }),
    };
    assert.match(await failing({ credentials: JSON.stringify(external) }), /its condition does not allow this repository or branch/);
    answers = {
      ...federated(),
      'iamcredentials.googleapis.com': () => ({ status: 403, json: { error: { code: 403, message: 'Permission denied', status: 'PERMISSION_DENIED' } } }),
    };
    assert.match(await failing({ credentials: JSON.stringify(impersonating) }), /lacks the role roles\/iam\.workloadIdentityUser/);
  });

  test('blames no key where there is none', async () => {
    const says = async (host: string, status: number, json: unknown): Promise<string> => {
      answers = { ...federated(), [host]: () => ({ status, json }) };
      return failing({ credentials: JSON.stringify(impersonating) });
    };
    const audience = { error: 'invalid_grant', error_description: 'The audience in ID Token [x] does not match the expected audience.' };
    assert.match(await says('sts.googleapis.com', 400, audience), /^Google does not accept this workflow as the identity/);
    const stale = { error: 'invalid_grant', error_description: 'ID Token issued at 1 is stale to sign-in.' };
    assert.match(await says('sts.googleapis.com', 400, stale), /by its clock they are not valid yet, or no longer/);
    const off = {
      error: {
        code: 403,
        message: 'IAM Service Account Credentials API has not been used in project 1 before or it is disabled.',
        status: 'PERMISSION_DENIED',
      },
    };
    assert.match(await says('iamcredentials.googleapis.com', 403, off), /or the IAM Service Account Credentials API is off/);
    answers = federated();
    for (const credential_source of [
      { file: join(directory, 'nowhere') },
      { ...external.credential_source, format: { type: 'json', subject_token_field_name: 'other' } },
    ])
      assert.match(
        await failing({ credentials: JSON.stringify({ ...external, credential_source }) }),
        /the identity that credential_source names cannot be read/,
      );
  });
});

describe('credentials', () => {
  test('that are a token already are handed on and asked of nobody', async () => {
    const live = source({ accessToken: 'ya29.ready' });
    assert.deepEqual([await live.token(), live.secret, masked, asked], ['ya29.ready', undefined, ['ya29.ready'], []]);
  });

  test('that are missing, damaged or of another kind say so', async () => {
    assert.match(await failing({}), /^Store live has no credentials: /);
    assert.match(await failing({}, { GOOGLE_APPLICATION_CREDENTIALS: join(directory, 'nowhere.json') }), /is not there, or may not be read/);
    assert.match(await failing({}, { GOOGLE_APPLICATION_CREDENTIALS: JSON.stringify(external) }), /must be the path of a file, and holds the JSON itself/);
    assert.match(await failing({ credentials: './key.json' }), /^The credentials of store live are not JSON: its variable holds something else/);
    const executable = { ...external, credential_source: { executable: { command: '/bin/true' } } };
    for (const other of [{ type: 'authorized_user', refresh_token: 'x' }, executable, { ...external, credential_source: { environment_id: 'aws1' } }]) {
      assert.match(
        await failing({}, { GOOGLE_APPLICATION_CREDENTIALS: file(other) }),
        /are of an unsupported kind: the file that GOOGLE_APPLICATION_CREDENTIALS names/,
      );
    }
    assert.match(await failing({ credentials: JSON.stringify({ ...external, credential_source: {} }) }), /are not complete/);
    assert.match(
      await failing({ credentials: JSON.stringify({ ...serviceAccount, private_key: undefined }) }),
      /are not complete: its variable lacks client_email or private_key\./,
    );
    assert.match(await failing({ credentials: JSON.stringify({ ...serviceAccount, private_key: 'cut' }) }), /the private key cannot be used to sign/);
    assert.deepEqual(asked, []);
  });
});

describe('a token that is refused in the middle of a run', () => {
  const isFirst = (authorization: string | undefined) => authorization === 'Bearer ya29.1';
  /** Tokens in the order in which they were given. */
  const counted = (): typeof answers => {
    let given = 0;
    return {
      'runner.driftwatch.test': () => ({ json: { value: 'identity' } }),
      'oauth2.googleapis.com': () => token(`ya29.${(given += 1)}`)(),
      'sts.googleapis.com': () => token(`ya29.${(given += 1)}`)(),
    };
  };
  const tokensAsked = () => asked.filter(({ host }) => host !== 'runner.driftwatch.test').length;

  for (const [kind, credentials] of Object.entries({ 'a service account': serviceAccount, 'workload identity federation': external })) {
    const declared = { credentials: JSON.stringify(credentials) };
    const environment = { ACTIONS_ID_TOKEN_REQUEST_URL: runnersUrl };

    test(`is replaced once, however many were refused it: ${kind}`, async () => {
      answers = counted();
      const live = source(declared);
      assert.deepEqual([await live.token(), await live.token('another')], ['ya29.1', 'ya29.1']);
      assert.deepEqual(await Promise.all([live.token('ya29.1'), live.token('ya29.1'), live.token('ya29.1')]), ['ya29.2', 'ya29.2', 'ya29.2']);
      assert.deepEqual([await live.token('ya29.1'), tokensAsked()], ['ya29.2', 2]);
    });

    test(`ends no run that reads Firestore: ${kind}`, async () => {
      answers = counted();
      const fire = await startFirestore({ project: 'demo-board' });
      try {
        for (const id of ['a', 'b']) fire.set(`posts/${id}`, toFields({ n: 1 }));
        const posts = open(storeAt(undefined, { origin: fire.url, environment, ...declared }), 'posts/{id}');
        assert.equal((await posts.count([]))?.rows, 2);
        fire.fault(({ headers }) => (isFirst(headers.authorization) ? failure('UNAUTHENTICATED', 'Request had invalid credentials.') : undefined));
        assert.equal((await posts.count([]))?.rows, 2);
        fire.fault(() => failure('UNAUTHENTICATED', 'Request had invalid credentials.'));
        await assert.rejects(posts.count([]), /^ReadError: Firestore does not accept the token that it gave/);
        assert.equal(tokensAsked(), 3);
      } finally {
        await fire.stop();
      }
    });

    test(`ends no run that reads a Realtime Database: ${kind}`, async () => {
      answers = counted();
      const accessTokens = ['ya29.1'];
      const live = await startRealtimeDatabase({ accessTokens });
      try {
        const { signal: stop, remainingMs } = startBudget(60);
        const store = createRealtimeDatabaseStore('live', { url: live.url, ...declared }, { environment, mask: () => undefined, stop, remainingMs });
        await store.probe();
        accessTokens[0] = 'ya29.2';
        await store.probe();
        accessTokens[0] = 'none';
        await assert.rejects(store.probe(), /^ReadError: The Realtime Database of store live does not accept the account in the credentials/);
        assert.equal(tokensAsked(), 3);
      } finally {
        await live.close();
      }
    });
  }
});

test('a token goes to hosts of Google and to this machine', () => {
  const may = (address: string): boolean => mayHoldToken(new URL(address));
  assert.ok(
    [
      'https://firestore.googleapis.com/v1',
      'https://demo.firebaseio.com',
      'https://demo.europe-west1.firebasedatabase.app',
      'http://127.0.0.1:9000',
      'http://localhost:1',
    ].every(may),
  );
  assert.ok(!['http://demo.firebaseio.com', 'https://firebaseio.com.example', 'https://evilfirebaseio.com', 'http://127.0.0.1.example'].some(may));
});
