import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { readDeclaration, type Declaration } from '../../../src/pair/declared/declaration.ts';
import { describeMistakes } from '../../../src/pair/declared/mistakes.ts';
import { boardApp, environment } from './board-app.ts';

const file = '.github/driftwatch.yml';

function read(text: string, variables: Record<string, string> = environment): Declaration {
  const result = readDeclaration(text, variables);
  assert.ok(!('mistakes' in result), 'mistakes' in result ? describeMistakes(file, result.mistakes) : '');
  return result;
}

/** What a person is told, a line each. */
function told(text: string, variables: Record<string, string> = environment): string[] {
  const result = readDeclaration(text, variables);
  assert.ok('mistakes' in result, 'the file counts as good');
  return result.mistakes.map(({ line, message }) => `${line}: ${message}`);
}

/** The lines of a pair from Firestore whose entity begins at line 8. */
const head = ['stores:', '  fire: { type: firestore, project: demo }', 'pairs:', '  p:', '    legacy: fire', '    normalized: supabase', '    entities:'];
const entity = (...lines: string[]): string => [...head, '      posts:', ...lines.map((line) => `        ${line}`)].join('\n');
/** An entity that is right, with more lines from line 11 on. */
const posts = (...lines: string[]): string => entity('legacy: boards/{board_id}/posts/{id}', 'normalized: posts', ...lines);
/** With lines in `fields` from line 12 on. */
const fields = (...lines: string[]): string => posts('fields:', ...lines.map((line) => `  ${line}`));

describe('a file of declared pairs', () => {
  test('is read with everything that it can say', () => {
    const { stores, pairs, accepted, secrets } = read(boardApp);
    assert.deepEqual(stores.get('fire'), { type: 'firestore', project: 'demo-board', database: '(default)', credentials: '{"type":"service_account"}' });
    assert.deepEqual(stores.get('old'), { type: 'supabase', url: 'https://old.supabase.co', key: 'sb_secret_old', schema: 'public' });
    assert.deepEqual(stores.get('live'), { type: 'realtime-database', url: 'https://demo-default-rtdb.firebaseio.com' });
    assert.deepEqual(secrets, ['https://old.supabase.co', 'sb_secret_old', '{"type":"service_account"}']);

    const entities = pairs.get('board-app')?.entities;
    assert.deepEqual([...(entities?.keys() ?? [])], ['users', 'posts', 'likes', 'waiting_list', 'reactions']);
    const declared = entities?.get('posts');
    assert.deepEqual(declared?.key, ['id']);
    assert.deepEqual(declared?.fields.get('board_id'), { from: { kind: 'segment', name: 'board_id' } });
    assert.deepEqual(declared?.fields.get('author_id'), { from: { kind: 'field', path: ['author', 'id'] } });
    assert.deepEqual(declared?.fields.get('likes'), {
      from: { kind: 'field', path: ['countOfLikes'] },
      type: 'integer',
      default: { kind: 'number', text: '0' },
    });
    assert.deepEqual(
      declared?.fields.get('status')?.values,
      new Map([
        ['PUBLIC', 'public'],
        ['PRIVATE', 'private'],
      ]),
    );
    assert.deepEqual(declared?.only.legacy, [{ source: { kind: 'field', path: ['deleted'] }, anyOf: [false, null] }]);
    assert.deepEqual(entities?.get('waiting_list')?.each, { kind: 'field', path: ['waitingUsersIds'] });
    assert.equal(entities?.get('reactions')?.legacy.length, 2);
    assert.deepEqual(
      accepted.map(({ pair }) => pair),
      ['board-app', 'board-app', 'habit-tracker'],
    );
  });

  test('may be empty, and its sections too', () => {
    for (const text of ['', '# nothing yet\n', '{}', 'stores:\npairs:\naccepted:\n'])
      assert.deepEqual(read(text), { stores: new Map(), pairs: new Map(), accepted: [], secrets: [] }, text);
  });

  test('may share parts through anchors', () => {
    const { pairs } = read(fields('a: &text { from: a, trim: true }', 'b: *text'));
    assert.deepEqual(pairs.get('p')?.entities.get('posts')?.fields.get('b'), { from: { kind: 'field', path: ['a'] }, trim: true });
  });

  test('keeps every digit of its numbers', () => {
    const { pairs } = read(
      fields('big: { from: big, type: integer, default: 12345678901234567890 }', 'small: { from: small, type: number, tolerance: 0.10000000000000000001 }'),
    );
    const declared = pairs.get('p')?.entities.get('posts')?.fields;
    assert.deepEqual(declared?.get('big')?.default, { kind: 'number', text: '12345678901234567890' });
    assert.equal(declared?.get('small')?.tolerance, '0.10000000000000000001');
  });

  test('is wrong with up to twenty lines, and then says how many more', () => {
    const result = readDeclaration(Array.from({ length: 27 }, (_, index) => `wrong${index}: 1`).join('\n'), {});
    assert.ok('mistakes' in result);
    const lines = describeMistakes(file, result.mistakes).split('\n');
    assert.equal(lines[0], '.github/driftwatch.yml:1: wrong0: "wrong0" is not known here. Remove it, or correct its spelling.');
    assert.equal(lines[19], '.github/driftwatch.yml:20: wrong19: "wrong19" is not known here. Remove it, or correct its spelling.');
    assert.deepEqual(lines.slice(20), ['… and 7 more.']);
  });

  test('is told everything at once, in the order of the lines', () => {
    const text = fields('title: { from: "{nope}", type: text, tolerance: 1, trim: 5 }', 'likes: { type: strange }', 'likes: again').replace(
      'normalized: supabase',
      'normalized: elsewhere',
    );
    assert.deepEqual(told(`${text}\nother: 1`), [
      '6: pairs.p.normalized: the store "elsewhere" is not declared. Declare it under stores, or correct the name; supabase is always there',
      '12: posts.fields.title.trim: must be true or false',
      '12: posts.fields.title.from: the segment {nope} is in no path of the legacy side. Bind it there, or correct the name',
      '12: posts.fields.title: tolerance does not belong to the type text, but to number and timestamp. Remove it, or correct the type',
      '13: posts.fields.likes.type: must be one of text, integer, number, boolean, timestamp, date, uuid, bytes, json, list, set',
      '14: "likes" appears twice. Remove one',
      '15: other: "other" is not known here. Remove it, or correct its spelling',
    ]);
  });
});

