import { childId, type Difference, type Document, type Key } from '../document/document.ts';
import type { Beside, Digest, Pair } from '../pair/pair.ts';
import type { LevelCount } from '../report/report.ts';
import { countMembers } from './compare.ts';
import type { Explanation } from './explain.ts';

/** What is known so far about the weeks that were compared. */
export type Tally = {
  /** A week that both sides have alike. */
  addEqual: (key: Key, habits: number, records: number, sourceVersion: string | undefined) => void;
  /** Weeks that the database found to be alike. */
  addDigest: (equal: Omit<Digest['equal'], 'children'>) => void;
  /** Children with weeks that are alike. */
  addChildren: (children: Iterable<Omit<Key, 'week'>>) => void;
  /** Rows of the normalized side that no week shows. */
  addBeside: (beside: Beside) => void;
  /** Takes back a week that was added as alike, before it is added as what it turned out to be. */
  takeBack: (explanation: Explanation) => void;
  addExplained: (explanation: Explanation) => void;
  readonly compared: () => number;
  readonly differing: () => number;
  /** Weeks that only the normalized side has. */
  readonly orphans: () => number;
  readonly sourceVersions: () => Record<string, number>;
  /** @param legacy what the legacy table holds, by level in the order of the pair's levels */
  readonly counts: (legacy: readonly number[]) => LevelCount[];
  /** The same counts as if what is accepted were mended. */
  readonly withoutAccepted: (counts: readonly LevelCount[]) => LevelCount[];
};

/** What is mended by a difference less, by level below the child; negative where the normalized side has too much. */
type Share = readonly [weeks: number, habits: number, records: number];

/**
 * @param onDifference receives every difference that counts
 * @param accepts whether a difference is put up with; asked once for each
 * @param onExplained receives every week that was read again, or drawn, with the differences that count
 */
export function createTally(
  pair: Pick<Pair, 'levels'>,
  onDifference: (difference: Difference) => void,
  accepts: (difference: Difference) => boolean = () => false,
  onExplained: (explanation: Explanation) => void = () => undefined,
): Tally {
  /** By index of the level; children are counted apart. */
  const expected = [0, 0, 0, 0];
  const normalized = [0, 0, 0, 0];
  const expectedChildren = new Set<string>();
  const normalizedChildren = new Set<string>();
  const accepted = [0, 0, 0, 0];
  /** Children of accepted orphans only, children that an accepted missing week belongs to, and children that are missed. */
  const orphanedChildren = new Set<string>();
  const mendedChildren = new Set<string>();
  const missingChildren = new Set<string>();
  const versions = new Map<string, number>();
  let moreChildren = 0;
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

    addDigest({ weeks, members, sourceVersions }) {
      compared += weeks;
      add(expected, weeks, ...members);
      add(normalized, weeks, ...members);
      for (const [version, count] of Object.entries(sourceVersions)) addVersion(version, count);
    },

    addChildren(children) {
      for (const child of children) {
        const id = childId({ ...child, week: null });
        expectedChildren.add(id);
        normalizedChildren.add(id);
      }
    },

    addBeside({ children, members }) {
      moreChildren += children;
      if (members) add(normalized, 0, ...members);
    },

    takeBack({ expected: document, actual: [actual] }) {
      const alike = document ?? actual;
      if (!alike) return;
      const [habits, records] = countMembers(alike);
      compared -= 1;
      // The same on both sides: it was alike when it was added, whatever became of it since.
      add(expected, -1, -habits, -records);
      add(normalized, -1, -habits, -records);
      addVersion(actual?.sourceVersion, -1);
    },

    addExplained(explanation) {
      const { key, differences, expected: document, actual, childExists } = explanation;
      const left: Difference[] = [];
      let acceptedOrphans = 0;
      for (const difference of differences) {
        if (!accepts(difference)) {
          left.push(difference);
          if (difference.kind === 'missing' && difference.level === pair.levels[0]) missingChildren.add(childId(key));
          continue;
        }
        const share = shareOf(difference, explanation);
        add(accepted, ...share);
        if (share[0] < 0) acceptedOrphans += 1;
        if (share[0] > 0) mendedChildren.add(childId(key));
      }
      onExplained({ ...explanation, differences: left });
      if (document) {
        add(expected, 1, ...countMembers(document));
        expectedChildren.add(childId(key));
      }
      for (const twin of actual) addActual(twin, document);
      if (actual.length > acceptedOrphans && childExists) normalizedChildren.add(childId(key));
      else if (actual.length > 0 && childExists) orphanedChildren.add(childId(key));
      left.forEach(onDifference);
      // A row that claims no week, or a key that neither side has any more, is no week.
      if (!document && actual.length === 0) return;
      compared += 1;
      if (!document) orphans += 1;
      if (left.length > 0) differing += 1;
    },

    compared: () => compared,
    differing: () => differing,
    orphans: () => orphans,
    sourceVersions: () => Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1))),
    counts(legacy) {
      expected[0] = expectedChildren.size;
      normalized[0] = normalizedChildren.size + missingFrom(normalizedChildren, orphanedChildren).length + moreChildren;
      return pair.levels.map((level, index) => {
        const [left = 0, right = 0] = [expected[index], normalized[index]];
        return { level, legacy: legacy[index] ?? 0, expected: left, normalized: right, difference: right - left };
      });
    },
    withoutAccepted(counts) {
      const mended = missingFrom(normalizedChildren, mendedChildren).filter((id) => !missingChildren.has(id));
      accepted[0] = mended.length - missingFrom(normalizedChildren, orphanedChildren).length;
      return counts.map((count) => {
        const less = accepted[pair.levels.indexOf(count.level)] ?? 0;
        return { ...count, normalized: count.normalized + less, difference: count.difference + less };
      });
    },
  };
}

const missingFrom = (known: ReadonlySet<string>, others: ReadonlySet<string>): string[] => [...others].filter((id) => !known.has(id));

/** What the normalized side would have more of if the difference were not there. */
function shareOf(difference: Difference, { expected, actual }: Explanation): Share {
  const { kind, path } = difference;
  if (kind !== 'missing' && kind !== 'orphan') return [0, 0, 0];
  const sign = kind === 'missing' ? 1 : -1;
  if (path === null) {
    const week = kind === 'missing' ? expected : actual.find(({ rowIds }) => rowIds === difference.rowIds);
    const [habits, records] = week ? countMembers(week, expected?.hidden) : [0, 0];
    return [sign, sign * habits, sign * records];
  }
  if (path.length > 2) return [0, 0, sign];
  const document = kind === 'missing' ? expected : actual[0];
  const inside = document ? countMembers(document, expected?.hidden, path)[1] : 0;
  return [0, sign, sign * inside];
}
