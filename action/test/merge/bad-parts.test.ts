import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { check } from '../../src/check.ts';
import { readSettings } from '../../src/inputs.ts';
import { merge } from '../../src/merge.ts';
import { findFiles } from '../../src/merge/files.ts';
import { measureOf } from '../../src/merge/measure.ts';
import { connectHabitTracker } from '../../src/pair/pairs.ts';
import { partOf } from '../../src/parts/part.ts';
import { fileOf } from '../../src/publish/files.ts';
import { renderHtml } from '../../src/publish/html/html.ts';
import { verdictLine } from '../../src/publish/markdown.ts';
import type { Report } from '../../src/report/report.ts';
import { fill, legacyWeek } from '../database.ts';
import { migrate } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';

/** What keeps parts from being one whole run is named, and what the others found is there all the same. */

const begun = Date.parse('2026-01-05T06:00:00Z');
const hour = 3_600_000;

let world: World;
let workspace: string;
/** Reports of three parts that belong together, as files have them, by their index; each child has lost its week. */
const good = new Map<number, ReturnType<typeof fileOf>>();

type Options = {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly now?: number;
  /** Happens once it is decided which reports count, and before they are added up. */
  readonly meanwhile?: () => void;
};

async function run(own: Readonly<Record<string, string>>, { inputs = {}, commit = 'c0ffee', now = begun, meanwhile }: Options = {}): Promise<Report> {
  const values: Record<string, string> = { 'supabase-url': world.url, 'supabase-key': world.secretKey, 'settle-seconds': '0', mode: 'full', ...inputs, ...own };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  const measure = measureOf({ settings, pair: 'habit-tracker', declaration: null, commit });
  const connection = await connectHabitTracker(settings);
  const { pair } = connection;
  if (meanwhile) Object.defineProperty(pair, 'isDeclared', { get: () => (meanwhile(), false) });
  const about = { settings, connection, now: () => new Date(now), measure };
  return settings.merge === undefined ? check(about) : merge({ ...about, pattern: settings.merge, workspace });
}

const mergeAll = (options: Options = {}, pattern = 'parts/**/*.json'): Promise<Report> => run({ merge: pattern }, { now: begun + hour, ...options });

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const goodPart = (index: number): ReturnType<typeof fileOf> => structuredClone(good.get(index) ?? assert.fail());

/** One child for each of the parts. */
const children = [1, 2, 3].map(
  (index) =>
    ['Mia', 'Zoë', 'Lina', 'Ben', 'Tom', 'Ida', 'Eva', 'Kim', 'Ana', 'Bo', 'Cem', 'Dua', 'Elif', 'Finn'].find((name) => partOf(name, 3) === index) ??
    assert.fail(),
);

before(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'bad-parts-'));
  world = await startWorld({ migrations: [] });
  const legacy = children.map((child_name, place) => legacyWeek({ id: String(place + 1), child_name }));
  const all = migrate(legacy, { weekAlignment: 'skip' });
  await fill(world, { legacy, normalized: { ...all, weeks: [], habits: [], habit_records: [] } });
  for (const index of [1, 2, 3]) good.set(index, fileOf(await run({ part: `${index}/3` })));
});
after(async () => {
  await world.close();
  rmSync(workspace, { recursive: true });
});
beforeEach(() => {
  rmSync(join(workspace, 'parts'), { recursive: true, force: true });
  for (const index of [1, 2, 3]) write(`parts/${index}/report.json`, goodPart(index));
});

const expectUnknown = (report: Report, named: string, compared = 3): void => {
  assert.equal(report.verdict, 'unknown');
  assert.ok(report.reason?.includes(named), report.reason);
  assert.equal(report.drift.compared, compared);
  assert.equal(report.findingsByType['MISSING_WEEK'] ?? 0, compared);
};

