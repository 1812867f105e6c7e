/** Conditions in the syntax of PostgREST's `or`, with every value quoted. */

/** A value that is text whatever is in it. */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** No condition, an empty text, where there are no values. */
export function isIn(column: string, values: Iterable<string>): string {
  const list = [...values].map(quote).join(',');
  return list === '' ? '' : `${column}.in.(${list})`;
}

/** Length in a URL. */
export const encodedLength = (text: string): number => encodeURIComponent(text).length;

/** Servers and proxies take at least 8,000 characters of URL; the rest is for the columns and the path. */
export const maxFilterLength = 6000;
