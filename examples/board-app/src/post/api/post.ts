import { collection, doc, setDoc, updateDoc } from 'firebase/firestore/lite';
import type { Context } from '../../shared/api/context.ts';
import { deleteTree } from '../../shared/api/documents.ts';
import { columnsOf, deleteRow, given, insertOnce, timeOf, updateEarlier } from '../../shared/api/rows.ts';

export type PostRef = { boardId: string; postId: string };
/** A key that is absent or undefined is left alone, null is written. */
export type PostChanges = {
  title?: string | undefined;
  content?: string | undefined;
  contentJson?: unknown;
  thumbnailImageURL?: string | null | undefined;
  visibility?: 'public' | 'private' | undefined;
};
export type NewPost = {
  boardId: string;
  authorId: string;
  title: string;
  content: string;
  contentJson?: unknown;
  thumbnailImageURL?: string | null;
  visibility?: 'public' | 'private';
};

export const postPath = ({ boardId, postId }: PostRef): string => `boards/${boardId}/posts/${postId}`;

/** The row of that very document: another board may have a post of the same id. */
const postKey = ({ boardId, postId }: PostRef) => ({ id: postId, board_id: boardId });

const columns = {
  title: 'title',
  content: 'content',
  contentJson: 'content_json',
  thumbnailImageURL: 'thumbnail_image_url',
  visibility: 'visibility',
} as const;
const fields = Object.keys(columns) as (keyof PostChanges)[];

export function createPostApi({ firestore, time, write }: Context) {
  return {
    async createPost({
      boardId,
      authorId,
      title,
      content,
      contentJson = null,
      thumbnailImageURL = null,
      visibility = 'public',
    }: NewPost): Promise<{ id: string }> {
      const { id, path } = doc(collection(firestore, `boards/${boardId}/posts`));
      const now = time();
      const post = { title, content, contentJson, thumbnailImageURL, visibility };
      await write(
        { entityType: 'post', operationType: 'create', entityId: id, path },
        () => setDoc(doc(firestore, path), { authorId, ...post, countOfComments: 0, countOfReplies: 0, countOfLikes: 0, createdAt: now, updatedAt: now }),
        (supabase) =>
          insertOnce(
            supabase,
            'posts',
            {
              id,
              board_id: boardId,
              author_id: authorId,
              ...columnsOf(post, columns),
              count_of_comments: 0,
              count_of_replies: 0,
              count_of_likes: 0,
              created_at: timeOf(now),
              updated_at: timeOf(now),
            },
            'id',
          ),
      );
      return { id };
    },

    async updatePost({ boardId, postId, ...changes }: PostRef & PostChanges): Promise<void> {
      const path = postPath({ boardId, postId });
      const now = time();
      const changed = given(changes, fields);
      await write(
        { entityType: 'post', operationType: 'update', entityId: postId, path },
        () => updateDoc(doc(firestore, path), { ...changed, updatedAt: now }),
        (supabase) => updateEarlier(supabase, 'posts', postKey({ boardId, postId }), 'updated_at', { ...columnsOf(changed, columns), updated_at: timeOf(now) }),
      );
    },

    /** And its comments, replies, likes and reactions. */
    async deletePost(post: PostRef): Promise<void> {
      const path = postPath(post);
      await write(
        { entityType: 'post', operationType: 'delete', entityId: post.postId, path },
        () => deleteTree(firestore, path, ['comments', 'replies', 'reactions', 'likes']),
        (supabase) => deleteRow(supabase, 'posts', postKey(post)),
      );
    },
  };
}
