/** Calendar dates as `YYYY-MM-DD` text, years 0001 to 9999. No time zone is involved. */

export const dayMs = 86_400_000;

/** Days since 1970-01-01 of a time in milliseconds, in UTC. */
export const dayOf = (time: number): number => Math.floor(time / dayMs);

/** Days since 1970-01-01 of a valid calendar date. */
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs;

/** Whether the text is a date that exists: `2025-02-30` and `infinity` are not. */
export function isCalendarDate(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  return year >= 1 && day >= 1 && day <= daysOfMonth(month, year);
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days of a month, 1 to 12, in the Gregorian calendar; 0 for any other month. */
export const daysOfMonth = (month: number, year: number): number => (month === 2 && isLeap(year) ? 29 : (lengths[month - 1] ?? 0));

/** The date of a day since 1970-01-01. The week of 9999-12-27 ends in the year 10000, which Postgres writes without a sign: `10000-01-02`. */
export function dateOf(day: number): string {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith('+') ? text.replace(/T.*/, '').replace(/^\+0*/, '') : text.slice(0, text.indexOf('T'));
}

export const addDays = (date: string, days: number): string => dateOf(dayNumber(date) + days);

/** The seven days starting at a date. */
export function sevenDays(date: string): readonly string[] {
  const [month, first] = [date.slice(0, -2), Number(date.slice(-2))];
  // Every month has at least 28 days, so most weeks need no arithmetic.
  const isWithinMonth = first + 6 <= 28;
  return Array.from({ length: 7 }, (_, day) => (isWithinMonth ? `${month}${`${first + day}`.padStart(2, '0')}` : addDays(date, day)));
}

/** Days since the Monday on or before the date: 0 for a Monday, 6 for a Sunday. */
export function daysSinceMonday(date: string): number {
  // 1970-01-01 was a Thursday.
  return (((dayNumber(date) + 3) % 7) + 7) % 7;
}

/** In the order of `daysSinceMonday`. */
export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** The Monday on or before the date. */
export const mondayOf = (date: string): string => addDays(date, -daysSinceMonday(date));
