import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import postgres from 'postgres';
import { startPostgres } from '../../../demo/postgres.ts';
import { startWorld, type World } from '../../../action/test/world.ts';
import { migrate, startTables } from './stage.ts';

let world: World;
before(async () => {
  world = await startTables(startWorld);
});
after(() => world.close());
beforeEach(() => world.sql('truncate quest_completions; truncate sync_divergences restart identity'));

const record = async (at: string, { user = 'mia', partner = 'ben', date = '2026-03-01' } = {}): Promise<string | undefined> => {
  const [row] = await world.sql<{ answer: string }>('select record_quest_completion($1, $2, $3, $4, $5, $6) as answer', [
    'couple',
    date,
    'quest',
    user,
    partner,
    at,
  ]);
  return row?.answer;
};
const rows = () =>
  world.sql<{ at: string; partner_id: string }>(
    `select to_char(completed_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US') as at, partner_id from quest_completions order by user_id`,
  );

describe('record_quest_completion', () => {
  test('keeps the earliest time and its partner, in whatever order requests arrive', async () => {
    assert.equal(await record('2026-03-01T12:00:02Z', { partner: 'second' }), 'recorded');
    assert.equal(await record('2026-03-01T12:00:03Z', { partner: 'third' }), 'already_recorded');
    assert.equal(await record('2026-03-01T13:00:01+01:00', { partner: 'first' }), 'already_recorded');
    assert.equal(await record('2026-03-01T12:00:01Z', { partner: 'the same time later' }), 'already_recorded');
    assert.deepEqual(await rows(), [{ at: '2026-03-01 12:00:01.000000', partner_id: 'first' }]);
  });

  test('adds the partner to a row that a repair has brought', async () => {
    await world.sql(
      `insert into quest_completions (couple_id, date, quest_id, user_id, completed_at) values ('couple', '2026-03-01', 'quest', 'mia', '2026-03-01T12:00:00Z')`,
    );
    assert.equal(await record('2026-03-01T12:00:01Z', { partner: 'later' }), 'already_recorded');
    assert.equal(await record('2026-03-01T12:00:00Z', { partner: 'ben' }), 'already_recorded');
    assert.deepEqual(await rows(), [{ at: '2026-03-01 12:00:00.000000', partner_id: 'ben' }]);
  });

  test('cuts to milliseconds and never rounds', async () => {
    await record('2026-03-01T12:00:00.999999Z');
    assert.deepEqual(await rows(), [{ at: '2026-03-01 12:00:00.999000', partner_id: 'ben' }]);
  });

  test('makes one row of a hundred requests at once', async () => {
    const server = await startPostgres();
    const sql = postgres(server.url, { max: 20, onnotice: () => undefined });
    try {
      await migrate({ sql: async (statements) => [...(await sql.unsafe(statements))] }, { isBare: true });
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const at = `2026-03-01T12:00:00.${String((index * 37) % 100).padStart(3, '0')}Z`;
          const [row] = await sql<{ answer: string }[]>`select record_quest_completion('c', '2026-03-01', 'q', 'mia', 'ben', ${at}::timestamptz) as answer`;
          return row?.answer;
        }),
      );
      assert.equal(answers.filter((answer) => answer === 'recorded').length, 1);
      assert.equal(answers.filter((answer) => answer === 'already_recorded').length, 99);
      assert.deepEqual([...(await sql`select completed_at = '2026-03-01T12:00:00.000Z' as is_earliest from quest_completions`)], [{ is_earliest: true }]);
    } finally {
      await sql.end();
      await server.close();
    }
  });
});

test('a divergence that is seen again stays one row', async () => {
  const seen = (cause: string) => ({
    couple_id: 'c',
    date: '2026-03-01',
    quest_id: 'q',
    user_id: 'mia',
    type: 'missing',
    cause,
    legacy_completed_at: '2026-03-01T12:00:00.123Z',
    normalized_completed_at: null,
  });
  const call = async (given: unknown): Promise<unknown> => (await world.sql('select record_sync_divergences($1::jsonb) as n', [given]))[0];
  assert.deepEqual(await call([seen('not_sent_yet')]), { n: 1 });
  assert.deepEqual(await call([seen('sent_and_refused'), seen('sent_and_refused'), { ...seen('other_client'), type: 'orphan' }]), { n: 2 });
  assert.deepEqual(await call([]), { n: 0 });
  assert.deepEqual(
    await world.sql(
      'select type, cause, seen, last_seen_at >= first_seen_at as is_later, legacy_completed_at is not null as has_time from sync_divergences order by type',
    ),
    [
      { type: 'missing', cause: 'sent_and_refused', seen: 2, is_later: true, has_time: true },
      { type: 'orphan', cause: 'other_client', seen: 1, is_later: true, has_time: true },
    ],
  );
});

describe('who may do what', () => {
  /** As PostgREST would run it for somebody. */
  async function as(role: string, sub: string | undefined, statement: string): Promise<unknown[] | string> {
    try {
      return await world.sql(
        `begin; set local role ${role}; set local request.jwt.claims = '${JSON.stringify(sub === undefined ? {} : { sub, role })}'; ${statement}`,
      );
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await world.sql('rollback');
    }
  }

  test('a user reads what is theirs or their partner’s, and writes nothing', async () => {
    await record('2026-03-01T12:00:00Z', { user: 'mia', partner: 'ben' });
    await record('2026-03-01T12:00:00Z', { user: 'zoe', partner: 'tom' });
    const own = 'select user_id from quest_completions order by user_id';
    assert.deepEqual(await as('authenticated', 'mia', own), [{ user_id: 'mia' }]);
    assert.deepEqual(await as('authenticated', 'ben', own), [{ user_id: 'mia' }]);
    assert.deepEqual(await as('authenticated', 'eve', own), []);
    assert.deepEqual(await as('authenticated', undefined, own), []);
    for (const statement of [
      "insert into quest_completions values ('c', '2026-03-01', 'q2', 'mia', 'ben', now())",
      'update quest_completions set completed_at = now()',
      'delete from quest_completions',
      'truncate quest_completions',
      'select * from sync_divergences',
    ]) {
      assert.match(String(await as('authenticated', 'mia', statement)), /permission denied/, statement);
    }
  });

  test('anon reads and does nothing, and nobody but the service key calls the functions', async () => {
    for (const statement of ['select * from quest_completions', 'select * from sync_divergences', "select nextval('sync_divergences_id_seq')"])
      assert.match(String(await as('anon', undefined, statement)), /permission denied/, statement);
    const calls = [
      "select record_quest_completion('c', '2026-03-01', 'q', 'mia', 'ben', now())",
      "select * from quest_completions_of('c', '2026-03-01')",
      "select record_sync_divergences('[]')",
    ];
    for (const role of ['anon', 'authenticated'])
      for (const call of calls) assert.match(String(await as(role, 'mia', call)), /permission denied for function/, call);
    for (const call of calls) assert.ok(Array.isArray(await as('service_role', undefined, call)), call);
  });

  test('the migrations can be applied twice', async () => {
    await record('2026-03-01T12:00:00Z');
    await migrate(world);
    assert.equal((await rows()).length, 1);
  });
});
