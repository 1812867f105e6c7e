import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { migrate, uuid, weekPeriod, type Cell, type LegacyRow, type NormalizedRows } from '../../../demo/data.ts';
import { compareFindings } from '../../src/compare/findings.ts';
import { words } from '../../src/pair/habit-tracker/words.ts';
import { writtenFindings, type Report, type WrittenFinding } from '../../src/report/report.ts';
import { childName, comparePair, createMemoryPair, type LooseLegacyRow, type Rows } from './memory-pair.ts';
import { addDays, legacyRows, noisy, user } from './rows.ts';

/** One child with a full week, a bare one and one that starts on a Tuesday; whatever else is there must not matter. */
const owner = user(7);
const lina = childName(owner, 'Lina');
const [monday, nextMonday, tuesday] = ['2025-06-02', '2025-06-09', '2025-06-17'];
const swim: Cell[] = ['green', '', 'red', 'yellow', null, 'none', 'green'];
const draw: Cell[] = ['', 'red', '', '', '', '', ''];

const target = (id: string, start: string, change: Partial<LegacyRow>): LegacyRow => ({
  id,
  user_id: owner,
  child_name: 'Lina',
  week_period: weekPeriod(start),
  week_start_date: start,
  theme: null,
  reward: '',
  habits: [],
  reflection: {},
  updated_at: '2026-02-01T10:00:00+00:00',
  ...change,
});
const targets: LegacyRow[] = [
  target('900', monday, {
    theme: 'Sea',
    reward: 'Ice cream',
    reflection: { bestDay: 'Friday', nextWeekGoal: 'Read' },
    habits: [
      { id: 1, name: 'Swim', times: swim },
      { id: 1_760_000_000_000, name: 'Draw', times: draw },
    ],
  }),
  target('901', nextMonday, { habits: [{ id: 1, name: 'Draw', times: draw }] }),
  target('902', tuesday, { habits: [{ id: 1, name: 'Draw', times: draw }] }),
];

const child = uuid('child', owner, 'Lina');
const weekId = (start: string) => uuid('week', child, start);
const habitId = (name: string, start = monday) => uuid('habit', weekId(start), name);
const recordId = (habit: string, day: number, start = monday) => uuid('record', habitId(habit, start), addDays(start, day));
const both = { habit_tracker: ['900'], weeks: [weekId(monday)] };
const record = (habit: string, day: number) => `habits/${habit}/${addDays(monday, day)}`;

type Expected = Partial<WrittenFinding> & Pick<WrittenFinding, 'type'>;
type Mutation = {
  name: string;
  /** Where it is done; all three unless it says so. */
  alignments?: readonly ('skip' | 'monday' | 'exact')[];
  legacy?: (rows: LegacyRow[]) => readonly LooseLegacyRow[];
  normalized?: (rows: NormalizedRows) => NormalizedRows;
  /** Findings other than those about counts. */
  finds: readonly Expected[];
  /** What the sides must hold by level where `migrate` cannot say it: what is added to its counts, and to the real ones. */
  counted?: { expected?: Counts; normalized?: Counts };
};
type Counts = readonly [children: number, weeks: number, habits: number, records: number];

const levels = ['children', 'weeks', 'habits', 'records'] as const;
const severities: Record<string, WrittenFinding['severity']> = {
  COUNT_MISMATCH: 'high',
  MISSING_CHILD: 'critical',
  MISSING_WEEK: 'critical',
  ORPHAN_WEEK: 'high',
  DUPLICATE_WEEK: 'high',
  MISSING_HABIT: 'critical',
  ORPHAN_HABIT: 'high',
  MISSING_RECORD: 'critical',
  ORPHAN_RECORD: 'high',
  DATA_MISMATCH: 'medium',
  MALFORMED_LEGACY: 'medium',
  AMBIGUOUS_OWNER: 'medium',
};
const levelOf = ({ type, path }: Expected): string => {
  if (/_(CHILD|OWNER)$/.test(type)) return 'children';
  if (type.endsWith('_WEEK')) return 'weeks';
  if (type.endsWith('_HABIT')) return 'habits';
  if (type.endsWith('_RECORD')) return 'records';
  return path?.startsWith('habits/') ? 'records' : 'weeks';
};
/** What a row that is on one side only is shown as there: the date of a week, the name of a habit or a child. */
const shownAs = ({ type, child: label = lina, weekStart = monday, path }: Expected): string | null => {
  if (type.endsWith('_WEEK')) return weekStart;
  if (type.endsWith('_HABIT')) return path?.split('/')[1]?.replace(/ \[row \d+\]$/, '') ?? null;
  return label?.split('/')[1] ?? null;
};
const written = ({ findings }: Pick<Report, 'findings'>): WrittenFinding[] => writtenFindings({ findings, words });

