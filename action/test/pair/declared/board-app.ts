/** A declaration with one of everything that is right, as a maintainer would write it. */
export const boardApp = `
stores:
  old:  { type: supabase, url: $OLD_SUPABASE_URL, key: $OLD_SUPABASE_KEY, schema: public }
  fire: { type: firestore, project: demo-board, database: (default), credentials: $FIREBASE_CREDENTIALS }
  live: { type: realtime-database, url: https://demo-default-rtdb.firebaseio.com }

pairs:
  board-app:
    legacy: fire
    normalized: supabase
    entities:
      users:
        legacy: users/{id}
        normalized: users
        fields:
          nickname: nickname                       # column: field
          phone: { from: phoneNumber, blank-is-null: true }
          created_at: { from: createdAt, type: timestamp }
        changed: { legacy: updatedAt, normalized: updated_at }
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        fields:
          board_id: "{board_id}"
          author_id: author.id
          title: { from: title, default: "" }
          status: { from: visibility, values: { PUBLIC: public, PRIVATE: private } }
          likes: { from: countOfLikes, type: integer, default: 0 }
          created_at: { from: createdAt, type: timestamp, precision: ms }
          body: { from: contentJson, type: json }
        only: { legacy: { deleted: [false, null] }, normalized: { deleted_at: null } }
        ignored: { legacy: [searchTokens], normalized: [updated_at] }
      likes:
        legacy: boards/{board_id}/posts/{post_id}/likes/{user_id}
        normalized: likes
        key: [post_id, user_id]
        fields: { created_at: { from: createdAt, type: timestamp } }
      waiting_list:
        legacy: boards/{board_id}
        each: waitingUsersIds                      # one row per element of an array (or per entry of a map)
        normalized: board_waiting_users
        key: [board_id, user_id]
        fields: { user_id: "{item}" }
      reactions:
        legacy:
          - boards/{board_id}/posts/{post_id}/comments/{comment_id}/reactions/{id}
          - boards/{board_id}/posts/{post_id}/replies/{reply_id}/reactions/{id}
        normalized: reactions
        fields: { comment_id: "{comment_id}", reply_id: "{reply_id}", content: content }

accepted:
  - { reason: Lost by the first export, by: Noor, until: 2026-12-31, pair: board-app, level: posts, type: DATA_MISMATCH, path: title }
  - { reason: Never moved, by: Noor, until: 2026-12-31, level: likes, key: { post_id: p1 } }
  - { reason: Skipped, by: Noor, until: 2026-12-31, pair: habit-tracker, type: MISSING_WEEK, level: weeks, key: { week: 2025-10-13 } }
`;

/** What its variables hold. */
export const environment = {
  OLD_SUPABASE_URL: 'https://old.supabase.co',
  OLD_SUPABASE_KEY: 'sb_secret_old',
  FIREBASE_CREDENTIALS: '{"type":"service_account"}',
};
