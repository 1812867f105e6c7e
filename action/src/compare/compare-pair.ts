import type { Difference } from '../document/document.ts';
import type { BilledScan, Entity, Pair } from '../pair/pair.ts';
import { mostParts } from '../parts/part.ts';
import { unbroken } from '../privacy/inert.ts';
import { number } from '../report/numbers.ts';
import type { LevelCount, Report } from '../report/report.ts';
import type { Budget } from '../store/budget.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import { countDifference, documentWords, emptyComparison, howFar, type Comparison, type ComparisonOptions } from './comparison.ts';
import { compareEntities, type Compared } from './entities.ts';
import { compareFully } from './full.ts';
import { compareRecent } from './recent.ts';
import { compareSample } from './sampled.ts';

/** Up to so many rows `auto` compares all of them even where that means reading them. */
export const cheapRows = 2000;

/** How much of a pair is to be compared. */
export type Extent = {
  readonly mode: 'auto' | 'full' | 'sample';
  /** How many documents to draw in all; `auto`: of each entity as many as `enough`, the fewest that prove it to be in order. */
  readonly sampleSize: number | 'auto';
  readonly enough: number;
  readonly seed: string;
  /** Documents that may be read where each costs money. */
  readonly readBudget: number;
  /** Whether one part is compared, and everything counted. */
  readonly rotates?: boolean;
  /** Only what was written since, ISO 8601, UTC. */
  readonly since?: string | undefined;
};

/** What a comparison of several entities came to, as sums, and each of them. */
export type PairComparison = Comparison & { readonly entities: readonly Compared[] };

/** What each entity's comparison is told, beside what is the same for all. */
export type Told = (entity: Entity) => Pick<ComparisonOptions, 'onDifference' | 'accepts' | 'onExplained' | 'onGroups'>;

type Options = Pick<ComparisonOptions, 'onProgress' | 'onPhase'> & { readonly budget: Budget; readonly settleMs: number };

type Sized = { readonly entity: Entity } & Sizes;

type Sizes = Pick<ComparisonOptions, 'legacyRows' | 'normalizedRows'> & { readonly isEstimate: boolean };

/**
 * Every entity of a pair, as much of it as is to be compared.
 *
 * @throws what is neither trouble with reading nor the end of the time budget
 */
