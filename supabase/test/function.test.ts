import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import {
  createDatabase,
  emptyTables,
  send,
  startFunction,
  startPostgres,
  startProject,
  user,
  type AnswerBody,
  type Answered,
  type EdgeFunction,
  type Project,
} from './server.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let project: Project;
let edge: EdgeFunction;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  project = await startProject(await createDatabase(server));
  sql = project.sql;
  edge = await startFunction(project);
  await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
});
after(async () => {
  await edge?.kill();
  await project?.close();
  await server?.stop();
});
beforeEach(async () => {
  await sql.unsafe(`
    ${emptyTables}
    update dual_write_settings set week_alignment = 'skip', mode = 'on';`);
});

const key = () => crypto.randomUUID() as string;
const as = (number: number) => project.tokenOf(user(number));

const mia = { child_name: '민아', week_start_date: '2025-10-13' };
const read = { id: 1760000000000, name: '독서', times: ['green', '', 'yellow', '', '', '', ''] };
const week = { ...mia, habits: [read, { name: '운동', times: ['', '', '', '', null, 'none', ''] }], theme: '가을', reflection: { bestDay: '월' } };

const create = (data: Record<string, unknown> = week, number = 1) => send(edge, as(number), 'create_week', data);
const update = (data: Record<string, unknown>) => send(edge, as(1), 'update_habit_record', { ...mia, habit_name: '독서', day: 0, ...data });
const verify = (data: Record<string, unknown> = mia) => send(edge, as(1), 'verify_consistency', data, { key: null });

const codeOf = ({ status, body }: Pick<Answered, 'status' | 'body'>) => [status, body.error?.code];
const fieldsOf = ({ body }: Answered) => body.error?.details?.map(({ field }) => field).sort();
const typesOf = ({ body }: Answered) => body.data?.differences?.map(({ type }) => type);

async function raw(init: RequestInit): Promise<Answered> {
  const response = await fetch(edge.url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as AnswerBody) : {} };
}

const records = async () =>
  (await sql`select h.name, r.record_date::text as date, r.status from habits h join habit_records r on r.habit_id = h.id order by 1, 2`).map(
    ({ name, date, status }) => `${name} ${date} ${status}`,
  );

