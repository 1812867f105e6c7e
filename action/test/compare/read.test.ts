import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { inSyncCase } from '../../../demo/data.ts';
import { checkWorld, fill, sayAll } from '../database.ts';
import { answering, cutShort, malformed, on, startProxy, startWorld, toTable, type Fault, type Proxy, type World } from '../world.ts';

/** What the drift functions call different is read again by one of them, which can fail like any request. */
let world: World;
let proxy: Proxy | undefined;
before(async () => {
  world = await startWorld({ migrations: ['014'] });
  await fill(world, inSyncCase());
  await world.sql(`update weeks set reward = 'something else' where id = (select id from weeks order by id limit 1)`);
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});
after(() => world.close());

const toRead = toTable('rpc/driftwatch_read');

async function checkThrough(fault: Fault, nth?: number) {
  proxy = await startProxy(world.url, on(toRead, fault, nth));
  return checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
}

describe('weeks that the database calls different', () => {
  it('are read with both of their sides in one request', async () => {
    proxy = await startProxy(world.url, () => undefined);
    const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
    assert.deepEqual([report.engine, report.verdict, sayAll(report).length, report.findings[0]?.place], ['digest', 'drift', 1, ['reward']]);
    assert.equal(proxy.requests.filter(toRead).length, 1);
    assert.equal(proxy.requests.filter((request) => request.path.includes('or=')).length, 0);
  });

  const week = {
    row_id: 'w',
    user_id: null,
    child_id: '00000000-0000-4000-8000-000000000000',
    week_start_date: '2026-01-05',
    week_end_date: null,
    theme: null,
    reward: null,
    reflection: null,
    source_version: null,
  };
  const withRecord = (...record: unknown[]): string => JSON.stringify({ children: [], legacy: [], weeks: [{ ...week, habits: [['h', 'Reading', [record]]] }] });

  it('are gone where the answer has others', async () => {
    const report = await checkThrough(answering(200, withRecord('r', '2026-01-05', 'green')));
    assert.deepEqual([report.verdict, report.transient], ['in-sync', 1]);
  });

  const faults: Record<string, Fault> = {
    'an error': answering(500, '{"code":"57014","message":"canceling statement due to statement timeout"}'),
    'rows of another shape': answering(200, '{"children":[],"legacy":[{"row_id":7}],"weeks":[]}'),
    'records of another shape': answering(200, withRecord('r', '2026-01-05')),
    'no such function': answering(404, '{"code":"PGRST202","message":"no such function"}'),
    'half an answer': cutShort,
    'no JSON': malformed,
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`are not known to agree after ${name}`, async () => {
      const report = await checkThrough(fault);
      assert.deepEqual([report.verdict, report.findings], ['unknown', []]);
      assert.match(report.reason ?? '', /driftwatch_read|was cut/);
    });
  }

  it('are read after an error that comes once', async () => {
    const report = await checkThrough(answering(503, '{"message":"busy"}'), 1);
    assert.deepEqual([report.verdict, sayAll(report).length], ['drift', 1]);
  });
});
