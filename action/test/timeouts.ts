import type { TestContext } from 'node:test';

/**
 * For a test of what happens when no answer comes: until its end `AbortSignal.timeout`, and `setTimeout` of so many
 * milliseconds, wait for the test's word instead of the clock, so that a slow machine is never taken for a silent server.
 *
 * @returns ends the waits that are underway
 */
export function timeoutsOnDemand(t: TestContext, timerMs?: number): () => void {
  const underway: AbortController[] = [];
  const { setTimeout } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (done: (...handed: unknown[]) => void, ms?: number, ...handed: unknown[]) => {
    // Timers of the HTTP client hand an argument on to what they call.
    if (ms !== timerMs || timerMs === undefined) return setTimeout(done, ms, ...handed);
    const wait = new AbortController();
    underway.push(wait);
    wait.signal.addEventListener('abort', () => done(...handed));
    return wait;
  });
  t.mock.method(AbortSignal, 'timeout', () => {
    const wait = new AbortController();
    underway.push(wait);
    return wait.signal;
  });
  return () => {
    for (const wait of underway.splice(0)) wait.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  };
}
