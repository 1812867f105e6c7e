import type { RunContext } from '../../context.ts';
import { driftLabel, type Settings } from '../../inputs.ts';
import type { PastRun, Report } from '../../report/report.ts';
import { announceWithoutIssue, type Announcement } from '../announce.ts';
import { dryRun } from './dry-run.ts';
import { GitHubError } from './github-error.ts';
import { ownIssues, plan, recentMs, wouldFile, type Issue, type IssueAction, type Plan, type Step } from './plan.ts';
import type { Pace, Tracker } from './tracker.ts';

export type IssueOutcome = {
  action: IssueAction;
  /** The number of the issue that `action` is about. */
  number?: number;
  url?: string;
  /** Why Discord should be notified of this run; absent if it should not be. */
  announce: Announcement | undefined;
  /** The issue has the label `drift-ignore`: nothing is announced. */
  silenced: boolean;
  /** Runs that the issue remembers, this one last; absent if there is no issue. */
  trend?: readonly PastRun[];
  /** In a dry run, what would have been written: a sentence each and, below it, the full text. */
  wouldDo?: string[];
  warnings: string[];
  /** For the log. */
  notes: string[];
  /**
   * Updates the issue, once it is known whether `announce` was sent. May add to `wouldDo` and `warnings`; afterwards, the outcome is about
   * another issue if this one had disappeared.
   *
   * @throws {GitHubError}
   */
  finish: (sent: boolean) => Promise<void>;
};

export type IssueInput = {
  report: Report;
  settings: Settings;
  context: RunContext;
  now: Date;
  pace?: Pace;
};

/**
 * Reads the existing issues and plans their changes; comments, and opens an issue if there is none. The rest is left to `finish`, so that
 * only what was announced is recorded as announced. `finish` also reports a change that GitHub rejects: by then it is known what to
 * announce, and Discord is notified anyway.
 *
 * @throws {GitHubError} if the issues cannot be read; a sentence that says what to do
 */
export async function publishIssue(input: IssueInput): Promise<IssueOutcome> {
  const { report, settings, context } = input;
  const withoutIssue = { announce: announceWithoutIssue(report, settings), silenced: false, finish: async () => undefined };
  const dry = settings.dryRun ? { wouldDo: [] as string[] } : undefined;
  if (settings.issueOn === 'never') {
    return { action: 'none', ...withoutIssue, ...dry, warnings: [], notes: ['No issue is filed: issue-on is never.'] };
  }
  if (!context.repository && !dry) {
    const warning = 'No issue was written: this run does not belong to a GitHub repository (GITHUB_REPOSITORY is not set).';
    return { action: 'skipped', ...withoutIssue, warnings: [warning], notes: [] };
  }
  const tracker = await openTracker(input);
  const outcome = await bring(input, dry ? dryRun(tracker, dry.wouldDo) : requireTracker(tracker));
  return Object.assign(
    outcome,
    dry,
    dry && !tracker && { notes: ['The existing issues were not listed (no token or no repository), so this assumes that there are none.'] },
  );
}

async function openTracker({ settings, context, pace }: IssueInput): Promise<Tracker | undefined> {
  if (!context.repository || settings.githubToken === '') return undefined;
  // GitHub's client is most of this channel's code, so it is not loaded if there is no repository.
  const { createTracker } = await import('./tracker.ts');
  return createTracker(settings.githubToken, context.repository, context.apiUrl, pace);
}

function requireTracker(tracker: Tracker | undefined): Tracker {
  if (tracker) return tracker;
  throw new GitHubError('No issue could be written: `github-token` is empty. Leave the input out to use the token of the job, or set `issue-on: never`.');
}

/** The plan, and how far it was carried out. */
type Course = { planned: Plan; created: Issue | undefined; failure: unknown; warnings: readonly string[] };

async function bring(input: IssueInput, tracker: Tracker): Promise<IssueOutcome> {
  const course = await start(input, tracker);
  const { planned, created } = course;
  // If no other issue is known, this one stays.
  const other = created && (await stepBack(input, tracker, created).catch(() => undefined));
  const outcome: IssueOutcome = {
    ...(other ? { action: 'none' } : aboutOf(course)),
    announce: other ? undefined : planned.announce,
    silenced: planned.silenced,
    ...(planned.trend && { trend: planned.trend }),
    warnings: [...course.warnings],
    notes: [...planned.notes, ...(other ? [other] : [])],
    finish: async (sent) => {
      if (course.failure) throw course.failure;
      if (other) return;
      const { warnings, again } = await end(input, tracker, course, sent);
      outcome.warnings.push(...warnings);
      if (again) Object.assign(outcome, aboutOf(again));
    },
  };
  return outcome;
}

function aboutOf({ planned, created }: Course): Pick<IssueOutcome, 'action' | 'number' | 'url'> {
  const about = created ?? planned.issue;
  return { action: planned.action, ...(about && { number: about.number, url: about.url }) };
}

