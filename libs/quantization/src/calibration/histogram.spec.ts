import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { absoluteMax } from '../arithmetic/schemes.js';
import { addToHistogram, binsPerSide, coarsen, emptyHistogram, magnitudes, trimHistogram } from './histogram.js';

const batch = fc
  .array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 })
  .map((values) => Float32Array.from(values));

describe('histogram', () => {
  it('keeps every value in the bin that holds it, however the limit grew', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 5 }), (batches) => {
        const histogram = emptyHistogram();
        for (const values of batches) addToHistogram(histogram, values, absoluteMax(values));
        const all = batches.flatMap((values) => [...values]);
        expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(all.length);
        const amax = absoluteMax(all);
        if (amax === 0) return;
        expect(histogram.limit).toBeGreaterThanOrEqual(amax);
        const width = histogram.limit / binsPerSide;
        // A quantile read from the histogram is off by one bin at most.
        const sorted = all.toSorted((a, b) => a - b);
        let running = 0;
        histogram.counts.forEach((count, bin) => {
          if (count === 0) return;
          const low = (bin - binsPerSide) * width;
          for (const value of sorted.slice(running, running + count)) {
            expect(value).toBeGreaterThanOrEqual(low - width * 1e-3);
            expect(value).toBeLessThanOrEqual(low + width * (1 + 1e-3));
          }
          running += count;
        });
      }),
    );
  });

  it('trims unused bins without losing a count', () => {
    const histogram = emptyHistogram();
    addToHistogram(histogram, Float32Array.of(-1, 0.5, 1), 1);
    addToHistogram(histogram, Float32Array.of(1.1), Math.fround(1.1));
    const trimmed = trimHistogram(histogram, Math.fround(1.1));
    expect(histogram.limit).toBe(2);
    expect(trimmed.limit).toBeCloseTo(1.1, 2);
    expect(trimmed.counts.reduce((a, b) => a + b, 0)).toBe(4);
    expect(magnitudes(trimmed).reduce((a, b) => a + b, 0)).toBe(4);
  });

  it('merges bins outwards from zero without losing a count', () => {
    const histogram = { counts: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), limit: 5 };
    expect(coarsen(histogram, 2)).toEqual({ counts: Float64Array.of(1 + 2, 3 + 4 + 5, 6 + 7 + 8, 9 + 10), limit: 6 });
    expect(coarsen(histogram, 5)).toBe(histogram);
  });

  it('takes 32 KiB a tensor: 1,000 tensors fit in 64 MB', () => {
    expect(1000 * emptyHistogram().counts.byteLength).toBeLessThan(64e6);
  });
});
