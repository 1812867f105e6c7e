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
  const waiting: (Value | Token)[] = [whole];
  while (waiting.length > 0) {
    const next = waiting.pop() ?? null;
    if (next instanceof Token) written.push(next.text);
    else if (isList(next)) pushReversed(waiting, ['[', next.map((item) => [item]), ']']);
    else if (isFields(next)) pushReversed(waiting, ['{', membersOf(next), '}']);
    else written.push(scalarText(next));
  }
  return written.join('');
}

/** Text that stands as it is in the result. A class only to be told from a value. */
class Token {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Members = readonly (readonly (Value | Token)[])[];

/** What is to be written first is taken from the end. */
function pushReversed(waiting: (Value | Token)[], [open, members, close]: readonly [string, Members, string]): void {
  waiting.push(new Token(close));
  for (let index = members.length - 1; index >= 0; index -= 1) {
    for (const part of members[index]?.toReversed() ?? []) waiting.push(part);
    if (index > 0) waiting.push(new Token(','));
  }
  waiting.push(new Token(open));
}

function membersOf(fields: ReadonlyMap<string, Value>): (readonly [Token, Value])[] {
  return (
    [...fields]
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({ name, key: toNfc(name), value }))
      // Two names may be one after NFC; both stay, in the order of how they are written.
      .sort((a, b) => compareText(a.key, b.key) || compareText(a.name, b.name))
      .map(({ key, value }) => [new Token(`${JSON.stringify(key)}:`), value] as const)
  );
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
