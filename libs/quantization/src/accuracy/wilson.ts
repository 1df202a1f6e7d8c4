/** Two-sided 95 % quantile of the standard normal distribution. */
const z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/**
 * 95 % interval of a share by Wilson's score method (E. B. Wilson, "Probable Inference, the Law of Succession, and
 * Statistical Inference", JASA 22, 1927): sound for small samples and for shares near 0 and 1, where mean +- 1.96 standard
 * errors is not. null without trials.
 */
export function wilsonInterval(successes: number, trials: number): Interval | null {
  if (trials === 0) return null;
  const share = successes / trials;
  const z2 = z95 * z95;
  const centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (z95 / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
