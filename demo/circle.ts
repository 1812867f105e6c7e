import { startStage, type Stage } from '../action/test/action/stage.ts';
import { send, startFunction, type EdgeFunction } from '../supabase/test/server.ts';
import { inSyncCase, loadCase } from './data.ts';
import { startWorld, type World } from './world.ts';

/**
 * A project in the middle of its migration, with everything that belongs to it: the two schemas and the dual-write in an embedded Supabase,
 * the Edge Function in Deno, and a repository whose workflow is the bot. It goes through what such a project goes through; `npm start --
 * dual-write` shows it, and a test checks the numbers.
 */
export type Circle = {
  world: World;
  stage: Stage;
  /** One day of the app; returns a line for each thing that was done, with its result. */
  traffic: (day: Day) => Promise<string[]>;
  switchOn: () => Promise<void>;
  /** What somebody does who wants an hour without load on the database, and forgets about it. */
  switchOff: () => Promise<void>;
  /** The weeks that change, or would change, without those that are skipped on purpose. */
  backfill: (options: { dryRun: boolean }) => Promise<Repair[]>;
  close: () => Promise<void>;
};

/** Mondays of weeks that do not exist yet, for the old and the new app, and a day (0 to 6) of a week that exists by then. */
export type Day = { oldApp: string; newApp: string; tapped: number };

export type Repair = { legacy_id: string; week_start_date: string; action: string; reason: string; habits: number; records: number };

export const firstDay: Day = { oldApp: '2026-01-05', newApp: '2026-02-02', tapped: 3 };
export const secondDay: Day = { oldApp: '2026-01-12', newApp: '2026-02-09', tapped: 4 };

/** @param start another Supabase than the embedded one */
export async function startCircle(start = startWorld): Promise<Circle> {
  const world = await start({ migrations: ['01'] });
  await loadCase(world, inSyncCase());
  const stage = await startStage(world);
  const edge = await startFunction({ apiUrl: world.url, serviceKey: world.secretKey }).catch(async (error: unknown) => {
    // An open listener would keep the process from ending.
    await stage.close();
    await world.close();
    throw error;
  });
  return {
    world,
    stage,
    traffic: async (day) => [...(await saveLikeTheOldApp(world, day)), ...(await callLikeTheNewApp(world, edge, day))],
    async switchOn() {
      await world.sql('alter table habit_tracker enable trigger user');
      await world.sql(`select set_dual_write_mode('on')`);
    },
    async switchOff() {
      await world.sql(`select set_dual_write_mode('legacy_only')`);
      await world.sql('alter table habit_tracker disable trigger trigger_habit_tracker_dual_write');
    },
    backfill: ({ dryRun }) =>
      world.sql<Repair>(
        `select legacy_id, week_start_date::text, action, reason, habits, records from backfill_legacy_weeks($1)
         where action <> 'skip' order by week_start_date, legacy_id::bigint`,
        [dryRun],
      ),
    async close() {
      await edge.kill();
      await stage.close();
      await world.close();
    },
  };
}

/** Every child gets a week, and an existing week is saved again: by delete and insert, in one transaction. */
async function saveLikeTheOldApp(world: World, { oldApp }: Day): Promise<string[]> {
  const inserted = await world.sql(
    `insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, habits)
     select user_id, name, $1::text || ' of ' || user_id, $1::text::date, 'Summer',
       '[{"id": 1760000000000, "name": "Swim", "times": ["green", "", "red", "", "", null, "none"]}]'
     from children where source_version = 'migration' returning id`,
    [oldApp],
  );
  const ofAnOldWeek = `child_name = '김하준' and week_start_date = '2025-09-29'`;
  await world.sql(`
    begin;
    create temporary table saved on commit drop as select * from habit_tracker where ${ofAnOldWeek};
    delete from habit_tracker where ${ofAnOldWeek};
    insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection)
    select user_id, child_name, week_period, week_start_date, 'as of ${oldApp}', reward, habits, reflection from saved;
    commit`);
  return [`The old app saves ${inserted.length} new weeks, and an old one again by delete and insert (trigger)`];
}

/** A child gets a week, which is sent twice, and cells are filled in it and in an existing week. */
async function callLikeTheNewApp(world: World, edge: EdgeFunction, { newApp, tapped }: Day): Promise<string[]> {
  const [child] = await world.sql<{ user_id: string; child_name: string }>(`select user_id, name as child_name from children where name = 'Zoë' limit 1`);
  const week = { ...child, week_start_date: newApp };
  const key = crypto.randomUUID();
  const habits = [{ id: 1760000000001, name: 'Swim', times: ['', '', '', '', '', '', ''] }];
  const requests: [string, Record<string, unknown>, { key?: string }?][] = [
    ['create_week', { ...week, habits }, { key }],
    ['create_week', { ...week, habits }, { key }],
    ['update_habit_record', { ...week, habit_name: 'Swim', day: 0, status: 'green' }],
    ['update_habit_record', { ...child, week_start_date: firstDay.oldApp, habit_name: 'Swim', day: tapped, status: 'yellow' }],
  ];
  const answers: string[] = [];
  for (const [operation, data, options] of requests) {
    const { status, headers } = await send(edge, world.secretKey, operation, data, options);
    answers.push(`${operation} ${status}${headers.has('idempotency-replayed') ? ' replayed' : ''}`);
  }
  return answers.map((answer) => `The new app calls the Edge Function: ${answer}`);
}
