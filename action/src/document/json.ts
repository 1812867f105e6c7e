import { randomUUID } from 'node:crypto';
import { withoutTrailing } from './trailing.ts';

/**
 * JSON as databases store it: nested to any depth, with numbers of any size. Nothing here is recursive, since recursion fails at a few
 * thousand levels, or uses a double, which makes 9007199254740993 equal to 9007199254740992.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What each part becomes on the way up; `null` for a part that is left out. */
export type Style = {
  readonly leaf: (value: null | boolean | number | string) => string | null;
  readonly list: (items: readonly string[]) => string | null;
  readonly object: (members: readonly (readonly [key: string, text: string])[]) => string | null;
};

type Open = { readonly keys: readonly string[] | undefined; readonly items: readonly Json[]; next: number; readonly kept: [string, string][] };

/** The only traversal of JSON: every output form uses it. */
export function writeJson(root: Json, style: Style): string | null {
  const open: Open[] = [];
  let value = root;
  for (;;) {
    let text: string | null = null;
    if (value !== null && typeof value === 'object') {
      const keys = Array.isArray(value) ? undefined : Object.keys(value);
      open.push({ keys, items: Object.values(value) as Json[], next: 0, kept: [] });
    } else {
      text = style.leaf(value);
    }
    for (let parent = open.at(-1); ; parent = open.at(-1)) {
      if (!parent) return text;
      if (text !== null) parent.kept.push([parent.keys?.[parent.next - 1] ?? '', text]);
      const item = parent.items[parent.next];
      if (item !== undefined) {
        parent.next += 1;
        value = item;
        break;
      }
      open.pop();
      text = parent.keys ? style.object(parent.kept) : style.list(parent.kept.map(([, kept]) => kept));
    }
  }
}

/** As `JSON.stringify` writes it. */
export const plainJson = (value: Json): string =>
  writeJson(value, {
    leaf: (leaf) => JSON.stringify(leaf),
    list: (items) => `[${items.join(',')}]`,
    object: (members) => `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`,
  }) ?? 'null';

/** Matches numbers that a double may not represent, or that can be written in several ways. It may also match inside a text. */
const special = /\d{16}|\d[.eE]/;

/** A name that is escaped: some versions of Node.js take another one for it, which they read before and which is spelled alike. */
const escapedName = /\\.[^"\\]*"\s*:/;

/** What begins a string, a bracket, or what stands for itself. */
const tokenStart = /["[\]{}]|[^\s[\]{},:"]+/g;

/** Prefix of a text that stands for a number. It contains a NUL, so no database can store it. */
const mark = `\0${randomUUID()} `;

/**
 * As `JSON.parse`, with the names that stand there.
 *
 * @throws {SyntaxError}
 */
export function parseJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  return escapedName.test(text) ? build(text, (token) => JSON.parse(token) as Json) : value;
}

/**
 * Where the strings of JSON text end, asked from the first to the last: the index after the quote, by that of the quote before it. A pattern
 * would overflow the stack where very many characters are escaped.
 */
export function stringEnds(text: string): (start: number) => number {
  /** Looked for once, not again in each string. */
  let escape = text.indexOf('\\');
  return (start) => {
    let end = text.indexOf('"', start + 1);
    for (let at = start + 1; ;) {
      if (escape !== -1 && escape < at) escape = text.indexOf('\\', at);
      if (escape === -1 || escape > end) return end + 1;
      at = escape + 2;
      // It was this quote that is escaped.
      if (end < at) end = text.indexOf('"', at);
    }
  };
}

function* tokensOf(text: string): Generator<string> {
  const endOfString = stringEnds(text);
  const pattern = new RegExp(tokenStart);
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    if (found[0] === '"') pattern.lastIndex = endOfString(found.index);
    yield found[0] === '"' ? text.slice(found.index, pattern.lastIndex) : found[0];
  }
}

/** @param text JSON; @param read what is no object and no list */
function build(text: string, read: (part: string) => Json): Json {
  const open: { readonly names: string[] | undefined; readonly items: Json[] }[] = [];
  let value: Json = null;
  for (const part of tokensOf(text)) {
    const parent = open.at(-1);
    if (part === '{' || part === '[') {
      open.push({ names: part === '{' ? [] : undefined, items: [] });
      continue;
    }
    if (part === '}' || part === ']') {
      open.pop();
      const { names, items = [] } = parent ?? {};
      value = names ? Object.fromEntries(names.map((name, place) => [name, items[place] ?? null])) : items;
    } else if (parent?.names?.length === parent?.items.length && parent?.names) {
      parent.names.push(JSON.parse(part) as string);
      continue;
    } else {
      value = read(part);
    }
    open.at(-1)?.items.push(value);
  }
  return value;
}

/** @returns the value, in which a text may stand for a number (`numberIn`); `undefined` if the text is not JSON */
export function readJson(text: string): Json | undefined {
  try {
    if (!special.test(text)) return parseJson(text);
    // Tells whether the text is JSON at all.
    JSON.parse(text);
    return build(text, (token) => (/^[-\d]/.test(token) ? mark + decimal(token) : (JSON.parse(token) as Json)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The number that a text of `readJson` stands for, in its canonical spelling. */
export const numberIn = (text: string): string | undefined => (text.startsWith(mark) ? text.slice(mark.length) : undefined);

/** `1.0`, `1` and `1e0` are one number, and so are `-0` and `0`. */
function decimal(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutTrailing(digits, '0');
  if (significant === '') return '0';
  // The exponent may also be too large for a JavaScript number.
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power >= 0n && power <= 20n) return `${sign}${significant}${'0'.repeat(Number(power))}`;
  const before = BigInt(significant.length) + power;
  if (power < 0n && before > 0n) return `${sign}${significant.slice(0, Number(before))}.${significant.slice(Number(before))}`;
  if (power < 0n && before > -6n) return `${sign}0.${'0'.repeat(-Number(before))}${significant}`;
  return `${sign}${significant}e${power}`;
}
