import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  acceptedTable,
  compareSeverity,
  count,
  countsTable,
  details,
  findingsTable,
  healthTable,
  nextSteps,
  originList,
  paragraphs,
  percent,
  percentAtMost,
  placesTable,
  severities,
  statistics,
  time,
  typesTable,
  verdictLine
} from "./shared-markdown.js";
import {
  _enum,
  boolean,
  int,
  iso_exports,
  literal,
  object,
  string
} from "./shared-zod.js";

// action/src/publish/issue/weeks.ts
import { createHash } from "node:crypto";
var weeksSchema = object({
  count: int().nonnegative(),
  /** Of the key that the hashes were made with. */
  key: string().max(40),
  /** Of the whole set. */
  hash: string().max(40),
  /** One hash of five characters after another; absent above `maxListed`. */
  list: string().max(1e4).optional()
});
var maxListed = 2e3;
function differingWeeks({ differingWeeks: { key, weeks } }) {
  const listed = weeks.join("");
  const whole = { count: weeks.length, key, hash: createHash("sha256").update(listed).digest("base64url").slice(0, 22) };
  return weeks.length > maxListed ? whole : { ...whole, list: listed };
}
var withoutList = ({ count: count2, key, hash }) => ({ count: count2, key, hash });
function hasOtherWeeks(before, now) {
  if (before.key !== now.key) return void 0;
  if (before.hash === now.hash) return false;
  if (before.list !== void 0 && now.list !== void 0) {
    const known = new Set(hashes(before.list));
    return hashes(now.list).some((week) => !known.has(week));
  }
  return now.count >= before.count;
}
var hashes = (listed) => listed.match(/.{5}/g) ?? [];

