import { toNfc } from '../../document/canonical.ts';
import { withoutTrailing } from '../../document/trailing.ts';
import { canonicalDecimal } from './decimal.ts';
import { formatInstant, parseInstant } from './instant.ts';
import type { Condition } from '../../store/store.ts';
import type { FieldSource } from '../../store/source.ts';
import { isAbsent, isScalar, isUnread, type Maybe, type Value } from '../../store/value.ts';

/** Which rows of a side belong to an entity: `only`. */

/** Whether every condition holds. A condition holds for any of its values; null means null or absent. */
export const isInScope = (conditions: readonly Condition[], valueOf: (source: FieldSource) => Maybe): boolean =>
  conditions.every(({ source, anyOf }) => {
    const value = valueOf(source);
    return anyOf.some((wanted) => isSame(value, wanted));
  });

/**
 * By value and type: `1` equals `1.0` but not `"1"`. Values that a file can write only as text (times, references, bytes) are compared with
 * text.
 */
function isSame(value: Maybe, wanted: Value): boolean {
  // Whether the row belongs to the entity, nobody can tell.
  if (isUnread(value)) throw value.why;
  if (isAbsent(value) || isAbsent(wanted)) return isAbsent(value) && isAbsent(wanted);
  if (typeof value === 'string') return typeof wanted === 'string' && toNfc(value) === toNfc(wanted);
  if (typeof value === 'boolean') return value === wanted;
  if (!isScalar(value)) return false;
  if (value.kind === 'number') return isScalar(wanted) && wanted.kind === 'number' && isSameNumber(value.text, wanted.text);
  if (typeof wanted !== 'string') return false;
  if (value.kind === 'timestamp') return value.text === wanted || isSameInstant(value.text, wanted);
  if (value.kind === 'reference') return toNfc(value.path) === toNfc(wanted);
  return value.kind === 'bytes' && value.base64 === wanted;
}

function isSameNumber(a: string, b: string): boolean {
  const number = canonicalDecimal(a);
  return number !== undefined && number === canonicalDecimal(b);
}

function isSameInstant(a: string, b: string): boolean {
  const instants = [a, b].map((text) => parseInstant(text, true));
  const [first, second] = instants.map(
    (instant) => instant && formatInstant(typeof instant === 'string' ? instant : { ...instant, fraction: withoutTrailing(instant.fraction, '0') }),
  );
  return first !== undefined && first === second;
}
