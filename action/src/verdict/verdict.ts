import type { Words } from '../report/words.ts';
import { compareSeverity, type HealthCheck, type LevelCount, type Report, type Severity, type Verdict } from '../report/report.ts';
import { upperBoundOfNone } from './statistics.ts';

/** What was compared of one entity, as far as it got. */
export type Compared = {
  mode: Report['mode'];
  differing: number;
  compared: number;
  /** Documents that were seen to differ and whose time to settle was cut short. */
  unsettled: number;
  /** Documents that both sides kept changing: compared, and nothing is known about them. */
  restless: number;
  /** Documents in scope. */
  population: number;
  /** Whether what was compared is one part of them, as a hash divides them: as good as drawn at random. */
  isPart?: boolean | undefined;
  /** Levels that were counted completely on both sides. */
  counts: readonly LevelCount[];
};

/** What was compared of all of them, as sums, and beside it. */
export type Evidence = Compared & {
  words: Pick<Words, 'nothing'>;
  /** Where there are several: a small one that is broken is not to be hidden by a large one. */
  entities?: readonly Compared[] | undefined;
  findings: number;
  /** How the writing of both sides is doing: it raises the severity, and is no drift. */
  health: readonly HealthCheck[];
  /** Whether there are rows beside this part, so that one without any is in sync. */
  hasOtherParts?: boolean | undefined;
  /** Why the comparison cannot be trusted; what was found before is reported all the same. */
  trouble: string | undefined;
  /** Why not everything was compared that was to be, where time was the reason. */
  interruption: string | undefined;
};

export type Judgement = {
  verdict: Verdict;
  severity: Severity;
  reason: string | undefined;
  rate: number;
  upperBound: number;
  /** Of each entity, in their order, where there are several. */
  entities: readonly Rated[];
};

export type Rated = { rate: number; upperBound: number };

/**
 * The largest of: differing ÷ compared documents, and for each counted level |expected − normalized| ÷ the larger of both.
 */
export function driftRate({ differing, compared, counts }: Pick<Compared, 'differing' | 'compared' | 'counts'>): number {
  const levels = counts.map(({ expected, normalized }) => {
    const larger = Math.max(expected, normalized);
    return larger === 0 ? 0 : Math.abs(expected - normalized) / larger;
  });
  return Math.max(compared === 0 ? 0 : differing / compared, ...levels);
}

export function severityOf(rate: number, findings: number, thresholds: Report['thresholds']): Severity {
  if (findings === 0) return 'none';
  if (rate > thresholds.critical) return 'critical';
  return rate > thresholds.high ? 'high' : 'medium';
}

/** A run's severity starts at `medium`: what is less stays a remark. */
function withHealth(severity: Severity, health: readonly HealthCheck[]): Severity {
  const worst = health.map((check) => check.severity).reduce((a, b) => (compareSeverity(a, b) >= 0 ? a : b), 'none');
  return compareSeverity(worst, 'medium') >= 0 && compareSeverity(worst, severity) > 0 ? worst : severity;
}

/** The verdict and how sure it is, from the evidence alone. */
export async function judge(evidence: Evidence, thresholds: Report['thresholds'], confidence: number): Promise<Judgement> {
  const { words, mode, compared, findings, trouble, interruption } = evidence;
  const entities = await Promise.all((evidence.entities ?? [evidence]).map((part) => rated(part, confidence)));
  const rate = Math.max(0, ...entities.map((part) => part.rate));
  // Nothing may have been written lately, and a part may have nothing.
  const isNothing = compared === 0 && mode !== 'recent' && !evidence.hasOtherParts;
  const bound = isNothing ? 1 : Math.max(0, ...entities.map((part) => part.upperBound));
  const severity = withHealth(severityOf(rate, findings, thresholds), evidence.health);
  const judgement = { severity, rate, upperBound: bound, entities };

  if (trouble !== undefined) return { ...judgement, verdict: 'unknown', reason: trouble };
  if (findings > 0) return { ...judgement, verdict: 'drift', reason: undefined };
  if (interruption !== undefined) return { ...judgement, verdict: 'unknown', reason: interruption };
  if (isNothing) return { ...judgement, verdict: 'unknown', reason: words.nothing };
  return { ...judgement, verdict: 'in-sync', reason: undefined };
}

async function rated(part: Compared, confidence: number): Promise<Rated> {
  const rate = driftRate(part);
  return { rate, upperBound: Math.max(rate, await boundOn(part, confidence)) };
}

/** Whether a run can tell: drift is seen or not, but only enough documents in sync prove that there is none. */
export function isConclusive({
  mode,
  verdict,
  drift,
  thresholds,
  interruption,
  standing,
}: Pick<Report, 'verdict' | 'mode' | 'drift' | 'thresholds' | 'interruption' | 'standing'>): boolean {
  // What was written before nobody looked at.
  if (mode === 'recent') return false;
  if (verdict !== 'in-sync') return verdict === 'drift' && interruption === undefined;
  // One part says little of the others: it takes all of them.
  return standing ? standing.isConclusive : drift.upperBound <= thresholds.high;
}

/** What the share of differing documents can be at most. */
async function boundOn({ mode, differing, compared, unsettled, restless, population, isPart = false }: Compared, confidence: number): Promise<number> {
  // Nothing on either side is nothing that differs; whether there is anything at all is judged of the whole.
  if (population === 0) return 0;
  const perhaps = Math.min(differing + restless, compared);
  if (compared >= population) return perhaps / population;
  // What is read in the order of ids is no random sample: all of the rest may differ.
  if (mode !== 'sample' && !isPart) return (perhaps + population - compared) / population;
  // They were drawn like the others, and it was their differing that kept them from being counted.
  const [events, trials] = [perhaps + unsettled, compared + unsettled];
  if (events === 0) return upperBoundOfNone(trials, confidence);
  const { upperBound } = await import('./upper-bound.ts');
  return upperBound(events, trials, confidence);
}
