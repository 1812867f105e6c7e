import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate, type Cell, type LegacyHabit } from '../../demo/data.ts';
import type { Report } from '../src/report/report.ts';
import { checkWorld, fill, legacyWeek, owner, sayAll } from './database.ts';
import { startWorld, type World } from '../../demo/world.ts';
import { startProxy, toTable } from './world.ts';

const kids = ['Mia', '김하준', 'Zoë', 'Noa'];
const mondays = ['2025-09-01', '2025-09-08', '2025-09-15', '2025-09-22', '2025-09-29', '2025-10-06'];
/** Nobody writes to these weeks. */
const quiet = '2025-10-13';

let world: World;
before(async () => {
  world = await startWorld();
  const legacy = [...mondays, quiet].flatMap((week_start_date, index) =>
    kids.map((child_name, kid) => legacyWeek({ id: `${index * 10 + kid + 1}`, child_name, week_start_date })),
  );
  await fill(world, { legacy, normalized: migrate(legacy, { weekAlignment: 'skip' }) });
  await world.sql(`
    create function write_twin(child text, start date, new_theme text, new_habits jsonb) returns void language sql as $$
      update weeks set theme = new_theme, source_version = 'dual_write' from children c
      where weeks.child_id = c.id and c.name = child and weeks.week_start_date = start;
      delete from habits using weeks w, children c
      where habits.week_id = w.id and w.child_id = c.id and c.name = child and w.week_start_date = start;
      insert into habits (week_id, name) select w.id, h ->> 'name' from weeks w join children c on w.child_id = c.id, jsonb_array_elements(new_habits) h
      where c.name = child and w.week_start_date = start;
      insert into habit_records (habit_id, record_date, status)
      select n.id, start + cell.ordinality::int - 1, cell.value from weeks w join children c on w.child_id = c.id join habits n on n.week_id = w.id,
        jsonb_array_elements(new_habits) h, jsonb_array_elements_text(h -> 'times') with ordinality cell
      where c.name = child and w.week_start_date = start and n.name = h ->> 'name' and cell.value <> ''
    $$`);
});
after(() => world.close());

/** Saves that have reached one side only; `seen` is when what they left was read again. */
const underway = new Set<{ of: string; done: Promise<void>; seen: PromiseWithResolvers<void> }>();
/** Weeks that were half saved when something was read again. */
const shown = new Set<string>();

/**
 * The run's way to the world. What is half saved when a week is read again is whole before one is read again after that, and
 * then left alone: no save ever lasts from one look to the next, however slow the machine is. What lasts is a difference.
 */
const startWay = () =>
  startProxy(world.url, ({ path }) => {
    const { pathname, searchParams } = new URL(path, world.url);
    const isFirstReading = [...searchParams.keys()].every((name) => ['select', 'order', 'limit', 'offset', 'id'].includes(name));
    if (isFirstReading || pathname.endsWith('/children')) return undefined;
    return async ({ forward, reply }) => {
      await Promise.all([...underway].filter(({ of }) => shown.has(of)).map(({ done }) => done));
      for (const { of, seen } of underway) {
        shown.add(of);
        seen.resolve();
      }
      reply(await forward());
    };
  });

/** Saves as the old app does, deleting and inserting; the other side follows in a transaction of its own, after `pause`. */
async function save(child: string, start: string, number: number, pause: (seen: Promise<void>) => Promise<unknown>): Promise<void> {
  const statuses: Cell[] = ['green', 'yellow', 'red', ''];
  const times = [0, 1, 2, 3, 4, 5, 6].map((day) => statuses[(number * (day + 3)) % 4] ?? '');
  const habits: LegacyHabit[] = ['Read', 'Swim', 'Sing'].slice(0, 1 + (number % 3)).map((name, id) => ({ id, name, times }));
  const theme = `save ${number}`;
  const done = Promise.withResolvers<void>();
  const half = { of: `${child} ${start}`, done: done.promise, seen: Promise.withResolvers<void>() };
  underway.add(half);
  await world.sql('delete from habit_tracker where child_name = $1 and week_start_date = $2', [child, start]);
  await sleep(5);
  await world.sql(
    'insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits) values ($1, $2, $3::text, ($3::text)::date, $4, $5)',
    [owner(1), child, start, theme, JSON.stringify(habits)],
  );
  await pause(half.seen.promise);
  await world.sql('select write_twin($1, $2, $3, $4)', [child, start, theme, JSON.stringify(habits)]);
  underway.delete(half);
  done.resolve();
}

