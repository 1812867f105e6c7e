import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { startEmulator } from '../../../../demo/firestore/emulator.ts';
import { toFields, type Plain } from '../../../../demo/firestore/server.ts';
import { matchPath } from '../../../src/store/source.ts';
import { numberValue } from '../../../src/store/value.ts';
import { all, open, pathsOf, storeAt, template } from './stores.ts';
import { documentFields, spelled } from './values.ts';

const emulator = await startEmulator();
const skip = emulator
  ? false
  : "GOOGLE'S FIRESTORE EMULATOR IS NOT INSTALLED: the reading of Firestore was tried on our own server only. It is the Debian package google-cloud-cli-firestore-emulator.";
if (!emulator) console.error(`\n*** ${skip}\n`);
after(() => emulator?.stop());

const host = emulator?.url.replace('http://', '');
let projects = 0;

/** A project of its own with some documents, and a store that reads it. */
async function written(documents: Readonly<Record<string, unknown>>) {
  const project = `demo-reader-${(projects += 1)}`;
  const root = `projects/${project}/databases/(default)/documents`;
  const writes = Object.entries(documents).map(([path, fields]) => ({ update: { name: `${root}/${path}`, fields } }));
  const response = await fetch(`${emulator?.url}/v1/${root}:commit`, {
    method: 'POST',
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    body: JSON.stringify({ writes }).replaceAll('projects/demo-board/', `projects/${project}/`),
  });
  assert.equal(response.status, 200, await response.text());
  return storeAt(host, { project });
}

const plain = (documents: Readonly<Record<string, { [name: string]: Plain }>>) =>
  written(Object.fromEntries(Object.entries(documents).map(([path, fields]) => [path, toFields(fields)])));

const id = fc.constantFrom('1', '01', '10', 'a', 'a b', 'é', 'e\u0301', '\uFF5E', '\u{1F600}', '__id7__', '__id12__', '%2F', '..a', 'x'.repeat(1500));
const path = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'board', 'boards'), id), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat().join('/'));
const templates = ['a/{id}', 'a/{x}/a/{id}', 'boards/{x}/a/{id}', 'boards/{x}/board/{y}/a/{id}', 'b/{x}/b/{id}'];

describe("Google's own emulator", { skip }, () => {
  test('is read as our own server is: every value, every id, below parents that are not there', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(path, documentFields, { maxKeys: 25, noNullPrototype: true }), async (documents) => {
        const fire = await written(Object.fromEntries(Object.entries(documents).map(([at, { raw }]) => [at, raw])));
        const found = await Promise.all(templates.map(async (text) => all(open(fire, text).scan())));
        for (const [index, text] of templates.entries()) {
          const wanted = Object.entries(documents).filter(([at]) => matchPath(template(text), at) !== undefined);
          const byPath = new Map(found[index]?.map((row) => [row.path, row.value]));
          assert.deepEqual([...byPath.keys()].toSorted(), wanted.map(([at]) => at).toSorted());
          for (const [at, { value }] of wanted) assert.deepEqual(spelled(byPath.get(at) ?? null), spelled(value));
        }
      }),
      { numRuns: 12 },
    ));

  test('is read page by page, at one moment', async () => {
    const documents = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`boards/b${n % 3}/posts/${n}`, { n }]));
    const fire = await plain(documents);
    const rows = await all(open(fire, 'boards/{b}/posts/{id}').scan());
    assert.equal(new Set(pathsOf(rows)).size, 400);
    assert.equal(fire.reads(), 401);
  });

  test('is asked by path, by fields and by time, and counted', async () => {
    const fire = await plain({
      'boards/b1/posts/p1': { slug: 'one', n: 1, 'with.dot': 'x', at: new Date('2026-01-15T12:00:00Z') },
      'boards/b1/posts/p2': { slug: 'two', n: 2.5, m: { 'a`b': true }, at: '2026-01-15T12:00:01Z' },
      'boards/b2/posts/p1': { slug: 'three', n: 3, at: new Date('2026-01-14T12:00:00Z') },
      'boards/b2/posts/__id9__': {},
      'users/u1/posts/p1': { slug: 'one' },
    });
    const posts = open(fire, 'boards/{b}/posts/{id}');
    const ids = ['p1', 'p2', '', '.', '..', '__x__', '__id9__', '__id-9__', '\ud800', 'x'.repeat(1501)];
    assert.deepEqual(
      pathsOf(
        await posts.find([
          {
            segments: new Map([
              ['b', ['b1', 'b2', 'b3']],
              ['id', ids],
            ]),
            fields: [],
          },
        ]),
      ).toSorted(),
      ['boards/b1/posts/p1', 'boards/b1/posts/p2', 'boards/b2/posts/__id9__', 'boards/b2/posts/p1'],
    );
    const byFields = [
      {
        segments: new Map(),
        fields: [
          { path: ['slug'], anyOf: ['one', 'x'] },
          { path: ['n'], anyOf: [numberValue('1.0')] },
        ],
      },
      { segments: new Map(), fields: [{ path: ['slug'], anyOf: ['two'] }] },
      { segments: new Map(), fields: [{ path: ['with.dot'], anyOf: ['nothing'] }] },
      { segments: new Map(), fields: [{ path: ['m', 'a`b'], anyOf: [true] }] },
    ];
    assert.deepEqual(pathsOf(await posts.find(byFields)).toSorted(), ['boards/b1/posts/p1', 'boards/b1/posts/p2']);
    assert.deepEqual(pathsOf(await all(posts.changedSince({ path: ['at'] }, '2026-01-15T12:00:00Z'))), ['boards/b1/posts/p1', 'boards/b1/posts/p2']);
    assert.deepEqual(await posts.count([]), { rows: 5, isAtMost: true });
    assert.deepEqual(await open(fire, 'users/{u}/posts/{id}').count([{ source: { kind: 'field', path: ['slug'] }, anyOf: ['one', 'two'] }]), {
      rows: 3,
      isAtMost: true,
    });
    await fire.probe();
  });
});
