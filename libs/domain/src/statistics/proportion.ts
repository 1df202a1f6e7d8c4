/** A share with its interval, all in [0, 1]. */
export interface ProportionInterval {
  count: number;
  total: number;
  rate: number;
  low: number;
  high: number;
}

/**
 * Exact interval for a share (Clopper & Pearson, Biometrika 26, 1934): never covers less than `level`. Null without any
 * trial.
 */
export function proportionInterval(count: number, total: number, level = 0.95): ProportionInterval | null {
  if (total === 0) return null;
  const tail = (1 - level) / 2;
  const low = count === 0 ? 0 : solve((p) => 1 - atMost(count - 1, total, p) < tail);
  const high = count === total ? 1 : solve((p) => atMost(count, total, p) > tail);
  return { count, total, rate: count / total, low, high };
}

/** Largest p in [0, 1] for which a condition that holds for small p still holds. */
function solve(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X <= count), X binomial; in logarithms, so that large totals do not underflow. */
function atMost(count: number, total: number, p: number): number {
  let logProbability = total * Math.log1p(-p);
  let sum = Math.exp(logProbability);
  for (let k = 0; k < count; k++) {
    logProbability += Math.log((total - k) / (k + 1)) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logProbability);
  }
  return Math.min(1, sum);
}
