import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { openDescribed, type Door } from '../../../../demo/description.ts';
import { startWorld, type World } from '../../world.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { ReadError } from '../../../src/store/errors.ts';
import { lookups } from '../../../src/store/postgrest/conditions.ts';
import { createPostgrestStore, type PostgrestStore } from '../../../src/store/postgrest/store.ts';
import type { Condition, RawRow, StoredSource, WantedKey } from '../../../src/store/store.ts';
import { isFields, numberValue, type Value } from '../../../src/store/value.ts';

let world: World;
let door: Door;
before(async () => {
  world = await startWorld({ migrations: false });
  await world.sql(`
    create type mood as enum ('calm', 'wild');
    create table kinds (id int8 primary key, n numeric, f float8, j jsonb, b bytea, at timestamptz, local timestamp, day date, u uuid, flag boolean, mood mood, texts text[], said text, ms int8, written text, code character(5));
    insert into kinds values (1, 1.50, 'NaN', '{"n":12345678901234567890.5}', '\\x0aff', '2026-01-15T21:52:00.123456Z', '2026-01-15 21:52:00', '2026-01-15', '550e8400-e29b-41d4-a716-446655440000', true, 'calm', '{a,"b c"}', 'one', 1768513920000, '2026-01-15T21:52:00Z', 'a)b'),
      (2, null, null, null, null, '2026-01-16T00:00:00Z', '2026-01-16 00:00:00', null, null, false, null, null, 'two', 1768521600000, '2020-01-01T00:00:00Z', null), (3, 2, 0.1, 'true', '\\x', null, null, null, null, null, 'wild', '{}', 'Zo\u00eb', null, null, 'c');
    create table many (id int8 primary key, v text); insert into many select i, 'v' || i from generate_series(1, 2500) as i;
    create view shown as select id, v from many;
    create table tags (id text primary key, v text); insert into tags values ('', 'none'), ('a', 'one'), ('b', 'two');
    create view shown_tags as select id, v from tags`);
  door = await openDescribed(world);
});
after(async () => {
  await door.close();
  await world.close();
});

const storeAt = (url: string, key = world.secretKey, name = 'supabase', schema = 'public'): PostgrestStore =>
  createPostgrestStore(name, { url, key, schema }, startBudget(600));

async function open(table: string, url = door.url): Promise<StoredSource> {
  const store = storeAt(url);
  const described = (await store.describe([table])).get(table);
  return store.open({ table }, { columns: described === undefined ? 'all' : new Set(described.keys()), described, key: ['id'] });
}

async function rowsOf(pages: AsyncIterable<Iterable<RawRow>>): Promise<Value[]> {
  const rows: Value[] = [];
  for await (const page of pages) for (const { value } of page) rows.push(value);
  return rows;
}

const idsOf = (rows: readonly Value[]): string[] =>
  rows
    .map((row) => (isFields(row) ? JSON.stringify(row.get('id')) : ''))
    .map((text) => /"text":"(.*?)"/.exec(text)?.[1] ?? text)
    .toSorted();

