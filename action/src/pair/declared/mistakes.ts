import { inert } from '../../privacy/inert.ts';

/** What is wrong in a file, with line numbers. */

/** The message says what is wrong and what to do, without the final period; it repeats no value that may be a secret. */
export type Mistake = { readonly line: number; readonly message: string };

/** From the top of the file to a part of it: names, and indexes of lists from 0. */
export type FilePath = readonly (string | number)[];

/** How many mistakes are listed; any more are only counted. */
const named = 20;

/** @param file relative to the workspace */
export function describeMistakes(file: string, mistakes: readonly Mistake[]): string {
  const lines = mistakes.slice(0, named).map(({ line, message }) => `${inert(file, 200)}:${line}: ${message}.`);
  const more = mistakes.length - named;
  return [...lines, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n');
}

/** In the order of the file, without repetitions. */
export const inOrder = (mistakes: readonly Mistake[]): Mistake[] =>
  [...new Map(mistakes.map((mistake) => [`${mistake.line} ${mistake.message}`, mistake])).values()].sort((a, b) => a.line - b.line);

/** A word of the file if it looks like a name: a secret in the wrong place is longer, or looks different. */
export const quoted = (word: string): string => (isName(word) ? `"${word}"` : 'what stands here');

const isName = (word: string): boolean => /^[\w.-]{1,32}$/.test(word);

/** How a person would find the part in the file: `posts.fields.title`, `stores.old.key`, `rule 3, until`. */
export function placeOf(path: FilePath): string {
  const [section, first, second, third] = path;
  if (section === 'accepted' && typeof first === 'number') return [`rule ${first + 1}`, ...(path.length > 2 ? [dotted(path.slice(2))] : [])].join(', ');
  if (section !== 'pairs' || first === undefined) return path.length === 0 ? 'the file' : dotted(path);
  return dotted(second === 'entities' && third !== undefined ? path.slice(3) : path);
}

const dotted = (path: FilePath): string => path.map((part) => (isName(`${part}`) ? `${part}` : '…')).join('.');
