import { leastSquares, mean, studentQuantile, type LinearFit } from '../statistics/index.js';
import type { SweepPoint } from './sweep-rule.js';

/** A coefficient with its 95 % interval. */
export interface Slope {
  value: number;
  low: number;
  high: number;
}

/** Where INT8 starts to pay at one input size: the weights at which the fitted speed-up crosses the threshold. */
export interface BreakEven {
  size: number;
  /** Fitted crossing; null where the fit does not cross the threshold with growing weights. */
  weights: number | null;
  /** 95 % interval of the crossing (Fieller); null where it has no lower (upper) end. */
  low: number | null;
  high: number | null;
  /** False where the crossing lies outside the measured weights: an extrapolation. */
  withinGrid: boolean;
}

/**
 * log2(speed-up) = a + b w + c s + d w s, with w = log2(weights) and s = log2(size), both centred on the grid.
 * A doubling of the weights multiplies the speed-up by 2^b in the middle of the grid.
 */
export interface BreakEvenFit {
  threshold: number;
  points: number;
  weightsSlope: Slope;
  sizeSlope: Slope;
  interaction: Slope;
  /** Standard deviation of the residuals in log2(speed-up): what the plane does not describe. */
  residual: number;
  explained: number | null;
  lines: BreakEven[];
}

/**
 * Fits a plane with a twist to the logarithm of the speed-up over the logarithms of weights and input size, and gives
 * for each input size of the grid the weights from which INT8 pays (`threshold`, 1 = even), with the interval of inverse
 * regression (Fieller, JRSS B 16, 1954). Null where the grid has too few or too aligned points.
 */
export function breakEvenFit(points: readonly SweepPoint[], threshold = 1): BreakEvenFit | null {
  const w = points.map((point) => Math.log2(point.weights));
  const s = points.map((point) => Math.log2(point.size));
  if (points.length < 5) return null;
  const centre = { w: mean(w), s: mean(s) };
  const rows = points.map((_, i) => regressors((w[i] as number) - centre.w, (s[i] as number) - centre.s));
  const fit = leastSquares(
    rows,
    points.map((point) => Math.log2(point.speedup)),
  );
  if (fit === null) return null;
  const t = studentQuantile(0.975, fit.freedom);
  const sizes = [...new Set(points.map((point) => point.size))].sort((a, b) => a - b);
  const range = { low: Math.min(...w), high: Math.max(...w) };
  return {
    threshold,
    points: points.length,
    weightsSlope: slope(fit, 1, t),
    sizeSlope: slope(fit, 2, t),
    interaction: slope(fit, 3, t),
    residual: fit.residual,
    explained: fit.explained,
    lines: sizes.map((size) => crossing(fit, t, centre, size, threshold, range)),
  };
}

function regressors(w: number, s: number): number[] {
  return [1, w, s, w * s];
}

function slope(fit: LinearFit, index: number, t: number): Slope {
  const value = fit.coefficients[index] as number;
  const half = t * Math.sqrt((fit.covariance[index] as number[])[index] as number);
  return { value, low: value - half, high: value + half };
}

/** At fixed s the fit is a line p + q w whose crossing with the threshold is a ratio: Fieller's quadratic gives its ends. */
function crossing(
  fit: LinearFit,
  t: number,
  centre: { w: number; s: number },
  size: number,
  threshold: number,
  range: { low: number; high: number },
): BreakEven {
  const s = Math.log2(size) - centre.s;
  const intercept = combine(fit, [1, 0, s, 0], [1, 0, s, 0]);
  const gradient = combine(fit, [0, 1, 0, s], [0, 1, 0, s]);
  const p = intercept.value - Math.log2(threshold);
  const q = gradient.value;
  const shared = combine(fit, [1, 0, s, 0], [0, 1, 0, s]).covariance;
  const ends = fieller(p, q, t * t * intercept.covariance, t * t * gradient.covariance, t * t * shared);
  const toWeights = (w: number | null): number | null => (w === null ? null : 2 ** (w + centre.w));
  const at = q > 0 ? -p / q : null;
  const absolute = at === null ? null : at + centre.w;
  return {
    size,
    weights: toWeights(at),
    low: toWeights(ends.low),
    high: toWeights(ends.high),
    withinGrid: absolute !== null && absolute >= range.low && absolute <= range.high,
  };
}

/** Value of the combination `a` of the coefficients, and covariance of the combinations `a` and `b`. */
function combine(fit: LinearFit, a: readonly number[], b: readonly number[]): { value: number; covariance: number } {
  let value = 0;
  let covariance = 0;
  a.forEach((left, i) => {
    value += left * (fit.coefficients[i] as number);
    b.forEach((right, j) => (covariance += left * right * ((fit.covariance[i] as number[])[j] as number)));
  });
  return { value, covariance };
}

/** All w with (p + q w)^2 <= vp + 2 vpq w + vq w^2; an end is null where the set goes on without it. */
function fieller(
  p: number,
  q: number,
  vp: number,
  vq: number,
  vpq: number,
): { low: number | null; high: number | null } {
  const a = q * q - vq;
  const b = p * q - vpq;
  const c = p * p - vp;
  const discriminant = b * b - a * c;
  if (a <= 0 || discriminant < 0 || q <= 0) return { low: null, high: null };
  const root = Math.sqrt(discriminant);
  return { low: (-b - root) / a, high: (-b + root) / a };
}
