import type { Histogram } from './histogram.js';

/** Candidate ranges are these shares of the full one: 1/100 to 100/100. */
const candidates = 100;

/**
 * Mean squared error over a histogram when values are clipped to [low, high] and written with `steps` equal steps. Within
 * the range a bin narrower than half a step is rounded at its centre; a wider one has the error of an even spread,
 * step^2/12 (Widrow and Kollar, "Quantization Noise", 2008). Zero itself is exact in every scheme.
 */
function meanSquaredError(histogram: Histogram, low: number, high: number, steps: number): number {
  const side = histogram.counts.length / 2;
  const width = histogram.limit / side;
  const step = (high - low) / steps;
  const spread = (step * step) / 12;
  let error = 0;
  for (let k = 0; k < histogram.counts.length; k++) {
    const count = histogram.counts[k]!;
    if (count === 0) continue;
    const centre = (k - side + 0.5) * width;
    const beyond = centre > high ? centre - high : centre < low ? low - centre : 0;
    if (beyond > 0) error += count * beyond * beyond;
    else if (width < step / 2) error += count * (centre - Math.round(centre / step) * step) ** 2;
    else error += count * spread;
  }
  return error;
}

function bestShare(error: (share: number) => number): number {
  let best = 1;
  let least = Infinity;
  for (let k = candidates; k >= 1; k--) {
    const value = error(k / candidates);
    if (value < least) {
      least = value;
      best = k / candidates;
    }
  }
  return best;
}

/** Symmetric threshold with the least squared error at 254 steps (int8 without -128). */
export function mseThreshold(histogram: Histogram, amax: number): number {
  return amax * bestShare((share) => meanSquaredError(histogram, -amax * share, amax * share, 254));
}

/** Range [low, high] with the least squared error at `steps` steps (255 for 8 bits); both ends shrink by the same share. */
export function mseRange(histogram: Histogram, min: number, max: number, steps = 255): { low: number; high: number } {
  const share = bestShare((value) => meanSquaredError(histogram, min * value, max * value, steps));
  return { low: min * share, high: max * share };
}
