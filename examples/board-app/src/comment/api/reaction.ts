import { collection, deleteDoc, doc, getDocs, query, setDoc, where, writeBatch } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { deleteRow, insertOnce, timeOf } from '../../shared/api/rows.ts';
import { type CommentRef, commentPath } from './comment.ts';
import { replyPath } from './reply.ts';

/** Of a reply where `replyId` is given, else of the comment. */
export type ReactedRef = CommentRef & { replyId?: string };

const reactionsPath = ({ replyId, ...comment }: ReactedRef): string =>
  `${replyId === undefined ? commentPath(comment) : replyPath({ ...comment, replyId })}/reactions`;

/** The row of that very document: another comment or reply may have a reaction of the same id. */
const reactionKey = ({ boardId, postId, commentId, replyId }: ReactedRef, id: string) => ({
  id,
  board_id: boardId,
  post_id: postId,
  ...(replyId === undefined ? { comment_id: commentId } : { reply_id: replyId }),
});

export function createReactionApi({ firestore, time, write, writeAll }: Context) {
  return {
    async createReaction({ userId, content, ...reacted }: ReactedRef & { userId: string; content: string }): Promise<{ id: string }> {
      const { boardId, postId, commentId, replyId } = reacted;
      const { id, path } = doc(collection(firestore, reactionsPath(reacted)));
      const now = time();
      // A row has one parent, and that of a reply is the reply.
      const parent = replyId === undefined ? { comment_id: commentId, reply_id: null } : { comment_id: null, reply_id: replyId };
      await write(
        { entityType: 'reaction', operationType: 'create', entityId: id, path },
        () => setDoc(doc(firestore, path), { userId, content, createdAt: now }),
        (supabase) =>
          insertOnce(supabase, 'reactions', { id, board_id: boardId, post_id: postId, ...parent, user_id: userId, content, created_at: timeOf(now) }, 'id'),
      );
      return { id };
    },

    async deleteReaction({ reactionId, ...reacted }: ReactedRef & { reactionId: string }): Promise<void> {
      const path = `${reactionsPath(reacted)}/${reactionId}`;
      await write(
        { entityType: 'reaction', operationType: 'delete', entityId: reactionId, path },
        () => deleteDoc(doc(firestore, path)),
        (supabase) => deleteRow(supabase, 'reactions', reactionKey(reacted, reactionId)),
      );
    },

    /** Every reaction of that user there. */
    async deleteUserReaction({ userId, ...reacted }: ReactedRef & { userId: string }): Promise<void> {
      const theirs = await getDocs(query(collection(firestore, reactionsPath(reacted)), where('userId', '==', userId)));
      if (theirs.empty) return;
      await writeAll(
        { entityType: 'reaction', operationType: 'delete' },
        theirs.docs.map(({ id, ref: { path } }) => ({
          entityId: id,
          path,
          toSupabase: (supabase) => deleteRow(supabase, 'reactions', reactionKey(reacted, id)),
        })),
        async () => {
          const batch = writeBatch(firestore);
          for (const { ref } of theirs.docs) batch.delete(ref);
          await batch.commit();
        },
      );
    },
  };
}
