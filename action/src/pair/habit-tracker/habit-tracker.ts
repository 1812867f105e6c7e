import { isCalendarDate } from '../../document/calendar.ts';
import { readSegment, type Difference } from '../../document/document.ts';
import type { Finding } from '../../report/report.ts';
import type { Reader } from '../../store/postgrest/reader.ts';
import type { Entity, Pair } from '../pair.ts';
import { idsInWeeks, keyOfWeek } from './children.ts';
import { dualWriteHealth, readHealth } from './health.ts';
import { createDigester } from './digest.ts';
import { createDirectory } from './directory.ts';
import { createProvenance } from './provenance.ts';
import { repairSteps } from './repair.ts';
import { words } from './words.ts';
import { legacyKeyColumns, legacyKeyRow, placeLegacyRow, readLegacyRow, type WeekAlignment } from './legacy.ts';
import { childColumns, childRow, readWeek, weekKeyColumns, weekKeyRow } from './normalized.ts';
import { withTypes } from './columns.ts';
import { createHoldings } from './holdings.ts';
import { createReadings } from './readings.ts';
import { countingReads, type Reads } from './reads.ts';
import { createRowReader } from './rows.ts';
import { groupOfChild, shape } from './shape.ts';
import { createSight } from './visibility.ts';

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
  const rowReader = createRowReader(reader);
  const directory = createDirectory(reader, alignment);
  const { children, learnSpelling, learnLegacy, learnChildren } = directory;
  const readings = createReadings(reader, rowReader, directory, alignment, reads);
  const weeks: Entity = {
    name: 'weeks',
    shape,
    // All weeks of a child together, so that a row without an owner is in the part of every child that it may mean.
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

    digester: { ...createDigester(reader, alignment, directory), read: readings.together },

    expected: {
      count: () => reader.count('habit_tracker'),

      async *keys() {
        for await (const rows of reader.pages('habit_tracker', legacyKeyColumns, legacyKeyRow)) {
          learnLegacy(rows);
          yield rows.map((row) => placeLegacyRow(row, alignment, children.ownersOf));
        }
      },

      async *documents() {
        for await (const rows of rowReader.legacy()) {
          learnLegacy(rows);
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

    read: readings.apart,

    sight: createSight(isPrivileged),

    findingType(difference) {
      if (difference.kind !== 'missing' && difference.kind !== 'orphan') return types[difference.kind];
      const severity = difference.kind === 'missing' ? 'critical' : 'high';
      return { type: `${difference.kind.toUpperCase()}_${singular[difference.level] ?? ''}`, severity };
    },

    renderPath(path, text) {
      // Attributes and places in a legacy row are our own names.
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
    aside: () => ({ reads: { ...reads }, notCompared: {}, remarks: [], downloads: [] }),
    sourceVersions: new Set(['new_schema', 'migration', 'dual_write', 'new_schema_only']),
    health: async () => readHealth(await reader.call('dual_write_health', {}, dualWriteHealth)),
    provenance: createProvenance(reader, (child) => idsInWeeks(child, children)),
    repair: (damage) => repairSteps(damage, alignment),
  };
  return { pair, weeks };
}

/** One at a time, on demand: documents that live only for a moment cost no memory. */
function* each<T, U>(items: readonly T[], make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}
