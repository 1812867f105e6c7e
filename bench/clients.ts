/** Simulates many clients of one server. */

export type Timing = { perSecond: number; durations: number[] };

export function quantile(durations: readonly number[], fraction: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Each client starts the next operation as soon as its last one is done. */
export async function measureClients(clients: number, count: number, work: (index: number) => Promise<unknown>): Promise<Timing> {
  const durations: number[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) {
        const index = next;
        next += 1;
        const begun = performance.now();
        await work(index);
        durations.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: count / seconds, durations };
}
