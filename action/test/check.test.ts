import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, largeCase, migrate, referenceCase, uuid, type Case, type LegacyRow } from '../../demo/data.ts';
import { fileOf } from '../src/publish/files.ts';
import { writtenFindings } from '../src/report/report.ts';
import { checkWorld, countsOf, fill, legacyWeek, owner, sayAll } from './database.ts';
import { childOf, weekOf } from './places.ts';
import { startWorld, type World } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.close());

const migrated = (legacy: readonly LegacyRow[], weekAlignment: 'skip' | 'monday' | 'exact' = 'skip'): Case => ({
  legacy: [...legacy],
  normalized: migrate(legacy, { weekAlignment }),
});

/** Runs without constraints and triggers, as damage of any origin would be there. */
const unchecked = (sql: string) => world.sql(`set session_replication_role = replica; ${sql}; set session_replication_role = default`);

describe('the case that every run is measured by', () => {
  before(() => fill(world, referenceCase()));

  it('is 165 missing records in habits with millisecond ids, six skipped weeks, and nothing else', async () => {
    const report = await checkWorld(world);
    const types = new Set(report.findings.map(({ type }) => type));
    assert.deepEqual([...types].toSorted(), ['COUNT_MISMATCH', 'MISSING_RECORD']);
    assert.deepEqual(report.findingsByType, { COUNT_MISMATCH: 1, MISSING_RECORD: 165 });
    assert.deepEqual(countsOf(report), { children: [6, 6, 6], weeks: [24, 18, 18], habits: [141, 117, 117], records: [508, 448, 283] });
    assert.deepEqual(report.skipped, [{ reason: 'not-a-monday', count: 6 }]);
    assert.deepEqual([report.verdict, report.severity, report.mode, report.engine], ['drift', 'critical', 'full', 'stream']);
    assert.equal(report.drift.population, 18);
    assert.equal(report.drift.compared, 18);
    assert.equal(report.drift.rate, Math.max(report.drift.differing / 18, 165 / 448));
    assert.equal(report.drift.upperBound, report.drift.rate);
    assert.deepEqual(report.sourceVersions, { migration: 18 });

    const lost = await world.sql<{ place: string }>(`
      select concat(w.week_start_date, ' ', h.id, ' ', w.week_start_date + c.ordinality::int - 1) as place
      from habit_tracker t
      join children k on k.name = normalize(btrim(t.child_name), nfc) and k.user_id = coalesce(t.user_id, k.user_id)
      join weeks w on w.child_id = k.id and w.week_start_date = t.week_start_date,
      jsonb_array_elements(t.habits) with ordinality e,
      jsonb_array_elements_text(e.value -> 'times') with ordinality c, habits h
      where h.week_id = w.id and h.display_order = e.ordinality - 1
        and (e.value ->> 'id')::bigint > 2147483647 and c.value in ('green', 'yellow', 'red')`);
    const found = report.findings
      .filter(({ type }) => type === 'MISSING_RECORD')
      .map(({ key, rowIds, place }) => `${key?.['week']} ${rowIds['habits']?.join(' ')} ${place?.at(-1)}`);
    assert.deepEqual(found.toSorted(), lost.map(({ place }) => place).toSorted());
  });

  it('says nothing about anybody unless it is told to', async () => {
    const report = await checkWorld(world, { 'reveal-values': 'false' });
    const texts = await world.sql<{ text: string }>(`
      select child_name as text from habit_tracker union select e ->> 'name' from habit_tracker, jsonb_array_elements(habits) e
      union select theme from habit_tracker where theme <> '' union select name from habits`);
    const json = JSON.stringify(report);
    for (const { text } of texts) {
      for (const spelling of [text.trim(), text.normalize('NFC').trim()]) assert.ok(!json.includes(spelling), `the report says ${spelling}`);
    }
    for (const { type, place, key } of report.findings) {
      const child = key?.['child'];
      if (type === 'COUNT_MISMATCH') continue;
      assert.match(place?.join('/') ?? '', /^habits\/text\(\d+, [0-9a-f]{8}\)\/\d{4}-\d{2}-\d{2}$/);
      assert.match(child ?? '', /^child-[0-9a-f]{8}$/);
    }
  });

  it('is a report of the published shape, and the same one for the same seed', async () => {
    const first = await checkWorld(world, { mode: 'sample', 'sample-size': '5', seed: 'again' });
    const second = await checkWorld(world, { mode: 'sample', 'sample-size': '5', seed: 'again' });
    const other = await checkWorld(world, { mode: 'sample', 'sample-size': '5', seed: 'another' });
    const {
      findingsByType,
      severityByType,
      differingWeeks,
      pseudonymKeyId: _key,
      origin: _origin,
      repair: _repair,
      cutover: _cutover,
      words: _words,
      picture: _picture,
      record: _record,
      ...inFile
    } = first;
    assert.deepEqual(fileOf(first), { ...inFile, findings: writtenFindings(first) });
    assert.deepEqual([Object.keys(findingsByType), differingWeeks.weeks.length], [Object.keys(severityByType), first.drift.differing]);
    assert.deepEqual({ ...second, durationMs: 0 }, { ...first, durationMs: 0 });
    assert.notDeepEqual(other.findings, first.findings);
    assert.deepEqual([first.drift.compared, first.drift.population, first.mode, first.seed], [5, 18, 'sample', 'again']);
    assert.deepEqual(countsOf(first), { weeks: [24, 18, 18] });
  });

  it('draws the same weeks after every row was saved anew under another id', async () => {
    const first = await checkWorld(world, { mode: 'sample', 'sample-size': '6', seed: 'kept' });
    await world.sql(`
      create temporary table kept as select * from habit_tracker;
      delete from habit_tracker;
      insert into habit_tracker select * from (select nextval('habit_tracker_id_seq') * 7 as id, user_id, child_name, week_period, week_start_date,
        theme, reward, habits, reflection, created_at, updated_at from kept order by md5(week_period || child_name)) anew;
      drop table kept`);
    const second = await checkWorld(world, { mode: 'sample', 'sample-size': '6', seed: 'kept' });
    assert.deepEqual(sayAll(second), sayAll(first));
    assert.equal(second.drift.compared, 6);
  });
});