const whole = ({ child: ofChild = lina, weekStart = monday, ...finding }: Expected): WrittenFinding => ({
  level: levelOf(finding),
  severity: severities[finding.type] ?? 'medium',
  key: ofChild === null ? null : { child: ofChild, week: weekStart },
  child: ofChild,
  weekStart,
  path: null,
  legacy: /^(MISSING_(CHILD|WEEK|HABIT)|AMBIGUOUS_OWNER)$/.test(finding.type) ? shownAs({ ...finding, child: ofChild, weekStart }) : null,
  normalized: /^ORPHAN_(WEEK|HABIT)$/.test(finding.type) ? shownAs({ ...finding, child: ofChild, weekStart }) : null,
  rowIds: both,
  ...finding,
});

const change =
  <T>(matches: (item: T) => boolean, values: Partial<T>) =>
  (items: readonly T[]): T[] =>
    items.map((item) => (matches(item) ? { ...item, ...values } : item));
const byId = (id: string) => (item: { id: string }) => item.id === id;
const not =
  <T>(matches: (item: T) => boolean) =>
  (item: T) =>
    !matches(item);

const changeLegacy =
  (values: Partial<LooseLegacyRow>, id = '900') =>
  (rows: LegacyRow[]) =>
    change<LooseLegacyRow>(byId(id), values)(rows);
const changeWeek =
  (values: Partial<NormalizedRows['weeks'][number]>) =>
  (rows: NormalizedRows): NormalizedRows => ({
    ...rows,
    weeks: change(byId(weekId(monday)), values)(rows.weeks),
  });
const changeRecord =
  (id: string, values: Partial<NormalizedRows['habit_records'][number]>) =>
  (rows: NormalizedRows): NormalizedRows => ({
    ...rows,
    habit_records: change(byId(id), values)(rows.habit_records),
  });
const source_version = 'dual_write';

const withoutHabit =
  (name: string) =>
  (rows: NormalizedRows): NormalizedRows => ({
    ...rows,
    habits: rows.habits.filter(not(byId(habitId(name)))),
    habit_records: rows.habit_records.filter(({ habit_id }) => habit_id !== habitId(name)),
  });
const withoutWeek =
  (start: string) =>
  (rows: NormalizedRows): NormalizedRows => {
    const habits = new Set(rows.habits.filter(({ week_id }) => week_id === weekId(start)).map(({ id }) => id));
    return {
      ...rows,
      weeks: rows.weeks.filter(not(byId(weekId(start)))),
      habits: rows.habits.filter(({ id }) => !habits.has(id)),
      habit_records: rows.habit_records.filter(({ habit_id }) => !habits.has(habit_id)),
    };
  };
const withoutChild = (rows: NormalizedRows): NormalizedRows => {
  const rest = [monday, nextMonday, tuesday, mondayOfTuesday].reduce((left, start) => withoutWeek(start)(left), rows);
  return { ...rest, children: rest.children.filter(not(byId(child))) };
};
const mondayOfTuesday = '2025-06-16';
const withRecord =
  (habit: string, day: number, status: string) =>
  (rows: NormalizedRows): NormalizedRows => ({
    ...rows,
    habit_records: [...rows.habit_records, { id: `new ${day}`, habit_id: habitId(habit), record_date: addDays(monday, day), status, source_version }],
  });
const extraWeek = (id: string, child_id: string, start: string) => ({
  id,
  user_id: owner,
  child_id,
  week_start_date: start,
  week_end_date: addDays(start, 6),
  theme: null,
  reward: null,
  reflection: {},
  source_version,
});

const legacyHabits = (...more: unknown[]) => [...(targets[0]?.habits ?? []), ...more];
/** Swim, or Draw, with other cells. */
const cells = (name: 'Swim' | 'Draw', times: unknown) => (targets[0]?.habits ?? []).map((habit) => (habit.name === name ? { ...habit, times } : habit));
const swimWith = (day: number, cell: unknown) => cells('Swim', swim.with(day, cell as Cell));

