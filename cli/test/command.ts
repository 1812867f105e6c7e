import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
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

/** What a terminal shows until the command ends, with each answer typed once its question is there. */
export type TerminalRun = { exitCode: number | null; shown: string };

/** @param answers what is typed, by the words that it answers; in order */
export async function driftwatchOnTerminal(args: readonly string[], answers: readonly (readonly [question: string, answer: string])[], directory: string, env: Readonly<Record<string, string>>): Promise<TerminalRun> {
  const quoted = [process.execPath, launcher, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  // A pseudo-terminal: the command asks nobody through a pipe.
  const onTerminal = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', quoted] : ['-qec', quoted, '/dev/null'];
  const child = spawn('script', onTerminal, { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], HOME: directory, TERM: 'dumb', ...env } });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let shown = '';
  let answered = 0;
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const [question, answer] = answers[answered] ?? [];
    const at = question === undefined ? -1 : shown.indexOf(question, from);
    if (at === -1) return;
    answered += 1;
    from = shown.length;
    child.stdin.write(`${answer}\n`);
  });
  const exitCode = await ended;
  return { exitCode, shown: stripVTControlCharacters(shown).replaceAll('\r\n', '\n') };
}

export const access = (world: Pick<World, 'url' | 'secretKey'>): Record<string, string> => ({
  SUPABASE_URL: world.url,
  SUPABASE_KEY: world.secretKey,
});
