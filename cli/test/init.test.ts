import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readDeclaration, type PairDeclaration } from '../../action/src/pair/declared/declaration.ts';
import { isTable, writeFieldSource, type Source } from '../../action/src/store/source.ts';
import type { BoardSystem } from '../../demo/board-system.ts';
import { openDescribed, type Door } from '../../demo/description.ts';
import { failure, startFirestore, toFields } from '../../demo/firestore/server.ts';
import { failure as rejection, startRealtimeDatabase, type RealtimeDatabase } from '../../demo/realtime-database/server.ts';
import { openMovedShop, type Moved } from '../../demo/tables.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { startSystem } from '../../examples/board-app/test/system.ts';
import { rules, startTables } from '../../examples/daily-quests/test/stage.ts';
import { likeness, wordsOf } from '../init/words.ts';
import { driftwatch, driftwatchOnTerminal, type CommandRun } from './command.ts';

const root = join(import.meta.dirname, '../..');
const config = '.github/driftwatch.yml';
const workflow = '.github/workflows/drift-detection.yml';

/** A temporary directory for one test, deleted afterwards. */
async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-init-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Drafted = { readonly text: string; readonly ran: CommandRun; readonly check: CommandRun; readonly workflow: string };

/** Drafts a file, and compares with it. */
const drafted = (env: Record<string, string>, ...args: readonly string[]): Promise<Drafted> =>
  inDirectory(async (directory) => {
    const ran = await driftwatch(['init', ...args, '--yes'], { directory, env });
    assert.equal(ran.exitCode, 0, ran.stderr);
    const check = await driftwatch(['check', '--settle-seconds', '0', '--json'], { directory, env });
    return { text: readFileSync(join(directory, config), 'utf8'), ran, check, workflow: readFileSync(join(directory, workflow), 'utf8') };
  });

function onlyPair(text: string, environment: Record<string, string> = {}): PairDeclaration {
  const read = readDeclaration(text, environment);
  assert.ok('pairs' in read, JSON.stringify(read));
  const [pair] = read.pairs.values();
  assert.ok(pair);
  return pair;
}

/** Each mapping as one line, independent of the entities' names; includes columns of the key that need no line in the file. */
function mappings(pair: PairDeclaration): string[] {
  const sourceOf = (source: Source | undefined): string => (source === undefined ? '' : isTable(source) ? source.table : source.text);
  return [...pair.entities.values()].flatMap(({ legacy, normalized, each, key, fields }) => {
    const where = `${sourceOf(legacy[0])}${each ? ` each ${writeFieldSource(each)}` : ''} → ${sourceOf(normalized)}`;
    return [`${where} by ${key.join(', ')}`, ...[...fields].map(([column, { from }]) => `${where}: ${column} = ${writeFieldSource(from)}`)];
  });
}

/**
 * The mappings of the repository's file that the draft lacks, and those that the draft has and is sure of, although the file lacks them.
 */
function compared(text: string, expected: PairDeclaration): { readonly missed: string[]; readonly share: number; readonly wrong: string[] } {
  const pair = onlyPair(text);
  const [own, theirs] = [new Set(mappings(pair)), mappings(expected)];
  const missed = theirs.filter((line) => !own.has(line));
  const sure = new Set(
    text
      .split('\n')
      .filter((line) => !line.includes('# unsure'))
      .map((line) => line.trim().split(':')[0] ?? ''),
  );
  const wrong = [...own].filter((line) => {
    const [, column] = /: (\w+) = /.exec(line) ?? [];
    return !theirs.includes(line) && (column === undefined || sure.has(column));
  });
  return { missed, share: 1 - missed.length / theirs.length, wrong };
}

describe('words', () => {
  test('are the same whatever a name is spelled like', () => {
    assert.deepEqual(wordsOf('waitingUsersIds'), wordsOf('waiting_user_id'));
    assert.deepEqual(wordsOf('profilePhotoURL'), ['profile', 'photo', 'url']);
    assert.equal(likeness(wordsOf('Categories'), wordsOf('category')), 1);
    assert.equal(likeness(wordsOf('address'), wordsOf('addresses')), 1);
    assert.equal(likeness(wordsOf('createdat'), wordsOf('created_at')), 1);
    assert.equal(likeness(wordsOf('timezone'), wordsOf('timeZone')), 1);
    for (const [many, one] of [
      ['movies', 'movie'],
      ['order_statuses', 'orderStatus'],
      ['heroes', 'hero'],
      ['houses', 'house'],
      ['People', 'person'],
      ['peopleIds', 'person_id'],
      ['eMail', 'email'],
    ] as const)
      assert.equal(likeness(wordsOf(many), wordsOf(one)), 1, many);
  });

  test('that every column ends in say nothing', () => {
    assert.equal(likeness(wordsOf('userId'), wordsOf('post_id')), 0);
    assert.equal(likeness(wordsOf('createdAt'), wordsOf('updated_at')), 0);
  });
});

