/** Probabilities of 0..n heads in n fair tosses. */
export function fairBinomial(n: number): Float64Array {
  const probabilities = new Float64Array(n + 1);
  let logProbability = -n * Math.LN2;
  for (let k = 0; k <= n; k++) {
    probabilities[k] = Math.exp(logProbability);
    logProbability += Math.log((n - k) / (k + 1));
  }
  return probabilities;
}