describe('parts that belong together', () => {
  it('are one run', async () => {
    const report = await mergeAll();
    assert.deepEqual([report.verdict, report.severity, report.drift.compared, report.findingsTotal], ['drift', 'critical', 3, 7]);
    assert.equal(report.part, undefined);
    assert.equal(report.reason, undefined);
  });

  it('say from when to when they ran', async () => {
    write('parts/2/report.json', { ...goodPart(2), startedAt: '2026-01-05T05:00:00.000Z', finishedAt: '2026-01-05T05:00:10.000Z' });
    write('parts/3/report.json', { ...goodPart(3), finishedAt: '2026-01-05T06:30:00.000Z' });
    const report = await mergeAll();
    assert.deepEqual([report.startedAt, report.finishedAt, report.durationMs], ['2026-01-05T05:00:00.000Z', '2026-01-05T06:30:00.000Z', 1.5 * hour]);
  });

  it('leave out a report of no part, with a remark', async () => {
    write('parts/whole.json', fileOf(await run({})));
    const report = await mergeAll();
    assert.equal(report.verdict, 'drift');
    assert.match(report.remarks?.join() ?? '', /not reports of parts, so they were left out: parts\/whole\.json\./);
  });
});

describe('parts that do not belong together', () => {
  it('say which one is missing', async () => {
    rmSync(join(workspace, 'parts/2'), { recursive: true });
    expectUnknown(await mergeAll(), 'Missing: 2/3. ', 2);
  });

  it('say which one is there more than once, and take the one that began last', async () => {
    write('parts/later/report.json', {
      ...goodPart(2),
      startedAt: '2026-01-05T06:10:00.000Z',
      findings: [],
      findingsByType: {},
      findingsTotal: 0,
      evidence: { ...goodPart(2).evidence, findings: [], entities: goodPart(2).evidence?.entities.map((one) => ({ ...one, differing: 0, compared: 0 })) },
    });
    expectUnknown(await mergeAll(), 'Found more than once: 2/3 (parts/2/report.json), 2/3 (parts/later/report.json)', 2);
  });

  it('say which one lacks an entity, has numbers that do not add up, or begins after this run', async () => {
    const { evidence } = goodPart(2);
    for (const wrong of [
      { evidence: { ...evidence, entities: [] } },
      { findingsTotal: 99 },
      { evidence: { ...evidence, entities: evidence?.entities.map((one) => ({ ...one, compared: -1 })) } },
    ]) {
      write('parts/2/report.json', { ...goodPart(2), ...wrong });
      assert.match((await mergeAll()).reason ?? '', /Damaged or not a report: 2\/3 \(parts\/2\/report\.json\)/);
    }
    write('parts/2/report.json', { ...goodPart(2), startedAt: '2099-01-01T00:00:00.000Z' });
    assert.match((await mergeAll()).reason ?? '', /Begun later than this run by its clock: 2\/3 \(parts\/2\/report\.json\)/);
  });

  for (const [what, options] of [
    ['input', { inputs: { 'high-threshold': '0.2%' } }],
    ['commit', { commit: 'bad' }],
  ] as const) {
    it(`say which one is of another ${what}`, async () => {
      write('parts/2/report.json', fileOf(await run({ part: '2/3' }, options)));
      const report = await mergeAll();
      expectUnknown(report, 'other inputs: 2/3 (parts/2/report.json)', 2);
      assert.match(report.reason ?? '', /Missing: 2\/3\./);
    });
  }

  it('say which one is of another pair, or of another number of parts', async () => {
    write('parts/2/report.json', { ...goodPart(2), pair: 'shop' });
    expectUnknown(await mergeAll(), 'other inputs: 2/3 (parts/2/report.json)', 2);
    write('parts/2/report.json', { ...goodPart(2), part: { index: 2, of: 8 } });
    expectUnknown(await mergeAll(), 'other inputs: 2/8 (parts/2/report.json)', 2);
  });

  it('put no weight on what is the merge’s own', async () => {
    const report = await mergeAll({ inputs: { seed: 'mine', 'issue-on': 'never', 'fail-on': 'never', 'issue-labels': 'x' } });
    assert.deepEqual([report.verdict, report.seed], ['drift', 'mine']);
  });

  it('say which one is too old', async () => {
    write('parts/2/report.json', { ...goodPart(2), startedAt: new Date(begun - 5.9 * hour).toISOString() });
    assert.equal((await mergeAll()).verdict, 'drift');
    write('parts/2/report.json', { ...goodPart(2), startedAt: new Date(begun - 6.1 * hour).toISOString() });
    expectUnknown(await mergeAll(), 'Begun more than 6 hours before the last one: 2/3 (parts/2/report.json)');
    expectUnknown(
      await mergeAll({ now: begun + 25 * hour }),
      'Begun more than 24 hours ago: 1/3 (parts/1/report.json), 2/3 (parts/2/report.json), 3/3 (parts/3/report.json)',
    );
  });

  it('say which one is unknown, or did not come to its end', async () => {
    write('parts/2/report.json', { ...goodPart(2), verdict: 'unknown', reason: 'Anything.' });
    expectUnknown(await mergeAll(), 'Ended unknown: 2/3 (parts/2/report.json)');
    write('parts/2/report.json', { ...goodPart(2), evidence: { ...goodPart(2).evidence, interruption: 'Out of time.' } });
    expectUnknown(await mergeAll(), 'Not compared to the end within the time budget: 2/3 (parts/2/report.json)');
  });

  it('say what a whole run would say where all of them met the same', async () => {
    const reason = 'Both sides are empty: there is nothing to compare.';
    for (const index of [1, 2, 3]) write(`parts/${index}/report.json`, { ...goodPart(index), verdict: 'unknown', reason });
    const named = '1/3 (parts/1/report.json), 2/3 (parts/2/report.json), 3/3 (parts/3/report.json)';
    expectUnknown(await mergeAll(), `${reason} All parts ended unknown for this reason: ${named}.`);
    write('parts/3/report.json', { ...goodPart(3), verdict: 'unknown', reason: 'The project did not answer.' });
    expectUnknown(await mergeAll(), `The parts do not make one whole run. Ended unknown: ${named}.`);
    for (const index of [1, 2]) rmSync(join(workspace, `parts/${index}`), { recursive: true });
    write('parts/3/report.json', { ...goodPart(3), part: { index: 1, of: 1 }, verdict: 'unknown', reason: 'Table a\\u{60}b|c\n::error::forged' });
    expectUnknown(
      await mergeAll(),
      'Table a\\u{60}b|c\\u{a}\\u{3a}:error\\u{3a}:forged All parts ended unknown for this reason: 1/1 (parts/3/report.json).',
      1,
    );
  });

  it('say which file is damaged, and which part it is of where it says so', async () => {
    for (const text of ['', '{', '[]', 'null', '7', '{"schemaVersion":2}']) {
      write('parts/2/report.json', text);
      expectUnknown(await mergeAll(), 'Damaged or not a report: parts/2/report.json. ', 2);
    }
    const { evidence: _evidence, ...less } = goodPart(2);
    for (const content of [less, { ...goodPart(2), drift: null }, { ...goodPart(2), schemaVersion: 3 }, { ...goodPart(2), findings: [] }]) {
      write('parts/2/report.json', content);
      expectUnknown(await mergeAll(), 'Damaged or not a report: 2/3 (parts/2/report.json). ', 2);
    }
    write('parts/2/report.json', { ...goodPart(2), part: { index: 4, of: 3 } });
    expectUnknown(await mergeAll(), 'Damaged or not a report: parts/2/report.json. ', 2);
  });

  it('say which file was lost or exchanged while they were read', async () => {
    for (const content of ['{', goodPart(1)]) {
      write('parts/2/report.json', goodPart(2));
      const meanwhile = () => write('parts/2/report.json', content);
      expectUnknown(await mergeAll({ meanwhile }), 'Damaged or not a report: 2/3 (parts/2/report.json). ', 2);
    }
  });

  it('follow no link out of the workspace', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'report.json'), JSON.stringify(goodPart(2)));
    rmSync(join(workspace, 'parts/2'), { recursive: true });
    symlinkSync(join(outside, 'report.json'), join(workspace, 'parts/report.json'));
    try {
      expectUnknown(await mergeAll(), 'Damaged or not a report: parts/report.json. ', 2);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('say that there is none', async () => {
    expectUnknown(await mergeAll({}, 'nowhere/*.json'), 'No file in the workspace matches merge (nowhere/*.json)', 0);
    write('parts/whole.json', fileOf(await run({})));
    expectUnknown(await mergeAll({}, 'parts/whole.json'), 'None of the files that merge matches is the report of a part', 0);
  });

  /** As the issue, the summary and Discord have it, and the page. */
  const shownOf = (report: Report): readonly string[] => [verdictLine(report), renderHtml(report, { runUrl: undefined })];

  it('name each that is missing in the file, and neighbours as one where channels have no room for more', async () => {
    for (const index of [1, 2, 3]) write(`parts/${index}/report.json`, { ...goodPart(index), part: { index: 10 * index, of: 900 } });
    const report = await mergeAll();
    const missing = Array.from({ length: 900 }, (_, place) => place + 1).filter((index) => ![10, 20, 30].includes(index));
    assert.ok(fileOf(report).reason?.includes(`Missing: ${missing.map((index) => `${index}/900`).join(', ')}. Look at`));
    for (const text of shownOf(report))
      assert.match(text, /Missing: 1\/900 to 9\/900, 11\/900 to 19\/900, 21\/900 to 29\/900, 31\/900 to 900\/900\. Look at the jobs .* of one run only\./);
    assert.equal('shortReason' in fileOf(report), false);
  });

  it('name each of up to twenty, with its file where there is room', async () => {
    for (let index = 1; index <= 20; index += 1) write(`parts/of-one-run/part-${index}/report.json`, { ...goodPart(1), part: { index, of: 20 }, pair: 'shop' });
    const report = await mergeAll();
    for (const text of shownOf(report)) assert.match(text, /other inputs: 1\/20, 10\/20, 11\/20, .*9\/20\. Look at the jobs .* of one run only\./);
    assert.match(report.reason ?? '', /other inputs: 1\/20 \(parts\/of-one-run\/part-1\/report\.json\), 10\/20 \(/);
    write('parts/of-one-run/part-21/report.json', { ...goodPart(1), part: { index: 1, of: 20 }, pair: 'shop' });
    assert.match(verdictLine(await mergeAll()), /other inputs: 1\/20, 1\/20 to 20\/20\. Look at/);
  });

  it('count those that are too many to name', async () => {
    for (let index = 1; index <= 400; index += 1) write(`parts/${'long'.repeat(40)}-${index}/report.json`, '{');
    const report = await mergeAll();
    for (const text of shownOf(report)) assert.match(text, /Damaged or not a report: 400\. Look at the jobs .* of one run only\./);
  });

  it('say that they are where the run writes its own report', async () => {
    const inParts = (directory: string, pattern?: string) => mergeAll({ inputs: { 'report-directory': directory } }, pattern);
    const { reason = '' } = await inParts('parts');
    assert.match(
      reason,
      /^All files that match merge \(parts\/\*\*\/\*\.json\) are in report-directory \(parts\), where this run writes its own report, so none of them was read\. /,
    );
    expectUnknown(await inParts('parts/2'), 'Missing: 2/3. In report-directory, which this run writes to and never reads: parts/2/report.json. ', 2);
    write('parts/own/report.json', goodPart(1));
    assert.equal((await inParts('parts/own')).verdict, 'drift', 'what nobody misses is not worth a word');
  });

  it('make a file name harmless', async () => {
    write('parts/@a|b`c\u202e.json', '{');
    const { reason = '' } = await mergeAll();
    assert.ok(reason.includes('parts/@a\\u{7c}b\\u{60}c\\u{202e}.json'), reason);
  });
});

describe('a pattern', () => {
  it('knows stars, question marks and alternatives, and nothing else', async () => {
    write('parts/[1]/report.json', '');
    write('parts/deep/er/report.json', '');
    const found = (pattern: string, directory = 'drift-report') => findFiles(pattern, workspace, directory).then(({ files }) => files);
    assert.deepEqual(await found('parts/?/report.json'), ['parts/1/report.json', 'parts/2/report.json', 'parts/3/report.json']);
    assert.deepEqual(await found('parts/{1,3}/*.json'), ['parts/1/report.json', 'parts/3/report.json']);
    assert.deepEqual(await found('parts/[1]/report.json'), ['parts/[1]/report.json']);
    write('parts/+(a)/report.json', '');
    assert.deepEqual(await found('parts/+(a)/report.json'), ['parts/+(a)/report.json']);
    rmSync(join(workspace, 'parts/+(a)'), { recursive: true });
    assert.deepEqual(await found('**/er/report.json'), ['parts/deep/er/report.json']);
    assert.deepEqual(await found('parts/**/report.json', 'parts/deep'), [
      'parts/1/report.json',
      'parts/2/report.json',
      'parts/3/report.json',
      'parts/[1]/report.json',
    ]);
  });
});
