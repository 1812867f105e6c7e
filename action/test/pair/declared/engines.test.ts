import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { openDescribed } from '../../../../demo/description.ts';
import { createDeclaredEntities } from '../../../src/pair/declared/declared.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { createPostgrestStore } from '../../../src/store/postgrest/store.ts';
import { compareEntity, compareTables, declarePair, openStage, say, type Outcome, type Stage } from './stage.ts';

/**
 * Both engines say the same of generated declarations and data, what is the same in other words is no difference, and each
 * single difference is found and nothing else.
 */

let stage: Stage;
before(async () => {
  stage = await openStage({ migrations: ['021'] });
});
after(() => stage.close());

/** A value, in every spelling that it has on each side, as SQL. */
type Meaning = readonly [legacy: readonly string[], normalized: readonly string[]];
type Kind = { readonly types: readonly [string, string]; readonly line: string; readonly meanings: readonly [Meaning, Meaning, ...Meaning[]]; readonly malformed?: string };

const composed = "'Zo\u00eb'";
const decomposed = "'Zoe\u0308'";
const none: Meaning = [['null'], ['null']];
const same = (...spellings: readonly string[]): Meaning => [spellings, spellings];

const kinds: Readonly<Record<string, Kind>> = {
  text: { types: ['text', 'text'], line: 'NAME', meanings: [same("'x'"), same(composed, decomposed), none, same("''"), same("' x'"), same(`'it''s "q" \\ %'`)] },
  filled: { types: ['text', 'text'], line: '{ from: NAME, default: x }', meanings: [[["'x'", 'null'], ["'x'"]], same("'y'")] },
  loose: { types: ['text', 'text'], line: '{ from: NAME, trim: true, ignore-case: true, blank-is-null: true }', meanings: [same("'x'", "' X '"), [["' '", "''", 'null'], ["''", 'null']], same("'y'")] },
  mapped: { types: ['text', 'text'], line: '{ from: NAME, values: { PUBLIC: public, PRIVATE: private } }', meanings: [[["'PUBLIC'", "'public'"], ["'public'"]], [["'PRIVATE'"], ["'private'"]], none] },
  whole: { types: ['text', 'bigint'], line: 'NAME', meanings: [[["'1'", "'01'", "'1.0'"], ['1']], [["'9007199254740993'"], ['9007199254740993']], [["'9007199254740992'"], ['9007199254740992']], none], malformed: "'many'" },
  number: { types: ['numeric', 'numeric(30,6)'], line: 'NAME', meanings: [same('1.5', '1.50'), same('0'), same("'NaN'"), none] },
  near: { types: ['numeric', 'double precision'], line: '{ from: NAME, tolerance: 0.5 }', meanings: [[['1'], ['1.4', '0.5']], [['10'], ['10', '10.5']], none] },
  time: { types: ['timestamp with time zone', 'timestamp with time zone'], line: 'NAME', meanings: [same("'2026-01-15T21:52:00.123Z'", "'2026-01-15T22:52:00.123999+01:00'"), same("'2026-01-15T21:52:00.124Z'"), none] },
  clock: { types: ['bigint', 'timestamp with time zone'], line: '{ from: NAME, unit: ms }', meanings: [[['1768513920123'], ["'2026-01-15T21:52:00.123Z'"]], [['-1'], ["'1969-12-31T23:59:59.999Z'"]], none] },
  date: { types: ['text', 'date'], line: 'NAME', meanings: [[["'2026-01-15'"], ["'2026-01-15'"]], [["'2024-02-29'"], ["'2024-02-29'"]], none], malformed: "'2026-02-29'" },
  uuid: { types: ['text', 'uuid'], line: 'NAME', meanings: [[["'550e8400-e29b-41d4-a716-446655440000'", "'550E8400-E29B-41D4-A716-446655440000'"], ["'550e8400-e29b-41d4-a716-446655440000'"]], [["'650e8400-e29b-41d4-a716-446655440000'"], ["'650e8400-e29b-41d4-a716-446655440000'"]], none], malformed: "'nobody'" },
  flag: { types: ['text', 'boolean'], line: '{ from: NAME, default: false }', meanings: [[["'true'"], ['true']], [["'false'", 'null'], ['false']]], malformed: "'yes'" },
  json: { types: ['jsonb', 'jsonb'], line: 'NAME', meanings: [same(`'{"a":1,"b":[null,"Zo\u00eb"]}'`, `'{"b":[null,"Zoe\u0308"],"a":1.0,"c":null}'`), same("'{}'"), same("'[]'"), same("'9007199254740993'"), same("'9007199254740992'"), [['null', "'null'"], ['null', "'null'"]]] },
  list: { types: ['text[]', 'text[]'], line: 'NAME', meanings: [same("'{a,b}'"), same("'{b,a}'"), same("'{}'"), none] },
  set: { types: ['text[]', 'text[]'], line: '{ from: NAME, type: set }', meanings: [same("'{a,b}'", "'{b,a}'"), same("'{a}'"), none] },
  bytes: { types: ['bytea', 'bytea'], line: 'NAME', meanings: [same("'\\x0aff'"), same("'\\x'"), none] },
};

