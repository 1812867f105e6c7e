import { chunksOf } from '../../action/src/document/chunks.ts';
import { keyId, type Difference, type DifferenceKind, type Key } from '../../action/src/document/document.ts';
import type { DeclaredEntity } from '../../action/src/pair/declared/declared.ts';
import type { CompiledEntity } from '../../action/src/pair/declared/compiled.ts';
import type { Field } from '../../action/src/pair/declared/field.ts';
import { compareRows } from '../../action/src/pair/declared/documents.ts';
import type { RowsOfKey } from '../../action/src/pair/declared/find.ts';
import { differingColumns, malformedParts, type Row } from '../../action/src/pair/declared/row.ts';
import { plainJson, storedText, writtenJson } from '../../action/src/pair/declared/written.ts';
import { isAbsent, isFields, type Fields, type Maybe } from '../../action/src/store/value.ts';
import { isKeyless, namedKey, rowName, type Differing } from './rows.ts';

/** What would bring the normalized side to what the legacy side says. */

export type Change = {
  readonly entity: DeclaredEntity;
  readonly key: Record<string, string | null>;
  readonly action: 'insert' | 'update' | 'delete';
  /** The declared columns that are written. */
  readonly columns: readonly string[];
  /** By the table's own columns, JSON text each; of a delete there is none. */
  readonly values: ReadonlyMap<string, string>;
  /** What the row of the normalized side is found by, in its own spelling: the key, and what `only` goes by where others have that key. */
  readonly where: readonly { readonly path: readonly string[]; readonly text: string | null; readonly isText: boolean }[];
  /** Keys of the same entity that the row may refer to. */
  readonly parents: readonly string[];
  /** Of an update, columns of JSON in which others may write beside it, as they were read. */
  readonly merged: ReadonlyMap<string, string>;
  /** The same change of the row as it is by now; none where it needs none any more. */
  readonly again: () => Promise<Change | undefined>;
  /** Columns that hold what `only` requires of a new row, which may be unique only together with the key. */
  readonly scoped: readonly string[];
  /** The table's columns that a new row is put in without, since the legacy side has a value for them, but none that can be written. */
  readonly lacks: readonly string[];
  /** Of an insert, the column that holds its number, which the database may else give by itself. */
  readonly numbered?: string | undefined;
};

export type Skipped = { readonly entity: string; readonly key: Record<string, string | null>; readonly reason: SkipReason; readonly detail: string };
export type SkipReason = 'out-of-scope' | 'malformed' | 'duplicate' | 'orphan' | 'not-since' | 'no-key' | 'no-object' | 'gone' | 'not-written';

export type Plan = { readonly changes: readonly Change[]; readonly skipped: readonly Skipped[] };

export type Scope = {
  /** ISO 8601: only rows whose legacy side was written then or later, or nobody knows when. */
  readonly since: string | undefined;
  readonly deleteOrphans: boolean;
};

const keysAtOnce = 100;

