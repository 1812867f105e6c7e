import { numberIn, readJson, writeJson, type Style } from './json.ts';

/**
 * What counts as the same text and the same JSON on both sides. Two values are equal exactly when their canonical
 * forms are identical strings.
 */

/** Most text, which stands as it is compared: to see that takes a fraction of the time. */
const plain = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * What could be a row of combining marks that no language has. NFC puts them in order at the square of how many there are: such a
 * text stays as it is spelled, here as in the migrations (`dual_write_text`, `driftwatch_text`).
 */
const endlessMarks = /[\u0300-\u10ff\u1200-\u2fff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ud7a4-\u{10ffff}]{129}/u;

/** Unicode NFC, at a cost that grows with the length of the text. */
export const toNfc = (text: string): string => (composed.test(text) || (text.length > 128 && endlessMarks.test(text)) ? text : text.normalize('NFC'));

/** Nothing before the first combining mark, U+0300, is written in another way by NFC: most texts need no more than this look. */
const composed = /^[\0-\u02ff]*$/;

/**
 * Optional text: Unicode NFC, without white space at either end; `null`, absent and empty are all `null`.
 * White space is what `String.prototype.trim` removes.
 */
export function canonicalText(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  if (plain.test(text)) return text;
  return toNfc(text).trim() || null;
}

const byKey = ([a, left]: readonly [string, string], [b, right]: readonly [string, string]): number =>
  a < b ? -1 : a > b ? 1 : left < right ? -1 : left > right ? 1 : 0;

/**
 * Keys in order, as texts are compared. Keys that only their spelling tells apart stay as they stand: none of their values is
 * lost, and what both of them say is not what one of them says.
 */
function canonicalObject(members: readonly (readonly [key: string, text: string])[]): string | null {
  const spelled = members.map(([key, text]): [string, string] => [canonicalText(key) ?? '', text]);
  const times = new Map<string, number>();
  for (const [key] of spelled) times.set(key, (times.get(key) ?? 0) + 1);
  const kept = times.size === spelled.length ? spelled : spelled.map((member, place) => (times.get(member[0]) === 1 ? member : (members[place] ?? member)));
  return kept.length === 0
    ? null
    : `{${kept
        .toSorted(byKey)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(',')}}`;
}

const canonical: Style = {
  leaf(value) {
    if (typeof value !== 'string') return value === null ? null : String(value);
    const number = numberIn(value);
    if (number !== undefined) return number;
    const text = canonicalText(value);
    return text === null ? null : JSON.stringify(text);
  },
  list: (items) => (items.length === 0 ? null : `[${items.join(',')}]`),
  object: canonicalObject,
};

/**
 * JSON after dropping empty values (`null`, `''`, absent, and what is empty once they are gone) at every depth, with its keys in
 * order, its texts as in `canonicalText`, and its numbers as they are, whatever their size.
 *
 * @param text as the database writes it
 * @returns the JSON text, or `null` when nothing is left; `undefined` for what is no JSON
 */
export function canonicalJson(text: string | null | undefined): string | null | undefined {
  if (text === null || text === undefined || text === '{}') return null;
  const value = readJson(text);
  return value === undefined ? undefined : writeJson(value, canonical);
}
