import { readFileSync } from 'node:fs';
import type { Transporter } from 'google-auth-library/build/src/gtoken/tokenOptions.js';
import { againAfter, causeOf, causeOfAnswer, causeOfError, type Cause } from '../http/cause.ts';
import { isLoopback } from '../http/proxy.ts';
import { retried } from '../http/retry.ts';
import { ask, type Answer } from '../http/send.ts';
import { sentenceFor, type Host } from '../http/sentence.ts';
import { BudgetError, ReadError } from './errors.ts';
import { triesOfRead } from './tries.ts';

/**
 * Access tokens of Google, for whichever store needs one. Keys and tokens are the business of Google's own library; what is
 * ours is whom it may talk to, how often it asks, and what a person is told when there is no token.
 */
export type TokenSource = {
  /**
   * One that is good for some minutes at least.
   *
   * @param rejected one that was not accepted: where another one can be asked for, that one comes
   * @throws {ReadError | BudgetError}
   */
  readonly token: (rejected?: string) => Promise<string>;
  /** What stays the same and is known to nobody else: the private key of a service account. */
  readonly secret: string | undefined;
};

/** As a store declares them. With neither, what `GOOGLE_APPLICATION_CREDENTIALS` names. */
export type DeclaredCredentials = {
  /** JSON of a service account's key, or of `external_account`. */
  readonly credentials?: string | undefined;
  readonly accessToken?: string | undefined;
};

export type TokenOptions = {
  readonly scopes: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Keeps a secret out of the log. */
  readonly mask: (secret: string) => void;
  /** The end of the time budget. */
  readonly stop: AbortSignal;
  readonly remainingMs: () => number;
};

const requestTimeoutMs = 15_000;
const retryMs = 500;
const maxAnswerBytes = 2 ** 20;

/** Whether a token of Google may be sent there: to Google's own hosts, and to this machine, where tests run. */
export function mayHoldToken(url: URL): boolean {
  if (isLoopback(url)) return true;
  return url.protocol === 'https:' && /\.(?:googleapis\.com|firebaseio\.com|firebasedatabase\.app)$/.test(url.hostname);
}

export const emulatorToken = 'owner';

/** What is asked for a token, in the words of a sentence. */
const tokenService: Host = {
  who: 'the token service of Google',
  address: 'oauth2.googleapis.com',
  whenGone: 'this runner has no name server that knows it',
  whenDown: 'run again, and look at the status page of Google Cloud if it persists',
};

/** @param store name of the store in the file, for sentences */
export function createTokenSource(store: string, { credentials, accessToken }: DeclaredCredentials, options: TokenOptions): TokenSource {
  if (accessToken !== undefined) {
    options.mask(accessToken);
    return { token: async () => accessToken, secret: undefined };
  }
  const read = readCredentials(store, credentials, options.environment);
  if (read instanceof ReadError) return { token: () => Promise.reject(read), secret: undefined };
  for (const secret of secretsIn(read)) options.mask(secret);
  let client: Promise<Client> | undefined;
  let latest: string | undefined;
  return {
    async token(rejected) {
      // The library hands out a token for as long as it should be good. Of several who had the same one rejected, the first asks for another.
      if (rejected !== undefined && rejected === latest) [client, latest] = [undefined, undefined];
      latest = await tokenOf(store, await (client ??= createClient(store, read, options)), options);
      return latest;
    },
    secret: read.type === 'service_account' ? read.key.private_key : undefined,
  };
}

type ServiceAccount = { readonly client_email: string; readonly private_key: string };
type Credentials =
  | { readonly type: 'service_account'; readonly key: ServiceAccount }
  | { readonly type: 'external_account'; readonly account: Readonly<Record<string, unknown>> };

const whatIsNeeded = 'the JSON key of a service account, or the file that google-github-actions/auth leaves for workload identity federation';

