import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toFields, type Firestore } from '../../../../demo/firestore/server.ts';
import { metadata } from '../../../../cli/metadata.ts';
import { check } from '../../../src/check.ts';
import { readSettings } from '../../../src/inputs.ts';
import { readDeclaration } from '../../../src/pair/declared/declaration.ts';
import { connect } from '../../../src/pair/pairs.ts';
import { openStage, type Stage } from '../../pair/declared/stage.ts';
import { started } from './stores.ts';

const file = `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  board-app:
    legacy: fire
    normalized: supabase
    entities:
      users:
        legacy: users/{id}
        normalized: users
        fields: { nickname: nickname }
        changed: { legacy: updatedAt, normalized: updated_at }
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        fields: { board_id: "{board_id}", title: title, created_at: createdAt }
      reactions:
        legacy: ["boards/{board_id}/posts/{post_id}/reactions/{id}", "boards/{board_id}/posts/{post_id}/comments/{comment_id}/reactions/{id}"]
        normalized: reactions
        fields: { board_id: "{board_id}", post_id: "{post_id}", comment_id: "{comment_id}" }
  back:
    legacy: supabase
    normalized: fire
    entities:
      posts:
        legacy: posts
        normalized: boards/{board_id}/posts/{id}
        key: [board_id, id]
        fields: { title: title }
  twice:
    legacy: fire
    normalized: fire
    entities:
      users:
        legacy: users/{id}
        normalized: users/{id}
        fields: { nickname: nickname }
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: boards/{board_id}/posts/{id}
        fields: { title: title }
  shared:
    legacy: fire
    normalized: supabase
    entities:
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        key: [board_id, id]
        fields: { title: title }
      creations:
        legacy: boards/{board_id}/posts/{id}
        normalized: posts
        key: [board_id, id]
        fields: { created_at: createdAt }
      tags:
        legacy: boards/{board_id}/posts/{post_id}
        each: tags
        normalized: tags
        key: [board_id, post_id, tag]
        fields: { tag: "{item}" }
  apart:
    legacy: fire
    normalized: supabase
    entities:
      people:
        legacy: ["retired/{id}", "users/{id}"]
        normalized: people
        fields: { nickname: nickname }
      users:
        legacy: users/{id}
        normalized: users
        fields: { nickname: nickname }
  threads:
    legacy: fire
    normalized: supabase
    entities:
      reactions:
        legacy: ["boards/{board_id}/posts/{post_id}/reactions/{id}", "boards/{board_id}/posts/{post_id}/comments/{comment_id}/reactions/{id}"]
        normalized: reactions
        key: [board_id, post_id, comment_id, id]
  scoped:
    legacy: fire
    normalized: supabase
    entities:
      users:
        legacy: users/{id}
        normalized: users
        fields: { nickname: nickname }
        only: { legacy: { nickname: name 7 }, normalized: { nickname: name 7 } }
  mirrored:
    legacy: fire
    normalized: fire
    entities:
      posts:
        legacy: boards/{board_id}/posts/{id}
        normalized: mirrors/{board_id}/copies/{id}
        key: [board_id, id]
        fields: { title: title }
`;
const size = 600;

let stage: Stage;
let fire: Firestore;
before(async () => {
  stage = await openStage();
  fire = await started();
  await stage.world.sql(`
    create table users (id text primary key, nickname text, updated_at timestamptz);
    create table posts (id text primary key, board_id text, title text, created_at timestamptz);
    create table reactions (id text primary key, board_id text, post_id text, comment_id text);
    create table tags (board_id text, post_id text, tag text, primary key (board_id, post_id, tag));
    insert into tags select 'b' || n % 7, 'p' || n, 'new' from generate_series(0, 49) n;
    insert into users select 'u' || n, 'name ' || n, '2026-01-01' from generate_series(0, ${size / 10 - 1}) n;
    create view people as select id, nickname from users union all select 'r' || n, 'name ' || n from generate_series(1, 5) n;
    insert into posts select 'p' || n, 'b' || n % 7, 'title ' || n, to_timestamp(1700000000 + n / 1000.0) from generate_series(0, ${size - 1}) n;
    insert into reactions select 'r' || n, 'b' || n % 7, 'p' || n, case when n % 2 = 1 then 'c1' end from generate_series(0, ${size - 1}) n;
  `);
  for (let n = 1; n <= 5; n += 1) fire.set(`retired/r${n}`, toFields({ nickname: `name ${n}` }));
  for (let n = 0; n < size; n += 1) {
    const post = `boards/b${n % 7}/posts/p${n}`;
    if (n < size / 10) fire.set(`users/u${n}`, toFields({ nickname: `name ${n}`, updatedAt: new Date('2026-01-01') }));
    fire.set(post, toFields({ title: `title ${n}`, createdAt: new Date(1_700_000_000_000 + n), tags: n < 50 ? ['new'] : [] }));
    fire.set(`mirrors/b${n % 7}/copies/p${n}`, toFields({ title: `title ${n}` }));
    fire.set(n % 2 === 1 ? `${post}/comments/c1/reactions/r${n}` : `${post}/reactions/r${n}`, {});
  }
});
after(async () => {
  await fire.stop();
  await stage.close();
});

