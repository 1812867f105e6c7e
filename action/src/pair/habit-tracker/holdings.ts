import * as z from 'zod/mini';
import { chunksOf } from '../../document/chunks.ts';
import type { Query, Reader, Refine } from '../../store/postgrest/reader.ts';
import { readError } from '../../store/postgrest/read-error.ts';
import type { Holdings } from '../pair.ts';

const looseHabit = z.object({ row_id: z.string() });

/** How many ids fit into a URL. */
const maxIds = 100;

/**
 * Habits without a week, and records without a habit or with such a habit: a foreign key that is NOT VALID allows them, and no week shows
 * them. Each kind is queried in one statement, so that rows that are just being written are not mistaken for them.
 */
export function createHoldings(reader: Reader): Holdings {
  const counted = async (table: string, columns: string, refine: Refine): Promise<number> =>
    (await reader.select(table, columns, z.unknown(), (query) => refine(query).limit(1), 'exact')).count ?? Number.NaN;
  /** A record with the status `none` does not count. */
  const filled = (query: Query) => query.not('status', 'in', '(none,"")');

  return {
    total: async () => [0, 0, await reader.count('habits'), await reader.count('habit_records')],

    cut: () => readError({ table: 'habit_records', defect: 'truncated' }, 0),

    async loose() {
      const records = (refine: Refine) => counted('habit_records', 'id,habits()', (query) => refine(query).is('habits', null));
      let all = await records((query) => query);
      // Usually there are none; and an enumeration cannot be compared with a status that is not one of its own.
      let present = all === 0 ? 0 : await records(filled);
      const habits: string[] = [];
      for await (const rows of reader.found('habits', 'row_id:id::text,weeks()', looseHabit, (query) => query.is('weeks', null))) {
        habits.push(...rows.map((row) => row.row_id));
      }
      for (const ids of chunksOf(habits, maxIds)) {
        const inside = await counted('habit_records', 'id', (query) => query.in('habit_id', ids));
        all += inside;
        if (inside > 0) present += await counted('habit_records', 'id', (query) => filled(query.in('habit_id', ids)));
      }
      return { rows: [0, 0, habits.length, all], counted: [0, 0, habits.length, present] };
    },
  };
}
