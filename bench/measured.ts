/** What a run of the action and the per-row lookups cost, each in a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runAction } from '../demo/run-action.ts';
import type { World } from '../demo/world.ts';

export type Mode = 'sample' | 'full';

/** Times in milliseconds, memory in MB of the process itself: what the database costs is in `wallMs` only. */
export type Measurement = { requests: number; wallMs: number; cpuMs: number; peakMb: number };

const measureFile = join(import.meta.dirname, 'measure.mjs');
export const directory = mkdtempSync(join(tmpdir(), 'driftwatch-bench-'));
const measurementFile = join(directory, 'measurement.json');
const perRowFile = join(directory, 'per-row.mjs');

/** Each week more costs the plan two requests, so more than this would only take longer. */
export const lookedUp = 500;

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

export function medians(runs: readonly Measurement[]): Measurement {
  const of = (key: keyof Measurement) => median(runs.map((run) => run[key]));
  return { requests: of('requests'), wallMs: of('wallMs'), cpuMs: of('cpuMs'), peakMb: of('peakMb') };
}

/** Runs `work`, which starts a process with `measure.mjs`, and reads what that left behind. */
async function measure(world: Pick<World, 'requests'>, work: () => Promise<void>): Promise<Measurement> {
  rmSync(measurementFile, { force: true });
  world.requests.length = 0;
  const started = performance.now();
  await work();
  const wallMs = performance.now() - started;
  const own = JSON.parse(readFileSync(measurementFile, 'utf8')) as Pick<Measurement, 'cpuMs' | 'peakMb'>;
  return { ...own, wallMs, requests: world.requests.length };
}

/** What a run must come to: a quick wrong answer is no result. */
export type Expected = {
  mode: Mode;
  weeks: number;
  engine?: string;
  verdict?: string;
  differing?: number;
  /** Directory of the action, where it is not this checkout's. */
  action?: string;
};

export async function measureAction(
  world: World,
  githubApiUrl: string,
  { mode, weeks, engine = 'digest', verdict = 'in-sync', differing = 0, action }: Expected,
): Promise<Measurement & { compared: number }> {
  let compared = 0;
  const measured = await measure(world, async () => {
    const run = await runAction({
      workspace: directory,
      githubApiUrl,
      ...(action !== undefined && { action }),
      inputs: {
        'supabase-url': world.url,
        'supabase-key': world.secretKey,
        mode,
        seed: 'bench',
        'fail-on': 'never',
        // Waiting is no cost; without it a run with differences takes as long as it works.
        'settle-seconds': '0',
        'issue-on': 'never',
        'time-budget-seconds': '3600',
      },
      nodeArguments: ['--import', measureFile],
      env: { BENCH_MEASUREMENT: measurementFile },
    });
    const report = JSON.parse(readFileSync(run.outputs['report'] ?? '', 'utf8')) as { engine: string; drift: { differing: number } };
    assert.deepEqual([run.outputs['verdict'], report.drift.differing], [verdict, differing], run.log);
    if (mode === 'full') assert.equal(report.engine, engine, run.log);
    assert.equal(run.outputs['population'], String(weeks), run.log);
    compared = Number(run.outputs['compared']);
  });
  return { ...measured, compared };
}

/** A run without an address of a project: what every run costs before it reads a row. */
export const measureStart = (action: string): Promise<Measurement> =>
  measure({ requests: [] }, async () => {
    const { exitCode, log } = await runAction({
      action,
      workspace: directory,
      githubApiUrl: 'http://127.0.0.1:1',
      inputs: {},
      nodeArguments: ['--import', measureFile],
      env: { BENCH_MEASUREMENT: measurementFile },
    });
    assert.ok(exitCode === 1 && log.includes('supabase-url is missing'), log);
  });

export const measurePerRow = (world: World, rows: number): Promise<Measurement> =>
  measure(world, async () => {
    const child = spawn(process.execPath, ['--import', measureFile, perRowFile], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        BENCH_MEASUREMENT: measurementFile,
        BENCH_URL: world.url,
        BENCH_KEY: world.secretKey,
        BENCH_ROWS: String(rows),
      },
    });
    const exitCode = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    assert.equal(exitCode, 0, 'the per-row lookups failed');
  });

/** What `weeks` lookups would take when `rows` took `some` and none took `none`. Memory is left as it is. */
export function extrapolate(none: Measurement, some: Measurement, rows: number, weeks: number): Measurement {
  const scale = (key: 'wallMs' | 'cpuMs') => none[key] + ((some[key] - none[key]) / rows) * weeks;
  return {
    requests: none.requests + 2 * weeks + Math.ceil(weeks / 1000),
    wallMs: scale('wallMs'),
    cpuMs: scale('cpuMs'),
    peakMb: some.peakMb,
  };
}

/** Before the first `measurePerRow`. */
export const buildPerRow = (): Promise<unknown> =>
  build({
    entryPoints: [join(import.meta.dirname, 'per-row.ts')],
    outfile: perRowFile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
