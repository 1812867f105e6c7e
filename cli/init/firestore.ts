import { isFirestore, type FirestoreStore } from '../../action/src/store/firestore/firestore.ts';
import { isProblem, matchPath, parseSource, type Template } from '../../action/src/store/source.ts';
import type { RawRow } from '../../action/src/store/store.ts';
import { openStore, type Access, type StoreDeclaration } from '../../action/src/store/stores.ts';
import { sampleSize, unlessUnreadable, type Legacy, type Unreadable } from './sample.ts';
import { snakeOf, wordsOf } from './words.ts';

/** Finds the collections of Firestore, including nested ones, and some documents of each. */

/** How many documents of a path are searched for collections below them: not every document has all of them. */
const probed = 8;
/** Real data is rarely nested deeper. */
const deepest = 6;
const mostPaths = 200;

/** Fixed segments of a collection's path, from the database down: `['boards', 'posts']`. */
type Pattern = readonly string[];

export async function sampleFirestore(
  declaration: StoreDeclaration,
  access: Access,
  unreadable: Unreadable[],
  onPath: (path: string) => void,
): Promise<Legacy[]> {
  const store = await openStore(declaration, access);
  if (!isFirestore(store)) throw new TypeError('the store is no Firestore');
  const found: Legacy[] = [];
  const groups = new Map<string, readonly RawRow[]>();
  const waiting: Pattern[] = (await store.browse.collections('')).map((id) => [id]);
  const parentsOf = new Map<string, readonly string[]>();
  for (let pattern = waiting.shift(); pattern !== undefined && found.length < mostPaths; pattern = waiting.shift()) {
    const template = templateOf(pattern);
    // A collection whose name cannot be part of a path cannot be compared either.
    if (template === undefined) continue;
    onPath(template.text);
    const above = parentsOf.get(pattern.slice(0, -1).join('/')) ?? [];
    const { documents, paths, below } =
      (await unlessUnreadable(template.text, unreadable, () => lookAt(store, pattern ?? [], template, above, groups))) ?? nothing;
    parentsOf.set(pattern.join('/'), paths);
    if (documents.length > 0) found.push(legacyOf(pattern, template, documents));
    waiting.push(...below.map((id): Pattern => [...(pattern ?? []), id]));
  }
  return found;
}

/** Some documents of a path, the paths of a few of them, and the collections below those. */
type Look = { readonly documents: readonly RawRow[]; readonly paths: readonly string[]; readonly below: readonly string[] };
const nothing: Look = { documents: [], paths: [], below: [] };

async function lookAt(
  store: FirestoreStore,
  pattern: Pattern,
  template: Template,
  above: readonly string[],
  groups: Map<string, readonly RawRow[]>,
): Promise<Look> {
  const documents = await documentsOf(store, pattern, template, groups);
  const paths = spread(documents.length > 0 ? documents.map(({ path = '' }) => path) : await missingParents(store, pattern, above), probed);
  const below = new Set<string>();
  if (pattern.length < deepest) for (const path of paths) for (const id of await store.browse.collections(path)) below.add(id);
  return { documents, paths, below: [...below].toSorted() };
}

/** Some of the items, spread from the first to the last. */
const spread = <T>(items: readonly T[], wanted: number): T[] =>
  items.length <= wanted
    ? [...items]
    : Array.from({ length: wanted }, (_, place) => items[Math.floor((place * (items.length - 1)) / (wanted - 1))]).flatMap((item) =>
        item === undefined ? [] : [item],
      );

/** Each segment is named after its collection; the last one is the id. */
function templateOf(pattern: Pattern): Template | undefined {
  const names: string[] = [];
  const text = pattern
    .map((id, place) => {
      const wanted = place === pattern.length - 1 ? 'id' : `${snakeOf(wordsOf(id)).replaceAll(/\W/g, '')}_id`;
      const plain = /^[A-Za-z_]/.test(wanted) ? wanted : `id_${wanted}`;
      const name = names.includes(plain) ? `${plain}_${place + 1}` : plain;
      names.push(name);
      return `${id}/{${name}}`;
    })
    .join('/');
  const source = parseSource(text, 'firestore');
  return isProblem(source) || 'table' in source ? undefined : source;
}

async function documentsOf(store: FirestoreStore, pattern: Pattern, template: Template, groups: Map<string, readonly RawRow[]>): Promise<readonly RawRow[]> {
  const id = pattern.at(-1) ?? '';
  const isGroup = pattern.length > 1;
  const name = `${isGroup ? 'group' : 'root'} ${id}`;
  // One sample of a collection id serves every path at which it is found.
  const group = groups.get(name) ?? (await store.browse.documents({ id, isGroup }, isGroup ? sampleSize * 2 : sampleSize));
  groups.set(name, group);
  return group.filter(({ path = '' }) => matchPath(template, path) !== undefined).slice(0, sampleSize);
}

/** Documents that were never written but have collections below them. */
async function missingParents(store: FirestoreStore, pattern: Pattern, above: readonly string[]): Promise<string[]> {
  const id = pattern.at(-1) ?? '';
  const holders = pattern.length === 1 ? [id] : above.map((path) => `${path}/${id}`);
  const paths: string[] = [];
  for (const holder of holders) if (paths.length < probed) paths.push(...(await store.browse.parents(holder, probed)));
  return paths;
}

function legacyOf(pattern: Pattern, template: Template, documents: readonly RawRow[]): Legacy {
  return {
    source: template,
    words: wordsOf(pattern.at(-1) ?? ''),
    parents: pattern.slice(0, -1).flatMap(wordsOf),
    columns: undefined,
    isSparse: false,
    rows: documents.map(({ path = '', value }) => ({ segments: matchPath(template, path) ?? new Map<string, string>(), fields: value })),
  };
}
