import { randomUUID } from 'node:crypto';
import { appendFileSync, statSync, truncateSync } from 'node:fs';
import * as core from '@actions/core';
import { causeOf } from '../file-error.ts';
import { inert } from '../privacy/inert.ts';

/** The outputs of a run that ended before it had a report: the same as if it had compared nothing. */
export const withoutReport = {
  verdict: 'unknown',
  severity: 'none',
  'drift-rate': 0,
  'drift-rate-upper-bound': 1,
  compared: 0,
  population: 0,
  findings: 0,
  'reads-legacy': 0,
  'reads-normalized': 0,
  'issue-number': '',
  'issue-url': '',
  report: '',
  'report-html': '',
  seed: '',
  'cutover-ready': 'false',
  'cutover-reasons': 'This run was inconclusive: whether both sides agree is unknown.',
};

/** @param reason for people; in a block of code, since nobody wrote it for Markdown */
export const summaryWithoutReport = (reason: string): string =>
  `## Driftwatch\n\n⚪ **Unknown: the comparison could not be started or finished.**\n\n~~~text\n${reason}\n~~~\n`;

/** Adds the text to the run's page. If the runner has no summaries, that is only a warning. */
export async function writeSummary(summary: string): Promise<void> {
  try {
    await core.summary.emptyBuffer().addRaw(summary, true).write();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    core.warning(`The job summary could not be written; nothing else is affected. ${inert(cause, 300)}`);
  }
}

/**
 * Passes the outputs to the runner, all of them or none: half of one in the file would fail the step. If the file is missing or cannot be
 * written, that is only a warning, since the verdict stands anyway.
 */
export function writeOutputs(outputs: Readonly<Record<string, string | number>>): void {
  const file = process.env['GITHUB_OUTPUT'] ?? '';
  if (file === '') {
    // The form that runners accepted before there was such a file; the toolkit escapes what could act in the log.
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
    core.warning('GITHUB_OUTPUT is not set, so the outputs were printed as commands, which newer runners do not read; nothing else is affected.');
    return;
  }
  const end = `end_${randomUUID()}`;
  const text = Object.entries(outputs)
    .map(([name, value]) => `${name}<<${end}\n${value}\n${end}\n`)
    .join('');
  let before: number | undefined;
  try {
    before = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(file, text);
  } catch (error) {
    if (before !== undefined) takeBack(file, before);
    core.warning(
      `The outputs could not be written (${causeOf(error)}), so later steps see none; nothing else is affected. Check the runner's disk and the file that GITHUB_OUTPUT names.`,
    );
  }
}

function takeBack(file: string, size: number): void {
  try {
    truncateSync(file, size);
  } catch {
    // Presumably nothing of it was written in this case.
  }
}
