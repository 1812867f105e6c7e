import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  compareSeverity
} from "./shared-markdown.js";

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
  reaches,
  announceWithoutIssue,
  announceWithIssue
};
