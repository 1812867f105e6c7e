import { type Trigger, type TriggerContext, notify } from './notify.ts';

/** On `boards/{boardId}/posts/{postId}/comments/{commentId}/replies/{replyId}`, for the post's author, also where they wrote the comment. */
export const replyOnPost =
  (context: TriggerContext): Trigger =>
  (event) =>
    notify(context, event, {
      type: 'reply_on_post',
      message: 'There is a new reply below your post.',
      parent: `boards/${event.params['boardId']}/posts/${event.params['postId']}`,
      author: 'authorId',
    });
