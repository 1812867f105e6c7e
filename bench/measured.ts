/** Measures runs of the action and the per-row lookups, each in a separate process. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { runAction } from '../demo/run-action.ts';
import type { World } from '../demo/world.ts';

export type Mode = 'sample' | 'full';

/**
 * Times in milliseconds, memory in MB of the process itself: the cost of the database is only in `wallMs`. `startMs` is CPU until the first
 * request.
 */
export type Measurement = { requests: number; wallMs: number; startMs: number; cpuMs: number; peakMb: number };

const measureFile = join(import.meta.dirname, 'measure.mjs');
export const directory = mkdtempSync(join(tmpdir(), 'driftwatch-bench-'));
const measurementFile = join(directory, 'measurement.json');
const pagesFile = join(import.meta.dirname, 'pages.mjs');
const readsFile = join(directory, 'reads.json');
const configFile = join(directory, '.github/driftwatch.yml');
mkdirSync(join(directory, '.github'));
const perRowFile = join(directory, 'per-row.mjs');

/** Each further week adds two requests, so measuring more than this would only take longer. */
export const lookedUp = 500;

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

export function medians(runs: readonly Measurement[]): Measurement {
  const of = (key: keyof Measurement) => median(runs.map((run) => run[key]));
  return { requests: of('requests'), wallMs: of('wallMs'), startMs: of('startMs'), cpuMs: of('cpuMs'), peakMb: of('peakMb') };
}

/** Runs `work`, which starts a process with `measure.mjs`, and reads the measurement that it wrote. */
async function measure(world: Pick<World, 'requests'>, work: () => Promise<void>): Promise<Measurement> {
  rmSync(measurementFile, { force: true });
  world.requests.length = 0;
  const started = performance.now();
  await work();
  const wallMs = performance.now() - started;
  const own = JSON.parse(readFileSync(measurementFile, 'utf8')) as Pick<Measurement, 'startMs' | 'cpuMs' | 'peakMb'>;
  return { ...own, wallMs, requests: world.requests.length };
}

/** The result that a run must have: a quick wrong answer does not count. */
export type Expected = {
  mode: Mode;
  weeks: number;
  engine?: string;
  verdict?: string;
  differing?: number;
  /** Directory of the action, if it is not this checkout's. */
  action?: string;
};

type ActionRun = {
  config?: string;
  inputs: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  nodeArguments?: readonly string[];
  action?: string;
  githubApiUrl: string;
};
type Reported = {
  engine: string;
  verdict: string;
  compared: number;
  population: number;
  drift: { differing: number };
  reads: { legacy: number; normalized: number };
};

/** Runs the action up to its report. Nothing is published, and waiting costs nothing: no difference has to settle. */
async function runMeasured(
  world: Pick<World, 'requests'>,
  { config, inputs, env, nodeArguments = [], action, githubApiUrl }: ActionRun,
): Promise<Measurement & { log: string; report: Reported }> {
  rmSync(configFile, { force: true });
  if (config !== undefined) writeFileSync(configFile, config);
  let reported: { log: string; report: Reported } | undefined;
  const measured = await measure(world, async () => {
    const run = await runAction({
      workspace: directory,
      githubApiUrl,
      ...(action !== undefined && { action }),
      inputs: { 'fail-on': 'never', 'settle-seconds': '0', 'issue-on': 'never', 'time-budget-seconds': '3600', ...inputs },
      nodeArguments: ['--import', measureFile, ...nodeArguments],
      env: { ...env, BENCH_MEASUREMENT: measurementFile },
    });
    const { verdict, compared, population, report = '' } = run.outputs;
    assert.ok(existsSync(report), run.log);
    const { engine, drift, reads } = JSON.parse(readFileSync(report, 'utf8')) as Pick<Reported, 'engine' | 'drift' | 'reads'>;
    reported = { log: run.log, report: { engine, drift, reads, verdict: String(verdict), compared: Number(compared), population: Number(population) } };
  });
  assert.ok(reported);
  return { ...measured, ...reported };
}

