import { buildPath, segmentNames, type FieldPath, type Template } from '../source.ts';
import type { WantedKey } from '../store.ts';

export type Collection = {
  readonly id: string;
  /** Every collection of the id, wherever it is; otherwise the one right below the database. */
  readonly isGroup: boolean;
  /** The document that it is below, where it is one of a group and stands alone: only counted there. */
  readonly below?: string;
};

/** The id of the collection that the documents of a template are in. */
export function collectionOf({ segments }: Template): string {
  const segment = segments.at(-2);
  return segment && 'fixed' in segment ? segment.fixed : '';
}

/** Whether the documents are in one collection right below the database, which can be read without the others of its id. */
export const isAtRoot = ({ segments }: Template): boolean => segments.length === 2;

export const ownCollection = (template: Template): Collection => ({ id: collectionOf(template), isGroup: !isAtRoot(template) });

/** The documents that a template describes, whatever it calls the segments. */
export const patternOf = ({ segments }: Template): string => segments.map((segment) => ('fixed' in segment ? segment.fixed : '')).join('/');

/** Whether a document may have this id; one that may not is nowhere, and to ask for it is refused. */
const isId = (id: string): boolean =>
  id !== '' &&
  id !== '.' &&
  id !== '..' &&
  !id.includes('/') &&
  id.isWellFormed() &&
  Buffer.byteLength(id) <= 1500 &&
  (!/^__.*__$/s.test(id) || /^__id-?\d+__$/.test(id));

/**
 * Every path that a document of the key may have.
 *
 * @returns `undefined` where a segment is not known
 */
export function pathsOf(template: Template, { segments }: WantedKey): string[] | undefined {
  const names = segmentNames(template);
  let known: ReadonlyMap<string, string>[] = [new Map()];
  for (const name of names) {
    const spellings = segments.get(name);
    if (spellings === undefined) return undefined;
    known = known.flatMap((before) => spellings.filter(isId).map((spelling) => new Map([...before, [name, spelling]])));
  }
  return known.flatMap((bound) => buildPath(template, (name) => bound.get(name)) ?? []);
}

/** As a query names it: names that are not plain stand in backticks. */
export const writeFieldPath = (path: FieldPath): string =>
  path.map((name) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll(/[`\\]/g, '\\$&')}\``)).join('.');
