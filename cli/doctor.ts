import { basename } from 'node:path';
import * as z from 'zod/mini';
import type { RunContext } from '../action/src/context.ts';
import { ToldError } from '../action/src/defect.ts';
import { migration, readHistory } from '../action/src/history/history.ts';
import type { Settings } from '../action/src/inputs.ts';
import { withTypes } from '../action/src/pair/habit-tracker/columns.ts';
import { causeOfAnswer, causeOfError } from '../action/src/http/cause.ts';
import { ask } from '../action/src/http/send.ts';
import { legacyColumns, legacyRow } from '../action/src/pair/habit-tracker/legacy.ts';
import { childColumns, childRow, weekColumns, weekRow } from '../action/src/pair/habit-tracker/normalized.ts';
import { inert } from '../action/src/privacy/inert.ts';
import { count, number } from '../action/src/report/numbers.ts';
import { capitalized } from '../action/src/report/words.ts';
import { isPrivilegedKey } from '../action/src/privacy/api-key.ts';
import { connectHabitTracker } from '../action/src/pair/pairs.ts';
import type { Reader } from '../action/src/store/postgrest/reader.ts';
import { exit, isOtherProject, otherTables, plainly, targetOf, tell, UsageError, type Flags, type Target } from './settings.ts';
import { createProgress, paint, print, printJson } from './terminal.ts';

/** A check of something that is required, or useful. */
type Point = {
  readonly point: string;
  readonly status: 'ok' | 'warning' | 'failing' | 'not checked';
  /** What was found and, unless it is fine, what to do. */
  readonly detail: string;
};
export type Outcome = Omit<Point, 'point'>;
export type Look = (point: string, examine: () => Promise<Outcome>) => Promise<Outcome>;

export const ok = (detail: string): Outcome => ({ status: 'ok', detail });
export const warning = (detail: string): Outcome => ({ status: 'warning', detail });
export const failing = (detail: string): Outcome => ({ status: 'failing', detail });
export const notChecked = (detail: string): Outcome => ({ status: 'not checked', detail });

/** Whether a run has everything it needs. Only reads: nothing is written anywhere, and nothing is posted. */
export async function doctorCommand(flags: Flags, { json, repository }: { json: boolean; repository: string | undefined }): Promise<number> {
  const named = repository === undefined ? undefined : parse(repository);
  const target = await targetOf(flags, true);
  const { settings, context } = target;
  const progress = createProgress(json);
  const points: Point[] = [];

  async function look(point: string, examine: () => Promise<Outcome>): Promise<Outcome> {
    progress.phase(`Looking at ${point} …`);
    const outcome = await examine().catch((error: unknown) => failing(tell(error)));
    points.push({ point, ...outcome, detail: plainly(outcome.detail) });
    return outcome;
  }

  await (target.declared === undefined ? examineHabitTracker(settings, look) : (await import('./declared/doctor.ts')).examinePair(target, look));
  await look('GitHub', () => examineGitHub(target, { ...context, repository: named ?? context.repository }));
  await look('Discord', () => examineDiscord(settings));

  const well = points.every(({ status }) => status !== 'failing');
  if (json) printJson({ ok: well, points });
  else
    print(
      '',
      ...points.flatMap(describe),
      '',
      ...(points.some(({ detail }) => isOtherProject(detail)) ? [otherTables] : []),
      well ? 'Driftwatch is ready to run.' : paint(['bold', 'red'], 'Fix what is marked ✗.'),
    );
  return well ? exit.well : exit.drift;
}

async function examineHabitTracker(settings: Settings, look: Look): Promise<void> {
  const connection = await connectHabitTracker(settings);
  const project = await look('the project', () => examineProject(connection));
  if (project.status === 'failing') return;
  await look('the rows', () => examineRows(connection, settings));
  await look('the columns', () => examineColumns(connection));
  await look('the drift functions', () => examineDriftFunctions(connection));
  await look('the backfill', () => examineBackfill(connection));
  await look('the health of the dual-write', () => examineHealth(connection));
  await look('the record of runs', () => examineHistory(connection.reader, connection.pair.name));
}

