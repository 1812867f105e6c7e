import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { toFields, type Firestore, type Plain } from '../../../../demo/firestore/server.ts';
import { isInScope } from '../../../src/pair/declared/scope.ts';
import { ReadError } from '../../../src/store/errors.ts';
import { valueAt } from '../../../src/store/source.ts';
import type { Condition, WantedKey } from '../../../src/store/store.ts';
import { numberValue, type Value } from '../../../src/store/value.ts';
import { all, open, pathsOf, started, storeAt } from './stores.ts';

/** Without indexes beside those that Firestore has by itself, and with some. */
let bare: Firestore;
let indexed: Firestore;
before(async () => {
  bare = await started();
  indexed = await started({ indexes: 'all' });
});
after(async () => {
  await bare.stop();
  await indexed.stop();
});
beforeEach(() => {
  for (const server of [bare, indexed]) {
    server.fault(undefined);
    for (const path of server.paths()) server.delete(path);
    server.requests.length = 0;
  }
});

const both = (path: string, fields: { [name: string]: Plain }): void => {
  for (const server of [bare, indexed]) server.set(path, toFields(fields));
};
const rpcs = (server: Firestore): string[] => server.requests.map(({ rpc }) => rpc);

const key = (segments: Readonly<Record<string, readonly string[]>>, fields: Readonly<Record<string, readonly Value[]>> = {}): WantedKey => ({
  segments: new Map(Object.entries(segments)),
  fields: Object.entries(fields).map(([name, anyOf]) => ({ path: name.split('.'), anyOf })),
});

describe('documents are looked up', () => {
  test('whatever order they come in, with word of progress in between', async () => {
    for (let n = 0; n < 20; n += 1) both(`users/u${n}`, { n });
    bare.fault((_, real) => {
      const reply = real();
      const progress = { readTime: '2026-01-15T21:52:00.123456Z' };
      return { ...reply, body: [progress, ...(reply.body as object[]).toReversed(), progress, { ...progress, skippedResults: 0 }] };
    });
    const users = open(storeAt(bare.host), 'users/{id}');
    const rows = await users.find(Array.from({ length: 22 }, (_, n) => key({ id: [`u${n}`] })));
    assert.deepEqual(
      rows.map(({ path, value }) => [path, value]).toSorted(),
      Array.from({ length: 20 }, (_, n) => [`users/u${n}`, new Map([['n', numberValue(String(n))]])]).toSorted(),
    );
  });

  test('by path, a hundred a request, in every spelling, as they are now', async () => {
    for (let n = 0; n < 150; n += 1) both(`boards/b/posts/p${n}`, { n });
    both('boards/b/posts/e\u0301', { n: -1 });
    const fire = storeAt(bare.host);
    const posts = open(fire, 'boards/{board_id}/posts/{id}');
    await all(posts.scan());
    bare.set('boards/b/posts/p0', toFields({ n: 1000 }));
    bare.requests.length = 0;
    const [billed, told] = [bare.reads(), fire.reads()];
    const keys = Array.from({ length: 160 }, (_, n) => key({ board_id: ['b'], id: [`p${n}`] }));
    const rows = await posts.find([...keys, key({ board_id: ['b'], id: ['é', 'e\u0301'] }), key({ board_id: ['other', 'b'], id: ['p1'] })]);
    assert.deepEqual(pathsOf(rows).toSorted(), [...Array.from({ length: 150 }, (_, n) => `boards/b/posts/p${n}`), 'boards/b/posts/e\u0301'].toSorted());
    assert.deepEqual(rows.find(({ path }) => path === 'boards/b/posts/p0')?.value, new Map([['n', numberValue('1000')]]));
    assert.deepEqual(rpcs(bare), ['batchGet', 'batchGet']);
    // Who is asked for and is not there costs as much.
    assert.equal(fire.reads() - told, 160 + 2 + 1);
    assert.equal(fire.reads() - told, bare.reads() - billed);
  });

  test('and what cannot be an id is not there, rather than refused', async () => {
    both('posts/ok', {});
    both('posts/__id5__', {});
    const posts = open(storeAt(bare.host), 'posts/{id}');
    const rows = await posts.find(['', '.', '..', 'a/b', '__x__', 'x'.repeat(1501), '\ud800', '__id5__', 'ok'].map((id) => key({ id: [id] })));
    assert.deepEqual(pathsOf(rows).toSorted(), ['posts/__id5__', 'posts/ok']);
    bare.requests.length = 0;
    assert.deepEqual(await posts.find([key({ id: ['..'] })]), []);
    assert.deepEqual(await posts.find([]), []);
    assert.deepEqual(rpcs(bare), []);
  });

  test('by path, in halves where they are too large for one answer', async () => {
    for (let n = 0; n < 20; n += 1) both(`posts/p${n}`, { text: 'x'.repeat(500) });
    const posts = open(storeAt(bare.host, { maxBytes: 4_000 }), 'posts/{id}');
    assert.equal((await posts.find(Array.from({ length: 20 }, (_, n) => key({ id: [`p${n}`] })))).length, 20);
  });

  test('by their fields where the path is not known: by an index where there is one, and otherwise among all', async () => {
    for (let n = 0; n < 120; n += 1) both(`boards/b${n % 3}/posts/p${n}`, { slug: `s${n}`, lang: n % 2 === 0 ? 'ko' : 'en', meta: { n } });
    both('posts/stray', { slug: 's7', lang: 'en' });
    const keys = Array.from({ length: 40 }, (_, n) => key({}, { slug: [`s${n}`], lang: ['ko'] }));
    for (const [server, most] of [
      [indexed, 20 + 2],
      [bare, 121 + 1],
    ] as const) {
      const fire = storeAt(server.host);
      const posts = open(fire, 'boards/{board_id}/posts/{id}');
      const billed = server.reads();
      const rows = await posts.find(keys);
      assert.deepEqual(pathsOf(rows).toSorted(), Array.from({ length: 20 }, (_, n) => `boards/b${(2 * n) % 3}/posts/p${2 * n}`).toSorted());
      assert.equal(fire.reads(), server.reads() - billed);
      assert.ok(fire.reads() <= most, `${fire.reads()} reads`);
      assert.deepEqual(pathsOf(await posts.find([key({}, { 'meta.n': [numberValue('5.0'), numberValue('6')] })])), [
        'boards/b0/posts/p6',
        'boards/b2/posts/p5',
      ]);
    }
  });

  test('among all where neither path nor fields can be asked for', async () => {
    both('boards/b1/posts/p1', { n: null });
    both('boards/b2/posts/p1', {});
    both('boards/b2/posts/p2', {});
    both('archive/b2/posts/p1', {});
    const posts = open(storeAt(bare.host), 'boards/{board_id}/posts/{id}');
    assert.deepEqual(pathsOf(await posts.find([key({ id: ['p1'] })])), ['boards/b1/posts/p1', 'boards/b2/posts/p1']);
    assert.deepEqual(pathsOf(await posts.find([key({ id: ['p1'] }, { n: [null] })])), ['boards/b1/posts/p1', 'boards/b2/posts/p1']);
  });
});

