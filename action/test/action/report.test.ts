import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, largeCase, loadCase, referenceCase, uuid } from '../../../demo/data.ts';
import { startWorld, type World } from '../world.ts';
import { everythingSaid, startStage, type FindingOfFile, type ReportFile, type Stage, type StageRun } from './stage.ts';

/** The contract's words about `report.json`, written down once more. */
const severityOfType: Readonly<Record<string, string>> = {
  COUNT_MISMATCH: 'high',
  MISSING_CHILD: 'critical',
  MISSING_WEEK: 'critical',
  ORPHAN_WEEK: 'high',
  DUPLICATE_WEEK: 'high',
  MISSING_HABIT: 'critical',
  ORPHAN_HABIT: 'high',
  MISSING_RECORD: 'critical',
  ORPHAN_RECORD: 'high',
  DATA_MISMATCH: 'medium',
  MALFORMED_LEGACY: 'medium',
  WRONG_OWNER: 'critical',
  AMBIGUOUS_OWNER: 'medium',
};
const levels = ['children', 'weeks', 'habits', 'records'];
const reportFields = [
  'schemaVersion',
  'pair',
  'mode',
  'engine',
  'seed',
  'startedAt',
  'finishedAt',
  'durationMs',
  'verdict',
  'severity',
  'thresholds',
  'confidence',
  'drift',
  'counts',
  'skipped',
  'transient',
  'sourceVersions',
  'findings',
  'findingsTotal',
  'findingsTruncated',
  'health',
];
const findingFields = ['type', 'severity', 'level', 'key', 'child', 'weekStart', 'path', 'legacy', 'normalized', 'rowIds'];
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const whole = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const fraction = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

function assertFinding(finding: FindingOfFile): void {
  assert.deepEqual(Object.keys(finding).toSorted(), findingFields.toSorted());
  const { type, severity, level, key, child, weekStart, path, legacy, normalized, rowIds } = finding;
  assert.equal(severity, severityOfType[type], type);
  assert.ok(levels.includes(level));
  assert.deepEqual(key, type === 'COUNT_MISMATCH' ? null : { child, week: weekStart });
  if (child !== null) assert.match(child, /^child-[0-9a-f]{8}$/);
  if (weekStart !== null) assert.match(weekStart, /^\d{4}-\d\d-\d\d$/);
  if (path !== null) assert.match(path, /^(theme|reward|reflection|week_(start|end)_date|habits(\[.*|\/.*)?)$/);
  for (const value of [legacy, normalized]) assert.ok(value === null || typeof value === 'string' || typeof value === 'number');
  for (const [table, ids] of Object.entries(rowIds)) {
    assert.ok(['habit_tracker', 'weeks', 'habits', 'habit_records', 'children'].includes(table), table);
    assert.ok(Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === 'string'));
  }
}

