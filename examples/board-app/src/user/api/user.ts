import { type DocumentData, deleteDoc, doc, updateDoc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { createOnce, deleteTree } from '../../shared/api/documents.ts';
import { type Row, columnsOf, deleteRow, given, insertOnce, timeOf, updateEarlier } from '../../shared/api/rows.ts';

export type Profile = {
  realName: string | null;
  nickname: string | null;
  email: string | null;
  phoneNumber: string | null;
  profilePhotoURL: string | null;
  bio: string | null;
};
export type UserRef = { id: string };
export type BlockRef = { blockerId: string; blockedId: string };

const columns = {
  realName: 'real_name',
  nickname: 'nickname',
  email: 'email',
  phoneNumber: 'phone_number',
  profilePhotoURL: 'profile_photo_url',
  bio: 'bio',
} as const;
const fields = Object.keys(columns) as (keyof Profile)[];

function userRow(id: string, data: DocumentData): Row {
  const profile = Object.fromEntries(fields.map((field) => [columns[field], (data[field] as unknown) ?? null]));
  return { id, ...profile, created_at: timeOf(data['createdAt']), updated_at: timeOf(data['updatedAt']) };
}

export function createUserApi({ firestore, time, write }: Context) {
  return {
    async createUser({ id, ...profile }: UserRef & Profile): Promise<void> {
      const now = time();
      const data = { ...given(profile, fields), createdAt: now, updatedAt: now };
      const path = `users/${id}`;
      await write(
        { entityType: 'user', operationType: 'create', entityId: id, path },
        () => createOnce(firestore, doc(firestore, path), data),
        (supabase, taken) => insertOnce(supabase, 'users', userRow(id, taken), 'id'),
      );
    },

    /** A key that is absent or undefined is left alone, null is written. */
    async updateUser({ id, ...changes }: UserRef & { [Field in keyof Profile]?: Profile[Field] | undefined }): Promise<void> {
      const now = time();
      const path = `users/${id}`;
      const changed = given(changes, fields);
      await write(
        { entityType: 'user', operationType: 'update', entityId: id, path },
        () => updateDoc(doc(firestore, path), { ...changed, updatedAt: now }),
        (supabase) => updateEarlier(supabase, 'users', { id }, 'updated_at', { ...columnsOf(changed, columns), updated_at: timeOf(now) }),
      );
    },

    /** And whom they block, their drafts and notifications. What they wrote on boards stays. */
    async deleteUser({ id }: UserRef): Promise<void> {
      const path = `users/${id}`;
      await write(
        { entityType: 'user', operationType: 'delete', entityId: id, path },
        () => deleteTree(firestore, path, ['blockedUsers', 'drafts', 'notifications']),
        (supabase) => deleteRow(supabase, 'users', { id }),
      );
    },

    async blockUser({ blockerId, blockedId }: BlockRef): Promise<void> {
      const path = `users/${blockerId}/blockedUsers/${blockedId}`;
      const now = time();
      await write(
        { entityType: 'block', operationType: 'create', entityId: `${blockerId}/${blockedId}`, path },
        () => createOnce(firestore, doc(firestore, path), { blockedAt: now }),
        (supabase, taken) =>
          insertOnce(supabase, 'blocks', { blocker_id: blockerId, blocked_id: blockedId, blocked_at: timeOf(taken['blockedAt']) }, 'blocker_id,blocked_id'),
      );
    },

    async unblockUser({ blockerId, blockedId }: BlockRef): Promise<void> {
      const path = `users/${blockerId}/blockedUsers/${blockedId}`;
      await write(
        { entityType: 'block', operationType: 'delete', entityId: `${blockerId}/${blockedId}`, path },
        () => deleteDoc(doc(firestore, path)),
        (supabase) => deleteRow(supabase, 'blocks', { blocker_id: blockerId, blocked_id: blockedId }),
      );
    },
  };
}
