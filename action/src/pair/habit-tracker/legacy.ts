import * as z from 'zod/mini';
import { daysSinceMonday, isCalendarDate, mondayOf, sevenDays } from '../../document/calendar.ts';
import { canonicalJson, canonicalText } from '../../document/canonical.ts';
import { pathId, type Difference, type Document, type Field, type Hidden, type Key, type Path, type RowIds } from '../../document/document.ts';
import { compareIds } from '../../document/order.ts';
import { plainJson, type Json } from '../../document/json.ts';
import type { Placement, Row } from '../pair.ts';
import { dateText } from './columns.ts';
import { keyOf, level, type WeekKey } from './shape.ts';
import { knownStatus } from './status.ts';

/** Columns that say where a row belongs. The id is read as text: an int8 above 2^53 is rounded by JSON. */
export const legacyKeyColumns = 'row_id:id::text,user_id,child_name,week_start_date';
/** JSON is read as text too: its numbers would be rounded, and this way it is the same whether the column is `jsonb`, `json` or text. */
export const legacyParts = { theme: 'theme', reward: 'reward', habits: 'habits::text', reflection: 'reflection::text' } as const;
export const legacyColumns = `${legacyKeyColumns},${Object.values(legacyParts).join(',')},updated_at`;

export const legacyKeyRow = z.object({
  row_id: z.string(),
  user_id: z.nullable(z.string()),
  child_name: z.string(),
  week_start_date: z.nullable(dateText),
});
export type LegacyKeyRow = z.infer<typeof legacyKeyRow>;

export const legacyRow = z.extend(legacyKeyRow, {
  theme: z.nullable(z.string()),
  reward: z.nullable(z.string()),
  // JSON. Whatever is in there is checked part by part: a part that cannot be read is a finding, not an error.
  habits: z.nullable(z.string()),
  reflection: z.nullable(z.string()),
  updated_at: z.nullable(z.string()),
  // Parts that are too large to read.
  unread: z.optional(z.array(z.string())),
});
export type LegacyRow = z.infer<typeof legacyRow>;

export type WeekAlignment = 'skip' | 'monday' | 'exact';

/** The users who have a child of this canonical name. */
export type OwnersOf = (child: string) => ReadonlySet<string>;

const noIds: RowIds = {};
const rowIdsOf = (row: LegacyKeyRow): RowIds => ({ habit_tracker: [row.row_id] });

/** Where a legacy row belongs, from its key columns alone. */
export function placeLegacyRow(row: LegacyKeyRow, alignment: WeekAlignment, ownersOf: OwnersOf): Placement {
  const child = canonicalText(row.child_name) ?? '';
  const start = row.week_start_date;
  const unclaimed = (of: WeekKey, difference: Pick<Difference, 'kind' | 'level' | 'path' | 'legacy'>): Placement => ({
    kind: 'unclaimed',
    key: keyOf(of),
    difference: { ...difference, key: keyOf(of), normalized: null, rowIds: rowIdsOf(row) },
  });

  const owners = row.user_id === null ? ownersOf(child) : new Set([row.user_id]);
  const [owner = null] = owners.size === 1 ? owners : [];
  if (!isCalendarDate(start)) {
    return unclaimed(
      { owner, child, week: null },
      { kind: 'malformed', level: 'weeks', path: ['week_start_date'], legacy: start === null ? null : { text: start, readable: false } },
    );
  }
  const week = alignment === 'monday' ? mondayOf(start) : start;
  const key = { owner, child, week };
  if (alignment === 'skip' && daysSinceMonday(start) !== 0) return { kind: 'skipped', key: keyOf(key) };
  if (owners.size > 1) {
    return unclaimed(key, { kind: 'ambiguous-owner', level: 'children', path: null, legacy: { text: child, readable: false } });
  }
  return { kind: 'claim', key: keyOf(key) };
}

