import { canonical, shownText } from './canonical.ts';
import type { CompiledEntity } from './compiled.ts';
import type { SideName } from './entity.ts';
import { sourceOn, type Field } from './field.ts';
import { isInScope } from './scope.ts';
import type { RawRow } from '../../store/store.ts';
import { isTable, matchPath, valueAt, writeFieldSource, type Around, type FieldSource } from '../../store/source.ts';
import { equal, isUnreadable, type Canonical } from './types.ts';
import { Columns, isAbsent, isFields, isList, rowFields, type Maybe, type Value } from '../../store/value.ts';

/** What a store hands over of one row, with which of the entity's sources it was read from. */
export type StoredRow = RawRow & { readonly source: number };

/** How a person finds the row again. */
export type RowId = { readonly path: string } | { readonly id: string } | { readonly key: readonly (string | null)[] };

/** One row of one side, as it is compared. */
export type Row = {
  /** Whether `only` holds. A row out of scope is looked at only to explain why another one misses it. */
  readonly isInScope: boolean;
  /** Canonical, in the order of the declaration. `undefined` where a part cannot be read: the row claims no key. */
  readonly key: readonly (string | null)[] | undefined;
  /** Likewise, with null for what cannot be read. */
  readonly parts: readonly (string | null)[];
  /** In the order of the entity's fields; none where `each` makes no rows of it. */
  readonly fields: readonly Canonical[];
  /** What of the key cannot be read, by column; what `each` cannot make rows of, by its field. The text is null where there is nothing. */
  readonly unreadableKey: ReadonlyMap<string, string | null>;
  /** When it was last written, in UTC with microseconds; `undefined` where nobody knows. */
  readonly changed: string | undefined;
  /** Another one after each write, if the store keeps such a thing. */
  readonly version: string | undefined;
  readonly id: RowId;
  /** What stands somewhere in the row, as it was read. */
  value: (source: FieldSource) => Maybe;
  /** What stands in a column of a table as it was parsed, where that is a text, a boolean or null. */
  plain: (source: FieldSource) => string | boolean | null | undefined;
  /** Columns whose field the row does not have at all, not even as null. */
  readonly absent: readonly string[];
  /** Fields that it has and nobody compares, as they would be written in the file. */
  readonly notCompared: readonly string[];
};

/** The rows that a stored row of the legacy side is: one; none, where its path is that of something else; several with `each`. */
export function readLegacyRow(entity: CompiledEntity, stored: StoredRow): readonly Row[] {
  const around = surroundings(entity, 'legacy', stored);
  if (around === undefined) return [];
  const { each } = entity.declaration;
  if (each === undefined) return [new RowOfSide(entity, 'legacy', stored, around)];
  const whole = valueAt(each, around);
  if (isAbsent(whole)) return [];
  const elements = elementsOf(whole, entity.isSparse);
  if (elements === undefined) return [new RowOfSide(entity, 'legacy', stored, around, new Map([[writeFieldSource(each), shownText(whole)]]))];
  return elements.map(([index, item]) => new RowOfSide(entity, 'legacy', stored, { ...around, item, index }));
}

export function readNormalizedRow(entity: CompiledEntity, stored: StoredRow): Row | undefined {
  const around = surroundings(entity, 'normalized', stored);
  return around && new RowOfSide(entity, 'normalized', stored, around);
}

function surroundings({ declaration, isSparse }: CompiledEntity, side: SideName, { source, path, value }: StoredRow): Around | undefined {
  const from = side === 'legacy' ? declaration.legacy[source] : declaration.normalized;
  if (from === undefined) return undefined;
  const segments = isTable(from) ? noSegments : matchPath(from, path ?? '');
  return segments && { segments, fields: rowFields(value), isSparse };
}

const noSegments: ReadonlyMap<string, string> = new Map();
const noneUnreadable: ReadonlyMap<string, string | null> = new Map();

/** The Realtime Database fills the gaps of a list with nulls: these are no elements. */
function elementsOf(value: Value, isSparse: boolean): (readonly [string, Value])[] | undefined {
  const elements = isList(value) ? value.map((item, index) => [`${index}`, item] as const) : isFields(value) ? [...value] : undefined;
  return isSparse ? elements?.filter(([, item]) => item !== null) : elements;
}

/** Makes of a row only what is asked for: to see that two rows are the same, mostly nothing but their keys has to be made. */
class RowOfSide implements Row {
  readonly key: Row['key'];
  readonly parts: Row['parts'];
  readonly unreadableKey: Row['unreadableKey'];
  readonly #entity: CompiledEntity;
  readonly #side: SideName;
  readonly #stored: StoredRow;
  readonly #around: Around;
  readonly #isWhole: boolean;
  #isInScope: boolean | undefined;
  #fields: readonly Canonical[] | undefined;

