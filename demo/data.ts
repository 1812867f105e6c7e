/**
 * Synthetic children, weeks and habits. The same call always makes the same data.
 *
 * Nothing here uses the action's own code: `migrate` is an independent correct migration, which the comparison is checked against.
 */
import { hash } from 'node:crypto';
import type { World } from './world.ts';

export type Cell = 'green' | 'yellow' | 'red' | 'none' | '' | null;
export type LegacyHabit = { id: number; name: string; times: Cell[] };

/** One row of `habit_tracker`. */
export type LegacyRow = {
  id: string;
  user_id: string | null;
  child_name: string;
  week_period: string;
  /** Calendar date. */
  week_start_date: string | null;
  theme: string | null;
  reward: string | null;
  habits: LegacyHabit[] | null;
  reflection: Record<string, string | null> | null;
  /** ISO 8601. */
  updated_at: string;
};

export type ChildRow = { id: string; user_id: string; name: string; source_version: string };
export type WeekRow = {
  id: string;
  user_id: string;
  child_id: string;
  week_start_date: string;
  week_end_date: string;
  theme: string | null;
  reward: string | null;
  reflection: Record<string, string | null> | null;
  source_version: string;
};
export type HabitRow = { id: string; week_id: string; name: string; display_order: number; source_version: string };
export type RecordRow = { id: string; habit_id: string; record_date: string; status: string; source_version: string };

/** Rows by table, in the form of the four tables of the normalized side. */
export type NormalizedRows = {
  children: ChildRow[];
  weeks: WeekRow[];
  habits: HabitRow[];
  habit_records: RecordRow[];
};

export type Case = { legacy: LegacyRow[]; normalized: NormalizedRows };

export type WeekAlignment = 'skip' | 'monday' | 'exact';

const dayMs = 86_400_000;
const addDays = (date: string, days: number): string => new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

/** 0 for a Monday, 6 for a Sunday. */
const weekday = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

/** `2025년 10월 14일 ~ 2025년 10월 20일` */
export function weekPeriod(start: string): string {
  const write = (date: string) => {
    const [year, month, day] = date.split('-').map(Number);
    return `${year}년 ${month}월 ${day}일`;
  };
  return `${write(start)} ~ ${write(addDays(start, 6))}`;
}

/** The same UUID for the same parts. */
export function uuid(...parts: readonly (string | number)[]): string {
  const hex = hash('sha256', JSON.stringify(parts));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const plain = (text: string): string => text.normalize('NFC').trim();
const plainOrNull = (text: string | null): string | null => plain(text ?? '') || null;

/** The later update first, then the higher id. */
function laterFirst(a: LegacyRow, b: LegacyRow): number {
  if (a.updated_at !== b.updated_at) return Date.parse(b.updated_at) - Date.parse(a.updated_at);
  const numeric = /^\d+$/.test(a.id) && /^\d+$/.test(b.id);
  if (numeric) return BigInt(b.id) > BigInt(a.id) ? 1 : -1;
  return b.id > a.id ? 1 : -1;
}

/**
 * Makes the names in a week unique: the first of equal names keeps it, each other one takes the first free ` (2)`, ` (3)` …, and a name
 * that is already in the row counts as taken.
 */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 2;
    while (taken.has(`${name} (${number})`)) number += 1;
    const free = `${name} (${number})`;
    taken.add(free);
    return free;
  });
}

/**
 * The rows that a correct migration of well-formed legacy rows writes.
 *
 * A row without `user_id` goes to the only user who has a child with that name, or nowhere. Of several rows for one week, the one updated
 * last is written.
 */
