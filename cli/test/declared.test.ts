import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startRealtimeDatabase } from '../../demo/realtime-database/server.ts';
import { reportSchema } from '../../action/src/report/schema.ts';
import { planChanges } from '../declared/changes.ts';
import { driftwatch } from './command.ts';
import { firstOrder, openShop, secondOrder, shopPair, type Shop } from './shop.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.close());
beforeEach(async () => {
  await shop.reset();
  shop.declare(shopPair);
});

const now = ['--settle-seconds', '0'];
const json = (text: string): unknown => JSON.parse(text);

/** A pair of the two word lists, with these lines of its entity. */
const wordsPair = (...lines: readonly string[]): string =>
  [
    'pairs:',
    '  glossary:',
    '    legacy: supabase',
    '    normalized: supabase',
    '    entities:',
    '      words:',
    '        legacy: old_words',
    '        normalized: words',
    '        key: [word]',
    ...lines.map((line) => `        ${line}`),
    '',
  ].join('\n');
const words = wordsPair('fields: { meaning: meaning }');

/** Everything that a repair can write, damaged or deleted on the normalized side. */
const damage = `
  update customers set status = 'company', points = 5, balance = 7, labels = null, photo = null, seen_ms = 5, email = 'else@example.com',
    meta = jsonb_set(meta, '{look,theme}', '"light"'), joined_at = joined_at + interval '1 second' where id = 1;
  delete from order_lines where sku = 'tea';
  delete from customer_labels where place = 1;
  update words set meaning = 'other' where word like 'it%';
  insert into customers (id, name) values (77, 'Nobody');
  insert into orders (id, customer_id) values ('00000000-0000-4000-8000-000000000077', 77);`;

describe('counts', () => {
  test('says what both sides hold, as a table and as JSON, and ends with 0 where they agree', async () => {
    const [shown, printed] = await Promise.all([shop.run('counts'), shop.run('counts', '--json', '--pair', 'shop')]);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(
      shown.stdout,
      /^Entity +Legacy +Normalized +Difference\ncustomers +3 +3 +0\nlabels +2 +2 +0\norders +2 +2 +0\nlines +3 +3 +0\nwords +2 +2 +0\n$/,
    );
    assert.deepEqual([printed.exitCode, printed.stderr], [0, '']);
    const sizes = { customers: 3, labels: 2, orders: 2, lines: 3, words: 2 };
    assert.deepEqual(json(printed.stdout), {
      pair: 'shop',
      entities: Object.entries(sizes).map(([name, rows]) => ({ name, legacy: rows, normalized: rows, difference: 0 })),
    });
  });

  test('ends with 1 where they differ, by the rows in scope', async () => {
    await shop.world.sql(`${damage} update customers set deleted_at = now() where id in (2, 77);`);
    const { exitCode, stdout } = await shop.run('counts', '--json');
    assert.equal(exitCode, 1);
    const { entities } = json(stdout) as { entities: { name: string; difference: number }[] };
    assert.deepEqual(
      entities.map(({ name, difference }) => [name, difference]),
      [
        ['customers', -1],
        ['labels', -1],
        ['orders', 1],
        ['lines', -2],
        ['words', 0],
      ],
    );
  });

  test('ends with 2 where it cannot know', async () => {
    shop.declare(words.replace('normalized: words', 'normalized: nowhere'));
    const { exitCode, stdout, stderr } = await shop.run('counts', '--json');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /nowhere/);
  });
});

describe('check', () => {
  test('says in text and as JSON what differs, and what to do next', async () => {
    await shop.world.sql(`${damage} update customers set meta = jsonb_set(meta, '{a.b}', '1') where id = 1;`);
    const [shown, printed] = await Promise.all([shop.run('check', ...now, '--report-directory', 'shown'), shop.run('check', ...now, '--json')]);
    assert.equal(shown.exitCode, 1, shown.stderr);
    assert.match(shown.stdout, /^\nDrift, critical\n14 of 14 rows were compared, and 7 differ\./);
    assert.match(shown.stdout, /^MISSING_ROW +labels +customer_id=1, label=key-[\da-f]{8} /m);
    assert.match(shown.stdout, /^DATA_MISMATCH +customers +id=1 +points +1 +9007199254740993 +5$/m);
    assert.match(shown.stdout, /^Not compared of customers, normalized: meta\.'a\.b', meta\.look\.size, meta\.other$/m);
    assert.match(shown.stdout, /npx driftwatch explain labels 1 key-[\da-f]{8} --pair shop\nTo see what would repair it: +npx driftwatch repair --pair shop$/m);
    assert.doesNotMatch(shown.stdout, /Ada|example\.com|vip|dark/);
    const report = reportSchema.parse(json(printed.stdout));
    assert.deepEqual([printed.exitCode, report.pair, report.mode], [1, 'shop', 'full']);
    const byType = Object.entries(Object.groupBy(report.findings, ({ type }) => type)).map(([type, some = []]) => [type, some.length]);
    assert.deepEqual(Object.fromEntries(byType), { MISSING_ROW: 3, COUNT_MISMATCH: 4, ORPHAN_ROW: 2, DATA_MISMATCH: 10 });
    assert.deepEqual(json(readFileSync(join(shop.directory, 'drift-report/report.json'), 'utf8')), json(printed.stdout));
  });

  test('needs no key of a store that is not compared, not for pseudonyms either', async () => {
    shop.declare(
      `stores: { new: { type: supabase, url: $NEW_URL, key: $NEW_KEY } }\n${shopPair.replace(/^(    (?:legacy|normalized)): supabase$/gm, '$1: new')}`,
    );
    const run = (key: string) => driftwatch(['check', ...now], { directory: shop.directory, env: { NEW_URL: shop.door.url, NEW_KEY: key } });
    const [secret, published] = [await run(shop.world.secretKey), await run(shop.world.publishableKey)];
    assert.equal(secret.exitCode, 0, secret.stderr);
    assert.doesNotMatch(secret.stderr, /Pseudonyms hold/);
    assert.match(published.stderr, /Pseudonyms hold for this run only: no store has a secret key to derive them from/);
  });

  test('names a file that is elsewhere in the commands that come next', async () => {
    await shop.world.sql(`update customers set points = 5 where id = 1`);
    writeFileSync(join(shop.directory, 'drift.yml'), shopPair);
    const found = await shop.run('check', ...now, '--config', 'drift.yml');
    assert.match(
      found.stdout,
      /npx driftwatch explain customers 1 --pair shop --config drift\.yml\nTo see .* npx driftwatch repair --pair shop --config drift\.yml$/m,
    );
    writeFileSync(join(shop.directory, 'drift.yml'), words.replace('normalized: words', 'normalized: nowhere'));
    const unknown = await shop.run('check', ...now, '--config', 'drift.yml');
    assert.match(unknown.stdout, /^To find the cause: npx driftwatch doctor --pair glossary --config drift\.yml$/m);
    assert.match(
      readFileSync(join(shop.directory, 'drift-report/report.html'), 'utf8'),
      /<code>npx driftwatch doctor --pair glossary --config drift\.yml<\/code>/,
    );
  });

  test('ends with 0 where nothing differs', async () => {
    const { exitCode, stdout } = await shop.run('check', ...now);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^\nIn sync\n12 of 12 rows were compared, and none of them differs\./);
  });

  test('wants a pair to be named where there are several, and one that is there', async () => {
    shop.declare(shopPair + words.replace('pairs:\n', ''));
    const [none, other, named] = await Promise.all([shop.run('check'), shop.run('check', '--pair', 'shops'), shop.run('check', ...now, '--pair', 'glossary')]);
    assert.deepEqual([none.exitCode, other.exitCode, named.exitCode], [2, 2, 0]);
    assert.match(none.stderr, /pair is missing, and \.github\/driftwatch\.yml declares several pairs; accepted: shop, glossary, habit-tracker\./);
    assert.match(other.stderr, /pair is "shops", which \.github\/driftwatch\.yml does not declare; accepted: shop, glossary, habit-tracker\./);
    assert.match(named.stdout, /2 of 2 rows/);
  });

  test('says what it found also where it cannot write it down', async () => {
    const { exitCode, stdout, stderr } = await shop.run('check', ...now, '--report-directory', '.github/driftwatch.yml');
    assert.equal(exitCode, 2);
    assert.match(stdout, /^\nIn sync\n/);
    assert.match(stderr, /^The report could not be written to .*driftwatch\.yml/m);
  });

  test('says everything that is wrong in the file, by its lines', async () => {
    shop.declare(words.replace('key: [word]', 'key: word').replace('legacy: supabase', 'legacy: elsewhere'));
    const { exitCode, stdout, stderr } = await shop.run('check');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^\.github\/driftwatch\.yml:3: .*elsewhere.*\n\.github\/driftwatch\.yml:9: /);
  });
});

