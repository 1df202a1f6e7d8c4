import { magnitudes, type Histogram } from './histogram.js';
import { OctetError } from '@octet/domain';

/** Throws OctetError `bad-percentile` outside (50, 100]. */
export function checkPercentile(percentile: number): void {
  if (percentile > 50 && percentile <= 100) return;
  throw new OctetError(
    'bad-percentile',
    `A percentile of ${percentile} makes no sense. Use a value above 50, up to 100.`,
  );
}

/** Magnitude below which `percentile` per cent of the values lie (linear within a bin). */
export function percentileThreshold(histogram: Histogram, percentile: number): number {
  checkPercentile(percentile);
  const folded = magnitudes(histogram);
  const width = histogram.limit / folded.length;
  return width * positionOf(folded, percentile / 100);
}

/** The range that leaves (100 - percentile)/2 per cent of the values out at each end. */
export function percentileRange(histogram: Histogram, percentile: number): { low: number; high: number } {
  checkPercentile(percentile);
  const side = histogram.counts.length / 2;
  const width = histogram.limit / side;
  const tail = (1 - percentile / 100) / 2;
  return {
    low: width * (positionOf(histogram.counts, tail) - side),
    high: width * (positionOf(histogram.counts, 1 - tail) - side),
  };
}

/** Position, in bins, at which the running share of the counts reaches `share`. */
function positionOf(counts: Float64Array, share: number): number {
  const total = counts.reduce((a, b) => a + b, 0);
  const wanted = share * total;
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const next = sum + counts[k]!;
    if (next >= wanted && counts[k]! > 0) return k + Math.max(0, wanted - sum) / counts[k]!;
    sum = next;
  }
  return counts.length;
}
