import type { Difference, Document, Key, Value } from '../document/document.ts';
import type { Pair, Reading } from '../pair/pair.ts';
import { bestRows, compare, disagreements } from './compare.ts';

/** What both sides of one key amount to. */
export type Explanation = {
  readonly key: Key;
  readonly differences: readonly Difference[];
  /** What the other side should hold; `undefined` when no legacy row claims the key. */
  readonly expected: Document | undefined;
  /** The first one is what is compared. */
  readonly actual: readonly Document[];
  /** Whether the normalized side has a row for the child. */
  readonly childExists: boolean;
};

export function explain(key: Key, reading: Reading, pair: Pick<Pair, 'levels'>): Explanation {
  const [childLevel, weekLevel] = pair.levels;
  const { expected: claims, unclaimed, childExists } = reading;
  const [expected, ...otherClaims] = claims;
  const twins = expected ? bestFirst(expected, reading.actual) : reading.actual;
  const [actual] = twins;
  const differences: Difference[] = [...unclaimed];
  const week = { key, path: null, legacy: null, normalized: null } as const;
  const start: Value = key.week === null ? null : { text: key.week, readable: true };
  const name: Value = { text: key.child, readable: false };

  if (expected && otherClaims.length > 0) {
    const rows: Record<string, string[]> = {};
    for (const { rowIds } of claims) {
      for (const [table, ids] of Object.entries(rowIds)) rows[table] = [...(rows[table] ?? []), ...ids];
    }
    differences.push({ ...week, kind: 'duplicate', level: weekLevel, legacy: claims.length, rowIds: rows });
  }
  if (expected && !actual) {
    const level = childExists ? weekLevel : childLevel;
    const legacy = childExists ? start : name;
    differences.push({ ...week, kind: 'missing', level, legacy, rowIds: expected.rowIds });
  }
  for (const [place, orphan] of twins.entries()) {
    // The first one is compared.
    if (expected && place === 0) continue;
    differences.push({ ...week, kind: 'orphan', level: weekLevel, normalized: start, rowIds: orphan.rowIds, place });
  }
  if (expected) differences.push(...expected.problems);
  for (const twin of twins) differences.push(...twin.problems);
  if (expected && actual) differences.push(...compare(expected, actual, pair.levels));
  return { key, differences, expected, actual: twins, childExists };
}

/** Of two rows that stand for one, the one that agrees best is compared; of equally good ones the first. */
function bestFirst(expected: Document, actual: readonly Document[]): Document[] {
  const twins = actual.map((twin) => bestRows(expected, twin));
  if (twins.length < 2) return twins;
  const ranked = twins.map((twin) => ({ twin, distance: disagreements(expected, twin) }));
  return ranked.sort((a, b) => a.distance - b.distance).map(({ twin }) => twin);
}
