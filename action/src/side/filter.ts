/** Conditions in the syntax of PostgREST's `or`, with every value quoted. */

/** A value that is text whatever is in it. */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** No condition, an empty text, where there are no values. */
export function isIn(column: string, values: Iterable<string>): string {
  const list = [...values].map(quote).join(',');
  return list === '' ? '' : `${column}.in.(${list})`;
}

/** Longer names are not put into a URL whole. */
const maxNameLength = 100;

/**
 * Rows whose column is one of the names, as conditions to join by commas; and perhaps some more rows, which the caller
 * has to leave out: where a name is long, or has a character that is syntax in a filter and that not every server takes
 * in quotes, a pattern stands for it.
 */
export function isNamed(column: string, names: Iterable<string>): string[] {
  const plain: string[] = [];
  const patterns = new Set<string>();
  for (const name of names) {
    if (name.length <= maxNameLength && !/["\\()]/.test(name)) plain.push(name);
    else patterns.add(patternFor(name));
  }
  const isOneOf = isIn(column, plain);
  return [...(isOneOf === '' ? [] : [isOneOf]), ...[...patterns].map((pattern) => `${column}.like.${pattern}`)];
}

/**
 * `_` is any character, so it stands for all that is syntax in a filter or a pattern: not every server takes quotes
 * around a pattern. An asterisk, PostgREST's way to write `%`, is any text.
 */
function patternFor(name: string): string {
  const start = [...name].slice(0, maxNameLength / 2).join('');
  return start.replace(/["\\()%*,\s]/g, '_') + (start === name ? '' : '*');
}

/** Length in a URL. */
export const encodedLength = (text: string): number => encodeURIComponent(text).length;

/** Servers and proxies take at least 8,000 characters of URL; the rest is for the columns and the path. */
export const maxFilterLength = 7000;
