import { isCalendarDate } from '../../action/src/document/calendar.ts';
import * as z from 'zod/mini';
import { check } from '../../action/src/check.ts';
import type { Explanation } from '../../action/src/compare/explain.ts';
import { chunksOf } from '../../action/src/document/chunks.ts';
import { keyId } from '../../action/src/document/document.ts';
import type { Settings } from '../../action/src/inputs.ts';
import { childColumns, childRow, type ChildRow } from '../../action/src/pair/habit-tracker/normalized.ts';
import { weekKeyOf, type Child, type WeekKey } from '../../action/src/pair/habit-tracker/shape.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import { createPseudonyms, pseudonymKeyOf } from '../../action/src/privacy/pseudonyms.ts';
import { count, number } from '../../action/src/report/numbers.ts';
import { headline, statistics } from '../../action/src/publish/words.ts';
import type { Report } from '../../action/src/report/report.ts';
import { ReadError } from '../../action/src/store/errors.ts';
import type { Reader } from '../../action/src/store/postgrest/reader.ts';
import { rulesOf } from '../../action/src/pair/config.ts';
import { connectHabitTracker } from '../../action/src/pair/pairs.ts';
import { exit, plainly, RepairError, unfinished, UsageError, type Target } from '../settings.ts';
import { literal } from '../literal.ts';
import { planRepair, script, type WeekRepair } from './sql.ts';
import { cell, createProgress, paint, paintSeverity, print, printJson, table, type Progress } from '../terminal.ts';

export type RepairOptions = {
  readonly json: boolean;
  /** Print the SQL and nothing else. */
  readonly sql: boolean;
  readonly apply: boolean;
  readonly since: string | undefined;
  readonly limit: string;
};

/** What one call may change: the API gives an answer some seconds, and 1,000 rows. */
const weeksPerCall = 100;
const mostWeeks = 1000;

/**
 * What would bring the normalized side to what the legacy side says; with `apply`, has the backfill do it and looks
 * again. Without `apply` nothing is written.
 */
export async function repairCommand({ settings: given, config }: Omit<Target, 'declared'>, options: RepairOptions): Promise<number> {
  const scope = readScope(options);
  const settings: Settings = { ...given, mode: 'full' };
  const rules = rulesOf(config, 'habit-tracker');
  const { reader } = await connectHabitTracker(settings);
  const progress = createProgress(options.json);
  const pseudonyms = createPseudonyms(pseudonymKeyOf(settings), false);
  const nameOf = ({ owner, child }: Child): string => `${inert(child, 60)} (${pseudonyms.name('child', [owner, child])})`;
  const describeKey = (key: WeekKey): string => `${nameOf(key)}, week of ${key.week ?? 'no date'}`;
  try {
    if (options.apply) return await apply();
    const backfill = options.sql ? undefined : await dryRun(reader, settings, scope, progress);
    const { repairs, report } = await compute(settings, rules, reader, scope, progress);
    if (report.verdict === 'unknown') throw unfinished(report);
    progress.end();
    const sql = script(repairs, describeKey, new Date(report.finishedAt));
    if (options.sql) print(sql);
    else if (options.json) printJson({ applied: false, backfill: backfill?.changes ?? null, weeks: repairs.map(toJson), sql: backfill?.sql ?? sql });
    else if (backfill) print('', ...describeBackfill(backfill, repairs, nameOf, settings, scope));
    else print('', ...describeRepairs(repairs, nameOf, sql, scope));
    return exit.well;
  } finally {
    progress.end();
  }

  async function apply(): Promise<number> {
    const before = await callBackfill(reader, settings, { ...scope, limit: 0 }, true);
    if (before === undefined) {
      throw new RepairError(
        'backfill_legacy_weeks is not installed, or this key may not call it, so nothing was changed. Apply supabase/migrations/013 to 016 and use a secret key; or run `npx driftwatch repair --sql`, read the SQL, and run it in the SQL editor.',
      );
    }
    const changes = await applyAll(reader, settings, scope, progress);
    // Whatever comes of looking again, what was changed is told.
    if (!options.json) print('', ...describeApplied(changes));
    const { repairs, report } = await compute(settings, rules, reader, { since: undefined, limit: mostWeeks }, progress);
    progress.end();
    if (options.json) printJson({ applied: true, backfill: changes, verdict: report.verdict, weeks: repairs.map(toJson) });
    else
      print(
        '',
        `Compared again: ${paintSeverity(report.severity, headline(report))}.`,
        report.reason === undefined ? statistics(report) : plainly(report.reason),
        ...describeDecisions(repairs, nameOf),
      );
    if (report.verdict === 'unknown') return exit.unknown;
    return report.verdict === 'in-sync' ? exit.well : exit.drift;
  }
}

