/**
 * What counts as the same text and the same JSON on both sides. Two values are equal exactly when their canonical
 * forms are identical strings.
 */

/** Most text, which stands as it is compared: to see that takes a fraction of the time. */
const plain = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * Optional text: Unicode NFC, without white space at either end; `null`, absent and empty are all `null`.
 * White space is what `String.prototype.trim` removes.
 */
export function canonicalText(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  if (plain.test(text)) return text;
  return text.normalize('NFC').trim() || null;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

function dropEmpty(value: Json): Json {
  if (typeof value === 'string') return canonicalText(value);
  if (Array.isArray(value)) {
    const kept = value.map(dropEmpty).filter((item) => item !== null);
    return kept.length === 0 ? null : kept;
  }
  if (value !== null && typeof value === 'object') {
    const kept = Object.entries(value)
      .map(([key, item]): [string, Json] => [canonicalText(key) ?? '', dropEmpty(item)])
      .filter(([, item]) => item !== null)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return kept.length === 0 ? null : Object.fromEntries(kept);
  }
  return value;
}

/**
 * JSON after dropping empty values (`null`, `''`, absent, and what is empty once they are gone) at every depth, with
 * its keys in order and its texts as in `canonicalText`.
 *
 * @returns the JSON text, or `null` when nothing is left
 */
export function canonicalJson(value: Json | undefined): string | null {
  const kept = dropEmpty(value ?? null);
  return kept === null ? null : JSON.stringify(kept);
}
