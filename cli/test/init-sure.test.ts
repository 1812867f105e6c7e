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
      const said = JSON.parse(check.stdout) as { entities: { name: string; differing: number }[] };
      return {
        text: readFileSync(join(directory, '.github/driftwatch.yml'), 'utf8'),
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