export function migrate(legacyRows: readonly LegacyRow[], { weekAlignment }: { weekAlignment: WeekAlignment }): NormalizedRows {
  const owners = new Map<string, Set<string>>();
  for (const { user_id: owner, child_name: name } of legacyRows) {
    if (owner !== null) owners.set(plain(name), (owners.get(plain(name)) ?? new Set()).add(owner));
  }
  const rows: NormalizedRows = { children: [], weeks: [], habits: [], habit_records: [] };
  const source_version = 'migration';
  const written = new Set<string>();

  for (const legacy of legacyRows.toSorted(laterFirst)) {
    const name = plain(legacy.child_name);
    const namesakes = [...(owners.get(name) ?? [])];
    const user_id = legacy.user_id ?? (namesakes.length === 1 ? namesakes[0] : undefined);
    if (user_id === undefined || legacy.week_start_date === null) continue;

    const sinceMonday = weekday(legacy.week_start_date);
    if (weekAlignment === 'skip' && sinceMonday !== 0) continue;
    const start = weekAlignment === 'monday' ? addDays(legacy.week_start_date, -sinceMonday) : legacy.week_start_date;

    const child_id = uuid('child', user_id, name);
    const week_id = uuid('week', child_id, start);
    if (written.has(week_id)) continue;
    written.add(week_id);
    if (!written.has(child_id)) {
      written.add(child_id);
      rows.children.push({ id: child_id, user_id, name, source_version });
    }
    rows.weeks.push({
      id: week_id,
      user_id,
      child_id,
      week_start_date: start,
      week_end_date: addDays(start, 6),
      theme: plainOrNull(legacy.theme),
      reward: plainOrNull(legacy.reward),
      reflection: legacy.reflection ?? {},
      source_version,
    });
    const habits = legacy.habits ?? [];
    for (const [index, habitName] of uniqueNames(habits.map((habit) => plain(habit.name))).entries()) {
      const habit_id = uuid('habit', week_id, habitName);
      rows.habits.push({ id: habit_id, week_id, name: habitName, display_order: index, source_version });
      for (const [day, status] of (habits[index]?.times ?? []).entries()) {
        if (status === null || status === '' || status === 'none') continue;
        const record_date = addDays(start, day);
        rows.habit_records.push({ id: uuid('record', habit_id, record_date), habit_id, record_date, status, source_version });
      }
    }
  }
  return rows;
}

/** Numbers from 0 to 1, always the same for a seed: mulberry32 by Tommy Ettinger (public domain). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` random items, in their original order. */
function choose<T>(items: readonly T[], count: number, random: () => number): Set<T> {
  const chosen = new Set<T>();
  for (const [index, item] of items.entries()) {
    if (random() * (items.length - index) < count - chosen.size) chosen.add(item);
  }
  return chosen;
}

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T;

/** Four families; two of them have a Mia. The first Mondays are chosen so that equal names never share a week. */
const family = (number: number): string => uuid('family', number);
const sixChildren = [
  { user: family(1), name: '김하준', firstMonday: '2025-09-29', odd: 'tuesday' },
  { user: family(1), name: '김서윤', firstMonday: '2025-09-29', odd: 'tuesday' },
  { user: family(2), name: '이도윤', firstMonday: '2025-10-06', odd: 'sunday' },
  { user: family(3), name: 'Mia', firstMonday: '2025-09-29', odd: 'tuesday' },
  { user: family(3), name: 'Zoë', firstMonday: '2025-10-13', odd: 'sunday' },
  { user: family(4), name: 'Mia', firstMonday: '2025-10-27', odd: 'tuesday' },
] as const;

const habitNames = [
  '양치하기',
  '책 읽기',
  '이불 정리하기',
  '숙제하기',
  '피아노 연습',
  '물 마시기 💧',
  '일찍 자기',
  'Zähne putzen',
  'Lire 10 minutes 📚',
  'Feed the cat 🐈',
  '줄넘기 100번',
  'Tidy up',
  '동생과 놀기',
] as const;
const themes = ['가을 소풍 🍂', '건강한 한 주', 'Cosas nuevas', '', null, 'Freundlich sein'] as const;
const rewards = ['놀이공원 가기', 'Ice cream 🍦', '', null, '새 책 한 권'] as const;
const statuses = ['green', 'green', 'yellow', 'red'] as const;
const blanks = ['', '', '', 'none', null] as const;

const habitsWithMillisecondId = 42;
const cellsOfMillisecondIds = 165;
const cellsOfSmallIds = 283;
/** The number of habits in the six weeks that are not migrated; any number would do. */
const cellsOfOddWeeks = 60;
const weekdays = [0, 1, 2, 3, 4, 5, 6] as const;

const fitsInt4 = (id: number): boolean => id <= 2_147_483_647;

function reflectionOf(random: () => number): LegacyRow['reflection'] {
  const shapes: LegacyRow['reflection'][] = [
    { bestDay: '수요일', easiestHabit: '양치하기', nextWeekGoal: '일찍 일어나기' },
    { nextWeekGoal: 'Mehr lesen', bestDay: 'Freitag', easiestHabit: '' },
    { bestDay: null, easiestHabit: null, nextWeekGoal: null },
    {},
    null,
  ];
  return pick(shapes, random);
}

/** Sometimes decomposed, sometimes with a trailing space. */
function noisy(name: string, number: number): string {
  if (number % 11 === 3) return name.normalize('NFD');
  return number % 13 === 4 ? `${name} ` : name;
}

