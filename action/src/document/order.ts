/** By UTF-16 code units, which is the same on any machine; `null` counts as empty. */
export function compareText(left: string | null, right: string | null): number {
  const [a, b] = [left ?? '', right ?? ''];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Above this, insertion sort takes longer than `sort`. */
const few = 20;

/** Sorts texts in place. `sort` allocates lists of its own, which dominates its cost when there are only a few texts. */
export function sortTexts(texts: string[]): string[] {
  if (texts.length > few) return texts.sort();
  for (let end = 1; end < texts.length; end += 1) {
    const text = texts[end] ?? '';
    let place = end;
    for (; place > 0 && text < (texts[place - 1] ?? ''); place -= 1) texts[place] = texts[place - 1] ?? '';
    texts[place] = text;
  }
  return texts;
}

/** Row ids are opaque text; those that are whole numbers are in numerical order. */
export function compareIds(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || compareText(a, b);
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return Number(BigInt(a) > BigInt(b)) - Number(BigInt(a) < BigInt(b)) || compareText(a, b);
  return compareText(a, b);
}
