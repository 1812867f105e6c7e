import { globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Tests of pure code: what takes no process, no database, no server, and no long search for a counterexample. They share one process,
 * so that what they import is loaded once; none of them may have a hook outside a `describe` that another could notice.
 */
const patterns = [
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

/** Relative to the root, in order. */
export const quickFiles: readonly string[] = globSync(patterns, { cwd: join(import.meta.dirname, '..') }).toSorted();