describe('operations', () => {
  test('create_week writes both sides and answers 201', async () => {
    const { status, body } = await create();
    assert.equal(status, 201);
    const [legacy] = await sql`select id::text, user_id, child_name, week_period, theme, habits, reflection from habit_tracker`;
    assert.deepEqual(body, {
      status: 'success',
      operation: 'create_week',
      data: { ...mia, legacy_id: legacy?.['id'], week_id: body.data?.week_id, week_period: '2025년 10월 13일 ~ 2025년 10월 19일' },
    });
    assert.deepEqual(legacy, {
      id: legacy?.['id'],
      user_id: user(1),
      child_name: '민아',
      week_period: '2025년 10월 13일 ~ 2025년 10월 19일',
      theme: '가을',
      habits: [read, { id: 2, name: '운동', times: ['', '', '', '', '', 'none', ''] }],
      reflection: { bestDay: '월' },
    });
    assert.deepEqual(await records(), ['독서 2025-10-13 green', '독서 2025-10-15 yellow']);
    const versions = await sql`select source_version from weeks union select source_version from habit_records`;
    assert.deepEqual([...versions], [{ source_version: 'dual_write' }]);
    assert.deepEqual((await verify()).body.data, { consistent: true, differences: [] });
  });

  test('week_period crosses months and years without padding', async () => {
    const { body } = await create({ ...week, week_start_date: '2025-12-29' });
    assert.equal(body.data?.week_period, '2025년 12월 29일 ~ 2026년 1월 4일');
  });

  test('creating a week that exists is a 409 that leaves it as it was', async () => {
    await create();
    const earlier = await sql`select * from habit_tracker`;
    assert.deepEqual(codeOf(await create({ ...week, habits: [], theme: 'other' })), [409, 'week_exists']);
    assert.deepEqual([...(await sql`select * from habit_tracker`)], [...earlier]);
    assert.equal((await records()).length, 2);
  });

  test('so is one whose legacy row has another period', async () => {
    await sql`insert into habit_tracker (user_id, child_name, week_start_date) values (${user(1)}, ' 민아', '2025-10-13')`;
    assert.deepEqual(codeOf(await create()), [409, 'week_exists']);
    assert.equal((await sql`select from habit_tracker`).length, 1);
  });

  test("another family's same name and week is a 409 that says nothing of it", async () => {
    await create();
    const { status, body } = await create(week, 2);
    assert.deepEqual([status, body.error], [409, { code: 'week_exists', message: 'This week exists already.' }]);
    assert.equal((await sql`select from children`).length, 1);
  });

  test('update_habit_record changes one cell on both sides', async () => {
    await create();
    const { status, body } = await update({ day: 3, status: 'red' });
    assert.equal(status, 200);
    assert.equal(body.data?.applied, true);
    assert.deepEqual(await records(), ['독서 2025-10-13 green', '독서 2025-10-15 yellow', '독서 2025-10-16 red']);
    const [legacy] = await sql`select habits #> '{0,times}' as times from habit_tracker`;
    assert.deepEqual(legacy?.['times'], ['green', '', 'yellow', 'red', '', '', '']);
    for (const cleared of ['', 'none']) {
      await update({ day: 3, status: 'red' });
      await update({ day: 3, status: cleared });
      assert.equal((await records()).length, 2);
    }
  });

  test('what nobody asks for is no mistake', async () => {
    assert.equal((await create({ ...week, constructor: 1, mood: [[{ of: [['day']] }]] })).status, 201);
  });

  test('the longest habit name may repeat', async () => {
    const name = '😀'.repeat(500);
    await create({
      ...week,
      habits: [
        { ...read, name },
        { ...read, name },
      ],
    });
    assert.equal((await update({ habit_name: `${name} (2)`, day: 6, status: 'red' })).status, 200);
    assert.ok((await records()).includes(`${name} (2) 2025-10-19 red`));
  });

  test('a repeated habit name is addressed by the name that it has on the other side', async () => {
    await create({ ...week, habits: [read, read] });
    assert.equal((await update({ habit_name: '독서 (2)', day: 6, status: 'red' })).status, 200);
    assert.ok((await records()).includes('독서 (2) 2025-10-19 red'));
  });

  test('delete_week removes the week from both sides and leaves the child', async () => {
    await create();
    await create({ ...week, week_start_date: '2025-10-20' });
    const { status } = await send(edge, as(1), 'delete_week', mia);
    assert.equal(status, 200);
    const left =
      await sql`select (select count(*)::int from habit_tracker) as legacy, (select count(*)::int from weeks) as weeks, (select count(*)::int from children) as children`;
    assert.deepEqual({ ...left[0] }, { legacy: 1, weeks: 1, children: 1 });
  });

  test('delete_week looks at the normalized week once, although the trigger would at the end of the transaction', async () => {
    await create();
    await sql.unsafe(`create table counted (at timestamptz default now());
      create function count_delete() returns trigger language plpgsql as $$ begin insert into public.counted default values; return null; end $$;
      create trigger count_delete after delete on weeks for each statement execute function count_delete()`);
    assert.equal((await send(edge, as(1), 'delete_week', mia)).status, 200);
    const counted = await sql`select from counted`;
    await sql.unsafe('drop trigger count_delete on weeks; drop function count_delete; drop table counted');
    assert.equal(counted.length, 1);
  });

  test('what is not there is a 404: week, habit, child, or of another user', async () => {
    assert.deepEqual(codeOf(await update({ status: 'red' })), [404, 'not_found']);
    await create();
    assert.deepEqual(codeOf(await update({ status: 'red', habit_name: 'no' })), [404, 'not_found']);
    assert.deepEqual(codeOf(await update({ status: 'red', week_start_date: '2025-10-20' })), [404, 'not_found']);
    assert.deepEqual(codeOf(await send(edge, as(2), 'delete_week', mia)), [404, 'not_found']);
    assert.deepEqual(codeOf(await send(edge, as(2), 'verify_consistency', mia)), [404, 'not_found']);
    assert.deepEqual(codeOf(await send(edge, project.serviceKey, 'create_week', { ...week, child_name: 'x', user_id: user(99) })), [404, 'not_found']);
    assert.equal((await sql`select from habit_tracker`).length, 1);
  });

  test('verify_consistency names every difference, and reads again each time', async () => {
    await create({ ...week, habits: [read, { name: '운동', times: ['red', '', '', '', '', '', ''] }] });
    await sql.unsafe(`
      update weeks set theme = 'x';
      delete from habits where name = '운동';
      insert into habits (week_id, name) select id, 'extra' from weeks;
      delete from habit_records where record_date = '2025-10-13';
      update habit_records set status = 'red' where record_date = '2025-10-15';
      insert into habit_records (habit_id, record_date, status) select id, '2025-10-18', 'green' from habits where name = '독서';`);
    const { status, body } = await verify();
    assert.equal(status, 200);
    assert.equal(body.data?.consistent, false);
    assert.deepEqual(body.data?.differences?.map(({ type, path, legacy, normalized }) => `${type} ${path} ${legacy} ${normalized}`).sort(), [
      'DATA_MISMATCH habits/독서/2025-10-15 yellow red',
      'DATA_MISMATCH theme 가을 x',
      'MISSING_HABIT habits/운동 운동 null',
      'MISSING_RECORD habits/독서/2025-10-13 green null',
      'ORPHAN_HABIT habits/extra null extra',
      'ORPHAN_RECORD habits/독서/2025-10-18 null green',
    ]);
    await sql`delete from weeks`;
    assert.deepEqual(typesOf(await verify()), ['MISSING_WEEK']);
    await sql`delete from children`;
    assert.deepEqual(typesOf(await verify()), ['MISSING_CHILD']);
    await sql`select set_dual_write_mode('off')`;
    await sql.unsafe(`delete from habit_tracker; insert into children (user_id, name) values ('${user(1)}', '민아');
      insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-10-13', '2025-10-19' from children`);
    await sql`select set_dual_write_mode('on')`;
    assert.deepEqual(typesOf(await verify()), ['ORPHAN_WEEK']);
  });

  test('an operation that cannot do both sides does neither', async () => {
    await sql.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'secret detail'; end $$;
      create trigger refuse before insert on habit_records for each row execute function refuse()`);
    const { status, body } = await create();
    await sql`drop trigger refuse on habit_records`;
    assert.deepEqual([status, body], [500, { status: 'error', error: { code: 'internal', message: 'Something unexpected happened.' } }]);
    for (const table of ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records', 'idempotency_log', 'dual_write_failures']) {
      assert.equal((await sql`select from ${sql(table)}`).length, 0, table);
    }
  });
});

describe('the later one wins, cell by cell', () => {
  const ahead = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const cell = async () => (await sql`select habits #>> '{0,times,0}' as cell from habit_tracker`)[0]?.['cell'] as string;

  test('an update older than the cell changes nothing and says so', async () => {
    await create();
    assert.equal((await update({ status: 'red', occurred_at: ahead(120) })).body.data?.applied, true);
    const { status, body } = await update({ status: 'yellow', occurred_at: ahead(60) });
    assert.deepEqual([status, body.data?.applied], [200, false]);
    assert.equal(await cell(), 'red');
    assert.equal((await update({ day: 1, status: 'yellow', occurred_at: ahead(60) })).body.data?.applied, true);
  });

  test('on a tie the later arrival wins', async () => {
    await create();
    const occurred_at = ahead(60);
    await update({ status: 'red', occurred_at });
    assert.equal((await update({ status: 'yellow', occurred_at })).body.data?.applied, true);
    assert.equal(await cell(), 'yellow');
  });

  test('a cleared cell remembers when', async () => {
    await create();
    await update({ status: '', occurred_at: ahead(120) });
    assert.equal((await update({ status: 'red', occurred_at: ahead(60) })).body.data?.applied, false);
    assert.equal(await cell(), '');
  });

  test("a created week's cells count from its creation", async () => {
    await create();
    assert.equal((await update({ status: 'red', occurred_at: ahead(-60) })).body.data?.applied, false);
    assert.equal((await update({ status: 'red' })).body.data?.applied, true);
  });

  test('unless the row says that it is still to be created', async () => {
    await create();
    await sql`update habit_tracker set created_at = now() + interval '1 year'`;
    assert.equal((await update({ status: 'red' })).body.data?.applied, true);
    assert.equal((await update({ status: 'green', occurred_at: ahead(-60) })).body.data?.applied, false, 'and the cell remembers');
  });

  test('more than five minutes ahead is a 400', async () => {
    await create();
    assert.deepEqual(codeOf(await update({ status: 'red', occurred_at: ahead(330) })), [400, 'invalid_field']);
    assert.equal((await update({ status: 'red', occurred_at: ahead(290) })).status, 200);
  });

  test('updates of different cells at once never lose each other', async () => {
    await create({ ...week, habits: ['A', 'B', 'C'].map((name) => ({ name, times: ['', '', '', '', '', '', ''] })) });
    const answers = await Promise.all(
      ['A', 'B', 'C'].flatMap((habit_name) => [0, 1, 2, 3, 4, 5, 6].map((day) => update({ habit_name, day, status: 'green' }))),
    );
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal((await records()).length, 21);
    assert.deepEqual((await verify()).body.data, { consistent: true, differences: [] });
  });
});

describe('modes', () => {
  test('off answers 501 with what was received, and keeps no key', async () => {
    await sql`select set_dual_write_mode('off')`;
    const idempotencyKey = key();
    const { status, body } = await send(edge, as(1), 'create_week', week, { key: idempotencyKey });
    assert.equal(status, 501);
    assert.deepEqual([body.status, body.phase, body.received], ['not_implemented', 'Phase 0', { operation: 'create_week', data: week, idempotencyKey }]);
    assert.equal((await sql`select from habit_tracker`).length, 0);
    await sql`select set_dual_write_mode('on')`;
    assert.equal((await send(edge, as(1), 'create_week', week, { key: idempotencyKey })).status, 201);
  });

  test('legacy_only writes the legacy side only, for every operation', async () => {
    await sql`select set_dual_write_mode('legacy_only')`;
    assert.equal((await create()).status, 201);
    assert.equal((await update({ day: 1, status: 'red' })).body.data?.applied, true);
    assert.equal((await sql`select from children`).length, 0);
    assert.deepEqual(typesOf(await verify()), ['MISSING_CHILD']);
    assert.equal((await send(edge, as(1), 'delete_week', mia)).status, 200);
    assert.equal((await sql`select from habit_tracker`).length, 0);
  });

  test('legacy_only: what waits while the dual-write is switched on is brought over all the same', async () => {
    await create();
    await sql`select set_dual_write_mode('legacy_only')`;
    const [updated] = await sql.begin(async (holder) => {
      await holder`select from habit_tracker for update`;
      const asked = update({ day: 1, status: 'red' });
      while ((await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length === 0);
      await sql`select set_dual_write_mode('on')`;
      return [asked];
    });
    assert.equal((await updated).status, 200);
    assert.deepEqual((await verify()).body.data, { consistent: true, differences: [] });
  });

  test('skip: a non-Monday week is created on the legacy side only, and consistent', async () => {
    assert.equal((await create({ ...week, week_start_date: '2025-10-14' })).status, 201);
    assert.equal((await sql`select from weeks`).length, 0);
    assert.deepEqual((await verify({ ...mia, week_start_date: '2025-10-14' })).body.data, { consistent: true, differences: [] });
  });

  test('monday: it goes to its Monday, where a second one is refused', async () => {
    await sql`update dual_write_settings set week_alignment = 'monday'`;
    assert.equal((await create({ ...week, week_start_date: '2025-10-15' })).status, 201);
    assert.deepEqual(
      (await sql`select week_start_date::text as d from weeks`).map((row) => row['d']),
      ['2025-10-13'],
    );
    assert.deepEqual(codeOf(await create()), [409, 'week_exists']);
    assert.equal((await update({ day: 1, status: 'red' })).status, 200, 'the week is found by its Monday');
    assert.equal((await send(edge, as(1), 'delete_week', { ...mia, week_start_date: '2025-10-15' })).status, 200);
    assert.equal((await sql`select from weeks`).length, 0);
  });

  test('exact: a non-Monday week is a 400 that does not take the key', async () => {
    await sql`update dual_write_settings set week_alignment = 'exact'`;
    const mended = key();
    const refused = await send(edge, as(1), 'create_week', { ...week, week_start_date: '2025-10-14' }, { key: mended });
    assert.deepEqual(codeOf(refused), [400, 'invalid_field']);
    assert.match(JSON.stringify(refused.body.error?.details), /week_start_date/);
    assert.equal((await send(edge, as(1), 'create_week', week, { key: mended })).status, 201);
  });

  test('exact: so is an update of one, which changes nothing', async () => {
    await sql`update dual_write_settings set week_alignment = 'exact'`;
    await create();
    await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits)
      select user_id, child_name, 'another', '2025-10-14', habits from habit_tracker`;
    const earlier = [...(await sql`select * from habit_tracker order by id`)];
    const corrected = key();
    const updateOf = (date: string) =>
      send(edge, as(1), 'update_habit_record', { ...mia, week_start_date: date, habit_name: '독서', day: 1, status: 'red' }, { key: corrected });
    const refused = await updateOf('2025-10-14');
    assert.deepEqual(codeOf(refused), [400, 'invalid_field']);
    assert.deepEqual(fieldsOf(refused), ['data.week_start_date']);
    assert.deepEqual([...(await sql`select * from habit_tracker order by id`)], earlier);
    assert.equal((await updateOf('2025-10-13')).status, 200);
    assert.deepEqual(codeOf(await update({ week_start_date: '2025-10-15', status: 'red' })), [404, 'not_found']);
    assert.equal((await send(edge, as(1), 'delete_week', { ...mia, week_start_date: '2025-10-14' })).status, 200, 'to delete it writes nothing');
  });

  test('a value that only the database refuses is a 400 that does not take the key', async (t) => {
    await sql`alter table habit_tracker add constraint ck_theme check (theme <> 'refused')`;
    t.after(() => sql`alter table habit_tracker drop constraint ck_theme`);
    const corrected = key();
    const refused = await send(edge, as(1), 'create_week', { ...week, theme: 'refused' }, { key: corrected });
    assert.deepEqual([codeOf(refused), fieldsOf(refused)], [[400, 'invalid_field'], ['data']]);
    assert.equal((await send(edge, as(1), 'create_week', week, { key: corrected })).status, 201);
  });
});

describe('idempotency', () => {
  test('a finished answer is replayed with its status, its very body and the header', async () => {
    const again = key();
    const first = await send(edge, as(1), 'create_week', week, { key: again });
    const second = await send(edge, as(1), 'create_week', week, { key: again });
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.deepEqual([second.status, JSON.stringify(second.body), second.headers.get('idempotency-replayed')], [201, JSON.stringify(first.body), 'true']);
    assert.equal((await sql`select from habit_tracker`).length, 1);
  });

  test('so is a 4xx', async () => {
    const again = key();
    assert.equal((await send(edge, as(1), 'delete_week', mia, { key: again })).status, 404);
    await create();
    const second = await send(edge, as(1), 'delete_week', mia, { key: again });
    assert.deepEqual([second.status, second.headers.get('idempotency-replayed')], [404, 'true']);
    assert.equal((await sql`select from habit_tracker`).length, 1);
  });

  test('another body under the same key is a 422, the same body in another order is not', async () => {
    const again = key();
    await send(edge, as(1), 'create_week', week, { key: again });
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', { ...week, theme: 'x' }, { key: again })), [422, 'key_reused']);
    assert.deepEqual(codeOf(await send(edge, as(1), 'delete_week', mia, { key: again })), [422, 'key_reused']);
    const reordered = Object.fromEntries(Object.entries(week).toReversed());
    assert.equal((await send(edge, as(1), 'create_week', reordered, { key: again })).status, 201);
  });

  test("two users' equal keys are two keys", async () => {
    const shared = key();
    assert.equal((await send(edge, as(1), 'create_week', week, { key: shared })).status, 201);
    const other = await send(edge, as(2), 'create_week', { ...week, child_name: 'Mia' }, { key: shared });
    assert.deepEqual([other.status, other.headers.get('idempotency-replayed')], [201, null]);
  });

  test('a 5xx is not kept', async () => {
    await sql.unsafe(`create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
      create trigger refuse before insert on weeks for each row execute function refuse()`);
    const again = key();
    assert.equal((await send(edge, as(1), 'create_week', week, { key: again })).status, 500);
    await sql`drop trigger refuse on weeks`;
    assert.equal((await send(edge, as(1), 'create_week', week, { key: again })).status, 201);
  });

  test('keys expire after 24 hours, are ignored then, and cleaned up', async () => {
    const again = key();
    await send(edge, as(1), 'create_week', week, { key: again });
    const [log] = await sql`select extract(epoch from expires_at - created_at)::int as seconds from idempotency_log`;
    assert.equal(log?.['seconds'], 86_400);
    await sql`update idempotency_log set expires_at = now() - interval '1 second'`;
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', week, { key: again })), [409, 'week_exists']);
    await sql`update idempotency_log set expires_at = now() - interval '1 second'`;
    await sql`update dual_write_requests set created_at = now() - interval '8 days'`;
    assert.deepEqual([...(await sql`select cleanup_idempotency_log() as removed`)], [{ removed: 1 }]);
    assert.equal((await sql`select from dual_write_requests`).length, 0);
  });

  test('a hundred simultaneous requests with one key do the work once', async () => {
    await create();
    await sql.unsafe(`create table counted (at timestamptz default now());
      create function count_update() returns trigger language plpgsql as $$ begin insert into public.counted default values; return null; end $$;
      create trigger count_update after update on habit_tracker for each row execute function count_update()`);
    const shared = key();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send(edge, as(1), 'update_habit_record', { ...mia, habit_name: '독서', day: 6, status: 'red' }, { key: shared })),
    );
    assert.equal((await sql`select from counted`).length, 1);
    await sql.unsafe('drop trigger count_update on habit_tracker; drop function count_update; drop table counted');
    const done = answers.filter(({ status, headers }) => status === 200 && !headers.has('idempotency-replayed'));
    assert.equal(done.length, 1);
    for (const answer of answers) {
      if (answer.status === 200) assert.deepEqual(answer.body, done[0]?.body);
      else assert.deepEqual([...codeOf(answer), answer.headers.get('retry-after')], [409, 'in_progress', '1']);
    }
  });

  test('a claim without an answer is taken over after 30 seconds', async () => {
    const claimed = key();
    await sql`insert into idempotency_log (key, operation, request_data, status, created_at)
      values (${`${user(1)}:${claimed}`}, 'create_week', ${sql.json({ operation: 'create_week', data: week } as never)}, 'processing', now() - interval '25 seconds')`;
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', week, { key: claimed })), [409, 'in_progress']);
    await sql`update idempotency_log set created_at = now() - interval '31 seconds'`;
    for (const replayed of [null, 'true']) {
      const { status, headers } = await send(edge, as(1), 'create_week', week, { key: claimed });
      assert.deepEqual([status, headers.get('idempotency-replayed')], [201, replayed]);
    }
  });

  test('a claim is held while its worker works, and gone when the worker is', async () => {
    const shared = key();
    const claimed = sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(hashtextextended(${`dual_write_key/${user(1)}:${shared}`}, 0))`;
      return send(edge, as(1), 'create_week', week, { key: shared });
    });
    assert.deepEqual(codeOf(await claimed), [409, 'in_progress']);
    assert.equal((await send(edge, as(1), 'create_week', week, { key: shared })).status, 201);
  });
});

