import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase, loadCase, migrate, referenceCase, uniqueNames, weekPeriod, type LegacyRow } from './data.ts';
import { startWorld, type World } from '../action/test/world.ts';

/** Filled cells and records, side by side, as the database sees them. */
const cells = `
  with cell as (
    select t.id, h.value ->> 'name' as habit, (h.value ->> 'id')::bigint as habit_id, t.week_start_date + c.ordinality::int - 1 as day
    from habit_tracker t, jsonb_array_elements(t.habits) h, jsonb_array_elements_text(h.value -> 'times') with ordinality c
    where c.value in ('green', 'yellow', 'red') and extract(isodow from t.week_start_date) = 1
  )
  select count(*)::int as filled, (count(*) filter (where habit_id > 2147483647))::int as late from cell`;

describe('the reference case', () => {
  let world: World;
  const count = async (from: string) => (await world.sql<{ n: number }>(`select count(*)::int as n from ${from}`))[0]?.n;
  before(async () => {
    world = await startWorld();
    await loadCase(world, referenceCase());
  });
  after(() => world.close());

  it('has 24 legacy weeks of 6 children: 18 Mondays, 4 Tuesdays, 2 Sundays', async () => {
    const days = await world.sql('select extract(isodow from week_start_date)::int as day, count(*)::int as n from habit_tracker group by 1 order by 1');
    assert.deepEqual(days, [
      { day: 1, n: 18 },
      { day: 2, n: 4 },
      { day: 7, n: 2 },
    ]);
    assert.equal(await count('children'), 6);
    assert.equal(await count('(select distinct name from children) names'), 5);
    assert.equal(await count('weeks'), 18);
    assert.equal(await count('weeks where extract(isodow from week_start_date) <> 1'), 0);
  });

  it('has 117 habits, 448 filled cells and 283 records; the 165 that lack are those of millisecond ids', async () => {
    assert.equal(await count('habits'), 117);
    assert.equal(await count('habit_records'), 283);
    assert.deepEqual(await world.sql(cells), [{ filled: 448, late: 165 }]);
    const withRecords = await count(`
      habit_tracker t join jsonb_array_elements(t.habits) with ordinality h on true
      join children c on c.name = normalize(btrim(t.child_name), nfc) and c.user_id = coalesce(t.user_id, c.user_id)
      join weeks w on w.child_id = c.id and w.week_start_date = t.week_start_date
      join habits n on n.week_id = w.id and n.display_order = h.ordinality - 1
      join habit_records r on r.habit_id = n.id
      where (h.value ->> 'id')::bigint > 2147483647`);
    assert.equal(withRecords, 0);
  });

  it('carries the noise that is no difference', () => {
    const { legacy } = referenceCase();
    const habits = legacy.flatMap((row) => row.habits ?? []);
    assert.ok(legacy.some((row) => row.child_name !== row.child_name.trim()));
    assert.ok(habits.some((habit) => habit.name !== habit.name.normalize('NFC')));
    assert.ok(habits.some((habit) => habit.times.includes('none') && habit.times.includes(null)));
    assert.ok(
      legacy.every((row) => row.user_id !== null),
      'a row that does not say whose it is could not be brought over',
    );
    assert.ok(legacy.some((row) => row.theme === '') && legacy.some((row) => row.theme === null));
    assert.ok(legacy.some((row) => new Set(row.habits?.map((habit) => habit.name.trim())).size !== row.habits?.length));
  });

  it('is the same every time, and in sync when every cell arrived', () => {
    assert.deepEqual(referenceCase(), referenceCase());
    assert.deepEqual(inSyncCase().legacy, referenceCase().legacy);
    assert.equal(inSyncCase().normalized.habit_records.length, 448);
  });
});

describe('migrate', () => {
  const row = (change: Partial<LegacyRow>): LegacyRow => ({
    id: '1',
    user_id: '00000000-0000-8000-a000-000000000001',
    child_name: 'Mia',
    week_period: weekPeriod('2025-10-14'),
    week_start_date: '2025-10-14',
    theme: null,
    reward: null,
    habits: [{ id: 1, name: 'A', times: ['green', '', null, 'none', 'red', '', 'yellow'] }],
    reflection: null,
    updated_at: '2025-10-20T10:00:00Z',
    ...change,
  });

  it('gives a repeated name the first free number, names that stand in the row counting as taken', () => {
    assert.deepEqual(uniqueNames(['A', 'A', 'A']), ['A', 'A (2)', 'A (3)']);
    assert.deepEqual(uniqueNames(['A', 'A', 'A (2)']), ['A', 'A (3)', 'A (2)']);
    assert.deepEqual(uniqueNames(['A (2)', 'A', 'A', 'A (2)']), ['A (2)', 'A', 'A (3)', 'A (2) (2)']);
  });

  it('leaves a Tuesday out, moves it to its Monday, or takes it as it is', () => {
    assert.equal(migrate([row({})], { weekAlignment: 'skip' }).weeks.length, 0);
    const monday = migrate([row({})], { weekAlignment: 'monday' });
    assert.deepEqual(
      monday.weeks.map((week) => [week.week_start_date, week.week_end_date]),
      [['2025-10-13', '2025-10-19']],
    );
    assert.deepEqual(
      monday.habit_records.map((record) => [record.record_date, record.status]),
      [
        ['2025-10-13', 'green'],
        ['2025-10-17', 'red'],
        ['2025-10-19', 'yellow'],
      ],
    );
    assert.deepEqual(
      migrate([row({})], { weekAlignment: 'exact' }).weeks.map((week) => week.week_start_date),
      ['2025-10-14'],
    );
    const sunday = row({ week_start_date: '2025-10-19' });
    assert.deepEqual(
      migrate([sunday], { weekAlignment: 'monday' }).weeks.map((week) => week.week_start_date),
      ['2025-10-13'],
    );
  });

  it('keeps, of two rows for one week, the one updated last, then the higher id', () => {
    const older = row({ id: '10', theme: 'older', updated_at: '2025-10-19T10:00:00Z' });
    const newer = row({ id: '9', theme: 'newer', week_start_date: '2025-10-13' });
    assert.deepEqual(
      migrate([older, newer], { weekAlignment: 'monday' }).weeks.map((week) => week.theme),
      ['newer'],
    );
    const tied = [row({ id: '9', theme: 'nine' }), row({ id: '10', theme: 'ten' })];
    assert.deepEqual(
      migrate(tied, { weekAlignment: 'exact' }).weeks.map((week) => week.theme),
      ['ten'],
    );
  });

  it('gives a row without an owner to the one user who has the child, and to nobody among several', () => {
    const unowned = row({ id: '2', user_id: null, week_start_date: '2025-10-20' });
    const monday = row({ week_start_date: '2025-10-13' });
    assert.equal(migrate([monday, unowned], { weekAlignment: 'skip' }).weeks.length, 2);
    const namesake = row({ id: '3', user_id: '00000000-0000-8000-a000-000000000002', week_start_date: '2025-10-27' });
    assert.equal(migrate([monday, unowned, namesake], { weekAlignment: 'skip' }).weeks.length, 2);
  });
});
