import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { BoardSystem } from '../../../demo/board-system.ts';
import { emptying } from '../../../demo/data.ts';
import { startSystem } from './system.ts';
import { failure, toFields } from '../../../demo/firestore/server.ts';
import type { TriggerEvent } from '../functions/src/notifications/index.ts';
import { actualTables, expectedTables } from './expected.ts';

let system: BoardSystem;
before(async () => {
  system = await startSystem();
});
after(async () => system?.close());
beforeEach(async () => {
  system.firestore.fault(undefined);
  for (const path of system.firestore.paths()) system.firestore.delete(path);
  await system.world.sql(emptying('notifications', 'write_ops'));
  system.firestore.set('boards/b/posts/p', toFields({ authorId: 'author' }));
  system.firestore.set('boards/b/posts/p/comments/c', toFields({ userId: 'commenter' }));
});

const triggers = (options?: Parameters<BoardSystem['triggers']>[0]) => system.triggers(options);

const event = (id: string, params: Record<string, string>, userId: string): TriggerEvent => ({
  id,
  time: '2026-01-20T10:00:00.123456Z',
  params: { boardId: 'b', postId: 'p', ...params },
  data: { userId, content: 'x' },
});
const notifications = () => system.world.sql('select id, recipient_id, type, from_user_id, post_id, read, "timestamp"::text from notifications order by id');
const inFirestore = (): string[] => system.firestore.paths().filter((path) => path.includes('/notifications/'));

async function same(): Promise<void> {
  const [actual, expected] = [await actualTables(system.world), expectedTables(system.firestore)];
  assert.deepEqual(actual['notifications'], expected['notifications']);
}

test('each trigger notifies the author of what was answered, on both sides', async () => {
  const { commentOnPost, replyOnComment, replyOnPost, reactionOnComment, likeOnPost, reported } = triggers();
  await commentOnPost(event('e/1', { commentId: 'c' }, 'commenter'));
  await replyOnComment(event('e/2', { commentId: 'c', replyId: 'r' }, 'somebody'));
  await replyOnPost(event('e/3', { commentId: 'c', replyId: 'r' }, 'somebody'));
  await reactionOnComment(event('e/4', { commentId: 'c', reactionId: 'x' }, 'somebody'));
  await likeOnPost(event('e/5', { likeId: 'somebody' }, 'somebody'));
  const one = { post_id: 'p', read: false, timestamp: '2026-01-20 10:00:00.123+00' };
  assert.deepEqual(await notifications(), [
    { id: 'e_1', recipient_id: 'author', type: 'comment_on_post', from_user_id: 'commenter', ...one },
    { id: 'e_2', recipient_id: 'commenter', type: 'reply_on_comment', from_user_id: 'somebody', ...one },
    { id: 'e_3', recipient_id: 'author', type: 'reply_on_post', from_user_id: 'somebody', ...one },
    { id: 'e_4', recipient_id: 'commenter', type: 'reaction_on_comment', from_user_id: 'somebody', ...one },
    { id: 'e_5', recipient_id: 'author', type: 'like_on_post', from_user_id: 'somebody', ...one },
  ]);
  await same();
  assert.deepEqual(reported, []);
});

test('a second delivery makes no second notification, brings a lost row, and leaves it read', async () => {
  const { commentOnPost, reported } = triggers();
  const delivered = event('e1', { commentId: 'c' }, 'commenter');
  await commentOnPost(delivered);
  await commentOnPost(delivered);
  assert.equal((await notifications()).length, 1);
  system.firestore.set('users/author/notifications/e1', { ...system.firestore.get('users/author/notifications/e1'), read: { booleanValue: true } });
  await system.world.sql('update notifications set read = true');
  await commentOnPost(delivered);
  await same();
  await system.world.sql('delete from notifications');
  await commentOnPost(delivered);
  await same();
  assert.equal((await notifications())[0]?.['read'], true);
  assert.deepEqual(reported, []);
});

test('deliveries at the same time make one notification', async () => {
  const { likeOnPost } = triggers();
  await Promise.all(Array.from({ length: 5 }, () => likeOnPost(event('e1', { likeId: 'u' }, 'u'))));
  assert.equal(inFirestore().length, 1);
  await same();
});

test('nobody is notified of their own doings, nor where the parent or its author is gone', async () => {
  const { commentOnPost, replyOnComment, replyOnPost, reported } = triggers();
  await commentOnPost(event('e1', { commentId: 'c' }, 'author'));
  await replyOnComment(event('e2', { commentId: 'gone', replyId: 'r' }, 'somebody'));
  system.firestore.set('boards/b/posts/p', toFields({ title: "nobody's" }));
  await replyOnPost(event('e3', { commentId: 'c', replyId: 'r' }, 'somebody'));
  assert.deepEqual([await notifications(), inFirestore(), reported], [[], [], []]);
});

test('nobody is notified where the author is no id of a user, wherever it would lead', async () => {
  const { commentOnPost, reported } = triggers();
  for (const authorId of ['', 'a/b', 'a/b/c', '/', 7, null, '.', '..', '__id__', '한'.repeat(501)]) {
    system.firestore.set('boards/b/posts/p', toFields({ authorId }));
    await commentOnPost(event('e1', { commentId: 'c' }, 'commenter'));
  }
  assert.deepEqual([inFirestore(), await notifications(), reported], [[], [], []]);
});

test('who wrote both post and comment gets both notifications', async () => {
  system.firestore.set('boards/b/posts/p/comments/c', toFields({ userId: 'author' }));
  const { replyOnComment, replyOnPost } = triggers();
  await replyOnComment(event('e1', { commentId: 'c', replyId: 'r' }, 'somebody'));
  await replyOnPost(event('e2', { commentId: 'c', replyId: 'r' }, 'somebody'));
  assert.deepEqual(inFirestore(), ['users/author/notifications/e1', 'users/author/notifications/e2']);
});

test('a trigger rejects where Firestore failed, so that it is delivered again, and where Supabase failed it does not', async () => {
  const { likeOnPost, reported } = triggers();
  system.firestore.fault(({ rpc }) => (rpc === 'commit' ? failure('PERMISSION_DENIED', 'no') : undefined));
  await assert.rejects(likeOnPost(event('e1', { likeId: 'u' }, 'u')), { code: 'permission-denied' });
  assert.deepEqual([await notifications(), reported], [[], []]);
  system.firestore.fault(undefined);
  await system.world.sql('alter table notifications rename to elsewhere');
  try {
    await likeOnPost(event('e1', { likeId: 'u' }, 'u'));
  } finally {
    await system.world.sql('alter table elsewhere rename to notifications');
  }
  assert.deepEqual([inFirestore().length, reported.length], [1, 1]);
  await likeOnPost(event('e1', { likeId: 'u' }, 'u'));
  await same();
});

test('switched off, only Firestore is notified in', async () => {
  const { likeOnPost } = triggers({ enabled: () => false });
  await likeOnPost(event('e1', { likeId: 'u' }, 'u'));
  assert.deepEqual([inFirestore().length, await notifications()], [1, []]);
});