/** Every mistake alone: the file, and what is said of it. */
const mistakes: Record<string, readonly [text: string, ...told: string[]]> = {
  'is too large': [`# ${'x'.repeat(1024 * 1024)}`, '1: the file is larger than 1 MiB. Make it smaller'],
  'has several documents': ['pairs:\n---\npairs:\n', '2: a second document begins here. Keep one, without --- between'],
  'is indented with tabs': ['pairs:\n\tp: 1', '2: a tab indents this line. Use spaces'],
  'has an unquoted path in a list': [
    entity('legacy: [a/{id}]', 'normalized: posts'),
    '9: a comma, a colon, a quote or a bracket is missing. Add it; a path with {segments} between braces or brackets needs quotes',
  ],
  'has a brace that is never closed': [
    'pairs:\n  p: { legacy: supabase\n  normalized: supabase',
    '3: a brace or a bracket above is not closed, or this line is not indented below it. Close it, or indent the line',
  ],
  'has a line that is indented too far': [
    'pairs: x\n  p: 1',
    '1: this line, or the one below it, is indented too far, or text with a colon has no quotes. Use the same number of spaces, or add quotes',
  ],
  'has a quote in the middle': [
    'pairs: "a" b',
    '1: this is not valid YAML (UNEXPECTED_TOKEN). Text with special characters needs quotes; so does a path with {segments} between braces or brackets',
  ],
  'is no map': ['just text', '1: the file: must hold stores, pairs or accepted'],
  'is nested too deeply': [
    '['.repeat(150) + ']'.repeat(150),
    '1: values are nested more than 100 deep. Nest them less deeply',
    '1: the file: must hold stores, pairs or accepted',
  ],
  'has an alias of nothing': [
    fields('a: *b'),
    '12: the alias *b stands for nothing that was anchored before it. Write it out; text that begins with * needs quotes',
    '12: posts.fields.a: must be the field that the column comes from, or { from: …, type: … }',
  ],
  'merges an alias into a map': [
    'pairs: { p: { legacy: supabase, normalized: supabase, entities: { a: &a { legacy: old, normalized: new }, b: { <<: *a, legacy: b, normalized: b } } } }',
    '1: << does not merge here. Write the lines out; an alias can stand for a whole value',
  ],
  'has an alias inside its own anchor': [
    fields('a: &a { from: a, default: *a }'),
    '12: the alias *a stands for nothing that was anchored before it. Write it out; text that begins with * needs quotes',
  ],
  'has a key that is no text': ['? [a]\n: b', '1: a key must be text. Correct it; text with special characters needs quotes'],
  'has a key that means something to JavaScript': ['__proto__: { a: 1 }', '1: a key must be text. Correct it; text with special characters needs quotes'],

  'names a store badly': [
    'stores:\n  Old: { type: firestore, project: demo }',
    '2: stores.Old: a name starts with a lowercase letter, followed by lowercase letters, digits, _ and -, up to 63 characters. Choose another one',
  ],
  'names a store as one is named already': [
    'stores:\n  supabase: { type: firestore, project: demo }',
    '2: stores.supabase: the name supabase is taken. Choose another one',
  ],
  'has a store of an unknown type': [
    'stores:\n  a: { type: mysql }',
    '2: stores.a.type: must be a store: { type: supabase, url: …, key: … }, { type: firestore, project: … } or { type: realtime-database, url: … }',
  ],
  'leaves out what a store needs': [
    'stores:\n  a: { type: supabase }',
    '2: stores.a.url: must be an address, or the name of a variable that holds it, such as $SUPABASE_URL',
    '2: stores.a.key: must be the name of a variable that holds it, such as $SUPABASE_KEY. Secrets are never written out',
  ],
  'gives a store what belongs to another type': [
    'stores:\n  a: { type: firestore, project: demo, schema: public }',
    '2: stores.a.schema: "schema" is not known here. Remove it, or correct its spelling',
  ],
  'names a variable that is not set': [
    'stores:\n  a: { type: firestore, project: $NOT_SET }',
    '2: stores.a.project: the variable NOT_SET is not set. Pass it to the step in env',
  ],
  'names a variable that only JavaScript has': [
    'stores:\n  a: { type: firestore, project: $constructor }',
    '2: stores.a.project: the variable constructor is not set. Pass it to the step in env',
  ],
  'names a variable that is empty': [
    'stores:\n  a: { type: firestore, project: $EMPTY }',
    '2: stores.a.project: the variable EMPTY is empty. Pass it to the step in env',
  ],
  'names a variable of the runner itself': [
    'stores:\n  a: { type: supabase, url: "https://db.example", key: $ACTIONS_RUNTIME_TOKEN }',
    '2: stores.a.key: the variable ACTIONS_RUNTIME_TOKEN belongs to the runner, which passes its own tokens to every action. Use a variable that the step sets in env',
  ],
  'puts a variable into a text': [
    'stores:\n  a: { type: supabase, url: "https://$HOST", key: $KEY }',
    '2: stores.a.url: must be the base URL of the project, with https, such as https://<project>.supabase.co, or a variable that holds it as a whole',
  ],
  'names a variable as none can be named': [
    'stores:\n  a: { type: firestore, project: $MY-PROJECT }',
    '2: stores.a.project: what begins with $ is the name of a variable and nothing else: letters, digits and _. Correct it',
  ],
  'asks a store without encryption': [
    'stores:\n  a: { type: supabase, url: "http://db.example", key: $KEY }',
    '2: stores.a.url: must be the base URL of the project, with https, such as https://<project>.supabase.co, or a variable that holds it as a whole',
  ],
  'sends tokens elsewhere': [
    'stores:\n  a: { type: realtime-database, url: "https://firebaseio.com.example" }',
    '2: stores.a.url: must be the URL of a Realtime Database without a path, such as https://<database>.firebaseio.com or https://<database>.<region>.firebasedatabase.app',
  ],
  'gives a store two keys': [
    'stores:\n  a: { type: firestore, project: demo, credentials: $KEY, access-token: $KEY }',
    '2: stores.a.access-token: credentials and access-token cannot be used together. Remove one',
  ],
  'gives a store a token with its scheme': [
    'stores:\n  a: { type: firestore, project: demo, access-token: $BEARER }\n  b: { type: supabase, url: $URL, key: $BEARER }',
    '2: stores.a.access-token: must be a key or a token and nothing else, without white space or line breaks. Copy it again',
    '3: stores.b.key: must be a key or a token and nothing else, without white space or line breaks. Copy it again',
  ],
  'names no project': [
    'stores:\n  a: { type: firestore, project: a b }',
    '2: stores.a.project: must be the id of a project in Google Cloud, such as demo-board',
  ],
  'names no database': [
    'stores:\n  a: { type: firestore, project: demo, database: a/b }',
    '2: stores.a.database: must be the id of a database, such as (default)',
  ],
  'names no schema': [
    'stores:\n  a: { type: supabase, url: $URL, key: $KEY, schema: a/b }',
    '2: stores.a.schema: must be the name of a schema that the API exposes, such as public',
  ],

  'names a pair badly': [
    'pairs:\n  1st: { legacy: supabase, normalized: supabase, entities: { a: { legacy: a, normalized: b } } }',
    '2: pairs.1st: a name starts with a lowercase letter, followed by lowercase letters, digits, _ and -, up to 63 characters. Choose another one',
  ],
  'names a pair as one is named already': [
    'pairs:\n  habit-tracker: { legacy: supabase, normalized: supabase, entities: { a: { legacy: a, normalized: b } } }',
    '2: pairs.habit-tracker: the name habit-tracker is taken. Choose another one',
  ],
  'names an entity as a store is named': [
    'pairs:\n  p: { legacy: supabase, normalized: supabase, entities: { supabase: { legacy: a, normalized: b } } }',
    '2: supabase: the name supabase is taken. Choose another one',
  ],
  'has no entities': ['pairs:\n  p: { legacy: supabase, normalized: supabase, entities: {} }', '2: pairs.p.entities: must hold at least one entity'],
  'has entities without content': [
    'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n',
    '5: pairs.p.entities: must hold at least one entity',
  ],
  'has an entity without content': [[...head, '      posts:'].join('\n'), '8: posts: must be an entity: { legacy: …, normalized: … }'],
  'leaves out a side': [entity('legacy: posts/{id}'), '8: posts.normalized: must be a table, or a path such as boards/{board_id}/posts/{id}'],
  'has an unknown member of an entity': [posts('filds: {}'), '11: posts.filds: "filds" is not known here. Remove it, or correct its spelling'],

  'ends a path at a collection': [
    entity('legacy: boards/{id}/posts', 'normalized: posts'),
    '9: posts.legacy: in a path of Firestore, collections (fixed) and documents (bound) alternate, and a document comes last. Write it like boards/{board_id}/posts/{id}',
  ],
  'fixes a document': [
    entity('legacy: boards/main/posts/{id}', 'normalized: posts'),
    '9: posts.legacy: in a path of Firestore, collections (fixed) and documents (bound) alternate, and a document comes last. Write it like boards/{board_id}/posts/{id}',
  ],
  'binds a segment twice': [
    entity('legacy: boards/{id}/posts/{id}', 'normalized: posts'),
    '9: posts.legacy: the segment {id} is bound twice. Give each segment a name of its own',
  ],
  'names a segment badly': [
    entity('legacy: boards/{board id}', 'normalized: posts', 'key: [a]', 'fields: { a: a }'),
    '9: posts.legacy: the name of a bound segment is letters, digits and _, such as {board_id}. Correct it',
  ],
  'names a segment as each names elements': [
    entity('legacy: boards/{item}', 'normalized: posts'),
    '9: posts.legacy: {item} is what each makes rows of. Give the segment another name',
  ],
  'begins a path with a slash': [
    entity('legacy: /boards/{id}', 'normalized: posts'),
    '9: posts.legacy: a path has no slash at its ends and no empty segment. Write it like boards/{board_id}/posts/{id}',
  ],
  'binds half of a segment': [
    entity('legacy: boards/b-{id}', 'normalized: posts'),
    '9: posts.legacy: a segment of a path is either fixed or bound as a whole. Write it like boards/{board_id}/posts/{id}',
  ],
  'fixes what cannot be a name': [
    entity('legacy: __a__/{id}', 'normalized: posts'),
    '9: posts.legacy: a fixed segment holds what Firestore does not allow in a name. Correct it',
  ],
  'reads a path where tables are': [
    entity('legacy: boards/{id}', 'normalized: a/{id}'),
    '10: posts.normalized: a source in Supabase is a table or a view that the API exposes, not a path. Write its name, such as posts',
  ],
  'names the bad one of several paths': [
    entity('legacy:', '  - boards/{id}', '  - boards', 'normalized: posts'),
    '11: posts.legacy.1: in a path of Firestore, collections (fixed) and documents (bound) alternate, and a document comes last. Write it like boards/{board_id}/posts/{id}',
  ],
  'has no path at all': [entity('legacy: []', 'normalized: posts'), '9: posts.legacy: must hold at least one path'],

  'has a key without a source': [
    posts('key: [id, owner]'),
    '11: posts.key.1: nothing says where the column "owner" of the key comes from. Bind a segment of this name in the path, or add the column to fields',
  ],
  'has a key by default without a source': [
    entity('legacy: boards/{board_id}', 'normalized: boards'),
    '8: posts: nothing says where the column "id" of the key comes from. Bind a segment of this name in the path, or add the column to fields',
  ],
  'has a source twice': [
    entity('legacy:', '  - boards/{id}', '  - archive/{id}', '  - boards/{id}', 'normalized: posts'),
    '12: posts.legacy.2: what stands here appears twice. Remove one',
  ],
  'has a source twice under other names of its segments': [
    entity('legacy:', '  - boards/{board_id}/posts/{id}', '  - boards/{board}/posts/{post_id}', 'normalized: posts'),
    '11: posts.legacy.1: it describes rows that a path above it describes as well, so they would be read twice. Remove one of the two',
  ],
  'has a source whose rows are all in another one': [
    `stores:\n  live: { type: realtime-database, url: "https://demo-default-rtdb.firebaseio.com" }\npairs: { p: { legacy: live, normalized: supabase, entities: { posts: { legacy: ["old/{id}", "daily/today/{id}",\n  "daily/{day}/{id}"], normalized: posts } } } }`,
    '4: posts.legacy.2: it describes rows that a path above it describes as well, so they would be read twice. Remove one of the two',
  ],
  'has a column twice in its key': [posts('key: [id, id]'), '11: posts.key.1: the column "id" appears twice. Remove one'],
  'has an empty key': [posts('key: []'), '11: posts.key: must hold at least one column'],
  'has a key that is no list': [posts('key: id'), '11: posts.key: must be a list of columns, such as [id]'],
  'has a key with a tolerance': [
    fields('id: { from: n, type: number, tolerance: 1 }'),
    '12: posts.fields.id.tolerance: a column of the key has no tolerance. Remove it, or choose another key',
  ],

  'leaves a segment without quotes': [
    fields('board_id: {board_id}'),
    '12: posts.fields.board_id.board_id: a segment needs quotes, or YAML reads it as a map. Write it like "{board_id}"',
  ],
  'speaks of a segment that no path binds': [
    fields('a: "{nope}"'),
    '12: posts.fields.a: the segment {nope} is in no path of the legacy side. Bind it there, or correct the name',
  ],
  'speaks of elements without each': [
    fields('a: "{item.b}"', 'c: "{index}"'),
    '12: posts.fields.a: {item} needs each, which says what rows are made of. Add each, or correct the field',
    '13: posts.fields.c: {index} needs each, which says what rows are made of. Add each, or correct the field',
  ],
  'speaks of elements on the other side': [
    posts('each: xs', 'fields: { a: { from: "{item}", to: "{index}" } }'),
    '12: posts.fields.a.to: {index} needs each, which says what rows are made of, and is of the legacy side only. Add each, or correct the field',
  ],
  'makes rows of elements': [posts('each: "{item}"'), '11: posts.each: must be a field of the row, such as waitingUsersIds'],
  'has a field that is no path': [
    fields('a: b..c'),
    '12: posts.fields.a: a field is a name, or names with a point between, such as author.id; a name with points or braces stands in backticks. Correct it',
  ],
  'has braces that say nothing': [
    fields('a: "{b c}"'),
    '12: posts.fields.a: in braces stands a segment of the path, item, item.<field> or index. Write it like "{board_id}"',
  ],
  'has a field of nothing': [fields('a:'), '12: posts.fields.a: must be the field that the column comes from, or { from: …, type: … }'],
  'has an unknown option': [
    fields('a: { from: a, tolerence: 1 }'),
    '12: posts.fields.a.tolerence: "tolerence" is not known here. Remove it, or correct its spelling',
  ],
  'has options of different types': [
    fields('a: { from: a, trim: true, unit: ms }'),
    '12: posts.fields.a: trim, unit belong to different types. Say which type the field has',
  ],
  'gives a type what belongs to another': [
    fields('a: { from: a, type: timestamp, ignore-case: true }'),
    '12: posts.fields.a: ignore-case does not belong to the type timestamp, but to text. Remove it, or correct the type',
  ],
  'has a span for a number': [
    fields('a: { from: a, type: number, tolerance: 2s }'),
    '12: posts.fields.a: tolerance of a number is a number from 0, such as 0.01. Correct it',
  ],
  'has a number for a span': [
    fields('a: { from: a, type: timestamp, tolerance: 2 }'),
    '12: posts.fields.a: tolerance of a timestamp is a span, such as 2s or 500ms. Correct it',
  ],
  'has a tolerance below nothing': [
    fields('a: { from: a, tolerance: -1 }'),
    '12: posts.fields.a: tolerance is a number from 0, such as 0.01, or for timestamps a span, such as 2s. Correct it',
  ],
  'has a list of lists': [
    fields('a: { from: a, type: list, of: list }'),
    '12: posts.fields.a.of: must be one of text, integer, number, boolean, timestamp, date, uuid, bytes',
  ],
  'has a precision that is none': [fields('a: { from: a, precision: ns }'), '12: posts.fields.a.precision: must be one of s, ms, us'],
  'has a default of another type': [fields('a: { from: a, type: integer, default: none }'), '12: posts.fields.a.default: must be of the type integer'],
  'has values of another type': [
    fields('a: { from: a, type: boolean, values: { yes: true, no: nay } }'),
    '12: posts.fields.a.values.no: must be of the type boolean',
  ],
  'has values that are no map': [
    fields('a: { from: a, values: [a] }'),
    '12: posts.fields.a.values: must map legacy values to normalized ones, such as { PUBLIC: public }',
  ],

  'has a condition without values': [posts('only: { legacy: { a: [] } }'), '11: posts.only.legacy.a: must hold at least one value'],
  'has a condition on a third side': [posts('only: { a: 1 }'), '11: posts.only.a: "a" is not known here. Remove it, or correct its spelling'],
  'has a condition on a segment that is not bound': [
    posts('only: { legacy: { "{nope}": 1 } }'),
    '11: posts.only.legacy.…: the segment {nope} is in no path of the legacy side. Bind it there, or correct the name',
  ],
  'ignores without a side': [posts('ignored: [a]'), '11: posts.ignored: must name a side: { legacy: [ … ], normalized: [ … ] }'],
  'says of no side when rows changed': [posts('changed: {}'), '11: posts.changed: must name the field of one side at least'],
  'counts changes in an unknown unit': [posts('changed: { legacy: { from: a, unit: us } }'), '11: posts.changed.legacy.unit: must be one of s, ms'],

  'has a rule of a pair that is not declared': [
    'accepted:\n  - { reason: a, by: b, until: 2026-12-31, pair: other, type: MISSING_ROW }',
    '2: rule 1, pair: the pair "other" is not declared. Declare it under pairs, or correct the name',
  ],
  'has a rule that accepts everything': [
    'accepted:\n  - { reason: a, by: b, until: 2026-12-31, level: weeks }',
    '2: rule 1: at least one of type, child, week, key, path is needed, or the rule would accept everything',
  ],
  'has a rule for ever': [
    'accepted:\n  - { reason: a, by: b, until: never, type: MISSING_WEEK }',
    '2: rule 1, until: the last day on which the rule holds, a calendar date such as 2026-12-31',
  ],
  'has a rule of an unknown type': [
    'accepted:\n  - { reason: a, by: b, until: 2026-12-31, type: COUNT_MISMATCH }',
    '2: rule 1, type: must be the type of a finding that has a place, such as MISSING_ROW',
  ],
  'has a rule for a type of other pairs': [
    `${posts()}\naccepted:\n  - { reason: a, by: b, until: 2026-12-31, type: MISSING_WEEK }`,
    '12: rule 1, type: is not a type of a declared pair. Its types are MISSING_ROW, ORPHAN_ROW, DUPLICATE_ROW, DATA_MISMATCH, MALFORMED_LEGACY',
  ],
  'has a rule for an unknown entity': [
    `${posts()}\naccepted:\n  - { reason: a, by: b, until: 2026-12-31, type: MISSING_ROW, level: users }`,
    '12: rule 1, level: is not an entity of the pair p. Correct the name',
  ],
  'has a rule for another key': [
    `${posts()}\naccepted:\n  - { reason: a, by: b, until: 2026-12-31, level: posts, key: { uid: 1 } }`,
    '12: rule 1, key: "uid" is not a column of the key, which is id. Correct the name',
  ],
  'has a rule that names children': [
    `${posts()}\naccepted:\n  - { reason: a, by: b, until: 2026-12-31, child: child-1a2b3c4d }`,
    '12: rule 1, child: belongs to the pair habit-tracker. Use key, or name that pair',
  ],
  'has a rule for a level of the other pair': [
    'accepted:\n  - { reason: a, by: b, until: 2026-12-31, type: MISSING_WEEK, level: posts }',
    '2: rule 1, level: is not a level of habit-tracker. Its levels are children, weeks, habits, records',
  ],
  'has a rule that may be of several pairs': [
    `${posts()}\n  q: { legacy: supabase, normalized: supabase, entities: { a: { legacy: a, normalized: b } } }\naccepted:\n  - { reason: a, by: b, until: 2026-12-31, type: MISSING_ROW }`,
    '13: rule 1: the file declares several pairs, and the rule names none. Add pair',
  ],
};

