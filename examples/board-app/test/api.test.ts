import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Timestamp } from 'firebase/firestore/lite';
import type { BoardSystem } from '../../../demo/board-system.ts';
import { startSystem, tables } from './system.ts';
import { emptying } from '../../../demo/data.ts';
import { failure, toFields } from '../../../demo/firestore/server.ts';
import { createBoardApi } from '../src/boardApi.ts';
import { timeOf } from '../src/shared/api/rows.ts';
import { actualTables, expectedTables } from './expected.ts';

let system: BoardSystem;
before(async () => {
  system = await startSystem();
});
after(async () => system?.close());
beforeEach(async () => {
  system.firestore.fault(undefined);
  for (const path of system.firestore.paths()) system.firestore.delete(path);
  await system.world.sql(emptying(...tables));
  system.firestore.set('boards/b1', toFields({ title: 'One', cohort: 3 }));
});

const profile = {
  realName: 'Ada Example',
  nickname: 'ada',
  email: 'ada@example.org',
  phoneNumber: null,
  profilePhotoURL: 'https://example.org/ada.png',
  bio: null,
};
const post = { boardId: 'b1', authorId: 'u1', title: 'Title', content: 'Text' };

async function bothAgree(): Promise<void> {
  assert.deepEqual(await actualTables(system.world), expectedTables(system.firestore));
}

async function rows<Row>(statement: string): Promise<Row[]> {
  return system.world.sql<Row>(statement);
}

test('a user is created once, updated in part, and null is a value', async () => {
  const { api, reported } = system.user('u1', { now: () => new Date('2026-01-20T10:00:00.500Z') });
  await api.createUser({ id: 'u1', ...profile });
  await bothAgree();
  await api.createUser({ id: 'u1', ...profile, nickname: 'somebody else' });
  await bothAgree();
  await api.updateUser({ id: 'u1', bio: 'Writes.', email: null, nickname: undefined });
  await bothAgree();
  assert.deepEqual(await rows('select nickname, email, bio, created_at::text, updated_at::text from users'), [
    { nickname: 'ada', email: null, bio: 'Writes.', created_at: '2026-01-20 10:00:00.5+00', updated_at: '2026-01-20 10:00:00.502+00' },
  ]);
  assert.deepEqual(reported, []);
  assert.deepEqual(await rows(`select entity_type, operation_type, entity_id, status, actor from write_ops order by created_at`), [
    { entity_type: 'user', operation_type: 'create', entity_id: 'u1', status: 'done', actor: 'u1' },
    { entity_type: 'user', operation_type: 'create', entity_id: 'u1', status: 'done', actor: 'u1' },
    { entity_type: 'user', operation_type: 'update', entity_id: 'u1', status: 'done', actor: 'u1' },
  ]);
});

test('a deleted user takes along blocks, drafts and notifications on both sides, and leaves what was written on boards', async () => {
  const { api, reported } = system.user('u1');
  await api.createUser({ id: 'u1', ...profile });
  await api.blockUser({ blockerId: 'u1', blockedId: 'u2' });
  await api.saveDraft({ userId: 'u1', boardId: 'b1', title: 'A', content: '' });
  await api.createPost(post);
  await system.user('u2').api.blockUser({ blockerId: 'u2', blockedId: 'u1' });
  system.firestore.set(
    'users/u1/notifications/n1',
    toFields({ type: 'like_on_post', fromUserId: 'u2', message: 'x', postId: 'p', read: false, timestamp: new Date(0) }),
  );
  await system.world.sql(`insert into notifications values ('n1', 'u1', 'like_on_post', 'u2', 'x', 'p', false, to_timestamp(0))`);
  await bothAgree();
  await api.deleteUser({ id: 'u1' });
  await bothAgree();
  assert.deepEqual(
    system.firestore.paths().map((path) => path.split('/').slice(-2)[0]),
    ['boards', 'posts', 'blockedUsers'],
  );
  assert.deepEqual(reported, []);
});

test('blocking twice is once, and unblocking what is not blocked succeeds', async () => {
  const { api, reported } = system.user('u1');
  const block = { blockerId: 'u1', blockedId: 'u2' };
  await api.unblockUser(block);
  await api.blockUser(block);
  await api.blockUser(block);
  await bothAgree();
  assert.equal((await rows('select 1 from blocks')).length, 1);
  await api.unblockUser(block);
  await bothAgree();
  assert.deepEqual(await rows('select 1 from blocks'), []);
  assert.deepEqual(reported, []);
});

