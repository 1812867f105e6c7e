import { canonical, canonicalText } from './canonical.ts';
import type { Column, ColumnKind } from '../../store/column.ts';
import { canonicalDecimal } from './decimal.ts';
import type { FieldDeclaration, SideName } from './entity.ts';
import { typeOf } from './field-type.ts';
import { isProblem, type FieldSource, type Problem } from '../../store/source.ts';
import { isUnreadable, type Canonical, type FieldType, type Place } from './types.ts';
import { isAbsent, isScalar, type Maybe, type Value } from '../../store/value.ts';

/** One field of an entity, ready to be compared: both sides are read as one type. */
export type Field = {
  readonly column: string;
  readonly type: FieldType;
  readonly from: FieldSource;
  readonly to: FieldSource;
  /** The type of its column on the normalized side, if it is described. */
  readonly holds: Place['column'];
  /** Whether the value may be shown, if the file decides it. */
  readonly readable: boolean | undefined;
  /** What the normalized side should hold for this legacy value. */
  readonly expected: (value: Maybe) => Canonical;
  readonly actual: (value: Maybe) => Canonical;
  /**
   * What follows if both columns contain the same database text: the values are equal, they are equal unless unreadable, or nothing
   * follows.
   */
  readonly sameText: 'same' | 'same-if-readable' | 'nothing';
  /** The value that `expected` is based on, after the default and `values` were applied. */
  readonly meant: (value: Maybe) => Value;
};

export const sourceOn = (side: SideName, { from, to }: Pick<Field, 'from' | 'to'>): FieldSource => (side === 'legacy' ? from : to);

/** What is known about the field's place on each side. */
export type Places = {
  readonly from: Place;
  readonly to: Place;
  /** The description of the field, and whether it is that of the normalized side. */
  readonly column: Column | undefined;
  readonly isOfNormalized: boolean;
};

export function createField(column: string, declaration: FieldDeclaration & { readonly to: FieldSource }, places: Places): Field | Problem {
  const { from, to, values, readable } = declaration;
  const type = typeOf(declaration, places.column, places.isOfNormalized);
  if (isProblem(type)) return type;
  const written: Place = { isSparse: places.to.isSparse ?? false };
  const standIn = canonical(type, declaration.default, written);
  if (isUnreadable(standIn)) return { problem: `has a default that is not a valid ${type.name}. Correct it` };
  const wrong = [...(values?.values() ?? [])].some((value) => isUnreadable(canonical(type, value, written)));
  if (wrong) return { problem: `has among its values one that is not a valid ${type.name}. Correct it` };
  const translate = values && createTranslation(values, type);

  return {
    column,
    type,
    from,
    to,
    sameText: meaningOfSameText(type, declaration, places),
    holds: places.to.column,
    readable,
    meant(value) {
      if (isAbsent(value) || (typeof value === 'string' && isBlank(type, value))) return declaration.default ?? null;
      const translated = translate?.(value);
      return translated === undefined ? value : translated;
    },
    expected(value) {
      if (isAbsent(value) || (typeof value === 'string' && isBlank(type, value))) return standIn;
      const translated = translate?.(value);
      return translated === undefined ? canonical(type, value, places.from) : canonical(type, translated, written);
    },
    actual: (value) => canonical(type, value, places.to),
  };
}

/** The type that every text in a column of this kind matches. */
const always: Partial<Record<ColumnKind, FieldType['name']>> = {
  integer: 'integer',
  boolean: 'boolean',
  uuid: 'uuid',
  text: 'text',
  char: 'text',
  json: 'json',
  bytes: 'bytes',
};

function meaningOfSameText(type: FieldType, { values, default: standIn }: FieldDeclaration, { from, to }: Places): Field['sameText'] {
  const { column } = to;
  if (column === undefined || column === 'unknown' || column !== from.column || values !== undefined || standIn !== undefined) return 'nothing';
  return always[column] === type.name ? 'same' : 'same-if-readable';
}

const isBlank = (type: FieldType, text: string): boolean => type.name === 'text' && type.blankIsNull === true && canonicalText(type, text) === null;

/**
 * What `values` turns a legacy value into; `undefined` if it is not listed. Keys are text in the file, so a value is looked up as it would
 * be written there: numbers by value, text in the spelling that the type compares.
 */
function createTranslation(values: ReadonlyMap<string, Value>, type: FieldType): (value: Value) => Maybe {
  const options = type.name === 'text' ? { ...type, blankIsNull: false } : {};
  const spelling = (text: string): string => canonicalText(options, text) ?? '';
  const byText = new Map([...values].map(([key, value]) => [spelling(key), value]));
  const byNumber = new Map([...values].map(([key, value]) => [canonicalDecimal(key), value]));
  return (value) => {
    if (typeof value === 'string') return byText.get(spelling(value));
    if (typeof value === 'boolean') return byText.get(String(value));
    if (!isScalar(value)) return undefined;
    if (value.kind === 'reference') return byText.get(spelling(value.path));
    const number = value.kind === 'number' ? canonicalDecimal(value.text) : undefined;
    return number === undefined ? undefined : byNumber.get(number);
  };
}
