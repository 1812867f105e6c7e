import { stringEnds } from '../document/json.ts';
import { numberValue, type Value } from './value.ts';

const number = /-?\d[\d.eE+-]*/y;

/**
 * What `JSON.parse` could lose: a number of more than 15 digits, with a point, an exponent or a sign before zero, the place of a name
 * that is a number, and a name that is escaped, for which some versions of Node.js take another one that they read before. A text that only
 * looks like that is read the longer way too.
 */
const hasMore = /(?:^|[[:,])\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)|"\d+"\s*:|\\.[^"\\]*"\s*:/;

const deepest = 100;

/** @returns `undefined` where it is nested more deeply */
function valueOf(parsed: unknown, depth: number): Value | undefined {
  if (typeof parsed === 'string' || typeof parsed === 'boolean') return parsed;
  if (typeof parsed === 'number') return numberValue(`${parsed}`);
  if (typeof parsed !== 'object' || parsed === null) return null;
  if (depth === deepest) return undefined;
  if (Array.isArray(parsed)) {
    const list: Value[] = [];
    for (const item of parsed) {
      const value = valueOf(item, depth + 1);
      if (value === undefined) return undefined;
      list.push(value);
    }
    return list;
  }
  const fields = new Map<string, Value>();
  for (const name of Object.keys(parsed)) {
    const value = valueOf((parsed as Record<string, unknown>)[name], depth + 1);
    if (value === undefined) return undefined;
    fields.set(name, value);
  }
  return fields;
}

type Container = Value[] | Map<string, Value>;

/**
 * JSON text as a value whose numbers keep every digit. `JSON.parse` alone would round them; with a reviver it would
 * overflow the stack where values are nested deeply.
 *
 * @returns `undefined` where the text is no JSON
 */
export function parseExactJson(text: string): Value | undefined {
  let parsed: unknown;
  try {
    // Tells whether the text is JSON at all, so that what follows only has to find its parts.
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!hasMore.test(text)) {
    const value = valueOf(parsed, 0);
    if (value !== undefined) return value;
  }
  const containers: Container[] = [];
  let name: string | undefined;
  let result: Value = null;

  const add = (value: Value): void => {
    const container = containers.at(-1);
    if (container === undefined) result = value;
    else if (container instanceof Map) container.set(name ?? '', value);
    else container.push(value);
    name = undefined;
  };

  const endOfString = stringEnds(text);

  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    switch (character) {
      case '"': {
        const end = endOfString(at);
        const string = String(JSON.parse(text.slice(at, end)));
        if (name === undefined && containers.at(-1) instanceof Map) name = string;
        else add(string);
        at = end;
        break;
      }
      case '{':
      case '[': {
        const container: Container = character === '{' ? new Map() : [];
        add(container);
        containers.push(container);
        at += 1;
        break;
      }
      case '}':
      case ']':
        containers.pop();
        at += 1;
        break;
      case 't':
      case 'n':
        add(character === 'n' ? null : true);
        at += 4;
        break;
      case 'f':
        add(false);
        at += 5;
        break;
      case ',':
      case ':':
      case ' ':
        at += 1;
        break;
      default: {
        number.lastIndex = at;
        const [digits = ''] = number.exec(text) ?? [];
        if (digits !== '') add(numberValue(digits));
        at += digits.length || 1;
      }
    }
  }
  return result;
}
