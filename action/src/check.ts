import { startBudget, type Budget } from './compare/budget.ts';
import { compareFully, compareSample, emptyComparison, type Comparison, type ComparisonOptions } from './compare/comparison.ts';
import type { Explanation } from './compare/explain.ts';
import { describeDefect } from './defect.ts';
import { migration, readHistory } from './history/history.ts';
import { runOf } from './history/run.ts';
import type { Settings } from './inputs.ts';
import { createAcceptance, type Acceptance } from './known-drift/acceptance.ts';
import type { KnownDriftRule } from './known-drift/rule.ts';
import { createHabitTrackerPair } from './pair/habit-tracker/habit-tracker.ts';
import { collectFacts, firstWrite, type FactsCollector } from './origin/facts.ts';
import { findOrigin } from './origin/origin.ts';
import type { Health, Pair } from './pair/pair.ts';
import { createPseudonyms, pseudonymKeyOf } from './privacy/pseudonyms.ts';
import { createFindings, type Findings } from './report/findings.ts';
import { shownRuns, type HealthCheck, type RecordedRun, type Report } from './report/report.ts';
import { isPrivilegedKey } from './side/key.ts';
import { BudgetError, createReader, ReadError } from './side/reader.ts';
import { judgeCutover } from './verdict/cutover.ts';
import { sampleSizeFor } from './verdict/statistics.ts';
import { judge } from './verdict/verdict.ts';

/** Up to so many rows `auto` compares every week even where that means reading them all. */
const cheapRows = 2000;

/**
 * Compares both sides and says what that amounts to. Reads only; never throws for what a database or a network does:
 * that ends in the verdict `unknown`, with the reason.
 *
 * @param now the time, for the report; durations are measured on their own
 * @param rules of accepted differences; absent without a file of them
 * @param onExplained receives both sides of every week that was read again, with the differences that count
 */