describe('check --changed-within', () => {
  test('compares what was written on either side, and names what it leaves out', async () => {
    await shop.world.sql(`
      insert into old_orders values ('00000000-0000-4000-8000-000000000003', 1, now());
      insert into orders (id, customer_id) values ('00000000-0000-4000-8000-000000000004', 1);
      delete from order_lines;`);
    const { exitCode, stdout } = await shop.run('check', ...now, '--changed-within', '30m');
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^\nDrift in recent writes, critical\n2 of 2 rows with recent writes were compared, and 2 differ\..* Older rows were not compared, and may differ\.$/m,
    );
    assert.match(stdout, /^MISSING_ROW +orders +id=00000000-0000-4000-8000-000000000003 /m);
    assert.match(stdout, /^ORPHAN_ROW +orders +id=00000000-0000-4000-8000-000000000004 /m);
    assert.match(stdout, /^Recent writes of labels, lines, words cannot be distinguished from older ones, so they were left out\./m);
    assert.doesNotMatch(stdout, /_ROW +lines/);
  });

  test('is in sync where nothing was written, and says that nothing was', async () => {
    const { exitCode, stdout } = await shop.run('check', '--changed-within', '30m');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^\nRecent writes in sync\nNo row was written recently, so none was compared\./);
  });

  test('is a bad input where no entity says when a row was written', async () => {
    shop.declare(words);
    const { exitCode, stdout, stderr } = await shop.run('check', '--changed-within', '30m');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(
      stderr,
      /changed-within is set, and no entity of the pair glossary says when its rows were written\. Declare changed in \.github\/driftwatch\.yml/,
    );
  });
});

test('counts of nothing do not pass for counts that agree', async () => {
  shop.declare(words);
  await shop.world.sql('truncate old_words, words');
  const { exitCode, stderr } = await shop.run('counts');
  assert.equal(exitCode, 2);
  assert.match(stderr, /Neither side has any rows, so there is nothing to compare\./);
});

describe('without a file', () => {
  test('every command says where other tables are declared', async () => {
    for (const args of [['doctor'], ['counts'], ['check'], ['repair'], ['explain', 'orders', '7']]) {
      const { exitCode, stdout, stderr } = await driftwatch(args, { env: { SUPABASE_URL: shop.door.url, SUPABASE_KEY: shop.world.secretKey } });
      assert.equal(exitCode, args[0] === 'doctor' ? 1 : 2, stderr);
      assert.match(
        stdout + stderr,
        /declare them in \.github\/driftwatch\.yml in this directory|declared pair, \.github\/driftwatch\.yml has to be in this directory/,
      );
    }
  });

  test('a variable that is not set is asked for where this machine has them', async () => {
    shop.declare(`stores: { old: { type: supabase, url: $OLD_URL, key: $OLD_KEY } }\n${words.replace('legacy: supabase', 'legacy: old')}`);
    const { exitCode, stderr } = await shop.run('counts');
    assert.equal(exitCode, 2);
    assert.match(stderr, /the variable OLD_URL is not set\..*\n[^]*\nSet what is missing in the environment, or in a \.env file in this directory\.$/m);
  });
});

describe('explain', () => {
  test('shows both sides of a row by its key, with all values', async () => {
    await shop.world.sql(damage);
    const [shown, printed] = await Promise.all([shop.run('explain', 'customers', '1'), shop.run('explain', 'customers', '1', '--json')]);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(shown.stdout, /^email +Ada@example\.com +else@example\.com +differs$/m);
    assert.match(shown.stdout, /^joined_at +2025-01-02T03:04:05\.678901Z +2025-01-02T03:04:06\.678901Z +differs$/m);
    assert.match(shown.stdout, /^name +Ada +Ada$/m);
    const { legacy, normalized, differences, ...rest } = json(printed.stdout) as Record<string, Record<string, unknown>>;
    assert.deepEqual(rest, { entity: 'customers', key: { id: '1' } });
    assert.deepEqual([legacy?.['points'], legacy?.['balance'], legacy?.['labels'], legacy?.['theme']], ['9007199254740993', 12.1, ['vip', 'a, b'], 'dark']);
    assert.deepEqual([normalized?.['points'], normalized?.['labels'], normalized?.['theme']], [5, null, 'light']);
    assert.deepEqual(
      differences,
      ['email', 'status', 'points', 'balance', 'theme', 'labels', 'photo', 'seen_ms', 'joined_at'].map((path) => ({ type: 'DATA_MISMATCH', path })),
    );
  });

  test('shows JSON however deeply it is nested, and so does a repair', async () => {
    const [outer, inner] = [4000, 3999].map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
    await shop.world.sql(`create table old_trees (id int primary key, tree jsonb); create table trees (id int primary key, tree jsonb);
      insert into old_trees values (1, '${outer}'); insert into trees values (1, '${inner}')`);
    shop.declare(
      'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      trees: { legacy: old_trees, normalized: trees, fields: { tree: tree } }\n',
    );
    try {
      const [shown, printed, script] = [
        await shop.run('explain', 'trees', '1'),
        await shop.run('explain', 'trees', '1', '--json'),
        await shop.run('repair', ...now, '--sql'),
      ];
      assert.match(shown.stdout, /^DATA_MISMATCH tree$/m, shown.stderr);
      const { differences } = json(printed.stdout) as Record<string, unknown>;
      assert.deepEqual(differences, [{ type: 'DATA_MISMATCH', path: 'tree' }]);
      assert.ok(script.stdout.includes(`{"tree":${outer}`), script.stderr);
    } finally {
      await shop.world.sql('drop table trees, old_trees');
    }
  });

  test('takes a key as a report shows it, one of several columns too', async () => {
    await shop.world.sql(damage);
    const report = reportSchema.parse(json((await shop.run('check', ...now, '--json')).stdout));
    const keyOf = (level: string): string[] =>
      Object.values(report.findings.find((finding) => finding.level === level && finding.type !== 'COUNT_MISMATCH')?.key ?? {}).map(String);
    assert.match(keyOf('labels')[1] ?? '', /^key-[\da-f]{8}$/);
    const [label, word, line] = await Promise.all([
      shop.run('explain', 'labels', ...keyOf('labels'), '--json'),
      shop.run('explain', 'words', ...keyOf('words'), '--json'),
      shop.run('explain', 'lines', secondOrder, '1', '--json'),
    ]);
    assert.deepEqual(json(label.stdout), {
      entity: 'labels',
      key: { customer_id: '1', label: 'a, b' },
      legacy: { customer_id: 1, label: 'a, b', place: '1' },
      normalized: null,
      differences: [{ type: 'MISSING_ROW', path: null }],
    });
    assert.deepEqual(json(word.stdout), {
      entity: 'words',
      key: { word: 'it\'s "so"' },
      legacy: { word: 'it\'s "so"', meaning: 'quoted \\ and so' },
      normalized: { word: 'it\'s "so"', meaning: 'other' },
      differences: [{ type: 'DATA_MISMATCH', path: 'meaning' }],
    });
    assert.deepEqual(json(line.stdout), {
      entity: 'lines',
      key: { order_id: secondOrder, position: '1' },
      legacy: { order_id: secondOrder, position: 1, sku: 'tea', quantity: 5 },
      normalized: null,
      differences: [{ type: 'MISSING_ROW', path: null }],
    });
  });

  test('takes a key that begins with a hyphen, and still knows a wrong option', async () => {
    await shop.world.sql(`insert into old_words values ('-OaBcDeFgHiJkLmNoPqR', 'pushed')`);
    for (const args of [
      ['-OaBcDeFgHiJkLmNoPqR', '--pair', 'shop'],
      ['--pair', 'shop', '--', '-OaBcDeFgHiJkLmNoPqR'],
    ]) {
      const { exitCode, stdout, stderr } = await shop.run('explain', 'words', ...args);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^MISSING_ROW$/m);
    }
    const [long, short, negative] = await Promise.all([
      shop.run('explain', 'words', '--pari', 'shop'),
      shop.run('explain', 'words', '-p'),
      shop.run('explain', 'customers', '-5'),
    ]);
    assert.match(long.stderr, /^unknown option '--pari'$/m);
    assert.match(short.stderr, /^unknown option '-p'$/m);
    assert.match(negative.stderr, /^Neither side has a row of customers with the key -5\.$/m);
  });

  test('shows two long texts from where they differ', async () => {
    await shop.world.sql(
      `update old_words set meaning = repeat('so ', 60) || 'one end' where word = 'Bücher'; update words set meaning = repeat('so ', 60) || 'another end' where word = 'Bücher';`,
    );
    const { stdout } = await shop.run('explain', 'words', 'Bücher');
    assert.match(stdout, /^meaning +….*so one end +….*so another end +differs$/m);
  });

  test('does not say that a value differs if it cannot be read, which is not compared', async () => {
    await shop.world.sql(`update old_words set meaning = '2025-13-40' where word = 'Bücher'`);
    shop.declare(wordsPair('fields: { meaning: { from: meaning, type: date } }'));
    const { stdout, stderr } = await shop.run('explain', 'words', 'Bücher');
    assert.match(stdout, /^meaning +2025-13-40 .* cannot be read$[^]*^MALFORMED_LEGACY meaning$/m, stderr);
  });

  test('says of a value that is too large to be read that it is', async () => {
    const large = createServer(async (incoming, outgoing) => {
      const headers = Object.entries(incoming.headers).filter(([name]) => /^(?:apikey|prefer|accept|range.*)$/.test(name)) as [string, string][];
      const answer = await fetch(`${shop.door.url}${incoming.url}`, { headers });
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', 'content-range': answer.headers.get('content-range') ?? '' });
      const isLarge = /old_words\?select=[^&]*meaning/.test(incoming.url ?? '');
      outgoing.end(isLarge ? Buffer.alloc(33 * 2 ** 20, ' ') : Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => large.listen(0, '127.0.0.1', resolve));
    try {
      shop.declare(words);
      const { stdout, stderr } = await shop.run('explain', 'words', 'Bücher', '--supabase-url', `http://127.0.0.1:${(large.address() as AddressInfo).port}`);
      assert.match(stdout, /^meaning +too large to be read +books +cannot be read$/m, stderr);
    } finally {
      large.closeAllConnections();
      large.close();
    }
  });

  test('takes a key that looks like a pseudonym and is none', async () => {
    await shop.world.sql(`insert into old_words values ('key-1a2b3c4d', 'a brand')`);
    const { exitCode, stdout } = await shop.run('explain', 'words', 'key-1a2b3c4d');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^MISSING_ROW$/m);
  });

  test('takes such a key also of a row that is out of scope', async () => {
    await shop.world.sql(`update old_customers set labels = '{key-1a2b3c4d}' where id = 9`);
    const { exitCode, stdout } = await shop.run('explain', 'labels', '9', 'key-1a2b3c4d');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^legacy: a row that "only" puts out of scope/m);
  });

  test('says what it was given in vain', async () => {
    const [few, many, absent, unnamed, entity] = await Promise.all([
      shop.run('explain', 'lines', firstOrder),
      shop.run('explain', 'customers', '1', '2'),
      shop.run('explain', 'customers', '12345'),
      shop.run('explain', 'words', 'key-00000000'),
      shop.run('explain', 'people', '1'),
    ]);
    for (const { exitCode, stdout } of [few, many, absent, unnamed, entity]) assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(few.stderr, /^The key of lines is order_id, position, and 1 value was given\..* npx driftwatch explain lines <order_id> <position>$/m);
    assert.match(many.stderr, /^The key of customers is id, and 2 values were given\./m);
    assert.match(absent.stderr, /^Neither side has a row of customers with the key 12345\.$/m);
    assert.match(unnamed.stderr, /^No row of words is called key-00000000\. Pseudonyms change with the key/m);
    assert.match(entity.stderr, /^"people" is not an entity of the pair shop; accepted: customers, labels, orders, lines, words\.$/m);
  });
});

