/** Splits names of tables, collections and fields into words. */

export type Words = readonly string[];

const known = new Map<string, Words>();

/** `waitingUsersIds` and `waiting_user_id` have the same words: lower case and singular. */
export function wordsOf(name: string): Words {
  const words = known.get(name) ?? splitInto(name);
  known.set(name, words);
  return words;
}

const splitInto = (name: string): Words =>
  name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
    .map(singular);

const irregular = new Map([
  ['people', 'person'],
  ['children', 'child'],
  ['men', 'man'],
  ['women', 'woman'],
  ['indices', 'index'],
]);

function singular(word: string): string {
  const own = irregular.get(word);
  if (own !== undefined) return own;
  if (word.length < 3 || /(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:x|ch|sh|ss|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** Whether a name is one that people give, such as `chat_rooms`: ids have digits, or are long. */
export const isWord = (name: string): boolean => name.length <= 24 && /^\p{L}[\p{L}\p{M}]*(?:[_-]\p{L}[\p{L}\p{M}]*)*$/u.test(name);

/** What a column is called if it says what kind of row this is. Any other may hold what people wrote, which a draft must not repeat. */
const kindNames = new Set([
  'type',
  'subtype',
  'kind',
  'category',
  'class',
  'role',
  'status',
  'state',
  'variant',
  'mode',
  'direction',
  'phase',
  'stage',
  'priority',
  'typ',
  'tipo',
  'kategorie',
]);

export const isKindName = (name: string): boolean => kindNames.has(wordsOf(name).findLast((word) => word !== 'id' && word !== 'code') ?? '');

/** In the usual spelling of Postgres. */
export const snakeOf = (words: Words): string => words.join('_');

/** One spelling for the singular of `movies` and `statuses`, which no rule about letters would find. */
const folded = (word: string): string => (word.length < 4 ? word : word.replace(/ie$/, 'y').replace(/e$/, ''));

/** The stem of a word, such as of `blocked` and `blocks`. */
const stem = (word: string): string => (word.length > 5 ? word.replace(/(?:ed|er|ing|ion)$/, '') : word);

/** From 0, nothing in common, to 1, the same words in the same order. */
export function likeness(first: Words, second: Words): number {
  if (first.length === 0 || second.length === 0) return 0;
  const [one, other] = [first.map(folded), second.map(folded)];
  // A name that was not quoted has lost its capital letters: `createdat`.
  if (one.join('') === other.join('') || folded(first.join('')) === folded(second.join(''))) return 1;
  const [left, right] = [new Set(one.map(stem)), new Set(other.map(stem))];
  const common = [...left].filter((word) => right.has(word));
  // Half of all columns end in one of these words, which mean nothing on their own.
  if (common.every((word) => filling.has(word))) return 0;
  return (0.95 * 2 * common.length) / (left.size + right.size);
}

const filling = new Set(['id', 'at', 'of', 'the', 'is', 'by', 'on', 'count']);
