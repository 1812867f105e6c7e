import type { Words } from '../report/words.ts';
import { compareSeverity, type HealthCheck, type LevelCount, type Report, type Severity, type Verdict } from '../report/report.ts';
import { upperBoundOfNone } from './statistics.ts';

/** What was compared of one entity so far. */
export type Compared = {
  mode: Report['mode'];
  differing: number;
  compared: number;
  /** Documents that differed and whose time to settle was cut short. */
  unsettled: number;
  /** Documents that both sides kept changing: they were compared, but inconclusively. */
  restless: number;
  /** Documents in scope. */
  population: number;
  /** Whether the compared documents are one part of all, divided by a hash: equivalent to a random sample. */
  isPart?: boolean | undefined;
  /** Levels that were counted completely on both sides. */
  counts: readonly LevelCount[];
};

/** The sums over all entities, and the evidence besides the comparison. */
export type Evidence = Compared & {
  words: Pick<Words, 'nothing'>;
  /** Each entity, if there are several: a large one must not hide a small one that is broken. */
  entities?: readonly Compared[] | undefined;
  findings: number;
  /** The state of the dual-write: it raises the severity, but is not drift. */
  health: readonly HealthCheck[];
  /** Whether rows exist outside this part, so that an empty part counts as in sync. */
  hasOtherParts?: boolean | undefined;
  /** Why the comparison cannot be trusted; what was found before is still reported. */
  trouble: string | undefined;
  /** Why not everything was compared as planned, if time ran out. */
  interruption: string | undefined;
};

export type Judgement = {
  verdict: Verdict;
  severity: Severity;
  reason: string | undefined;
  rate: number;
  upperBound: number;
  /** Each entity, in order, if there are several. */
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

/** A run's severity starts at `medium`: anything less stays a remark. */
function withHealth(severity: Severity, health: readonly HealthCheck[]): Severity {
  const worst = health.map((check) => check.severity).reduce((a, b) => (compareSeverity(a, b) >= 0 ? a : b), 'none');
  return compareSeverity(worst, 'medium') >= 0 && compareSeverity(worst, severity) > 0 ? worst : severity;
}

/** The verdict and its certainty, from the evidence alone. */
export async function judge(evidence: Evidence, thresholds: Report['thresholds'], confidence: number): Promise<Judgement> {
  const { words, mode, compared, findings, trouble, interruption } = evidence;
  const entities = await Promise.all((evidence.entities ?? [evidence]).map((part) => rated(part, confidence)));
  const rate = Math.max(0, ...entities.map((part) => part.rate));
  // It is possible that nothing was written recently, or that a part is empty.
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

/** Whether a run is conclusive: drift was seen, or enough documents in sync prove that there is none. */
export function isConclusive({
  mode,
  verdict,
  drift,
  thresholds,
  interruption,
  standing,
}: Pick<Report, 'verdict' | 'mode' | 'drift' | 'thresholds' | 'interruption' | 'standing'>): boolean {
  // Nobody looked at what was written earlier.
  if (mode === 'recent') return false;
  if (verdict !== 'in-sync') return verdict === 'drift' && interruption === undefined;
  // One part says little about the others: it takes all of them.
  return standing ? standing.isConclusive : drift.upperBound <= thresholds.high;
}

/** The largest possible share of differing documents. */
async function boundOn({ mode, differing, compared, unsettled, restless, population, counts, isPart = false }: Compared, confidence: number): Promise<number> {
  // With nothing on either side, nothing differs; whether there should be something is judged for the whole pair. Before both were counted,
  // nothing is known.
  if (population === 0) return counts.length > 0 || mode === 'recent' ? 0 : 1;
  const perhaps = Math.min(differing + restless, compared);
  if (compared >= population) return perhaps / population;
  // Documents read in the order of ids are not a random sample: all of the rest may differ.
  if (mode !== 'sample' && !isPart) return (perhaps + population - compared) / population;
  // They were drawn like the others, and were not counted only because they differed.
  const [events, trials] = [perhaps + unsettled, compared + unsettled];
  if (events === 0) return upperBoundOfNone(trials, confidence);
  const { upperBound } = await import('./upper-bound.ts');
  return upperBound(events, trials, confidence);
}
