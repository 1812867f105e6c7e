import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { World } from '../../demo/world.ts';

export const launcher = join(import.meta.dirname, '../driftwatch.mjs');

export type CommandRun = { exitCode: number | null; stdout: string; stderr: string };

export type CommandOptions = {
  env?: Readonly<Record<string, string>>;
  /** Where it is started, for what it reads and leaves there; else an empty directory. */
  directory?: string;
  /** The program that runs the launcher. */
  node?: string;
  /** The launcher, where it is another one than this checkout's. */
  program?: string;
};

/** Runs the command line as a process of its own, with nothing of this one's environment that it would read. */
export async function driftwatch(args: readonly string[], { env = {}, directory, node = process.execPath, program = launcher }: CommandOptions = {}): Promise<CommandRun> {
  const cwd = directory ?? mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
  try {
    const child = spawn(node, [program, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: cwd, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { exitCode, stdout, stderr };
  } finally {
    if (directory === undefined) rmSync(cwd, { recursive: true });
  }
}

export const access = (world: Pick<World, 'url' | 'secretKey'>): Record<string, string> => ({
  SUPABASE_URL: world.url,
  SUPABASE_KEY: world.secretKey,
});
