import type { SupabaseClient } from '@supabase/supabase-js';
import type { DualWrite } from '../../../src/shared/api/dualWrite.ts';

/** One notification of one event, on both sides. */

export type TriggerEvent = {
  /** The same however often the event is delivered. */
  id: string;
  /** ISO 8601. */
  time: string;
  /** Of the document's path: boardId, postId, commentId, replyId, reactionId, likeId. */
  params: Record<string, string>;
  /** The new document. */
  data: Record<string, unknown>;
};

/** Of the admin client no more than this. */
export type TriggerFirestore = {
  doc(path: string): {
    get(): Promise<{ exists: boolean; data(): Record<string, unknown> | undefined }>;
    /** Rejects where the document exists. */
    create(data: Record<string, unknown>): Promise<unknown>;
  };
};

export type TriggerContext = { firestore: TriggerFirestore; dualWrite: DualWrite };

export type Trigger = (event: TriggerEvent) => Promise<void>;

type Notice = {
  type: string;
  message: string;
  /** Path of the document that was answered. */
  parent: string;
  /** Its field that names who wrote it, and who is notified. */
  author: 'authorId' | 'userId';
};

/**
 * Cloud Functions deliver an event at least once, so its id makes the notification's: a second delivery finds the first one's document, and brings the
 * row that it may have lost. Nobody is notified of their own doings, or where there is no parent or author any more.
 *
 * @throws what Firestore does, so that the event is delivered again
 */
export async function notify(
  { firestore, dualWrite }: TriggerContext,
  { id: eventId, time, params, data }: TriggerEvent,
  { type, message, parent, author }: Notice,
): Promise<void> {
  const recipient = (await firestore.doc(parent).get()).data()?.[author];
  const from = data['userId'];
  if (!isDocumentId(recipient) || typeof from !== 'string' || from === recipient) return;

  const id = eventId.replaceAll('/', '_');
  const at = new Date(time);
  const notification = { type, fromUserId: from, message, postId: params['postId'] ?? null, read: false, timestamp: at };
  const read = await createOrFind(firestore.doc(`users/${recipient}/notifications/${id}`), notification);
  await dualWrite({
    entityType: 'notification',
    operationType: 'create',
    entityId: id,
    supabaseWrite: async (supabase: SupabaseClient) => {
      const row = { id, recipient_id: recipient, type, from_user_id: from, message, post_id: notification.postId, read, timestamp: at.toISOString() };
      await supabase.from('notifications').upsert(row, { onConflict: 'id', ignoreDuplicates: true });
    },
  });
}

/**
 * Whether it can be the id of a user's document. Whoever wrote the parent put it there: with a slash in it, it would lead to another document, and
 * what Firestore refuses as an id would make it refuse the event, however often that is delivered again.
 */
const isDocumentId = (value: unknown): value is string =>
  typeof value === 'string' && /^(?!\.{1,2}$|__.*__$)[^/]+$/s.test(value) && value.isWellFormed() && Buffer.byteLength(value) <= 1500;

/** @returns whether it has been read: not where it is new */
async function createOrFind(document: ReturnType<TriggerFirestore['doc']>, data: { read: boolean }): Promise<boolean> {
  try {
    await document.create(data);
    return data.read;
  } catch (error) {
    // Firestore's clients have several ways to say that it exists; the document says it best.
    const present = await document.get();
    if (!present.exists) throw error;
    return present.data()?.['read'] === true;
  }
}
