import { collection, deleteDoc, doc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { saveLater } from '../../shared/api/documents.ts';
import { deleteRow, timeOf, upsertLater } from '../../shared/api/rows.ts';

export type Draft = { id?: string; userId: string; boardId: string; title: string; content: string; contentJson?: unknown };

export function createDraftApi({ firestore, time, write }: Context) {
  return {
    /** The later `savedAt` wins. */
    async saveDraft({ id: known, userId, boardId, title, content, contentJson = null }: Draft): Promise<{ id: string }> {
      const drafts = collection(firestore, `users/${userId}/drafts`);
      const { id, path } = known === undefined ? doc(drafts) : doc(drafts, known);
      const savedAt = time();
      await write(
        { entityType: 'draft', operationType: known === undefined ? 'create' : 'update', entityId: id, path },
        () => saveLater(firestore, doc(firestore, path), 'savedAt', { boardId, title, content, contentJson, savedAt }),
        (supabase, taken) => {
          const text = {
            title: (taken['title'] as unknown) ?? null,
            content: (taken['content'] as unknown) ?? null,
            content_json: (taken['contentJson'] as unknown) ?? null,
          };
          return upsertLater(
            supabase,
            'drafts',
            { id, user_id: userId, board_id: (taken['boardId'] as unknown) ?? null, ...text, saved_at: timeOf(taken['savedAt']) },
            ['id'],
            'saved_at',
          );
        },
      );
      return { id };
    },

    async deleteDraft({ userId, draftId }: { userId: string; draftId: string }): Promise<void> {
      const path = `users/${userId}/drafts/${draftId}`;
      await write(
        { entityType: 'draft', operationType: 'delete', entityId: draftId, path },
        () => deleteDoc(doc(firestore, path)),
        (supabase) => deleteRow(supabase, 'drafts', { id: draftId, user_id: userId }),
      );
    },
  };
}
