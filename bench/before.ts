/** Compares the costs of this checkout with those of an earlier commit: both take turns in one run, on one server. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '../demo/postgres.ts';
import { migrationFiles, startWorld, type World } from '../demo/world.ts';
import { measureAction, measureStart, median, type Expected, type Measurement } from './measured.ts';
import { driftMigrations, fill, withDifferences, withoutFunctions } from './reference.ts';

export type Checkout = { directory: string; remove: () => void };

const here = join(import.meta.dirname, '..');

/** The files of an earlier commit, including its `dist/`. */
export function checkOut(commit: string): Checkout {
  const directory = join(mkdtempSync(join(tmpdir(), 'driftwatch-before-')), 'checkout');
  const git = (...args: string[]) => execFileSync('git', ['-C', here, 'worktree', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  git('add', '--detach', directory, commit);
  return {
    directory,
    remove() {
      git('remove', '--force', directory);
      rmSync(join(directory, '..'), { recursive: true });
    },
  };
}

export type Sides<T> = { before: T; after: T };

/** What was measured in each round. Higher is worse. */
export type Figure = { what: string; unit: 'ms' | 'MB' } & Sides<number[]>;

/** One after the other, with the second one first in every other round. */
export async function takeTurns<T>(round: number, measure: (side: keyof Sides<T>) => Promise<T>): Promise<Sides<T>> {
  const result: Partial<Sides<T>> = {};
  for (const side of round % 2 === 0 ? (['before', 'after'] as const) : (['after', 'before'] as const)) result[side] = await measure(side);
  return result as Sides<T>;
}

/** More than ten per cent worse is too much. */
const limit = 1.1;

/** Over all rounds: the median of each side, and the median of the quotients. */
export function figureTable(figures: readonly Figure[]): string {
  const shown = (value: number, unit: string) =>
    value >= 9950 && unit === 'ms' ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
  const lines = figures.map(({ what, unit, before, after }) => {
    const ratio = median(after.map((value, round) => value / (before[round] ?? Number.NaN)));
    return `| ${what} | ${shown(median(before), unit)} | ${shown(median(after), unit)} | ${ratio.toFixed(2)} | ${ratio <= limit ? 'yes' : 'no'} |`;
  });
  return [`| what | before | after | after ÷ before | at most ${limit} |`, '| --- | ---: | ---: | ---: | --- |', ...lines].join('\n');
}

const least = (runs: readonly Measurement[]): Pick<Measurement, 'cpuMs' | 'peakMb'> => ({
  cpuMs: Math.min(...runs.map(({ cpuMs }) => cpuMs)),
  peakMb: Math.min(...runs.map(({ peakMb }) => peakMb)),
});

export type BeforePlan = { commit: string; weeks: number; childrenCount: number; rounds: number };

/** Every kind of full comparison, and a start that ends at once, for both commits; each has a database with its own functions. */
export async function benchBefore({ commit, weeks, childrenCount, rounds }: BeforePlan, githubApiUrl: string): Promise<Figure[]> {
  const checkout = checkOut(commit);
  const server = await startPostgres();
  const roots: Sides<string> = { before: checkout.directory, after: here };
  const figures = new Map<string, Figure>();
  const open: World[] = [];

  async function openWorld(side: keyof Sides<World>): Promise<World> {
    const admin = postgres(server.url, { max: 1, onnotice: () => undefined });
    await admin.unsafe(`create database ${side}`);
    await admin.end();
    const world = await startWorld({ migrations: false, postgres: server.url.replace(/postgres$/, side) });
    open.push(world);
    for (const file of migrationFiles(driftMigrations, roots[side])) await world.sql(readFileSync(file, 'utf8'));
    await fill(world, weeks, childrenCount);
    return world;
  }
  function add(what: string, unit: Figure['unit'], { before, after }: Sides<number>): void {
    const figure = figures.get(what) ?? { what, unit, before: [], after: [] };
    figure.before.push(before);
    figure.after.push(after);
    figures.set(what, figure);
  }

  try {
    console.error(`${weeks.toLocaleString('en-US')} weeks, twice: loading`);
    const worlds: Sides<World> = { before: await openWorld('before'), after: await openWorld('after') };
    const run = (side: keyof Sides<World>, expected: Omit<Expected, 'mode' | 'weeks'> = {}) =>
      measureAction(worlds[side], githubApiUrl, { mode: 'full', weeks, action: roots[side], ...expected });
    const ways: Readonly<Record<string, (side: keyof Sides<World>) => Promise<Measurement>>> = {
      'everything equal, compared inside the database': (side) => run(side),
      ...Object.fromEntries(
        [1, 100, 10_000]
          .filter((count) => count <= weeks / 2)
          .map((count) => [
            `${count.toLocaleString('en-US')} ${count === 1 ? 'week differs' : 'weeks differ'}`,
            (side: keyof Sides<World>) => withDifferences(worlds[side], count, weeks, () => run(side, { verdict: 'drift', differing: count })),
          ]),
      ),
      'everything equal, streamed over REST': (side) => withoutFunctions(worlds[side], () => run(side, { engine: 'stream' })),
    };
    for (let round = 0; round < rounds; round += 1) {
      for (const [what, measure] of Object.entries(ways)) {
        console.error(`round ${round + 1} of ${rounds}: ${what}`);
        const { before, after } = await takeTurns(round, measure);
        add(what, 'ms', { before: before.wallMs, after: after.wallMs });
        add(`${what}: CPU of the action`, 'ms', { before: before.cpuMs, after: after.cpuMs });
        add(`${what}: its peak memory`, 'MB', { before: before.peakMb, after: after.peakMb });
      }
      // A start is short, so it is the minimum of three: other work on the machine can only add to it.
      const { before, after } = await takeTurns(round, async (side) =>
        least([await measureStart(roots[side]), await measureStart(roots[side]), await measureStart(roots[side])]),
      );
      add('a start that ends at once: CPU', 'ms', { before: before.cpuMs, after: after.cpuMs });
      add('a start that ends at once: peak memory', 'MB', { before: before.peakMb, after: after.peakMb });
    }
    return [...figures.values()];
  } finally {
    for (const world of open) await world.close();
    await server.close();
    checkout.remove();
  }
}
