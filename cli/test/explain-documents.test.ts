import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createPseudonyms } from '../../action/src/privacy/pseudonyms.ts';
import { openStage, type Stage } from '../../action/test/pair/declared/stage.ts';
import { startFirestore, toFields, type Firestore } from '../../demo/firestore/server.ts';
import { driftwatch } from './command.ts';

/** Documents whose key does not contain their whole path, and whose columns do not contain the rest. */

const file = `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  board-app:
    legacy: fire
    normalized: supabase
    entities:
      likes:
        legacy: boards/{board_id}/posts/{post_id}/likes/{user_id}
        normalized: likes
        key: [post_id, user_id]
        fields: { emoji: emoji }
      members:
        legacy: ['members/{user_id}', 'boards/{board_id}/guests/{user_id}']
        normalized: members
        key: [user_id]
        fields: { name: name }
        only: { legacy: { left: null } }
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        fields: { board_id: "{board_id}", title: title }
        only: { legacy: { hidden: null } }
      rooms:
        legacy: rooms/{id}
        normalized: rooms
        fields: { name: name }
`;

let stage: Stage;
let fire: Firestore;
let directory: string;
before(async () => {
  stage = await openStage();
  fire = await startFirestore({ project: 'demo-board' });
  directory = mkdtempSync(join(tmpdir(), 'driftwatch-'));
  mkdirSync(join(directory, '.github'));
  writeFileSync(join(directory, '.github/driftwatch.yml'), file);
  await stage.world.sql(`
    create table likes (post_id text, user_id text, emoji text, primary key (post_id, user_id));
    create table members (user_id text primary key, name text);
    create table posts (id text primary key, board_id text, title text);
    insert into posts values ('p1', 'b1', null), ('p2', 'b1', 'before'), ('moved', 'b1', null), ('hidden', 'b1', null);
    create table rooms (id bigint primary key, name text);
    insert into rooms values (7, 'Attic');
    insert into members values ('ben', 'Ben');
    insert into likes values ('p1', 'alice', 'heart'), ('p1', 'ben', 'star'), ('p1', 'dora', 'star')`);
  for (const [user, emoji] of Object.entries({ alice: 'heart', ben: 'moon', clara: 'star' })) fire.set(`boards/b1/posts/p1/likes/${user}`, toFields({ emoji }));
  for (const board of ['b1', 'b2']) fire.set(`boards/${board}/posts/p1`, {});
  fire.set('boards/b1/posts/p2', toFields({ title: 'after' }));
  fire.set('boards/b1/posts/hidden', toFields({ hidden: true }));
  for (const post of ['moved', 'hidden']) fire.set(`boards/b2/posts/${post}`, {});
  for (const room of ['7', '007']) fire.set(`rooms/${room}`, toFields({ name: 'Attic' }));
  for (let n = 0; n < 50; n += 1) fire.set(`boards/b3/posts/other${n}`, {});
  fire.set('members/ben', toFields({ name: 'Ben' }));
  fire.set('members/clara', toFields({ name: 'Clara', left: true }));
  for (const user of ['ben', 'clara']) fire.set(`boards/b1/guests/${user}`, toFields({ name: 'a guest' }));
});
after(async () => {
  rmSync(directory, { recursive: true });
  await fire.stop();
  await stage.close();
});

const explain = (...key: string[]) => explainIn('likes', ...key);
const explainIn = (...row: string[]) =>
  driftwatch(['explain', ...row, '--json'], {
    directory,
    env: { SUPABASE_URL: stage.door.url, SUPABASE_KEY: stage.world.secretKey, FIRESTORE_EMULATOR_HOST: fire.host },
  });
const shown = (part: string): string => createPseudonyms(stage.world.secretKey, false).name('key', [part]);

const emojis: readonly (readonly [user: string, legacy: string | null, normalized: string | null, differences: readonly string[]])[] = [
  ['alice', 'heart', 'heart', []],
  ['ben', 'moon', 'star', ['DATA_MISMATCH']],
  ['clara', 'star', null, ['MISSING_ROW']],
  ['dora', null, 'star', ['ORPHAN_ROW']],
];