/** Rows are read once more, whole, right before anything is decided about them. */
export async function planChanges(differing: readonly Differing[], scope: Scope): Promise<Plan> {
  const changes: Change[] = [];
  const skipped: Skipped[] = [];
  for (const [entity, same] of Map.groupBy(differing, (one) => one.entity)) {
    const compiled = await entity.compiled();
    const counted = new Map(same.map(({ key, differences }) => [keyId(key), differences]));
    const [keyless, keyed] = [true, false].map((isWanted) => same.filter(({ key }) => isKeyless(entity, key) === isWanted));
    const unclaimed: Unclaimed[] = [];
    const read = await entity.read((keyless ?? []).map(({ key }) => key));
    for (const { key, differences } of keyless ?? []) {
      const isLegacy = key.at(-1)?.startsWith('legacy ') ?? false;
      // What is accepted is not among the differences, and is as unknown.
      const there = read.get(keyId(key))?.unclaimed ?? [];
      const unknown = there.length > 0 ? there : differences;
      const row = rowName(Object.values(unknown[0]?.rowIds ?? {})[0]?.[0]);
      // Of one document, `each` may make several rows.
      const parts = isLegacy ? [...new Map(unknown.map(({ key: own }) => [keyId(own ?? []), own ?? []])).values()] : [key];
      for (const each of parts) {
        if (isLegacy) unclaimed.push({ parts: each, row });
        if (differences.length === 0) continue;
        skipped.push({
          entity: entity.name,
          key: namedKey(entity, each),
          reason: isLegacy ? 'malformed' : 'no-key',
          detail: `a row of the ${isLegacy ? 'legacy' : 'normalized'} side whose key cannot be read${row === undefined ? '' : `: ${row}`}`,
        });
      }
    }
    const keys = (keyed ?? []).map(({ key }) => key);
    for (const some of chunksOf(keys, keysAtOnce)) {
      const rows = await entity.rows(some);
      for (const key of some) {
        add(planRow({ entity, compiled, key, found: foundIn(rows, key), scope, differences: counted.get(keyId(key)) ?? [], unclaimed }));
      }
    }
  }
  return { changes, skipped };

  function add(plan: Plan): void {
    changes.push(...plan.changes);
    skipped.push(...plan.skipped);
  }
}

const foundIn = (rows: ReadonlyMap<string, RowsOfKey>, key: Key): RowsOfKey => rows.get(keyId(key)) ?? { legacy: [], normalized: [] };

type Planned = {
  readonly entity: DeclaredEntity;
  readonly compiled: CompiledEntity;
  readonly key: Key;
  readonly found: RowsOfKey;
  readonly scope: Scope;
  /** Those that count: what is accepted stays as it is, in a row that differs in something else as well. */
  readonly differences: readonly Difference[];
  readonly unclaimed: readonly Unclaimed[];
};

/** A legacy row whose key cannot be read, with null for each part of it that nobody knows. */
type Unclaimed = { readonly parts: Key; readonly row: string | undefined };

const leftAlone = (...skipped: readonly Skipped[]): Plan => ({ changes: [], skipped });

const skip = ({ entity, key }: Planned, reason: SkipReason, detail: string): Skipped => ({ entity: entity.name, key: namedKey(entity, key), reason, detail });

const inScope = (rows: readonly Row[]): Row[] => rows.filter((row) => row.isInScope).sort(compareRows);

const counts = ({ differences }: Planned, kind: DifferenceKind, column?: string): boolean =>
  differences.some((difference) => difference.kind === kind && (column === undefined || difference.path?.[0] === column));

function whereOf({ entity, compiled, found }: Planned, row: Row): Change['where'] {
  // A row out of scope that has the same key is never written: what keeps it out tells the two apart.
  const conditions = found.normalized.every(({ isInScope }) => isInScope) ? [] : entity.declaration.only.normalized;
  return [...compiled.key.map(({ to }) => to), ...conditions.map(({ source }) => source)].flatMap((from) =>
    from.kind === 'field' ? [{ path: from.path, text: storedText(row.value(from)), isText: typeof row.value(from) === 'string' }] : [],
  );
}

const nothingElse = { merged: new Map<string, string>(), again: async () => undefined, scoped: [], lacks: [] };

function planRow(planned: Planned): Plan {
  const { found, scope } = planned;
  if (found.legacy.length + found.normalized.length === 0)
    return leftAlone(skip(planned, 'gone', 'neither side has it any more, or the API does not find it by its key: run it again'));
  const [[source], normalized] = [inScope(found.legacy), inScope(found.normalized)];
  if (source === undefined) return normalized.length > 0 ? planOrphans(planned, normalized) : leftAlone();
  if (scope.since !== undefined && source.changed !== undefined && Date.parse(source.changed) < Date.parse(scope.since)) return leftAlone();
  if (normalized.length === 0 && found.normalized.length > 0)
    return leftAlone(skip(planned, 'out-of-scope', 'the normalized side has it, but "only" puts it out of scope'));
  return planWrite(planned, source, normalized);
}

