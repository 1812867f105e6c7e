import {
  chunksOf
} from "./shared-chunks.js";
import {
  announceWithoutIssue,
  collectDiffering,
  isConclusive,
  isPast,
  judge,
  reaches,
  runOf,
  trendBars,
  trendLine,
  trendSection
} from "./shared-verdict.js";
import {
  aboutNotCompared,
  acceptedNotes,
  acceptedTable,
  acceptedTotal,
  attention,
  attentionHeading,
  besideCompared,
  capitalized,
  compareSeverity,
  count,
  countDiffers,
  countsTable,
  coverageSentence,
  details,
  documents,
  entitiesTable,
  entityDiffers,
  evidenceSchema,
  extents,
  findingsTable,
  finePrint,
  headline,
  healthHeading,
  longestReason,
  maxFindings,
  nextSteps,
  notComparedOf,
  notComparedTable,
  nothingDiffers,
  number as number2,
  originList,
  paragraphs,
  partName,
  pathOf,
  percent,
  percentAtMost,
  placesTable,
  quoted,
  quotesInert,
  ratePercent,
  readFinding,
  readsSentence,
  reportSchema,
  roomFor,
  rotationSentence,
  ruleStates,
  rulesByState,
  settled,
  severities,
  shownRuns,
  sideText,
  signed,
  skippedDocuments,
  statistics,
  subjectOf,
  typesTable,
  verdictLine,
  verdicts,
  worstEntity,
  writtenBeside,
  writtenFinding
} from "./shared-markdown.js";
import {
  OutsideError,
  causeOf,
  checkChangedWithin,
  choosePair,
  declarationOf,
  directoryInWorkspace,
  placeInWorkspace,
  rulesOf,
  writeOutputs
} from "./shared-config.js";
import {
  InputError,
  mostParts,
  partOf,
  partText,
  partsOf
} from "./shared-inputs.js";
import {
  endGroup,
  error,
  info,
  setSecret,
  startGroup,
  summary,
  warning
} from "./shared-core.js";
import {
  readPattern,
  words
} from "./shared-words.js";
import {
  compareIds,
  compareText,
  sortTexts
} from "./shared-order.js";
import {
  createPseudonyms,
  isPseudonym,
  ownerOf,
  passingPseudonyms,
  pseudonymKeyOf,
  shownKey
} from "./shared-pseudonyms.js";
import {
  addDays,
  copyOf,
  daysSinceMonday,
  groupId,
  groupOf,
  isCalendarDate,
  isWhole,
  keyId,
  mondayOf,
  pathId,
  placeId,
  readSegment,
  sevenDays,
  valuesOf,
  weekdays
} from "./shared-calendar.js";
import {
  iso_exports
} from "./shared-zod.js";
import {
  chanceOfAtLeast,
  sampleSizeFor,
  upperBoundOfNone
} from "./shared-statistics.js";
import {
  createReader,
  encodedLength,
  isIn,
  isNamed,
  maxFilterLength,
  maxPageSize,
  quote,
  readError,
  rowsOf
} from "./shared-postgrest-js.js";
import {
  BudgetError,
  ReadError,
  isOutOfTime
} from "./shared-errors.js";
import {
  againAfter,
  asked,
  causeOfAnswer,
  causeOfError,
  isPassing,
  sentenceFor
} from "./shared-cause.js";
import {
  ask,
  retried
} from "./shared-send.js";
import {
  ToldError,
  describeDefect,
  sentenceOf
} from "./shared-proxy.js";
import {
  canonicalJson,
  canonicalText,
  isPrivilegedKey,
  plainJson
} from "./shared-json.js";
import {
  ZodError,
  _enum,
  array,
  boolean,
  custom,
  int,
  looseObject,
  number,
  object,
  record,
  string,
  tuple,
  unknown
} from "./shared-zod-2.js";
import {
  inert,
  inertCode,
  logLines,
  oneLine
} from "./shared-inert.js";
import {
  __export
} from "./shared-helpers.js";

// action/src/document/shape.ts
var documentLevel = ({ group }) => group > 0 ? 1 : 0;
var groupLevel = ({ group, levels }) => group > 0 ? levels[0]?.name : void 0;
var levelName = ({ levels }, level2) => levels[level2]?.name ?? "";
var noCounts = ({ levels }) => levels.map(() => 0);
function addCounts(into, counts, times = 1) {
  for (let level2 = 0; level2 < counts.length; level2 += 1) into[level2] = (into[level2] ?? 0) + times * (counts[level2] ?? 0);
}
var isSameCounts = (a, b) => a.length === b.length && a.every((count3, level2) => count3 === b[level2]);

