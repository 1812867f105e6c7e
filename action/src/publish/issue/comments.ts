import { createHash } from 'node:crypto';
import type { RunContext } from '../../context.ts';
import type { Report } from '../../report/report.ts';
import { acceptedTable, paragraphs, time, typesTable, verdictLine } from '../markdown.ts';
import { count } from '../../report/numbers.ts';
import { capitalized, documents } from '../../report/words.ts';
import { acceptedTotal, partName, statistics } from '../words.ts';
import type { IssueState } from './state.ts';
import type { Weeks } from './weeks.ts';

/** A comment, and how to recognize it: another run may say the same in other words. */
export const signed = (text: string, about: readonly unknown[]): string =>
  paragraphs(text, `<!-- driftwatch:said ${createHash('sha256').update(JSON.stringify(about)).digest('base64url').slice(0, 22)} -->`);

/** What two comments with the same meaning have in common. */
export const signatureOf = (body: string): string => /^<!-- driftwatch:said [\w-]+ -->$/m.exec(body)?.[0] ?? body;

const thisRun = ({ runUrl }: RunContext): string => (runUrl ? `[this run](${runUrl})` : 'this run');

/** That others differ than before. Some of those in the part that was compared may have been known. */
function otherWeeks(report: Report, now: Weeks, earlier: IssueState): string {
  const { words, coverage } = report;
  const before = earlier.weeks?.count ?? 0;
  const [those, known] = [documents(words, now.count), documents(words, before)];
  return coverage
    ? `${capitalized(words.document.many)} differ that were not known to: ${those} ${now.count === 1 ? 'differs' : 'differ'} in ${partName(report)}; in all parts, ${known} ${before === 1 ? 'was' : 'were'} known to differ.`
    : `Different ${words.document.many} differ now: ${those}, against ${known} when drift was last seen.`;
}

/** @param change how it is worse than what the issue said before */
export function worsenedComment(report: Report, context: RunContext, before: IssueState, change: { rose: boolean; weeks: Weeks | undefined }): string {
  const rose = change.rose ? `Severity rose from ${before.severity} to ${report.severity}.` : '';
  const others = change.weeks ? otherWeeks(report, change.weeks, before) : '';
  return paragraphs(
    verdictLine(report),
    [rose, others, `Seen by ${thisRun(context)}; the description above is up to date.`].filter(Boolean).join(' '),
    typesTable(report),
  );
}

export function recoveredComment(report: Report, context: RunContext, before: IssueState): string {
  const seen = before.runs > 0 ? `, seen by ${count(before.runs, 'run')}, at worst ${before.worst}` : '';
  const lasted = `The drift lasted ${lasting(before.firstSeen, report.finishedAt)}: first seen ${time(before.firstSeen)}${seen}.`;
  // One part of several need not hold what differed, and what is accepted still differs. Otherwise it was repaired or deleted.
  const differed = report.mode === 'full' && !report.coverage && acceptedTotal(report) === 0 ? (before.weeks?.count ?? 0) : 0;
  const agree =
    differed > 0 ? ` The ${documents(report.words, differed)} that differed when drift was last seen no longer ${differed === 1 ? 'does' : 'do'}.` : '';
  return paragraphs(verdictLine(report), lasted, `Cleared by ${thisRun(context)}: ${statistics(report)}${agree}`, acceptedTable(report));
}

export const duplicateComment = (winner: number): string =>
  `Duplicate of #${winner}, the newest open issue about this drift. It is the one that is kept up to date.`;

/** `3 days 6 hours`; whole minutes below an hour, of which there may be none. */
export function lasting(from: string, to: string): string {
  const minutes = Math.max(Math.floor((Date.parse(to) - Date.parse(from)) / 60_000), 0);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days === 0 && hours === 0) return minutes === 0 ? 'less than a minute' : count(minutes, 'minute');
  const parts = [days > 0 ? count(days, 'day') : '', hours > 0 ? count(hours, 'hour') : ''];
  return parts.filter(Boolean).join(' ');
}