/** The 24 legacy weeks, with the noise that real rows contain and that must never be a finding. */
function referenceLegacy(): LegacyRow[] {
  const random = randomNumbers(20_251_014);
  // In the order of the rows below: three Monday weeks for each child, then the odd one.
  const starts = sixChildren.flatMap((child) => [
    ...[0, 7, 14].map((days) => ({ child, start: addDays(child.firstMonday, days) })),
    // Moves to the Monday of the second week under `week-alignment: monday`.
    { child, start: addDays(child.firstMonday, child.odd === 'tuesday' ? 8 : 13) },
  ]);
  const isMonday = starts.map(({ start }) => weekday(start) === 0);

  const habits = starts.flatMap((_, week) => {
    const count = isMonday[week] ? 6 + ((week + Math.floor(week / 4)) % 2) : 4;
    const names = [...choose(habitNames, count, random)];
    // One week has a repeated name.
    if (week === 0) names.splice(0, 2, '양치하기', '양치하기');
    return names.map((name) => ({ week, name }));
  });
  const counted = habits.filter(({ week }) => isMonday[week]);
  const late = choose(counted, habitsWithMillisecondId, random);
  const filled = new Map<object, Set<number>>();
  const fill = (group: readonly object[], cells: number) => {
    const all = group.flatMap((habit) => weekdays.map((day) => ({ habit, day })));
    for (const { habit, day } of choose(all, cells, random)) filled.set(habit, (filled.get(habit) ?? new Set()).add(day));
  };
  fill(
    counted.filter((habit) => late.has(habit)),
    cellsOfMillisecondIds,
  );
  fill(
    counted.filter((habit) => !late.has(habit)),
    cellsOfSmallIds,
  );
  fill(
    habits.filter(({ week }) => !isMonday[week]),
    cellsOfOddWeeks,
  );

  return starts.map(({ child, start }, week) => ({
    id: String(101 + week * 3),
    user_id: child.user,
    child_name: week % 7 === 5 ? ` ${child.name.normalize('NFD')} ` : child.name,
    week_period: weekPeriod(start),
    week_start_date: start,
    theme: pick(themes, random),
    reward: pick(rewards, random),
    habits: habits
      .filter((habit) => habit.week === week)
      .map((habit, index) => ({
        id: late.has(habit) ? Date.parse(`${start}T07:30:00Z`) + index * 61_337 : index + 1,
        name: noisy(habit.name, week + index),
        times: weekdays.map((day) => (filled.get(habit)?.has(day) ? pick(statuses, random) : pick(blanks, random))),
      })),
    reflection: reflectionOf(random),
    updated_at: `${addDays(start, 6)}T18:${String(10 + week)}:00+00:00`,
  }));
}

/**
 * The result of the real backfill: 24 legacy weeks of 6 children, of which 18 start on a Monday and were migrated; their 117 habits
 * arrived, but of their 448 filled cells only the 283 of habits whose `id` fits a 32-bit integer.
 */
export function referenceCase(): Case {
  const legacy = referenceLegacy();
  const blank: Cell[] = ['', '', '', '', '', '', ''];
  const asTheBackfillReadIt = legacy.map((row) => ({
    ...row,
    habits: (row.habits ?? []).map((habit) => (fitsInt4(habit.id) ? habit : { ...habit, times: blank })),
  }));
  return { legacy, normalized: migrate(asTheBackfillReadIt, { weekAlignment: 'skip' }) };
}

/** The same 24 weeks, with all cells of the 18 weeks migrated. */
export function inSyncCase(): Case {
  const legacy = referenceLegacy();
  return { legacy, normalized: migrate(legacy, { weekAlignment: 'skip' }) };
}

const columns = {
  habit_tracker: 'id, user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection, updated_at',
  children: 'id, user_id, name, source_version',
  weeks: 'id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version',
  habits: 'id, week_id, name, display_order, source_version',
  habit_records: 'id, habit_id, record_date, status, source_version',
} as const;

/**
 * Statements that empty tables, whatever hangs on their rows. For a few rows `truncate` costs forty times as much: it gives new files to
 * each table, and to each of its indexes.
 */
export const emptying = (...tables: readonly string[]): string =>
  `set session_replication_role = replica; ${tables.map((table) => `delete from ${table}; `).join('')}set session_replication_role = default;`;

