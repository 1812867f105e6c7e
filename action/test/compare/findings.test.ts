import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Difference, Key } from '../../src/document/document.ts';
import { keyOf, type WeekKey } from '../../src/pair/habit-tracker/shape.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { compareFindings, createFindings } from '../../src/compare/findings.ts';
import { childOf, weekOf } from '../places.ts';
import { maxFindings } from '../../src/report/report.ts';
import { createMemoryPair } from '../pair/memory-pair.ts';

const pair = createMemoryPair({ legacy: [], normalized: { children: [], weeks: [], habits: [], habit_records: [] } }, 'skip');
const key = (change: Partial<WeekKey> = {}): Key => keyOf({ owner: 'user', child: 'Mia', week: '2025-10-13', ...change });
const difference = (change: Partial<Difference>): Difference => ({
  kind: 'mismatch',
  level: 'weeks',
  key: key(),
  path: ['theme'],
  legacy: null,
  normalized: null,
  rowIds: {},
  ...change,
});
const collect = (reveal: boolean, ...differences: readonly Difference[]) => {
  const findings = createFindings(createPseudonyms('sb_secret_key', reveal));
  for (const one of differences) findings.add(one, pair);
  return findings;
};

describe('findings', () => {
  it('show dates, statuses and field names, and pseudonyms for everything else', () => {
    const text = (value: string) => ({ text: value, readable: false });
    const [first, second, third] = collect(
      false,
      difference({ legacy: text('Sea'), normalized: text('Lake') }),
      difference({ level: 'records', path: ['habits', 'Swim', '2025-10-14'], legacy: { text: 'green', readable: true }, normalized: text('purple') }),
      difference({ kind: 'orphan', level: 'habits', path: ['habits', 'Sing'], normalized: { text: '', readable: true } }),
    ).list();
    assert.match(first?.place?.join('/') ?? '', /^habits\/text\(4, [0-9a-f]{8}\)$/);
    assert.match(second?.place?.join('/') ?? '', /^habits\/text\(4, [0-9a-f]{8}\)\/2025-10-14$/);
    assert.equal(second?.legacy, 'green');
    assert.match(String(second?.normalized), /^text\(6, [0-9a-f]{8}\)$/);
    assert.deepEqual([third?.place?.join(), String(third?.legacy).slice(0, 8), String(third?.normalized).slice(0, 8)], ['theme', 'text(3, ', 'text(4, ']);
  });

  it('come in the order of severity, child, week and path, whatever order they were found in', () => {
    const all = ['2025-10-20', '2025-10-13'].flatMap((week) =>
      ['Noa', 'Mia'].flatMap((child) => [
        difference({ key: key({ child, week }), path: ['theme'] }),
        difference({ key: key({ child, week }), path: ['reward'] }),
        difference({ kind: 'missing', level: 'weeks', key: key({ child, week }), path: null }),
        difference({ kind: 'duplicate', key: key({ child, week }), path: null }),
      ]),
    );
    const list = collect(true, ...all).list();
    assert.deepEqual(collect(true, ...all.toReversed()).list(), list);
    assert.deepEqual(list.toSorted(compareFindings), list);
    assert.deepEqual(list.map((finding) => [finding.severity, childOf(finding), weekOf(finding), finding.place].join(' ')).slice(8, 12), [
      'medium Mia 2025-10-13 reward',
      'medium Mia 2025-10-13 theme',
      'medium Mia 2025-10-20 reward',
      'medium Mia 2025-10-20 theme',
    ]);
    assert.deepEqual(
      list.slice(0, 8).map(({ severity }) => severity),
      ['critical', 'critical', 'critical', 'critical', 'high', 'high', 'high', 'high'],
    );
  });

  it('say of a missing child once that it is missing, with its first week and all of its rows', () => {
    const missing = (week: string, ids: string[], child = 'Mia') =>
      difference({ kind: 'missing', level: 'children', key: key({ week, child }), path: null, rowIds: { habit_tracker: ids } });
    const findings = collect(
      true,
      missing('2025-10-20', ['2']),
      missing('2025-10-13', ['1', '9']),
      missing('2025-10-13', ['4'], 'Noa'),
      missing('2025-11-03', ['3']),
    );
    assert.deepEqual(
      findings.list().map((finding) => [finding.type, childOf(finding), weekOf(finding), finding.rowIds['habit_tracker']]),
      [
        ['MISSING_CHILD', 'Mia', '2025-10-13', ['1', '2', '3', '9']],
        ['MISSING_CHILD', 'Noa', '2025-10-13', ['4']],
      ],
    );
    assert.deepEqual([findings.total(), findings.byType()], [2, { MISSING_CHILD: 2 }]);
  });

  it('are counted beyond the 10,000 that are kept, which are the most severe ones', () => {
    const findings = createFindings(createPseudonyms('sb_secret_key', true));
    for (let index = 0; index < 25_000; index += 1) {
      findings.add(difference({ key: key({ child: `Kind ${index}` }) }), pair);
      if (index % 1000 === 0) findings.add(difference({ kind: 'missing', level: 'weeks', key: key({ child: `Kind ${index}` }), path: null }), pair);
    }
    const list = findings.list();
    assert.deepEqual([list.length, findings.total(), findings.byType()], [maxFindings, 25_025, { DATA_MISMATCH: 25_000, MISSING_WEEK: 25 }]);
    assert.deepEqual(
      list
        .slice(0, 26)
        .map(({ type }) => type)
        .filter((type) => type === 'MISSING_WEEK').length,
      25,
    );
    assert.deepEqual(list.toSorted(compareFindings), list);
  });

  it('are forgotten when the reading turns out not to be trustworthy', () => {
    const findings = collect(true, difference({}), difference({ kind: 'missing', level: 'children', path: null }));
    findings.clear();
    assert.deepEqual([findings.list(), findings.total(), findings.byType()], [[], 0, {}]);
  });
});
