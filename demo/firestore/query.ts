import type { Documents, StoredDocument } from './documents.ts';
import { masked, parseFieldPath, valueAt } from './field-path.ts';
import { classOf, compareText, compareValues, equal, type Fields, invalid, refuse, type Value } from './value.ts';

/** Structured queries of REST v1, rejected if hosted Firestore would require an index. */

type FieldReference = { fieldPath: string };
type Filter =
  | { compositeFilter: { op: 'AND' | 'OR'; filters?: Filter[] } }
  | { fieldFilter: { field: FieldReference; op: string; value: Value } }
  | { unaryFilter: { field: FieldReference; op: string } };
type Order = { field: FieldReference; direction?: 'ASCENDING' | 'DESCENDING' };
type Cursor = { values?: Value[]; before?: boolean };
export type StructuredQuery = {
  select?: { fields?: FieldReference[] };
  from?: { collectionId?: string; allDescendants?: boolean }[];
  where?: Filter;
  orderBy?: Order[];
  startAt?: Cursor;
  endAt?: Cursor;
  offset?: number;
  limit?: number;
};

export type Aggregation = { alias?: string; count?: { upTo?: string }; sum?: { field: FieldReference }; avg?: { field: FieldReference } };

/** Unknown members are rejected, as by the real service, so that a misspelled filter is noticed. */
export function known(payload: unknown, ...names: string[]): void {
  if (typeof payload !== 'object' || payload === null) throw invalid("Payload isn't valid for request.");
  const unknown = Object.keys(payload).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`Invalid JSON payload received. Unknown name "${unknown.slice(0, 50)}": Cannot find field.`);
}

const nameField = '__name__';
const inequalities = ['LESS_THAN', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN', 'GREATER_THAN_OR_EQUAL', 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NULL', 'IS_NOT_NAN'];

type Leaf = { field: string; op: string; value?: Value };

function leavesOf(filter: Filter | undefined): Leaf[] {
  if (!filter) return [];
  if ('compositeFilter' in filter) return (filter.compositeFilter.filters ?? []).flatMap(leavesOf);
  if ('fieldFilter' in filter) return [{ field: filter.fieldFilter.field.fieldPath, op: filter.fieldFilter.op, value: filter.fieldFilter.value }];
  if ('unaryFilter' in filter) return [{ field: filter.unaryFilter.field.fieldPath, op: filter.unaryFilter.op }];
  throw invalid('Filter type unset.');
}

function matches({ field, op, value }: Leaf, valueOf: (field: string) => Value | undefined): boolean {
  const held = valueOf(field);
  if (held === undefined) return false;
  const isNull = 'nullValue' in held;
  const isNan = 'doubleValue' in held && held.doubleValue === 'NaN';
  if (op === 'IS_NULL') return isNull;
  if (op === 'IS_NAN') return isNan;
  if (op === 'IS_NOT_NULL') return !isNull;
  if (op === 'IS_NOT_NAN') return !isNull && !isNan;
  if (value === undefined) throw invalid('A field filter needs a value.');
  const listed = 'arrayValue' in value ? (value.arrayValue.values ?? []) : [];
  const elements = 'arrayValue' in held ? (held.arrayValue.values ?? []) : [];
  const order = classOf(held) === classOf(value) ? compareValues(held, value) : Number.NaN;
  switch (op) {
    case 'EQUAL':
      return order === 0;
    case 'NOT_EQUAL':
      return !isNull && order !== 0;
    case 'LESS_THAN':
      return order < 0;
    case 'LESS_THAN_OR_EQUAL':
      return order <= 0;
    case 'GREATER_THAN':
      return order > 0;
    case 'GREATER_THAN_OR_EQUAL':
      return order >= 0;
    case 'IN':
      return listed.some((one) => equal(one, held));
    case 'NOT_IN':
      return !isNull && !listed.some((one) => equal(one, held) || 'nullValue' in one);
    case 'ARRAY_CONTAINS':
      return elements.some((one) => equal(one, value));
    case 'ARRAY_CONTAINS_ANY':
      return elements.some((element) => listed.some((one) => equal(one, element)));
    default:
      throw invalid(`Unknown operator "${op.slice(0, 50)}".`);
  }
}

