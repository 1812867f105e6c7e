import * as z from 'zod/mini';
import { isPast } from '../../history/past.ts';
import { severities, shownRuns, verdicts, type PastRun } from '../../report/report.ts';
import { weeksSchema } from './weeks.ts';

/** A run in few characters, since there are many. */
const runSchema = z.tuple([
  /** When it ended, in seconds since 1970; to the year 9999. */
  z.int().check(z.minimum(0), z.maximum(253_402_300_799)),
  z.int().check(z.minimum(0), z.maximum(verdicts.length - 1)),
  z.int().check(z.minimum(0), z.maximum(severities.length - 1)),
  z.number().check(z.minimum(0), z.maximum(1)),
  /** Numbers of findings, and of weeks that differ, were compared, and are in scope. */
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
  z.int().check(z.nonnegative()),
]);
type PackedRun = z.infer<typeof runSchema>;

/** What one run leaves for the next, hidden in the issue's body. Anybody who can edit the issue may have changed it. */
const stateSchema = z.object({
  version: z.literal(1),
  /** When the drift of this issue was first seen. */
  firstSeen: z.iso.datetime(),
  /** How many runs saw it. */
  runs: z.int().check(z.nonnegative()),
  /** End of the last recorded run: the same report twice changes nothing. */
  checkedAt: z.iso.datetime(),
  /** Whether it was announced elsewhere that the last check was inconclusive. */
  unknown: z.boolean(),
  /** When this drift was last announced elsewhere; written after it was. */
  announcedAt: z.nullable(z.iso.datetime()),
  /** What should have been announced elsewhere and has not been yet. */
  pending: z.optional(z.nullable(z.enum(['opened', 'reopened', 'worsened', 'recovered']))),
  /** How the findings in the body name children and texts: `revealed`, or the id of the pseudonym key. */
  names: z.optional(z.string().check(z.maxLength(40))),
  /** Proves that a run with the same key wrote into this very issue. */
  seal: z.optional(z.string().check(z.maxLength(40))),
  /** The last conclusive check. */
  conclusive: z.nullable(z.object({ at: z.iso.datetime(), url: z.optional(z.string().check(z.maxLength(500))) })),
  /** The severity that it saw, and the worst one since `firstSeen`. */
  severity: z.nullable(z.enum(severities)),
  worst: z.enum(severities),
  weeks: z.nullable(weeksSchema),
  /** Whether they are all differing weeks; not if only some weeks were ever looked at. */
  isWhole: z.optional(z.boolean()),
  /** Runs while the issue was open, oldest first; absent if an older version wrote the state. */
  trend: z.optional(z.array(runSchema).check(z.maxLength(shownRuns))),
});
export type IssueState = z.infer<typeof stateSchema>;

const stateLine = /^<!-- driftwatch-state ([\w-]+) -->$/m;

export const writeState = (state: IssueState): string => `<!-- driftwatch-state ${Buffer.from(JSON.stringify(state)).toString('base64url')} -->`;

/** Parts may be merged long after they were compared: what the issue has recorded since is not undone. */
export const isLate = ({ finishedAt }: { readonly finishedAt: string }, { checkedAt }: IssueState): boolean => checkedAt > finishedAt;

/** Facts that are known without the state, to check it against. */
export type Facts = {
  now: Date;
  /** When the issue was created, by GitHub's clock. */
  createdAt: string;
  /** Web page of this run. */
  runUrl: string | undefined;
};

/** @returns `undefined` if there is none or it is damaged: it is then replaced, not trusted */
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

/** Without times in the future, and without an address that is not a run of this repository. */
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
