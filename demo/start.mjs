// Plain JavaScript: an old Node must be able to read what is wrong with it.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(
    `The demo needs Node 24, and this is ${process.version}. \`npm ci\` brings Node 24 along (the package "node") and ` +
      '`npm start` uses it. Start it that way; if install scripts were switched off, run `npm rebuild node` first.',
  );
  process.exit(1);
}
// What Node compiled once, types stripped, is kept with the packages: also for the commands that a story runs.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/driftwatch/compiled');
enableCompileCache();
await import('./start.ts');
