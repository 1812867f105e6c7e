import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import type postgres from 'postgres';
import {
  createDatabase,
  emptyTables,
  send,
  startFunction,
  startPostgres,
  startProject,
  supabaseDefaults,
  tables,
  user,
  type AnswerBody,
  type Answered,
  type EdgeFunction,
  type Project,
} from './server.ts';

/** What somebody with an account may try, what a family's row may hold, and what may stand where Supabase should be. */

let server: Awaited<ReturnType<typeof startPostgres>>;
let project: Project;
let edge: EdgeFunction;
let sql: postgres.Sql;

before(async () => {
  server = await startPostgres();
  project = await startProject(await createDatabase(server, { prepare: supabaseDefaults }));
  sql = project.sql;
  edge = await startFunction(project);
  await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
  // As strict as it will be one day.
  await sql.unsafe(tables.map((table) => `alter table ${table} enable row level security;`).join('\n'));
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

const as = (number: number) => project.tokenOf(user(number));
const mia = { child_name: '민아', week_start_date: '2025-10-13' };
const cells = (first = '') => [first, '', '', '', '', '', ''];
const week = { ...mia, habits: [{ id: 1, name: '독서', times: cells('green') }], theme: '가을' };
const create = (data: Record<string, unknown> = week, number = 1) => send(edge, as(number), 'create_week', data);
const tap = (data: Record<string, unknown> = {}, number = 1, key?: string) =>
  send(edge, as(number), 'update_habit_record', { ...mia, habit_name: '독서', day: 0, status: 'red', ...data }, key === undefined ? {} : { key });
const codeOf = ({ status, body }: Pick<Answered, 'status' | 'body'>) => [status, body.error?.code];
const fieldsOf = ({ body }: Answered) => body.error?.details?.map(({ field }) => field);

async function post(body: BodyInit, operationKey: string | null = crypto.randomUUID(), url = edge.url, token = as(1)): Promise<Answered> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(operationKey === null ? {} : { 'x-idempotency-key': operationKey }) },
    body,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody };
}

/** A legacy row as the old app leaves it: with the trigger, or as it was before there was one. */
async function legacyRow({
  owner,
  habits = [{ id: 1, name: '독서', times: cells('green') }],
  followed = true,
}: {
  owner: string | null;
  habits?: unknown;
  followed?: boolean;
}): Promise<void> {
  if (!followed) await sql`select set_dual_write_mode('off')`;
  await sql`insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits)
    values (${owner}, ${mia.child_name}, 'their own', ${mia.week_start_date}, '비밀', ${sql.json(habits as never)})`;
  await sql`select set_dual_write_mode('on')`;
}