function readCredentials(store: string, written: string | undefined, environment: TokenOptions['environment']): Credentials | ReadError {
  const file = environment['GOOGLE_APPLICATION_CREDENTIALS'];
  if (written === undefined && !file) {
    return new ReadError(
      `Store ${store} has no credentials: the file names none, and the variable GOOGLE_APPLICATION_CREDENTIALS is not set. Run google-github-actions/auth before this step, or write credentials: and the name of a variable under the store.`,
    );
  }
  if (written === undefined && parsedObject(file ?? '') !== undefined) {
    return new ReadError(
      `The credentials of store ${store} cannot be read: GOOGLE_APPLICATION_CREDENTIALS must be the path of a file, and holds the JSON itself. Write credentials: with the name of that variable under the store.`,
    );
  }
  const text = written ?? textOf(file ?? '');
  const from = written === undefined ? 'the file that GOOGLE_APPLICATION_CREDENTIALS names' : 'its variable';
  if (text === undefined) {
    return new ReadError(
      `The credentials of store ${store} cannot be read: the file that GOOGLE_APPLICATION_CREDENTIALS names is not there, or may not be read. Run google-github-actions/auth in the same job before this step.`,
    );
  }
  const parsed = parsedObject(text);
  if (parsed === undefined) {
    return new ReadError(
      `The credentials of store ${store} are not JSON: ${from} holds something else, perhaps the path of a file, or part of it was lost. Store ${whatIsNeeded}, whole.`,
    );
  }
  const { type, client_email, private_key } = parsed;
  if (type === 'service_account' && typeof client_email === 'string' && typeof private_key === 'string') {
    return { type, key: { client_email, private_key } };
  }
  if (type === 'service_account') {
    return new ReadError(
      `The credentials of store ${store} are not complete: ${from} lacks client_email or private_key. Store the JSON key of the service account again, whole.`,
    );
  }
  if (type === 'external_account' && isPlainSource(parsed['credential_source'])) return { type, account: parsed };
  return new ReadError(
    `The credentials of store ${store} are of an unsupported kind: ${from} must hold ${whatIsNeeded}. The login of a person, another cloud or a program does not work here: create a service account for this job.`,
  );
}