/** The content of a legacy row, counted on demand, and the part of it that a correct migration would have written. */
export function readLegacyRow(row: LegacyRow, alignment: WeekAlignment, ownersOf: OwnersOf): Row {
  const placement = placeLegacyRow(row, alignment, ownersOf);
  const habits = readHabits(row.habits);
  return {
    entry: placement.kind === 'claim' ? { ...placement, document: readDocument(row, habits, placement.key, placement.key[2] ?? '') } : placement,
    get raw() {
      return [0, 1, ...countRaw(habits)];
    },
  };
}

/** The elements of the column; or its text, if it is neither null nor a list. */
type Habits = { readonly elements: readonly Json[] } | { readonly instead: string };

function readHabits(text: string | null): Habits {
  if (text === null) return { elements: [] };
  let habits: Json;
  try {
    habits = JSON.parse(text) as Json;
  } catch {
    return { instead: text };
  }
  return habits === null || Array.isArray(habits) ? { elements: (habits as readonly Json[] | null) ?? [] } : { instead: said(habits) };
}

/** A string without its quotes: it is free text. */
const said = (value: Json): string => (typeof value === 'string' ? value : plainJson(value));

const isFilled = (cell: unknown): boolean => (typeof cell === 'string' ? (canonicalText(cell) ?? 'none') !== 'none' : cell !== null && cell !== undefined);

/** How much the row holds, whether it can be read or not: elements of the array, and filled cells. */
function countRaw(habits: Habits): [number, number] {
  if ('instead' in habits) return [0, 0];
  let records = 0;
  for (const habit of habits.elements) {
    const times = isRecord(habit) ? habit['times'] : undefined;
    if (Array.isArray(times)) for (const cell of times as Json[]) if (isFilled(cell)) records += 1;
  }
  return [habits.elements.length, records];
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same limit as in the dual-write: without one, work that grows faster than the number of habits could take indefinitely. */
const maxHabits = 200;

function readDocument(row: LegacyRow, habits: Habits, key: Key, week: string): Document {
  const rowIds = rowIdsOf(row);
  const fields = new Map<string, Field>();
  const hidden: Hidden[] = [];
  const problems: Difference[] = [];

  const add = (path: Path, value: string | null, readable: boolean, at: number, traits?: readonly string[]) =>
    fields.set(pathId(path), { path, value, level: at, readable, rowIds: noIds, ...(traits?.length && { traits }) });
  const attribute = (name: string, value: string | null, readable: boolean) =>
    fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: noIds });
  const malformed = (place: string, of: string, text: string | undefined, counterpart: Hidden) => {
    const legacy = text === undefined ? null : { text: text.slice(0, 10_000), readable: false };
    problems.push({ kind: 'malformed', level: of, key, path: [place], legacy, normalized: null, rowIds });
    hidden.push(counterpart);
  };

  attribute('theme', canonicalText(row.theme), false);
  attribute('reward', canonicalText(row.reward), false);
  for (const part of row.unread ?? []) malformed(part, part === 'habits' ? 'habits' : 'weeks', 'too large to be read', { prefix: [part], depth: 1 });
  const reflection = canonicalJson(row.reflection);
  if (reflection === undefined) malformed('reflection', 'weeks', row.reflection ?? undefined, { prefix: ['reflection'], depth: 1 });
  attribute('reflection', reflection ?? null, false);
  const days = sevenDays(week);
  attribute('week_end_date', days[6] ?? null, true);

  if ('instead' in habits) malformed('habits', 'habits', habits.instead, { prefix: ['habits'], depth: 2 });
  let elements = 'instead' in habits ? [] : habits.elements;
  if (elements.length > maxHabits) {
    malformed('habits', 'habits', `${elements.length} habits`, { prefix: ['habits'], depth: 2 });
    elements = [];
  }
  const names = elements.map(nameOf);
  const expectedNames = distinctNames(names);

  for (const [index, element] of elements.entries()) {
    const name = expectedNames[index];
    if (name === undefined) {
      // The normalized name column cannot be null, so its counterpart could only have an empty name.
      const place = isRecord(element) ? `habits[${index}].name` : `habits[${index}]`;
      malformed(place, 'habits', textOf(isRecord(element) ? element['name'] : element), { prefix: ['habits', ''], depth: 2 });
      continue;
    }
    add(['habits', name], name, false, level.habits, traitsOf(element, name !== names[index]));
    const times = isRecord(element) ? element['times'] : undefined;
    if (!Array.isArray(times) || times.length !== 7) {
      malformed(`habits[${index}].times`, 'records', textOf(times), { prefix: ['habits', name], depth: 3 });
      continue;
    }
    for (const [day, cell] of (times as Json[]).entries()) {
      if (!isFilled(cell)) continue;
      const path: Path = ['habits', name, days[day] ?? ''];
      const status = typeof cell === 'string' ? knownStatus(cell) : undefined;
      if (status === undefined) malformed(`habits[${index}].times[${day}]`, 'records', textOf(cell), { prefix: path, depth: 3 });
      else add(path, status, true, level.records);
    }
  }
  return { key, fields, rowIds, hidden, problems, writtenAt: timeOf(row.updated_at) };
}

