/** Copy in ascending order; throws on an empty list, because a summary of nothing is a bug of the caller. */
export function sorted(values: readonly number[] | Float64Array): number[] {
  if (values.length === 0) throw new RangeError('A summary needs at least one value.');
  return Array.from(values).sort((a, b) => a - b);
}

/**
 * Quantile by linear interpolation between order statistics (definition 7 of Hyndman & Fan, "Sample Quantiles in
 * Statistical Packages", The American Statistician 50, 1996; the default of R and NumPy). `p` in [0, 1].
 */
export function quantile(values: readonly number[] | Float64Array, p: number): number {
  return quantileOfSorted(sorted(values), p);
}

/** As `quantile`, for values already in ascending order. */
export function quantileOfSorted(ascending: readonly number[], p: number): number {
  const position = (ascending.length - 1) * p;
  const below = Math.floor(position);
  const low = ascending[below] as number;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] as number;
  return low + (position - below) * (high - low);
}

/** Middle value, or the mean of the two middle values. Same unit as the input. */
export function median(values: readonly number[] | Float64Array): number {
  return quantile(values, 0.5);
}

/**
 * Median absolute deviation from the median, not scaled. Times 1.4826 it estimates the standard deviation of normal
 * data (Rousseeuw & Croux, JASA 88, 1993).
 */
export function mad(values: readonly number[] | Float64Array): number {
  const middle = median(values);
  return median(Array.from(values, (value) => Math.abs(value - middle)));
}

export function mean(values: readonly number[] | Float64Array): number {
  if (values.length === 0) throw new RangeError('A mean needs at least one value.');
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation (divisor n - 1); null for fewer than two values. */
export function standardDeviation(values: readonly number[] | Float64Array): number | null {
  if (values.length < 2) return null;
  const middle = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - middle) ** 2;
  return Math.sqrt(sum / (values.length - 1));
}
