import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startFakeDiscord, type FakeDiscord } from '../../action/test/fakes/discord.ts';
import { startFakeGitHub, type FakeGitHub } from '../../action/test/fakes/github.ts';
import { loadCase, referenceCase } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { access, driftwatch } from './command.ts';

type Answer = { ok: boolean; points: { point: string; status: string; detail: string }[] };

let world: World;
let github: FakeGitHub;
let discord: FakeDiscord;
before(async () => {
  world = await startWorld({ migrations: ['013', '014', '015', '016', '017', '018', '019'] });
  await loadCase(world, referenceCase());
});
after(() => world.close());
beforeEach(async () => {
  github = await startFakeGitHub('example', 'habits');
  discord = await startFakeDiscord();
});
afterEach(async () => {
  await Promise.all([github.close(), discord.close()]);
});

const environment = () => ({
  ...access(world),
  GITHUB_TOKEN: github.token,
  GITHUB_REPOSITORY: 'example/habits',
  GITHUB_API_URL: github.url,
  DISCORD_WEBHOOK_URL: discord.webhookUrl().href,
});

async function ask(env: Record<string, string>, ...args: string[]): Promise<{ exitCode: number | null; answer: Answer; said: string }> {
  const { exitCode, stdout, stderr } = await driftwatch(['doctor', '--json', ...args], { env });
  return { exitCode, answer: JSON.parse(stdout), said: stdout + stderr };
}
const pointOf = ({ points }: Answer, name: string) => points.find(({ point }) => point === name) ?? { status: 'absent', detail: '' };

