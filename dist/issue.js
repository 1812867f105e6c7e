import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  GitHubError
} from "./shared-github-error.js";
import {
  announceWithIssue,
  announceWithoutIssue,
  differingWeeks,
  hasOtherWeeks,
  isConclusive,
  reaches,
  renderBody,
  sameBody,
  splitBody
} from "./shared-body.js";
import {
  driftLabel
} from "./shared-inputs.js";
import {
  acceptedTable,
  compareSeverity,
  count,
  paragraphs,
  statistics,
  time,
  typesTable,
  verdictLine
} from "./shared-markdown.js";
import {
  inert
} from "./shared-zod.js";
import "./shared-helpers.js";

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
  return { ...nothing, action: event, issue: again, steps: [step], announce, silenced };
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
  const result = { issue: current, announce, silenced, notes: [] };
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
    weeks: isDrift ? differingWeeks(report) : before?.weeks ?? null
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
  const { action, announce, silenced } = planned;
  return {
    action,
    ...about && { number: about.number, url: about.url },
    announce,
    silenced,
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
