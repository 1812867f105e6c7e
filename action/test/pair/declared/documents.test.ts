import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readDeclaration, type PairDeclaration } from '../../../src/pair/declared/declaration.ts';
import { startRealtimeDatabase, type RealtimeDatabase } from '../../../../demo/realtime-database/server.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { createRealtimeDatabaseStore } from '../../../src/store/realtime-database/realtime-database.ts';
import { comparePair, type Extent } from '../../../src/compare/compare-pair.ts';
import type { Difference } from '../../../src/document/document.ts';
import { createDeclaredEntities } from '../../../src/pair/declared/declared.ts';
import { createDeclaredPair } from '../../../src/pair/declared/pair.ts';
import type { Pair } from '../../../src/pair/pair.ts';
import type { Value } from '../../../src/store/value.ts';
import { createDocumentStore, type Documents } from './document-store.ts';
import { compareEntity, openStage, say, type How, type Outcome, type Stage } from './stage.ts';
import { toValue } from './values.ts';

/** A store of documents on one side, and tables of Postgres on the other. */

let stage: Stage;
before(async () => {
  stage = await openStage();
  await stage.world.sql(`
    create table posts (id text primary key, board_id text, title text, likes bigint, created_at timestamptz);
    create table reactions (id text, comment_id text, reply_id text, content text);
    create table waiting (board_id text, user_id text, primary key (board_id, user_id));`);
});
after(() => stage.close());

function declare(entity: string): PairDeclaration {
  const declaration = readDeclaration(
    `stores:\n  fire: { type: firestore, project: demo }\npairs:\n  p:\n    legacy: fire\n    normalized: supabase\n    entities:\n      e: ${entity}\n`,
    {},
  );
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const pair = declaration.pairs.get('p');
  assert.ok(pair);
  return pair;
}

const documentsOf = (documents: Readonly<Record<string, unknown>>): Documents =>
  new Map(Object.entries(documents).map(([path, fields]): [string, Value] => [path, toValue(fields)]));

async function compared(entity: string, documents: Documents, how?: How): Promise<Outcome & { asked: readonly string[] }> {
  const legacy = createDocumentStore(documents);
  const outcome = await compareEntity(createDeclaredEntities(declare(entity), { legacy, normalized: stage.store() }), how);
  return { ...outcome, asked: legacy.asked };
}

const said = ({ findings, comparison }: Outcome): string[] => {
  assert.deepEqual([comparison.trouble, comparison.interruption], [undefined, undefined]);
  return findings.map(say);
};

const posts =
  '{ legacy: "boards/{board_id}/posts/{id}", normalized: posts, fields: { board_id: "{board_id}", title: title, likes: { from: countOfLikes, default: 0 }, created_at: { from: createdAt, unit: ms } } }';