const attributes = (['theme', 'reward'] as const).flatMap((attribute): Mutation[] => {
  const text = targets[0]?.[attribute] ?? '';
  const mismatch = (legacy: string | null, normalized: string | null): Expected[] => [{ type: 'DATA_MISMATCH', path: attribute, legacy, normalized }];
  return [
    { name: `${attribute} says something else`, normalized: changeWeek({ [attribute]: 'other' }), finds: mismatch(text, 'other') },
    { name: `${attribute} differs in case`, normalized: changeWeek({ [attribute]: text.toUpperCase() }), finds: mismatch(text, text.toUpperCase()) },
    ...[null, '', ' \u3000'].map((empty): Mutation => ({
      name: `${attribute} is lost as ${JSON.stringify(empty)}`,
      normalized: changeWeek({ [attribute]: empty }),
      finds: mismatch(text, null),
    })),
    { name: `${attribute} is emptied in the old table`, legacy: changeLegacy({ [attribute]: '' }), finds: mismatch(null, text) },
    { name: `${attribute} is set to null in the old table`, legacy: changeLegacy({ [attribute]: null }), finds: mismatch(null, text) },
    { name: `${attribute} changes in the old table`, legacy: changeLegacy({ [attribute]: 'anew' }), finds: mismatch('anew', text) },
  ];
});

const friday = '{"bestDay":"Friday","nextWeekGoal":"Read"}';
const reflections: Mutation[] = [
  {
    name: 'a reflection has another text',
    normalized: changeWeek({ reflection: { bestDay: 'Monday', nextWeekGoal: 'Read' } }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: friday, normalized: '{"bestDay":"Monday","nextWeekGoal":"Read"}' }],
  },
  {
    name: 'a reflection lost a part',
    normalized: changeWeek({ reflection: { bestDay: 'Friday', nextWeekGoal: '' } }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: friday, normalized: '{"bestDay":"Friday"}' }],
  },
  {
    name: 'a reflection won a part',
    normalized: changeWeek({ reflection: { bestDay: 'Friday', nextWeekGoal: 'Read', easiestHabit: 'Swim' } }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: friday, normalized: '{"bestDay":"Friday","easiestHabit":"Swim","nextWeekGoal":"Read"}' }],
  },
  {
    name: 'a reflection is lost',
    normalized: changeWeek({ reflection: null }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: friday, normalized: null }],
  },
  {
    name: 'a reflection is emptied in the old table',
    legacy: changeLegacy({ reflection: { bestDay: null, nextWeekGoal: ' ' } }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: null, normalized: friday }],
  },
  {
    name: 'two parts of a reflection changed places',
    normalized: changeWeek({ reflection: { bestDay: 'Read', nextWeekGoal: 'Friday' } }),
    finds: [{ type: 'DATA_MISMATCH', path: 'reflection', legacy: friday, normalized: '{"bestDay":"Read","nextWeekGoal":"Friday"}' }],
  },
];

