import { entropyLevels, epsilon, searchEntropy } from './entropy-search.js';
import type { Histogram } from './histogram.js';

/**
 * Entropy calibration: among symmetric thresholds, the one whose clipped distribution P loses least when it is written
 * with few levels (Q), by the Kullback-Leibler divergence. The method is Szymon Migacz, "8-bit Inference with TensorRT"
 * (NVIDIA, GTC 2017): 2048 bins of |x| and 128 levels. Here it runs over both signs at once, 128 levels on each side, with
 * the smoothing of onnxruntime's `get_entropy_threshold` (onnxruntime/python/tools/quantization/calibrate.py; from
 * Apache MXNet), so that its thresholds can be compared with that program's, divergence by divergence.
 */

/**
 * Divergence of the candidate that keeps `half` bins on each side (and one more above, as onnxruntime cuts it), computed
 * bin by bin. Infinity where it is not defined.
 */
export function entropyDivergence(counts: Float64Array, half: number, levels = entropyLevels): number {
  const start = counts.length / 2 - half;
  const end = Math.min(counts.length / 2 + half + 1, counts.length);
  const sliced = counts.slice(start, end);
  const reference = sliced.slice();
  reference[0]! += sum(counts, 0, start);
  reference[reference.length - 1]! += sum(counts, end, counts.length);
  const quantized = expandLevels(sliced, reference, levels);
  const p = smooth(reference);
  const q = smooth(quantized);
  return p === null || q === null ? Infinity : relativeEntropy(p, q);
}

function sum(values: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
}

/** Merges bins into levels and spreads each level's whole average over its bins; the bins left over stay empty. */
function expandLevels(sliced: Float64Array, reference: Float64Array, levels: number): Float64Array {
  const merged = Math.floor(sliced.length / levels);
  const result = new Float64Array(sliced.length);
  for (let level = 0; level < levels; level++) {
    const start = level * merged;
    const end = start + merged;
    let filled = 0;
    for (let k = start; k < end; k++) if (reference[k] !== 0) filled++;
    if (filled === 0) continue;
    const total = sum(sliced, start, level === levels - 1 ? sliced.length : end);
    result.fill(Math.trunc(total / filled), start, end);
  }
  return result;
}

/** Gives each empty bin `epsilon`, taken evenly from the others; null if all are empty. */
function smooth(values: Float64Array): Float64Array | null {
  let filled = 0;
  for (const value of values) if (value !== 0) filled++;
  if (filled === 0) return null;
  const taken = (epsilon * (values.length - filled)) / filled;
  return values.map((value) => (value === 0 ? epsilon : value - taken));
}

function relativeEntropy(p: Float64Array, q: Float64Array): number {
  const totalP = sum(p, 0, p.length);
  const totalQ = sum(q, 0, q.length);
  let divergence = 0;
  for (let k = 0; k < p.length; k++) {
    const share = p[k]! / totalP;
    divergence += share * Math.log(share / (q[k]! / totalQ));
  }
  return divergence;
}

/**
 * Threshold of a tensor by entropy. A histogram with no more bins than levels can't lose anything: its limit is returned.
 * @returns a magnitude, at most the histogram's limit.
 */
export function entropyThreshold(histogram: Histogram, levels = entropyLevels): number {
  const side = histogram.counts.length / 2;
  if (histogram.limit === 0 || histogram.counts.length <= levels) return histogram.limit;
  const { half } = searchEntropy(histogram.counts, levels);
  return (histogram.limit * Math.min(half, side)) / side;
}
