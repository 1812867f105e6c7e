import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { deleteApp, initializeApp } from 'firebase/app';
import * as lite from 'firebase/firestore/lite';
import { type Firestore, type FirestoreReply, failure, startFirestore, toFields } from './server.ts';

lite.setLogLevel('silent');

let server: Firestore;
let clock = Date.parse('2026-01-15T12:00:00Z');

before(async () => {
  server = await startFirestore({ project: 'demo-tests', indexes: ['posts.updatedAt'], now: () => clock });
});
after(async () => server.stop());
beforeEach(() => {
  server.fault(undefined);
  for (const path of server.paths()) server.delete(path);
});

const root = 'projects/demo-tests/databases/(default)/documents';

async function ask(rpc: string, body: unknown, parent = ''): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}/v1/${root}${parent}:${rpc}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

type Found = { document?: { name: string; fields?: unknown }; readTime: string };

async function scan(query: object, readTime?: string): Promise<{ paths: string[]; readTime: string }> {
  const { status, body } = await ask('runQuery', { structuredQuery: query, ...(readTime ? { readTime } : {}) });
  assert.equal(status, 200, JSON.stringify(body));
  const results = body as Found[];
  return { paths: results.flatMap(({ document }) => (document ? [document.name.slice(root.length + 1)] : [])), readTime: results[0]?.readTime ?? '' };
}

const byName = { orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }] };
const groupOf = (collectionId: string) => ({ from: [{ collectionId, allDescendants: true }], ...byName });

test('a group is scanned in the order of names, page by page, also below documents that are not there', async () => {
  const paths = ['posts/p1', 'boards/b/posts/p', 'boards/b-1/posts/p1', 'boards/b/posts/p0', 'boards/b/posts/\u{1F600}', 'boards/b/posts/\uFF5E', 'boards/b'];
  for (const path of paths) server.set(path, {});
  const all: string[] = [];
  for (;;) {
    const last = all.at(-1);
    const cursor = last === undefined ? {} : { startAt: { values: [{ referenceValue: `${root}/${last}` }], before: false } };
    const page = await scan({ ...groupOf('posts'), ...cursor, limit: 2 });
    if (page.paths.length === 0) break;
    all.push(...page.paths);
  }
  assert.deepEqual(all, ['boards/b/posts/p', 'boards/b/posts/p0', 'boards/b/posts/\uFF5E', 'boards/b/posts/\u{1F600}', 'boards/b-1/posts/p1', 'posts/p1']);
});

