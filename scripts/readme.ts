import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metadata, root } from '../cli/metadata.ts';

const row = (...cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const inputs = Object.entries(metadata.inputs).map(([name, input]) => {
  const fallback = input.default ? `\`${input.default}\`` : '';
  return row(`\`${name}\``, input.required ? '**required**' : fallback, input.description);
});
const outputs = Object.entries(metadata.outputs).map(([name, { description }]) => row(`\`${name}\``, description));

const blocks = {
  workflow: ['```yaml', readFileSync(join(root, 'docs/workflows/private.yml'), 'utf8').trimEnd(), '```'],
  inputs: [row('Input', 'Default', 'Meaning'), '|---|---|---|', ...inputs],
  outputs: [row('Output', 'Meaning'), '|---|---|', ...outputs],
};

const file = join(root, 'README.md');
const written = readFileSync(file, 'utf8');
let generated = written;
for (const [name, lines] of Object.entries(blocks)) {
  const block = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!block.test(generated)) throw new Error(`README.md has no <!-- ${name} --> and <!-- /${name} --> to write between.`);
  generated = generated.replace(block, (_match, start: string, end: string) => `${start}\n${lines.join('\n')}\n\n${end}`);
}

if (!process.argv.includes('--check')) {
  writeFileSync(file, generated);
} else if (generated !== written) {
  console.error('README.md is not what action.yml and docs/workflows/ say. Run `npm run readme` and commit README.md.');
  process.exitCode = 1;
}
