import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { differenceId, keyId, type Difference, type Key } from '../document/document.ts';
import type { Pair, Reading } from '../pair/pair.ts';
import { BudgetError } from '../side/read-error.ts';
import { explain, type Explanation } from './explain.ts';

const firstDelayMs = 250;

/** As many keys as are read together; three such chunks are in memory at once with the rows of both sides. */
const chunkSize = 100;

const nothing: Reading = { expected: [], actual: [], unclaimed: [], childExists: false };

/** Some milliseconds of work. */
const explainedAtOnce = 10;

/** Milliseconds, monotonic; `sleep` rejects when the signal aborts. */
export type Clock = { now: () => number; sleep: (ms: number, stop: AbortSignal) => Promise<void> };

const realClock: Clock = { now: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };

/** One key under observation, with the time at which each of its differences was first seen while there are some to wait for. */
type Pending = { readonly key: Key; seen: Map<string, number> | undefined; since: number | undefined; waits: boolean };

export type Settled = {
  /** Differences that were seen and went away by themselves. */
  transient: number;
  /** Keys whose differences kept changing until they were given up. */
  restless: number;
  /** Keys that showed a difference and were not read again in time. */
  unsettled: number;
};

/**
 * Reads both sides of each key until it shows no difference, or none that has not been there for `settleMs`:
 * after 250 ms, then at doubling intervals, all that are pending together. In a system that is being written to, a
 * difference at one moment is mostly a write that is half done.
 *
 * A difference is the same one only while its place and both of its values stay: another one in the same week is given
 * its own time.
 *
 * @param suspected whether the keys are here because a difference was seen; one that is gone then counts as transient
 * @param accept called once for every key, with what remained
 * @throws {ReadError | BudgetError} what was accepted before stays so
 */
export async function settle(
  keys: readonly Key[],
  options: {
    pair: Pick<Pair, 'read' | 'levels'>;
    settleMs: number;
    suspected: boolean;
    /** Those of the keys that are here although no difference was seen. */
    odd?: ReadonlySet<Key>;
    accept: (explanation: Explanation) => void;
    /** The end of the time budget. */
    stop: AbortSignal;
    onProgress?: (accepted: number) => void;
    clock?: Clock;
  },
  tally: Settled,
): Promise<void> {
  const { pair, settleMs, suspected, accept, clock = realClock } = options;
  const patienceMs = 5 * settleMs + 10_000;
  let pending: Pending[] = keys.map((key) => ({ key, seen: undefined, since: undefined, waits: false }));
  let accepted = 0;

  for (let round = 0; pending.length > 0; round += 1) {
    const remaining: Pending[] = [];
    const read = async (chunk: readonly Pending[]) => ({ readings: await pair.read(chunk.map(({ key }) => key)), now: clock.now() });
    for await (const [chunk, { readings, now }] of inOrder(chunksOf(pending), read)) {
      for (const [place, item] of chunk.entries()) {
        // The answers to what is underway are not to wait until all of these are explained.
        if (place % explainedAtOnce === 0) await setImmediate();
        const explanation = explain(item.key, readings.get(keyId(item.key)) ?? nothing, pair);
        const { mature, young } = judge(item, explanation.differences, now, settleMs, tally);
        const wasSeen = suspected && !options.odd?.has(item.key);
        if (round === 0 && wasSeen && explanation.differences.length === 0) tally.transient += 1;
        item.since ??= now;
        if (young > 0 && now - item.since < patienceMs) {
          if (!item.waits) tally.unsettled += 1;
          item.waits = true;
          remaining.push(item);
          continue;
        }
        if (item.waits) tally.unsettled -= 1;
        if (young > 0) tally.restless += 1;
        item.seen = undefined;
        accept({ ...explanation, differences: mature });
        accepted += 1;
      }
      options.onProgress?.(accepted);
    }
    pending = remaining;
    if (pending.length > 0) await pause(pending, round, settleMs, options.stop, clock);
  }
}

function* chunksOf(pending: readonly Pending[]): Generator<readonly Pending[]> {
  for (let start = 0; start < pending.length; start += chunkSize) yield pending.slice(start, start + chunkSize);
}

/** Each item with what `work` makes of it, in order; two are underway, also while the caller is busy with one that is done. */
async function* inOrder<Item, Result>(items: Iterable<Item>, work: (item: Item) => Promise<Result>): AsyncGenerator<[Item, Result]> {
  const underway: (() => Promise<[Item, Result]>)[] = [];
  for (const item of items) {
    const done = underway.length < 2 ? undefined : await underway.shift()?.();
    const result = work(item);
    // Awaited later, unless something else goes wrong before.
    result.catch(() => undefined);
    underway.push(async () => [item, await result]);
    if (done) yield done;
  }
  for (const finish of underway) yield finish();
}

/** Which of the differences have been there long enough; forgets those that are gone. */
function judge(
  item: Pending,
  differences: readonly Difference[],
  now: number,
  settleMs: number,
  tally: Settled,
): { mature: Difference[]; young: number } {
  const ids = new Set(differences.map(differenceId));
  item.seen ??= new Map();
  const { seen } = item;
  for (const id of seen.keys()) {
    if (ids.has(id)) continue;
    seen.delete(id);
    tally.transient += 1;
  }
  for (const id of ids) if (!seen.has(id)) seen.set(id, now);
  const mature = differences.filter((difference) => now - (seen.get(differenceId(difference)) ?? now) >= settleMs);
  return { mature, young: differences.length - mature.length };
}

/** Until the next re-read; no longer than until something can have outlived `settleMs`. */
async function pause(pending: readonly Pending[], round: number, settleMs: number, stop: AbortSignal, clock: Clock): Promise<void> {
  const now = clock.now();
  const youngest = Math.max(...pending.slice(0, 1000).flatMap(({ seen }) => [...(seen?.values() ?? [])]), now - settleMs);
  const untilMature = youngest + settleMs - now;
  const delay = Math.max(0, Math.min(firstDelayMs * 2 ** round, untilMature + 1));
  await clock.sleep(delay, stop).catch((cause: unknown) => {
    throw new BudgetError('The time budget ran out while differences were given time to settle.', { cause });
  });
}
