/** A comparison in parts, compared with the whole: with the row functions, streaming, and merged. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../demo/postgres.ts';
import { goalsOfParts } from './goals-of-parts.ts';
import { serverCpuMs } from './server-cpu.ts';
import { directory, measurePair, median, type Measurement } from './measured.ts';
import type { Goal } from './reference.ts';
import { fillSql, openProject, pairs, tables, withoutFunctions, type Project } from './tables.ts';

export type PartsPlan = {
  rows: number;
  /** Rows of the smaller tables that are streamed. */
  streamed: number;
  /** Rows of tables in which every row differs. */
  differing: number;
  /** How many parts. */
  of: number;
  rounds: number;
};

/** With the CPU of the action and the database together. */
type Counted = Measurement & { bothMs: number };
type InParts = { whole: Counted; parts: readonly Counted[] };

/** The index of the parts of one of the tables, as a part's log prints it. */
const indexSql = (table: string, of: number): string =>
  `create index on ${table} (((hashtext(('[' || '"' || id::text || '"' || ']') collate "C") & 2147483647) % ${of}), id)`;

/** Inside the directory that the action runs in, but outside the directory of its own reports. */
const reports = 'reports-of-parts';

export async function benchParts({ rows, streamed, differing, of: count, rounds }: PartsPlan, githubApiUrl: string): Promise<Goal[]> {
  const server = await startPostgres();
  const open: Project[] = [];
  async function project(name: string, size: number, more: readonly string[] = []): Promise<Project> {
    console.error(`${size.toLocaleString('en-US')} rows, twice: loading`);
    const opened = await openProject(server, name, [...tables.map((table) => fillSql(table, { rows: size, key: 'bigint', order: 'same' })), ...more]);
    open.push(opened);
    return opened;
  }
  const cpuOf = async ({ world }: Project): Promise<number> => {
    const [backend] = await world.sql<{ id: number }>('select pg_backend_pid() as id');
    return serverCpuMs(backend?.id ?? 0);
  };
  async function run(of: Project, inputs: Readonly<Record<string, string>>, expected: { compared?: number; differing: number | 'some'; engine: string }) {
    const before = await cpuOf(of);
    const measured = await measurePair(of.world, githubApiUrl, {
      config: pairs,
      inputs: { 'supabase-url': of.url, 'supabase-key': of.world.secretKey, pair: 'one', ...inputs },
      env: { OLD_URL: of.url, OLD_KEY: of.world.secretKey },
      ...expected,
    });
    return { ...measured, bothMs: measured.cpuMs + (await cpuOf(of)) - before };
  }
  async function runParts(
    of: Project,
    size: number,
    expected: { differing: number | 'some'; engine: string },
    inputs = (_index: number): Readonly<Record<string, string>> => ({}),
  ): Promise<Counted[]> {
    const all = [];
    for (let index = 1; index <= count; index += 1) all.push(await run(of, { part: `${index}/${count}`, ...inputs(index) }, expected));
    assert.equal(
      all.reduce((sum, { compared }) => sum + compared, 0),
      size,
      'the parts are not the whole',
    );
    return all;
  }

  try {
    const [large, small, different] = [
      await project(
        'large',
        rows,
        tables.map((table) => indexSql(table, count)),
      ),
      await project('small', streamed),
      await project('different', differing, ['update posts set likes = likes + 1']),
    ];
    const inside: InParts[] = [];
    const outside: InParts[] = [];
    const merges: Measurement[] = [];
    await runParts(different, differing, { differing: 'some', engine: 'digest' }, (index) => ({ 'report-directory': `${reports}/${index}` }));
    const kept = Array.from(
      { length: count },
      (_, index) =>
        (JSON.parse(readFileSync(join(directory, reports, String(index + 1), 'report.json'), 'utf8')) as { findings: readonly unknown[] }).findings.length,
    );
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      const equal = { differing: 0, engine: 'digest' };
      inside.push({ whole: await run(large, {}, { ...equal, compared: rows }), parts: await runParts(large, rows, equal) });
      const read = { differing: 0, engine: 'stream' };
      outside.push(
        await withoutFunctions([small], async () => ({
          whole: await run(small, {}, { ...read, compared: streamed }),
          parts: await runParts(small, streamed, read),
        })),
      );
      merges.push(await run(different, { merge: `${reports}/*/report.json` }, { differing, engine: 'digest', compared: differing }));
    }
    const findings = kept.every((one) => one === kept[0])
      ? `${kept[0]?.toLocaleString('en-US')}`
      : `${Math.min(...kept).toLocaleString('en-US')} to ${Math.max(...kept).toLocaleString('en-US')}`;
    const [merged, peak] = [median(merges.map(({ wallMs }) => wallMs)), Math.max(...merges.map(({ peakMb }) => peakMb))];
    return [
      ...goalsOfParts(inside, { cpu: 1.3, both: 1.3, wall: 1.3, longest: 1 / 5 }, 'with the row functions'),
      ...goalsOfParts(outside, { cpu: count }, 'that stream'),
      {
        what: `putting together ${count} reports of ${findings} findings each`,
        goal: '≤ 5 s',
        result: `${(merged / 1000).toFixed(2)} s`,
        reached: merged <= 5000,
      },
      { what: 'peak memory of that', goal: '≤ 200 MB', result: `${Math.round(peak)} MB`, reached: peak <= 200 },
    ];
  } finally {
    for (const each of open) await each.close();
    await server.close();
  }
}

/** @param goals the table of goals and results */
export const partsResults = (
  goals: string,
  { rows, streamed, differing, of: count, rounds }: PartsPlan,
): string => `Made by \`npm run bench -- --parts\`: the bundled action over a real Postgres server with default settings, on the tables of "A declared pair of two tables" with
${rows.toLocaleString('en-US')} rows, and with ${streamed.toLocaleString('en-US')} where they are streamed. ${count} parts run one after the other. Medians of ${rounds} rounds in which the ways take turns.

${goals}

- CPU is that of the action alone, or of the action and all processes of the database together, as Linux counts it. Times include the database, and each part starts a
  process.
- Both larger tables have the index of their parts whose statement the log of a part shows. A part reads only its own rows with it, but nearly all pages of the tables, since
  each page holds rows of most parts. It counts both tables like a whole run.
- A part that streams reads all rows of both tables and keeps its own.
- The reports are those of ${count} parts of tables of ${differing.toLocaleString('en-US')} rows that all differ: a report keeps 10,000 findings, and counts the others.`;
