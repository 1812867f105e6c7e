import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { root } from '../cli/metadata.ts';

/** The action under `@github/local-action`, a process of its own. */
export type LocalRun = {
  /** Ends it as a machine that is lost does: nothing of it has time to say anything. */
  kill: () => void;
  ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
};

/** What the tool asks npm for in each run. If a later version asks for something else, npm answers that itself. */
const listing = ['ls', '@actions/artifact', '@actions/cache', '@actions/core', '@actions/github', '--json', '--long'];
let listed: string | undefined;

/**
 * In place of npm, which takes more than half of the CPU of a run: `npm exec tsx` becomes tsx itself, and what npm lists is asked once.
 * Everything else is passed on to npm.
 */
function shortcut(directory: string): void {
  listed ??= execFileSync('npm', listing, { cwd: root, encoding: 'utf8' });
  writeFileSync(join(directory, 'listed.json'), listed);
  const script = `#!/bin/sh
[ "$*" = '${listing.join(' ')}' ] && exec cat '${directory}/listed.json'
if [ "$1 $2 $4" = 'exec tsx --' ]; then
  program="$3"
  shift 4
  exec '${join(root, 'node_modules/.bin/tsx')}' "$program" "$@"
fi
PATH="\${PATH#*:}"
exec npm "$@"
`;
  writeFileSync(join(directory, 'npm'), script, { mode: 0o755 });
}

/**
 * @param env what the runner sets, inputs as `INPUT_…` included; none of this process's own, since it may run on a runner itself
 * @param throughNpm whether all of npm is started as well, as the command line of the tool does
 */
export function runLocally(env: Readonly<Record<string, string>>, { throughNpm = true } = {}): LocalRun {
  const directory = mkdtempSync(join(tmpdir(), 'local-action-'));
  if (!throughNpm) shortcut(directory);
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
    env: {
      PATH: throughNpm ? process.env['PATH'] : `${directory}${delimiter}${process.env['PATH']}`,
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // It starts other processes: as a group, they can be ended together.
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
