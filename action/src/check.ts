import { comparePair, type Extent, type PairComparison } from './compare/compare-pair.ts';
import { emptyComparison } from './compare/comparison.ts';
import type { Explanation } from './compare/explain.ts';
import { createFindings, type Findings } from './compare/findings.ts';
import { comparedOf, conclude, digestOf, historyOf, type About } from './conclude.ts';
import { describeDefect } from './defect.ts';
import type { Difference, Group } from './document/document.ts';
import { takeTurn, type Turn } from './history/turn.ts';
import type { Settings } from './inputs.ts';
import { createAcceptance, type Acceptance } from './known-drift/acceptance.ts';
import type { KnownDriftRule } from './known-drift/rule.ts';
import { takeCensus, type Census } from './origin/census.ts';
import { cluesOf } from './origin/clues.ts';
import { collectFacts, firstWrite, type FactsCollector } from './origin/facts.ts';
import { findOrigin } from './origin/origin.ts';
import { collectPicture } from './origin/picture.ts';
import { askStore } from './origin/weeks.ts';
import type { Aside, Entity, Pair } from './pair/pair.ts';
import { narrowPair } from './pair/narrow.ts';
import { createPseudonyms, type Pseudonyms } from './privacy/pseudonyms.ts';
import type { Report } from './report/report.ts';
import { createReader } from './store/postgrest/create-reader.ts';
import { sampleSizeFor } from './verdict/statistics.ts';

/** Everything that a run needs. */
export type Check = About & {
  /** Acceptance rules; absent without a file of rules. */
  readonly rules?: readonly KnownDriftRule[] | undefined;
  /** How many runs there were, including this one: it selects the part if no runs are recorded. */
  readonly runNumber?: number;
  readonly watch?: Watch;
  /** Parts can be merged if they have this in common (`measureOf`). */
  readonly measure?: string;
};

/** Callbacks that follow the progress of a run. */
export type Watch = {
  readonly onProgress?: (done: number, total: number) => void;
  readonly onPhase?: (sentence: string) => void;
  /** Receives both sides of every week that was read again, with the differences that count. */
  readonly onExplained?: (explanation: Explanation, entity: Entity) => void;
};

/**
 * Compares both sides and reports the result. Reads only; never throws because of a database or a network: that ends in the verdict
 * `unknown`, with the reason.
 */
export async function check(about: Check): Promise<Report> {
  const { settings, connection, rules, now } = about;
  const startedAt = now();
  const start = performance.now();
  const [census, wholeCensus] = [takeCensus(), takeCensus()];
  const turn = await turnOf(about);
  const part = turn?.part ?? settings.part;
  // A pair with provenance knows the counts already.
  const counted = (of: Pair, by: Census): Pair => (of.provenance ? of : { ...of, entities: of.entities.map(by.watch) });
  // Where rows are read to compare a part, those of other parts pass by too.
  const pair = part
    ? counted(narrowPair(settings.part ? counted(connection.pair, wholeCensus) : connection.pair, part), census)
    : counted(connection.pair, census);
  const answers = pair.provenance && askStore(pair.provenance);
  const pseudonyms = createPseudonyms(connection.pseudonymKey, settings.revealValues);
  const findings = createFindings(pseudonyms, pair.isDeclared ? pair.entities.map(({ name }) => name) : []);
  const acceptance = rules && createAcceptance(rules, pseudonyms, startedAt.toISOString().slice(0, 10));
  const [facts, picture] = [collectFacts(), collectPicture(pair.entities, pseudonyms)];
  const comparing = compareSides(about, pair, { findings, acceptance, explained: [facts, picture], pseudonyms });
  // Runs concurrently, so that it adds no time.
  const recorded = historyOf(about);
  const comparison = await comparing;
  const named = { ...comparison, entities: comparison.entities.map(({ entity, comparison: one }) => ({ ...one, name: entity.name })) };
  const isWhole = comparison.trouble === undefined && comparison.interruption === undefined;
  const origin = isWhole
    ? await findOrigin(
        facts.facts(),
        { ...comparison, mode: turn ? 'sample' : comparison.mode, byEntity: comparedOf(named.entities) },
        { ...pair, answers, census },
        pseudonyms,
      )
    : [];
  // Older rows may be skipped only if they are known to be in sync, which a sample does not show.
  const since = isWhole && turn === undefined && comparison.mode === 'full' ? firstWrite(facts.facts()) : undefined;
  const clues = isWhole && settings.part ? await cluesOf(facts.facts(), comparison, { ...pair, answers, census: wholeCensus }, pseudonyms) : undefined;
  const list = picture.dated(findings.list());
  const aside = asideOf(about);
  const report = await conclude(
    about,
    {
      startedAt,
      durationMs: () => Math.round(performance.now() - start),
      comparison: named,
      aside,
      sourceVersions: shownVersions(comparison, pair, (version) => pseudonyms.text(version, null)),
      findings: {
        list,
        total: findings.total(),
        byType: findings.byType(),
        severityByType: findings.severityByType(),
        differingWeeks: findings.differingWeeks(),
      },
      pseudonymKeyId: pseudonyms.keyId,
      accepted: acceptance?.rules(turn === undefined && couldTell(comparison)),
      origin,
      picture: picture.picture(),
      since,
    },
    recorded,
    turn,
  );
  return settings.part
    ? {
        ...report,
        part: settings.part,
        evidence: { ...evidenceOf(report, comparison, about.measure ?? '', since), downloads: [...aside.downloads], ...(clues && { clues }) },
      }
    : report;
}

