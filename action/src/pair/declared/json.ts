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
  let written = '';
  const open: Open[] = [];
  for (let next: Value = whole; ;) {
    if (isList(next)) {
      written += '[';
      open.push({ names: undefined, items: next, close: ']', at: 0 });
    } else if (isFields(next)) {
      written += '{';
      open.push(openedFields(next));
    } else written += scalarText(next);
    // On to what comes next, in the innermost of what is not at its end.
    let inside = open.at(-1);
    while (inside && inside.at === inside.items.length) {
      written += inside.close;
      open.pop();
      inside = open.at(-1);
    }
    if (!inside) return written;
    if (inside.at > 0) written += ',';
    if (inside.names) written += `${JSON.stringify(inside.names[inside.at])}:`;
    next = inside.items[inside.at] ?? null;
    inside.at += 1;
  }
}

/** A list or a map that is being written. */
type Open = { readonly names: readonly string[] | undefined; readonly items: readonly Value[]; readonly close: string; at: number };

function openedFields(fields: ReadonlyMap<string, Value>): Open {
  const all: string[] = [];
  let isComposed = true;
  for (const [name, value] of fields) {
    if (value === null) continue;
    all.push(name);
    isComposed &&= toNfc(name) === name;
  }
  // Two names may be one after NFC; both stay, in the order of how they are written.
  const names = isComposed ? all.sort(compareText) : all.sort((a, b) => compareText(toNfc(a), toNfc(b)) || compareText(a, b));
  return { names: isComposed ? names : names.map(toNfc), items: names.map((name) => fields.get(name) ?? null), close: '}', at: 0 };
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