function planOrphans(planned: Planned, normalized: readonly Row[]): Plan {
  const { entity, compiled, key, found, scope } = planned;
  if (found.legacy.length > 0) return leftAlone(skip(planned, 'out-of-scope', 'the legacy side has it, but "only" puts it out of scope'));
  if (!counts(planned, 'orphan')) return leftAlone();
  // Nothing of the legacy side says when it was written.
  if (scope.since !== undefined)
    return leftAlone(skip(planned, 'not-since', 'only the normalized side has it, so there is no legacy time to compare with --since'));
  const owner = planned.unclaimed.find(({ parts }) => parts.every((part, place) => part === null || part === key[place]));
  if (owner !== undefined) {
    const which = owner.row === undefined ? 'a legacy row' : `the legacy row ${owner.row}`;
    return leftAlone(
      skip(planned, 'orphan', `only the normalized side has it, but it may belong to ${which}, whose key cannot be read: repair that key first`),
    );
  }
  if (!scope.deleteOrphans) return leftAlone(skip(planned, 'orphan', 'only the normalized side has it; --delete-orphans deletes it'));
  const deletionOf = (row: Row): Change => ({
    entity,
    key: namedKey(entity, key),
    action: 'delete',
    columns: [],
    values: new Map(),
    where: whereOf(planned, row),
    ...nothingElse,
    parents: parentsOf(compiled, row),
  });
  return { changes: normalized.map(deletionOf), skipped: [] };
}

function planWrite(planned: Planned, source: Row, normalized: readonly Row[]): Plan {
  const { entity, compiled, key, found } = planned;
  const [target] = normalized;
  const malformed = [...malformedParts(compiled, source).keys()];
  const unread = malformed.filter((column) => counts(planned, 'malformed', column));
  const skipped = unread.length > 0 ? [skip(planned, 'malformed', `the legacy side has an unreadable value in ${unread.join(', ')}`)] : [];
  if (inScope(found.legacy).length > 1 && counts(planned, 'duplicate'))
    skipped.push(skip(planned, 'duplicate', 'the legacy side has several rows with this key, and the one changed last counts: decide which one is right'));
  if (normalized.length > 1)
    return leftAlone(...skipped, skip(planned, 'duplicate', 'the normalized side has several rows with this key: decide which one is right'));

  const readable = compiled.fields.filter(({ column }) => !malformed.includes(column));
  const named = target === undefined ? missingFields(planned, readable) : differingFields(planned, readable, source, target);
  const unstorable = named.filter((field) => holdsNul(writtenJson(field, source.value(field.from))));
  if (unstorable.length > 0) {
    const columns = unstorable.map(({ column }) => column).join(', ');
    skipped.push(skip(planned, 'malformed', `the legacy side has a NUL character in ${columns}, which Postgres cannot store: remove it there`));
  }
  // Sent all the same, such a value would be refused, and nothing after it would be repaired.
  if (compiled.key.some((field) => unstorable.includes(field))) return leftAlone(...skipped);
  const wanted = named.filter((field) => !unstorable.includes(field));
  const written = wanted.filter((field) => target === undefined || hasPlace(field, target));
  const blocked = wanted.filter((field) => !written.includes(field)).map(({ column }) => column);
  if (blocked.length > 0) skipped.push(skip(planned, 'no-object', `the normalized side has no JSON object to put ${blocked.join(', ')} into`));
  if (written.length === 0) return leftAlone(...skipped);
  const values = valuesOf(written, source, target);
  if (leavesScope(entity.declaration, written, values))
    return leftAlone(...skipped, skip(planned, 'out-of-scope', 'with the legacy values, "only" would put it out of scope on the normalized side'));

  const columns = written.map(({ column }) => column);
  const common = { entity, key: namedKey(entity, key), parents: parentsOf(compiled, source), ...nothingElse };
  if (target !== undefined) {
    const again = updateOnceMore(planned);
    const update: Change = { ...common, action: 'update', columns, values, where: whereOf(planned, target), merged: mergedIn(written, target), again };
    return { changes: [update], skipped };
  }
  const scoped = [...scopeValues(entity.declaration)].filter(([column]) => !values.has(column));
  const whole = new Map([...values, ...scoped]);
  const unwritable = compiled.fields.filter((field) => malformed.includes(field.column) || unstorable.includes(field));
  const insertion: Change = {
    ...common,
    action: 'insert',
    columns: [...columns, ...scoped.map(([column]) => column)],
    scoped: scoped.map(([column]) => column),
    lacks: unwritable.flatMap(({ to }) => (to.kind === 'field' ? to.path.slice(0, 1) : [])).filter((column) => !whole.has(column)),
    values: whole,
    where: [],
    numbered: numberOf(compiled),
  };
  return { changes: [insertion], skipped };
}