async function run(inputs: Readonly<Record<string, string>>, onPhase: (sentence: string) => void = () => undefined) {
  const environment = { FIRESTORE_EMULATOR_HOST: fire.host };
  const declaration = readDeclaration(file, environment);
  assert.ok(!('mistakes' in declaration));
  const given: Readonly<Record<string, string>> = {
    'supabase-url': stage.door.url,
    'supabase-key': stage.world.secretKey,
    'settle-seconds': '0',
    'reveal-values': 'true',
    pair: 'board-app',
    ...inputs,
  };
  const settings = readSettings((name) => given[name] ?? metadata.inputs[name]?.default ?? '', { runName: 'local-1', isPrivate: true });
  const billed = fire.reads();
  const report = await check({ settings, connection: await connect(settings, declaration, environment), now: () => new Date(), watch: { onPhase } });
  const { legacy = 0, normalized = 0 } = report.reads ?? {};
  const said = inputs['pair'] === 'back' ? normalized : legacy + (['twice', 'mirrored'].includes(inputs['pair'] ?? '') ? normalized : 0);
  assert.equal(said, fire.reads() - billed);
  return report;
}

const documents = size * 2 + size / 10;

describe('a pair of Firestore and tables', () => {
  test('in sync reads each document once, and says what that cost', async () => {
    const report = await run({ mode: 'full' });
    assert.deepEqual([report.verdict, report.drift.compared], ['in-sync', documents]);
    assert.ok((report.reads?.legacy ?? 0) <= documents + 15, `${report.reads?.legacy} reads for ${documents} documents`);
  });

  test('reads a document that the tables lack three times in all, however often it is looked for there', async () => {
    await stage.world.sql('create table kept as select * from users; truncate users');
    try {
      const report = await run({ mode: 'full', 'settle-seconds': '1' });
      assert.deepEqual([report.verdict, report.drift.differing], ['drift', size / 10]);
      assert.ok((report.reads?.legacy ?? 0) <= documents + (2 * size) / 10 + 15, `${report.reads?.legacy} reads for ${documents} documents`);
    } finally {
      await stage.world.sql('insert into users select * from kept; drop table kept');
    }
  });

  test('draws a sample from the tables, and looks it up by path', async () => {
    const report = await run({ mode: 'sample', 'sample-size': '60' });
    assert.deepEqual([report.verdict, report.mode, report.drift.compared], ['in-sync', 'sample', 60]);
    // The group of reactions has two sources, so that its names are read to be counted.
    assert.ok((report.reads?.legacy ?? 0) <= size + 60 + 30, `${report.reads?.legacy} reads`);
  });

  const affordable: readonly (readonly [what: string, pair: string, documents: number])[] = [
    ['a group that two entities and one of its elements read', 'shared', size],
    ['a collection of which few documents are in scope', 'scoped', size / 10],
    ['a collection that two entities read one after the other, since one of them begins with another', 'apart', (2 * size) / 10 + 5],
    ['both sides where both are billed', 'mirrored', 2 * size],
  ];
  for (const [what, pair, all] of affordable) {
    test(`compares everything where that fits read-budget, and a sample that fits otherwise: ${what}`, async () => {
      for (const [budget, mode] of [
        [all, 'full'],
        [all - 1, 'sample'],
      ] as const) {
        const report = await run({ pair, 'read-budget': String(budget) });
        assert.deepEqual([report.verdict, report.mode], ['in-sync', mode]);
        const reads = (report.reads?.legacy ?? 0) + (pair === 'mirrored' ? (report.reads?.normalized ?? 0) : 0);
        // Counts come on top, and elements are read to be counted.
        assert.ok(reads <= budget + 30 + (mode === 'sample' && pair === 'shared' ? size : 0), `${reads} reads with ${budget}`);
      }
    });
  }

  test('says so where a sample can only be drawn by reading more than read-budget, since both sides are billed', async () => {
    const said = /^Both sides are billed/;
    const phasesOf = async (readBudget: number): Promise<string[]> => {
      const phases: string[] = [];
      const report = await run({ pair: 'mirrored', mode: 'sample', 'read-budget': String(readBudget) }, (sentence) => phases.push(sentence));
      assert.deepEqual([report.verdict, report.mode], ['in-sync', 'sample']);
      return phases.filter((phase) => said.test(phase));
    };
    assert.deepEqual(await phasesOf(size), []);
    assert.deepEqual(await phasesOf(size - 1), [
      `Both sides are billed, so one of them is read completely to draw rows from it: ${size} reads, more than read-budget (${size - 1}) allows. To pay less, compare recent writes only (changed-within); for about twice as much, mode: full compares every row.`,
    ]);
  });

  test('looks up within read-budget what each of two collections may have, in a sample and in turns', async () => {
    for (const inputs of [{ mode: 'sample' }, { rotate: '2' }]) {
      const report = await run({ pair: 'apart', 'read-budget': '70', ...inputs });
      assert.deepEqual([report.verdict, report.mode], ['in-sync', 'sample']);
      assert.ok((report.reads?.legacy ?? 0) <= 70 + 15, `${report.reads?.legacy} reads with ${JSON.stringify(inputs)}`);
    }
    const turn = await run({ pair: 'apart', 'read-budget': '95', rotate: '2' });
    assert.deepEqual([turn.verdict, turn.mode], ['in-sync', 'full']);
    assert.ok((turn.reads?.legacy ?? 0) <= 95 + 15, `${turn.reads?.legacy} reads`);
  });

  test('draws as many rows as fit read-budget where the key says which of two collections has each', async () => {
    const report = await run({ pair: 'threads', mode: 'sample', 'read-budget': '100' });
    assert.deepEqual([report.verdict, report.drift.compared], ['in-sync', 100]);
    assert.ok((report.reads?.legacy ?? 0) <= size + 100 + 30, `${report.reads?.legacy} reads`);
  });

  test('whose both sides are one database says what that cost', async () => {
    const report = await run({ pair: 'twice', mode: 'full' });
    assert.deepEqual([report.verdict, report.drift.compared], ['in-sync', size + size / 10]);
  });

  test('reads no document to see which one is missing where a sample is drawn from tables on the legacy side', async () => {
    fire.delete('boards/b1/posts/p1');
    const report = await run({ pair: 'back', mode: 'sample', 'sample-size': '20' });
    assert.deepEqual([report.verdict, report.drift.compared, report.counts[0]?.difference], ['drift', 20, -1]);
    fire.set('boards/b1/posts/p1', toFields({ title: 'title 1', createdAt: new Date(1_700_000_000_001) }));
    assert.ok(report.findings.some(({ type }) => type === 'COUNT_MISMATCH'));
    assert.ok((report.reads?.normalized ?? 0) < 60, `${report.reads?.normalized} reads`);
  });

  test('finds what is missing, what is too much and what differs, also among what was written lately', async () => {
    fire.delete('boards/b1/posts/p1');
    fire.set('boards/b2/posts/p2', toFields({ title: 'changed', createdAt: new Date(1_700_000_000_002) }));
    fire.set('users/new', toFields({ nickname: 'new', updatedAt: new Date() }));
    fire.set('archive/b2/posts/p9', toFields({ title: 'elsewhere' }));
    const found = (await run({ mode: 'full' })).findings.filter(({ type }) => type !== 'COUNT_MISMATCH').map(({ type, key }) => [type, key?.['id']]);
    assert.deepEqual(found.toSorted(), [
      ['DATA_MISMATCH', 'p2'],
      ['MISSING_ROW', 'new'],
      ['ORPHAN_ROW', 'p1'],
    ]);
    const recent = await run({ 'changed-within': '1h' });
    assert.deepEqual(
      recent.findings.map(({ type, key }) => [type, key?.['id']]),
      [['MISSING_ROW', 'new']],
    );
    assert.ok((recent.reads?.legacy ?? 0) < 20, `${recent.reads?.legacy} reads`);
  });
});
