import { canonicalText } from '../../document/canonical.ts';

/** Conditions in the syntax of PostgREST's `or`, with every value quoted. */

/** A value that is text whatever is in it. */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Texts as a list for `in`. PostgREST takes a list of one empty text for a list without any, so that text is said twice. */
export function listOf(texts: Iterable<string>): string {
  const list = [...texts].map(quote).join(',');
  return list === '""' ? '"",""' : list;
}

/** No condition, an empty text, where there are no values. */
export function isIn(column: string, values: Iterable<string>): string {
  const list = listOf(values);
  return list === '' ? '' : `${column}.in.(${list})`;
}

/** Longer names are not put into a URL whole. */
const maxNameLength = 100;

/** One pattern for every spelling of a name: what Unicode or white space write in several ways is any text. */
const anySpelling = (name: string): string => `*${patternFor(canonicalText(name) ?? '').replace(/[^A-Za-z0-9*]+/g, '*')}*`.replace(/\*{2,}/g, '*');

/**
 * Rows whose column is one of the names, as conditions to join by commas; and perhaps some more rows, which the caller
 * has to leave out: where a name is long, or has a character that is syntax in a filter and that not every server takes
 * in quotes, a pattern stands for it. Where one is written in so many ways that they do not fit into a URL, one stands for all.
 */
export function isNamed(column: string, names: ReadonlySet<string>): string[] {
  const plain: string[] = [];
  const patterns = new Set<string>();
  for (const name of names) {
    if (name.length <= maxNameLength && !/["\\()]/.test(name)) plain.push(name);
    else patterns.add(patternFor(name));
  }
  const isLike = (all: Iterable<string>) => [...all].map((pattern) => `${column}.like.${pattern}`);
  const isOneOf = isIn(column, plain);
  const conditions = [...(isOneOf === '' ? [] : [isOneOf]), ...isLike(patterns)];
  if (encodedLength(conditions.join(',')) <= maxFilterLength) return conditions;
  return isLike(new Set([...names].map(anySpelling)));
}

/**
 * `_` is any character, so it stands for all that is syntax in a filter or a pattern: not every server takes quotes
 * around a pattern. An asterisk, PostgREST's way to write `%`, is any text.
 */
export function patternFor(name: string): string {
  const start = [...name].slice(0, maxNameLength / 2).join('');
  return start.replace(/["\\()%*,\s]/g, '_') + (start === name ? '' : '*');
}

/** Length in a URL. */
export const encodedLength = (text: string): number => encodeURIComponent(text).length;

/** Servers and proxies take at least 8,000 characters of URL; the rest is for the columns and the path. */
export const maxFilterLength = 7000;
