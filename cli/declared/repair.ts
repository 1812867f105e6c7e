import { ToldError } from '../../action/src/defect.ts';
import { isCalendarDate } from '../../action/src/document/calendar.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import { isTable } from '../../action/src/store/source.ts';
import { count, number } from '../../action/src/report/numbers.ts';
import type { RepairOptions } from '../repair.ts';
import { exit, RepairError, unfinished, UsageError, type Target } from '../settings.ts';
import { cell, createProgress, paint, print, printJson, table, type Progress } from '../terminal.ts';
import { keyPathsOf, parentsFirst, planChanges, type Change, type Plan, type Scope, type Skipped } from './changes.ts';
import { findDiffering, type DeclaredConnection } from './rows.ts';
import { sequenceStatements, statementOf } from './sql.ts';
import { createTableWriter, mayBeWritten, WriteError, type TableWriter } from './write.ts';

/** Somebody at the terminal, or who ends the job, wants it to end. */
class Interruption extends ToldError {
  override name = 'Interruption';
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const rowsPerRequest = 100;
const shownRows = 40;

export async function repairRows(target: Target, options: RepairOptions): Promise<number> {
  const scope = scopeOf(options);
  const most = limitOf(options);
  const progress = createProgress(options.json);
  const { connection, plan } = await findPlan(target, options, scope, progress);
  // In the order in which they are made: what is deleted goes last, and what refers to it before it.
  const limited = { ...plan, changes: inOrder(plan.changes).slice(0, most) };
  const beyond = plan.changes.length - limited.changes.length;
  if (options.sql) {
    const schema = schemaOf(connection);
    const aside = [...(limited.skipped.length > 0 ? describeSkipped(limited.skipped) : []), ...beyondOf(beyond)];
    if (aside.length > 0) process.stderr.write(`${aside.join('\n')}\n`);
    print(
      'begin;',
      'set constraints all deferred;',
      ...limited.changes.map((change) => statementOf(change, schema)),
      ...sequenceStatements(limited.changes, schema),
      'commit;',
    );
    return exit.well;
  }
  if (!options.apply) {
    if (options.json) printJson(answer(connection, false, limited));
    else
      print(
        '',
        ...describe(limited),
        '',
        ...beyondOf(beyond),
        ...(limited.changes.length > 0 ? ['Nothing was written. Use --apply to write these changes, or --sql to print them as SQL.'] : []),
      );
    return exit.well;
  }
  const written: Change[] = [];
  try {
    const applied = await applyAll(limited.changes, connection, progress, (batch) => written.push(...batch));
    const left = await findLeft(applied.amount, () => findPlan(target, options, scope, progress, applied.amount > 0));
    const done = withoutUnwritten(limited, applied, left.changes);
    if (options.json) printJson(answer(connection, true, done));
    else print('', ...describe(done), '', outcome(done, beyond, left));
    return left.changes.length + left.skipped.length === 0 ? exit.well : exit.drift;
  } finally {
    // Whatever came after: the application's next row would be the first to notice.
    const behind = sequenceStatements(written, schemaOf(connection));
    if (behind.length > 0) process.stderr.write(`${[sequencesBehind, ...behind].join('\n')}\n`);
  }
}

const beyondOf = (amount: number): string[] => (amount > 0 ? [`--limit leaves out ${count(amount, 'more change')}.`] : []);
const were = (amount: number): string => (amount === 1 ? 'was' : 'were');
const messageOf = (error: unknown): string => (error instanceof ToldError ? error.message : 'Something unexpected went wrong.');

/** What was written stays, whatever comes of looking again. */
async function findLeft(done: number, find: () => Promise<{ readonly plan: Plan }>): Promise<Plan> {
  try {
    return (await find()).plan;
  } catch (error) {
    if (done === 0) throw error;
    throw new RepairError(
      `${count(done, 'change')} ${were(done)} written, but both sides could not be compared again, so what still differs is unknown. ${messageOf(error)}`,
      { cause: error },
    );
  }
}

const sequencesBehind =
  'Rows were inserted with the ids of the legacy side. A sequence (serial, identity) that gives your table its ids does not know that these are taken: it could give your application one of them, and that insert would fail. Run this in the SQL editor; it changes only sequences that are behind.';

const rowId = (entity: string, key: Change['key']): string => JSON.stringify([entity, Object.values(key)]);
const changedId = ({ entity, key }: Change): string => rowId(entity.name, key);
const skippedId = ({ entity, key, reason }: Skipped): string => `${reason} ${rowId(entity, key)}`;

/** @param left what a new comparison would change */
function withoutUnwritten({ changes, skipped }: Plan, { ignored, refused }: Applied, left: readonly Change[]): Plan {
  const stillThere = new Map(left.map((change) => [changedId(change), change.action]));
  // A row that was put in and differs was written. One to be changed that is missing by now was not.
  const isUnwritten = (change: Change): boolean => [change.action, 'insert'].includes(stillThere.get(changedId(change)) ?? '');
  const unwritten = new Set(ignored.filter(isUnwritten));
  const detailOf = (change: Change): string => {
    const column = refused.get(change);
    return column === undefined
      ? 'the database accepted the write but changed no row: a trigger or a policy prevented it, or the row is gone'
      : `the table requires a value in ${column}, and that of the legacy side cannot be written: correct it there`;
  };
  return {
    changes: changes.filter((change) => !unwritten.has(change)),
    skipped: [
      ...skipped,
      ...[...unwritten].map((change): Skipped => ({ entity: change.entity.name, key: change.key, reason: 'not-written', detail: detailOf(change) })),
    ],
  };
}

/** What is left alone is listed above. @param limited how many changes --limit left out */
function outcome({ changes: done, skipped: alone }: Plan, limited: number, { changes, skipped }: Plan): string {
  const known = new Set(alone.map(skippedId));
  const unwritten = new Set(alone.filter(({ reason }) => reason === 'not-written').map(({ entity, key }) => rowId(entity, key)));
  const left = new Set(
    [...changes.map(changedId), ...skipped.filter((one) => !known.has(skippedId(one))).map(({ entity, key }) => rowId(entity, key))].filter(
      (row) => !unwritten.has(row),
    ),
  );
  if (left.size === 0) {
    if (done.length === 0) return 'Nothing was written.';
    const which =
      unwritten.size > 0
        ? `${count(done.length, 'change')} ${were(done.length)} written, ${number(unwritten.size)} ${were(unwritten.size)} not`
        : 'Every change was written';
    return `${which}, and a new comparison finds ${skipped.length + unwritten.size > 0 ? 'no other' : 'no'} difference.`;
  }
  const written = new Set(done.map(changedId));
  const undone = [...left].filter((row) => written.has(row)).length;
  const others = left.size - undone;
  const isRest = others > 0 && others <= limited;
  const cause = done.some(({ action }) => action === 'delete')
    ? 'the data changed in the meantime, or went with a deleted row'
    : 'the data changed in the meantime';
  return paint(
    'bold',
    [
      `${count(done.length, 'change')} ${were(done.length)} sent, and both sides were compared again.`,
      ...(undone > 0
        ? [
            `${count(undone, 'row')} of those still ${undone === 1 ? 'differs' : 'differ'}: something refuses, undoes or alters the write (a trigger, a row-level security policy, a column that rounds, pads or truncates), or the row changed in the meantime. Run it again; if that does not help, look at such a row with driftwatch explain.`,
          ]
        : []),
      ...(others > 0
        ? [`${count(others, 'other row')} ${others === 1 ? 'differs' : 'differ'} too: ${isRest ? '--limit left them for the next run' : cause}. Run it again.`]
        : []),
    ].join(' '),
  );
}

function scopeOf({ since, deleteOrphans }: RepairOptions): Scope {
  if (since === undefined) return { since, deleteOrphans };
  // `Date` takes February 30 for March 2.
  const at =
    isCalendarDate(since.slice(0, 10)) && /^\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(since)
      ? Date.parse(/T|\s/.test(since) && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(since) ? `${since}Z` : since)
      : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(`--since is ${JSON.stringify(inert(since, 60))}; accepted: a date or a time in UTC, such as 2026-10-13 or 2026-10-13T06:00:00Z.`);
  return { since: new Date(at).toISOString(), deleteOrphans };
}

/** @param isAfter whether rows were written: what was there before may be deleted now */
async function findPlan(
  target: Target,
  options: RepairOptions,
  scope: Scope,
  progress: Progress,
  isAfter = false,
): Promise<{ connection: DeclaredConnection; plan: Plan }> {
  const { connection, report, differing } = await findDiffering(target, progress, options.entity);
  const isEmptied = isAfter && report.reason === connection.pair.words.nothing;
  if (report.verdict === 'unknown' && !isEmptied) throw unfinished(report);
  const plan = await planChanges(differing, scope).finally(progress.end);
  const source = connection.declared.entities.find(({ declaration }) => !isTable(declaration.normalized));
  if (source && plan.changes.some(({ entity }) => entity === source))
    throw new UsageError(`The normalized side of ${source.name} is not a Supabase table, and repair only writes to those.`);
  return { connection, plan };
}

function limitOf({ limit: text }: RepairOptions): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`--limit is ${JSON.stringify(inert(text, 60))}; accepted: how many rows to change at most, such as 1000.`);
  return Number(text);
}

