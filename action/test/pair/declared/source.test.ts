import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import {
  buildPath,
  isProblem,
  isTable,
  matchPath,
  parseFieldSource,
  parseSource,
  segmentNames,
  valueAt,
  writeFieldSource,
  type FieldSource,
  type Template,
} from '../../../src/store/source.ts';
import type { Value } from '../../../src/store/value.ts';

function template(text: string, kind: 'firestore' | 'realtime-database' = 'firestore'): Template {
  const source = parseSource(text, kind);
  assert.ok(!isProblem(source) && !isTable(source), text);
  return source;
}

const read = (text: string): FieldSource => {
  const source = parseFieldSource(text);
  assert.ok(!isProblem(source), text);
  return source;
};

const segment = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'));

describe('a path', () => {
  test('binds the segments that differ', () => {
    const posts = template('boards/{board_id}/posts/{id}');
    assert.deepEqual(segmentNames(posts), ['board_id', 'id']);
    assert.deepEqual(
      matchPath(posts, 'boards/b1/posts/p1'),
      new Map([
        ['board_id', 'b1'],
        ['id', 'p1'],
      ]),
    );
    for (const other of ['boards/b1', 'boards/b1/posts', 'boards/b1/posts/p1/comments/c1', 'users/b1/posts/p1', 'boards//posts/p1', '', '/boards/b1/posts/p1'])
      assert.equal(matchPath(posts, other), undefined, other);
  });

  test('of the Realtime Database may bind any segment', () => {
    const quests = template('daily/{couple_id}/{date}/{quest_id}', 'realtime-database');
    assert.deepEqual(
      matchPath(quests, 'daily/c1/2025-11-19/q1'),
      new Map([
        ['couple_id', 'c1'],
        ['date', '2025-11-19'],
        ['quest_id', 'q1'],
      ]),
    );
    assert.deepEqual(segmentNames(template('{a}/b', 'realtime-database')), ['a']);
    for (const text of ['a.b/{id}', 'a$/{id}', 'a[0]/{id}']) assert.ok(isProblem(parseSource(text, 'realtime-database')), text);
  });

  test('is found again from what it bound', () => {
    const posts = template('boards/{board_id}/posts/{id}');
    fc.assert(
      fc.property(segment, segment, (board, id) => {
        const path = `boards/${board}/posts/${id}`;
        const bound = matchPath(posts, path);
        assert.equal(
          buildPath(posts, (name) => bound?.get(name)),
          path,
        );
      }),
    );
    for (const id of [undefined, null, '', 'a/b'])
      assert.equal(
        buildPath(posts, (name) => (name === 'id' ? id : 'b1')),
        undefined,
      );
  });

  test('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('supabase', 'firestore', 'realtime-database'), fc.string(), (text, kind, path) => {
        const source = parseSource(text, kind);
        if (!isProblem(source) && !isTable(source)) matchPath(source, path);
      }),
    );
  });
});

describe('the source of a field', () => {
  test('is a field, something inside it, a segment or an element', () => {
    assert.deepEqual(read('nickname'), { kind: 'field', path: ['nickname'] });
    assert.deepEqual(read('author.id'), { kind: 'field', path: ['author', 'id'] });
    assert.deepEqual(read('`a.b`.c.`d\\`e`'), { kind: 'field', path: ['a.b', 'c', 'd`e'] });
    assert.deepEqual(read('좋아요 수'), { kind: 'field', path: ['좋아요 수'] });
    assert.deepEqual(read('{board_id}'), { kind: 'segment', name: 'board_id' });
    assert.deepEqual(read('{item}'), { kind: 'item', path: [] });
    assert.deepEqual(read('{item.completedAt.`x.y`}'), { kind: 'item', path: ['completedAt', 'x.y'] });
    assert.deepEqual(read('{index}'), { kind: 'index' });
    for (const text of [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '`a',
      'a`b`',
      '{',
      '{}',
      '{a b}',
      '{item.}',
      'a{b}',
      '{a}.b',
      '{item',
      'a'.repeat(3).split('').join('.').concat('.a'.repeat(200)),
    ])
      assert.ok(isProblem(parseFieldSource(text)), text);
  });

  test('is written as it is read', () => {
    const path = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
    const source: fc.Arbitrary<FieldSource> = fc.oneof(
      path.map((names) => ({ kind: 'field' as const, path: names })),
      fc.array(fc.string({ minLength: 1 }), { maxLength: 5 }).map((names) => ({ kind: 'item' as const, path: names })),
      fc.constantFrom<FieldSource>({ kind: 'segment', name: 'board_id' }, { kind: 'index' }),
    );
    fc.assert(fc.property(source, (written) => assert.deepEqual(parseFieldSource(writeFieldSource(written)), written)));
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseFieldSource(text);
      }),
    );
  });

  test('finds its value in a row, or nothing', () => {
    const fields: Value = new Map<string, Value>([
      ['author', new Map([['id', 'u1']])],
      ['a.b', true],
      ['none', null],
    ]);
    const around = { segments: new Map([['board_id', 'b1']]), fields, item: new Map([['at', 'now']]), index: '0' };
    const values = ['author.id', '`a.b`', 'none', 'a.b', 'author.name', 'author.id.x', '{board_id}', '{item.at}', '{index}', '{other}'].map((text) =>
      valueAt(read(text), around),
    );
    assert.deepEqual(values, ['u1', true, null, undefined, undefined, undefined, 'b1', 'now', '0', undefined]);
    assert.equal(valueAt(read('{item.at}'), { segments: new Map(), fields: 'text' }), undefined);
  });
});