describe('a table of Supabase', () => {
  test('is read so that no parser rounds or changes what it holds', async () => {
    const [row] = await rowsOf((await open('kinds')).scan());
    assert.ok(row !== undefined && isFields(row));
    assert.equal(row.size, [...row].length);
    assert.deepEqual([row.has('day'), row.has('night'), row.get('night')], [true, false, undefined]);
    assert.deepEqual(
      new Map(row),
      new Map<string, Value>([
        ['id', numberValue('1')],
        ['n', numberValue('1.50')],
        ['f', numberValue('NaN')],
        ['j', new Map([['n', numberValue('12345678901234567890.5')]])],
        ['b', '\\x0aff'],
        ['at', { kind: 'timestamp', text: '2026-01-15 21:52:00.123456+00' }],
        ['local', { kind: 'timestamp', text: '2026-01-15 21:52:00' }],
        ['day', '2026-01-15'],
        ['u', '550e8400-e29b-41d4-a716-446655440000'],
        ['flag', true],
        ['mood', 'calm'],
        ['texts', ['a', 'b c']],
        ['said', 'one'],
        ['ms', numberValue('1768513920000')],
        ['written', '2026-01-15T21:52:00Z'],
        // Without the spaces that fill it.
        ['code', 'a)b'],
      ]),
    );
  });

  const conditions: readonly [name: string, Condition['anyOf'], rows: number | undefined][] = [
    ['flag', [false, null], 2],
    ['flag', [true], 1],
    ['flag', ['true'], 0],
    ['n', [numberValue('1.5')], 1],
    ['n', ['1.5'], 0],
    ['id', [numberValue('1.0'), numberValue('3')], 2],
    ['said', ['one', 'two'], 2],
    ['said', [numberValue('1')], 0],
    ['u', ['550e8400-e29b-41d4-a716-446655440000', null], 3],
    ['u', ['550E8400-E29B-41D4-A716-446655440000'], 0],
    ['mood', ['calm'], 1],
    ['day', [null], 2],
    // The database would not count what reading finds: texts by NFC, times by instant, values inside JSON by type, and what an enumeration does not have.
    ['said', ['Zo\u00eb'], undefined],
    ['at', ['2026-01-16T00:00:00Z'], undefined],
    ['mood', ['gone'], undefined],
    ['j', [null], undefined],
    ['j', [true], undefined],
    ['j', [numberValue('1')], undefined],
    ['texts', ['a'], undefined],
  ];
  for (const [name, anyOf, rows] of conditions) {
    test(`counts by ${name} ${JSON.stringify(anyOf)} what reading would find, or not at all`, async () => {
      assert.deepEqual(await (await open('kinds')).count([{ source: { kind: 'field', path: [name] }, anyOf }]), rows === undefined ? undefined : { rows });
    });
  }

  test('finds rows by any column, and none by what a column cannot hold', async () => {
    const source = await open('kinds');
    const by = (path: readonly string[], ...anyOf: Value[]): WantedKey => ({ segments: new Map(), fields: [{ path, anyOf }] });
    const found = async (...keys: WantedKey[]): Promise<string[]> => idsOf((await source.find(keys)).map(({ value }) => value));
    assert.deepEqual(await found(by(['id'], 'one', '1'), by(['id'], '99999999999999999999999'), by(['id'], '3')), ['1', '3']);
    assert.deepEqual(await found(by(['mood'], 'calm'), by(['mood'], 'gone'), by(['mood'], 'wild')), ['1', '3']);
    assert.deepEqual(await found(by(['u'], 'nobody', '550E8400-E29B-41D4-A716-446655440000')), ['1']);
    assert.deepEqual(await found(by(['said'], 'a\0b', '\ud800')), []);
    assert.deepEqual(
      await found({
        segments: new Map(),
        fields: [
          { path: ['flag'], anyOf: [false, null] },
          { path: ['said'], anyOf: ['two', 'Zo\u00eb'] },
        ],
      }),
      ['2', '3'],
    );
    assert.deepEqual(await found(by(['n'], numberValue('1.5'), null)), ['1', '2']);
    // Some servers take a parenthesis for the end of a condition, though it stands in quotes.
    const code = (text: string, said: string): WantedKey => ({ ...by([]), fields: [...by(['code'], text).fields, ...by(['said'], said).fields] });
    assert.deepEqual(await found(code('a)b', 'one'), code('c', 'Zo\u00eb')), ['1', '3']);
  });

  test('finds a row once that answers to two requests, since the database takes what they ask for as the same', async () => {
    await world.sql(
      `create table spans (id int8 primary key, span interval, said text); insert into spans values (1, '26:00', 'a)b'), (2, '1 day 02:00', 'a)b')`,
    );
    const source = await open('spans');
    const keyOf = (span: string): WantedKey => ({
      segments: new Map(),
      fields: [
        { path: ['span'], anyOf: [span] },
        { path: ['said'], anyOf: ['a)b'] },
      ],
    });
    const rows = await source.find([keyOf('26:00:00'), keyOf('1 day 02:00:00')]);
    assert.deepEqual(idsOf(rows.map(({ value }) => value)), ['1', '2']);
  });

  test('asks for a key that is spelled in very many ways with many of them in each request', async () => {
    const ways = Array.from({ length: 1000 }, (_, spaces) => `one${' '.repeat(spaces % 40)}${spaces}`);
    const key: WantedKey = { segments: new Map(), fields: [{ path: ['said'], anyOf: [...ways, 'one'] }] };
    assert.ok([...lookups([key], () => 'text')].length < 100);
    assert.deepEqual(idsOf((await (await open('kinds')).find([key])).map(({ value }) => value)), ['1']);
  });

  test('tells what was written since a moment, by times, by numbers, and of text everything', async () => {
    const source = await open('kinds');
    const since = async (name: string, unit?: 's' | 'ms') =>
      idsOf(await rowsOf(source.changedSince({ path: [name], ...(unit && { unit }) }, '2026-01-15T23:00:00Z')));
    assert.deepEqual([await since('at'), await since('local'), await since('ms', 'ms'), await since('written')], [['2'], ['2'], ['2'], ['1', '2', '3']]);
  });

  test('is read whole when it has more rows than a page, whether or not something describes it', async () => {
    for (const [table, url] of [
      ['many', door.url],
      ['shown', door.url],
      ['many', world.url],
      ['shown', world.url],
    ] as const) {
      const rows = idsOf(await rowsOf((await open(table, url)).scan()));
      assert.deepEqual([rows.length, new Set(rows).size], [2500, 2500], table);
    }
  });

  test('is read once each where a page ends between keys that the database takes for the same', async () => {
    await world.sql(`create table loose (n numeric, id int);
      insert into loose select case i when 999 then 1000.0 when 1001 then 1000.00 else i end, i from generate_series(1, 1500) as i`);
    const store = storeAt(door.url);
    const described = (await store.describe(['loose'])).get('loose');
    const loose = store.open({ table: 'loose' }, { columns: 'all', described, key: ['n'] });
    const rows = idsOf(await rowsOf(loose.scan()));
    assert.deepEqual([rows.length, new Set(rows).size], [1500, 1500]);
  });

  test('that something cuts on the way is no table with fewer rows', async () => {
    for (const kept of [999, 400]) {
      const url = await cutting(kept);
      await assert.rejects(
        rowsOf((await open('many', url)).scan()),
        (error: unknown) => error instanceof ReadError && /holds fewer rows than it claims/.test(error.message),
      );
    }
  });
});

