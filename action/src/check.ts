import { compareFully, compareSample, emptyComparison, type Comparison, type ComparisonOptions } from './compare/comparison.ts';
import type { Explanation } from './compare/explain.ts';
import { createFindings, type Findings } from './compare/findings.ts';
import { describeDefect } from './defect.ts';
import type { Group } from './document/document.ts';
import type { Shape } from './document/shape.ts';
import { migration, readHistory } from './history/history.ts';
import { runOf } from './history/run.ts';
import type { Settings } from './inputs.ts';
import { createAcceptance, type Acceptance } from './known-drift/acceptance.ts';
import type { KnownDriftRule } from './known-drift/rule.ts';
import { collectFacts, firstWrite, type FactsCollector } from './origin/facts.ts';
import { findOrigin } from './origin/origin.ts';
import type { Health, Pair } from './pair/pair.ts';
import type { Connection } from './pair/pairs.ts';
import { createPseudonyms, pseudonymKeyOf, type Pseudonyms } from './privacy/pseudonyms.ts';
import { assemble } from './report/assemble.ts';
import { shownRuns, type HealthCheck, type RecordedRun, type Report } from './report/report.ts';
import { BudgetError, ReadError } from './store/errors.ts';
import { judgeCutover } from './verdict/cutover.ts';
import { sampleSizeFor } from './verdict/statistics.ts';
import { judge } from './verdict/verdict.ts';

/** Up to so many rows `auto` compares every week even where that means reading them all. */
const cheapRows = 2000;

/** What a run is made of. */
export type Check = {
  readonly settings: Settings;
  readonly connection: Connection;
  /** Of accepted differences; absent without a file of them. */
  readonly rules?: readonly KnownDriftRule[] | undefined;
  /** The time, for the report; durations are measured on their own. */
  readonly now: () => Date;
  readonly watch?: Watch;
};

/** Who wants to know how it goes. */
export type Watch = {
  readonly onProgress?: (done: number, total: number) => void;
  readonly onPhase?: (sentence: string) => void;
  /** Receives both sides of every week that was read again, with the differences that count. */
  readonly onExplained?: (explanation: Explanation) => void;
};

/**
 * Compares both sides and says what that amounts to. Reads only; never throws for what a database or a network does:
 * that ends in the verdict `unknown`, with the reason.
 */
export async function check({ settings, connection, rules, now, watch = {} }: Check): Promise<Report> {
  const startedAt = now();
  const start = performance.now();
  const { pair, reader } = connection;
  const pseudonyms = createPseudonyms(pseudonymKeyOf(settings), settings.revealValues);
  const findings = createFindings(pair, pseudonyms);
  const acceptance = rules && createAcceptance(rules, pseudonyms, startedAt.toISOString().slice(0, 10));
  const facts = collectFacts(pair.shape);
  const comparing = compareSides(settings, connection, findings, acceptance, facts, { ...watch, onGroups: meeting(pair.shape, pseudonyms) });
  // Meanwhile, so that it takes no time of its own.
  const recorded = readHistory(reader, pair.name, now);
  const comparison = await comparing;
  const { checks, obstacles } = comparison.trouble === undefined ? await readHealth(pair) : { checks: [], obstacles: [] };
  const history = await recorded;
  // Where there is trouble, it has been said already.
  const health = [...checks];
  if (comparison.restless > 0) health.push(remark('weeks in motion', inMotion(comparison.restless)));
  if (comparison.isLooseUnknown && comparison.interruption === undefined && comparison.trouble === undefined) health.push(remark('rows without a parent', looseUnknown));
  if (typeof history === 'string' && comparison.trouble === undefined) health.push(remark('history', history));
  const thresholds = { high: settings.highThreshold, critical: settings.criticalThreshold };
  const judgement = judge({ ...comparison, counts: comparison.judged, findings: findings.total(), health }, thresholds, settings.confidence);
  const isWhole = comparison.trouble === undefined && comparison.interruption === undefined;
  const { legacyRows } = comparison;
  const origin = isWhole ? await findOrigin(facts.facts(), { mode: comparison.mode, weeks: comparison.compared, legacyRows }, pair, pseudonyms) : [];
  const list = findings.list();
  // What is skipped by the date must be known to be in order, and in a sample it is not.
  const since = isWhole && comparison.mode === 'full' && legacyRows > cheapRows ? firstWrite(facts.facts()) : undefined;
  const report = assemble({
    pair: pair.name,
    settings,
    thresholds,
    startedAt,
    finishedAt: now(),
    durationMs: Math.round(performance.now() - start),
    comparison,
    judgement,
    sourceVersions: shownVersions(comparison, pair, (version) => pseudonyms.text(version, null)),
    findings: { list, total: findings.total(), byType: findings.byType(), severityByType: findings.severityByType(), differingWeeks: findings.differingWeeks() },
    pseudonymKeyId: pseudonyms.keyId,
    health,
    accepted: acceptance?.rules(couldTell(comparison)),
    origin,
    repair: pair.repair({ findings: list, findingsByType: findings.byType(), health, since }),
  });
  return { ...report, ...withHistory(report, history, obstacles, settings) };
}

