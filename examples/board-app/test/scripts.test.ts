import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { type BoardSystem, boardApp } from '../../../demo/board-system.ts';
import { startSystem } from './system.ts';
import { type Door, openDescribed } from '../../../demo/description.ts';
import { toFields } from '../../../demo/firestore/server.ts';

const declaration = parse(readFileSync(join(boardApp, 'driftwatch.yml'), 'utf8')) as { pairs: Record<string, { entities: Record<string, unknown> }> };

test('the declaration is one that the schema takes, with thirteen entities', () => {
  const schema = JSON.parse(readFileSync(join(boardApp, '../../driftwatch.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  assert.ok(validate(declaration), JSON.stringify(validate.errors));
  assert.deepEqual(Object.keys(declaration.pairs['board-app']?.entities ?? {}), [
    'users',
    'boards',
    'posts',
    'comments',
    'replies',
    'likes',
    'comment_reactions',
    'reply_reactions',
    'blocks',
    'drafts',
    'reviews',
    'waiting_list',
    'notifications',
  ]);
});

test('package.json names the packages of the repository, in the same versions', () => {
  const versions = (path: string) =>
    JSON.parse(readFileSync(path, 'utf8')) as { dependencies: Record<string, string>; devDependencies?: Record<string, string> };
  const root = versions(join(boardApp, '../../package.json'));
  const { dependencies } = versions(join(boardApp, 'package.json'));
  for (const [name, version] of Object.entries(dependencies)) assert.equal({ ...root.dependencies, ...root.devDependencies }[name], version, name);
});

let system: BoardSystem;
let door: Door;
before(async () => {
  system = await startSystem();
  door = await openDescribed(system.world);
});
after(async () => {
  await door?.close();
  await system?.close();
});

type Ran = { exitCode: number; stdout: string; stderr: string };

const run = (script: string, ...options: string[]): Promise<Ran> => start(script, ...options).ended;

function start(script: string, ...options: string[]): { kill: () => void; ended: Promise<Ran> } {
  return startAt(door.url, script, ...options);
}

function startAt(url: string, script: string, ...options: string[]): { kill: () => void; ended: Promise<Ran> } {
  const env = { ...process.env, SUPABASE_URL: url, SUPABASE_KEY: system.world.secretKey, FIRESTORE_EMULATOR_HOST: system.firestore.host };
  const { promise: ended, resolve } = Promise.withResolvers<Ran>();
  const child = execFile(process.execPath, [join(boardApp, 'scripts/migration', script), ...options], { env }, (error, stdout, stderr) =>
    resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
  );
  return { kill: () => void child.kill(), ended };
}

type Repair = { applied: boolean; changes: { entity: string; action: string }[] };

test('the gap is shown without being filled, filled, and gone; counts and recent writes say so', async () => {
  system.firestore.set('boards/b1', toFields({ title: 'Winter' }));
  const off = system.user('u1', { enabled: () => false, now: () => new Date('2026-01-15T21:00:00Z') });
  await off.api.createUser({ id: 'u1', realName: null, nickname: 'ada', email: null, phoneNumber: null, profilePhotoURL: null, bio: null });
  const late = system.user('u1', { enabled: () => false, now: () => new Date('2026-01-15T22:00:00Z') });
  await late.api.createPost({ boardId: 'b1', authorId: 'u1', title: 'In the gap', content: '', contentJson: { text: ['ü'] } });

  const counted = await run('verify-counts.ts', '--json');
  assert.equal(counted.exitCode, 1, counted.stderr);
  const { entities } = JSON.parse(counted.stdout) as { entities: { name: string; difference: number }[] };
  assert.deepEqual(
    entities.filter(({ difference }) => difference !== 0).map(({ name }) => name),
    ['users', 'boards', 'posts'],
  );

  const changes = ({ stdout, stderr }: { stdout: string; stderr: string }) => {
    assert.notEqual(stdout, '', stderr);
    return (JSON.parse(stdout) as Repair).changes.map(({ entity, action }) => `${action} ${entity}`);
  };
  // A document that does not say when it was written may be of the gap.
  assert.deepEqual(changes(await run('backfill-gap.ts', '--dry-run', '--json', '--since', '2026-01-15T21:52:00Z')), ['insert boards', 'insert posts']);
  assert.deepEqual(await system.world.sql('select id from posts'), []);
  assert.deepEqual(changes(await run('backfill-gap.ts', '--json')), ['insert users', 'insert boards', 'insert posts']);
  assert.deepEqual(await system.world.sql('select title, content_json, updated_at::text from posts'), [
    { title: 'In the gap', content_json: { text: ['ü'] }, updated_at: '2026-01-15 22:00:00+00' },
  ]);
  assert.equal((await run('verify-counts.ts')).exitCode, 0);

  const { api } = system.user('u1');
  await api.createLike({ boardId: 'b1', postId: 'p1', userId: 'u1' });
  const well = await run('verify-dual-write.ts', '--minutes', '30', '--json');
  assert.equal(well.exitCode, 0, well.stderr);
  assert.match(well.stderr, /write_ops of the last 30 minutes: 1 done, 0 pending, 0 failed/);
  assert.equal((JSON.parse(well.stdout) as { mode: string }).mode, 'recent');
  system.setReachable(false);
  await api.createLike({ boardId: 'b1', postId: 'p2', userId: 'u1' });
  system.setReachable(true);
  assert.equal((await run('verify-dual-write.ts', '--minutes', '30')).exitCode, 1);
  for (const wrong of [['--minutes', 'x'], ['--minutes'], ['--minutes='], ['--minutes', '-5'], ['--minutes=0'], ['--minutes', '527041']]) {
    const { exitCode, stderr } = await run('verify-dual-write.ts', ...wrong);
    assert.deepEqual([exitCode, stderr], [2, '--minutes takes a whole number of minutes from 1 to 527040, such as 30.\n'], wrong.join(' '));
  }
  const spelled = await run('verify-dual-write.ts', '--json', '--minutes=5', '--settle-seconds=0');
  assert.match(spelled.stderr, /write_ops of the last 5 minutes/);
  assert.equal((JSON.parse(spelled.stdout) as { mode: string }).mode, 'recent');
});

test('every script says what it takes, and does nothing else', async () => {
  for (const [script, own, command] of [
    ['backfill-gap.ts', /--dry-run/, 'repair'],
    ['verify-counts.ts', /^Usage/, 'counts'],
    ['verify-dual-write.ts', /--minutes/, 'check'],
  ] as const) {
    const { exitCode, stdout, stderr } = await run(script, '--help');
    assert.deepEqual([exitCode, stderr], [0, ''], script);
    assert.match(stdout, own);
    assert.match(stdout, new RegExp(`^Usage: node scripts/migration/${script} [^]*handed on to driftwatch ${command}:[^]*Usage: driftwatch ${command} `));
  }
  const { stdout } = await run('backfill-gap.ts', '--apply', '--dry-run', '--json');
  assert.equal((JSON.parse(stdout) as Repair).applied, false);
  const cut = await run('backfill-gap.ts', '--since');
  assert.deepEqual([cut.exitCode, cut.stderr.split('\n')[0]], [2, "option '--since <time>' argument missing"]);
});

test("a row that a user put under the id of somebody's lost post, and what went with it, is put right by the repair", async () => {
  const author = system.user('author', { enabled: () => false });
  const { id } = await author.api.createPost({ boardId: 'b1', authorId: 'author', title: 'Lost', content: '' });
  const reader = system.user('reader');
  await reader.api.createComment({ boardId: 'b1', postId: id, userId: 'reader', content: 'Good' });
  const stranger = system.user('stranger').supabase;
  for (const board_id of ['b1', 'b2']) {
    await system.world.sql(`delete from posts where id = '${id}'`);
    await stranger.from('posts').insert({ id, board_id: 'b1', author_id: 'stranger', title: 'Mine' });
    await stranger.from('posts').delete().eq('id', id);
    await stranger.from('posts').insert({ id, board_id, author_id: 'stranger', title: 'Mine' });
    assert.equal((await system.world.sql(`select * from comments where post_id = '${id}'`)).length, 0);
    assert.equal((await run('backfill-gap.ts')).exitCode, 0);
    assert.deepEqual(await system.world.sql(`select board_id, author_id, title from posts where id = '${id}'`), [
      { board_id: 'b1', author_id: 'author', title: 'Lost' },
    ]);
    assert.equal((await system.world.sql(`select * from comments where post_id = '${id}'`)).length, 1);
    assert.equal((await run('verify-counts.ts')).exitCode, 0);
  }
});

test('what goes with a deleted orphan although Firestore has it is said, and restored by the next run', async () => {
  const { api } = system.user('u2');
  const post = { boardId: 'b1', postId: (await api.createPost({ boardId: 'b1', authorId: 'u2', title: 'Long', content: '' })).id };
  const comment = { ...post, commentId: (await api.createComment({ ...post, userId: 'u2', content: 'Deleted' })).id };
  await api.createReply({ ...comment, userId: 'u2', content: 'Still there' });
  // As the Firebase console deletes: what lies below it stays.
  system.firestore.delete(`boards/b1/posts/${post.postId}/comments/${comment.commentId}`);
  const first = await run('backfill-gap.ts', '--delete-orphans');
  assert.equal(first.exitCode, 1, first.stderr);
  assert.match(first.stdout, /1 other row differs too: the data changed in the meantime, or went with a deleted row\. Run it again\./);
  assert.equal((await run('backfill-gap.ts', '--delete-orphans')).exitCode, 0);
  assert.deepEqual(await system.world.sql(`select content from replies where post_id = '${post.postId}'`), [{ content: 'Still there' }]);
});

test('a text that Postgres cannot hold is named by the repair, which brings everything else', async () => {
  const { api, reported } = system.user('a-nul');
  const none = { realName: null, nickname: null, email: null, phoneNumber: null, profilePhotoURL: null };
  await api.createUser({ id: 'a-nul', ...none, bio: 'before\0after' });
  const { id } = await system.user('author', { enabled: () => false }).api.createPost({ boardId: 'b1', authorId: 'author', title: 'Lost', content: '\\u0000' });
  const draft = await api.saveDraft({ userId: 'a-nul', boardId: 'b1', title: '', content: '', contentJson: { 'a\0b': 1 } });
  assert.equal(reported.length, 2);

  const { exitCode, stdout } = await run('backfill-gap.ts', '--json');
  assert.equal(exitCode, 1);
  const { changes, skipped } = JSON.parse(stdout) as Repair & { skipped: { entity: string; key: object; reason: string }[] };
  assert.deepEqual(
    changes.map(({ entity, action }) => `${action} ${entity}`),
    ['insert users', 'insert posts', 'insert drafts'],
  );
  assert.deepEqual(skipped, [
    { entity: 'users', key: { id: 'a-nul' }, reason: 'malformed' },
    { entity: 'drafts', key: { id: draft.id }, reason: 'malformed' },
  ]);
  assert.deepEqual(await system.world.sql(`select content from posts where id = '${id}'`), [{ content: '\\u0000' }]);
  assert.deepEqual(await system.world.sql(`select bio from users where id = 'a-nul'`), [{ bio: null }]);
});

test('a repair that is killed ends with its script, and says what it wrote', async () => {
  const ids = Array.from({ length: 40 }, (_, number) => `killed-${number}`);
  for (const id of ids) system.firestore.set(`users/${id}`, toFields({ nickname: 'new' }));
  await system.world.sql(`insert into users (id, nickname) select 'killed-' || n, 'old' from generate_series(0, 39) as n`);
  system.world.requests.length = 0;
  const { kill, ended } = start('backfill-gap.ts', '--entity', 'users');
  while (!system.world.requests.some(({ method }) => method === 'PATCH')) await new Promise(setImmediate);
  kill();
  const { exitCode, stderr } = await ended;
  assert.equal(exitCode, 2);
  const [, written] = /^(\d+) of \d+ changes? w\w+ written, .* It was interrupted\./m.exec(stderr) ?? [];
  assert.deepEqual(await system.world.sql(`select count(*)::int as new from users where id like 'killed-%' and nickname = 'new'`), [{ new: Number(written) }]);
  assert.ok(Number(written) < 40);
});

test('operations that cannot be counted are not none', async () => {
  await system.world.sql('alter table write_ops rename to hidden_ops');
  const { exitCode, stderr } = await run('verify-dual-write.ts', '--json', '--settle-seconds=0');
  await system.world.sql('alter table hidden_ops rename to write_ops');
  assert.equal(exitCode, 2);
  assert.match(stderr, /^write_ops could not be counted \(.+\)\./m);
});

test('a script that is ended after its command ends', async () => {
  const counting = Promise.withResolvers<void>();
  const server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/rest/v1/write_ops')) counting.resolve();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { kill, ended } = startAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'verify-dual-write.ts');
  await counting.promise;
  kill();
  // Whoever goes on gets no answer, and nobody to ask again.
  const patience = setTimeout(() => {
    server.close();
    server.closeAllConnections();
  }, 5000);
  const { stderr } = await ended;
  clearTimeout(patience);
  server.close();
  server.closeAllConnections();
  assert.doesNotMatch(stderr, /write_ops could not be counted/);
});
