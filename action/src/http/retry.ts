import { setTimeout as sleep } from 'node:timers/promises';

/** How to go on after a failure. */
export type Again = {
  /** How often to try in total; 1 if another attempt would not help. */
  tries: number;
  /** How long the answer asks to wait. */
  waitMs?: number | undefined;
  /** Requests are limited, so an early attempt would make it worse. */
  isLimited?: boolean;
};

export type Patience = {
  /** Wait before the second attempt unless something else is requested; it doubles each time. Never 0: that would be a tight loop. */
  firstMs: number;
  /** The same if a service limits requests without saying for how long; a second unless a test is in a hurry. */
  limitedMs?: number | undefined;
  /** Whether there is time for a wait. */
  mayWait: (ms: number) => boolean;
  /** Ends a wait early; the failure stands. */
  stop?: AbortSignal | undefined;
};

/** Longer than any budget. A timer that is set for more than 24 days would fire at once. */
const longestWaitMs = 6 * 3_600_000;

/**
 * Tries until it succeeds, or until trying again is useless: the only retry loop, used for every host. It waits for as long as the answer
 * asks to, and longer each time; if there is not enough time for that, the failure stands at once.
 *
 * @param again how to go on after a failure; `undefined` if the result is not a failure
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