test('a post starts without counts, and an update changes what it names', async () => {
  const { api, reported } = system.user('u1');
  const { id } = await api.createPost({ ...post, contentJson: { type: 'doc', content: [{ text: 'é', marks: [] }], n: 1.5 }, visibility: 'private' });
  await api.createPost(post);
  await bothAgree();
  await api.updatePost({ boardId: 'b1', postId: id, title: 'Second', thumbnailImageURL: 'https://example.org/t.png' });
  await bothAgree();
  await api.updatePost({ boardId: 'b1', postId: id, contentJson: null, thumbnailImageURL: null, visibility: 'public' });
  await bothAgree();
  assert.deepEqual(
    await rows(`select title, content, content_json, visibility, count_of_comments, count_of_replies, count_of_likes from posts where id = '${id}'`),
    [{ title: 'Second', content: 'Text', content_json: null, visibility: 'public', count_of_comments: 0, count_of_replies: 0, count_of_likes: 0 }],
  );
  assert.deepEqual(reported, []);
});

/** A post with a comment, a reply, both kinds of reactions and a like, by several users. */
async function conversation() {
  const [one, two] = [system.user('u1'), system.user('u2')];
  const { id: postId } = await one.api.createPost(post);
  const at = { boardId: 'b1', postId };
  const { id: commentId } = await two.api.createComment({ ...at, userId: 'u2', content: 'A comment' });
  const comment = { ...at, commentId };
  const { id: replyId } = await one.api.createReply({ ...comment, userId: 'u1', content: 'A reply' });
  const reply = { ...comment, replyId };
  const { id: reactionId } = await one.api.createReaction({ ...comment, userId: 'u1', content: '👍' });
  await two.api.createReaction({ ...reply, userId: 'u2', content: '🎉' });
  await two.api.createLike({ ...at, userId: 'u2' });
  return { one, two, at, comment, reply, reactionId };
}

test('comments, replies, reactions and likes reach both sides, and edits move updatedAt', async () => {
  const { one, two, comment, reply, reactionId, at } = await conversation();
  await bothAgree();
  assert.deepEqual(await rows('select comment_id is null as of_reply, reply_id is null as of_comment from reactions order by 1'), [
    { of_reply: false, of_comment: true },
    { of_reply: true, of_comment: false },
  ]);
  await two.api.updateCommentToPost({ ...comment, content: 'Edited' });
  await one.api.updateReplyToComment({ ...reply, content: 'Edited too' });
  await two.api.createLike({ ...at, userId: 'u2' });
  await bothAgree();
  assert.deepEqual(
    await rows('select content, updated_at > created_at as edited from comments union all select content, updated_at > created_at from replies order by 1'),
    [
      { content: 'Edited', edited: true },
      { content: 'Edited too', edited: true },
    ],
  );
  await two.api.deleteUserLike({ ...at, userId: 'u2' });
  await two.api.deleteUserLike({ ...at, userId: 'u2' });
  await one.api.deleteReaction({ ...comment, reactionId });
  await bothAgree();
  assert.deepEqual(await rows('select 1 from likes'), []);
  await two.api.deleteUserReaction({ ...reply, userId: 'u2' });
  await bothAgree();
  assert.deepEqual(await rows('select 1 from reactions'), []);
  assert.deepEqual([...one.reported, ...two.reported], []);
});

test("a user takes all their reactions back at once, and nobody else's", async () => {
  const { one, two, comment } = await conversation();
  await one.api.createReaction({ ...comment, userId: 'u1', content: '👏' });
  await two.api.createReaction({ ...comment, userId: 'u2', content: '👏' });
  await one.api.deleteUserReaction({ ...comment, userId: 'u1' });
  await one.api.deleteUserReaction({ ...comment, userId: 'u1' });
  await bothAgree();
  assert.deepEqual(await rows('select user_id from reactions'), [{ user_id: 'u2' }, { user_id: 'u2' }]);
});

