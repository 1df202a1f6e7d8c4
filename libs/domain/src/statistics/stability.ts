/** Why the rounds of a pair can't be believed (or, for `variation`, what they suffer from). */
export interface StabilityFinding {
  kind: 'trend' | 'dependence' | 'two-modes' | 'variation';
  statistic: number;
  /** null for findings that rest on a limit and not on a test. */
  pValue: number | null;
  message: string;
}

export interface StabilityAssessment {
  /** False if a trend, dependence or two modes were found; `variation` alone leaves the interval valid. */
  stable: boolean;
  findings: StabilityFinding[];
}

/** Fewest ratios from which anything can be said about their order. */
const fewestForTests = 8;

/** Looks for a trend, dependence between neighbouring rounds and for scatter in the ratios of a trial's rounds. */
export function assessStability(ratios: readonly number[]): StabilityAssessment {
  const findings: StabilityFinding[] = [];
  if (ratios.length >= fewestForTests) {
    const trend = mannKendall(ratios);
    const trendP = 2 * normalTail(Math.abs(trend));
    if (trendP < 0.025) {
      const message = `The speed-up ${trend > 0 ? 'rises' : 'falls'} from round to round: no single number describes it.`;
      findings.push({ kind: 'trend', statistic: trend, pValue: trendP, message });
    }
    const ratio = vonNeumann(ratios);
    const dependenceP = normalTail((2 - ratio) / (2 / Math.sqrt(ratios.length)));
    if (dependenceP < 0.025) {
      const message = 'Neighbouring rounds resemble each other: the rounds are not independent measurements.';
      findings.push({ kind: 'dependence', statistic: ratio, pValue: dependenceP, message });
    }
  }
  return { stable: findings.length === 0, findings };
}

/** Standardised Mann-Kendall statistic (Mann, Econometrica 13, 1945). */
function mannKendall(values: readonly number[]): number {
  const n = values.length;
  let sum = 0;
  values.forEach((earlier, i) => {
    for (const later of values.slice(i + 1)) sum += Math.sign(later - earlier);
  });
  return (sum - Math.sign(sum)) / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

/** Von Neumann's ratio: mean squared successive difference over the variance; 2 for independent values. */
function vonNeumann(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const differences = values.slice(1).reduce((sum, value, i) => sum + (value - (values[i] as number)) ** 2, 0);
  return squares === 0 ? 2 : differences / squares;
}

/** P(Z > z), by Abramowitz & Stegun 26.2.17 (absolute error below 7.5e-8). */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}
