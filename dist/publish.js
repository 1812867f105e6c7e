import {
  reportSchema
} from "./shared-evidence.js";
import "./shared-compiled.js";
import {
  announceWithoutIssue,
  reaches,
  trendBars,
  trendLine,
  trendSection
} from "./shared-trend.js";
import {
  aboutNotCompared,
  acceptedNotes,
  acceptedTable,
  acceptedTotal,
  attention,
  attentionHeading,
  besideCompared,
  countDiffers,
  countsTable,
  details,
  entitiesTable,
  entityDiffers,
  findingsTable,
  finePrint,
  headline,
  healthHeading,
  isDrawn,
  nextSteps,
  notComparedOf,
  notComparedTable,
  nothingDiffers,
  originList,
  paragraphs,
  partName,
  placesTable,
  readsSentence,
  roomFor,
  rotationSentence,
  ruleStates,
  rulesByState,
  settled,
  sideText,
  skippedDocuments,
  statistics,
  subjectOf,
  topTypes,
  typesTable,
  valueText,
  verdictLine
} from "./shared-markdown.js";
import {
  againAfter,
  allDocuments,
  ask,
  asked,
  boundBeside,
  capitalized,
  causeOfAnswer,
  causeOfError,
  commandTarget,
  count,
  coverageSentence,
  daysSinceMonday,
  isCalendarDate,
  isConclusive,
  isPassing,
  isPlainName,
  isPseudonym,
  longestRemark,
  number,
  pathOf,
  percent,
  quotesInert,
  ratePercent,
  recordRun,
  retried,
  sentenceFor,
  signed,
  verdicts,
  weekdays,
  worstEntity,
  writtenBeside,
  writtenFinding
} from "./shared-postgrest-js.js";
import {
  OutsideError,
  ToldError,
  causeOf,
  directoryInWorkspace,
  endGroup,
  error,
  inert,
  inertCode,
  info,
  logLines,
  oneLine,
  partText,
  sentenceOf,
  startGroup,
  warning,
  writeOutputs,
  writeSummary
} from "./shared-zod.js";
import {
  __export
} from "./shared-helpers.js";

