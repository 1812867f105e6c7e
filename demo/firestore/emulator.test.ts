import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from '../../action/test/fast-check.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { type Fields, type Value, startFirestore } from './server.ts';

const emulator = await startEmulator();
const skip = emulator
  ? false
  : "GOOGLE'S FIRESTORE EMULATOR IS NOT INSTALLED: nothing held our own server to it. It is the Debian package google-cloud-cli-firestore-emulator.";
if (!emulator) console.error(`\n*** ${skip}\n`);

const name = 'projects/demo-contract/databases/(default)/documents';

const scalar = fc.oneof(
  fc.constant<Value>({ nullValue: null }),
  fc.boolean().map((booleanValue): Value => ({ booleanValue })),
  fc
    .oneof(fc.integer({ min: -3, max: 3 }).map(String), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String))
    .map((integerValue): Value => ({ integerValue })),
  fc
    .oneof(fc.constantFrom<number | 'NaN' | 'Infinity' | '-Infinity'>(1, 2.5, -0.5, 1e300, 9007199254740992, 'NaN', 'Infinity', '-Infinity'))
    .map((doubleValue): Value => ({ doubleValue })),
  fc
    .constantFrom('2026-01-15T21:52:00Z', '2026-01-15T21:52:00.1Z', '2026-01-15T21:52:00.123456789Z', '2026-01-15T21:52:00+09:00', '0001-01-01T00:00:00Z')
    .map((timestampValue): Value => ({ timestampValue })),
  fc
    .oneof(fc.constantFrom('', 'a', 'é', 'é', '\u0000', '\uFF5E', '\u{1F600}'), fc.string({ maxLength: 5, unit: 'binary' }))
    .map((stringValue): Value => ({ stringValue })),
  fc.uint8Array({ maxLength: 3 }).map((bytes): Value => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
  fc.constantFrom('a/1', 'a/1/b/2', 'a-b/1').map((path): Value => ({ referenceValue: `${name}/${path}` })),
  fc.constantFrom({ latitude: 0, longitude: 0 }, { latitude: -1.5, longitude: 20 }).map((geoPointValue): Value => ({ geoPointValue })),
);
const map = (inner: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.dictionary(fc.constantFrom('k', 'with.dot', 'ü'), inner, { maxKeys: 2 }).map((fields): Value => ({ mapValue: { fields: { ...fields } } }));
const array = (inner: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.array(inner, { maxLength: 3 }).map((values): Value => ({ arrayValue: { values } }));
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: array(fc.oneof(scalar, map(scalar))) },
  { weight: 1, arbitrary: map(fc.oneof(scalar, array(scalar), map(scalar))) },
);
const fields: fc.Arbitrary<Fields> = fc.dictionary(fc.constantFrom('x', 'y', 'm', 'l'), value, { maxKeys: 4 }).map((one) => ({ ...one }));

const id = fc.constantFrom('1', '2', '10', 'a', 'a-b', 'é', '\uFF5E', '\u{1F600}');
const path = fc.oneof(
  id.map((one) => `posts/${one}`),
  fc.tuple(fc.constantFrom('b1', 'b-1', 'b'), id).map(([board, one]) => `boards/${board}/posts/${one}`),
  fc.tuple(id, id).map(([one, other]) => `boards/b1/posts/${one}/comments/${other}`),
);
const operand = fc.constantFrom<Value>({ integerValue: '2' }, { doubleValue: 0.5 }, { integerValue: '9223372036854775807' });
const transform = fc.oneof(
  fc.record({ fieldPath: fc.constantFrom('x', 'm.k'), increment: operand }),
  fc.record({ fieldPath: fc.constantFrom('x', 'y'), maximum: operand }),
  fc.record({ fieldPath: fc.constantFrom('x', 'y'), minimum: operand }),
  fc.record({ fieldPath: fc.constantFrom('l', 'x'), appendMissingElements: fc.record({ values: fc.array(scalar, { maxLength: 2 }) }) }),
  fc.record({ fieldPath: fc.constantFrom('l', 'x'), removeAllFromArray: fc.record({ values: fc.array(scalar, { maxLength: 2 }) }) }),
);
const precondition = fc.option(fc.record({ exists: fc.boolean() }), { nil: undefined, freq: 3 });
const write = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        path,
        fields,
        mask: fc.option(fc.subarray(['x', 'm.k', 'm.`with.dot`', 'l']), { nil: undefined }),
        updateTransforms: fc.option(fc.uniqueArray(transform, { maxLength: 2, selector: ({ fieldPath }) => fieldPath }), { nil: undefined }),
        currentDocument: precondition,
      })
      .map(({ path: at, fields: written, mask, updateTransforms, currentDocument }) => ({
        update: { name: `${name}/${at}`, fields: written },
        ...(mask ? { updateMask: { fieldPaths: mask } } : {}),
        ...(updateTransforms ? { updateTransforms } : {}),
        ...(currentDocument ? { currentDocument } : {}),
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ path, currentDocument: precondition })
      .map((one) => ({ delete: `${name}/${one.path}`, ...(one.currentDocument ? { currentDocument: one.currentDocument } : {}) })),
  },
);
const commits = fc.array(fc.uniqueArray(write, { minLength: 1, maxLength: 8, selector: (one) => ('delete' in one ? one.delete : one.update.name) }), {
  minLength: 1,
  maxLength: 4,
});