describe('who asks', () => {
  test('no token, a bad token and an anonymous key are 401', async () => {
    for (const headers of [{}, { authorization: 'Basic x' }, { authorization: 'Bearer' }, { authorization: 'Bearer nonsense' }] as Record<string, string>[]) {
      assert.deepEqual(codeOf(await raw({ method: 'POST', headers, body: '{}' })), [401, 'unauthorized']);
    }
  });

  test("another user's id is a 403 that does not take the key", async () => {
    const mended = key();
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', { ...week, user_id: user(2) }, { key: mended })), [403, 'forbidden']);
    assert.equal((await send(edge, as(1), 'create_week', { ...week, user_id: user(1) }, { key: mended })).status, 201);
  });

  test('the service key acts for the user it names, and must name one', async () => {
    assert.deepEqual(codeOf(await send(edge, project.serviceKey, 'create_week', week)), [400, 'invalid_field']);
    assert.equal((await send(edge, project.serviceKey, 'create_week', { ...week, user_id: user(2) })).status, 201);
    assert.deepEqual(
      (await sql`select user_id from habit_tracker`).map((row) => row['user_id']),
      [user(2)],
    );
  });
});

describe('what is asked', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    raw({ method: 'POST', headers: { authorization: `Bearer ${as(1)}`, 'x-idempotency-key': key(), ...headers }, body });

  test('OPTIONS answers CORS, and so does every other answer', async () => {
    const { status, headers } = await raw({ method: 'OPTIONS' });
    assert.equal(status, 200);
    for (const name of ['authorization', 'x-client-info', 'apikey', 'content-type', 'x-idempotency-key']) {
      assert.ok(headers.get('access-control-allow-headers')?.split(', ').includes(name), name);
    }
    assert.equal((await raw({ method: 'GET' })).headers.get('access-control-allow-origin'), '*');
  });

  test('another method is a 405', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) assert.deepEqual(codeOf(await raw({ method })), [405, 'method_not_allowed']);
  });

  test('256 KiB are read and one byte more is a 413, before anybody is asked who it is', async () => {
    assert.deepEqual(codeOf(await raw({ method: 'POST', body: ' '.repeat(262_144) })), [401, 'unauthorized']);
    assert.deepEqual(codeOf(await raw({ method: 'POST', body: ' '.repeat(262_145) })), [413, 'payload_too_large']);
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(edge.url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.on('error', reject);
      for (let part = 0; part < 5; part += 1) sending.write('x'.repeat(65_536));
      sending.end();
    });
    assert.equal(chunked, 413);
  });

  test('what is not a JSON object is an invalid_body', async () => {
    for (const body of ['', '{', '[]', 'null', '"x"']) assert.deepEqual(codeOf(await post(body)), [400, 'invalid_body'], body);
  });

  test('an operation that is none of the four is named', async () => {
    for (const operation of ['drop_week', null, 1, 'toString']) {
      assert.deepEqual(codeOf(await post(JSON.stringify({ operation, data: {} }))), [400, 'unknown_operation']);
    }
  });

  test('all wrong fields are named at once', async () => {
    const answer = await send(edge, as(1), 'create_week', {
      child_name: ' ',
      week_start_date: '2025-02-30',
      theme: 1,
      reward: 'a\0b',
      reflection: [],
      user_id: 'me',
      habits: [
        { name: '', times: ['blue'] },
        { name: 'A', times: ['', '', '', '', '', '', ''], id: 1.5 },
      ],
    });
    assert.deepEqual(codeOf(answer), [400, 'invalid_field']);
    assert.deepEqual(fieldsOf(answer), [
      'data.child_name',
      'data.habits',
      'data.reflection',
      'data.reward',
      'data.theme',
      'data.user_id',
      'data.week_start_date',
    ]);
    const updated = await update({ habit_name: '', day: 7, status: 'blue', occurred_at: 'yesterday' });
    assert.deepEqual(fieldsOf(updated), ['data.day', 'data.habit_name', 'data.occurred_at', 'data.status']);
  });

  for (const [field, value] of [
    ['day', -1],
    ['day', 1.5],
    ['day', '1'],
    ['status', null],
    ['status', 'Green'],
    ['occurred_at', '2025-10-13'],
    ['occurred_at', '2025-10-13T10:00:00'],
    ['occurred_at', '2025-10-13T10:00:00+20:00'],
    ['occurred_at', '2025-13-01T10:00:00Z'],
    ['week_start_date', '2025-1-1'],
    ['week_start_date', '2025-10-13T00:00:00Z'],
    ['child_name', '가'.repeat(101)],
    ['child_name', '\ud800'],
  ] as [string, unknown][]) {
    test(`${field} ${JSON.stringify(value)?.slice(0, 20)} is refused`, async () => {
      const answer = await update({ status: 'red', [field]: value });
      assert.deepEqual(codeOf(answer), [400, 'invalid_field']);
      assert.deepEqual(fieldsOf(answer), [`data.${field}`]);
    });
  }

  test('what cannot be stored is refused wherever it stands', async () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    for (const more of ['"more": "\\u0000"', '"more": {"\\ud800": 1}', `"more": ${nested(40)}`, `"more": ${nested(100_000)}`]) {
      const answer = await post(`{ "operation": "delete_week", "data": { "child_name": "민아", "week_start_date": "2025-10-13", ${more} } }`);
      assert.deepEqual([...codeOf(answer), fieldsOf(answer)], [400, 'invalid_field', ['data.more']], more.slice(0, 30));
    }
  });

  test('the idempotency key is needed, and printable', async () => {
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', week, { key: null })), [400, 'missing_idempotency_key']);
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', week, { key: 'x'.repeat(256) })), [400, 'invalid_field']);
    assert.deepEqual(codeOf(await send(edge, as(1), 'create_week', week, { key: 'schlüssel' })), [400, 'invalid_field']);
    assert.equal((await send(edge, as(1), 'create_week', week, { key: 'x'.repeat(255) })).status, 201);
  });

  test('a 400 comes before a 501, a 403 after it', async () => {
    await sql`select set_dual_write_mode('off')`;
    assert.deepEqual(codeOf(await create({})), [400, 'invalid_field']);
    assert.equal((await create({ ...week, user_id: user(2) })).status, 501);
  });
});

