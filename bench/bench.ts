/**
 * Measures the bundled action and the per-row lookups that it replaces, over one embedded Supabase, in one run.
 *
 *   npm run bench                                      everything; writes bench/results.md
 *   npm run bench -- --embedded                        24, 2,000 and 20,000 weeks, without a server; writes its part of that
 *   npm run bench -- --smoke                           a little of everything, once: shows that it runs, judges no times
 *   npm run bench -- --weeks 100000 --mode full        one size and one mode; prints
 *   npm run bench -- --reference                       only the full comparison inside a real server; writes its part of that
 *   npm run bench -- --reference --factor 0            the same without ten times the data
 *   npm run bench -- --tables                          only a declared pair of two tables of 1,000,000 rows; writes its part of that
 *   npm run bench -- --tables --rows 100000 --rounds 3 --key uuid --order shuffled --factor 0   another pair; prints
 *   npm run bench -- --firestore                       only a declared pair of Firestore and a table; writes its part of that
 *   npm run bench -- --realtime-database               only a declared pair of the Realtime Database and a table; writes its part of that
 *   npm run bench -- --parts                           only a comparison in parts, and putting parts together; writes its part of that
 *   npm run bench -- --parts --rows 100000 --of 4      other sizes, by the names of its plan, as for the two above; prints
 *   npm run bench -- --before <commit>                 this checkout beside an earlier commit, in turns; --weeks, --rounds; prints
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { largeCase } from '../demo/data.ts';
import { startEmptyGitHub } from '../demo/github.ts';
import { startWorld } from '../demo/world.ts';
import { benchBefore, figureTable, type BeforePlan } from './before.ts';
import { benchFirestore, firestoreResults, type FirestorePlan } from './firestore.ts';
import { buildPerRow, directory, extrapolate, lookedUp, measureAction, measurePerRow, medians, type Measurement, type Mode } from './measured.ts';
import { benchParts, partsResults, type PartsPlan } from './parts.ts';
import { benchRealtimeDatabase, realtimeDatabaseResults, type RealtimeDatabasePlan } from './realtime-database.ts';
import { benchReference, goalTable, type Goal, type ReferencePlan } from './reference.ts';
import { benchTables, type TablesPlan } from './tables.ts';

type Row = Measurement & {
  weeks: number;
  way: string;
  /** Legacy weeks compared. */
  compared: number;
  extrapolated: boolean;
  /** What it takes to look up as many weeks one by one. */
  beside?: Measurement;
};

type Plan = { weeks: number; modes: readonly Mode[]; rounds: number; lookups: number };

async function benchOf({ weeks, modes, rounds, lookups }: Plan, githubApiUrl: string): Promise<Row[]> {
  console.error(`${number(weeks)} weeks: loading`);
  const world = await startWorld();
  try {
    await world.sql(largeCase({ weeks, childrenCount: Math.max(6, Math.round(weeks / 50)), seed: 1 }));
    // On the first request to a table, the server reads the schema.
    for (const name of ['habit_tracker', 'children', 'weeks']) {
      await fetch(`${world.url}/rest/v1/${name}?limit=1`, { headers: { apikey: world.secretKey } });
    }
    const rows = Math.min(weeks, lookups);
    const runs = { sample: [] as Measurement[], full: [] as Measurement[], none: [] as Measurement[], some: [] as Measurement[] };
    const compared = { sample: 0, full: 0 };
    // The ways take turns, so that a busy moment of the machine does not affect only one of them.
    for (let round = 1; round <= rounds; round += 1) {
      for (const mode of modes) {
        console.error(`${number(weeks)} weeks: ${mode}, round ${round} of ${rounds}`);
        const measured = await measureAction(world, githubApiUrl, { mode, weeks, engine: 'stream' });
        compared[mode] = measured.compared;
        runs[mode].push(measured);
      }
      if (rows === 0) continue;
      console.error(`${number(weeks)} weeks: per-row lookups, round ${round} of ${rounds}`);
      if (rows < weeks) runs.none.push(await measurePerRow(world, 0));
      runs.some.push(await measurePerRow(world, rows));
    }
    const perRow = (count: number): Measurement => (rows === count ? medians(runs.some) : extrapolate(medians(runs.none), medians(runs.some), rows, count));
    const result = modes.map((mode): Row => ({
      ...medians(runs[mode]),
      weeks,
      way: `Driftwatch, ${mode}`,
      compared: compared[mode],
      extrapolated: false,
      ...(rows > 0 && { beside: perRow(compared[mode]) }),
    }));
    if (rows === 0) return result;
    return [...result, { ...perRow(weeks), weeks, way: 'per-row lookups', compared: weeks, extrapolated: rows < weeks }];
  } finally {
    await world.close();
  }
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const seconds = (ms: number): string => (ms < 9950 ? (ms / 1000).toFixed(1) : number(ms / 1000));
const factor = (times: number): string => (times < 9.95 ? times.toFixed(1) : number(times));

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const ratio = (key: 'requests' | 'wallMs' | 'cpuMs') => {
      if (!row.beside) return '';
      const times = row.beside[key] / row[key];
      return times >= 1 ? ` (${factor(times)}× less)` : ` (${factor(1 / times)}× more)`;
    };
    const about = row.extrapolated ? '≈ ' : '';
    const cells = [
      number(row.weeks),
      row.way,
      number(row.compared),
      `${number(row.requests)}${ratio('requests')}`,
      `${about}${seconds(row.wallMs)} s${ratio('wallMs')}`,
      `${about}${seconds(row.cpuMs)} s${ratio('cpuMs')}`,
      `${number(row.peakMb)} MB`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| weeks | way | weeks compared | requests | wall time | CPU | peak memory |', '| ---: | --- | ---: | ---: | ---: | ---: | ---: |', ...lines].join(
    '\n',
  );
}