/** What is put in comes in the order of the entities, and what is deleted in the reverse order. */
function inOrder(changes: readonly Change[]): Change[] {
  const ordered = [...Map.groupBy(changes, ({ entity }) => entity).values()].flatMap(parentsFirst);
  return [...ordered.filter(({ action }) => action !== 'delete'), ...ordered.filter(({ action }) => action === 'delete').toReversed()];
}

const tableOf = ({ entity: { declaration } }: Change): string => (isTable(declaration.normalized) ? declaration.normalized.table : '');

const schemaOf = (connection: DeclaredConnection): string => connection.normalizedTable?.schema ?? 'public';

/**
 * How many changes were written, those of requests that wrote fewer than they were asked to, and of them those that lack what the table
 * requires, each with that column.
 */
type Applied = { readonly amount: number; readonly ignored: readonly Change[]; readonly refused: ReadonlyMap<Change, string> };

async function applyAll(
  changes: readonly Change[],
  connection: DeclaredConnection,
  progress: Progress,
  onWritten: (batch: readonly Change[]) => void,
): Promise<Applied> {
  const access = connection.normalizedTable;
  if (access === undefined || changes.length === 0) return { amount: 0, ignored: [], refused: new Map() };
  const writer = createTableWriter(access);
  const ignored: Change[] = [];
  const refused = new Map<Change, string>();
  let [sent, done] = [0, 0];
  let current: readonly Change[] = [];
  let isInterrupted = false;
  const interrupt = (): void => void (isInterrupted = true);
  // What is under way is finished, and what was written is said. A launcher between may pass on what the terminal has sent already.
  for (const ending of endings) process.on(ending, interrupt);
  try {
    for (const batch of batchesOf(changes)) {
      current = batch;
      if (isInterrupted) throw new Interruption('It was interrupted.');
      let touched = 0;
      try {
        touched = await writeBatch(batch, writer);
      } catch (error) {
        // All of them lack the same.
        const column = batch[0]?.lacks.find((one) => isRequired(one, error));
        if (column === undefined) throw error;
        for (const change of batch) refused.set(change, column);
      }
      sent += batch.length;
      done += touched;
      if (touched > 0) onWritten(batch);
      if (touched < batch.length) ignored.push(...batch);
      progress.advance(sent, changes.length);
    }
    return { amount: done, ignored, refused };
  } catch (error) {
    const unknown = mayBeWritten(error) ? current.length : 0;
    if (unknown > 0) onWritten(current);
    const [rest, advice] = [changes.length - done - unknown, error instanceof Interruption ? 'Run it again' : 'Fix the cause and run it again'];
    const others = unknown > 0 ? `, ${number(rest)} ${were(rest)} not, and of ${number(unknown)} it is not known` : `, and ${number(rest)} ${were(rest)} not`;
    throw new RepairError(
      `${number(done)} of ${count(changes.length, 'change')} ${were(changes.length === 1 ? 1 : done)} written${others}: it stopped at ${nameOf(current)}. ${messageOf(error)} What was written stays. ${advice} to continue.`,
      { cause: error },
    );
  } finally {
    for (const ending of endings) process.off(ending, interrupt);
    progress.end();
  }
}