type Scope = { readonly since: string | undefined; readonly limit: number };

function readScope({ since, limit }: RepairOptions): Scope {
  const weeks = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (weeks < 1 || weeks > mostWeeks)
    throw new UsageError(`--limit is ${JSON.stringify(inert(limit, 60))}; accepted: a number of weeks from 1 to ${mostWeeks}. Repeat the command for more.`);
  // `Date` takes February 30 for March 2.
  if (
    since !== undefined &&
    !(isCalendarDate(since.slice(0, 10)) && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(since) && !Number.isNaN(Date.parse(since)))
  ) {
    throw new UsageError(`--since is ${JSON.stringify(inert(since, 60))}; accepted: a date such as 2025-10-13, or a time such as 2025-10-13T18:00:00Z.`);
  }
  return { since, limit: weeks };
}

// The engine's own way --------------------------------------------------------------------------

type Rules = ReturnType<typeof rulesOf>;
type Computed = { readonly repairs: readonly WeekRepair[]; readonly report: Report };

/**
 * Nothing is planned where the comparison could not be finished.
 *
 * @param rules what is accepted, and not repaired
 */
async function compute(settings: Settings, rules: Rules, reader: Reader, scope: Scope, progress: Progress): Promise<Computed> {
  const explanations: Explanation[] = [];
  const connection = await connectHabitTracker(settings);
  const onExplained = (explanation: Explanation) => {
    if (explanation.differences.length > 0) explanations.push(explanation);
  };
  const watch = { onProgress: progress.advance, onPhase: progress.phase, onExplained };
  const report = await check({ settings, connection, rules, now: () => new Date(), watch });
  if (report.verdict === 'unknown') return { report, repairs: [] };
  const since = await updatedSince(reader, explanations, scope.since);
  const ordered = since.toSorted((a, b) => (keyId(a.key) < keyId(b.key) ? -1 : 1));
  const repairs = planRepair(ordered, await childrenOf(reader, ordered));
  // The limit is on weeks that change; what is left to a person takes none of it.
  const changing = new Set(repairs.filter(({ statements }) => statements.length > 0).slice(0, scope.limit));
  return { report, repairs: repairs.filter((repair) => repair.statements.length === 0 || changing.has(repair)) };
}

const idsAtOnce = 100;

const updatedRow = z.object({ row_id: z.string() });

/** Weeks whose legacy row was saved since then, or nobody knows when: as the backfill has it. */
async function updatedSince(reader: Reader, explanations: readonly Explanation[], since: string | undefined): Promise<readonly Explanation[]> {
  if (since === undefined) return explanations;
  const idOf = ({ expected }: Explanation): string[] => [...(expected?.rowIds['habit_tracker'] ?? [])];
  const late = new Set<string>();
  for (const ids of chunksOf(explanations.flatMap(idOf), idsAtOnce)) {
    const rows = reader.found('habit_tracker', 'row_id:id::text', updatedRow, (query) =>
      query.in('id', ids).or(`updated_at.is.null,updated_at.gte."${since}"`),
    );
    for await (const page of rows) for (const row of page) late.add(row.row_id);
  }
  return explanations.filter((explanation) => idOf(explanation).some((id) => late.has(id)));
}

/** The children that weeks are to be put under, by their users. */
async function childrenOf(reader: Reader, explanations: readonly Explanation[]): Promise<ChildRow[]> {
  const missing = explanations.filter(({ expected, actual, groupExists }) => expected && actual.length === 0 && groupExists);
  const found: ChildRow[] = [];
  for (const users of chunksOf([...new Set(missing.flatMap(({ key }) => weekKeyOf(key).owner ?? []))], idsAtOnce)) {
    for await (const page of reader.found('children', childColumns, childRow, (query) => query.in('user_id', users))) found.push(...page);
  }
  return found;
}

// The backfill ------------------------------------------------------------------------------------

const change = z.object({
  legacy_id: z.string(),
  child_name: z.string(),
  week_start_date: z.nullable(z.string()),
  action: z.enum(['create', 'update', 'skip']),
  reason: z.nullable(z.string()),
  habits: z.number(),
  records: z.number(),
});
type Change = z.infer<typeof change>;