describe('a check of both sides', () => {
  it('is in sync when every cell arrived, in both modes', async () => {
    await fill(world, inSyncCase());
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, report.severity, report.findings, report.drift.rate, report.drift.upperBound], ['in-sync', 'none', [], 0, 0]);
      assert.deepEqual([report.drift.compared, report.drift.population, report.transient], [18, 18, 0]);
    }
    const part = await checkWorld(world, { mode: 'sample', 'sample-size': '10' });
    assert.equal(part.verdict, 'in-sync');
    assert.ok(Math.abs(part.drift.upperBound - (1 - 0.05 ** (1 / 10))) < 1e-12);
  });

  it('knows the three alignments, and tells one from the other', async () => {
    const { legacy } = inSyncCase();
    // The Tuesday and Sunday rows of the case land on Mondays that other rows have: move them away.
    const apart = legacy.map((row, index) => (index % 4 === 3 ? { ...row, week_start_date: index % 8 === 3 ? '2026-02-03' : '2026-02-15' } : row));
    const skipped = apart.filter((_, index) => index % 4 === 3).length;
    for (const alignment of ['skip', 'monday', 'exact'] as const) {
      await fill(world, { legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } });
      await unchecked('alter table weeks drop constraint if exists ck_weeks_start_monday');
      await fill(world, migrated(apart, alignment));
      for (const mode of ['full', 'sample']) {
        const report = await checkWorld(world, { 'week-alignment': alignment, mode });
        assert.deepEqual([report.verdict, sayAll(report)], ['in-sync', []], `${alignment}, ${mode}`);
        assert.equal(report.drift.population, alignment === 'skip' ? apart.length - skipped : apart.length);
        assert.deepEqual(report.skipped, alignment === 'skip' ? [{ reason: 'not-a-monday', count: skipped }] : []);
      }
    }
    const wrong = await checkWorld(world, { 'week-alignment': 'monday' });
    assert.deepEqual([wrong.findingsByType['MISSING_WEEK'], wrong.findingsByType['ORPHAN_WEEK']], [skipped, skipped]);
  });

  it('finds pairs that land on one Monday, with the row that was saved last as the one that counts', async () => {
    const older = legacyWeek({ id: '11', theme: 'older', updated_at: '2025-10-19T18:00:00.000001+00:00' });
    const newer = legacyWeek({ id: '4', week_start_date: '2025-10-14', theme: 'newer', updated_at: '2025-10-19T18:00:00.000002+00:00' });
    await fill(world, migrated([newer], 'monday'));
    await fill(world, { legacy: [older, newer], normalized: migrate([newer], { weekAlignment: 'monday' }) });
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { 'week-alignment': 'monday', mode });
      assert.deepEqual(sayAll(report), ['DUPLICATE_WEEK Mia 2025-10-13']);
      assert.deepEqual(report.findings[0]?.rowIds, { habit_tracker: ['4', '11'] });
      assert.deepEqual([report.drift.population, report.drift.compared, report.drift.differing], [1, 1, 1]);
    }
    const skip = await checkWorld(world, { 'week-alignment': 'skip' });
    assert.deepEqual(sayAll(skip), ['DATA_MISMATCH Mia 2025-10-13 theme']);
  });

  it('takes the higher id of two rows that were saved at one instant, by number and not by letter', async () => {
    const nine = legacyWeek({ id: '9', theme: 'nine' });
    const ten = legacyWeek({ id: '10', theme: 'ten' });
    await fill(world, { legacy: [nine, ten], normalized: migrate([ten], { weekAlignment: 'skip' }) });
    assert.deepEqual(sayAll(await checkWorld(world)), ['DUPLICATE_WEEK Mia 2025-10-13']);
  });

  it('keeps two families with a Mia apart', async () => {
    const rows = [1, 2, 3].map((number) => legacyWeek({ id: `${number}`, user_id: owner(number), theme: `family ${number}` }));
    await fill(world, migrated(rows));
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
    await world.sql(`update weeks set theme = 'family 3' where user_id = '${owner(2)}'`);
    const report = await checkWorld(world, { 'reveal-values': 'false' });
    assert.equal(report.findingsTotal, 1);
    assert.deepEqual(report.findings[0]?.rowIds['habit_tracker'], ['2']);
    await world.sql(`delete from children where user_id = '${owner(2)}'`);
    const missing = await checkWorld(world);
    assert.deepEqual(
      sayAll(missing).filter((line) => !line.startsWith('COUNT')),
      ['MISSING_CHILD Mia 2025-10-13'],
    );
    assert.deepEqual(missing.findings.find(({ type }) => type === 'MISSING_CHILD')?.rowIds, { habit_tracker: ['2'] });
  });

  it('gives a row without an owner to the one user who has the child, names it where there are several, and misses the child where there is none', async () => {
    const owned = legacyWeek({ id: '1' });
    const unowned = legacyWeek({ id: '2', user_id: null, week_start_date: '2025-10-20' });
    await fill(world, migrated([owned, unowned]));
    assert.equal((await checkWorld(world)).verdict, 'in-sync');

    await world.sql(`insert into auth.users (id) values ('${owner(2)}') on conflict do nothing`);
    await world.sql(`insert into children (user_id, name) values ('${owner(2)}', 'Mia')`);
    for (const mode of ['full', 'sample']) {
      const ambiguous = await checkWorld(world, { mode });
      const expected =
        mode === 'full' ? ['COUNT_MISMATCH habits', 'COUNT_MISMATCH records', 'COUNT_MISMATCH weeks', 'ORPHAN_WEEK Mia 2025-10-20'] : ['COUNT_MISMATCH weeks'];
      assert.deepEqual(sayAll(ambiguous), [...expected, 'AMBIGUOUS_OWNER Mia 2025-10-20']);
      assert.deepEqual(ambiguous.findings.at(-1)?.rowIds, { habit_tracker: ['2'] });
    }

    await fill(world, {
      legacy: [owned, unowned, legacyWeek({ id: '3', user_id: null, child_name: 'Noa' })],
      normalized: migrate([owned, unowned], { weekAlignment: 'skip' }),
    });
    const none = await checkWorld(world);
    assert.deepEqual(
      sayAll(none).filter((line) => !line.startsWith('COUNT')),
      ['MISSING_CHILD Noa 2025-10-13'],
    );
  });

  it('finds whatever stands in names, on both sides', async () => {
    const odd = [
      'O\'Neill "Mia", (the 2nd)',
      'back\\slash',
      '"Mia \\ Max"',
      '100 %, 50%25 _ *',
      'two\nlines\tand a tab',
      'a,b.c:d;e',
      '{curly},[square]',
      '(paren',
      'null',
      'or=(x.eq.1)',
      '&select=*#frag',
      '+ plus  spaces',
      '김하준',
      '김하준'.normalize('NFD').slice(0, 5),
      '👩‍👩‍👧‍👦 🏳️‍🌈',
      '　 Zoë 　',
      'ﷺ'.repeat(20),
    ];
    const rows = odd.map((name, index) =>
      legacyWeek({
        id: `${index + 1}`,
        child_name: name,
        week_start_date: index % 2 ? '2025-10-13' : '2025-10-20',
        theme: name,
        habits: [{ id: 1, name: `${name} x`, times: ['green', '', '', '', '', '', ''] }],
      }),
    );
    await fill(world, migrated(rows));
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, sayAll(report), report.drift.compared], ['in-sync', [], odd.length], mode);
    }
    await world.sql(`update habit_records set status = 'red'`);
    const report = await checkWorld(world);
    assert.equal(report.findingsByType['DATA_MISMATCH'], odd.length);
    assert.deepEqual(new Set(report.findings.map(childOf)), new Set(odd.map((name) => name.normalize('NFC').trim())));
  });

  it('compares children whose names are longer than a URL takes, and weeks full of long text', async () => {
    const long = ['가'.repeat(700), `${'가'.repeat(700)}나`, 'x'.repeat(5000), '"\\'.repeat(300)];
    const rows = long.map((name, index) => legacyWeek({ id: `${index + 1}`, child_name: name, theme: 'y'.repeat(100_000), reward: '\n'.repeat(500) }));
    const short = legacyWeek({ id: '9', child_name: 'Mia' });
    await unchecked('alter table children drop constraint if exists ck_children_name_length');
    await fill(world, migrated([...rows, short]));
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, report.findingsTotal, report.drift.compared], ['in-sync', 0, 5], mode);
    }
    await world.sql(`update weeks set theme = 'z' || theme`);
    assert.equal((await checkWorld(world)).findingsByType['DATA_MISMATCH'], 5);
  });

  it('matches children by spelling-independent names, also where both spellings have a row', async () => {
    const name = '김하준';
    const row = legacyWeek({ id: '1', child_name: `\u3000${name.normalize('NFD')}\u00a0` });
    await fill(world, migrated([row]));
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
    await world.sql('update children set name = $1', [` ${name.normalize('NFD')}`]);
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
    await world.sql('insert into children (user_id, name) values ($1, $2)', [owner(1), name]);
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
    await world.sql(
      `insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-10-13', '2025-10-19' from children where name = $1`,
      [name],
    );
    const copy = await checkWorld(world);
    assert.deepEqual(copy.findings.filter(({ type }) => type === 'ORPHAN_WEEK').map(weekOf), ['2025-10-13']);
  });

  it('names rows without a date, goes on, and compares the rest', async () => {
    const rows = [legacyWeek({ id: '1' }), legacyWeek({ id: '2', child_name: 'Noa' })];
    await fill(world, migrated(rows));
    await world.sql(`
      insert into habit_tracker (id, user_id, child_name, week_period, week_start_date) values
        (7, '${owner(1)}', 'Mia', 'none', null), (8, '${owner(1)}', 'Mia', 'for ever', 'infinity'),
        (9, null, 'Noa', 'before time', '-infinity'), (10, '${owner(1)}', 'Mia', 'too late', '12025-10-13'), (11, '${owner(1)}', 'Mia', 'too early', '0044-03-15 BC')`);
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual(report.findings.map(({ type, key, place, rowIds }) => [type, key?.['week'], place?.[0], rowIds['habit_tracker']?.join()]).toSorted(), [
        ['MALFORMED_LEGACY', null, 'week_start_date', '10'],
        ['MALFORMED_LEGACY', null, 'week_start_date', '11'],
        ['MALFORMED_LEGACY', null, 'week_start_date', '7'],
        ['MALFORMED_LEGACY', null, 'week_start_date', '8'],
        ['MALFORMED_LEGACY', null, 'week_start_date', '9'],
      ]);
      assert.deepEqual([report.verdict, report.severity, report.drift.compared, report.drift.rate], ['drift', 'medium', 2, 0]);
    }
  });

  it('reports orphan weeks and what they bring, and leaves children without weeks alone', async () => {
    const rows = [legacyWeek({ id: '1' }), legacyWeek({ id: '2', child_name: 'Noa' })];
    await fill(world, migrated(rows));
    await world.sql(`insert into children (user_id, name) values ('${owner(1)}', 'Nobody')`);
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
    await world.sql(`delete from habit_tracker where id = 2`);
    const report = await checkWorld(world);
    assert.deepEqual(sayAll(report), [
      'COUNT_MISMATCH children',
      'COUNT_MISMATCH habits',
      'COUNT_MISMATCH records',
      'COUNT_MISMATCH weeks',
      'ORPHAN_WEEK Noa 2025-10-13',
    ]);
    assert.deepEqual([report.drift.population, report.drift.compared, report.drift.differing], [2, 2, 1]);
    const sample = await checkWorld(world, { mode: 'sample' });
    assert.deepEqual([sayAll(sample), sample.drift.population], [['COUNT_MISMATCH weeks'], 1]);
  });

  it('finds a week whose child row is gone, as a child that is missing and a week that nobody accounts for', async () => {
    await fill(world, migrated([legacyWeek({ id: '1' }), legacyWeek({ id: '2', child_name: 'Noa' })]));
    await unchecked(`delete from children where name = 'Noa'`);
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      const lines = sayAll(report).filter((line) => !line.startsWith('COUNT'));
      assert.equal(lines[0], 'MISSING_CHILD Noa 2025-10-13');
      if (mode === 'full') assert.match(lines[1] ?? '', /^ORPHAN_WEEK [0-9a-f-]{36} 2025-10-13$/);
      assert.equal(report.verdict, 'drift');
    }
  });

  it('calls one empty side drift under a secret key', async () => {
    const rows = migrated([legacyWeek({ id: '1' }), legacyWeek({ id: '2', week_start_date: '2025-10-20' })]);
    await fill(world, { ...rows, normalized: { children: [], weeks: [], habits: [], habit_records: [] } });
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, report.severity, report.drift.rate, report.findingsByType['MISSING_CHILD']], ['drift', 'critical', 1, 1]);
      assert.equal(report.findings.find(({ type }) => type === 'MISSING_CHILD')?.key?.['week'], '2025-10-13');
      assert.equal(report.drift.differing, 2);
    }
    await fill(world, { ...rows, legacy: [] });
    for (const mode of ['full', 'sample']) {
      const report = await checkWorld(world, { mode });
      assert.deepEqual([report.verdict, report.severity], ['drift', 'critical'], mode);
    }
  });

  it('does not know what to say where nothing is in scope', async () => {
    await fill(world, { legacy: [legacyWeek({ id: '1', week_start_date: '2025-10-14' })], normalized: migrate([], { weekAlignment: 'skip' }) });
    const report = await checkWorld(world);
    assert.deepEqual([report.verdict, report.drift.compared], ['unknown', 0]);
    assert.match(report.reason ?? '', /week-alignment/);
  });
});

