import {
  BudgetError,
  ReadError,
  againAfter,
  ask,
  causeOf,
  causeOfAnswer,
  causeOfError,
  retried,
  sentenceFor,
  triesOfRead
} from "./shared-postgrest-js.js";
import {
  isLoopback
} from "./shared-zod.js";

// action/src/store/google-auth.ts
import { readFileSync } from "node:fs";
var requestTimeoutMs = 15e3;
var retryMs = 500;
var maxAnswerBytes = 2 ** 20;
function mayHoldToken(url) {
  if (isLoopback(url)) return true;
  return url.protocol === "https:" && /\.(?:googleapis\.com|firebaseio\.com|firebasedatabase\.app)$/.test(url.hostname);
}
var emulatorToken = "owner";
var tokenService = {
  who: "the token service of Google",
  address: "oauth2.googleapis.com",
  whenGone: "this runner has no name server that knows it",
  whenDown: "run again, and look at the status page of Google Cloud if it persists"
};
function createTokenSource(store, { credentials, accessToken }, options) {
  if (accessToken !== void 0) {
    options.mask(accessToken);
    return { token: async () => accessToken, secret: void 0 };
  }
  const read = readCredentials(store, credentials, options.environment);
  if (read instanceof ReadError) return { token: () => Promise.reject(read), secret: void 0 };
  for (const secret of secretsIn(read)) options.mask(secret);
  let client;
  let latest;
  return {
    async token(rejected) {
      if (rejected !== void 0 && rejected === latest) [client, latest] = [void 0, void 0];
      latest = await tokenOf(store, await (client ??= createClient(store, read, options)), options);
      return latest;
    },
    secret: read.type === "service_account" ? read.key.private_key : void 0
  };
}
var whatIsNeeded = "the JSON key of a service account, or the file that google-github-actions/auth leaves for workload identity federation";
function readCredentials(store, written, environment) {
  const file = environment["GOOGLE_APPLICATION_CREDENTIALS"];
  if (written === void 0 && !file) {
    return new ReadError(
      `Store ${store} has no credentials: the file names none, and the variable GOOGLE_APPLICATION_CREDENTIALS is not set. Run google-github-actions/auth before this step, or write credentials: and the name of a variable under the store.`
    );
  }
  if (written === void 0 && parsedObject(file ?? "") !== void 0) {
    return new ReadError(
      `The credentials of store ${store} cannot be read: GOOGLE_APPLICATION_CREDENTIALS must be the path of a file, and holds the JSON itself. Write credentials: with the name of that variable under the store.`
    );
  }
  const text = written ?? textOf(file ?? "");
  const from = written === void 0 ? "the file that GOOGLE_APPLICATION_CREDENTIALS names" : "its variable";
  if (text === void 0) {
    return new ReadError(
      `The credentials of store ${store} cannot be read: the file that GOOGLE_APPLICATION_CREDENTIALS names is not there, or may not be read. Run google-github-actions/auth in the same job before this step.`
    );
  }
  const parsed = parsedObject(text);
  if (parsed === void 0) {
    return new ReadError(
      `The credentials of store ${store} are not JSON: ${from} holds something else, perhaps the path of a file, or part of it was lost. Store ${whatIsNeeded}, whole.`
    );
  }
  const { type, client_email, private_key } = parsed;
  if (type === "service_account" && typeof client_email === "string" && typeof private_key === "string") {
    return { type, key: { client_email, private_key } };
  }
  if (type === "service_account") {
    return new ReadError(
      `The credentials of store ${store} are not complete: ${from} lacks client_email or private_key. Store the JSON key of the service account again, whole.`
    );
  }
  if (type === "external_account" && isPlainSource(parsed["credential_source"])) return { type, account: parsed };
  return new ReadError(
    `The credentials of store ${store} are of an unsupported kind: ${from} must hold ${whatIsNeeded}. The login of a person, another cloud or a program does not work here: create a service account for this job.`
  );
}
function isPlainSource(source) {
  if (typeof source !== "object" || source === null) return false;
  const known = /* @__PURE__ */ new Set(["file", "url", "headers", "format"]);
  return Object.keys(source).every((key) => known.has(key));
}
function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return void 0;
  }
}
function parsedObject(text) {
  try {
    const parsed = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : void 0;
  } catch {
    return void 0;
  }
}
var secretsIn = (credentials) => credentials.type === "service_account" ? [credentials.key.private_key, ...credentials.key.private_key.split("\n").filter((line) => line.length >= 40)] : [];
async function createClient(store, credentials, options) {
  const wire = { failure: void 0 };
  const send = guardedFetch(store, wire, options);
  const getToken = credentials.type === "service_account" ? await openServiceAccount(credentials.key, options.scopes, send) : await openPool(credentials.account, options.scopes, send, store);
  return { type: credentials.type, getToken, wire };
}
var earlyMs = 5 * 6e4;
async function openServiceAccount({ client_email, private_key }, scopes, send) {
  const { TokenHandler } = (await import("./google-auth-library-2.js")).default;
  const transporter = {
    async request({ url, method, data }) {
      const response = await send(url, { method, body: data });
      if (!response.ok) throw new Error("no token");
      return { data: await response.json() };
    }
  };
  const handler = new TokenHandler({
    iss: client_email,
    key: private_key,
    scope: scopes.join(" "),
    eagerRefreshThresholdMillis: earlyMs,
    transporter
  });
  return async () => (await handler.getToken(false)).access_token;
}
async function openPool(account, scopes, send, store) {
  const { globalAgent } = await import("node:https");
  const { IdentityPoolClient: Client } = (await import("./google-auth-library.js")).default;
  try {
    const transporterOptions = { fetchImplementation: send, agent: globalAgent };
    const pool = new Client({ ...account, scopes: [...scopes], transporterOptions });
    pool.transporter.interceptors.request.add({ resolved: async (config) => ({ ...config, retry: false, retryConfig: { retry: 0, noResponseRetries: 0 } }) });
    const exchange = Reflect.get(pool, "stsCredential");
    if (typeof exchange !== "object" || exchange === null || !Reflect.set(exchange, "transporter", pool.transporter)) throw new TypeError("no exchange");
    return async () => (await pool.getAccessToken()).token;
  } catch (error) {
    throw new ReadError(
      `The credentials of store ${store} are not complete: something that external_account needs is missing or is not what it should be. Run google-github-actions/auth again, and pass on its file unchanged.`,
      { cause: error }
    );
  }
}
function guardedFetch(store, wire, { environment, stop }) {
  return async (address, init = {}) => {
    const url = new URL(address instanceof Request ? address.url : address);
    if (!isTrusted(url, environment["ACTIONS_ID_TOKEN_REQUEST_URL"])) {
      throw new ReadError(
        `The credentials of store ${store} name an address that is neither Google's nor this runner's, so nothing was sent there. Somebody changed the file, or it is for another cloud: use the file that google-github-actions/auth writes, unchanged.`
      );
    }
    const { method = "GET", headers, body } = init;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
    try {
      const answer = await ask(url, { method, signal, ...headers && { headers }, ...body && { body } }, maxAnswerBytes);
      const isError = answer.status < 200 || answer.status >= 300;
      const cause = isError ? causeOfAnswer(answer) : causeOf({ answer, defect: "not-json" });
      if (cause) wire.failure = { cause, said: saidIn(answer), host: url.hostname };
      return new Response(answer.body || null, {
        status: answer.status >= 200 ? answer.status : 502,
        headers: { "content-type": answer.headers.get("content-type") ?? "application/json" }
      });
    } catch (error) {
      wire.failure = { cause: causeOfError(error), said: "", host: url.hostname };
      throw error;
    }
  };
}
function isTrusted(url, runners) {
  if (url.protocol === "https:" && url.hostname.endsWith(".googleapis.com")) return true;
  if (runners === void 0 || !URL.canParse(runners)) return false;
  const { origin, pathname } = new URL(runners);
  return url.origin === origin && url.pathname === pathname;
}
async function tokenOf(store, { type, getToken, wire }, { stop, remainingMs, mask }) {
  const got = await retried(
    async () => {
      wire.failure = void 0;
      try {
        return { token: await getToken() ?? void 0, error: void 0 };
      } catch (error) {
        return { token: void 0, error };
      }
    },
    ({ token }) => token === void 0 && wire.failure && !stop.aborted ? againAfter(wire.failure.cause, triesOfRead) : void 0,
    { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop }
  );
  if (got.token) {
    mask(got.token);
    return got.token;
  }
  if (stop.aborted) throw new BudgetError();
  throw toldError(store, type, got.error, wire.failure);
}
var toldIn = (error) => error instanceof ReadError ? error : error instanceof Error ? toldIn(error.cause) : void 0;
function toldError(store, type, error, failure) {
  const known = toldIn(error);
  if (known) return known;
  if (!failure && type === "external_account") {
    return new ReadError(
      `The credentials of store ${store} give no token: the identity that credential_source names cannot be read, or what came back is not a token. The file that holds the identity is not there, or credential_source was changed: run google-github-actions/auth in the same job before this step, and pass on its file unchanged.`,
      { cause: error }
    );
  }
  if (!failure) {
    return new ReadError(
      `The credentials of store ${store} give no token: the private key cannot be used to sign, or what came back is not a token. The key was damaged when it was stored, often at its line breaks: store the JSON of the service account again, whole.`,
      { cause: error }
    );
  }
  return new ReadError(
    ofService(store, failure) ?? sentenceFor(failure.cause, { ...tokenService, address: failure.host }, requestTimeoutMs) ?? refused(store, failure),
    { cause: error }
  );
}
function saidIn({ body }) {
  const { error, error_description } = parsedObject(body) ?? {};
  const parts = typeof error === "object" && error !== null ? Object.values(error) : [error, error_description];
  return parts.filter((part) => typeof part === "string").join(" ");
}
function ofService(store, { said, host, cause }) {
  if (cause.status >= 500 || cause.status < 400) return void 0;
  if (/invalid_grant/.test(said) && /\b(?:timeframe|iat|exp|short-lived|stale|expired)\b/i.test(said)) {
    return `Google does not accept the credentials of store ${store} now: by its clock they are not valid yet, or no longer. The clock of this runner is wrong, or a step took too long: set the clock, and run again.`;
  }
  if (host.startsWith("sts.")) {
    return `Google does not accept this workflow as the identity that the credentials of store ${store} ask for (HTTP ${cause.status}). The workload identity provider is another one, is disabled, or its condition does not allow this repository or branch: compare the provider in Google Cloud with the inputs of google-github-actions/auth.`;
  }
  if (host.startsWith("iamcredentials.")) {
    return `This workflow may not act as the service account in the credentials of store ${store} (HTTP ${cause.status}). Its identity lacks the role roles/iam.workloadIdentityUser on the account, or the IAM Service Account Credentials API is off: grant the role, or turn on the API.`;
  }
  if (host.startsWith("oauth2.") && /invalid_grant|invalid_client|disabled|deleted|account not found|Invalid JWT/i.test(said)) {
    return `Google rejects the key in the credentials of store ${store}. The key or its service account was deleted or disabled: create a new key in Google Cloud, or better use google-github-actions/auth without a key, and replace the secret.`;
  }
  return void 0;
}
function refused(store, { cause, host }) {
  if (host.endsWith(".googleapis.com"))
    return `Google gives no token for the credentials of store ${store} (HTTP ${cause.status}). They were revoked or are for something else: create new ones, and replace the secret.`;
  return `The runner gives no identity for the credentials of store ${store} (HTTP ${cause.status}). The job lacks the permission id-token: write, or ran so long that it is over: add the permission, and run google-github-actions/auth right before this step.`;
}

// action/src/store/emulator.ts
function emulatorOrigin(written) {
  const [, scheme = "http://", host = ""] = /^(https?:\/\/)?((?:[\w.-]+|\[[\da-f:]+\]):\d{1,5})\/*$/i.exec(written.trim()) ?? [];
  return URL.canParse(scheme + host) ? scheme + host : "";
}

export {
  mayHoldToken,
  emulatorToken,
  createTokenSource,
  emulatorOrigin
};