/**
 * A table may require a value that the legacy side has, but in no way that can be written. Such a row is left alone; that is no reason to stop.
 */
const isRequired = (column: string, error: unknown): boolean =>
  error instanceof WriteError && error.failure?.code === '23502' && error.failure.message.includes(`column "${column}"`);

/** Rows that can be put in by one request: of one entity, with the same columns. */
function* batchesOf(changes: readonly Change[]): Generator<readonly Change[]> {
  let batch: Change[] = [];
  const kindOf = (change: Change | undefined): string => (change?.action === 'insert' ? JSON.stringify([change.entity.name, ...change.values.keys()]) : '');
  for (const change of changes) {
    const fits = batch.length > 0 && batch.length < rowsPerRequest && change.action === 'insert' && kindOf(batch[0]) === kindOf(change);
    if (!fits && batch.length > 0) {
      yield batch;
      batch = [];
    }
    batch.push(change);
  }
  if (batch.length > 0) yield batch;
}

/** The rows of one request, which are written together or not at all. */
function nameOf([first, ...more]: readonly Change[]): string {
  if (first === undefined) return 'the first one';
  return `the ${first.action} of ${first.entity.name} ${inert(keyText(first.key), 120)}${more.length > 0 ? ` and ${number(more.length)} more` : ''}`;
}

