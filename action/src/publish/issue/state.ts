import * as z from 'zod';
import { severities } from '../../report/report.ts';
import { weeksSchema } from './weeks.ts';

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