const records: Mutation[] = [
  ...(['yellow', 'red'] as const).map((status): Mutation => ({
    name: `a green record is ${status}`,
    normalized: changeRecord(recordId('Swim', 0), { status }),
    finds: [
      {
        type: 'DATA_MISMATCH',
        path: record('Swim', 0),
        legacy: 'green',
        normalized: status,
        rowIds: { ...both, habits: [habitId('Swim')], habit_records: [recordId('Swim', 0)] },
      },
    ],
  })),
  {
    name: 'a cell changes its colour in the old table',
    legacy: changeLegacy({ habits: swimWith(0, 'red') }),
    finds: [
      {
        type: 'DATA_MISMATCH',
        path: record('Swim', 0),
        legacy: 'red',
        normalized: 'green',
        rowIds: { ...both, habits: [habitId('Swim')], habit_records: [recordId('Swim', 0)] },
      },
    ],
  },
  {
    name: 'a record has a status that nobody knows',
    normalized: changeRecord(recordId('Swim', 0), { status: 'purple' }),
    finds: [
      {
        type: 'DATA_MISMATCH',
        path: record('Swim', 0),
        legacy: 'green',
        normalized: 'purple',
        rowIds: { ...both, habits: [habitId('Swim')], habit_records: [recordId('Swim', 0)] },
      },
    ],
  },
  {
    name: 'a record is gone',
    normalized: (rows) => ({ ...rows, habit_records: rows.habit_records.filter(not(byId(recordId('Swim', 6)))) }),
    finds: [{ type: 'MISSING_RECORD', path: record('Swim', 6), legacy: 'green', rowIds: { ...both, habits: [habitId('Swim')] } }],
  },
  {
    name: 'a record says none',
    normalized: changeRecord(recordId('Swim', 2), { status: 'none' }),
    finds: [{ type: 'MISSING_RECORD', path: record('Swim', 2), legacy: 'red', rowIds: { ...both, habits: [habitId('Swim')] } }],
  },
  {
    name: 'a cell is filled in the old table only',
    legacy: changeLegacy({ habits: swimWith(4, 'yellow') }),
    finds: [{ type: 'MISSING_RECORD', path: record('Swim', 4), legacy: 'yellow', rowIds: { ...both, habits: [habitId('Swim')] } }],
  },
  ...[1, 4, 5].map((day): Mutation => ({
    name: `an empty cell (${JSON.stringify(swim[day])}) has a record`,
    normalized: withRecord('Swim', day, 'green'),
    finds: [
      { type: 'ORPHAN_RECORD', path: record('Swim', day), normalized: 'green', rowIds: { ...both, habits: [habitId('Swim')], habit_records: [`new ${day}`] } },
    ],
  })),
  ...['', null, 'none'].map((cell): Mutation => ({
    name: `a cell is emptied (${JSON.stringify(cell)}) in the old table only`,
    legacy: changeLegacy({ habits: swimWith(0, cell) }),
    finds: [
      {
        type: 'ORPHAN_RECORD',
        path: record('Swim', 0),
        normalized: 'green',
        rowIds: { ...both, habits: [habitId('Swim')], habit_records: [recordId('Swim', 0)] },
      },
    ],
  })),
  ...[1, 7, -1].map((days): Mutation => {
    const [habit, from] = days === 1 ? ['Swim', 0] : days === 7 ? ['Swim', 6] : ['Draw', 1];
    const id = recordId(String(habit), Number(from));
    return {
      name: `a record moved by ${days} days`,
      normalized: changeRecord(id, { record_date: addDays(monday, Number(from) + days) }),
      finds: [
        {
          type: 'MISSING_RECORD',
          path: record(String(habit), Number(from)),
          legacy: days === -1 ? 'red' : 'green',
          rowIds: { ...both, habits: [habitId(String(habit))] },
        },
        {
          type: 'ORPHAN_RECORD',
          path: record(String(habit), Number(from) + days),
          normalized: days === -1 ? 'red' : 'green',
          rowIds: { ...both, habits: [habitId(String(habit))], habit_records: [id] },
        },
      ],
    };
  }),
];

const habits: Mutation[] = [
  {
    name: 'a habit is renamed',
    normalized: (rows) => ({ ...rows, habits: change<NormalizedRows['habits'][number]>(byId(habitId('Draw')), { name: 'Paint' })(rows.habits) }),
    finds: [
      { type: 'MISSING_HABIT', path: 'habits/Draw' },
      { type: 'ORPHAN_HABIT', path: 'habits/Paint', rowIds: { ...both, habits: [habitId('Draw')] } },
    ],
  },
  { name: 'a habit is gone with its records', normalized: withoutHabit('Swim'), finds: [{ type: 'MISSING_HABIT', path: 'habits/Swim' }] },
  {
    name: 'a habit is new in the old table',
    legacy: changeLegacy({ habits: legacyHabits({ id: 3, name: 'Sing', times: swim }) }),
    finds: [{ type: 'MISSING_HABIT', path: 'habits/Sing' }],
  },
  {
    name: 'a habit is deleted in the old table',
    legacy: changeLegacy({ habits: targets[0]?.habits?.slice(0, 1) }),
    finds: [{ type: 'ORPHAN_HABIT', path: 'habits/Draw', rowIds: { ...both, habits: [habitId('Draw')] } }],
  },
  {
    name: 'a repeated name came over once',
    legacy: changeLegacy({ habits: legacyHabits({ id: 3, name: ' Draw', times: draw }) }),
    finds: [{ type: 'MISSING_HABIT', path: 'habits/Draw (2)' }],
  },
  {
    name: 'a habit is there twice, spelled in two ways',
    normalized: (rows) => ({ ...rows, habits: [...rows.habits, { id: 'zz', week_id: weekId(monday), name: 'Draw ', display_order: 5, source_version }] }),
    finds: [{ type: 'ORPHAN_HABIT', path: 'habits/Draw [row 2]', rowIds: { ...both, habits: ['zz'] } }],
  },
];