// action/src/compare/comparison.ts
var documentWords = ({ shape: shape2 }) => shape2.levels[documentLevel(shape2)] ?? { name: "", one: "row", many: "rows" };
var settlingSentence = (documents3, { one, many }, settleMs) => `Reading ${documents3} ${documents3 === 1 ? one : many} again${settleMs > 0 ? ` for ${settleMs / 1e3} s` : ""}, to tell drift from writes in flight.`;
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
var countDifference = ({ level: level2, expected, normalized }) => ({
  kind: "count",
  level: level2,
  key: null,
  path: null,
  legacy: expected,
  normalized,
  rowIds: {}
});
async function catchTrouble(result, work) {
  try {
    await work();
  } catch (error2) {
    if (error2 instanceof BudgetError) result.ranOut = true;
    else if (error2 instanceof ReadError) result.trouble = error2.message;
    else throw error2;
  }
}
function finish(result, tally, settled2, { budget, entity }) {
  const compared = tally.compared();
  const population = Math.max(result.population, compared);
  return {
    ...result,
    population,
    compared,
    differing: tally.differing(),
    seen: tally.counts([]),
    unsettled: settled2.unsettled,
    restless: settled2.restless,
    transient: settled2.transient,
    sourceVersions: tally.sourceVersions(),
    interruption: result.ranOut ? howFar(compared, Math.max(result.planned, compared), result.mode, budget, documentWords(entity).many) : void 0
  };
}
function howFar(compared, planned, mode, { seconds }, many) {
  const share = planned === 0 ? 0 : Math.floor(1e3 * compared / planned) / 10;
  return `Within the time budget of ${seconds} s only ${compared} of ${planned} ${many} (${share} %) could be compared. Raise time-budget-seconds${mode === "full" ? ", or compare a sample (mode: sample)" : ""}.`;
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

// action/src/compare/digest.ts
import { setTimeout as sleep } from "node:timers/promises";

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
async function digestBothSides(digester, shape2, tally, mayGoOn, onRows) {
  const legacy = noCounts(shape2);
  const loose = noCounts(shape2);
  const scan = { suspects: [], population: 0, legacy, skipped: 0, unseen: /* @__PURE__ */ new Set(), held: noCounts(shape2), complete: true };
  const odd = /* @__PURE__ */ new Set();
  const stray = /* @__PURE__ */ new Map();
  const groups = { legacy: /* @__PURE__ */ new Set(), equal: /* @__PURE__ */ new Set() };
  const compared = /* @__PURE__ */ new Set();
  let failure;
  let failedPortions = 0;
  let rowsCompared = 0;
  const plan = await digester.plan();
  const rowsOf4 = ({ start, end }) => plan.rows.slice(start, end).reduce((sum2, rows) => sum2 + rows, 0);
  const again = [];
  const pace = createPace();
  let next = 0;
  let rowsLeft = rowsOf4({ start: 0, end: plan.rows.length });
  function take() {
    const part = again.pop();
    if (part) return part;
    const start = next;
    const size = pace.size(rowsLeft / lanes);
    for (let rows = 0; next < plan.rows.length && (next === start || rows + (plan.rows[next] ?? 0) / 2 <= size); next += 1) {
      rows += plan.rows[next] ?? 0;
    }
    rowsLeft -= rowsOf4({ start, end: next });
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
  function fail({ start, end }, error2) {
    if (end - start > 1) {
      const middle = Math.ceil((start + end) / 2);
      again.push({ start: middle, end }, { start, end: middle });
      return;
    }
    failedPortions += 1;
    failure ??= error2;
  }
  async function lane() {
    while (failedPortions < maxFailedPortions) {
      while (pace.restMs() > 0 && mayGoOn()) await sleep(Math.min(pace.restMs(), restStepMs));
      const goOn = mayGoOn();
      const part = goOn ? take() : void 0;
      if (!goOn) scan.complete = false;
      if (!part) return;
      const rows = rowsOf4(part);
      const started = performance.now();
      try {
        add(await plan.digest(part.start, part.end, part.end - part.start > 1 ? 1 : 2));
        for (let portion = part.start; portion < part.end; portion += 1) compared.add(portion);
        rowsCompared += rows;
        onRows(rowsCompared);
      } catch (error2) {
        if (!(error2 instanceof ReadError)) throw error2;
        fail(part, error2);
      }
      pace.measured(rows, performance.now() - started);
    }
  }
  let beside = { more: noCounts(shape2), loose: void 0 };
  let troubleBeside;
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    if (scan.complete && !failure) {
      beside = await plan.beside();
      const { keys, rows } = await plan.after?.() ?? { keys: [], rows: void 0 };
      for (const key of keys) {
        scan.suspects.push(key);
        odd.add(keyId(key));
      }
      if (rows !== void 0) tally.measure(rows);
    }
  } catch (error2) {
    if (error2 instanceof ReadError) troubleBeside = error2.message;
    else if (!(error2 instanceof BudgetError)) throw error2;
    scan.complete = false;
  }
  const counted2 = /* @__PURE__ */ new Set();
  const known = new Set(stray.size > 0 ? scan.suspects.map(keyId) : []);
  for (const [id, { key, portion }] of stray) {
    if (known.has(id)) continue;
    scan.suspects.push(key);
    odd.add(id);
    if (compared.has(portion)) counted2.add(id);
  }
  scan.suspects.sort((a, b) => compareText(a.at(-1) ?? "", b.at(-1) ?? "") || compareText(keyId(a), keyId(b)));
  if (groupLevel(shape2) !== void 0) legacy[0] = groups.legacy.size;
  tally.addGroups([...groups.equal].flatMap((place) => plan.groups[place] ? [plan.groups[place]] : []));
  if (beside.loose) addCounts(loose, beside.loose);
  const found = { ...scan, odd, counted: counted2, beside: { more: beside.more, loose: beside.loose && loose } };
  if (!failure) return { ...found, trouble: troubleBeside };
  const total2 = rowsOf4({ start: 0, end: plan.rows.length });
  const trouble = `${total2 - rowsCompared} of ${total2} rows could not be compared, and nothing is known about them. ${failure.message}`;
  return { ...found, complete: false, trouble };
}

// action/src/compare/settle.ts
import { setImmediate, setTimeout as sleep2 } from "node:timers/promises";

// action/src/compare/compare.ts
function isHidden(path, hidden) {
  for (const { prefix, depth } of hidden) if (path.length >= depth && startsWith(path, prefix)) return true;
  return false;
}
var startsWith = (path, prefix) => prefix.every((segment, index) => path[index] === segment);
var valueOf = (field) => field === void 0 || field.value === null ? null : { text: field.value, readable: field.readable, ...field.opaque && { opaque: true } };
var isSame = (left, right) => right !== void 0 && !left.unreadable && !right.unreadable && (left.value === right.value || left.isNear?.(right.value) === true);
function mergeRowIds(...all) {
  const merged2 = {};
  for (const rowIds of all) Object.assign(merged2, rowIds);
  return merged2;
}
function compare(expected, actual, shape2) {
  const differences = [];
  const parentOf = (path, document2) => document2.fields.get(pathId(path.slice(0, -1)));
  const hasParent = (path, document2) => path.length < 3 || parentOf(path, document2) !== void 0;
  const report = (kind, left, right, { path, level: level2 }) => {
    const parent = right ? void 0 : parentOf(path, actual);
    differences.push({
      kind,
      level: levelName(shape2, level2),
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
function countDocument(document2, shape2, hidden = document2.hidden) {
  const counts = countMembers(document2, shape2, hidden);
  counts[documentLevel(shape2)] = 1;
  return counts;
}
function countMembers({ fields }, shape2, hidden, within = []) {
  const counts = noCounts(shape2);
  fields.forEach(({ path, level: level2, attribute }) => {
    if (attribute || isHidden(path, hidden) || !startsWith(path, within)) return;
    counts[level2] = (counts[level2] ?? 0) + 1;
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
  const distance = (path) => {
    const first = plainPath(path);
    const wanted = insideExpected.get(pathId(first)) ?? [];
    const equal2 = wanted.filter(({ path: place, value }) => fields.get(pathId([...path, place.at(-1) ?? ""]))?.value === value).length;
    const own = fields.get(pathId(path))?.value === expected.fields.get(pathId(first))?.value ? 0 : 1;
    return own + wanted.length + (inside.get(pathId(path))?.length ?? 0) - 2 * equal2;
  };
  const firstOf = (path) => [...path.slice(0, -1), readSegment(path.at(-1) ?? "").name];
  for (const group of Map.groupBy(copies, (path) => pathId(firstOf(path))).values()) {
    const first = firstOf(group[0] ?? []);
    let best = { path: first, distance: distance(first) };
    for (const path of group) {
      const other = { path, distance: distance(path) };
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
function explain(key, reading, { shape: shape2 }) {
  const { expected: claims, unclaimed, groupExists, outOfScope } = reading;
  const level2 = levelName(shape2, documentLevel(shape2));
  const [expected, ...otherClaims] = claims;
  const hasDuplicates = shape2.hasDuplicates && key.length <= shape2.key.length;
  const twins = expected && !hasDuplicates ? bestFirst(expected, reading.actual) : reading.actual;
  const [actual] = twins;
  const differences = [...unclaimed];
  const whole = { key, level: level2, path: null, legacy: null, normalized: null };
  const name = nameOf(key, shape2, shape2.group, shape2.key.length);
  if (expected && otherClaims.length > 0) differences.push({ ...whole, kind: "duplicate", legacy: claims.length, rowIds: allRowIds(claims) });
  if (hasDuplicates && twins.length > 1) differences.push({ ...whole, kind: "duplicate", normalized: twins.length, rowIds: allRowIds(twins) });
  if (expected && !actual) {
    const missing = groupExists ? { legacy: name } : { level: groupLevel(shape2) ?? level2, legacy: nameOf(key, shape2, shape2.group - 1, shape2.group) };
    differences.push({ ...whole, ...missing, kind: "missing", rowIds: expected.rowIds });
  }
  for (const [place, orphan] of twins.entries()) {
    if (hasDuplicates ? expected || place > 0 : expected && place === 0) continue;
    differences.push({ ...whole, kind: "orphan", normalized: name, rowIds: orphan.rowIds, place });
  }
  if (expected) differences.push(...expected.problems);
  for (const twin of hasDuplicates ? twins.slice(0, 1) : twins) differences.push(...twin.problems);
  if (expected && actual) differences.push(...compare(expected, actual, shape2));
  return { key, differences, expected, actual: twins, groupExists, ...outOfScope && { outOfScope } };
}
function allRowIds(documents3) {
  const rows = {};
  for (const { rowIds } of documents3) {
    for (const [table, ids] of Object.entries(rowIds)) rows[table] = [...rows[table] ?? [], ...ids];
  }
  return rows;
}
function nameOf(key, shape2, start, end) {
  const parts = key.slice(start, end);
  if (parts.every((part) => part === null)) return null;
  const isPlain = (part, place) => {
    const shown5 = shape2.key[start + place]?.shown;
    return typeof shown5 === "function" ? part === null || shown5(part) === "plain" : shown5 === "plain";
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
async function settle(keys, options, settled2) {
  const { pair, settleMs, suspected: suspected2, accept, clock = realClock } = options;
  const patienceMs2 = 5 * settleMs + 1e4;
  let pending = keys.map((key) => ({ key, seen: void 0, since: void 0, waits: false, moves: false }));
  const gone = [];
  let accepted = 0;
  function mustWait(item, explanation, now) {
    const { mature, young } = judge2(item, explanation.differences, now, settleMs, settled2);
    item.since ??= now;
    if (young.length > 0 && now - item.since < patienceMs2) {
      if (!item.waits) settled2.unsettled += 1;
      item.waits = true;
      return true;
    }
    if (item.waits) settled2.unsettled -= 1;
    const lasting = young.filter(({ sighting }) => now - sighting.since >= settleMs && !sighting.moved.every(Boolean));
    const isRestless = lasting.length < young.length;
    if (isRestless) settled2.restless += 1;
    item.seen = void 0;
    const differences = [...mature, ...lasting.map(({ difference }) => difference)];
    const last = isRestless ? { ...explanation, differences, actual: inStep(explanation) } : { ...explanation, differences };
    if (pair.seek && isNowhere(last)) gone.push(last);
    else accept(last);
    accepted += 1;
    return false;
  }
  for (let round = 0; pending.length > 0; round += 1) {
    const remaining = [];
    const read = async (chunk) => ({ readings: await pair.read(chunk.map(({ key }) => key)), now: clock.now() });
    for await (const [chunk, { readings, now }] of inOrder(chunksOf(pending, chunkSize), read)) {
      for (const [place, item] of chunk.entries()) {
        if (place % explainedAtOnce === 0) await setImmediate();
        const id = keyId(item.key);
        const explanation = explain(item.key, readings.get(id) ?? nothing, pair);
        const wasSeen = suspected2 && !options.odd?.has(id);
        if (round === 0 && wasSeen && explanation.differences.length === 0) settled2.transient += 1;
        if (mustWait(item, explanation, now)) remaining.push(item);
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
  const { seek: _, ...rest2 } = pair;
  await settle(seen, { ...options, pair: rest2, suspected: false, accept: acceptSeen, onProgress: () => void 0 }, settled2);
  if (lost > 0) throw new ReadError(lostSentence(pair.shape, lost));
}
var isNowhere = ({ expected, actual, differences, outOfScope }) => expected === void 0 && actual.length === 0 && differences.length === 0 && !outOfScope?.legacy && !outOfScope?.normalized;
var lostSentence = ({ levels }, rows) => `Entity ${levels[0]?.name}: a scan returns rows that a lookup by key does not find (${rows} of them), so they could not be compared. Something between this runner and the database changes its answers, or this is a bug in Driftwatch: run again, and report it if it persists.`;
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
function judge2(item, differences, now, settleMs, settled2) {
  const earlier = item.seen;
  const seen = /* @__PURE__ */ new Map();
  const mature = [];
  const young = [];
  item.moves = false;
  for (const difference of differences) {
    let place = placeId(difference);
    while (seen.has(place)) place += " again";
    const values = valuesOf(difference);
    const sighting = earlier?.get(place) ?? { since: now, stillSince: now, values, moved: [false, false] };
    const [legacyMoved, normalizedMoved] = [sighting.values[0] !== values[0], sighting.values[1] !== values[1]];
    if (legacyMoved || normalizedMoved) {
      settled2.transient += 1;
      item.moves = true;
      sighting.stillSince = now;
      sighting.values = values;
      sighting.moved[0] ||= legacyMoved;
      sighting.moved[1] ||= normalizedMoved;
    }
    seen.set(place, sighting);
    if (now - sighting.stillSince >= settleMs) mature.push(difference);
    else young.push({ difference, sighting });
  }
  for (const place of earlier?.keys() ?? []) if (!seen.has(place)) settled2.transient += 1;
  item.seen = seen;
  return { mature, young };
}
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
import { hash, randomUUID } from "node:crypto";

// action/src/document/key-index.ts
function createKeyIndex(shape2) {
  return shape2.group === 0 && shape2.key.length === 1 ? indexOfPlainKeys() : indexOfGroups(shape2);
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
    const id = groupId(group);
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
      const [start = "", rest2] = id.split("	", 2);
      if (rest2 !== void 0 && /^\d+$/.test(start)) return [...groups[Number(start)] ?? [], ...JSON.parse(id.slice(start.length + 1))];
      const end = id.indexOf(" ");
      const group = groups[Number(end === -1 ? id : id.slice(0, end))] ?? [];
      const own = end === -1 ? null : id.slice(end + 1);
      return isPlain || own === null ? [...group, own] : [...group, ...JSON.parse(own)];
    },
    group: (id) => id.split(/[ \t]/, 1)[0] ?? "",
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
  const versions = createShared((version) => version ?? "\0");
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
  const mark2 = (place, marks2) => {
    flags[place] = (flags[place] ?? 0) | marks2;
  };
  return {
    find: (id) => places.get(id),
    add,
    claim(place, ofDocument) {
      mark2(place, claimed);
      countsOf[place] = counts.numberOf(ofDocument);
    },
    show(place, sourceVersion) {
      mark2(place, shown);
      versionOf[place] = versions.numberOf(sourceVersion);
    },
    keep(place, digest2, ofDocument) {
      if (digests.length < room * digestBytes) digests = grown(digests, new Uint8Array(room * digestBytes));
      for (let at = 0; at < digestBytes; at += 1) digests[place * digestBytes + at] = digest2.charCodeAt(at);
      if (ofDocument) loose.set(place, ofDocument);
    },
    match: (place) => mark2(place, equal),
    suspect: (place) => mark2(place, suspected),
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
function createShared(textOf4) {
  const numbers = /* @__PURE__ */ new Map();
  const values = [];
  return {
    numberOf(value) {
      const text = textOf4(value);
      const known = numbers.get(text);
      if (known !== void 0) return known;
      numbers.set(text, values.length);
      return values.push(value) - 1;
    },
    of: (number3) => values[number3]
  };
}

// action/src/compare/stream.ts
var salt = randomUUID();
var digest = (text) => hash("sha256", salt + text, "binary");
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
  const { shape: shape2, comparison } = pair;
  const index = createKeyIndex(shape2);
  const seen = createSeen();
  const unclaimed = /* @__PURE__ */ new Set();
  const legacy = noCounts(shape2);
  const held = noCounts(shape2);
  const one = noCounts(shape2);
  one[documentLevel(shape2)] = 1;
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
      if (side === "expected" && groupLevel(shape2) !== void 0) legacy[0] = index.groups();
      waitFor(maxWaiting);
      onProgress(rowsRead);
      if (!mayGoOn()) break;
    }
  } catch (error2) {
    if (!(error2 instanceof BudgetError)) throw error2;
  }
  waitFor(0);
  function nextSide() {
    return ahead.expected > ahead.actual ? "actual" : "expected";
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
      const { document: document2 } = entry;
      seen.claim(place, countDocument(document2, shape2));
      meetDocument(place, document2, false);
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
    const { document: document2 } = entry;
    if (document2.held) addCounts(held, document2.held);
    if (document2.parent !== void 0) parents.add(document2.parent);
    const isFirst = !seen.isShown(place);
    seen.show(place, document2.sourceVersion);
    if (isFirst) meetDocument(place, document2, seen.isClaimed(place));
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
  function meetDocument(place, document2, isMet) {
    if (document2.problems.length > 0) seen.suspect(place);
    else if (!isMet) seen.keep(place, digest(textOf(document2)), looseOf(document2));
    else if (!seen.isSuspected(place) && seen.hasDigest(place, digest(textOf(document2))) && isNear(seen.loose(place), document2)) seen.match(place);
    else seen.suspect(place);
  }
  function meetAlone(place, claim, isMet) {
    const text = comparison?.textOf(claim);
    if (text === void 0) meetDocument(place, claim.document, isMet);
    else if (text === null) seen.suspect(place);
    else if (!isMet) seen.keep(place, digest(text), void 0);
    else if (!seen.isSuspected(place) && seen.hasDigest(place, digest(text))) seen.match(place);
    else seen.suspect(place);
  }
  function waitFor(most2) {
    for (const [place, { claim }] of waiting) {
      if (waiting.size <= most2) return;
      waiting.delete(place);
      meetAlone(place, claim, false);
    }
  }
  const suspects = [...unclaimed].map(index.key);
  const unseen = /* @__PURE__ */ new Set();
  let population = 0;
  for (const [id, place] of seen.all()) {
    const key = index.key(id);
    if (seen.isClaimed(place)) population += 1;
    if (seen.isEqual(place)) tally.addEqual(key, seen.counts(place), seen.sourceVersion(place));
    else if (seen.isSuspected(place) || ended.has(seen.isShown(place) ? "expected" : "actual")) {
      suspects.push(key);
      if (!seen.isShown(place)) unseen.add(keyId(key));
    }
  }
  const more2 = noCounts(shape2);
  if (groupLevel(shape2) !== void 0) more2[0] = Math.max(0, parents.size - groups.size);
  const complete = ended.size === 2;
  return { suspects, unseen, odd: /* @__PURE__ */ new Set(), counted: /* @__PURE__ */ new Set(), population, legacy, skipped, beside: { more: more2, loose: void 0 }, held, complete };
}
async function* pagesOfBoth({ expected, actual, comparison }, next, ended) {
  const scans = { expected: expected.documents()[Symbol.asyncIterator](), actual: actual.documents()[Symbol.asyncIterator]() };
  try {
    while (ended.size < 2) {
      const side = ended.has("expected") ? "actual" : ended.has("actual") || !comparison?.inOrder ? "expected" : next();
      const { done, value } = await scans[side].next();
      if (done) ended.add(side);
      else yield [side, value];
    }
  } finally {
    for (const scan of Object.values(scans)) await scan.return?.();
  }
}

// action/src/compare/tally.ts
function createTally({ shape: shape2 }, onDifference, accepts = () => false, onExplained = () => void 0) {
  const own = documentLevel(shape2);
  const ofGroups = groupLevel(shape2);
  const expected = noCounts(shape2);
  const normalized = noCounts(shape2);
  const accepted = noCounts(shape2);
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
  const idOfGroup = (key) => groupId(groupOf(key, shape2));
  const addVersion = (version, count3 = 1) => {
    if (version !== void 0) versions.set(version, (versions.get(version) ?? 0) + count3);
  };
  const correction = () => measured === void 0 ? 0 : Math.max(0, measured - explained) - digested;
  const addActual = (document2, twin) => {
    addCounts(normalized, countDocument(document2, shape2, twin?.hidden));
    addVersion(document2.sourceVersion);
  };
  return {
    addEqual(key, counts, sourceVersion) {
      compared += 1;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      addVersion(sourceVersion);
      if (ofGroups === void 0) return;
      const id = idOfGroup(key);
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
      for (const [version, count3] of Object.entries(sourceVersions)) addVersion(version, count3);
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
    takeBack({ expected: document2, actual: [actual] }) {
      const alike = document2 ?? actual;
      if (!alike) return;
      const counts = countDocument(alike, shape2);
      compared -= 1;
      addCounts(expected, counts, -1);
      addCounts(normalized, counts, -1);
      addVersion(actual?.sourceVersion, -1);
    },
    addExplained(explanation) {
      const { key, differences, expected: document2, actual, groupExists } = explanation;
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
      if (document2) {
        addCounts(expected, countDocument(document2, shape2));
        expectedGroups.add(group);
      }
      for (const twin of actual) addActual(twin, document2);
      explained += actual.length;
      if (actual.length > acceptedOrphans && groupExists) normalizedGroups.add(group);
      else if (actual.length > 0 && groupExists) orphanedGroups.add(group);
      left.forEach(onDifference);
      if (!document2 && actual.length === 0) return;
      compared += 1;
      if (!document2) orphans += 1;
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
      return shape2.levels.map(({ name }, level2) => {
        const alike = level2 === own ? correction() : 0;
        const [left, right] = [(expected[level2] ?? 0) + alike, (normalized[level2] ?? 0) + alike];
        return { level: name, legacy: legacy[level2] ?? 0, expected: left, normalized: right, difference: right - left };
      });
    },
    withoutAccepted(counts) {
      if (ofGroups !== void 0) {
        const mended = missingFrom(normalizedGroups, mendedGroups).filter((id) => !missingGroups.has(id));
        accepted[0] = mended.length - missingFrom(normalizedGroups, orphanedGroups).length;
      }
      return counts.map((count3) => {
        const less = accepted[shape2.levels.findIndex(({ name }) => name === count3.level)] ?? 0;
        return { ...count3, normalized: count3.normalized + less, difference: count3.difference + less };
      });
    }
  };
  function shareOf(difference, { expected: document2, actual }) {
    const { kind, path } = difference;
    const share = noCounts(shape2);
    if (kind === "duplicate" && shape2.hasDuplicates && typeof difference.normalized === "number") share[own] = 1 - difference.normalized;
    if (kind !== "missing" && kind !== "orphan") return share;
    const sign = kind === "missing" ? 1 : -1;
    if (path === null) {
      const whole = kind === "missing" ? document2 : actual[difference.place ?? 0];
      if (whole) addCounts(share, countDocument(whole, shape2, document2?.hidden), sign);
      else share[own] = sign;
      return share;
    }
    const side = kind === "missing" ? document2 : actual[0];
    if (side) addCounts(share, countMembers(side, shape2, document2?.hidden ?? [], path), sign);
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
  const settled2 = { transient: 0, restless: 0, unsettled: 0 };
  await catchTrouble(result, async () => {
    await entity.prepare();
    const total2 = legacyRows + normalizedRows;
    const [which, about] = entity.part ? [` of part ${entity.part.index}/${entity.part.of}`, "about "] : ["", ""];
    onPhase(`Comparing every ${own.one}${which}: ${about}${legacyRows} legacy and ${about}${normalizedRows} normalized ${own.many}.`);
    const reserveMs = Math.min(settleMs + 2e3, 0.4 * 1e3 * budget.seconds);
    const mayGoOn = () => budget.remainingMs() > reserveMs;
    const onRows = (rows) => onProgress(rows / 2, total2 / 2);
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
        for (const document2 of explanation.actual) if (document2.held) addCounts(held, document2.held);
      }
      if (scan.counted.has(id)) tally.takeBack(explanation);
      tally.addExplained(explanation);
    };
    const settling = { pair: { ...entity, read: (digester ?? entity).read }, settleMs, suspected: true, odd: scan.odd, accept, stop: budget.signal };
    await settle(scan.suspects, settling, settled2);
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
  for (const count3 of result.judged) if (count3.difference !== 0) onDifference(countDifference(count3));
  return finish(result, tally, settled2, options);
}
async function looseMembers(entity, held, mayGoOn) {
  try {
    return await lookForLoose(entity, held, mayGoOn);
  } catch (error2) {
    if (isOutOfTime(error2)) return void 0;
    throw error2;
  }
}
async function lookForLoose({ shape: shape2, holdings, actual }, held, mayGoOn) {
  const total2 = await holdings.total();
  if (isSameCounts(total2, held)) return noCounts(shape2);
  const { rows, counted: counted2 } = await holdings.loose();
  const isExplained = (read) => total2.every((count3, level2) => count3 <= (read[level2] ?? 0) + (rows[level2] ?? 0));
  if (isExplained(held)) return counted2;
  const again = noCounts(shape2);
  for await (const page of actual.documents()) {
    if (!mayGoOn()) return counted2;
    for (const { entry } of page) if (entry.kind === "claim" && entry.document.held) addCounts(again, entry.document.held);
  }
  if (isSameCounts(again, held) && isSameCounts(await holdings.total(), total2)) throw holdings.cut();
  return counted2;
}

// action/src/compare/recent.ts
async function compareRecent(options, since) {
  const { entity, budget, settleMs, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison("recent", 0);
  const settled2 = { transient: 0, restless: 0, unsettled: 0 };
  const { many } = documentWords(entity);
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
    onPhase(`Comparing ${keys.length} ${many} that were written since ${since}.`);
    options.onGroups?.(index.all());
    const settling = { pair: entity, settleMs, stop: budget.signal, accept: tally.addExplained };
    await settle([...unclaimed].map(index.key), { ...settling, suspected: true }, settled2);
    await settle(keys, { ...settling, suspected: false, onProgress: (done) => onProgress(done, keys.length) }, settled2);
    result.population = tally.compared();
  });
  return finish(result, tally, settled2, options);
}

// action/src/compare/sampled.ts
import { setTimeout as sleep3 } from "node:timers/promises";

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
var apart = ({ count: { expected, normalized } }) => Math.abs(normalized - expected);
async function compareSample(options, size, seed, { isWhole: isWhole3 = false, isBilled = false, isCompared = () => false } = {}) {
  const { entity, budget, settleMs, legacyRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison("sample", legacyRows);
  const settled2 = { transient: 0, restless: 0, unsettled: 0 };
  const settling = { pair: entity, settleMs, stop: budget.signal };
  const own = documentLevel(entity.shape);
  const words2 = documentWords(entity);
  const whole = entity.part?.whole ?? entity;
  const isOwn = entity.part?.has ?? (() => true);
  const toCount = isWhole3 ? whole : entity;
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
    const sample = drawSample(keysOf(inTurn(weeks, elsewhere), index.key), size, seed).filter(isOwn);
    result.planned = sample.length;
    if (size > 0) onPhase(`Comparing ${sample.length} of ${weeks.size} ${words2.many}, drawn at random.`);
    options.onGroups?.(entity.groups());
    options.onGroups?.(index.all());
    if (size > 0) await settle([...keysOf(unclaimed, index.key)], { ...settling, suspected: true, accept: tally.addExplained }, settled2);
    const onSampleProgress = (done) => onProgress(done, sample.length);
    await settle(sample, { ...settling, suspected: false, accept: tally.addExplained, onProgress: onSampleProgress }, settled2);
    const drawn = new Set(sample.map(index.add));
    const weekCount = await isAlike(rows, weeks.size) ? { expected: weeks.size, normalized: weeks.size, mended: weeks.size } : await countInFlight(weeks, drawn, index.add, index.key);
    const level2 = { level: levelName(entity.shape, own), legacy: rows, expected: weekCount.expected };
    const counted2 = (there) => [{ ...level2, normalized: there, difference: there - level2.expected }];
    result.counts = counted2(weekCount.normalized);
    result.judged = counted2(weekCount.mended);
    result.population -= sample.length - tally.compared();
  });
  async function drawFromActual() {
    const index = createKeyIndex(entity.shape);
    const claimed2 = /* @__PURE__ */ new Set();
    if (size > 0) {
      for await (const page of whole.draw?.() ?? whole.actual.keys())
        for (const { kind, key } of page) if (kind === "claim" && (size < Number.POSITIVE_INFINITY || isOwn(key))) claimed2.add(index.add(key));
    }
    const sample = drawSample(keysOf(claimed2, index.key), size, seed).filter(isOwn);
    const first = await bothNumbers();
    const { expected } = first.count;
    result.planned = sample.length;
    result.population = Math.max(expected, sample.length);
    if (size > 0)
      onPhase(
        size < Number.POSITIVE_INFINITY ? `Comparing ${sample.length} of ${expected} ${words2.many}, drawn at random.` : `Comparing ${sample.length} of ${expected} ${words2.many}, those of this part.`
      );
    options.onGroups?.(index.all());
    const onSampleProgress = (done) => onProgress(done, sample.length);
    await settle(sample, { ...settling, suspected: false, accept: tally.addExplained, onProgress: onSampleProgress }, settled2);
    const numbers = await countedStill(first);
    result.population = numbers.expected;
    result.counts = [{ level: levelName(entity.shape, own), ...numbers, difference: numbers.normalized - numbers.expected }];
    result.judged = tally.withoutAccepted(result.counts);
  }
  async function bothNumbers(isNow = false) {
    const before = await toCount.actual.count();
    const { numbers, count: count3 } = toCount.expected;
    const { rows: legacy, keys: expected } = numbers ? await numbers(isNow) : await count3().then((rows) => ({ rows, keys: rows }));
    if (before === expected) return { count: { legacy, expected, normalized: before }, moved: 0 };
    const after = await toCount.actual.count();
    const normalized = Math.min(Math.max(expected, Math.min(before, after)), Math.max(before, after));
    return { count: { legacy, expected, normalized }, moved: Math.abs(after - before) };
  }
  async function countedStill(first) {
    const distance = (numbers) => apart(numbers) || numbers.moved;
    let least2 = first;
    let last;
    let moved = 0;
    const end = performance.now() + settleMs;
    while (distance(least2) > 0 && performance.now() < end) {
      await sleep3(Math.min(1e3, settleMs), void 0, { signal: budget.signal }).catch(() => void 0);
      const again = await bothNumbers(true);
      moved += again.moved;
      if (last) moved += Math.abs(again.count.expected - last.count.expected) + Math.abs(again.count.normalized - last.count.normalized);
      last = again;
      if (distance(again) <= distance(least2)) least2 = again;
    }
    if (apart(least2) > moved) return least2.count;
    settled2.restless += distance(least2);
    return { ...least2.count, normalized: least2.count.expected };
  }
  async function isAlike(rows, weeks) {
    return !accepts && !entity.part && await entity.actual.count() === weeks && await entity.expected.count() === rows;
  }
  async function countInFlight(weeks, drawn, idOf3, keyOf3) {
    const onlyNormalized = /* @__PURE__ */ new Map();
    const inCommon = /* @__PURE__ */ new Set();
    const repeated = /* @__PURE__ */ new Set();
    let normalized = 0;
    for await (const page of entity.actual.keys()) {
      for (const { kind, key } of page) {
        if (kind !== "claim") continue;
        normalized += 1;
        const id = idOf3(key);
        if (!weeks.has(id)) onlyNormalized.set(id, key);
        else if (inCommon.has(id)) repeated.add(id);
        else inCommon.add(id);
      }
    }
    const onlyLegacy = [...weeks].filter((id) => !inCommon.has(id)).map(keyOf3);
    const suspects = [...onlyLegacy, ...onlyNormalized.values(), ...[...repeated].map(keyOf3)];
    if (!accepts && suspects.length > maxCountSuspects) return { expected: weeks.size, normalized, mended: normalized };
    if (suspects.length > 0) onPhase(settlingSentence(suspects.length, words2, settleMs));
    const wasDrawn = ({ key }) => key !== null && (drawn.has(idOf3(key)) || isCompared(key));
    const alone = createTally(entity, () => void 0, accepts && ((difference) => accepts(difference, wasDrawn(difference))));
    await settle(suspects, { ...settling, suspected: true, accept: alone.addExplained }, settled2);
    const counts = alone.counts([]);
    const counted2 = counts[own];
    const judged = alone.withoutAccepted(counts)[own];
    const once2 = inCommon.size - repeated.size;
    return {
      expected: once2 + (counted2?.expected ?? 0),
      normalized: once2 + (counted2?.normalized ?? 0),
      mended: once2 + (judged?.normalized ?? 0)
    };
  }
  for (const count3 of result.judged) if (count3.difference !== 0) onDifference(countDifference(count3));
  return finish(result, tally, settled2, options);
}
function* inTurn(...all) {
  for (const each2 of all) yield* each2;
}
function* keysOf(ids, keyOf3) {
  for (const id of ids) yield keyOf3(id);
}

// action/src/compare/compare-pair.ts
var cheapRows = 2e3;
async function comparePair(pair, extent, told, options) {
  const entities = pair.entities.filter(({ written }) => extent.since === void 0 || written !== void 0);
  const nothing3 = { ...emptyComparison(modeOf(extent), 0), entities: [] };
  const { budget, onPhase } = options;
  try {
    const sized = [];
    for (const entity of entities) {
      const { expected, actual } = entity.part?.whole ?? entity;
      const [legacyRows, normalizedRows] = [await sizeOf(expected), await sizeOf(actual)];
      const trouble = entity.sight.troubleWithEmpty(legacyRows, normalizedRows);
      if (trouble !== void 0) return { ...nothing3, population: ownShareOf(entity, legacyRows), trouble };
      sized.push({ entity, legacyRows, normalizedRows });
    }
    const ways = await waysOf(pair, sized, { ...extent, mayLookUp: (entity) => told(entity).accepts === void 0 }, onPhase);
    const progress = inAll(sized, options.onProgress);
    const compared = await compareEntities(entities, async (entity, onScanned) => {
      const { legacyRows = 0, normalizedRows = 0 } = sized.find((one) => one.entity === entity) ?? {};
      const way = ways.get(entity) ?? {};
      const phase = pair.isDeclared ? (sentence) => onPhase(`${entity.name}: ${sentence}`) : onPhase;
      const own = {
        ...options,
        ...told(entity),
        entity,
        legacyRows: ownShareOf(entity, legacyRows),
        normalizedRows: ownShareOf(entity, normalizedRows),
        onProgress: progress(entity),
        onPhase: phase,
        onScanned
      };
      if (extent.since !== void 0) return compareRecent(own, extent.since);
      const rotates = extent.rotates === true && entity.part !== void 0;
      if (rotates && (way.isLookedUp || entity.drawFrom === "actual" && way.size !== void 0))
        return lookedUp({ ...own, legacyRows, normalizedRows }, way, extent.seed);
      const part = rotates ? { ...own, onDifference: (difference) => difference.kind === "count" ? void 0 : own.onDifference(difference) } : own;
      const comparison = way.size === void 0 ? await compareFully(part, way.digester) : await compareSample(part, way.size, extent.seed);
      const blind = entity.sight.troubleWithSeen(comparison.seen);
      if (blind === void 0 && rotates && entity.part) return inWhole(own, comparison, entity.part, { legacyRows, normalizedRows }, pair.isBilled);
      return blind === void 0 ? comparison : { ...emptyComparison(comparison.mode, own.legacyRows), engine: comparison.engine, population: comparison.population, trouble: blind, isBlind: true };
    });
    return merged(pair, sized, compared, modeOf(extent, ways), budget);
  } catch (error2) {
    if (error2 instanceof ReadError) return { ...nothing3, trouble: error2.message };
    if (error2 instanceof BudgetError) {
      const [first] = pair.entities;
      const one = first ? documentWords(first).one : "row";
      return {
        ...nothing3,
        interruption: `The time budget of ${budget.seconds} s ran out before a ${one} was compared. Raise time-budget-seconds, or look at why the project answers slowly.`
      };
    }
    throw error2;
  }
}
async function lookedUp(own, { size }, seed) {
  const comparison = await compareSample(own, size ?? Number.POSITIVE_INFINITY, seed, { isWhole: true });
  const mode = size === void 0 ? "full" : "sample";
  return { ...comparison, mode, isPart: !comparison.ranOut };
}
async function inWhole(own, part, { whole, has }, rows, isBilled) {
  if (part.trouble !== void 0 || part.ranOut) return { ...part, counts: [], judged: [], population: Math.max(rows.legacyRows, part.compared) };
  const counted2 = await compareSample({ ...own, ...rows, entity: whole, onProgress: () => void 0 }, 0, "", {
    isBilled: isBilled && own.accepts === void 0,
    isCompared: has
  });
  const levels = new Set(counted2.counts.map(({ level: level2 }) => level2));
  const below = part.judged.filter(({ level: level2 }) => !levels.has(level2));
  for (const count3 of below) if (count3.difference !== 0) own.onDifference(countDifference(count3));
  return {
    ...part,
    isPart: true,
    population: Math.max(counted2.population, part.compared),
    legacyRows: counted2.legacyRows,
    counts: counted2.counts,
    judged: [...counted2.judged, ...below],
    skipped: counted2.skipped,
    trouble: counted2.trouble,
    ranOut: counted2.ranOut,
    interruption: counted2.ranOut ? `The time budget of ${own.budget.seconds} s ran out before both sides were counted. Raise time-budget-seconds.` : void 0
  };
}
var ownShareOf = ({ part }, rows) => part ? Math.ceil(rows / part.of) : rows;
var sizeOf = async (side) => (side.size ?? side.count)();
async function waysOf(pair, sized, extent, onPhase) {
  if (extent.since !== void 0) return /* @__PURE__ */ new Map();
  const digesters = /* @__PURE__ */ new Map();
  const said3 = /* @__PURE__ */ new Set();
  if (extent.mode !== "sample") {
    for (const { entity } of sized) {
      const { ready: ready2, sentence: answer2, narrows = false } = await entity.digester.probe();
      const isAble = !entity.part || narrows;
      if (ready2) digesters.set(entity, isAble ? entity.digester : void 0);
      const sentence = ready2 && !isAble ? "The database can compare only everything, not a single part, so the rows of this part are read." : answer2;
      if (!said3.has(sentence)) onPhase(sentence);
      said3.add(sentence);
    }
  }
  const toRead = sized.filter(({ entity }) => !digesters.has(entity));
  const isCheap = sumOf(toRead, ({ legacyRows }) => legacyRows) <= cheapRows;
  const billed = sumOf(sized, billedRows);
  const lookUps = extent.rotates && pair.isBilled ? await withLookUps(sized, extent.mayLookUp) : /* @__PURE__ */ new Set();
  const turnsOf = ({ entity }) => extent.rotates && lookUps.has(entity) ? entity.part?.of ?? 1 : 1;
  const isAffordable = pair.isBilled && sumOf(sized, (one) => billedRows(one) / turnsOf(one)) <= extent.readBudget;
  if (extent.mode === "full" || extent.mode === "auto" && (toRead.length === 0 || (pair.isBilled ? isAffordable : isCheap || extent.rotates === true))) {
    return new Map(sized.map(({ entity }) => [entity, { digester: digesters.get(entity), isLookedUp: extent.rotates === true && lookUps.has(entity) }]));
  }
  if (pair.isBilled && pair.isDeclared) {
    onPhase(`Every row read is billed: ${billed} of them are more than read-budget (${extent.readBudget}) allows.`);
    const mayTurn = extent.mode === "auto" && (extent.rotates || !sized.some(({ entity }) => entity.part)) && (await withLookUps(sized, extent.mayLookUp)).size === sized.length;
    const fitting = mayTurn ? fittingTurns(billed, extent.readBudget) : void 0;
    if (fitting !== void 0) onPhase(`With rotate: ${fitting} each run would compare one part of them, which fits.`);
  }
  return new Map(sized.map((one) => [one.entity, { size: sampleOf(one, sized, extent, pair.isBilled) }]));
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
var billedRows = ({ entity, legacyRows, normalizedRows }) => entity.drawFrom === "actual" ? legacyRows : Math.max(legacyRows, normalizedRows);
function sampleOf(one, all, { sampleSize, enough, readBudget }, isBilled) {
  const rows = Math.max(
    1,
    sumOf(all, ({ legacyRows }) => legacyRows)
  );
  const before = sumOf(all.slice(0, all.indexOf(one)), ({ legacyRows }) => legacyRows);
  const shareOf = (total2) => Math.max(1, Math.floor(total2 * (before + one.legacyRows) / rows) - Math.floor(total2 * before / rows));
  const wanted = sampleSize === "auto" ? enough : all.length === 1 ? sampleSize : shareOf(sampleSize);
  return isBilled ? Math.min(wanted, shareOf(readBudget)) : wanted;
}
var sumOf = (items, numberOf) => items.reduce((sum2, item) => sum2 + numberOf(item), 0);
function modeOf({ mode, since }, ways) {
  if (since !== void 0) return "recent";
  if (ways) return [...ways.values()].some(({ size }) => size !== void 0) ? "sample" : "full";
  return mode === "sample" ? "sample" : "full";
}
function inAll(sized, onProgress) {
  const known = new Map(sized.map(({ entity, legacyRows, normalizedRows }) => [entity, { done: 0, total: (legacyRows + normalizedRows) / 2 }]));
  return (entity) => (done, total2) => {
    known.set(entity, { done, total: total2 });
    onProgress(
      sumOf([...known.values()], (one) => one.done),
      sumOf([...known.values()], (one) => one.total)
    );
  };
}
function merged(pair, sized, compared, mode, budget) {
  const entities = sized.map(
    ({ entity, legacyRows }) => compared.find((one) => one.entity === entity) ?? { entity, comparison: emptyComparison(mode, ownShareOf(entity, legacyRows)) }
  );
  const all = entities.map(({ comparison }) => comparison);
  const isEmpty = all.every(({ isPart, population: population2 }) => isPart && population2 === 0);
  const hasOtherParts = !isEmpty && sized.some(({ entity: { part }, legacyRows, normalizedRows }) => part && legacyRows + normalizedRows > 0);
  const [first] = all;
  if (all.length === 1 && first) return { ...first, mode, hasOtherParts, entities };
  const sum2 = (numberOf) => sumOf(all, numberOf);
  const lists = (listOf) => all.flatMap(listOf);
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
    interruption: ranOut ? howFar(done, Math.max(planned, done), mode, budget, pair.entities[0] ? documentWords(pair.entities[0]).many : "rows") : void 0,
    isBlind: all.some(({ isBlind }) => isBlind),
    hasOtherParts,
    entities
  };
}

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
  return severityRank[a.severity] - severityRank[b.severity] || compareKeys(a, b) || // As the file orders them, which other programs know.
  compareText(pathOf(a), pathOf(b)) || compareText(a.type, b.type) || compareText(a.level, b.level) || // Keys may be shown alike that are not the same, when values are revealed, and so may rows without a key.
  compareText(JSON.stringify(a.rowIds), JSON.stringify(b.rowIds)) || compareText(JSON.stringify([a.legacy, a.normalized]), JSON.stringify([b.legacy, b.normalized]));
}
function orderOf(entities) {
  const rankOf = ({ level: level2 }) => entities.indexOf(level2);
  return (a, b) => severityRank[a.severity] - severityRank[b.severity] || rankOf(a) - rankOf(b) || compareFindings(a, b);
}
function createFindings(pseudonyms, entities = []) {
  const compareAll = orderOf(entities);
  let kept = [];
  const types2 = /* @__PURE__ */ new Map();
  const severities2 = /* @__PURE__ */ new Map();
  const differing3 = collectDiffering();
  const missingGroups = /* @__PURE__ */ new Map();
  let total2 = 0;
  const render2 = (value, key, path, { shape: shape2 }) => {
    if (value === null || typeof value === "number") return value;
    if (value.readable) return value.text;
    if (path === null && key !== null && shape2.key.some(({ shown: shown5 }) => typeof shown5 === "function"))
      return Object.values(shownKey(key, shape2, pseudonyms)).map((part) => part ?? "").join(" ");
    return pseudonyms[value.opaque ? "value" : "text"](value.text, key && ownerOf(key, shape2));
  };
  const toFinding = (difference, entity) => {
    const { shape: shape2 } = entity;
    const { kind, key, path, legacy, normalized, rowIds, level: level2 } = difference;
    return {
      ...entity.findingType(difference),
      kind,
      level: level2,
      key: key && shownKey(key, shape2, pseudonyms),
      place: path && entity.renderPath(path, (text) => pseudonyms.text(text, key && ownerOf(key, shape2))),
      legacy: render2(legacy, key, path, entity),
      normalized: render2(normalized, key, path, entity),
      rowIds: Object.fromEntries(
        Object.entries(rowIds).map(([table, ids]) => [table, ids.map((id) => entity.renderRowId?.(table, id, (part) => pseudonyms.name("key", [part])) ?? id)])
      )
    };
  };
  const count3 = (finding2) => {
    total2 += 1;
    types2.set(finding2.type, (types2.get(finding2.type) ?? 0) + 1);
    severities2.set(finding2.type, finding2.severity);
  };
  return {
    add(difference, entity) {
      const { shape: shape2 } = entity;
      const finding2 = toFinding(difference, entity);
      const { key } = difference;
      if (key !== null && isWhole(key, shape2)) differing3.add(pseudonyms.document(key));
      if (key !== null && difference.kind === "missing" && difference.level === groupLevel(shape2)) {
        const id = `${entity.name} ${groupId(groupOf(key, shape2))}`;
        const known = missingGroups.get(id);
        if (!known) count3(finding2);
        missingGroups.set(id, known ? joinDocuments(known, finding2) : finding2);
        return;
      }
      count3(finding2);
      kept.push(finding2);
      if (kept.length >= 2 * maxFindings) kept = kept.sort(compareAll).slice(0, maxFindings);
    },
    total: () => total2,
    severityByType: () => Object.fromEntries(severities2),
    differingWeeks: () => ({ key: pseudonyms.key, weeks: differing3.list() }),
    byType: () => Object.fromEntries([...types2].sort(([a], [b]) => compareText(a, b))),
    clear() {
      kept = [];
      total2 = 0;
      types2.clear();
      severities2.clear();
      differing3.clear();
      missingGroups.clear();
    },
    list: () => [...[...missingGroups.values()].map(trimRowIds), ...kept].sort(compareAll).slice(0, maxFindings)
  };
}
function trimRowIds(finding2) {
  const sorted = Object.entries(finding2.rowIds).map(([table, ids]) => [table, ids.toSorted(compareIds).slice(0, maxRowIds)]);
  return { ...finding2, rowIds: Object.fromEntries(sorted) };
}
function joinDocuments(known, more2) {
  const rowIds = { ...known.rowIds };
  for (const [table, ids] of Object.entries(more2.rowIds)) {
    rowIds[table] = [...rowIds[table] ?? [], ...ids];
  }
  const { key } = compareKeys(more2, known) < 0 ? more2 : known;
  return { ...known, key, rowIds };
}

// action/src/history/history.ts
import { basename } from "node:path";

// action/src/history/id.ts
import { createHash } from "node:crypto";
var mark = "d21f7";
var form = new RegExp(`^${mark}([0-2])([0-9a-f]{10})[0-9a-f]{16}$`);
var hashed = (text, digits) => createHash("sha256").update(text).digest("hex").slice(0, digits);
var declarationDigest = (declaration) => hashed(
  JSON.stringify(declaration, (_key, value) => value instanceof Map ? [...value] : value),
  10
);
function idOf(report) {
  const { declaration, extent, sources } = report.record ?? {};
  const own = JSON.stringify(sources === void 0 ? [report.pair, report.seed, report.startedAt] : [report.pair, sources, report.verdict]);
  return declaration === void 0 || extent === void 0 ? hashed(own, 32) : `${mark}${extents.indexOf(extent)}${declaration}${hashed(own, 16)}`;
}
function saidById(id) {
  const [, extent, declaration] = form.exec(id) ?? [];
  return { declaration, extent: declaration === void 0 ? "all" : extents[Number(extent)] ?? "nothing" };
}

// action/src/history/history.ts
var migration = "supabase/migrations/020_create_driftwatch_history.sql";
var partsMigration = "supabase/migrations/022_extend_driftwatch_history.sql";
var runs = array(
  object({
    /** An earlier form of the function does not say it. */
    id: string().optional(),
    pair: string(),
    finished_at: iso_exports.datetime({ offset: true }),
    /** By the server's clock; an earlier form of the function does not say it. */
    age_seconds: number().optional(),
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
  } catch (error2) {
    return `The record of earlier runs could not be read. ${reasonOf(error2)}`;
  }
}
var timeOf = (finishedAt, ageSeconds, asked2) => (ageSeconds === void 0 ? new Date(finishedAt) : new Date(asked2.getTime() - ageSeconds * 1e3)).toISOString();
var checks = object({
  id: string(),
  finished_at: string().refine((time) => !Number.isNaN(Date.parse(time))),
  verdict: _enum(["in-sync", "drift"]),
  conclusive: boolean(),
  compared: number(),
  part: number().nullable(),
  parts: number().nullable()
});
var clocks = array(object({ finished_at: iso_exports.datetime({ offset: true }), age_seconds: number().optional() }));
async function clockBehind(reader, now) {
  const [last] = await reader.call("driftwatch_recent_runs", {}, clocks) ?? [];
  return last?.age_seconds === void 0 ? 0 : Date.parse(last.finished_at) + 1e3 * last.age_seconds - now().getTime();
}
async function readChecks(reader, pair, now) {
  try {
    const { rows } = await reader.select(
      "driftwatch_history",
      "id,finished_at,verdict,conclusive,compared,part,parts",
      checks,
      (query) => query.eq("pair", pair).in("verdict", ["in-sync", "drift"]).or("part.gt.0,conclusive.is.true,verdict.eq.drift").order("finished_at", { ascending: false }).limit(maxPageSize)
    );
    const behindMs = await clockBehind(reader, now);
    const serverNow = new Date(now().getTime() + behindMs);
    return rows.map(({ id, finished_at, part, parts, ...run2 }) => ({
      ...run2,
      ...saidById(id),
      at: new Date(finished_at).toISOString(),
      part: part === null || parts === null ? null : { index: part, of: parts }
    })).filter(({ at, verdict }) => verdict === "drift" || isPast(at, serverNow));
  } catch (error2) {
    return `When each part was verified could not be read. Apply ${basename(migration)} and ${basename(partsMigration)} if you have not yet. ${reasonOf(error2)}`;
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
  } catch (error2) {
    return `This run was not recorded. ${reasonOf(error2)}`;
  }
}
var reasonOf = (error2) => error2 instanceof ReadError ? error2.message : "The project did not answer in time.";

// action/src/report/assemble.ts
function assemble(parts) {
  const { comparison, judgement, findings } = parts;
  const { differing: differing3, compared, population } = comparison;
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
      entities: parts.entities.map(({ name, comparison: one, rated }) => ({
        name,
        compared: one.compared,
        population: one.population,
        differing: one.differing,
        rate: rated?.rate ?? 0,
        upperBound: rated?.upperBound ?? 1
      }))
    },
    ...Object.keys(parts.aside.notCompared).length > 0 && { notCompared: parts.aside.notCompared },
    ...parts.aside.remarks.length > 0 && { remarks: [...parts.aside.remarks] },
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
    row.length > 0 && !row.some(isWhole2) ? `Not every ${words2.document.one} was verified: the runs of the streak were samples, of at most ${Math.max(...row.map(({ compared }) => compared))} ${words2.document.many}. Set mode: full${words2.hasTables ? ", or install the drift functions" : ""}.` : "",
    ...obstacles
  ].filter((reason) => reason !== "");
  return { ready: reasons.length === 0, reasons };
}
function aboutThisRun({ verdict, conclusive, differing: differing3, compared }, mode, words2, coverage) {
  if (verdict === "unknown") return "This run was inconclusive: whether both sides agree is unknown.";
  if (verdict === "drift" && differing3 === 0) return `This run found drift, although the compared ${words2.document.many} agree.`;
  if (verdict === "drift") return `This run found drift: ${differing3} of ${compared} compared ${words2.document.many} differ.`;
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
function historyOf({ settings: { part }, connection: { record: record3, budget, pair }, now }) {
  return part || !record3 ? void 0 : readHistory(createReader(record3.url, record3.key, budget.signal, budget), pair.name, now);
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
  const judgement = await judge(
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
  const report = found.shortReason === void 0 ? assembled : { ...assembled, shortReason: found.shortReason };
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
  } catch (error2) {
    const detail = error2 instanceof ReadError ? error2.message : "The time budget ran out before it could be read.";
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
  const checks2 = reader === void 0 ? `No runs are recorded, because there is no Supabase project to record them in: set supabase-url and supabase-key, and apply ${basename2(migration)} and ${basename2(partsMigration)}.` : await readChecks(reader, pair, now);
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
var checkOf = ({ verdict, finishedAt, interruption, drift, record: record3 }, part) => verdict === "unknown" || record3 === void 0 ? void 0 : { at: finishedAt, verdict, conclusive: verdict === "drift" && interruption === void 0, part, compared: drift.compared, ...record3 };

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
    rules: (complete) => ledgers.map(({ rule, expired, matched, findings, documents: documents3 }) => ({
      reason: rule.reason,
      by: rule.by,
      until: rule.until,
      what: describe(rule),
      state: expired ? "expired" : complete && !matched ? "unmatched" : "active",
      findings,
      weeks: documents3
    })),
    clear() {
      ledgers = rules.map((rule) => openLedger(rule, today));
    }
  };
}
function coverageOf({ shape: shape2, findingType, renderPath }, pseudonyms) {
  const isNamedPart = (part, said3) => pseudonyms.isNamed(said3, "key", [part]) || pseudonyms.value(part, null) === said3;
  return (difference) => {
    const { key, path, level: level2 } = difference;
    if (key === null) return () => false;
    const { type } = findingType(difference);
    const paths = once(() => path === null ? [] : pseudonyms.naming.map((name) => renderPath(path, (text) => name(text, ownerOf(key, shape2))).join("/")));
    return ({ rule, matchesPath, parts }) => (rule.type === void 0 || rule.type === type) && (rule.level === void 0 || rule.level === level2) && parts.every(([name, said3]) => isPart(key, name, said3)) && (matchesPath === void 0 || paths().some(matchesPath));
  };
  function isPart(key, name, said3) {
    const place = shape2.key.findIndex((part2) => part2.name === name);
    const shown5 = shape2.key[place]?.shown;
    const part = key[place] ?? null;
    if (shown5 === void 0 || part === null || said3 === null) return shown5 !== void 0 && part === said3;
    if (typeof said3 !== "string") return part >= (said3.from ?? "") && part <= (said3.to ?? "9999-12-31");
    if (typeof shown5 === "function") return shown5(part) === "plain" && part === said3 || isNamedPart(part, said3);
    return shown5 === "plain" ? part === said3 : pseudonyms.isNamed(said3, name, key.slice(0, place + 1));
  }
}
function count2(ledger, { name, shape: shape2 }, difference) {
  const { key } = difference;
  if (key === null) return;
  const id = `${name} ${keyId(key)}`;
  if (isWhole(key, shape2) && ledger.lastDocument !== id) ledger.documents += 1;
  ledger.lastDocument = id;
  const isGroup = difference.kind === "missing" && difference.level === groupLevel(shape2);
  const group = `${name} ${groupId(groupOf(key, shape2))}`;
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
var partsOf2 = ({ key = {}, child, week: week2 }) => [
  ...Object.entries(key),
  ...child === void 0 ? [] : [["child", child]],
  ...week2 === void 0 ? [] : [["week", week2]]
];
function describe({ type, level: level2, key = {}, child, week: week2, path }) {
  const weeks = week2 === void 0 || typeof week2 === "string" ? week2 && `week ${week2}` : ["weeks", week2.from && `from ${week2.from}`, week2.to && `to ${week2.to}`].filter(Boolean).join(" ");
  const parts = Object.entries(key).map(([name, said3]) => `${name}=${said3 ?? "null"}`);
  return [type ?? "anything", level2, ...parts, child, weeks, path].filter((part) => part !== void 0).join(", ");
}

// action/src/origin/census.ts
var maxValues = 1e4;
var dayMs = 864e5;
var dayOf = (time) => Math.floor(time / dayMs);
function takeCensus() {
  const taken = /* @__PURE__ */ new Map();
  async function* counted2({ name, shape: shape2 }, pages) {
    taken.delete(name);
    const parts = shape2.key.length < 2 ? [] : shape2.key.map((part) => ({ part: part.name, values: /* @__PURE__ */ new Map() }));
    const days = /* @__PURE__ */ new Map();
    let documents3 = 0;
    const count3 = (key, writtenAt) => {
      documents3 += 1;
      for (const [place, { values }] of parts.entries()) {
        const value = key[place] ?? null;
        if (value !== null) addOne(values, value);
      }
      if (writtenAt !== void 0) addOne(days, dayOf(writtenAt));
    };
    for await (const page of pages) yield counting(page, count3);
    const byPart = new Map(parts.map(({ part, values }) => [part, values]));
    taken.set(name, { documents: documents3, days, countOf: (part, value) => countOf(byPart.get(part), value) });
  }
  return {
    watch: (entity) => ({ ...entity, expected: { ...entity.expected, documents: () => counted2(entity, entity.expected.documents()) } }),
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

// action/src/origin/pattern.ts
var unknowable = { sentence: void 0, chance: -1 };
var fewestHits = 3;
var smallestShare = 0.95;
var largestBase = 0.7;
var largestChance = 0.01;
function chanceOf(group, total2) {
  const base = group.all / total2.all;
  if (group.hit < fewestHits || group.hit < smallestShare * total2.hit || !(base <= largestBase)) return void 0;
  if (group.hit > group.all || total2.hit > total2.all || total2.hit - group.hit > total2.all - group.all) return void 0;
  const chance = chanceOfAtLeast(group.hit, total2.hit, group.all, total2.all) / base;
  return chance <= largestChance ? chance : void 0;
}
var unlessTooMany = (atLeast, total2) => atLeast / total2.all > largestBase ? void 0 : unknowable;
var isWorthAsking = (hit, total2) => hit >= fewestHits && hit >= smallestShare * total2.hit;
var strongest = (patterns) => patterns.filter((pattern) => pattern !== void 0).toSorted((a, b) => a.chance - b.chance)[0];
var allOf = (hit, total2, what) => hit === total2 ? `All ${number2(total2)} ${what}` : `${number2(hit)} of ${number2(total2)} ${what} (${percent(hit / total2)})`;
var others = (group, total2) => {
  const [hit, all] = [total2.hit - group.hit, total2.all - group.all];
  return `${hit === 0 ? "none" : number2(hit)} of the other ${number2(all)}`;
};
var sides = (group, total2, such) => `${inGroup(group)} ${such}, ${others(group, total2)}`;
var inGroup = ({ hit, all }) => hit === all ? `all ${number2(all)}` : `${number2(hit)} of the ${number2(all)}`;
function sum(shares2) {
  const total2 = { hit: 0, all: 0 };
  for (const { hit, all } of shares2) {
    total2.hit += hit;
    total2.all += all;
  }
  return total2;
}
function largest(shares2) {
  let best;
  for (const entry of shares2) if (!best || entry[1].hit > best[1].hit) best = entry;
  return best;
}

// action/src/origin/members.ts
var adjectives = { missing: "missing", orphan: "orphan", mismatch: "differing" };
var areAttributes = ({ level: level2, dates }, memberLevel) => level2 !== memberLevel && dates.size === 0;
function memberPattern(facts, memberLevel, traits, pseudonyms, entity) {
  const isAttribute = areAttributes(facts, memberLevel);
  const of = entity === void 0 ? "" : ` of ${quoted(entity)}`;
  const attributes = facts.kind === "malformed" ? `unreadable values${of}` : `differences of content${of && ` in rows${of}`}`;
  const what = isAttribute ? attributes : `${adjectives[facts.kind] ?? facts.kind} ${facts.level}`;
  const ofMembers = (group, sentence, such) => {
    if (group.findings < smallestShare * facts.findings) return void 0;
    const chance = chanceOf(group, facts.members);
    if (chance === void 0) return void 0;
    const numbers = isAttribute ? "" : ` (${sides(group, facts.members, such)})`;
    return { chance, sentence: `${allOf(group.findings, facts.findings, what)} ${sentence}${numbers}.` };
  };
  const byTrait = [...facts.traits].toSorted(([a], [b]) => compareText(a, b)).map(([trait, group]) => ofMembers(group, `belong to ${memberLevel} ${traits[trait] ?? quoted(trait)}`, `such ${memberLevel} in these weeks`));
  const byName2 = [...facts.names].map(([name, group]) => {
    if (isAttribute) return ofMembers(group, `are in ${quoted(name)}`, "in these weeks");
    const shown5 = group.group ? pseudonyms.text(name, group.group) : pseudonyms.common(name);
    return ofMembers(
      group,
      `belong to ${memberLevel} ${shown5 === void 0 ? "with the same name, which several children use" : `named ${quoted(shown5)}`}`,
      "in these weeks"
    );
  });
  return strongest([...byTrait, ...byName2, facts.isNameUnknown ? unknowable : void 0, datePattern(facts, what)]);
}
function datePattern({ dates, findings, level: level2 }, what) {
  if (dates.size === 0) return void 0;
  const total2 = sum(dates.values());
  const ofDates = (group2, day2, that) => {
    const chance = chanceOf(group2, total2);
    return chance === void 0 ? void 0 : { chance, sentence: `${allOf(group2.hit, findings, what)} are of ${day2} (${sides(group2, total2, `${level2} of ${that} in these weeks`)}).` };
  };
  const [date, share] = largest(dates) ?? [];
  const oneDate = date !== void 0 && share && isCalendarDate(date) ? ofDates(share, `one day, ${date}`, "that day") : void 0;
  if (oneDate) return oneDate;
  const byWeekday = Map.groupBy(
    [...dates].filter(([day2]) => isCalendarDate(day2)),
    ([day2]) => daysSinceMonday(day2)
  );
  const [weekday, group] = largest(new Map([...byWeekday].map(([day2, shares2]) => [day2, sum(shares2.map(([, each2]) => each2))]))) ?? [];
  const name = weekdays[weekday ?? -1];
  return group && name ? ofDates(group, `a ${name}`, "that weekday") : void 0;
}

// action/src/origin/rows.ts
var rowsOf2 = {
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
  const kinds = new Set([...facts].flatMap((each2) => [...each2.kinds.keys()]));
  const [kind] = kinds;
  return kinds.size === 1 && kind ? rowsOf2[kind] : "differing rows";
}
function entityPattern(facts, { compared, byEntity }) {
  if (!byEntity) return void 0;
  const kinds = /* @__PURE__ */ new Map();
  for (const each2 of facts.values()) for (const [kind2, hit] of each2.kinds) kinds.set(kind2, { hit: (kinds.get(kind2)?.hit ?? 0) + hit, all: compared });
  const [kind, total2] = largest(new Map([...kinds].toSorted(([a], [b]) => compareText(a, b)))) ?? [];
  if (kind === void 0 || !total2) return void 0;
  const [name, group] = largest(new Map([...facts].map(([entity, each2]) => [entity, { hit: each2.kinds.get(kind) ?? 0, all: byEntity.get(entity) ?? 0 }]))) ?? [];
  const chance = group && chanceOf(group, total2);
  if (name === void 0 || chance === void 0) return void 0;
  return { chance, sentence: `${allOf(group?.hit ?? 0, total2.hit, rowsOf2[kind])} are in ${quoted(name)} (${sides(group ?? total2, total2, "rows there")}).` };
}
function mostDiffering(facts) {
  const [name] = largest(new Map([...facts].map(([entity, { documents: documents3 }]) => [entity, documents3]))) ?? [];
  const found = name === void 0 ? void 0 : facts.get(name);
  return name === void 0 || !found ? void 0 : [name, found];
}
function partPattern(facts, { name: entity, shape: shape2 }, { mode }, census, pseudonyms, isOneOfSeveral) {
  const what = `${differing([facts])}${isOneOfSeveral ? ` of ${quoted(entity)}` : ""}`;
  const patterns = [...facts.parts].map(([part, values]) => {
    if (facts.unknownParts?.has(part)) return unknowable;
    const [value, share] = largest(values) ?? [];
    if (value === void 0 || !share || !isWorthAsking(share.hit, facts.documents)) return void 0;
    const all = mode !== "full" ? share.all : sumOf2(census?.countOf(part, value), share.normalizedOnly);
    const rows = mode !== "full" ? facts.documents.all : sumOf2(census?.documents, facts.normalizedOnly);
    if (all === void 0 || rows === void 0) return void 0;
    const [group, total2] = [
      { hit: share.hit, all },
      { hit: facts.documents.hit, all: rows }
    ];
    const chance = chanceOf(group, total2);
    if (chance === void 0) return void 0;
    const shown5 = nameOf2(share, part, shape2, pseudonyms);
    const belong = shown5 === void 0 ? `share one ${quoted(part)}, whose pseudonym differs from row to row` : `belong to ${quoted(`${part} ${shown5}`)}`;
    return { chance, sentence: `${allOf(group.hit, total2.hit, what)} ${belong} (${sides(group, total2, "rows that do")}).` };
  });
  return strongest(patterns);
}
var sumOf2 = (a, b) => a === void 0 ? void 0 : a + b;
function nameOf2({ first, other }, part, shape2, pseudonyms) {
  const [one, same] = [first, other].map((key) => shownKey(key, shape2, pseudonyms)[part] ?? void 0);
  return one === same ? one : void 0;
}
function timePattern(facts, { mode }, census, entity) {
  const entities = [...facts].filter(([, { documents: documents3 }]) => documents3.hit > 0);
  const all = entities.map(([, each2]) => each2);
  const times = all.flatMap(({ written }) => written.differing).toSorted((a, b) => a - b);
  const rows = mode !== "full" ? sampledDays(all) : countedDays(entities.map(([name]) => census.of(name)));
  if (times.length < fewestHits || !rows) return void 0;
  const what = `${differing(all)}${entity === void 0 ? "" : ` of ${quoted(entity)}`}${all.some(({ undated }) => undated > 0) ? " with a known write time" : ""}`;
  const such = mode !== "full" ? "compared rows" : "legacy rows";
  const total2 = { hit: times.length, all: sum(rows.values()).all };
  const ofDays = (isIn2, when, then) => {
    const group = { hit: times.filter((time) => isIn2(dayOf(time))).length, all: sum([...rows].filter(([day2]) => isIn2(day2)).map(([, share]) => share)).all };
    const chance = chanceOf(group, total2);
    return chance === void 0 ? void 0 : { chance, sentence: `${allOf(group.hit, total2.hit, what)} were last written ${when} (${sides(group, total2, `${such} written ${then}`)}).` };
  };
  const few = Math.floor((1 - smallestShare) * times.length);
  const daysAt = (...places) => [...new Set(places.map((place) => dayOf(times.at(place) ?? Number.NaN)))];
  return strongest([
    ...daysAt(0, few).map((first) => ofDays((day2) => day2 >= first, `on ${dateOf(first)} or later`, "since")),
    ...daysAt(-1, -1 - few).map((last) => ofDays((day2) => day2 <= last, `before ${dateOf(last + 1)}`, "before"))
  ]);
}
var dateOf = (day2) => new Date(day2 * 864e5).toISOString().slice(0, 10);
function sampledDays(facts) {
  const rows = /* @__PURE__ */ new Map();
  for (const { written } of facts) for (const time of [...written.differing, ...written.equal]) rows.set(dayOf(time), (rows.get(dayOf(time)) ?? 0) + 1);
  return shares(rows);
}
function countedDays(censuses) {
  const rows = /* @__PURE__ */ new Map();
  for (const census of censuses) {
    if (!census) return void 0;
    for (const [day2, documents3] of census.days) rows.set(day2, (rows.get(day2) ?? 0) + documents3);
  }
  return shares(rows);
}
var shares = (rows) => new Map([...rows].map(([day2, all]) => [day2, { hit: 0, all }]));
function kindOfRows(facts) {
  const { hit } = sum([...facts.values()].map(({ documents: documents3 }) => documents3));
  const kinds = new Set([...facts.values()].flatMap((each2) => [...each2.kinds.keys()]));
  if (kinds.size !== 1 || !kinds.has("orphan") || hit < fewestHits) return [];
  return [
    `All ${number2(hit)} differing rows exist only on the normalized side, and nothing is missing or wrong: deletes or key changes on the legacy side did not come through.`
  ];
}

// action/src/origin/weeks.ts
var differing2 = (hit, total2) => allOf(hit, total2, "differing weeks");
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
  } catch (error2) {
    if (error2 instanceof ReadError || error2 instanceof BudgetError) return void 0;
    throw error2;
  }
}
async function patternOf(group, total2, { mode }, countNormalized, sentenceOf2) {
  const normalized = mode === "full" ? await countNormalized() : group.all - group.legacyOnly;
  if (normalized === void 0) return void 0;
  if (typeof normalized === "object") return unlessTooMany(normalized.atLeast + group.legacyOnly, total2);
  const counted2 = { hit: group.hit, all: normalized + group.legacyOnly };
  const chance = chanceOf(counted2, total2);
  return chance === void 0 ? void 0 : { chance, sentence: sentenceOf2(counted2) };
}
async function groupPattern(facts, compared, shape2, answers, pseudonyms) {
  const [, share] = largest(facts.groups) ?? [];
  if (!share || !isWorthAsking(share.hit, facts.documents)) return void 0;
  const total2 = { hit: facts.documents.hit, all: compared.compared };
  const name = quoted(nameOfGroup(share.group, shape2, pseudonyms));
  return patternOf(
    share,
    total2,
    compared,
    () => answers.countOfGroup(share.group),
    (group) => `${differing2(group.hit, total2.hit)} are of one child, ${name} (${sides(group, total2, "weeks of this child")}).`
  );
}
function nameOfGroup(group, shape2, pseudonyms) {
  const part = shape2.key[shape2.group - 1];
  return part?.shown === "plain" ? group.at(-1) ?? "" : pseudonyms.name(part?.name ?? "", group);
}
function mostlyWrittenSince({ written }) {
  const times = written.differing.toSorted((a, b) => a - b);
  const first = times[Math.floor((1 - smallestShare) * times.length)];
  return first === void 0 ? void 0 : new Date(first).toISOString().slice(0, 10);
}
async function writtenPattern(facts, compared, answers) {
  const times = facts.written.differing;
  const date = mostlyWrittenSince(facts);
  if (date === void 0 || times.length < fewestHits) return void 0;
  const isSince = (time) => time >= Date.parse(`${date}T00:00:00Z`);
  const hit = times.filter(isSince).length;
  const rows = compared.mode !== "full" ? { all: hit + facts.written.equal.filter(isSince).length, total: times.length + facts.written.equal.length } : { all: await answers.countWrittenSince(date), total: compared.legacyRows };
  const total2 = { hit: times.length, all: rows.total };
  if (rows.all === void 0) return void 0;
  if (typeof rows.all === "object") return unlessTooMany(rows.all.atLeast, total2);
  const group = { hit, all: rows.all };
  const chance = chanceOf(group, total2);
  if (chance === void 0) return void 0;
  const what = facts.undated > 0 ? "differing weeks with a known write time" : "differing weeks";
  const such = compared.mode !== "full" ? "compared weeks written since" : "legacy rows written since";
  return { chance, sentence: `${allOf(hit, times.length, what)} were last written on ${date} or later (${sides(group, total2, such)}).` };
}
function mostlySince({ starts: starts2, documents: documents3 }) {
  const weeks = { hit: 0, all: 0, legacyOnly: 0 };
  for (const [date, week2] of [...starts2].filter(([start]) => isCalendarDate(start)).toSorted(([a], [b]) => a < b ? 1 : -1)) {
    weeks.hit += week2.hit;
    weeks.all += week2.all;
    weeks.legacyOnly += week2.legacyOnly;
    if (weeks.hit >= smallestShare * documents3.hit) return { date, weeks };
  }
  return void 0;
}
async function startPattern(facts, compared, { countOfStarts }) {
  const total2 = { hit: facts.documents.hit, all: compared.compared };
  const [start, share] = largest(facts.starts) ?? [];
  if (start !== void 0 && share && isCalendarDate(start) && isWorthAsking(share.hit, facts.documents)) {
    const found = await patternOf(
      share,
      total2,
      compared,
      () => countOfStarts(start, start),
      (group) => `${differing2(group.hit, total2.hit)} start on ${start} (${sides(group, total2, "weeks that do")}).`
    );
    if (found) return found;
  }
  const since = mostlySince(facts);
  if (!since || !isWorthAsking(since.weeks.hit, facts.documents)) return void 0;
  const { date, weeks } = since;
  return patternOf(
    weeks,
    total2,
    compared,
    () => countOfStarts(date),
    (group) => `${differing2(group.hit, total2.hit)} start on ${date} or later (${sides(group, total2, "weeks that do")}).`
  );
}
async function placementOf(facts, answers) {
  const ages = await answers.agesOf(facts);
  if (!ages) return unknowable;
  const sentence = placement(facts, ages);
  return sentence === void 0 ? void 0 : { sentence };
}
function placement({ written, undated, beforeMigration, documents: documents3 }, { start, older, newerOrphans }) {
  if (start === void 0) {
    if (beforeMigration < fewestHits || beforeMigration < documents3.hit) return void 0;
    return `${differing2(beforeMigration, documents3.hit)} were last written before the migration brought them over: a backfill gap (or rows removed since), not the write path.`;
  }
  const newer = written.differing.length - older + newerOrphans;
  const known = older + newer;
  if (known === 0 || 2 * known < documents3.hit) return void 0;
  const unknown2 = undated - newerOrphans;
  const began = `dual-writing began on ${new Date(start).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const [all, were] = known === 1 ? ["The differing week", "was"] : [`All ${number2(known)} differing weeks`, "were"];
  const which = unknown2 > 0 ? `${all} with a known write time` : all;
  if (newer === 0) return `${which} ${were} last written before ${began}: a backfill gap, not the write path.`;
  if (older === 0) return `${which} ${were} last written after ${began}: the write path, not a backfill gap.`;
  return `Of ${count(known, "differing week")}${unknown2 > 0 ? " with a known write time" : ""}, ${number2(older)} ${older === 1 ? "was" : "were"} last written before ${began} (backfill gap) and ${number2(newer)} after (write path).`;
}
function kindOf({ kinds, documents: documents3 }, isFound) {
  const [kind] = kinds.keys();
  if (kinds.size !== 1 || documents3.hit < fewestHits) return [];
  if (kind === "orphan")
    return [
      `In all ${number2(documents3.hit)} differing weeks something exists only on the normalized side, and nothing is missing or wrong: deletes or renames on the legacy side did not come through.`
    ];
  if (kind === "missing" && isFound)
    return [`In all ${number2(documents3.hit)} differing weeks something is missing on the normalized side, and nothing is wrong or left over.`];
  return [];
}

// action/src/origin/clues.ts
var maxValues2 = 1e3;
var maxDays = 1e4;
var maxLength = 200;
async function cluesOf(facts, { mode }, { entities, census, answers }, pseudonyms) {
  const clues = [];
  for (const { name, shape: shape2 } of entities) {
    const own = facts.get(name);
    if (!own) continue;
    const counted2 = census.of(name);
    const isMeasured = mode !== "full" || counted2 !== void 0 || answers !== void 0;
    clues.push({
      entity: name,
      documents: own.documents,
      kinds: [...own.kinds].map(([kind, documents3]) => ({ kind, documents: documents3 })),
      normalizedOnly: own.normalizedOnly,
      undated: own.undated,
      beforeMigration: own.beforeMigration,
      written: { differing: isMeasured ? byDay(own.written.differing) : {}, equal: isMeasured ? byDay(own.written.equal) : {} },
      keys: isMeasured ? [...own.parts].map(([part, values]) => keyClues(part, values, shape2, counted2, pseudonyms)) : [],
      ...counted2 && { census: { documents: counted2.documents, days: Object.fromEntries(counted2.days) } },
      members: [...own.members.values()].map((members) => memberClues(members, shape2, pseudonyms)),
      ...answers && { weeks: await weekClues(own, mode, shape2, answers, pseudonyms) }
    });
  }
  return clues.every(isSmall) ? clues : void 0;
}
var isSmall = ({ written, census, members, weeks }) => [written.differing, written.equal, census?.days ?? {}, weeks?.starts ?? [], ...members.flatMap(({ names, dates }) => [names, dates])].every(
  (list) => Object.keys(list).length <= maxDays
);
function byDay(times) {
  const days = /* @__PURE__ */ new Map();
  for (const time of times) days.set(dayOf(time), (days.get(dayOf(time)) ?? 0) + 1);
  return Object.fromEntries(days);
}
function keyClues(part, values, shape2, census, pseudonyms) {
  const shown5 = shape2.key.find(({ name }) => name === part)?.shown;
  const isNamedByValue = shown5 === "plain" || typeof shown5 === "function";
  const most2 = [...values].toSorted(([a, some], [b, others2]) => others2.hit - some.hit || compareText(a, b));
  const kept = most2.filter(([value]) => value.length <= maxLength).slice(0, maxValues2);
  const isKept = new Set(kept.map(([value]) => value));
  const next = most2.find(([value]) => !isKept.has(value));
  return {
    part,
    values: kept.map(([value, share]) => {
      const name = nameOf2(share, part, shape2, pseudonyms);
      const { hit, all, normalizedOnly } = share;
      const rows = census?.countOf(part, value);
      const id = isNamedByValue && name !== void 0 ? { value: name } : { value: pseudonyms.seal(value), ...name !== void 0 && { name } };
      return { ...id, hit, all, normalizedOnly, ...rows !== void 0 && { rows } };
    }),
    ...next && { others: next[1].hit }
  };
}
function memberClues(facts, shape2, pseudonyms) {
  const { kind, level: level2, findings, members, traits, names, dates } = facts;
  const most2 = largest(new Map([...names].map(([name, share]) => [name, { ...share, hit: share.findings }])))?.[1].hit ?? 0;
  const isOurs = areAttributes(facts, levelName(shape2, documentLevel(shape2) + 1));
  return {
    kind,
    level: level2,
    findings,
    members,
    traits: [...traits].map(([name, share]) => ({ name, ...share })),
    names: [...names].flatMap(([name, { group, ...share }]) => {
      if (isOurs) return [{ name, ...share }];
      return share.findings >= smallestShare * findings ? [{ name: pseudonyms.seal(name), ...group && { shown: pseudonyms.text(name, group) }, ...share }] : [];
    }),
    ofOneName: most2,
    dates: [...joinOthers(dates)].map(([date, share]) => ({ date, ...share }))
  };
}
function joinOthers(dates) {
  const joined2 = /* @__PURE__ */ new Map();
  for (const [text, { hit, all }] of dates) {
    const date = isCalendarDate(text) ? text : "";
    const known = joined2.get(date) ?? { hit: 0, all: 0 };
    joined2.set(date, { hit: known.hit + hit, all: known.all + all });
  }
  return joined2;
}
async function weekClues(facts, mode, shape2, answers, pseudonyms) {
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
        name: nameOfGroup(group.group, shape2, pseudonyms),
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
function collectOf({ shape: shape2 }) {
  const facts = emptyFacts();
  const standsAlone = shape2.group === 0;
  const datePlace = standsAlone ? -1 : shape2.key.findIndex(({ kind }) => kind === "date");
  function add({ key, differences, expected, actual: [actual] }) {
    if (!expected && !actual) return;
    const hit = differences.length > 0 ? 1 : 0;
    addShare(facts.documents, hit);
    for (const kind of new Set(differences.map((difference) => difference.kind))) facts.kinds.set(kind, (facts.kinds.get(kind) ?? 0) + 1);
    if (!expected) facts.normalizedOnly += 1;
    const group = groupOf(key, shape2);
    const date = key[datePlace] ?? null;
    if (!standsAlone) addWeek(facts.groups, groupId(group), { hit: 0, all: 0, legacyOnly: 0, group }, hit, actual);
    if (date !== null) addWeek(facts.starts, date, { hit: 0, all: 0, legacyOnly: 0 }, hit, actual);
    if (standsAlone && shape2.key.length > 1) addParts(key, hit, expected);
    addTimes(hit, expected, actual);
    if (expected && actual) for (const same of byKindAndLevel(differences, standsAlone)) addMembers(group, same, expected, actual);
  }
  function addParts(key, hit, expected) {
    for (const [place, { name }] of shape2.key.entries()) {
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
    const [{ kind, level: level2, path }] = differences;
    const side = kind === "orphan" ? actual : expected;
    const found = valueOf2(facts.members, `${kind} ${level2}`, () => ({
      kind,
      level: level2,
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
  return Number.isFinite(first) ? new Date(first).toISOString().slice(0, 10) : void 0;
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
  const groups = Map.groupBy(comparable, ({ kind, level: level2 }) => `${kind} ${level2}`);
  return [...groups.values()].filter((group) => group.length > 0);
}

// action/src/origin/origin.ts
var mostSentences = 3;
async function findOrigin(found, compared, known, pseudonyms) {
  const { answers, entities } = known;
  const facts = new Map(entities.flatMap(({ name }) => [...found].filter(([of]) => of === name)));
  const most2 = mostDiffering(facts);
  if (!most2 || most2[1].documents.hit === 0) return [];
  const entity = entities.find(({ name }) => name === most2[0]);
  if (!entity) return [];
  const { patterns, placement: placement2, kind } = answers ? await amongWeeks(most2[1], compared, entity, answers, pseudonyms) : amongRows(facts, compared, known, entity, pseudonyms);
  const [first, ...others2] = patterns.filter((pattern) => pattern !== void 0).toSorted((a, b) => a.chance - b.chance);
  const places = [first, placement2, ...others2].filter((place) => place !== void 0).map(({ sentence }) => sentence);
  const isFound = places.some((sentence) => sentence !== void 0);
  return [...places, ...kind(isFound)].slice(0, mostSentences).filter((sentence) => sentence !== void 0);
}
var mostFrequent = (facts) => [...facts].flatMap(({ members }) => [...members.values()]).toSorted((a, b) => b.findings - a.findings || compareText(`${a.kind} ${a.level}`, `${b.kind} ${b.level}`))[0];
async function amongWeeks(facts, compared, { shape: shape2 }, answers, pseudonyms) {
  const most2 = mostFrequent([facts]);
  return {
    patterns: [
      most2 && memberPattern(most2, levelName(shape2, documentLevel(shape2) + 1), answers.traits, pseudonyms),
      await groupPattern(facts, compared, shape2, answers, pseudonyms),
      await writtenPattern(facts, compared, answers) ?? await startPattern(facts, compared, answers)
    ],
    placement: await placementOf(facts, answers),
    kind: (isFound) => kindOf(facts, isFound)
  };
}
function amongRows(facts, compared, { entities, census }, entity, pseudonyms) {
  const isOneOfSeveral = entities.length > 1;
  const own = facts.get(entity.name);
  const [name, most2] = [...facts].map(([of, each2]) => [of, mostFrequent([each2])]).toSorted(([, a], [, b]) => (b?.findings ?? 0) - (a?.findings ?? 0))[0] ?? [];
  return {
    patterns: [
      entityPattern(facts, compared),
      own && partPattern(own, entity, compared, census.of(entity.name), pseudonyms, isOneOfSeveral),
      most2 && memberPattern(most2, "", {}, pseudonyms, isOneOfSeveral ? name : void 0),
      // What differs since a day in one entity may differ for another reason elsewhere.
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
  const isDrawn = entities.every(({ shape: shape2 }) => shape2.group === 0);
  const shownParts = entities.length === 1 ? (entities[0]?.shape.key ?? []).filter(({ shown: shown5 }) => shown5 !== "never") : [];
  const part = shownParts.length > 1 ? shownParts[0]?.name : void 0;
  let cells = /* @__PURE__ */ new Map();
  const rows = /* @__PURE__ */ new Set();
  const days = /* @__PURE__ */ new Map();
  let span = spans[0];
  let beside = 0;
  function put(row, from, kind, documents3) {
    const id = JSON.stringify([row, from, kind]);
    const known = cells.get(id);
    if (known) known.documents += documents3;
    else cells.set(id, { row, from, kind, documents: documents3 });
  }
  function makeRoom() {
    const longer = spans.find((each2) => each2 > span);
    if (cells.size < maxCells || longer === void 0) return;
    span = longer;
    const before = [...cells.values()];
    cells = /* @__PURE__ */ new Map();
    for (const { row, from, kind, documents: documents3 } of before) put(row, from === null ? null : startOf(from, span), kind, documents3);
    makeRoom();
  }
  return {
    add({ key, differences, expected, actual: [actual] }, entity) {
      const kind = byWeight.find((each2) => differences.some((difference) => difference.kind === each2));
      if (!isDrawn || kind === void 0) return;
      const shown5 = shownKey(key, entity.shape, pseudonyms);
      const written = expected?.writtenAt ?? actual?.writtenAt;
      const day2 = written === void 0 ? void 0 : dayOf(written);
      const isNamed2 = Object.values(shown5).some((value) => value !== null);
      if (day2 !== void 0 && isNamed2 && days.size < maxDated) days.set(placeOf(entity.name, shown5), day2);
      const row = part === void 0 ? entity.name : shown5[part] ?? null;
      makeRoom();
      if (cells.size >= maxCells || rows.size >= maxRows && !rows.has(row)) {
        beside += 1;
        return;
      }
      rows.add(row);
      put(row, day2 === void 0 ? null : startOf(day2, span), kind, 1);
    },
    picture: () => isDrawn ? {
      part: part ?? null,
      days: span,
      cells: [...cells.values()].map(({ from, ...cell }) => ({ ...cell, from: from === null ? null : dateOf2(from) })).toSorted(inOrder2),
      beside
    } : void 0,
    dated(findings) {
      if (days.size === 0) return [...findings];
      return findings.map((finding2) => {
        const day2 = finding2.key === null ? void 0 : days.get(placeOf(finding2.level, finding2.key));
        return day2 === void 0 ? finding2 : { ...finding2, writtenOn: dateOf2(day2) };
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
  const inRows = pictures.flatMap(({ cells }) => cells).filter(({ row, documents: documents3 }) => {
    const isDrawn = rows.has(row) || rows.size < maxRows;
    if (isDrawn) rows.add(row);
    else beside += documents3;
    return isDrawn;
  });
  const widest = Math.max(...pictures.map(({ days }) => days));
  for (const days of spans.filter((span) => span >= widest)) {
    const cells = /* @__PURE__ */ new Map();
    for (const cell of inRows) {
      const from = cell.from === null ? null : dateOf2(startOf(dayOf(Date.parse(cell.from)), days));
      const id = JSON.stringify([cell.row, from, cell.kind]);
      cells.set(id, { ...cell, from, documents: cell.documents + (cells.get(id)?.documents ?? 0) });
    }
    const ordered = [...cells.values()].toSorted(inOrder2);
    if (ordered.length <= maxCells) return { part: first.part, days, cells: ordered, beside };
    if (days === spans.at(-1)) {
      const left = ordered.slice(maxCells).reduce((sum2, { documents: documents3 }) => sum2 + documents3, 0);
      return { part: first.part, days, cells: ordered.slice(0, maxCells), beside: beside + left };
    }
  }
  return first;
}
var startOf = (day2, span) => span === 1 ? day2 : Math.floor((day2 - 4) / span) * span + 4;
var dateOf2 = (day2) => new Date(day2 * 864e5).toISOString().slice(0, 10);
var inOrder2 = (a, b) => compareText(a.row, b.row) || compareText(a.from, b.from) || compareText(a.kind, b.kind);
var placeOf = (level2, key) => createHash2("sha1").update(JSON.stringify([level2, Object.values(key)])).digest().readUIntBE(0, 6);

// action/src/pair/narrow.ts
var narrowPair = (pair, part) => ({ ...pair, entities: pair.entities.map((entity) => narrow(entity, part)) });
function narrow(entity, part) {
  const { shape: shape2, holdings, sight, written, digester } = entity;
  const textOf4 = entity.partText ?? keyId;
  const has = (key) => partOf(textOf4(key), part.of) === part.index;
  let heldElsewhere = noCounts(shape2);
  const seenElsewhere = /* @__PURE__ */ new Set();
  const own = shape2.levels.slice(0, documentLevel(shape2) + 1);
  async function* placements(pages) {
    for await (const page of pages) yield page.filter(({ key }) => has(key));
  }
  async function* documents3(side, onOther) {
    for await (const page of side.documents()) yield rowsOf3(page, has, onOther);
  }
  const narrowed = (side) => ({
    async count() {
      let rows = 0;
      for await (const page of placements(side.keys())) rows += page.length;
      return rows;
    },
    async numbers(isNow) {
      const keys = /* @__PURE__ */ new Set();
      let rows = 0;
      for await (const page of placements(side.keys(isNow))) {
        rows += page.length;
        for (const { key } of page) keys.add(keyId(key));
      }
      return { rows, keys: keys.size };
    },
    keys: (isNow) => placements(side.keys(isNow)),
    documents: () => documents3(side, () => void 0)
  });
  return {
    ...entity,
    expected: narrowed(entity.expected),
    actual: {
      ...narrowed(entity.actual),
      documents() {
        heldElsewhere = noCounts(shape2);
        return documents3(entity.actual, (claim) => {
          for (const { name } of own) seenElsewhere.add(name);
          if (own.length === shape2.levels.length) return;
          const { document: document2 } = claim;
          if (document2.held) addCounts(heldElsewhere, document2.held);
          if (seenElsewhere.size < shape2.levels.length) seeMembers(document2, shape2, seenElsewhere);
        });
      }
    },
    holdings: {
      ...holdings,
      total: async () => (await holdings.total()).map((count3, level2) => count3 - (heldElsewhere[level2] ?? 0)),
      async loose() {
        const { rows, counted: counted2 } = await holdings.loose();
        return { rows, counted: part.index === 1 ? counted2 : noCounts(shape2) };
      }
    },
    digester: { ...digester, plan: () => digester.planPart({ ...part, has }) },
    ...written && { written: (since) => placements(written(since)) },
    sight: {
      ...sight,
      // That a level shows nothing means something only where no part shows any of it.
      troubleWithSeen: (seen) => sight.troubleWithSeen(seen.filter(({ level: level2 }) => !seenElsewhere.has(level2)))
    },
    part: { ...part, whole: entity, has }
  };
}
function* rowsOf3(page, has, onOther) {
  for (const row of page) {
    if (has(row.entry.key)) yield row;
    else if (row.entry.kind === "claim") onOther(row.entry);
  }
}
function seeMembers({ fields }, { levels }, seen) {
  for (const { level: level2, attribute } of fields.values()) if (!attribute) seen.add(levels[level2]?.name ?? "");
}

// action/src/check.ts
async function check(about) {
  const { settings, connection, rules, now } = about;
  const startedAt = now();
  const start = performance.now();
  const [census, wholeCensus] = [takeCensus(), takeCensus()];
  const turn = await turnOf(about);
  const part = turn?.part ?? settings.part;
  const counted2 = (of, by) => of.provenance ? of : { ...of, entities: of.entities.map(by.watch) };
  const pair = part ? counted2(narrowPair(settings.part ? counted2(connection.pair, wholeCensus) : connection.pair, part), census) : counted2(connection.pair, census);
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
  const report = await conclude(
    about,
    {
      startedAt,
      durationMs: () => Math.round(performance.now() - start),
      comparison: named,
      aside: asideOf(about),
      sourceVersions: shownVersions(comparison, pair, (version) => pseudonyms.text(version, null)),
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
  return settings.part ? { ...report, part: settings.part, evidence: { ...evidenceOf(report, comparison, about.measure ?? "", since), ...clues && { clues } } } : report;
}
async function turnOf(about) {
  const {
    settings,
    connection: { record: record3, budget, pair },
    runNumber = 1,
    now
  } = about;
  if (settings.rotate === void 0) return void 0;
  const reader = record3 && createReader(record3.url, record3.key, budget.signal, budget);
  return takeTurn(reader, pair.name, { of: settings.rotate, declaration: digestOf(about) }, runNumber, settings, now);
}
function evidenceOf({ interruption, severityByType, differingWeeks, pseudonymKeyId, picture }, { entities }, measure, since) {
  return {
    measure,
    ...interruption !== void 0 && { interruption },
    entities: entities.map(({ entity, comparison: one }) => ({
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
      judged: one.judged
    })),
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
var shownVersions = ({ sourceVersions }, pair, hide) => Object.fromEntries(Object.entries(sourceVersions).map(([version, weeks]) => [pair.sourceVersions.has(version) ? version : hide(version), weeks]));
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
    const extent = extentOf(settings, now);
    const compared = extent.since === void 0 ? pair : { ...pair, entities: pair.entities.filter(({ written }) => written !== void 0) };
    const comparison = await comparePair(compared, extent, told, { budget, settleMs: settings.settleSeconds * 1e3, onProgress, onPhase });
    if (comparison.isBlind) {
      findings.clear();
      acceptance?.clear();
      for (const collector of explained) collector.clear();
    }
    return comparison;
  } catch (error2) {
    return { ...emptyComparison(settings.mode === "sample" ? "sample" : "full", 0), entities: [], trouble: describeDefect(error2) };
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

// action/src/merge/files.ts
import { constants, glob, open } from "node:fs/promises";
import { isAbsolute, resolve, sep } from "node:path";
var partReportSchema = reportSchema.extend({
  part: object({ index: int().min(1).max(mostParts), of: int().min(1).max(mostParts) }).refine(({ index, of }) => index <= of),
  findingsByType: record(string(), number()),
  evidence: evidenceSchema
}).refine(({ findings, evidence }) => findings.length === evidence.findings.length).refine(({ findingsByType, findingsTotal }) => Object.values(findingsByType).reduce((sum2, count3) => sum2 + count3, 0) === findingsTotal);
var maxBytes = 256 * 1024 * 1024;
async function findFiles(pattern, workspace, reportDirectory) {
  const written = `${resolve(workspace, reportDirectory)}${sep}`;
  const plain = pattern.replace(/[[()]/g, "[$&]");
  const found = /* @__PURE__ */ new Set();
  for await (const file of glob(plain, { cwd: workspace })) if (isBelow(file)) found.add(file);
  const { files = [], own = [] } = Object.groupBy([...found].toSorted(), (file) => `${resolve(workspace, file)}${sep}`.startsWith(written) ? "own" : "files");
  return { files, own };
}
var isBelow = (file) => !isAbsolute(file) && file.split(sep)[0] !== "..";
async function readPartFile(file, workspace) {
  let content;
  try {
    content = JSON.parse(await textOf2(file, workspace));
  } catch {
    return { kind: "damaged", file };
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return { kind: "damaged", file };
  if (!("part" in content)) return reportSchema.safeParse(content).success ? { kind: "other", file } : { kind: "damaged", file };
  const { data } = partReportSchema.safeParse(content);
  if (data) return { kind: "part", file, report: data };
  const { data: part } = partReportSchema.shape.part.safeParse(content.part);
  return { kind: "damaged", file, ...part && { part } };
}
async function textOf2(file, workspace) {
  const handle = await open(await placeInWorkspace(workspace, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxBytes) throw new RangeError("no file that a part has written");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

// action/src/merge/gather.ts
var hourMs2 = 36e5;
var mostHoursApart = 6;
var mostHoursAgo = 24;
var clockSkewMs = 5 * 6e4;
var headOf = ({ file, report: { part, pair, evidence, startedAt, verdict, mode } }) => ({
  file,
  part,
  pair,
  measure: evidence.measure,
  startedAt: Date.parse(startedAt),
  verdict,
  mode,
  isInterrupted: evidence.interruption !== void 0
});
function gather({ parts, others: others2, damaged, own }, {
  pair,
  measure,
  pattern,
  reportDirectory,
  now
}) {
  const remarks = others2.length === 0 ? [] : [
    `These files match merge and are reports of no part, so they were left out: ${listed(others2.map(shown2))}. Make the pattern match the reports of parts only.`
  ];
  if (parts.length + others2.length + damaged.length === 0 && own.length > 0) {
    return {
      chosen: [],
      remarks,
      trouble: `All files that match merge (${inert(pattern, 200)}) are in report-directory (${inert(reportDirectory, 200)}), where this run writes its own report, so none of them was read. Download the reports of the parts to another directory, or set another report-directory.`
    };
  }
  if (parts.length + others2.length + damaged.length === 0) {
    return {
      chosen: [],
      remarks,
      trouble: `No file in the workspace matches merge (${inert(pattern, 200)}), so there is nothing to put together. The jobs of the parts may all have failed, or their reports were not downloaded: look at those jobs, and at the path that the artifacts are downloaded to.`
    };
  }
  const alike = parts.filter((head) => head.pair === pair && head.measure === measure);
  const of = mostFrequent2(alike.map((head) => head.part.of));
  const fitting = alike.filter((head) => head.part.of === of);
  const foreign = parts.filter((head) => !fitting.includes(head));
  const byIndex = Map.groupBy(fitting, (head) => head.part.index);
  const chosen = [...byIndex].toSorted(([a], [b]) => a - b).flatMap(([, heads]) => heads.toSorted((a, b) => b.startedAt - a.startedAt || (a.file < b.file ? -1 : 1)).slice(0, 1));
  const doubled = [...byIndex.values()].filter((heads) => heads.length > 1).flat();
  const newest2 = Math.max(...chosen.map((head) => head.startedAt));
  const isOld = (head) => now.getTime() - head.startedAt > mostHoursAgo * hourMs2;
  const old = chosen.filter(isOld);
  const apart2 = chosen.filter((head) => !isOld(head) && newest2 - head.startedAt > mostHoursApart * hourMs2);
  const unknown2 = chosen.filter((head) => head.verdict === "unknown");
  const unfinished = chosen.filter((head) => head.verdict !== "unknown" && head.isInterrupted);
  const ahead = chosen.filter((head) => head.startedAt > now.getTime() + clockSkewMs);
  const known = chosen.filter((head) => head.verdict !== "unknown");
  const mode = mostFrequent2(known.map((head) => head.mode === "full" ? 1 : 0));
  const otherwise = known.filter((head) => (head.mode === "full" ? 1 : 0) !== mode);
  const missing = Array.from({ length: of ?? 0 }, (_, place) => ({ index: place + 1, of: of ?? 0 })).filter(({ index }) => !byIndex.has(index));
  const obstacles = [
    { what: "missing", of: missing.map((part) => ({ part })) },
    { what: "there more than once", of: doubled },
    { what: "of another pair, declaration, commit, number of parts or other inputs", of: foreign },
    { what: `begun more than ${mostHoursAgo} hours ago`, of: old },
    { what: `begun more than ${mostHoursApart} hours before the last one`, of: apart2 },
    { what: "begun later than this run by its clock", of: ahead },
    { what: "compared in another mode than most", of: otherwise },
    { what: "ended unknown", of: unknown2 },
    { what: "not compared to the end within the time budget", of: unfinished },
    { what: "in report-directory, which this run writes to and never reads", of: missing.length > 0 ? own.map((file) => ({ file })) : [] },
    { what: "damaged or no report", of: damaged }
  ];
  const met = obstacles.filter((obstacle) => obstacle.of.length > 0);
  if (met.length === 0) return { chosen, remarks, trouble: chosen.length > 0 ? void 0 : noParts };
  const trouble = troubleOf(met, inFull);
  const short2 = [trouble, ...[withoutFiles(20), withoutFiles(5), counted].map((names) => troubleOf(met, names))].find(
    (text) => inert(text, Infinity).length <= longestReason
  );
  return { chosen, remarks, trouble, ...short2 !== trouble && { short: short2 } };
}
var troubleOf = (met, names) => `The parts do not make one whole run. ${met.map(({ what, of }) => `${capitalized2(what)}: ${names(of)}`).join(". ")}. Look at the jobs of these parts, run them again with the same inputs on the same commit, and merge the files of one run only.`;
var inFull = (of) => listed(
  of.map((one) => one.part && one.file !== void 0 ? `${partText(one.part)} (${shown2(one.file)})` : nameOf3(one)),
  mostParts
);
var nameOf3 = ({ part, file = "" }) => part ? partText(part) : shown2(file);
var withoutFiles = (most2) => (of) => {
  const ranges = of.length <= most2 ? of.map((one) => [one]) : rangesOf(of);
  const names = ranges.slice(0, most2).map((range) => [.../* @__PURE__ */ new Set([range.at(0), range.at(-1)])].map((one) => nameOf3(one ?? {})).join(" to "));
  const others2 = ranges.slice(most2).flat().length;
  return [...names, ...others2 > 0 ? [`and ${others2} more`] : []].join(", ");
};
var counted = (of) => String(of.length);
function rangesOf(of) {
  const ranges = [];
  const places = of.toSorted((a, b) => (a.part?.of ?? 0) - (b.part?.of ?? 0) || (a.part?.index ?? 0) - (b.part?.index ?? 0));
  for (const one of places) {
    const last = ranges.at(-1);
    const before = last?.at(-1)?.part;
    if (last && before && one.part?.of === before.of && one.part.index === before.index + 1) last.push(one);
    else ranges.push([one]);
  }
  return ranges;
}
var noParts = "None of the files that merge matches is the report of a part, so there is nothing to put together. Make the pattern match the reports of runs with the input part.";
var shown2 = (file) => inert(file, 200);
var capitalized2 = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
var listed = (names, most2 = 5) => [...names.slice(0, most2), ...names.length > most2 ? [`and ${names.length - most2} more`] : []].join(", ");
function mostFrequent2(numbers) {
  const counts = [...Map.groupBy(numbers, (each2) => each2)].toSorted(([a, some], [b, others2]) => others2.length - some.length || b - a);
  return counts[0]?.[0];
}

// action/src/merge/sums.ts
import { createHash as createHash3 } from "node:crypto";
function sumUp(entities, isDeclared, mode) {
  const compareAll = orderOf(isDeclared ? entities.map(({ name }) => name) : []);
  const reads = { legacy: 0, normalized: 0 };
  const names = /* @__PURE__ */ new Map();
  const versions = /* @__PURE__ */ new Map();
  const byType = /* @__PURE__ */ new Map();
  const severities2 = /* @__PURE__ */ new Map();
  const keys = /* @__PURE__ */ new Set();
  const keyIds = /* @__PURE__ */ new Set();
  const differing3 = collectDiffering();
  const evidence = /* @__PURE__ */ new Map();
  const pictures = [];
  let clues = [];
  const modes2 = /* @__PURE__ */ new Set();
  let engine = "digest";
  let kept = [];
  let remarks;
  let accepted;
  let isIdle = [];
  let transient = 0;
  let since;
  let [startedAt, finishedAt] = [];
  function addFindings({ findings, findingsByType, evidence: { findings: places, severityByType } }) {
    for (const [place, finding2] of findings.entries()) {
      const rest2 = places[place];
      if (rest2 !== void 0 && rest2[0] !== "count") kept.push(readFinding(finding2, rest2));
    }
    kept = kept.sort(compareAll).slice(0, maxFindings);
    for (const [type, count3] of Object.entries(findingsByType)) if (type !== countType) byType.set(type, (byType.get(type) ?? 0) + count3);
    for (const [type, severity] of Object.entries(severityByType)) if (type !== countType) severities2.set(type, severity);
  }
  function addAccepted(rules) {
    if (!rules) return;
    isIdle = rules.map(({ state }, place) => state === "unmatched" && (isIdle[place] ?? true));
    accepted = rules.map((rule, place) => ({
      ...rule,
      findings: rule.findings + (accepted?.[place]?.findings ?? 0),
      weeks: rule.weeks + (accepted?.[place]?.weeks ?? 0)
    }));
  }
  return {
    add(report) {
      const { drift, notCompared = {}, evidence: own } = report;
      modes2.add(report.mode);
      if (report.engine === "stream") engine = "stream";
      reads.legacy += report.reads.legacy;
      reads.normalized += report.reads.normalized;
      transient += report.transient;
      for (const [version, count3] of Object.entries(report.sourceVersions)) versions.set(version, (versions.get(version) ?? 0) + count3);
      for (const [entity, sides2] of Object.entries(notCompared)) {
        const known = names.get(entity) ?? { legacy: /* @__PURE__ */ new Set(), normalized: /* @__PURE__ */ new Set() };
        names.set(entity, known);
        for (const side of ["legacy", "normalized"]) for (const name of sides2[side]) known[side].add(name);
      }
      if (drift.compared > 0) remarks = new Set((report.remarks ?? []).filter((remark2) => remarks === void 0 || remarks.has(remark2)));
      addFindings(report);
      addAccepted(report.accepted);
      keys.add(own.differingWeeks.key);
      keyIds.add(own.pseudonymKeyId);
      for (const document2 of own.differingWeeks.weeks) differing3.add(document2);
      for (const entity of own.entities) evidence.set(entity.name, [...evidence.get(entity.name) ?? [], entity]);
      clues = clues && own.clues && [...clues, own.clues];
      if (own.picture) pictures.push(own.picture);
      if (own.firstWrite !== void 0 && own.firstWrite <= (since ?? own.firstWrite)) since = own.firstWrite;
      if (report.startedAt <= (startedAt ?? report.startedAt)) startedAt = report.startedAt;
      if (report.finishedAt >= (finishedAt ?? report.finishedAt)) finishedAt = report.finishedAt;
    },
    sums() {
      const found = modes2.has("sample") ? "sample" : [...modes2][0] ?? mode;
      const compared = entities.filter((entity) => found !== "recent" || entity.written !== void 0).map((entity) => ({ ...ofWhole(entity, joined(evidence.get(entity.name) ?? [], found)), name: entity.name }));
      const all = compared.flatMap(({ name }) => evidence.get(name) ?? []);
      const population = compared.reduce((sum2, one) => sum2 + one.population, 0);
      const total2 = { ...joined(all, found), population, planned: population, engine: modes2.size === 0 ? "stream" : engine, transient };
      const counted2 = createFindings({ name: () => "", text: () => "", value: () => "", document: () => "", key: "" });
      for (const [place, entity] of entities.filter(({ name }) => compared.some((one) => one.name === name)).entries()) {
        for (const count3 of compared[place]?.judged ?? []) if (count3.difference !== 0) counted2.add(countDifference(count3), entity);
      }
      const types2 = new Map([...byType, ...Object.entries(counted2.byType())]);
      return {
        comparison: { ...total2, entities: compared },
        reads,
        notCompared: Object.fromEntries(
          entities.flatMap(({ name }) => {
            const sides2 = names.get(name);
            return sides2 ? [[name, { legacy: [...sides2.legacy].toSorted(), normalized: [...sides2.normalized].toSorted() }]] : [];
          })
        ),
        remarks: [...remarks ?? []],
        sourceVersions: Object.fromEntries([...versions].toSorted(byName)),
        findings: {
          list: [...kept, ...counted2.list()].sort(compareAll).slice(0, maxFindings),
          total: [...types2.values()].reduce((sum2, count3) => sum2 + count3, 0),
          byType: Object.fromEntries([...types2].toSorted(byName)),
          severityByType: { ...Object.fromEntries(severities2), ...counted2.severityByType() },
          // What different keys hash is not comparable, with another run's either.
          differingWeeks: { key: oneKey([...keys].toSorted()), weeks: differing3.list() }
        },
        pseudonymKeyId: keyIds.size === 1 ? [...keyIds][0] : void 0,
        accepted: accepted?.map((rule, place) => ({ ...rule, state: rule.state === "expired" ? "expired" : isIdle[place] ? "unmatched" : "active" })),
        picture: joinPictures(pictures),
        clues,
        since: found === "full" ? since : void 0,
        startedAt,
        finishedAt
      };
    }
  };
}
var countType = "COUNT_MISMATCH";
var oneKey = (keys) => keys.length > 1 ? createHash3("sha256").update(keys.join(" ")).digest("base64url").slice(0, 22) : keys[0] ?? "";
var byName = ([a], [b]) => a < b ? -1 : 1;
function joined(some, mode) {
  const sum2 = (numberOf) => some.reduce((all, one) => all + numberOf(one), 0);
  const population = sum2((one) => one.population);
  return {
    ...emptyComparison(
      mode,
      sum2((one) => one.legacyRows)
    ),
    differing: sum2((one) => one.differing),
    compared: sum2((one) => one.compared),
    unsettled: sum2((one) => one.unsettled),
    restless: sum2((one) => one.restless),
    isLooseUnknown: some.some((one) => one.isLooseUnknown),
    population,
    planned: population,
    skipped: sum2((one) => one.skipped),
    counts: addUp(some.flatMap(({ counts }) => counts)),
    judged: addUp(some.flatMap(({ judged }) => judged))
  };
}
function ofWhole({ drawFrom }, one) {
  const [count3] = one.counts;
  return one.mode === "sample" && drawFrom === "actual" && count3 ? { ...one, population: Math.max(count3.expected, one.compared) } : one;
}
function addUp(counts) {
  const levels = Map.groupBy(counts, ({ level: level2 }) => level2);
  const sum2 = (some, part) => some.reduce((all, one) => all + one[part], 0);
  return [...levels].map(([level2, some]) => ({
    level: level2,
    legacy: sum2(some, "legacy"),
    expected: sum2(some, "expected"),
    normalized: sum2(some, "normalized"),
    difference: sum2(some, "difference")
  }));
}

// action/src/origin/join-clues.ts
function joinClues(parts, entities, provenance, open2) {
  if (total(parts.flat().flatMap(({ written }) => [...Object.values(written.differing), ...Object.values(written.equal)])) > mostRows) return void 0;
  const byEntity = Map.groupBy(parts.flat(), ({ entity }) => entity);
  const cluesOf2 = ({ name }) => byEntity.get(name) ?? [];
  const censuses = new Map(entities.map((entity) => [entity.name, joinCensus(cluesOf2(entity), entity.shape, open2)]));
  return {
    facts: new Map(entities.filter((entity) => cluesOf2(entity).length > 0).map((entity) => [entity.name, joinFacts(cluesOf2(entity), entity.shape, open2)])),
    census: { of: (name) => censuses.get(name) },
    answers: provenance && joinAnswers(provenance.traits, [...byEntity.values()].flat())
  };
}
var dayMs2 = 864e5;
var mostRows = 2e7;
var total = (numbers) => numbers.reduce((sum2, number3) => sum2 + number3, 0);
var most = (numbers) => Math.max(0, ...numbers);
function joinFacts(clues, shape2, open2) {
  const sum2 = (numberOf) => total(clues.map(numberOf));
  const documents3 = sumShares(clues.map((one) => one.documents));
  const kinds = /* @__PURE__ */ new Map();
  for (const { kind, documents: differing3 } of clues.flatMap((one) => one.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + differing3);
  const keys = shape2.key.map(({ name }) => ({ name, ...joinKeys(name, clues, documents3.hit, shape2, open2) })).filter(({ values }) => values.size > 0);
  const byMember = Map.groupBy(
    clues.flatMap(({ members }) => members),
    ({ kind, level: level2 }) => `${kind} ${level2}`
  );
  const groups = clues.flatMap(({ weeks }) => weeks?.group ?? []);
  return {
    documents: documents3,
    kinds,
    normalizedOnly: sum2((one) => one.normalizedOnly),
    undated: sum2((one) => one.undated),
    beforeMigration: sum2((one) => one.beforeMigration),
    written: { differing: timesOf(clues.map(({ written }) => written.differing)), equal: timesOf(clues.map(({ written }) => written.equal)) },
    // Of how many of them are younger than the dual-write, each part has kept count.
    orphans: [],
    parts: new Map(keys.map(({ name, values }) => [name, values])),
    unknownParts: new Set(keys.filter(({ isUnknown }) => isUnknown).map(({ name }) => name)),
    groups: new Map(groups.map(({ name, hit, all, legacyOnly }) => [name, { hit, all, legacyOnly, group: keyWith(shape2.group, shape2.group - 1, name) }])),
    starts: joinStarts(clues.flatMap(({ weeks }) => weeks?.starts ?? [])),
    members: new Map([...byMember].flatMap(([id, same]) => same.slice(0, 1).map((one) => [id, joinMembers(one, same, shape2, open2)])))
  };
}
var sumShares = (shares2) => ({ hit: total(shares2.map(({ hit }) => hit)), all: total(shares2.map(({ all }) => all)) });
var timesOf = (days) => days.flatMap((each2) => Object.entries(each2).flatMap(([day2, rows]) => Array.from({ length: rows }, () => Number(day2) * dayMs2)));
var keyWith = (length, place, name) => Array.from({ length }, (_, each2) => each2 === place ? name : null);
function joinKeys(part, clues, differing3, shape2, open2) {
  const lists = clues.flatMap(({ keys }) => keys).filter((key) => key.part === part);
  const others2 = total(lists.map((list) => list.others ?? 0));
  const cut = lists.filter((list) => list.others !== void 0).length;
  const place = shape2.key.findIndex(({ name }) => name === part);
  const joined2 = /* @__PURE__ */ new Map();
  for (const list of lists) {
    for (const each2 of list.values) {
      const value = idOf2(each2.value, shape2.key[place], open2);
      const known = joined2.get(value) ?? { share: { hit: 0, all: 0, normalizedOnly: 0 }, names: /* @__PURE__ */ new Set(), cut: 0, others: 0 };
      joined2.set(value, known);
      known.share.hit += each2.hit;
      known.share.all += each2.all;
      known.share.normalizedOnly += each2.normalizedOnly;
      known.names.add(isSealed(shape2.key[place]) ? each2.name : each2.value);
      if (list.others === void 0) continue;
      known.cut += 1;
      known.others += list.others;
    }
  }
  const isPattern = (hit) => hit >= fewestHits && hit >= smallestShare * differing3;
  const isUnknown = cut > 0 && isPattern(others2) || [...joined2.values()].some((each2) => each2.cut < cut && isPattern(each2.share.hit + others2 - each2.others));
  const values = [...joined2].map(([value, { share, names }]) => {
    const [name] = names;
    const key = keyWith(shape2.key.length, place, names.size === 1 ? name ?? null : null);
    return [value, { ...share, first: key, other: key }];
  });
  return { values: new Map(values), isUnknown };
}
var isSealed = (part) => part?.shown === "pseudonym" || part?.shown === "never";
var idOf2 = (value, part, open2) => isSealed(part) ? open2(value) ?? value : value;
function joinStarts(starts2) {
  return new Map(
    [...Map.groupBy(starts2, ({ date }) => date)].map(([date, same]) => [
      date,
      { ...sumShares(same), legacyOnly: total(same.map(({ legacyOnly }) => legacyOnly)) }
    ])
  );
}
function joinMembers({ kind, level: level2 }, parts, shape2, open2) {
  const findings = total(parts.map((one) => one.findings));
  const sumAll = (some) => ({
    ...sumShares(some),
    findings: total(some.map((one) => one.findings))
  });
  const dates = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.dates),
        ({ date }) => date
      )
    ].map(([date, same]) => [date, sumShares(same)])
  );
  const traits = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.traits),
        ({ name }) => name
      )
    ].map(([name, same]) => [name, sumAll(same)])
  );
  const facts = { kind, level: level2, findings, members: sumShares(parts.map((one) => one.members)), traits, dates };
  const names = parts.flatMap((one) => one.names);
  if (areAttributes(facts, levelName(shape2, documentLevel(shape2) + 1))) {
    return { ...facts, names: new Map([...Map.groupBy(names, ({ name }) => name)].map(([name, same]) => [name, { ...sumAll(same), group: [] }])) };
  }
  const byName2 = [...Map.groupBy(names, ({ name }) => open2(name) ?? name)];
  const isComplete = (same) => same.length === parts.length;
  return {
    ...facts,
    // Where several parts have it, several groups have it.
    names: new Map(
      byName2.filter(([, same]) => isComplete(same)).map(([name, same]) => {
        const [shown5] = same.map((one) => one.shown);
        return same.length > 1 || shown5 === void 0 ? [name, { ...sumAll(same), group: void 0 }] : [shown5, { ...sumAll(same), group: [] }];
      })
    ),
    isNameUnknown: byName2.some(([, same]) => !isComplete(same) && mostOf(same, parts) >= smallestShare * findings)
  };
}
function mostOf(same, parts) {
  const without = parts.filter(({ names }) => !names.some((name) => same.includes(name)));
  const left = without.map(({ ofOneName, findings, names }) => Math.min(ofOneName, findings - total(names.map((name) => name.findings))));
  return total(same.map(({ findings }) => findings)) + total(left);
}
function joinCensus(clues, shape2, open2) {
  const censuses = clues.flatMap(({ census }) => census ?? []).toSorted((a, b) => b.documents - a.documents);
  const [largest2] = censuses;
  if (!largest2 || censuses.length < clues.length) return void 0;
  const rows = /* @__PURE__ */ new Map();
  for (const { part, values } of clues.flatMap(({ keys }) => keys)) {
    for (const { value, rows: counted2 } of values) {
      const id = JSON.stringify([
        part,
        idOf2(
          value,
          shape2.key.find(({ name }) => name === part),
          open2
        )
      ]);
      if (counted2 !== void 0) rows.set(id, most([rows.get(id) ?? 0, counted2]));
    }
  }
  return {
    documents: largest2.documents,
    days: new Map(Object.entries(largest2.days).map(([day2, documents3]) => [Number(day2), documents3])),
    countOf: (part, value) => rows.get(JSON.stringify([part, value]))
  };
}
function joinAnswers(traits, clues) {
  const weeks = clues.flatMap((one) => one.weeks ?? []);
  const differing3 = clues.filter(({ documents: documents3 }) => documents3.hit > 0).flatMap((one) => one.weeks ?? []);
  const groups = new Map(weeks.flatMap(({ group }) => group?.rows === void 0 ? [] : [[group.name, group.rows]]));
  const starts2 = weeks.flatMap(({ startCounts }) => startCounts);
  const written = weeks.flatMap(({ writtenCounts }) => writtenCounts);
  const counted2 = (rows, later) => rows.length > 0 ? most(rows) : { atLeast: most(later) };
  return {
    traits,
    countOfGroup: async (group) => groups.get(group.at(-1) ?? "") ?? { atLeast: 0 },
    countOfStarts: async (from, to) => {
      const isWithin = (start) => start.from >= from && (to === void 0 || start.to !== void 0 && start.to <= to);
      return counted2(
        starts2.filter((start) => start.from === from && start.to === to).map(({ rows }) => rows),
        starts2.filter(isWithin).map(({ rows }) => rows)
      );
    },
    countWrittenSince: async (date) => counted2(
      written.filter(({ since }) => since === date).map(({ rows }) => rows),
      written.filter(({ since }) => since > date).map(({ rows }) => rows)
    ),
    async agesOf() {
      const [first, ...others2] = differing3.map(({ ages }) => ages);
      if (!first || others2.some(({ start }) => start !== first.start)) return void 0;
      const all = [first, ...others2];
      return {
        start: first.start === void 0 ? void 0 : Date.parse(first.start),
        older: total(all.map(({ older }) => older)),
        newerOrphans: total(all.map(({ newerOrphans }) => newerOrphans))
      };
    }
  };
}

// action/src/merge.ts
async function merge(about) {
  const { settings, connection, rules, now, pattern, workspace, measure } = about;
  const { pair } = connection;
  const begun = now();
  const recorded = historyOf(about);
  const parts = [];
  const others2 = [];
  const damaged = [];
  const names = pair.entities.filter(({ written }) => settings.changedWithinSeconds === void 0 || written !== void 0).map(({ name }) => name);
  const { files, own } = await findFiles(pattern, workspace, settings.reportDirectory);
  for (const file of files) {
    const found2 = await readPartFile(file, workspace);
    const isOwn = found2.kind === "part" && found2.report.pair === pair.name && found2.report.evidence.measure === measure;
    if (isOwn && lacksEntity(found2.report, names)) damaged.push({ ...found2, kind: "damaged", part: found2.report.part });
    else if (found2.kind === "part") parts.push(headOf(found2));
    else if (found2.kind === "other") others2.push(file);
    else damaged.push(found2);
  }
  const { chosen, trouble, short: short2, remarks } = gather(
    { parts, others: others2, damaged, own },
    { pair: pair.name, measure, pattern, reportDirectory: settings.reportDirectory, now: begun }
  );
  const sums = sumUp(pair.entities, pair.isDeclared, settings.changedWithinSeconds !== void 0 ? "recent" : settings.mode === "sample" ? "sample" : "full");
  for (const { file } of chosen) {
    const found2 = await readPartFile(file, workspace);
    if (found2.kind === "part") sums.add(found2.report);
  }
  const found = sums.sums();
  const [startedAt, finishedAt] = [found.startedAt, found.finishedAt].map((time) => time === void 0 ? begun : new Date(time));
  const none = rules && createAcceptance(rules, createPseudonyms(void 0, false), begun.toISOString().slice(0, 10)).rules(false);
  return conclude(
    about,
    {
      ...found,
      comparison: { ...found.comparison, trouble },
      aside: { reads: found.reads, notCompared: found.notCompared, remarks: [...found.remarks, ...remarks] },
      startedAt: startedAt ?? begun,
      finishedAt: finishedAt ?? begun,
      durationMs: () => (finishedAt ?? begun).getTime() - (startedAt ?? begun).getTime(),
      accepted: found.accepted ?? none,
      origin: trouble === void 0 ? await originOf(about, found) : [],
      shortReason: short2,
      sources: chosen.length === 0 ? void 0 : JSON.stringify(chosen.map(({ part, startedAt: start }) => [part.index, part.of, start]))
    },
    recorded
  );
}
var asCalled = { name: (_part, parts) => parts.at(-1) ?? "", value: (text) => text, text: (text) => text, common: () => void 0 };
async function originOf({ settings: { revealValues }, connection: { pair, pseudonymKey } }, { clues, comparison, pseudonymKeyId }) {
  const { keyId: keyId2, open: open2 } = createPseudonyms(pseudonymKey, revealValues);
  if (!clues || !revealValues && (keyId2 === void 0 || keyId2 !== pseudonymKeyId)) return [];
  const joined2 = joinClues(clues, pair.entities, pair.provenance, open2);
  if (!joined2) return [];
  const names = revealValues ? { ...asCalled, common: (text) => text } : asCalled;
  return findOrigin(joined2.facts, { ...comparison, byEntity: comparedOf(comparison.entities) }, { entities: pair.entities, ...joined2 }, names);
}
function lacksEntity({ verdict, evidence: { entities, interruption } }, names) {
  const found = new Set(entities.map(({ name }) => name));
  return verdict !== "unknown" && interruption === void 0 && names.some((name) => !found.has(name));
}

// action/src/merge/measure.ts
import { createHash as createHash4 } from "node:crypto";
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
  return createHash4("sha256").update(JSON.stringify(parts, withEntries)).digest("hex");
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
      return (await import("./firestore.js")).createFirestoreStore(name, declaration, surroundings);
    case "realtime-database":
      return (await import("./realtime-database.js")).createRealtimeDatabaseStore(name, declaration, surroundings);
  }
}

// action/src/pair/habit-tracker/shape.ts
var shape = {
  key: [
    { name: "owner", kind: "text", shown: "never" },
    { name: "child", kind: "text", shown: "pseudonym" },
    { name: "week", kind: "date", shown: "plain" }
  ],
  group: 2,
  levels: [
    { name: "children", one: "child", many: "children" },
    { name: "weeks", one: "week", many: "weeks" },
    { name: "habits", one: "habit", many: "habits" },
    { name: "records", one: "record", many: "records" }
  ]
};
var level = { children: 0, weeks: 1, habits: 2, records: 3 };
var keyOf = ({ owner, child, week: week2 }) => [owner, child, week2];
var groupOfChild = ({ owner, child }) => [owner, child];
var weekKeyOf = ([owner = null, child, week2 = null]) => ({ owner, child: child ?? "", week: week2 });
var childOf = ([owner = null, child]) => ({ owner, child: child ?? "" });
var childId = (child) => JSON.stringify(groupOfChild(child));
var weekId = (key) => JSON.stringify(keyOf(key));

// action/src/pair/habit-tracker/children.ts
function createChildren() {
  const byRowId = /* @__PURE__ */ new Map();
  const rowIds = /* @__PURE__ */ new Map();
  const owners = /* @__PURE__ */ new Map();
  const nobody = /* @__PURE__ */ new Set();
  return {
    add(rows) {
      for (const { row_id: rowId, user_id: owner, name } of rows) {
        if (byRowId.has(rowId)) continue;
        const child = canonicalText(name) ?? "";
        const id = childId({ owner, child });
        byRowId.set(rowId, { owner, child });
        rowIds.set(id, [...rowIds.get(id) ?? [], rowId]);
        if (owner !== null) owners.set(child, (owners.get(child) ?? /* @__PURE__ */ new Set()).add(owner));
      }
    },
    ownersOf: (child) => owners.get(child) ?? nobody,
    idsOf: (child) => rowIds.get(childId(child)) ?? [],
    childOf: (rowId) => byRowId.get(rowId),
    has: (child) => rowIds.has(childId(child)),
    all: () => byRowId.values()
  };
}
function keyOfWeek(row, known) {
  const child = known.childOf(row.child_id) ?? { owner: row.user_id, child: row.child_id };
  return keyOf({ ...child, week: row.week_start_date });
}
function idsInWeeks(child, known) {
  const ids = known.idsOf(child);
  return ids.length > 0 || !isUuid(child.child) ? ids : [child.child];
}
var isUuid = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

// action/src/pair/habit-tracker/health.ts
var dualWriteHealth = object({
  window_seconds: number(),
  mode: string(),
  requests: number(),
  error_rate: number().nullable(),
  latency_ms: object({ p95: number().nullable() }),
  open_failures: number(),
  expired_keys: number(),
  trigger_enabled: boolean(),
  pending_constraints: array(string()),
  rls: record(string(), boolean()).nullable(),
  /** Without row-level security, and with a privilege for whoever has the publishable key. Absent where the function is older. */
  open_tables: array(string()).optional(),
  /** Whose row-level security binds an owner of the functions. Absent where the function is older. */
  bound_tables: array(string()).optional()
});
var maxErrorRate = 0.01;
var maxP95Ms = 200;
var maxExpiredKeys = 1e4;
function judgeHealth(health) {
  const hours = Math.round(health.window_seconds / 360) / 10;
  const errorRate = health.error_rate ?? 0;
  const p95 = health.latency_ms.p95 ?? 0;
  const pending = health.pending_constraints;
  const bound = health.bound_tables ?? [];
  return [
    judge3(
      "error-rate",
      errorRate <= maxErrorRate,
      "critical",
      `${percent2(errorRate)} of ${health.requests} requests in ${hours} h failed (5xx); the limit is ${percent2(maxErrorRate)}.`
    ),
    judge3(
      "open-failures",
      health.open_failures === 0,
      "high",
      `${health.open_failures} ${health.open_failures === 1 ? "failure is" : "failures are"} on record and not resolved; select retry_dual_write_failures() retries them.`
    ),
    judge3(
      "trigger",
      health.trigger_enabled,
      "high",
      health.trigger_enabled ? "The trigger on habit_tracker is enabled." : "The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only."
    ),
    judge3(
      "owner",
      bound.length === 0,
      "high",
      bound.length === 0 ? "No row-level security binds the functions' owner." : `Row-level security binds the functions' owner on ${bound.join(", ")}: rows that it hides are missed without an error. Give the owner BYPASSRLS, or run alter table \u2026 no force row level security.`
    ),
    judge3(
      "mode",
      health.mode === "on",
      "medium",
      `The dual-write mode is ${health.mode}${health.mode === "on" ? "." : "; select set_dual_write_mode('on') switches it on."}`
    ),
    judge3("latency", p95 <= maxP95Ms, "medium", `95 % of the requests took at most ${Math.round(p95)} ms; the limit is ${maxP95Ms} ms.`),
    judge3(
      "constraints",
      pending.length === 0,
      "low",
      pending.length === 0 ? "Every constraint is validated." : `${pending.length} not validated: ${pending.join(", ")}; select * from validate_pending_constraints(false) validates them.`
    ),
    judgeRowLevelSecurity(health),
    judge3(
      "expired-keys",
      health.expired_keys <= maxExpiredKeys,
      "low",
      `${health.expired_keys} expired idempotency keys are kept; select cleanup_idempotency_log() removes them.`
    )
  ];
}
function judgeRowLevelSecurity({ rls, open_tables: open2 = [] }) {
  const tables = Object.entries(rls ?? {});
  const off = tables.filter(([, isOn]) => !isOn).map(([table]) => table);
  if (off.length === 0) return judge3("row-level-security", true, "none", "Row-level security is on.");
  if (open2.length === 0 || open2.length === tables.length) return judge3("row-level-security", false, "low", `Row-level security is off on ${off.join(", ")}.`);
  const order = open2.includes("habit_tracker") ? " Begin with habit_tracker: through its trigger it opens what the others close." : "";
  return judge3(
    "row-level-security",
    false,
    "high",
    `Anybody with the publishable key can reach ${open2.join(", ")}, while other tables are protected: run alter table \u2026 enable row level security.${order}`
  );
}
function judge3(check2, isWell, severity, detail) {
  if (isWell) return { check: check2, status: "ok", severity: "none", detail };
  return { check: check2, status: severity === "critical" || severity === "high" ? "failing" : "warning", severity, detail };
}
function readHealth2(health) {
  if (!health) return { checks: [], obstacles: [nobodyCanTell] };
  const { mode, open_failures: failures, trigger_enabled: isTriggered } = health;
  const obstacles = [
    failures === 0 ? "" : `${failures} ${failures === 1 ? "failure" : "failures"} of the dual-write open: select retry_dual_write_failures() retries them.`,
    // Whatever else stands there was not written by the migrations.
    mode === "on" ? "" : `The dual-write mode is ${["off", "legacy_only"].includes(mode) ? mode : "none that is known"}, not on: select set_dual_write_mode('on') switches it on.`,
    isTriggered ? "" : "The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only."
  ];
  return { checks: judgeHealth(health), obstacles: obstacles.filter((obstacle) => obstacle !== "") };
}
var nobodyCanTell = "dual_write_health is not installed, or this key may not call it, so whether the dual-write is on and without failures is unknown: apply supabase/migrations/013 to 019 and use a secret key.";
var percent2 = (fraction) => `${Math.round(fraction * 1e3) / 10} %`;

// action/src/pair/habit-tracker/columns.ts
var isText = (type) => /^(text|character varying|character|citext|name)$/.test(type);
var isBuiltIn = (type) => /^(bigint|integer|smallint|numeric|real|double precision|money|boolean|date|time.*|interval|jsonb?|xml|bytea|bit.*|uuid|inet|cidr|oid|.*range|.*\[\])$/.test(
  type
);
var meanings = {
  date: { expected: "date", alike: isText },
  json: { expected: "jsonb", alike: (type) => type === "json" || isText(type) },
  text: { expected: "text", alike: isText },
  user: { expected: "uuid", alike: isText },
  // Opaque: whatever tells rows apart.
  id: { expected: "uuid", alike: () => true },
  time: { expected: "timestamp with time zone", alike: (type) => /^(timestamp|date$)/.test(type) || isText(type), handedOver: true },
  label: { expected: "text", alike: isText, handedOver: true }
};
var columns = {
  habit_tracker: {
    user_id: "user",
    child_name: "text",
    week_start_date: "date",
    theme: "text",
    reward: "text",
    habits: "json",
    reflection: "json",
    updated_at: "time"
  },
  children: { id: "id", user_id: "user", name: "text" },
  weeks: {
    id: "id",
    child_id: "id",
    user_id: "user",
    week_start_date: "date",
    week_end_date: "date",
    theme: "text",
    reward: "text",
    reflection: "json",
    source_version: "label"
  },
  habits: { id: "id", week_id: "id", name: "text" },
  habit_records: { id: "id", habit_id: "id", record_date: "date", status: "text" }
};
var otherType = (table, column, found, expected) => new ReadError(
  `Column ${column} of table ${table} has the type ${found} where ${expected} is expected, so its rows cannot be compared, and nothing is known about drift. A migration changed it: change the type back, or use the release of this action that goes with the new schema.`
);
function checkTypes(types2) {
  let respelled;
  for (const [table, meant] of Object.entries(columns)) {
    for (const [column, meaning] of Object.entries(meant)) {
      const found = types2[`${table}.${column}`];
      const { expected, alike, handedOver } = meanings[meaning];
      if (found === expected || meaning === "text" && found === "character varying") continue;
      if (found !== void 0 && isBuiltIn(found) && !alike(found)) throw otherType(table, column, typeName(found), expected);
      if (!handedOver) respelled ??= `${table}.${column}`;
    }
  }
  return respelled;
}
var typeName = (type) => /^[a-z ]{2,40}(\[\])?$/.test(type) ? type : "that is not known";
var isTime = (text) => text.length > 13 && /^\d{4,}-\d\d-\d\d[T ]\d/.test(text);
var dateText = custom((value) => typeof value === "string" && !isTime(value));
function typeOf(value) {
  if (typeof value === "string") return isTime(value) ? `timestamp ${/(Z|[-+]\d\d(:\d\d)*)$/.test(value) ? "with" : "without"} time zone` : void 0;
  if (typeof value === "number") return "numeric";
  if (typeof value === "boolean") return "boolean";
  if (Array.isArray(value)) return "json or an array";
  return typeof value === "object" && value !== null ? "json" : void 0;
}
function noting(table, row, misfit) {
  return custom((value) => {
    const { success, error: error2 } = row.safeParse(value);
    const path = error2?.issues[0]?.path ?? [];
    if (!success) misfit.error ??= typeErrorAt(table, path, value);
    return success;
  });
}
function typeErrorAt(table, path, row) {
  const names = path.filter((part) => typeof part === "string");
  const column = names.at(-1) ?? "";
  const of = names.at(-2) ?? table;
  const value = path.reduce(
    (inside, part) => typeof inside === "object" && inside !== null ? Reflect.get(inside, part) : void 0,
    row
  );
  const meaning = columns[of]?.[column];
  const found = typeOf(value);
  return meaning === void 0 || found === void 0 ? void 0 : otherType(of, column, found, meanings[meaning].expected);
}
function withTypes(reader) {
  async function* pages(table, row, read) {
    const misfit = {};
    try {
      yield* read(noting(table, row, misfit));
    } catch (error2) {
      throw misfit.error ?? error2;
    }
  }
  return {
    ...reader,
    async select(table, selected, row, ...rest2) {
      const misfit = {};
      try {
        return await reader.select(table, selected, noting(table, row, misfit), ...rest2);
      } catch (error2) {
        throw misfit.error ?? error2;
      }
    },
    pages: (table, selected, row, ...rest2) => pages(table, row, (noted) => reader.pages(table, selected, noted, ...rest2)),
    found: (table, selected, row, ...rest2) => pages(table, row, (noted) => reader.found(table, selected, noted, ...rest2))
  };
}

// action/src/pair/habit-tracker/status.ts
var statuses = /* @__PURE__ */ new Set(["green", "yellow", "red"]);
function knownStatus(text) {
  const status = canonicalText(text) ?? "";
  return statuses.has(status) ? status : void 0;
}

// action/src/pair/habit-tracker/legacy.ts
var legacyKeyColumns = "row_id:id::text,user_id,child_name,week_start_date";
var legacyParts = { theme: "theme", reward: "reward", habits: "habits::text", reflection: "reflection::text" };
var legacyColumns = `${legacyKeyColumns},${Object.values(legacyParts).join(",")},updated_at`;
var legacyKeyRow = object({
  row_id: string(),
  user_id: string().nullable(),
  child_name: string(),
  week_start_date: dateText.nullable()
});
var legacyRow = legacyKeyRow.extend({
  theme: string().nullable(),
  reward: string().nullable(),
  // JSON. Whatever is in there is checked part by part: a part that cannot be read is a finding, not an error.
  habits: string().nullable(),
  reflection: string().nullable(),
  updated_at: string().nullable(),
  // Parts that are too large to be read.
  unread: array(string()).optional()
});
var noIds = {};
var rowIdsOf = (row) => ({ habit_tracker: [row.row_id] });
function placeLegacyRow(row, alignment, ownersOf) {
  const child = canonicalText(row.child_name) ?? "";
  const start = row.week_start_date;
  const unclaimed = (of, difference) => ({
    kind: "unclaimed",
    key: keyOf(of),
    difference: { ...difference, key: keyOf(of), normalized: null, rowIds: rowIdsOf(row) }
  });
  const owners = row.user_id === null ? ownersOf(child) : /* @__PURE__ */ new Set([row.user_id]);
  const [owner = null] = owners.size === 1 ? owners : [];
  if (!isCalendarDate(start)) {
    return unclaimed(
      { owner, child, week: null },
      { kind: "malformed", level: "weeks", path: ["week_start_date"], legacy: start === null ? null : { text: start, readable: false } }
    );
  }
  const week2 = alignment === "monday" ? mondayOf(start) : start;
  const key = { owner, child, week: week2 };
  if (alignment === "skip" && daysSinceMonday(start) !== 0) return { kind: "skipped", key: keyOf(key) };
  if (owners.size > 1) {
    return unclaimed(key, { kind: "ambiguous-owner", level: "children", path: null, legacy: { text: child, readable: false } });
  }
  return { kind: "claim", key: keyOf(key) };
}
function readLegacyRow(row, alignment, ownersOf) {
  const placement2 = placeLegacyRow(row, alignment, ownersOf);
  const habits = readHabits(row.habits);
  return {
    entry: placement2.kind === "claim" ? { ...placement2, document: readDocument(row, habits, placement2.key, placement2.key[2] ?? "") } : placement2,
    get raw() {
      return [0, 1, ...countRaw(habits)];
    }
  };
}
function readHabits(text) {
  if (text === null) return { elements: [] };
  let habits;
  try {
    habits = JSON.parse(text);
  } catch {
    return { instead: text };
  }
  return habits === null || Array.isArray(habits) ? { elements: habits ?? [] } : { instead: said(habits) };
}
var said = (value) => typeof value === "string" ? value : plainJson(value);
var isFilled = (cell) => typeof cell === "string" ? (canonicalText(cell) ?? "none") !== "none" : cell !== null && cell !== void 0;
function countRaw(habits) {
  if ("instead" in habits) return [0, 0];
  let records = 0;
  for (const habit of habits.elements) {
    const times = isRecord(habit) ? habit["times"] : void 0;
    if (Array.isArray(times)) {
      for (const cell of times) if (isFilled(cell)) records += 1;
    }
  }
  return [habits.elements.length, records];
}
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
var maxHabits = 200;
function readDocument(row, habits, key, week2) {
  const rowIds = rowIdsOf(row);
  const fields = /* @__PURE__ */ new Map();
  const hidden = [];
  const problems = [];
  const add = (path, value, readable, at, traits) => fields.set(pathId(path), { path, value, level: at, readable, rowIds: noIds, ...traits?.length && { traits } });
  const attribute = (name, value, readable) => fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: noIds });
  const malformed2 = (place, of, text, counterpart) => {
    const legacy = text === void 0 ? null : { text: text.slice(0, 1e4), readable: false };
    problems.push({ kind: "malformed", level: of, key, path: [place], legacy, normalized: null, rowIds });
    hidden.push(counterpart);
  };
  attribute("theme", canonicalText(row.theme), false);
  attribute("reward", canonicalText(row.reward), false);
  for (const part of row.unread ?? []) malformed2(part, part === "habits" ? "habits" : "weeks", "too large to be read", { prefix: [part], depth: 1 });
  const reflection = canonicalJson(row.reflection);
  if (reflection === void 0) malformed2("reflection", "weeks", row.reflection ?? void 0, { prefix: ["reflection"], depth: 1 });
  attribute("reflection", reflection ?? null, false);
  const days = sevenDays(week2);
  attribute("week_end_date", days[6] ?? null, true);
  if ("instead" in habits) malformed2("habits", "habits", habits.instead, { prefix: ["habits"], depth: 2 });
  let elements = "instead" in habits ? [] : habits.elements;
  if (elements.length > maxHabits) {
    malformed2("habits", "habits", `${elements.length} habits`, { prefix: ["habits"], depth: 2 });
    elements = [];
  }
  const names = elements.map(nameOf4);
  const expectedNames = distinctNames(names);
  for (const [index, element] of elements.entries()) {
    const name = expectedNames[index];
    if (name === void 0) {
      const place = isRecord(element) ? `habits[${index}].name` : `habits[${index}]`;
      malformed2(place, "habits", textOf3(isRecord(element) ? element["name"] : element), { prefix: ["habits", ""], depth: 2 });
      continue;
    }
    add(["habits", name], name, false, level.habits, traitsOf(element, name !== names[index]));
    const times = isRecord(element) ? element["times"] : void 0;
    if (!Array.isArray(times) || times.length !== 7) {
      malformed2(`habits[${index}].times`, "records", textOf3(times), { prefix: ["habits", name], depth: 3 });
      continue;
    }
    for (const [day2, cell] of times.entries()) {
      if (!isFilled(cell)) continue;
      const path = ["habits", name, days[day2] ?? ""];
      const status = typeof cell === "string" ? knownStatus(cell) : void 0;
      if (status === void 0) malformed2(`habits[${index}].times[${day2}]`, "records", textOf3(cell), { prefix: path, depth: 3 });
      else add(path, status, true, level.records);
    }
  }
  return { key, fields, rowIds, hidden, problems, writtenAt: timeOf2(row.updated_at) };
}
var textOf3 = (value) => value === void 0 ? void 0 : said(value);
var habitTraits = {
  "millisecond-id": "whose id is a millisecond timestamp",
  "repeated-name": "whose name repeats within the week"
};
function traitsOf(element, isRepeated) {
  const id = isRecord(element) ? Number(element["id"]) : Number.NaN;
  return [...id >= 1e12 && id < 1e13 ? ["millisecond-id"] : [], ...isRepeated ? ["repeated-name"] : []];
}
function nameOf4(element) {
  const name = isRecord(element) ? element["name"] : void 0;
  return typeof name === "string" && !name.includes("\0") ? canonicalText(name) ?? void 0 : void 0;
}
function distinctNames(names) {
  const taken = new Set(names);
  const used = /* @__PURE__ */ new Set();
  const nextNumber = /* @__PURE__ */ new Map();
  return names.map((name) => {
    if (name === void 0 || !used.has(name)) {
      if (name !== void 0) used.add(name);
      return name;
    }
    let number3 = nextNumber.get(name) ?? 2;
    while (taken.has(`${name} (${number3})`)) number3 += 1;
    nextNumber.set(name, number3 + 1);
    const distinct = `${name} (${number3})`;
    taken.add(distinct);
    used.add(distinct);
    return distinct;
  });
}
function compareClaims(a, b) {
  return compareTimestamps(b.updated_at, a.updated_at) || compareIds(b.row_id, a.row_id);
}
function compareTimestamps(a, b) {
  return Number(a !== null) - Number(b !== null) || instant(a) - instant(b) || microseconds(a) - microseconds(b);
}
function instant(timestamp) {
  if (timestamp === null || timestamp === "-infinity") return Number.NEGATIVE_INFINITY;
  const time = Date.parse(timestamp.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
function timeOf2(timestamp) {
  const time = instant(timestamp ?? null);
  return Number.isFinite(time) ? time : void 0;
}
var microseconds = (timestamp) => Number(/\.\d{3}(\d{1,3})/.exec(timestamp ?? "")?.[1]?.padEnd(3, "0") ?? 0);

// action/src/pair/habit-tracker/normalized.ts
var childColumns = "row_id:id::text,user_id,name";
var childRow = object({ row_id: string(), user_id: string().nullable(), name: string() });
var weekKeyColumns = "row_id:id::text,user_id,child_id::text,week_start_date";
var recordColumns = "id::text,record_date,status";
var habitColumns = `id::text,name,habit_records(${recordColumns})`;
var weekParts = { theme: "theme", reward: "reward", reflection: "reflection::text" };
var weekColumns = `${weekKeyColumns},week_end_date,${Object.values(weekParts).join(",")},source_version,habits(${habitColumns})`;
var weekKeyRow = object({
  row_id: string(),
  user_id: string().nullable(),
  child_id: string(),
  week_start_date: dateText
});
var weekColumnsWithTimes = `${weekColumns},created_at,updated_at`;
var attributeColumns = `${weekKeyColumns},week_end_date,source_version,created_at,updated_at`;
var recordRow = object({ id: string(), record_date: dateText, status: string() });
var habitRow = object({ id: string(), name: string(), habit_records: array(recordRow) });
var weekRow = weekKeyRow.extend({
  week_end_date: dateText.nullable(),
  theme: string().nullable(),
  reward: string().nullable(),
  reflection: string().nullable(),
  source_version: string().nullable(),
  created_at: string().nullable().optional(),
  updated_at: string().nullable().optional(),
  habits: array(habitRow),
  // Parts that are too large to be read.
  unread: array(string()).optional()
});
var isBriefRecord = (value) => Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === "string");
var briefWeekRow = weekRow.extend({
  habits: array(tuple([string(), string(), array(custom(isBriefRecord))]))
});
function habitsOf({ habits }) {
  return habits.map((habit) => {
    if (!Array.isArray(habit)) return habit;
    const [id, name, records] = habit;
    return { id, name, habit_records: records.map(([record3, date, status]) => ({ id: record3, record_date: date, status })) };
  });
}
function readWeekRow(row, key) {
  const fields = /* @__PURE__ */ new Map();
  const rowIds = { weeks: [row.row_id] };
  const copies = /* @__PURE__ */ new Map();
  const copied = [];
  const attribute = (name, value, readable) => fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: {} });
  const add = (path, value, readable, ids, at) => {
    let own = path;
    const id = pathId(path);
    if (fields.has(id)) {
      const copy = (copies.get(id) ?? 1) + 1;
      copies.set(id, copy);
      own = [...path.slice(0, -1), copyOf(path.at(-1) ?? "", copy)];
      copied.push(own);
    }
    fields.set(own === path ? id : pathId(own), { path: own, value, level: at, readable, rowIds: ids });
    return own;
  };
  const reflection = canonicalJson(row.reflection);
  const attributes = { theme: canonicalText(row.theme), reward: canonicalText(row.reward), reflection: reflection === void 0 ? row.reflection : reflection };
  for (const [name, value] of Object.entries(attributes)) {
    if (row.unread?.includes(name)) attribute(name, "too large to be read", true);
    else attribute(name, value, false);
  }
  attribute("week_end_date", row.week_end_date, true);
  for (const habit of habitsOf(row).sort((a, b) => a.id < b.id ? -1 : 1)) {
    const ids = { habits: [habit.id] };
    const name = canonicalText(habit.name) ?? "";
    const path = add(["habits", name], name, false, ids, level.habits);
    for (const record3 of habit.habit_records) {
      const status = canonicalText(record3.status) ?? "none";
      if (status === "none") continue;
      const known = knownStatus(status) !== void 0;
      add([...path, record3.record_date], status, known, { habits: ids.habits, habit_records: [record3.id] }, level.records);
    }
  }
  return {
    key,
    fields,
    rowIds,
    hidden: [],
    problems: row.user_id === key[0] ? [] : [wrongOwner(row, key, rowIds)],
    ...copied.length > 0 && { copied },
    parent: row.child_id,
    held: [0, 0, row.habits.length, recordsIn(row)],
    sourceVersion: row.source_version ?? void 0,
    writtenAt: timeOf2(row.updated_at),
    migratedAt: row.source_version === "migration" && row.updated_at === row.created_at ? timeOf2(row.created_at) : void 0
  };
}
function readWeek(row, key) {
  return { entry: { kind: "claim", key, document: readWeekRow(row, key) }, raw: [0, 1, row.habits.length, recordsIn(row)] };
}
function recordsIn({ habits }) {
  let records = 0;
  for (const habit of habits) records += (Array.isArray(habit) ? habit[2] : habit.habit_records).length;
  return records;
}
function wrongOwner(row, key, rowIds) {
  const shown5 = (owner) => owner === null ? null : { text: owner, readable: false };
  return { kind: "wrong-owner", level: "weeks", key, path: ["user_id"], legacy: shown5(key[0] ?? null), normalized: shown5(row.user_id), rowIds };
}

// action/src/pair/habit-tracker/digest.ts
var functionsVersion = 4;
var migration2 = "supabase/migrations/014_create_drift_functions.sql";
var childrenAnswer = object({
  legacy: array(tuple([string().nullable(), string(), number()])),
  normalized: array(tuple([string(), string().nullable(), number()])),
  next: record(string(), string()).nullable()
});
var weeksAnswer = array(tuple([string(), number()])).nullable();
var week = tuple([number(), string()]);
var compareAnswer = object({
  rows: number(),
  habits: number(),
  records: number(),
  skipped: number(),
  claimed: number(),
  equal: object({ weeks: number(), habits: number(), records: number(), versions: record(string(), number()) }),
  legacy_children: array(number()),
  equal_children: array(number()),
  differing: array(week),
  odd: array(week),
  undated: array(number()),
  stray: array(week),
  loose: number()
});
var looseAnswer = tuple([number(), number()]);
var rowsAnswer = object({ children: rowsOf(childRow), legacy: rowsOf(legacyRow), weeks: rowsOf(briefWeekRow) });
var maxRowsADay = 2e4;
var maxChildren = 2e4;
var maxNamesLength = 2e6;
var childrenPage = 1e4;
function createDigester(reader, alignment, { children, learnChildren, learnSpelling }) {
  async function everyChild() {
    const found = /* @__PURE__ */ new Map();
    const childOf2 = (key, rows) => {
      const id = childId(key);
      const child = found.get(id) ?? { key, rows: 0, legacy: [], normalized: [] };
      found.set(id, child);
      child.rows += rows;
      return child;
    };
    let after;
    let size = childrenPage;
    const read = async () => {
      try {
        return await answered(
          reader,
          "driftwatch_children",
          { ...after !== void 0 && { after }, ...size < childrenPage && { page: size } },
          childrenAnswer
        );
      } catch (error2) {
        if (!(error2 instanceof ReadError) || error2.tooMuch !== "bytes" || size === 1) throw error2;
        size = Math.ceil(size / 4);
        return read();
      }
    };
    for (; ; ) {
      const page = await read();
      for (const [user, name, rows] of page.legacy) {
        learnSpelling(name);
        const child = canonicalText(name) ?? "";
        const owners = user === null ? children.ownersOf(child) : /* @__PURE__ */ new Set([user]);
        const [owner = null] = owners.size === 1 ? owners : [];
        childOf2({ owner, child }, rows).legacy.push([user, name]);
      }
      await learnChildren(
        page.normalized.filter(([, user]) => user === null).map(([id]) => ({ child_id: id })),
        children
      );
      for (const [id, user, rows] of page.normalized) {
        const known = children.childOf(id);
        childOf2(known ?? { owner: user, child: id }, rows).normalized.push([id, known ? null : user]);
      }
      if (page.next === null) return [...found.values()];
      const next = JSON.stringify(page.next);
      if (next === after) throw reader.refused("driftwatch_children");
      after = next;
    }
  }
  const compare2 = (who, tries2, dates) => answered(reader, "driftwatch_compare", { ...who, alignment, ...dates }, compareAnswer, tries2);
  async function looseInDatabase(withRecords) {
    try {
      return [0, 0, ...await answered(reader, "driftwatch_loose", { with_records: withRecords }, looseAnswer, { ofTooMuch: 1 })];
    } catch (error2) {
      if (isOutOfTime(error2)) return void 0;
      throw error2;
    }
  }
  const planOfChildren = (kin, countsLoose) => ({
    groups: kin.map(({ key }) => groupOfChild(key)),
    beside: async () => ({ more: moreRows(kin), loose: countsLoose ? await looseInDatabase(true) : [0, 0, 0, 0] }),
    rows: kin.map(({ rows }) => rows),
    async digest(start, end, tries2) {
      return readAnswer(await compare2(namesOf(kin.slice(start, end)), tries2, {}), kin, start, () => Number.NaN);
    }
  });
  return {
    async probe() {
      const version = await reader.call("driftwatch_version", {}, number()).catch((error2) => {
        if (error2 instanceof ReadError) return void 0;
        throw error2;
      });
      if (version === functionsVersion) {
        const respelled = checkTypes(await answered(reader, "driftwatch_types", {}, record(string(), string())));
        if (respelled === void 0)
          return { ready: true, narrows: true, sentence: "The database compares both sides itself: the drift functions are installed." };
        return {
          ready: false,
          sentence: `The drift functions do not compare the type of ${respelled}, so weeks are compared through the API, which is slower.`
        };
      }
      const why = version === void 0 ? "are not installed, or this key may not call them" : `have version ${version}, not ${functionsVersion}`;
      return {
        ready: false,
        sentence: `The drift functions ${why}, so weeks are compared through the API, which is slower. Apply ${migration2} from this release, and use a secret key.`
      };
    },
    async planPart({ index, has }) {
      const kin = (await everyChild()).filter(({ key }) => has(keyOf({ ...key, week: null })));
      return planOfChildren(kin, index === 1);
    },
    async plan() {
      const counting2 = answered(reader, "driftwatch_weeks", { alignment }, weeksAnswer);
      counting2.catch(() => void 0);
      const kin = await everyChild();
      const weeks = await counting2;
      const namesLength = kin.reduce((sum2, { legacy }) => legacy.reduce((length, [, name]) => length + name.length, sum2), 0);
      const byChildren = weeks === null || kin.length > maxChildren || namesLength > maxNamesLength || weeks.some(([, rows]) => rows > maxRowsADay);
      if (byChildren) return planOfChildren(kin, true);
      const everyone = namesOf(kin);
      const portionOf = (date) => weeks.findLastIndex(([since]) => since <= date);
      return {
        groups: kin.map(({ key }) => groupOfChild(key)),
        beside: async () => ({ more: moreRows(kin), loose: await looseInDatabase(false) }),
        rows: weeks.map(([, rows]) => rows),
        async digest(start, end, tries2) {
          const [since] = start > 0 && weeks[start] || ["-infinity"];
          const [until] = weeks[end] ?? [];
          return readAnswer(await compare2(everyone, tries2, { since, ...until !== void 0 && { until } }), kin, 0, portionOf);
        }
      };
    }
  };
}
var moreRows = (kin) => [
  kin.reduce((sum2, { normalized }) => sum2 + Math.max(0, new Set(normalized.map(([id]) => id)).size - 1), 0),
  0,
  0,
  0
];
async function readInDatabase(reader, alignment, spellings) {
  return answered(
    reader,
    "driftwatch_read",
    {
      owners: array2(spellings.map(({ owner }) => owner)),
      names: array2(spellings.map(({ name }) => quote(name))),
      weeks: array2(spellings.map(({ week: start }) => start && quote(start))),
      alignment
    },
    rowsAnswer
  );
}
async function answered(reader, name, parameters, value, tries2) {
  const answer2 = await reader.call(name, parameters, value, tries2);
  if (answer2 === void 0) throw reader.refused(name);
  return answer2;
}
var array2 = (items) => `{${items.map(String).join(",")}}`;
function namesOf(kin) {
  const listed2 = (side) => kin.flatMap((child, place) => child[side].map(([first, second]) => ({ place, first, second })));
  const [legacy, normalized] = [listed2("legacy"), listed2("normalized")];
  return {
    legacy_places: array2(legacy.map(({ place }) => place)),
    legacy_users: array2(legacy.map(({ first }) => first)),
    legacy_names: array2(legacy.map(({ second }) => quote(second ?? ""))),
    normalized_places: array2(normalized.map(({ place }) => place)),
    normalized_ids: array2(normalized.map(({ first }) => first)),
    normalized_users: array2(normalized.map(({ second }) => second)),
    normalized_owners: array2(normalized.map(({ place }) => kin[place]?.key.owner ?? null))
  };
}
function readAnswer(answer2, kin, first, portionOf) {
  const nobody = { owner: null, child: "" };
  const childAt = (place) => kin[first + place]?.key ?? nobody;
  const placeOf2 = (place) => first + place;
  const placed = ([place, start]) => keyOf({ ...childAt(place), week: start });
  const { weeks, habits, records, versions } = answer2.equal;
  return {
    legacy: [0, answer2.rows, answer2.habits, answer2.records],
    skipped: answer2.skipped,
    claimed: answer2.claimed,
    equal: {
      counts: [0, weeks, habits, records],
      sourceVersions: versions,
      groups: answer2.equal_children.map(placeOf2)
    },
    legacyGroups: answer2.legacy_children.map(placeOf2),
    differing: [...answer2.differing.map(placed), ...answer2.undated.map((place) => keyOf({ ...childAt(place), week: null }))],
    odd: answer2.odd.map(placed),
    loose: [0, 0, 0, answer2.loose],
    stray: answer2.stray.map((one) => ({ key: placed(one), portion: portionOf(one[1]) }))
  };
}

// action/src/pair/habit-tracker/filters.ts
var maxKeysPerRead = 100;
function batches(keys, conditionLength, lengthOf) {
  const sorted = keys.toSorted((a, b) => compareText(a.week ?? "", b.week ?? "") || compareText(a.child, b.child));
  const result = [];
  let length = Number.POSITIVE_INFINITY;
  for (const key of sorted) {
    const batch = result.at(-1);
    const own = lengthOf(key) + (batch?.at(-1)?.week === key.week ? 0 : conditionLength);
    if (!batch || batch.length >= maxKeysPerRead || length + own > maxFilterLength) {
      result.push([key]);
      length = own + conditionLength;
    } else {
      batch.push(key);
      length += own;
    }
  }
  return result;
}
var idLength = 46;
var dateLength = 75;
var ownedDateLength = 110;
var ownersIn = (keys) => isIn("user_id", new Set(keys.flatMap(({ owner }) => owner ?? [])));
var byWeek = (keys) => Map.groupBy(keys, ({ week: week2 }) => week2);
function legacyFilterFor(keys, alignment, spellingsOf) {
  const conditions = [...byWeek(keys)].map(([week2, same]) => {
    const who = isNamed("child_name", new Set(same.flatMap((key) => [...spellingsOf(key)])));
    return `and(${dateCondition(week2, alignment)},${who.length === 1 ? who.join("") : `or(${who.join(",")})`})`;
  });
  return conditions.join(",");
}
function dateCondition(week2, alignment) {
  if (week2 === null) return "or(week_start_date.is.null,week_start_date.gt.9999-12-31,week_start_date.lt.0001-01-01)";
  if (alignment !== "monday" || !isCalendarDate(week2)) return `week_start_date.eq.${quote(week2)}`;
  return `week_start_date.gte.${week2},week_start_date.lte.${week2 > "9999-12-25" ? "9999-12-31" : addDays(week2, 6)}`;
}
function weekFilterFor(keys, idsOf) {
  const conditions = [...byWeek(keys)].flatMap(([week2, same]) => {
    const ids = new Set(same.flatMap(idsOf));
    return week2 === null || ids.size === 0 ? [] : [`and(week_start_date.eq.${quote(week2)},${isIn("child_id", ids)})`];
  });
  return conditions.join(",");
}

// action/src/pair/habit-tracker/directory.ts
function createDirectory(reader, alignment) {
  const spellings = /* @__PURE__ */ new Map();
  const learnSpelling = (name) => {
    const child = canonicalText(name) ?? "";
    const known = spellings.get(child);
    if (known) known.add(name);
    else spellings.set(child, /* @__PURE__ */ new Set([child, name]));
  };
  const spellingsOf = (key) => spellings.get(key.child) ?? /* @__PURE__ */ new Set([key.child]);
  async function learnChildren(weeks, known) {
    const unknown2 = new Set(weeks.map((week2) => week2.child_id).filter((id) => !known.childOf(id)));
    for (const ids of chunksOf([...unknown2], maxKeysPerRead)) {
      const { rows } = await reader.select("children", childColumns, childRow, (query) => query.in("id", ids));
      rows.forEach((row) => learnSpelling(row.name));
      known.add(rows);
    }
  }
  async function learnSpellings(keys) {
    const known = new Map(keys.map((key) => [key, spellingsOf(key).size]));
    for (const some of batches(keys, ownedDateLength, () => idLength)) {
      const owners = ownersIn(some);
      if (owners !== "") {
        for await (const rows of reader.found("children", childColumns, childRow, (query) => query.or(owners))) rows.forEach((row) => learnSpelling(row.name));
      }
      const dates = [...byWeek(some)].map(([week2, same]) => `and(${dateCondition(week2, alignment)},or(${["user_id.is.null", ownersIn(same)].filter(Boolean).join(",")}))`).join(",");
      for await (const rows of reader.found("habit_tracker", legacyKeyColumns, legacyKeyRow, (query) => query.or(dates)))
        rows.forEach((row) => learnSpelling(row.child_name));
    }
    return keys.filter((key) => spellingsOf(key).size > (known.get(key) ?? 0));
  }
  return { children: createChildren(), learnSpelling, spellingsOf, learnChildren, learnSpellings };
}

// action/src/pair/habit-tracker/provenance.ts
var firstWeeks = 20;
var writtenWeek = object({
  created_at: string(),
  updated_at: string(),
  habits: array(object({ source_version: string().nullable() }))
});
function createProvenance(reader, idsOf) {
  const byDualWrite = (order, limit) => reader.select(
    "weeks",
    "created_at,updated_at,habits(source_version)",
    writtenWeek,
    (query) => query.eq("source_version", "dual_write").order(order).limit(limit)
  );
  const countWeeks = async (refine) => (await reader.select("weeks", "id", unknown(), (query) => refine(query).limit(1), "exact")).count ?? Number.NaN;
  return {
    traits: habitTraits,
    async dualWriteStart() {
      const { rows } = await byDualWrite("created_at", firstWeeks);
      const born = rows.find(({ habits }) => habits.every((habit) => habit.source_version === "dual_write"));
      if (born || rows.length === 0) return timeOf2(born?.created_at);
      const [changed] = (await byDualWrite("updated_at", 1)).rows;
      return timeOf2(changed?.updated_at);
    },
    countOfGroup: async (group) => {
      const ids = idsOf(childOf(group));
      return ids.length === 0 ? 0 : countWeeks((query) => query.in("child_id", [...ids]));
    },
    countOfStarts: (from, to) => countWeeks((query) => {
      const later = query.gte("week_start_date", from);
      return to === void 0 ? later : later.lte("week_start_date", to);
    }),
    countWrittenSince: async (date) => (await reader.select("habit_tracker", "id", unknown(), (query) => query.gte("updated_at", `${date}T00:00:00Z`).limit(1), "exact")).count ?? Number.NaN
  };
}

// action/src/pair/habit-tracker/repair.ts
var mostIds = 50;
var mostParts2 = 20;
var migrations = ["013_create_dual_write_triggers.sql", "016_create_backfill.sql"];
var backfilled = ["MISSING_CHILD", "MISSING_WEEK", "MISSING_HABIT", "MISSING_RECORD", "ORPHAN_HABIT", "ORPHAN_RECORD", "DATA_MISMATCH", "WRONG_OWNER"];
var overwritten = ["ORPHAN_HABIT", "ORPHAN_RECORD", "DATA_MISMATCH"];
function repairSteps(damage, alignment) {
  const { findings, findingsByType, health } = damage;
  const of = (type) => findings.filter((finding2) => finding2.type === type);
  const isThere = (type) => (findingsByType[type] ?? 0) > 0;
  const needsBackfill = ["AMBIGUOUS_OWNER", "MALFORMED_LEGACY", ...backfilled].some(isThere);
  const steps = [
    ...stopTheLoss(health),
    ...ambiguousOwners(of("AMBIGUOUS_OWNER")),
    ...malformed(of("MALFORMED_LEGACY")),
    ...duplicates(of("DUPLICATE_WEEK")),
    ...needsBackfill ? [backfill(damage, overwritten.some(isThere), alignment)] : [],
    ...orphanWeeks(
      of("ORPHAN_WEEK"),
      findingsByType["ORPHAN_WEEK"] ?? 0,
      isThere("AMBIGUOUS_OWNER") || of("MALFORMED_LEGACY").some(({ place }) => place?.[0] === "week_start_date")
    )
  ];
  if (steps.length === 0 && isThere("COUNT_MISMATCH")) steps.push(onlyTotals);
  return steps;
}
var looseHabits = "habits h where not exists (select from weeks w where w.id = h.week_id)";
var looseRecords = "habit_records r where not exists (select from habits h where h.id = r.habit_id)";
var onlyTotals = {
  text: "**Only totals differ**; every compared week agrees. Likely causes: habits or records without a parent, which foreign keys allow until they are validated; two rows in `children` for one child; or, after a sample, rows outside of it, which `mode: full` finds.",
  commands: [
    {
      sql: [
        `select h.* from ${looseHabits};`,
        `select r.* from ${looseRecords};`,
        "select user_id, btrim(normalize(name)) as child, array_agg(id) as ids from children group by 1, 2 having count(*) > 1;"
      ]
    },
    { note: "This deletes the habits and records without a parent.", destroys: true, sql: [`delete from ${looseHabits};`, `delete from ${looseRecords};`] }
  ]
};
function stopTheLoss(health) {
  const isUnwell = (name) => health.some(({ check: check2, status }) => check2 === name && status !== "ok");
  const sql = [
    ...isUnwell("trigger") ? ["alter table habit_tracker enable trigger trigger_habit_tracker_dual_write;"] : [],
    ...isUnwell("mode") ? ["select set_dual_write_mode('on');"] : []
  ];
  if (sql.length === 0) return [];
  return [
    {
      text: "**Stop the loss first**: the dual-write is not on, so new writes go missing whatever you repair. Skip this only if it is off on purpose.",
      commands: [{ sql }]
    }
  ];
}
function ambiguousOwners(findings) {
  const list = idList(findings.flatMap(({ rowIds }) => rowIds["habit_tracker"] ?? []));
  if (list === "") return [];
  return [
    {
      text: "**Rows whose owner is ambiguous** (`AMBIGUOUS_OWNER`): find out who owns them, and replace `USER_ID` with the right `user_id`, row by row if they differ.",
      commands: [
        {
          sql: [
            `select t.id, t.child_name, c.user_id from habit_tracker t join children c on btrim(normalize(c.name)) = btrim(normalize(t.child_name)) where t.id in (${list}) order by 1;`
          ]
        },
        { sql: [`update habit_tracker set user_id = 'USER_ID' where id in (${list});`] }
      ]
    }
  ];
}
function blankFor(path) {
  const [, index, rest2 = ""] = /^habits\[(\d+)\](.*)$/.exec(path) ?? [];
  const blankCells = '["", "", "", "", "", "", ""]';
  if (index === void 0) return void 0;
  if (rest2 === "") return { place: `{${index}}`, json: `{"name": "Habit ${Number(index) + 1}", "times": ${blankCells}}` };
  if (rest2 === ".name") return { place: `{${index},name}`, json: `"Habit ${Number(index) + 1}"` };
  if (rest2 === ".times") return { place: `{${index},times}`, json: blankCells };
  const [, day2] = /^\.times\[(\d+)\]$/.exec(rest2) ?? [];
  return day2 === void 0 ? void 0 : { place: `{${index},times,${day2}}`, json: '""' };
}
function mend({ place, rowIds }) {
  const list = idList(rowIds["habit_tracker"] ?? []);
  const [path] = place ?? [];
  if (list === "" || path === void 0) return [];
  if (path === "week_start_date") {
    return [`update habit_tracker set week_start_date = to_date(week_period, 'YYYY"\uB144 "FMMM"\uC6D4 "FMDD"\uC77C"') where id in (${list});`];
  }
  if (path === "habits") return [`update habit_tracker set habits = '[]' where id in (${list});`];
  const blank = blankFor(path);
  return blank ? [`update habit_tracker set habits = jsonb_set(habits, '${blank.place}', '${blank.json}') where id in (${list});`] : [];
}
function malformed(findings) {
  const shown5 = findings.slice(0, mostParts2);
  const list = idList(shown5.flatMap(({ rowIds }) => rowIds["habit_tracker"] ?? []));
  if (list === "") return [];
  return [
    {
      text: `**Parts of legacy rows that cannot be read** (\`MALFORMED_LEGACY\`): look at them, and correct them.${more(shown5.length, findings.length)}`,
      commands: [
        { sql: [`select id, week_period, week_start_date, jsonb_pretty(habits) as habits from habit_tracker where id in (${list});`] },
        {
          note: "These replace each part with an empty value (for a date: the one in `week_period`). If you know the right value, write that instead.",
          destroys: true,
          sql: shown5.flatMap(mend)
        }
      ]
    }
  ];
}
function duplicates(findings) {
  const all = findings.map(({ rowIds }) => rowIds["habit_tracker"] ?? []);
  const shown5 = all.slice(0, mostIds);
  const others2 = idList(shown5.flatMap((ids) => ids.slice(1)));
  if (others2 === "") return [];
  return [
    {
      text: `**Legacy rows that claim the same week** (\`DUPLICATE_WEEK\`): only the one updated last is compared, and only one should stay.${more(shown5.length, all.length)}`,
      commands: [
        {
          sql: [
            `select id, week_period, week_start_date, updated_at, theme, jsonb_pretty(habits) as habits from habit_tracker where id in (${idList(shown5.flat())}) order by child_name, week_start_date, updated_at desc;`
          ]
        },
        {
          note: "This deletes the others. If one of those is the right row, list the wrong one instead.",
          destroys: true,
          sql: [`delete from habit_tracker where id in (${others2});`]
        }
      ]
    }
  ];
}
function backfill({ health, since }, overwrites, alignment) {
  const isInstalled = health.some(({ check: check2 }) => check2 === "mode");
  const install = isInstalled ? "" : ` It needs ${migrations.map((file) => `\`supabase/migrations/${file}\``).join(" and ")} from this action's repository: apply them first if they are not installed (they change no data, and the dual-write stays off).`;
  const from = since === void 0 ? "" : `p_since => '${since}'`;
  const wins = overwrites ? " The legacy side wins: differing content is overwritten, and habits and records that only the normalized side has are removed." : "";
  const commands = [
    {
      note: "A dry run, with a row for each week that it would change:",
      sql: [
        `update dual_write_settings set week_alignment = '${alignment}' where week_alignment <> '${alignment}';`,
        `select * from backfill_legacy_weeks(${from});`
      ]
    },
    {
      note: `This makes the changes, 1,000 weeks per call. Repeat it until it returns no \`create\` and no \`update\`.${wins}`,
      destroys: overwrites,
      sql: [`select * from backfill_legacy_weeks(${["false", from].filter(Boolean).join(", ")});`]
    }
  ];
  return {
    text: `**Repair the normalized side from the legacy side** with the backfill.${install} Each row that it skips says why: \`not-a-monday\` and \`duplicate_week\` are expected, \`no_owner\` needs a \`user_id\` first.`,
    commands
  };
}
function orphanWeeks(findings, total2, isUnsure) {
  const shown5 = findings.slice(0, mostIds);
  const list = idList(shown5.flatMap(({ rowIds }) => rowIds["weeks"] ?? []));
  if (list === "") return [];
  const text = "**Weeks that only the normalized side has** (`ORPHAN_WEEK`): deleted or renamed on the legacy side, and the normalized side did not follow. No backfill removes them.";
  if (isUnsure)
    return [
      {
        text: `${text} Some may belong to the rows to correct above: check again after that, and this step will have the commands for the weeks still left over.`,
        commands: []
      }
    ];
  return [
    {
      text: `${text}${more(shown5.length, total2)}`,
      commands: [
        {
          sql: [
            `select w.id, c.name as child, w.week_start_date, w.theme, w.source_version, w.updated_at, (select count(*) from habits h where h.week_id = w.id) as habits, (select count(*) from habit_tracker t where t.week_start_date = w.week_start_date and btrim(t.child_name) = c.name) as legacy_rows from weeks w left join children c on c.id = w.child_id where w.id in (${list});`
          ]
        },
        {
          note: "This deletes them with their habits and records. Leave out weeks that have a legacy row by now. If the legacy row was deleted by mistake, restore it instead.",
          destroys: true,
          sql: [`delete from weeks where id in (${list});`]
        }
      ]
    }
  ];
}
var more = (shown5, total2) => shown5 < total2 ? ` These are the first ${shown5} of ${total2}; check again for the next ones, or let \`npx driftwatch repair\` list them all.` : "";
var idList = (ids) => [...new Set(ids)].filter((id) => id.length <= 100 && inert(id, 100) === id).slice(0, 2 * mostIds).map((id) => `'${id.replaceAll("'", "''")}'`).join(", ");

// action/src/pair/habit-tracker/holdings.ts
var looseHabit = object({ row_id: string() });
var maxIds = 100;
function createHoldings(reader) {
  const counted2 = async (table, columns2, refine) => (await reader.select(table, columns2, unknown(), (query) => refine(query).limit(1), "exact")).count ?? Number.NaN;
  const filled = (query) => query.not("status", "in", '(none,"")');
  return {
    total: async () => [0, 0, await reader.count("habits"), await reader.count("habit_records")],
    cut: () => readError({ table: "habit_records", defect: "truncated" }, 0),
    async loose() {
      const records = (refine) => counted2("habit_records", "id,habits()", (query) => refine(query).is("habits", null));
      let all = await records((query) => query);
      let present = all === 0 ? 0 : await records(filled);
      const habits = [];
      for await (const rows of reader.found("habits", "row_id:id::text,weeks()", looseHabit, (query) => query.is("weeks", null))) {
        habits.push(...rows.map((row) => row.row_id));
      }
      for (const ids of chunksOf(habits, maxIds)) {
        const inside = await counted2("habit_records", "id", (query) => query.in("habit_id", ids));
        all += inside;
        if (inside > 0) present += await counted2("habit_records", "id", (query) => filled(query.in("habit_id", ids)));
      }
      return { rows: [0, 0, habits.length, all], counted: [0, 0, habits.length, present] };
    }
  };
}

// action/src/pair/habit-tracker/readings.ts
function createReadings(reader, rowReader, { learnChildren, learnSpellings, spellingsOf }, alignment, reads) {
  const readApart = async (keys, fresh, take) => {
    const names = new Set(keys.flatMap((key) => [...spellingsOf(key)]));
    const who = isNamed("name", names).join(",");
    for await (const rows of reader.found("children", childColumns, childRow, (query) => query.or(who))) fresh.add(rows);
    const legacyFilter = legacyFilterFor(keys, alignment, spellingsOf);
    const weekFilter = weekFilterFor(keys, (key) => idsInWeeks(key, fresh));
    const legacy = [];
    const weeks = [];
    await Promise.all([
      collect(
        rowReader.legacy((query) => query.or(legacyFilter)),
        legacy
      ),
      weekFilter === "" ? void 0 : collect(
        rowReader.weeks((query) => query.or(weekFilter)),
        weeks
      )
    ]);
    take.legacy(legacy);
    await take.weeks(weeks);
  };
  const readTogether = async (keys, fresh, take) => {
    const spelled = keys.flatMap((key) => [...spellingsOf(key)].map((name) => ({ ...key, name })));
    const rows = await readInDatabase(reader, alignment, spelled);
    reads.legacy += rows.legacy.length;
    reads.normalized += rows.weeks.length + rows.children.length;
    fresh.add(rows.children);
    take.legacy(rows.legacy);
    await take.weeks(rows.weeks);
  };
  async function readBatch(keys, readRows, readings) {
    const asked2 = new Map(keys.map((key) => [weekId(key), key]));
    const fresh = createChildren();
    const claims = /* @__PURE__ */ new Map();
    const unclaimed = /* @__PURE__ */ new Map();
    const weeks = /* @__PURE__ */ new Map();
    const found = {
      legacy(rows) {
        for (const row of rows) {
          const placement2 = placeLegacyRow(row, alignment, fresh.ownersOf);
          if (placement2.kind === "skipped") continue;
          const id = keyId(placement2.key);
          if (placement2.kind === "claim") claims.set(id, [...claims.get(id) ?? [], row]);
          else unclaimed.set(id, [...unclaimed.get(id) ?? [], placement2.difference]);
        }
      },
      async weeks(rows) {
        await learnChildren(rows, fresh);
        for (const row of rows) {
          const id = keyId(keyOfWeek(row, fresh));
          weeks.set(id, [...weeks.get(id) ?? [], row]);
        }
      }
    };
    await readRows(keys, fresh, found);
    const respelled = await learnSpellings(keys.filter((key) => !claims.has(weekId(key)) || !fresh.has(key)));
    if (respelled.length > 0) {
      for (const key of respelled) for (const rows of [claims, unclaimed, weeks]) rows.delete(weekId(key));
      const isRespelled = new Set(respelled.map(weekId));
      await readRows(respelled, fresh, {
        legacy: (rows) => found.legacy(rows.filter((row) => isRespelled.has(keyId(placeLegacyRow(row, alignment, fresh.ownersOf).key)))),
        async weeks(rows) {
          await learnChildren(rows, fresh);
          await found.weeks(rows.filter((row) => isRespelled.has(keyId(keyOfWeek(row, fresh)))));
        }
      });
    }
    for (const [id, key] of asked2) {
      const claiming = (claims.get(id) ?? []).sort(compareClaims);
      readings.set(id, {
        // Documents are many times as large as their rows, and live no longer than it takes to explain one week.
        get expected() {
          return claiming.flatMap((row) => {
            const { entry } = readLegacyRow(row, alignment, fresh.ownersOf);
            return entry.kind === "claim" ? [entry.document] : [];
          });
        },
        get actual() {
          return (weeks.get(id) ?? []).map((row) => readWeekRow(row, keyOfWeek(row, fresh)));
        },
        unclaimed: unclaimed.get(id) ?? [],
        groupExists: fresh.has(key)
      });
    }
  }
  async function readAll(parts, readRows) {
    const readings = /* @__PURE__ */ new Map();
    for (const keys of parts) await readPart(keys, readRows, readings);
    return readings;
  }
  async function readPart(keys, readRows, readings) {
    try {
      await readBatch(keys, readRows, readings);
    } catch (error2) {
      if (!(error2 instanceof ReadError) || error2.tooMuch !== "bytes" || keys.length === 1 && readRows === readApart) throw error2;
      if (keys.length === 1) return readBatch(keys, readApart, readings);
      const middle = Math.ceil(keys.length / 2);
      for (const half of [keys.slice(0, middle), keys.slice(middle)]) await readPart(half, readRows, readings);
    }
  }
  return {
    apart: async (keys) => readAll(
      batches(keys.map(weekKeyOf), dateLength, (key) => Math.max(encodedLength(isNamed("", spellingsOf(key)).join(",")), idLength)),
      readApart
    ),
    together: async (keys) => readAll(chunksOf(keys.map(weekKeyOf), maxKeysPerRead), readTogether)
  };
}
async function collect(pages, into) {
  for await (const rows of pages) into.push(...rows);
}

// action/src/pair/habit-tracker/reads.ts
function countingReads(reader, reads) {
  const note = (table, rows) => void (reads[table === "habit_tracker" ? "legacy" : "normalized"] += rows);
  async function* noted(table, pages) {
    for await (const rows of pages) {
      note(table, rows.length);
      yield rows;
    }
  }
  return {
    ...reader,
    async select(table, ...rest2) {
      const answer2 = await reader.select(table, ...rest2);
      note(table, answer2.rows.length);
      return answer2;
    },
    pages: (table, ...rest2) => noted(table, reader.pages(table, ...rest2)),
    found: (table, ...rest2) => noted(table, reader.found(table, ...rest2))
  };
}

// action/src/pair/habit-tracker/rows.ts
var weekPageSize = 200;
var legacyPageSize = 500;
function createRowReader(reader) {
  let longestAnswer = 0;
  let limit;
  const seen = (rows) => longestAnswer = Math.max(longestAnswer, rows);
  const learnLimit = () => limit ??= askForLimit();
  async function askForLimit() {
    for (const table of ["habits", "habit_records"]) seen((await reader.select(table, "id", unknown(), (query) => query.limit(maxPageSize))).rows.length);
    return longestAnswer;
  }
  async function listed2(table, columns2, row, refine) {
    const all = [];
    for await (const rows of reader.found(table, columns2, row, refine)) all.push(...rows);
    return all;
  }
  async function habitsOf2(weekId2) {
    const columns2 = `row_id:id::text,${habitColumns}`;
    return listed2("habits", columns2, habitRow.extend({ row_id: string() }), (query) => query.eq("week_id", weekId2));
  }
  const recordsOf = (habitId) => listed2("habit_records", `row_id:id::text,${recordColumns}`, recordRow.extend({ row_id: string() }), (query) => query.eq("habit_id", habitId));
  async function whole(row) {
    const isSure = (length2) => row.habits.length < length2 && row.habits.every((habit) => habit.habit_records.length < length2);
    if (isSure(longestAnswer) || isSure(await learnLimit())) return row;
    const length = await learnLimit();
    const habits = row.habits.length < length ? [...row.habits] : await habitsOf2(row.row_id);
    for (const [place, habit] of habits.entries()) {
      if (habit.habit_records.length >= length) habits[place] = { ...habit, habit_records: await recordsOf(habit.id) };
    }
    return { ...row, habits };
  }
  async function inParts(table, id, columns2, row, parts) {
    const byId = (query) => query.eq("id", id);
    const [known] = (await reader.select(table, columns2, row, byId)).rows;
    if (!known) return void 0;
    const read = {};
    const unread = [];
    for (const [part, column] of Object.entries(parts)) {
      try {
        Object.assign(read, (await reader.select(table, column, looseObject({}), byId)).rows[0]);
      } catch (error2) {
        if (!(error2 instanceof ReadError) || error2.tooMuch !== "bytes") throw error2;
        read[part] = null;
        unread.push(part);
      }
    }
    return { ...known, ...read, unread };
  }
  async function* pagesOf(table, columns2, row, pageSize, refine, readLarge) {
    let large = [];
    const onUnreadable = (id) => void large.push(id);
    const pages = refine ? reader.found(table, columns2, row, refine, pageSize, onUnreadable) : reader.pages(table, columns2, row, pageSize, onUnreadable);
    const largeRows = async function* () {
      const ids = large;
      large = [];
      for (const id of ids) {
        const found = await readLarge(id);
        if (found) yield [found];
      }
    };
    for await (const rows of pages) {
      seen(rows.length);
      yield* largeRows();
      yield rows;
    }
    yield* largeRows();
  }
  return {
    seen,
    legacy: (refine) => pagesOf("habit_tracker", legacyColumns, legacyRow, legacyPageSize, refine, async (id) => {
      const found = await inParts(
        "habit_tracker",
        id,
        `${legacyKeyColumns},updated_at`,
        legacyKeyRow.extend({ updated_at: string().nullable() }),
        legacyParts
      );
      return found && legacyRow.parse(found);
    }),
    async *weeks(refine) {
      const columns2 = refine ? weekColumnsWithTimes : weekColumns;
      const readLarge = async (id) => {
        const found = await inParts(
          "weeks",
          id,
          attributeColumns,
          weekRow.pick({
            row_id: true,
            user_id: true,
            child_id: true,
            week_start_date: true,
            week_end_date: true,
            source_version: true,
            created_at: true,
            updated_at: true
          }),
          weekParts
        );
        return found && weekRow.parse({ ...found, habits: await habitsOf2(id) });
      };
      for await (const rows of pagesOf("weeks", columns2, weekRow, weekPageSize, refine, readLarge)) {
        const all = [];
        for (const row of rows) all.push(await whole(row));
        yield all;
      }
    }
  };
}

// action/src/pair/habit-tracker/visibility.ts
var createSight = (privileged) => ({
  troubleWithEmpty: (legacyRows, normalizedRows) => troubleWithEmptySides(legacyRows, normalizedRows, privileged),
  troubleWithSeen: (seen) => privileged ? void 0 : troubleWithHiddenLevel(seen)
});
var checkRowSecurity = "Row-level security may hide the rows from this key: use a secret key (sb_secret_\u2026) or the service_role key, or compare select count(*) from habit_tracker and select count(*) from weeks in the SQL editor, and look at select relname, relrowsecurity from pg_class where relname in ('habit_tracker', 'children', 'weeks', 'habits', 'habit_records').";
function troubleWithEmptySides(legacyRows, normalizedRows, privileged) {
  if (legacyRows === 0 && normalizedRows === 0) {
    return `Both sides are empty: there is nothing to compare, or the key sees nothing. ${checkRowSecurity}`;
  }
  if (privileged || legacyRows > 0 && normalizedRows > 0) return void 0;
  const [empty, other] = legacyRows === 0 ? ["habit_tracker", "weeks"] : ["weeks", "habit_tracker"];
  return `Table ${empty} shows no row while ${other} has some, and the key is not a secret or service_role key, so there may be rows that it cannot see. ${checkRowSecurity}`;
}
function troubleWithHiddenLevel(seen) {
  const hidden = seen.find((level2) => level2.expected > 0 && level2.normalized === 0);
  return hidden && `The normalized side shows no ${hidden.level} at all while the legacy side implies some, and the key is not a secret or service_role key, so there may be some that it cannot see. ${checkRowSecurity}`;
}

// action/src/pair/habit-tracker/habit-tracker.ts
var types = {
  mismatch: { type: "DATA_MISMATCH", severity: "medium" },
  duplicate: { type: "DUPLICATE_WEEK", severity: "high" },
  malformed: { type: "MALFORMED_LEGACY", severity: "medium" },
  "ambiguous-owner": { type: "AMBIGUOUS_OWNER", severity: "medium" },
  "wrong-owner": { type: "WRONG_OWNER", severity: "critical" },
  count: { type: "COUNT_MISMATCH", severity: "high" }
};
var singular = { children: "CHILD", weeks: "WEEK", habits: "HABIT", records: "RECORD" };
function createHabitTrackerPair(plainReader, alignment, isPrivileged) {
  const reads = { legacy: 0, normalized: 0 };
  const reader = withTypes(countingReads(plainReader, reads));
  const rowReader = createRowReader(reader);
  const directory = createDirectory(reader, alignment);
  const { children, learnSpelling, learnChildren } = directory;
  const readings = createReadings(reader, rowReader, directory, alignment, reads);
  const weeks = {
    name: "weeks",
    shape,
    // A child whole, so that a row without an owner is in the part of every child that it may mean.
    partText: ([, child]) => child ?? "",
    async prepare() {
      for await (const rows of reader.pages("children", childColumns, childRow)) {
        rowReader.seen(rows.length);
        rows.forEach((row) => learnSpelling(row.name));
        children.add(rows);
      }
    },
    holdings: createHoldings(reader),
    *groups() {
      for (const child of children.all()) yield groupOfChild(child);
    },
    digester: { ...createDigester(reader, alignment, directory), read: readings.together },
    expected: {
      count: () => reader.count("habit_tracker"),
      async *keys() {
        for await (const rows of reader.pages("habit_tracker", legacyKeyColumns, legacyKeyRow)) {
          rows.forEach((row) => learnSpelling(row.child_name));
          yield rows.map((row) => placeLegacyRow(row, alignment, children.ownersOf));
        }
      },
      async *documents() {
        for await (const rows of rowReader.legacy()) {
          rows.forEach((row) => learnSpelling(row.child_name));
          yield each(rows, (row) => readLegacyRow(row, alignment, children.ownersOf));
        }
      }
    },
    actual: {
      count: () => reader.count("weeks"),
      async *keys() {
        for await (const rows of reader.pages("weeks", weekKeyColumns, weekKeyRow)) {
          await learnChildren(rows, children);
          yield rows.map((row) => ({ kind: "claim", key: keyOfWeek(row, children) }));
        }
      },
      async *documents() {
        for await (const rows of rowReader.weeks()) {
          await learnChildren(rows, children);
          yield each(rows, (row) => readWeek(row, keyOfWeek(row, children)));
        }
      }
    },
    read: readings.apart,
    sight: createSight(isPrivileged),
    findingType(difference) {
      if (difference.kind !== "missing" && difference.kind !== "orphan") return types[difference.kind];
      const severity = difference.kind === "missing" ? "critical" : "high";
      return { type: `${difference.kind.toUpperCase()}_${singular[difference.level] ?? ""}`, severity };
    },
    renderPath(path, text) {
      if (path.length === 1) return path;
      const [collection = "", ...segments] = path;
      const shown5 = segments.map((segment, depth) => {
        const { name, copy } = readSegment(segment);
        const plain = depth > 0 && isCalendarDate(name) ? name : text(name);
        return copy === void 0 ? plain : `${plain} [row ${copy}]`;
      });
      return [collection, ...shown5];
    }
  };
  const pair = {
    name: "habit-tracker",
    words,
    entities: [weeks],
    isDeclared: false,
    isBilled: false,
    aside: () => ({ reads: { ...reads }, notCompared: {}, remarks: [] }),
    sourceVersions: /* @__PURE__ */ new Set(["new_schema", "migration", "dual_write", "new_schema_only"]),
    health: async () => readHealth2(await reader.call("dual_write_health", {}, dualWriteHealth)),
    provenance: createProvenance(reader, (child) => idsInWeeks(child, children)),
    repair: (damage) => repairSteps(damage, alignment)
  };
  return { pair, weeks };
}
function* each(items, make) {
  for (const item of items) yield make(item);
}

// action/src/pair/pairs.ts
function connectHabitTracker(settings) {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(url, key, budget.signal, budget);
  const { pair, weeks } = createHabitTrackerPair(reader, settings.weekAlignment, isPrivilegedKey(key));
  return { pair, weeks, reader, budget, record: { url, key }, pseudonymKey: pseudonymKeyOf(settings), stores: [] };
}
async function connect(settings, declaration, environment = {}, onSecret = () => void 0) {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const chosen = choosePair(settings, declaration);
  checkChangedWithin(settings, chosen);
  if (chosen === void 0) return connectHabitTracker(settings);
  const budget = startBudget(settings.timeBudgetSeconds);
  const record3 = url === "" ? void 0 : { url, key };
  const declared = (name) => declaration?.stores.get(name) ?? { type: "supabase", url, key, schema: "public" };
  const open2 = (name) => openStore(declared(name), { name, budget, environment, onSecret });
  const legacy = await open2(chosen.legacy);
  const normalized = chosen.normalized === chosen.legacy ? legacy : await open2(chosen.normalized);
  const { createDeclaredPair } = await import("./pair.js");
  const own = declared(chosen.normalized);
  const { pair, declared: entities } = createDeclaredPair(chosen, { legacy, normalized });
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
    record: own.type === "supabase" ? { url: own.url, key: own.key } : record3,
    pseudonymKey: keyOfStores(settings, { legacy, normalized })
  };
}
function keyOfStores(settings, { legacy, normalized }) {
  const ofProject = ({ kind, secret }) => kind === "supabase" ? secret : void 0;
  const ownKey = settings.pseudonymKey ?? ofProject(normalized) ?? pseudonymKeyOf(settings) ?? ofProject(legacy);
  return ownKey ?? ([legacy, normalized].some(({ kind }) => kind === "supabase") ? void 0 : normalized.secret ?? legacy.secret);
}

// action/src/publish/files.ts
import { randomUUID as randomUUID2 } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join, resolve as resolve2 } from "node:path";

// action/src/publish/metrics.ts
function renderMetrics(report) {
  const gauges = gaugesOf(report).filter(({ samples }) => samples.length > 0);
  return `${gauges.flatMap((gauge) => linesOf(gauge, report.pair)).join("\n")}
# EOF
`;
}
function gaugesOf(report) {
  return [
    {
      name: "driftwatch_verdict",
      help: "1 for the verdict of the last run, 0 for the others",
      samples: verdicts.map((verdict) => [{ verdict }, verdict === report.verdict ? 1 : 0])
    },
    {
      name: "driftwatch_drift_rate",
      help: "Share of what differs, from 0 to 1; absent while the verdict is unknown",
      // The rate of the part that was read before the trouble would look like one of the whole.
      samples: report.verdict === "unknown" ? [] : [[{}, report.drift.rate]]
    },
    {
      name: "driftwatch_rows",
      help: "What each side holds",
      samples: report.counts.flatMap(({ level: level2, legacy, normalized }) => [
        [{ level: level2, side: "legacy" }, legacy],
        [{ level: level2, side: "normalized" }, normalized]
      ])
    },
    {
      name: "driftwatch_expected_rows",
      help: "What the normalized side should hold according to the legacy side",
      samples: report.counts.map(({ level: level2, expected }) => [{ level: level2 }, expected])
    },
    {
      name: "driftwatch_findings",
      help: "Findings of each type that there are",
      samples: Object.entries(report.findingsByType).map(([type, findings]) => [{ type }, findings])
    },
    {
      name: "driftwatch_reads",
      help: "Rows or documents that the run read of each side",
      samples: Object.entries(report.reads).map(([side, reads]) => [{ side }, reads])
    },
    { name: "driftwatch_run_seconds", help: "How long the run took", unit: "seconds", samples: [[{}, report.durationMs / 1e3]] },
    {
      name: "driftwatch_health",
      help: "1 for a health check that is ok, 0 for one that is not",
      samples: report.health.map(({ check: check2, status }) => [{ check: check2 }, status === "ok" ? 1 : 0])
    }
  ];
}
function linesOf({ name, help, unit, samples }, pair) {
  const series = new Map(samples.map(([labels, value]) => [`${name}{${labelsText({ pair, ...labels })}}`, value]));
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...unit === void 0 ? [] : [`# UNIT ${name} ${unit}`],
    ...Array.from(series, ([text, value]) => `${text} ${value}`)
  ];
}
var labelsText = (labels) => Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
var escapes = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };
var escaped = (value) => value.toWellFormed().replaceAll("\r", "\uFFFD").replace(/[\\"\n]/g, (character) => escapes[character] ?? character);

// action/src/publish/files.ts
var ReportFileError = class extends ToldError {
  name = "ReportFileError";
};
async function writeReports(report, { workspace, directory }, html) {
  const checked = reportSchema.safeParse({ ...writtenBeside(report), findings: [] });
  const broken = checked.error ?? firstError(report);
  if (!checked.success || broken) {
    const where = broken?.issues[0]?.path.map(String).join(".") ?? "";
    throw new ReportFileError(
      `The report was not written: it breaks its own schema at ${inert(where, 100)}. This is a bug in Driftwatch; please open an issue that names its version.`,
      { cause: broken }
    );
  }
  const texts = { "report.json": jsonText(checked.data, report), "report.html": [html], "metrics.txt": [renderMetrics(report)] };
  const drafts = [];
  try {
    const place = await directoryInWorkspace(workspace, directory);
    for (const [name, text] of Object.entries(texts)) {
      const path = join(place, name);
      const draft = `${path}.${randomUUID2()}.tmp`;
      drafts.push({ draft, path });
      await writeFile(draft, text, { flag: "wx" });
    }
    for (const { draft, path } of drafts) await rename(draft, path);
    const shown5 = resolve2(workspace, directory);
    return { json: join(shown5, "report.json"), html: join(shown5, "report.html") };
  } catch (error2) {
    await Promise.allSettled(drafts.map(({ draft }) => rm(draft, { force: true })));
    if (error2 instanceof OutsideError) throw new ReportFileError(`The report was not written: report-directory ${error2.message}.`, { cause: error2 });
    throw new ReportFileError(
      `The report could not be written to ${inert(resolve2(workspace, directory), 200)}: ${causeOf(error2)}. Check report-directory and who may write there.`,
      { cause: error2 }
    );
  }
}
async function checkReportDirectory(workspace, directory) {
  try {
    await placeInWorkspace(workspace, directory);
  } catch (error2) {
    if (error2 instanceof OutsideError)
      throw new InputError(`Input report-directory is "${inert(directory, 200)}", which ${error2.message}. Use a directory that is not a link.`, {
        cause: error2
      });
  }
}
var findingsAtOnce = 200;
var finding = reportSchema.shape.findings.element;
function firstError({ findings, words: words2 }) {
  for (const [index, one] of findings.entries()) {
    const { error: error2 } = finding.safeParse(writtenFinding(one, words2));
    if (error2) return new ZodError(error2.issues.map((issue) => ({ ...issue, path: ["findings", index, ...issue.path] })));
  }
  return void 0;
}
function* jsonText(rest2, { findings, words: words2 }) {
  const empty = '\n  "findings": []';
  const [head = "", tail = ""] = JSON.stringify(rest2, null, 2).split(empty);
  if (findings.length === 0) {
    yield `${head}${empty}${tail}
`;
    return;
  }
  yield `${head}${empty.slice(0, -1)}`;
  for (let start = 0; start < findings.length; start += findingsAtOnce) {
    const some = findings.slice(start, start + findingsAtOnce).map((one) => finding.parse(writtenFinding(one, words2)));
    yield `${start === 0 ? "" : ","}${JSON.stringify(some, null, 2).slice(1, -2).replaceAll("\n", "\n  ")}`;
  }
  yield `
  ]${tail}
`;
}

// action/src/publish/heartbeat.ts
var HeartbeatError = class extends ToldError {
  name = "HeartbeatError";
};
var patience = { answerMs: 1e4, retryMs: 1e3 };
var longestWaitMs = 6e4;
var tries = 2;
var service = {
  who: "the service",
  address: "heartbeat-url",
  whenGone: "the service is gone: copy the address again into the secret that heartbeat-url reads",
  whenDown: "the next run tries again"
};
async function sendHeartbeat(report, { heartbeatUrl: url, dryRun }, { answerMs, retryMs, limitedMs } = patience) {
  if (!url) return void 0;
  if (!isConclusive(report)) return "No heartbeat is sent: this run was inconclusive.";
  if (dryRun) return "Dry run: the heartbeat would have been sent.";
  const end = performance.now() + longestWaitMs;
  const failure = await retried(
    () => request(url, answerMs),
    (cause) => cause && againAfter(cause, isPassing(cause) ? tries : 1),
    {
      firstMs: retryMs,
      limitedMs,
      mayWait: (ms) => performance.now() + ms <= end
    }
  );
  if (failure) throw new HeartbeatError(`The heartbeat request failed${isPassing(failure) ? ", even after trying again" : ""}. ${explain2(failure, answerMs)}`);
  return void 0;
}
async function request(url, answerMs) {
  try {
    const answer2 = await ask(url, { signal: AbortSignal.timeout(answerMs), headers: { "user-agent": "driftwatch" } }, 0);
    return answer2.status >= 200 && answer2.status < 300 ? void 0 : causeOfAnswer(answer2);
  } catch (error2) {
    return causeOfError(error2);
  }
}
function explain2(cause, answerMs) {
  if (cause.kind === "limited") return `The service takes no more requests for now (429)${asked(cause)}. The next run tries again.`;
  return sentenceFor(cause, service, answerMs) ?? `The service refused it (${cause.status}). The address is probably mistyped, or the check was deleted. Copy it again into the secret that heartbeat-url reads.`;
}

// action/src/publish/html/html.ts
import { createHash as createHash5 } from "node:crypto";

// action/src/publish/html/data.ts
var marks = {
  missing: "missing",
  orphan: "orphan",
  mismatch: "differs",
  duplicate: "double",
  malformed: "unreadable",
  "ambiguous-owner": "unclear",
  "wrong-owner": "exposed",
  count: "other"
};
var shortestKey = 64;
var least = { text: 24, ids: 0 };
var details2 = [{ text: 200, ids: 3 }, { text: 120, ids: 1 }, { text: 60, ids: 0 }, least];
function packFindings(findings, bytes, frame, picture) {
  const all = groupFindings(findings, frame, picture);
  const fixed = frameBytes(all);
  const detail = details2.find((each2) => fixed + shownBytes(all, each2) <= bytes);
  if (detail) return { ...pack(all, detail), packed: findings.length, shortened: detail !== details2[0] };
  let some = all;
  let packed = findings.length;
  for (; ; ) {
    const size = frameBytes(some) + shownBytes(some, least);
    if (size <= bytes || packed === 0) return { ...pack(some, least), packed, shortened: true };
    packed = Math.max(0, Math.floor(packed * 0.9 * (bytes / size)));
    some = groupFindings(findings.slice(0, packed), frame, picture);
  }
}
var jsonOf = (data) => JSON.stringify(data).replaceAll("<", "\\u003c");
function pack({ texts, parts, groups, ...rest2 }, detail) {
  const data = {
    ...rest2,
    texts: texts.map((text, index) => shownText(text, longestOf(index, parts, detail))),
    groups: groups.map(({ place, findings, cells, key }) => [...place, describeRows(findings, detail.ids), cells, ...keyOf2(key)])
  };
  return { data, json: jsonOf(data) };
}
var longestOf = (text, parts, detail) => parts.has(text) ? Math.max(detail.text, shortestKey) : detail.text;
var keyOf2 = (key) => key ? [key] : [];
function frameBytes({ texts, groups, parts: _parts, ...rest2 }) {
  let sum2 = Buffer.byteLength(jsonOf({ ...rest2, texts: [], groups: [] })) + '"",'.length * texts.length;
  for (const { place, cells, key } of groups) sum2 += jsonOf([...place, "", cells, ...keyOf2(key)]).length + ",".length;
  return sum2;
}
function shownBytes({ texts, parts, groups }, detail) {
  const bytesOf = (text) => Buffer.byteLength(jsonOf(text)) - '""'.length;
  let sum2 = 0;
  for (const [index, text] of texts.entries()) sum2 += bytesOf(shownText(text, longestOf(index, parts, detail)));
  for (const { findings } of groups) sum2 += bytesOf(describeRows(findings, detail.ids));
  return sum2;
}
var nothing2 = "nothing";
function groupFindings(findings, frame, picture) {
  const texts = /* @__PURE__ */ new Map();
  const kinds = /* @__PURE__ */ new Map();
  const all = { texts: [], kinds: [], groups: [], keys: {}, frame, cells: [], parts: /* @__PURE__ */ new Set() };
  const text = (value) => {
    const known = texts.get(value);
    if (known !== void 0) return known;
    texts.set(value, all.texts.length);
    return all.texts.push(value) - 1;
  };
  const orNone = (value) => value === null || value === void 0 ? -1 : text(value);
  const side = (value) => value === null ? -1 : text(String(value));
  const kindOf3 = ({ type, severity, level: level2, kind }) => {
    const id = JSON.stringify([type, severity, level2, kind]);
    const known = kinds.get(id);
    if (known !== void 0) return known;
    kinds.set(id, all.kinds.length);
    return all.kinds.push([text(type), severity, text(level2), marks[kind]]) - 1;
  };
  const cellsOf = (finding2) => {
    const { place } = finding2;
    const [head, tail] = place === null ? ["", null] : [
      place.slice(0, -1).map((segment) => `${segment}/`).join(""),
      place.at(-1) ?? ""
    ];
    return [kindOf3(finding2), head === "" ? -1 : text(head), side(tail), side(finding2.legacy), side(finding2.normalized)];
  };
  const part = (value) => {
    const index = text(value ?? nothing2);
    all.parts.add(index);
    return index;
  };
  function byKey2(group) {
    const [[, whose] = [], [, when] = []] = Object.entries(group[0].key ?? {});
    return { place: [orNone(whose), orNone(when), orNone(explainable(group))], findings: group, cells: group.flatMap(cellsOf), key: void 0 };
  }
  function byWrite2(group) {
    const [{ key, level: level2, writtenOn }] = group;
    const target = text(level2);
    const parts = Object.entries(key ?? {});
    if (key) all.keys[target] ??= parts.map(([name]) => text(name));
    const drawnBy = picture?.part ?? null;
    const row = drawnBy === null ? target : key ? part(key[drawnBy] ?? null) : -1;
    return {
      place: [row, orNone(writtenOn), target],
      findings: group,
      cells: group.flatMap(cellsOf),
      key: key ? parts.map(([, value]) => value === null ? -1 : part(value)) : []
    };
  }
  const idOf3 = ({ level: level2, key }) => JSON.stringify([frame.isWritten ? level2 : "", key && Object.values(key)]);
  for (const [first, ...others2] of Map.groupBy(findings, idOf3).values()) {
    if (first) all.groups.push(frame.isWritten ? byWrite2([first, ...others2]) : byKey2([first, ...others2]));
  }
  for (const { row, from, kind, documents: documents3 } of picture?.cells ?? []) {
    all.cells.push(picture?.part === null ? text(row ?? nothing2) : part(row), orNone(from), Object.keys(frame.marks).indexOf(marks[kind]), documents3);
  }
  return all;
}
function shownText(value, longest) {
  const safe = inert(value, longest);
  return safe.trim() === "" ? `"${safe}"` : safe;
}
function explainable(group) {
  const [[part, whose] = []] = Object.entries(group[0].key ?? {});
  if (part === void 0 || whose === null || whose === void 0) return void 0;
  if (isPseudonym(whose, part)) return whose;
  return group.flatMap(({ rowIds }) => Object.values(rowIds)[0] ?? []).find((id) => /^\w[\w-]{0,40}$/.test(id));
}
function describeRows(group, most2) {
  if (most2 === 0) return "";
  const ids = /* @__PURE__ */ new Map();
  for (const { rowIds } of group) {
    for (const table in rowIds) {
      if (rowIds[table]?.length === 0) continue;
      const known = ids.get(table) ?? [];
      ids.set(table, known);
      for (const row of rowIds[table] ?? []) if (known.length <= most2 && !known.includes(row)) known.push(row);
    }
  }
  const tables = [...ids].slice(0, 4).map(([table, rows]) => {
    const first = rows.slice(0, most2).map((row) => shownText(row, 60));
    return `${shownText(table, 60)} ${first.join(", ")}${rows.length > most2 ? " \u2026" : ""}`;
  });
  return tables.join(" \xB7 ");
}

// action/src/publish/html/view.ts
var view_exports = {};
__export(view_exports, {
  cellHtml: () => cellHtml,
  columnName: () => columnName,
  commandOf: () => commandOf,
  escapeHtml: () => escapeHtml,
  findingHtml: () => findingHtml,
  findingsHtml: () => findingsHtml,
  gridHtml: () => gridHtml,
  isRoomy: () => isRoomy,
  itemsOf: () => itemsOf,
  kindOf: () => kindOf2,
  layOut: () => layOut,
  placeHtml: () => placeHtml,
  plural: () => plural,
  short: () => short,
  stepDate: () => stepDate,
  stepOf: () => stepOf,
  symbolOf: () => symbolOf
});
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
function plural(count3, singular2, many = `${singular2}s`) {
  return `${count3.toLocaleString("en-US")} ${count3 === 1 ? singular2 : many}`;
}
function stepOf(date, days) {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? void 0 : Math.floor((time / 864e5 - 4) / days);
}
function stepDate(step, days, day2 = 0) {
  return new Date((step * days + 4 + day2) * 864e5).toISOString().slice(0, 10);
}
function symbolOf(mark2) {
  return { missing: "\u2212", orphan: "+", differs: "\u2260", double: "2", unreadable: "!", unclear: "?", exposed: "\u21C4", other: "\u2022" }[mark2];
}
function kindOf2(data, [, , , , cells], finding2) {
  return data.kinds[cells[finding2 * 5] ?? 0] ?? [0, "medium", 0, "other"];
}
function itemsOf(data) {
  const { texts, cells: drawn, frame } = data;
  const marks2 = Object.keys(frame.marks);
  const items = [];
  for (let at = 0; at < drawn.length; at += 4) {
    const [row = -1, date = -1, place = 0, count3 = 0] = drawn.slice(at, at + 4);
    const mark2 = marks2[place] ?? "other";
    const whole = mark2 !== "differs" && mark2 !== "unreadable";
    items.push({ row, date, mark: mark2, whole, count: count3, says: frame.marks[mark2][whole ? 0 : 1], isGone: false });
  }
  if (frame.isWritten) return items;
  for (const group of data.groups) {
    const [row, date, , , cells] = group;
    if (row < 0) continue;
    for (let finding2 = 0; finding2 < cells.length / 5; finding2 += 1) {
      const [type, , level2, mark2] = kindOf2(data, group, finding2);
      const isGone = mark2 === "missing" && texts[level2] === frame.row.many;
      items.push({ row, date, mark: mark2, whole: (cells[finding2 * 5 + 2] ?? -1) < 0, count: 1, says: texts[type] ?? "", isGone });
    }
  }
  return items;
}
function layOut(data, order, most2) {
  const { texts, frame } = data;
  const items = itemsOf(data);
  const dates = /* @__PURE__ */ new Map();
  for (const { date } of items) {
    const step = stepOf(texts[date] ?? "", frame.days);
    if (step !== void 0) dates.set(step, texts[date] ?? "");
  }
  let steps = [...dates.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [steps[0], steps.at(-1)];
  if (last - first < most2) steps = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const span = Math.max(1, Math.ceil(steps.length / most2));
  const columnOf = /* @__PURE__ */ new Map();
  const columns2 = [];
  for (const [index, step] of steps.entries()) {
    const from = dates.get(step) ?? stepDate(step, frame.days);
    const to = frame.isWritten ? stepDate(step, frame.days, frame.days - 1) : from;
    const column = Math.floor(index / span);
    columnOf.set(step, column);
    const known = columns2[column];
    if (known) known.to = to;
    else columns2.push({ from, to, gap: index > 0 && step - (steps[index - 1] ?? 0) > 1 });
  }
  const rows = /* @__PURE__ */ new Map();
  for (const { row: name2, date, mark: mark2, whole, count: count3, says, isGone } of items) {
    let column = columnOf.get(stepOf(texts[date] ?? "", frame.days) ?? Number.NaN);
    if (column === void 0) {
      if (columns2.at(-1)?.from !== null) columns2.push({ from: null, to: null, gap: columns2.length > 0 });
      column = columns2.length - 1;
    }
    const row = rows.get(name2) ?? { name: name2, count: 0, cells: /* @__PURE__ */ new Map(), gone: -1 };
    rows.set(name2, row);
    const cell = row.cells.get(column) ?? { mark: mark2, whole, mixed: false, count: 0, says: {} };
    row.cells.set(column, cell);
    cell.mixed ||= cell.mark !== mark2;
    cell.whole ||= whole && cell.mark === mark2;
    cell.count += count3;
    row.count += count3;
    cell.says[says] = (cell.says[says] ?? 0) + count3;
    if (isGone) row.gone = column;
  }
  const name = (row) => texts[row.name] ?? "";
  const start = ({ cells }) => Math.min(...cells.keys());
  const byMost = (a, b) => (frame.isWritten ? 0 : b.cells.size - a.cells.size) || b.count - a.count;
  const compare2 = {
    findings: (a, b) => byMost(a, b) || start(a) - start(b) || a.name - b.name,
    first: (a, b) => start(a) - start(b) || b.cells.size - a.cells.size || a.name - b.name,
    name: (a, b) => name(a) < name(b) ? -1 : 1
  };
  return { columns: columns2, rows: [...rows.values()].sort(compare2[order]) };
}
function columnName({ column }, { from, to }) {
  if (from === null) return column.none;
  return from === to ? `${column.one}${from}` : `${column.many}${from} to ${to}`;
}
function short(count3) {
  if (count3 < 1e3) return `${count3}`;
  const [unit, by] = count3 < 1e6 ? ["k", 1e3] : ["M", 1e6];
  return `${count3 < 10 * by ? Math.floor(count3 / (by / 10)) / 10 : Math.floor(count3 / by)}${unit}`;
}
function cellHtml(cell, where, gap, roomy) {
  const parts = Object.entries(cell.says).map(([says, count3]) => `${count3.toLocaleString("en-US")} \xD7 ${says}`);
  const shown5 = parts.slice(0, 4).join(", ") + (parts.length > 4 ? " and others" : "");
  const classes = [cell.mark, cell.whole ? "whole" : "", cell.mixed ? "mixed" : "", gap ? "gap" : ""].filter(Boolean).join(" ");
  return `<td class="${classes}" title="${escapeHtml(`${where}: ${shown5}`)}">${symbolOf(cell.mark)}${roomy && cell.count > 1 ? short(cell.count) : ""}</td>`;
}
function gridHtml(data, grid, most2) {
  const { frame } = data;
  const { columns: columns2, rows } = grid;
  const roomy = isRoomy(grid);
  const shown5 = rows.slice(0, most2);
  const heads = columns2.map((column) => {
    const name = columnName(frame, column);
    return `<th scope="col"${column.gap ? ' class="gap"' : ""} title="${escapeHtml(name)}"><span>${escapeHtml(column.from ?? frame.column.none)}</span></th>`;
  });
  const heights = columns2.map(
    (_, index) => rows.reduce((sum2, { cells }) => sum2 + (frame.isWritten ? cells.get(index)?.count ?? 0 : cells.has(index) ? 1 : 0), 0)
  );
  const top = frame.isWritten ? Math.max(1, ...heights) : rows.length;
  const counted2 = frame.isWritten ? frame.document : frame.row;
  const bars = columns2.map((column, index) => {
    const count3 = heights[index] ?? 0;
    const height2 = count3 === 0 ? 0 : Math.max(2, Math.round(count3 / top * 32));
    const what = `${columnName(frame, column)}: ${plural(count3, counted2.one, counted2.many)}`;
    return `<td${column.gap ? ' class="gap"' : ""} title="${escapeHtml(what)}"><svg viewBox="0 0 10 32" preserveAspectRatio="none" aria-hidden="true"><rect x="1" width="8" y="${32 - height2}" height="${height2}"/></svg><span class="hidden">${count3}</span></td>`;
  });
  const lines = shown5.map((row) => {
    const name = escapeHtml(data.texts[row.name] ?? "");
    const cells = columns2.map((column, index) => {
      const cell = row.cells.get(index);
      if (cell) return cellHtml(cell, columnName(frame, column), column.gap, roomy);
      const classes = [row.gone >= 0 && index > row.gone ? "gone" : "", column.gap ? "gap" : ""].filter(Boolean).join(" ");
      return classes === "" ? "<td></td>" : `<td class="${classes}"></td>`;
    });
    return `<tr><th scope="row" title="${name}">${name}</th>${cells.join("")}<td class="n">${row.count.toLocaleString("en-US")}</td></tr>`;
  });
  const total2 = rows.reduce((sum2, row) => sum2 + row.count, 0);
  const { one, many } = frame.row;
  return `<thead><tr><th scope="col">${escapeHtml(frame.row.head)}</th>${heads.join("")}<th scope="col" class="n">${escapeHtml(frame.counted)}</th></tr></thead><tbody><tr class="all"><th scope="row">${escapeHtml(rows.length === 1 ? `The only ${one}` : `All ${plural(rows.length, one, many)}`)}</th>${bars.join("")}<td class="n">${total2.toLocaleString("en-US")}</td></tr>${lines.join("")}</tbody>`;
}
function isRoomy({ columns: columns2 }) {
  return columns2.length <= 26;
}
function commandOf({ texts, frame }, [, date, target, , , key]) {
  if (target < 0) return "";
  const name = texts[target] ?? "";
  if (!frame.isWritten) {
    const day2 = texts[date] ?? "";
    return `npx driftwatch explain ${name}${name.startsWith(`${frame.row.one}-`) && stepOf(day2, 1) !== void 0 ? ` ${day2}` : ""}`;
  }
  const parts = (key ?? []).map((part) => (texts[part] ?? "").replace(/^value\([0-9a-f]{8,32}\)$/, "'$&'"));
  const isPlain = [name, ...parts].every((word) => /^(?:[\w.:@+-]+|'value\([0-9a-f]+\)')$/.test(word));
  const isPassing2 = !frame.isLasting && parts.some((part) => /^(?:key-|'value)/.test(part));
  if (parts.length === 0 || !isPlain || isPassing2) return "";
  const isLikeOption = parts.some((part) => part.startsWith("-"));
  return `npx driftwatch explain ${name}${isLikeOption ? `${frame.target} -- ${parts.join(" ")}` : ` ${parts.join(" ")}${frame.target}`}`;
}
function placeHtml({ texts, frame, keys }, [row, date, target, , , key]) {
  const code2 = (index) => `<code>${escapeHtml(texts[index] ?? "")}</code>`;
  if (!key) {
    const where = [
      row < 0 ? `All ${frame.row.many}` : code2(row),
      date < 0 ? "" : `<span class="date">${escapeHtml(frame.column.one + (texts[date] ?? ""))}</span>`
    ];
    return where.filter(Boolean).join(", ");
  }
  if (key.length === 0) return `All ${frame.document.many} of ${code2(target)}`;
  const names = keys[target] ?? [];
  const parts = key.map((part, index) => `${escapeHtml(texts[names[index] ?? -1] ?? "")} ${part < 0 ? '<span class="muted">nothing</span>' : code2(part)}`);
  return `${code2(target)} ${parts.join(", ")}`;
}
function findingHtml(data, group, finding2) {
  const [type, severity, level2, mark2] = kindOf2(data, group, finding2);
  const [head = -1, tail = -1, legacy = -1, normalized = -1] = group[4].slice(finding2 * 5 + 1, finding2 * 5 + 5);
  const text = (index) => escapeHtml(data.texts[index] ?? "");
  const side = (index) => index < 0 ? '<span class="muted">nothing</span>' : `<code>${text(index)}</code>`;
  return `<tr><td><span class="type ${severity}"><i class="${mark2}">${symbolOf(mark2)}</i><code>${text(type)}</code></span></td><td><code>${tail < 0 ? text(level2) : text(head) + text(tail)}</code></td><td>${side(legacy)}</td><td>${side(normalized)}</td></tr>`;
}
function findingsHtml(data, shown5) {
  return shown5.map(([index, findings]) => {
    const group = data.groups[index];
    if (!group || findings.length === 0) return "";
    const [, date, , rows, cells] = group;
    const command = commandOf(data, group);
    const total2 = cells.length / 5;
    const count3 = findings.length === total2 ? plural(total2, "finding") : `${findings.length} of ${plural(total2, "finding")}`;
    const written = data.frame.isWritten && date >= 0 ? `last written ${escapeHtml(data.texts[date] ?? "")}` : "";
    const notes = [count3, written, escapeHtml(rows)].filter(Boolean).join(" \xB7 ");
    const explain3 = command === "" ? "" : `<span class="command"><code>${escapeHtml(command)}</code></span>`;
    return `<tbody><tr><th scope="rowgroup" colspan="4"><span class="place">${placeHtml(data, group)}</span>${explain3}<span class="ids">${notes}</span></th></tr>${findings.map((finding2) => findingHtml(data, group, finding2)).join("")}</tbody>`;
  }).join("");
}

// action/src/publish/html/parts.ts
var shownRows = 50;
var shown3 = (text, longest = 200) => escapeHtml(shownText(text, longest));
var code = (text, longest) => `<code>${shown3(text, longest)}</code>`;
var documents2 = (total2, { one, many }, which = "") => count(total2, `${which}${one}`, `${which}${many}`);
var columnHead = (name, classes = "") => `<th scope="col"${classes && ` class="${classes}"`}>${name}</th>`;
var wideTable = (heading, columns2, rows) => `<div class="scroll" role="group" aria-labelledby="${heading}" tabindex="0"><table>
<thead><tr>${columns2.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
var moreThan = (rows, all) => all > rows ? `<p class="muted small">\u2026 and ${number2(all - rows)} more.</p>` : "";

// action/src/publish/html/beside.ts
function notComparedSection({ notCompared = {} }) {
  const names = (all) => {
    if (all.length === 0) return '<span class="muted">\u2013</span>';
    const some = all.slice(0, shownRows).map((name) => code(name, 80)).join(", ");
    return all.length > shownRows ? `${some} and ${number2(all.length - shownRows)} more` : some;
  };
  const entities = Object.entries(notCompared);
  if (entities.length === 0) return "";
  const rows = entities.slice(0, shownRows).map(([entity, { legacy, normalized }]) => `<tr><th scope="row">${shown3(entity, 80)}</th><td>${names(legacy)}</td><td>${names(normalized)}</td></tr>`);
  return `<section aria-labelledby="notcompared">
<h2 id="notcompared">Not compared</h2>
<p class="muted small">Seen on either side, but not declared. Add what should agree to <code>fields</code>, and the rest to <code>ignored</code>.</p>
${wideTable("notcompared", [columnHead("Entity"), columnHead("Legacy"), columnHead("Normalized")], rows)}${moreThan(rows.length, entities.length)}
</section>`;
}
function cutoverSection({ cutover }) {
  if (!cutover) return "";
  const reasons = cutover.reasons.slice(0, shownRows).map((reason) => `<li>${shown3(reason, 400)}</li>`);
  return `<section aria-labelledby="cutover">
<h2 id="cutover">Cut-over</h2>
<p><span class="dot ${cutover.ready ? "good" : "high"}"><strong>${cutover.ready ? "Ready" : "Not ready yet"}</strong></span>${reasons.length === 0 || cutover.ready ? "" : ". Still missing:"}</p>
${reasons.length === 0 ? "" : `<ul>${reasons.join("")}</ul>`}
</section>`;
}
var stateTones = { active: "good", expired: "critical", unmatched: "high" };
function acceptedSection(report, document2) {
  const accepted = rulesByState(report);
  if (accepted.length === 0) return "";
  const rows = accepted.slice(0, shownRows).map(
    (rule) => `<tr><th scope="row">${shown3(rule.what)}<span class="ids">${shown3(rule.reason, 400)}</span></th><td>${shown3(rule.by, 100)}</td><td class="date">${shown3(rule.until, 40)}</td><td><span class="dot ${stateTones[rule.state]}">${ruleStates[rule.state]}</span></td><td class="n">${number2(rule.findings)}</td><td class="n">${number2(rule.weeks)}</td></tr>`
  );
  const columns2 = [
    columnHead("What, and why"),
    columnHead("By"),
    columnHead("Until"),
    columnHead("State"),
    columnHead("Findings", "n"),
    columnHead(capitalized(document2.many), "n")
  ];
  return `<section aria-labelledby="accepted">
<h2 id="accepted">Accepted differences</h2>
${wideTable("accepted", columns2, rows)}${moreThan(rows.length, accepted.length)}
</section>`;
}
var healthTones = { ok: "good", warning: "high", failing: "critical" };
function healthSection(report) {
  const remarks = (report.remarks ?? []).slice(0, shownRows).map((sentence) => `<li>${shown3(sentence, 400)}</li>`);
  if (report.health.length === 0 && remarks.length === 0) return "";
  const rows = report.health.slice(0, shownRows).map(
    ({ check: check2, status, detail }) => `<tr><th scope="row"><span class="dot ${healthTones[status]}">${shown3(check2)}</span></th><td>${status}</td><td>${shown3(detail, 300)}</td></tr>`
  );
  return `<section aria-labelledby="health">
<h2 id="health">${report.words.health === void 0 ? "Remarks" : "Health"}</h2>
${remarks.length === 0 ? "" : `<ul>${remarks.join("")}</ul>`}
${rows.length === 0 ? "" : wideTable("health", [columnHead("Check"), columnHead("Status"), columnHead("Detail")], rows)}
</section>`;
}
var modes = { full: "every ", sample: "a sample", recent: "recent writes" };
function aboutSection(report, { runUrl }, document2) {
  const notes = [...skippedDocuments(report), ...settled(report), ...acceptedNotes(report)];
  const url = runUrl !== void 0 && URL.canParse(runUrl) ? new URL(runUrl) : void 0;
  const facts = [
    [
      "Comparison",
      `${modes[report.mode]}${report.mode === "full" ? document2.one : ""}, ${report.engine === "digest" ? "narrowed down by the database" : "read through the API"}`
    ],
    ...report.reads ? [["Read", `${number2(report.reads.legacy)} from the legacy side, ${number2(report.reads.normalized)} from the normalized side`]] : [],
    ["Took", `${(report.durationMs / 1e3).toFixed(1)} s`],
    ["Seed", code(report.seed)],
    ["Run", url && /^https?:$/.test(url.protocol) ? `<a href="${escapeHtml(url.href.slice(0, 2e3))}">The run's page</a>` : "not on GitHub"]
  ];
  return `<section${Object.keys(report.sourceVersions).length === 0 ? "" : ' class="half"'} aria-labelledby="about">
<h2 id="about">About this run</h2>
<p>${statistics(report)}</p>
${notes.length > 0 ? `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul>` : ""}
<dl class="facts small">${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>
</section>`;
}

// action/src/publish/html/words.ts
var isPlainName = (name) => /^[a-z][\w-]{0,62}$/.test(name);
var always = {
  unclear: ["owner unclear", "owner unclear"],
  exposed: ["wrong owner", "wrong owner"],
  other: ["something else", "something else"]
};
function byKey({ document: document2 }, group) {
  const { one, many } = document2;
  const marks2 = {
    missing: [`${one} missing`, "parts missing"],
    orphan: [`extra ${one}`, "extra parts"],
    differs: [`${one} differs`, "parts differ"],
    double: ["claimed by several rows", "claimed by several rows"],
    unreadable: ["cannot be read", "parts cannot be read"],
    ...always
  };
  return {
    document: document2,
    level: "Level",
    expected: `Expected is what the normalized side should hold according to the legacy side, without skipped and duplicate ${many}.`,
    picture: {
      axes: `${capitalized(group.many)} down, ${many} across.`,
      orders: [`Most ${many} first`, `Earliest ${one} first`],
      gone: `whole ${group.one} missing`
    },
    filters: { row: capitalized(group.one), column: capitalized(one), search: "a name, a date, a row id \u2026" },
    frame: {
      document: document2,
      row: { one: group.one, many: group.many, head: capitalized(group.one) },
      counted: "Findings",
      column: { one: `${one} of `, many: `${many} of `, none: "no date" },
      days: 7,
      marks: marks2,
      isWritten: false,
      target: "",
      isLasting: true
    }
  };
}
var marksOfRows = {
  missing: ["missing", "parts missing"],
  orphan: ["extra", "extra parts"],
  differs: ["differs", "content differs"],
  double: ["several rows for one key", "several rows for one key"],
  unreadable: ["cannot be read", "cannot be read"],
  ...always
};
function byWrite({ words: { document: document2 }, pair, pseudonymKeyId }, { part, days }) {
  const name = part === null ? void 0 : shownText(part, 60);
  const row = name === void 0 ? { one: "entity", many: "entities", head: "Entity" } : { one: name, many: `values of ${name}`, head: name };
  return {
    document: document2,
    level: "Entity",
    expected: "Expected is the number of distinct keys on the legacy side.",
    picture: {
      axes: `${name === void 0 ? "Entities" : `Values of ${name}`} down, ${days === 1 ? "days" : `spans of ${days} days`} of the last write (UTC) across.`,
      orders: [`Most ${document2.many} first`, "Earliest first"],
      gone: ""
    },
    filters: { row: row.head, column: "Last written", search: "a column, a key, a row id \u2026" },
    frame: {
      document: document2,
      row,
      counted: capitalized(document2.many),
      column: { one: "", many: "", none: "not known" },
      days,
      marks: marksOfRows,
      isWritten: true,
      target: isPlainName(pair) ? ` --pair ${pair}` : "",
      isLasting: pseudonymKeyId !== void 0
    }
  };
}
var wordsOf = (report) => {
  const { words: words2, picture = { part: null, days: 1 } } = report;
  return words2.group ? byKey(words2, words2.group) : byWrite(report, picture);
};

// action/src/publish/html/findings.ts
var drawnFindings = 200;
var drawnBytes = 12e4;
function firstFindings({ groups }) {
  let left = drawnFindings;
  return groups.flatMap(([, , , , cells], index) => {
    const findings = Array.from({ length: Math.min(left, cells.length / 5) }, (_, finding2) => finding2);
    left -= findings.length;
    return findings.length === 0 ? [] : [[index, findings]];
  });
}
function findingsSection(report, { data, packed, shortened }, { filters, frame }) {
  let first = firstFindings(data);
  let drawn = findingsHtml(data, first);
  while (Buffer.byteLength(drawn) > drawnBytes) {
    first = first.slice(0, Math.ceil(first.length / 2));
    drawn = findingsHtml(data, first);
    if (first.length === 1) break;
  }
  const rows = first.reduce((sum2, [, findings]) => sum2 + findings.length, 0);
  const status = rows < packed ? `The first ${number2(rows)} of ${count(report.findingsTotal, "finding")} are shown.` : `${count(rows, "finding")}.`;
  const notes = [
    packed < report.findingsTotal ? `This page holds the first ${number2(packed)} of ${count(report.findingsTotal, "finding")}.` : "",
    shortened ? "To keep it small, row ids are left out and long texts are shortened." : "",
    packed < report.findings.length || shortened || report.findingsTruncated ? `<code>report.json</code> has ${report.findingsTruncated ? `the first ${number2(report.findings.length)}` : "all of them"}${shortened ? " in full" : ""}.` : ""
  ].filter(Boolean);
  const severities2 = [...new Set(data.kinds.map(([, severity]) => severity))];
  return `<section class="findings" aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${frame.isWritten ? repairCommands(report) : '<p class="muted small">The commands run in a terminal. <code>npx driftwatch repair</code> shows how to repair the findings.</p>'}
${notes.length === 0 ? "" : `<p class="muted small">${notes.join(" ")}</p>`}
<form class="tools scripted" role="search" hidden>
<label>Type<select id="type"><option value="">All</option></select></label>
<label>Severity<select id="severity"><option value="">All</option>${severities2.map((severity) => `<option>${severity}</option>`).join("")}</select></label>
<label>${escapeHtml(filters.row)}<select id="child"><option value="">All</option></select></label>
<label>${filters.column}<select id="week"><option value="">All</option></select></label>
<label>Search<input type="search" id="search" autocomplete="off" placeholder="${filters.search}"></label>
<button type="button" id="clear">Clear</button>
</form>
<p class="small" id="status" role="status">${status}</p>
<div class="scroll" role="group" aria-labelledby="findings" tabindex="0"><table id="list">
<thead><tr><th scope="col">Type</th><th scope="col">Where</th><th scope="col">Legacy</th><th scope="col">Normalized</th></tr></thead>
${drawn}
</table></div>
<button type="button" id="more"${rows < packed ? ' class="scripted"' : ""} hidden>Show more</button>
</section>`;
}
function repairCommands({ pair, findings, counts }) {
  const levels = new Set(findings.map(({ level: level2 }) => level2));
  const order = counts.map(({ level: level2 }) => level2);
  const entities = [...levels].filter((level2) => isPlainName(level2)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  const words2 = "The commands run in a terminal, at the root of the repository that declares this pair";
  if (!isPlainName(pair) || entities.length === 0) return `<p class="muted small">${words2}.</p>`;
  const commands = entities.slice(0, shownRows).map((entity) => `<li><span class="command"><code>${escapeHtml(`npx driftwatch repair --pair ${pair} --entity ${entity}`)}</code></span></li>`);
  const list = `<ul class="commands small">${commands.join("")}</ul>`;
  return `<p class="muted small">${words2}. To see what would repair the findings, run:</p>
${commands.length <= 3 ? list : `<details><summary>One command for each of ${count(commands.length, "entity", "entities")}</summary>${list}</details>`}`;
}

// action/src/publish/html/trend.ts
var mostRuns = 120;
var height = 100;
var tones = {
  none: "good",
  low: "medium",
  medium: "medium",
  high: "high",
  critical: "critical"
};
var day = (iso) => escapeHtml(iso.slice(0, 16).replace("T", " "));
var said2 = (run2) => run2.verdict === "unknown" ? "unknown" : run2.verdict === "in-sync" ? "in sync" : `drift, ${run2.severity}, ${percent(run2.rate)}`;
function trendSection2(trend, document2) {
  if (!trend || trend.length < 2) return "";
  const runs2 = trend.slice(-mostRuns);
  const [first, last] = [runs2[0], runs2.at(-1)];
  if (!first || !last) return "";
  const top = Math.max(...runs2.map(({ rate }) => rate));
  const bars = runs2.map((run2, index) => {
    const high = run2.verdict === "unknown" ? height : run2.rate === 0 ? 4 : Math.max(6, run2.rate / top * height);
    const tone = run2.verdict === "unknown" ? "unknown" : tones[run2.severity];
    const from = Math.round((height - high) * 10) / 10;
    return `<rect class="${tone}" x="${index * 10 + 1}" y="${from}" width="8" height="${Math.round(high * 10) / 10}"><title>${day(run2.at)} UTC: ${said2(run2)}</title></rect>`;
  });
  const verdicts2 = Map.groupBy(runs2, ({ verdict }) => verdict);
  const times = (verdict) => verdicts2.get(verdict)?.length ?? 0;
  const sums = [`${number2(times("in-sync"))} in sync`, `${number2(times("drift"))} with drift`, `${number2(times("unknown"))} unknown`];
  const of = runs2.length < trend.length ? `The last ${number2(runs2.length)} of ${count(trend.length, "run")}` : `${count(runs2.length, "run")} on record`;
  const rows = runs2.toReversed().map(
    (run2) => `<tr><th scope="row" class="date">${day(run2.at)}</th><td>${said2(run2)}</td><td class="n">${number2(run2.findings)}</td><td class="n">${number2(run2.differing)} of ${number2(run2.compared)}</td></tr>`
  );
  return `<section aria-labelledby="trend">
<h2 id="trend">Trend</h2>
<p>${of}: ${sums.join(", ")}.</p>
<div class="${runs2.length < 12 ? "few" : "many"}">
<div class="axis"><span>${top === 0 ? "Drift rate: 0% in all of them" : `Drift rate, up to ${percent(top)}`}</span></div>
<svg class="trend" viewBox="0 0 ${runs2.length * 10} ${height}" preserveAspectRatio="none" role="img" aria-label="${of}: ${sums.join(", ")}. The table below has the numbers.">${bars.join("")}</svg>
<div class="axis"><span>${day(first.at)}</span><span>${day(last.at)} UTC</span></div>
</div>
<ul class="legend small">${legend(runs2)}</ul>
<details><summary>The runs as a table</summary>
<div class="scroll" role="group" aria-label="Runs" tabindex="0"><table>
<thead><tr><th scope="col">Ended (UTC)</th><th scope="col">Verdict</th><th scope="col" class="n">Findings</th><th scope="col" class="n">${capitalized(document2.many)} that differ</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>
</details>
</section>`;
}
function legend(runs2) {
  const kinds = [
    ["good", "in sync"],
    ["medium", "medium"],
    ["high", "high"],
    ["critical", "critical"],
    ["unknown", "unknown"]
  ];
  const used = new Set(runs2.map((run2) => run2.verdict === "unknown" ? "unknown" : tones[run2.severity]));
  return kinds.filter(([tone]) => used.has(tone)).map(([tone, name]) => `<li class="dot ${tone}">${name}</li>`).join("");
}

// action/src/publish/html/header.ts
function shortHeadline({ verdict, severity, mode }) {
  if (verdict === "unknown") return "Unknown";
  if (verdict === "drift") return `Drift${mode === "recent" ? " in recent writes" : ""}, ${severity}`;
  return mode === "recent" ? "Recent writes in sync" : "In sync";
}
var quotesAsHtml = (sentence) => shown3(sentence, 1e3).replaceAll(/“([^“”]*)”/g, "<code>$1</code>");
var moment = (iso) => `<time datetime="${shown3(iso, 40)}">${shown3(iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC"), 40)}</time>`;
var emblems = {
  "in-sync": '<path d="M14 25l7 7 14-15" fill="none" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>',
  drift: '<path d="M24 13v15M24 34.5v.5" fill="none" stroke-width="5" stroke-linecap="round"/>',
  unknown: '<path d="M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 35v.5" fill="none" stroke-width="4.5" stroke-linecap="round"/>'
};
function headerSection(report, document2) {
  const { verdict, drift, findingsTotal, skipped } = report;
  const tone = verdict === "unknown" ? "unknown" : tones[report.severity];
  const sentence = verdict === "unknown" ? shown3(report.shortReason ?? report.reason ?? "The comparison could not be finished.", 2e3) : verdict === "in-sync" ? allClear(report, document2) : drift.differing === 0 ? `${capitalized(besideCompared(report))}: ${topTypes(report)}.` : `${count(findingsTotal, "finding")} in ${number2(drift.differing)} of ${documents2(drift.compared, document2, "compared ")}: ${topTypes(report)}.`;
  const seen = drift.compared > 0 || findingsTotal > 0;
  const skippedTotal = skipped.reduce((sum2, { count: weeks }) => sum2 + weeks, 0);
  const worst = worstEntity(report);
  const figures = [
    [`${capitalized(document2.many)} that differ`, number2(drift.differing)],
    [`${capitalized(document2.many)} compared`, `${number2(drift.compared)} <small>of ${number2(drift.population)}</small>`],
    ["Findings", number2(findingsTotal)],
    ["Drift rate", `${ratePercent(report)}${worst === void 0 ? "" : ` <small>in ${shown3(worst, 63)}</small>`}`],
    report.entities ? [
      "Entities that differ",
      `${number2(report.entities.filter(({ differing: differing3 }) => differing3 > 0).length)} <small>of ${number2(report.entities.length)}</small>`
    ] : ["Skipped as expected", number2(skippedTotal)]
  ];
  const origin = (report.origin ?? []).slice(0, 10).map((line) => `<li>${quotesAsHtml(line)}</li>`);
  return `<header>
<p class="eyebrow"><span><b>Driftwatch</b> \xB7 ${shown3(report.pair)}</span> ${moment(report.finishedAt)}</p>
<div class="verdict ${tone}">
<svg viewBox="0 0 48 48" aria-hidden="true" stroke="currentColor"><circle cx="24" cy="24" r="21.5" fill="none" stroke-width="3"/>${emblems[verdict]}</svg>
<h1>${verdict === "unknown" ? "Unknown" : escapeHtml(headline(report))}</h1>
<p class="said">${sentence}${report.coverage ? ` ${rotationSentence(report)}` : ""}</p>
${verdict === "unknown" ? "<p>In a terminal, this looks for the cause: <code>npx driftwatch doctor" + (report.words.hasTables ? "" : ` --pair ${shown3(report.pair)}`) + "</code></p>" : ""}
${origin.length === 0 ? "" : `<div class="why"><h2>Where it comes from</h2><ul>${origin.join("")}</ul></div>`}
${shareBar(report, document2)}
</div>
${seen ? `<dl class="figures">
${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("\n")}
</dl>` : ""}
</header>`;
}
function allClear(report, document2) {
  const { mode, drift } = report;
  const compared = mode === "recent" ? drift.compared === 0 ? `No ${document2.one} was written within the span` : `${documents2(drift.compared, document2)} written within the span ${drift.compared === 1 ? "was" : "were"} compared` : drift.compared < drift.population ? `${documents2(drift.compared, document2)} ${mode === "full" && report.coverage ? `of ${partName(report)}` : "drawn at random"} were compared` : `All ${documents2(drift.population, document2)} were compared`;
  return `${compared}, and ${nothingDiffers(report)}.`;
}
function shareBar(report, document2) {
  const { differing: differing3, compared, population } = report.drift;
  const parts = [
    { name: "off", weeks: differing3, says: differing3 === 1 ? "differs" : "differ" },
    { name: "same", weeks: Math.max(0, compared - differing3), says: acceptedTotal(report) > 0 ? "the same, or accepted" : "the same" },
    { name: "unseen", weeks: Math.max(0, population - compared), says: "not compared" }
  ].filter(({ weeks }) => weeks > 0);
  const total2 = parts.reduce((sum2, { weeks }) => sum2 + weeks, 0);
  if (compared === 0 || total2 === 0) return "";
  let at = 0;
  const bars = parts.map(({ name, weeks }) => {
    const from = at;
    at += weeks / total2 * 1e3;
    return `<rect class="${name}" x="${from.toFixed(1)}" width="${Math.max(4, at - from).toFixed(1)}" height="10"/>`;
  });
  const names = parts.map(
    ({ name, weeks, says }) => `<li><svg class="swatch ${name}" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1"/></svg>${documents2(weeks, document2)} ${says}</li>`
  );
  return `<div><svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars.join("")}</svg>
<ul class="legend">${names.join("")}</ul></div>`;
}
function topTypes({ findingsByType, severityByType, findingsTotal }) {
  const severityOf = (type) => severityByType[type] ?? "none";
  const types2 = Object.entries(findingsByType).toSorted(([a, inA], [b, inB]) => compareSeverity(severityOf(b), severityOf(a)) || inB - inA);
  const first = types2.slice(0, 3);
  const left = findingsTotal - first.reduce((sum2, [, findings]) => sum2 + findings, 0);
  return first.map(([type, findings]) => `${number2(findings)} \xD7 ${code(type, 60)}`).join(", ") + (left > 0 ? ` and ${number2(left)} more` : "");
}

// action/src/publish/html/picture.ts
var drawnCells = 1500;
var worthDrawing = ({ rows, columns: columns2 }, { isWritten }) => rows.length > 0 && (!isWritten || rows.length > 1 || columns2.some(({ from }) => from !== null));
function pictureSection(report, data, grid, { picture, frame }, narrow2) {
  const rows = Math.min(25, Math.max(5, Math.floor(drawnCells / grid.columns.length)));
  const cells = grid.rows.flatMap((row) => [...row.cells.values()]);
  const item = (classes, symbol, says) => `<li><i class="${classes}" aria-hidden="true">${symbol}</i>${says}</li>`;
  const key = Object.keys(frame.marks).flatMap((mark2) => {
    const own = cells.filter((cell) => cell.mark === mark2);
    return [
      own.some(({ whole }) => whole) ? item(mark2, symbolOf(mark2), frame.marks[mark2][0]) : "",
      own.some(({ whole }) => !whole) ? item(`tint ${mark2}`, symbolOf(mark2), frame.marks[mark2][1]) : ""
    ];
  });
  const mixed = cells.some((cell) => cell.mixed) ? item("mixed", "", "plus something else") : "";
  const gone = grid.rows.some((row) => row.gone >= 0) ? item("gone", "", picture.gone) : "";
  const left = grid.rows.length - rows;
  const { one, many } = frame.row;
  const others2 = `other ${one}`;
  const beside = report.picture?.beside ?? 0;
  const notes = [
    frame.isWritten && isRoomy(grid) ? "Each number counts the rows that differ." : "",
    blankCell(report, frame),
    grid.columns.some(({ from, to }) => from !== to) && (!frame.isWritten || frame.days === 1) ? `Each column covers several ${frame.isWritten ? "days" : frame.document.many}.` : "",
    report.findingsTruncated && !frame.isWritten ? `It shows the first ${number2(report.findings.length)} of ${count(report.findingsTotal, "finding")}.` : "",
    beside > 0 ? `${documents2(beside, frame.document, "more ")} that ${beside === 1 ? "differs is" : "differ are"} not drawn.` : ""
  ].filter(Boolean);
  const orders = [
    ["findings", picture.orders[0]],
    ["first", picture.orders[1]],
    ["name", "By name"]
  ].map(([value, name]) => `<option value="${value}">${name}</option>`);
  const click = frame.isWritten ? `Click a cell, a row or a day to see its findings.` : `Click a cell, a ${one} or a ${frame.document.one} to see its findings.`;
  return `<section${narrow2 ? ' class="half"' : ""} aria-labelledby="picture">
<h2 id="picture">Where it differs</h2>
<p class="muted small">${escapeHtml(picture.axes)} ${notes.join(" ")}<span class="scripted" hidden> ${click}</span></p>
<ul class="key">${key.join("")}${gone}${mixed}</ul>
<div class="tools scripted" hidden><label class="narrow">Order${frame.isWritten ? "" : ` of ${many}`}<select id="order">${orders.join("")}</select></label></div>
<div class="scroll picture" role="group" aria-labelledby="picture" tabindex="0"><table class="grid" id="grid" aria-labelledby="picture">${gridHtml(data, grid, rows)}</table></div>
<p class="told muted scripted" id="where" hidden></p>
${left > 0 ? `<p class="muted" id="rest">\u2026 and ${escapeHtml(count(left, others2, `other ${many}`))}.</p>` : '<p id="rest" hidden></p>'}
<button type="button" id="children" class="scripted" hidden>More ${escapeHtml(many)}</button>
</section>`;
}
function blankCell({ mode }, { document: document2 }) {
  return mode === "sample" ? `Empty cells have no findings, or their ${document2.many} were not drawn.` : "Empty cells have no findings.";
}

// action/src/publish/html/script.ts
function enhance(columns2) {
  const find = (selector, type2) => {
    const element = document.querySelector(selector);
    if (element instanceof type2) return element;
    throw new Error(`${selector} is not on this page.`);
  };
  const data = JSON.parse(find("#data", HTMLScriptElement).text);
  const list = find("#list", HTMLTableElement);
  const status = find("#status", HTMLElement);
  const more2 = find("#more", HTMLButtonElement);
  const type = find("#type", HTMLSelectElement);
  const severity = find("#severity", HTMLSelectElement);
  const child = find("#child", HTMLSelectElement);
  const week2 = find("#week", HTMLSelectElement);
  const search = find("#search", HTMLInputElement);
  const step = 200;
  let most2 = step;
  let between;
  const lower = data.texts.map((text) => text.toLowerCase());
  const total2 = data.groups.reduce((sum2, group) => sum2 + group[4].length / 5, 0);
  function matches() {
    const words2 = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return data.groups.flatMap((group, index) => {
      const [who, when, , rows2, cells, key = []] = group;
      if (child.value !== "" && Number(child.value) !== who) return [];
      if (week2.value !== "" && Number(week2.value) !== when) return [];
      const date = data.texts[when] ?? "";
      if (between && (date < between[0] || date > between[1] || stepOf(date, 1) === void 0)) return [];
      const around = `${[who, when, ...key].map((text) => lower[text] ?? "").join(" ")} ${rows2.toLowerCase()}`;
      const hits = [];
      for (let finding2 = 0; finding2 < cells.length / 5; finding2 += 1) {
        const kind = data.kinds[cells[finding2 * 5] ?? 0];
        if (!kind || type.value !== "" && Number(type.value) !== kind[0]) continue;
        if (severity.value !== "" && severity.value !== kind[1]) continue;
        const [head = -1, tail = -1, legacy = -1, normalized = -1] = cells.slice(finding2 * 5 + 1, finding2 * 5 + 5);
        const says = (word) => around.includes(word) || [kind[0], kind[2], legacy, normalized].some((text) => lower[text]?.includes(word)) || ((lower[head] ?? "") + (lower[tail] ?? "")).includes(word);
        if (words2.every(says)) hits.push(finding2);
      }
      return hits.length === 0 ? [] : [[index, hits]];
    });
  }
  function cut(shown5) {
    let left = most2;
    return shown5.flatMap(([group, findings]) => {
      const some = findings.slice(0, Math.max(0, left));
      left -= some.length;
      return some.length === 0 ? [] : [[group, some]];
    });
  }
  function show() {
    const shown5 = matches();
    const matching = shown5.reduce((sum2, [, findings]) => sum2 + findings.length, 0);
    while (list.tBodies[0]) list.tBodies[0].remove();
    list.insertAdjacentHTML("beforeend", findingsHtml(data, cut(shown5)));
    addCopies();
    const part = Math.min(most2, matching);
    const span = between && columnName(data.frame, { from: between[0], to: between[1], gap: false });
    const picked = span === void 0 ? "" : data.frame.isWritten ? ` last written ${span}` : ` in the ${span}`;
    status.textContent = matching === 0 ? `No finding${picked} matches.` : `${matching === total2 ? plural(matching, "finding") : `${matching.toLocaleString("en-US")} of ${plural(total2, "finding")}`}${picked}${part < matching ? `, the first ${part.toLocaleString("en-US")} shown` : ""}.`;
    more2.hidden = part >= matching;
  }
  function addCopies() {
    for (const command of document.querySelectorAll(".command:not(:has(button))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      command.append(button);
    }
  }
  async function copy(button) {
    const command = button.parentElement?.querySelector("code");
    if (!command) return;
    try {
      await navigator.clipboard.writeText(command.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(command);
    }
  }
  function fill(select, indexes) {
    const options = [...new Set(indexes)].filter((index) => index >= 0);
    options.sort((a, b) => (data.texts[a] ?? "") < (data.texts[b] ?? "") ? -1 : 1);
    for (const index of options) select.add(new Option(data.texts[index], String(index)));
  }
  function anew() {
    most2 = step;
    show();
  }
  fill(
    type,
    data.kinds.map(([name]) => name)
  );
  fill(
    child,
    data.groups.map(([who]) => who)
  );
  fill(
    week2,
    data.groups.map(([, when]) => when)
  );
  for (const select of [type, severity, child]) select.addEventListener("change", anew);
  week2.addEventListener("change", () => {
    between = void 0;
    anew();
  });
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(anew, 120);
  });
  more2.addEventListener("click", () => {
    most2 += step;
    show();
  });
  find("#clear", HTMLButtonElement).addEventListener("click", () => {
    for (const field of [type, severity, child, week2, search]) field.value = "";
    between = void 0;
    anew();
  });
  find("main", HTMLElement).addEventListener("click", ({ target }) => {
    if (target instanceof HTMLButtonElement && target.closest(".command")) void copy(target);
  });
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  addCopies();
  const grid = document.querySelector("#grid");
  if (!(grid instanceof HTMLTableElement)) return;
  const where = find("#where", HTMLElement);
  const order = find("#order", HTMLSelectElement);
  const children = find("#children", HTMLButtonElement);
  let layout = layOut(data, "findings", columns2);
  let rows = grid.rows.length - 2;
  function makeWalkable(table) {
    table.setAttribute("role", "grid");
    for (const cell of table.querySelectorAll("th, td")) cell.setAttribute("tabindex", "-1");
    table.rows[2]?.cells[0]?.setAttribute("tabindex", "0");
    children.hidden = rows >= layout.rows.length;
    const left = layout.rows.length - rows;
    const { one, many } = data.frame.row;
    children.textContent = left <= 100 ? `Show ${left === 1 ? `the other ${one}` : `the other ${left} ${many}`}` : `Show 100 more of ${plural(left, `other ${one}`, `other ${many}`)}`;
    find("#rest", HTMLElement).hidden = true;
  }
  makeWalkable(grid);
  function redraw(table) {
    table.innerHTML = gridHtml(data, layout, rows);
    makeWalkable(table);
  }
  order.addEventListener("change", () => {
    layout = layOut(data, order.value, columns2);
    redraw(grid);
  });
  children.addEventListener("click", () => {
    rows += 100;
    redraw(grid);
  });
  const cellOf = (target) => {
    const cell = target instanceof Element ? target.closest("th, td") : null;
    return cell instanceof HTMLTableCellElement ? cell : void 0;
  };
  function tell(cell) {
    if (!cell) return;
    const name = layout.rows[cell.parentElement.rowIndex - 2];
    where.textContent = [name ? data.texts[name.name] : "", cell.title === "" || cell.tagName === "TH" ? "" : cell.title].filter(Boolean).join(", ") || "\xA0";
  }
  grid.addEventListener("focusin", ({ target }) => tell(cellOf(target)));
  grid.addEventListener("mouseover", ({ target }) => tell(cellOf(target)));
  function pick(cell) {
    const row = layout.rows[cell.parentElement.rowIndex - 2];
    const column = layout.columns[cell.cellIndex - 1];
    child.value = row ? String(row.name) : "";
    week2.value = "";
    between = void 0;
    if (column?.from && column.to) {
      const { from, to } = column;
      const index = [...week2.options].find(({ text }) => text === from)?.value;
      if (from === to && index !== void 0) week2.value = index;
      else between = [from, to];
    }
    anew();
    find("#findings", HTMLElement).scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
  grid.addEventListener("click", ({ target }) => {
    const cell = cellOf(target);
    if (cell) pick(cell);
  });
  grid.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      pick(cell);
      return;
    }
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e6], End: [0, 1e6] }[event.key];
    if (!move) return;
    event.preventDefault();
    const at = cell.parentElement.rowIndex + (move[0] ?? 0);
    const row = grid.rows[Math.min(grid.rows.length - 1, Math.max(0, at))];
    const next = row?.cells[Math.min(row.cells.length - 1, Math.max(0, cell.cellIndex + (move[1] ?? 0)))];
    if (!next) return;
    cell.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}
var pageScript = (columns2) => `'use strict';
${[...Object.values(view_exports), enhance].map(String).join("\n")}
${enhance.name}(${columns2});
`;

// action/src/publish/html/style.ts
var style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d8dee4; --link: #0550ae; --soft: #eef0f3;
  --critical: #b42318; --high: #b54708; --medium: #7a5b00; --good: #067647; --unknown: #475467;
  --critical-tint: #fef1ef; --high-tint: #fff5e8; --medium-tint: #fdf8dc; --good-tint: #e9fbf1; --unknown-tint: #eceff3;
  --missing: #b42318; --orphan: #175cd3; --differs: #8a5a00; --double: #6941c6; --unreadable: #475467; --unclear: #0b6478; --exposed: #9b1c5a; --other: #475467;
  --missing-tint: #fbdcd8; --orphan-tint: #d9e6fb; --differs-tint: #f7e6bd; --double-tint: #e6dcfa; --unreadable-tint: #e1e5ea; --unclear-tint: #d2ecf2; --exposed-tint: #f8d7e8; --other-tint: #e1e5ea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #161b22; --text: #e6e9ee; --muted: #9ba6b3; --line: #2c343f; --link: #7cb7ff; --soft: #1f262f;
    --critical: #ff9d94; --high: #fdb45c; --medium: #f1d55c; --good: #6fe0a2; --unknown: #c4cdd8;
    --critical-tint: #351614; --high-tint: #33200c; --medium-tint: #2c260c; --good-tint: #0d2a1c; --unknown-tint: #222932;
    --missing: #ff9d94; --orphan: #8fbcff; --differs: #f0c25a; --double: #c4b0ff; --unreadable: #c4cdd8; --unclear: #7fd6e8; --exposed: #ff9ccb; --other: #c4cdd8;
    --missing-tint: #5a211c; --orphan-tint: #1d3a66; --differs-tint: #4d3a0c; --double-tint: #3c2c6b; --unreadable-tint: #38414d; --unclear-tint: #12424e; --exposed-tint: #571c3b; --other-tint: #38414d;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif; }
header, main, footer { max-width: 74rem; margin: 0 auto; padding: 1rem; }
header { padding-top: 1.5rem; padding-bottom: 0; }
footer { color: var(--muted); font-size: .875rem; padding-bottom: 3rem; overflow-wrap: anywhere; }
a { color: var(--link); }
h1, h2, h3, p, dl, dd, ul { margin: 0; }
h2 { font-size: 1.125rem; line-height: 1.3; margin-bottom: .25rem; }
h3 { font-size: .9375rem; margin-bottom: .25rem; }
code { font: .875em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.small { font-size: .875rem; }
.critical { --tone: var(--critical); --tint: var(--critical-tint); }
.high { --tone: var(--high); --tint: var(--high-tint); }
.medium { --tone: var(--medium); --tint: var(--medium-tint); }
.good { --tone: var(--good); --tint: var(--good-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.missing { --mark: var(--missing); --mark-tint: var(--missing-tint); }
.orphan { --mark: var(--orphan); --mark-tint: var(--orphan-tint); }
.differs { --mark: var(--differs); --mark-tint: var(--differs-tint); }
.double { --mark: var(--double); --mark-tint: var(--double-tint); }
.unreadable { --mark: var(--unreadable); --mark-tint: var(--unreadable-tint); }
.unclear { --mark: var(--unclear); --mark-tint: var(--unclear-tint); }
.exposed { --mark: var(--exposed); --mark-tint: var(--exposed-tint); }
.other { --mark: var(--other); --mark-tint: var(--other-tint); }

.eyebrow { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; color: var(--muted); font-size: .875rem; margin-bottom: .75rem; overflow-wrap: anywhere; }
.eyebrow b { color: var(--text); }
.verdict { display: grid; grid-template-columns: auto 1fr; column-gap: 1.25rem; background: var(--tint); border: 1px solid var(--tone); border-radius: .75rem; padding: 1.25rem 1.5rem; }
.verdict > svg { grid-row: span 9; width: 3.5rem; height: 3.5rem; color: var(--tone); }
.verdict > * { min-width: 0; }
.verdict > :not(svg) { grid-column: 2; }
.verdict h1 { color: var(--tone); font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
.verdict p, .verdict li { max-width: 52rem; overflow-wrap: anywhere; }
.verdict .said { font-size: 1.125rem; }
.verdict .why { margin-top: .5rem; border-top: 1px solid var(--line); padding-top: .5rem; }
.verdict .why h2 { font-size: .875rem; color: var(--muted); font-weight: 500; margin: 0; }
.share { display: block; width: 100%; height: .75rem; margin-top: .75rem; border-radius: .375rem; }
.share .off, .swatch.off { fill: var(--tone); color: var(--tone); }
.share .same, .swatch.same { fill: var(--good); color: var(--good); }
.share .unseen, .swatch.unseen { fill: var(--line); color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin-top: .5rem; font-size: .875rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; vertical-align: -.05rem; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin-top: .75rem; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; }
.figures dt { color: var(--muted); font-size: .875rem; }
.figures dd { font-size: 1.1875rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures small { color: var(--muted); font-size: .8em; font-weight: 400; white-space: nowrap; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .75rem; }
section { grid-column: 1 / -1; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; }
section.half { grid-column: auto; }
.half td.wide { width: 25%; }
.half .bar { min-width: 2rem; }
.half:not([aria-labelledby=picture]) :is(th, td):not(:last-child) { padding-right: .5rem; }
.half .grid td:not(.n) { width: 2.25rem; height: 1.75rem; padding: 0 .2rem; }
section > * + p, section ul { margin-top: .5rem; }
section p, section li { overflow-wrap: anywhere; }
ul { padding-left: 1.25rem; }
.scroll { overflow-x: auto; position: relative; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--muted); font-size: .875rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: break-word; max-width: 22rem; }
.date { white-space: nowrap; }
th.n, td.n { text-align: right; }
th:last-child, td:last-child { padding-right: 0; }
.bar { display: block; width: 100%; min-width: 6rem; height: .875rem; margin-top: .3rem; border-radius: .2rem; }
.bar .track { fill: var(--soft); }
.bar .full { fill: var(--good); }
.bar .part { fill: var(--orphan); }
.bar .lack { fill: var(--missing); }
.bar .count { fill: var(--tone, var(--orphan)); }
tr.off th, tr.off td { font-weight: 600; }
[aria-labelledby=counts] .n { white-space: nowrap; }
tr.off td.by { color: var(--critical); }
td.wide { width: 40%; }
.type { white-space: nowrap; }
.type code { overflow-wrap: break-word; white-space: normal; }
.type i, .key i { display: inline-grid; place-items: center; vertical-align: middle; width: 1.25rem; height: 1.25rem; border-radius: .25rem; margin-right: .4rem; background: var(--mark); color: var(--card); font: 700 .8125rem/1 Arial, sans-serif; }
.key i.mixed { background-color: var(--soft); color: var(--text); }
.key i.tint { background: var(--mark-tint); color: var(--mark); }
.dot::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .5rem; background: var(--tone); }

.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .5rem 0 0; font-size: .875rem; }
.picture { margin-top: .75rem; padding-bottom: .25rem; }
.grid { width: auto; border-collapse: separate; border-spacing: 2px; font-size: .8125rem; }
.grid th, .grid td { border: 0; padding: 0; }
.grid tbody th, .grid thead th:first-child { position: sticky; left: 0; z-index: 1; background: var(--card); min-width: 7.5rem; max-width: 11rem; padding: 0 .5rem 0 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font: .8125rem/1.5rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; vertical-align: middle; }
.grid thead th { vertical-align: bottom; color: var(--muted); }
.grid thead th span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); margin: 0 auto; font-size: .75rem; line-height: 1.2; padding: .1rem 0; }
.grid td { width: 1.5rem; min-width: .95rem; height: 1.5rem; text-align: center; vertical-align: middle; border-radius: .2rem; background: var(--soft); font: 700 .8125rem/1.5rem Arial, sans-serif; }
.grid td[class*=" "], .grid td.missing, .grid td.orphan, .grid td.differs, .grid td.double, .grid td.unreadable, .grid td.unclear, .grid td.exposed, .grid td.other { background: var(--mark-tint, var(--soft)); color: var(--mark); }
.grid td.whole { background: var(--mark); color: var(--card); }
.grid td.mixed, .key i.mixed { background-image: linear-gradient(to top left, currentColor .3rem, transparent .35rem); }
.grid td.gone, .key i.gone { background: repeating-linear-gradient(135deg, var(--missing-tint) 0 3px, var(--soft) 3px 6px); }
.grid .gap { border-left: 3px double var(--line); }
.grid tr.all td { background: none; height: 2.25rem; vertical-align: bottom; border-bottom: 1px solid var(--line); border-radius: 0; }
.grid tr.all svg { display: block; width: 100%; height: 2rem; fill: var(--muted); }
.grid tr.all th { vertical-align: bottom; font-family: inherit; }
.grid td.n { background: none; width: auto; padding-left: .5rem; font-weight: 400; text-align: right; }
.grid[role=grid] th, .grid[role=grid] td { cursor: pointer; }
.grid[role=grid] td:hover { outline: 2px solid var(--link); }
.told { min-height: 1.5rem; font-size: .875rem; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0; }
.tools label { display: grid; font-size: .8125rem; color: var(--muted); flex: 1 1 9rem; min-width: 0; }
.tools label.narrow { flex: 0 1 14rem; }
.tools :is(select, input, button) { height: 2.25rem; }
select, input, button { font: inherit; font-size: .9375rem; color: var(--text); background: var(--card); border: 1px solid var(--muted); border-radius: .375rem; padding: .3rem .5rem; min-width: 0; width: 100%; }
button { width: auto; cursor: pointer; background: var(--soft); border-color: var(--line); }
button:hover { border-color: var(--link); }

.three { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem 2rem; }
.three th code { display: inline-block; max-width: 13rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; font-size: .8125rem; line-height: 1.5rem; }
.three th { white-space: nowrap; }
.three td.wide { width: 30%; }
.three .bar { min-width: 3rem; }
.findings tbody::before { content: ""; display: block; height: .5rem; }
.findings th[scope=rowgroup] { max-width: none; background: var(--soft); border-radius: .375rem; border: 0; padding: .4rem .75rem; }
.findings td { font-size: .9375rem; }
.findings td:first-child { padding-left: .75rem; }
.findings td:nth-child(n + 3) { min-width: 6.5rem; max-width: 22rem; }
.findings tbody tr:nth-child(2) td { border-top: 0; }
.place { margin-right: 1rem; }
.command { display: inline-flex; flex-wrap: wrap; gap: 0 .5rem; align-items: center; font-weight: 400; color: var(--muted); }
.command code::before { content: "$ "; color: var(--muted); }
.command button { font-size: .75rem; padding: 0 .4rem; }
.ids { display: block; color: var(--muted); font-size: .8125rem; font-weight: 400; overflow-wrap: anywhere; }
.trend { display: block; width: 100%; height: 7rem; margin-top: .5rem; border-bottom: 1px solid var(--muted); }
.trend rect { fill: var(--tone); }
.trend .unknown { fill: var(--unknown); opacity: .35; }
.few { max-width: 24rem; }
.few .trend { height: 4rem; }
.axis { display: flex; justify-content: space-between; color: var(--muted); font-size: .8125rem; }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--link); font-size: .875rem; }
dl.facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin-top: .5rem; }
dl.facts dt { color: var(--muted); }
dl.facts dd { overflow-wrap: anywhere; }

@media (max-width: 44rem) {
  header { padding-top: 1rem; }
  header, main, footer { padding-left: .75rem; padding-right: .75rem; }
  section.half { grid-column: 1 / -1; }
  section { padding: .75rem 1rem; }
  .verdict { padding: 1rem; column-gap: .75rem; }
  .verdict > svg { width: 2.25rem; height: 2.25rem; grid-row: span 1; }
  .verdict > :not(svg, h1) { grid-column: 1 / -1; }
  .verdict h1 { font-size: 1.5rem; align-self: center; }
  .figures { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .figures div { padding: .5rem .75rem; }
  .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  th, td { padding-right: .35rem; font-size: .875rem; }
  thead th { font-size: .75rem; }
  .grid tbody th, .grid thead th:first-child { min-width: 6.5rem; max-width: 7.5rem; font-size: .72rem; }
  .three th code { max-width: 9rem; }
  [aria-labelledby=counts] :is(.wide, small) { display: none; }
  .half .grid td:not(.n) { width: 1.75rem; font-size: .6875rem; }
  [aria-labelledby=counts] :is(th, td):not(:last-child) { padding-right: .2rem; }
  [aria-labelledby=counts] thead th { font-size: .625rem; }
  [aria-labelledby=counts] tbody th { min-width: 5.25rem; overflow-wrap: anywhere; }
  .findings thead { position: absolute; clip-path: inset(50%); }
  .findings table, .findings tbody, .findings tr, .findings th { display: block; }
  .findings tr + tr { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
  .findings tr:nth-child(2) { border-top: 0; }
  .findings td, .findings td:first-child { border: 0; padding: 0; min-width: 0; }
  .findings td:nth-child(-n + 2) { grid-column: 1 / -1; }
  .findings td:nth-child(n + 3)::before { color: var(--muted); font-size: .8125rem; margin-right: .4rem; }
  .findings td:nth-child(3)::before { content: "Legacy"; }
  .findings td:nth-child(4)::before { content: "Normalized"; }
}
@media print {
  html { color-scheme: light; }
  body { background: none; font-size: 10pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  main { display: block; }
  .figures { grid-template-columns: repeat(5, 1fr); gap: .4rem; }
  .figures div { padding: .4rem .6rem; }
  section { border: 0; padding: 0; margin-top: 1.25rem; }
  .scripted, .command button { display: none !important; }
  .verdict, .grid td, .grid svg, .share, .bar, .trend, .type i, .key i, .dot::before, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  .verdict, tr, .figures div, .trend { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
}
`;

// action/src/publish/html/tallies.ts
var asBar = '<span class="hidden">As a bar</span>';
function countsSection(report, { level: head, expected }, narrow2) {
  if (report.counts.length === 0) return "";
  const entities = new Map(report.entities?.map((entity) => [entity.name, entity]));
  const rows = report.counts.slice(0, shownRows).map(
    (level2) => `<tr${level2.difference === 0 ? "" : ' class="off"'}><th scope="row">${shown3(level2.level)}</th><td class="n">${number2(level2.legacy)}</td><td class="n">${number2(level2.expected)}</td><td class="n">${number2(level2.normalized)}</td><td class="n by">${signed(level2.difference)}</td>${report.entities ? differOf(entities.get(level2.level)) : ""}<td class="wide">${levelBar(level2)}</td></tr>`
  );
  const columns2 = [
    columnHead(head),
    columnHead("Legacy", "n"),
    columnHead("Expected", "n"),
    columnHead("Normalized", "n"),
    columnHead("Off by", "n"),
    ...report.entities ? [columnHead("Differ", "n")] : [],
    columnHead(asBar, "wide")
  ];
  return `<section${narrow2 ? ' class="half"' : ""} aria-labelledby="counts">
<h2 id="counts">Counts</h2>
${wideTable("counts", columns2, rows)}
<p class="muted small">${expected}<span class="wide"> In the bars, green is there, red is missing and blue is extra.</span></p>
</section>`;
}
var differOf = (entity) => `<td class="n">${entity ? `${number2(entity.differing)} <small class="muted">of ${number2(entity.compared)}</small>` : "\u2013"}</td>`;
function levelBar({ expected, normalized }) {
  const top = Math.max(expected, normalized, 1);
  const [both, more2] = [Math.min(expected, normalized) / top * 100, Math.abs(expected - normalized) / top * 100];
  const rest2 = more2 === 0 ? 0 : Math.max(1, more2);
  const same = Math.min(both, 100 - rest2);
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="full" width="${same.toFixed(2)}" height="10"/><rect class="${normalized < expected ? "lack" : "part"}" x="${same.toFixed(2)}" width="${rest2.toFixed(2)}" height="10"/></svg>`;
}
function patternsSection(report, data) {
  const types2 = Object.entries(report.findingsByType).map(([type, findings]) => {
    const severity = report.severityByType[type];
    return { name: code(type, 60), findings, tone: severity ?? "unknown", ...severity && { note: severity } };
  });
  const days = /* @__PURE__ */ new Map();
  const heads = /* @__PURE__ */ new Map();
  const levels = /* @__PURE__ */ new Map();
  const columns2 = /* @__PURE__ */ new Map();
  for (const [, , , , cells] of data.groups) {
    for (let at = 0; at < cells.length; at += 5) {
      const [level2, head, tail] = [data.kinds[cells[at] ?? -1]?.[2] ?? -1, cells[at + 1] ?? -1, cells[at + 2] ?? -1];
      addOne2(levels, level2);
      if (tail >= 0) addOne2(columns2, `${data.texts[level2] ?? ""}.${data.texts[tail] ?? ""}`);
      const day2 = dayName(data.texts[tail] ?? "");
      if (day2 === void 0) continue;
      addOne2(days, day2);
      if (head >= 0) addOne2(heads, head);
    }
  }
  const tallied = (name, findings) => ({ name: `<code>${escapeHtml(name)}</code>`, findings });
  const byWeekday = weekdays.map((name) => ({ name, findings: days.get(name) ?? 0 }));
  const byHead = [...heads].map(([head, findings]) => tallied((data.texts[head] ?? "").replace(/\/$/, ""), findings));
  const byLevel = [...levels].map(([level2, findings]) => tallied(data.texts[level2] ?? "", findings));
  const byColumn = [...columns2].map(([column, findings]) => tallied(column, findings));
  const { isWritten } = data.frame;
  const tables = [
    tallyTable("Findings by type", byFindings(types2)),
    isWritten && byLevel.length > 1 ? tallyTable("By entity", byFindings(byLevel)) : "",
    isWritten && byColumn.length > 0 ? tallyTable("By column", byFindings(byColumn).slice(0, 8), byColumn.length) : "",
    byHead.length > 1 && byHead.some(({ findings }) => findings > 1) ? tallyTable("By place", byFindings(byHead).slice(0, 8), byHead.length) : "",
    days.size > 0 ? tallyTable("By day of the week", byWeekday) : ""
  ];
  return `<section aria-labelledby="types">
<h2 id="types">What differs</h2>
<div class="three">${tables.filter(Boolean).join("\n")}</div>
</section>`;
}
var addOne2 = (counts, what) => void counts.set(what, (counts.get(what) ?? 0) + 1);
var byFindings = (tallies) => tallies.toSorted((a, b) => b.findings - a.findings);
var dayName = (text) => isCalendarDate(text) ? weekdays[daysSinceMonday(text)] : void 0;
function tallyTable(title, tallies, all = tallies.length, counted2 = "Findings") {
  const top = Math.max(1, ...tallies.map(({ findings }) => findings));
  const rows = tallies.slice(0, shownRows).map(
    ({ name, findings, tone, note }) => `<tr><th scope="row">${tone ? `<span class="dot ${tone}">${name}</span>` : name}${note ? ` <span class="muted small">${note}</span>` : ""}</th><td class="n">${number2(findings)}</td><td class="wide"><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="count ${tone ?? ""}" width="${(findings / top * 100).toFixed(2)}" height="10"/></svg></td></tr>`
  );
  return `<div><table>
<thead><tr>${columnHead(title)}${columnHead(counted2, "n")}${columnHead(asBar)}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>${moreThan(rows.length, all)}</div>`;
}
function sourcesSection(report, document2) {
  const entries = Object.entries(report.sourceVersions);
  if (entries.length === 0) return "";
  const tallies = entries.toSorted(([, a], [, b]) => b - a).map(([version, weeks]) => ({ name: code(version), findings: weeks }));
  return `<section class="half" aria-labelledby="sources">
<h2 id="sources">Where the ${document2.many} come from</h2>
<div class="three">${tallyTable("Source version", tallies, tallies.length, capitalized(document2.many))}</div>
</section>`;
}

// action/src/publish/html/html.ts
var mostColumns = 53;
var fewColumns = 8;
var usualBytes = 9e4;
var pageBytes = 99e4;
var script = pageScript(mostColumns);
var hash2 = (text) => `'sha256-${createHash5("sha256").update(text).digest("base64")}'`;
var policy = ["default-src 'none'", `style-src ${hash2(style)}`, `script-src ${hash2(script)}`, "base-uri 'none'", "form-action 'none'"].join("; ");
function renderHtml(report, context) {
  const words2 = wordsOf(report);
  const { document: document2 } = words2;
  const others2 = [
    notComparedSection(report),
    trendSection2(report.trend, document2),
    cutoverSection(report),
    acceptedSection(report, document2),
    healthSection(report),
    aboutSection(report, context, document2),
    sourcesSection(report, document2)
  ];
  const page = (findings, json) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${shortHeadline(report)} \xB7 Driftwatch</title>
<style>${style}</style>
</head>
<body>
${headerSection(report, document2)}
<main>
${[findings, ...others2].filter(Boolean).join("\n")}
</main>
${json === "" ? "" : `<script type="application/json" id="data">${json}</script>
<script>${script}</script>`}
</body>
</html>
`;
  const around = Buffer.byteLength(page("", ""));
  if (report.findings.length === 0) return page(countsSection(report, words2, false), "");
  const room = pageBytes - around - Buffer.byteLength(script);
  const build = (reserved) => {
    const pack2 = packFindings(report.findings, room - reserved, words2.frame, report.picture);
    const grid = layOut(pack2.data, "findings", mostColumns);
    const isDrawn = worthDrawing(grid, words2.frame);
    const narrow2 = isDrawn && grid.columns.length <= fewColumns && report.counts.length > 0;
    const sections = [
      isDrawn ? pictureSection(report, pack2.data, grid, words2, narrow2) : "",
      countsSection(report, words2, narrow2),
      patternsSection(report, pack2.data),
      findingsSection(report, pack2, words2)
    ].filter(Boolean).join("\n");
    return { html: page(sections, pack2.json), drawn: Buffer.byteLength(sections) };
  };
  const { html, drawn } = build(usualBytes);
  if (Buffer.byteLength(html) <= pageBytes) return html;
  const again = build(drawn + drawnBytes / 4).html;
  return Buffer.byteLength(again) <= pageBytes ? again : build(4 * drawnBytes).html;
}

// action/src/publish/cutover.ts
var ready = (report) => {
  const accepted = acceptedTotal(report);
  const but = accepted === 0 ? "" : ` ${count(accepted, "accepted difference")} will be read as the normalized side has ${accepted === 1 ? "it" : "them"}.`;
  const { document: document2, health } = report.words;
  const well = health === void 0 ? " and" : ",";
  const on = health === void 0 ? "" : ", and the dual-write is on, without open failures";
  const parts = report.coverage ? ` Parts were compared in turn: ${coverageSentence(report.coverage, report.finishedAt)}` : "";
  return `every ${document2.one} was compared${well} nothing has differed for long enough${on}.${parts}${but}`;
};
function cutoverLines(report) {
  const { cutover, trend } = report;
  if (!cutover) return [];
  if (cutover.ready) return ["", `Cut-over: ready: ${ready(report)}`];
  if (!trend) return ["", "Cut-over: not ready; the output cutover-reasons says what is missing."];
  return ["", "Cut-over: not ready", ...cutover.reasons.map((reason) => `- ${oneLine(reason, 600)}`)];
}
function cutoverSection2(report) {
  const { cutover } = report;
  if (!cutover) return "";
  if (cutover.ready) return paragraphs("### Cut-over", `\u{1F7E2} **Ready:** ${ready(report)}`);
  const missing = cutover.reasons.map((reason) => `- ${reason}`).join("\n");
  return details(`Cut-over: not ready, ${count(cutover.reasons.length, "condition is", "conditions are")} not met`, missing);
}

// action/src/publish/log.ts
var progressEveryMs = 5e3;
function createProgressLog(words2, clock = () => performance.now()) {
  let last = clock();
  return ({ done, total: total2, rate, left }) => {
    if (clock() - last < progressEveryMs) return;
    last = clock();
    const share = total2 > 0 ? ` (${Math.floor(100 * done / total2)}%)` : "";
    const pace = rate > 0 ? `, ${number2(Math.round(rate))} per second` : "";
    const end = Number.isFinite(left) && left > 0 ? `, about ${duration(left)} left` : "";
    info(`Compared ${number2(done)} of ${documents(words2, total2)}${share}${pace}${end}`);
  };
}
function duration(seconds) {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
var shown4 = (text, longest = 80) => inert(text, longest) || '""';
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join("  "));
}
var shownRows2 = 30;
var shownRules = 10;
var shownFindings = 20;
var rest = (shownOnes, all) => shownOnes.length < all.length ? [`\u2026 and ${number2(all.length - shownOnes.length)} more`] : [];
function countLines({ counts }) {
  if (counts.length === 0) return [];
  const rows = roomFor(shownRows2, counts, countDiffers).map((level2) => [
    shown4(level2.level, 40),
    number2(level2.legacy),
    number2(level2.expected),
    number2(level2.normalized),
    signed(level2.difference)
  ]);
  return ["", ...aligned([["Counts", "legacy", "expected", "normalized", "difference"], ...rows]), ...rest(rows, counts)];
}
function entityLines({ entities = [] }) {
  if (entities.length === 0) return [];
  const rows = roomFor(shownRows2, entities, entityDiffers).map(({ name, compared, population, differing: differing3, rate, upperBound }) => [
    shown4(name, 63),
    number2(compared),
    number2(population),
    number2(differing3),
    percent(rate),
    percentAtMost(upperBound)
  ]);
  return ["", ...aligned([["Entities", "compared", "of", "differing", "drift rate", "at most"], ...rows]), ...rest(rows, entities)];
}
function notComparedLines(report) {
  const entities = notComparedOf(report).slice(0, shownRows2);
  const side = (name, names) => names.length === 0 ? [] : [
    `${name} ${names.slice(0, shownRows2).map((field) => shown4(field)).join(", ")}${names.length > shownRows2 ? ` and ${number2(names.length - shownRows2)} more` : ""}`
  ];
  const lines = entities.map(
    ({ entity, legacy, normalized }) => `${shown4(entity, 63)}: ${[...side("legacy", legacy), ...side("normalized", normalized)].join("; ")}`
  );
  return lines.length === 0 ? [] : ["", `Not compared. ${aboutNotCompared.replaceAll("`", "")}`, ...lines];
}
function typeLines({ findingsByType, findingsTotal }) {
  if (findingsTotal === 0) return [];
  const types2 = Object.entries(findingsByType);
  const rows = types2.slice(0, shownRows2).map(([type, findings]) => [shown4(type, 60), number2(findings)]);
  const more2 = types2.length > shownRows2 ? [`\u2026 and ${count(types2.length - shownRows2, "more type")}`] : [];
  return ["", ...aligned([["Findings", number2(findingsTotal)], ...rows]), ...more2];
}
var describeRule = ({ what, reason, by, until }) => `${shown4(what, 160)}, until ${shown4(until, 20)}, by ${shown4(by, 60)}: ${shown4(reason, 160)}`;
function acceptedLines(report) {
  const rules = rulesByState(report);
  if (rules.length === 0) return [];
  const lines = rules.slice(0, shownRules).map((rule) => `${number2(rule.findings)} (${ruleStates[rule.state]}) ${describeRule(rule)}`);
  const more2 = rules.length > lines.length ? [`\u2026 and ${count(rules.length - lines.length, "more rule")}`] : [];
  return ["", "Accepted differences", ...lines, ...more2];
}
function healthLines(report) {
  const unwell = report.health.filter(({ status }) => status !== "ok").slice(0, shownRows2);
  const lines = [
    ...unwell.map(({ check: check2, severity, detail }) => `${shown4(check2)}, ${severity}: ${shown4(detail, 300)}`),
    ...(report.remarks ?? []).slice(0, shownRows2).map((sentence) => shown4(sentence, 400))
  ];
  return lines.length === 0 ? [] : ["", healthHeading(report), ...lines];
}
var trendLines = ({ trend }) => trendLine(trend) === "" ? [] : ["", `${trendLine(trend)}  ${trendBars(trend)}`];
function describe2(finding2, report) {
  const { key: parts, document: document2 } = report.words;
  const { level: level2, legacy, normalized } = finding2;
  const subject = subjectOf(finding2, report).map((text, index) => text !== null && parts?.[index] === document2.one ? `${document2.one} ${text}` : text);
  const place = [...subject, pathOf(finding2)].filter((part) => part !== null);
  const where = (place.length > 0 ? place : [level2]).map((part) => shown4(part, 120)).join(", ");
  return `${where}: legacy ${shown4(sideText(legacy))}, normalized ${shown4(sideText(normalized))}`;
}
function logVerdict(report) {
  const lines = [
    "",
    `Driftwatch: ${headline(report)}`,
    ...report.reason === void 0 ? [] : [oneLine(report.shortReason ?? report.reason, 2e3)],
    statistics(report),
    ...[rotationSentence(report)].filter((sentence) => sentence !== ""),
    ...(report.origin ?? []).map((sentence) => oneLine(quotesInert(sentence), 1e3)),
    ...skippedDocuments(report),
    ...settled(report),
    ...acceptedNotes(report),
    ...countLines(report),
    ...entityLines(report),
    ...notComparedLines(report),
    ...typeLines(report),
    ...acceptedLines(report),
    ...healthLines(report),
    ...trendLines(report),
    ...cutoverLines(report),
    "",
    `Pair ${shown4(report.pair)}, ${report.mode} comparison in ${(report.durationMs / 1e3).toFixed(1)} s, seed ${shown4(report.seed)}`,
    readsSentence(report)
  ];
  for (const line of lines) info(line);
  if (report.findings.length === 0) return;
  const first = report.findings.slice(0, shownFindings);
  startGroup(`First ${number2(first.length)} of ${count(report.findingsTotal, "finding")}`);
  for (const finding2 of first) info(`${shown4(finding2.type, 60)} ${describe2(finding2, report)}`);
  endGroup();
}
var keptAnnotations = 7;
function annotate(report) {
  const firsts = /* @__PURE__ */ new Map();
  for (const finding2 of report.findings) if (!firsts.has(finding2.type)) firsts.set(finding2.type, finding2);
  const send = (severity, annotation) => {
    const ofSeverity = Object.keys(report.severityByType).filter((type) => report.severityByType[type] === severity);
    for (const type of ofSeverity.slice(0, keptAnnotations)) {
      const first2 = firsts.get(type);
      const example = first2 ? `, the first: ${describe2(first2, report)}` : ", less severe than those that the report keeps";
      annotation(`${count(report.findingsByType[type] ?? 1, "finding")} of this type${example}`, {
        title: `Driftwatch: ${shown4(type, 60)}`
      });
    }
  };
  send("critical", error);
  if (report.verdict === "unknown") {
    warning(oneLine(report.shortReason ?? report.reason ?? statistics(report), 2e3), { title: `Driftwatch: ${headline(report)}` });
  }
  send("high", warning);
  const expired = (report.accepted ?? []).filter(({ state }) => state === "expired");
  const [first] = expired;
  if (!first) return;
  const others2 = expired.length > 1 ? `, and ${count(expired.length - 1, "other")}` : "";
  warning(`Accept the difference until a later day, or remove the rule: ${describeRule(first)}${others2}`, {
    title: `Driftwatch: ${count(expired.length, "acceptance rule has", "acceptance rules have")} expired`
  });
}

// action/src/publish/summary.ts
var maxBytes2 = 1e6;
var measuredRows = 200;
var shownPlaces = 50;
function renderSummary(report, context) {
  const some = Buffer.byteLength(findingsTable(report, measuredRows)) / measuredRows;
  let limit = Math.min(report.findings.length, Math.max(measuredRows, Math.floor(0.95 * maxBytes2 / some)));
  let summary2 = render(report, context, limit);
  while (limit > 0 && Buffer.byteLength(summary2) > maxBytes2) {
    limit = Math.floor(limit / 2);
    summary2 = render(report, context, limit);
  }
  return summary2;
}
function render(report, context, limit) {
  const listed2 = `${limit < report.findingsTotal ? `First ${number2(limit)} of ` : ""}${count(report.findingsTotal, "finding")}, one by one`;
  return paragraphs(
    `## Driftwatch: ${inertCode(report.pair, 80)}`,
    verdictLine(report),
    originList(report),
    finePrint(report),
    countsTable(report),
    section("Entities", entitiesTable(report)),
    section("Findings by type", typesTable(report)),
    section("Where they are", limit > 0 ? placesTable(report, Math.min(limit, shownPlaces)) : ""),
    limit > 0 ? details(listed2, findingsTable(report, limit)) : "",
    section("Accepted differences", acceptedTable(report)),
    section(attentionHeading(report), attention(report)),
    section("Not compared", notComparedTable(report)),
    section("What to do next", nextSteps(report, context)),
    section("Trend", trendSection(report.trend)),
    cutoverSection2(report),
    `<sub>${report.mode} comparison in ${(report.durationMs / 1e3).toFixed(1)} s, seed ${inertCode(report.seed, 120)}. ${readsSentence(report)}</sub>
`
  );
}
var section = (heading, body) => body === "" ? "" : `### ${heading}

${body}`;
async function writeSummary(summary2) {
  try {
    await summary.emptyBuffer().addRaw(summary2, true).write();
  } catch (error2) {
    const cause = error2 instanceof Error ? error2.message : String(error2);
    warning(`The job summary could not be written; nothing else is affected. ${inert(cause, 300)}`);
  }
}

// action/src/run.ts
var system = { now: () => /* @__PURE__ */ new Date() };
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
    now: system.now,
    runNumber: context.runNumber,
    watch: { onProgress: createProgress(words2), onPhase: info },
    measure
  };
  if (settings.merge !== void 0)
    return publish(await merge({ ...about, pattern: settings.merge, workspace: context.workspace }), settings, context, system, connection.record);
  const report = await check(about);
  return settings.part ? publishPart(report, settings, context) : publish(report, settings, context, system, connection.record);
}
async function publish(report, settings, context, time = system, store = { url: settings.supabaseUrl, key: settings.supabaseKey }) {
  logVerdict(report);
  annotate(report);
  await record2(report, settings, store, time.now);
  const failures = [];
  const issue = await attempt(failures, () => publishIssue(report, settings, context, time));
  const complete = { ...issue?.trend && { trend: issue.trend }, ...report };
  const paths = await attempt(
    failures,
    () => writeReports(complete, { workspace: context.workspace, directory: settings.reportDirectory }, renderHtml(complete, context))
  );
  await writeSummary(renderSummary(complete, context));
  const announce = issue ? issue.announce : announceWithoutIssue(report, settings);
  const sent = await publishDiscord(report, settings, context, announce, issue, time);
  const isBrought = await attempt(failures, () => finishIssue(issue, sent));
  const isTouched = !settings.dryRun && (isBrought || issue?.action === "opened");
  writeOutputs(outputsOf(report, paths, isTouched ? issue : void 0));
  await beat(report, settings);
  return [...verdictFailure(report, settings), ...failures];
}
async function publishPart(report, settings, context) {
  logVerdict(report);
  annotate(report);
  const failures = [];
  const paths = await attempt(
    failures,
    () => writeReports(report, { workspace: context.workspace, directory: settings.reportDirectory }, renderHtml(report, context))
  );
  await writeSummary(renderSummary(report, context));
  writeOutputs(outputsOf(report, paths, void 0));
  return [...report.verdict === "unknown" ? verdictFailure(report, settings) : [], ...failures];
}
function createProgress(words2) {
  const log = createProgressLog(words2);
  const start = performance.now();
  return (done, total2) => {
    const rate = done / Math.max(1e-3, (performance.now() - start) / 1e3);
    log({ done: Math.round(done), total: Math.round(total2), rate, left: (total2 - done) / rate });
  };
}
async function attempt(failures, part) {
  try {
    return await part();
  } catch (error2) {
    failures.push(sentenceOf(error2));
    return void 0;
  }
}
async function record2(report, settings, store, now) {
  if (!report.trend || store === void 0) return;
  if (settings.dryRun)
    return info(
      hasTurn(report) ? `Dry run: this run is not recorded in driftwatch_history, so the next one compares part ${partText(report.part)} as well.` : "Dry run: this run is not recorded in driftwatch_history."
    );
  const warning2 = await recordRun(store, report, now);
  if (warning2) warning(oneLine(warning2), { title: "Driftwatch: history" });
}
var hasTurn = (report) => report.coverage !== void 0 && report.part !== void 0 && !report.health.some(({ check: name }) => name === "rotation");
async function publishIssue(report, settings, context, { now, pace }) {
  const channel = await import("./issue.js");
  return channel.publishIssue({ report, settings, context, now: now(), ...pace && { pace } });
}
async function finishIssue(issue, sent) {
  if (!issue) return false;
  try {
    await issue.finish(sent);
    return true;
  } finally {
    for (const warning2 of issue.warnings) warning(oneLine(warning2));
    for (const note of issue.notes) info(oneLine(note));
    for (const entry of issue.wouldDo ?? []) {
      const [sentence = "", ...text] = entry.split("\n");
      startGroup(`Dry run: ${oneLine(sentence)}`);
      for (const line of logLines(text.join("\n"))) info(line);
      endGroup();
    }
  }
}
async function publishDiscord(report, settings, context, announce, issue, { now }) {
  if (!settings.discordWebhookUrl || !announce) return false;
  try {
    const channel = await import("./discord.js");
    const link = issue?.number !== void 0 && issue.url !== void 0 ? { number: issue.number, url: issue.url } : void 0;
    await channel.sendDiscord({ report, announce, settings, context, now: now(), ...link && { issue: link } });
    return true;
  } catch (error2) {
    warning(sentenceOf(error2), { title: "Driftwatch: Discord" });
    return false;
  }
}
async function beat(report, settings) {
  try {
    const note = await sendHeartbeat(report, settings);
    if (note !== void 0) info(note);
  } catch (error2) {
    warning(sentenceOf(error2), { title: "Driftwatch: heartbeat" });
  }
}
function outputsOf(report, paths, issue) {
  const { drift } = report;
  const touched = issue && ["opened", "updated", "reopened", "closed"].includes(issue.action) ? issue : void 0;
  return {
    verdict: report.verdict,
    severity: report.severity,
    "drift-rate": drift.rate,
    "drift-rate-upper-bound": drift.upperBound,
    compared: drift.compared,
    population: drift.population,
    findings: report.findingsTotal,
    "reads-legacy": report.reads.legacy,
    "reads-normalized": report.reads.normalized,
    "issue-number": touched?.number ?? "",
    "issue-url": touched?.url ?? "",
    report: paths?.json ?? "",
    "report-html": paths?.html ?? "",
    seed: report.seed,
    "cutover-ready": String(report.cutover?.ready ?? false),
    "cutover-reasons": (report.cutover?.reasons ?? []).join("\n")
  };
}
function verdictFailure(report, { failOn }) {
  if (failOn === "never") return [];
  if (report.verdict === "unknown") return [`${headline(report)}.`];
  if (!reaches(report.severity, failOn)) return [];
  const what = report.verdict === "drift" ? `${report.findingsTotal} ${report.findingsTotal === 1 ? "finding" : "findings"}` : `the ${report.words.health ?? "run"} has a problem of severity ${report.severity}`;
  return [`${headline(report)}: ${what}. The job summary shows more and says what to do.`];
}
export {
  publish,
  run
};
