import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWhereabouts } from '../../../src/pair/declared/whereabouts.ts';
import { compile, tableRow } from './declared.ts';

test('very many spellings of one key are remembered, each once and in time', () => {
  const words = compile({ entity: 'legacy: words/{id}\nnormalized: words\nfields: { id: { from: id, trim: true } }', tables: { words: { id: 'text' } } });
  const whereabouts = createWhereabouts(words, 'normalized');
  const wanted = (): number => whereabouts.wantedOf({ table: 'words' }, ['x'], [])[0]?.fields[0]?.anyOf.length ?? 0;
  const usual = wanted();
  const many = 100_000;
  for (const again of [1, 2]) {
    for (let number = 0; number < many; number += 1) {
      const id = `x\t${[...number.toString(2)].map((digit) => ' \t'[Number(digit)]).join('')}`;
      whereabouts.remember({ source: 0, value: new Map([['id', id]]) }, tableRow(words, { id }));
    }
    assert.equal(wanted(), usual + many, `${again}`);
  }
});
