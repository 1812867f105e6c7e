import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { reportSchema } from '../../action/src/report/schema.ts';
import { inSyncCase, loadCase, referenceCase } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { access, driftwatch, driftwatchProcess, launcher } from './command.ts';

let world: World;
before(async () => {
  world = await startWorld();
  await loadCase(world, referenceCase());
});
after(() => world.close());

const now = ['--settle-seconds', '0'];

describe('check', () => {
  test('says what differs, how much of it, and what to do next, and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await driftwatch(['check', ...now], { env: access(world) });
    assert.equal(exitCode, 1, stderr);
    assert.match(stdout, /^\nDrift, critical\n18 of 18 weeks were compared, and 17 differ\./);
    assert.match(stdout, /^records +508 +448 +283 +−165$/m);
    assert.match(stdout, /^MISSING_RECORD +critical +165$/m);
    assert.match(stdout, /6 legacy weeks skipped as expected/);
    assert.match(stdout, /npx driftwatch explain child-[0-9a-f]{8} 2025-\d\d-\d\d$/m);
  });

  test('tells no name unless it is asked to', async () => {
    const hidden = await driftwatch(['check', ...now], { env: access(world) });
    const shown = await driftwatch(['check', ...now, '--reveal-values'], { env: access(world) });
    assert.doesNotMatch(hidden.stdout, /[가-힣]/);
    assert.match(shown.stdout, /^MISSING_RECORD +Mia +2025-09-29 +habits\/Zähne putzen +5$/m);
    assert.match(shown.stdout, /npx driftwatch explain \d+$/m, 'an id can be pasted into a shell, whatever the name is');
  });

  test('prints the report as JSON and nothing else, and leaves the same report in the directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    try {
      const { exitCode, stdout, stderr } = await driftwatch(['check', ...now, '--json', '--report-directory', 'out'], { env: access(world), directory });
      assert.equal(exitCode, 1);
      assert.equal(stderr, '');
      const report = reportSchema.parse(JSON.parse(stdout));
      assert.equal(report.findingsTotal, 166);
      assert.deepEqual(JSON.parse(readFileSync(join(directory, 'out/report.json'), 'utf8')), JSON.parse(stdout));
      assert.match(readFileSync(join(directory, 'out/report.html'), 'utf8'), /^<!doctype html>/i);
      assert.match(readFileSync(join(directory, 'out/metrics.txt'), 'utf8'), /^driftwatch_verdict\{pair="habit-tracker",verdict="drift"\} 1$/m);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('reads .env of the directory, which the environment outweighs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    try {
      const { SUPABASE_URL, SUPABASE_KEY } = access(world);
      writeFileSync(join(directory, '.env'), `SUPABASE_URL=${SUPABASE_URL}\nSUPABASE_KEY="${SUPABASE_KEY}"\n`);
      assert.equal((await driftwatch(['check', ...now], { directory })).exitCode, 1);
      const elsewhere = await driftwatch(['check', ...now], { directory, env: { SUPABASE_URL: 'http://127.0.0.1:1' } });
      assert.equal(elsewhere.exitCode, 2);
      const flagged = await driftwatch(['check', ...now, '--supabase-url', world.url], { directory, env: { SUPABASE_URL: 'http://127.0.0.1:1' } });
      assert.equal(flagged.exitCode, 1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('reads .env as editors on Windows save it, and refuses what is no UTF-8', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    try {
      const text = Object.entries(access(world)).map(([name, value]) => `${name}=${value}\r\n`);
      writeFileSync(join(directory, '.env'), `\uFEFF${text.join('')}`);
      const marked = await driftwatch(['counts'], { directory });
      assert.equal(marked.exitCode, 1, marked.stderr);
      writeFileSync(join(directory, '.env'), `\uFEFF${text.join('')}`, 'utf16le');
      const wide = await driftwatch(['counts'], { directory });
      assert.deepEqual([wide.exitCode, wide.stderr], [2, '.env is not UTF-8 text. Save it as UTF-8.\n']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('accepts what the file of the repository accepts, and says all that is wrong with that file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    try {
      const rule = 'accepted:\n  - { reason: Lost by the backfill, by: Noor, until: 9999-12-31, type: MISSING_RECORD }\n';
      writeFileSync(join(directory, 'known.yml'), rule);
      const good = await driftwatch(['check', ...now, '--config', 'known.yml'], { env: access(world), directory });
      assert.equal(good.exitCode, 0, good.stderr);
      assert.match(good.stdout, /^\nIn sync, except for 165 accepted differences\n/);
      assert.match(good.stdout, /^accepted +MISSING_RECORD +Lost by the backfill +Noor +9999-12-31 +165$/m);
      writeFileSync(join(directory, 'known.yml'), rule.replace('MISSING', 'LOST').replace('by: Noor, ', ''));
      const bad = await driftwatch(['check', ...now, '--config', 'known.yml'], { env: access(world), directory });
      assert.deepEqual([bad.exitCode, bad.stdout], [2, '']);
      assert.match(bad.stderr, /^known\.yml:2: rule 1, by: .*\nknown\.yml:2: rule 1, type: must be the type of a finding /);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('takes the inputs of the action as flags', async () => {
    const { stdout, exitCode } = await driftwatch(
      ['check', ...now, '--json', '--mode', 'sample', '--sample-size', '5', '--seed', 'again', '--confidence', '0.9', '--fail-on', 'never'],
      { env: access(world) },
    );
    const report = reportSchema.parse(JSON.parse(stdout));
    assert.deepEqual([report.mode, report.seed, report.confidence, report.drift.compared], ['sample', 'again', 0.9, 5]);
    assert.equal(exitCode, 0, 'drift that is not to fail anything');
  });

  test('ends with 2 and says what to do where it cannot know, whatever is to fail', async () => {
    const env = { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_KEY: world.secretKey };
    const { exitCode, stdout, stderr } = await driftwatch(['check', '--fail-on', 'never'], { env });
    assert.equal(exitCode, 2);
    assert.match(stdout, /Unknown: the comparison could not be finished\n.*SUPABASE_URL/);
    assert.match(stdout, /npx driftwatch doctor/);
    assert.ok(!(stdout + stderr).includes(world.secretKey));
  });

  test('ends with 0 where both sides agree', async () => {
    const agreeing = await startWorld({ migrations: ['014', '020'] });
    try {
      await loadCase(agreeing, inSyncCase());
      const { exitCode, stdout } = await driftwatch(['check'], { env: access(agreeing) });
      assert.equal(exitCode, 0);
      assert.match(stdout, /^\nIn sync\n18 of 18 weeks were compared, and none of them differs\./);
      assert.deepEqual(await agreeing.sql('select * from driftwatch_history'), [], 'a look from the command line is not put on record');
    } finally {
      await agreeing.close();
    }
  });
});

describe('what cannot be used is said in one go', () => {
  test('every bad value at once, by the name that it has here', async () => {
    const { exitCode, stderr } = await driftwatch(['check', '--mode', 'never', '--sample-size', '0'], { env: { SUPABASE_KEY: 'sb_secret_\n' } });
    assert.equal(exitCode, 2);
    for (const name of [/- SUPABASE_URL is missing/, /- mode is "never"; accepted: one of auto, sample, full/, /- sample-size is "0"/, /\.env/])
      assert.match(stderr, name);
  });

  test('unknown commands and options, without repeating what may be a key', async () => {
    const command = await driftwatchProcess(['chekc']);
    assert.equal(command.exitCode, 2);
    assert.match(command.stderr, /unknown command 'chekc'\n\(Did you mean check\?\)\nSee `npx driftwatch --help`\.\n$/);
    const option = await driftwatch(['check', '--supabase-key=sb_secret_0123456789abcdef']);
    assert.equal(option.exitCode, 2);
    assert.match(option.stderr, /unknown option '--supabase-key=…'/);
    assert.doesNotMatch(option.stderr, /0123456789/);
    const excess = await driftwatch(['check', 'sb_secret_0123456789abcdef']);
    assert.equal(excess.exitCode, 2);
    assert.doesNotMatch(excess.stderr, /0123456789/);
  });

  test('a path that leads nowhere, in the words of a terminal', async () => {
    const config = await driftwatch(['check', '--config', 'nowhere.yml'], { env: access(world) });
    assert.deepEqual(config, {
      exitCode: 2,
      stdout: '',
      stderr: 'Input config is "nowhere.yml", and there is no such file in this directory. Correct the path.\n',
    });
    const report = await driftwatch(['check', '--report-directory', '/tmp/elsewhere'], { env: access(world) });
    assert.match(report.stderr, /accepted: a directory inside this directory, such as drift-report\./);
  });

  test('a file for the environment that is not there', async () => {
    const { exitCode, stderr } = await driftwatch(['check', '--env', 'nowhere.env']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^nowhere\.env could not be read \(there is no such file or directory\)/);
  });
});

describe('the launcher', () => {
  test('ends with what it found where its reader has seen enough, and with 2 where the result could not be written', async (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
    context.after(() => rmSync(directory, { recursive: true }));
    const through = (command: string) => {
      const options = { encoding: 'utf8', cwd: directory, env: { ...process.env, ...access(world), NODE_OPTIONS: '' } } as const;
      return new Promise<string>((resolve) => execFile('bash', ['-c', command], options, (_, stdout) => resolve(stdout)));
    };
    const check = `'${process.execPath}' '${launcher}' check --settle-seconds 0 --json`;
    assert.equal(await through(`${check} 2>&1 | true; echo "\${PIPESTATUS[0]}"`), '1\n');
    assert.equal(await through(`${check.replace(' --json', '')} 2>&1 >/dev/null | true; echo "\${PIPESTATUS[0]}"`), '1\n');
    if (!existsSync('/dev/full')) return;
    assert.equal(
      await through(`${check} 2>&1 >/dev/full; echo "$?"`),
      'The result could not be written to standard output (the disk is full). Free some space, or write it elsewhere.\n2\n',
    );
  });

  test('shows help with examples and exit codes', async () => {
    const all = await driftwatchProcess(['--help']);
    assert.equal(all.exitCode, 0);
    assert.match(all.stdout, /Exit codes/);
    const { exitCode, stdout } = await driftwatchProcess(['check', '--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /Examples:\n {2}npx driftwatch check\n/);
    assert.match(stdout, /--week-alignment <value>/);
  });

  test('says of an input what it means here, where it means something else in a workflow', async () => {
    const [check, init] = await Promise.all(['check', 'init'].map((command) => driftwatchProcess([command, '--help'])));
    assert.match(check?.stdout ?? '', /--seed <value>.*\n +Default: local-1\.\n/);
    assert.doesNotMatch(check?.stdout ?? '', /run id|fails the job|the workspace|even-in-public/);
    assert.match(init?.stdout ?? '', /--pair <value> +What to call the new pair\./);
    assert.match(init?.stdout ?? '', /--time-budget-seconds <value> +Seconds after which the command stops;/);
  });

  test('is what package.json calls driftwatch, and starts on a Node that is too old for the rest', async (context) => {
    const { bin } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { bin: Record<string, string> };
    assert.deepEqual(bin, { driftwatch: 'cli/driftwatch.mjs' });
    const nodes = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((directory) => join(directory, 'node'))
      .filter((path) => existsSync(path));
    const old = nodes.find((node) => /^v(?:1\d|2[0-3])\./.test(execFileSync(node, ['--version'], { encoding: 'utf8' })));
    if (old === undefined) return context.skip('there is no older Node on this machine');
    const { exitCode, stdout } = await driftwatchProcess(['--help'], { node: old });
    assert.equal(exitCode, 0);
    assert.match(stdout, /Usage: driftwatch/);
  });
});
