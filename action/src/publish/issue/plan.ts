import type { RunContext } from '../../context.ts';
import { runOf } from '../../history/run.ts';
import type { Settings } from '../../inputs.ts';
import { inert } from '../../privacy/inert.ts';
import { compareSeverity, shownRuns, type PastRun, type Report } from '../../report/report.ts';
import { isConclusive } from '../../verdict/verdict.ts';
import { announceWithIssue, announceWithoutIssue, reaches, type Announcement, type IssueEvent } from './announce.ts';
import { renderBody, sameBody, splitBody, type BodyParts } from './body.ts';
import { duplicateComment, recoveredComment, worsenedComment } from './comments.ts';
import { packRun, trendOf, type IssueState } from './state.ts';
import { differingWeeks, hasOtherWeeks } from './weeks.ts';

/** An issue with the drift label, as GitHub has it. Times are ISO 8601 UTC. */
export type Issue = {
  number: number;
  url: string;
  body: string;
  state: 'open' | 'closed';
  stateReason: string | null;
  labels: readonly string[];
  locked: boolean;
  createdAt: string;
  closedAt: string | null;
};

export type Step =
  | { do: 'create'; title: string; body: string; labels: readonly string[] }
  | { do: 'comment'; issue: number; body: string }
  | { do: 'update'; issue: number; body?: string; state?: 'open' | 'closed'; reason?: 'completed' | 'duplicate' | 'reopened' };

export type IssueAction = 'none' | 'opened' | 'updated' | 'unchanged' | 'reopened' | 'closed' | 'skipped';

export type Plan = {
  action: IssueAction;
  /** The one that `action` is about, where it exists already. */
  issue: Issue | undefined;
  /** In this order. */
  steps: readonly Step[];
  announce: Announcement | undefined;
  /** A person asked for silence with the label `drift-ignore`. */
  silenced: boolean;
  warnings: readonly string[];
  /** Runs that the issue remembers, this one last. */
  trend?: readonly PastRun[];
  /** For the log: why nothing was done where something might be expected. */
  notes: readonly string[];
};

export type PlanInput = {
  report: Report;
  settings: Pick<Settings, 'issueOn' | 'discordOn' | 'issueLabels' | 'remindAfterHours'>;
  context: RunContext;
  now: Date;
  /** Issues with the drift label; which of them are about this pair is decided here. */
  open: readonly Issue[];
  /** May stay empty unless `wouldFile`. */
  closed: readonly Issue[];
};

type Known = Issue & { parts: BodyParts };

const reopenWithinMs = 7 * 24 * 3_600_000;
const nothing = { issue: undefined, steps: [], announce: undefined, silenced: false, warnings: [], notes: [] };

/** Whether the report files an issue where none is open. */
export const wouldFile = (report: Report, { issueOn }: Pick<Settings, 'issueOn'>): boolean =>
  report.verdict === 'drift' && reaches(report.severity, issueOn);

/** A new sample finds other weeks of the same drift each time. */
const isSampled = ({ drift }: Report): boolean => drift.compared < drift.population;

/** What brings the repository to the state that the report implies; the same state twice needs nothing. */
export function plan(input: PlanInput): Plan {
  const { report, settings, open } = input;
  const [current, ...duplicates] = ofThisPair(open, report.pair).sort((a, b) => b.number - a.number);
  if (!current) {
    if (wouldFile(report, settings)) return fileIssue(input);
    return { ...nothing, action: 'none', announce: announceWithoutIssue(report, settings) };
  }
  const main = updateIssue(input, current);
  // Only knowing closes an issue, a second one too.
  if (report.verdict === 'unknown') return main;
  const others = duplicates.map((duplicate) => closeDuplicate(duplicate, current.number));
  return {
    ...main,
    steps: [...main.steps, ...others.flatMap(({ steps }) => steps)],
    warnings: [...main.warnings, ...others.flatMap(({ warnings }) => warnings)],
  };
}

function ofThisPair(issues: readonly Issue[], pair: string): Known[] {
  return issues.flatMap((issue) => {
    const parts = splitBody(issue.body, pair);
    return parts ? [{ ...issue, parts }] : [];
  });
}

function fileIssue(input: PlanInput): Plan {
  const { report, settings, context, now, closed } = input;
  const last = ofThisPair(closed, report.pair)
    .filter(({ stateReason, closedAt }) => stateReason !== 'duplicate' && closedAt !== null)
    .sort((a, b) => (b.closedAt ?? '').localeCompare(a.closedAt ?? '') || b.number - a.number)[0];
  if (last?.stateReason === 'not_planned' && isAccepted(report, last.parts.state)) {
    const notes = [`No issue was filed: #${last.number} was closed as not planned, and the same weeks differ.`];
    return { ...nothing, action: 'none', notes };
  }
  const since = now.getTime() - Date.parse(last?.closedAt ?? '');
  // Before GitHub knew reasons, every issue was closed as completed.
  const again = last && last.stateReason !== 'not_planned' && since <= reopenWithinMs ? last : undefined;
  const silenced = again !== undefined && isSilenced(again);
  const event = again ? 'reopened' : 'opened';
  const announce = silenced ? undefined : announceWithIssue(event, report, settings, undefined, now);
  const state = nextState(input, undefined, report.finishedAt, announce);
  const body = renderBody({ report, context, state, previous: again?.parts, keepFindings: false });
  const title = `Drift in ${inert(report.pair, 100)}: the two sides do not agree`;
  const step: Step = again
    ? { do: 'update', issue: again.number, body, state: 'open', reason: 'reopened' }
    : { do: 'create', title, body, labels: settings.issueLabels };
  return { ...nothing, action: event, issue: again, steps: [step], announce, silenced, trend: trendOf(state) };
}

