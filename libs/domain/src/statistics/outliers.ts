import { mad, mean, median } from './summary.js';

/** `mild` from a modified Z-score of 3.5 (Iglewicz & Hoaglin), `severe` from 10. */
export interface OutlierLabel {
  index: number;
  value: number;
  /** Distance from the median in robust standard deviations, signed. */
  score: number;
  severity: 'mild' | 'severe';
}

/**
 * Labels the samples that lie far from the median, by the modified Z-score of Iglewicz & Hoaglin ("How to Detect and
 * Handle Outliers", ASQC 1993): (x - median) / (1.4826 MAD), or over 1.2533 times the mean absolute deviation where more
 * than half of the samples are equal. Nothing is dropped: the caller keeps all samples.
 */
export function labelOutliers(samples: readonly number[] | Float64Array): OutlierLabel[] {
  if (samples.length < 3) return [];
  const middle = median(samples);
  const scale = 1.4826 * mad(samples) || 1.2533 * mean(Array.from(samples, (value) => Math.abs(value - middle)));
  if (scale === 0) return [];
  return Array.from(samples, (value, index) => ({ index, value, score: (value - middle) / scale }))
    .filter(({ score }) => Math.abs(score) >= 3.5)
    .map((label) => ({ ...label, severity: Math.abs(label.score) >= 10 ? 'severe' : 'mild' }));
}