/** A proxy that hands over so many rows of the first page, none of the following ones, and makes the headers fit. */
async function cutting(kept: number): Promise<string> {
  const answer = async (path: string, prefer: string): Promise<{ status: number; range: string; rows: unknown }> => {
    const response = await fetch(`${door.url}${path}`, { headers: { apikey: world.secretKey, authorization: `Bearer ${world.secretKey}`, prefer } });
    const rows: unknown = await response.json();
    const [, total = '*'] = response.headers.get('content-range')?.split('/') ?? [];
    if (!Array.isArray(rows)) return { status: response.status, range: '', rows };
    const left: unknown[] = /gt\./.test(path) ? [] : rows.slice(0, kept);
    return { status: response.status, range: `${left.length > 0 ? `0-${left.length - 1}` : '*'}/${total}`, rows: left };
  };
  const server = createServer((incoming, outgoing) => {
    void answer(incoming.url ?? '', String(incoming.headers['prefer'] ?? '')).then(({ status, range, rows }) =>
      outgoing.writeHead(status, { 'content-type': 'application/json', ...(range !== '' && { 'content-range': range }) }).end(JSON.stringify(rows)),
    );
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Another address of the API, where one statement is stopped by its timeout. */
async function withTimeout(when: (path: string) => boolean): Promise<{ url: string; asked: string[]; close: () => void }> {
  const asked: string[] = [];
  let isDue = true;
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(incoming.url ?? '');
    asked.push(path);
    if (!isDue || !when(path)) return world.serve(incoming, outgoing);
    isDue = false;
    outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"code":"57014","message":"canceling statement due to statement timeout"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}

describe('a statement that took too long once', () => {
  const isOfOneRow = (path: string): boolean => /limit=1(?!\d)/.test(path);

  test('is tried again where it was for a single row, of which there is no less', async () => {
    const slow = await withTimeout(isOfOneRow);
    try {
      assert.deepEqual(await (await open('many', slow.url)).count([]), { rows: 2500 });
      assert.equal(slow.asked.filter(isOfOneRow).length, 2);
    } finally {
      slow.close();
    }
  });

  test('is asked for half as many rows, and not for as many again', async () => {
    const isWhole = (path: string): boolean => path.includes('limit=1000');
    const slow = await withTimeout(isWhole);
    try {
      assert.equal((await rowsOf((await open('many', slow.url)).scan())).length, 2500);
      assert.match(slow.asked.filter((path) => path.includes('/many'))[1] ?? '', /limit=500/);
    } finally {
      slow.close();
    }
  });
});

test('a server that gives one row at a time gives them all, also where the first key is an empty text', async () => {
  const limited = createServer((incoming, outgoing) => {
    incoming.url = incoming.url?.replace('limit=1000', 'limit=1');
    world.serve(incoming, outgoing);
  });
  await new Promise<void>((resolve) => limited.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(limited.address() as AddressInfo).port}`;
    const described = await storeAt(door.url).describe(['tags', 'shown_tags']);
    for (const table of ['tags', 'shown_tags']) {
      const source = storeAt(url).open({ table }, { columns: 'all', described: described.get(table), key: ['id'] });
      assert.deepEqual(idsOf(await rowsOf(source.scan())), ['""', '"a"', '"b"']);
    }
  } finally {
    limited.closeAllConnections();
    limited.close();
  }
});

describe('a store of Supabase', () => {
  test('describes its tables and views, and nothing to a key that is told nothing', async () => {
    const described = await storeAt(door.url).describe(['many', 'shown', 'nowhere']);
    assert.deepEqual(
      [...described].map(([table, columns]) => [table, ...columns]),
      [
        ['many', ['id', 'bigint'], ['v', 'text']],
        ['shown', ['id', 'bigint'], ['v', 'text']],
      ],
    );
    const closed = await openDescribed(world, (key) => key.startsWith('sb_secret_'));
    try {
      assert.equal((await storeAt(closed.url, world.publishableKey).describe(['many'])).size, 0);
      assert.equal((await storeAt(closed.url).describe(['many'])).size, 1);
    } finally {
      await closed.close();
    }
  });

  test('has a secret only where the key is one', () => {
    assert.deepEqual([storeAt(door.url).secret, storeAt(door.url, world.publishableKey).secret], [world.secretKey, undefined]);
  });

  test('speaks of itself as the file names it', async () => {
    const gone = storeAt('http://127.0.0.1:9', world.secretKey, 'old');
    await assert.rejects(gone.probe(), /at stores\.old\.url/);
    const elsewhere = storeAt(door.url, world.secretKey, 'old', 'hidden').open({ table: 'many' }, { columns: 'all', described: undefined, key: [] });
    await assert.rejects(elsewhere.count([]), {
      message: 'The API does not expose the schema hidden. Add it under Project Settings > Data API > Exposed schemas.',
    });
  });
});
