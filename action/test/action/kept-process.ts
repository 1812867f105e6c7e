import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import type { Executed, Execute } from '../../../demo/run-action.ts';

/** What the process is sent, and what it answers. */
export type Order = { bundle: string; cwd: string; env: Record<string, string | undefined> };
export type Answer = Executed & { isReusable: boolean };

const idle: ChildProcess[] = [];

/**
 * Runs the bundle in a process in which it ran before: most of what a run costs is the start of the process and code that runs for the first
 * time. One that leaves anything underway, or never comes to its end, has had a process of its own.
 */
export const inKeptProcess: Execute = async (bundle, { cwd, env }) => {
  const child =
    idle.pop() ??
    fork(join(import.meta.dirname, 'kept-process-child.ts'), {
      // As in `scripts/test.ts`: the garbage collector takes a quarter of the time of a run.
      execArgv: ['--max-semi-space-size=64'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    });
  for (const handle of [child, child.channel]) handle?.ref();
  const abort = new AbortController();
  const ended = once(child, 'exit', abort).then(([code]) => {
    throw new Error(`The process of the run ended by itself, with exit code ${code}.`);
  });
  child.send({ bundle, cwd, env } satisfies Order);
  try {
    const [{ isReusable, ...executed }] = (await Promise.race([once(child, 'message', abort), ended])) as [Answer];
    // This process does not stay alive for that one, which ends with it.
    for (const handle of [child, child.channel]) handle?.unref();
    if (isReusable) idle.push(child);
    return executed;
  } finally {
    abort.abort();
    await ended.catch(() => undefined);
  }
};