test('a deleted reply, comment or post takes along what hangs on it, whoever wrote it', async () => {
  const first = await conversation();
  const second = await conversation();
  await second.one.api.deleteReplyToComment(second.reply);
  await bothAgree();
  assert.equal((await rows('select 1 from reactions where reply_id is not null')).length, 1);
  await first.two.api.deleteCommentToPost(first.comment);
  await bothAgree();
  assert.equal((await rows('select 1 from replies')).length, 0);
  await second.one.api.deletePost(second.at);
  await first.one.api.deletePost(first.at);
  await bothAgree();
  assert.deepEqual(system.firestore.paths(), ['boards/b1']);
  await first.one.api.deletePost(first.at);
  assert.deepEqual([...first.one.reported, ...first.two.reported, ...second.one.reported], []);
});

test('what an older app left below a document that is no longer there is deleted with its post, and nothing beside it', async () => {
  const { api } = system.user('u1');
  const { id } = await api.createPost(post);
  const left = [`boards/b1/posts/${id}/comments/gone/replies/r1`, `boards/b1/posts/${id}/comments/gone/replies/gone/reactions/x`];
  const beside = [`boards/b1/posts/${id}a/comments/c1`, 'boards/b1/posts/0/comments/c1/replies/r1', `boards/b2/posts/${id}/likes/u1`];
  for (const path of [...left, ...beside]) system.firestore.set(path, {});
  await api.deletePost({ boardId: 'b1', postId: id });
  assert.deepEqual(
    system.firestore
      .paths()
      .filter((path) => path !== 'boards/b1')
      .toSorted(),
    beside.toSorted(),
  );
});

test('a tree of more documents than one batch takes is deleted whole, its root last', async () => {
  const { api } = system.user('u1');
  const { id } = await api.createPost(post);
  for (let number = 0; number < 1100; number++) system.firestore.set(`boards/b1/posts/${id}/likes/u${number}`, {});
  system.firestore.requests.length = 0;
  await api.deletePost({ boardId: 'b1', postId: id });
  assert.deepEqual(system.firestore.paths(), ['boards/b1']);
  const deleted = system.firestore.requests
    .filter(({ rpc }) => rpc === 'commit')
    .map(({ body }) => (body as { writes: { delete: string }[] }).writes.map((write) => write.delete));
  assert.deepEqual(
    deleted.map((names) => names.length),
    [500, 500, 100, 1],
  );
  assert.match(String(deleted.at(-1)?.[0]), /\/posts\/[^/]+$/);
});

test('the later savedAt of a draft wins, in whatever order two devices are heard', async () => {
  let now = Date.parse('2026-01-20T10:00:00Z');
  const [phone, laptop] = [system.user('u1', { now: () => new Date(now) }), system.user('u1', { now: () => new Date(now + 60_000) })];
  const draft = { id: 'd1', userId: 'u1', boardId: 'b1' };
  assert.deepEqual(await laptop.api.saveDraft({ ...draft, title: 'later', content: 'x', contentJson: [1] }), { id: 'd1' });
  now += 1000;
  await phone.api.saveDraft({ ...draft, title: 'earlier', content: '' });
  await bothAgree();
  assert.deepEqual(await rows('select title from drafts'), [{ title: 'later' }]);
  now += 120_000;
  await phone.api.saveDraft({ ...draft, title: 'latest', content: '' });
  await bothAgree();
  assert.deepEqual(await rows('select title, content_json from drafts'), [{ title: 'latest', content_json: null }]);
  await phone.api.deleteDraft({ userId: 'u1', draftId: 'd1' });
  await phone.api.deleteDraft({ userId: 'u1', draftId: 'd1' });
  await bothAgree();
  assert.deepEqual([...phone.reported, ...laptop.reported], []);
});

test('there is one review a reviewer, and the later createdAt wins', async () => {
  const { api, reported } = system.user('u1', { now: () => new Date('2026-01-20T10:00:00Z') });
  const review = { boardId: 'b1', reviewerId: 'u1', keepText: 'Writing', nps: 9, willContinue: true };
  await api.createReview(review);
  await bothAgree();
  await api.addReviewToBoard({ ...review, keepText: 'Older', createdAt: new Date('2026-01-19T10:00:00Z') });
  await api.addReviewToBoard({ ...review, keepText: 'Same time', createdAt: new Date('2026-01-20T10:00:00Z') });
  await bothAgree();
  assert.deepEqual(await rows('select keep_text, nps, will_continue, try_text from reviews'), [
    { keep_text: 'Writing', nps: 9, will_continue: true, try_text: null },
  ]);
  await api.addReviewToBoard({ boardId: 'b1', reviewerId: 'u1', tryText: 'Newer', createdAt: new Date('2026-01-21T10:00:00Z') });
  await bothAgree();
  assert.deepEqual(await rows('select keep_text, nps, will_continue, try_text from reviews'), [
    { keep_text: null, nps: null, will_continue: null, try_text: 'Newer' },
  ]);
  assert.deepEqual(reported, []);
});