export async function comparePair(pair: Pair, extent: Extent, told: Told, options: Options): Promise<PairComparison> {
  // Of others nothing says when a row was written.
  const entities = pair.entities.filter(({ written }) => extent.since === undefined || written !== undefined);
  const nothing = { ...emptyComparison(modeOf(extent), 0), entities: [] };
  const { budget } = options;
  // What a database answers has its own names in it.
  const onPhase = (sentence: string) => options.onPhase(unbroken(sentence));
  // How many rows there are matters until it is clear that not all of them are compared.
  const mostRows = Math.max(cheapRows, pair.isBilled ? extent.readBudget : 0);
  const enough = extent.mode === 'full' || extent.since !== undefined ? 0 : mostRows + 1;
  try {
    const sized: Sized[] = [];
    for (const entity of entities) {
      // What is compared and how is decided of the whole, whichever part this run has.
      const sizes = await sizesOf(entity.part?.whole ?? entity, enough);
      const trouble = entity.sight.troubleWithEmpty(sizes.legacyRows, sizes.normalizedRows);
      if (trouble !== undefined) return { ...nothing, population: ownShareOf(entity, sizes.legacyRows), trouble };
      sized.push({ entity, ...sizes });
    }
    const ways = await waysOf(pair, sized, { ...extent, mayLookUp: (entity) => told(entity).accepts === undefined }, onPhase);
    const progress = inAll(sized, options.onProgress);
    const compared = await compareEntities(entities, async (entity, onScanned) => {
      const { legacyRows = 0, normalizedRows = 0, isEstimate = false } = sized.find((one) => one.entity === entity) ?? {};
      const way = ways.get(entity) ?? {};
      const phase = pair.isDeclared ? (sentence: string) => onPhase(`${entity.name}: ${sentence}`) : onPhase;
      const own: ComparisonOptions = {
        ...options,
        ...told(entity),
        entity,
        legacyRows: ownShareOf(entity, legacyRows),
        normalizedRows: ownShareOf(entity, normalizedRows),
        isEstimate: isEstimate || entity.part !== undefined,
        onProgress: progress(entity),
        onPhase: phase,
        onScanned,
      };
      if (extent.since !== undefined) return compareRecent(own, extent.since);
      const rotates = extent.rotates === true && entity.part !== undefined;
      if (rotates && (way.isLookedUp || (entity.drawFrom === 'actual' && way.size !== undefined)))
        return lookedUp({ ...own, legacyRows, normalizedRows }, way, extent.seed);
      // What a part holds alone is no drift where the whole is counted.
      const part = rotates
        ? { ...own, onDifference: (difference: Difference) => (difference.kind === 'count' ? undefined : own.onDifference(difference)) }
        : own;
      // Which rows of the counts are accepted is only known once they are read.
      const isBilled = pair.isBilled && own.accepts === undefined;
      const comparison = way.size === undefined ? await compareFully(part, way.digester) : await compareSample(part, way.size, extent.seed, { isBilled });
      const blind = entity.sight.troubleWithSeen(comparison.seen);
      if (blind === undefined && rotates && entity.part) return inWhole(own, comparison, entity.part, { legacyRows, normalizedRows }, isBilled);
      return blind === undefined
        ? comparison
        : { ...emptyComparison(comparison.mode, own.legacyRows), engine: comparison.engine, population: comparison.population, trouble: blind, isBlind: true };
    });
    return merged(sized, compared, modeOf(extent, ways), budget);
  } catch (error) {
    if (error instanceof ReadError) return { ...nothing, trouble: error.message };
    if (error instanceof BudgetError) {
      const [first] = entities;
      const one = first ? documentWords(first).one : 'row';
      return {
        ...nothing,
        interruption: `The time budget of ${budget.seconds} s ran out before a ${one} was compared. Raise time-budget-seconds, or look at why the project answers slowly.`,
      };
    }
    throw error;
  }
}

/**
 * One part, whose rows are looked up on the side that bills each: by the keys of the other one, so that what that one lacks is
 * missing from the counts only. Where these are equal, each missing row stands against one too many, which some part has.
 */
async function lookedUp(own: ComparisonOptions, { size }: Way, seed: string): Promise<Comparison> {
  const comparison = await compareSample(own, size ?? Number.POSITIVE_INFINITY, seed, { isWhole: true });
  const mode = size === undefined ? 'full' : 'sample';
  return { ...comparison, mode, isPart: !comparison.ranOut };
}

/** One part within the whole, of which both sides are counted. */
async function inWhole(
  own: ComparisonOptions,
  part: Comparison,
  { whole, has }: NonNullable<Entity['part']>,
  rows: Pick<ComparisonOptions, 'legacyRows' | 'normalizedRows'>,
  isBilled: boolean,
): Promise<Comparison> {
  if (part.trouble !== undefined || part.ranOut) return { ...part, counts: [], judged: [], population: Math.max(rows.legacyRows, part.compared) };
  const counted = await compareSample({ ...own, ...rows, entity: whole, onProgress: () => undefined }, 0, '', {
    isBilled,
    isCompared: has,
  });
  const levels = new Set(counted.counts.map(({ level }) => level));
  const below = part.judged.filter(({ level }) => !levels.has(level));
  for (const count of below) if (count.difference !== 0) own.onDifference(countDifference(count));
  return {
    ...part,
    isPart: true,
    population: Math.max(counted.population, part.compared),
    legacyRows: counted.legacyRows,
    counts: counted.counts,
    judged: [...counted.judged, ...below],
    skipped: counted.skipped,
    trouble: counted.trouble,
    ranOut: counted.ranOut,
    interruption: counted.ranOut ? `The time budget of ${own.budget.seconds} s ran out before both sides were counted. Raise time-budget-seconds.` : undefined,
  };
}

