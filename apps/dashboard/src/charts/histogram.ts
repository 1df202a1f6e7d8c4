export interface Histogram {
  /** Left edge of each bin. */
  edges: number[];
  width: number;
  /** Share of all samples of the series in each bin, by series. */
  shares: Record<string, number[]>;
  /** Samples beyond the last edge, by series: shown in words, so that a long tail does not flatten the rest. */
  beyond: Record<string, number>;
}

/** Bins common to all series, from the least sample to the 99th percentile of the slowest series. */
export function histogramOf(samples: Record<string, readonly number[]>, bins: number): Histogram | null {
  const sorted = Object.entries(samples).map(([label, values]) => [label, Float64Array.from(values).sort()] as const);
  const filled = sorted.filter(([, values]) => values.length > 0);
  if (filled.length === 0) return null;
  const low = Math.min(...filled.map(([, values]) => values[0]!));
  const high = Math.max(...filled.map(([, values]) => values[Math.ceil(values.length * 0.99) - 1]!));
  const width = (high - low) / bins || 1;
  const shares: Record<string, number[]> = {};
  const beyond: Record<string, number> = {};
  for (const [label, values] of filled) {
    const counts = Array.from({ length: bins }, () => 0);
    beyond[label] = 0;
    for (const value of values) {
      const bin = Math.min(bins, Math.floor((value - low) / width));
      if (bin < bins) counts[bin]! += 1;
      else if (value <= high) counts[bins - 1]! += 1;
      else beyond[label] += 1;
    }
    shares[label] = counts.map((count) => count / values.length);
  }
  return { edges: Array.from({ length: bins }, (_, bin) => low + bin * width), width, shares, beyond };
}
