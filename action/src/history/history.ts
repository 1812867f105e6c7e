import { basename } from 'node:path';
import * as z from 'zod/mini';
import { severities, verdicts, type RecordedRun, type Report } from '../report/report.ts';
import { ReadError } from '../store/errors.ts';
import { createReader } from '../store/postgrest/create-reader.ts';
import { maxPageSize, type Reader } from '../store/postgrest/reader.ts';
import type { PastCheck, Rotation } from '../parts/rotation.ts';
import { idOf, saidById } from './id.ts';
import { isPast } from './past.ts';
import { runOf } from './run.ts';

/** Reads and writes the runs that a project records, through the table and the functions of the migration. */

export const migration = 'supabase/migrations/020_create_driftwatch_history.sql';
export const partsMigration = 'supabase/migrations/022_extend_driftwatch_history.sql';

const runs = z.array(
  z.object({
    /** Absent in earlier versions of the function. */
    id: z.optional(z.string()),
    pair: z.string(),
    finished_at: z.iso.datetime({ offset: true }),
    /** By the server's clock; absent in earlier versions of the function. */
    age_seconds: z.optional(z.number()),
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
 * Earlier runs, oldest first. Never throws.
 *
 * @returns `undefined` if the project records no runs, or not for this key; a sentence if they could not be read
 */
export async function readHistory(
  reader: Reader,
  pair: string,
  now: () => Date,
): Promise<readonly (RecordedRun & { readonly id?: string | undefined })[] | string | undefined> {
  try {
    const found = await reader.call('driftwatch_recent_runs', { p_pair: pair }, runs, undefined, { onlyReads: true });
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
 * When a run ended, by the clock of this run: it is compared with the end of this run, and a wrong clock must not make the time between
 * them longer than it was.
 */
const timeOf = (finishedAt: string, ageSeconds: number | undefined, asked: Date): string =>
  (ageSeconds === undefined ? new Date(finishedAt) : new Date(asked.getTime() - ageSeconds * 1000)).toISOString();

const checks = z.object({
  id: z.string(),
  finished_at: z.string().check(z.refine((time) => !Number.isNaN(Date.parse(time)))),
  verdict: z.enum(['in-sync', 'drift']),
  conclusive: z.boolean(),
  compared: z.number(),
  part: z.nullable(z.number()),
  parts: z.nullable(z.number()),
});

const clocks = z.array(z.object({ finished_at: z.iso.datetime({ offset: true }), age_seconds: z.optional(z.number()) }));

/** How far the clock of this run is behind that of the server, in milliseconds. */
async function clockBehind(reader: Reader, now: () => Date): Promise<number> {
  const [last] = (await reader.call('driftwatch_recent_runs', {}, clocks)) ?? [];
  return last?.age_seconds === undefined ? 0 : Date.parse(last.finished_at) + 1000 * last.age_seconds - now().getTime();
}

/**
 * The runs of a pair that a rotation uses, the last one first, as far as they may count: those with a verdict about a part or about the whole.
 * Reads the table itself, since runs of another pair must not crowd them out.
 *
 * @returns a sentence if they could not be read
 */
export async function readChecks(reader: Reader, pair: string, { of }: Pick<Rotation, 'of'>, now: () => Date): Promise<readonly PastCheck[] | string> {
  try {
    const rows: z.infer<typeof checks>[] = [];
    // Some parts may be on record more often than others, and the API may return fewer rows than were asked for.
    for (let left = Math.max(maxPageSize, 2 * of); left > 0;) {
      const start = rows.length;
      const page = await reader.select(
        'driftwatch_history',
        'id,finished_at,verdict,conclusive,compared,part,parts',
        checks,
        (query) =>
          query
            .eq('pair', pair)
            .in('verdict', ['in-sync', 'drift'])
            .or('part.gt.0,conclusive.is.true,verdict.eq.drift')
            .order('finished_at', { ascending: false })
            .order('id')
            .range(start, start + Math.min(left, maxPageSize) - 1),
        'exact',
      );
      rows.push(...page.rows);
      left = page.rows.length === 0 ? 0 : Math.min(left - page.rows.length, (page.count ?? 0) - rows.length);
    }
    const behindMs = await clockBehind(reader, now);
    const serverNow = new Date(now().getTime() + behindMs);
    return (
      rows
        .map(({ id, finished_at, part, parts, ...run }): PastCheck => ({
          ...run,
          ...saidById(id),
          at: new Date(finished_at).toISOString(),
          part: part === null || parts === null ? null : { index: part, of: parts },
        }))
        // Drift counts whatever the clock says; the end of drift does not.
        .filter(({ at, verdict }) => verdict === 'drift' || isPast(at, serverNow))
    );
  } catch (error) {
    return `When each part was verified could not be read. Apply ${basename(migration)} and ${basename(partsMigration)} if you have not yet. ${reasonOf(error)}`;
  }
}

/** Recording is not the purpose of a run, so it may not take long. */
const patienceMs = 5000;

/**
 * Records a run; repeating it changes nothing.
 *
 * @returns a sentence if that failed; `undefined` otherwise
 */
export async function recordRun({ url, key }: { readonly url: string; readonly key: string }, report: Report, now: () => Date): Promise<string | undefined> {
  const reader = createReader(url, key, AbortSignal.timeout(patienceMs));
  const { at: _at, isExact: _isExact, ...numbers } = runOf(report);
  // The server determines when the run ended; only this run knows how long ago that was, if parts are merged later.
  const age = report.record?.sources === undefined ? 0 : Math.max(0, now().getTime() - Date.parse(report.finishedAt)) / 1000;
  const run = JSON.stringify({
    id: idOf(report),
    pair: report.pair,
    ...numbers,
    part: report.part?.index ?? null,
    parts: report.part?.of ?? null,
    age_seconds: age,
  });
  try {
    const isNew = await reader.call('driftwatch_record_run', { run }, z.boolean());
    return isNew === undefined
      ? `This run was not recorded: the function driftwatch_record_run is not installed, or this key may not call it. Apply ${migration} again and use a secret key.`
      : undefined;
  } catch (error) {
    return `This run was not recorded. ${reasonOf(error)}`;
  }
}

const reasonOf = (error: unknown): string => (error instanceof ReadError ? error.message : 'The project did not answer in time.');
