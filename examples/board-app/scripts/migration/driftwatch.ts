import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Where `driftwatch.yml` and, on a maintainer's machine, `.env` are. */
const home = join(import.meta.dirname, '../..');
const commandLine = join(import.meta.dirname, '../../../../cli/driftwatch.mjs');

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command of Driftwatch on this app's pair. @returns its exit code */
export function driftwatch(command: string, ...options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [commandLine, command, '--pair', 'board-app', '--config', 'driftwatch.yml', ...options], {
    cwd: home,
    stdio: 'inherit',
  });
  // Ended alone, this process would leave behind one that goes on writing. The command ends after what is under way, and says what it wrote.
  const end = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, end);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 2));
    // What the script does after that ends with it.
  }).finally(() => signals.forEach((signal) => process.off(signal, end)));
}

/**
 * What a script takes itself, and what it hands on to the command. With `--help` it says both, and ends.
 *
 * @param usage what the script itself takes
 */
export async function optionsOf(command: string, usage: string, own: NonNullable<ParseArgsConfig['options']>) {
  const args = process.argv.slice(2);
  const options = { ...own, help: { type: 'boolean', short: 'h' } } as const;
  // Not strict: only the command knows the others.
  const { values, tokens } = parseArgs({ args, options, strict: false, tokens: true });
  if (values.help !== undefined) {
    console.log(`Usage: ${usage}\n\nEverything else is handed on to driftwatch ${command}:\n`);
    process.exit(await driftwatch(command, '--help'));
  }
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in own)) continue;
    taken.add(token.index);
    if (token.value !== undefined && !token.inlineValue) taken.add(token.index + 1);
  }
  return { values, others: args.filter((_, index) => !taken.has(index)) };
}
