import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

/**
 * Upper end of the exact one-sided confidence interval for a proportion: the largest rate at which `events` or fewer
 * in `trials` independent draws still has probability 1 − `confidence`. It is the `confidence` quantile of the
 * Beta(events + 1, trials − events) distribution.
 *
 * Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
 * Biometrika 26 (1934). Draws without replacement vary less, so for a sample from a finite table it is on the safe side.
 *
 * @param events 0 to `trials`
 * @param trials whole number; with 0 nothing is known and the bound is 1
 * @param confidence between 0 and 1
 */
export function upperBound(events: number, trials: number, confidence: number): number {
  if (events >= trials) return 1;
  // No events: the quantile has a closed form, 1 − (1 − confidence)^(1 / trials).
  if (events === 0) return -Math.expm1(Math.log1p(-confidence) / trials);
  return betaQuantile(confidence, events + 1, trials - events);
}

/**
 * The smallest number of draws that, when none of them shows the event, proves the rate to be at or below
 * `threshold`: the smallest n with (1 − threshold)^n ≤ 1 − `confidence`.
 *
 * Source: the zero-event case of the interval above, known as discovery or zero-acceptance sampling; about
 * 3 / `threshold` at 95 % (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249, 1983).
 *
 * @returns a whole number; `Infinity` for a threshold of 0, which no sample proves
 */
export function sampleSizeFor(threshold: number, confidence: number): number {
  if (threshold <= 0) return Number.POSITIVE_INFINITY;
  if (threshold >= 1) return 1;
  const size = Math.max(1, Math.ceil(Math.log1p(-confidence) / Math.log1p(-threshold)));
  // The quotient may be a rounding error off a whole number: the bound decides.
  if (size > 1 && upperBound(0, size - 1, confidence) <= threshold) return size - 1;
  return upperBound(0, size, confidence) <= threshold ? size : size + 1;
}