/** Adds the rows to both sides, and their owners to `auth.users`. Constraints and triggers apply. */
export async function loadCase(world: Pick<World, 'sql'>, { legacy, normalized }: Case): Promise<void> {
  const owners = [...legacy.map((row) => row.user_id), ...normalized.children.map((row) => row.user_id)].filter((id) => id !== null);
  await world.sql('insert into auth.users (id) select distinct value::uuid from jsonb_array_elements_text($1) on conflict do nothing', [
    JSON.stringify(owners),
  ]);
  const tables = { habit_tracker: legacy, ...normalized };
  for (const [table, names] of Object.entries(columns)) {
    await world.sql(`insert into ${table} (${names}) select ${names} from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(tables[table as keyof typeof columns]),
    ]);
  }
  await world.sql(`select setval(pg_get_serial_sequence('habit_tracker', 'id'), max(id)) from habit_tracker`);
}

/**
 * SQL that fills both sides of an empty database with agreeing weeks: 6 or 7 habits each and 3.8 filled cells per habit, as in the
 * reference case, each cell drawn independently; `dense`: 6 habits, and 5.2 filled cells per habit. Even a billion cells are generated
 * inside the database, without passing through this process.
 *
 * @param childrenCount each with a unique name, two per user
 * @param seed a whole number; the same one makes the same data
 */
export function largeCase({ weeks, childrenCount, seed, dense = false }: { weeks: number; childrenCount: number; seed: number; dense?: boolean }): string {
  /** A whole number below `bound` that depends only on the SQL expressions and the seed. */
  const random = (bound: number, ...on: string[]) => `(abs(hashtextextended(concat_ws(' ', ${on.join(', ')}), ${Math.trunc(seed)}) % ${bound}))::int`;
  const array = (texts: readonly string[]) => `(array[${texts.map((text) => `'${text}'`).join(', ')}])`;
  const owner = `md5('user ' || child / 2)::uuid`;
  const filled = Array.from({ length: dense ? 14 : 6 }, (_, index) => statuses[index % statuses.length] ?? 'green');
  const cells = [...filled, '', '', '', '', ''];
  const korean = (date: string) => `to_char(${date}, 'FMYYYY"년 "FMMM"월 "FMDD"일"')`;

  return `
    -- Neither foreign keys nor triggers: what is inserted is right, and there is much of it.
    set session_replication_role = replica;
    begin;
    insert into auth.users (id)
    select distinct ${owner} from generate_series(0, ${childrenCount - 1}) child;

    insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection, updated_at)
    select n + 1, ${owner}, 'Kind ' || child, ${korean('start')} || ' ~ ' || ${korean('start + 6')}, start,
      case n % 4 when 0 then null when 1 then '' else '건강한 한 주 ' || n end, '새 책 한 권',
      (
        select jsonb_agg(jsonb_build_object(
          'id', case when ${random(3, `'id'`, 'n', 'h')} = 0 then 1760000000000 + n * 10 + h else h end,
          'name', ${array(habitNames)}[1 + (h + n) % ${habitNames.length}],
          'times', (
            select jsonb_agg(${array(cells)}[1 + ${random(cells.length, 'n', 'h', 'd')}] order by d)
            from generate_series(0, 6) d
          )) order by h)
        from generate_series(1, 6${dense ? '' : ` + ${random(2, `'habits'`, 'n')}`}) h
      ),
      jsonb_build_object('bestDay', '수요일', 'easiestHabit', '', 'nextWeekGoal', 'n° ' || n),
      timestamptz '2026-01-01' + n * interval '1 second'
    from (
      select n, n % ${childrenCount} as child, date '2001-01-01' + 7 * (n / ${childrenCount}) as start
      from generate_series(0, ${weeks - 1}) n
    ) week;
    select setval(pg_get_serial_sequence('habit_tracker', 'id'), ${weeks});

    insert into children (id, user_id, name, source_version)
    select distinct md5('child ' || child_name)::uuid, user_id, child_name, 'migration' from habit_tracker;

    insert into weeks (id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version)
    select md5('week ' || id)::uuid, user_id, md5('child ' || child_name)::uuid, week_start_date, week_start_date + 6,
      nullif(theme, ''), reward, reflection, 'migration'
    from habit_tracker;

    insert into habits (id, week_id, name, display_order, source_version)
    select md5('habit ' || t.id || ' ' || habit.ordinality)::uuid, md5('week ' || t.id)::uuid, habit.value ->> 'name',
      habit.ordinality - 1, 'migration'
    from habit_tracker t, jsonb_array_elements(t.habits) with ordinality habit;

    insert into habit_records (habit_id, record_date, status, source_version)
    select md5('habit ' || t.id || ' ' || habit.ordinality)::uuid, t.week_start_date + cell.ordinality::int - 1, cell.value, 'migration'
    from habit_tracker t, jsonb_array_elements(t.habits) with ordinality habit,
      jsonb_array_elements_text(habit.value -> 'times') with ordinality cell
    where cell.value <> '';
    commit;
    set session_replication_role = default;
    analyze;`;
}
