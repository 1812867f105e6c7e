import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import postgres from 'postgres';
import { check } from '../action/src/check.ts';
import { readSettings } from '../action/src/inputs.ts';
import { readDeclaration } from '../action/src/pair/declared/declaration.ts';
import { connect } from '../action/src/pair/pairs.ts';
import type { Report } from '../action/src/report/report.ts';
import { upperBound } from '../action/src/verdict/upper-bound.ts';
import { createTables, declared, distinct, entityOf, fillTables, kinds, row, values, type Declared, type Row } from '../demo/declarations.ts';
import { openDescribed } from '../demo/description.ts';
import type { World } from '../demo/world.ts';

/** The proof for declared pairs: random declarations over random tables, instead of the built-in pair. */

const tables = ['proof_old', 'proof_new'] as const;

/** A proxy that describes the tables of the world, as a hosted project does. */
export type Place = { readonly world: World; readonly url: string; readonly close: () => Promise<void> };

export async function openPlace(world: World): Promise<Place> {
  const door = await openDescribed(world);
  return { world, url: door.url, close: () => door.close() };
}

async function run({ world, url }: Place, entity: string, inputs: Readonly<Record<string, string>> = {}): Promise<Report> {
  const declaration = readDeclaration(`pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      ${entity}\n`, {});
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const given: Readonly<Record<string, string>> = {
    'supabase-url': url,
    'supabase-key': world.secretKey,
    pair: 'p',
    mode: 'full',
    'settle-seconds': '0',
    'reveal-values': 'true',
    ...inputs,
  };
  const settings = readSettings((name) => given[name] ?? '', { runName: 'proof-1' });
  return check({ settings, connection: await connect(settings, declaration), now: () => new Date(0) });
}

const hideFunctions = 'alter function driftwatch_rows_version() rename to hidden_rows_version';
const showFunctions = 'alter function hidden_rows_version() rename to driftwatch_rows_version';

async function runBoth(place: Place, entity: string): Promise<readonly [digest: Report, stream: Report]> {
  const digest = await run(place, entity);
  await place.world.sql(hideFunctions);
  const stream = await run(place, entity);
  await place.world.sql(showFunctions);
  return [digest, stream];
}

/** The content of a report, independent of how it was found. */
function said(report: Report): unknown {
  const findings = report.findings.map((finding) =>
    JSON.stringify({ ...finding, rowIds: Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted()]) }),
  );
  return { ...report, findings: findings.toSorted(), durationMs: 0, engine: 'either', reads: undefined };
}

const make = ({ world }: Place, declaration: Declared) => world.sql(`drop table if exists ${tables.join(', ')}; ${createTables(declaration, tables)}`);

/** Compares both engines on random rows. */
export async function proveDeclaredAgreement(place: Place, where: string, { count, seed }: { count: number; seed: number }): Promise<void> {
  let rows = 0;
  let findings = 0;
  const some = fc.array(row, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(declared, some, some, fc.nat(2), async (declaration, legacy, normalized, keyless) => {
      await make(place, declaration);
      const sql = (side: 0 | 1, all: readonly Row[]) =>
        distinct(declaration, all).map((one, id) => values(declaration, side, one, id, { isKeyless: id < keyless, isMalformed: id % 5 === 4 }));
      await place.world.sql(fillTables(tables, [sql(0, legacy), sql(1, normalized)]));
      const [digest, stream] = await runBoth(place, entityOf(declaration, tables));
      if (legacy.length + normalized.length > 0 && digest.verdict !== 'unknown') assert.deepEqual([digest.engine, stream.engine], ['digest', 'stream']);
      assert.deepEqual(said(digest), said(stream));
      rows += legacy.length + normalized.length;
      findings += digest.findingsTotal;
    }),
    { numRuns: count, seed, endOnFailure: true },
  );
  console.log(`Declared pairs, two engines, ${where}: the same about ${count} declarations (${rows} rows, ${findings} findings).`);
}

type Both = readonly [legacy: readonly Row[], normalized: readonly Row[]];
type Injection = {
  readonly types: readonly string[];
  /** The rows of both tables, as SQL, after the drift; `undefined` if the declaration makes it impossible. */
  readonly make: (declaration: Declared, rows: Both, place: number) => readonly [readonly string[], readonly string[]] | undefined;
};

const sqlOf = (declaration: Declared, side: 0 | 1, rows: readonly Row[]) => rows.map((one, id) => values(declaration, side, one, id));
const both = (declaration: Declared, [legacy, normalized]: Both) => [sqlOf(declaration, 0, legacy), sqlOf(declaration, 1, normalized)] as const;
/** The id of a duplicate row. */
const twinId = 99_999;

function replaced(rows: readonly Row[], place: number, change: (one: Row) => Row): readonly Row[] {
  return rows.map((one, index) => (index === place ? change(one) : one));
}

