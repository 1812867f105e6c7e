import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { loadCase, referenceCase } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

let world: World;
let stage: Stage;
let beats = 0;
const monitor = createServer((_request, response) => {
  beats += 1;
  response.end('ok');
});
let heartbeat = '';
before(async () => {
  world = await startWorld();
  await loadCase(world, referenceCase());
  stage = await startStage(world, { ownProcesses: true });
  await new Promise<void>((resolve) => {
    monitor.listen(0, '127.0.0.1', resolve);
  });
  heartbeat = `http://127.0.0.1:${(monitor.address() as AddressInfo).port}/ping`;
});
after(async () => {
  monitor.close();
  await stage.close();
  await world.close();
});

const requests = () => ({ database: world.requests.length, github: stage.github.requests.length, discord: stage.discord.requests.length });
async function requestsOf<T>(work: () => Promise<T>): Promise<{ result: T; asked: ReturnType<typeof requests> }> {
  const earlier = requests();
  const result = await work();
  const now = requests();
  return { result, asked: { database: now.database - earlier.database, github: now.github - earlier.github, discord: now.discord - earlier.discord } };
}

const nothing = { database: 0, github: 0, discord: 0 };
const errorOf = ({ log }: StageRun): string => /^::error::(.*)$/m.exec(log)?.[1] ?? '';

