import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { fillingSql, traps, withoutChecks, withoutUniqueness, type Rows } from '../../../demo/traps.ts';
import { partOf, readPart } from '../../src/parts/part.ts';
import type { Report } from '../../src/report/report.ts';
import { checkWorld } from '../database.ts';
import { answering, on, startProxy, startWorld, toTable, type Proxy, type World } from '../world.ts';

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 10);

describe('a part', () => {
  it('is read from one of up to a thousand', () => {
    assert.deepEqual(['1/1', '2/8', '1000/1000'].map(readPart), [
      { index: 1, of: 1 },
      { index: 2, of: 8 },
      { index: 1000, of: 1000 },
    ]);
    for (const text of ['', '0/8', '9/8', '1/1001', '01/8', '1 / 8', '1/8/2', '-1/8', '1/0', '٢/8']) assert.equal(readPart(text), undefined, text);
  });

  it('takes a share of anything, and the same everywhere', () => {
    const counts = new Map<number, number>();
    for (let number = 0; number < 8000; number += 1) counts.set(partOf(`child ${number}`, 8), (counts.get(partOf(`child ${number}`, 8)) ?? 0) + 1);
    assert.deepEqual([...counts.keys()].toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
    for (const count of counts.values()) assert.ok(count > 850 && count < 1150, String(count));
    // As Postgres has it: `select (hashtext('Mia') & 2147483647) % 1000 + 1`.
    assert.equal(partOf('Mia', 1000), 907);
  });
});

/** What parts add up to. */
function summed(reports: readonly Report[]) {
  const counts = new Map<string, number[]>();
  for (const { level, legacy, expected, normalized } of reports.flatMap((report) => report.counts)) {
    counts.set(
      level,
      (counts.get(level) ?? [0, 0, 0]).map((sum, place) => sum + ([legacy, expected, normalized][place] ?? 0)),
    );
  }
  const sum = (of: (report: Report) => number): number => reports.reduce((all, report) => all + of(report), 0);
  return {
    counts: Object.fromEntries(counts),
    findings: reports
      .flatMap(({ findings }) => findings)
      .filter(({ kind }) => kind !== 'count')
      .map((finding) => JSON.stringify({ ...finding, rowIds: Object.values(finding.rowIds).map((ids) => ids.toSorted()) }))
      .toSorted(),
    compared: sum(({ drift }) => drift.compared),
    population: sum(({ drift }) => drift.population),
    differing: sum(({ drift }) => drift.differing),
    skipped: sum(({ skipped }) => skipped[0]?.count ?? 0),
  };
}

describe('parts of the habit tracker', () => {
  let world: World;
  /** The same project as if the drift functions were not installed. */
  let without: Proxy;
  before(async () => {
    world = await startWorld({ migrations: ['014'] });
    await world.sql(withoutChecks);
    await world.sql(withoutUniqueness);
    without = await startProxy(world.url, on(toTable('rpc/driftwatch_version'), answering(404, '{"code":"PGRST202","message":"no such function"}')));
  });
  after(async () => {
    await without.close();
    await world.close();
  });

  for (const [mode, sampleSize, engine] of [
    ['full', 'auto', 'digest'],
    ['full', 'auto', 'stream'],
    ['sample', '4', 'stream'],
  ] as const) {
    it(`add up to the whole (mode: ${mode}, engine: ${engine})`, async () => {
      await fc.assert(
        fc.asyncProperty(traps('monday', { anything: true }), fc.integer({ min: 1, max: 4 }), async (rows: Rows, of) => {
          await world.sql(fillingSql(rows));
          const inputs = { mode, 'sample-size': sampleSize, 'week-alignment': 'monday', seed: 'seed' };
          const asked = { ...world, url: engine === 'digest' ? world.url : without.url };
          const whole = await checkWorld(asked, inputs);
          const parts: Report[] = [];
          for (let index = 1; index <= of; index += 1) parts.push(await checkWorld(asked, { ...inputs, part: `${index}/${of}` }));
          if (whole.verdict !== 'unknown') assert.deepEqual(new Set([whole, ...parts].map((report) => report.engine)), new Set([engine]));
          assert.deepEqual(
            parts.map(({ reason }) => reason),
            parts.map(() => whole.reason),
          );
          assert.deepEqual(summed(parts), summed([whole]));
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  }
});
