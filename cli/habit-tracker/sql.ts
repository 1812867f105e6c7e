import { randomUUID } from 'node:crypto';
import type { Explanation } from '../../action/src/compare/explain.ts';
import { canonicalText } from '../../action/src/document/canonical.ts';
import { pathId, readSegment, type Difference, type Document, type Path } from '../../action/src/document/document.ts';
import type { ChildRow } from '../../action/src/pair/habit-tracker/normalized.ts';
import { childId, weekKeyOf, type WeekKey } from '../../action/src/pair/habit-tracker/shape.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import { count } from '../../action/src/report/numbers.ts';
import { literal } from '../literal.ts';

/** How to make one week of the normalized side match the legacy side. */
export type WeekRepair = {
  readonly key: WeekKey;
  readonly legacyId: string | null;
  /** What is written, in words. Empty if nothing is. */
  readonly writes: readonly string[];
  readonly statements: readonly string[];
  /** What only a person can decide, with the SQL for one of the options if there is any. */
  readonly decisions: readonly { readonly what: string; readonly sql: string | null }[];
};

const source = "'migration'";

type Row = readonly string[];
const values = (rows: readonly Row[]): string => rows.map((row) => `  (${row.join(', ')})`).join(',\n');
const insert = (table: string, columns: string, rows: readonly Row[]): string => `insert into ${table} (${columns}) values\n${values(rows)};`;

/** There may be a record with the status `none`, which counts as no record. */
const putRecords = (rows: readonly Row[]): string =>
  `merge into habit_records r\nusing (values\n${values(rows)}\n) as v (habit_id, record_date, status)\n` +
  'on r.habit_id = v.habit_id and r.record_date = v.record_date\n' +
  `when matched then update set status = v.status, source_version = ${source}\n` +
  `when not matched then insert (habit_id, record_date, status, source_version) values (v.habit_id, v.record_date, v.status, ${source});`;

const recordRow = (habit: string, date: string, status: string | null): Row => [`${literal(habit)}::uuid`, `${literal(date)}::date`, literal(status)];

/** The members directly below a path, in order. */
const below = (document: Document, path: Path): { name: string; value: string | null }[] =>
  [...document.fields.values()]
    .filter((field) => field.path.length === path.length + 1 && path.every((part, index) => field.path[index] === part))
    .map((field) => ({ name: field.path.at(-1) ?? '', value: field.value }));

const ofHabits =
  (table: 'habits' | 'habit_records') =>
  ({ rowIds }: Pick<Difference, 'rowIds'>): string =>
    rowIds[table]?.[0] ?? '';

/**
 * Statements for the weeks, in order. A child that several weeks need is created by the first.
 *
 * @param children the existing rows of the children that the weeks belong to
 */
export function planRepair(explanations: readonly Explanation[], children: readonly ChildRow[]): WeekRepair[] {
  const ids = new Map<string, string>();
  // Of several spellings the canonical one, as in the backfill.
  for (const { row_id: id, user_id: owner, name } of children.toSorted(
    (a, b) => Number(canonicalText(a.name) === a.name) - Number(canonicalText(b.name) === b.name),
  )) {
    ids.set(childId({ owner, child: canonicalText(name) ?? '' }), id);
  }
  return explanations.map((explanation) => planWeek(explanation, ids));
}

function planWeek({ key: parts, differences, expected, actual: [actual] }: Explanation, childIds: Map<string, string>): WeekRepair {
  const key = weekKeyOf(parts);
  const legacyId = expected?.rowIds['habit_tracker']?.[0] ?? null;
  const decisions = differences.flatMap((difference) => decisionFor(difference));
  // Excludes accepted differences, though those are missing too.
  const isMissing = differences.some(({ kind, path }) => kind === 'missing' && path === null);
  const plan =
    expected && !actual && isMissing
      ? planMissingWeek(key, expected, childIds)
      : expected && actual
        ? planChanges(differences, expected, actual)
        : { writes: [], statements: [] };
  return { key, legacyId, ...plan, decisions: [...('decision' in plan && plan.decision ? [plan.decision] : []), ...decisions] };
}

type Plan = Pick<WeekRepair, 'writes' | 'statements'> & { readonly decision?: WeekRepair['decisions'][number] };

function planMissingWeek(key: WeekKey, expected: Document, childIds: Map<string, string>): Plan {
  const { owner, child, week } = key;
  if (owner === null) {
    return {
      writes: [],
      statements: [],
      decision: { what: 'The legacy row has no user_id, and no user has this child: set the user_id of the row', sql: null },
    };
  }
  const statements: string[] = [];
  const id = childId(key);
  const known = childIds.get(id);
  const childRow = known ?? randomUUID();
  if (known === undefined) {
    childIds.set(id, childRow);
    statements.push(insert('children', 'id, user_id, name, source_version', [[literal(childRow), literal(owner), literal(child), source]]));
  }
  const weekRow = randomUUID();
  const attribute = (name: string): string | null => expected.fields.get(name)?.value ?? null;
  statements.push(
    insert('weeks', 'id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version', [
      [
        ...[weekRow, owner, childRow, week, attribute('week_end_date'), attribute('theme'), attribute('reward'), attribute('reflection') ?? '{}'].map(literal),
        source,
      ],
    ]),
  );
  const habits = planHabits(
    weekRow,
    below(expected, ['habits']).map(({ name }) => name),
    expected,
  );
  return { writes: [...(known === undefined ? ['child'] : []), 'week', ...habits.writes], statements: [...statements, ...habits.statements] };
}