/** Keeps nothing of the rows that were found. */
function updateOnceMore({ entity, compiled, key, scope, differences, unclaimed }: Planned): Change['again'] {
  const planned = { entity, compiled, key, scope, differences, unclaimed };
  return async () => planRow({ ...planned, found: foundIn(await entity.rows([key]), key) }).changes.find(({ action }) => action === 'update');
}

const missingFields = (planned: Planned, fields: readonly Field[]): readonly Field[] =>
  counts(planned, 'missing') ? [...planned.compiled.key, ...fields] : [];

function differingFields(planned: Planned, fields: readonly Field[], source: Row, target: Row): readonly Field[] {
  const differing = differingColumns(planned.compiled, source, target).filter((column) => counts(planned, 'mismatch', column));
  return fields.filter(({ column }) => differing.includes(column));
}

/** As it is escaped in JSON text. */
const holdsNul = (json: string | undefined): boolean => json !== undefined && /(?<!\\)(?:\\\\)*\\u0000/.test(json);

/** Inside of JSON there has to be an object: to put it there, what stands in its place would be lost. */
const hasPlace = ({ to }: Field, row: Row): boolean =>
  to.kind !== 'field' ||
  to.path.slice(1).every((_, depth) => {
    const above = row.value({ kind: 'field', path: to.path.slice(0, depth + 1) });
    return isAbsent(above) || isFields(above);
  });

/** A table may refer to itself. What has the type of its key may be another row's, unless it is a number that is called otherwise. */
function parentsOf({ key: [own, ...others], fields }: CompiledEntity, row: Row): string[] {
  if (own === undefined || others.length > 0) return [];
  return fields.flatMap(({ column, type }, place) => {
    const value = row.fields[place];
    return typeof value === 'string' && type.name === own.type.name && (type.name !== 'integer' || /id$|parent/i.test(column)) ? [value] : [];
  });
}

/** A key of several parts is made of what others are called by. */
function numberOf({ key: [own, ...others] }: CompiledEntity): string | undefined {
  if (own === undefined || others.length > 0 || own.holds !== 'integer' || own.to.kind !== 'field') return undefined;
  const [column, ...inside] = own.to.path;
  return inside.length === 0 ? column : undefined;
}

/** Where the key of a new row stands in the table: a column, or a path inside of JSON. */
export const keyPathsOf = ({ entity: { declaration }, values }: Change): (readonly [column: string, ...inside: string[]])[] =>
  declaration.key.flatMap((column) => {
    const to = declaration.fields.get(column)?.to;
    const [own = column, ...inside] = to?.kind === 'field' ? to.path : [];
    return values.has(own) ? [[own, ...inside] as const] : [];
  });