/** What keys are made of. */
const keyKinds: Readonly<Record<string, { readonly type: string; readonly meanings: readonly (readonly string[])[] }>> = {
  text: { type: 'text', meanings: [["'a'"], [composed, decomposed], ["'b c'"], ["'10'"], ["'9'"]] },
  whole: { type: 'bigint', meanings: [['1'], ['2'], ['10'], ['-3'], ['4']] },
  uuid: { type: 'uuid', meanings: [["'550e8400-e29b-41d4-a716-446655440000'"], ["'650E8400-e29b-41d4-a716-446655440000'"], ["'750e8400-e29b-41d4-a716-446655440000'"], ["'850e8400-e29b-41d4-a716-446655440000'"], ["'950e8400-e29b-41d4-a716-446655440000'"]] },
  date: { type: 'date', meanings: [["'2026-01-15'"], ["'2026-01-16'"], ["'2026-01-17'"], ["'2024-02-29'"], ["'1999-12-31'"]] },
};

type Declared = { readonly keys: readonly string[]; readonly fields: readonly string[]; readonly isScoped: boolean; readonly hasId: boolean; readonly isUnique: boolean };

const declared: fc.Arbitrary<Declared> = fc.record({
  keys: fc.uniqueArray(fc.constantFrom(...Object.keys(keyKinds)), { minLength: 1, maxLength: 2 }),
  fields: fc.uniqueArray(fc.constantFrom(...Object.keys(kinds)), { minLength: 1, maxLength: 5 }),
  isScoped: fc.boolean(),
  hasId: fc.boolean(),
  isUnique: fc.boolean(),
});

/** The declaration, with its two tables: their keys have an index, which may hold them to be unique. Where it does, pages of the tables are compared, else ranges of keys. */
let number = 0;
async function make({ keys, fields, isScoped, hasId, isUnique }: Declared): Promise<{ readonly entity: string; readonly tables: readonly [string, string] }> {
  number += 1;
  const tables = [`old_${number}`, `new_${number}`] as const;
  const ddl = tables.map((table, side) => {
    const columns = [...(hasId ? ['id int8 primary key'] : []), ...keys.map((key, place) => `k${place} ${keyKinds[key]?.type}`), ...fields.map((field, place) => `f${place} ${kinds[field]?.types[side]}`), 'gone boolean'];
    return `create table ${table} (${columns.join(', ')}); create ${isUnique ? 'unique ' : ''}index on ${table} (${keys.map((_, place) => `k${place}`).join(', ')});`;
  });
  const dropLast = number > 1 ? `drop table old_${number - 1}, new_${number - 1};` : '';
  await stage.world.sql(`${dropLast} ${ddl.join(' ')}`);
  const lines = fields.map((field, place) => `f${place}: ${kinds[field]?.line.replace('NAME', `f${place}`)}`);
  const only = isScoped ? ', only: { legacy: { gone: [false, null] }, normalized: { gone: null } }' : '';
  return { tables, entity: `e: { legacy: ${tables[0]}, normalized: ${tables[1]}, key: [${keys.map((_, place) => `k${place}`).join(', ')}], fields: { ${lines.join(', ')} }${only} }` };
}

/** Of each key and field which meaning it has and in which of its spellings; and whether the row is in scope. */
type Row = { readonly key: readonly number[]; readonly keySpelling: number; readonly fields: readonly number[]; readonly spelling: number; readonly inScope: boolean };

const row: fc.Arbitrary<Row> = fc.record({ key: fc.array(fc.nat(4), { minLength: 2, maxLength: 2 }), keySpelling: fc.nat(3), fields: fc.array(fc.nat(11), { minLength: 5, maxLength: 5 }), spelling: fc.nat(11), inScope: fc.boolean() });

const pick = <T>(items: readonly T[], place: number): T => items[place % items.length] as T;

