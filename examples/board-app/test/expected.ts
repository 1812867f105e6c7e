import type { Fields, Firestore, Value } from '../../../demo/firestore/server.ts';
import type { World } from '../../../demo/world.ts';

/**
 * What the twelve tables should hold, worked out from the documents and nothing else: a second opinion beside the code of the app and beside
 * Driftwatch.
 */

type Row = Record<string, unknown>;

/** Boards come with the export and the repair: no function of the app writes their rows. */
const boards = { table: 'boards', key: 'id', columns: ['title', 'description', 'firstDay', 'lastDay', 'cohort', 'createdAt'] };

const tables: Readonly<Record<string, { table: string; key: string; columns: readonly string[] }>> = {
  'users/{id}': { table: 'users', key: 'id', columns: ['realName', 'nickname', 'email', 'phoneNumber', 'profilePhotoURL', 'bio', 'createdAt', 'updatedAt'] },
  'users/{blocker_id}/blockedUsers/{blocked_id}': { table: 'blocks', key: 'blocker_id,blocked_id', columns: ['blockedAt'] },
  'users/{user_id}/drafts/{id}': { table: 'drafts', key: 'id', columns: ['boardId', 'title', 'content', 'contentJson', 'savedAt'] },
  'users/{recipient_id}/notifications/{id}': { table: 'notifications', key: 'id', columns: ['type', 'fromUserId', 'message', 'postId', 'read', 'timestamp'] },
  'boards/{board_id}/posts/{id}': {
    table: 'posts',
    key: 'id',
    columns: [
      'authorId',
      'title',
      'content',
      'contentJson',
      'thumbnailImageURL',
      'visibility',
      'countOfComments',
      'countOfReplies',
      'countOfLikes',
      'createdAt',
      'updatedAt',
    ],
  },
  'boards/{board_id}/posts/{post_id}/likes/{user_id}': { table: 'likes', key: 'post_id,user_id', columns: ['createdAt'] },
  'boards/{board_id}/posts/{post_id}/comments/{id}': { table: 'comments', key: 'id', columns: ['userId', 'content', 'createdAt', 'updatedAt'] },
  'boards/{board_id}/posts/{post_id}/comments/{comment_id}/replies/{id}': {
    table: 'replies',
    key: 'id',
    columns: ['userId', 'content', 'createdAt', 'updatedAt'],
  },
  'boards/{board_id}/posts/{post_id}/comments/{comment_id}/reactions/{id}': { table: 'reactions', key: 'id', columns: ['userId', 'content', 'createdAt'] },
  'boards/{board_id}/posts/{post_id}/comments/{-}/replies/{reply_id}/reactions/{id}': {
    table: 'reactions',
    key: 'id',
    columns: ['userId', 'content', 'createdAt'],
  },
  'boards/{board_id}/reviews/{reviewer_id}': {
    table: 'reviews',
    key: 'board_id,reviewer_id',
    columns: ['keepText', 'problemText', 'tryText', 'nps', 'willContinue', 'createdAt'],
  },
};

const snake = (name: string): string => name.replace(/URL$/, 'Url').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function plain(value: Value | undefined): unknown {
  if (value === undefined || 'nullValue' in value) return null;
  if ('integerValue' in value) return Number(value.integerValue);
  if ('timestampValue' in value) return new Date(value.timestampValue).toISOString();
  if ('arrayValue' in value) return (value.arrayValue.values ?? []).map(plain);
  if ('mapValue' in value) return Object.fromEntries(Object.entries(value.mapValue.fields ?? {}).map(([name, inner]) => [name, plain(inner)]));
  return Object.values(value)[0] as unknown;
}

function bound(pattern: string, path: string): Row | undefined {
  const [names, ids] = [pattern.split('/'), path.split('/')];
  if (names.length !== ids.length) return undefined;
  const row: Row = {};
  for (const [at, name] of names.entries()) {
    if (name.startsWith('{')) row[name.slice(1, -1)] = ids[at];
    else if (name !== ids[at]) return undefined;
  }
  delete row['-'];
  return row;
}

const keyed = (rows: readonly Row[], key: string): Map<string, Row> =>
  new Map(
    rows.map((row) => [
      key
        .split(',')
        .map((column) => String(row[column]))
        .join('/'),
      row,
    ]),
  );

export type Contents = Record<string, Map<string, Row>>;

export function expectedTables(firestore: Firestore): Contents {
  return rowsOf(firestore, tables);
}

/** Everything, as an export writes it down. */
export function exported(firestore: Firestore): Record<string, Row[]> {
  const contents = rowsOf(firestore, { ...tables, 'boards/{id}': boards });
  return Object.fromEntries(Object.entries(contents).map(([table, rows]) => [table, [...rows.values()]]));
}

function rowsOf(firestore: Firestore, sources: typeof tables): Contents {
  const expected: Record<string, Row[]> = Object.fromEntries(
    [...Object.values(sources).map(({ table }) => table), 'board_waiting_users'].map((table) => [table, []]),
  );
  for (const path of firestore.paths()) {
    const fields: Fields = firestore.get(path) ?? {};
    for (const [pattern, { table, columns }] of Object.entries(sources)) {
      const keys = bound(pattern, path);
      if (!keys) continue;
      const parents = table === 'reactions' ? { comment_id: null, reply_id: null } : {};
      expected[table]?.push({ ...parents, ...keys, ...Object.fromEntries(columns.map((name) => [snake(name), plain(fields[name])])) });
    }
    const waiting = /^boards\/[^/]+$/.test(path) ? plain(fields['waitingUsersIds']) : null;
    if (Array.isArray(waiting)) expected['board_waiting_users']?.push(...waiting.map((user: unknown) => ({ board_id: path.split('/')[1], user_id: user })));
  }
  return Object.fromEntries(Object.entries(expected).map(([table, rows]) => [table, keyed(rows, keyOf(table))]));
}

const keyOf = (table: string): string => [...Object.values(tables), boards].find((one) => one.table === table)?.key ?? 'board_id,user_id';

export async function actualTables(world: World): Promise<Contents> {
  const contents: Contents = {};
  for (const table of [...new Set(Object.values(tables).map((one) => one.table)), 'board_waiting_users']) {
    const rows = await world.sql<{ row: Row }>(`select to_jsonb(t) as row from public.${table} t`);
    contents[table] = keyed(
      rows.map(({ row }) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            /_at$|^timestamp$/.test(name) && typeof value === 'string' ? new Date(value).toISOString() : value,
          ]),
        ),
      ),
      keyOf(table),
    );
  }
  return contents;
}
