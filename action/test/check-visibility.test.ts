import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inSyncCase } from '../../demo/data.ts';
import type { Report } from '../src/report/report.ts';
import { checkWorld, fill, sayAll } from './database.ts';
import { answering, cutShort, hanging, htmlError, malformed, on, startProxy, startWorld, toTable, truncated, type Behaviour, type World } from './world.ts';

let world: World;
before(async () => {
  world = await startWorld();
  await fill(world, inSyncCase());
});
after(() => world.close());

const nothing = { children: [], weeks: [], habits: [], habit_records: [] };

/** The run does not know, says why in one readable sentence or two, and has found nothing. */
function assertUnknown(report: Report, reason: RegExp): void {
  assert.deepEqual([report.verdict, report.severity, report.findings], ['unknown', 'none', []]);
  assert.match(report.reason ?? '', reason);
  const text = report.reason ?? '';
  assert.ok(text.length > 60 && text.length < 1000 && text.endsWith('.'), text);
  assert.ok(!text.includes(world.secretKey) && !text.includes(world.publishableKey), text);
  assert.doesNotMatch(text, /undefined|\[object|\n/);
}

async function hiding<T>(tables: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const table of tables) await world.sql(`alter table ${table} enable row level security`);
  try {
    return await work();
  } finally {
    for (const table of tables) await world.sql(`alter table ${table} disable row level security`);
  }
}

describe('a publishable key', () => {
  const seen = (mode: string) => checkWorld(world, { 'supabase-key': world.publishableKey, mode });

  it('is as good as a secret one where nothing is hidden from it', async () => {
    for (const mode of ['full', 'sample']) assert.deepEqual([(await seen(mode)).verdict, (await seen(mode)).drift.compared], ['in-sync', 18]);
  });

  for (const [tables, reason] of [
    [['habit_tracker'], /^Table habit_tracker shows no row while weeks has some.*secret key/],
    [['weeks'], /^Table weeks shows no row while habit_tracker has some.*secret key/],
    [['habits'], /shows no habits at all.*secret key/],
    [['habit_records'], /shows no records at all.*secret key/],
    [['habits', 'habit_records'], /shows no habits at all.*secret key/],
    [['habit_tracker', 'children', 'weeks', 'habits', 'habit_records'], /^Both sides are empty.*nothing to compare.*pg_class/],
  ] as const) {
    it(`does not know what row-level security on ${tables.join(', ')} hides`, async () => {
      await hiding(tables, async () => {
        for (const mode of ['full', 'sample']) assertUnknown(await seen(mode), reason);
        const privileged = await checkWorld(world);
        assert.equal(privileged.verdict, 'in-sync');
      });
    });
  }

  it('finds what differs where nothing is hidden from it', async () => {
    await world.sql(`update weeks set theme = concat('not ', theme)`);
    assert.equal((await seen('full')).findingsByType['DATA_MISMATCH'], 18);
    await fill(world, inSyncCase());
  });
});

describe('two empty sides', () => {
  it('are not in sync, whatever the key', async () => {
    await fill(world, { legacy: [], normalized: nothing });
    for (const mode of ['full', 'sample', 'auto']) {
      assertUnknown(await checkWorld(world, { mode }), /^Both sides are empty: there is nothing to compare, or the key sees nothing\./);
    }
    await fill(world, inSyncCase());
  });
});

describe('a project with another schema', () => {
  for (const table of ['habit_tracker', 'children', 'weeks', 'habits', 'habit_records']) {
    it(`does not know what is in ${table} when it is not there`, async () => {
      await world.sql(`alter table ${table} rename to elsewhere`);
      for (const mode of ['full', 'sample']) {
        assertUnknown(
          await checkWorld(world, { mode }),
          table === 'habits' || table === 'habit_records' ? /foreign key|is not there/ : new RegExp(`^Table ${table} is not there`),
        );
      }
      await world.sql(`alter table elsewhere rename to ${table}`);
    });
  }

  for (const [table, column] of [
    ['habit_tracker', 'reward'],
    ['habit_tracker', 'week_start_date'],
    ['children', 'name'],
    ['weeks', 'week_end_date'],
    ['weeks', 'source_version'],
    ['habits', 'name'],
    ['habit_records', 'status'],
  ]) {
    it(`names the column ${table}.${column} when it is missing`, async () => {
      await world.sql(`alter table ${table} rename column ${column} to gone`);
      assertUnknown(await checkWorld(world), new RegExp(`column.*missing.*${column}`));
      await world.sql(`alter table ${table} rename column gone to ${column}`);
    });
  }

  it('names the foreign keys when the API finds no relationship', async () => {
    await world.sql('alter table habit_records drop constraint fk_habit_records_habit_id');
    assertUnknown(await checkWorld(world), /fk_habit_records_habit_id/);
    await world.sql(
      'alter table habit_records add constraint fk_habit_records_habit_id foreign key (habit_id) references habits (id) on delete cascade not valid',
    );
  });

  it('does not know what to make of a column of another type', async () => {
    await world.sql('alter table weeks alter column theme type jsonb using to_jsonb(theme)');
    await world.sql(`update weeks set theme = '{"a": 1}'`);
    assertUnknown(await checkWorld(world), /^Column theme of table weeks has the type json where text is expected/);
    await world.sql(`alter table weeks alter column theme type text using theme ->> 'a'`);
    await fill(world, inSyncCase());
  });

  it('knows again once everything is as it was', async () => {
    assert.equal((await checkWorld(world)).verdict, 'in-sync');
  });
});

