import { count, number } from './numbers.ts';
import type { Download } from './evidence.ts';
import type { Coverage, Report } from './report.ts';

/** The names that a pair gives to what it compares, for use in reports. Fixed words: nothing here comes from a database. */
export type Words = {
  /** The unit of comparison. */
  readonly document: Unit;
  /** The group of documents, and the part of the key that names it; absent if documents have no group. */
  readonly group?: Unit & { readonly part: string };
  /** The shown parts of the key in order, if all documents have the same ones. Absent if there are entities, each with its own key. */
  readonly key?: readonly string[];
  /** Why documents are skipped on purpose, by the reasons in the report: continues "skipped as expected:". */
  readonly skips: Readonly<Record<string, string>>;
  /** What the health checks are about; absent if only the comparison is looked at. */
  readonly health?: string;
  /** A sentence about what it means that nothing is in scope. */
  readonly nothing: string;
  /** Whether row ids are grouped by table, so that SQL can look the rows up. */
  readonly hasTables: boolean;
  /** Names under which `report.json` repeats parts of the key outside `key`. */
  readonly beside?: Readonly<Record<string, string>>;
};

export type Unit = { readonly one: string; readonly many: string };

/** `1 week`, `12,345 rows` */
export const documents = ({ document }: Pick<Words, 'document'>, howMany: number): string => count(howMany, document.one, document.many);

/** `all 12 rows`, `the only row` */
export const allDocuments = (words: Pick<Words, 'document'>, howMany: number): string =>
  howMany === 1 ? `the only ${words.document.one}` : `all ${documents(words, howMany)}`;

/** `5 of 28 parts verified in sync since drift was last seen; the oldest on 12 November.` */
export function coverageSentence({ parts, verified, oldest }: Coverage, asOf: string): string {
  const since = oldest === null ? 'not every part has been compared yet' : `the oldest on ${dayOf(oldest, asOf)}`;
  return `${number(verified)} of ${count(parts, 'part')} verified in sync since drift was last seen; ${since}.`;
}

/** What a store that bills downloads was asked for. */
export const downloadSentence = ({ store, bytes }: Download): string =>
  `Store ${store}: ${Math.max(0.1, bytes / 1e6).toFixed(1)} MB were downloaded from the Realtime Database, which is what it bills.`;

/** `12 November`, with the year if it is not the current one. */
function dayOf(iso: string, asOf: string): string {
  const year = iso.slice(0, 4);
  return `${new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })}${asOf.startsWith(year) ? '' : ` ${year}`}`;
}

export const capitalized = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** Whether a command may contain a name as it is: it needs no quotes in a shell, and is no option. */
export const isPlainName = (name: string): boolean => /^[a-z][\w-]{0,62}$/.test(name);

/** How a command names the pair, with a space before it; nothing for the built-in one. */
export function commandTarget({ pair, config, words }: Pick<Report, 'pair' | 'config'> & { readonly words: Pick<Words, 'hasTables'> }): string {
  if (words.hasTables) return '';
  const name = isPlainName(pair) ? ` --pair ${pair}` : '';
  return config === undefined ? name : `${name} --config ${/^[\w./-]+$/.test(config) ? config : '<that file>'}`;
}
