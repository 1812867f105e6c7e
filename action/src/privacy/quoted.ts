import { inert, inertCode } from './inert.ts';

/** Longest name within a sentence, in UTF-16 code units. */
const longest = 80;

/** A text of any origin within a sentence, marked so that every outlet can find it and make it inert. */
export const quoted = (text: string): string => `“${shortened(text).replaceAll(/[“”]/g, '"')}”`;

/** Truncation is visible, and no half of a character is left. */
const shortened = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`);

const inQuotes = /“([^“”]*)”/g;

/** The sentence as Markdown: quoted text is in code spans, and the rest is our own words. */
export const quotesAsCode = (sentence: string): string => sentence.replaceAll(inQuotes, (_, text: string) => inertCode(text, longest));

/** The sentence for a log: quoted text is inert, and the rest is our own words. */
export const quotesInert = (sentence: string): string => sentence.replaceAll(inQuotes, (_, text: string) => `“${inert(text, longest)}”`);