/** Keeps saving while the work is done: each writer its own children, one week after the other. */
async function whileSaving<T>(work: (way: Pick<World, 'url' | 'secretKey'>) => Promise<T>): Promise<{ result: T; saves: number }> {
  shown.clear();
  const way = await startWay();
  const end = new AbortController();
  const ended = new Promise((resolve) => end.signal.addEventListener('abort', resolve));
  const begun = Promise.withResolvers<void>();
  let saves = 0;
  const writers = kids.map(async (child, kid) => {
    for (let number = kid; !end.signal.aborted; number += 5) {
      const start = mondays[number % mondays.length] ?? quiet;
      if (!shown.has(`${child} ${start}`)) {
        await save(child, start, number, (seen) => {
          if (kid > 0) return sleep(100 + ((number * 37) % 300));
          // One child's saves stay half until a check has come upon them, so every machine has something on its way.
          begun.resolve();
          return Promise.race([seen, ended]);
        });
        saves += 1;
      }
      await sleep(20);
    }
  });
  await begun.promise;
  const result = await work({ url: way.url, secretKey: world.secretKey }).finally(() => end.abort());
  await Promise.all(writers);
  await way.close();
  return { result, saves };
}

function checkAnew(way: Pick<World, 'url' | 'secretKey'>, mode: string): Promise<Report> {
  shown.clear();
  return checkWorld(way, { 'settle-seconds': '2', mode });
}

describe('a check while both sides are being written to', () => {
  for (const mode of ['full', 'sample']) {
    it(`never finds what is only on its way (${mode})`, async () => {
      const { result, saves } = await whileSaving(async (way) => {
        const reports: Report[] = [];
        for (let run = 0; run < 4; run += 1) reports.push(await checkAnew(way, mode));
        return reports;
      });
      for (const report of result) {
        assert.deepEqual([report.verdict, sayAll(report)], ['in-sync', []], report.reason);
        // A sample is drawn from what is listed. A week that each of the writers has deleted and not yet inserted at that moment is not.
        const { compared, population } = report.drift;
        assert.equal(compared, population);
        assert.ok(mode === 'full' ? compared === 28 : compared <= 28 && compared >= 28 - kids.length, `${compared} weeks`);
      }
      // Something was on its way, and was seen.
      assert.ok(saves >= kids.length, `${saves} saves`);
      assert.ok(result.some(({ transient }) => transient > 0));
    });
  }

  it('finds exactly the one difference that is there', async () => {
    const [row] = await world.sql<{ id: string }>(`
      delete from habit_records using habits h, weeks w, children c
      where habit_id = h.id and h.week_id = w.id and w.child_id = c.id and c.name = 'Zoë' and w.week_start_date = '${quiet}' and record_date = '${quiet}'
      returning h.id`);
    for (const mode of ['full', 'sample']) {
      const { result } = await whileSaving((way) => checkAnew(way, mode));
      assert.deepEqual(sayAll(result), [`MISSING_RECORD Zoë ${quiet} habits/Read/${quiet}`, ...(mode === 'full' ? ['COUNT_MISMATCH records'] : [])]);
      assert.deepEqual([result.verdict, result.findings[0]?.rowIds['habits'], result.drift.differing], ['drift', [row?.id], 1]);
    }
    await world.sql(`insert into habit_records (habit_id, record_date, status) values ($1, $2, 'green')`, [row?.id, quiet]);
  });

  it('counts what came while pages were read, and what went', async () => {
    for (const mode of ['full', 'sample']) {
      let struck = false;
      const proxy = await startProxy(world.url, (request) => {
        if (struck || !toTable('weeks')(request) || request.path.includes('select=id&')) return undefined;
        struck = true;
        return async ({ forward, reply }) => {
          const later = mode === 'full' ? '2025-11-03' : '2025-11-10';
          const anew = [legacyWeek({ id: mode === 'full' ? '5001' : '5002', week_start_date: later })];
          const { weeks, habits, habit_records } = migrate(anew, { weekAlignment: 'skip' });
          const insert = (table: string, columns: string, rows: readonly object[]) =>
            world.sql(`insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`, [JSON.stringify(rows)]);
          await insert('habit_tracker', 'id, user_id, child_name, week_period, week_start_date, theme, habits', anew);
          await insert('weeks', 'id, user_id, child_id, week_start_date, week_end_date, theme', weeks);
          await insert('habits', 'id, week_id, name', habits);
          await insert('habit_records', 'id, habit_id, record_date, status', habit_records);
          await world.sql(`delete from habit_tracker where child_name = 'Noa' and week_start_date = $1`, [mondays[mode === 'full' ? 0 : 1]]);
          await world.sql(`delete from weeks using children c where c.id = weeks.child_id and c.name = 'Noa' and week_start_date = $1`, [
            mondays[mode === 'full' ? 0 : 1],
          ]);
          reply(await forward());
        };
      });
      const report = await checkAnew({ url: proxy.url, secretKey: world.secretKey }, mode);
      await proxy.close();
      assert.ok(struck);
      assert.deepEqual([report.verdict, sayAll(report)], ['in-sync', []], report.reason);
      assert.deepEqual(
        report.counts.map(({ difference }) => difference),
        mode === 'full' ? [0, 0, 0, 0] : [0],
      );
    }
  });
});
