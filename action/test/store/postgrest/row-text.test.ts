import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectionOf } from '../../../src/store/postgrest/row-text.ts';
import { numberValue } from '../../../src/store/value.ts';

test('bytes are the same digits, whether the database shows them so or with escapes', () => {
  const rowOf = (format: string, value: unknown): unknown => {
    const selection = selectionOf(new Map([['v', format]]), 'all');
    const alias = selection.columns.replace(/:.*/, '');
    return [...(selection.read(JSON.stringify([{ [alias]: value }])) ?? [])][0]?.get('v');
  };
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const shown = (byte: number): string =>
    byte === 0x5c ? '\\\\' : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  const digits = `\\x${all.toString('hex')}`;
  assert.equal(rowOf('bytea', [...all].map(shown).join('')), digits);
  assert.equal(rowOf('bytea', digits), digits);
  // Neither bytes that look like digits nor those that look like base64.
  assert.equal(rowOf('bytea', '\\\\x00'), `\\x${Buffer.from('\\x00').toString('hex')}`);
  assert.deepEqual(rowOf('bytea[]', ['Cv8=', '\\x00', null, '']), [`\\x${Buffer.from('Cv8=').toString('hex')}`, '\\x00', null, '\\x']);
});

test('numbers inside a value of a type of its own keep every digit', () => {
  const valueIn = (format: string, value: string): unknown => {
    const { read } = selectionOf(new Map([['v', format]]), 'all');
    return [...(read(`[{"v":null},{"v":${value}}]`) ?? [])][1]?.get('v');
  };
  const exact = new Map([['amount', numberValue('9007199254740993')]]);
  assert.deepEqual(valueIn('price', '{"amount":9007199254740993}'), exact);
  assert.deepEqual(valueIn('public.price[]', '[{"amount":9007199254740993}]'), [exact]);
  assert.equal(valueIn('public.status', '"open"'), 'open');
});

test('rows without a column that was asked for are no answer', () => {
  const { read } = selectionOf(
    new Map([
      ['v', 'text'],
      ['1', 'text'],
    ]),
    'all',
  );
  assert.equal(read('[{"v":"x","_lit":1}]'), undefined);
  assert.equal([...(read('[{"v":"x","1":null}]') ?? [])].length, 1);
  assert.deepEqual([...(read('[]') ?? ['none'])], []);
});
