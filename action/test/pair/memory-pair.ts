import type { LegacyRow as DemoRow, NormalizedRows } from '../../../demo/data.ts';
import type { Comparison } from '../../src/compare/comparison.ts';
import { compareFully } from '../../src/compare/full.ts';
import { compareSample } from '../../src/compare/sampled.ts';
import { startBudget } from '../../src/store/budget.ts';
import { keyId, type Difference, type Key } from '../../src/document/document.ts';
import { createChildren } from '../../src/pair/habit-tracker/children.ts';
import { createHabitTrackerPair } from '../../src/pair/habit-tracker/habit-tracker.ts';
import { compareClaims, placeLegacyRow, readLegacyRow, type LegacyRow, type WeekAlignment } from '../../src/pair/habit-tracker/legacy.ts';
import { readWeek, readWeekRow, type WeekRow } from '../../src/pair/habit-tracker/normalized.ts';
import { keyOf, weekKeyOf } from '../../src/pair/habit-tracker/shape.ts';
import type { Entity, Reading } from '../../src/pair/pair.ts';
import { createFindings } from '../../src/compare/findings.ts';
import type { Finding } from '../../src/report/report.ts';
import { createReader } from '../../src/store/postgrest/create-reader.ts';

/** Rows of both sides; a legacy row may hold anything where the table has JSON. */
export type Rows = { legacy: readonly LooseLegacyRow[]; normalized: NormalizedRows };
export type LooseLegacyRow = Omit<DemoRow, 'habits' | 'reflection'> & { habits: unknown; reflection: unknown };

/** Names in the clear, with their owners: which child a finding is about must be told apart. */
export const childName = (owner: string | null, name: string): string => `${owner ?? 'nobody'}/${name}`;

const transparent = {
  name: (_part: string, [owner = null, ...rest]: Key) => childName(owner, rest.join(' ')),
  text: (text: string) => text,
  value: (text: string) => text,
  document: keyId,
  key: 'key',
};

/** The habit-tracker pair over arrays instead of tables: reading rows and telling what differs are the real parts. */
export function createMemoryPair(rows: Rows, alignment: WeekAlignment, pageSize = 1000): Entity {
  const unused = createReader('http://127.0.0.1:9', 'sb_secret_unused', AbortSignal.abort());
  const children = createChildren();
  children.add(rows.normalized.children.map(({ id, user_id, name }) => ({ row_id: id, user_id, name })));
  const legacy = rows.legacy.map(({ id, ...row }): LegacyRow => ({ ...row, row_id: id, habits: asJson(row.habits), reflection: asJson(row.reflection) }));
  const weeks = nest(rows.normalized);
  const keyOfRow = (row: WeekRow): Key =>
    keyOf({ ...(children.childOf(row.child_id) ?? { owner: row.user_id, child: row.child_id }), week: row.week_start_date });

  async function* pages<T, U>(items: readonly T[], read: (item: T) => U) {
    for (let start = 0; start < items.length; start += pageSize) yield items.slice(start, start + pageSize).map(read);
  }

  const readKey = (key: Key): Reading => {
    const placed = legacy
      .map((row) => ({ row, placement: placeLegacyRow(row, alignment, children.ownersOf) }))
      .filter(({ placement }) => keyId(placement.key) === keyId(key));
    const claims = placed
      .filter(({ placement }) => placement.kind === 'claim')
      .map(({ row }) => row)
      .sort(compareClaims);
    return {
      expected: claims.flatMap((row) => {
        const { entry } = readLegacyRow(row, alignment, children.ownersOf);
        return entry.kind === 'claim' ? [entry.document] : [];
      }),
      actual: weeks.filter((row) => keyId(keyOfRow(row)) === keyId(key)).map((row) => readWeekRow(row, key)),
      unclaimed: placed.flatMap(({ placement }) => (placement.kind === 'unclaimed' ? [placement.difference] : [])),
      groupExists: children.has(weekKeyOf(key)),
    };
  };

  return {
    ...createHabitTrackerPair(unused, alignment, true).weeks,
    prepare: async () => undefined,
    expected: {
      count: async () => legacy.length,
      keys: () => pages(legacy, (row) => placeLegacyRow(row, alignment, children.ownersOf)),
      documents: () => pages(legacy, (row) => readLegacyRow(row, alignment, children.ownersOf)),
    },
    actual: {
      count: async () => weeks.length,
      keys: () => pages(weeks, (row) => ({ kind: 'claim', key: keyOfRow(row) })),
      documents: () => pages(weeks, (row) => readWeek(row, keyOfRow(row))),
    },
    holdings: {
      total: async () => [0, 0, rows.normalized.habits.length, rows.normalized.habit_records.length],
      loose: async () => loose(rows.normalized),
      cut: () => new Error('They were not shown again.'),
    },
    read: async (keys) => new Map(keys.map((key) => [keyId(key), readKey(key)])),
  };
}

/** As the database writes it. */
const asJson = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

function nest({ weeks, habits, habit_records }: NormalizedRows): WeekRow[] {
  return weeks.map(({ id, ...week }) => ({
    ...week,
    row_id: id,
    reflection: asJson(week.reflection),
    habits: habits
      .filter(({ week_id }) => week_id === id)
      .map((habit) => ({ id: habit.id, name: habit.name, habit_records: habit_records.filter(({ habit_id }) => habit_id === habit.id) })),
  }));
}

function loose({ weeks, habits, habit_records }: NormalizedRows): Awaited<ReturnType<Entity['holdings']['loose']>> {
  const there = new Set(weeks.map(({ id }) => id));
  const attached = new Set(habits.filter(({ week_id }) => there.has(week_id)).map(({ id }) => id));
  const records = habit_records.filter(({ habit_id }) => !attached.has(habit_id));
  const count = habits.length - attached.size;
  return { rows: [0, 0, count, records.length], counted: [0, 0, count, records.filter(({ status }) => status !== 'none').length] };
}

export type Outcome = { findings: Finding[]; total: number; comparison: Comparison };

/** What comparing the pair finds, differences counting at first sight unless `settleMs` says otherwise. */
export async function comparePair(
  entity: Entity,
  {
    sample,
    seed = 'seed',
    settleMs = 0,
    seconds = 60,
    digest = false,
  }: { sample?: number; seed?: string; settleMs?: number; seconds?: number; digest?: boolean } = {},
): Promise<Outcome> {
  const findings = createFindings(transparent);
  const options = {
    entity,
    budget: startBudget(seconds),
    settleMs,
    legacyRows: await entity.expected.count(),
    normalizedRows: await entity.actual.count(),
    onDifference: (difference: Difference) => findings.add(difference, entity),
    onProgress: () => undefined,
    onPhase: () => undefined,
  };
  const comparison = sample === undefined ? await compareFully(options, digest ? entity.digester : undefined) : await compareSample(options, sample, seed);
  return { findings: findings.list(), total: findings.total(), comparison };
}
