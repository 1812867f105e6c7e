import { explain, type Explanation } from '../../action/src/compare/explain.ts';
import { isHidden } from '../../action/src/compare/compare.ts';
import { addDays, daysSinceMonday, isCalendarDate, mondayOf, weekdays } from '../../action/src/document/calendar.ts';
import { canonicalText } from '../../action/src/document/canonical.ts';
import { keyId, pathId, plainValue, type Difference, type Document, type Path, type Value } from '../../action/src/document/document.ts';
import type { Settings } from '../../action/src/inputs.ts';
import { childId, groupOfChild, keyOf, weekId, weekKeyOf, type Child, type WeekKey } from '../../action/src/pair/habit-tracker/shape.ts';
import type { Entity, Reading } from '../../action/src/pair/pair.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import { createPseudonyms, isPseudonym, pseudonymKeyOf, type Pseudonyms } from '../../action/src/privacy/pseudonyms.ts';
import { sideText } from '../../action/src/publish/words.ts';
import { count, number } from '../../action/src/report/numbers.ts';
import { findChildren, findRow, isRowId, type FoundChild, type FoundRow } from './find.ts';
import { connectHabitTracker } from '../../action/src/pair/pairs.ts';
import { exit, UsageError } from '../settings.ts';
import { cell, createProgress, paint, paintSeverity, print, printJson, table } from '../terminal.ts';

type Context = { readonly settings: Settings; readonly pair: Entity; readonly pseudonyms: Pseudonyms };

/**
 * Both sides of one week, or the differing weeks of one child, with names, since this is the maintainer's own terminal.
 *
 * @param what a pseudonym, the id of a row of `habit_tracker` or `weeks`, or a child's name
 * @throws {UsageError} if that matches nothing, or several children
 */
export async function explainCommand(settings: Settings, what: string, week: string | undefined, { json }: { json: boolean }): Promise<number> {
  if (week !== undefined && !isCalendarDate(week)) {
    throw new UsageError(`The week is ${JSON.stringify(inert(week, 60))}; accepted: the date on which it starts, such as 2025-10-13.`);
  }
  const { reader, weeks: pair } = await connectHabitTracker(settings);
  const pseudonyms = createPseudonyms(pseudonymKeyOf(settings), false);
  const context = { settings, pair, pseudonyms };
  const progress = createProgress(json);
  try {
    const row = isRowId(what) ? await findRow(reader, what, settings.weekAlignment) : undefined;
    if (!row && isRowId(what)) throw new UsageError(noSuchRow(what));
    progress.phase('Looking for the child on both sides …');
    const children = await findChildren(pair, row ? mayBeOf(row) : matcher(what, pseudonyms), progress.advance);
    pseudonyms.meet(
      'child',
      children.map(({ key }) => groupOfChild(key)),
    );
    progress.end();

    if (row?.skipped && week === undefined) return tellSkipped(row, json);
    const keys = row ? await keysOfRow(context, row, children) : [];
    const child = row ? children.find(({ key }) => keys.some((own) => childId(own) === childId(key))) : onlyOne(children, what, context);
    if (!child) throw new UsageError(noSuchRow(what));
    if (week === undefined && !row) return await tellChild(context, child, json);
    const asked = week === undefined ? keys : [weekOf(child, week, settings)];
    const explanations = await explainWeeks(pair, asked);
    if (json) printJson(explanations.map((explanation) => toJson(context, explanation)).at(0));
    else for (const explanation of explanations) print('', ...describeWeek(context, explanation));
    return exit.well;
  } finally {
    progress.end();
  }
}

const nothing: Reading = { expected: [], actual: [], unclaimed: [], groupExists: false };

async function explainWeeks(pair: Entity, weeks: readonly WeekKey[]): Promise<Explanation[]> {
  const keys = weeks.map(keyOf);
  const readings = await pair.read(keys);
  return keys.map((key) => explain(key, readings.get(keyId(key)) ?? nothing, pair));
}

const noSuchRow = (id: string): string =>
  `There is no row ${inert(id, 60)} in habit_tracker or weeks. The legacy app saves by deleting and inserting, so its ids change: take one from a fresh report, or give the child's pseudonym and the week.`;

