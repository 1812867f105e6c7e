/**
 * Rows of both sides with everything that was ever mistaken for drift, or the other way round: the two engines of a full comparison have to
 * agree on them, whatever the result is.
 */
import fc from 'fast-check';
import type { Report } from '../action/src/report/report.ts';
import type { WeekAlignment } from './data.ts';

/** Rows by table, as JSON for `jsonb_populate_recordset`. */
export type Rows = Readonly<Record<'habit_tracker' | 'children' | 'weeks' | 'habits' | 'habit_records', readonly object[]>>;

const id = (kind: number, number: number): string => `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

const user = fc.integer({ min: 1, max: 3 }).map((number) => id(1, number));

/** Usually plain: a trap in every field would leave no week equal. */
const mostly = <T>(plain: fc.Arbitrary<T>, trap: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: plain }, { weight: 1, arbitrary: trap });

const childName = fc.constantFrom('Mia', '김하준', 'Zoë', 'a,b', "it's", id(9, 1));
const habitName = mostly(
  fc.constantFrom('양치하기', '책 읽기', 'Zähne putzen', 'A', 'B', 'Feed 🐈', '숙제하기'),
  fc.constantFrom('A (2)', 'B (2)', 'a/b', 'A\n', '\u200bA', '\u00a0A', 'Å', '가각', 'A [row 2]'),
  6,
);

/** The same text in another spelling. */
const spelling = mostly(
  fc.constant((text: string) => text),
  fc.constantFrom(
    (text: string) => text.normalize('NFD'),
    (text: string) => `${text} `,
    (text: string) => `  ${text.normalize('NFD')}\t`,
    (text: string) => `\u00a0${text}\ufeff`,
  ),
  4,
);

const prose = mostly(
  fc.constantFrom(null, '', 'Autumn', '가을 소풍 🍂'),
  fc.constantFrom('  ', '\u3000', 'Å', 'A\u030a', '\u212b', 'ﬁ', 'e\u0301', "it's", '\u0301x', 'null', '""'),
  5,
);

/** A number as it is written, without passing through a double. */
const raw = (text: string): unknown => (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(text);
const numbers = ['9007199254740993', '9007199254740992', '1', '1.0', '1e0', '10e-1', '-0', '0', '1e400', '0.1', '0.10', '1.00000000000000000001'].map(raw);
const nested = (levels: number, inmost: unknown): unknown => (levels === 0 ? inmost : [nested(levels - 1, inmost)]);

const answer = mostly<unknown>(
  prose,
  fc.constantFrom<unknown>(1, 1.5, true, [], {}, ['x'], ['x', null, 'y'], { a: '' }, { a: { b: 'c' } }, ...numbers, nested(600, 'x'), nested(600, 1.5)),
  10,
);
const reflection = mostly<unknown>(
  fc.oneof(fc.constantFrom(null, {}), fc.record({ bestDay: answer, easiestHabit: answer, nextWeekGoal: answer }, { requiredKeys: [] })),
  fc.constantFrom<unknown>(
    [],
    'text',
    '',
    0,
    false,
    { ' bestDay': 'x' },
    { bestDay: 'x', 'bestDay ': 'y' },
    { bestDay: 'y', 'bestDay ': 'x' },
    { bestDay: 'x', 'bestDay ': '' },
    JSON.parse('{"__proto__": "x"}') as object,
    { Zoë: 'x' },
    { '': 'x' },
    { 10: 'a', 2: 'b' },
  ),
  12,
);

const cell = mostly<unknown>(
  fc.constantFrom<unknown>('green', 'yellow', 'red', '', 'none', null),
  fc.constantFrom<unknown>(' green', 'Green', ' none ', '  ', 'blue', 1, true, {}, [], ['green'], 'red\u00a0'),
  60,
);
const times = mostly<unknown>(
  fc.array(cell, { minLength: 7, maxLength: 7 }),
  fc.oneof(fc.array(cell, { maxLength: 9 }), fc.constantFrom<unknown>(null, 'green', {}, { 0: 'green', length: 7 })),
  25,
);
const element = mostly<unknown>(
  fc.record({ id: fc.constantFrom(1, 1_760_000_000_123), name: fc.tuple(habitName, spelling).map(([name, spell]) => spell(name)), times }),
  fc.oneof(
    fc.constantFrom<unknown>(null, 'A', 7, [], ['A'], {}, { name: 'A' }, { times: ['green', 1] }),
    fc.record({ name: fc.constantFrom<unknown>('', ' ', null, 5, ['A']), times }),
  ),
  25,
);
const habitsColumn = mostly<unknown>(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.uniqueArray(element, {
        maxLength: 5,
        selector: (item) => JSON.stringify(item && typeof item === 'object' && 'name' in item ? item.name : item),
      }),
    },
    { weight: 1, arbitrary: fc.array(element, { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, []) },
  ),
  fc.constantFrom<unknown>({}, 'text', 3, { name: 'A' }),
  30,
);

const monday = fc.constantFrom('2025-10-13', '2025-10-20', '2025-10-27', '2025-11-03', '2025-11-10');
const date = mostly<string | null>(
  mostly<string>(monday, fc.constantFrom('2025-10-14', '2025-10-19', '2025-10-26', '2024-02-29'), 6),
  fc.constantFrom(null, 'infinity', '-infinity', '0001-01-01', '9999-12-27', '9999-12-31', '10000-01-03', '0044-03-15 BC'),
  30,
);

const legacyRow = fc.record({
  user_id: mostly<string | null>(user, fc.constant(null), 8),
  child: childName,
  spell: spelling,
  week_start_date: date,
  theme: prose,
  reward: prose,
  habits: habitsColumn,
  reflection,
  updated_at: fc.constantFrom('2025-10-19T18:00:00.5+00:00', '2025-10-19T18:00:00.500001+00:00', '2025-10-20T18:00:00+09:00', null),
});
type LegacyRow = typeof legacyRow extends fc.Arbitrary<infer Row> ? Row : never;

/** Only if the tables allow it: `withoutUniqueness`. */
const doubled = ['second week', 'second full week', 'second record'] as const;
const beyond: ReadonlySet<string> = new Set([...doubled, 'loose habit', 'loose record', 'same child twice']);

/** What a migration makes of a row, and what happens to it afterwards. */
const fate = fc.record({
  /** How each text is spelled by the migration. */
  spell: spelling,
  emptyAs: fc.constantFrom(null, '', ' '),
  noneAs: fc.constantFrom('absent', 'none'),
  version: fc.constantFrom('new_schema', 'migration', 'dual_write', null),
  harm: mostly<string>(
    fc.constant(''),
    fc.constantFrom(
      'no week',
      'no child',
      'theme',
      'reward',
      'reflection',
      'end',
      'end missing',
      'no habit',
      'another habit',
      'habit twice',
      'no name',
      'no record',
      'another record',
      'status',
      'strange status',
      'spaced status',
      'record before',
      'record after',
      'endless record',
      'another number',
      'two swapped habits',
      'loose habit',
      'loose record',
      'orphan week',
      'endless week',
      'far week',
      'same child twice',
      'other user',
      'none before',
      'too many habits',
      ...doubled,
    ),
    2,
  ),
  at: fc.nat({ max: 50 }),
});
type Fate = typeof fate extends fc.Arbitrary<infer Row> ? Row : never;

const dayMs = 86_400_000;
const addDays = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
const isPlainDate = (text: string | null): text is string => text !== null && /^2\d{3}-\d\d-\d\d$/.test(text);
const plain = (text: string): string => text.normalize('NFC').trim();

/**
 * Rows of both sides for one alignment, most weeks of which agree.
 *
 * @param anything includes rows that only a count reveals, and rows that the tables' unique constraints forbid
 */
export function traps(alignment: WeekAlignment, { anything = false } = {}): fc.Arbitrary<Rows> {
  const allowed = (become: Fate): Fate => (!anything && beyond.has(become.harm) ? { ...become, harm: '' } : become);
  return fc.array(fc.tuple(legacyRow, fate), { minLength: 1, maxLength: 14 }).map((weeks) =>
    build(
      weeks.map(([row, become]): [LegacyRow, Fate] => [row, allowed(become)]),
      alignment,
    ),
  );
}

function build(rows: readonly (readonly [LegacyRow, Fate])[], alignment: WeekAlignment): Rows {
  const children = new Map<string, { id: string; user_id: string; name: string; source_version: string }>();
  const weeks = new Map<string, object>();
  const habits: object[] = [];
  const records: object[] = [];
  const owners = new Map<string, Set<string>>();
  for (const [{ user_id: owner, child }] of rows) {
    if (owner !== null) owners.set(child, (owners.get(child) ?? new Set()).add(owner));
  }

  const habit_tracker = rows.map(([{ child, spell, ...row }, become], number) => {
    const namesakes = [...(owners.get(child) ?? [])];
    const owner = row.user_id ?? (namesakes.length === 1 ? namesakes[0] : undefined);
    if (owner !== undefined && isPlainDate(row.week_start_date)) migrate(child, owner, row.week_start_date, row, become, number);
    const tooMany = Array.from({ length: 201 }, (_, place) => ({ id: place, name: `habit ${place}`, times: ['green', '', '', '', '', '', ''] }));
    return { id: number + 1, ...row, ...(become.harm === 'too many habits' && { habits: tooMany }), child_name: spell(child), week_period: `row ${number}` };
  });

  function migrate(child: string, owner: string, start: string, row: Omit<LegacyRow, 'child' | 'spell'>, become: Fate, number: number): void {
    const { harm, at, spell } = become;
    const sinceMonday = (Date.parse(`${start}T00:00:00Z`) / dayMs + 3) % 7;
    if (alignment === 'skip' && sinceMonday !== 0) return;
    const week = alignment === 'monday' ? addDays(start, -sinceMonday) : start;
    const known = children.get(`${owner} ${child}`);
    const childRow = known ?? { id: id(2, children.size + 1), user_id: owner, name: spell(child), source_version: 'migration' };
    if (!known && harm !== 'no child') children.set(`${owner} ${child}`, childRow);
    if (harm === 'same child twice') {
      children.set(`${owner} ${child} again ${number}`, { ...childRow, id: id(2, 100 + number), name: `${child}${' '.repeat(number + 1)}` });
    }
    const place = `${childRow.id} ${week}`;
    if (harm === 'no week' || weeks.has(place)) return;

    const text = (value: string | null): string | null => (value === null || plain(value) === '' ? become.emptyAs : spell(value));
    const weekId = id(3, number + 1);
    const childId = harm === 'orphan week' ? id(2, 900) : harm === 'same child twice' ? id(2, 100 + number) : childRow.id;
    const weekRow = {
      id: weekId,
      user_id: harm === 'other user' ? id(1, 1 + (at % 3)) : owner,
      child_id: childId,
      week_start_date: harm === 'endless week' ? 'infinity' : harm === 'far week' ? '5874897-12-31' : week,
      week_end_date: harm === 'end' ? addDays(week, 7) : harm === 'endless week' ? 'infinity' : harm === 'end missing' ? '-infinity' : addDays(week, 6),
      theme: harm === 'theme' ? 'else' : text(row.theme),
      reward: harm === 'reward' ? null : text(row.reward),
      reflection: harm === 'reflection' ? { bestDay: 'else' } : harm === 'another number' ? numbers[at % numbers.length] : row.reflection,
      source_version: become.version,
    };
    weeks.set(place, weekRow);
    // An empty row that comes first, or one that is the same except for its texts.
    if (harm === 'second week') weeks.set(`${place} again`, { ...weekRow, id: id(1, number + 1), theme: null, reward: 'x', reflection: null });
    if (harm === 'second full week') weeks.set(`${place} again`, { ...weekRow, id: id(at % 2 === 0 ? 1 : 4, number + 1) });
    if (harm === 'loose habit') habits.push({ id: id(10, number), week_id: id(3, 5000 + number), name: 'L', display_order: 0 });
    if (harm === 'loose habit' || harm === 'loose record') {
      const habit_id = harm === 'loose habit' ? id(10, number) : id(11, number);
      for (const [day, status] of ['green', 'none', 'red'].entries())
        records.push({ id: id(12, records.length), habit_id, record_date: addDays(week, day + (at % 9)), status });
    }

    const taken = new Set<string>();
    const elements = (Array.isArray(row.habits) ? (row.habits as unknown[]) : []).filter(
      (item): item is { name: string; times: unknown } =>
        typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string' && plain(item.name) !== '',
    );
    const standing = new Set(elements.map(({ name }) => plain(name)));
    for (const [index, { name, times: cells }] of elements.entries()) {
      let own = plain(name);
      for (let copy = 2; taken.has(own) || (copy > 2 && standing.has(own)); copy += 1) own = `${plain(name)} (${copy})`;
      taken.add(own);
      const aimed = index === at % elements.length;
      if (aimed && harm === 'no habit') continue;
      const habitId = id(4, number * 100 + index);
      habits.push({ id: habitId, week_id: weekId, name: aimed && harm === 'no name' ? ' ' : spell(own), display_order: index });
      if (aimed && harm === 'habit twice') habits.push({ id: id(5, number * 100 + index), week_id: weekId, name: `${own}\u00a0`, display_order: 9 });
      const from = aimed && harm === 'two swapped habits' ? (elements[(index + 1) % elements.length]?.times ?? cells) : cells;
      for (const [day, status] of (Array.isArray(from) ? (from as unknown[]) : []).slice(0, 7).entries()) {
        if (typeof status !== 'string') continue;
        const filled = plain(status) !== '' && plain(status) !== 'none';
        if (!filled && become.noneAs === 'absent') continue;
        const hit = aimed && day === at % 7;
        if (hit && harm === 'no record') continue;
        if (hit && harm === 'second record')
          records.push({
            id: id(at % 2 === 0 ? 1 : 9, records.length),
            habit_id: habitId,
            record_date: addDays(week, day),
            status: at % 3 === 0 ? 'none' : 'yellow',
          });
        const changed = harm === 'status' ? 'red' : harm === 'strange status' ? 'Green' : harm === 'spaced status' ? ` ${status} ` : status;
        records.push({
          id: id(6, records.length),
          habit_id: habitId,
          record_date: addDays(week, day),
          status: hit ? changed : filled ? plain(status) : 'none',
        });
      }
      if (!aimed) continue;
      const extra = { 'record before': addDays(week, -1), 'record after': addDays(week, 7), 'endless record': 'infinity', 'none before': addDays(week, -2) };
      const record_date = extra[harm as keyof typeof extra] as string | undefined;
      if (record_date) records.push({ id: id(7, records.length), habit_id: habitId, record_date, status: harm === 'none before' ? 'none' : 'red' });
    }
    if (harm === 'another habit') habits.push({ id: id(8, number), week_id: weekId, name: 'C', display_order: 8 });
    if (harm === 'another record' && elements.length > 0) {
      const habit_id = id(4, number * 100);
      const days = new Set(
        records.filter((record) => (record as { habit_id: string }).habit_id === habit_id).map((record) => (record as { record_date: string }).record_date),
      );
      const free = [0, 1, 2, 3, 4, 5, 6].map((day) => addDays(week, day)).find((day) => !days.has(day));
      if (free) records.push({ id: id(9, number), habit_id, record_date: free, status: 'yellow' });
    }
  }

  return { habit_tracker, children: [...children.values()], weeks: [...weeks.values()], habits, habit_records: records };
}

const columns: Readonly<Record<keyof Rows, string>> = {
  habit_tracker: 'id, user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection, updated_at',
  children: 'id, user_id, name, source_version',
  weeks: 'id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version',
  habits: 'id, week_id, name, display_order',
  habit_records: 'id, habit_id, record_date, status',
};

/** Lets the tables hold any row, like rows that are older than a constraint. */
export const withoutChecks = `do $$
declare
  statement text;
