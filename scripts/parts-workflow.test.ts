import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, matchesGlob } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';
import { openIssue, type ReportFile } from '../action/test/action/stage.ts';
import { startFakeDiscord, type FakeDiscord } from '../action/test/fakes/discord.ts';
import { startFakeGitHub, type FakeGitHub } from '../action/test/fakes/github.ts';
import { check } from '../action/src/check.ts';
import { readSettings } from '../action/src/inputs.ts';
import { connect } from '../action/src/pair/pairs.ts';
import { partOf } from '../action/src/parts/part.ts';
import { fileOf } from '../action/src/publish/files.ts';
import { loadCase, referenceCase } from '../demo/data.ts';
import { hanging, startProxy, startWorld, type Proxy, type World } from '../action/test/world.ts';
import { runLocally } from './local-runner.ts';
import { metadata, root } from '../cli/metadata.ts';

/**
 * The workflow for many runners, as it is in the docs, with four parts: its jobs are played in order, as GitHub does by the
 * conditions in the file, each with a workspace of its own. The action runs under the local runner; what the other steps
 * do with files is done here, by what the file says about them.
 */

type Step = { uses: string; if?: string; 'continue-on-error'?: boolean; with?: Record<string, string | number | boolean> };
type Job = { if?: string; needs?: string; strategy?: { 'fail-fast'?: boolean; matrix: { part: number[] } }; steps: Step[] };
type Workflow = { jobs: { compare: Job; merge: Job } };
type Result = 'success' | 'failure' | 'skipped';
type Contexts = Readonly<Record<string, unknown>>;

const text = readFileSync(join(root, 'docs/workflows/parts.yml'), 'utf8');
const parts = [1, 2, 3, 4];
/** What its comments say is to be changed for another number of parts. */
const { jobs }: Workflow = parse(text.replace(/part: \[.*\]/, `part: [${parts.join(', ')}]`).replaceAll('}}/8', `}}/${parts.length}`));
/** The part whose machine is lost. */
const mortal = partOf('Mia', parts.length);

/** A condition or a value as GitHub's own parser reads it. */
function evaluate(expression: string, contexts: Contexts, result: Result): data.ExpressionData {
  const functions = Object.entries({ always: true, cancelled: false, failure: result === 'failure', success: result === 'success' }).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const known: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  assert.ok(known instanceof data.Dictionary);
  const parsed = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  return new Evaluator(parsed, known, new Map(functions.map((one) => [one.name, one]))).evaluate();
}

/** Without a word about what became of the others, a condition means: and all of them went well. */
function holds(condition: string | undefined, contexts: Contexts, result: Result): boolean {
  const [, expression = condition ?? 'true'] = /^\$\{\{(.*)\}\}$/.exec(condition ?? '') ?? [];
  const whole = /\b(always|success|failure|cancelled)\(\)/.test(expression) ? expression : `success() && (${expression})`;
  const value = evaluate(whole, contexts, result);
  assert.ok(value instanceof data.BooleanData, `${condition} is neither true nor false`);
  return value.value;
}

const fill = (value: unknown, contexts: Contexts): string =>
  String(value).replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, contexts, 'success').coerceString());

let world: World;
/** A way to the project on which a part dies as soon as it begins to read. */
let deadly: Proxy;
let github: FakeGitHub;
let discord: FakeDiscord;
let directory: string;
let strike: () => void = () => {};

before(async () => {
  world = await startWorld({ migrations: ['014', '020', '022'] });
  await loadCase(world, referenceCase());
  // So that there is something to find in every part.
  await world.sql("update weeks set theme = 'Else'");
  deadly = await startProxy(world.url, () => {
    strike();
    return hanging;
  });
  github = await startFakeGitHub('example', 'habits');
  discord = await startFakeDiscord();
  directory = mkdtempSync(join(tmpdir(), 'parts-workflow-'));
});
after(async () => {
  rmSync(directory, { recursive: true });
  await Promise.all([deadly.close(), github.close(), discord.close()]);
  await world.close();
  assert.deepEqual([...github.violations, ...discord.violations], []);
});

const event = { schedule: '23 */6 * * *', repository: { full_name: 'example/habits', private: true, visibility: 'private', fork: false } };

