import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHistory } from '../../src/history/history.ts';
import { idOf } from '../../src/history/id.ts';
import type { Reader } from '../../src/store/postgrest/reader.ts';

const dayS = 86_400;
const serverNow = Date.parse('2026-02-10T12:00:00Z');

/** A reader of a project that remembers runs which ended so many seconds ago. */
const timedRuns = (agesS: readonly number[]): Pick<Reader, 'call'> => ({
  call: async (_name, _parameters, value) =>
    value.parse(
      agesS.map((age) => ({
        pair: 'habit-tracker',
        verdict: 'in-sync',
        severity: 'none',
        conclusive: true,
        rate: 0,
        findings: 0,
        differing: 0,
        compared: 18,
        population: 18,
        finished_at: new Date(serverNow - age * 1000).toISOString(),
        age_seconds: age,
      })),
    ),
});

describe('the runs on record', () => {
  for (const [what, clock] of [
    ['right', '2026-02-10T12:00:00Z'],
    ['three days ahead', '2026-02-13T12:00:00Z'],
    ['a year behind', '2025-02-10T12:00:00Z'],
  ] as const) {
    it(`lie as far back as they do, on a runner whose clock is ${what}`, async () => {
      const now = new Date(clock);
      const runs = await readHistory(timedRuns([dayS, 2 * dayS]) as Reader, 'habit-tracker', () => now);
      assert.ok(Array.isArray(runs));
      assert.deepEqual(
        runs.map(({ at }) => (now.getTime() - Date.parse(at)) / 1000),
        [2 * dayS, dayS],
      );
    });
  }

  it('are left out where the server says that they are still to come', async () => {
    assert.deepEqual(await readHistory(timedRuns([-dayS]) as Reader, 'habit-tracker', () => new Date('2026-02-10T12:00:00Z')), []);
  });
});

describe('the id of a run on record', () => {
  const record = { declaration: '0123456789', extent: 'all' } as const;
  const run = { pair: 'shop', seed: '7-1', startedAt: '2026-02-10T12:00:00.000Z', verdict: 'in-sync', record } as const;
  const merged = { ...run, record: { ...record, sources: '[[1,2,5],[2,2,6]]' } } as const;

  it('tells runs apart by seed and start', () => {
    assert.equal(new Set([run, { ...run, seed: '7-2' }, { ...run, startedAt: '2026-02-10T12:00:00.001Z' }, { ...run, pair: 'other' }].map(idOf)).size, 4);
  });

  it('is the same for the same parts, unless they come to something else', () => {
    assert.equal(idOf({ ...merged, seed: '7-2' }), idOf(merged));
    const others = [
      { ...merged, verdict: 'unknown' },
      { ...merged, pair: 'other' },
      { ...merged, record: { ...merged.record, sources: '[[1,2,5],[2,2,7]]' } },
      run,
    ] as const;
    assert.equal(new Set([merged, ...others].map(idOf)).size, 5);
  });
});
