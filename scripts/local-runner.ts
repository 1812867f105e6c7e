import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { root } from '../cli/metadata.ts';

/** The action under `@github/local-action`, a process of its own. */
export type LocalRun = {
  /** Ends it as a machine that is lost does: nothing of it has time to say anything. */
  kill: () => void;
  ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
};

/** @param env what the runner sets, inputs as `INPUT_…` included; none of this process's own, since it may run on a runner itself */
export function runLocally(env: Readonly<Record<string, string>>): LocalRun {
  const directory = mkdtempSync(join(tmpdir(), 'local-action-'));
  const dotenv = join(directory, '.env');
  writeFileSync(
    dotenv,
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const tool = join(root, 'node_modules/@github/local-action/bin/local-action.js');
  const child = spawn(process.execPath, [tool, 'run', '.', 'scripts/local-action.ts', dotenv], {
    cwd: root,
    // What it was compiled to is the same each time.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    stdio: ['ignore', 'pipe', 'pipe'],
    // It starts npm, and that starts Node: as a group, they can be ended together.
    detached: true,
  });
  const { pid } = child;
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    kill: () => {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    },
    ended: Promise.all([closed, text(child.stdout), text(child.stderr)])
      .then(([exitCode, stdout, stderr]) => ({ exitCode, stdout, stderr }))
      .finally(() => rmSync(directory, { recursive: true })),
  };
}