test('a waiting list has everybody once, and needs its board', async () => {
  const { api, reported } = system.user('u1');
  const waiting = { boardId: 'b1', userId: 'u1' };
  await api.removeUserFromBoardWaitingList(waiting);
  await api.addUserToBoardWaitingList(waiting);
  await api.addUserToBoardWaitingList(waiting);
  await system.user('u2').api.addUserToBoardWaitingList({ boardId: 'b1', userId: 'u2' });
  await bothAgree();
  assert.equal((await rows('select 1 from board_waiting_users')).length, 2);
  await api.removeUserFromBoardWaitingList(waiting);
  await bothAgree();
  const operations = (await rows('select 1 from write_ops')).length;
  await assert.rejects(api.addUserToBoardWaitingList({ boardId: 'none', userId: 'u1' }), { code: 'not-found' });
  assert.equal((await rows('select 1 from write_ops')).length, operations);
  assert.deepEqual(reported, []);
});

test('deleting what is not there leaves the row of the same id elsewhere', async () => {
  const { api, reported } = system.user('u1');
  const { id: postId } = await api.createPost(post);
  const at = { boardId: 'b1', postId };
  const { id: commentId } = await api.createComment({ ...at, userId: 'u1', content: 'A comment' });
  const comment = { ...at, commentId };
  const { id: replyId } = await api.createReply({ ...comment, userId: 'u1', content: 'A reply' });
  const { id: reactionId } = await api.createReaction({ ...comment, userId: 'u1', content: '👍' });
  await api.createLike({ ...at, userId: 'u1' });
  const { id: draftId } = await api.saveDraft({ userId: 'u1', boardId: 'b1', title: 'A', content: '' });
  const elsewhere = { boardId: 'b2', postId };
  await api.deleteReaction({ ...comment, replyId, reactionId });
  await api.deleteReaction({ ...elsewhere, commentId, reactionId });
  await api.deleteReplyToComment({ ...elsewhere, commentId, replyId });
  await api.deleteCommentToPost({ ...elsewhere, commentId });
  await api.deleteUserLike({ ...elsewhere, userId: 'u1' });
  await api.deletePost(elsewhere);
  await api.deleteDraft({ userId: 'u2', draftId });
  await bothAgree();
  assert.equal((await rows('select from posts, comments, replies, reactions, likes, drafts')).length, 1);
  assert.deepEqual(reported, []);
});

test('what Firestore refuses is rejected and reaches Supabase in no way', async () => {
  const { api, reported } = system.user('u1');
  const nowhere = { boardId: 'b1', postId: 'none' };
  await assert.rejects(api.updatePost({ ...nowhere, title: 'x' }), { code: 'not-found' });
  await assert.rejects(api.updateUser({ id: 'none', bio: 'x' }), { code: 'not-found' });
  await assert.rejects(api.updateCommentToPost({ ...nowhere, commentId: 'none', content: 'x' }), { code: 'not-found' });
  await assert.rejects(api.updateReplyToComment({ ...nowhere, commentId: 'none', replyId: 'none', content: 'x' }), { code: 'not-found' });
  system.firestore.fault(({ rpc }) => (rpc === 'commit' ? failure('PERMISSION_DENIED', 'Missing or insufficient permissions.') : undefined));
  await assert.rejects(api.createPost(post), { code: 'permission-denied' });
  await assert.rejects(api.createUser({ id: 'u1', ...profile }), { code: 'permission-denied' });
  await assert.rejects(api.createLike({ boardId: 'b1', postId: 'p', userId: 'u1' }), { code: 'permission-denied' });
  assert.deepEqual(await rows('select 1 from write_ops'), []);
  assert.deepEqual(reported, []);
});

test('what Firestore took is a success even where a helper throws or rejects, and later writes go on', async () => {
  for (const helper of [
    () => {
      throw new Error('no helper');
    },
    () => Promise.reject(new Error('no helper')),
  ]) {
    const api = createBoardApi({ firestore: system.client, dualWrite: { dualWrite: helper, dualWriteBatch: helper } });
    const { id: postId } = await api.createPost(post);
    const at = { boardId: 'b1', postId };
    await api.updatePost({ ...at, title: 'Second' });
    const comment = { ...at, commentId: 'c' };
    await api.createReaction({ ...comment, userId: 'u1', content: '👍' });
    await api.deleteUserReaction({ ...comment, userId: 'u1' });
    assert.deepEqual(system.firestore.get(`boards/b1/posts/${postId}`)?.['title'], { stringValue: 'Second' });
  }
});