const weeks: Mutation[] = [
  {
    name: 'week_end_date is a day late',
    normalized: changeWeek({ week_end_date: '2025-06-09' }),
    finds: [{ type: 'DATA_MISMATCH', path: 'week_end_date', legacy: '2025-06-08', normalized: '2025-06-09' }],
  },
  { name: 'a week is gone', normalized: withoutWeek(monday), finds: [{ type: 'MISSING_WEEK', rowIds: { habit_tracker: ['900'] } }] },
  {
    name: 'a week is moved by seven days',
    normalized: changeWeek({ week_start_date: '2025-06-30', week_end_date: '2025-07-06' }),
    finds: [
      { type: 'MISSING_WEEK', rowIds: { habit_tracker: ['900'] } },
      { type: 'ORPHAN_WEEK', weekStart: '2025-06-30', rowIds: { weeks: [weekId(monday)] } },
    ],
  },
  {
    name: 'a week hangs on another child',
    normalized: (rows) => ({
      ...changeWeek({ child_id: 'c2' })(rows),
      children: [...rows.children, { id: 'c2', user_id: owner, name: 'Ben', source_version }],
    }),
    finds: [
      { type: 'MISSING_WEEK', rowIds: { habit_tracker: ['900'] } },
      { type: 'ORPHAN_WEEK', child: childName(owner, 'Ben'), rowIds: { weeks: [weekId(monday)] } },
    ],
  },
  {
    name: 'a week is there that no row accounts for',
    normalized: (rows) => ({ ...rows, weeks: [...rows.weeks, extraWeek('extra', child, '2025-07-07')] }),
    finds: [{ type: 'ORPHAN_WEEK', weekStart: '2025-07-07', rowIds: { weeks: ['extra'] } }],
  },
  {
    name: 'a week that is skipped was migrated all the same',
    alignments: ['skip'],
    normalized: (rows) => ({ ...rows, weeks: [...rows.weeks, extraWeek('extra', child, tuesday)] }),
    finds: [{ type: 'ORPHAN_WEEK', weekStart: tuesday, rowIds: { weeks: ['extra'] } }],
  },
  {
    name: 'a row is deleted in the old table',
    legacy: (rows) => rows.filter(not(byId('900'))),
    finds: [{ type: 'ORPHAN_WEEK', rowIds: { weeks: [weekId(monday)] } }],
  },
  {
    name: 'a row is new in the old table',
    legacy: (rows) => [...rows, target('950', '2025-07-07', {})],
    finds: [{ type: 'MISSING_WEEK', weekStart: '2025-07-07', rowIds: { habit_tracker: ['950'] } }],
  },
  {
    name: 'a child is gone with all that it had',
    alignments: ['skip'],
    normalized: withoutChild,
    finds: [{ type: 'MISSING_CHILD', rowIds: { habit_tracker: ['900', '901'] } }],
  },
  {
    name: 'a child is gone, with the week that starts on a Tuesday',
    alignments: ['exact', 'monday'],
    normalized: withoutChild,
    finds: [{ type: 'MISSING_CHILD', rowIds: { habit_tracker: ['900', '901', '902'] } }],
  },
  {
    name: 'a child is renamed',
    alignments: ['skip'],
    normalized: (rows) => ({ ...rows, children: change<NormalizedRows['children'][number]>(byId(child), { name: 'Lena' })(rows.children) }),
    finds: [
      { type: 'MISSING_CHILD', rowIds: { habit_tracker: ['900', '901'] } },
      ...[monday, nextMonday].map((weekStart): Expected => ({
        type: 'ORPHAN_WEEK',
        child: childName(owner, 'Lena'),
        weekStart,
        rowIds: { weeks: [weekId(weekStart)] },
      })),
    ],
  },
  {
    name: 'a child is there that the old table does not know',
    normalized: (rows) => ({
      ...rows,
      children: [...rows.children, { id: 'c2', user_id: owner, name: 'Ben', source_version }],
      weeks: [...rows.weeks, extraWeek('extra', 'c2', monday)],
    }),
    finds: [{ type: 'ORPHAN_WEEK', child: childName(owner, 'Ben'), rowIds: { weeks: ['extra'] } }],
  },
  {
    name: 'the same row is there twice, the copy being older',
    legacy: (rows) => [...rows, { ...targetRow, id: '1', updated_at: '2026-02-01T09:59:59.999999+00:00', theme: 'old' }],
    finds: [{ type: 'DUPLICATE_WEEK', legacy: 2, rowIds: { habit_tracker: ['900', '1'] } }],
  },
  {
    name: 'the same row is there three times, saved at one instant',
    legacy: (rows) => [{ ...targetRow, id: '89', theme: 'old' }, ...rows, { ...targetRow, id: '1000' }],
    finds: [{ type: 'DUPLICATE_WEEK', legacy: 3, rowIds: { habit_tracker: ['1000', '900', '89'] } }],
  },
  {
    name: 'the copy was saved last and says something else',
    legacy: (rows) => [...rows, { ...targetRow, id: '1', updated_at: '2026-02-01T10:00:00.000001+00:00', theme: 'new' }],
    normalized: (rows) => changeWeek({ theme: 'Sea' })(rows),
    finds: [
      { type: 'DUPLICATE_WEEK', legacy: 2, rowIds: { habit_tracker: ['1', '900'] } },
      { type: 'DATA_MISMATCH', path: 'theme', legacy: 'new', normalized: 'Sea', rowIds: { habit_tracker: ['1'], weeks: [weekId(monday)] } },
    ],
  },
  {
    name: 'a Wednesday row lands on the same Monday',
    alignments: ['monday'],
    legacy: (rows) => [...rows, target('1', '2025-06-04', { updated_at: '2026-01-01T10:00:00+00:00' })],
    finds: [{ type: 'DUPLICATE_WEEK', legacy: 2, rowIds: { habit_tracker: ['900', '1'] } }],
  },
];
const targetRow = targets[0] ?? target('', monday, {});

