import { collection, doc, setDoc, updateDoc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { deleteTree } from '../../shared/api/documents.ts';
import { deleteRow, insertOnce, timeOf, updateEarlier } from '../../shared/api/rows.ts';
import { type CommentRef, commentPath } from './comment.ts';

export type ReplyRef = CommentRef & { replyId: string };

export const replyPath = ({ replyId, ...comment }: ReplyRef): string => `${commentPath(comment)}/replies/${replyId}`;

/** The row of that very document: another comment may have a reply of the same id. */
const replyKey = ({ boardId, postId, commentId, replyId }: ReplyRef) => ({ id: replyId, board_id: boardId, post_id: postId, comment_id: commentId });

export function createReplyApi({ firestore, time, write }: Context) {
  return {
    async createReply({ userId, content, ...comment }: CommentRef & { userId: string; content: string }): Promise<{ id: string }> {
      const { boardId, postId, commentId } = comment;
      const { id, path } = doc(collection(firestore, `${commentPath(comment)}/replies`));
      const now = time();
      await write(
        { entityType: 'reply', operationType: 'create', entityId: id, path },
        () => setDoc(doc(firestore, path), { userId, content, createdAt: now, updatedAt: now }),
        (supabase) =>
          insertOnce(
            supabase,
            'replies',
            { id, board_id: boardId, post_id: postId, comment_id: commentId, user_id: userId, content, created_at: timeOf(now), updated_at: timeOf(now) },
            'id',
          ),
      );
      return { id };
    },

    async updateReplyToComment({ content, ...reply }: ReplyRef & { content: string }): Promise<void> {
      const path = replyPath(reply);
      const now = time();
      await write(
        { entityType: 'reply', operationType: 'update', entityId: reply.replyId, path },
        () => updateDoc(doc(firestore, path), { content, updatedAt: now }),
        (supabase) => updateEarlier(supabase, 'replies', replyKey(reply), 'updated_at', { content, updated_at: timeOf(now) }),
      );
    },

    /** And the reactions to it. */
    async deleteReplyToComment(reply: ReplyRef): Promise<void> {
      const path = replyPath(reply);
      await write(
        { entityType: 'reply', operationType: 'delete', entityId: reply.replyId, path },
        () => deleteTree(firestore, path, ['reactions']),
        (supabase) => deleteRow(supabase, 'replies', replyKey(reply)),
      );
    },
  };
}
