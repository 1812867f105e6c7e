import { isRecord, parseExactly } from './json.ts';

/** What a caller may send, and every reason why it is not that. */

export const operations = ['create_week', 'update_habit_record', 'delete_week', 'verify_consistency'] as const;
export type Operation = (typeof operations)[number];

export interface Problem {
  code: 'invalid_body' | 'unknown_operation' | 'invalid_field' | 'missing_idempotency_key';
  message: string;
  /** Every field that is wrong, not just the first. */
  details: { field: string; message: string }[];
}

export interface DualWriteRequest {
  operation: Operation;
  /** The fields of the operation, and no others. */
  data: Record<string, unknown>;
  /** `null` only for an operation that writes nothing. */
  key: string | null;
}

type Check = (value: unknown) => string | undefined;

const statuses = ['', 'green', 'yellow', 'red', 'none'];
const minutesAhead = 5;
const longestHabit = 500;
const mostHabits = 200;
/** Levels of arrays and objects in a field. */
const deepest = 32;
/** Characters of a number. */
const longestNumber = 400;
/** One calendar for everybody: from 0001-01-01 to 9999-12-31, and the week ends within it. */
const firstMoment = Date.parse('0001-01-01T00:00:00Z');
const lastWeekStart = '9999-12-25';

/**
 * @param text the body as it came
 * @param service whether the service key asks, which must say for whom
 */
export function readRequest(text: string, key: string | null, service: boolean, now: number): DualWriteRequest | Problem {
  const { body, isWhole } = parse(text);
  if (!isRecord(body)) return problem('invalid_body', 'The body is not a JSON object.');
  const { operation, data } = body;
  if (typeof operation !== 'string' || !isOperation(operation)) {
    return problem('unknown_operation', `The operation must be one of ${operations.join(', ')}.`, [
      { field: 'operation', message: `must be one of ${operations.join(', ')}` },
    ]);
  }
  if (!isRecord(data)) {
    return problem('invalid_field', 'The data must be a JSON object.', [{ field: 'data', message: 'must be an object' }]);
  }

  const checks = new Map(Object.entries(fieldsOf(operation, service, now)));
  // What nobody asked for is left out below. It may be anything that JSON can say and a database can store.
  const details = [...new Set([...checks.keys(), ...Object.keys(data)])].flatMap((name) => {
    const message = whyNotStorable({ [name]: data[name] }) ?? checks.get(name)?.(data[name]);
    return message === undefined ? [] : [{ field: `data.${name}`, message }];
  });
  const keyProblem = operation === 'verify_consistency' ? undefined : checkKey(key);
  if (keyProblem !== undefined) details.push({ field: 'X-Idempotency-Key', message: keyProblem });
  if (details.length === 1 && keyProblem !== undefined && !key) {
    return problem('missing_idempotency_key', 'The header X-Idempotency-Key is missing.', details);
  }
  if (details.length > 0) {
    return problem('invalid_field', `Wrong: ${details.map(({ field }) => field).join(', ')}.`, details);
  }
  if (!isWhole) return problem('invalid_body', `The body is nested more than ${deepest} levels deep.`);
  return { operation, data: only([...checks.keys()], data), key: operation === 'verify_consistency' ? null : key };
}

/** The fields of these names; of a habit those that a habit has. */
function only(names: readonly string[], data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(data, name))
      .map((name) => {
        const value = data[name];
        return [
          name,
          name === 'habits' && Array.isArray(value) ? value.map((habit) => (isRecord(habit) ? only(['id', 'name', 'times'], habit) : habit)) : value,
        ];
      }),
  );
}

function problem(code: Problem['code'], message: string, details: Problem['details'] = []): Problem {
  return { code, message, details };
}

/** @returns the body, and whether it is as it was sent: one that is nested too deep to be read exactly is here to be refused */
function parse(text: string): { body?: unknown; isWhole: boolean } {
  try {
    return { body: parseExactly(text), isWhole: true };
  } catch (error) {
    return error instanceof RangeError ? { body: JSON.parse(text), isWhole: false } : { isWhole: false };
  }
}

const isOperation = (text: string): text is Operation => operations.some((operation) => operation === text);

function fieldsOf(operation: Operation, service: boolean, now: number): Record<string, Check> {
  const week: Record<string, Check> = {
    user_id: service ? isUuid : optional(isUuid),
    child_name: nameOfAtMost(100),
    week_start_date: isDate,
  };
  if (operation === 'create_week') {
    return { ...week, habits: areHabits, theme: optional(isText), reward: optional(isText), reflection: optional(isObject) };
  }
  if (operation === 'update_habit_record') {
    // A name that repeats within the week carries a number here: ` (2)`.
    return { ...week, habit_name: nameOfAtMost(longestHabit + 10), day: isDay, status: isStatus, occurred_at: optional(isMoment(now)) };
  }
  return week;
}

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null ? undefined : check(value);

