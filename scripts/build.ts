import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');
// The command line of the npm package is as deep as its sources, so that relative paths from the top work there too.
const isPackage = process.argv.includes('--package');
const dist = join(root, isPackage ? 'dist-cli' : 'dist');
const files = await (isPackage ? bundle(root, 'cli/main.ts', 'node22') : bundle(root));

if (process.argv.includes('--check')) {
  const committed = existsSync(dist) ? readdirSync(dist) : [];
  const differing = [...new Set([...files.keys(), ...committed])].filter(
    (name) => !committed.includes(name) || readFileSync(join(dist, name), 'utf8') !== files.get(name),
  );
  if (differing.length > 0) {
    console.error(`dist/ is not what the sources build to (${differing.join(', ')}). Run \`npm run build\` and commit dist/ together with your change.`);
    process.exitCode = 1;
  }
} else {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const [name, text] of files) writeFileSync(join(dist, name), text);
}