describe('documents are counted', () => {
  test('for a read a thousand, without an index', async () => {
    for (let n = 0; n < 2100; n += 1) bare.set(`users/u${n}`, {});
    bare.set('teams/t1/users/u1', {});
    const fire = storeAt(bare.host);
    assert.deepEqual(await open(fire, 'users/{id}').count([]), { rows: 2100 });
    assert.equal(fire.reads(), 3);
    assert.deepEqual(rpcs(bare), ['runAggregationQuery']);
    assert.deepEqual(await open(fire, 'nothing/{id}').count([]), { rows: 0 });
    assert.equal(fire.reads(), 4);
  });

  test('as at most so many where others share the collection id: another root, another depth, another source of the file', async () => {
    both('boards/b1/posts/p1/comments/c1', {});
    both('boards/b2/posts/p1/comments/c2', {});
    const count = (text: string, others: readonly string[] = []) => {
      const fire = storeAt(bare.host);
      const sources = [text, ...others].map((one) => open(fire, one));
      return sources[0]?.count([]);
    };
    const comments = 'boards/{b}/posts/{p}/comments/{id}';
    assert.deepEqual(await count(comments), { rows: 2 });
    assert.deepEqual(await count(comments, ['boards/{x}/posts/{y}/comments/{z}']), { rows: 2 });
    assert.deepEqual(await count(comments, ['users/{u}/comments/{id}']), { rows: 2, isAtMost: true });
    for (const stray of [
      'users/u1/comments/c9',
      'archive/a/comments/c9',
      'comments/c9',
      'boards/b1/comments/c9',
      'boards/b1/reviews/r1/comments/c9',
      'boards/b1/posts/p1/comments/c1/replies/r1/comments/c9',
      'boards/b1/posts/p1/comments/c1/comments/c9',
      'boards/b3/drafts/p1/comments/c9',
    ]) {
      bare.set(stray, {});
      assert.deepEqual(await count(comments), { rows: 3, isAtMost: true }, stray);
      bare.delete(stray);
    }
  });

  test('exactly where a group has few collections, for two reads each, and of many as their first ones look', async () => {
    for (let n = 10; n < 30; n += 1) bare.set(`boards/b${n}/posts/p1`, {});
    const fire = storeAt(bare.host);
    const posts = open(fire, 'boards/{b}/posts/{id}');
    assert.deepEqual(await posts.count([], true), { rows: 20 });
    assert.equal(fire.reads(), 1);
    assert.deepEqual(await posts.count([]), { rows: 20 });
    assert.ok(fire.reads() <= 1 + 1 + 21 + 21, String(fire.reads()));
    const known = fire.reads();
    await posts.count([]);
    assert.equal(fire.reads(), known + 1);
    for (let n = 30; n < 99; n += 1) bare.set(`boards/b${n}/posts/p1`, {});
    const many = storeAt(bare.host);
    assert.deepEqual(await open(many, 'boards/{b}/posts/{id}').count([]), { rows: 89 });
    assert.ok(many.reads() <= 1 + 21 + 2, String(many.reads()));
    bare.set('boards/b19/drafts/d/posts/x', {});
    assert.deepEqual(await open(storeAt(bare.host), 'boards/{b}/posts/{id}').count([]), { rows: 90, isAtMost: true });
  });

  test('as exactly so many once a scan has seen them', async () => {
    both('boards/b1/posts/p1/comments/c1', {});
    bare.set('boards/b1/posts/p1/comments/c1/replies/r1/comments/c9', {});
    const comments = open(storeAt(bare.host), 'boards/{b}/posts/{p}/comments/{id}');
    await all(comments.scan());
    assert.deepEqual(await comments.count([]), { rows: 2, isAtMost: true });
  });

  const field = (name: string, ...anyOf: readonly Value[]): Condition => ({ source: { kind: 'field', path: name.split('.') }, anyOf });
  const values: readonly Plain[] = ['public', 'PUBLIC', 'BLOCKED', 'BLOC\u212aED', 'é', 'e\u0301', '', 'abcd', true, false, 1, 0, 2.5, null, 'users/u1'];
  const wanted: readonly Value[] = [
    'public',
    'BLOCKED',
    'é',
    '',
    'abcd',
    'users/u1',
    true,
    false,
    numberValue('1.0'),
    numberValue('1'),
    numberValue('2.5'),
    numberValue('0'),
    null,
  ];

  test('by conditions as the engine reads them, or not at all', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.option(fc.constantFrom(...values), { nil: undefined }), b: fc.constantFrom(...values) }), { maxLength: 12 }),
        fc.array(fc.tuple(fc.constantFrom('a', 'm.b'), fc.uniqueArray(fc.constantFrom(...wanted), { minLength: 1, maxLength: 3 })), {
          minLength: 1,
          maxLength: 2,
        }),
        async (documents, conditions) => {
          for (const path of indexed.paths()) indexed.delete(path);
          for (const [n, { a, b }] of documents.entries()) indexed.set(`posts/${n}`, toFields({ ...(a !== undefined && { a }), m: { b } }));
          const posts = open(storeAt(indexed.host), 'posts/{id}');
          const only = conditions.map(([name, anyOf]) => field(name, ...anyOf));
          const counted = await posts.count(only);
          const rows = await all(posts.scan());
          const inScope = rows.filter(({ value }) => isInScope(only, (source) => valueAt(source, { segments: new Map(), fields: value })));
          if (counted !== undefined) assert.deepEqual(counted, { rows: inScope.length });
          const isPlain = conditions.every(([, anyOf]) => anyOf.every((value) => ['public', 'BLOCKED', 'abcd', true, false].some((one) => one === value)));
          if (isPlain) assert.ok(counted, 'plain conditions can be counted by');
        },
      ),
      { numRuns: 150 },
    ));

  test('not at all by what is no field, by null, or where an index is missing', async () => {
    both('boards/b/posts/p1', { deleted: false });
    for (const [server, counted] of [
      [indexed, { rows: 1 }],
      [bare, undefined],
    ] as const) {
      const posts = open(storeAt(server.host), 'boards/{b}/posts/{id}');
      assert.deepEqual(await posts.count([field('deleted', false)]), counted);
      assert.equal(await posts.count([field('deleted', false, null)]), undefined);
      assert.equal(await posts.count([{ source: { kind: 'segment', name: 'b' }, anyOf: ['b'] }]), undefined);
      assert.equal(await posts.count([field('at.latitude', numberValue('0'))]), undefined);
    }
  });
});