describe('a name gives no right', () => {
  for (const followed of [true, false]) {
    test(`a row without user_id${followed ? ', on record,' : ''} is neither found, adopted, changed nor deleted by whoever takes the child's name`, async () => {
      await legacyRow({ owner: null, followed });
      const earlier = await sql`select to_jsonb(h) from habit_tracker h where user_id is null`;
      const failures = () => sql`select error, attempts, resolved_at from dual_write_failures order by id`;
      const onRecord = await failures();

      for (const operation of ['delete_week', 'verify_consistency'])
        assert.deepEqual(codeOf(await send(edge, as(1), operation, mia)), [404, 'not_found'], operation);
      assert.deepEqual(codeOf(await tap()), [404, 'not_found']);
      // Another week of a child of that name, and this very one.
      assert.equal((await create({ ...week, week_start_date: '2025-10-20' })).status, 201);
      for (const operation of ['delete_week', 'verify_consistency'])
        assert.deepEqual(codeOf(await send(edge, as(1), operation, mia)), [404, 'not_found'], operation);
      assert.deepEqual(codeOf(await tap()), [404, 'not_found']);
      assert.equal((await create({ ...week, theme: 'mine' })).status, 201);
      assert.equal((await tap({ status: 'yellow' })).status, 200);
      assert.deepEqual((await send(edge, as(1), 'verify_consistency', mia, { key: null })).body.data, { consistent: true, differences: [] });
      assert.equal((await send(edge, as(1), 'delete_week', mia)).status, 200);

      assert.deepEqual([...(await sql`select to_jsonb(h) from habit_tracker h where user_id is null`)], [...earlier]);
      assert.deepEqual([...(await failures())], [...onRecord]);
      assert.deepEqual([...(await sql`select from weeks where theme = '비밀'`)], []);
    });
  }

  test('a namesake of another family changes nothing for the first one', async () => {
    assert.equal((await create()).status, 201);
    const family = () => sql`select to_jsonb(c) as c, to_jsonb(w) as w from children c join weeks w on w.child_id = c.id where c.user_id = ${user(1)}`;
    const earlier = await family();
    assert.equal((await create({ ...week, week_start_date: '2025-10-20', theme: 'x' }, 2)).status, 201);
    assert.deepEqual(codeOf(await send(edge, as(2), 'delete_week', mia)), [404, 'not_found']);
    assert.deepEqual([...(await family())], [...earlier]);
    assert.equal((await tap()).status, 200, 'whose week is followed as before');
    assert.deepEqual([...(await sql`select error from dual_write_failures`)], []);
  });

  test('nor is it waited for: the child is locked with its family', async () => {
    await create();
    await sql.begin(async (transaction) => {
      await transaction`select dual_write_lock(${user(2)}, ${mia.child_name})`;
      assert.equal((await tap()).status, 200);
      assert.equal((await create({ ...week, week_start_date: '2025-10-20' })).status, 201);
      assert.equal((await send(edge, as(1), 'delete_week', mia)).status, 200);
    });
  });
});

test('rows and children that others have under the name are not looked through, however many', async () => {
  await create();
  await sql`select set_dual_write_mode('off')`;
  await sql`
    insert into habit_tracker (user_id, child_name, week_period, week_start_date)
    select ${user(2)}, ${mia.child_name}, n::text, ${mia.week_start_date} from generate_series(1, 1000) n`;
  await sql`insert into children (user_id, name) select ${user(2)}, repeat(' ', n % 30) || ${mia.child_name} || repeat(E'\t', n / 30) from generate_series(1, 900) n`;
  await sql`analyze habit_tracker, children`;
  await sql`select set_dual_write_mode('on')`;
  const read = await sql.begin(async (transaction) => {
    await transaction`
      select dual_write_sync(user_id, child_name, week_start_date, id::text, 'UPDATE', 'dual_write', true) from habit_tracker where user_id = ${user(1)}`;
    return transaction<{ relname: string; rows: number }[]>`
      select relname, (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relname in ('habit_tracker', 'children') order by 1`;
  });
  assert.ok(read.length === 2 && read.every(({ rows }) => rows < 20), JSON.stringify(read));
});

