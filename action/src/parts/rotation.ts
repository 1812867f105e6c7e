import type { Coverage, extents, Verdict } from '../report/report.ts';
import { upperBoundOfNone } from '../verdict/statistics.ts';
import type { Part } from './part.ts';

/** Rotation, one part per run: which part is next, and how much the recorded runs and this one cover together. */

/** A run with a verdict, as far as a rotation uses it. */
export type PastCheck = {
  /** When it ended, ISO 8601 UTC. */
  readonly at: string;
  readonly verdict: Exclude<Verdict, 'unknown'>;
  readonly conclusive: boolean;
  /** The part that it compared; `null` for a run of the whole. */
  readonly part: Part | null;
  /** Digest of the declaration that was used; `undefined` if it is unknown. */
  readonly declaration: string | undefined;
  readonly extent: (typeof extents)[number];
  readonly compared: number;
};

/** How many parts a pair is divided into, and by which declaration. */
export type Rotation = { readonly of: number; readonly declaration: string };

/** The result of the recorded runs and this one together, assuming that this one is in sync. */
export type Standing = {
  readonly coverage: Coverage;
  /** Whether no part is known to differ, and all were verified. */
  readonly isConclusive: boolean;
  /** Whether every row was compared. */
  readonly isExact: boolean;
};

const newest = (checks: readonly PastCheck[]): PastCheck[] => checks.toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at));

/**
 * Whether a run covered the same parts and finished, whatever it found. Drift that was found before time ran out is not conclusive, nor is
 * a sample that is too small; a part in sync was compared completely, however few rows it has.
 */
function verifies({ part, declaration, conclusive, verdict, extent }: PastCheck, rotation: Rotation): boolean {
  if (extent === 'nothing') return false;
  if (part === null) return conclusive && declaration === rotation.declaration;
  // A part is recorded without a declaration only if a person recorded it.
  return part.of === rotation.of && (declaration ?? rotation.declaration) === rotation.declaration && (verdict === 'in-sync' || conclusive);
}

/**
 * The last check that verified each part, by its index; parts that never were are absent.
 *
 * @param checks the last one first
 */
function lastByPart(checks: readonly PastCheck[], rotation: Rotation): Map<number, PastCheck> {
  const last = new Map<number, PastCheck>();
  for (const check of checks.filter((one) => verifies(one, rotation))) {
    const parts = check.part === null ? Array.from({ length: rotation.of }, (_, index) => index + 1) : [check.part.index];
    for (const index of parts) if (!last.has(index)) last.set(index, check);
  }
  return last;
}

/** The part that was never verified, or else the one that was verified longest ago; the lowest index first. */
export function nextPart(checks: readonly PastCheck[], rotation: Rotation): Part {
  const last = lastByPart(newest(checks), rotation);
  let next = { index: 1, at: last.get(1)?.at ?? '' };
  for (let index = 2; index <= rotation.of; index += 1) {
    const at = last.get(index)?.at ?? '';
    if (at < next.at) next = { index, at };
  }
  return { index: next.index, of: rotation.of };
}

/** Which part a run compares if the runs before it are not recorded: its run number decides. */
export const partOfRun = (runNumber: number, of: number): Part => ({ index: runNumber % of === 0 ? of : runNumber % of, of });

/**
 * @param checks before this run
 * @param thisRun the last one; `undefined` if it came to no verdict
 * @param proof what a sample has to prove
 */
export function standingOf(
  checks: readonly PastCheck[],
  thisRun: PastCheck | undefined,
  rotation: Rotation,
  proof: { readonly threshold: number; readonly confidence: number },
): Standing {
  const all = [...(thisRun ? [thisRun] : []), ...newest(checks)];
  const drift = all.findIndex(({ verdict }) => verdict === 'drift');
  const since = drift === -1 ? all : all.slice(0, drift);
  const verified = lastByPart(since, rotation);
  const ever = lastByPart(all, rotation);
  const times = [...ever.values()].map(({ at }) => at).toSorted();
  const coverage: Coverage = { parts: rotation.of, verified: verified.size, oldest: ever.size === rotation.of ? (times[0] ?? null) : null };
  const proofs = [...new Set(verified.values())];
  const isExact = proofs.every(({ extent }) => extent === 'all');
  const compared = proofs.reduce((sum, one) => sum + one.compared, 0);
  // If no part compared anything, nothing is known.
  const isComplete = verified.size === rotation.of && compared > 0;
  return {
    coverage,
    isConclusive: isComplete && (isExact || upperBoundOfNone(compared, proof.confidence) <= proof.threshold),
    isExact: isComplete && isExact,
  };
}