const malformed = (path: string, legacy: string | null, level = 'records'): Expected => ({
  type: 'MALFORMED_LEGACY',
  level,
  path,
  legacy,
  rowIds: { habit_tracker: ['900'] },
});

/** Records that Swim, Draw and both of them have. */
const [ofSwim, ofDraw] = [4, 1];

const malformedParts: Mutation[] = [
  ...[{}, 'text', 7, true].map((value): Mutation => ({
    name: `habits are ${JSON.stringify(value)}`,
    legacy: changeLegacy({ habits: value }),
    finds: [malformed('habits', typeof value === 'string' ? value : JSON.stringify(value), 'habits')],
    counted: { expected: [0, 0, -2, -(ofSwim + ofDraw)], normalized: [0, 0, -2, -(ofSwim + ofDraw)] },
  })),
  ...[null, 'Sing', 7, ['Sing']].map((element): Mutation => ({
    name: `an element of habits is ${JSON.stringify(element)}`,
    legacy: changeLegacy({ habits: legacyHabits(element) }),
    finds: [malformed('habits[2]', typeof element === 'string' ? element : JSON.stringify(element), 'habits')],
  })),
  ...[undefined, null, '', ' \u00a0', 7, {}].map((name): Mutation => ({
    name: `the name of a habit is ${JSON.stringify(name) ?? 'absent'}`,
    legacy: changeLegacy({ habits: legacyHabits({ id: 3, ...(name !== undefined && { name }), times: swim }) }),
    finds: [malformed('habits[2].name', name === undefined ? null : typeof name === 'string' ? name : JSON.stringify(name), 'habits')],
  })),
  ...[undefined, null, {}, 'green', [], swim.slice(0, 6), [...swim, 'red']].map((times): Mutation => ({
    name: `the cells of a habit are ${JSON.stringify(times) ?? 'absent'}`,
    legacy: changeLegacy({ habits: cells('Swim', times) }),
    finds: [malformed('habits[0].times', times === undefined ? null : typeof times === 'string' ? times : JSON.stringify(times))],
    counted: { expected: [0, 0, 0, -ofSwim], normalized: [0, 0, 0, -ofSwim] },
  })),
  ...['purple', 'GREEN', 1, 0, true, false, {}, ['green']].map((cell): Mutation => ({
    name: `a filled cell is ${JSON.stringify(cell)}`,
    legacy: changeLegacy({ habits: swimWith(0, cell) }),
    finds: [malformed('habits[0].times[0]', typeof cell === 'string' ? cell : JSON.stringify(cell))],
    counted: { expected: [0, 0, 0, -1], normalized: [0, 0, 0, -1] },
  })),
  {
    name: 'an empty cell is a status that nobody knows',
    legacy: changeLegacy({ habits: swimWith(1, 'blue') }),
    finds: [malformed('habits[0].times[1]', 'blue')],
  },
  {
    name: 'two parts cannot be read, and another one differs',
    legacy: changeLegacy({ habits: cells('Swim', 'x'), theme: 'other' }),
    finds: [malformed('habits[0].times', 'x'), { type: 'DATA_MISMATCH', path: 'theme', legacy: 'other', normalized: 'Sea' }],
    counted: { expected: [0, 0, 0, -ofSwim], normalized: [0, 0, 0, -ofSwim] },
  },
  {
    name: 'a week is gone whose row cannot be read in full',
    legacy: changeLegacy({ habits: cells('Swim', 'x') }),
    normalized: withoutWeek(monday),
    finds: [{ type: 'MISSING_WEEK', rowIds: { habit_tracker: ['900'] } }, malformed('habits[0].times', 'x')],
    counted: { expected: [0, 0, 0, -ofSwim] },
  },
  ...[null, 'infinity', '-infinity', '10000-01-03', '0044-03-15 BC'].map((week_start_date): Mutation => ({
    name: `week_start_date is ${week_start_date}`,
    legacy: (rows) => [...rows, { ...targetRow, id: '950', week_start_date }],
    finds: [
      { type: 'MALFORMED_LEGACY', level: 'weeks', weekStart: null, path: 'week_start_date', legacy: week_start_date, rowIds: { habit_tracker: ['950'] } },
    ],
  })),
];

