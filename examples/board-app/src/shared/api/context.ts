import type { SupabaseClient } from '@supabase/supabase-js';
import { type Firestore, Timestamp } from 'firebase/firestore/lite';
import type { DualWrite, DualWriteBatch, DualWriteOperation } from './dualWrite.ts';

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
 * asked for, on both sides.
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
  const firestoreTurns = new Map<string, Promise<unknown>>();
  const supabaseTurns = new Map<string, Promise<unknown>>();

  /** @param handOver is called in Firestore's turn, so that nobody takes a place in Supabase's row in between */
  async function inOrder<Taken>(paths: readonly string[], toFirestore: () => Promise<Taken>, handOver: (taken: Taken) => Promise<void>): Promise<Taken> {
    const { taken, handed } = await inTurn(firestoreTurns, paths, async () => {
      const answer = await toFirestore();
      const handing = handOver(answer);
      void inTurn(supabaseTurns, paths, () => handing);
      return { taken: answer, handed: handing };
    });
    await handed;
    return taken;
  }

  /** What writes to Supabase once the writes to this path are over that were handed over before. */
  function afterOthers(path: string, write: (supabase: SupabaseClient) => PromiseLike<unknown>): (supabase: SupabaseClient) => Promise<unknown> {
    const before = supabaseTurns.get(path);
    return async (supabase) => {
      await before?.catch(() => undefined);
      return write(supabase);
    };
  }

  return {
    firestore,
    time() {
      const clock = Math.trunc(now().getTime());
      if (Number.isNaN(clock)) throw new RangeError('The clock says what is no time.');
      const next = Math.max(clock, last + 1);
      // May throw as well. Kept as the last one, what is no time would leave every later write without one.
      const time = Timestamp.fromMillis(next);
      last = next;
      return time;
    },
    write: ({ path, ...about }, toFirestore, toSupabase) =>
      inOrder([path], toFirestore, (taken) => dualWrite({ ...about, supabaseWrite: afterOthers(path, (supabase) => toSupabase(supabase, taken)) })),
    writeAll: (about, writes, toFirestore) =>
      inOrder(
        writes.map(({ path }) => path),
        toFirestore,
        () =>
          dualWriteBatch({ ...about, writes: writes.map(({ entityId, path, toSupabase }) => ({ entityId, supabaseWrite: afterOthers(path, toSupabase) })) }),
      ),
  };
}

/** One after the other, whatever became of the one before. */
function inTurn<T>(turns: Map<string, Promise<unknown>>, keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const turn = Promise.allSettled(keys.map((key) => turns.get(key))).then(work);
  for (const key of keys) turns.set(key, turn);
  const leave = (): void => {
    for (const key of keys) if (turns.get(key) === turn) turns.delete(key);
  };
  turn.then(leave, leave);
  return turn;
}
