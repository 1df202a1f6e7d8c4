import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { seededNormal } from '../dataset/random.js';
import { percentileRange, percentileThreshold } from './percentile.js';
import { rangeOf, type RangeCalibrator } from './ranges.js';
import { addValues, emptyStatistics, type TensorStatistics } from './statistics.js';

function statisticsOf(values: Float32Array): TensorStatistics {
  const statistics = emptyStatistics(true);
  addValues(statistics, values, 't', 0);
  return statistics;
}

const normal = seededNormal(11);
const bell = Float32Array.from({ length: 100_000 }, normal);
const withOutlier = Float32Array.from({ length: 100_000 }, (_, i) => (i === 0 ? 60 : normal()));

describe('calibrators', () => {
  it('stay within what was seen, hold zero and are never empty', () => {
    const arrays = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        arrays,
        fc.constantFrom<RangeCalibrator>('max', 'percentile', 'entropy', 'mse'),
        (values, calibrator) => {
          const { min, max, threshold, low, high } = rangeOf(statisticsOf(Float32Array.from(values)), calibrator, 99);
          const amax = Math.max(Math.abs(min), Math.abs(max));
          expect(threshold).toBeLessThanOrEqual(amax);
          expect(threshold > 0 || amax === 0).toBe(true);
          expect(low).toBeLessThanOrEqual(0);
          expect(high).toBeGreaterThanOrEqual(0);
          expect(low).toBeGreaterThanOrEqual(Math.min(0, min));
          expect(high).toBeLessThanOrEqual(Math.max(0, max));
          expect(high > low || amax === 0).toBe(true);
        },
      ),
    );
  });

  it('max keeps the whole range', () => {
    expect(rangeOf(statisticsOf(Float32Array.of(-1, 3)), 'max', 99)).toEqual({
      min: -1,
      max: 3,
      threshold: 3,
      low: -1,
      high: 3,
    });
  });

  it('percentile agrees with the sorted values to one bin', () => {
    const statistics = statisticsOf(bell);
    const magnitudes = [...bell].map(Math.abs).toSorted((a, b) => a - b);
    const bin = statistics.histogram!.limit / 2048;
    expect(Math.abs(percentileThreshold(statistics.histogram!, 99) - magnitudes[99_000]!)).toBeLessThan(bin);
    const sorted = bell.toSorted();
    const { low, high } = percentileRange(statistics.histogram!, 98);
    expect(Math.abs(low - sorted[1000]!)).toBeLessThan(bin);
    expect(Math.abs(high - sorted[99_000]!)).toBeLessThan(bin);
  });

  it('MSE errs less than max on the data themselves when there is an outlier', () => {
    const squaredError = (threshold: number): number => {
      const scale = threshold / 127;
      return withOutlier.reduce(
        (sum, x) => sum + (x - scale * Math.max(-127, Math.min(127, Math.round(x / scale)))) ** 2,
        0,
      );
    };
    const statistics = statisticsOf(withOutlier);
    const mse = rangeOf(statistics, 'mse', 99).threshold;
    expect(mse).toBeLessThan(60);
    expect(squaredError(mse)).toBeLessThan(squaredError(rangeOf(statistics, 'max', 99).threshold));
    // No other share of the range does much better: the histogram's estimate is near the truth.
    const best = Math.min(...Array.from({ length: 100 }, (_, k) => squaredError((60 * (k + 1)) / 100)));
    expect(squaredError(mse)).toBeLessThan(best * 1.05);
  });

  it('names tensor and batch of NaN', () => {
    const statistics = emptyStatistics(true);
    expect(() => addValues(statistics, Float32Array.of(1, Number.NaN), 'conv1', 3)).toThrow(/"conv1".*batch 3/);
  });

  it('handles constant and all-zero tensors', () => {
    for (const calibrator of ['max', 'percentile', 'entropy', 'mse'] as const) {
      expect(rangeOf(statisticsOf(new Float32Array(10)), calibrator, 99)).toMatchObject({
        threshold: 0,
        low: 0,
        high: 0,
      });
      expect(rangeOf(statisticsOf(new Float32Array(10).fill(2)), calibrator, 99).high).toBeGreaterThan(1);
    }
  });

  it('refuses a percentile that makes no sense', () => {
    expect(() => percentileThreshold(statisticsOf(bell).histogram!, 40)).toThrow(/percentile/);
  });
});