const textOf = (value: Json | undefined): string | undefined => (value === undefined ? undefined : said(value));

/** Traits of habits that have been lost before. */
export const habitTraits = {
  'millisecond-id': 'whose id is a millisecond timestamp',
  'repeated-name': 'whose name repeats within the week',
} as const;

function traitsOf(element: Json, isRepeated: boolean): (keyof typeof habitTraits)[] {
  const id = isRecord(element) ? Number(element['id']) : Number.NaN;
  // `Date.now()` between 2001 and 2286.
  return [...(id >= 1e12 && id < 1e13 ? (['millisecond-id'] as const) : []), ...(isRepeated ? (['repeated-name'] as const) : [])];
}

/** A name with a NUL, which only a column of type `json` can hold, is not a text that the other side could store. */
function nameOf(element: Json): string | undefined {
  const name = isRecord(element) ? element['name'] : undefined;
  return typeof name === 'string' && !name.includes('\0') ? (canonicalText(name) ?? undefined) : undefined;
}

/**
 * The names under which the normalized side stores habits, since names are unique within a week there: a repeated name becomes `A`, `A
 * (2)`, `A (3)` … in array order, each time the first free one. Every name in the row counts as taken, so `A`, `A`, `A (2)` become `A`, `A
 * (3)`, `A (2)`.
 *
 * @param names canonical; `undefined` if there is none, which stays so
 */
function distinctNames(names: readonly (string | undefined)[]): (string | undefined)[] {
  const taken = new Set(names);
  const used = new Set<string>();
  const nextNumber = new Map<string, number>();
  return names.map((name) => {
    if (name === undefined || !used.has(name)) {
      if (name !== undefined) used.add(name);
      return name;
    }
    let number = nextNumber.get(name) ?? 2;
    while (taken.has(`${name} (${number})`)) number += 1;
    nextNumber.set(name, number + 1);
    const distinct = `${name} (${number})`;
    taken.add(distinct);
    used.add(distinct);
    return distinct;
  });
}

/** Of two rows that claim one week, the one updated last takes precedence, then the one with the highest id. */
export function compareClaims(a: LegacyRow, b: LegacyRow): number {
  return compareTimestamps(b.updated_at, a.updated_at) || compareIds(b.row_id, a.row_id);
}

/** Microseconds matter, and a `Date` has none: `…00.5+00:00` and `…00.500001+00:00` differ. `null` is oldest, as in the dual-write. */
function compareTimestamps(a: string | null, b: string | null): number {
  return Number(a !== null) - Number(b !== null) || instant(a) - instant(b) || microseconds(a) - microseconds(b);
}

function instant(timestamp: string | null): number {
  if (timestamp === null || timestamp === '-infinity') return Number.NEGATIVE_INFINITY;
  const time = Date.parse(timestamp.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

/** Milliseconds since 1970, of a time that there is. */
export function timeOf(timestamp: string | null | undefined): number | undefined {
  const time = instant(timestamp ?? null);
  return Number.isFinite(time) ? time : undefined;
}

const microseconds = (timestamp: string | null): number => Number(/\.\d{3}(\d{1,3})/.exec(timestamp ?? '')?.[1]?.padEnd(3, '0') ?? 0);
