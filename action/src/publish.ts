import * as core from '@actions/core';
import type { RunContext } from './context.ts';
import { sentenceOf } from './defect.ts';
import { recordRun } from './history/history.ts';
import type { Settings } from './inputs.ts';
import type { Connection } from './pair/pairs.ts';
import { partText, type Part } from './parts/part.ts';
import { logLines, oneLine } from './privacy/inert.ts';
import { announceWithoutIssue, reaches, type Announcement } from './publish/announce.ts';
import { writeReports, type ReportPaths } from './publish/files.ts';
import { sendHeartbeat } from './publish/heartbeat.ts';
import { renderHtml } from './publish/html/html.ts';
import type { IssueOutcome } from './publish/issue/issue.ts';
import type { Pace } from './publish/issue/tracker.ts';
import { annotate, logVerdict } from './publish/log.ts';
import { writeOutputs, writeSummary } from './publish/outputs.ts';
import { renderSummary } from './publish/summary.ts';
import { headline } from './publish/words.ts';
import { count } from './report/numbers.ts';
import type { Report } from './report/report.ts';

type RecordStore = Connection['record'];

type Time = { now: () => Date; pace?: Pace };

export const system: Time = { now: () => new Date() };

/**
 * Publishes to every channel in turn. Channels do not know each other, and if one fails the others still run. If a run is interrupted, the
 * next one does what is left.
 *
 * @param time the current time, and how long to wait for GitHub; replaced by tests
 * @param store where runs are recorded
 * @returns why the job must fail, one sentence each; empty if it must not
 */
export async function publish(
  report: Report,
  settings: Settings,
  context: RunContext,
  time: Time = system,
  store: RecordStore = { url: settings.supabaseUrl, key: settings.supabaseKey },
): Promise<string[]> {
  logVerdict(report);
  annotate(report);
  await record(report, settings, store, time.now);

  const failures: string[] = [];
  const issue = await attempt(failures, () => publishIssue(report, settings, context, time));
  // If runs are not recorded elsewhere, the issue has the record.
  const complete = { ...(issue?.trend && { trend: issue.trend }), ...report };
  const paths = await attempt(failures, () =>
    writeReports(complete, { workspace: context.workspace, directory: settings.reportDirectory }, renderHtml(complete, context)),
  );
  await writeSummary(renderSummary(complete, context));

  // Discord is notified even if GitHub cannot be reached.
  const announce = issue ? issue.announce : announceWithoutIssue(report, settings);
  const sent = await publishDiscord(report, settings, context, announce, issue, time);
  // The issue records what was announced, so it comes last.
  const isBrought = await attempt(failures, () => finishIssue(issue, sent));

  const isTouched = !settings.dryRun && (isBrought || issue?.action === 'opened');
  writeOutputs(outputsOf(report, paths, isTouched ? issue : undefined));
  await beat(report, settings);
  return [...verdictFailure(report, settings), ...failures];
}

/**
 * A part only contributes: it reports what it found on its runner, and the run that merges the parts reports the rest. So its job fails
 * only if its report cannot be used.
 */
export async function publishPart(report: Report, settings: Settings, context: RunContext): Promise<string[]> {
  logVerdict(report);
  annotate(report);
  const failures: string[] = [];
  const paths = await attempt(failures, () =>
    writeReports(report, { workspace: context.workspace, directory: settings.reportDirectory }, renderHtml(report, context)),
  );
  await writeSummary(renderSummary(report, context));
  writeOutputs(outputsOf(report, paths, undefined));
  return [...(report.verdict === 'unknown' ? verdictFailure(report, settings) : []), ...failures];
}

/** A failed channel is reported at the end of the job, after the others have had their turn. */
async function attempt<T>(failures: string[], part: () => Promise<T>): Promise<T | undefined> {
  try {
    return await part();
  } catch (error) {
    failures.push(sentenceOf(error));
    return undefined;
  }
}

