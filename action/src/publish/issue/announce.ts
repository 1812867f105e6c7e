import type { PublishLevel, Settings } from '../../inputs.ts';
import { compareSeverity, type Report, type Severity } from '../../report/report.ts';
import type { IssueState } from './state.ts';

/** Why a message is worth sending. */
export type Announcement = 'opened' | 'reopened' | 'worsened' | 'recovered' | 'unknown' | 'reminder';

/** What a run means for the issue. */
export type IssueEvent = 'opened' | 'reopened' | 'worsened' | 'unchanged' | 'recovered' | 'unknown' | 'inconclusive';

export const reaches = (severity: Severity, level: PublishLevel): boolean =>
  level !== 'never' && compareSeverity(severity, level) >= 0;

/** Where there is no issue that remembers anything: each run speaks for itself. */
export function announceWithoutIssue(report: Report, { discordOn }: Pick<Settings, 'discordOn'>): Announcement | undefined {
  if (discordOn === 'never') return undefined;
  if (report.verdict === 'unknown') return 'unknown';
  return report.verdict === 'drift' && reaches(report.severity, discordOn) ? 'opened' : undefined;
}

/** @param before what the issue said until now; `undefined` when it remembers nothing */
export function announceWithIssue(
  event: IssueEvent,
  report: Report,
  { discordOn, remindAfterHours }: Pick<Settings, 'discordOn' | 'remindAfterHours'>,
  before: IssueState | undefined,
  now: Date,
): Announcement | undefined {
  if (discordOn === 'never' || event === 'inconclusive') return undefined;
  if (event === 'unknown') return before?.unknown ? undefined : 'unknown';
  if (event === 'recovered') {
    // Good news is for those who heard the bad.
    const heard = before && (before.announcedAt !== null || before.unknown || reaches(before.worst, discordOn));
    return heard ? 'recovered' : undefined;
  }
  if (!reaches(report.severity, discordOn)) return undefined;
  if (event !== 'unchanged') return event;
  const due = before?.announcedAt ? Date.parse(before.announcedAt) + remindAfterHours * 3_600_000 : 0;
  return remindAfterHours > 0 && now.getTime() >= due ? 'reminder' : undefined;
}
