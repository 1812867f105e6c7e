import type { RunContext } from '../../context.ts';
import { runOf } from '../../history/run.ts';
import type { Settings } from '../../inputs.ts';
import { inert } from '../../privacy/inert.ts';
import { number } from '../../report/numbers.ts';
import { compareSeverity, shownRuns, type PastRun, type Report } from '../../report/report.ts';
import { isConclusive } from '../../verdict/verdict.ts';
import { announceWithIssue, announceWithoutIssue, reaches, remember, type Announcement, type IssueEvent } from '../announce.ts';
import { limit, maxLength, renderBody, revealed, sameBody, splitBody, type BodyParts } from './body.ts';
import { duplicateComment, recoveredComment, signed, worsenedComment } from './comments.ts';
import { sealOf } from './seal.ts';
import { isLate, packRun, trendOf, type IssueState } from './state.ts';
import { differingWeeks, hasOtherWeeks, withWeeks } from './weeks.ts';

/** An issue with the drift label, in GitHub's terms. Times are ISO 8601 UTC. */
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
  /** Opened by a bot, or by somebody with write access to the repository: not by an outsider. */
  isTrusted: boolean;
};

export type Step =
  | { do: 'create'; title: string; body: string; labels: readonly string[] }
  /** A comment that is posted once, however often it is planned; `since` is the earliest time at which it can have been posted. */
  | { do: 'comment'; issue: number; body: string; since: string }
  | { do: 'update'; issue: number; body?: string; state?: 'open' | 'closed'; reason?: 'completed' | 'duplicate' | 'reopened' };

export type IssueAction = 'none' | 'opened' | 'updated' | 'unchanged' | 'reopened' | 'closed' | 'skipped';

export type Plan = {
  action: IssueAction;
  /** The issue that `action` is about, if it exists already. */
  issue: Issue | undefined;
  /** Done in this order before anything is announced: comments, and the issue itself if there is none. */
  steps: readonly Step[];
  announce: Announcement | undefined;
  /**
   * What is left to do once it is known whether `announce` was sent. The body comes last, since its hidden state records what was done: if
   * a run ends before that, the next one does everything.
   *
   * @param created by the steps
   */
  finish: (sent: boolean, created: Issue | undefined) => readonly Step[];
  /** A person asked for silence with the label `drift-ignore`. */
  silenced: boolean;
  warnings: readonly string[];
  /** Runs that the issue remembers, this one last. */
  trend?: readonly PastRun[];
  /** For the log: why nothing was done although something might be expected. */
  notes: readonly string[];
};

export type PlanInput = {
  report: Report;
  settings: Pick<Settings, 'issueOn' | 'discordOn' | 'discordWebhookUrl' | 'issueLabels' | 'remindAfterHours' | 'revealValues' | 'supabaseKey'>;
  context: RunContext;
  now: Date;
  /** Issues with the drift label; which of them are about this pair and are the bot's own is decided here. */
  open: readonly Issue[];
  /** May stay empty unless `wouldFile`, or unless a recovery may still have to be announced. */
  closed: readonly Issue[];
};

type Known = Issue & { parts: BodyParts };

/** How long an issue still counts after it was closed: it is reopened, and its recovery is still news. */
export const recentMs = 7 * 24 * 3_600_000;
const nothing = { issue: undefined, steps: [], announce: undefined, finish: () => [], silenced: false, warnings: [], notes: [] };

/** Whether the report opens an issue if none is open. */
export const wouldFile = (report: Report, { issueOn }: Pick<Settings, 'issueOn'>): boolean => report.verdict === 'drift' && reaches(report.severity, issueOn);

/** A new sample, or other recent writes, show different documents of the same drift each time. */
const isSampled = ({ drift, mode }: Report): boolean => drift.compared < drift.population || mode === 'recent';

/** A part shows the same documents each time, and the state has those of the parts before it. */
const isWholePart = ({ coverage, mode }: Report): boolean => coverage !== undefined && mode === 'full';

/** Whether newly differing documents can be recognized: this run saw all of them, or the earlier state contains all that were seen. */
const knowsOthers = (report: Report, { weeks, isWhole = false }: IssueState): boolean =>
  !isSampled(report) || (weeks?.list !== undefined && (isWholePart(report) || (isWhole && differingWeeks(report).list !== undefined)));

/** The changes that bring the repository into the state that the report implies; repeating them changes nothing. */
export function plan(input: PlanInput): Plan {
  const { own: open, notes } = ownIssues(input, input.open);
  const [current, ...duplicates] = open.sort((a, b) => b.number - a.number);
  const main = current ? updateIssue(input, current) : withoutOpenIssue(input);
  // Only a conclusive run closes an issue, or a duplicate of it.
  const knows = input.report.verdict !== 'unknown' && input.report.mode !== 'recent';
  const others = current && knows ? duplicates.map((duplicate) => closeDuplicate(input, duplicate, current.number)) : [];
  return {
    ...main,
    finish: (sent, created) => [...main.finish(sent, created), ...others.flatMap(({ steps }) => steps)],
    warnings: [...main.warnings, ...others.flatMap(({ warnings }) => warnings)],
    notes: [...main.notes, ...notes],
  };
}