describe('a runner that lacks something', () => {
  for (const [what, env] of [
    ['no files for outputs and summary', { GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: '' }],
    ['directories in their place', { GITHUB_OUTPUT: '/tmp', GITHUB_STEP_SUMMARY: '/tmp' }],
    ['paths that lead nowhere', { GITHUB_OUTPUT: '/tmp/no/such/file', GITHUB_STEP_SUMMARY: '/tmp/no/such/file' }],
    ['a full disk', { GITHUB_OUTPUT: '/dev/full', GITHUB_STEP_SUMMARY: '/dev/full' }],
  ] as const) {
    it(`costs warnings, and the verdict, the issue and the heartbeat stand: ${what}`, async () => {
      const sent = beats;
      const run = await stage.run({ 'heartbeat-url': heartbeat }, { env });
      assert.equal(run.exitCode, 1);
      assert.match(run.log, /^::warning::(The outputs could not be written \(|GITHUB_OUTPUT is not set, so)/m);
      assert.match(run.log, /^::warning.*::The job summary could not be written; nothing else is affected\./m);
      assert.match(errorOf(run), /Drift.*: \d+ findings/);
      assert.doesNotMatch(run.log, /failed unexpectedly/);
      assert.equal(stage.issue().state, 'open');
      assert.equal(beats, sent + 1);
    });
  }

  it('costs nothing where it is not needed', async () => {
    const run = await stage.run(
      {},
      { env: { GITHUB_EVENT_PATH: '/tmp/no/such/event.json', GITHUB_EVENT_NAME: '', RUNNER_TEMP: '', HOME: '', GITHUB_WORKSPACE: '', GITHUB_ACTOR: '' } },
    );
    assert.deepEqual([run.outputs['verdict'], run.exitCode], ['drift', 1], run.log);
    assert.doesNotMatch(run.log, /could not be written/);
  });

  it('is told that the token would travel in the clear', async () => {
    const { result, asked } = await requestsOf(() => stage.run({}, { env: { GITHUB_API_URL: 'http://github.example/api/v3' } }));
    assert.match(errorOf(result), /^GITHUB_API_URL, which the runner sets, is not an https address/);
    assert.deepEqual(asked, nothing);
  });
});

describe('names are revealed', () => {
  const event = (repository: unknown) => ({ schedule: '23 */6 * * *', ...(repository === undefined ? {} : { repository }) });
  const reveal = { 'reveal-values': 'true', 'dry-run': 'true' };
  const isRevealed = (run: StageRun) => run.report.findings.some(({ child }) => child !== null && !child.startsWith('child-'));

  it('in a private repository, which the event says without a question', async () => {
    const { result, asked } = await requestsOf(() => stage.run({ ...reveal, 'issue-on': 'never' }));
    assert.ok(isRevealed(result), result.log);
    assert.equal(asked.github, 0);
  });

  it('in no other one, before any request', async () => {
    for (const repository of [{ private: false }, { private: true, visibility: 'internal' }, { visibility: 'public' }]) {
      const { result, asked } = await requestsOf(() => stage.run(reveal, { event: event(repository) }));
      assert.match(errorOf(result), /^Input reveal-values is "true" in a repository that is not private, .* or even-in-public if that is what you want\.$/);
      assert.deepEqual([asked, result.exitCode, result.outputs['verdict']], [nothing, 1, 'unknown']);
    }
  });

  it('where the event does not say, as GitHub says', async () => {
    stage.github.settings.visibility = 'private';
    const asked = await requestsOf(() => stage.run({ ...reveal, 'issue-on': 'never' }, { event: event(undefined) }));
    assert.ok(isRevealed(asked.result), asked.result.log);
    assert.equal(asked.asked.github, 1);
    for (const visibility of ['public', 'internal'] as const) {
      stage.github.settings.visibility = visibility;
      const run = await requestsOf(() => stage.run(reveal, { event: event(undefined) }));
      assert.match(errorOf(run.result), /in a repository that is not private/);
      assert.deepEqual(run.asked, { ...nothing, github: 1 });
    }
    stage.github.settings.visibility = 'private';
  });

  it('not where nobody can say', async () => {
    // What may pass is asked for once more.
    for (const _ of [1, 2]) stage.github.injectFault({ kind: 'status', status: 500 });
    stage.github.injectFault({ kind: 'status', status: 301, headers: { location: '/elsewhere' } });
    for (const _ of [1, 2]) stage.github.injectFault({ kind: 'truncated' });
    const tried = [{}, {}, {}, { 'github-token': '' }, { 'github-token': 'ghs_of_somebody_else' }];
    for (const inputs of tried) {
      const { result, asked } = await requestsOf(() => stage.run({ ...reveal, ...inputs }, { event: event(undefined) }));
      assert.match(errorOf(result), /that neither the event nor GitHub reports as private/);
      assert.deepEqual([asked.database, asked.discord], [0, 0]);
    }
    const nowhere = await stage.run(reveal, { event: event(undefined), env: { GITHUB_REPOSITORY: '' } });
    assert.match(errorOf(nowhere), /that neither the event nor GitHub reports as private/);
  });

  it('where GitHub says so only when it is asked again', async () => {
    stage.github.injectFault({ kind: 'status', status: 502 });
    const run = await stage.run(reveal, { event: event(undefined) });
    assert.ok(isRevealed(run), run.log);
  });

  it('anywhere, when that is said twice', async () => {
    const run = await stage.run({ ...reveal, 'reveal-values': 'even-in-public' }, { event: event({ private: false }) });
    assert.ok(isRevealed(run), run.log);
  });
});

describe('secrets', () => {
  it('that are empty are explained by what started the run, before any request', async () => {
    const { result, asked } = await requestsOf(() => stage.run({ 'supabase-key': '', 'supabase-url': '' }, { env: { GITHUB_ACTOR: 'dependabot[bot]' } }));
    assert.match(errorOf(result), /supabase-url is missing.*supabase-key is missing.*Dependabot started this run/);
    assert.deepEqual(asked, nothing);
  });

  it('are masked, each with what of it gives access alone, and nothing else of them is printed', async () => {
    const inputs = { 'pseudonym-key': 'quokka-pseudonym-key-0123', 'heartbeat-url': `${heartbeat}/quokka-beat?quokka=1`, 'dry-run': 'true' };
    const run = await stage.run(inputs);
    for (const part of [
      ...Object.values(inputs).slice(0, 2),
      '/ping/quokka-beat?quokka=1',
      world.secretKey,
      stage.github.token,
      stage.discord.webhookUrl().pathname.split('/').at(-1) ?? '',
    ]) {
      assert.ok(run.log.includes(`::add-mask::${part}\n`), part);
    }
    assert.doesNotMatch(withoutMasks(run.log) + run.summary + run.html + run.rawOutputs, /quokka/);
  });
});

describe('pseudonyms', () => {
  const childrenOf = (run: StageRun) => new Set(run.report.findings.map(({ child }) => child));
  const dry = { 'dry-run': 'true', mode: 'full' };

  it('are the same in every run with a secret key, and others with a key of their own', async () => {
    const [one, again, own] = [await stage.run(dry), await stage.run(dry), await stage.run({ ...dry, 'pseudonym-key': 'another-secret-0123456789' })];
    assert.deepEqual(childrenOf(again), childrenOf(one));
    assert.notDeepEqual(childrenOf(own), childrenOf(one));
    assert.doesNotMatch(one.log, /Pseudonyms hold for this run only/);
  });

  it('hold for one run with a key that ships with the app, which a warning says, unless there is a secret for them', async () => {
    const published = { ...dry, 'supabase-key': world.publishableKey };
    const [one, again] = [await stage.run(published), await stage.run(published)];
    assert.match(one.log, /^::warning title=Driftwatch%3A pseudonyms::Pseudonyms hold for this run only: no store has a secret key to derive them from/m);
    assert.ok(childrenOf(one).size > 1);
    assert.notDeepEqual(childrenOf(again), childrenOf(one));
    const keyed = { ...published, 'pseudonym-key': 'another-secret-0123456789' };
    const [first, second] = [await stage.run(keyed), await stage.run(keyed)];
    assert.deepEqual(childrenOf(first), childrenOf(second));
    assert.doesNotMatch(first.log, /Pseudonyms hold for this run only/);
  });
});

describe('an input of an earlier version', () => {
  it('is told its new name, before any request', async () => {
    const { result, asked } = await requestsOf(() => stage.run({}, { env: { 'INPUT_KNOWN-DRIFT': 'ops/known.yml' } }));
    assert.equal(errorOf(result), 'Input known-drift is now called config: rename it in the workflow.');
    assert.deepEqual(asked, nothing);
  });
});