/** Plans once more if an issue was deleted, moved or locked after it was read. */
async function start(input: IssueInput, tracker: Tracker): Promise<Course> {
  const course = await attempt(input, tracker);
  return (await isPassed(course.failure)) ? attempt(input, tracker) : course;
}

async function attempt(input: IssueInput, tracker: Tracker): Promise<Course> {
  const planned = await look(input, tracker);
  const warnings = [...planned.warnings];
  try {
    return { planned, created: await apply(planned.steps, tracker, warnings), failure: undefined, warnings };
  } catch (error) {
    return { planned, created: undefined, failure: error, warnings };
  }
}

/** @returns warnings, and the new course if the issue had changed into another one by then */
async function end(input: IssueInput, tracker: Tracker, { planned, created }: Course, sent: boolean): Promise<{ warnings: string[]; again?: Course }> {
  const warnings: string[] = [];
  try {
    await apply(planned.finish(sent, created), tracker, warnings);
    return { warnings };
  } catch (error) {
    if (!(await isPassed(error))) throw error;
    const again = await start(input, tracker);
    if (again.failure) throw again.failure;
    await apply(again.planned.finish(sent, again.created), tracker, warnings);
    return { warnings: [...warnings, ...again.warnings], again };
  }
}

async function isPassed(error: unknown): Promise<boolean> {
  const { hasChanged } = await import('./tracker.ts');
  return hasChanged(error);
}

async function look(input: IssueInput, tracker: Tracker): Promise<Plan> {
  const { report, settings, context, now } = input;
  const open = await tracker.issues('open');
  const isOpen = ownIssues(input, open).own.length > 0;
  return plan({ report, settings, context, now, open, closed: isOpen ? [] : await closedIssues(input, tracker) });
}

/** There may be many, and they matter only if one may be reopened, or if its recovery may not have been announced. */
async function closedIssues({ report, settings, now }: IssueInput, tracker: Tracker): Promise<Issue[]> {
  if (wouldFile(report, settings)) return tracker.issues('closed');
  if (report.verdict !== 'in-sync' || settings.discordOn === 'never' || !settings.discordWebhookUrl) return [];
  return tracker.issues('closed', new Date(now.getTime() - recentMs).toISOString());
}

/**
 * Two concurrent runs may both find no issue and open one. Each checks again, and the later issue is closed in favour of the earlier one,
 * so that one remains, announced by the run that opened it. GitHub has no lock: if its list does not show the other one yet, both stay
 * until the next run closes one.
 *
 * @returns a sentence for the log if the issue was closed again
 */
async function stepBack(input: IssueInput, tracker: Tracker, created: Issue): Promise<string | undefined> {
  const { own } = ownIssues(input, await tracker.issues('open'));
  const first = own.map(({ number }) => number).sort((a, b) => a - b)[0] ?? created.number;
  if (first >= created.number) return undefined;
  await tracker.updateIssue({ do: 'update', issue: created.number, state: 'closed', reason: 'duplicate' });
  return `Another run opened issue #${first} at the same time: #${created.number} was closed again as its duplicate.`;
}

async function apply(steps: readonly Step[], tracker: Tracker, warnings: string[]): Promise<Issue | undefined> {
  let created: Issue | undefined;
  for (const step of steps) {
    if (step.do === 'comment') {
      const refused = await tracker.comment(step);
      if (refused.length > 0)
        warnings.push(
          `GitHub refused a comment on issue #${step.issue}, so it was left out. The issue may have too many comments, or the repository may limit who comments: look at the page of the issue.`,
        );
    }
    if (step.do === 'update') {
      const refused = await tracker.updateIssue(step);
      if (refused.includes('body'))
        warnings.push(`GitHub refused the new description of issue #${step.issue}, so it stays as it was. Shorten what people wrote around Driftwatch's part.`);
    }
    if (step.do === 'create') {
      // GitHub creates missing labels itself, and anything else that is wrong shows in the next step.
      await createLabels(step.labels, tracker).catch(() => undefined);
      created = await tracker.createIssue(step);
    }
  }
  return created;
}

/** By the label's name in lower case. */
const looks = new Map([
  ['bug', { color: 'd73a4a', description: "Something isn't working" }],
  [driftLabel, { color: '5319e7', description: 'Two stores that should agree do not; kept up to date by Driftwatch' }],
  ['high-priority', { color: 'b60205', description: 'To be looked at before anything else' }],
]);
const otherLook = { color: 'ededed', description: 'On the issues that Driftwatch opens' };

/** Otherwise GitHub would create them itself, grey and without a description. */
async function createLabels(wanted: readonly string[], tracker: Tracker): Promise<void> {
  const existing = new Set((await tracker.labels()).map((name) => name.toLowerCase()));
  for (const name of wanted.filter((label) => !existing.has(label.toLowerCase()))) {
    await tracker.createLabel({ name, ...(looks.get(name.toLowerCase()) ?? otherLook) });
  }
}