// action/src/publish/files.ts
import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

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
      // The rate of the part that was read before the trouble would look like the rate of the whole.
      samples: report.verdict === "unknown" ? [] : [[{}, report.drift.rate]]
    },
    {
      name: "driftwatch_rows",
      help: "What each side holds",
      samples: report.counts.flatMap(({ level, legacy, normalized }) => [
        [{ level, side: "legacy" }, legacy],
        [{ level, side: "normalized" }, normalized]
      ])
    },
    {
      name: "driftwatch_expected_rows",
      help: "What the normalized side should hold according to the legacy side",
      samples: report.counts.map(({ level, expected }) => [{ level }, expected])
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
      samples: report.health.map(({ check, status }) => [{ check }, status === "ok" ? 1 : 0])
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
  const texts = { "report.json": jsonText(report), "report.html": [html], "metrics.txt": [renderMetrics(report)] };
  const drafts = [];
  try {
    const place = await directoryInWorkspace(workspace, directory);
    for (const [name, text] of Object.entries(texts)) {
      const path = join(place, name);
      const draft = `${path}.${randomUUID()}.tmp`;
      drafts.push({ draft, path });
      await writeFile(draft, text, { flag: "wx" });
    }
    for (const { draft, path } of drafts) await rename(draft, path);
    const shown3 = resolve(workspace, directory);
    return { json: join(shown3, "report.json"), html: join(shown3, "report.html") };
  } catch (error2) {
    await Promise.allSettled(drafts.map(({ draft }) => rm(draft, { force: true })));
    if (error2 instanceof OutsideError) throw new ReportFileError(`The report was not written: report-directory ${error2.message}.`, { cause: error2 });
    if (!(error2 instanceof Error && "code" in error2)) throw error2;
    throw new ReportFileError(
      `The report could not be written to ${inert(resolve(workspace, directory), 200)}: ${causeOf(error2)}. Check report-directory and who may write there.`,
      { cause: error2 }
    );
  }
}
var findingsAtOnce = 200;
var finding = reportSchema.shape.findings.def.element;
function checked(schema, value, at = []) {
  const { data, error: error2 } = schema.safeParse(value);
  if (!error2) return data;
  const where = [...at, ...error2.issues[0]?.path ?? []].map(String).join(".");
  throw new ReportFileError(
    `The report was not written: it breaks its own schema at ${inert(where, 100)}. This is a bug in Driftwatch; please open an issue that names its version.`,
    { cause: error2 }
  );
}
function* jsonText(report) {
  const { findings, words } = report;
  const beside = checked(reportSchema, { ...writtenBeside(report), findings: [] });
  const empty = '\n  "findings": []';
  const [head = "", tail = ""] = JSON.stringify(beside, null, 2).split(empty);
  if (findings.length === 0) {
    yield `${head}${empty}${tail}
`;
    return;
  }
  yield `${head}${empty.slice(0, -1)}`;
  for (let start = 0; start < findings.length; start += findingsAtOnce) {
    const some = findings.slice(start, start + findingsAtOnce).map((one, index) => checked(finding, writtenFinding(one, words), ["findings", start + index]));
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
  if (failure) throw new HeartbeatError(`The heartbeat request failed${isPassing(failure) ? ", even after trying again" : ""}. ${explain(failure, answerMs)}`);
  return void 0;
}
async function request(url, answerMs) {
  try {
    const answer = await ask(url, { signal: AbortSignal.timeout(answerMs), headers: { "user-agent": "driftwatch" } }, 0);
    return answer.status >= 200 && answer.status < 300 ? void 0 : causeOfAnswer(answer);
  } catch (error2) {
    return causeOfError(error2);
  }
}
function explain(cause, answerMs) {
  if (cause.kind === "limited") return `The service accepts no more requests for now (429)${asked(cause)}. The next run tries again.`;
  return sentenceFor(cause, service, answerMs) ?? `The service refused it (${cause.status}). The address is probably mistyped, or the check was deleted. Copy it again into the secret that heartbeat-url reads.`;
}

// action/src/publish/html/html.ts
import { createHash } from "node:crypto";

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
  const detail = details2.find((each) => fixed + shownBytes(all, each) <= bytes);
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
    groups: groups.map(({ place, findings, cells, key }) => [...place, describeRows(findings, detail.ids), cells, ...keyOf(key)])
  };
  return { data, json: jsonOf(data) };
}
var longestOf = (text, parts, detail) => parts.has(text) ? Math.max(detail.text, shortestKey) : detail.text;
var keyOf = (key) => key ? [key] : [];
function frameBytes({ texts, groups, parts: _parts, ...rest2 }) {
  let sum = Buffer.byteLength(jsonOf({ ...rest2, texts: [], groups: [] })) + '"",'.length * texts.length;
  for (const { place, cells, key } of groups) sum += jsonOf([...place, "", cells, ...keyOf(key)]).length + ",".length;
  return sum;
}
function shownBytes({ texts, parts, groups }, detail) {
  const bytesOf = (text) => Buffer.byteLength(jsonOf(text)) - '""'.length;
  let sum = 0;
  for (const [index, text] of texts.entries()) sum += bytesOf(shownText(text, longestOf(index, parts, detail)));
  for (const { findings } of groups) sum += bytesOf(describeRows(findings, detail.ids));
  return sum;
}
var nothing = "nothing";
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
  const side = (value) => value === null ? -1 : text(valueText(value));
  const kindOf2 = ({ type, severity, level, kind }) => {
    const id = JSON.stringify([type, severity, level, kind]);
    const known = kinds.get(id);
    if (known !== void 0) return known;
    kinds.set(id, all.kinds.length);
    return all.kinds.push([text(type), severity, text(level), marks[kind]]) - 1;
  };
  const cellsOf = (finding2) => {
    const { place } = finding2;
    const [head, tail] = place === null ? ["", null] : [
      place.slice(0, -1).map((segment) => `${segment}/`).join(""),
      place.at(-1) ?? ""
    ];
    return [kindOf2(finding2), head === "" ? -1 : text(head), side(tail), side(finding2.legacy), side(finding2.normalized)];
  };
  const part = (value) => {
    const index = text(value ?? nothing);
    all.parts.add(index);
    return index;
  };
  function byKey2(group) {
    const [[, whose] = [], [, when] = []] = Object.entries(group[0].key ?? {});
    return { place: [orNone(whose), orNone(when), orNone(explainable(group))], findings: group, cells: group.flatMap(cellsOf), key: void 0 };
  }
  function byWrite2(group) {
    const [{ key, level, writtenOn }] = group;
    const target = text(level);
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
  const idOf = ({ level, key }) => JSON.stringify([frame.isWritten ? level : "", key && Object.values(key)]);
  for (const [first, ...others] of Map.groupBy(findings, idOf).values()) {
    if (first) all.groups.push(frame.isWritten ? byWrite2([first, ...others]) : byKey2([first, ...others]));
  }
  for (const { row, from, kind, documents: documents2 } of picture?.cells ?? []) {
    all.cells.push(picture?.part === null ? text(row ?? nothing) : part(row), orNone(from), Object.keys(frame.marks).indexOf(marks[kind]), documents2);
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
function describeRows(group, most) {
  if (most === 0) return "";
  const ids = /* @__PURE__ */ new Map();
  for (const { rowIds } of group) {
    for (const table in rowIds) {
      if (rowIds[table]?.length === 0) continue;
      const known = ids.get(table) ?? [];
      ids.set(table, known);
      for (const row of rowIds[table] ?? []) if (known.length <= most && !known.includes(row)) known.push(row);
    }
  }
  const tables = [...ids].slice(0, 4).map(([table, rows]) => {
    const first = rows.slice(0, most).map((row) => shownText(row, 60));
    return `${shownText(table, 60)} ${first.join(", ")}${rows.length > most ? " \u2026" : ""}`;
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
  kindOf: () => kindOf,
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
function plural(count2, singular, many = `${singular}s`) {
  return `${count2.toLocaleString("en-US")} ${count2 === 1 ? singular : many}`;
}
function stepOf(date, days) {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? void 0 : Math.floor((time / 864e5 - 4) / days);
}
function stepDate(step, days, day2 = 0) {
  return new Date((step * days + 4 + day2) * 864e5).toISOString().slice(0, 10);
}
function symbolOf(mark) {
  return { missing: "\u2212", orphan: "+", differs: "\u2260", double: "2", unreadable: "!", unclear: "?", exposed: "\u21C4", other: "\u2022" }[mark];
}
function kindOf(data, [, , , , cells], finding2) {
  return data.kinds[cells[finding2 * 5] ?? 0] ?? [0, "medium", 0, "other"];
}
function itemsOf(data) {
  const { texts, cells: drawn, frame } = data;
  const marks2 = Object.keys(frame.marks);
  const items = [];
  for (let at = 0; at < drawn.length; at += 4) {
    const [row = -1, date = -1, place = 0, count2 = 0] = drawn.slice(at, at + 4);
    const mark = marks2[place] ?? "other";
    const whole = mark !== "differs" && mark !== "unreadable";
    items.push({ row, date, mark, whole, count: count2, says: frame.marks[mark][whole ? 0 : 1], isGone: false });
  }
  if (frame.isWritten) return items;
  for (const group of data.groups) {
    const [row, date, , , cells] = group;
    if (row < 0) continue;
    for (let finding2 = 0; finding2 < cells.length / 5; finding2 += 1) {
      const [type, , level, mark] = kindOf(data, group, finding2);
      const isGone = mark === "missing" && texts[level] === frame.row.many;
      items.push({ row, date, mark, whole: (cells[finding2 * 5 + 2] ?? -1) < 0, count: 1, says: texts[type] ?? "", isGone });
    }
  }
  return items;
}
function layOut(data, order, most) {
  const { texts, frame } = data;
  const items = itemsOf(data);
  const dates = /* @__PURE__ */ new Map();
  for (const { date } of items) {
    const step = stepOf(texts[date] ?? "", frame.days);
    if (step !== void 0) dates.set(step, texts[date] ?? "");
  }
  let steps = [...dates.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [steps[0], steps.at(-1)];
  if (last - first < most) steps = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const span = Math.max(1, Math.ceil(steps.length / most));
  const columnOf = /* @__PURE__ */ new Map();
  const columns = [];
  for (const [index, step] of steps.entries()) {
    const from = dates.get(step) ?? stepDate(step, frame.days);
    const to = frame.isWritten ? stepDate(step, frame.days, frame.days - 1) : from;
    const column = Math.floor(index / span);
    columnOf.set(step, column);
    const known = columns[column];
    if (known) known.to = to;
    else columns.push({ from, to, gap: index > 0 && step - (steps[index - 1] ?? 0) > 1 });
  }
  const rows = /* @__PURE__ */ new Map();
  for (const { row: name2, date, mark, whole, count: count2, says, isGone } of items) {
    let column = columnOf.get(stepOf(texts[date] ?? "", frame.days) ?? Number.NaN);
    if (column === void 0) {
      if (columns.at(-1)?.from !== null) columns.push({ from: null, to: null, gap: columns.length > 0 });
      column = columns.length - 1;
    }
    const row = rows.get(name2) ?? { name: name2, count: 0, cells: /* @__PURE__ */ new Map(), gone: -1 };
    rows.set(name2, row);
    const cell = row.cells.get(column) ?? { mark, whole, mixed: false, count: 0, says: {} };
    row.cells.set(column, cell);
    cell.mixed ||= cell.mark !== mark;
    cell.whole ||= whole && cell.mark === mark;
    cell.count += count2;
    row.count += count2;
    cell.says[says] = (cell.says[says] ?? 0) + count2;
    if (isGone) row.gone = column;
  }
  const name = (row) => texts[row.name] ?? "";
  const start = ({ cells }) => Math.min(...cells.keys());
  const byMost = (a, b) => (frame.isWritten ? 0 : b.cells.size - a.cells.size) || b.count - a.count;
  const compare = {
    findings: (a, b) => byMost(a, b) || start(a) - start(b) || a.name - b.name,
    first: (a, b) => start(a) - start(b) || b.cells.size - a.cells.size || a.name - b.name,
    name: (a, b) => name(a) < name(b) ? -1 : 1
  };
  return { columns, rows: [...rows.values()].sort(compare[order]) };
}
function columnName({ column }, { from, to }) {
  if (from === null) return column.none;
  return from === to ? `${column.one}${from}` : `${column.many}${from} to ${to}`;
}
function short(count2) {
  if (count2 < 1e3) return `${count2}`;
  const [unit, by] = count2 < 1e6 ? ["k", 1e3] : ["M", 1e6];
  return `${count2 < 10 * by ? Math.floor(count2 / (by / 10)) / 10 : Math.floor(count2 / by)}${unit}`;
}
function cellHtml(cell, where, gap, roomy) {
  const parts = Object.entries(cell.says).map(([says, count2]) => `${count2.toLocaleString("en-US")} \xD7 ${says}`);
  const shown3 = parts.slice(0, 4).join(", ") + (parts.length > 4 ? " and others" : "");
  const classes = [cell.mark, cell.whole ? "whole" : "", cell.mixed ? "mixed" : "", gap ? "gap" : ""].filter(Boolean).join(" ");
  return `<td class="${classes}" title="${escapeHtml(`${where}: ${shown3}`)}">${symbolOf(cell.mark)}${roomy && cell.count > 1 ? short(cell.count) : ""}</td>`;
}
function gridHtml(data, grid, most) {
  const { frame } = data;
  const { columns, rows } = grid;
  const roomy = isRoomy(grid);
  const shown3 = rows.slice(0, most);
  const heads = columns.map((column) => {
    const name = columnName(frame, column);
    return `<th scope="col"${column.gap ? ' class="gap"' : ""} title="${escapeHtml(name)}"><span>${escapeHtml(column.from ?? frame.column.none)}</span></th>`;
  });
  const heights = columns.map(
    (_, index) => rows.reduce((sum, { cells }) => sum + (frame.isWritten ? cells.get(index)?.count ?? 0 : cells.has(index) ? 1 : 0), 0)
  );
  const top = frame.isWritten ? Math.max(1, ...heights) : rows.length;
  const counted = frame.isWritten ? frame.document : frame.row;
  const bars = columns.map((column, index) => {
    const count2 = heights[index] ?? 0;
    const height2 = count2 === 0 ? 0 : Math.max(2, Math.round(count2 / top * 32));
    const what = `${columnName(frame, column)}: ${plural(count2, counted.one, counted.many)}`;
    return `<td${column.gap ? ' class="gap"' : ""} title="${escapeHtml(what)}"><svg viewBox="0 0 10 32" preserveAspectRatio="none" aria-hidden="true"><rect x="1" width="8" y="${32 - height2}" height="${height2}"/></svg><span class="hidden">${count2}</span></td>`;
  });
  const lines = shown3.map((row) => {
    const name = escapeHtml(data.texts[row.name] ?? "");
    const cells = columns.map((column, index) => {
      const cell = row.cells.get(index);
      if (cell) return cellHtml(cell, columnName(frame, column), column.gap, roomy);
      const classes = [row.gone >= 0 && index > row.gone ? "gone" : "", column.gap ? "gap" : ""].filter(Boolean).join(" ");
      return classes === "" ? "<td></td>" : `<td class="${classes}"></td>`;
    });
    return `<tr><th scope="row" title="${name}">${name}</th>${cells.join("")}<td class="n">${row.count.toLocaleString("en-US")}</td></tr>`;
  });
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const { one, many } = frame.row;
  return `<thead><tr><th scope="col">${escapeHtml(frame.row.head)}</th>${heads.join("")}<th scope="col" class="n">${escapeHtml(frame.counted)}</th></tr></thead><tbody><tr class="all"><th scope="row">${escapeHtml(rows.length === 1 ? `The only ${one}` : `All ${plural(rows.length, one, many)}`)}</th>${bars.join("")}<td class="n">${total.toLocaleString("en-US")}</td></tr>${lines.join("")}</tbody>`;
}
function isRoomy({ columns }) {
  return columns.length <= 26;
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
  const [type, severity, level, mark] = kindOf(data, group, finding2);
  const [head = -1, tail = -1, legacy = -1, normalized = -1] = group[4].slice(finding2 * 5 + 1, finding2 * 5 + 5);
  const text = (index) => escapeHtml(data.texts[index] ?? "");
  const side = (index) => index < 0 ? '<span class="muted">nothing</span>' : `<code>${text(index)}</code>`;
  return `<tr><td><span class="type ${severity}"><i class="${mark}">${symbolOf(mark)}</i><code>${text(type)}</code></span></td><td><code>${tail < 0 ? text(level) : text(head) + text(tail)}</code></td><td>${side(legacy)}</td><td>${side(normalized)}</td></tr>`;
}
function findingsHtml(data, shown3) {
  return shown3.map(([index, findings]) => {
    const group = data.groups[index];
    if (!group || findings.length === 0) return "";
    const [, date, , rows, cells] = group;
    const command = commandOf(data, group);
    const total = cells.length / 5;
    const count2 = findings.length === total ? plural(total, "finding") : `${findings.length} of ${plural(total, "finding")}`;
    const written = data.frame.isWritten && date >= 0 ? `last written ${escapeHtml(data.texts[date] ?? "")}` : "";
    const notes = [count2, written, escapeHtml(rows)].filter(Boolean).join(" \xB7 ");
    const explain2 = command === "" ? "" : `<span class="command"><code>${escapeHtml(command)}</code></span>`;
    return `<tbody><tr><th scope="rowgroup" colspan="4"><span class="place">${placeHtml(data, group)}</span>${explain2}<span class="ids">${notes}</span></th></tr>${findings.map((finding2) => findingHtml(data, group, finding2)).join("")}</tbody>`;
  }).join("");
}

// action/src/publish/html/parts.ts
var shownRows = 50;
var shown = (text, longest = 200) => escapeHtml(shownText(text, longest));
var code = (text, longest) => `<code>${shown(text, longest)}</code>`;
var documents = (total, { one, many }, which = "") => count(total, `${which}${one}`, `${which}${many}`);
var columnHead = (name, classes = "") => `<th scope="col"${classes && ` class="${classes}"`}>${name}</th>`;
var wideTable = (heading, columns, rows) => `<div class="scroll" role="group" aria-labelledby="${heading}" tabindex="0"><table>
<thead><tr>${columns.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
var moreThan = (rows, all) => all > rows ? `<p class="muted small">\u2026 and ${number(all - rows)} more.</p>` : "";

// action/src/publish/html/beside.ts
function notComparedSection(report) {
  const names = (all) => {
    if (all.length === 0) return '<span class="muted">\u2013</span>';
    const some = all.slice(0, shownRows).map((name) => code(name, 80)).join(", ");
    return all.length > shownRows ? `${some} and ${number(all.length - shownRows)} more` : some;
  };
  const entities = notComparedOf(report);
  if (entities.length === 0) return "";
  const rows = entities.slice(0, shownRows).map(({ entity, legacy, normalized }) => `<tr><th scope="row">${shown(entity, 80)}</th><td>${names(legacy)}</td><td>${names(normalized)}</td></tr>`);
  return `<section aria-labelledby="notcompared">
<h2 id="notcompared">Not compared</h2>
<p class="muted small">Seen on either side, but not declared. Add what should agree to <code>fields</code>, and the rest to <code>ignored</code>.</p>
${wideTable("notcompared", [columnHead("Entity"), columnHead("Legacy"), columnHead("Normalized")], rows)}${moreThan(rows.length, entities.length)}
</section>`;
}
function cutoverSection({ cutover }) {
  if (!cutover) return "";
  const reasons = cutover.reasons.slice(0, shownRows).map((reason) => `<li>${shown(reason, longestRemark)}</li>`);
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
    (rule) => `<tr><th scope="row">${shown(rule.what)}<span class="ids">${shown(rule.reason, 400)}</span></th><td>${shown(rule.by, 100)}</td><td class="date">${shown(rule.until, 40)}</td><td><span class="dot ${stateTones[rule.state]}">${ruleStates[rule.state]}</span></td><td class="n">${number(rule.findings)}</td><td class="n">${number(rule.weeks)}</td></tr>`
  );
  const columns = [
    columnHead("What, and why"),
    columnHead("By"),
    columnHead("Until"),
    columnHead("State"),
    columnHead("Findings", "n"),
    columnHead(capitalized(document2.many), "n")
  ];
  return `<section aria-labelledby="accepted">
<h2 id="accepted">Accepted differences</h2>
${wideTable("accepted", columns, rows)}${moreThan(rows.length, accepted.length)}
</section>`;
}
var healthTones = { ok: "good", warning: "high", failing: "critical" };
function healthSection(report) {
  const remarks = (report.remarks ?? []).slice(0, shownRows).map((sentence) => `<li>${shown(sentence, longestRemark)}</li>`);
  if (report.health.length === 0 && remarks.length === 0) return "";
  const rows = report.health.slice(0, shownRows).map(
    ({ check, status, detail }) => `<tr><th scope="row"><span class="dot ${healthTones[status]}">${shown(check)}</span></th><td>${status}</td><td>${shown(detail, longestRemark)}</td></tr>`
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
    ["Reads", `${number(report.reads.legacy)} from the legacy side, ${number(report.reads.normalized)} from the normalized side`],
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
  const rows = first.reduce((sum, [, findings]) => sum + findings.length, 0);
  const status = rows < packed ? `The first ${number(rows)} of ${count(report.findingsTotal, "finding")} are shown.` : `${count(rows, "finding")}.`;
  const notes = [
    packed < report.findingsTotal ? `This page holds the first ${number(packed)} of ${count(report.findingsTotal, "finding")}.` : "",
    shortened ? "To keep it small, row ids are left out and long texts are shortened." : "",
    packed < report.findings.length || shortened || report.findingsTruncated ? `<code>report.json</code> has ${report.findingsTruncated ? `the first ${number(report.findings.length)}` : "all of them"}${shortened ? " in full" : ""}.` : ""
  ].filter(Boolean);
  const severities = [...new Set(data.kinds.map(([, severity]) => severity))];
  return `<section class="findings" aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${frame.isWritten ? repairCommands(report) : '<p class="muted small">The commands run in a terminal. <code>npx driftwatch repair</code> shows how to repair the findings.</p>'}
${notes.length === 0 ? "" : `<p class="muted small">${notes.join(" ")}</p>`}
<form class="tools scripted" role="search" hidden>
<label>Type<select id="type"><option value="">All</option></select></label>
<label>Severity<select id="severity"><option value="">All</option>${severities.map((severity) => `<option>${severity}</option>`).join("")}</select></label>
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
function repairCommands(report) {
  const { pair, findings, counts } = report;
  const levels = new Set(findings.map(({ level }) => level));
  const order = counts.map(({ level }) => level);
  const entities = [...levels].filter((level) => isPlainName(level)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  const words = "The commands run in a terminal, at the root of the repository that declares this pair";
  if (!isPlainName(pair) || entities.length === 0) return `<p class="muted small">${words}.</p>`;
  const commands = entities.slice(0, shownRows).map((entity) => `<li><span class="command"><code>${escapeHtml(`npx driftwatch repair${commandTarget(report)} --entity ${entity}`)}</code></span></li>`);
  const list = `<ul class="commands small">${commands.join("")}</ul>`;
  return `<p class="muted small">${words}. To see what would repair the findings, run:</p>
${commands.length <= 3 ? list : `<details><summary>One command for each of ${count(commands.length, "entity", "entities")}</summary>${list}</details>`}`;
}

// action/src/publish/html/trend.ts
var height = 100;
var tones = {
  none: "good",
  low: "medium",
  medium: "medium",
  high: "high",
  critical: "critical"
};
var day = (iso) => escapeHtml(iso.slice(0, 16).replace("T", " "));
var said = (run) => run.verdict === "unknown" ? "unknown" : run.verdict === "in-sync" ? "in sync" : `drift, ${run.severity}, ${percent(run.rate)}`;
function trendSection2({ trend: runs = [] }, document2) {
  const [first, last] = [runs[0], runs.at(-1)];
  if (!first || !last || runs.length < 2) return "";
  const top = Math.max(...runs.map(({ rate }) => rate));
  const bars = runs.map((run, index) => {
    const high = run.verdict === "unknown" ? height : run.rate === 0 ? 4 : Math.max(6, run.rate / top * height);
    const tone = run.verdict === "unknown" ? "unknown" : tones[run.severity];
    const from = Math.round((height - high) * 10) / 10;
    return `<rect class="${tone}" x="${index * 10 + 1}" y="${from}" width="8" height="${Math.round(high * 10) / 10}"><title>${day(run.at)} UTC: ${said(run)}</title></rect>`;
  });
  const verdicts2 = Map.groupBy(runs, ({ verdict }) => verdict);
  const times = (verdict) => verdicts2.get(verdict)?.length ?? 0;
  const sums = [`${number(times("in-sync"))} in sync`, `${number(times("drift"))} with drift`, `${number(times("unknown"))} unknown`];
  const of = `${count(runs.length, "run")} on record`;
  const rows = runs.toReversed().map(
    (run) => `<tr><th scope="row" class="date">${day(run.at)}</th><td>${said(run)}</td><td class="n">${number(run.findings)}</td><td class="n">${number(run.differing)} of ${number(run.compared)}</td></tr>`
  );
  return `<section aria-labelledby="trend">
<h2 id="trend">Trend</h2>
<p>${of}: ${sums.join(", ")}.</p>
<div class="${runs.length < 12 ? "few" : "many"}">
<div class="axis"><span>${top === 0 ? "Drift rate: 0% in all of them" : `Drift rate, up to ${percent(top)}`}</span></div>
<svg class="trend" viewBox="0 0 ${runs.length * 10} ${height}" preserveAspectRatio="none" role="img" aria-label="${of}: ${sums.join(", ")}. The table below has the numbers.">${bars.join("")}</svg>
<div class="axis"><span>${day(first.at)}</span><span>${day(last.at)} UTC</span></div>
</div>
<ul class="legend small">${legend(runs)}</ul>
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
function legend(runs) {
  const kinds = [
    ["good", "in sync"],
    ["medium", "medium"],
    ["high", "high"],
    ["critical", "critical"],
    ["unknown", "unknown"]
  ];
  const used = new Set(runs.map((run) => run.verdict === "unknown" ? "unknown" : tones[run.severity]));
  return kinds.filter(([tone]) => used.has(tone)).map(([tone, name]) => `<li class="dot ${tone}">${name}</li>`).join("");
}

// action/src/publish/html/header.ts
function shortHeadline({ verdict, severity, mode }) {
  if (verdict === "unknown") return "Unknown";
  if (verdict === "drift") return `Drift${mode === "recent" ? " in recent writes" : ""}, ${severity}`;
  return mode === "recent" ? "Recent writes in sync" : "In sync";
}
var quotesAsHtml = (sentence) => shown(sentence, 1e3).replaceAll(/“([^“”]*)”/g, "<code>$1</code>");
var moment = (iso) => `<time datetime="${shown(iso, 40)}">${shown(iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC"), 40)}</time>`;
var emblems = {
  "in-sync": '<path d="M14 25l7 7 14-15" fill="none" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>',
  drift: '<path d="M24 13v15M24 34.5v.5" fill="none" stroke-width="5" stroke-linecap="round"/>',
  unknown: '<path d="M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 35v.5" fill="none" stroke-width="4.5" stroke-linecap="round"/>'
};
function headerSection(report, document2) {
  const { verdict, drift, findingsTotal, skipped } = report;
  const tone = verdict === "unknown" ? "unknown" : tones[report.severity];
  const sentence = verdict === "unknown" ? shown(report.shortReason ?? report.reason ?? "The comparison could not be finished.", 2e3) : verdict === "in-sync" ? allClear(report, document2) : drift.differing === 0 ? `${capitalized(besideCompared(report))}: ${topTypes(report, (type) => code(type, 60))}.` : `${count(findingsTotal, "finding")} in ${number(drift.differing)} of ${documents(drift.compared, document2, "compared ")}: ${topTypes(report, (type) => code(type, 60))}.`;
  const seen = drift.compared > 0 || findingsTotal > 0;
  const skippedTotal = skipped.reduce((sum, { count: weeks }) => sum + weeks, 0);
  const worst = worstEntity(report);
  const figures = [
    [`${capitalized(document2.many)} that differ`, number(drift.differing)],
    [`${capitalized(document2.many)} compared`, `${number(drift.compared)} <small>of ${number(drift.population)}</small>`],
    ["Findings", number(findingsTotal)],
    ["Drift rate", `${ratePercent(report)}${worst === void 0 ? "" : ` <small>in ${shown(worst, 63)}</small>`}`],
    report.entities ? [
      "Entities that differ",
      `${number(report.entities.filter(({ differing }) => differing > 0).length)} <small>of ${number(report.entities.length)}</small>`
    ] : ["Skipped as expected", number(skippedTotal)]
  ];
  const origin = (report.origin ?? []).slice(0, 10).map((line) => `<li>${quotesAsHtml(line)}</li>`);
  return `<header>
<p class="eyebrow"><span><b>Driftwatch</b> \xB7 ${shown(report.pair)}</span> ${moment(report.finishedAt)}</p>
<div class="verdict ${tone}">
<svg viewBox="0 0 48 48" aria-hidden="true" stroke="currentColor"><circle cx="24" cy="24" r="21.5" fill="none" stroke-width="3"/>${emblems[verdict]}</svg>
<h1>${verdict === "unknown" ? "Unknown" : escapeHtml(headline(report))}</h1>
<p class="said">${sentence}${report.coverage ? ` ${rotationSentence(report)}` : ""}</p>
${verdict === "unknown" ? "<p>In a terminal, this looks for the cause: <code>npx driftwatch doctor" + escapeHtml(commandTarget(report)) + "</code></p>" : ""}
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
  if (mode !== "recent" && drift.population === 0) return `There are no ${document2.many} to compare.`;
  const were = drift.compared === 1 ? "was" : "were";
  const compared = mode === "recent" ? drift.compared === 0 ? `No ${document2.one} was written within the span` : `${documents(drift.compared, document2)} written within the span ${were} compared` : drift.compared < drift.population ? `${documents(drift.compared, document2)} ${mode === "full" && report.coverage ? `of ${partName(report)}` : "drawn at random"} ${were} compared` : `${capitalized(allDocuments(report.words, drift.population))} ${were} compared`;
  return `${compared}, and ${nothingDiffers(report)}.`;
}
function shareBar(report, document2) {
  const { differing, compared, population } = report.drift;
  const parts = [
    { name: "off", weeks: differing, says: differing === 1 ? "differs" : "differ" },
    { name: "same", weeks: Math.max(0, compared - differing), says: acceptedTotal(report) > 0 ? "the same, or accepted" : "the same" },
    { name: "unseen", weeks: Math.max(0, population - compared), says: "not compared" }
  ].filter(({ weeks }) => weeks > 0);
  const total = parts.reduce((sum, { weeks }) => sum + weeks, 0);
  if (compared === 0 || total === 0) return "";
  let at = 0;
  const bars = parts.map(({ name, weeks }) => {
    const from = at;
    at += weeks / total * 1e3;
    return `<rect class="${name}" x="${from.toFixed(1)}" width="${Math.max(4, at - from).toFixed(1)}" height="10"/>`;
  });
  const names = parts.map(
    ({ name, weeks, says }) => `<li><svg class="swatch ${name}" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1"/></svg>${documents(weeks, document2)} ${says}</li>`
  );
  return `<div><svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars.join("")}</svg>
<ul class="legend">${names.join("")}</ul></div>`;
}

// action/src/publish/html/picture.ts
var drawnCells = 1500;
var worthDrawing = ({ rows, columns }, { isWritten }) => rows.length > 0 && (!isWritten || rows.length > 1 || columns.some(({ from }) => from !== null));
function pictureSection(report, data, grid, { picture, frame }, narrow) {
  const rows = Math.min(25, Math.max(5, Math.floor(drawnCells / grid.columns.length)));
  const cells = grid.rows.flatMap((row) => [...row.cells.values()]);
  const item = (classes, symbol, says) => `<li><i class="${classes}" aria-hidden="true">${symbol}</i>${says}</li>`;
  const key = Object.keys(frame.marks).flatMap((mark) => {
    const own = cells.filter((cell) => cell.mark === mark);
    return [
      own.some(({ whole }) => whole) ? item(mark, symbolOf(mark), frame.marks[mark][0]) : "",
      own.some(({ whole }) => !whole) ? item(`tint ${mark}`, symbolOf(mark), frame.marks[mark][1]) : ""
    ];
  });
  const mixed = cells.some((cell) => cell.mixed) ? item("mixed", "", "plus something else") : "";
  const gone = grid.rows.some((row) => row.gone >= 0) ? item("gone", "", picture.gone) : "";
  const left = grid.rows.length - rows;
  const { one, many } = frame.row;
  const others = `other ${one}`;
  const beside = report.picture?.beside ?? 0;
  const notes = [
    frame.isWritten && isRoomy(grid) ? "Each number counts the rows that differ." : "",
    blankCell(report, frame),
    grid.columns.some(({ from, to }) => from !== to) && (!frame.isWritten || frame.days === 1) ? `Each column covers several ${frame.isWritten ? "days" : frame.document.many}.` : "",
    report.findingsTruncated && !frame.isWritten ? `It shows the first ${number(report.findings.length)} of ${count(report.findingsTotal, "finding")}.` : "",
    beside > 0 ? `${documents(beside, frame.document, "more ")} that ${beside === 1 ? "differs is" : "differ are"} not drawn.` : ""
  ].filter(Boolean);
  const orders = [
    ["findings", picture.orders[0]],
    ["first", picture.orders[1]],
    ["name", "By name"]
  ].map(([value, name]) => `<option value="${value}">${name}</option>`);
  const click = frame.isWritten ? `Click a cell, a row or a day to see its findings.` : `Click a cell, a ${one} or a ${frame.document.one} to see its findings.`;
  return `<section${narrow ? ' class="half"' : ""} aria-labelledby="picture">
<h2 id="picture">Where it differs</h2>
<p class="muted small">${escapeHtml(picture.axes)} ${notes.join(" ")}<span class="scripted" hidden> ${click}</span></p>
<ul class="key">${key.join("")}${gone}${mixed}</ul>
<div class="tools scripted" hidden><label class="narrow">Order${frame.isWritten ? "" : ` of ${many}`}<select id="order">${orders.join("")}</select></label></div>
<div class="scroll picture" role="group" aria-labelledby="picture" tabindex="0"><table class="grid" id="grid" aria-labelledby="picture">${gridHtml(data, grid, rows)}</table></div>
<p class="told muted scripted" id="where" hidden></p>
${left > 0 ? `<p class="muted" id="rest">\u2026 and ${escapeHtml(count(left, others, `other ${many}`))}.</p>` : '<p id="rest" hidden></p>'}
<button type="button" id="children" class="scripted" hidden>More ${escapeHtml(many)}</button>
</section>`;
}
function blankCell(report, { document: document2 }) {
  return isDrawn(report) ? `Empty cells have no findings, or their ${document2.many} were not drawn.` : "Empty cells have no findings.";
}

// action/src/publish/html/script.ts
function enhance(columns) {
  const find = (selector, type2) => {
    const element = document.querySelector(selector);
    if (element instanceof type2) return element;
    throw new Error(`${selector} is not on this page.`);
  };
  const data = JSON.parse(find("#data", HTMLScriptElement).text);
  const list = find("#list", HTMLTableElement);
  const status = find("#status", HTMLElement);
  const more = find("#more", HTMLButtonElement);
  const type = find("#type", HTMLSelectElement);
  const severity = find("#severity", HTMLSelectElement);
  const child = find("#child", HTMLSelectElement);
  const week = find("#week", HTMLSelectElement);
  const search = find("#search", HTMLInputElement);
  const step = 200;
  let most = step;
  let between;
  const lower = data.texts.map((text) => text.toLowerCase());
  const total = data.groups.reduce((sum, group) => sum + group[4].length / 5, 0);
  function matches() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return data.groups.flatMap((group, index) => {
      const [who, when, , rows2, cells, key = []] = group;
      if (child.value !== "" && Number(child.value) !== who) return [];
      if (week.value !== "" && Number(week.value) !== when) return [];
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
        if (words.every(says)) hits.push(finding2);
      }
      return hits.length === 0 ? [] : [[index, hits]];
    });
  }
  function cut(shown3) {
    let left = most;
    return shown3.flatMap(([group, findings]) => {
      const some = findings.slice(0, Math.max(0, left));
      left -= some.length;
      return some.length === 0 ? [] : [[group, some]];
    });
  }
  function show() {
    const shown3 = matches();
    const matching = shown3.reduce((sum, [, findings]) => sum + findings.length, 0);
    while (list.tBodies[0]) list.tBodies[0].remove();
    list.insertAdjacentHTML("beforeend", findingsHtml(data, cut(shown3)));
    addCopies();
    const part = Math.min(most, matching);
    const span = between && columnName(data.frame, { from: between[0], to: between[1], gap: false });
    const picked = span === void 0 ? "" : data.frame.isWritten ? ` last written ${span}` : ` in the ${span}`;
    status.textContent = matching === 0 ? `No finding${picked} matches.` : `${matching === total ? plural(matching, "finding") : `${matching.toLocaleString("en-US")} of ${plural(total, "finding")}`}${picked}${part < matching ? `, the first ${part.toLocaleString("en-US")} shown` : ""}.`;
    more.hidden = part >= matching;
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
    most = step;
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
    week,
    data.groups.map(([, when]) => when)
  );
  for (const select of [type, severity, child]) select.addEventListener("change", anew);
  week.addEventListener("change", () => {
    between = void 0;
    anew();
  });
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(anew, 120);
  });
  more.addEventListener("click", () => {
    most += step;
    show();
  });
  find("#clear", HTMLButtonElement).addEventListener("click", () => {
    for (const field of [type, severity, child, week, search]) field.value = "";
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
  let layout = layOut(data, "findings", columns);
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
    layout = layOut(data, order.value, columns);
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
    week.value = "";
    between = void 0;
    if (column?.from && column.to) {
      const { from, to } = column;
      const index = [...week.options].find(({ text }) => text === from)?.value;
      if (from === to && index !== void 0) week.value = index;
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
var pageScript = (columns) => `'use strict';
${[...Object.values(view_exports), enhance].map(String).join("\n")}
${enhance.name}(${columns});
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
.three th code { display: inline-block; width: max-content; max-width: 13rem; overflow: hidden; overflow-wrap: anywhere; white-space: normal; vertical-align: bottom; font-size: .8125rem; line-height: 1.5rem; }
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
.legend .unknown::before { opacity: .35; }
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
function countsSection(report, { level: head, expected }, narrow) {
  if (report.counts.length === 0) return "";
  const entities = new Map(report.entities?.map((entity) => [entity.name, entity]));
  const rows = report.counts.slice(0, shownRows).map(
    (level) => `<tr${level.difference === 0 ? "" : ' class="off"'}><th scope="row">${shown(level.level)}</th><td class="n">${number(level.legacy)}</td><td class="n">${number(level.expected)}</td><td class="n">${number(level.normalized)}</td><td class="n by">${signed(level.difference)}</td>${report.entities ? differOf(entities.get(level.level)) : ""}<td class="wide">${levelBar(level)}</td></tr>`
  );
  const columns = [
    columnHead(head),
    columnHead("Legacy", "n"),
    columnHead("Expected", "n"),
    columnHead("Normalized", "n"),
    columnHead("Off by", "n"),
    ...report.entities ? [columnHead("Differ", "n")] : [],
    columnHead(asBar, "wide")
  ];
  return `<section${narrow ? ' class="half"' : ""} aria-labelledby="counts">
<h2 id="counts">Counts</h2>
${wideTable("counts", columns, rows)}
<p class="muted small">${expected}<span class="wide"> In the bars, green is there, red is missing and blue is extra.</span></p>
</section>`;
}
var differOf = (entity) => `<td class="n">${entity ? `${number(entity.differing)} <small class="muted">of ${number(entity.compared)}</small>` : "\u2013"}</td>`;
function levelBar({ expected, normalized }) {
  const top = Math.max(expected, normalized, 1);
  const [both, more] = [Math.min(expected, normalized) / top * 100, Math.abs(expected - normalized) / top * 100];
  const rest2 = more === 0 ? 0 : Math.max(1, more);
  const same = Math.min(both, 100 - rest2);
  return `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="full" width="${same.toFixed(2)}" height="10"/><rect class="${normalized < expected ? "lack" : "part"}" x="${same.toFixed(2)}" width="${rest2.toFixed(2)}" height="10"/></svg>`;
}
function patternsSection(report, data) {
  const types = Object.entries(report.findingsByType).map(([type, findings]) => {
    const severity = report.severityByType[type];
    return { name: code(type, 60), findings, tone: severity ?? "unknown", ...severity && { note: severity } };
  });
  const days = /* @__PURE__ */ new Map();
  const heads = /* @__PURE__ */ new Map();
  const levels = /* @__PURE__ */ new Map();
  const columns = /* @__PURE__ */ new Map();
  for (const [, , , , cells] of data.groups) {
    for (let at = 0; at < cells.length; at += 5) {
      const [level, head, tail] = [data.kinds[cells[at] ?? -1]?.[2] ?? -1, cells[at + 1] ?? -1, cells[at + 2] ?? -1];
      addOne(levels, level);
      if (tail >= 0) addOne(columns, `${data.texts[level] ?? ""}.${data.texts[tail] ?? ""}`);
      const day2 = dayName(data.texts[tail] ?? "");
      if (day2 === void 0) continue;
      addOne(days, day2);
      if (head >= 0) addOne(heads, head);
    }
  }
  const tallied = (name, findings) => ({ name: `<code>${escapeHtml(name)}</code>`, findings });
  const byWeekday = weekdays.map((name) => ({ name, findings: days.get(name) ?? 0 }));
  const byHead = [...heads].map(([head, findings]) => tallied((data.texts[head] ?? "").replace(/\/$/, ""), findings));
  const byLevel = [...levels].map(([level, findings]) => tallied(data.texts[level] ?? "", findings));
  const byColumn = [...columns].map(([column, findings]) => tallied(column, findings));
  const { isWritten } = data.frame;
  const tables = [
    tallyTable("Findings by type", byFindings(types)),
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
var addOne = (counts, what) => void counts.set(what, (counts.get(what) ?? 0) + 1);
var byFindings = (tallies) => tallies.toSorted((a, b) => b.findings - a.findings);
var dayName = (text) => isCalendarDate(text) ? weekdays[daysSinceMonday(text)] : void 0;
function tallyTable(title, tallies, all = tallies.length, counted = "Findings") {
  const top = Math.max(1, ...tallies.map(({ findings }) => findings));
  const rows = tallies.slice(0, shownRows).map(
    ({ name, findings, tone, note }) => `<tr><th scope="row">${tone ? `<span class="dot ${tone}">${name}</span>` : name}${note ? ` <span class="muted small">${note}</span>` : ""}</th><td class="n">${number(findings)}</td><td class="wide"><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="count ${tone ?? ""}" width="${(findings / top * 100).toFixed(2)}" height="10"/></svg></td></tr>`
  );
  return `<div><table>
<thead><tr>${columnHead(title)}${columnHead(counted, "n")}${columnHead(asBar)}</tr></thead>
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

// action/src/publish/html/words.ts
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
function byWrite(report, { part, days }) {
  const {
    words: { document: document2 },
    pseudonymKeyId
  } = report;
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
      target: commandTarget(report),
      isLasting: pseudonymKeyId !== void 0
    }
  };
}
var wordsOf = (report) => {
  const { words, picture = { part: null, days: 1 } } = report;
  return words.group ? byKey(words, words.group) : byWrite(report, picture);
};

// action/src/publish/html/html.ts
var mostColumns = 53;
var fewColumns = 8;
var usualBytes = 9e4;
var pageBytes = 99e4;
var script = pageScript(mostColumns);
var hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
var policy = ["default-src 'none'", `style-src ${hash(style)}`, `script-src ${hash(script)}`, "base-uri 'none'", "form-action 'none'"].join("; ");
function renderHtml(report, context) {
  const words = wordsOf(report);
  const { document: document2 } = words;
  const others = [
    notComparedSection(report),
    trendSection2(report, document2),
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
${[findings, ...others].filter(Boolean).join("\n")}
</main>
${json === "" ? "" : `<script type="application/json" id="data">${json}</script>
<script>${script}</script>`}
</body>
</html>
`;
  const around = Buffer.byteLength(page("", ""));
  if (report.findings.length === 0) return page(countsSection(report, words, false), "");
  const room = pageBytes - around - Buffer.byteLength(script);
  const build = (reserved) => {
    const pack2 = packFindings(report.findings, room - reserved, words.frame, report.picture);
    const grid = layOut(pack2.data, "findings", mostColumns);
    const isDrawn2 = worthDrawing(grid, words.frame);
    const narrow = isDrawn2 && grid.columns.length <= fewColumns && report.counts.length > 0;
    const sections = [
      isDrawn2 ? pictureSection(report, pack2.data, grid, words, narrow) : "",
      countsSection(report, words, narrow),
      patternsSection(report, pack2.data),
      findingsSection(report, pack2, words)
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
  return ["", "Cut-over: not ready", ...cutover.reasons.map((reason) => `- ${oneLine(reason, longestRemark)}`)];
}
function cutoverSection2(report) {
  const { cutover } = report;
  if (!cutover) return "";
  if (cutover.ready) return paragraphs("### Cut-over", `\u{1F7E2} **Ready:** ${ready(report)}`);
  const missing = cutover.reasons.map((reason) => `- ${reason}`).join("\n");
  return details(`Cut-over: not ready, ${count(cutover.reasons.length, "condition is", "conditions are")} not met`, missing);
}

// action/src/publish/log.ts
var shown2 = (text, longest = 80) => inert(text, longest) || '""';
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join("  "));
}
var shownRows2 = 30;
var shownRules = 10;
var shownFindings = 20;
var rest = (shownOnes, all) => shownOnes.length < all.length ? [`\u2026 and ${number(all.length - shownOnes.length)} more`] : [];
function countLines({ counts }) {
  if (counts.length === 0) return [];
  const rows = roomFor(shownRows2, counts, countDiffers).map((level) => [
    shown2(level.level, 40),
    number(level.legacy),
    number(level.expected),
    number(level.normalized),
    signed(level.difference)
  ]);
  return ["", ...aligned([["Counts", "legacy", "expected", "normalized", "difference"], ...rows]), ...rest(rows, counts)];
}
function entityLines({ entities = [] }) {
  if (entities.length === 0) return [];
  const rows = roomFor(shownRows2, entities, entityDiffers).map(({ name, compared, population, differing, rate, upperBound }) => [
    shown2(name, 63),
    number(compared),
    number(population),
    number(differing),
    percent(rate),
    boundBeside({ rate, upperBound })
  ]);
  return ["", ...aligned([["Entities", "compared", "of", "differing", "drift rate", "at most"], ...rows]), ...rest(rows, entities)];
}
function notComparedLines(report) {
  const entities = notComparedOf(report).slice(0, shownRows2);
  const side = (name, names) => names.length === 0 ? [] : [
    `${name} ${names.slice(0, shownRows2).map((field) => shown2(field)).join(", ")}${names.length > shownRows2 ? ` and ${number(names.length - shownRows2)} more` : ""}`
  ];
  const lines = entities.map(
    ({ entity, legacy, normalized }) => `${shown2(entity, 63)}: ${[...side("legacy", legacy), ...side("normalized", normalized)].join("; ")}`
  );
  return lines.length === 0 ? [] : ["", `Not compared. ${aboutNotCompared.replaceAll("`", "")}`, ...lines];
}
function typeLines({ findingsByType, findingsTotal }) {
  if (findingsTotal === 0) return [];
  const types = Object.entries(findingsByType);
  const rows = types.slice(0, shownRows2).map(([type, findings]) => [shown2(type, 60), number(findings)]);
  const more = types.length > shownRows2 ? [`\u2026 and ${count(types.length - shownRows2, "more type")}`] : [];
  return ["", ...aligned([["Findings", number(findingsTotal)], ...rows]), ...more];
}
var describeRule = ({ what, reason, by, until }) => `${shown2(what, 160)}, until ${shown2(until, 20)}, by ${shown2(by, 60)}: ${shown2(reason, 160)}`;
function acceptedLines(report) {
  const rules = rulesByState(report);
  if (rules.length === 0) return [];
  const lines = rules.slice(0, shownRules).map((rule) => `${number(rule.findings)} (${ruleStates[rule.state]}) ${describeRule(rule)}`);
  const more = rules.length > lines.length ? [`\u2026 and ${count(rules.length - lines.length, "more rule")}`] : [];
  return ["", "Accepted differences", ...lines, ...more];
}
function healthLines(report) {
  const unwell = report.health.filter(({ status }) => status !== "ok").slice(0, shownRows2);
  const lines = [
    ...unwell.map(({ check, severity, detail }) => `${shown2(check)}, ${severity}: ${shown2(detail, longestRemark)}`),
    ...(report.remarks ?? []).slice(0, shownRows2).map((sentence) => shown2(sentence, longestRemark))
  ];
  return lines.length === 0 ? [] : ["", healthHeading(report), ...lines];
}
var trendLines = ({ trend }) => trendLine(trend) === "" ? [] : ["", `${trendLine(trend)}  ${trendBars(trend)}`];
function describe(finding2, report) {
  const { key: parts, document: document2 } = report.words;
  const { level, legacy, normalized } = finding2;
  const subject = subjectOf(finding2, report).map((text, index) => text !== null && parts?.[index] === document2.one ? `${document2.one} ${text}` : text);
  const place = [...subject, pathOf(finding2)].filter((part) => part !== null);
  const where = (place.length > 0 ? place : [level]).map((part) => shown2(part, 120)).join(", ");
  return `${where}: legacy ${shown2(sideText(legacy))}, normalized ${shown2(sideText(normalized))}`;
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
    `Pair ${shown2(report.pair)}, ${report.mode} comparison in ${(report.durationMs / 1e3).toFixed(1)} s, seed ${shown2(report.seed)}`,
    readsSentence(report)
  ];
  for (const line of lines) info(line);
  if (report.findings.length === 0) return;
  const first = report.findings.slice(0, shownFindings);
  startGroup(`${first.length < report.findingsTotal ? `First ${number(first.length)} of ` : ""}${count(report.findingsTotal, "finding")}`);
  for (const finding2 of first) info(`${shown2(finding2.type, 60)} ${describe(finding2, report)}`);
  endGroup();
}
var keptAnnotations = 7;
function annotate(report) {
  const firsts = /* @__PURE__ */ new Map();
  for (const finding2 of report.findings) if (!firsts.has(finding2.type)) firsts.set(finding2.type, finding2);
  const send = (severity, annotation) => {
    const ofSeverity = Object.keys(report.severityByType).filter((type) => report.severityByType[type] === severity);
    if (ofSeverity.length === 0 && report.severity === severity && report.verdict !== "unknown") {
      const unwell = report.health.filter((check) => check.severity === severity).map(({ check, detail }) => `${shown2(check)}: ${shown2(detail, longestRemark)}`);
      annotation([...report.verdict === "drift" ? [statistics(report)] : [], ...unwell].join(" "), { title: `Driftwatch: ${headline(report)}` });
    }
    for (const type of ofSeverity.slice(0, keptAnnotations)) {
      const first2 = firsts.get(type);
      const findings = report.findingsByType[type] ?? 1;
      const example = first2 ? `${findings === 1 ? "" : ", the first"}: ${describe(first2, report)}` : ", less severe than those that the report keeps";
      annotation(`${count(findings, "finding")} of this type${example}`, {
        title: `Driftwatch: ${shown2(type, 60)}`
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
  const others = expired.length > 1 ? `, and ${count(expired.length - 1, "other")}` : "";
  warning(`Accept the difference until a later day, or remove the rule: ${describeRule(first)}${others}`, {
    title: `Driftwatch: ${count(expired.length, "acceptance rule has", "acceptance rules have")} expired`
  });
}

// action/src/publish/summary.ts
var maxBytes = 1e6;
var measuredRows = 200;
var shownPlaces = 50;
function renderSummary(report, context) {
  const some = Buffer.byteLength(findingsTable(report, measuredRows)) / measuredRows;
  let limit = Math.min(report.findings.length, Math.max(measuredRows, Math.floor(0.95 * maxBytes / some)));
  let summary = render(report, context, limit);
  while (limit > 0 && Buffer.byteLength(summary) > maxBytes) {
    limit = Math.floor(limit / 2);
    summary = render(report, context, limit);
  }
  return summary;
}
function render(report, context, limit) {
  const listed = `${limit < report.findingsTotal ? `First ${number(limit)} of ` : ""}${count(report.findingsTotal, "finding")}, one by one`;
  return paragraphs(
    `## Driftwatch: ${inertCode(report.pair, 80)}`,
    verdictLine(report),
    originList(report),
    finePrint(report),
    countsTable(report),
    section("Entities", entitiesTable(report)),
    section("Findings by type", typesTable(report)),
    section("Where they are", limit > 0 ? placesTable(report, Math.min(limit, shownPlaces)) : ""),
    limit > 0 ? details(listed, findingsTable(report, limit)) : "",
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

// action/src/publish.ts
var system = { now: () => /* @__PURE__ */ new Date() };
async function publish(report, settings, context, time = system, store = { url: settings.supabaseUrl, key: settings.supabaseKey }) {
  logVerdict(report);
  annotate(report);
  await record(report, settings, store, time.now);
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
async function attempt(failures, part) {
  try {
    return await part();
  } catch (error2) {
    failures.push(sentenceOf(error2));
    return void 0;
  }
}
async function record(report, settings, store, now) {
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
  const what = report.verdict === "drift" ? count(report.findingsTotal, "finding") : `the ${report.words.health ?? "run"} has a problem of severity ${report.severity}`;
  return [`${headline(report)}: ${what}. The job summary shows more and says what to do.`];
}
export {
  publish,
  publishPart,
  system
};
