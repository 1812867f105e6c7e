import type { RunContext } from '../../src/context.ts';
import { readSettings, type Settings } from '../../src/inputs.ts';
import type { Issue } from '../../src/publish/issue/plan.ts';
import type { Facts } from '../../src/publish/issue/state.ts';
import type { Finding, Report, Severity } from '../../src/report/report.ts';
import { at, derived, referenceReport, syncedReport, unknownReport } from './reports.ts';

/** What the tests of the issue have in common: settings, runs one after another, and reports that differ in one thing. */

export function settingsWith(inputs: Record<string, string> = {}): Settings {
  const given: Record<string, string> = {
    'supabase-url': 'https://project.example',
    'supabase-key': 'sb_secret_synthetic',
    'github-token': 'ghs_synthetic',
    ...inputs,
  };
  return readSettings((name) => given[name] ?? '', { runName: '1700000001-1' });
}

/** The nth run, six hours after the one before. */
export const timeOf = (run: number): Date => new Date(Date.UTC(2025, 10, 21, 6 * run, 17));

export const contextOf = (run: number, apiUrl = 'https://api.github.com'): RunContext => ({
  repository: { owner: 'octo-org', repo: 'habits' },
  runNumber: run,
  runName: `${1_700_000_000 + run}-1`,
  runUrl: `https://github.com/octo-org/habits/actions/runs/${1_700_000_000 + run}`,
  apiUrl,
  workspace: '/workspace',
});

/** The same report, as the nth run would have made it. */
export function inRun(run: number, report: Report): Report {
  const end = timeOf(run);
  return { ...report, startedAt: new Date(end.getTime() - 3000).toISOString(), finishedAt: end.toISOString() };
}

/** One missing week per start date. */
export function driftReport(severity: Exclude<Severity, 'none' | 'low'>, weekStarts: readonly string[]): Report {
  const findings = weekStarts.map((weekStart): Finding => ({
    type: 'MISSING_WEEK',
    kind: 'missing',
    severity,
    level: 'weeks',
    ...at('child-00000001', weekStart),
    place: null,
    legacy: weekStart,
    normalized: null,
    rowIds: { habit_tracker: [weekStart.replaceAll('-', '')] },
  }));
  return {
    ...referenceReport(),
    severity,
    drift: { rate: findings.length / 18, upperBound: findings.length / 18, differing: findings.length, compared: 18, population: 18 },
    findings,
    findingsTotal: findings.length,
    findingsByType: { MISSING_WEEK: findings.length },
    ...derived(findings),
  };
}

/** Some of many weeks were compared; `upperBound` is above the high threshold of 0.1 %. */
export const sampled = (report: Report): Report => ({
  ...report,
  mode: 'sample',
  drift: { ...report.drift, upperBound: 0.15, compared: 20, population: 1000 },
});

export const weeks = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => new Date(Date.UTC(2024, 0, 1 + 7 * (from + index))).toISOString().slice(0, 10));

export const high = (): Report => driftReport('high', weeks(2));
export const inSync = syncedReport;
export const unknown = unknownReport;

export function issueWith(body: string, change: Partial<Issue> = {}): Issue {
  return {
    number: 7,
    url: 'https://github.com/octo-org/habits/issues/7',
    body,
    state: 'open',
    stateReason: null,
    labels: ['bug', 'drift-detection', 'high-priority'],
    locked: false,
    createdAt: '2025-11-21T00:17:00Z',
    closedAt: null,
    isTrusted: true,
    ...change,
  };
}

/** What the nth run knows of that issue without its state. */
export const factsOf = (run: number): Facts => ({ now: timeOf(run), createdAt: '2025-11-21T00:17:00Z', runUrl: contextOf(run).runUrl });

/** Waits are a two-hundredth of what they are, and writes go out at once. */
const unspaced = { key: () => ({ schedule: (_: unknown, run: (...args: unknown[]) => unknown, ...args: unknown[]) => run(...args) }) };
export const hurried = { secondMs: 5, timeoutMs: 60_000, throttle: { write: unspaced, notifications: unspaced } };
