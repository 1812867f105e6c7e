import { numberIn, readJson, writeJson, type Style } from './json.ts';

/** Defines which texts and which JSON values are equal on both sides: exactly those with the same canonical form. */

/** Matches most texts that are already canonical: this check takes a fraction of the time. */
const plain = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * Matches a run of combining marks so long that no language has it. NFC sorts them in quadratic time, so such a text stays as it is
 * spelled, both here and in the migrations (`dual_write_text`, `driftwatch_text`).
 */
const endlessMarks = /[\u0300-\u10ff\u1200-\u2fff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ud7a4-\u{10ffff}]{129}/u;

const isEndless = (text: string): boolean => text.length > 128 && endlessMarks.test(text);

/** Unicode NFC, in time linear in the length of the text. */
export const toNfc = (text: string): string => (composed.test(text) || isEndless(text) ? text : text.normalize('NFC'));

/** The same text in NFD, likewise: another spelling of it. */
export const toNfd = (text: string): string => (isEndless(text) ? text : text.normalize('NFD'));

/** NFC changes nothing before the first combining mark, U+0300: for most texts this check is enough. */
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

type Member = readonly [key: string, text: string];

/**
 * Keys in order, as texts are compared. Keys that become equal once canonical keep their spelling: none of their values is lost, and an
 * object with both is not equal to an object with one.
 */
function canonicalObject(members: readonly Member[]): string | null {
  const kept = members.every(([key]) => canonicalText(key) === key) ? members : respelled(members);
  return kept.length === 0
    ? null
    : `{${kept
        .toSorted(byKey)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(',')}}`;
}

function respelled(members: readonly Member[]): readonly Member[] {
  const spelled = members.map(([key, text]): Member => [canonicalText(key) ?? '', text]);
  const times = new Map<string, number>();
  for (const [key] of spelled) times.set(key, (times.get(key) ?? 0) + 1);
  return spelled.map((member, place) => (times.get(member[0]) === 1 ? member : (members[place] ?? member)));
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
 * JSON without empty values (`null`, `''`, absent, and whatever becomes empty without them) at every depth, with sorted keys, texts as in
 * `canonicalText`, and numbers unchanged, whatever their size.
 *
 * @param text as the database writes it
 * @returns the JSON text, or `null` when nothing is left; `undefined` if the text is not JSON
 */
export function canonicalJson(text: string | null | undefined): string | null | undefined {
  if (text === null || text === undefined || text === '{}') return null;
  const value = readJson(text);
  return value === undefined ? undefined : writeJson(value, canonical);
}
