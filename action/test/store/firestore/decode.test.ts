import { parseJson } from '../../../src/document/json.ts';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { decodeFields, decodeValue, readDocument } from '../../../src/store/firestore/decode.ts';
import { numberValue } from '../../../src/store/value.ts';
import { anyPair, documentFields } from './values.ts';

describe('a value of Firestore', () => {
  test('is what it was, of every type and at any depth, once it went through JSON', () =>
    fc.assert(
      fc.property(anyPair, ({ raw, value }) => assert.deepEqual(decodeValue(parseJson(JSON.stringify(raw))), value)),
      { numRuns: 1000 },
    ));

  test('keeps its place in a document, whatever the fields are called', () =>
    fc.assert(
      fc.property(documentFields, ({ raw, value }) => assert.deepEqual(decodeFields(parseJson(JSON.stringify(raw))), value)),
      { numRuns: 500 },
    ));

  test('keeps what a double has: the sign of zero, and every digit', () => {
    for (const [written, text] of [
      ['-0.0', '-0'],
      ['1.0E21', '1e+21'],
      ['0.30000000000000004', '0.30000000000000004'],
      ['4.9E-324', '5e-324'],
      ['3.0', '3'],
    ] as const) {
      assert.deepEqual(decodeValue(JSON.parse(`{ "doubleValue": ${written} }`)), numberValue(text));
    }
  });

  test('may leave out zeros of a place, and whatever is empty', () => {
    assert.deepEqual(decodeValue({ geoPointValue: {} }), { kind: 'geo-point', latitude: '0', longitude: '0' });
    assert.deepEqual(decodeValue({ geoPointValue: { longitude: -0 } }), { kind: 'geo-point', latitude: '0', longitude: '-0' });
    assert.deepEqual([decodeValue({ arrayValue: {} }), decodeValue({ mapValue: {} }), decodeFields(undefined)], [[], new Map(), new Map()]);
  });

  test('is a reference below whichever database, and keeps a field called __proto__', () => {
    assert.deepEqual(decodeValue({ referenceValue: 'projects/other/databases/eu-1/documents/users/u1' }), { kind: 'reference', path: 'users/u1' });
    assert.deepEqual(decodeFields(JSON.parse('{ "__proto__": { "stringValue": "x" } }')), new Map([['__proto__', 'x']]));
  });

  test('is not guessed at where its kind or its shape is not known', () => {
    const strange = [
      {},
      { fieldReferenceValue: 'a' },
      { integerValue: 5 },
      { integerValue: '0x10' },
      { doubleValue: 'Inf' },
      { stringValue: 1 },
      { arrayValue: [] },
      { arrayValue: { values: [{}] } },
      { mapValue: { fields: { a: {} } } },
      { booleanValue: 'true' },
      null,
      'text',
    ];
    assert.deepEqual(
      strange.map(decodeValue),
      strange.map(() => undefined),
    );
  });

  test('stands in a document with its path below the database', () => {
    const name = 'projects/demo/databases/(default)/documents/boards/b1/posts/documents';
    assert.deepEqual(readDocument({ name, updateTime: '2026-01-01T00:00:00Z' }), {
      path: 'boards/b1/posts/documents',
      updateTime: '2026-01-01T00:00:00Z',
      fields: {},
    });
    assert.deepEqual([readDocument({ name: 'boards/b1' }), readDocument({}), readDocument({ name, fields: [] })], [undefined, undefined, undefined]);
  });
});
