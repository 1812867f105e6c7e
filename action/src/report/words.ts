import { count } from './numbers.ts';

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

export const capitalized = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
