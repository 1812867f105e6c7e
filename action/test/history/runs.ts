import type { Reader } from '../../src/store/postgrest/reader.ts';

const serverNow = Date.parse('2026-02-10T12:00:00Z');

/** A reader of a project that remembers runs which ended so many seconds ago. */
export const timedRuns = (agesS: readonly number[]): Pick<Reader, 'call'> => ({
  call: async (_name, _parameters, value) =>
    value.parse(
      agesS.map((age) => ({
        pair: 'habit-tracker', verdict: 'in-sync', severity: 'none', conclusive: true, rate: 0, findings: 0, differing: 0, compared: 18, population: 18,
        finished_at: new Date(serverNow - age * 1000).toISOString(), age_seconds: age,
      })),
    ),
});