test('a clock that says what is no time keeps no later write from having one', async () => {
  // Firestore has no time after the year 9999.
  const clock = [Number.NaN, 8.64e15, Date.parse('2026-01-02T03:04:05.678Z')];
  const { api } = system.user('u1', { now: () => new Date(clock.shift() ?? 0) });
  for (let refused = 0; refused < 2; refused += 1) await assert.rejects(api.createLike({ boardId: 'b1', postId: 'p', userId: 'u1' }));
  await api.createLike({ boardId: 'b1', postId: 'p', userId: 'u1' });
  await bothAgree();
  assert.deepEqual(await rows(`select created_at = '2026-01-02T03:04:05.678Z' as is_right from likes`), [{ is_right: true }]);
});

test('a review at what is no time is refused, and written nowhere', async () => {
  const review = { boardId: 'b1', reviewerId: 'u1', nps: 9 };
  const { api } = system.user('u1', { now: () => new Date(Number.NaN) });
  const refused: Promise<void>[] = [
    api.createReview(review),
    ...[Number.NaN, 8.64e15].map((time) => api.addReviewToBoard({ ...review, createdAt: new Date(time) })),
  ];
  for (const one of await Promise.allSettled(refused)) assert.equal(one.status, 'rejected');
  assert.deepEqual(system.firestore.paths(), ['boards/b1']);
  assert.deepEqual(await rows('select 1 from write_ops'), []);
});

test('a repeated create brings the row that was lost, as the document is', async () => {
  const { api } = system.user('u1');
  await api.createUser({ id: 'u1', ...profile });
  await api.updateUser({ id: 'u1', bio: 'Writes.' });
  await api.createLike({ boardId: 'b1', postId: 'p', userId: 'u1' });
  await system.world.sql('delete from users; delete from likes');
  await api.createUser({ id: 'u1', ...profile });
  await api.createLike({ boardId: 'b1', postId: 'p', userId: 'u1' });
  await bothAgree();
});

test('it brings every digit of a time that another client wrote', async () => {
  const { api } = system.user('u1');
  const time = { timestampValue: '2036-01-10T10:00:00.123456Z' };
  system.firestore.set('users/u1', { createdAt: time, updatedAt: { timestampValue: '1969-12-31T23:59:59.999999Z' } });
  system.firestore.set('users/u1/blockedUsers/u2', { blockedAt: time });
  system.firestore.set('users/u1/drafts/d1', { savedAt: time });
  system.firestore.set('boards/b1/reviews/u1', { createdAt: time });
  await api.createUser({ id: 'u1', ...profile });
  await api.blockUser({ blockerId: 'u1', blockedId: 'u2' });
  await api.saveDraft({ id: 'd1', userId: 'u1', boardId: 'b1', title: '', content: '' });
  await api.createReview({ boardId: 'b1', reviewerId: 'u1' });
  assert.deepEqual(
    await rows(`select u.created_at::text, u.updated_at::text, blocked_at::text, saved_at::text, r.created_at::text as reviewed_at
      from users u, blocks, drafts, reviews r`),
    [
      {
        created_at: '2036-01-10 10:00:00.123456+00',
        updated_at: '1969-12-31 23:59:59.999999+00',
        blocked_at: '2036-01-10 10:00:00.123456+00',
        saved_at: '2036-01-10 10:00:00.123456+00',
        reviewed_at: '2036-01-10 10:00:00.123456+00',
      },
    ],
  );
});

test('a time of this app is written in whole milliseconds', async () => {
  for (const time of ['2026-01-20T10:00:00.500Z', '2026-01-20T10:00:00.000Z', '1969-12-31T23:59:59.999Z', '0001-01-01T00:00:00.001Z'])
    assert.equal(timeOf(Timestamp.fromDate(new Date(time))), time);
  assert.equal(timeOf(new Timestamp(-1, 999_000_999)), '1969-12-31T23:59:59.999Z');
  assert.equal(timeOf(new Timestamp(-1, 999_001_999)), '1969-12-31T23:59:59.999001Z');
});

