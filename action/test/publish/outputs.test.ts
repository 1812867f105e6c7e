import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { writeOutputs } from '../../src/publish/outputs.ts';
import { publish } from '../../src/publish.ts';
import { syncedRows } from './declared-reports.ts';
import { contextOf, settingsWith } from './issue-setup.ts';
import { disasterReport, syncedReport } from './reports.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outputs-'));
});
afterEach(() => {
  delete process.env['GITHUB_OUTPUT'];
  rmSync(directory, { recursive: true });
});

/** What is printed meanwhile. */
function printed(work: () => void): string {
  const write = process.stdout.write;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    work();
  } finally {
    process.stdout.write = write;
  }
  return text;
}

/** What `work` returns, without what it prints. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const write = process.stdout.write.bind(process.stdout);
  // What this process tells the test runner is no text, and has to arrive.
  const muted = mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => typeof chunk === 'string' || write(chunk));
  try {
    return await work();
  } finally {
    muted.mock.restore();
  }
}

describe('outputs', () => {
  it('are added to the file in the way that the runner reads them, whatever is in them', () => {
    const file = join(directory, 'output');
    writeFileSync(file, 'earlier<<e\n1\ne\n');
    process.env['GITHUB_OUTPUT'] = file;
    assert.equal(
      printed(() => writeOutputs({ verdict: 'drift', compared: 18, 'cutover-reasons': 'one\nverdict<<x\nfake\nx', seed: '' })),
      '',
    );
    const [, end = ''] = /^verdict<<(.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    assert.match(end, /^end_[0-9a-f-]{36}$/);
    assert.equal(
      readFileSync(file, 'utf8'),
      `earlier<<e\n1\ne\nverdict<<${end}\ndrift\n${end}\ncompared<<${end}\n18\n${end}\ncutover-reasons<<${end}\none\nverdict<<x\nfake\nx\n${end}\nseed<<${end}\n\n${end}\n`,
    );
  });

  it('say how much was read of each side', async () => {
    for (const [report, expected] of [
      [syncedRows(), ['5012', '5000']],
      [syncedReport(), ['0', '0']],
    ] as const) {
      const file = join(directory, `output-${report.pair}`);
      process.env['GITHUB_OUTPUT'] = file;
      const settings = settingsWith({ 'issue-on': 'never' });
      assert.deepEqual(await quietly(() => publish(report, settings, { ...contextOf(1), workspace: directory })), []);
      const text = readFileSync(file, 'utf8');
      assert.deepEqual(
        ['reads-legacy', 'reads-normalized'].map((name) => new RegExp(`^${name}<<(.+)\\n(.*)\\n\\1$`, 'm').exec(text)?.[2]),
        expected,
      );
    }
  });

  it('come with a reason to fail that writes its number as everywhere else', async () => {
    const settings = settingsWith({ 'issue-on': 'never' });
    const failures = await quietly(() => publish(disasterReport(), settings, { ...contextOf(1), workspace: directory }));
    assert.deepEqual(failures, ['Drift, critical: 20,003 findings. The job summary shows more and says what to do.']);
  });

  it('cost a warning where the file does not take them, and are not printed', () => {
    const readOnly = join(directory, 'read-only');
    writeFileSync(readOnly, '');
    chmodSync(readOnly, 0o400);
    const places = [
      directory,
      join(directory, 'no', 'such', 'directory'),
      join(directory, 'n'.repeat(300)),
      '/dev/full',
      ...(process.getuid?.() === 0 ? [] : [readOnly]),
    ];
    for (const place of places) {
      process.env['GITHUB_OUTPUT'] = place;
      const text = printed(() => writeOutputs({ verdict: 'drift' }));
      assert.match(text, /^::warning::The outputs could not be written \([\w ]+\), so later steps see none; nothing else is affected\. [^\n]*\n$/, place);
      assert.doesNotMatch(text, /drift|set-output/);
    }
  });

  it('are handed over in the old way where the runner has no file for them, with a warning, and start no command', () => {
    for (const place of [undefined, '']) {
      if (place === undefined) delete process.env['GITHUB_OUTPUT'];
      else process.env['GITHUB_OUTPUT'] = place;
      const lines = printed(() => writeOutputs({ verdict: 'drift', seed: 'a\n::error::forged' }))
        .split('\n')
        .filter(Boolean);
      assert.deepEqual(lines.slice(0, 2), ['::set-output name=verdict::drift', '::set-output name=seed::a%0A::error::forged']);
      assert.match(lines[2] ?? '', /^::warning::GITHUB_OUTPUT is not set, so the outputs were printed as commands/);
      assert.equal(lines.length, 3);
    }
  });
});
