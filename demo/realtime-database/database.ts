import { at, BadData, pathOf, treeOf, withAt, type Path, type Tree } from './tree.ts';

/** One database: its tree, its rules, and its listeners. */

/** The client: a service account, a user of the app, or anonymous. */
export type Caller = 'admin' | { readonly uid: string } | undefined;

export type Rules = {
  readonly read?: (path: Path, caller: Caller) => boolean;
  readonly write?: (path: Path, caller: Caller) => boolean;
};

export type Change = { readonly path: Path; readonly value: Tree | null };

export type Database = {
  readonly read: (path: Path) => Tree | null;
  /** @param json of the whole node; with `isMerge`, of some of its children, whose names may be paths */
  readonly write: (path: Path, json: unknown, options?: { isMerge?: boolean }) => void;
  readonly mayRead: (path: Path, caller: Caller) => boolean;
  /** @param json as it is written: rules are evaluated at the place of each change */
  readonly mayWrite: (path: Path, json: unknown, options: { isMerge: boolean }, caller: Caller) => boolean;
  readonly onChange: (told: (changes: readonly Change[]) => void) => void;
};

export function createDatabase({ read = () => true, write = () => true }: Rules): Database {
  let root: Tree | null = null;
  const listeners: ((changes: readonly Change[]) => void)[] = [];
  const placesOf = (path: Path, json: unknown, isMerge: boolean): [Path, unknown][] => {
    if (!isMerge) return [[path, json]];
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new BadData("Invalid data; couldn't parse JSON object. Are you sending a JSON object with valid key names?");
    return Object.entries(json).map(([name, value]) => [[...path, ...pathOf(name)], value]);
  };
  return {
    read: (path) => at(root, path),
    write(path, json, { isMerge = false } = {}) {
      const changes = placesOf(path, json, isMerge).map(([place, value]): Change => ({ path: place, value: treeOf(value, at(root, place), place.length) }));
      // All of it or nothing.
      root = changes.reduce((tree, change) => withAt(tree, change.path, change.value), root);
      for (const told of listeners) told(changes);
    },
    mayRead: (path, caller) => caller === 'admin' || read(path, caller),
    mayWrite: (path, json, { isMerge }, caller) => caller === 'admin' || placesOf(path, json, isMerge).every(([place]) => write(place, caller)),
    onChange: (told) => void listeners.push(told),
  };
}

/** What a listener at a path receives about a change: nothing, if the change is elsewhere. */
export function seenFrom(listening: Path, { path, value }: Change, database: Database): Change | undefined {
  if (listening.every((name, index) => path[index] === name)) return { path, value };
  if (path.every((name, index) => listening[index] === name)) return { path: listening, value: database.read(listening) };
  return undefined;
}
