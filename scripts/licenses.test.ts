import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { licenses } from './licenses.ts';

/** A directory with these packages: name to file name to content. */
function install(t: TestContext, packages: Record<string, Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'licenses-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, files] of Object.entries(packages)) {
    const directory = join(root, 'node_modules', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version: '1.2.3', license: 'MIT' }));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  }
  return root;
}

test('names every package with its licence, and each text once, in an order that does not depend on the input', (t) => {
  const root = install(t, {
    b: { 'LICENSE.md': 'Be kind.\r\n', NOTICE: 'Made by B.' },
    a: { license: 'Be fair.\n' },
    c: { LICENCE: 'Be fair.' },
  });
  const directories = ['node_modules/b', 'node_modules/c', 'node_modules/a'];
  const text = licenses(root, directories);
  assert.match(text, /\na 1\.2\.3 \(MIT\)\nc 1\.2\.3 \(MIT\)\n\nBe fair\.\n\n-+\n\nb 1\.2\.3 \(MIT\)\n\nBe kind\.\n\nMade by B\.\n$/);
  assert.equal(licenses(root, directories.toReversed()), text);
});

test('refuses a package without a licence text, and says what to do', (t) => {
  const root = install(t, { bare: { 'README.md': 'Nothing here.' } });
  assert.throws(() => licenses(root, ['node_modules/bare']), /bare 1\.2\.3 .* ships no licence text\. .* scripts\/licenses\.ts/);
});

test('takes the text of a package that ships none from its authors’ other package', (t) => {
  const root = install(t, { '@sapphire/async-queue': {}, '@sapphire/shapeshift': { 'LICENSE.md': 'Be brave.' } });
  assert.match(licenses(root, ['node_modules/@sapphire/async-queue']), /async-queue 1\.2\.3 \(MIT\)\n\nBe brave\./);
});
