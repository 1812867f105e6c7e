import { keyId, pathId, type Difference, type Document, type Field, type Key } from '../../src/document/document.ts';
import type { Shape } from '../../src/document/shape.ts';
import type { Words } from '../../src/report/words.ts';
import type { Digest, Digester, Entity, Placement, Reading, Row, Side } from '../../src/pair/pair.ts';

/** Posts of boards over arrays: rows that stand alone, by a key of two parts, with nothing in them but columns. */

export type Post = {
  readonly id: string;
  readonly board: string;
  readonly post: string | null;
  readonly title: string | null;
  readonly likes: number;
  readonly deleted?: boolean;
  readonly writtenAt?: number;
  /** Whether the title is none. */ readonly broken?: boolean;
};

export type Posts = { legacy: readonly Post[]; normalized: readonly Post[] };

export const shape: Shape = {
  key: [
    { name: 'board', kind: 'text', shown: 'plain' },
    { name: 'post', kind: 'text', shown: 'pseudonym' },
  ],
  group: 0,
  levels: [{ name: 'posts', one: 'post', many: 'posts' }],
};

export const words: Words = { document: { one: 'post', many: 'posts' }, skips: {}, nothing: 'There is no post.', hasTables: false };

/** Of the shape's last parts, as many as it has. */
const keyOf = ({ board, post }: Post, { key }: Shape): Key => [board, post].slice(-key.length);

function documentOf(row: Post, side: string, of: Shape): Document {
  const attribute = (name: string, value: string | null, readable: boolean): [string, Field] => [
    pathId([name]),
    { path: [name], value, level: 0, attribute: true, readable, rowIds: {} },
  ];
  const broken = row.broken && side === 'legacy';
  return {
    key: keyOf(row, of),
    fields: new Map([...(broken ? [] : [attribute('title', row.title, false)]), attribute('likes', String(row.likes), true)]),
    rowIds: { [side]: [row.id] },
    hidden: broken ? [{ prefix: ['title'], depth: 1 }] : [],
    problems: broken ? [unreadable(row, 'legacy', of, 'title')] : [],
    writtenAt: row.writtenAt,
  };
}

const unreadable = (row: Post, side: 'legacy' | 'normalized', of: Shape, column: string): Difference => ({
  kind: 'malformed',
  level: of.levels[0]?.name ?? '',
  key: keyOf(row, of),
  path: [column],
  legacy: null,
  normalized: null,
  rowIds: { [side]: [row.id] },
});

function place(row: Post, side: 'legacy' | 'normalized', of: Shape): Placement {
  const key = keyOf(row, of);
  if (row.deleted) return { kind: 'skipped', key };
  return row.post === null ? { kind: 'unclaimed', key, difference: unreadable(row, side, of, 'post') } : { kind: 'claim', key };
}

function readRow(row: Post, side: 'legacy' | 'normalized', of: Shape): Row {
  const placement = place(row, side, of);
  const entry = placement.kind === 'claim' ? { ...placement, document: documentOf(row, side, of) } : placement;
  return { entry, raw: [1] };
}