const injections: Readonly<Record<string, Injection>> = {
  'a lost row': {
    types: ['COUNT_MISMATCH', 'MISSING_ROW'],
    make: (declaration, [legacy, normalized], place) => both(declaration, [legacy, normalized.toSpliced(place, 1)]),
  },
  'a row too many': {
    types: ['COUNT_MISMATCH', 'ORPHAN_ROW'],
    make: (declaration, [legacy, normalized], place) => both(declaration, [legacy.toSpliced(place, 1), normalized]),
  },
  'another value': {
    types: ['DATA_MISMATCH'],
    make: (declaration, [legacy, normalized], place) => {
      const column = place % declaration.fields.length;
      const count = kinds[declaration.fields[column] ?? '']?.meanings.length ?? 1;
      return both(declaration, [
        legacy,
        replaced(normalized, place, (one) => ({ ...one, fields: one.fields.map((meaning, at) => (at === column ? (meaning % count) + 1 : meaning)) })),
      ]);
    },
  },
  'another legacy value': {
    types: ['DATA_MISMATCH'],
    make: (declaration, [legacy, normalized], place) => {
      const column = place % declaration.fields.length;
      const count = kinds[declaration.fields[column] ?? '']?.meanings.length ?? 1;
      return both(declaration, [
        replaced(legacy, place, (one) => ({ ...one, fields: one.fields.map((meaning, at) => (at === column ? (meaning % count) + 1 : meaning)) })),
        normalized,
      ]);
    },
  },
  'another key': {
    types: ['MISSING_ROW', 'ORPHAN_ROW'],
    make: (declaration, [legacy, normalized], place) =>
      both(declaration, [legacy, replaced(normalized, place, (one) => ({ ...one, key: one.key.map((number) => number + 7_000) }))]),
  },
  'a second legacy row': {
    types: ['DUPLICATE_ROW'],
    make: (declaration, rows, place) => {
      const [legacy, normalized] = both(declaration, rows);
      const twin = rows[0][place];
      return declaration.isUnique || !twin ? undefined : [[...legacy, values(declaration, 0, twin, twinId)], normalized];
    },
  },
  'a second row': {
    types: ['COUNT_MISMATCH', 'DUPLICATE_ROW'],
    make: (declaration, rows, place) => {
      const [legacy, normalized] = both(declaration, rows);
      const twin = rows[1][place];
      return declaration.isUnique || !twin ? undefined : [legacy, [...normalized, values(declaration, 1, twin, twinId)]];
    },
  },
  'an unreadable value': {
    types: ['MALFORMED_LEGACY'],
    make: (declaration, rows, place) => {
      const [legacy, normalized] = both(declaration, rows);
      const one = rows[0][place];
      if (!one) return undefined;
      return [legacy.with(place, values(declaration, 0, one, place, { isMalformed: true })), normalized];
    },
  },
};

/** Rows with distinct keys, each in a random spelling. */
const someRows = fc
  .array(row, { minLength: 20, maxLength: 300 })
  .map((all) => all.map((one, place) => ({ ...one, key: [place, (place * 31) % 97], inScope: true })));

/**
 * Random declarations over rows that agree, each side in its own spellings and order, first unchanged and then with a single difference,
 * which has to be found with the right type, in one row, and nothing else.
 */
export async function proveDeclaredRecall(place: Place, { count, seed }: { count: number; seed: number }): Promise<void> {
  const drawn = fc.sample(fc.record({ declaration: declared, rows: someRows, spelling: fc.nat(11), where: fc.nat() }), { numRuns: count, seed });
  const names = Object.keys(injections);
  let injected = 0;
  let found = 0;
  let more = 0;
  let alarms = 0;
  for (const [number, { declaration: any, rows: legacy, spelling, where }] of drawn.entries()) {
    const name = names[number % names.length] ?? '';
    const injection = injections[name];
    // A drift that needs duplicate keys or an unreadable value gets a declaration that allows it.
    const declaration = {
      ...any,
      isUnique: any.isUnique && !name.startsWith('a second'),
      fields: name === 'an unreadable value' ? [...any.fields.filter((field) => !kinds[field]?.malformed), 'date'] : any.fields,
    };
    await make(place, declaration);
    const entity = entityOf(declaration, tables);
    const normalized = legacy.map((one, index) => ({ ...one, spelling: (one.spelling + spelling + index) % 12, keySpelling: index % 3 }));
    const mixed = ([left, right]: readonly [readonly string[], readonly string[]]) => fillTables(tables, [left, right.toReversed()]);
    await place.world.sql(mixed(both(declaration, [legacy, normalized])));
    const calm = await run(place, entity);
    if (calm.verdict !== 'in-sync') {
      alarms += 1;
      console.log(`false alarm: ${JSON.stringify(declaration)}: ${calm.verdict} ${calm.reason ?? ''} ${calm.findings.map(({ type }) => type).join(', ')}`);
    }
    const after = injection?.make(declaration, [legacy, normalized], where % legacy.length);
    assert.ok(injection && after, name);
    await place.world.sql(mixed(after));
    // Every fifth without the functions.
    const isStream = number % 5 === 4;
    if (isStream) await place.world.sql(hideFunctions);
    const report = await run(place, entity);
    if (isStream) await place.world.sql(showFunctions);
    assert.equal(report.engine, isStream ? 'stream' : 'digest');
    injected += 1;
    const types = new Set(report.findings.map(({ type }) => type));
    if (report.verdict === 'drift' && injection.types.every((type) => types.has(type))) found += 1;
    else console.log(`missed: ${name} in ${JSON.stringify(declaration)}: ${report.verdict} ${report.reason ?? ''} ${[...types].join(', ')}`);
    if (report.findings.length > injection.types.length) {
      more += 1;
      console.log(`more than was injected: ${name} in ${JSON.stringify(declaration)}: ${report.findings.map(({ type }) => type).join(', ')}`);
    }
  }
  console.log(
    `Declared pairs, recall: ${found} of ${injected} injections found (at least ${((1 - upperBound(injected - found, injected, 0.95)) * 100).toFixed(2)}% at 95% confidence), ${more} with more than was injected.`,
  );
  console.log(
    `Declared pairs, false alarms on data at rest: ${alarms} of ${injected} runs (at most ${(upperBound(alarms, injected, 0.95) * 100).toFixed(2)}% at 95% confidence).`,
  );
}