/** Which part is next, if one part is compared per run. */
async function turnOf(about: Check): Promise<Turn | undefined> {
  const {
    settings,
    connection: { record, budget, pair },
    runNumber = 1,
    now,
  } = about;
  if (settings.rotate === undefined) return undefined;
  const reader = record && createReader(record.url, record.key, budget.signal, budget);
  return takeTurn(reader, pair.name, { of: settings.rotate, declaration: digestOf(about) }, runNumber, settings, now);
}

/** What is needed to merge this part with the others. */
function evidenceOf(
  { interruption, severityByType, differingWeeks, pseudonymKeyId, picture }: Report,
  { entities }: PairComparison,
  measure: string,
  since: string | undefined,
): NonNullable<Report['evidence']> {
  return {
    measure,
    ...(interruption !== undefined && { interruption }),
    entities: entities.map(({ entity, comparison: one }) => {
      const remarks = entity.remarks?.();
      return {
        name: entity.name,
        differing: one.differing,
        compared: one.compared,
        population: one.population,
        unsettled: one.unsettled,
        restless: one.restless,
        isLooseUnknown: one.isLooseUnknown,
        legacyRows: one.legacyRows,
        skipped: one.skipped,
        counts: one.counts,
        judged: one.judged,
        ...(remarks && { remarks: { ofSome: [...remarks.ofSome], ...(remarks.ofEach && { ofEach: [...remarks.ofEach] }) } }),
      };
    }),
    severityByType: { ...severityByType },
    differingWeeks: { key: differingWeeks.key, weeks: [...differingWeeks.weeks] },
    ...(pseudonymKeyId !== undefined && { pseudonymKeyId }),
    ...(since !== undefined && { firstWrite: since }),
    ...(picture && { picture: { ...picture, cells: [...picture.cells] } }),
  };
}

/** Registers groups whose names are shown as pseudonyms; documents without a group have none to register. */
function meeting({ shape: { key, group } }: Entity, pseudonyms: Pseudonyms): (groups: Iterable<Group>) => void {
  const part = key[group - 1];
  return (groups) => {
    if (part?.shown === 'pseudonym') pseudonyms.meet(part.name, starts(groups, group));
  };
}

function* starts(groups: Iterable<Group>, length: number): Generator<Group> {
  for (const group of groups) yield group.slice(0, length);
}

/** Names of writers that the pair does not know may be anything. */
const shownVersions = ({ sourceVersions }: PairComparison, pair: Pair, hide: (version: string) => string): Report['sourceVersions'] =>
  Object.fromEntries(Object.entries(sourceVersions).map(([version, weeks]) => [pair.sourceVersions.has(version) ? version : hide(version), weeks]));

/** Whether any existing difference would have been seen. */
const couldTell = ({ mode, trouble, interruption }: PairComparison): boolean => mode === 'full' && trouble === undefined && interruption === undefined;

/** A run of recent writes says that it leaves out the entities that do not record when a row was written. */
function asideOf({ settings, connection: { pair } }: Check): Aside {
  const aside = pair.aside();
  const left = settings.changedWithinSeconds === undefined ? [] : pair.entities.filter(({ written }) => written === undefined).map(({ name }) => name);
  if (left.length === 0) return aside;
  const sentence = `Recent writes of ${left.join(', ')} cannot be distinguished from older ones, so ${left.length === 1 ? 'it was' : 'they were'} left out. Declare changed for ${left.length === 1 ? 'it' : 'them'} in the file, or run without changed-within.`;
  return { ...aside, remarks: [...aside.remarks, sentence] };
}

type Collectors = {
  readonly findings: Findings;
  readonly acceptance: Acceptance | undefined;
  readonly explained: readonly Pick<FactsCollector, 'add' | 'clear'>[];
  readonly pseudonyms: Pseudonyms;
};

async function compareSides(
  { settings, connection: { budget }, now, watch = {} }: Check,
  pair: Pair,
  { findings, acceptance, explained, pseudonyms }: Collectors,
): Promise<PairComparison> {
  const ignore = () => undefined;
  const { onProgress = ignore, onPhase = ignore, onExplained = ignore } = watch;
  const isAccepting = (acceptance?.rules(false).length ?? 0) > 0;
  const told = (entity: Entity) => ({
    onDifference: (difference: Difference) => findings.add(difference, entity),
    accepts: isAccepting ? acceptance?.of(entity) : undefined,
    onGroups: meeting(entity, pseudonyms),
    onExplained(explanation: Explanation) {
      for (const collector of explained) collector.add(explanation, entity);
      onExplained(explanation, entity);
    },
  });
  try {
    const comparison = await comparePair(pair, extentOf(settings, now), told, { budget, settleMs: settings.settleSeconds * 1000, onProgress, onPhase });
    if (comparison.isBlind) {
      // Rows that such a key does not see are not findings.
      findings.clear();
      acceptance?.clear();
      for (const collector of explained) collector.clear();
    }
    return comparison;
  } catch (error) {
    return { ...emptyComparison(settings.mode === 'sample' ? 'sample' : 'full', 0), entities: [], trouble: describeDefect(error) };
  }
}

const extentOf = ({ mode, rotate, sampleSize, highThreshold, confidence, seed, readBudget, changedWithinSeconds }: Settings, now: () => Date): Extent => ({
  mode,
  sampleSize,
  enough: sampleSizeFor(highThreshold, confidence),
  seed,
  readBudget,
  rotates: rotate !== undefined,
  since: changedWithinSeconds === undefined ? undefined : new Date(now().getTime() - 1000 * changedWithinSeconds).toISOString(),
});
