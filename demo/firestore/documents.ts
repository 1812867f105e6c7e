import { comparePaths, type Fields } from './value.ts';

/** Documents by path, with their history: a read at an earlier time sees what existed then. */

export type StoredDocument = {
  /** Relative to the database: `boards/b1/posts/p1`. */
  readonly path: string;
  readonly fields: Fields;
  /** Both in microseconds since 1970. */
  readonly createTime: number;
  readonly updateTime: number;
};

type Version = { readonly time: number; readonly document: StoredDocument | undefined };

/** One collection id, at any depth. */
type Group = { readonly versions: Map<string, Version[]>; sorted: string[] | undefined };

export type Documents = {
  get(path: string, time: number): StoredDocument | undefined;
  /** The documents of all collections with that id, in ascending order of path, starting at `from`. */
  group(id: string, time: number, from?: string): Iterable<StoredDocument>;
  /** The path of every document, unordered. */
  paths(time: number): Iterable<string>;
  put(path: string, time: number, document: StoredDocument | undefined): void;
};

const groupIdOf = (path: string): string => path.split('/').at(-2) ?? '';

/** @param historyMicros how long overwritten versions are kept */
export function makeDocuments(historyMicros: number): Documents {
  const groups = new Map<string, Group>();
  const at = (versions: readonly Version[] | undefined, time: number): StoredDocument | undefined =>
    versions?.findLast((version) => version.time <= time)?.document;

  return {
    get: (path, time) => at(groups.get(groupIdOf(path))?.versions.get(path), time),
    *group(id, time, from) {
      const group = groups.get(id);
      if (!group) return;
      const sorted = (group.sorted ??= [...group.versions.keys()].sort(comparePaths));
      for (let index = from === undefined ? 0 : firstNotBefore(sorted, from); index < sorted.length; index++) {
        const document = at(group.versions.get(sorted[index] ?? ''), time);
        if (document) yield document;
      }
    },
    *paths(time) {
      for (const { versions } of groups.values()) {
        for (const [path, all] of versions) if (at(all, time)) yield path;
      }
    },
    put(path, time, document) {
      const id = groupIdOf(path);
      const group = groups.get(id) ?? { versions: new Map<string, Version[]>(), sorted: undefined };
      groups.set(id, group);
      const before = group.versions.get(path);
      if (!before) group.sorted = undefined;
      const current = before?.findLastIndex((version) => version.time <= time - historyMicros) ?? -1;
      group.versions.set(path, [...(before ?? []).slice(Math.max(0, current)), { time, document }]);
    },
  };
}

function firstNotBefore(sorted: readonly string[], path: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePaths(sorted[middle] ?? '', path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