// action/src/publish/issue/state.ts
var stateSchema = object({
  version: literal(1),
  /** When the drift that this issue is about was first seen. */
  firstSeen: iso_exports.datetime(),
  /** Runs that saw it. */
  runs: int().nonnegative(),
  /** End of the last run that was written down: the same report twice changes nothing. */
  checkedAt: iso_exports.datetime(),
  /** Whether the issue says that the last check could not tell. */
  unknown: boolean(),
  /** When this drift was last announced elsewhere. */
  announcedAt: iso_exports.datetime().nullable(),
  /** The last check that could tell. */
  conclusive: object({ at: iso_exports.datetime(), url: string().max(500).regex(/^https?:\/\/[^\s()<>"'`\\]+$/).optional() }).nullable(),
  /** What it saw; the worst since `firstSeen`. */
  severity: _enum(severities).nullable(),
  worst: _enum(severities),
  weeks: weeksSchema.nullable()
});
var stateLine = /^<!-- driftwatch-state ([\w-]+) -->$/m;
var writeState = (state) => `<!-- driftwatch-state ${Buffer.from(JSON.stringify(state)).toString("base64url")} -->`;
function readState(body) {
  const encoded = stateLine.exec(body)?.[1];
  if (encoded === void 0) return void 0;
  try {
    return stateSchema.safeParse(JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"))).data;
  } catch {
    return void 0;
  }
}

// action/src/publish/issue/body.ts
var maxLength = 6e4;
var marker = (pair) => `<!-- driftwatch:v1 pair=${encodeURIComponent(pair.toWellFormed())} -->`;
var findingsMarker = "<!-- driftwatch:findings -->";
var endMarker = "<!-- driftwatch:end -->";
var keptBelow = "<sub>Driftwatch rewrites everything above this line. What you write below it stays.</sub>";
var sameBody = (a, b) => plain(a) === plain(b);
var plain = (body) => body.replaceAll("\r\n", "\n").trimEnd();
function splitBody(body, pair) {
  const lines = plain(body).split("\n");
  const start = lines.findIndex((line) => line.includes(marker(pair)) && !/^\s*>|`/.test(line));
  if (start === -1) return void 0;
  const [textBefore = ""] = (lines[start] ?? "").split(marker(pair));
  const end = lines.indexOf(endMarker, start);
  const own = lines.slice(start + 1, end === -1 ? void 0 : end);
  const from = own.indexOf(findingsMarker);
  const to = own.findLastIndex((line) => line.includes("<!-- driftwatch-state "));
  return {
    before: [...lines.slice(0, start), textBefore.trimEnd()].join("\n").replace(/\n$/, ""),
    findings: from === -1 || to < from ? void 0 : own.slice(from + 1, to).join("\n").trim(),
    state: readState(own.slice(Math.max(to, 0)).join("\n")),
    after: end === -1 ? "" : lines.slice(end + 1).join("\n")
  };
}
var sizes = [
  [Number.POSITIVE_INFINITY, 100],
  [500, 60],
  [250, 60],
  [150, 60],
  [100, 40],
  [50, 25],
  [25, 25],
  [10, 10],
  [0, 10],
  [0, 0]
];
function renderBody({ report, context, state, previous, keepFindings }) {
  const compose = (findings, travelling) => {
    const own = [
      marker(report.pair),
      paragraphs(status(report, context, state), findingsMarker, findings, writeState(travelling), "---", keptBelow),
      endMarker
    ].join("\n");
    return [previous?.before, own, previous?.after].filter(Boolean).join("\n");
  };
  if (keepFindings && previous?.findings) {
    const body = compose(previous.findings, state);
    if (body.length <= maxLength) return body;
  }
  for (const [findings, places] of sizes) {
    const body = compose(findingSections(report, context, findings, places), state);
    if (body.length <= maxLength) return body;
  }
  return compose(findingSections(report, context, 0, 0), { ...state, weeks: state.weeks && withoutList(state.weeks) });
}
function status(report, context, state) {
  const run = context.runUrl ? ` by [this run](${context.runUrl}), which has the [report](${context.runUrl}#artifacts)` : "";
  const conclusive = state.conclusive ? `- **Last conclusive check:** ${time(state.conclusive.at)}${state.conclusive.url ? ` by [run](${state.conclusive.url})` : ""}` : "- **Last conclusive check:** none yet";
  const seen = `- **Drift first seen:** ${time(state.firstSeen)}, by ${count(state.runs, "run")} so far`;
  return paragraphs(
    verdictLine(report),
    originList(report),
    inconclusive(report),
    [`- **Last checked:** ${time(report.finishedAt)}${run}`, conclusive, seen].join("\n")
  );
}
function inconclusive(report) {
  if (report.verdict === "unknown") {
    const partial = report.findingsTotal > 0 ? ` ${statistics(report)}` : "";
    return `This check says nothing about the drift below, so this issue stays as it was.${partial}`;
  }
  if (report.verdict === "drift" || isConclusive(report)) return "";
  const { drift, thresholds } = report;
  return `That is not enough to close this issue: up to ${percentAtMost(drift.upperBound)} of all weeks may differ, and the limit is ${percent(thresholds.high)}. A larger \`sample-size\` or \`mode: full\` can tell.`;
}
function isConclusive({ verdict, mode, drift, thresholds, interruption }) {
  if (verdict !== "in-sync") return verdict === "drift" && interruption === void 0;
  return mode === "full" || drift.upperBound <= thresholds.high;
}
var aboutTheIssue = [
  "- **Silence it:** add the label `drift-ignore` to this issue. Comments and Discord messages stop; the check goes on, and this page stays up to date.",
  "- **Accept it:** close this issue as *not planned*. It is not filed again while the same weeks differ.",
  "- **Fixed?** Nothing to do: a run that finds everything in sync closes this issue."
].join("\n");
function findingSections(report, context, findings, places) {
  const shown = Math.min(findings, report.findings.length);
  const full = findingsTable(report, findings);
  return paragraphs(
    heading(`Counts at ${time(report.finishedAt)}`, countsTable(report)),
    heading("Findings by type", typesTable(report)),
    // Before the long lists: it is what a reader came for.
    heading("What to do next", paragraphs(nextSteps(report, context), aboutTheIssue)),
    heading("Where", placesTable(report, places)),
    // A short list is read, a long one is looked up in.
    shown <= 10 ? heading("Findings in full", full) : details(`${count(shown, "finding")} in full`, full),
    heading("Accepted differences", acceptedTable(report)),
    heading("Health", healthTable(report))
  );
}
var heading = (title, body) => body === "" ? "" : `### ${title}

${body}`;

// action/src/publish/issue/announce.ts
var reaches = (severity, level) => level !== "never" && compareSeverity(severity, level) >= 0;
function announceWithoutIssue(report, { discordOn }) {
  if (discordOn === "never") return void 0;
  if (report.verdict === "unknown") return "unknown";
  return report.verdict === "drift" && reaches(report.severity, discordOn) ? "opened" : void 0;
}
function announceWithIssue(event, report, { discordOn, remindAfterHours }, before, now) {
  if (discordOn === "never" || event === "inconclusive") return void 0;
  if (event === "unknown") return before?.unknown ? void 0 : "unknown";
  if (event === "recovered") {
    const heard = before && (before.announcedAt !== null || before.unknown || reaches(before.worst, discordOn));
    return heard ? "recovered" : void 0;
  }
  if (!reaches(report.severity, discordOn)) return void 0;
  if (event !== "unchanged") return event;
  const due = before?.announcedAt ? Date.parse(before.announcedAt) + remindAfterHours * 36e5 : 0;
  return remindAfterHours > 0 && now.getTime() >= due ? "reminder" : void 0;
}

export {
  differingWeeks,
  hasOtherWeeks,
  sameBody,
  splitBody,
  renderBody,
  isConclusive,
  reaches,
  announceWithoutIssue,
  announceWithIssue
};