describe('tables', () => {
  let shop: Moved;
  let env: Record<string, string>;
  before(async () => {
    shop = await openMovedShop(startWorld);
    env = { SUPABASE_URL: shop.url, SUPABASE_KEY: shop.world.secretKey };
  });
  after(() => shop.close());

  test('that moved are found with their fields, and the draft runs', async () => {
    const { text, ran, check, workflow: written } = await drafted(env, '--legacy', 'supabase', '--legacy-tables', 'shop_*');
    const declared = mappings(onlyPair(text));
    const { share, wrong, missed } = compared(text, onlyPair(readFileSync(join(root, 'demo/tables.yml'), 'utf8')));
    assert.ok(share >= 0.9, missed.join('\n'));
    assert.deepEqual(wrong, []);
    assert.ok(declared.includes('shop_orders each tags → order_tags by order_id, tag'));
    assert.match(text, /name: fullName # 100 of 100 rows agree/);
    assert.match(text, /email: \{ from: emailAddress, ignore-case: true, blank-is-null: true \} # \d+ of \d+ rows agree/);
    // The migration lost the difference between two states, and leading zeros.
    assert.match(text, /status: \{ from: state, values: \{ .* \} \} # unsure: several legacy values map to one/);
    assert.match(text, /zip: address\.zip # unsure: .*75 of 100 rows agree/);
    assert.match(text, /only: \{ legacy: \{ deleted: \[false, null\] \}, normalized: \{ deleted_at: null \} \} # unsure/);
    assert.doesNotMatch(ran.stdout + ran.stderr + text, /Weber|Example\.com|Dresden/);
    assert.equal(written, readFileSync(join(root, 'docs/workflows/pair.yml'), 'utf8'));
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [1, 'drift']);
  });

  test('that make their own ids are found by the column that keeps the old one, and what cannot be compared is left out', async () => {
    await shop.world.sql(`
      create table legacy_members (id int primary key, "fullName" text, "managerId" int, "shoe.size" int);
      create table legacy_enrollments (member int, course int, grade text, primary key (member, course));
      create table legacy_logs (id int primary key, message text);
      create table legacy_teams (id int primary key, title text, "ownerId" int);
      create table teams (id uuid primary key default gen_random_uuid(), legacy_id int unique, title text, owner_id uuid);
      insert into legacy_teams select n, 'Team ' || n, n from generate_series(1, 9) as n;
      create table members (id uuid primary key default gen_random_uuid(), legacy_id int unique, full_name text, manager_id uuid);
      create table enrollments (id uuid primary key default gen_random_uuid(), member_id int, course_id int, grade text, unique (member_id, course_id));
      create table logs (id int primary key, message text);
      insert into legacy_members select n, 'Name ' || n, n / 2 from generate_series(1, 400) as n;
      insert into legacy_enrollments select n % 20, n / 20, chr(65 + n % 4) from generate_series(1, 99) as n;
      insert into members (legacy_id, full_name) select id, "fullName" from legacy_members;
      insert into enrollments (member_id, course_id, grade) select * from legacy_enrollments;`);
    const { text, check } = await drafted(env, '--legacy', 'supabase', '--legacy-tables', 'legacy_*');
    await shop.world.sql('drop table legacy_members, legacy_enrollments, legacy_logs, legacy_teams, members, enrollments, logs, teams');
    assert.deepEqual(mappings(onlyPair(text)), [
      'legacy_members → members by legacy_id',
      'legacy_members → members: legacy_id = id',
      'legacy_members → members: full_name = fullName',
      'legacy_enrollments → enrollments by member_id, course_id',
      'legacy_enrollments → enrollments: member_id = member',
      'legacy_enrollments → enrollments: course_id = course',
      'legacy_enrollments → enrollments: grade = grade',
      // Empty tables have only their names.
      'legacy_logs → logs by id',
      'legacy_logs → logs: message = message',
      'legacy_teams → teams by legacy_id',
      'legacy_teams → teams: legacy_id = id',
      'legacy_teams → teams: title = title',
    ]);
    assert.match(text, /key: \[legacy_id\] # unsure: not the primary key of the table/);
    assert.match(text, /# Not compared, legacy: managerId, `shoe\.size`$/m);
    assert.match(text, /# Not compared, normalized: id, manager_id$/m);
    assert.equal(check.exitCode, 1, check.stdout);
    const { findings } = JSON.parse(check.stdout) as { findings: { type: string; level: string }[] };
    assert.deepEqual(
      [findings.length, new Set(findings.map(({ type, level }) => `${type} ${level}`))],
      [10, new Set(['MISSING_ROW teams', 'COUNT_MISMATCH teams'])],
    );
  });

  test('are drafted into another file, with a workflow that reads it, and into none outside of the directory', async () => {
    await inDirectory(async (directory) => {
      const init = (file: string) => driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'shop_*', '--yes', '--config', file], { directory, env });
      const { exitCode, stdout, stderr } = await init('ci/drift.yml');
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stdout,
        /^In the workflow, replace OWNER\/driftwatch@COMMIT .*\.\nNext: npx driftwatch doctor --pair tables --config ci\/drift\.yml, then npx driftwatch check --pair tables --config ci\/drift\.yml$/m,
      );
      assert.match(readFileSync(join(directory, workflow), 'utf8'), /^ {10}config: "ci\/drift\.yml"$/m);
      onlyPair(readFileSync(join(directory, 'ci/drift.yml'), 'utf8'));
      for (const file of ['../drift.yml', '/tmp/drift.yml']) assert.match((await init(file)).stderr, /config is ".*"; accepted: a file inside this directory/);
      const blocked = await init('ci/drift.yml/inner.yml');
      assert.equal(blocked.exitCode, 2);
      assert.match(blocked.stderr, /^ci\/drift\.yml\/inner\.yml could not be written \(.*\)\. Check the path, and who may write there\.$/m);
    });
  });

  test('are drafted as JSON as well', async () => {
    await inDirectory(async (directory) => {
      const { exitCode, stdout, stderr } = await driftwatch(
        ['init', '--legacy', 'supabase', '--legacy-tables', 'shop_customers, shop_orders', '--pair', 'shop', '--yes', '--json'],
        { directory, env },
      );
      assert.deepEqual([exitCode, stderr], [0, '']);
      const said = JSON.parse(stdout) as { pair: string; entities: { name: string }[]; workflow: string };
      assert.deepEqual([said.pair, said.workflow, said.entities.map(({ name }) => name)], ['shop', workflow, ['customers', 'orders', 'order_tags']]);
    });
  });

  test('are drafted over a file only with --force, and a workflow that is there stays', async () => {
    await inDirectory(async (directory) => {
      const args = ['init', '--legacy', 'supabase', '--legacy-tables', 'shop_*', '--yes'];
      assert.equal((await driftwatch(args, { directory, env })).exitCode, 0);
      for (const file of [config, workflow]) writeFileSync(join(directory, file), '# mine\n');
      const refused = await driftwatch(args, { directory, env });
      assert.deepEqual([refused.exitCode, readFileSync(join(directory, config), 'utf8')], [2, '# mine\n']);
      assert.match(refused.stderr, /already exists, and nothing was changed\. Add --force/);
      const forced = await driftwatch([...args, '--force'], { directory, env });
      assert.equal(forced.exitCode, 0, forced.stderr);
      assert.match(readFileSync(join(directory, config), 'utf8'), /normalized: customers/);
      assert.equal(readFileSync(join(directory, workflow), 'utf8'), '# mine\n');
    });
  });

  test('are asked for on a terminal, and so is whether to write', async () => {
    const where = 'Where is the legacy side? supabase, supabase:<url of another project>, firestore:<project> or realtime-database:<url>: ';
    const which = 'Which tables are legacy? Names or globs, separated by commas: ';
    const write = `Write ${config}? [y/N] `;
    const asked = (directory: string, args: readonly string[], answers: readonly (readonly [string, string])[]) =>
      driftwatchOnTerminal(['init', ...args], answers, directory, env);
    await inDirectory(async (directory) => {
      for (const no of ['', 'n', 'yesterday']) {
        const declined = await asked(directory, ['--legacy', 'supabase', '--legacy-tables', 'shop_*'], [[write, no]]);
        assert.deepEqual([declined.exitCode, existsSync(join(directory, config)), existsSync(join(directory, workflow))], [0, false, false], declined.shown);
        // The question comes after the draft was shown.
        assert.match(declined.shown, /\ncustomers +shop_customers +customers +\d[^]*Write [^]*\nNothing was written\.\n/);
        assert.ok(!declined.shown.includes(where) && !declined.shown.includes(which), declined.shown);
      }
      const refused = await asked(directory, [], [[where, 'mongodb']]);
      assert.deepEqual([refused.exitCode, existsSync(join(directory, config))], [2, false], refused.shown);
      assert.match(refused.shown, /--legacy says where the legacy side is/);
      const none = await asked(
        directory,
        [],
        [
          [where, 'supabase'],
          [which, ' '],
        ],
      );
      assert.equal(none.exitCode, 2);
      assert.match(none.shown, /so say which ones are legacy/);
      const agreed = await asked(
        directory,
        [],
        [
          [where, 'supabase'],
          [which, 'shop_*'],
          [write, 'y'],
        ],
      );
      assert.equal(agreed.exitCode, 0, agreed.shown);
      assert.deepEqual(
        [where, which, write].filter((question) => !agreed.shown.includes(question)),
        [],
      );
      assert.match(agreed.shown, /Written: \.github\/driftwatch\.yml and \.github\/workflows\/drift-detection\.yml\./);
      assert.ok(mappings(onlyPair(readFileSync(join(directory, config), 'utf8'))).includes('shop_orders each tags → order_tags by order_id, tag'));
    });
  });

  test('need what nobody can be asked for', async () => {
    await inDirectory(async (directory) => {
      const refusal = async (...args: string[]): Promise<string> => {
        const { exitCode, stderr } = await driftwatch(['init', ...args], { directory, env });
        assert.equal(exitCode, 2);
        return stderr;
      };
      assert.match(await refusal('--legacy', 'supabase', '--legacy-tables', 'shop_*'), /Add --yes/);
      assert.match(await refusal('--yes'), /--legacy says where the legacy side is/);
      assert.match(await refusal('--legacy', 'mongodb:x', '--yes'), /--legacy says where the legacy side is/);
      assert.match(await refusal('--legacy', 'supabase', '--yes'), /Add --legacy-tables/);
      assert.match(await refusal('--legacy', 'supabase', '--legacy-tables', 'nothing', '--yes'), /matches no table/);
      assert.match(await refusal('--legacy', 'supabase', '--legacy-tables', '*', '--yes'), /matches every table/);
      assert.match(await refusal('--legacy', 'firestore:a b', '--yes'), /^--legacy cannot be used:\n- must be the id of a project/);
      // Before anything is read, and in the words of a terminal.
      assert.match(
        await refusal('--legacy', 'supabase:http://example.com', '--yes'),
        /^--legacy cannot be used:\n- the variable OLD_SUPABASE_KEY is not set\.\n- must be the base URL of the project.*\nSet what is missing in the environment/,
      );
      const credentials = await refusal('--legacy', 'firestore:demo-days', '--yes');
      assert.match(credentials, /GOOGLE_APPLICATION_CREDENTIALS is not set\. Set it to the path of the JSON key of a service account, or write/);
      assert.match(await refusal('--legacy', 'realtime-database:https://example.com', '--yes'), /must be the URL of a Realtime Database/);
      assert.match(
        await refusal('--legacy', 'supabase', '--legacy-tables', 'shop_*', '--pair', 'habit-tracker', '--yes'),
        /--pair is the name of the new pair/,
      );
      assert.equal(existsSync(join(directory, config)), false);
    });
  });
});

test('a key of another project is called rejected, and one that is no secret is asked to be one', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql('create table posts (id int primary key)');
  const door = await openDescribed(world, (key) => key === world.secretKey);
  try {
    for (const [address, key, said] of [
      [door.url, world.publishableKey, /^OLD_SUPABASE_KEY holds no secret key, and Supabase describes .* Set OLD_SUPABASE_KEY to the secret key/m],
      [door.url, 'sb_secret_of_another_project_0000000', /The project rejects the key \(HTTP 401\)\..* of this project into OLD_SUPABASE_KEY\./],
      ['http://127.0.0.1:1', world.secretKey, /nothing accepts connections at the address in --legacy\./],
    ] as const) {
      const { exitCode, stderr } = await driftwatch(['init', '--legacy', `supabase:${address}`, '--yes'], {
        env: { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, OLD_SUPABASE_KEY: key },
      });
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
    }
    for (const [key, said] of [
      ['sb_secret_of_another_project_0000000', /The project rejects the key \(HTTP 401\)\..* of this project into SUPABASE_KEY\./],
      [world.publishableKey, /^SUPABASE_KEY holds no secret key, and Supabase describes .* Set SUPABASE_KEY to the secret key/m],
    ] as const) {
      const { exitCode, stderr } = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'old_*', '--yes'], {
        env: { SUPABASE_URL: door.url, SUPABASE_KEY: key },
      });
      assert.equal(exitCode, 2);
      assert.match(stderr, said);
    }
  } finally {
    await door.close();
    await world.close();
  }
});

describe('Firestore', () => {
  const people = ['adaExample00000000000000001x', 'benExample00000000000000002x', 'cloExample00000000000000003x'] as const;
  let system: BoardSystem;
  let door: Door;
  before(async () => {
    system = await startSystem();
    door = await openDescribed(system.world);
    await live(system);
  });
  after(async () => {
    await door.close();
    await system.close();
  });

  /** A day on two boards, through the app itself. */
  async function live({ firestore, user, triggers, admin }: BoardSystem): Promise<void> {
    const apis = people.map((id) => user(id).api);
    const functions = triggers();
    const boards = ['demoBoard00000000001', 'demoBoard00000000002'];
    for (const [at, id] of boards.entries()) {
      const days = { firstDay: new Date(Date.UTC(2026, at, 5)), lastDay: new Date(Date.UTC(2026, at, 30)), createdAt: new Date(Date.UTC(2025, 11, 20 + at)) };
      firestore.set(`boards/${id}`, toFields({ title: `Winter ${at}`, description: `Weeks ${at}`, cohort: at, ...days }));
      await admin
        .from('boards')
        .insert({
          id,
          title: `Winter ${at}`,
          description: `Weeks ${at}`,
          cohort: at,
          first_day: days.firstDay,
          last_day: days.lastDay,
          created_at: days.createdAt,
        })
        .throwOnError();
    }
    for (const [at, api] of apis.entries())
      await api.createUser({
        id: people[at] ?? '',
        realName: `Name ${at}`,
        nickname: `nick${at}`,
        email: `mail${at}@example.org`,
        phoneNumber: `+49${at}`,
        profilePhotoURL: null,
        bio: null,
      });
    for (const [at, api] of apis.entries()) {
      const [me = '', next = ''] = [people[at], people[(at + 1) % 3]];
      const other = apis[(at + 1) % 3] ?? api;
      for (const boardId of boards) {
        const { id: postId } = await api.createPost({ boardId, authorId: me, title: `Title ${at}`, content: `Text ${at}`, contentJson: { type: 'doc', at } });
        const { id: commentId } = await other.createComment({ boardId, postId, userId: next, content: `Comment ${at}` });
        await functions.commentOnPost({
          id: crypto.randomUUID(),
          time: new Date().toISOString(),
          params: { boardId, postId, commentId },
          data: { userId: next },
        });
        const { id: replyId } = await api.createReply({ boardId, postId, commentId, userId: me, content: `Reply ${at}` });
        await api.createReaction({ boardId, postId, commentId, userId: me, content: '👏' });
        await other.createReaction({ boardId, postId, commentId, replyId, userId: next, content: '🙏' });
        await other.createLike({ boardId, postId, userId: next });
        await api.saveDraft({ userId: me, boardId, title: `Draft ${at}`, content: `Line ${at}` });
        await api.createReview({ boardId, reviewerId: me, keepText: `Keep ${at}`, nps: at, willContinue: at === 1 });
        await api.addUserToBoardWaitingList({ boardId, userId: me });
      }
      await api.blockUser({ blockerId: me, blockedId: next });
    }
  }

  test('is drafted with nested collections, an array that became a table, and a table of two collections', async () => {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: system.world.secretKey, FIRESTORE_EMULATOR_HOST: system.firestore.host };
    const { text, ran, check, workflow: written } = await drafted(env, '--legacy', 'firestore:demo-board-app');
    const { share, wrong, missed } = compared(text, onlyPair(readFileSync(join(root, 'examples/board-app/driftwatch.yml'), 'utf8')));
    assert.ok(share >= 0.9, missed.join('\n'));
    assert.deepEqual(wrong, []);
    assert.match(text, /only: \{ normalized: \{ reply_id: null \} \}/);
    assert.match(text, /phone_number: phoneNumber # 3 of 3 rows agree/);
    assert.match(text, /bio: bio # unsure: no sampled row holds a value/);
    assert.doesNotMatch(ran.stdout + ran.stderr + text, /example\.org|Winter|nick\d/);
    assert.equal(written, readFileSync(join(root, 'docs/workflows/firestore.yml'), 'utf8'));
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  });
});

describe('what cannot be read', () => {
  let world: World;
  let door: Door;
  before(async () => {
    world = await startWorld({ migrations: false });
    await world.sql(`
      create table old_notes (id text primary key, body text not null, stars int not null);
      create table notes (id text primary key, body text not null, stars int not null);
      create view old_totals as select id, 1 / (stars - stars) as total from old_notes;
      create view totals as select id, 1 / (stars - stars) as total from notes;
      insert into old_notes select 'n' || n, 'Secret ' || n, n from generate_series(1, 9) as n;
      insert into notes select * from old_notes;`);
    door = await openDescribed(world);
  });
  after(async () => {
    await door.close();
    await world.close();
  });

  const warned = (side: string, name: string): RegExp =>
    new RegExp(`^Warning: ${name} of the ${side} side could not be read, and the draft leaves it out\\. \\S.*\\.$`, 'm');
  const noted = (side: string, name: string): RegExp => new RegExp(`^# Left out of the ${side} side: ${name} \\(it could not be read\\)\\. \\S.*\\.$`, 'm');

  test('is left out of the draft, which says so and why: tables', async () => {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
    const { text, ran, check } = await drafted(env, '--legacy', 'supabase', '--legacy-tables', 'old_*');
    assert.deepEqual(mappings(onlyPair(text)), ['old_notes → notes by id', 'old_notes → notes: body = body', 'old_notes → notes: stars = stars']);
    for (const [side, name] of [
      ['legacy', 'old_totals'],
      ['normalized', 'totals'],
    ] as const) {
      assert.match(ran.stderr, warned(side, name));
      assert.match(text, noted(side, name));
    }
    assert.doesNotMatch(ran.stdout + ran.stderr + text, /Secret \d|sb_secret/);
    assert.equal(check.exitCode, 0, check.stdout);
    await inDirectory(async (directory) => {
      const { stdout } = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'old_*', '--yes', '--json'], { directory, env });
      const { unreadable } = JSON.parse(stdout) as { unreadable: { side: string; name: string; why: string }[] };
      assert.deepEqual(
        unreadable.map(({ side, name }) => [side, name]),
        [
          ['legacy', 'old_totals'],
          ['normalized', 'totals'],
        ],
      );
      for (const { why } of unreadable) assert.match(why, /\.$/);
    });
  });

  test('ends the draft with its reason where nothing else is left of a side', async () => {
    await inDirectory(async (directory) => {
      const { exitCode, stderr } = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'old_totals', '--yes'], {
        directory,
        env: { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey },
      });
      assert.deepEqual([exitCode, existsSync(join(directory, config))], [2, false]);
      assert.match(stderr, /Nothing could be read from the legacy side, so there is nothing to draft\. \S/);
    });
  });

  test('is left out of the draft, which says so and why: a collection', async () => {
    const firestore = await startFirestore({ project: 'demo-notes' });
    try {
      for (let n = 1; n <= 9; n += 1) firestore.set(`notes/n${n}`, toFields({ body: `Secret ${n}`, stars: n }));
      firestore.set('vault/v1', toFields({ code: 'Secret 0' }));
      firestore.fault(({ rpc, body }) =>
        rpc === 'runQuery' && JSON.stringify(body).includes('"vault"')
          ? failure('PERMISSION_DENIED', 'Missing or insufficient permissions.', { streaming: true })
          : undefined,
      );
      const { text, ran } = await drafted(
        { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIRESTORE_EMULATOR_HOST: firestore.host },
        '--legacy',
        'firestore:demo-notes',
      );
      assert.deepEqual(mappings(onlyPair(text)).slice(0, 1), ['notes/{id} → notes by id']);
      assert.match(ran.stderr, warned('legacy', 'vault/\\{id\\}'));
      assert.match(text, noted('legacy', 'vault/\\{id\\}'));
    } finally {
      await firestore.stop();
    }
  });

  test('is left out of the draft, which says so and why: a path', async () => {
    const live = await startRealtimeDatabase({ fault: ({ path }) => (path.startsWith('/vault') ? rejection(401, 'Permission denied') : undefined) });
    try {
      for (let n = 1; n <= 9; n += 1) live.set(`notes/n${n}`, { body: `Secret ${n}`, stars: n });
      live.set('vault/v1', { code: 'Secret 0' });
      const { text, ran } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${live.url}`);
      assert.deepEqual(mappings(onlyPair(text)).slice(0, 1), ['notes/{id} → notes by id']);
      assert.match(ran.stderr, warned('legacy', 'vault'));
      assert.match(text, noted('legacy', 'vault'));
    } finally {
      await live.close();
    }
  });

  test('is named where it is the whole Realtime Database', async () => {
    const live = await startRealtimeDatabase({ fault: () => rejection(401, 'Permission denied') });
    try {
      const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
      const { exitCode, stderr } = await driftwatch(['init', '--legacy', `realtime-database:${live.url}`, '--yes'], { env });
      assert.equal(exitCode, 2);
      assert.match(stderr, /do not let path \/ be read/);
    } finally {
      await live.close();
    }
  });
});

describe('a collection below documents that were never written', () => {
  let world: World;
  before(async () => {
    world = await startWorld({ migrations: false });
    await world.sql(
      `create table entries (id text primary key, day_id text not null, author_id text, seconds bigint, note text, likes int not null default 0)`,
    );
    await world.sql(`insert into entries select 'e' || n, 'day' || n % 3, 'u' || n % 5, 1700000000 + n * 61, 'note ' || n, 0 from generate_series(1, 12) as n`);
  });
  after(() => world.close());

  test('is found, with a field in a map, and what stands for nothing', async () => {
    const firestore = await startFirestore({ project: 'demo-days' });
    const door = await openDescribed(world);
    try {
      for (let n = 1; n <= 12; n += 1)
        firestore.set(`days/day${n % 3}/entries/e${n}`, toFields({ author: { id: `u${n % 5}` }, seconds: 1_700_000_000 + n * 61, note: `note ${n}` }));
      const { text, check } = await drafted(
        { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIRESTORE_EMULATOR_HOST: firestore.host },
        '--legacy',
        'firestore:demo-days',
      );
      assert.deepEqual(mappings(onlyPair(text)), [
        'days/{day_id}/entries/{id} → entries by id',
        ...[
          ['day_id', '{day_id}'],
          ['author_id', 'author.id'],
          ['seconds', 'seconds'],
          ['note', 'note'],
        ].map(([column, from]) => `days/{day_id}/entries/{id} → entries: ${column} = ${from}`),
      ]);
      assert.match(text, /# Not compared, normalized: likes/);
      assert.equal(check.exitCode, 0, check.stdout);
    } finally {
      await door.close();
      await firestore.stop();
    }
  });
});

test('documents whose key is in fields of the same names are drafted with a line for each, and shown as in the file', async () => {
  const world = await startWorld({ migrations: false });
  const firestore = await startFirestore({ project: 'demo-ratings' });
  await world.sql(`
    create table ratings (post text, who text, stars int, primary key (post, who));
    create table votes (topic text, voter text, note text, primary key (topic, voter));`);
  for (let number = 0; number < 20; number += 1) {
    const [one, other] = [`p${number % 10}`, `u${number < 10 ? 1 : 2}`];
    firestore.set(`ratings/random${number * 7919}`, toFields({ post: one, who: other, stars: number % 5 }));
    firestore.set(`topics/${one}/votes/${other}`, toFields({ note: `Note ${number}` }));
    await world.sql('insert into ratings values ($1, $2, $3)', [one, other, number % 5]);
    await world.sql('insert into votes values ($1, $2, $3)', [one, other, `Note ${number}`]);
  }
  const door = await openDescribed(world);
  try {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIRESTORE_EMULATOR_HOST: firestore.host };
    const { text, check, ran } = await drafted(env, '--legacy', 'firestore:demo-ratings');
    assert.deepEqual(mappings(onlyPair(text)).toSorted(), [
      'ratings/{id} → ratings by post, who',
      'ratings/{id} → ratings: post = post',
      'ratings/{id} → ratings: stars = stars',
      'ratings/{id} → ratings: who = who',
      'topics/{topic}/votes/{voter} → votes by topic, voter',
      'topics/{topic}/votes/{voter} → votes: note = note',
    ]);
    assert.match(ran.stdout, /^votes +topics\/\{topic\}\/votes\/\{voter\} +votes/m);
    assert.equal(check.exitCode, 0, check.stderr);
  } finally {
    await Promise.all([door.close(), firestore.stop()]);
    await world.close();
  }
});

test('a collection that is left out since another one fills the same table is named as the file would have to name it', async () => {
  const world = await startWorld({ migrations: false });
  const firestore = await startFirestore({ project: 'demo-votes' });
  await world.sql('create table votes (topic text, voter text, note text, primary key (topic, voter))');
  for (let number = 0; number < 30; number += 1) {
    const [topic, voter] = [`p${number % 10}`, `u${Math.floor(number / 10)}`];
    firestore.set(number < 20 ? `topics/${topic}/votes/${voter}` : `archived_topics/${topic}/old_votes/${voter}`, toFields({ note: `Note ${number}` }));
    await world.sql('insert into votes values ($1, $2, $3)', [topic, voter, `Note ${number}`]);
  }
  const door = await openDescribed(world);
  try {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIRESTORE_EMULATOR_HOST: firestore.host };
    const { text } = await drafted(env, '--legacy', 'firestore:demo-votes');
    const [, both = ''] = /its rows are in votes too; to compare both, write (legacy: \[.*\])\)$/m.exec(text) ?? [];
    const { entities } = onlyPair(text.replace('legacy: topics/{topic}/votes/{voter}', both));
    assert.deepEqual(
      entities.get('votes')?.legacy.map((source) => !isTable(source) && source.text),
      ['topics/{topic}/votes/{voter}', 'archived_topics/{topic}/old_votes/{voter}'],
    );
  } finally {
    await Promise.all([door.close(), firestore.stop()]);
    await world.close();
  }
});

test('nested documents whose table refers to their parents by other ids are matched by their own id alone', async () => {
  const world = await startWorld({ migrations: false });
  const firestore = await startFirestore({ project: 'demo-teams' });
  await world.sql(`
    create table teams (id uuid primary key default gen_random_uuid(), firestore_id text unique, title text);
    create table tasks (id uuid primary key default gen_random_uuid(), team_id uuid references teams, legacy_id text unique, title text);`);
  for (let number = 0; number < 12; number += 1) {
    const [team, task] = [`team${number % 3}`, `task${number}`];
    firestore.set(`teams/${team}`, toFields({ title: `Team ${number % 3}` }));
    firestore.set(`teams/${team}/tasks/${task}`, toFields({ title: `Task ${number}` }));
    await world.sql('insert into teams (firestore_id, title) values ($1, $2) on conflict do nothing', [team, `Team ${number % 3}`]);
    await world.sql('insert into tasks (team_id, legacy_id, title) select id, $2, $3 from teams where firestore_id = $1', [team, task, `Task ${number}`]);
  }
  const door = await openDescribed(world);
  try {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIRESTORE_EMULATOR_HOST: firestore.host };
    const { text, check } = await drafted(env, '--legacy', 'firestore:demo-teams');
    assert.deepEqual(mappings(onlyPair(text)).toSorted(), [
      'teams/{firestore_id} → teams by firestore_id',
      'teams/{firestore_id} → teams: title = title',
      'teams/{team_id}/tasks/{legacy_id} → tasks by legacy_id',
      'teams/{team_id}/tasks/{legacy_id} → tasks: title = title',
    ]);
    assert.match(text, /# Not compared, normalized: id, team_id$/m);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  } finally {
    await door.close();
    await firestore.stop();
    await world.close();
  }
});

describe('the Realtime Database', () => {
  let world: World;
  let door: Door;
  let live: RealtimeDatabase;
  before(async () => {
    world = await startTables(startWorld);
    await world.sql(`
      create table rooms (id text primary key, title text, places int);
      create table messages (id text primary key, room_id text, body text, sent_at timestamptz);
      create table message_likes (message_id text, user_id text, primary key (message_id, user_id));`);
    [door, live] = await Promise.all([openDescribed(world), startRealtimeDatabase({ rules })]);
    for (const [at, [first, second]] of (
      [
        ['mia', 'ben'],
        ['zoe', 'tom'],
        ['ana', 'leo'],
      ] as const
    ).entries()) {
      for (const [day, date] of ['2026-03-01', '2026-03-02'].entries()) {
        for (const [hour, quest] of ['walk', 'read', 'cook', 'call'].entries()) {
          const time = Date.parse(`${date}T00:00:00Z`) + hour * 3_600_000 + at * 61_007;
          const completions = { [first]: { completedAt: time }, ...((hour + day) % 2 === 0 && { [second]: { completedAt: time + 40_000_001 } }) };
          live.set(`daily_quests/${first}+${second}/${date}/${quest}`, { title: `Do ${quest}`, kind: 'daily', sortOrder: hour, completions });
          for (const [user, { completedAt }] of Object.entries(completions)) {
            await world.sql('insert into quest_completions (couple_id, date, quest_id, user_id, partner_id, completed_at) values ($1, $2, $3, $4, $5, $6)', [
              `${first}+${second}`,
              date,
              quest,
              user,
              user === first ? second : first,
              new Date(completedAt).toISOString(),
            ]);
          }
        }
      }
    }
  });
  after(async () => {
    await door.close();
    await live.close();
    await world.close();
  });

  test('is drafted below the names of its collections, each by its own path', async () => {
    // All rooms together are too much for one answer.
    const chat = await startRealtimeDatabase({ limits: { answerBytes: 2000 } });
    try {
      for (let room = 1; room <= 9; room += 1) {
        const messages = Array.from({ length: 6 }, (_, at) => ({
          id: `-O${room}aBcDeFgHiJkLmNoP${at}`,
          text: `Message ${room}.${at}`,
          ts: 1_760_000_000_000 + room * 100_003 + at,
          ...(at % 2 === 0 && { likes: { u1: true, [`u${room + 1}`]: true } }),
        }));
        chat.set(`chat/rooms/r${room}`, {
          meta: { title: `Room ${room}`, max: room * 10 },
          messages: Object.fromEntries(messages.map(({ id, ...message }) => [id, message])),
        });
        await world.sql('insert into rooms values ($1, $2, $3)', [`r${room}`, `Room ${room}`, room * 10]);
        for (const { id, text, ts, likes = {} } of messages) {
          await world.sql('insert into messages values ($1, $2, $3, $4)', [id, `r${room}`, text, new Date(ts).toISOString()]);
          for (const user of Object.keys(likes)) await world.sql('insert into message_likes values ($1, $2)', [id, user]);
        }
      }
      chat.set('chat/v2', true);
      chat.set('chat/reports', { x1: { reason: 'spam' }, x2: { reason: 'other' } });
      const { text, check, ran } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${chat.url}`);
      assert.match(ran.stdout, /^Left out of the legacy side: chat\/reports$/m);
      assert.deepEqual(
        mappings(onlyPair(text)).toSorted(),
        [
          'chat/rooms/{id} → rooms by id',
          'chat/rooms/{id} → rooms: places = meta.max',
          'chat/rooms/{id} → rooms: title = meta.title',
          'chat/rooms/{room_id}/messages/{id} → messages by id',
          'chat/rooms/{room_id}/messages/{id} → messages: body = text',
          'chat/rooms/{room_id}/messages/{id} → messages: room_id = {room_id}',
          'chat/rooms/{room_id}/messages/{id} → messages: sent_at = ts',
          'chat/rooms/{chat_2}/messages/{message_id} each likes → message_likes by message_id, user_id',
          'chat/rooms/{chat_2}/messages/{message_id} each likes → message_likes: user_id = {index}',
        ].toSorted(),
      );
      assert.match(text, /legacy: chat\/rooms\/\{room_id\}\/messages\/\{id\} # unsure: all sampled rows that match are below rooms$/m);
      assert.match(text, /^ +ignored: \{ legacy: \[messages\] \}/m);
      assert.equal(check.exitCode, 0, check.stdout);
    } finally {
      await chat.close();
    }
  });

  test('is drafted as one path where several collections have rows of one table', async () => {
    const talk = await startRealtimeDatabase();
    try {
      for (let at = 1; at <= 20; at += 1) {
        talk.set(`talk/${at % 2 === 0 ? 'messages' : 'archive'}/m${at}`, { text: `Line ${at}`, ts: 1_770_000_000_000 + at * 100_003 });
        await world.sql('insert into messages values ($1, null, $2, $3)', [`m${at}`, `Line ${at}`, new Date(1_770_000_000_000 + at * 100_003).toISOString()]);
      }
      const { text, ran } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${talk.url}`);
      assert.match(text, /messages: # 20 of 20 sampled rows have a match by key\n +legacy: talk\/\{talk_1\}\/\{id\}$/m);
      assert.doesNotMatch(ran.stdout, /Left out of the legacy side/);
    } finally {
      await talk.close();
    }
  });

  test('is held against a table once with all collections below a name, and not again for each of them', async () => {
    const log = await startRealtimeDatabase();
    try {
      const names = ['log_lines', 'old_log_lines', 'more_log_lines'];
      await world.sql('create table log_lines (id text primary key, words text, size int)');
      for (let at = 1; at <= 240; at += 1) {
        log.set(`app/${names[at % 3]}/l${at}`, { words: `Words ${at}`, size: at * 7 });
        await world.sql('insert into log_lines values ($1, $2, $3)', [`l${at}`, `Words ${at}`, at * 7]);
      }
      world.requests.length = 0;
      const { text } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${log.url}`);
      assert.match(text, /log_lines: # 100 of 100 sampled rows have a match by key\n +legacy: app\/\{app_1\}\/\{id\}$/m);
      const lookups = world.requests.flatMap(({ path }) => (path.includes('id=in.') ? [path] : []));
      assert.deepEqual(lookups, [...new Set(lookups)]);
    } finally {
      await world.sql('drop table log_lines');
      await log.close();
    }
  });

  test('is called what its rows are below, wherever that is in the path, and what is beside it is named at any depth', async () => {
    const clinic = await startRealtimeDatabase();
    try {
      await world.sql('create table calls (id text primary key, note text)');
      await world.sql('create table slots (vet text, day text, hour text, place text, primary key (vet, day, hour))');
      for (let at = 0; at < 24; at += 1) {
        const [vet, day, hour] = [`v${at % 3}`, `2026-04-0${1 + (at % 4)}`, `${10 + Math.floor(at / 12)}h`];
        clinic.set(`clinic/slots/${vet}/${day}/${hour}`, { place: `Place ${at}` });
        clinic.set(`clinic/visits/${vet}/${day}/${hour}`, { reason: `Reason ${at}` });
        clinic.set(`journal/d${at % 2}/calls/c${at}`, { note: `Call ${at}` });
        clinic.set(`journal/d${at % 2}/texts/t${at}`, { note: `Text ${at}`, to: { name: `Name ${at}` } });
        await world.sql('insert into calls values ($1, $2)', [`c${at}`, `Call ${at}`]);
        await world.sql('insert into slots values ($1, $2, $3, $4)', [vet, day, hour, `Place ${at}`]);
      }
      const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${clinic.url}`);
      assert.match(
        text,
        /slots: # (\d+) of \1 sampled rows have a match by key\n +legacy: clinic\/slots\/\{vet\}\/\{day\}\/\{hour\} # unsure: all sampled rows that match are below slots$/m,
      );
      assert.equal(check.exitCode, 0, check.stdout);
      assert.deepEqual(
        text.split('\n').flatMap((line) => /^# Left out of the legacy side: (\S+)/.exec(line)?.[1] ?? []),
        ['clinic/visits', 'journal/{journal_1}/texts'],
      );
    } finally {
      await world.sql('drop table slots, calls');
      await clinic.close();
    }
  });

  test('is drafted by paths, not by the keys of its maps, however many of those are below one root', async () => {
    type Row = { readonly path: readonly string[]; readonly fields: Record<string, string | number | Record<string, string>> };
    const day = (at: number): string => `2026-04-0${1 + (at % 4)}`;
    const weekday = (at: number): string => ['monday', 'tuesday', 'thursday', 'friday'][at % 4] ?? '';
    const trees: readonly {
      readonly tables: string;
      readonly drop: string;
      /** By the table, with the fixed names in front of the ids and between them; the others have no table. */
      readonly compared: ReadonlyMap<string, (at: number) => Row>;
      readonly beside: readonly ((at: number) => readonly [string, Record<string, unknown>])[];
      readonly paths: readonly string[];
    }[] = [
      {
        tables: `create table calls (id text primary key, note text);
          create table slots (vet text, day text, hour text, place text, primary key (vet, day, hour))`,
        drop: 'calls, slots',
        compared: new Map<string, (at: number) => Row>([
          ['calls', (at) => ({ path: ['clinic', 'days', `d${at % 2}`, 'calls', `=c${at}`], fields: { note: `Call ${at}` } })],
          ['slots', (at) => ({ path: ['clinic', 'slots', `=v${at % 3}`, `=${day(at)}`, `=${10 + Math.floor(at / 12)}h`], fields: { place: `Place ${at}` } })],
        ]),
        beside: [
          (at) => [`clinic/visits/v${at % 3}/${day(at)}/${10 + Math.floor(at / 12)}h`, { reason: `Reason ${at}` }],
          (at) => [`clinic/days/d${at % 2}/texts/t${at}`, { note: `Text ${at}`, to: { name: `Name ${at}` } }],
        ],
        paths: ['clinic/days/{}/calls/{id}', 'clinic/slots/{vet}/{day}/{hour}'],
      },
      {
        // Ids that are words.
        tables: 'create table shifts (nurse text, weekday text, part text, ward text, beds int, primary key (nurse, weekday, part))',
        drop: 'shifts',
        compared: new Map<string, (at: number) => Row>([
          [
            'shifts',
            (at) => ({
              path: ['hospital', 'shifts', `=${['mia', 'zoe', 'ana'][at % 3]}`, `=${weekday(at)}`, `=${at < 12 ? 'early' : 'late'}`],
              fields: { ward: `Ward ${at}`, beds: at * 3 },
            }),
          ],
        ]),
        beside: [
          (at) => [`hospital/absences/${['mia', 'zoe', 'ana'][at % 3]}/${weekday(at)}/${at < 12 ? 'early' : 'late'}`, { reason: `Reason ${at}` }],
          (at) => [`hospital/rota/w${at % 2}/notes/n${at}`, { note: `Note ${at}` }],
        ],
        paths: ['hospital/shifts/{nurse}/{weekday}/{part}'],
      },
      {
        // Ids of push(), and numbers.
        tables: `create table readings (sensor_id text, year int, month int, level numeric, primary key (sensor_id, year, month));
          create table alarms (id text primary key, sensor_id text, cause text)`,
        drop: 'readings, alarms',
        compared: new Map<string, (at: number) => Row>([
          [
            'readings',
            (at) => ({
              path: ['plant', 'readings', `=-Oab${at % 3}cDeFgHiJkLmNoPq`, `=${2020 + (at % 4)}`, `=${7 + Math.floor(at / 12)}`],
              fields: { level: at * 1.5 },
            }),
          ],
          ['alarms', (at) => ({ path: ['plant', 'alarms', `-Oab${at % 3}cDeFgHiJkLmNoPq`, `=-Oxy${at}cDeFgHiJkLmNoPq`], fields: { cause: `Cause ${at}` } })],
        ]),
        beside: [(at) => [`plant/forecasts/-Oab${at % 3}cDeFgHiJkLmNoPq/${2020 + (at % 4)}/${7 + Math.floor(at / 12)}`, { level: at * 2.5 }]],
        paths: ['plant/alarms/{}/{id}', 'plant/readings/{sensor_id}/{year}/{month}'],
      },
      {
        // Rows beside maps of ids.
        tables: `create table courses (id text primary key, title text, room text);
          create table grades (course_id text, term text, pupil_id text, points int, primary key (course_id, term, pupil_id))`,
        drop: 'courses, grades',
        compared: new Map<string, (at: number) => Row>([
          ['courses', (at) => ({ path: ['school', 'courses', `=k${at}`], fields: { title: `Course ${at}`, room: `R${at}` } })],
          ['grades', (at) => ({ path: ['school', 'grades', `=k${at % 5}`, `=t${at % 2}-2026`, `=p${at}`], fields: { points: at } })],
        ]),
        beside: [
          (at) => [`school/remarks/k${at % 5}/t${at % 2}-2026/p${at}`, { text: `Remark ${at}` }],
          (at) => [`school/seats/k${at % 5}/r${at % 2}/s${at}`, { pupil: `p${at + 1}` }],
        ],
        paths: ['school/courses/{id}', 'school/grades/{course_id}/{term}/{pupil_id}'],
      },
      {
        // Maps that are fields although their names are numbered, and ids that are called like those.
        tables: `create table contacts (id text primary key, phone1_number text, phone2_number text);
          create table meals (id text, week text, day text, dish text, primary key (id, week, day))`,
        drop: 'contacts, meals',
        compared: new Map<string, (at: number) => Row>([
          ['contacts', (at) => ({ path: ['crm', 'contacts', `=k${at}`], fields: { phone1: { number: `0${at}` }, phone2: { number: `1${at}` } } })],
          ['meals', (at) => ({ path: ['crm', 'meals', `=k${at % 3}`, `=week${at % 4}`, `=day${Math.floor(at / 12)}`], fields: { dish: `Dish ${at}` } })],
        ]),
        beside: [(at) => [`crm/drinks/k${at % 3}/week${at % 4}/day${Math.floor(at / 12)}`, { drink: `Drink ${at}` }]],
        paths: ['crm/contacts/{id}', 'crm/meals/{id}/{week}/{day}'],
      },
    ];
    for (const { tables, drop, compared: rows, beside, paths } of trees) {
      const grown = await startRealtimeDatabase();
      try {
        for (const statement of tables.split(';')) await world.sql(statement);
        for (let at = 0; at < 24; at += 1) {
          for (const [path, fields] of beside.map((one) => one(at))) grown.set(path, fields);
          for (const [table, row] of rows) {
            const { path, fields } = row(at);
            grown.set(path.map((name) => name.replace(/^=/, '')).join('/'), fields);
            const values = [
              ...path.flatMap((name) => (name.startsWith('=') ? [name.slice(1)] : [])),
              ...Object.values(fields).flatMap((value) => (typeof value === 'object' ? Object.values(value) : value)),
            ];
            const columns = table === 'alarms' ? ' (id, cause)' : '';
            await world.sql(`insert into ${table}${columns} values (${values.map((_, place) => `$${place + 1}`).join(', ')})`, values);
          }
        }
        const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${grown.url}`);
        assert.match(text, /# 24 of 24 sampled rows have a match by key$/m);
        assert.doesNotMatch(text, /# Not compared, legacy|sampled rows have the same key/);
        const pair = onlyPair(text);
        assert.deepEqual(
          [...pair.entities.values()].map(({ legacy: [source] }) => (source && 'text' in source ? source.text.replaceAll(/\{\w+_\d\}/g, '{}') : '')).toSorted(),
          paths,
        );
        assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stdout + check.stderr);
      } finally {
        await world.sql(`drop table ${drop}`);
        await grown.close();
      }
    }
  });

  test('is drafted at the depth that the tables know, with the unit of its times', async () => {
    const { text, ran, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', `realtime-database:${live.url}`);
    const expected = readDeclaration(readFileSync(join(root, 'examples/daily-quests/driftwatch.yml'), 'utf8'), { FIREBASE_DATABASE_URL: live.url });
    assert.ok('pairs' in expected);
    const [pair] = expected.pairs.values();
    assert.ok(pair);
    assert.deepEqual(mappings(onlyPair(text)), mappings(pair));
    assert.match(text, /completed_at: \{ from: "\{item\.completedAt\}", unit: ms \} # 36 of 36 rows agree/);
    assert.match(text, /key: \[.*\] # unsure: the API describes no key/);
    assert.match(text, /# Not compared, normalized: partner_id, created_at/);
    assert.doesNotMatch(ran.stdout + ran.stderr + text, /mia|walk/);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  });
});

test('of many tables that look alike each finds its own, although not each is held against each', async () => {
  const world = await startWorld({ migrations: false });
  const door = await openDescribed(world);
  try {
    // More sources than are tried for one table, with the same columns and keys.
    const names = ['user', 'order', 'cart', 'ticket', 'team'].flatMap((thing) =>
      ['', 'history', 'item', 'link', 'draft', 'rule', 'slot', 'batch', 'stat', 'note'].map((kind) => [thing, kind].filter(Boolean).join('_')),
    );
    await world.sql(
      names
        .map(
          (name) => `
          create table "legacy_${name}s" (id int primary key, "displayName" text, "isActive" boolean);
          insert into "legacy_${name}s" select n, '${name} ' || n, n % 2 = 0 from generate_series(1, 12) as n;
          create table "${name}s" (id int primary key, display_name text, is_active boolean);
          insert into "${name}s" select * from "legacy_${name}s";`,
        )
        .join(''),
    );
    await inDirectory(async (directory) => {
      const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
      const ran = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'legacy_*', '--yes', '--json'], { directory, env });
      assert.equal(ran.exitCode, 0, ran.stderr);
      const said = JSON.parse(ran.stdout) as { entities: { legacy: string; normalized: string; fields: number; isUnsure: boolean }[] };
      assert.deepEqual(
        said.entities.map(({ legacy, normalized, fields, isUnsure }) => [legacy, normalized, fields, isUnsure]).toSorted(),
        names.map((name) => [`legacy_${name}s`, `${name}s`, 2, false]).toSorted(),
      );
    });
  } finally {
    await door.close();
    await world.close();
  }
});