/** A person closed the issue as not planned: this drift is known, and wanted or put up with. */
function isAccepted(report: Report, state: IssueState | undefined): boolean {
  if (!state?.weeks) return false;
  if (isSampled(report)) return compareSeverity(report.severity, state.worst) <= 0;
  // Another key makes other hashes: nobody can tell, and that is no consent.
  return hasOtherWeeks(state.weeks, differingWeeks(report)) === false;
}

function updateIssue(input: PlanInput, current: Known): Plan {
  const { report, settings, context, now } = input;
  const before = current.parts.state;
  const silenced = isSilenced(current);
  const change = worsening(input, before);
  const event = eventOf(report, change !== undefined);
  const announce = silenced ? undefined : announceWithIssue(event, report, settings, before, now);
  const state = nextState(input, before, current.createdAt, announce);
  const body = renderBody({ report, context, state, previous: current.parts, keepFindings: report.verdict !== 'drift' });
  const result = { issue: current, announce, silenced, trend: trendOf(state), notes: [] };

  // A comment comes first: if the update after it fails, the next run says it again rather than never.
  if (event === 'recovered') {
    const { steps, warnings } = commentOn(current, recoveredComment(report, context, before ?? state));
    const close: Step = { do: 'update', issue: current.number, body, state: 'closed', reason: 'completed' };
    return { ...result, action: 'closed', steps: [...steps, close], warnings };
  }
  const { steps, warnings } = commentOn(current, before && change && worsenedComment(report, context, before, change));
  if (sameBody(body, current.body)) return { ...result, action: 'unchanged', steps, warnings };
  const update: Step = { do: 'update', issue: current.number, body };
  return { ...result, action: 'updated', steps: [...steps, update], warnings };
}

function eventOf(report: Report, worsened: boolean): IssueEvent {
  if (report.verdict === 'unknown') return 'unknown';
  if (report.verdict === 'in-sync') return isConclusive(report) ? 'recovered' : 'inconclusive';
  return worsened ? 'worsened' : 'unchanged';
}

/** In which way the drift is worse than what the issue said before; `undefined` when it is not, or nobody can tell. */
function worsening({ report, settings }: PlanInput, before: IssueState | undefined) {
  if (!before?.severity || !wouldFile(report, settings)) return undefined;
  const sampled = isSampled(report);
  // What a sample says goes up and down around the truth: only a new height is news.
  const rose = compareSeverity(report.severity, sampled ? before.worst : before.severity) > 0;
  const weeks = differingWeeks(report);
  const others = !sampled && before.weeks !== null && hasOtherWeeks(before.weeks, weeks) === true;
  return rose || others ? { rose, weeks: others ? weeks : undefined } : undefined;
}

function nextState(
  { report, context, now }: PlanInput,
  before: IssueState | undefined,
  firstSeen: string,
  announce: Announcement | undefined,
): IssueState {
  const isDrift = report.verdict === 'drift';
  const isNew = before?.checkedAt !== report.finishedAt;
  const worst = before?.worst ?? 'none';
  const run = { at: report.finishedAt, ...(context.runUrl && { url: context.runUrl }) };
  return {
    version: 1,
    firstSeen: before?.firstSeen ?? firstSeen,
    runs: (before?.runs ?? 0) + (isDrift && isNew ? 1 : 0),
    checkedAt: report.finishedAt,
    unknown: report.verdict === 'unknown',
    announcedAt: announce && announce !== 'unknown' ? now.toISOString() : (before?.announcedAt ?? null),
    conclusive: isConclusive(report) ? run : (before?.conclusive ?? null),
    severity: isDrift ? report.severity : (before?.severity ?? null),
    worst: isDrift && compareSeverity(report.severity, worst) > 0 ? report.severity : worst,
    weeks: isDrift ? differingWeeks(report) : (before?.weeks ?? null),
    trend: isNew ? [...(before?.trend ?? []), packRun(runOf(report))].slice(-shownRuns) : (before?.trend ?? []),
  };
}

function closeDuplicate(duplicate: Known, winner: number) {
  const comment = commentOn(duplicate, duplicateComment(winner));
  const close: Step = { do: 'update', issue: duplicate.number, state: 'closed', reason: 'duplicate' };
  return { steps: [...comment.steps, close], warnings: comment.warnings };
}

const isSilenced = ({ labels }: Issue): boolean => labels.some((label) => label.toLowerCase() === 'drift-ignore');

function commentOn(issue: Issue, body: string | undefined): { steps: Step[]; warnings: string[] } {
  if (body === undefined || isSilenced(issue)) return { steps: [], warnings: [] };
  if (!issue.locked) return { steps: [{ do: 'comment', issue: issue.number, body }], warnings: [] };
  const warning = `Issue #${issue.number} is locked, so a comment on it was left out; its description is up to date. Unlock it to get comments.`;
  return { steps: [], warnings: [warning] };
}
