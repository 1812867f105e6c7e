import { groupId, groupOf, type Difference, type Document, type Group, type Key } from '../document/document.ts';
import { addCounts, documentLevel, groupLevel, noCounts, type Counts } from '../document/shape.ts';
import type { Digest, Entity } from '../pair/pair.ts';
import type { LevelCount } from '../report/report.ts';
import { countDocument, countMembers } from './compare.ts';
import type { Explanation } from './explain.ts';

/** What is known so far about the documents that were compared. */
export type Tally = {
  /** A document that both sides have alike, itself counted. */
  addEqual: (key: Key, counts: Counts, sourceVersion: string | undefined) => void;
  /** Documents that the database found to be alike. */
  addDigest: (equal: Omit<Digest['equal'], 'groups'>) => void;
  /**
   * Says how many rows the normalized side has, where those that were added as alike are not counted exactly: as many are alike
   * as are left when all that was explained is taken away. Of documents that stand alone and have no members.
   */
  measure: (rows: number) => void;
  /** Groups with documents that are alike. */
  addGroups: (groups: Iterable<Group>) => void;
  /** Rows of the normalized side that no document shows. */
  addBeside: (beside: Counts) => void;
  /** Takes back a document that was added as alike, before it is added as what it turned out to be. */
  takeBack: (explanation: Explanation) => void;
  addExplained: (explanation: Explanation) => void;
  readonly compared: () => number;
  readonly differing: () => number;
  /** Documents that only the normalized side has. */
  readonly orphans: () => number;
  readonly sourceVersions: () => Record<string, number>;
  /** @param legacy what the legacy side holds */
  readonly counts: (legacy: Counts) => LevelCount[];
  /** The same counts as if what is accepted were mended. */
  readonly withoutAccepted: (counts: readonly LevelCount[]) => LevelCount[];
};

/**
 * @param onDifference receives every difference that counts
 * @param accepts whether a difference is put up with; asked once for each
 * @param onExplained receives every document that was read again, or drawn, with the differences that count
 */