function values({ keys, fields, isScoped, hasId }: Declared, side: 0 | 1, one: Row, id: number, options: { readonly isKeyless?: boolean; readonly isMalformed?: boolean } = {}): string {
  const key = keys.map((name, place) => (options.isKeyless && place === 0 ? 'null' : pick(pick(keyKinds[name]?.meanings ?? [], one.key[place] ?? 0), one.keySpelling)));
  const own = fields.map((name, place) => {
    const kind = kinds[name];
    if (options.isMalformed && side === 0 && kind?.malformed) return kind.malformed;
    return pick(pick(kind?.meanings ?? [], one.fields[place] ?? 0)[side], one.spelling + place);
  });
  const gone = !isScoped || one.inScope ? (side === 0 && one.spelling % 2 === 0 && isScoped ? 'false' : 'null') : 'true';
  return `(${[...(hasId ? [`${id}`] : []), ...key, ...own, gone].join(', ')})`;
}

/** Without rows that a unique index would refuse. */
function distinct({ keys, isUnique }: Declared, rows: readonly Row[]): readonly Row[] {
  const spelled = ({ key, keySpelling }: Row): string => keys.map((name, place) => pick(pick(keyKinds[name]?.meanings ?? [], key[place] ?? 0), keySpelling)).join(', ');
  return isUnique ? [...new Map(rows.map((one) => [spelled(one), one])).values()] : rows;
}

async function fill(tables: readonly [string, string], rows: readonly [readonly string[], readonly string[]]): Promise<void> {
  const inserts = tables.map((table, side) => (rows[side]?.length ? `insert into ${table} values ${rows[side].join(', ')};` : ''));
  await stage.world.sql(`delete from ${tables[0]}; delete from ${tables[1]}; ${inserts.join(' ')} analyze ${tables[0]}; analyze ${tables[1]};`);
}

const told = ({ findings, comparison }: Outcome) => ({
  findings: findings.map((finding) => `${say(finding)} ${JSON.stringify(finding.rowIds)}`),
  counts: comparison.counts,
  compared: comparison.compared,
  differing: comparison.differing,
  trouble: comparison.trouble,
  interruption: comparison.interruption,
});

async function both(entity: string): Promise<ReturnType<typeof told>> {
  const streamed = told(await compareTables(stage, entity));
  const digested = await compareTables(stage, entity, { digest: true });
  assert.deepEqual(told(digested), streamed);
  assert.equal(digested.comparison.engine, 'digest');
  assert.deepEqual([streamed.trouble, streamed.interruption], [undefined, undefined]);
  return streamed;
}

const seeded = { seed: 20260115 };

