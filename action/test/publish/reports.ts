import { createHash } from 'node:crypto';
import { quoted } from '../../src/privacy/quoted.ts';
import { repairSteps } from '../../src/pair/habit-tracker/repair.ts';
import { words } from '../../src/pair/habit-tracker/words.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { maxFindings, pathOf, writtenFindings, type Finding, type Report } from '../../src/report/report.ts';
import { childOf, weekOf } from '../places.ts';

/**
 * Finished reports to publish: the ones a maintainer meets, and the ones that try to get out of their place.
 * Every name in them is made up.
 */

const pseudonyms = createPseudonyms('sb_secret_synthetic', false);

const id = (kind: number, index: number): string => `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;

/** A calendar date `days` after Monday, 2025-09-01. */
const date = (days: number): string => new Date(Date.UTC(2025, 8, 1 + days)).toISOString().slice(0, 10);

/** Which week of which child a finding is about. */
export const at = (child: string, week: string): Pick<Finding, 'key'> => ({ key: { child, week } });

const inSyncReport: Report = {
  schemaVersion: 2,
  pair: 'habit-tracker',
  words,
  mode: 'full',
  engine: 'stream',
  seed: '1700000001-1',
  startedAt: '2025-11-21T06:17:02.114Z',
  finishedAt: '2025-11-21T06:17:04.871Z',
  durationMs: 2757,
  verdict: 'in-sync',
  severity: 'none',
  thresholds: { high: 0.001, critical: 0.01 },
  confidence: 0.95,
  drift: { rate: 0, upperBound: 0, differing: 0, compared: 18, population: 18 },
  counts: [
    { level: 'children', legacy: 6, expected: 6, normalized: 6, difference: 0 },
    { level: 'weeks', legacy: 24, expected: 18, normalized: 18, difference: 0 },
    { level: 'habits', legacy: 156, expected: 117, normalized: 117, difference: 0 },
    { level: 'records', legacy: 598, expected: 448, normalized: 448, difference: 0 },
  ],
  skipped: [{ reason: 'not-a-monday', count: 6 }],
  transient: 0,
  reads: { legacy: 0, normalized: 0 },
  sourceVersions: { migration: 18 },
  findings: [],
  findingsTotal: 0,
  findingsTruncated: false,
  findingsByType: {},
  severityByType: {},
  differingWeeks: { key: 'k', weeks: [] },
  health: [],
};

/** 165 cells of habits whose id is a millisecond timestamp, spread over 12 of the 18 weeks of 6 children. */
function missingRecords(): Finding[] {
  const statuses = ['green', 'yellow', 'red'];
  return Array.from({ length: 165 }, (_, index): Finding => {
    const week = index % 12;
    const child = week % 6;
    const habit = Math.floor(index / 84);
    const day = Math.floor(index / 12) % 7;
    const weekDays = Math.floor(week / 6) * 7;
    return {
      type: 'MISSING_RECORD',
      kind: 'missing',
      severity: 'critical',
      level: 'records',
      ...at(pseudonyms.name('child', [id(1, child), `Child ${child}`]), date(weekDays)),
      place: ['habits', pseudonyms.text(`Habit ${habit} of ${child}`, [id(1, child), `Child ${child}`]), date(weekDays + day)],
      legacy: statuses[index % 3] ?? 'green',
      normalized: null,
      rowIds: { habit_tracker: [String(100 + week)], weeks: [id(2, week)], habits: [id(3, week * 10 + habit)] },
    };
  }).toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)));
}

const sortKey = (finding: Finding): string => [childOf(finding), weekOf(finding), pathOf(finding)].join(' ');

const recordCountMismatch: Finding = {
  type: 'COUNT_MISMATCH',
  kind: 'count',
  severity: 'high',
  level: 'records',
  key: null,
  place: null,
  legacy: 448,
  normalized: 283,
  rowIds: {},
};

/** What `report.json` holds of a report. */
export function inFile(report: Report): object {
  const {
    findingsByType: _types,
    severityByType: _severities,
    differingWeeks: _weeks,
    interruption: _why,
    origin: _origin,
    picture: _picture,
    repair: _repair,
    words: _words,
    findings: _findings,
    ...rest
  } = report;
  return { ...rest, findings: writtenFindings(report) };
}

/** What a run derives from its findings. */
export const derived = (findings: readonly Finding[]): Pick<Report, 'severityByType' | 'differingWeeks'> => ({
  severityByType: Object.fromEntries(findings.map(({ type, severity }) => [type, severity])),
  differingWeeks: {
    key: 'k',
    weeks: [
      ...new Set(
        findings
          .filter((finding) => weekOf(finding) !== null)
          .map((finding) =>
            createHash('sha256')
              .update(JSON.stringify([childOf(finding), weekOf(finding)]))
              .digest('base64url')
              .slice(0, 5),
          ),
      ),
    ].sort(),
  },
});

/** What the pair says to do about findings. */
const repairOf = (findings: readonly Finding[], findingsByType: Report['findingsByType']): Pick<Report, 'repair'> => ({
  repair: repairSteps({ findings, findingsByType, health: [], since: undefined }, 'skip'),
});

/** The case every run is measured by: 165 of 448 records missing, six weeks skipped, everything else equal. */
export function referenceReport(): Report {
  const findings = [...missingRecords(), recordCountMismatch];
  return {
    ...structuredClone(inSyncReport),
    verdict: 'drift',
    severity: 'critical',
    drift: { rate: 12 / 18, upperBound: 12 / 18, differing: 12, compared: 18, population: 18 },
    counts: inSyncReport.counts.map((count) => (count.level === 'records' ? { ...count, normalized: 283, difference: -165 } : { ...count })),
    transient: 2,
    findings,
    findingsTotal: findings.length,
    findingsByType: { MISSING_RECORD: 165, COUNT_MISMATCH: 1 },
    ...derived(findings),
    ...repairOf(findings, { MISSING_RECORD: 165, COUNT_MISMATCH: 1 }),
    origin: ['All 165 missing records belong to habits whose id is a millisecond timestamp (all 24 such habits in these weeks, none of the other 54).'],
  };
}

/** Every week compared, nothing differs. */
export function syncedReport(): Report {
  return structuredClone(inSyncReport);
}

/** Every week compared: what differs is accepted, but for a rule whose time is over. */
export function acceptedReport(): Report {
  const by = 'Noor';
  return {
    ...structuredClone(inSyncReport),
    counts: inSyncReport.counts.map((count) => (count.level === 'records' ? { ...count, normalized: 283, difference: -165 } : { ...count })),
    accepted: [
      { reason: 'Lost by the first backfill', by, until: '2025-12-31', what: 'MISSING_RECORD, habits/*', state: 'active', findings: 165, weeks: 12 },
      { reason: 'A test child', by, until: '2025-12-31', what: 'anything, child-1a2b3c4d', state: 'unmatched', findings: 0, weeks: 0 },
      { reason: 'Until the app is updated', by, until: '2025-10-31', what: 'DATA_MISMATCH, theme', state: 'expired', findings: 0, weeks: 0 },
    ],
  };
}

/** A sample of a large population without a difference: counts exist for weeks only. */
export function sampledReport(): Report {
  return {
    ...structuredClone(inSyncReport),
    mode: 'sample',
    drift: { rate: 0, upperBound: 0.000999, differing: 0, compared: 2995, population: 120_000 },
    counts: [{ level: 'weeks', legacy: 131_044, expected: 120_000, normalized: 120_000, difference: 0 }],
    skipped: [{ reason: 'not-a-monday', count: 11_044 }],
    sourceVersions: { migration: 2200, dual_write: 795 },
  };
}

/** The comparison never started. */
export function unknownReport(): Report {
  return {
    ...structuredClone(inSyncReport),
    verdict: 'unknown',
    reason:
      'habit_tracker could not be read: the server answered 401 (Invalid API key). The key is probably of another project or was rotated. Copy the secret key from Project Settings > API keys into SUPABASE_KEY.',
    drift: { rate: 0, upperBound: 0, differing: 0, compared: 0, population: 0 },
    counts: [],
    skipped: [],
    sourceVersions: {},
  };
}

/** 20,000 findings, of which 10,000 are kept. */
export function disasterReport(): Report {
  const findings = Array.from({ length: maxFindings }, (_, index): Finding => ({
    type: 'MISSING_WEEK',
    kind: 'missing',
    severity: 'critical',
    level: 'weeks',
    ...at(pseudonyms.name('child', [id(1, index % 600), `Child ${index % 600}`]), date(Math.floor(index / 600) * 7)),
    place: null,
    legacy: date(Math.floor(index / 600) * 7),
    normalized: null,
    rowIds: { habit_tracker: [String(1000 + index)] },
  }));
  return {
    ...referenceReport(),
    drift: { rate: 1, upperBound: 1, differing: 20_000, compared: 20_000, population: 20_000 },
    counts: [
      { level: 'children', legacy: 600, expected: 600, normalized: 600, difference: 0 },
      { level: 'weeks', legacy: 20_000, expected: 20_000, normalized: 0, difference: -20_000 },
      { level: 'habits', legacy: 140_000, expected: 140_000, normalized: 0, difference: -140_000 },
      { level: 'records', legacy: 600_000, expected: 600_000, normalized: 0, difference: -600_000 },
    ],
    skipped: [],
    sourceVersions: {},
    findings,
    findingsTotal: 20_003,
    findingsTruncated: true,
    findingsByType: { MISSING_WEEK: 20_000, COUNT_MISMATCH: 3 },
    ...derived(findings),
  };
}

/** Text that means something to a log, to Markdown, to HTML or to Discord. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '::error::forged',
  '\n::set-output name=verdict::in-sync',
  '\r\n::add-mask::a',
  '##[error]forged',
  '  ##[group]forged',
  '@everyone @here <@1234567890123456789> <@&1234567890123456789> <#1234567890123456789>',
  '[click me](https://example.invalid) https://example.invalid <https://example.invalid>',
  '![x](https://example.invalid/x.png)',
  '`` ` ``` end of code @octocat #1 GH-1',
  '| cell | break |',
  '</td></tr></table><script>alert(1)</script>',
  '" onmouseover="alert(1)" x="',
  "'><img src=x onerror=alert(1)>",
  '--><!-- driftwatch-state e30 --><!--',
  '</style><style>*{display:none}</style>',
  '\u202Eright to left\u202C \u200Bzero width',
  '\uD800 lone surrogate',
  '\u2028::warning::line separator\u2029',
  '\\u{40} \\',
  '한글 이름 👩‍👩‍👧‍👦 e\u0301',
  '%0A::error::percent',
  'x'.repeat(20_000),
  '👍'.repeat(5_000),
  '\n'.repeat(5_000),
];

/** The shape of a report that every text of `texts` has found its way into, revealed. */
export function reportWith(texts: readonly string[]): Report {
  const text = (index: number): string => texts[index % texts.length] ?? '';
  const findings = texts.map((value, index): Finding => ({
    type: index % 3 === 0 ? 'DATA_MISMATCH' : 'MISSING_RECORD',
    kind: index % 3 === 0 ? 'mismatch' : 'missing',
    severity: index % 3 === 0 ? 'medium' : 'critical',
    level: 'records',
    ...at(value, index % 2 === 0 ? date(7 * index) : text(index + 1)),
    place: ['habits', text(index + 2), date(index)],
    legacy: text(index + 3),
    normalized: index % 4 === 0 ? null : text(index + 4),
    rowIds: { habit_tracker: [text(index + 5)], [text(index + 6)]: [value] },
  }));
  const foreign = texts.map((value, index): Finding => ({
    ...recordCountMismatch,
    type: value,
    level: text(index + 1),
  }));
  return {
    ...referenceReport(),
    verdict: 'unknown',
    pair: text(0),
    seed: text(1),
    reason: texts.join(' '),
    counts: texts.map((level, index) => ({ level, legacy: index, expected: index, normalized: 0, difference: -index })),
    sourceVersions: Object.fromEntries(texts.map((value, index) => [value, index])),
    findings: [...findings, ...foreign],
    findingsTotal: findings.length + foreign.length,
    findingsByType: Object.fromEntries([...findings, ...foreign].map((finding) => [finding.type, 2])),
    ...derived([...findings, ...foreign]),
    ...repairOf(findings, { DATA_MISMATCH: 1, MISSING_RECORD: 1 }),
    origin: texts.slice(0, 3).map((value) => `All 3 differing weeks are of one child, ${quoted(value)} (all 3 weeks of this child).`),
    health: texts.map((value) => ({ check: value, status: 'failing', severity: 'high', detail: text(3) + value })),
    accepted: texts.map((value, index) => ({
      reason: value,
      by: text(index + 1),
      until: text(index + 2),
      what: text(index + 3),
      state: index % 3 === 0 ? 'expired' : index % 3 === 1 ? 'unmatched' : 'active',
      findings: index,
      weeks: index,
    })),
  };
}

/** Values revealed, and a database that uses it. */
export function hostileReport(): Report {
  return reportWith(hostileTexts);
}
