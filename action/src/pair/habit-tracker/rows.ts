import * as z from 'zod/mini';
import { ReadError } from '../../store/errors.ts';
import { maxPageSize, type Reader, type Refine } from '../../store/postgrest/reader.ts';
import { legacyColumns, legacyKeyColumns, legacyKeyRow, legacyParts, legacyRow, type LegacyRow } from './legacy.ts';
import {
  attributeColumns,
  habitColumns,
  habitRow,
  recordColumns,
  recordRow,
  weekColumns,
  weekColumnsWithTimes,
  weekParts,
  weekRow,
  type WeekRow,
} from './normalized.ts';

/** A week comes with its habits and records, about 9 kB: a page is what is in memory at once. */
const weekPageSize = 200;
const legacyPageSize = 500;

/**
 * Complete rows of both sides: lists inside a week that the server has truncated are read separately, and of a row that is too large for
 * one answer everything that fits into one.
 */
export type RowReader = {
  /** @param refine without it, all rows */
  legacy: (refine?: Refine) => AsyncGenerator<readonly LegacyRow[]>;
  weeks: (refine?: Refine) => AsyncGenerator<readonly WeekRow[]>;
  /** Records how many rows the server returned in one answer. */
  seen: (rows: number) => void;
};

export function createRowReader(reader: Reader): RowReader {
  /** A list that is shorter than an answer was not truncated. */
  let longestAnswer = 0;
  let limit: Promise<number> | undefined;
  const seen = (rows: number) => (longestAnswer = Math.max(longestAnswer, rows));

  /** How many rows the server returns at most; or fewer, if there are no more. */
  const learnLimit = (): Promise<number> => (limit ??= askForLimit());
  async function askForLimit(): Promise<number> {
    for (const table of ['habits', 'habit_records']) seen((await reader.select(table, 'id', z.unknown(), (query) => query.limit(maxPageSize))).rows.length);
    return longestAnswer;
  }

  async function listed<T extends { row_id: string }>(table: string, columns: string, row: z.ZodMiniType<T>, refine: Refine): Promise<T[]> {
    const all: T[] = [];
    for await (const rows of reader.found(table, columns, row, refine)) all.push(...rows);
    return all;
  }

  async function habitsOf(weekId: string): Promise<WeekRow['habits']> {
    const columns = `row_id:id::text,${habitColumns}`;
    return listed('habits', columns, z.extend(habitRow, { row_id: z.string() }), (query) => query.eq('week_id', weekId));
  }

  const recordsOf = (habitId: string) =>
    listed('habit_records', `row_id:id::text,${recordColumns}`, z.extend(recordRow, { row_id: z.string() }), (query) => query.eq('habit_id', habitId));

  /** Sends no request if every list is shorter than an answer, which is nearly always so. */
  async function whole(row: WeekRow): Promise<WeekRow> {
    const isSure = (length: number) => row.habits.length < length && row.habits.every((habit) => habit.habit_records.length < length);
    if (isSure(longestAnswer) || isSure(await learnLimit())) return row;
    const length = await learnLimit();
    const habits = row.habits.length < length ? [...row.habits] : await habitsOf(row.row_id);
    for (const [place, habit] of habits.entries()) {
      if (habit.habit_records.length >= length) habits[place] = { ...habit, habit_records: await recordsOf(habit.id) };
    }
    return { ...row, habits };
  }

  /** Reads a row part by part, and names the parts that are too large even alone. */
  async function inParts<T extends object>(table: string, id: string, columns: string, row: z.ZodMiniType<T>, parts: Readonly<Record<string, string>>) {
    const byId: Refine = (query) => query.eq('id', id);
    const [known] = (await reader.select(table, columns, row, byId)).rows;
    if (!known) return undefined;
    const read: Record<string, unknown> = {};
    const unread: string[] = [];
    for (const [part, column] of Object.entries(parts)) {
      try {
        Object.assign(read, (await reader.select(table, column, z.looseObject({}), byId)).rows[0]);
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== 'bytes') throw error;
        read[part] = null;
        unread.push(part);
      }
    }
    return { ...known, ...read, unread };
  }

  async function* pagesOf<T extends { row_id: string }>(
    table: string,
    columns: string,
    row: z.ZodMiniType<T>,
    pageSize: number,
    refine: Refine | undefined,
    readLarge: (id: string) => Promise<T | undefined>,
  ): AsyncGenerator<readonly T[]> {
    let large: string[] = [];
    const onUnreadable = (id: string) => void large.push(id);
    const pages = refine ? reader.found(table, columns, row, refine, pageSize, onUnreadable) : reader.pages(table, columns, row, pageSize, onUnreadable);
    const largeRows = async function* () {
      const ids = large;
      large = [];
      for (const id of ids) {
        const found = await readLarge(id);
        if (found) yield [found];
      }
    };
    for await (const rows of pages) {
      seen(rows.length);
      yield* largeRows();
      yield rows;
    }
    yield* largeRows();
  }

  return {
    seen,
    legacy: (refine) =>
      pagesOf('habit_tracker', legacyColumns, legacyRow, legacyPageSize, refine, async (id) => {
        const found = await inParts(
          'habit_tracker',
          id,
          `${legacyKeyColumns},updated_at`,
          z.extend(legacyKeyRow, { updated_at: z.nullable(z.string()) }),
          legacyParts,
        );
        return found && legacyRow.parse(found);
      }),

    async *weeks(refine) {
      const columns = refine ? weekColumnsWithTimes : weekColumns;
      const readLarge = async (id: string) => {
        const found = await inParts(
          'weeks',
          id,
          attributeColumns,
          z.pick(weekRow, {
            row_id: true,
            user_id: true,
            child_id: true,
            week_start_date: true,
            week_end_date: true,
            source_version: true,
            created_at: true,
            updated_at: true,
          }),
          weekParts,
        );
        return found && weekRow.parse({ ...found, habits: await habitsOf(id) });
      };
      for await (const rows of pagesOf('weeks', columns, weekRow, weekPageSize, refine, readLarge)) {
        const all: WeekRow[] = [];
        for (const row of rows) all.push(await whole(row));
        yield all;
      }
    },
  };
}
