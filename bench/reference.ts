/**
 * The full comparison inside the database, measured over a real Postgres server with default settings, next to some
 * alternatives. Everything takes turns in one run, so that a busy moment does not affect only one of them.
 */
import { startPostgres } from '../demo/postgres.ts';
import { largeCase } from '../demo/data.ts';
import { startWorld, type World } from '../demo/world.ts';
import { extrapolate, measureAction, measurePerRow, median, medians, type Measurement } from './measured.ts';

/** The migrations that a comparison inside the database needs. */
export const driftMigrations = ['014'];

export type Goal = { what: string; goal: string; result: string; reached: boolean };

export type ReferencePlan = {
  weeks: number;
  childrenCount: number;
  rounds: number;
  /** Rows looked up one by one. */
  lookups: number;
  /** How many times as much data the second set has; 0 for no second set. */
  factor: number;
};

/** Views that somebody would write to get both sides as rows, one for each filled cell. */
const views = `
  create view flat_legacy as
  select t.user_id, t.child_name, t.week_start_date + (cell.ordinality::int - 1) as day, habit.value ->> 'name' as habit, cell.value as status
  from habit_tracker t cross join lateral jsonb_array_elements(t.habits) as habit
  cross join lateral jsonb_array_elements_text(habit.value -> 'times') with ordinality as cell
  where coalesce(cell.value, '') not in ('', 'none');
  create view flat_normalized as
  select w.user_id, k.name as child_name, r.record_date as day, h.name as habit, r.status
  from habit_records r join habits h on h.id = r.habit_id join weeks w on w.id = h.week_id join children k on k.id = w.child_id
  where r.status <> 'none'`;

/** Keys and indexes of all tables, in the order of creation; a foreign key needs the key that it points to. */
const keysAndIndexes = `
  create table kept_aside as
  select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make,
    format('alter table %s drop constraint %I', conrelid::regclass, conname) as unmake, contype = 'f' as last
  from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')
  union all
  select pg_get_indexdef(indexrelid), format('drop index %s', indexrelid::regclass), false
  from pg_index join pg_class on oid = indexrelid
  where relnamespace = 'public'::regnamespace and not exists (select from pg_constraint where conindid = indexrelid)`;

/**
 * Fills the tables without their keys and indexes and creates those afterwards: ids are random, and inserting each into an index that does
 * not fit into memory takes hours.
 */
