import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDirectory } from '../../src/pair/habit-tracker/directory.ts';
import { createDigester } from '../../src/pair/habit-tracker/digest.ts';
import { ReadError } from '../../src/store/errors.ts';
import { createReader } from '../../src/store/postgrest/create-reader.ts';
import type { Reader } from '../../src/store/postgrest/reader.ts';

const owner = '00000000-0000-4000-8000-000000000001';

/** As the functions answer for that many children with names of that length; what is longer than an answer may be is refused. */
function database(count: number, nameLength: number): { reader: Reader; called: string[] } {
  const children = Array.from({ length: count }, (_, place) => [owner, String(place).padStart(nameLength, '0'), 1] as const);
  const called: string[] = [];
  const call = async (name: string, { after = '', page = 10_000 }: Readonly<Record<string, string | number | boolean>>): Promise<unknown> => {
    called.push(`${name} ${page}`);
    if (name === 'driftwatch_weeks') return [['2025-10-13', count]];
    const rest = children.filter(([, child]) => after === '' || child > (JSON.parse(String(after)) as { name: string }).name).slice(0, Number(page));
    if (rest.length * nameLength > 1_000_000) throw Object.assign(new ReadError('It is too large.'), { tooMuch: 'bytes' });
    return { legacy: rest, normalized: [], next: rest.length < Number(page) ? null : { owner, name: rest.at(-1)?.[1] } };
  };
  const reader = createReader('http://127.0.0.1:9', 'sb_secret_unused', AbortSignal.abort());
  return { reader: { ...reader, call: async (name, parameters, value) => value.parse(await call(name, parameters)) }, called };
}

const plan = async (reader: Reader) => (await createDigester(reader, 'skip', createDirectory(reader, 'skip')).plan()).rows.length;

describe('children in the database', () => {
  it('are asked for fewer at a time where their names are too long for one answer', async () => {
    const { reader, called } = database(200, 50_000);
    // By children, since their names are too long to go with every statement; by dates it would be one.
    assert.equal(await plan(reader), 200);
    assert.deepEqual([...new Set(called.filter((name) => name.startsWith('driftwatch_children')))].slice(0, 3), [
      'driftwatch_children 10000',
      'driftwatch_children 2500',
      'driftwatch_children 625',
    ]);
  });

  it('are asked for once where they are few and their names short', async () => {
    const { reader, called } = database(200, 20);
    assert.equal(await plan(reader), 1);
    assert.deepEqual(called.toSorted(), ['driftwatch_children 10000', 'driftwatch_weeks 10000']);
  });
});
