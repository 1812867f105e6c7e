import { type Trigger, type TriggerContext, notify } from './notify.ts';

/** On `boards/{boardId}/posts/{postId}/comments/{commentId}`, for the post's author. */
export const commentOnPost =
  (context: TriggerContext): Trigger =>
  (event) =>
    notify(context, event, {
      type: 'comment_on_post',
      message: 'There is a new comment on your post.',
      parent: `boards/${event.params['boardId']}/posts/${event.params['postId']}`,
      author: 'authorId',
    });
