import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { toFields, type Firestore } from '../../../../demo/firestore/server.ts';
import { metadata } from '../../../../cli/metadata.ts';
import { check } from '../../../src/check.ts';
import { keyId } from '../../../src/document/document.ts';
import { readSettings } from '../../../src/inputs.ts';
import { readDeclaration, type PairDeclaration } from '../../../src/pair/declared/declaration.ts';
import { createDeclaredEntities } from '../../../src/pair/declared/declared.ts';
import { connect } from '../../../src/pair/pairs.ts';
import { compareEntity, openStage, say, type Stage } from '../../pair/declared/stage.ts';
import { started, storeAt } from './stores.ts';

/** Documents whose key names only some of the segments of their path. */

const file = (fields: string): string => `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  board-app:
    legacy: fire
    normalized: supabase
    entities:
      likes:
        legacy: boards/{board_id}/posts/{post_id}/likes/{user_id}
        normalized: likes
        key: [post_id, user_id]
        fields: { ${fields} }
        changed: { normalized: created_at }
`;
const plain = 'emoji: emoji';
const told = `board_id: "{board_id}", ${plain}`;

/** More than two reads of a hundred keys. */
const size = 250;
const pathOf = (n: number): string => `boards/b${n % 7}/posts/p${n % 50}/likes/u${n}`;

let stage: Stage;
let fire: Firestore;
before(async () => {
  stage = await openStage();
  fire = await started({ indexes: ['likes.changedAt'] });
  await stage.world.sql(
    'create table waiting (user_id text primary key); create table pages (id integer primary key, title text, changed timestamptz); create table devices (id uuid primary key, title text)',
  );
  await stage.world.sql('create table likes (board_id text, post_id text, user_id text, emoji text, created_at timestamptz, primary key (post_id, user_id))');
});
after(async () => {
  await fire.stop();
  await stage.close();
});
beforeEach(async () => {
  for (const path of fire.paths()) fire.delete(path);
  for (let n = 0; n < size; n += 1) fire.set(pathOf(n), toFields({ emoji: 'heart' }));
  await stage.world.sql(
    `truncate likes; insert into likes select 'b' || n % 7, 'p' || n % 50, 'u' || n, 'heart', '2026-01-01' from generate_series(0, ${size - 1}) n`,
  );
});

function declared(fields: string): PairDeclaration {
  const declaration = readDeclaration(file(fields), {});
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const pair = declaration.pairs.get('board-app');
  assert.ok(pair);
  return pair;
}

const run = (fields: string, inputs: Readonly<Record<string, string>>) => runFile(file(fields), inputs);

async function runFile(text: string, inputs: Readonly<Record<string, string>>) {
  const environment = { FIRESTORE_EMULATOR_HOST: fire.host };
  const declaration = readDeclaration(text, environment);
  assert.ok(!('mistakes' in declaration));
  const given: Readonly<Record<string, string>> = {
    'supabase-url': stage.door.url,
    'supabase-key': stage.world.secretKey,
    'settle-seconds': '0',
    'reveal-values': 'true',
    ...inputs,
  };
  const settings = readSettings((name) => given[name] ?? metadata.inputs[name]?.default ?? '', { runName: 'local-1', isPrivate: true });
  const billed = fire.reads();
  const report = await check({ settings, connection: await connect(settings, declaration, environment), now: () => new Date() });
  assert.equal(report.reads?.legacy, fire.reads() - billed);
  const findings = report.findings.filter(({ type }) => type !== 'COUNT_MISMATCH').map(({ type, key }) => `${type} ${Object.values(key ?? {}).join('/')}`);
  return { verdict: report.verdict, findings: findings.toSorted(), reads: report.reads?.legacy ?? 0 };
}

