import type { Finding, PastRun, Report } from '../../../src/report/report.ts';
import { at, derived, referenceReport } from '../reports.ts';
import { childOf, weekOf } from '../../places.ts';

/** A calendar date `days` after Monday, 2025-01-06. */
const date = (days: number): string => new Date(Date.UTC(2025, 0, 6 + days)).toISOString().slice(0, 10);

const pastRun = (index: number): PastRun => {
  const verdict = index < 9 ? 'in-sync' : index === 14 ? 'unknown' : 'drift';
  const differing = verdict === 'drift' ? Math.min(12, index - 8) : 0;
  return {
    at: new Date(Date.UTC(2025, 10, 15, 6 * index, 17)).toISOString(),
    verdict,
    severity: verdict === 'drift' ? (index < 12 ? 'medium' : index < 18 ? 'high' : 'critical') : 'none',
    rate: differing / 18,
    findings: differing * 14,
    differing,
    compared: verdict === 'unknown' ? 0 : 18,
    population: 18,
  };
};

/** The reference case with everything that a page can tell beside the findings. */
export const tellingReport = (): Report => ({
  ...referenceReport(),
  origin: [
    'All 165 missing records are in habits whose id is a millisecond timestamp.',
    'All of them are older than the start of dual-writing on 2025-11-01: a gap of the backfill, not of the write path.',
  ],
  trend: Array.from({ length: 24 }, (_, index) => pastRun(index)),
  cutover: { ready: false, reasons: ['12 in-sync runs in a row are needed, and the last run found drift.', 'No failure may be open, and 3 are.'] },
  accepted: [
    {
      reason: 'Lost before the move, agreed with support',
      by: 'octocat',
      until: '2026-03-01',
      what: 'theme of weeks before 2025-10-01',
      state: 'active',
      findings: 3,
      weeks: 2,
    },
    { reason: 'A test family', by: 'octocat', until: '2025-10-01', what: 'child-1a2b3c4d', state: 'expired', findings: 1, weeks: 1 },
    { reason: 'Both sides were edited', by: 'hubot', until: '2026-01-01', what: 'child-5e6f7a8b', state: 'unmatched', findings: 0, weeks: 0 },
  ],
  health: [
    { check: 'pending constraints', status: 'failing', severity: 'low', detail: '2 of 9 are not valid yet' },
    { check: 'error rate', status: 'ok', severity: 'none', detail: '0% of 1,200 requests' },
  ],
});

const kinds: readonly Pick<Finding, 'type' | 'kind' | 'severity' | 'level'>[] = [
  { type: 'MISSING_RECORD', kind: 'missing', severity: 'critical', level: 'records' },
  { type: 'DATA_MISMATCH', kind: 'mismatch', severity: 'medium', level: 'records' },
  { type: 'ORPHAN_WEEK', kind: 'orphan', severity: 'high', level: 'weeks' },
  { type: 'MISSING_WEEK', kind: 'missing', severity: 'critical', level: 'weeks' },
  { type: 'DUPLICATE_WEEK', kind: 'duplicate', severity: 'high', level: 'weeks' },
  { type: 'MALFORMED_LEGACY', kind: 'malformed', severity: 'medium', level: 'habits' },
  { type: 'AMBIGUOUS_OWNER', kind: 'ambiguous-owner', severity: 'medium', level: 'weeks' },
  { type: 'MISSING_CHILD', kind: 'missing', severity: 'critical', level: 'children' },
];

/** The name of the child that differs from week 20 on. */
export const lateChild = 'child-00000003';
/** The week in which every child has lost everything. */
export const lostWeek = date(7 * 44);

/**
 * 60 children and 52 weeks of every kind of finding: one child that differs from a week on, one week that all have
 * lost, records missing everywhere in the last weeks, and a little of everything.
 */
export function patternReport(): Report {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
  const kindFor = (child: number, week: number): (typeof kinds)[number] | undefined => {
    if (child === 3) return week >= 20 ? kinds[1] : undefined;
    if (week === 44) return kinds[3];
    if (week >= 47) return random() < 0.7 ? kinds[0] : undefined;
    return random() < 0.04 ? kinds[Math.floor(random() * kinds.length)] : undefined;
  };
  const findings: Finding[] = [];
  for (let child = 0; child < 60; child += 1) {
    for (let week = 0; week < 52; week += 1) {
      const kind = kindFor(child, week);
      if (!kind) continue;
      const cells = kind.level === 'records' ? 1 + Math.floor(random() * 4) : 1;
      for (let cell = 0; cell < cells; cell += 1) {
        const days = 7 * week + cell;
        const place =
          kind.level === 'records' ? ['habits', `text(4, 0000000${child % 4})`, date(days)] : kind.level === 'habits' ? [`habits[${cell}].times`] : null;
        findings.push({
          ...kind,
          ...at(`child-${child.toString(16).padStart(8, '0')}`, date(7 * week)),
          place,
          legacy: kind.type === 'ORPHAN_WEEK' ? null : 'green',
          normalized: kind.type === 'DATA_MISMATCH' ? 'red' : kind.type === 'ORPHAN_WEEK' ? 'red' : null,
          rowIds: { habit_tracker: [String(1000 + child * 52 + week)] },
        });
      }
    }
  }
  const weeks = new Set(findings.map((finding) => `${childOf(finding)} ${weekOf(finding)}`)).size;
  return {
    ...referenceReport(),
    drift: { rate: weeks / 3120, upperBound: weeks / 3120, differing: weeks, compared: 3120, population: 3120 },
    findings,
    findingsTotal: findings.length,
    findingsByType: Object.fromEntries([...Map.groupBy(findings, ({ type }) => type)].map(([type, all]) => [type, all.length])),
    ...derived(findings),
  };
}

/** 3,000 weeks of 60 children, all of them lost. */
export function lostReport(): Report {
  const findings = Array.from({ length: 3_000 }, (_, index): Finding => ({
    type: 'MISSING_WEEK',
    kind: 'missing',
    severity: 'critical',
    level: 'weeks',
    ...at(`child-${(index % 60).toString(16).padStart(8, '0')}`, date(7 * Math.floor(index / 60))),
    place: null,
    legacy: date(7 * Math.floor(index / 60)),
    normalized: null,
    rowIds: { habit_tracker: [String(1 + index)] },
  }));
  return {
    ...referenceReport(),
    drift: { rate: 1, upperBound: 1, differing: 3_000, compared: 3_000, population: 3_000 },
    findings,
    findingsTotal: findings.length,
    findingsByType: { MISSING_WEEK: findings.length },
    ...derived(findings),
  };
}
