import { keyId, type Difference, type Group, type Key } from '../document/document.ts';
import { addCounts, documentLevel, isSameCounts, levelName, noCounts, type Counts } from '../document/shape.ts';
import { createKeyIndex } from '../document/key-index.ts';
import type { Digester, Pair } from '../pair/pair.ts';
import type { LevelCount, Report } from '../report/report.ts';
import { BudgetError, isOutOfTime, ReadError } from '../store/errors.ts';
import type { Budget } from '../store/budget.ts';
import { digestBothSides } from './digest.ts';
import type { Explanation } from './explain.ts';
import { drawSample } from './sample.ts';
import { settle, type Settled } from './settle.ts';
import { scanBothSides } from './stream.ts';
import { createTally, type Tally } from './tally.ts';

/** What a comparison found, as far as it got. */
export type Comparison = {
  mode: Report['mode'];
  engine: Report['engine'];
  differing: number;
  compared: number;
  /** Weeks that were seen to differ and whose time to settle was cut short. */
  unsettled: number;
  /** Weeks that both sides kept changing for as long as they were watched. */
  restless: number;
  /** Whether there was no time to look for rows below the weeks that hang on nothing. */
  isLooseUnknown: boolean;
  population: number;
  /** Rows of the legacy side, as they were counted or, where all were read, seen. */
  legacyRows: number;
  /** Weeks that were to be compared: all of them, or the sample. */
  planned: number;
  /** Levels that were counted completely. */
  counts: LevelCount[];
  /** The same as if what is accepted were mended: what the verdict goes by. */
  judged: LevelCount[];
  /** Every level, in the weeks that were compared. */
  seen: LevelCount[];
  skipped: number;
  transient: number;
  sourceVersions: Record<string, number>;
  trouble: string | undefined;
  /** Whether the time budget ended it; `interruption` then says how far it came. */
  ranOut: boolean;
  interruption: string | undefined;
};

export type ComparisonOptions = {
  pair: Pair;
  budget: Budget;
  settleMs: number;
  /** Rows of the legacy table, and weeks of the normalized side, when the run began. */
  legacyRows: number;
  normalizedRows: number;
  onDifference: (difference: Difference) => void;
  /** Whether a difference is put up with, where there are rules about that. */
  accepts?: ((difference: Difference, again?: boolean) => boolean) | undefined;
  /** Receives every week that was read again, or drawn, with both of its sides. */
  onExplained?: (explanation: Explanation) => void;
  /** Receives the groups that are there, also as keys of their documents, before any document is explained. */
  onGroups?: (groups: Iterable<Group>) => void;
  onProgress: (done: number, total: number) => void;
  /** Tells, in a sentence, what is being done now. */
  onPhase: (sentence: string) => void;
};

/** Beyond so many, a difference in number is not writes in flight. */
const maxCountSuspects = 1000;

/**
 * Every week of both sides.
 *
 * @param digester compares inside the database; without it both sides are read
 * @throws what is neither trouble with reading nor the end of the time budget
 */
export async function compareFully(options: ComparisonOptions, digester?: Digester): Promise<Comparison> {
  const { pair, budget, settleMs, legacyRows, normalizedRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(pair, onDifference, accepts, options.onExplained);
  const result: Comparison = { ...emptyComparison('full', legacyRows), engine: digester ? 'digest' : 'stream' };
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };

  await catchTrouble(result, async () => {
    await pair.prepare();
    const total = legacyRows + normalizedRows;
    onPhase(`Comparing every week: ${legacyRows} legacy rows with ${normalizedRows} normalized weeks.`);
    // What was seen to differ needs time to settle before the budget ends.
    const reserveMs = Math.min(settleMs + 2000, 0.4 * 1000 * budget.seconds);
    const mayGoOn = () => budget.remainingMs() > reserveMs;
    // A week is compared once both of its rows are read.
    const onRows = (rows: number) => onProgress(rows / 2, total / 2);
    const scan = digester
      ? await digestBothSides(digester, pair.shape, tally, mayGoOn, onRows)
      : await scanBothSides(pair, tally, mayGoOn, onRows);
    result.skipped = scan.skipped;
    result.planned = result.population = scan.complete ? scan.population : Math.max(scan.population, legacyRows - scan.skipped);
    if (scan.suspects.length > 0) onPhase(settlingSentence(scan.suspects.length, settleMs));
    options.onGroups?.(pair.groups());
    options.onGroups?.(scan.suspects);
    // What is there when it is read again was overlooked, or written meanwhile.
    const held = [...scan.held];
    const accept = (explanation: Explanation) => {
      const id = scan.unseen.size + scan.counted.size > 0 ? keyId(explanation.key) : '';
      if (scan.unseen.has(id)) for (const document of explanation.actual) if (document.held) addCounts(held, document.held);
      if (scan.counted.has(id)) tally.takeBack(explanation);
      tally.addExplained(explanation);
    };
    const settling = { pair: { shape: pair.shape, read: (digester ?? pair).read }, settleMs, suspected: true, odd: scan.odd, accept, stop: budget.signal };
    await settle(scan.suspects, settling, settled);
    if (scan.trouble !== undefined) throw new ReadError(scan.trouble);
    if (!scan.complete) throw new BudgetError();
    const loose = digester ? scan.beside.loose : await looseMembers(pair, held, mayGoOn);
    tally.addBeside(scan.beside.more);
    if (loose) tally.addBeside(loose);
    result.isLooseUnknown = loose === undefined;

    result.population = tally.compared();
    result.legacyRows = scan.legacy[documentLevel(pair.shape)] ?? 0;
    result.counts = tally.counts(scan.legacy);
    result.judged = tally.withoutAccepted(result.counts);
  });
  for (const count of result.judged) if (count.difference !== 0) onDifference(countDifference(count));
  return finish(result, tally, settled, options);
}

