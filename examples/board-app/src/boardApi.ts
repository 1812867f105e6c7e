import { createWaitingListApi } from './board/api/board.ts';
import { createCommentApi } from './comment/api/comment.ts';
import { createReactionApi } from './comment/api/reaction.ts';
import { createReplyApi } from './comment/api/reply.ts';
import { createDraftApi } from './draft/api/draft.ts';
import { createLikeApi } from './post/api/like.ts';
import { createPostApi } from './post/api/post.ts';
import { createReviewApi } from './review/api/review.ts';
import { type BoardApiOptions, createContext } from './shared/api/context.ts';
import { createUserApi } from './user/api/user.ts';

/**
 * Everything that the app writes. Each function writes to Firestore first and rejects only where Firestore refused; then it hands the same to
 * Supabase through the dual-write helper, and resolves when that is done or gave up.
 */
export function createBoardApi(options: BoardApiOptions) {
  const context = createContext(options);
  return {
    ...createUserApi(context),
    ...createPostApi(context),
    ...createLikeApi(context),
    ...createCommentApi(context),
    ...createReplyApi(context),
    ...createReactionApi(context),
    ...createDraftApi(context),
    ...createReviewApi(context),
    ...createWaitingListApi(context),
  };
}

export type BoardApi = ReturnType<typeof createBoardApi>;
