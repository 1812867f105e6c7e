import { addDays, isCalendarDate } from '../../document/calendar.ts';
import { canonicalText } from '../../document/canonical.ts';
import { chunksOf } from '../../document/chunks.ts';
import { keyId, readSegment, type Difference, type Key } from '../../document/document.ts';
import { compareText } from '../../document/order.ts';
import type { Finding } from '../../report/report.ts';
import { encodedLength, isIn, isNamed, maxFilterLength, quote } from '../../store/postgrest/filter.ts';
import { ReadError } from '../../store/errors.ts';
import type { Reader } from '../../store/postgrest/reader.ts';
import type { Entity, Pair, Reading } from '../pair.ts';
import { createChildren, type Children } from './children.ts';
import { dualWriteHealth, readHealth } from './health.ts';
import { createDigester, readInDatabase } from './digest.ts';
import { createProvenance } from './provenance.ts';
import { repairSteps } from './repair.ts';
import { words } from './words.ts';
import { compareClaims, legacyKeyColumns, legacyKeyRow, placeLegacyRow, readLegacyRow, type LegacyRow, type WeekAlignment } from './legacy.ts';
import { childColumns, childRow, readWeek, readWeekRow, weekKeyColumns, weekKeyRow, type BriefWeekRow, type WeekKeyRow, type WeekRow } from './normalized.ts';
import { withTypes } from './columns.ts';
import { createHoldings } from './holdings.ts';
import { countingReads, type Reads } from './reads.ts';
import { createRowReader } from './rows.ts';
import { groupOfChild, keyOf, shape, weekId, weekKeyOf, type WeekKey } from './shape.ts';
import { createSight } from './visibility.ts';

const maxKeysPerRead = 100;

const types: Record<Exclude<Difference['kind'], 'missing' | 'orphan'>, Pick<Finding, 'type' | 'severity'>> = {
  mismatch: { type: 'DATA_MISMATCH', severity: 'medium' },
  duplicate: { type: 'DUPLICATE_WEEK', severity: 'high' },
  malformed: { type: 'MALFORMED_LEGACY', severity: 'medium' },
  'ambiguous-owner': { type: 'AMBIGUOUS_OWNER', severity: 'medium' },
  'wrong-owner': { type: 'WRONG_OWNER', severity: 'critical' },
  count: { type: 'COUNT_MISMATCH', severity: 'high' },
};

const singular: Record<string, string> = { children: 'CHILD', weeks: 'WEEK', habits: 'HABIT', records: 'RECORD' };

/**
 * `habit_tracker` against `children`, `weeks`, `habits` and `habit_records`.
 *
 * @param isPrivileged whether row-level security hides nothing from the key
 */