/** About as many rows as a part has. */
const ownShareOf = ({ part }: Entity, rows: number): number => (part ? Math.ceil(rows / part.of) : rows);

/**
 * Rows that only reading counts are assumed to be as many as those of the other side, if there are `enough` of them. If the other side is
 * empty, or cannot be counted either, it says nothing, and all of them are read.
 */
async function sizesOf({ expected, actual }: Pick<Entity, 'expected' | 'actual'>, enough: number): Promise<Sizes> {
  const sizeOf = async ({ size, count }: Entity['expected'], most: number): Promise<number> => (size ? size(most) : count());
  const all = Number.POSITIVE_INFINITY;
  let [legacy, normalized] = [await sizeOf(expected, enough), await sizeOf(actual, enough)];
  if (legacy === all && (normalized === 0 || normalized === all)) legacy = await sizeOf(expected, all);
  if (normalized === all && legacy === 0) normalized = await sizeOf(actual, all);
  const least = Math.max(enough, ...[legacy, normalized].filter(Number.isFinite));
  return { legacyRows: Math.min(legacy, least), normalizedRows: Math.min(normalized, least), isEstimate: !Number.isFinite(legacy + normalized) };
}

/** How an entity is compared: inside the database, by reading it, by looking up every row of a part, or a sample of so many. */
type Way = { readonly digester?: Entity['digester'] | undefined; readonly size?: number; readonly isLookedUp?: boolean };

async function waysOf(
  pair: Pair,
  sized: readonly Sized[],
  extent: Extent & { readonly mayLookUp: (entity: Entity) => boolean },
  onPhase: (sentence: string) => void,
): Promise<ReadonlyMap<Entity, Way>> {
  if (extent.since !== undefined) return new Map();
  /** Without one where it could compare all, and not this part. */
  const digesters = new Map<Entity, Entity['digester'] | undefined>();
  const said = new Set<string>();
  const advised: string[] = [];
  if (extent.mode !== 'sample') {
    for (const { entity } of sized) {
      const { ready, sentence: answer, narrows = false, advice } = await entity.digester.probe();
      const isAble = !entity.part || narrows;
      if (ready) digesters.set(entity, isAble ? entity.digester : undefined);
      const sentence = ready && !isAble ? 'The database can compare only everything, not a single part, so the rows of this part are read.' : answer;
      // Several entities of one store say the same.
      if (!said.has(sentence)) onPhase(sentence);
      said.add(sentence);
      if (ready && isAble && advice !== undefined) advised.push(advice);
    }
  }
  const toRead = sized.filter(({ entity }) => !digesters.has(entity));
  const isCheap = sumOf(toRead, ({ legacyRows }) => legacyRows) <= cheapRows;
  const scans = extent.mode === 'full' ? [] : await scansOf(sized);
  const billed = rowsOf(scans);
  const reads = new Map<Entity, number>();
  for (const { entity } of sized) reads.set(entity, (await entity.readsOfLookUp?.()) ?? 0);
  // Each of several sources in one group may have been counted with the rows of all of them.
  const lookUpReads = ({ entity, legacyRows }: Sized): number =>
    Math.min(legacyRows, rowsOf(scans.filter((scan) => scan.entity === entity))) * (reads.get(entity) ?? 0);
  const lookUps = extent.rotates && pair.isBilled ? await withLookUps(sized, extent.mayLookUp) : new Set<Entity>();
  // Who compares in turns wants each part compared, and pays for that alone where rows can be looked up.
  const readsOfTurn = sumOf(sized, (one) => (lookUps.has(one.entity) ? lookUpReads(one) / (one.entity.part?.of ?? 1) : 0));
  const isAffordable = pair.isBilled && readsOfTurn + rowsOf(scans.filter(({ entity }) => !lookUps.has(entity))) <= extent.readBudget;
  if (extent.mode === 'full' || (extent.mode === 'auto' && (toRead.length === 0 || (pair.isBilled ? isAffordable : isCheap || extent.rotates === true)))) {
    // Of no use to a sample.
    for (const advice of advised) onPhase(advice);
    return new Map(sized.map(({ entity }) => [entity, { digester: digesters.get(entity), isLookedUp: extent.rotates === true && lookUps.has(entity) }]));
  }
  // Where both sides are billed, one is read to draw from.
  const drawnFrom = scans.some(({ isLegacy }) => !isLegacy) ? scans.filter(({ isLegacy }) => isLegacy) : [];
  const readsToDraw = rowsOf(drawnFrom);
  if (pair.isDeclared && billed > extent.readBudget) {
    const about = sized.some(({ isEstimate }) => isEstimate) ? 'about ' : '';
    onPhase(`Every row read is billed: ${about}${number(billed)} of them are more than read-budget (${number(extent.readBudget)}) allows.`);
    // Who compares one part of several at the same time has decided otherwise.
    const mayTurn =
      extent.mode === 'auto' &&
      (extent.rotates || !sized.some(({ entity }) => entity.part)) &&
      (await withLookUps(sized, extent.mayLookUp)).size === sized.length;
    const fitting = mayTurn ? fittingTurns(sumOf(sized, lookUpReads), extent.readBudget) : undefined;
    if (fitting !== undefined) onPhase(`With rotate: ${fitting} each run would compare one part of them, which fits.`);
    if (readsToDraw > extent.readBudget)
      onPhase(
        `Both sides are billed, so one of them is read completely to draw rows from it: ${about}${number(readsToDraw)} reads, more than read-budget (${number(extent.readBudget)}) allows. To pay less, compare recent writes only (changed-within); for about twice as much, mode: full compares every row.`,
      );
  }
  const readBudget = extent.readBudget - readsToDraw;
  return new Map(sized.map((one) => [one.entity, { size: sampleOf(one, sized, { ...extent, readBudget }, reads.get(one.entity) ?? 0) }]));
}