const machine = `Node ${process.versions.node}, ${availableParallelism()} cores
  (${cpus()[0]?.model.trim() ?? 'unknown'}). The ratios carry over to other machines, the times do not.`;

/** The parts of `bench/results.md`, each measured separately. */
const inDatabase = 'Every week, compared inside the database';
const overApi = 'Read through the API, without the drift functions';
const ofTables = 'A declared pair of two tables';
const ofFirestore = 'A declared pair of Firestore and a table';
const ofRealtimeDatabase = 'A declared pair of the Realtime Database and a table';
const ofParts = 'A comparison in parts';

/** @param goals the table of goals and results */
function referenceResults(goals: string, { weeks, childrenCount, rounds, factor: times }: ReferencePlan): string {
  return `Made by \`npm run bench -- --reference\`: the bundled action with the drift functions, over a real Postgres server with default
settings: ${number(weeks)} weeks of ${number(childrenCount)} children, six habits each, random cells. Medians of ${rounds} rounds in which the ways
take turns.

${goals}

- Counting is \`select count(*)\` of a plain view that flattens each side into one row for each filled cell.
- Streaming is the same action without the drift functions. The lookups are the check as it was first planned.
- Runs with differing weeks take turns with equal runs of their own, and are divided by those.${
    times > 0
      ? `\n- ${times}× the data are ${number(childrenCount * times)} children, with as many weeks each: three runs, in turns with three on the data.`
      : ''
  }
- ${machine}
`;
}

function tablesResults(goals: string, { rows, rounds, factor: times }: TablesPlan): string {
  return `Made by \`npm run bench -- --tables\`: the bundled action over a real Postgres server with default settings: two tables of ${number(rows)} rows
and nine columns of mixed types, one of them JSONB, random values. Medians of ${rounds} rounds in which the ways take turns.

${goals}

- The join is \`full join\` by the key and \`is distinct from\` of all columns, on a connection of its own.
- Streaming is the same action without the row functions. Reading the same pages is fetching and parsing them, and nothing else.
- Two projects are two databases of one server, which share its two cores.
- Runs with differing rows take turns with equal runs of their own, and are divided by those.${
    times > 0 ? `\n- ${times}× the rows are ${number(rows * times)} in each table: three runs, in turns with three on the smaller ones.` : ''
  }
- ${machine}
`;
}

function embeddedResults(rows: readonly Row[]): string {
  return `Made by \`npm run bench -- --embedded\`: the bundled action beside the check as it was first planned (count both sides, then look up
each legacy row's child and week, one request each), over the same embedded Supabase, taking turns in the same run.

${table(rows)}

- "× less" and "× more" are against looking up as many weeks as were compared. The lookups compare a week's theme and
  nothing else; Driftwatch compares its theme, reward, reflection, dates, habits and records, and counts both sides.
- A sample proves a drift rate of at most 0.1% at 95% confidence with 2,995 weeks, or all of them where there are fewer.
- Both sides agree in these data: a week has 6.5 habits and 25 filled cells on average, each cell drawn on its own.
- "≈": ${lookedUp} rows were looked up, what that cost beyond a run without any was multiplied, and requests were counted out.
  That is kind to the lookups: over a network each of them waits for an answer before the next.
- Wall time includes the embedded database's work; CPU and peak memory (resident set) are of the checking process alone.
- Medians of ${planned
    .map(({ weeks, rounds }) => `${rounds} rounds for ${number(weeks)} weeks`)
    .join(', ')
    .replaceAll('1 rounds', '1 round')}.
- ${machine}
`;
}