/** Records the run; a failure to do so must not fail it. */
async function record(report: Report, settings: Settings, store: RecordStore, now: () => Date): Promise<void> {
  if (!report.trend || store === undefined) return;
  if (settings.dryRun)
    return core.info(
      hasTurn(report)
        ? `Dry run: this run is not recorded in driftwatch_history, so the next one compares part ${partText(report.part)} as well.`
        : 'Dry run: this run is not recorded in driftwatch_history.',
    );
  const warning = await recordRun(store, report, now);
  if (warning) core.warning(oneLine(warning), { title: 'Driftwatch: history' });
}

/** Whether the recorded runs decide which part is next. */
const hasTurn = (report: Report): report is Report & { part: Part } =>
  report.coverage !== undefined && report.part !== undefined && !report.health.some(({ check: name }) => name === 'rotation');

async function publishIssue(report: Report, settings: Settings, context: RunContext, { now, pace }: Time): Promise<IssueOutcome> {
  const channel = await import('./publish/issue/issue.ts');
  return channel.publishIssue({ report, settings, context, now: now(), ...(pace && { pace }) });
}

async function finishIssue(issue: IssueOutcome | undefined, sent: boolean): Promise<boolean> {
  if (!issue) return false;
  try {
    await issue.finish(sent);
    return true;
  } finally {
    for (const warning of issue.warnings) core.warning(oneLine(warning));
    for (const note of issue.notes) core.info(oneLine(note));
    for (const entry of issue.wouldDo ?? []) {
      const [sentence = '', ...text] = entry.split('\n');
      core.startGroup(`Dry run: ${oneLine(sentence)}`);
      // It includes what a person wrote in the issue.
      for (const line of logLines(text.join('\n'))) core.info(line);
      core.endGroup();
    }
  }
}

/** @returns whether the message was sent, or would have been */
async function publishDiscord(
  report: Report,
  settings: Settings,
  context: RunContext,
  announce: Announcement | undefined,
  issue: IssueOutcome | undefined,
  { now }: Time,
): Promise<boolean> {
  if (!settings.discordWebhookUrl || !announce) return false;
  try {
    // Loaded only if there is something to send.
    const channel = await import('./publish/discord/discord.ts');
    const link = issue?.number !== undefined && issue.url !== undefined ? { number: issue.number, url: issue.url } : undefined;
    await channel.sendDiscord({ report, announce, settings, context, now: now(), ...(link && { issue: link }) });
    return true;
  } catch (error) {
    core.warning(sentenceOf(error), { title: 'Driftwatch: Discord' });
    return false;
  }
}

async function beat(report: Report, settings: Settings): Promise<void> {
  try {
    const note = await sendHeartbeat(report, settings);
    if (note !== undefined) core.info(note);
  } catch (error) {
    core.warning(sentenceOf(error), { title: 'Driftwatch: heartbeat' });
  }
}

function outputsOf(report: Report, paths: ReportPaths | undefined, issue: IssueOutcome | undefined): Record<string, string | number> {
  const { drift } = report;
  // An issue that was left alone is not reported as an outcome of this run.
  const touched = issue && ['opened', 'updated', 'reopened', 'closed'].includes(issue.action) ? issue : undefined;
  return {
    verdict: report.verdict,
    severity: report.severity,
    'drift-rate': drift.rate,
    'drift-rate-upper-bound': drift.upperBound,
    compared: drift.compared,
    population: drift.population,
    findings: report.findingsTotal,
    'reads-legacy': report.reads.legacy,
    'reads-normalized': report.reads.normalized,
    'issue-number': touched?.number ?? '',
    'issue-url': touched?.url ?? '',
    report: paths?.json ?? '',
    'report-html': paths?.html ?? '',
    seed: report.seed,
    'cutover-ready': String(report.cutover?.ready ?? false),
    'cutover-reasons': (report.cutover?.reasons ?? []).join('\n'),
  };
}

function verdictFailure(report: Report, { failOn }: Settings): string[] {
  if (failOn === 'never') return [];
  // The reason is already an annotation.
  if (report.verdict === 'unknown') return [`${headline(report)}.`];
  if (!reaches(report.severity, failOn)) return [];
  const what =
    report.verdict === 'drift' ? count(report.findingsTotal, 'finding') : `the ${report.words.health ?? 'run'} has a problem of severity ${report.severity}`;
  return [`${headline(report)}: ${what}. The job summary shows more and says what to do.`];
}
