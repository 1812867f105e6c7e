import { type Trigger, type TriggerContext, notify } from './notify.ts';

/** On `boards/{boardId}/posts/{postId}/likes/{likeId}`, for the post's author. */
export const likeOnPost =
  (context: TriggerContext): Trigger =>
  (event) =>
    notify(context, event, {
      type: 'like_on_post',
      message: 'Somebody likes your post.',
      parent: `boards/${event.params['boardId']}/posts/${event.params['postId']}`,
      author: 'authorId',
    });
