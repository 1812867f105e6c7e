import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { access, driftwatchProcess, type CommandRun } from '../cli/test/command.ts';
import { createPseudonyms } from '../action/src/privacy/pseudonyms.ts';
import { loadCase, referenceCase } from '../demo/data.ts';
import { openDescribed } from '../demo/description.ts';
import { startEmptyGitHub } from '../demo/github.ts';
import { runAction } from '../demo/run-action.ts';
import { startWorld, type World } from '../action/test/world.ts';
import { root, version } from '../cli/metadata.ts';

/** Packs a copy, because packing also builds, and another test may be reading the checkout. Nothing here contacts a registry. */
const away = mkdtempSync(join(tmpdir(), 'package-'));
const sources = join(away, 'sources');
const project = join(away, 'project');
const npm = (directory: string, ...args: string[]): string =>
  execFileSync('npm', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, npm_config_offline: 'true', npm_config_audit: 'false', npm_config_update_notifier: 'false' },
  });

const packed = z.tuple([z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string(), size: z.number() })) })]);
const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  bin: z.record(z.string(), z.string()),
  engines: z.object({ node: z.string() }),
  private: z.optional(z.boolean()),
});

let installed: string;
let contents: z.infer<typeof packed>[0];
before(() => {
  // As npm would see a clone, without the files that git ignores.
  for (const name of [
    '.gitignore',
    'LICENSE',
    'README.md',
    'action',
    'action.yml',
    'bench',
    'cli',
    'demo',
    'dist',
    'docs',
    'driftwatch.schema.json',
    'package-lock.json',
    'package.json',
    'scripts',
    'supabase',
    'tsconfig.json',
  ]) {
    cpSync(join(root, name), join(sources, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(sources, 'node_modules'));
  // The output of the build comes before the list.
  const printed = npm(sources, 'pack', '--json');
  [contents] = packed.parse(JSON.parse(printed.slice(printed.indexOf('[\n'))));
  cpSync(join(sources, contents.filename), join(project, 'driftwatch.tgz'));
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  npm(project, 'install', '--ignore-scripts', './driftwatch.tgz');
  installed = join(project, 'node_modules/driftwatch');
  // The package must work without its sources.
  rmSync(sources, { recursive: true });
});
after(() => rmSync(away, { recursive: true }));

/** The Node version that npm itself runs on, which CI chooses; the tests bring their own. */
const chosen = process.env['npm_node_execpath'];
const isSupported = chosen !== undefined && Number(execFileSync(chosen, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' })) >= 22;
const node = isSupported ? chosen : process.execPath;

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandRun> =>
  driftwatchProcess(args, { env, node, program: join(installed, 'cli/driftwatch.mjs') });

describe('the npm package', () => {
  test('is called and started by its name, runs on Node 22, and brings no other package along', () => {
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')));
    assert.deepEqual([manifest.name, manifest.version, manifest.license, manifest.engines.node], ['driftwatch', version, 'MIT', '>=22']);
    assert.notEqual(manifest.private, true, 'npm would refuse to publish it');
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies']) assert.ok(!(kind in manifest), kind);
    assert.deepEqual(globSync('*', { cwd: join(project, 'node_modules') }), ['driftwatch']);
    assert.equal(npm(project, 'exec', '--no', '--', 'driftwatch', '--version'), `${version}\n`);
  });

  test('runs nothing when it is installed', () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')));
    assert.deepEqual(
      ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts),
      [],
    );
  });

  test('holds the bundle, what the bundle reads and the licences, and nothing else', () => {
    const paths = contents.files.map(({ path }) => path);
    const others = paths.filter((path) => !/^dist-cli\/[\w.-]+\.js$/.test(path));
    assert.deepEqual(others.toSorted(), [
      'LICENSE',
      'README.md',
      'action.yml',
      'cli/driftwatch.mjs',
      'dist-cli/licenses.txt',
      'dist-cli/package.json',
      'package.json',
    ]);
    // Downloaded by everybody who types the command.
    assert.ok(contents.size < 2_000_000, `${contents.size} bytes`);
  });

  test('names the licence of every package inside', () => {
    const licences = readFileSync(join(installed, 'dist-cli/licenses.txt'), 'utf8');
    for (const name of ['@supabase/postgrest-js', 'commander', 'cli-progress', 'yaml', 'zod', 'google-auth-library'])
      assert.match(licences, new RegExp(`^${name} \\d[\\w.-]* \\([\\w .-]+\\)$`, 'm'));
  });

  test('holds no path of the machine that built it', () => {
    for (const { path } of contents.files) {
      const text = readFileSync(join(installed, path), 'utf8');
      for (const directory of [root, sources, homedir(), tmpdir()]) assert.ok(!text.includes(`${directory}/`), `${path} holds ${directory}`);
    }
  });

  test('shows what there is, of every command', async () => {
    const { exitCode, stdout, stderr } = await run(['--help']);
    assert.equal(exitCode, 0, stderr);
    const names = [...stdout.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name = '']) => name);
    for (const name of ['init', 'doctor', 'check', 'counts', 'explain', 'repair']) assert.ok(names.includes(name), name);
    for (const name of names) assert.match((await run([name, '--help'])).stdout, new RegExp(`^Usage: driftwatch ${name} `));
    assert.deepEqual(await run(['--version']), { exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('tells an old Node what it needs', async () => {
    // A Node that pretends to be old: this tests that the sentence appears before any newer syntax is parsed.
    const preload = `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '20.19.0' }); Object.defineProperty(process, 'version', { value: 'v20.19.0' });")}`;
    const { exitCode, stderr } = await run(['--help'], { NODE_OPTIONS: `--import=${preload}` });
    assert.equal(exitCode, 2);
    assert.equal(stderr, 'Driftwatch needs Node 22 or newer, and this is v20.19.0. Install a newer one, and then run this command again.\n');
  });

  test('says which settings are missing where there are none', async () => {
    const { exitCode, stderr } = await run(['check']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /SUPABASE_URL is missing/);
  });

  describe('in an empty directory, against a project', () => {
    let world: World;
    before(async () => {
      world = await startWorld({ migrations: ['013', '014', '015', '016', '017', '018', '019', '020'] });
      await loadCase(world, referenceCase());
      // A pair for init to find, in which one row was not migrated.
      await world.sql(`
        create table old_notes (id text primary key, body text not null, stars int not null);
        create table notes (id text primary key, body text not null, stars int not null);
        insert into old_notes select 'n' || n, 'Note ' || n, n from generate_series(1, 9) as n;
        insert into notes select * from old_notes where stars > 1;`);
    });
    after(() => world.close());

    test('init, and then check by what it drafted', async () => {
      const directory = mkdtempSync(join(away, 'drafted-'));
      const door = await openDescribed(world);
      try {
        const options = { directory, env: { ...access(world), SUPABASE_URL: door.url }, node, program: join(installed, 'cli/driftwatch.mjs') };
        const drafted = await driftwatchProcess(['init', '--legacy', 'supabase', '--legacy-tables', 'old_*', '--pair', 'notes', '--yes', '--json'], options);
        assert.equal(drafted.exitCode, 0, drafted.stderr);
        assert.partialDeepStrictEqual(JSON.parse(drafted.stdout), {
          pair: 'notes',
          file: '.github/driftwatch.yml',
          workflow: '.github/workflows/drift-detection.yml',
          entities: [{ name: 'notes', legacy: 'old_notes', normalized: 'notes', fields: 2 }],
        });
        const checked = await driftwatchProcess(['check', '--settle-seconds', '0', '--json'], options);
        assert.equal(checked.exitCode, 1, checked.stderr);
        assert.partialDeepStrictEqual(JSON.parse(checked.stdout), { pair: 'notes', verdict: 'drift', drift: { differing: 1 } });
      } finally {
        await door.close();
      }
    });

    const json = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await run([...args, '--json'], access(world));
      return { exitCode, answer: z.looseObject({}).parse(JSON.parse(stdout)), stderr };
    };

    test('doctor', async () => {
      const { exitCode, answer, stderr } = await json('doctor');
      assert.equal(exitCode, 0, stderr);
      assert.equal(answer['ok'], true);
    });

    test('check', async () => {
      const { exitCode, answer, stderr } = await json('check', '--settle-seconds', '0');
      assert.equal(exitCode, 1, stderr);
      assert.equal(answer['verdict'], 'drift');
    });

    test('counts', async () => {
      const { exitCode, stdout, stderr } = await run(['counts'], access(world));
      assert.equal(exitCode, 1, stderr);
      assert.match(stdout, /\b18\b/);
    });

    test('explain', async () => {
      const row = referenceCase().legacy.find(({ id }) => id === '104');
      const pseudonym = createPseudonyms(world.secretKey, false).name('child', [row?.user_id ?? null, row?.child_name ?? '']);
      const { exitCode, answer, stderr } = await json('explain', pseudonym, '2025-10-06');
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual([answer['pseudonym'], answer['week']], [pseudonym, '2025-10-06']);
    });

    test('repair, first shown and then done', async () => {
      const sql = await run(['repair', '--settle-seconds', '0', '--sql'], access(world));
      assert.equal(sql.exitCode, 0, sql.stderr);
      assert.match(sql.stdout, /^begin;$[^]*^commit;$/m);
      const applied = await run(['repair', '--settle-seconds', '0', '--apply'], access(world));
      assert.equal(applied.exitCode, 0, applied.stderr);
      assert.match(applied.stdout, /Compared again: In sync\./);
    });
  });
});

test('leads a stranger with two projects from an empty directory to a dry run of the workflow', async (t) => {
  const directory = mkdtempSync(join(away, 'stranger-'));
  const [old, current, github] = [await startWorld({ migrations: false }), await startWorld({ migrations: false }), await startEmptyGitHub()];
  await old.sql(`
    create table "Customers" (id bigint primary key, "fullName" text not null, "isActive" boolean not null);
    insert into "Customers" select n, 'Customer ' || n, n % 2 = 0 from generate_series(1, 30) as n;`);
  // One row was lost on the way, and one had a different name.
  await current.sql(`
    create table customers (id bigint primary key, full_name text not null, is_active boolean not null);
    insert into customers select n, 'Customer ' || case n when 4 then 'four' else n::text end, n % 2 = 0 from generate_series(1, 29) as n;`);
  const [oldDoor, door] = [await openDescribed(old), await openDescribed(current)];
  t.after(() => Promise.all([oldDoor, door, old, current, github].map((one) => one.close())));

  const env = { SUPABASE_URL: door.url, SUPABASE_KEY: current.secretKey, OLD_SUPABASE_KEY: old.secretKey };
  const step = async (exitCode: number, ...args: string[]): Promise<string> => {
    const start = performance.now();
    const done = await driftwatchProcess(args, { directory, env, node, program: join(installed, 'cli/driftwatch.mjs') });
    t.diagnostic(`${args[0]}: ${Math.round(performance.now() - start)} ms`);
    assert.equal(done.exitCode, exitCode, done.stderr);
    return done.stdout;
  };
  assert.match(await step(0, 'init', '--legacy', `supabase:${oldDoor.url}`, '--yes'), /^customers +Customers +customers +2 +0$/m);
  assert.match(await step(0, 'doctor'), /Driftwatch is ready to run\./);
  assert.match(await step(1, 'check', '--settle-seconds', '0'), /^MISSING_ROW +customers +id=30 /m);

  const workflow = z
    .object({
      jobs: z.object({
        compare: z.object({
          steps: z.array(
            z.looseObject({ uses: z.string(), env: z.optional(z.record(z.string(), z.string())), with: z.optional(z.record(z.string(), z.unknown())) }),
          ),
        }),
      }),
    })
    .parse(parse(readFileSync(join(directory, '.github/workflows/drift-detection.yml'), 'utf8')));
  const own = workflow.jobs.compare.steps.find(({ uses }) => uses === 'OWNER/driftwatch@COMMIT');
  // As GitHub fills it in; secrets that this repository does not have are empty.
  const filled = (texts: Readonly<Record<string, unknown>> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(texts).map(([name, value]) => [
        name,
        String(value).replaceAll(/\$\{\{ secrets\.(\w+) \}\}/g, (_, secret: string) => new Map(Object.entries(env)).get(secret) ?? ''),
      ]),
    );
  const dryRun = await runAction({
    inputs: { ...filled(own?.with), 'dry-run': 'true', 'settle-seconds': '0' },
    env: filled(own?.env),
    githubApiUrl: github.url,
    workspace: directory,
  });
  assert.equal(dryRun.outputs['verdict'], 'drift', dryRun.log);
  const report = z
    .looseObject({ pair: z.string(), findings: z.array(z.looseObject({ type: z.string() })) })
    .parse(JSON.parse(readFileSync(join(directory, 'drift-report/report.json'), 'utf8')));
  assert.deepEqual([report.pair, report.findings.map(({ type }) => type).toSorted()], ['tables', ['COUNT_MISMATCH', 'DATA_MISMATCH', 'MISSING_ROW']]);
});

test('a checkout runs its sources, whatever was packed from it', async (t) => {
  const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
  t.after(() => rmSync(checkout, { recursive: true }));
  for (const name of ['action', 'action.yml', 'cli', 'package.json', 'scripts']) cpSync(join(root, name), join(checkout, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  cpSync(join(installed, 'dist-cli'), join(checkout, 'dist-cli'), { recursive: true });
  writeFileSync(join(checkout, 'dist-cli/index.js'), "throw new Error('the bundle was started');");
  const { exitCode, stderr } = await driftwatchProcess(['--help'], { program: join(checkout, 'cli/driftwatch.mjs') });
  assert.equal(exitCode, 0, stderr);
});

test('Dependabot proposes what is inside of the bundles on its own', () => {
  const { devDependencies } = z
    .object({ devDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const licences = [join(root, 'dist/licenses.txt'), join(installed, 'dist-cli/licenses.txt')].flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  const inside = Object.keys(devDependencies).filter((name) => licences.some((line) => line.startsWith(`${name} `)));
  const { updates } = z
    .object({ updates: z.array(z.looseObject({ groups: z.record(z.string(), z.looseObject({ patterns: z.optional(z.array(z.string())) })) })) })
    .parse(parse(readFileSync(join(root, '.github/dependabot.yml'), 'utf8')));
  assert.deepEqual(updates[0]?.groups['bundled']?.patterns?.toSorted(), inside.toSorted());
});