function inOrder(a: FindingOfFile, b: FindingOfFile): boolean {
  const rank = ({ severity }: FindingOfFile) => ['critical', 'high', 'medium'].indexOf(severity);
  const key = ({ child, weekStart, path }: FindingOfFile) => [child ?? '', weekStart ?? '', path ?? ''];
  if (rank(a) !== rank(b)) return rank(a) < rank(b);
  const [left, right] = [key(a), key(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 || (left[at] ?? '') < (right[at] ?? '');
}

function assertReport({ report, outputs }: StageRun): void {
  assert.deepEqual(
    reportFields.filter((field) => !(field in report)),
    [],
  );
  assert.equal(report.schemaVersion, 2);
  assert.equal(report.pair, 'habit-tracker');
  assert.ok(['sample', 'full'].includes(report.mode) && ['stream', 'digest'].includes(report.engine));
  assert.match(report.startedAt, utc);
  assert.match(report.finishedAt, utc);
  assert.ok(report.startedAt <= report.finishedAt && whole(report.durationMs));
  assert.equal('reason' in report, report.verdict === 'unknown');
  assert.ok(fraction(report.thresholds.high) && fraction(report.thresholds.critical) && fraction(report.confidence));
  const { rate, upperBound, differing, compared, population } = report.drift;
  assert.ok(fraction(rate) && fraction(upperBound) && rate <= upperBound);
  assert.ok([differing, compared, population].every(whole) && differing <= compared && compared <= population);
  for (const count of report.counts) {
    assert.deepEqual(Object.keys(count).toSorted(), ['difference', 'expected', 'legacy', 'level', 'normalized']);
    assert.ok(levels.includes(count.level) && [count.legacy, count.expected, count.normalized].every(whole));
    assert.equal(count.difference, count.normalized - count.expected);
  }
  assert.deepEqual(
    report.counts.map(({ level }) => level),
    report.mode === 'full' ? levels : ['weeks'],
  );
  for (const skipped of report.skipped) assert.ok(skipped.reason === 'not-a-monday' && whole(skipped.count));
  assert.ok(whole(report.transient) && Array.isArray(report.health));
  assert.ok(Object.values(report.sourceVersions).every(whole));

  report.findings.forEach(assertFinding);
  for (const [index, finding] of report.findings.slice(1).entries()) {
    assert.ok(inOrder(report.findings[index] ?? finding, finding), JSON.stringify([report.findings[index], finding]));
  }
  assert.ok(whole(report.findingsTotal) && report.findings.length === Math.min(report.findingsTotal, 10_000));
  assert.equal(report.findingsTruncated, report.findingsTotal > 10_000);

  // The largest of the share of weeks that differ and, for each level, the difference of the counts.
  const shares = report.counts.map(({ expected, normalized }) => Math.abs(expected - normalized) / Math.max(expected, normalized, 1));
  assert.equal(rate, Math.max(compared === 0 ? 0 : differing / compared, ...shares));
  const { high, critical } = report.thresholds;
  const severity = report.findingsTotal === 0 ? 'none' : rate > critical ? 'critical' : rate > high ? 'high' : 'medium';
  assert.equal(report.severity, severity);

  const said = {
    verdict: report.verdict,
    severity: report.severity,
    'drift-rate': String(rate),
    'drift-rate-upper-bound': String(upperBound),
    compared: String(compared),
    population: String(population),
    findings: String(report.findingsTotal),
    seed: report.seed,
  };
  for (const [name, value] of Object.entries(said)) assert.equal(outputs[name], value, name);
}

const countOf = (report: ReportFile): Record<string, number> =>
  Object.fromEntries(Object.entries(Object.groupBy(report.findings, ({ type }) => type)).map(([type, findings]) => [type, findings?.length ?? 0]));

describe('report.json and the outputs', () => {
  let world: World;
  let stage: Stage;
  before(async () => {
    world = await startWorld();
    stage = await startStage(world);
  });
  after(async () => {
    await stage.close();
    await world.close();
  });

  it('say 165 missing records, six weeks skipped as expected, and nothing else about the case that every run is measured by', async () => {
    await loadCase(world, referenceCase());
    const run = await stage.run();
    assertReport(run);
    const { report } = run;
    assert.deepEqual(countOf(report), { MISSING_RECORD: 165, COUNT_MISMATCH: 1 });
    assert.deepEqual(report.skipped, [{ reason: 'not-a-monday', count: 6 }]);
    assert.deepEqual(report.counts.map(({ level, legacy, expected, normalized }) => [level, legacy, expected, normalized]).slice(1, 4), [
      ['weeks', 24, 18, 18],
      ['habits', report.counts[2]?.legacy, 117, 117],
      ['records', report.counts[3]?.legacy, 448, 283],
    ]);
    assert.deepEqual([report.mode, report.drift.compared, report.drift.population, report.sourceVersions], ['full', 18, 18, { migration: 18 }]);
    assert.equal(report.drift.upperBound, report.drift.rate);
    for (const { legacy, normalized, path, rowIds } of report.findings.filter(({ type }) => type === 'MISSING_RECORD')) {
      assert.ok(['green', 'yellow', 'red'].includes(String(legacy)) && normalized === null);
      assert.match(path ?? '', /^habits\/text\(\d+, [0-9a-f]{8}\)\/\d{4}-\d\d-\d\d$/);
      assert.ok(rowIds['habit_tracker']?.length === 1 && rowIds['weeks']?.length === 1);
    }
  });

  it('have one finding for one change, of its type, at its place, with the rows that it is about', async () => {
    await world.sql('truncate habit_tracker, children, weeks, habits, habit_records cascade');
    await loadCase(world, inSyncCase());
    const [first] = await world.sql<{ child: string; name: string; weeks: number; start: string }>(
      `select c.id child, c.name, count(*)::int weeks, min(w.week_start_date)::text start from children c join weeks w on w.child_id = c.id group by c.id order by c.id limit 1`,
    );
    const [week, theme, status, end, habit, record, clone] = await world.sql<{ id: string; child: string; start: string }>(
      `select id, child_id child, week_start_date::text start from weeks where child_id <> '${first?.child}' order by child_id, week_start_date limit 7`,
    );
    const anyHabit = (of: string | undefined) => `(select id from habits where week_id = '${of}' order by id limit 1)`;
    const anyRecord = (of: string | undefined) =>
      `(select r.id from habit_records r join habits h on h.id = r.habit_id where h.week_id = '${of}' order by r.id limit 1)`;
    const [gone] = await world.sql<{ habit: string; record: string }>(`select ${anyHabit(habit?.id)} habit, ${anyRecord(record?.id)} record`);
    await world.sql(`
      alter table weeks drop constraint ck_weeks_date_range;
      delete from children where id = '${first?.child}';
      delete from weeks where id = '${week?.id}';
      update weeks set theme = 'Something else entirely' where id = '${theme?.id}';
      update habit_records set status = case status when 'red' then 'green' else 'red' end where id = ${anyRecord(status?.id)};
      update weeks set week_end_date = week_end_date + 1 where id = '${end?.id}';
      delete from habits where id = '${gone?.habit}';
      delete from habit_records where id = '${gone?.record}';
      insert into weeks (id, user_id, child_id, week_start_date, week_end_date)
        select '${uuid('orphan')}', user_id, child_id, '2030-01-07', '2030-01-13' from weeks where id = '${clone?.id}';
      insert into habits (id, week_id, name) values ('${uuid('too many')}', '${clone?.id}', 'Too many');
      insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits, updated_at)
        select 9001, user_id, child_name, 'again', week_start_date, '[]', '2001-01-01' from habit_tracker
        where week_start_date = '${clone?.start}' and user_id = (select user_id from weeks where id = '${clone?.id}')
          and normalize(trim(child_name), nfc) = (select name from children where id = '${clone?.child}');
      insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, habits)
        values (9002, null, 'Nobody', 'no date', null, '[]');
    `);
    stage.github.issues.length = 0;
    const run = await stage.run();
    assertReport(run);
    const of = (type: string) => run.report.findings.filter((finding) => finding.type === type);
    const only = (type: string): FindingOfFile => {
      const [finding, ...others] = of(type);
      assert.ok(finding && others.length === 0, `${type}: ${JSON.stringify(of(type))}`);
      return finding;
    };

    assert.deepEqual([only('MISSING_CHILD').weekStart, only('MISSING_CHILD').level], [first?.start, 'children']);
    assert.equal(only('MISSING_WEEK').weekStart, week?.start);
    assert.deepEqual([only('ORPHAN_WEEK').weekStart, only('ORPHAN_WEEK').rowIds['weeks']], ['2030-01-07', [uuid('orphan')]]);
    assert.deepEqual(only('ORPHAN_HABIT').rowIds['habits'], [uuid('too many')]);
    assert.deepEqual([only('MISSING_HABIT').weekStart, only('MISSING_HABIT').path?.split('/').length], [habit?.start, 2]);
    assert.deepEqual([only('MISSING_RECORD').weekStart, only('MISSING_RECORD').path?.split('/').length], [record?.start, 3]);
    const duplicate = only('DUPLICATE_WEEK');
    assert.ok(duplicate.rowIds['habit_tracker']?.length === 2 && duplicate.rowIds['habit_tracker'].includes('9001'));
    assert.deepEqual([only('MALFORMED_LEGACY').path, only('MALFORMED_LEGACY').rowIds], ['week_start_date', { habit_tracker: ['9002'] }]);
    const mismatches = of('DATA_MISMATCH').map(({ path, legacy, normalized }) => [path?.replace(/text\(.*?\)/, 'text'), legacy, normalized]);
    assert.equal(mismatches.length, 3);
    const paths = mismatches.map(([path]) => String(path).replace(/\d{4}-.*$/, 'date')).toSorted();
    assert.deepEqual(paths, ['habits/text/date', 'theme', 'week_end_date']);

    // The weeks of the missing child differ, each of them; a row without a date claims none.
    assert.deepEqual([run.report.drift.compared, run.report.drift.population], [19, 19]);
    assert.equal(run.report.drift.differing, (first?.weeks ?? 0) + 8);
    assert.deepEqual(
      Object.values(run.report.sourceVersions).reduce((sum, weeks) => sum + weeks, 0),
      18 - (first?.weeks ?? 0) - 1 + 1,
    );
  });

  it('bound the rate of a sample as Clopper and Pearson do', async () => {
    await world.sql('truncate habit_tracker, children, weeks, habits, habit_records cascade');
    await loadCase(world, inSyncCase());
    const run = await stage.run({ mode: 'sample', 'sample-size': '10', confidence: '0.9', 'dry-run': 'true' });
    assertReport(run);
    assert.deepEqual([run.report.drift.compared, run.report.drift.population, run.report.drift.rate], [10, 18, 0]);
    // None of n: 1 − (1 − confidence)^(1/n).
    assert.ok(Math.abs(run.report.drift.upperBound - (1 - 0.1 ** (1 / 10))) < 1e-9);
    assert.deepEqual(Object.values(run.report.sourceVersions), [10]);
    const all = await stage.run({ mode: 'sample', 'dry-run': 'true' });
    assert.deepEqual([all.report.drift.compared, all.report.drift.upperBound], [18, 0]);
  });

  it('are there for a run that could not tell', async () => {
    const run = await stage.run({ 'supabase-key': 'sb_secret_of_another_project', 'dry-run': 'true' });
    assert.deepEqual([run.report.verdict, run.report.findings, run.report.severity], ['unknown', [], 'none']);
    assert.deepEqual(
      reportFields.filter((field) => !(field in run.report)),
      [],
    );
    assert.match(run.html, /^<!doctype html>/i);
    assert.match(run.metrics, /^driftwatch_verdict\{pair="habit-tracker",verdict="unknown"\} 1$/m);
    assert.doesNotMatch(run.metrics, /driftwatch_drift_rate/);
  });
});

/** The findings that are not habits, from the log's own table. */
const countsAndWeeks = (log: string): number =>
  [...log.matchAll(/^([A-Z_]+) +([\d,]+)$/gm)].reduce(
    (sum, [, type, total = '']) => sum + (type === 'MISSING_HABIT' ? 0 : Number(total.replaceAll(',', ''))),
    0,
  );

describe('a disaster', () => {
  let world: World;
  let stage: Stage;
  before(async () => {
    world = await startWorld();
    stage = await startStage(world);
    await world.sql(largeCase({ weeks: 2000, childrenCount: 25, seed: 7 }));
    await world.sql(`
      update weeks set theme = 'Another';
      delete from habits;
      delete from weeks where week_start_date = '2001-01-01';
    `);
  });
  after(async () => {
    await stage.close();
    await world.close();
  });

  it('is counted in full and kept within every limit', async (t) => {
    const run = await stage.run();
    assertReport(run);
    const { report } = run;
    assert.ok(report.findingsTotal > 13_000, String(report.findingsTotal));
    assert.deepEqual([report.findings.length, report.findingsTruncated, report.severity], [10_000, true, 'critical']);
    assert.deepEqual([report.drift.rate, report.drift.differing, report.drift.population], [1, 2000, 2000]);
    assert.equal(run.outputs['findings'], String(report.findingsTotal));
    // The most severe ones are those that are kept.
    assert.ok(report.findings.every(({ severity }) => severity === 'critical'));

    const body = stage.issue().body ?? '';
    assert.ok(body.length <= 60_000 && body.length > 2000, String(body.length));
    assert.ok(Buffer.byteLength(run.summary) < 1_048_576 && run.summary.length > 10_000);
    const habits = report.findingsTotal - countsAndWeeks(run.log);
    for (const text of [body, run.summary, run.log]) assert.ok(text.includes(habits.toLocaleString('en-US')), String(habits));
    assert.ok((run.log.match(/^::(error|warning)/gm) ?? []).length <= 20);
    assert.ok(run.log.length < 100_000);
    assert.equal(run.embeds.length, 1);
    t.diagnostic(`${report.findingsTotal} findings in ${report.durationMs} ms, ${Math.round(run.durationMs)} ms in all`);

    const again = await stage.run();
    assert.deepEqual([again.writes, again.embeds], [['PATCH /issues/1'], []]);
    const revealed = await stage.run({ 'reveal-values': 'true', 'discord-on': 'never' });
    assert.ok((stage.issue().body ?? '').length <= 60_000);
    assert.ok(Buffer.byteLength(revealed.summary) < 1_048_576);
    for (const [outlet, said] of everythingSaid(again, stage)) assert.ok(!said.includes(world.secretKey) || outlet === 'log', outlet);
  });
});