export function createHabitTrackerPair(plainReader: Reader, alignment: WeekAlignment, isPrivileged: boolean): { readonly pair: Pair; readonly weeks: Entity } {
  const reads: Reads = { legacy: 0, normalized: 0 };
  const reader = withTypes(countingReads(plainReader, reads));
  const children = createChildren();
  const rowReader = createRowReader(reader);
  /** How the names of children are spelled in the tables, by canonical name: a filter compares bytes. */
  const spellings = new Map<string, Set<string>>();
  const learnSpelling = (name: string) => {
    const child = canonicalText(name) ?? '';
    const known = spellings.get(child);
    if (known) known.add(name);
    else spellings.set(child, new Set([child, name]));
  };
  const spellingsOf = (key: WeekKey): Set<string> => spellings.get(key.child) ?? new Set([key.child]);

  /** Children that were written since the others were read. */
  async function learnChildren(rows: readonly Pick<WeekKeyRow, 'child_id'>[], known: Children): Promise<void> {
    const unknown = new Set(rows.map((row) => row.child_id).filter((id) => !known.childOf(id)));
    for (const ids of chunksOf([...unknown], maxKeysPerRead)) {
      const { rows: found } = await reader.select('children', childColumns, childRow, (query) => query.in('id', ids));
      found.forEach((row) => learnSpelling(row.name));
      known.add(found);
    }
  }

  /** Hands over rows of both sides, among them all that belong to the keys, once `fresh` has learned their children. */
  type ReadRows = (
    keys: readonly WeekKey[],
    fresh: Children,
    take: { legacy: (rows: readonly LegacyRow[]) => void; weeks: (rows: readonly (WeekRow | BriefWeekRow)[]) => Promise<void> },
  ) => Promise<void>;

  const readApart: ReadRows = async (keys, fresh, take) => {
    const names = new Set(keys.flatMap((key) => [...spellingsOf(key)]));
    const who = isNamed('name', names).join(',');
    for await (const rows of reader.found('children', childColumns, childRow, (query) => query.or(who))) fresh.add(rows);

    const legacyFilter = legacyFilterFor(keys, alignment, spellingsOf);
    const weekFilter = weekFilterFor(keys, (key) => {
      const ids = fresh.idsOf(key);
      // A week without a child row is named by the id of the row that is not there.
      return ids.length > 0 || !isUuid(key.child) ? ids : [key.child];
    });
    // Both at once: the less there is between them, the less is written in between.
    const legacy: LegacyRow[] = [];
    const weeks: WeekRow[] = [];
    await Promise.all([
      collect(
        rowReader.legacy((query) => query.or(legacyFilter)),
        legacy,
      ),
      weekFilter === ''
        ? undefined
        : collect(
            rowReader.weeks((query) => query.or(weekFilter)),
            weeks,
          ),
    ]);
    take.legacy(legacy);
    await take.weeks(weeks);
  };

  const readTogether: ReadRows = async (keys, fresh, take) => {
    const spelled = keys.flatMap((key) => [...spellingsOf(key)].map((name) => ({ ...key, name })));
    const rows = await readInDatabase(reader, alignment, spelled);
    reads.legacy += rows.legacy.length;
    reads.normalized += rows.weeks.length + rows.children.length;
    fresh.add(rows.children);
    take.legacy(rows.legacy);
    await take.weeks(rows.weeks);
  };

  /**
   * How the children of these keys are spelled now, by what a key means: rows of its owner, and on the legacy side those of
   * its date that name none.
   *
   * @returns the keys of which a new spelling was found
   */
  async function learnSpellings(keys: readonly WeekKey[]): Promise<WeekKey[]> {
    const known = new Map(keys.map((key) => [key, spellingsOf(key).size]));
    for (const some of batches(keys, ownedDateLength, () => idLength)) {
      const owners = ownersIn(some);
      if (owners !== '') {
        for await (const rows of reader.found('children', childColumns, childRow, (query) => query.or(owners))) rows.forEach((row) => learnSpelling(row.name));
      }
      const dates = [...byWeek(some)]
        .map(([week, same]) => `and(${dateCondition(week, alignment)},or(${['user_id.is.null', ownersIn(same)].filter(Boolean).join(',')}))`)
        .join(',');
      for await (const rows of reader.found('habit_tracker', legacyKeyColumns, legacyKeyRow, (query) => query.or(dates)))
        rows.forEach((row) => learnSpelling(row.child_name));
    }
    return keys.filter((key) => spellingsOf(key).size > (known.get(key) ?? 0));
  }

  async function readBatch(keys: readonly WeekKey[], readRows: ReadRows, readings: Map<string, Reading>): Promise<void> {
    const asked = new Map(keys.map((key) => [weekId(key), key]));
    const fresh = createChildren();
    const claims = new Map<string, LegacyRow[]>();
    const unclaimed = new Map<string, Difference[]>();
    const weeks = new Map<string, (WeekRow | BriefWeekRow)[]>();
    const found: Parameters<ReadRows>[2] = {
      legacy(rows) {
        for (const row of rows) {
          const placement = placeLegacyRow(row, alignment, fresh.ownersOf);
          if (placement.kind === 'skipped') continue;
          const id = keyId(placement.key);
          if (placement.kind === 'claim') claims.set(id, [...(claims.get(id) ?? []), row]);
          else unclaimed.set(id, [...(unclaimed.get(id) ?? []), placement.difference]);
        }
      },
      async weeks(rows) {
        await learnChildren(rows, fresh);
        for (const row of rows) {
          const id = keyId(keyOfWeek(row, fresh));
          weeks.set(id, [...(weeks.get(id) ?? []), row]);
        }
      },
    };
    await readRows(keys, fresh, found);
    // Whatever is not there may have come back under a name that is spelled in a way that nobody had seen.
    const respelled = await learnSpellings(keys.filter((key) => !claims.has(weekId(key)) || !fresh.has(key)));
    if (respelled.length > 0) {
      for (const key of respelled) for (const rows of [claims, unclaimed, weeks]) rows.delete(weekId(key));
      const isRespelled = new Set(respelled.map(weekId));
      await readRows(respelled, fresh, {
        legacy: (rows) => found.legacy(rows.filter((row) => isRespelled.has(keyId(placeLegacyRow(row, alignment, fresh.ownersOf).key)))),
        async weeks(rows) {
          await learnChildren(rows, fresh);
          await found.weeks(rows.filter((row) => isRespelled.has(keyId(keyOfWeek(row, fresh)))));
        },
      });
    }

    for (const [id, key] of asked) {
      const claiming = (claims.get(id) ?? []).sort(compareClaims);
      readings.set(id, {
        // Documents are many times as large as their rows, and live no longer than it takes to explain one week.
        get expected() {
          return claiming.flatMap((row) => {
            const { entry } = readLegacyRow(row, alignment, fresh.ownersOf);
            return entry.kind === 'claim' ? [entry.document] : [];
          });
        },
        get actual() {
          return (weeks.get(id) ?? []).map((row) => readWeekRow(row, keyOfWeek(row, fresh)));
        },
        unclaimed: unclaimed.get(id) ?? [],
        groupExists: fresh.has(key),
      });
    }
  }

  async function readAll(parts: Iterable<readonly WeekKey[]>, readRows: ReadRows): Promise<Map<string, Reading>> {
    const readings = new Map<string, Reading>();
    for (const keys of parts) await readPart(keys, readRows, readings);
    return readings;
  }

  /** Half as many keys at a time where their rows are too much for one answer, and what is too much alone part by part. */
  async function readPart(keys: readonly WeekKey[], readRows: ReadRows, readings: Map<string, Reading>): Promise<void> {
    try {
      await readBatch(keys, readRows, readings);
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch !== 'bytes' || (keys.length === 1 && readRows === readApart)) throw error;
      if (keys.length === 1) return readBatch(keys, readApart, readings);
      const middle = Math.ceil(keys.length / 2);
      for (const half of [keys.slice(0, middle), keys.slice(middle)]) await readPart(half, readRows, readings);
    }
  }

  const weeks: Entity = {
    name: 'weeks',
    shape,
    // A child whole, so that a row without an owner is in the part of every child that it may mean.
    partText: ([, child]) => child ?? '',
    async prepare() {
      for await (const rows of reader.pages('children', childColumns, childRow)) {
        rowReader.seen(rows.length);
        rows.forEach((row) => learnSpelling(row.name));
        children.add(rows);
      }
    },

    holdings: createHoldings(reader),
    *groups() {
      for (const child of children.all()) yield groupOfChild(child);
    },

    digester: {
      ...createDigester(
        reader,
        alignment,
        children,
        (ids) =>
          learnChildren(
            ids.map((id) => ({ child_id: id })),
            children,
          ),
        learnSpelling,
      ),
      read: async (keys) => readAll(chunksOf(keys.map(weekKeyOf), maxKeysPerRead), readTogether),
    },

    expected: {
      count: () => reader.count('habit_tracker'),

      async *keys() {
        for await (const rows of reader.pages('habit_tracker', legacyKeyColumns, legacyKeyRow)) {
          rows.forEach((row) => learnSpelling(row.child_name));
          yield rows.map((row) => placeLegacyRow(row, alignment, children.ownersOf));
        }
      },

      async *documents() {
        for await (const rows of rowReader.legacy()) {
          rows.forEach((row) => learnSpelling(row.child_name));
          yield each(rows, (row) => readLegacyRow(row, alignment, children.ownersOf));
        }
      },
    },

    actual: {
      count: () => reader.count('weeks'),

      async *keys() {
        for await (const rows of reader.pages('weeks', weekKeyColumns, weekKeyRow)) {
          await learnChildren(rows, children);
          yield rows.map((row) => ({ kind: 'claim', key: keyOfWeek(row, children) }));
        }
      },

      async *documents() {
        for await (const rows of rowReader.weeks()) {
          await learnChildren(rows, children);
          yield each(rows, (row) => readWeek(row, keyOfWeek(row, children)));
        }
      },
    },

    read: async (keys) =>
      readAll(
        batches(keys.map(weekKeyOf), dateLength, (key) => Math.max(encodedLength(isNamed('', spellingsOf(key)).join(',')), idLength)),
        readApart,
      ),

    sight: createSight(isPrivileged),

    findingType(difference) {
      if (difference.kind !== 'missing' && difference.kind !== 'orphan') return types[difference.kind];
      const severity = difference.kind === 'missing' ? 'critical' : 'high';
      return { type: `${difference.kind.toUpperCase()}_${singular[difference.level] ?? ''}`, severity };
    },

    renderPath(path, text) {
      // Attributes and places in a legacy row are names of ours.
      if (path.length === 1) return path;
      const [collection = '', ...segments] = path;
      const shown = segments.map((segment, depth) => {
        const { name, copy } = readSegment(segment);
        const plain = depth > 0 && isCalendarDate(name) ? name : text(name);
        return copy === undefined ? plain : `${plain} [row ${copy}]`;
      });
      return [collection, ...shown];
    },
  };

  const pair: Pair = {
    name: 'habit-tracker',
    words,
    entities: [weeks],
    isDeclared: false,
    isBilled: false,
    aside: () => ({ reads: { ...reads }, notCompared: {}, remarks: [] }),
    sourceVersions: new Set(['new_schema', 'migration', 'dual_write', 'new_schema_only']),
    health: async () => readHealth(await reader.call('dual_write_health', {}, dualWriteHealth)),
    provenance: createProvenance(reader, (child) => {
      const ids = children.idsOf(child);
      return ids.length > 0 || !isUuid(child.child) ? ids : [child.child];
    }),
    repair: (damage) => repairSteps(damage, alignment),
  };
  return { pair, weeks };
}

