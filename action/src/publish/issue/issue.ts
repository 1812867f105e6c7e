import type { RunContext } from '../../context.ts';
import { driftLabel, type Settings } from '../../inputs.ts';
import type { PastRun, Report } from '../../report/report.ts';
import { announceWithoutIssue, type Announcement } from './announce.ts';
import { splitBody } from './body.ts';
import { dryRun } from './dry-run.ts';
import { GitHubError } from './github-error.ts';
import { plan, wouldFile, type IssueAction, type Step } from './plan.ts';
import type { IssueRef, Pace, Tracker } from './tracker.ts';

export type IssueOutcome = {
  action: IssueAction;
  /** Of the issue that `action` is about. */
  number?: number;
  url?: string;
  /** Why Discord should hear of this run; absent when it should not. */
  announce: Announcement | undefined;
  /** The label `drift-ignore` is on the issue: nothing is to be announced. */
  silenced: boolean;
  /** Runs that the issue remembers, this one last; absent where there is no issue. */
  trend?: readonly PastRun[];
  /** In a dry run, what would have been written: a sentence each and, below it, the full text. */
  wouldDo?: string[];
  warnings: string[];
  /** For the log. */
  notes: string[];
};

export type IssueInput = {
  report: Report;
  settings: Settings;
  context: RunContext;
  now: Date;
  pace?: Pace;
};

/**
 * Brings the issue about this pair to what the report implies: reads the issues there are, plans, applies.
 *
 * @throws {GitHubError} when GitHub cannot be reached or refuses; a sentence that says what to do
 */
export async function publishIssue(input: IssueInput): Promise<IssueOutcome> {
  const { report, settings, context } = input;
  const withoutIssue = { announce: announceWithoutIssue(report, settings), silenced: false };
  const dry = settings.dryRun ? { wouldDo: [] as string[] } : undefined;
  if (settings.issueOn === 'never') {
    return { action: 'none', ...withoutIssue, ...dry, warnings: [], notes: ['No issue is filed: issue-on is never.'] };
  }
  if (!context.repository && !dry) {
    const warning = 'No issue was written: this run belongs to no GitHub repository (GITHUB_REPOSITORY is not set).';
    return { action: 'skipped', ...withoutIssue, warnings: [warning], notes: [] };
  }
  const tracker = await openTracker(input);
  return {
    ...(await bring(input, dry ? dryRun(tracker, dry.wouldDo) : requireTracker(tracker))),
    ...dry,
    ...(dry && !tracker && { notes: ['Nobody was asked which issues there are (no token or no repository): as if there were none.'] }),
  };
}

async function openTracker({ settings, context, pace }: IssueInput): Promise<Tracker | undefined> {
  if (!context.repository || settings.githubToken === '') return undefined;
  // GitHub's client is most of what this channel weighs: not loaded where there is nobody to ask.
  const { createTracker } = await import('./tracker.ts');
  return createTracker(settings.githubToken, context.repository, context.apiUrl, pace);
}

function requireTracker(tracker: Tracker | undefined): Tracker {
  if (tracker) return tracker;
  throw new GitHubError(
    'No issue could be written: `github-token` is empty. Leave the input out to use the token of the job, or set `issue-on: never`.',
  );
}

async function bring({ report, settings, context, now }: IssueInput, tracker: Tracker): Promise<IssueOutcome> {
  const open = await tracker.issues('open');
  // There may be many closed ones, and they matter only where one may be opened again.
  const isOpen = open.some((issue) => splitBody(issue.body, report.pair) !== undefined);
  const closed = !isOpen && wouldFile(report, settings) ? await tracker.issues('closed') : [];
  const planned = plan({ report, settings, context, now, open, closed });
  const created = await apply(planned.steps, tracker);
  const about = created ?? planned.issue;
  const { action, announce, silenced, trend } = planned;
  return {
    action,
    ...(about && { number: about.number, url: about.url }),
    announce,
    silenced,
    ...(trend && { trend }),
    warnings: [...planned.warnings],
    notes: [...planned.notes],
  };
}

async function apply(steps: readonly Step[], tracker: Tracker): Promise<IssueRef | undefined> {
  let created: IssueRef | undefined;
  for (const step of steps) {
    if (step.do === 'comment') await tracker.comment(step.issue, step.body);
    if (step.do === 'update') await tracker.updateIssue(step);
    if (step.do === 'create') {
      await createLabels(step.labels, tracker);
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

/** GitHub would create them by itself, grey and without a word. */
async function createLabels(wanted: readonly string[], tracker: Tracker): Promise<void> {
  const existing = new Set((await tracker.labels()).map((name) => name.toLowerCase()));
  for (const name of wanted.filter((label) => !existing.has(label.toLowerCase()))) {
    await tracker.createLabel({ name, ...(looks.get(name.toLowerCase()) ?? otherLook) });
  }
}
