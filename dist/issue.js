import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  GitHubError
} from "./shared-github-error.js";
import {
  announceWithIssue,
  announceWithoutIssue,
  isConclusive,
  reaches,
  runOf,
  trendSection
} from "./shared-math-base-special-kernel-betainc.js";
import {
  driftLabel
} from "./shared-inputs.js";
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
  shownRuns,
  statistics,
  time,
  typesTable,
  verdictLine,
  verdicts
} from "./shared-markdown.js";
import {
  _enum,
  array,
  boolean,
  inert,
  int,
  iso_exports,
  literal,
  number,
  object,
  string,
  tuple
} from "./shared-zod.js";
import "./shared-helpers.js";

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
var runSchema = tuple([
  /** When it ended, in seconds since 1970; to the year 9999. */
  int().min(0).max(253402300799),
  int().min(0).max(verdicts.length - 1),
  int().min(0).max(severities.length - 1),
  number().min(0).max(1),
  /** Findings, and weeks that differ, were compared, are in scope. */
  int().nonnegative(),
  int().nonnegative(),
  int().nonnegative(),
  int().nonnegative()
]);
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
  weeks: weeksSchema.nullable(),
  /** Runs while the issue was open, oldest first; absent in what an older version wrote. */
  trend: array(runSchema).max(shownRuns).optional()
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
var packRun = (run) => [
  Math.floor(Date.parse(run.at) / 1e3),
  verdicts.indexOf(run.verdict),
  severities.indexOf(run.severity),
  Number(run.rate.toPrecision(4)),
  run.findings,
  run.differing,
  run.compared,
  run.population
];
var trendOf = ({ trend = [] }) => trend.map(([seconds, verdict, severity, rate, findings, differing, compared, population]) => ({
  at: new Date(seconds * 1e3).toISOString(),
  verdict: verdicts[verdict] ?? "unknown",
  severity: severities[severity] ?? "none",
  rate,
  findings,
  differing,
  compared,
  population
}));

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
  [1e3, 100],
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
  const compose = (findings, travelling, trend = report.trend ?? trendOf(state)) => {
    const own = [
      marker(report.pair),
      paragraphs(status(report, context, state), trendSection(trend), findingsMarker, findings, writeState(travelling), "---", keptBelow),
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
  const bare = { ...state, weeks: state.weeks && withoutList(state.weeks), trend: [] };
  return compose(findingSections({ ...report, repair: [] }, context, 0, 0), bare, []);
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
var aboutTheIssue = [
  "- **Silence it:** add the label `drift-ignore` to this issue. Comments and Discord messages stop; the check goes on, and this page stays up to date.",
  "- **Accept it:** close this issue as *not planned*. It is not filed again while the same weeks differ.",
  "- **Accept some of it until a day:** write what, why and until when into `.github/driftwatch.yml`. It is shown as accepted, and is no drift until then.",
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

// action/src/publish/issue/dry-run.ts
function dryRun(tracker, wouldDo) {
  return {
    issues: async (state) => await tracker?.issues(state) ?? [],
    labels: async () => await tracker?.labels() ?? [],
    createLabel: async ({ name }) => {
      wouldDo.push(`Would create the label "${name}".`);
    },
    createIssue: async ({ title, body, labels }) => {
      wouldDo.push(`Would open an issue titled "${title}" with the labels ${labels.join(", ")}:

${body}`);
      return void 0;
    },
    updateIssue: async ({ issue, body, state, reason }) => {
      const verb = state === "open" ? "reopen" : state === "closed" ? "close" : "update";
      const how = state === "closed" ? ` as ${reason}` : "";
      wouldDo.push(`Would ${verb} issue #${issue}${how}${body === void 0 ? "." : `, with the body:

${body}`}`);
    },
    comment: async (issue, body) => {
      wouldDo.push(`Would comment on issue #${issue}:

${body}`);
    }
  };
}

// action/src/publish/issue/comments.ts
var thisRun = ({ runUrl }) => runUrl ? `[this run](${runUrl})` : "this run";
function worsenedComment(report, context, before, change) {
  const rose = change.rose ? `Severity rose from ${before.severity} to ${report.severity}.` : "";
  const others = change.weeks ? `Other weeks differ than before: ${count(change.weeks.count, "week")} now, ${count(before.weeks?.count ?? 0, "week")} at the last conclusive check.` : "";
  return paragraphs(
    verdictLine(report),
    [rose, others, `Seen by ${thisRun(context)}; the description above is up to date.`].filter(Boolean).join(" "),
    typesTable(report)
  );
}
function recoveredComment(report, context, before) {
  const seen = before.runs > 0 ? `, seen by ${count(before.runs, "run")}, at worst ${before.worst}` : "";
  const lasted = `The drift lasted ${lasting(before.firstSeen, report.finishedAt)}: first seen ${time(before.firstSeen)}${seen}.`;
  const differed = report.mode === "full" ? before.weeks?.count ?? 0 : 0;
  const agree = differed > 0 ? ` That includes the ${count(differed, "week")} that differed at the last conclusive check before.` : "";
  return paragraphs(verdictLine(report), lasted, `Cleared by ${thisRun(context)}: ${statistics(report)}${agree}`, acceptedTable(report));
}
var duplicateComment = (winner) => `Duplicate of #${winner}, the newest open issue about this drift. It is the one that is kept up to date.`;
function lasting(from, to) {
  const minutes = Math.max(Math.floor((Date.parse(to) - Date.parse(from)) / 6e4), 0);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes % 1440 / 60);
  if (days === 0 && hours === 0) return count(minutes, "minute");
  const parts = [days > 0 ? count(days, "day") : "", hours > 0 ? count(hours, "hour") : ""];
  return parts.filter(Boolean).join(" ");
}

// action/src/publish/issue/plan.ts
var reopenWithinMs = 7 * 24 * 36e5;
var nothing = { issue: void 0, steps: [], announce: void 0, silenced: false, warnings: [], notes: [] };
var wouldFile = (report, { issueOn }) => report.verdict === "drift" && reaches(report.severity, issueOn);
var isSampled = ({ drift }) => drift.compared < drift.population;
function plan(input) {
  const { report, settings, open } = input;
  const [current, ...duplicates] = ofThisPair(open, report.pair).sort((a, b) => b.number - a.number);
  if (!current) {
    if (wouldFile(report, settings)) return fileIssue(input);
    return { ...nothing, action: "none", announce: announceWithoutIssue(report, settings) };
  }
  const main = updateIssue(input, current);
  if (report.verdict === "unknown") return main;
  const others = duplicates.map((duplicate) => closeDuplicate(duplicate, current.number));
  return {
    ...main,
    steps: [...main.steps, ...others.flatMap(({ steps }) => steps)],
    warnings: [...main.warnings, ...others.flatMap(({ warnings }) => warnings)]
  };
}
function ofThisPair(issues, pair) {
  return issues.flatMap((issue) => {
    const parts = splitBody(issue.body, pair);
    return parts ? [{ ...issue, parts }] : [];
  });
}
function fileIssue(input) {
  const { report, settings, context, now, closed } = input;
  const last = ofThisPair(closed, report.pair).filter(({ stateReason, closedAt }) => stateReason !== "duplicate" && closedAt !== null).sort((a, b) => (b.closedAt ?? "").localeCompare(a.closedAt ?? "") || b.number - a.number)[0];
  if (last?.stateReason === "not_planned" && isAccepted(report, last.parts.state)) {
    const notes = [`No issue was filed: #${last.number} was closed as not planned, and the same weeks differ.`];
    return { ...nothing, action: "none", notes };
  }
  const since = now.getTime() - Date.parse(last?.closedAt ?? "");
  const again = last && last.stateReason !== "not_planned" && since <= reopenWithinMs ? last : void 0;
  const silenced = again !== void 0 && isSilenced(again);
  const event = again ? "reopened" : "opened";
  const announce = silenced ? void 0 : announceWithIssue(event, report, settings, void 0, now);
  const state = nextState(input, void 0, report.finishedAt, announce);
  const body = renderBody({ report, context, state, previous: again?.parts, keepFindings: false });
  const title = `Drift in ${inert(report.pair, 100)}: the two sides do not agree`;
  const step = again ? { do: "update", issue: again.number, body, state: "open", reason: "reopened" } : { do: "create", title, body, labels: settings.issueLabels };
  return { ...nothing, action: event, issue: again, steps: [step], announce, silenced, trend: trendOf(state) };
}
function isAccepted(report, state) {
  if (!state?.weeks) return false;
  if (isSampled(report)) return compareSeverity(report.severity, state.worst) <= 0;
  return hasOtherWeeks(state.weeks, differingWeeks(report)) === false;
}
function updateIssue(input, current) {
  const { report, settings, context, now } = input;
  const before = current.parts.state;
  const silenced = isSilenced(current);
  const change = worsening(input, before);
  const event = eventOf(report, change !== void 0);
  const announce = silenced ? void 0 : announceWithIssue(event, report, settings, before, now);
  const state = nextState(input, before, current.createdAt, announce);
  const body = renderBody({ report, context, state, previous: current.parts, keepFindings: report.verdict !== "drift" });
  const result = { issue: current, announce, silenced, trend: trendOf(state), notes: [] };
  if (event === "recovered") {
    const { steps: steps2, warnings: warnings2 } = commentOn(current, recoveredComment(report, context, before ?? state));
    const close = { do: "update", issue: current.number, body, state: "closed", reason: "completed" };
    return { ...result, action: "closed", steps: [...steps2, close], warnings: warnings2 };
  }
  const { steps, warnings } = commentOn(current, before && change && worsenedComment(report, context, before, change));
  if (sameBody(body, current.body)) return { ...result, action: "unchanged", steps, warnings };
  const update = { do: "update", issue: current.number, body };
  return { ...result, action: "updated", steps: [...steps, update], warnings };
}
function eventOf(report, worsened) {
  if (report.verdict === "unknown") return "unknown";
  if (report.verdict === "in-sync") return isConclusive(report) ? "recovered" : "inconclusive";
  return worsened ? "worsened" : "unchanged";
}
function worsening({ report, settings }, before) {
  if (!before?.severity || !wouldFile(report, settings)) return void 0;
  const sampled = isSampled(report);
  const rose = compareSeverity(report.severity, sampled ? before.worst : before.severity) > 0;
  const weeks = differingWeeks(report);
  const others = !sampled && before.weeks !== null && hasOtherWeeks(before.weeks, weeks) === true;
  return rose || others ? { rose, weeks: others ? weeks : void 0 } : void 0;
}
function nextState({ report, context, now }, before, firstSeen, announce) {
  const isDrift = report.verdict === "drift";
  const isNew = before?.checkedAt !== report.finishedAt;
  const worst = before?.worst ?? "none";
  const run = { at: report.finishedAt, ...context.runUrl && { url: context.runUrl } };
  return {
    version: 1,
    firstSeen: before?.firstSeen ?? firstSeen,
    runs: (before?.runs ?? 0) + (isDrift && isNew ? 1 : 0),
    checkedAt: report.finishedAt,
    unknown: report.verdict === "unknown",
    announcedAt: announce && announce !== "unknown" ? now.toISOString() : before?.announcedAt ?? null,
    conclusive: isConclusive(report) ? run : before?.conclusive ?? null,
    severity: isDrift ? report.severity : before?.severity ?? null,
    worst: isDrift && compareSeverity(report.severity, worst) > 0 ? report.severity : worst,
    weeks: isDrift ? differingWeeks(report) : before?.weeks ?? null,
    trend: isNew ? [...before?.trend ?? [], packRun(runOf(report))].slice(-shownRuns) : before?.trend ?? []
  };
}
function closeDuplicate(duplicate, winner) {
  const comment = commentOn(duplicate, duplicateComment(winner));
  const close = { do: "update", issue: duplicate.number, state: "closed", reason: "duplicate" };
  return { steps: [...comment.steps, close], warnings: comment.warnings };
}
var isSilenced = ({ labels }) => labels.some((label) => label.toLowerCase() === "drift-ignore");
function commentOn(issue, body) {
  if (body === void 0 || isSilenced(issue)) return { steps: [], warnings: [] };
  if (!issue.locked) return { steps: [{ do: "comment", issue: issue.number, body }], warnings: [] };
  const warning = `Issue #${issue.number} is locked, so a comment on it was left out; its description is up to date. Unlock it to get comments.`;
  return { steps: [], warnings: [warning] };
}

// action/src/publish/issue/issue.ts
async function publishIssue(input) {
  const { report, settings, context } = input;
  const withoutIssue = { announce: announceWithoutIssue(report, settings), silenced: false };
  const dry = settings.dryRun ? { wouldDo: [] } : void 0;
  if (settings.issueOn === "never") {
    return { action: "none", ...withoutIssue, ...dry, warnings: [], notes: ["No issue is filed: issue-on is never."] };
  }
  if (!context.repository && !dry) {
    const warning = "No issue was written: this run belongs to no GitHub repository (GITHUB_REPOSITORY is not set).";
    return { action: "skipped", ...withoutIssue, warnings: [warning], notes: [] };
  }
  const tracker = await openTracker(input);
  return {
    ...await bring(input, dry ? dryRun(tracker, dry.wouldDo) : requireTracker(tracker)),
    ...dry,
    ...dry && !tracker && { notes: ["Nobody was asked which issues there are (no token or no repository): as if there were none."] }
  };
}
async function openTracker({ settings, context, pace }) {
  if (!context.repository || settings.githubToken === "") return void 0;
  const { createTracker } = await import("./tracker.js");
  return createTracker(settings.githubToken, context.repository, context.apiUrl, pace);
}
function requireTracker(tracker) {
  if (tracker) return tracker;
  throw new GitHubError(
    "No issue could be written: `github-token` is empty. Leave the input out to use the token of the job, or set `issue-on: never`."
  );
}
async function bring({ report, settings, context, now }, tracker) {
  const open = await tracker.issues("open");
  const isOpen = open.some((issue) => splitBody(issue.body, report.pair) !== void 0);
  const closed = !isOpen && wouldFile(report, settings) ? await tracker.issues("closed") : [];
  const planned = plan({ report, settings, context, now, open, closed });
  const created = await apply(planned.steps, tracker);
  const about = created ?? planned.issue;
  const { action, announce, silenced, trend } = planned;
  return {
    action,
    ...about && { number: about.number, url: about.url },
    announce,
    silenced,
    ...trend && { trend },
    warnings: [...planned.warnings],
    notes: [...planned.notes]
  };
}
async function apply(steps, tracker) {
  let created;
  for (const step of steps) {
    if (step.do === "comment") await tracker.comment(step.issue, step.body);
    if (step.do === "update") await tracker.updateIssue(step);
    if (step.do === "create") {
      await createLabels(step.labels, tracker);
      created = await tracker.createIssue(step);
    }
  }
  return created;
}
var looks = /* @__PURE__ */ new Map([
  ["bug", { color: "d73a4a", description: "Something isn't working" }],
  [driftLabel, { color: "5319e7", description: "Two stores that should agree do not; kept up to date by Driftwatch" }],
  ["high-priority", { color: "b60205", description: "To be looked at before anything else" }]
]);
var otherLook = { color: "ededed", description: "On the issues that Driftwatch opens" };
async function createLabels(wanted, tracker) {
  const existing = new Set((await tracker.labels()).map((name) => name.toLowerCase()));
  for (const name of wanted.filter((label) => !existing.has(label.toLowerCase()))) {
    await tracker.createLabel({ name, ...looks.get(name.toLowerCase()) ?? otherLook });
  }
}
export {
  publishIssue
};
