import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { loadCase, referenceCase } from '../demo/data.ts';
import { startWorld } from '../demo/world.ts';
import { metadata, root } from './metadata.ts';

test('runs under @github/local-action', async (t) => {
  const world = await startWorld();
  t.after(() => world.close());
  await loadCase(world, referenceCase());
  const workspace = mkdtempSync(join(tmpdir(), 'local-action-'));
  t.after(() => rmSync(workspace, { recursive: true }));

  const dotenv = join(workspace, '.env');
  const settings = {
    'INPUT_SUPABASE-URL': world.url,
    'INPUT_SUPABASE-KEY': world.secretKey,
    'INPUT_DRY-RUN': 'true',
    INPUT_SEED: 'local',
    GITHUB_STEP_SUMMARY: join(workspace, 'summary.md'),
    GITHUB_WORKSPACE: workspace,
  };
  writeFileSync(dotenv, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''));

  const tool = join(root, 'node_modules/@github/local-action/bin/local-action.js');
  const child = spawn(process.execPath, [tool, 'run', '.', 'scripts/local-action.ts', dotenv], {
    cwd: root,
    // Without what a runner sets, since these tests may run on one themselves.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);

  assert.equal(code, 0, stderr);
  const outputs = [...stdout.matchAll(/^::set-output name=([\w-]+)::(.*)$/gm)].map(([, name, value]) => [name, value]);
  assert.deepEqual(outputs.map(([name]) => name).toSorted(), Object.keys(metadata.outputs).toSorted());
  assert.equal(Object.fromEntries(outputs).verdict, 'drift', stdout);
  const report = JSON.parse(readFileSync(join(workspace, 'drift-report/report.json'), 'utf8'));
  const types = report.findings.map(({ type }: { type: string }) => type);
  assert.deepEqual([types.length, types.filter((type: string) => type === 'MISSING_RECORD').length], [166, 165]);
});