/**
 * The bot's own issues about this pair. Anybody may write the marker into an issue, and a helper may add the label: such an issue is left
 * alone, or it would replace the bot's.
 */
export function ownIssues(
  { report, settings, context, now }: Pick<PlanInput, 'report' | 'settings' | 'context' | 'now'>,
  issues: readonly Issue[],
): { own: Known[]; notes: string[] } {
  const known = issues.flatMap((issue) => {
    const parts = splitBody(issue.body, report.pair, { now, createdAt: issue.createdAt, runUrl: context.runUrl });
    return parts ? [{ ...issue, parts }] : [];
  });
  const isOwn = (issue: Known): boolean => {
    if (issue.isTrusted) return true;
    const seal = issue.parts.state?.seal;
    return seal !== undefined && seal === sealOf(settings.supabaseKey, report.pair, issue);
  };
  const foreign = known.filter((issue) => !isOwn(issue) && issue.state === 'open');
  return {
    own: known.filter(isOwn),
    notes: foreign.map(
      (issue) => `Issue #${issue.number} has the label and the marker of this pair, but was opened by somebody from outside, so it is left alone.`,
    ),
  };
}

function withoutOpenIssue(input: PlanInput): Plan {
  const { report, settings } = input;
  const closed = ownIssues(input, input.closed).own;
  if (wouldFile(report, settings)) return fileIssue(input, closed);
  const unsaid = report.verdict === 'in-sync' && settings.discordOn !== 'never' ? closed.find((issue) => isUnsaid(input, issue)) : undefined;
  if (unsaid) return sayRecovered(input, unsaid);
  return { ...nothing, action: 'none', announce: announceWithoutIssue(report, settings) };
}

const isRecent = ({ now }: PlanInput, issue: Issue | undefined): boolean => now.getTime() - Date.parse(issue?.closedAt ?? '') <= recentMs;

const isUnsaid = (input: PlanInput, issue: Known): boolean =>
  issue.parts.state?.pending === 'recovered' && isRecent(input, issue) && !isSilenced(issue) && !isOvertaken(input.report, issue.parts.state);

/** The run that closed the issue could not announce it. */
function sayRecovered(input: PlanInput, issue: Known): Plan {
  const before = issue.parts.state;
  const finish: Plan['finish'] = (sent) => {
    const body = sent
      ? render(input, issue, nextState(input, before, issue, issue.createdAt, remember('recovered', sent, 'recovered', before, input.now)), true)
      : undefined;
    return body === undefined ? [] : [{ do: 'update', issue: issue.number, body }];
  };
  return { ...nothing, action: 'none', issue, announce: 'recovered', finish };
}

function fileIssue(input: PlanInput, closed: readonly Known[]): Plan {
  const { report, settings, now } = input;
  const newer = closed.find(({ parts }) => isOvertaken(report, parts.state));
  if (newer)
    return { ...nothing, action: 'none', notes: [`No issue was filed: #${newer.number} was closed, and its last conclusive check is later than this one.`] };
  const ended = closed
    .filter(({ stateReason, closedAt }) => stateReason !== 'duplicate' && closedAt !== null)
    .sort((a, b) => (b.closedAt ?? '').localeCompare(a.closedAt ?? '') || b.number - a.number);
  const [last] = ended;
  if (last?.stateReason === 'not_planned' && isAccepted(report, last.parts.state)) {
    const notes = [`No issue was filed: #${last.number} was closed as not planned, and the same ${report.words.document.many} differ.`];
    return { ...nothing, action: 'none', notes };
  }
  // Before GitHub had reasons, every issue was closed as completed.
  const again = ended.find((issue) => issue.stateReason !== 'not_planned' && isRecent(input, issue));
  const silenced = again !== undefined && isSilenced(again);
  const event = again ? 'reopened' : 'opened';
  const announce = silenced ? undefined : announceWithIssue(event, report, settings, undefined, now);
  const stateAfter = (sent: boolean, issue: Issue | undefined) =>
    nextState(input, undefined, issue, report.finishedAt, remember(announce, sent, event, undefined, now));
  const filed = { ...nothing, action: event, issue: again, announce, silenced, trend: trendOf(stateAfter(false, again)) } as const;
  if (again) {
    const body = (sent: boolean) => render(input, again, stateAfter(sent, again), false);
    return {
      ...filed,
      finish: (sent) => [{ do: 'update', issue: again.number, ...withBody(body(sent)), state: 'open', reason: 'reopened' }],
      warnings: tooLong(again, body(false)),
    };
  }
  const body = (sent: boolean, issue: Issue | undefined): string => render(input, undefined, stateAfter(sent, issue), false) ?? '';
  const title = `Drift in ${inert(report.pair, 100)}: the two sides do not agree`;
  return {
    ...filed,
    steps: [{ do: 'create', title, body: body(false, undefined), labels: settings.issueLabels }],
    // The author alone may not be enough to recognize it.
    finish: (sent, created) =>
      created && ((announce && sent) || !created.isTrusted) ? [{ do: 'update', issue: created.number, body: body(sent, created) }] : [],
  };
}

