import type { Document, Key } from '../../document/document.ts';
import type { Claim, RowComparison } from '../pair.ts';
import type { CompiledEntity } from './compiled.ts';
import { writtenAt, type Documents } from './documents.ts';
import type { SideName } from './entity.ts';
import type { Field } from './field.ts';
import type { Row } from './row.ts';
import { equal, isExact, isUnreadable } from './types.ts';

/** A row that claims its key. Its document is created on access. */
export class RowClaim implements Claim {
  readonly kind = 'claim';
  readonly key: Key;
  readonly row: Row;
  readonly #documents: Documents;
  readonly #side: SideName;

  constructor(documents: Documents, side: SideName, row: Row, key: Key) {
    this.key = key;
    this.row = row;
    this.#documents = documents;
    this.#side = side;
  }

  get document(): Document {
    return this.#documents.documentOf(this.#side, this.row, this.key);
  }

  get writtenAt(): number | undefined {
    return writtenAt(this.row);
  }
}

/** Compares rows of an entity that claim the same key. */
export function compareClaims({ fields }: Pick<CompiledEntity, 'fields'>): Omit<RowComparison, 'inOrder' | 'inTurns'> {
  const isText = fields.every(({ type }) => isExact(type));
  return {
    // A claim of another entity counts as different, so it is read again.
    agrees: (expected, actual) =>
      expected instanceof RowClaim && actual instanceof RowClaim && fields.every((field) => isSame(field, expected.row, actual.row)),
    textOf: (claim) => (isText && claim instanceof RowClaim ? textOf(claim.row) : undefined),
  };
}

/** Includes the lengths of the values, so that the end of one cannot be mistaken for the beginning of the next. */
function textOf({ fields }: Row): string | null {
  let text = '';
  for (const value of fields) {
    if (isUnreadable(value)) return null;
    text += value === null ? '-' : `${value.length} ${value}`;
  }
  return text;
}

/** Values with identical text are not parsed. */
function isSame(field: Field, legacy: Row, normalized: Row): boolean {
  const hasSameText = field.sameText !== 'nothing' && isSameText(legacy.plain(field.from), normalized.plain(field.to));
  if (hasSameText && field.sameText === 'same') return true;
  const actual = field.actual(normalized.value(field.to));
  if (isUnreadable(actual)) return false;
  if (hasSameText) return true;
  const expected = field.expected(legacy.value(field.from));
  return !isUnreadable(expected) && equal(field.type, expected, actual);
}

const isSameText = (left: ReturnType<Row['plain']>, right: ReturnType<Row['plain']>): boolean => left !== undefined && left === right;
