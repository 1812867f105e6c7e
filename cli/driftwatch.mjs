#!/usr/bin/env node
// Plain JavaScript: an old Node must be able to read what to do about it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const directory = dirname(fileURLToPath(import.meta.url));
const major = Number.parseInt(process.versions.node, 10);

// A checkout runs its sources, whatever was built beside them. The npm package has no sources: Node strips no types below node_modules.
if (!existsSync(join(directory, 'main.ts'))) await startBundle();
else if (major < 24) startWithNode24();
else await import('./main.ts').catch(explain);

async function startBundle() {
  if (major < 22) {
    console.error(`Driftwatch needs Node 22 or newer, and this is ${process.version}. Install a newer one, and then run this command again.`);
    process.exit(2);
  }
  await import('../dist-cli/index.js');
}

/** Before `npm ci` not even the command line's own packages are there. */
function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('Packages that Driftwatch needs are not installed. Run `npm ci` in the checkout, and then this command again.');
  process.exit(2);
}

/** `npm ci` brings Node 24 along, as the package "node". */
function startWithNode24() {
  const node = findNode24();
  if (node === undefined) {
    console.error(
      `Driftwatch needs Node 24, and this is ${process.version}. \`npm ci\` in the checkout brings Node 24 along (the package ` +
        '"node"); if install scripts were switched off, run `npm rebuild node` as well.',
    );
    process.exit(2);
  }
  const child = spawn(node, [join(directory, 'main.ts'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The terminal sends an interrupt to both; this one waits for the other's exit code.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`Node 24 could not be started (${error.message}). Run \`npm rebuild node\` in the checkout.`);
    process.exit(2);
  });
  child.once('close', (code) => process.exit(code ?? 2));
}

function findNode24() {
  try {
    const installed = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const names = process.platform === 'win32' ? ['bin/node.exe', 'node.exe'] : ['bin/node'];
    return names.map((name) => join(installed, name)).find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}
