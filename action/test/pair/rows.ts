import * as fc from '../fast-check.ts';
import { uuid, weekPeriod, type Cell, type LegacyRow, type NormalizedRows, type RecordRow } from '../../../demo/data.ts';

/** White space that `trim` removes, as it turns up around names in practice. */
const spaces = ['', '', '', ' ', '  ', '\t', '\n', '\u00a0', '\u3000', '\ufeff'] as const;

const childNames = ['김하준', 'Mia', 'Zoë', '이도윤'] as const;
const habitNames = ['A', 'A (2)', 'A (3)', '양치하기', 'Zähne putzen', 'a', 'b/c', '물 마시기 💧'] as const;
const texts = ['가을 소풍 🍂', 'Ångström', '"quoted", (text)', 'x'] as const;
const statuses = ['green', 'yellow', 'red'] as const;
const blanks = ['', 'none', null] as const;

export const addDays = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** The same text in another spelling. */
const respelled = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('NFC', 'NFD'), fc.constantFrom(...spaces), fc.constantFrom(...spaces))
    .map(([form, before, after]) => `${before}${text.normalize(form)}${after}`);

/** Optional text; nothing is written in many ways. */
const optional = (text: string | null): fc.Arbitrary<string | null> => (text === null ? fc.constantFrom(null, '', ' ', '\u3000\n') : respelled(text));

const optionalText = fc.constantFrom<string | null>(null, ...texts).chain(optional);

const emptyValue = fc.constantFrom<string | null>(null, '', '\u00a0');
const reflectionKeys = ['bestDay', 'easiestHabit', 'nextWeekGoal'] as const;

/** Says the same thing in another order of keys, with other empty values. */
function rephrased(reflection: Readonly<Record<string, string | null>> | null): fc.Arbitrary<Record<string, string | null> | null> {
  const said = Object.entries(reflection ?? {}).filter((entry): entry is [string, string] => (entry[1] ?? '').trim() !== '');
  const anew = fc
    .tuple(fc.tuple(...said.map(([, text]) => respelled(text.normalize('NFC').trim()))), fc.subarray([...reflectionKeys, 'extra']), emptyValue)
    .chain(([values, empties, empty]) => {
      const entries = [
        ...said.map(([key], index): [string, string | null] => [key, values[index] ?? null]),
        ...empties.filter((key) => !said.some(([used]) => used === key)).map((key): [string, string | null] => [key, empty]),
      ];
      return fc.shuffledSubarray(entries, { minLength: entries.length }).map((shuffled) => Object.fromEntries(shuffled));
    });
  return said.length === 0 ? fc.oneof(anew, fc.constant(null)) : anew;
}

const reflection = fc
  .tuple(...reflectionKeys.map(() => fc.constantFrom<string | null>(null, ...texts)))
  .chain((values) => rephrased(Object.fromEntries(reflectionKeys.map((key, index) => [key, values[index] ?? null]))));

const cell: fc.Arbitrary<Cell> = fc.oneof(fc.constantFrom(...statuses), fc.constantFrom(...blanks));

const habit = fc.record({
  id: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 })),
  name: fc.constantFrom(...habitNames).chain(respelled),
  times: fc.array(cell, { minLength: 7, maxLength: 7 }),
});

const habits = fc.oneof({ weight: 8, arbitrary: fc.array(habit, { maxLength: 5 }) }, { weight: 1, arbitrary: fc.constant(null) });

const week = fc.record({ theme: optionalText, reward: optionalText, reflection, habits, oddDay: fc.constantFrom(0, 0, 0, 1, 6), unowned: fc.boolean() });

/** One user's child with weeks of its own, no two of which land on one Monday. */
const child = fc.record({
  user: fc.constantFrom(1, 2, 3),
  name: fc.constantFrom(...childNames),
  weeks: fc.dictionary(fc.constantFrom('0', '1', '2', '3', '50'), week, { minKeys: 1, maxKeys: 4 }),
});

export const user = (number: number): string => uuid('user', number);

