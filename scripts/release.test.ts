import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { root } from '../cli/metadata.ts';

const copy = mkdtempSync(join(tmpdir(), 'release-'));
after(() => rmSync(copy, { recursive: true }));

function release(tag: string): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/release.ts'), tag], {
    env: { ...process.env, RELEASE_ROOT: copy },
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** Prepares a release as CONTRIBUTING.md describes. */
function prepare(version: string): void {
  execFileSync('npm', ['version', version, '--no-git-tag-version'], { cwd: copy, stdio: 'pipe' });
  const changelog = readFileSync(join(copy, 'CHANGELOG.md'), 'utf8');
  writeFileSync(join(copy, 'CHANGELOG.md'), changelog.replace('## [Unreleased]', `## [Unreleased]\n\n## [${version}] - 2026-02-03`));
}

describe('a release', () => {
  beforeEach(() => {
    for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md']) cpSync(join(root, name), join(copy, name));
  });

  test('takes its text from the changelog', () => {
    const unreleased = readFileSync(join(copy, 'CHANGELOG.md'), 'utf8').split('## [Unreleased]')[1]?.split(/^## /m)[0]?.trim();
    prepare('7.8.9');
    assert.deepEqual(release('v7.8.9'), { code: 0, stdout: `${unreleased}\n`, stderr: '' });
  });

  test('is refused when package.json has another version', () => {
    prepare('7.8.9');
    const { code, stdout, stderr } = release('v7.9.0');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /package\.json says 7\.8\.9, the tag says 7\.9\.0\. Run/);
  });

  test('is refused when the changelog says nothing about it', () => {
    execFileSync('npm', ['version', '7.8.9', '--no-git-tag-version'], { cwd: copy, stdio: 'pipe' });
    const { code, stdout, stderr } = release('v7.8.9');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /CHANGELOG\.md has no heading `## \[7\.8\.9\] - <date>`/);
  });

  test('is refused for what is no version', () => {
    for (const tag of ['', 'v1', 'main', 'v1.2.3-rc.1', '1.2.3']) assert.match(release(tag).stderr, /is no version/);
  });
});
