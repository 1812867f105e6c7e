import type { Difference, Document, Key, RowIds, Value } from '../document/document.ts';
import { documentLevel, groupLevel, levelName, type Shape } from '../document/shape.ts';
import type { Entity, Reading } from '../pair/pair.ts';
import { bestRows, compare, disagreements } from './compare.ts';

/** Both sides of one key, and how they differ. */
export type Explanation = {
  readonly key: Key;
  readonly differences: readonly Difference[];
  /** The document that the other side should hold; `undefined` when no row claims the key. */
  readonly expected: Document | undefined;
  /** The first one is compared. */
  readonly actual: readonly Document[];
  /** Whether the group of the document exists on the other side. */
  readonly groupExists: boolean;
  /** Which sides have rows with this key that are out of scope. */
  readonly outOfScope?: Reading['outOfScope'];
};

export function explain(key: Key, reading: Reading, { shape }: Pick<Entity, 'shape'>): Explanation {
  const { expected: claims, unclaimed, groupExists, outOfScope } = reading;
  const level = levelName(shape, documentLevel(shape));
  const [expected, ...otherClaims] = claims;
  // Rows without a key are not duplicates of each other, though the same words may find several of them.
  const hasDuplicates = shape.hasDuplicates && key.length <= shape.key.length;
  const twins = expected && !hasDuplicates ? bestFirst(expected, reading.actual) : reading.actual;
  const [actual] = twins;
  const differences: Difference[] = [...unclaimed];
  const whole = { key, level, path: null, legacy: null, normalized: null } as const;
  const name = nameOf(key, shape, shape.group, shape.key.length);

  if (expected && otherClaims.length > 0) differences.push({ ...whole, kind: 'duplicate', legacy: claims.length, rowIds: allRowIds(claims) });
  if (hasDuplicates && twins.length > 1) differences.push({ ...whole, kind: 'duplicate', normalized: twins.length, rowIds: allRowIds(twins) });
  if (expected && !actual) {
    const missing = groupExists ? { legacy: name } : { level: groupLevel(shape) ?? level, legacy: nameOf(key, shape, shape.group - 1, shape.group) };
    differences.push({ ...whole, ...missing, kind: 'missing', rowIds: expected.rowIds });
  }
  for (const [place, orphan] of twins.entries()) {
    // The first one is compared.
    if (hasDuplicates ? expected || place > 0 : expected && place === 0) continue;
    differences.push({ ...whole, kind: 'orphan', normalized: name, rowIds: orphan.rowIds, place });
  }
  if (expected) differences.push(...expected.problems);
  for (const twin of hasDuplicates ? twins.slice(0, 1) : twins) differences.push(...twin.problems);
  if (expected && actual) differences.push(...compare(expected, actual, shape));
  return { key, differences, expected, actual: twins, groupExists, ...(outOfScope && { outOfScope }) };
}

function allRowIds(documents: readonly Document[]): RowIds {
  const rows: Record<string, string[]> = {};
  for (const { rowIds } of documents) {
    for (const [table, ids] of Object.entries(rowIds)) (rows[table] ??= []).push(...ids);
  }
  return rows;
}

/** Parts of a key as the value of one side, readable where each of the parts is. */
function nameOf(key: Key, shape: Shape, start: number, end: number): Value {
  const parts = key.slice(start, end);
  if (parts.every((part) => part === null)) return null;
  const isPlain = (part: string | null, place: number): boolean => {
    const shown = shape.key[start + place]?.shown;
    return typeof shown === 'function' ? part === null || shown(part) === 'plain' : shown === 'plain';
  };
  return { text: parts.map((part) => part ?? '').join(' '), readable: parts.every(isPlain) };
}

/** Of several rows for one document, the one that agrees best comes first and is compared; ties keep their order. */
function bestFirst(expected: Document, actual: readonly Document[]): Document[] {
  const twins = actual.map((twin) => bestRows(expected, twin));
  if (twins.length < 2) return twins;
  const ranked = twins.map((twin) => ({ twin, distance: disagreements(expected, twin) }));
  return ranked.sort((a, b) => a.distance - b.distance).map(({ twin }) => twin);
}
