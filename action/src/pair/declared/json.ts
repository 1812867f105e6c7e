import { toNfc } from '../../document/canonical.ts';
import { compareText } from '../../document/order.ts';
import { canonicalDecimal } from './decimal.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { isAbsent, isFields, isList, isScalar, type Maybe, type Value } from '../../store/value.ts';

/**
 * JSON as it is compared, as text: keys in order, numbers by value, texts by NFC. In a map, null and absent are the
 * same; empty and absent are not. Nothing here recurses: how deep a value goes is up to whoever wrote it.
 *
 * @param isSparse whether a store that keeps nothing empty takes part (the Realtime Database): empty maps and lists are
 *   then absent, and a list is the map of its places
 * @returns null where there is nothing
 */
export function canonicalJson(value: Maybe, isSparse = false): string | null {
  const whole = isSparse ? withoutEmpty(value) : value;
  if (isAbsent(whole)) return null;
  const written: string[] = [];
  const open: Open[] = [];
  for (let next: Value = whole; ;) {
    if (isList(next)) open.push(opened(written, '[', next));
    else if (isFields(next)) open.push(opened(written, '{', membersOf(next)));
    else written.push(scalarText(next));
    // On to what comes next, in the innermost of what is not at its end.
    let inside = open.at(-1);
    while (inside && inside.at === inside.items.length) {
      written.push(inside.close);
      open.pop();
      inside = open.at(-1);
    }
    if (!inside) return written.join('');
    if (inside.at > 0) written.push(',');
    const item: Value | Member = inside.items[inside.at] ?? null;
    inside.at += 1;
    if (item instanceof Member) written.push(item.name);
    next = item instanceof Member ? item.value : item;
  }
}

/** A list or a map that is being written. */
type Open = { readonly items: readonly (Value | Member)[]; readonly close: string; at: number };

function opened(written: string[], bracket: '[' | '{', items: Open['items']): Open {
  written.push(bracket);
  return { items, close: bracket === '[' ? ']' : '}', at: 0 };
}

/** A class only to be told from a value. */
class Member {
  /** With its colon. */
  readonly name: string;
  readonly value: Value;
  constructor(name: string, value: Value) {
    this.name = name;
    this.value = value;
  }
}

function membersOf(fields: ReadonlyMap<string, Value>): Member[] {
  const named: { readonly name: string; readonly key: string; readonly value: Value }[] = [];
  for (const [name, value] of fields) if (value !== null) named.push({ name, key: toNfc(name), value });
  // Two names may be one after NFC; both stay, in the order of how they are written.
  named.sort((a, b) => compareText(a.key, b.key) || compareText(a.name, b.name));
  return named.map(({ key, value }) => new Member(`${JSON.stringify(key)}:`, value));
}

function scalarText(value: Exclude<Value, readonly Value[] | ReadonlyMap<string, Value>>): string {
  if (!isScalar(value)) return JSON.stringify(typeof value === 'string' ? toNfc(value) : value);
  const number = (text: string): string => canonicalDecimal(text) ?? JSON.stringify(text);
  if (value.kind === 'number') return number(value.text);
  if (value.kind === 'timestamp') return JSON.stringify(timestampText(value.text));
  if (value.kind === 'bytes') return JSON.stringify(value.base64);
  if (value.kind === 'reference') return JSON.stringify(toNfc(value.path));
  return `{"latitude":${number(value.latitude)},"longitude":${number(value.longitude)}}`;
}

/** ISO 8601 in UTC with the digits it has. */
export function timestampText(text: string): string {
  const instant = parseInstant(text, true);
  return instant === undefined ? text : formatInstant(instant);
}

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