/** @param measured parts by their headings; any other part stays unchanged */
function writeResults(measured: Readonly<Record<string, string>>): void {
  const file = join(import.meta.dirname, 'results.md');
  const [, ...known] = (existsSync(file) ? readFileSync(file, 'utf8') : '').split(/^## /m);
  const kept = (heading: string): string => known.find((part) => part.startsWith(`${heading}\n`))?.slice(heading.length) ?? 'Not measured yet.';
  const parts = [inDatabase, overApi, ofTables, ofFirestore, ofRealtimeDatabase, ofParts].map(
    (heading) => `## ${heading}\n\n${(measured[heading] ?? kept(heading)).trim()}`,
  );
  writeFileSync(file, `${['# What a run costs', ...parts].join('\n\n')}\n`);
}

const planned: readonly Plan[] = [
  { weeks: 24, modes: ['sample', 'full'], rounds: 5, lookups: lookedUp },
  { weeks: 2000, modes: ['sample', 'full'], rounds: 3, lookups: lookedUp },
  { weeks: 20_000, modes: ['sample', 'full'], rounds: 1, lookups: lookedUp },
];

function readPlans(): Plan[] {
  const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, embedded: { type: 'boolean' }, weeks: { type: 'string' }, mode: { type: 'string' } } });
  if (values.embedded) return [...planned];
  if (values.smoke) return [{ weeks: 24, modes: ['sample', 'full'], rounds: 1, lookups: lookedUp }];
  if (values.weeks === undefined && values.mode === undefined) return [...planned];
  const weeks = Number(values.weeks ?? 2000);
  const modes = (['sample', 'full'] as const).filter((mode) => values.mode === undefined || mode === values.mode);
  if (!Number.isInteger(weeks) || weeks < 1 || modes.length === 0) {
    throw new Error('Usage: npm run bench -- [--smoke | --embedded | --weeks <whole number> --mode <sample|full>]');
  }
  return [{ weeks, modes, rounds: 1, lookups: 0 }];
}

/** The full comparison inside the database: 100,000 weeks, and ten times as many. */
const reference: ReferencePlan = { weeks: 100_000, childrenCount: 1000, rounds: 5, lookups: lookedUp, factor: 10 };

function readReference(): ReferencePlan | undefined {
  const options = { smoke: { type: 'boolean' }, reference: { type: 'boolean' }, rounds: { type: 'string' }, factor: { type: 'string' } } as const;
  const { values } = parseArgs({ options, strict: false });
  if (values.smoke) return { weeks: 2000, childrenCount: 40, rounds: 1, lookups: 50, factor: 2 };
  if (values.reference) return { ...reference, rounds: Number(values.rounds ?? 5), factor: Number(values.factor ?? reference.factor) };
  return process.argv.length === 2 ? reference : undefined;
}

const ofAMillion: TablesPlan = { rows: 1_000_000, rounds: 5, factor: 10, order: 'same', key: 'bigint' };

/** @returns what to measure, and whether it is everything that the page shows */
function readTables(): (TablesPlan & { isWhole: boolean }) | undefined {
  const given = {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    factor: { type: 'string' },
    key: { type: 'string' },
    order: { type: 'string' },
  } as const;
  const { smoke, tables, ...values } = parseArgs({ options: { smoke: { type: 'boolean' }, tables: { type: 'boolean' }, ...given }, strict: false }).values;
  if (smoke) return { ...ofAMillion, rows: 3000, rounds: 1, factor: 2, isWhole: false };
  if (!tables) return process.argv.length === 2 ? { ...ofAMillion, isWhole: true } : undefined;
  const whole = (name: 'rows' | 'rounds' | 'factor') => Number(values[name] ?? ofAMillion[name]);
  return {
    rows: whole('rows'),
    rounds: whole('rounds'),
    factor: whole('factor'),
    key: values.key === 'uuid' ? 'uuid' : 'bigint',
    order: values.order === 'shuffled' ? 'shuffled' : 'same',
    isWhole: Object.keys(values).length === 0,
  };
}

