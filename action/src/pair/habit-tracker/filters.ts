import { addDays, isCalendarDate } from '../../document/calendar.ts';
import { compareText } from '../../document/order.ts';
import { isIn, isNamed, maxFilterLength, quote } from '../../store/postgrest/filter.ts';
import type { WeekAlignment } from './legacy.ts';
import type { WeekKey } from './shape.ts';

/** Filters for the rows of some weeks, short enough for a URL. */

export const maxKeysPerRead = 100;

/** Batches of keys whose filters fit into a URL, with keys of the same date next to each other. */
export function batches(keys: readonly WeekKey[], conditionLength: number, lengthOf: (key: WeekKey) => number): WeekKey[][] {
  const sorted = keys.toSorted((a, b) => compareText(a.week ?? '', b.week ?? '') || compareText(a.child, b.child));
  const result: WeekKey[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const key of sorted) {
    const batch = result.at(-1);
    // The length that the key adds to a list; the first key of a date also adds the condition on it.
    const own = lengthOf(key) + (batch?.at(-1)?.week === key.week ? 0 : conditionLength);
    if (!batch || batch.length >= maxKeysPerRead || length + own > maxFilterLength) {
      result.push([key]);
      length = own + conditionLength;
    } else {
      batch.push(key);
      length += own;
    }
  }
  return result;
}

/** Lengths in a URL: of a row id in quotes, of a condition on a date, and of one on a date and an owner. */
export const idLength = 46;
export const dateLength = 75;
export const ownedDateLength = 110;

/** As the database writes it. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** One side may have owners as text: what is no UUID is left out, since a column of type uuid refuses to be asked for it. */
export const ownersIn = (keys: readonly WeekKey[]): string =>
  isIn('user_id', new Set(keys.flatMap(({ owner }) => (owner !== null && isUuid(owner) ? owner : []))));

export const ofOwnersOrNobody = (keys: readonly WeekKey[]): string => `or(${['user_id.is.null', ownersIn(keys)].filter(Boolean).join(',')})`;

export const byWeek = (keys: readonly WeekKey[]): ReadonlyMap<string | null, WeekKey[]> => Map.groupBy(keys, ({ week }) => week);

/** Of these weeks, those that a legacy row may claim: dates that exist. A column of type date refuses to be asked for any other text. */
export const ofLegacy = (keys: readonly WeekKey[]): WeekKey[] => keys.filter(({ week }) => week === null || isCalendarDate(week));

/** @param hasOddDates whether a date that cannot be read may be any text: then whatever the child has is read to find it */
export function legacyFilterFor(
  keys: readonly WeekKey[],
  alignment: WeekAlignment,
  spellingsOf: (key: WeekKey) => Iterable<string>,
  hasOddDates: boolean,
): string {
  const conditions = [...byWeek(ofLegacy(keys))].map(([week, same]) => {
    const who = isNamed('child_name', new Set(same.flatMap((key) => [...spellingsOf(key)])));
    const ofAll = same.every(({ owner }) => owner === null || isUuid(owner)) ? ofOwnersOrNobody(same) : 'child_name.not.is.null';
    const when = week === null && hasOddDates ? ofAll : dateCondition(week, alignment);
    return `and(${when},${who.length === 1 ? who.join('') : `or(${who.join(',')})`})`;
  });
  return conditions.join(',');
}

export function dateCondition(week: string | null, alignment: WeekAlignment): string {
  // Rows without a readable date, of a column of type date: null, or outside the calendar.
  if (week === null) return 'or(week_start_date.is.null,week_start_date.gt.9999-12-31,week_start_date.lt.0001-01-01)';
  if (alignment !== 'monday') return `week_start_date.eq.${quote(week)}`;
  // The last week of the calendar is cut short.
  return `week_start_date.gte.${week},week_start_date.lte.${week > '9999-12-25' ? '9999-12-31' : addDays(week, 6)}`;
}

export function weekFilterFor(keys: readonly WeekKey[], idsOf: (key: WeekKey) => readonly string[]): string {
  const conditions = [...byWeek(keys)].flatMap(([week, same]) => {
    const ids = new Set(same.flatMap(idsOf));
    return week === null || ids.size === 0 ? [] : [`and(week_start_date.eq.${quote(week)},${isIn('child_id', ids)})`];
  });
  return conditions.join(',');
}
