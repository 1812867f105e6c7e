import { Timestamp } from 'firebase/firestore/lite';
import type { SupabaseClient } from '@supabase/supabase-js';

/** Writes to Supabase that are safe to repeat and to arrive late. They answer as supabase-js does, with `error`. */

export type Row = Record<string, unknown>;

/**
 * ISO 8601, or nothing where the document has no time there. A time of this app is in whole milliseconds; one that a document had already may be in
 * microseconds, as both stores keep them.
 */
export function timeOf(value: unknown): string | null {
  if (!(value instanceof Timestamp)) return null;
  const microseconds = Math.trunc(value.nanoseconds / 1000);
  const time = new Date(value.seconds * 1000 + Math.trunc(microseconds / 1000)).toISOString();
  return microseconds % 1000 === 0 ? time : time.replace('Z', `${String(microseconds % 1000).padStart(3, '0')}Z`);
}

/** @throws {RangeError} where the date is no time */
export function timestampOf(date: Date): Timestamp {
  const ms = Math.trunc(date.getTime());
  if (Number.isNaN(ms)) throw new RangeError('This date is no time.');
  return Timestamp.fromMillis(ms);
}

/** Does nothing where the row exists. @param key its columns */
export function insertOnce(supabase: SupabaseClient, table: string, row: Row, key: string): PromiseLike<unknown> {
  return supabase.from(table).upsert(row, { onConflict: key, ignoreDuplicates: true });
}

/**
 * Sets columns where what is there is earlier. No row is a success: it is later, was lost or is deleted.
 *
 * @param key columns and values that find the row
 * @param field column of the time, which `row` holds
 */
export function updateEarlier(supabase: SupabaseClient, table: string, key: Record<string, string>, field: string, row: Row): PromiseLike<unknown> {
  return supabase
    .from(table)
    .update(row)
    .match(key)
    .or(`${field}.is.null,${field}.lt.${String(row[field])}`);
}

/** The later one wins, whichever comes first. @param key its columns */
export async function upsertLater(supabase: SupabaseClient, table: string, row: Row, key: readonly string[], field: string): Promise<void> {
  await insertOnce(supabase, table, row, key.join(','));
  await updateEarlier(supabase, table, Object.fromEntries(key.map((column) => [column, String(row[column])])), field, row);
}

/** Succeeds where there is nothing. @param key columns and values that find the row */
export function deleteRow(supabase: SupabaseClient, table: string, key: Record<string, string>): PromiseLike<unknown> {
  return supabase.from(table).delete().match(key);
}

/** What was given, without keys that are absent or undefined; null is a value. */
export function given<T extends object>(fields: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]]))) as Partial<T>;
}

/** Columns of what is to be changed. @param columns of the fields */
export function columnsOf(fields: object, columns: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [columns[field] ?? field, value]));
}
