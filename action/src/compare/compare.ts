import { documentLevel, levelName, noCounts, type Counts, type Shape } from '../document/shape.ts';
import { pathId, readSegment, type Difference, type Document, type Field, type Hidden, type Path, type RowIds, type Value } from '../document/document.ts';

/** Whether this path is excluded from the comparison. */
export function isHidden(path: Path, hidden: readonly Hidden[]): boolean {
  for (const { prefix, depth } of hidden) if (path.length >= depth && startsWith(path, prefix)) return true;
  return false;
}

/** A loop: it is asked of every field of every document. */
function startsWith(path: Path, prefix: Path): boolean {
  for (let index = 0; index < prefix.length; index += 1) if (path[index] !== prefix[index]) return false;
  return true;
}

const valueOf = (field: Field | undefined): Value =>
  field === undefined || field.value === null ? null : { text: field.value, readable: field.readable, ...(field.opaque && { opaque: true }) };

/** Whether the other side has an equal field. */
const isSame = (left: Field, right: Field | undefined): boolean =>
  right !== undefined && !left.unreadable && !right.unreadable && (left.value === right.value || left.isNear?.(right.value) === true);

function mergeRowIds(...all: readonly RowIds[]): RowIds {
  const merged: Record<string, readonly string[]> = {};
  for (const rowIds of all) Object.assign(merged, rowIds);
  return merged;
}

/**
 * Every difference between two documents with the same key, except the problems that the legacy document reports about itself. A missing or
 * an orphan member is one difference, whatever is inside it, and what the expected side hides is ignored on both sides.
 */
export function compare(expected: Document, actual: Document, shape: Pick<Shape, 'levels'>): Difference[] {
  const differences: Difference[] = [];
  const parentOf = (path: Path, document: Document): Field | undefined => document.fields.get(pathId(path.slice(0, -1)));
  const hasParent = (path: Path, document: Document) => path.length < 3 || parentOf(path, document) !== undefined;

  const report = (kind: Difference['kind'], left: Field | undefined, right: Field | undefined, { path, level }: Field) => {
    // For a missing field, the row that should be its parent.
    const parent = right ? undefined : parentOf(path, actual);
    differences.push({
      kind,
      level: levelName(shape, level),
      key: expected.key,
      path,
      legacy: valueOf(left),
      normalized: valueOf(right),
      rowIds: mergeRowIds(expected.rowIds, actual.rowIds, left?.rowIds ?? {}, right?.rowIds ?? parent?.rowIds ?? {}),
    });
  };

  // `forEach` allocates nothing for the many fields that are equal.
  expected.fields.forEach((left, id) => {
    const right = actual.fields.get(id);
    if (isSame(left, right) || isHidden(left.path, expected.hidden)) return;
    if (right) report('mismatch', left, right, left);
    else if (hasParent(left.path, actual)) report('missing', left, undefined, left);
  });
  actual.fields.forEach((right, id) => {
    if (expected.fields.has(id) || isHidden(right.path, expected.hidden)) return;
    if (hasParent(right.path, expected)) report('orphan', undefined, right, right);
  });
  return differences;
}

/** How much a document adds to the count of each level, including the document itself, without anything that cannot be compared. */
export function countDocument(document: Document, shape: Pick<Shape, 'levels' | 'group'>, hidden: readonly Hidden[] = document.hidden): Counts {
  const counts = countMembers(document, shape, hidden);
  counts[documentLevel(shape)] = 1;
  return counts;
}

/**
 * The same for its members alone.
 *
 * @param within counts only this member and what is inside it
 */
export function countMembers({ fields }: Document, shape: Pick<Shape, 'levels'>, hidden: readonly Hidden[], within: Path = []): number[] {
  const counts = noCounts(shape);
  fields.forEach(({ path, level, attribute }) => {
    if (attribute || isHidden(path, hidden) || !startsWith(path, within)) return;
    counts[level] = (counts[level] ?? 0) + 1;
  });
  return counts;
}

/** How many fields differ. Of several rows for the same document, the one with the fewest agrees best. */
export function disagreements(expected: Document, actual: Document): number {
  let count = 0;
  expected.fields.forEach((left, id) => {
    if (left.value !== actual.fields.get(id)?.value && !isHidden(left.path, expected.hidden)) count += 1;
  });
  actual.fields.forEach((right, id) => {
    if (!expected.fields.has(id) && !isHidden(right.path, expected.hidden)) count += 1;
  });
  return count;
}

/**
 * The same document, but where several rows stand for one member, the row that agrees best with the other side is compared and the others
 * become copies of it.
 */
export function bestRows(expected: Document, actual: Document): Document {
  if (!actual.copied) return actual;
  const ofMembers = actual.copied.filter((path) => path.length === 2);
  const ofSubmembers = actual.copied.filter((path) => path.length > 2);
  // Submembers first: how well a member agrees depends on them.
  let { fields } = actual;
  for (const copies of [ofSubmembers, ofMembers]) fields = exchange(fields, bestOf(copies, expected, fields));
  return { ...actual, fields };
}

type Fields = Document['fields'];

/** Which copy swaps places with the first row. */
function bestOf(copies: readonly Path[], expected: Document, fields: Fields): ReadonlyMap<string, Path> {
  const places = new Map<string, Path>();
  const inside = Map.groupBy(fields.values(), ({ path }) => pathId(path.slice(0, -1)));
  const insideExpected = Map.groupBy(expected.fields.values(), ({ path }) => pathId(path.slice(0, -1)));
  // As many differences as would be reported.
  const distance = (path: Path): number => {
    const first = plainPath(path);
    const wanted = new Map(insideExpected.get(pathId(first))?.map(({ path: place, value }) => [place.at(-1), value]));
    const held = new Map(inside.get(pathId(path))?.map(({ path: place, value }) => [place.at(-1), value]));
    const own = fields.get(pathId(path))?.value === expected.fields.get(pathId(first))?.value ? 0 : 1;
    const isReported = (name = ''): boolean => wanted.get(name) !== held.get(name) && !isHidden([...first, name], expected.hidden);
    return own + [...new Set([...wanted.keys(), ...held.keys()])].filter(isReported).length;
  };
  const firstOf = (path: Path): Path => [...path.slice(0, -1), readSegment(path.at(-1) ?? '').name];
  for (const group of Map.groupBy(copies, (path) => pathId(firstOf(path))).values()) {
    const first = firstOf(group[0] ?? []);
    let best = { path: first, distance: distance(first) };
    for (const path of group) {
      const other = { path, distance: distance(path) };
      if (other.distance < best.distance) best = other;
    }
    if (best.path === first) continue;
    places.set(pathId(best.path), first);
    places.set(pathId(first), best.path);
  }
  return places;
}

/** The path without the marks of copies. */
const plainPath = (path: Path): Path => path.map((segment) => readSegment(segment).name);

function exchange(fields: Fields, places: ReadonlyMap<string, Path>): Fields {
  if (places.size === 0) return fields;
  const exchanged = new Map<string, Field>();
  for (const [id, field] of fields) {
    const depth = field.path.findIndex((_, index) => places.has(pathId(field.path.slice(0, index + 1))));
    const start = depth === -1 ? undefined : places.get(pathId(field.path.slice(0, depth + 1)));
    const path = start ? [...start, ...field.path.slice(depth + 1)] : field.path;
    exchanged.set(start ? pathId(path) : id, path === field.path ? field : { ...field, path });
  }
  return exchanged;
}
