import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { closedPort, everythingSaid, startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

let world: World;
let stage: Stage;
before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
  stage = await startStage(world, { ownProcesses: true });
});
after(async () => {
  await stage.close();
  await world.close();
});

/** Every input that can be wrong, with a value that is. */
const wrong: Readonly<Record<string, string>> = {
  'supabase-url': 'ftp://project.example',
  'discord-webhook-url': 'https://discord.example/api/not-a-hook/hidden-hook-token',
  mode: 'everything',
  'sample-size': '0',
  confidence: '1',
  'high-threshold': '200%',
  'critical-threshold': '-1',
  'week-alignment': 'sunday',
  'settle-seconds': 'soon',
  'time-budget-seconds': '0',
  'issue-on': 'low',
  'discord-on': 'always',
  'fail-on': 'error',
  'issue-labels': 'x'.repeat(51),
  'remind-after-hours': '-1',
  'reveal-values': 'yes',
  'dry-run': '1',
  'report-directory': '../elsewhere',
};

const numberOfRequests = () => world.requests.length + stage.github.requests.length + stage.discord.requests.length;

async function refused(inputs: Record<string, string>): Promise<StageRun> {
  const asked = numberOfRequests();
  const run = await stage.run(inputs);
  assert.deepEqual([run.exitCode, numberOfRequests() - asked], [1, 0], run.log);
  assert.equal(run.log.match(/^::error::/gm)?.length, 1, run.log);
  return run;
}

/** The one message, as a person reads it. */
const message = ({ log }: StageRun): string => (/^::error::(.*)$/m.exec(log)?.[1] ?? '').replaceAll('%0A', '\n').replaceAll('%25', '%');

describe('bad inputs', () => {
  it('are named all at once, each with its value and what would be accepted, before any request', async () => {
    const run = await refused({ ...wrong, 'supabase-key': 'hidden key with blanks' });
    for (const [name, value] of Object.entries(wrong)) {
      const line =
        message(run)
          .split('\n')
          .find((text) => text.includes(`${name} `)) ?? '';
      assert.match(line, /accepted/, name);
      if (name !== 'discord-webhook-url') assert.ok(line.includes(value), `${name}: ${line}`);
    }
    assert.match(message(run), /supabase-key/);
    for (const [outlet, said] of everythingSaid(run, stage)) assert.doesNotMatch(withoutMasks(said), /hidden/, outlet);
    // The page of the run says the same.
    assert.ok(run.summary.includes('Unknown') && run.summary.includes(`\n${message(run)}\n`), run.summary);
    // Every output is there, as of a run that compared nothing.
    const { outputs } = await stage.run({ 'supabase-url': closedPort });
    assert.deepEqual(Object.keys(run.outputs).sort(), Object.keys(outputs).sort());
    const { verdict, severity, findings, 'drift-rate-upper-bound': bound, 'cutover-reasons': reasons } = run.outputs;
    assert.deepEqual([verdict, severity, findings, bound, reasons?.split('\n')[0]], ['unknown', 'none', '0', '1', outputs['cutover-reasons']?.split('\n')[0]]);
  });

  for (const [name, values] of Object.entries({
    'critical-threshold': ['0.05%'],
    'sample-size': ['1.5'],
    'issue-labels': [`ok, ${'가'.repeat(51)}`],
    'report-directory': ['/etc'],
    'supabase-url': [''],
    'supabase-key': [''],
  })) {
    it(`are named one by one too: ${name}`, async () => {
      for (const value of values) {
        const run = await refused({ [name]: value });
        assert.match(message(run), new RegExp(`^Input ${name} .*accepted`));
        assert.ok(name === 'supabase-key' || message(run).includes(value));
      }
    });
  }

  it('cannot print a secret that was pasted into the wrong place, nor start a command', async () => {
    const run = await refused({
      mode: 'sb_secret_hidden',
      'fail-on': '\n::error::hidden command',
      'supabase-url': `https://user:hidden@project.example`,
      'issue-on': 'ghp_hidden',
    });
    assert.doesNotMatch(withoutMasks(run.log), /sb_secret_hidden|user:hidden|ghp_hidden/);
    assert.doesNotMatch(run.log, /^::error::hidden/m);
  });
});