/**
 * How many members hang on nothing, so that no document that was read shows them.
 *
 * @param held how many came with the documents
 * @returns `undefined` where the database, or this run, has no time to tell: what was compared stands without it
 * @throws {ReadError} where there are more that were not read, though nobody writes: then answers were cut
 */
async function looseMembers(pair: Pair, held: Counts, mayGoOn: () => boolean): Promise<Counts | undefined> {
  try {
    return await lookForLoose(pair, held, mayGoOn);
  } catch (error) {
    if (isOutOfTime(error)) return undefined;
    throw error;
  }
}

async function lookForLoose({ shape, holdings, actual }: Pair, held: Counts, mayGoOn: () => boolean): Promise<Counts> {
  const total = await holdings.total();
  if (isSameCounts(total, held)) return noCounts(shape);
  const { rows, counted } = await holdings.loose();
  const isExplained = (read: Counts) => total.every((count, level) => count <= (read[level] ?? 0) + (rows[level] ?? 0));
  // Otherwise they were written meanwhile: unless, with as many as before, the same ones are not shown again.
  if (isExplained(held)) return counted;
  const again = noCounts(shape);
  for await (const page of actual.documents()) {
    // It takes as long as the first time, and where somebody writes it says nothing: no reason for a run to end without a verdict.
    if (!mayGoOn()) return counted;
    for (const { entry } of page) if (entry.kind === 'claim' && entry.document.held) addCounts(again, entry.document.held);
  }
  if (isSameCounts(again, held) && isSameCounts(await holdings.total(), total)) throw holdings.cut();
  return counted;
}

/**
 * Weeks drawn from the legacy side, uniformly and without replacement; and the number of weeks on both sides, exactly.
 *
 * @param size how many weeks to draw; fewer where there are not so many
 */
