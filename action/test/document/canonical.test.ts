import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { canonicalJson as canonicalJsonText, canonicalText, toNfd } from '../../src/document/canonical.ts';
import { parseJson, type Json } from '../../src/document/json.ts';

const canonicalJson = (value: Json | undefined) => canonicalJsonText(value === undefined ? undefined : JSON.stringify(value));

describe('canonical text', () => {
  it('is null for nothing, whatever nothing is written as', () => {
    for (const nothing of [null, undefined, '', ' ', '\u00a0', '\u3000\t\r\n', '\ufeff']) assert.equal(canonicalText(nothing), null);
  });

  it('is one for all spellings of a text, and stays itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', ' ', '\u00a0', '\u3000\n'), (text, space) => {
        const canonical = canonicalText(text);
        assert.equal(canonicalText(`${space}${text.normalize('NFD')}${space}`), canonical);
        assert.equal(canonicalText(canonical), canonical);
      }),
      { seed: 3 },
    );
    assert.equal(canonicalText('김하준'.normalize('NFD')), '김하준');
  });

  it('has the names that stand there, also where an object was read before whose names are spelled alike', () => {
    for (const [before, name] of [
      ['\\n', '\n '],
      ['\\', '"'],
    ] as const)
      for (const number of [2, 2.5]) {
        assert.notEqual(canonicalJson({ 'read before': 1, [before]: number }), canonicalJson({ 'read before': 1, [name]: number }));
        JSON.parse(JSON.stringify({ 'read before': 1, [before]: number }));
        assert.deepEqual(parseJson(JSON.stringify({ 'read before': 1, [name]: number })), { 'read before': 1, [name]: number });
      }
  });

  it('is parsed as JSON.parse does, where names are escaped as well', () => {
    const value = fc.anything({
      key: fc.string({ unit: 'binary' }),
      withNullPrototype: false,
      values: [fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)],
    });
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (any, space) => {
        const text = JSON.stringify({ '\u0000': [any] }, null, space);
        assert.equal(JSON.stringify(parseJson(text)), JSON.stringify(JSON.parse(text)));
      }),
      { seed: 4 },
    );
  });

  it('reads a number with very many zeros in the middle in time', () => {
    const number = `1${'0'.repeat(1_000_000)}1`;
    assert.equal(canonicalJsonText(`{"n":${number}.0}`), `{"n":${number}}`);
  });

  it('leaves a text with more marks in a row than can be put in order as it is spelled', () => {
    const marks = (times: number) => 'x' + '\u0301'.repeat(times) + '\u0323'.repeat(64);
    assert.equal(canonicalText(` ${marks(64)} `), marks(64).normalize('NFC'));
    assert.equal(canonicalText(` ${marks(65)} `), marks(65));
    assert.deepEqual([toNfd(`é${marks(60)}`), toNfd(`é${marks(65)}`)], [`é${marks(60)}`.normalize('NFD'), `é${marks(65)}`]);
    const long = '한국어 ga\u0308nz '.normalize('NFD').repeat(1000);
    assert.equal(canonicalText(long), long.normalize('NFC').trim());
  });

  it('tells apart what is not the same: case, inner white space, compatibility forms, punctuation', () => {
    for (const [left, right] of [
      ['a', 'A'],
      ['a b', 'a  b'],
      ['ﬁ', 'fi'],
      ['Ａ', 'A'],
      ['"', '“'],
      ['0', 'O'],
      ['x', 'x\u200b'],
    ] as const) {
      assert.notEqual(canonicalText(left), canonicalText(right));
    }
  });
});

describe('canonical JSON', () => {
  it('does not care for empty values, the order of keys, or the spelling of texts', () => {
    const full = canonicalJson({ a: 'é', b: [1, 'x'], c: { d: true } });
    assert.equal(canonicalJson({ c: { e: null, d: true, f: {} }, b: [1, '', 'x ', null], a: 'e\u0301', g: '', h: [], i: { j: [' '] } }), full);
    for (const nothing of [null, undefined, {}, [], '', { a: null, b: '', c: { d: [] } }]) assert.equal(canonicalJson(nothing as Json), null);
  });

  it('keeps what is not empty: zero, false, the order of a list, and which text stands where', () => {
    const values: Json[] = [
      { a: 0 },
      { a: false },
      { a: '0' },
      { a: [1, 2] },
      { a: [2, 1] },
      { b: 0 },
      0,
      false,
      '0',
      [0],
      { a: { a: 0 } },
      { a: 'x', b: 'y' },
      { a: 'y', b: 'x' },
      { 'a":"x': 'y' },
    ];
    const forms = values.map(canonicalJson);
    assert.equal(new Set(forms).size, values.length);
    assert.ok(!forms.includes(null));
  });

  it('is itself again when it is read again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const canonical = canonicalJson(value as Json);
        assert.equal(canonicalJsonText(canonical), canonical);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
