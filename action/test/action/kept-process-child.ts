import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Answer, Order } from './kept-process.ts';

/** Runs bundles, one after the other. Each is evaluated again; what it imports is not. */
let runs = 0;

const { exit } = process;
process.on('disconnect', () => exit());

const directory = mkdtempSync(join(tmpdir(), 'kept-'));
process.on('exit', () => rmSync(directory, { recursive: true }));
/** The only thing that the bundle remembers of a run, by way of @actions/core: where the summary is. So here that is always the same path. */
const summary = join(directory, 'summary.md');

const written = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (text: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    written[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  };
}

process.on('message', ({ bundle, cwd, env }: Order) => {
  runs += 1;
  Object.assign(written, { stdout: '', stderr: '' });
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  process.exitCode = undefined;
  if (env['GITHUB_STEP_SUMMARY']) {
    rmSync(summary, { force: true });
    symlinkSync(env['GITHUB_STEP_SUMMARY'], summary);
    process.env['GITHUB_STEP_SUMMARY'] = summary;
  }

  const url = pathToFileURL(bundle);
  url.search = String(runs);
  // The bundle ends with this, and nothing comes after it.
  process.exit = ((code?: number) => {
    process.exit = (() => undefined) as unknown as typeof process.exit;
    void answer(Number(code ?? process.exitCode ?? 0));
  }) as typeof process.exit;
  void import(url.href);
});

async function answer(exitCode: number): Promise<void> {
  process.removeAllListeners('uncaughtException');
  await setImmediate();
  // Only the pipe to whoever asks.
  const underway = process.getActiveResourcesInfo();
  const isReusable = underway.every((name) => name === 'PipeWrap');
  process.send?.({ exitCode, log: written.stdout + written.stderr, isReusable } satisfies Answer, () => isReusable || exit());
}