const contextsOf = (attempt: number, matrix: Contexts = {}): Contexts => ({
  github: { event, token: github.token, repository: 'example/habits', run_attempt: String(attempt) },
  secrets: { SUPABASE_URL: world.url, SUPABASE_KEY: world.secretKey, DISCORD_WEBHOOK_URL: discord.webhookUrl().href },
  matrix,
});

let machines = 0;

/** One job on a machine of its own. */
async function play(job: Job, attempt: number, { matrix, needs = 'success', dies = false }: { matrix?: Contexts; needs?: Result; dies?: boolean } = {}) {
  const contexts = contextsOf(attempt, matrix);
  machines += 1;
  const workspace = join(directory, `machine-${machines}`);
  mkdirSync(workspace);
  let result: Result = holds(job.if, contexts, needs) ? 'success' : 'skipped';
  let log = '';
  for (const step of result === 'skipped' ? [] : job.steps) {
    if (!holds(step.if, contexts, result)) continue;
    const inputs = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, fill(value, contexts)]));
    const [action = ''] = step.uses.split('@');
    const done = action === 'OWNER/driftwatch' ? await compare(inputs, contexts, { workspace, attempt, dies }) : files[action]?.(inputs, workspace);
    assert.ok(done, `${step.uses} is not known here`);
    log += done.log;
    if (done.failed && step['continue-on-error'] !== true) result = 'failure';
  }
  return { result, log, workspace };
}

type Done = { failed: boolean; log: string };

