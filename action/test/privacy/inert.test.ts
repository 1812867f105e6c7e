import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { inert, inertCode, logLines, oneLine, unbroken } from '../../src/privacy/inert.ts';
import { escapeHtml } from '../../src/publish/html/view.ts';
import { quoted, quotesAsCode, quotesInert } from '../../src/privacy/quoted.ts';

const acting = [
  '::error::x',
  '##[error]',
  '`',
  '|',
  '\\',
  '\n',
  '\r',
  '\0',
  '\u2028',
  '\u202e',
  '\u200b',
  '<!--',
  '@everyone',
  '#1',
  '&lt;',
  '"',
  "'",
  '\u{e0041}',
  '\ud800',
  '\\u{40}',
  '👩‍👧',
  'é',
  ':',
  '#',
  '[',
];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...acting), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(fc.oneof(fc.constantFrom(...acting), fc.string({ maxLength: 5 })), { maxLength: 200 }).map((parts) => parts.join('')),
);
const options = { seed: 11, numRuns: 1000 };

/** No line break, control, invisible or lone character; nothing that ends a code span or a cell, or starts a command. */
function assertHarmless(result: string): void {
  assert.doesNotMatch(result, /[\p{C}\p{Zl}\p{Zp}\p{DI}\u{2800}`|]|(?! |(?<=\S)\u{3000}(?=\S))\p{Zs}/u);
  assert.doesNotMatch(result, /::|##\[/);
  assert.ok(result.isWellFormed());
  for (const [, escape] of result.matchAll(/\\(u\{[0-9a-f]{1,6}\})?/g)) assert.ok(escape !== undefined, `half an escape in ${result}`);
}

describe('inert text', () => {
  it('can do nothing, whatever it was, and is never longer than it may be', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 500 }), (original, maxLength) => {
        const result = inert(original, maxLength);
        assertHarmless(result);
        assert.ok(result.length <= maxLength);
        assertHarmless(inert(original));
        assert.ok(inert(original).length <= 400);
      }),
      options,
    );
  });

  it('is a text of its own for each text, which can be read back', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [inert(left, 100_000), inert(right, 100_000)];
        assert.equal(a === b, left === right);
        const back = a.replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
        assert.equal(back, left);
      }),
      options,
    );
  });

  it('shows what looks like nothing or like a space', () => {
    for (const hidden of ['\u{3164}', '\u{115f}', '\u{fe0f}', '\u{34f}', '\u{2800}', '\u{a0}', '\u{2003}'])
      assert.equal(inert(`a${hidden}b`), `a\\u{${hidden.codePointAt(0)?.toString(16)}}b`);
    assert.equal(inert('山田\u{3000}'), '山田\\u{3000}');
    assert.equal(inertCode('\u{3164}'), '`\\u{3164}`');
  });

  it('leaves alone what a person can read', () => {
    for (const plain of ['김하준', '山田\u{3000}太郎', 'Zähne putzen', 'a: b', '# not a heading', '@mia', '<b>', 'one, two', '#[x]', 'http://x'])
      assert.equal(inert(plain), plain);
  });

  it('shows what it made harmless', () => {
    assert.equal(inert('a\nb|c`d\\e'), 'a\\u{a}b\\u{7c}c\\u{60}d\\u{5c}e');
    assert.equal(inert('::error::'), '\\u{3a}:error\\u{3a}:');
    assert.equal(inert('##[group]'), '\\u{23}#[group]');
    assert.equal(inert('👩‍👧'), '👩\\u{200d}👧');
  });

  it('ends in an ellipsis where it was cut, never inside of an escape or a pair', () => {
    assert.equal(inert('abcdef', 4), 'abc…');
    assert.equal(inert('abcd', 4), 'abcd');
    assert.equal(inert('ab\ncd', 6), 'ab…');
    assert.equal(inert('ab👧c', 4), 'ab…');
    assert.equal(inert('x'.repeat(5_000_000), 10), 'xxxxxxxxx…');
  });
});

describe('inert code', () => {
  it('is one code span that nothing ends early, never an empty one', () => {
    fc.assert(
      fc.property(text, (original) => {
        const span = inertCode(original);
        assert.ok(span.length > 2 && span.startsWith('`') && span.endsWith('`'));
        assert.ok(span.slice(1, -1).trim() !== '');
        assertHarmless(span.slice(1, -1));
      }),
      options,
    );
  });
});

describe('inert HTML', () => {
  it('starts no tag, attribute or entity of its own', () => {
    fc.assert(
      fc.property(text, (original) => {
        const html = escapeHtml(inert(original));
        assert.doesNotMatch(html, /[<>"'\p{C}]/u);
        assert.doesNotMatch(html, /&(?!#\d+;)/);
      }),
      options,
    );
  });
});

describe('words of ours', () => {
  it('stay as they are, and so does what is inert in them already', () => {
    const sentence = `Give the job \`permissions: issues: write\` (403: ${inert('no\n::error::`x`')}).`;
    assert.equal(oneLine(sentence), sentence);
  });

  it('start no command and stay on one line, whatever was forgotten in them', () => {
    fc.assert(
      fc.property(text, (forgotten) => {
        const line = oneLine(`It failed: ${forgotten}`);
        assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]|::|##\[/u);
      }),
      options,
    );
  });
});

it('a sentence that ends in SQL stays on one line, starts no command and leaves the SQL as it can be run', () => {
  assert.equal(
    unbroken('Table "a\n::error::b\r\u2028##[group]": create index on t ((id::text));'),
    'Table "a\\u{a}::error::b\\u{d}\\u{2028}\\u{23}#[group]": create index on t ((id::text));',
  );
});

describe('a text of several lines in a log', () => {
  it('can be read, and starts no command in any line', () => {
    assert.deepEqual(logLines('## Title\n\n| `a` | b |\r\n::stop-commands::x\n  ##[error]y'), [
      '  | ## Title',
      '  |',
      '  | | `a` | b |',
      '  | \\u{3a}:stop-commands\\u{3a}:x',
      '  |   \\u{23}#[error]y',
    ]);
    fc.assert(
      fc.property(text, (said) => {
        for (const line of logLines(said)) {
          assert.ok(line.startsWith('  |'));
          assert.doesNotMatch(line, /[\r\n\u2028\u2029\u0085]|##\[/);
        }
      }),
      options,
    );
  });

  it('shows that a name within a sentence was cut off, and no half of a character', () => {
    for (const name of ['a'.repeat(80), '😀'.repeat(40)]) assert.equal(quotesAsCode(quoted(name)), `\`${name}\``);
    for (const long of ['a'.repeat(81), `${'a'.repeat(78)}😀😀`, '😀'.repeat(41)]) {
      const said = quotesInert(quoted(long));
      assert.match(said, /^“(?:a|😀)+…”$/u);
      assert.ok(said.length <= 82);
    }
  });
});
