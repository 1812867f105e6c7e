import { chunksOf } from '../../document/chunks.ts';
import { keyId, type Difference } from '../../document/document.ts';
import { addTo } from '../../document/groups.ts';
import { ReadError } from '../../store/errors.ts';
import { encodedLength, isNamed } from '../../store/postgrest/filter.ts';
import type { Reader } from '../../store/postgrest/reader.ts';
import type { Entity, Reading } from '../pair.ts';
import { createChildren, idsInWeeks, keyOfWeek, type Children } from './children.ts';
import { readInDatabase } from './digest.ts';
import type { Directory } from './directory.ts';
import { batches, dateLength, idLength, legacyFilterFor, maxKeysPerRead, weekFilterFor } from './filters.ts';
import { compareClaims, placeLegacyRow, readLegacyRow, type LegacyRow, type WeekAlignment } from './legacy.ts';
import { childColumns, childRow, readWeekRow, type BriefWeekRow, type WeekRow } from './normalized.ts';
import type { Reads } from './reads.ts';
import type { RowReader } from './rows.ts';
import { weekId, weekKeyOf, type WeekKey } from './shape.ts';

/** Reads both sides of some weeks as they are now. */

/** Passes on rows of both sides, including all that belong to the keys, once `fresh` has learned their children. */
type ReadRows = (
  keys: readonly WeekKey[],
  fresh: Children,
  take: { legacy: (rows: readonly LegacyRow[]) => void; weeks: (rows: readonly (WeekRow | BriefWeekRow)[]) => Promise<void> },
) => Promise<void>;

/** @returns readings table by table, or through the database function that reads both sides on one snapshot */
export function createReadings(
  reader: Reader,
  rowReader: RowReader,
  { learnChildren, learnSpellings, spellingsOf, hasOddDates }: Directory,
  alignment: WeekAlignment,
  reads: Reads,
): { readonly apart: Entity['read']; readonly together: Entity['read'] } {
  const readApart: ReadRows = async (keys, fresh, take) => {
    const names = new Set(keys.flatMap((key) => [...spellingsOf(key)]));
    const who = isNamed('name', names).join(',');
    for await (const rows of reader.found('children', childColumns, childRow, (query) => query.or(who))) fresh.add(rows);

    const legacyFilter = legacyFilterFor(keys, alignment, spellingsOf, hasOddDates());
    const weekFilter = weekFilterFor(keys, (key) => idsInWeeks(key, fresh));
    // Both at once: the less time there is between them, the less is written in between.
    const legacy: LegacyRow[] = [];
    const weeks: WeekRow[] = [];
    await Promise.all([
      legacyFilter === ''
        ? undefined
        : collect(
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
          if (placement.kind === 'claim') addTo(claims, id, row);
          else addTo(unclaimed, id, placement.difference);
        }
      },
      async weeks(rows) {
        await learnChildren(rows, fresh);
        for (const row of rows) {
          const id = keyId(keyOfWeek(row, fresh));
          addTo(weeks, id, row);
        }
      },
    };
    await readRows(keys, fresh, found);
    // Rows that were not found may have come back with a name in a spelling that was not seen before.
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
        // Documents are many times as large as their rows, so they live only while one week is explained.
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

  /** If rows are too large for one answer, reads half as many keys at a time, and a row that is too large alone part by part. */
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

  return {
    apart: async (keys) =>
      readAll(
        batches(keys.map(weekKeyOf), dateLength, (key) => {
          const names = encodedLength(isNamed('', spellingsOf(key)).join(','));
          return key.week === null ? names + idLength : Math.max(names, idLength);
        }),
        readApart,
      ),
    together: async (keys) => readAll(chunksOf(keys.map(weekKeyOf), maxKeysPerRead), readTogether),
  };
}

async function collect<T>(pages: AsyncIterable<readonly T[]>, into: T[]): Promise<void> {
  for await (const rows of pages) into.push(...rows);
}