describe('doctor', () => {
  test('goes through everything, and writes and posts nothing', async () => {
    const tables = ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records', 'dual_write_failures', 'dual_write_requests'];
    const rows = async () => Promise.all(tables.map((table) => world.sql(`select to_jsonb(t) as row from ${table} t order by 1`)));
    const earlier = await rows();
    const { exitCode, answer } = await ask(environment());
    assert.equal(exitCode, 0, JSON.stringify(answer, null, 2));
    for (const name of ['the project', 'the rows', 'the columns', 'the drift functions', 'the backfill', 'GitHub', 'Discord']) {
      assert.equal(pointOf(answer, name).status, 'ok', name);
    }
    assert.match(
      pointOf(answer, 'the rows').detail,
      /24 rows of habit_tracker, 6 rows of children, 18 rows of weeks, 117 rows of habits, 283 rows of habit_records/,
    );
    assert.deepEqual(await rows(), earlier);
    assert.deepEqual([github.writes(), github.labels.map(({ name }) => name), github.issues], [[], ['bug'], []]);
    assert.deepEqual(
      discord.requests.map(({ method }) => method),
      ['GET'],
    );
    assert.deepEqual([...github.violations, ...discord.violations], []);
  });

  test('says so in words as well, without a secret', async () => {
    const env = environment();
    const { exitCode, stdout, stderr } = await driftwatch(['doctor'], { env });
    assert.equal(exitCode, 0);
    assert.match(stdout, /✓ GitHub\n {4}The token may write issues and labels in example\/habits/);
    assert.match(stdout, /Driftwatch is ready to run\.\n$/);
    for (const secret of [world.secretKey, github.token, 'synthetic-token_Aa0']) assert.ok(!(stdout + stderr).includes(secret));
  });

  test('what is optional and not there is a remark, with the migration that brings it', async () => {
    const bare = await startWorld();
    try {
      await loadCase(bare, referenceCase());
      const { exitCode, answer } = await ask(access(bare));
      assert.equal(exitCode, 0);
      assert.match(pointOf(answer, 'the drift functions').detail, /014_create_drift_functions\.sql/);
      assert.match(pointOf(answer, 'the backfill').detail, /016_create_backfill\.sql/);
      assert.match(pointOf(answer, 'the health of the dual-write').detail, /019_create_dual_write_health\.sql/);
      assert.match(pointOf(answer, 'the record of runs').detail, /020_create_driftwatch_history\.sql/);
      assert.deepEqual(
        answer.points.filter(({ status }) => status === 'not checked').map(({ point }) => point),
        ['GitHub', 'Discord'],
      );
    } finally {
      await bare.close();
    }
  });

  test('an empty project, and a key that row-level security may blind', async () => {
    const empty = await startWorld();
    try {
      const nothing = await ask(access(empty));
      assert.equal(nothing.exitCode, 1);
      assert.match(pointOf(nothing.answer, 'the rows').detail, /Both sides are empty.*secret key/);
      await loadCase(empty, referenceCase());
      const blind = await ask({ SUPABASE_URL: empty.url, SUPABASE_KEY: empty.publishableKey });
      assert.notEqual(pointOf(blind.answer, 'the rows').status, 'ok');
    } finally {
      await empty.close();
    }
  });

  test('an address where there is no project, and a key that it does not take', async () => {
    const nobody = await ask({ ...environment(), SUPABASE_URL: 'http://127.0.0.1:1' });
    assert.equal(nobody.exitCode, 1);
    assert.equal(pointOf(nobody.answer, 'the project').status, 'failing');
    assert.match(pointOf(nobody.answer, 'the project').detail, /SUPABASE_URL/);
    assert.equal(pointOf(nobody.answer, 'the rows').status, 'absent', 'what cannot be asked is not guessed');
    assert.equal(pointOf(nobody.answer, 'GitHub').status, 'ok');
    // GitHub's own address answers, but not like a project.
    const other = await ask({ ...environment(), SUPABASE_URL: github.url });
    assert.equal(pointOf(other.answer, 'the project').status, 'failing');
    const rejected = await ask({ ...environment(), SUPABASE_KEY: 'sb_secret_of_another_project' });
    assert.equal(rejected.exitCode, 1);
    assert.match(pointOf(rejected.answer, 'the project').detail, /rejects the key/);
  });

  test('a token that may not write, is unknown, or sees another repository; issues that are off', async () => {
    github.settings.readOnly = true;
    const readOnly = await ask(environment());
    assert.equal(readOnly.exitCode, 1);
    assert.match(pointOf(readOnly.answer, 'GitHub').detail, /may not do that \(403.*permissions: issues: write/);
    github.settings.readOnly = false;
    github.settings.issuesDisabled = true;
    assert.match(pointOf((await ask(environment())).answer, 'GitHub').detail, /issues are disabled/);
    github.settings.issuesDisabled = false;
    assert.match(pointOf((await ask({ ...environment(), GITHUB_TOKEN: 'another' })).answer, 'GitHub').detail, /does not recognize the token \(401\)/);
    assert.match(pointOf((await ask(environment(), '--repository', 'example/other')).answer, 'GitHub').detail, /404/);
    assert.deepEqual(github.writes(), []);
  });

  test('names the open issues of pairs that the file does not declare, which no run closes', async () => {
    const about = (pair: string) => github.addIssue({ labels: ['drift-detection'], body: `Drift.\n\n<!-- driftwatch:v1 pair=${pair} -->\n` });
    about('habit-tracker');
    assert.equal(pointOf((await ask(environment())).answer, 'GitHub').status, 'ok');
    about('old-shop');
    about('%E0%A4%A');
    const { exitCode, answer } = await ask(environment());
    assert.equal(exitCode, 0);
    const { status, detail } = pointOf(answer, 'GitHub');
    assert.equal(status, 'warning');
    assert.match(
      detail,
      / No run closes those about a pair that the file does not declare: #2 \(old-shop\)\. Close them by hand, unless another file declares the pair\.$/,
    );
    for (let more = 0; more < 300; more += 1) about('old-shop');
    assert.match(
      pointOf((await ask(environment())).answer, 'GitHub').detail,
      /: #\d+ \(old-shop\),.* and 291 more\. Close them by hand, unless another file declares the pair\.$/,
    );
  });

  test('a webhook that is gone, unreachable, or something else', async () => {
    discord.answers.push({ status: 404, body: { message: 'Unknown Webhook', code: 10015 } });
    const gone = await ask(environment());
    assert.equal(gone.exitCode, 1);
    assert.match(pointOf(gone.answer, 'Discord').detail, /does not know this webhook \(404\)/);
    discord.answers.push('cut');
    assert.match(pointOf((await ask(environment())).answer, 'Discord').detail, /broke off/);
    discord.answers.push({ status: 200, body: '<html>' });
    assert.match(pointOf((await ask(environment())).answer, 'Discord').detail, /is not a Discord webhook/);
    assert.deepEqual(discord.messages, []);
  });

  test('a repository that is not written as one', async () => {
    const { exitCode, stderr } = await driftwatch(['doctor', '--repository', 'habits'], { env: environment() });
    assert.equal(exitCode, 2);
    assert.match(stderr, /--repository is "habits"; accepted: <owner>\/<name>/);
  });
});