const owners: Mutation[] = [
  {
    name: 'nobody has the child of a row without an owner',
    legacy: (rows) => [...rows, target('950', monday, { user_id: null, child_name: 'Nobody', habits: [{ id: 1, name: 'Draw', times: draw }] })],
    finds: [{ type: 'MISSING_CHILD', child: childName(null, 'Nobody'), rowIds: { habit_tracker: ['950'] } }],
    counted: { expected: [1, 1, 1, 1] },
  },
  {
    name: 'two users have the child of a row without an owner',
    legacy: (rows) => [...rows, target('950', monday, { user_id: null })],
    normalized: (rows) => ({ ...rows, children: [...rows.children, { id: 'c2', user_id: user(8), name: 'Lina', source_version }] }),
    finds: [{ type: 'AMBIGUOUS_OWNER', child: childName(null, 'Lina'), rowIds: { habit_tracker: ['950'] } }],
  },
];

const mutations: readonly Mutation[] = [...attributes, ...reflections, ...records, ...habits, ...weeks, ...malformedParts, ...owners];

const countsOf = (rows: NormalizedRows): number[] => [
  new Set(rows.weeks.map(({ child_id }) => child_id)).size,
  rows.weeks.length,
  rows.habits.length,
  rows.habit_records.filter(({ status }) => status !== 'none').length,
];

/** The rows as far as `migrate` can read them: it knows well-formed ones only. */
function readable(rows: readonly LooseLegacyRow[]): LegacyRow[] {
  // Which users have a child is told by the rows of `children`, of which `migrate` does not know.
  const owned = ({ id, user_id }: LooseLegacyRow): boolean => id !== '950' || user_id !== null;
  const fits = (row: LooseLegacyRow): boolean => /^\d{4}-\d{2}-\d{2}$/.test(row.week_start_date ?? '') && owned(row);
  return rows.filter(fits).map((loose) => {
    const original = targets.find(({ id }) => id === loose.id);
    const isWhole = Array.isArray(loose.habits) && loose.habits.every(isWholeHabit);
    return {
      ...loose,
      habits: loose.habits === null || isWhole ? (loose.habits as LegacyRow['habits']) : (original?.habits ?? []),
      reflection: loose.reflection as LegacyRow['reflection'],
    };
  });
}
const isWholeHabit = (habit: unknown): boolean => {
  if (typeof habit !== 'object' || habit === null || !('name' in habit) || !('times' in habit)) return false;
  const known = (cell: unknown) => cell === null || ['', 'none', 'green', 'yellow', 'red'].includes(String(cell));
  return (
    typeof habit.name === 'string' &&
    habit.name.trim() !== '' &&
    Array.isArray(habit.times) &&
    habit.times.length === 7 &&
    habit.times.every((cell) => (known(cell) && typeof cell !== 'object') || cell === null)
  );
};

