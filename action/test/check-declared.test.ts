import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, mock } from 'node:test';
import { check } from '../src/check.ts';
import { readSettings } from '../src/inputs.ts';
import { readConfig, rulesOf } from '../src/pair/config.ts';
import { connect } from '../src/pair/pairs.ts';
import { fileOf } from '../src/publish/files.ts';
import { logVerdict } from '../src/publish/log.ts';
import { nextSteps, verdictLine } from '../src/publish/markdown.ts';
import { renderSummary } from '../src/publish/summary.ts';
import type { Report } from '../src/report/report.ts';
import { openStage, type Stage } from './pair/declared/stage.ts';
import { contextOf } from './publish/issue-setup.ts';

/** A pair that a file declares, from the file to what people read of it. */

const declaration = `
pairs:
  board-app:
    legacy: supabase
    normalized: supabase
    entities:
      posts:
        legacy: old_posts
        normalized: posts
        fields: { title: title, likes: { from: likes, type: integer } }
        changed: { legacy: changed_at }
      members:
        legacy: old_members
        normalized: members
        key: [board, name]
        fields: { role: role }
`;

let stage: Stage;
let workspace: string;

before(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'declared-'));
  stage = await openStage();
  await stage.world.sql(`
    create table old_posts (id bigint primary key, title text, likes integer, changed_at timestamptz, search_tokens text);
    create table posts (id bigint primary key, title text, likes integer);
    create table old_members (board text, name text, role text, primary key (board, name));
    create table members (board text, name text, role text, invited_by text, primary key (board, name));
    insert into old_posts select n, 'Title ' || n, n, timestamptz '2025-10-13 06:00:00+00' + n * interval '1 minute', 'tokens' from generate_series(1, 40) n;
    insert into posts select id, title, likes from old_posts;
    insert into old_members select 'b' || n, 'Mia Kim ' || n, 'owner' from generate_series(1, 5) n;
    insert into members select board, name, role, null from old_members;
  `);
});
after(async () => {
  await stage.close();
  rmSync(workspace, { recursive: true });
});

async function run(inputs: Record<string, string> = {}, accepted = ''): Promise<Report> {
  writeFileSync(join(workspace, 'driftwatch.yml'), `${declaration}${accepted}`);
  const values: Record<string, string> = {
    'supabase-url': stage.door.url,
    'supabase-key': stage.world.secretKey,
    'settle-seconds': '0',
    config: 'driftwatch.yml',
    ...inputs,
  };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  const config = await readConfig(settings, workspace, {});
  const connection = await connect(settings, config);
  return check({ settings, connection, rules: rulesOf(config, connection.pair.name), now: () => new Date('2025-10-13T07:00:00Z') });
}

function logOf(report: Report): string {
  let text = '';
  const write = mock.method(process.stdout, 'write', (some: unknown) => {
    text += String(some);
    return true;
  });
  try {
    logVerdict(report);
  } finally {
    write.mock.restore();
  }
  return text;
}

const rule = (parts: string): string => `accepted:\n  - { reason: Known, by: Noor, until: 2026-12-31, ${parts} }\n`;

