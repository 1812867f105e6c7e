import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDescribed } from '../../../demo/description.ts';
import { keyId } from '../../src/document/document.ts';
import { partOf } from '../../src/parts/part.ts';
import { startWorld, type World } from '../world.ts';
import { startStage, type Stage, type StageRun } from './stage.ts';

/** A declared pair that is compared in three parts, one a run, in a project that keeps a record. */

const declaration = `
pairs:
  board-app:
    legacy: supabase
    normalized: supabase
    entities:
      posts:
        legacy: old_posts
        normalized: posts
        fields: { title: title }
`;

const rows = 60;
const parts = 3;

/** The ids whose rows fall into a part. */
const idsOf = (index: number): number[] => Array.from({ length: rows }, (_, row) => row + 1).filter((id) => partOf(keyId([String(id)]), parts) === index);

let world: World;
let stage: Stage;
let closeDoor: () => Promise<void>;

before(async () => {
  world = await startWorld({ migrations: ['020', '022'] });
  await world.sql(`
    create table old_posts (id bigint primary key, title text);
    create table posts (id bigint primary key, title text);
    insert into old_posts select n, 'Title ' || n from generate_series(1, ${rows}) n;
    insert into posts select * from old_posts;
  `);
  const door = await openDescribed(world);
  closeDoor = door.close;
  stage = await startStage({ url: door.url, secretKey: world.secretKey });
});
after(async () => {
  await stage.close();
  await closeDoor();
  await world.close();
});

const run = (inputs: Record<string, string> = {}, more = '', env: Record<string, string> = {}): Promise<StageRun> =>
  stage.run({ rotate: String(parts), 'fail-on': 'never', ...inputs }, { files: { '.github/driftwatch.yml': declaration + more }, env });

type Covered = { part?: { index: number; of: number }; coverage?: { parts: number; verified: number; oldest: string | null } };

/** What a run came to: its part, its verdict, and how many parts are known to be in sync. */
function outcome({ report }: StageRun): [part: number | undefined, verdict: string, verified: number | undefined, hasOldest: boolean] {
  const { part, coverage } = report as StageRun['report'] & Covered;
  assert.deepEqual([part?.of, coverage?.parts], [parts, parts]);
  return [part?.index, report.verdict, coverage?.verified, typeof coverage?.oldest === 'string'];
}

const records = () =>
  world.sql<{ part: number | null; parts: number | null; verdict: string; conclusive: boolean }>(
    'select part, parts, verdict, conclusive from driftwatch_history order by finished_at',
  );

