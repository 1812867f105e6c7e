import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test, type TestContext } from 'node:test';
import { bundle } from './bundle.ts';
import { root } from '../cli/metadata.ts';

const files = await bundle(root);
const away = mkdtempSync(join(tmpdir(), 'bundle-'));
after(() => rmSync(away, { recursive: true }));

/** Prints at the end, on stderr, which files the process has read. */
const probe = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
  process.on('exit', () => console.error('probe ' + JSON.stringify(loaded)));
`;

/** Runs the bundle in a directory with nothing else, after importing the module `preload`. */
async function start(preload: string, env: Record<string, string> = {}): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const module = `data:text/javascript,${encodeURIComponent(preload)}`;
  const child = spawn(process.execPath, ['--import', module, join(away, 'index.js')], {
    cwd: away,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** A project that accepts every request and answers none. */
async function startSilentProject(t: TestContext): Promise<Record<string, string>> {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return { 'INPUT_SUPABASE-URL': `http://127.0.0.1:${address.port}`, 'INPUT_SUPABASE-KEY': 'key', 'INPUT_DRY-RUN': 'true' };
}

describe('the bundle', () => {
  for (const [name, content] of files) writeFileSync(join(away, name), content);

  test('is the same, byte for byte, when it is built in another directory', async (t) => {
    const copy = mkdtempSync(join(tmpdir(), 'sources-'));
    t.after(() => rmSync(copy, { recursive: true }));
    for (const name of ['action/src', 'package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const again = await bundle(copy);
    assert.deepEqual([...again.keys()], [...files.keys()]);
    for (const [name, content] of files) assert.ok(again.get(name) === content, name);
  });

  test('holds no path of the machine that built it', () => {
    for (const [name, content] of files) {
      for (const path of [root, homedir(), tmpdir()]) assert.ok(!content.includes(`${path}/`), `${name} holds ${path}`);
    }
  });

  test('needs nothing beside itself, and names the inputs that are missing', async () => {
    const { code, stdout } = await start('');
    assert.equal(code, 1);
    assert.match(stdout, /^::error.*supabase-url is missing/m);
  });

  // CPU time is compared with the commit before (`bench/before.ts`); the size of the code, which causes it, is limited here.
  test('starts with less than a quarter of a megabyte of code, without discord.js and without the GitHub client', async () => {
    const heavy = [...files].flatMap(([name, content]) => (/^\/\/ node_modules\/(discord\.js|@octokit\/core|undici)\//m.test(content) ? name : []));
    assert.ok(heavy.length > 0 && !heavy.includes('index.js'), heavy.join());
    const { stderr } = await start(probe);
    const loaded: string[] = JSON.parse(/^probe (.*)$/m.exec(stderr)?.[1] ?? '[]');
    const read = loaded.map((url) => basename(url)).filter((name) => files.has(name));
    assert.ok(read.includes('index.js'), stderr);
    assert.deepEqual(
      heavy.filter((name) => read.includes(name)),
      [],
    );
    const bytes = read.reduce((sum, name) => sum + (files.get(name)?.length ?? 0), 0);
    assert.ok(bytes < 250_000, `${bytes} bytes in ${read.join(', ')}`);
  });

  test('sets flags of V8 once fetch is loaded: with a flag set, V8 compiles again what Node brings compiled', async (t) => {
    const watch = `
      import v8 from 'node:v8';
      import { syncBuiltinESMExports } from 'node:module';
      const { setFlagsFromString } = v8;
      v8.setFlagsFromString = (flag) => {
        console.error('probe ' + process.moduleLoadList.includes('NativeModule internal/deps/undici/undici'));
        setFlagsFromString(flag);
      };
      syncBuiltinESMExports();`;
    const { stderr } = await start(watch, { ...(await startSilentProject(t)), 'INPUT_TIME-BUDGET-SECONDS': '1' });
    assert.deepEqual(new Set(stderr.match(/^probe .*$/gm)), new Set(['probe true']), stderr);
  });

  test('ends when the run ends, whatever request is still open', async (t) => {
    const { code, stdout } = await start('', { ...(await startSilentProject(t)), 'INPUT_TIME-BUDGET-SECONDS': '1' });
    assert.equal(code, 1);
    assert.match(stdout, /^::error::Unknown: /m);
    assert.match(stdout, /The time budget of 1 s ran out/);
  });

  test('tells an error that nobody awaits in one sentence, without its message, and so whatever follows it', async (t) => {
    // In the middle of the run: with each of its requests.
    const stray = `
      const { fetch } = globalThis;
      globalThis.fetch = (...request) => {
        void Promise.reject(new Error('name of a child'));
        return fetch(...request);
      };`;
    const { code, stdout, stderr } = await start(stray, await startSilentProject(t));
    assert.equal(code, 1);
    assert.match(stdout, /^::error::Driftwatch failed unexpectedly/m);
    assert.doesNotMatch(stdout + stderr, /name of a child/);
  });
});
