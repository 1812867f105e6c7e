import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Files of discord.js that a process has loaded once it has imported these modules. */
function loadedBy(modules: readonly string[]): string[] {
  const script = `
    import { createRequire } from 'node:module';
    for (const module of ${JSON.stringify(modules)}) await import(${JSON.stringify(new URL('../../src/', import.meta.url).href)} + module);
    // discord.js is CommonJS: whatever of it was loaded is in the cache of require.
    const files = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(files.filter((file) => /node_modules[\\\\/](discord\\.js|@discordjs)[\\\\/]/.test(file))));
    process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('nothing but the Discord channel brings discord.js with it', () => {
  const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    // The door runs the action when it is imported.
    .filter((file) => file.endsWith('.ts') && !file.startsWith('publish/discord/') && file !== 'index.ts');
  assert.ok(modules.includes('run.ts') && modules.includes('publish/html/html.ts'));
  assert.deepEqual(loadedBy(modules), []);
});

test('the Discord channel does bring it, so that the check above can fail', () => {
  assert.notDeepEqual(loadedBy(['publish/discord/discord.ts']), []);
});
