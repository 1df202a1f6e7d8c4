/** Bins on each side of zero: 2 x 2048 counts of 8 bytes, 32 KiB a tensor, 32 MB for 1,000 tensors. */
export const binsPerSide = 2048;

/**
 * Counts of values in equal bins over [-limit, limit], zero at the middle edge. The limit doubles as larger values come
 * (neighbouring bins merge, outwards from zero), so one pass over the data is enough and memory never grows.
 */
export interface Histogram {
  /** 2 * binsPerSide counts; index binsPerSide begins at 0. Float64: a ReLU's zeros pass 2^32. */
  counts: Float64Array;
  /** 0 until a value other than zero was seen. */
  limit: number;
}

export function emptyHistogram(): Histogram {
  return { counts: new Float64Array(2 * binsPerSide), limit: 0 };
}

/** Counts `values`, whose largest magnitude is `amax`. Values must be finite. */
export function addToHistogram(histogram: Histogram, values: Float32Array, amax: number): void {
  growTo(histogram, amax);
  const { counts, limit } = histogram;
  const binsPerUnit = limit === 0 ? 0 : binsPerSide / limit;
  const last = counts.length - 1;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(values[i]! * binsPerUnit) + binsPerSide;
    counts[bin > last ? last : bin < 0 ? 0 : bin]! += 1;
  }
}

function growTo(histogram: Histogram, amax: number): void {
  if (amax === 0) return;
  if (histogram.limit === 0) {
    histogram.limit = amax;
    return;
  }
  while (histogram.limit < amax) {
    mergeNeighbours(histogram.counts);
    histogram.limit *= 2;
  }
}

function mergeNeighbours(counts: Float64Array): void {
  const merged = new Float64Array(counts.length);
  for (let k = 0; k < binsPerSide; k++) {
    merged[binsPerSide + (k >> 1)]! += counts[binsPerSide + k]!;
    merged[binsPerSide - 1 - (k >> 1)]! += counts[binsPerSide - 1 - k]!;
  }
  counts.set(merged);
}

/** The bins that a largest magnitude of `amax` reaches: at most half of them are cut away. */
export function trimHistogram(histogram: Histogram, amax: number): Histogram {
  if (histogram.limit === 0 || amax === 0) return histogram;
  const width = histogram.limit / binsPerSide;
  const used = Math.min(binsPerSide, Math.max(1, Math.ceil((amax / width) * (1 - 1e-12))));
  return {
    counts: histogram.counts.slice(binsPerSide - used, binsPerSide + used),
    limit: used * width,
  };
}

/** Counts by magnitude: both sides folded together. */
export function magnitudes(histogram: Histogram): Float64Array {
  const side = histogram.counts.length / 2;
  return Float64Array.from({ length: side }, (_, k) => histogram.counts[side + k]! + histogram.counts[side - 1 - k]!);
}

/**
 * The same counts in at most `side` bins on each side of zero, each made of the same number of the old ones (so counts stay
 * whole); the limit grows by less than one new bin.
 */
export function coarsen(histogram: Histogram, side: number): Histogram {
  const before = histogram.counts.length / 2;
  const merged = Math.ceil(before / side);
  if (merged <= 1) return histogram;
  const after = Math.ceil(before / merged);
  const counts = new Float64Array(2 * after);
  for (let k = 0; k < before; k++) {
    const bin = Math.floor(k / merged);
    counts[after + bin]! += histogram.counts[before + k]!;
    counts[after - 1 - bin]! += histogram.counts[before - 1 - k]!;
  }
  return { counts, limit: (histogram.limit / before) * after * merged };
}