function parse(repository: string): RunContext['repository'] {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  if (owner && repo) return { owner, repo };
  throw new UsageError(`--repository is ${JSON.stringify(inert(repository, 100))}; accepted: <owner>/<name>, such as example/habits.`);
}

const marks = { ok: paint('green', '✓'), warning: paint('yellow', '!'), failing: paint(['bold', 'red'], '✗'), 'not checked': paint('dim', '–') } as const;

/** What keeps several points from being well, such as a key that is rejected, is explained once. */
function describe({ point, status, detail }: Point, place: number, points: readonly Point[]): string[] {
  const same = status === 'failing' ? points.slice(0, place).find((before) => before.status === status && before.detail === detail) : undefined;
  return [`${marks[status]} ${paint('bold', capitalized(point.replace(/^the /, '')))}`, `    ${same ? `The same as for ${same.point}.` : detail}`];
}

type HabitTracker = Awaited<ReturnType<typeof connectHabitTracker>>;

/** Whether PostgREST answers at this address and accepts the key. */
async function examineProject({ reader }: HabitTracker): Promise<Outcome> {
  await reader.count('habit_tracker');
  return ok('SUPABASE_URL is a Supabase project, and it accepts SUPABASE_KEY.');
}

const tables = ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records'] as const;

async function examineRows({ reader, weeks: { sight } }: HabitTracker, { supabaseKey }: Settings): Promise<Outcome> {
  const counts: [string, number][] = [];
  for (const table of tables) counts.push([table, await reader.count(table)]);
  const privileged = isPrivilegedKey(supabaseKey);
  const [legacy = 0, , weeks = 0] = counts.map(([, rows]) => rows);
  const trouble = sight.troubleWithEmpty(legacy, weeks);
  if (trouble !== undefined) return failing(trouble);
  const seen = `The key sees ${counts.map(([table, rows]) => `${count(rows, 'row')} of ${table}`).join(', ')}.`;
  if (!privileged) {
    return warning(
      `${seen} It is neither a secret nor a service_role key, so row-level security decides what it sees: use a secret key (sb_secret_…) to be sure to see all rows.`,
    );
  }
  if (legacy === 0 || weeks === 0)
    return warning(`${seen} One side is empty, which counts as drift: nothing has been migrated yet, or this is the wrong project.`);
  return ok(`${seen} Row-level security does not apply to it.`);
}

/** One row of each, with every column that is compared and the tables below it. */
async function examineColumns({ reader: plain }: HabitTracker): Promise<Outcome> {
  const reader = withTypes(plain);
  await reader.select('habit_tracker', legacyColumns, legacyRow, (query) => query.limit(1));
  await reader.select('children', childColumns, childRow, (query) => query.limit(1));
  await reader.select('weeks', weekColumns, weekRow, (query) => query.limit(1));
  return ok('Every compared column exists, and weeks are linked to their habits and records.');
}

async function examineDriftFunctions({ weeks }: HabitTracker): Promise<Outcome> {
  const { ready, sentence } = await weeks.digester.probe();
  return ready ? ok(sentence) : warning(sentence);
}

/** It may be absent: everything else works without it. */
export const optional = (what: string, file: string): Outcome => warning(`${what} Apply supabase/migrations/${file} if you want it, and use a secret key.`);

async function examineBackfill({ reader }: HabitTracker): Promise<Outcome> {
  // A dry run with a limit of 0 looks at no weeks.
  const answer = await reader.call('backfill_legacy_weeks', { p_dry_run: true, p_limit: 0 }, z.array(z.unknown()), 1);
  if (answer === undefined)
    return optional(
      'backfill_legacy_weeks is not installed, or this key may not call it: repair prints SQL instead.',
      '016_create_backfill.sql, with those before it,',
    );
  return ok('backfill_legacy_weeks is installed: repair --apply can use it.');
}

