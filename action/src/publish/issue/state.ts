import * as z from 'zod';
import { severities, shownRuns, verdicts, type PastRun } from '../../report/report.ts';
import { weeksSchema } from './weeks.ts';

/** A run in few characters: there are many of them. */
const runSchema = z.tuple([
  /** When it ended, in seconds since 1970; to the year 9999. */
  z.int().min(0).max(253_402_300_799),
  z.int().min(0).max(verdicts.length - 1),
  z.int().min(0).max(severities.length - 1),
  z.number().min(0).max(1),
  /** Findings, and weeks that differ, were compared, are in scope. */
  z.int().nonnegative(),
  z.int().nonnegative(),
  z.int().nonnegative(),
  z.int().nonnegative(),
]);
type PackedRun = z.infer<typeof runSchema>;

/** What one run leaves for the next, hidden in the issue's body. Anybody who may edit the issue may have changed it. */
export const stateSchema = z.object({
  version: z.literal(1),
  /** When the drift that this issue is about was first seen. */
  firstSeen: z.iso.datetime(),
  /** Runs that saw it. */
  runs: z.int().nonnegative(),
  /** End of the last run that was written down: the same report twice changes nothing. */
  checkedAt: z.iso.datetime(),
  /** Whether the issue says that the last check could not tell. */
  unknown: z.boolean(),
  /** When this drift was last announced elsewhere. */
  announcedAt: z.iso.datetime().nullable(),
  /** The last check that could tell. */
  conclusive: z
    .object({ at: z.iso.datetime(), url: z.string().max(500).regex(/^https?:\/\/[^\s()<>"'`\\]+$/).optional() })
    .nullable(),
  /** What it saw; the worst since `firstSeen`. */
  severity: z.enum(severities).nullable(),
  worst: z.enum(severities),
  weeks: weeksSchema.nullable(),
  /** Runs while the issue was open, oldest first; absent in what an older version wrote. */
  trend: z.array(runSchema).max(shownRuns).optional(),
});
export type IssueState = z.infer<typeof stateSchema>;

const stateLine = /^<!-- driftwatch-state ([\w-]+) -->$/m;

export const writeState = (state: IssueState): string =>
  `<!-- driftwatch-state ${Buffer.from(JSON.stringify(state)).toString('base64url')} -->`;

/** @returns `undefined` when there is none or it is damaged: it is replaced then, not trusted */
export function readState(body: string): IssueState | undefined {
  const encoded = stateLine.exec(body)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return stateSchema.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export const packRun = (run: PastRun): PackedRun => [
  Math.floor(Date.parse(run.at) / 1000),
  verdicts.indexOf(run.verdict),
  severities.indexOf(run.severity),
  Number(run.rate.toPrecision(4)),
  run.findings,
  run.differing,
  run.compared,
  run.population,
];

/** The runs that the issue remembers. */
export const trendOf = ({ trend = [] }: Pick<IssueState, 'trend'>): PastRun[] =>
  trend.map(([seconds, verdict, severity, rate, findings, differing, compared, population]) => ({
    at: new Date(seconds * 1000).toISOString(),
    verdict: verdicts[verdict] ?? 'unknown',
    severity: severities[severity] ?? 'none',
    rate,
    findings,
    differing,
    compared,
    population,
  }));
