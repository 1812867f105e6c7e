import { hash } from 'node:crypto';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { chunksOf } from '../document/chunks.ts';
import { keyId, pathId, placeId, valuesOf, type Difference, type Document, type Key } from '../document/document.ts';
import type { Entity, Reading } from '../pair/pair.ts';
import { number } from '../report/numbers.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import { explain, type Explanation } from './explain.ts';

const firstDelayMs = 250;

/** As many keys as are read together; three such chunks are in memory at once with the rows of both sides. */
const chunkSize = 100;

const nothing: Reading = { expected: [], actual: [], unclaimed: [], groupExists: false };

/** Some milliseconds of work. */
const explainedAtOnce = 10;

/** A place that has differed at every look so far. */
type Sighting = {
  readonly since: number;
  /** Since both values have been what they are. */
  stillSince: number;
  values: ReturnType<typeof valuesOf>;
  /** Which of the sides have been seen to change. */
  readonly moved: [legacy: boolean, normalized: boolean];
  /** Where one side is watched: what that says there. */
  readonly path: Difference['path'];
  said: string | undefined;
  /** Whether it has said something else since the last look at both sides, whatever it says now. */
  stirred: boolean;
};

/** One key under observation, with its differences by place while there are some to wait for. */
type Pending = {
  readonly key: Key;
  seen: Map<string, Sighting> | undefined;
  since: number | undefined;
  waits: boolean;
  moves: boolean;
  /** Where one side is watched: when the other one was written, at the last look at both. */
  written: string | undefined;
};

/** From one moment to the other, both sides were read: at which of the moments in between, nobody knows. */
type Look = { readonly begun: number; readonly ended: number };

/** Milliseconds, monotonic. */
export type Clock = { readonly now: () => number; readonly sleep: (ms: number, stop: AbortSignal) => Promise<unknown> };

export const realClock: Clock = { now: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };

