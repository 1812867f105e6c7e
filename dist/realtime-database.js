import {
  createTokenSource,
  emulatorOrigin,
  emulatorToken,
  mayHoldToken
} from "./shared-google-auth.js";
import {
  parseExactJson
} from "./shared-row-functions.js";
import {
  fieldsIn,
  isList,
  isScalar,
  isTable,
  matchPath,
  mayBeSince,
  rowFields,
  valueAt
} from "./shared-yaml.js";
import "./shared-groups.js";
import {
  BudgetError,
  ReadError,
  againAfter,
  ask,
  asked,
  causeOf,
  retried,
  sentenceFor,
  triesFor
} from "./shared-postgrest-js.js";
import {
  isLoopback
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/store/realtime-database/read-error.ts
var hostOf = ({ store, isEmulator }) => ({
  who: `the Realtime Database of store ${store}`,
  address: isEmulator ? "FIREBASE_DATABASE_EMULATOR_HOST" : `the url of store ${store}`,
  whenGone: isEmulator ? "the emulator runs under another name" : "the database was deleted: compare it with the Firebase console",
  whenDown: isEmulator ? "look at what the emulator prints, and start it again" : "run again, and look at the status page of Firebase if it persists"
});
function againAfterRead(failed, tries) {
  const cause = causeOf(failed);
  return cause ? againAfter(cause, tries) : { tries };
}
function tooMuchOf(failed) {
  if (failed.defect === "too-large") return "bytes";
  const cause = causeOf(failed);
  if (cause === void 0) return void 0;
  const { kind, status, message } = cause;
  if (kind === "timeout" || gaveUp(cause)) return "time";
  return kind === "said" && (status === 413 || /exceeds the maximum size|payload is too large/i.test(message)) ? "bytes" : void 0;
}
var gaveUp = ({ kind, message }) => kind === "said" && /\btim(?:ed?|ing)[ -]?out\b|\bdeadline\b|\ballotted time\b/i.test(message);
function readError(failed, who) {
  const error = new ReadError(explain(failed, who), failed.thrown === void 0 ? void 0 : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  return error;
}
function explain(failed, who) {
  const { path } = failed;
  const cause = causeOf(failed);
  if (cause) return ofService(cause, path, who) ?? sentenceFor(cause, hostOf(who), who.timeoutMs, ` when path ${path} was read`) ?? refusal(cause, path, who);
  if (failed.defect === "too-large") return tooLarge(path, who);
  return `The answer for path ${path} is not the JSON that a Realtime Database gives. The url of store ${who.store} is the address of something else, or the answer was damaged in transit: check the url, and run again.`;
}
var tooLarge = (path, { maxBytes }) => `A node at path ${path}, or the list of nodes there, is larger than a run reads at once (${Math.round(maxBytes / 2 ** 20)} MiB), or than the Realtime Database returns at once. Something wrote far too much into it, or the path in the file ends too high up: look for large nodes in the Firebase console, and name the path down to the nodes that are rows.`;
function ofService(cause, path, { store, isReadyToken, ...who }) {
  const { kind, status, message } = cause;
  if (kind === "limited")
    return `The Realtime Database of store ${store} refuses more requests for now (HTTP 429)${asked(cause)}. Something else uses up its limit: run again later.`;
  if (kind !== "said") return void 0;
  if (gaveUp(cause)) {
    return `Reading path ${path} took longer than the Realtime Database of store ${store} allows (HTTP ${status}). It is busy, or a node there is large: run again at a quieter time, or name the path down to the nodes that are rows.`;
  }
  if (/lives in a different region/i.test(message)) return ofRegion(message, store);
  if (status === 402 || /exceeded its quota/i.test(message)) {
    return `The Realtime Database of store ${store} is switched off because a quota is used up (HTTP ${status}). The Spark plan allows 10 GB of downloads a month, and every run downloads what it compares: look at Usage in the Firebase console, and choose the Blaze plan or run less often.`;
  }
  if (status === 423 || /disabled by a database owner/i.test(message))
    return `The Realtime Database of store ${store} was switched off by an owner of the project (HTTP ${status}). Enable it again in the Firebase console, or remove the pair from the file.`;
  if (status === 404 || /invalid firebase database name/i.test(message)) {
    return `There is no Realtime Database at the url of store ${store} (HTTP ${status}). The name is mistyped, or the database was deleted: copy the URL from Realtime Database in the Firebase console.`;
  }
  if (status === 401 && /appcheck/i.test(message)) {
    return `The Realtime Database of store ${store} requires an App Check token (HTTP 401), which only apps have. The credentials are not those of a service account: use one with the role roles/firebasedatabase.viewer.`;
  }
  if (status === 401 && /permission denied/i.test(message)) {
    return `The rules of the Realtime Database of store ${store} do not let path ${path} be read (HTTP 401, permission denied). The token is that of a user of the app, to whom rules apply: use a service account with the role roles/firebasedatabase.viewer, to which they do not.`;
  }
  if (status === 401 || status === 403) {
    return isReadyToken ? `The Realtime Database of store ${store} does not accept the token in access-token (HTTP ${status}). Such a token lasts an hour and needs the scopes firebase.database and userinfo.email, and its account needs the role roles/firebasedatabase.viewer: get a new one right before this step, or use credentials.` : `The Realtime Database of store ${store} does not accept the account in the credentials (HTTP ${status}). It lacks the role roles/firebasedatabase.viewer in the project of the database, or is of another project: grant the role under IAM in Google Cloud.`;
  }
  if (status === 413 || /exceeds the maximum size|payload is too large/i.test(message)) return tooLarge(path, { store, isReadyToken, ...who });
  return void 0;
}
function ofRegion(message, store) {
  const [url] = /https:\/\/[a-z\d-]{1,63}\.[a-z\d-]{1,40}\.firebasedatabase\.app(?=\/?["'.\s]|\/?$)/.exec(message) ?? [];
  return `The Realtime Database of store ${store} is in a different region than its url says (HTTP 404). Set the url to ${url ?? "the one that the Firebase console shows"}.`;
}
var refusal = ({ status }, path, { store }) => `The Realtime Database of store ${store} refused to give path ${path} (HTTP ${status}). Its url is probably that of something else: compare it with the Firebase console.`;

// action/src/store/realtime-database/names.ts
var longestName = 768;
var isName = (text) => text !== "" && text.isWellFormed() && Buffer.byteLength(text) <= longestName && !new RegExp("[.$#\\[\\]\\/[\\p{Cc}--[\\x80-\\x9f]]]", "v").test(text);
function compareNames(a, b) {
  const [first, second] = [integerIn(a), integerIn(b)];
  if (first !== void 0 && second !== void 0) return first - second || a.length - b.length;
  if (first !== void 0 || second !== void 0) return first === void 0 ? 1 : -1;
  return a === b ? 0 : a < b ? -1 : 1;
}
function integerIn(name) {
  if (!/^-?0*\d{1,10}$/.test(name)) return void 0;
  const value = Number(name);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : void 0;
}
var childrenOf = (value) => [...fieldsIn(value, true) ?? []];
var nodeOf = (value) => isList(value) ? fieldsIn(value, true) ?? value : value;

// action/src/store/realtime-database/client.ts
var requestTimeoutMs = 3e4;
var retryMs = 500;
var maxAnswerBytes = 32 * 2 ** 20;
var namesFactor = 4;
function createClient(options) {
  const { url: base, tokens, stop, remainingMs, maxBytes = maxAnswerBytes, written, onBytes } = options;
  const who = { store: options.store, isEmulator: options.isEmulator, isReadyToken: options.isReadyToken, timeoutMs: requestTimeoutMs, maxBytes };
  let rejected;
  async function attempt(path, query) {
    if (!URL.canParse(base))
      throw new ReadError(
        "The variable FIREBASE_DATABASE_EMULATOR_HOST does not hold a host and a port, such as 127.0.0.1:9000. Correct it, or remove it to read the real Realtime Database."
      );
    const url = new URL(base);
    url.pathname = `/${path.map(encodeURIComponent).join("/")}.json`;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const token = tokens ? await tokens.token(rejected) : emulatorToken;
    if (tokens && !mayHoldToken(url)) throw new TypeError("a token was to go to another host");
    const limit = "shallow" in query ? maxBytes * namesFactor : maxBytes;
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      const answer = await ask(url, { headers: { authorization: `Bearer ${token}` }, signal }, limit);
      const bytes = Buffer.byteLength(answer.body);
      onBytes(bytes);
      if (answer.status === 401) rejected = token;
      if (answer.isTooLarge) return { path: written, defect: "too-large" };
      if (answer.status !== 200) return { path: written, answer };
      const value = parseExactJson(answer.body);
      return value === void 0 ? { path: written, answer, defect: "not-json" } : { value, bytes };
    } catch (error) {
      return { path: written, thrown: error };
    }
  }
  async function get(path, query, maySplit) {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      () => attempt(path, query),
      (outcome) => {
        if (!("path" in outcome) || stop.aborted) return void 0;
        return againAfterRead(outcome, triesFor(tooMuchOf(outcome), maySplit));
      },
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop }
    );
    if (!("path" in result)) return result;
    if (stop.aborted) throw new BudgetError();
    throw readError(result, who);
  }
  function children(value) {
    const all = childrenOf(value);
    if (all.every(([name]) => isName(name))) return all;
    throw readError({ path: written, defect: "not-json" }, who);
  }
  return {
    children,
    node: (path, maySplit) => get(path, {}, maySplit),
    part: (path, first, last) => get(path, { orderBy: '"$key"', startAt: JSON.stringify(first), endAt: JSON.stringify(last) }, true),
    async names(path) {
      const { value } = await get(path, { shallow: "true" }, false);
      return children(value).map(([name]) => name).toSorted(compareNames);
    }
  };
}

// action/src/store/realtime-database/realtime-database.ts
var isRealtimeDatabase = (store) => store.kind === "realtime-database" && "browse" in store;
var scopes = ["https://www.googleapis.com/auth/firebase.database", "https://www.googleapis.com/auth/userinfo.email"];
var pageRows = 1e3;
var firstBranches = 16;
var wantedBytes = 2 * 2 ** 20;
var atOnce = 8;
var countedNodes = 200;
function createRealtimeDatabaseStore(name, declaration, surroundings, limits = {}) {
  const { environment, stop, remainingMs } = surroundings;
  const { accessToken, credentials } = declaration;
  const emulator = environment["FIREBASE_DATABASE_EMULATOR_HOST"] ?? "";
  const isOpen = accessToken === void 0 && credentials === void 0 && !environment["GOOGLE_APPLICATION_CREDENTIALS"] && isLoopback(new URL(declaration.url));
  const tokens = emulator !== "" || isOpen ? void 0 : createTokenSource(name, declaration, { ...surroundings, scopes });
  const url = emulator === "" ? declaration.url : emulatorUrl(emulator, declaration.url);
  let bytes = 0;
  let rowsRead = 0;
  const clientFor = (written) => createClient({
    store: name,
    isEmulator: emulator !== "",
    isReadyToken: accessToken !== void 0,
    url,
    tokens,
    stop,
    remainingMs,
    maxBytes: limits.maxBytes,
    // The root has no name.
    written: written === "" ? "/" : written,
    onBytes: (more) => void (bytes += more)
  });
  function read(rows) {
    rowsRead += rows.length;
    return rows;
  }
  return {
    kind: "realtime-database",
    isBilled: false,
    secret: tokens?.secret,
    // A node that nobody has: whether there is an answer at all is what counts.
    probe: async () => void await clientFor("driftwatch").names(["driftwatch"]),
    describe: async () => /* @__PURE__ */ new Map(),
    open(source) {
      if (isTable(source)) throw new TypeError("a table is nothing that a Realtime Database has");
      return openTemplate(source, clientFor(source.text), read);
    },
    reads: () => rowsRead,
    bytes: () => bytes,
    browse: { names: (path) => clientFor(path.join("/")).names(path), node: (path, maySplit) => clientFor(path.slice(0, 1).join("/")).node(path, maySplit) }
  };
}
function emulatorUrl(emulator, declared) {
  const { hostname, searchParams } = new URL(declared);
  const database = searchParams.get("ns") ?? hostname.split(".")[0] ?? "";
  const origin = emulatorOrigin(emulator);
  return origin === "" ? "" : `${origin}/?ns=${encodeURIComponent(database)}`;
}
function layoutOf({ segments }) {
  const headLength = segments.findLastIndex((segment) => "fixed" in segment) + 1;
  return { head: segments.slice(0, headLength), depth: segments.length - headLength };
}
function openTemplate(template, client, read) {
  const layout = layoutOf(template);
  async function* scan() {
    const rows = [];
    for await (const more of rowsBelow(client, layout)) {
      for (const row of more) {
        rows.push(row);
        if (rows.length === pageRows) yield read(rows.splice(0));
      }
    }
    if (rows.length > 0) yield read(rows);
  }
  async function* matching(fits) {
    for await (const page of scan()) {
      const some = page.filter(fits);
      if (some.length > 0) yield some;
    }
  }
  return {
    scan,
    count: async (only) => only.length > 0 ? void 0 : countRows(client, template),
    // To ask for them would need an index.
    changedSince: (field, since) => matching(({ value }) => isAtLeast(value, field, Date.parse(since))),
    async find(keys) {
      const paths = keys.map((key) => pathsOf(template, key));
      const known = [...new Map(paths.flatMap((some) => some ?? []).map((path) => [path.join("/"), path])).values()];
      const found = read((await inTurns(known, (path) => rowAt(client, path))).flat());
      const lost = keys.filter((_, index) => paths[index] === void 0);
      if (lost.length === 0) return found;
      const others = [];
      for await (const page of matching((row) => lost.some((key) => isMeant(template, row, key)))) others.push(...page);
      return [...found, ...others];
    }
  };
}
async function inTurns(items, work) {
  const results = [];
  for (let at = 0; at < items.length; at += atOnce) results.push(...await Promise.all(items.slice(at, at + atOnce).map(work)));
  return results;
}
async function pathsFor(client, segments, enough = Number.POSITIVE_INFINITY) {
  let paths = [[]];
  for (const segment of segments) {
    if (paths.length > enough) return void 0;
    paths = "fixed" in segment ? paths.map((path) => [...path, segment.fixed]) : (await inTurns(paths, async (path) => (await client.names(path)).map((name) => [...path, name]))).flat();
  }
  return paths.length > enough ? void 0 : paths;
}
async function* rowsBelow(client, { head, depth }) {
  const paths = await pathsFor(client, head) ?? [];
  for (let at = 0; at < paths.length; at += atOnce) {
    const some = paths.slice(at, at + atOnce);
    const small = await Promise.all(some.map((path) => readAtOnce(client, path, depth)));
    for (const [index, rows] of small.entries()) {
      if (rows !== void 0) yield rows;
      else yield* inParts(client, some[index] ?? [], depth);
    }
  }
}
var isTooMuch = (error) => error instanceof ReadError && error.tooMuch !== void 0;
async function readAtOnce(client, path, depth) {
  if (depth === 0) return rowAt(client, path);
  const names = await client.names(path);
  if (names.length === 0) return [];
  if (names.length > (depth === 1 ? pageRows : firstBranches)) return void 0;
  try {
    return await rowsOf(client, path, names, client.children((await client.node(path, true)).value), depth);
  } catch (error) {
    if (isTooMuch(error)) return void 0;
    throw error;
  }
}
async function rowAt(client, path) {
  return rowsIn(client, path, (await client.node(path, false)).value, 0);
}
function rowsIn(client, path, value, depth) {
  if (value === null) return [];
  if (depth === 0) return [{ path: path.join("/"), value: nodeOf(value) }];
  return client.children(value).flatMap(([name, child]) => rowsIn(client, [...path, name], child, depth - 1));
}
async function* inParts(client, path, depth) {
  const names = await client.names(path);
  let size = depth === 1 ? pageRows : firstBranches;
  let largest = depth === 1 ? pageRows : Number.POSITIVE_INFINITY;
  for (let at = 0; at < names.length; ) {
    const part = names.slice(at, at + size);
    try {
      const { rows, bytes } = await readPart(client, path, part, depth);
      yield rows;
      at += part.length;
      size = Math.max(1, Math.min(largest, part.length * 4, Math.floor(wantedBytes / Math.max(1, bytes) * part.length)));
    } catch (error) {
      if (!isTooMuch(error) || part.length === 1 && depth === 1) throw error;
      if (part.length === 1) {
        yield* inParts(client, [...path, part[0] ?? ""], depth - 1);
        at += 1;
      } else {
        size = Math.ceil(part.length / 2);
        largest = size;
      }
    }
  }
}
async function readPart(client, path, names, depth) {
  const [first = "", last = first] = [names[0], names.at(-1)];
  if (names.length === 1) {
    const { value: value2, bytes: bytes2 } = await client.node([...path, first], depth > 1);
    return { rows: rowsIn(client, [...path, first], value2, depth - 1), bytes: bytes2 };
  }
  const { value, bytes } = await client.part(path, first, last);
  const children = client.children(value).filter(([name]) => compareNames(name, first) >= 0 && compareNames(name, last) <= 0);
  return { rows: await rowsOf(client, path, names, children, depth), bytes };
}
async function rowsOf(client, path, names, children, depth) {
  const seen = new Set(children.map(([name]) => name));
  const missed = await inTurns(
    names.filter((name) => !seen.has(name)),
    async (name) => [name, (await client.node([...path, name], false)).value]
  );
  return [...children, ...missed].flatMap(([name, child]) => rowsIn(client, [...path, name], child, depth - 1));
}
async function countRows(client, { segments }) {
  const last = segments.at(-1);
  const holders = await pathsFor(client, segments.slice(0, -1), countedNodes);
  if (holders === void 0 || last === void 0) return void 0;
  const names = await inTurns(holders, client.names);
  return { rows: names.reduce((sum, some) => sum + ("fixed" in last ? Number(some.includes(last.fixed)) : some.length), 0) };
}
function pathsOf({ segments }, key) {
  let paths = [[]];
  for (const segment of segments) {
    const spellings = "fixed" in segment ? [segment.fixed] : key.segments.get(segment.bound);
    if (spellings === void 0) return void 0;
    paths = paths.flatMap((path) => spellings.filter(isName).map((name) => [...path, name]));
  }
  return paths;
}
function isMeant(template, { path = "", value }, { segments, fields }) {
  const bound = matchPath(template, path) ?? /* @__PURE__ */ new Map();
  const around = { segments: bound, fields: rowFields(value), isSparse: true };
  return [...segments].every(([name, spellings]) => !bound.has(name) || spellings.includes(bound.get(name) ?? "")) && fields.every(({ path: field, anyOf }) => anyOf.some((wanted) => textIn(wanted) === textIn(valueAt({ kind: "field", path: field }, around))));
}
var textIn = (value) => {
  if (value === null || value === void 0) return void 0;
  if (isScalar(value)) return "text" in value ? value.text : void 0;
  return typeof value === "object" ? void 0 : String(value);
};
function isAtLeast(value, { path, unit }, since) {
  const written = valueAt({ kind: "field", path }, { segments: /* @__PURE__ */ new Map(), fields: rowFields(value), isSparse: true });
  if (typeof written === "string") return mayBeSince(written, since);
  if (unit === void 0 || !isScalar(written) || written.kind !== "number") return false;
  return Number(written.text) * (unit === "s" ? 1e3 : 1) >= since;
}
export {
  createRealtimeDatabaseStore,
  isRealtimeDatabase
};