describe('a document whose key does not name its whole path', () => {
  test('is found without a scan, whichever side has it', async () => {
    fire.set('boards/b1/posts/new/likes/alice', toFields({ emoji: 'heart' }));
    const all = createDeclaredEntities(declared(plain), { legacy: storeAt(fire.host), normalized: stage.store() });
    const [entity] = all.entities;
    assert.ok(entity);
    const [alone, both, nowhere] = [
      ['new', 'alice'],
      ['p1', 'u1'],
      ['p1', 'nobody'],
    ] as const;
    const rows = await entity.rows([alone, both, nowhere]);
    const counted = [alone, both, nowhere].map((key) => rows.get(keyId(key))).map((one) => [one?.legacy.length, one?.normalized.length]);
    assert.deepEqual(counted, [
      [1, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  test('is found for what was written lately, by one search for all of it', async () => {
    await stage.world.sql(`update likes set created_at = now(); insert into likes values ('b1', 'p1', 'nobody', 'heart', now())`);
    const { findings, reads } = await run(plain, { 'changed-within': '1h' });
    assert.deepEqual(findings, ['ORPHAN_ROW p1/nobody']);
    // Searched through once, with the empty end, and each then read by its path.
    assert.ok(reads <= 2 * size + 10, `${reads} reads`);
  });

  test('is found below another parent where the one that was written lately is out of scope', async () => {
    fire.set('boards/elsewhere/posts/p1/likes/u1', toFields({ emoji: 'heart', gone: true, changedAt: new Date() }));
    const text = file(plain).replace('changed: {', 'only: { legacy: { gone: [false, null] } }\n        changed: { legacy: changedAt,');
    const { verdict, findings } = await runFile(text, { 'changed-within': '1h' });
    assert.deepEqual([verdict, findings], ['in-sync', []]);
  });

  test('is asked for by its path alone where a column of the other side tells it', async () => {
    await stage.world.sql(`update likes set created_at = now() where user_id in ('u1', 'u2'); insert into likes values ('b1', 'p1', 'nobody', 'heart', now())`);
    const { findings, reads } = await run(told, { 'changed-within': '1h' });
    assert.deepEqual(findings, ['ORPHAN_ROW p1/nobody']);
    assert.ok(reads < 10, `${reads} reads`);
  });

  test('costs nothing where both sides agree, and one search where one is too much', async () => {
    const agreed = await run(plain, { mode: 'full' });
    assert.deepEqual([agreed.verdict, agreed.findings], ['in-sync', []]);
    assert.ok(agreed.reads <= size + 10, `${agreed.reads} reads`);
    await stage.world.sql(`insert into likes select 'b1', 'p1', 'x' || n, 'heart', '2026-01-01' from generate_series(1, 230) n`);
    const drifted = await run(plain, { mode: 'full' });
    assert.equal(drifted.findings.length, 230);
    assert.ok(drifted.reads <= 2 * size + 10, `${drifted.reads} reads`);
    // Where the columns tell the path, a sample costs what it draws, and what it takes to know that the counts are those of the group.
    const drawn = 50 + 2 * 20 + 10;
    const sampled = await run(told, { mode: 'sample', 'sample-size': '50' });
    assert.ok(sampled.reads <= drawn, `${sampled.reads} reads`);
    // Also where some rows do not say it.
    await stage.world.sql('update likes set board_id = null');
    const silent = await run(told, { mode: 'sample', 'sample-size': '50' });
    assert.ok(silent.reads <= drawn, `${silent.reads} reads`);
  });

  test('is seen although it was created after the scan, or saved anew below another parent', async () => {
    fire.delete(pathOf(1));
    fire.set(pathOf(2), toFields({ emoji: 'other' }));
    const all = createDeclaredEntities(declared(plain), { legacy: storeAt(fire.host), normalized: stage.store() });
    const [entity] = all.entities;
    assert.ok(entity);
    let isFirst = true;
    const read: typeof entity.read = async (keys) => {
      if (isFirst) {
        fire.set(pathOf(1), toFields({ emoji: 'heart' }));
        fire.delete(pathOf(2));
        fire.set('boards/elsewhere/posts/p2/likes/u2', toFields({ emoji: 'heart' }));
      }
      isFirst = false;
      return entity.read(keys);
    };
    const { findings, comparison } = await compareEntity({ ...all, entities: [{ ...entity, read }] });
    assert.deepEqual(findings.map(say), []);
    assert.deepEqual([comparison.trouble, comparison.transient], [undefined, 2]);
  });

  test('is looked for anew at each look, since it may have come meanwhile', async () => {
    const all = createDeclaredEntities(declared(plain), { legacy: storeAt(fire.host), normalized: stage.store() });
    const [entity] = all.entities;
    assert.ok(entity);
    fire.delete(pathOf(3));
    const looks: (number | undefined)[] = [];
    const key = ['p3', 'u3'];
    for (let look = 0; look < 2; look += 1) {
      looks.push((await entity.read([key])).get(keyId(key))?.expected.length);
      fire.set(pathOf(3), toFields({ emoji: 'heart' }));
    }
    assert.deepEqual(looks, [0, 1]);
  });
});

test('an element that nothing but a scan finds is looked for as it is now', async () => {
  const entity = '{ legacy: "boards/{board_id}", each: waiting, normalized: waiting, key: [user_id], fields: { user_id: "{item}" } }';
  const declaration = readDeclaration(
    `stores:\n  fire: { type: firestore, project: demo-board }\npairs:\n  p: { legacy: fire, normalized: supabase, entities: { waiting: ${entity} } }\n`,
    {},
  );
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const pair = declaration.pairs.get('p');
  assert.ok(pair);
  fire.set('boards/b1', toFields({ waiting: ['alice'] }));
  await stage.world.sql(`insert into waiting values ('alice'), ('bob')`);
  const all = createDeclaredEntities(pair, { legacy: storeAt(fire.host), normalized: stage.store() });
  const [first] = all.entities;
  assert.ok(first);
  const read: typeof first.read = async (keys) => {
    fire.set('boards/b1', toFields({ waiting: ['alice', 'bob'] }));
    return first.read(keys);
  };
  const { findings, comparison } = await compareEntity({ ...all, entities: [{ ...first, read }] });
  assert.deepEqual([findings.map(say), comparison.trouble, comparison.transient], [[], undefined, 1]);
});

describe('a document whose id is a number', () => {
  const pages = `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  p:
    legacy: fire
    normalized: supabase
    entities:
      pages: { legacy: "pages/{id}", normalized: pages, fields: { title: title }, changed: { normalized: changed } }
`;
  const fill = async (idOf: (n: number) => string): Promise<void> => {
    for (let n = 1; n <= size; n += 1) fire.set(`pages/${idOf(n)}`, toFields({ title: `page ${n}` }));
    await stage.world.sql(`truncate pages; insert into pages select n, 'page ' || n, now() from generate_series(1, ${size}) n`);
  };

  test('is found although zeros stand before it, also where nobody has scanned', async () => {
    await fill((n) => String(n).padStart(4, '0'));
    for (const inputs of [{ mode: 'sample', 'sample-size': '40' }, { 'changed-within': '1h' }]) assert.deepEqual((await runFile(pages, inputs)).findings, []);
    fire.delete('pages/0007');
    assert.deepEqual((await runFile(pages, { 'changed-within': '1h' })).findings, ['ORPHAN_ROW 7']);
  });

  test('is found also where another search ends while the store is asked for it', async () => {
    await fill((n) => String(n).padStart(4, '0'));
    const declaration = readDeclaration(pages, {});
    const pair = 'pairs' in declaration ? declaration.pairs.get('p') : undefined;
    assert.ok(pair);
    const { entities } = createDeclaredEntities(pair, { legacy: storeAt(fire.host), normalized: stage.store() });
    const [entity] = entities;
    assert.ok(entity);
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    fire.fault(async ({ body }) => {
      if (!JSON.stringify(body).includes('/pages/1"')) return undefined;
      asked.resolve();
      await answer.promise;
      return undefined;
    });
    const first = entity.read([['1']]);
    await asked.promise;
    const second = await entity.read([['201']]);
    answer.resolve();
    fire.fault(undefined);
    const found = [(await first).get(keyId(['1'])), second.get(keyId(['201']))];
    assert.deepEqual(
      found.map((reading) => reading?.expected.length),
      [1, 1],
    );
  });

  test('or a UUID, in whichever case', async () => {
    fire.set('devices/0F0e0D0c-0B0a-4908-8706-0504030201aB', toFields({ title: 'x' }));
    await stage.world.sql(`insert into devices values ('0f0e0d0c-0b0a-4908-8706-0504030201ab', 'x')`);
    const devices = pages.replaceAll('pages', 'devices').replace(', changed: { normalized: changed }', '');
    assert.deepEqual((await runFile(devices, { mode: 'sample', 'sample-size': '5' })).findings, []);
  });

  test('is searched for no further than it takes to see that none is written so', async () => {
    await fill(String);
    await stage.world.sql(`insert into pages values (9999, 'alone', now())`);
    const { findings, reads } = await runFile(pages, { mode: 'sample', 'sample-size': String(size + 1) });
    assert.deepEqual(findings, ['ORPHAN_ROW 9999']);
    assert.ok(reads <= size + 100 + 10, `${reads} reads`);
  });
});