const mayBeOf =
  (row: FoundRow) =>
  (key: WeekKey): boolean =>
    key.child === row.child && (row.owner === null || key.owner === row.owner);

function matcher(what: string, pseudonyms: Pseudonyms): (key: WeekKey) => boolean {
  if (/^child-/i.test(what)) {
    const wanted = what.toLowerCase();
    if (!isPseudonym(wanted))
      throw new UsageError(`${JSON.stringify(inert(what, 60))} is not a pseudonym, which is child- and at least eight hex digits. Copy it again.`);
    if (pseudonyms.keyId === undefined)
      throw new UsageError(
        'With this SUPABASE_KEY, pseudonyms last for one run only, so this one cannot be looked up. Give a row id from the finding, or set PSEUDONYM_KEY to the value that the workflow uses.',
      );
    return (key) => pseudonyms.mayBeNamed(wanted, 'child', groupOfChild(key));
  }
  const name = canonicalText(what);
  return ({ child }) => child === name;
}

/** The keys whose documents were read from this row: usually one. */
async function keysOfRow({ pair }: Context, row: FoundRow, children: readonly FoundChild[]): Promise<WeekKey[]> {
  const candidates = children.flatMap(({ weeks }) => weeks.filter((key) => key.week === row.week));
  const readings = await pair.read(candidates.map(keyOf));
  return candidates.filter((key) => {
    const { expected, actual, unclaimed } = readings.get(weekId(key)) ?? nothing;
    return row.skipped || [...expected, ...actual, ...unclaimed].some(({ rowIds }) => rowIds[row.table]?.includes(row.id));
  });
}

