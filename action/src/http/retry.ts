import { setTimeout as sleep } from 'node:timers/promises';

/** What trying again after a failure needs to know. */
export type Again = {
  /** How often to try in all; 1 where another try would go no better. */
  tries: number;
  /** As long as the answer asks to wait. */
  waitMs?: number | undefined;
  /** It is limited, so that a soon try makes it worse. */
  isLimited?: boolean;
};

export type Patience = {
  /** Wait before the second try where nothing else is asked for; it doubles with each. Never 0: that would be a tight loop. */
  firstMs: number;
  /** The same where somebody limits without saying for how long; a second unless a test is in a hurry. */
  limitedMs?: number | undefined;
  /** Whether there is time for a wait. */
  mayWait: (ms: number) => boolean;
  /** Ends a wait early; what has failed stands. */
  stop?: AbortSignal | undefined;
};

/** More than any budget; and a timer that is set for more than 24 days goes off at once. */
const longestWaitMs = 6 * 3_600_000;

/**
 * Tries until it succeeds, or until trying again is no use: the one retry there is, for whoever is asked. It waits for
 * as long as the answer asks to, and for longer each time; where that would take longer than there is time, what has
 * failed stands at once.
 *
 * @param again how to go on after a failure; `undefined` where it was none
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  again: (result: T) => Again | undefined,
  { firstMs, limitedMs = 1000, mayWait, stop }: Patience,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    const next = again(result);
    if (!next || tried >= next.tries) return result;
    const waitMs = Math.max(next.waitMs ?? 0, (next.isLimited ? limitedMs : firstMs) * 2 ** (tried - 1));
    if (waitMs > longestWaitMs || !mayWait(waitMs)) return result;
    await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop?.aborted) return result;
  }
}
