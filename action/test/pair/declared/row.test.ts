import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { createLookup } from '../../../src/pair/declared/lookup.ts';
import { differingColumns, malformedParts, readLegacyRow, readNormalizedRow } from '../../../src/pair/declared/row.ts';
import type { Value } from '../../../src/store/value.ts';
import { compile, documentRow, documentRows, tableRow, tryCompile } from './declared.ts';
import { anyValue, toValue } from './values.ts';

const tables = {
  posts: {
    id: 'text',
    board_id: 'text',
    author_id: 'text',
    title: 'text',
    status: 'text',
    likes: 'bigint',
    score: 'numeric',
    created_at: 'timestamp with time zone',
    body: 'jsonb',
    tags: 'text[]',
    deleted_at: 'timestamp with time zone',
    updated_at: 'timestamp with time zone',
  },
};
const posts = compile({
  entity: `
legacy: boards/{board_id}/posts/{id}
normalized: posts
fields:
  board_id: "{board_id}"
  author_id: author.id
  title: { from: title, default: "", blank-is-null: true }
  status: { from: visibility, values: { PUBLIC: public, PRIVATE: private, 1: one, true: "yes" } }
  likes: { from: countOfLikes, default: 0 }
  score: { from: score, type: number, tolerance: 0.01 }
  created_at: createdAt
  body: contentJson
  tags: { from: tags, type: set }
only: { legacy: { deleted: [false, null] }, normalized: { deleted_at: null } }
ignored: { legacy: [searchTokens] }
changed: { legacy: { from: updatedAt, unit: ms }, normalized: updated_at }
`,
  tables,
});

const document = {
  author: { id: 'u1' },
  title: 'Hello',
  visibility: 'PUBLIC',
  countOfLikes: 3,
  score: 1.5,
  createdAt: '2026-01-15T21:52:00.123Z',
  contentJson: { a: 1, b: [null] },
  tags: ['x', 'y'],
  updatedAt: 1768513920123,
};
const columns = {
  id: 'p1',
  board_id: 'b1',
  author_id: 'u1',
  title: 'Hello',
  status: 'public',
  likes: '3',
  score: '1.509',
  created_at: '2026-01-15T21:52:00.123456+00:00',
  body: { b: [null], a: 1.0, c: null },
  tags: ['y', 'x'],
  deleted_at: null,
  updated_at: '2026-01-15T21:52:00.2+00:00',
};
const legacyOf = (changes: object = {}) => documentRow(posts, 'boards/b1/posts/p1', { ...document, ...changes });
const normalizedOf = (changes: object = {}) => tableRow(posts, { ...columns, ...changes });

/** What differs when a document and a row have these fields instead. */
const differs = (legacy: object, normalized: object): string[] => differingColumns(posts, legacyOf(legacy), normalizedOf(normalized));

