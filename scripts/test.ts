import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Runs the tests, or with `--quick` those of pure code and the cheapest whole runs: what takes no bundle, no browser, and
 * no more than one small database. What else is given goes to Node's test runner.
 */
const root = join(import.meta.dirname, '..');

const all = ['action/test', 'demo', 'scripts', 'supabase', 'cli', 'examples/*/test'].map((directory) => `${directory}/**/*.test.ts`);
const quick = [
  'action/test/*(event|inputs|check-declared).test.ts',
  'action/test/compare/!(engines|read).test.ts',
  'action/test/{document,history,privacy,verdict}/*.test.ts',
  'action/test/known-drift/rules.test.ts',
  'action/test/origin/*.test.ts',
  'action/test/pair/*.test.ts',
  'action/test/pair/declared/!(documents|engines|entities|row-functions).test.ts',
  'action/test/publish/!(discord-loading|interrupted|issue-body|issue-http|log|trend).test.ts',
  'action/test/store/firestore/{decode,find,scan,tee}.test.ts',
  'action/test/store/postgrest/read-error.test.ts',
  'scripts/{arrows,driftwatch-schema,english,troubleshooting}.test.ts',
];

const given = process.argv.slice(2);
const isQuick = given.includes('--quick');
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=1800000', ...given.filter((argument) => argument !== '--quick'), ...(isQuick ? quick : all)],
  {
    cwd: root,
    stdio: 'inherit',
    // The same sources are read by hundreds of processes. Node keeps what it compiled by what is in a file and by its own version.
    env: { ...process.env, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules/.cache/driftwatch/compiled') },
  },
);
process.exitCode = status ?? 1;
