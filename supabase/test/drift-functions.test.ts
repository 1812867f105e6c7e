import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { canonicalText } from '../../action/src/document/canonical.ts';
import { inSyncCase, loadCase, uuid } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';

const migration = readFileSync(join(import.meta.dirname, '../migrations/014_create_drift_functions.sql'), 'utf8');
const functions = {
  driftwatch_version: 'driftwatch_version()',
  driftwatch_types: 'driftwatch_types()',
  driftwatch_loose: 'driftwatch_loose(true)',
  driftwatch_text: `driftwatch_text('x')`,
  driftwatch_cell: `driftwatch_cell('green', 1)`,
  driftwatch_answers: `driftwatch_answers('{}')`,
  driftwatch_children: 'driftwatch_children()',
  driftwatch_weeks: `driftwatch_weeks('skip')`,
  driftwatch_compare: `driftwatch_compare('{}', '{}', '{}', '{}', '{}', '{}', '{}', 'skip')`,
  driftwatch_read: `driftwatch_read('{}', '{}', '{}', 'skip')`,
};

let world: World;
before(async () => {
  world = await startWorld({ migrations: ['014'] });
});
after(() => world.close());

async function refill(): Promise<void> {
  await world.sql('truncate habit_tracker, children, auth.users cascade');
  await loadCase(world, inSyncCase());
}

/** Runs a statement as a role, and says what came of it. */
async function as(role: string, statement: string): Promise<string> {
  try {
    await world.sql(`set role ${role}; ${statement}`);
    return 'done';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await world.sql('reset role');
  }
}

const value = async <T>(expression: string, parameters: readonly unknown[] = []): Promise<T> => {
  const [row] = await world.sql<{ value: T }>(`select ${expression} as value`, parameters);
  assert.ok(row);
  return row.value;
};

