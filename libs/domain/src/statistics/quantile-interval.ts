import { studentQuantile } from './student-t.js';
import { mean, standardDeviation } from './summary.js';

const blocks = 20;
/** Values in a block: fewer tell nothing of how far dependence reaches. */
const fewestInBlock = 5;

/**
 * Interval for the `p` quantile (nearest rank) of values that depend on their neighbours, in their order. Woodruff's interval
 * (JASA 47, 1952): the share of values above the quantile is estimated with its error, here from the spread between 20
 * consecutive blocks (batch means, Student's t), and the quantiles at both ends of that share are read off. Null for fewer than
 * 100 values. Where the upper end passes 1, the largest value stands for it.
 */
export function quantileInterval(
  values: readonly number[] | Float64Array,
  p: number,
  level = 0.95,
): { low: number; high: number } | null {
  const n = values.length;
  if (n < blocks * fewestInBlock) return null;
  const ascending = Float64Array.from(values).sort();
  const at = (share: number) => ascending[Math.min(n - 1, Math.max(0, Math.ceil(share * n) - 1))]!;
  const border = at(p);
  const shares = Array.from({ length: blocks }, (_, block) => {
    const own = values.slice(Math.floor((block * n) / blocks), Math.floor(((block + 1) * n) / blocks));
    return mean(Float64Array.from(own, (value) => (value > border ? 1 : 0)));
  });
  const error = (standardDeviation(shares) ?? 0) / Math.sqrt(blocks);
  const half = studentQuantile(0.5 + level / 2, blocks - 1) * error;
  return { low: at(p - half), high: at(p + half) };
}
