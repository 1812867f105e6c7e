import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { check } from '../../src/check.ts';
import { keyId, type Key } from '../../src/document/document.ts';
import { readSettings } from '../../src/inputs.ts';
import { readConfig } from '../../src/pair/config.ts';
import { connect } from '../../src/pair/pairs.ts';
import { mostParts, partOf } from '../../src/parts/part.ts';
import { writeReports } from '../../src/publish/files.ts';
import { mostDiffering } from '../../src/report/differing.ts';
import { maxFindings } from '../../src/report/report.ts';
import { openStage, type Stage } from '../pair/declared/stage.ts';

/** What a billion rows in parts would come to: how even the parts are, how large their reports, and what the page about scale says of it. */

const root = join(import.meta.dirname, '../../..');
const section = /## A billion rows, on paper\n([^]*?)\n## /.exec(readFileSync(join(root, 'docs/scale.md'), 'utf8'))?.[1] ?? '';
const results = readFileSync(join(root, 'bench/results.md'), 'utf8');
const rows = 1_000_000_000;

/** The number that a text has in a place. */
function numberIn(text: string, place: RegExp): number {
  const [, found] = place.exec(text) ?? [];
  assert.ok(found !== undefined, `nothing is like ${place}`);
  return Number(found.replaceAll(',', ''));
}
const onPaper = (place: RegExp): number => numberIn(section, place);

/** That two numbers are the same but for rounding, and for another machine. */
const about = (actual: number, expected: number, factor = 1.5): void =>
  assert.ok(actual <= factor * expected && expected <= factor * actual, `${actual} for ${expected}`);

describe('a thousand parts', () => {
  const drawn = 1_000_000;
  const freedom = mostParts - 1;
  /** Quantile of the chi-square distribution, by Wilson and Hilferty; `z` is that of the normal one. */
  const quantile = (z: number): number => freedom * (1 - 2 / (9 * freedom) + z * Math.sqrt(2 / (9 * freedom))) ** 3;
  // One in a thousand at either end. The keys are the same each time, so this holds always or never.
  const [least, most] = [quantile(-3.09), quantile(3.09)];

  const keys: Readonly<Record<string, (place: number) => Key>> = {
    numbers: (place) => [String(place)],
    'keys of two columns': (place) => [String(place % 1000), String(Math.floor(place / 1000))],
    'e-mail addresses': (place) => [`user${place}@example.com`],
    'push ids': (place) => [`-N${place.toString(36).padStart(18, '0')}`],
    'UUIDs that differ in few digits': (place) => [`00000000-0000-4000-8000-${place.toString(16).padStart(12, '0')}`],
  };
  for (const [what, keyOf] of Object.entries(keys)) {
    it(`are as even as chance makes them, of ${what}`, () => {
      const counts = Array.from({ length: mostParts }, () => 0);
      for (let place = 0; place < drawn; place += 1) {
        const index = partOf(keyId(keyOf(place)), mostParts) - 1;
        counts[index] = (counts[index] ?? 0) + 1;
      }
      const mean = drawn / mostParts;
      const distance = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
      assert.ok(distance > least && distance < most, `${distance} is not between ${least} and ${most}`);
    });
  }
});

const declaration = `
pairs:
  shop:
    legacy: supabase
    normalized: supabase
    entities:
      orders:
        legacy: old_orders
        normalized: orders
        key: [tenant, id]
        fields: { title: title }
`;

