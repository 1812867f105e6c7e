import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { loadCase, referenceCase } from '../demo/data.ts';
import { startWorld } from '../action/test/world.ts';
import { metadata, root } from '../cli/metadata.ts';

/**
 * The action under `@github/local-action`, a process of its own.
 *
 * @param env what the runner sets, inputs as `INPUT_…` included; none of this process's own, since it may run on a runner itself
 */
async function runLocally(dotenv: string, env: Readonly<Record<string, string>>): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  writeFileSync(
    dotenv,
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const tool = join(root, 'node_modules/@github/local-action/bin/local-action.js');
  const child = spawn(process.execPath, [tool, 'run', '.', 'scripts/local-action.ts', dotenv], {
    cwd: root,
    // What it was compiled to is the same each time.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const [exitCode, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}

test('runs under @github/local-action', async (t) => {
  const world = await startWorld();
  t.after(() => world.close());
  await loadCase(world, referenceCase());
  const workspace = mkdtempSync(join(tmpdir(), 'local-action-'));
  t.after(() => rmSync(workspace, { recursive: true }));

  const { exitCode, stdout, stderr } = await runLocally(join(workspace, '.env'), {
    'INPUT_SUPABASE-URL': world.url,
    'INPUT_SUPABASE-KEY': world.secretKey,
    'INPUT_DRY-RUN': 'true',
    INPUT_SEED: 'local',
    GITHUB_STEP_SUMMARY: join(workspace, 'summary.md'),
    GITHUB_WORKSPACE: workspace,
  });

  assert.equal(exitCode, 0, stderr);
  const outputs = [...stdout.matchAll(/^::set-output name=([\w-]+)::(.*)$/gm)].map(([, name, value]) => [name, value]);
  assert.deepEqual(outputs.map(([name]) => name).toSorted(), Object.keys(metadata.outputs).toSorted());
  assert.equal(Object.fromEntries(outputs).verdict, 'drift', stdout);
  const report = JSON.parse(readFileSync(join(workspace, 'drift-report/report.json'), 'utf8'));
  const types = report.findings.map(({ type }: { type: string }) => type);
  assert.deepEqual([types.length, types.filter((type: string) => type === 'MISSING_RECORD').length], [166, 165]);
});
