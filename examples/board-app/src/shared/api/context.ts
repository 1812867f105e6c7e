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
  dualWriteBatch: DualWriteBatch;
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

export function createContext({ firestore, dualWrite: { dualWrite, dualWriteBatch }, now = () => new Date() }: BoardApiOptions): Context {
  let last = 0;
  const firestoreTurns = new Map<string, Promise<unknown>>();
  const supabaseTurns = new Map<string, Promise<unknown>>();

  return {
    firestore,
    dualWriteBatch,
    time() {
      last = Math.max(Math.trunc(now().getTime()), last + 1);
      return Timestamp.fromMillis(last);
    },
    async write({ path, ...about }, toFirestore, toSupabase) {
      const taken = await inTurn(firestoreTurns, path, async () => {
        const answer = await toFirestore();
        // The place in Supabase's row is taken in this turn, so that nobody comes between.
        const before = supabaseTurns.get(path);
        const handed = dualWrite({
          ...about,
          supabaseWrite: async (supabase) => {
            await before?.catch(() => undefined);
            return toSupabase(supabase, answer);
          },
        });
        void inTurn(supabaseTurns, path, () => handed);
        return { answer, handed };
      });
      await taken.handed;
      return taken.answer;
    },
  };
}

/** One after the other, whatever became of the one before. */
function inTurn<T>(turns: Map<string, Promise<unknown>>, key: string, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
  turns.set(key, turn);
  const leave = (): void => {
    if (turns.get(key) === turn) turns.delete(key);
  };
  turn.then(leave, leave);
  return turn;
}
