/**
 * `upperBound` for no events, where the quantile has a closed form: 1 − (1 − confidence)^(1 ÷ trials).
 *
 * @param trials whole number; with 0 the bound is 1, since nothing is known
 * @param confidence between 0 and 1
 */
export const upperBoundOfNone = (trials: number, confidence: number): number => (trials <= 0 ? 1 : -Math.expm1(Math.log1p(-confidence) / trials));

/**
 * The smallest number of draws without an event that proves the rate to be at or below `threshold`: the smallest n with (1 − threshold)^n ≤
 * 1 − `confidence`.
 *
 * Source: the zero-event case of that interval (`upper-bound.ts`), known as discovery or zero-acceptance sampling; about 3 ÷ `threshold` at 95 %
 * (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249, 1983).
 *
 * @returns a whole number; `Infinity` for a threshold of 0, which no sample proves
 */
export function sampleSizeFor(threshold: number, confidence: number): number {
  if (threshold <= 0) return Number.POSITIVE_INFINITY;
  if (threshold >= 1) return 1;
  const size = Math.max(1, Math.ceil(Math.log1p(-confidence) / Math.log1p(-threshold)));
  // A rounding error may push the quotient past a whole number, so the bound decides.
  if (size > 1 && upperBoundOfNone(size - 1, confidence) <= threshold) return size - 1;
  return upperBoundOfNone(size, confidence) <= threshold ? size : size + 1;
}

/**
 * The probability that at least `hits` of `drawn` things are marked, when they are drawn by chance and without replacement from `total`
 * things of which `marked` are: the upper tail of the hypergeometric distribution, summed term by term. It is the p-value of Fisher's exact
 * test (Fisher, "The Design of Experiments", 1935).
 *
 * @param marked at most `total`, as is `drawn`; `hits` at most either
 */
export function chanceOfAtLeast(hits: number, drawn: number, marked: number, total: number): number {
  const most = Math.min(drawn, marked);
  let term = Math.exp(logChoose(marked, hits) + logChoose(total - marked, drawn - hits) - logChoose(total, drawn));
  let sum = 0;
  for (let count = hits; count <= most && term > sum * Number.EPSILON; count += 1) {
    sum += term;
    term *= ((marked - count) / (count + 1)) * ((drawn - count) / (total - marked - drawn + count + 1));
  }
  return Math.min(1, sum);
}

/** Logarithm of the binomial coefficient; minus infinity where it is 0. */
function logChoose(total: number, chosen: number): number {
  if (chosen < 0 || chosen > total) return Number.NEGATIVE_INFINITY;
  const fewer = Math.min(chosen, total - chosen);
  let sum = 0;
  for (let count = 1; count <= fewer; count += 1) sum += Math.log((total - fewer + count) / count);
  return sum;
}
