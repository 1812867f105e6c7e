import { repairSteps } from '../../src/pair/declared/repair.ts';
import { words } from '../../src/pair/declared/words.ts';
import type { Finding, Report } from '../../src/report/report.ts';
import { derived, syncedReport } from './reports.ts';

/** Reports of a pair that a file declares: rows of entities, each with a key of its own. */

const synced: Report = {
  ...syncedReport(),
  pair: 'board-app',
  words,
  drift: { rate: 0, upperBound: 0, differing: 0, compared: 5000, population: 5000 },
  counts: [
    { level: 'posts', legacy: 4000, expected: 4000, normalized: 4000, difference: 0 },
    { level: 'likes', legacy: 1000, expected: 1000, normalized: 1000, difference: 0 },
  ],
  entities: [
    { name: 'posts', compared: 4000, population: 4000, differing: 0, rate: 0, upperBound: 0 },
    { name: 'likes', compared: 1000, population: 1000, differing: 0, rate: 0, upperBound: 0 },
  ],
  reads: { legacy: 5012, normalized: 5000 },
  pseudonymKeyId: '0123456789abcdef',
  skipped: [],
  sourceVersions: {},
};

const at = (level: string, key: Finding['key']) => ({ level, key, place: null, legacy: null, normalized: null, rowIds: {} });

/** Ten titles that differ, two likes that are missing and one left over. */
const findings: readonly Finding[] = [
  ...['u1', 'u2'].map((user): Finding => ({
    ...at('likes', { post_id: 'JqK4nYw0zXkQ8vBdR2tL', user_id: `key-0a1b2c3${user.at(-1)}` }),
    type: 'MISSING_ROW',
    kind: 'missing',
    severity: 'critical',
    rowIds: { legacy: [`boards/b1/posts/JqK4nYw0zXkQ8vBdR2tL/likes/key-0a1b2c3${user.at(-1)}`], normalized: [] },
  })),
  {
    ...at('likes', { post_id: 'JqK4nYw0zXkQ8vBdR2tL', user_id: 'key-99999999' }),
    type: 'ORPHAN_ROW',
    kind: 'orphan',
    severity: 'high',
    rowIds: { legacy: [], normalized: ['812'] },
  },
  { ...at('likes', null), type: 'COUNT_MISMATCH', kind: 'count', severity: 'high', legacy: 1000, normalized: 999 },
  ...Array.from({ length: 10 }, (_, index): Finding => ({
    ...at('posts', { id: String(100 + index) }),
    type: 'DATA_MISMATCH',
    kind: 'mismatch',
    severity: 'medium',
    place: ['title'],
    legacy: `text(5, 0000000${index})`,
    normalized: null,
    rowIds: { legacy: [`boards/b1/posts/${100 + index}`], normalized: [String(100 + index)] },
  })),
];

const findingsByType = { COUNT_MISMATCH: 1, DATA_MISMATCH: 10, MISSING_ROW: 2, ORPHAN_ROW: 1 };

export const syncedRows = (): Report => structuredClone(synced);

export function driftOfRows(change: Partial<Report> = {}): Report {
  return {
    ...syncedRows(),
    verdict: 'drift',
    severity: 'critical',
    drift: { rate: 0.003, upperBound: 0.003, differing: 13, compared: 5000, population: 5000 },
    counts: synced.counts.map((count) => (count.level === 'likes' ? { ...count, normalized: 999, difference: -1 } : count)),
    entities: [
      { name: 'posts', compared: 4000, population: 4000, differing: 10, rate: 0.0025, upperBound: 0.0025 },
      { name: 'likes', compared: 1000, population: 1000, differing: 3, rate: 0.003, upperBound: 0.003 },
    ],
    notCompared: { posts: { legacy: ['searchTokens', 'pinned'], normalized: [] }, likes: { legacy: [], normalized: ['updated_at'] } },
    health: [{ check: 'history', status: 'warning', severity: 'low', detail: 'The record of earlier runs could not be read.' }],
    remarks: ['Entity posts: no row of the legacy side has the field subtitle, which subtitle is compared with.'],
    findings,
    findingsTotal: findings.length,
    findingsByType,
    ...derived(findings),
    repair: repairSteps(' --pair board-app', ['posts', 'likes'], { findings, findingsByType, health: [], since: undefined }),
    ...change,
  };
}

/** Only what was written lately was looked at, and agrees. */
export const recentRows = (compared: number): Report => ({
  ...syncedRows(),
  mode: 'recent',
  drift: { rate: 0, upperBound: 0, differing: 0, compared, population: compared },
  counts: [],
  entities: [{ name: 'posts', compared, population: compared, differing: 0, rate: 0, upperBound: 0 }],
});
