import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrate, type Case, type LegacyRow } from '../../demo/data.ts';
import { withoutChecks } from '../../demo/traps.ts';
import type { Entity } from '../src/pair/pair.ts';
import { BudgetError } from '../src/store/errors.ts';
import { addDays } from '../src/document/calendar.ts';
import { comparePair, createMemoryPair } from './pair/memory-pair.ts';
import { checkWorld, countsOf, fill, legacyWeek, owner, sayAll } from './database.ts';
import { answering, on, startProxy, startWorld, toTable, type Proxy, type World } from './world.ts';

/** What holds for both engines: they are asked one after the other about the same rows. */

let world: World;
/** The same project as if the drift functions were not installed. */
let without: Proxy;

before(async () => {
  world = await startWorld({ migrations: ['014'] });
  await world.sql(withoutChecks);
  without = await startProxy(world.url, on(toTable('rpc/driftwatch_version'), answering(404, '{"code":"PGRST202","message":"no such function"}')));
});
after(async () => {
  await without.close();
  await world.close();
});

const habit = (name: string, times: unknown = ['green', '', 'red', null, 'yellow', 'none', '']) => ({ id: 1, name, times });
const migrated = (legacy: LegacyRow[]): Case => ({ legacy, normalized: migrate(legacy, { weekAlignment: 'skip' }) });
const twoWeeks = (): LegacyRow[] => [legacyWeek({ id: '1' }), legacyWeek({ id: '2', child_name: 'Noa', user_id: owner(2) })];
const replica = (sql: string) => world.sql(`set session_replication_role = replica; ${sql}; set session_replication_role = default`);

/** Both engines' answers, which must be one. */
async function both(inputs: Record<string, string> = {}): Promise<ReturnType<typeof outcome>> {
  const digest = await checkWorld(world, { mode: 'full', ...inputs });
  const stream = await checkWorld({ ...world, url: without.url }, { mode: 'full', ...inputs });
  assert.deepEqual(outcome(stream), outcome(digest));
  return outcome(digest);
}
const outcome = (report: Awaited<ReturnType<typeof checkWorld>>) => ({
  verdict: report.verdict,
  reason: report.reason,
  findings: sayAll(report).toSorted(),
  counts: countsOf(report),
});

