import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toFields, type Firestore } from '../../../demo/firestore/server.ts';
import { metadata } from '../../../cli/metadata.ts';
import { check } from '../../src/check.ts';
import { readSettings } from '../../src/inputs.ts';
import { readDeclaration } from '../../src/pair/declared/declaration.ts';
import { connect } from '../../src/pair/pairs.ts';
import type { Report } from '../../src/report/report.ts';
import { openStage, type Stage } from '../pair/declared/stage.ts';
import { started } from '../store/firestore/stores.ts';

/** Parts in turn where each document costs money: a part is looked up, and the rest is counted. */

const file = `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  board-app:
    legacy: fire
    normalized: supabase
    entities:
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        fields: { board_id: "{board_id}", title: title }
`;
const size = 400;

let stage: Stage;
let fire: Firestore;
before(async () => {
  stage = await openStage();
  fire = await started();
  await stage.world.sql(`
    create table posts (id text primary key, board_id text, title text);
    insert into posts select 'p' || n, 'b' || n % 7, 'title ' || n from generate_series(0, ${size - 1}) n;
  `);
  for (let n = 0; n < size; n += 1) fire.set(`boards/b${n % 7}/posts/p${n}`, toFields({ title: `title ${n}` }));
});
after(async () => {
  await fire.stop();
  await stage.close();
});

async function run(inputs: Readonly<Record<string, string>>, runNumber = 1): Promise<Report & { readonly phases: readonly string[] }> {
  const environment = { FIRESTORE_EMULATOR_HOST: fire.host };
  const declaration = readDeclaration(file, environment);
  assert.ok(!('mistakes' in declaration));
  const given: Readonly<Record<string, string>> = {
    'supabase-url': stage.door.url,
    'supabase-key': stage.world.secretKey,
    'settle-seconds': '0',
    'read-budget': '120',
    ...inputs,
  };
  const settings = readSettings((name) => given[name] ?? metadata.inputs[name]?.default ?? '', { runName: 'local-1', isPrivate: true });
  const billed = fire.reads();
  const phases: string[] = [];
  const report = await check({
    settings,
    connection: await connect(settings, declaration, environment),
    now: () => new Date(),
    runNumber,
    watch: { onPhase: (phase) => phases.push(phase) },
  });
  assert.equal(report.reads.legacy, fire.reads() - billed);
  return { ...report, phases };
}

const each = async (rotate: number): Promise<Report[]> => {
  const reports: Report[] = [];
  for (let index = 1; index <= rotate; index += 1) reports.push(await run({ rotate: String(rotate) }, index));
  return reports;
};

let proposed = 0;

describe('a rotation over documents that cost money', () => {
  it('is proposed where everything does not fit', async () => {
    const { mode, phases } = await run({});
    assert.equal(mode, 'sample');
    const [, rotate] =
      /Every row read is billed: 400 of them are more than read-budget \(120\) allows\.\nWith rotate: (\d+) each run would compare one part of them, which fits\./.exec(
        phases.join('\n'),
      ) ?? [];
    proposed = Number(rotate);
    assert.ok(proposed >= 4, phases.join('\n'));
    assert.doesNotMatch((await run({ mode: 'sample' })).phases.join('\n'), /With rotate/);
  });

  it('is no matter where a sample was asked for and everything would fit', async () => {
    const { mode, phases } = await run({ mode: 'sample', 'sample-size': '20', 'read-budget': '400' });
    assert.equal(mode, 'sample');
    assert.doesNotMatch(phases.join('\n'), /read-budget/);
  });

  it('fits, and compares every document once in as many runs', async () => {
    const reports = await each(proposed);
    for (const { verdict, mode, reads, drift, counts, reason } of reports) {
      assert.deepEqual([verdict, mode, drift.population], ['in-sync', 'full', size], reason);
      // Counts come on top: of everything, and of each of the seven collections, which are looked for one by one.
      assert.ok(drift.compared <= 120 && reads.legacy <= drift.compared + 20, `${reads.legacy} reads for ${drift.compared} documents`);
      assert.deepEqual(counts, [{ level: 'posts', legacy: size, expected: size, normalized: size, difference: 0 }]);
    }
    assert.equal(
      reports.reduce((sum, { drift }) => sum + drift.compared, 0),
      size,
    );
  });

  it('sees what differs and what is too much in one part, and what is missing in every one, by its number', async () => {
    fire.set('boards/b2/posts/p2', toFields({ title: 'else' }));
    fire.delete('boards/b1/posts/p1');
    fire.set('boards/b3/posts/new', toFields({ title: 'new' }));
    const equal = (await each(4)).map(({ findings }) => findings.map(({ type }) => type));
    assert.deepEqual(equal.flat().toSorted(), ['DATA_MISMATCH', 'ORPHAN_ROW']);
    fire.set('boards/b3/posts/newer', toFields({ title: 'new' }));
    const more = (await each(4)).map(({ verdict, findings }) => [verdict, findings.some(({ type }) => type === 'COUNT_MISMATCH')]);
    assert.deepEqual(
      more,
      Array.from({ length: 4 }, () => ['drift', true]),
    );
  });

  it('of a sample draws of the whole, and takes what falls into the part', async () => {
    const first = await run({ rotate: '4', mode: 'sample', 'sample-size': '100', seed: 'one' });
    assert.deepEqual([first.mode, first.drift.population], ['sample', size + 1]);
    assert.ok(first.drift.compared > 5 && first.drift.compared < 50);
  });
});