/** The contents of the tables that a repair writes to, as text, so that nothing is rounded. */
const written = async (): Promise<string[]> =>
  (
    await shop.world.sql<{ row: string }>(`
      select to_jsonb(c)::text as row from customers c union all select to_jsonb(l)::text from customer_labels l
      union all select to_jsonb(o)::text from orders o union all select to_jsonb(l)::text from order_lines l union all select to_jsonb(w)::text from words w order by 1`)
  ).map(({ row }) => row);

type Answer = {
  pair: string;
  applied: boolean;
  changes: { entity: string; key: Record<string, string>; action: string; columns: string[] }[];
  skipped: { entity: string; key: Record<string, string>; reason: string }[];
};
const brief = ({ changes, skipped }: Answer): string[] => [
  ...changes.map(({ entity, key, action }) => `${action} ${entity} ${Object.values(key).join('/')}`),
  ...skipped.map(({ entity, key, reason }) => `${reason} ${entity} ${Object.values(key).join('/')}`),
];
const repair = async (...args: readonly string[]): Promise<Answer> => json((await shop.run('repair', ...now, '--json', ...args)).stdout) as Answer;

const stray = '00000000-0000-4000-8000-000000000077';

describe('repair', () => {
  test('shows what it would do, and does nothing', async () => {
    await shop.world.sql(damage);
    const earlier = await written();
    const [shown, printed] = await Promise.all([shop.run('repair', ...now), shop.run('repair', ...now, '--json')]);
    assert.deepEqual([shown.exitCode, printed.exitCode], [0, 0], shown.stderr);
    assert.match(shown.stdout, /^customers +update +1\nlabels +insert +1\nlines +insert +2\nwords +update +1$/m);
    assert.match(shown.stdout, /^customers +77 +only the normalized side has it; --delete-orphans deletes it$/m);
    assert.match(shown.stdout, /^Nothing was written\. Use --apply to write these changes, or --sql to print them as SQL\.$/m);
    assert.deepEqual(json(printed.stdout), {
      pair: 'shop',
      applied: false,
      changes: [
        {
          entity: 'customers',
          key: { id: '1' },
          action: 'update',
          columns: ['email', 'status', 'points', 'balance', 'theme', 'labels', 'photo', 'seen_ms', 'joined_at'],
        },
        { entity: 'labels', key: { customer_id: '1', label: 'a, b' }, action: 'insert', columns: ['customer_id', 'label', 'place'] },
        { entity: 'lines', key: { order_id: firstOrder, position: '1' }, action: 'insert', columns: ['order_id', 'position', 'sku', 'quantity'] },
        { entity: 'lines', key: { order_id: secondOrder, position: '1' }, action: 'insert', columns: ['order_id', 'position', 'sku', 'quantity'] },
        { entity: 'words', key: { word: 'it\'s "so"' }, action: 'update', columns: ['meaning'] },
      ],
      skipped: [
        { entity: 'customers', key: { id: '77' }, reason: 'orphan' },
        { entity: 'orders', key: { id: stray }, reason: 'orphan' },
      ],
    });
    assert.deepEqual(await written(), earlier);
  });

  test('--sql is SQL that brings the database in sync, with every value whole and the rest of JSON as it was', async () => {
    const earlier = await written();
    await shop.world.sql(`${damage} delete from orders where id = '${secondOrder}'; delete from words;`);
    const { exitCode, stdout } = await shop.run('repair', ...now, '--sql', '--delete-orphans');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^begin;\n[^]*\ndelete from "public"\."orders" .*\ndelete from "public"\."customers" .*\ncommit;\n$/);
    await shop.world.sql(stdout);
    const later = await shop.run('check', ...now);
    assert.equal(later.exitCode, 0, later.stdout);
    // Columns that are not declared have the table's defaults, or keep their values; mail is written as it is stored.
    const withoutTimes = (rows: readonly string[]): string[] =>
      rows.map((row) => row.replace(/"updated_at": "[^"]*"/, '').replace('Ada@example.com', 'ada@example.com')).sort();
    assert.deepEqual(withoutTimes(await written()), withoutTimes(earlier));
  });

  test('--apply writes through the API, deletes what refers to a row before the row, and compares again', async () => {
    // The embedded Supabase accepts no bytes, and rounds long numbers; the SQL above bypasses it.
    await shop.world.sql(
      `update old_customers set points = 12 where id = 1; update customers set meta = '{"look": {"theme": "dark", "size": 3}, "other": [1.5, "kept"]}' where id = 1; ${damage.replace(' photo = null,', '')}`,
    );
    const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^orders +delete +1\ncustomers +delete +1$/m);
    assert.match(stdout, /^Every change was written, and a new comparison finds no difference\.$/m);
    const [row] = await shop.world.sql<Record<string, unknown>>(
      `select email, status, points::text, balance::text, meta::text, labels, photo::text, seen_ms::text, (joined_at at time zone 'utc')::text as joined, note from customers where id = 1`,
    );
    assert.deepEqual(row, {
      email: 'Ada@example.com',
      status: 'person',
      points: '12',
      balance: '12.1',
      meta: '{"look": {"size": 3, "theme": "dark"}, "other": [1.5, "kept"]}',
      labels: ['vip', 'a, b'],
      photo: '\\x00ff10',
      seen_ms: '1760000000123',
      joined: '2025-01-02 03:04:05.678901',
      note: 'n',
    });
    const again = await shop.run('repair', ...now, '--apply');
    assert.deepEqual([again.exitCode, again.stdout], [0, '\nNothing differs: there is nothing to repair.\n\nNothing was written.\n']);
  });

  test('leaves orphans alone unless it is asked to delete them, and ends with 1 while they are there', async () => {
    await shop.world.sql(
      damage
        .split('\n')
        .filter((line) => line.includes('insert into'))
        .join('\n'),
    );
    const { exitCode, stdout } = await shop.run('repair', ...now, '--apply', '--json');
    assert.equal(exitCode, 1);
    assert.deepEqual(brief(json(stdout) as Answer), ['orphan customers 77', `orphan orders ${stray}`]);
  });

  test('deletes no orphan that may belong to a legacy row whose key cannot be read, accepted or not, and names that row', async () => {
    const tagged = shopPair.replace('each: labels', 'each: prefs.tags');
    shop.declare(tagged);
    await shop.world.sql(
      `update old_customers set prefs = '{"tags": ["vip", null]}' where id = 1; insert into customer_labels values (1, 'lost', 1), (2, 'stray', 0)`,
    );
    const answer = await repair('--delete-orphans', '--apply', '--entity', 'labels');
    assert.deepEqual(brief(answer), ['delete labels 2/stray', 'malformed labels 1/', 'orphan labels 1/a, b', 'orphan labels 1/lost']);
    const { stdout } = await shop.run('repair', ...now, '--entity', 'labels');
    assert.match(
      stdout,
      /^labels +1 lost +only the normalized side has it, but it may belong to the legacy row 1, whose key cannot be read: repair that key first$/m,
    );
    const labels = async () => (await shop.world.sql<{ label: string }>('select label from customer_labels order by 1')).map(({ label }) => label);
    assert.deepEqual(await labels(), ['a, b', 'lost', 'vip']);

    await shop.world.sql(`insert into customer_labels values (2, 'another', 0)`);
    shop.declare(`${tagged}\naccepted:\n  - { reason: old, by: me, until: 2099-01-01, level: labels, type: MALFORMED_LEGACY }\n`);
    const accepted = await repair('--delete-orphans', '--apply', '--entity', 'labels');
    assert.deepEqual(brief(accepted), ['delete labels 2/another', 'orphan labels 1/a, b', 'orphan labels 1/lost']);
    assert.deepEqual(await labels(), ['a, b', 'lost', 'vip']);
  });

  test('takes no default for a part of a key whose list cannot be read: any orphan of it may be meant', async () => {
    await shop.world
      .sql(`create table old_posts (id int primary key, translations jsonb); create table translations (post_id int, lang text, primary key (post_id, lang));
      insert into old_posts values (1, '"damaged"'); insert into translations values (1, 'en'), (1, 'fr'), (2, 'en')`);
    shop.declare(
      'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      t: { legacy: old_posts, each: translations, normalized: translations, key: [post_id, lang], fields: { post_id: id, lang: { from: "{item.lang}", default: en } } }\n',
    );
    try {
      assert.deepEqual(brief(await repair('--delete-orphans', '--apply')), ['delete t 2/en', 'malformed t 1/', 'orphan t 1/en', 'orphan t 1/fr']);
    } finally {
      await shop.world.sql('drop table translations, old_posts');
    }
  });

  test('keeps the orphan of each row that a list makes where the key around it cannot be read', async () => {
    await shop.world
      .sql(`create table old_posts (id text primary key, langs jsonb); create table translations (post_id int, lang text, primary key (post_id, lang));
      insert into old_posts values ('lost', '["en", "fr", "en"]'); insert into translations values (1, 'en'), (2, 'fr'), (3, 'de')`);
    shop.declare(
      'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      t: { legacy: old_posts, each: langs, normalized: translations, key: [post_id, lang], fields: { post_id: id, lang: "{item}" } }\n',
    );
    try {
      assert.deepEqual(brief(await repair('--delete-orphans', '--apply')), [
        'delete t 3/de',
        'malformed t /en',
        'malformed t /fr',
        'orphan t 1/en',
        'orphan t 2/fr',
      ]);
    } finally {
      await shop.world.sql('drop table translations, old_posts');
    }
  });

  test('--entity is one entity, --limit the first changes in the order in which they are made', async () => {
    await shop.world.sql(
      `delete from words; delete from order_lines; insert into customers (id, name) values (77, 'Nobody'); insert into orders (id, customer_id) values ('${stray}', 77);`,
    );
    const [one, limited] = await Promise.all([repair('--entity', 'words', '--limit', '1'), repair('--limit', '6', '--delete-orphans')]);
    assert.deepEqual(brief(one), ['insert words Bücher']);
    assert.deepEqual(brief(limited).at(-1), `delete orders ${stray}`);
    assert.match((await shop.run('repair', ...now, '--entity', 'words', '--limit', '1')).stdout, /^--limit leaves out 1 more change\.\nNothing was written\./m);
    const part = await shop.run('repair', ...now, '--entity', 'words', '--limit', '1', '--apply');
    assert.equal(part.exitCode, 1);
    assert.match(
      part.stdout,
      /^1 change was sent, and both sides were compared again\. 1 other row differs too: --limit left them for the next run\. Run it again\.$/m,
    );
    for (const [args, sentence] of [
      [['--entity', 'people'], /^"people" is not an entity of the pair shop/m],
      [['--limit', 'ten'], /^--limit is "ten"; accepted:/m],
      [['--since', '2025-02-30'], /^--since is "2025-02-30"; accepted:/m],
      [['--sql', '--apply'], /^--apply and --sql cannot be used together/m],
      [['--sql', '--json'], /^--json and --sql cannot be used together/m],
    ] as const) {
      const refused = await shop.run('repair', ...args);
      assert.deepEqual([refused.exitCode, refused.stdout], [2, '']);
      assert.match(refused.stderr, sentence);
    }
  });

  test('--entity may be one whose last orphans are deleted; of one that shows no row from the start, nothing is known', async () => {
    await shop.world.sql('delete from old_words');
    const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--entity', 'words', '--apply', '--delete-orphans');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Every change was written, and a new comparison finds no difference\.$/m);
    const empty = await shop.run('repair', ...now, '--entity', 'words');
    assert.deepEqual([empty.exitCode, empty.stdout], [2, '']);
    assert.match(empty.stderr, /^The comparison could not be finished, so no repair is proposed\. /m);
  });

  test('writes into JSON beside what is nested deeply there', async () => {
    const deep = `${'{"a": '.repeat(4000)}1${'}'.repeat(4000)}`;
    await shop.world.sql(`create table old_trees (id int primary key, kind text); create table trees (id int primary key, tree jsonb);
      insert into old_trees values (1, 'oak'); insert into trees values (1, '{"deep": ${deep}, "look": {"kind": "elm", "age": 5}}')`);
    shop.declare(
      'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      trees: { legacy: old_trees, normalized: trees, fields: { kind: { from: kind, to: tree.look.kind } } }\n',
    );
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(await shop.world.sql(`select tree -> 'look' as look, tree -> 'deep' = '${deep}'::jsonb as kept from trees`), [
        { look: { age: 5, kind: 'oak' }, kept: true },
      ]);
    } finally {
      await shop.world.sql('drop table trees, old_trees');
    }
  });

  test('is done where the last row of the pair was an orphan', async () => {
    await shop.world.sql('delete from old_words');
    shop.declare(wordsPair('fields: { meaning: meaning }'));
    const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Every change was written, and a new comparison finds no difference\.$/m);
  });

  test('--since goes by when the legacy side was written', async () => {
    await shop.world.sql(`
      update customers set name = 'Other';
      update old_customers set changed = '2026-10-13 06:00:00+00' where id = 2;
      update old_customers set changed = null where id = 3;
      insert into orders (id, customer_id) values ('${stray}', 1);`);
    const { changes, skipped } = await repair('--since', '2026-10-13', '--delete-orphans');
    assert.deepEqual(
      changes.map(({ key }) => key),
      [{ id: '2' }, { id: '3' }],
    );
    assert.deepEqual(
      skipped.map(({ entity, reason }) => [entity, reason]),
      [['orders', 'not-since']],
    );
    const [later, wrong] = await Promise.all([repair('--since', '2026-10-13T06:00:01Z'), shop.run('repair', '--since', 'yesterday')]);
    assert.deepEqual(
      later.changes.map(({ key }) => key),
      [{ id: '3' }],
    );
    assert.match(wrong.stderr, /^--since is "yesterday"; accepted: a date or a time in UTC/m);
    assert.equal(wrong.exitCode, 2);
  });

  test('skips what is out of scope on one side, and never writes over it', async () => {
    await shop.world.sql(`
      update customers set deleted_at = now(), name = 'Kept' where id = 2;
      update old_customers set deleted = true, labels = null where id = 3;`);
    const answer = await repair('--delete-orphans', '--apply');
    assert.deepEqual(brief(answer), ['out-of-scope customers 2', 'out-of-scope customers 3']);
    assert.deepEqual((await shop.world.sql('select name from customers order by id')).map(Object.values).flat(), ['Ada', 'Kept', 'Cyd']);
  });

  test('writes over and deletes no row out of scope that has the key of one in scope', async () => {
    shop.declare(
      wordsPair('fields: { meaning: meaning }\n        only: { normalized: { gone: false } }').replace('normalized: words', 'normalized: saved_words'),
    );
    const left = `select word || ' ' || gone || ' ' || meaning as row from saved_words order by 1`;
    const fill = `truncate old_words, saved_words; insert into old_words values ('one', '1');
      insert into saved_words values ('one', false, '11'), ('one', true, 'before'), ('two', false, '2'), ('two', true, 'before')`;
    await shop.world.sql(fill);
    await repair('--apply', '--delete-orphans');
    assert.deepEqual((await shop.world.sql(left)).map(Object.values).flat(), ['one false 1', 'one true before', 'two true before']);
    await shop.world.sql(fill);
    await shop.world.sql((await shop.run('repair', ...now, '--sql', '--delete-orphans')).stdout);
    assert.deepEqual((await shop.world.sql(left)).map(Object.values).flat(), ['one false 1', 'one true before', 'two true before']);
  });

  test('puts a row after the one of its own table that it refers to, and deletes it before that one', async () => {
    shop.declare(wordsPair('fields: { parent_id: parent }').replaceAll('words', 'replies').replace('[word]', '[id]'));
    await shop.world.sql(`
      insert into old_replies select n, case when n < 150 then n + 1 end from generate_series(1, 150) as n;
      insert into replies values (201, null), (202, 201), (204, null), (203, 204);`);
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
    assert.equal(exitCode, 0, stderr);
    const { stdout } = await shop.run('repair', ...now, '--sql');
    assert.equal(stdout, 'begin;\nset constraints all deferred;\ncommit;\n');
  });

  test('says that rows which something undoes still differ, and calls none of them written', async () => {
    shop.declare(words);
    await shop.world.sql(`
      update words set meaning = 'other' where word like 'it%';
      delete from words where word like 'B%';
      create function undo() returns trigger language plpgsql as $$ begin return old; end $$;
      create trigger undo before update on words for each row execute function undo();`);
    const { exitCode, stdout } = await shop.run('repair', ...now, '--apply');
    await shop.world.sql('drop trigger undo on words; drop function undo');
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^2 changes were sent, and both sides were compared again\. 1 row of those still differs: something refuses, undoes or alters the write \(a trigger, /m,
    );
    assert.doesNotMatch(stdout, /Every change was|Run it again\.$/m);
  });

  test('says of a write that the database took without an error, and ignored, that it was not written', async () => {
    shop.declare(words);
    await shop.world.sql(`
      insert into old_words select 'n' || n, 'new' from generate_series(1, 3) as n;
      update words set meaning = 'other';
      insert into words values ('o1', 'old'), ('o2', 'old');
      create function ignore() returns trigger language plpgsql as $$ begin
        if coalesce(new.word, old.word) in ('n2', 'o2', 'Bücher') then return null; end if;
        return coalesce(new, old);
      end $$;
      create trigger ignore before insert or update or delete on words for each row execute function ignore();`);
    try {
      const { exitCode, stdout } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
      assert.equal(exitCode, 1);
      assert.match(stdout, /^Left alone +Key +Why\nwords +Bücher +the database accepted the write but changed no row: [^\n]*\nwords +n2 .*\nwords +o2 /m);
      assert.match(stdout, /^4 changes were written, 3 were not, and a new comparison finds no other difference\.$/m);
      const again = await shop.run('repair', ...now, '--apply', '--delete-orphans', '--json');
      assert.equal(again.exitCode, 1);
      assert.deepEqual(brief(json(again.stdout) as Answer), ['not-written words Bücher', 'not-written words n2', 'not-written words o2']);
    } finally {
      await shop.world.sql('drop trigger ignore on words; drop function ignore');
    }
  });

  test('finishes the write that is under way when it is interrupted, and says what was written', async () => {
    shop.declare(words);
    await shop.world.sql(
      `insert into old_words select 'n' || n, 'new' from generate_series(1, 40) as n; insert into words select 'n' || n, 'old' from generate_series(1, 40) as n`,
    );
    shop.world.requests.length = 0;
    const running = shop.run('repair', ...now, '--apply');
    while (!shop.world.requests.some(({ method }) => method === 'PATCH')) await new Promise(setImmediate);
    process.emit('SIGHUP');
    const { exitCode, stdout, stderr } = await running;
    assert.deepEqual([exitCode, stdout], [2, '']);
    const [, amount] =
      /^(\d+) of 40 changes w\w+ written, and \d+ were not: it stopped at the update of words \S+\. It was interrupted\. What was written stays\. Run it again/m.exec(
        stderr,
      ) ?? [];
    assert.deepEqual(await shop.world.sql(`select count(*)::int as new from words where meaning = 'new'`), [{ new: Number(amount) }]);
    assert.ok(Number(amount) < 40);
  });

  test('says which sequence is behind the numbers that it put in, and the SQL sets it', async () => {
    shop.declare(wordsPair('fields: { body: body }').replaceAll('words', 'numbered').replace('[word]', '[id]'));
    await shop.world.sql(`
      create table old_numbered (id int primary key, body text);
      create table numbered (id int generated by default as identity primary key, body text);`);
    const fill = `truncate old_numbered; truncate numbered restart identity; insert into old_numbered select n, 'text' from generate_series(1, 3) as n;`;
    const added = () => shop.world.sql(`insert into numbered (body) values ('by the application') returning id`);
    try {
      await shop.world.sql(fill);
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 0, stderr);
      await assert.rejects(added, /duplicate key/);
      await shop.world.sql(/^Rows were inserted with the ids of the legacy side.*\n(select setval.*;)$/m.exec(stderr)?.[1] ?? '');
      assert.deepEqual(await added(), [{ id: 4 }]);
      // A sequence that is not behind stays where it is.
      await shop.world.sql(`${fill} select setval(pg_get_serial_sequence('numbered', 'id'), 10)`);
      await shop.world.sql((await shop.run('repair', ...now, '--sql')).stdout);
      assert.deepEqual(await added(), [{ id: 11 }]);
    } finally {
      await shop.world.sql('drop table old_numbered, numbered');
    }
  });

  test('says what keeps a row from being deleted, rather than that it refers to another', async () => {
    shop.declare(shopPair.replace(/ {6}orders:[^]*$/, ''));
    await shop.world.sql(`insert into customers (id, name) values (77, 'Nobody'); insert into orders (id, customer_id) values ('${stray}', 77);`);
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /^0 of 1 change was written, and 1 was not: it stopped at the delete of customers 77\. Another row still refers to the row of customers /m,
    );
  });

  test('writes no row that what it writes would put out of scope', async () => {
    shop.declare(wordsPair('fields: { meaning: meaning }', 'only: { normalized: { meaning: [books, tomes] } }'));
    await shop.world.sql(`
      truncate old_words, words;
      insert into old_words values ('one', 'books'), ('two', 'other'), ('three', 'other'), ('four', null), ('five', 'tomes');
      insert into words values ('three', 'tomes'), ('five', 'books');`);
    const answer = await repair('--apply');
    assert.deepEqual(brief(answer), ['update words five', 'insert words one', 'out-of-scope words four', 'out-of-scope words three', 'out-of-scope words two']);
    assert.deepEqual((await shop.world.sql(`select word || ' ' || meaning as row from words order by 1`)).map(Object.values).flat(), [
      'five tomes',
      'one books',
      'three tomes',
    ]);
  });

  test('does not say that a write whose answer got lost was not written', async () => {
    shop.declare(words);
    await shop.world.sql(`delete from words; update old_words set meaning = 'new' where word like 'B%'; insert into words values ('Bücher', 'old')`);
    const losing = createServer((incoming, outgoing) => {
      void buffer(incoming).then(async (body) => {
        const headers = Object.entries(incoming.headers).filter(([name]) => /^(?:apikey|prefer|accept|content-type|range.*)$/.test(name)) as [string, string][];
        const { method = 'GET' } = incoming;
        const answer = await fetch(`${shop.door.url}${incoming.url}`, { method, headers, ...(body.length > 0 && { body }) });
        if (method === 'POST') return outgoing.destroy();
        outgoing.writeHead(answer.status, { 'content-type': 'application/json', 'content-range': answer.headers.get('content-range') ?? '' });
        return outgoing.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => losing.listen(0, '127.0.0.1', resolve));
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply', '--supabase-url', `http://127.0.0.1:${(losing.address() as AddressInfo).port}`);
      assert.equal(exitCode, 2);
      assert.match(stderr, /^1 of 2 changes was written, 0 were not, and of 1 it is not known: it stopped at the insert of words it's "so"\. /m);
      assert.deepEqual(await shop.world.sql('select count(*)::int from words'), [{ count: 2 }]);
    } finally {
      losing.closeAllConnections();
      losing.close();
    }
  });

  test('says what is written when it cannot compare again', async () => {
    await shop.world.sql(`
      delete from words;
      create function refuse() returns trigger language plpgsql as $$ begin alter table old_words rename to moved_words; return null; end $$;
      create trigger refuse after insert on words for each statement execute function refuse();`);
    const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--entity', 'words', '--apply');
    await shop.world.sql('drop trigger refuse on words; alter table moved_words rename to old_words; drop function refuse');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^2 changes were written, but both sides could not be compared again, so what still differs is unknown\. .*old_words/m);
  });

  test('says why a column cannot hold a value', async () => {
    shop.declare(
      'pairs: { shop: { legacy: supabase, normalized: supabase, entities: { labels: { legacy: old_customers, normalized: customer_labels, key: [customer_id, label], fields: { customer_id: id, label: fullName, place: points } } } } }',
    );
    await shop.world.sql('truncate customer_labels');
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
    assert.equal(exitCode, 2);
    assert.match(stderr, /Table customer_labels cannot store a legacy value \(22003\): it is too long, out of range, /);
  });

  test('says why it cannot write what a table makes by itself', async () => {
    shop.declare(wordsPair('fields: { id: slug, body: body }').replaceAll('words', 'notes').replace('[word]', '[id]'));
    await shop.world.sql(`insert into old_notes values ('1', 'new')`);
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
    assert.equal(exitCode, 2);
    assert.match(stderr, /Table notes generates a column that the file declares \(428C9\)\./);
    // SQL can say explicitly that it should go ahead.
    await shop.world.sql((await shop.run('repair', ...now, '--sql')).stdout);
    assert.deepEqual(await shop.world.sql('select id, body from notes'), [{ id: 1, body: 'new' }]);
  });

  test('leaves what is accepted as it is, in a row that differs in something else as well', async () => {
    const rule = 'reason: wanted, by: Noor, until: 2199-12-31, level: customers';
    shop.declare(`${shopPair}accepted:\n  - { ${rule}, type: DATA_MISMATCH, path: points }\n  - { ${rule}, type: ORPHAN_ROW }\n`);
    await shop.world.sql(`update customers set points = 5, balance = 7 where id = 2; insert into customers (id, name) values (77, 'Wanted')`);
    const { changes, skipped } = await repair('--apply', '--delete-orphans');
    assert.deepEqual([changes, skipped], [[{ entity: 'customers', key: { id: '2' }, action: 'update', columns: ['balance'] }], []]);
    assert.deepEqual(await shop.world.sql('select id::int, points::int from customers where id in (2, 77) order by id'), [
      { id: 2, points: 5 },
      { id: 77, points: null },
    ]);
  });

  test('puts nothing into JSON over what is no object there', async () => {
    await shop.world.sql(`update customers set meta = '{"look": ["kept"]}', balance = 7 where id = 1`);
    const { changes, skipped } = await repair('--apply');
    assert.deepEqual([changes.map(({ columns }) => columns), skipped], [[['balance']], [{ entity: 'customers', key: { id: '1' }, reason: 'no-object' }]]);
    assert.deepEqual(await shop.world.sql('select meta from customers where id = 1'), [{ meta: { look: ['kept'] } }]);
  });

  test('leaves a row alone whose malformed value the table requires, and repairs the others', async () => {
    const fields = wordsPair('fields: { meaning: { from: meaning, type: integer } }');
    shop.declare(fields);
    await shop.world.sql(
      `truncate old_words, words; insert into old_words values ('a', 'eins'), ('b', '2'), ('c', 'drei'), ('d', '4'); alter table words alter meaning set not null`,
    );
    try {
      const shown = await shop.run('repair', ...now, '--apply');
      assert.equal(shown.exitCode, 1, shown.stderr);
      assert.match(shown.stdout, /^words +a +the table requires a value in meaning, and that of the legacy side cannot be written: correct it there$/m);
      assert.match(shown.stdout, /^2 changes were written, 2 were not, and a new comparison finds no other difference\.$/m);
      assert.deepEqual(await shop.world.sql('select word, meaning from words order by word'), [
        { word: 'b', meaning: '2' },
        { word: 'd', meaning: '4' },
      ]);
      // What is absent there is a value like any other: an error ends the repair.
      await shop.world.sql(`update old_words set meaning = null where word = 'c'`);
      const ended = await shop.run('repair', ...now, '--apply');
      assert.equal(ended.exitCode, 2, ended.stdout);
    } finally {
      await shop.world.sql('alter table words alter meaning drop not null');
    }
  });

  test('blames no malformed value for another one that the table requires', async () => {
    shop.declare(wordsPair('fields: { meaning: { from: meaning, type: integer } }'));
    await shop.world.sql(`truncate old_words, words; insert into old_words values ('a', 'eins'); alter table words add owner text not null`);
    try {
      const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 2, stdout);
      assert.match(stderr, /Table words requires a value in a column that the file does not declare, or for which the legacy side has none \(23502\)\./);
    } finally {
      await shop.world.sql('alter table words drop owner');
    }
  });

  test('leaves malformed values and rows alone, and says so', async () => {
    shop.declare(wordsPair('fields: { meaning: { from: meaning, type: integer } }'));
    await shop.world.sql(
      `truncate old_words, words; insert into old_words values ('one', '1'), ('two', 'zwei'), ('three', 'drei'); insert into words values ('one', '11'), ('two', '2');`,
    );
    const answer = await repair('--apply');
    assert.deepEqual(brief(answer), ['update words one', 'insert words three', 'malformed words three', 'malformed words two']);
    assert.deepEqual(answer.changes[1]?.columns, ['word']);
    assert.deepEqual(await shop.world.sql('select word, meaning from words order by word'), [
      { word: 'one', meaning: '1' },
      { word: 'three', meaning: null },
      { word: 'two', meaning: '2' },
    ]);
  });

  test('puts a new row where only finds it, with what a value or a default becomes', async () => {
    shop.declare(
      shopPair
        .replace(
          'only: { legacy: { deleted: false }, normalized: { deleted_at: null } }',
          'only: { legacy: { deleted: false }, normalized: { note: new, deleted_at: null } }',
        )
        .replace(', normalized: [note] }', ' }'),
    );
    await shop.world.sql('truncate customers, customer_labels, orders, order_lines');
    const { exitCode, stdout } = await shop.run('repair', ...now, '--entity', 'customers', '--sql');
    assert.equal(exitCode, 0);
    await shop.world.sql(stdout);
    assert.deepEqual(await shop.world.sql('select id::int, status, email, points::text, note, deleted_at, meta::text from customers order by id'), [
      { id: 1, status: 'person', email: 'Ada@example.com', points: '9007199254740993', note: 'new', deleted_at: null, meta: '{"look": {"theme": "dark"}}' },
      { id: 2, status: 'company', email: null, points: '20', note: 'new', deleted_at: null, meta: '{"look": {"theme": null}}' },
      { id: 3, status: 'person', email: null, points: '30', note: 'new', deleted_at: null, meta: '{"look": {"theme": null}}' },
    ]);
    const again = await shop.run('check', ...now, '--json');
    assert.deepEqual(reportSchema.parse(json(again.stdout)).entities?.find(({ name }) => name === 'customers')?.differing, 0);
  });

  test('puts a number into a column of text as text, with every digit', async () => {
    shop.declare(
      'pairs: { shop: { legacy: supabase, normalized: supabase, entities: { points: { legacy: old_customers, normalized: words, key: [word], fields: { word: fullName, meaning: { from: points, type: integer } } } } } }',
    );
    await shop.world.sql('truncate words');
    assert.equal((await shop.run('repair', ...now, '--apply')).exitCode, 0);
    assert.deepEqual(await shop.world.sql('select word, meaning from words order by word'), [
      { word: 'Ada', meaning: '9007199254740993' },
      { word: 'Ben', meaning: '20' },
      { word: 'Cyd', meaning: '30' },
      { word: 'Gone', meaning: '0' },
    ]);
  });

  test('stops at the first error, says at which row and why, and what is done stays', async () => {
    await shop.world.sql(
      `update customers set name = 'Other' where id = 1; update old_orders set customer = 55 where id = '${firstOrder}'; delete from words;`,
    );
    const { exitCode, stdout, stderr } = await shop.run('repair', ...now, '--apply');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(
      stderr,
      /^1 of 4 changes was written, and 3 were not: it stopped at the update of orders \S+\. A row of orders refers to a row that does not exist \(23503\)\..* Fix the cause and run it again to continue\.$/m,
    );
    assert.deepEqual(await shop.world.sql('select name, (select count(*)::int from words) as words from customers where id = 1'), [{ name: 'Ada', words: 0 }]);
  });

  test('deletes nothing once a write was refused: a cascade could take the row away that was to be written', async () => {
    await shop.world.sql(`create table old_p (id int primary key); create table p (id int primary key);
      create table old_c (id int primary key, p int, pos int); create table c (id int primary key, p int references p on delete cascade, pos int unique, note text);
      insert into old_p values (1); insert into p values (1), (2); insert into old_c values (10, 1, 5); insert into c values (10, 2, 4, 'only here'), (11, 1, 5, null)`);
    shop.declare(
      'pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      p: { legacy: old_p, normalized: p, key: [id] }\n      c: { legacy: old_c, normalized: c, fields: { p: p, pos: pos } }\n',
    );
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
      assert.equal(exitCode, 2);
      assert.match(stderr, /^0 of 3 changes were written, and 3 were not: it stopped at the update of c 10\. .*\(23505\)/m);
      assert.deepEqual(await shop.world.sql('select id, p, pos, note from c order by id'), [
        { id: 10, p: 2, pos: 4, note: 'only here' },
        { id: 11, p: 1, pos: 5, note: null },
      ]);
    } finally {
      await shop.world.sql('drop table c, p, old_c, old_p');
    }
  });

  test('takes the row that counts where the legacy side has several of one key, and says that they are still there', async () => {
    await shop.world.sql(`create table old_twins (id int, body text); insert into old_twins values (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd')`);
    await shop.world.sql(`create table twins (id int primary key, body text); insert into twins values (2, 'c')`);
    shop.declare(wordsPair('fields: { body: body }').replaceAll('words', 'twins').replace('[word]', '[id]'));
    try {
      const { exitCode, stdout } = await shop.run('repair', ...now, '--apply', '--json');
      assert.equal(exitCode, 1);
      assert.deepEqual(brief(json(stdout) as Answer), ['insert twins 1', 'duplicate twins 1', 'duplicate twins 2']);
      assert.deepEqual(await shop.world.sql('select * from twins order by id'), [
        { id: 1, body: 'a' },
        { id: 2, body: 'c' },
      ]);
    } finally {
      await shop.world.sql('drop table old_twins, twins');
    }
  });

  test('inserts into a table that entities share, where their keys are unique only together with what each requires', async () => {
    await shop.world.sql(`create table old_x (id int primary key, body text); create table old_y (like old_x including all);
      create table shared (kind text, id int, body text, primary key (id, kind));
      insert into old_x values (1, 'x1'), (2, 'x2'); insert into old_y values (3, 'y3'), (4, 'y4'); insert into shared values ('other', 3, 'kept')`);
    const entity = (kind: string) =>
      `      ${kind}: { legacy: old_${kind}, normalized: shared, fields: { body: body }, only: { normalized: { kind: ${kind} } } }\n`;
    shop.declare(`pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n${entity('x')}${entity('y')}`);
    const held = async () => (await shop.world.sql(`select id || kind || body as row from shared order by 1`)).map(Object.values).flat();
    try {
      // The row of another kind is in the way of y 3, by the contract.
      const applied = await shop.run('repair', ...now, '--apply');
      assert.equal(applied.exitCode, 1, applied.stderr);
      assert.deepEqual(await held(), ['1xx1', '2xx2', '3otherkept', '4yy4']);
      await shop.world.sql(`delete from shared where kind <> 'other'`);
      const { stdout } = await shop.run('repair', ...now, '--sql');
      for (const _ of ['once', 'again']) await shop.world.sql(stdout);
      assert.deepEqual(await held(), ['1xx1', '2xx2', '3otherkept', '4yy4']);
    } finally {
      await shop.world.sql('drop table old_x, old_y, shared');
    }
  });

  test('--sql inserts by a key inside of JSON, which the API cannot', async () => {
    await shop.world.sql(`create table old_kept (id int primary key, body text); insert into old_kept values (1, 'a'), (2, 'b'), (3, 'c');
      create table kept (uid int primary key generated always as identity, meta jsonb, body text);
      insert into kept (meta, body) values ('{"from": {"id": 1}, "more": 2}', 'other'), ('{"from": {"id": 9}}', 'old')`);
    shop.declare(wordsPair('fields: { id: { from: id, to: meta.from.id, type: integer }, body: body }').replaceAll('words', 'kept').replace('[word]', '[id]'));
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 2);
      assert.match(stderr, /^1 of 3 changes was written, .* The key of kept is inside a JSON column, .* Run what --sql prints\./m);
      const { stdout } = await shop.run('repair', ...now, '--sql', '--delete-orphans');
      for (const _ of ['once', 'again']) await shop.world.sql(stdout);
      assert.deepEqual((await shop.world.sql(`select (meta #>> '{from,id}') || body as row from kept order by 1`)).map(Object.values).flat(), [
        '1a',
        '2b',
        '3c',
      ]);
    } finally {
      await shop.world.sql('drop table old_kept, kept');
    }
  });

  test('--sql inserts rows that refer to each other, where the constraint is deferrable', async () => {
    await shop.world
      .sql(`create table old_a (id int primary key, b int); create table old_b (id int primary key, a int); insert into old_a values (1, 2); insert into old_b values (2, 1);
      create table a (id int primary key, b int); create table b (id int primary key, a int references a deferrable); alter table a add foreign key (b) references b deferrable`);
    shop.declare(
      `pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n      a: { legacy: old_a, normalized: a, fields: { b: b } }\n      b: { legacy: old_b, normalized: b, fields: { a: a } }\n`,
    );
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 2);
      assert.match(stderr, /\(23503\)\..* If each refers to the other, make the foreign keys deferrable, and run what --sql prints\./m);
      await shop.world.sql((await shop.run('repair', ...now, '--sql')).stdout);
      assert.equal((await shop.run('check', ...now)).exitCode, 0);
    } finally {
      await shop.world.sql('drop table old_a, old_b, a, b cascade');
    }
  });

  test('keeps what was written beside it inside of JSON after the rows were read', async () => {
    const look = (theme: string, other: number) => `'{"look": {"theme": "${theme}"}, "other": ${other}}'`;
    const damaged = `update old_customers set prefs = '{"theme": "new"}' where id in (1, 2); update customers set meta = ${look('old', 1)} where id in (1, 2)`;
    await shop.world.sql(`create function beside() returns trigger language plpgsql as $$ begin
        if new.id = 1 then update customers set meta = meta || '{"other": 2}' where id = 2; end if; return new; end $$;
      ${damaged}; create trigger beside after update on customers for each row execute function beside();`);
    const held = async () => (await shop.world.sql<{ meta: unknown }>('select meta from customers where id in (1, 2) order by id')).map(({ meta }) => meta);
    try {
      const applied = await shop.run('repair', ...now, '--entity', 'customers', '--apply');
      assert.equal(applied.exitCode, 0, applied.stderr);
      assert.deepEqual(await held(), [
        { look: { theme: 'new' }, other: 1 },
        { look: { theme: 'new' }, other: 2 },
      ]);
      await shop.world.sql(`alter table customers disable trigger beside; ${damaged}; alter table customers enable trigger beside`);
      await shop.world.sql((await shop.run('repair', ...now, '--entity', 'customers', '--sql')).stdout);
      assert.deepEqual(await held(), [
        { look: { theme: 'new' }, other: 1 },
        { look: { theme: 'old' }, other: 2 },
      ]);
    } finally {
      await shop.world.sql('drop trigger beside on customers; drop function beside');
    }
  });

  test('--sql says beside the SQL what it leaves alone', async () => {
    await shop.world.sql(`delete from words; insert into customers (id, name) values (77, 'Nobody')`);
    const { stdout, stderr } = await shop.run('repair', ...now, '--sql', '--limit', '1');
    assert.equal(stdout.match(/^insert into/gm)?.length, 1);
    assert.match(stderr, /^customers +77 +only the normalized side has it; --delete-orphans deletes it$/m);
    assert.match(stderr, /^--limit leaves out 1 more change\.$/m);
  });

  test('does not say that nothing differs where a row that differed is found by nobody', async () => {
    const entity = { name: 'words', declaration: { key: ['word'] }, compiled: async () => ({}), read: async () => new Map(), rows: async () => new Map() };
    const differing = [{ entity, key: ['gone'], differences: [{ kind: 'missing' }] }];
    const plan = await planChanges(differing as unknown as Parameters<typeof planChanges>[0], { since: undefined, deleteOrphans: true });
    assert.deepEqual([plan.changes, plan.skipped.map(({ key, reason }) => [key, reason])], [[], [[{ word: 'gone' }, 'gone']]]);
  });

  test('--sql swaps unique values where the constraint is deferrable, and --apply says what to do', async () => {
    await shop.world.sql(`create table old_places (id int primary key, place int); create table queue (id int primary key, place int unique deferrable);
      insert into old_places values (1, 2), (2, 1), (3, 3); insert into queue values (1, 1), (2, 2)`);
    shop.declare(
      wordsPair('fields: { place: place }').replaceAll('words', 'places').replace('[word]', '[id]').replace('normalized: places', 'normalized: queue'),
    );
    try {
      const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
      assert.equal(exitCode, 2);
      assert.match(
        stderr,
        /it stopped at the update of places 1\. .*\(23505\)\. .* set the column to null or unused values first; or, .* --sql prints\. What/m,
      );
      await shop.world.sql((await shop.run('repair', ...now, '--sql')).stdout);
      assert.deepEqual(await shop.world.sql('select * from queue order by id'), await shop.world.sql('select * from old_places order by id'));
    } finally {
      await shop.world.sql('drop table old_places, queue');
    }
  });

  test('writes by keys that look like something else in the API, or have white space at their ends', async () => {
    shop.declare(words);
    const keys = ['null', 'true', ' b ', '(1,2)', 'x,y', '"q"', String.raw`\\back`, 'not.is.null', '*', ''];
    await shop.world.sql(`truncate old_words, words; insert into old_words select unnest(array[${keys.map((key) => `'${key}'`).join()}]), 'new';
      insert into words select word, 'old' from old_words; insert into words select 'gone ' || word, 'old' from old_words; update words set word = 'null ' where word = 'gone null'`);
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply', '--delete-orphans');
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await shop.world.sql('select * from words order by word'), await shop.world.sql('select * from old_words order by word'));
  });

  test('reads and writes by columns that are called as parameters of the API are, and no other row', async () => {
    const names = ['limit', 'offset', 'order', 'select', 'columns', 'on_conflict', 'and', 'or'];
    const both = (name: string) => `
      create table "old_${name}" ("${name}" int primary key, kind int, body text); create table "by_${name}" (like "old_${name}" including all);
      create table "old_in_${name}" (id int, "${name}" int, body text, primary key (id, "${name}")); create table "in_${name}" (like "old_in_${name}" including all);
      insert into "old_${name}" select n, n % 2, 'text ' || n from generate_series(1, 20) as n;
      insert into "old_in_${name}" select n % 2, n, 'text ' || n from generate_series(1, 20) as n;
      insert into "by_${name}" select * from "old_${name}" where kind = 1 or kind is null union all values (99, 1, 'nobody');
      insert into "in_${name}" select * from "old_in_${name}" where "${name}" <> 7 union all values (1, 99, 'nobody');
      update "by_${name}" set body = 'other' where "${name}" = 5;
      update "in_${name}" set body = 'other' where "${name}" = 5;`;
    await shop.world.sql(names.map(both).join(''));
    const entities = names.flatMap((name) => [
      `      by_${name}: { legacy: "old_${name}", normalized: "by_${name}", key: ["${name}"], fields: { kind: kind, body: body }, only: { legacy: { kind: 1 } } }`,
      `      in_${name}: { legacy: "old_in_${name}", normalized: "in_${name}", key: [id, "${name}"], fields: { body: body }, only: { legacy: { "${name}": [5, 6, 7, 8] }, normalized: { "${name}": [5, 6, 7, 8] } } }`,
    ]);
    shop.declare(`pairs:\n  odd:\n    legacy: supabase\n    normalized: supabase\n    entities:\n${entities.join('\n')}\n`);
    try {
      const counted = json((await shop.run('counts', '--json')).stdout) as { entities: { name: string; legacy: number; normalized: number }[] };
      assert.deepEqual(
        new Set(counted.entities.map(({ name, legacy, normalized }) => `${name.split('_')[0]} ${legacy} ${normalized}`)),
        new Set(['by 10 11', 'in 4 3']),
      );
      const repaired = await shop.run('repair', ...now, '--apply', '--delete-orphans');
      assert.equal(repaired.exitCode, 0, repaired.stderr);
      for (const name of names) {
        const left = await shop.world.sql(`select * from "by_${name}" except select * from "old_${name}" where kind = 1`);
        const [held] = await shop.world.sql(`select (select count(*)::int from "by_${name}") as by, (select count(*)::int from "in_${name}") as within,
          (select count(*)::int from (select * from "old_in_${name}" except select * from "in_${name}") as lost) as lost`);
        assert.deepEqual([left, held], [[], { by: 10, within: 21, lost: 0 }], name);
      }
    } finally {
      await shop.world.sql(names.map((name) => `drop table "old_${name}", "by_${name}", "old_in_${name}", "in_${name}";`).join(''));
    }
  });

  test('--sql and --json show no control character, whatever is in a key', async () => {
    shop.declare(words);
    const key = '\u001b[31mred\n::error::x\u202e\u009b1m\u2028\u{e0001}';
    await shop.world.sql(`insert into old_words values ('${key}', 'new'); insert into words values (E'\u001b]0;title\u0007', 'old');`);
    const printed = (await shop.run('repair', ...now, '--json')).stdout;
    assert.doesNotMatch(printed, /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
    assert.equal((json(printed) as Answer).changes[0]?.key['word'], key);
    const { stdout } = await shop.run('repair', ...now, '--sql', '--delete-orphans');
    assert.match(stdout, /^delete from /m);
    assert.doesNotMatch(stdout, /[^\P{C}\n]|^::/mu);
    await shop.world.sql(stdout);
    assert.equal((await shop.run('check', ...now)).exitCode, 0);
  });

  test('says what is missing where a row refers to one that is not there', async () => {
    shop.declare(shopPair.replace(/ {6}customers:[^]*? {6}orders:/, '      orders:').replace(/ {6}lines:[^]*$/, ''));
    await shop.world.sql(`truncate customers, customer_labels, orders, order_lines; insert into customers (id, name) values (2, 'Ben')`);
    const { exitCode, stderr } = await shop.run('repair', ...now, '--apply');
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /^0 of 2 changes were written, and 2 were not: it stopped at the insert of orders \S+ and 1 more\. A row of orders refers to a row that does not exist \(23503\)\. Repair the entity it refers to first/m,
    );
  });

  test('proposes nothing where it cannot know', async () => {
    shop.declare(words.replace('normalized: words', 'normalized: nowhere'));
    const { exitCode, stdout, stderr } = await shop.run('repair', '--json');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^The comparison could not be finished, so no repair is proposed\. .*nowhere/m);
  });
});