/** A week whose child row is not there belongs to a child that only its id names. */
function keyOfWeek(row: WeekKeyRow, known: Children): Key {
  const child = known.childOf(row.child_id) ?? { owner: row.user_id, child: row.child_id };
  return keyOf({ ...child, week: row.week_start_date });
}

/** One at a time, as they are asked for: documents that live no longer than a moment cost no memory. */
function* each<T, U>(items: readonly T[], make: (item: T, index: number) => U): Generator<U> {
  for (const [index, item] of items.entries()) yield make(item, index);
}

async function collect<T>(pages: AsyncIterable<readonly T[]>, into: T[]): Promise<void> {
  for await (const rows of pages) into.push(...rows);
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Keys of one date side by side, in parts whose filters fit into a URL. */
function batches(keys: readonly WeekKey[], conditionLength: number, lengthOf: (key: WeekKey) => number): WeekKey[][] {
  const sorted = keys.toSorted((a, b) => compareText(a.week ?? '', b.week ?? '') || compareText(a.child, b.child));
  const result: WeekKey[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const key of sorted) {
    const batch = result.at(-1);
    // What the key adds to a list; with the first key of a date goes the condition on it.
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

/** In a URL: the id of a row in quotes; a condition on a date; and one on a date and on whose row it is. */
const idLength = 46;
const dateLength = 75;
const ownedDateLength = 110;

const ownersIn = (keys: readonly WeekKey[]): string => isIn('user_id', new Set(keys.flatMap(({ owner }) => owner ?? [])));

function byWeek(keys: readonly WeekKey[]): Map<string | null, WeekKey[]> {
  const weeks = new Map<string | null, WeekKey[]>();
  for (const key of keys) {
    const same = weeks.get(key.week);
    if (same) same.push(key);
    else weeks.set(key.week, [key]);
  }
  return weeks;
}

function legacyFilterFor(keys: readonly WeekKey[], alignment: WeekAlignment, spellingsOf: (key: WeekKey) => Set<string>): string {
  const conditions = [...byWeek(keys)].map(([week, same]) => {
    const who = isNamed('child_name', new Set(same.flatMap((key) => [...spellingsOf(key)])));
    return `and(${dateCondition(week, alignment)},${who.length === 1 ? who.join('') : `or(${who.join(',')})`})`;
  });
  return conditions.join(',');
}

function dateCondition(week: string | null, alignment: WeekAlignment): string {
  // Rows from which no date can be read: none, or one outside of the calendar.
  if (week === null) return 'or(week_start_date.is.null,week_start_date.gt.9999-12-31,week_start_date.lt.0001-01-01)';
  if (alignment !== 'monday' || !isCalendarDate(week)) return `week_start_date.eq.${quote(week)}`;
  // The last week of the calendar is cut short.
  return `week_start_date.gte.${week},week_start_date.lte.${week > '9999-12-25' ? '9999-12-31' : addDays(week, 6)}`;
}

function weekFilterFor(keys: readonly WeekKey[], idsOf: (key: WeekKey) => readonly string[]): string {
  const conditions = [...byWeek(keys)].flatMap(([week, same]) => {
    const ids = new Set(same.flatMap(idsOf));
    return week === null || ids.size === 0 ? [] : [`and(week_start_date.eq.${quote(week)},${isIn('child_id', ids)})`];
  });
  return conditions.join(',');
}
