import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../demo/data.ts';
import { startPostgres, type Postgres } from '../../demo/postgres.ts';
import { startWorld, type World } from '../../demo/world.ts';
import {
  answering,
  cutShort,
  firstOf,
  hanging,
  heldUntil,
  htmlError,
  malformed,
  on,
  startProxy,
  toTable,
  truncated,
  type Behaviour,
  type Proxy,
} from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
});
after(() => world.close());

const get = (url: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/rest/v1/${path}`, { headers: { apikey: world.secretKey, ...headers } });

describe('the embedded Supabase', () => {
  it('answers like PostgREST: rows, exact counts, missing tables, wrong keys', async () => {
    const rows = await get(world.url, 'weeks?select=id&limit=5', { prefer: 'count=exact' });
    assert.equal(rows.headers.get('content-range'), '0-4/18');
    assert.equal(((await rows.json()) as unknown[]).length, 5);
    const missing = await get(world.url, 'nowhere');
    assert.equal(missing.status, 404);
    assert.equal(((await missing.json()) as { code: string }).code, 'PGRST205');
    assert.equal((await get(world.url, 'weeks', { apikey: 'sb_secret_of_somebody_else' })).status, 401);
  });

  it('shows nothing to the publishable key where row-level security lets it read nothing', async () => {
    await world.sql('alter table weeks enable row level security');
    const anonymous = await get(world.url, 'weeks', { apikey: world.publishableKey });
    assert.deepEqual([anonymous.status, await anonymous.json()], [200, []]);
    assert.equal(((await (await get(world.url, 'weeks')).json()) as unknown[]).length, 18);
    await world.sql('alter table weeks disable row level security');
  });

  it('cuts an answer at 1,000 rows', async () => {
    await world.sql(`insert into habit_tracker (child_name, week_period) select 'many', n::text from generate_series(1, 1100) n`);
    const rows = await get(world.url, 'habit_tracker?select=id', { prefer: 'count=exact' });
    assert.equal(((await rows.json()) as unknown[]).length, 1000);
    assert.equal(rows.headers.get('content-range'), '0-999/1124');
    await world.sql(`delete from habit_tracker where child_name = 'many'`);
  });

  it('sees a table that came after its first request, and keeps a log of requests', async () => {
    assert.equal((await get(world.url, 'later')).status, 404);
    await world.sql('create table later (id int primary key); insert into later values (1)');
    world.requests.length = 0;
    assert.deepEqual(await (await get(world.url, 'later?select=id')).json(), [{ id: 1 }]);
    assert.deepEqual(world.requests, [{ method: 'GET', path: '/rest/v1/later?select=id', status: 200, rows: 1 }]);
  });

  it('tells the database whose request it is, and a function what the request is, for that request only', async () => {
    // Without a table that has policies, the server tells the database nothing.
    await world.sql(`
      alter table weeks enable row level security;
      create function asked() returns jsonb language sql as $$
        select jsonb_build_object('role', current_setting('role'), 'claims', current_setting('request.jwt.claims')::jsonb, 'operation', current_setting('storage.operation'),
          'method', current_setting('request.method'), 'path', current_setting('request.path'), 'agent', current_setting('request.headers')::jsonb ->> 'user-agent')
      $$`);
    const ask = async (apikey: string, agent: string): Promise<unknown> => (await get(world.url, 'rpc/asked', { apikey, 'user-agent': agent })).json();
    const [service, anonymous] = await Promise.all([ask(world.secretKey, 'one'), ask(world.publishableKey, "other's")]);
    const said = { operation: '', method: 'GET', path: '/rpc/asked' };
    assert.deepEqual(service, { ...said, role: 'service_role', claims: { role: 'service_role' }, agent: 'one' });
    assert.deepEqual(anonymous, { ...said, role: 'anon', claims: { role: 'anon' }, agent: "other's" });
    assert.deepEqual(await world.sql(`select current_setting('role') as role`), [{ role: 'none' }]);
    await world.sql('drop function asked(); alter table weeks disable row level security');
  });

  it('answers simultaneous requests without mixing them up', async () => {
    const counts = await Promise.all(
      ['weeks', 'habits', 'children', 'habit_records', 'weeks', 'habits'].map(async (table) => {
        const response = await get(world.url, `${table}?select=id`);
        return ((await response.json()) as unknown[]).length;
      }),
    );
    assert.deepEqual(counts, [18, 117, 6, 448, 18, 117]);
  });
});

describe('over a Postgres server', () => {
  let server: Postgres;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.close());

  it('answers simultaneous requests right after a change of the schema', async () => {
    const closing: (() => Promise<void>)[] = [];
    try {
      const statements = ['create table protected (id int primary key); alter table protected enable row level security'];
      const served = await startWorld({ statements, postgres: server.url });
      closing.push(served.close);
      for (let round = 0; round < 3; round += 1) {
        await served.sql(`create table after_${round} (id int primary key)`);
        const statuses = await Promise.all(
          Array.from({ length: 12 }, async () => (await fetch(`${served.url}/rest/v1/protected`, { headers: { apikey: served.secretKey } })).status),
        );
        assert.deepEqual(statuses, Array(12).fill(200), served.printed.join('\n'));
      }
    } finally {
      for (const close of closing.toReversed()) await close();
    }
  });

  it('takes two databases for the same only until the schema of one of them changes', async () => {
    const admin = await startWorld({ statements: [], postgres: server.url });
    const at = (name: string): string => Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    await admin.sql('create database original');
    await (await startWorld({ statements: ['create table notes (id bigint)'], postgres: at('original') })).close();
    for (const name of ['one', 'other']) await admin.sql(`create database ${name} template original`);
    const worlds = await Promise.all(['one', 'other'].map((name) => startWorld({ statements: [], postgres: at(name) })));
    const [one, other] = worlds;
    assert.ok(one && other);
    const columns = async ({ url }: World): Promise<string[]> => Object.keys(((await (await get(url, 'notes')).json()) as object[])[0] ?? {});
    const statuses = (path: string) => Promise.all([one, other].map(async ({ url }) => (await get(url, path)).status));
    try {
      for (const each of [one, other]) await each.sql('insert into notes values (1)');
      assert.deepEqual(await statuses('notes'), [200, 200]);
      await one.sql('alter table notes add column text text; create table later (id bigint)');
      await other.sql('alter table notes add column words text');
      assert.deepEqual(
        [await columns(one), await columns(other)],
        [
          ['id', 'text'],
          ['id', 'words'],
        ],
      );
      assert.deepEqual(await statuses('later'), [200, 404]);
      assert.deepEqual(await statuses('notes?text=is.null'), [200, 400]);
      await one.sql('drop table later');
      assert.deepEqual(await statuses('later'), [404, 404]);
      await one.sql('begin; create table later (id bigint); rollback');
      assert.deepEqual(await statuses('later'), [404, 404]);
    } finally {
      await Promise.all([...worlds, admin].map((each) => each.close()));
    }
  });
});

describe('the fault proxy', () => {
  let proxy: Proxy;
  const behind = async (behaviour: Behaviour) => {
    proxy = await startProxy(world.url, behaviour);
    return proxy;
  };
  afterEach(() => proxy.close());

  it('passes on what it has nothing against, in both directions', async () => {
    await behind(() => undefined);
    const response = await get(proxy.url, 'weeks?select=id', { prefer: 'count=exact' });
    assert.equal(response.headers.get('content-range'), '0-17/18');
    assert.equal(((await response.json()) as unknown[]).length, 18);
    assert.deepEqual(
      proxy.requests.map(({ method, path }) => [method, path]),
      [['GET', '/rest/v1/weeks?select=id']],
    );
  });

  it('cuts a connection in the middle of the body', async () => {
    await behind(() => cutShort);
    const response = await get(proxy.url, 'habits');
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });

  it('answers with errors, web pages and JSON that ends too early', async () => {
    await behind(firstOf(on(toTable('weeks'), htmlError(503)), on(toTable('habits'), malformed), on(toTable('children'), answering(500, '{}'))));
    const page = await get(proxy.url, 'weeks');
    assert.deepEqual([page.status, page.headers.get('content-type')], [503, 'text/html']);
    const half = await get(proxy.url, 'habits');
    assert.equal(half.status, 200);
    await assert.rejects(half.json(), SyntaxError);
    assert.equal((await get(proxy.url, 'children')).status, 500);
  });

  it('truncates a page with a range that fits it or one that tells', async () => {
    await behind(on(toTable('weeks'), truncated(3, { mendRange: true })));
    const mended = await get(proxy.url, 'weeks', { prefer: 'count=exact' });
    assert.deepEqual([mended.headers.get('content-range'), ((await mended.json()) as unknown[]).length], ['0-2/18', 3]);
    await proxy.close();
    await behind(on(toTable('weeks'), truncated(3, { mendRange: false })));
    const telling = await get(proxy.url, 'weeks', { prefer: 'count=exact' });
    assert.deepEqual([telling.headers.get('content-range'), ((await telling.json()) as unknown[]).length], ['0-17/18', 3]);
  });

  it('strikes the nth request only', async () => {
    await behind(on(toTable('weeks'), answering(500, '{}'), 2));
    const statuses = [];
    for (const table of ['weeks', 'habits', 'weeks', 'weeks']) statuses.push((await get(proxy.url, table)).status);
    assert.deepEqual(statuses, [200, 200, 500, 200]);
  });

  it('makes a client wait, or wait for ever', async () => {
    const gate = Promise.withResolvers<void>();
    const impatient = new AbortController();
    await behind(firstOf(on(toTable('weeks'), heldUntil(gate.promise)), on(toTable('habits'), hanging)));
    const order: string[] = [];
    const held = get(proxy.url, 'weeks').then(({ status }) => order.push(`weeks ${status}`));
    const forEver = fetch(`${proxy.url}/rest/v1/habits`, { signal: impatient.signal }).catch((error: Error) => order.push(error.name));
    order.push(`children ${(await get(proxy.url, 'children')).status}`);
    gate.resolve();
    await held;
    impatient.abort();
    await forEver;
    assert.deepEqual(order, ['children 200', 'weeks 200', 'AbortError']);
  });
});
