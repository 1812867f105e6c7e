import {
  createTokenSource,
  emulatorOrigin,
  emulatorToken,
  mayHoldToken
} from "./shared-google-auth.js";
import {
  mapped
} from "./shared-row-functions.js";
import {
  buildPath,
  fieldsIn,
  isPathOf,
  isScalar,
  isTable,
  matchPath,
  mayBeSince,
  segmentNames,
  writeFieldSource
} from "./shared-yaml.js";
import "./shared-groups.js";
import {
  BudgetError,
  ReadError,
  againAfter,
  ask,
  asked,
  causeOf,
  parseJson,
  retried,
  sentenceFor,
  triesFor
} from "./shared-postgrest-js.js";
import "./shared-zod.js";
import "./shared-helpers.js";

// action/src/store/firestore/decode.ts
var isRaw = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
var anyDatabase = /^projects\/[^/]+\/databases\/[^/]+\/documents\//;
function readDocument(raw) {
  if (!isRaw(raw)) return void 0;
  const { name, fields = {}, updateTime } = raw;
  if (typeof name !== "string" || !isRaw(fields)) return void 0;
  const path = name.replace(anyDatabase, "");
  if (path === name) return void 0;
  return { path, updateTime: typeof updateTime === "string" ? updateTime : void 0, fields };
}
function decodeFields(raw) {
  if (raw === void 0) return /* @__PURE__ */ new Map();
  if (!isRaw(raw)) return void 0;
  const fields = /* @__PURE__ */ new Map();
  for (const name of Object.keys(raw)) {
    const value = decodeValue(raw[name]);
    if (value === void 0) return void 0;
    fields.set(name, value);
  }
  return fields;
}
function decodeValue(raw) {
  if (!isRaw(raw)) return void 0;
  const kind = kindOf(raw);
  const value = raw[kind];
  switch (kind) {
    case "nullValue":
      return null;
    case "booleanValue":
      return typeof value === "boolean" ? value : void 0;
    case "stringValue":
      return typeof value === "string" ? value : void 0;
    case "integerValue":
      return typeof value === "string" && /^-?\d+$/.test(value) ? { kind: "number", text: value } : void 0;
    case "doubleValue":
      return decodeDouble(value);
    case "timestampValue":
      return typeof value === "string" ? { kind: "timestamp", text: value } : void 0;
    case "bytesValue":
      return typeof value === "string" ? { kind: "bytes", base64: value } : void 0;
    case "referenceValue":
      return typeof value === "string" ? { kind: "reference", path: value.replace(anyDatabase, "") } : void 0;
    case "geoPointValue":
      return isRaw(value) ? decodeGeoPoint(value) : void 0;
    case "arrayValue":
      return isRaw(value) ? decodeList(value["values"]) : void 0;
    case "mapValue":
      return isRaw(value) ? decodeFields(value["fields"]) : void 0;
    default:
      return void 0;
  }
}
function kindOf(raw) {
  for (const kind in raw) return kind;
  return "";
}
var textOf = (double) => Object.is(double, -0) ? "-0" : String(double);
var notFinite = ["NaN", "Infinity", "-Infinity"];
function decodeDouble(value) {
  if (typeof value === "number") return { kind: "number", text: textOf(value) };
  return typeof value === "string" && notFinite.includes(value) ? { kind: "number", text: value } : void 0;
}
function decodeGeoPoint({ latitude = 0, longitude = 0 }) {
  if (typeof latitude !== "number" || typeof longitude !== "number") return void 0;
  return { kind: "geo-point", latitude: textOf(latitude), longitude: textOf(longitude) };
}
function decodeList(values) {
  if (values === void 0) return [];
  if (!Array.isArray(values)) return void 0;
  const list = [];
  for (const raw of values) {
    const value = decodeValue(raw);
    if (value === void 0) return void 0;
    list.push(value);
  }
  return list;
}

