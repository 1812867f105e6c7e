import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { fillingSql, traps, withoutChecks, type Rows } from '../../../demo/traps.ts';
import type { Report } from '../../src/report/report.ts';
import { checkWorld } from '../side/database.ts';
import { answering, on, startProxy, startWorld, toTable, type Proxy, type World } from '../world.ts';

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 100);

let world: World;
/** The same project as if the drift functions were not installed. */
let without: Proxy;
const totals = { compared: 0, differing: 0, findings: 0 };

before(async () => {
  world = await startWorld();
  for (const { format } of await world.sql<{ format: string }>(withoutChecks)) await world.sql(format);
  without = await startProxy(world.url, on(toTable('rpc/driftwatch_version'), answering(404, '{"code":"PGRST202","message":"no such function"}')));
});
after(async () => {
  await without.close();
  await world.close();
});

/** Everything that a report says, apart from how long it took and which way. */
function said(report: Report): unknown {
  const { durationMs: _, engine: __, ...rest } = report;
  // A missing child names the rows of all of its weeks, in the order in which they were read.
  const findings = rest.findings.map((finding) => ({
    ...finding,
    rowIds: Object.fromEntries(Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted()])),
  }));
  // Children of one name are told apart by their owners, which a report does not show.
  return { ...rest, findings: findings.map((finding) => JSON.stringify(finding)).toSorted() };
}

describe('two engines', () => {
  for (const alignment of ['skip', 'monday', 'exact'] as const) {
    it(`say the same about any rows under ${alignment}`, async () => {
      await fc.assert(
        fc.asyncProperty(traps(alignment), async (rows: Rows) => {
          await world.sql(fillingSql(rows));
          const inputs = { mode: 'full', 'week-alignment': alignment };
          const digest = await checkWorld(world, inputs);
          const stream = await checkWorld({ ...world, url: without.url }, inputs);
          assert.deepEqual([digest.engine, stream.engine], ['digest', 'stream']);
          assert.deepEqual(said(digest), said(stream));
          totals.compared += digest.drift.compared;
          totals.differing += digest.drift.differing;
          totals.findings += digest.findingsTotal;
        }),
        { numRuns: runs, endOnFailure: true },
      );
    });
  }

  it('were tried on weeks that agree and weeks that do not', () => {
    assert.ok(totals.differing > 0 && totals.compared - totals.differing > totals.compared / 10, JSON.stringify(totals));
  });
});
