import { createHash } from 'node:crypto';
import * as z from 'zod';
import { severities, verdicts, type RecordedRun, type Report } from '../report/report.ts';
import { ReadError } from '../store/errors.ts';
import { createReader, type Reader } from '../store/postgrest/reader.ts';
import { isPast } from './past.ts';
import { runOf } from './run.ts';

/** The runs that a project remembers, in the table and by the functions of the migration. */

export const migration = 'supabase/migrations/020_create_driftwatch_history.sql';

const runs = z.array(
  z.object({
    pair: z.string(),
    finished_at: z.iso.datetime({ offset: true }),
    /** By the server's clock; an earlier form of the function does not say it. */
    age_seconds: z.number().optional(),
    verdict: z.enum(verdicts),
    severity: z.enum(severities),
    conclusive: z.boolean(),
    rate: z.number(),
    findings: z.number(),
    differing: z.number(),
    compared: z.number(),
    population: z.number(),
  }),
);

/**
 * Runs before now, oldest first. Never throws.
 *
 * @returns `undefined` where the project keeps none, or not for this key; a sentence where they could not be read
 */
export async function readHistory(reader: Reader, pair: string, now: () => Date): Promise<readonly RecordedRun[] | string | undefined> {
  try {
    const found = await reader.call('driftwatch_recent_runs', {}, runs);
    const asked = now();
    return found
      ?.filter((run) => run.pair === pair)
      .map(({ pair: _pair, finished_at, age_seconds: age, ...run }) => ({ at: timeOf(finished_at, age, asked), ...run }))
      .filter((run) => isPast(run.at, asked))
      .toReversed();
  } catch (error) {
    return `The record of earlier runs could not be read. ${reasonOf(error)}`;
  }
}

/**
 * When a run ended, by the clock of this one: it is compared with the end of this run, and a clock that is wrong must not
 * make the time between them longer than it was.
 */
const timeOf = (finishedAt: string, ageSeconds: number | undefined, asked: Date): string =>
  (ageSeconds === undefined ? new Date(finishedAt) : new Date(asked.getTime() - ageSeconds * 1000)).toISOString();

/** The record is not what a run is for, so it may not take long. */
const patienceMs = 5000;

/**
 * Adds a run to the record. Doing it again changes nothing.
 *
 * @returns why it could not be done, in a sentence; `undefined` when it was
 */
export async function recordRun({ url, key }: { readonly url: string; readonly key: string }, report: Report): Promise<string | undefined> {
  const reader = createReader(url, key, AbortSignal.timeout(patienceMs));
  const { at: _at, ...numbers } = runOf(report);
  // Two runs of one seed are two runs: it is the start that tells them apart.
  const id = createHash('sha256').update(JSON.stringify([report.pair, report.seed, report.startedAt])).digest('hex').slice(0, 32);
  // When it ended is for the server to say.
  const run = JSON.stringify({ id, pair: report.pair, ...numbers });
  try {
    const isNew = await reader.call('driftwatch_record_run', { run }, z.boolean());
    return isNew === undefined
      ? `This run was not recorded: the function driftwatch_record_run is not there, or not for this key. Apply ${migration} again and use a secret key.`
      : undefined;
  } catch (error) {
    return `This run was not recorded. ${reasonOf(error)}`;
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof ReadError ? error.message : 'The project did not answer in time.';
