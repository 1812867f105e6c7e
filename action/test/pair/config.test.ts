import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { InputError } from '../../src/inputs.ts';
import { readConfig, rulesOf } from '../../src/pair/config.ts';
import { placedTypes, levels } from '../../src/pair/habit-tracker/words.ts';
import { boardApp, environment } from './declared/board-app.ts';
import { createMemoryPair } from './memory-pair.ts';

const usual = '.github/driftwatch.yml';
let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'known-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

async function read(text: string | undefined, { name = usual, reveal = false, key = 'sb_secret_synthetic', own = '' } = {}) {
  if (text !== undefined) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
  return (await readConfig({ config: name, revealValues: reveal, supabaseKey: key, pseudonymKey: own || undefined }, workspace, environment))?.accepted;
}

async function failure(text: string | undefined, options = {}): Promise<string> {
  const error = await read(text, options).then(
    () => assert.fail('the file counts as good'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InputError, String(error));
  return error.message;
}

const named = (place: string) => `accepted:\n  - reason: a\n    by: b\n    until: 2026-12-31\n    ${place}\n`;

/** A pair whose rule stands in line 18. */
const declared = (place: string) => `stores:
  old: { type: supabase, url: $OLD_SUPABASE_URL, key: $OLD_SUPABASE_KEY }
pairs:
  p:
    legacy: supabase
    normalized: supabase
    entities:
      posts:
        legacy: old_posts
        normalized: posts
        key: [id, open, hidden, day]
        fields:
          open: { from: open, readable: true }
          hidden: { from: hidden, type: integer, readable: false }
          day: { from: day, type: date }
          title: title
accepted:
  - { reason: a, by: b, until: 2026-12-31, ${place} }
`;

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

describe('the file of pairs and accepted differences', () => {
  it('is read with its dates as they are written', async () => {
    assert.deepEqual(await read(good), [
      {
        reason: 'Lost by the first backfill',
        by: 'Noor',
        until: '2026-12-31',
        type: 'MISSING_RECORD',
        child: 'child-1a2b3c4d',
        week: '2025-10-13',
        path: 'habits/text(5, 0a1b2c3d)/*',
        level: 'records',
        pair: 'habit-tracker',
      },
      { reason: 'Summer was never migrated', by: '@noor', until: '2027-02-28', week: { from: '2025-07-07', to: '2025-08-25' }, pair: 'habit-tracker' },
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

  it('declares stores and pairs, whose variables are looked up', async () => {
    mkdirSync(join(workspace, '.github'));
    writeFileSync(join(workspace, usual), boardApp);
    const declaration = await readConfig(
      { config: usual, revealValues: true, supabaseKey: 'sb_secret_synthetic', pseudonymKey: undefined },
      workspace,
      environment,
    );
    assert.deepEqual(
      [
        [...(declaration?.pairs.keys() ?? [])],
        declaration?.secrets.includes('sb_secret_old'),
        rulesOf(declaration, 'board-app')?.length,
        rulesOf(declaration, 'habit-tracker')?.length,
      ],
      [['board-app'], true, 2, 1],
    );
    assert.match(
      await failure(boardApp.replace('$OLD_SUPABASE_KEY', '$ELSEWHERE'), { reveal: true }),
      /^\.github\/driftwatch\.yml:3: stores\.old\.key: the variable ELSEWHERE is not set\. Pass it to the step in env\.$/,
    );
    assert.equal(rulesOf(undefined, 'board-app'), undefined);
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
  - { reason: a, by: b, until: 2026-12-31, child: Mia }
ignored: true
`);
    const lines = message.split('\n');
    const expected = [
      /^\.github\/driftwatch\.yml:3: rule 1, until: the last day on which the rule holds, a calendar date such as 2026-12-31\.$/,
      /yml:6: rule 2: at least one of type, child, week, key, path is needed, or the rule would accept everything\.$/,
      /yml:12: rule 3, until: the last day/,
      /yml:13: rule 3, type: must be the type of a finding that has a place/,
      /yml:14: rule 3, wek: "wek" is not known here\. Remove it, or correct its spelling\.$/,
      /yml:15: rule 3, week: the date on which the week starts/,
      /yml:16: rule 4, by: who accepted it, at most 100 characters\.$/,
      /yml:17: rule 4, reason: why the difference is accepted/,
      /yml:19: rule 4, type: must be the type/,
      /yml:20: rule 4, week: the date on which the week starts/,
      /yml:21: rule 5: must be a rule with reason/,
      /yml:22: rule 6, child: must be as the report shows it, such as child-1a2b3c4d, since reveal-values is off\.$/,
      /yml:23: ignored: "ignored" is not known here/,
    ];
    assert.equal(lines.length, expected.length, message);
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
  });

  it('says in which line YAML itself breaks, without repeating what stands there', async () => {
    const broken = await failure('accepted:\n  - reason: "Mia never\n    by: [');
    assert.match(broken, /^\.github\/driftwatch\.yml:[23]: /);
    assert.doesNotMatch(broken, /Mia/);
    assert.match(await failure('accepted:\n  - path: *all\n'), /yml:2: .*text that begins with \* needs quotes\./);
  });

  it('takes UTF-8, with the mark that some editors put before it, and nothing else', async () => {
    assert.deepEqual(await read('\uFEFFaccepted: []\r\n'), []);
    mkdirSync(join(workspace, dirname(usual)), { recursive: true });
    for (const [text, encoding] of [
      ['\uFEFFaccepted: []\n', 'utf16le'],
      ['accepted: [] # größer\n', 'latin1'],
    ] as const) {
      writeFileSync(join(workspace, usual), text, encoding);
      assert.equal(await failure(undefined), '.github/driftwatch.yml:1: the file is not UTF-8 text. Save it as UTF-8.');
    }
  });

  it('does not blow up', async () => {
    assert.equal(await failure(`accepted: []\n# ${'x'.repeat(1_100_000)}`), '.github/driftwatch.yml:1: the file is larger than 1 MiB. Make it smaller.');
    assert.deepEqual(await read(`accepted: []\n# ${'x'.repeat(300_000)}`), []);
    const many = `accepted:\n${'  - { reason: a, by: b, until: 2026-12-31, type: ORPHAN_WEEK }\n'.repeat(201)}`;
    assert.match(await failure(many), /at most 200 rules/);
    mkdirSync(join(workspace, 'directory.yml'));
    assert.match(await failure(undefined, { name: 'directory.yml' }), /^The file directory\.yml is not a regular file/);
    assert.match(await failure(`accepted: ${'['.repeat(200_000)}`), /nested too deeply/);
    const wrongRules = await failure(`accepted:\n${'  - none\n'.repeat(50)}`);
    assert.deepEqual([wrongRules.split('\n').length, wrongRules.split('\n').at(-1)], [21, '… and 30 more.']);
  });

  it('names children and texts as a report does, and never repeats what may be a name', async () => {
    for (const place of [
      'child: Mia',
      'child: child-1A2B3C4D',
      'key: { child: Mia }',
      'path: habits/Read with Mia',
      'path: habits/김하준/*',
      'path: Mia',
      'path: habits/text(3, 1a2b3c4d) Mia',
    ]) {
      const message = await failure(named(place));
      assert.match(
        message,
        /^\.github\/driftwatch\.yml:5: rule 1, (child|key\.child|path): must be as the report shows it, .* since reveal-values is off\.$/,
        place,
      );
      assert.doesNotMatch(message, /Mia|김하준|1A2B/);
      assert.equal((await read(named(place), { reveal: true }))?.length, 1);
    }
    assert.doesNotMatch(await failure(named('key: { week: Mia }'), { reveal: true }), /Mia/);
    for (const place of [
      'child: child-0a1b2c3d',
      'path: theme',
      'path: habits/*',
      'path: "*"',
      'path: habits/text(12, 0a1b2c3d)',
      'path: habits/text(12, *)/2025-10-1*',
      'path: habits[3].times[2]',
      'path: habits/*/2025-10-13',
      'path: week_end_date',
      'key: { child: child-0a1b2c3d, week: 2025-10-13 }',
    ]) {
      assert.equal((await read(named(place)))?.length, 1, place);
    }
  });

  it('names keys and columns of a declared pair as a report does', async () => {
    const shown = [
      'key: { id: key-1a2b3c4d }',
      'key: { id: 7 }',
      'key: { id: "007" }',
      'key: { id: JqK4nYw0zXkQ8vBdR2tL }',
      'key: { id: 550e8400-e29b-41d4-a716-446655440000 }',
      'key: { id: null }',
      'key: { open: anybody }',
      'key: { day: 2025-10-13 }',
      'path: title',
      'path: "*"',
      'path: tit*',
      'path: id',
    ];
    for (const place of shown) assert.equal((await read(declared(place)))?.length, 1, place);
    for (const place of [
      'key: { id: Mia }',
      'key: { id: key-1A2B3C4D }',
      'key: { hidden: 7 }',
      'key: { day: Mia }',
      'path: Mia',
      'path: Mia*',
      'path: "*Mia*"',
    ]) {
      const message = await failure(declared(place));
      assert.match(
        message,
        /^\.github\/driftwatch\.yml:18: rule 1, (key\.\w+: must be as the report shows it, such as key-1a2b3c4d, since reveal-values is off|path: is not a column of what it covers\. Correct the name; \* stands for any characters)\.$/,
        place,
      );
      assert.doesNotMatch(message, /Mia|1A2B/);
    }
    for (const place of ['key: { id: Mia }', 'key: { hidden: 7 }']) assert.equal((await read(declared(place), { reveal: true }))?.length, 1);
    assert.match(await failure(declared('path: nickname'), { reveal: true }), /is not a column of what it covers/);
  });

  it('keeps every digit of a key', async () => {
    assert.deepEqual((await read(declared('key: { id: 12345678901234567890, day: 2025-10-13 }')))?.[0]?.key, { id: '12345678901234567890', day: '2025-10-13' });
    assert.deepEqual((await read(declared('key: { id: 1.50 }')))?.[0]?.key, { id: '1.5' });
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
    assert.match(await failure(undefined, { name: 'pipe.yml' }), /^The file pipe\.yml is not a regular file\./);
  });

  it('cannot name by pseudonym what has another pseudonym in every run', async () => {
    const key = 'sb_publishable_synthetic';
    for (const place of ['child: child-0a1b2c3d', 'key: { child: child-0a1b2c3d }', 'path: habits/text(12, 0a1b2c3d)']) {
      assert.match(
        await failure(named(place), { key }),
        /yml:5: rule 1, (child|key\.child|path): is a pseudonym, which holds for one run only with this key\. Set pseudonym-key, and copy it again\.$/,
      );
      assert.equal((await read(named(place), { key, own: 'a secret of its own' }))?.length, 1);
    }
    assert.equal((await read(named('path: habits/*'), { key }))?.length, 1);
    assert.match(await failure(declared('key: { id: key-1a2b3c4d }'), { key }), /rule 1, key\.id: is a pseudonym/);
    // Keyed by the store's own secret.
    assert.equal((await read(declared('key: { id: key-1a2b3c4d }').replace('normalized: supabase', 'normalized: old'), { key }))?.length, 1);
  });

  it('knows every type that a finding with a place can have', () => {
    const pair = createMemoryPair({ legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } }, 'skip');
    const kinds = ['missing', 'orphan', 'mismatch', 'duplicate', 'malformed', 'ambiguous-owner', 'wrong-owner'] as const;
    const known = new Set<string>(placedTypes);
    const told = kinds.flatMap((kind) =>
      levels.map((level) => pair.findingType({ kind, level, key: null, path: null, legacy: null, normalized: null, rowIds: {} }).type),
    );
    assert.deepEqual(new Set(told.filter((type) => type !== 'ORPHAN_CHILD')), known);
    assert.deepEqual(
      pair.shape.levels.map(({ name }) => name),
      levels,
    );
  });
});