describe('counts', () => {
  it('are what the tables hold: rows that hang on nothing are counted', async () => {
    await fill(world, migrated(twoWeeks()));
    await replica(`
      insert into habits (id, week_id, name) values ('${owner(8)}', '${owner(9)}', 'Loose');
      insert into habit_records (habit_id, record_date, status) values ('${owner(8)}', '2025-10-13', 'green'), ('${owner(7)}', '2025-10-14', 'red'), ('${owner(7)}', '2025-10-15', 'none')`);
    const { findings, counts } = await both();
    assert.deepEqual(findings, ['COUNT_MISMATCH habits', 'COUNT_MISMATCH records']);
    assert.deepEqual(
      [counts['habits'], counts['records']],
      [
        [2, 2, 3],
        [6, 6, 8],
      ],
    );
  });

  it('are not what a verdict waits for where the database has no time to count what hangs on nothing', async () => {
    await fill(world, migrated(twoWeeks()));
    const slow = answering(500, '{"code":"57014","message":"canceling statement due to statement timeout"}');
    const count = (request: Parameters<ReturnType<typeof toTable>>[0]) => toTable('habit_records')(request) && /limit=1(&|$)/.test(request.path);
    for (const [url, isCount] of [
      [world.url, toTable('rpc/driftwatch_loose')],
      [without.url, count],
    ] as const) {
      const proxy = await startProxy(url, on(isCount, slow));
      try {
        const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
        assert.deepEqual([report.verdict, report.reason], ['in-sync', undefined]);
        assert.match(
          report.health.find(({ check }) => check === 'rows without a parent')?.detail ?? '',
          /^Habits and records that belong to no week were not counted/,
        );
        await world.sql(`update weeks set theme = 'another' where user_id = '${owner(2)}'`);
        assert.deepEqual(sayAll(await checkWorld({ ...world, url: proxy.url }, { mode: 'full' })), ['DATA_MISMATCH Noa 2025-10-13 theme']);
        await fill(world, migrated(twoWeeks()));
      } finally {
        await proxy.close();
      }
    }
  });

  it('are asked for again where the first answer was a passing failure', async () => {
    await fill(world, migrated(twoWeeks()));
    const proxy = await startProxy(world.url, on(toTable('rpc/driftwatch_loose'), answering(503, '{"message":"upstream"}'), 1));
    try {
      const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
      assert.deepEqual([report.verdict, report.reason], ['in-sync', undefined]);
    } finally {
      await proxy.close();
    }
  });

  it('are no reason to end without a verdict where somebody writes and the second look takes too long', async () => {
    const { legacy, normalized } = migrated(twoWeeks());
    const pair = createMemoryPair({ legacy, normalized }, 'skip');
    let looks = 0;
    const written: Entity = {
      ...pair,
      // One record more than came with the weeks, and it hangs on a habit.
      holdings: {
        ...pair.holdings,
        total: async () => [0, 0, normalized.habits.length, normalized.habit_records.length + 1],
        loose: async () => ({ rows: [0, 0, 0, 0], counted: [0, 0, 0, 0] }),
      },
      actual: {
        ...pair.actual,
        async *documents() {
          looks += 1;
          if (looks > 1) throw new BudgetError();
          yield* pair.actual.documents();
        },
      },
    };
    const { comparison, findings } = await comparePair(written);
    assert.deepEqual([looks, comparison.interruption, comparison.trouble, comparison.isLooseUnknown, findings], [2, undefined, undefined, true, []]);
  });

  it('take none of what the portions found when the rest cannot be read', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(`update weeks set theme = 'another' where user_id = '${owner(2)}'`);
    const proxy = await startProxy(
      world.url,
      on(toTable('rpc/driftwatch_loose'), answering(403, '{"code":"42501","message":"permission denied for function driftwatch_loose"}')),
    );
    try {
      const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
      assert.deepEqual([report.verdict, sayAll(report)], ['unknown', ['DATA_MISMATCH Noa 2025-10-13 theme']]);
      assert.match(report.reason ?? '', /^The answer of function driftwatch_loose/);
    } finally {
      await proxy.close();
    }
  });

  it('are of rows: two rows for one child are two', async () => {
    await fill(world, migrated([legacyWeek({ id: '1' }), legacyWeek({ id: '2', week_start_date: '2025-10-20' })]));
    await world.sql(
      `insert into children (id, user_id, name) values ('${owner(8)}', '${owner(1)}', 'Mia '); update weeks set child_id = '${owner(8)}' where week_start_date = '2025-10-20'`,
    );
    const { findings, counts } = await both();
    assert.deepEqual([findings, counts['children']], [['COUNT_MISMATCH children'], [1, 1, 2]]);
  });

  it('hold below a limit of the server that is lower than a list is long', async () => {
    const habits = Array.from({ length: 12 }, (_, place) => habit(`Habit ${place}`)) as LegacyRow['habits'];
    await fill(world, migrated(Array.from({ length: 3 }, (_, place) => legacyWeek({ id: `${place + 1}`, child_name: `Kind ${place}`, habits }))));
    // PostgREST cuts embedded lists as it cuts answers.
    const limit = 5;
    const cut = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.slice(0, limit).map(cut);
      return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, cut(inside)])) : value;
    };
    const proxy = await startProxy(without.url, (request) => {
      if (!/^\/rest\/v1\/(weeks|habits|habit_records|habit_tracker|children)\b/.test(request.path)) return undefined;
      return async ({ forward, reply }) => {
        const answer = await forward();
        const rows = cut(JSON.parse(answer.body.toString())) as unknown[];
        const range = answer.headers['content-range']?.replace(/^0-\d+/, `0-${rows.length - 1}`);
        reply({ ...answer, headers: { ...answer.headers, ...(range && { 'content-range': range }) }, body: Buffer.from(JSON.stringify(rows)) });
      };
    });
    const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
    await proxy.close();
    assert.deepEqual([report.verdict, report.reason, countsOf(report)['habits']], ['in-sync', undefined, [36, 36, 36]]);
  });

  it('are not trusted where lists are cut in a way that nothing tells of', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(`update habit_tracker set habits = '[]' where child_name = 'Noa'`);
    // Both engines would see an orphan; whoever drops it shows none.
    const proxy = await startProxy(
      without.url,
      on(toTable('weeks'), async ({ forward, reply }) => {
        const answer = await forward();
        const rows = JSON.parse(answer.body.toString()) as { user_id: string; habits?: unknown[] }[];
        for (const row of rows) if (row.user_id === owner(2)) row.habits = [];
        reply({ ...answer, body: Buffer.from(JSON.stringify(rows)) });
      }),
    );
    const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
    await proxy.close();
    assert.equal(report.verdict, 'unknown');
    assert.match(report.reason ?? '', /holds fewer rows than it claims/);
  });
});