describe('good inputs', () => {
  it('are taken as people write them', async () => {
    const run = await stage.run({
      'supabase-url': ` ${world.url}/ `,
      confidence: '.9',
      'high-threshold': '0.002',
      'critical-threshold': '2 %',
      'dry-run': 'TRUE',
      'reveal-values': 'False',
      'issue-labels': 'Drift-Detection',
      'report-directory': 'out/reports',
      mode: 'sample',
      'sample-size': '5000',
    });
    assert.deepEqual([run.exitCode, run.outputs['verdict']], [0, 'in-sync'], run.log);
    assert.deepEqual([run.report.thresholds, run.report.confidence, run.report.drift.compared], [{ high: 0.002, critical: 0.02 }, 0.9, 18]);
  });

  it('decide where the reports go: relative to the workspace, named by their paths', async () => {
    const run = await stage.run({ 'report-directory': './reports/of drift' });
    assert.deepEqual(run.reportPaths, ['reports/of drift/report.json', 'reports/of drift/report.html']);
    assert.ok(run.hasAbsolutePaths);
    assert.deepEqual((await stage.run()).reportPaths, ['drift-report/report.json', 'drift-report/report.html']);
  });
});

/** Prints what is loaded, and at the end what it all cost. */
const probe = `
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => { if (url.startsWith('file:')) console.error('loaded ' + url); return next(url, context); } });
  process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('cpu ' + Math.round((user + system) / 1000)); });
`;
const probed = { nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(probe)}`] };
const loaded = ({ log }: StageRun): string[] => [...log.matchAll(/^loaded .*\/([^/]+)$/gm)].map(([, name = '']) => name);
const cpu = ({ log }: StageRun): string => `${/^cpu (\d+)$/m.exec(log)?.[1]} ms of CPU`;

describe('a start', () => {
  it('that ends with an input error loads neither Discord nor GitHub nor the comparison', async (t) => {
    const run = await stage.run({ mode: 'everything' }, probed);
    assert.equal(run.exitCode, 1);
    assert.ok(loaded(run).includes('index.js'));
    assert.deepEqual(
      loaded(run).filter((name) => /discord|issue|run|undici/.test(name)),
      [],
    );
    t.diagnostic(`input error: ${cpu(run)}`);
  });

  it('that has nothing to say to Discord does not load it: no webhook, nothing listening', async (t) => {
    const run = await stage.run({ 'supabase-url': closedPort, 'discord-webhook-url': '' }, probed);
    assert.equal(run.outputs['verdict'], 'unknown');
    assert.ok(loaded(run).includes('run.js'));
    assert.deepEqual(
      loaded(run).filter((name) => /discord/.test(name)),
      [],
    );
    t.diagnostic(`nothing listening: ${cpu(run)}`);
  });

  it('that finds all well does not load it either', async (t) => {
    const run = await stage.run({}, probed);
    assert.deepEqual([run.exitCode, run.outputs['verdict']], [0, 'in-sync']);
    assert.deepEqual(
      loaded(run).filter((name) => /discord/.test(name)),
      [],
    );
    t.diagnostic(`in sync: ${cpu(run)}`);
  });
});

describe('the seed', () => {
  it('is the run’s id and attempt unless one is given, and the same one draws the same sample', async () => {
    const inputs = { mode: 'sample', 'sample-size': '8', 'week-alignment': 'exact', 'dry-run': 'true', 'discord-on': 'never' };
    const byRun = await stage.run(inputs, { env: { GITHUB_RUN_ID: '424242', GITHUB_RUN_ATTEMPT: '3' } });
    assert.deepEqual([byRun.outputs['seed'], byRun.report.seed, byRun.report.mode], ['424242-3', '424242-3', 'sample']);

    const drawn = ({ report }: StageRun) => JSON.stringify([report.findings, report.sourceVersions, report.drift]);
    const again = await stage.run({ ...inputs, seed: '424242-3' });
    assert.equal(drawn(again), drawn(byRun));
    const others = [await stage.run({ ...inputs, seed: 'b' }), await stage.run({ ...inputs, seed: 'c' }), await stage.run({ ...inputs, seed: 'd' })];
    assert.ok(others.some((other) => drawn(other) !== drawn(byRun)));
  });
});
