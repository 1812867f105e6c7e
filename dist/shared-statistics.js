// action/src/verdict/statistics.ts
var upperBoundOfNone = (trials, confidence) => trials <= 0 ? 1 : -Math.expm1(Math.log1p(-confidence) / trials);
function sampleSizeFor(threshold, confidence) {
  if (threshold <= 0) return Number.POSITIVE_INFINITY;
  if (threshold >= 1) return 1;
  const size = Math.max(1, Math.ceil(Math.log1p(-confidence) / Math.log1p(-threshold)));
  if (size > 1 && upperBoundOfNone(size - 1, confidence) <= threshold) return size - 1;
  return upperBoundOfNone(size, confidence) <= threshold ? size : size + 1;
}
function chanceOfAtLeast(hits, drawn, marked, total) {
  const most = Math.min(drawn, marked);
  let term = Math.exp(logChoose(marked, hits) + logChoose(total - marked, drawn - hits) - logChoose(total, drawn));
  let sum = 0;
  for (let count = hits; count <= most && term > sum * Number.EPSILON; count += 1) {
    sum += term;
    term *= (marked - count) / (count + 1) * ((drawn - count) / (total - marked - drawn + count + 1));
  }
  return Math.min(1, sum);
}
function logChoose(total, chosen) {
  if (chosen < 0 || chosen > total) return Number.NEGATIVE_INFINITY;
  const fewer = Math.min(chosen, total - chosen);
  let sum = 0;
  for (let count = 1; count <= fewer; count += 1) sum += Math.log((total - fewer + count) / count);
  return sum;
}

export {
  upperBoundOfNone,
  sampleSizeFor,
  chanceOfAtLeast
};
