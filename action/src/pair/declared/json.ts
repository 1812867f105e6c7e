import { toNfc } from '../../document/canonical.ts';
import { compareText, sortTexts } from '../../document/order.ts';
import { canonicalDecimal } from './decimal.ts';
import { canonicalInstant } from './instant.ts';
import { isAbsent, isFields, isList, isScalar, isUnread, type Fields, type Maybe, type Value } from '../../store/value.ts';

/** How the parts of JSON are written. */
export type JsonForm = {
  readonly namesOf: (fields: Fields) => readonly string[];
  readonly nameText: (name: string) => string;
  readonly scalarText: (value: Exclude<Value, readonly Value[] | Fields>) => string;
};

/** Not recursive, since whoever wrote a value decides how deep it is. */
export function jsonIn({ namesOf, nameText, scalarText }: JsonForm, value: Value): string {
  let written = '';
  const open: Open[] = [];
  for (let next = value; ;) {
    if (isList(next)) {
      written += '[';
      open.push({ items: next, names: undefined, size: next.length, at: 0 });
    } else if (isFields(next)) {
      written += '{';
      const names = namesOf(next);
      open.push({ items: next, names, size: names.length, at: 0 });
    } else written += scalarText(next);
    // Continues with the innermost list or map that has not ended yet.
    let inside = open.at(-1);
    while (inside && inside.at === inside.size) {
      written += inside.names ? '}' : ']';
      open.pop();
      inside = open.at(-1);
    }
    if (!inside) return written;
    if (inside.at > 0) written += ',';
    if (inside.names) {
      const name = inside.names[inside.at] ?? '';
      written += `${nameText(name)}:`;
      next = inside.items.get(name) ?? null;
    } else next = inside.items[inside.at] ?? null;
    inside.at += 1;
  }
}

/** A list or a map that is being written. */
type Open = { readonly size: number; at: number } & (
  | { readonly items: readonly Value[]; readonly names: undefined }
  | { readonly items: Fields; readonly names: readonly string[] }
);

const canonicalForm: JsonForm = { namesOf: namesInOrder, nameText: (name) => JSON.stringify(toNfc(name)), scalarText: canonicalScalar };

/**
 * JSON in the form in which it is compared: sorted keys, numbers by value, texts in NFC. In a map, null and absent are the same; empty and
 * absent are not.
 *
 * @param isSparse whether one side is a store that keeps nothing empty (the Realtime Database): empty maps and lists then count as absent,
 * and a list is the map of its indexes
 * @returns null if there is no value
 */
export function canonicalJson(value: Maybe, isSparse = false): string | null {
  const whole = isSparse ? withoutEmpty(value) : value;
  return isAbsent(whole) ? null : jsonIn(canonicalForm, whole);
}

function namesInOrder(fields: Fields): string[] {
  const all = [...fields.keys()];
  const names = all.some((name) => fields.get(name) === null) ? all.filter((name) => fields.get(name) !== null) : all;
  const isComposed = names.every((name) => toNfc(name) === name);
  // Two names may become equal in NFC; both stay, in the order of their original spelling.
  return isComposed ? sortTexts(names) : names.sort((a, b) => compareText(toNfc(a), toNfc(b)) || compareText(a, b));
}

function canonicalScalar(value: Parameters<JsonForm['scalarText']>[0]): string {
  if (isUnread(value)) throw value.why;
  if (!isScalar(value)) return JSON.stringify(typeof value === 'string' ? toNfc(value) : value);
  if (value.kind === 'number') return numberText(value.text);
  if (value.kind === 'timestamp') return JSON.stringify(timestampText(value.text));
  if (value.kind === 'bytes') return JSON.stringify(value.base64);
  if (value.kind === 'reference') return JSON.stringify(toNfc(value.path));
  return `{"latitude":${numberText(value.latitude)},"longitude":${numberText(value.longitude)}}`;
}

/** JSON has no NaN and nothing infinite: a column of JSON can only hold their names, which is what a repair writes. */
function numberText(text: string): string {
  const decimal = canonicalDecimal(text);
  return decimal !== undefined && /\d/.test(decimal) ? decimal : JSON.stringify(text);
}

/** ISO 8601 in UTC with all of its digits. */
export const timestampText = (text: string): string => canonicalInstant(text, true) ?? text;

type Frame = { readonly target: Map<string, Value>; readonly rest: Iterator<[string, Value]>; readonly name: string };

const entriesOf = (value: readonly Value[] | ReadonlyMap<string, Value>): Iterator<[string, Value]> =>
  isFields(value) ? value.entries() : value.map((item, index): [string, Value] => [`${index}`, item]).values();

/** The value as the Realtime Database would keep it. */
function withoutEmpty(value: Maybe): Maybe {
  if (!isList(value) && !isFields(value)) return value;
  const frames: Frame[] = [{ target: new Map(), rest: entriesOf(value), name: '' }];
  for (;;) {
    const frame = frames.at(-1);
    if (frame === undefined) return null;
    const next = frame.rest.next();
    if (next.done) {
      frames.pop();
      const kept = frame.target.size === 0 ? null : frame.target;
      const above = frames.at(-1);
      if (above === undefined) return kept;
      if (kept !== null) above.target.set(frame.name, kept);
      continue;
    }
    const [name, item] = next.value;
    if (isList(item) || isFields(item)) frames.push({ target: new Map(), rest: entriesOf(item), name });
    else if (item !== null) frame.target.set(name, item);
  }
}