/**
 * Writers that keep both tables in step, in one transaction or in two, while runs look for drift; every other run has a real difference to
 * find.
 */
export async function proveDeclaredWriters(place: Place, url: string, { seconds, seed }: { seconds: number; seed: number }): Promise<void> {
  const sql = postgres(url, { max: 8, onnotice: () => undefined });
  const rounds = fc.sample(declared, { numRuns: 3, seed });
  const rowCount = 240;
  const writerCount = 6;
  let [writes, runs, alarms, transient, real, seen] = [0, 0, 0, 0, 0, 0];
  for (const any of rounds) {
    const declaration = { ...any, hasId: true };
    const entity = entityOf(declaration, tables);
    await make(place, declaration);
    const at = (id: number, version: number): Row => ({
      key: [id, (id * 31) % 97],
      keySpelling: 0,
      fields: [0, 1, 2, 3, 4].map((field) => id + field + version),
      spelling: id + version,
      inScope: true,
    });
    const all = Array.from({ length: rowCount }, (_, id) => at(id, 0));
    await place.world.sql(fillTables(tables, both(declaration, [all, all])));
    const end = performance.now() + (seconds * 1000) / rounds.length;

    /**
     * Deletes and inserts a row, as many apps save, on one side and then on the other. Each writer has its own rows; nobody writes those
     * with the last number.
     */
    async function write(apartMs: number, index: number): Promise<void> {
      for (let step = 0; performance.now() < end; step += 1) {
        const id = ((step * 5) % (rowCount / 8)) * 8 + index;
        const save = (side: 0 | 1) =>
          `delete from ${tables[side]} where id = ${id}; insert into ${tables[side]} values ${values(declaration, side, at(id, step), id)};`;
        // One message is one transaction.
        if (apartMs === 0) await sql.unsafe(`${save(0)} ${save(1)}`);
        else {
          await sql.unsafe(save(0));
          await sleep(((step * 37) % 10) * (apartMs / 10));
          await sql.unsafe(save(1));
        }
        writes += 1;
        await sleep(20);
      }
    }

    const writers = Array.from({ length: writerCount }, (_, index) => write(index % 2 === 0 ? 0 : 500, index));
    while (performance.now() < end) {
      const planted = runs % 2 === 1 ? (runs % (rowCount / 8)) * 8 + 7 : undefined;
      if (planted !== undefined) await sql.unsafe(`delete from ${tables[1]} where id = ${planted}`);
      const report = await run(place, entity, { 'settle-seconds': '2' });
      if (planted !== undefined) await sql.unsafe(`insert into ${tables[1]} values ${values(declaration, 1, at(planted, 0), planted)}`);
      runs += 1;
      transient += report.transient;
      const missing = report.findings.filter(({ type }) => type === 'MISSING_ROW').length;
      const others = report.findings.filter(({ type }) => type !== 'MISSING_ROW' && type !== 'COUNT_MISMATCH').length;
      if (planted !== undefined) real += 1;
      if (planted !== undefined && missing === 1) seen += 1;
      if (others > 0 || report.verdict === 'unknown' || missing > 1 || (planted === undefined && report.findings.length > 0)) {
        alarms += 1;
        console.log(
          `false alarm: ${JSON.stringify(declaration)}: ${report.verdict} ${report.reason ?? ''} ${report.findings.map(({ type, key }) => `${type} ${JSON.stringify(key)}`).join(', ')}`,
        );
      }
    }
    await Promise.all(writers);
    assert.equal((await run(place, entity, { 'settle-seconds': '2' })).verdict, 'in-sync', 'the writers themselves left a difference');
  }
  await sql.end();
  console.log(
    `Declared pairs, live writers: ${writes} writes during ${runs} runs; ${alarms} false alarms (at most ${(upperBound(alarms, runs, 0.95) * 100).toFixed(1)}% of runs at 95% confidence), ` +
      `${transient} differences seen and gone; ${seen} of ${real} real differences found.`,
  );
}
