import { count, number } from './numbers.ts';
import type { Coverage } from './report.ts';

/** What a pair calls the things that it compares, so that a channel can speak of them. Fixed words: nothing here comes from a database. */
export type Words = {
  /** What is compared as one. */
  readonly document: Unit;
  /** What documents belong to, and the part of the key that names it; absent where they stand alone. */
  readonly group?: Unit & { readonly part: string };
  /** The shown parts of the key in their order, where all documents have the same ones. Absent where there are entities, each with a key of its own. */
  readonly key?: readonly string[];
  /** Why documents are left out on purpose, by the reasons that the report gives: goes on from "skipped as expected:". */
  readonly skips: Readonly<Record<string, string>>;
  /** What the health checks are about; absent where nothing but the comparison is looked at. */
  readonly health?: string;
  /** What it means that nothing is in scope, in a sentence. */
  readonly nothing: string;
  /** Whether row ids are by table, so that SQL can look the rows up. */
  readonly hasTables: boolean;
  /** Names under which `report.json` has parts of the key beside it. */
  readonly beside?: Readonly<Record<string, string>>;
};

export type Unit = { readonly one: string; readonly many: string };

/** `1 week`, `12,345 rows` */
export const documents = ({ document }: Pick<Words, 'document'>, howMany: number): string => count(howMany, document.one, document.many);

/** `5 of 28 parts verified in sync since drift was last seen; the oldest on 12 November.` */
export function coverageSentence({ parts, verified, oldest }: Coverage, asOf: string): string {
  const since = oldest === null ? 'not every part has been compared yet' : `the oldest on ${dayOf(oldest, asOf)}`;
  return `${number(verified)} of ${count(parts, 'part')} verified in sync since drift was last seen; ${since}.`;
}

/** `12 November`, with the year where it is another one. */
function dayOf(iso: string, asOf: string): string {
  const year = iso.slice(0, 4);
  return `${new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })}${asOf.startsWith(year) ? '' : ` ${year}`}`;
}

export const capitalized = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