describe('what is not there', () => {
  test('missing configuration is a 503 that names the variable, and comes before the token', async () => {
    for (const [environment, name] of [
      [{ SUPABASE_SERVICE_ROLE_KEY: 'x' }, /SUPABASE_URL/],
      [{ SUPABASE_URL: 'http://127.0.0.1:1' }, /SUPABASE_SERVICE_ROLE_KEY/],
    ] as [Record<string, string>, RegExp][]) {
      const lost = await startFunction(project, environment);
      const response = await fetch(lost.url, { method: 'POST', body: '{}' });
      const body = (await response.json()) as { error: { code: string; message: string } };
      await lost.kill();
      assert.deepEqual([response.status, body.error.code], [503, 'unavailable']);
      assert.match(body.error.message, name);
    }
  });

  test('SUPABASE_SECRET_KEY will do', async () => {
    const other = await startFunction(project, { SUPABASE_URL: `${project.apiUrl}/`, SUPABASE_SECRET_KEY: project.serviceKey });
    assert.equal((await send(other, as(1), 'create_week', week)).status, 201);
    await other.kill();
  });

  test('an unreachable Supabase is a 503 that says nothing of where it should be', async () => {
    const lost = await startFunction(project, { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_SERVICE_ROLE_KEY: 'service' });
    for (const token of ['service', 'a-user']) {
      const { status, headers, body } = await send(lost, token, 'create_week', { ...week, user_id: user(1) });
      assert.deepEqual([status, body.error?.code, headers.get('retry-after')], [503, 'unavailable', '1']);
      assert.doesNotMatch(JSON.stringify(body), /127\.0\.0\.1|service/);
    }
    await lost.kill();
  });
});

