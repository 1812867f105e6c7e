import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { loadCase, referenceCase } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { assertInertMarkdown, assertNoForeignCommand } from './hostile.ts';
import { everythingSaid, hue, startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

const path = '.github/driftwatch.yml';
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const rule = (parts: string, until = inDays(30)): string =>
  `  - reason: Lost by the backfill\n    by: Noor\n    until: ${until}\n${parts.replace(/^/gm, '    ')}\n`;
const file = (...rules: readonly string[]): Record<string, string> => ({ [path]: `accepted:\n${rules.join('')}` });

let world: World;
let stage: Stage;
before(async () => {
  world = await startWorld();
  await loadCase(world, referenceCase());
  stage = await startStage(world);
});
after(async () => {
  await stage.close();
  await world.close();
});

const message = ({ log }: StageRun): string => (/^::error::(.*)$/m.exec(log)?.[1] ?? '').replaceAll('%0A', '\n').replaceAll('%25', '%');

/** Where a person may read of it. */
const outlets = (run: StageRun): Record<string, string> => ({
  log: run.log,
  summary: run.summary,
  'report.html': run.html,
  issue: stage.issue().body ?? '',
});

describe('accepted differences, run after run', () => {
  it('are copied out of the report of a run without them', async () => {
    const first = await stage.run();
    assert.equal(first.outputs['verdict'], 'drift');
    assert.ok(!('accepted' in first.report));
    const found = first.report.findings.filter(({ type }) => type === 'MISSING_RECORD');
    const [one] = found;
    assert.ok(one);
    const here = found.filter(({ child, weekStart }) => child === one.child && weekStart === one.weekStart);
    const places = [`child: ${one.child}\nweek: ${one.weekStart}`, `child: ${one.child}\nweek: ${one.weekStart}\ntype: ${one.type}\npath: ${one.path}`];
    for (const [index, place] of places.entries()) {
      const run = await stage.run({}, { files: file(rule(place)) });
      const expected = index === 0 ? here.length : 1;
      assert.deepEqual(
        run.report.accepted?.map(({ state, findings, weeks }) => [state, findings, weeks]),
        [['active', expected, 1]],
        run.log,
      );
      assert.equal(run.report.findings.filter(({ type }) => type === 'MISSING_RECORD').length, found.length - expected);
      assert.deepEqual(run.report.counts, first.report.counts);
      const note = expected === 1 ? '1 difference is accepted, and does not count.' : `${expected} differences are accepted, and do not count.`;
      for (const [outlet, text] of Object.entries(outlets(run))) {
        assert.ok(text.includes(note), `${outlet} does not say how many`);
        for (const part of ['Accepted differences', 'Lost by the backfill', 'Noor', inDays(30), one.child ?? ''])
          assert.ok(text.includes(part), `${outlet} does not say ${part}`);
      }
    }
  });

  it('close the issue when nothing else is left, and all that is written then says so', async () => {
    const run = await stage.run({}, { files: file(rule('type: MISSING_RECORD')) });
    assert.deepEqual(
      [run.exitCode, run.outputs['verdict'], run.outputs['severity'], run.outputs['drift-rate'], run.outputs['findings']],
      [0, 'in-sync', 'none', '0', '0'],
    );
    const said = 'In sync, except for 165 accepted differences';
    assert.equal(stage.issue().state, 'closed');
    for (const [outlet, text] of Object.entries(outlets(run))) assert.ok(text.includes(said), outlet);
    const [comment = ''] = run.comments;
    for (const part of [said, 'nothing else differs', 'Lost by the backfill', '`Noor`']) assert.ok(comment.includes(part), part);
    const [embed] = run.embeds;
    assert.equal(hue(embed?.color), 'green');
    assert.ok(embed?.description?.includes(said));
    assert.deepEqual(run.report.counts.find(({ level }) => level === 'records')?.difference, -165);
  });

  it('count again when their time is over, with a warning; and an idle rule is named', async () => {
    const run = await stage.run({}, { files: file(rule('type: MISSING_RECORD', inDays(-1)), rule('type: ORPHAN_WEEK')) });
    assert.deepEqual([run.exitCode, run.outputs['verdict'], stage.issue().state], [1, 'drift', 'open']);
    assert.match(run.log, /^::warning title=Driftwatch%3A 1 acceptance rule has expired::.*MISSING_RECORD, until [\d-]+, by Noor: Lost by the backfill$/m);
    for (const [outlet, text] of Object.entries(outlets(run))) {
      assert.ok(text.includes('1 acceptance rule has expired: 165 covered differences count again.'), outlet);
      assert.ok(text.includes('1 acceptance rule no longer matches anything, and can be removed.'), outlet);
    }
    assert.ok(run.embeds[0]?.description?.includes('165 covered differences count again'));
    assert.deepEqual(
      run.report.accepted?.map(({ state, findings }) => [state, findings]),
      [
        ['expired', 165],
        ['unmatched', 0],
      ],
    );
  });

  it('stay text, whatever the file says', async () => {
    const hostile = JSON.stringify('::error::x ##[error]y @everyone [a](https://example.invalid) | `` <img src=x onerror=alert(1)> \u202e\n::warning::z');
    const run = await stage.run(
      { 'discord-on': 'medium' },
      {
        files: {
          [path]: `accepted:\n  - { reason: ${hostile}, by: ${JSON.stringify('@everyone | `<b>')}, until: ${inDays(3)}, type: MISSING_RECORD, week: { from: 2025-01-01 } }\n`,
        },
      },
    );
    assert.equal(run.report.accepted?.[0]?.findings, 165);
    assertNoForeignCommand(run.log);
    assertInertMarkdown(run.summary, 'summary');
    for (const comment of run.comments) assertInertMarkdown(comment, 'comment');
    assert.doesNotMatch(run.html, /<img/);
  });
});

describe('a file of accepted differences that cannot be used', () => {
  const asked = () => world.requests.length + stage.github.requests.length + stage.discord.requests.length;

  it('ends the run before any request, with one message that names every wrong line', async () => {
    const earlier = asked();
    const run = await stage.run({}, { files: file(rule('level: weeks'), rule('type: LOST'), rule('child: Mia')) });
    assert.deepEqual([run.exitCode, asked() - earlier, run.outputs['verdict']], [1, 0, 'unknown']);
    assert.equal(run.log.match(/^::error::/gm)?.length, 1, run.log);
    assert.match(
      message(run),
      /^\.github\/driftwatch\.yml:2: rule 1: at least one of .*\n\.github\/driftwatch\.yml:9: rule 2, type: must be the type of a finding .*\n\.github\/driftwatch\.yml:13: rule 3, child: must be /,
    );
    const name = await stage.run({}, { files: file(rule('child: Mia')) });
    assert.match(
      message(name),
      /^\.github\/driftwatch\.yml:5: rule 1, child: must be as the report shows it, such as child-1a2b3c4d, since reveal-values is off\.$/,
    );
    assert.doesNotMatch(name.log, /Mia/);
  });

  it('that was asked for and is not there is a bad input', async () => {
    const earlier = asked();
    const run = await stage.run({ config: 'ops/known.yml' });
    assert.deepEqual([run.exitCode, asked() - earlier], [1, 0]);
    assert.match(message(run), /^Input config is "ops\/known\.yml", and there is no such file in the workspace\./);
    const there = await stage.run({ config: 'ops/known.yml' }, { files: { 'ops/known.yml': `accepted:\n${rule('type: MISSING_RECORD')}` } });
    assert.equal(there.outputs['verdict'], 'in-sync');
  });
});

describe('the heartbeat of a run', () => {
  it('is sent when the run could tell, is a warning when it fails, and is never printed', async () => {
    const beats: string[] = [];
    const service = createServer((request, response) => {
      beats.push(request.url ?? '');
      response.writeHead(beats.length > 2 ? 404 : 200).end();
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const secret = '/ping/0123-quokka-4567';
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}${secret}`;
    try {
      const drift = await stage.run({ 'heartbeat-url': url });
      const quiet = await stage.run({ 'heartbeat-url': url }, { files: file(rule('type: MISSING_RECORD')) });
      assert.deepEqual([drift.outputs['verdict'], quiet.outputs['verdict'], beats], ['drift', 'in-sync', [secret, secret]]);
      const dry = await stage.run({ 'heartbeat-url': url, 'dry-run': 'true' });
      const unknown = await stage.run({ 'heartbeat-url': url, 'supabase-url': 'http://127.0.0.1:1', 'fail-on': 'never' });
      assert.deepEqual([unknown.outputs['verdict'], beats.length], ['unknown', 2]);
      assert.match(dry.log, /Dry run: the heartbeat would have been sent\./);
      assert.match(unknown.log, /No heartbeat is sent: this run was inconclusive/);
      const gone = await stage.run({ 'heartbeat-url': url }, { files: file(rule('type: MISSING_RECORD')) });
      assert.deepEqual([gone.exitCode, beats.length], [0, 3]);
      assert.match(gone.log, /^::warning title=Driftwatch%3A heartbeat::The heartbeat request failed\. The service refused it \(404\)\./m);
      for (const run of [drift, quiet, dry, unknown, gone]) {
        assert.ok(run.log.includes(`::add-mask::${url}\n`) && run.log.includes(`::add-mask::${secret}\n`));
        for (const [outlet, text] of everythingSaid(run, stage)) assert.doesNotMatch(withoutMasks(text), /quokka/, outlet);
      }
    } finally {
      service.close();
    }
  });
});
