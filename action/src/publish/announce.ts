import type { PublishLevel, Settings } from '../inputs.ts';
import { compareSeverity, type Report, type Severity } from '../report/report.ts';

/** Why a message is sent. */
export type Announcement = 'opened' | 'reopened' | 'worsened' | 'recovered' | 'unknown' | 'reminder';

/** What is remembered about earlier announcements, wherever they are recorded. */
export type Announced = {
  /** Whether it was announced that the last check was inconclusive. */
  readonly unknown: boolean;
  /** When the current drift was last announced, ISO 8601. */
  readonly announcedAt: string | null;
  /** What should have been announced but has not been yet. */
  readonly pending?: Exclude<Announcement, 'unknown' | 'reminder'> | null | undefined;
  /** The worst severity since the drift was first seen. */
  readonly worst: Severity;
};

/** What a run means for the issue. */
export type IssueEvent = 'opened' | 'reopened' | 'worsened' | 'unchanged' | 'recovered' | 'unknown' | 'inconclusive';

export const reaches = (severity: Severity, level: PublishLevel): boolean => level !== 'never' && compareSeverity(severity, level) >= 0;

/** Without an issue that remembers anything, each run is announced on its own. */
export function announceWithoutIssue(report: Report, { discordOn }: Pick<Settings, 'discordOn'>): Announcement | undefined {
  if (discordOn === 'never') return undefined;
  if (report.verdict === 'unknown') return 'unknown';
  return report.verdict === 'drift' && reaches(report.severity, discordOn) ? 'opened' : undefined;
}

/**
 * What should be announced, whether or not that succeeds: it is recorded as announced only once it was, and what an earlier run could not
 * announce stays due until then.
 *
 * @param before what the issue said until now; `undefined` if it remembers nothing
 */
export function announceWithIssue(
  event: IssueEvent,
  report: Report,
  { discordOn, remindAfterHours }: Pick<Settings, 'discordOn' | 'remindAfterHours'>,
  before: Announced | undefined,
  now: Date,
): Announcement | undefined {
  if (discordOn === 'never' || event === 'inconclusive') return undefined;
  if (event === 'unknown') return before?.unknown ? undefined : 'unknown';
  if (event === 'recovered') {
    // Good news is for those who received the bad news, or should have; if that is unknown, for everybody.
    const heard = !before || before.announcedAt !== null || before.pending || before.unknown || reaches(before.worst, discordOn);
    return heard ? 'recovered' : undefined;
  }
  if (!reaches(report.severity, discordOn)) return undefined;
  const pending = before?.pending === 'recovered' ? undefined : before?.pending;
  // People who do not know about the drift yet first learn that it exists.
  if (pending) return pending;
  if (event !== 'unchanged') return event;
  const due = before?.announcedAt ? Date.parse(before.announcedAt) + remindAfterHours * 3_600_000 : 0;
  return remindAfterHours > 0 && now.getTime() >= due ? 'reminder' : undefined;
}

/** What an issue remembers about announcements, once it is known whether this one was sent. */
export function remember(
  announce: Announcement | undefined,
  sent: boolean,
  event: IssueEvent,
  before: Pick<Announced, 'unknown' | 'announcedAt' | 'pending'> | undefined,
  now: Date,
): Required<Pick<Announced, 'unknown' | 'announcedAt' | 'pending'>> {
  const said = sent ? announce : undefined;
  const announcedAt = said && said !== 'unknown' ? now.toISOString() : (before?.announcedAt ?? null);
  const unknown = event === 'unknown' && (said === 'unknown' || (before?.unknown ?? false));
  return { unknown, announcedAt, pending: pendingAfter(announce, sent, event, before?.pending ?? null) };
}

function pendingAfter(announce: Announcement | undefined, sent: boolean, event: IssueEvent, before: Announced['pending']) {
  // An inconclusive check settles nothing; a reminder becomes due again by itself.
  if (announce !== undefined && announce !== 'unknown' && announce !== 'reminder') return sent ? null : announce;
  const isOver = event === 'recovered' || (before === 'recovered' && event !== 'unknown' && event !== 'inconclusive');
  return isOver ? null : (before ?? null);
}