/** A person closed the issue as not planned: this drift is known, and intended or accepted. */
function isAccepted(report: Report, state: IssueState | undefined): boolean {
  if (!state?.weeks) return false;
  if (!knowsOthers(report, state) && !isWholePart(report)) return compareSeverity(report.severity, state.worst) <= 0;
  // Another key makes different hashes, so nobody knows whether these are the same weeks: that is not consent.
  return hasOtherWeeks(state.weeks, differingWeeks(report)) === false;
}

function updateIssue(input: PlanInput, current: Known): Plan {
  const { report, settings, context, now } = input;
  const before = current.parts.state;
  const silenced = isSilenced(current);
  if (before && isOvertaken(report, before)) {
    const notes = [`Issue #${current.number} was left as it is: its last conclusive check is later than this one.`];
    return { ...nothing, action: 'unchanged', issue: current, silenced, trend: trendOf(before), notes };
  }
  const change = worsening(input, before);
  const event = eventOf(report, change !== undefined, before);
  const announce = silenced ? undefined : announceWithIssue(event, report, settings, before, now);
  // If nothing is announced anywhere, no recovery is left to announce.
  const due = event === 'recovered' && settings.discordWebhookUrl === undefined ? undefined : announce;
  // GitHub's times are the best substitute for what the issue remembers.
  const stateAfter = (sent: boolean) => nextState(input, before, current, current.createdAt, remember(due, sent, event, before, now));
  const body = (sent: boolean) => render(input, current, stateAfter(sent), report.verdict !== 'drift');
  const state = stateAfter(false);
  const result = { issue: current, announce, silenced, trend: trendOf(state), notes: [] };

  if (event === 'recovered') {
    const { steps, warnings } = commentOn(input, current, recoveredComment(report, context, before ?? state), ['recovered', before?.checkedAt]);
    return {
      ...result,
      action: 'closed',
      steps,
      finish: (sent) => [{ do: 'update', issue: current.number, ...withBody(body(sent)), state: 'closed', reason: 'completed' }],
      warnings: [...warnings, ...tooLong(current, body(false))],
    };
  }
  const { steps, warnings } = commentOn(input, current, before && change && worsenedComment(report, context, before, change), [
    'worsened',
    before?.checkedAt,
    report.severity,
    state.weeks?.hash,
  ]);
  const isSame = (text: string | undefined) => text === undefined || sameBody(text, current.body);
  return {
    ...result,
    action: isSame(body(false)) ? 'unchanged' : 'updated',
    steps,
    finish: (sent) => (isSame(body(sent)) ? [] : [{ do: 'update', issue: current.number, ...withBody(body(sent)) }]),
    warnings: [...warnings, ...tooLong(current, body(false))],
  };
}

const withBody = (body: string | undefined): { body?: string } => (body === undefined ? {} : { body });

const render = ({ report, context }: PlanInput, issue: Known | undefined, state: IssueState, keepFindings: boolean): string | undefined =>
  renderBody({ report, context, state, previous: issue?.parts, keepFindings });

/** What a person wrote is never changed, so only a person can make room. */
function tooLong({ number: issue, parts }: Known, body: string | undefined): string[] {
  if (body !== undefined && body.length <= maxLength) return [];
  const length = parts.before.length + parts.after.length;
  const left = body === undefined ? 'was left as it is' : 'was cut short';
  return [
    `The description of issue #${issue} ${left}: the text that people wrote around Driftwatch's part has ${number(length)} characters, and GitHub accepts ${number(limit)} in total. Move it into a comment.`,
  ];
}

function eventOf(report: Report, worsened: boolean, before: IssueState | undefined): IssueEvent {
  if (report.verdict === 'unknown') return 'unknown';
  if (report.verdict === 'in-sync') return isConclusive(report) && !(before && isLate(report, before)) ? 'recovered' : 'inconclusive';
  return worsened ? 'worsened' : 'unchanged';
}

/** Whether a later check has replaced all that the report says. That nothing is known is news at any time. */
const isOvertaken = ({ verdict, finishedAt }: Report, state: IssueState | undefined): boolean =>
  verdict !== 'unknown' && (state?.conclusive?.at ?? '') > finishedAt;

