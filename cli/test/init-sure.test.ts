import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDescribed } from '../../demo/description.ts';
import { startWorld } from '../../action/test/world.ts';
import { driftwatch } from './command.ts';

/** What a draft must not be sure of: with a file that agrees with lost rows, no check would ever find them. */

type Drafted = {
  readonly text: string;
  /** What `init --json` says of each entity. */
  readonly entities: readonly { readonly name: string; readonly unsure: number }[];
  readonly exitCode: number | null;
  /** Entities with rows that differ, and how many. */
  readonly differing: Readonly<Record<string, number>>;
};

/** Drafts a file for tables that begin with `old_`, and checks with it. */
async function drafted(sql: string): Promise<Drafted> {
  const world = await startWorld({ migrations: false });
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-init-'));
  try {
    await world.sql(sql);
    const door = await openDescribed(world);
    try {
      const env = { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey };
      const ran = await driftwatch(['init', '--legacy', 'supabase', '--legacy-tables', 'old_*', '--yes', '--json'], { directory, env });
      assert.equal(ran.exitCode, 0, ran.stderr);
      const check = await driftwatch(['check', '--settle-seconds', '0', '--json'], { directory, env });
      assert.notEqual(check.exitCode, 2, check.stderr);
      const { entities } = JSON.parse(ran.stdout) as Pick<Drafted, 'entities'>;
      const text = readFileSync(join(directory, '.github/driftwatch.yml'), 'utf8');
      // Each mark in the file is counted.
      assert.equal(
        entities.reduce((sum, { unsure }) => sum + unsure, 0),
        text.split('# unsure').length - 1,
      );
      const said = JSON.parse(check.stdout) as { entities: { name: string; differing: number }[] };
      return {
        text,
        entities,
        exitCode: check.exitCode,
        differing: Object.fromEntries(said.entities.flatMap(({ name, differing }) => (differing === 0 ? [] : [[name, differing]]))),
      };
    } finally {
      await door.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
    await world.close();
  }
}

test('a word that the normalized side lost is not taken for an empty value, and a number that may be one is marked and counted', async () => {
  const { text, entities, exitCode, differing } = await drafted(`
    create table old_notes (id int primary key, title text, state text, nickname text, stars int, seen timestamp, due text);
    create table notes (id int primary key, title text, state text, nickname text, stars int, seen timestamp, due date);
    insert into old_notes select n, 'Note ' || n, (array['open', 'done', 'draft'])[1 + n % 3], case when n % 15 = 0 then 'Bob' else 'Name ' || n end,
      case when n % 3 = 0 then 0 else n % 5 + 1 end, null, case when n % 3 = 0 then '0000-00-00' else '2026-01-0' || 1 + n % 9 end from generate_series(1, 90) as n;
    insert into notes select id, title, nullif(state, 'draft'), nullif(nickname, 'Bob'), nullif(stars, 0), seen, nullif(due, '0000-00-00')::date from old_notes;`);
  assert.match(text, /^ {10}state: state # unsure: .*; 60 of 90 rows agree$/m);
  assert.match(text, /^ {10}nickname: nickname # 84 of 90 rows agree$/m);
  assert.doesNotMatch(text, /draft:|Bob/);
  assert.match(
    text,
    /^ {10}stars: \{ from: stars, values: \{ "0": null \} \} # unsure: 0 is taken for an empty value, but it may be one that was lost; 60 of 90 rows agree, 30 count as empty$/m,
  );
  assert.match(
    text,
    /^ {10}due: \{ from: due, values: \{ "0000-00-00": null \} \} # unsure: 0000-00-00 is taken for .*; 60 of 90 rows agree, 30 count as empty$/m,
  );
  // State, stars and due, and `seen`, of which no row holds a value.
  assert.deepEqual(
    entities.map(({ name, unsure }) => [name, unsure]),
    [['notes', 4]],
  );
  assert.deepEqual([exitCode, differing], [1, { notes: 36 }]);
});

test('a number that is taken for an empty value is said to be one, even if the field may be the wrong one', async () => {
  const { text, exitCode, differing } = await drafted(`
    create table old_notes (id int primary key, title text, stars int);
    create table notes (id int primary key, title text, stars int);
    insert into old_notes select n, 'Note ' || n, case when n % 3 = 0 then 0 else n % 5 + 1 end from generate_series(1, 90) as n;
    insert into notes select id, title, case when id % 6 = 1 then stars + 100 else nullif(stars, 0) end from old_notes;`);
  assert.match(
    text,
    /^ {10}stars: \{ from: stars, values: \{ "0": null \} \} # unsure: it may be the wrong field, or the data differ; 0 is taken for an empty value, but it may be one that was lost; 45 of 90 rows agree, 30 count as empty$/m,
  );
  assert.deepEqual([exitCode, differing], [1, { notes: 15 }]);
});

test('kinds that differ in their case are mapped, so that a repair writes the new ones, and other text is not', async () => {
  const { text, entities, exitCode } = await drafted(`
    create type direction as enum ('in', 'out');
    create table old_moves (id int primary key, "moveType" text, direction text, state char(6), "subKind" text, nickname text, amount int);
    create table moves (id int primary key, move_type text, direction direction, state text, sub_kind text, nickname text, amount int);
    insert into old_moves select n, (array['OUT', 'IN', 'move'])[1 + n % 3], (array['OUT', 'In'])[1 + n % 2], (array['OPEN', 'CLOSED'])[1 + n % 2],
      (array['A', 'a', 'B'])[1 + n % 3], (array['Bob', 'Eve'])[1 + n % 2], n * 7 from generate_series(1, 90) as n;
    -- One row was lost on the way.
    insert into moves select id, lower("moveType"), lower(direction)::direction, case when id = 9 then 'open' else lower(trim(state)) end, lower("subKind"), lower(nickname), amount
      from old_moves;`);
  assert.match(text, /^ {10}move_type: \{ from: moveType, values: \{ IN: in, OUT: out \} \} # 90 of 90 rows agree$/m);
  assert.match(text, /^ {10}direction: \{ from: direction, values: \{ In: in, OUT: out \} \} # 90 of 90 rows agree$/m);
  assert.match(text, /^ {10}state: \{ from: state, values: \{ CLOSED: closed, OPEN: open \} \} # 89 of 90 rows agree$/m);
  // Two legacy kinds are one, so nobody knows which of them the table means.
  assert.match(
    text,
    /^ {10}sub_kind: \{ from: subKind, ignore-case: true \} # unsure: they agree only if case is ignored, and a repair .*; 90 of 90 rows agree$/m,
  );
  assert.match(text, /^ {10}nickname: \{ from: nickname, ignore-case: true \} # 90 of 90 rows agree$/m);
  assert.deepEqual(
    entities.map(({ name, unsure }) => [name, unsure]),
    [['moves', 1]],
  );
  assert.equal(exitCode, 1);
});

for (const [lost, which, differ] of [
  ['rows of a kind that no table has', "type = 'X'", 40],
  ['rows of a kind of which one was lost', 'id = 1', 21],
] as const)
  test(`${lost} are compared, whatever kinds tell the tables apart`, async () => {
    const { text, entities, exitCode, differing } = await drafted(`
      create table old_persons (id int primary key, type text, fname text, lname text);
      create table students (id int primary key, first_name text, last_name text);
      create table teachers (id int primary key, first_name text, last_name text);
      insert into old_persons select n, (array['X', 'S', 'S', 'T'])[1 + n % 4], 'First ' || n % 7, 'Last ' || n from generate_series(1, 80) as n;
      insert into students select id, fname, lname from old_persons where type <> 'T' and not ${which};
      insert into teachers select id, fname, lname from old_persons where type = 'T';`);
    assert.doesNotMatch(text, /only:/);
    assert.match(
      text,
      /^# Left out of the normalized side: teachers \(it has rows of old_persons too, which is compared with students; to compare both, .*\)$/m,
    );
    // At the entity, and at both names, whose columns are called otherwise.
    assert.deepEqual(
      entities.map(({ name, unsure }) => [name, unsure]),
      [['students', 3]],
    );
    assert.deepEqual([exitCode, differing], [1, { students: differ }]);
  });

for (const [how, column, kinds] of [
  ['a column that is not named like a kind', 'grp', "(array['S', 'T'])[1 + n % 2]"],
  ['kinds of which no table has one', 'kind', "case when n % 20 = 0 then 'X' when n % 3 = 0 then 'S' else 'T' end"],
] as const)
  test(`a table that was split by ${how} over tables with different fields is compared with one of them`, async () => {
    const { text, entities } = await drafted(`
      create table old_persons (id int primary key, ${column} text, school text, form text, salary int, subject text);
      create table students (id int primary key, school text, form text);
      -- One more column, so that the larger of two tables fits less well.
      create table teachers (id int primary key, salary int, subject text, remark text);
      insert into old_persons (id, ${column}) select n, ${kinds} from generate_series(1, 80) as n;
      update old_persons set school = 'School ' || id, form = 'Form ' || id % 9 where ${column} = 'S';
      update old_persons set salary = id * 7, subject = 'Subject ' || id % 9 where ${column} = 'T';
      insert into students select id, school, form from old_persons where ${column} = 'S';
      insert into teachers select id, salary, subject from old_persons where ${column} = 'T';`);
    assert.doesNotMatch(text, /only:/);
    assert.match(text, /^# Left out of the normalized side: (?:students|teachers) \(it has rows of old_persons too, /m);
    assert.deepEqual(
      entities.map(({ unsure }) => unsure),
      [1],
    );
  });

test('a split by kinds of which the sample may lack one is marked, counted and explained', async () => {
  const { text, entities } = await drafted(`
    create table old_persons (id int primary key, "personType" text, fname text, lname text);
    create table students (id int primary key, first_name text, last_name text);
    create table teachers (id int primary key, first_name text, last_name text);
    insert into old_persons select n, case when n > 200 then 'X' when n % 4 = 0 then 'T' else 'S' end, 'First ' || n % 7, 'Last ' || n from generate_series(1, 210) as n;
    insert into students select id, fname, lname from old_persons where "personType" = 'S';
    insert into teachers select id, fname, lname from old_persons where "personType" = 'T';`);
  for (const kind of ['S', 'T'])
    assert.match(
      text,
      new RegExp(
        `^ {8}only: \\{ legacy: \\{ personType: ${kind} \\} \\} # unsure: the other sampled rows are in another table\\n` +
          ` {8}# Not compared: rows of old_persons whose personType no entity names under "only"$`,
        'm',
      ),
    );
  // At the entity and at both names, since the tables and columns are called otherwise, and at the split.
  assert.deepEqual(
    entities.map(({ name, unsure }) => [name, unsure]),
    [
      ['students', 4],
      ['teachers', 4],
    ],
  );
});

test('a column whose values may be names of people tells no tables apart, and a flag does', async () => {
  const { text, exitCode } = await drafted(`
    create table old_lessons (id int primary key, teacher text, topic text, room text);
    create table morning_lessons (id int primary key, topic text, room text);
    create table evening_lessons (id int primary key, topic text, room text);
    insert into old_lessons select n, case when n % 2 = 0 then 'Hanna' else 'Otto' end, 'Topic ' || n, 'Room ' || n % 9 from generate_series(1, 60) as n;
    insert into morning_lessons select id, topic, room from old_lessons where teacher = 'Hanna';
    insert into evening_lessons select id, topic, room from old_lessons where teacher = 'Otto';
    create table old_plants (id int primary key, "isTree" boolean, label text, height int);
    create table trees (id int primary key, label text, height int);
    create table shrubs (id int primary key, label text, height int);
    insert into old_plants select n, n % 2 = 0, 'Plant ' || n, n * 7 from generate_series(1, 60) as n;
    insert into trees select id, label, height from old_plants where "isTree";
    insert into shrubs select id, label, height from old_plants where not "isTree";`);
  assert.doesNotMatch(text, /Hanna|Otto|teacher:/);
  assert.match(text, /_lessons: # unsure: other rows of old_lessons are in (?:morning|evening)_lessons;/);
  assert.match(text, /^# Left out of the normalized side: (?:morning|evening)_lessons \(it has rows of old_lessons too, /m);
  for (const flag of ['true', 'false']) assert.match(text, new RegExp(`only: \\{ legacy: \\{ isTree: ${flag} \\} \\} # unsure: `));
  assert.equal(exitCode, 1);
});

test('tables become one entity only with what each of them has', async () => {
  const { text, exitCode, differing } = await drafted(`
    create table old_messages (id int primary key, body text, deleted boolean);
    create table old_messages_archive (id int primary key, body text, shelf text);
    create table messages (id int primary key, body text, deleted_at timestamptz);
    insert into old_messages select n, 'Message ' || n, n % 6 = 0 from generate_series(1, 60) as n;
    insert into old_messages_archive select n, 'Message ' || n, 'shelf ' || n from generate_series(61, 90) as n;
    insert into messages select id, body, case when deleted then timestamptz '2026-01-02 03:04:05+00' end from old_messages
      union all select id, body, null from old_messages_archive;
    -- The other table counts its times in another unit.
    create table old_visits (id int primary key, page text, at bigint);
    create table old_visits_archive (id int primary key, page text, at bigint);
    create table visits (id int primary key, page text, at timestamptz);
    insert into old_visits select n, 'Page ' || n, (1772323200 + n * 61) * 1000::bigint from generate_series(1, 60) as n;
    insert into old_visits_archive select n, 'Page ' || n, 1772323200 + n * 61 from generate_series(61, 90) as n;
    insert into visits select id, page, to_timestamp(at / 1000.0) from old_visits union all select id, page, to_timestamp(at) from old_visits_archive;`);
  assert.match(text, /^ {8}legacy: \[old_messages, old_messages_archive\]$/m);
  assert.doesNotMatch(text, /only:/);
  assert.match(text, /^ {8}# Not compared, legacy: deleted, shelf\n {8}# Not compared, normalized: deleted_at$/m);
  assert.match(text, /^ {8}legacy: old_visits$/m);
  assert.match(text, /^# Left out of the legacy side: old_visits_archive \(its rows are in visits too; to compare both, write legacy: \[.*\]\)$/m);
  assert.deepEqual([exitCode, differing], [1, { visits: 30 }]);
});

test('a copy of a table that was merged is left out, and each of three kinds is compared with its table', async () => {
  const { text, exitCode, differing } = await drafted(`
    create table old_messages (id int primary key, body text);
    create table old_messages_archive (id int primary key, body text);
    create table old_messages_backup (id int primary key, body text);
    create table messages (id int primary key, body text);
    insert into old_messages select n, 'Message ' || n from generate_series(1, 60) as n;
    insert into old_messages_archive select n, 'Message ' || n from generate_series(61, 90) as n;
    insert into old_messages_backup select * from old_messages_archive;
    insert into messages select * from old_messages union all select * from old_messages_archive;
    create table old_items (id int primary key, kind_id int, title text, pages int);
    create table books (id int primary key, title text, pages int);
    create table leaflets (id int primary key, title text, pages int);
    create table maps (id int primary key, title text, pages int);
    insert into old_items select n, n % 3, 'Item ' || n, n * 3 from generate_series(1, 90) as n;
    insert into books select id, title, pages from old_items where kind_id = 0;
    insert into leaflets select id, title, pages from old_items where kind_id = 1;
    insert into maps select id, title, pages from old_items where kind_id = 2;
    create table old_zones (code text primary key, hours int);
    create table tariffs (number uuid primary key, price numeric);`);
  assert.match(text, /^ {8}legacy: \[old_messages, old_messages_archive\]$/m);
  // Not all is held against all, so nobody knows that no other table has these rows.
  for (const [side, table] of [
    ['legacy', 'old_zones'],
    ['normalized', 'tariffs'],
  ])
    assert.match(
      text,
      new RegExp(`^# Left out of the ${side} side: ${table} \\(no match was found in the sampled rows of what is most like it by name and fields\\)$`, 'm'),
    );
  assert.match(text, /^# Left out of the legacy side: old_messages_backup \(its rows match messages, which is already compared with old_messages\)$/m);
  for (const kind of [0, 1, 2]) assert.match(text, new RegExp(`only: \\{ legacy: \\{ kind_id: ${kind} \\} \\} # unsure: `));
  assert.deepEqual([exitCode, differing], [0, {}]);
});
