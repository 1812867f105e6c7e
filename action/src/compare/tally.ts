import { groupId, groupOf, type Difference, type Document, type Group, type Key } from '../document/document.ts';
import { addCounts, documentLevel, groupLevel, noCounts, type Counts } from '../document/shape.ts';
import type { Digest, Entity } from '../pair/pair.ts';
import type { LevelCount } from '../report/report.ts';
import { countDocument, countMembers } from './compare.ts';
import type { Explanation } from './explain.ts';

/** Running totals of the documents that were compared. */
export type Tally = {
  /** Adds a document that is equal on both sides, counting the document itself. */
  addEqual: (keyOf: () => Key, counts: Counts, sourceVersion: string | undefined) => void;
  /** Adds documents that the database found to be equal. */
  addDigest: (equal: Omit<Digest['equal'], 'groups'>) => void;
  /**
   * Sets how many rows the normalized side has, if the documents that were added as equal are not counted exactly: the equal ones are then
   * all rows minus those that were explained. Only for documents without groups and members.
   */
  measure: (rows: number) => void;
  /** Adds groups with equal documents. */
  addGroups: (groups: Iterable<Group>) => void;
  /** Adds rows of the normalized side that appear in no document. */
  addBeside: (beside: Counts) => void;
  /** Takes back a document that was added as equal, before it is added with its differences. */
  takeBack: (explanation: Explanation) => void;
  addExplained: (explanation: Explanation) => void;
  readonly compared: () => number;
  readonly differing: () => number;
  /** Documents that only the normalized side has. */
  readonly orphans: () => number;
  readonly sourceVersions: () => Record<string, number>;
  /** @param legacy what the legacy side holds */
  readonly counts: (legacy: Counts) => LevelCount[];
  /** The same counts as if every accepted difference were fixed. */
  readonly withoutAccepted: (counts: readonly LevelCount[]) => LevelCount[];
};

/**
 * @param onDifference receives every difference that counts
 * @param accepts whether a difference is accepted; asked once for each
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
  /** In order: groups that have only accepted orphans, groups that an accepted missing document belongs to, and missing groups. */
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
  /** How many to add to the equal documents. */
  const correction = (): number => (measured === undefined ? 0 : Math.max(0, measured - explained) - digested);
  const addActual = (document: Document, twin: Document | undefined) => {
    addCounts(normalized, countDocument(document, shape, twin?.hidden));
    addVersion(document.sourceVersion);
  };

  return {
    addEqual(keyOf, counts, sourceVersion) {
      compared += 1;
      addCounts(expected, counts);
      addCounts(normalized, counts);
      addVersion(sourceVersion);
      if (ofGroups === undefined) return;
      const id = idOfGroup(keyOf());
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
      // Subtracted from both sides: the document was equal when it was added, whatever happened to it since.
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
      // A row that claims no key, and a key that neither side has any more, are not documents.
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

  /** How much more the normalized side would have without the difference; negative where it has too much. */
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
