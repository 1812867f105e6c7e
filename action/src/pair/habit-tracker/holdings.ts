import * as z from 'zod/mini';
import { chunksOf } from '../../document/chunks.ts';
import type { Query, Reader, Refine } from '../../store/postgrest/reader.ts';
import { readError } from '../../store/postgrest/read-error.ts';
import type { Holdings } from '../pair.ts';

const looseHabit = z.object({ row_id: z.string() });

/** As many ids as go into a URL. */
const maxIds = 100;

/**
 * Habits without a week, and records without a habit or with one of those: a foreign key that is NOT VALID lets them be, and no
 * week shows them. Each is looked for in one statement, so that what is just being written is not mistaken for it.
 */
export function createHoldings(reader: Reader): Holdings {
  const counted = async (table: string, columns: string, refine: Refine): Promise<number> =>
    (await reader.select(table, columns, z.unknown(), (query) => refine(query).limit(1), 'exact')).count ?? Number.NaN;
  /** A record that says so is none. */
  const filled = (query: Query) => query.not('status', 'in', '(none,"")');

  return {
    total: async () => [0, 0, await reader.count('habits'), await reader.count('habit_records')],

    cut: () => readError({ table: 'habit_records', defect: 'truncated' }, 0),

    async loose() {
      const records = (refine: Refine) => counted('habit_records', 'id,habits()', (query) => refine(query).is('habits', null));
      let all = await records((query) => query);
      // Mostly there are none; and an enumeration takes no status that is not one of its own to be compared with.
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
