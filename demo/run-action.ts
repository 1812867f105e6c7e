import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';

export type ActionRun = {
  exitCode: number | null;
  /** The output of the action, including workflow commands. */
  log: string;
  /** Markdown of the job summary. */
  summary: string;
  outputs: Readonly<Record<string, string>>;
  durationMs: number;
};

export type ActionOptions = {
  /** By their names in `action.yml`, whose defaults are used for the others. */
  inputs: Readonly<Record<string, string>>;
  /** Base URL of GitHub's REST API. */
  githubApiUrl: string;
  /** Directory of the action; this checkout by default. */
  action?: string;
  /** The directory of the checked-out repository; reports are written there. */
  workspace: string;
  /** Added to the runner's environment. */
  env?: Readonly<Record<string, string>>;
  /** The event that started the run, as the runner passes it; by default a schedule in a private repository. */
  event?: unknown;
  /** Arguments for Node before the bundle's path. */
  nodeArguments?: readonly string[];
  /** Ends the process as a machine that is lost does: nothing of it has time to say anything. */
  killed?: AbortSignal;
  /** Where the bundle runs; in a process of its own by default. */
  execute?: Execute;
};

/** Runs a bundle to its end, with exactly this environment. */
export type Execute = (bundle: string, where: { cwd: string; env: Record<string, string | undefined> }) => Promise<Executed>;
/** `log` has what was written to stdout, and then what was written to stderr. */
export type Executed = Pick<ActionRun, 'exitCode' | 'log'>;

const root = join(import.meta.dirname, '..');

const scheduled = { schedule: '23 */6 * * *', repository: { full_name: 'example/habits', private: true, visibility: 'private', fork: false } };

/** Runs the bundle with the environment that a GitHub runner gives to an action. */
export async function runAction(options: ActionOptions): Promise<ActionRun> {
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-'));
  try {
    return await runIn(directory, options);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** @param directory of the runner, for this run only */
async function runIn(
  directory: string,
  {
    inputs,
    githubApiUrl,
    workspace,
    env = {},
    event = scheduled,
    nodeArguments = [],
    killed,
    execute = inProcess(nodeArguments, killed),
    action = root,
  }: ActionOptions,
): Promise<ActionRun> {
  const outputFile = join(directory, 'output');
  const summaryFile = join(directory, 'summary.md');
  const temp = join(directory, 'temp');
  mkdirSync(temp);
  for (const path of [outputFile, summaryFile]) writeFileSync(path, '');
  const eventFile = join(directory, 'event.json');
  writeFileSync(eventFile, JSON.stringify(event));

  const started = performance.now();
  const { exitCode, log } = await execute(join(action, 'dist/index.js'), {
    cwd: workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      // If the tests set it, Node caches the compiled bundle there.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: githubApiUrl,
      GITHUB_EVENT_NAME: 'schedule',
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_JOB: 'drift',
      GITHUB_OUTPUT: outputFile,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'example/habits',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: '1234567890',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_STEP_SUMMARY: summaryFile,
      GITHUB_WORKFLOW: 'Drift detection',
      GITHUB_WORKSPACE: workspace,
      RUNNER_OS: 'Linux',
      RUNNER_TEMP: temp,
      ...inputEnvironment(inputs, action),
      ...env,
    },
  });
  return {
    exitCode,
    log,
    summary: readFileSync(summaryFile, 'utf8'),
    outputs: parseOutputs(readFileSync(outputFile, 'utf8')),
    durationMs: performance.now() - started,
  };
}

const inProcess =
  (nodeArguments: readonly string[], killed?: AbortSignal): Execute =>
  async (bundle, where) => {
    const child = spawn(process.execPath, [...nodeArguments, bundle], { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
    killed?.addEventListener('abort', () => child.kill('SIGKILL'));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { exitCode, log: stdout + stderr };
  };

/** As the runner does: upper case, spaces as underscores, hyphens kept, defaults from `action.yml`. */
function inputEnvironment(given: Readonly<Record<string, string>>, action: string): Record<string, string> {
  const { inputs } = parse(readFileSync(join(action, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string | number | boolean }>;
  };
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}.`);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { default: fallback = '' }]) => {
      const value = given[name] ?? String(fallback).replace('${{ github.token }}', 'local-token');
      return [`INPUT_${name.toUpperCase().replaceAll(' ', '_')}`, value];
    }),
  );
}

/** Reads `name<<delimiter`, the value's lines, and the delimiter, one after the other. */
function parseOutputs(file: string): Record<string, string> {
  const blocks = file.matchAll(/^(.+?)<<(.+)\r?\n([\s\S]*?)\r?\n?^\2$/gm);
  return Object.fromEntries([...blocks].map(([, name = '', , value = '']) => [name, value]));
}