describe('a declared pair', () => {
  it('is in sync, with what nobody compares said', async () => {
    const report = await run();
    assert.deepEqual([report.verdict, report.pair, report.drift.compared, report.drift.population], ['in-sync', 'board-app', 45, 45], logOf(report));
    assert.deepEqual(report.notCompared, { posts: { legacy: ['search_tokens'], normalized: [] }, members: { legacy: [], normalized: ['invited_by'] } });
    assert.equal(verdictLine(report), '🟢 **In sync: all 45 rows compared, nothing differs.**');
    assert.match(logOf(report), /\nposts: legacy search_tokens\nmembers: normalized invited_by\n/);
    assert.match(renderSummary(report, contextOf(1)), /\| `posts` \| `search_tokens` \| – \|/);
    assert.ok(report.reads.legacy >= 45 && report.reads.normalized >= 45);
    assert.ok(fileOf(report).entities?.every(({ compared, population }) => compared === population && compared > 0));
  });

  it('compares what has a key that is too long for an address, and everybody else all the same', async () => {
    // The same beginning, and one that is spelled in two ways.
    const long = (end: string): string => `repeat('가', 20000) || U&'caf\\00e9${end}'`;
    await stage.world.sql(`
      insert into old_members values ('long', ${long('1')}, 'owner'), ('long', ${long('2')}, 'owner'), ('long', ${long('3')}, 'owner');
      insert into members values ('long', ${long('1')}, 'guest', null), ('long', normalize(${long('2')}, nfd), 'guest', null);
      update members set role = 'guest' where board = 'b1'`);
    const report = await run();
    const left = await run({ mode: 'sample' });
    await stage.world.sql(`delete from old_members where board = 'long'; delete from members where board = 'long'; update members set role = 'owner'`);
    assert.deepEqual([report.verdict, report.findingsByType], ['drift', { COUNT_MISMATCH: 1, DATA_MISMATCH: 3, MISSING_ROW: 1 }], logOf(report));
    assert.deepEqual([left.verdict, left.findingsByType], ['drift', { COUNT_MISMATCH: 1, DATA_MISMATCH: 3, MISSING_ROW: 1 }], logOf(left));
  });

  it('differs by what was changed, in words of its own and under pseudonyms', async () => {
    await stage.world.sql(`update posts set title = 'Else' where id in (7, 8); delete from members where board = 'b2'`);
    const report = await run();
    assert.equal(
      verdictLine(report),
      '🔴 **Drift, critical: 3 of 45 compared rows differ** (drift rate 20% in `members`): 1 × `MISSING_ROW`, 1 × `COUNT_MISMATCH`, 2 × `DATA_MISMATCH`.',
    );
    const summary = renderSummary(report, contextOf(1));
    const log = logOf(report);
    assert.match(summary, /\| medium \| `DATA_MISMATCH` \| `posts` \| `id=7` \| `title` \| `text\(7, [0-9a-f]{8}\)` \| `text\(4, [0-9a-f]{8}\)` \|/);
    assert.match(summary, /\| critical \| `MISSING_ROW` \| `members` \| `board=key-[0-9a-f]{8}, name=key-[0-9a-f]{8}` \| – \|/);
    assert.match(log, /MISSING_ROW members, board=key-[0-9a-f]{8}, name=key-[0-9a-f]{8}: /);
    for (const text of [summary, log, JSON.stringify(fileOf(report))]) assert.doesNotMatch(text, /Mia|Title 7|Else|\bweeks?\b|\bchild/);
    const steps = nextSteps(report, contextOf(1));
    assert.match(
      steps,
      /^1\. \*\*Look at the first difference\*\*, in a terminal at the root of this repository: `npx driftwatch explain members key-[0-9a-f]{8} key-[0-9a-f]{8} --pair board-app --config driftwatch\.yml`\n/,
    );
    assert.match(
      steps,
      /npx driftwatch repair --pair board-app --config driftwatch\.yml --entity posts\n {3}npx driftwatch repair --pair board-app --config driftwatch\.yml --entity members\n/,
    );
    const file = fileOf(report);
    assert.ok(file.findings.every((finding) => !('child' in finding) && !('weekStart' in finding)));
  });

  it('is judged without what rules accept, which copy keys and columns from the report', async () => {
    const [missing] = (await run()).findings;
    assert.equal(missing?.type, 'MISSING_ROW');
    const both =
      rule(`level: members, key: { board: ${missing.key?.['board']}, name: ${missing.key?.['name']} }`) +
      rule('level: posts, type: DATA_MISMATCH, path: title').replace('accepted:\n', '');
    const report = await run({}, both);
    assert.deepEqual(
      [report.verdict, report.accepted?.map(({ state, findings, weeks }) => [state, findings, weeks])],
      [
        'in-sync',
        [
          ['active', 1, 1],
          ['active', 2, 2],
        ],
      ],
      logOf(report),
    );
    const one = await run({}, rule('key: { id: 7 }'));
    assert.deepEqual([one.drift.differing, one.accepted?.map(({ findings }) => findings)], [2, [1]]);
    assert.match(renderSummary(one, contextOf(1)), /\| accepted \| `anything, id=7` \| `Known` \| `Noor` \| `2026-12-31` \| 1 \| 1 \|/);
    await assert.rejects(run({}, rule('level: members, key: { name: Mia Kim 2 }')), /driftwatch\.yml:18: rule 1, key\.name: must be as the report shows it/);
  });

  it('compares what was written recently, and says that it did no more', async () => {
    const report = await run({ 'changed-within': '30m' });
    assert.equal(report.mode, 'recent');
    assert.match(logOf(report), /Recent writes in sync|Drift in recent writes/);
    assert.match(verdictLine(report), /recent/i);
  });

  it('takes a time that no calendar shows for one that nobody knows', async () => {
    await stage.world.sql(
      `update old_posts set changed_at = case id when 7 then 'infinity' else '0044-03-15 12:00:00+00 BC' end::timestamptz where id in (7, 8)`,
    );
    const report = await run();
    assert.deepEqual(
      report.findings.filter(({ level }) => level === 'posts').map(({ type, key, writtenOn }) => [type, key?.['id'], writtenOn]),
      [
        ['DATA_MISMATCH', '7', undefined],
        ['DATA_MISMATCH', '8', undefined],
      ],
    );
  });
});
