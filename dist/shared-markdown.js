import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  _enum,
  _null,
  array,
  boolean,
  inert,
  inertCode,
  iso_exports,
  literal,
  number,
  object,
  record,
  string,
  union
} from "./shared-zod.js";

// action/src/publish/words.ts
var integers = new Intl.NumberFormat("en-US");
var percentages = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 3 });
var upperBounds = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 3, roundingMode: "ceil" });
var number2 = (value2) => integers.format(value2);
function percent(fraction) {
  const shown = percentages.format(fraction);
  return fraction < 1 && shown === "100%" ? ">99.9%" : shown;
}
var percentAtMost = (fraction) => upperBounds.format(fraction);
var count = (value2, singular, plural = `${singular}s`) => `${number2(value2)} ${value2 === 1 ? singular : plural}`;
var signed = (value2) => value2 === 0 ? "0" : value2 > 0 ? `+${number2(value2)}` : `\u2212${number2(-value2)}`;
var sideText = (value2) => value2 === null ? "nothing" : String(value2);
function coverage({ drift, mode }) {
  const how = mode === "sample" ? "sampled" : "compared";
  return `${number2(drift.compared)} of ${count(drift.population, "week")} ${how}`;
}
var acceptedTotal = ({ accepted = [] }) => accepted.filter(({ state }) => state === "active").reduce((sum, { findings }) => sum + findings, 0);
function headline(report) {
  if (report.verdict === "unknown") return "Unknown: the comparison could not be finished";
  if (report.verdict === "drift") return `Drift, ${report.severity}`;
  const accepted = acceptedTotal(report);
  return accepted === 0 ? "In sync" : `In sync, except for ${count(accepted, "accepted difference")}`;
}
var nothingDiffers = (report) => acceptedTotal(report) === 0 ? "nothing differs" : "nothing else differs";
var ruleStates = {
  active: "accepted",
  expired: "expired: counts again",
  unmatched: "matches nothing any more"
};
var rulesByState = ({ accepted = [] }) => ["expired", "unmatched", "active"].flatMap((state) => accepted.filter((rule) => rule.state === state));
function acceptedNotes(report) {
  const total = acceptedTotal(report);
  const expired = (report.accepted ?? []).filter(({ state }) => state === "expired");
  const again2 = expired.reduce((sum, { findings }) => sum + findings, 0);
  const idle = (report.accepted ?? []).filter(({ state }) => state === "unmatched").length;
  return [
    ...total === 0 ? [] : [`${count(total, "difference is", "differences are")} accepted, and ${total === 1 ? "does" : "do"} not count.`],
    ...expired.length === 0 ? [] : [`${count(expired.length, "rule of accepted differences has", "rules of accepted differences have")} expired: ${again2 === 0 ? "nothing that was covered is left" : `${count(again2, "difference that was covered counts", "differences that were covered count")} again`}.`],
    ...idle === 0 ? [] : [`${count(idle, "rule of accepted differences matches", "rules of accepted differences match")} nothing any more, and can be removed.`]
  ];
}
function statistics(report) {
  const { drift, verdict, mode, confidence } = report;
  if (drift.compared === 0 && report.findingsTotal === 0) {
    return `No week was compared.${verdict === "unknown" ? " Whether both sides agree is not known." : ""}`;
  }
  const compared = mode === "sample" ? `${number2(drift.compared)} of ${count(drift.population, "week")}, drawn at random,` : `${number2(drift.compared)} of ${count(drift.population, "week")}`;
  const were = drift.population === 1 ? "was" : "were";
  const differ = drift.differing === 0 ? `${compared} ${were} compared, and none of them differs${acceptedTotal(report) === 0 ? "" : " beyond what is accepted"}.` : `${compared} ${were} compared, and ${number2(drift.differing)} ${drift.differing === 1 ? "differs" : "differ"}.`;
  const sure = mode === "sample" && drift.compared > 0 ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.` : "";
  const rate = report.findingsTotal > 0 ? ` The drift rate is ${percent(drift.rate)}: above ${percent(report.thresholds.high)} is high, above ${percent(report.thresholds.critical)} is critical.` : "";
  const partial = verdict === "unknown" ? " This is what was seen before the trouble, not the whole." : "";
  return `${differ}${sure}${rate}${partial}`;
}
var finePrint = (report) => report.verdict === "unknown" || report.verdict === "drift" && report.mode === "sample" ? statistics(report) : "";
var skippedWeeks = (report) => report.skipped.filter((skipped) => skipped.count > 0).map((skipped) => `${count(skipped.count, "legacy week")} skipped as expected: not starting on a Monday, never migrated.`);
var settled = (report) => [
  ...report.verdict === "drift" && report.interruption !== void 0 ? [report.interruption] : [],
  ...report.transient === 0 ? [] : [`${count(report.transient, "difference")} settled while being watched, and ${report.transient === 1 ? "does" : "do"} not count.`]
];

// action/src/report/report.ts
var verdicts = ["in-sync", "drift", "unknown"];
var severities = ["none", "low", "medium", "high", "critical"];
var compareSeverity = (a, b) => severities.indexOf(a) - severities.indexOf(b);
var value = union([string(), number(), _null()]);
var findingSchema = object({
  type: string(),
  severity: _enum(["medium", "high", "critical"]),
  /** `children`, `weeks`, `habits` or `records` */
  level: string(),
  /** The child's pseudonym; `null` for a finding that is not about one child. */
  child: string().nullable(),
  /** Calendar date, after alignment. */
  weekStart: string().nullable(),
  /** `habits/<name>/<date>` and the like; `null` for a finding about a whole week, child or level. */
  path: string().nullable(),
  legacy: value,
  normalized: value,
  /** Table name to row ids. */
  rowIds: record(string(), array(string()))
});
var levelCountSchema = object({
  level: string(),
  /** What the legacy table holds, skipped weeks and duplicates included. */
  legacy: number(),
  /** What the normalized side should hold according to it. */
  expected: number(),
  normalized: number(),
  /** normalized − expected: negative when something is missing. */
  difference: number()
});
var healthCheckSchema = object({
  check: string(),
  status: _enum(["ok", "warning", "failing"]),
  severity: _enum(severities),
  detail: string()
});
var acceptedRuleSchema = object({
  reason: string(),
  by: string(),
  /** Calendar date, the last day on which it holds. */
  until: string(),
  /** What it matches, in words. */
  what: string(),
  state: _enum(["active", "expired", "unmatched"]),
  /** Differences that it accepts; of an expired rule those that it would. */
  findings: number(),
  weeks: number()
});
var reportSchema = object({
  schemaVersion: literal(1),
  pair: string(),
  mode: _enum(["sample", "full"]),
  engine: _enum(["stream", "digest"]),
  seed: string(),
  startedAt: iso_exports.datetime(),
  finishedAt: iso_exports.datetime(),
  durationMs: number(),
  verdict: _enum(verdicts),
  severity: _enum(severities),
  /** Only when the verdict is `unknown`: what happened, the likely cause, and what to do. */
  reason: string().optional(),
  thresholds: object({ high: number(), critical: number() }),
  confidence: number(),
  drift: object({
    rate: number(),
    upperBound: number(),
    /** Weeks with a finding of any type. */
    differing: number(),
    compared: number(),
    population: number()
  }),
  counts: array(levelCountSchema),
  skipped: array(object({ reason: literal("not-a-monday"), count: number() })),
  /** Differences that settled by themselves. */
  transient: number(),
  sourceVersions: record(string(), number()),
  findings: array(findingSchema),
  findingsTotal: number(),
  findingsTruncated: boolean(),
  health: array(healthCheckSchema),
  /** Rules of accepted differences, absent without a file of them. */
  accepted: array(acceptedRuleSchema).optional()
});
var shownRuns = 60;
var maxFindings = 1e4;

// action/src/document/calendar.ts
var dayMs = 864e5;
var dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / dayMs;
function isCalendarDate(text) {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text) || text < "0001") return false;
  const day = dayNumber(text);
  return !Number.isNaN(day) && fromDayNumber(day) === text;
}
function fromDayNumber(day) {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith("+") ? text.replace(/T.*/, "").replace(/^\+0*/, "") : text.slice(0, text.indexOf("T"));
}
var addDays = (date, days) => fromDayNumber(dayNumber(date) + days);
function sevenDays(date) {
  if (last?.date !== date) last = { date, days: Array.from({ length: 7 }, (_, day) => addDays(date, day)) };
  return last.days;
}
var last;
function daysSinceMonday(date) {
  return ((dayNumber(date) + 3) % 7 + 7) % 7;
}
var mondayOf = (date) => addDays(date, -daysSinceMonday(date));

// action/src/origin/quoted.ts
var longest = 80;
var quoted = (text) => `\u201C${text.slice(0, longest).replaceAll(/[“”]/g, '"')}\u201D`;
var quotesAsCode = (sentence) => sentence.replaceAll(/“([^“”]*)”/g, (_, text) => inertCode(text, longest));

// action/src/publish/markdown.ts
function table(head, rows) {
  if (rows.length === 0) return "";
  const rule = head.map((name) => name.endsWith("#") ? "---:" : "---");
  const names = head.map((name) => name.replace(/#$/, ""));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
var mostRows = 40;
var paragraphs = (...parts) => parts.filter((part) => part !== "").join("\n\n");
var details = (summary, body) => body === "" ? "" : `<details><summary>${summary}</summary>

${body}

</details>`;
function time(iso) {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return date && minute ? `${date} ${minute} UTC` : inertCode(iso, 40);
}
var icons = { none: "\u{1F7E2}", low: "\u{1F7E1}", medium: "\u{1F7E1}", high: "\u{1F7E0}", critical: "\u{1F534}" };
function verdictLine(report) {
  const { verdict, severity, drift, mode, confidence } = report;
  if (verdict === "unknown") {
    return `\u26AA **${headline(report)}.** ${inertCode(report.reason ?? "No reason was given.", 1e3)}`;
  }
  if (verdict === "in-sync") {
    const sampled = drift.compared < drift.population;
    const weeks2 = sampled ? `${coverage(report)}, and` : `all ${count(drift.population, "week")} compared,`;
    const sure = sampled ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.` : "";
    return `${icons.none} **${headline(report)}: ${weeks2} ${nothingDiffers(report)}.**${sure}`;
  }
  const weeks = count(drift.compared, `${mode === "sample" ? "sampled" : "compared"} week`);
  const what = drift.differing === 0 ? "the counts differ, the compared weeks do not" : `${number2(drift.differing)} of ${weeks} ${drift.differing === 1 ? "differs" : "differ"}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${percent(drift.rate)}): ${topTypes(report)}.`;
}
function originList({ origin = [] }) {
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? "" : ["**Where it comes from:**", ...sentences].join("\n");
}
function topTypes(report) {
  const types = typesOf(report);
  const shown = types.slice(0, 3).map(({ type, total }) => `${number2(total)} \xD7 ${inertCode(type, 40)}`);
  return types.length > shown.length ? `${shown.join(", ")} and others` : shown.join(", ");
}
function countsTable(report) {
  const rows = report.counts.slice(0, mostRows).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number2(legacy),
    number2(expected),
    number2(normalized),
    difference === 0 ? "0" : `**${signed(difference)}**`
  ]);
  return paragraphs(
    table(["Level", "Legacy#", "Expected#", "Normalized#", "Difference#"], rows),
    [...skippedWeeks(report), ...settled(report), ...acceptedNotes(report)].join(" ")
  );
}
function typesOf(report) {
  const kept = Map.groupBy(report.findings, (finding) => finding.type);
  return Object.entries(report.findingsByType).map(([type, total]) => {
    const findings = kept.get(type) ?? [];
    return { type, total, severity: report.severityByType[type] ?? "none", findings };
  }).sort((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);
}
var weekOf = ({ child, weekStart }) => JSON.stringify([child, weekStart]);
function typesTable(report) {
  const atLeast = report.findingsTruncated ? "\u2265 " : "";
  const distinct = (values) => values.length === 0 ? "\u2013" : `${atLeast}${number2(new Set(values).size)}`;
  const types = typesOf(report);
  const rows = types.slice(0, mostRows).map(({ type, total, severity, findings }) => [
    inertCode(type, 40),
    severity === "none" ? "\u2013" : severity,
    number2(total),
    distinct(findings.filter((finding) => finding.weekStart !== null).map(weekOf)),
    distinct(findings.flatMap((finding) => finding.child ?? []))
  ]);
  return paragraphs(table(["Type", "Severity", "Findings#", "Weeks#", "Children#"], rows), more(rows.length, types.length));
}
var orDash = (text, maxLength) => text === null ? "\u2013" : inertCode(String(text), maxLength);
var more = (shown, total) => shown === 0 || shown === total ? "" : `\u2026and ${number2(total - shown)} more; \`report.json\` has what is not shown here.`;
function placesTable(report, limit) {
  const place = ({ type, child, weekStart, path }) => JSON.stringify([type, child, weekStart, parent(path)]);
  const places = [...Map.groupBy(report.findings, place).values()];
  if (places.length === report.findings.length) return "";
  const rows = places.slice(0, limit).flatMap((findings) => {
    const [first] = findings;
    if (!first) return [];
    const where = findings.length === 1 ? first.path : parent(first.path);
    const cells = [inertCode(first.type, 40), orDash(first.child, 60), orDash(first.weekStart, 40), orDash(where ?? first.level, 100)];
    return [[...cells, number2(findings.length)]];
  });
  return paragraphs(table(["Type", "Child", "Week", "Where", "Findings#"], rows), more(rows.length, places.length));
}
function parent(path) {
  const end = path?.lastIndexOf("/") ?? -1;
  return path !== null && end > 0 ? path.slice(0, end) : path;
}
function findingsTable(report, limit) {
  const rows = report.findings.slice(0, limit).map((finding) => [
    finding.severity,
    inertCode(finding.type, 40),
    orDash(finding.child, 60),
    orDash(finding.weekStart, 40),
    orDash(finding.path ?? finding.level, 120),
    orDash(finding.legacy, 80),
    orDash(finding.normalized, 80),
    Object.entries(finding.rowIds).map(([name, ids]) => inertCode(`${name} ${ids.join(", ")}`, 120)).join(" ") || "\u2013"
  ]);
  return paragraphs(
    table(["Severity", "Type", "Child", "Week", "Where", "Legacy", "Normalized", "Rows"], rows),
    more(rows.length, report.findingsTotal)
  );
}
function healthTable(report) {
  const rows = report.health.filter(({ status }) => status !== "ok").slice(0, mostRows).map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, 300)]);
  return table(["Check", "Status", "Severity", "Detail"], rows);
}
var mostRules = 20;
function acceptedTable(report) {
  const rules = rulesByState(report);
  const rows = rules.slice(0, mostRules).map(({ state, what, reason, by, until, findings, weeks }) => [
    state === "active" ? ruleStates[state] : `**${ruleStates[state]}**`,
    inertCode(what, 160),
    inertCode(reason, 160),
    inertCode(by, 60),
    inertCode(until, 20),
    number2(findings),
    number2(weeks)
  ]);
  return paragraphs(table(["State", "What", "Reason", "By", "Until", "Differences#", "Weeks#"], rows), more(rows.length, rules.length));
}
function nextSteps(report, context) {
  if (report.verdict === "in-sync") return "";
  const steps = [
    report.verdict === "unknown" ? "Remove what kept this run from finishing, as the reason above says." : "",
    lookAt(report),
    ...(report.repair ?? []).map(repairStep),
    again(report, context)
  ];
  return steps.filter((step) => step !== "").map((step, index) => `${index + 1}. ${step}`).join("\n");
}
var indent = (lines) => lines.map((line) => line === "" ? "" : `   ${line}`).join("\n");
var sqlBlock = (statements) => indent(["```sql", ...statements, "```"]);
var warning = "\u26A0\uFE0F **Cannot be undone.**";
function repairStep({ text, commands }) {
  const blocks = commands.flatMap(({ note, sql, destroys }) => {
    const words = [destroys ? warning : "", note ?? ""].filter((part) => part !== "").join(" ");
    return [words === "" ? "" : indent([words]), sql.length === 0 ? "" : sqlBlock(sql)];
  });
  return paragraphs(text, ...blocks);
}
function lookAt(report) {
  const finding = report.findings.find(({ rowIds }) => Object.values(rowIds).some((ids) => ids.length > 0));
  if (!finding) return "";
  const statements = Object.entries(finding.rowIds).filter(([name, ids]) => ids.length > 0 && /^\w+$/.test(name)).map(([name, ids]) => {
    const values = ids.slice(0, 5).map((id) => `'${inert(id, 100).replaceAll("'", "''")}'`);
    return `select * from ${name} where id in (${values.join(", ")});`;
  });
  const { child, weekStart } = finding;
  const explained = /^child-[0-9a-f]{8}$/.test(child ?? "") && isCalendarDate(weekStart) ? `${child} ${weekStart}` : void 0;
  return paragraphs(
    `**Look at the first difference**${explained ? `: \`npx driftwatch explain ${explained}\` in a checkout, or` : ""} in the SQL editor:`,
    statements.length === 0 ? "" : sqlBlock(statements)
  );
}
function again({ mode, seed }, { runUrl, runName, repository }) {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how = runUrl && runId && repository ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.` : "Check again by starting the workflow once more.";
  return mode === "sample" ? `${how} To draw the same sample, set \`seed\` to ${inertCode(seed, 120)}.` : how;
}

export {
  verdicts,
  severities,
  compareSeverity,
  reportSchema,
  shownRuns,
  maxFindings,
  isCalendarDate,
  addDays,
  sevenDays,
  daysSinceMonday,
  mondayOf,
  number2 as number,
  percent,
  percentAtMost,
  count,
  signed,
  sideText,
  coverage,
  acceptedTotal,
  headline,
  nothingDiffers,
  ruleStates,
  rulesByState,
  acceptedNotes,
  statistics,
  finePrint,
  skippedWeeks,
  settled,
  quoted,
  paragraphs,
  details,
  time,
  verdictLine,
  originList,
  countsTable,
  typesTable,
  placesTable,
  findingsTable,
  healthTable,
  acceptedTable,
  nextSteps
};
