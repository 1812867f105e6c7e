import { type Trigger, type TriggerContext, notify } from './notify.ts';

/** On `boards/{boardId}/posts/{postId}/comments/{commentId}/replies/{replyId}`, for the comment's author. */
export const replyOnComment =
  (context: TriggerContext): Trigger =>
  (event) =>
    notify(context, event, {
      type: 'reply_on_comment',
      message: 'There is a new reply to your comment.',
      parent: `boards/${event.params['boardId']}/posts/${event.params['postId']}/comments/${event.params['commentId']}`,
      author: 'userId',
    });
