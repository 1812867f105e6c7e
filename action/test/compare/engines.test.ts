import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { fillingSql, said, traps, withoutChecks, withoutUniqueness, type Rows } from '../../../demo/traps.ts';
import { checkWorld } from '../database.ts';
import { answering, on, startProxy, startWorld, toTable, type Proxy, type World } from '../world.ts';

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 15);

let world: World;
/** The same project as if the drift functions were not installed. */
let without: Proxy;
const totals = { compared: 0, differing: 0, findings: 0 };

before(async () => {
  world = await startWorld({ migrations: ['014'] });
  await world.sql(withoutChecks);
  await world.sql(withoutUniqueness);
  await world.sql(`
    alter function driftwatch_weeks(text) rename to real_driftwatch_weeks;
    create table weight as select 1 as each;
    grant select on weight to service_role;
    create function driftwatch_weeks(alignment text) returns jsonb language sql stable as $$
      select case when weight.each is null then null::jsonb else (
        select coalesce(jsonb_agg(jsonb_build_array(value -> 0, (value ->> 1)::int * weight.each)), '[]') from jsonb_array_elements(real_driftwatch_weeks(alignment))
      ) end from weight
    $$`);
  without = await startProxy(world.url, on(toTable('rpc/driftwatch_version'), answering(404, '{"code":"PGRST202","message":"no such function"}')));
});
after(async () => {
  await without.close();
  await world.close();
});

/**
 * What the rows of a week count for: as they are few, this makes one statement of them, one for each date, or some for
 * each child; null makes some for each child as well, as where there are no indexes.
 */
const weights = [1, 300, 100_000, null] as const;

const weigh = (weight: number | null): Promise<unknown> => world.sql('update weight set each = $1', [weight]);

describe('two engines', () => {
  for (const alignment of ['skip', 'monday', 'exact'] as const) {
    it(`say the same about any rows under ${alignment}`, async () => {
      await fc.assert(
        fc.asyncProperty(traps(alignment, { anything: true }), fc.constantFrom(...weights), async (rows: Rows, weight) => {
          await world.sql(fillingSql(rows));
          await weigh(weight);
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
