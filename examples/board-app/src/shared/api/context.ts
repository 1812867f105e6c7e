import type { SupabaseClient } from '@supabase/supabase-js';
import { type Firestore, Timestamp } from 'firebase/firestore/lite';
import type { DualWrite, DualWriteBatch, DualWriteOperation } from './dualWrite.ts';
import { timestampOf } from './rows.ts';

export type BoardApiOptions = {
  firestore: Firestore;
  dualWrite: { dualWrite: DualWrite; dualWriteBatch: DualWriteBatch };
  now?: () => Date;
};

/** What every domain writes with. */
export type Context = {
  readonly firestore: Firestore;
  /** The time of a write, in whole milliseconds: later than that of every write before. */
  time: () => Timestamp;
  /** Writes to Firestore, and hands the same to Supabase once Firestore took it. */
  write: Write;
  /** The same for several documents that one write to Firestore changes. */
  writeAll: WriteAll;
};

/**
 * Rejects when and only when `toFirestore` does, and then nothing is handed over. Two writes to one `path` happen in the order in which they were
 * asked for, on both sides. So do a delete and the writes below its path, which it takes along.
 *
 * @param path of the document, or of what stands for one
 * @param toSupabase is given what `toFirestore` answered
 */
type Write = <Taken>(
  about: { entityType: string; operationType: DualWriteOperation; entityId: string; path: string },
  toFirestore: () => Promise<Taken>,
  toSupabase: (supabase: SupabaseClient, taken: Taken) => PromiseLike<unknown>,
) => Promise<Taken>;

type WriteAll = (
  about: { entityType: string; operationType: DualWriteOperation },
  writes: { entityId: string; path: string; toSupabase: (supabase: SupabaseClient) => PromiseLike<unknown> }[],
  toFirestore: () => Promise<void>,
) => Promise<void>;

export function createContext({ firestore, dualWrite: { dualWrite, dualWriteBatch }, now = () => new Date() }: BoardApiOptions): Context {
  let last = 0;
  const firestoreTurns: Turns = new Map();
  const supabaseTurns: Turns = new Map();

  /**
   * Firestore took the write: even a helper that rejects makes it no failure.
   *
   * @param handOver is called in Firestore's turn, so that nobody takes a place in Supabase's row in between
   */
  async function inOrder<Taken>(places: readonly string[], toFirestore: () => Promise<Taken>, handOver: (taken: Taken) => Promise<void>): Promise<Taken> {
    const { taken, handed } = await inTurn(firestoreTurns, places, async () => {
      const answer = await toFirestore();
      const handing = handOver(answer).catch(() => undefined);
      void inTurn(supabaseTurns, places, () => handing);
      return { taken: answer, handed: handing };
    });
    await handed;
    return taken;
  }

  /** What writes to Supabase once those writes are over that were handed over before and concern these places. */
  function afterOthers(places: readonly string[], write: (supabase: SupabaseClient) => PromiseLike<unknown>): (supabase: SupabaseClient) => Promise<unknown> {
    const others = othersBefore(supabaseTurns, places);
    return async (supabase) => {
      await others;
      return write(supabase);
    };
  }

  return {
    firestore,
    time() {
      // Where this throws, the last one stays: kept as one, what is no time would leave every later write without one.
      const clock = timestampOf(now()).toMillis();
      last = Math.max(clock, last + 1);
      return Timestamp.fromMillis(last);
    },
    write({ path, ...about }, toFirestore, toSupabase) {
      const places = placesOf(path, about.operationType);
      return inOrder(places, toFirestore, async (taken) =>
        dualWrite({ ...about, supabaseWrite: afterOthers(places, (supabase) => toSupabase(supabase, taken)) }),
      );
    },
    writeAll(about, writes, toFirestore) {
      const placed = writes.map(({ path, ...write }) => ({ ...write, places: placesOf(path, about.operationType) }));
      return inOrder(
        placed.flatMap(({ places }) => places),
        toFirestore,
        async () =>
          dualWriteBatch({
            ...about,
            writes: placed.map(({ entityId, places, toSupabase }) => ({ entityId, supabaseWrite: afterOthers(places, toSupabase) })),
          }),
      );
    },
  };
}

/** The last write to each place. */
type Turns = Map<string, Promise<unknown>>;

/** A place is a path, or everything below one: that ends with a slash. */
const placesOf = (path: string, operation: DualWriteOperation): string[] => (operation === 'delete' ? [path, `${path}/`] : [path]);

const isWithin = (place: string, other: string): boolean => other.endsWith('/') && place.startsWith(other);

/** Resolves once the last writes to these places and within them are over, and those to what they are within, whatever became of them. */
function othersBefore(turns: Turns, places: readonly string[]): Promise<unknown> {
  const others = [...turns].filter(([other]) => places.some((place) => place === other || isWithin(place, other) || isWithin(other, place)));
  return Promise.allSettled(others.map(([, turn]) => turn));
}

/** One after the other, whatever became of the one before. */
function inTurn<T>(turns: Turns, places: readonly string[], work: () => Promise<T>): Promise<T> {
  const turn = othersBefore(turns, places).then(work);
  for (const place of places) turns.set(place, turn);
  const leave = (): void => {
    for (const place of places) if (turns.get(place) === turn) turns.delete(place);
  };
  turn.then(leave, leave);
  return turn;
}
