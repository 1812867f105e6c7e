import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { parseExactJson } from '../../../src/store/exact-json.ts';
import { canonicalJson } from '../../../src/pair/declared/json.ts';
import type { Value } from '../../../src/store/value.ts';
import { anyValue, toValue } from './values.ts';

const canonical = (json: string, isSparse = false): string | null => canonicalJson(parseExactJson(json), isSparse);

/** The same JSON with what carries no meaning changed: the order of keys, members that are null, NFC. */
function respell(value: Value): Value {
  if (typeof value === 'string') return value.normalize('NFD');
  if (Array.isArray(value)) return value.map(respell);
  if (!(value instanceof Map)) return value;
  const entries = [...value].toReversed().map(([key, item]: [string, Value]): [string, Value] => [key.normalize('NFD'), respell(item)]);
  return new Map([...entries.filter(([, item]) => item !== null), ['never there', null]]);
}

/** With the order of names, and however deep: one after the other. */
function isDeepEqual(a: Value | undefined, b: Value | undefined): boolean {
  const open: [Value | undefined, Value | undefined][] = [[a, b]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [left, right] = pair;
    if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) left.forEach((item, at) => open.push([item, right[at]]));
    else if (left instanceof Map && right instanceof Map) {
      if (JSON.stringify([...left.keys()]) !== JSON.stringify([...right.keys()])) return false;
      for (const [name, value] of left) open.push([value, right.get(name)]);
    } else if (JSON.stringify(left) !== JSON.stringify(right)) return false;
  }
  return true;
}

const hasNull = (value: unknown): boolean => JSON.stringify(value).includes('null');

