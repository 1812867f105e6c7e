import * as z from 'zod/mini';
import { compiled } from '../../document/compiled.ts';
import { canonicalJson, canonicalText } from '../../document/canonical.ts';
import { copyOf, pathId, type Difference, type Document, type Field, type Key, type Path, type RowIds } from '../../document/document.ts';
import type { Row } from '../pair.ts';
import { dateText } from './columns.ts';
import { timeOf } from './legacy.ts';
import { level } from './shape.ts';
import { knownStatus } from './status.ts';

/** Ids are opaque, so they are read as text whatever the columns are; so is JSON, as on the legacy side. */
export const childColumns = 'row_id:id::text,user_id,name';
export const childRow = z.object({ row_id: z.string(), user_id: z.nullable(z.string()), name: z.string() });
export type ChildRow = z.infer<typeof childRow>;

export const weekKeyColumns = 'row_id:id::text,user_id,child_id::text,week_start_date';
export const recordColumns = 'id::text,record_date,status';
export const habitColumns = `id::text,name,habit_records(${recordColumns})`;
export const weekParts = { theme: 'theme', reward: 'reward', reflection: 'reflection::text' } as const;
export const weekColumns = `${weekKeyColumns},week_end_date,${Object.values(weekParts).join(',')},source_version,habits(${habitColumns})`;

export const weekKeyRow = z.object({
  row_id: z.string(),
  user_id: z.nullable(z.string()),
  child_id: z.string(),
  week_start_date: dateText,
});
export type WeekKeyRow = z.infer<typeof weekKeyRow>;

/** For readings that need to know when and by whom a row was written, which a full scan does not. */
export const weekColumnsWithTimes = `${weekColumns},created_at,updated_at`;
/** The columns that are small in any week. */
export const attributeColumns = `${weekKeyColumns},week_end_date,source_version,created_at,updated_at`;

export const recordRow = z.object({ id: z.string(), record_date: dateText, status: z.string() });
export const habitRow = z.object({ id: z.string(), name: z.string(), habit_records: z.array(recordRow) });

export const weekRow = z.extend(weekKeyRow, {
  week_end_date: z.nullable(dateText),
  theme: z.nullable(z.string()),
  reward: z.nullable(z.string()),
  reflection: z.nullable(z.string()),
  source_version: z.nullable(z.string()),
  created_at: z.optional(z.nullable(z.string())),
  updated_at: z.optional(z.nullable(z.string())),
  habits: z.array(habitRow),
  // Parts that are too large to read.
  unread: z.optional(z.array(z.string())),
});
export type WeekRow = z.infer<typeof weekRow>;

type BriefHabit = readonly [id: string, name: string, records: readonly BriefRecord[]];
type BriefRecord = readonly [id: string, date: string, status: string];

/** There are many of them, and a schema of parts would copy each. */
const isBriefHabit = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 3 && isText(value[0]) && isText(value[1]) && Array.isArray(value[2]) && value[2].every(isBriefRecord);
const isBriefRecord = (value: unknown): boolean => Array.isArray(value) && value.length === 3 && value.every(isText);
const isText = (value: unknown): boolean => typeof value === 'string';

/** The same in the form that `driftwatch_read` returns: without the names that would repeat in every record. */
export const briefWeekRow = compiled(
  z.extend(weekRow, {
    habits: z.array(z.custom<BriefHabit>(isBriefHabit)),
  }),
);
export type BriefWeekRow = z.infer<typeof briefWeekRow>;

function habitsOf({ habits }: WeekRow | BriefWeekRow): WeekRow['habits'] {
  return habits.map((habit) => {
    if (!isBrief(habit)) return habit;
    const [id, name, records] = habit;
    return { id, name, habit_records: records.map(([record, date, status]) => ({ id: record, record_date: date, status })) };
  });
}
const isBrief = (habit: BriefHabit | z.infer<typeof habitRow>): habit is BriefHabit => Array.isArray(habit);

/**
 * A week of the normalized side as a document. A record with status `none` is no record.
 *
 * @param key of its child, whose owner should be that of the week
 */
export function readWeekRow(row: WeekRow | BriefWeekRow, key: Key): Document {
  const fields = new Map<string, Field>();
  const rowIds: RowIds = { weeks: [row.row_id] };
  const copies = new Map<string, number>();
  const copied: Path[] = [];
  const attribute = (name: string, value: string | null, readable: boolean) =>
    fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: {} });
  const add = (path: Path, value: string | null, readable: boolean, ids: RowIds, at: number): Path => {
    let own = path;
    const id = pathId(path);
    if (fields.has(id)) {
      const copy = (copies.get(id) ?? 1) + 1;
      copies.set(id, copy);
      own = [...path.slice(0, -1), copyOf(path.at(-1) ?? '', copy)];
      copied.push(own);
    }
    fields.set(own === path ? id : pathId(own), { path: own, value, level: at, readable, rowIds: ids });
    return own;
  };

  const reflection = canonicalJson(row.reflection);
  // Text that is not JSON, which only a column of another type can hold, differs from any JSON.
  const attributes = { theme: canonicalText(row.theme), reward: canonicalText(row.reward), reflection: reflection === undefined ? row.reflection : reflection };
  for (const [name, value] of Object.entries(attributes)) {
    if (row.unread?.includes(name)) attribute(name, 'too large to be read', true);
    else attribute(name, value, false);
  }
  attribute('week_end_date', row.week_end_date, true);
  // By id, so that of two habits with one name the same one always comes first.
  for (const habit of habitsOf(row).sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const ids = { habits: [habit.id] };
    const name = canonicalText(habit.name) ?? '';
    const path = add(['habits', name], name, false, ids, level.habits);
    for (const record of habit.habit_records) {
      const status = canonicalText(record.status) ?? 'none';
      if (status === 'none') continue;
      const known = knownStatus(status) !== undefined;
      add([...path, record.record_date], status, known, { habits: ids.habits, habit_records: [record.id] }, level.records);
    }
  }
  return {
    key,
    fields,
    rowIds,
    hidden: [],
    problems: row.user_id === key[0] ? [] : [wrongOwner(row, key, rowIds)],
    ...(copied.length > 0 && { copied }),
    parent: row.child_id,
    held: [0, 0, row.habits.length, recordsIn(row)],
    sourceVersion: row.source_version ?? undefined,
    writtenAt: timeOf(row.updated_at),
    migratedAt: row.source_version === 'migration' && row.updated_at === row.created_at ? timeOf(row.created_at) : undefined,
  };
}

/** The same, as a row of its side. */
export function readWeek(row: WeekRow, key: Key): Row {
  return { entry: { kind: 'claim', key, document: readWeekRow(row, key) }, raw: [0, 1, row.habits.length, recordsIn(row)] };
}

function recordsIn({ habits }: WeekRow | BriefWeekRow): number {
  let records = 0;
  for (const habit of habits) records += (isBrief(habit) ? habit[2] : habit.habit_records).length;
  return records;
}

/** Row-level security checks the week's own `user_id`: it shows the week to that user. */
function wrongOwner(row: WeekKeyRow, key: Key, rowIds: RowIds): Difference {
  const shown = (owner: string | null) => (owner === null ? null : { text: owner, readable: false });
  return { kind: 'wrong-owner', level: 'weeks', key, path: ['user_id'], legacy: shown(key[0] ?? null), normalized: shown(row.user_id), rowIds };
}