describe('documents on the legacy side', () => {
  test('a sample counts the keys of elements, and not how often each is there', async () => {
    await stage.world.sql("truncate waiting; insert into waiting values ('b1', 'u1'), ('b1', 'u2')");
    const waiting = '{ legacy: "boards/{board_id}", each: users, normalized: waiting, key: [board_id, user_id], fields: { user_id: "{item}" } }';
    const users = async (...all: unknown[]) => {
      const outcome = await compared(waiting, documentsOf({ 'boards/b1': { users: all } }), { sample: 9 });
      return [said(outcome), outcome.comparison.counts.map(({ legacy, expected, normalized }) => [legacy, expected, normalized])];
    };
    assert.deepEqual(await users('u1', 'u2', 'u2'), [['DUPLICATE_ROW b1/u2 2|-'], [[3, 2, 2]]]);
    // What no sample comes upon shows in the numbers.
    assert.deepEqual(await users('u1', 'u2', null), [['COUNT_MISMATCH 3|2'], [[3, 3, 2]]]);
  });

  test('are missing by their number where a sample accepts rows that stand in their place', async () => {
    await stage.world.sql(`truncate posts; insert into posts (id, board_id, title, likes) values ('p1', 'b1', 'One', 0), ('p8', 'b1', 'Eight', 0)`);
    const documents = documentsOf({ 'boards/b1/posts/p1': { title: 'One' }, 'boards/b1/posts/p2': { title: 'Two' } });
    const { findings, comparison } = await compared(posts, documents, { sample: 9, accepts: ({ kind }) => kind === 'orphan' });
    assert.deepEqual(findings.map(say), ['COUNT_MISMATCH 2|1']);
    assert.deepEqual(comparison.counts, [{ level: 'e', legacy: 2, expected: 2, normalized: 2, difference: 0 }]);
  });

  test('a sample never speaks of more rows than there are', async () => {
    await stage.world.sql(`truncate posts; insert into posts (id, board_id, title, likes) select 'p' || n, 'b1', 'One', 0 from generate_series(1, 5) n`);
    const documents = documentsOf({ 'boards/b1/posts/p1': { title: 'One' }, 'boards/b1/posts/p2': { title: 'One' }, 'boards/b1/posts/p3': { title: 'One' } });
    const { phases, comparison } = await compared(posts, documents, { sample: 9 });
    assert.deepEqual(phases, ['Comparing all 5 rows.']);
    for (const sample of [2, 3, 4])
      assert.deepEqual(
        (await compared(posts, documents, { sample })).phases,
        [`Comparing ${sample} of 5 rows, drawn at random.`],
        'nor of all while some were not drawn',
      );
    assert.deepEqual([comparison.compared, comparison.population], [5, 5]);
  });

  test('are rows with the segments of their paths, and are found again by path', async () => {
    await stage.world.sql(
      `truncate posts; insert into posts values ('p1', 'b1', 'One', 0, '2026-01-15T21:52:00.123Z'), ('p2', 'b2', 'Two', 5, null), ('p3', 'b9', 'Three', 0, null), ('p9', 'b1', 'Nine', 0, null)`,
    );
    const outcome = await compared(
      posts,
      documentsOf({
        'boards/b1': { name: 'no post' },
        'boards/b1/posts/p1': { title: 'One', createdAt: 1768513920123, tags: [] },
        'boards/b2/posts/p2': { title: 'Two!', countOfLikes: 5 },
        'boards/b3/posts/p3': { title: 'Three' },
        'boards/b4/posts/p4': { title: 'Four' },
        'users/u/posts/p5': { title: 'elsewhere' },
      }),
    );
    assert.deepEqual(said(outcome), ['MISSING_ROW p4 p4|-', 'ORPHAN_ROW p9 -|p9', 'DATA_MISMATCH p2 title Two!|Two', 'DATA_MISMATCH p3 board_id b3|b9']);
    assert.deepEqual(
      outcome.findings.map(({ rowIds }) => rowIds),
      [
        { legacy: ['boards/b4/posts/p4'] },
        { normalized: ['p9'] },
        { legacy: ['boards/b2/posts/p2'], normalized: ['p2'] },
        { legacy: ['boards/b3/posts/p3'], normalized: ['p3'] },
      ],
    );
    // Scanned once, and then each document that differs, and where the orphan and the moved one could be.
    assert.deepEqual(outcome.asked.toSorted(), [
      'boards/b1/posts/p9',
      'boards/b2/posts/p2',
      'boards/b3/posts/p3',
      'boards/b4/posts/p4',
      'scan boards/{board_id}/posts/{id}',
    ]);
    assert.deepEqual(outcome.all.reads(), { legacy: 7, normalized: 7 });
    assert.deepEqual(outcome.all.notCompared(), { e: { legacy: ['tags'], normalized: [] } });
    assert.deepEqual(outcome.all.remarks(), []);
  });

  test('whose names are too many to list are said to have more: a new field would be lost among them', async () => {
    await stage.world.sql(`truncate posts; insert into posts select 'p' || i, 'b', 'x', 0, null from generate_series(0, 100) as i`);
    for (const [names, remarks] of [
      [100, 0],
      [101, 1],
    ] as const) {
      const documents = documentsOf(
        Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`boards/b/posts/p${n}`, { title: 'x', [`user${n % names}`]: true }])),
      );
      const { all } = await compared(posts, documents);
      assert.equal(all.notCompared()['e']?.legacy.length, 100);
      assert.equal(
        all.remarks().filter((sentence) => sentence.startsWith('Entity e: more than 100 fields of the legacy side are not compared')).length,
        remarks,
      );
    }
  });

  test('have a duplicate where one id is under two parents', async () => {
    await stage.world.sql(`truncate posts; insert into posts values ('p1', 'b2', 'Late', 0, null)`);
    const outcome = await compared(
      posts.replace(/ }$/, ', changed: { legacy: at } }').replace('unit: ms', 'unit: ms'),
      documentsOf({
        'boards/b1/posts/p1': { title: 'Early', at: '2026-01-01T00:00:00Z' },
        'boards/b2/posts/p1': { title: 'Late', at: '2026-01-02T00:00:00Z' },
      }),
    );
    assert.deepEqual(said(outcome), ['DUPLICATE_ROW p1 2|-']);
    assert.deepEqual(outcome.findings[0]?.rowIds, { legacy: ['boards/b2/posts/p1', 'boards/b1/posts/p1'] });
    assert.equal(outcome.all.remarks().length, 2);
  });

  test('show of names in keys and paths what a machine made, and a pseudonym of the others', async () => {
    await stage.world.sql(
      `truncate posts; insert into posts values ('550e8400-e29b-41d4-a716-446655440000', 'anna', 'x', 0, null), ('berta', 'anna', 'x', 0, null)`,
    );
    const outcome = await compared(
      posts,
      documentsOf({
        'boards/anna/posts/550e8400-e29b-41d4-a716-446655440000': { title: 'y' },
        'boards/anna/posts/berta': { title: 'y' },
        'boards/anna/posts/clara': { title: 'y' },
      }),
      { reveal: false },
    );
    const all = JSON.stringify(outcome.findings);
    assert.doesNotMatch(all, /anna|berta|clara|"x"|"y"/);
    const [anna] = /key-[\da-f]{8}/.exec(outcome.findings.find(({ key }) => key?.['id']?.startsWith('550e'))?.rowIds['legacy']?.[0] ?? '') ?? [];
    assert.ok(anna);
    const berta = outcome.findings.find(({ type, key }) => type === 'DATA_MISMATCH' && key?.['id']?.startsWith('key-'));
    assert.match(String(berta?.legacy), /^text\(1, [\da-f]{8}\)$/);
    assert.deepEqual(berta?.rowIds, { legacy: [`boards/${anna}/posts/${berta?.key?.['id']}`], normalized: [berta?.key?.['id']] });
    assert.match(String(outcome.findings.find(({ type }) => type === 'MISSING_ROW')?.legacy), /^key-[\da-f]{8}$/);
  });

  test('may come from several paths, with null for a segment that one does not bind', async () => {
    await stage.world.sql(`truncate reactions; insert into reactions values ('r1', 'c1', null, 'heart'), ('r2', null, 'a1', 'star'), ('r3', 'c1', 'a1', 'x')`);
    const outcome = await compared(
      '{ legacy: ["boards/{board_id}/comments/{comment_id}/reactions/{id}", "boards/{board_id}/replies/{reply_id}/reactions/{id}"], normalized: reactions, fields: { comment_id: "{comment_id}", reply_id: "{reply_id}", content: content } }',
      documentsOf({
        'boards/b/comments/c1/reactions/r1': { content: 'heart' },
        'boards/b/replies/a1/reactions/r2': { content: 'Star' },
        'boards/b/replies/a1/reactions/r4': { content: 'new' },
      }),
    );
    assert.deepEqual(said(outcome), ['MISSING_ROW r4 r4|-', 'ORPHAN_ROW r3 -|r3', 'DATA_MISMATCH r2 content Star|star']);
  });

  test('make a row of each element, which is found again by the document around it', async () => {
    await stage.world.sql(`truncate waiting; insert into waiting values ('b1', 'u1'), ('b1', 'u3'), ('b2', 'u1')`);
    const outcome = await compared(
      '{ legacy: "boards/{board_id}", each: waitingUsersIds, normalized: waiting, key: [board_id, user_id], fields: { user_id: "{item}" } }',
      documentsOf({ 'boards/b1': { waitingUsersIds: ['u1', 'u2'] }, 'boards/b2': { waitingUsersIds: ['u1'] }, 'boards/b3': {} }),
    );
    assert.deepEqual(said(outcome), ['MISSING_ROW b1/u2 b1 u2|-', 'ORPHAN_ROW b1/u3 -|b1 u3']);
    assert.deepEqual([...new Set(outcome.asked.filter((one) => !one.startsWith('scan')))], ['boards/b1']);
  });

  test('are found under a key that was spelled anew meanwhile', async () => {
    await stage.world.sql(`truncate posts; insert into posts values ('Zo\u00eb', 'b1', 'x', 0, null), ('k', 'b1', 'x', 0, null)`);
    const documents = documentsOf({ 'boards/b1/posts/Zoe\u0308': { title: 'y' }, 'boards/b1/posts/k': { title: 'y' } });
    const legacy = createDocumentStore(documents);
    const all = createDeclaredEntities(declare(posts), { legacy, normalized: stage.store() });
    const [entity] = all.entities;
    assert.ok(entity);
    let reads = 0;
    const watched = {
      ...all,
      entities: [
        {
          ...entity,
          read: async (keys: Parameters<typeof entity.read>[0]) => {
            reads += 1;
            if (reads === 2) {
              // Both sides are saved anew: one under another spelling, one below another board.
              documents.clear();
              documents.set('boards/b1/posts/Zo\u00eb', toValue({ title: 'x' })).set('boards/b2/posts/k', toValue({ title: 'x' }));
              await stage.world.sql(`update posts set id = 'Zoe\u0308' where id = 'Zo\u00eb'; update posts set board_id = 'b2' where id = 'k'`);
            }
            return entity.read(keys);
          },
        },
      ],
    };
    const outcome = await compareEntity(watched, { settleMs: 60_000 });
    assert.deepEqual(said(outcome), []);
    assert.deepEqual([outcome.comparison.transient, outcome.comparison.counts], [2, [{ level: 'e', legacy: 2, expected: 2, normalized: 2, difference: 0 }]]);
  });

  test('are counted by a sample as they can be while more of them keep coming, and those that are missing all the same', async () => {
    await stage.world.sql(`truncate posts; insert into posts select 'p' || i, 'b', 'x', 0, null from generate_series(1, 20) as i`);
    const documents = documentsOf(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`boards/b/posts/p${index + 1}`, { title: 'x' }])));
    const { all } = await compared(posts, documents, { sample: 1 });
    const [own] = all.entities;
    assert.ok(own);
    /** Both sides gain a row with each question. */
    const counted = async (missing: number, settleMs = 0) => {
      let more = 0;
      const expected = { ...own.expected, numbers: async () => ({ rows: 20 + missing + more, keys: 20 + missing + more++ }) };
      const actual = { ...own.actual, count: async () => 20 + more++ };
      const outcome = await compareEntity({ ...all, entities: [{ ...own, expected, actual }] }, { sample: 1, settleMs });
      const { counts, judged, restless } = outcome.comparison;
      return { shown: counts[0], judged: judged[0]?.difference, restless, findings: said(outcome) };
    };
    const shown = (legacy: number, normalized: number) => ({ level: 'e', legacy, expected: legacy, normalized, difference: normalized - legacy });
    assert.deepEqual(await counted(0), { shown: shown(22, 23), judged: 0, restless: 2, findings: [] });
    assert.deepEqual(await counted(3), { shown: shown(25, 23), judged: -2, restless: 0, findings: ['COUNT_MISMATCH 25|23'] });
    // Some are on their way at every moment; so many are not. What was counted is shown all the same.
    const late = await counted(3, 1);
    // How often both sides are counted in a millisecond depends on the machine.
    assert.deepEqual([late.shown?.difference, late.judged, late.restless, late.findings], [-2, 0, 2, []]);
    assert.deepEqual((await counted(300, 1)).judged, -299);
  });

  test('that are read to be counted are counted again as they are now, not as they were when the run began', async () => {
    await stage.world.sql(`truncate posts; insert into posts select 'p' || i, 'b', 'x', 0, null from generate_series(1, 21) as i`);
    const documentsUpTo = (last: number): Documents =>
      documentsOf(Object.fromEntries(Array.from({ length: last }, (_, index) => [`boards/b/posts/p${index + 1}`, { title: 'x' }])));
    const [earlier, now] = [createDocumentStore(documentsUpTo(20)), createDocumentStore(documentsUpTo(21))];
    const legacy: typeof now = { ...now, open: (...about) => ({ ...now.open(...about), scan: earlier.open(...about).scan, scanNow: now.open(...about).scan }) };
    const scoped = declare(posts.replace(/ }$/, ', only: { legacy: { gone: [false, null] } } }'));
    const outcome = await compareEntity(createDeclaredEntities(scoped, { legacy, normalized: stage.store() }), { sample: 1, settleMs: 1 });
    assert.deepEqual([said(outcome), outcome.comparison.counts[0]?.expected], [[], 21]);
  });

  test('of which a sample is to be read cost what the sample costs: keys are drawn from the free side', async () => {
    await stage.world.sql(
      `truncate posts; insert into posts select 'p' || i, 'b' || i % 3, 'x', 0, null from generate_series(1, 60) as i; update posts set title = 'y' where id = 'p7'`,
    );
    const documents = documentsOf(
      Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`boards/b${(index + 1) % 3}/posts/p${index + 1}`, { title: 'x' }])),
    );
    const whole = await compared(posts, documents, { sample: 60 });
    assert.deepEqual(said(whole), ['DATA_MISMATCH p7 title x|y']);
    assert.deepEqual([whole.all.reads().legacy, whole.comparison.compared, whole.comparison.population], [60, 60, 60]);
    const part = await compared(posts, documents, { sample: 10 });
    assert.deepEqual([part.all.reads().legacy, part.comparison.compared, part.comparison.population], [10, 10, 60]);
    assert.ok(part.asked.every((one) => !one.startsWith('scan')));
    const lost = await compared('{ legacy: "boards/{board_id}/posts/{id}", normalized: posts, fields: { title: title } }', documents, { sample: 10 });
    assert.equal(
      lost.comparison.trouble,
      'Entity e: no column says what the segment {board_id} is, so documents cannot be looked up by their path. Add a line such as board_id: "{board_id}" to its fields.',
    );
  });
});

