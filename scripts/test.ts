import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { testProcesses } from './processes.ts';
import { startPostgres } from '../supabase/test/server.ts';

/** Runs the tests, or with `--quick` those of pure code, in the processes of `processes.ts`. What else is given goes to Node's test runner. */
const root = join(import.meta.dirname, '..');

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
// One server for all files, each of which has databases of its own there. Alone, a file brings what it needs.
const server = isQuick ? undefined : await startPostgres();
const { status } = spawnSync(
  process.execPath,
  [
    // Most of what a test makes is soon gone. With more room for it, the garbage collector has less to copy.
    '--max-semi-space-size=64',
    '--test',
    // Tests that wait, for another process or for a pause to end, leave their cores to others: most of them wait half of the time.
    `--test-concurrency=${availableParallelism() + 3}`,
    '--test-timeout=1800000',
    ...given.filter((argument) => argument !== '--quick'),
    ...testProcesses({ isQuick }),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // The same sources are read by hundreds of processes. Node keeps what it compiled by what is in a file and by its own version.
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules/.cache/driftwatch/compiled'),
      // Cases that are drawn are the same each time, so that a failure can be repeated: action/test/fast-check.ts.
      PROPERTY_SEED: process.env['PROPERTY_SEED'] ?? '20261130',
      ...(server ? { POSTGRES_URL: server.url } : {}),
    },
  },
);
await server?.stop();
process.exitCode = status ?? 1;
