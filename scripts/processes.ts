import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Which test files share a process: what they import is loaded, and what they run is compiled, once for all of them. Any file can also be
 * run by itself. Those that take longest come first, so that at the end no core waits for the last of them.
 */
const root = join(import.meta.dirname, '..');

/** Tests of pure code: what takes no process, no database, no server, and no long search for a counterexample. */
const quick = [
  ['action/test/{origin,pair,pair/declared}/!(clues|config|documents|engines|entities|equal-but-noisy|json|mutations|row-functions).test.ts'],
  [
    'action/test/*(event|inputs).test.ts',
    'action/test/compare/!(engines|read|sample).test.ts',
    'action/test/{document,history,privacy,verdict}/*.test.ts',
    'action/test/known-drift/rules.test.ts',
    'action/test/publish/!(discord*|heartbeat|interrupted|issue-body|issue-fakes|issue-http|log|outputs|summary|trend).test.ts',
    'action/test/store/firestore/{decode,tee}.test.ts',
    'action/test/store/postgrest/read-error.test.ts',
    'scripts/{arrows,driftwatch-schema,english,troubleshooting}.test.ts',
  ],
];

const slow = [
  ['action/test/action/[a-e]*.test.ts'],
  ['action/test/action/[f-k]*.test.ts'],
  ['action/test/action/[l-q]*.test.ts'],
  ['action/test/action/*.test.ts'],
  ['supabase/test/{agreement,concurrency}.test.ts'],
  ['supabase/test/*.test.ts'],
  ['action/test/merge/merge.test.ts'],
  ['action/test/merge/*.test.ts'],
  ['action/test/pair/declared/row-functions.test.ts'],
  ['cli/test/{declared,check,doctor,explain,repair}.test.ts'],
  ['cli/test/*.test.ts'],
  ['action/test/check*.test.ts'],
  ['action/test/{compare,known-drift}/*.test.ts'],
  ['action/test/{pair,pair/declared,parts}/*.test.ts'],
  ['examples/*/test/*.test.ts'],
  ['action/test/publish/**/*.test.ts'],
  ['demo/**/*.test.ts'],
  ['scripts/*.test.ts'],
  ['action/test/**/*.test.ts', '{demo,scripts,supabase,cli}/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
];

/** A file for Node's test runner for each process, with a suite for each test file. */
export function testProcesses({ isQuick }: { isQuick: boolean }): string[] {
  const directory = join(root, 'node_modules/.cache/driftwatch/processes', isQuick ? 'quick' : 'all');
  mkdirSync(directory, { recursive: true });
  const taken = new Set<string>();
  const take = (patterns: readonly string[]): string[] => {
    const files = globSync(patterns, { cwd: root })
      .toSorted()
      .filter((file) => !taken.has(file));
    for (const file of files) taken.add(file);
    return files;
  };
  const quickOnes = quick.map(take);
  // Node runs them by name.
  return [...(isQuick ? [] : slow.map(take)), ...quickOnes].map((files, index) => {
    const path = join(directory, `${String(index).padStart(2, '0')}.mjs`);
    const suites = files.map((file) => {
      const [name, url] = [file, pathToFileURL(join(root, file)).href].map((text) => JSON.stringify(text));
      return `describe(${name}, async () => void (await import(${url})));\n`;
    });
    writeFileSync(path, `import { describe } from 'node:test';\n${suites.join('')}`);
    return path;
  });
}