describe('a week', () => {
  it('of another user than its child is found, whatever else agrees', async () => {
    await fill(world, migrated(twoWeeks()));
    await replica(`update weeks set user_id = '${owner(2)}' where user_id = '${owner(1)}'`);
    const { findings } = await both();
    assert.deepEqual(findings, ['WRONG_OWNER Mia 2025-10-13 user_id']);
    const hidden = await checkWorld(world, { mode: 'full', 'reveal-values': 'false' });
    const [finding] = hidden.findings;
    assert.equal(finding?.severity, 'critical');
    assert.match(`${finding?.legacy} ${finding?.normalized}`, /^text\(36, [0-9a-f]{8}\) text\(36, [0-9a-f]{8}\)$/);
    assert.notEqual(finding?.legacy, finding?.normalized);
    const sampled = await checkWorld(world, { mode: 'sample' });
    assert.deepEqual(sayAll(sampled), findings);
  });

  it('that stands twice is compared by the row that agrees best', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(`alter table weeks drop constraint weeks_child_id_week_start_date_key;
      insert into weeks (id, user_id, child_id, week_start_date, week_end_date)
      select '00000000-0000-0000-0000-000000000001', user_id, child_id, week_start_date, week_end_date from weeks where user_id = '${owner(1)}'`);
    const { findings } = await both();
    await world.sql("delete from weeks where id = '00000000-0000-0000-0000-000000000001'; alter table weeks add unique (child_id, week_start_date)");
    assert.deepEqual(findings, ['COUNT_MISMATCH weeks', 'ORPHAN_WEEK Mia 2025-10-13']);
  });

  it('has its habits and records compared by the rows that agree best', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(`alter table habit_records drop constraint habit_records_habit_id_record_date_key;
      insert into habits (id, week_id, name) select '00000000-0000-0000-0000-000000000001', week_id, name || ' ' from habits limit 1;
      insert into habit_records (id, habit_id, record_date, status) select '00000000-0000-0000-0000-000000000001', habit_id, record_date, 'red' from habit_records r
        join habits h on h.id = r.habit_id join weeks w on w.id = h.week_id where r.status = 'green' and w.user_id = '${owner(2)}'`);
    const { findings } = await both();
    await world.sql(
      `delete from habit_records where id = '00000000-0000-0000-0000-000000000001'; alter table habit_records add unique (habit_id, record_date)`,
    );
    assert.deepEqual(
      findings.map((finding) => finding.replace(/Mia|Noa/, '…')),
      [
        'COUNT_MISMATCH habits',
        'COUNT_MISMATCH records',
        'ORPHAN_HABIT … 2025-10-13 habits/Read [row 2]',
        'ORPHAN_RECORD … 2025-10-13 habits/Read/2025-10-13 [row 2]',
      ],
    );
  });
});

