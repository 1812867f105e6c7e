import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { toFields, type Firestore } from '../../../../demo/firestore/server.ts';
import { isFirestore } from '../../../src/store/firestore/firestore.ts';
import { started, storeAt } from './stores.ts';

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

function browse() {
  const store = storeAt(server.host);
  assert.ok(isFirestore(store));
  return store.browse;
}

describe('a list that Firestore gives in pages', () => {
  const numbered = (amount: number, nameOf: (number: string) => string): string[] =>
    Array.from({ length: amount }, (_, index) => nameOf(String(index).padStart(4, '0')));

  test('is read to its end: collections', async () => {
    const ids = numbered(700, (number) => `c${number}`);
    for (const id of ids) server.set(`${id}/x`, toFields({ n: 1 }));
    const billed = server.reads();
    assert.deepEqual(await browse().collections(''), ids);
    assert.equal(server.reads() - billed, 3);
    assert.deepEqual(await browse().collections('c0001/x'), []);
  });

  test('is read until it is enough, however short a page is: documents', async () => {
    const paths = numbered(20, (number) => `boards/b${number}`);
    for (const path of paths) server.set(`${path}/posts/x`, toFields({ n: 1 }));
    // As the service may answer at any time.
    server.fault(async ({ path }) => {
      if (!path.includes('pageSize=8')) return undefined;
      const shorter = await fetch(server.url + path.replace('pageSize=8', 'pageSize=3'));
      return { status: shorter.status, body: await shorter.text() };
    });
    assert.deepEqual(await browse().parents('boards', 8), paths.slice(0, 8));
  });

  test('is not followed without end', async () => {
    server.fault(() => ({ status: 200, body: { collectionIds: ['a'], nextPageToken: 'again' } }));
    assert.equal((await browse().collections('')).length, 20);
  });
});