/** Rows of one entity, each after those that it refers to, and else in the order that they had. */
export function parentsFirst(changes: readonly Change[]): Change[] {
  const byKey = new Map(changes.map((change) => [Object.values(change.key)[0], change]));
  const [ordered, seen] = [new Set<Change>(), new Set<Change>()];
  // No recursion: a thread may be as long as the table.
  const waiting = changes.toReversed();
  for (let change = waiting.at(-1); change !== undefined; change = waiting.at(-1)) {
    const above = seen.has(change) ? [] : change.parents.flatMap((key) => byKey.get(key) ?? []).filter((parent) => !seen.has(parent));
    seen.add(change);
    if (above.length > 0) waiting.push(...above);
    else {
      ordered.add(change);
      waiting.pop();
    }
  }
  return [...ordered];
}

/** Whether what is written is surely none of what `only` wants there: the row would be missed again, and never be found. */
function leavesScope({ only }: DeclaredEntity['declaration'], fields: readonly Field[], values: ReadonlyMap<string, string>): boolean {
  return only.normalized.some(({ source, anyOf }) => {
    if (source.kind !== 'field' || source.path.length > 1) return false;
    const [column = ''] = source.path;
    const json = values.get(column);
    const type = fields.find(({ to }) => to.kind === 'field' && to.path.length === 1 && to.path[0] === column)?.type.name;
    if (json === undefined || type === undefined) return false;
    const written: unknown = JSON.parse(json);
    if (written === null) return !anyOf.includes(null);
    // The database has a spelling of its own for times and the like.
    if (!['text', 'integer', 'number', 'boolean'].includes(type)) return anyOf.every((value) => value === null);
    return anyOf.every((value) => value === null || JSON.parse(plainJson(value)) !== written);
  });
}

/** What `only` wants of a new row, where it leaves no choice: without it the row would be out of scope, and missed again. */
const scopeValues = ({ only }: DeclaredEntity['declaration']): ReadonlyMap<string, string> =>
  new Map(
    only.normalized.flatMap(({ source, anyOf: [value, ...others] }): [string, string][] => {
      const [column, ...inside] = source.kind === 'field' ? source.path : [];
      return column === undefined || inside.length > 0 || others.length > 0 || value === null || value === undefined ? [] : [[column, plainJson(value)]];
    }),
  );

/** By the table's columns. What stands inside of JSON is put into what is there, and the rest of that stays. */
function valuesOf(fields: readonly Field[], source: Row, target: Row | undefined): Map<string, string> {
  const values = new Map<string, string>();
  const inside = new Map<string, Part[]>();
  for (const field of fields) {
    const json = writtenJson(field, source.value(field.from));
    if (json === undefined || field.to.kind !== 'field') continue;
    const [column = '', ...rest] = field.to.path;
    if (rest.length === 0) values.set(column, json);
    else inside.set(column, [...(inside.get(column) ?? []), { path: rest, json }]);
  }
  for (const [column, parts] of inside) values.set(column, withParts(target?.value({ kind: 'field', path: [column] }), parts));
  return values;
}

const mergedIn = (fields: readonly Field[], target: Row): Map<string, string> =>
  new Map(
    fields.flatMap(({ to }): [string, string][] => {
      const [column = '', ...inside] = to.kind === 'field' ? to.path : [];
      return inside.length === 0 ? [] : [[column, plainJson(target.value({ kind: 'field', path: [column] }) ?? null)]];
    }),
  );

/** JSON text for a place inside of JSON. */
type Part = { readonly path: readonly string[]; readonly json: string };

/** A map with these parts in it, as JSON text. It only goes as deep as the file does: what is there may be nested more deeply. */
function withParts(there: Maybe, parts: readonly Part[]): string {
  const fields: Fields = isFields(there) ? there : new Map();
  const byName = Map.groupBy(parts, ({ path: [name = ''] }) => name);
  const members = [...new Set([...fields.keys(), ...byName.keys()])].map((name) => {
    const own = byName.get(name);
    const whole = own?.find(({ path }) => path.length === 1);
    const inside = own?.map(({ path, json }) => ({ path: path.slice(1), json }));
    return `${JSON.stringify(name)}:${whole?.json ?? (inside ? withParts(fields.get(name), inside) : plainJson(fields.get(name) ?? null))}`;
  });
  return `{${members.join(',')}}`;
}
