import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGzip } from 'node:zlib';
import * as z from 'zod/mini';
import { ReadError } from '../../../src/store/errors.ts';
import { createReader, type Limits } from '../../../src/store/postgrest/create-reader.ts';
import { answering, on, startProxy, startWorld, toTable, type Behaviour, type Fault, type Proxy, type World } from '../../world.ts';

const columns = 'row_id:id::text,theme';
const row = z.object({ row_id: z.string(), theme: z.nullable(z.string()) });
const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const readerOf = (url: string, key: string, limits: Limits) => createReader(url, key, new AbortController().signal, limits);

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const rows of pages) found.push(...rows);
  return found;
}

describe('reading a table whose rows are not small', () => {
  const maxBytes = 4_000;
  let world: World;
  before(async () => {
    world = await startWorld();
    // Ten rows of a kilobyte: three or fewer fit into one answer. The fourth and the eighth fit into none.
    await world.sql(`insert into habit_tracker (child_name, week_period, theme)
      select 'Mia', 'week ' || n, repeat('x', case when n in (4, 8) then 9000 else 1000 end) from generate_series(1, 10) n`);
  });
  after(() => world.close());

  async function reader(behaviour: Behaviour = () => undefined) {
    const proxy: Proxy = await startProxy(world.url, behaviour);
    closing.push(proxy.close);
    return { reader: readerOf(proxy.url, world.secretKey, { maxBytes }), requests: proxy.requests };
  }

  const lengths = (rows: readonly z.infer<typeof row>[]) => rows.map(({ theme }) => theme?.length);

  it('asks for fewer rows where an answer is too large, and names the rows that are too large alone', async () => {
    const {
      reader: { pages, found },
    } = await reader();
    for (const read of [
      (onUnreadable: (rowId: string, sentence: string) => void) => pages('habit_tracker', columns, row, 8, onUnreadable),
      (onUnreadable: (rowId: string, sentence: string) => void) =>
        found('habit_tracker', columns, row, (query) => query.eq('child_name', 'Mia'), 8, onUnreadable),
    ]) {
      const unreadable: string[] = [];
      const rows = await all(
        read((rowId, sentence) => {
          unreadable.push(rowId);
          assert.match(sentence, new RegExp(`^Row ${rowId} of table habit_tracker, .*larger than`));
        }),
      );
      assert.deepEqual(lengths(rows), Array(8).fill(1000));
      assert.deepEqual(unreadable, ['4', '8']);
    }
  });

  it('fails with a sentence about the row where nobody takes it', async () => {
    const {
      reader: { pages },
    } = await reader();
    await assert.rejects(
      all(pages('habit_tracker', columns, row, 8)),
      (error) => error instanceof ReadError && error.message.startsWith('Row 4 of table habit_tracker'),
    );
  });

  it('asks for more again once rows are small', async () => {
    await world.sql(`insert into habit_tracker (child_name, week_period, theme) select 'Ben', 'week ' || n, 'x' from generate_series(1, 60) n`);
    const {
      reader: { pages },
      requests,
    } = await reader();
    const rows = await all(pages('habit_tracker', columns, row, 16, () => undefined));
    assert.equal(rows.length, 68);
    const sizes = requests.filter(toTable('habit_tracker')).map(({ path }) => Number(new URLSearchParams(path.split('?')[1]).get('limit') ?? 1));
    assert.ok(sizes.slice(sizes.indexOf(1)).includes(16), sizes.join());
    await world.sql(`delete from habit_tracker where child_name = 'Ben'`);
  });
});