describe('a file is refused that', () => {
  const variables = { EMPTY: '  ', BEARER: 'Bearer ya29.x', KEY: 'k', URL: 'https://a.supabase.co' };
  for (const [what, [text, ...expected]] of Object.entries(mistakes)) {
    test(what, () => assert.deepEqual(told(text, variables), expected));
  }

  test('unfolds to very much', () => {
    const lol = [
      'pairs: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`),
    ];
    assert.ok(told(lol.join('\n')).includes('5: the aliases expand to more than 10000 values. Write them out, or use fewer aliases'));
  });

  test('holds a secret, which is never repeated', () => {
    const secret = 'eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.c2VjcmV0';
    const texts = [
      `stores:\n  a: { type: supabase, url: $URL, key: ${secret} }`,
      `stores:\n  a: { type: firestore, project: demo, credentials: ${secret} }`,
      `stores:\n  a: { type: realtime-database, url: $URL, access-token: ${secret} }`,
      `stores:\n  a: { type: supabase, url: $URL, key: [${secret}] }`,
      `stores:\n  a: { type: ${secret} }`,
      `stores:\n  a: { type: supabase, url: $URL, ${secret}: 1, key: $KEY }`,
      `stores:\n  a: ${secret}`,
      `stores: ${secret}`,
      `stores:\n  a: { type: firestore, project: "${secret} " }`,
      `stores:\n  ${secret}: 1`,
      `${secret}: 1`,
      `stores:\n  a: { type: supabase, url: "https://${secret}@a.supabase.co", key: $KEY }`,
      `stores:\n  a: { type: supabase, url: $URL, key: $${secret} }`,
      `pairs:\n  p: { legacy: ${secret}, normalized: supabase, entities: { a: { legacy: a, normalized: b } } }`,
      `accepted:\n  - { reason: a, by: b, until: 2026-12-31, pair: ${secret}, type: MISSING_ROW }`,
      `"${secret}`,
      `a: *${secret}`,
      `a: !${secret} {`,
    ];
    for (const text of texts) assert.doesNotMatch(told(text, variables).join('\n'), /eyJ|c2Vj/, text);
    for (const text of texts.slice(0, 3)) assert.match(told(text, variables).join('\n'), /2: stores\.a\.[a-z-]+: this is a secret in plain text\./);
    assert.doesNotMatch(told('stores:\n  a: { type: supabase, url: $TOKEN, key: $TOKEN }', { TOKEN: secret }).join('\n'), /eyJ/);
  });
});

test('no text makes reading throw', () => {
  const piece = fc.constantFrom(
    'pairs',
    'stores',
    ':',
    '\n',
    ' ',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '"',
    "'",
    '|',
    '>',
    '!x',
    '---',
    '$A',
    'type',
    'fields',
    '?',
    ',',
    '\t',
    '#',
    '0x1',
    '.nan',
    '~',
    '__proto__',
    '<<',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      (text) => {
        readDeclaration(text, {});
      },
    ),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      readDeclaration(text, {});
    }),
  );
});

test('no change of a good file makes reading throw', () => {
  const lines = boardApp.split('\n');
  const change = fc.tuple(fc.nat(lines.length - 1), fc.constantFrom('', 'x', '  x: y', '      - a', '~', '{}', '[1]', '"'));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = [...lines];
      for (const [line, text] of changes) changed[line] = text;
      const result = readDeclaration(changed.join('\n'), environment);
      if ('mistakes' in result) for (const { line, message } of result.mistakes) assert.ok(line >= 1 && line <= lines.length && message.length > 0);
    }),
    { numRuns: 300 },
  );
});
