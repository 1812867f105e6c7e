import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from '../../action/test/fast-check.ts';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  endAt,
  endBefore,
  getDatabase,
  goOffline,
  limitToFirst,
  limitToLast,
  onValue,
  orderByKey,
  query,
  ref,
  set,
  startAfter,
  startAt,
  type DataSnapshot,
  type QueryConstraint,
} from 'firebase/database';
import { inOrder, isBranch, textOf, treeOf, within, type Range } from './tree.ts';

/** What the official client says without a server of the same writes and questions. */

const app = initializeApp({ projectId: 'demo-oracle', databaseURL: 'http://127.0.0.1:9/?ns=demo-oracle' }, 'demo-oracle');
const database = getDatabase(app);
goOffline(database);
test.after(() => deleteApp(app));

/** Names that are alike for a moment: integers, what looks like one, and what sorts by UTF-16 but not by code points. */
const names = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '7',
    '00',
    '-1',
    '-5',
    '010',
    '2147483647',
    '2147483648',
    '-2147483648',
    '99999999999',
    '1e3',
    ' 1',
    'a',
    'B',
    'é',
    '\ud83d\ude00',
    '\uffe6',
    '__proto__x',
    '-N2a',
  ),
  fc
    .string({ minLength: 1, maxLength: 4 })
    .filter((name) => !/[.$#\[\]\/[\p{Cc}--[\x80-\x9f]]]/v.test(name) && name.isWellFormed() && name !== '__proto__')
    // To the client, these are the same as others of the same length.
    .filter((name) => !/^-0+$/.test(name)),
);
const leaves = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.constant(null),
);
const { tree: trees } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaves, fc.dictionary(names, tie('tree'), { maxKeys: 6, noNullPrototype: true }), fc.array(tie('tree'), { maxLength: 6 })),
}));

/** What a listener is given at once: the client knows what it has written itself. */
function seen(...constraints: QueryConstraint[]): DataSnapshot {
  let snapshot: DataSnapshot | undefined;
  onValue(query(ref(database, 'tree'), ...constraints), (given) => (snapshot = given), { onlyOnce: true });
  assert.ok(snapshot);
  return snapshot;
}

const plain = (json: unknown): unknown => JSON.parse(JSON.stringify(json ?? null));
const write = (json: unknown): void => void set(ref(database, 'tree'), json).catch(() => undefined);

test('what is written comes back as the official client says', () => {
  fc.assert(
    fc.property(trees, (json) => {
      write(json);
      assert.deepEqual(JSON.parse(textOf(treeOf(json, null))), plain(seen().val()));
    }),
    { numRuns: 1000 },
  );
});

test('the order of names and every part by name are what the official client says', () => {
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.integer(), { maxKeys: 10, noNullPrototype: true }),
      names,
      names,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 31 }),
      (json, first, last, count, which) => {
        write(json);
        const has = (bit: number): boolean => (which & (1 << bit)) !== 0;
        const range: Range = {
          ...(has(0) && { start: { name: first, isIncluded: has(1) } }),
          ...(has(2) && { end: { name: last, isIncluded: has(3) } }),
          ...(has(4) && { limit: { count, isFromEnd: has(1) } }),
        };
        const constraints = [
          orderByKey(),
          ...(range.start ? [range.start.isIncluded ? startAt(first) : startAfter(first)] : []),
          ...(range.end ? [range.end.isIncluded ? endAt(last) : endBefore(last)] : []),
          ...(range.limit ? [range.limit.isFromEnd ? limitToLast(count) : limitToFirst(count)] : []),
        ];
        const expected: string[] = [];
        seen(...constraints).forEach((child) => void expected.push(String(child.key)));
        const found = within(treeOf(json, null), range);
        assert.deepEqual(isBranch(found) ? inOrder(found).map(([name]) => name) : [], expected);
      },
    ),
    { numRuns: 2000 },
  );
});
