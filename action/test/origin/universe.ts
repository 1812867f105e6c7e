import assert from 'node:assert/strict';
import { uuid } from '../../../demo/data.ts';
import { explain } from '../../src/compare/explain.ts';
import { groupId, type Document } from '../../src/document/document.ts';
import { cluesOf } from '../../src/origin/clues.ts';
import { collectFacts, type Facts } from '../../src/origin/facts.ts';
import { joinClues } from '../../src/origin/join-clues.ts';
import { findOrigin, type OriginNames } from '../../src/origin/origin.ts';
import { askStore } from '../../src/origin/weeks.ts';
import { partOf } from '../../src/parts/part.ts';
import type { Clues } from '../../src/report/evidence.ts';
import { habitTraits, readLegacyRow, type LegacyRow } from '../../src/pair/habit-tracker/legacy.ts';
import { readWeekRow, type WeekRow } from '../../src/pair/habit-tracker/normalized.ts';
import { groupOfChild, keyOf, shape, type WeekKey } from '../../src/pair/habit-tracker/shape.ts';
import type { Provenance } from '../../src/pair/pair.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { addDays } from '../pair/rows.ts';

/** One week as both sides have it; what a test takes away or changes is the drift. */
export type UniverseWeek = { key: WeekKey; legacy: LegacyRow | undefined; normalized: WeekRow | undefined };

const habitNames = ['Read', 'Swim', 'Tidy', 'Sing', 'Draw', 'Sleep'] as const;

export const firstMonday = '2025-09-01';
export const monday = (index: number): string => addDays(firstMonday, 7 * index);

/** Weeks that agree: six habits each, the odd ones with a millisecond id, five filled cells; written on the Sunday. */
export function universe({ children = 10, weeks = 12, oddIds = 2 }: { children?: number; weeks?: number; oddIds?: number } = {}): UniverseWeek[] {
  return Array.from({ length: children * weeks }, (_, index) => {
    const [child, week] = [index % children, Math.floor(index / children)];
    const key = { owner: uuid('user', child), child: `Child ${child}`, week: monday(week) };
    const times = (habit: number) => Array.from({ length: 7 }, (__, day) => ((day + habit + index) % 7 < 5 ? 'green' : ''));
    const legacy: LegacyRow = {
      row_id: String(index + 1),
      user_id: key.owner,
      child_name: key.child,
      week_start_date: key.week,
      theme: 'Autumn',
      reward: null,
      habits: JSON.stringify(
        habitNames.map((name, habit) => ({ id: habit < oddIds ? 1_760_000_000_000 + index * 10 + habit : habit + 1, name, times: times(habit) })),
      ),
      reflection: '{}',
      updated_at: `${addDays(key.week, 6)}T18:00:00+00:00`,
    };
    const normalized: WeekRow = {
      row_id: uuid('week', index),
      user_id: key.owner,
      child_id: uuid('child', child),
      week_start_date: key.week,
      week_end_date: addDays(key.week, 6),
      theme: 'Autumn',
      reward: null,
      reflection: '{}',
      source_version: 'migration',
      habits: habitNames.map((name, habit) => ({
        id: uuid('habit', index, habit),
        name,
        habit_records: times(habit).flatMap((status, day) =>
          status === '' ? [] : [{ id: uuid('record', index, habit, day), record_date: addDays(key.week, day), status }],
        ),
      })),
    };
    return { key, legacy, normalized };
  });
}

export const dropRecords = (week: UniverseWeek, isLost: (habit: string, date: string) => boolean): void => {
  for (const habit of week.normalized?.habits ?? []) habit.habit_records = habit.habit_records.filter(({ record_date }) => !isLost(habit.name, record_date));
};

type Told = Partial<Pick<Provenance, 'dualWriteStart' | 'countOfGroup' | 'countOfStarts' | 'countWrittenSince'>>;

const pseudonyms: OriginNames = {
  name: (_part, parts) => `<${parts.at(-1)}>`,
  value: (text) => `<${text}>`,
  text: (text) => `<${text}>`,
  common: (text) => `<${text}>`,
};

type Options = { mode?: 'full' | 'sample'; start?: string; told?: Told; names?: OriginNames };

const entity = { name: 'habit-tracker', shape };

/** What is collected of the weeks by a run that reads those that differ (or, in a sample, all of them). */
function factsOf(weeks: readonly UniverseWeek[], mode: 'full' | 'sample'): Facts {
  const collector = collectFacts();
  for (const { key, legacy, normalized } of weeks) {
    const entry = legacy && readLegacyRow(legacy, 'skip', () => new Set()).entry;
    const expected: Document[] = entry?.kind === 'claim' ? [entry.document] : [];
    const reading = { expected, actual: normalized ? [readWeekRow(normalized, keyOf(key))] : [], unclaimed: [], groupExists: true };
    const explanation = explain(keyOf(key), reading, { shape });
    if (mode === 'sample' || explanation.differences.length > 0) collector.add(explanation, entity);
  }
  return collector.facts();
}

/** A store that holds the weeks. */
function storeOf(weeks: readonly UniverseWeek[], { start, told }: Options): Provenance {
  const day = (week: UniverseWeek) => week.legacy?.updated_at?.slice(0, 10) ?? '';
  const present = weeks.filter(({ normalized }) => normalized);
  return {
    traits: habitTraits,
    dualWriteStart: async () => (start === undefined ? undefined : Date.parse(start)),
    countOfGroup: async (group) => present.filter(({ key }) => groupId(group) === groupId(groupOfChild(key))).length,
    countOfStarts: async (from, to = '9999') => present.filter(({ key }) => key.week !== null && key.week >= from && key.week <= to).length,
    countWrittenSince: async (date) => weeks.filter((week) => day(week) >= date).length,
    ...told,
  };
}

const comparedOf = (weeks: readonly UniverseWeek[], mode: 'full' | 'sample') => ({
  mode,
  compared: weeks.length,
  legacyRows: weeks.filter(({ legacy }) => legacy).length,
});
const census = { of: () => undefined };

/** What a run says of the weeks. */
export async function originOf(weeks: readonly UniverseWeek[], options: Options = {}): Promise<{ sentences: string[]; differing: number }> {
  const { mode = 'full', names = pseudonyms } = options;
  const facts = factsOf(weeks, mode);
  const known = { entities: [entity], answers: askStore(storeOf(weeks, options)), census };
  return { sentences: await findOrigin(facts, comparedOf(weeks, mode), known, names), differing: facts.get(entity.name)?.documents.hit ?? 0 };
}

/** What a merge says of the weeks, of which each of so many parts has some children. */
export async function mergedOriginOf(weeks: readonly UniverseWeek[], of: number, options: Options = {}): Promise<string[]> {
  const { mode = 'full' } = options;
  const own = createPseudonyms('sb_secret_synthetic', false);
  const shares = Array.from({ length: of }, (_, place) => weeks.filter(({ key }) => partOf(key.child, of) === place + 1));
  const clues: Clues[][] = [];
  for (const part of shares) {
    const known = { entities: [entity], answers: askStore(storeOf(weeks, options)), census };
    clues.push((await cluesOf(factsOf(part, mode), { mode }, known, { ...pseudonyms, seal: own.seal })) ?? assert.fail());
  }
  const joined = joinClues(clues, [entity], storeOf([], { told: {} }), own.open) ?? assert.fail();
  const names: OriginNames = { name: (_part, parts) => parts.at(-1) ?? '', value: (text) => text, text: (text) => text, common: () => undefined };
  return findOrigin(joined.facts, comparedOf(weeks, mode), { entities: [entity], ...joined }, names);
}