/** @param of another shape of one level, after which the pair is named; with a key of a single part, that is the post */
export function createFlatPair(posts: Posts, of: Shape = shape): Entity {
  const pageSize = 3;
  async function* pages<T, U>(items: readonly T[], read: (item: T) => U) {
    for (let start = 0; start < items.length; start += pageSize) yield items.slice(start, start + pageSize).map(read);
  }
  const sideOf = (side: 'legacy' | 'normalized'): Side => ({
    count: async () => posts[side].filter(({ deleted }) => side === 'legacy' || !deleted).length,
    keys: () => pages(posts[side], (row) => place(row, side, of)),
    documents: () => pages(posts[side], (row) => readRow(row, side, of)),
  });
  const found = (key: Key, side: 'legacy' | 'normalized'): Row['entry'][] =>
    posts[side].filter((row) => keyId(keyOf(row, of)) === keyId(key)).map((row) => readRow(row, side, of).entry);
  const documents = (entries: readonly Row['entry'][]): Document[] => entries.flatMap((entry) => (entry.kind === 'claim' ? [entry.document] : []));
  const read: Entity['read'] = async (keys) =>
    new Map(
      keys.map((key): [string, Reading] => {
        const [legacy, normalized] = [found(key, 'legacy'), found(key, 'normalized')];
        const unclaimed = [...legacy, ...normalized].flatMap((entry) => (entry.kind === 'unclaimed' ? [entry.difference] : []));
        return [keyId(key), { expected: documents(legacy), actual: documents(normalized), unclaimed, groupExists: true }];
      }),
    );

  return {
    name: of.levels[0]?.name ?? '',
    shape: of,
    expected: sideOf('legacy'),
    actual: sideOf('normalized'),
    prepare: async () => undefined,
    groups: () => [],
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new Error('Nothing hangs on a post.') },
    digester: createDigester(posts, of, read),
    read,
    sight: { troubleWithEmpty: () => undefined, troubleWithSeen: () => undefined },
    findingType({ kind }) {
      if (kind === 'mismatch') return { type: 'DATA_MISMATCH', severity: 'medium' };
      if (kind === 'malformed') return { type: 'MALFORMED_LEGACY', severity: 'medium' };
      if (kind === 'count') return { type: 'COUNT_MISMATCH', severity: 'high' };
      return { type: `${kind.toUpperCase()}_ROW`, severity: kind === 'missing' ? 'critical' : 'high' };
    },
    renderPath: (path) => path,
  };
}

/** What a database would say of a board: a portion is a board. */
function createDigester(posts: Posts, shapeOf: Shape, read: Entity['read']): Digester {
  const boards = [...new Set([...posts.legacy, ...posts.normalized].map(({ board }) => board))].sort();
  const text = ({ title, likes }: Post): string => JSON.stringify([title, likes]);

  function digestOf(some: readonly string[]): Digest {
    const of = (side: 'legacy' | 'normalized') => posts[side].filter(({ board }) => some.includes(board));
    const inScope = (side: 'legacy' | 'normalized') => of(side).filter(({ deleted }) => !deleted);
    const keys = new Map([...inScope('legacy'), ...inScope('normalized')].map((row) => [keyId(keyOf(row, shapeOf)), keyOf(row, shapeOf)]));
    const isEqual = (id: string): boolean => {
      const [left, right] = [inScope('legacy'), inScope('normalized')].map((rows) => rows.filter((row) => keyId(keyOf(row, shapeOf)) === id));
      const [a, b] = [left?.[0], right?.[0]];
      return left?.length === 1 && right?.length === 1 && a !== undefined && b !== undefined && a.post !== null && text(a) === text(b);
    };
    const equal = [...keys.keys()].filter(isEqual);
    return {
      legacy: [of('legacy').length],
      skipped: of('legacy').length - inScope('legacy').length,
      claimed: new Set(
        inScope('legacy')
          .filter(({ post }) => post !== null)
          .map((row) => keyId(keyOf(row, shapeOf))),
      ).size,
      equal: { counts: [equal.length], sourceVersions: {}, groups: [] },
      legacyGroups: [],
      differing: [...keys].filter(([id]) => !equal.includes(id)).map(([, key]) => key),
      odd: [],
      loose: [0],
      stray: [],
    };
  }

  return {
    probe: async () => ({ ready: true, sentence: 'It compares by itself.' }),
    plan: async () => ({
      groups: [],
      beside: async () => ({ more: [0], loose: [0] }),
      rows: boards.map((board) => [...posts.legacy, ...posts.normalized].filter((row) => row.board === board).length),
      digest: async (start, end) => digestOf(boards.slice(start, end)),
    }),
    planPart: async ({ has }) => {
      const ofPart = (rows: readonly Post[]): Post[] => rows.filter((row) => has(keyOf(row, shapeOf)));
      return createDigester({ legacy: ofPart(posts.legacy), normalized: ofPart(posts.normalized) }, shapeOf, read).plan();
    },
    read,
  };
}
