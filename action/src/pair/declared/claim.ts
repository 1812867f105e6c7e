import type { Document, Key } from '../../document/document.ts';
import type { Claim } from '../pair.ts';
import type { CompiledEntity } from './compiled.ts';
import { writtenAt, type Documents } from './documents.ts';
import type { SideName } from './entity.ts';
import type { Field } from './field.ts';
import type { Row } from './row.ts';
import { equal, isUnreadable } from './types.ts';

/** A row that claims its key. Its document is made when somebody asks for it. */
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

/** Whether two rows of one key say the same in every field. What is the same as it stands is not read. */
export const agrees = ({ fields }: Pick<CompiledEntity, 'fields'>, legacy: Row, normalized: Row): boolean =>
  fields.every((field) => isSame(field, legacy, normalized));

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
