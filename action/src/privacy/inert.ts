/**
 * The one place that makes text from a database harmless before a person or a program reads it.
 *
 * Every outlet (log, Markdown, HTML, Discord) shows such text through `inert` or through one of the wrappers below, which differ only in
 * the syntax around it. Characters that could act are shown as a visible escape, `\u{40}`, so that nothing is silently dropped and two
 * different texts never look the same.
 */

/**
 * Characters that can act somewhere:
 * - `\p{C}`: controls, line feeds, zero-width and bidirectional formatting, surrogates, unassigned code points
 * - `\p{Zl}\p{Zp}`: the other line breaks
 * - `\p{DI}` and the blank of Braille: what else is invisible, such as fillers and variation selectors
 * - `\p{Zs}`: white space that is no space, though it looks like one (that of Chinese and Japanese is wider, and stands between names)
 * - the backtick ends a code span, the vertical bar ends a table cell (in a code span too)
 * - the backslash, so that an escape cannot be forged
 */
const acting = /[\p{C}\p{Zl}\p{Zp}\p{DI}\u{2800}`|\\]|(?! |(?<=\S)\u{3000}(?=\S))\p{Zs}/gu;

/** `::` at the start of a line and `##[` anywhere in it start a workflow command on a GitHub runner. */
const workflowCommand = /:(?=:)|#(?=#\[)/g;

const escapeCharacter = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/**
 * Text of any origin as one line that starts no command, ends no code span and breaks no table.
 * Not enough on its own for Markdown and Discord, which need `inertCode`, and for HTML, which the page escapes.
 *
 * @param maxLength longest result in UTF-16 code units; longer text ends in `…`
 */
export function inert(text: string, maxLength = 400): string {
  // Cut before escaping too: hostile text may be megabytes long.
  const escaped = text
    .slice(0, maxLength + 1)
    .replace(acting, escapeCharacter)
    .replace(workflowCommand, escapeCharacter);
  if (escaped.length <= maxLength) return escaped;
  // Never cut inside an escape or a surrogate pair.
  const cut = escaped
    .slice(0, maxLength - 1)
    .replace(/\\(?:u(?:\{[0-9a-f]*)?)?$/, '')
    .replace(/[\uD800-\uDBFF]$/, '');
  return `${cut}…`;
}

/** Characters that end a line or hide in one. The rest of `acting` acts only in markup, not in a log. */
const breaking = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Our own words as one line that starts no command. Foreign text in them has already gone through `inert`; nothing is escaped a second
 * time, and none of our own characters are.
 *
 * @param maxLength longest result in UTF-16 code units; longer text ends in `…`
 */
export function oneLine(words: string, maxLength = 4000): string {
  const line = words.replace(breaking, escapeCharacter).replace(workflowCommand, escapeCharacter);
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Likewise, of a sentence that may end in SQL, where `::` is a cast: it starts a command only where the sentence would start with it. */
export const unbroken = (sentence: string): string => sentence.replace(/[\p{C}\p{Zl}\p{Zp}]|#(?=#\[)/gu, escapeCharacter);

/** Text of several lines, of any origin, as lines of a log: readable, and no line starts a command. */
export const logLines = (text: string): string[] => text.split(/\r\n|\n/).map((line) => `  | ${oneLine(line, Infinity)}`.trimEnd());

/**
 * The text as a Markdown code span, for GitHub and for Discord. Both leave a code span alone: it cannot contain a mention, reference, link,
 * image, emoji or HTML, which escaping outside of one cannot guarantee.
 */
export function inertCode(text: string, maxLength?: number): string {
  const safe = inert(text, maxLength);
  // A code span cannot be empty.
  return safe.trim() === '' ? `\`"${safe}"\`` : `\`${safe}\``;
}