export async function measureAction(
  world: World,
  githubApiUrl: string,
  { mode, weeks, engine = 'digest', verdict = 'in-sync', differing = 0, action }: Expected,
): Promise<Measurement & { compared: number }> {
  const inputs = { 'supabase-url': world.url, 'supabase-key': world.secretKey, mode, seed: 'bench' };
  const { log, report, ...measured } = await runMeasured(world, { inputs, githubApiUrl, ...(action !== undefined && { action }) });
  assert.deepEqual([report.verdict, report.drift.differing, report.population], [verdict, differing, weeks], log);
  if (mode === 'full') assert.equal(report.engine, engine, log);
  return { ...measured, compared: report.compared };
}

export type ExpectedPair = Pick<ActionRun, 'inputs' | 'env' | 'nodeArguments'> & {
  /** The file that declares the pair. */
  config: string;
  /** Unknown beforehand for one of several parts. */
  compared?: number;
  differing: number | 'some';
  engine: string;
};

export type MeasuredPair = Measurement & Pick<Reported, 'compared' | 'reads'>;

/** A full run over a declared pair. */
export async function measurePair(
  world: Pick<World, 'requests'>,
  githubApiUrl: string,
  { config, inputs, env, nodeArguments, compared, differing, engine }: ExpectedPair,
): Promise<MeasuredPair> {
  const { log, report, ...measured } = await runMeasured(world, {
    config,
    inputs: { mode: 'full', ...inputs },
    githubApiUrl,
    ...(env && { env }),
    ...(nodeArguments && { nodeArguments }),
  });
  const expected = [differing === 0 ? 'in-sync' : 'drift', differing === 'some' ? report.drift.differing : differing, compared ?? report.compared, engine];
  assert.deepEqual([report.verdict, report.drift.differing, report.compared, report.engine], expected, log);
  return { ...measured, compared: report.compared, reads: report.reads };
}

/** Requests that the action sent, to be replayed. */
export type Reads = {
  readonly requests: readonly { readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }[];
  readonly atOnce?: number;
};

/**
 * Only sends the same requests and parses the answers, in a separate process.
 *
 * @param rows in all answers that are lists
 */
export const measureReads = (groups: readonly Reads[], rows: number): Promise<Measurement> =>
  measure({ requests: [] }, async () => {
    writeFileSync(readsFile, JSON.stringify(groups));
    const env = { PATH: process.env['PATH'], BENCH_MEASUREMENT: measurementFile, BENCH_READS: readsFile };
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', measureFile, pagesFile], { env });
    assert.equal(Number(stdout), rows, 'the answers hold other rows than were compared');
  });

/** The pages that were read of tables through the API. */
export const pagesOf = ({ requests, secretKey }: Pick<World, 'requests' | 'secretKey'>, url: string, tables: readonly string[]): Reads => ({
  requests: requests.flatMap(({ method, path }) =>
    method === 'GET' && path.includes('order=') && tables.some((table) => path.startsWith(`/rest/v1/${table}?`))
      ? [{ url: `${url}${path}`, headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` } }]
      : [],
  ),
});

/** The cost of Node itself, when it only sends one request. */
export const measureNode = (url: string, { env: more = {}, nodeArguments = [] }: Pick<ActionRun, 'env' | 'nodeArguments'> = {}): Promise<Measurement> =>
  measure({ requests: [] }, async () => {
    const env = { PATH: process.env['PATH'], BENCH_MEASUREMENT: measurementFile, ...more };
    await promisify(execFile)(
      process.execPath,
      ['--import', measureFile, ...nodeArguments, '--input-type=module', '--eval', `await fetch(${JSON.stringify(url)});`],
      { env },
    );
  });

/** A run without a project's address: what every run costs before it reads a row. */
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

/** The estimated cost of `weeks` lookups, if `rows` lookups cost `some` and none cost `none`. Memory is unchanged. */
export function extrapolate(none: Measurement, some: Measurement, rows: number, weeks: number): Measurement {
  const scale = (key: 'wallMs' | 'cpuMs') => none[key] + ((some[key] - none[key]) / rows) * weeks;
  return {
    requests: none.requests + 2 * weeks + Math.ceil(weeks / 1000),
    wallMs: scale('wallMs'),
    startMs: some.startMs,
    cpuMs: scale('cpuMs'),
    peakMb: some.peakMb,
  };
}

/** Call this before the first `measurePerRow`. */
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