/** How the drift is worse than what the issue said before; `undefined` if it is not, or if that is unknown. */
function worsening({ report, settings }: PlanInput, before: IssueState | undefined) {
  if (!before?.severity || !wouldFile(report, settings)) return undefined;
  const sampled = isSampled(report);
  // The rate of a sample varies around the true one: only a new maximum is news.
  const rose = compareSeverity(report.severity, sampled ? before.worst : before.severity) > 0;
  const weeks = differingWeeks(report);
  const others = before.weeks !== null && knowsOthers(report, before) && hasOtherWeeks(before.weeks, weeks) === true;
  return rose || others ? { rose, weeks: others ? weeks : undefined } : undefined;
}

/**
 * @param issue that the state is written into; `undefined` while there is none
 * @param firstSeen used if nothing is remembered
 */
function nextState(
  { report, settings, context }: PlanInput,
  before: IssueState | undefined,
  issue: Issue | undefined,
  firstSeen: string,
  announced: ReturnType<typeof remember>,
): IssueState {
  const isDrift = report.verdict === 'drift';
  const checkedAt = before && isLate(report, before) ? before.checkedAt : report.finishedAt;
  const isNew = before?.checkedAt !== checkedAt;
  const worst = before?.worst ?? 'none';
  const run = { at: report.finishedAt, ...(context.runUrl && { url: context.runUrl }) };
  const seal = issue && sealOf(settings.supabaseKey, report.pair, issue);
  return {
    version: 1,
    firstSeen: before?.firstSeen ?? firstSeen,
    runs: (before?.runs ?? 0) + (isDrift && isNew ? 1 : 0),
    checkedAt,
    ...announced,
    names: settings.revealValues ? revealed : report.differingWeeks.key,
    ...(seal !== undefined && { seal }),
    conclusive: isConclusive(report) ? run : (before?.conclusive ?? null),
    ...(isDrift ? seenDrift(report, settings, before) : { severity: before?.severity ?? null, weeks: before?.weeks ?? null, isWhole: before?.isWhole }),
    worst: isDrift && compareSeverity(report.severity, worst) > 0 ? report.severity : worst,
    trend: isNew ? [...(before?.trend ?? []), packRun(runOf(report))].slice(-shownRuns) : (before?.trend ?? []),
  };
}

/**
 * What the next run compares its drift with. A run that saw only some of the documents knows nothing about the others, which must not
 * become news for the next run that sees them all.
 */
function seenDrift(report: Report, settings: PlanInput['settings'], before: IssueState | undefined): Pick<IssueState, 'severity' | 'weeks' | 'isWhole'> {
  const [weeks, known] = [differingWeeks(report), before?.weeks ?? null];
  if (!isSampled(report)) return { severity: report.severity, weeks, isWhole: true };
  const severity = before?.severity && compareSeverity(before.severity, report.severity) > 0 ? before.severity : report.severity;
  // From now on, other documents that were news are known.
  const isAdded = report.coverage !== undefined || (before !== undefined && knowsOthers(report, before) && wouldFile(report, settings));
  return { severity, weeks: isAdded ? withWeeks(known, weeks) : (known ?? weeks), isWhole: before?.isWhole };
}

function closeDuplicate(input: PlanInput, duplicate: Known, winner: number) {
  const comment = commentOn(input, duplicate, duplicateComment(winner), ['duplicate', winner]);
  const close: Step = { do: 'update', issue: duplicate.number, state: 'closed', reason: 'duplicate' };
  return { steps: [...comment.steps, close], warnings: comment.warnings };
}

const isSilenced = ({ labels }: Issue): boolean => labels.some((label) => label.toLowerCase() === 'drift-ignore');

/**
 * A comment is posted before the change that it belongs to, so that it is not lost. It is looked for since the last change that succeeded,
 * so that it is not posted again while changes fail.
 *
 * @param about distinguishes it from other comments on the issue
 */
function commentOn(input: PlanInput, issue: Known, text: string | undefined, about: readonly unknown[]): { steps: Step[]; warnings: string[] } {
  if (text === undefined || isSilenced(issue)) return { steps: [], warnings: [] };
  if (!issue.locked) return { steps: [{ do: 'comment', issue: issue.number, body: signed(text, about), since: lastChange(input, issue) }], warnings: [] };
  const warning = `Issue #${issue.number} is locked, so a comment on it was left out; its description is up to date. Unlock it to get comments.`;
  return { steps: [], warnings: [warning] };
}

/** By this run's clock, which may be behind the one that wrote it. */
function lastChange({ report, now }: PlanInput, issue: Known): string {
  const known = issue.parts.state?.checkedAt ?? new Date(now.getTime() - recentMs).toISOString();
  return known < report.startedAt ? known : report.startedAt;
}