  /** @param instead what `each` cannot make rows of, by its field: then there are no fields */
  constructor(entity: CompiledEntity, side: SideName, stored: StoredRow, around: Around, instead?: ReadonlyMap<string, string>) {
    this.#entity = entity;
    this.#side = side;
    this.#stored = stored;
    this.#around = around;
    this.#isWhole = instead === undefined;
    let unreadable: Row['unreadableKey'] = noneUnreadable;
    this.parts = entity.key.map((field) => {
      const part = this.#readPart(field);
      if (isUnreadable(part)) unreadable = new Map([...unreadable, [field.column, part.unreadable]]);
      else if (part === null && !field.mayBeNull) unreadable = new Map([...unreadable, [field.column, null]]);
      return isUnreadable(part) ? null : part;
    });
    this.unreadableKey = instead ?? unreadable;
    this.key = this.unreadableKey.size === 0 ? this.parts : undefined;
  }

  #read(field: Field): Canonical {
    const value = this.value(sourceOn(this.#side, field));
    return this.#side === 'legacy' ? field.expected(value) : field.actual(value);
  }

  #readPart(field: Field): Canonical {
    // Nobody knows what the elements are of what is no list: a default says nothing of them.
    if (!this.#isWhole && ['item', 'index'].includes(sourceOn(this.#side, field).kind)) return null;
    const part = this.#read(field);
    // No filter holds what is shown as JSON, so that such a key would not be found again.
    const mayBeJson = field.type.name === 'text' && typeof part === 'string' && part.startsWith('{');
    const value = mayBeJson ? this.value(sourceOn(this.#side, field)) : null;
    return isFields(value) ? canonical(field.type, value) : part;
  }

  get isInScope(): boolean {
    return (this.#isInScope ??= isInScope(this.#entity.declaration.only[this.#side], (source) => this.value(source)));
  }

  get fields(): readonly Canonical[] {
    return (this.#fields ??= this.#isWhole ? this.#entity.fields.map((field) => this.#read(field)) : []);
  }

  get changed(): string | undefined {
    return changedOf(this.#entity, this.#side, this.#stored, this.#around);
  }

  get version(): string | undefined {
    return this.#stored.updateTime;
  }

  get id(): RowId {
    return rowIdOf(this.#stored, this.#around, this.parts);
  }

  get absent(): readonly string[] {
    if (!this.#isWhole) return [];
    return [...this.#entity.key, ...this.#entity.fields].flatMap((field) => (this.value(sourceOn(this.#side, field)) === undefined ? [field.column] : []));
  }

  get notCompared(): readonly string[] {
    return this.#entity.notCompared[this.#side](this.#around);
  }

  value(source: FieldSource): Maybe {
    return valueAt(source, this.#around);
  }

  plain(source: FieldSource): string | boolean | null | undefined {
    const { fields } = this.#around;
    const [column, ...inside] = source.kind === 'field' ? source.path : [];
    return fields instanceof Columns && column !== undefined && inside.length === 0 ? fields.plain(column) : undefined;
  }
}

function changedOf({ changed }: CompiledEntity, side: SideName, { updateTime }: StoredRow, around: Around): string | undefined {
  const declared = changed[side];
  if (declared === undefined) return updateTime === undefined ? undefined : textOf(canonical({ name: 'timestamp', precision: 'us' }, updateTime));
  return textOf(canonical(declared.type, valueAt(declared.from, around), declared.place));
}

const textOf = (value: Canonical): string | undefined => (typeof value === 'string' ? value : undefined);

const idColumn: FieldSource = { kind: 'field', path: ['id'] };

function rowIdOf({ path }: StoredRow, around: Around, key: readonly (string | null)[]): RowId {
  if (path !== undefined) return { path };
  const id: Maybe = valueAt(idColumn, around);
  return isAbsent(id) ? { key } : { id: shownText(id) };
}

/** What of a legacy row is not of its type, by column, as it stands there. Null: a part of the key that is not there. */
export function malformedParts(entity: CompiledEntity, row: Row): ReadonlyMap<string, string | null> {
  if (!row.fields.some(isUnreadable)) return row.unreadableKey;
  const parts = new Map(row.unreadableKey);
  entity.fields.forEach(({ column }, place) => {
    const value = row.fields[place] ?? null;
    if (isUnreadable(value)) parts.set(column, value.unreadable);
  });
  return parts;
}

/**
 * The columns that differ between two rows of one key. What is unreadable on the legacy side is not compared; what is
 * unreadable on the normalized side differs.
 */
export function differingColumns(entity: CompiledEntity, legacy: Row, normalized: Row): string[] {
  return entity.fields.flatMap(({ column, type }, place) => {
    const [expected, actual] = [legacy.fields[place] ?? null, normalized.fields[place] ?? null];
    if (isUnreadable(expected)) return [];
    return isUnreadable(actual) || !equal(type, expected, actual) ? [column] : [];
  });
}
