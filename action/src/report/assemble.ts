import type { Download } from './evidence.ts';
import type { AcceptedRule, Finding, LevelCount, RepairStep, Report } from './report.ts';
import { downloadSentence, type Words } from './words.ts';

/** The results of a run, each from the module that knows it. */
export type Parts = {
  readonly pair: { readonly name: string; readonly isDeclared: boolean; readonly words: Words };
  readonly settings: { readonly seed: string; readonly confidence: number };
  readonly thresholds: Report['thresholds'];
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly comparison: Pick<Report, 'mode' | 'engine' | 'transient'> & {
    readonly differing: number;
    readonly compared: number;
    readonly population: number;
    readonly counts: readonly LevelCount[];
    readonly skipped: number;
    readonly interruption: string | undefined;
  };
  readonly judgement: Pick<Report, 'verdict' | 'severity'> & { readonly reason: string | undefined; readonly rate: number; readonly upperBound: number };
  /** Each entity, if the pair declares entities. */
  readonly entities: readonly {
    readonly name: string;
    readonly comparison: { readonly differing: number; readonly compared: number; readonly population: number };
    readonly rated: { readonly rate: number; readonly upperBound: number } | undefined;
  }[];
  readonly aside: {
    readonly reads: Report['reads'];
    readonly notCompared: NonNullable<Report['notCompared']>;
    readonly remarks: readonly string[];
    readonly downloads: readonly Download[];
  };
  /** In the form in which they may be shown. */
  readonly sourceVersions: Readonly<Record<string, number>>;
  readonly findings: {
    readonly list: readonly Finding[];
    readonly total: number;
    readonly byType: Report['findingsByType'];
    readonly severityByType: Report['severityByType'];
    readonly differingWeeks: Report['differingWeeks'];
  };
  readonly pseudonymKeyId: string | undefined;
  readonly health: Report['health'];
  readonly accepted: readonly AcceptedRule[] | undefined;
  readonly origin: readonly string[];
  readonly picture: Report['picture'];
  readonly repair: readonly RepairStep[];
};

/** The report, without its relation to other runs. Anything that was not looked at is absent. */
export function assemble(parts: Parts): Report {
  const { comparison, judgement, findings } = parts;
  const { differing, compared, population } = comparison;
  const remarks = [...parts.aside.remarks, ...parts.aside.downloads.map(downloadSentence)];
  return {
    schemaVersion: 2,
    pair: parts.pair.name,
    words: parts.pair.words,
    mode: comparison.mode,
    engine: comparison.engine,
    seed: parts.settings.seed,
    startedAt: parts.startedAt.toISOString(),
    finishedAt: parts.finishedAt.toISOString(),
    durationMs: parts.durationMs,
    verdict: judgement.verdict,
    severity: judgement.severity,
    ...(judgement.reason !== undefined && { reason: judgement.reason }),
    thresholds: parts.thresholds,
    confidence: parts.settings.confidence,
    drift: { rate: judgement.rate, upperBound: judgement.upperBound, differing, compared, population },
    counts: [...comparison.counts],
    skipped: skippedOf(parts.pair.words, comparison.skipped),
    transient: comparison.transient,
    reads: parts.aside.reads,
    ...(parts.pair.isDeclared && {
      entities: parts.entities.map(({ name, comparison: one, rated }) => ({
        name,
        compared: one.compared,
        population: one.population,
        differing: one.differing,
        rate: rated?.rate ?? 0,
        upperBound: rated?.upperBound ?? 1,
      })),
    }),
    ...(Object.keys(parts.aside.notCompared).length > 0 && { notCompared: parts.aside.notCompared }),
    ...(remarks.length > 0 && { remarks }),
    sourceVersions: { ...parts.sourceVersions },
    findings: findings.list,
    findingsTotal: findings.total,
    findingsTruncated: findings.list.length < findings.total,
    findingsByType: findings.byType,
    severityByType: findings.severityByType,
    differingWeeks: findings.differingWeeks,
    ...(parts.pseudonymKeyId !== undefined && { pseudonymKeyId: parts.pseudonymKeyId }),
    ...(comparison.interruption !== undefined && { interruption: comparison.interruption }),
    health: parts.health,
    ...(parts.accepted && { accepted: [...parts.accepted] }),
    ...(parts.origin.length > 0 && { origin: parts.origin }),
    ...(parts.picture && { picture: parts.picture }),
    ...(findings.list.length > 0 && { repair: parts.repair }),
  };
}

/** A pair that skips anything does so for a single reason. */
function skippedOf({ skips }: Words, count: number): Report['skipped'] {
  const [reason] = Object.keys(skips);
  return count === 0 || reason === undefined ? [] : [{ reason, count }];
}
