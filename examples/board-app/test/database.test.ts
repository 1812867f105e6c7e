import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import postgres from 'postgres';
import { boardMigrations, boardStandIn } from '../../../demo/board-system.ts';
import { emptying } from '../../../demo/data.ts';
import { startPostgres } from '../../../supabase/test/server.ts';
import { copyDatabase, type Copy } from '../../../action/test/databases.ts';
import { tables } from './system.ts';

/** The tables and functions on a Postgres server, as the API's roles, under what Supabase grants by default. */

let server: Awaited<ReturnType<typeof startPostgres>>;
let database: Copy;
let sql: postgres.Sql;
before(async () => {
  server = await startPostgres();
  // Twice: every file can be applied again.
  database = await copyDatabase(server.url, [boardStandIn(), ...boardMigrations(), ...boardMigrations()]);
  sql = postgres(database.url, { max: 60, onnotice: () => undefined });
});
after(async () => {
  await sql?.end();
  await database?.drop();
  await server?.stop();
});

beforeEach(() => sql.unsafe(emptying(...tables)));

type Role = 'anon' | 'authenticated' | 'service_role';
type Client = postgres.Sql | postgres.TransactionSql;

async function as<T>(role: Role, sub: string | null, work: (transaction: postgres.TransactionSql) => Promise<T>, client: Client = sql): Promise<T> {
  const claims = JSON.stringify({ ...(sub === null ? {} : { sub }), role });
  const run = async (transaction: postgres.TransactionSql): Promise<T> => {
    await transaction.unsafe(`set local role ${role}`);
    await transaction`select set_config('request.jwt.claims', ${claims}, true)`;
    return work(transaction);
  };
  return ('begin' in client ? client.begin(run) : client.savepoint(run)) as Promise<T>;
}

/** @returns the rows, or the words of the refusal */
async function tried(role: Role, sub: string | null, statement: string): Promise<unknown[] | string> {
  try {
    return await as(role, sub, async (transaction) => [...(await transaction.unsafe(statement))]);
  } catch (error) {
    return (error as Error).message;
  }
}

/** One row of u1 and one of u2 in each table. */
const fill = (): Promise<unknown> =>
  sql.unsafe(
    ['u1', 'u2']
      .map(
        (user) => `
          insert into users (id, nickname) values ('${user}', 'x');
          insert into posts (id, board_id, author_id) values ('p-${user}', 'b', '${user}');
          insert into comments (id, board_id, post_id, user_id) values ('c-${user}', 'b', 'p-u1', '${user}');
          insert into replies (id, board_id, post_id, comment_id, user_id) values ('r-${user}', 'b', 'p-u1', 'c-u1', '${user}');
          insert into likes (board_id, post_id, user_id) values ('b', 'p-u1', '${user}');
          insert into reactions (id, board_id, post_id, comment_id, user_id) values ('x-${user}', 'b', 'p-u1', 'c-u1', '${user}');
          insert into reactions (id, board_id, post_id, reply_id, user_id) values ('y-${user}', 'b', 'p-u1', 'r-u1', '${user}');
          insert into blocks (blocker_id, blocked_id) values ('${user}', 'u3');
          insert into drafts (id, user_id) values ('d-${user}', '${user}');
          insert into reviews (board_id, reviewer_id) values ('b', '${user}');
          insert into board_waiting_users values ('b', '${user}');
          insert into notifications (id, recipient_id, read) values ('n-${user}', '${user}', false);`,
      )
      .join('') + `insert into boards (id) values ('b')`,
  );

const owners: Readonly<Record<string, string>> = {
  users: 'id',
  posts: 'author_id',
  comments: 'user_id',
  replies: 'user_id',
  likes: 'user_id',
  reactions: 'user_id',
  blocks: 'blocker_id',
  drafts: 'user_id',
  reviews: 'reviewer_id',
  board_waiting_users: 'user_id',
};

