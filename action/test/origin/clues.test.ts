import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import type { Shape } from '../../src/document/shape.ts';
import { cluesOf } from '../../src/origin/clues.ts';
import type { EntityFacts } from '../../src/origin/facts.ts';
import { joinClues } from '../../src/origin/join-clues.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { evidenceSchema, type Clues } from '../../src/report/evidence.ts';
import type { Post } from '../pair/flat-pair.ts';
import { comparing, comparingInParts, rowsOf, shapeOf, sides } from './entities.ts';
import { dropRecords, mergedOriginOf, monday, originOf, universe, type UniverseWeek } from './universe.ts';

/** What parts hand on is enough to see where drift comes from, and no more than that. */

const undated = (rows: readonly Post[]): Post[] => rows.map(({ writtenAt: _when, ...row }) => row);
const hidden: Shape['key'] = [
  { name: 'board', kind: 'text', shown: 'pseudonym' },
  { name: 'post', kind: 'text', shown: 'pseudonym' },
];

describe('clues of rows that stand alone', () => {
  it('come to what the whole run says, whatever differs and however many parts there are', async () => {
    let said = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 7 }),
        fc.integer({ min: 6, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('board', 'post', 'since', 'title', 'orphan', 'random'),
        fc.boolean(),
        fc.constantFrom(undefined, 60),
        fc.boolean(),
        async (boards, each, of, kind, isHidden, sample, reveals) => {
          const rows = rowsOf({ boards, each });
          const isHit = (row: Post, index: number): boolean =>
            ({
              board: row.board === 'b1',
              post: row.post === 'p2',
              since: index * 2 > rows.length,
              title: index % 4 === 1,
              orphan: index % 6 === 1,
              random: (index * 7919) % 5 === 0,
            })[kind];
          const posts =
            kind === 'title'
              ? sides(rows, (row, index) => (isHit(row, index) ? { ...row, title: 'else' } : row))
              : kind === 'orphan'
                ? { legacy: rows.filter((row, index) => !isHit(row, index)), normalized: rows }
                : sides(rows, (row, index) => (isHit(row, index) ? undefined : row));
          const options = {
            ...(isHidden && { keys: { posts: hidden } }),
            ...(sample !== undefined && { sample }),
            pseudonyms: createPseudonyms('sb_secret_synthetic', reveals),
          };
          const pair = { posts, users: sides(undated(rows)) };
          const whole = await comparing(pair, options);
          assert.deepEqual((await comparingInParts(pair, of, options)).sentences, whole.sentences);
          said += whole.sentences.length > 0 ? 1 : 0;
        },
      ),
      { numRuns: 80, seed: 20_261_129 },
    );
    assert.ok(said > 40, String(said));
  });

  it('say of a value that has another pseudonym in each row what the whole run says', async () => {
    // A name that no sealed text can hold by chance.
    const name = 'the lost one';
    const rows = undated(rowsOf()).map((row) => (row.post === 'p4' ? { ...row, post: name } : row));
    const lost = { posts: sides(rows, (row) => (row.post === name ? undefined : row)) };
    const { sentences, clues } = await comparingInParts(lost, 3, { keys: { posts: hidden } });
    assert.deepEqual(sentences, ['All 5 missing rows share one “post”, whose pseudonym differs from row to row (all 5 rows that do, none of the other 45).']);
    // What is the same looks different in each part.
    const values = clues.flat().flatMap(({ keys }) => keys.flatMap(({ values: all }) => all.map(({ value }) => value)));
    assert.equal(new Set(values).size, values.length);
    assert.ok(!JSON.stringify(clues).includes(name));
  });

  it('fit in a report, whatever differs, and leave out values only where none of those can be what all have in common', async () => {
    const rows = Array.from({ length: 3_300 }, (_, index): Post => ({
      id: String(index),
      board: `b${index % 3}`,
      post: `p${index}`,
      title: 'Title',
      likes: 1,
    }));
    const lost = { posts: sides(rows, (row) => (row.board === 'b2' ? undefined : row)) };
    const { sentences, clues, say } = await comparingInParts(lost, 1);
    assert.deepEqual(sentences, ['All 1,100 missing rows belong to “board b2” (all 1,100 rows that do, none of the other 2,200).']);
    const [posts] = clues[0] ?? [];
    assert.deepEqual(
      posts?.keys.map(({ values, others }) => [values.length, others]),
      [
        [1, undefined],
        [1_000, 1],
      ],
    );
    // A value that may have been left out in one part may be the one.
    const cut = clues.map((part) => part.map((entity): Clues => ({ ...entity, keys: entity.keys.map((key) => ({ ...key, values: [], others: 1_100 })) })));
    assert.deepEqual(await say(cut), []);
  });

  it('are absent where more is to be said than a report should hold', async () => {
    const facts = (days: number): EntityFacts => ({
      documents: { hit: days, all: days },
      kinds: new Map([['missing', days]]),
      normalizedOnly: 0,
      parts: new Map(),
      groups: new Map(),
      starts: new Map(),
      written: { differing: Array.from({ length: days }, (_, day) => day * 86_400_000), equal: [] },
      undated: 0,
      orphans: [],
      beforeMigration: 0,
      members: new Map(),
    });
    const known = { entities: [{ name: 'posts', shape: shapeOf('posts') }], census: { of: () => undefined } };
    const cluesOfDays = (days: number): Promise<Clues[] | undefined> =>
      cluesOf(new Map([['posts', facts(days)]]), { mode: 'sample' }, known, createPseudonyms('key', false));
    assert.equal((await cluesOfDays(10_000))?.length, 1);
    assert.equal(await cluesOfDays(10_001), undefined);
    // A damaged file may say anything.
    const [one] = (await cluesOfDays(3)) ?? [];
    assert.ok(one);
    assert.ok(joinClues([[one]], known.entities, undefined, () => undefined));
    const endless = { ...one, written: { ...one.written, equal: { 1: 9_000_000_000_000_000 } } };
    assert.equal(
      joinClues([[one], [endless]], known.entities, undefined, () => undefined),
      undefined,
    );
  });
});