test('two legacy tables that became one are two entities, named after what tells them apart', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`
    create table comment_reactions (id text primary key, comment text not null, emoji text not null);
    create table reply_reactions (id text primary key, reply text not null, emoji text not null);
    create table reactions (id text primary key, comment text, reply text, emoji text not null);
    insert into comment_reactions select 'c' || n, 'comment ' || n, 'emoji ' || n % 3 from generate_series(1, 12) as n;
    insert into reply_reactions select 'r' || n, 'reply ' || n, 'emoji ' || n % 3 from generate_series(1, 12) as n;
    insert into reactions select id, comment, null, emoji from comment_reactions union all select id, null, reply, emoji from reply_reactions;`);
  const door = await openDescribed(world);
  try {
    const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', 'supabase', '--legacy-tables', '*_reactions');
    assert.deepEqual([...onlyPair(text).entities.keys()].toSorted(), ['comment_reactions', 'reply_reactions']);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  } finally {
    await door.close();
    await world.close();
  }
});

test('a legacy table that became two is two entities, each with fields of its own', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`
    create table old_members (id int primary key, "fullName" text, "addressJson" jsonb);
    create table members (id int primary key, full_name text);
    create table member_addresses (member_id int primary key, street text, zip text);
    create table member_names (member_id int primary key, full_name text);
    insert into old_members select n, 'Member ' || n, jsonb_build_object('street', 'Street ' || n, 'zip', lpad(n::text, 5, '0')) from generate_series(1, 12) as n;
    insert into members select id, "fullName" from old_members;
    insert into member_addresses select id, "addressJson" ->> 'street', "addressJson" ->> 'zip' from old_members;
    insert into member_names select id, "fullName" from old_members;`);
  const door = await openDescribed(world);
  try {
    const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', 'supabase', '--legacy-tables', 'old_*');
    assert.deepEqual(mappings(onlyPair(text)).toSorted(), [
      'old_members → member_addresses by member_id',
      'old_members → member_addresses: member_id = id',
      'old_members → member_addresses: street = addressJson.street',
      'old_members → member_addresses: zip = addressJson.zip',
      'old_members → members by id',
      'old_members → members: full_name = fullName',
    ]);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
    // A copy of a table that is drafted already is not drafted, and must not be called unmatched.
    assert.match(text, /^# Left out of the normalized side: member_names \(its rows match old_members, which is already compared with members\)$/m);
  } finally {
    await door.close();
    await world.close();
  }
});

