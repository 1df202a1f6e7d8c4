import type { Calibrator } from '@octet/domain';

import { entropyThreshold } from './entropy.js';
import { coarsen, trimHistogram, type Histogram } from './histogram.js';
import { mseRange, mseThreshold } from './mse.js';
import { percentileRange, percentileThreshold } from './percentile.js';
import type { TensorStatistics } from './statistics.js';

/** A calibrator that finds ranges itself (`auto` only chooses among these). */
export type RangeCalibrator = Exclude<Calibrator, 'auto'>;

/** Ranges of one tensor: what was seen, and what is kept. */
export interface TensorRange {
  min: number;
  max: number;
  /** Magnitude for symmetric schemes, at most max(|min|, |max|). */
  threshold: number;
  /** Ends for asymmetric schemes, within [min, max], 0 between them. */
  low: number;
  high: number;
}

export const defaultPercentile = 99.99;

/**
 * Bins on each side for the entropy search. With 256 bins for 128 levels a threshold never falls below half of the range.
 * NVIDIA's 2048 let it fall to a sixteenth, which ruined networks with peaked activations: SQNR with 2048, 1024, 512 and
 * 256 bins was 7, 6, 11, 24 dB (MNIST), 45, 42, 50, 54 dB (text direction), 1, 1, 1, 12 dB (text recognition).
 */
export const entropyBinsPerSide = 256;

/** Applies a calibrator to a tensor's statistics. `percentile` is used by the percentile calibrator only. */
export function rangeOf(statistics: TensorStatistics, calibrator: RangeCalibrator, percentile: number): TensorRange {
  const { min, max } = statistics;
  const amax = Math.max(Math.abs(min), Math.abs(max));
  const whole: TensorRange = { min, max, threshold: amax, low: Math.min(0, min), high: Math.max(0, max) };
  if (calibrator === 'max' || statistics.histogram === null || amax === 0) return whole;
  return within(whole, chosen(trimHistogram(statistics.histogram, amax), whole, calibrator, percentile));
}

type Choice = Pick<TensorRange, 'threshold' | 'low' | 'high'>;

function chosen(histogram: Histogram, whole: TensorRange, calibrator: RangeCalibrator, percentile: number): Choice {
  switch (calibrator) {
    case 'percentile':
      return { threshold: percentileThreshold(histogram, percentile), ...percentileRange(histogram, percentile) };
    case 'mse':
      return { threshold: mseThreshold(histogram, whole.threshold), ...mseRange(histogram, whole.low, whole.high) };
    case 'entropy': {
      const threshold = entropyThreshold(coarsen(histogram, entropyBinsPerSide));
      return { threshold, low: -threshold, high: threshold };
    }
    case 'max':
      return whole;
  }
}

/** A chosen range never reaches beyond what was seen, always holds 0 and is never empty. */
function within(whole: TensorRange, choice: Choice): TensorRange {
  const threshold = choice.threshold > 0 ? Math.min(choice.threshold, whole.threshold) : whole.threshold;
  const low = Math.min(0, Math.max(choice.low, whole.low));
  const high = Math.max(0, Math.min(choice.high, whole.high));
  return low === high ? { ...whole, threshold } : { ...whole, threshold, low, high };
}
