import type { Reader } from '../../store/postgrest/reader.ts';

/** How many rows were read from each side. */
export type Reads = { legacy: number; normalized: number };

/** The same reader, but counting every row that it returns. Embedded rows are not counted separately. */
export function countingReads(reader: Reader, reads: Reads): Reader {
  const note = (table: string, rows: number): void => void (reads[table === 'habit_tracker' ? 'legacy' : 'normalized'] += rows);
  async function* noted<T>(table: string, pages: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
    for await (const rows of pages) {
      note(table, rows.length);
      yield rows;
    }
  }
  return {
    ...reader,
    async select(table, ...rest) {
      const answer = await reader.select(table, ...rest);
      note(table, answer.rows.length);
      return answer;
    },
    pages: (table, ...rest) => noted(table, reader.pages(table, ...rest)),
    found: (table, ...rest) => noted(table, reader.found(table, ...rest)),
  };
}