test('writes to one document keep their order on both sides, however fast they are asked for', async () => {
  const { api, reported } = system.user('u1');
  const { id: postId } = await api.createPost(post);
  const like = { boardId: 'b1', postId, userId: 'u1' };
  await Promise.all([
    ...Array.from({ length: 10 }, (_, number) =>
      api.updatePost(number % 2 === 0 ? { boardId: 'b1', postId, title: `${number}` } : { boardId: 'b1', postId, content: `${number}` }),
    ),
    api.createLike(like),
    api.deleteUserLike(like),
    api.createLike(like),
    api.deleteUserLike(like),
  ]);
  await bothAgree();
  assert.deepEqual(await rows('select title, content from posts'), [{ title: '8', content: '9' }]);
  assert.deepEqual(await rows('select 1 from likes'), []);
  assert.deepEqual(reported, []);
});

test('a delete and the writes below it keep their order on both sides as well', async () => {
  const held = Promise.withResolvers<void>();
  const { api, reported } = system.user('u1', {
    fetch: async (input, init) => {
      if (init?.method === 'POST' && /\/(comments|drafts)\b/.test(String(input))) await held.promise;
      return fetch(input, init);
    },
  });
  await api.createUser({ id: 'u1', ...profile });
  const { id: postId } = await api.createPost(post);
  const comment = { boardId: 'b1', postId, userId: 'u1', content: 'Before' };
  // The first ones are still on their way when what they belong to is deleted; the others come after that.
  const all = [
    api.createComment(comment),
    api.saveDraft({ userId: 'u1', boardId: 'b1', title: 'Before', content: '' }),
    api.deletePost({ boardId: 'b1', postId }),
    api.deleteUser({ id: 'u1' }),
    api.createComment({ ...comment, content: 'After' }),
    api.createLike({ boardId: 'b1', postId, userId: 'u1' }),
    api.saveDraft({ userId: 'u1', boardId: 'b1', title: 'After', content: '' }),
  ];
  // Time enough for the deletes to overtake what is held, if they could.
  while ((await rows(`select 1 from write_ops where operation_type = 'delete'`)).length < 2) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn += 1) await system.admin.from('posts').select();
  held.resolve();
  await Promise.all(all);
  await bothAgree();
  assert.deepEqual(await rows('select content from comments union all select title from drafts union all select user_id from likes'), [
    { content: 'After' },
    { content: 'After' },
    { content: 'u1' },
  ]);
  assert.deepEqual(reported, []);
});

test('removing all reactions of a user waits for one that is still being made', async () => {
  const asked = Promise.withResolvers<void>();
  const through = Promise.withResolvers<void>();
  let isFirst = true;
  const { api, reported } = system.user('u1', {
    fetch: async (input, init) => {
      if (isFirst && String(input).includes('/reactions')) {
        isFirst = false;
        asked.resolve();
        await through.promise;
      }
      return fetch(input, init);
    },
  });
  const comment = { boardId: 'b1', postId: 'p1', commentId: 'c1' };
  const made = api.createReaction({ ...comment, userId: 'u1', content: '👍' });
  await asked.promise;
  const ended = api.deleteUserReaction({ ...comment, userId: 'u1' });
  // Time enough for the end to overtake what is held, if it could.
  while ((await rows(`select 1 from write_ops where operation_type = 'delete'`)).length === 0) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn += 1) await system.admin.from('reactions').select();
  through.resolve();
  await Promise.all([made, ended]);
  await bothAgree();
  assert.deepEqual(await rows('select 1 from reactions'), []);
  assert.deepEqual(reported, []);
});

test('switched off, only Firestore is written to', async () => {
  const { api } = system.user('u1', { enabled: () => false });
  system.world.requests.length = 0;
  await api.createUser({ id: 'u1', ...profile });
  await api.deleteUser({ id: 'u1' });
  assert.deepEqual(system.world.requests, []);
});

test('a text that Postgres cannot hold is on record as failed', async () => {
  const { api, reported } = system.user('u1');
  const { id } = await api.createPost({ ...post, content: 'a\u0000b' });
  assert.ok(system.firestore.get(`boards/b1/posts/${id}`));
  assert.equal(reported.length, 1);
  assert.deepEqual(await rows('select entity_id, status, error is not null as says_why from write_ops'), [{ entity_id: id, status: 'failed', says_why: true }]);
});
