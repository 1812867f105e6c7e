import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tokens } from 'marked';
import { parse } from 'yaml';
import { root } from '../cli/metadata.ts';
import { pages } from './pages.ts';
import { stringsIn } from './sentences.ts';

/** Checks every text that a person reads against the glossary in CONTRIBUTING.md, which is the only list of words. */

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const cells = (row: Tokens.TableCell[]): string[] => row.map(({ text }) => text);

const glossary = (pages.find(({ path }) => path === 'CONTRIBUTING.md')?.tokens ?? [])
  .filter((token): token is Tokens.Table => token.type === 'table')
  .find(({ header }) => cells(header)[0] === 'Not this');
const refused = (glossary?.rows ?? []).flatMap((row) => (cells(row)[0] ?? '').split(', '));
const better = new Map((glossary?.rows ?? []).flatMap((row) => (cells(row)[0] ?? '').split(', ').map((word) => [word, cells(row)[1] ?? ''] as const)));

const pattern = (words: string): RegExp => new RegExp(`(?<![\\w-])${words.replaceAll(' ', '\\s+')}(?![\\w-])`, 'i');

/** @returns what to write instead, for each word that was found; empty if there are none */
const problems = (text: string): string[] => refused.flatMap((words) => (pattern(words).test(text) ? [`"${words}": write ${better.get(words)}`] : []));

/** Entries of released versions are not changed. */
const unreleased = (changelog: string): string => changelog.split(/^## /m).slice(0, 2).join('');

/** A single word is a name in the code or a CSS class; HTML tags around a sentence are not text. */
const proseIn = (source: string): string[] =>
  stringsIn(source)
    .map((text) => text.replaceAll(/<[^>]*>/g, ' '))
    .filter((text) => /\w\s+\w/.test(text));

/** Keys are names, so only values are read; comments of a workflow are copied along with it. */
const valuesIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesIn) : [];
};

const texts: readonly { path: string; said: readonly string[] }[] = [
  ...globSync(['README.md', 'SECURITY.md', 'docs/**/*.md', 'docs/workflows/*.yml', 'examples/*/README.md'], { cwd: root, exclude: ['**/node_modules'] }).map(
    (path) => ({ path, said: [read(path)] }),
  ),
  { path: 'CHANGELOG.md', said: [unreleased(read('CHANGELOG.md'))] },
  { path: 'package.json', said: [(JSON.parse(read('package.json')) as { description: string }).description] },
  { path: 'action.yml', said: valuesIn(parse(read('action.yml'))) },
  ...globSync(['action/src/**/*.ts', 'cli/{*,*/[!.]*}.ts'], { cwd: root, exclude: ['cli/test', 'action/src/publish/html/style.ts'] }).map((path) => ({
    path,
    said: proseIn(read(path)),
  })),
];

describe('the glossary', () => {
  test('says what to write instead of each of its words, and lists none twice', () => {
    assert.ok(refused.length >= 20, `only ${refused.length} words were found in CONTRIBUTING.md`);
    assert.equal(new Set(refused).size, refused.length);
    assert.deepEqual(
      [...better].filter(([, word]) => word === ''),
      [],
    );
  });

  test('is kept by every text that a person reads', () => {
    assert.ok(texts.length > 100 && texts.flatMap(({ said }) => said).length > 1000);
    assert.deepEqual(
      texts.flatMap(({ path, said }) => said.flatMap((text) => problems(text).map((problem) => `${path}: ${problem}`))),
      [],
    );
  });

  test('is about whole words, in any case and across a line break', () => {
    const [first = ''] = refused;
    assert.equal(problems(`It was ${first.toUpperCase().replaceAll(' ', '\n')}.`).length, 1);
    assert.deepEqual(problems(`It was un${first}ed.`), []);
  });
});
