import { toNfc, toNfd } from '../../document/canonical.ts';
import { canonical, shownText } from './canonical.ts';
import type { FieldDeclaration, SideName } from './entity.ts';
import type { KeyField } from './compiled.ts';
import { postgresInstant } from './instant.ts';
import { isFields, isList, isScalar, isUnread, numberValue, timestampValue, type Value } from '../../store/value.ts';
import { plainJson } from './written.ts';

/** How a part of a key, known only in its canonical form, may be spelled in a store. */

/** All likely spellings; any other one has to be remembered when it is seen. */
export function spellingsOf(field: KeyField, line: FieldDeclaration | undefined, side: SideName, part: string | null): readonly Value[] {
  const read = side === 'legacy' ? field.expected : field.actual;
  // A blank text, and a value that a default replaces, may be null in the store.
  const nothing: readonly Value[] = read(null) === part ? [null] : [];
  const mapped =
    side === 'legacy' ? [...(line?.values ?? [])].flatMap(([written]) => [...asWritten(field, written)].filter((value) => read(value) === part)) : [];
  const plain = part === null ? [] : asWritten(field, part).filter((value) => read(value) === part);
  return distinct([...nothing, ...mapped, ...plain]);
}

function asWritten({ type }: KeyField, part: string): readonly Value[] {
  switch (type.name) {
    case 'text':
      return [...inEveryForm(part), ...(type.ignoreCase ? [part.toUpperCase(), part.toLowerCase()].flatMap(inEveryForm) : []), ...asNumber(part)];
    case 'uuid':
      return [part, part.toUpperCase()];
    case 'integer':
    case 'number':
      return [numberValue(part), part];
    case 'boolean':
      return [part === 'true', part];
    case 'timestamp':
      return [timestampValue(postgresInstant(part)), postgresInstant(part)];
    case 'undescribed':
      return [...inEveryForm(part), ...asNumber(part), ...(part === 'true' || part === 'false' ? [part === 'true'] : [])];
    default:
      return [part];
  }
}

const asNumber = (part: string): readonly Value[] => (canonical({ name: 'number' }, part) === part ? [numberValue(part)] : []);

/** Composed and decomposed: stores compare bytes. */
const inEveryForm = (text: string): string[] => [text, toNfc(text), toNfd(text)];

const distinct = (values: readonly Value[]): readonly Value[] => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];

export const isSpelled = (spellings: readonly Value[], value: Value): boolean => spellings.some((one) => isSameSpelling(one, value));

const isSameSpelling = (a: Value, b: Value): boolean => a === b || spellingText(a) === spellingText(b);

/** The same for the same spelling. */
export const spellingText = (value: Value): string => (isList(value) || isFields(value) ? plainJson(value) : JSON.stringify(value));

/** Scalars as the store spells them. */
export function scalarText(value: Value): string | undefined {
  if (isUnread(value)) return undefined;
  if (isScalar(value) && (value.kind === 'number' || value.kind === 'timestamp')) return value.text;
  return typeof value === 'string' || typeof value === 'boolean' || isScalar(value) ? shownText(value) : undefined;
}