describe('one row', () => {
  const stateOf = (id: string, column: string, json: string) =>
    world.sql(`update habit_tracker set ${column} = '${json}' where id = ${id}; update weeks set reflection = reflection`);

  it('with JSON at any depth keeps nobody from a verdict', async () => {
    await fill(world, migrated(twoWeeks()));
    const deep = `${'['.repeat(900)}"x"${']'.repeat(900)}`;
    await stateOf('1', 'reflection', deep);
    assert.deepEqual((await both()).findings, ['DATA_MISMATCH Mia 2025-10-13 reflection']);
    await world.sql(`update weeks set reflection = '${deep}' where user_id = '${owner(1)}'`);
    assert.deepEqual((await both()).verdict, 'in-sync');
    await stateOf('1', 'habits', `[${deep}]`);
    assert.ok((await both()).findings.includes('MALFORMED_LEGACY Mia 2025-10-13 habits[0]'));
  });

  it('whose name is written in more ways than fit into a URL keeps nobody from a verdict', async () => {
    const spellings = Array.from({ length: 300 }, (_, place) => `Zoë${'\u3000'.repeat(place)}`);
    await fill(world, migrated([legacyWeek({ id: '1', child_name: 'Zoë' }), legacyWeek({ id: '2', child_name: 'Noa', user_id: owner(2) })]));
    await world.sql(
      `insert into habit_tracker (user_id, child_name, week_period, week_start_date) values ${spellings.map((name, place) => `('${owner(1)}', '${name}', 'other ${place}', date '2020-01-06' + 7 * ${place})`).join(',')}`,
    );
    await world.sql(`delete from weeks where user_id = '${owner(2)}'`);
    const proxy = await startProxy(without.url, (request) => (request.path.length > 8000 ? answering(414, 'URI Too Long') : undefined));
    try {
      const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full' });
      assert.deepEqual([report.verdict, report.reason], ['drift', undefined]);
      assert.ok(sayAll(report).includes('MISSING_WEEK Noa 2025-10-13'));
      assert.equal(report.findingsByType['MISSING_WEEK'], 301);
    } finally {
      await proxy.close();
    }
  });

  it('of more than 200 habits is malformed, and the other rows are judged', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, place) => habit(`Habit ${place}`)) as LegacyRow['habits'];
    await fill(world, migrated([legacyWeek({ id: '1', habits: many(1005) }), legacyWeek({ id: '2', child_name: 'Noa' })]));
    assert.deepEqual((await both()).findings, ['MALFORMED_LEGACY Mia 2025-10-13 habits']);
    await fill(world, migrated([legacyWeek({ id: '1', habits: many(200) }), legacyWeek({ id: '2', child_name: 'Noa' })]));
    assert.equal((await both()).verdict, 'in-sync');
    await world.sql(
      `insert into habits (week_id, name) select (select week_id from habits where name = 'Habit 1'), 'More ' || n from generate_series(1, 1200) n`,
    );
    const { findings } = await both();
    assert.equal(findings.filter((finding) => finding.startsWith('ORPHAN_HABIT')).length, 1200);
  });
});

describe('numbers in JSON', () => {
  it('are compared as they are, and in whatever way they are written', async () => {
    await fill(world, migrated([legacyWeek({ id: '1' })]));
    const write = (legacy: string, normalized: string) =>
      world.sql(`update habit_tracker set reflection = '{"n": ${legacy}}'; update weeks set reflection = '{"n": ${normalized}}'`);
    for (const [left, right] of [
      ['9007199254740993', '9007199254740992'],
      ['0.1', '0.10000000000000000001'],
      ['1e400', '1e401'],
    ] as const) {
      await write(left, right);
      assert.deepEqual((await both()).findings, ['DATA_MISMATCH Mia 2025-10-13 reflection'], `${left} ${right}`);
    }
    for (const [left, right] of [
      ['1', '1.0'],
      ['1e0', '10e-1'],
      ['0', '-0'],
      ['9007199254740993', '9007199254740993.00'],
    ] as const) {
      await write(left, right);
      assert.equal((await both()).verdict, 'in-sync', `${left} ${right}`);
    }
  });
});

describe('of two rows that claim one week', () => {
  for (const [what, [later, earlier]] of [
    ['the one with the highest id counts, below zero too', [`id = -1, updated_at = '2025-10-19'`, `id = -4, updated_at = '2025-10-19'`]],
    ['the one without a time was updated first, as in the dual-write', [`updated_at = '-infinity'`, 'updated_at = null']],
  ] as const) {
    it(what, async () => {
      const counting = legacyWeek({ id: '1' });
      await fill(world, { ...migrated([counting]), legacy: [counting, legacyWeek({ id: '2', theme: 'another' })] });
      // The trigger would set the time.
      await replica(`update habit_tracker set ${later} where id = 1; update habit_tracker set ${earlier} where id = 2`);
      assert.deepEqual((await both()).findings, ['DUPLICATE_WEEK Mia 2025-10-13']);
    });
  }
});