export async function fill(world: World, weeks: number, childrenCount: number): Promise<void> {
  const each = async (statement: 'make' | 'unmake', order: string) => {
    for (const row of await world.sql<Record<string, string>>(`select ${statement} from kept_aside order by ${order}`)) {
      await world.sql(`set maintenance_work_mem = '512MB'; ${row[statement]}`);
    }
  };
  await world.sql(keysAndIndexes);
  await each('unmake', 'last desc');
  await world.sql(largeCase({ weeks, childrenCount, seed: 1, dense: true }));
  await each('make', 'last');
  await world.sql('drop table kept_aside; reset maintenance_work_mem');
  await world.sql(views);
  await world.sql('vacuum analyze');
  await world.sql('checkpoint');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const countViews = async (world: World): Promise<number> =>
  timed(async () => {
    await world.sql('select count(*) from flat_legacy');
    await world.sql('select count(*) from flat_normalized');
  });

/** Runs `work` as if the drift functions were not installed. */
export async function withoutFunctions<T>(world: World, work: () => Promise<T>): Promise<T> {
  await world.sql('alter function driftwatch_version() rename to hidden_driftwatch_version');
  try {
    return await work();
  } finally {
    await world.sql('alter function hidden_driftwatch_version() rename to driftwatch_version');
  }
}

/** Makes weeks across the whole table differ on one side, runs `work`, and restores them. */
export async function withDifferences<T>(world: World, count: number, weeks: number, work: () => Promise<T>): Promise<T> {
  const chosen = `id in (select md5('week ' || n * ${Math.floor(weeks / count)} + 1)::uuid from generate_series(0, ${count - 1}) n)`;
  await world.sql(`update weeks set reward = 'something else' where ${chosen}`);
  try {
    return await work();
  } finally {
    await world.sql(`update weeks set reward = '새 책 한 권' where ${chosen}`);
    await world.sql('vacuum analyze weeks');
    // Otherwise the remaining writes would happen during the next measurement.
    await world.sql('checkpoint');
  }
}

const differing = [1, 100, 10_000] as const;
const limits = { 1: 1.1, 100: 1.3, 10_000: 2.5 } as const;

export async function benchReference(plan: ReferencePlan, githubApiUrl: string): Promise<Goal[]> {
  const { weeks, childrenCount, rounds, lookups, factor } = plan;
  console.error(`${weeks.toLocaleString('en-US')} weeks on a real server: loading`);
  const postgres = await startPostgres();
  const world = await startWorld({ migrations: driftMigrations, postgres: postgres.url });
  const counts: number[] = [];
  const equal: Measurement[] = [];
  /** The same without differences, measured alternately, so that both find the caches equally full. */
  const between: Measurement[] = [];
  const stream: Measurement[] = [];
  const none: Measurement[] = [];
  const some: Measurement[] = [];
  const different = new Map<number, Measurement[]>(differing.filter((count) => count <= weeks / 10).map((count) => [count, []]));
  let longest = { ms: 0, statement: '' };
  const digest = (expected: { verdict?: string; differing?: number } = {}) =>
    measureAction(world, githubApiUrl, { mode: 'full', weeks, engine: 'digest', ...expected });

  try {
    await fill(world, weeks, childrenCount);
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      counts.push(await countViews(world));
      postgres.reset();
      equal.push(await digest());
      const slowest = postgres.slowest();
      if (slowest.ms > longest.ms) longest = slowest;
      stream.push(await withoutFunctions(world, () => measureAction(world, githubApiUrl, { mode: 'full', weeks, engine: 'stream' })));
      none.push(await measurePerRow(world, 0));
      some.push(await measurePerRow(world, Math.min(lookups, weeks)));
      for (const [count, runs] of different) {
        between.push(await digest());
        runs.push(await withDifferences(world, count, weeks, () => digest({ verdict: 'drift', differing: count })));
      }
    }

    const wall = (runs: readonly Measurement[]) => median(runs.map(({ wallMs }) => wallMs));
    const peak = (runs: readonly Measurement[]) => Math.max(...runs.map(({ peakMb }) => peakMb));
    const one = wall(equal);
    const perRow = extrapolate(medians(none), medians(some), Math.min(lookups, weeks), weeks).wallMs;
    const goals: Goal[] = [
      atMost('full exact run, everything equal, ÷ counting both flattening views', one / median(counts), 3, `${seconds(one)} ÷ ${seconds(median(counts))}`),
      atMost('the same ÷ streaming both sides over REST', one / wall(stream), 1 / 8, `${seconds(one)} ÷ ${seconds(wall(stream))}`),
      atMost(`the same ÷ per-row lookups (extrapolated from ${Math.min(lookups, weeks)})`, one / perRow, 1 / 100, `${seconds(one)} ÷ ${seconds(perRow)}`),
      { what: 'longest single statement', goal: '≤ 1 s', result: seconds(longest.ms), reached: longest.ms <= 1000 },
    ];
    const beside = wall(between);
    for (const [count, runs] of different) {
      const limit = limits[count as keyof typeof limits];
      goals.push(
        atMost(
          `${count.toLocaleString('en-US')} differing ${count === 1 ? 'week' : 'weeks'} ÷ an equal run`,
          wall(runs) / beside,
          limit,
          `${seconds(wall(runs))} ÷ ${seconds(beside)}`,
        ),
      );
    }
    const memory = Math.max(peak([...equal, ...between]), ...[...different.values()].map(peak));
    goals.push({ what: 'peak memory of the action, equal or differing', goal: '≤ 150 MB', result: `${Math.round(memory)} MB`, reached: memory <= 150 });
    if (factor === 0) return goals;
    // Printed now, because loading ten times as much takes longer than all of this, and may be interrupted.
    console.error(goalTable(goals));
    return [...goals, await benchLarger(plan, githubApiUrl, digest)];
  } finally {
    await world.close();
    await postgres.close();
  }
}

/** @param smaller runs on the smaller set, in turns with those on the larger one */
async function benchLarger({ weeks, childrenCount, factor }: ReferencePlan, githubApiUrl: string, smaller: () => Promise<Measurement>): Promise<Goal> {
  console.error(`${(weeks * factor).toLocaleString('en-US')} weeks: loading, which takes long`);
  const postgres = await startPostgres();
  const world = await startWorld({ migrations: driftMigrations, postgres: postgres.url });
  try {
    await fill(world, weeks * factor, childrenCount * factor);
    const runs: number[] = [];
    const smallerRuns: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      smallerRuns.push((await smaller()).wallMs);
      runs.push((await measureAction(world, githubApiUrl, { mode: 'full', weeks: weeks * factor, engine: 'digest' })).wallMs);
    }
    const one = median(smallerRuns);
    return atMost(`${factor}× the data ÷ the data`, median(runs) / one, factor * 1.1, `${seconds(median(runs))} ÷ ${seconds(one)}`);
  } finally {
    await world.close();
    await postgres.close();
  }
}

export const seconds = (ms: number): string => (ms < 9950 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000).toLocaleString('en-US')} s`);

export function atMost(what: string, ratio: number, limit: number, from: string): Goal {
  const shown = (value: number) => (value > 0.5 ? `${value.toFixed(2)}×` : `1/${(1 / value).toFixed(value < 0.1 ? 0 : 1)}`);
  return {
    what,
    goal: `≤ ${limit >= 1 ? `${Number(limit.toFixed(2))}×` : `1/${Math.round(1 / limit)}`}`,
    result: `${shown(ratio)} (${from})`,
    reached: ratio <= limit,
  };
}

export function goalTable(goals: readonly Goal[]): string {
  const lines = goals.map(({ what, goal, result, reached }) => `| ${what} | ${goal} | ${result} | ${reached ? 'yes' : 'no'} |`);
  return ['| what | goal | result | reached |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