describe('a document that its key alone does not lead to', () => {
  for (const [user, legacy, normalized, differences] of emojis) {
    test(`is explained by its key and by its pseudonyms: ${user}`, async () => {
      for (const key of [
        ['p1', user],
        [shown('p1'), shown(user)],
      ]) {
        const { exitCode, stdout, stderr } = await explain(...key);
        assert.equal(exitCode, 0, stderr);
        const said = JSON.parse(stdout) as { [side: string]: { emoji: string } | null } & { key: unknown; differences: { type: string }[] };
        assert.deepEqual(said.key, { post_id: 'p1', user_id: user });
        assert.deepEqual([said['legacy']?.emoji ?? null, said['normalized']?.emoji ?? null], [legacy, normalized]);
        assert.deepEqual(
          said.differences.map(({ type }) => type),
          differences,
        );
      }
    });
  }

  test('is explained beside one of another source that the key does lead to', async () => {
    const [ben, clara] = await Promise.all(
      ['ben', 'clara'].map(async (user) => {
        const { stdout } = await explainIn('members', user);
        return (JSON.parse(stdout) as { differences: { type: string }[] }).differences.map(({ type }) => type).toSorted();
      }),
    );
    assert.deepEqual([ben, clara], [['DATA_MISMATCH', 'DUPLICATE_ROW'], ['MISSING_ROW']]);
  });

  test('is explained beside one of the same id under another parent than the one that the other side names', async () => {
    const { stdout } = await explainIn('posts', 'p1');
    assert.deepEqual((JSON.parse(stdout) as { differences: unknown }).differences, [
      { type: 'DUPLICATE_ROW', path: null },
      { type: 'DATA_MISMATCH', path: 'board_id' },
    ]);
  });

  for (const post of ['moved', 'hidden'])
    test(`is explained where it is, and not where the other side says that it is: ${post}`, async () => {
      const { stdout } = await explainIn('posts', post);
      assert.deepEqual((JSON.parse(stdout) as { differences: unknown }).differences, [{ type: 'DATA_MISMATCH', path: 'board_id' }]);
    });

  test('is explained beside one whose id is spelled differently', async () => {
    const { stdout } = await explainIn('rooms', '7');
    assert.deepEqual((JSON.parse(stdout) as { differences: unknown }).differences, [{ type: 'DUPLICATE_ROW', path: null }]);
  });

  test('is looked for among all documents once where only the other side has it', async () => {
    const spent = fire.reads();
    await explain('p1', 'dora');
    // Three, and that there are no more.
    assert.equal(fire.reads() - spent, 4);
  });

  test('is explained without reading every document where what the other side leads to differs', async () => {
    const spent = fire.reads();
    const { stdout } = await explainIn('posts', 'p2');
    assert.deepEqual((JSON.parse(stdout) as { differences: unknown }).differences, [{ type: 'DATA_MISMATCH', path: 'title' }]);
    assert.ok(fire.reads() - spent < 10, `${fire.reads() - spent}`);
  });

  test('is said to be on neither side where it is not', async () => {
    const spent = fire.reads();
    const absent = await explain('p1', 'nobody');
    const reads = fire.reads() - spent;
    const unnamed = await explain('p1', 'key-00000000');
    // What was looked for under every key is not looked for once more. Where nothing is found, it costs one read.
    assert.ok(fire.reads() - spent <= 2 * reads + 1, `${fire.reads() - spent}, ${reads}`);
    assert.deepEqual([absent.exitCode, unnamed.exitCode], [2, 2]);
    assert.match(absent.stderr, /^Neither side has a row of likes with the key p1 nobody\.$/m);
    assert.match(unnamed.stderr, /^No row of likes is called p1 key-00000000\./m);
  });
});

test('doctor says where a count is only an upper limit, since the store cannot tell which documents are in scope', async () => {
  const env = { SUPABASE_URL: stage.door.url, SUPABASE_KEY: stage.world.secretKey, FIRESTORE_EMULATOR_HOST: fire.host };
  const { stdout, stderr } = await driftwatch(['doctor'], { directory, env });
  assert.match(stdout, /Entity rooms\n.*: 2 legacy rows, 1 normalized row\.$/m, stderr);
  assert.match(stdout, /Entity posts\n.*: at most \d+ legacy rows, 4 normalized rows\.$/m, stderr);
});