describe('the report of a part', () => {
  let stage: Stage;
  let workspace: string;
  before(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'billion-'));
    writeFileSync(join(workspace, 'driftwatch.yml'), declaration);
    stage = await openStage();
    await stage.world.sql(`
      create table old_orders (tenant uuid, id uuid, title text, primary key (tenant, id));
      create table orders (tenant uuid, id uuid, title text, primary key (tenant, id));
      insert into old_orders select md5('tenant ' || n % 7)::uuid, md5('order ' || n)::uuid, 'Title ' || n from generate_series(1, 600) n;
      insert into orders select * from old_orders;`);
  });
  after(async () => {
    await stage.close();
    rmSync(workspace, { recursive: true });
  });

  async function reportOfPart(): Promise<{ findings: number; file: Buffer }> {
    const values: Record<string, string> = {
      'supabase-url': stage.door.url,
      'supabase-key': stage.world.secretKey,
      'settle-seconds': '0',
      mode: 'full',
      config: 'driftwatch.yml',
      part: '1/2',
    };
    const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
    const config = await readConfig(settings, workspace, {});
    const report = await check({ settings, connection: await connect(settings, config), now: () => new Date(), measure: 'f'.repeat(64) });
    const { json } = await writeReports(report, { workspace, directory: 'drift-report' }, '');
    return { findings: report.findings.length, file: readFileSync(json) };
  }

  it('is small while all is in sync, and has an end', async () => {
    const inSync = await reportOfPart();
    assert.equal(inSync.findings, 0);
    about(onPaper(/An in-sync report has (\d+) KB/), inSync.file.length / 1000);

    await stage.world.sql(`update orders set title = title || '!'`);
    const drift = await reportOfPart();
    assert.ok(drift.findings > 200, String(drift.findings));
    // Each finding is written by itself, with its place and the hash of its row.
    const each = (drift.file.length - inSync.file.length) / drift.findings;
    const most = inSync.file.length + maxFindings * each + (mostDiffering - maxFindings) * '"hash5",'.length;
    assert.deepEqual([onPaper(/with ([\d,]+) findings/), onPaper(/hashes of ([\d,]+) differing rows/)], [maxFindings, mostDiffering]);
    about(onPaper(/rows, has about (\d+) MB/), most / 1e6, 1.2);
    // A hash is 30 bits in 8 characters, and the rest repeats itself.
    const packed = (deflateSync(drift.file).length / drift.file.length) * maxFindings * each + ((mostDiffering - maxFindings) * 30) / 8;
    about(onPaper(/its artifact about (\d+) MB/), packed / 1e6);
  });
});

describe('the page about scale', () => {
  const parts = onPaper(/\| Parts \| (\d+),/);
  const inDatabase = 100_000 / numberIn(results, /full exact run.*\(([\d.]+) s ÷/);
  const overApi = 20_000 / numberIn(results, /\| 20,000 \| Driftwatch, full \|.*?\| (\d+) s /);

  it('has as many parts as GitHub takes, none noticeably larger than the others', () => {
    assert.ok(parts <= onPaper(/at most (\d+) matrix jobs/) && parts <= mostParts);
    assert.equal(onPaper(/with ([\d,]+) rows each/), rows / parts);
    const deviation = Math.sqrt((rows / parts) * (1 - 1 / parts));
    // The largest of so many is about as far from the mean as one in `parts` is.
    about(onPaper(/about ([\d,]+) rows more/), deviation * Math.sqrt(2 * Math.log(parts)), 1.25);
    about(onPaper(/or ([\d.]+)%/), (100 * onPaper(/about ([\d,]+) rows more/)) / (rows / parts), 1.05);
  });

  it('counts with the times that were measured', () => {
    about(onPaper(/100,000 weeks in (\d+) s/), 100_000 / inDatabase);
    about(onPaper(/\| Time for one part \| (\d+) minutes/), rows / parts / inDatabase / 60);
    const hours = onPaper(/\| (\d+) hours of database work/);
    about(hours, rows / inDatabase / 3600);
    assert.ok(hours / onPaper(/(\d+) times as fast/) <= onPaper(/began within (\d+) hours/));
    about(onPaper(/a round takes (\d+) days/), parts / 24);
    about(onPaper(/at ([\d,]+) per second/), overApi);
    about(onPaper(/per second: (\d+) days/), rows / overApi / 86_400);
    assert.ok(parts < onPaper(/lists up to ([\d,]+)/));
  });
});
