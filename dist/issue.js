import {
  announceWithIssue,
  announceWithoutIssue,
  reaches,
  remember,
  trendSection
} from "./shared-trend.js";
import {
  GitHubError,
  duplicateComment,
  recoveredComment,
  signed,
  worsenedComment
} from "./shared-github-error.js";
import {
  acceptedTable,
  attention,
  attentionHeading,
  countsTable,
  details,
  entitiesTable,
  findingsTable,
  nextSteps,
  originList,
  paragraphs,
  placesTable,
  statistics,
  time,
  typesTable,
  verdictLine
} from "./shared-markdown.js";
import {
  compareSeverity,
  count,
  isConclusive,
  isPast,
  isPrivilegedKey,
  mostDiffering,
  number as number2,
  percentAtMost,
  percentSet,
  runOf,
  severities,
  shownRuns,
  verdicts
} from "./shared-postgrest-js.js";
import {
  _enum,
  _gte,
  _lte,
  _maxLength,
  _nonnegative,
  array,
  boolean,
  driftLabel,
  inert,
  inertCode,
  int,
  iso_exports,
  literal,
  nullable,
  number,
  object,
  optional,
  string,
  tuple
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/publish/issue/dry-run.ts
function dryRun(tracker, wouldDo) {
  return {
    issues: async (state, since) => await tracker?.issues(state, since) ?? [],
    labels: async () => await tracker?.labels() ?? [],
    createLabel: async ({ name }) => {
      wouldDo.push(`Would create the label "${inert(name, 100)}".`);
    },
    createIssue: async ({ title, body, labels }) => {
      wouldDo.push(`Would open an issue titled "${title}" with the labels ${labels.map((label) => inert(label, 100)).join(", ")}:

${body}`);
      return void 0;
    },
    updateIssue: async ({ issue, body, state, reason }) => {
      const verb = state === "open" ? "reopen" : state === "closed" ? "close" : "update";
      const how = state === "closed" ? ` as ${reason}` : "";
      wouldDo.push(`Would ${verb} issue #${issue}${how}${body === void 0 ? "." : `, with the body:

${body}`}`);
      return [];
    },
    comment: async ({ issue, body }) => {
      wouldDo.push(`Would comment on issue #${issue}:

${body}`);
      return [];
    }
  };
}

// action/src/publish/issue/weeks.ts
import { createHash } from "node:crypto";
var weeksSchema = object({
  count: int().check(_nonnegative()),
  /** Identifies the key that the hashes were made with. */
  key: string().check(_maxLength(40)),
  /** A hash of the whole set. */
  hash: string().check(_maxLength(40)),
  /** One hash of five characters after another; absent above `maxListed`. */
  list: optional(string().check(_maxLength(1e4)))
});
var maxListed = 2e3;
function differingWeeks({ differingWeeks: { key, weeks }, drift }) {
  const whole = weeksOf(key, weeks);
  return weeks.length < mostDiffering ? whole : { ...whole, count: Math.max(weeks.length, drift.differing) };
}
function weeksOf(key, weeks) {
  const listed = weeks.join("");
  const whole = { count: weeks.length, key, hash: createHash("sha256").update(listed).digest("base64url").slice(0, 22) };
  return weeks.length > maxListed ? whole : { ...whole, list: listed };
}
function withWeeks(before, now) {
  if (before?.key !== now.key || now.list === void 0) return now;
  if (before.list === void 0) return before;
  return weeksOf(now.key, [.../* @__PURE__ */ new Set([...hashes(before.list), ...hashes(now.list)])].toSorted());
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
  int().check(_gte(0), _lte(253402300799)),
  int().check(_gte(0), _lte(verdicts.length - 1)),
  int().check(_gte(0), _lte(severities.length - 1)),
  number().check(_gte(0), _lte(1)),
  /** Numbers of findings, and of weeks that differ, were compared, and are in scope. */
  int().check(_nonnegative()),
  int().check(_nonnegative()),
  int().check(_nonnegative()),
  int().check(_nonnegative())
]);
var stateSchema = object({
  version: literal(1),
  /** When the drift of this issue was first seen. */
  firstSeen: iso_exports.datetime(),
  /** How many runs saw it. */
  runs: int().check(_nonnegative()),
  /** End of the last recorded run: the same report twice changes nothing. */
  checkedAt: iso_exports.datetime(),
  /** Whether it was announced elsewhere that the last check was inconclusive. */
  unknown: boolean(),
  /** When this drift was last announced elsewhere; written after it was. */
  announcedAt: nullable(iso_exports.datetime()),
  /** What should have been announced elsewhere and has not been yet. */
  pending: optional(nullable(_enum(["opened", "reopened", "worsened", "recovered"]))),
  /** How the findings in the body name children and texts: `revealed`, or the id of the pseudonym key. */
  names: optional(string().check(_maxLength(40))),
  /** Proves that a run with the same key wrote into this very issue. */
  seal: optional(string().check(_maxLength(40))),
  /** The last conclusive check. */
  conclusive: nullable(object({ at: iso_exports.datetime(), url: optional(string().check(_maxLength(500))) })),
  /** The severity that it saw, and the worst one since `firstSeen`. */
  severity: nullable(_enum(severities)),
  worst: _enum(severities),
  weeks: nullable(weeksSchema),
  /** Whether they are all differing weeks; not if only some weeks were ever looked at. */
  isWhole: optional(boolean()),
  /** Runs while the issue was open, oldest first; absent if an older version wrote the state. */
  trend: optional(array(runSchema).check(_maxLength(shownRuns)))
});
var stateLine = /^<!-- driftwatch-state ([\w-]+) -->$/m;
var writeState = (state) => `<!-- driftwatch-state ${Buffer.from(JSON.stringify(state)).toString("base64url")} -->`;
var isLate = ({ finishedAt }, { checkedAt }) => checkedAt > finishedAt;
function readState(body, facts) {
  const encoded = stateLine.exec(body)?.[1];
  if (encoded === void 0) return void 0;
  try {
    const { data } = stateSchema.safeParse(JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")));
    return data && believable(data, facts);
  } catch {
    return void 0;
  }
}
function believable(state, { now, createdAt, runUrl }) {
  const { firstSeen, checkedAt, announcedAt, conclusive, trend } = state;
  const url = conclusive?.url !== void 0 && isRunOfSameRepository(conclusive.url, runUrl) ? conclusive.url : void 0;
  return {
    ...state,
    firstSeen: isPast(firstSeen, now) ? firstSeen : createdAt,
    checkedAt: isPast(checkedAt, now) ? checkedAt : createdAt,
    announcedAt: announcedAt !== null && isPast(announcedAt, now) ? announcedAt : null,
    conclusive: conclusive && isPast(conclusive.at, now) ? { at: conclusive.at, ...url !== void 0 && { url } } : null,
    ...trend && { trend: trend.filter(([seconds]) => isPast(new Date(seconds * 1e3).toISOString(), now)) }
  };
}
function isRunOfSameRepository(url, runUrl) {
  const [runs] = /^.*\/actions\/runs\//.exec(runUrl ?? "") ?? [];
  return runs !== void 0 && url.startsWith(runs) && /^\d{1,20}(\/attempts\/\d{1,9})?$/.test(url.slice(runs.length));
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
var limit = 65536;
var maxLength = 6e4;
var marker = (pair) => `<!-- driftwatch:v1 pair=${encodeURIComponent(pair.toWellFormed())} -->`;
var isQuoted = (line) => /^\s*>|`/.test(line);
var findingsMarker = "<!-- driftwatch:findings -->";
var endMarker = "<!-- driftwatch:end -->";
var keptBelow = "<sub>Driftwatch rewrites everything above this line. What you write below it stays.</sub>";
var sameBody = (a, b) => plain(a) === plain(b);
var plain = (body) => body.replaceAll("\r\n", "\n").trimEnd();
function splitBody(body, pair, facts) {
  const lines = plain(body).split("\n");
  const start2 = lines.findIndex((line) => line.includes(marker(pair)) && !isQuoted(line));
  if (start2 === -1) return void 0;
  const [textBefore = ""] = (lines[start2] ?? "").split(marker(pair));
  const end2 = lines.findIndex((line, index) => index > start2 && line.trimStart().startsWith(endMarker));
  const behind = (lines[end2] ?? "").replace(endMarker, "").trim();
  const own = lines.slice(start2 + 1, end2 === -1 ? void 0 : end2);
  const from = own.indexOf(findingsMarker);
  const to = own.findLastIndex((line) => line.includes("<!-- driftwatch-state "));
  return {
    before: [...lines.slice(0, start2), textBefore.trimEnd()].join("\n").replace(/\n$/, ""),
    findings: from === -1 || to < from ? void 0 : own.slice(from + 1, to).join("\n").trim(),
    state: readState(own.slice(Math.max(to, 0)).join("\n"), facts),
    after: end2 === -1 ? "" : [...behind === "" ? [] : [behind], ...lines.slice(end2 + 1)].join("\n")
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
function renderBody({
  report,
  context,
  state,
  previous,
  keepFindings
}) {
  const around = (...own) => (
    // Not through `paragraphs`: a person's text keeps its blank lines.
    [previous?.before, [marker(report.pair), ...own, endMarker].join("\n"), previous?.after].filter(Boolean).join("\n")
  );
  const compose = (findings, travelling, trend = report.trend ?? trendOf(state)) => around(paragraphs(status(report, context, state), trendSection(trend), findingsMarker, findings, writeState(travelling), "---", keptBelow));
  const kept = keepFindings ? keptFindings(report, previous, state) : void 0;
  if (kept) {
    const body2 = compose(kept.text, { ...state, names: kept.names });
    if (body2.length <= maxLength) return body2;
  }
  for (const [findings, places] of sizes) {
    const body2 = compose(findingSections(report, context, findings, places), state);
    if (body2.length <= maxLength) return body2;
  }
  const bare = { ...state, weeks: state.weeks && withoutList(state.weeks), trend: [] };
  const body = compose(findingSections({ ...report, repair: [] }, context, 0, 0), bare, []);
  const least = around(paragraphs(verdictLine(report), crowded, writeState(bare)));
  return [body, least].find((text) => text.length <= maxLength) ?? [least].find((text) => text.length <= limit);
}
function keptFindings(report, previous, { names }) {
  if (!previous?.findings) return void 0;
  const before = previous.state?.names;
  if (before !== void 0 && (before === names || names === revealed)) return { text: previous.findings, names: before };
  if (before === void 0) return void 0;
  const end2 = previous.findings.indexOf(`

### ${nextTitle}
`);
  if (end2 === -1) return void 0;
  return { text: paragraphs(previous.findings.slice(0, end2), notRepeated, heading(nextTitle, aboutTheIssue(report))), names };
}
var revealed = "revealed";
var nextTitle = "What to do next";
var notRepeated = "The findings were written with names that this run must not show (`reveal-values` or the key has changed). The next run that finds drift lists them again.";
var crowded = "What people wrote around this part leaves no room for more: shorten it, and the next run brings counts and findings back.";
function status(report, context, state) {
  const run = context.runUrl ? ` by [this run](${context.runUrl}), which has the [report](${context.runUrl}#artifacts)` : "";
  const late = isLate(report, state) ? `; the result above is that of ${time(report.finishedAt)}` : "";
  const conclusive = state.conclusive ? `- **Last conclusive check:** ${time(state.conclusive.at)}${state.conclusive.url ? ` ([run](${state.conclusive.url}))` : ""}` : "- **Last conclusive check:** none yet";
  const seen = `- **Drift first seen:** ${time(state.firstSeen)}, in ${count(state.runs, "run")} so far`;
  return paragraphs(
    verdictLine(report),
    originList(report),
    inconclusive(report, state),
    [`- **Last checked:** ${time(state.checkedAt)}${late}${run}`, conclusive, seen].join("\n")
  );
}
var notSince = "This issue was checked again after that, so this result does not close it. The next run that finds everything in sync does.";
function inconclusive(report, state) {
  if (report.verdict === "unknown") {
    const partial = report.findingsTotal > 0 ? ` ${statistics(report)}` : "";
    return `This check says nothing about the drift below, so this issue stays as it was.${partial}`;
  }
  if (report.verdict === "drift") return "";
  if (isConclusive(report)) return isLate(report, state) ? notSince : "";
  const { drift, thresholds, mode, words, coverage } = report;
  if (coverage) return "That is not enough to close this issue: it closes once every part has been verified in sync since drift was last seen.";
  if (mode === "recent") return "This issue stays open: a run without `changed-within` can close it.";
  return `That is not enough to close this issue: up to ${percentAtMost(drift.upperBound)} of all ${words.document.many} may differ, and the limit is ${percentSet(thresholds.high)}. A larger \`sample-size\` or \`mode: full\` would settle it.`;
}
var aboutTheIssue = ({ words, coverage, pseudonymKeyId, config = ".github/driftwatch.yml" }) => [
  "- **Silence it:** add the label `drift-ignore` to this issue. Comments and Discord messages stop; the checks continue, and this issue stays up to date.",
  // Without a lasting key, no run recognizes what an earlier one has seen.
  `- **Accept it:** ${pseudonymKeyId === void 0 ? "set `pseudonym-key`, and after the next run " : ""}close this issue as *not planned*. It is not filed again while the same ${words.document.many} differ.`,
  `- **Accept part of it for now:** add a rule with a reason and an end date to ${inertCode(config, 200)}. Until then, what it covers is shown as accepted and does not count as drift.`,
  `- **Fixed?** Nothing to do: ${coverage ? `this issue closes once each of the ${count(coverage.parts, "part")} has been verified in sync again, or a whole run finds everything in sync` : "the next run that finds everything in sync closes this issue"}.`
].join("\n");
function findingSections(report, context, findings, places) {
  const shown = Math.min(findings, report.findings.length);
  const full = findingsTable(report, findings);
  return paragraphs(
    heading(`Counts at ${time(report.finishedAt)}`, countsTable(report)),
    heading("Entities", entitiesTable(report)),
    heading("Findings by type", typesTable(report)),
    // Before the long lists, because readers come for this.
    heading(nextTitle, paragraphs(nextSteps(report, context), aboutTheIssue(report))),
    heading("Where", placesTable(report, places)),
    // A short list is read in full; a long one is for looking things up.
    shown <= 10 ? heading("Findings in full", full) : details(`${count(shown, "finding")} in full`, full),
    heading("Accepted differences", acceptedTable(report)),
    heading(attentionHeading(report), attention(report))
  );
}
var heading = (title, body) => body === "" ? "" : `### ${title}

${body}`;

// action/src/publish/issue/seal.ts
import { createHmac } from "node:crypto";
function sealOf(key, pair, { number: number3, createdAt }) {
  if (!isPrivilegedKey(key)) return void 0;
  return createHmac("sha256", key).update(JSON.stringify(["issue", pair, number3, Date.parse(createdAt)])).digest("base64url").slice(0, 22);
}

// action/src/publish/issue/plan.ts
var recentMs = 7 * 24 * 36e5;
var nothing = { issue: void 0, steps: [], announce: void 0, finish: () => [], silenced: false, warnings: [], notes: [] };
var wouldFile = (report, { issueOn }) => report.verdict === "drift" && reaches(report.severity, issueOn);
var isSampled = ({ drift, mode }) => drift.compared < drift.population || mode === "recent";
var isWholePart = ({ coverage, mode }) => coverage !== void 0 && mode === "full";
var knowsOthers = (report, { weeks, isWhole = false }) => !isSampled(report) || weeks?.list !== void 0 && (isWholePart(report) || isWhole && differingWeeks(report).list !== void 0);
function plan(input) {
  const { own: open, notes } = ownIssues(input, input.open);
  const [current, ...duplicates] = open.sort((a, b) => b.number - a.number);
  const main = current ? updateIssue(input, current) : withoutOpenIssue(input);
  const knows = input.report.verdict !== "unknown" && input.report.mode !== "recent";
  const others = current && knows ? duplicates.map((duplicate) => closeDuplicate(input, duplicate, current.number)) : [];
  return {
    ...main,
    finish: (sent, created) => [...main.finish(sent, created), ...others.flatMap(({ steps }) => steps)],
    warnings: [...main.warnings, ...others.flatMap(({ warnings }) => warnings)],
    notes: [...main.notes, ...notes]
  };
}
function ownIssues({ report, settings, context, now }, issues) {
  const known = issues.flatMap((issue) => {
    const parts = splitBody(issue.body, report.pair, { now, createdAt: issue.createdAt, runUrl: context.runUrl });
    return parts ? [{ ...issue, parts }] : [];
  });
  const isOwn = (issue) => {
    if (issue.isTrusted) return true;
    const seal = issue.parts.state?.seal;
    return seal !== void 0 && seal === sealOf(settings.supabaseKey, report.pair, issue);
  };
  const foreign = known.filter((issue) => !isOwn(issue) && issue.state === "open");
  return {
    own: known.filter(isOwn),
    notes: foreign.map(
      (issue) => `Issue #${issue.number} has the label and the marker of this pair, but was opened by somebody from outside, so it is left alone.`
    )
  };
}
function withoutOpenIssue(input) {
  const { report, settings } = input;
  const closed = ownIssues(input, input.closed).own;
  if (wouldFile(report, settings)) return fileIssue(input, closed);
  const unsaid = report.verdict === "in-sync" && settings.discordOn !== "never" ? closed.find((issue) => isUnsaid(input, issue)) : void 0;
  if (unsaid) return sayRecovered(input, unsaid);
  return { ...nothing, action: "none", announce: announceWithoutIssue(report, settings) };
}
var isRecent = ({ now }, issue) => now.getTime() - Date.parse(issue?.closedAt ?? "") <= recentMs;
var isUnsaid = (input, issue) => issue.parts.state?.pending === "recovered" && isRecent(input, issue) && !isSilenced(issue) && !isOvertaken(input.report, issue.parts.state);
function sayRecovered(input, issue) {
  const before = issue.parts.state;
  const finish = (sent) => {
    const body = sent ? render(input, issue, nextState(input, before, issue, issue.createdAt, remember("recovered", sent, "recovered", before, input.now)), true) : void 0;
    return body === void 0 ? [] : [{ do: "update", issue: issue.number, body }];
  };
  return { ...nothing, action: "none", issue, announce: "recovered", finish };
}
function fileIssue(input, closed) {
  const { report, settings, now } = input;
  const newer = closed.find(({ parts }) => isOvertaken(report, parts.state));
  if (newer)
    return { ...nothing, action: "none", notes: [`No issue was filed: #${newer.number} was closed, and its last conclusive check is later than this one.`] };
  const ended = closed.filter(({ stateReason, closedAt }) => stateReason !== "duplicate" && closedAt !== null).sort((a, b) => (b.closedAt ?? "").localeCompare(a.closedAt ?? "") || b.number - a.number);
  const [last] = ended;
  if (last?.stateReason === "not_planned" && isAccepted(report, last.parts.state)) {
    const notes = [`No issue was filed: #${last.number} was closed as not planned, and the same ${report.words.document.many} differ.`];
    return { ...nothing, action: "none", notes };
  }
  const again = ended.find((issue) => issue.stateReason !== "not_planned" && isRecent(input, issue));
  const silenced = again !== void 0 && isSilenced(again);
  const event = again ? "reopened" : "opened";
  const announce = silenced ? void 0 : announceWithIssue(event, report, settings, void 0, now);
  const stateAfter = (sent, issue) => nextState(input, void 0, issue, report.finishedAt, remember(announce, sent, event, void 0, now));
  const filed = { ...nothing, action: event, issue: again, announce, silenced, trend: trendOf(stateAfter(false, again)) };
  if (again) {
    const body2 = (sent) => render(input, again, stateAfter(sent, again), false);
    return {
      ...filed,
      finish: (sent) => [{ do: "update", issue: again.number, ...withBody(body2(sent)), state: "open", reason: "reopened" }],
      warnings: tooLong(again, body2(false))
    };
  }
  const body = (sent, issue) => render(input, void 0, stateAfter(sent, issue), false) ?? "";
  const title = `Drift in ${inert(report.pair, 100)}: the two sides do not agree`;
  return {
    ...filed,
    steps: [{ do: "create", title, body: body(false, void 0), labels: settings.issueLabels }],
    // The author alone may not be enough to recognize it.
    finish: (sent, created) => created && (announce && sent || !created.isTrusted) ? [{ do: "update", issue: created.number, body: body(sent, created) }] : []
  };
}
function isAccepted(report, state) {
  if (!state?.weeks) return false;
  if (!knowsOthers(report, state) && !isWholePart(report)) return compareSeverity(report.severity, state.worst) <= 0;
  return hasOtherWeeks(state.weeks, differingWeeks(report)) === false;
}
function updateIssue(input, current) {
  const { report, settings, context, now } = input;
  const before = current.parts.state;
  const silenced = isSilenced(current);
  if (before && isOvertaken(report, before)) {
    const notes = [`Issue #${current.number} was left as it is: its last conclusive check is later than this one.`];
    return { ...nothing, action: "unchanged", issue: current, silenced, trend: trendOf(before), notes };
  }
  const change = worsening(input, before);
  const event = eventOf(report, change !== void 0, before);
  const announce = silenced ? void 0 : announceWithIssue(event, report, settings, before, now);
  const due = event === "recovered" && settings.discordWebhookUrl === void 0 ? void 0 : announce;
  const stateAfter = (sent) => nextState(input, before, current, current.createdAt, remember(due, sent, event, before, now));
  const body = (sent) => render(input, current, stateAfter(sent), report.verdict !== "drift");
  const state = stateAfter(false);
  const result = { issue: current, announce, silenced, trend: trendOf(state), notes: [] };
  if (event === "recovered") {
    const { steps: steps2, warnings: warnings2 } = commentOn(input, current, recoveredComment(report, context, before ?? state), ["recovered", before?.checkedAt]);
    return {
      ...result,
      action: "closed",
      steps: steps2,
      finish: (sent) => [{ do: "update", issue: current.number, ...withBody(body(sent)), state: "closed", reason: "completed" }],
      warnings: [...warnings2, ...tooLong(current, body(false))]
    };
  }
  const { steps, warnings } = commentOn(input, current, before && change && worsenedComment(report, context, before, change), [
    "worsened",
    before?.checkedAt,
    report.severity,
    state.weeks?.hash
  ]);
  const isSame = (text) => text === void 0 || sameBody(text, current.body);
  return {
    ...result,
    action: isSame(body(false)) ? "unchanged" : "updated",
    steps,
    finish: (sent) => isSame(body(sent)) ? [] : [{ do: "update", issue: current.number, ...withBody(body(sent)) }],
    warnings: [...warnings, ...tooLong(current, body(false))]
  };
}
var withBody = (body) => body === void 0 ? {} : { body };
var render = ({ report, context }, issue, state, keepFindings) => renderBody({ report, context, state, previous: issue?.parts, keepFindings });
function tooLong({ number: issue, parts }, body) {
  if (body !== void 0 && body.length <= maxLength) return [];
  const length = parts.before.length + parts.after.length;
  const left = body === void 0 ? "was left as it is" : "was cut short";
  return [
    `The description of issue #${issue} ${left}: the text that people wrote around Driftwatch's part has ${number2(length)} characters, and GitHub accepts ${number2(limit)} in total. Move it into a comment.`
  ];
}
function eventOf(report, worsened, before) {
  if (report.verdict === "unknown") return "unknown";
  if (report.verdict === "in-sync") return isConclusive(report) && !(before && isLate(report, before)) ? "recovered" : "inconclusive";
  return worsened ? "worsened" : "unchanged";
}
var isOvertaken = ({ verdict, finishedAt }, state) => verdict !== "unknown" && (state?.conclusive?.at ?? "") > finishedAt;
function worsening({ report, settings }, before) {
  if (!before?.severity || !wouldFile(report, settings)) return void 0;
  const sampled = isSampled(report);
  const rose = compareSeverity(report.severity, sampled ? before.worst : before.severity) > 0;
  const weeks = differingWeeks(report);
  const others = before.weeks !== null && knowsOthers(report, before) && hasOtherWeeks(before.weeks, weeks) === true;
  return rose || others ? { rose, weeks: others ? weeks : void 0 } : void 0;
}
function nextState({ report, settings, context }, before, issue, firstSeen, announced) {
  const isDrift = report.verdict === "drift";
  const checkedAt = before && isLate(report, before) ? before.checkedAt : report.finishedAt;
  const isNew = before?.checkedAt !== checkedAt;
  const worst = before?.worst ?? "none";
  const run = { at: report.finishedAt, ...context.runUrl && { url: context.runUrl } };
  const seal = issue && sealOf(settings.supabaseKey, report.pair, issue);
  return {
    version: 1,
    firstSeen: before?.firstSeen ?? firstSeen,
    runs: (before?.runs ?? 0) + (isDrift && isNew ? 1 : 0),
    checkedAt,
    ...announced,
    names: settings.revealValues ? revealed : report.differingWeeks.key,
    ...seal !== void 0 && { seal },
    conclusive: isConclusive(report) ? run : before?.conclusive ?? null,
    ...isDrift ? seenDrift(report, settings, before) : { severity: before?.severity ?? null, weeks: before?.weeks ?? null, isWhole: before?.isWhole },
    worst: isDrift && compareSeverity(report.severity, worst) > 0 ? report.severity : worst,
    trend: isNew ? [...before?.trend ?? [], packRun(runOf(report))].slice(-shownRuns) : before?.trend ?? []
  };
}
function seenDrift(report, settings, before) {
  const [weeks, known] = [differingWeeks(report), before?.weeks ?? null];
  if (!isSampled(report)) return { severity: report.severity, weeks, isWhole: true };
  const severity = before?.severity && compareSeverity(before.severity, report.severity) > 0 ? before.severity : report.severity;
  const isAdded = report.coverage !== void 0 || before !== void 0 && knowsOthers(report, before) && wouldFile(report, settings);
  return { severity, weeks: isAdded ? withWeeks(known, weeks) : known ?? weeks, isWhole: before?.isWhole };
}
function closeDuplicate(input, duplicate, winner) {
  const comment = commentOn(input, duplicate, duplicateComment(winner), ["duplicate", winner]);
  const close = { do: "update", issue: duplicate.number, state: "closed", reason: "duplicate" };
  return { steps: [...comment.steps, close], warnings: comment.warnings };
}
var isSilenced = ({ labels }) => labels.some((label) => label.toLowerCase() === "drift-ignore");
function commentOn(input, issue, text, about) {
  if (text === void 0 || isSilenced(issue)) return { steps: [], warnings: [] };
  if (!issue.locked) return { steps: [{ do: "comment", issue: issue.number, body: signed(text, about), since: lastChange(input, issue) }], warnings: [] };
  const warning = `Issue #${issue.number} is locked, so a comment on it was left out; its description is up to date. Unlock it to get comments.`;
  return { steps: [], warnings: [warning] };
}
function lastChange({ report, now }, issue) {
  const known = issue.parts.state?.checkedAt ?? new Date(now.getTime() - recentMs).toISOString();
  return known < report.startedAt ? known : report.startedAt;
}

// action/src/publish/issue/issue.ts
async function publishIssue(input) {
  const { report, settings, context } = input;
  const withoutIssue = { announce: announceWithoutIssue(report, settings), silenced: false, finish: async () => void 0 };
  const dry = settings.dryRun ? { wouldDo: [] } : void 0;
  if (settings.issueOn === "never") {
    return { action: "none", ...withoutIssue, ...dry, warnings: [], notes: ["No issue is filed: issue-on is never."] };
  }
  if (!context.repository && !dry) {
    const warning = "No issue was written: this run does not belong to a GitHub repository (GITHUB_REPOSITORY is not set).";
    return { action: "skipped", ...withoutIssue, warnings: [warning], notes: [] };
  }
  const tracker = await openTracker(input);
  const outcome = await bring(input, dry ? dryRun(tracker, dry.wouldDo) : requireTracker(tracker));
  return Object.assign(
    outcome,
    dry,
    dry && !tracker && { notes: ["The existing issues were not listed (no token or no repository), so this assumes that there are none."] }
  );
}
async function openTracker({ settings, context, pace }) {
  if (!context.repository || settings.githubToken === "") return void 0;
  const { createTracker } = await import("./tracker.js");
  return createTracker(settings.githubToken, context.repository, context.apiUrl, pace);
}
function requireTracker(tracker) {
  if (tracker) return tracker;
  throw new GitHubError("No issue could be written: `github-token` is empty. Leave the input out to use the token of the job, or set `issue-on: never`.");
}
async function bring(input, tracker) {
  const course = await start(input, tracker);
  const { planned, created } = course;
  const other = created && await stepBack(input, tracker, created).catch(() => void 0);
  const outcome = {
    ...other ? { action: "none" } : aboutOf(course),
    announce: other ? void 0 : planned.announce,
    silenced: planned.silenced,
    ...planned.trend && { trend: planned.trend },
    warnings: [...course.warnings],
    notes: [...planned.notes, ...other ? [other] : []],
    finish: async (sent) => {
      if (course.failure) throw course.failure;
      if (other) return;
      const { warnings, again } = await end(input, tracker, course, sent);
      outcome.warnings.push(...warnings);
      if (again) Object.assign(outcome, aboutOf(again));
    }
  };
  return outcome;
}
function aboutOf({ planned, created }) {
  const about = created ?? planned.issue;
  return { action: planned.action, ...about && { number: about.number, url: about.url } };
}
async function start(input, tracker) {
  const course = await attempt(input, tracker);
  return await isPassed(course.failure) ? attempt(input, tracker) : course;
}
async function attempt(input, tracker) {
  const planned = await look(input, tracker);
  const warnings = [...planned.warnings];
  try {
    return { planned, created: await apply(planned.steps, tracker, warnings), failure: void 0, warnings };
  } catch (error) {
    return { planned, created: void 0, failure: error, warnings };
  }
}
async function end(input, tracker, { planned, created }, sent) {
  const warnings = [];
  try {
    await apply(planned.finish(sent, created), tracker, warnings);
    return { warnings };
  } catch (error) {
    if (!await isPassed(error)) throw error;
    const again = await start(input, tracker);
    if (again.failure) throw again.failure;
    await apply(again.planned.finish(sent, again.created), tracker, warnings);
    return { warnings: [...warnings, ...again.warnings], again };
  }
}
async function isPassed(error) {
  const { hasChanged } = await import("./tracker.js");
  return hasChanged(error);
}
async function look(input, tracker) {
  const { report, settings, context, now } = input;
  const open = await tracker.issues("open");
  const isOpen = ownIssues(input, open).own.length > 0;
  return plan({ report, settings, context, now, open, closed: isOpen ? [] : await closedIssues(input, tracker) });
}
async function closedIssues({ report, settings, now }, tracker) {
  if (wouldFile(report, settings)) return tracker.issues("closed");
  if (report.verdict !== "in-sync" || settings.discordOn === "never" || !settings.discordWebhookUrl) return [];
  return tracker.issues("closed", new Date(now.getTime() - recentMs).toISOString());
}
async function stepBack(input, tracker, created) {
  const { own } = ownIssues(input, await tracker.issues("open"));
  const first = own.map(({ number: number3 }) => number3).sort((a, b) => a - b)[0] ?? created.number;
  if (first >= created.number) return void 0;
  await tracker.updateIssue({ do: "update", issue: created.number, state: "closed", reason: "duplicate" });
  return `Another run opened issue #${first} at the same time: #${created.number} was closed again as its duplicate.`;
}
async function apply(steps, tracker, warnings) {
  let created;
  for (const step of steps) {
    if (step.do === "comment") {
      const refused = await tracker.comment(step);
      if (refused.length > 0)
        warnings.push(
          `GitHub refused a comment on issue #${step.issue}, so it was left out. The issue may have too many comments, or the repository may limit who comments: look at the page of the issue.`
        );
    }
    if (step.do === "update") {
      const refused = await tracker.updateIssue(step);
      if (refused.includes("body"))
        warnings.push(`GitHub refused the new description of issue #${step.issue}, so it stays as it was. Shorten what people wrote around Driftwatch's part.`);
    }
    if (step.do === "create") {
      await createLabels(step.labels, tracker).catch(() => void 0);
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
