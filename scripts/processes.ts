import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Which test files share a process: what they import is loaded, and what they run is compiled, once for all of them. Any file can also be
 * run by itself. The processes that take longest start first, so that at the end no core waits for the last of them.
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

/** All others, with about how many seconds they take beside each other on two idle cores. A file belongs to the first line that names it. */
const slow: readonly (readonly [seconds: number, ...patterns: string[]])[] = [
  [100, 'action/test/action/[a-e]*.test.ts'],
  [130, 'action/test/action/[f-k]*.test.ts'],
  [150, 'action/test/action/[l-q]*.test.ts'],
  [190, 'action/test/action/*.test.ts'],
  [60, 'supabase/test/{agreement,concurrency}.test.ts'],
  [110, 'supabase/test/*.test.ts'],
  [70, 'action/test/merge/merge.test.ts'],
  [80, 'action/test/merge/*.test.ts'],
  [60, 'action/test/pair/declared/row-functions.test.ts'],
  [100, 'cli/test/{declared,check,doctor,explain,repair}.test.ts'],
  [80, 'cli/test/*.test.ts'],
  [160, 'action/test/check*.test.ts'],
  [90, 'action/test/{compare,known-drift}/*.test.ts'],
  [150, 'action/test/{pair,pair/declared,parts}/*.test.ts'],
  [130, 'examples/*/test/*.test.ts'],
  [160, 'action/test/publish/**/*.test.ts'],
  [170, 'demo/**/*.test.ts'],
  [170, 'scripts/*.test.ts'],
  [150, 'action/test/**/*.test.ts', '{demo,scripts,supabase,cli}/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
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
  const slowOnes = slow.map(([seconds, ...patterns]) => ({ seconds, files: take(patterns) })).toSorted((one, other) => other.seconds - one.seconds);
  // Node runs them by name.
  return [...(isQuick ? [] : slowOnes.map(({ files }) => files)), ...quickOnes].map((files, index) => {
    const path = join(directory, `${String(index).padStart(2, '0')}.mjs`);
    const suites = files.map((file) => {
      const [name, url] = [file, pathToFileURL(join(root, file)).href].map((text) => JSON.stringify(text));
      return `describe(${name}, async () => void (await import(${url})));\n`;
    });
    writeFileSync(path, `import { describe } from 'node:test';\n${suites.join('')}`);
    return path;
  });
}
