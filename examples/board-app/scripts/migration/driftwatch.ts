import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Where `driftwatch.yml` and, on a maintainer's machine, `.env` are. */
const home = join(import.meta.dirname, '../..');
const commandLine = join(import.meta.dirname, '../../../../cli/driftwatch.mjs');

/** Runs a command of Driftwatch on this app's pair. @returns its exit code */
export function driftwatch(command: string, ...options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [commandLine, command, '--pair', 'board-app', '--config', 'driftwatch.yml', ...options], {
    cwd: home,
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 2));
  });
}
