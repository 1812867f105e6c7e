import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { createGzip } from 'node:zlib';
import * as z from 'zod';
import { createReader, ReadError, type Limits } from '../../src/side/reader.ts';
import { on, startProxy, startWorld, toTable, type Behaviour, type Proxy, type World } from '../world.ts';

const columns = 'row_id:id::text,theme';
const row = z.object({ row_id: z.string(), theme: z.string().nullable() });
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
    const { reader: { pages, found } } = await reader();
    for (const read of [
      (onUnreadable: (rowId: string, sentence: string) => void) => pages('habit_tracker', columns, row, 8, onUnreadable),
      (onUnreadable: (rowId: string, sentence: string) => void) => found('habit_tracker', columns, row, (query) => query.eq('child_name', 'Mia'), 8, onUnreadable),
    ]) {
      const unreadable: string[] = [];
      const rows = await all(read((rowId, sentence) => {
        unreadable.push(rowId);
        assert.match(sentence, new RegExp(`^Row ${rowId} of table habit_tracker .*larger than`));
      }));
      assert.deepEqual(lengths(rows), Array(8).fill(1000));
      assert.deepEqual(unreadable, ['4', '8']);
    }
  });

  it('fails with a sentence about the row where nobody takes it', async () => {
    const { reader: { pages } } = await reader();
    await assert.rejects(all(pages('habit_tracker', columns, row, 8)), (error) => error instanceof ReadError && /^Row 4 of table habit_tracker/.test(error.message));
  });

  it('asks for more again once rows are small', async () => {
    await world.sql(`insert into habit_tracker (child_name, week_period, theme) select 'Ben', 'week ' || n, 'x' from generate_series(1, 60) n`);
    const { reader: { pages }, requests } = await reader();
    const rows = await all(pages('habit_tracker', columns, row, 16, () => undefined));
    assert.equal(rows.length, 68);
    const sizes = requests.filter(toTable('habit_tracker')).map(({ path }) => Number(new URLSearchParams(path.split('?')[1]).get('limit') ?? 1));
    assert.ok(sizes.slice(sizes.indexOf(1)).includes(16), sizes.join());
    await world.sql(`delete from habit_tracker where child_name = 'Ben'`);
  });
});

describe('an answer without end', () => {
  async function serve(listener: RequestListener) {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
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
    'that is an error': (_, response) => {
      response.writeHead(500, { 'content-type': 'text/html' });
      const more = (): void => void (response.destroyed || (response.write('<'.repeat(65_536)) ? setImmediate(more) : response.once('drain', more)));
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
});
