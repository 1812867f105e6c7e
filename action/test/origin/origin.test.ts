import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { quotesAsCode } from '../../src/privacy/quoted.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { BudgetError, ReadError } from '../../src/store/errors.ts';
import { hostileTexts } from '../publish/reports.ts';
import { addDays } from '../pair/rows.ts';
import { groupOfChild } from '../../src/pair/habit-tracker/shape.ts';
import { dropRecords, monday, originOf, universe, type UniverseWeek } from './universe.ts';

const lose = (week: UniverseWeek): void => void (week.normalized = undefined);
const at = <T>(items: readonly T[], index: number): T => items[index] as T;

describe('where drift comes from', () => {
  it('is the millisecond ids and the backfill, when every record under them is missing from weeks older than the dual-write', async () => {
    const weeks = universe();
    for (const week of weeks) dropRecords(week, (habit) => habit === 'Read' || habit === 'Swim');
    const { sentences } = await originOf(weeks, { start: '2026-01-05T09:30:00Z' });
    assert.deepEqual(sentences, [
      'All 1,200 missing records belong to habits whose id is a millisecond timestamp (all 240 such habits in these weeks, none of the other 480).',
      'All 120 differing weeks were last written before dual-writing began on 2026-01-05 09:30 UTC: a backfill gap, not the write path.',
      'In all 120 differing weeks something is missing on the normalized side, and nothing is wrong or left over.',
    ]);
  });

  it('is the write path since a Tuesday, when what was written since then did not arrive', async () => {
    const weeks = universe({ weeks: 20 });
    for (const [index, week] of weeks.entries()) {
      if (index < 190 && index % 25 !== 0) continue;
      // New weeks are missing, and old ones that were saved again are stale.
      if (week.legacy) week.legacy.updated_at = '2026-01-13T10:00:00+00:00';
      if (index >= 190) lose(week);
      else if (week.normalized) week.normalized.theme = 'Summer';
    }
    const { sentences } = await originOf(weeks, { start: '2025-10-20T00:00:00Z' });
    assert.deepEqual(sentences, [
      'All 18 differing weeks were last written on 2026-01-13 or later (all 18 legacy rows written since, none of the other 182).',
      'All 18 differing weeks were last written after dual-writing began on 2025-10-20 00:00 UTC: the write path, not a backfill gap.',
      'All 8 content differences are in “theme”.',
    ]);
  });

  it('is one child, when the rows of one child are gone', async () => {
    const weeks = universe({ children: 6, weeks: 3 });
    for (const week of weeks) if (week.key.child === 'Child 4') lose(week);
    const { sentences } = await originOf(weeks);
    assert.equal(sentences[0], 'All 3 differing weeks are of one child, “<Child 4>” (all 3 weeks of this child, none of the other 15).');
  });

  it('is one day, one weekday, one habit, one column or one week, with the numbers', async () => {
    const damage: [(week: UniverseWeek) => void, RegExp][] = [
      [
        (week) => dropRecords(week, (_, date) => date === '2025-09-10'),
        /^All 4\d missing records are of one day, 2025-09-10 \(all \d+ records of that day in these weeks, none of the other \d+\)\.$/,
      ],
      [
        (week) => dropRecords(week, (_, date) => new Date(date).getUTCDay() === 3),
        /^All \d+ missing records are of a Wednesday \(all \d+ records of that weekday in these weeks, none of the other [\d,]+\)\.$/,
      ],
      [
        (week) => dropRecords(week, (habit) => habit === 'Draw'),
        /^All 600 missing records belong to habits named “<Draw>” \(all 120 in these weeks, none of the other 600\)\.$/,
      ],
      [(week) => void week.normalized?.habits.splice(2, 1), /^All 120 missing habits belong to habits named “<Tidy>” /],
      [(week) => week.normalized && (week.normalized.reward = 'Ice cream'), /^All 120 content differences are in “reward”\.$/],
      [
        (week) => void (week.key.week === monday(5) && lose(week)),
        /^All 10 differing weeks start on 2025-10-06 \(all 10 weeks that do, none of the other 110\)\.$/,
      ],
      [
        (week) => void ((week.key.week ?? '') >= monday(9) && lose(week)),
        /^All 30 differing weeks start on 2025-11-03 or later \(all 30 weeks that do, none of the other 90\)\.$/,
      ],
    ];
    for (const [change, expected] of damage) {
      const weeks = universe();
      // When the rows were written is not known, so that it cannot be the pattern.
      for (const week of weeks) if (week.legacy) week.legacy.updated_at = null;
      weeks.forEach(change);
      const { sentences } = await originOf(weeks);
      assert.match(sentences[0] ?? '', expected);
    }
  });

  it('is deletes that were not followed, when nothing but orphans is found; their age says nothing about when that was', async () => {
    const weeks = universe();
    for (const [index, week] of weeks.entries()) if (index % 9 === 0) week.legacy = undefined;
    const { sentences } = await originOf(weeks, { start: '2026-01-05T09:30:00Z' });
    assert.deepEqual(sentences, [
      'In all 14 differing weeks something exists only on the normalized side, and nothing is missing or wrong: deletes or renames on the legacy side did not come through.',
    ]);
    for (const week of weeks) if (week.normalized) week.normalized.updated_at = '2026-02-01T00:00:00Z';
    const newer = await originOf(weeks, { start: '2026-01-05T09:30:00Z' });
    assert.match(newer.sentences[0] ?? '', /^All 14 differing weeks were last written after dual-writing began .*: the write path/);
  });

  it('says how many are older and how many newer where both are', async () => {
    const weeks = universe();
    for (const week of [3, 40, 77, 111].map((index) => at(weeks, index))) lose(week);
    const { sentences } = await originOf(weeks, { start: '2025-11-01T00:00:00Z' });
    assert.deepEqual(
      sentences[0],
      'Of 4 differing weeks, 3 were last written before dual-writing began on 2025-11-01 00:00 UTC (backfill gap) and 1 after (write path).',
    );
    const one = universe();
    lose(at(one, 3));
    assert.match(
      (await originOf(one, { start: '2025-11-01T00:00:00Z' })).sentences.join(),
      /^The differing week was last written before .*: a backfill gap, not the write path\.$/,
    );
  });

  it('is the migration, when what it wrote was touched by nobody since, and the dual-write has not begun', async () => {
    const weeks = universe();
    for (const week of weeks) {
      if (week.normalized) Object.assign(week.normalized, { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' });
      dropRecords(week, (habit) => habit === 'Read');
    }
    assert.match(
      (await originOf(weeks)).sentences[1] ?? '',
      /^All 120 differing weeks were last written before the migration brought them over: a backfill gap/,
    );
    // Touched since, saved since, or not known.
    for (const change of [
      { updated_at: '2026-01-02T00:00:00Z' },
      { created_at: '2025-09-02T00:00:00Z', updated_at: '2025-09-02T00:00:00Z' },
      { source_version: 'new_schema' },
    ]) {
      const others = structuredClone(weeks);
      for (const { normalized } of others) Object.assign(normalized ?? {}, change);
      assert.doesNotMatch((await originOf(others)).sentences.join(), /backfill gap|write path/);
    }
  });
});

describe('it is silent', () => {
  const silent = async (weeks: UniverseWeek[], options?: Parameters<typeof originOf>[1]) => assert.deepEqual((await originOf(weeks, options)).sentences, []);

  it('about what everything has in common, not only what differs', async () => {
    const oneChild = universe({ children: 1, weeks: 40 });
    for (const [index, week] of oneChild.entries()) if (index % 4 === 1) dropRecords(week, (habit, date) => (habit.length + Number(date.slice(-2))) % 3 === 0);
    await silent(oneChild);
    const oneDate = universe({ children: 40, weeks: 1 });
    for (const [index, week] of oneDate.entries()) if (index % 4 === 1) lose(week);
    await silent(oneDate);
    const onlyOddIds = universe({ oddIds: 6 });
    for (const [index, week] of onlyOddIds.entries())
      if (index % 5 === 1) dropRecords(week, (habit, date) => (habit.length + index + Number(date.slice(-2))) % 4 === 0);
    await silent(onlyOddIds);
  });

  it('about two weeks that happen to be of one child', async () => {
    const weeks = universe();
    for (const index of [14, 24]) lose(at(weeks, index));
    await silent(weeks);
  });

  it('about age when no row says when it was written, or most do not', async () => {
    const weeks = universe();
    for (const [index, week] of weeks.entries()) {
      if (index % 10 !== index % 7) continue;
      lose(week);
      if (week.legacy && index % 3 !== 0) week.legacy.updated_at = null;
    }
    await silent(weeks, { start: '2026-01-05T09:30:00Z' });
  });

  it('when the store does not answer, about everything that only the store could tell', async () => {
    const weeks = universe();
    for (const week of weeks) if (week.key.child === 'Child 4') dropRecords(week, (habit) => habit === 'Read');
    for (const error of [new ReadError('away'), new BudgetError()]) {
      const away = () => Promise.reject(error);
      const told = { dualWriteStart: away, countOfGroup: away, countOfStarts: away, countWrittenSince: away };
      const { sentences } = await originOf(weeks, { told });
      assert.equal(sentences.length, 2);
      assert.match(sentences[0] ?? '', /^All 60 missing records belong to habits named/);
      assert.match(sentences[1] ?? '', /^In all 12 differing weeks something is missing/);
    }
  });

  it('does not hide a fault of its own as silence', async () => {
    const weeks = universe();
    lose(at(weeks, 0));
    await assert.rejects(originOf(weeks, { told: { dualWriteStart: () => Promise.reject(new TypeError('a fault')) } }), TypeError);
  });
});

describe('whatever the data is', () => {
  const size = fc.record({ children: fc.integer({ min: 2, max: 12 }), weeks: fc.integer({ min: 2, max: 12 }) });

  it('unrelated drift has no pattern, but for about one case in a hundred for each kind that is looked for', async () => {
    let cases = 0;
    let patterns = 0;
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 3, max: 40 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (of, percent, random) => {
        const weeks = universe(of);
        const draw = (): boolean => (random.next().value ?? 0) < percent / 100;
        for (const week of weeks) {
          if (week.legacy) week.legacy.updated_at = `2025-10-${String(10 + Math.floor((random.next().value ?? 0) * 20))}T10:00:00+00:00`;
          if (draw()) dropRecords(week, () => draw());
          if (draw() && week.normalized) week.normalized.theme = 'Summer';
          const [isLost, isLeftOver] = [draw(), draw()];
          if (isLost) lose(week);
          else if (isLeftOver) week.legacy = undefined;
        }
        const { sentences, differing } = await originOf(weeks);
        cases += differing > 0 ? 1 : 0;
        patterns += sentences.filter((sentence) => /^All|^\d/.test(sentence)).length;
      }),
      { numRuns: 120, seed: 20_251_014 },
    );
    assert.ok(cases > 110 && patterns <= 6, `${patterns} patterns in ${cases} cases`);
  });

  it('a pattern that was planted is the first that is told, with its true numbers', async () => {
    const kinds = fc.constantFrom('habit', 'child', 'week', 'day', 'id');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5, max: 10 }), fc.integer({ min: 5, max: 10 }), fc.nat(4), fc.nat(4), kinds, async (children, count, a, b, kind) => {
        const weeks = universe({ children, weeks: count });
        const name = at(['Tidy', 'Sing', 'Draw', 'Sleep', 'Tidy'], a);
        const day = addDays(monday(a), b);
        let lost = 0;
        for (const week of weeks) {
          const before = week.normalized?.habits.reduce((sum, habit) => sum + habit.habit_records.length, 0) ?? 0;
          if (kind === 'habit') dropRecords(week, (habit) => habit === name);
          if (kind === 'id') dropRecords(week, (habit) => habit === 'Read' || habit === 'Swim');
          if (kind === 'day') dropRecords(week, (_, date) => date === day);
          if (kind === 'child' && week.key.child === `Child ${a}`) lose(week);
          if (kind === 'week' && week.key.week === monday(a)) lose(week);
          lost += before - (week.normalized?.habits.reduce((sum, habit) => sum + habit.habit_records.length, 0) ?? 0);
          if (week.legacy) week.legacy.updated_at = null;
        }
        const { sentences } = await originOf(weeks);
        const expected = {
          habit: `All ${lost} missing records belong to habits named “<${name}>” (all ${children * count} `,
          id: `All ${lost} missing records belong to habits whose id is a millisecond timestamp (all ${2 * children * count} `,
          day: `All ${lost} missing records are of one day, ${day} (all ${lost} records`,
          child: `All ${count} differing weeks are of one child, “<Child ${a}>” (all ${count} weeks of this child, none of the other ${(children - 1) * count}).`,
          week: `All ${children} differing weeks start on ${monday(a)} (all ${children} weeks that do, none of the other ${children * (count - 1)}).`,
        }[kind];
        assert.ok(
          sentences.some((sentence) => sentence.replaceAll(',', '').startsWith(expected.replaceAll(',', ''))),
          `${expected}\n${sentences.join('\n')}`,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('a sample is judged by itself: the store is asked nothing but when dual-writing began', async () => {
    const weeks = universe().filter((_, index) => index % 3 !== 0);
    for (const week of weeks) if (week.key.child === 'Child 4') lose(week);
    const asked = () => Promise.reject(new TypeError('asked'));
    const { sentences } = await originOf(weeks, { mode: 'sample', told: { countOfGroup: asked, countOfStarts: asked, countWrittenSince: asked } });
    assert.equal(sentences[0], 'All 8 differing weeks are of one child, “<Child 4>” (all 8 weeks of this child, none of the other 72).');
  });

  it('a name is a pseudonym, and revealed it can do nothing', async () => {
    for (const hostile of ['Tidy', ...hostileTexts.filter((text) => text.trim() !== '')]) {
      const weeks = universe({ children: 4, weeks: 4 });
      for (const week of weeks) {
        const elements = JSON.parse(week.legacy?.habits ?? '[]') as { name: string }[];
        for (const habit of [...elements, ...(week.normalized?.habits ?? [])]) if (habit.name === 'Tidy') habit.name = hostile;
        if (week.legacy) week.legacy.habits = JSON.stringify(elements);
        dropRecords(week, (habit) => habit === hostile);
      }
      const hidden = await originOf(weeks, { names: createPseudonyms('sb_secret_synthetic', false) });
      // What one family calls a habit must not be comparable with what another one does.
      assert.match(
        hidden.sentences[0] ?? '',
        /^All 80 missing records belong to habits with the same name, which several children use \(all 16 in these weeks, none of the other 80\)\.$/,
      );
      const shown = await originOf(weeks, { names: createPseudonyms('sb_secret_synthetic', true) });
      assert.match(
        quotesAsCode(shown.sentences[0] ?? ''),
        /^All 80 missing records belong to habits named `[^`\n|]*` \(all 16 in these weeks, none of the other 80\)\.$/,
      );
    }
  });

  it('shows the pseudonym of a name that one child alone has, as its findings do', async () => {
    const weeks = universe({ children: 4, weeks: 12 });
    const own = weeks.filter(({ key }) => key.child === 'Child 0');
    for (const week of own) {
      const elements = JSON.parse(week.legacy?.habits ?? '[]') as { name: string }[];
      for (const habit of [...elements, ...(week.normalized?.habits ?? [])]) if (habit.name === 'Tidy') habit.name = 'Feed the cat';
      if (week.legacy) week.legacy.habits = JSON.stringify(elements);
      dropRecords(week, (habit) => habit === 'Feed the cat');
    }
    const names = createPseudonyms('sb_secret_synthetic', false);
    const { sentences } = await originOf(weeks, { names });
    const [first] = own;
    assert.ok(
      first && sentences.some((sentence) => sentence.includes(`belong to habits named “${names.text('Feed the cat', groupOfChild(first.key))}” (`)),
      sentences.join('\n'),
    );
  });
});