export async function check(
  settings: Settings,
  now: () => Date,
  onProgress: (done: number, total: number) => void,
  onPhase: (sentence: string) => void = () => undefined,
  rules?: readonly KnownDriftRule[],
  onExplained: (explanation: Explanation) => void = () => undefined,
): Promise<Report> {
  const startedAt = now();
  const start = performance.now();
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(settings.supabaseUrl, settings.supabaseKey, budget.signal, budget);
  const pair = createHabitTrackerPair(reader, settings.weekAlignment);
  const pseudonyms = createPseudonyms(pseudonymKeyOf(settings), settings.revealValues);
  const findings = createFindings(pair, pseudonyms);
  const acceptance = rules && createAcceptance(rules, pair, pseudonyms, startedAt.toISOString().slice(0, 10));
  const facts = collectFacts();
  const comparing = compareSides(settings, pair, budget, findings, acceptance, facts, { onProgress, onPhase, onExplained, onChildren: pseudonyms.meet });
  // Meanwhile, so that it takes no time of its own.
  const recorded = readHistory(reader, pair.name, now);
  const comparison = await comparing;
  const { counts, differing, compared, population } = comparison;
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
  const origin = isWhole ? await findOrigin(facts.facts(), { mode: comparison.mode, weeks: compared, legacyRows: counts[1]?.legacy ?? 0 }, pair, pseudonyms) : [];
  const list = findings.list();
  // What is skipped by the date must be known to be in order, and in a sample it is not.
  const since = isWhole && comparison.mode === 'full' && (counts[1]?.legacy ?? 0) > cheapRows ? firstWrite(facts.facts()) : undefined;
  const repair = pair.repair({ findings: list, findingsByType: findings.byType(), health, since });
  const report: Report = {
    schemaVersion: 1,
    pair: pair.name,
    mode: comparison.mode,
    engine: comparison.engine,
    seed: settings.seed,
    startedAt: startedAt.toISOString(),
    finishedAt: now().toISOString(),
    durationMs: Math.round(performance.now() - start),
    verdict: judgement.verdict,
    severity: judgement.severity,
    ...(judgement.reason === undefined ? {} : { reason: judgement.reason }),
    thresholds,
    confidence: settings.confidence,
    drift: { rate: judgement.rate, upperBound: judgement.upperBound, differing, compared, population },
    counts,
    skipped: comparison.skipped === 0 ? [] : [{ reason: 'not-a-monday', count: comparison.skipped }],
    transient: comparison.transient,
    sourceVersions: Object.fromEntries(
      Object.entries(comparison.sourceVersions).map(([version, weeks]) => [
        pair.sourceVersions.has(version) ? version : pseudonyms.text(version, null),
        weeks,
      ]),
    ),
    findings: list,
    findingsTotal: findings.total(),
    findingsTruncated: list.length < findings.total(),
    findingsByType: findings.byType(),
    severityByType: findings.severityByType(),
    differingWeeks: findings.differingWeeks(),
    ...(pseudonyms.keyId !== undefined && { pseudonymKeyId: pseudonyms.keyId }),
    ...(comparison.interruption === undefined ? {} : { interruption: comparison.interruption }),
    health,
    ...(acceptance && { accepted: acceptance.rules(couldTell(comparison)) }),
    ...(origin.length === 0 ? {} : { origin }),
    ...(list.length === 0 ? {} : { repair }),
  };
  return { ...report, ...withHistory(report, history, obstacles, settings) };
}

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
  pair: Pair,
  budget: Budget,
  findings: Findings,
  acceptance: Acceptance | undefined,
  facts: FactsCollector,
  watch: Required<Pick<ComparisonOptions, 'onProgress' | 'onPhase' | 'onExplained' | 'onChildren'>>,
): Promise<Comparison> {
  const nothing = emptyComparison(settings.mode === 'sample' ? 'sample' : 'full', 0);
  const privileged = isPrivilegedKey(settings.supabaseKey);
  try {
    const legacyRows = await pair.countLegacy();
    const normalizedRows = await pair.countNormalized();
    const trouble = troubleWithEmptySides(legacyRows, normalizedRows, privileged);
    if (trouble) return { ...nothing, population: legacyRows, trouble };

    const digester = settings.mode === 'sample' ? undefined : await findDigester(pair, watch.onPhase);
    const full = settings.mode === 'full' || (settings.mode === 'auto' && (digester !== undefined || legacyRows <= cheapRows));
    const options = {
      pair,
      budget,
      settleMs: settings.settleSeconds * 1000,
      legacyRows,
      normalizedRows,
      onDifference: findings.add,
      accepts: acceptance?.rules(false).length === 0 ? undefined : acceptance?.accepts,
      ...watch,
      onExplained: (explanation: Explanation) => {
        facts.add(explanation);
        watch.onExplained(explanation);
      },
    };
    const auto = () => sampleSizeFor(settings.highThreshold, settings.confidence);
    const comparison = full
      ? await compareFully(options, digester)
      : await compareSample(options, settings.sampleSize === 'auto' ? auto() : settings.sampleSize, settings.seed);

    const blind = privileged ? undefined : comparison.seen.find((level) => level.expected > 0 && level.normalized === 0);
    if (!blind) return comparison;
    // What such a key sees as missing is no finding.
    findings.clear();
    acceptance?.clear();
    facts.clear();
    return { ...nothing, mode: comparison.mode, engine: comparison.engine, population: comparison.population, trouble: hiddenLevel(blind.level) };
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

const checkRowSecurity =
  "Row-level security may hide the rows from this key: use a secret key (sb_secret_…) or the service_role key, or compare select count(*) from habit_tracker and select count(*) from weeks in the SQL editor, and look at select relname, relrowsecurity from pg_class where relname in ('habit_tracker', 'children', 'weeks', 'habits', 'habit_records').";

/** What it means that a side shows no row, in a sentence; nothing where it means drift or where both have some. */
export function troubleWithEmptySides(legacyRows: number, normalizedRows: number, privileged: boolean): string | undefined {
  if (legacyRows === 0 && normalizedRows === 0) {
    return `Both sides are empty: there is nothing to compare, or the key sees nothing. ${checkRowSecurity}`;
  }
  if (privileged || (legacyRows > 0 && normalizedRows > 0)) return undefined;
  const [empty, other] = legacyRows === 0 ? ['habit_tracker', 'weeks'] : ['weeks', 'habit_tracker'];
  return `Table ${empty} shows no row while ${other} has some, and the key is not a secret or service_role key, so the rows may be there without being seen. ${checkRowSecurity}`;
}

const hiddenLevel = (level: string): string =>
  `The normalized side shows no ${level} at all while the legacy side implies some, and the key is not a secret or service_role key, so they may be there without being seen. ${checkRowSecurity}`;
