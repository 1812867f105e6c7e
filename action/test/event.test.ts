import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readEvent } from '../src/event.ts';

const directory = mkdtempSync(join(tmpdir(), 'event-'));
after(() => rmSync(directory, { recursive: true }));

function read(event: unknown, env: Record<string, string> = {}): ReturnType<typeof readEvent> {
  const path = join(directory, 'event.json');
  writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
  return readEvent({ GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: 'example/habits', ...env });
}

describe('the event that started a run', () => {
  it('says whether its repository is private, where an internal one is not', () => {
    for (const [repository, isPrivate] of [
      [{ private: true, visibility: 'private' }, true],
      [{ private: true }, true],
      [{ visibility: 'private' }, true],
      [{ private: true, visibility: 'internal' }, false],
      [{ private: false, visibility: 'public' }, false],
      [{ private: false }, false],
      [{ private: false, visibility: 'private' }, false],
      [{ private: true, visibility: 'private', full_name: 'Example/Habits' }, true],
      [{ private: true, visibility: 'private', full_name: 'somebody/else' }, undefined],
      [{}, undefined],
    ] as const)
      assert.equal(read({ repository }).isPrivate, isPrivate, JSON.stringify(repository));
  });

  it('says nothing where there is none, or one that cannot be read', () => {
    for (const event of [
      { schedule: '23 */6 * * *' },
      {},
      [],
      null,
      7,
      'no JSON',
      { repository: 'habits' },
      { repository: { private: 'true' } },
      { repository: null },
    ]) {
      assert.equal(read(event).isPrivate, undefined, JSON.stringify(event));
    }
    for (const path of ['', join(directory, 'nowhere.json'), directory]) assert.equal(readEvent({ GITHUB_EVENT_PATH: path }).isPrivate, undefined);
  });

  it('tells why secrets are empty', () => {
    const own = { full_name: 'example/habits', fork: false };
    const pull = (head: unknown) => ({ repository: own, pull_request: { head } });
    assert.match(read({ repository: own }, { GITHUB_ACTOR: 'dependabot[bot]' }).secretsMissing ?? '', /^Dependabot started this run/);
    for (const repo of [{ full_name: 'stranger/habits', fork: true }, null])
      assert.match(read(pull({ repo })).secretsMissing ?? '', /^A pull request from a fork started this run/);
    assert.match(read({ repository: { ...own, fork: true } }).secretsMissing ?? '', /^This repository is a fork/);
    for (const event of [pull({ repo: own }), { repository: own }, {}])
      assert.match(read(event).secretsMissing ?? '', /^Secrets that are not set, or whose names are misspelled, arrive empty .* fork or Dependabot started\.$/);
  });
});
