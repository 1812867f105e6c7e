/** How long a run may compare. */
export type Budget = {
  readonly seconds: number;
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
};

export function startBudget(seconds: number): Budget {
  const end = performance.now() + seconds * 1000;
  return {
    seconds,
    signal: AbortSignal.timeout(Math.ceil(seconds * 1000)),
    remainingMs: () => Math.max(0, end - performance.now()),
  };
}