/** Whether a filter holds: a group through its members, a single filter by itself. */
function holds(filter: Filter | undefined, valueOf: (field: string) => Value | undefined): boolean {
  if (!filter) return true;
  if ('compositeFilter' in filter) {
    const { op, filters = [] } = filter.compositeFilter;
    return op === 'OR' ? filters.some((one) => holds(one, valueOf)) : filters.every((one) => holds(one, valueOf));
  }
  return leavesOf(filter).every((leaf) => matches(leaf, valueOf));
}

/** The implicit order: fields with an inequality, then the name. */
function fullOrder(query: StructuredQuery): Required<Order>[] {
  const asked = (query.orderBy ?? []).map(({ field, direction = 'ASCENDING' }) => ({ field, direction }));
  const last = asked.at(-1)?.direction ?? 'ASCENDING';
  const ranged = [
    ...new Set(
      leavesOf(query.where)
        .filter(({ op }) => inequalities.includes(op))
        .map(({ field }) => field),
    ),
  ].toSorted(compareText);
  for (const fieldPath of [...ranged, nameField]) {
    if (!asked.some(({ field }) => field.fieldPath === fieldPath)) asked.push({ field: { fieldPath }, direction: last });
  }
  return asked;
}

/**
 * Firestore has an index for each single field of a collection by default; an index for several fields, or for a field of a collection
 * group, must have been created.
 *
 * @param indexes those that were created, as `posts.updatedAt` (fields separated by commas); `all` to reject nothing
 */
function refuseWithoutIndex(query: StructuredQuery, indexes: 'all' | readonly string[]): void {
  if (indexes === 'all') return;
  const [source] = query.from ?? [];
  const leaves = leavesOf(query.where).filter(({ field }) => field !== nameField);
  const ordered = fullOrder(query);
  const equalities = leaves.filter(({ op }) => !inequalities.includes(op)).map(({ field }) => field);
  const others = ordered.map(({ field }) => field.fieldPath).filter((field) => field !== nameField && !equalities.includes(field));
  const fields = [...new Set([...equalities, ...others])];
  const descendingName = ordered[0]?.field.fieldPath === nameField && ordered[0].direction === 'DESCENDING';
  const group = source?.allDescendants === true;
  const enough = fields.length === 0 ? !descendingName : group ? false : fields.length === 1 || others.length === 0;
  if (enough || indexes.includes(`${source?.collectionId}.${fields.join(',')}`)) return;
  const what =
    fields.length === 1 && group
      ? `a COLLECTION_GROUP_${ordered[0]?.direction === 'DESCENDING' ? 'DESC' : 'ASC'} index for collection ${source?.collectionId} and field ${fields[0]}`
      : 'an index';
  throw refuse('FAILED_PRECONDITION', `The query requires ${what}. You can create it in the Firebase console.`);
}

export type Answer = { readonly documents: StoredDocument[]; readonly skipped: number };

/**
 * @param parent path of the document below which the query runs; empty for the database
 * @param nameOf the full name of a path
 */