/**
 * The entities whose rows can be looked up where each costs money: not where differences are accepted, since an accepted row too
 * many would make the numbers equal of which a row is missing.
 */
async function withLookUps(sized: readonly Sized[], mayLookUp: (entity: Entity) => boolean): Promise<ReadonlySet<Entity>> {
  const found = new Set<Entity>();
  for (const { entity } of sized) if (mayLookUp(entity) && (await entity.canLookUp?.())) found.add(entity);
  return found;
}

/** In how many parts the largest of them is surely within the budget: a hash makes them about as large, not exactly. */
function fittingTurns(rows: number, readBudget: number): number | undefined {
  for (let turns = Math.ceil(rows / readBudget); turns <= mostParts; turns += 1) {
    if (rows / turns + 4 * Math.sqrt(rows / turns) <= readBudget) return turns;
  }
  return undefined;
}

type Scan = BilledScan & { readonly entity: Entity };

async function scansOf(sized: readonly Sized[]): Promise<readonly Scan[]> {
  const scans: Scan[] = [];
  for (const { entity, legacyRows, normalizedRows } of sized) {
    for (const scan of (await entity.scans?.({ legacy: legacyRows, normalized: normalizedRows })) ?? [])
      // What the legacy side has and a scan of the other side does not show is looked up there.
      scans.push({ ...scan, entity, rows: scan.isLegacy ? scan.rows : Math.max(scan.rows, legacyRows) });
  }
  return scans;
}

/** How many rows some scans read. Those of the same name are one where their entities are read at the same time. */
const rowsOf = (scans: readonly Scan[]): number =>
  sumOf([...Map.groupBy(scans, ({ entity, name }) => JSON.stringify([entity.scanName, name])).values()], (same) => Math.max(...same.map(({ rows }) => rows)));

