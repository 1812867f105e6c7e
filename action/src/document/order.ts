/** By UTF-16 code units, as the same on any machine; what is absent counts as empty. */
export function compareText(left: string | null, right: string | null): number {
  const [a, b] = [left ?? '', right ?? ''];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Row ids are opaque text; those that are whole numbers come in the order of the numbers. */
export function compareIds(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length - b.length || compareText(a, b);
  return compareText(a, b);
}
