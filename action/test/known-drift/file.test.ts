import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { InputError } from '../../src/inputs.ts';
import { readKnownDrift } from '../../src/known-drift/file.ts';
import { placedTypes, levels } from '../../src/pair/habit-tracker/words.ts';
import { createMemoryPair } from '../pair/memory-pair.ts';

const usual = '.github/driftwatch.yml';
let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'known-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function read(text: string | undefined, { name = usual, reveal = false, key = 'sb_secret_synthetic', own = '' } = {}) {
  if (text !== undefined) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  return readKnownDrift({ config: name, revealValues: reveal, supabaseKey: key, pseudonymKey: own || undefined }, workspace);
}

async function failure(text: string | undefined, options = {}): Promise<string> {
  const error = await read(text, options).then(
    () => assert.fail('the file counts as good'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InputError, String(error));
  return error.message;
}

const good = `
accepted:
  - reason: Lost by the first backfill
    by: Noor
    until: 2026-12-31
    type: MISSING_RECORD
    child: child-1a2b3c4d
    week: 2025-10-13
    path: habits/text(5, 0a1b2c3d)/*
    level: records
  - reason: Summer was never migrated
    by: "@noor"
    until: "2027-02-28"
    week: { from: 2025-07-07, to: 2025-08-25 }
`;

describe('a file of accepted differences', () => {
  it('is read with its dates as they are written', async () => {
    assert.deepEqual(await read(good), [
      {
        reason: 'Lost by the first backfill', by: 'Noor', until: '2026-12-31', type: 'MISSING_RECORD', child: 'child-1a2b3c4d',
        week: '2025-10-13', path: 'habits/text(5, 0a1b2c3d)/*', level: 'records',
      },
      { reason: 'Summer was never migrated', by: '@noor', until: '2027-02-28', week: { from: '2025-07-07', to: '2025-08-25' } },
    ]);
    for (const head of ['%YAML 1.1\n---\n', '\uFEFF']) {
      const [rule] = (await read(`${head}accepted:\n  - { reason: a, by: b, until: 2026-12-31, type: ORPHAN_WEEK, week: !!timestamp 2025-10-13 }`)) ?? [];
      assert.deepEqual([rule?.until, rule?.week], ['2026-12-31', '2025-10-13']);
    }
  });

  it('may be absent where it is looked for by default, and nowhere else', async () => {
    assert.equal(await read(undefined), undefined);
    const message = await failure(undefined, { name: 'ops/known.yml' });
    assert.match(message, /^Input config is "ops\/known\.yml", and there is no such file in the workspace\. .*actions\/checkout/);
    writeFileSync(join(workspace, '.github'), 'a file where a directory is looked for');
    assert.equal(await read(undefined), undefined);
  });

  it('may hold no rules', async () => {
    for (const text of ['', '# nothing at the moment\n', 'accepted:\n', 'accepted: []', '{}']) assert.deepEqual(await read(text), [], text);
  });

  it('names every wrong entry at once, with its line', async () => {
    const message = await failure(`
accepted:
  - reason: No end
    by: Noor
    type: MISSING_WEEK
  - reason: Everything
    by: Noor
    until: 2026-12-31
    level: weeks
  - reason: Typing
    by: Noor
    until: 2026-02-30
    type: MISSING_WEEKS
    wek: 2025-10-13
    week: tomorrow
  - by: 7
    reason: ""
    until: 2026-12-31
    type: COUNT_MISMATCH
    week: { from: 2025-11-03, to: 2025-10-13 }
  - no rule
ignored: true
`);
    const lines = message.split('\n');
    assert.equal(lines[0], 'The file .github/driftwatch.yml of accepted differences cannot be used:');
    const said = lines.slice(1).map((line) => line.replace(/^- /, ''));
    for (const expected of [
      /^line 3, rule 1: until: the last day on which the rule holds, a calendar date such as 2026-12-31\.$/,
      /^line 6, rule 2: at least one of type, child, week, path is needed, or the rule would accept everything\.$/,
      /^line 12, rule 3: until: the last day/,
      /^line 13, rule 3: type: one of MISSING_CHILD, /,
      /^line 10, rule 3: wek is no part of a rule\.$/,
      /^line 15, rule 3: week: the date on which the week starts/,
      /^line 16, rule 4: by: who accepted it, at most 100 characters\.$/,
      /^line 17, rule 4: reason: why the difference is put up with/,
      /^line 19, rule 4: type: one of /,
      /^line 20, rule 4: week: the date on which the week starts/,
      /^line 21, rule 5: a rule, which says/,
      /^line 2: ignored is no part of this file\.$/,
    ]) {
      assert.ok(said.some((line) => expected.test(line)), `${expected}\n${message}`);
    }
    assert.equal(said.length, 12, message);
  });

  it('says in which line YAML itself breaks, on one line, without repeating what stands there', async () => {
    const broken = await failure('accepted:\n  - reason: "Mia never\n    by: [');
    assert.match(broken, /driftwatch\.yml of accepted differences cannot be used:/);
    assert.match(broken, /line [23]: /);
    assert.doesNotMatch(broken, /Mia/);
    assert.match(await failure('accepted:\n  - reason: a\n    reason: b'), /line 3: this key appears twice/);
    assert.match(await failure('accepted:\n  - path: *all\n'), /a text that begins with \* stands in quotes\./);
    assert.match(await failure('---\naccepted:\n---\naccepted:\n'), /multiple documents/);
    assert.match(await failure('just text'), /line 1: accepted, and below it a list of rules\./);
    assert.match(await failure('accepted: yes'), /accepted: a list of rules/);
  });

  it('does not blow up', async () => {
    const lol = ['a0: &a0 [x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`)];
    assert.match(await failure(lol.join('\n')), /aliases cannot be resolved/);
    assert.match(await failure(`accepted: []\n# ${'x'.repeat(1_100_000)}`), /larger than 1024 KiB/);
    assert.deepEqual(await read(`accepted: []\n# ${'x'.repeat(300_000)}`), []);
    const many = `accepted:\n${'  - { reason: a, by: b, until: 2026-12-31, type: ORPHAN_WEEK }\n'.repeat(201)}`;
    assert.match(await failure(many), /at most 200 rules/);
    mkdirSync(join(workspace, 'directory.yml'));
    assert.match(await failure(undefined, { name: 'directory.yml' }), /is not a regular file/);
    assert.match(await failure(`accepted: ${'['.repeat(200_000)}`), /cannot be used: it is nested too deeply\.$/);
    // The parser's own search for keys that repeat would take a billion comparisons here.
    const keys = await failure(Array.from({ length: 40_000 }, (_, index) => `key${index}: 1\n`).join(''));
    assert.match(keys, /key0, key1, .* and 39980 more is no part of this file\.$/);
    const wrongRules = await failure(`accepted:\n${'  - none\n'.repeat(50)}`);
    assert.deepEqual([wrongRules.split('\n').length, wrongRules.split('\n').at(-1)], [22, '- and 30 more.']);
    assert.match(await failure('accepted: [{ __proto__: { type: ORPHAN_WEEK }, reason: a, by: b, until: 2026-12-31 }]'), /__proto__ is no part|at least one of/);
  });

  it('names children and texts as a report does, and never repeats what may be a name', async () => {
    const named = (place: string) => `accepted:\n  - reason: a\n    by: b\n    until: 2026-12-31\n    ${place}\n`;
    for (const place of ['child: Mia', 'child: child-1A2B3C4D', 'path: habits/Read with Mia', 'path: habits/김하준/*', 'path: Mia', 'path: habits/text(3, 1a2b3c4d) Mia']) {
      const message = await failure(named(place));
      assert.match(message, /line 2, rule 1: (child|path): .* since reveal-values is off/, place);
      assert.doesNotMatch(message, /Mia|김하준|1A2B/);
      assert.equal((await read(named(place), { reveal: true }))?.length, 1);
    }
    for (const place of ['child: child-0a1b2c3d', 'path: theme', 'path: habits/*', 'path: "*"', 'path: habits/text(12, 0a1b2c3d)', 'path: habits/text(12, *)/2025-10-1*', 'path: habits[3].times[2]', 'path: habits/*/2025-10-13', 'path: week_end_date']) {
      assert.equal((await read(named(place)))?.length, 1, place);
    }
  });

  it('is never read through a link that leads out of the workspace, and nothing of what is there is repeated', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'secrets.yml'), 'quokka: 1\n');
    mkdirSync(join(workspace, 'ops'));
    symlinkSync(join(outside, 'secrets.yml'), join(workspace, 'ops/known.yml'));
    symlinkSync(outside, join(workspace, '.github'));
    symlinkSync(join(outside, 'nothing'), join(workspace, 'ops/dangling.yml'));
    for (const name of ['ops/known.yml', '.github/secrets.yml', 'ops/dangling.yml']) {
      const message = await failure(undefined, { name });
      assert.match(message, /^Input config is "[\w./]+", which (leads out of the workspace through a symbolic link|is a symbolic link that leads nowhere)/);
      assert.doesNotMatch(message, /quokka/);
    }
    rmSync(outside, { recursive: true });
  });

  it('may be a link inside of the workspace', async () => {
    writeFileSync(join(workspace, 'rules.yml'), 'accepted: []');
    symlinkSync('rules.yml', join(workspace, 'linked.yml'));
    assert.deepEqual(await read(undefined, { name: 'linked.yml' }), []);
  });

  it('is a file: a pipe is not waited for', async () => {
    execFileSync('mkfifo', [join(workspace, 'pipe.yml')]);
    assert.match(await failure(undefined, { name: 'pipe.yml' }), /^The file pipe\.yml of accepted differences is not a regular file\./);
  });

  it('cannot name by pseudonym what has another pseudonym in every run', async () => {
    const named = (place: string) => `accepted:\n  - reason: a\n    by: b\n    until: 2026-12-31\n    ${place}\n`;
    for (const place of ['child: child-0a1b2c3d', 'path: habits/text(12, 0a1b2c3d)']) {
      assert.match(await failure(named(place), { key: 'sb_publishable_synthetic' }), /line 2, rule 1: (child|path): a pseudonym, which holds for one run only with this supabase-key: set pseudonym-key/);
      assert.equal((await read(named(place), { key: 'sb_publishable_synthetic', own: 'a secret of its own' }))?.length, 1);
    }
    assert.equal((await read(named('path: habits/*'), { key: 'sb_publishable_synthetic' }))?.length, 1);
  });

  it('knows every type that a finding with a place can have', () => {
    const pair = createMemoryPair({ legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } }, 'skip');
    const kinds = ['missing', 'orphan', 'mismatch', 'duplicate', 'malformed', 'ambiguous-owner', 'wrong-owner'] as const;
    const known = new Set<string>(placedTypes);
    const told = kinds.flatMap((kind) => levels.map((level) => pair.findingType({ kind, level, key: null, path: null, legacy: null, normalized: null, rowIds: {} }).type));
    assert.deepEqual(new Set(told.filter((type) => type !== 'ORPHAN_CHILD')), known);
    assert.deepEqual(pair.shape.levels.map(({ name }) => name), levels);
  });
});
