import * as z from 'zod/mini';
import { isPast } from '../../history/past.ts';
import { severities, shownRuns, verdicts, type PastRun } from '../../report/report.ts';
import { weeksSchema } from './weeks.ts';

/** A run in few characters: there are many of them. */
const runSchema = z.tuple([
  /** When it ended, in seconds since 1970; to the year 9999. */
  z.int().check(z.minimum(0), z.maximum(253_402_300_799)),
  z.int().check(z.minimum(0), z.maximum(verdicts.length - 1)),
  z.int().check(z.minimum(0), z.maximum(severities.length - 1)),
  z.number().check(z.minimum(0), z.maximum(1)),
  /** Findings, and weeks that differ, were compared, are in scope. */
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
]);
type PackedRun = z.infer<typeof runSchema>;

/** What one run leaves for the next, hidden in the issue's body. Anybody who may edit the issue may have changed it. */
const stateSchema = z.object({
  version: z.literal(1),
  /** When the drift that this issue is about was first seen. */
  firstSeen: z.iso.datetime(),
  /** Runs that saw it. */
  runs: z.int().check(z.nonnegative()),
  /** End of the last run that was written down: the same report twice changes nothing. */
  checkedAt: z.iso.datetime(),
  /** Whether it was announced elsewhere that the last check could not tell. */
  unknown: z.boolean(),
  /** When this drift was last announced elsewhere; written once it was. */
  announcedAt: z.nullable(z.iso.datetime()),
  /** What was to be announced elsewhere and has not been yet. */
  pending: z.optional(z.nullable(z.enum(['opened', 'reopened', 'worsened', 'recovered']))),
  /** How the findings in the body name children and texts: `revealed`, or by pseudonyms of which key. */
  names: z.optional(z.string().check(z.maxLength(40))),
  /** Says that a run with the same key wrote into this very issue. */
  seal: z.optional(z.string().check(z.maxLength(40))),
  /** The last check that could tell. */
  conclusive: z.nullable(z.object({ at: z.iso.datetime(), url: z.optional(z.string().check(z.maxLength(500))) })),
  /** What it saw; the worst since `firstSeen`. */
  severity: z.nullable(z.enum(severities)),
  worst: z.enum(severities),
  weeks: z.nullable(weeksSchema),
  /** Whether all that differ are among them; not so where only some were ever looked at. */
  isWhole: z.optional(z.boolean()),
  /** Runs while the issue was open, oldest first; absent in what an older version wrote. */
  trend: z.optional(z.array(runSchema).check(z.maxLength(shownRuns))),
});
export type IssueState = z.infer<typeof stateSchema>;

const stateLine = /^<!-- driftwatch-state ([\w-]+) -->$/m;

export const writeState = (state: IssueState): string => `<!-- driftwatch-state ${Buffer.from(JSON.stringify(state)).toString('base64url')} -->`;

/** What is known without the state, and holds it to the truth. */
export type Facts = {
  now: Date;
  /** Of the issue, by GitHub's clock. */
  createdAt: string;
  /** Web page of this run. */
  runUrl: string | undefined;
};

/** @returns `undefined` when there is none or it is damaged: it is replaced then, not trusted */
export function readState(body: string, facts: Facts): IssueState | undefined {
  const encoded = stateLine.exec(body)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const { data } = stateSchema.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')));
    return data && believable(data, facts);
  } catch {
    return undefined;
  }
}

/** Without times that lie ahead, and without an address that is no run of this repository. */
function believable(state: IssueState, { now, createdAt, runUrl }: Facts): IssueState {
  const { firstSeen, checkedAt, announcedAt, conclusive, trend } = state;
  const url = conclusive?.url !== undefined && isRunOfSameRepository(conclusive.url, runUrl) ? conclusive.url : undefined;
  return {
    ...state,
    firstSeen: isPast(firstSeen, now) ? firstSeen : createdAt,
    checkedAt: isPast(checkedAt, now) ? checkedAt : createdAt,
    announcedAt: announcedAt !== null && isPast(announcedAt, now) ? announcedAt : null,
    conclusive: conclusive && isPast(conclusive.at, now) ? { at: conclusive.at, ...(url !== undefined && { url }) } : null,
    ...(trend && { trend: trend.filter(([seconds]) => isPast(new Date(seconds * 1000).toISOString(), now)) }),
  };
}

function isRunOfSameRepository(url: string, runUrl: string | undefined): boolean {
  const [runs] = /^.*\/actions\/runs\//.exec(runUrl ?? '') ?? [];
  return runs !== undefined && url.startsWith(runs) && /^\d{1,20}(\/attempts\/\d{1,9})?$/.test(url.slice(runs.length));
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