describe('a row that cannot be read', () => {
  const unreadable: Record<string, unknown> = {
    'whose other habit has six cells': [
      { name: '독서', times: cells() },
      { name: 'x', times: cells().slice(1) },
    ],
    'whose other habit has no name': [{ name: '독서', times: cells() }, { times: cells() }],
    'whose other habit has an unknown status': [
      { name: '독서', times: cells() },
      { name: 'x', times: cells('blue') },
    ],
    'whose habit has an unknown status on another day': [{ name: '독서', times: ['', 'blue', '', '', '', '', ''] }],
    'whose habits are no array': { 독서: cells() },
    // A random one: Postgres packs what repeats.
    'whose other habit has a name that no index can hold': [
      { name: '독서', times: cells() },
      { name: Array.from({ length: 3000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join(''), times: cells() },
    ],
  };
  for (const [what, habits] of Object.entries(unreadable)) {
    test(`${what} is a 422 that changes nothing and is no error of the server`, async () => {
      await legacyRow({ owner: user(1), habits, followed: false });
      const earlier = await sql`select to_jsonb(h) from habit_tracker h`;
      const answer = await tap();
      assert.deepEqual(codeOf(answer), [422, 'malformed_week'], JSON.stringify(answer.body));
      assert.match(
        answer.body.error?.message ?? '',
        /^The legacy row of this week cannot be read, and nothing was changed(: habits(\[\d+\](\.name|\.times(\[\d\])?)?)? [a-z ]+)?\.$/,
      );
      assert.deepEqual([...(await sql`select to_jsonb(h) from habit_tracker h`)], [...earlier]);
      assert.deepEqual([...(await sql`select from children`)], []);
      const [row] = await sql`select dual_write_health() -> 'error_rate' as rate`;
      assert.deepEqual([row?.['rate'], (await sql`select from dual_write_requests`).length], [0, 1]);
      assert.equal((await send(edge, as(1), 'verify_consistency', mia, { key: null })).status, 200);
      assert.equal((await send(edge, as(1), 'delete_week', mia)).status, 200, 'and it can be deleted');
    });
  }

  test('the same holds while only the legacy side is written', async () => {
    await legacyRow({ owner: user(1), habits: unreadable['whose other habit has an unknown status'], followed: false });
    await sql`select set_dual_write_mode('legacy_only')`;
    assert.deepEqual(codeOf(await tap()), [422, 'malformed_week']);
  });

  test('the cell that is written may have held anything: writing it puts the row right', async () => {
    await legacyRow({ owner: user(1), habits: [{ name: '독서', times: cells('blue') }], followed: false });
    assert.equal((await tap({ status: 'green' })).status, 200);
    assert.deepEqual([...(await sql`select status from habit_records`)], [{ status: 'green' }]);
  });
});

describe('a week has a size', () => {
  const habits = (count: number, name = (at: number) => `${at}`) => Array.from({ length: count }, (_, at) => ({ name: name(at), times: cells('green') }));

  test('200 habits are a week, also where all have one name, and 201 are not', async () => {
    assert.equal((await create({ ...week, habits: habits(200, () => 'A') })).status, 201);
    assert.deepEqual([...(await sql`select name from habits where name = 'A (200)'`)], [{ name: 'A (200)' }]);
    const answer = await create({ ...week, week_start_date: '2025-10-20', habits: habits(201) });
    assert.deepEqual([...codeOf(answer), fieldsOf(answer)], [400, 'invalid_field', ['data.habits']]);
  });

  test('text that is costly to put in order is refused, wherever it stands', async () => {
    const marks = '\u0301\u0327'.repeat(30_000);
    for (const data of [
      { theme: marks },
      { reflection: { a: [marks] } },
      { child_name: marks },
      { habits: [{ name: marks, times: cells() }] },
      { reflection: { [marks]: 1 } },
    ]) {
      const answer = await create({ ...week, ...data });
      assert.deepEqual([...codeOf(answer), fieldsOf(answer)], [400, 'invalid_field', Object.keys(data).map((name) => `data.${name}`)]);
    }
    assert.equal((await create({ ...week, theme: `e${'\u0301'.repeat(30)}` })).status, 201);
  });
});

describe('one calendar', () => {
  test('weeks lie between 0001-01-01 and 9999-12-31', async () => {
    for (const week_start_date of ['0001-01-01', '9999-12-20']) {
      assert.equal((await create({ ...week, week_start_date })).status, 201, week_start_date);
      assert.deepEqual((await send(edge, as(1), 'verify_consistency', { ...mia, week_start_date }, { key: null })).body.data, {
        consistent: true,
        differences: [],
      });
    }
    for (const week_start_date of [
      '0000-12-25',
      '-0001-01-01',
      '9999-12-26',
      '9999-12-31',
      '10000-01-03',
      'infinity',
      '0044-03-15 BC',
      '2025-02-29',
      '1900-02-29',
      '2025-10-13 ',
      'epoch',
      '2025-W42-1',
    ]) {
      assert.deepEqual(codeOf(await create({ ...week, week_start_date })), [400, 'invalid_field'], week_start_date);
    }
    assert.equal((await create({ ...week, week_start_date: '2024-02-29' })).status, 201);
  });

  test('and so do the times of an update', async () => {
    await create();
    for (const occurred_at of [
      '+010000-01-01T00:00:00Z',
      '10000-01-01T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+14:00',
      'infinity',
      '-infinity',
      '2016-12-31T23:59:60Z',
      '2025-10-13T24:00:00Z',
      '2025-02-29T10:00:00Z',
      '2025-10-13T10:00:00',
      '2025-10-13T10:00:00+15:00',
      '2025-10-13T10:00:00 Europe/Berlin',
      'now',
      1760000000000,
    ])
      assert.deepEqual(codeOf(await tap({ occurred_at })), [400, 'invalid_field'], String(occurred_at));
    for (const occurred_at of [
      '0001-01-01T00:00:00Z',
      '0001-01-01T00:00:00-14:00',
      '2024-02-29T10:00Z',
      '2025-10-13T10:00:00.123456789+0530',
      '2025-10-13T10:00-11',
    ]) {
      assert.deepEqual((await tap({ occurred_at })).body.data?.applied, false, occurred_at);
    }
  });

  test('answers say dates the ISO way and times in UTC, whatever the database is set to', async (t) => {
    const other = await startProject(await createDatabase(server, { prepare: supabaseDefaults }));
    const edgeOfOther = await startFunction(other);
    t.after(async () => {
      await edgeOfOther.kill();
      await other.close();
    });
    await other.sql`insert into auth.users (id) values (${user(1)})`;
    await other.sql`select set_dual_write_mode('on')`;
    await other.sql.unsafe(`alter role postgres in database "${new URL(other.url).pathname.slice(1)}" set datestyle = 'SQL, DMY';
      alter role postgres in database "${new URL(other.url).pathname.slice(1)}" set timezone = 'Asia/Seoul';
      select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
    const ask = (operation: string, data: Record<string, unknown>) => send(edgeOfOther, other.tokenOf(user(1)), operation, { ...mia, ...data });
    await ask('create_week', week);
    await other.sql`update habit_records set status = 'red'`;
    assert.deepEqual((await ask('verify_consistency', {})).body.data?.differences, [
      { type: 'DATA_MISMATCH', path: 'habits/독서/2025-10-13', legacy: 'green', normalized: 'red' },
    ]);
    const tapped = await ask('update_habit_record', { habit_name: '독서', day: 1, status: 'red', occurred_at: '2025-10-13T01:30:00+09:00' });
    assert.match(
      JSON.stringify(tapped.body.data),
      /"occurred_at":"2025-10-12T16:30:00\+00:00".*"week_start_date":"2025-10-13"|"week_start_date":"2025-10-13".*"occurred_at":"2025-10-12T16:30:00\+00:00"/,
    );
  });
});

describe('numbers are what was sent', () => {
  const body = (reflection: string, id = '1') =>
    `{"operation": "create_week", "data": {"child_name": "민아", "week_start_date": "2025-10-13", "reflection": ${reflection}, "habits": [{"id": ${id}, "name": "A", "times": ["","","","","","",""]}]}}`;
  const tapOf = (day: string) =>
    `{"operation": "update_habit_record", "data": {"child_name": "민아", "week_start_date": "2025-10-13", "habit_name": "독서", "status": "", "day": ${day}}}`;

  test('stored to the last digit, on both sides', async () => {
    const numbers = '[9007199254740993, 0.1000000000000000055511151231257827, 12345678901234567890123, 1.50, -0.5, 1e3]';
    assert.equal((await post(body(`{"n": ${numbers}}`))).status, 201);
    for (const table of ['habit_tracker', 'weeks']) {
      const [row] = await sql`select reflection -> 'n' = ${numbers}::text::jsonb as same from ${sql(table)}`;
      assert.equal(row?.['same'], true, table);
    }
  });

  for (const id of ['9007199254740993', '9007199254740992', '9007199254740991.4', '1.5', '1e400', '1760000000000.0000001']) {
    test(`an id of ${id} is refused`, async () => {
      assert.deepEqual(codeOf(await post(body('{}', id))), [400, 'invalid_field']);
    });
  }

  test('a day that only looks whole as a double is none', async () => {
    await create();
    for (const day of ['2.0000000000000000001', '6.9999999999999999999', '1e-400', '1.5'])
      assert.deepEqual(codeOf(await post(tapOf(day))), [400, 'invalid_field'], day);
  });

  test('what no number of the database could be is refused', async () => {
    for (const number of ['1e400', '-1e400', '1e200000', '1e-400', '1e-20000', `0.${'1'.repeat(500)}`, '1'.repeat(500)]) {
      const answer = await post(body(`{"n": [${number}]}`));
      assert.deepEqual([...codeOf(answer), fieldsOf(answer)], [400, 'invalid_field', ['data.reflection']], number.slice(0, 20));
    }
  });

  test('and a number where something else belongs is wrong, however it is written', async () => {
    for (const reflection of ['1.5', '1e3']) assert.deepEqual(codeOf(await post(body(reflection))), [400, 'invalid_field']);
    assert.deepEqual(codeOf(await post('1.5')), [400, 'invalid_body']);
    assert.deepEqual(codeOf(await post('{"operation": "create_week", "data": 1.5}')), [400, 'invalid_field']);
    assert.deepEqual(codeOf(await post('{"operation": 1.5, "data": {}}')), [400, 'unknown_operation']);
  });
});

test('bytes that are no UTF-8 are no JSON', async () => {
  const text = new TextEncoder().encode(JSON.stringify({ operation: 'delete_week', data: { ...mia, child_name: 'x?' } }));
  text[text.indexOf('?'.charCodeAt(0))] = 0xff;
  assert.deepEqual(codeOf(await post(text)), [400, 'invalid_body']);
});

test('nor is a body that breaks off', async () => {
  const { hostname, port, pathname } = new URL(edge.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.end(`POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${as(1)}\r\nContent-Length: 100\r\n\r\n{"operation"`);
  assert.match(await readText(socket), /^HTTP\/1\.1 400 [^]*"invalid_body"/);
});

describe('what is kept of a request', () => {
  test('is nothing that nobody asked for, and small', async () => {
    const more = { secret: 'unasked', constructor: 1 };
    const long = Array.from({ length: 30_000 }, (_, at) => ((at * 7919) % 65_521).toString(36)).join('');
    const answer = await create({ ...week, ...more, theme: long, habits: [{ ...week.habits[0], ...more, color: 'unasked' }] });
    assert.equal(answer.status, 201);
    assert.deepEqual(codeOf(await create({ ...week, ...more, theme: long })), [409, 'week_exists']);
    const kept = await sql`select l.*, octet_length(l::text) as bytes from idempotency_log l`;
    assert.equal(kept.length, 2);
    assert.doesNotMatch(JSON.stringify(kept), /unasked|constructor/);
    for (const { bytes } of kept) assert.ok(bytes < 2000, `${bytes} bytes`);
    assert.doesNotMatch(JSON.stringify(await sql`select habits from habit_tracker`), /unasked/);
  });

  test('tells two bodies apart all the same, to the last digit', async () => {
    const key = crypto.randomUUID();
    const body = (number: string, more = '') =>
      `{"operation": "create_week", "data": {"child_name": "민아", "week_start_date": "2025-10-13", "habits": [], "reflection": {"n": ${number}}${more}}}`;
    assert.equal((await post(body('9007199254740993'), key)).status, 201);
    assert.deepEqual(codeOf(await post(body('9007199254740992'), key)), [422, 'key_reused']);
    const again = await post(body('9007199254740993', ', "unasked": 1'), key);
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true']);
  });
});

describe('10,000 operations a day', () => {
  const fill = (number: number, count: number, age = '1 hour') => sql`
    insert into idempotency_log (key, operation, request_data, response_data, status, created_at, expires_at)
    select ${`${user(number)}:`} || n, 'delete_week', '{}', '{"status": 200, "body": {}}', 'success', now() - ${age}::interval + n * interval '1 ms', now() + interval '24 hours'
    from generate_series(1, ${count}) n`;

  test("are a user's, and the next one has to wait until the first is a day ago", async () => {
    await create();
    await fill(1, 9_998);
    const key = crypto.randomUUID();
    assert.equal((await tap({}, 1, key)).status, 200, 'the 10,000th');
    const refused = crypto.randomUUID();
    const answer = await tap({ status: 'yellow' }, 1, refused);
    assert.deepEqual(codeOf(answer), [429, 'rate_limited']);
    const wait = Number(answer.headers.get('retry-after'));
    assert.ok(Number.isInteger(wait) && wait > 22 * 3600 && wait <= 23 * 3600, `${wait} s`);
    assert.deepEqual([...(await sql`select habits #>> '{0,times,0}' as cell from habit_tracker`)], [{ cell: 'red' }]);
    const again = await tap({}, 1, key);
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [200, 'true'], 'what was done is told');
    assert.equal((await send(edge, as(1), 'verify_consistency', mia, { key: null })).status, 200, 'and looking takes none');
    assert.equal((await create({ ...week, child_name: 'Mia' }, 2)).status, 201, 'nor is anybody else kept from it');
    // The key was not taken by the refusal.
    await sql`update idempotency_log set created_at = created_at - interval '24 hours' where key = ${`${user(1)}:1`}`;
    assert.equal((await tap({ status: 'green' }, 1, refused)).status, 200);
  });

  test('are counted again only when they could be too many, whoever wrote the keys', async () => {
    await create();
    const until = async () =>
      (await sql`select until::int - last_value::int as ahead from dual_write_quotas, dual_write_keys where user_id = ${user(1)}`)[0]?.['ahead'];
    const ahead = await until();
    assert.ok(ahead > 9_990 && ahead <= 10_001, `${ahead} keys`);
    assert.equal((await tap()).status, 200);
    assert.equal(await until(), ahead - 1, 'not counted, as there is one more at most');
    await fill(2, 10_000);
    assert.equal((await tap({ status: 'red' })).status, 200, "others' keys only have it counted again");
    assert.ok((await until()) > 9_990);
    await sql`delete from idempotency_log where key like ${`${user(2)}:%`}`;
    assert.equal((await sql`select cleanup_idempotency_log()`).length, 1);
    assert.deepEqual([...(await sql`select from dual_write_quotas`)], [], 'nobody is kept longer than their keys');
    assert.equal((await tap()).status, 200);
  });

  test("are counted in the user's part of the index alone, in a table of any size", async () => {
    await fill(2, 20_000);
    await fill(1, 5);
    const lines = await sql.unsafe(`set enable_seqscan = off; explain select from idempotency_log where key >= '${user(1)}:' and key < '${user(1)};'`);
    assert.match(JSON.stringify(lines), /idx_idempotency_key/);
    await create();
    assert.equal((await tap()).status, 200);
  });

  test("keys stand in the order of bytes, where no language mixes two users' up", async () => {
    const [row] =
      await sql`select collname from pg_attribute a join pg_collation c on c.oid = a.attcollation where attrelid = 'idempotency_log'::regclass and attname = 'key'`;
    assert.equal(row?.['collname'], 'C');
  });
});

describe('a name is looked up where nobody else can put one', () => {
  test('overloads that would fit better than the built-in functions are not called', async (t) => {
    await sql.unsafe(`
      create table called (who text, what text);
      create function public.format(text, text, int) returns text language plpgsql as $$ begin insert into public.called values (current_user, 'format'); return pg_catalog.format($1, $2, $3); end $$;
      create function public.format(text, int, bigint) returns text language plpgsql as $$ begin insert into public.called values (current_user, 'format'); return pg_catalog.format($1, $2, $3); end $$;
      create function public.jsonb_build_array(jsonb) returns jsonb language plpgsql as $$ begin insert into public.called values (current_user, 'array'); return pg_catalog.jsonb_build_array($1); end $$;
      create function public.jsonb_build_array(jsonb, jsonb, text) returns jsonb language plpgsql as $$ begin insert into public.called values (current_user, 'array'); return pg_catalog.jsonb_build_array($1, $2, $3); end $$;
      create function public.jsonb_build_object(text, text, text, jsonb) returns jsonb language plpgsql as $$ begin insert into public.called values (current_user, 'object'); return pg_catalog.jsonb_build_object($1, $2, $3, $4); end $$;
      create function public.jsonb_build_object(text, boolean) returns jsonb language plpgsql as $$ begin insert into public.called values (current_user, 'object'); return pg_catalog.jsonb_build_object($1, $2); end $$;
      create function public.jsonb_build_object(text, int) returns jsonb language plpgsql as $$ begin insert into public.called values (current_user, 'object'); return pg_catalog.jsonb_build_object($1, $2); end $$;`);
    t.after(() =>
      sql.unsafe(`drop table called; drop function public.format(text, text, int); drop function public.format(text, int, bigint);
      drop function public.jsonb_build_array(jsonb); drop function public.jsonb_build_array(jsonb, jsonb, text);
      drop function public.jsonb_build_object(text, text, text, jsonb); drop function public.jsonb_build_object(text, boolean); drop function public.jsonb_build_object(text, int)`),
    );
    await create();
    await tap();
    await send(edge, as(1), 'verify_consistency', mia, { key: null });
    await send(edge, as(1), 'delete_week', mia);
    await sql`select dual_write_health(), get_rls_status()`;
    await sql`select * from validate_pending_constraints()`;
    assert.deepEqual([...(await sql`select * from called`)], []);
  });
});

describe('where Supabase should be', () => {
  /** Something that speaks HTTP in Supabase's place, in front of the function. */
  async function withUpstream(answer: RequestListener, use: (edge: EdgeFunction) => Promise<void>): Promise<void> {
    const upstream = createServer(answer);
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const fooled = await startFunction({ apiUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, serviceKey: 'the-service-key' });
    try {
      await use(fooled);
    } finally {
      await fooled.kill();
      upstream.closeAllConnections();
      upstream.close();
    }
  }
  const aUser = JSON.stringify({ id: user(1), aud: 'authenticated' });
  const ask = (fooled: EdgeFunction) =>
    post(JSON.stringify({ operation: 'create_week', data: { ...week, user_id: user(1) } }), crypto.randomUUID(), fooled.url);
  const assertUnavailable = (answer: Answered, what: string) => {
    assert.deepEqual([...codeOf(answer), answer.headers.get('retry-after')], [503, 'unavailable', '1'], what);
    assert.doesNotMatch(JSON.stringify(answer.body), /the-service-key|127\.0\.0\.1|<html|select|at .*\.ts/i, what);
  };

  test('a redirect is not followed, with the key or without', async () => {
    let reached = 0;
    const elsewhere = createServer((_incoming, outgoing) => {
      reached += 1;
      outgoing.end(aUser);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    let status = 302;
    let isAuthRight = false;
    await withUpstream(
      (incoming, outgoing) => {
        if (isAuthRight && incoming.url === '/auth/v1/user') outgoing.writeHead(200, { 'content-type': 'application/json' }).end(aUser);
        else outgoing.writeHead(status, { location }).end();
      },
      async (fooled) => {
        for (isAuthRight of [false, true]) {
          for (status of [301, 302, 303, 307, 308]) assertUnavailable(await ask(fooled), `${status}`);
        }
      },
    );
    elsewhere.closeAllConnections();
    elsewhere.close();
    assert.equal(reached, 0);
  });

  test('an answer of the Auth API that is none is a 503, and one that refuses the token a 401', async () => {
    let answer: [number, string] = [200, ''];
    await withUpstream(
      (_incoming, outgoing) => outgoing.writeHead(answer[0]).end(answer[1]),
      async (fooled) => {
        for (answer of [
          [200, ''],
          [200, '<html>'],
          [200, 'null'],
          [200, '[]'],
          [200, '{}'],
          [200, '{"id": 1}'],
          [200, '{"id": "me"}'],
          [200, `{"user": ${aUser}}`],
          [204, ''],
          [401, '<html>'],
          [403, ''],
          [401, '{"message": "Invalid API key"}'],
          [402, '{"message": "quota"}'],
          [404, '{}'],
          [429, '{}'],
          [500, '{}'],
          [502, '<html>'],
        ] as [number, string][])
          assertUnavailable(await ask(fooled), answer.join(' '));
        for (answer of [
          [401, '{"msg": "invalid JWT"}'],
          [403, '{"error_code": "bad_jwt", "msg": "token is expired"}'],
          [400, '{"error_code": "bad_jwt"}'],
        ] as [number, string][]) {
          assert.deepEqual(codeOf(await ask(fooled)), [401, 'unauthorized'], answer.join(' '));
        }
      },
    );
  });

  test('an answer of the database that is none is a 503', async () => {
    let answer: [number, string] = [200, ''];
    await withUpstream(
      (incoming, outgoing) => {
        if (incoming.url === '/auth/v1/user') outgoing.end(aUser);
        else outgoing.writeHead(answer[0]).end(answer[1]);
      },
      async (fooled) => {
        for (answer of [
          [200, ''],
          [200, '<html>'],
          [200, 'null'],
          [200, '[]'],
          [200, '{}'],
          [200, '"{}"'],
          [200, '{"status": 200, "replayed": false}'],
          [200, '{"status": "200", "body": {}, "replayed": false}'],
          [200, '{"status": 204, "body": {}, "replayed": false}'],
          [200, '{"status": 200, "body": null, "replayed": false}'],
          [200, '{"status": 99, "body": {}, "replayed": false}'],
          [200, '{"status": 200, "body": {}}'],
          [200, '{"status": 429, "body": {}, "replayed": false, "retry_after": "soon"}'],
          [400, '{"code": "22P02", "message": "select secret"}'],
          [401, '{"code": "PGRST301"}'],
          [403, '{}'],
          [404, '{"code": "PGRST202"}'],
          [404, '<html>'],
          [402, ''],
          [500, '{"code": "57014"}'],
          [503, ''],
        ] as [number, string][])
          assertUnavailable(await ask(fooled), answer.join(' '));
        const right = '{"status": 200, "body": {"status": "success", "data": 9007199254740993}, "replayed": false}';
        // Not every server hands JSON back as JSON.
        for (answer of [
          [200, right],
          [200, JSON.stringify(right)],
        ] as [number, string][]) {
          const response = await fetch(fooled.url, {
            method: 'POST',
            headers: { authorization: 'Bearer x' },
            body: JSON.stringify({ operation: 'verify_consistency', data: mia }),
          });
          assert.deepEqual([response.status, await response.text()], [200, '{"status":"success","data":9007199254740993}'], 'to the last digit');
        }
      },
    );
  });

  test('an answer that does not come, or does not end, is a 503', async () => {
    await withUpstream(
      (incoming, outgoing) => {
        if (incoming.url === '/auth/v1/user') outgoing.writeHead(200).write('{');
      },
      async (fooled) => assertUnavailable(await ask(fooled), 'half an answer'),
    );
  });
});

test('a statement that is cancelled stays cancelled, and nothing of it is left', async () => {
  await create();
  const cancelled = await sql.begin(async (transaction) => {
    await transaction`select from habit_tracker for update`;
    const answer = tap({ status: 'yellow' });
    for (;;) {
      const [waiting] = await sql`select pid, pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%dual_write_operation%' and pid <> pg_backend_pid()`;
      if (waiting) break;
    }
    return answer;
  });
  assert.deepEqual(codeOf(await cancelled), [503, 'unavailable']);
  assert.deepEqual([...(await sql`select habits #>> '{0,times,0}' as cell from habit_tracker`)], [{ cell: 'green' }]);
});