describe('a column of another type', () => {
  const types: readonly (readonly [table: string, column: string, type: string, using: string, back: string])[] = [
    ['weeks', 'week_start_date', 'timestamptz', 'week_start_date::timestamptz', 'date'],
    ['habit_records', 'record_date', 'timestamp', 'record_date::timestamp', 'date'],
    ['habit_tracker', 'week_start_date', 'timestamptz', 'week_start_date::timestamptz', 'date'],
  ];
  for (const [table, column, type, using, back] of types) {
    it(`is named with both types: ${table}.${column} as ${type}`, async () => {
      await fill(world, migrated(twoWeeks()));
      await world.sql(`alter table ${table} alter column ${column} type ${type} using ${using}`);
      try {
        const { verdict, reason, findings } = await both();
        const named = type === 'timestamptz' ? 'timestamp with time zone' : 'timestamp without time zone';
        assert.deepEqual([verdict, findings], ['unknown', []]);
        assert.match(reason ?? '', new RegExp(`^Column ${column} of table ${table} has the type ${named} where date is expected`));
      } finally {
        await world.sql(`alter table ${table} alter column ${column} type ${back} using ${column}::${back}`);
      }
    });
  }

  for (const [table, column, expected] of [
    ['habit_tracker', 'updated_at', 'timestamp with time zone'],
    ['weeks', 'source_version', 'text'],
  ] as const) {
    it(`is named although nothing compares it: ${table}.${column}`, async () => {
      await fill(world, migrated(twoWeeks()));
      await world.sql(`alter table ${table} rename ${column} to kept; alter table ${table} add ${column} bigint default 1760000000000`);
      try {
        for (const url of [world.url, without.url]) {
          const { verdict, reason } = await checkWorld({ ...world, url }, { mode: 'full' });
          assert.equal(verdict, 'unknown');
          assert.match(reason ?? '', new RegExp(`^Column ${column} of table ${table} has the type (bigint|numeric) where ${expected} is expected`));
        }
      } finally {
        await world.sql(`alter table ${table} drop ${column}; alter table ${table} rename kept to ${column}`);
      }
    });
  }

  it('is read as it is where all it does is to tell rows apart: numbers as ids of records', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(`alter table habit_records rename id to kept; alter table habit_records add id bigserial; update weeks set theme = 'another'`);
    try {
      assert.deepEqual((await both()).findings, ['DATA_MISMATCH Mia 2025-10-13 theme', 'DATA_MISMATCH Noa 2025-10-13 theme']);
    } finally {
      await world.sql('alter table habit_records drop id; alter table habit_records rename kept to id');
    }
  });

  it('means what it is made of where somebody has a name for it', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(
      'create domain monday as date; create domain answers as jsonb; alter table weeks alter column week_start_date type monday, alter column reflection type answers',
    );
    try {
      assert.deepEqual(await both().then(({ verdict, findings }) => [verdict, findings]), ['in-sync', []]);
      await world.sql(`update weeks set theme = 'another' where user_id = '${owner(2)}'`);
      assert.deepEqual((await both()).findings, ['DATA_MISMATCH Noa 2025-10-13 theme']);
    } finally {
      await world.sql('alter table weeks alter column week_start_date type date, alter column reflection type jsonb; drop domain monday, answers');
    }
  });

  it('may hold any text where it is text: a date that is none is malformed, wherever it sorts', async () => {
    const rows = [legacyWeek({ id: '1' }), legacyWeek({ id: '2', week_start_date: '2025-10-20' })];
    await fill(world, { ...migrated(rows.slice(0, 1)), legacy: rows });
    await world.sql('alter table habit_tracker alter column week_start_date type text');
    try {
      for (const date of ['20251020', '2025-10-20 (moved)', '2025-02-30', '10000-01-03', 'soon', '']) {
        await replica(`update habit_tracker set week_start_date = '${date}' where id = 2`);
        assert.deepEqual((await both()).findings, ['MALFORMED_LEGACY Mia week_start_date'], date);
      }
    } finally {
      await world.sql(`delete from habit_tracker; alter table habit_tracker alter column week_start_date type date using week_start_date::date`);
    }
  });

  it('is asked for alone where it is null: the other weeks of the child are not read again', async () => {
    const dated = Array.from({ length: 30 }, (_, place) => legacyWeek({ id: String(place + 2), week_start_date: addDays('2025-01-06', 7 * place) }));
    await fill(world, { ...migrated(dated), legacy: [legacyWeek({ id: '1', week_start_date: null }), ...dated] });
    const { findings, reads } = await checkWorld({ ...world, url: without.url }, { mode: 'full' });
    assert.deepEqual(
      findings.map(({ type }) => type),
      ['MALFORMED_LEGACY'],
    );
    // Once with all, once by itself, and once more in another spelling.
    assert.ok(reads.legacy <= 31 + 2, `${reads.legacy} rows`);
  });

  it('may hold any text where it is text: a week without a date is an orphan, and the others are compared', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql('alter table weeks alter column week_start_date type text');
    try {
      for (const date of ['soon', '20251013', '']) {
        await replica(`update weeks set week_start_date = '${date}' where user_id = '${owner(2)}'`);
        assert.deepEqual((await both()).findings, ['MISSING_WEEK Noa 2025-10-13', `ORPHAN_WEEK Noa ${date}`], date);
      }
    } finally {
      await world.sql('delete from weeks; alter table weeks alter column week_start_date type date using week_start_date::date');
    }
  });

  it('may hold any text where it is text: an owner that is no UUID has no child, and the others are compared', async () => {
    await fill(world, migrated(twoWeeks()));
    await world.sql(
      'alter table habit_tracker rename user_id to kept; alter table habit_tracker add user_id text; update habit_tracker set user_id = kept::text',
    );
    try {
      assert.equal((await both()).verdict, 'in-sync');
      await replica(`update habit_tracker set user_id = 'guest' where child_name = 'Noa'`);
      assert.deepEqual((await both()).findings, ['MISSING_CHILD Noa 2025-10-13', 'ORPHAN_WEEK Noa 2025-10-13']);
      await replica(`update habit_tracker set week_start_date = null where child_name = 'Noa'`);
      const { findings } = await both();
      assert.deepEqual(
        findings.filter((finding) => !finding.startsWith('COUNT_MISMATCH')),
        ['MALFORMED_LEGACY Noa week_start_date', 'ORPHAN_WEEK Noa 2025-10-13'],
      );
    } finally {
      await world.sql('alter table habit_tracker drop user_id; alter table habit_tracker rename kept to user_id');
    }
  });

  for (const type of ['json', 'text']) {
    it(`is read as it is where it means the same: JSON as ${type}`, async () => {
      await fill(world, migrated(twoWeeks()));
      const change = (to: string) =>
        world.sql(
          ['habit_tracker.habits', 'habit_tracker.reflection', 'weeks.reflection']
            .map((place) => {
              const [table, column] = place.split('.');
              return `alter table ${table} alter column ${column} drop default, alter column ${column} type ${to} using ${column}::${to}`;
            })
            .join(';'),
        );
      await change(type);
      try {
        assert.deepEqual(await both().then(({ verdict, findings }) => [verdict, findings]), ['in-sync', []]);
        await world.sql(`update weeks set reflection = '{"a": 1}' where user_id = '${owner(1)}'`);
        assert.deepEqual((await both()).findings, ['DATA_MISMATCH Mia 2025-10-13 reflection']);
      } finally {
        await change('jsonb');
      }
    });
  }
});

