import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPseudonyms } from '../../action/src/privacy/pseudonyms.ts';
import { startFakeDiscord, type FakeDiscord } from '../../action/test/fakes/discord.ts';
import { startFakeGitHub, type FakeGitHub } from '../../action/test/fakes/github.ts';
import { loadCase, referenceCase } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { launcher } from './command.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8');
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code = '']) => code);
const commands = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line.startsWith('npx driftwatch ')));

let world: World;
let github: FakeGitHub;
let discord: FakeDiscord;
before(async () => {
  world = await startWorld({ migrations: ['013', '014', '015', '016', '017', '018', '019', '020'] });
  github = await startFakeGitHub('example', 'habits');
  discord = await startFakeDiscord();
  await loadCase(world, referenceCase());
});
after(() => Promise.all([world.close(), github.close(), discord.close()]));

type Ran = { exitCode: number; stdout: string; stderr: string };
const shell = (line: string, cwd: string, env: Record<string, string> = {}): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      '/bin/sh',
      ['-c', line],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env } },
      (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });

test('every command of docs/command-line.md does what the page says, one after the other', async () => {
  assert.ok(commands.length >= 13);
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-docs-'));
  const row = referenceCase().legacy.find(({ id }) => id === '104');
  const pseudonym = createPseudonyms(world.secretKey, false).name('child', [row?.user_id ?? null, row?.child_name ?? '']);
  writeFileSync(
    join(directory, '.env'),
    Object.entries({
      SUPABASE_URL: world.url,
      SUPABASE_KEY: world.secretKey,
      GITHUB_TOKEN: github.token,
      GITHUB_REPOSITORY: 'example/habits',
      GITHUB_API_URL: github.url,
      DISCORD_WEBHOOK_URL: discord.webhookUrl().href,
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const outputs = new Map<string, Ran>();
  try {
    for (const command of commands) {
      const line = command.replace('npx driftwatch', `"${process.execPath}" "${launcher}"`).replace('child-1a2b3c4d', pseudonym);
      const ran = await shell(line, directory);
      const drift = command.startsWith('npx driftwatch check') && !command.includes('--fail-on never');
      assert.equal(ran.exitCode, drift ? 1 : 0, `${command}\n${ran.stdout}\n${ran.stderr}`);
      outputs.set(command, ran);
    }
    const week = outputs.get('npx driftwatch explain child-1a2b3c4d 2025-10-06')?.stdout.replace(/ +$/gm, '');
    for (const line of blocks('text').join('').trimEnd().split('\n')) assert.ok(week?.includes(`${line}\n`), line);
    assert.equal(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')).verdict, 'drift');
    assert.match(readFileSync(join(directory, 'repair.sql'), 'utf8'), /^begin;$[^]*^commit;$/m);
    assert.match(outputs.get('npx driftwatch repair --apply')?.stdout ?? '', /Compared again: In sync\./);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('npx finds the command in a checkout', async () => {
  const { exitCode, stdout, stderr } = await shell('npx driftwatch --help', root, { HOME: process.env['HOME'] ?? root, npm_config_offline: 'true' });
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^Usage: driftwatch/);
});

test('the files that the page links to are there', () => {
  for (const [, path = ''] of page.matchAll(/\]\(([^)#]+)\)/g)) assert.ok(readFileSync(join(root, 'docs', path)).length > 0, path);
});