describe('a table of more rows than one answer holds', () => {
  before(async () => {
    await fill(world, { legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } });
    await world.sql(largeCase({ weeks: 2100, childrenCount: 30, seed: 5 }));
    // Ids as long use leaves them: with gaps, and beyond what a JSON number holds.
    await world.sql(`update habit_tracker set id = id + 1000000 where id % 2 = 0`);
    await world.sql(`update habit_tracker set id = 9007199254740992 + id where id % 5 = 0`);
  });

  it('is compared in full on request, a thousand rows at a time in a total order', async () => {
    world.requests.length = 0;
    const report = await checkWorld(world, { mode: 'full' });
    assert.deepEqual([report.verdict, report.drift.compared, sayAll(report)], ['in-sync', 2100, []]);
    assertWellPaged();
  });

  it('is sampled by auto, at a few requests per hundred weeks', async () => {
    world.requests.length = 0;
    const report = await checkWorld(world, { 'high-threshold': '0.5%', 'critical-threshold': '1%' });
    assert.deepEqual([report.mode, report.verdict, report.drift.compared, report.drift.population], ['sample', 'in-sync', 598, 2100]);
    assert.ok(report.drift.upperBound <= 0.005);
    assertWellPaged();
    const sampling = world.requests.filter(({ path }) => new URL(path, world.url).searchParams.has('or'));
    assert.ok(sampling.length / 5.98 < 10, `${sampling.length} requests for 598 weeks`);
    const probes = world.requests.filter(({ path }) => path.includes('/rpc/'));
    const others = world.requests.length - sampling.length - probes.length;
    assert.ok(others < 12, `${others} other requests`);
  });

  it('shows exactly the rows that were damaged, whatever page they are on', async () => {
    await world.sql(`delete from habit_tracker where id in (select id from habit_tracker order by id limit 1 offset 999)`);
    await world.sql(`delete from weeks where id in (select id from weeks order by id limit 1 offset 1000)`);
    const report = await checkWorld(world, { mode: 'full' });
    assert.deepEqual([report.findingsByType['MISSING_WEEK'], report.findingsByType['ORPHAN_WEEK'], report.drift.differing], [1, 1, 2]);
    const largest = report.findings.flatMap(({ rowIds }) => rowIds['habit_tracker'] ?? []);
    for (const id of largest) assert.equal((await world.sql('select id from habit_tracker where id = $1::text::bigint', [id])).length, 1);
  });

  function assertWellPaged(): void {
    for (const { path, rows } of world.requests) {
      if (path.includes('/rpc/')) continue;
      const { searchParams } = new URL(path, world.url);
      const limit = Number(searchParams.get('limit') ?? Number.NaN);
      assert.ok(limit <= 1000, path);
      assert.ok((rows ?? 0) <= 1000, path);
      if (limit > 1) assert.equal(searchParams.get('order'), 'id.asc', path);
      assert.ok(path.length < 8000, `a URL of ${path.length} characters`);
    }
  }
});

