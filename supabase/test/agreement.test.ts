import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { childOf, weekOf } from '../../action/test/places.ts';
import { askBot } from './bot.ts';
import { createDatabase, startPostgres, startProject, user } from './server.ts';

/** The old app's traffic over data as it is in the wild; then the bot, which shares no code with the database, looks. */

let server: Awaited<ReturnType<typeof startPostgres>>;

before(async () => {
  server = await startPostgres();
});
after(async () => {
  await server?.stop();
});

function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const children = ['민아', '민아'.normalize('NFD'), ' 민아', 'Mia', 'Mia\u00a0', 'Noah'];
const names = ['독서', ' 독서 ', '독서'.normalize('NFD'), '독서 (2)', '운동', 'A|B', 'x'.repeat(50)];
const cells = ['', 'green', 'yellow', 'red', 'none', null, '', ' green '];
const odd = [
  null,
  'nonsense',
  { a: 1 },
  [{ times: [] }],
  [{ name: 'six', times: ['', '', '', '', '', ''] }],
  [{ name: 'odd', times: ['blue', '', '', '', '', '', ''] }],
];

const addDays = (date: string, days: number) => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const mondayOf = (date: string) => addDays(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
const canonical = (text: string) => text.normalize('NFC').trim();

for (const alignment of ['skip', 'monday', 'exact'] as const) {
  for (const seed of [1, 2]) {
    describe(`${alignment}, traffic ${seed}`, () => {
      test('every difference that the bot finds is on record, and without what is on record there is none', async (t) => {
        const project = await startProject(await createDatabase(server));
        t.after(() => project.close());
        const { sql } = project;
        const pick = chance(seed);
        const one = <T>(values: readonly T[]): T => values[pick(values.length)] as T;
        await sql`insert into auth.users (id) values (${user(1)}), (${user(2)})`;
        await sql`update dual_write_settings set mode = 'on', week_alignment = ${alignment}`;

        const habits = () =>
          pick(15) === 0
            ? one(odd)
            : Array.from({ length: pick(6) }, () => ({ id: 1760000000000 + pick(999), name: one(names), times: Array.from({ length: 7 }, () => one(cells)) }));
        const date = () => (pick(25) === 0 ? null : addDays('2025-09-01', pick(4) * 7 + (pick(3) === 0 ? pick(7) : 0)));
        const owner = () => (pick(8) === 0 ? null : user(1 + pick(2)));
        let period = 0;
        const insert = (on: typeof sql) => {
          period += 1;
          return on`insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection)
            values (${owner()}, ${one(children)}, ${`${period}`}, ${date()}, ${one([null, '', ' ', '가을', ' 가을'])}, ${one([null, 'toy'])},
              ${sql.json(habits() as never)}, ${sql.json(one([null, {}, { bestDay: '' }, { bestDay: '월', deep: [null, ''] }]) as never)})`;
        };
        const some = (on: typeof sql) => on`(select id from habit_tracker order by md5(id::text || ${String(pick(1e6))}) limit 1)`;
        for (let step = 0; step < 250; step += 1) {
          const kind = pick(10);
          if (kind < 4) await insert(sql);
          else if (kind < 6) await sql`delete from habit_tracker where id in ${some(sql)}`;
          else if (kind < 7)
            await sql`update habit_tracker set habits = ${sql.json(habits() as never)}, theme = ${one([null, '', 'new'])} where id in ${some(sql)}`;
          else if (kind < 8)
            await sql`update habit_tracker set week_start_date = ${date()}, child_name = ${one(children)}, user_id = ${owner()} where id in ${some(sql)}`;
          else {
            await sql.begin(async (transaction) => {
              const on = transaction as unknown as typeof sql;
              await on`delete from habit_tracker where id in ${some(on)}`;
              await insert(on);
            });
          }
        }

        const open = await sql<{ child: string | null; date: string | null; id: string }[]>`
          select payload ->> 'child_name' as child, payload ->> 'week_start_date' as date, legacy_id as id
          from dual_write_failures where resolved_at is null`;
        const onRecord = new Set(open.map((row) => `${canonical(row.child ?? '')} ${row.date && mondayOf(row.date)}`));
        const inputs = { 'week-alignment': alignment };
        const report = await askBot(project, inputs);
        assert.ok(report.drift.compared > 10);
        const unrecorded = report.findings.filter(
          (finding) => finding.type !== 'COUNT_MISMATCH' && !onRecord.has(`${childOf(finding)} ${weekOf(finding) && mondayOf(weekOf(finding) ?? '')}`),
        );
        assert.deepEqual(unrecorded, []);

        // Without the rows that are on record, whatever their fault, everything agrees.
        await sql`delete from habit_tracker where id::text in (select legacy_id from dual_write_failures where resolved_at is null)`;
        await sql`select retry_dual_write_failures()`;
        const left = await sql`select error, payload from dual_write_failures where resolved_at is null`;
        assert.deepEqual([...left], []);
        assert.deepEqual((await askBot(project, inputs)).findings, []);
        assert.deepEqual([...(await sql`select * from backfill_legacy_weeks(false) where action <> 'skip'`)], [], 'and the backfill has nothing to do');
      });
    });
  }
}