describe('a document and a row of a table', () => {
  test('are the same in every spelling of their stores', () => {
    const [legacy, normalized] = [legacyOf(), normalizedOf()];
    assert.deepEqual([legacy.key, normalized.key], [['p1'], ['p1']]);
    assert.deepEqual([legacy.isInScope, normalized.isInScope], [true, true]);
    assert.deepEqual(differingColumns(posts, legacy, normalized), []);
    assert.deepEqual([legacy.id, normalized.id], [{ path: 'boards/b1/posts/p1' }, { id: 'p1' }]);
    assert.deepEqual([legacy.changed, normalized.changed], ['2026-01-15T21:52:00.123000Z', '2026-01-15T21:52:00.200000Z']);
    assert.deepEqual([legacy.notCompared, normalized.notCompared], [[], []]);
  });

  test('differ in every column whose meaning differs', () => {
    const changes = {
      board_id: 'b2',
      author_id: 'u2',
      title: 'hello',
      status: 'PUBLIC',
      likes: '4',
      score: '1.52',
      created_at: '2026-01-15T21:52:00.124+00:00',
      body: { a: '1', b: [null] },
      tags: ['x', 'y', 'y'],
    };
    for (const [column, value] of Object.entries(changes)) {
      assert.deepEqual(differs({}, { [column]: value }), [column]);
      assert.deepEqual(differs({}, { [column]: null }), [column]);
    }
    assert.deepEqual(differs({ author: null }, {}), ['author_id']);
  });

  test('hold a default where the legacy field is absent, null or blank', () => {
    for (const title of [undefined, null, ' ']) assert.deepEqual(differs({ title }, { title: null }), []);
    assert.deepEqual(differs({ countOfLikes: null }, { likes: 0 }), []);
    assert.deepEqual(differs({ countOfLikes: null }, { likes: null }), ['likes']);
  });

  test('map values before they are compared', () => {
    assert.deepEqual(differs({ visibility: 'PRIVATE' }, { status: 'private' }), []);
    assert.deepEqual(differs({ visibility: 'OTHER' }, { status: 'OTHER' }), []);
    assert.deepEqual(differs({ visibility: 1 }, { status: 'one' }), []);
    assert.deepEqual(differs({ visibility: true }, { status: 'yes' }), []);
    assert.deepEqual(differs({ visibility: null }, { status: null }), []);
  });

  test('differ where the row is not of the type, and are not compared where the document is not', () => {
    assert.deepEqual(differs({ countOfLikes: 'many' }, { likes: '4', title: 'x' }), ['title']);
    assert.deepEqual(
      [...malformedParts(posts, legacyOf({ countOfLikes: 'many', title: 7 }))],
      [
        ['title', '7'],
        ['likes', 'many'],
      ],
    );
    assert.deepEqual(differs({}, { likes: 'many' }), ['likes']);
  });

  test('leave the scope by value and type', () => {
    assert.deepEqual(
      [{ deleted: false }, { deleted: null }, {}, { deleted: true }, { deleted: 'false' }, { deleted: 0 }].map((changes) => legacyOf(changes).isInScope),
      [true, true, true, false, false, false],
    );
    assert.equal(normalizedOf({ deleted_at: '2026-01-01T00:00:00Z' }).isInScope, false);
  });

  test('say what of them nobody compares', () => {
    const legacy = legacyOf({ nickname: 'x', searchTokens: ['a'], author: { id: 'u1', name: 'Mia', 'a.b': 1 }, updatedAt: 1, deleted: false });
    assert.deepEqual(legacy.notCompared, ['author.name', 'author.`a.b`', 'nickname']);
    assert.deepEqual(normalizedOf({ extra: 1 }).notCompared, ['extra']);
    assert.deepEqual(legacyOf({ author: 'u1' }).notCompared, ['author']);
  });

  test('name the columns of which the document has no field', () => {
    assert.deepEqual(documentRow(posts, 'boards/b1/posts/p1', { title: null, author: {} }).absent, [
      'author_id',
      'status',
      'likes',
      'score',
      'created_at',
      'body',
      'tags',
    ]);
  });

  test('are read without a throw, whatever they hold', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (first, second) => {
        for (const value of [
          first,
          new Map([
            ['title', first],
            ['countOfLikes', second],
            ['author', first],
            ['tags', second],
            ['createdAt', first],
            ['updatedAt', second],
            ['deleted', first],
          ]),
        ]) {
          const rows = readLegacyRow(posts, { source: 0, path: 'boards/b1/posts/p1', value });
          const normalized = readNormalizedRow(posts, { source: 0, value });
          assert.ok(rows.length === 1 && normalized);
          for (const legacy of rows) differingColumns(posts, legacy, normalized);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a key', () => {
  test('is found by what it means', () => {
    const entity = compile({
      entity: 'legacy: days/{day}/users/{id}\nnormalized: t\nkey: [day, id, n]\nfields: { n: number }',
      tables: { t: { day: 'date', id: 'uuid', n: 'bigint' } },
    });
    const legacy = documentRow(entity, 'days/2026-01-15/users/550E8400-E29B-41D4-A716-446655440000', { number: 7.0 });
    assert.deepEqual(legacy.key, tableRow(entity, { day: '2026-01-15', id: '550e8400-e29b-41d4-a716-446655440000', n: '7' }).key);
    assert.deepEqual(legacy.fields, []);
  });

  test('that cannot be read is claimed by nobody', () => {
    const entity = compile({
      entity: 'legacy: days/{day}\nnormalized: t\nkey: [day, owner]\nfields: { owner: owner, a: a }',
      tables: { t: { day: 'date', owner: 'text', a: 'bigint' } },
    });
    const malformed = documentRow(entity, 'days/today', { a: 'x' });
    assert.equal(malformed.key, undefined);
    assert.deepEqual(
      [...malformedParts(entity, malformed)],
      [
        ['day', 'today'],
        ['owner', null],
        ['a', 'x'],
      ],
    );
    assert.equal(tableRow(entity, { day: '2026-01-15', owner: null, a: null }).key, undefined);
    assert.deepEqual(tableRow(entity, { day: '2026-01-15', owner: 'o', a: null }).id, { key: ['2026-01-15', 'o'] });
    // Of a row type: no filter would find it again.
    assert.equal(tableRow(entity, { day: '2026-01-15', owner: { name: 'o' }, a: null }).key, undefined);
  });

  test('of several sources is null where one of them binds no such segment', () => {
    const entity = compile({
      entity: `
legacy:
  - comments/{comment_id}/reactions/{id}
  - replies/{reply_id}/reactions/{id}
normalized: reactions
key: [comment_id, reply_id, id]
`,
    });
    assert.deepEqual(
      documentRows(entity, 'comments/c1/reactions/r1', {}).map(({ key }) => key),
      [['c1', null, 'r1']],
    );
    assert.deepEqual(
      documentRows(entity, 'replies/a1/reactions/r1', {}, 1).map(({ key }) => key),
      [[null, 'a1', 'r1']],
    );
    assert.deepEqual(tableRow(entity, { comment_id: null, reply_id: 'a1', id: 'r1' }).key, [null, 'a1', 'r1']);
    assert.deepEqual(documentRows(entity, 'posts/p1/reactions/r1', {}), []);

    const lookup = createLookup(entity);
    assert.ok('pathsOf' in lookup);
    assert.deepEqual(lookup.pathsOf(toValue({ comment_id: null, reply_id: 'a1', id: 'r1' })), ['replies/a1/reactions/r1']);
    assert.deepEqual(lookup.pathsOf(toValue({ comment_id: null, reply_id: null, id: 'r1' })), []);
  });
});

describe('a path into a value', () => {
  const entity = 'legacy: rides/{id}\nnormalized: rides\nfields: { lat: at.latitude, first: scores.0, name: stops.1.name }';

  test('leads to half of a geo point', () => {
    const rides = compile({ entity });
    const at: Value = { kind: 'geo-point', latitude: '37.5', longitude: '-122.25' };
    const [row] = readLegacyRow(rides, { source: 0, path: 'rides/r1', value: new Map<string, Value>([['at', at]]) });
    assert.deepEqual([row?.fields[0], row?.notCompared, row?.absent], ['37.5', ['at.longitude'], ['first', 'name']]);
  });

  test('leads to a place of a list only where the Realtime Database may have made one of children', () => {
    const fields = { scores: [10, null, 30], stops: [null, { name: 'x', by: 'y' }] };
    for (const [legacy, read, notCompared] of [
      ['realtime-database', ['10', 'x'], ['scores.2', 'stops.1.by']],
      ['firestore', [null, null], ['scores', 'stops']],
    ] as const) {
      const row = documentRow(compile({ entity, legacy }), 'rides/r1', fields);
      assert.deepEqual(row.fields.slice(1), read);
      assert.deepEqual(row.notCompared, notCompared);
    }
  });
});

describe('each', () => {
  const waiting = compile({
    entity:
      'legacy: boards/{board_id}\neach: waitingUsersIds\nnormalized: w\nkey: [board_id, user_id]\nfields: { user_id: "{item}", place: "{index}", title: title }',
    tables: { w: { board_id: 'text', user_id: 'text', place: 'integer', title: 'text' } },
  });

  test('makes a row of every element of an array', () => {
    const rows = documentRows(waiting, 'boards/b1', { waitingUsersIds: ['u1', 'u2'], title: 'x', other: 1 });
    assert.deepEqual(
      rows.map(({ key, fields, id, notCompared }) => [key, fields, id, notCompared]),
      [
        [['b1', 'u1'], ['0', 'x'], { path: 'boards/b1' }, ['other']],
        [['b1', 'u2'], ['1', 'x'], { path: 'boards/b1' }, ['other']],
      ],
    );
    const [first] = rows;
    assert.ok(first);
    assert.deepEqual(differingColumns(waiting, first, tableRow(waiting, { board_id: 'b1', user_id: 'u1', place: 0, title: 'x' })), []);
  });

  test('makes none of nothing, and a finding of what is neither array nor map', () => {
    for (const fields of [{}, { waitingUsersIds: null }, { waitingUsersIds: [] }]) assert.deepEqual(documentRows(waiting, 'boards/b1', fields), []);
    const [row, ...more] = documentRows(waiting, 'boards/b1', { waitingUsersIds: 'u1' });
    assert.ok(row && more.length === 0);
    assert.deepEqual([row.key, [...malformedParts(waiting, row)]], [undefined, [['waitingUsersIds', 'u1']]]);
    assert.deepEqual(
      documentRows(waiting, 'boards/b1', { waitingUsersIds: [null, 'u2'] }).map(({ key }) => key),
      [undefined, ['b1', 'u2']],
    );
  });

  test('makes a row of every entry of a map in the Realtime Database', () => {
    const quests = compile({
      entity: `
legacy: daily_quests/{couple_id}/{date}/{quest_id}
each: completions
normalized: quest_completions
key: [couple_id, date, quest_id, user_id]
fields:
  user_id: "{index}"
  completed_at: { from: "{item.completedAt}", type: timestamp, unit: ms }
ignored: { legacy: [title] }
`,
      legacy: 'realtime-database',
      tables: { quest_completions: { couple_id: 'text', date: 'date', quest_id: 'text', user_id: 'text', completed_at: 'timestamp(3) with time zone' } },
    });
    const rows = documentRows(quests, 'daily_quests/c1/2025-11-19/q1', {
      title: 'x',
      completions: { u1: { completedAt: 1768513920123 }, u2: { completedAt: 1768513920123, note: 'y' } },
    });
    assert.deepEqual(
      rows.map(({ key, notCompared }) => [key, notCompared]),
      [
        [['c1', '2025-11-19', 'q1', 'u1'], []],
        [['c1', '2025-11-19', 'q1', 'u2'], ['{item.note}']],
      ],
    );
    const [first] = rows;
    assert.ok(first);
    assert.deepEqual(
      differingColumns(
        quests,
        first,
        tableRow(quests, { couple_id: 'c1', date: '2025-11-19', quest_id: 'q1', user_id: 'u1', completed_at: '2026-01-15T21:52:00.123+00:00' }),
      ),
      [],
    );
    const lookup = createLookup(quests);
    assert.ok('pathsOf' in lookup);
    assert.deepEqual(lookup.pathsOf(toValue({ couple_id: 'c1', date: '2025-11-19', quest_id: 'q1' })), ['daily_quests/c1/2025-11-19/q1']);
  });
});

describe('an entity', () => {
  test('reads a node of the Realtime Database that has no fields as its value, and nothing as nothing', () => {
    const flags = compile({
      entity: 'legacy: flags/{id}\nnormalized: flags\nfields: { on: value, more: { from: more, type: json } }',
      legacy: 'realtime-database',
      tables: { flags: { id: 'text', on: 'boolean', more: 'jsonb' } },
    });
    const row = documentRow(flags, 'flags/f1', true);
    assert.deepEqual(differingColumns(flags, row, tableRow(flags, { id: 'f1', on: true, more: {} })), []);
    assert.deepEqual(row.notCompared, []);
  });

  test('finds values inside JSON on the normalized side', () => {
    const users = compile({
      entity: 'legacy: users/{id}\nnormalized: users\nfields: { author: { from: author.id, to: meta.author_id } }',
      tables: { users: { id: 'text', meta: 'jsonb' } },
    });
    assert.deepEqual(
      differingColumns(users, documentRow(users, 'users/u1', { author: { id: 'x' } }), tableRow(users, { id: 'u1', meta: { author_id: 'x' } })),
      [],
    );
    assert.deepEqual(tableRow(users, { id: 'u1', meta: { author_id: 'x', more: 1 } }).notCompared, ['meta.more']);
  });

  test('of two tables takes the columns that both have', () => {
    const entity = compile({
      entity: 'legacy: old\nnormalized: new\nfields: { n: count, at: { type: timestamp } }',
      legacy: 'supabase',
      legacyTables: { old: { id: 'bigint', count: 'text', at: 'timestamp without time zone' } },
      tables: { new: { id: 'bigint', n: 'bigint', at: 'timestamp with time zone' } },
    });
    const [legacy] = readLegacyRow(entity, { source: 0, value: toValue({ id: 1, count: '7', at: '2026-01-15T21:52:00.5' }) });
    assert.ok(legacy);
    assert.deepEqual([legacy.key, legacy.id], [['1'], { id: '1' }]);
    assert.deepEqual(differingColumns(entity, legacy, tableRow(entity, { id: 1, n: 7, at: '2026-01-15T21:52:00.5+00:00' })), []);
    assert.deepEqual(createLookup(entity), { problem: 'Entity e: a table is read by its key, not by a path' });
  });

  test('goes by the time that the store itself knows, where none is declared', () => {
    const users = compile({ entity: 'legacy: users/{id}\nnormalized: users' });
    const [row] = readLegacyRow(users, { source: 0, path: 'users/u1', value: new Map<string, Value>(), updateTime: '2026-01-15T21:52:00.123456Z' });
    assert.equal(row?.changed, '2026-01-15T21:52:00.123456Z');
  });

  test('is refused with everything that its tables do not have and its columns cannot be', () => {
    const entity =
      'legacy: users/{id}\nnormalized: users\nfields: { a: a, b: { from: b, type: date }, c: { from: c, default: x }, d: { from: d, values: { a: b } }, e: { from: e, to: meta.e }, f: { from: f, type: timestamp } }\nonly: { normalized: { gone: null } }\nchanged: { normalized: updated_at }';
    assert.deepEqual(tryCompile({ entity, tables: { users: { id: 'text', b: 'text[]', c: 'bigint', d: 'bigint', f: 'bigint' } } }), [
      'e.a: the normalized table users has no column a. Correct the name in the file, or add the column',
      'e.b: is compared as date, but the column can only be list, set, json. Correct the type',
      'e.c: has a default that is not a valid integer. Correct it',
      'e.d: has among its values one that is not a valid integer. Correct it',
      'e.e: the normalized table users has no column meta. Correct the name in the file, or add the column',
      'e.f: is a timestamp in a column of whole numbers. Say what they count: unit: s or unit: ms',
      'e.gone: the normalized table users has no column gone. Correct the name in the file, or add the column',
      'e.updated_at: the normalized table users has no column updated_at. Correct the name in the file, or add the column',
    ]);
    assert.deepEqual(tryCompile({ entity: 'legacy: old\nnormalized: new\nfields: { a: b }', legacy: 'supabase', legacyTables: { old: { id: 'text' } } }), [
      'e.a: the legacy table old has no column b. Correct the name in the file, or add the column',
    ]);
    const changed = 'legacy: users/{id}\nnormalized: users\nchanged: { normalized: CHANGED }';
    for (const [column, isTime] of [
      ['at', true],
      ['{ from: n, unit: s }', true],
      ['n', false],
      ['flag', false],
      ['{ from: day, unit: s }', false],
    ] as const) {
      const compiled = tryCompile({
        entity: changed.replace('CHANGED', column),
        tables: { users: { id: 'text', at: 'timestamptz', n: 'bigint', flag: 'boolean', day: 'date' } },
      });
      assert.equal('declaration' in compiled, isTime, column);
      if (!isTime)
        assert.match(
          String(compiled),
          /^e\.\w+: is not a time at which a row changed\. Name a timestamp; for a number, add its unit: \{ from: …, unit: ms \}$/,
        );
    }
    // What an API does not describe is compared by its text.
    assert.ok('declaration' in Object(tryCompile({ entity: 'legacy: users/{id}\nnormalized: users\nfields: { a: a }' })));
  });

  test('says why its documents cannot be looked up', () => {
    const missing = compile({ entity: 'legacy: boards/{board_id}/posts/{id}\nnormalized: posts' });
    assert.deepEqual(createLookup(missing), {
      problem:
        'Entity e: no column says what the segment {board_id} is, so documents cannot be looked up by their path. Add a line such as board_id: "{board_id}" to its fields',
    });
    for (const option of ['values: { a: b }', 'trim: true', 'ignore-case: true']) {
      const changed = compile({ entity: `legacy: boards/{id}\nnormalized: posts\nfields: { id: { from: "{id}", ${option} } }` });
      assert.deepEqual(createLookup(changed), {
        problem:
          'Entity e: the column id may spell the segment {id} differently, so documents cannot be looked up by their path. Compare it as text as it is, without trim, ignore-case and values, or compare everything with mode: full',
      });
    }
  });
});
