import { cheapRows, comparePair, type Extent, type PairComparison } from './compare/compare-pair.ts';
import { emptyComparison, type Comparison } from './compare/comparison.ts';
import type { Explanation } from './compare/explain.ts';
import { createFindings, type Findings } from './compare/findings.ts';
import { describeDefect } from './defect.ts';
import type { Difference, Group } from './document/document.ts';
import { migration, readHistory } from './history/history.ts';
import { declarationDigest, idOf } from './history/id.ts';
import { runOf } from './history/run.ts';
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
import type { Aside, Entity, Health, Pair } from './pair/pair.ts';
import type { Connection } from './pair/pairs.ts';
import { narrowPair } from './pair/narrow.ts';
import { createPseudonyms, type Pseudonyms } from './privacy/pseudonyms.ts';
import { assemble, type Parts } from './report/assemble.ts';
import { shownRuns, type extents, type HealthCheck, type Report } from './report/report.ts';
import { coverageSentence, documents, type Words } from './report/words.ts';
import { ReadError } from './store/errors.ts';
import { createReader } from './store/postgrest/create-reader.ts';
import { judgeCutover } from './verdict/cutover.ts';
import { sampleSizeFor } from './verdict/statistics.ts';
import { judge } from './verdict/verdict.ts';

/** What a run is made of. */
export type Check = {
  readonly settings: Settings;
  readonly connection: Connection;
  /** Of accepted differences; absent without a file of them. */
  readonly rules?: readonly KnownDriftRule[] | undefined;
  /** The time, for the report; durations are measured on their own. */
  readonly now: () => Date;
  /** What the file says of the pair (`declarationOf`): what was verified under another one is not verified. */
  readonly declaration?: unknown;
  /** How many runs there were, this one included: what a part follows where none is on record. */
  readonly runNumber?: number;
  readonly watch?: Watch;
  /** What a part has to have in common with others to be put together with them (`measureOf`). */
  readonly measure?: string;
};

/** Who wants to know how it goes. */
export type Watch = {
  readonly onProgress?: (done: number, total: number) => void;
  readonly onPhase?: (sentence: string) => void;
  /** Receives both sides of every week that was read again, with the differences that count. */
  readonly onExplained?: (explanation: Explanation, entity: Entity) => void;
};

/**
 * Compares both sides and says what that amounts to. Reads only; never throws for what a database or a network does:
 * that ends in the verdict `unknown`, with the reason.
 */
