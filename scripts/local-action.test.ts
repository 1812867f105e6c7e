import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCase, referenceCase } from '../demo/data.ts';
import { startWorld } from '../action/test/world.ts';
import { runLocally } from './local-runner.ts';
import { metadata } from '../cli/metadata.ts';

test('runs under @github/local-action', async (t) => {
  const world = await startWorld();
  t.after(() => world.close());
  await loadCase(world, referenceCase());
  const workspace = mkdtempSync(join(tmpdir(), 'local-action-'));
  t.after(() => rmSync(workspace, { recursive: true }));

  const { exitCode, stdout, stderr } = await runLocally({
    'INPUT_SUPABASE-URL': world.url,
    'INPUT_SUPABASE-KEY': world.secretKey,
    'INPUT_DRY-RUN': 'true',
    INPUT_SEED: 'local',
    GITHUB_STEP_SUMMARY: join(workspace, 'summary.md'),
    GITHUB_WORKSPACE: workspace,
  }).ended;

  assert.equal(exitCode, 0, stderr);
  const outputs = [...stdout.matchAll(/^::set-output name=([\w-]+)::(.*)$/gm)].map(([, name, value]) => [name, value]);
  assert.deepEqual(outputs.map(([name]) => name).toSorted(), Object.keys(metadata.outputs).toSorted());
  assert.equal(Object.fromEntries(outputs).verdict, 'drift', stdout);
  const report = JSON.parse(readFileSync(join(workspace, 'drift-report/report.json'), 'utf8'));
  const types = report.findings.map(({ type }: { type: string }) => type);
  assert.deepEqual([types.length, types.filter((type: string) => type === 'MISSING_RECORD').length], [166, 165]);
});
