import {
  InputError,
  OutsideError,
  ToldError,
  _enum,
  allowForDocuments,
  array,
  boolean,
  checkChangedWithin,
  choosePair,
  credentialsOf,
  custom,
  declarationOf,
  describeDefect,
  inert,
  inertCode,
  info,
  iso_exports,
  mostParts,
  nullable,
  number,
  object,
  optional,
  otherConfig,
  partOf,
  partsOf,
  placeInWorkspace,
  proxyFor,
  refine,
  rulesOf,
  setSecret,
  string,
  unbroken,
  unknown,
  warning
} from "./shared-zod.js";

// action/src/pair/habit-tracker/words.ts
var levels = ["children", "weeks", "habits", "records"];
var placedTypes = [
  "MISSING_CHILD",
  "MISSING_WEEK",
  "ORPHAN_WEEK",
  "DUPLICATE_WEEK",
  "MISSING_HABIT",
  "ORPHAN_HABIT",
  "MISSING_RECORD",
  "ORPHAN_RECORD",
  "DATA_MISMATCH",
  "MALFORMED_LEGACY",
  "WRONG_OWNER",
  "AMBIGUOUS_OWNER"
];
var words = {
  document: { one: "week", many: "weeks" },
  group: { part: "child", one: "child", many: "children" },
  key: ["child", "week"],
  skips: { "not-a-monday": "not starting on a Monday, never migrated" },
  health: "health of the dual-write",
  nothing: "There was nothing to compare: no legacy week is in scope. Either every week is skipped under this week-alignment, or no row can be read: compare week-alignment with what the migration did.",
  hasTables: true,
  beside: { child: "child", weekStart: "week" }
};

// action/src/document/json.ts
import { randomUUID } from "node:crypto";

// action/src/document/trailing.ts
function withoutTrailing(text, character) {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

// action/src/document/json.ts
function writeJson(root, style) {
  const open = [];
  let value = root;
  for (; ; ) {
    let text = null;
    if (value !== null && typeof value === "object") {
      const keys = Array.isArray(value) ? void 0 : Object.keys(value);
      open.push({ keys, items: Object.values(value), next: 0, kept: [] });
    } else {
      text = style.leaf(value);
    }
    for (let parent = open.at(-1); ; parent = open.at(-1)) {
      if (!parent) return text;
      if (text !== null) parent.kept.push([parent.keys?.[parent.next - 1] ?? "", text]);
      const item = parent.items[parent.next];
      if (item !== void 0) {
        parent.next += 1;
        value = item;
        break;
      }
      open.pop();
      text = parent.keys ? style.object(parent.kept) : style.list(parent.kept.map(([, kept]) => kept));
    }
  }
}
var plainJson = (value) => writeJson(value, {
  leaf: (leaf) => JSON.stringify(leaf),
  list: (items) => `[${items.join(",")}]`,
  object: (members) => `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`
}) ?? "null";
var special = /\d{16}|\d[.eE]/;
var escapedName = /\\.[^"\\]*"\s*:/;
var tokenStart = /["[\]{}]|[^\s[\]{},:"]+/g;
var mark = `\0${randomUUID()} `;
function parseJson(text) {
  const value = JSON.parse(text);
  return escapedName.test(text) ? build(text, (token) => JSON.parse(token)) : value;
}
function stringEnds(text) {
  let escape = text.indexOf("\\");
  return (start) => {
    let end = text.indexOf('"', start + 1);
    for (let at = start + 1; ; ) {
      if (escape !== -1 && escape < at) escape = text.indexOf("\\", at);
      if (escape === -1 || escape > end) return end + 1;
      at = escape + 2;
      if (end < at) end = text.indexOf('"', at);
    }
  };
}
function* tokensOf(text) {
  const endOfString = stringEnds(text);
  const pattern = new RegExp(tokenStart);
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    if (found[0] === '"') pattern.lastIndex = endOfString(found.index);
    yield found[0] === '"' ? text.slice(found.index, pattern.lastIndex) : found[0];
  }
}
function build(text, read) {
  const open = [];
  let value = null;
  for (const part of tokensOf(text)) {
    const parent = open.at(-1);
    if (part === "{" || part === "[") {
      open.push({ names: part === "{" ? [] : void 0, items: [] });
      continue;
    }
    if (part === "}" || part === "]") {
      open.pop();
      const { names, items = [] } = parent ?? {};
      value = names ? Object.fromEntries(names.map((name, place) => [name, items[place] ?? null])) : items;
    } else if (parent?.names?.length === parent?.items.length && parent?.names) {
      parent.names.push(JSON.parse(part));
      continue;
    } else {
      value = read(part);
    }
    open.at(-1)?.items.push(value);
  }
  return value;
}
function readJson(text) {
  try {
    if (!special.test(text)) return parseJson(text);
    JSON.parse(text);
    return build(text, (token) => /^[-\d]/.test(token) ? mark + decimal(token) : JSON.parse(token));
  } catch (error) {
    if (error instanceof SyntaxError) return void 0;
    throw error;
  }
}
var numberIn = (text) => text.startsWith(mark) ? text.slice(mark.length) : void 0;
function decimal(source) {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = withoutTrailing(digits, "0");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power >= 0n && power <= 20n) return `${sign}${significant}${"0".repeat(Number(power))}`;
  const before = BigInt(significant.length) + power;
  if (power < 0n && before > 0n) return `${sign}${significant.slice(0, Number(before))}.${significant.slice(Number(before))}`;
  if (power < 0n && before > -6n) return `${sign}0.${"0".repeat(-Number(before))}${significant}`;
  return `${sign}${significant}e${power}`;
}

// action/src/document/canonical.ts
var plain = /^[!-~](?:[ -~]*[!-~])?$/;
var endlessMarks = /[\u0300-\u10ff\u1200-\u2fff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ud7a4-\u{10ffff}]{129}/u;
var isEndless = (text) => text.length > 128 && endlessMarks.test(text);
var toNfc = (text) => composed.test(text) || isEndless(text) ? text : text.normalize("NFC");
var toNfd = (text) => isEndless(text) ? text : text.normalize("NFD");
var composed = /^[\0-\u02ff]*$/;
function canonicalText(text) {
  if (text === null || text === void 0) return null;
  if (plain.test(text)) return text;
  return toNfc(text).trim() || null;
}
var byKey = ([a, left], [b, right]) => a < b ? -1 : a > b ? 1 : left < right ? -1 : left > right ? 1 : 0;
function canonicalObject(members) {
  const kept = members.every(([key]) => canonicalText(key) === key) ? members : respelled(members);
  return kept.length === 0 ? null : `{${kept.toSorted(byKey).map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}
function respelled(members) {
  const spelled = members.map(([key, text]) => [canonicalText(key) ?? "", text]);
  const times = /* @__PURE__ */ new Map();
  for (const [key] of spelled) times.set(key, (times.get(key) ?? 0) + 1);
  return spelled.map((member, place) => times.get(member[0]) === 1 ? member : members[place] ?? member);
}
var canonical = {
  leaf(value) {
    if (typeof value !== "string") return value === null ? null : String(value);
    const number3 = numberIn(value);
    if (number3 !== void 0) return number3;
    const text = canonicalText(value);
    return text === null ? null : JSON.stringify(text);
  },
  list: (items) => items.length === 0 ? null : `[${items.join(",")}]`,
  object: canonicalObject
};
function canonicalJson(text) {
  if (text === null || text === void 0 || text === "{}") return null;
  const value = readJson(text);
  return value === void 0 ? void 0 : writeJson(value, canonical);
}

// action/src/store/postgrest/filter.ts
var quote = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;
function listOf(texts) {
  const list = [...texts].map(quote).join(",");
  return list === '""' ? '"",""' : list;
}
function isIn(column, values) {
  const list = listOf(values);
  return list === "" ? "" : `${column}.in.(${list})`;
}
var maxNameLength = 100;
var anySpelling = (name) => `*${patternFor(canonicalText(name) ?? "").replace(/[^A-Za-z0-9*]+/g, "*")}*`.replace(/\*{2,}/g, "*");
function isNamed(column, names) {
  const plain2 = [];
  const patterns = /* @__PURE__ */ new Set();
  for (const name of names) {
    if (name.length <= maxNameLength && !/["\\()]/.test(name)) plain2.push(name);
    else patterns.add(patternFor(name));
  }
  const isLike = (all) => [...all].map((pattern) => `${column}.like.${pattern}`);
  const isOneOf = isIn(column, plain2);
  const conditions = [...isOneOf === "" ? [] : [isOneOf], ...isLike(patterns)];
  if (encodedLength(conditions.join(",")) <= maxFilterLength) return conditions;
  return isLike(new Set([...names].map(anySpelling)));
}
function patternFor(name) {
  const start = [...name].slice(0, maxNameLength / 2).join("");
  return start.replace(/["\\()%*,\s]/g, "_") + (start === name ? "" : "*");
}
var encodedLength = (text) => encodeURIComponent(text).length;
var maxFilterLength = 7e3;

// action/src/report/numbers.ts
var decimals = format({});
var percentages = format({ style: "percent", maximumSignificantDigits: 3 });
var upperBounds = format({ style: "percent", maximumSignificantDigits: 3, roundingMode: "ceil" });
function format(options) {
  let made;
  return (value) => (made ??= new Intl.NumberFormat("en-US", options)).format(value);
}
var number2 = (value) => Number.isSafeInteger(value) ? `${value}`.replaceAll(/\B(?=(?:\d{3})+$)/g, ",") : decimals(value);
function percent(fraction) {
  if (fraction === 0) return "0%";
  const shown2 = percentages(fraction);
  return fraction < 1 && shown2 === "100%" ? ">99.9%" : shown2;
}
var percentSet = format({ style: "percent", maximumSignificantDigits: 15 });
function percentBeside(rate, limits) {
  if (rate === 0) return percent(rate);
  const others2 = limits.filter((limit) => limit !== rate).map(percentSet);
  let shown2 = percent(rate);
  for (let digits = 4; others2.includes(shown2) && digits <= 15; digits += 1) shown2 = format({ style: "percent", maximumSignificantDigits: digits })(rate);
  return shown2;
}
var ratePercent = ({ drift: { rate }, thresholds: { high, critical } }) => percentBeside(rate, [high, critical]);
var worstEntity = ({ drift: { rate }, entities = [] }) => entities.length > 1 && rate > 0 ? entities.find((entity) => entity.rate === rate)?.name : void 0;
var percentAtMost = (fraction) => upperBounds(fraction);
var boundBeside = ({ rate, upperBound }) => upperBound === rate ? percent(rate) : percentAtMost(upperBound);
var count = (value, singular, plural = `${singular}s`) => `${number2(value)} ${value === 1 ? singular : plural}`;
var signed = (value) => value === 0 ? "0" : value > 0 ? `+${number2(value)}` : `\u2212${number2(-value)}`;

// action/src/store/errors.ts
var ReadError = class extends ToldError {
  name = "ReadError";
  /** What it was too much of, where less of the same may well be had: half the rows, or half the keys. */
  tooMuch;
  /** Whether a value was asked for that the column cannot hold, so that no row has it. */
  isImpossible;
};
var BudgetError = class extends Error {
  name = "BudgetError";
  constructor(options) {
    super(void 0, options);
  }
};
var isOutOfTime = (error) => error instanceof BudgetError || error instanceof ReadError && error.tooMuch === "time";

// action/src/document/shape.ts
var documentLevel = ({ group }) => group > 0 ? 1 : 0;
var groupLevel = ({ group, levels: levels2 }) => group > 0 ? levels2[0]?.name : void 0;
var levelName = ({ levels: levels2 }, level) => levels2[level]?.name ?? "";
var noCounts = ({ levels: levels2 }) => levels2.map(() => 0);
function addCounts(into, counts, times = 1) {
  for (let level = 0; level < counts.length; level += 1) into[level] = (into[level] ?? 0) + times * (counts[level] ?? 0);
}
var isSameCounts = (a, b) => a.length === b.length && a.every((count3, level) => count3 === b[level]);

// action/src/report/words.ts
var documents = ({ document }, howMany) => count(howMany, document.one, document.many);
var allDocuments = (words2, howMany) => howMany === 1 ? `the only ${words2.document.one}` : `all ${documents(words2, howMany)}`;
function coverageSentence({ parts, verified, oldest }, asOf) {
  const since = oldest === null ? "not every part has been compared yet" : `the oldest on ${dayOf(oldest, asOf)}`;
  return `${number2(verified)} of ${count(parts, "part")} verified in sync since drift was last seen; ${since}.`;
}
var downloadSentence = ({ store, bytes }) => `Store ${store}: ${Math.max(0.1, bytes / 1e6).toFixed(1)} MB were downloaded from the Realtime Database, which is what it bills.`;
function dayOf(iso, asOf) {
  const year = iso.slice(0, 4);
  return `${new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "UTC" })}${asOf.startsWith(year) ? "" : ` ${year}`}`;
}
var capitalized = (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
var isPlainName = (name) => /^[a-z][\w-]{0,62}$/.test(name);
function commandTarget({ pair, config, words: words2 }) {
  if (words2.hasTables) return "";
  const name = isPlainName(pair) ? ` --pair ${pair}` : "";
  return config === void 0 ? name : `${name} --config ${/^[\w./-]+$/.test(config) ? config : "<that file>"}`;
}

// action/src/compare/comparison.ts
var documentWords = ({ shape }) => shape.levels[documentLevel(shape)] ?? { name: "", one: "row", many: "rows" };
var settlingSentence = (howMany, document, settleMs) => `Reading ${documents({ document }, howMany)} again${settleMs > 0 ? ` for ${settleMs / 1e3} s` : ""}, to tell drift from writes in flight.`;
function emptyComparison(mode, legacyRows) {
  return {
    mode,
    engine: "stream",
    differing: 0,
    compared: 0,
    unsettled: 0,
    restless: 0,
    isLooseUnknown: false,
    population: legacyRows,
    legacyRows,
    planned: legacyRows,
    counts: [],
    judged: [],
    seen: [],
    skipped: 0,
    transient: 0,
    sourceVersions: {},
    trouble: void 0,
    ranOut: false,
    interruption: void 0
  };
}
var countDifference = ({ level, expected, normalized }) => ({
  kind: "count",
  level,
  key: null,
  path: null,
  legacy: expected,
  normalized,
  rowIds: {}
});
async function catchTrouble(result, work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof BudgetError) result.ranOut = true;
    else if (error instanceof ReadError) result.trouble = error.message;
    else throw error;
  }
}
function finish(result, tally, settled, { budget, entity }) {
  const compared = tally.compared();
  const population = Math.max(result.population, compared);
  return {
    ...result,
    population,
    compared,
    differing: tally.differing(),
    seen: tally.counts([]),
    unsettled: settled.unsettled,
    restless: settled.restless,
    transient: settled.transient,
    sourceVersions: tally.sourceVersions(),
    interruption: result.ranOut ? howFar(compared, Math.max(result.planned, compared), result.mode, budget, documentWords(entity)) : void 0
  };
}
function howFar(compared, planned, mode, { seconds }, document) {
  const share = percent(planned === 0 ? 0 : compared / planned);
  return `Within the time budget of ${seconds} s only ${number2(compared)} of ${documents({ document }, planned)} (${share}) could be compared. Raise time-budget-seconds${mode === "full" ? ", or compare a sample (mode: sample)" : ""}.`;
}

// action/src/compare/entities.ts
var maxTroubled = 2;
async function compareEntities(entities, compare2) {
  const underway = /* @__PURE__ */ new Map();
  let troubled = 0;
  const watch = async (comparing) => {
    const { trouble } = await comparing.catch(() => ({ trouble: void 0 }));
    if (trouble !== void 0) troubled += 1;
  };
  for (const together of groupsOf(entities)) {
    if (troubled >= maxTroubled) break;
    const scans = together.map((entity) => {
      const scanned = Promise.withResolvers();
      const comparing = compare2(entity, scanned.resolve);
      underway.set(entity, comparing);
      void watch(comparing).finally(scanned.resolve);
      return scanned.promise;
    });
    await Promise.all(scans);
  }
  return Promise.all([...underway].map(async ([entity, comparing]) => ({ entity, comparison: await comparing })));
}
function groupsOf(entities) {
  const groups = Map.groupBy(entities, (entity) => entity.scanName ?? entity);
  return [...groups.values()];
}

// action/src/document/document.ts
var keyId = (key) => JSON.stringify(key);
var groupId = (group) => JSON.stringify(group);
var groupOf = (key, { group }) => key.slice(0, group);
var isWhole = (key, { group, key: parts }) => key.slice(group).every((part, place) => part !== null || parts[group + place]?.isOptional);
var pathId = (path) => path.join("\0");
var copyMark = "\0\0";
var copyOf = (segment, number3) => `${segment}${copyMark}${number3}`;
function readSegment(segment) {
  const [name = "", copy] = segment.split(copyMark);
  return { name, copy };
}
var plainValue = (value) => value !== null && typeof value === "object" ? value.text : value;
var placeId = ({ kind, level, path }) => JSON.stringify([kind, level, path]);
var valuesOf = ({ legacy, normalized }) => [
  plainValue(legacy),
  plainValue(normalized)
];

// action/src/compare/digest.ts
import { setTimeout as sleep } from "node:timers/promises";

// action/src/document/order.ts
function compareText(left, right) {
  const [a, b] = [left ?? "", right ?? ""];
  return a < b ? -1 : a > b ? 1 : 0;
}
var few = 20;
function sortTexts(texts) {
  if (texts.length > few) return texts.sort();
  for (let end = 1; end < texts.length; end += 1) {
    const text = texts[end] ?? "";
    let place = end;
    for (; place > 0 && text < (texts[place - 1] ?? ""); place -= 1) texts[place] = texts[place - 1] ?? "";
    texts[place] = text;
  }
  return texts;
}
function compareIds(a, b) {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || compareText(a, b);
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b)) || compareText(a, b);
  return compareText(a, b);
}

// action/src/compare/pace.ts
var targetMs = 500;
var memory = 0.75;
var firstSize = 500;
var maxGrowth = 4;
var minSize = 500;
function createPace(clock = () => performance.now()) {
  let rows = 0;
  let ms = 0;
  let largest2 = firstSize / maxGrowth;
  let restUntil = 0;
  return {
    size(left) {
      const wanted = rows === 0 ? firstSize : targetMs * rows / Math.max(ms, 1);
      return Math.max(minSize, Math.min(wanted, largest2 * maxGrowth, left));
    },
    measured(partRows, partMs) {
      const predicted = rows === 0 ? Number.POSITIVE_INFINITY : partRows * ms / rows;
      if (partMs > 2 * predicted && partMs > targetMs) {
        rows = ms = 0;
        largest2 = partRows / maxGrowth;
        restUntil = clock() + partMs;
      }
      rows = rows * memory + partRows;
      ms = ms * memory + partMs;
      largest2 = Math.max(largest2, partRows);
    },
    restMs: () => Math.max(0, restUntil - clock())
  };
}

// action/src/compare/digest.ts
var lanes = 2;
var restStepMs = 250;
var maxFailedPortions = 3;
async function digestBothSides(digester, shape, tally, mayGoOn, onRows) {
  const legacy = noCounts(shape);
  const loose = noCounts(shape);
  const scan = { suspects: [], population: 0, legacy, skipped: 0, unseen: /* @__PURE__ */ new Set(), held: noCounts(shape), complete: true };
  const odd = /* @__PURE__ */ new Set();
  const stray = /* @__PURE__ */ new Map();
  const groups = { legacy: /* @__PURE__ */ new Set(), equal: /* @__PURE__ */ new Set() };
  const compared = /* @__PURE__ */ new Set();
  let failure;
  let failedPortions = 0;
  let rowsCompared = 0;
  const plan = await digester.plan();
  const rowsOf5 = ({ start, end }) => plan.rows.slice(start, end).reduce((sum2, rows) => sum2 + rows, 0);
  const again = [];
  const pace = createPace();
  let next = 0;
  let rowsLeft = rowsOf5({ start: 0, end: plan.rows.length });
  function take() {
    const part = again.pop();
    if (part) return part;
    const start = next;
    const size = pace.size(rowsLeft / lanes);
    for (let rows = 0; next < plan.rows.length && (next === start || rows + (plan.rows[next] ?? 0) / 2 <= size); next += 1) {
      rows += plan.rows[next] ?? 0;
    }
    rowsLeft -= rowsOf5({ start, end: next });
    return next > start ? { start, end: next } : void 0;
  }
  function add(digest2) {
    tally.addDigest(digest2.equal);
    for (const group of digest2.equal.groups) groups.equal.add(group);
    for (const group of digest2.legacyGroups) groups.legacy.add(group);
    addCounts(legacy, digest2.legacy);
    scan.skipped += digest2.skipped;
    scan.population += digest2.claimed;
    addCounts(loose, digest2.loose);
    for (const key of digest2.differing) scan.suspects.push(key);
    for (const key of digest2.odd) {
      scan.suspects.push(key);
      odd.add(keyId(key));
    }
    for (const one of digest2.stray) stray.set(keyId(one.key), one);
  }
  function fail({ start, end }, error) {
    if (end - start > 1) {
      const middle = Math.ceil((start + end) / 2);
      again.push({ start: middle, end }, { start, end: middle });
      return;
    }
    failedPortions += 1;
    failure ??= error;
  }
  let isBroken = false;
  async function lane() {
    while (failedPortions < maxFailedPortions && !isBroken) {
      while (pace.restMs() > 0 && mayGoOn()) await sleep(Math.min(pace.restMs(), restStepMs));
      if (isBroken) return;
      const goOn = mayGoOn();
      const part = goOn ? take() : void 0;
      if (!goOn) scan.complete = false;
      if (!part) return;
      const rows = rowsOf5(part);
      const started = performance.now();
      try {
        add(await plan.digest(part.start, part.end, part.end - part.start > 1 ? 1 : 2));
        for (let portion = part.start; portion < part.end; portion += 1) compared.add(portion);
        rowsCompared += rows;
        onRows(rowsCompared);
      } catch (error) {
        if (!(error instanceof ReadError)) {
          isBroken = true;
          throw error;
        }
        fail(part, error);
      }
      pace.measured(rows, performance.now() - started);
    }
  }
  let beside = { more: noCounts(shape), loose: void 0 };
  let troubleBeside;
  try {
    const broken = (await Promise.allSettled(Array.from({ length: lanes }, lane))).find(({ status }) => status === "rejected");
    if (broken?.status === "rejected") throw broken.reason;
    if (scan.complete && !failure) {
      beside = await plan.beside();
      const { keys, rows } = await plan.after?.() ?? { keys: [], rows: void 0 };
      for (const key of keys) {
        scan.suspects.push(key);
        odd.add(keyId(key));
      }
      if (rows !== void 0) tally.measure(rows);
    }
  } catch (error) {
    if (error instanceof ReadError) troubleBeside = error.message;
    else if (!(error instanceof BudgetError)) throw error;
    scan.complete = false;
  }
  const counted = /* @__PURE__ */ new Set();
  const known = new Set(stray.size > 0 ? scan.suspects.map(keyId) : []);
  for (const [id, { key, portion }] of stray) {
    if (known.has(id)) continue;
    scan.suspects.push(key);
    odd.add(id);
    if (compared.has(portion)) counted.add(id);
  }
  scan.suspects.sort((a, b) => compareText(a.at(-1) ?? "", b.at(-1) ?? "") || compareText(keyId(a), keyId(b)));
  if (groupLevel(shape) !== void 0) legacy[0] = groups.legacy.size;
  tally.addGroups([...groups.equal].flatMap((place) => plan.groups[place] ? [plan.groups[place]] : []));
  if (beside.loose) addCounts(loose, beside.loose);
  const found = { ...scan, odd, counted, beside: { more: beside.more, loose: beside.loose && loose } };
  if (!failure) return { ...found, trouble: troubleBeside };
  const total = rowsOf5({ start: 0, end: plan.rows.length });
  const trouble = `${number2(total - rowsCompared)} of ${number2(total)} rows could not be compared, and nothing is known about them. ${failure.message}`;
  return { ...found, complete: false, trouble };
}

// action/src/compare/settle.ts
import { hash } from "node:crypto";
import { setImmediate, setTimeout as sleep2 } from "node:timers/promises";

// action/src/document/chunks.ts
function* chunksOf(items, size) {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

// action/src/compare/compare.ts
function isHidden(path, hidden) {
  for (const { prefix, depth } of hidden) if (path.length >= depth && startsWith(path, prefix)) return true;
  return false;
}
function startsWith(path, prefix) {
  for (let index = 0; index < prefix.length; index += 1) if (path[index] !== prefix[index]) return false;
  return true;
}
var valueOf = (field) => field === void 0 || field.value === null ? null : { text: field.value, readable: field.readable, ...field.opaque && { opaque: true } };
var isSame = (left, right) => right !== void 0 && !left.unreadable && !right.unreadable && (left.value === right.value || left.isNear?.(right.value) === true);
function mergeRowIds(...all) {
  const merged2 = {};
  for (const rowIds of all) Object.assign(merged2, rowIds);
  return merged2;
}
function compare(expected, actual, shape) {
  const differences = [];
  const parentOf = (path, document) => document.fields.get(pathId(path.slice(0, -1)));
  const hasParent = (path, document) => path.length < 3 || parentOf(path, document) !== void 0;
  const report = (kind, left, right, { path, level }) => {
    const parent = right ? void 0 : parentOf(path, actual);
    differences.push({
      kind,
      level: levelName(shape, level),
      key: expected.key,
      path,
      legacy: valueOf(left),
      normalized: valueOf(right),
      rowIds: mergeRowIds(expected.rowIds, actual.rowIds, left?.rowIds ?? {}, right?.rowIds ?? parent?.rowIds ?? {})
    });
  };
  expected.fields.forEach((left, id) => {
    const right = actual.fields.get(id);
    if (isSame(left, right) || isHidden(left.path, expected.hidden)) return;
    if (right) report("mismatch", left, right, left);
    else if (hasParent(left.path, actual)) report("missing", left, void 0, left);
  });
  actual.fields.forEach((right, id) => {
    if (expected.fields.has(id) || isHidden(right.path, expected.hidden)) return;
    if (hasParent(right.path, expected)) report("orphan", void 0, right, right);
  });
  return differences;
}
function countDocument(document, shape, hidden = document.hidden) {
  const counts = countMembers(document, shape, hidden);
  counts[documentLevel(shape)] = 1;
  return counts;
}
function countMembers({ fields }, shape, hidden, within = []) {
  const counts = noCounts(shape);
  fields.forEach(({ path, level, attribute }) => {
    if (attribute || isHidden(path, hidden) || !startsWith(path, within)) return;
    counts[level] = (counts[level] ?? 0) + 1;
  });
  return counts;
}
function disagreements(expected, actual) {
  let count3 = 0;
  expected.fields.forEach((left, id) => {
    if (left.value !== actual.fields.get(id)?.value && !isHidden(left.path, expected.hidden)) count3 += 1;
  });
  actual.fields.forEach((right, id) => {
    if (!expected.fields.has(id) && !isHidden(right.path, expected.hidden)) count3 += 1;
  });
  return count3;
}
function bestRows(expected, actual) {
  if (!actual.copied) return actual;
  const ofMembers = actual.copied.filter((path) => path.length === 2);
  const ofSubmembers = actual.copied.filter((path) => path.length > 2);
  let { fields } = actual;
  for (const copies of [ofSubmembers, ofMembers]) fields = exchange(fields, bestOf(copies, expected, fields));
  return { ...actual, fields };
}
function bestOf(copies, expected, fields) {
  const places = /* @__PURE__ */ new Map();
  const inside = Map.groupBy(fields.values(), ({ path }) => pathId(path.slice(0, -1)));
  const insideExpected = Map.groupBy(expected.fields.values(), ({ path }) => pathId(path.slice(0, -1)));
  const distance2 = (path) => {
    const first = plainPath(path);
    const wanted = new Map(insideExpected.get(pathId(first))?.map(({ path: place, value }) => [place.at(-1), value]));
    const held = new Map(inside.get(pathId(path))?.map(({ path: place, value }) => [place.at(-1), value]));
    const own = fields.get(pathId(path))?.value === expected.fields.get(pathId(first))?.value ? 0 : 1;
    const isReported = (name = "") => wanted.get(name) !== held.get(name) && !isHidden([...first, name], expected.hidden);
    return own + [.../* @__PURE__ */ new Set([...wanted.keys(), ...held.keys()])].filter(isReported).length;
  };
  const firstOf = (path) => [...path.slice(0, -1), readSegment(path.at(-1) ?? "").name];
  for (const group of Map.groupBy(copies, (path) => pathId(firstOf(path))).values()) {
    const first = firstOf(group[0] ?? []);
    let best = { path: first, distance: distance2(first) };
    for (const path of group) {
      const other = { path, distance: distance2(path) };
      if (other.distance < best.distance) best = other;
    }
    if (best.path === first) continue;
    places.set(pathId(best.path), first);
    places.set(pathId(first), best.path);
  }
  return places;
}
var plainPath = (path) => path.map((segment) => readSegment(segment).name);
function exchange(fields, places) {
  if (places.size === 0) return fields;
  const exchanged = /* @__PURE__ */ new Map();
  for (const [id, field] of fields) {
    const depth = field.path.findIndex((_, index) => places.has(pathId(field.path.slice(0, index + 1))));
    const start = depth === -1 ? void 0 : places.get(pathId(field.path.slice(0, depth + 1)));
    const path = start ? [...start, ...field.path.slice(depth + 1)] : field.path;
    exchanged.set(start ? pathId(path) : id, path === field.path ? field : { ...field, path });
  }
  return exchanged;
}

// action/src/compare/explain.ts
function explain(key, reading, { shape }) {
  const { expected: claims, unclaimed, groupExists, outOfScope } = reading;
  const level = levelName(shape, documentLevel(shape));
  const [expected, ...otherClaims] = claims;
  const hasDuplicates = shape.hasDuplicates && key.length <= shape.key.length;
  const twins = expected && !hasDuplicates ? bestFirst(expected, reading.actual) : reading.actual;
  const [actual] = twins;
  const differences = [...unclaimed];
  const whole = { key, level, path: null, legacy: null, normalized: null };
  const name = nameOf(key, shape, shape.group, shape.key.length);
  if (expected && otherClaims.length > 0) differences.push({ ...whole, kind: "duplicate", legacy: claims.length, rowIds: allRowIds(claims) });
  if (hasDuplicates && twins.length > 1) differences.push({ ...whole, kind: "duplicate", normalized: twins.length, rowIds: allRowIds(twins) });
  if (expected && !actual) {
    const missing = groupExists ? { legacy: name } : { level: groupLevel(shape) ?? level, legacy: nameOf(key, shape, shape.group - 1, shape.group) };
    differences.push({ ...whole, ...missing, kind: "missing", rowIds: expected.rowIds });
  }
  for (const [place, orphan] of twins.entries()) {
    if (hasDuplicates ? expected || place > 0 : expected && place === 0) continue;
    differences.push({ ...whole, kind: "orphan", normalized: name, rowIds: orphan.rowIds, place });
  }
  if (expected) differences.push(...expected.problems);
  for (const twin of hasDuplicates ? twins.slice(0, 1) : twins) differences.push(...twin.problems);
  if (expected && actual) differences.push(...compare(expected, actual, shape));
  return { key, differences, expected, actual: twins, groupExists, ...outOfScope && { outOfScope } };
}
function allRowIds(documents2) {
  const rows = {};
  for (const { rowIds } of documents2) {
    for (const [table, ids] of Object.entries(rowIds)) (rows[table] ??= []).push(...ids);
  }
  return rows;
}
function nameOf(key, shape, start, end) {
  const parts = key.slice(start, end);
  if (parts.every((part) => part === null)) return null;
  const isPlain = (part, place) => {
    const shown2 = shape.key[start + place]?.shown;
    return typeof shown2 === "function" ? part === null || shown2(part) === "plain" : shown2 === "plain";
  };
  return { text: parts.map((part) => part ?? "").join(" "), readable: parts.every(isPlain) };
}
function bestFirst(expected, actual) {
  const twins = actual.map((twin) => bestRows(expected, twin));
  if (twins.length < 2) return twins;
  const ranked = twins.map((twin) => ({ twin, distance: disagreements(expected, twin) }));
  return ranked.sort((a, b) => a.distance - b.distance).map(({ twin }) => twin);
}

// action/src/compare/settle.ts
var firstDelayMs = 250;
var chunkSize = 100;
var nothing = { expected: [], actual: [], unclaimed: [], groupExists: false };
var explainedAtOnce = 10;
var realClock = { now: () => performance.now(), sleep: (ms, signal) => sleep2(ms, void 0, { signal }) };
async function settle(keys, options, settled) {
  const { pair, settleMs, suspected: suspected2, accept, clock = realClock } = options;
  const patienceMs2 = 5 * settleMs + 1e4;
  let pending = keys.map((key) => ({
    key,
    seen: void 0,
    since: void 0,
    waits: false,
    moves: false,
    written: void 0
  }));
  const gone = [];
  let accepted = 0;
  function mustWait(item, explanation, look, notes) {
    const { mature, young } = judge(item, explanation.differences, look, notes, settleMs, settled);
    const { begun, ended } = look;
    item.since ??= ended;
    if (young.length > 0 && begun - item.since < patienceMs2) {
      if (!item.waits) settled.unsettled += 1;
      item.waits = true;
      return true;
    }
    if (item.waits) settled.unsettled -= 1;
    const lasting = young.filter(({ sighting }) => begun - sighting.since >= settleMs && !sighting.moved.every(Boolean));
    const isRestless = lasting.length < young.length;
    if (isRestless) settled.restless += 1;
    item.seen = void 0;
    const differences = [...mature, ...lasting.map(({ difference }) => difference)];
    const last = isRestless ? { ...explanation, differences, actual: inStep(explanation) } : { ...explanation, differences };
    if (pair.seek && isNowhere(last)) gone.push(last);
    else accept(last);
    accepted += 1;
    return false;
  }
  async function watch(waiting) {
    const { watch: watched } = pair;
    if (!watched) return { due: waiting, quiet: [] };
    const { true: young = [], false: due = [] } = Object.groupBy(waiting, (item) => `${!item.moves && isYoung(item, clock.now(), settleMs)}`);
    const quiet = [];
    for await (const [chunk, readings] of inOrder(chunksOf(young, chunkSize), (some) => watched.read(some.map(({ key }) => key))))
      for (const item of chunk) {
        const reading = readings.get(keyId(item.key));
        (reading && isQuiet(item, reading[watched.side]) ? quiet : due).push(item);
      }
    return { due, quiet };
  }
  for (let round = 0; pending.length > 0; round += 1) {
    const { due, quiet: remaining } = await watch(pending);
    const read = async (chunk) => {
      const begun = clock.now();
      const readings = await pair.read(chunk.map(({ key }) => key));
      return { readings, look: { begun, ended: clock.now() } };
    };
    for await (const [chunk, { readings, look }] of inOrder(chunksOf(due, chunkSize), read)) {
      for (const [place, item] of chunk.entries()) {
        if (place % explainedAtOnce === 0) await setImmediate();
        const id = keyId(item.key);
        const reading = readings.get(id) ?? nothing;
        const explanation = explain(item.key, reading, pair);
        const wasSeen = suspected2 && !options.odd?.has(id);
        if (round === 0 && wasSeen && explanation.differences.length === 0) settled.transient += 1;
        if (mustWait(item, explanation, look, pair.watch && notesOf(reading, pair.watch.side))) remaining.push(item);
      }
      options.onProgress?.(accepted);
    }
    pending = remaining;
    if (pending.length > 0) await pause(pending, round, settleMs, options.stop, clock);
  }
  if (gone.length === 0 || !pair.seek) return;
  const seen = await pair.seek(gone.map(({ key }) => key));
  const ids = new Set(seen.map(keyId));
  for (const explanation of gone) if (!ids.has(keyId(explanation.key))) accept(explanation);
  let lost = 0;
  const acceptSeen = (explanation) => {
    if (isNowhere(explanation)) lost += 1;
    else accept(explanation);
  };
  const { seek: _, ...rest } = pair;
  await settle(seen, { ...options, pair: rest, suspected: false, accept: acceptSeen, onProgress: () => void 0 }, settled);
  if (lost > 0) throw new ReadError(lostSentence(pair.shape, lost));
}
var isNowhere = ({ expected, actual, differences, outOfScope }) => expected === void 0 && actual.length === 0 && differences.length === 0 && !outOfScope?.legacy && !outOfScope?.normalized;
var lostSentence = ({ levels: levels2 }, rows) => `Entity ${levels2[0]?.name}: a scan returns rows that a lookup by key does not find (${number2(rows)} of them), so they could not be compared. Something between this runner and the database changes its answers, or this is a bug in Driftwatch: run again, and report it if it persists.`;
async function* inOrder(items, work) {
  const underway = [];
  for (const item of items) {
    const done = underway.length < 2 ? void 0 : await underway.shift()?.();
    const result = work(item);
    result.catch(() => void 0);
    underway.push(async () => [item, await result]);
    if (done) yield done;
  }
  for (const finish2 of underway) yield finish2();
}
var inStep = ({ expected, actual }) => expected && actual.length > 0 ? [expected, ...actual.slice(1)] : actual;
function judge(item, differences, { begun, ended }, notes, settleMs, settled) {
  const earlier = item.seen;
  const seen = /* @__PURE__ */ new Map();
  const mature = [];
  const young = [];
  const wasWritten = earlier !== void 0 && notes !== void 0 && notes.written !== item.written;
  item.moves = false;
  const inPlace = /* @__PURE__ */ new Map();
  for (const difference of differences) {
    const id = placeId(difference);
    const times = (inPlace.get(id) ?? 0) + 1;
    inPlace.set(id, times);
    const place = `${id} ${times}`;
    const values = valuesOf(difference);
    const said = notes && saidAt(difference, notes.watched);
    const sighting = earlier?.get(place) ?? {
      since: ended,
      stillSince: ended,
      values,
      moved: [false, false],
      path: difference.path,
      said,
      stirred: false
    };
    const [legacyMoved, normalizedMoved] = [sighting.values[0] !== values[0], sighting.values[1] !== values[1]];
    if (legacyMoved || normalizedMoved) {
      settled.transient += 1;
      item.moves = true;
      sighting.stillSince = ended;
      sighting.values = values;
      sighting.moved[0] ||= legacyMoved;
      sighting.moved[1] ||= normalizedMoved;
    }
    const wasStirred = sighting.stirred || sighting.said !== said;
    if (notes && earlier?.has(place) && (wasStirred || wasWritten)) {
      sighting.stillSince = ended;
      sighting.moved[notes.place] ||= wasStirred;
      sighting.moved[1 - notes.place] ||= wasWritten;
    }
    sighting.said = said;
    sighting.stirred = false;
    seen.set(place, sighting);
    if (settleMs === 0 || begun - sighting.stillSince >= settleMs) mature.push(difference);
    else young.push({ difference, sighting });
  }
  for (const place of earlier?.keys() ?? []) if (!seen.has(place)) settled.transient += 1;
  item.seen = seen;
  item.written = notes?.written;
  return { mature, young };
}
var notesOf = ({ expected, actual }, side) => {
  const [place, watched, other] = side === "expected" ? [0, expected, actual] : [1, actual, expected];
  return { place, watched, written: other.map(({ version: version2 }) => version2 ?? "").join(" ") };
};
function isQuiet({ seen }, watched) {
  const sightings = [...seen?.values() ?? []];
  for (const sighting of sightings) sighting.stirred ||= saidAt(sighting, watched) !== sighting.said;
  return !sightings.some(({ stirred }) => stirred);
}
function saidAt({ path }, documents2) {
  const id = path && pathId(path);
  const parts = documents2.map(({ rowIds, fields, problems }) => {
    if (id === null) return [rowIds, [...fields].map(([name, { value }]) => [name, value])];
    const field = fields.get(id);
    return [field?.value, field?.unreadable, problems.filter((problem) => problem.path && pathId(problem.path) === id).map(valuesOf)];
  });
  return hash("sha256", JSON.stringify(parts), "base64");
}
var isYoung = ({ seen }, now, settleMs) => [...seen?.values() ?? []].some(({ stillSince }) => now - stillSince < settleMs);
async function pause(pending, round, settleMs, stop, clock) {
  const now = clock.now();
  const youngest = Math.max(...pending.slice(0, 1e3).flatMap(({ seen }) => [...seen?.values() ?? []].map(({ stillSince }) => stillSince)), now - settleMs);
  const untilMature = youngest + settleMs - now;
  const wait = pending.some(({ moves }) => moves) ? firstDelayMs : firstDelayMs * 2 ** round;
  const delay = Math.max(0, Math.min(wait, untilMature + 1));
  await clock.sleep(delay, stop).catch((cause) => {
    throw new BudgetError({ cause });
  });
}

// action/src/compare/stream.ts
import { hash as hash2, randomUUID as randomUUID2 } from "node:crypto";

// action/src/document/key-index.ts
function createKeyIndex(shape) {
  return shape.group === 0 && shape.key.length === 1 ? indexOfPlainKeys() : indexOfGroups(shape);
}
function indexOfPlainKeys() {
  let isAny = false;
  return {
    add(key) {
      isAny = true;
      const [own = null] = key;
      return own === null || key.length > 1 || own.startsWith("	") ? `	${JSON.stringify(key)}` : own;
    },
    key: (id) => id.startsWith("	") ? JSON.parse(id.slice(1)) : [id],
    group: () => "",
    groups: () => isAny ? 1 : 0,
    all: () => isAny ? [[]] : []
  };
}
function indexOfGroups({ key: parts, group: groupLength }) {
  const groups = [];
  const numbers = /* @__PURE__ */ new Map();
  const isPlain = parts.length - groupLength === 1;
  function numberOf(group) {
    const id = group.length === 0 ? "" : groupId(group);
    const known = numbers.get(id);
    if (known !== void 0) return known;
    numbers.set(id, groups.length);
    return groups.push(group) - 1;
  }
  return {
    add(key) {
      const number3 = numberOf(key.slice(0, groupLength));
      if (key.length > parts.length) return `${number3}	${JSON.stringify(key.slice(groupLength))}`;
      if (!isPlain) return `${number3} ${JSON.stringify(key.slice(groupLength))}`;
      const own = key[groupLength] ?? null;
      return own === null ? `${number3}` : `${number3} ${own}`;
    },
    key(id) {
      const mark3 = id.indexOf("	");
      const start = id.slice(0, Math.max(0, mark3));
      if (/^\d+$/.test(start)) return [...groups[Number(start)] ?? [], ...JSON.parse(id.slice(mark3 + 1))];
      const end = id.indexOf(" ");
      const group = groups[Number(end === -1 ? id : id.slice(0, end))] ?? [];
      const own = end === -1 ? null : id.slice(end + 1);
      return isPlain || own === null ? [...group, own] : [...group, ...JSON.parse(own)];
    },
    group(id) {
      const end = id.search(/[ \t]/);
      return end === -1 ? id : id.slice(0, end);
    },
    groups: () => groups.length,
    all: () => groups
  };
}

// action/src/compare/seen.ts
var digestBytes = 9;
var claimed = 1;
var shown = 2;
var equal = 4;
var suspected = 8;
function createSeen() {
  const places = /* @__PURE__ */ new Map();
  const counts = createShared((list) => list.join(" "));
  const versions = createShared((version2) => version2 ?? "\0");
  const loose = /* @__PURE__ */ new Map();
  let room = 1024;
  let flags = new Uint8Array(room);
  let digests = new Uint8Array();
  let countsOf = new Uint32Array(room);
  let versionOf = new Uint32Array(room);
  function add(id) {
    const place = places.size;
    places.set(id, place);
    if (place < room) return place;
    room *= 2;
    flags = grown(flags, new Uint8Array(room));
    countsOf = grown(countsOf, new Uint32Array(room));
    versionOf = grown(versionOf, new Uint32Array(room));
    return place;
  }
  const has = (place, flag) => ((flags[place] ?? 0) & flag) !== 0;
  const mark3 = (place, marks) => {
    flags[place] = (flags[place] ?? 0) | marks;
  };
  return {
    find: (id) => places.get(id),
    add,
    claim(place, ofDocument) {
      mark3(place, claimed);
      countsOf[place] = counts.numberOf(ofDocument);
    },
    show(place, sourceVersion) {
      mark3(place, shown);
      versionOf[place] = versions.numberOf(sourceVersion);
    },
    keep(place, digest2, ofDocument) {
      if (digests.length < room * digestBytes) digests = grown(digests, new Uint8Array(room * digestBytes));
      for (let at = 0; at < digestBytes; at += 1) digests[place * digestBytes + at] = digest2.charCodeAt(at);
      if (ofDocument) loose.set(place, ofDocument);
    },
    match: (place) => mark3(place, equal),
    suspect: (place) => mark3(place, suspected),
    isClaimed: (place) => has(place, claimed),
    isShown: (place) => has(place, shown),
    isEqual: (place) => has(place, equal) && !has(place, suspected),
    isSuspected: (place) => has(place, suspected),
    hasDigest(place, digest2) {
      for (let at = 0; at < digestBytes; at += 1) if (digests[place * digestBytes + at] !== digest2.charCodeAt(at)) return false;
      return true;
    },
    loose: (place) => loose.get(place),
    counts: (place) => counts.of(countsOf[place] ?? 0) ?? [],
    sourceVersion: (place) => versions.of(versionOf[place] ?? 0),
    all: () => places
  };
}
function grown(before, larger) {
  larger.set(before);
  return larger;
}
function createShared(textOf2) {
  const numbers = /* @__PURE__ */ new Map();
  const values = [];
  return {
    numberOf(value) {
      const text = textOf2(value);
      const known = numbers.get(text);
      if (known !== void 0) return known;
      numbers.set(text, values.length);
      return values.push(value) - 1;
    },
    of: (number3) => values[number3]
  };
}

// action/src/compare/stream.ts
var salt = randomUUID2();
var digest = (text) => hash2("sha256", salt + text, "binary");
function textOf({ fields }) {
  let text = "";
  for (const id of sortTexts([...fields.keys()])) {
    const { value = null, isNear: isNear2, unreadable } = fields.get(id) ?? {};
    if (isNear2 && !unreadable) continue;
    text += value === null ? `${id.length} ${id}
` : `${id.length} ${id}${unreadable ? "!" : "="}${value.length} ${value}
`;
  }
  return text;
}
function looseOf({ fields }) {
  let loose;
  fields.forEach((field, id) => {
    if (field.isNear) (loose ??= /* @__PURE__ */ new Map()).set(id, field);
  });
  return loose;
}
var isNear = (loose, { fields }) => loose === void 0 || [...loose].every(([id, field]) => field.value === fields.get(id)?.value || field.isNear?.(fields.get(id)?.value ?? null));
var maxWaiting = 2e3;
async function scanBothSides(pair, tally, mayGoOn, onProgress) {
  const { shape, comparison } = pair;
  const index = createKeyIndex(shape);
  const seen = createSeen();
  const unclaimed = /* @__PURE__ */ new Set();
  const legacy = noCounts(shape);
  const held = noCounts(shape);
  const one = noCounts(shape);
  one[documentLevel(shape)] = 1;
  const [parents, groups] = [/* @__PURE__ */ new Set(), /* @__PURE__ */ new Set()];
  const waiting = /* @__PURE__ */ new Map();
  const pages = { expected: 0, actual: 0 };
  const ahead = { expected: 0, actual: 0 };
  const ended = /* @__PURE__ */ new Set();
  let skipped = 0;
  let rowsRead = 0;
  try {
    for await (const [side, page] of pagesOfBoth(pair, nextSide, ended)) {
      pages[side] += 1;
      ahead[side] = 0;
      for (const row of page) {
        rowsRead += 1;
        if (side === "expected") meetExpected(row);
        else meetActual(row);
      }
      if (side === "expected" && groupLevel(shape) !== void 0) legacy[0] = index.groups();
      waitFor(maxWaiting);
      onProgress(rowsRead);
      if (!mayGoOn()) break;
    }
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
  }
  waitFor(0);
  function nextSide() {
    const { expected, actual } = comparison?.inOrder ? ahead : pages;
    return expected > actual ? "actual" : "expected";
  }
  function meetExpected({ entry, raw }) {
    addCounts(legacy, raw);
    const id = index.add(entry.key);
    if (entry.kind === "skipped") skipped += 1;
    if (entry.kind === "unclaimed") unclaimed.add(id);
    if (entry.kind !== "claim") return;
    const place = seen.find(id) ?? seen.add(id);
    if (comparison) meetRow("expected", place, entry, comparison);
    else if (seen.isClaimed(place)) seen.suspect(place);
    else {
      const { document } = entry;
      seen.claim(place, countDocument(document, shape));
      meetDocument(place, document, false);
    }
  }
  function meetActual({ entry }) {
    const id = index.add(entry.key);
    if (entry.kind === "unclaimed") unclaimed.add(id);
    if (entry.kind !== "claim") return;
    groups.add(index.group(id));
    const place = seen.find(id) ?? seen.add(id);
    if (comparison) {
      meetRow("actual", place, entry, comparison);
      return;
    }
    const { document } = entry;
    if (document.held) addCounts(held, document.held);
    if (document.parent !== void 0) parents.add(document.parent);
    const isFirst = !seen.isShown(place);
    seen.show(place, document.sourceVersion);
    if (isFirst) meetDocument(place, document, seen.isClaimed(place));
    else seen.suspect(place);
  }
  function meetRow(side, place, claim, { inOrder: inOrder3, agrees }) {
    const [isKnown, isMet] = [seen.isClaimed(place), seen.isShown(place)];
    if (side === "expected" ? isKnown : isMet) {
      seen.suspect(place);
      return;
    }
    if (side === "expected") seen.claim(place, one);
    else seen.show(place, void 0);
    const other = waiting.get(place);
    if (other === void 0 && (isKnown || isMet || !inOrder3)) meetAlone(place, claim, isKnown || isMet);
    else if (other === void 0) {
      waiting.set(place, { side, claim, page: pages[side] });
      ahead[side] += 1;
    } else {
      waiting.delete(place);
      if (other.page === pages[other.side]) ahead[other.side] -= 1;
      if (side === "expected" ? agrees(claim, other.claim) : agrees(other.claim, claim)) seen.match(place);
      else seen.suspect(place);
    }
  }
  function meetDocument(place, document, isMet) {
    meetText(place, document.problems.length > 0 ? null : textOf(document), isMet, document);
  }
  function meetAlone(place, claim, isMet) {
    const text = comparison?.textOf(claim);
    if (text === void 0) meetDocument(place, claim.document, isMet);
    else meetText(place, text, isMet);
  }
  function meetText(place, text, isMet, document) {
    if (text === null) seen.suspect(place);
    else if (!isMet) seen.keep(place, digest(text), document && looseOf(document));
    else if (!seen.isSuspected(place) && seen.hasDigest(place, digest(text)) && (document === void 0 || isNear(seen.loose(place), document)))
      seen.match(place);
    else seen.suspect(place);
  }
  function waitFor(most) {
    for (const [place, { claim }] of waiting) {
      if (waiting.size <= most) return;
      waiting.delete(place);
      meetAlone(place, claim, false);
    }
  }
  const suspects = [...unclaimed].map(index.key);
  const unseen = /* @__PURE__ */ new Set();
  let population = 0;
  for (const [id, place] of seen.all()) {
    if (seen.isClaimed(place)) population += 1;
    if (seen.isEqual(place)) tally.addEqual(() => index.key(id), seen.counts(place), seen.sourceVersion(place));
    else if (seen.isSuspected(place) || ended.has(seen.isShown(place) ? "expected" : "actual")) {
      const key = index.key(id);
      suspects.push(key);
      if (!seen.isShown(place)) unseen.add(keyId(key));
    }
  }
  const more = noCounts(shape);
  if (groupLevel(shape) !== void 0) more[0] = Math.max(0, parents.size - groups.size);
  const complete = ended.size === 2;
  return { suspects, unseen, odd: /* @__PURE__ */ new Set(), counted: /* @__PURE__ */ new Set(), population, legacy, skipped, beside: { more, loose: void 0 }, held, complete };
}
async function* pagesOfBoth({ expected, actual, comparison }, next, ended) {
  const scans = { expected: expected.documents()[Symbol.asyncIterator](), actual: actual.documents()[Symbol.asyncIterator]() };
  try {
    while (ended.size < 2) {
      const side = ended.has("expected") ? "actual" : ended.has("actual") || !comparison?.inTurns ? "expected" : next();
      const { done, value } = await scans[side].next();
      if (done) ended.add(side);
      else yield [side, value];
    }
  } finally {
    for (const scan of Object.values(scans)) await scan.return?.();
  }
}

// action/src/compare/tally.ts
function createTally({ shape }, onDifference, accepts = () => false, onExplained = () => void 0) {
  const own = documentLevel(shape);
  const ofGroups = groupLevel(shape);
  const expected = noCounts(shape);
  const normalized = noCounts(shape);
  const accepted = noCounts(shape);
  const expectedGroups = /* @__PURE__ */ new Set();
  const normalizedGroups = /* @__PURE__ */ new Set();
  const orphanedGroups = /* @__PURE__ */ new Set();
  const mendedGroups = /* @__PURE__ */ new Set();
  const missingGroups = /* @__PURE__ */ new Set();
  const versions = /* @__PURE__ */ new Map();
  let moreGroups = 0;
  let measured;
  let digested = 0;
  let explained = 0;
  let compared = 0;
  let differing3 = 0;
  let orphans = 0;
  const idOfGroup = (key) => groupId(groupOf(key, shape));
  const addVersion = (version2, count3 = 1) => {
    if (version2 !== void 0) versions.set(version2, (versions.get(version2) ?? 0) + count3);
  };
  const correction = () => measured === void 0 ? 0 : Math.max(0, measured - explained) - digested;
  const addActual = (document, twin) => {
    addCounts(normalized, countDocument(document, shape, twin?.hidden));
    addVersion(document.sourceVersion);
  };
  return {
    addEqual(keyOf, counts, sourceVersion) {
      compared += 1;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      addVersion(sourceVersion);
      if (ofGroups === void 0) return;
      const id = idOfGroup(keyOf());
      expectedGroups.add(id);
      normalizedGroups.add(id);
    },
    measure(rows) {
      measured = rows;
    },
    addDigest({ counts, sourceVersions }) {
      compared += counts[own] ?? 0;
      digested += counts[own] ?? 0;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      for (const [version2, count3] of Object.entries(sourceVersions)) addVersion(version2, count3);
    },
    addGroups(groups) {
      for (const group of groups) {
        const id = groupId(group);
        expectedGroups.add(id);
        normalizedGroups.add(id);
      }
    },
    addBeside(beside) {
      addCounts(normalized, beside);
      if (ofGroups !== void 0) moreGroups += beside[0] ?? 0;
    },
    takeBack({ expected: document, actual: [actual] }) {
      const alike = document ?? actual;
      if (!alike) return;
      const counts = countDocument(alike, shape);
      compared -= 1;
      addCounts(expected, counts, -1);
      addCounts(normalized, counts, -1);
      addVersion(actual?.sourceVersion, -1);
    },
    addExplained(explanation) {
      const { key, differences, expected: document, actual, groupExists } = explanation;
      const group = idOfGroup(key);
      const left = [];
      let acceptedOrphans = 0;
      for (const difference of differences) {
        if (!accepts(difference)) {
          left.push(difference);
          if (difference.kind === "missing" && difference.level === ofGroups) missingGroups.add(group);
          continue;
        }
        addCounts(accepted, shareOf(difference, explanation));
        if (difference.path !== null) continue;
        if (difference.kind === "orphan") acceptedOrphans += 1;
        if (difference.kind === "missing") mendedGroups.add(group);
      }
      onExplained({ ...explanation, differences: left });
      if (document) {
        addCounts(expected, countDocument(document, shape));
        expectedGroups.add(group);
      }
      for (const twin of actual) addActual(twin, document);
      explained += actual.length;
      if (actual.length > acceptedOrphans && groupExists) normalizedGroups.add(group);
      else if (actual.length > 0 && groupExists) orphanedGroups.add(group);
      left.forEach(onDifference);
      if (!document && actual.length === 0) return;
      compared += 1;
      if (!document) orphans += 1;
      if (left.length > 0) differing3 += 1;
    },
    compared: () => compared + correction(),
    differing: () => differing3,
    orphans: () => orphans,
    sourceVersions: () => Object.fromEntries([...versions].sort(([a], [b]) => a < b ? -1 : 1)),
    counts(legacy) {
      if (ofGroups !== void 0) {
        expected[0] = expectedGroups.size;
        normalized[0] = normalizedGroups.size + missingFrom(normalizedGroups, orphanedGroups).length + moreGroups;
      }
      return shape.levels.map(({ name }, level) => {
        const alike = level === own ? correction() : 0;
        const [left, right] = [(expected[level] ?? 0) + alike, (normalized[level] ?? 0) + alike];
        return { level: name, legacy: legacy[level] ?? 0, expected: left, normalized: right, difference: right - left };
      });
    },
    withoutAccepted(counts) {
      if (ofGroups !== void 0) {
        const mended = missingFrom(normalizedGroups, mendedGroups).filter((id) => !missingGroups.has(id));
        accepted[0] = mended.length - missingFrom(normalizedGroups, orphanedGroups).length;
      }
      return counts.map((count3) => {
        const less = accepted[shape.levels.findIndex(({ name }) => name === count3.level)] ?? 0;
        return { ...count3, normalized: count3.normalized + less, difference: count3.difference + less };
      });
    }
  };
  function shareOf(difference, { expected: document, actual }) {
    const { kind, path } = difference;
    const share = noCounts(shape);
    if (kind === "duplicate" && shape.hasDuplicates && typeof difference.normalized === "number") share[own] = 1 - difference.normalized;
    if (kind !== "missing" && kind !== "orphan") return share;
    const sign = kind === "missing" ? 1 : -1;
    if (path === null) {
      const whole = kind === "missing" ? document : actual[difference.place ?? 0];
      if (whole) addCounts(share, countDocument(whole, shape, document?.hidden), sign);
      else share[own] = sign;
      return share;
    }
    const side = kind === "missing" ? document : actual[0];
    if (side) addCounts(share, countMembers(side, shape, document?.hidden ?? [], path), sign);
    return share;
  }
}
var missingFrom = (known, others2) => [...others2].filter((id) => !known.has(id));

// action/src/compare/full.ts
async function compareFully(options, digester) {
  const { entity, budget, settleMs, legacyRows, normalizedRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = { ...emptyComparison("full", legacyRows), engine: digester ? "digest" : "stream" };
  const own = documentWords(entity);
  const settled = { transient: 0, restless: 0, unsettled: 0 };
  await catchTrouble(result, async () => {
    await entity.prepare();
    const total = legacyRows + normalizedRows;
    const which = entity.part ? ` of part ${entity.part.index}/${entity.part.of}` : "";
    const about = options.isEstimate ? "about " : "";
    const rowsOf5 = (side, rows) => `${about}${count(rows, `${side} ${own.one}`, `${side} ${own.many}`)}`;
    onPhase(`Comparing every ${own.one}${which}: ${rowsOf5("legacy", legacyRows)} and ${rowsOf5("normalized", normalizedRows)}.`);
    const reserveMs = Math.min(settleMs + 2e3, 0.4 * 1e3 * budget.seconds);
    const mayGoOn = () => budget.remainingMs() > reserveMs;
    const onRows = (rows) => onProgress(rows / 2, Math.max(rows, total) / 2);
    const scan = digester ? await digestBothSides(digester, entity.shape, tally, mayGoOn, onRows) : await scanBothSides(entity, tally, mayGoOn, onRows);
    options.onScanned?.();
    result.skipped = scan.skipped;
    result.planned = result.population = scan.complete ? scan.population : Math.max(scan.population, legacyRows - scan.skipped);
    if (scan.suspects.length > 0) onPhase(settlingSentence(scan.suspects.length, own, settleMs));
    options.onGroups?.(entity.groups());
    options.onGroups?.(scan.suspects);
    const held = [...scan.held];
    const accept = (explanation) => {
      const id = scan.unseen.size + scan.counted.size > 0 ? keyId(explanation.key) : "";
      if (scan.unseen.has(id)) {
        for (const document of explanation.actual) if (document.held) addCounts(held, document.held);
      }
      if (scan.counted.has(id)) tally.takeBack(explanation);
      tally.addExplained(explanation);
    };
    const settling = { pair: { ...entity, read: (digester ?? entity).read }, settleMs, suspected: true, odd: scan.odd, accept, stop: budget.signal };
    await settle(scan.suspects, settling, settled);
    if (scan.trouble !== void 0) throw new ReadError(scan.trouble);
    if (!scan.complete) throw new BudgetError();
    const loose = digester ? scan.beside.loose : await looseMembers(entity, held, mayGoOn);
    tally.addBeside(scan.beside.more);
    if (loose) tally.addBeside(loose);
    result.isLooseUnknown = loose === void 0;
    result.population = tally.compared();
    result.legacyRows = scan.legacy[documentLevel(entity.shape)] ?? 0;
    result.counts = tally.counts(scan.legacy);
    result.judged = tally.withoutAccepted(result.counts);
  });
  for (const one of result.judged) if (one.difference !== 0) onDifference(countDifference(one));
  return finish(result, tally, settled, options);
}
async function looseMembers(entity, held, mayGoOn) {
  try {
    return await lookForLoose(entity, held, mayGoOn);
  } catch (error) {
    if (isOutOfTime(error)) return void 0;
    throw error;
  }
}
async function lookForLoose({ shape, holdings, actual }, held, mayGoOn) {
  const total = await holdings.total();
  if (isSameCounts(total, held)) return noCounts(shape);
  const { rows, counted } = await holdings.loose();
  const isExplained = (read) => total.every((rowsThere, level) => rowsThere <= (read[level] ?? 0) + (rows[level] ?? 0));
  if (isExplained(held)) return counted;
  const again = noCounts(shape);
  for await (const page of actual.documents()) {
    if (!mayGoOn()) return counted;
    for (const { entry } of page) if (entry.kind === "claim" && entry.document.held) addCounts(again, entry.document.held);
  }
  if (isSameCounts(again, held) && isSameCounts(await holdings.total(), total)) throw holdings.cut();
  return counted;
}

// action/src/compare/recent.ts
async function compareRecent(options, since) {
  const { entity, budget, settleMs, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison("recent", 0);
  const settled = { transient: 0, restless: 0, unsettled: 0 };
  const { one, many } = documentWords(entity);
  await catchTrouble(result, async () => {
    await entity.prepare();
    const index = createKeyIndex(entity.shape);
    const claimed2 = /* @__PURE__ */ new Set();
    const unclaimed = /* @__PURE__ */ new Set();
    for await (const page of entity.written?.(since) ?? []) {
      for (const { kind, key } of page) (kind === "unclaimed" ? unclaimed : claimed2).add(index.add(key));
    }
    const keys = [...claimed2].map(index.key);
    result.planned = result.population = keys.length;
    onPhase(`Comparing ${count(keys.length, one, many)} written since ${since}.`);
    options.onGroups?.(index.all());
    const settling = { pair: entity, settleMs, stop: budget.signal, accept: tally.addExplained };
    await settle([...unclaimed].map(index.key), { ...settling, suspected: true }, settled);
    await settle(keys, { ...settling, suspected: false, onProgress: (done) => onProgress(done, keys.length) }, settled);
    result.population = tally.compared();
  });
  return finish(result, tally, settled, options);
}

// action/src/compare/count-live.ts
var apart = ({ count: { expected }, nearest }) => Math.abs(nearest - expected);
var distance = (numbers) => apart(numbers) || numbers.moved;
async function countLive({ expected: legacySide, actual }, isNow = false) {
  const before = await actual.count();
  const { numbers, count: count3 } = legacySide;
  const { rows: legacy, keys: expected } = numbers ? await numbers(isNow) : await count3().then((rows) => ({ rows, keys: rows }));
  if (before === expected) return { count: { legacy, expected, normalized: before }, nearest: before, moved: 0 };
  const after = await actual.count();
  const nearest = Math.min(Math.max(expected, Math.min(before, after)), Math.max(before, after));
  const normalized = Math.abs(before - expected) < Math.abs(after - expected) ? before : after;
  return { count: { legacy, expected, normalized }, nearest, moved: Math.abs(after - before) };
}
async function countSettled(sides2, first, settleMs, stop, clock = realClock) {
  let least = first;
  let last;
  let moved = 0;
  const end = clock.now() + settleMs;
  let isLast = settleMs === 0;
  while (distance(least) > 0 && !isLast) {
    await clock.sleep(Math.min(1e3, settleMs), stop).catch(() => void 0);
    isLast = clock.now() >= end;
    const again = await countLive(sides2, true);
    moved += again.moved;
    if (last) moved += Math.abs(again.count.expected - last.count.expected) + Math.abs(again.nearest - last.nearest);
    last = again;
    if (distance(again) <= distance(least)) least = again;
  }
  const { count: count3, nearest } = least;
  return apart(least) > moved ? { count: count3, judged: nearest, restless: 0 } : { count: count3, judged: count3.expected, restless: distance(least) };
}

// action/src/compare/sample.ts
import { createHmac } from "node:crypto";
function drawSample(keys, size, seed) {
  if (size === 0) return [];
  let drawn = [];
  let threshold;
  const shrink = () => {
    drawn.sort((a, b) => a.rank < b.rank ? -1 : 1);
    drawn = drawn.slice(0, size);
    threshold = drawn.length === size ? drawn.at(-1)?.rank : void 0;
  };
  for (const key of keys) {
    const rank = createHmac("sha256", seed).update(keyId(key)).digest("base64");
    if (threshold !== void 0 && rank > threshold) continue;
    drawn.push({ key, rank });
    if (drawn.length > 2 * size + 1e3) shrink();
  }
  shrink();
  return drawn.map(({ key }) => key);
}

// action/src/compare/sampled.ts
var maxCountSuspects = 1e3;
async function compareSample(options, size, seed, { isWhole: isWhole3 = false, isBilled = false, isCompared = () => false } = {}) {
  const { entity, budget, settleMs, legacyRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison("sample", legacyRows);
  const settled = { transient: 0, restless: 0, unsettled: 0 };
  const settling = { pair: entity, settleMs, stop: budget.signal, accept: tally.addExplained };
  const own = documentLevel(entity.shape);
  const words2 = documentWords(entity);
  const whole = entity.part?.whole ?? entity;
  const isOwn = entity.part?.has ?? (() => true);
  const toCount = isWhole3 ? whole : entity;
  const settleSample = (sample) => settle(sample, { ...settling, suspected: false, onProgress: (done) => onProgress(done, sample.length) }, settled);
  await catchTrouble(result, async () => {
    await entity.prepare();
    if (size === 0 ? isBilled : entity.drawFrom === "actual") return drawFromActual();
    const index = createKeyIndex(entity.shape);
    const weeks = /* @__PURE__ */ new Set();
    const unclaimed = /* @__PURE__ */ new Set();
    const elsewhere = /* @__PURE__ */ new Set();
    let rows = 0;
    for await (const page of whole.expected.keys()) {
      for (const { kind, key } of page) {
        if (!isOwn(key)) {
          if (kind === "claim") elsewhere.add(index.add(key));
          continue;
        }
        rows += 1;
        if (kind === "skipped") result.skipped += 1;
        else if (kind === "unclaimed") unclaimed.add(index.add(key));
        else weeks.add(index.add(key));
      }
    }
    result.population = weeks.size;
    result.legacyRows = rows;
    const sample = drawSample(keysOf(inTurn(weeks, elsewhere), index.key), size, seed).filter(isOwn);
    result.planned = sample.length;
    if (size > 0) onPhase(comparing(sample.length, weeks.size));
    options.onGroups?.(entity.groups());
    options.onGroups?.(index.all());
    if (size > 0) await settle([...keysOf(unclaimed, index.key)], { ...settling, suspected: true }, settled);
    await settleSample(sample);
    const drawn = new Set(sample.map(index.add));
    const weekCount = isBilled ? await countOnly(rows - weeks.size) ?? await countInFlight(weeks, drawn, index.add, index.key) : await isAlike(rows, weeks.size) ? { expected: weeks.size, normalized: weeks.size, mended: weeks.size } : await countInFlight(weeks, drawn, index.add, index.key);
    const level = { level: levelName(entity.shape, own), legacy: rows, expected: weekCount.expected };
    const counted = (there) => [{ ...level, normalized: there, difference: there - level.expected }];
    result.counts = counted(weekCount.normalized);
    result.judged = counted(weekCount.mended);
    result.population -= sample.length - tally.compared();
  });
  function comparing(drawn, all) {
    if (drawn > 0 && drawn >= all) return `Comparing ${allDocuments({ document: words2 }, drawn)}.`;
    return `Comparing ${number2(drawn)} of ${documents({ document: words2 }, all)}, drawn at random.`;
  }
  async function drawFromActual() {
    const index = createKeyIndex(entity.shape);
    const claimed2 = /* @__PURE__ */ new Set();
    if (size > 0) {
      for await (const page of whole.draw?.() ?? whole.actual.keys())
        for (const { kind, key } of page) if (kind === "claim" && (size < Number.POSITIVE_INFINITY || isOwn(key))) claimed2.add(index.add(key));
    }
    const sample = drawSample(keysOf(claimed2, index.key), size, seed).filter(isOwn);
    const first = await countLive(toCount);
    const { expected } = first.count;
    result.planned = sample.length;
    result.population = Math.max(expected, sample.length);
    if (size > 0)
      onPhase(
        size < Number.POSITIVE_INFINITY ? comparing(sample.length, Math.max(expected, [...keysOf(claimed2, index.key)].filter(isOwn).length)) : `Comparing ${number2(sample.length)} of ${documents({ document: words2 }, result.population)}, those of this part.`
      );
    options.onGroups?.(index.all());
    await settleSample(sample);
    const { count: count3, judged, restless } = await countSettled(toCount, first, settleMs, budget.signal);
    settled.restless += restless;
    result.population = count3.expected;
    const counted = (normalized) => [
      { level: levelName(entity.shape, own), ...count3, normalized, difference: normalized - count3.expected }
    ];
    result.counts = counted(count3.normalized);
    result.judged = tally.withoutAccepted(counted(judged));
  }
  async function isAlike(rows, weeks) {
    return !accepts && !entity.part && await entity.actual.count() === weeks && await entity.expected.count() === rows;
  }
  async function countOnly(aside) {
    const { expected, actual, part } = entity;
    if (part || await actual.counted?.() === void 0 || await expected.counted?.() === void 0) return void 0;
    const numbers = async () => {
      const rows = await expected.counted?.() ?? Number.NaN;
      return { rows, keys: rows - aside };
    };
    const sides2 = { expected: { ...expected, numbers }, actual };
    const { count: count3, judged, restless } = await countSettled(sides2, await countLive(sides2), settleMs, budget.signal);
    settled.restless += restless;
    return { expected: count3.expected, normalized: count3.normalized, mended: judged };
  }
  async function countInFlight(weeks, drawn, idOf2, keyOf) {
    const onlyNormalized = /* @__PURE__ */ new Map();
    const inCommon = /* @__PURE__ */ new Set();
    const repeated = /* @__PURE__ */ new Set();
    let normalized = 0;
    for await (const page of entity.actual.keys()) {
      for (const { kind, key } of page) {
        if (kind !== "claim") continue;
        normalized += 1;
        const id = idOf2(key);
        if (!weeks.has(id)) onlyNormalized.set(id, key);
        else if (inCommon.has(id)) repeated.add(id);
        else inCommon.add(id);
      }
    }
    const onlyLegacy = [...weeks].filter((id) => !inCommon.has(id)).map(keyOf);
    const suspects = [...onlyLegacy, ...onlyNormalized.values(), ...[...repeated].map(keyOf)];
    if (!accepts && suspects.length > maxCountSuspects) return { expected: weeks.size, normalized, mended: normalized };
    if (suspects.length > 0) onPhase(settlingSentence(suspects.length, words2, settleMs));
    const wasDrawn = ({ key }) => key !== null && (drawn.has(idOf2(key)) || isCompared(key));
    const alone = createTally(entity, () => void 0, accepts && ((difference) => accepts(difference, wasDrawn(difference))));
    await settle(suspects, { ...settling, suspected: true, accept: alone.addExplained }, settled);
    const counts = alone.counts([]);
    const counted = counts[own];
    const judged = alone.withoutAccepted(counts)[own];
    const once2 = inCommon.size - repeated.size;
    return {
      expected: once2 + (counted?.expected ?? 0),
      normalized: once2 + (counted?.normalized ?? 0),
      mended: once2 + (judged?.normalized ?? 0)
    };
  }
  for (const count3 of result.judged) if (count3.difference !== 0) onDifference(countDifference(count3));
  return finish(result, tally, settled, options);
}
function* inTurn(...all) {
  for (const each of all) yield* each;
}
function* keysOf(ids, keyOf) {
  for (const id of ids) yield keyOf(id);
}

// action/src/compare/compare-pair.ts
var cheapRows = 2e3;
async function comparePair(pair, extent, told, options) {
  const entities = pair.entities.filter(({ written }) => extent.since === void 0 || written !== void 0);
  const nothing2 = { ...emptyComparison(modeOf(extent), 0), entities: [] };
  const { budget } = options;
  const onPhase = (sentence) => options.onPhase(unbroken(sentence));
  const mostRows = Math.max(cheapRows, pair.isBilled ? extent.readBudget : 0);
  const enough = extent.mode === "full" || extent.since !== void 0 ? 0 : mostRows + 1;
  try {
    const sized = [];
    for (const entity of entities) {
      const sizes = await sizesOf(entity.part?.whole ?? entity, enough);
      const trouble = entity.sight.troubleWithEmpty(sizes.legacyRows, sizes.normalizedRows);
      if (trouble !== void 0) return { ...nothing2, population: ownShareOf(entity, sizes.legacyRows), trouble };
      sized.push({ entity, ...sizes });
    }
    const ways = await waysOf(pair, sized, { ...extent, mayLookUp: (entity) => told(entity).accepts === void 0 }, onPhase);
    const progress = inAll(sized, options.onProgress);
    const compared = await compareEntities(entities, async (entity, onScanned) => {
      const { legacyRows = 0, normalizedRows = 0, isEstimate = false } = sized.find((one) => one.entity === entity) ?? {};
      const way = ways.get(entity) ?? {};
      const phase = pair.isDeclared ? (sentence) => onPhase(`${entity.name}: ${sentence}`) : onPhase;
      const own = {
        ...options,
        ...told(entity),
        entity,
        legacyRows: ownShareOf(entity, legacyRows),
        normalizedRows: ownShareOf(entity, normalizedRows),
        isEstimate: isEstimate || entity.part !== void 0,
        onProgress: progress(entity),
        onPhase: phase,
        onScanned
      };
      if (extent.since !== void 0) return compareRecent(own, extent.since);
      const rotates = extent.rotates === true && entity.part !== void 0;
      if (rotates && (way.isLookedUp || entity.drawFrom === "actual" && way.size !== void 0))
        return lookedUp({ ...own, legacyRows, normalizedRows }, way, extent.seed);
      const part = rotates ? { ...own, onDifference: (difference) => difference.kind === "count" ? void 0 : own.onDifference(difference) } : own;
      const isBilled = pair.isBilled && own.accepts === void 0;
      const comparison = way.size === void 0 ? await compareFully(part, way.digester) : await compareSample(part, way.size, extent.seed, { isBilled });
      const blind = entity.sight.troubleWithSeen(comparison.seen);
      if (blind === void 0 && rotates && entity.part) return inWhole(own, comparison, entity.part, { legacyRows, normalizedRows }, isBilled);
      return blind === void 0 ? comparison : { ...emptyComparison(comparison.mode, own.legacyRows), engine: comparison.engine, population: comparison.population, trouble: blind, isBlind: true };
    });
    return merged(sized, compared, modeOf(extent, ways), budget);
  } catch (error) {
    if (error instanceof ReadError) return { ...nothing2, trouble: error.message };
    if (error instanceof BudgetError) {
      const [first] = entities;
      const one = first ? documentWords(first).one : "row";
      return {
        ...nothing2,
        interruption: `The time budget of ${budget.seconds} s ran out before a ${one} was compared. Raise time-budget-seconds, or look at why the project answers slowly.`
      };
    }
    throw error;
  }
}
async function lookedUp(own, { size }, seed) {
  const comparison = await compareSample(own, size ?? Number.POSITIVE_INFINITY, seed, { isWhole: true });
  const mode = size === void 0 ? "full" : "sample";
  return { ...comparison, mode, isPart: !comparison.ranOut };
}
async function inWhole(own, part, { whole, has }, rows, isBilled) {
  if (part.trouble !== void 0 || part.ranOut) return { ...part, counts: [], judged: [], population: Math.max(rows.legacyRows, part.compared) };
  const counted = await compareSample({ ...own, ...rows, entity: whole, onProgress: () => void 0 }, 0, "", {
    isBilled,
    isCompared: has
  });
  const levels2 = new Set(counted.counts.map(({ level }) => level));
  const below = part.judged.filter(({ level }) => !levels2.has(level));
  for (const count3 of below) if (count3.difference !== 0) own.onDifference(countDifference(count3));
  return {
    ...part,
    isPart: true,
    population: Math.max(counted.population, part.compared),
    legacyRows: counted.legacyRows,
    counts: counted.counts,
    judged: [...counted.judged, ...below],
    skipped: counted.skipped,
    trouble: counted.trouble,
    ranOut: counted.ranOut,
    interruption: counted.ranOut ? `The time budget of ${own.budget.seconds} s ran out before both sides were counted. Raise time-budget-seconds.` : void 0
  };
}
var ownShareOf = ({ part }, rows) => part ? Math.ceil(rows / part.of) : rows;
async function sizesOf({ expected, actual }, enough) {
  const sizeOf = async ({ size, count: count3 }, most) => size ? size(most) : count3();
  const all = Number.POSITIVE_INFINITY;
  let [legacy, normalized] = [await sizeOf(expected, enough), await sizeOf(actual, enough)];
  if (legacy === all && (normalized === 0 || normalized === all)) legacy = await sizeOf(expected, all);
  if (normalized === all && legacy === 0) normalized = await sizeOf(actual, all);
  const least = Math.max(enough, ...[legacy, normalized].filter(Number.isFinite));
  return { legacyRows: Math.min(legacy, least), normalizedRows: Math.min(normalized, least), isEstimate: !Number.isFinite(legacy + normalized) };
}
async function waysOf(pair, sized, extent, onPhase) {
  if (extent.since !== void 0) return /* @__PURE__ */ new Map();
  const digesters = /* @__PURE__ */ new Map();
  const said = /* @__PURE__ */ new Set();
  const advised = [];
  if (extent.mode !== "sample") {
    for (const { entity } of sized) {
      const { ready, sentence: answer2, narrows = false, advice } = await entity.digester.probe();
      const isAble = !entity.part || narrows;
      if (ready) digesters.set(entity, isAble ? entity.digester : void 0);
      const sentence = ready && !isAble ? "The database can compare only everything, not a single part, so the rows of this part are read." : answer2;
      if (!said.has(sentence)) onPhase(sentence);
      said.add(sentence);
      if (ready && isAble && advice !== void 0) advised.push(advice);
    }
  }
  const toRead = sized.filter(({ entity }) => !digesters.has(entity));
  const isCheap = sumOf(toRead, ({ legacyRows }) => legacyRows) <= cheapRows;
  const scans = extent.mode === "full" ? [] : await scansOf(sized);
  const billed = rowsOf(scans);
  const reads = /* @__PURE__ */ new Map();
  for (const { entity } of sized) reads.set(entity, await entity.readsOfLookUp?.() ?? 0);
  const lookUpReads = ({ entity, legacyRows }) => Math.min(legacyRows, rowsOf(scans.filter((scan) => scan.entity === entity))) * (reads.get(entity) ?? 0);
  const lookUps = extent.rotates && pair.isBilled ? await withLookUps(sized, extent.mayLookUp) : /* @__PURE__ */ new Set();
  const readsOfTurn = sumOf(sized, (one) => lookUps.has(one.entity) ? lookUpReads(one) / (one.entity.part?.of ?? 1) : 0);
  const isAffordable = pair.isBilled && readsOfTurn + rowsOf(scans.filter(({ entity }) => !lookUps.has(entity))) <= extent.readBudget;
  if (extent.mode === "full" || extent.mode === "auto" && (toRead.length === 0 || (pair.isBilled ? isAffordable : isCheap || extent.rotates === true))) {
    for (const advice of advised) onPhase(advice);
    return new Map(sized.map(({ entity }) => [entity, { digester: digesters.get(entity), isLookedUp: extent.rotates === true && lookUps.has(entity) }]));
  }
  const drawnFrom = scans.some(({ isLegacy }) => !isLegacy) ? scans.filter(({ isLegacy }) => isLegacy) : [];
  const readsToDraw = rowsOf(drawnFrom);
  if (pair.isDeclared && billed > extent.readBudget) {
    const about = sized.some(({ isEstimate }) => isEstimate) ? "about " : "";
    onPhase(`Every row read is billed: ${about}${number2(billed)} of them are more than read-budget (${number2(extent.readBudget)}) allows.`);
    const mayTurn = extent.mode === "auto" && (extent.rotates || !sized.some(({ entity }) => entity.part)) && (await withLookUps(sized, extent.mayLookUp)).size === sized.length;
    const fitting = mayTurn ? fittingTurns(sumOf(sized, lookUpReads), extent.readBudget) : void 0;
    if (fitting !== void 0) onPhase(`With rotate: ${fitting} each run would compare one part of them, which fits.`);
    if (readsToDraw > extent.readBudget)
      onPhase(
        `Both sides are billed, so one of them is read completely to draw rows from it: ${about}${number2(readsToDraw)} reads, more than read-budget (${number2(extent.readBudget)}) allows. To pay less, compare recent writes only (changed-within); for about twice as much, mode: full compares every row.`
      );
  }
  const readBudget = extent.readBudget - readsToDraw;
  return new Map(sized.map((one) => [one.entity, { size: sampleOf(one, sized, { ...extent, readBudget }, reads.get(one.entity) ?? 0) }]));
}
async function withLookUps(sized, mayLookUp) {
  const found = /* @__PURE__ */ new Set();
  for (const { entity } of sized) if (mayLookUp(entity) && await entity.canLookUp?.()) found.add(entity);
  return found;
}
function fittingTurns(rows, readBudget) {
  for (let turns = Math.ceil(rows / readBudget); turns <= mostParts; turns += 1) {
    if (rows / turns + 4 * Math.sqrt(rows / turns) <= readBudget) return turns;
  }
  return void 0;
}
async function scansOf(sized) {
  const scans = [];
  for (const { entity, legacyRows, normalizedRows } of sized) {
    for (const scan of await entity.scans?.({ legacy: legacyRows, normalized: normalizedRows }) ?? [])
      scans.push({ ...scan, entity, rows: scan.isLegacy ? scan.rows : Math.max(scan.rows, legacyRows) });
  }
  return scans;
}
var rowsOf = (scans) => sumOf([...Map.groupBy(scans, ({ entity, name }) => JSON.stringify([entity.scanName, name])).values()], (same) => Math.max(...same.map(({ rows }) => rows)));
function sampleOf(one, all, { sampleSize, enough, readBudget }, readsOfEach) {
  const rows = Math.max(
    1,
    sumOf(all, ({ legacyRows }) => legacyRows)
  );
  const before = sumOf(all.slice(0, all.indexOf(one)), ({ legacyRows }) => legacyRows);
  const shareOf = (total) => Math.max(1, Math.floor(total * (before + one.legacyRows) / rows) - Math.floor(total * before / rows));
  const wanted = sampleSize === "auto" ? enough : all.length === 1 ? sampleSize : shareOf(sampleSize);
  return readsOfEach > 0 ? Math.min(wanted, Math.max(1, Math.floor(shareOf(readBudget) / readsOfEach))) : wanted;
}
var sumOf = (items, numberOf) => items.reduce((sum2, item) => sum2 + numberOf(item), 0);
function modeOf({ mode, since }, ways) {
  if (since !== void 0) return "recent";
  if (ways) return [...ways.values()].some(({ size }) => size !== void 0) ? "sample" : "full";
  return mode === "sample" ? "sample" : "full";
}
function inAll(sized, onProgress) {
  const known = new Map(sized.map(({ entity, legacyRows, normalizedRows }) => [entity, { done: 0, total: (legacyRows + normalizedRows) / 2 }]));
  return (entity) => (done, total) => {
    known.set(entity, { done, total });
    onProgress(
      sumOf([...known.values()], (one) => one.done),
      sumOf([...known.values()], (one) => one.total)
    );
  };
}
function merged(sized, compared, mode, budget) {
  const entities = sized.map(
    ({ entity, legacyRows }) => compared.find((one) => one.entity === entity) ?? { entity, comparison: emptyComparison(mode, ownShareOf(entity, legacyRows)) }
  );
  const all = entities.map(({ comparison }) => comparison);
  const isEmpty = all.every(({ isPart, population: population2 }) => isPart && population2 === 0);
  const hasOtherParts = !isEmpty && sized.some(({ entity: { part }, legacyRows, normalizedRows }) => part && legacyRows + normalizedRows > 0);
  const [first] = all;
  if (all.length === 1 && first) return { ...first, mode, hasOtherParts, entities };
  const sum2 = (numberOf) => sumOf(all, numberOf);
  const lists = (listOf2) => all.flatMap(listOf2);
  const troubles = [...new Set(all.flatMap(({ trouble }) => trouble ?? []))];
  const ranOut = all.some((comparison) => comparison.ranOut);
  const [population, done, planned] = [sum2((one) => one.population), sum2((one) => one.compared), sum2((one) => one.planned)];
  return {
    mode,
    engine: all.every(({ engine }) => engine === "digest") ? "digest" : "stream",
    differing: sum2((one) => one.differing),
    compared: done,
    unsettled: sum2((one) => one.unsettled),
    restless: sum2((one) => one.restless),
    isLooseUnknown: all.some(({ isLooseUnknown }) => isLooseUnknown),
    population,
    legacyRows: sum2((one) => one.legacyRows),
    planned,
    counts: lists((one) => one.counts),
    judged: lists((one) => one.judged),
    seen: lists((one) => one.seen),
    skipped: sum2((one) => one.skipped),
    transient: sum2((one) => one.transient),
    sourceVersions: {},
    trouble: troubles.length === 0 ? void 0 : troubles.join(" "),
    ranOut,
    interruption: ranOut ? howFar(done, Math.max(planned, done), mode, budget, sized[0] ? documentWords(sized[0].entity) : { one: "row", many: "rows" }) : void 0,
    isBlind: all.some(({ isBlind }) => isBlind),
    hasOtherParts,
    entities
  };
}

// action/src/privacy/pseudonyms.ts
import { createCipheriv, createDecipheriv, createHmac as createHmac2, createSecretKey, randomBytes } from "node:crypto";

// action/src/privacy/api-key.ts
function isPrivilegedKey(key) {
  return key.startsWith("sb_secret_") || claimsOf(key)["role"] === "service_role";
}
function issuedAt(key) {
  const { iat } = claimsOf(key);
  return typeof iat === "number" ? iat * 1e3 : void 0;
}
function claimsOf(key) {
  try {
    const claims = JSON.parse(Buffer.from(key.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

// action/src/privacy/pseudonyms.ts
var ownerOf = (key, shape) => shape.group > 0 ? groupOf(key, shape) : [shape.levels[0]?.name ?? null, ...key];
function shownKey(key, shape, pseudonyms) {
  const parts = shape.key.flatMap(({ name: part, shown: shown2 }, place) => {
    const value = key[place] ?? null;
    if (shown2 === "never") return [];
    if (value === null || shown2 === "plain") return [[part, value]];
    return [[part, typeof shown2 === "function" ? shownPart(shown2, value, pseudonyms) : pseudonyms.name(part, key.slice(0, place + 1))]];
  });
  return Object.fromEntries(parts);
}
function shownPart(shown2, part, { name, value }) {
  const how = shown2(part);
  if (how === "plain") return part;
  return how === "key" ? name("key", [part]) : value(part, null);
}
function pseudonymKeyOf({ supabaseKey, pseudonymKey }) {
  return pseudonymKey ?? (isPrivilegedKey(supabaseKey) ? supabaseKey : void 0);
}
var passingPseudonyms = "Pseudonyms hold for this run only: no store has a secret key to derive them from, and with a publishable key anyone who has the app could guess names. Set pseudonym-key to a random secret so that pseudonyms stay the same from run to run.";
var digitsOf = (said, part) => {
  const digits = said.startsWith(`${part}-`) ? said.slice(part.length + 1) : "";
  return /^[0-9a-f]{8,32}$/.test(digits) ? digits : void 0;
};
var isPseudonym = (text, part = "child") => digitsOf(text, part) !== void 0;
var lengths = [8, 16, 32];
function createPseudonyms(key, reveal) {
  const secret = createSecretKey(key === void 0 ? randomBytes(32) : Buffer.from(key));
  const hmac = (parts) => createHmac2("sha256", secret).update(JSON.stringify(parts));
  const sealing = hmac(["seal"]).digest();
  const canonical2 = (parts) => parts.map((part) => part && (canonicalText(part) ?? ""));
  const fullName = remember(
    (part, ...parts) => `${part}-${hmac([part, ...canonical2(parts)]).digest("hex").slice(0, 32)}`
  );
  const hiddenText = remember(
    (text, ...of) => `text(${[...text].length}, ${hmac(["text", ...canonical2(of), text]).digest("hex").slice(0, 8)})`
  );
  const hiddenValue = remember(
    (text, ...of) => `value(${hmac(["value", ...canonical2(of), text]).digest("hex").slice(0, 8)})`
  );
  const hide = (text, of) => hiddenText(text, ...of ?? []);
  const met = /* @__PURE__ */ new Map();
  const toMeet = [];
  const named = /* @__PURE__ */ new Map();
  const cut = (full, part, digits) => full.slice(0, part.length + 1 + digits);
  function know(full, part) {
    const start = cut(full, part, lengths[0]);
    const known = met.get(start);
    if (!known) met.set(start, [full]);
    else if (!known.includes(full)) known.push(full);
  }
  function nameOf4(full, part) {
    for (let some = toMeet.shift(); some; some = toMeet.shift()) for (const parts of some.all) know(fullName(some.part, ...parts), some.part);
    know(full, part);
    const given = named.get(full);
    if (given !== void 0) return given;
    const others2 = (met.get(cut(full, part, lengths[0])) ?? []).filter((other) => other !== full);
    const length = lengths.find((digits) => others2.every((other) => !other.startsWith(cut(full, part, digits)))) ?? full.length;
    const name = cut(full, part, length);
    named.set(full, name);
    return name;
  }
  const mayBeNamed = (said, part, parts) => digitsOf(said, part) !== void 0 && fullName(part, ...parts).startsWith(said);
  return {
    name: (part, parts) => reveal ? parts.at(-1) ?? "" : nameOf4(fullName(part, ...parts), part),
    text: (text, of) => reveal ? text : hide(text, of),
    value: (text, of) => reveal ? text : hiddenValue(text, ...of ?? []),
    naming: reveal ? [hide, (text) => text] : [hide],
    common: (text) => reveal ? text : void 0,
    seal: (text) => reveal ? text : encrypt(sealing, hmac(["seal", text]).digest()),
    open: (sealed) => reveal ? sealed : decrypt(sealing, sealed),
    // With fewer digits than the name has, another one could be meant; with more, no name is.
    isNamed: (said, part, parts) => reveal && said === parts.at(-1) || mayBeNamed(said, part, parts) && said.length >= nameOf4(fullName(part, ...parts), part).length,
    mayBeNamed,
    meet: (part, all) => void toMeet.push({ part, all }),
    // Earlier runs hashed with this word, and their issues may still be open.
    document: (of) => hmac(["week", ...of]).digest("base64url").slice(0, 5),
    key: hmac(["key"]).digest("base64url").slice(0, 5),
    keyId: key === void 0 ? void 0 : hmac(["key id"]).digest("hex").slice(0, 16)
  };
}
var cipher = "aes-256-gcm";
var [ivBytes, tagBytes] = [12, 16];
function encrypt(key, content) {
  const iv = randomBytes(ivBytes);
  const encrypting = createCipheriv(cipher, key, iv);
  const encrypted = [encrypting.update(content), encrypting.final()];
  return Buffer.concat([iv, encrypting.getAuthTag(), ...encrypted]).toString("base64url");
}
function decrypt(key, sealed) {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < ivBytes + tagBytes) return void 0;
  const decrypting = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAuthTag(
    bytes.subarray(ivBytes, ivBytes + tagBytes)
  );
  const decrypted = decrypting.update(bytes.subarray(ivBytes + tagBytes));
  try {
    return Buffer.concat([decrypted, decrypting.final()]).toString("hex");
  } catch {
    return void 0;
  }
}
var remembered = 1e3;
var short = 200;
function remember(name) {
  const names = /* @__PURE__ */ new Map();
  return (...parts) => {
    const id = JSON.stringify(parts);
    if (id.length > short) return name(...parts);
    const known = names.get(id);
    if (known !== void 0) return known;
    if (names.size >= remembered) names.clear();
    const made = name(...parts);
    names.set(id, made);
    return made;
  };
}

// action/src/report/differing.ts
var mostDiffering = 1e5;
function collectDiffering(most = mostDiffering) {
  let kept = /* @__PURE__ */ new Set();
  const list = () => [...kept].toSorted().slice(0, most);
  return {
    add(hash3) {
      kept.add(hash3);
      if (kept.size >= 2 * most) kept = new Set(list());
    },
    list,
    clear: () => kept.clear()
  };
}

// action/src/report/report.ts
var verdicts = ["in-sync", "drift", "unknown"];
var severities = ["none", "low", "medium", "high", "critical"];
var compareSeverity = (a, b) => severities.indexOf(a) - severities.indexOf(b);
var pathOf = ({ place }) => place && place.join("/");
function writtenFinding({ kind: _kind, place, writtenOn: _day, ...finding }, { beside = {} }) {
  const parts = Object.entries(beside).map(([name, part]) => [name, finding.key?.[part] ?? null]);
  return { ...finding, ...Object.fromEntries(parts), path: pathOf({ place }) };
}
function writtenBeside(report) {
  const { findings, findingsByType, evidence, ...rest } = report;
  if (!rest.part || !evidence) return rest;
  return {
    ...rest,
    findingsByType: { ...findingsByType },
    evidence: { ...evidence, findings: findings.map(({ kind, place, writtenOn }) => [kind, place && [...place], writtenOn ?? null]) }
  };
}
function readFinding({ type, severity, level, key, legacy, normalized, rowIds }, [kind, place, writtenOn]) {
  return { type, severity, kind, level, key, place, legacy, normalized, rowIds, ...writtenOn !== null && { writtenOn } };
}
var extents = ["nothing", "sample", "all"];
var shownRuns = 60;
var longestReason = 1e3;
var longestRemark = 600;
var maxFindings = 1e4;

// action/src/compare/findings.ts
var maxRowIds = 1e3;
var severityRank = { critical: 0, high: 1, medium: 2 };
function compareKeys({ key: a }, { key: b }) {
  for (const part in a ?? b ?? {}) {
    const order = compareText(a?.[part] ?? null, b?.[part] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}
function compareFindings(a, b) {
  return severityRank[a.severity] - severityRank[b.severity] || compareKeys(a, b) || // In the order of the findings file, on which other programs rely.
  compareText(pathOf(a), pathOf(b)) || compareText(a.type, b.type) || compareText(a.level, b.level) || // When values are revealed, different keys may look alike, and so may rows without a key.
  compareText(JSON.stringify(a.rowIds), JSON.stringify(b.rowIds)) || compareText(JSON.stringify([a.legacy, a.normalized]), JSON.stringify([b.legacy, b.normalized]));
}
function orderOf(entities) {
  const rankOf = ({ level }) => entities.indexOf(level);
  return (a, b) => severityRank[a.severity] - severityRank[b.severity] || rankOf(a) - rankOf(b) || compareFindings(a, b);
}
function createFindings(pseudonyms, entities = []) {
  const compareAll = orderOf(entities);
  let kept = [];
  const types = /* @__PURE__ */ new Map();
  const severities2 = /* @__PURE__ */ new Map();
  const differing3 = collectDiffering();
  const missingGroups = /* @__PURE__ */ new Map();
  let total = 0;
  const render = (value, key, path, { shape }) => {
    if (value === null || typeof value === "number") return value;
    if (value.readable) return value.text;
    if (path === null && key !== null && shape.key.some(({ shown: shown2 }) => typeof shown2 === "function"))
      return Object.values(shownKey(key, shape, pseudonyms)).map((part) => part ?? "").join(" ");
    return pseudonyms[value.opaque ? "value" : "text"](value.text, key && ownerOf(key, shape));
  };
  const toFinding = (difference, entity) => {
    const { shape } = entity;
    const { kind, key, path, legacy, normalized, rowIds, level } = difference;
    return {
      ...entity.findingType(difference),
      kind,
      level,
      key: key && shownKey(key, shape, pseudonyms),
      place: path && entity.renderPath(path, (text) => pseudonyms.text(text, key && ownerOf(key, shape))),
      legacy: render(legacy, key, path, entity),
      normalized: render(normalized, key, path, entity),
      rowIds: Object.fromEntries(
        Object.entries(rowIds).map(([table, ids]) => [table, ids.map((id) => entity.renderRowId?.(table, id, (part) => pseudonyms.name("key", [part])) ?? id)])
      )
    };
  };
  const count3 = (finding) => {
    total += 1;
    types.set(finding.type, (types.get(finding.type) ?? 0) + 1);
    severities2.set(finding.type, finding.severity);
  };
  return {
    add(difference, entity) {
      const { shape } = entity;
      const finding = toFinding(difference, entity);
      const { key } = difference;
      if (key !== null && isWhole(key, shape)) differing3.add(pseudonyms.document(key));
      if (key !== null && difference.kind === "missing" && difference.level === groupLevel(shape)) {
        const id = `${entity.name} ${groupId(groupOf(key, shape))}`;
        const known = missingGroups.get(id);
        if (!known) count3(finding);
        missingGroups.set(id, known ? joinDocuments(known, finding) : finding);
        return;
      }
      count3(finding);
      kept.push(finding);
      if (kept.length >= 2 * maxFindings) kept = kept.sort(compareAll).slice(0, maxFindings);
    },
    total: () => total,
    severityByType: () => Object.fromEntries(severities2),
    differingWeeks: () => ({ key: pseudonyms.key, weeks: differing3.list() }),
    byType: () => Object.fromEntries([...types].sort(([a], [b]) => compareText(a, b))),
    clear() {
      kept = [];
      total = 0;
      types.clear();
      severities2.clear();
      differing3.clear();
      missingGroups.clear();
    },
    list: () => [...[...missingGroups.values()].map(trimRowIds), ...kept].sort(compareAll).slice(0, maxFindings)
  };
}
function trimRowIds(finding) {
  const sorted = Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted(compareIds).slice(0, maxRowIds)]);
  return { ...finding, rowIds: Object.fromEntries(sorted) };
}
function joinDocuments(known, more) {
  const rowIds = { ...known.rowIds };
  for (const [table, ids] of Object.entries(more.rowIds)) {
    rowIds[table] = [...rowIds[table] ?? [], ...ids];
  }
  const { key } = compareKeys(more, known) < 0 ? more : known;
  return { ...known, key, rowIds };
}

// action/src/history/history.ts
import { basename } from "node:path";

// action/src/store/postgrest/create-reader.ts
import { AsyncLocalStorage } from "node:async_hooks";

// node_modules/@supabase/supabase-js/dist/tracingRegistry.mjs
var EXTRACTOR_KEY = /* @__PURE__ */ Symbol.for("@supabase/supabase-js.traceContextExtractor");
function getTraceContextExtractor() {
  return globalThis[EXTRACTOR_KEY];
}

// dropped-services:other-services
var Dropped = class {
  setAuth() {
  }
};

// node_modules/@supabase/postgrest-js/dist/index.mjs
var PostgrestError = class extends Error {
  /**
  * @example
  * ```ts
  * import PostgrestError from '@supabase/postgrest-js'
  *
  * throw new PostgrestError({
  *   message: 'Row level security prevented the request',
  *   details: 'RLS denied the insert',
  *   hint: 'Check your policies',
  *   code: 'PGRST301',
  * })
  * ```
  */
  constructor(context) {
    super(context.message);
    this.name = "PostgrestError";
    this.details = context.details;
    this.hint = context.hint;
    this.code = context.code;
  }
  toJSON() {
    return {
      name: this.name,
      message: this.message,
      details: this.details,
      hint: this.hint,
      code: this.code
    };
  }
};
var DEFAULT_MAX_RETRIES = 3;
var getRetryDelay = (attemptIndex) => Math.min(1e3 * 2 ** attemptIndex, 3e4);
var RETRYABLE_STATUS_CODES = [520, 503];
var RETRYABLE_METHODS = [
  "GET",
  "HEAD",
  "OPTIONS"
];
function _typeof(o) {
  "@babel/helpers - typeof";
  return _typeof = "function" == typeof Symbol && "symbol" == typeof Symbol.iterator ? function(o$1) {
    return typeof o$1;
  } : function(o$1) {
    return o$1 && "function" == typeof Symbol && o$1.constructor === Symbol && o$1 !== Symbol.prototype ? "symbol" : typeof o$1;
  }, _typeof(o);
}
function toPrimitive(t, r) {
  if ("object" != _typeof(t) || !t) return t;
  var e = t[Symbol.toPrimitive];
  if (void 0 !== e) {
    var i = e.call(t, r || "default");
    if ("object" != _typeof(i)) return i;
    throw new TypeError("@@toPrimitive must return a primitive value.");
  }
  return ("string" === r ? String : Number)(t);
}
function toPropertyKey(t) {
  var i = toPrimitive(t, "string");
  return "symbol" == _typeof(i) ? i : i + "";
}
function _defineProperty(e, r, t) {
  return (r = toPropertyKey(r)) in e ? Object.defineProperty(e, r, {
    value: t,
    enumerable: true,
    configurable: true,
    writable: true
  }) : e[r] = t, e;
}
function ownKeys(e, r) {
  var t = Object.keys(e);
  if (Object.getOwnPropertySymbols) {
    var o = Object.getOwnPropertySymbols(e);
    r && (o = o.filter(function(r$1) {
      return Object.getOwnPropertyDescriptor(e, r$1).enumerable;
    })), t.push.apply(t, o);
  }
  return t;
}
function _objectSpread2(e) {
  for (var r = 1; r < arguments.length; r++) {
    var t = null != arguments[r] ? arguments[r] : {};
    r % 2 ? ownKeys(Object(t), true).forEach(function(r$1) {
      _defineProperty(e, r$1, t[r$1]);
    }) : Object.getOwnPropertyDescriptors ? Object.defineProperties(e, Object.getOwnPropertyDescriptors(t)) : ownKeys(Object(t)).forEach(function(r$1) {
      Object.defineProperty(e, r$1, Object.getOwnPropertyDescriptor(t, r$1));
    });
  }
  return e;
}
function sleep3(ms, signal) {
  return new Promise((resolve) => {
    if (signal === null || signal === void 0 ? void 0 : signal.aborted) {
      resolve();
      return;
    }
    const id = setTimeout(() => {
      signal === null || signal === void 0 || signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    function onAbort() {
      clearTimeout(id);
      resolve();
    }
    signal === null || signal === void 0 || signal.addEventListener("abort", onAbort);
  });
}
function shouldRetry(method, status, attemptCount, retryEnabled) {
  if (!retryEnabled || attemptCount >= DEFAULT_MAX_RETRIES) return false;
  if (!RETRYABLE_METHODS.includes(method)) return false;
  if (!RETRYABLE_STATUS_CODES.includes(status)) return false;
  return true;
}
async function fetchWithRetry(fetchImpl, url, request, retryEnabled) {
  let attemptCount = 0;
  while (true) {
    const headers = _objectSpread2({}, request.headers);
    if (attemptCount > 0) headers["X-Retry-Count"] = String(attemptCount);
    let res;
    try {
      res = await fetchImpl(url, {
        method: request.method,
        headers,
        body: request.body,
        signal: request.signal
      });
    } catch (fetchError) {
      var _request$signal;
      if ((fetchError === null || fetchError === void 0 ? void 0 : fetchError.name) === "AbortError" || (fetchError === null || fetchError === void 0 ? void 0 : fetchError.code) === "ABORT_ERR" || (fetchError === null || fetchError === void 0 ? void 0 : fetchError.name) === "TimeoutError" && ((_request$signal = request.signal) === null || _request$signal === void 0 ? void 0 : _request$signal.aborted)) throw fetchError;
      if (!RETRYABLE_METHODS.includes(request.method)) throw fetchError;
      if (retryEnabled && attemptCount < DEFAULT_MAX_RETRIES) {
        const delay = getRetryDelay(attemptCount);
        attemptCount++;
        await sleep3(delay, request.signal);
        continue;
      }
      throw fetchError;
    }
    if (shouldRetry(request.method, res.status, attemptCount, retryEnabled)) {
      var _res$headers$get, _res$headers;
      const retryAfterHeader = (_res$headers$get = (_res$headers = res.headers) === null || _res$headers === void 0 ? void 0 : _res$headers.get("Retry-After")) !== null && _res$headers$get !== void 0 ? _res$headers$get : null;
      const delay = retryAfterHeader !== null ? Math.max(0, parseInt(retryAfterHeader, 10) || 0) * 1e3 : getRetryDelay(attemptCount);
      await res.text();
      attemptCount++;
      await sleep3(delay, request.signal);
      continue;
    }
    return res;
  }
}
var PostgrestBuilder = class {
  /**
  * Creates a builder configured for a specific PostgREST request.
  *
  * @example Using supabase-js (recommended)
  * ```ts
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key')
  * const { data, error } = await supabase.from('users').select('*')
  * ```
  *
  * @category Database
  *
  * @example Standalone import for bundle-sensitive environments
  * ```ts
  * import { PostgrestQueryBuilder } from '@supabase/postgrest-js'
  *
  * const builder = new PostgrestQueryBuilder(
  *   new URL('https://xyzcompany.supabase.co/rest/v1/users'),
  *   { headers: new Headers({ apikey: 'your-publishable-key' }) }
  * )
  * ```
  */
  constructor(builder) {
    var _builder$shouldThrowO, _builder$isMaybeSingl, _builder$shouldStripN, _builder$urlLengthLim, _builder$retry;
    this.shouldThrowOnError = false;
    this.retryEnabled = true;
    this.method = builder.method;
    this.url = builder.url;
    this.headers = new Headers(builder.headers);
    this.schema = builder.schema;
    this.body = builder.body;
    this.shouldThrowOnError = (_builder$shouldThrowO = builder.shouldThrowOnError) !== null && _builder$shouldThrowO !== void 0 ? _builder$shouldThrowO : false;
    this.signal = builder.signal;
    this.isMaybeSingle = (_builder$isMaybeSingl = builder.isMaybeSingle) !== null && _builder$isMaybeSingl !== void 0 ? _builder$isMaybeSingl : false;
    this.shouldStripNulls = (_builder$shouldStripN = builder.shouldStripNulls) !== null && _builder$shouldStripN !== void 0 ? _builder$shouldStripN : false;
    this.urlLengthLimit = (_builder$urlLengthLim = builder.urlLengthLimit) !== null && _builder$urlLengthLim !== void 0 ? _builder$urlLengthLim : 8e3;
    this.retryEnabled = (_builder$retry = builder.retry) !== null && _builder$retry !== void 0 ? _builder$retry : true;
    if (builder.fetch) this.fetch = builder.fetch;
    else this.fetch = fetch;
  }
  /**
  * If there's an error with the query, throwOnError will reject the promise by
  * throwing the error instead of returning it as part of a successful response.
  *
  * {@link https://github.com/supabase/supabase-js/issues/92}
  *
  * @category Database
  * @subcategory Using modifiers
  */
  throwOnError() {
    this.shouldThrowOnError = true;
    return this;
  }
  /**
  * Strip null values from the response data. Properties with `null` values
  * will be omitted from the returned JSON objects.
  *
  * Requires PostgREST 11.2.0+.
  *
  * {@link https://docs.postgrest.org/en/stable/references/api/resource_representation.html#stripped-nulls}
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .stripNulls()
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text, bio text);
  *
  * insert into
  *   characters (id, name, bio)
  * values
  *   (1, 'Luke', null),
  *   (2, 'Leia', 'Princess of Alderaan');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Luke"
  *     },
  *     {
  *       "id": 2,
  *       "name": "Leia",
  *       "bio": "Princess of Alderaan"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  stripNulls() {
    if (this.headers.get("Accept") === "text/csv") throw new Error("stripNulls() cannot be used with csv()");
    this.shouldStripNulls = true;
    return this;
  }
  /**
  * Set an HTTP header on this single PostgREST request, overriding any header
  * with the same name set on the client.
  *
  * This is an advanced escape hatch for one-off needs (passing a custom
  * `Authorization` for a single query, attaching a tracing header, etc.).
  * Most callers do not need it: configure client-wide headers via the
  * `headers` option when constructing the client, and authentication via
  * Supabase Auth.
  *
  * @param name - HTTP header name
  * @param value - HTTP header value
  *
  * @category Database
  * @subcategory Using modifiers
  */
  setHeader(name, value) {
    this.headers = new Headers(this.headers);
    this.headers.set(name, value);
    return this;
  }
  /**
  * @category Database
  * @subcategory Using modifiers
  *
  * Configure retry behavior for this request.
  *
  * By default, retries are enabled for idempotent requests (GET, HEAD, OPTIONS)
  * that fail with network errors or specific HTTP status codes (503, 520).
  * Retries use exponential backoff (1s, 2s, 4s) with a maximum of 3 attempts.
  *
  * @param enabled - Whether to enable retries for this request
  *
  * @example
  * ```ts
  * // Disable retries for a specific query
  * const { data, error } = await supabase
  *   .from('users')
  *   .select()
  *   .retry(false)
  * ```
  */
  retry(enabled) {
    this.retryEnabled = enabled;
    return this;
  }
  then(onfulfilled, onrejected) {
    var _this = this;
    if (this.schema === void 0) {
    } else if (["GET", "HEAD"].includes(this.method)) this.headers.set("Accept-Profile", this.schema);
    else this.headers.set("Content-Profile", this.schema);
    if (this.method !== "GET" && this.method !== "HEAD") this.headers.set("Content-Type", "application/json");
    if (this.shouldStripNulls) {
      const currentAccept = this.headers.get("Accept");
      if (currentAccept === "application/vnd.pgrst.object+json") this.headers.set("Accept", "application/vnd.pgrst.object+json;nulls=stripped");
      else if (!currentAccept || currentAccept === "application/json") this.headers.set("Accept", "application/vnd.pgrst.array+json;nulls=stripped");
    }
    const _fetch = this.fetch;
    const executeWithRetry = async () => {
      const headers = {};
      _this.headers.forEach((value, key) => {
        headers[key] = value;
      });
      const res$1 = await fetchWithRetry(_fetch, _this.url.toString(), {
        method: _this.method,
        headers,
        body: JSON.stringify(_this.body, (_, value) => typeof value === "bigint" ? value.toString() : value),
        signal: _this.signal
      }, _this.retryEnabled);
      return await _this.processResponse(res$1);
    };
    let res = executeWithRetry();
    if (!this.shouldThrowOnError) res = res.catch((fetchError) => {
      var _fetchError$name2;
      let errorDetails = "";
      let hint = "";
      let code = "";
      const cause = fetchError === null || fetchError === void 0 ? void 0 : fetchError.cause;
      if (cause) {
        var _cause$message, _cause$code, _fetchError$name, _cause$name;
        const causeMessage = (_cause$message = cause === null || cause === void 0 ? void 0 : cause.message) !== null && _cause$message !== void 0 ? _cause$message : "";
        const causeCode = (_cause$code = cause === null || cause === void 0 ? void 0 : cause.code) !== null && _cause$code !== void 0 ? _cause$code : "";
        errorDetails = `${(_fetchError$name = fetchError === null || fetchError === void 0 ? void 0 : fetchError.name) !== null && _fetchError$name !== void 0 ? _fetchError$name : "FetchError"}: ${fetchError === null || fetchError === void 0 ? void 0 : fetchError.message}`;
        errorDetails += `

Caused by: ${(_cause$name = cause === null || cause === void 0 ? void 0 : cause.name) !== null && _cause$name !== void 0 ? _cause$name : "Error"}: ${causeMessage}`;
        if (causeCode) errorDetails += ` (${causeCode})`;
        if (cause === null || cause === void 0 ? void 0 : cause.stack) errorDetails += `
${cause.stack}`;
      } else {
        var _fetchError$stack;
        errorDetails = (_fetchError$stack = fetchError === null || fetchError === void 0 ? void 0 : fetchError.stack) !== null && _fetchError$stack !== void 0 ? _fetchError$stack : "";
      }
      const urlLength = this.url.toString().length;
      if ((fetchError === null || fetchError === void 0 ? void 0 : fetchError.name) === "AbortError" || (fetchError === null || fetchError === void 0 ? void 0 : fetchError.code) === "ABORT_ERR") {
        code = "";
        hint = "Request was aborted (timeout or manual cancellation)";
        if (urlLength > this.urlLengthLimit) hint += `. Note: Your request URL is ${urlLength} characters, which may exceed server limits. If selecting many fields, consider using views. If filtering with large arrays (e.g., .in('id', [many IDs])), consider using an RPC function to pass values server-side.`;
      } else if ((cause === null || cause === void 0 ? void 0 : cause.name) === "HeadersOverflowError" || (cause === null || cause === void 0 ? void 0 : cause.code) === "UND_ERR_HEADERS_OVERFLOW") {
        code = "";
        hint = "HTTP headers exceeded server limits (typically 16KB)";
        if (urlLength > this.urlLengthLimit) hint += `. Your request URL is ${urlLength} characters. If selecting many fields, consider using views. If filtering with large arrays (e.g., .in('id', [200+ IDs])), consider using an RPC function instead.`;
      }
      return {
        success: false,
        error: {
          message: `${(_fetchError$name2 = fetchError === null || fetchError === void 0 ? void 0 : fetchError.name) !== null && _fetchError$name2 !== void 0 ? _fetchError$name2 : "FetchError"}: ${fetchError === null || fetchError === void 0 ? void 0 : fetchError.message}`,
          details: errorDetails,
          hint,
          code
        },
        data: null,
        count: null,
        status: 0,
        statusText: ""
      };
    });
    return res.then(onfulfilled, onrejected);
  }
  /**
  * Process a fetch response and return the standardized postgrest response.
  */
  async processResponse(res) {
    var _this2 = this;
    let error = null;
    let data = null;
    let count3 = null;
    let status = res.status;
    let statusText = res.statusText;
    if (res.ok) {
      var _this$headers$get2, _res$headers$get;
      if (_this2.method !== "HEAD") {
        var _this$headers$get;
        const body = await res.text();
        if (body === "") {
        } else if (_this2.headers.get("Accept") === "text/csv") data = body;
        else if (_this2.headers.get("Accept") && ((_this$headers$get = _this2.headers.get("Accept")) === null || _this$headers$get === void 0 ? void 0 : _this$headers$get.includes("application/vnd.pgrst.plan+text"))) data = body;
        else try {
          data = JSON.parse(body);
        } catch (_unused) {
          error = { message: body };
          data = null;
          if (_this2.shouldThrowOnError) throw new PostgrestError({
            message: body,
            details: "",
            hint: "",
            code: ""
          });
        }
      }
      const countHeader = (_this$headers$get2 = _this2.headers.get("Prefer")) === null || _this$headers$get2 === void 0 ? void 0 : _this$headers$get2.match(/count=(exact|planned|estimated)/);
      const contentRange = (_res$headers$get = res.headers.get("content-range")) === null || _res$headers$get === void 0 ? void 0 : _res$headers$get.split("/");
      if (countHeader && contentRange && contentRange.length > 1) count3 = parseInt(contentRange[1]);
      if (_this2.isMaybeSingle && Array.isArray(data)) if (data.length > 1) {
        error = {
          code: "PGRST116",
          details: `Results contain ${data.length} rows, application/vnd.pgrst.object+json requires 1 row`,
          hint: null,
          message: "JSON object requested, multiple (or no) rows returned"
        };
        data = null;
        count3 = null;
        status = 406;
        statusText = "Not Acceptable";
        if (_this2.shouldThrowOnError) {
          var _error$hint;
          throw new PostgrestError(_objectSpread2(_objectSpread2({}, error), {}, { hint: (_error$hint = error.hint) !== null && _error$hint !== void 0 ? _error$hint : "" }));
        }
      } else if (data.length === 1) data = data[0];
      else data = null;
    } else {
      const body = await res.text();
      try {
        error = JSON.parse(body);
        if (Array.isArray(error) && res.status === 404) {
          data = [];
          error = null;
          status = 200;
          statusText = "OK";
        }
      } catch (_unused2) {
        if (res.status === 404 && body === "") {
          status = 204;
          statusText = "No Content";
        } else error = { message: body };
      }
      if (error && _this2.shouldThrowOnError) throw new PostgrestError(error);
    }
    return {
      success: error === null,
      error,
      data,
      count: count3,
      status,
      statusText
    };
  }
  /**
  * Override the type of the returned `data`.
  *
  * @typeParam NewResult - The new result type to override with
  * @deprecated Use overrideTypes<yourType, { merge: false }>() method at the end of your call chain instead
  *
  * @category Database
  * @subcategory Using modifiers
  */
  returns() {
    return this;
  }
  /**
  * Override the type of the returned `data` field in the response.
  *
  * @typeParam NewResult - The new type to cast the response data to
  * @typeParam Options - Optional type configuration (defaults to { merge: true })
  * @typeParam Options.merge - When true, merges the new type with existing return type. When false, replaces the existing types entirely (defaults to true)
  * @example
  * ```typescript
  * // Merge with existing types (default behavior)
  * const query = supabase
  *   .from('users')
  *   .select()
  *   .overrideTypes<{ custom_field: string }>()
  *
  * // Replace existing types completely
  * const replaceQuery = supabase
  *   .from('users')
  *   .select()
  *   .overrideTypes<{ id: number; name: string }, { merge: false }>()
  * ```
  * @returns A PostgrestBuilder instance with the new type
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example Complete Override type of successful response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .overrideTypes<Array<MyType>, { merge: false }>()
  * ```
  *
  * @exampleResponse Complete Override type of successful response
  * ```ts
  * let x: typeof data // MyType[]
  * ```
  *
  * @example Complete Override type of object response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .maybeSingle()
  *   .overrideTypes<MyType, { merge: false }>()
  * ```
  *
  * @exampleResponse Complete Override type of object response
  * ```ts
  * let x: typeof data // MyType | null
  * ```
  *
  * @example Partial Override type of successful response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .overrideTypes<Array<{ status: "A" | "B" }>>()
  * ```
  *
  * @exampleResponse Partial Override type of successful response
  * ```ts
  * let x: typeof data // Array<CountryRowProperties & { status: "A" | "B" }>
  * ```
  *
  * @example Partial Override type of object response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .maybeSingle()
  *   .overrideTypes<{ status: "A" | "B" }>()
  * ```
  *
  * @exampleResponse Partial Override type of object response
  * ```ts
  * let x: typeof data // CountryRowProperties & { status: "A" | "B" } | null
  * ```
  *
  * @example Merge vs replace existing types
  * ```typescript
  * // Merge with existing types (default behavior)
  * const query = supabase
  *   .from('users')
  *   .select()
  *   .overrideTypes<{ custom_field: string }>()
  *
  * // Replace existing types completely
  * const replaceQuery = supabase
  *   .from('users')
  *   .select()
  *   .overrideTypes<{ id: number; name: string }, { merge: false }>()
  * ```
  */
  overrideTypes() {
    return this;
  }
};
var PostgrestTransformBuilder = class extends PostgrestBuilder {
  throwOnError() {
    return super.throwOnError();
  }
  /**
  * Perform a SELECT on the query result.
  *
  * By default, `.insert()`, `.update()`, `.upsert()`, and `.delete()` do not
  * return modified rows. By calling this method, modified rows are returned in
  * `data`.
  *
  * @param columns - The columns to retrieve, separated by commas
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `upsert()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .upsert({ id: 1, name: 'Han Solo' })
  *   .select()
  * ```
  *
  * @exampleSql With `upsert()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Han');
  * ```
  *
  * @exampleResponse With `upsert()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Han Solo"
  *     }
  *   ],
  *   "status": 201,
  *   "statusText": ""
  * }
  * ```
  */
  select(columns) {
    let quoted2 = false;
    const cleanedColumns = (columns !== null && columns !== void 0 ? columns : "*").split("").map((c) => {
      if (/\s/.test(c) && !quoted2) return "";
      if (c === '"') quoted2 = !quoted2;
      return c;
    }).join("");
    this.url.searchParams.set("select", cleanedColumns);
    this.headers.append("Prefer", "return=representation");
    return this;
  }
  /**
  * Order the query result by `column`.
  *
  * You can call this method multiple times to order by multiple columns.
  *
  * You can order referenced tables, but it only affects the ordering of the
  * parent table if you use `!inner` in the query.
  *
  * @param column - The column to order by
  * @param options - Named parameters
  * @param options.ascending - If `true`, the result will be in ascending order
  * @param options.nullsFirst - If `true`, `null`s appear first. If `false`,
  * `null`s appear last.
  * @param options.referencedTable - Set this to order a referenced table by
  * its columns
  * @param options.foreignTable - Deprecated, use `options.referencedTable`
  * instead
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('id, name')
  *   .order('id', { ascending: false })
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 3,
  *       "name": "Han"
  *     },
  *     {
  *       "id": 2,
  *       "name": "Leia"
  *     },
  *     {
  *       "id": 1,
  *       "name": "Luke"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription On a referenced table
  * Ordering with `referencedTable` doesn't affect the ordering of the
  * parent table.
  *
  * @example On a referenced table
  * ```ts
  *   const { data, error } = await supabase
  *     .from('orchestral_sections')
  *     .select(`
  *       name,
  *       instruments (
  *         name
  *       )
  *     `)
  *     .order('name', { referencedTable: 'instruments', ascending: false })
  *
  * ```
  *
  * @exampleSql On a referenced table
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 1, 'harp'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse On a referenced table
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "strings",
  *       "instruments": [
  *         {
  *           "name": "violin"
  *         },
  *         {
  *           "name": "harp"
  *         }
  *       ]
  *     },
  *     {
  *       "name": "woodwinds",
  *       "instruments": []
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Order parent table by a referenced table
  * Ordering with `referenced_table(col)` affects the ordering of the
  * parent table.
  *
  * @example Order parent table by a referenced table
  * ```ts
  *   const { data, error } = await supabase
  *     .from('instruments')
  *     .select(`
  *       name,
  *       section:orchestral_sections (
  *         name
  *       )
  *     `)
  *     .order('section(name)', { ascending: true })
  *
  * ```
  *
  * @exampleSql Order parent table by a referenced table
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 2, 'flute'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse Order parent table by a referenced table
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "violin",
  *       "orchestral_sections": {"name": "strings"}
  *     },
  *     {
  *       "name": "flute",
  *       "orchestral_sections": {"name": "woodwinds"}
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  order(column, { ascending = true, nullsFirst, foreignTable, referencedTable = foreignTable } = {}) {
    const key = referencedTable ? `${referencedTable}.order` : "order";
    const existingOrder = this.url.searchParams.get(key);
    this.url.searchParams.set(key, `${existingOrder ? `${existingOrder},` : ""}${column}.${ascending ? "asc" : "desc"}${nullsFirst === void 0 ? "" : nullsFirst ? ".nullsfirst" : ".nullslast"}`);
    return this;
  }
  /**
  * Limit the query result by `rows`.
  *
  * @param rows - The maximum number of rows to return
  * @param options - Named parameters
  * @param options.referencedTable - Set this to limit rows of referenced
  * tables instead of the parent table
  * @param options.foreignTable - Deprecated, use `options.referencedTable`
  * instead
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  *   .limit(1)
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "Luke"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example On a referenced table
  * ```ts
  * const { data, error } = await supabase
  *   .from('orchestral_sections')
  *   .select(`
  *     name,
  *     instruments (
  *       name
  *     )
  *   `)
  *   .limit(1, { referencedTable: 'instruments' })
  * ```
  *
  * @exampleSql On a referenced table
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 1, 'harp'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse On a referenced table
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "strings",
  *       "instruments": [
  *         {
  *           "name": "violin"
  *         }
  *       ]
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  limit(rows, { foreignTable, referencedTable = foreignTable } = {}) {
    const key = typeof referencedTable === "undefined" ? "limit" : `${referencedTable}.limit`;
    this.url.searchParams.set(key, `${rows}`);
    return this;
  }
  /**
  * Limit the query result by starting at an offset `from` and ending at the offset `to`.
  * Only records within this range are returned.
  * This respects the query order and if there is no order clause the range could behave unexpectedly.
  * The `from` and `to` values are 0-based and inclusive: `range(1, 3)` will include the second, third
  * and fourth rows of the query.
  *
  * @param from - The starting index from which to limit the result
  * @param to - The last index to which to limit the result
  * @param options - Named parameters
  * @param options.referencedTable - Set this to limit rows of referenced
  * tables instead of the parent table
  * @param options.foreignTable - Deprecated, use `options.referencedTable`
  * instead
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  *   .range(0, 1)
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "Luke"
  *     },
  *     {
  *       "name": "Leia"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  range(from, to, { foreignTable, referencedTable = foreignTable } = {}) {
    const keyOffset = typeof referencedTable === "undefined" ? "offset" : `${referencedTable}.offset`;
    const keyLimit = typeof referencedTable === "undefined" ? "limit" : `${referencedTable}.limit`;
    this.url.searchParams.set(keyOffset, `${from}`);
    this.url.searchParams.set(keyLimit, `${to - from + 1}`);
    return this;
  }
  /**
  * Set the AbortSignal for the fetch request.
  *
  * @param signal - The AbortSignal to use for the fetch request
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @remarks
  * You can use this to set a timeout for the request.
  *
  * @exampleDescription Aborting requests in-flight
  * You can use an [`AbortController`](https://developer.mozilla.org/en-US/docs/Web/API/AbortController) to abort requests.
  * Note that `status` and `statusText` don't mean anything for aborted requests as the request wasn't fulfilled.
  *
  * @example Aborting requests in-flight
  * ```ts
  * const ac = new AbortController()
  *
  * const { data, error } = await supabase
  *   .from('very_big_table')
  *   .select()
  *   .abortSignal(ac.signal)
  *
  * // Abort the request after 100 ms
  * setTimeout(() => ac.abort(), 100)
  * ```
  *
  * @exampleResponse Aborting requests in-flight
  * ```json
  *   {
  *     "error": {
  *       "message": "AbortError: The user aborted a request.",
  *       "details": "",
  *       "hint": "The request was aborted locally via the provided AbortSignal.",
  *       "code": ""
  *     },
  *     "status": 0,
  *     "statusText": ""
  *   }
  *
  * ```
  *
  * @example Set a timeout
  * ```ts
  * const { data, error } = await supabase
  *   .from('very_big_table')
  *   .select()
  *   .abortSignal(AbortSignal.timeout(1000 /* ms *\/))
  * ```
  *
  * @exampleResponse Set a timeout
  * ```json
  *   {
  *     "error": {
  *       "message": "FetchError: The user aborted a request.",
  *       "details": "",
  *       "hint": "",
  *       "code": ""
  *     },
  *     "status": 0,
  *     "statusText": ""
  *   }
  *
  * ```
  */
  abortSignal(signal) {
    this.signal = signal;
    return this;
  }
  /**
  * Return `data` as a single object instead of an array of objects.
  *
  * Query result must be one row (e.g. using `.limit(1)`), otherwise this
  * returns an error.
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  *   .limit(1)
  *   .single()
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": {
  *     "name": "Luke"
  *   },
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  single() {
    this.headers.set("Accept", "application/vnd.pgrst.object+json");
    return this;
  }
  /**
  * Return `data` as a single object instead of an array of objects.
  *
  * Query result must be zero or one row (e.g. using `.limit(1)`), otherwise
  * this returns an error.
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .eq('name', 'Katniss')
  *   .maybeSingle()
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  maybeSingle() {
    this.isMaybeSingle = true;
    return this;
  }
  /**
  * Return `data` as a string in CSV format.
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @exampleDescription Return data as CSV
  * By default, the data is returned in JSON format, but can also be returned as Comma Separated Values.
  *
  * @example Return data as CSV
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .csv()
  * ```
  *
  * @exampleSql Return data as CSV
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse Return data as CSV
  * ```json
  * {
  *   "data": "id,name\n1,Luke\n2,Leia\n3,Han",
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  csv() {
    this.headers.set("Accept", "text/csv");
    return this;
  }
  /**
  * Return `data` as an object in [GeoJSON](https://geojson.org) format.
  *
  * @category Database
  * @subcategory Using modifiers
  */
  geojson() {
    this.headers.set("Accept", "application/geo+json");
    return this;
  }
  /**
  * Return `data` as the EXPLAIN plan for the query.
  *
  * You need to enable the
  * [db_plan_enabled](https://supabase.com/docs/guides/database/debugging-performance#enabling-explain)
  * setting before using this method.
  *
  * @param options - Named parameters
  *
  * @param options.analyze - If `true`, the query will be executed and the
  * actual run time will be returned
  *
  * @param options.verbose - If `true`, the query identifier will be returned
  * and `data` will include the output columns of the query
  *
  * @param options.settings - If `true`, include information on configuration
  * parameters that affect query planning
  *
  * @param options.buffers - If `true`, include information on buffer usage
  *
  * @param options.wal - If `true`, include information on WAL record generation
  *
  * @param options.format - The format of the output, can be `"text"` (default)
  * or `"json"`
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @exampleDescription Get the execution plan
  * By default, the data is returned in TEXT format, but can also be returned as JSON by using the `format` parameter.
  *
  * @example Get the execution plan
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .explain()
  * ```
  *
  * @exampleSql Get the execution plan
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse Get the execution plan
  * ```js
  * Aggregate  (cost=33.34..33.36 rows=1 width=112)
  *   ->  Limit  (cost=0.00..18.33 rows=1000 width=40)
  *         ->  Seq Scan on characters  (cost=0.00..22.00 rows=1200 width=40)
  * ```
  *
  * @exampleDescription Get the execution plan with analyze and verbose
  * By default, the data is returned in TEXT format, but can also be returned as JSON by using the `format` parameter.
  *
  * @example Get the execution plan with analyze and verbose
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .explain({analyze:true,verbose:true})
  * ```
  *
  * @exampleSql Get the execution plan with analyze and verbose
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse Get the execution plan with analyze and verbose
  * ```js
  * Aggregate  (cost=33.34..33.36 rows=1 width=112) (actual time=0.041..0.041 rows=1 loops=1)
  *   Output: NULL::bigint, count(ROW(characters.id, characters.name)), COALESCE(json_agg(ROW(characters.id, characters.name)), '[]'::json), NULLIF(current_setting('response.headers'::text, true), ''::text), NULLIF(current_setting('response.status'::text, true), ''::text)
  *   ->  Limit  (cost=0.00..18.33 rows=1000 width=40) (actual time=0.005..0.006 rows=3 loops=1)
  *         Output: characters.id, characters.name
  *         ->  Seq Scan on public.characters  (cost=0.00..22.00 rows=1200 width=40) (actual time=0.004..0.005 rows=3 loops=1)
  *               Output: characters.id, characters.name
  * Query Identifier: -4730654291623321173
  * Planning Time: 0.407 ms
  * Execution Time: 0.119 ms
  * ```
  */
  explain({ analyze = false, verbose = false, settings = false, buffers = false, wal = false, format: format2 = "text" } = {}) {
    var _this$headers$get;
    const options = [
      analyze ? "analyze" : null,
      verbose ? "verbose" : null,
      settings ? "settings" : null,
      buffers ? "buffers" : null,
      wal ? "wal" : null
    ].filter(Boolean).join("|");
    const forMediatype = (_this$headers$get = this.headers.get("Accept")) !== null && _this$headers$get !== void 0 ? _this$headers$get : "application/json";
    this.headers.set("Accept", `application/vnd.pgrst.plan+${format2}; for="${forMediatype}"; options=${options};`);
    if (format2 === "json") return this;
    else return this;
  }
  /**
  * Dry-run this request: execute the query but discard the changes.
  *
  * Server-side, PostgREST runs the query inside a transaction and rolls it back
  * instead of committing. The response still contains the data that *would* have
  * been returned — `RETURNING` clauses execute and RLS, triggers, and constraints
  * are all evaluated — but no row is actually inserted, updated, or deleted.
  *
  * This affects only the single request it is chained to. The JS caller has no
  * handle on the transaction: supabase-js does not group multiple queries into
  * one transaction. For multi-statement transactional logic, use a database
  * function (`supabase.rpc(...)`).
  *
  * Sets the `Prefer: tx=rollback` header. See PostgREST's docs on transaction
  * preferences for the underlying mechanism.
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @example Validate an insert without persisting
  * ```ts
  * const { data, error } = await supabase
  *   .from('countries')
  *   .insert({ name: 'France' })
  *   .select()
  *   .rollback()
  * // `data` shows what would have been inserted; nothing is saved.
  * ```
  */
  rollback() {
    this.headers.append("Prefer", "tx=rollback");
    return this;
  }
  /**
  * Override the type of the returned `data`.
  *
  * @typeParam NewResult - The new result type to override with
  * @deprecated Use overrideTypes<yourType, { merge: false }>() method at the end of your call chain instead
  *
  * @category Database
  * @subcategory Using modifiers
  *
  * @remarks
  * - Deprecated: use overrideTypes method instead
  *
  * @example Override type of successful response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .returns<Array<MyType>>()
  * ```
  *
  * @exampleResponse Override type of successful response
  * ```js
  * let x: typeof data // MyType[]
  * ```
  *
  * @example Override type of object response
  * ```ts
  * const { data } = await supabase
  *   .from('countries')
  *   .select()
  *   .maybeSingle()
  *   .returns<MyType>()
  * ```
  *
  * @exampleResponse Override type of object response
  * ```js
  * let x: typeof data // MyType | null
  * ```
  */
  returns() {
    return this;
  }
  /**
  * Set the maximum number of rows that can be affected by the query.
  * Only available in PostgREST v13+ and only works with PATCH and DELETE methods.
  *
  * @param rows - The maximum number of rows that can be affected
  *
  * @category Database
  * @subcategory Using modifiers
  */
  maxAffected(rows) {
    this.headers.append("Prefer", "handling=strict");
    this.headers.append("Prefer", `max-affected=${rows}`);
    return this;
  }
};
var PostgrestReservedCharsRegexp = /* @__PURE__ */ new RegExp("[,()]");
var PostgrestFilterBuilder = class extends PostgrestTransformBuilder {
  throwOnError() {
    return super.throwOnError();
  }
  /**
  * Match only rows where `column` is equal to `value`.
  *
  * To check if the value of `column` is NULL, you should use `.is()` instead.
  *
  * @param column - The column to filter on
  * @param value - The value to filter with
  *
  * @category Database
  * @subcategory Using filters
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .eq('name', 'Leia')
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 2,
  *       "name": "Leia"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  eq(column, value) {
    this.url.searchParams.append(column, `eq.${value}`);
    return this;
  }
  /**
  * Match only rows where `column` is not equal to `value`.
  *
  * This filter does not include rows where `column` is `NULL`. To match null
  * values, use `.is(column, null)` instead.
  *
  * @param column - The column to filter on
  * @param value - The value to filter with
  *
  * @category Database
  * @subcategory Using filters
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .neq('name', 'Leia')
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Luke"
  *     },
  *     {
  *       "id": 3,
  *       "name": "Han"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  neq(column, value) {
    this.url.searchParams.append(column, `neq.${value}`);
    return this;
  }
  gt(column, value) {
    this.url.searchParams.append(column, `gt.${value}`);
    return this;
  }
  gte(column, value) {
    this.url.searchParams.append(column, `gte.${value}`);
    return this;
  }
  lt(column, value) {
    this.url.searchParams.append(column, `lt.${value}`);
    return this;
  }
  lte(column, value) {
    this.url.searchParams.append(column, `lte.${value}`);
    return this;
  }
  like(column, pattern) {
    this.url.searchParams.append(column, `like.${pattern}`);
    return this;
  }
  likeAllOf(column, patterns) {
    this.url.searchParams.append(column, `like(all).{${patterns.join(",")}}`);
    return this;
  }
  likeAnyOf(column, patterns) {
    this.url.searchParams.append(column, `like(any).{${patterns.join(",")}}`);
    return this;
  }
  ilike(column, pattern) {
    this.url.searchParams.append(column, `ilike.${pattern}`);
    return this;
  }
  ilikeAllOf(column, patterns) {
    this.url.searchParams.append(column, `ilike(all).{${patterns.join(",")}}`);
    return this;
  }
  ilikeAnyOf(column, patterns) {
    this.url.searchParams.append(column, `ilike(any).{${patterns.join(",")}}`);
    return this;
  }
  regexMatch(column, pattern) {
    this.url.searchParams.append(column, `match.${pattern}`);
    return this;
  }
  regexIMatch(column, pattern) {
    this.url.searchParams.append(column, `imatch.${pattern}`);
    return this;
  }
  is(column, value) {
    this.url.searchParams.append(column, `is.${value}`);
    return this;
  }
  /**
  * Match only rows where `column` IS DISTINCT FROM `value`.
  *
  * Unlike `.neq()`, this treats `NULL` as a comparable value. Two `NULL` values
  * are considered equal (not distinct), and comparing `NULL` with any non-NULL
  * value returns true (distinct).
  *
  * @param column - The column to filter on
  * @param value - The value to filter with
  */
  isDistinct(column, value) {
    this.url.searchParams.append(column, `isdistinct.${value}`);
    return this;
  }
  /**
  * Match only rows where `column` is included in the `values` array.
  *
  * @param column - The column to filter on
  * @param values - The values array to filter with
  *
  * @category Database
  * @subcategory Using filters
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  *   .in('name', ['Leia', 'Han'])
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 2,
  *       "name": "Leia"
  *     },
  *     {
  *       "id": 3,
  *       "name": "Han"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  in(column, values) {
    const cleanedValues = Array.from(new Set(values)).map((s) => {
      if (typeof s === "string" && PostgrestReservedCharsRegexp.test(s)) return `"${s}"`;
      else return `${s}`;
    }).join(",");
    this.url.searchParams.append(column, `in.(${cleanedValues})`);
    return this;
  }
  /**
  * Match only rows where `column` is NOT included in the `values` array.
  *
  * @param column - The column to filter on
  * @param values - The values array to filter with
  */
  notIn(column, values) {
    const cleanedValues = Array.from(new Set(values)).map((s) => {
      if (typeof s === "string" && PostgrestReservedCharsRegexp.test(s)) return `"${s}"`;
      else return `${s}`;
    }).join(",");
    this.url.searchParams.append(column, `not.in.(${cleanedValues})`);
    return this;
  }
  contains(column, value) {
    if (typeof value === "string") this.url.searchParams.append(column, `cs.${value}`);
    else if (Array.isArray(value)) this.url.searchParams.append(column, `cs.{${value.join(",")}}`);
    else this.url.searchParams.append(column, `cs.${JSON.stringify(value)}`);
    return this;
  }
  containedBy(column, value) {
    if (typeof value === "string") this.url.searchParams.append(column, `cd.${value}`);
    else if (Array.isArray(value)) this.url.searchParams.append(column, `cd.{${value.join(",")}}`);
    else this.url.searchParams.append(column, `cd.${JSON.stringify(value)}`);
    return this;
  }
  rangeGt(column, range) {
    this.url.searchParams.append(column, `sr.${range}`);
    return this;
  }
  rangeGte(column, range) {
    this.url.searchParams.append(column, `nxl.${range}`);
    return this;
  }
  rangeLt(column, range) {
    this.url.searchParams.append(column, `sl.${range}`);
    return this;
  }
  rangeLte(column, range) {
    this.url.searchParams.append(column, `nxr.${range}`);
    return this;
  }
  rangeAdjacent(column, range) {
    this.url.searchParams.append(column, `adj.${range}`);
    return this;
  }
  overlaps(column, value) {
    if (typeof value === "string") this.url.searchParams.append(column, `ov.${value}`);
    else this.url.searchParams.append(column, `ov.{${value.join(",")}}`);
    return this;
  }
  textSearch(column, query, { config, type } = {}) {
    let typePart = "";
    if (type === "plain") typePart = "pl";
    else if (type === "phrase") typePart = "ph";
    else if (type === "websearch") typePart = "w";
    const configPart = config === void 0 ? "" : `(${config})`;
    this.url.searchParams.append(column, `${typePart}fts${configPart}.${query}`);
    return this;
  }
  match(query) {
    Object.entries(query).filter(([_, value]) => value !== void 0).forEach(([column, value]) => {
      this.url.searchParams.append(column, `eq.${value}`);
    });
    return this;
  }
  /**
  * Match only rows which doesn't satisfy the filter.
  *
  * Unlike most filters, `opearator` and `value` are used as-is and need to
  * follow [PostgREST
  * syntax](https://postgrest.org/en/stable/api.html#operators). You also need
  * to make sure they are properly sanitized.
  *
  * @param column - The column to filter on
  * @param operator - The operator to be negated to filter with, following
  * PostgREST syntax
  * @param value - The value to filter with, following PostgREST syntax
  *
  * @category Database
  * @subcategory Using filters
  *
  * @remarks
  * not() expects you to use the raw PostgREST syntax for the filter values.
  *
  * ```ts
  * .not('id', 'in', '(5,6,7)')  // Use `()` for `in` filter
  * .not('arraycol', 'cs', '{"a","b"}')  // Use `cs` for `contains()`, `{}` for array values
  * ```
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('countries')
  *   .select()
  *   .not('name', 'is', null)
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  *
  * insert into
  *   countries (id, name)
  * values
  *   (1, 'null'),
  *   (2, null);
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  *   {
  *     "data": [
  *       {
  *         "id": 1,
  *         "name": "null"
  *       }
  *     ],
  *     "status": 200,
  *     "statusText": "OK"
  *   }
  *
  * ```
  */
  not(column, operator, value) {
    this.url.searchParams.append(column, `not.${operator}.${value}`);
    return this;
  }
  /**
  * Match only rows which satisfy at least one of the filters.
  *
  * Unlike most filters, `filters` is used as-is and needs to follow [PostgREST
  * syntax](https://postgrest.org/en/stable/api.html#operators). You also need
  * to make sure it's properly sanitized.
  *
  * It's currently not possible to do an `.or()` filter across multiple tables.
  *
  * @param filters - The filters to use, following PostgREST syntax
  * @param options - Named parameters
  * @param options.referencedTable - Set this to filter on referenced tables
  * instead of the parent table
  * @param options.foreignTable - Deprecated, use `referencedTable` instead
  *
  * @category Database
  * @subcategory Using filters
  *
  * @remarks
  * or() expects you to use the raw PostgREST syntax for the filter names and values.
  *
  * ```ts
  * .or('id.in.(5,6,7), arraycol.cs.{"a","b"}')  // Use `()` for `in` filter, `{}` for array values and `cs` for `contains()`.
  * .or('id.in.(5,6,7), arraycol.cd.{"a","b"}')  // Use `cd` for `containedBy()`
  * ```
  *
  * @example With `select()`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  *   .or('id.eq.2,name.eq.Han')
  * ```
  *
  * @exampleSql With `select()`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse With `select()`
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "Leia"
  *     },
  *     {
  *       "name": "Han"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example Use `or` with `and`
  * ```ts
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  *   .or('id.gt.3,and(id.eq.1,name.eq.Luke)')
  * ```
  *
  * @exampleSql Use `or` with `and`
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse Use `or` with `and`
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "Luke"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example Use `or` on referenced tables
  * ```ts
  * const { data, error } = await supabase
  *   .from('orchestral_sections')
  *   .select(`
  *     name,
  *     instruments!inner (
  *       name
  *     )
  *   `)
  *   .or('section_id.eq.1,name.eq.guzheng', { referencedTable: 'instruments' })
  * ```
  *
  * @exampleSql Use `or` on referenced tables
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 2, 'flute'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse Use `or` on referenced tables
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "strings",
  *       "instruments": [
  *         {
  *           "name": "violin"
  *         }
  *       ]
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  or(filters, { foreignTable, referencedTable = foreignTable } = {}) {
    const key = referencedTable ? `${referencedTable}.or` : "or";
    this.url.searchParams.append(key, `(${filters})`);
    return this;
  }
  filter(column, operator, value) {
    this.url.searchParams.append(column, `${operator}.${value}`);
    return this;
  }
};
var PostgrestQueryBuilder = class {
  /**
  * Creates a query builder scoped to a Postgres table or view.
  *
  * @category Database
  *
  * @param url - The URL for the query
  * @param options - Named parameters
  * @param options.headers - Custom headers
  * @param options.schema - Postgres schema to use
  * @param options.fetch - Custom fetch implementation
  * @param options.urlLengthLimit - Maximum URL length before warning
  * @param options.retry - Enable automatic retries for transient errors (default: true)
  *
  * @example Using supabase-js (recommended)
  * ```ts
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key')
  * const { data, error } = await supabase.from('users').select('*')
  * ```
  *
  * @example Standalone import for bundle-sensitive environments
  * ```ts
  * import { PostgrestQueryBuilder } from '@supabase/postgrest-js'
  *
  * const query = new PostgrestQueryBuilder(
  *   new URL('https://xyzcompany.supabase.co/rest/v1/users'),
  *   { headers: { apikey: 'your-publishable-key' }, retry: true }
  * )
  * ```
  */
  constructor(url, { headers = {}, schema, fetch: fetch$1, urlLengthLimit = 8e3, retry }) {
    this.url = url;
    this.headers = new Headers(headers);
    this.schema = schema;
    this.fetch = fetch$1;
    this.urlLengthLimit = urlLengthLimit;
    this.retry = retry;
  }
  /**
  * Clone URL and headers to prevent shared state between operations.
  */
  cloneRequestState() {
    return {
      url: new URL(this.url.toString()),
      headers: new Headers(this.headers)
    };
  }
  /**
  * Perform a SELECT query on the table or view.
  *
  * @param columns - The columns to retrieve, separated by commas. Columns can be renamed when returned with `customName:columnName`
  *
  * @param options - Named parameters
  *
  * @param options.head - When set to `true`, `data` will not be returned.
  * Useful if you only need the count.
  *
  * @param options.count - Count algorithm to use to count rows in the table or view.
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @remarks
  * When using `count` with `.range()` or `.limit()`, the returned `count` is the total number of rows
  * that match your filters, not the number of rows in the current page. Use this to build pagination UI.
  
  * - By default, Supabase projects return a maximum of 1,000 rows. This setting can be changed in your project's [API settings](/dashboard/project/_/settings/api). It's recommended that you keep it low to limit the payload size of accidental or malicious requests. You can use `range()` queries to paginate through your data.
  * - `select()` can be combined with [Filters](/docs/reference/javascript/using-filters)
  * - `select()` can be combined with [Modifiers](/docs/reference/javascript/using-modifiers)
  * - `apikey` is a reserved keyword if you're using the [Supabase Platform](/docs/guides/platform) and [should be avoided as a column name](https://github.com/supabase/supabase/issues/5465). *
  * @category Database
  *
  * @example Getting your data
  * ```js
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select()
  * ```
  *
  * @exampleSql Getting your data
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Harry'),
  *   (2, 'Frodo'),
  *   (3, 'Katniss');
  * ```
  *
  * @exampleResponse Getting your data
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Harry"
  *     },
  *     {
  *       "id": 2,
  *       "name": "Frodo"
  *     },
  *     {
  *       "id": 3,
  *       "name": "Katniss"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Handling errors
  * The most useful field on a Postgres error is usually `hint` — when the database knows the fix, it puts the literal SQL there. For example, a permission-denied error (`code: '42501'`) arrives with a `hint` like `"Grant the required privileges to the current role with: GRANT SELECT ON public.characters TO anon;"`. Log the full `error` object so the hint isn't hidden behind `error.message`.
  *
  * @example Handling errors
  * ```js
  * const { data, error } = await supabase.from('characters').select()
  * if (error) {
  *   // Logs the full error: message, code, details, and hint.
  *   console.error(error)
  *   return
  * }
  * ```
  *
  * @exampleResponse Handling errors
  * ```json
  * {
  *   "error": {
  *     "code": "42501",
  *     "details": null,
  *     "hint": "Grant the required privileges to the current role with: GRANT SELECT ON public.characters TO anon;",
  *     "message": "permission denied for table characters"
  *   },
  *   "status": 401,
  *   "statusText": ""
  * }
  * ```
  *
  * @example Selecting specific columns
  * ```js
  * const { data, error } = await supabase
  *   .from('characters')
  *   .select('name')
  * ```
  *
  * @exampleSql Selecting specific columns
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Frodo'),
  *   (2, 'Harry'),
  *   (3, 'Katniss');
  * ```
  *
  * @exampleResponse Selecting specific columns
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "Frodo"
  *     },
  *     {
  *       "name": "Harry"
  *     },
  *     {
  *       "name": "Katniss"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Query referenced tables
  * If your database has foreign key relationships, you can query related tables too.
  *
  * @example Query referenced tables
  * ```js
  * const { data, error } = await supabase
  *   .from('orchestral_sections')
  *   .select(`
  *     name,
  *     instruments (
  *       name
  *     )
  *   `)
  * ```
  *
  * @exampleSql Query referenced tables
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 2, 'flute'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse Query referenced tables
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "strings",
  *       "instruments": [
  *         {
  *           "name": "violin"
  *         }
  *       ]
  *     },
  *     {
  *       "name": "woodwinds",
  *       "instruments": [
  *         {
  *           "name": "flute"
  *         }
  *       ]
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Query referenced tables with spaces in their names
  * If your table name contains spaces, you must use double quotes in the `select` statement to reference the table.
  *
  * @example Query referenced tables with spaces in their names
  * ```js
  * const { data, error } = await supabase
  *   .from('orchestral sections')
  *   .select(`
  *     name,
  *     "musical instruments" (
  *       name
  *     )
  *   `)
  * ```
  *
  * @exampleSql Query referenced tables with spaces in their names
  * ```sql
  * create table
  *   "orchestral sections" (id int8 primary key, name text);
  * create table
  *   "musical instruments" (
  *     id int8 primary key,
  *     section_id int8 not null references "orchestral sections",
  *     name text
  *   );
  *
  * insert into
  *   "orchestral sections" (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   "musical instruments" (id, section_id, name)
  * values
  *   (1, 2, 'flute'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse Query referenced tables with spaces in their names
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "strings",
  *       "musical instruments": [
  *         {
  *           "name": "violin"
  *         }
  *       ]
  *     },
  *     {
  *       "name": "woodwinds",
  *       "musical instruments": [
  *         {
  *           "name": "flute"
  *         }
  *       ]
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Query referenced tables through a join table
  * If you're in a situation where your tables are **NOT** directly
  * related, but instead are joined by a _join table_, you can still use
  * the `select()` method to query the related data. The join table needs
  * to have the foreign keys as part of its composite primary key.
  *
  * @example Query referenced tables through a join table
  * ```ts
  * const { data, error } = await supabase
  *   .from('users')
  *   .select(`
  *     name,
  *     teams (
  *       name
  *     )
  *   `)
  *   
  * ```
  *
  * @exampleSql Query referenced tables through a join table
  * ```sql
  * create table
  *   users (
  *     id int8 primary key,
  *     name text
  *   );
  * create table
  *   teams (
  *     id int8 primary key,
  *     name text
  *   );
  * -- join table
  * create table
  *   users_teams (
  *     user_id int8 not null references users,
  *     team_id int8 not null references teams,
  *     -- both foreign keys must be part of a composite primary key
  *     primary key (user_id, team_id)
  *   );
  *
  * insert into
  *   users (id, name)
  * values
  *   (1, 'Kiran'),
  *   (2, 'Evan');
  * insert into
  *   teams (id, name)
  * values
  *   (1, 'Green'),
  *   (2, 'Blue');
  * insert into
  *   users_teams (user_id, team_id)
  * values
  *   (1, 1),
  *   (1, 2),
  *   (2, 2);
  * ```
  *
  * @exampleResponse Query referenced tables through a join table
  * ```json
  *   {
  *     "data": [
  *       {
  *         "name": "Kiran",
  *         "teams": [
  *           {
  *             "name": "Green"
  *           },
  *           {
  *             "name": "Blue"
  *           }
  *         ]
  *       },
  *       {
  *         "name": "Evan",
  *         "teams": [
  *           {
  *             "name": "Blue"
  *           }
  *         ]
  *       }
  *     ],
  *     "status": 200,
  *     "statusText": "OK"
  *   }
  *   
  * ```
  *
  * @exampleDescription Query the same referenced table multiple times
  * If you need to query the same referenced table twice, use the name of the
  * joined column to identify which join to use. You can also give each
  * column an alias.
  *
  * @example Query the same referenced table multiple times
  * ```ts
  * const { data, error } = await supabase
  *   .from('messages')
  *   .select(`
  *     content,
  *     from:sender_id(name),
  *     to:receiver_id(name)
  *   `)
  *
  * // To infer types, use the name of the table (in this case `users`) and
  * // the name of the foreign key constraint.
  * const { data, error } = await supabase
  *   .from('messages')
  *   .select(`
  *     content,
  *     from:users!messages_sender_id_fkey(name),
  *     to:users!messages_receiver_id_fkey(name)
  *   `)
  * ```
  *
  * @exampleSql Query the same referenced table multiple times
  * ```sql
  *  create table
  *  users (id int8 primary key, name text);
  *
  *  create table
  *    messages (
  *      sender_id int8 not null references users,
  *      receiver_id int8 not null references users,
  *      content text
  *    );
  *
  *  insert into
  *    users (id, name)
  *  values
  *    (1, 'Kiran'),
  *    (2, 'Evan');
  *
  *  insert into
  *    messages (sender_id, receiver_id, content)
  *  values
  *    (1, 2, '👋');
  *  ```
  * ```
  *
  * @exampleResponse Query the same referenced table multiple times
  * ```json
  * {
  *   "data": [
  *     {
  *       "content": "👋",
  *       "from": {
  *         "name": "Kiran"
  *       },
  *       "to": {
  *         "name": "Evan"
  *       }
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Query nested foreign tables through a join table
  * You can use the result of a joined table to gather data in
  * another foreign table. With multiple references to the same foreign
  * table you must specify the column on which to conduct the join.
  *
  * @example Query nested foreign tables through a join table
  * ```ts
  *   const { data, error } = await supabase
  *     .from('games')
  *     .select(`
  *       game_id:id,
  *       away_team:teams!games_away_team_fkey (
  *         users (
  *           id,
  *           name
  *         )
  *       )
  *     `)
  *   
  * ```
  *
  * @exampleSql Query nested foreign tables through a join table
  * ```sql
  * ```sql
  * create table
  *   users (
  *     id int8 primary key,
  *     name text
  *   );
  * create table
  *   teams (
  *     id int8 primary key,
  *     name text
  *   );
  * -- join table
  * create table
  *   users_teams (
  *     user_id int8 not null references users,
  *     team_id int8 not null references teams,
  *
  *     primary key (user_id, team_id)
  *   );
  * create table
  *   games (
  *     id int8 primary key,
  *     home_team int8 not null references teams,
  *     away_team int8 not null references teams,
  *     name text
  *   );
  *
  * insert into users (id, name)
  * values
  *   (1, 'Kiran'),
  *   (2, 'Evan');
  * insert into
  *   teams (id, name)
  * values
  *   (1, 'Green'),
  *   (2, 'Blue');
  * insert into
  *   users_teams (user_id, team_id)
  * values
  *   (1, 1),
  *   (1, 2),
  *   (2, 2);
  * insert into
  *   games (id, home_team, away_team, name)
  * values
  *   (1, 1, 2, 'Green vs Blue'),
  *   (2, 2, 1, 'Blue vs Green');
  * ```
  *
  * @exampleResponse Query nested foreign tables through a join table
  * ```json
  *   {
  *     "data": [
  *       {
  *         "game_id": 1,
  *         "away_team": {
  *           "users": [
  *             {
  *               "id": 1,
  *               "name": "Kiran"
  *             },
  *             {
  *               "id": 2,
  *               "name": "Evan"
  *             }
  *           ]
  *         }
  *       },
  *       {
  *         "game_id": 2,
  *         "away_team": {
  *           "users": [
  *             {
  *               "id": 1,
  *               "name": "Kiran"
  *             }
  *           ]
  *         }
  *       }
  *     ],
  *     "status": 200,
  *     "statusText": "OK"
  *   }
  *   
  * ```
  *
  * @exampleDescription Filtering through referenced tables
  * If the filter on a referenced table's column is not satisfied, the referenced
  * table returns `[]` or `null` but the parent table is not filtered out.
  * If you want to filter out the parent table rows, use the `!inner` hint
  *
  * @example Filtering through referenced tables
  * ```ts
  * const { data, error } = await supabase
  *   .from('instruments')
  *   .select('name, orchestral_sections(*)')
  *   .eq('orchestral_sections.name', 'percussion')
  * ```
  *
  * @exampleSql Filtering through referenced tables
  * ```sql
  * create table
  *   orchestral_sections (id int8 primary key, name text);
  * create table
  *   instruments (
  *     id int8 primary key,
  *     section_id int8 not null references orchestral_sections,
  *     name text
  *   );
  *
  * insert into
  *   orchestral_sections (id, name)
  * values
  *   (1, 'strings'),
  *   (2, 'woodwinds');
  * insert into
  *   instruments (id, section_id, name)
  * values
  *   (1, 2, 'flute'),
  *   (2, 1, 'violin');
  * ```
  *
  * @exampleResponse Filtering through referenced tables
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "flute",
  *       "orchestral_sections": null
  *     },
  *     {
  *       "name": "violin",
  *       "orchestral_sections": null
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Querying referenced table with count
  * You can get the number of rows in a related table by using the
  * **count** property.
  *
  * @example Querying referenced table with count
  * ```ts
  * const { data, error } = await supabase
  *   .from('orchestral_sections')
  *   .select(`*, instruments(count)`)
  * ```
  *
  * @exampleSql Querying referenced table with count
  * ```sql
  * create table orchestral_sections (
  *   "id" "uuid" primary key default "extensions"."uuid_generate_v4"() not null,
  *   "name" text
  * );
  *
  * create table characters (
  *   "id" "uuid" primary key default "extensions"."uuid_generate_v4"() not null,
  *   "name" text,
  *   "section_id" "uuid" references public.orchestral_sections on delete cascade
  * );
  *
  * with section as (
  *   insert into orchestral_sections (name)
  *   values ('strings') returning id
  * )
  * insert into instruments (name, section_id) values
  * ('violin', (select id from section)),
  * ('viola', (select id from section)),
  * ('cello', (select id from section)),
  * ('double bass', (select id from section));
  * ```
  *
  * @exampleResponse Querying referenced table with count
  * ```json
  * [
  *   {
  *     "id": "693694e7-d993-4360-a6d7-6294e325d9b6",
  *     "name": "strings",
  *     "instruments": [
  *       {
  *         "count": 4
  *       }
  *     ]
  *   }
  * ]
  * ```
  *
  * @exampleDescription Querying with count option
  * You can get the number of rows by using the
  * [count](/docs/reference/javascript/select#parameters) option.
  *
  * @example Querying with count option
  * ```ts
  * const { count, error } = await supabase
  *   .from('characters')
  *   .select('*', { count: 'exact', head: true })
  * ```
  *
  * @exampleSql Querying with count option
  * ```sql
  * create table
  *   characters (id int8 primary key, name text);
  *
  * insert into
  *   characters (id, name)
  * values
  *   (1, 'Luke'),
  *   (2, 'Leia'),
  *   (3, 'Han');
  * ```
  *
  * @exampleResponse Querying with count option
  * ```json
  * {
  *   "count": 3,
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Querying JSON data
  * You can select and filter data inside of
  * [JSON](/docs/guides/database/json) columns. Postgres offers some
  * [operators](/docs/guides/database/json#query-the-jsonb-data) for
  * querying JSON data.
  *
  * @example Querying JSON data
  * ```ts
  * const { data, error } = await supabase
  *   .from('users')
  *   .select(`
  *     id, name,
  *     address->city
  *   `)
  * ```
  *
  * @exampleSql Querying JSON data
  * ```sql
  * create table
  *   users (
  *     id int8 primary key,
  *     name text,
  *     address jsonb
  *   );
  *
  * insert into
  *   users (id, name, address)
  * values
  *   (1, 'Frodo', '{"city":"Hobbiton"}');
  * ```
  *
  * @exampleResponse Querying JSON data
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Frodo",
  *       "city": "Hobbiton"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Querying referenced table with inner join
  * If you don't want to return the referenced table contents, you can leave the parenthesis empty.
  * Like `.select('name, orchestral_sections!inner()')`.
  *
  * @example Querying referenced table with inner join
  * ```ts
  * const { data, error } = await supabase
  *   .from('instruments')
  *   .select('name, orchestral_sections!inner(name)')
  *   .eq('orchestral_sections.name', 'woodwinds')
  *   .limit(1)
  * ```
  *
  * @exampleSql Querying referenced table with inner join
  * ```sql
  * create table orchestral_sections (
  *   "id" "uuid" primary key default "extensions"."uuid_generate_v4"() not null,
  *   "name" text
  * );
  *
  * create table instruments (
  *   "id" "uuid" primary key default "extensions"."uuid_generate_v4"() not null,
  *   "name" text,
  *   "section_id" "uuid" references public.orchestral_sections on delete cascade
  * );
  *
  * with section as (
  *   insert into orchestral_sections (name)
  *   values ('woodwinds') returning id
  * )
  * insert into instruments (name, section_id) values
  * ('flute', (select id from section)),
  * ('clarinet', (select id from section)),
  * ('bassoon', (select id from section)),
  * ('piccolo', (select id from section));
  * ```
  *
  * @exampleResponse Querying referenced table with inner join
  * ```json
  * {
  *   "data": [
  *     {
  *       "name": "flute",
  *       "orchestral_sections": {"name": "woodwinds"}
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Switching schemas per query
  * In addition to setting the schema during initialization, you can also switch schemas on a per-query basis.
  * Make sure you've set up your [database privileges and API settings](/docs/guides/api/using-custom-schemas).
  *
  * @example Switching schemas per query
  * ```ts
  * const { data, error } = await supabase
  *   .schema('myschema')
  *   .from('mytable')
  *   .select()
  * ```
  *
  * @exampleSql Switching schemas per query
  * ```sql
  * create schema myschema;
  *
  * create table myschema.mytable (
  *   id uuid primary key default gen_random_uuid(),
  *   data text
  * );
  *
  * insert into myschema.mytable (data) values ('mydata');
  * ```
  *
  * @exampleResponse Switching schemas per query
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": "4162e008-27b0-4c0f-82dc-ccaeee9a624d",
  *       "data": "mydata"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  select(columns, options) {
    const { head = false, count: count3 } = options !== null && options !== void 0 ? options : {};
    const method = head ? "HEAD" : "GET";
    let quoted2 = false;
    const cleanedColumns = (columns !== null && columns !== void 0 ? columns : "*").split("").map((c) => {
      if (/\s/.test(c) && !quoted2) return "";
      if (c === '"') quoted2 = !quoted2;
      return c;
    }).join("");
    const { url, headers } = this.cloneRequestState();
    url.searchParams.set("select", cleanedColumns);
    if (count3) headers.append("Prefer", `count=${count3}`);
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schema,
      fetch: this.fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
  /**
  * Perform an INSERT into the table or view.
  *
  * By default, inserted rows are not returned. To return it, chain the call
  * with `.select()`.
  *
  * @param values - The values to insert. Pass an object to insert a single row
  * or an array to insert multiple rows.
  *
  * @param options - Named parameters
  *
  * @param options.count - Count algorithm to use to count inserted rows.
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @param options.defaultToNull - Make missing fields default to `null`.
  * Otherwise, use the default value for the column. Only applies for bulk
  * inserts.
  *
  * @category Database
  *
  * @example Create a record
  * ```ts
  * const { error } = await supabase
  *   .from('countries')
  *   .insert({ id: 1, name: 'Mordor' })
  * ```
  *
  * @exampleSql Create a record
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  * ```
  *
  * @exampleResponse Create a record
  * ```json
  * {
  *   "status": 201,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Handling errors
  * `error.hint` from Postgres often contains the actionable fix (e.g. `"Grant the required privileges to the current role with: GRANT INSERT ON public.countries TO anon;"` for a `42501` permission-denied error). Log the full `error` object so it isn't hidden behind `error.message`.
  *
  * @example Handling errors
  * ```js
  * const { error } = await supabase.from('countries').insert({ id: 1, name: 'Mordor' })
  * if (error) console.error(error)
  * ```
  *
  * @example Create a record and return it
  * ```ts
  * const { data, error } = await supabase
  *   .from('countries')
  *   .insert({ id: 1, name: 'Mordor' })
  *   .select()
  * ```
  *
  * @exampleSql Create a record and return it
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  * ```
  *
  * @exampleResponse Create a record and return it
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Mordor"
  *     }
  *   ],
  *   "status": 201,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Bulk create
  * A bulk create operation is handled in a single transaction.
  * If any of the inserts fail, none of the rows are inserted.
  *
  * @example Bulk create
  * ```ts
  * const { error } = await supabase
  *   .from('countries')
  *   .insert([
  *     { id: 1, name: 'Mordor' },
  *     { id: 1, name: 'The Shire' },
  *   ])
  * ```
  *
  * @exampleSql Bulk create
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  * ```
  *
  * @exampleResponse Bulk create
  * ```json
  * {
  *   "error": {
  *     "code": "23505",
  *     "details": "Key (id)=(1) already exists.",
  *     "hint": null,
  *     "message": "duplicate key value violates unique constraint \"countries_pkey\""
  *   },
  *   "status": 409,
  *   "statusText": ""
  * }
  * ```
  */
  insert(values, { count: count3, defaultToNull = true } = {}) {
    var _this$fetch;
    const method = "POST";
    const { url, headers } = this.cloneRequestState();
    if (count3) headers.append("Prefer", `count=${count3}`);
    if (!defaultToNull) headers.append("Prefer", `missing=default`);
    if (Array.isArray(values)) {
      const columns = values.reduce((acc, x) => acc.concat(Object.keys(x)), []);
      if (columns.length > 0) {
        const uniqueColumns = [...new Set(columns)].map((column) => `"${column}"`);
        url.searchParams.set("columns", uniqueColumns.join(","));
      }
    }
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schema,
      body: values,
      fetch: (_this$fetch = this.fetch) !== null && _this$fetch !== void 0 ? _this$fetch : fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
  /**
  * Perform an UPSERT on the table or view. Depending on the column(s) passed
  * to `onConflict`, `.upsert()` allows you to perform the equivalent of
  * `.insert()` if a row with the corresponding `onConflict` columns doesn't
  * exist, or if it does exist, perform an alternative action depending on
  * `ignoreDuplicates`.
  *
  * By default, upserted rows are not returned. To return it, chain the call
  * with `.select()`.
  *
  * @param values - The values to upsert with. Pass an object to upsert a
  * single row or an array to upsert multiple rows.
  *
  * @param options - Named parameters
  *
  * @param options.onConflict - Comma-separated UNIQUE column(s) to specify how
  * duplicate rows are determined. Two rows are duplicates if all the
  * `onConflict` columns are equal.
  *
  * @param options.ignoreDuplicates - If `true`, duplicate rows are ignored. If
  * `false`, duplicate rows are merged with existing rows.
  *
  * @param options.count - Count algorithm to use to count upserted rows.
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @param options.defaultToNull - Make missing fields default to `null`.
  * Otherwise, use the default value for the column. This only applies when
  * inserting new rows, not when merging with existing rows under
  * `ignoreDuplicates: false`. This also only applies when doing bulk upserts.
  *
  * @example Upsert a single row using a unique key
  * ```ts
  * // Upserting a single row, overwriting based on the 'username' unique column
  * const { data, error } = await supabase
  *   .from('users')
  *   .upsert({ username: 'supabot' }, { onConflict: 'username' })
  *
  * // Example response:
  * // {
  * //   data: [
  * //     { id: 4, message: 'bar', username: 'supabot' }
  * //   ],
  * //   error: null
  * // }
  * ```
  *
  * @example Upsert with conflict resolution and exact row counting
  * ```ts
  * // Upserting and returning exact count
  * const { data, error, count } = await supabase
  *   .from('users')
  *   .upsert(
  *     {
  *       id: 3,
  *       message: 'foo',
  *       username: 'supabot'
  *     },
  *     {
  *       onConflict: 'username',
  *       count: 'exact'
  *     }
  *   )
  *
  * // Example response:
  * // {
  * //   data: [
  * //     {
  * //       id: 42,
  * //       handle: "saoirse",
  * //       display_name: "Saoirse"
  * //     }
  * //   ],
  * //   count: 1,
  * //   error: null
  * // }
  * ```
  *
  * @category Database
  *
  * @remarks
  * - Primary keys must be included in `values` to use upsert.
  *
  * @example Upsert your data
  * ```ts
  * const { data, error } = await supabase
  *   .from('instruments')
  *   .upsert({ id: 1, name: 'piano' })
  *   .select()
  * ```
  *
  * @exampleSql Upsert your data
  * ```sql
  * create table
  *   instruments (id int8 primary key, name text);
  *
  * insert into
  *   instruments (id, name)
  * values
  *   (1, 'harpsichord');
  * ```
  *
  * @exampleResponse Upsert your data
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "piano"
  *     }
  *   ],
  *   "status": 201,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Handling errors
  * `error.hint` from Postgres often contains the actionable fix (e.g. `"Grant the required privileges to the current role with: GRANT INSERT, UPDATE ON public.instruments TO anon;"` for a `42501` permission-denied error). Log the full `error` object so it isn't hidden behind `error.message`.
  *
  * @example Handling errors
  * ```js
  * const { data, error } = await supabase.from('instruments').upsert({ id: 1, name: 'piano' }).select()
  * if (error) console.error(error)
  * ```
  *
  * @example Bulk Upsert your data
  * ```ts
  * const { data, error } = await supabase
  *   .from('instruments')
  *   .upsert([
  *     { id: 1, name: 'piano' },
  *     { id: 2, name: 'harp' },
  *   ])
  *   .select()
  * ```
  *
  * @exampleSql Bulk Upsert your data
  * ```sql
  * create table
  *   instruments (id int8 primary key, name text);
  *
  * insert into
  *   instruments (id, name)
  * values
  *   (1, 'harpsichord');
  * ```
  *
  * @exampleResponse Bulk Upsert your data
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "piano"
  *     },
  *     {
  *       "id": 2,
  *       "name": "harp"
  *     }
  *   ],
  *   "status": 201,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Upserting into tables with constraints
  * In the following query, `upsert()` implicitly uses the `id`
  * (primary key) column to determine conflicts. If there is no existing
  * row with the same `id`, `upsert()` inserts a new row, which
  * will fail in this case as there is already a row with `handle` `"saoirse"`.
  * Using the `onConflict` option, you can instruct `upsert()` to use
  * another column with a unique constraint to determine conflicts.
  *
  * @example Upserting into tables with constraints
  * ```ts
  * const { data, error } = await supabase
  *   .from('users')
  *   .upsert({ id: 42, handle: 'saoirse', display_name: 'Saoirse' })
  *   .select()
  * ```
  *
  * @exampleSql Upserting into tables with constraints
  * ```sql
  * create table
  *   users (
  *     id int8 generated by default as identity primary key,
  *     handle text not null unique,
  *     display_name text
  *   );
  *
  * insert into
  *   users (id, handle, display_name)
  * values
  *   (1, 'saoirse', null);
  * ```
  *
  * @exampleResponse Upserting into tables with constraints
  * ```json
  * {
  *   "error": {
  *     "code": "23505",
  *     "details": "Key (handle)=(saoirse) already exists.",
  *     "hint": null,
  *     "message": "duplicate key value violates unique constraint \"users_handle_key\""
  *   },
  *   "status": 409,
  *   "statusText": ""
  * }
  * ```
  */
  upsert(values, { onConflict, ignoreDuplicates = false, count: count3, defaultToNull = true } = {}) {
    var _this$fetch2;
    const method = "POST";
    const { url, headers } = this.cloneRequestState();
    headers.append("Prefer", `resolution=${ignoreDuplicates ? "ignore" : "merge"}-duplicates`);
    if (onConflict !== void 0) url.searchParams.set("on_conflict", onConflict);
    if (count3) headers.append("Prefer", `count=${count3}`);
    if (!defaultToNull) headers.append("Prefer", "missing=default");
    if (Array.isArray(values)) {
      const columns = values.reduce((acc, x) => acc.concat(Object.keys(x)), []);
      if (columns.length > 0) {
        const uniqueColumns = [...new Set(columns)].map((column) => `"${column}"`);
        url.searchParams.set("columns", uniqueColumns.join(","));
      }
    }
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schema,
      body: values,
      fetch: (_this$fetch2 = this.fetch) !== null && _this$fetch2 !== void 0 ? _this$fetch2 : fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
  /**
  * Perform an UPDATE on the table or view.
  *
  * By default, updated rows are not returned. To return it, chain the call
  * with `.select()` after filters.
  *
  * @param values - The values to update with
  *
  * @param options - Named parameters
  *
  * @param options.count - Count algorithm to use to count updated rows.
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @category Database
  *
  * @remarks
  * - `update()` should always be combined with [Filters](/docs/reference/javascript/using-filters) to target the item(s) you wish to update.
  *
  * @example Updating your data
  * ```ts
  * const { error } = await supabase
  *   .from('instruments')
  *   .update({ name: 'piano' })
  *   .eq('id', 1)
  * ```
  *
  * @exampleSql Updating your data
  * ```sql
  * create table
  *   instruments (id int8 primary key, name text);
  *
  * insert into
  *   instruments (id, name)
  * values
  *   (1, 'harpsichord');
  * ```
  *
  * @exampleResponse Updating your data
  * ```json
  * {
  *   "status": 204,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Handling errors
  * `error.hint` from Postgres often contains the actionable fix (e.g. `"Grant the required privileges to the current role with: GRANT UPDATE ON public.instruments TO anon;"` for a `42501` permission-denied error). Log the full `error` object so it isn't hidden behind `error.message`.
  *
  * @example Handling errors
  * ```js
  * const { error } = await supabase.from('instruments').update({ name: 'piano' }).eq('id', 1)
  * if (error) console.error(error)
  * ```
  *
  * @example Update a record and return it
  * ```ts
  * const { data, error } = await supabase
  *   .from('instruments')
  *   .update({ name: 'piano' })
  *   .eq('id', 1)
  *   .select()
  * ```
  *
  * @exampleSql Update a record and return it
  * ```sql
  * create table
  *   instruments (id int8 primary key, name text);
  *
  * insert into
  *   instruments (id, name)
  * values
  *   (1, 'harpsichord');
  * ```
  *
  * @exampleResponse Update a record and return it
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "piano"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Updating JSON data
  * Postgres offers some
  * [operators](/docs/guides/database/json#query-the-jsonb-data) for
  * working with JSON data. Currently, it is only possible to update the entire JSON document.
  *
  * @example Updating JSON data
  * ```ts
  * const { data, error } = await supabase
  *   .from('users')
  *   .update({
  *     address: {
  *       street: 'Melrose Place',
  *       postcode: 90210
  *     }
  *   })
  *   .eq('address->postcode', 90210)
  *   .select()
  * ```
  *
  * @exampleSql Updating JSON data
  * ```sql
  * create table
  *   users (
  *     id int8 primary key,
  *     name text,
  *     address jsonb
  *   );
  *
  * insert into
  *   users (id, name, address)
  * values
  *   (1, 'Michael', '{ "postcode": 90210 }');
  * ```
  *
  * @exampleResponse Updating JSON data
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Michael",
  *       "address": {
  *         "street": "Melrose Place",
  *         "postcode": 90210
  *       }
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  update(values, { count: count3 } = {}) {
    var _this$fetch3;
    const method = "PATCH";
    const { url, headers } = this.cloneRequestState();
    if (count3) headers.append("Prefer", `count=${count3}`);
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schema,
      body: values,
      fetch: (_this$fetch3 = this.fetch) !== null && _this$fetch3 !== void 0 ? _this$fetch3 : fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
  /**
  * Perform a DELETE on the table or view.
  *
  * By default, deleted rows are not returned. To return it, chain the call
  * with `.select()` after filters.
  *
  * @param options - Named parameters
  *
  * @param options.count - Count algorithm to use to count deleted rows.
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @category Database
  *
  * @remarks
  * - `delete()` should always be combined with [filters](/docs/reference/javascript/using-filters) to target the item(s) you wish to delete.
  * - If you use `delete()` with filters and you have
  *   [RLS](/docs/learn/auth-deep-dive/auth-row-level-security) enabled, only
  *   rows visible through `SELECT` policies are deleted. Note that by default
  *   no rows are visible, so you need at least one `SELECT`/`ALL` policy that
  *   makes the rows visible.
  * - When using `delete().in()`, specify an array of values to target multiple rows with a single query. This is particularly useful for batch deleting entries that share common criteria, such as deleting users by their IDs. Ensure that the array you provide accurately represents all records you intend to delete to avoid unintended data removal.
  *
  * @example Delete a single record
  * ```ts
  * const response = await supabase
  *   .from('countries')
  *   .delete()
  *   .eq('id', 1)
  * ```
  *
  * @exampleSql Delete a single record
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  *
  * insert into
  *   countries (id, name)
  * values
  *   (1, 'Mordor');
  * ```
  *
  * @exampleResponse Delete a single record
  * ```json
  * {
  *   "status": 204,
  *   "statusText": ""
  * }
  * ```
  *
  * @exampleDescription Handling errors
  * `error.hint` from Postgres often contains the actionable fix (e.g. `"Grant the required privileges to the current role with: GRANT DELETE ON public.countries TO anon;"` for a `42501` permission-denied error). Log the full `error` object so it isn't hidden behind `error.message`.
  *
  * @example Handling errors
  * ```js
  * const { error } = await supabase.from('countries').delete().eq('id', 1)
  * if (error) console.error(error)
  * ```
  *
  * @example Delete a record and return it
  * ```ts
  * const { data, error } = await supabase
  *   .from('countries')
  *   .delete()
  *   .eq('id', 1)
  *   .select()
  * ```
  *
  * @exampleSql Delete a record and return it
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  *
  * insert into
  *   countries (id, name)
  * values
  *   (1, 'Mordor');
  * ```
  *
  * @exampleResponse Delete a record and return it
  * ```json
  * {
  *   "data": [
  *     {
  *       "id": 1,
  *       "name": "Mordor"
  *     }
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example Delete multiple records
  * ```ts
  * const response = await supabase
  *   .from('countries')
  *   .delete()
  *   .in('id', [1, 2, 3])
  * ```
  *
  * @exampleSql Delete multiple records
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  *
  * insert into
  *   countries (id, name)
  * values
  *   (1, 'Rohan'), (2, 'The Shire'), (3, 'Mordor');
  * ```
  *
  * @exampleResponse Delete multiple records
  * ```json
  * {
  *   "status": 204,
  *   "statusText": ""
  * }
  * ```
  */
  delete({ count: count3 } = {}) {
    var _this$fetch4;
    const method = "DELETE";
    const { url, headers } = this.cloneRequestState();
    if (count3) headers.append("Prefer", `count=${count3}`);
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schema,
      fetch: (_this$fetch4 = this.fetch) !== null && _this$fetch4 !== void 0 ? _this$fetch4 : fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
};
function toOpenApiError(body, statusText) {
  try {
    const parsed = JSON.parse(body);
    if (parsed && typeof parsed === "object" && !Array.isArray(parsed)) {
      var _parsed$message, _parsed$details, _parsed$hint, _parsed$code;
      return new PostgrestError({
        message: String((_parsed$message = parsed.message) !== null && _parsed$message !== void 0 ? _parsed$message : body),
        details: (_parsed$details = parsed.details) !== null && _parsed$details !== void 0 ? _parsed$details : "",
        hint: (_parsed$hint = parsed.hint) !== null && _parsed$hint !== void 0 ? _parsed$hint : "",
        code: (_parsed$code = parsed.code) !== null && _parsed$code !== void 0 ? _parsed$code : ""
      });
    }
  } catch (_unused) {
  }
  return new PostgrestError({
    message: body || statusText,
    details: "",
    hint: "",
    code: ""
  });
}
function toTransportFailure(cause, status, statusText) {
  var _err$name;
  const err = cause;
  return {
    success: false,
    error: new PostgrestError({
      message: `${(_err$name = err === null || err === void 0 ? void 0 : err.name) !== null && _err$name !== void 0 ? _err$name : "FetchError"}: ${err === null || err === void 0 ? void 0 : err.message}`,
      details: "",
      hint: "",
      code: ""
    }),
    data: null,
    count: null,
    status,
    statusText
  };
}
function withTimeout(fetch$1, timeout) {
  if (timeout === void 0 || timeout <= 0) return fetch$1;
  return (input, init) => {
    const controller = new AbortController();
    const timeoutId = setTimeout(() => controller.abort(), timeout);
    const existingSignal = init === null || init === void 0 ? void 0 : init.signal;
    if (existingSignal) {
      if (existingSignal.aborted) {
        clearTimeout(timeoutId);
        return fetch$1(input, init);
      }
      const abortHandler = () => {
        clearTimeout(timeoutId);
        controller.abort();
      };
      existingSignal.addEventListener("abort", abortHandler, { once: true });
      return fetch$1(input, _objectSpread2(_objectSpread2({}, init), {}, { signal: controller.signal })).finally(() => {
        clearTimeout(timeoutId);
        existingSignal.removeEventListener("abort", abortHandler);
      });
    }
    return fetch$1(input, _objectSpread2(_objectSpread2({}, init), {}, { signal: controller.signal })).finally(() => clearTimeout(timeoutId));
  };
}
var PostgrestClient = class PostgrestClient2 {
  /**
  * Creates a PostgREST client.
  *
  * @param url - URL of the PostgREST endpoint
  * @param options - Named parameters
  * @param options.headers - Custom headers
  * @param options.schema - Postgres schema to switch to
  * @param options.fetch - Custom fetch
  * @param options.timeout - Optional timeout in milliseconds for all requests. When set, requests will automatically abort after this duration to prevent indefinite hangs.
  * @param options.urlLengthLimit - Maximum URL length in characters before warnings/errors are triggered. Defaults to 8000.
  * @param options.retry - Enable or disable automatic retries for transient errors.
  *   When enabled, idempotent requests (GET, HEAD, OPTIONS) that fail with network
  *   errors or HTTP 503/520 responses will be automatically retried up to 3 times
  *   with exponential backoff (1s, 2s, 4s). Defaults to `true`.
  * @param options.wrapFetch - Wraps every fetch this client uses, including a per-request
  *   `fetch` passed to `from()`, and is carried over to clients returned by `schema()`.
  *   Use it for headers or instrumentation that must reach every request regardless of
  *   which fetch performs it.
  * @example Using supabase-js (recommended)
  * ```ts
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key')
  * const { data, error } = await supabase.from('profiles').select('*')
  * ```
  *
  * @category Database
  *
  * @remarks
  * - A `timeout` option (in milliseconds) can be set to automatically abort requests that take too long.
  * - A `urlLengthLimit` option (default: 8000) can be set to control when URL length warnings are included in error messages for aborted requests.
  *
  * @example Standalone import for bundle-sensitive environments
  * ```ts
  * import { PostgrestClient } from '@supabase/postgrest-js'
  *
  * const postgrest = new PostgrestClient('https://xyzcompany.supabase.co/rest/v1', {
  *   headers: { apikey: 'your-publishable-key' },
  *   schema: 'public',
  *   timeout: 30000, // 30 second timeout
  * })
  * ```
  */
  constructor(url, { headers = {}, schema, fetch: fetch$1, timeout, urlLengthLimit = 8e3, retry, wrapFetch } = {}) {
    this.url = url;
    this.headers = new Headers(headers);
    this.schemaName = schema;
    this.urlLengthLimit = urlLengthLimit;
    this.timeout = timeout;
    this.wrapFetch = wrapFetch;
    this.baseFetch = fetch$1 !== null && fetch$1 !== void 0 ? fetch$1 : globalThis.fetch;
    this.fetch = this.baseFetch ? this.decorateFetch(this.baseFetch) : void 0;
    this.retry = retry;
  }
  /**
  * Applies the client's decorations to a fetch implementation: `wrapFetch`
  * first, then the timeout guard, so the timeout bounds the whole wrapped call.
  * The client-level fetch and every per-request `fetch` passed to `from()` go
  * through this.
  */
  decorateFetch(fetch$1) {
    return withTimeout(this.wrapFetch ? this.wrapFetch(fetch$1) : fetch$1, this.timeout);
  }
  from(relation, options) {
    var _options$urlLengthLim, _options$retry;
    if (!relation || typeof relation !== "string" || relation.trim() === "") throw new Error("Invalid relation name: relation must be a non-empty string.");
    return new PostgrestQueryBuilder(new URL(`${this.url}/${relation}`), {
      headers: new Headers(this.headers),
      schema: this.schemaName,
      fetch: (options === null || options === void 0 ? void 0 : options.fetch) ? this.decorateFetch(options.fetch) : this.fetch,
      urlLengthLimit: (_options$urlLengthLim = options === null || options === void 0 ? void 0 : options.urlLengthLimit) !== null && _options$urlLengthLim !== void 0 ? _options$urlLengthLim : this.urlLengthLimit,
      retry: (_options$retry = options === null || options === void 0 ? void 0 : options.retry) !== null && _options$retry !== void 0 ? _options$retry : this.retry
    });
  }
  /**
  * Select a schema to query or perform an function (rpc) call.
  *
  * The schema needs to be on the list of exposed schemas inside Supabase.
  *
  * @param schema - The schema to query
  *
  * @category Database
  */
  schema(schema) {
    return new PostgrestClient2(this.url, {
      headers: this.headers,
      schema,
      fetch: this.baseFetch,
      timeout: this.timeout,
      wrapFetch: this.wrapFetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
  /**
  * Fetch the OpenAPI description PostgREST publishes for this client's schema.
  *
  * The document lists only the tables, views and functions the caller's role
  * holds privileges on; PostgREST applies that filtering server-side. The
  * schema is the one this client was created with, so call `.schema()` first
  * to describe a different one. Transient failures are retried according to
  * the client's `retry` option, like any other idempotent request.
  *
  * @example
  * ```ts
  * const { data, error } = await supabase.getOpenApiSpec()
  * ```
  *
  * @example Describe a schema other than the client default
  * ```ts
  * const { data, error } = await supabase.schema('billing').getOpenApiSpec()
  * ```
  *
  * @category Database
  */
  async getOpenApiSpec() {
    var _this = this;
    var _this$fetch;
    const headers = new Headers(_this.headers);
    headers.set("Accept", "application/openapi+json");
    if (_this.schemaName) headers.set("Accept-Profile", _this.schemaName);
    const requestHeaders = {};
    headers.forEach((value, key) => {
      requestHeaders[key] = value;
    });
    const fetchImpl = (_this$fetch = _this.fetch) !== null && _this$fetch !== void 0 ? _this$fetch : globalThis.fetch;
    let res;
    try {
      var _this$retry;
      res = await fetchWithRetry(fetchImpl, `${_this.url}/`, {
        method: "GET",
        headers: requestHeaders
      }, (_this$retry = _this.retry) !== null && _this$retry !== void 0 ? _this$retry : true);
    } catch (fetchError) {
      return toTransportFailure(fetchError, 0, "");
    }
    let body;
    try {
      body = await res.text();
    } catch (readError2) {
      return toTransportFailure(readError2, res.status, res.statusText);
    }
    if (res.ok) try {
      return {
        success: true,
        error: null,
        data: JSON.parse(body),
        count: null,
        status: res.status,
        statusText: res.statusText
      };
    } catch (_unused2) {
    }
    return {
      success: false,
      error: toOpenApiError(body, res.statusText),
      data: null,
      count: null,
      status: res.status,
      statusText: res.statusText
    };
  }
  /**
  * Perform a function call.
  *
  * @param fn - The function name to call
  * @param args - The arguments to pass to the function call
  * @param options - Named parameters
  * @param options.head - When set to `true`, `data` will not be returned.
  * Useful if you only need the count.
  * @param options.get - When set to `true`, the function will be called with
  * read-only access mode.
  * @param options.count - Count algorithm to use to count rows returned by the
  * function. Only applicable for [set-returning
  * functions](https://www.postgresql.org/docs/current/functions-srf.html).
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  *
  * @example
  * ```ts
  * // For cross-schema functions where type inference fails, use overrideTypes:
  * const { data } = await supabase
  *   .schema('schema_b')
  *   .rpc('function_a', {})
  *   .overrideTypes<{ id: string; user_id: string }[]>()
  * ```
  *
  * @category Database
  *
  * @example Call a Postgres function without arguments
  * ```ts
  * const { data, error } = await supabase.rpc('hello_world')
  * ```
  *
  * @exampleSql Call a Postgres function without arguments
  * ```sql
  * create function hello_world() returns text as $$
  *   select 'Hello world';
  * $$ language sql;
  * ```
  *
  * @exampleResponse Call a Postgres function without arguments
  * ```json
  * {
  *   "data": "Hello world",
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example Call a Postgres function with arguments
  * ```ts
  * const { data, error } = await supabase.rpc('echo', { say: '👋' })
  * ```
  *
  * @exampleSql Call a Postgres function with arguments
  * ```sql
  * create function echo(say text) returns text as $$
  *   select say;
  * $$ language sql;
  * ```
  *
  * @exampleResponse Call a Postgres function with arguments
  * ```json
  *   {
  *     "data": "👋",
  *     "status": 200,
  *     "statusText": "OK"
  *   }
  *
  * ```
  *
  * @exampleDescription Bulk processing
  * You can process large payloads by passing in an array as an argument.
  *
  * @example Bulk processing
  * ```ts
  * const { data, error } = await supabase.rpc('add_one_each', { arr: [1, 2, 3] })
  * ```
  *
  * @exampleSql Bulk processing
  * ```sql
  * create function add_one_each(arr int[]) returns int[] as $$
  *   select array_agg(n + 1) from unnest(arr) as n;
  * $$ language sql;
  * ```
  *
  * @exampleResponse Bulk processing
  * ```json
  * {
  *   "data": [
  *     2,
  *     3,
  *     4
  *   ],
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @exampleDescription Call a Postgres function with filters
  * Postgres functions that return tables can also be combined with [Filters](/docs/reference/javascript/using-filters) and [Modifiers](/docs/reference/javascript/using-modifiers).
  *
  * @example Call a Postgres function with filters
  * ```ts
  * const { data, error } = await supabase
  *   .rpc('list_stored_countries')
  *   .eq('id', 1)
  *   .single()
  * ```
  *
  * @exampleSql Call a Postgres function with filters
  * ```sql
  * create table
  *   countries (id int8 primary key, name text);
  *
  * insert into
  *   countries (id, name)
  * values
  *   (1, 'Rohan'),
  *   (2, 'The Shire');
  *
  * create function list_stored_countries() returns setof countries as $$
  *   select * from countries;
  * $$ language sql;
  * ```
  *
  * @exampleResponse Call a Postgres function with filters
  * ```json
  * {
  *   "data": {
  *     "id": 1,
  *     "name": "Rohan"
  *   },
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  *
  * @example Call a read-only Postgres function
  * ```ts
  * const { data, error } = await supabase.rpc('hello_world', undefined, { get: true })
  * ```
  *
  * @exampleSql Call a read-only Postgres function
  * ```sql
  * create function hello_world() returns text as $$
  *   select 'Hello world';
  * $$ language sql;
  * ```
  *
  * @exampleResponse Call a read-only Postgres function
  * ```json
  * {
  *   "data": "Hello world",
  *   "status": 200,
  *   "statusText": "OK"
  * }
  * ```
  */
  rpc(fn, args = {}, { head = false, get = false, count: count3 } = {}) {
    var _this$fetch2;
    let method;
    const url = new URL(`${this.url}/rpc/${fn}`);
    let body;
    const _isObject = (v) => v !== null && typeof v === "object" && (!Array.isArray(v) || v.some(_isObject));
    const _hasObjectArg = head && Object.values(args).some(_isObject);
    if (_hasObjectArg) {
      method = "POST";
      body = args;
    } else if (head || get) {
      method = head ? "HEAD" : "GET";
      Object.entries(args).filter(([_, value]) => value !== void 0).map(([name, value]) => [name, Array.isArray(value) ? `{${value.join(",")}}` : `${value}`]).forEach(([name, value]) => {
        url.searchParams.append(name, value);
      });
    } else {
      method = "POST";
      body = args;
    }
    const headers = new Headers(this.headers);
    if (_hasObjectArg) headers.set("Prefer", count3 ? `count=${count3},return=minimal` : "return=minimal");
    else if (count3) headers.set("Prefer", `count=${count3}`);
    return new PostgrestFilterBuilder({
      method,
      url,
      headers,
      schema: this.schemaName,
      body,
      fetch: (_this$fetch2 = this.fetch) !== null && _this$fetch2 !== void 0 ? _this$fetch2 : fetch,
      urlLengthLimit: this.urlLengthLimit,
      retry: this.retry
    });
  }
};

// node_modules/@supabase/supabase-js/dist/index.mjs
var version = "2.119.1";
function _typeof2(o) {
  "@babel/helpers - typeof";
  return _typeof2 = "function" == typeof Symbol && "symbol" == typeof Symbol.iterator ? function(o$1) {
    return typeof o$1;
  } : function(o$1) {
    return o$1 && "function" == typeof Symbol && o$1.constructor === Symbol && o$1 !== Symbol.prototype ? "symbol" : typeof o$1;
  }, _typeof2(o);
}
function toPrimitive2(t, r) {
  if ("object" != _typeof2(t) || !t) return t;
  var e = t[Symbol.toPrimitive];
  if (void 0 !== e) {
    var i = e.call(t, r || "default");
    if ("object" != _typeof2(i)) return i;
    throw new TypeError("@@toPrimitive must return a primitive value.");
  }
  return ("string" === r ? String : Number)(t);
}
function toPropertyKey2(t) {
  var i = toPrimitive2(t, "string");
  return "symbol" == _typeof2(i) ? i : i + "";
}
function _defineProperty2(e, r, t) {
  return (r = toPropertyKey2(r)) in e ? Object.defineProperty(e, r, {
    value: t,
    enumerable: true,
    configurable: true,
    writable: true
  }) : e[r] = t, e;
}
function ownKeys2(e, r) {
  var t = Object.keys(e);
  if (Object.getOwnPropertySymbols) {
    var o = Object.getOwnPropertySymbols(e);
    r && (o = o.filter(function(r$1) {
      return Object.getOwnPropertyDescriptor(e, r$1).enumerable;
    })), t.push.apply(t, o);
  }
  return t;
}
function _objectSpread22(e) {
  for (var r = 1; r < arguments.length; r++) {
    var t = null != arguments[r] ? arguments[r] : {};
    r % 2 ? ownKeys2(Object(t), true).forEach(function(r$1) {
      _defineProperty2(e, r$1, t[r$1]);
    }) : Object.getOwnPropertyDescriptors ? Object.defineProperties(e, Object.getOwnPropertyDescriptors(t)) : ownKeys2(Object(t)).forEach(function(r$1) {
      Object.defineProperty(e, r$1, Object.getOwnPropertyDescriptor(t, r$1));
    });
  }
  return e;
}
function asString(value) {
  return typeof value === "string" && value.length > 0 ? value : void 0;
}
function detectDenoPlatform(globals) {
  if (typeof globals.EdgeRuntime === "object" && globals.EdgeRuntime !== null) return {
    platform: "edge-runtime",
    platformVersion: asString(globals.SUPABASE_VERSION)
  };
  if (typeof globals.Netlify !== "undefined") return { platform: "netlify-edge" };
  return {};
}
function detectElectronFromUserAgent(userAgent) {
  var _userAgent$match;
  const electronVersion = userAgent === null || userAgent === void 0 || (_userAgent$match = userAgent.match(/\bElectron\/([\w.-]+)/)) === null || _userAgent$match === void 0 ? void 0 : _userAgent$match[1];
  return electronVersion ? {
    framework: "electron",
    frameworkVersion: electronVersion
  } : {};
}
function detectClientEnvironment(globals = globalThis) {
  var _globals$navigator, _globals$navigator2, _globals$process, _asString, _globals$process2;
  const userAgent = asString((_globals$navigator = globals.navigator) === null || _globals$navigator === void 0 ? void 0 : _globals$navigator.userAgent);
  if (userAgent === "Cloudflare-Workers") return { platform: "cloudflare-workers" };
  if (typeof globals.Deno !== "undefined") {
    var _globals$Deno$version;
    return _objectSpread22(_objectSpread22({}, detectDenoPlatform(globals)), {}, {
      runtime: "deno",
      runtimeVersion: asString((_globals$Deno$version = globals.Deno.version) === null || _globals$Deno$version === void 0 ? void 0 : _globals$Deno$version.deno)
    });
  }
  if (typeof globals.Bun !== "undefined") return {
    runtime: "bun",
    runtimeVersion: asString(globals.Bun.version)
  };
  if (typeof globals.EdgeRuntime === "string") return { platform: "vercel-edge-runtime" };
  if (((_globals$navigator2 = globals.navigator) === null || _globals$navigator2 === void 0 ? void 0 : _globals$navigator2.product) === "ReactNative") return { framework: "react-native" };
  if (typeof globals.document !== "undefined" || typeof globals.WorkerGlobalScope !== "undefined") return _objectSpread22({ platform: "browser" }, detectElectronFromUserAgent(userAgent));
  const processVersions = (_globals$process = globals.process) === null || _globals$process === void 0 ? void 0 : _globals$process["versions"];
  const electronVersion = asString(processVersions === null || processVersions === void 0 ? void 0 : processVersions["electron"]);
  return _objectSpread22({
    runtime: "node",
    runtimeVersion: (_asString = asString((_globals$process2 = globals.process) === null || _globals$process2 === void 0 ? void 0 : _globals$process2["version"])) === null || _asString === void 0 ? void 0 : _asString.replace(/^v/, "")
  }, electronVersion ? {
    framework: "electron",
    frameworkVersion: electronVersion
  } : {});
}
function formatClientEnvironment(environment) {
  return [
    ["platform", environment.platform],
    ["platform-version", environment.platformVersion],
    ["runtime", environment.runtime],
    ["runtime-version", environment.runtimeVersion],
    ["framework", environment.framework],
    ["framework-version", environment.frameworkVersion]
  ].filter(([, value]) => value).map(([key, value]) => `${key}=${value}`);
}
var DEFAULT_HEADERS = { "X-Client-Info": [`supabase-js/${version}`, ...formatClientEnvironment(detectClientEnvironment())].join("; ") };
var DEFAULT_GLOBAL_OPTIONS = { headers: DEFAULT_HEADERS };
var DEFAULT_DB_OPTIONS = { schema: "public" };
var DEFAULT_AUTH_OPTIONS = {
  autoRefreshToken: true,
  persistSession: true,
  detectSessionInUrl: true,
  flowType: "implicit"
};
var DEFAULT_REALTIME_OPTIONS = {};
var DEFAULT_TRACE_PROPAGATION_OPTIONS = {
  enabled: false,
  respectSamplingDecision: true
};
function parseTraceParent(traceparent) {
  if (!traceparent || typeof traceparent !== "string") return null;
  const parts = traceparent.split("-");
  if (parts.length !== 4) return null;
  const [version$1, traceId, parentId, traceFlags] = parts;
  if (version$1.length !== 2 || traceId.length !== 32 || parentId.length !== 16 || traceFlags.length !== 2) return null;
  const hexRegex = /^[0-9a-f]+$/i;
  if (!hexRegex.test(version$1) || !hexRegex.test(traceId) || !hexRegex.test(parentId) || !hexRegex.test(traceFlags)) return null;
  if (traceId === "00000000000000000000000000000000" || parentId === "0000000000000000") return null;
  return {
    version: version$1,
    traceId,
    parentId,
    traceFlags,
    isSampled: (parseInt(traceFlags, 16) & 1) === 1
  };
}
function shouldPropagateToTarget(targetUrl, targets) {
  if (!targetUrl || !targets || targets.length === 0) return false;
  let url;
  if (targetUrl instanceof URL) url = targetUrl;
  else try {
    url = new URL(targetUrl);
  } catch (error) {
    return false;
  }
  for (const target of targets) try {
    if (typeof target === "string") {
      if (matchStringTarget(url.hostname, target)) return true;
    } else if (target instanceof RegExp) {
      if (target.test(url.hostname)) return true;
    } else if (typeof target === "function") {
      if (target(url)) return true;
    }
  } catch (error) {
    continue;
  }
  return false;
}
function matchStringTarget(hostname, target) {
  if (target === hostname) return true;
  if (target.startsWith("*.")) {
    const domain = target.slice(2);
    if (hostname.endsWith(domain)) {
      if (hostname === domain || hostname.endsWith("." + domain)) return true;
    }
  }
  return false;
}
function getDefaultPropagationTargets(supabaseUrl) {
  const targets = [];
  try {
    const url = new URL(supabaseUrl);
    targets.push(url.hostname);
  } catch (error) {
  }
  targets.push("*.supabase.co", "*.supabase.in");
  targets.push("localhost", "127.0.0.1", "[::1]");
  return targets;
}
var resolveFetch = (customFetch) => {
  if (customFetch) return (...args) => customFetch(...args);
  return (...args) => fetch(...args);
};
var resolveHeadersConstructor = () => {
  return Headers;
};
var isNewApiKey = (key) => key.startsWith("sb_publishable_") || key.startsWith("sb_secret_");
var TEMP_KEY_PREFIX = "sb_temp_";
var warnedKeySubtypes = /* @__PURE__ */ new Set();
var checkApiKeyFormat = (key) => {
  var _key$match$, _key$match;
  if (!key.startsWith("sb_") || isNewApiKey(key) || key.startsWith(TEMP_KEY_PREFIX)) return;
  const subtype = (_key$match$ = (_key$match = key.match(/^sb_[a-zA-Z0-9]+_/)) === null || _key$match === void 0 ? void 0 : _key$match[0]) !== null && _key$match$ !== void 0 ? _key$match$ : "unknown";
  if (warnedKeySubtypes.has(subtype)) return;
  warnedKeySubtypes.add(subtype);
  console.warn("@supabase/supabase-js: Unrecognized Supabase API key format. The client will proceed and send this key as-is; if you see authentication errors you may need to upgrade @supabase/supabase-js to a version that recognizes this key type.");
};
var fetchWithAuth = (supabaseKey, supabaseUrl, getAccessToken, customFetch, tracePropagationOptions, options) => {
  const fetch$1 = resolveFetch(customFetch);
  const HeadersConstructor = resolveHeadersConstructor();
  const traceEnabled = (tracePropagationOptions === null || tracePropagationOptions === void 0 ? void 0 : tracePropagationOptions.enabled) === true;
  const respectSampling = (tracePropagationOptions === null || tracePropagationOptions === void 0 ? void 0 : tracePropagationOptions.respectSamplingDecision) !== false;
  const traceTargets = traceEnabled ? getDefaultPropagationTargets(supabaseUrl) : null;
  const allowKeyAsBearer = !((options === null || options === void 0 ? void 0 : options.omitApiKeyAsBearer) && isNewApiKey(supabaseKey));
  return async (input, init) => {
    const realToken = await getAccessToken();
    let headers = new HeadersConstructor(init === null || init === void 0 ? void 0 : init.headers);
    if (!headers.has("apikey")) headers.set("apikey", supabaseKey);
    if (!headers.has("Authorization")) {
      const bearer = realToken !== null && realToken !== void 0 ? realToken : allowKeyAsBearer ? supabaseKey : null;
      if (bearer) headers.set("Authorization", `Bearer ${bearer}`);
    }
    if (traceTargets) {
      const traceHeaders = getTraceHeaders(input, traceTargets, respectSampling);
      if (traceHeaders) {
        if (traceHeaders.traceparent && !headers.has("traceparent")) headers.set("traceparent", traceHeaders.traceparent);
        if (traceHeaders.tracestate && !headers.has("tracestate")) headers.set("tracestate", traceHeaders.tracestate);
        if (traceHeaders.baggage && !headers.has("baggage")) headers.set("baggage", traceHeaders.baggage);
      }
    }
    return fetch$1(input, _objectSpread22(_objectSpread22({}, init), {}, { headers }));
  };
};
var warnedMissingTracingRuntime = false;
var warnedNonW3CPropagator = false;
function getTraceHeaders(input, targets, respectSampling) {
  const extractTraceContext = getTraceContextExtractor();
  if (!extractTraceContext) {
    if (!warnedMissingTracingRuntime) {
      warnedMissingTracingRuntime = true;
      console.warn("@supabase/supabase-js: tracePropagation is enabled but the tracing runtime is not loaded, so trace headers will not be attached. Add `import '@supabase/supabase-js/tracing'` at your application entry point (requires the OpenTelemetry API package to be installed). The CDN/UMD build does not support trace propagation.");
    }
    return null;
  }
  if (!shouldPropagateToTarget(typeof input === "string" ? input : input instanceof URL ? input : input.url, targets)) return null;
  const traceContext = extractTraceContext();
  if (!traceContext || !traceContext.traceparent) {
    var _traceContext$carrier;
    if ((traceContext === null || traceContext === void 0 || (_traceContext$carrier = traceContext.carrierKeys) === null || _traceContext$carrier === void 0 ? void 0 : _traceContext$carrier.length) && !warnedNonW3CPropagator) {
      warnedNonW3CPropagator = true;
      const sentryHint = traceContext.carrierKeys.includes("sentry-trace") ? " Sentry detected: set `propagateTraceparent: true` in Sentry.init() to emit it." : " Configure your tracing SDK to emit W3C trace context on outgoing requests.";
      console.warn(`@supabase/supabase-js: tracePropagation is enabled and a tracing SDK is active, but its propagator wrote [${traceContext.carrierKeys.join(", ")}] and no W3C traceparent header, so trace headers will not be attached.` + sentryHint);
    }
    return null;
  }
  if (respectSampling) {
    const parsed = parseTraceParent(traceContext.traceparent);
    if (parsed && !parsed.isSampled) return { traceparent: traceContext.traceparent };
  }
  return traceContext;
}
function normalizeTracePropagation(value) {
  return typeof value === "boolean" ? { enabled: value } : value;
}
function ensureTrailingSlash(url) {
  return url.endsWith("/") ? url : url + "/";
}
var warnedTopLevelSchema = false;
function checkTopLevelSchemaOption(options) {
  if (warnedTopLevelSchema) return;
  if (typeof options !== "object" || options === null || !("schema" in options) || options.schema === void 0) return;
  warnedTopLevelSchema = true;
  console.warn(`@supabase/supabase-js: The "schema" option must be nested under "db", e.g. createClient(url, key, { db: { schema: 'myschema' } }). A top-level "schema" is ignored and queries go to the default schema.`);
}
function applySettingDefaults(options, defaults) {
  var _DEFAULT_GLOBAL_OPTIO, _globalOptions$header, _ref, _tracePropagationOpti, _ref2, _tracePropagationOpti2;
  const { db: dbOptions, auth: authOptions, realtime: realtimeOptions, global: globalOptions } = options;
  const { db: DEFAULT_DB_OPTIONS$1, auth: DEFAULT_AUTH_OPTIONS$1, realtime: DEFAULT_REALTIME_OPTIONS$1, global: DEFAULT_GLOBAL_OPTIONS$1 } = defaults;
  const tracePropagationOptions = normalizeTracePropagation(options.tracePropagation);
  const DEFAULT_TRACE_PROPAGATION_OPTIONS$1 = normalizeTracePropagation(defaults.tracePropagation);
  const result = {
    db: _objectSpread22(_objectSpread22({}, DEFAULT_DB_OPTIONS$1), dbOptions),
    auth: _objectSpread22(_objectSpread22({}, DEFAULT_AUTH_OPTIONS$1), authOptions),
    realtime: _objectSpread22(_objectSpread22({}, DEFAULT_REALTIME_OPTIONS$1), realtimeOptions),
    storage: {},
    global: _objectSpread22(_objectSpread22(_objectSpread22({}, DEFAULT_GLOBAL_OPTIONS$1), globalOptions), {}, { headers: _objectSpread22(_objectSpread22({}, (_DEFAULT_GLOBAL_OPTIO = DEFAULT_GLOBAL_OPTIONS$1 === null || DEFAULT_GLOBAL_OPTIONS$1 === void 0 ? void 0 : DEFAULT_GLOBAL_OPTIONS$1.headers) !== null && _DEFAULT_GLOBAL_OPTIO !== void 0 ? _DEFAULT_GLOBAL_OPTIO : {}), (_globalOptions$header = globalOptions === null || globalOptions === void 0 ? void 0 : globalOptions.headers) !== null && _globalOptions$header !== void 0 ? _globalOptions$header : {}) }),
    tracePropagation: {
      enabled: (_ref = (_tracePropagationOpti = tracePropagationOptions === null || tracePropagationOptions === void 0 ? void 0 : tracePropagationOptions.enabled) !== null && _tracePropagationOpti !== void 0 ? _tracePropagationOpti : DEFAULT_TRACE_PROPAGATION_OPTIONS$1 === null || DEFAULT_TRACE_PROPAGATION_OPTIONS$1 === void 0 ? void 0 : DEFAULT_TRACE_PROPAGATION_OPTIONS$1.enabled) !== null && _ref !== void 0 ? _ref : false,
      respectSamplingDecision: (_ref2 = (_tracePropagationOpti2 = tracePropagationOptions === null || tracePropagationOptions === void 0 ? void 0 : tracePropagationOptions.respectSamplingDecision) !== null && _tracePropagationOpti2 !== void 0 ? _tracePropagationOpti2 : DEFAULT_TRACE_PROPAGATION_OPTIONS$1 === null || DEFAULT_TRACE_PROPAGATION_OPTIONS$1 === void 0 ? void 0 : DEFAULT_TRACE_PROPAGATION_OPTIONS$1.respectSamplingDecision) !== null && _ref2 !== void 0 ? _ref2 : true
    },
    accessToken: async () => ""
  };
  if (options.accessToken) result.accessToken = options.accessToken;
  else delete result.accessToken;
  return result;
}
function validateSupabaseUrl(supabaseUrl) {
  const trimmedUrl = supabaseUrl === null || supabaseUrl === void 0 ? void 0 : supabaseUrl.trim();
  if (!trimmedUrl) throw new Error("supabaseUrl is required.");
  if (!trimmedUrl.match(/^https?:\/\//i)) throw new Error("Invalid supabaseUrl: Must be a valid HTTP or HTTPS URL.");
  try {
    return new URL(ensureTrailingSlash(trimmedUrl));
  } catch (_unused) {
    throw Error("Invalid supabaseUrl: Provided URL is malformed.");
  }
}
var SupabaseAuthClient = class extends Dropped {
  constructor(options) {
    super(options);
  }
};
var SupabaseClient = class {
  /**
  * Create a new client for use in the browser.
  *
  * @category Initializing
  *
  * @param supabaseUrl The unique Supabase URL which is supplied when you create a new project in your project dashboard.
  * @param supabaseKey The unique Supabase Key which is supplied when you create a new project in your project dashboard.
  * @param options Optional configuration for the client:
  * - `db.schema` — You can switch in between schemas. The schema needs to be on the list of exposed schemas inside Supabase.
  * - `auth.autoRefreshToken` — Set to `true` if you want to automatically refresh the token before expiring.
  * - `auth.persistSession` — Set to `true` if you want to automatically save the user session into local storage.
  * - `auth.detectSessionInUrl` — Set to `true` if you want to automatically detect OAuth grants in the URL and sign in the user.
  * - `realtime` — Options passed along to the realtime-js constructor.
  * - `storage` — Options passed along to the storage-js constructor.
  * - `global.fetch` — A custom fetch implementation.
  * - `global.headers` — Any additional headers to send with each network request.
  *
  * @example Creating a client
  * ```js
  * import { createClient } from '@supabase/supabase-js'
  *
  * // Create a single supabase client for interacting with your database
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key')
  * ```
  *
  * @example With a custom domain
  * ```js
  * import { createClient } from '@supabase/supabase-js'
  *
  * // Use a custom domain as the supabase URL
  * const supabase = createClient('https://my-custom-domain.com', 'your-publishable-key')
  * ```
  *
  * @example With additional parameters
  * ```js
  * import { createClient } from '@supabase/supabase-js'
  *
  * const options = {
  *   db: {
  *     schema: 'public',
  *   },
  *   auth: {
  *     autoRefreshToken: true,
  *     persistSession: true,
  *     detectSessionInUrl: true
  *   },
  *   global: {
  *     headers: { 'x-my-custom-header': 'my-app-name' },
  *   },
  * }
  * const supabase = createClient("https://xyzcompany.supabase.co", "your-publishable-key", options)
  * ```
  *
  * @exampleDescription With custom schemas
  * By default the API server points to the `public` schema. You can enable other database schemas within the Dashboard.
  * Go to [Settings > API > Exposed schemas](/dashboard/project/_/settings/api) and add the schema which you want to expose to the API.
  *
  * Note: each client connection can only access a single schema, so the code above can access the `other_schema` schema but cannot access the `public` schema.
  *
  * @example With custom schemas
  * ```js
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key', {
  *   // Provide a custom schema. Defaults to "public".
  *   db: { schema: 'other_schema' }
  * })
  * ```
  *
  * @exampleDescription Custom fetch implementation
  * `supabase-js` uses the runtime's global `fetch` to make HTTP requests,
  * but an alternative `fetch` implementation can be provided as an option.
  * This is useful in environments where the global `fetch` is unavailable or where you want to customize request behavior.
  *
  * @example Custom fetch implementation
  * ```js
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key', {
  *   global: { fetch: fetch.bind(globalThis) }
  * })
  * ```
  *
  * @exampleDescription React Native options with AsyncStorage
  * For React Native we recommend using `AsyncStorage` as the storage implementation for Supabase Auth.
  *
  * @example React Native options with AsyncStorage
  * ```js
  * import 'react-native-url-polyfill/auto'
  * import { createClient } from '@supabase/supabase-js'
  * import AsyncStorage from "@react-native-async-storage/async-storage";
  *
  * const supabase = createClient("https://xyzcompany.supabase.co", "your-publishable-key", {
  *   auth: {
  *     storage: AsyncStorage,
  *     autoRefreshToken: true,
  *     persistSession: true,
  *     detectSessionInUrl: false,
  *   },
  * });
  * ```
  *
  * @exampleDescription React Native options with Expo SecureStore
  * If you wish to encrypt the user's session information, you can use `aes-js` and store the encryption key in Expo SecureStore.
  * The `aes-js` library, a reputable JavaScript-only implementation of the AES encryption algorithm in CTR mode.
  * A new 256-bit encryption key is generated using the `react-native-get-random-values` library.
  * This key is stored inside Expo's SecureStore, while the value is encrypted and placed inside AsyncStorage.
  *
  * Please make sure that:
  * - You keep the `expo-secure-store`, `aes-js` and `react-native-get-random-values` libraries up-to-date.
  * - Choose the correct [`SecureStoreOptions`](https://docs.expo.dev/versions/latest/sdk/securestore/#securestoreoptions) for your app's needs.
  *   E.g. [`SecureStore.WHEN_UNLOCKED`](https://docs.expo.dev/versions/latest/sdk/securestore/#securestorewhen_unlocked) regulates when the data can be accessed.
  * - Carefully consider optimizations or other modifications to the above example, as those can lead to introducing subtle security vulnerabilities.
  *
  * @example React Native options with Expo SecureStore
  * ```ts
  * import 'react-native-url-polyfill/auto'
  * import { createClient } from '@supabase/supabase-js'
  * import AsyncStorage from '@react-native-async-storage/async-storage';
  * import * as SecureStore from 'expo-secure-store';
  * import * as aesjs from 'aes-js';
  * import 'react-native-get-random-values';
  *
  * // As Expo's SecureStore does not support values larger than 2048
  * // bytes, an AES-256 key is generated and stored in SecureStore, while
  * // it is used to encrypt/decrypt values stored in AsyncStorage.
  * class LargeSecureStore {
  *   private async _encrypt(key: string, value: string) {
  *     const encryptionKey = crypto.getRandomValues(new Uint8Array(256 / 8));
  *
  *     const cipher = new aesjs.ModeOfOperation.ctr(encryptionKey, new aesjs.Counter(1));
  *     const encryptedBytes = cipher.encrypt(aesjs.utils.utf8.toBytes(value));
  *
  *     await SecureStore.setItemAsync(key, aesjs.utils.hex.fromBytes(encryptionKey));
  *
  *     return aesjs.utils.hex.fromBytes(encryptedBytes);
  *   }
  *
  *   private async _decrypt(key: string, value: string) {
  *     const encryptionKeyHex = await SecureStore.getItemAsync(key);
  *     if (!encryptionKeyHex) {
  *       return encryptionKeyHex;
  *     }
  *
  *     const cipher = new aesjs.ModeOfOperation.ctr(aesjs.utils.hex.toBytes(encryptionKeyHex), new aesjs.Counter(1));
  *     const decryptedBytes = cipher.decrypt(aesjs.utils.hex.toBytes(value));
  *
  *     return aesjs.utils.utf8.fromBytes(decryptedBytes);
  *   }
  *
  *   async getItem(key: string) {
  *     const encrypted = await AsyncStorage.getItem(key);
  *     if (!encrypted) { return encrypted; }
  *
  *     return await this._decrypt(key, encrypted);
  *   }
  *
  *   async removeItem(key: string) {
  *     await AsyncStorage.removeItem(key);
  *     await SecureStore.deleteItemAsync(key);
  *   }
  *
  *   async setItem(key: string, value: string) {
  *     const encrypted = await this._encrypt(key, value);
  *
  *     await AsyncStorage.setItem(key, encrypted);
  *   }
  * }
  *
  * const supabase = createClient("https://xyzcompany.supabase.co", "your-publishable-key", {
  *   auth: {
  *     storage: new LargeSecureStore(),
  *     autoRefreshToken: true,
  *     persistSession: true,
  *     detectSessionInUrl: false,
  *   },
  * });
  * ```
  *
  * @example With a database query
  * ```ts
  * import { createClient } from '@supabase/supabase-js'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key')
  *
  * const { data } = await supabase.from('profiles').select('*')
  * ```
  *
  * @exampleDescription With OpenTelemetry tracing
  * Opt in to W3C trace context propagation so the `trace_id` from your
  * client-side spans is attached to Supabase requests and appears in API
  * Gateway and Edge Function logs. Requires `@opentelemetry/api` to be
  * installed in your application and the tracing runtime to be loaded via
  * `import '@supabase/supabase-js/tracing'`. See [Tracing with the JS SDK](https://supabase.com/docs/guides/telemetry/client-side-tracing).
  *
  * @example With OpenTelemetry tracing
  * ```ts
  * import '@supabase/supabase-js/tracing'
  * import { createClient } from '@supabase/supabase-js'
  * import { trace } from '@opentelemetry/api'
  *
  * const supabase = createClient('https://xyzcompany.supabase.co', 'your-publishable-key', {
  *   tracePropagation: true,
  * })
  *
  * const tracer = trace.getTracer('my-app')
  *
  * await tracer.startActiveSpan('fetch-users', async (span) => {
  *   // Outgoing request carries the active trace context.
  *   const { data, error } = await supabase.from('users').select('*')
  *   span.end()
  * })
  * ```
  */
  constructor(supabaseUrl, supabaseKey, options) {
    var _settings$auth$storag, _settings$global$head;
    this.supabaseUrl = supabaseUrl;
    this.supabaseKey = supabaseKey;
    const baseUrl = validateSupabaseUrl(supabaseUrl);
    if (!supabaseKey) throw new Error("supabaseKey is required.");
    checkApiKeyFormat(supabaseKey);
    checkTopLevelSchemaOption(options);
    this.realtimeUrl = new URL("realtime/v1", baseUrl);
    this.realtimeUrl.protocol = this.realtimeUrl.protocol.replace("http", "ws");
    this.authUrl = new URL("auth/v1", baseUrl);
    this.storageUrl = new URL("storage/v1", baseUrl);
    this.functionsUrl = new URL("functions/v1", baseUrl);
    const defaultStorageKey = `sb-${baseUrl.hostname.split(".")[0]}-auth-token`;
    const DEFAULTS = {
      db: DEFAULT_DB_OPTIONS,
      realtime: DEFAULT_REALTIME_OPTIONS,
      auth: _objectSpread22(_objectSpread22({}, DEFAULT_AUTH_OPTIONS), {}, { storageKey: defaultStorageKey }),
      global: DEFAULT_GLOBAL_OPTIONS,
      tracePropagation: DEFAULT_TRACE_PROPAGATION_OPTIONS
    };
    const settings = applySettingDefaults(options !== null && options !== void 0 ? options : {}, DEFAULTS);
    this.settings = settings;
    this.storageKey = (_settings$auth$storag = settings.auth.storageKey) !== null && _settings$auth$storag !== void 0 ? _settings$auth$storag : "";
    this.headers = (_settings$global$head = settings.global.headers) !== null && _settings$global$head !== void 0 ? _settings$global$head : {};
    if (!settings.accessToken) {
      var _settings$auth;
      this.auth = this._initSupabaseAuthClient((_settings$auth = settings.auth) !== null && _settings$auth !== void 0 ? _settings$auth : {}, this.headers, settings.global.fetch);
    } else {
      this.accessToken = settings.accessToken;
      this.auth = new Proxy({}, { get: (_, prop) => {
        throw new Error(`@supabase/supabase-js: Supabase Client is configured with the accessToken option, accessing supabase.auth.${String(prop)} is not possible`);
      } });
    }
    this.fetch = fetchWithAuth(supabaseKey, supabaseUrl, this._getSessionToken.bind(this), settings.global.fetch, settings.tracePropagation);
    this.functionsFetch = fetchWithAuth(supabaseKey, supabaseUrl, this._getSessionToken.bind(this), settings.global.fetch, settings.tracePropagation, { omitApiKeyAsBearer: true });
    this.realtime = this._initRealtimeClient(_objectSpread22({
      headers: this.headers,
      accessToken: this._getAccessToken.bind(this),
      fetch: this.fetch
    }, settings.realtime));
    if (this.accessToken) Promise.resolve(this.accessToken()).then((token) => this.realtime.setAuth(token)).catch((e) => console.warn("Failed to set initial Realtime auth token:", e));
    this.rest = new PostgrestClient(new URL("rest/v1", baseUrl).href, {
      headers: this.headers,
      schema: settings.db.schema,
      fetch: resolveFetch(settings.global.fetch),
      wrapFetch: (fetch$1) => fetchWithAuth(supabaseKey, supabaseUrl, this._getSessionToken.bind(this), fetch$1, settings.tracePropagation),
      timeout: settings.db.timeout,
      urlLengthLimit: settings.db.urlLengthLimit,
      retry: settings.db.retry
    });
    this.storage = new Dropped(this.storageUrl.href, this.headers, this.fetch, options === null || options === void 0 ? void 0 : options.storage);
    if (!settings.accessToken) this._listenForAuthEvents();
  }
  /**
  * Supabase Functions allows you to deploy and invoke edge functions.
  */
  get functions() {
    return new Dropped(this.functionsUrl.href, {
      headers: this.headers,
      customFetch: this.functionsFetch
    });
  }
  /**
  * Perform a query on a table or a view.
  *
  * A per-request `fetch` is wrapped the same way as the client-level fetch: the
  * `apikey`, `Authorization` and trace headers are added before it is called.
  * The same applies to clients returned by `.schema()`.
  *
  * @param relation - The table or view name to query
  * @param options - Per-request options that override client-level defaults
  *
  * @example Per-request fetch options
  * ```ts
  * const { data } = await supabase
  *   .from('countries', {
  *     fetch: (input, init) => fetch(input, { ...init, cache: 'force-cache' }),
  *   })
  *   .select('*')
  * ```
  */
  from(relation, options) {
    return this.rest.from(relation, options);
  }
  /**
  * Select a schema to query or perform an function (rpc) call.
  *
  * The schema needs to be on the list of exposed schemas inside Supabase.
  *
  * @param schema - The schema to query
  */
  schema(schema) {
    return this.rest.schema(schema);
  }
  /**
  * Fetch the OpenAPI description PostgREST publishes for this client's schema.
  *
  * The document lists only the tables, views and functions the caller's role
  * holds privileges on. The request carries the same `apikey` and
  * `Authorization` headers as every other query, so the description is scoped
  * to the signed-in user. Call `.schema()` first to describe a schema other
  * than the client default.
  *
  * @example
  * ```ts
  * const { data, error } = await supabase.getOpenApiSpec()
  * ```
  */
  getOpenApiSpec() {
    return this.rest.getOpenApiSpec();
  }
  /**
  * Perform a function call.
  *
  * @param fn - The function name to call
  * @param args - The arguments to pass to the function call
  * @param options - Named parameters
  * @param options.head - When set to `true`, `data` will not be returned.
  * Useful if you only need the count.
  * @param options.get - When set to `true`, the function will be called with
  * read-only access mode.
  * @param options.count - Count algorithm to use to count rows returned by the
  * function. Only applicable for [set-returning
  * functions](https://www.postgresql.org/docs/current/functions-srf.html).
  *
  * `"exact"`: Exact but slow count algorithm. Performs a `COUNT(*)` under the
  * hood.
  *
  * `"planned"`: Approximated but fast count algorithm. Uses the Postgres
  * statistics under the hood.
  *
  * `"estimated"`: Uses exact count for low numbers and planned count for high
  * numbers.
  */
  rpc(fn, args = {}, options = {
    head: false,
    get: false,
    count: void 0
  }) {
    return this.rest.rpc(fn, args, options);
  }
  /**
  * Creates a Realtime channel with Broadcast, Presence, and Postgres Changes.
  *
  * @param {string} name - The name of the Realtime channel.
  * @param {Object} opts - The options to pass to the Realtime channel.
  *
  * @category Realtime
  */
  channel(name, opts = { config: {} }) {
    return this.realtime.channel(name, opts);
  }
  /**
  * Returns all Realtime channels.
  *
  * @category Realtime
  *
  * @example Get all channels
  * ```js
  * const channels = supabase.getChannels()
  * ```
  */
  getChannels() {
    return this.realtime.getChannels();
  }
  /**
  * Unsubscribes and removes Realtime channel from Realtime client.
  *
  * @param {RealtimeChannel} channel - The name of the Realtime channel.
  *
  *
  * @category Realtime
  *
  * @remarks
  * - Removing a channel is a great way to maintain the performance of your project's Realtime service as well as your database if you're listening to Postgres changes. Supabase will automatically handle cleanup 30 seconds after a client is disconnected, but unused channels may cause degradation as more clients are simultaneously subscribed.
  *
  * @example Removes a channel
  * ```js
  * supabase.removeChannel(myChannel)
  * ```
  */
  removeChannel(channel) {
    return this.realtime.removeChannel(channel);
  }
  /**
  * Unsubscribes and removes all Realtime channels from Realtime client.
  *
  * @category Realtime
  *
  * @remarks
  * - Removing channels is a great way to maintain the performance of your project's Realtime service as well as your database if you're listening to Postgres changes. Supabase will automatically handle cleanup 30 seconds after a client is disconnected, but unused channels may cause degradation as more clients are simultaneously subscribed.
  *
  * @example Remove all channels
  * ```js
  * supabase.removeAllChannels()
  * ```
  */
  removeAllChannels() {
    return this.realtime.removeAllChannels();
  }
  /**
  * The raw session token — the custom `accessToken` result or the signed-in user's JWT —
  * or `null` when there is no session. Unlike {@link _getAccessToken} it does not fall back
  * to `supabaseKey`, so callers can distinguish "no session" from "has session".
  */
  async _getSessionToken() {
    var _this = this;
    var _data$session$access_, _data$session;
    if (_this.accessToken) return await _this.accessToken();
    const { data } = await _this.auth.getSession();
    return (_data$session$access_ = (_data$session = data.session) === null || _data$session === void 0 ? void 0 : _data$session.access_token) !== null && _data$session$access_ !== void 0 ? _data$session$access_ : null;
  }
  async _getAccessToken() {
    var _this2 = this;
    var _await$this$_getSessi;
    return (_await$this$_getSessi = await _this2._getSessionToken()) !== null && _await$this$_getSessi !== void 0 ? _await$this$_getSessi : _this2.supabaseKey;
  }
  _initSupabaseAuthClient({ autoRefreshToken, persistSession, detectSessionInUrl, storage, userStorage, storageKey, flowType, lock, debug, throwOnError, experimental, lockAcquireTimeout, skipAutoInitialize }, headers, fetch$1) {
    const authHeaders = {
      Authorization: `Bearer ${this.supabaseKey}`,
      apikey: `${this.supabaseKey}`
    };
    return new SupabaseAuthClient({
      url: this.authUrl.href,
      headers: _objectSpread22(_objectSpread22({}, authHeaders), headers),
      storageKey,
      autoRefreshToken,
      persistSession,
      detectSessionInUrl,
      storage,
      userStorage,
      flowType,
      lock,
      debug,
      throwOnError,
      experimental,
      fetch: fetch$1,
      lockAcquireTimeout,
      skipAutoInitialize,
      hasCustomAuthorizationHeader: Object.keys(this.headers).some((key) => key.toLowerCase() === "authorization")
    });
  }
  _initRealtimeClient(options) {
    return new Dropped(this.realtimeUrl.href, _objectSpread22(_objectSpread22({}, options), {}, { params: _objectSpread22(_objectSpread22({}, { apikey: this.supabaseKey }), options === null || options === void 0 ? void 0 : options.params) }));
  }
  _listenForAuthEvents() {
    return this.auth.onAuthStateChange((event, session) => {
      this._handleTokenChanged(event, "CLIENT", session === null || session === void 0 ? void 0 : session.access_token);
    });
  }
  _handleTokenChanged(event, source, token) {
    if ((event === "TOKEN_REFRESHED" || event === "SIGNED_IN" || event === "INITIAL_SESSION") && this.changedAccessToken !== token) {
      this.changedAccessToken = token;
      this.realtime.setAuth(token);
    } else if (event === "SIGNED_OUT") {
      this.realtime.setAuth();
      if (source == "STORAGE") this.auth.signOut();
      this.changedAccessToken = void 0;
    }
  }
};
var createClient = (supabaseUrl, supabaseKey, options) => {
  return new SupabaseClient(supabaseUrl, supabaseKey, options);
};
function shouldShowDeprecationWarning() {
  if (typeof window !== "undefined" || globalThis["Deno"] !== void 0) return false;
  const _process = globalThis["process"];
  if (!_process) return false;
  const processVersion = _process["version"];
  if (processVersion === void 0 || processVersion === null) return false;
  const versionMatch = processVersion.match(/^v(\d+)\./);
  if (!versionMatch) return false;
  return parseInt(versionMatch[1], 10) <= 20;
}
if (shouldShowDeprecationWarning()) console.warn("\u26A0\uFE0F  Node.js 20 and below are deprecated and will no longer be supported in future versions of @supabase/supabase-js. Please upgrade to Node.js 22 or later. For more information, visit: https://github.com/orgs/supabase/discussions/45715");

// action/src/http/retry.ts
import { setTimeout as sleep4 } from "node:timers/promises";
var longestWaitMs = 6 * 36e5;
async function retried(attempt, again, { firstMs, limitedMs = 1e3, mayWait, stop }) {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    const next = again(result);
    if (!next || tried >= next.tries) return result;
    const waitMs = Math.max(next.waitMs ?? 0, (next.isLimited ? limitedMs : firstMs) * 2 ** (tried - 1));
    if (waitMs > longestWaitMs || !mayWait(waitMs)) return result;
    await sleep4(waitMs, void 0, { signal: stop }).catch(() => void 0);
    if (stop?.aborted) return result;
  }
}

// action/src/http/body.ts
async function readText(response, maxBytes) {
  const reader = response.body?.getReader();
  if (!reader) return { text: "", isWhole: true };
  const pieces = [];
  const text = () => new TextDecoder().decode(Buffer.concat(pieces));
  for (let bytes = 0; ; ) {
    const { done, value } = maxBytes === 0 ? {} : await reader.read();
    if (done) return { text: text(), isWhole: true };
    bytes += value?.length ?? 0;
    if (!value || bytes > maxBytes) {
      reader.cancel().catch(() => void 0);
      return { text: text(), isWhole: false };
    }
    pieces.push(value);
  }
}

// action/src/http/send.ts
var ProxiedError = class extends Error {
  name = "ProxiedError";
  /** Host and port: the rest of its address may be secret. */
  proxy;
  constructor(proxy, cause) {
    super("no answer through a proxy", { cause });
    this.proxy = proxy.host;
  }
};
async function send(address, init = {}) {
  const proxy = proxyFor(new URL(address));
  if (!proxy) return fetch(address, { ...init, redirect: "manual" });
  const through = await openProxy(proxy);
  try {
    return await through(address, { ...init, redirect: "manual" });
  } catch (error) {
    throw new ProxiedError(proxy, error);
  }
}
var maxErrorBytes = 64 * 2 ** 10;
async function ask(address, init, maxBytes) {
  const response = await send(address, init);
  const { status, headers, ok } = response;
  const reading = readText(response, ok ? maxBytes : maxErrorBytes);
  const { text, isWhole: isWhole3 } = await (ok ? reading : reading.catch(() => ({ text: "", isWhole: false })));
  return { status, headers, body: text, isTooLarge: ok && !isWhole3 };
}
var opened = /* @__PURE__ */ new Map();
function openProxy(proxy) {
  const known = opened.get(proxy.href);
  if (known) return known;
  const loaded = import("./undici.js").then(({ default: { fetch: fetchThrough, ProxyAgent } }) => {
    const dispatcher = new ProxyAgent({
      uri: proxy.origin,
      // An unencrypted connection needs no tunnel, and many proxies would refuse one.
      proxyTunnel: false,
      ...proxy.username && { token: `Basic ${Buffer.from(credentialsOf(proxy)).toString("base64")}` }
    });
    return (async (address, init) => fetchThrough(address, { ...init, dispatcher }));
  });
  opened.set(proxy.href, loaded);
  return loaded;
}

// action/src/store/postgrest/pages.ts
import { setTimeout as sleep5 } from "node:timers/promises";

// action/src/http/cause.ts
function causeOfError(error) {
  if (error instanceof ToldError) return { kind: "told", status: 0, code: "", message: error.message };
  const code = codeOf(error);
  const proxied = error instanceof ProxiedError ? { proxy: error.proxy } : {};
  const [status] = /(?<=Proxy response \()\d{3}(?=\))|(?<=Proxy .*\()407(?=\))/.exec(error instanceof ProxiedError ? messagesOf(error) : "") ?? [];
  if (status) return { kind: status === "407" ? "proxy-login" : "proxy-refusal", status: Number(status), code: "", message: "", ...proxied };
  if (code === "TypeError" && messagesOf(error).includes("bad port")) return { kind: "refused", status: 0, code: "", message: "" };
  return { kind: kindOf(code, "proxy" in proxied), status: 0, code, message: "", ...proxied };
}
function kindOf(code, isProxied) {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return isProxied ? "proxy-unreached" : "unknown-host";
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return isProxied ? "proxy-unreached" : "refused";
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_PRX_TLS":
      return isProxied ? "proxy-unreached" : "timeout";
    case "TimeoutError":
    case "AbortError":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return "timeout";
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
    case "UND_ERR_SOCKET":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
    case "ERR_STREAM_PREMATURE_CLOSE":
    case "Z_BUF_ERROR":
    case "Z_DATA_ERROR":
      return "cut";
    default:
      return /CERT|TLS|SSL|SELF_SIGNED|ALTNAME|EPROTO/i.test(code) ? "certificate" : "unreached";
  }
}
function codeOf(error) {
  if (typeof error !== "object" || error === null) return "";
  const { code, name, cause } = error;
  const own = typeof code === "string" && /^\w{1,60}$/.test(code) ? code : "";
  return own || codeOf(cause) || (typeof name === "string" && /^\w{1,60}$/.test(name) && name !== "Error" ? name : "");
}
var messagesOf = (error) => (error instanceof Error ? `${error.message}
${messagesOf(error.cause)}` : "").trim();
function causeOfAnswer({ status, headers, body }, proxy) {
  const said = saidIn(body);
  const waitMs = askedMs(headers, said);
  const facts = { status, code: said?.code ?? "", message: said?.message ?? "", ...waitMs !== void 0 && { waitMs }, ...proxy && { proxy } };
  if (status === 407) return { kind: "proxy-login", ...facts };
  if (status >= 300 && status < 400) return { kind: "redirect", ...facts };
  if (status === 429) return { kind: "limited", ...facts };
  if (said) return { kind: "said", ...facts };
  if (isWebPage(headers, body)) return { kind: status >= 500 && status !== 511 ? "error-page" : "web-page", ...facts };
  return { kind: status >= 500 ? "server-error" : "refusal", ...facts };
}
function causeOf({ thrown, answer: answer2, defect }) {
  if (thrown !== void 0) return causeOfError(thrown);
  if (!answer2 || defect !== void 0 && !(defect === "not-json" && isWebPage(answer2.headers, answer2.body))) return void 0;
  return causeOfAnswer(answer2);
}
var isWebPage = (headers, body) => /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "") || /^\s*<(?:!doctype\s+html|html)\b/i.test(body);
var isObject = (value) => typeof value === "object" && value !== null;
function saidIn(body) {
  try {
    const parsed = JSON.parse(body);
    const said = Array.isArray(parsed) ? parsed.at(-1) : parsed;
    if (!isObject(said)) return void 0;
    if (isObject(said["error"])) return saidByGoogle(said["error"]);
    const { code, message, msg, error, retry_after: retryAfter } = said;
    const text = [message, msg, error].find((value) => typeof value === "string");
    const numbered = typeof code === "string" || typeof code === "number" ? String(code) : "";
    return text === void 0 && numbered === "" ? void 0 : { code: numbered, message: String(text ?? ""), retryAfter };
  } catch {
    return void 0;
  }
}
function saidByGoogle({ status, message, details }) {
  if (typeof status !== "string" && typeof message !== "string") return void 0;
  const delays = (Array.isArray(details) ? details : []).flatMap(
    (detail) => isObject(detail) && typeof detail["retryDelay"] === "string" ? [detail["retryDelay"]] : []
  );
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(delays[0] ?? "") ?? [];
  return { code: String(status ?? ""), message: String(message ?? ""), retryAfter: seconds === void 0 ? void 0 : Number(seconds) };
}
var graceMs = 100;
function askedMs(headers, said) {
  const header = headers.get("retry-after")?.trim() ?? "";
  const until = Date.parse(header);
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const asked2 = [
    /^\d+(?:\.\d+)?$/.test(header) ? Number(header) * 1e3 : until - now,
    typeof said?.retryAfter === "number" ? said.retryAfter * 1e3 : Number.NaN
  ].filter((ms) => !Number.isNaN(ms));
  return asked2.length === 0 ? void 0 : Math.max(0, ...asked2) + graceMs;
}
var patientTries = 6;
function againAfter({ kind, waitMs }, tries) {
  if (waitMs !== void 0) return { tries: patientTries, waitMs };
  return kind === "limited" ? { tries: patientTries, isLimited: true } : { tries };
}
var isPassing = ({ kind, status, waitMs }) => ["unknown-host", "refused", "timeout", "cut", "unreached", "proxy-unreached", "limited", "error-page", "server-error"].includes(kind) || status >= 500 || waitMs !== void 0;

// action/src/http/sentence.ts
function sentenceFor(cause, host, timeoutMs, doing = "") {
  const { kind, status, code, proxy } = cause;
  const { address, whenDown } = host;
  const who = host.who.charAt(0).toUpperCase() + host.who.slice(1);
  const named = code === "" ? "" : ` (${code})`;
  const through = proxy === void 0 ? "" : ` through the proxy ${proxy}`;
  switch (kind) {
    case "told":
      return cause.message;
    case "unknown-host":
      return `The host of ${address} cannot be found. The address is mistyped, or ${host.whenGone}.`;
    case "refused":
      return `${who} could not be reached${named}: nothing accepts connections at ${address}. The address or its port is wrong, the server is down, or this runner can only get out through a proxy: check ${address}, and set HTTPS_PROXY where there is a proxy.`;
    case "timeout":
      return `${who} did not answer within ${timeoutMs / 1e3} s${through}. It is overloaded, or not reachable from this runner: ${whenDown}.`;
    case "cut":
      return `The connection to ${host.who} broke off${named}${through}: it was cut before the answer was complete. The server restarted, or something in between gave up: ${whenDown}.`;
    case "certificate":
      return certificateSentence(code, address);
    case "unreached":
      return `${who} could not be reached${named}${through}. Check ${address} and the network of this runner: ${whenDown}.`;
    case "proxy-unreached":
      return `The proxy ${proxy} cannot be reached${named}. It is down, or the variable HTTPS_PROXY or HTTP_PROXY that names it is out of date: correct the variable, or list the host of ${address} in NO_PROXY if it needs no proxy.`;
    case "proxy-login":
      return proxy === void 0 ? `A proxy between this runner and ${host.who} requires a user name and password (HTTP 407). Set HTTPS_PROXY to http://<user>:<password>@<host>:<port>, from a secret.` : `The proxy ${proxy} requires a user name and password, or rejects those it got (HTTP 407). Set HTTPS_PROXY or HTTP_PROXY to http://<user>:<password>@<host>:<port>, from a secret.`;
    case "proxy-refusal":
      return `The proxy ${proxy} does not connect this runner to ${host.who} (HTTP ${status}). It does not allow the host of ${address}, or cannot reach it itself: have it allowed there, or list it in NO_PROXY if it needs no proxy.`;
    case "redirect":
      return `The address in ${address} redirects to another one (${status}), which is not followed, because a secret would be sent along. Set ${address} to the final address, if that belongs to ${host.who}.`;
    case "web-page":
      return `A web page came instead of an answer from ${host.who} (HTTP ${status})${through}. A sign-in page, firewall or proxy in front of it sent the page, or ${address} is the address of something else: check ${address}, and whether this runner is allowed through.`;
    case "error-page":
      return `A web page with a server error came instead of an answer from ${host.who} (HTTP ${status})${through}${doing}. The gateway or proxy in front of it could not reach it, so it is probably overloaded, restarting or paused: ${whenDown}.`;
    case "said":
    case "server-error":
      if (status < 500) return void 0;
      return `${who} answered with a server error (HTTP ${status})${asked(cause)}${doing}. It is overloaded, restarting or paused: ${whenDown}.`;
    case "limited":
    case "refusal":
      return void 0;
  }
}
var asked = ({ waitMs }) => waitMs === void 0 ? "" : waitMs < 864e5 ? ` and asks to wait ${Math.ceil(waitMs / 1e3)} s` : " and asks to wait for days";
function certificateSentence(code, address) {
  if (/SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code)) {
    return `The certificate at ${address} comes from an authority that this runner does not know (${code}). A proxy that inspects connections, or a server with its own certificates, presented it: set NODE_EXTRA_CA_CERTS to a file with the certificate of that authority.`;
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return `The certificate at ${address} is not valid now (${code}). It was not renewed, or the clock of this runner is wrong: renew it, or set the clock.`;
  }
  if (/ALTNAME/.test(code)) {
    return `The certificate at ${address} is for another host (${code}). The address is mistyped, or something in between answers for it: check ${address}.`;
  }
  return `No secure connection can be made to ${address} (${code}). The server there does not speak TLS, or no safe version of it: check the address and its port.`;
}

// action/src/store/postgrest/read-error.ts
var project = {
  who: "the project",
  address: "supabase-url",
  whenGone: "the project is paused or deleted: compare it with Project Settings > Data API, and restore a paused project in the dashboard",
  whenDown: "check its health in the dashboard and run again"
};
var isAhead = (cause) => cause.code === "PGRST303" && /future|not yet valid/i.test(cause.message);
var triesWhileAhead = 8;
var toleratedMs = 3e4;
function againAfterRead(failed, tries, keyIssuedAt) {
  const cause = causeOf(failed);
  if (!cause) return { tries };
  if (!isAhead(cause)) return againAfter(cause, tries);
  const now = Date.parse(failed.answer?.headers.get("date") ?? "") || Date.now();
  return { tries: triesWhileAhead, waitMs: cause.waitMs ?? (keyIssuedAt === void 0 ? 0 : keyIssuedAt - toleratedMs - now) };
}
function tooMuchOf(failed) {
  if (failed.defect === "too-large") return "bytes";
  return causeOf(failed)?.code === "57014" ? "time" : void 0;
}
var isImpossible = (failed) => /^22(?:P02|P05|003|007|008|009|021|023)$/.test(causeOf(failed)?.code ?? "");
function isUnavailable(failed) {
  const { kind, code, status } = causeOf(failed) ?? { kind: void 0, code: "", status: 0 };
  return code === "PGRST202" || code === "42883" || code === "42501" || status === 404 && code === "" && kind !== "web-page";
}
function namedIn(message, before) {
  const [, name] = new RegExp(`(?:${before.source}) ["'](?:[a-z_][a-z0-9_]*\\.)?([a-z_][a-z0-9_]{0,62})["']`).exec(message) ?? [];
  return name;
}
var defects = {
  "not-json": (what) => `The answer for ${what} is not the JSON that a Supabase project gives. Either supabase-url is the address of something else (a web page, the dashboard), or the answer was damaged in transit: check supabase-url and run again.`,
  unexpected: (what, isFunction) => isFunction ? `The answer of ${what} does not have the expected shape, or it may no longer be called: the function is from another release, or its grants were changed. Apply the migration of this release that creates it.` : `The answer for ${what} does not have the expected shape: a column has a different type than the schema says. Compare the table with the schema in the documentation.`,
  truncated: (what) => `The answer for ${what} holds fewer rows than it claims. Something between this runner and the database cut it, so nothing can be concluded from it: run again, and look for a proxy that limits answers if it persists.`,
  uncounted: (what) => `The answer for ${what} does not say how many rows there are, although it was asked to. Something between this runner and the database removes the Content-Range header: use the project's own address.`,
  "not-advancing": (what) => `Reading ${what} page by page does not advance: the server ignores the filter or the order that was asked for. Check that supabase-url is the address of the project itself.`
};
function tooLarge(what, rowId, maxBytes) {
  const size = `${Math.round(maxBytes / 2 ** 20)} MiB`;
  return rowId === void 0 ? `The answer for ${what} is larger than ${size}, which is more than a run reads at once. A row in it is far too large, or something between this runner and the project never stops answering: look for the largest rows of the table.` : `Row ${rowId} of ${what}, with what belongs to it, is larger than ${size}, which is more than a run reads at once. Something wrote far too much into it: look at the row in the SQL editor, and cut it down.`;
}
function readError(failed, timeoutMs, maxBytes = 0) {
  const error = new ReadError(inTheFile(failed, explain2(failed, timeoutMs, maxBytes)), failed.thrown === void 0 ? void 0 : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  error.isImpossible = isImpossible(failed);
  return error;
}
function inTheFile({ store, schema = "public" }, sentence) {
  const named = store === void 0 ? sentence : sentence.replaceAll("supabase-url", `stores.${store}.url`).replaceAll("supabase-key", `stores.${store}.key`);
  return named.replaceAll("the schema public", () => `the schema ${schema}`);
}
var nameOf2 = (table, isFunction) => isFunction ? `function ${table}` : table === "" ? "the list of tables" : `table ${table}`;
function explain2(failed, timeoutMs, maxBytes) {
  const { table, isFunction = false, defect, rowId } = failed;
  const what = nameOf2(table, isFunction);
  const cause = causeOf(failed);
  if (cause) {
    const doing = ` when ${what} was ${isFunction ? "called" : "read"}`;
    return sentenceOfService(cause, table, isFunction) ?? sentenceFor(cause, project, timeoutMs, doing) ?? refusal(cause, what, isFunction);
  }
  return defect === "too-large" || defect === void 0 ? tooLarge(what, rowId, maxBytes) : defects[defect](what, isFunction);
}
function sentenceOfService(cause, table, isFunction) {
  const { kind, code, message, status } = cause;
  const what = nameOf2(table, isFunction);
  if (status === 540) return "The project is paused (HTTP 540). Restore it in the dashboard and run again.";
  if (kind === "limited") return `The project refuses more requests for now (HTTP 429)${asked(cause)}. Something else uses up its limit: run again later.`;
  if (kind === "refusal" && status === 404) {
    return "There is no Supabase REST API at supabase-url (HTTP 404). The address has an extra path segment, or belongs to something else: use the base URL from Project Settings > Data API.";
  }
  if (status === 402 && (kind === "said" || kind === "refusal")) {
    return "The project is restricted (HTTP 402). Its organization has used up a quota or has a bill to pay: look at Usage and Billing in the dashboard of the organization.";
  }
  if (kind !== "said") return void 0;
  switch (code) {
    case "42501":
      if (/\bschema\b/.test(message))
        return `The role of the key may not use the schema public (42501), so ${what} could not be ${isFunction ? "called" : "read"}. Grant it usage on the schema and select on its tables, such as to service_role for a secret key.`;
      return `The key may not ${isFunction ? "call" : "read"} ${what} (permission denied). A publishable or anon key without the right grants was used, or the grants of the ${isFunction ? "function" : "table"} were revoked: use a secret key (sb_secret_\u2026) or the service_role key.`;
    case "PGRST301":
    case "PGRST302":
    case "PGRST303":
      return aboutToken(cause);
    case "PGRST205":
    case "42P01":
      return `Table ${namedIn(message, /relation|table/) ?? table} is not there, or the API does not expose it. The file misspells its name, the migrations were not applied to this project, or supabase-url is another project's: check these, and reload the schema cache (notify pgrst, 'reload schema') after a migration.`;
    case "42703":
    case "PGRST204": {
      const column = namedColumn(message);
      return `A column that is compared is missing${column ? `: ${column}` : ""} (reading ${what}). The table has a different schema than expected: apply the missing migration, and reload the schema cache afterwards.`;
    }
    case "PGRST200":
    case "PGRST201":
      return `The API finds no single relationship from ${table} to the tables below it. The foreign keys fk_weeks_child_id, fk_habits_week_id and fk_habit_records_habit_id are how it is found: create the one that is missing (NOT VALID is enough), and reload the schema cache.`;
    case "PGRST106":
      return "The API does not expose the schema public. Add it under Project Settings > Data API > Exposed schemas.";
    case "57014":
      return `${isFunction ? "Calling" : "Reading"} ${what} took longer than the database allows (statement timeout). The server is busy or an index is missing: run again at a quieter time.`;
    case "42P17":
      return `A policy of row-level security refers to itself (42P17), so ${what} could not be ${isFunction ? "called" : "read"}. Correct the policy, or use a secret key, which policies do not apply to.`;
    case "55P03":
    case "40P01":
      return `${isFunction ? "Calling" : "Reading"} ${what} could not get a lock (${code}). A migration or a long transaction holds the table: run again once that is over.`;
    case "25006":
      return `The database is read-only for now (25006), so ${what} could not be ${isFunction ? "called" : "read"}. Its disk is full, or supabase-url leads to a replica: free some space or get a larger disk in the dashboard, and use the address of the project itself.`;
    case "PGRST000":
    case "PGRST001":
    case "PGRST002":
    case "PGRST003":
    case "53300":
      return `The API of the project has no connection to its database (HTTP ${status}, ${code})${asked(cause)}. The database is starting, out of connections or out of disk space: check its health in the dashboard and run again.`;
  }
  if (isOfDatabase(code)) return databaseSentence(cause, what, isFunction);
  if (code === "" && /\blegacy api keys?\b.*\bdisabled\b/i.test(message)) {
    return `The project no longer accepts legacy keys (HTTP ${status}). Its anon and service_role keys were disabled, and the key is one of them: copy the secret key (sb_secret_\u2026) from Project Settings > API Keys of this project into the secret that supabase-key reads.`;
  }
  if ((status === 401 || status === 403) && code === "" && /\b(api ?keys?|jwt|token|credentials?|authorization|unauthorized|consume)\b/i.test(message))
    return rejectedKey(status);
  return void 0;
}
var isOfDatabase = (code) => /^(?!0[08]|53|57|58)[0-9A-Z]{5}$/.test(code);
var databaseSentence = ({ status, code }, what, isFunction) => `The database ended with an error when ${what} was ${isFunction ? "called" : "read"} (HTTP ${status}, ${code}). Something behind it fails, such as a view or a policy: try the same in the SQL editor, which shows the database's own message.`;
var rejectedKey = (status) => `The project rejects the key (HTTP ${status}). It is mistyped, revoked, or belongs to another project: copy the secret key from Project Settings > API Keys of this project into the secret that supabase-key reads.`;
function aboutToken(cause) {
  const { code, message, status } = cause;
  if (isAhead(cause)) {
    return `The project does not accept the key yet (HTTP ${status}, ${code}): it was issued in the future. A clock of the project is wrong, and waiting did not help: run again in a few minutes, and ask Supabase's support if this persists.`;
  }
  if (/expired/i.test(message)) {
    return `The key has expired (HTTP ${status}, ${code}). It was made for a limited time, or a clock of the project is wrong: copy the secret key from Project Settings > API Keys again.`;
  }
  return code === "PGRST301" ? `The project cannot verify the key (HTTP ${status}, ${code}). Its signing keys were changed after the key was made, or the key is mistyped or belongs to another project: copy the secret key from Project Settings > API Keys again.` : rejectedKey(status);
}
function namedColumn(message) {
  const [, qualified] = /^column [a-z_][a-z0-9_]*\.([a-z_][a-z0-9_]{0,62}) does not exist$/.exec(message) ?? [];
  return qualified ?? namedIn(message, /column/) ?? /\bthe '([a-z_][a-z0-9_]{0,62})' column\b/.exec(message)?.[1];
}
function refusal({ status, code }, what, isFunction) {
  const detail = /^[A-Z0-9]{3,12}$/.test(code) ? `, ${code}` : "";
  return `The project refused to ${isFunction ? "call" : "read"} ${what} (HTTP ${status}${detail}). Check that supabase-url is a Supabase project with the expected schema.`;
}

// action/src/store/postgrest/reader.ts
var maxPageSize = 1e3;
var requestTimeoutMs = 15e3;
var retryMs = 500;
var rowsOf2 = (row) => custom((value) => Array.isArray(value) && value.every((item) => row.safeParse(item).success));

// action/src/store/tries.ts
var triesOfRead = 2;
var triesFor = (tooMuch, maySplit) => tooMuch === "bytes" || tooMuch === "time" && maySplit ? 1 : triesOfRead;

// action/src/store/postgrest/pages.ts
var inFlightRows = 20;
function createPages({ select, read, failure, maxBytes, stop }) {
  function pager(request, pageSize, onUnreadable) {
    const { table, refine: refine2 } = request;
    let size = pageSize;
    let last;
    const following = (query) => {
      const ordered = refine2(query).order("id").limit(size);
      return last === void 0 ? ordered : ordered.gt("id", last);
    };
    function advance(rows) {
      const end = rows.at(-1)?.row_id;
      if (end !== void 0 && end === last) throw failure({ table, defect: "not-advancing" });
      last = end ?? last;
      return end;
    }
    async function next() {
      for (; ; ) {
        const wanted = size;
        const started = performance.now();
        const rowId = wanted > 1 ? void 0 : (await select(table, "row_id:id::text", object({ row_id: string() }), following)).rows[0]?.row_id;
        try {
          const { bytes, rows, count: count3 } = await read(
            { ...request, refine: rowId === void 0 ? following : (query) => query.eq("id", rowId) },
            (failed) => triesFor(tooMuchOf(failed), wanted > 1)
          );
          if (bytes < maxBytes / 4 && performance.now() - started < requestTimeoutMs / 4) size = Math.min(pageSize, size * 2);
          if (rows.length === 0 && rowId !== void 0) continue;
          return { rows, count: rowId === void 0 ? count3 : void 0, end: advance(rows) };
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === void 0) throw error;
          if (wanted > 1) size = Math.ceil(wanted / 2);
          else if (error.tooMuch === "time" || rowId === void 0) throw error;
          else leaveOut(rowId);
          if (error.tooMuch === "time") await sleep5(retryMs, void 0, { signal: stop }).catch(() => void 0);
        }
      }
    }
    function leaveOut(rowId) {
      const unreadable = failure({ table, defect: "too-large", rowId });
      if (!onUnreadable) throw unreadable;
      advance([{ row_id: rowId }]);
      onUnreadable(rowId, unreadable.message);
    }
    return next;
  }
  async function countRows(table) {
    const answer2 = await select(table, "id", unknown(), (query) => query.limit(1), "exact");
    if (answer2.count === void 0) throw failure({ table, defect: "uncounted" });
    return answer2.count;
  }
  const pages = async function* (table, columns, row, pageSize = maxPageSize, onUnreadable) {
    let last;
    let total = 0;
    const leaveOut = onUnreadable && ((rowId, sentence) => {
      total += 1;
      last = rowId;
      onUnreadable(rowId, sentence);
    });
    const next = pager({ table, columns, row, refine: (query) => query }, pageSize, leaveOut);
    for (; ; ) {
      const { rows, end } = await next();
      if (end === void 0) break;
      total += rows.length;
      last = end;
      yield rows;
    }
    const after = last;
    if (after === void 0 || !/^\d+$/.test(after)) return;
    if (await countRows(table) <= total + Math.max(inFlightRows, total / 100)) return;
    const since = await select(table, columns, row, (query) => query.order("id").limit(1).gt("id", after));
    if (since.rows.length === 0) throw failure({ table, defect: "truncated" });
  };
  const found = async function* (table, columns, row, refine2, pageSize = maxPageSize, onUnreadable) {
    const next = pager({ table, columns, row, refine: refine2, counted: "exact" }, pageSize, onUnreadable);
    for (; ; ) {
      const { rows, count: count3, end } = await next();
      if (end === void 0 && count3) throw failure({ table, defect: "truncated" });
      if (end === void 0) return;
      yield rows;
      if (count3 !== void 0 && rows.length >= count3) return;
    }
  };
  return { count: countRows, pages, found };
}

// action/src/store/postgrest/create-reader.ts
var maxAnswerBytes = 32 * 2 ** 20;
function createReader(url, key, stop, { maxBytes = maxAnswerBytes, remainingMs = () => Number.POSITIVE_INFINITY, schema = "public", store } = {}) {
  const exchanges = new AsyncLocalStorage();
  const keyIssuedAt = issuedAt(key);
  const failure = (failed) => readError({ ...failed, ...store !== void 0 && { store }, schema }, requestTimeoutMs, maxBytes);
  async function observedFetch(address, init = {}) {
    const exchange2 = exchanges.getStore() ?? {};
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      const answer2 = await ask(address instanceof Request ? address.url : address, { ...init, signal }, maxBytes);
      exchange2.answer = answer2;
      const isRead = exchange2.isText && answer2.status >= 200 && answer2.status < 300;
      return Object.defineProperty(new Response(null, answer2), "text", { value: async () => isRead ? "[]" : answer2.body });
    } catch (error) {
      exchange2.thrown = error;
      throw error;
    }
  }
  const client = createClient(url, key, {
    // Nobody signs in: the key is all there is, and no session is looked for at each request.
    accessToken: async () => null,
    global: { fetch: observedFetch },
    ...schema !== "public" && { db: { schema } }
  });
  async function observed(request, isText = false) {
    const kept = { isText };
    const data = await exchanges.run(kept, async () => request());
    const exchange2 = { ...kept };
    delete kept.answer;
    return { data, exchange: exchange2 };
  }
  const answerOf = (what, { answer: answer2, thrown }) => {
    if (!answer2) return { ...what, thrown };
    if (answer2.isTooLarge) return { ...what, defect: "too-large" };
    return answer2.status >= 200 && answer2.status < 300 ? answer2 : { ...what, answer: answer2 };
  };
  async function attempt({ row, ...request }) {
    const { table } = request;
    const { answer: answer2, got } = await exchanged(request, false);
    if ("table" in got) return got;
    if (answer2.error || !Array.isArray(answer2.data)) return { table, answer: got, defect: "not-json" };
    const { data: rows } = rowsOf2(row).safeParse(answer2.data);
    if (!rows) return { table, defect: "unexpected" };
    if (isCut(got, rows.length)) return { table, defect: "truncated" };
    return { rows, count: countOf2(answer2), bytes: got.body.length };
  }
  async function attemptText({
    read,
    ...request
  }) {
    const { table } = request;
    const { answer: answer2, got } = await exchanged(request, true);
    if ("table" in got) return got;
    const rows = answer2.error ? void 0 : read(got.body);
    if (!rows) return { table, answer: got, defect: "not-json" };
    return isCut(got, rows.length) ? { table, defect: "truncated" } : { rows, count: countOf2(answer2) };
  }
  async function exchanged({ table, columns, refine: refine2, counted }, isText) {
    const select2 = () => refine2(client.from(encodeURIComponent(table)).select(columns, counted ? { count: counted } : {})).retry(false);
    const { data: answer2, exchange: exchange2 } = await observed(select2, isText);
    return { answer: answer2, got: answerOf({ table }, exchange2) };
  }
  function isCut({ headers }, rows) {
    const range = /^(\d+)-(\d+)\//.exec(headers.get("content-range") ?? "");
    return range !== null && Number(range[2]) - Number(range[1]) + 1 !== rows;
  }
  const countOf2 = ({ count: count3 }) => Number.isInteger(count3) ? count3 ?? void 0 : void 0;
  async function succeeded(read, triesOf) {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      read,
      (outcome) => "table" in outcome && !stop.aborted ? againAfterRead(outcome, triesOf(outcome), keyIssuedAt) : void 0,
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop }
    );
    if (!("table" in result)) return result;
    if (stop.aborted) throw new BudgetError();
    throw failure(result);
  }
  const select = (table, columns, row, refine2, counted) => succeeded(
    () => attempt({ table, columns, row, refine: refine2, counted }),
    (failed) => triesFor(tooMuchOf(failed), false)
  );
  const selectText = (table, columns, read, refine2, { count: counted, maySplit = false } = {}) => succeeded(
    () => attemptText({ table, columns, read, refine: refine2, counted }),
    (failed) => triesFor(tooMuchOf(failed), maySplit)
  );
  const description = async (about) => {
    const { said } = await succeeded(
      async () => {
        const headers = {
          apikey: key,
          Authorization: `Bearer ${key}`,
          Accept: "application/openapi+json, application/json",
          ...schema !== "public" && { "Accept-Profile": schema }
        };
        const { exchange: exchange2 } = await observed(() => observedFetch(new URL("rest/v1/", url.endsWith("/") ? url : `${url}/`), { headers }).catch(() => void 0));
        const got = answerOf({ table: about }, exchange2);
        if (!("table" in got)) return { said: got.body };
        const isRefused = got.answer !== void 0 && got.answer.status >= 400 && got.answer.status < 500 && got.answer.status !== 429;
        return isRefused || got.defect === "too-large" ? { said: void 0 } : got;
      },
      () => triesOfRead
    );
    return said;
  };
  const call = async (name, parameters, value, tries = triesOfRead, { without, onlyReads = false } = {}) => {
    const triesOf = (failed) => typeof tries === "number" ? tries : tooMuchOf(failed) === void 0 ? triesOfRead : tries.ofTooMuch;
    const what = { table: name, isFunction: true };
    const get = onlyReads || Object.keys(parameters).length === 0;
    const { found } = await succeeded(
      async () => {
        const { data: answer2, exchange: exchange2 } = await observed(() => {
          const request = client.rpc(name, parameters, { get }).retry(false);
          return without ? request.neq(...without) : request;
        });
        const got = answerOf(what, exchange2);
        if ("table" in got) return isUnavailable(got) ? { found: void 0 } : got;
        const parsed = value.safeParse(answer2.data);
        if (!answer2.error && parsed.success) return { found: parsed.data };
        return { ...what, answer: got, defect: answer2.error ? "not-json" : "unexpected" };
      },
      // The same again would be as large.
      (failed) => tooMuchOf(failed) === "bytes" ? 1 : triesOf(failed)
    );
    return found;
  };
  return {
    select,
    selectText,
    description,
    call,
    failed: (table, defect) => failure({ table, ...defect && { defect } }),
    refused: (name) => failure({ table: name, isFunction: true, defect: "unexpected" }),
    ...createPages({
      select,
      read: (request, triesOf) => succeeded(() => attempt(request), triesOf),
      failure,
      maxBytes,
      stop
    })
  };
}

// action/src/history/id.ts
import { createHash } from "node:crypto";
var mark2 = "d21f7";
var form = new RegExp(`^${mark2}([0-2])([0-9a-f]{10})[0-9a-f]{16}$`);
var hashed = (text, digits) => createHash("sha256").update(text).digest("hex").slice(0, digits);
var declarationDigest = (declaration) => hashed(
  JSON.stringify(declaration, (_key, value) => value instanceof Map ? [...value] : value),
  10
);
function idOf(report) {
  const { declaration, extent, sources } = report.record ?? {};
  const own = JSON.stringify(sources === void 0 ? [report.pair, report.seed, report.startedAt] : [report.pair, sources, report.verdict]);
  return declaration === void 0 || extent === void 0 ? hashed(own, 32) : `${mark2}${extents.indexOf(extent)}${declaration}${hashed(own, 16)}`;
}
function saidById(id) {
  const [, extent, declaration] = form.exec(id) ?? [];
  return { declaration, extent: declaration === void 0 ? "all" : extents[Number(extent)] ?? "nothing" };
}

// action/src/history/past.ts
var isPast = (at, now) => Date.parse(at) <= now.getTime();

// action/src/verdict/statistics.ts
var upperBoundOfNone = (trials, confidence) => trials <= 0 ? 1 : -Math.expm1(Math.log1p(-confidence) / trials);
function sampleSizeFor(threshold, confidence) {
  if (threshold <= 0) return Number.POSITIVE_INFINITY;
  if (threshold >= 1) return 1;
  const size = Math.max(1, Math.ceil(Math.log1p(-confidence) / Math.log1p(-threshold)));
  if (size > 1 && upperBoundOfNone(size - 1, confidence) <= threshold) return size - 1;
  return upperBoundOfNone(size, confidence) <= threshold ? size : size + 1;
}
function chanceOfAtLeast(hits, drawn, marked, total) {
  const most = Math.min(drawn, marked);
  let term = Math.exp(logChoose(marked, hits) + logChoose(total - marked, drawn - hits) - logChoose(total, drawn));
  let sum2 = 0;
  for (let count3 = hits; count3 <= most && term > sum2 * Number.EPSILON; count3 += 1) {
    sum2 += term;
    term *= (marked - count3) / (count3 + 1) * ((drawn - count3) / (total - marked - drawn + count3 + 1));
  }
  return Math.min(1, sum2);
}
function logChoose(total, chosen) {
  if (chosen < 0 || chosen > total) return Number.NEGATIVE_INFINITY;
  const fewer = Math.min(chosen, total - chosen);
  let sum2 = 0;
  for (let count3 = 1; count3 <= fewer; count3 += 1) sum2 += Math.log((total - fewer + count3) / count3);
  return sum2;
}

// action/src/verdict/verdict.ts
function driftRate({ differing: differing3, compared, counts }) {
  const levels2 = counts.map(({ expected, normalized }) => {
    const larger = Math.max(expected, normalized);
    return larger === 0 ? 0 : Math.abs(expected - normalized) / larger;
  });
  return Math.max(compared === 0 ? 0 : differing3 / compared, ...levels2);
}
function severityOf(rate, findings, thresholds) {
  if (findings === 0) return "none";
  if (rate > thresholds.critical) return "critical";
  return rate > thresholds.high ? "high" : "medium";
}
function withHealth(severity, health) {
  const worst = health.map((check2) => check2.severity).reduce((a, b) => compareSeverity(a, b) >= 0 ? a : b, "none");
  return compareSeverity(worst, "medium") >= 0 && compareSeverity(worst, severity) > 0 ? worst : severity;
}
async function judge2(evidence, thresholds, confidence) {
  const { words: words2, mode, compared, findings, trouble, interruption } = evidence;
  const entities = await Promise.all((evidence.entities ?? [evidence]).map((part) => rated(part, confidence)));
  const rate = Math.max(0, ...entities.map((part) => part.rate));
  const isNothing = compared === 0 && mode !== "recent" && !evidence.hasOtherParts;
  const bound = isNothing ? 1 : Math.max(0, ...entities.map((part) => part.upperBound));
  const severity = withHealth(severityOf(rate, findings, thresholds), evidence.health);
  const judgement = { severity, rate, upperBound: bound, entities };
  if (trouble !== void 0) return { ...judgement, verdict: "unknown", reason: trouble };
  if (findings > 0) return { ...judgement, verdict: "drift", reason: void 0 };
  if (interruption !== void 0) return { ...judgement, verdict: "unknown", reason: interruption };
  if (isNothing) return { ...judgement, verdict: "unknown", reason: words2.nothing };
  return { ...judgement, verdict: "in-sync", reason: void 0 };
}
async function rated(part, confidence) {
  const rate = driftRate(part);
  return { rate, upperBound: Math.max(rate, await boundOn(part, confidence)) };
}
function isConclusive({
  mode,
  verdict,
  drift,
  thresholds,
  interruption,
  standing
}) {
  if (mode === "recent") return false;
  if (verdict !== "in-sync") return verdict === "drift" && interruption === void 0;
  return standing ? standing.isConclusive : drift.upperBound <= thresholds.high;
}
async function boundOn({ mode, differing: differing3, compared, unsettled, restless, population, counts, isPart = false }, confidence) {
  if (population === 0) return counts.length > 0 || mode === "recent" ? 0 : 1;
  const perhaps = Math.min(differing3 + restless, compared);
  if (compared >= population) return perhaps / population;
  if (mode !== "sample" && !isPart) return (perhaps + population - compared) / population;
  const [events, trials] = [perhaps + unsettled, compared + unsettled];
  if (events === 0) return upperBoundOfNone(trials, confidence);
  const { upperBound } = await import("./upper-bound.js");
  return upperBound(events, trials, confidence);
}

// action/src/history/run.ts
var runOf = (report) => ({
  at: report.finishedAt,
  verdict: report.verdict,
  severity: report.severity,
  conclusive: isConclusive(report),
  rate: report.drift.rate,
  findings: report.findingsTotal,
  differing: report.drift.differing,
  compared: report.drift.compared,
  population: report.drift.population,
  ...report.standing && { isExact: report.standing.isExact }
});

// action/src/history/history.ts
var migration = "supabase/migrations/020_create_driftwatch_history.sql";
var partsMigration = "supabase/migrations/022_extend_driftwatch_history.sql";
var runs = array(
  object({
    /** Absent in earlier versions of the function. */
    id: optional(string()),
    pair: string(),
    finished_at: iso_exports.datetime({ offset: true }),
    /** By the server's clock; absent in earlier versions of the function. */
    age_seconds: optional(number()),
    verdict: _enum(verdicts),
    severity: _enum(severities),
    conclusive: boolean(),
    rate: number(),
    findings: number(),
    differing: number(),
    compared: number(),
    population: number()
  })
);
async function readHistory(reader, pair, now) {
  try {
    const found = await reader.call("driftwatch_recent_runs", { p_pair: pair }, runs, void 0, { onlyReads: true });
    const asked2 = now();
    return found?.filter((run2) => run2.pair === pair).map(({ pair: _pair, finished_at, age_seconds: age, ...run2 }) => ({ at: timeOf(finished_at, age, asked2), ...run2 })).filter((run2) => isPast(run2.at, asked2)).toReversed();
  } catch (error) {
    return `The record of earlier runs could not be read. ${reasonOf(error)}`;
  }
}
var timeOf = (finishedAt, ageSeconds, asked2) => (ageSeconds === void 0 ? new Date(finishedAt) : new Date(asked2.getTime() - ageSeconds * 1e3)).toISOString();
var checks = object({
  id: string(),
  finished_at: string().check(refine((time) => !Number.isNaN(Date.parse(time)))),
  verdict: _enum(["in-sync", "drift"]),
  conclusive: boolean(),
  compared: number(),
  part: nullable(number()),
  parts: nullable(number())
});
var clocks = array(object({ finished_at: iso_exports.datetime({ offset: true }), age_seconds: optional(number()) }));
async function clockBehind(reader, now) {
  const [last] = await reader.call("driftwatch_recent_runs", {}, clocks) ?? [];
  return last?.age_seconds === void 0 ? 0 : Date.parse(last.finished_at) + 1e3 * last.age_seconds - now().getTime();
}
async function readChecks(reader, pair, { of }, now) {
  try {
    const rows = [];
    for (let left = Math.max(maxPageSize, 2 * of); left > 0; ) {
      const start = rows.length;
      const page = await reader.select(
        "driftwatch_history",
        "id,finished_at,verdict,conclusive,compared,part,parts",
        checks,
        (query) => query.eq("pair", pair).in("verdict", ["in-sync", "drift"]).or("part.gt.0,conclusive.is.true,verdict.eq.drift").order("finished_at", { ascending: false }).order("id").range(start, start + Math.min(left, maxPageSize) - 1),
        "exact"
      );
      rows.push(...page.rows);
      left = page.rows.length === 0 ? 0 : Math.min(left - page.rows.length, (page.count ?? 0) - rows.length);
    }
    const behindMs = await clockBehind(reader, now);
    const serverNow = new Date(now().getTime() + behindMs);
    return rows.map(({ id, finished_at, part, parts, ...run2 }) => ({
      ...run2,
      ...saidById(id),
      at: new Date(finished_at).toISOString(),
      part: part === null || parts === null ? null : { index: part, of: parts }
    })).filter(({ at, verdict }) => verdict === "drift" || isPast(at, serverNow));
  } catch (error) {
    return `When each part was verified could not be read. Apply ${basename(migration)} and ${basename(partsMigration)} if you have not yet. ${reasonOf(error)}`;
  }
}
var patienceMs = 5e3;
async function recordRun({ url, key }, report, now) {
  const reader = createReader(url, key, AbortSignal.timeout(patienceMs));
  const { at: _at, isExact: _isExact, ...numbers } = runOf(report);
  const age = report.record?.sources === void 0 ? 0 : Math.max(0, now().getTime() - Date.parse(report.finishedAt)) / 1e3;
  const run2 = JSON.stringify({
    id: idOf(report),
    pair: report.pair,
    ...numbers,
    part: report.part?.index ?? null,
    parts: report.part?.of ?? null,
    age_seconds: age
  });
  try {
    const isNew = await reader.call("driftwatch_record_run", { run: run2 }, boolean());
    return isNew === void 0 ? `This run was not recorded: the function driftwatch_record_run is not installed, or this key may not call it. Apply ${migration} again and use a secret key.` : void 0;
  } catch (error) {
    return `This run was not recorded. ${reasonOf(error)}`;
  }
}
var reasonOf = (error) => error instanceof ReadError ? error.message : "The project did not answer in time.";

// action/src/report/assemble.ts
function assemble(parts) {
  const { comparison, judgement, findings } = parts;
  const { differing: differing3, compared, population } = comparison;
  const remarks = [...parts.aside.remarks, ...parts.aside.downloads.map(downloadSentence)];
  return {
    schemaVersion: 2,
    pair: parts.pair.name,
    words: parts.pair.words,
    mode: comparison.mode,
    engine: comparison.engine,
    seed: parts.settings.seed,
    startedAt: parts.startedAt.toISOString(),
    finishedAt: parts.finishedAt.toISOString(),
    durationMs: parts.durationMs,
    verdict: judgement.verdict,
    severity: judgement.severity,
    ...judgement.reason !== void 0 && { reason: judgement.reason },
    thresholds: parts.thresholds,
    confidence: parts.settings.confidence,
    drift: { rate: judgement.rate, upperBound: judgement.upperBound, differing: differing3, compared, population },
    counts: [...comparison.counts],
    skipped: skippedOf(parts.pair.words, comparison.skipped),
    transient: comparison.transient,
    reads: parts.aside.reads,
    ...parts.pair.isDeclared && {
      entities: parts.entities.map(({ name, comparison: one, rated: rated2 }) => ({
        name,
        compared: one.compared,
        population: one.population,
        differing: one.differing,
        rate: rated2?.rate ?? 0,
        upperBound: rated2?.upperBound ?? 1
      }))
    },
    ...Object.keys(parts.aside.notCompared).length > 0 && { notCompared: parts.aside.notCompared },
    ...remarks.length > 0 && { remarks },
    sourceVersions: { ...parts.sourceVersions },
    findings: findings.list,
    findingsTotal: findings.total,
    findingsTruncated: findings.list.length < findings.total,
    findingsByType: findings.byType,
    severityByType: findings.severityByType,
    differingWeeks: findings.differingWeeks,
    ...parts.pseudonymKeyId !== void 0 && { pseudonymKeyId: parts.pseudonymKeyId },
    ...comparison.interruption !== void 0 && { interruption: comparison.interruption },
    health: parts.health,
    ...parts.accepted && { accepted: [...parts.accepted] },
    ...parts.origin.length > 0 && { origin: parts.origin },
    ...parts.picture && { picture: parts.picture },
    ...findings.list.length > 0 && { repair: parts.repair }
  };
}
function skippedOf({ skips }, count3) {
  const [reason] = Object.keys(skips);
  return count3 === 0 || reason === void 0 ? [] : [{ reason, count: count3 }];
}

// action/src/verdict/cutover.ts
var hourMs = 36e5;
var spanHours = 72;
var longestGapHours = 7 * 24;
function judgeCutover({ words: words2, mode, coverage, thisRun, earlier, readyAfter, obstacles }) {
  const known = typeof earlier === "string" ? [] : earlier;
  const row = shortest(rowUpTo(thisRun, known), readyAfter);
  const hours = hoursOf(row);
  const reasons = [
    aboutThisRun(thisRun, mode, words2, coverage),
    typeof earlier === "string" ? earlier : "",
    row.length < readyAfter ? `${row.length} of ${readyAfter} consecutive conclusive runs in sync.` : "",
    hours < spanHours ? `The streak covers ${Math.floor(hours)} of ${spanHours} h.` : "",
    row.length > 0 && !row.some(isWhole2) ? `Not every ${words2.document.one} was verified: the runs of the streak were samples, of at most ${documents(words2, Math.max(...row.map(({ compared }) => compared)))}. Set mode: full${words2.hasTables ? ", or install the drift functions" : ""}.` : "",
    ...obstacles
  ].filter((reason) => reason !== "");
  return { ready: reasons.length === 0, reasons };
}
function aboutThisRun({ verdict, conclusive, differing: differing3, compared }, mode, words2, coverage) {
  if (verdict === "unknown") return "This run was inconclusive: whether both sides agree is unknown.";
  if (verdict === "drift" && differing3 === 0) return `This run found drift, although the compared ${words2.document.many} agree.`;
  if (verdict === "drift") {
    const many = documents({ document: { one: `compared ${words2.document.one}`, many: `compared ${words2.document.many}` } }, compared);
    return `This run found drift: ${number2(differing3)} of ${many} ${differing3 === 1 ? "differs" : "differ"}.`;
  }
  if (mode === "recent") return `This run compared recent writes only: older ${words2.document.many} may differ.`;
  if (coverage !== void 0 && !conclusive) return coverage;
  return conclusive ? "" : `This run found nothing that differs, and compared too few ${words2.document.many} to tell.`;
}
function rowUpTo(thisRun, earlier) {
  if (earlier.some(({ at, verdict }) => verdict === "drift" && at > thisRun.at)) return [];
  const before = earlier.filter(({ at }) => at < thisRun.at).sort((a, b) => a.at < b.at ? 1 : -1);
  const row = [];
  for (const run2 of [thisRun, ...before]) {
    if (run2.verdict === "drift") break;
    if (run2.verdict === "unknown" || !run2.conclusive) continue;
    if (hoursOf([row.at(-1) ?? thisRun, run2]) > longestGapHours) break;
    row.push(run2);
  }
  return row;
}
function shortest(row, readyAfter) {
  const enough = row.findIndex((_, index) => index + 1 >= readyAfter && hoursOf(row.slice(0, index + 1)) >= spanHours);
  return enough === -1 ? row : row.slice(0, enough + 1);
}
function hoursOf(runs2) {
  const [last, first] = [runs2.at(0), runs2.at(-1)];
  return last && first ? (Date.parse(last.at) - Date.parse(first.at)) / hourMs : 0;
}
var isWhole2 = ({ compared, population, isExact = false }) => isExact || population > 0 && compared >= population;

// action/src/conclude.ts
var digestOf = ({ settings, connection: { pair }, declaration = null }) => declarationDigest([declaration, pair.isDeclared ? null : settings.weekAlignment]);
function historyOf({ settings: { part }, connection: { record, budget, pair }, now }) {
  return part || !record ? void 0 : readHistory(createReader(record.url, record.key, budget.signal, budget), pair.name, now);
}
async function conclude(about, found, recorded, turn) {
  const {
    settings,
    connection: { pair },
    now
  } = about;
  const { comparison, findings } = found;
  const { checks: checks2, obstacles } = comparison.trouble === void 0 && !settings.part ? await readHealth(pair) : { checks: [], obstacles: [] };
  const history = await recorded;
  const health = [...checks2];
  if (comparison.restless > 0) health.push(remark(`${pair.words.document.many} in motion`, inMotion(comparison.restless, pair.words)));
  if (comparison.isLooseUnknown && comparison.interruption === void 0 && comparison.trouble === void 0)
    health.push(remark("rows without a parent", looseUnknown));
  if (typeof history === "string" && comparison.trouble === void 0) health.push(remark("history", history));
  if (turn?.problem !== void 0 && comparison.trouble === void 0) health.push(remark("rotation", turn.problem));
  const thresholds = { high: settings.highThreshold, critical: settings.criticalThreshold };
  const judged = (one) => ({ ...one, counts: one.judged });
  const entities = comparison.entities.map(judged);
  const judgement = await judge2(
    { ...judged(comparison), words: pair.words, entities: entities.length > 0 ? entities : void 0, findings: findings.total, health },
    thresholds,
    settings.confidence
  );
  const { list, byType: findingsByType } = findings;
  const since = comparison.legacyRows > cheapRows ? found.since : void 0;
  const assembled = assemble({
    ...found,
    pair,
    settings,
    thresholds,
    finishedAt: found.finishedAt ?? now(),
    durationMs: found.durationMs(),
    entities: comparison.entities.map((one, place) => ({ name: one.name, comparison: one, rated: judgement.entities[place] })),
    judgement,
    health,
    repair: pair.repair({ findings: list, findingsByType, health, since })
  });
  const config = otherConfig(settings);
  const report = {
    ...assembled,
    ...found.shortReason !== void 0 && { shortReason: found.shortReason },
    ...config !== void 0 && { config }
  };
  if (settings.part) return report;
  const recordable = {
    ...report,
    record: { declaration: digestOf(about), extent: extentOfCheck(comparison, settings), ...found.sources !== void 0 && { sources: found.sources } }
  };
  const complete = turn ? inTurn2(recordable, turn) : recordable;
  return { ...complete, ...withHistory(complete, history, obstacles, settings) };
}
function extentOfCheck({ mode, restless, compared }, { highThreshold }) {
  if (mode === "recent" || restless > highThreshold * compared) return "nothing";
  return mode === "sample" ? "sample" : "all";
}
function inTurn2(report, { part, standing: standingOf2 }) {
  const { coverage, ...standing } = standingOf2(report);
  return { ...report, part, coverage, standing };
}
function withHistory(report, history, obstacles, { readyAfter }) {
  const thisRun = runOf(report);
  const id = idOf(report);
  const earlier = (typeof history === "object" ? history.filter((run2) => run2.id !== id).map(({ id: _id, ...run2 }) => run2) : history) ?? `No earlier run is on record: apply ${migration} and use a secret key.`;
  return {
    ...typeof earlier === "string" ? {} : { trend: [...earlier, thisRun].slice(-shownRuns) },
    cutover: judgeCutover({
      words: report.words,
      mode: report.mode,
      coverage: report.coverage && coverageSentence(report.coverage, report.finishedAt),
      thisRun,
      earlier,
      readyAfter,
      obstacles
    })
  };
}
var inMotion = (howMany, words2) => `${documents(words2, howMany)} ${howMany === 1 ? "was" : "were"} being rewritten on both sides for as long as this run watched, so whether they agree is unknown. The next run looks again; if this persists, find out what rewrites them.`;
var looseUnknown = "Habits and records that belong to no week were not counted: that took longer than the database or the time budget allows. Everything else was compared; run again at a quieter time, or raise time-budget-seconds.";
var remark = (name, detail) => ({ check: name, status: "warning", severity: "low", detail });
async function readHealth(pair) {
  if (pair.health === void 0) return { checks: [], obstacles: [] };
  try {
    return await pair.health();
  } catch (error) {
    const detail = error instanceof ReadError ? error.message : "The time budget ran out before it could be read.";
    return {
      checks: [remark("health", detail)],
      obstacles: ["The health of the dual-write could not be read, so whether it is on and without failures is unknown."]
    };
  }
}
var comparedOf = (entities) => entities.length > 1 ? new Map(entities.map(({ name, compared }) => [name, compared])) : void 0;

// action/src/history/turn.ts
import { basename as basename2 } from "node:path";

// action/src/parts/rotation.ts
var newest = (checks2) => checks2.toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at));
function verifies({ part, declaration, conclusive, verdict, extent }, rotation) {
  if (extent === "nothing") return false;
  if (part === null) return conclusive && declaration === rotation.declaration;
  return part.of === rotation.of && (declaration ?? rotation.declaration) === rotation.declaration && (verdict === "in-sync" || conclusive);
}
function lastByPart(checks2, rotation) {
  const last = /* @__PURE__ */ new Map();
  for (const check2 of checks2.filter((one) => verifies(one, rotation))) {
    const parts = check2.part === null ? Array.from({ length: rotation.of }, (_, index) => index + 1) : [check2.part.index];
    for (const index of parts) if (!last.has(index)) last.set(index, check2);
  }
  return last;
}
function nextPart(checks2, rotation) {
  const last = lastByPart(newest(checks2), rotation);
  let next = { index: 1, at: last.get(1)?.at ?? "" };
  for (let index = 2; index <= rotation.of; index += 1) {
    const at = last.get(index)?.at ?? "";
    if (at < next.at) next = { index, at };
  }
  return { index: next.index, of: rotation.of };
}
var partOfRun = (runNumber, of) => ({ index: runNumber % of === 0 ? of : runNumber % of, of });
function standingOf(checks2, thisRun, rotation, proof) {
  const all = [...thisRun ? [thisRun] : [], ...newest(checks2)];
  const drift = all.findIndex(({ verdict }) => verdict === "drift");
  const since = drift === -1 ? all : all.slice(0, drift);
  const verified = lastByPart(since, rotation);
  const ever = lastByPart(all, rotation);
  const times = [...ever.values()].map(({ at }) => at).toSorted();
  const coverage = { parts: rotation.of, verified: verified.size, oldest: ever.size === rotation.of ? times[0] ?? null : null };
  const proofs = [...new Set(verified.values())];
  const isExact = proofs.every(({ extent }) => extent === "all");
  const compared = proofs.reduce((sum2, one) => sum2 + one.compared, 0);
  const isComplete = verified.size === rotation.of && compared > 0;
  return {
    coverage,
    isConclusive: isComplete && (isExact || upperBoundOfNone(compared, proof.confidence) <= proof.threshold),
    isExact: isComplete && isExact
  };
}

// action/src/history/turn.ts
async function takeTurn(reader, pair, rotation, runNumber, settings, now) {
  const checks2 = reader === void 0 ? `No runs are recorded, because there is no Supabase project to record them in: set supabase-url and supabase-key, and apply ${basename2(migration)} and ${basename2(partsMigration)}.` : await readChecks(reader, pair, rotation, now);
  const known = typeof checks2 === "string" ? void 0 : checks2;
  const proof = { threshold: settings.highThreshold, confidence: settings.confidence };
  const part = known ? nextPart(known, rotation) : partOfRun(runNumber, rotation.of);
  return {
    part,
    problem: typeof checks2 === "string" ? `The part is chosen by the run's number, and no run is conclusive. ${checks2}` : void 0,
    standing(report) {
      const standing = standingOf(known ?? [], checkOf(report, part), rotation, proof);
      return known ? standing : { ...standing, isConclusive: false, isExact: false };
    }
  };
}
var checkOf = ({ verdict, finishedAt, interruption, drift, record }, part) => verdict === "unknown" || record === void 0 ? void 0 : { at: finishedAt, verdict, conclusive: verdict === "drift" && interruption === void 0, part, compared: drift.compared, ...record };

// action/src/known-drift/pattern.ts
function readPattern(pattern) {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === void 0) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

// action/src/known-drift/acceptance.ts
function createAcceptance(rules, pseudonyms, today) {
  let ledgers = rules.map((rule) => openLedger(rule, today));
  return {
    of(entity) {
      const coverage = coverageOf(entity, pseudonyms);
      return (difference, again = false) => {
        const covers = coverage(difference);
        const covering = ledgers.filter(covers);
        for (const ledger of covering) ledger.matched = true;
        const holding = covering.find(({ expired }) => !expired);
        const first = holding ?? covering[0];
        if (first && !again) count2(first, entity, difference);
        return holding !== void 0;
      };
    },
    rules: (complete) => ledgers.map(({ rule, expired, matched, findings, documents: documents2 }) => ({
      reason: rule.reason,
      by: rule.by,
      until: rule.until,
      what: describe(rule),
      state: expired ? "expired" : complete && !matched ? "unmatched" : "active",
      findings,
      weeks: documents2
    })),
    clear() {
      ledgers = rules.map((rule) => openLedger(rule, today));
    }
  };
}
function coverageOf({ shape, findingType, renderPath }, pseudonyms) {
  const isNamedPart = (part, said) => pseudonyms.isNamed(said, "key", [part]) || pseudonyms.value(part, null) === said;
  return (difference) => {
    const { key, path, level } = difference;
    if (key === null) return () => false;
    const { type } = findingType(difference);
    const paths = once(() => path === null ? [] : pseudonyms.naming.map((name) => renderPath(path, (text) => name(text, ownerOf(key, shape))).join("/")));
    return ({ rule, matchesPath, parts }) => (rule.type === void 0 || rule.type === type) && (rule.level === void 0 || rule.level === level) && parts.every(([name, said]) => isPart(key, name, said)) && (matchesPath === void 0 || paths().some(matchesPath));
  };
  function isPart(key, name, said) {
    const place = shape.key.findIndex((part2) => part2.name === name);
    const shown2 = shape.key[place]?.shown;
    const part = key[place] ?? null;
    if (shown2 === void 0 || part === null || said === null) return shown2 !== void 0 && part === said;
    if (typeof said !== "string") return part >= (said.from ?? "") && part <= (said.to ?? "9999-12-31");
    if (typeof shown2 === "function") return shown2(part) === "plain" && part === said || isNamedPart(part, said);
    return shown2 === "plain" ? part === said : pseudonyms.isNamed(said, name, key.slice(0, place + 1));
  }
}
function count2(ledger, { name, shape }, difference) {
  const { key } = difference;
  if (key === null) return;
  const id = `${name} ${keyId(key)}`;
  if (isWhole(key, shape) && ledger.lastDocument !== id) ledger.documents += 1;
  ledger.lastDocument = id;
  const isGroup = difference.kind === "missing" && difference.level === groupLevel(shape);
  const group = `${name} ${groupId(groupOf(key, shape))}`;
  if (!isGroup || !ledger.missingGroups.has(group)) ledger.findings += 1;
  if (isGroup) ledger.missingGroups.add(group);
}
function once(make) {
  let made;
  return () => (made ??= { value: make() }).value;
}
var openLedger = (rule, today) => ({
  rule,
  matchesPath: rule.path === void 0 ? void 0 : readPattern(rule.path),
  parts: partsOf2(rule),
  expired: rule.until < today,
  matched: false,
  findings: 0,
  documents: 0,
  lastDocument: void 0,
  missingGroups: /* @__PURE__ */ new Set()
});
var partsOf2 = ({ key = {}, child, week }) => [
  ...Object.entries(key),
  ...child === void 0 ? [] : [["child", child]],
  ...week === void 0 ? [] : [["week", week]]
];
function describe({ type, level, key = {}, child, week, path }) {
  const weeks = week === void 0 || typeof week === "string" ? week && `week ${week}` : ["weeks", week.from && `from ${week.from}`, week.to && `to ${week.to}`].filter(Boolean).join(" ");
  const parts = Object.entries(key).map(([name, said]) => `${name}=${said ?? "null"}`);
  return [type ?? "anything", level, ...parts, child, weeks, path].filter((part) => part !== void 0).join(", ");
}

// action/src/document/calendar.ts
var dayMs = 864e5;
var dayOf2 = (time) => Math.floor(time / dayMs);
var dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / dayMs;
function isCalendarDate(text) {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  return year >= 1 && day >= 1 && day <= daysOfMonth(month, year);
}
var isLeap = (year) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
var lengths2 = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
var daysOfMonth = (month, year) => month === 2 && isLeap(year) ? 29 : lengths2[month - 1] ?? 0;
function dateOf(day) {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith("+") ? text.replace(/T.*/, "").replace(/^\+0*/, "") : text.slice(0, text.indexOf("T"));
}
var addDays = (date, days) => dateOf(dayNumber(date) + days);
function sevenDays(date) {
  const [month, first] = [date.slice(0, -2), Number(date.slice(-2))];
  const isWithinMonth = first + 6 <= 28;
  return Array.from({ length: 7 }, (_, day) => isWithinMonth ? `${month}${`${first + day}`.padStart(2, "0")}` : addDays(date, day));
}
function daysSinceMonday(date) {
  return ((dayNumber(date) + 3) % 7 + 7) % 7;
}
var weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
var mondayOf = (date) => addDays(date, -daysSinceMonday(date));

// action/src/origin/census.ts
var maxValues = 1e4;
function takeCensus() {
  const taken = /* @__PURE__ */ new Map();
  async function* counted({ name, shape }, pages) {
    taken.delete(name);
    const parts = shape.key.length < 2 ? [] : shape.key.map((part) => ({ part: part.name, values: /* @__PURE__ */ new Map() }));
    const days = /* @__PURE__ */ new Map();
    let documents2 = 0;
    const count3 = (key, writtenAt) => {
      documents2 += 1;
      for (const [place, { values }] of parts.entries()) {
        const value = key[place] ?? null;
        if (value !== null) addOne(values, value);
      }
      if (writtenAt !== void 0) addOne(days, dayOf2(writtenAt));
    };
    for await (const page of pages) yield counting(page, count3);
    const byPart = new Map(parts.map(({ part, values }) => [part, values]));
    taken.set(name, { documents: documents2, days, countOf: (part, value) => countOf(byPart.get(part), value) });
  }
  return {
    watch: (entity) => ({ ...entity, expected: { ...entity.expected, documents: () => counted(entity, entity.expected.documents()) } }),
    of: (name) => taken.get(name)
  };
}
var countOf = (values, value) => values?.get(value) ?? (values && values.size < maxValues ? 0 : void 0);
function* counting(page, count3) {
  for (const row of page) {
    const { entry } = row;
    if (entry.kind === "claim") count3(entry.key, "writtenAt" in entry ? entry.writtenAt : entry.document.writtenAt);
    yield row;
  }
}
function addOne(counts, value) {
  const known = counts.get(value);
  if (known !== void 0 || counts.size < maxValues) counts.set(value, (known ?? 0) + 1);
}

// action/src/privacy/quoted.ts
var longest = 80;
var quoted = (text) => `\u201C${shortened(text).replaceAll(/[“”]/g, '"')}\u201D`;
var shortened = (text) => text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}\u2026`;
var inQuotes = /“([^“”]*)”/g;
var quotesAsCode = (sentence) => sentence.replaceAll(inQuotes, (_, text) => inertCode(text, longest));
var quotesInert = (sentence) => sentence.replaceAll(inQuotes, (_, text) => `\u201C${inert(text, longest)}\u201D`);

// action/src/origin/pattern.ts
var unknowable = { sentence: void 0, chance: -1 };
var fewestHits = 3;
var smallestShare = 0.95;
var largestBase = 0.7;
var largestChance = 0.01;
function chanceOf(group, total) {
  const base = group.all / total.all;
  if (group.hit < fewestHits || group.hit < smallestShare * total.hit || !(base <= largestBase)) return void 0;
  if (group.hit > group.all || total.hit > total.all || total.hit - group.hit > total.all - group.all) return void 0;
  const chance = chanceOfAtLeast(group.hit, total.hit, group.all, total.all) / base;
  return chance <= largestChance ? chance : void 0;
}
var unlessTooMany = (atLeast, total) => atLeast / total.all > largestBase ? void 0 : unknowable;
var isWorthAsking = (hit, total) => hit >= fewestHits && hit >= smallestShare * total.hit;
var strongest = (patterns) => patterns.filter((pattern) => pattern !== void 0).toSorted((a, b) => a.chance - b.chance)[0];
var allOf = (hit, total, what) => hit === total ? `All ${number2(total)} ${what}` : `${number2(hit)} of ${number2(total)} ${what} (${percent(hit / total)})`;
var others = (group, total) => {
  const [hit, all] = [total.hit - group.hit, total.all - group.all];
  return `${hit === 0 ? "none" : number2(hit)} of the other ${number2(all)}`;
};
var sides = (group, total, such) => `${inGroup(group)} ${such}, ${others(group, total)}`;
var inGroup = ({ hit, all }) => hit === all ? `all ${number2(all)}` : `${number2(hit)} of the ${number2(all)}`;
function sum(shares2) {
  const total = { hit: 0, all: 0 };
  for (const { hit, all } of shares2) {
    total.hit += hit;
    total.all += all;
  }
  return total;
}
function largest(shares2) {
  let best;
  for (const entry of shares2) if (!best || entry[1].hit > best[1].hit) best = entry;
  return best;
}

// action/src/origin/members.ts
var adjectives = { missing: "missing", orphan: "orphan", mismatch: "differing" };
var areAttributes = ({ level, dates }, memberLevel) => level !== memberLevel && dates.size === 0;
function memberPattern(facts, memberLevel, traits, pseudonyms, entity) {
  const isAttribute = areAttributes(facts, memberLevel);
  const within = entity === void 0 ? "" : ` in ${quoted(entity)}`;
  const attributes = `${facts.kind === "malformed" ? "unreadable values" : "content differences"}${within}`;
  const what = isAttribute ? attributes : `${adjectives[facts.kind] ?? facts.kind} ${facts.level}`;
  const ofMembers = (group, sentence, such) => {
    if (group.findings < smallestShare * facts.findings) return void 0;
    const chance = chanceOf(group, facts.members);
    if (chance === void 0) return void 0;
    const numbers = isAttribute ? "" : ` (${sides(group, facts.members, such)})`;
    return { chance, sentence: `${allOf(group.findings, facts.findings, what)} ${sentence}${numbers}.` };
  };
  const byTrait = [...facts.traits].toSorted(([a], [b]) => compareText(a, b)).map(([trait, group]) => ofMembers(group, `belong to ${memberLevel} ${traits[trait] ?? quoted(trait)}`, `such ${memberLevel} in these weeks`));
  const byName = [...facts.names].map(([name, group]) => {
    if (isAttribute) return ofMembers(group, `are in ${quoted(name)}`, "in these weeks");
    const shown2 = group.group ? pseudonyms.text(name, group.group) : pseudonyms.common(name);
    return ofMembers(
      group,
      `belong to ${memberLevel} ${shown2 === void 0 ? "with the same name, which several children use" : `named ${quoted(shown2)}`}`,
      "in these weeks"
    );
  });
  return strongest([...byTrait, ...byName, facts.isNameUnknown ? unknowable : void 0, datePattern(facts, what)]);
}
function datePattern({ dates, findings, level }, what) {
  if (dates.size === 0) return void 0;
  const total = sum(dates.values());
  const ofDates = (group2, day, that) => {
    const chance = chanceOf(group2, total);
    return chance === void 0 ? void 0 : { chance, sentence: `${allOf(group2.hit, findings, what)} are of ${day} (${sides(group2, total, `${level} of ${that} in these weeks`)}).` };
  };
  const [date, share] = largest(dates) ?? [];
  const oneDate = date !== void 0 && share && isCalendarDate(date) ? ofDates(share, `one day, ${date}`, "that day") : void 0;
  if (oneDate) return oneDate;
  const byWeekday = Map.groupBy(
    [...dates].filter(([day]) => isCalendarDate(day)),
    ([day]) => daysSinceMonday(day)
  );
  const [weekday, group] = largest(new Map([...byWeekday].map(([day, shares2]) => [day, sum(shares2.map(([, each]) => each))]))) ?? [];
  const name = weekdays[weekday ?? -1];
  return group && name ? ofDates(group, `a ${name}`, "that weekday") : void 0;
}

// action/src/origin/rows.ts
var rowsOf3 = {
  missing: "missing rows",
  orphan: "orphan rows",
  mismatch: "rows with different content",
  duplicate: "keys with several rows",
  malformed: "rows with unreadable values",
  "ambiguous-owner": "rows with an ambiguous owner",
  "wrong-owner": "rows with the wrong owner",
  count: "differing rows"
};
function differing(facts) {
  const kinds = new Set([...facts].flatMap((each) => [...each.kinds.keys()]));
  const [kind] = kinds;
  return kinds.size === 1 && kind ? rowsOf3[kind] : "differing rows";
}
function entityPattern(facts, { compared, byEntity }) {
  if (!byEntity) return void 0;
  const kinds = /* @__PURE__ */ new Map();
  for (const each of facts.values()) for (const [kind2, hit] of each.kinds) kinds.set(kind2, { hit: (kinds.get(kind2)?.hit ?? 0) + hit, all: compared });
  const [kind, total] = largest(new Map([...kinds].toSorted(([a], [b]) => compareText(a, b)))) ?? [];
  if (kind === void 0 || !total) return void 0;
  const [name, group] = largest(new Map([...facts].map(([entity, each]) => [entity, { hit: each.kinds.get(kind) ?? 0, all: byEntity.get(entity) ?? 0 }]))) ?? [];
  if (name === void 0 || !group) return void 0;
  const chance = chanceOf(group, total);
  return chance === void 0 ? void 0 : { chance, sentence: `${allOf(group.hit, total.hit, rowsOf3[kind])} are in ${quoted(name)} (${sides(group, total, "rows there")}).` };
}
function mostDiffering2(facts) {
  const [name] = largest(new Map([...facts].map(([entity, { documents: documents2 }]) => [entity, documents2]))) ?? [];
  const found = name === void 0 ? void 0 : facts.get(name);
  return name === void 0 || !found ? void 0 : [name, found];
}
function partPattern(facts, { name: entity, shape }, { mode }, census, pseudonyms, isOneOfSeveral) {
  const what = `${differing([facts])}${isOneOfSeveral ? ` of ${quoted(entity)}` : ""}`;
  const patterns = [...facts.parts].map(([part, values]) => {
    if (facts.unknownParts?.has(part)) return unknowable;
    const [value, share] = largest(values) ?? [];
    if (value === void 0 || !share || !isWorthAsking(share.hit, facts.documents)) return void 0;
    const all = mode !== "full" ? share.all : sumOf2(census?.countOf(part, value), share.normalizedOnly);
    const rows = mode !== "full" ? facts.documents.all : sumOf2(census?.documents, facts.normalizedOnly);
    if (all === void 0 || rows === void 0) return void 0;
    const [group, total] = [
      { hit: share.hit, all },
      { hit: facts.documents.hit, all: rows }
    ];
    const chance = chanceOf(group, total);
    if (chance === void 0) return void 0;
    const shown2 = nameOf3(share, part, shape, pseudonyms);
    const belong = shown2 === void 0 ? `share one ${quoted(part)}, whose pseudonym differs from row to row` : `belong to ${quoted(`${part} ${shown2}`)}`;
    return { chance, sentence: `${allOf(group.hit, total.hit, what)} ${belong} (${sides(group, total, "rows that do")}).` };
  });
  return strongest(patterns);
}
var sumOf2 = (a, b) => a === void 0 ? void 0 : a + b;
function nameOf3({ first, other }, part, shape, pseudonyms) {
  const [one, same] = [first, other].map((key) => shownKey(key, shape, pseudonyms)[part] ?? void 0);
  return one === same ? one : void 0;
}
function timePattern(facts, { mode }, census, entity) {
  const entities = [...facts].filter(([, { documents: documents2 }]) => documents2.hit > 0);
  const all = entities.map(([, each]) => each);
  const times = all.flatMap(({ written }) => written.differing).toSorted((a, b) => a - b);
  const rows = mode !== "full" ? sampledDays(all) : countedDays(entities.map(([name]) => census.of(name)));
  if (times.length < fewestHits || !rows) return void 0;
  const what = `${differing(all)}${entity === void 0 ? "" : ` of ${quoted(entity)}`}${all.some(({ undated }) => undated > 0) ? " with a known write time" : ""}`;
  const such = mode !== "full" ? "compared rows" : "legacy rows";
  const total = { hit: times.length, all: sum(rows.values()).all };
  const ofDays = (isIn2, when, then) => {
    const group = { hit: times.filter((time) => isIn2(dayOf2(time))).length, all: sum([...rows].filter(([day]) => isIn2(day)).map(([, share]) => share)).all };
    const chance = chanceOf(group, total);
    return chance === void 0 ? void 0 : { chance, sentence: `${allOf(group.hit, total.hit, what)} were last written ${when} (${sides(group, total, `${such} written ${then}`)}).` };
  };
  const few2 = Math.floor((1 - smallestShare) * times.length);
  const daysAt = (...places) => [...new Set(places.map((place) => dayOf2(times.at(place) ?? Number.NaN)))];
  return strongest([
    ...daysAt(0, few2).map((first) => ofDays((day) => day >= first, `on ${dateOf(first)} or later`, "since")),
    ...daysAt(-1, -1 - few2).map((last) => ofDays((day) => day <= last, `before ${dateOf(last + 1)}`, "before"))
  ]);
}
function sampledDays(facts) {
  const rows = /* @__PURE__ */ new Map();
  for (const { written } of facts) for (const time of [...written.differing, ...written.equal]) rows.set(dayOf2(time), (rows.get(dayOf2(time)) ?? 0) + 1);
  return shares(rows);
}
function countedDays(censuses) {
  const rows = /* @__PURE__ */ new Map();
  for (const census of censuses) {
    if (!census) return void 0;
    for (const [day, documents2] of census.days) rows.set(day, (rows.get(day) ?? 0) + documents2);
  }
  return shares(rows);
}
var shares = (rows) => new Map([...rows].map(([day, all]) => [day, { hit: 0, all }]));
function kindOfRows(facts) {
  const { hit } = sum([...facts.values()].map(({ documents: documents2 }) => documents2));
  const kinds = new Set([...facts.values()].flatMap((each) => [...each.kinds.keys()]));
  if (kinds.size !== 1 || !kinds.has("orphan") || hit < fewestHits) return [];
  return [
    `All ${number2(hit)} differing rows exist only on the normalized side, and nothing is missing or wrong: deletes or key changes on the legacy side did not come through.`
  ];
}

// action/src/origin/weeks.ts
var differing2 = (hit, total) => allOf(hit, total, "differing weeks");
function askStore({ traits, dualWriteStart, countOfGroup, countOfStarts, countWrittenSince }) {
  const known = /* @__PURE__ */ new Map();
  const once2 = (question, ask2) => {
    const asked2 = known.get(question) ?? answer(ask2);
    known.set(question, asked2);
    return asked2;
  };
  return {
    traits,
    countOfGroup: (group) => once2(`group ${JSON.stringify(group)}`, () => countOfGroup(group)),
    countOfStarts: (from, to) => once2(`starts ${from} ${to ?? ""}`, () => countOfStarts(from, to)),
    countWrittenSince: (date) => once2(`written ${date}`, () => countWrittenSince(date)),
    async agesOf({ written, orphans }) {
      const start = await once2("start", dualWriteStart);
      const [older, newerOrphans] = start === void 0 ? [0, 0] : [written.differing.filter((time) => time < start).length, orphans.filter((time) => time >= start).length];
      return { start, older, newerOrphans };
    }
  };
}
async function answer(question) {
  try {
    return await question();
  } catch (error) {
    if (error instanceof ReadError || error instanceof BudgetError) return void 0;
    throw error;
  }
}
async function patternOf(group, total, { mode }, countNormalized, sentenceOf) {
  const normalized = mode === "full" ? await countNormalized() : group.all - group.legacyOnly;
  if (normalized === void 0) return void 0;
  if (typeof normalized === "object") return unlessTooMany(normalized.atLeast + group.legacyOnly, total);
  const counted = { hit: group.hit, all: normalized + group.legacyOnly };
  const chance = chanceOf(counted, total);
  return chance === void 0 ? void 0 : { chance, sentence: sentenceOf(counted) };
}
async function groupPattern(facts, compared, shape, answers, pseudonyms) {
  const [, share] = largest(facts.groups) ?? [];
  if (!share || !isWorthAsking(share.hit, facts.documents)) return void 0;
  const total = { hit: facts.documents.hit, all: compared.compared };
  const name = quoted(nameOfGroup(share.group, shape, pseudonyms));
  return patternOf(
    share,
    total,
    compared,
    () => answers.countOfGroup(share.group),
    (group) => `${differing2(group.hit, total.hit)} are of one child, ${name} (${sides(group, total, "weeks of this child")}).`
  );
}
function nameOfGroup(group, shape, pseudonyms) {
  const part = shape.key[shape.group - 1];
  return part?.shown === "plain" ? group.at(-1) ?? "" : pseudonyms.name(part?.name ?? "", group);
}
function mostlyWrittenSince({ written }) {
  const times = written.differing.toSorted((a, b) => a - b);
  const first = times[Math.floor((1 - smallestShare) * times.length)];
  return first === void 0 ? void 0 : dateOf(dayOf2(first));
}
async function writtenPattern(facts, compared, answers) {
  const times = facts.written.differing;
  const date = mostlyWrittenSince(facts);
  if (date === void 0 || times.length < fewestHits) return void 0;
  const isSince = (time) => time >= Date.parse(`${date}T00:00:00Z`);
  const hit = times.filter(isSince).length;
  const rows = compared.mode !== "full" ? { all: hit + facts.written.equal.filter(isSince).length, total: times.length + facts.written.equal.length } : { all: await answers.countWrittenSince(date), total: compared.legacyRows };
  const total = { hit: times.length, all: rows.total };
  if (rows.all === void 0) return void 0;
  if (typeof rows.all === "object") return unlessTooMany(rows.all.atLeast, total);
  const group = { hit, all: rows.all };
  const chance = chanceOf(group, total);
  if (chance === void 0) return void 0;
  const what = facts.undated > 0 ? "differing weeks with a known write time" : "differing weeks";
  const such = compared.mode !== "full" ? "compared weeks written since" : "legacy rows written since";
  return { chance, sentence: `${allOf(hit, times.length, what)} were last written on ${date} or later (${sides(group, total, such)}).` };
}
function mostlySince({ starts: starts2, documents: documents2 }) {
  const weeks = { hit: 0, all: 0, legacyOnly: 0 };
  for (const [date, week] of [...starts2].filter(([start]) => isCalendarDate(start)).toSorted(([a], [b]) => a < b ? 1 : -1)) {
    weeks.hit += week.hit;
    weeks.all += week.all;
    weeks.legacyOnly += week.legacyOnly;
    if (weeks.hit >= smallestShare * documents2.hit) return { date, weeks };
  }
  return void 0;
}
async function startPattern(facts, compared, { countOfStarts }) {
  const total = { hit: facts.documents.hit, all: compared.compared };
  const [start, share] = largest(facts.starts) ?? [];
  if (start !== void 0 && share && isCalendarDate(start) && isWorthAsking(share.hit, facts.documents)) {
    const found = await patternOf(
      share,
      total,
      compared,
      () => countOfStarts(start, start),
      (group) => `${differing2(group.hit, total.hit)} start on ${start} (${sides(group, total, "weeks that do")}).`
    );
    if (found) return found;
  }
  const since = mostlySince(facts);
  if (!since || !isWorthAsking(since.weeks.hit, facts.documents)) return void 0;
  const { date, weeks } = since;
  return patternOf(
    weeks,
    total,
    compared,
    () => countOfStarts(date),
    (group) => `${differing2(group.hit, total.hit)} start on ${date} or later (${sides(group, total, "weeks that do")}).`
  );
}
async function placementOf(facts, answers) {
  const ages = await answers.agesOf(facts);
  if (!ages) return unknowable;
  const sentence = placement(facts, ages);
  return sentence === void 0 ? void 0 : { sentence };
}
function placement({ written, undated, beforeMigration, documents: documents2 }, { start, older, newerOrphans }) {
  if (start === void 0) {
    if (beforeMigration < fewestHits || beforeMigration < documents2.hit) return void 0;
    return `${differing2(beforeMigration, documents2.hit)} were last written before the migration brought them over: a backfill gap (or rows removed since), not the write path.`;
  }
  const newer = written.differing.length - older + newerOrphans;
  const known = older + newer;
  if (known === 0 || 2 * known < documents2.hit) return void 0;
  const unknown2 = undated - newerOrphans;
  const began = `dual-writing began on ${new Date(start).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const [all, were] = known === 1 ? ["The differing week", "was"] : [`All ${number2(known)} differing weeks`, "were"];
  const which = unknown2 > 0 ? `${all} with a known write time` : all;
  if (newer === 0) return `${which} ${were} last written before ${began}: a backfill gap, not the write path.`;
  if (older === 0) return `${which} ${were} last written after ${began}: the write path, not a backfill gap.`;
  return `Of ${count(known, "differing week")}${unknown2 > 0 ? " with a known write time" : ""}, ${number2(older)} ${older === 1 ? "was" : "were"} last written before ${began} (backfill gap) and ${number2(newer)} after (write path).`;
}
function kindOf2({ kinds, documents: documents2 }, isFound) {
  const [kind] = kinds.keys();
  if (kinds.size !== 1 || documents2.hit < fewestHits) return [];
  if (kind === "orphan")
    return [
      `In all ${number2(documents2.hit)} differing weeks something exists only on the normalized side, and nothing is missing or wrong: deletes or renames on the legacy side did not come through.`
    ];
  if (kind === "missing" && isFound)
    return [`In all ${number2(documents2.hit)} differing weeks something is missing on the normalized side, and nothing is wrong or left over.`];
  return [];
}

// action/src/origin/clues.ts
var maxValues2 = 1e3;
var maxDays = 1e4;
var maxLength = 200;
async function cluesOf(facts, { mode }, { entities, census, answers }, pseudonyms) {
  const clues = [];
  for (const { name, shape } of entities) {
    const own = facts.get(name);
    if (!own) continue;
    const counted = census.of(name);
    const isMeasured = mode !== "full" || counted !== void 0 || answers !== void 0;
    clues.push({
      entity: name,
      documents: own.documents,
      kinds: [...own.kinds].map(([kind, documents2]) => ({ kind, documents: documents2 })),
      normalizedOnly: own.normalizedOnly,
      undated: own.undated,
      beforeMigration: own.beforeMigration,
      written: { differing: isMeasured ? byDay(own.written.differing) : {}, equal: isMeasured ? byDay(own.written.equal) : {} },
      keys: isMeasured ? [...own.parts].map(([part, values]) => keyClues(part, values, shape, counted, pseudonyms)) : [],
      ...counted && { census: { documents: counted.documents, days: Object.fromEntries(counted.days) } },
      members: [...own.members.values()].map((members) => memberClues(members, shape, pseudonyms)),
      ...answers && { weeks: await weekClues(own, mode, shape, answers, pseudonyms) }
    });
  }
  return clues.every(isSmall) ? clues : void 0;
}
var isSmall = ({ written, census, members, weeks }) => [written.differing, written.equal, census?.days ?? {}, weeks?.starts ?? [], ...members.flatMap(({ names, dates }) => [names, dates])].every(
  (list) => Object.keys(list).length <= maxDays
);
function byDay(times) {
  const days = /* @__PURE__ */ new Map();
  for (const time of times) days.set(dayOf2(time), (days.get(dayOf2(time)) ?? 0) + 1);
  return Object.fromEntries(days);
}
function keyClues(part, values, shape, census, pseudonyms) {
  const shown2 = shape.key.find(({ name }) => name === part)?.shown;
  const isNamedByValue = shown2 === "plain" || typeof shown2 === "function";
  const most = [...values].toSorted(([a, some], [b, others2]) => others2.hit - some.hit || compareText(a, b));
  const kept = most.filter(([value]) => value.length <= maxLength).slice(0, maxValues2);
  const isKept = new Set(kept.map(([value]) => value));
  const next = most.find(([value]) => !isKept.has(value));
  return {
    part,
    values: kept.map(([value, share]) => {
      const name = nameOf3(share, part, shape, pseudonyms);
      const { hit, all, normalizedOnly } = share;
      const rows = census?.countOf(part, value);
      const id = isNamedByValue && name !== void 0 ? { value: name } : { value: pseudonyms.seal(value), ...name !== void 0 && { name } };
      return { ...id, hit, all, normalizedOnly, ...rows !== void 0 && { rows } };
    }),
    ...next && { others: next[1].hit }
  };
}
function memberClues(facts, shape, pseudonyms) {
  const { kind, level, findings, members, traits, names, dates } = facts;
  const most = largest(new Map([...names].map(([name, share]) => [name, { ...share, hit: share.findings }])))?.[1].hit ?? 0;
  const isOurs = areAttributes(facts, levelName(shape, documentLevel(shape) + 1));
  return {
    kind,
    level,
    findings,
    members,
    traits: [...traits].map(([name, share]) => ({ name, ...share })),
    names: [...names].flatMap(([name, { group, ...share }]) => {
      if (isOurs) return [{ name, ...share }];
      return share.findings >= smallestShare * findings ? [{ name: pseudonyms.seal(name), ...group && { shown: pseudonyms.text(name, group) }, ...share }] : [];
    }),
    ofOneName: most,
    dates: [...joinOthers(dates)].map(([date, share]) => ({ date, ...share }))
  };
}
function joinOthers(dates) {
  const joined = /* @__PURE__ */ new Map();
  for (const [text, { hit, all }] of dates) {
    const date = isCalendarDate(text) ? text : "";
    const known = joined.get(date) ?? { hit: 0, all: 0 };
    joined.set(date, { hit: known.hit + hit, all: known.all + all });
  }
  return joined;
}
async function weekClues(facts, mode, shape, answers, pseudonyms) {
  const isAsked = mode === "full" && facts.documents.hit > 0;
  const ask2 = async (question) => {
    const answer2 = isAsked ? await question() : void 0;
    return Number.isSafeInteger(answer2) ? Number(answer2) : void 0;
  };
  const isNearlyAll = ({ hit }) => hit > 0 && hit >= smallestShare * facts.documents.hit;
  const [, leading] = largest(facts.groups) ?? [];
  const group = leading && isNearlyAll(leading) ? leading : void 0;
  const groupRows = group && await ask2(() => answers.countOfGroup(group.group));
  const [start, starting] = largest(facts.starts) ?? [];
  const since = mostlySince(facts);
  const dates = [
    ...start !== void 0 && starting && isCalendarDate(start) && isNearlyAll(starting) ? [{ from: start, to: start }] : [],
    ...since ? [{ from: since.date }] : []
  ];
  const startCounts = [];
  for (const date of dates) {
    const rows = await ask2(() => answers.countOfStarts(date.from, "to" in date ? date.to : void 0));
    if (rows !== void 0) startCounts.push({ ...date, rows });
  }
  const written = mostlyWrittenSince(facts);
  const writtenRows = written === void 0 ? void 0 : await ask2(() => answers.countWrittenSince(written));
  const ages = facts.documents.hit > 0 ? await answers.agesOf(facts) : void 0;
  return {
    ...group && {
      group: {
        name: nameOfGroup(group.group, shape, pseudonyms),
        hit: group.hit,
        all: group.all,
        legacyOnly: group.legacyOnly,
        ...groupRows !== void 0 && { rows: groupRows }
      }
    },
    starts: [...facts.starts].map(([date, { hit, all, legacyOnly }]) => ({ date, hit, all, legacyOnly })),
    startCounts,
    writtenCounts: written !== void 0 && writtenRows !== void 0 ? [{ since: written, rows: writtenRows }] : [],
    ages: {
      ...ages?.start !== void 0 && { start: new Date(Math.floor(ages.start / 6e4) * 6e4).toISOString() },
      older: ages?.older ?? 0,
      newerOrphans: ages?.newerOrphans ?? 0
    }
  };
}

// action/src/origin/facts.ts
var maxValues3 = 1e4;
var emptyFacts = () => ({
  documents: { hit: 0, all: 0 },
  kinds: /* @__PURE__ */ new Map(),
  normalizedOnly: 0,
  parts: /* @__PURE__ */ new Map(),
  groups: /* @__PURE__ */ new Map(),
  starts: /* @__PURE__ */ new Map(),
  written: { differing: [], equal: [] },
  undated: 0,
  orphans: [],
  beforeMigration: 0,
  members: /* @__PURE__ */ new Map()
});
function collectFacts() {
  const entities = /* @__PURE__ */ new Map();
  return {
    add(explanation, entity) {
      const known = entities.get(entity.name) ?? collectOf(entity);
      entities.set(entity.name, known);
      known.add(explanation);
    },
    facts: () => new Map([...entities].map(([name, { facts }]) => [name, facts])),
    clear: () => entities.clear()
  };
}
function collectOf({ shape }) {
  const facts = emptyFacts();
  const standsAlone = shape.group === 0;
  const datePlace = standsAlone ? -1 : shape.key.findIndex(({ kind }) => kind === "date");
  function add({ key, differences, expected, actual: [actual] }) {
    if (!expected && !actual) return;
    const hit = differences.length > 0 ? 1 : 0;
    addShare(facts.documents, hit);
    for (const kind of new Set(differences.map((difference) => difference.kind))) facts.kinds.set(kind, (facts.kinds.get(kind) ?? 0) + 1);
    if (!expected) facts.normalizedOnly += 1;
    const group = groupOf(key, shape);
    const date = key[datePlace] ?? null;
    if (!standsAlone) addWeek(facts.groups, groupId(group), { hit: 0, all: 0, legacyOnly: 0, group }, hit, actual);
    if (date !== null) addWeek(facts.starts, date, { hit: 0, all: 0, legacyOnly: 0 }, hit, actual);
    if (standsAlone && shape.key.length > 1) addParts(key, hit, expected);
    addTimes(hit, expected, actual);
    if (expected && actual) for (const same of byKindAndLevel(differences, standsAlone)) addMembers(group, same, expected, actual);
  }
  function addParts(key, hit, expected) {
    for (const [place, { name }] of shape.key.entries()) {
      const part = key[place] ?? null;
      const values = facts.parts.get(name) ?? /* @__PURE__ */ new Map();
      facts.parts.set(name, values);
      const share = part === null ? void 0 : valueOf2(values, part, () => ({ hit: 0, all: 0, normalizedOnly: 0, first: key, other: key }));
      addShare(share, hit);
      if (!share) continue;
      if (!expected) share.normalizedOnly += 1;
      if (key.slice(0, place).some((one, before) => one !== share.first[before])) share.other = key;
    }
  }
  function addTimes(hit, expected, actual) {
    const written = expected?.writtenAt;
    if (written === void 0) {
      facts.undated += hit;
      if (hit > 0 && !expected && actual?.writtenAt !== void 0) facts.orphans.push(actual.writtenAt);
      return;
    }
    facts.written[hit > 0 ? "differing" : "equal"].push(written);
    if (actual?.migratedAt !== void 0 && written < actual.migratedAt) facts.beforeMigration += hit;
  }
  function addMembers(group, differences, expected, actual) {
    const [{ kind, level, path }] = differences;
    const side = kind === "orphan" ? actual : expected;
    const found = valueOf2(facts.members, `${kind} ${level}`, () => ({
      kind,
      level,
      findings: 0,
      members: { hit: 0, all: 0 },
      traits: /* @__PURE__ */ new Map(),
      names: /* @__PURE__ */ new Map(),
      dates: /* @__PURE__ */ new Map()
    }));
    if (!found) return;
    found.findings += differences.length;
    const depth = path?.length ?? 0;
    const memberDepth = Math.min(depth, 2);
    const inMember = Map.groupBy(differences, (difference) => pathId((difference.path ?? []).slice(0, memberDepth)));
    const isAffected = new Set(differences.map((difference) => pathId(difference.path ?? [])));
    const present = new Set(kind === "malformed" ? isAffected : []);
    for (const field of side.fields.values()) {
      if (field.path.length !== depth) continue;
      present.add(pathId(field.path.slice(0, memberDepth)));
      const date = depth > memberDepth ? field.path.at(-1) : void 0;
      if (date !== void 0) addShare(valueOf2(found.dates, date, noShare), isAffected.has(pathId(field.path)) ? 1 : 0);
    }
    for (const id of present) {
      const findings = inMember.get(id)?.length ?? 0;
      const hit = findings > 0 ? 1 : 0;
      addShare(found.members, hit);
      const traits = expected.fields.get(id)?.traits ?? [];
      const { name } = readSegment(id.slice(id.indexOf("\0") + 1));
      const named = valueOf2(found.names, name, () => ({ ...noFindings(), group }));
      if (named?.group && groupId(named.group) !== groupId(group)) named.group = void 0;
      const shares2 = [...traits.map((trait) => valueOf2(found.traits, trait, noFindings)), named];
      for (const share of shares2) {
        addShare(share, hit);
        if (share) share.findings += findings;
      }
    }
  }
  return { add, facts };
}
function firstWrite(facts) {
  let first = Number.POSITIVE_INFINITY;
  for (const { written } of facts.values()) for (const time of written.differing) first = Math.min(first, time);
  return Number.isFinite(first) ? dateOf(dayOf2(first)) : void 0;
}
var noShare = () => ({ hit: 0, all: 0 });
var noFindings = () => ({ hit: 0, all: 0, findings: 0 });
function addShare(share, hit) {
  if (!share) return;
  share.all += 1;
  share.hit += hit;
}
function valueOf2(map, key, make) {
  const known = map.get(key);
  if (known !== void 0 || map.size >= maxValues3) return known;
  const made = make();
  map.set(key, made);
  return made;
}
function addWeek(map, key, fresh, hit, actual) {
  const share = valueOf2(map, key, () => fresh);
  addShare(share, hit);
  if (share && !actual) share.legacyOnly += 1;
}
function byKindAndLevel(differences, hasColumns) {
  const comparable = differences.filter(({ kind, path }) => path !== null && (hasColumns || kind !== "malformed") && kind !== "wrong-owner");
  const groups = Map.groupBy(comparable, ({ kind, level }) => `${kind} ${level}`);
  return [...groups.values()].filter((group) => group.length > 0);
}

// action/src/origin/origin.ts
var mostSentences = 3;
async function findOrigin(found, compared, known, pseudonyms) {
  const { answers, entities } = known;
  const facts = new Map(entities.flatMap(({ name }) => [...found].filter(([of]) => of === name)));
  const most = mostDiffering2(facts);
  if (!most || most[1].documents.hit === 0) return [];
  const entity = entities.find(({ name }) => name === most[0]);
  if (!entity) return [];
  const { patterns, placement: placement2, kind } = answers ? await amongWeeks(most[1], compared, entity, answers, pseudonyms) : amongRows(facts, compared, known, entity, pseudonyms);
  const [first, ...others2] = patterns.filter((pattern) => pattern !== void 0).toSorted((a, b) => a.chance - b.chance);
  const places = [first, placement2, ...others2].filter((place) => place !== void 0).map(({ sentence }) => sentence);
  const isFound = places.some((sentence) => sentence !== void 0);
  return [...places, ...kind(isFound)].slice(0, mostSentences).filter((sentence) => sentence !== void 0);
}
var mostFrequent = (facts) => [...facts].flatMap(({ members }) => [...members.values()]).toSorted((a, b) => b.findings - a.findings || compareText(`${a.kind} ${a.level}`, `${b.kind} ${b.level}`))[0];
async function amongWeeks(facts, compared, { shape }, answers, pseudonyms) {
  const most = mostFrequent([facts]);
  return {
    patterns: [
      most && memberPattern(most, levelName(shape, documentLevel(shape) + 1), answers.traits, pseudonyms),
      await groupPattern(facts, compared, shape, answers, pseudonyms),
      await writtenPattern(facts, compared, answers) ?? await startPattern(facts, compared, answers)
    ],
    placement: await placementOf(facts, answers),
    kind: (isFound) => kindOf2(facts, isFound)
  };
}
function amongRows(facts, compared, { entities, census }, entity, pseudonyms) {
  const isOneOfSeveral = entities.length > 1;
  const own = facts.get(entity.name);
  const [name, most] = [...facts].map(([of, each]) => [of, mostFrequent([each])]).toSorted(([, a], [, b]) => (b?.findings ?? 0) - (a?.findings ?? 0))[0] ?? [];
  return {
    patterns: [
      entityPattern(facts, compared),
      own && partPattern(own, entity, compared, census.of(entity.name), pseudonyms, isOneOfSeveral),
      most && memberPattern(most, "", {}, pseudonyms, isOneOfSeveral ? name : void 0),
      // Everything that differs since a day in one entity may have a different cause than in the others.
      timePattern(facts, compared, census) ?? (own && isOneOfSeveral ? timePattern(/* @__PURE__ */ new Map([[entity.name, own]]), compared, census, entity.name) : void 0)
    ],
    kind: () => kindOfRows(facts)
  };
}

// action/src/origin/picture.ts
import { createHash as createHash2 } from "node:crypto";
var maxRows = 500;
var maxCells = 6e3;
var spans = [1, 7, 28, 364];
var maxDated = 2e5;
var byWeight = ["missing", "wrong-owner", "orphan", "duplicate", "ambiguous-owner", "malformed", "mismatch", "count"];
function collectPicture(entities, pseudonyms) {
  const isDrawn = entities.every(({ shape }) => shape.group === 0);
  const shownParts = entities.length === 1 ? (entities[0]?.shape.key ?? []).filter(({ shown: shown2 }) => shown2 !== "never") : [];
  const part = shownParts.length > 1 ? shownParts[0]?.name : void 0;
  let cells = /* @__PURE__ */ new Map();
  const rows = /* @__PURE__ */ new Set();
  const days = /* @__PURE__ */ new Map();
  let span = spans[0];
  let beside = 0;
  function put(row, from, kind, documents2) {
    const id = JSON.stringify([row, from, kind]);
    const known = cells.get(id);
    if (known) known.documents += documents2;
    else cells.set(id, { row, from, kind, documents: documents2 });
  }
  function makeRoom() {
    const longer = spans.find((each) => each > span);
    if (cells.size < maxCells || longer === void 0) return;
    span = longer;
    const before = [...cells.values()];
    cells = /* @__PURE__ */ new Map();
    for (const { row, from, kind, documents: documents2 } of before) put(row, from === null ? null : startOf(from, span), kind, documents2);
    makeRoom();
  }
  return {
    add({ key, differences, expected, actual: [actual] }, entity) {
      const kind = byWeight.find((each) => differences.some((difference) => difference.kind === each));
      if (!isDrawn || kind === void 0) return;
      const shown2 = shownKey(key, entity.shape, pseudonyms);
      const written = expected?.writtenAt ?? actual?.writtenAt;
      const day = written === void 0 ? void 0 : dayOf2(written);
      const isNamed2 = Object.values(shown2).some((value) => value !== null);
      if (day !== void 0 && isNamed2 && days.size < maxDated) days.set(placeOf(entity.name, shown2), day);
      const row = part === void 0 ? entity.name : shown2[part] ?? null;
      makeRoom();
      if (cells.size >= maxCells || rows.size >= maxRows && !rows.has(row)) {
        beside += 1;
        return;
      }
      rows.add(row);
      put(row, day === void 0 ? null : startOf(day, span), kind, 1);
    },
    picture: () => isDrawn ? {
      part: part ?? null,
      days: span,
      cells: [...cells.values()].map(({ from, ...cell }) => ({ ...cell, from: from === null ? null : dateOf(from) })).toSorted(inOrder2),
      beside
    } : void 0,
    dated(findings) {
      if (days.size === 0) return [...findings];
      return findings.map((finding) => {
        const day = finding.key === null ? void 0 : days.get(placeOf(finding.level, finding.key));
        return day === void 0 ? finding : { ...finding, writtenOn: dateOf(day) };
      });
    },
    clear() {
      cells.clear();
      rows.clear();
      days.clear();
      span = spans[0];
      beside = 0;
    }
  };
}
function joinPictures(pictures) {
  const [first] = pictures;
  if (!first) return void 0;
  const rows = /* @__PURE__ */ new Set();
  let beside = pictures.reduce((sum2, picture) => sum2 + picture.beside, 0);
  const inRows = pictures.flatMap(({ cells }) => cells).filter(({ row, documents: documents2 }) => {
    const isDrawn = rows.has(row) || rows.size < maxRows;
    if (isDrawn) rows.add(row);
    else beside += documents2;
    return isDrawn;
  });
  const widest = Math.max(...pictures.map(({ days }) => days));
  for (const days of spans.filter((span) => span >= widest)) {
    const cells = /* @__PURE__ */ new Map();
    for (const cell of inRows) {
      const from = cell.from === null ? null : dateOf(startOf(dayOf2(Date.parse(cell.from)), days));
      const id = JSON.stringify([cell.row, from, cell.kind]);
      cells.set(id, { ...cell, from, documents: cell.documents + (cells.get(id)?.documents ?? 0) });
    }
    const ordered = [...cells.values()].toSorted(inOrder2);
    if (ordered.length <= maxCells) return { part: first.part, days, cells: ordered, beside };
    if (days === spans.at(-1)) {
      const left = ordered.slice(maxCells).reduce((sum2, { documents: documents2 }) => sum2 + documents2, 0);
      return { part: first.part, days, cells: ordered.slice(0, maxCells), beside: beside + left };
    }
  }
  return first;
}
var startOf = (day, span) => span === 1 ? day : Math.floor((day - 4) / span) * span + 4;
var inOrder2 = (a, b) => compareText(a.row, b.row) || compareText(a.from, b.from) || compareText(a.kind, b.kind);
var placeOf = (level, key) => createHash2("sha1").update(JSON.stringify([level, Object.values(key)])).digest().readUIntBE(0, 6);

// action/src/pair/narrow.ts
var narrowPair = (pair, part) => ({ ...pair, entities: pair.entities.map((entity) => narrow(entity, part)) });
function narrow(entity, part) {
  const { shape, holdings, sight, written, digester } = entity;
  const textOf2 = entity.partText ?? keyId;
  const has = (key) => partOf(textOf2(key), part.of) === part.index;
  let heldElsewhere = noCounts(shape);
  const seenElsewhere = /* @__PURE__ */ new Set();
  const own = shape.levels.slice(0, documentLevel(shape) + 1);
  async function* placements(pages) {
    for await (const page of pages) yield page.filter(({ key }) => has(key));
  }
  async function* documents2(side, onOther) {
    for await (const page of side.documents()) yield rowsOf4(page, has, onOther);
  }
  const narrowed = (side) => ({
    async count() {
      let rows = 0;
      for await (const page of placements(side.keys())) rows += page.length;
      return rows;
    },
    async numbers(isNow) {
      const keys = /* @__PURE__ */ new Set();
      let [rows, unreadable] = [0, 0];
      for await (const page of placements(side.keys(isNow))) {
        rows += page.length;
        for (const { kind, key } of page) {
          if (kind === "unclaimed") unreadable += 1;
          else keys.add(keyId(key));
        }
      }
      return { rows, keys: keys.size + unreadable };
    },
    keys: (isNow) => placements(side.keys(isNow)),
    documents: () => documents2(side, () => void 0)
  });
  return {
    ...entity,
    expected: narrowed(entity.expected),
    actual: {
      ...narrowed(entity.actual),
      documents() {
        heldElsewhere = noCounts(shape);
        return documents2(entity.actual, (claim) => {
          for (const { name } of own) seenElsewhere.add(name);
          if (own.length === shape.levels.length) return;
          const { document } = claim;
          if (document.held) addCounts(heldElsewhere, document.held);
          if (seenElsewhere.size < shape.levels.length) seeMembers(document, shape, seenElsewhere);
        });
      }
    },
    holdings: {
      ...holdings,
      total: async () => (await holdings.total()).map((count3, level) => count3 - (heldElsewhere[level] ?? 0)),
      async loose() {
        const { rows, counted } = await holdings.loose();
        return { rows, counted: part.index === 1 ? counted : noCounts(shape) };
      }
    },
    digester: { ...digester, probe: () => digester.probe(part), plan: () => digester.planPart({ ...part, has }) },
    ...written && { written: (since) => placements(written(since)) },
    sight: {
      ...sight,
      // An empty level means something only if no other part shows any of it.
      troubleWithSeen: (seen) => sight.troubleWithSeen(seen.filter(({ level }) => !seenElsewhere.has(level)))
    },
    part: { ...part, whole: entity, has }
  };
}
function* rowsOf4(page, has, onOther) {
  for (const row of page) {
    if (has(row.entry.key)) yield row;
    else if (row.entry.kind === "claim") onOther(row.entry);
  }
}
function seeMembers({ fields }, { levels: levels2 }, seen) {
  for (const { level, attribute } of fields.values()) if (!attribute) seen.add(levels2[level]?.name ?? "");
}

// action/src/check.ts
async function check(about) {
  const { settings, connection, rules, now } = about;
  const startedAt = now();
  const start = performance.now();
  const [census, wholeCensus] = [takeCensus(), takeCensus()];
  const turn = await turnOf(about);
  const part = turn?.part ?? settings.part;
  const counted = (of, by) => of.provenance ? of : { ...of, entities: of.entities.map(by.watch) };
  const pair = part ? counted(narrowPair(settings.part ? counted(connection.pair, wholeCensus) : connection.pair, part), census) : counted(connection.pair, census);
  const answers = pair.provenance && askStore(pair.provenance);
  const pseudonyms = createPseudonyms(connection.pseudonymKey, settings.revealValues);
  const findings = createFindings(pseudonyms, pair.isDeclared ? pair.entities.map(({ name }) => name) : []);
  const acceptance = rules && createAcceptance(rules, pseudonyms, startedAt.toISOString().slice(0, 10));
  const [facts, picture] = [collectFacts(), collectPicture(pair.entities, pseudonyms)];
  const comparing = compareSides(about, pair, { findings, acceptance, explained: [facts, picture], pseudonyms });
  const recorded = historyOf(about);
  const comparison = await comparing;
  const named = { ...comparison, entities: comparison.entities.map(({ entity, comparison: one }) => ({ ...one, name: entity.name })) };
  const isWhole3 = comparison.trouble === void 0 && comparison.interruption === void 0;
  const origin = isWhole3 ? await findOrigin(
    facts.facts(),
    { ...comparison, mode: turn ? "sample" : comparison.mode, byEntity: comparedOf(named.entities) },
    { ...pair, answers, census },
    pseudonyms
  ) : [];
  const since = isWhole3 && turn === void 0 && comparison.mode === "full" ? firstWrite(facts.facts()) : void 0;
  const clues = isWhole3 && settings.part ? await cluesOf(facts.facts(), comparison, { ...pair, answers, census: wholeCensus }, pseudonyms) : void 0;
  const list = picture.dated(findings.list());
  const aside = asideOf(about);
  const report = await conclude(
    about,
    {
      startedAt,
      durationMs: () => Math.round(performance.now() - start),
      comparison: named,
      aside,
      sourceVersions: shownVersions(comparison, pair, (version2) => pseudonyms.text(version2, null)),
      findings: {
        list,
        total: findings.total(),
        byType: findings.byType(),
        severityByType: findings.severityByType(),
        differingWeeks: findings.differingWeeks()
      },
      pseudonymKeyId: pseudonyms.keyId,
      accepted: acceptance?.rules(turn === void 0 && couldTell(comparison)),
      origin,
      picture: picture.picture(),
      since
    },
    recorded,
    turn
  );
  return settings.part ? {
    ...report,
    part: settings.part,
    evidence: { ...evidenceOf(report, comparison, about.measure ?? "", since), downloads: [...aside.downloads], ...clues && { clues } }
  } : report;
}
async function turnOf(about) {
  const {
    settings,
    connection: { record, budget, pair },
    runNumber = 1,
    now
  } = about;
  if (settings.rotate === void 0) return void 0;
  const reader = record && createReader(record.url, record.key, budget.signal, budget);
  return takeTurn(reader, pair.name, { of: settings.rotate, declaration: digestOf(about) }, runNumber, settings, now);
}
function evidenceOf({ interruption, severityByType, differingWeeks, pseudonymKeyId, picture }, { entities }, measure, since) {
  return {
    measure,
    ...interruption !== void 0 && { interruption },
    entities: entities.map(({ entity, comparison: one }) => {
      const remarks = entity.remarks?.();
      return {
        name: entity.name,
        differing: one.differing,
        compared: one.compared,
        population: one.population,
        unsettled: one.unsettled,
        restless: one.restless,
        isLooseUnknown: one.isLooseUnknown,
        legacyRows: one.legacyRows,
        skipped: one.skipped,
        counts: one.counts,
        judged: one.judged,
        ...remarks && { remarks: { ofSome: [...remarks.ofSome], ...remarks.ofEach && { ofEach: [...remarks.ofEach] } } }
      };
    }),
    severityByType: { ...severityByType },
    differingWeeks: { key: differingWeeks.key, weeks: [...differingWeeks.weeks] },
    ...pseudonymKeyId !== void 0 && { pseudonymKeyId },
    ...since !== void 0 && { firstWrite: since },
    ...picture && { picture: { ...picture, cells: [...picture.cells] } }
  };
}
function meeting({ shape: { key, group } }, pseudonyms) {
  const part = key[group - 1];
  return (groups) => {
    if (part?.shown === "pseudonym") pseudonyms.meet(part.name, starts(groups, group));
  };
}
function* starts(groups, length) {
  for (const group of groups) yield group.slice(0, length);
}
var shownVersions = ({ sourceVersions }, pair, hide) => Object.fromEntries(Object.entries(sourceVersions).map(([version2, weeks]) => [pair.sourceVersions.has(version2) ? version2 : hide(version2), weeks]));
var couldTell = ({ mode, trouble, interruption }) => mode === "full" && trouble === void 0 && interruption === void 0;
function asideOf({ settings, connection: { pair } }) {
  const aside = pair.aside();
  const left = settings.changedWithinSeconds === void 0 ? [] : pair.entities.filter(({ written }) => written === void 0).map(({ name }) => name);
  if (left.length === 0) return aside;
  const sentence = `Recent writes of ${left.join(", ")} cannot be distinguished from older ones, so ${left.length === 1 ? "it was" : "they were"} left out. Declare changed for ${left.length === 1 ? "it" : "them"} in the file, or run without changed-within.`;
  return { ...aside, remarks: [...aside.remarks, sentence] };
}
async function compareSides({ settings, connection: { budget }, now, watch = {} }, pair, { findings, acceptance, explained, pseudonyms }) {
  const ignore = () => void 0;
  const { onProgress = ignore, onPhase = ignore, onExplained = ignore } = watch;
  const isAccepting = (acceptance?.rules(false).length ?? 0) > 0;
  const told = (entity) => ({
    onDifference: (difference) => findings.add(difference, entity),
    accepts: isAccepting ? acceptance?.of(entity) : void 0,
    onGroups: meeting(entity, pseudonyms),
    onExplained(explanation) {
      for (const collector of explained) collector.add(explanation, entity);
      onExplained(explanation, entity);
    }
  });
  try {
    const comparison = await comparePair(pair, extentOf(settings, now), told, { budget, settleMs: settings.settleSeconds * 1e3, onProgress, onPhase });
    if (comparison.isBlind) {
      findings.clear();
      acceptance?.clear();
      for (const collector of explained) collector.clear();
    }
    return comparison;
  } catch (error) {
    return { ...emptyComparison(settings.mode === "sample" ? "sample" : "full", 0), entities: [], trouble: describeDefect(error) };
  }
}
var extentOf = ({ mode, rotate, sampleSize, highThreshold, confidence, seed, readBudget, changedWithinSeconds }, now) => ({
  mode,
  sampleSize,
  enough: sampleSizeFor(highThreshold, confidence),
  seed,
  readBudget,
  rotates: rotate !== void 0,
  since: changedWithinSeconds === void 0 ? void 0 : new Date(now().getTime() - 1e3 * changedWithinSeconds).toISOString()
});

// action/src/merge/measure.ts
import { createHash as createHash3 } from "node:crypto";
var inputs = [
  "mode",
  "sampleSize",
  "confidence",
  "highThreshold",
  "criticalThreshold",
  "weekAlignment",
  "settleSeconds",
  "changedWithinSeconds",
  "revealValues",
  "readBudget"
];
function measureOf({ settings, pair, declaration, commit }) {
  const parts = [pair, declaration, commit, ...inputs.map((name) => settings[name] ?? null)];
  return createHash3("sha256").update(JSON.stringify(parts, withEntries)).digest("hex");
}
var withEntries = (_key, value) => value instanceof Map ? [...value] : value;

// action/src/store/budget.ts
function startBudget(seconds) {
  const end = performance.now() + seconds * 1e3;
  return {
    seconds,
    signal: AbortSignal.timeout(Math.ceil(seconds * 1e3)),
    remainingMs: () => Math.max(0, end - performance.now())
  };
}

// action/src/store/stores.ts
async function openStore(declaration, { name, budget, environment, onSecret }) {
  const surroundings = { environment, mask: onSecret, stop: budget.signal, remainingMs: budget.remainingMs };
  switch (declaration.type) {
    case "supabase":
      return (await import("./store.js")).createPostgrestStore(name, declaration, budget);
    case "firestore":
      allowForDocuments();
      return (await import("./firestore.js")).createFirestoreStore(name, declaration, surroundings);
    case "realtime-database":
      allowForDocuments();
      return (await import("./realtime-database.js")).createRealtimeDatabaseStore(name, declaration, surroundings);
  }
}

// action/src/pair/pairs.ts
async function connectHabitTracker(settings) {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(url, key, budget.signal, budget);
  const { createHabitTrackerPair } = await import("./habit-tracker.js");
  const { pair, weeks } = createHabitTrackerPair(reader, settings.weekAlignment, isPrivilegedKey(key));
  return { pair, weeks, reader, budget, record: { url, key }, pseudonymKey: pseudonymKeyOf(settings), stores: [] };
}
async function connect(settings, declaration, environment = {}, onSecret = () => void 0) {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const chosen = choosePair(settings, declaration);
  checkChangedWithin(settings, chosen);
  if (chosen === void 0) return connectHabitTracker(settings);
  const budget = startBudget(settings.timeBudgetSeconds);
  const record = url === "" ? void 0 : { url, key };
  const declared = (name) => declaration?.stores.get(name) ?? { type: "supabase", url, key, schema: "public" };
  const open = (name) => openStore(declared(name), { name, budget, environment, onSecret });
  const legacy = await open(chosen.legacy);
  const normalized = chosen.normalized === chosen.legacy ? legacy : await open(chosen.normalized);
  const { createDeclaredPair } = await import("./pair.js");
  const own = declared(chosen.normalized);
  const { pair, declared: entities } = createDeclaredPair(chosen, { legacy, normalized }, otherConfig(settings));
  return {
    pair,
    declared: entities,
    stores: [
      .../* @__PURE__ */ new Map([
        [chosen.legacy, legacy],
        [chosen.normalized, normalized]
      ])
    ].map(([name, store]) => ({ name, store })),
    budget,
    ...own.type === "supabase" && { normalizedTable: own },
    record: own.type === "supabase" ? { url: own.url, key: own.key } : record,
    pseudonymKey: keyOfStores(settings, { legacy, normalized })
  };
}
function keyOfStores(settings, { legacy, normalized }) {
  const ofProject = ({ kind, secret }) => kind === "supabase" ? secret : void 0;
  const ownKey = settings.pseudonymKey ?? ofProject(normalized) ?? pseudonymKeyOf(settings) ?? ofProject(legacy);
  return ownKey ?? ([legacy, normalized].some(({ kind }) => kind === "supabase") ? void 0 : normalized.secret ?? legacy.secret);
}

// action/src/publish/directory.ts
async function checkReportDirectory(workspace, directory) {
  try {
    await placeInWorkspace(workspace, directory);
  } catch (error) {
    if (error instanceof OutsideError)
      throw new InputError(`Input report-directory is "${inert(directory, 200)}", which ${error.message}. Use a directory that is not a link.`, {
        cause: error
      });
  }
}

// action/src/publish/progress.ts
var progressEveryMs = 5e3;
function createProgressLog(words2, clock = () => performance.now()) {
  const start = clock();
  let last = start;
  return (compared, toCompare) => {
    if (clock() - last < progressEveryMs) return;
    last = clock();
    const rate = 1e3 * compared / (last - start);
    const left = (toCompare - compared) / rate;
    const [done, total] = [Math.round(compared), Math.round(toCompare)];
    const share = total > 0 ? ` (${Math.floor(100 * done / total)}%)` : "";
    const pace = rate > 0 ? `, ${number2(Math.round(rate))} per second` : "";
    const end = Number.isFinite(left) && left > 0 ? `, about ${duration(left)} left` : "";
    info(`Compared ${number2(done)} of ${documents(words2, total)}${share}${pace}${end}`);
  };
}
function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

// action/src/run.ts
async function run(settings, context, config) {
  await checkReportDirectory(context.workspace, settings.reportDirectory);
  for (const secret of config?.secrets.flatMap(partsOf) ?? []) setSecret(secret);
  const connection = await connect(settings, config, process.env, setSecret);
  if (!settings.revealValues && connection.pseudonymKey === void 0) warning(passingPseudonyms, { title: "Driftwatch: pseudonyms" });
  const { name: pair, words: words2 } = connection.pair;
  const rules = rulesOf(config, pair);
  const declaration = declarationOf(settings, config, rules);
  const measure = measureOf({ settings, pair, declaration, commit: process.env["GITHUB_SHA"] ?? "" });
  const about = {
    settings,
    connection,
    rules,
    declaration,
    now: () => /* @__PURE__ */ new Date(),
    runNumber: context.runNumber,
    watch: { onProgress: createProgressLog(words2), onPhase: info },
    measure
  };
  const report = await (settings.merge === void 0 ? check(about) : (await import("./merge.js")).merge({ ...about, pattern: settings.merge, workspace: context.workspace }));
  const { publish, publishPart, system } = await import("./publish.js");
  return settings.part ? publishPart(report, settings, context) : publish(report, settings, context, system, connection.record);
}

export {
  number2 as number,
  percent,
  percentSet,
  percentBeside,
  ratePercent,
  worstEntity,
  percentAtMost,
  boundBeside,
  count,
  signed,
  ReadError,
  BudgetError,
  isOutOfTime,
  documentLevel,
  levelName,
  documents,
  allDocuments,
  coverageSentence,
  downloadSentence,
  capitalized,
  isPlainName,
  commandTarget,
  emptyComparison,
  countDifference,
  keyId,
  pathId,
  copyOf,
  readSegment,
  compareText,
  sortTexts,
  compareIds,
  chunksOf,
  withoutTrailing,
  plainJson,
  parseJson,
  stringEnds,
  toNfc,
  toNfd,
  canonicalText,
  canonicalJson,
  isPrivilegedKey,
  isPseudonym,
  createPseudonyms,
  mostDiffering,
  collectDiffering,
  verdicts,
  severities,
  compareSeverity,
  pathOf,
  writtenFinding,
  writtenBeside,
  readFinding,
  shownRuns,
  longestReason,
  longestRemark,
  maxFindings,
  orderOf,
  createFindings,
  retried,
  ask,
  causeOfError,
  causeOfAnswer,
  causeOf,
  againAfter,
  isPassing,
  sentenceFor,
  asked,
  readError,
  maxPageSize,
  rowsOf2 as rowsOf,
  triesOfRead,
  triesFor,
  createReader,
  isPast,
  upperBoundOfNone,
  levels,
  placedTypes,
  words,
  quote,
  listOf,
  isIn,
  isNamed,
  patternFor,
  encodedLength,
  maxFilterLength,
  isConclusive,
  runOf,
  recordRun,
  historyOf,
  conclude,
  comparedOf,
  readPattern,
  createAcceptance,
  dayMs,
  isCalendarDate,
  daysOfMonth,
  addDays,
  sevenDays,
  daysSinceMonday,
  weekdays,
  mondayOf,
  quotesAsCode,
  quotesInert,
  fewestHits,
  smallestShare,
  areAttributes,
  findOrigin,
  joinPictures,
  run
};