export function runQuery(
  query: StructuredQuery,
  {
    documents,
    parent,
    time,
    indexes,
    nameOf,
  }: {
    documents: Documents;
    parent: string;
    time: number;
    indexes: 'all' | readonly string[];
    nameOf: (path: string) => string;
  },
): Answer {
  known(query, 'select', 'from', 'where', 'orderBy', 'startAt', 'endAt', 'offset', 'limit');
  const [source, ...more] = query.from ?? [];
  if (!source?.collectionId || more.length > 0) throw invalid('A query must have exactly one collection.');
  known(source, 'collectionId', 'allDescendants');
  for (const cursor of [query.startAt, query.endAt]) if (cursor) known(cursor, 'values', 'before');
  const { limit = Infinity, offset = 0 } = query;
  if (typeof limit !== 'number' || typeof offset !== 'number' || limit < 0 || offset < 0) throw invalid("Payload isn't valid for request.");
  const { collectionId: id, allDescendants = false } = source;
  for (const { fieldPath } of query.select?.fields ?? []) parseFieldPath(fieldPath);
  refuseWithoutIndex(query, indexes);

  const order = fullOrder(query);
  const below = parent === '' ? '' : `${parent}/`;
  const inScope = (path: string): boolean => path.startsWith(below) && (allDescendants || path.lastIndexOf('/') === below.length + id.length);
  const valuesOf =
    (document: StoredDocument) =>
    (field: string): Value | undefined =>
      field === nameField ? { referenceValue: nameOf(document.path) } : valueAt(document.fields, parseFieldPath(field));
  const against = (document: StoredDocument, { values = [] }: Cursor): number => {
    const valueOf = valuesOf(document);
    for (const [at, value] of values.entries()) {
      const by = order[at];
      const held = by && valueOf(by.field.fieldPath);
      if (held === undefined) throw invalid('A cursor has more values than there are orders.');
      const compared = compareValues(held, value);
      if (compared !== 0) return by?.direction === 'DESCENDING' ? -compared : compared;
    }
    return 0;
  };
  const { startAt, endAt } = query;
  const started = (document: StoredDocument): boolean => !startAt || (startAt.before ? against(document, startAt) >= 0 : against(document, startAt) > 0);
  const ended = (document: StoredDocument): boolean => endAt !== undefined && (endAt.before ? against(document, endAt) >= 0 : against(document, endAt) > 0);
  const fits = (document: StoredDocument): boolean => {
    const valueOf = valuesOf(document);
    return order.every(({ field }) => valueOf(field.fieldPath) !== undefined) && holds(query.where, valueOf) && started(document) && !ended(document);
  };

  const byName = order.length === 1 && order[0]?.direction === 'ASCENDING';
  const [first] = startAt?.values ?? [];
  const from = byName && first && 'referenceValue' in first ? first.referenceValue.slice(nameOf('').length) : undefined;
  const found: StoredDocument[] = [];
  for (const document of documents.group(id, time, from)) {
    if (!inScope(document.path)) continue;
    if (byName && (found.length >= offset + limit || ended(document))) break;
    if (fits(document)) found.push(document);
  }
  if (!byName) {
    const keys = new Map(found.map((document) => [document, order.map(({ field }) => valuesOf(document)(field.fieldPath))]));
    found.sort((a, b) => {
      for (const [at, { direction }] of order.entries()) {
        const left = keys.get(a)?.[at];
        const right = keys.get(b)?.[at];
        const compared = left && right ? compareValues(left, right) : 0;
        if (compared !== 0) return direction === 'DESCENDING' ? -compared : compared;
      }
      return 0;
    });
  }
  return { documents: found.slice(offset, offset + limit), skipped: Math.min(offset, found.length) };
}

/** @returns the fields that the query selects; empty if the document has none of them */
export function selected(fields: Fields, { select }: StructuredQuery): Fields {
  return select?.fields?.length
    ? masked(
        fields,
        select.fields.map(({ fieldPath }) => fieldPath),
      )
    : fields;
}

export function aggregate(aggregations: readonly Aggregation[], documents: readonly StoredDocument[]): Fields {
  if (aggregations.length === 0) throw invalid('At least one aggregation is needed.');
  return Object.fromEntries(aggregations.map((aggregation, at) => [aggregation.alias ?? `field_${at + 1}`, aggregated(aggregation, documents)]));
}

function aggregated(aggregation: Aggregation, documents: readonly StoredDocument[]): Value {
  known(aggregation, 'alias', 'count', 'sum', 'avg');
  if (aggregation.count) return { integerValue: String(Math.min(documents.length, Number(aggregation.count.upTo ?? Infinity))) };
  const path = (aggregation.sum ?? aggregation.avg)?.field.fieldPath;
  if (path === undefined) throw invalid('An aggregation needs count, sum or avg.');
  const values = documents.flatMap(({ fields }) => {
    const value = valueAt(fields, parseFieldPath(path));
    return value && ('integerValue' in value || 'doubleValue' in value) ? [value] : [];
  });
  const whole = values.every((value) => 'integerValue' in value);
  const sum = values.reduce((total, value) => total + Number('integerValue' in value ? value.integerValue : value.doubleValue), 0);
  if (aggregation.sum) return whole ? { integerValue: String(sum) } : { doubleValue: sum };
  return values.length === 0 ? { nullValue: null } : { doubleValue: sum / values.length };
}
