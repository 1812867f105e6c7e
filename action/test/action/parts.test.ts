import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadCase, referenceCase } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { closedPort, startStage, type Stage, type StageRun } from './stage.ts';

/** A comparison in parts, as a workflow runs it: a process for each part, and one that puts them together. */

let world: World;
let stage: Stage;
before(async () => {
  world = await startWorld({ migrations: ['01', '020'] });
  await loadCase(world, referenceCase());
  stage = await startStage(world);
});
after(async () => {
  await stage.close();
  await world.close();
});

const records = () => world.sql<{ verdict: string; finished_at: Date }>('select * from driftwatch_history order by finished_at');
const own = (run: StageRun): readonly string[] => [...run.writes, ...run.comments, ...run.embeds.map(() => 'embed')];
const commit = { GITHUB_SHA: 'c0ffee'.padEnd(40, '0') };

describe('a comparison in parts', () => {
  const parts: StageRun[] = [];

  it('has parts that find drift, and tell nobody beyond their runner', async () => {
    for (const part of ['1/3', '2/3', '3/3']) parts.push(await stage.run({ part }, { env: commit }));
    for (const [place, part] of parts.entries()) {
      assert.deepEqual((part.report as { part?: unknown }).part, { index: place + 1, of: 3 });
      assert.deepEqual([part.exitCode, own(part)], [0, []]);
      assert.equal(part.outputs['verdict'], part.report.verdict);
      assert.equal(part.outputs['cutover-ready'], 'false');
      assert.match(part.summary, new RegExp(`Part ${place + 1}/3: (In sync|Drift)`));
      assert.match(part.html, /^<!doctype html>/i);
    }
    assert.ok(parts.some(({ report }) => report.verdict === 'drift'));
    assert.deepEqual(await records(), []);
    assert.equal(stage.github.requests.length, 0);
  });

  it('is published as the one run that it is', async () => {
    const whole = await stage.run({ 'dry-run': 'true', seed: 'same' }, { env: commit });
    const files = Object.fromEntries(parts.toReversed().map(({ report }, place) => [`parts/${place}/report.json`, JSON.stringify(report)]));
    const merged = await stage.run({ merge: 'parts/*/report.json', seed: 'same', 'fail-on': 'high' }, { env: commit, files });
    const {
      startedAt: _start,
      finishedAt: _end,
      durationMs: _took,
      engine: _engine,
      reads: _reads,
      ...found
    } = merged.report as StageRun['report'] & { reads: unknown };
    const { startedAt: _s, finishedAt: _e, durationMs: _t, engine: _n, reads: _r, ...expected } = whole.report as StageRun['report'] & { reads: unknown };
    assert.deepEqual(found, expected);
    assert.equal(merged.exitCode, 1);
    assert.equal(merged.report.startedAt, parts[0]?.report.startedAt);
    assert.equal(merged.report.finishedAt, parts[2]?.report.finishedAt);
    assert.ok(merged.writes.includes('POST /issues'), merged.writes.join());
    assert.equal(merged.embeds.length, 1);
    assert.deepEqual(
      (await records()).map(({ verdict }) => verdict),
      ['drift'],
    );
    assert.equal(stage.issue().state, 'open');
  });

  it('is on record once, however often it is put together, and with the time of its last part', async () => {
    const [first] = await records();
    const hourBefore = (time: string): string => new Date(Date.parse(time) - 3_600_000).toISOString();
    const late = parts.map(({ report }) => ({ ...report, startedAt: hourBefore(report.startedAt), finishedAt: hourBefore(report.finishedAt) }));
    const files = Object.fromEntries(late.map((report, place) => [`parts/${place}/report.json`, JSON.stringify(report)]));
    for (const attempt of ['1', '2']) {
      const merged = await stage.run({ merge: 'parts/*/report.json' }, { env: { ...commit, GITHUB_RUN_ATTEMPT: attempt }, files });
      assert.equal(merged.report.verdict, 'drift', merged.log);
      assert.match(merged.summary, /2 runs since/, 'one of them is this one');
    }
    const [again, ...others] = await records();
    assert.deepEqual(
      others.map(({ finished_at }) => finished_at),
      [first?.finished_at],
    );
    const ended = Date.parse(late[2]?.finishedAt ?? '');
    const recorded = new Date(again?.finished_at ?? '').getTime();
    assert.ok(recorded >= ended - 1 && recorded < ended + 1_800_000, `${recorded} for ${ended}`);
    await world.sql('delete from driftwatch_history where finished_at < $1', [first?.finished_at]);
  });

  it('is unknown where a part is missing, and says which one in the open issue', async () => {
    const files = Object.fromEntries(parts.slice(1).map(({ report }, place) => [`parts/${place}/report.json`, JSON.stringify(report)]));
    const merged = await stage.run({ merge: 'parts/**/report.json' }, { env: commit, files });
    assert.deepEqual([merged.exitCode, merged.outputs['verdict']], [1, 'unknown']);
    assert.match(merged.report.reason ?? '', /Missing: 1\/3\./);
    assert.match(stage.issue().body ?? '', /Missing: 1\/3\./);
    assert.deepEqual((await records()).map(({ verdict }) => verdict).toSorted(), ['drift', 'unknown']);
  });

  it('goes by the commit that runs', async () => {
    const files = Object.fromEntries(parts.map(({ report }, place) => [`parts/${place}/report.json`, JSON.stringify(report)]));
    const merged = await stage.run({ merge: 'parts/*/report.json' }, { files });
    assert.match(merged.report.reason ?? '', /other inputs: 1\/3 \(parts\/0\/report\.json\), 2\/3/);
    assert.equal(merged.report.findings.length, 0);
  });

  it('is put together although the store is out of reach, with a remark', async () => {
    const files = Object.fromEntries(parts.map(({ report }, place) => [`parts/${place}/report.json`, JSON.stringify(report)]));
    const merged = await stage.run({ merge: 'parts/*/report.json', 'supabase-url': closedPort }, { env: commit, files });
    assert.equal(merged.report.verdict, 'drift');
    assert.ok(
      merged.report.health.some(({ detail }) => detail.startsWith('The record of earlier runs could not be read.')),
      JSON.stringify(merged.report.health),
    );
  });
});

describe('a part that cannot tell', () => {
  it('fails its job, and tells nobody else', async () => {
    const part = await stage.run({ part: '1/2', 'supabase-url': closedPort, 'time-budget-seconds': '5' });
    assert.deepEqual([part.exitCode, part.report.verdict, own(part)], [1, 'unknown', []]);
    const silent = await stage.run({ part: '1/2', 'supabase-url': closedPort, 'time-budget-seconds': '5', 'fail-on': 'never' });
    assert.deepEqual([silent.exitCode, silent.report.verdict, own(silent)], [0, 'unknown', []]);
  });
});

describe('inputs about parts', () => {
  for (const [inputs, said] of [
    [{ part: '9/8' }, /Input part is "9\/8"; accepted: a part and how many there are, such as 2\/8, of 1 to 1000 parts, or nothing\./],
    [{ merge: '../*.json' }, /Input merge is "\.\.\/\*\.json"; accepted: a pattern for report\.json files inside the workspace/],
    [{ part: '1/8', merge: 'parts/*.json' }, /Input merge is "parts\/\*\.json"; accepted: nothing where part is set/],
  ] as const) {
    it(`are refused before anything is asked: ${JSON.stringify(inputs)}`, async () => {
      const run = await stage.run(inputs);
      assert.equal(run.exitCode, 1);
      assert.match(run.log, said);
    });
  }
});