describe('a rotation', () => {
  it('begins with the first part, and counts everything', async () => {
    const first = await run();
    assert.deepEqual(outcome(first), [1, 'in-sync', 1, false], first.log);
    const { drift, counts, mode } = first.report;
    assert.deepEqual([mode, drift.compared, drift.population], ['full', idsOf(1).length, rows]);
    assert.deepEqual(counts, [{ level: 'posts', legacy: rows, expected: rows, normalized: rows, difference: 0 }]);
    // A sample of that size says no more: 1 − 0.05 ^ (1 / compared).
    assert.ok(Math.abs(drift.upperBound - (1 - 0.05 ** (1 / drift.compared))) < 1e-9);
    assert.match(first.log, /Part 1 of 3 was compared; 1 of 3 parts verified in sync since drift was last seen; not every part has been compared yet\./);
    assert.deepEqual(stage.github.issues, []);
    assert.match(first.outputs['cutover-reasons'] ?? '', /^1 of 3 parts verified in sync since drift was last seen; /m);
  });

  it('tries the next part as often as it is asked to in a dry run, and leaves it to the next run', async () => {
    for (let time = 0; time < 2; time += 1) {
      const dry = await run({ 'dry-run': 'true' });
      assert.deepEqual(outcome(dry), [2, 'in-sync', 2, false], dry.log);
      assert.match(dry.log, /^Dry run: this run is not recorded in driftwatch_history, so the next one compares part 2\/3 as well\.$/m);
    }
    assert.equal((await records()).length, 1);
  });

  it('finds what differs in the next part', async () => {
    await world.sql('update posts set title = $1 where id = $2', ['Else', idsOf(2)[0]]);
    const second = await run();
    assert.deepEqual(outcome(second), [2, 'drift', 0, false], second.log);
    assert.deepEqual(
      second.report.findings.map(({ type, key }) => [type, key]),
      [['DATA_MISMATCH', { id: String(idsOf(2)[0]) }]],
    );
    assert.equal(stage.issue().state, 'open');
    assert.match(second.embeds[0]?.description ?? '', /Part 2 of 3 was compared; 0 of 3 parts verified in sync since drift was last seen/);
  });

  it('leaves the issue open while other parts are in sync, whether or not it was repaired', async () => {
    const third = await run();
    assert.deepEqual(outcome(third), [3, 'in-sync', 1, true], third.log);
    await world.sql('update posts set title = $1 where id = $2', [`Title ${idsOf(2)[0]}`, idsOf(2)[0]]);
    const fourth = await run();
    assert.deepEqual(outcome(fourth), [1, 'in-sync', 2, true], fourth.log);
    assert.equal(stage.issue().state, 'open');
    assert.match(stage.issue().body ?? '', /it closes once every part has been verified in sync since drift was last seen/);
    assert.match(stage.issue().body ?? '', /DATA_MISMATCH/, 'what was found stays');
    assert.deepEqual([third.embeds, fourth.embeds], [[], []]);
  });

  it('closes it once every part was verified again', async () => {
    const fifth = await run();
    assert.deepEqual(outcome(fifth), [2, 'in-sync', 3, true], fifth.log);
    assert.equal(stage.issue().state, 'closed');
    assert.match(fifth.embeds[0]?.title ?? '', /^Back in sync/);
    assert.match(
      fifth.summary,
      /In sync: \d+ of 60 rows compared, and nothing differs\..* Part 2 of 3 was compared; 3 of 3 parts verified in sync since drift was last seen; the oldest on \d{1,2} [A-Z][a-z]+\./,
    );
    assert.deepEqual(
      (await records()).map(({ part, parts: of, verdict, conclusive }) => [part, of, verdict, conclusive]),
      [
        [1, 3, 'in-sync', false],
        [2, 3, 'drift', true],
        [3, 3, 'in-sync', false],
        [1, 3, 'in-sync', false],
        [2, 3, 'in-sync', true],
      ],
    );
  });

  it('takes the part that was verified longest ago, and says since when', async () => {
    await world.sql(`update driftwatch_history set finished_at = finished_at - interval '1 day' - interval '3 days' * (part = 3)::int`);
    const sixth = await run();
    assert.deepEqual(outcome(sixth), [3, 'in-sync', 3, true], sixth.log);
    const { coverage } = sixth.report as StageRun['report'] & Covered;
    const [oldest] = await world.sql<{ at: Date }>('select max(finished_at) as at from driftwatch_history where part = 1');
    assert.equal(new Date(coverage?.oldest ?? '').getTime(), new Date(oldest?.at ?? '').getTime());
  });

  it('is drift of every part where the numbers differ', async () => {
    const elsewhere = idsOf(2)[1];
    await world.sql('delete from posts where id = $1', [elsewhere]);
    const counted = await run();
    assert.deepEqual(outcome(counted), [1, 'drift', 0, true], counted.log);
    assert.deepEqual(
      counted.report.findings.map(({ type }) => type),
      ['COUNT_MISMATCH'],
    );
    assert.deepEqual(counted.report.counts, [{ level: 'posts', legacy: rows, expected: rows, normalized: rows - 1, difference: -1 }]);
    await world.sql('insert into posts select * from old_posts where id = $1', [elsewhere]);
  });

  it('is taken over by a run of the whole, which verifies every part', async () => {
    const whole = await run({ rotate: '' });
    assert.equal(whole.report.verdict, 'in-sync', whole.log);
    const next = await run();
    assert.deepEqual(outcome(next), [1, 'in-sync', 3, true], next.log);
    assert.equal((await records()).at(-1)?.conclusive, true);
  });

  it('begins again with another number of parts, and with another declaration', async () => {
    const four = await run({ rotate: '4' });
    assert.deepEqual(
      [(four.report as StageRun['report'] & Covered).part, (four.report as StageRun['report'] & Covered).coverage?.verified],
      [{ index: 1, of: 4 }, 4],
      'the run of the whole verified these, too',
    );
    await world.sql('delete from driftwatch_history where part is null');
    const again = await run({ rotate: '4' });
    assert.deepEqual([(again.report as StageRun['report'] & Covered).part?.index, (again.report as StageRun['report'] & Covered).coverage?.verified], [2, 2]);
    const declaredElse = await run({}, '        ignored: { legacy: [unknown_column] }\n');
    assert.deepEqual(outcome(declaredElse), [1, 'in-sync', 1, false], declaredElse.log);
  });

  it('follows the number of the run where no run is on record, and is not conclusive then', async () => {
    await world.sql('alter table driftwatch_history rename to elsewhere');
    const runs = [await run({}, '', { GITHUB_RUN_NUMBER: '6' }), await run({}, '', { GITHUB_RUN_NUMBER: '7' }), await run({ rotate: '1' })];
    await world.sql('alter table elsewhere rename to driftwatch_history');
    assert.deepEqual(
      runs.map(({ report }) => (report as StageRun['report'] & Covered).part),
      [
        { index: 3, of: 3 },
        { index: 1, of: 3 },
        { index: 1, of: 1 },
      ],
    );
    for (const { log, outputs, report } of runs) {
      assert.equal(report.verdict, 'in-sync', log);
      assert.match(
        log,
        /rotation, low: The part is chosen by the run's number, and no run is conclusive\. When each part was verified could not be read\. Apply 020_create_driftwatch_history\.sql and 022_extend_driftwatch_history\.sql/,
      );
      assert.equal(outputs['cutover-ready'], 'false');
    }
  });
});

describe('rotate', () => {
  for (const [input, value, because] of [
    ['part', '1/3', 'a run compares either a part that is named or the one whose turn it is'],
    ['merge', 'parts/*.json', 'a merge compares nothing'],
    ['changed-within', '1h', 'recent writes are compared in every part at once'],
  ] as const) {
    it(`does not go with ${input}`, async () => {
      const { exitCode, log } = await run({ [input]: value });
      assert.equal(exitCode, 1);
      // Of the built-in pair, changed-within is wrong by itself as well.
      assert.match(
        log,
        new RegExp(`::error::(?:Input |These inputs cannot be used:%0A- )rotate is "3"; accepted: nothing where ${input} is set, since ${because}\\.`),
      );
    });
  }

  for (const value of ['0', '1001', 'x', '-3', '2/8']) {
    it(`is not ${value}`, async () => {
      const { log } = await run({ rotate: value });
      assert.match(log, /::error::Input rotate is ".*"; accepted: a whole number of parts from 1 to 1000, or nothing\./);
    });
  }
});