export async function compareSample(options: ComparisonOptions, size: number, seed: string): Promise<Comparison> {
  const { pair, budget, settleMs, legacyRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(pair, onDifference, accepts, options.onExplained);
  const result = emptyComparison('sample', legacyRows);
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };
  const settling = { pair, settleMs, stop: budget.signal };
  const own = documentLevel(pair.shape);

  await catchTrouble(result, async () => {
    await pair.prepare();
    const index = createKeyIndex(pair.shape);
    const weeks = new Set<string>();
    const unclaimed = new Set<string>();
    let rows = 0;
    for await (const page of pair.expected.keys()) {
      rows += page.length;
      for (const { kind, key } of page) {
        if (kind === 'skipped') result.skipped += 1;
        else if (kind === 'unclaimed') unclaimed.add(index.add(key));
        else weeks.add(index.add(key));
      }
    }
    result.population = weeks.size;

    const sample = drawSample(keysOf(weeks, index.key), size, seed);
    result.planned = sample.length;
    onPhase(`Comparing ${sample.length} of ${weeks.size} weeks, drawn at random.`);
    options.onGroups?.(pair.groups());
    options.onGroups?.(index.all());
    await settle([...keysOf(unclaimed, index.key)], { ...settling, suspected: true, accept: tally.addExplained }, settled);
    const onSampleProgress = (done: number) => onProgress(done, sample.length);
    await settle(sample, { ...settling, suspected: false, accept: tally.addExplained, onProgress: onSampleProgress }, settled);

    const normalized = await pair.actual.count();
    const drawn = new Set(sample.map(index.add));
    // Equal numbers are no all-clear where some of the missing weeks may be accepted, and no orphan is.
    const alike = normalized === weeks.size && !accepts;
    const weekCount = alike ? { expected: weeks.size, normalized, mended: normalized } : await countInFlight(weeks, drawn, index.add, index.key);
    const level = { level: levelName(pair.shape, own), legacy: rows, expected: weekCount.expected };
    const counted = (there: number): LevelCount[] => [{ ...level, normalized: there, difference: there - level.expected }];
    result.counts = counted(weekCount.normalized);
    result.judged = counted(weekCount.mended);
    // Weeks that were drawn and are gone: the population is smaller by as many.
    result.population -= sample.length - tally.compared();
  });

  /** Unequal numbers of weeks: which weeks are on one side only, and are they still when both are read again? */
  async function countInFlight(weeks: ReadonlySet<string>, drawn: ReadonlySet<string>, idOf: (key: Key) => string, keyOf: (id: string) => Key) {
    const onlyNormalized: Key[] = [];
    const seen = new Set<string>();
    let normalized = 0;
    for await (const page of pair.actual.keys()) {
      for (const { kind, key } of page) {
        if (kind !== 'claim') continue;
        normalized += 1;
        const id = idOf(key);
        if (weeks.has(id)) seen.add(id);
        else onlyNormalized.push(key);
      }
    }
    const onlyLegacy = [...weeks].filter((id) => !seen.has(id)).map(keyOf);
    // Which of them are accepted is only known once they are read.
    if (!accepts && onlyLegacy.length + onlyNormalized.length > maxCountSuspects) return { expected: weeks.size, normalized, mended: normalized };

    if (onlyLegacy.length + onlyNormalized.length > 0) onPhase(settlingSentence(onlyLegacy.length + onlyNormalized.length, settleMs));
    const wasDrawn = ({ key }: Difference) => key !== null && drawn.has(idOf(key));
    const alone = createTally(pair, () => undefined, accepts && ((difference) => accepts(difference, wasDrawn(difference))));
    await settle([...onlyLegacy, ...onlyNormalized], { ...settling, suspected: true, accept: alone.addExplained }, settled);
    const counts = alone.counts([]);
    const counted = counts[own];
    const judged = alone.withoutAccepted(counts)[own];
    const inCommon = normalized - onlyNormalized.length;
    return {
      expected: seen.size + (counted?.expected ?? 0),
      normalized: inCommon + (counted?.normalized ?? 0),
      mended: inCommon + (judged?.normalized ?? 0),
    };
  }

  for (const count of result.judged) if (count.difference !== 0) onDifference(countDifference(count));
  return finish(result, tally, settled, options);
}

const settlingSentence = (weeks: number, settleMs: number): string =>
  `Reading ${weeks} ${weeks === 1 ? 'week' : 'weeks'} again${settleMs > 0 ? ` for ${settleMs / 1000} s` : ''}, to tell drift from writes in flight.`;

function* keysOf(ids: Iterable<string>, keyOf: (id: string) => Key): Generator<Key> {
  for (const id of ids) yield keyOf(id);
}

export function emptyComparison(mode: Report['mode'], legacyRows: number): Comparison {
  return {
    mode,
    engine: 'stream',
    differing: 0,
    compared: 0,
    unsettled: 0,
    restless: 0,
    isLooseUnknown: false,
    population: legacyRows,
    legacyRows,
    planned: legacyRows,
    counts: [],
    judged: [],
    seen: [],
    skipped: 0,
    transient: 0,
    sourceVersions: {},
    trouble: undefined,
    ranOut: false,
    interruption: undefined,
  };
}

const countDifference = ({ level, expected, normalized }: LevelCount): Difference => ({
  kind: 'count',
  level,
  key: null,
  path: null,
  legacy: expected,
  normalized,
  rowIds: {},
});

/** What is known before the trouble is kept. */
async function catchTrouble(result: Comparison, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BudgetError) result.ranOut = true;
    else if (error instanceof ReadError) result.trouble = error.message;
    else throw error;
  }
}

function finish(result: Comparison, tally: Tally, settled: Settled, { budget }: ComparisonOptions): Comparison {
  const compared = tally.compared();
  // Rows read twice because they were saved anew meanwhile must not make more weeks compared than there are.
  const population = Math.max(result.population, compared);
  return {
    ...result,
    population,
    compared,
    differing: tally.differing(),
    seen: tally.counts([]),
    unsettled: settled.unsettled,
    restless: settled.restless,
    transient: settled.transient,
    sourceVersions: tally.sourceVersions(),
    interruption: result.ranOut ? howFar(compared, Math.max(result.planned, compared), result.mode, budget) : undefined,
  };
}

function howFar(compared: number, planned: number, mode: Comparison['mode'], { seconds }: Budget): string {
  const share = planned === 0 ? 0 : Math.floor((1000 * compared) / planned) / 10;
  return `Within the time budget of ${seconds} s only ${compared} of ${planned} weeks (${share} %) could be compared. Raise time-budget-seconds${mode === 'full' ? ', or compare a sample (mode: sample)' : ''}.`;
}