test('a legacy table whose rows became rows of two tables is two entities, each of its own part', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`
    create table old_persons (id int primary key, type char(1), fname text, lname text, salary int);
    create table students (id int primary key, first_name text, last_name text);
    create table teachers (id int primary key, first_name text, last_name text, pay int);
    insert into old_persons select n, case when n % 10 = 0 then 'T' else 'S' end, 'First ' || n % 7, 'Last ' || n, case when n % 10 = 0 then n * 31 end
      from generate_series(1, 200) as n;
    insert into students select id, fname, lname from old_persons where type = 'S';
    insert into teachers select id, fname, lname, salary from old_persons where type = 'T';
    -- Rows that were lost are no part of their own.
    create table old_tasks (id int primary key, state text, title text);
    create table tasks (id int primary key, state text, title text);
    insert into old_tasks select n, case when n % 4 = 0 then 'shelved' else 'open' end, 'Task ' || n from generate_series(1, 60) as n;
    insert into tasks select * from old_tasks where state = 'open';`);
  const door = await openDescribed(world);
  try {
    const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', 'supabase', '--legacy-tables', 'old_*');
    assert.deepEqual(
      mappings(onlyPair(text))
        .filter((line) => !line.startsWith('old_tasks'))
        .toSorted(),
      [
        'old_persons → students by id',
        'old_persons → students: first_name = fname',
        'old_persons → students: last_name = lname',
        'old_persons → teachers by id',
        'old_persons → teachers: first_name = fname',
        'old_persons → teachers: last_name = lname',
        'old_persons → teachers: pay = salary',
      ],
    );
    assert.match(text, /normalized: students\n[^#]*fields:[^]*?only: \{ legacy: \{ type: S \} \} # unsure: the other sampled rows are in another table/);
    assert.match(text, /normalized: teachers\n[^#]*fields:[^]*?only: \{ legacy: \{ type: T \} \} # unsure: the other sampled rows are in another table/);
    assert.deepEqual(
      (JSON.parse(check.stdout) as { findingsByType: Record<string, number>; entities: { name: string; differing: number }[] }).entities
        .filter(({ differing }) => differing > 0)
        .map(({ name, differing }) => [name, differing]),
      [['tasks', 15]],
    );
  } finally {
    await door.close();
    await world.close();
  }
});

test('tables that number their rows themselves are matched by the legacy id, flags by their values, and what fits as well is named', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`
    create table "Visits" (id int primary key, minutes int, gender char(1), active boolean);
    create table visits (id int generated always as identity primary key, legacy_id int unique, minutes int, sex text, enabled boolean);
    insert into "Visits" select n, 15 * (1 + n % 4), case when n % 2 = 0 then 'm' else 'f' end, n % 3 = 0 from generate_series(1, 900) as n;
    -- Their own numbers mean other rows on the legacy side, and few of the sampled rows are the same on both.
    insert into visits (legacy_id, minutes, sex, enabled)
      select id, minutes, case gender when 'm' then 'male' else 'female' end, active from "Visits" order by md5(id::text);
    create table invoices_old (id uuid primary key, total numeric);
    create table invoices (id int generated always as identity primary key, guid uuid unique, total numeric);
    insert into invoices_old select md5(n::text)::uuid, n * 1.25 from generate_series(1, 900) as n;
    insert into invoices (guid, total) select id, total from invoices_old order by md5(id::text);
    -- Neither names nor other columns are alike, but a key of three parts is.
    create table seen_by_old (room text, post text, who text, moment timestamptz, primary key (room, post, who));
    create table receipts (room_id text, post_id text, user_id text, read_at timestamptz, primary key (room_id, post_id, user_id));
    insert into seen_by_old select 'r' || n % 4, 'p' || n % 5, 'u' || n, timestamptz '2026-01-02 03:04:05+00' + n * interval '1 hour' from generate_series(1, 40) as n;
    insert into receipts select * from seen_by_old;
    -- A key with a time, which one side counts in milliseconds.
    create table sensor_log_old (device text, ts bigint, temp numeric, primary key (device, ts));
    create table "Größen" (device_id text, taken_at timestamptz, temperature numeric, primary key (device_id, taken_at));
    insert into sensor_log_old select 'd' || d, 1772323200000 + d * 1000 + n * 600123, n + d / 10.0 from generate_series(1, 6) as d, generate_series(1, 40) as n;
    insert into "Größen" select device, to_timestamp(ts / 1000.0), temp from sensor_log_old order by md5(ts::text);
    create table empty_old (id int primary key, title text);
    create table empties (id int primary key, title text);
    create table widgets_v1 (id int primary key, label text);
    create table widgets_v2 (id int primary key, label text);
    create table widgets (id int primary key, label text);
    insert into widgets_v1 select n, 'Widget ' || n from generate_series(1, 12) as n;
    insert into widgets_v2 select * from widgets_v1;
    insert into widgets select * from widgets_v1;
    create table messages_old (id int primary key, body text);
    create table messages_archive (id int primary key, body text);
    create table messages (id int primary key, body text);
    insert into messages_old select n, 'Message ' || n from generate_series(1, 12) as n;
    insert into messages_archive select n, 'Message ' || n from generate_series(13, 24) as n;
    insert into messages select * from messages_old union all select * from messages_archive;`);
  const door = await openDescribed(world);
  try {
    const legacy = 'Visits,*_old,*_archive,widgets_*';
    const { text, ran, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', 'supabase', '--legacy-tables', legacy);
    assert.deepEqual(mappings(onlyPair(text)).toSorted(), [
      'Visits → visits by legacy_id',
      'Visits → visits: enabled = active',
      'Visits → visits: legacy_id = id',
      'Visits → visits: minutes = minutes',
      'Visits → visits: sex = gender',
      'empty_old → empties by id',
      'empty_old → empties: title = title',
      'invoices_old → invoices by guid',
      'invoices_old → invoices: guid = id',
      'invoices_old → invoices: total = total',
      'messages_old → messages by id',
      'messages_old → messages: body = body',
      'seen_by_old → receipts by room_id, post_id, user_id',
      'seen_by_old → receipts: post_id = post',
      'seen_by_old → receipts: read_at = moment',
      'seen_by_old → receipts: room_id = room',
      'seen_by_old → receipts: user_id = who',
      'sensor_log_old → Größen by device_id, taken_at',
      'sensor_log_old → Größen: device_id = device',
      'sensor_log_old → Größen: taken_at = ts',
      'sensor_log_old → Größen: temperature = temp',
      'widgets_v1 → widgets by id',
      'widgets_v1 → widgets: label = label',
    ]);
    assert.match(text, /sex: \{ from: gender, values: \{ f: female, m: male \} \} # unsure: matched by values alone; 100 of 100 rows agree/);
    assert.match(text, /enabled: active # unsure: matched by values alone/);
    assert.match(text, /receipts: # unsure: by values, since the names have little in common;/);
    assert.match(text, /^ {6}grossen: # .*\n.*\n.*\n.*\n.*\n.*\n {10}taken_at: \{ from: ts, unit: ms \}$/m);
    assert.match(text, /widgets: # unsure: widgets_v2 fits about as well;/);
    assert.match(text, /^# Left out of the legacy side: widgets_v2 \(its rows match widgets, which is already compared with widgets_v1\)$/m);
    assert.match(text, /messages: # unsure: messages_archive has rows of this table too;/);
    assert.match(text, /^ {8}legacy: \[messages_old, messages_archive\]$/m);
    assert.doesNotMatch(text, /Left out .*messages_archive/);
    // Each mark in the file is counted.
    assert.match(ran.stdout, /^visits +Visits +visits +3 +3$/m);
    assert.match(ran.stdout, /^widgets +widgets_v1 +widgets +1 +1$/m);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  } finally {
    await door.close();
    await world.close();
  }
});

test('of many tables whose names say nothing each is held against few others', async () => {
  const world = await startWorld({ migrations: false });
  const count = 20;
  const numbers = Array.from({ length: count }, (_, at) => at);
  await world.sql(
    numbers
      .map(
        (at) => `
        create table alt_${at}x (nr_${at} int primary key, bez text, wert numeric);
        create table "new${at}y" (id uuid primary key default gen_random_uuid(), legacy_id int unique, label text, amount numeric);
        insert into alt_${at}x select n + ${at}, 'Nr ${at}/' || n, n * ${at + 1}.5 from generate_series(1, 150) as n;
        insert into new${at}y (legacy_id, label, amount) select * from alt_${at}x;`,
      )
      .join(''),
  );
  const door = await openDescribed(world);
  try {
    await inDirectory(async (directory) => {
      const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
      const ran = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'alt_*', '--yes', '--json'], { directory, env });
      assert.equal(ran.exitCode, 0, ran.stderr);
      const said = JSON.parse(ran.stdout) as { entities: { legacy: string; normalized: string }[] };
      assert.deepEqual(
        said.entities.map(({ legacy, normalized }) => [legacy, normalized]).toSorted(),
        numbers.map((at) => [`alt_${at}x`, `new${at}y`]).toSorted(),
      );
      // Each against each would be ten times as many.
      assert.ok(world.requests.length < count * 12, `${world.requests.length} requests`);
    });
  } finally {
    await door.close();
    await world.close();
  }
});

test('tables whose names mean nothing to an English reader are matched by their keys and values', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`
    create table t_pacientes (id_paciente int primary key, dni text, activo int, estado int, baja int, visto text, alergias text[]);
    create table patients (id int primary key, national_id text, enabled boolean, phase text, left_at timestamptz, seen_on date);
    create table allergies_of_patients (patient int references patients, allergy text, primary key (patient, allergy));
    insert into t_pacientes select n, 'dni ' || n, case when n > 40 and n % 5 = 0 then 0 else 1 end, n % 4, case when n % 3 = 0 then 0 else 1700000000 + n end,
      case when n % 4 = 0 then '0000-00-00' else to_char(date '2025-01-01' + n, 'YYYY-MM-DD') end, array['a' || n % 6, 'b' || n % 5] from generate_series(1, 90) as n;
    insert into patients select id_paciente, dni, activo = 1, (array['new', 'ill', 'well', 'gone'])[1 + estado], to_timestamp(nullif(baja, 0)),
      nullif(visto, '0000-00-00')::date from t_pacientes;
    insert into allergies_of_patients select id_paciente, unnest(alergias) from t_pacientes;
    create table t_usuarios (usuario text primary key, rol text);
    create table staff (username text primary key, role text);
    insert into t_usuarios select 'user' || n, 'role' || n % 3 from generate_series(1, 30) as n;
    insert into staff select * from t_usuarios;
    -- The names of the columns begin with that of their table, and their ids were replaced.
    create table t_entradas (entrada_id int primary key, entrada_texto text, entrada_zona text, entrada_autor int);
    create table articles (id uuid primary key default gen_random_uuid(), t_id int unique, body text, zona text, author int);
    insert into t_entradas select n, 'Text ' || n, 'UTC', n % 9 from generate_series(1, 900) as n;
    insert into articles (t_id, body, zona, author) select * from t_entradas;`);
  const door = await openDescribed(world);
  try {
    const { text, check } = await drafted({ SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey }, '--legacy', 'supabase', '--legacy-tables', 't_*');
    assert.deepEqual(mappings(onlyPair(text)).toSorted(), [
      't_entradas → articles by t_id',
      't_entradas → articles: author = entrada_autor',
      't_entradas → articles: body = entrada_texto',
      't_entradas → articles: t_id = entrada_id',
      't_entradas → articles: zona = entrada_zona',
      't_pacientes each alergias → allergies_of_patients by patient, allergy',
      't_pacientes each alergias → allergies_of_patients: allergy = {item}',
      't_pacientes each alergias → allergies_of_patients: patient = id_paciente',
      't_pacientes → patients by id',
      't_pacientes → patients: enabled = activo',
      't_pacientes → patients: id = id_paciente',
      't_pacientes → patients: left_at = baja',
      't_pacientes → patients: national_id = dni',
      't_pacientes → patients: phase = estado',
      't_pacientes → patients: seen_on = visto',
      't_usuarios → staff by username',
      't_usuarios → staff: role = rol',
      't_usuarios → staff: username = usuario',
    ]);
    // A repair follows this order, and the foreign key has no name that says so.
    assert.deepEqual([...onlyPair(text).entities.keys()], ['patients', 'allergies_of_patients', 'articles', 'staff']);
    assert.match(text, /enabled: \{ from: activo, values: \{ "0": false, "1": true \} \} # unsure: matched by values alone; 90 of 90 rows agree/);
    assert.match(text, /left_at: \{ from: baja, unit: s, values: \{ "0": null \} \} # unsure/);
    assert.match(text, /seen_on: \{ from: visto, values: \{ "0000-00-00": null \} \} # unsure/);
    assert.deepEqual([check.exitCode, JSON.parse(check.stdout).verdict], [0, 'in-sync'], check.stderr);
  } finally {
    await door.close();
    await world.close();
  }
});

test('rows whose JSON is nested deeply are rows like others', async () => {
  const world = await startWorld({ migrations: false });
  await world.sql(`create table old_trees (id int primary key, kind text, tree jsonb); create table trees (id int primary key, kind text, tree jsonb);
    insert into old_trees select i, null, case when i = 1 then to_jsonb(i) else (repeat('[', 5000) || repeat(']', 5000))::jsonb end from generate_series(1, 9) as i;
    insert into trees select * from old_trees`);
  const door = await openDescribed(world);
  try {
    const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
    const { text, check } = await drafted(env, '--legacy', 'supabase', '--legacy-tables', 'old_trees');
    assert.match(text, /^ +tree: tree # 9 of 9 rows agree$/m);
    assert.equal(check.exitCode, 0, check.stderr);
  } finally {
    await door.close();
    await world.close();
  }
});