describe('JSON', () => {
  test('is read with every digit', () => {
    assert.deepEqual(
      parseExactJson('{"a":[12345678901234567890, -1.50, 6.02e23, true, null, "x\\"\\u0041"],"":{}}'),
      new Map<string, Value>([
        ['a', [{ kind: 'number', text: '12345678901234567890' }, { kind: 'number', text: '-1.50' }, { kind: 'number', text: '6.02e23' }, true, null, 'x"A']],
        ['', new Map()],
      ]),
    );
    for (const text of ['', '{', '[1,]', "{'a':1}", '01', 'NaN', '"\n"']) assert.equal(parseExactJson(text), undefined, text);
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, 2), (json, indent) => {
        assert.deepEqual(parseExactJson(JSON.stringify(json, null, indent)), toValue(JSON.parse(JSON.stringify(json))));
      }),
    );
  });

  test('has the names that stand there, also where an object was read before whose names look the same as they are spelled', () => {
    for (const [before, name] of [
      ['\\n', '\n '],
      ['\\', '"'],
      ['\\"', '"x'],
    ] as const) {
      const texts = [before, name].map((one) => JSON.stringify({ 'read before': 1, [one]: 2 }));
      const read = texts.map((text) => parseExactJson(text));
      assert.deepEqual(
        read.map((value) => value instanceof Map && [...value.keys()]),
        [
          ['read before', before],
          ['read before', name],
        ],
      );
    }
  });

  test('is read in time where a text has very many line breaks', () => {
    // Looked for from each of them, the end of the text would take the square of their number.
    const text = '\n'.repeat(10_000_000);
    assert.deepEqual(parseExactJson(JSON.stringify([text, '\\"', 1.5, '"'])), [text, '\\"', { kind: 'number', text: '1.5' }, '"']);
  });

  test('is read the same with numbers that a parser would round beside it', () => {
    const scalar = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.integer(), fc.constantFrom(-0, 999_999_999_999_999, '\\":1.5', '__proto__'));
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        scalar,
        fc.array(tie('json')),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '10', '9', 'b')), tie('json')),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        const beside = parseExactJson(`[1.50,${text}]`);
        assert.deepEqual(parseExactJson(text), Array.isArray(beside) ? beside[1] : undefined);
      }),
    );
    for (const text of ['-0', '[-0]', '[1e3]', '{"b":1,"10":2}', '[9007199254740993]', `${'['.repeat(5000)}${']'.repeat(5000)}`]) {
      const beside = parseExactJson(`[1.50,${text}]`);
      assert.ok(isDeepEqual(parseExactJson(text), Array.isArray(beside) ? beside[1] : undefined), text.slice(0, 20));
    }
  });

  test('is the same whatever the order of keys, the spelling of numbers and the composition of texts', () => {
    assert.equal(canonical('{"b":1.0,"a":"é"}'), canonical('{"a":"e\\u0301","b":1e0}'));
    fc.assert(fc.property(fc.jsonValue().map(toValue), (value) => assert.equal(canonicalJson(respell(value)), canonicalJson(value))));
  });

  test('tells what is empty from what is not there, and null not', () => {
    assert.equal(canonical('{"a":null}'), '{}');
    assert.notEqual(canonical('{"a":{}}'), canonical('{}'));
    assert.notEqual(canonical('{"a":[]}'), canonical('{"a":{}}'));
    assert.notEqual(canonical('[null]'), canonical('[]'));
    assert.equal(canonical('null'), null);
    assert.notEqual(canonical('""'), null);
  });

  test('is different where its meaning is', () => {
    const json = fc.jsonValue().filter((value) => !hasNull(value));
    fc.assert(
      fc.property(json, json, (a, b) => {
        let isSame = true;
        try {
          assert.deepStrictEqual(JSON.parse(JSON.stringify(a).normalize('NFC')), JSON.parse(JSON.stringify(b).normalize('NFC')));
        } catch {
          isSame = false;
        }
        assert.equal(canonicalJson(toValue(a)) === canonicalJson(toValue(b)), isSame);
      }),
    );
    assert.notEqual(canonical('{"a":1}'), canonical('{"a":"1"}'));
    assert.notEqual(canonical('{"a":9007199254740993}'), canonical('{"a":9007199254740992}'));
  });

  test('of Firestore is what it becomes in Postgres', () => {
    const value: Value = new Map<string, Value>([
      ['at', { kind: 'timestamp', text: '2026-01-15T21:52:00.123Z' }],
      ['by', { kind: 'reference', path: 'users/u1' }],
      ['raw', { kind: 'bytes', base64: 'AQI=' }],
      ['place', { kind: 'geo-point', latitude: '52.50', longitude: '-0' }],
      ['n', { kind: 'number', text: 'NaN' }],
    ]);
    assert.equal(canonicalJson(value), '{"at":"2026-01-15T21:52:00.123Z","by":"users/u1","n":"NaN","place":{"latitude":52.5,"longitude":0},"raw":"AQI="}');
  });

  test('of the Realtime Database holds nothing that is empty, and lists as maps', () => {
    assert.equal(canonical('{"a":{"b":[],"c":{"d":null}},"e":0}', true), '{"e":0}');
    assert.equal(canonical('{"a":{}}', true), null);
    assert.equal(canonical('["x",null,"y"]', true), canonical('{"0":"x","2":"y"}', true));
    fc.assert(fc.property(fc.jsonValue().map(toValue), (value) => assert.equal(canonicalJson(respell(value), true), canonicalJson(value, true))));
  });

  test('may be nested as deep as it likes, and as wide', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ]) {
      const text = `${open?.repeat(100_000)}1${close?.repeat(100_000)}`;
      assert.equal(canonical(text), text);
      assert.ok(canonical(text, true)?.endsWith('}'));
    }
    assert.equal(canonical(`[${'1,'.repeat(300_000)}1]`)?.length, 600_003);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(anyValue, fc.boolean(), (value, isSparse) => {
        const text = canonicalJson(value, isSparse);
        assert.ok(text === null || typeof text === 'string');
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseExactJson(text);
      }),
    );
  });
});