const isUuid: Check = (value) => (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? undefined : 'must be a UUID');

const isText: Check = (value) => (typeof value === 'string' ? undefined : 'must be text');

const isObject: Check = (value) => (isRecord(value) ? undefined : 'must be an object');

const isDay: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 6 ? undefined : 'must be a whole number from 0 to 6';

const isStatus: Check = (value) => (typeof value === 'string' && statuses.includes(value) ? undefined : "must be one of '', green, yellow, red, none");

/** The length counts code points after NFC and trimming, as the database does. */
const nameOfAtMost =
  (length: number): Check =>
  (value) => {
    if (typeof value !== 'string') return 'must be text';
    const count = [...value.normalize('NFC').trim()].length;
    return count >= 1 && count <= length ? undefined : `must have 1 to ${length} characters`;
  };

const isDate: Check = (value) => {
  if (typeof value !== 'string' || !isCalendarDate(value)) return 'must be a date like 2025-10-13';
  return value <= lastWeekStart ? undefined : `must not be later than ${lastWeekStart}`;
};

function isCalendarDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === '' || year === '0000') return false;
  const date = new Date(`${year}-01-01T00:00:00Z`);
  date.setUTCMonth(Number(month) - 1, Number(day));
  return date.toISOString().startsWith(text);
}

const isMoment =
  (now: number): Check =>
  (value) => {
    const iso = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)$/;
    const [, date = ''] = (typeof value === 'string' && iso.exec(value)) || [];
    // ISO 8601 knows an offset in whole hours, `Date` does not.
    const moment = isCalendarDate(date) ? Date.parse(String(value).replace(/[+-]\d\d$/, '$&:00')) : Number.NaN;
    if (!(moment >= firstMoment)) return 'must be an ISO 8601 time with its offset, like 2025-10-13T08:30:00Z';
    return moment <= now + minutesAhead * 60_000 ? undefined : `must not be more than ${minutesAhead} minutes ahead`;
  };

const areHabits: Check = (value) => {
  if (!Array.isArray(value)) return 'must be an array';
  if (value.length > mostHabits) return `must have at most ${mostHabits} habits`;
  const wrong = value.flatMap((habit: unknown, index) => {
    const { name, times, id } = isRecord(habit) ? habit : {};
    return [
      ...(nameOfAtMost(longestHabit)(name) === undefined ? [] : [`[${index}].name must have 1 to ${longestHabit} characters`]),
      ...(areCells(times) ? [] : [`[${index}].times must be seven of '', green, yellow, red, none`]),
      ...(isHabitId(id) ? [] : [`[${index}].id must be a whole number of at most 2^53 - 1, or text`]),
    ];
  });
  return wrong.length === 0 ? undefined : wrong.join('; ');
};

const areCells = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 7 && value.every((cell: unknown) => cell === null || isStatus(cell) === undefined);

const isHabitId = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string' || Number.isSafeInteger(value);

/**
 * Postgres stores neither NUL nor half a surrogate pair, in no text at any depth, and gives up where that has no end. Putting marks
 * in order costs it the square of how many follow each other: more than Unicode's Stream-Safe Text Format allows are no text.
 * A number is written out with all of its zeros.
 */
function whyNotStorable(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) return 'must not contain NUL or lone surrogates';
    return /\p{M}{31}/u.test(value) ? 'must not have more than 30 combining marks in a row' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (JSON.isRawJSON(value)) return whyNoNumber(value.rawJSON);
  if (depth > deepest) return `must not be nested more than ${deepest} levels deep`;
  const parts: unknown[] = Array.isArray(value) ? value : Object.entries(value).flat();
  for (const part of parts) {
    const reason = whyNotStorable(part, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function whyNoNumber(text: string): string | undefined {
  const value = Number(text);
  const isTooSmall = value === 0 && /^[^eE]*[1-9]/.test(text);
  return Number.isFinite(value) && !isTooSmall && text.length <= longestNumber ? undefined : 'must not contain numbers that are too long or out of range';
}

function checkKey(key: string | null): string | undefined {
  if (!key) return 'is missing';
  return /^[\x20-\x7e]{1,255}$/.test(key) ? undefined : 'must be 1 to 255 printable characters';
}
