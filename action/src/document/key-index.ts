import { groupId, type Group, type Key } from './document.ts';
import type { Shape } from './shape.ts';

/** Keys as short texts, so that very many of them fit into memory: groups repeat, so each is stored once. */
export type KeyIndex = {
  /** Returns the same text for the same key. */
  add: (key: Key) => string;
  /** The key of a text that `add` returned. */
  key: (id: string) => Key;
  /** The part of such a text that stands for its group: the same for the same group. */
  group: (id: string) => string;
  /** How many different groups were added. */
  groups: () => number;
  /** Those groups. */
  all: () => Iterable<Group>;
};

export function createKeyIndex(shape: Pick<Shape, 'key' | 'group'>): KeyIndex {
  return shape.group === 0 && shape.key.length === 1 ? indexOfPlainKeys() : indexOfGroups(shape);
}

/** A key with a single part is its own text: it has no group that could be stored once. */
function indexOfPlainKeys(): KeyIndex {
  let isAny = false;
  return {
    add(key) {
      isAny = true;
      const [own = null] = key;
      // Any other key, and any key that looks like the form below.
      return own === null || key.length > 1 || own.startsWith('\t') ? `\t${JSON.stringify(key)}` : own;
    },
    key: (id) => (id.startsWith('\t') ? (JSON.parse(id.slice(1)) as Key) : [id]),
    group: () => '',
    groups: () => (isAny ? 1 : 0),
    all: () => (isAny ? [[]] : []),
  };
}

function indexOfGroups({ key: parts, group: groupLength }: Pick<Shape, 'key' | 'group'>): KeyIndex {
  const groups: Group[] = [];
  const numbers = new Map<string, number>();
  // A single part is written as it is; without it, nothing follows the number.
  const isPlain = parts.length - groupLength === 1;

  function numberOf(group: Group): number {
    // Where there are no groups, all are in one.
    const id = group.length === 0 ? '' : groupId(group);
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, groups.length);
    return groups.push(group) - 1;
  }

  return {
    add(key) {
      const number = numberOf(key.slice(0, groupLength));
      // A key with more parts than the shape identifies one row.
      if (key.length > parts.length) return `${number}\t${JSON.stringify(key.slice(groupLength))}`;
      if (!isPlain) return `${number} ${JSON.stringify(key.slice(groupLength))}`;
      const own = key[groupLength] ?? null;
      return own === null ? `${number}` : `${number} ${own}`;
    },
    key(id) {
      const mark = id.indexOf('\t');
      const start = id.slice(0, Math.max(0, mark));
      if (/^\d+$/.test(start)) return [...(groups[Number(start)] ?? []), ...(JSON.parse(id.slice(mark + 1)) as Key)];
      const end = id.indexOf(' ');
      const group = groups[Number(end === -1 ? id : id.slice(0, end))] ?? [];
      const own = end === -1 ? null : id.slice(end + 1);
      return isPlain || own === null ? [...group, own] : [...group, ...(JSON.parse(own) as Key)];
    },
    group(id) {
      const end = id.search(/[ \t]/);
      return end === -1 ? id : id.slice(0, end);
    },
    groups: () => groups.length,
    all: () => groups,
  };
}
