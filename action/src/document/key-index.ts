import { childId, type Key } from './document.ts';

/** Keys as short texts, for holding very many of them: children repeat, so each is kept once. */
export type KeyIndex = {
  /** The same text for the same key. */
  add: (key: Key) => string;
  /** The key of a text that `add` gave. */
  key: (id: string) => Key;
  /** What such a text says of the child: the same text for the same one. */
  child: (id: string) => string;
  /** How many different children were added. */
  children: () => number;
  /** They themselves. */
  all: () => Iterable<Omit<Key, 'week'>>;
};

export function createKeyIndex(): KeyIndex {
  const children: Omit<Key, 'week'>[] = [];
  const numbers = new Map<string, number>();

  return {
    add(key) {
      const id = childId(key);
      let number = numbers.get(id);
      if (number === undefined) {
        number = children.length;
        numbers.set(id, number);
        children.push({ owner: key.owner, child: key.child });
      }
      return key.week === null ? `${number}` : `${number} ${key.week}`;
    },
    key(id) {
      const [number = '', ...week] = id.split(' ');
      const { owner = null, child = '' } = children[Number(number)] ?? {};
      return { owner, child, week: week.length === 0 ? null : week.join(' ') };
    },
    child: (id) => id.split(' ', 1)[0] ?? '',
    children: () => children.length,
    all: () => children,
  };
}