const isChange = ({ action }: Change): boolean => action !== 'skip';

/**
 * One answer for each week that it changes or would, and for each that it cannot; not for those that are left out on
 * purpose, which would crowd the others out of the answer.
 *
 * @returns `undefined` where it is not installed
 */
async function callBackfill(reader: Reader, settings: Settings, { since, limit }: Scope, dry: boolean): Promise<Change[] | undefined> {
  await assertSameAlignment(reader, settings);
  const parameters = { p_dry_run: dry, p_limit: limit, ...(since === undefined ? {} : { p_since: since }) };
  // A call that changes something is not repeated unasked.
  return reader.call('backfill_legacy_weeks', parameters, z.array(change), dry ? 2 : 1, { without: ['reason', 'not-a-monday'] });
}

const alignmentRow = z.object({ week_alignment: z.string() });

/** The backfill goes by its own setting: with another one it would move weeks to where this command does not see them. */
async function assertSameAlignment(reader: Reader, { weekAlignment }: Settings): Promise<void> {
  const found = await reader
    .select('dual_write_settings', 'week_alignment', alignmentRow, (query) => query.limit(1))
    .catch((error: unknown) => {
      // Then the backfill is not there either, and its absence says so.
      if (error instanceof ReadError) return { rows: [] };
      throw error;
    });
  const [row] = found.rows;
  if (!row || row.week_alignment === weekAlignment) return;
  throw new UsageError(
    `The backfill aligns weeks as dual_write_settings says, ${inert(row.week_alignment, 20)}, and this command as --week-alignment says, ${weekAlignment}. Nothing was changed: give --week-alignment ${inert(row.week_alignment, 20)}, or correct the setting (update dual_write_settings set week_alignment = '${weekAlignment}').`,
  );
}

type DryRun = { readonly changes: readonly Change[]; readonly sql: string };

