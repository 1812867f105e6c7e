import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import { upperBoundOfNone } from './statistics.ts';

/** A separate file because few runs need it, and it takes longer to load than everything else in this folder. */

/**
 * Upper end of the exact one-sided confidence interval for a proportion: the largest rate at which `events` or fewer in `trials`
 * independent draws still has probability 1 − `confidence`. It is the `confidence` quantile of the Beta(events + 1, trials − events)
 * distribution.
 *
 * Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26 (1934).
 * Draws without replacement vary less, so for a sample from a finite table the bound errs on the safe side.
 *
 * @param events 0 to `trials`
 * @param trials whole number; with 0 the bound is 1, since nothing is known
 * @param confidence between 0 and 1
 */
export function upperBound(events: number, trials: number, confidence: number): number {
  if (events >= trials) return 1;
  if (events === 0) return upperBoundOfNone(trials, confidence);
  return betaQuantile(confidence, events + 1, trials - events);
}
