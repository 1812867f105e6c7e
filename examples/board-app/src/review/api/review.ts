import { type DocumentData, type Timestamp, doc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { saveLater } from '../../shared/api/documents.ts';
import { type Row, timeOf, timestampOf, upsertLater } from '../../shared/api/rows.ts';

export type Review = {
  boardId: string;
  reviewerId: string;
  keepText?: string | null;
  problemText?: string | null;
  tryText?: string | null;
  nps?: number | null;
  willContinue?: boolean | null;
};

function reviewRow({ boardId, reviewerId }: Review, data: DocumentData): Row {
  const answer = (field: string): unknown => (data[field] as unknown) ?? null;
  return {
    board_id: boardId,
    reviewer_id: reviewerId,
    keep_text: answer('keepText'),
    problem_text: answer('problemText'),
    try_text: answer('tryText'),
    nps: answer('nps'),
    will_continue: answer('willContinue'),
    created_at: timeOf(data['createdAt']),
  };
}

export function createReviewApi({ firestore, time, write }: Context) {
  async function save(review: Review, createdAt: Timestamp): Promise<void> {
    const { boardId, reviewerId, keepText = null, problemText = null, tryText = null, nps = null, willContinue = null } = review;
    const path = `boards/${boardId}/reviews/${reviewerId}`;
    await write(
      { entityType: 'review', operationType: 'create', entityId: `${boardId}/${reviewerId}`, path },
      () => saveLater(firestore, doc(firestore, path), 'createdAt', { keepText, problemText, tryText, nps, willContinue, createdAt }),
      (supabase, taken) => upsertLater(supabase, 'reviews', reviewRow(review, taken), ['board_id', 'reviewer_id'], 'created_at'),
    );
  }

  return {
    async createReview(review: Review): Promise<void> {
      await save(review, time());
    },

    /** One review a reviewer: the later `createdAt` wins. */
    async addReviewToBoard({ createdAt, ...review }: Review & { createdAt: Date }): Promise<void> {
      await save(review, timestampOf(createdAt));
    },
  };
}
