import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createHmac } from 'node:crypto';
import { createPseudonyms } from '../../action/src/privacy/pseudonyms.ts';
import { loadCase, referenceCase } from '../../demo/data.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { access, driftwatch } from './command.ts';

const reference = referenceCase();
const hostile = '\u001b[31m\u202eevil\u0007\nname';

let world: World;
before(async () => {
  world = await startWorld();
  await loadCase(world, reference);
});
after(() => world.close());

/** A legacy row of the reference case. */
const rowOf = (child: string, week: string) => {
  const row = reference.legacy.find(({ child_name, week_start_date }) => child_name.normalize('NFC').trim() === child && week_start_date === week);
  assert.ok(row);
  return row;
};
const pseudonymOf = (owner: string | null, child: string) => createPseudonyms(world.secretKey, false).name('child', [owner, child]);
const explain = (...args: string[]) => driftwatch(['explain', ...args], { env: access(world) });

describe('explain', () => {
  test('a week: both sides next to each other, names shown, what differs marked', async () => {
    const { user_id: owner, id } = rowOf('Mia', '2025-09-29');
    const { exitCode, stdout, stderr } = await explain(pseudonymOf(owner, 'Mia'), '2025-09-29');
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      new RegExp(
        `^\\nMia \\(${pseudonymOf(owner, 'Mia')}, user ${owner}\\), week of 2025-09-29\\nlegacy: +row ${id} of habit_tracker\\nnormalized: row [0-9a-f-]{36} of weeks`,
      ),
    );
    // Equal days look the same on both sides; a lost one has brackets on both, and a day without a record is a dot.
    assert.match(stdout, /^ {3}Y {3}· {3}R {3}· {3}G {3}G {3}· {5}Y {3}· {3}R {3}· {3}G {3}G {3}· {4}숙제하기$/m);
    assert.match(stdout, /^≠ +· +\[G\] +· +\[G\] \[G\] +· +· +· +\[·\] +· +\[·\] \[·\] +· +· +피아노 연습$/m);
    assert.match(stdout, /^MISSING_RECORD +critical +red +nothing +habits\/이불 정리하기\/2025-09-30$/m);
    assert.equal(stdout.match(/^MISSING_RECORD/gm)?.length, 25);
  });

  test('any day of a week, the row of either side, and JSON lead to the same', async () => {
    const { user_id: owner, id } = rowOf('김하준', '2025-10-06');
    const [week] = await world.sql<{ id: string }>(
      `select w.id from weeks w join children c on c.id = w.child_id where c.name = '김하준' and w.week_start_date = '2025-10-06'`,
    );
    const pseudonym = pseudonymOf(owner, '김하준');
    const answers = await Promise.all(
      [
        [pseudonym, '2025-10-06'],
        [pseudonym.toUpperCase().replace('CHILD', 'child'), '2025-10-09'],
        [id],
        [week?.id ?? ''],
        ['김하준', '2025-10-06'],
        [rowOf('김하준', '2025-10-13').id, '2025-10-06'],
      ].map(async (args) => {
        const { exitCode, stdout, stderr } = await explain(...args, '--json');
        assert.equal(exitCode, 0, stderr);
        return JSON.parse(stdout) as Record<string, unknown>;
      }),
    );
    const [first] = answers;
    for (const answer of answers) assert.deepEqual(answer, first);
    assert.deepEqual([first?.['child'], first?.['pseudonym'], first?.['week'], first?.['user']], ['김하준', pseudonym, '2025-10-06', owner]);
    const differences = first?.['differences'] as { type: string; normalized: null }[] | undefined;
    assert.equal(differences?.filter(({ type, normalized }) => type === 'MISSING_RECORD' && normalized === null).length, 9);
  });

  test('a child without a week: its weeks that differ, and how many do not', async () => {
    const { user_id: owner } = rowOf('Zoë', '2025-10-13');
    const { exitCode, stdout } = await explain(pseudonymOf(owner, 'Zoë'));
    assert.equal(exitCode, 0);
    assert.match(stdout, /2 of 3 weeks differ\. 1 legacy week skipped as expected/);
    assert.match(stdout, /^2025-10-13 +5 +5 × MISSING_RECORD$/m);
    assert.match(stdout, new RegExp(`npx driftwatch explain ${pseudonymOf(owner, 'Zoë')} 2025-10-13`));
  });

  test('a week that was left out on purpose is said to be', async () => {
    const odd = reference.legacy.find(({ week_start_date }) => week_start_date === '2025-10-07');
    const { exitCode, stdout } = await explain(odd?.id ?? '');
    assert.equal(exitCode, 0);
    assert.match(stdout, /starts on 2025-10-07, which is not a Monday: with week-alignment skip, such a week is never migrated/);
  });

  test('what is not there or not one child is said, with what to do', async () => {
    const cases: [string[], RegExp][] = [
      [['child-00000000'], /Pseudonyms are derived from a key/],
      [['child-123'], /"child-123" is not a pseudonym, which is child- and at least eight hex digits/],
      [['999999'], /There is no row 999999 in habit_tracker or weeks/],
      [['99999999999999999999'], /There is no row 99999999999999999999/],
      [['00000000-0000-4000-8000-000000000000'], /There is no row 00000000-0000-4000-8000-000000000000/],
      [['Nobody'], /No child of this project is called "Nobody"/],
      [['Mia'], /"Mia" is 2 children\. Say which one: child-[0-9a-f]{8} \(user [0-9a-f-]{36}\), child-[0-9a-f]{8}/],
      [['김하준', '2025-13-01'], /The week is "2025-13-01"; accepted: the date on which it starts/],
      [['김하준', '2024-01-01'], /Neither side has a week of 2024-01-01 of this child\. It has 2025-09-29, 2025-10-06, 2025-10-13/],
      [[], /missing required argument 'what'/],
    ];
    for (const [args, sentence] of cases) {
      const { exitCode, stdout, stderr } = await explain(...args);
      assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
      assert.match(stderr, sentence);
    }
  });

  test('a pseudonym that two children share is answered with the longer ones of both, and each of those is one child', async () => {
    const [row] = reference.legacy;
    const [kept, twin] = childrenWhoShareDigits(row?.user_id ?? '');
    await world.sql(`update habit_tracker set child_name = '${kept}' where id = ${row?.id}; insert into children (user_id, name) values ('${row?.user_id}', '${kept}'), ('${row?.user_id}', '${twin}');
      insert into weeks (user_id, child_id, week_start_date, week_end_date) select user_id, id, '2025-11-03', '2025-11-09' from children where name = '${twin}'`);
    const both = createPseudonyms(world.secretKey, false);
    both.meet(
      'child',
      [kept, twin].map((child) => [row?.user_id ?? null, child]),
    );
    const [one, other] = [kept, twin].map((child) => both.name('child', [row?.user_id ?? null, child]));
    const shared = await explain(one?.slice(0, 14) ?? '');
    assert.equal(shared.exitCode, 2);
    for (const name of [one, other]) assert.ok(shared.stderr.includes(`${name} (user`), shared.stderr);
    for (const [name, child] of [
      [one, kept],
      [other, twin],
    ]) {
      const { exitCode, stdout } = await explain(name ?? '', '--json');
      assert.deepEqual([exitCode, (JSON.parse(stdout) as { child: string }).child], [0, child]);
    }
  });

  test('a pseudonym is nobody’s where a key that ships with the app made it', async () => {
    const env = { ...access(world), SUPABASE_KEY: world.publishableKey };
    const { exitCode, stderr } = await driftwatch(['explain', 'child-1a2b3c4d'], { env });
    assert.equal(exitCode, 2);
    assert.match(stderr, /With this SUPABASE_KEY, pseudonyms last for one run only, .* set PSEUDONYM_KEY/);
    const named = await driftwatch(['explain', '김하준', '--json'], { env });
    assert.deepEqual([named.exitCode, (JSON.parse(named.stdout) as { pseudonym: null }).pseudonym], [0, null]);
    const own = { ...env, PSEUDONYM_KEY: 'a-secret-of-its-own-0123' };
    const { pseudonym } = JSON.parse((await driftwatch(['explain', '김하준', '--json'], { env: own })).stdout) as { pseudonym: string };
    assert.match((await driftwatch(['explain', pseudonym], { env: own })).stdout, /김하준/);
  });

  test('another key makes other pseudonyms, and the sentence says so', async () => {
    const { user_id: owner } = rowOf('Zoë', '2025-10-13');
    const { stderr } = await explain(createPseudonyms('sb_secret_another_key', false).name('child', [owner, 'Zoë']));
    assert.match(stderr, /use the same SUPABASE_KEY \(or PSEUDONYM_KEY\) as the action, or give a row id/);
  });
});

