import { count, number, percent, percentAtMost } from '../report/numbers.ts';
import type { AcceptedRule, Finding, Report } from '../report/report.ts';

/**
 * The report in plain words, for the channels that do not speak Markdown. Nothing here holds text from a database:
 * numbers and fixed words only.
 */

/** What a side has, as text that is not inert yet; `nothing` where it has none. */
export const sideText = (value: Finding['legacy']): string => (value === null ? 'nothing' : String(value));

/** `18 of 18 weeks compared` */
export function coverage({ drift, mode }: Report): string {
  const how = mode === 'sample' ? 'sampled' : 'compared';
  return `${number(drift.compared)} of ${count(drift.population, 'week')} ${how}`;
}

/** How many differences rules put up with. */
export const acceptedTotal = ({ accepted = [] }: Report): number =>
  accepted.filter(({ state }) => state === 'active').reduce((sum, { findings }) => sum + findings, 0);

/** The verdict in a few words. */
export function headline(report: Report): string {
  if (report.verdict === 'unknown') return 'Unknown: the comparison could not be finished';
  if (report.verdict === 'drift') return `Drift, ${report.severity}`;
  const accepted = acceptedTotal(report);
  return accepted === 0 ? 'In sync' : `In sync, except for ${count(accepted, 'accepted difference')}`;
}

/** What a verdict of `in-sync` says about the rest. */
export const nothingDiffers = (report: Report): string => (acceptedTotal(report) === 0 ? 'nothing differs' : 'nothing else differs');

/** What an accepted rule has come to. */
export const ruleStates: Readonly<Record<AcceptedRule['state'], string>> = {
  active: 'accepted',
  expired: 'expired: counts again',
  unmatched: 'matches nothing any more',
};

/** Those that somebody has to look after first. */
export const rulesByState = ({ accepted = [] }: Report): AcceptedRule[] =>
  (['expired', 'unmatched', 'active'] as const).flatMap((state) => accepted.filter((rule) => rule.state === state));

/** What is accepted, and what no longer is; empty without any. */
export function acceptedNotes(report: Report): string[] {
  const total = acceptedTotal(report);
  const expired = (report.accepted ?? []).filter(({ state }) => state === 'expired');
  const again = expired.reduce((sum, { findings }) => sum + findings, 0);
  const idle = (report.accepted ?? []).filter(({ state }) => state === 'unmatched').length;
  return [
    ...(total === 0 ? [] : [`${count(total, 'difference is', 'differences are')} accepted, and ${total === 1 ? 'does' : 'do'} not count.`]),
    ...(expired.length === 0
      ? []
      : [`${count(expired.length, 'rule of accepted differences has', 'rules of accepted differences have')} expired: ${again === 0 ? 'nothing that was covered is left' : `${count(again, 'difference that was covered counts', 'differences that were covered count')} again`}.`]),
    ...(idle === 0 ? [] : [`${count(idle, 'rule of accepted differences matches', 'rules of accepted differences match')} nothing any more, and can be removed.`]),
  ];
}

/** What the numbers say, and how sure they are: one to three sentences. */
export function statistics(report: Report): string {
  const { drift, verdict, mode, confidence } = report;
  if (drift.compared === 0 && report.findingsTotal === 0) {
    return `No week was compared.${verdict === 'unknown' ? ' Whether both sides agree is not known.' : ''}`;
  }
  const compared =
    mode === 'sample'
      ? `${number(drift.compared)} of ${count(drift.population, 'week')}, drawn at random,`
      : `${number(drift.compared)} of ${count(drift.population, 'week')}`;
  const were = drift.population === 1 ? 'was' : 'were';
  const differ =
    drift.differing === 0
      ? `${compared} ${were} compared, and none of them differs${acceptedTotal(report) === 0 ? '' : ' beyond what is accepted'}.`
      : `${compared} ${were} compared, and ${number(drift.differing)} ${drift.differing === 1 ? 'differs' : 'differ'}.`;
  const sure =
    mode === 'sample' && drift.compared > 0
      ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.`
      : '';
  const rate =
    report.findingsTotal > 0
      ? ` The drift rate is ${percent(drift.rate)}: above ${percent(report.thresholds.high)} is high, above ${percent(report.thresholds.critical)} is critical.`
      : '';
  const partial = verdict === 'unknown' ? ' This is what was seen before the trouble, not the whole.' : '';
  return `${differ}${sure}${rate}${partial}`;
}

/** The statistics where a line that gives the verdict and the rate does not say all of them; else empty. */
export const finePrint = (report: Report): string =>
  report.verdict === 'unknown' || (report.verdict === 'drift' && report.mode === 'sample') ? statistics(report) : '';

/** How many weeks were left out, and why that is expected; empty without any. */
export const skippedWeeks = (report: Report): string[] =>
  report.skipped
    .filter((skipped) => skipped.count > 0)
    .map((skipped) => `${count(skipped.count, 'legacy week')} skipped as expected: not starting on a Monday, never migrated.`);

/** What settled by itself, and what drift was found although not everything was compared; empty without any. */
export const settled = (report: Report): string[] => [
  ...(report.verdict === 'drift' && report.interruption !== undefined ? [report.interruption] : []),
  ...(report.transient === 0
    ? []
    : [`${count(report.transient, 'difference')} settled while being watched, and ${report.transient === 1 ? 'does' : 'do'} not count.`]),
];