describe('a row that is written anew while it is compared', () => {
  for (const engine of ['stream', 'digest'] as const) {
    it(`is found under a name that is spelled as no other of the child is (${engine})`, async () => {
      await fill(world, migrated([legacyWeek({ id: '1', child_name: 'Zoë' }), legacyWeek({ id: '2', child_name: 'Noa' })]));
      await world.sql(`create table gone as select * from habit_tracker where id = 1; delete from habit_tracker where id = 1`);
      let reads = 0;
      const back = () =>
        world.sql(`insert into habit_tracker select (jsonb_populate_record(gone, jsonb_build_object('id', 77, 'child_name', E' Zoe\\u0308\\t'))).* from gone`);
      const proxy = await startProxy(engine === 'stream' ? without.url : world.url, (request) => {
        // What is read again, after both sides were seen to differ.
        if (!(engine === 'stream' ? request.path.includes('or=') && toTable('habit_tracker')(request) : toTable('rpc/driftwatch_read')(request)))
          return undefined;
        reads += 1;
        if (reads !== 1) return undefined;
        return async ({ forward, reply }) => {
          const answer = await forward();
          await back();
          reply(answer);
        };
      });
      const report = await checkWorld({ ...world, url: proxy.url }, { mode: 'full', 'settle-seconds': '1' });
      await proxy.close();
      await world.sql('drop table gone');
      assert.deepEqual([report.engine, report.verdict, sayAll(report)], [engine, 'in-sync', []]);
    });
  }
});