begin
  for statement in
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
    where contype = 'c' and conrelid = any ('{${Object.keys(columns).join(', ')}}'::regclass[])
  loop
    execute statement;
  end loop;
end $$`;

/** Allows several rows for one week or one record. The indexes stay, so that lookups are as fast. */
export const withoutUniqueness = `
  alter table weeks drop constraint if exists weeks_child_id_week_start_date_key;
  alter table habit_records drop constraint if exists habit_records_habit_id_record_date_key;
  create index if not exists weeks_child_id_week_start_date on weeks (child_id, week_start_date);
  create index if not exists habit_records_habit_id_record_date on habit_records (habit_id, record_date)`;

/** Empties and refills both sides: one statement each, in SQL without parameters. */
export function fillingSql(rows: Rows): string {
  const inserts = Object.entries(columns).map(([table, names]) => {
    const json = JSON.stringify(rows[table as keyof Rows]).replaceAll("'", "''");
    return `insert into ${table} (${names}) select ${names} from jsonb_populate_recordset(null::${table}, '${json}')`;
  });
  const deletes = Object.keys(columns).map((table) => `delete from ${table}`);
  return `set session_replication_role = replica; ${deletes.join('; ')}; ${inserts.join('; ')}; set session_replication_role = default`;
}

/** The content of a report, without the duration, the engine, and how much was read. */
export function said(report: Report): unknown {
  const rest = { ...report, durationMs: 0, engine: 'either', reads: undefined };
  // A missing child names the rows of all of its weeks, in the order in which they were read.
  const findings = rest.findings.map((finding) => ({
    ...finding,
    rowIds: Object.fromEntries(Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted()])),
  }));
  // Children with the same name are distinguished by their owners, which a report does not show.
  return { ...rest, findings: findings.map((finding) => JSON.stringify(finding)).toSorted() };
}
