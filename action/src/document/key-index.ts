import { groupId, type Group, type Key } from './document.ts';
import type { Shape } from './shape.ts';

/** Keys as short texts, for holding very many of them: groups repeat, so each is kept once. */
export type KeyIndex = {
  /** The same text for the same key. */
  add: (key: Key) => string;
  /** The key of a text that `add` gave. */
  key: (id: string) => Key;
  /** What such a text says of the group: the same text for the same one. */
  group: (id: string) => string;
  /** How many different groups were added. */
  groups: () => number;
  /** They themselves. */
  all: () => Iterable<Group>;
};

export function createKeyIndex(shape: Pick<Shape, 'key' | 'group'>): KeyIndex {
  return shape.group === 0 && shape.key.length === 1 ? indexOfPlainKeys() : indexOfGroups(shape);
}

/** A key of one part, of nothing else, is its own text: there is nothing that could be kept once. */
function indexOfPlainKeys(): KeyIndex {
  let isAny = false;
  return {
    add(key) {
      isAny = true;
      const [own = null] = key;
      // Everything that is no such key, or could be taken for what follows.
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
  // A single part stands as it is; without it there is nothing behind the number.
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
      // A key with more parts than the shape has says which row it means.
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
