import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sendDiscord } from '../../src/publish/discord/discord.ts';
import { publishIssue } from '../../src/publish/issue/issue.ts';
import type { Report } from '../../src/report/report.ts';
import { startFakeDiscord, type FakeDiscord } from '../fakes/discord.ts';
import { startFakeGitHub, type FakeGitHub } from '../fakes/github.ts';
import { contextOf, driftReport, high, hurried, inRun, inSync, settingsWith, timeOf, unknown, weeks } from './issue-setup.ts';

/**
 * Runs that are killed before each change that they make. What the next run makes of it: one issue, no comment twice, and one
 * message; or two, where the run was killed after Discord had taken its message and before that was written down. A
 * webhook cannot be asked what it has posted, so the choice is between a message twice and none.
 */

type Scene = { github: FakeGitHub; discord: FakeDiscord };

async function onScene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const [github, discord] = await Promise.all([startFakeGitHub(), startFakeDiscord()]);
  try {
    await play({ github, discord });
  } finally {
    await Promise.all([github.close(), discord.close()]);
    assert.deepEqual([...github.violations, ...discord.violations], []);
  }
}

const inputsOf = ({ discord }: Scene) => ({ 'discord-webhook-url': discord.webhookUrl().href });

/** The nth run, which nobody disturbs. */
async function run(scene: Scene, number: number, report: Report): Promise<void> {
  const { github, discord } = scene;
  github.settings.now = () => timeOf(number);
  github.settings.admits = discord.admits = async () => true;
  const settings = settingsWith(inputsOf(scene));
  const input = { report: inRun(number, report), settings, context: contextOf(number, github.url), now: timeOf(number) };
  const { announce, finish } = await publishIssue({ ...input, pace: hurried });
  if (announce) await sendDiscord({ ...input, announce });
  await finish(announce !== undefined);
}

/** The nth run, as a process of its own that is killed before a change takes effect: the first one, the second … */
async function killedRun(scene: Scene, number: number, report: Report, killBefore: number): Promise<void> {
  const { github, discord } = scene;
  github.settings.now = () => timeOf(number);
  const workspace = mkdtempSync(join(tmpdir(), 'interrupted-'));
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'publish-once.ts')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], GITHUB_STEP_SUMMARY: '/dev/null', GITHUB_OUTPUT: '/dev/null' },
  });
  const ended = once(child, 'exit');
  let changes = 0;
  const admits = async (method: string): Promise<boolean> => {
    if (method !== 'GET') changes += 1;
    if (changes < killBefore) return true;
    child.kill('SIGKILL');
    await ended;
    return false;
  };
  github.settings.admits = discord.admits = admits;
  child.stdin?.end(JSON.stringify({ report: inRun(number, report), run: number, inputs: inputsOf(scene), githubUrl: github.url, workspace }));
  const [, signal] = await ended;
  rmSync(workspace, { recursive: true });
  assert.deepEqual([changes, signal], [killBefore, 'SIGKILL'], 'it came that far');
}

const worse = (): Report => driftReport('critical', weeks(3));

for (const { name, before, report, changes, expected } of [
  { name: 'opens an issue', before: [], report: high(), changes: 5, expected: { open: 1, comments: 0, title: /^Drift detected/ } },
  { name: 'finds other weeks', before: [high()], report: worse(), changes: 3, expected: { open: 1, comments: 1, title: /^Drift has become worse/ } },
  { name: 'cannot tell', before: [high()], report: unknown(), changes: 2, expected: { open: 1, comments: 0, title: /^Comparison not finished/ } },
  { name: 'closes the issue', before: [high()], report: inSync(), changes: 3, expected: { open: 0, comments: 1, title: /^Back in sync/ } },
  { name: 'reopens the issue', before: [high(), inSync()], report: high(), changes: 2, expected: { open: 1, comments: 1, title: /^Drift is back/ } },
]) {
  describe(`a run that ${name}`, () => {
    for (let killBefore = 1; killBefore <= changes; killBefore += 1) {
      it(`and is killed before change ${killBefore} of ${changes} leaves the rest to the next one`, async () => {
        await onScene(async (scene) => {
          const { github, discord } = scene;
          for (const [number, earlier] of before.entries()) await run(scene, number, earlier);
          discord.messages.length = 0;

          await killedRun(scene, before.length, report, killBefore);
          const isUnrecorded = discord.messages.length > 0;
          await run(scene, before.length + 1, report);

          const open = github.issues.filter(({ state }) => state === 'open');
          assert.deepEqual([github.issues.length, open.length], [1, expected.open]);
          assert.equal(github.comments.length, expected.comments);
          const titles = discord.messages.map(({ embeds }) => embeds?.[0]?.title ?? '');
          assert.equal(titles.length, isUnrecorded ? 2 : 1, titles.join());
          for (const title of titles) assert.match(title, expected.title);

          await run(scene, before.length + 2, report);
          assert.equal(discord.messages.length, titles.length, 'it is on record');
        });
      });
    }
  });
}
