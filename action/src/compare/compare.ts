import { pathId, type Difference, type Document, type Field, type Hidden, type Path, type RowIds, type Value } from '../document/document.ts';

/** Level names by depth of a path: attributes of the week are at index 1. */
export type Levels = readonly [string, string, string, string];

/** Whether a path is not compared. */
export function isHidden(path: Path, hidden: readonly Hidden[]): boolean {
  for (const { prefix, depth } of hidden) if (path.length >= depth && startsWith(path, prefix)) return true;
  return false;
}

const startsWith = (path: Path, prefix: Path): boolean => prefix.every((segment, index) => path[index] === segment);

const valueOf = (field: Field | undefined): Value =>
  field === undefined || field.value === null ? null : { text: field.value, readable: field.readable };

function mergeRowIds(...all: readonly RowIds[]): RowIds {
  const merged: Record<string, readonly string[]> = {};
  for (const rowIds of all) Object.assign(merged, rowIds);
  return merged;
}

/**
 * Everything that is not the same in two documents of one week, without what the legacy document already says about
 * itself. What is inside a missing or an orphan member is not reported one by one, and what the expected side
 * hides is left out on both.
 */
export function compare(expected: Document, actual: Document, levels: Levels): Difference[] {
  const differences: Difference[] = [];
  const parentOf = (path: Path, document: Document): Field | undefined => document.fields.get(pathId(path.slice(0, -1)));
  const hasParent = (path: Path, document: Document) => path.length < 3 || parentOf(path, document) !== undefined;

  const report = (kind: Difference['kind'], left: Field | undefined, right: Field | undefined, path: Path) => {
    // Of what is missing, the row that it should hang on.
    const parent = right ? undefined : parentOf(path, actual);
    differences.push({
      kind,
      level: levels[path.length] ?? levels[3],
      key: expected.key,
      path,
      legacy: valueOf(left),
      normalized: valueOf(right),
      rowIds: mergeRowIds(expected.rowIds, actual.rowIds, left?.rowIds ?? {}, right?.rowIds ?? parent?.rowIds ?? {}),
    });
  };

  // `forEach` leaves nothing to collect for each of the many fields that are equal.
  expected.fields.forEach((left, id) => {
    const right = actual.fields.get(id);
    if (left.value === right?.value || isHidden(left.path, expected.hidden)) return;
    if (right) report('mismatch', left, right, left.path);
    else if (hasParent(left.path, actual)) report('missing', left, undefined, left.path);
  });
  actual.fields.forEach((right, id) => {
    if (expected.fields.has(id) || isHidden(right.path, expected.hidden)) return;
    if (hasParent(right.path, expected)) report('orphan', undefined, right, right.path);
  });
  return differences;
}

/**
 * How many members of each depth a document has, without what cannot be compared: `[at depth 2, at depth 3]`.
 *
 * @param within counts only what is in this member, and itself
 */
export function countMembers(document: Document, hidden: readonly Hidden[] = document.hidden, within: Path = []): [number, number] {
  const counts: [number, number] = [0, 0];
  document.fields.forEach(({ path }) => {
    if (path.length < 2 || isHidden(path, hidden) || !startsWith(path, within)) return;
    if (path.length === 2) counts[0] += 1;
    else counts[1] += 1;
  });
  return counts;
}
