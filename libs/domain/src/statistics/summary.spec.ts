import { describe, expect, it } from 'vitest';
import { labelOutliers } from './outliers.js';
import { proportionInterval } from './proportion.js';
import { studentQuantile } from './student-t.js';
import { mad, mean, median, quantile, standardDeviation } from './summary.js';

/** Expected values from NumPy 2.4 and SciPy 1.17. */
const values = [3.1, 2.2, 9.7, 4.4, 5.0, 1.3, 7.7];

describe('summaries', () => {
  it('agree with NumPy', () => {
    expect(quantile(values, 0.1)).toBeCloseTo(1.84, 12);
    expect(quantile(values, 0.25)).toBeCloseTo(2.65, 12);
    expect(quantile(values, 0.9)).toBeCloseTo(8.5, 12);
    expect(median(values)).toBe(4.4);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(mad(values)).toBeCloseTo(2.2, 12);
    expect(standardDeviation(values)).toBeCloseTo(3.0142518616920992, 12);
    expect(mean(values)).toBeCloseTo(33.4 / 7, 12);
  });

  it('leave the input as it was and refuse an empty one', () => {
    const kept = [3, 1, 2];
    median(kept);
    expect(kept).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow(RangeError);
    expect(standardDeviation([1])).toBeNull();
  });

  it("give Student's quantiles and exact intervals of a share", () => {
    expect(studentQuantile(0.975, 2)).toBeCloseTo(4.302652729749462, 5);
    expect(studentQuantile(0.975, 11)).toBeCloseTo(2.200985160091639, 5);
    expect(studentQuantile(0.995, 59)).toBeCloseTo(2.6617587521629673, 5);
    expect(proportionInterval(15, 200)).toMatchObject({
      rate: 0.075,
      low: expect.closeTo(0.04258280373703671, 6),
      high: expect.closeTo(0.12068422539966135, 6),
    });
    expect(proportionInterval(0, 30)).toMatchObject({ low: 0, high: expect.closeTo(0.11570330822202743, 6) });
    expect(proportionInterval(30, 30)).toMatchObject({ low: expect.closeTo(0.8842966917779725, 6), high: 1 });
    expect(proportionInterval(0, 0)).toBeNull();
  });
});

describe('labelOutliers', () => {
  it('labels by distance in robust standard deviations and drops nothing', () => {
    const samples = [100, 101, 99, 102, 98, 100, 101, 99, 110, 160];
    const labels = labelOutliers(samples);
    expect(labels.map(({ index, severity }) => [index, severity])).toEqual([
      [8, 'mild'],
      [9, 'severe'],
    ]);
    expect(samples).toHaveLength(10);
  });

  it('works where most samples are equal, and finds none where all are', () => {
    expect(labelOutliers([5, 5, 5, 5, 5, 5, 5, 5, 5, 9]).map(({ index }) => index)).toEqual([9]);
    expect(labelOutliers([5, 5, 5, 5])).toEqual([]);
    expect(labelOutliers([1, 2])).toEqual([]);
  });
});
