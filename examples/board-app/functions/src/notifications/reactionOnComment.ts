import { type Trigger, type TriggerContext, notify } from './notify.ts';

/** On `boards/{boardId}/posts/{postId}/comments/{commentId}/reactions/{reactionId}`, for the comment's author. */
export const reactionOnComment =
  (context: TriggerContext): Trigger =>
  (event) =>
    notify(context, event, {
      type: 'reaction_on_comment',
      message: 'There is a new reaction to your comment.',
      parent: `boards/${event.params['boardId']}/posts/${event.params['postId']}/comments/${event.params['commentId']}`,
      author: 'userId',
    });
