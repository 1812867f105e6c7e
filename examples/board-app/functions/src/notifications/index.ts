import type { SupabaseClient } from '@supabase/supabase-js';
import { createDualWrite } from '../../../src/shared/api/dualWrite.ts';
import { commentOnPost } from './commentOnPost.ts';
import { likeOnPost } from './likeOnPost.ts';
import type { Trigger, TriggerFirestore } from './notify.ts';
import { reactionOnComment } from './reactionOnComment.ts';
import { replyOnComment } from './replyOnComment.ts';
import { replyOnPost } from './replyOnPost.ts';

export type { TriggerEvent } from './notify.ts';

/** The five triggers. Each rejects only where Firestore failed; what Supabase did not take is reported. */
export function createNotificationTriggers({
  firestore,
  ...options
}: {
  firestore: TriggerFirestore;
  supabase: SupabaseClient;
  enabled: () => boolean;
  report: (error: Error, context: object) => void;
  timeoutMs?: number;
}): Record<'commentOnPost' | 'replyOnComment' | 'replyOnPost' | 'reactionOnComment' | 'likeOnPost', Trigger> {
  const context = { firestore, dualWrite: createDualWrite(options).dualWrite };
  return {
    commentOnPost: commentOnPost(context),
    replyOnComment: replyOnComment(context),
    replyOnPost: replyOnPost(context),
    reactionOnComment: reactionOnComment(context),
    likeOnPost: likeOnPost(context),
  };
}
