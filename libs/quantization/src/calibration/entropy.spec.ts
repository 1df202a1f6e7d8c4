import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { seededNormal } from '../dataset/random.js';
import { searchEntropy } from './entropy-search.js';
import { entropyDivergence, entropyThreshold } from './entropy.js';
import { addToHistogram, emptyHistogram, trimHistogram } from './histogram.js';

const counts = (bins: number) =>
  fc
    .array(
      fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.integer({ min: 1, max: 5000 }) }),
      {
        minLength: bins,
        maxLength: bins,
      },
    )
    .map((values) => Float64Array.from(values));

function bruteForce(histogram: Float64Array, levels: number): number[] {
  const divergences: number[] = [];
  for (let half = levels / 2; half <= histogram.length / 2; half++)
    divergences.push(entropyDivergence(histogram, half, levels));
  return divergences;
}

describe('searchEntropy', () => {
  it('finds what a brute-force search over all thresholds finds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 40 }).chain((side) => counts(2 * side)),
        fc.constantFrom(4, 8),
        (histogram, levels) => {
          fc.pre(histogram.some((count) => count > 0));
          const divergences = bruteForce(histogram, levels);
          const least = Math.min(...divergences);
          const { half, divergence } = searchEntropy(histogram, levels);
          if (least === Infinity) return;
          expect(divergence).toBeCloseTo(least, 7);
          expect(entropyDivergence(histogram, half, levels)).toBeCloseTo(least, 7);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('agrees with the bin-by-bin divergence on a histogram of real size', () => {
    const normal = seededNormal(3);
    const values = Float32Array.from({ length: 200_000 }, () => Math.max(0, normal()) + (normal() > 3.5 ? 20 : 0));
    const histogram = emptyHistogram();
    addToHistogram(
      histogram,
      values,
      values.reduce((a, b) => Math.max(a, b), 0),
    );
    const { half, divergence } = searchEntropy(histogram.counts);
    expect(divergence).toBeCloseTo(entropyDivergence(histogram.counts, half), 7);
    for (const other of [128, 500, 1000, 2048])
      expect(divergence).toBeLessThanOrEqual(entropyDivergence(histogram.counts, other) + 1e-9);
  });
});

describe('entropyThreshold', () => {
  it('cuts a few far outliers off and stays within what was seen', () => {
    const normal = seededNormal(5);
    const values = Float32Array.from({ length: 100_000 }, (_, i) => (i < 3 ? 100 : normal()));
    const histogram = emptyHistogram();
    addToHistogram(histogram, values, 100);
    const threshold = entropyThreshold(trimHistogram(histogram, 100));
    expect(threshold).toBeGreaterThan(2);
    expect(threshold).toBeLessThan(30);
  });

  it('returns the limit where there are no more bins than levels', () => {
    expect(entropyThreshold({ counts: new Float64Array(200).fill(1), limit: 3 })).toBe(3);
  });
});