/** A number that is given, or that may be read, is spread over the entities by their size, at least one each, so that nothing of it is left over. */
function sampleOf(one: Sized, all: readonly Sized[], { sampleSize, enough, readBudget }: Extent, readsOfEach: number): number {
  const rows = Math.max(
    1,
    sumOf(all, ({ legacyRows }) => legacyRows),
  );
  const before = sumOf(all.slice(0, all.indexOf(one)), ({ legacyRows }) => legacyRows);
  const shareOf = (total: number): number => Math.max(1, Math.floor((total * (before + one.legacyRows)) / rows) - Math.floor((total * before) / rows));
  const wanted = sampleSize === 'auto' ? enough : all.length === 1 ? sampleSize : shareOf(sampleSize);
  return readsOfEach > 0 ? Math.min(wanted, Math.max(1, Math.floor(shareOf(readBudget) / readsOfEach))) : wanted;
}

const sumOf = <T>(items: readonly T[], numberOf: (item: T) => number): number => items.reduce((sum, item) => sum + numberOf(item), 0);

function modeOf({ mode, since }: Extent, ways?: ReadonlyMap<Entity, Way>): Report['mode'] {
  if (since !== undefined) return 'recent';
  if (ways) return [...ways.values()].some(({ size }) => size !== undefined) ? 'sample' : 'full';
  return mode === 'sample' ? 'sample' : 'full';
}

/** How far the comparison of all of them is: those that were not begun count with the rows that they have. */
function inAll(sized: readonly Sized[], onProgress: ComparisonOptions['onProgress']): (entity: Entity) => ComparisonOptions['onProgress'] {
  const known = new Map(sized.map(({ entity, legacyRows, normalizedRows }) => [entity, { done: 0, total: (legacyRows + normalizedRows) / 2 }]));
  return (entity) => (done, total) => {
    known.set(entity, { done, total });
    onProgress(
      sumOf([...known.values()], (one) => one.done),
      sumOf([...known.values()], (one) => one.total),
    );
  };
}

function merged(sized: readonly Sized[], compared: readonly Compared[], mode: Report['mode'], budget: Budget): PairComparison {
  const entities = sized.map(
    ({ entity, legacyRows }) => compared.find((one) => one.entity === entity) ?? { entity, comparison: emptyComparison(mode, ownShareOf(entity, legacyRows)) },
  );
  const all = entities.map(({ comparison }) => comparison);
  // Whatever rows there are, they may all be out of scope, which who counts the whole knows.
  const isEmpty = all.every(({ isPart, population }) => isPart && population === 0);
  const hasOtherParts = !isEmpty && sized.some(({ entity: { part }, legacyRows, normalizedRows }) => part && legacyRows + normalizedRows > 0);
  const [first] = all;
  if (all.length === 1 && first) return { ...first, mode, hasOtherParts, entities };
  const sum = (numberOf: (comparison: Comparison) => number): number => sumOf(all, numberOf);
  const lists = (listOf: (comparison: Comparison) => LevelCount[]): LevelCount[] => all.flatMap(listOf);
  const troubles = [...new Set(all.flatMap(({ trouble }) => trouble ?? []))];
  const ranOut = all.some((comparison) => comparison.ranOut);
  const [population, done, planned] = [sum((one) => one.population), sum((one) => one.compared), sum((one) => one.planned)];
  return {
    mode,
    engine: all.every(({ engine }) => engine === 'digest') ? 'digest' : 'stream',
    differing: sum((one) => one.differing),
    compared: done,
    unsettled: sum((one) => one.unsettled),
    restless: sum((one) => one.restless),
    isLooseUnknown: all.some(({ isLooseUnknown }) => isLooseUnknown),
    population,
    legacyRows: sum((one) => one.legacyRows),
    planned,
    counts: lists((one) => one.counts),
    judged: lists((one) => one.judged),
    seen: lists((one) => one.seen),
    skipped: sum((one) => one.skipped),
    transient: sum((one) => one.transient),
    sourceVersions: {},
    trouble: troubles.length === 0 ? undefined : troubles.join(' '),
    ranOut,
    interruption: ranOut
      ? howFar(done, Math.max(planned, done), mode, budget, sized[0] ? documentWords(sized[0].entity) : { one: 'row', many: 'rows' })
      : undefined,
    isBlind: all.some(({ isBlind }) => isBlind),
    hasOtherParts,
    entities,
  };
}