const field = fc.constantFrom('x', 'y', 'm', 'l', 'm.k');
const from = fc.constantFrom({ collectionId: 'posts', allDescendants: true }, { collectionId: 'posts' }, { collectionId: 'comments', allDescendants: true });
const byName = [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }];
const filter = fc.oneof(
  fc
    .record({
      field,
      op: fc.constantFrom('EQUAL', 'LESS_THAN', 'LESS_THAN_OR_EQUAL', 'GREATER_THAN', 'GREATER_THAN_OR_EQUAL', 'ARRAY_CONTAINS'),
      value: scalar,
    })
    // Equality with null and NaN is done by unary filters.
    .filter((one) => !('nullValue' in one.value) && !('doubleValue' in one.value && one.value.doubleValue === 'NaN'))
    .map((one) => ({ fieldFilter: { field: { fieldPath: one.field }, op: one.op, value: one.value } })),
  fc.record({ field, op: fc.constantFrom('IS_NULL', 'IS_NAN') }).map((one) => ({ unaryFilter: { field: { fieldPath: one.field }, op: one.op } })),
  path.chain((at) =>
    fc
      .constantFrom('GREATER_THAN', 'LESS_THAN_OR_EQUAL')
      .map((op) => ({ fieldFilter: { field: { fieldPath: '__name__' }, op, value: { referenceValue: `${name}/${at}` } } })),
  ),
);
const query = fc.oneof(
  fc.record({
    from: from.map((one) => [one]),
    orderBy: fc.constant(byName),
    limit: fc.integer({ min: 1, max: 4 }),
    startAt: path.chain((at) => fc.boolean().map((before) => ({ values: [{ referenceValue: `${name}/${at}` }], before }))),
    select: fc.constant({ fields: [{ fieldPath: 'x' }, { fieldPath: 'm.k' }] }),
  }),
  fc.record({ from: from.map((one) => [one]), where: filter }),
  fc.record({
    from: from.map((one) => [one]),
    orderBy: fc
      .record({ field, direction: fc.constantFrom('ASCENDING', 'DESCENDING') })
      .map((one) => [{ field: { fieldPath: one.field }, direction: one.direction }]),
    offset: fc.integer({ min: 0, max: 2 }),
    limit: fc.integer({ min: 1, max: 9 }),
  }),
);

type Server = (rpc: string, body: object) => Promise<{ status: number; body: unknown }>;

const server =
  (url: string): Server =>
  async (rpc, body) => {
    const response = await fetch(`${url}/v1/${name}:${rpc}`, { method: 'POST', headers: { authorization: 'Bearer owner' }, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };

/** Removes expected differences: times, the wording of errors, and that hosted Firestore puts the error of a stream into a list. */
function comparable({ status, body }: { status: number; body: unknown }): unknown {
  if (status !== 200) return { status, error: JSON.stringify(body).match(/"status":"(\w+)"/)?.[1] };
  const times = ['createTime', 'updateTime', 'readTime', 'commitTime', 'done', 'skippedResults'];
  const plain: unknown = JSON.parse(
    JSON.stringify(body, (key, one: unknown) => {
      if (times.includes(key)) return undefined;
      // The emulator sometimes leaves out a zero.
      return key === 'geoPointValue' ? { latitude: 0, longitude: 0, ...(one as object) } : one;
    }),
  );
  return plain;
}

async function compareOn({ url }: Emulator, written: object[][], queries: object[]): Promise<void> {
  await fetch(`${url}/emulator/v1/projects/demo-contract/databases/(default)/documents`, { method: 'DELETE' });
  const own = await startFirestore({ project: 'demo-contract', indexes: 'all' });
  try {
    const both = [server(url), server(own.url)] as const;
    const same = async (rpc: string, body: object): Promise<void> => {
      const [theirs, ours] = await Promise.all(both.map((ask) => ask(rpc, body)));
      assert.ok(theirs && ours);
      assert.deepEqual(comparable(ours), comparable(theirs), `${rpc} ${JSON.stringify(body)}`);
    };
    for (const writes of written) await same('commit', { writes });
    for (const structuredQuery of queries) {
      await same('runQuery', { structuredQuery });
      const { select: _, ...counted } = structuredQuery as { select?: unknown };
      await same('runAggregationQuery', { structuredAggregationQuery: { structuredQuery: counted, aggregations: [{ alias: 'n', count: {} }] } });
    }
    await same('listCollectionIds', {});
    const names = own.paths().map((at) => `${name}/${at}`);
    await same('batchGet', { documents: [`${name}/posts/none`, ...names.toReversed()], mask: { fieldPaths: ['x', 'm.`with.dot`'] } });
    await same('batchGet', { documents: names });

    // What existed before everything was deleted.
    const before = await Promise.all(
      both.map(async (ask) => {
        const { body } = await ask('runQuery', { structuredQuery: { from: [{ collectionId: 'nothing' }] } });
        return (body as { readTime: string }[])[0]?.readTime;
      }),
    );
    for (const ask of both) await ask('commit', { writes: names.map((one) => ({ delete: one })) });
    const structuredQuery = { from: [{ collectionId: 'posts', allDescendants: true }], orderBy: byName };
    const [theirs, ours] = await Promise.all(both.map((ask, at) => ask('runQuery', { structuredQuery, readTime: before[at] })));
    assert.ok(theirs && ours);
    assert.deepEqual(comparable(ours), comparable(theirs));
    await same('runQuery', { structuredQuery });
  } finally {
    await own.stop();
  }
}

test("the same writes and questions get the same answers as from Google's own emulator", { skip }, async () => {
  assert.ok(emulator);
  try {
    await fc.assert(
      fc.asyncProperty(commits, fc.array(query, { minLength: 4, maxLength: 8 }), (written, queries) => compareOn(emulator, written, queries)),
      { numRuns: Number(process.env['RUNS'] ?? 25), endOnFailure: false },
    );
  } finally {
    await emulator.stop();
  }
});