// action/src/store/firestore/paths.ts
function collectionOf({ segments }) {
  const segment = segments.at(-2);
  return segment && "fixed" in segment ? segment.fixed : "";
}
var isAtRoot = ({ segments }) => segments.length === 2;
var ownCollection = (template) => ({ id: collectionOf(template), isGroup: !isAtRoot(template) });
var patternOf = ({ segments }) => segments.map((segment) => "fixed" in segment ? segment.fixed : "").join("/");
var isId = (id) => id !== "" && id !== "." && id !== ".." && !id.includes("/") && id.isWellFormed() && Buffer.byteLength(id) <= 1500 && (!/^__.*__$/s.test(id) || /^__id-?\d+__$/.test(id));
function pathsOf(template, { segments }) {
  const names = segmentNames(template);
  let known = [/* @__PURE__ */ new Map()];
  for (const name of names) {
    const spellings = segments.get(name);
    if (spellings === void 0) return void 0;
    known = known.flatMap((before) => spellings.filter(isId).map((spelling) => new Map([...before, [name, spelling]])));
  }
  return known.flatMap((bound) => buildPath(template, (name) => bound.get(name)) ?? []);
}
var writeFieldPath = (path) => path.map((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll(/[`\\]/g, "\\$&")}\``).join(".");

// action/src/store/firestore/query.ts
function writeQuery({ collection, where, orderBy, after, limit }) {
  const ordered = [...orderBy ? [writeFieldPath(orderBy)] : [], "__name__"];
  return {
    from: [{ collectionId: collection.id, ...collection.isGroup && { allDescendants: true } }],
    ...where && { where },
    ...limit !== void 0 && { orderBy: ordered.map((fieldPath) => ({ field: { fieldPath }, direction: "ASCENDING" })), limit },
    ...after && { startAt: { values: after, before: false } }
  };
}
var mostAlternatives = 30;
var fieldOf = (path) => ({ fieldPath: writeFieldPath(path) });
var isOneOf = (path, [value = {}, ...more]) => ({
  fieldFilter: more.length === 0 ? { field: fieldOf(path), op: "EQUAL", value } : { field: fieldOf(path), op: "IN", value: { arrayValue: { values: [value, ...more] } } }
});
var isAtLeast = (path, value) => ({ fieldFilter: { field: fieldOf(path), op: "GREATER_THAN_OR_EQUAL", value } });
var joined = (op, filters) => filters.length > 1 ? [{ compositeFilter: { op, filters } }] : filters;
function filtersOfKeys(keys, prefix) {
  const filters = [];
  let parts = [];
  let alternatives = 0;
  const end = () => {
    filters.push(...joined("OR", parts));
    [parts, alternatives] = [[], 0];
  };
  for (const { fields } of keys) {
    const values = fields.map(({ path, anyOf }) => ({ path, values: anyOf.map((value) => encodeValue(value, prefix)).filter((value) => value !== void 0) }));
    const isWhole = values.length > 0 && values.every((field, at) => field.values.length > 0 && field.values.length === fields[at]?.anyOf.length);
    const many = values.reduce((product, field) => product * field.values.length, 1);
    if (!isWhole || many > mostAlternatives) return void 0;
    if (alternatives + many > mostAlternatives) end();
    parts.push(
      ...joined(
        "AND",
        values.map((field) => isOneOf(field.path, field.values))
      )
    );
    alternatives += many;
  }
  end();
  return filters;
}
function filterOfConditions(only) {
  const filters = [];
  let alternatives = 1;
  for (const { source, anyOf } of only) {
    const values = anyOf.map(exactValues);
    const exact = values.flatMap((some) => some ?? []);
    alternatives *= exact.length;
    if (source.kind !== "field" || isInGeoPoint(source.path) || values.includes(void 0) || exact.length === 0 || alternatives > mostAlternatives)
      return void 0;
    filters.push(isOneOf(source.path, exact));
  }
  const [where] = joined("AND", filters);
  return where ? { where } : {};
}
var isInGeoPoint = (path) => path.length > 1 && /^(?:latitude|longitude)$/.test(path.at(-1) ?? "");
function encodeNumber(text) {
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return { integerValue: String(BigInt(text)) };
  const double = Number(text);
  if (!Number.isFinite(double)) return void 0;
  return Number.isSafeInteger(double) ? { integerValue: String(double) } : { doubleValue: double };
}
function encodeValue(value, prefix) {
  if (typeof value === "string") return value.isWellFormed() ? { stringValue: value } : void 0;
  if (typeof value === "boolean") return { booleanValue: value };
  if (!isScalar(value)) return void 0;
  switch (value.kind) {
    case "number":
      return encodeNumber(value.text);
    case "timestamp":
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value.text) ? { timestampValue: value.text } : void 0;
    case "bytes":
      return { bytesValue: value.base64 };
    case "reference":
      return { referenceValue: prefix + value.path };
    case "geo-point":
    case "unread":
      return void 0;
  }
}
var twins = { K: "\u212A", ";": "\u037E", "`": "\u1FEF" };
function exactValues(value) {
  if (typeof value === "boolean") return [{ booleanValue: value }];
  if (isScalar(value)) {
    const isExact = value.kind === "number" && (/^-?\d{1,15}(?:\.0+)?$/.test(value.text) || String(Number(value.text)) === value.text && !Number.isInteger(Number(value.text)));
    const number = isExact ? encodeNumber(value.text) : void 0;
    return number && [number];
  }
  if (typeof value !== "string" || !/^[ -~]*$/.test(value) || /\/|^[+-]?\d{4,6}-\d\d-\d\d[Tt ]/.test(value)) return void 0;
  let spellings = [""];
  for (const character of value) {
    const twin = twins[character];
    spellings = spellings.flatMap((start) => twin === void 0 ? [start + character] : [start + character, start + twin]);
    if (spellings.length > mostAlternatives) return void 0;
  }
  const isBase64 = Buffer.from(value, "base64").toString("base64") === value;
  return [...spellings.map((stringValue) => ({ stringValue })), ...isBase64 ? [{ bytesValue: value }] : []];
}

// action/src/store/firestore/read-error.ts
var hostOf = ({ address, isEmulator }) => ({
  who: "Firestore",
  address,
  whenGone: isEmulator ? "the emulator runs under another name" : "this runner has no name server that knows it",
  whenDown: isEmulator ? "look at what the emulator prints, and start it again" : "run again, and look at the status page of Google Cloud if it persists"
});
function againAfterRead(failed, tries) {
  const cause = causeOf(failed);
  if (!cause) return { tries };
  if (cause.code === "RESOURCE_EXHAUSTED" && cause.waitMs === void 0) return { tries, isLimited: true };
  return againAfter(cause, tries);
}
function tooMuchOf(failed) {
  if (failed.defect === "too-large") return "bytes";
  return causeOf(failed)?.code === "DEADLINE_EXCEEDED" ? "time" : void 0;
}
function lacksIndex(failed) {
  const { code, message } = causeOf(failed) ?? { code: "", message: "" };
  return code === "FAILED_PRECONDITION" && /\bindex\b/i.test(message);
}
function readError(failed, who) {
  const error = new ReadError(explain(failed, who), failed.thrown === void 0 ? void 0 : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  return error;
}
function explain(failed, who) {
  const { what, defect, isCut } = failed;
  const cause = causeOf(failed);
  if (!cause) return ofDefect(defect ?? "unexpected", what, who);
  const said = cause.kind === "said" || cause.kind === "limited" ? ofService(cause, what, who) : void 0;
  if (said !== void 0) return said;
  if (isCut) {
    return `Firestore broke off the answer for ${what} with an error (HTTP ${cause.status}${named(cause)}), so it is not complete. It is overloaded, or something in it failed: ${hostOf(who).whenDown}.`;
  }
  return sentenceFor(cause, hostOf(who), who.timeoutMs, ` when ${what} was read`) ?? refusal(cause, what, who);
}
var named = ({ code }) => /^[A-Z_]{3,30}$/.test(code) ? `, ${code}` : "";
function ofService(cause, what, { store, isReadyToken }) {
  const { code, message, status } = cause;
  switch (code || status) {
    case "UNAUTHENTICATED":
    case 401:
      return isReadyToken ? `Firestore does not accept the access token of store ${store} (HTTP 401). Such a token lasts an hour at most and is for one purpose: let the step before this one get a new one, with the scope https://www.googleapis.com/auth/datastore, or use credentials.` : `Firestore does not accept the token that it gave for the credentials of store ${store} (HTTP 401). The service account was deleted or disabled in the meantime, or the clock of this runner is wrong: look at the service account in Google Cloud.`;
    case "PERMISSION_DENIED":
    case 403:
      return ofPermission(message, store);
    case "NOT_FOUND":
    case 404:
      return `There is no such database for store ${store} (HTTP 404). The project has no Firestore, or its database has another name, or it was deleted: compare project and database in the file with the list of databases in Google Cloud.`;
    case "FAILED_PRECONDITION":
      return ofPrecondition(message, what, store);
    case "RESOURCE_EXHAUSTED":
    case 429:
      return `Firestore refuses more reads for store ${store} (HTTP ${status})${asked(cause)}. A quota is used up, which without billing is 50,000 documents a day: run again tomorrow, read less (mode: sample, read-budget), or turn on billing for the project.`;
    case "DEADLINE_EXCEEDED":
      return `Reading ${what} took longer than Firestore allows (DEADLINE_EXCEEDED). It is busy, or the documents are large: run again at a quieter time.`;
    default:
      return void 0;
  }
}
function ofPermission(message, store) {
  if (/has not been used|is disabled|SERVICE_DISABLED|not enabled/i.test(message)) {
    return `The Cloud Firestore API is turned off in the project of store ${store} (HTTP 403). It was never used there, or project in the file is another one: correct it, or turn the API on (APIs & Services > Enable APIs).`;
  }
  if (/billing/i.test(message)) {
    return `The project of store ${store} has no working billing, and its database needs it (HTTP 403). The account was closed or a bill is open: look at Billing in Google Cloud.`;
  }
  return `The credentials of store ${store} may not read its database (HTTP 403). The service account lacks the role Cloud Datastore Viewer (roles/datastore.viewer) in this project, or project in the file is another one: grant the role under IAM, or correct the project.`;
}
function ofPrecondition(message, what, store) {
  if (/datastore mode|mongo/i.test(message)) {
    return `The database of store ${store} is not Firestore in native mode, the only mode that is supported. It is in Datastore mode or has MongoDB compatibility, or is not the one you meant: correct project and database in the file.`;
  }
  if (/read[_ ]?time|too old/i.test(message)) {
    return `The state of ${what} that this run began with can no longer be read: Firestore keeps it for an hour. The run took too long, or the clock of the database was set: run again, with a smaller time-budget-seconds.`;
  }
  return void 0;
}
var missingIndex = (collection, field) => new ReadError(
  `Recent writes in the collection group ${collection} cannot be queried: an index is missing, or is still being built. Add a single-field index exemption for collection ${collection} and field ${field} with the scope collection group, ascending (Firestore > Indexes > Single field), and run again once it is there.`
);
function ofDefect(defect, what, { maxBytes, address }) {
  switch (defect) {
    case "not-json":
      return `The answer for ${what} is not the JSON that Firestore gives. Something else answers at ${address}, or the answer was damaged in transit: check the address, and run again.`;
    case "unexpected":
      return `The answer for ${what} does not have the shape that Firestore gives. Something else answers at ${address}, or changes what it answers: check the address, and look for a proxy in between.`;
    case "unknown-value":
      return `A document in ${what} holds a kind of value that this version does not know, so it cannot be compared. Firestore has added a type: use the newest release of the action.`;
    case "truncated":
      return `More or fewer documents of ${what} were read than Firestore counts at the same moment, so nothing can be concluded. Something between this runner and Firestore changes its answers: look for a proxy, and run again.`;
    case "not-advancing":
      return `Reading ${what} page by page does not advance: what answers at ${address} ignores where the next page should start. Check that it is Firestore or its emulator.`;
    case "too-large":
      return `The answer for ${what} is larger than ${Math.round(maxBytes / 2 ** 20)} MiB, which is more than a run reads at once, although one document was asked for. Something between this runner and Firestore answers without end: look for a proxy, and run again.`;
  }
}
var refusal = (cause, what, { store }) => `Firestore refused to read ${what} (HTTP ${cause.status}${named(cause)}). The file may name a project or database that cannot exist, for store ${store}: correct it, and report this sentence if they are right.`;

// action/src/store/firestore/client.ts
var requestTimeoutMs = 3e4;
var retryMs = 500;
var maxAnswerBytes = 32 * 2 ** 20;
var mostListed = 300;
var mostPages = 20;
var entriesARead = 1e3;
var atLeastOne = (reads) => Math.max(1, reads);
function createClient(options) {
  const { project, database, origin, tokens, stop, remainingMs, maxBytes = maxAnswerBytes } = options;
  const isEmulator = tokens === void 0;
  const root = `projects/${project}/databases/${database}/documents`;
  const prefix = `${root}/`;
  const who = {
    store: options.store,
    address: isEmulator ? "FIRESTORE_EMULATOR_HOST" : origin.replace(/^https?:\/\//, ""),
    isEmulator,
    isReadyToken: options.isReadyToken,
    timeoutMs: requestTimeoutMs,
    maxBytes
  };
  const fail = (failed) => readError(failed, who);
  let billed = 0;
  let rejected;
  async function attempt(address, body, what) {
    const started = performance.now();
    if (!URL.canParse(origin))
      throw new ReadError(
        "The variable FIRESTORE_EMULATOR_HOST does not hold a host and a port, such as 127.0.0.1:8080. Correct it, or remove it to read the real Firestore."
      );
    const url = new URL(`${origin}/v1/${address}`);
    if (!isEmulator) url.search += `${url.search === "" ? "?" : "&"}$prettyPrint=false`;
    const token = tokens ? await tokens.token(rejected) : emulatorToken;
    if (tokens && !mayHoldToken(url)) throw new TypeError("a token was to go to another host");
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "user-agent": "driftwatch (gzip)" };
    const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
    try {
      const answer = await ask(url, body === void 0 ? { headers, signal } : { method: "POST", headers, body, signal }, maxBytes);
      if (answer.status === 401) rejected = token;
      if (answer.status < 200 || answer.status >= 300) return { what, answer };
      if (answer.isTooLarge) {
        billed += answer.body.match(/"readTime":\s*"/g)?.length ?? 0;
        return { what, defect: "too-large" };
      }
      const elements = parseElements(answer.body);
      if (elements === "not-json") return { what, answer, defect: "not-json" };
      if (elements === void 0) return { what, defect: "unexpected" };
      const { error } = elements.at(-1) ?? {};
      if (!isRaw(error)) return { elements, isSmall: answer.body.length < maxBytes / 4 && performance.now() - started < requestTimeoutMs / 4 };
      billed += elements.filter(isDocument).length;
      const status = typeof error["code"] === "number" ? error["code"] : 500;
      if (status === 401) rejected = token;
      return { what, answer: { status, headers: answer.headers, body: JSON.stringify({ error }) }, isCut: true };
    } catch (error) {
      if (error instanceof BudgetError) throw error;
      return { what, thrown: error };
    }
  }
  async function post(method, body, what, read, { below = "", ...how } = {}) {
    return request(`${addressOf(below)}:${method}`, JSON.stringify(body), what, read, how);
  }
  const addressOf = (below) => [...root.split("/"), ...below.split("/").filter((part) => part !== "")].map(encodeURIComponent).join("/");
  async function request(address, body, what, read, { maySplit = false, stands = () => false } = {}) {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      async () => {
        const outcome = await attempt(address, body, what);
        if ("what" in outcome) return outcome;
        const value = read(outcome);
        return value === void 0 ? { what, defect: "unexpected" } : { value };
      },
      (outcome) => {
        if (!("what" in outcome) || stop.aborted || stands(outcome)) return void 0;
        return againAfterRead(outcome, triesFor(tooMuchOf(outcome), maySplit));
      },
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop }
    );
    if (!("what" in result)) return result.value;
    if (stands(result)) return void 0;
    if (stop.aborted) throw new BudgetError();
    throw fail(result);
  }
  async function listed(pageAt, what, itemsIn, enough = Number.POSITIVE_INFINITY) {
    const all = [];
    let pageToken;
    for (let pages = 0; pages < mostPages && all.length < enough; pages += 1) {
      const { address, body } = pageAt(pageToken);
      const page = await request(address, body, what, ({ elements: [first] }) => {
        const items = first && itemsIn(first);
        return items && { items, next: first["nextPageToken"] };
      });
      all.push(...page?.items ?? []);
      if (typeof page?.next !== "string" || page.next === "") break;
      pageToken = page.next;
    }
    return all.slice(0, enough);
  }
  const nameOf2 = ({ collection }) => `collection ${collection.id}`;
  function readPage({ elements, isSmall }) {
    const documents = documentsIn(elements.filter(isDocument).map(({ document }) => document));
    const readTime = elements.find((element) => typeof element["readTime"] === "string")?.["readTime"];
    if (!documents || typeof readTime !== "string") return void 0;
    billed += atLeastOne(documents.length);
    return { documents, readTime, isSmall };
  }
  function documentsIn(raw) {
    const documents = raw.flatMap((document) => readDocument(document) ?? []);
    return documents.length === raw.length ? documents : void 0;
  }
  const queryBody = (query, readTime) => ({ structuredQuery: writeQuery(query), ...readTime !== void 0 && { readTime } });
  const run = (query, readTime, stands) => post("runQuery", queryBody(query, readTime), nameOf2(query), readPage, { maySplit: (query.limit ?? 1) > 1, stands });
  return {
    prefix,
    queryByIndex: (query, readTime) => run(query, readTime, lacksIndex),
    async query(query, readTime) {
      const page = await run(query, readTime, () => false);
      if (page === void 0) throw fail({ what: nameOf2(query), defect: "unexpected" });
      return page;
    },
    count: (query, readTime) => post(
      "runAggregationQuery",
      {
        structuredAggregationQuery: { structuredQuery: writeQuery(query), aggregations: [{ alias: "n", count: {} }] },
        ...readTime !== void 0 && { readTime }
      },
      `the count of ${nameOf2(query)}`,
      ({ elements }) => {
        const count = countIn(elements);
        if (count !== void 0) billed += atLeastOne(Math.ceil(count / entriesARead));
        return count;
      },
      { stands: lacksIndex, below: query.collection.below }
    ),
    async get(paths) {
      const what = "documents by path";
      const found = await post(
        "batchGet",
        { documents: paths.map((path) => prefix + path) },
        what,
        ({ elements }) => {
          const answered = elements.filter(({ found: document, missing }) => document !== void 0 || missing !== void 0);
          const documents = documentsIn(answered.flatMap(({ found: document }) => document ?? []));
          if (answered.length < new Set(paths).size) return void 0;
          billed += answered.length;
          return documents;
        },
        { maySplit: paths.length > 1 }
      );
      return found ?? [];
    },
    collections: (below) => listed(
      (pageToken) => ({ address: `${addressOf(below)}:listCollectionIds`, body: JSON.stringify({ pageSize: mostListed, pageToken }) }),
      "the list of collections",
      ({ collectionIds: ids = [] }) => {
        if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) return void 0;
        billed += 1;
        return ids;
      }
    ),
    parents(collection, limit) {
      const address = `${addressOf(collection)}?pageSize=${limit}&showMissing=true&mask.fieldPaths=__name__`;
      return listed(
        (pageToken) => ({ address: pageToken === void 0 ? address : `${address}&pageToken=${encodeURIComponent(pageToken)}` }),
        `collection ${collection.split("/").at(-1) ?? ""}`,
        ({ documents: raw = [] }) => {
          const documents = Array.isArray(raw) ? documentsIn(raw) : void 0;
          if (documents !== void 0) billed += atLeastOne(documents.length);
          return documents?.map(({ path }) => path);
        },
        limit
      );
    },
    decode(document) {
      const value = decodeFields(document.fields);
      if (value === void 0) throw fail({ what: collectionAt(document.path), defect: "unknown-value" });
      return { path: document.path, value, ...document.updateTime !== void 0 && { updateTime: document.updateTime } };
    },
    fail,
    reads: () => billed
  };
}
var collectionAt = (path) => `collection ${path.split("/").at(-2) ?? ""}`;
var isDocument = (element) => element["document"] !== void 0;
function parseElements(body) {
  try {
    const parsed = parseJson(body);
    const elements = Array.isArray(parsed) ? parsed : [parsed];
    return elements.every(isRaw) ? elements : void 0;
  } catch {
    return "not-json";
  }
}
function countIn(elements) {
  const { result } = elements.find((element) => isRaw(element["result"])) ?? {};
  const { aggregateFields } = isRaw(result) ? result : {};
  const { n } = isRaw(aggregateFields) ? aggregateFields : {};
  const { integerValue } = isRaw(n) ? n : {};
  return typeof integerValue === "string" && /^\d{1,15}$/.test(integerValue) ? Number(integerValue) : void 0;
}

// action/src/store/firestore/strays.ts
var walkedCollections = 20;
function createStrays(client, opened) {
  const known = /* @__PURE__ */ new Map();
  async function has(template) {
    const seen = known.get(patternOf(template));
    if (seen !== void 0) return seen;
    const collection = ownCollection(template);
    if (opened.some((other) => collectionOf(other) === collection.id && patternOf(other) !== patternOf(template))) return true;
    const found = await look(template, collection);
    known.set(patternOf(template), found);
    return found;
  }
  async function look(template, collection) {
    let readTime;
    const next = async (after) => {
      const page = await client.query({ collection, limit: 1, ...after !== void 0 && { after: [{ referenceValue: client.prefix + after }] } }, readTime);
      ({ readTime } = page);
      return page.documents[0];
    };
    const isStray = (document2) => document2 !== void 0 && !isPathOf(template, document2.path);
    const inOrder = [];
    let document = await next();
    while (document !== void 0 && inOrder.length < walkedCollections) {
      if (isStray(document)) return true;
      inOrder.push(document.path);
      document = await next(endOf(document.path.split("/").slice(0, -1)));
    }
    if (document === void 0) {
      const countBelow = (path) => client.count({ collection: { id: collection.id, isGroup: false, below: path.split("/").slice(0, -2).join("/") } }, readTime);
      const counts = await Promise.all([client.count({ collection }, readTime), ...inOrder.map(countBelow)]);
      const [total = 0, ...below] = counts.map((count) => count ?? 0);
      return below.reduce((sum, rows) => sum + rows, 0) !== total;
    }
    const segments = document.path.split("/");
    const ends = segments.flatMap((_, index) => index % 2 === 0 ? [endOf(segments.slice(0, index + 1))] : []);
    return [document, ...await Promise.all(ends.map(next))].some(isStray);
  }
  return { has, seen: (template, hasStrays) => void known.set(patternOf(template), hasStrays) };
}
var endOf = (collection) => `${collection.join("/")}/0`;

// action/src/store/firestore/tee.ts
var keptPages = 4;
function createTee(open, stop) {
  const joinable = /* @__PURE__ */ new Map();
  const stopped = new Promise((_, reject) => {
    if (stop.aborted) reject(new BudgetError());
    stop.addEventListener("abort", () => reject(new BudgetError()), { once: true });
  });
  stopped.catch(() => void 0);
  function begin(name) {
    const source = open(name);
    const shared = { source, readers: /* @__PURE__ */ new Map(), pages: [fetchFrom(source)], dropped: 0, turn: Promise.withResolvers() };
    joinable.set(name, shared);
    return shared;
  }
  function close(name, shared) {
    if (joinable.get(name) === shared) joinable.delete(name);
  }
  function advance(name, shared) {
    const { readers } = shared;
    if ([...readers.values()].includes("takes")) return;
    for (const reader of readers.keys()) readers.set(reader, "takes");
    if (shared.pages.length === keptPages) close(name, shared);
    if (joinable.get(name) !== shared) shared.dropped += shared.pages.splice(0).length;
    shared.pages.push(fetchFrom(shared.source));
    shared.turn.resolve();
    shared.turn = Promise.withResolvers();
  }
  function leave(name, shared, reader) {
    shared.readers.delete(reader);
    if (shared.readers.size > 0) return advance(name, shared);
    close(name, shared);
    shared.source.return(void 0).catch(() => void 0);
  }
  return async function* read(name) {
    const shared = joinable.get(name) ?? begin(name);
    const reader = Symbol(name);
    shared.readers.set(reader, "takes");
    try {
      for (let at = 0; ; at += 1) {
        const place = at - shared.dropped;
        const page = shared.pages[place];
        const isLatest = place === shared.pages.length - 1;
        const { turn } = shared;
        const { done, value } = await page ?? { done: true };
        if (done) return;
        const take = () => {
          if (!isLatest) return;
          shared.readers.set(reader, "took");
          advance(name, shared);
        };
        if (at > 0) take();
        yield value;
        if (at === 0) take();
        if (isLatest) await Promise.race([turn.promise, stopped]);
      }
    } finally {
      leave(name, shared, reader);
    }
  };
}
function fetchFrom(source) {
  const page = source.next();
  page.catch(() => void 0);
  return page;
}

// action/src/store/firestore/firestore.ts
var isFirestore = (store) => store.kind === "firestore" && "browse" in store;
var pageSize = 1e3;
var firstPageSize = 100;
var pathsAtOnce = 100;
var scopes = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/datastore"];
var probePath = "driftwatch/probe";
function createFirestoreStore(name, declaration, surroundings, limits = {}) {
  const { project, database, accessToken } = declaration;
  const { environment, stop, remainingMs } = surroundings;
  const emulator = environment["FIRESTORE_EMULATOR_HOST"];
  const isEmulator = emulator !== void 0 && emulator !== "";
  const tokens = isEmulator ? void 0 : createTokenSource(name, declaration, { ...surroundings, scopes });
  const origin = isEmulator ? emulatorOrigin(emulator) : limits.origin ?? "https://firestore.googleapis.com";
  const client = createClient({
    store: name,
    project,
    database,
    origin,
    isReadyToken: accessToken !== void 0,
    tokens,
    stop,
    remainingMs,
    maxBytes: limits.maxBytes
  });
  const opened = [];
  const strays = createStrays(client, opened);
  const tee = createTee((scanName) => scanPages(collectionNamed(scanName)), stop);
  let snapshot;
  function scanNameOf(template) {
    const id = collectionOf(template);
    return nameOf({ id, isGroup: opened.some((other) => collectionOf(other) === id && !isAtRoot(other)) });
  }
  async function atSnapshot(read) {
    if (snapshot) return read(await snapshot);
    const page = read();
    const taken = page.then(({ readTime }) => readTime);
    snapshot = taken;
    taken.catch(() => {
      if (snapshot === taken) snapshot = void 0;
    });
    return page;
  }
  async function* pagesOf(query, cursorOf, read) {
    let limit = firstPageSize;
    let isHard = false;
    let after;
    let last;
    for (; ; ) {
      const asked2 = limit;
      try {
        const page = await read({ ...query, limit, ...after && { after } });
        const end = page.documents.at(-1);
        if (end === void 0) return;
        if (page.documents.some(({ path }) => path === last)) throw client.fail({ what: `collection ${query.collection.id}`, defect: "not-advancing" });
        last = end.path;
        after = cursorOf(end);
        if (page.isSmall) limit = isHard ? Math.min(pageSize, asked2 * 2) : pageSize;
        yield { ...page, isShort: page.documents.length < asked2 };
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch === void 0 || asked2 === 1) throw error;
        limit = Math.ceil(asked2 / 2);
        isHard = true;
      }
    }
  }
  const byName = ({ path }) => [{ referenceValue: client.prefix + path }];
  async function* scanPages(collection) {
    let total = 0;
    let counted;
    const count = async () => counted ??= await client.count({ collection }, await snapshot) ?? total;
    for await (const page of pagesOf({ collection }, byName, (query) => atSnapshot((moment) => client.query(query, moment)))) {
      total += page.documents.length;
      yield page.documents;
      if (page.isShort && await count() <= total) break;
    }
    if (await count() !== total) throw client.fail({ what: `collection ${collection.id}`, defect: "truncated" });
  }
  const rowsOf = (template, documents) => mapped(
    documents.filter(({ path }) => isPathOf(template, path)),
    client.decode
  );
  async function* scan(template) {
    const scanned = tee(scanNameOf(template));
    let isAlone = true;
    for await (const documents of scanned) {
      const rows = rowsOf(template, documents);
      isAlone &&= rows.length === documents.length;
      if (rows.length > 0) yield rows;
    }
    strays.seen(template, !isAlone);
  }
  async function* scanNow(template) {
    for await (const { documents } of pagesOf({ collection: ownCollection(template) }, byName, (query) => client.query(query)))
      yield rowsOf(template, documents);
  }
  async function* changedSince(template, { path, unit }, since) {
    const collection = ownCollection(template);
    for (const bound of boundsOf(since, unit)) {
      const cursorOf = (document) => [rawAt(document, path), ...byName(document)];
      const read = (query) => atSnapshot(async (moment) => {
        const page = await client.queryByIndex(query, moment);
        if (page === void 0) throw missingIndex(collection.id, writeFieldSource({ kind: "field", path }));
        return page;
      });
      for await (const { documents } of pagesOf({ collection, where: isAtLeast(path, bound), orderBy: path }, cursorOf, read)) {
        const rows = [...rowsOf(template, documents)].filter(({ value }) => isSince(fieldAt(value, path), since));
        if (rows.length > 0) yield rows;
      }
    }
  }
  async function find(template, keys) {
    const found = /* @__PURE__ */ new Map();
    const add = (documents) => {
      for (const document of documents) found.set(document.path, document);
    };
    const located = keys.map((key) => ({ key, paths: pathsOf(template, key) }));
    const paths = [...new Set(located.flatMap((one) => one.paths ?? []))];
    for (let at = 0; at < paths.length; at += pathsAtOnce) add(await get(paths.slice(at, at + pathsAtOnce)));
    const others = located.filter((one) => one.paths === void 0).map(({ key }) => key);
    if (others.length > 0) await searchFor(template, others, add);
    return [...rowsOf(template, [...found.values()])];
  }
  async function get(paths) {
    try {
      return await client.get(paths);
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch === void 0 || paths.length === 1) throw error;
      const half = Math.ceil(paths.length / 2);
      return [...await get(paths.slice(0, half)), ...await get(paths.slice(half))];
    }
  }
  async function searchFor(template, keys, add) {
    const collection = ownCollection(template);
    const filters = filtersOfKeys(keys, client.prefix);
    for (const where of filters ?? []) {
      const page = await client.queryByIndex({ collection, where });
      if (page === void 0) return searchThrough();
      add(page.documents);
    }
    if (filters === void 0) await searchThrough();
    async function searchThrough() {
      for await (const { documents } of pagesOf({ collection }, byName, (query) => client.query(query))) {
        for (const document of documents)
          if (isPathOf(template, document.path) && keys.some((key) => mayHave(template, client.decode(document), key))) add([document]);
      }
    }
  }
  return {
    kind: "firestore",
    isBilled: true,
    secret: tokens?.secret,
    async probe() {
      await client.get([probePath]);
    },
    describe: async () => /* @__PURE__ */ new Map(),
    open(source) {
      if (isTable(source)) throw new TypeError("a source of Firestore is a path");
      opened.push(source);
      return {
        async count(only, isRough = false) {
          const filter = filterOfConditions(only);
          if (filter === void 0) return void 0;
          const collection = ownCollection(source);
          const rows = await client.count({ collection, ...filter });
          if (rows === void 0) return void 0;
          return { rows, ...!isRough && collection.isGroup && rows > 0 && await strays.has(source) && { isAtMost: true } };
        },
        scan: () => scan(source),
        scanNow: () => scanNow(source),
        changedSince: (field, since) => changedSince(source, field, since),
        find: (keys) => find(source, keys),
        get scanName() {
          return scanNameOf(source);
        }
      };
    },
    reads: client.reads,
    browse: {
      collections: client.collections,
      parents: client.parents,
      documents: async (collection, limit) => (await client.query({ collection, limit })).documents.map(client.decode)
    }
  };
}
var nameOf = ({ id, isGroup }) => `${isGroup ? "group" : "collection"} ${id}`;
function collectionNamed(scanName) {
  const [kind = "", ...id] = scanName.split(" ");
  return { id: id.join(" "), isGroup: kind === "group" };
}
function mayHave(template, { path = "", value }, { segments, fields }) {
  const bound = matchPath(template, path);
  if (bound === void 0) return false;
  const hasSegments = [...segments].every(([name, spellings]) => !bound.has(name) || spellings.includes(bound.get(name) ?? ""));
  return hasSegments && fields.every((field) => field.anyOf.some((wanted) => maySame(fieldAt(value, field.path), wanted)));
}
function maySame(value, wanted) {
  if (!isScalar(value) || !isScalar(wanted)) return isScalar(value) === isScalar(wanted) && (typeof value !== "string" || value === wanted);
  if (value.kind === "number" && wanted.kind === "number") return Number(value.text) === Number(wanted.text);
  return value.kind === wanted.kind;
}
var fieldAt = (value, path) => path.reduce((inner, name) => fieldsIn(inner)?.get(name), value);
function rawAt({ fields }, path) {
  let value = { mapValue: { fields } };
  for (const name of path) value = value.mapValue?.fields?.[name] ?? {};
  return value;
}
var widestOffsetMs = 14 * 36e5;
function boundsOf(since, unit) {
  const ms = Math.floor(Date.parse(since));
  const numbers = unit === void 0 ? [] : [{ integerValue: String(unit === "s" ? Math.floor(ms / 1e3) : ms) }];
  return [...numbers, { timestampValue: since }, { stringValue: new Date(ms - widestOffsetMs).toISOString().slice(0, 10) }];
}
function isSince(value, since) {
  if (typeof value !== "string") return isScalar(value);
  const text = value.trim().replace(" ", "T");
  return mayBeSince(/(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text) ? text : `${text}Z`, Date.parse(since));
}
export {
  createFirestoreStore,
  isFirestore
};
