import { daysOfMonth } from '../../document/calendar.ts';
import { scaledFloor } from './decimal.ts';

/** Instants as text, with all of their digits: they never pass through `Date`, which has only milliseconds. */

/** An instant is `seconds` since 1970 (rounded down) and the digits of the fraction of a second; or one of Postgres' two infinities. */
export type Instant = { readonly seconds: number; readonly fraction: string } | 'infinity' | '-infinity';

export type Precision = 's' | 'ms' | 'us';

const digitsOf = { s: 0, ms: 3, us: 6 } as const;

const pattern = /^([+-]\d{4,6}|\d{4,6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/;

/**
 * Reads ISO 8601 with an offset, as Firestore and PostgREST write it, and Postgres' own spelling:
 * `2026-01-15 21:52:00.123456+00`, `0044-03-15 00:00:00+00 BC`, `infinity`.
 *
 * @param isUtc whether a text without an offset is in UTC; otherwise it is no instant
 */
export function parseInstant(text: string, isUtc = false): Instant | undefined {
  if (text === 'infinity' || text === '-infinity') return text;
  const [whole, years = '', month, day, hour, minute, second = '0', fraction = '', offset, era] = pattern.exec(text) ?? [];
  if (whole === undefined || (offset === undefined && !isUtc)) return undefined;
  const year = era === undefined ? Number(years) : 1 - Number(years);
  const date = { year, month: Number(month), day: Number(day) };
  const time = { hour: Number(hour), minute: Number(minute), second: Number(second) };
  const shift = secondsOfOffset(offset ?? 'Z');
  if (!isDate(date) || !isTime(time, fraction) || shift === undefined) return undefined;
  return { seconds: dayNumber(date) * 86_400 + time.hour * 3600 + time.minute * 60 + time.second - shift, fraction };
}

/** As in Postgres, a leap second is the first second of the next minute, and 24:00 is the next day. */
const isTime = ({ hour, minute, second }: { hour: number; minute: number; second: number }, fraction: string): boolean =>
  (hour < 24 && minute < 60 && second <= 60) || (hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(fraction));

function secondsOfOffset(offset: string): number | undefined {
  if (/^z$/i.test(offset)) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** The farthest that a number may be from 1970, in seconds: about 300,000 years, as in Postgres. */
const farthest = 10_000_000_000_000n;

/** Matches whole numbers that are exact as a double and nearer than `farthest`, which is how stores write most times. */
const plainNumber = /^(?:0|-?[1-9]\d{0,12})$/;

/** @param text a decimal number of seconds or milliseconds since 1970 */
export function instantOfNumber(text: string, unit: 's' | 'ms'): Instant | undefined {
  if (plainNumber.test(text)) {
    const [count, each] = [Number(text), unit === 's' ? 1 : 1000];
    const seconds = Math.floor(count / each);
    return { seconds, fraction: `${count - seconds * each}`.padStart(3, '0').padEnd(9, '0') };
  }
  const nanoseconds = scaledFloor(text, unit === 's' ? 9 : 6);
  if (nanoseconds === undefined) return undefined;
  const seconds = floorDivide(nanoseconds, 1_000_000_000n);
  if (seconds > farthest || seconds < -farthest) return undefined;
  return { seconds: Number(seconds), fraction: `${nanoseconds - seconds * 1_000_000_000n}`.padStart(9, '0') };
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b > a ? quotient - 1n : quotient;
}

/** ISO 8601 in UTC, rounded down to the precision, also before 1970; without a precision, with all of its digits. */
export function formatInstant(instant: Instant, precision?: Precision): string {
  if (typeof instant === 'string') return instant;
  const days = Math.floor(instant.seconds / 86_400);
  const rest = instant.seconds - days * 86_400;
  const two = (number: number) => `${Math.floor(number)}`.padStart(2, '0');
  return `${dateOf(days)}T${two(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}${ending(instant.fraction, precision)}`;
}

function ending(fraction: string, precision: Precision | undefined): string {
  const digits = precision === undefined ? fraction : fraction.slice(0, digitsOf[precision]).padEnd(digitsOf[precision], '0');
  return digits === '' ? 'Z' : `.${digits}Z`;
}

/** Matches instants in UTC on a day that its month has in every year, which is how stores write most of them. */
const plain =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|\+00(?::00)?)$/;

/**
 * Converts what `parseInstant` reads to what `formatInstant` writes.
 *
 * @returns `undefined` if the text is not an instant
 */
export function canonicalInstant(text: string, isUtc: boolean, precision?: Precision): string | undefined {
  if (plain.test(text)) {
    const offset = text.endsWith('Z') ? text.length - 1 : text.lastIndexOf('+');
    return `${text.slice(0, 10)}T${text.slice(11, 19)}${ending(text.slice(20, offset), precision)}`;
  }
  const instant = parseInstant(text, isUtc);
  return instant && formatInstant(instant, precision);
}

/**
 * Whether two instants, in the spelling of `formatInstant`, differ by at most the tolerance.
 *
 * @param tolerance in milliseconds
 */
export function isWithinTime(a: string, b: string, tolerance: number): boolean {
  if (a === b) return true;
  const [first, second] = [nanosecondsOf(a), nanosecondsOf(b)];
  if (first === undefined || second === undefined) return false;
  const apart = first > second ? first - second : second - first;
  return apart <= BigInt(tolerance) * 1_000_000n;
}

function nanosecondsOf(text: string): bigint | undefined {
  const instant = parseInstant(text);
  if (instant === undefined || typeof instant === 'string') return undefined;
  return BigInt(instant.seconds) * 1_000_000_000n + BigInt(instant.fraction.slice(0, 9).padEnd(9, '0'));
}

type CalendarDate = { readonly year: number; readonly month: number; readonly day: number };

const isDate = ({ year, month, day }: CalendarDate): boolean => day >= 1 && day <= daysOfMonth(month, year);

/** Days in 400 years, after which the calendar repeats. */
const eraDays = 146_097;

/** Days since 1970-01-01 in the Gregorian calendar; years as astronomers count them, with a year 0. Years begin in March here, so that the leap day is the last one. */
function dayNumber({ year, month, day }: CalendarDate): number {
  const march = month <= 2 ? year - 1 : year;
  const era = Math.floor(march / 400);
  const yearOfEra = march - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * eraDays + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** The inverse, as `2026-01-15`; years beyond four digits as in ISO 8601: `+010000-01-01`. */
function dateOf(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / eraDays);
  const dayOfEra = shifted - era * eraDays;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const text = year >= 0 && year <= 9999 ? `${year}`.padStart(4, '0') : `${year < 0 ? '-' : '+'}${`${Math.abs(year)}`.padStart(6, '0')}`;
  return `${text}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}`;
}

/** A text of `formatInstant` in a form that Postgres reads: its years have no sign, and there is no year 0. */
export function postgresInstant(text: string): string {
  const [, years = '', rest = ''] = /^([+-]\d+|0000)(-.*)$/.exec(text) ?? [];
  if (years === '') return text;
  const year = Number(years);
  return year > 0 ? `${year}${rest}` : `${`${1 - year}`.padStart(4, '0')}${rest} BC`;
}

const spans = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A span such as `500ms`, `2s` or `5m`, in milliseconds. */
export function parseSpan(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * spans[unit as keyof typeof spans];
}