describe('the two engines', () => {
  test('can be asked for the generated declarations', async () => {
    for (const field of Object.keys(kinds)) {
      const { entity } = await make({ keys: ['text'], fields: [field], isScoped: true, hasId: false, isUnique: false });
      const outcome = await compareTables(stage, entity);
      assert.deepEqual(await outcome.entity.digester.probe(), { ready: true, sentence: 'The database compares by itself: its row functions are there.' }, field);
    }
  });

  test('say the same of any data', async () => {
    await fc.assert(
      fc.asyncProperty(declared, fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }), fc.nat(2), async (declaration, legacy, normalized, keyless) => {
        const { entity, tables } = await make(declaration);
        const rows = ([distinct(declaration, legacy), distinct(declaration, normalized)] as const).map((some, side) => some.map((one, id) => values(declaration, side as 0 | 1, one, id, { isKeyless: id < keyless, isMalformed: id % 5 === 4 }))) as [string[], string[]];
        await fill(tables, rows);
        await both(entity);
      }),
      { ...seeded, numRuns: 20 },
    );
  });

  test('find no difference where all is the same in other words, and of each single difference just that', async () => {
    await fc.assert(
      fc.asyncProperty(declared, fc.uniqueArray(row, { minLength: 2, maxLength: 8, selector: ({ key }) => key[0] }), fc.array(fc.nat(11), { minLength: 8, maxLength: 8 }), fc.nat(7), fc.nat(4), async (any, all, spellings, which, field) => {
        // With twins.
        const declaration = { ...any, isUnique: false };
        const { entity, tables } = await make(declaration);
        const legacy = all.map((one) => ({ ...one, inScope: true }));
        // The same rows, in another order and in other spellings.
        const normalized = legacy.map((one, place) => ({ ...one, spelling: spellings[place] ?? 0, keySpelling: (spellings[place] ?? 0) % 3 }));
        const sql = (side: 0 | 1, rows: readonly Row[]): string[] => rows.map((one, id) => values(declaration, side, one, id)).toReversed();
        const finds = async (left: readonly string[], right: readonly string[]): Promise<readonly string[]> => {
          await fill(tables, [left, right]);
          return (await both(entity)).findings.map((finding) => finding.replace(/ .*/, ''));
        };
        const [a, b] = [sql(0, legacy), sql(1, normalized)];
        assert.deepEqual(await finds(a, b), []);
        const place = which % legacy.length;
        assert.deepEqual(await finds(a, b.toSpliced(place, 1)), ['MISSING_ROW', 'COUNT_MISMATCH']);
        assert.deepEqual(await finds(a.toSpliced(place, 1), b), ['COUNT_MISMATCH', 'ORPHAN_ROW']);
        const column = field % declaration.fields.length;
        const count = kinds[declaration.fields[column] ?? '']?.meanings.length ?? 1;
        const changed = normalized.map((one, index) => (index === place ? { ...one, fields: one.fields.map((meaning, at) => (at === column ? (meaning % count) + 1 : meaning)) } : one));
        assert.deepEqual(await finds(a, sql(1, changed)), ['DATA_MISMATCH']);
        const twin = legacy[place];
        assert.ok(twin);
        assert.deepEqual(await finds([...a, values(declaration, 0, twin, 99)], b), ['DUPLICATE_ROW']);
        assert.deepEqual(await finds(a, [...b, values(declaration, 1, twin, 99)]), ['COUNT_MISMATCH', 'DUPLICATE_ROW']);
        if (declaration.isScoped) assert.deepEqual(await finds([...a, values(declaration, 0, { ...twin, inScope: false }, 99)], [...b, values(declaration, 1, { ...twin, inScope: false }, 99)]), []);
      }),
      { ...seeded, numRuns: 5 },
    );
  });

  test('say the same where the two sides are two projects, each with the functions', async () => {
    const [left, right] = [await openDescribed(stage.world), await openDescribed(stage.world)];
    const storeAt = (url: string) => createPostgrestStore('supabase', { url, key: stage.world.secretKey }, startBudget(600));
    try {
      await fc.assert(
        fc.asyncProperty(declared, fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }), async (any, legacy, normalized) => {
          const declaration = { ...any, fields: any.fields.filter((field) => field !== 'near') };
          const { entity, tables } = await make(declaration);
          await fill(tables, [distinct(declaration, legacy).map((one, id) => values(declaration, 0, one, id)), distinct(declaration, normalized).map((one, id) => values(declaration, 1, one, id))]);
          const streamed = told(await compareTables(stage, entity));
          const digested = await compareEntity(createDeclaredEntities(declarePair(entity), { legacy: storeAt(left.url), normalized: storeAt(right.url) }), { digest: true });
          assert.deepEqual(told(digested), streamed);
        }),
        { ...seeded, numRuns: 6 },
      );
    } finally {
      await left.close();
      await right.close();
    }
  });

  test('count each row once that is written while portions are compared', async () => {
    const { entity, tables } = await make({ keys: ['text'], fields: ['text'], isScoped: false, hasId: true, isUnique: true });
    // In another order than the keys are, so that it is compared by pages of the table.
    await stage.world.sql(`insert into ${tables[0]} select i, 'k' || md5(i::text), 'x', null from generate_series(1, 3000) as i; insert into ${tables[1]} select * from ${tables[0]}; analyze ${tables[0]}; analyze ${tables[1]}`);
    const store = stage.store();
    const all = createDeclaredEntities(declarePair(entity), { legacy: store, normalized: store });
    const [own] = all.entities;
    assert.ok(own);
    const { digester } = own;
    let written = 0;
    const plan = async () => {
      const planned = await digester.plan();
      return {
        ...planned,
        beside: async () => {
          for (const table of tables) await stage.world.sql(`update ${table} set f0 = 'y' where id % 100 = 0`);
          await stage.world.sql(`update ${tables[1]} set f0 = 'z' where id = 100`);
          return planned.beside();
        },
        after: async () => {
          const last = await planned.after?.();
          written = last?.keys.length ?? 0;
          return last ?? { keys: [], rows: undefined };
        },
      };
    };
    const outcome = told(await compareEntity({ ...all, entities: [{ ...own, digester: { ...digester, plan } }] }, { digest: true }));
    assert.equal(written, 30);
    assert.deepEqual([outcome.findings.length, outcome.differing, outcome.compared], [1, 1, 3000]);
    assert.deepEqual(outcome.counts, [{ level: 'e', legacy: 3000, expected: 3000, normalized: 3000, difference: 0 }]);
  });
});
