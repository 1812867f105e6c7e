import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { toFields, type Firestore } from '../../../../demo/firestore/server.ts';
import { BudgetError, ReadError } from '../../../src/store/errors.ts';
import { matchPath } from '../../../src/store/source.ts';
import { all, open, pathsOf, started, storeAt, template } from './stores.ts';
import { documentFields, spelled } from './values.ts';

let server: Firestore;
before(async () => {
  server = await started();
});
after(() => server.stop());
beforeEach(() => {
  server.fault(undefined);
  for (const path of server.paths()) server.delete(path);
  server.requests.length = 0;
});

const store = (options = {}) => storeAt(server.host, options);
const queries = () => server.requests.filter(({ rpc }) => rpc === 'runQuery');

const id = fc.oneof(
  fc.constantFrom('1', '01', '10', 'a', 'a b', 'é', 'e\u0301', '\uFF5E', '\u{1F600}', '__id7__', '%2F', '..a', 'x'.repeat(1500)),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((one) => !/\/|^\.\.?$|^__.*__$/s.test(one) && one.isWellFormed()),
);
const collection = fc.constantFrom('a', 'b', 'boards', 'board');
const path = fc.array(fc.tuple(collection, id), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat().join('/'));
const templates = [
  'a/{id}',
  'b/{id}',
  'boards/{id}',
  'boards/{board}/a/{id}',
  'a/{x}/a/{id}',
  'a/{x}/b/{id}',
  'boards/{x}/board/{y}/a/{id}',
  'b/{x}/b/{y}/b/{id}',
];