describe('a read that fails', () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    await world.sql(`insert into habit_tracker (child_name, week_period) select 'Mia', 'week ' || n from generate_series(1, 40) n`);
  });
  after(() => world.close());

  const withHeaders =
    (status: number, headers: Record<string, string>, body = ''): Fault =>
    ({ reply }) =>
      reply({ status, headers, body: Buffer.from(body) });

  /** Reads through a fault, and says when it asked. */
  async function reader(behaviour: Behaviour, limits: Limits = {}) {
    const asked: number[] = [];
    const proxy = await startProxy(world.url, (request) => {
      asked.push(performance.now());
      return behaviour(request);
    });
    closing.push(proxy.close);
    const waits = () => asked.slice(1).map((at, place) => at - (asked[place] ?? 0));
    return { reader: readerOf(proxy.url, world.secretKey, limits), requests: proxy.requests, waits };
  }
  const first = (fault: Fault, times: number): Behaviour => {
    let seen = 0;
    return () => ((seen += 1) <= times ? fault : undefined);
  };

  for (const status of [429, 503]) {
    it(`with ${status} is tried again after as long as it is asked to wait, each time`, async () => {
      const {
        reader: { count },
        waits,
      } = await reader(first(withHeaders(status, { 'retry-after': '1' }), 2));
      assert.equal(await count('habit_tracker'), 40);
      assert.ok(waits().length === 2 && waits().every((ms) => ms >= 1000), waits().join());
    });
  }

  it('is not waited for where there is no time for it, or no sense in it', async () => {
    for (const wait of ['3600', '1e400', '99999999999999', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const {
        reader: { count },
        requests,
      } = await reader(first(withHeaders(503, { 'retry-after': wait }), 99), { remainingMs: () => 60_000 });
      await assert.rejects(count('habit_tracker'), /server error \(HTTP 503\)/);
      assert.ok(requests.length <= 2);
    }
  });

  it('is tried again while the key is from the future, in a function as well', async () => {
    const ahead = withHeaders(401, { 'content-type': 'application/json' }, '{"code":"PGRST303","message":"JWT issued at future"}');
    const {
      reader: { count },
      waits,
    } = await reader(first(ahead, 2));
    assert.equal(await count('habit_tracker'), 40);
    assert.ok(waits().length === 2 && (waits()[0] ?? 0) >= 500 && (waits()[1] ?? 0) >= 1000, waits().join());
  });

  it('is asked for half as many rows where a statement took too long', async () => {
    const busy = answering(500, '{"code":"57014","message":"canceling statement due to statement timeout"}');
    const limitOf = (path: string): number => Number(new URLSearchParams(path.split('?')[1]).get('limit'));
    const {
      reader: { pages },
      requests,
      waits,
    } = await reader(on(({ path }) => limitOf(path) > 5, busy));
    assert.equal((await all(pages('habit_tracker', 'row_id:id::text,theme', row, 20))).length, 40);
    assert.deepEqual(
      requests.slice(0, 3).map(({ path }) => limitOf(path)),
      [20, 10, 5],
    );
    assert.ok(
      waits()
        .slice(0, 2)
        .every((ms) => ms >= 499),
      waits().join(),
    );
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an answer that was read', () => {
  it('is kept by nobody but whoever asked, in a function as well', async () => {
    const page = JSON.stringify([{ row_id: '1', theme: '한'.repeat(2 ** 20) }]);
    const bytes = 2 * page.length;
    const reader = readerOf(await serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(page)), 'sb_secret_test', {});
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const atFirst = used();
    for (let read = 0; read < 15; read += 1) {
      assert.equal((await reader.select('weeks', columns, row, (query) => query)).rows.length, 1);
      assert.equal((await reader.call('driftwatch_read', {}, z.array(row)))?.length, 1);
    }
    // What only waits for its turn, such as a connection that is being closed, is kept by nobody.
    let kept = used() - atFirst;
    for (let turn = 0; turn < 50 && kept >= 15 * bytes; turn += 1) {
      await setImmediate();
      kept = used() - atFirst;
    }
    assert.ok(kept < 15 * bytes, `${kept} of ${30 * bytes} bytes`);
  });
});

describe('an answer without end', () => {
  const bodies: Record<string, RequestListener> = {
    'that keeps coming': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => void (response.destroyed || (response.write('['.repeat(65_536)) ? setImmediate(more) : response.once('drain', more)));
      more();
    },
    'that unpacks to far more than it is': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const zip = createGzip();
      zip.pipe(response);
      const more = (): void => void (response.destroyed || (zip.write('['.repeat(2 ** 20)) ? setImmediate(more) : zip.once('drain', more)));
      more();
    },
  };
  for (const [name, listener] of Object.entries(bodies)) {
    it(`${name} is given up at the limit, with a sentence`, async () => {
      const reader = readerOf(await serve(listener), 'sb_secret_test', { maxBytes: 2 ** 20 });
      await assert.rejects(reader.count('weeks'), (error) => error instanceof ReadError && /table weeks is larger than 1 MiB/.test(error.message));
      await assert.rejects(reader.call('driftwatch_version', {}, z.number()), /function driftwatch_version is larger than 1 MiB/);
    });
  }

  it('that is an error is judged by its beginning', async () => {
    const url = await serve((_, response) => {
      response.writeHead(500, { 'content-type': 'text/html' });
      const more = (): void => void (response.destroyed || (response.write('<'.repeat(65_536)) ? setImmediate(more) : response.once('drain', more)));
      more();
    });
    await assert.rejects(readerOf(url, 'sb_secret_test', {}).count('weeks'), /web page with a server error.*HTTP 500/);
  });
});
