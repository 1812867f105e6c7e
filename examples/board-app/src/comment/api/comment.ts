import { collection, doc, setDoc, updateDoc } from 'firebase/firestore/lite';
import { type PostRef, postPath } from '../../post/api/post.ts';
import type { Context } from '../../shared/api/context.ts';
import { deleteTree } from '../../shared/api/documents.ts';
import { deleteRow, insertOnce, timeOf, updateEarlier } from '../../shared/api/rows.ts';

export type CommentRef = PostRef & { commentId: string };

export const commentPath = ({ commentId, ...post }: CommentRef): string => `${postPath(post)}/comments/${commentId}`;

/** The row of that very document: another post may have a comment of the same id. */
const commentKey = ({ boardId, postId, commentId }: CommentRef) => ({ id: commentId, board_id: boardId, post_id: postId });

export function createCommentApi({ firestore, time, write }: Context) {
  return {
    async createComment({ userId, content, ...post }: PostRef & { userId: string; content: string }): Promise<{ id: string }> {
      const { boardId, postId } = post;
      const { id, path } = doc(collection(firestore, `${postPath(post)}/comments`));
      const now = time();
      await write(
        { entityType: 'comment', operationType: 'create', entityId: id, path },
        () => setDoc(doc(firestore, path), { userId, content, createdAt: now, updatedAt: now }),
        (supabase) =>
          insertOnce(
            supabase,
            'comments',
            { id, board_id: boardId, post_id: postId, user_id: userId, content, created_at: timeOf(now), updated_at: timeOf(now) },
            'id',
          ),
      );
      return { id };
    },

    async updateCommentToPost({ content, ...comment }: CommentRef & { content: string }): Promise<void> {
      const path = commentPath(comment);
      const now = time();
      await write(
        { entityType: 'comment', operationType: 'update', entityId: comment.commentId, path },
        () => updateDoc(doc(firestore, path), { content, updatedAt: now }),
        (supabase) => updateEarlier(supabase, 'comments', commentKey(comment), 'updated_at', { content, updated_at: timeOf(now) }),
      );
    },

    /** And its replies, and the reactions to it and to them. */
    async deleteCommentToPost(comment: CommentRef): Promise<void> {
      const path = commentPath(comment);
      await write(
        { entityType: 'comment', operationType: 'delete', entityId: comment.commentId, path },
        () => deleteTree(firestore, path, ['replies', 'reactions']),
        (supabase) => deleteRow(supabase, 'comments', commentKey(comment)),
      );
    },
  };
}
