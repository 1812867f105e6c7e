import { childId, type Difference, type Document, type Key } from '../document/document.ts';
import type { Digest, Pair } from '../pair/pair.ts';
import type { LevelCount } from '../report/report.ts';
import { countMembers } from './compare.ts';
import type { Explanation } from './explain.ts';

/** What is known so far about the weeks that were compared. */
export type Tally = {
  /** A week that both sides have alike. */
  addEqual: (key: Key, habits: number, records: number, sourceVersion: string | undefined) => void;
  /** Weeks that the database found to be alike. */
  addDigest: (equal: Digest['equal']) => void;
  addExplained: (explanation: Explanation) => void;
  readonly compared: () => number;
  readonly differing: () => number;
  /** Weeks that only the normalized side has. */
  readonly orphans: () => number;
  readonly sourceVersions: () => Record<string, number>;
  /** @param legacy what the legacy table holds, by level in the order of the pair's levels */
  readonly counts: (legacy: readonly number[]) => LevelCount[];
};

/** @param onDifference receives every difference that counts */
export function createTally(pair: Pick<Pair, 'levels'>, onDifference: (difference: Difference) => void): Tally {
  /** By index of the level; children are counted apart. */
  const expected = [0, 0, 0, 0];
  const normalized = [0, 0, 0, 0];
  const expectedChildren = new Set<string>();
  const normalizedChildren = new Set<string>();
  const versions = new Map<string, number>();
  let compared = 0;
  let differing = 0;
  let orphans = 0;

  const add = (counts: number[], weeks: number, habits: number, records: number) => {
    counts[1] = (counts[1] ?? 0) + weeks;
    counts[2] = (counts[2] ?? 0) + habits;
    counts[3] = (counts[3] ?? 0) + records;
  };
  const addVersion = (version: string | undefined, count = 1) => {
    if (version !== undefined) versions.set(version, (versions.get(version) ?? 0) + count);
  };
  const addActual = (document: Document, twin: Document | undefined) => {
    add(normalized, 1, ...countMembers(document, twin?.hidden));
    addVersion(document.sourceVersion);
  };

  return {
    addEqual(key, habits, records, sourceVersion) {
      compared += 1;
      add(expected, 1, habits, records);
      add(normalized, 1, habits, records);
      expectedChildren.add(childId(key));
      normalizedChildren.add(childId(key));
      addVersion(sourceVersion);
    },

    addDigest({ weeks, members, sourceVersions, children }) {
      compared += weeks;
      add(expected, weeks, ...members);
      add(normalized, weeks, ...members);
      for (const child of children) {
        const id = childId({ ...child, week: null });
        expectedChildren.add(id);
        normalizedChildren.add(id);
      }
      for (const [version, count] of Object.entries(sourceVersions)) addVersion(version, count);
    },

    addExplained({ key, differences, expected: document, actual, childExists }) {
      if (document) {
        add(expected, 1, ...countMembers(document));
        expectedChildren.add(childId(key));
      }
      for (const twin of actual) addActual(twin, document);
      if (actual.length > 0 && childExists) normalizedChildren.add(childId(key));
      differences.forEach(onDifference);
      // A row that claims no week, or a key that neither side has any more, is no week.
      if (!document && actual.length === 0) return;
      compared += 1;
      if (!document) orphans += 1;
      if (differences.length > 0) differing += 1;
    },

    compared: () => compared,
    differing: () => differing,
    orphans: () => orphans,
    sourceVersions: () => Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1))),
    counts(legacy) {
      expected[0] = expectedChildren.size;
      normalized[0] = normalizedChildren.size;
      return pair.levels.map((level, index) => {
        const [left = 0, right = 0] = [expected[index], normalized[index]];
        return { level, legacy: legacy[index] ?? 0, expected: left, normalized: right, difference: right - left };
      });
    },
  };
}