/** New habits with their records. */
function planHabits(week: string, names: readonly string[], expected: Document): Plan {
  if (names.length === 0) return { writes: [], statements: [] };
  const order = below(expected, ['habits']).map(({ name }) => name);
  const habits = names.map((name) => ({ name, id: randomUUID() }));
  const records = habits.flatMap(({ name, id }) => below(expected, ['habits', name]).map((record) => recordRow(id, record.name, record.value)));
  return {
    writes: [count(habits.length, 'habit'), ...(records.length === 0 ? [] : [count(records.length, 'record')])],
    statements: [
      insert(
        'habits',
        'id, week_id, name, display_order, source_version',
        habits.map(({ name, id }) => [literal(id), literal(week), literal(name), String(order.indexOf(name)), source]),
      ),
      ...(records.length === 0 ? [] : [putRecords(records)]),
    ],
  };
}

function planChanges(differences: readonly Difference[], expected: Document, actual: Document): Plan {
  const weekRow = actual.rowIds['weeks']?.[0] ?? '';
  const at = (depth: number, ...kinds: readonly Difference['kind'][]) =>
    differences.flatMap(({ path, kind }) => (path !== null && path.length === depth && kinds.includes(kind) ? [path] : []));

  const attributes = at(1, 'mismatch').map(([name = '']) => ({ name, value: expected.fields.get(name)?.value ?? (name === 'reflection' ? '{}' : null) }));
  const changes = [...attributes.map(({ name, value }) => `${name} = ${literal(value)}`), `source_version = ${source}`];
  const habits = planHabits(
    weekRow,
    at(2, 'missing').map(([, name = '']) => name),
    expected,
  );
  const records = at(3, 'missing', 'mismatch').flatMap((path) => {
    const [, name = '', date = ''] = path;
    const habit = actual.fields.get(pathId(['habits', name]));
    return habit ? [recordRow(ofHabits('habits')(habit), date, expected.fields.get(pathId(path))?.value ?? null)] : [];
  });
  return {
    writes: [...attributes.map(({ name }) => name), ...habits.writes, ...(records.length === 0 ? [] : [count(records.length, 'record')])],
    statements: [
      ...(attributes.length === 0 ? [] : [`update weeks set ${changes.join(', ')} where id = ${literal(weekRow)};`]),
      ...habits.statements,
      ...(records.length === 0 ? [] : [putRecords(records)]),
    ],
  };
}

/** Rows that exist only on the normalized side are never deleted without asking, and unreadable parts are corrected on the legacy side. */
function decisionFor(difference: Difference): WeekRepair['decisions'] {
  const { kind, level, path, rowIds } = difference;
  const rows = (table: string): string => (rowIds[table] ?? []).map((id) => inert(id, 60)).join(', ');
  if (kind === 'duplicate') return [{ what: `Rows ${rows('habit_tracker')} of habit_tracker claim this week: keep the right one`, sql: null }];
  if (kind === 'malformed')
    return [
      { what: `${inert(path?.join('/') ?? 'A part', 100)} of row ${rows('habit_tracker')} of habit_tracker cannot be read: correct it there`, sql: null },
    ];
  if (kind === 'ambiguous-owner')
    return [{ what: `Row ${rows('habit_tracker')} of habit_tracker has no user_id, and several users have a child of this name: set its user_id`, sql: null }];
  if (kind === 'wrong-owner') {
    const week = literal(rowIds['weeks']?.[0] ?? '');
    return [
      {
        what: 'The week has a different user_id from its child, so row-level security shows it to somebody else: correct it',
        sql: `update weeks w set user_id = c.user_id from children c where c.id = w.child_id and w.id = ${week};`,
      },
    ];
  }
  if (kind !== 'orphan') return [];
  const where =
    level === 'weeks'
      ? 'this week'
      : inert(
          path
            ?.slice(1)
            .map((segment) => readSegment(segment).name)
            .join('/') ?? level,
          200,
        );
  const [table, id] =
    level === 'weeks'
      ? ['weeks', rows('weeks')]
      : level === 'habits'
        ? ['habits', ofHabits('habits')(difference)]
        : ['habit_records', ofHabits('habit_records')(difference)];
  return [
    {
      what: `Only the normalized side has ${where}: delete it there if it was deleted on the legacy side`,
      sql: `delete from ${table} where id = ${literal(id)};`,
    },
  ];
}

/** All repairs as a script: one transaction, with every decision for a person commented out. */
export function script(repairs: readonly WeekRepair[], describeKey: (key: WeekKey) => string, madeAt: Date): string {
  const changing = repairs.filter(({ statements }) => statements.length > 0);
  const undecided = repairs.filter(({ decisions }) => decisions.length > 0);
  const lines = [
    `-- This brings ${count(changing.length, 'week')} of the normalized side to what the legacy side says, as both were at ${madeAt.toISOString()}.`,
    '-- Review it, then run all of it: it is one transaction. If a week changed in the meantime it may fail, and then',
    '-- nothing is changed: create the script again.',
    'begin;',
    ...changing.flatMap(({ key, writes, statements }) => ['', `-- ${describeKey(key)}: ${writes.join(', ')}`, ...statements]),
    ...(undecided.length === 0
      ? []
      : [
          '',
          '-- Nothing below runs until you decide. A delete cannot be undone: look at both sides first',
          '-- (npx driftwatch explain), and remove the dashes from what should go. Weeks take their habits and records with them.',
        ]),
    ...undecided.flatMap(({ key, decisions }) => [
      '',
      `-- ${describeKey(key)}`,
      ...decisions.flatMap(({ what, sql }) => [`-- ${what}.`, ...(sql === null ? [] : [`-- ${sql}`])]),
    ]),
    '',
    'commit;',
  ];
  return lines.join('\n');
}