async function examineHealth({ pair }: HabitTracker): Promise<Outcome> {
  const { checks } = (await pair.health?.()) ?? { checks: [] };
  if (checks.length === 0)
    return optional(
      'dual_write_health is not installed, or this key may not call it, so the health of the dual-write is unknown.',
      '019_create_dual_write_health.sql, with those before it,',
    );
  const bad = checks.filter(({ status }) => status !== 'ok');
  if (bad.length === 0) return ok('The dual-write is on and healthy.');
  return warning(`The dual-write needs attention: ${bad.map(({ detail }) => detail).join(' ')}`);
}

export async function examineHistory(reader: Reader, pair: string): Promise<Outcome> {
  const runs = await readHistory(reader, pair, () => new Date());
  if (runs === undefined) return optional('driftwatch_history is not installed, or this key may not use it, so runs are not recorded.', basename(migration));
  return typeof runs === 'string' ? warning(runs) : ok(`driftwatch_history is installed, with ${count(runs.length, 'run')} on record.`);
}

const mostIssues = 10;

async function examineGitHub({ settings: { githubToken }, config }: Target, { repository, apiUrl }: RunContext): Promise<Outcome> {
  if (githubToken === '' || !repository) {
    const missing = [githubToken === '' ? 'GITHUB_TOKEN' : '', repository ? '' : 'GITHUB_REPOSITORY'].filter(Boolean).join(' and ');
    return notChecked(
      `${missing} ${missing.includes(' and ') ? 'are' : 'is'} not set. In a workflow the action has both already; set them here only to test a token.`,
    );
  }
  const [{ createTracker }, { isFailure }, { pairOf }] = await Promise.all([
    import('../action/src/publish/issue/tracker.ts'),
    import('../action/src/publish/issue/github-error.ts'),
    import('../action/src/publish/issue/body.ts'),
  ]);
  const where = `${repository.owner}/${repository.repo}`;
  const tracker = createTracker(githubToken, repository, apiUrl, { secondMs: 100, timeoutMs: 10_000 });
  const open = await tracker.issues('open');
  try {
    // GitHub checks the permission first and then rejects such a label: its message shows which, and nothing is created.
    await tracker.createLabel({ name: `driftwatch-doctor-${'-'.repeat(60)}`, color: 'none', description: '' });
  } catch (error) {
    const status = error instanceof ToldError && isFailure(error.cause) ? error.cause.status : undefined;
    if (status !== 422) throw error;
  }
  const seen = `The token may write issues and labels in ${where}, and issues are enabled. ${count(open.length, 'open issue')} with the label drift-detection.`;
  const pairs = new Set(['habit-tracker', ...(config?.pairs.keys() ?? [])]);
  const left = open.flatMap((issue) => {
    const pair = pairOf(issue.body);
    return pair === undefined || pairs.has(pair) ? [] : [`#${issue.number} (${inert(pair, 63)})`];
  });
  const named = [...left.slice(0, mostIssues), ...(left.length > mostIssues ? [`and ${number(left.length - mostIssues)} more`] : [])];
  return left.length === 0
    ? ok(seen)
    : warning(
        `${seen} No run closes those about a pair that the file does not declare: ${named.join(', ')}. Close them by hand, unless another file declares the pair.`,
      );
}

const webhook = z.object({ type: z.number(), token: z.string() });

/** Reads the webhook itself, which posts nothing. */
async function examineDiscord({ discordWebhookUrl }: Settings): Promise<Outcome> {
  if (!discordWebhookUrl) return notChecked('DISCORD_WEBHOOK_URL is not set, so nothing is posted to Discord.');
  const { explainFailure } = await import('../action/src/publish/discord/webhook.ts');
  const answerMs = 10_000;
  try {
    const answer = await ask(discordWebhookUrl, { signal: AbortSignal.timeout(answerMs) }, 2 ** 20);
    if (answer.status < 200 || answer.status >= 300) return failing(explainFailure(causeOfAnswer(answer), answerMs));
    return webhook.safeParse(parsed(answer.body)).success
      ? ok('The webhook exists. Nothing was posted to it.')
      : failing('What answers at DISCORD_WEBHOOK_URL is not a Discord webhook. Copy its URL again: Channel settings > Integrations > Webhooks.');
  } catch (error) {
    return failing(explainFailure(causeOfError(error), answerMs));
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
