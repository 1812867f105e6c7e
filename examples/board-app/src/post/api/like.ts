import { deleteDoc, doc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { createOnce } from '../../shared/api/documents.ts';
import { deleteRow, insertOnce, timeOf } from '../../shared/api/rows.ts';
import { type PostRef, postPath } from './post.ts';

export type LikeRef = PostRef & { userId: string };

/** A user likes a post once: the like's id is theirs. */
const likePath = ({ userId, ...post }: LikeRef): string => `${postPath(post)}/likes/${userId}`;

export function createLikeApi({ firestore, time, write }: Context) {
  return {
    async createLike(like: LikeRef): Promise<void> {
      const { boardId, postId, userId } = like;
      const path = likePath(like);
      const now = time();
      await write(
        { entityType: 'like', operationType: 'create', entityId: `${postId}/${userId}`, path },
        () => createOnce(firestore, doc(firestore, path), { userId, createdAt: now }),
        (supabase, taken) =>
          insertOnce(supabase, 'likes', { board_id: boardId, post_id: postId, user_id: userId, created_at: timeOf(taken['createdAt']) }, 'post_id,user_id'),
      );
    },

    async deleteUserLike(like: LikeRef): Promise<void> {
      const { boardId, postId, userId } = like;
      const path = likePath(like);
      await write(
        { entityType: 'like', operationType: 'delete', entityId: `${postId}/${userId}`, path },
        () => deleteDoc(doc(firestore, path)),
        (supabase) => deleteRow(supabase, 'likes', { board_id: boardId, post_id: postId, user_id: userId }),
      );
    },
  };
}
