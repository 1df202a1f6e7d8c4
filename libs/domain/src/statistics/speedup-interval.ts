import { fewestRounds, missPerLook, orderFor } from './looks.js';
import { median, sorted } from './summary.js';

export interface IntervalOptions {
  /** First look of the schedule the trial runs under (its `minRounds`); the level is corrected for that schedule. */
  minRounds?: number;
  /** Wanted coverage over all looks together; 0.95. */
  level?: number;
}

interface IntervalBase {
  rounds: number;
  /** Coverage over all looks together. */
  level: number;
  method: 'order-statistics';
}

/** An interval for the median speed-up; ratios without unit. */
export interface KnownInterval extends IntervalBase {
  median: number;
  low: number;
  high: number;
}

/** Too few rounds for the level: nothing is decided. `median` is null without any round. */
export interface UnknownInterval extends IntervalBase {
  median: number | null;
  low: null;
  high: null;
}

/** Test `interval.low !== null` to tell them apart. */
export type SpeedupInterval = KnownInterval | UnknownInterval;

/**
 * Distribution-free interval for the median ratio, from order statistics (the sign test turned round), at the level that
 * the look schedule asks for (`missPerLook`): valid at each look, whatever rule made the trial stop there. Between two
 * order statistics it is interpolated as by Hettmansperger & Sheather (Statistics & Probability Letters 4, 1986).
 */
export function speedupInterval(ratios: readonly number[], options: IntervalOptions = {}): SpeedupInterval {
  const level = options.level ?? 0.95;
  const base = { rounds: ratios.length, level, method: 'order-statistics' as const };
  const enough = ratios.length >= fewestRounds;
  const bounds = enough ? orderInterval(ratios, missPerLook(options.minRounds ?? fewestRounds, level)) : null;
  if (bounds === null) {
    return { ...base, median: ratios.length === 0 ? null : median(ratios), low: null, high: null };
  }
  return { ...base, median: median(ratios), ...bounds };
}

/** Interval for the median that misses it with probability `miss` in one look; null if there are too few values. */
export function orderInterval(values: readonly number[], miss: number): { low: number; high: number } | null {
  const { order, fraction } = orderFor(values.length, miss);
  if (order < 1) return null;
  const ascending = sorted(values);
  const n = ascending.length;
  const weight = ((n - order) * fraction) / (order + (n - 2 * order) * fraction);
  const between = (outer: number, inner: number): number =>
    (1 - weight) * (ascending[outer] as number) + weight * (ascending[inner] as number);
  return { low: between(order - 1, order), high: between(n - order, n - order - 1) };
}

/** Half the width of the interval relative to its median; null where there is no interval. */
export function relativeHalfWidth(interval: SpeedupInterval): number | null {
  return interval.low === null ? null : (interval.high - interval.low) / 2 / interval.median;
}