describe('weeks that differ in every way', () => {
  let odd: World;
  const user = reference.legacy[0]?.user_id ?? '';
  before(async () => {
    odd = await startWorld();
    await odd.sql('insert into auth.users (id) values ($1)', [user]);
    await odd.sql(
      `insert into habit_tracker (id, user_id, child_name, week_period, week_start_date, theme, habits) values
        (1, $1, $2, 'a', '2025-10-13', 'new', $3), (2, $1, 'Ben', 'b', '2025-10-13', null, '[]'), (3, null, 'Nobody', 'c', '2025-10-13', null, '[]'), (4, $1, 'Ben', 'd', null, null, '[]')`,
      [
        user,
        hostile,
        JSON.stringify([
          { name: 'A', times: ['green', 'blue', '', '', '', '', ''] },
          { name: hostile, times: ['red', '', '', '', '', '', ''] },
        ]),
      ],
    );
    await odd.sql(`
      insert into children (id, user_id, name) values ('00000000-0000-4000-8000-00000000000a', '${user}', ${`E'\\x1b[31m\\u202eevil\\x07\\nname'`});
      insert into weeks (id, user_id, child_id, week_start_date, week_end_date, theme) values
        ('00000000-0000-4000-8000-00000000000b', '${user}', '00000000-0000-4000-8000-00000000000a', '2025-10-13', '2025-10-19', 'old');
      insert into habits (id, week_id, name) values
        ('00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-00000000000b', 'A'), (gen_random_uuid(), '00000000-0000-4000-8000-00000000000b', 'Only here');
      insert into habit_records (habit_id, record_date, status) values ('00000000-0000-4000-8000-00000000000c', '2025-10-13', 'yellow')`);
  });
  after(() => odd.close());
  const explainOdd = (...args: string[]) => driftwatch(['explain', ...args], { env: access(odd) });

  test('every difference has its mark, and nothing of the text acts on the terminal', async () => {
    const { exitCode, stdout, stderr } = await explainOdd('1');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^≠ theme +legacy +new\n +normalized +old$/m);
    assert.match(stdout, /^≠ \[G\] {2}\? .*\[Y\] {2}\? .* A$/m);
    assert.match(stdout, /^≠ .*no such habit.*Only here$/m);
    for (const type of ['DATA_MISMATCH', 'MISSING_HABIT', 'ORPHAN_HABIT', 'MALFORMED_LEGACY']) assert.match(stdout, new RegExp(`^${type} `, 'm'));
    for (const character of ['\u001b', '\u0007', '\u202e']) assert.ok(!stdout.includes(character));
    assert.match(stdout, /\\u\{1b\}\[31m\\u\{202e\}evil\\u\{7\}\\u\{a\}name/);
  });

  test('a side that has nothing, an owner that nobody knows, a row without a date', async () => {
    assert.match((await explainOdd('2')).stdout, /normalized: nothing[^]*MISSING_CHILD/);
    assert.match((await explainOdd('3')).stdout, /of no known user[^]*MISSING_CHILD/);
    assert.match((await explainOdd('4')).stdout, /a week without a date that can be read[^]*MALFORMED_LEGACY/);
  });
});

/** Two names whose pseudonyms begin with the same eight digits, found by trial and error. */
function childrenWhoShareDigits(owner: string): [string, string] {
  const seen = new Map<string, string>();
  for (let index = 0; ; index += 1) {
    const name = `Child ${index}`;
    const digits = createHmac('sha256', world.secretKey)
      .update(JSON.stringify(['child', owner, name]))
      .digest('hex')
      .slice(0, 8);
    const known = seen.get(digits);
    if (known !== undefined) return [known, name];
    seen.set(digits, name);
  }
}
