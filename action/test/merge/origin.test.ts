import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { emptying, migrate, type Case, type LegacyRow } from '../../../demo/data.ts';
import { fill, legacyWeek, owner } from '../database.ts';
import { openStage, type Stage } from '../pair/declared/stage.ts';
import { startWorld, type World } from '../world.ts';
import { howMany, openWorkspace } from './running.ts';

/** Parts that are put together say where drift comes from as the whole run does, and their files say no more than findings do. */

const runs = Number(process.env['DIFFERENTIAL_RUNS'] ?? 12);
const { write, run, runInParts, remove } = openWorkspace();
after(remove);

const plainly = { 'reveal-values': 'false' };

describe('where drift of a declared pair comes from, by its parts', () => {
  const declared = (key: string): string => `
pairs:
  boards:
    legacy: supabase
    normalized: supabase
    entities:
      posts:
        legacy: old_posts
        normalized: posts
        key: [board, post]
        fields: { board: board, post: ${key}, title: title, likes: likes }
        changed: { legacy: changed_at }
      users:
        legacy: old_users
        normalized: users
        fields: { name: name }
`;
  let stage: Stage;
  before(async () => {
    stage = await openStage({ migrations: ['021'] });
    await stage.world.sql(`
      create table old_posts (board text, post text, title text, likes bigint, changed_at timestamptz);
      create table posts (board text, post text, title text, likes bigint);
      create index on old_posts (board, post);
      create index on posts (board, post);
      create table old_users (id bigint primary key, name text);
      create table users (id bigint primary key, name text);
    `);
  });
  after(() => stage.close());

  const kinds = ['board', 'since', 'before', 'title', 'orphans', 'entity', 'nothing'] as const;
  const plans = fc.record({
    boards: fc.integer({ min: 3, max: 6 }),
    each: fc.integer({ min: 6, max: 9 }),
    kind: fc.constantFrom(...kinds),
    at: fc.nat(2),
    /** One row that differs for another reason, or none. */
    beside: fc.option(fc.nat(100), { freq: 3 }),
    users: fc.integer({ min: 0, max: 30 }),
    reveals: fc.boolean(),
  });
  type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

  const boardOf = (place: number, { boards }: Plan): string => `Secret board ${place % boards}`;

  function filling(plan: Plan): string {
    const { boards, each, kind, at, beside, users } = plan;
    const half = Math.floor((boards * each) / 2);
    const rows = Array.from({ length: boards * each }, (_, place) => {
      const isHit = {
        board: place % boards === at,
        since: place >= half + at,
        before: place < half - at,
        title: place % 4 === at,
        orphans: place % 5 === at,
        entity: place % 3 === 0,
        nothing: false,
      }[kind];
      return { board: boardOf(place, plan), post: String(Math.floor(place / boards)), title: `Secret title ${place}`, place, isHit: isHit || place === beside };
    });
    const text = (value: string): string => `'${value}'`;
    const legacy = rows.filter(({ isHit }) => !isHit || kind !== 'orphans');
    const normalized = rows.filter(({ isHit }) => !isHit || kind === 'title' || kind === 'orphans');
    const insert = (table: string, all: readonly string[]): string => (all.length === 0 ? '' : `insert into ${table} values ${all.join(', ')};`);
    return [
      emptying('old_posts', 'posts', 'old_users', 'users'),
      insert(
        'old_posts',
        legacy.map(
          ({ board, post, title, place }) =>
            `(${text(board)}, ${text(post)}, ${text(title)}, ${place}, timestamptz '2025-10-01 12:00:00+00' + interval '${place} days')`,
        ),
      ),
      insert(
        'posts',
        normalized.map(
          ({ board, post, title, place, isHit }) => `(${text(board)}, ${text(post)}, ${text(isHit && kind === 'title' ? 'else' : title)}, ${place})`,
        ),
      ),
      insert(
        'old_users',
        Array.from({ length: users }, (_, place) => `(${place}, 'Secret name')`),
      ),
      insert(
        'users',
        Array.from({ length: users }, (_, place) => `(${place}, 'Secret name')`),
      ),
    ].join('\n');
  }

  for (const [engine, inputs, least] of [
    ['stream', { mode: 'full' }, 0.6],
    ['digest', { mode: 'full' }, 0.3],
    ['stream', { mode: 'sample', 'sample-size': '60', seed: 'seed' }, 0.5],
    // Most rows are older than that, or all that is left differs.
    ['stream', { mode: 'full', 'changed-within': '80d' }, 0.05],
  ] as const) {
    it(`is what the whole run says (${JSON.stringify(inputs)}, engine: ${engine})`, async () => {
      // The database does not compare by itself where it is not to know how a number is written.
      write('driftwatch.yml', declared(engine === 'stream' ? '{ from: post, type: integer }' : '{ from: post }'));
      await stage.world.sql(`alter table posts alter column post type ${engine === 'stream' ? 'bigint using null' : 'text'}`);
      let [cases, said] = [0, 0];
      await fc.assert(
        fc.asyncProperty(plans, howMany, async (about, order) => {
          await stage.world.sql(filling(about));
          const all = { ...inputs, 'reveal-values': String(about.reveals), 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
          const whole = await run(all);
          const { merged, parts, files } = await runInParts(order, all);
          assert.deepEqual(new Set([whole, ...parts].map((report) => report.engine)), new Set([engine]));
          assert.deepEqual(merged.origin, whole.origin);
          if (!about.reveals) for (const file of files) assert.doesNotMatch(file, /Secret/);
          if (about.kind === 'nothing') return;
          cases += 1;
          if (whole.origin) said += 1;
        }),
        { numRuns: runs, seed: 20_260_105, endOnFailure: true },
      );
      assert.ok(said >= least * cases, `${said} of ${cases}`);
    });
  }

  it('is said of a board by the name that findings have, and of nothing where parts name it differently', async () => {
    write('driftwatch.yml', declared('{ from: post, type: integer }'));
    await stage.world.sql('alter table posts alter column post type bigint using null');
    await stage.world.sql(filling({ boards: 5, each: 10, kind: 'board', at: 2, beside: null, users: 5, reveals: false }));
    const about = { ...plainly, mode: 'full', 'supabase-url': stage.door.url, 'supabase-key': stage.world.secretKey };
    const { merged } = await runInParts([2, 1, 3], about);
    const name = merged.findings[0]?.key?.['board'];
    assert.match(name ?? '', /^key-[0-9a-f]{8}$/);
    assert.ok(
      merged.origin?.includes(`All 10 missing rows of “posts” belong to “board ${name}” (all 10 rows that do, none of the other 40).`),
      merged.origin?.join('\n'),
    );
    // Such names hold for one run.
    const { merged: passing, parts } = await runInParts([1, 2], { ...about, 'supabase-key': stage.world.publishableKey });
    assert.equal(parts[0]?.pseudonymKeyId, undefined);
    assert.equal(passing.origin, undefined);
  });
});

describe('where drift of the habit tracker comes from, by its parts', () => {
  const habits = ['Read', 'Tidy', 'Secret song'];
  const names = Array.from({ length: 8 }, (_, child) => `Secret child ${child}`);
  const starts = ['2025-09-01', '2025-09-08', '2025-09-15', '2025-09-22', '2025-09-29', '2025-10-06'];
  const legacy = (): LegacyRow[] =>
    names.flatMap((child_name, child) =>
      starts.map((week_start_date, week) =>
        legacyWeek({
          id: String(child * starts.length + week + 1),
          user_id: owner(1 + (child % 3)),
          child_name,
          week_start_date,
          habits: habits.map((name, place) => ({
            id: place === 0 ? 1_760_000_000_000 + child : place,
            name,
            times: ['green', '', 'red', '', 'yellow', '', ''],
          })),
          updated_at: `2025-${week < 3 ? '09' : '10'}-${String(10 + week).padStart(2, '0')}T18:00:00+00:00`,
        }),
      ),
    );

  /** What a migration writes, of which something is lost. */
  function losing(isLost: { week?: (child: string, start: string) => boolean; habit?: (name: string) => boolean }): Case {
    const rows = legacy();
    const all = migrate(rows, { weekAlignment: 'skip' });
    const childOf = new Map(all.children.map(({ id, name }) => [id, name]));
    const weeks = all.weeks.filter(({ child_id, week_start_date }) => !isLost.week?.(childOf.get(child_id) ?? '', week_start_date));
    const present = new Set(weeks.map(({ id }) => id));
    const own = all.habits.filter(({ week_id }) => present.has(week_id));
    const kept = new Set(own.filter(({ name }) => !isLost.habit?.(name)).map(({ id }) => id));
    return { legacy: rows, normalized: { ...all, weeks, habits: own, habit_records: all.habit_records.filter(({ habit_id }) => kept.has(habit_id)) } };
  }

  let world: World;
  before(async () => {
    write('driftwatch.yml', 'accepted: []\n');
    world = await startWorld({ migrations: ['014'] });
  });
  after(() => world.close());

  const cases: readonly (readonly [what: string, rows: Case, expected: RegExp, dualWrite?: true])[] = [
    [
      'one child',
      losing({ week: (child) => child === names[3] }),
      /^All 6 differing weeks are of one child, “child-[0-9a-f]{8}” \(all 6 weeks of this child, none of the other 42\)\.$/,
    ],
    [
      'one week',
      losing({ week: (_child, start) => start === starts[4] }),
      /^All 8 differing weeks (start on 2025-09-29 \(all 8 weeks that do|were last written)/,
    ],
    [
      'habits with a trait',
      losing({ habit: (name) => name === 'Read' }),
      /^All 144 missing records belong to habits whose id is a millisecond timestamp \(all 48 such habits in these weeks, none of the other 96\)\.$/,
    ],
    [
      'habits of one name',
      losing({ habit: (name) => name === 'Secret song' }),
      /^All 144 missing records belong to habits with the same name, which several children use \(all 48 in these weeks, none of the other 96\)\.$/,
    ],
    [
      'what is older than the dual-write',
      losing({ week: (_child, start) => start < '2025-09-20' }),
      /^All 24 differing weeks were last written before dual-writing began on 2025-10-01 00:00 UTC: a backfill gap, not the write path\.$/,
      true,
    ],
  ];

  for (const [what, rows, expected, dualWrite] of cases) {
    it(`is ${what}, though no part sees all of it`, async () => {
      await fill(world, rows);
      if (dualWrite) {
        await world.sql(`
          update weeks set source_version = 'dual_write', created_at = '2025-10-01T00:00:29Z', updated_at = '2025-10-01T00:00:29Z' where week_start_date >= '2025-09-22';
          update habits set source_version = 'dual_write' where week_id in (select id from weeks where source_version = 'dual_write');
        `);
      }
      for (const inputs of [{ mode: 'full' }, { mode: 'sample', 'sample-size': '1000', seed: 'seed' }]) {
        const about = { ...inputs, ...plainly, 'supabase-url': world.url, 'supabase-key': world.secretKey };
        const whole = await run(about);
        assert.ok(
          whole.origin?.some((sentence) => expected.test(sentence)),
          whole.origin?.join('\n'),
        );
        for (const order of [[1], [2, 1], [4, 2, 1, 3]]) {
          const { merged, files } = await runInParts(order, about);
          assert.deepEqual(merged.origin, whole.origin);
          for (const file of files) assert.doesNotMatch(file, /Secret/);
        }
      }
    });
  }

  it('names a habit where values are revealed, and is silent in a merge of reports that have no clues', async () => {
    await fill(world, losing({ habit: (name) => name === 'Secret song' }));
    const about = { mode: 'full', 'reveal-values': 'true', 'supabase-url': world.url, 'supabase-key': world.secretKey };
    const { merged, files } = await runInParts([1, 2], about);
    assert.ok(merged.origin?.[0]?.startsWith('All 144 missing records belong to habits named “Secret song” (all 48'), merged.origin?.join('\n'));
    for (const [place, file] of files.entries()) {
      const report = JSON.parse(file) as { evidence: object };
      write(`parts/${place}/report.json`, JSON.stringify({ ...report, evidence: { ...report.evidence, clues: undefined } }));
    }
    const silent = await run({ ...about, merge: 'parts/*/report.json' });
    assert.equal(silent.verdict, 'drift');
    assert.equal(silent.origin, undefined);
  });

  it('reads no table for that', async () => {
    await fill(world, losing({ week: (child) => child === names[3] }));
    const about = { mode: 'full', ...plainly, 'supabase-url': world.url, 'supabase-key': world.secretKey };
    const { merged } = await runInParts([1, 2], about);
    assert.ok(merged.origin);
    const away = await run({ ...about, merge: 'parts/*/report.json', 'supabase-url': 'http://127.0.0.1:9', 'time-budget-seconds': '60' });
    assert.deepEqual(away.origin, merged.origin);
  });
});
