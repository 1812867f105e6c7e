import { numberValue, type Value } from './value.ts';

const number = /-?\d[\d.eE+-]*/y;

type Container = Value[] | Map<string, Value>;

/**
 * JSON text as a value whose numbers keep every digit. `JSON.parse` alone would round them; with a reviver it would
 * overflow the stack where values are nested deeply.
 *
 * @returns `undefined` where the text is no JSON
 */
export function parseExactJson(text: string): Value | undefined {
  try {
    // Tells whether the text is JSON at all, so that what follows only has to find its parts.
    JSON.parse(text);
  } catch {
    return undefined;
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

  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = endOfString(text, at);
      const string = String(JSON.parse(text.slice(at, end)));
      if (containers.at(-1) instanceof Map && name === undefined) name = string;
      else add(string);
      at = end;
    } else if (character === '{' || character === '[') {
      const container: Container = character === '{' ? new Map() : [];
      add(container);
      containers.push(container);
      at += 1;
    } else if (character === '}' || character === ']') {
      containers.pop();
      at += 1;
    } else if (character === 't' || character === 'n' || character === 'f') {
      add(character === 'n' ? null : character === 't');
      at += character === 'f' ? 5 : 4;
    } else if (/[-\d]/.test(character)) {
      number.lastIndex = at;
      const [digits = ''] = number.exec(text) ?? [];
      add(numberValue(digits));
      at += digits.length;
    } else {
      at += 1;
    }
  }
  return result;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