describe('what was written since', () => {
  const since = '2026-01-15T12:00:00.000Z';
  const changed = async (server: Firestore, text: string, options: { path?: string; unit?: 's' | 'ms' } = {}) => {
    const fire = storeAt(server.host);
    const billed = server.reads();
    const rows = await all(
      open(fire, text).changedSince({ path: (options.path ?? 'updatedAt').split('.'), ...(options.unit && { unit: options.unit }) }, since),
    );
    assert.equal(fire.reads(), server.reads() - billed);
    return { paths: pathsOf(rows).toSorted(), reads: fire.reads() };
  };

  test('is read and paid for, and nothing else, whether it is a time or text', async () => {
    for (let n = 0; n < 300; n += 1) both(`boards/b/posts/old${n}`, { updatedAt: new Date('2026-01-13T00:00:00Z') });
    both('boards/b/posts/exact', { updatedAt: new Date(since) });
    both('boards/b/posts/late', { updatedAt: new Date('2026-02-01T00:00:00Z') });
    both('boards/b/posts/text', { updatedAt: '2026-01-15T12:00:00.001Z' });
    both('boards/b/posts/east', { updatedAt: '2026-01-15T21:00:00+09:00' });
    both('boards/b/posts/east-before', { updatedAt: '2026-01-15T20:59:59+09:00' });
    both('boards/b/posts/west', { updatedAt: '2026-01-15 04:00:00.5-0800' });
    both('boards/b/posts/words', { updatedAt: 'yesterday' });
    both('boards/b/posts/none', {});
    both('archive/b/posts/late', { updatedAt: new Date('2026-02-01T00:00:00Z') });
    const { paths, reads } = await changed(indexed, 'boards/{b}/posts/{id}');
    assert.deepEqual(
      paths,
      ['east', 'exact', 'late', 'text', 'west'].map((id) => `boards/b/posts/${id}`),
    );
    assert.ok(reads < 15, `${reads} reads`);
  });

  test('is a number where it has a unit, and may lie in a map', async () => {
    for (const [id, at] of [
      ['a', Date.parse(since)],
      ['b', Date.parse(since) - 1],
      ['c', Date.parse(since) + 0.5],
    ] as const)
      both(`users/${id}`, { meta: { at, seconds: Math.floor(at / 1000) } });
    assert.deepEqual((await changed(bare, 'users/{id}', { path: 'meta.at', unit: 'ms' })).paths, ['users/a', 'users/c']);
    assert.deepEqual((await changed(bare, 'users/{id}', { path: 'meta.seconds', unit: 's' })).paths, ['users/a', 'users/c']);
  });

  test('is a time or text where numbers have a unit, too, and in Postgres’ own spelling', async () => {
    both('users/time', { at: new Date(since) });
    both('users/text', { at: '2026-01-15 21:00:00+09' });
    both('users/number', { at: Date.parse(since) });
    both('users/before', { at: '2026-01-15T11:59:59Z' });
    assert.deepEqual((await changed(bare, 'users/{id}', { path: 'at', unit: 'ms' })).paths, ['users/number', 'users/text', 'users/time']);
    assert.deepEqual((await changed(bare, 'users/{id}', { path: 'at' })).paths, ['users/text', 'users/time']);
  });

  test('comes page by page, also where many were written at one moment', async () => {
    for (let n = 0; n < 1300; n += 1) bare.set(`users/u${n}`, toFields({ updatedAt: new Date('2026-01-16T00:00:00Z') }));
    assert.equal((await changed(bare, 'users/{id}')).paths.length, 1300);
  });

  test('needs an index of a collection group, which the sentence names', async () => {
    both('boards/b/posts/p1', {});
    await assert.rejects(changed(bare, 'boards/{b}/posts/{id}', { path: 'meta.updatedAt' }), (error) => {
      assert.ok(error instanceof ReadError);
      assert.match(error.message, /exemption for collection posts and field meta\.updatedAt with the scope collection group, ascending/);
      return true;
    });
    const exempted = await started({ indexes: ['posts.updatedAt'] });
    exempted.set('boards/b/posts/p1', toFields({ updatedAt: new Date('2026-02-01T00:00:00Z') }));
    assert.deepEqual((await changed(exempted, 'boards/{b}/posts/{id}')).paths, ['boards/b/posts/p1']);
    await exempted.stop();
  });
});