export function createTally(
  { shape }: Pick<Entity, 'shape'>,
  onDifference: (difference: Difference) => void,
  accepts: (difference: Difference) => boolean = () => false,
  onExplained: (explanation: Explanation) => void = () => undefined,
): Tally {
  const own = documentLevel(shape);
  const ofGroups = groupLevel(shape);
  /** By level; groups are counted apart. */
  const expected = noCounts(shape);
  const normalized = noCounts(shape);
  const accepted = noCounts(shape);
  const expectedGroups = new Set<string>();
  const normalizedGroups = new Set<string>();
  /** Groups of accepted orphans only, groups that an accepted missing document belongs to, and groups that are missed. */
  const orphanedGroups = new Set<string>();
  const mendedGroups = new Set<string>();
  const missingGroups = new Set<string>();
  const versions = new Map<string, number>();
  let moreGroups = 0;
  let measured: number | undefined;
  let digested = 0;
  let explained = 0;
  let compared = 0;
  let differing = 0;
  let orphans = 0;

  const idOfGroup = (key: Key): string => groupId(groupOf(key, shape));
  const addVersion = (version: string | undefined, count = 1) => {
    if (version !== undefined) versions.set(version, (versions.get(version) ?? 0) + count);
  };
  /** What has to be added to those that are alike. */
  const correction = (): number => (measured === undefined ? 0 : Math.max(0, measured - explained) - digested);
  const addActual = (document: Document, twin: Document | undefined) => {
    addCounts(normalized, countDocument(document, shape, twin?.hidden));
    addVersion(document.sourceVersion);
  };

  return {
    addEqual(key, counts, sourceVersion) {
      compared += 1;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      addVersion(sourceVersion);
      if (ofGroups === undefined) return;
      const id = idOfGroup(key);
      expectedGroups.add(id);
      normalizedGroups.add(id);
    },

    measure(rows) {
      measured = rows;
    },

    addDigest({ counts, sourceVersions }) {
      compared += counts[own] ?? 0;
      digested += counts[own] ?? 0;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      for (const [version, count] of Object.entries(sourceVersions)) addVersion(version, count);
    },

    addGroups(groups) {
      for (const group of groups) {
        const id = groupId(group);
        expectedGroups.add(id);
        normalizedGroups.add(id);
      }
    },

    addBeside(beside) {
      addCounts(normalized, beside);
      if (ofGroups !== undefined) moreGroups += beside[0] ?? 0;
    },

    takeBack({ expected: document, actual: [actual] }) {
      const alike = document ?? actual;
      if (!alike) return;
      const counts = countDocument(alike, shape);
      compared -= 1;
      // The same on both sides: it was alike when it was added, whatever became of it since.
      addCounts(expected, counts, -1);
      addCounts(normalized, counts, -1);
      addVersion(actual?.sourceVersion, -1);
    },

    addExplained(explanation) {
      const { key, differences, expected: document, actual, groupExists } = explanation;
      const group = idOfGroup(key);
      const left: Difference[] = [];
      let acceptedOrphans = 0;
      for (const difference of differences) {
        if (!accepts(difference)) {
          left.push(difference);
          if (difference.kind === 'missing' && difference.level === ofGroups) missingGroups.add(group);
          continue;
        }
        addCounts(accepted, shareOf(difference, explanation));
        if (difference.path !== null) continue;
        if (difference.kind === 'orphan') acceptedOrphans += 1;
        if (difference.kind === 'missing') mendedGroups.add(group);
      }
      onExplained({ ...explanation, differences: left });
      if (document) {
        addCounts(expected, countDocument(document, shape));
        expectedGroups.add(group);
      }
      for (const twin of actual) addActual(twin, document);
      explained += actual.length;
      if (actual.length > acceptedOrphans && groupExists) normalizedGroups.add(group);
      else if (actual.length > 0 && groupExists) orphanedGroups.add(group);
      left.forEach(onDifference);
      // A row that claims no key, or a key that neither side has any more, is no document.
      if (!document && actual.length === 0) return;
      compared += 1;
      if (!document) orphans += 1;
      if (left.length > 0) differing += 1;
    },

    compared: () => compared + correction(),
    differing: () => differing,
    orphans: () => orphans,
    sourceVersions: () => Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1))),
    counts(legacy) {
      if (ofGroups !== undefined) {
        expected[0] = expectedGroups.size;
        normalized[0] = normalizedGroups.size + missingFrom(normalizedGroups, orphanedGroups).length + moreGroups;
      }
      return shape.levels.map(({ name }, level) => {
        const alike = level === own ? correction() : 0;
        const [left, right] = [(expected[level] ?? 0) + alike, (normalized[level] ?? 0) + alike];
        return { level: name, legacy: legacy[level] ?? 0, expected: left, normalized: right, difference: right - left };
      });
    },
    withoutAccepted(counts) {
      if (ofGroups !== undefined) {
        const mended = missingFrom(normalizedGroups, mendedGroups).filter((id) => !missingGroups.has(id));
        accepted[0] = mended.length - missingFrom(normalizedGroups, orphanedGroups).length;
      }
      return counts.map((count) => {
        const less = accepted[shape.levels.findIndex(({ name }) => name === count.level)] ?? 0;
        return { ...count, normalized: count.normalized + less, difference: count.difference + less };
      });
    },
  };

  /** What the normalized side would have more of if the difference were not there; negative where it has too much. */
  function shareOf(difference: Difference, { expected: document, actual }: Explanation): Counts {
    const { kind, path } = difference;
    const share = noCounts(shape);
    if (kind === 'duplicate' && shape.hasDuplicates && typeof difference.normalized === 'number') share[own] = 1 - difference.normalized;
    if (kind !== 'missing' && kind !== 'orphan') return share;
    const sign = kind === 'missing' ? 1 : -1;
    if (path === null) {
      const whole = kind === 'missing' ? document : actual[difference.place ?? 0];
      if (whole) addCounts(share, countDocument(whole, shape, document?.hidden), sign);
      else share[own] = sign;
      return share;
    }
    const side = kind === 'missing' ? document : actual[0];
    if (side) addCounts(share, countMembers(side, shape, document?.hidden ?? [], path), sign);
    return share;
  }
}

const missingFrom = (known: ReadonlySet<string>, others: ReadonlySet<string>): string[] => [...others].filter((id) => !known.has(id));