/**
 * Legacy rows as they are found in practice: names in any spelling, gaps in ids or UUIDs for ids, weeks that start on a
 * Tuesday or a Sunday, rows of the time before accounts where one user only has the child.
 */
export const legacyRows: fc.Arbitrary<LegacyRow[]> = fc
  .record({
    children: fc.uniqueArray(child, { minLength: 1, maxLength: 4, selector: ({ user: number, name }) => `${number} ${name}` }),
    uuids: fc.boolean(),
    gap: fc.integer({ min: 1, max: 1_000_000_000_000_000 }),
  })
  .chain(({ children, uuids, gap }) => {
    const namesakes = (name: string) => children.filter((other) => other.name === name).length;
    const rows = children.flatMap(({ user: number, name, weeks }) =>
      Object.entries(weeks).map(([monday, { oddDay, unowned, ...rest }], index) => {
        const week_start_date = addDays('2024-12-30', 7 * Number(monday) + oddDay);
        // The first row of a child says whose it is.
        const user_id = index > 0 && unowned && namesakes(name) === 1 ? null : user(number);
        return { ...rest, user_id, name, week_start_date };
      }),
    );
    return fc.tuple(...rows.map(({ name }) => respelled(name))).map((names) =>
      rows.map(({ name, ...row }, index): LegacyRow => ({
        ...row,
        child_name: names[index] ?? name,
        id: uuids ? uuid('row', index, gap) : String(BigInt(index + 1) * BigInt(gap) * 7n),
        week_period: weekPeriod(row.week_start_date),
        updated_at: `2026-01-0${1 + (index % 9)}T10:00:00.${String(index).padStart(6, '0')}+00:00`,
      })),
    );
  });

/** The same normalized rows, written by other writers: everything that must not matter is different. */
export function noisy(rows: NormalizedRows): fc.Arbitrary<NormalizedRows> {
  const all = <T, U>(items: readonly T[], arbitrary: (item: T) => fc.Arbitrary<U>): fc.Arbitrary<U[]> => fc.tuple(...items.map(arbitrary));
  const source = fc.constantFrom('new_schema', 'migration', 'dual_write');
  return fc
    .record({
      children: all(rows.children, (row) => fc.record({ name: respelled(row.name), source_version: source }).map((change) => ({ ...row, ...change }))),
      weeks: all(rows.weeks, (row) =>
        fc
          .record({ theme: optional(row.theme), reward: optional(row.reward), reflection: rephrased(row.reflection), source_version: source })
          .map((change) => ({ ...row, ...change })),
      ),
      habits: all(rows.habits, (row) =>
        fc.record({ name: respelled(row.name), display_order: fc.integer({ min: 0, max: 9 }) }).map((change) => ({ ...row, ...change })),
      ),
      none: fc.boolean(),
      childless: fc.boolean(),
    })
    .map(({ none, childless, ...changed }) => ({
      ...changed,
      children: childless
        ? [...changed.children, { id: uuid('child without a week'), user_id: user(4), name: 'Noa', source_version: 'new_schema' }]
        : changed.children,
      habit_records: none ? [...rows.habit_records, ...recordsThatSayNone(rows)] : rows.habit_records,
    }));
}

/** A record with status `none` for each day of a habit that has none. */
function recordsThatSayNone(rows: NormalizedRows): RecordRow[] {
  const starts = new Map(rows.weeks.map(({ id, week_start_date }) => [id, week_start_date]));
  const taken = new Set(rows.habit_records.map(({ habit_id, record_date }) => `${habit_id} ${record_date}`));
  return rows.habits.flatMap(({ id: habit_id, week_id }) =>
    [0, 1, 2, 3, 4, 5, 6]
      .map((day) => addDays(starts.get(week_id) ?? '', day))
      .filter((date) => !taken.has(`${habit_id} ${date}`))
      .map((record_date) => ({ id: uuid('none', habit_id, record_date), habit_id, record_date, status: 'none', source_version: 'new_schema' })),
  );
}