describe('who may do what', () => {
  beforeEach(fill);

  test('the tables are the twelve and the operations, all with row-level security', async () => {
    const found = await sql`select relname, relrowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
    assert.deepEqual(
      [...found].map(({ relname, relrowsecurity }) => [relname, relrowsecurity]),
      tables.map((table) => [table, true]),
    );
  });

  test('anon reads and writes nothing and may call nothing', async () => {
    for (const table of tables) {
      for (const statement of [`select * from ${table}`, `insert into ${table} default values`, `delete from ${table}`, `truncate ${table}`]) {
        assert.match(String(await tried('anon', null, statement)), /permission denied/, statement);
      }
    }
    assert.match(String(await tried('anon', null, `select try_acquire_write_lock('a', 'b', 'create', 'c')`)), /permission denied/);
    assert.match(String(await tried('anon', null, `select complete_write('a', 'done')`)), /permission denied/);
  });

  test("a user reads, changes and deletes their own rows and nobody else's", async () => {
    for (const [table, owner] of Object.entries(owners)) {
      const seen = await tried('authenticated', 'u1', `select distinct ${owner} as owner from ${table}`);
      assert.deepEqual(seen, [{ owner: 'u1' }], table);
      assert.deepEqual(await tried('authenticated', 'u3', `select * from ${table}`), [], table);
      assert.deepEqual(await tried('authenticated', null, `select * from ${table}`), [], table);
      assert.deepEqual(await tried('authenticated', 'u1', `update ${table} set ${owner} = ${owner} where ${owner} = 'u2' returning 1`), [], table);
      assert.match(String(await tried('authenticated', 'u1', `update ${table} set ${owner} = 'u9'`)), /row-level security/, table);
      assert.deepEqual(await tried('authenticated', 'u1', `delete from ${table} where ${owner} = 'u2' returning 1`), [], table);
      assert.match(String(await tried('authenticated', 'u1', `truncate ${table}`)), /permission denied/, table);
    }
  });

  test('a user writes rows in their own name only', async () => {
    const insert = (user: string): string[] => [
      `insert into users (id) values ('${user}')`,
      `insert into posts (id, board_id, author_id) values ('new', 'b', '${user}')`,
      `insert into comments (id, board_id, post_id, user_id) values ('new', 'b', 'p', '${user}')`,
      `insert into replies (id, board_id, post_id, comment_id, user_id) values ('new', 'b', 'p', 'c', '${user}')`,
      `insert into likes (board_id, post_id, user_id) values ('b', 'p', '${user}')`,
      `insert into reactions (id, board_id, post_id, comment_id, user_id) values ('new', 'b', 'p', 'c', '${user}')`,
      `insert into blocks (blocker_id, blocked_id) values ('${user}', 'u1')`,
      `insert into drafts (id, user_id) values ('new', '${user}')`,
      `insert into reviews (board_id, reviewer_id) values ('b', '${user}')`,
      `insert into board_waiting_users values ('b', '${user}')`,
    ];
    for (const statement of insert('u3')) assert.deepEqual(await tried('authenticated', 'u3', statement), [], statement);
    for (const statement of insert('u4')) assert.match(String(await tried('authenticated', 'u3', statement)), /row-level security/, statement);
  });

  test("boards and operations are the service key's, and of a notification its recipient changes `read` only", async () => {
    for (const table of ['boards', 'write_ops']) assert.match(String(await tried('authenticated', 'u1', `select * from ${table}`)), /permission denied/);
    assert.deepEqual(await tried('authenticated', 'u1', `update notifications set read = true returning id`), [{ id: 'n-u1' }]);
    for (const statement of [
      `update notifications set message = 'x'`,
      `insert into notifications (id, recipient_id) values ('n', 'u1')`,
      'delete from notifications',
    ]) {
      assert.match(String(await tried('authenticated', 'u1', statement)), /permission denied/, statement);
    }
    for (const table of tables) assert.ok(Array.isArray(await tried('service_role', null, `select * from ${table}`)), table);
    assert.deepEqual(await tried('service_role', null, `insert into boards (id) values ('b2')`), []);
  });

  test('a reaction has exactly one parent', async () => {
    for (const parents of [`null, null`, `'c', 'r'`]) {
      const message = await tried(
        'service_role',
        null,
        `insert into reactions (id, board_id, post_id, comment_id, reply_id) values ('z', 'b', 'p', ${parents})`,
      );
      assert.match(String(message), /reactions_one_parent/);
    }
  });

  test('what hangs on a deleted row goes with it, whoever it belongs to, and nothing else', async () => {
    const left = async (table: string): Promise<string[]> =>
      (await sql`select ${sql(owners[table] ?? 'id')} as owner from ${sql(table)} order by 1`).map(({ owner }) => String(owner));
    await as('authenticated', 'u1', (transaction) => transaction`delete from replies where id = 'r-u1'`);
    assert.deepEqual([await left('replies'), (await sql`select id from reactions order by 1`).map(({ id }) => String(id))], [['u2'], ['x-u1', 'x-u2']]);
    await as('authenticated', 'u1', (transaction) => transaction`delete from comments where id = 'c-u1'`);
    assert.deepEqual([await left('comments'), await left('replies'), await left('reactions')], [['u2'], [], []]);
    await sql`insert into comments (id, board_id, post_id) values ('elsewhere', 'b2', 'p-u1')`;
    await as('authenticated', 'u1', (transaction) => transaction`delete from posts where id = 'p-u1'`);
    assert.deepEqual([await left('likes'), (await sql`select id from comments`).map(({ id }) => String(id))], [[], ['elsewhere']]);
    await as('authenticated', 'u1', (transaction) => transaction`delete from users where id = 'u1'`);
    for (const table of ['blocks', 'drafts', 'users']) assert.deepEqual(await left(table), ['u2'], table);
    assert.deepEqual(
      (await sql`select recipient_id from notifications`).map(({ recipient_id }) => String(recipient_id)),
      ['u2'],
    );
    assert.deepEqual(await left('reviews'), ['u1', 'u2']);
  });

  test('every function that runs as its owner has an empty search_path, and only two may be called', async () => {
    const functions = await sql`select proname, prosecdef, proconfig, has_function_privilege('anon', oid, 'execute') as anon,
      has_function_privilege('authenticated', oid, 'execute') as users from pg_proc where pronamespace = 'public'::regnamespace order by 1`;
    assert.deepEqual(
      functions.filter(({ users }) => users).map(({ proname }) => String(proname)),
      ['complete_write', 'try_acquire_write_lock'],
    );
    for (const { proname, proconfig, anon } of functions) assert.deepEqual([proconfig, anon], [['search_path=""'], false], String(proname));
    assert.equal(functions.filter(({ prosecdef }) => prosecdef).length, 6);
  });
});

describe('the lock of an operation', () => {
  const lock = async (client: Client, op = 'op', sub: string | null = 'u1', role: Role = 'authenticated'): Promise<boolean> =>
    as(
      role,
      sub,
      async (transaction) => {
        const [row] = await transaction<{ taken: boolean }[]>`select try_acquire_write_lock(${op}, 'post', 'create', 'p1') as taken`;
        return row?.taken === true;
      },
      client,
    );
  const complete = async (
    status: string,
    { op = 'op', sub = 'u1' as string | null, error = null as string | null, role = 'authenticated' as Role } = {},
  ): Promise<boolean> =>
    as(role, sub, async (transaction) => {
      const [row] = await transaction<{ known: boolean }[]>`select complete_write(${op}, ${status}, ${error}) as known`;
      return row?.known === true;
    });
  const state = async (op = 'op') => {
    const [row] = await sql`select status, attempts, error, actor from write_ops where op_id = ${op}`;
    return row ? { ...row } : undefined;
  };
  const old = (seconds: number) => sql`update write_ops set updated_at = clock_timestamp() - make_interval(secs => ${seconds})`;

  test('of fifty at once one gets it', async () => {
    const workers = await Promise.all(Array.from({ length: 50 }, () => sql.reserve()));
    try {
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          workers.map(async (worker) => {
            await worker.unsafe(`begin; set local role authenticated; set local request.jwt.claims = '{"sub":"u1","role":"authenticated"}'`);
            const [row] = await worker<{ taken: boolean }[]>`select try_acquire_write_lock(${`op-${round}`}, 'post', 'create', 'p1') as taken`;
            await worker.unsafe('commit');
            return row?.taken === true;
          }),
        );
        assert.equal(answers.filter(Boolean).length, 1);
        assert.deepEqual(await state(`op-${round}`), { status: 'pending', attempts: 1, error: null, actor: 'u1' });
      }
      // All of them find it failed, or left behind, at the same moment.
      for (const prepare of [() => complete('failed', { op: 'op-0' }), () => old(31)]) {
        await prepare();
        const again = await Promise.all(
          workers.map(async (worker) => {
            await worker.unsafe(`begin; set local role authenticated; set local request.jwt.claims = '{"sub":"u1","role":"authenticated"}'`);
            const [row] = await worker<{ taken: boolean }[]>`select try_acquire_write_lock('op-0', 'post', 'create', 'p1') as taken`;
            await worker.unsafe('commit');
            return row?.taken === true;
          }),
        );
        assert.equal(again.filter(Boolean).length, 1);
      }
      assert.equal((await state('op-0'))?.['attempts'], 3);
    } finally {
      for (const worker of workers) worker.release();
    }
  });

  test('a failed one is taken again at once, a pending one after 30 seconds, a done one never', async () => {
    assert.equal(await lock(sql), true);
    assert.equal(await lock(sql), false);
    await old(15);
    assert.equal(await lock(sql), false);
    await old(31);
    assert.equal(await lock(sql), true);
    assert.equal(await complete('failed', { error: 'said 503' }), true);
    assert.deepEqual(await state(), { status: 'failed', attempts: 2, error: 'said 503', actor: 'u1' });
    assert.equal(await lock(sql), true);
    assert.equal(await complete('done'), true);
    await old(100_000);
    assert.equal(await lock(sql), false);
    assert.deepEqual(await state(), { status: 'done', attempts: 3, error: null, actor: 'u1' });
  });

  test('done is final, and a failed one may still turn out to be done', async () => {
    await lock(sql);
    assert.equal(await complete('failed', { error: 'late' }), true);
    assert.equal(await complete('done'), true);
    assert.equal(await complete('failed', { error: 'later' }), false);
    assert.equal(await complete('done'), true);
    assert.deepEqual(await state(), { status: 'done', attempts: 1, error: null, actor: 'u1' });
    assert.equal(await complete('done', { op: 'unknown' }), false);
    await assert.rejects(complete('pending'), /A write ends as done or as failed/);
  });

  test('a worker that is killed before it commits leaves no lock, one that is killed after it loses it after 30 seconds', async () => {
    const killed = async (committed: boolean): Promise<void> => {
      const worker = postgres(database.url, { max: 1, onnotice: () => undefined });
      const reserved = await worker.reserve();
      await reserved.unsafe(`begin; set local role authenticated; set local request.jwt.claims = '{"sub":"u1","role":"authenticated"}'`);
      await reserved`select try_acquire_write_lock('op', 'post', 'create', 'p1')`;
      if (committed) await reserved.unsafe('commit');
      const [backend] = await reserved<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await sql`select pg_terminate_backend(${backend?.pid ?? 0}, 60000)`;
      reserved.release();
      await worker.end({ timeout: 0 });
    };
    await killed(false);
    assert.equal(await state(), undefined);
    assert.equal(await lock(sql), true);
    await sql`truncate write_ops`;
    await killed(true);
    assert.equal(await lock(sql), false);
    await old(31);
    assert.equal(await lock(sql), true);
  });

  test("an operation is its actor's: to others the answer is no, and nothing changes", async () => {
    await lock(sql);
    await complete('failed', { error: 'mine' });
    for (const [sub, role] of [
      ['u2', 'authenticated'],
      [null, 'service_role'],
      [null, 'authenticated'],
    ] as const) {
      assert.equal(await lock(sql, 'op', sub, role), false);
      assert.equal(await complete('done', { sub, role }), false);
    }
    assert.deepEqual(await state(), { status: 'failed', attempts: 1, error: 'mine', actor: 'u1' });
    assert.equal(await lock(sql, 'server', null, 'service_role'), true);
    assert.equal(await lock(sql, 'nobody', null, 'authenticated'), false, 'a token without a subject is not the service key');
    for (const claims of ['', '{}', '{"role":"other"}']) {
      const [answer] = await sql.begin(async (transaction) => {
        await transaction.unsafe(`set local role authenticated; set local request.jwt.claims = '${claims}'`);
        return transaction`select try_acquire_write_lock('silent', 'post', 'create', 'p1') as locked, complete_write('server', 'failed') as completed`;
      });
      assert.deepEqual(answer, { locked: false, completed: false }, claims);
    }
    assert.equal(await complete('done', { op: 'server', sub: null, role: 'service_role' }), true);
    assert.deepEqual(await state('server'), { status: 'done', attempts: 1, error: null, actor: null });
    assert.equal(await state('nobody'), undefined);
  });
});