describe('below more nodes than names are counted of', () => {
  const couplesOf = (days: number) =>
    Object.fromEntries(
      Array.from({ length: 210 }, (_, couple) => [
        `c${couple}`,
        Object.fromEntries(Array.from({ length: days }, (_day, day) => [`2026-01-1${day}`, { done: 1 }])),
      ]),
    );
  let live: RealtimeDatabase;
  before(async () => {
    live = await startRealtimeDatabase({});
    live.set('daily', couplesOf(10));
    await stage.world.sql('create table daily (couple_id text, day text, done int, primary key (couple_id, day))');
    await stage.world.sql(`insert into daily select 'c' || c, '2026-01-1' || d, 1 from generate_series(0, 209) as c, generate_series(0, 9) as d`);
  });
  after(() => live.close());

  function open(to: 'supabase' | 'live' | 'fire' = 'supabase', documents: Documents = new Map()): Pair {
    const declaration = readDeclaration(
      `stores: { live: { type: realtime-database, url: "${live.url}" }, fire: { type: firestore, project: demo, access-token: $TOKEN } }
pairs: { p: { legacy: live, normalized: ${to}, entities: { daily: { legacy: "daily/{couple_id}/{day}", normalized: "${{ supabase: 'daily', live: 'daily/{couple_id}/{day}', fire: 'couples/{couple_id}/daily/{day}' }[to]}", key: [couple_id, day], fields: { done: done } } } } }`,
      { TOKEN: 'token' },
    );
    assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
    const pair = declaration.pairs.get('p');
    assert.ok(pair);
    const { signal: stop, remainingMs } = startBudget(600);
    const legacy = createRealtimeDatabaseStore('live', { url: live.url }, { environment: {}, stop, remainingMs, mask: () => undefined });
    live.requests.length = 0;
    const normalized = { supabase: stage.store(), live: legacy, fire: createDocumentStore(documents) }[to];
    return createDeclaredPair(pair, { legacy, normalized }).pair;
  }

  async function compare(mode: Extent['mode'], pair = open(), readBudget = 0) {
    const differences: string[] = [];
    const phases: string[] = [];
    const told = () => ({ onDifference: ({ kind }: Difference) => void differences.push(kind) });
    const extent: Extent = { mode, sampleSize: 50, enough: 50, seed: 'seed', readBudget };
    const options = { budget: startBudget(600), settleMs: 0, onProgress: () => undefined, onPhase: (sentence: string) => void phases.push(sentence) };
    const comparison = await comparePair(pair, extent, told, options);
    return { comparison, differences, phases, reads: pair.aside().reads.legacy };
  }

  test('rows are read to know how many there are, and no more than are wanted', async () => {
    const [entity] = open().entities;
    assert.equal(await entity?.expected.size?.(Number.POSITIVE_INFINITY), 2100);
    assert.equal(await entity?.expected.size?.(2101), 2100);
    assert.equal(await entity?.expected.size?.(2100), Number.POSITIVE_INFINITY);
    live.requests.length = 0;
    assert.equal(await entity?.expected.size?.(0), Number.POSITIVE_INFINITY);
    assert.ok(live.requests.every(({ path }) => path.includes('shallow=true')));
  });

  test('a full run reads every row once, and counts what it read', async () => {
    const { comparison, differences, phases, reads } = await compare('full');
    assert.deepEqual([comparison.mode, comparison.compared, comparison.population, comparison.legacyRows, differences], ['full', 2100, 2100, 2100, []]);
    assert.deepEqual(comparison.counts, [{ level: 'daily', legacy: 2100, expected: 2100, normalized: 2100, difference: 0 }]);
    assert.equal(reads, 2100);
    assert.ok(phases.includes('daily: Comparing every row: about 2,100 legacy rows and about 2,100 normalized rows.'), phases.join('\n'));
  });

  test('of which a database can compare none, all entities say the same, so that the log says it once', async () => {
    const probes = await Promise.all(open('live').entities.map(({ digester }) => digester.probe()));
    assert.deepEqual(probes, [{ ready: false, sentence: 'Only two Supabase tables can be compared inside a database, so both sides are read.' }]);
  });

  test('where neither side can be counted, the rows of one are read to know how many there are', async () => {
    const { comparison, phases } = await compare('full', open('live'));
    assert.deepEqual([comparison.compared, comparison.legacyRows], [2100, 2100]);
    assert.ok(phases.includes('daily: Comparing every row: about 2,100 legacy rows and about 2,100 normalized rows.'), phases.join('\n'));
  });

  test('`auto` draws a sample where there are too many rows to compare them all, and counts them exactly', async () => {
    live.set('daily/c0/2026-01-10', null);
    const { comparison, differences } = await compare('auto');
    live.set('daily/c0/2026-01-10', { done: 1 });
    assert.deepEqual([comparison.mode, comparison.compared, comparison.population, comparison.legacyRows], ['sample', 50, 2099, 2099]);
    assert.deepEqual(comparison.counts, [{ level: 'daily', legacy: 2099, expected: 2099, normalized: 2100, difference: 1 }]);
    assert.deepEqual(differences, ['count']);
  });

  test('`auto` draws a sample where there are more of them than may be read on a side that bills each, however few are there', async () => {
    const pair = open('fire', new Map([['couples/c0/daily/2026-01-10', null]]));
    const { comparison, phases } = await compare('auto', pair, 2050);
    assert.equal(comparison.mode, 'sample');
    assert.ok(phases.includes('Every row read is billed: about 2,051 of them are more than read-budget (2,050) allows.'), phases.join('\n'));
  });

  test('a full run finds every row missing where the other side is empty', async () => {
    live.set('daily', couplesOf(1));
    await stage.world.sql('delete from daily');
    const { comparison, differences, phases } = await compare('full');
    // As many as they are, since nothing tells how many were to be expected.
    assert.ok(phases.includes('daily: Comparing every row: 210 legacy rows and 0 normalized rows.'), phases.join('\n'));
    assert.deepEqual([comparison.compared, comparison.differing, differences.filter((kind) => kind === 'missing').length], [210, 210, 210]);
    assert.deepEqual(comparison.counts, [{ level: 'daily', legacy: 210, expected: 210, normalized: 0, difference: -210 }]);
  });
});