function onlyOne(found: readonly FoundChild[], what: string, { pseudonyms }: Context): FoundChild {
  // If several children share the digits, one of them may still have exactly this name.
  const called = found.filter(({ key }) => pseudonyms.isNamed(what.toLowerCase(), 'child', groupOfChild(key)));
  const children = called.length === 1 ? called : found;
  const [child, ...others] = children;
  if (!child) {
    throw new UsageError(
      /^child-/i.test(what)
        ? `No child of this project is ${inert(what, 60)}. Pseudonyms are derived from a key, so use the same SUPABASE_KEY (or PSEUDONYM_KEY) as the action, or give a row id from the finding. The child may also have been deleted since.`
        : `No child of this project is called ${JSON.stringify(inert(what, 100))}. Give the name as it is stored, a pseudonym (child-…), or the id of a row of habit_tracker or weeks.`,
    );
  }
  if (others.length === 0) return child;
  if (pseudonyms.keyId === undefined)
    throw new UsageError(`${JSON.stringify(inert(what, 100))} is ${number(children.length)} children. Say which one by the id of one of its rows.`);
  const names = children.map(({ key }) => `${pseudonyms.name('child', groupOfChild(key))} (user ${inert(key.owner ?? 'unknown', 40)})`);
  throw new UsageError(
    `${JSON.stringify(inert(what, 100))} is ${number(children.length)} children. Say which one: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
  );
}

/** Any day will do if it is clear which week it belongs to. */
function weekOf({ weeks, skipped }: FoundChild, date: string, { weekAlignment }: Settings): WeekKey {
  const monday = weekAlignment === 'exact' ? date : mondayOf(date);
  const key = weeks.find((own) => own.week === date) ?? weeks.find((own) => own.week === monday);
  if (key) return key;
  if (skipped.includes(date))
    throw new UsageError(`The week of ${date} does not start on a Monday: with week-alignment skip, it is never migrated and not compared.`);
  const known = weeks.flatMap((own) => own.week ?? []);
  throw new UsageError(`Neither side has a week of ${date} of this child. It has ${known.slice(0, 60).join(', ') || 'none'}${known.length > 60 ? ', …' : ''}.`);
}

function tellSkipped({ id, start }: FoundRow, json: boolean): number {
  const sentence = `Row ${id} of habit_tracker starts on ${start}, which is not a Monday: with week-alignment skip, such a week is never migrated, so it should be absent on the normalized side.`;
  if (json) printJson({ skipped: sentence });
  else print(sentence);
  return exit.well;
}

/** The child's name in reports, if it can be known. */
const pseudonymOf = ({ pseudonyms }: Context, child: Child): string | null =>
  pseudonyms.keyId === undefined ? null : pseudonyms.name('child', groupOfChild(child));

function nameOf(context: Context, { owner, child }: Child): string {
  const about = [pseudonymOf(context, { owner, child }), owner === null ? 'of no known user' : `user ${inert(owner, 40)}`];
  return `${paint('bold', inert(child, 200))} (${about.filter((part) => part !== null).join(', ')})`;
}

async function tellChild(context: Context, child: FoundChild, json: boolean): Promise<number> {
  const { pair } = context;
  const explanations = await explainWeeks(pair, child.weeks);
  const differing = explanations.filter(({ differences }) => differences.length > 0);
  const types = ({ differences }: Explanation): [string, number][] =>
    [...Map.groupBy(differences, (difference) => pair.findingType(difference).type)].map(([type, same]) => [type, same.length]);
  const pseudonym = pseudonymOf(context, child.key);
  if (json) {
    const weeks = differing.map((explanation) => ({ week: weekKeyOf(explanation.key).week, findings: Object.fromEntries(types(explanation)) }));
    printJson({ child: child.key.child, user: child.key.owner, pseudonym, weeks: child.weeks.length, skipped: child.skipped, differing: weeks });
    return exit.well;
  }
  const skipped = child.skipped.length === 0 ? '' : ` ${count(child.skipped.length, 'legacy week')} skipped as expected: not starting on a Monday.`;
  const [first] = differing;
  print(
    '',
    nameOf(context, child.key),
    `${number(differing.length)} of ${count(child.weeks.length, 'week')} ${differing.length === 1 ? 'differs' : 'differ'}.${skipped}`,
    ...(first
      ? [
          '',
          ...table(
            ['Week', 'Findings#', 'Types'],
            differing.map((explanation) => [
              cell(weekKeyOf(explanation.key).week),
              number(explanation.differences.length),
              types(explanation)
                .map(([type, total]) => `${number(total)} × ${type}`)
                .join(', '),
            ]),
          ),
          '',
          `To look at both sides of one: npx driftwatch explain ${pseudonym ?? '<row id>'} ${weekKeyOf(first.key).week ?? ''}`,
        ]
      : []),
  );
  return exit.well;
}

const attributes = ['theme', 'reward', 'reflection', 'week_end_date'] as const;
const letters: Readonly<Record<string, string>> = { green: paint('green', 'G'), yellow: paint('yellow', 'Y'), red: paint('red', 'R') };

/** Both sides next to each other. Text of unknown width is at the end of its line. */
function describeWeek(context: Context, explanation: Explanation): string[] {
  const {
    differences,
    expected,
    actual: [actual],
  } = explanation;
  const key = weekKeyOf(explanation.key);
  const differing = new Set(differences.flatMap(({ path, kind }) => (path !== null && kind !== 'malformed' ? [pathId(path)] : [])));
  const heading = [
    `${nameOf(context, key)}, ${key.week === null ? 'a week without a date that can be read' : `week of ${key.week}`}`,
    `legacy:     ${rowsOf(expected, 'habit_tracker')}`,
    `normalized: ${rowsOf(actual, 'weeks')}${actual?.sourceVersion === undefined ? '' : `, written by ${inert(actual.sourceVersion, 60)}`}`,
  ];
  const both = expected !== undefined && actual !== undefined;
  const grid = key.week !== null && isCalendarDate(key.week) ? describeHabits(key.week, expected, actual, differing) : [];
  return [
    ...heading,
    '',
    ...attributes.flatMap((name) => describeAttribute(name, expected, actual, both && differing.has(name))),
    ...(grid.length === 0 ? [] : ['', ...grid]),
    '',
    ...describeDifferences(context, differences),
  ];
}

const rowsOf = (document: Document | undefined, name: string): string =>
  document ? `row ${(document.rowIds[name] ?? []).map((id) => inert(id, 60)).join(', ')} of ${name}` : paint('bold', 'nothing');

function describeAttribute(name: string, expected: Document | undefined, actual: Document | undefined, differs: boolean): string[] {
  const shown = (document: Document | undefined) => {
    const value = document?.fields.get(name)?.value;
    return value === undefined || value === null ? '–' : inert(value, 500);
  };
  const label = name.padEnd(14);
  if (!differs) return [`  ${label}${shown(expected ?? actual)}`];
  return [`${paint('bold', '≠')} ${label}legacy      ${shown(expected)}`, `  ${''.padEnd(14)}normalized  ${shown(actual)}`];
}

/** Habits × seven days: the legacy side, the normalized side, and the name. */
function describeHabits(start: string, expected: Document | undefined, actual: Document | undefined, differing: ReadonlySet<string>): string[] {
  const names = new Set(
    [expected, actual].flatMap((side) => [...(side?.fields.values() ?? [])]).flatMap(({ path }) => (path[0] === 'habits' ? [path[1] ?? ''] : [])),
  );
  if (names.size === 0) return ['No habits on either side.'];
  const first = daysSinceMonday(start);
  const days = Array.from({ length: 7 }, (_, day) => ({ date: addDays(start, day), name: weekdays[(first + day) % 7]?.slice(0, 2) ?? '' }));
  const cells = (document: Document | undefined, habit: string): string =>
    days
      .map(({ date }) => {
        const path: Path = ['habits', habit, date];
        if (expected && isHidden(path, expected.hidden)) return ' ? ';
        const value = document?.fields.get(pathId(path))?.value;
        const letter = value === undefined || value === null ? '·' : (letters[value] ?? '!');
        return differing.has(pathId(path)) ? `[${letter}]` : ` ${letter} `;
      })
      .join(' ');
  const none = (text: string): string => text.padEnd(7 * 4 - 1);
  const lines = [...names].map((habit) => {
    const path = pathId(['habits', habit]);
    const sides = [expected, actual].map((document) => (document?.fields.has(path) ? cells(document, habit) : none(document ? ' no such habit' : '')));
    const isOdd = [...differing].some((id) => id === path || id.startsWith(`${path}\0`));
    return `${isOdd ? paint('bold', '≠') : ' '} ${sides.join('   ')}   ${inert(habit, 200)}`;
  });
  const head = days.map(({ name }) => name.padEnd(3)).join(' ');
  return [
    `  ${none('legacy')}   normalized`,
    `  ${paint('dim', head)}   ${paint('dim', head)}`,
    ...lines,
    paint('dim', '  G green, Y yellow, R red, · no record, [ ] differs, ? cannot be read, ! another status'),
  ];
}

function describeDifferences({ pair }: Context, differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [paint('green', 'Nothing differs.')];
  const rows = differences.map((difference) => {
    const { type, severity } = pair.findingType(difference);
    const where = difference.path === null ? difference.level : pair.renderPath(difference.path, (text) => text).join('/');
    return [type, paintSeverity(severity), shown(difference.legacy), shown(difference.normalized), cell(where, 200)];
  });
  return table(['Type', 'Severity', 'Legacy', 'Normalized', 'Where'], rows);
}

const shown = (value: Value): string => cell(sideText(plainValue(value)), 60);

function toJson(context: Context, { key: parts, differences, expected, actual }: Explanation): unknown {
  const key = weekKeyOf(parts);
  const { pair } = context;
  const path = (segments: Path | null) => (segments === null ? null : pair.renderPath(segments, (part) => part).join('/'));
  const side = (document: Document | undefined) =>
    document && { rowIds: document.rowIds, fields: Object.fromEntries([...document.fields.values()].map((field) => [path(field.path), field.value])) };
  return {
    child: key.child,
    user: key.owner,
    pseudonym: pseudonymOf(context, key),
    week: key.week,
    legacy: side(expected) ?? null,
    normalized: side(actual[0]) ?? null,
    differences: differences.map((difference) => ({
      ...pair.findingType(difference),
      level: difference.level,
      path: path(difference.path),
      legacy: plainValue(difference.legacy),
      normalized: plainValue(difference.normalized),
      rowIds: difference.rowIds,
    })),
  };
}
