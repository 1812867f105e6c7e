import { arrayRemove, arrayUnion, doc, updateDoc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { deleteRow, insertOnce } from '../../shared/api/rows.ts';

export type WaitingRef = { boardId: string; userId: string };

/** The list is an array of the board's document, and one row a user in Supabase. */
export function createWaitingListApi({ firestore, write }: Context) {
  const about = ({ boardId, userId }: WaitingRef) => ({
    entityType: 'board_waiting_user',
    entityId: `${boardId}/${userId}`,
    path: `boards/${boardId}/waitingUsersIds/${userId}`,
  });

  return {
    async addUserToBoardWaitingList(waiting: WaitingRef): Promise<void> {
      const { boardId, userId } = waiting;
      await write(
        { ...about(waiting), operationType: 'create' },
        () => updateDoc(doc(firestore, `boards/${boardId}`), { waitingUsersIds: arrayUnion(userId) }),
        (supabase) => insertOnce(supabase, 'board_waiting_users', { board_id: boardId, user_id: userId }, 'board_id,user_id'),
      );
    },

    async removeUserFromBoardWaitingList(waiting: WaitingRef): Promise<void> {
      const { boardId, userId } = waiting;
      await write(
        { ...about(waiting), operationType: 'delete' },
        () => updateDoc(doc(firestore, `boards/${boardId}`), { waitingUsersIds: arrayRemove(userId) }),
        (supabase) => deleteRow(supabase, 'board_waiting_users', { board_id: boardId, user_id: userId }),
      );
    },
  };
}