export async function check(about: Check): Promise<Report> {
  const { settings, connection, rules, now } = about;
  const startedAt = now();
  const start = performance.now();
  const [census, wholeCensus] = [takeCensus(), takeCensus()];
  const turn = await turnOf(about);
  const part = turn?.part ?? settings.part;
  // A pair with provenance knows without counting.
  const counted = (of: Pair, by: Census): Pair => (of.provenance ? of : { ...of, entities: of.entities.map(by.watch) });
  // Where rows are read to compare a part, those of the others come by too.
  const pair = part
    ? counted(narrowPair(settings.part ? counted(connection.pair, wholeCensus) : connection.pair, part), census)
    : counted(connection.pair, census);
  const answers = pair.provenance && askStore(pair.provenance);
  const pseudonyms = createPseudonyms(connection.pseudonymKey, settings.revealValues);
  const findings = createFindings(pseudonyms, pair.isDeclared ? pair.entities.map(({ name }) => name) : []);
  const acceptance = rules && createAcceptance(rules, pseudonyms, startedAt.toISOString().slice(0, 10));
  const [facts, picture] = [collectFacts(), collectPicture(pair.entities, pseudonyms)];
  const comparing = compareSides(about, pair, { findings, acceptance, explained: [facts, picture], pseudonyms });
  // Meanwhile, so that it takes no time of its own.
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
  // What is skipped by the date must be known to be in order, and in a sample it is not.
  const since = isWhole && turn === undefined && comparison.mode === 'full' ? firstWrite(facts.facts()) : undefined;
  const clues = isWhole && settings.part ? await cluesOf(facts.facts(), comparison, { ...pair, answers, census: wholeCensus }, pseudonyms) : undefined;
  const list = picture.dated(findings.list());
  const report = await conclude(
    about,
    {
      startedAt,
      durationMs: () => Math.round(performance.now() - start),
      comparison: named,
      aside: asideOf(about),
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
    ? { ...report, part: settings.part, evidence: { ...evidenceOf(report, comparison, about.measure ?? '', since), ...(clues && { clues }) } }
    : report;
}

/** Whose turn it is, where parts are compared one a run. */
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

const digestOf = ({ settings, connection: { pair }, declaration = null }: Check): string =>
  declarationDigest([declaration, pair.isDeclared ? null : settings.weekAlignment]);

/** What a run has found, whether it compared by itself or put parts together. */
export type Found = {
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly durationMs: () => number;
  readonly comparison: Omit<PairComparison, 'entities'> & { readonly entities: readonly (Comparison & { readonly name: string })[] };
  readonly aside: Aside;
  readonly sourceVersions: Report['sourceVersions'];
  readonly findings: Parts['findings'];
  readonly pseudonymKeyId: string | undefined;
  readonly accepted: Parts['accepted'];
  readonly origin: readonly string[];
  readonly picture: Report['picture'];
  /** Calendar date (UTC) since which all that differs was last written, where that is known. */
  readonly since: string | undefined;
  /** Which parts were put together; absent where this run compared by itself. */
  readonly sources?: string | undefined;
  /** `comparison.trouble` for channels, where it is too long for them. */
  readonly shortReason?: string | undefined;
};

type History = Awaited<ReturnType<typeof readHistory>>;

/** The runs on record, of which a part is none. */
export function historyOf({ settings: { part }, connection: { record, budget, pair }, now }: Check): Promise<History> | undefined {
  return part || !record ? undefined : readHistory(createReader(record.url, record.key, budget.signal, budget), pair.name, now);
}

/** Judges what was found, and makes the report of it, with health and history beside it. */
export async function conclude(about: Check, found: Found, recorded: Promise<History> | undefined, turn?: Turn): Promise<Report> {
  const {
    settings,
    connection: { pair },
    now,
  } = about;
  const { comparison, findings } = found;
  const { checks, obstacles } = comparison.trouble === undefined && !settings.part ? await readHealth(pair) : { checks: [], obstacles: [] };
  const history = await recorded;
  // Where there is trouble, it has been said already.
  const health = [...checks];
  if (comparison.restless > 0) health.push(remark(`${pair.words.document.many} in motion`, inMotion(comparison.restless, pair.words)));
  if (comparison.isLooseUnknown && comparison.interruption === undefined && comparison.trouble === undefined)
    health.push(remark('rows without a parent', looseUnknown));
  if (typeof history === 'string' && comparison.trouble === undefined) health.push(remark('history', history));
  if (turn?.problem !== undefined && comparison.trouble === undefined) health.push(remark('rotation', turn.problem));
  const thresholds = { high: settings.highThreshold, critical: settings.criticalThreshold };
  const judged = (one: Comparison) => ({ ...one, counts: one.judged });
  const entities = comparison.entities.map(judged);
  const judgement = await judge(
    { ...judged(comparison), words: pair.words, entities: entities.length > 0 ? entities : undefined, findings: findings.total, health },
    thresholds,
    settings.confidence,
  );
  const { list, byType: findingsByType } = findings;
  const since = comparison.legacyRows > cheapRows ? found.since : undefined;
  const assembled = assemble({
    ...found,
    pair,
    settings,
    thresholds,
    finishedAt: found.finishedAt ?? now(),
    durationMs: found.durationMs(),
    entities: comparison.entities.map((one, place) => ({ name: one.name, comparison: one, rated: judgement.entities[place] })),
    judgement,
    health,
    repair: pair.repair({ findings: list, findingsByType, health, since }),
  });
  const report = found.shortReason === undefined ? assembled : { ...assembled, shortReason: found.shortReason };
  if (settings.part) return report;
  const recordable = {
    ...report,
    record: { declaration: digestOf(about), extent: extentOfCheck(comparison, settings), ...(found.sources !== undefined && { sources: found.sources }) },
  };
  const complete = turn ? inTurn(recordable, turn) : recordable;
  return { ...complete, ...withHistory(complete, history, obstacles, settings) };
}

/** What it takes to put this part and others together. */
function evidenceOf(
  { interruption, severityByType, differingWeeks, pseudonymKeyId, picture }: Report,
  { entities }: PairComparison,
  measure: string,
  since: string | undefined,
): NonNullable<Report['evidence']> {
  return {
    measure,
    ...(interruption !== undefined && { interruption }),
    entities: entities.map(({ entity, comparison: one }) => ({
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
    })),
    severityByType: { ...severityByType },
    differingWeeks: { key: differingWeeks.key, weeks: [...differingWeeks.weeks] },
    ...(pseudonymKeyId !== undefined && { pseudonymKeyId }),
    ...(since !== undefined && { firstWrite: since }),
    ...(picture && { picture: { ...picture, cells: [...picture.cells] } }),
  };
}

/** What documents belong to is met where it is shown under pseudonyms, and where documents stand alone there is nothing to meet. */
function meeting({ shape: { key, group } }: Entity, pseudonyms: Pseudonyms): (groups: Iterable<Group>) => void {
  const part = key[group - 1];
  return (groups) => {
    if (part?.shown === 'pseudonym') pseudonyms.meet(part.name, starts(groups, group));
  };
}

function* starts(groups: Iterable<Group>, length: number): Generator<Group> {
  for (const group of groups) yield group.slice(0, length);
}

/** Names of writers that are not the pair's own may be anything. */
const shownVersions = ({ sourceVersions }: PairComparison, pair: Pair, hide: (version: string) => string): Report['sourceVersions'] =>
  Object.fromEntries(Object.entries(sourceVersions).map(([version, weeks]) => [pair.sourceVersions.has(version) ? version : hide(version), weeks]));

/** How much was looked at of what the run was about, for those that go by it later. */
function extentOfCheck({ mode, restless, compared }: Found['comparison'], { highThreshold }: Settings): (typeof extents)[number] {
  if (mode === 'recent' || restless > highThreshold * compared) return 'nothing';
  return mode === 'sample' ? 'sample' : 'all';
}

/** Whether a difference that is there was seen. */
const couldTell = ({ mode, trouble, interruption }: PairComparison): boolean => mode === 'full' && trouble === undefined && interruption === undefined;

/** What this run amounts to, together with those that compared other parts. */
function inTurn(report: Report, { part, standing: standingOf }: Turn): Report {
  const { coverage, ...standing } = standingOf(report);
  return { ...report, part, coverage, standing };
}

/** What this run is among the runs on record, and what that means for the cut-over. */
function withHistory(report: Report, history: History, obstacles: readonly string[], { readyAfter }: Settings): Pick<Report, 'trend' | 'cutover'> {
  const thisRun = runOf(report);
  const id = idOf(report);
  // The same parts may be on record already, put together by an earlier attempt.
  const earlier =
    (typeof history === 'object' ? history.filter((run) => run.id !== id).map(({ id: _id, ...run }) => run) : history) ??
    `No earlier run is on record: apply ${migration} and use a secret key.`;
  return {
    ...(typeof earlier === 'string' ? {} : { trend: [...earlier, thisRun].slice(-shownRuns) }),
    cutover: judgeCutover({
      words: report.words,
      mode: report.mode,
      coverage: report.coverage && coverageSentence(report.coverage, report.finishedAt),
      thisRun,
      earlier,
      readyAfter,
      obstacles,
    }),
  };
}

const inMotion = (howMany: number, words: Words): string =>
  `${documents(words, howMany)} ${howMany === 1 ? 'was' : 'were'} being rewritten on both sides for as long as this run watched, so whether they agree is unknown. The next run looks again; if this persists, find out what rewrites them.`;

const looseUnknown =
  'Habits and records that belong to no week were not counted: that took longer than the database or the time budget allows. Everything else was compared; run again at a quieter time, or raise time-budget-seconds.';

/** What cannot be read beside the rows is a remark, never trouble: the comparison stands without it. */
const remark = (name: string, detail: string): HealthCheck => ({ check: name, status: 'warning', severity: 'low', detail });

/** Of the entities of which nothing says when a row was written, a run of recent writes says that it leaves them out. */
function asideOf({ settings, connection: { pair } }: Check): Aside {
  const aside = pair.aside();
  const left = settings.changedWithinSeconds === undefined ? [] : pair.entities.filter(({ written }) => written === undefined).map(({ name }) => name);
  if (left.length === 0) return aside;
  const sentence = `Recent writes of ${left.join(', ')} cannot be distinguished from older ones, so ${left.length === 1 ? 'it was' : 'they were'} left out. Declare changed for ${left.length === 1 ? 'it' : 'them'} in the file, or run without changed-within.`;
  return { ...aside, remarks: [...aside.remarks, sentence] };
}

async function readHealth(pair: Pair): Promise<Health> {
  if (pair.health === undefined) return { checks: [], obstacles: [] };
  try {
    return await pair.health();
  } catch (error) {
    const detail = error instanceof ReadError ? error.message : 'The time budget ran out before it could be read.';
    return {
      checks: [remark('health', detail)],
      obstacles: ['The health of the dual-write could not be read, so whether it is on and without failures is unknown.'],
    };
  }
}

/** Of a pair of several entities: how many documents of each were compared. */
export const comparedOf = (entities: Found['comparison']['entities']): ReadonlyMap<string, number> | undefined =>
  entities.length > 1 ? new Map(entities.map(({ name, compared }) => [name, compared])) : undefined;

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
    const extent = extentOf(settings, now);
    const compared = extent.since === undefined ? pair : { ...pair, entities: pair.entities.filter(({ written }) => written !== undefined) };
    const comparison = await comparePair(compared, extent, told, { budget, settleMs: settings.settleSeconds * 1000, onProgress, onPhase });
    if (comparison.isBlind) {
      // What such a key sees as missing is no finding.
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
