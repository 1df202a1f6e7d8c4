import { speedupInterval, type IntervalOptions } from './speedup-interval.js';
import { mean, median, standardDeviation } from './summary.js';
import { studentQuantile } from './student-t.js';

/** Interval for the speed-up over builds: another build may give another engine. */
export interface TwoLevelInterval {
  median: number;
  low: number;
  high: number;
  builds: number;
  rounds: number;
  /** Standard deviation of the builds' medians, relative: how much a rebuild changes the answer. */
  betweenBuilds: number;
  method: 'builds-and-rounds';
}

/**
 * Two levels, builds and rounds: `ratiosByBuild` has the round ratios of each independent build. The centre is the
 * geometric mean of the builds' medians; its error comes from the spread of these medians, which holds the variation of
 * builds and of rounds alike, with Student's t on builds - 1 degrees of freedom (one-way random effects, Searle,
 * Casella & McCulloch, "Variance Components", 1992, section 3). Few builds can agree by chance, so the result is never
 * narrower than what the rounds of all builds give together. Null with fewer than two builds or too few rounds.
 */
export function twoLevelInterval(
  ratiosByBuild: readonly (readonly number[])[],
  options: IntervalOptions = {},
): TwoLevelInterval | null {
  const builds = ratiosByBuild.filter((ratios) => ratios.length > 0);
  const pooled = speedupInterval(builds.flat(), options);
  if (builds.length < 2 || pooled.low === null) return null;
  const logMedians = builds.map((ratios) => Math.log(median(ratios)));
  const centre = mean(logMedians);
  const spread = standardDeviation(logMedians) ?? 0;
  const half = (studentQuantile(0.5 + pooled.level / 2, builds.length - 1) * spread) / Math.sqrt(builds.length);
  return {
    median: Math.exp(centre),
    low: Math.min(pooled.low, Math.exp(centre - half)),
    high: Math.max(pooled.high, Math.exp(centre + half)),
    builds: builds.length,
    rounds: pooled.rounds,
    betweenBuilds: spread,
    method: 'builds-and-rounds',
  };
}