function countFindings(expected: readonly number[], normalized: readonly number[]): WrittenFinding[] {
  return levels.flatMap((level, index) => {
    const [left = 0, right = 0] = [expected[index], normalized[index]];
    return left === right ? [] : [whole({ type: 'COUNT_MISMATCH', level, child: null, weekStart: null, legacy: left, normalized: right, rowIds: {} })];
  });
}

const plus = (counts: readonly number[], more: Counts = [0, 0, 0, 0]) => counts.map((count, index) => count + (more[index] ?? 0));

/** The rows of a missing child come in the order in which they were read. */
const inOrder = (finding: WrittenFinding): WrittenFinding =>
  finding.type === 'MISSING_CHILD' ? { ...finding, rowIds: { habit_tracker: finding.rowIds['habit_tracker']?.toSorted() ?? [] } } : finding;

const sorted = (findings: readonly WrittenFinding[]): string[] =>
  findings
    .map(inOrder)
    .map((finding) => JSON.stringify(finding, [...Object.keys(finding), ...Object.keys(finding.rowIds)].toSorted()))
    .toSorted();

for (const alignment of ['skip', 'monday', 'exact'] as const) {
  describe(`one thing that differs (${alignment})`, () => {
    for (const mutation of mutations) {
      if (mutation.alignments && !mutation.alignments.includes(alignment)) continue;
      it(`${mutation.name}: ${mutation.finds.map(({ type }) => type).join(', ')}`, async () => {
        const sides = legacyRows.chain((others) => {
          const legacy = [...targets, ...others];
          const normalized = migrate(legacy, { weekAlignment: alignment });
          const { weeks: ofAll } = normalized;
          // Noise everywhere but in the week that is changed: its values are named in full below.
          return noisy(normalized).map((anew) => ({
            legacy,
            normalized: {
              ...anew,
              weeks: anew.weeks.map((week, index) => (week.child_id === child ? (ofAll[index] ?? week) : week)),
              habits: anew.habits.map((habit, index) => (normalized.habits[index]?.week_id === weekId(monday) ? (normalized.habits[index] ?? habit) : habit)),
            },
          }));
        });
        await fc.assert(
          fc.asyncProperty(sides, fc.nat(), fc.integer({ min: 1, max: 5 }), async (base, order, pageSize) => {
            const legacy = mutation.legacy?.(base.legacy) ?? base.legacy;
            // A record that is made must not meet one that says none.
            const plain = { ...base.normalized, habit_records: base.normalized.habit_records.filter(({ status }) => status !== 'none') };
            const normalized = mutation.normalized?.(plain) ?? base.normalized;
            const expected = plus(countsOf(migrate(readable(legacy), { weekAlignment: alignment })), mutation.counted?.expected);
            const actual = plus(countsOf(normalized), mutation.counted?.normalized);
            const counts = countFindings(expected, actual);
            const finds = [...mutation.finds.map(whole), ...counts];

            const rows: Rows = {
              legacy: rotated(legacy, order),
              normalized: {
                ...normalized,
                weeks: rotated(normalized.weeks, order),
                habits: rotated(normalized.habits, order),
                habit_records: rotated(normalized.habit_records, order),
              },
            };
            const pair = createMemoryPair(rows, alignment, pageSize);
            const full = await comparePair(pair);
            assert.deepEqual(sorted(written(full)), sorted(finds));
            assert.deepEqual(full.findings, full.findings.toSorted(compareFindings));
            const unturned = await comparePair(createMemoryPair({ legacy, normalized }, alignment));
            assert.deepEqual(written(full).map(inOrder), written(unturned).map(inOrder));
            assert.equal(full.comparison.population, full.comparison.compared);

            const sampled = await comparePair(pair, { sample: 1000 });
            const inSample = finds.filter(({ type, level }) => type !== 'ORPHAN_WEEK' && (type !== 'COUNT_MISMATCH' || level === 'weeks'));
            assert.deepEqual(sorted(written(sampled)), sorted(inSample));
          }),
          { numRuns: 4, seed: 2025 },
        );
      });
    }
  });
}

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
};
