import { basename } from 'node:path';
import type { Settings } from '../inputs.ts';
import type { Part } from '../parts/part.ts';
import { nextPart, partOfRun, standingOf, type PastCheck, type Rotation, type Standing } from '../parts/rotation.ts';
import type { Report } from '../report/report.ts';
import type { Reader } from '../store/postgrest/reader.ts';
import { migration, partsMigration, readChecks } from './history.ts';

/** Which part is next, when one part is compared per run. */
export type Turn = {
  readonly part: Part;
  /** Why it is unknown which part was verified when, in a sentence. */
  readonly problem: string | undefined;
  /** The result of this run together with those before it. */
  readonly standing: (report: Report) => Standing;
};

/** @param runNumber decides which part is next if no runs are recorded */
export async function takeTurn(
  reader: Reader | undefined,
  pair: string,
  rotation: Rotation,
  runNumber: number,
  settings: Pick<Settings, 'highThreshold' | 'confidence'>,
  now: () => Date,
): Promise<Turn> {
  const checks =
    reader === undefined
      ? `No runs are recorded, because there is no Supabase project to record them in: set supabase-url and supabase-key, and apply ${basename(migration)} and ${basename(partsMigration)}.`
      : await readChecks(reader, pair, rotation, now);
  const known = typeof checks === 'string' ? undefined : checks;
  const proof = { threshold: settings.highThreshold, confidence: settings.confidence };
  const part = known ? nextPart(known, rotation) : partOfRun(runNumber, rotation.of);
  return {
    part,
    problem: typeof checks === 'string' ? `The part is chosen by the run's number, and no run is conclusive. ${checks}` : undefined,
    standing(report) {
      const standing = standingOf(known ?? [], checkOf(report, part), rotation, proof);
      return known ? standing : { ...standing, isConclusive: false, isExact: false };
    },
  };
}

/** This run as later ones will see it; `undefined` if it came to no verdict. */
const checkOf = ({ verdict, finishedAt, interruption, drift, record }: Report, part: Part): PastCheck | undefined =>
  verdict === 'unknown' || record === undefined
    ? undefined
    : { at: finishedAt, verdict, conclusive: verdict === 'drift' && interruption === undefined, part, compared: drift.compared, ...record };
