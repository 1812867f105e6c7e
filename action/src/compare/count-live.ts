import type { Side } from '../pair/pair.ts';
import type { LevelCount } from '../report/report.ts';
import { realClock } from './settle.ts';

/** Counting both sides while rows come and go on them. */

/** Of both sides, with by how much the normalized side grew or shrank meanwhile. */
type Numbers = {
  readonly count: Pick<LevelCount, 'legacy' | 'expected' | 'normalized'>;
  /** Of the normalized side, as near to what is expected as it may have been when that was counted. */
  readonly nearest: number;
  readonly moved: number;
};

export type LiveCount = Pick<Numbers, 'count'> & {
  /** Of the normalized side, what the verdict goes by. */
  readonly judged: number;
  /** Of how many rows nothing is known. */
  readonly restless: number;
};

type Sides = { readonly expected: Side; readonly actual: Side };

const apart = ({ count: { expected }, nearest }: Numbers): number => Math.abs(nearest - expected);

const distance = (numbers: Numbers): number => apart(numbers) || numbers.moved;

/**
 * Two sides are never counted at one moment, and where rows keep coming, the one that is counted later has more. So the normalized side is
 * counted before and after: it is taken for what it may have been in between, and for equal where that is possible.
 *
 * @param isNow whether rows that were read to be counted are read again
 */
export async function countLive({ expected: legacySide, actual }: Sides, isNow = false): Promise<Numbers> {
  const before = await actual.count();
  const { numbers, count } = legacySide;
  const { rows: legacy, keys: expected } = numbers ? await numbers(isNow) : await count().then((rows) => ({ rows, keys: rows }));
  if (before === expected) return { count: { legacy, expected, normalized: before }, nearest: before, moved: 0 };
  const after = await actual.count();
  const nearest = Math.min(Math.max(expected, Math.min(before, after)), Math.max(before, after));
  const normalized = Math.abs(before - expected) < Math.abs(after - expected) ? before : after;
  return { count: { legacy, expected, normalized }, nearest, moved: Math.abs(after - before) };
}

/**
 * Numbers that differ at one moment may be writes in flight: the smallest difference of those seen within the time to settle. Where rows
 * keep coming and going there are always some, at most as many as came and went: so few say nothing, and are shown as they were counted.
 */
export async function countSettled(sides: Sides, first: Numbers, settleMs: number, stop: AbortSignal, clock = realClock): Promise<LiveCount> {
  let least = first;
  let last: Numbers | undefined;
  let moved = 0;
  const end = clock.now() + settleMs;
  // The last one begins when the time is over, however long the one before took.
  let isLast = settleMs === 0;
  while (distance(least) > 0 && !isLast) {
    await clock.sleep(Math.min(1000, settleMs), stop).catch(() => undefined);
    isLast = clock.now() >= end;
    const again = await countLive(sides, true);
    moved += again.moved;
    if (last) moved += Math.abs(again.count.expected - last.count.expected) + Math.abs(again.nearest - last.nearest);
    last = again;
    if (distance(again) <= distance(least)) least = again;
  }
  const { count, nearest } = least;
  return apart(least) > moved ? { count, judged: nearest, restless: 0 } : { count, judged: count.expected, restless: distance(least) };
}