/** A program, a certificate or another cloud's metadata as the source of an identity is nothing that a runner of GitHub needs. */
function isPlainSource(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false;
  const known = new Set(['file', 'url', 'headers', 'format']);
  return Object.keys(source).every((key) => known.has(key));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Lines as well: a log shows a key of several lines one by one. */
const secretsIn = (credentials: Credentials): string[] =>
  credentials.type === 'service_account' ? [credentials.key.private_key, ...credentials.key.private_key.split('\n').filter((line) => line.length >= 40)] : [];

/** A request that was not answered as it should be. */
type Failure = { readonly cause: Cause; readonly said: string; readonly host: string };

type GetToken = () => Promise<string | null | undefined>;

type Client = {
  readonly type: Credentials['type'];
  readonly getToken: GetToken;
  /** What happened on the wire since `failure` was last set to `undefined`; the library's own errors may hold anything. */
  readonly wire: { failure: Failure | undefined };
};

async function createClient(store: string, credentials: Credentials, options: TokenOptions): Promise<Client> {
  const wire: Client['wire'] = { failure: undefined };
  const send = guardedFetch(store, wire, options);
  const getToken =
    credentials.type === 'service_account'
      ? await openServiceAccount(credentials.key, options.scopes, send)
      : await openPool(credentials.account, options.scopes, send, store);
  return { type: credentials.type, getToken, wire };
}

/** How long before its end a token is replaced; the library's default where it has one. */
const earlyMs = 5 * 60_000;

// From their own files: the package would be loaded as a whole, with what is for other clouds. A CommonJS
// module is the default export, as Node has it, and a bundle as well.

/** Only with what signs and keeps tokens: the library's client would load one for HTTP as well, for 20 ms of CPU. */
async function openServiceAccount({ client_email, private_key }: ServiceAccount, scopes: readonly string[], send: typeof fetch): Promise<GetToken> {
  const { TokenHandler } = (await import('google-auth-library/build/src/gtoken/tokenHandler.js')).default;
  const transporter = {
    async request({ url, method, data }: { url: string; method: string; data: URLSearchParams }) {
      const response = await send(url, { method, body: data });
      if (!response.ok) throw new Error('no token');
      return { data: await response.json() };
    },
  };
  const handler = new TokenHandler({
    iss: client_email,
    key: private_key,
    scope: scopes.join(' '),
    eagerRefreshThresholdMillis: earlyMs,
    transporter: transporter as unknown as Transporter,
  });
  return async () => (await handler.getToken(false)).access_token;
}

async function openPool(account: Readonly<Record<string, unknown>>, scopes: readonly string[], send: typeof fetch, store: string): Promise<GetToken> {
  const { globalAgent } = await import('node:https');
  const { IdentityPoolClient: Client } = (await import('google-auth-library/build/src/auth/identitypoolclient.js')).default;
  try {
    // An agent as well, although nobody asks it: without one the library would make one of its own for a proxy.
    const transporterOptions = { fetchImplementation: send, agent: globalAgent };
    const pool = new Client({ ...(account as unknown as ConstructorParameters<typeof Client>[0]), scopes: [...scopes], transporterOptions });
    // Trying again is for whoever knows how much time there is.
    pool.transporter.interceptors.request.add({ resolved: async (config) => ({ ...config, retry: false, retryConfig: { retry: 0, noResponseRetries: 0 } }) });
    // The library gives the exchange of tokens another transport, which would go wherever the file says.
    const exchange: unknown = Reflect.get(pool, 'stsCredential');
    if (typeof exchange !== 'object' || exchange === null || !Reflect.set(exchange, 'transporter', pool.transporter)) throw new TypeError('no exchange');
    return async () => (await pool.getAccessToken()).token;
  } catch (error) {
    throw new ReadError(
      `The credentials of store ${store} are not complete: something that external_account needs is missing or is not what it should be. Run google-github-actions/auth again, and pass on its file unchanged.`,
      { cause: error },
    );
  }
}

/** What the library sends with: only to where an identity may be shown, through the proxy that stands for the address, along no redirect. */
function guardedFetch(store: string, wire: Client['wire'], { environment, stop }: TokenOptions): typeof fetch {
  return async (address, init = {}) => {
    const url = new URL(address instanceof Request ? address.url : address);
    if (!isTrusted(url, environment['ACTIONS_ID_TOKEN_REQUEST_URL'])) {
      throw new ReadError(
        `The credentials of store ${store} name an address that is neither Google's nor this runner's, so nothing was sent there. Somebody changed the file, or it is for another cloud: use the file that google-github-actions/auth writes, unchanged.`,
      );
    }
    const { method = 'GET', headers, body } = init;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
    try {
      const answer = await ask(url, { method, signal, ...(headers && { headers }), ...(body && { body }) }, maxAnswerBytes);
      const isError = answer.status < 200 || answer.status >= 300;
      // A web page is no token, whatever its status.
      const cause = isError ? causeOfAnswer(answer) : causeOf({ answer, defect: 'not-json' });
      if (cause) wire.failure = { cause, said: saidIn(answer), host: url.hostname };
      return new Response(answer.body || null, {
        status: answer.status >= 200 ? answer.status : 502,
        headers: { 'content-type': answer.headers.get('content-type') ?? 'application/json' },
      });
    } catch (error) {
      wire.failure = { cause: causeOfError(error), said: '', host: url.hostname };
      throw error;
    }
  };
}

/** Who asks for the identity of a run of GitHub is told by the runner, with a token for nobody else. */
function isTrusted(url: URL, runners: string | undefined): boolean {
  if (url.protocol === 'https:' && url.hostname.endsWith('.googleapis.com')) return true;
  if (runners === undefined || !URL.canParse(runners)) return false;
  const { origin, pathname } = new URL(runners);
  return url.origin === origin && url.pathname === pathname;
}

async function tokenOf(store: string, { type, getToken, wire }: Client, { stop, remainingMs, mask }: TokenOptions): Promise<string> {
  const got = await retried(
    async () => {
      wire.failure = undefined;
      try {
        return { token: (await getToken()) ?? undefined, error: undefined };
      } catch (error) {
        return { token: undefined, error };
      }
    },
    ({ token }) => (token === undefined && wire.failure && !stop.aborted ? againAfter(wire.failure.cause, triesOfRead) : undefined),
    { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop },
  );
  if (got.token) {
    mask(got.token);
    return got.token;
  }
  if (stop.aborted) throw new BudgetError();
  throw toldError(store, type, got.error, wire.failure);
}

/** The library wraps what a request threw. */
const toldIn = (error: unknown): ReadError | undefined => (error instanceof ReadError ? error : error instanceof Error ? toldIn(error.cause) : undefined);

function toldError(store: string, type: Credentials['type'], error: unknown, failure: Failure | undefined): ReadError {
  const known = toldIn(error);
  if (known) return known;
  if (!failure && type === 'external_account') {
    return new ReadError(
      `The credentials of store ${store} give no token: the identity that credential_source names cannot be read, or what came back is not a token. The file that holds the identity is not there, or credential_source was changed: run google-github-actions/auth in the same job before this step, and pass on its file unchanged.`,
      { cause: error },
    );
  }
  if (!failure) {
    return new ReadError(
      `The credentials of store ${store} give no token: the private key cannot be used to sign, or what came back is not a token. The key was damaged when it was stored, often at its line breaks: store the JSON of the service account again, whole.`,
      { cause: error },
    );
  }
  return new ReadError(
    ofService(store, failure) ?? sentenceFor(failure.cause, { ...tokenService, address: failure.host }, requestTimeoutMs) ?? refused(store, failure),
    { cause: error },
  );
}

/** `error` and `error_description` as OAuth has them, or what Google's APIs say. They are recognized, never shown. */
function saidIn({ body }: Answer): string {
  const { error, error_description } = parsedObject(body) ?? {};
  const parts = typeof error === 'object' && error !== null ? Object.values(error) : [error, error_description];
  return parts.filter((part) => typeof part === 'string').join(' ');
}

function ofService(store: string, { said, host, cause }: Failure): string | undefined {
  if (cause.status >= 500 || cause.status < 400) return undefined;
  if (/invalid_grant/.test(said) && /\b(?:timeframe|iat|exp|short-lived|stale|expired)\b/i.test(said)) {
    return `Google does not accept the credentials of store ${store} now: by its clock they are not valid yet, or no longer. The clock of this runner is wrong, or a step took too long: set the clock, and run again.`;
  }
  if (host.startsWith('sts.')) {
    return `Google does not accept this workflow as the identity that the credentials of store ${store} ask for (HTTP ${cause.status}). The workload identity provider is another one, is disabled, or its condition does not allow this repository or branch: compare the provider in Google Cloud with the inputs of google-github-actions/auth.`;
  }
  if (host.startsWith('iamcredentials.')) {
    return `This workflow may not act as the service account in the credentials of store ${store} (HTTP ${cause.status}). Its identity lacks the role roles/iam.workloadIdentityUser on the account, or the IAM Service Account Credentials API is off: grant the role, or turn on the API.`;
  }
  if (host.startsWith('oauth2.') && /invalid_grant|invalid_client|disabled|deleted|account not found|Invalid JWT/i.test(said)) {
    return `Google rejects the key in the credentials of store ${store}. The key or its service account was deleted or disabled: create a new key in Google Cloud, or better use google-github-actions/auth without a key, and replace the secret.`;
  }
  return undefined;
}

function refused(store: string, { cause, host }: Failure): string {
  if (host.endsWith('.googleapis.com'))
    return `Google gives no token for the credentials of store ${store} (HTTP ${cause.status}). They were revoked or are for something else: create new ones, and replace the secret.`;
  return `The runner gives no identity for the credentials of store ${store} (HTTP ${cause.status}). The job lacks the permission id-token: write, or ran so long that it is over: add the permission, and run google-github-actions/auth right before this step.`;
}
