import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { runAction, type ActionRun } from '../../../demo/run-action.ts';
import type { World } from '../../../demo/world.ts';
import { startFakeDiscord, type DiscordEmbed, type FakeDiscord } from '../fakes/discord.ts';
import { startFakeGitHub, type FakeGitHub, type StoredIssue } from '../fakes/github.ts';
import { inKeptProcess } from './kept-process.ts';

/** A repository and a channel that the bundle runs against as a process; what is not written here is not known to it. */
export type Stage = {
  github: FakeGitHub;
  discord: FakeDiscord;
  /** One run after another, each with a run id of its own. */
  run: (inputs?: Readonly<Record<string, string>>, options?: RunOptions) => Promise<StageRun>;
  /** The only issue there is. */
  issue: () => StoredIssue;
  /** Ends the servers, and says what any request of any run did that the official descriptions do not allow. */
  close: () => Promise<void>;
};

export type RunOptions = {
  env?: Record<string, string>;
  nodeArguments?: string[];
  event?: unknown;
  /** What the repository holds, by path. */
  files?: Record<string, string>;
};

export type StageRun = ActionRun & {
  /** `report.json`, as another program would read it. */
  report: ReportFile;
  html: string;
  /** `metrics.txt`, as it is written. */
  metrics: string;
  /** What the file behind `GITHUB_OUTPUT` holds. */
  rawOutputs: string;
  /** Of the two report files, relative to the workspace. */
  reportPaths: string[];
  hasAbsolutePaths: boolean;
  /** Changes that this run sent to GitHub, such as `PATCH /issues/1`. */
  writes: string[];
  /** Bodies of the comments that this run wrote. */
  comments: string[];
  /** Embeds that this run posted. */
  embeds: DiscordEmbed[];
  runUrl: string;
};

/** Of `report.json`, by the contract's words: only what tests look at by name. */
export type ReportFile = {
  schemaVersion: number;
  pair: string;
  mode: string;
  engine: string;
  seed: string;
  verdict: string;
  severity: string;
  reason?: string;
  durationMs: number;
  startedAt: string;
  finishedAt: string;
  transient: number;
  confidence: number;
  thresholds: { high: number; critical: number };
  drift: { rate: number; upperBound: number; differing: number; compared: number; population: number };
  counts: { level: string; legacy: number; expected: number; normalized: number; difference: number }[];
  skipped: { reason: string; count: number }[];
  sourceVersions: Record<string, number>;
  findings: FindingOfFile[];
  findingsTotal: number;
  findingsTruncated: boolean;
  accepted?: { reason: string; by: string; until: string; what: string; state: string; findings: number; weeks: number }[];
  health: { check: string; status: string; severity: string; detail: string }[];
};

export type FindingOfFile = {
  type: string;
  severity: string;
  level: string;
  key: Record<string, string | null> | null;
  child: string | null;
  weekStart: string | null;
  path: string | null;
  legacy: string | number | null;
  normalized: string | number | null;
  rowIds: Record<string, string[]>;
};

/** What GitHub and Discord are told to find an issue by. */
export const marker = '<!-- driftwatch:v1 pair=habit-tracker -->';

/** Stands for every colour there may be: which of red, green, blue are strong, or grey. */
export function hue(colour: number | undefined): 'red' | 'orange' | 'yellow' | 'green' | 'grey' | 'other' {
  if (colour === undefined) return 'other';
  const [red, green, blue] = [colour >> 16, (colour >> 8) & 255, colour & 255];
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 40) return 'grey';
  if (green > red && green > blue) return 'green';
  if (red < 150 || blue > 120) return 'other';
  if (green < 100) return 'red';
  return green < 175 ? 'orange' : 'yellow';
}

const empty: ReportFile = {
  schemaVersion: 0,
  pair: '',
  mode: '',
  engine: '',
  seed: '',
  verdict: '',
  severity: '',
  durationMs: 0,
  startedAt: '',
  finishedAt: '',
  transient: 0,
  confidence: 0,
  thresholds: { high: 0, critical: 0 },
  drift: { rate: 0, upperBound: 0, differing: 0, compared: 0, population: 0 },
  counts: [],
  skipped: [],
  sourceVersions: {},
  findings: [],
  findingsTotal: 0,
  findingsTruncated: false,
  health: [],
};