export type Settled = {
  /** Differences that were seen and went away by themselves. */
  transient: number;
  /** Keys of which both sides kept changing, so that they were not seen to agree: nothing is known about them. */
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
 * its own time. That has an end: what differed at every look, one side standing still while the other one changed, is a
 * difference. What both sides kept changing is in motion, and it cannot be told from what is read of one after the other.
 *
 * Where only one side can be read for nothing, that one alone is looked at in between, and both as soon as something changes there.
 *
 * A key that neither side has any more was deleted, or asked for in a way that does not find it: where looking through the
 * rows shows it, it is read again.
 *
 * @param suspected whether the keys are here because a difference was seen; one that is gone then counts as transient
 * @param accept called once for every key, with what remained
 * @throws {ReadError | BudgetError} what was accepted before stays so; also where rows are there that no question by key finds
 */
export async function settle(
  keys: readonly Key[],
  options: {
    pair: Pick<Entity, 'read' | 'shape' | 'seek' | 'watch'>;
    settleMs: number;
    suspected: boolean;
    /** Those of the keys that are here although no difference was seen, by `keyId`. */
    odd?: ReadonlySet<string>;
    accept: (explanation: Explanation) => void;
    /** The end of the time budget. */
    stop: AbortSignal;
    onProgress?: (accepted: number) => void;
    clock?: Clock;
  },
  settled: Settled,
): Promise<void> {
  const { pair, settleMs, suspected, accept, clock = realClock } = options;
  const patienceMs = 5 * settleMs + 10_000;
  let pending: Pending[] = keys.map((key) => ({
    key,
    seen: undefined,
    since: undefined,
    waits: false,
    moves: false,
    written: undefined,
  }));
  const gone: Explanation[] = [];
  let accepted = 0;

  /** @returns whether it is to be looked at again; otherwise it is handed over as it is now */
  function mustWait(item: Pending, explanation: Explanation, look: Look, notes: Notes | undefined): boolean {
    const { mature, young } = judge(item, explanation.differences, look, notes, settleMs, settled);
    const { begun, ended } = look;
    item.since ??= ended;
    if (young.length > 0 && begun - item.since < patienceMs) {
      if (!item.waits) settled.unsettled += 1;
      item.waits = true;
      return true;
    }
    if (item.waits) settled.unsettled -= 1;
    const lasting = young.filter(({ sighting }) => begun - sighting.since >= settleMs && !sighting.moved.every(Boolean));
    const isRestless = lasting.length < young.length;
    if (isRestless) settled.restless += 1;
    item.seen = undefined;
    const differences = [...mature, ...lasting.map(({ difference }) => difference)];
    const last = isRestless ? { ...explanation, differences, actual: inStep(explanation) } : { ...explanation, differences };
    if (pair.seek && isNowhere(last)) gone.push(last);
    else accept(last);
    accepted += 1;
    return false;
  }

  /** Of those that must wait on: which are to be looked at now, and which show on the side that is watched that nothing has happened. */
  async function watch(waiting: readonly Pending[]): Promise<{ readonly due: readonly Pending[]; readonly quiet: Pending[] }> {
    const { watch: watched } = pair;
    if (!watched) return { due: waiting, quiet: [] };
    const { true: young = [], false: due = [] } = Object.groupBy(waiting, (item) => `${!item.moves && isYoung(item, clock.now(), settleMs)}`);
    const quiet: Pending[] = [];
    for await (const [chunk, readings] of inOrder(chunksOf(young, chunkSize), (some) => watched.read(some.map(({ key }) => key))))
      for (const item of chunk) {
        const reading = readings.get(keyId(item.key));
        (reading && isQuiet(item, reading[watched.side]) ? quiet : due).push(item);
      }
    return { due, quiet };
  }

  for (let round = 0; pending.length > 0; round += 1) {
    const { due, quiet: remaining } = await watch(pending);
    const read = async (chunk: readonly Pending[]) => {
      const begun = clock.now();
      const readings = await pair.read(chunk.map(({ key }) => key));
      return { readings, look: { begun, ended: clock.now() } };
    };
    for await (const [chunk, { readings, look }] of inOrder(chunksOf(due, chunkSize), read)) {
      for (const [place, item] of chunk.entries()) {
        // The answers to what is underway are not to wait until all of these are explained.
        if (place % explainedAtOnce === 0) await setImmediate();
        const id = keyId(item.key);
        const reading = readings.get(id) ?? nothing;
        const explanation = explain(item.key, reading, pair);
        const wasSeen = suspected && !options.odd?.has(id);
        if (round === 0 && wasSeen && explanation.differences.length === 0) settled.transient += 1;
        if (mustWait(item, explanation, look, pair.watch && notesOf(reading, pair.watch.side))) remaining.push(item);
      }
      options.onProgress?.(accepted);
    }
    pending = remaining;
    if (pending.length > 0) await pause(pending, round, settleMs, options.stop, clock);
  }
  if (gone.length === 0 || !pair.seek) return;
  const seen = await pair.seek(gone.map(({ key }) => key));
  const ids = new Set(seen.map(keyId));
  for (const explanation of gone) if (!ids.has(keyId(explanation.key))) accept(explanation);
  let lost = 0;
  const acceptSeen = (explanation: Explanation): void => {
    if (isNowhere(explanation)) lost += 1;
    else accept(explanation);
  };
  const { seek: _, ...rest } = pair;
  await settle(seen, { ...options, pair: rest, suspected: false, accept: acceptSeen, onProgress: () => undefined }, settled);
  if (lost > 0) throw new ReadError(lostSentence(pair.shape, lost));
}

/** Whether neither side has anything to say of the key, in scope or not. */
const isNowhere = ({ expected, actual, differences, outOfScope }: Explanation): boolean =>
  expected === undefined && actual.length === 0 && differences.length === 0 && !outOfScope?.legacy && !outOfScope?.normalized;

const lostSentence = ({ levels }: Entity['shape'], rows: number): string =>
  `Entity ${levels[0]?.name}: a scan returns rows that a lookup by key does not find (${number(rows)} of them), so they could not be compared. Something between this runner and the database changes its answers, or this is a bug in Driftwatch: run again, and report it if it persists.`;

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

/** What is in motion counts for as much on both sides: the numbers of two moments do not fit together. */
const inStep = ({ expected, actual }: Explanation): Explanation['actual'] => (expected && actual.length > 0 ? [expected, ...actual.slice(1)] : actual);

/**
 * Which of the differences have been there long enough: from the end of one look to the beginning of another one, since a slow look shows
 * what may have been gone when it ended. Forgets those that are gone.
 */
function judge(
  item: Pending,
  differences: readonly Difference[],
  { begun, ended }: Look,
  notes: Notes | undefined,
  settleMs: number,
  settled: Settled,
): { mature: Difference[]; young: { difference: Difference; sighting: Sighting }[] } {
  const earlier = item.seen;
  const seen = new Map<string, Sighting>();
  const mature: Difference[] = [];
  const young: { difference: Difference; sighting: Sighting }[] = [];
  const wasWritten = earlier !== undefined && notes !== undefined && notes.written !== item.written;
  item.moves = false;
  // Rows that stand for one week may differ in the same place, and there may be thousands of them.
  const inPlace = new Map<string, number>();
  for (const difference of differences) {
    const id = placeId(difference);
    const times = (inPlace.get(id) ?? 0) + 1;
    inPlace.set(id, times);
    const place = `${id} ${times}`;
    const values = valuesOf(difference);
    const said = notes && saidAt(difference, notes.watched);
    const sighting = earlier?.get(place) ?? {
      since: ended,
      stillSince: ended,
      values,
      moved: [false, false],
      path: difference.path,
      said,
      stirred: false,
    };
    const [legacyMoved, normalizedMoved] = [sighting.values[0] !== values[0], sighting.values[1] !== values[1]];
    if (legacyMoved || normalizedMoved) {
      settled.transient += 1;
      item.moves = true;
      sighting.stillSince = ended;
      sighting.values = values;
      sighting.moved[0] ||= legacyMoved;
      sighting.moved[1] ||= normalizedMoved;
    }
    // Values that are back may have been right in between.
    const wasStirred = sighting.stirred || sighting.said !== said;
    if (notes && earlier?.has(place) && (wasStirred || wasWritten)) {
      sighting.stillSince = ended;
      sighting.moved[notes.place] ||= wasStirred;
      sighting.moved[1 - notes.place] ||= wasWritten;
    }
    sighting.said = said;
    sighting.stirred = false;
    seen.set(place, sighting);
    if (settleMs === 0 || begun - sighting.stillSince >= settleMs) mature.push(difference);
    else young.push({ difference, sighting });
  }
  for (const place of earlier?.keys() ?? []) if (!seen.has(place)) settled.transient += 1;
  item.seen = seen;
  item.written = notes?.written;
  return { mature, young };
}

/** What tells of writes between two looks at both sides: what the watched side says, which is one of both, and when the other one was written. */
type Notes = { readonly place: 0 | 1; readonly watched: readonly Document[]; readonly written: string };

const notesOf = ({ expected, actual }: Reading, side: 'expected' | 'actual'): Notes => {
  const [place, watched, other] = side === 'expected' ? ([0, expected, actual] as const) : ([1, actual, expected] as const);
  return { place, watched, written: other.map(({ version }) => version ?? '').join(' ') };
};

/** Whether the side that is watched says the same wherever a difference was seen; notes where it does not. */
function isQuiet({ seen }: Pending, watched: readonly Document[]): boolean {
  const sightings = [...(seen?.values() ?? [])];
  for (const sighting of sightings) sighting.stirred ||= saidAt(sighting, watched) !== sighting.said;
  return !sightings.some(({ stirred }) => stirred);
}

/** What documents say in a place, whatever is written elsewhere in them; all that they say where they differ as a whole. */
function saidAt({ path }: Pick<Difference, 'path'>, documents: readonly Document[]): string {
  const id = path && pathId(path);
  const parts = documents.map(({ rowIds, fields, problems }) => {
    // One that was deleted and written anew in between is known by what it says now.
    if (id === null) return [rowIds, [...fields].map(([name, { value }]) => [name, value])];
    const field = fields.get(id);
    return [field?.value, field?.unreadable, problems.filter((problem) => problem.path && pathId(problem.path) === id).map(valuesOf)];
  });
  return hash('sha256', JSON.stringify(parts), 'base64');
}

/** Whether one of its differences has not been there long enough; true of none before the first look. */
const isYoung = ({ seen }: Pending, now: number, settleMs: number): boolean =>
  [...(seen?.values() ?? [])].some(({ stillSince }) => now - stillSince < settleMs);

/** Until the next re-read; no longer than until something can have outlived `settleMs`. */
async function pause(pending: readonly Pending[], round: number, settleMs: number, stop: AbortSignal, clock: Clock): Promise<void> {
  const now = clock.now();
  const youngest = Math.max(...pending.slice(0, 1000).flatMap(({ seen }) => [...(seen?.values() ?? [])].map(({ stillSince }) => stillSince)), now - settleMs);
  const untilMature = youngest + settleMs - now;
  // What is being rewritten is looked at more often: it is enough to see both sides agree once.
  const wait = pending.some(({ moves }) => moves) ? firstDelayMs : firstDelayMs * 2 ** round;
  const delay = Math.max(0, Math.min(wait, untilMature + 1));
  await clock.sleep(delay, stop).catch((cause: unknown) => {
    throw new BudgetError({ cause });
  });
}