test('a read at an earlier time sees what was there then, for an hour', async () => {
  server.set('posts/p1', toFields({ title: 'first' }));
  const { readTime } = await scan(groupOf('posts'));
  server.set('posts/p1', toFields({ title: 'second' }));
  server.set('posts/p2', {});
  server.delete('posts/p1');
  assert.deepEqual((await scan(groupOf('posts'), readTime)).paths, ['posts/p1']);
  assert.deepEqual((await scan(groupOf('posts'))).paths, ['posts/p2']);
  const { body } = await ask('batchGet', { documents: [`${root}/posts/p2`, `${root}/posts/p1`], readTime });
  const [missing, found] = body as { missing?: string; found?: { fields: unknown } }[];
  assert.equal(missing?.missing, `${root}/posts/p2`);
  assert.deepEqual(found?.found?.fields, toFields({ title: 'first' }));
  clock += 3_601_000;
  const late = await ask('runQuery', { structuredQuery: groupOf('posts'), readTime });
  assert.equal(late.status, 400);
  assert.match(JSON.stringify(late.body), /^\[\{"error":.*FAILED_PRECONDITION/);
});

test('what is read is billed as Firestore bills it', async () => {
  for (let number = 0; number < 1500; number++) server.set(`posts/p${number}`, {});
  const billed = async (rpc: string, body: unknown): Promise<number> => {
    const reads = server.reads();
    assert.equal((await ask(rpc, body)).status, 200);
    return server.reads() - reads;
  };
  const counted = (query: object): object => ({ structuredAggregationQuery: { aggregations: [{ alias: 'count', count: {} }], structuredQuery: query } });
  assert.equal(await billed('runQuery', { structuredQuery: { ...groupOf('posts'), limit: 10, select: { fields: [{ fieldPath: '__name__' }] } } }), 10);
  assert.equal(await billed('runQuery', { structuredQuery: groupOf('nothing') }), 1);
  assert.equal(await billed('runQuery', { structuredQuery: { ...groupOf('posts'), offset: 20, limit: 5 } }), 25);
  assert.equal(await billed('runAggregationQuery', counted({ from: [{ collectionId: 'posts', allDescendants: true }] })), 2);
  assert.equal(await billed('runAggregationQuery', counted({ from: [{ collectionId: 'nothing' }] })), 1);
  assert.equal(await billed('batchGet', { documents: [`${root}/posts/p1`, `${root}/posts/none`] }), 2);
  assert.equal(await billed('listCollectionIds', {}), 1);
  const { body } = await ask('runQuery', { structuredQuery: { ...groupOf('posts'), limit: 3 }, explainOptions: { analyze: true } });
  assert.match(JSON.stringify(body), /"readOperations":"3"/);
});

test('a query of a collection group by a field is refused without its index, and answered with it', async () => {
  server.set('boards/b/posts/p1', toFields({ updatedAt: new Date(0), createdAt: new Date(0) }));
  const since = (fieldPath: string): object => ({
    from: [{ collectionId: 'posts', allDescendants: true }],
    where: { fieldFilter: { field: { fieldPath }, op: 'GREATER_THAN_OR_EQUAL', value: { timestampValue: '1970-01-01T00:00:00Z' } } },
  });
  assert.deepEqual((await scan(since('updatedAt'))).paths, ['boards/b/posts/p1']);
  const refused = await ask('runQuery', { structuredQuery: since('createdAt') });
  assert.equal(refused.status, 400);
  assert.match(JSON.stringify(refused.body), /COLLECTION_GROUP_ASC index for collection posts and field createdAt/);
});

test('another project or database does not exist, and neither does a misspelled member of a query', async () => {
  const other = await fetch(`${server.url}/v1/projects/other/databases/(default)/documents:runQuery`, { method: 'POST', body: '{}' });
  assert.equal(other.status, 404);
  assert.match(await other.text(), /does not exist for project other/);
  assert.equal((await ask('runQuery', { structuredQuery: { ...groupOf('posts'), startAfter: {} } })).status, 400);
});

test('a fault takes the place of an answer, changes it, or cuts it off', async () => {
  server.set('posts/p1', {});
  server.fault(({ rpc }) => (rpc === 'runQuery' ? failure('RESOURCE_EXHAUSTED', 'Quota exceeded.', { streaming: true }) : undefined));
  assert.equal((await ask('runQuery', { structuredQuery: groupOf('posts') })).status, 429);
  assert.equal((await ask('listCollectionIds', {})).status, 200);
  server.fault((_request, answer) => {
    const reply = answer();
    const late = failure('UNAVAILABLE', 'The service is gone.').body;
    return { ...reply, body: [...(reply.body as unknown[]), late] };
  });
  assert.match(JSON.stringify((await ask('runQuery', { structuredQuery: groupOf('posts') })).body), /posts\/p1.*The service is gone/);
  server.fault((_request, answer): FirestoreReply => ({ ...answer(), cutAfter: 10 }));
  await assert.rejects(ask('runQuery', { structuredQuery: groupOf('posts') }));
});

test('the light client of Firebase writes, reads, asks, counts and transacts', async () => {
  const app = initializeApp({ projectId: 'demo-tests' }, 'demo-tests');
  const firestore = lite.initializeFirestore(app, { host: server.host, ssl: false });
  const post = lite.doc(firestore, 'boards/b1/posts/p1');
  const at = new lite.Timestamp(1_700_000_000, 123_456_000);
  await lite.setDoc(post, { title: 'One', tags: ['a'], at, nested: { 'with.dot': 1 }, ratio: 0.5, none: null, likes: 0 });
  await lite.updateDoc(post, {
    title: 'Two',
    tags: lite.arrayUnion('b', 'a'),
    likes: lite.increment(3),
    ratio: lite.deleteField(),
    written: lite.serverTimestamp(),
  });
  const read = (await lite.getDoc(post)).data();
  assert.deepEqual(
    { ...read, at: undefined, written: undefined },
    { title: 'Two', tags: ['a', 'b'], at: undefined, nested: { 'with.dot': 1 }, none: null, likes: 3, written: undefined },
  );
  assert.ok(at.isEqual(read?.['at']));
  assert.ok(read?.['written'] instanceof lite.Timestamp);
  await assert.rejects(lite.updateDoc(lite.doc(firestore, 'boards/b1/posts/p2'), { title: 'x' }), { code: 'not-found' });
  assert.equal((await lite.getDoc(lite.doc(firestore, 'boards/b1/posts/p2'))).exists(), false);

  const posts = lite.collection(firestore, 'boards/b1/posts');
  const { id } = await lite.addDoc(posts, { title: 'Three', likes: 9 });
  const ordered = await lite.getDocs(lite.query(posts, lite.where('likes', '>', 1), lite.orderBy('likes', 'desc'), lite.limit(5)));
  assert.deepEqual(
    ordered.docs.map((one) => one.id),
    [id, 'p1'],
  );
  assert.equal((await lite.getDocs(lite.query(posts, lite.where('title', 'in', ['Two'])))).size, 1);
  assert.equal((await lite.getDocs(lite.query(posts, lite.where('none', '==', null)))).size, 1);
  assert.equal((await lite.getCount(lite.collectionGroup(firestore, 'posts'))).data().count, 2);

  await lite.runTransaction(firestore, async (transaction) => {
    const [one, absent] = [await transaction.get(post), await transaction.get(lite.doc(firestore, 'boards/b1'))];
    assert.equal(absent.exists(), false);
    transaction.update(post, { likes: Number(one.get('likes')) + 1 });
  });
  assert.equal((await lite.getDoc(post)).get('likes'), 4);
  let tries = 0;
  await lite.runTransaction(firestore, async (transaction) => {
    const one = await transaction.get(post);
    tries += 1;
    if (tries === 1) await lite.updateDoc(post, { likes: 100 });
    transaction.update(post, { likes: Number(one.get('likes')) + 1 });
  });
  assert.deepEqual([tries, (await lite.getDoc(post)).get('likes')], [2, 101]);

  const batch = lite.writeBatch(firestore);
  batch.delete(post);
  batch.update(lite.doc(posts, 'absent'), { title: 'x' });
  await assert.rejects(batch.commit(), { code: 'not-found' });
  assert.ok((await lite.getDoc(post)).exists(), 'all of a batch, or nothing');
  await lite.deleteDoc(post);
  assert.deepEqual(server.paths(), [`boards/b1/posts/${id}`]);
  await deleteApp(app);
});