describe('a scan of Firestore', () => {
  test('finds what a template describes, with every value, and nothing else, for every source at once, and counts what was billed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(path, documentFields, { maxKeys: 40, noNullPrototype: true }),
        fc.uniqueArray(fc.constantFrom(...templates), { minLength: 1, maxLength: 4 }),
        async (documents, texts) => {
          for (const old of server.paths()) server.delete(old);
          for (const [at, { raw }] of Object.entries(documents)) server.set(at, raw as Parameters<Firestore['set']>[1]);
          const billed = server.reads();
          server.requests.length = 0;
          const fire = store();
          const sources = texts.map((text) => open(fire, text));
          const found = await Promise.all(sources.map(async (source) => all(source.scan())));
          for (const [index, text] of texts.entries()) {
            const wanted = Object.entries(documents).filter(([at]) => matchPath(template(text), at) !== undefined);
            const byPath = new Map(found[index]?.map((row) => [row.path, row.value]));
            assert.deepEqual([...byPath.keys()].toSorted(), wanted.map(([at]) => at).toSorted());
            for (const [at, { value }] of wanted) assert.deepEqual(spelled(byPath.get(at) ?? null), spelled(value));
          }
          assert.equal(fire.reads(), server.reads() - billed);
          // Each collection id is read once, whoever reads it, with a count each, and an answer that is empty costs one.
          const groups = new Set(sources.map(({ scanName }) => scanName));
          assert.ok(fire.reads() <= Object.keys(documents).length + 2 * groups.size);
          // One moment for all of them.
          const times = new Set(
            queries()
              .map(({ body }) => (body as { readTime?: string }).readTime)
              .filter((time) => time !== undefined),
          );
          assert.ok(times.size <= 1);
        },
      ),
      { numRuns: 60 },
    ));

  test('reads documents below parents that are not there, and leaves out those of other paths, which cost all the same', async () => {
    for (const at of ['boards/gone/posts/p1', 'boards/b1', 'boards/b1/posts/p2', 'posts/p3', 'archive/x/boards/b1/posts/p4']) server.set(at, {});
    const fire = store();
    assert.deepEqual(pathsOf(await all(open(fire, 'boards/{board_id}/posts/{id}').scan())), ['boards/b1/posts/p2', 'boards/gone/posts/p1']);
    assert.equal(fire.reads(), 4 + 1);
  });

  test('reads a collection at the root alone where no other one of its id is read', async () => {
    for (const at of ['users/u1', 'users/u2', 'teams/t1/users/u1', 'teams/t1/users/u9']) server.set(at, {});
    const alone = store();
    assert.deepEqual(pathsOf(await all(open(alone, 'users/{id}').scan())), ['users/u1', 'users/u2']);
    assert.equal(alone.reads(), 2 + 1);
    const both = store();
    const sources = [open(both, 'users/{id}'), open(both, 'teams/{team}/users/{id}')];
    assert.equal(new Set(sources.map(({ scanName }) => scanName)).size, 1);
    const found = await Promise.all(sources.map((source) => all(source.scan())));
    assert.deepEqual(found.map(pathsOf), [
      ['users/u1', 'users/u2'],
      ['teams/t1/users/u1', 'teams/t1/users/u9'],
    ]);
    assert.equal(both.reads(), 4 + 1);
  });

  test('sees one moment, whatever is written meanwhile, and every page of it', async () => {
    for (let n = 0; n < 2500; n += 1) server.set(`boards/b${n % 3}/posts/p${n}`, toFields({ n }));
    server.set('users/u1', toFields({ name: 'Mia' }));
    let written = 0;
    server.fault(({ rpc }) => {
      if (rpc !== 'runQuery') return undefined;
      written += 1;
      server.delete(`boards/b0/posts/p${written * 300}`);
      server.set(`boards/b2/posts/new${written}`, {});
      server.set('users/u1', toFields({ name: `changed ${written}` }));
      return undefined;
    });
    const fire = store();
    const [posts, users] = [open(fire, 'boards/{b}/posts/{id}'), open(fire, 'users/{id}')];
    const rows = await all(posts.scan());
    const first = pathsOf(rows).filter((at) => at.includes('/new')).length;
    assert.equal(rows.length, 2500 - 1 + first);
    const [user] = await all(users.scan());
    assert.deepEqual(user?.value, new Map([['name', 'changed 1']]));
    assert.ok(user?.updateTime?.startsWith('20'));
    assert.ok(fire.reads() <= 2500 * 1.01 + 4, String(fire.reads()));
  });

  test('takes a short page for no end, and goes on', async () => {
    for (let n = 0; n < 30; n += 1) server.set(`posts/${String(n).padStart(2, '0')}`, {});
    server.fault(({ rpc }, answer) => {
      const reply = answer();
      return rpc === 'runQuery' ? { ...reply, body: (reply.body as unknown[]).slice(0, 4) } : reply;
    });
    assert.equal((await all(open(store(), 'posts/{id}').scan())).length, 30);
  });

  test('is not believed where it ends before everything was read', async () => {
    for (let n = 0; n < 30; n += 1) server.set(`posts/${n}`, {});
    let page = 0;
    server.fault(({ rpc }, answer) => {
      const reply = answer();
      if (rpc !== 'runQuery') return reply;
      page += 1;
      return { ...reply, body: page === 1 ? (reply.body as unknown[]).slice(0, 4) : [{ readTime: (reply.body as { readTime: string }[])[0]?.readTime }] };
    });
    await assert.rejects(
      all(open(store(), 'posts/{id}').scan()),
      (error) => error instanceof ReadError && error.message.startsWith('More or fewer documents of collection posts were read'),
    );
  });

  test('is not believed where it turns in a circle', async () => {
    for (let n = 0; n < 300; n += 1) server.set(`posts/${n}`, {});
    let first: unknown;
    server.fault(({ rpc }, answer) => {
      const reply = answer();
      if (rpc !== 'runQuery') return reply;
      first ??= reply.body;
      return { ...reply, body: first };
    });
    await assert.rejects(all(open(store(), 'posts/{id}').scan()), /page by page does not advance/);
  });

  test('asks for fewer documents where an answer is too large or takes too long, and for more again', async () => {
    for (let n = 0; n < 80; n += 1) server.set(`posts/${String(n).padStart(2, '0')}`, toFields({ text: 'x'.repeat(n === 0 ? 50_000 : 50) }));
    const rows = await all(open(store({ maxBytes: 64_000 }), 'posts/{id}').scan());
    assert.equal(rows.length, 80);
    const limits = queries().map(({ body }) => (body as { structuredQuery: { limit: number } }).structuredQuery.limit);
    assert.equal(limits[0], 100);
    assert.ok(limits.some((limit) => limit < 50) && limits.indexOf(50) < limits.lastIndexOf(50), limits.join());
    await assert.rejects(all(open(store({ maxBytes: 1_000 }), 'posts/{id}').scan()), /although one document was asked for/);

    server.fault(({ rpc, body }) => {
      const { limit } = (body as { structuredQuery?: { limit?: number } }).structuredQuery ?? {};
      return rpc === 'runQuery' && limit !== undefined && limit > 10
        ? { status: 504, body: [{ error: { code: 504, status: 'DEADLINE_EXCEEDED', message: 'too slow' } }] }
        : undefined;
    });
    assert.equal((await all(open(store(), 'posts/{id}').scan())).length, 80);
  });

  test('of a few documents only costs little', async () => {
    for (let n = 0; n < 1500; n += 1) server.set(`posts/${n}`, {});
    const fire = store();
    for await (const page of open(fire, 'posts/{id}').scan()) {
      assert.ok(page.length >= 50);
      break;
    }
    assert.ok(fire.reads() <= 100);
  });

  test('ends with the budget', async () => {
    for (let n = 0; n < 300; n += 1) server.set(`posts/${n}`, {});
    const budget = new AbortController();
    server.fault(({ rpc }) => {
      if (rpc === 'runQuery' && queries().length === 2) budget.abort();
      return undefined;
    });
    await assert.rejects(all(open(store({ stop: budget.signal }), 'posts/{id}').scan()), BudgetError);
    await assert.rejects(all(open(store({ stop: budget.signal }), 'posts/{id}').scan()), BudgetError);
  });

  test('reads another database than the default one', async () => {
    const other = await started({ database: 'eu-1' });
    try {
      other.set('posts/1', {});
      assert.deepEqual(pathsOf(await all(open(storeAt(other.host, { database: 'eu-1' }), 'posts/{id}').scan())), ['posts/1']);
    } finally {
      await other.stop();
    }
  });
});