describe('a project that fails', () => {
  async function behind(behaviour: Behaviour, inputs: Record<string, string> = {}): Promise<Report> {
    const proxy = await startProxy(world.url, behaviour);
    try {
      return await checkWorld({ url: proxy.url, secretKey: world.secretKey }, inputs);
    } finally {
      await proxy.close();
    }
  }
  const always = () => true;

  for (const [name, behaviour, reason] of [
    ['rejects the key', () => answering(401, '{"message":"Invalid API key"}'), /rejects the key \(HTTP 401\)/],
    ['is a web page', () => answering(200, '<html></html>', 'text/html'), /^A web page came .*\(HTTP 200\)/],
    ['is something else altogether', () => answering(404, 'not found', 'text/plain'), /no Supabase REST API.*404/],
    ['is paused', () => htmlError(540), /paused \(HTTP 540\)/],
    ['is down', () => htmlError(503), /server error .*\(HTTP 503\)/],
    ['is overrun', () => answering(429, '{}'), /HTTP 429/],
    ['redirects', () => answering(302, ''), /redirects to another one \(302\)/],
    ['runs into its statement timeout', () => answering(500, '{"code":"57014","message":"canceling statement due to statement timeout"}'), /statement timeout/],
    ['does not let the key read', () => answering(403, '{"code":"42501","message":"permission denied for table weeks"}'), /permission denied/],
    ['cuts the connection', on(toTable('weeks'), cutShort), /connection.*cut/],
    ['answers with half of the JSON', on(toTable('habit_tracker'), malformed), /not the JSON/],
    ['loses rows of a page and says so', on(toTable('weeks'), truncated(3, { mendRange: false })), /fewer rows than it claims/],
    [
      'answers with the first page again and again',
      on(
        (request) => toTable('habit_tracker')(request) && request.path.includes('id=gt'),
        async ({ request, forward, reply }) => {
          const answer = await forward();
          reply({
            ...answer,
            body: Buffer.from(
              JSON.stringify([
                {
                  row_id: /id=gt\.(\d+)/.exec(request.path)?.[1],
                  user_id: null,
                  child_name: 'x',
                  week_start_date: null,
                  theme: null,
                  reward: null,
                  habits: null,
                  reflection: null,
                  updated_at: null,
                },
              ]),
            ),
            headers: { 'content-type': 'application/json' },
          });
        },
      ),
      /does not advance/,
    ],
  ] as const satisfies readonly (readonly [string, Behaviour, RegExp])[]) {
    it(`is not in sync when it ${name}`, async () => assertUnknown(await behind(behaviour), reason));
  }

  it('is read once more before a failure counts', async () => {
    for (const table of ['habit_tracker', 'children', 'weeks']) {
      assert.equal((await behind(on(toTable(table), table === 'weeks' ? cutShort : htmlError(503), 2))).verdict, 'in-sync');
    }
  });

  it('is not in sync when it never answers, and the run ends with its budget', async () => {
    const report = await behind(on(always, hanging), { 'time-budget-seconds': '1' });
    assertUnknown(report, /time budget of 1 s ran out before a week was compared/);
  });

  it('is not in sync when it says how many rows there are and shows none of them', async () => {
    assertUnknown(await behind(on(toTable('weeks'), truncated(0, { mendRange: true }))), /fewer rows than it claims/);
  });

  it('is not reached at all under a wrong address', async () => {
    const closed = await startProxy(world.url, () => undefined);
    await closed.close();
    assertUnknown(await checkWorld({ url: closed.url, secretKey: world.secretKey }), /ECONNREFUSED.*nothing accepts connections/);
    assertUnknown(await checkWorld({ url: 'https://driftwatch.invalid', secretKey: world.secretKey }), /cannot be (found|reached)/);
  });

  it('keeps what was found before the trouble', async () => {
    await world.sql(`delete from habit_records where id in (select id from habit_records order by id limit 40)`);
    let counts = 0;
    const report = await behind(
      (request) => {
        if (!toTable('weeks')(request) || !request.path.includes('select=id&')) return undefined;
        counts += 1;
        return counts > 1 ? htmlError(500) : undefined;
      },
      { mode: 'sample' },
    );
    assert.deepEqual([report.verdict, report.severity, report.findingsByType], ['unknown', 'critical', { MISSING_RECORD: 40 }]);
    assert.match(report.reason ?? '', /HTTP 500/);
    assert.deepEqual([report.drift.compared, report.counts], [18, []]);
    assert.equal(sayAll(report).length, 40);
  });
});
