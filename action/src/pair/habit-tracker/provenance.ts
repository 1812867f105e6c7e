import * as z from 'zod/mini';
import type { Reader } from '../../store/postgrest/reader.ts';
import type { Provenance } from '../pair.ts';
import { habitTraits, timeOf } from './legacy.ts';
import { childOf, type Child } from './shape.ts';

/** Among this many weeks, at least one was created by the dual-write and not only changed by it. */
const firstWeeks = 20;

const writtenWeek = z.object({
  created_at: z.string(),
  updated_at: z.string(),
  habits: z.array(z.object({ source_version: z.nullable(z.string()) })),
});

export function createProvenance(reader: Reader, idsOf: (child: Child) => readonly string[]): Provenance {
  const byDualWrite = (order: 'created_at' | 'updated_at', limit: number) =>
    reader.select('weeks', 'created_at,updated_at,habits(source_version)', writtenWeek, (query) =>
      query.eq('source_version', 'dual_write').order(order).limit(limit),
    );
  const countWeeks = async (refine: Parameters<Reader['select']>[3]) =>
    (await reader.select('weeks', 'id', z.unknown(), (query) => refine(query).limit(1), 'exact')).count ?? Number.NaN;

  return {
    traits: habitTraits,

    async dualWriteStart() {
      const { rows } = await byDualWrite('created_at', firstWeeks);
      // A migrated week that the dual-write changed later is older than the dual-write, and so are its habits.
      const born = rows.find(({ habits }) => habits.every((habit) => habit.source_version === 'dual_write'));
      if (born || rows.length === 0) return timeOf(born?.created_at);
      const [changed] = (await byDualWrite('updated_at', 1)).rows;
      return timeOf(changed?.updated_at);
    },

    countOfGroup: async (group) => {
      const ids = idsOf(childOf(group));
      return ids.length === 0 ? 0 : countWeeks((query) => query.in('child_id', [...ids]));
    },

    countOfStarts: (from, to) =>
      countWeeks((query) => {
        const later = query.gte('week_start_date', from);
        return to === undefined ? later : later.lte('week_start_date', to);
      }),

    countWrittenSince: async (date) =>
      (await reader.select('habit_tracker', 'id', z.unknown(), (query) => query.gte('updated_at', `${date}T00:00:00Z`).limit(1), 'exact')).count ?? Number.NaN,
  };
}
