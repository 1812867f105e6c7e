import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { startPostgres } from '../supabase/test/server.ts';

/**
 * Runs the tests, or with `--quick` those of pure code: what takes no process, no database, no server, and no long search for a
 * counterexample. They share one process, so that what they import is loaded once; none of them may have a hook outside a `describe`
 * that another could notice. What else is given goes to Node's test runner.
 */
const root = join(import.meta.dirname, '..');

const all = ['action/test', 'demo', 'scripts', 'supabase', 'cli', 'examples/*/test'].map((directory) => `${directory}/**/*.test.ts`);
const quick = [
  'action/test/*(event|inputs).test.ts',
  'action/test/compare/!(engines|read|sample).test.ts',
  'action/test/{document,history,privacy,verdict}/*.test.ts',
  'action/test/known-drift/rules.test.ts',
  'action/test/origin/!(clues).test.ts',
  'action/test/pair/!(config|equal-but-noisy|mutations).test.ts',
  'action/test/pair/declared/!(documents|engines|entities|json|row-functions).test.ts',
  'action/test/publish/!(discord*|heartbeat|interrupted|issue-body|issue-fakes|issue-http|log|outputs|summary|trend).test.ts',
  'action/test/store/firestore/{decode,tee}.test.ts',
  'action/test/store/postgrest/read-error.test.ts',
  'scripts/{arrows,driftwatch-schema,english,troubleshooting}.test.ts',
];

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
// One server for all files, each of which has databases of its own there. Alone, a file brings what it needs.
const server = isQuick ? undefined : await startPostgres();
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    // A test that waits for another process or for a pause to end leaves its core to one more.
    `--test-concurrency=${availableParallelism() + 1}`,
    '--test-timeout=1800000',
    ...given.filter((argument) => argument !== '--quick'),
    ...(isQuick ? ['--test-isolation=none', ...quick] : all),
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
