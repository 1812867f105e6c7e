/** Calendar dates as `YYYY-MM-DD` text, years 0001 to 9999. No time zone takes part. */

const dayMs = 86_400_000;

/** Days since 1970-01-01 of a valid calendar date. */
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs;

/** Whether the text is a date that exists: `2025-02-30` and `infinity` are not. */
export function isCalendarDate(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false;
  const day = dayNumber(text);
  return !Number.isNaN(day) && fromDayNumber(day) === text;
}

/** The week of 9999-12-27 ends in the year 10000, which Postgres writes without a sign: `10000-01-02`. */
function fromDayNumber(day: number): string {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith('+') ? text.replace(/T.*/, '').replace(/^\+0*/, '') : text.slice(0, text.indexOf('T'));
}

export const addDays = (date: string, days: number): string => fromDayNumber(dayNumber(date) + days);

/** The seven days from a date on. Asked again for the same date it gives the same list: weeks of one date come together. */
export function sevenDays(date: string): readonly string[] {
  if (last?.date !== date) last = { date, days: Array.from({ length: 7 }, (_, day) => addDays(date, day)) };
  return last.days;
}

let last: { date: string; days: readonly string[] } | undefined;

/** Days since the Monday on or before the date: 0 for a Monday, 6 for a Sunday. */
export function daysSinceMonday(date: string): number {
  // 1970-01-01 was a Thursday.
  return (((dayNumber(date) + 3) % 7) + 7) % 7;
}

/** In the order of `daysSinceMonday`. */
export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** The Monday on or before the date. */
export const mondayOf = (date: string): string => addDays(date, -daysSinceMonday(date));