const ofDocuments: FirestorePlan = { documents: 100_000, split: 20_000, of: 8, rounds: 5 };
const ofNodes: RealtimeDatabasePlan = { nodes: 100_000, parents: 2000, completions: 2000, rounds: 5 };
const inParts: PartsPlan = { rows: 1_000_000, streamed: 30_000, differing: 82_000, of: 8, rounds: 5 };

/** Measures something if it was requested, and prints the table of its goals. */
async function benchGoals<Sizes extends Record<string, number>>(
  flag: string,
  heading: string,
  { whole, smoke }: { whole: Sizes; smoke: Sizes },
  measure: (plan: Sizes) => Promise<Goal[]>,
  results: (goals: string, plan: Sizes) => string,
): Promise<void> {
  const isSmoke = process.argv.includes('--smoke');
  const isWhole = process.argv.length === 2 || (process.argv.length === 3 && process.argv[2] === `--${flag}`);
  if (!isWhole && !isSmoke && !process.argv.includes(`--${flag}`)) return;
  const sizes = Object.fromEntries(Object.keys(whole).map((name) => [name, { type: 'string' }] as const));
  const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, [flag]: { type: 'boolean' }, ...sizes } });
  const given = Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, Number(value)]] : []));
  const plan: Sizes = { ...(isSmoke ? smoke : whole), ...Object.fromEntries(given) };
  const goals = goalTable(await measure(plan));
  console.log(goals);
  if (isWhole) writeResults({ [heading]: `${results(goals, plan)}\n- ${machine}` });
}

function readBefore(): BeforePlan | undefined {
  const options = { before: { type: 'string' }, weeks: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '5' } } as const;
  if (process.argv.includes('--smoke')) return { commit: 'HEAD', weeks: 24, childrenCount: 6, rounds: 1 };
  const { before: commit, weeks, rounds } = parseArgs({ options, strict: false }).values;
  if (typeof commit !== 'string') return undefined;
  return { commit, weeks: Number(weeks), childrenCount: Math.max(6, Math.round(Number(weeks) / 100)), rounds: Number(rounds) };
}

try {
  const before = readBefore();
  const onlyBefore = process.argv.some((argument) => argument.startsWith('--before'));
  const inside = onlyBefore ? undefined : readReference();
  const inTables = onlyBefore ? undefined : readTables();
  const plans =
    onlyBefore || process.argv.some((argument) => ['--reference', '--tables', '--firestore', '--realtime-database', '--parts'].includes(argument))
      ? []
      : readPlans();
  await buildPerRow();
  const github = await startEmptyGitHub();
  if (before) console.log(figureTable(await benchBefore(before, github.url)));
  const goals: Goal[] = inside ? await benchReference(inside, github.url) : [];
  if (goals.length > 0) console.log(goalTable(goals));
  // Saved at once, so that a long measurement is not lost if a later one fails.
  if (inside && !process.argv.includes('--smoke')) writeResults({ [inDatabase]: referenceResults(goalTable(goals), inside) });
  if (inTables) {
    const found = goalTable(await benchTables(inTables, github.url));
    console.log(found);
    if (inTables.isWhole) writeResults({ [ofTables]: tablesResults(found, inTables) });
  }
  if (!onlyBefore) {
    const smokeOf = { of: 2, rounds: 1 };
    await benchGoals(
      'firestore',
      ofFirestore,
      { whole: ofDocuments, smoke: { documents: 2500, split: 500, ...smokeOf } },
      (plan) => benchFirestore(plan, github.url),
      firestoreResults,
    );
    await benchGoals(
      'realtime-database',
      ofRealtimeDatabase,
      { whole: ofNodes, smoke: { nodes: 2000, parents: 40, completions: 100, rounds: 1 } },
      (plan) => benchRealtimeDatabase(plan, github.url),
      realtimeDatabaseResults,
    );
    await benchGoals(
      'parts',
      ofParts,
      { whole: inParts, smoke: { rows: 2000, streamed: 500, differing: 200, ...smokeOf } },
      (plan) => benchParts(plan, github.url),
      partsResults,
    );
  }
  const rows: Row[] = [];
  for (const plan of plans) rows.push(...(await benchOf(plan, github.url)));
  await github.close();
  if (rows.length > 0) console.log(table(rows));
  const isWhole = process.argv.length === 2 || process.argv.includes('--embedded');
  if (isWhole && rows.length > 0) writeResults({ [overApi]: embeddedResults(rows) });
} finally {
  rmSync(directory, { recursive: true });
}
