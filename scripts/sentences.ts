/** The end of a literal, and its texts. */
type Read = { end: number; said: string[] };

/**
 * Every string of a source file as a person sees it, with `…` for values that are inserted at run time. Parses just enough TypeScript to
 * distinguish strings from comments and regular expressions.
 */
export const stringsIn = (source: string): string[] => readCode(source, 0, false).said;

function readCode(source: string, start: number, inTemplate: boolean): Read {
  const said: string[] = [];
  let depth = 0;
  let before = '';
  for (let at = start; at < source.length;) {
    const character = source.charAt(at);
    const comment = source.startsWith('//', at) ? '\n' : source.startsWith('/*', at) ? '*/' : undefined;
    if (comment !== undefined) {
      const end = source.indexOf(comment, at + 2);
      at = end === -1 ? source.length : end + comment.length;
    } else if (/['"`]/.test(character)) {
      const string = readString(source, at);
      said.push(...string.said);
      at = string.end;
      before = character;
    } else if (character === '/' && /[(,=:[!&|?{};>]|^$/.test(before)) {
      at = endOfPattern(source, at);
      before = ')';
    } else {
      if (character === '}' && depth === 0 && inTemplate) return { end: at + 1, said };
      depth += character === '{' ? 1 : character === '}' ? -1 : 0;
      if (character.trim() !== '') before = character;
      at += 1;
    }
  }
  return { end: source.length, said };
}

function readString(source: string, start: number): Read {
  const quote = source.charAt(start);
  const said: string[] = [];
  let text = '';
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote) {
    if (source.charAt(at) === '\\') {
      text += source.charAt(at + 1);
      at += 2;
    } else if (quote === '`' && source.startsWith('${', at)) {
      const inner = readCode(source, at + 2, true);
      said.push(...inner.said);
      text += '…';
      at = inner.end;
    } else {
      text += source.charAt(at);
      at += 1;
    }
  }
  return { end: at + 1, said: [...said, text.replaceAll(/…+/g, '…').replaceAll(/(… )+…/g, '…')] };
}

function endOfPattern(source: string, start: number): number {
  let inClass = false;
  let at = start + 1;
  while (at < source.length && (inClass || source.charAt(at) !== '/')) {
    if (source.charAt(at) === '\\') at += 1;
    else if (source.charAt(at) === '[') inClass = true;
    else if (source.charAt(at) === ']') inClass = false;
    at += 1;
  }
  return at + 1;
}