describe('clues of weeks of children', () => {
  const size = fc.record({ children: fc.integer({ min: 2, max: 12 }), weeks: fc.integer({ min: 2, max: 10 }) });
  const damage = fc.constantFrom('child', 'week', 'since', 'habit', 'day', 'written', 'orphans', 'random');
  const names = {
    name: (_part: string, parts: readonly (string | null)[]) => `<${parts.at(-1)}>`,
    value: (text: string) => `<${text}>`,
    text: (text: string) => `<${text}>`,
    common: () => undefined,
  };

  function harm(week: UniverseWeek, index: number, kind: string, every: number): void {
    const { child, week: start } = week.key;
    const lose = (): void => void (week.normalized = undefined);
    if (kind === 'child' && child === 'Child 1') lose();
    if (kind === 'week' && start === monday(1)) lose();
    if (kind === 'since' && (start ?? '') >= monday(5)) lose();
    if (kind === 'habit') dropRecords(week, (habit) => habit === 'Tidy');
    if (kind === 'day') dropRecords(week, (_habit, date) => date === '2025-09-10');
    if (kind === 'orphans' && index % 4 === 0) week.legacy = undefined;
    if ((kind === 'written' && index % 5 === 0) || (kind === 'random' && (index * 7919) % every === 0)) {
      if (week.legacy && kind === 'written') week.legacy.updated_at = '2026-01-13T10:00:00+00:00';
      if (week.normalized) week.normalized.theme = `Summer ${index}`;
    }
  }

  it('come to nothing that the whole run does not say, and to most of it', async () => {
    let [whole, merged] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(damage, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 9 }),
        fc.constantFrom<'full' | 'sample'>('full', 'sample'),
        fc.boolean(),
        async (of, kinds, parts, every, mode, isDated) => {
          const weeks = universe(of);
          for (const kind of kinds) for (const [index, week] of weeks.entries()) harm(week, index, kind, every);
          for (const week of weeks) if (week.legacy && !isDated) week.legacy.updated_at = null;
          const options = { mode, start: '2025-10-06T09:30:29Z', names };
          const { sentences } = await originOf(weeks, options);
          const joined = await mergedOriginOf(weeks, parts, options);
          assert.deepEqual(
            joined.filter((sentence) => !sentences.includes(sentence)),
            [],
            sentences.join('\n'),
          );
          whole += sentences.length;
          merged += joined.length;
        },
      ),
      { numRuns: 150, seed: 20_261_129 },
    );
    assert.ok(merged > 0.8 * whole && whole > 100, `${merged} of ${whole}`);
  });

  it('say nothing of age where parts have seen the dual-write begin at different times', async () => {
    const weeks = universe({ children: 6, weeks: 3 });
    for (const week of weeks) if (week.key.week === monday(0)) week.normalized = undefined;
    let asked = 0;
    const told = { dualWriteStart: async () => Date.parse('2026-01-05T09:30:00Z') + 60_000 * (asked += 1) };
    assert.ok((await originOf(weeks, { told })).sentences.some((sentence) => sentence.includes('a backfill gap')));
    assert.ok((await mergedOriginOf(weeks, 1, { told })).some((sentence) => sentence.includes('a backfill gap')));
    assert.ok(!(await mergedOriginOf(weeks, 6, { told })).some((sentence) => sentence.includes('dual-writing')));
  });
});

it('a report without clues is read as before', () => {
  const evidence = { measure: 'm', entities: [], severityByType: {}, differingWeeks: { key: 'k', weeks: [] }, findings: [] };
  assert.equal(evidenceSchema.parse(evidence).clues, undefined);
});

describe('a seal', () => {
  it('opens to the same for the same text, and to nothing with another key or when it was changed', () => {
    const [one, again, other] = [createPseudonyms('key', false), createPseudonyms('key', false), createPseudonyms('other key', false)];
    const [a, b, c] = [one.seal('Zoë'), again.seal('Zoë'), one.seal('Zoe')];
    assert.notEqual(a, b);
    assert.equal(again.open(a), one.open(b));
    assert.notEqual(one.open(a), one.open(c));
    assert.equal(other.open(a), undefined);
    assert.equal(one.open(`${a.slice(0, -2)}AA`), undefined);
    for (const text of ['', 'x', 'Zoë', a.slice(0, 30)]) assert.equal(one.open(text), undefined);
  });

  it('is the text where values are revealed', () => {
    const { seal, open } = createPseudonyms('key', true);
    assert.equal(open(seal('Zoë')), 'Zoë');
  });
});
