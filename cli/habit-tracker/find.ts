import { canonicalText } from '../../action/src/document/canonical.ts';
import { legacyKeyColumns, legacyKeyRow, placeLegacyRow, type WeekAlignment } from '../../action/src/pair/habit-tracker/legacy.ts';
import { childColumns, childRow, weekKeyColumns, weekKeyRow } from '../../action/src/pair/habit-tracker/normalized.ts';
import { childId, weekId, weekKeyOf, type Child, type WeekKey } from '../../action/src/pair/habit-tracker/shape.ts';
import type { Entity } from '../../action/src/pair/pair.ts';
import type { Reader } from '../../action/src/store/postgrest/reader.ts';

/** A child with its weeks on either side. */
export type FoundChild = {
  readonly key: Child;
  /** In order. */
  readonly weeks: readonly WeekKey[];
  /** Legacy weeks that were skipped on purpose. */
  readonly skipped: readonly string[];
};

/**
 * Reads every key of both sides. Afterwards `pair` can read the weeks that were found, however the names of their children are spelled.
 *
 * @throws {ReadError | BudgetError}
 */
export async function findChildren(pair: Entity, matches: (key: WeekKey) => boolean, onProgress: (done: number, total: number) => void): Promise<FoundChild[]> {
  // A week has a row on each side.
  const total = ((await pair.expected.count()) + (await pair.actual.count())) / 2;
  const found = new Map<string, { key: Child; weeks: Map<string, WeekKey>; skipped: string[] }>();
  const childOf = (key: WeekKey) => {
    const id = childId(key);
    const child = found.get(id) ?? { key: { owner: key.owner, child: key.child }, weeks: new Map<string, WeekKey>(), skipped: [] };
    found.set(id, child);
    return child;
  };
  let done = 0;
  await pair.prepare();
  for await (const page of pair.expected.keys()) {
    for (const { kind, key: parts } of page) {
      const key = weekKeyOf(parts);
      if (!matches(key)) continue;
      if (kind === 'skipped') childOf(key).skipped.push(key.week ?? '');
      else childOf(key).weeks.set(weekId(key), key);
    }
    onProgress((done += page.length / 2), total);
  }
  for await (const page of pair.actual.keys()) {
    for (const key of page.map((row) => weekKeyOf(row.key))) if (matches(key)) childOf(key).weeks.set(weekId(key), key);
    onProgress((done += page.length / 2), total);
  }
  return [...found.values()].map(({ key, weeks, skipped }) => ({
    key,
    weeks: [...weeks.values()].toSorted((a, b) => ((a.week ?? '') < (b.week ?? '') ? -1 : 1)),
    skipped: skipped.toSorted(),
  }));
}

/** What a row says about itself: enough to look for its child, which may be known only from another row. */
export type FoundRow = {
  readonly table: 'habit_tracker' | 'weeks';
  readonly id: string;
  /** `null` if the row does not say. */
  readonly owner: string | null;
  readonly child: string;
  /** The week of the row after alignment; `null` if the row has no readable date. */
  readonly week: string | null;
  readonly start: string | null;
  readonly skipped: boolean;
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the text can only be the id of a row. */
export const isRowId = (text: string): boolean => /^\d+$/.test(text) || uuid.test(text);

/** The row of `habit_tracker` or, for a UUID, of `weeks`. @throws {ReadError | BudgetError} */
export async function findRow(reader: Reader, id: string, alignment: WeekAlignment): Promise<FoundRow | undefined> {
  return (uuid.test(id) ? await findWeekRow(reader, id.toLowerCase()) : undefined) ?? findLegacyRow(reader, id, alignment);
}

async function findWeekRow(reader: Reader, id: string): Promise<FoundRow | undefined> {
  const {
    rows: [week],
  } = await reader.select('weeks', weekKeyColumns, weekKeyRow, (query) => query.eq('id', id));
  if (!week) return undefined;
  const {
    rows: [child],
  } = await reader.select('children', childColumns, childRow, (query) => query.eq('id', week.child_id));
  const start = week.week_start_date;
  // A week without a child row is identified by its child's id.
  const who = child ? { owner: child.user_id, child: canonicalText(child.name) ?? '' } : { owner: week.user_id, child: week.child_id };
  return { table: 'weeks', id, ...who, week: start, start, skipped: false };
}

async function findLegacyRow(reader: Reader, id: string, alignment: WeekAlignment): Promise<FoundRow | undefined> {
  const read = (refine: Parameters<typeof reader.select>[3]) => reader.select('habit_tracker', legacyKeyColumns, legacyKeyRow, refine);
  // The database rejects an id that does not fit the column's type.
  const {
    rows: [any],
  } = await read((query) => query.limit(1));
  if (!any || uuid.test(any.row_id) !== uuid.test(id) || (!uuid.test(id) && BigInt(id) > 9_223_372_036_854_775_807n)) return undefined;
  const {
    rows: [row],
  } = await read((query) => query.eq('id', id));
  if (!row) return undefined;
  const { kind, key } = placeLegacyRow(row, alignment, () => new Set());
  const { child, week } = weekKeyOf(key);
  return { table: 'habit_tracker', id: row.row_id, owner: row.user_id, child, week, start: row.week_start_date, skipped: kind === 'skipped' };
}
