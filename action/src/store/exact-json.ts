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

  /** Looked for once, not again in each string. */
  let escape = text.indexOf('\\');

  function endOfString(start: number): number {
    for (let at = start + 1; ;) {
      const end = text.indexOf('"', at);
      if (escape !== -1 && escape < at) escape = text.indexOf('\\', at);
      if (escape === -1 || escape > end) return end + 1;
      at = escape + 2;
    }
  }

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