describe('the drift functions', () => {
  it('may be called by the service role and by nobody else', async () => {
    await world.sql('grant select on all tables in schema public to service_role, anon, authenticated');
    for (const [name, call] of Object.entries(functions)) {
      assert.equal(await as('service_role', `select ${call}`), 'done', name);
      for (const role of ['anon', 'authenticated']) assert.equal(await as(role, `select ${call}`), `permission denied for function ${name}`);
    }
  });

  it('do not go by dates where no index finds the rows of a date', async () => {
    assert.deepEqual(await value(`driftwatch_weeks('skip')`), []);
    const indexes = {
      idx_habit_records_record_date: ['habit_records (record_date)', 'habit_records (habit_id, record_date)'],
      idx_habit_tracker_child_week: ['habit_tracker (child_name, week_start_date)', 'habit_tracker (week_start_date)'],
      idx_weeks_week_start_date: ['weeks (week_start_date)', 'weeks (week_end_date)'],
    };
    await world.sql('drop index idx_habit_tracker_user_child_week');
    for (const [name, [useful, useless]] of Object.entries(indexes)) {
      await world.sql(`drop index ${name}; create index useless on ${useless}`);
      assert.equal(await value(`driftwatch_weeks('skip')`), null, name);
      await world.sql(`drop index useless; create index ${name} on ${useful}`);
      assert.deepEqual(await value(`driftwatch_weeks('skip')`), [], name);
    }
    await world.sql('create index idx_habit_tracker_user_child_week on habit_tracker (user_id, child_name, week_start_date)');
  });

  it('stay so where default privileges would grant them to everybody, and when they are applied again', async () => {
    await world.sql('alter default privileges in schema public grant execute on functions to anon, authenticated, service_role');
    for (const signature of ['driftwatch_compare(text, text, text, text, text, text, text, text, text, text)', 'driftwatch_version()'])
      await world.sql(`drop function ${signature}`);
    await world.sql(migration);
    await world.sql(migration);
    assert.match(await as('anon', 'select driftwatch_version()'), /permission denied/);
    assert.equal(await as('service_role', 'select driftwatch_version()'), 'done');
  });

  it('write nothing and keep their own search path', async () => {
    const rows = await world.sql<{ proname: string; provolatile: string; prosecdef: boolean; fixed: boolean }>(`
      select proname, provolatile, prosecdef, prosqlbody is not null or proconfig::text like '%search_path%' as fixed
      from pg_proc where proname like 'driftwatch%' order by 1`);
    assert.equal(rows.length, Object.keys(functions).length);
    for (const { proname, provolatile, prosecdef, fixed } of rows) {
      assert.ok(provolatile !== 'v' && !prosecdef && fixed, proname);
    }
    await world.sql('begin read only; select driftwatch_children(); commit');
  });

  it('have texts be the same as the action has them', async () => {
    const spaces = [9, 10, 11, 12, 13, 32, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].map((code) =>
      String.fromCodePoint(code),
    );
    const texts = [
      '',
      ' ',
      'A',
      ' A',
      'A ',
      'A\u030a',
      '\u212b',
      '김하준',
      '김하준'.normalize('NFD'),
      'Zoe\u0308 ',
      '\u0301x',
      '\u200bA',
      '\u0085A',
      '\u180eA',
      'ﬁ',
      '🐈',
      '🐈 ',
      'a\nb',
      // Marks that are out of order, and more of them than NFC can put in order.
      ...[64, 65].map((times) => ` ${'\u0301'.repeat(times)}${'\u0323'.repeat(64)} `),
      ...[30, 2000].map((times) => 'ยิ้ม💧'.repeat(times)),
      ...[1, 400].map((times) => '한국어 ga\u0308nz '.normalize('NFD').repeat(times)),
      ...spaces,
      ...spaces.map((space) => `${space}x`),
      ...spaces.map((space) => `x${space}`),
      ...spaces.map((space) => `a${space}b`),
    ];
    const answers = await world.sql<{ text: string; own: string | null }>(
      'select value as text, driftwatch_text(value) as own from jsonb_array_elements_text($1)',
      [JSON.stringify(texts)],
    );
    assert.equal(answers.length, texts.length);
    for (const { text, own } of answers) assert.equal(own, canonicalText(text), JSON.stringify(text));
  });

  it('read each row of the weeks that are asked for once, and no other', async () => {
    await refill();
    const [first] = await world.sql<{ user_id: string; name: string; week: string; id: string; legacy: string }>(`
      select w.user_id, c.name, w.week_start_date::text as week, w.id, t.id::text as legacy
      from weeks w join children c on c.id = w.child_id
      join habit_tracker t on t.user_id = w.user_id and t.child_name = c.name and t.week_start_date = w.week_start_date
      order by 1, 2, 3 limit 1`);
    assert.ok(first);
    const { user_id: user, name, week, id, legacy } = first;
    type Found = { children: { name: string }[]; legacy: { row_id: string }[]; weeks: { row_id: string; habits: [string, string, unknown[]][] }[] };
    const read = (...asked: (readonly [owner: string | null, name: string, week: string | null])[]) => {
      const array = (place: 0 | 1 | 2) => `{${asked.map((one) => (one[place] === null ? 'null' : `"${one[place]}"`)).join(',')}}`;
      return value<Found>(`driftwatch_read($1, $2, $3, 'monday')`, [array(0), array(1), array(2)]);
    };
    const rows = ({ legacy: left, weeks }: Found) => [left.map((row) => row.row_id).toSorted(), weeks.map((row) => row.row_id)];
    const [ownerless] = await world.sql<{ id: string }>(`insert into habit_tracker (user_id, child_name, week_period, week_start_date)
      values (null, '${name}', 'another', date '${week}' + 2) returning id::text`);
    const [undated] = await world.sql<{ id: string }>(
      `insert into habit_tracker (user_id, child_name, week_period) values ('${user}', '${name}', 'none') returning id::text`,
    );
    assert.ok(ownerless && undated);

    const found = await read([user, name, week], [null, name, week]);
    assert.deepEqual(rows(found), [[legacy, ownerless.id].toSorted(), [id]], 'the row without a user is of both, and there once');
    assert.ok(found.children.length > 0 && found.children.every((child) => child.name === name));
    const [{ habits, records } = { habits: 0, records: 0 }] = await world.sql<{ habits: number; records: number }>(`
      select count(distinct h.id)::int as habits, count(r.id)::int as records from habits h left join habit_records r on r.habit_id = h.id where h.week_id = '${id}'`);
    const [there] = found.weeks;
    assert.deepEqual([there?.habits.length, there?.habits.flatMap(([, , cells]) => cells).length], [habits, records]);
    assert.ok(records > 0);

    assert.deepEqual(rows(await read([null, name, week])), [[ownerless.id], []]);
    assert.deepEqual(rows(await read([user, name, null])), [[undated.id], []]);
    assert.deepEqual(rows(await read([uuid('family', 7), name, week])), [[ownerless.id], []], 'of another family');
    assert.deepEqual(rows(await read([user, `${name}"\\`.replace(/["\\]/g, '\\$&'), week])), [[], []], 'of another name');
  });

  it('list children in pages that leave none out', async () => {
    await refill();
    await world.sql(
      `insert into habit_tracker (user_id, child_name, week_period, week_start_date)
      select case when n % 3 = 0 then null else $1::uuid end, 'kid ' || n, 'week', '2025-10-13' from generate_series(1, 25) n`,
      [uuid('family', 9)],
    );
    type Page = { legacy: unknown[]; normalized: unknown[]; next: unknown };
    const whole = await value<Page>('driftwatch_children()');
    assert.equal(whole.next, null);
    const found = { legacy: [] as string[], normalized: [] as string[] };
    let position: unknown = null;
    let pages = 0;
    do {
      const page: Page = await value<Page>('driftwatch_children($1, 4)', [position === null ? null : JSON.stringify(position)]);
      found.legacy.push(...page.legacy.map((child) => JSON.stringify(child)));
      found.normalized.push(...page.normalized.map((child) => JSON.stringify(child)));
      position = page.next;
      pages += 1;
    } while (position !== null);
    assert.ok(pages > 3);
    assert.deepEqual(found.legacy.toSorted(), whole.legacy.map((child) => JSON.stringify(child)).toSorted());
    assert.deepEqual(found.normalized.toSorted(), whole.normalized.map((child) => JSON.stringify(child)).toSorted());
  });

  it('leave a week to the action in which a name repeats, alike as both sides may look', async () => {
    const [user, child, week] = [uuid('family', 9), uuid('child', 9), uuid('week', 9)];
    const kin = ['{0}', `{${user}}`, '{Kind}', '{0}', `{${child}}`, '{null}', `{${user}}`];
    const write = (legacy: readonly string[], normalized: readonly string[]) =>
      world.sql(`
        delete from habit_tracker where user_id = '${user}';
        delete from children where id = '${child}';
        insert into auth.users (id) values ('${user}') on conflict do nothing;
        insert into habit_tracker (user_id, child_name, week_period, week_start_date, habits) values ('${user}', 'Kind', 'week', '2025-10-13',
          '${JSON.stringify(legacy.map((name, id) => ({ id, name, times: Array.from({ length: 7 }, () => '') })))}');
        insert into children (id, user_id, name) values ('${child}', '${user}', 'Kind');
        insert into weeks (id, user_id, child_id, week_start_date, week_end_date) values ('${week}', '${user}', '${child}', '2025-10-13', '2025-10-19');
        ${normalized.map((name, place) => `insert into habits (week_id, name, display_order) values ('${week}', '${name}', ${place});`).join('\n')}`);
    type Found = { equal: { weeks: number }; differing: unknown[]; odd: unknown[] };
    const compare = (...dates: string[]) =>
      value<Found>(`driftwatch_compare($1, $2, $3, $4, $5, $6, $7, 'skip'${dates.map((date) => `, '${date}'`).join('')})`, kin);
    const found = async () => {
      const answers = [await compare(), await compare('2025-10-13', '2025-10-20')].map(({ equal, differing, odd }) => [
        equal.weeks,
        differing.length,
        odd.length,
      ]);
      assert.deepEqual(answers[0], answers[1]);
      return answers[0];
    };

    await write(['A', 'B'], ['A', 'B']);
    assert.deepEqual(await found(), [1, 0, 0]);
    await write([' A', 'B'], ['A ', 'B']);
    assert.deepEqual(await found(), [1, 0, 0], 'only spelled in another way');
    await write(['A', 'A'], ['A', 'A (2)']);
    assert.deepEqual(await found(), [0, 0, 1]);
    await write(['A', 'A'], ['A', 'A ']);
    assert.deepEqual(await found(), [0, 0, 1], 'the same but for a space');
    await write(['\u00e5', '\u00e5'], ['\u00e5', 'a\u030a']);
    assert.deepEqual(await found(), [0, 0, 1], 'the same but for the normal form');
    await world.sql('alter table habits drop constraint habits_week_id_name_key');
    await write(['A', 'A'], ['A', 'A']);
    assert.deepEqual(await found(), [0, 0, 1], 'where nothing forbids it');
  });
});
