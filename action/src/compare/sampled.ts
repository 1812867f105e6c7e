import type { Difference, Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import { documentLevel, levelName } from '../document/shape.ts';
import { number } from '../report/numbers.ts';
import type { LevelCount } from '../report/report.ts';
import { allDocuments, documents } from '../report/words.ts';
import {
  catchTrouble,
  countDifference,
  documentWords,
  emptyComparison,
  finish,
  settlingSentence,
  type Comparison,
  type ComparisonOptions,
} from './comparison.ts';
import { countLive, countSettled } from './count-live.ts';
import { drawSample } from './sample.ts';
import { settle, type Settled } from './settle.ts';
import { createTally } from './tally.ts';

/** If more weeks than this differ in number, the cause is not writes in flight. */
const maxCountSuspects = 1000;

type Counting = { readonly isWhole?: boolean; readonly isBilled?: boolean; readonly isCompared?: (key: Key) => boolean };

/**
 * Compares weeks drawn from the legacy side, uniformly and without replacement, and counts the weeks on both sides exactly.
 *
 * @param size how many weeks to draw; fewer if there are not so many. With 0, both sides are only counted
 * @param counting for a part: `isWhole` counts everything instead of the part alone, `isBilled` says that rows are so expensive that they
 * are only counted, and `isCompared` says in which weeks another comparison already counts what is accepted
 */
export async function compareSample(
  options: ComparisonOptions,
  size: number,
  seed: string,
  { isWhole = false, isBilled = false, isCompared = () => false }: Counting = {},
): Promise<Comparison> {
  const { entity, budget, settleMs, legacyRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison('sample', legacyRows);
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };
  const settling = { pair: entity, settleMs, stop: budget.signal, accept: tally.addExplained };
  const own = documentLevel(entity.shape);
  const words = documentWords(entity);
  // Drawn from the whole pair, whichever part is compared: together, the parts are the sample of the whole.
  const whole = entity.part?.whole ?? entity;
  const isOwn = entity.part?.has ?? (() => true);
  const toCount = isWhole ? whole : entity;

  const settleSample = (sample: readonly Key[]): Promise<void> =>
    settle(sample, { ...settling, suspected: false, onProgress: (done) => onProgress(done, sample.length) }, settled);

  await catchTrouble(result, async () => {
    await entity.prepare();
    if (size === 0 ? isBilled : entity.drawFrom === 'actual') return drawFromActual();
    const index = createKeyIndex(entity.shape);
    const weeks = new Set<string>();
    const unclaimed = new Set<string>();
    const elsewhere = new Set<string>();
    let rows = 0;
    for await (const page of whole.expected.keys()) {
      for (const { kind, key } of page) {
        if (!isOwn(key)) {
          if (kind === 'claim') elsewhere.add(index.add(key));
          continue;
        }
        rows += 1;
        if (kind === 'skipped') result.skipped += 1;
        else if (kind === 'unclaimed') unclaimed.add(index.add(key));
        else weeks.add(index.add(key));
      }
    }
    result.population = weeks.size;
    result.legacyRows = rows;

    const sample = drawSample(keysOf(inTurn(weeks, elsewhere), index.key), size, seed).filter(isOwn);
    result.planned = sample.length;
    if (size > 0) onPhase(comparing(sample.length, weeks.size));
    options.onGroups?.(entity.groups());
    options.onGroups?.(index.all());
    if (size > 0) await settle([...keysOf(unclaimed, index.key)], { ...settling, suspected: true }, settled);
    await settleSample(sample);

    const drawn = new Set(sample.map(index.add));
    const weekCount = isBilled
      ? ((await countOnly(rows - weeks.size)) ?? (await countInFlight(weeks, drawn, index.add, index.key)))
      : (await isAlike(rows, weeks.size))
        ? { expected: weeks.size, normalized: weeks.size, mended: weeks.size }
        : await countInFlight(weeks, drawn, index.add, index.key);
    const level = { level: levelName(entity.shape, own), legacy: rows, expected: weekCount.expected };
    const counted = (there: number): LevelCount[] => [{ ...level, normalized: there, difference: there - level.expected }];
    result.counts = counted(weekCount.normalized);
    result.judged = counted(weekCount.mended);
    // Weeks that were drawn and have disappeared since make the population smaller.
    result.population -= sample.length - tally.compared();
  });

  function comparing(drawn: number, all: number): string {
    if (drawn > 0 && drawn >= all) return `Comparing ${allDocuments({ document: words }, drawn)}.`;
    return `Comparing ${number(drawn)} of ${documents({ document: words }, all)}, drawn at random.`;
  }

  /** Looks up the other side by key: reading all of its keys would cost as much as reading all of it. */
  async function drawFromActual(): Promise<void> {
    const index = createKeyIndex(entity.shape);
    const claimed = new Set<string>();
    if (size > 0)
      for await (const page of whole.draw?.() ?? whole.actual.keys())
        for (const { kind, key } of page) if (kind === 'claim' && (size < Number.POSITIVE_INFINITY || isOwn(key))) claimed.add(index.add(key));
    const sample = drawSample(keysOf(claimed, index.key), size, seed).filter(isOwn);
    const first = await countLive(toCount);
    const { expected } = first.count;
    result.planned = sample.length;
    result.population = Math.max(expected, sample.length);
    if (size > 0)
      onPhase(
        size < Number.POSITIVE_INFINITY
          ? comparing(sample.length, Math.max(expected, [...keysOf(claimed, index.key)].filter(isOwn).length))
          : `Comparing ${number(sample.length)} of ${documents({ document: words }, result.population)}, those of this part.`,
      );
    options.onGroups?.(index.all());
    await settleSample(sample);
    const { count, judged, restless } = await countSettled(toCount, first, settleMs, budget.signal);
    settled.restless += restless;
    result.population = count.expected;
    const counted = (normalized: number): LevelCount[] => [
      { level: levelName(entity.shape, own), ...count, normalized, difference: normalized - count.expected },
    ];
    result.counts = counted(count.normalized);
    // If an accepted orphan makes the numbers equal, another week is missing.
    result.judged = tally.withoutAccepted(counted(judged));
  }

  /**
   * Whether both sides have the same number of weeks. Equal numbers prove nothing if some of the missing weeks may be accepted and no
   * orphan is, or if rows came or went since they were read: that many new rows can hide as many missing ones.
   */
  async function isAlike(rows: number, weeks: number): Promise<boolean> {
    // Counting a part means reading all keys.
    return !accepts && !entity.part && (await entity.actual.count()) === weeks && (await entity.expected.count()) === rows;
  }

  /**
   * Where rows cost money, none is read to see which one is missing, as long as they can be counted.
   *
   * @param aside rows of the legacy side that are no week of their own
   */
  async function countOnly(aside: number) {
    const { expected, actual, part } = entity;
    if (part || (await actual.counted?.()) === undefined || (await expected.counted?.()) === undefined) return undefined;
    const numbers = async () => {
      const rows = (await expected.counted?.()) ?? Number.NaN;
      return { rows, keys: rows - aside };
    };
    const sides = { expected: { ...expected, numbers }, actual };
    const { count, judged, restless } = await countSettled(sides, await countLive(sides), settleMs, budget.signal);
    settled.restless += restless;
    return { expected: count.expected, normalized: count.normalized, mended: judged };
  }

  /** Which weeks exist on one side only, or more than once, and still do when both sides are read again? */
  async function countInFlight(weeks: ReadonlySet<string>, drawn: ReadonlySet<string>, idOf: (key: Key) => string, keyOf: (id: string) => Key) {
    // Each key once, however many rows it has: reading it again shows all of them.
    const onlyNormalized = new Map<string, Key>();
    const inCommon = new Set<string>();
    // A row that was saved again in another place while pages were read also appears twice.
    const repeated = new Set<string>();
    let normalized = 0;
    for await (const page of entity.actual.keys()) {
      for (const { kind, key } of page) {
        if (kind !== 'claim') continue;
        normalized += 1;
        const id = idOf(key);
        if (!weeks.has(id)) onlyNormalized.set(id, key);
        else if (inCommon.has(id)) repeated.add(id);
        else inCommon.add(id);
      }
    }
    const onlyLegacy = [...weeks].filter((id) => !inCommon.has(id)).map(keyOf);
    // Which of them are accepted is known only once they are read.
    const suspects = [...onlyLegacy, ...onlyNormalized.values(), ...[...repeated].map(keyOf)];
    if (!accepts && suspects.length > maxCountSuspects) return { expected: weeks.size, normalized, mended: normalized };

    if (suspects.length > 0) onPhase(settlingSentence(suspects.length, words, settleMs));
    const wasDrawn = ({ key }: Difference) => key !== null && (drawn.has(idOf(key)) || isCompared(key));
    const alone = createTally(entity, () => undefined, accepts && ((difference) => accepts(difference, wasDrawn(difference))));
    await settle(suspects, { ...settling, suspected: true, accept: alone.addExplained }, settled);
    const counts = alone.counts([]);
    const counted = counts[own];
    const judged = alone.withoutAccepted(counts)[own];
    const once = inCommon.size - repeated.size;
    return {
      expected: once + (counted?.expected ?? 0),
      normalized: once + (counted?.normalized ?? 0),
      mended: once + (judged?.normalized ?? 0),
    };
  }

  for (const count of result.judged) if (count.difference !== 0) onDifference(countDifference(count));
  return finish(result, tally, settled, options);
}

function* inTurn<T>(...all: readonly Iterable<T>[]): Generator<T> {
  for (const each of all) yield* each;
}

function* keysOf(ids: Iterable<string>, keyOf: (id: string) => Key): Generator<Key> {
  for (const id of ids) yield keyOf(id);
}
