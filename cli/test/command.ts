import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import type { World } from '../../demo/world.ts';
import { run } from '../program.ts';

export const launcher = join(import.meta.dirname, '../driftwatch.mjs');

export type CommandRun = { exitCode: number | null; stdout: string; stderr: string };

export type CommandOptions = {
  env?: Readonly<Record<string, string>>;
  /** Where it is started, for files that it reads and writes there; by default an empty directory. */
  directory?: string;
};

export type ProcessOptions = CommandOptions & {
  /** The Node binary that runs the launcher. */
  node?: string;
  /** The launcher, if it is not this checkout's. */
  program?: string;
};

type Printed = { stdout: string; stderr: string };

const printing = new AsyncLocalStorage<Printed>();

/** Captures what a command prints; other output of this process, such as test results, is not affected. */
function keep(name: keyof Printed): void {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  // Not a terminal.
  stream.isTTY = false;
  stream.write = (chunk: string | Uint8Array, ...others: unknown[]) => {
    const printed = printing.getStore();
    if (!printed) return write(chunk, ...others);
    printed[name] += String(chunk);
    return true;
  };
}
keep('stdout');
keep('stderr');

/** Environment and directory belong to the process, so commands run one at a time. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command line in this process, which takes a tenth of the time of a new process, with none of the environment that it would read.
 */
export function driftwatch(args: readonly string[], options: CommandOptions = {}): Promise<CommandRun> {
  const turn = last.then(() => inDirectory(options.directory, (cwd) => runHere(args, cwd, options.env ?? {})));
  last = turn.catch(() => undefined);
  return turn;
}

async function runHere(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<CommandRun> {
  const [ownDirectory, ownEnvironment] = [process.cwd(), { ...process.env }];
  const printed: Printed = { stdout: '', stderr: '' };
  process.chdir(cwd);
  // A file of variables is loaded into this very object.
  replaceEnvironment(environmentOf(cwd, env));
  try {
    const exitCode = await printing.run(printed, () => run(args));
    return { exitCode, ...printed };
  } finally {
    replaceEnvironment(ownEnvironment);
    process.chdir(ownDirectory);
  }
}

function replaceEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
}

const environmentOf = (cwd: string, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: cwd,
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  ...env,
});

/** Runs the launcher as a process: for tests of the process itself, of another Node version, or of another build. */
export const driftwatchProcess = (
  args: readonly string[],
  { env = {}, directory, node = process.execPath, program = launcher }: ProcessOptions = {},
): Promise<CommandRun> =>
  inDirectory(directory, async (cwd) => {
    const child = spawn(node, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(cwd, env) });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { exitCode, stdout, stderr };
  });

async function inDirectory<T>(directory: string | undefined, work: (cwd: string) => Promise<T>): Promise<T> {
  const cwd = directory ?? mkdtempSync(join(tmpdir(), 'driftwatch-cli-'));
  try {
    return await work(cwd);
  } finally {
    if (directory === undefined) rmSync(cwd, { recursive: true });
  }
}

/** What a terminal shows until the command ends, with each answer typed once its question appears. */
export type TerminalRun = { exitCode: number | null; shown: string };

/** @param answers what to type, by the question's words; in order */
export async function driftwatchOnTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<TerminalRun> {
  const quoted = [process.execPath, launcher, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  // A pseudo-terminal, because the command asks no questions through a pipe.
  const onTerminal = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', quoted] : ['-qec', quoted, '/dev/null'];
  const child = spawn('script', onTerminal, { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'], env: { ...environmentOf(directory, env), TERM: 'dumb' } });
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
