import { isRealtimeDatabase, type RealtimeDatabaseStore } from '../../action/src/store/realtime-database/realtime-database.ts';
import { childrenOf, nodeOf } from '../../action/src/store/realtime-database/names.ts';
import { isProblem, matchPath, parseSource, segmentNames } from '../../action/src/store/source.ts';
import { ReadError } from '../../action/src/store/errors.ts';
import { openStore, type Access, type StoreDeclaration } from '../../action/src/store/stores.ts';
import { isFields, rowFields, type Value } from '../../action/src/store/value.ts';
import { sampleSize, unlessUnreadable, type Legacy, type Unreadable } from './sample.ts';
import { isWord, snakeOf, wordsOf } from './words.ts';

/**
 * Finds the paths at which a Realtime Database may hold rows. Nothing distinguishes a name from an id there, so every depth below a name at
 * the root is offered, also below each name that looks like one of a collection, and the rows of the other side show which one is right.
 */

const deepest = 4;
/** For each name at the root: more data would not improve the sample. */
const enoughBytes = 4 * 2 ** 20;

type Node = { readonly path: readonly string[]; readonly value: Value };

export async function sampleRealtimeDatabase(
  declaration: StoreDeclaration,
  access: Access,
  unreadable: Unreadable[],
  onPath: (path: string) => void,
): Promise<Legacy[]> {
  const store = await openStore(declaration, access);
  if (!isRealtimeDatabase(store)) throw new TypeError('the store is no Realtime Database');
  const found: Legacy[] = [];
  for (const root of await store.browse.names([])) {
    if (isProblem(parseSource(root, 'realtime-database'))) continue;
    onPath(root);
    const first = await unlessUnreadable(root, unreadable, () => firstBelow(store, [root], { bytes: 0 }));
    let nodes = [...(first?.values ?? [])].map(([name, value]): Node => ({ path: [root, name], value }));
    for (let depth = 1; depth <= deepest && nodes.length > 0; depth += 1) {
      const isPartial = first?.hasMore === true;
      const all = legacyOf(root, depth, nodes, undefined);
      const whole = all && { ...all, isPartial };
      if (whole !== undefined) found.push(whole);
      for (const collection of collectionsOf(depth, nodes)) {
        const legacy = legacyOf(root, depth, nodes, collection);
        if (legacy !== undefined && whole !== undefined) found.push({ ...legacy, isPartial, within: whole });
      }
      nodes = nodes.flatMap(({ path, value }) =>
        isRow(value) ? [] : childrenOf(value).map(([name, child]): Node => ({ path: [...path, name], value: child })),
      );
    }
  }
  return found;
}

/** Whether a node has values besides other nodes: then everything below is part of it. */
function isRow(value: Value): boolean {
  return childrenOf(value).some(([, child]) => !isFields(nodeOf(child)));
}

type Spent = { bytes: number };

/** @returns the first nodes below a path, until they are enough for a sample, and whether there are more */
async function firstBelow(store: RealtimeDatabaseStore, path: readonly string[], spent: Spent) {
  const names = await store.browse.names(path);
  const values = new Map<string, Value>();
  for (const name of names.slice(0, sampleSize)) {
    values.set(name, await valueOf(store, [...path, name], spent));
    if (spent.bytes > enoughBytes) break;
  }
  return { values, hasMore: values.size < names.length };
}

/** A node, or some of those below it where it is too large to be read at once. */
async function valueOf(store: RealtimeDatabaseStore, path: readonly string[], spent: Spent): Promise<Value> {
  try {
    const { value, bytes } = await store.browse.node(path, true);
    spent.bytes += bytes;
    return value;
  } catch (error) {
    if (!(error instanceof ReadError) || error.tooMuch === undefined || path.length > deepest) throw error;
    const { values } = await firstBelow(store, path, spent);
    // A row without some of its fields would look as if it had none of them.
    if (isRow(values)) throw error;
    return values;
  }
}

/** More names than an app has collections in one place are ids. */
const mostCollections = 12;

/** Names right above the nodes that may be those of collections, as in `chat/rooms/{id}`: an id rarely is a word. */
function collectionsOf(depth: number, nodes: readonly Node[]): readonly string[] {
  if (depth === 1) return [];
  const names = [...new Set(nodes.map(({ path }) => path.at(-2) ?? ''))].filter(isWord);
  return names.length <= mostCollections ? names : [];
}

/** @param collection the name right above the rows; `undefined` if any name there is an id */
function legacyOf(root: string, depth: number, all: readonly Node[], collection: string | undefined): Legacy | undefined {
  const nodes = collection === undefined ? all : all.filter(({ path }) => path.at(-2) === collection);
  const called = snakeOf(wordsOf(root)).replaceAll(/\W/g, '') || 'node';
  const names = Array.from({ length: depth }, (_, place) =>
    place === depth - 1
      ? '{id}'
      : place === depth - 2 && collection !== undefined
        ? collection
        : `{${/^[A-Za-z_]/.test(called) ? called : `id_${called}`}_${place + 1}}`,
  );
  const source = parseSource([root, ...names].join('/'), 'realtime-database');
  if (isProblem(source) || 'table' in source || segmentNames(source).length !== (collection === undefined ? depth : depth - 1)) return undefined;
  // Evenly spaced, or all rows would be those of the first parent.
  const step = Math.max(1, nodes.length / sampleSize);
  const sampled = nodes.filter((_, place) => Math.floor(place / step) !== Math.floor((place - 1) / step)).slice(0, sampleSize);
  return {
    source,
    words: wordsOf(collection ?? root),
    parents: collection === undefined ? [] : wordsOf(root),
    columns: undefined,
    isSparse: true,
    rows: sampled.map(({ path, value }) => ({
      segments: matchPath(source, path.join('/')) ?? new Map<string, string>(),
      fields: rowFields(nodeOf(value)),
    })),
  };
}