/** What documents belong to is met where it is shown under pseudonyms, and where documents stand alone there is nothing to meet. */
function meeting({ key, group }: Shape, pseudonyms: Pseudonyms): (groups: Iterable<Group>) => void {
  const part = key[group - 1];
  return (groups) => {
    if (part?.shown === 'pseudonym') pseudonyms.meet(part.name, starts(groups, group));
  };
}

function* starts(groups: Iterable<Group>, length: number): Generator<Group> {
  for (const group of groups) yield group.slice(0, length);
}

/** Names of writers that are not the pair's own may be anything. */
const shownVersions = ({ sourceVersions }: Comparison, pair: Pair, hide: (version: string) => string): Report['sourceVersions'] =>
  Object.fromEntries(Object.entries(sourceVersions).map(([version, weeks]) => [pair.sourceVersions.has(version) ? version : hide(version), weeks]));

/** Whether a difference that is there was seen. */
const couldTell = ({ mode, trouble, interruption }: Comparison): boolean => mode === 'full' && trouble === undefined && interruption === undefined;

/** What this run is among the runs on record, and what that means for the cut-over. */
function withHistory(
  report: Report,
  history: readonly RecordedRun[] | string | undefined,
  obstacles: readonly string[],
  { readyAfter }: Settings,
): Pick<Report, 'trend' | 'cutover'> {
  const thisRun = runOf(report);
  const earlier = history ?? `No earlier run is on record: apply ${migration} and use a secret key.`;
  return {
    ...(typeof earlier === 'string' ? {} : { trend: [...earlier, thisRun].slice(-shownRuns) }),
    cutover: judgeCutover({ thisRun, earlier, readyAfter, obstacles }),
  };
}

const inMotion = (weeks: number): string =>
  `${weeks} ${weeks === 1 ? 'week was' : 'weeks were'} being rewritten on both sides for as long as this run watched, so whether both sides agree there is not known. The next run looks again; if it stays so, find out what rewrites them.`;

const looseUnknown =
  'Habits and records that belong to no week were not counted: that took longer than the database or the time budget allows. Everything else was compared; run again at a quieter time, or raise time-budget-seconds.';

/** What cannot be read beside the rows is a remark, never trouble: the comparison stands without it. */
const remark = (name: string, detail: string): HealthCheck => ({ check: name, status: 'warning', severity: 'low', detail });

async function readHealth(pair: Pair): Promise<Health> {
  try {
    return await pair.health();
  } catch (error) {
    const detail = error instanceof ReadError ? error.message : 'The time budget was over before it was asked for.';
    return { checks: [remark('health', detail)], obstacles: ['The health of the dual-write could not be read, so nobody can tell whether it is on and without failures.'] };
  }
}

async function compareSides(
  settings: Settings,
  { pair, budget }: Connection,
  findings: Findings,
  acceptance: Acceptance | undefined,
  facts: FactsCollector,
  watch: Watch & Required<Pick<ComparisonOptions, 'onGroups'>>,
): Promise<Comparison> {
  const nothing = emptyComparison(settings.mode === 'sample' ? 'sample' : 'full', 0);
  const ignore = () => undefined;
  const { onProgress = ignore, onPhase = ignore, onExplained = ignore, onGroups } = watch;
  try {
    const legacyRows = await pair.expected.count();
    const normalizedRows = await pair.actual.count();
    const trouble = pair.sight.troubleWithEmpty(legacyRows, normalizedRows);
    if (trouble) return { ...nothing, population: legacyRows, trouble };

    const digester = settings.mode === 'sample' ? undefined : await findDigester(pair, onPhase);
    const full = settings.mode === 'full' || (settings.mode === 'auto' && (digester !== undefined || legacyRows <= cheapRows));
    const options = {
      pair,
      budget,
      settleMs: settings.settleSeconds * 1000,
      legacyRows,
      normalizedRows,
      onDifference: findings.add,
      accepts: acceptance?.rules(false).length === 0 ? undefined : acceptance?.of(pair),
      onProgress,
      onPhase,
      onGroups,
      onExplained(explanation: Explanation) {
        facts.add(explanation);
        onExplained(explanation);
      },
    };
    const auto = () => sampleSizeFor(settings.highThreshold, settings.confidence);
    const comparison = full
      ? await compareFully(options, digester)
      : await compareSample(options, settings.sampleSize === 'auto' ? auto() : settings.sampleSize, settings.seed);

    const blind = pair.sight.troubleWithSeen(comparison.seen);
    if (blind === undefined) return comparison;
    // What such a key sees as missing is no finding.
    findings.clear();
    acceptance?.clear();
    facts.clear();
    return { ...nothing, mode: comparison.mode, engine: comparison.engine, population: comparison.population, trouble: blind };
  } catch (error) {
    if (error instanceof ReadError) return { ...nothing, trouble: error.message };
    if (error instanceof BudgetError) {
      return { ...nothing, interruption: `The time budget of ${budget.seconds} s ran out before a week was compared. Raise time-budget-seconds, or look at why the project answers slowly.` };
    }
    return { ...nothing, trouble: describeDefect(error) };
  }
}

/** The way in which the database compares by itself, where it can; says which way it will be. */
async function findDigester({ digester }: Pair, onPhase: (sentence: string) => void): Promise<Pair['digester'] | undefined> {
  const { ready, sentence } = await digester.probe();
  onPhase(sentence);
  return ready ? digester : undefined;
}