/** The action itself. */
async function compare(
  inputs: Readonly<Record<string, string>>,
  contexts: Contexts,
  { workspace, attempt, dies = false }: { workspace: string; attempt: number; dies?: boolean },
): Promise<Done> {
  const defaults = Object.entries(metadata.inputs).map(([name, { default: value = '' }]) => [name, fill(value, contexts)] as const);
  const all = Object.entries({ ...Object.fromEntries(defaults), ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const eventFile = `${workspace}-event.json`;
  writeFileSync(eventFile, JSON.stringify(event));
  const run = runLocally(
    {
      ...Object.fromEntries(all),
      ...(dies && { 'INPUT_SUPABASE-URL': deadly.url }),
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_REPOSITORY: 'example/habits',
      GITHUB_RUN_ATTEMPT: String(attempt),
      GITHUB_RUN_ID: '9000000001',
      GITHUB_SHA: 'c0ffee'.padEnd(40, '0'),
      GITHUB_STEP_SUMMARY: `${workspace}-summary.md`,
      GITHUB_WORKSPACE: workspace,
    },
    // How the tool starts by way of npm is tried in a test of its own.
    { throughNpm: false },
  );
  if (dies) strike = run.kill;
  const { exitCode, stdout, stderr } = await run.ended;
  // It ends with 0 even so; what has a title is an annotation.
  return { failed: exitCode !== 0 || /^::error::/m.test(stdout), log: stdout + stderr };
}

const artifacts = (): string => join(directory, 'artifacts');

/** What the other actions do, as far as the file asks for it. */
const files: Readonly<Record<string, (inputs: Readonly<Record<string, string>>, workspace: string) => Done>> = {
  'actions/checkout': () => ({ failed: false, log: '' }),
  'actions/upload-artifact': ({ name = '', path = '', overwrite, 'if-no-files-found': absent }, workspace) => {
    const [from, to] = [join(workspace, path), join(artifacts(), name)];
    if (!existsSync(from)) return { failed: absent === 'error', log: '' };
    if (existsSync(to) && overwrite !== 'true') return { failed: true, log: `There is an artifact ${name} already.` };
    rmSync(to, { recursive: true, force: true });
    // Of a single file an artifact has the name alone.
    cpSync(from, statSync(from).isDirectory() ? to : join(to, basename(from)), { recursive: true });
    return { failed: false, log: '' };
  },
  'actions/download-artifact': ({ pattern = '', path = '' }, workspace) => {
    if (!existsSync(artifacts())) return { failed: true, log: 'No artifact can be listed.' };
    for (const name of readdirSync(artifacts()).filter((each) => matchesGlob(each, pattern)))
      cpSync(join(artifacts(), name), join(workspace, path, name), { recursive: true });
    return { failed: false, log: '' };
  },
};

/** What one run of everything says, by the inputs of the job that merges. */
async function compareAll(): Promise<ReportFile> {
  const contexts = contextsOf(1);
  const { with: inputs = {} } = jobs.merge.steps.find(({ uses }) => uses.startsWith('OWNER/driftwatch@')) ?? {};
  const values = new Map(Object.entries(inputs).map(([name, value]) => [name, fill(value, contexts)]));
  const settings = readSettings((name) => (name === 'merge' ? '' : (values.get(name) ?? '')), { runName: 'whole-1' });
  const report = await check({ settings, connection: await connect(settings, undefined), now: () => new Date() });
  return JSON.parse(JSON.stringify(fileOf(report)));
}

const reportIn = (workspace: string): ReportFile => JSON.parse(readFileSync(join(workspace, 'drift-report/report.json'), 'utf8'));
const uploaded = (): string[] => readdirSync(artifacts()).toSorted();
const without = <T extends object>(object: T, ...names: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const told = (finding: ReportFile['findings'][number]): string => JSON.stringify(finding);
const needed = (results: readonly Result[]): Result => (results.every((result) => result === 'success') ? 'success' : 'failure');

describe('the workflow for many runners', () => {
  let results: Result[] = [];

  it('has as many parts as its jobs say', () => {
    const matrix: unknown = parse(text).jobs.compare.strategy.matrix.part;
    assert.deepEqual(
      matrix,
      Array.from({ length: 8 }, (_, place) => place + 1),
    );
    assert.equal(text.match(/\}\}\/8\b/g)?.length, 1);
    assert.equal(jobs.merge.needs, 'compare');
  });

  it('runs nothing in a fork', () => {
    const forked = { ...contextsOf(1), github: { event: { repository: { ...event.repository, fork: true } } } };
    for (const job of [jobs.compare, jobs.merge]) for (const result of ['success', 'failure'] as const) assert.equal(holds(job.if, forked, result), false);
  });

  it('goes on with the other parts where one dies', async () => {
    assert.equal(jobs.compare.strategy?.['fail-fast'], false);
    const played = (jobs.compare.strategy?.matrix.part ?? []).map(async (part) => {
      const { result, log } = await play(jobs.compare, 1, { matrix: { part }, dies: part === mortal });
      assert.equal(result, part === mortal ? 'failure' : 'success', log);
      return result;
    });
    results = await Promise.all(played);
    assert.deepEqual(
      uploaded(),
      parts.filter((part) => part !== mortal).map((part) => `part-${part}`),
    );
    assert.deepEqual([github.requests.length, discord.requests.length], [0, 0]);
  });

  let first: ReportFile;

  it('says in the issue which part is missing, with what the others found', async () => {
    const issue = openIssue({ github });
    const merged = await play(jobs.merge, 1, { needs: needed(results) });
    assert.equal(merged.result, 'failure', merged.log);
    first = reportIn(merged.workspace);
    assert.equal(first.verdict, 'unknown');
    assert.ok(first.reason?.startsWith(`The parts do not make one whole run. Missing: ${mortal}/4. Look at the jobs of these parts`), first.reason);
    assert.ok(first.findings.length > 0);
    assert.equal(issue.state, 'open');
    assert.ok(issue.body?.includes(`Missing: ${mortal}/4.`), issue.body ?? '');
    assert.ok(uploaded().includes('drift-report-1'), uploaded().join());
  });

  it('is the whole run once the part that died was run again', async () => {
    const again = await play(jobs.compare, 2, { matrix: { part: mortal } });
    assert.equal(again.result, 'success', again.log);
    const merged = await play(jobs.merge, 2);
    // The job of the merge is the one that fails for what was found.
    assert.equal(merged.result, 'failure', merged.log);
    assert.ok(uploaded().includes('drift-report-2'), uploaded().join());
    const found = reportIn(merged.workspace);

    const whole = await compareAll();
    assert.equal(whole.verdict, 'drift');
    const other = ['startedAt', 'finishedAt', 'durationMs', 'reads', 'seed'];
    assert.deepEqual(without(found, ...other), without(whole, ...other));

    const [issue, ...others] = github.issues;
    assert.deepEqual([issue?.state, others.length], ['open', 0]);
    assert.ok(!issue?.body?.includes('Missing:'));

    const own = (report: ReportFile): string[] => report.findings.filter(({ type }) => type !== 'COUNT_MISMATCH').map(told);
    const lost = own(reportIn(again.workspace));
    assert.ok(lost.length > 0);
    assert.deepEqual(
      own(first),
      own(whole).filter((finding) => !lost.includes(finding)),
    );
  });
});
