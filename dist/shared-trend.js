import {
  paragraphs,
  time
} from "./shared-markdown.js";
import {
  compareSeverity,
  count,
  number,
  percent
} from "./shared-postgrest-js.js";

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

// action/src/publish/trend.ts
var isShown = (trend) => trend !== void 0 && trend.length > 1;
var couldTell = ({ verdict }) => verdict !== "unknown";
function trendLine(trend) {
  const [first] = trend ?? [];
  if (!isShown(trend) || !first) return "";
  const numbers = [
    ["in-sync", "in sync"],
    ["drift", "with drift"],
    ["unknown", "unknown"]
  ].map(([verdict, name = ""]) => [trend.filter((run) => run.verdict === verdict).length, name]).filter(([runs]) => runs > 0).map(([runs, name]) => `${number(runs)} ${name}`);
  const rates = trend.filter(couldTell).map(({ rate }) => rate);
  const [start, end] = [rates.at(0), rates.at(-1)];
  const most = Math.max(0, ...rates);
  const moved = start === void 0 || end === void 0 ? "" : `; drift rate ${start === end ? "" : `${percent(start)} \u2192 `}${percent(end)}${most > Math.max(start, end) ? `, peak ${percent(most)}` : ""}`;
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

export {
  reaches,
  announceWithoutIssue,
  announceWithIssue,
  remember,
  trendLine,
  trendBars,
  trendSection
};
