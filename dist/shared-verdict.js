import {
  compareSeverity,
  count,
  number,
  paragraphs,
  percent,
  time
} from "./shared-markdown.js";
import {
  upperBoundOfNone
} from "./shared-statistics.js";

// action/src/publish/announce.ts
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
    const heard = !before || before.announcedAt !== null || before.pending || before.unknown || reaches(before.worst, discordOn);
    return heard ? "recovered" : void 0;
  }
  if (!reaches(report.severity, discordOn)) return void 0;
  const pending = before?.pending === "recovered" ? void 0 : before?.pending;
  if (pending) return pending;
  if (event !== "unchanged") return event;
  const due = before?.announcedAt ? Date.parse(before.announcedAt) + remindAfterHours * 36e5 : 0;
  return remindAfterHours > 0 && now.getTime() >= due ? "reminder" : void 0;
}
function remember(announce, sent, event, before, now) {
  const said = sent ? announce : void 0;
  const announcedAt = said && said !== "unknown" ? now.toISOString() : before?.announcedAt ?? null;
  const unknown = event === "unknown" && (said === "unknown" || (before?.unknown ?? false));
  return { unknown, announcedAt, pending: pendingAfter(announce, sent, event, before?.pending ?? null) };
}
function pendingAfter(announce, sent, event, before) {
  if (announce !== void 0 && announce !== "unknown" && announce !== "reminder") return sent ? null : announce;
  const isOver = event === "recovered" || before === "recovered" && event !== "unknown" && event !== "inconclusive";
  return isOver ? null : before ?? null;
}

// action/src/history/past.ts
var isPast = (at, now) => Date.parse(at) <= now.getTime();

// action/src/verdict/verdict.ts
function driftRate({ differing, compared, counts }) {
  const levels = counts.map(({ expected, normalized }) => {
    const larger = Math.max(expected, normalized);
    return larger === 0 ? 0 : Math.abs(expected - normalized) / larger;
  });
  return Math.max(compared === 0 ? 0 : differing / compared, ...levels);
}
function severityOf(rate, findings, thresholds) {
  if (findings === 0) return "none";
  if (rate > thresholds.critical) return "critical";
  return rate > thresholds.high ? "high" : "medium";
}
function withHealth(severity, health) {
  const worst = health.map((check) => check.severity).reduce((a, b) => compareSeverity(a, b) >= 0 ? a : b, "none");
  return compareSeverity(worst, "medium") >= 0 && compareSeverity(worst, severity) > 0 ? worst : severity;
}
async function judge(evidence, thresholds, confidence) {
  const { words, mode, compared, findings, trouble, interruption } = evidence;
  const entities = await Promise.all((evidence.entities ?? [evidence]).map((part) => rated(part, confidence)));
  const rate = Math.max(0, ...entities.map((part) => part.rate));
  const isNothing = compared === 0 && mode !== "recent" && !evidence.hasOtherParts;
  const bound = isNothing ? 1 : Math.max(0, ...entities.map((part) => part.upperBound));
  const severity = withHealth(severityOf(rate, findings, thresholds), evidence.health);
  const judgement = { severity, rate, upperBound: bound, entities };
  if (trouble !== void 0) return { ...judgement, verdict: "unknown", reason: trouble };
  if (findings > 0) return { ...judgement, verdict: "drift", reason: void 0 };
  if (interruption !== void 0) return { ...judgement, verdict: "unknown", reason: interruption };
  if (isNothing) return { ...judgement, verdict: "unknown", reason: words.nothing };
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
async function boundOn({ mode, differing, compared, unsettled, restless, population, isPart = false }, confidence) {
  if (population === 0) return 0;
  const perhaps = Math.min(differing + restless, compared);
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

// action/src/publish/trend.ts
var isShown = (trend) => trend !== void 0 && trend.length > 1;
var couldTell = ({ verdict }) => verdict !== "unknown";
function trendLine(trend) {
  const [first] = trend ?? [];
  if (!isShown(trend) || !first) return "";
  const numbers = [
    ["in-sync", "in sync"],
    ["drift", "drift"],
    ["unknown", "unknown"]
  ].map(([verdict, name = ""]) => [trend.filter((run) => run.verdict === verdict).length, name]).filter(([runs]) => runs > 0).map(([runs, name]) => `${number(runs)} ${name}`);
  const rates = trend.filter(couldTell).map(({ rate }) => rate);
  const [start, end] = [rates.at(0), rates.at(-1)];
  const most = Math.max(0, ...rates);
  const moved = start === void 0 || end === void 0 ? "" : `; drift rate ${percent(start)} \u2192 ${percent(end)}${most > Math.max(start, end) ? `, at most ${percent(most)}` : ""}`;
  return `${count(trend.length, "run")} since ${time(first.at)}: ${numbers.join(", ")}${moved}`;
}
var steps = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
function trendBars(trend) {
  if (!isShown(trend)) return "";
  const most = Math.max(...trend.map(({ rate }) => rate));
  const bar = (run) => {
    if (!couldTell(run)) return "\xB7";
    const step = run.verdict === "in-sync" ? 0 : Math.max(1, Math.round(run.rate / most * 7) || 0);
    return steps[step] ?? "";
  };
  return trend.map(bar).join("");
}
var look = {
  xyChart: { width: 700, height: 220, xAxis: { showLabel: false, showTick: false } },
  themeVariables: { xyChart: { plotColorPalette: "#d1242f" } }
};
function trendChart(trend) {
  const known = trend.filter(couldTell);
  const [first, last] = [known.at(0), known.at(-1)];
  if (!first || !last || known.length < 2) return "";
  const rates = known.map(({ rate }) => Number((rate * 100).toFixed(4)));
  const most = Math.max(...rates);
  return [
    "```mermaid",
    `%%{init: ${JSON.stringify(look)}}%%`,
    "xychart-beta",
    `    x-axis "${plain(time(first.at))} to ${plain(time(last.at))}" 1 --> ${rates.length}`,
    `    y-axis "Drift rate (%)" 0 --> ${most === 0 ? 1 : most}`,
    `    line [${rates.join(", ")}]`,
    "```"
  ].join("\n");
}
var plain = (text) => text.replace(/[^\w :-]/g, "");
var trendSection = (trend) => isShown(trend) ? paragraphs(`${trendLine(trend)}. \`${trendBars(trend)}\``, trendChart(trend)) : "";

// action/src/report/differing.ts
var mostDiffering = 1e5;
function collectDiffering(most = mostDiffering) {
  let kept = /* @__PURE__ */ new Set();
  const list = () => [...kept].toSorted().slice(0, most);
  return {
    add(hash) {
      kept.add(hash);
      if (kept.size >= 2 * most) kept = new Set(list());
    },
    list,
    clear: () => kept.clear()
  };
}

export {
  mostDiffering,
  collectDiffering,
  isPast,
  judge,
  isConclusive,
  runOf,
  reaches,
  announceWithoutIssue,
  announceWithIssue,
  remember,
  trendLine,
  trendBars,
  trendSection
};
