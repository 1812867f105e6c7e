import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { marked } from 'marked';
import { InputError, readSettings } from '../action/src/inputs.ts';
import { root } from '../cli/metadata.ts';
import { isQuote, pages } from './pages.ts';
import { stringsIn } from './sentences.ts';

const page = pages.find(({ path }) => path === 'docs/troubleshooting.md');
assert.ok(page);
/** As GitHub shows it: `<` would begin HTML, and `*` emphasis. */
const plain = (markdown: string): string => markdown.replaceAll(/\\([<*])/g, '$1').trim();
const quotes = page.tokens.filter(isQuote);
const told = quotes.map(({ text }) => plain(text));

/**
 * Files whose sentences are part of the report, not errors, or are explained on another page: the health of the dual-write, the fields of
 * an acceptance rule, the origin of drift, and repairs.
 */
const elsewhere =
  /publish\/(html|markdown|words|log)|issue\/(body|comments|dry-run)|habit-tracker\/health|known-drift\/rule|origin|(habit-tracker|declared)\/repair/;

/** Sentences that are parts of others, or that report progress. */
const noTrouble = new Set([
  'The time budget ran out before it could be read.',
  'The project did not answer in time.',
  'The database compares both sides itself: the drift functions are installed.',
  'The database compares both sides itself: the row functions are installed.',
  'Each project hashes its own rows: the row functions are installed in both.',
  'Only two Supabase tables can be compared inside a database, so both sides are read.',
  'The database can compare only everything, not a single part, so the rows of this part are read.',
  'Comparing every …: … and ….',
  'Comparing … of …, drawn at random.',
  'Comparing … of …, those of this part.',
  'Comparing … written since ….',
  'Reading … again…, to tell drift from writes in flight.',
  'Store …: … MB were downloaded from the Realtime Database, which is what it bills.',
  '…: …. The job summary shows more and says what to do.',
  '…and … more; the … has the whole picture.',
]);

const isSentence = (text: string): boolean => /^\S+( \S+){4,}$/.test(text) && /\.( …)?$|: …$/.test(text) && !noTrouble.has(text);

const sentences = globSync('action/src/**/*.ts', { cwd: root })
  .filter((path) => !elsewhere.test(path))
  .flatMap((path) => {
    const strings = stringsIn(readFileSync(join(root, path), 'utf8')).filter(isSentence);
    // Each continues "GitHub did not", followed by the request.
    return path.endsWith('github-error.ts') ? strings.map((text) => `GitHub did not ${text}`) : strings;
  });

describe('the page about trouble', () => {
  test('has every sentence that the action can say', () => {
    assert.ok(sentences.length > 50, `only ${sentences.length} sentences were found in the sources`);
    assert.deepEqual(
      sentences.filter((sentence) => !told.includes(sentence)),
      [],
    );
  });

  test('has no sentence that the action does not say, and none twice', () => {
    assert.deepEqual(
      told.filter((sentence) => !sentences.includes(sentence)),
      [],
    );
    assert.equal(new Set(told).size, told.length);
  });

  test('shows each word by word', () => {
    for (const { tokens, text } of quotes) {
      marked.walkTokens(tokens, ({ type }) => assert.ok(!['html', 'em', 'strong', 'del'].includes(type), `${type} in: ${text}`));
    }
  });

  test('says of every input what is accepted, in the words of the message', () => {
    const bad = ['', '\u0000?', '../elsewhere', 'x'.repeat(51), '1', 'sbp_x'];
    const rows = bad.flatMap((value) => {
      try {
        readSettings((name) => (name === 'high-threshold' && value === '1' ? '1' : name === 'critical-threshold' && value === '1' ? '0.5' : value), {
          runName: '',
        });
        return [];
      } catch (error) {
        assert.ok(error instanceof InputError);
        return [...error.message.matchAll(/^-? ?([\w-]+) is .*?; accepted: (.*)\.$/gm)].map(
          ([, name, accepted = '']) => `| \`${name}\` | ${accepted.replace(/high-threshold \(.*\)/, 'high-threshold (…)')} |`,
        );
      }
    });
    const listed = page.text
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map(plain);
    assert.deepEqual(
      [...new Set(rows)].filter((row) => !listed.includes(row)),
      [],
    );
    assert.deepEqual(
      listed.filter((row) => !rows.includes(row)),
      [],
    );
  });
});

test('strings are told from comments, regular expressions and what is put into them', () => {
  const source = "const a = /['\"]/.test('one'); // it's\n/* \"no\" */ const b = `two ${c ? `three ${d}` : 'four'} \\${five}`;";
  assert.deepEqual(stringsIn(source), ['one', 'three …', 'four', 'two … ${five}']);
});
