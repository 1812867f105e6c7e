/** What both stores take as the name of something, and as a day. */

const longest = 128;

/** A key of the Realtime Database that Postgres can store as well. */
export const isId = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && [...value].length <= longest && !/[.#$[\]/\p{Cc}]/u.test(value) && value.isWellFormed();

/** A day of the calendar, `2025-11-19`. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value) || value < '0001-01-01') return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