type Health = Record<string, unknown> & {
  latency_ms: Record<string, number>;
  pending_constraints: string[];
  source_versions: Record<string, unknown>;
};

describe('health', () => {
  test('counts what came after authentication, without 501', async () => {
    await create();
    const again = key();
    await send(edge, as(1), 'delete_week', mia, { key: again });
    await send(edge, as(1), 'delete_week', mia, { key: again });
    await create({});
    await raw({ method: 'POST', body: '{}' });
    await raw({ method: 'GET' });
    await sql`select set_dual_write_mode('off')`;
    await create();
    const [row] = await sql`select dual_write_health() as health`;
    const { health } = row as { health: Health };
    assert.deepEqual(
      [health['requests'], health['success_rate'], health['error_rate'], health['replay_rate'], health['window_seconds'], health['mode']],
      [4, 0.75, 0, 0.25, 86_400, 'off'],
    );
    assert.ok(Number(health.latency_ms['p50']) > 0 && Number(health.latency_ms['p99']) >= Number(health.latency_ms['p95']));
    assert.deepEqual([health['trigger_enabled'], health['open_failures'], health.pending_constraints.length], [true, 0, 9]);
    assert.deepEqual(health.source_versions['children'], { dual_write: 1 });
  });

  test('takes a window of any length, and says so where it is none', async () => {
    await create();
    const [row] = await sql`
      select dual_write_health('300000 years') as years, dual_write_health('178000000 years') as longest, dual_write_health('0') as none`;
    const { years, longest, none } = row as Record<string, Health>;
    assert.deepEqual([years?.['requests'], longest?.['requests'], years?.['window_seconds']], [1, 1, 300_000 * 365.25 * 86_400]);
    assert.deepEqual([none?.['requests'], none?.['requests_per_minute']], [0, null]);
    for (const window of ['-1 hour', '-300000 years', null]) {
      await assert.rejects(sql`select dual_write_health(${window}::interval)`, /The window is an interval of 0 or more, such as 24 hours, not /);
    }
  });

  test('a disabled trigger shows', async () => {
    await sql`alter table habit_tracker disable trigger trigger_habit_tracker_dual_write`;
    const [row] = await sql`select dual_write_health('1 hour') as health`;
    await sql`alter table habit_tracker enable trigger trigger_habit_tracker_dual_write`;
    assert.deepEqual([row?.['health'].trigger_enabled, row?.['health'].window_seconds], [false, 3600]);
  });
});