const objectOf = ({ values }: Change): string => `{${[...values].map(([column, json]) => `${JSON.stringify(column)}:${json}`).join(',')}}`;

/** What may be unique, the likeliest first. */
function uniqueOf(change: Change): (readonly string[])[] {
  const paths = keyPathsOf(change);
  if (paths.some(([, ...inside]) => inside.length > 0))
    throw new RepairError(
      `The key of ${change.entity.name} is inside a JSON column, so the API cannot insert a row only if it is missing. Run what --sql prints.`,
    );
  const key = paths.map(([column]) => column);
  return change.scoped.length === 0 ? [key] : [key, [...key, ...change.scoped]];
}

/** @returns how many of them were written, which may be none without an error */
async function writeBatch(batch: readonly Change[], writer: TableWriter): Promise<number> {
  const [planned] = batch;
  // What stands beside it inside of JSON is written along, and must be as it is, not as it was when the first row was written.
  const first = planned !== undefined && planned.merged.size > 0 ? await planned.again() : planned;
  if (first === undefined) return 0;
  const name = tableOf(first);
  const touched =
    first.action === 'insert'
      ? await writer.upsert(name, uniqueOf(first), `[${batch.map(objectOf).join(',')}]`)
      : first.action === 'update'
        ? await writer.update(name, first.where, objectOf(first))
        : await writer.remove(name, first.where);
  return Number.isNaN(touched) ? batch.length : Math.min(touched, batch.length);
}

const answer = ({ pair }: DeclaredConnection, applied: boolean, { changes, skipped }: Plan) => ({
  pair: pair.name,
  applied,
  changes: changes.map(({ entity, key, action, columns }) => ({ entity: entity.name, key, action, columns })),
  skipped: skipped.map(({ entity, key, reason }) => ({ entity, key, reason })),
});

const keyText = (key: Record<string, string | null>): string =>
  Object.values(key)
    .map((part) => part ?? '–')
    .join(' ');

function describe({ changes, skipped }: Plan): string[] {
  if (changes.length + skipped.length === 0) return ['Nothing differs: there is nothing to repair.'];
  const totals = Map.groupBy(changes, ({ entity, action }) => `${entity.name} ${action}`);
  const rows = [...totals.values()].flatMap((same) => (same[0] ? [[cell(same[0].entity.name), same[0].action, number(same.length)]] : []));
  const shown = changes
    .slice(0, shownRows)
    .map(({ entity, key, action, columns }) => [cell(entity.name), cell(keyText(key)), action, cell(columns.join(', '), 100)]);
  return [
    ...(rows.length > 0 ? [...table(['Entity', 'Change', 'Rows#'], rows), '', ...table(['Entity', 'Key', 'Change', 'Columns'], shown)] : []),
    ...(changes.length > shown.length ? [`… and ${count(changes.length - shown.length, 'more change')}: --json lists them all.`] : []),
    ...(skipped.length > 0 ? ['', ...describeSkipped(skipped)] : []),
  ];
}

function describeSkipped(skipped: readonly Skipped[]): string[] {
  const rows = skipped.slice(0, shownRows).map(({ entity, key, detail }) => [cell(entity), cell(keyText(key)), cell(detail, 240)]);
  return [...table(['Left alone', 'Key', 'Why'], rows), ...(skipped.length > rows.length ? [`… and ${count(skipped.length - rows.length, 'more row')}.`] : [])];
}