/** Where the backfill cannot say in time what it would do, the engine does. */
async function dryRun(reader: Reader, settings: Settings, scope: Scope, progress: Progress): Promise<DryRun | undefined> {
  try {
    const changes = await callBackfill(reader, settings, scope, true);
    return changes && { changes, sql: backfillCall(scope) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    progress.phase(`The dry run of backfill_legacy_weeks did not answer, so the changes are computed here. ${inert(error.message, 500)}`);
    return undefined;
  }
}

const backfillCall = ({ since, limit }: Scope): string =>
  `select * from backfill_legacy_weeks(p_dry_run => false, p_limit => ${limit}${since === undefined ? '' : `, p_since => ${literal(since)}`});`;

async function applyAll(reader: Reader, settings: Settings, scope: Scope, progress: Progress): Promise<Change[]> {
  const changes: Change[] = [];
  const changed = () => changes.filter(isChange).length;
  let skipped: Change[] = [];
  while (changed() < scope.limit) {
    const limit = Math.min(weeksPerCall, scope.limit - changed());
    progress.phase(`Backfilling up to ${limit} weeks …`);
    const answer = await callBackfill(reader, settings, { ...scope, limit }, false).catch((error: unknown) => {
      if (!(error instanceof ReadError)) throw error;
      throw new RepairError(
        `${count(changed(), 'week')} ${changed() === 1 ? 'was' : 'were'} backfilled, and then the backfill did not answer: whether its last call took effect is unknown. ${error.message} It is safe to repeat; the SQL editor is free of the API's time limit: ${backfillCall(scope)}`,
        { cause: error },
      );
    });
    // Each call names what it cannot bring over again.
    skipped = (answer ?? []).filter((row) => !isChange(row));
    const done = (answer ?? []).filter(isChange);
    changes.push(...done);
    if (done.length < limit) break;
  }
  return [...changes, ...skipped];
}

// What is shown -----------------------------------------------------------------------------------

/** The SQL of more weeks would push everything else off the screen. */
const mostWeeksShown = 50;

const atLimit = (weeks: number, { limit }: Scope): string => (weeks < limit ? '' : ' (the most that --limit allows; repeat this for the rest)');

const nothingToDo = 'Nothing differs: there is nothing to repair.';

function describeChanges(changes: readonly Change[]): string[] {
  const rows = changes
    .filter(isChange)
    .map((row) => [
      cell(row.legacy_id),
      cell(row.week_start_date),
      row.action,
      number(row.habits),
      number(row.records),
      cell(row.reason, 60),
      cell(row.child_name),
    ]);
  const skipped = changes.filter((row) => !isChange(row));
  return [
    ...(rows.length === 0 ? [] : table(['Legacy row', 'Week', 'Action', 'Habits#', 'Records#', 'Reason', 'Child'], rows)),
    ...(skipped.length === 0
      ? []
      : [
          '',
          'Skipped:',
          ...table(
            ['Legacy row', 'Week', 'Reason', 'Child'],
            skipped.map((row) => [cell(row.legacy_id), cell(row.week_start_date), cell(row.reason, 100), cell(row.child_name)]),
          ),
        ]),
  ];
}

function describeBackfill(
  { changes, sql }: DryRun,
  repairs: readonly WeekRepair[],
  nameOf: (key: WeekKey) => string,
  { weekAlignment }: Settings,
  scope: Scope,
): string[] {
  const weeks = changes.filter(isChange).length;
  if (weeks === 0 && repairs.length === 0) return [nothingToDo];
  const flags = [
    weekAlignment === 'skip' ? '' : ` --week-alignment ${weekAlignment}`,
    scope.since === undefined ? '' : ` --since ${scope.since}`,
    scope.limit === mostWeeks ? '' : ` --limit ${scope.limit}`,
  ].join('');
  return [
    paint(
      'bold',
      weeks === 0
        ? 'The backfill would change nothing.'
        : `The backfill would change ${count(weeks, 'week')}${atLimit(weeks, scope)}. This was a dry run: nothing was changed.`,
    ),
    '',
    ...describeChanges(changes),
    ...describeDecisions(repairs, nameOf),
    ...(weeks === 0
      ? []
      : [
          '',
          `Do it:  npx driftwatch repair --apply${flags}`,
          'or in the SQL editor:',
          `        ${sql}`,
          'Row by row, as SQL:',
          `        npx driftwatch repair --sql${flags}`,
        ]),
  ];
}

function describeRepairs(repairs: readonly WeekRepair[], nameOf: (key: WeekKey) => string, sql: string, scope: Scope): string[] {
  const changing = repairs.filter(({ statements }) => statements.length > 0);
  if (repairs.length === 0) return [nothingToDo];
  return [
    paint('bold', `${count(changing.length, 'week')} would change${atLimit(changing.length, scope)}. This was a dry run: nothing was changed.`),
    ...(changing.length === 0
      ? []
      : [
          '',
          ...table(
            ['Legacy row', 'Week', 'What', 'Child'],
            changing.map(({ key, legacyId, writes }) => [cell(legacyId), cell(key.week), writes.join(', '), nameOf(key)]),
          ),
        ]),
    ...describeDecisions(repairs, nameOf),
    '',
    ...(changing.length > mostWeeksShown
      ? ['To get SQL that you can review and run: npx driftwatch repair --sql > repair.sql']
      : ['Review this SQL, then run it in the SQL editor (`npx driftwatch repair --sql` prints only the SQL):', '', sql]),
  ];
}

function describeDecisions(repairs: readonly WeekRepair[], nameOf: (key: WeekKey) => string): string[] {
  const rows = repairs.flatMap(({ key, decisions }) => decisions.map(({ what }) => [cell(key.week), cell(what, 200), nameOf(key)]));
  if (rows.length === 0) return [];
  return [
    '',
    paint('bold', 'Left for you to decide:'),
    ...table(['Week', 'What', 'Child'], rows),
    ...(repairs.some(({ decisions }) => decisions.some(({ sql }) => sql !== null))
      ? ['`npx driftwatch repair --sql` includes the delete statements, commented out.']
      : []),
  ];
}

function describeApplied(changes: readonly Change[]): string[] {
  const done = changes.filter(isChange);
  const sum = (column: 'habits' | 'records') => done.reduce((total, row) => total + row[column], 0);
  return [
    paint('bold', `The backfill changed ${count(done.length, 'week')}: ${count(sum('habits'), 'habit')} and ${count(sum('records'), 'record')} were written.`),
    ...(changes.length === 0 ? [] : ['', ...describeChanges(changes)]),
  ];
}

const toJson = ({ key, legacyId, writes, statements, decisions }: WeekRepair): unknown => ({
  child: key.child,
  user: key.owner,
  week: key.week,
  legacyId,
  writes,
  statements,
  decisions,
});
