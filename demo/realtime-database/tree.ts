import { createHash } from 'node:crypto';

/**
 * The data model of a Realtime Database: nothing is ever empty, names have an order, and what looks like a list is returned as one.
 * `oracle.test.ts` checks all of it against the official client.
 */
export type Leaf = string | number | bigint | boolean;
export type Tree = Leaf | Branch;
/** Never empty. */
export type Branch = ReadonlyMap<string, Tree>;
export type Path = readonly string[];

export const isBranch = (tree: Tree | null | undefined): tree is Branch => tree instanceof Map;

/** A value that cannot be written, with the service's message. */
export class BadData extends Error {
  override name = 'BadData';
}

const badName = /[.$#\[\]\/[\p{Cc}--[\x80-\x9f]]]/v;
const deepest = 32;
const longestName = 768;

/** The segments of `/a/b`. */
export function pathOf(text: string): Path {
  const path = text.split('/').filter((part) => part !== '');
  if (path.some((name) => badName.test(name))) throw new BadData('Invalid path: Invalid token in path');
  return path;
}

/** JSON as it was sent. 64-bit integers keep all digits. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, ((_: string, value: unknown, { source }: { source?: string }) =>
      typeof value === 'number' ? exact(value, source ?? '') : value) as (key: string, value: unknown) => unknown);
  } catch {
    throw new BadData("Invalid data; couldn't parse JSON object, array, or value.");
  }
}

function exact(value: number, source: string): number | bigint {
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return value;
  const whole = BigInt(source);
  return BigInt.asIntN(64, whole) === whole ? whole : value;
}

/**
 * The stored form of what is written.
 *
 * @param before the current value, for values that the server computes
 */
export function treeOf(json: unknown, before: Tree | null, depth = 0): Tree | null {
  if (json === null || json === undefined) return null;
  if (typeof json !== 'object') {
    if (typeof json === 'number' && !Number.isFinite(json)) throw new BadData('Invalid data; a number is too large.');
    return json as Leaf;
  }
  if ('.sv' in json) return serverValue(json['.sv'], before);
  if ('.value' in json) return treeOf(json['.value'], before, depth);
  if (depth > deepest) throw new BadData(`Invalid data; the path is deeper than ${deepest}.`);
  const children = Object.entries(json).flatMap(([name, value]): [string, Tree][] => {
    // Priorities are older than queries, and are not stored.
    if (name === '.priority') return [];
    if (name === '' || badName.test(name) || Buffer.byteLength(name) > longestName) {
      throw new BadData("Invalid data; couldn't parse key beginning at 1:2. Key value can't be empty or contain $ # [ ] / or .");
    }
    const child = treeOf(value, isBranch(before) ? (before.get(name) ?? null) : null, depth + 1);
    return child === null ? [] : [[name, child]];
  });
  return children.length === 0 ? null : new Map(children);
}

function serverValue(wanted: unknown, before: Tree | null): Leaf {
  if (wanted === 'timestamp') return Date.now();
  const increment: unknown = typeof wanted === 'object' && wanted !== null && 'increment' in wanted ? wanted.increment : undefined;
  if (typeof increment !== 'number') throw new BadData('Invalid data; no such server value.');
  return (typeof before === 'number' ? before : 0) + increment;
}

export function at(tree: Tree | null, path: Path): Tree | null {
  return path.reduce<Tree | null>((node, name) => (isBranch(node) ? (node.get(name) ?? null) : null), tree);
}

/** The tree with another value at a path; nodes that become empty are removed. */
export function withAt(tree: Tree | null, [name, ...rest]: Path, value: Tree | null): Tree | null {
  if (name === undefined) return value;
  const children = new Map(isBranch(tree) ? tree : []);
  const child = withAt(children.get(name) ?? null, rest, value);
  if (child === null) children.delete(name);
  else children.set(name, child);
  return children.size === 0 ? null : children;
}

/** 32-bit integers first, by value, then everything else by UTF-16. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const [first, second] = [asInteger(a), asInteger(b)];
  if (first !== undefined && second !== undefined) return first === second ? a.length - b.length : first - second;
  if (first !== undefined || second !== undefined) return first !== undefined ? -1 : 1;
  return a < b ? -1 : 1;
}

function asInteger(name: string): number | undefined {
  const value = /^-?0*\d{1,10}$/.test(name) ? Number(name) : Number.NaN;
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined;
}

export const inOrder = (branch: Branch): [string, Tree][] => [...branch].toSorted(([a], [b]) => compareNames(a, b));

/** JSON text in the service's form: a list if more than half of the indexes up to the last one exist. */
export function textOf(tree: Tree | null, order: (branch: Branch) => Iterable<[string, Tree]> = inOrder): string {
  if (tree === null) return 'null';
  if (!isBranch(tree)) return typeof tree === 'bigint' ? tree.toString() : JSON.stringify(tree);
  const length = listLength(tree);
  if (length !== undefined) return `[${Array.from({ length }, (_, index) => textOf(tree.get(String(index)) ?? null, order)).join(',')}]`;
  return `{${[...order(tree)].map(([name, child]) => `${JSON.stringify(name)}:${textOf(child, order)}`).join(',')}}`;
}

/** @returns `undefined` if it is not a list */
function listLength(branch: Branch): number | undefined {
  let last = -1;
  for (const name of branch.keys()) {
    if (!/^(?:0|[1-9]\d*)$/.test(name)) return undefined;
    last = Math.max(last, Number(name));
  }
  return last < 2 * branch.size ? last + 1 : undefined;
}

/** The number of values in a tree, as limits count them. */
export const nodesIn = (tree: Tree | null): number =>
  tree === null ? 0 : isBranch(tree) ? [...tree.values()].reduce<number>((sum, child) => sum + nodesIn(child), 1) : 1;

/** The hash by which a transaction of the official client identifies the state that it has seen. */
export function hashOf(tree: Tree | null): string {
  if (tree === null) return '';
  const told = isBranch(tree)
    ? inOrder(tree)
        .map(([name, child]) => `:${name}:${hashOf(child)}`)
        .join('')
    : leafText(tree);
  return createHash('sha1').update(told).digest('base64');
}

function leafText(leaf: Leaf): string {
  if (typeof leaf === 'string' || typeof leaf === 'boolean') return `${typeof leaf}:${leaf}`;
  const double = Buffer.alloc(8);
  double.writeDoubleBE(Number(leaf));
  return `number:${double.toString('hex')}`;
}

/** A part of the children, ordered by name. */
export type Range = {
  readonly start?: { readonly name: string; readonly isIncluded: boolean };
  readonly end?: { readonly name: string; readonly isIncluded: boolean };
  readonly limit?: { readonly count: number; readonly isFromEnd: boolean };
};

export function within(tree: Tree | null, { start, end, limit }: Range): Tree | null {
  if (!isBranch(tree)) return null;
  const isAfter = ([name]: [string, Tree]): boolean => start === undefined || compareNames(name, start.name) > (start.isIncluded ? -1 : 0);
  const isBefore = ([name]: [string, Tree]): boolean => end === undefined || compareNames(name, end.name) < (end.isIncluded ? 1 : 0);
  const all = inOrder(tree).filter((child) => isAfter(child) && isBefore(child));
  const some = limit === undefined ? all : limit.isFromEnd ? all.slice(-limit.count) : all.slice(0, limit.count);
  return some.length === 0 ? null : new Map(some);
}