/** As GitHub's runner reads the file: `name<<delimiter`, lines of the value, the delimiter. */
function parseOutputs(file: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = file.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const [, name = '', delimiter] = /^([^=<]+)<<(.+)$/.exec(lines[at] ?? '') ?? [];
    if (delimiter === undefined) {
      assert.equal(lines[at], '', 'a line that belongs to no output');
      continue;
    }
    const end = lines.indexOf(delimiter, at + 1);
    assert.notEqual(end, -1, `output ${name} has no end`);
    outputs[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return outputs;
}

let runs = 0;

/** @param ownProcesses whether each run has a process of its own, for tests of what a process is given and leaves */
export async function startStage(world: Pick<World, 'url' | 'secretKey'>, { ownProcesses = false } = {}): Promise<Stage> {
  const github = await startFakeGitHub('example', 'habits');
  const discord = await startFakeDiscord();

  return {
    github,
    discord,
    async run(inputs = {}, { env = {}, nodeArguments = [], event, files = {} } = {}) {
      runs += 1;
      const runId = String(9_000_000_000 + runs);
      const before = { writes: github.writes().length, comments: github.comments.length, messages: discord.messages.length };
      const directory = mkdtempSync(join(tmpdir(), 'stage-'));
      const workspace = join(directory, 'workspace');
      const outputFile = join(directory, 'output');
      mkdirSync(workspace);
      writeFileSync(outputFile, '');
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(workspace, path)), { recursive: true });
        writeFileSync(join(workspace, path), text);
      }
      const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
      try {
        const result = await runAction({
          inputs: {
            'supabase-url': world.url,
            'supabase-key': world.secretKey,
            'github-token': github.token,
            'discord-webhook-url': discord.webhookUrl().href,
            'settle-seconds': '0',
            ...inputs,
          },
          githubApiUrl: github.url,
          workspace,
          // A file of our own: what stands in it is looked at as it is.
          env: { GITHUB_RUN_ID: runId, GITHUB_OUTPUT: outputFile, ...env },
          nodeArguments,
          ...(!ownProcesses && nodeArguments.length === 0 && { execute: inKeptProcess }),
          ...(event !== undefined && { event }),
        });
        const rawOutputs = read(outputFile);
        const outputs = parseOutputs(rawOutputs);
        const json = read(outputs['report'] ?? '');
        return {
          ...result,
          outputs,
          rawOutputs,
          reportPaths: ['report', 'report-html'].map((name) => relative(workspace, outputs[name] ?? workspace)),
          hasAbsolutePaths: ['report', 'report-html'].every((name) => isAbsolute(outputs[name] ?? '')),
          report: json === '' ? empty : JSON.parse(json),
          html: read(outputs['report-html'] ?? ''),
          metrics: read(join(dirname(outputs['report'] ?? ''), 'metrics.txt')),
          writes: github.writes().slice(before.writes),
          comments: github.comments.slice(before.comments).map(({ body }) => body),
          embeds: discord.messages.slice(before.messages).flatMap(({ embeds }) => embeds ?? []),
          runUrl: `https://github.com/example/habits/actions/runs/${runId}`,
        };
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    issue() {
      const [issue, ...others] = github.issues;
      assert.ok(issue && others.length === 0, `${github.issues.length} issues`);
      return issue;
    },
    async close() {
      await Promise.all([github.close(), discord.close()]);
      assert.deepEqual([...github.violations, ...discord.violations], []);
    },
  };
}

/** An open issue as the contract describes it, with nothing in it but what it is found by. */
export const openIssue = ({ github }: Pick<Stage, 'github'>, issue: Partial<StoredIssue> = {}): StoredIssue =>
  github.addIssue({ title: 'Anything', body: `${marker}\n\nAn older version wrote this.`, labels: ['drift-detection'], ...issue });

/** Everything that left the process of a run for people or programs, except what it asked the database. */
export function everythingSaid(run: StageRun, { github, discord }: Pick<Stage, 'github' | 'discord'>): Map<string, string> {
  return new Map([
    ['log', run.log],
    ['summary', run.summary],
    ['outputs', run.rawOutputs],
    ['report.json', JSON.stringify(run.report)],
    ['report.html', run.html],
    ['metrics.txt', run.metrics],
    ['requests to GitHub', github.requests.map(({ method, path, query, body }) => `${method} ${path}?${query} ${JSON.stringify(body)}`).join('\n')],
    ['issues', github.issues.map(({ title, body }) => `${title}\n${body}`).join('\n')],
    ['requests to Discord', discord.requests.map(({ body }) => body).join('\n')],
  ]);
}

/** The log without the lines that make the runner hide a secret. */
export const withoutMasks = (log: string): string => log.replaceAll(/^::add-mask::.*$/gm, '');

/** An address at which nothing listens: port 1 is reserved. */
export const closedPort = 'http://127.0.0.1:1';