describe('a legacy table with UUID keys', () => {
  it('is compared and paged like any other', async () => {
    await fill(world, { legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } });
    await world.sql(`
      alter table habit_tracker alter column id drop default;
      alter table habit_tracker alter column id type uuid using gen_random_uuid();
      alter table habit_tracker alter column id set default gen_random_uuid()`);
    const rows = [0, 1, 2, 3].map((index) => legacyWeek({ id: uuid('row', index), child_name: `Kind ${index}` }));
    const { normalized } = migrated(rows);
    await world.sql(`insert into auth.users (id) values ('${owner(1)}') on conflict do nothing`);
    const insert = async (table: string, columns: string, values: readonly object[]) =>
      world.sql(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`, [JSON.stringify(values)]);
    await insert('habit_tracker', 'id, user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection, updated_at', rows);
    await insert('children', 'id, user_id, name', normalized.children);
    await insert('weeks', 'id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection', normalized.weeks);
    await insert('habits', 'id, week_id, name', normalized.habits);
    await insert('habit_records', 'id, habit_id, record_date, status', normalized.habit_records);
    for (const mode of ['full', 'sample']) assert.equal((await checkWorld(world, { mode })).verdict, 'in-sync');
    await world.sql(`update weeks set theme = null where child_id in (select id from children where name = 'Kind 2')`);
    const report = await checkWorld(world);
    assert.deepEqual([sayAll(report), report.findings[0]?.rowIds['habit_tracker']], [['DATA_MISMATCH Kind 2 2025-10-13 theme'], [uuid('row', 2)]]);
  });
});