describe('doctor', () => {
  test('says that everything is there, and what nobody compares', async () => {
    const [shown, printed] = await Promise.all([shop.run('doctor'), shop.run('doctor', '--json')]);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(shown.stdout, /✓ Entity customers\n +Every declared table and column is there: 3 legacy rows, 3 normalized rows\./);
    assert.match(shown.stdout, /^. What is not compared$/m);
    assert.match(shown.stdout, /✓ Entity labels\n.*: 4 legacy rows to take elements from, 2 normalized rows\.$/m);
    const { ok, points } = json(printed.stdout) as { ok: boolean; points: { point: string; status: string; detail: string }[] };
    assert.equal(ok, true);
    assert.match(points.find(({ point }) => point === 'what is not compared')?.detail ?? '', /customers, normalized: meta\.look\.size, meta\.other;/);
  });

  test('says once why rows are compared through the API, however many entities it concerns', async () => {
    const { stdout } = await shop.run('doctor');
    assert.equal(stdout.match(/The row functions are not installed/g)?.length, 1, stdout);
    assert.match(stdout, /! How rows are compared\n +Entity customers\..* orders, lines, words: The row functions are not installed/);
  });

  test('fails where a declared column is not there, and still looks at the rest', async () => {
    shop.declare(shopPair.replace('meaning: meaning', 'sense: meaning'));
    const { exitCode, stdout } = await shop.run('doctor', '--json');
    assert.equal(exitCode, 1);
    const { ok, points } = json(stdout) as { ok: boolean; points: { point: string; status: string; detail: string }[] };
    assert.equal(ok, false);
    const failing = points.filter(({ status }) => status === 'failing');
    assert.match(failing[0]?.detail ?? '', /words.*sense/);
    assert.equal(failing.length, 1);
    assert.ok(points.some(({ point }) => point === 'Discord'));
  });

  test('fails where there is nothing to compare', async () => {
    shop.declare(words);
    await shop.world.sql('truncate old_words, words');
    const { exitCode, stdout } = await shop.run('doctor');
    assert.equal(exitCode, 1);
    assert.match(stdout, /✗ Rows\n +Neither side has any rows, so there is nothing to compare\./);
  });

  test('does not say that everything is compared where it could not look', async () => {
    shop.declare(words.replace('legacy: old_words', 'legacy: nowhere'));
    const unread = await shop.run('doctor');
    shop.declare(words);
    await shop.world.sql('truncate old_words, words');
    for (const { exitCode, stdout } of [unread, await shop.run('doctor')]) {
      assert.equal(exitCode, 1);
      assert.match(stdout, /– What is not compared\n +Not every entity has rows that could be looked at/i);
    }
  });

  test('refuses what is no repository before it looks at anything', async () => {
    const { exitCode, stderr } = await shop.run('doctor', '--repository', 'shop');
    assert.deepEqual([exitCode, stderr], [2, '--repository is "shop"; accepted: <owner>/<name>, such as example/habits.\n']);
  });

  test('says of no key that it is accepted before a table was read with it', async () => {
    const env = { SUPABASE_URL: shop.door.url, SUPABASE_KEY: 'sb_secret_of_another_project_0000000' };
    const { exitCode, stdout } = await driftwatch(['doctor'], { directory: shop.directory, env });
    assert.equal(exitCode, 1);
    assert.match(stdout, /✓ Store supabase\n +The store supabase answers\.\n/);
    assert.match(stdout, /✗ Entity customers\n +The project rejects the key/);
    // Once for the first entity, and once for the record of runs, which is no reason to fail.
    assert.equal(stdout.match(/The project rejects the key/g)?.length, 2, stdout);
    assert.match(stdout, /✗ Entity labels\n +The same as for the entity customers\.\n/);
  });

  test('looks at every store, whichever of them fails', async () => {
    shop.declare(`stores: { old: { type: supabase, url: "http://127.0.0.1:1", key: $SUPABASE_KEY } }\n${words.replace('legacy: supabase', 'legacy: old')}`);
    const { exitCode, stdout } = await shop.run('doctor');
    assert.equal(exitCode, 1);
    assert.match(stdout, /✗ Store old\n[^]*✓ Store supabase\n/);
  });

  test('fails where a store does not answer', async () => {
    const { exitCode, stdout } = await shop.run('doctor', '--json', '--supabase-url', 'http://127.0.0.1:1');
    assert.equal(exitCode, 1);
    assert.match(stdout, /"point": "the store supabase",\s+"status": "failing"/);
  });

  test('says what it downloaded of a Realtime Database without a warning', async () => {
    const live = await startRealtimeDatabase();
    try {
      live.set('words', { one: { meaning: 'first' } });
      shop.declare(
        `stores: { live: { type: realtime-database, url: "${live.url}" } }\n${words.replace('legacy: supabase', 'legacy: live').replace('legacy: old_words', 'legacy: "words/{word}"')}`,
      );
      const { stdout } = await shop.run('doctor');
      assert.match(stdout, /✓ What is not compared\n +Every field and column is compared, or ignored on purpose\. Store live: 0\.1 MB were downloaded/i);
      // What there is to say is not cut off behind very many names.
      const others = Array.from({ length: 101 }, (_, index) => [`a_field_that_nobody_compares_with_any_column_${index}`, 1]);
      live.set('words', { one: { meaning: 'first', ...Object.fromEntries(others) } });
      const many = await shop.run('doctor');
      assert.match(
        many.stdout,
        /! What is not compared\n +Entity words: more than 100 fields .* Store live: 0\.1 MB .* Not compared \(add what matters to fields, .*\): words, legacy: a_field_/,
      );
    } finally {
      await live.close();
    }
  });
});
