import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLook, jointCoverage, lookSchedule, missPerLook, nextLook, orderFor } from './looks.js';
import { roundRecord } from '@octet/testing';
import { pairedRatios } from './paired-ratios.js';
import { orderInterval, relativeHalfWidth, speedupInterval } from './speedup-interval.js';
import type { RoundRecord } from '../trial.js';

describe('look schedule', () => {
  it('starts at minRounds and grows by about half each time', () => {
    expect(lookSchedule(9)).toEqual([9, 15, 25, 40, 60, 90, 135, 200]);
    expect(lookSchedule(12)[0]).toBe(12);
    expect(lookSchedule(2)).toEqual(lookSchedule(9));
    expect(isLook(15, 9)).toBe(true);
    expect(isLook(16, 9)).toBe(false);
    expect(nextLook(15, 9)).toBe(25);
    expect(nextLook(0, 9)).toBe(9);
    expect(nextLook(200, 9)).toBeNull();
  });

  it('computes joint coverage as enumeration of all outcomes does', () => {
    // All 2^12 and 2^15 sequences of rounds below or above the median, enumerated in Python.
    expect(jointCoverage([5, 8, 12], 0.1)).toBeCloseTo(0.7939880935470919, 10);
    expect(jointCoverage([9, 15], 0.0093)).toBeCloseTo(0.9835040404327026, 10);
  });

  it('gives each look the same level, 95 % over all', () => {
    expect(jointCoverage(lookSchedule(9), missPerLook(9))).toBeCloseTo(0.95, 6);
    expect(jointCoverage(lookSchedule(20), missPerLook(20))).toBeCloseTo(0.95, 6);
  });

  it('holds 95 % as well when time runs out between two looks', () => {
    for (const end of [10, 14, 16, 24, 33, 59, 61, 88, 120, 199]) {
      const looks = [...lookSchedule(9).filter((look) => look < end), end];
      expect(jointCoverage(looks, missPerLook(9))).toBeGreaterThanOrEqual(0.95 - 1e-9);
    }
  });
});

describe('speedupInterval', () => {
  const ratios = [0.98, 1.01, 1.03, 1.0, 1.05, 0.99, 1.02, 1.04, 1.06];

  it('interpolates between order statistics as Hettmansperger and Sheather do', () => {
    const bounds = orderInterval(ratios, 0.02); // expected from their formula, computed with SciPy's binomial
    expect(bounds?.low).toBeCloseTo(0.9887103594080338, 10);
    expect(bounds?.high).toBeCloseTo(1.0512896405919663, 10);
    expect(orderFor(9, 0.02).order).toBe(1);
  });

  it('is unknown, not zero, with too few rounds', () => {
    expect(speedupInterval([])).toMatchObject({ median: null, low: null, high: null, rounds: 0 });
    expect(speedupInterval(ratios.slice(0, 7))).toMatchObject({ median: 1.01, low: null, high: null, rounds: 7 });
    expect(relativeHalfWidth(speedupInterval([1]))).toBeNull();
  });

  it('holds the median, ignores order and scales with the ratios', () => {
    const ratio = fc.double({ min: 0.2, max: 5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(ratio, { minLength: 9, maxLength: 80 }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (values, factor) => {
          const interval = speedupInterval(values);
          if (interval.low === null) throw new Error('nine rounds are enough');
          expect(interval.low).toBeLessThanOrEqual(interval.median);
          expect(interval.high).toBeGreaterThanOrEqual(interval.median);
          expect(speedupInterval(values.toReversed())).toEqual(interval);
          const scaled = speedupInterval(values.map((value) => value * factor));
          expect(scaled.low).toBeCloseTo(interval.low * factor, 9);
        },
      ),
    );
  });
});

describe('pairedRatios', () => {
  it('takes the least disturbed turn of each engine', () => {
    const disturbed = {
      ...roundRecord(0, {}),
      samples: { fp32: [90, 91, 20, 20, 60, 60], int8: [10, 12, 14, 70, 70, 70] },
      turns: { fp32: [2, 2, 2], int8: [3, 3] },
    };
    // Inside a turn the median counts: 12, not 10.
    expect(pairedRatios([disturbed], 'fp32', 'int8')).toEqual([20 / 12]);
  });

  const round = (index: number, samples: Record<string, number[]>, voided = false): RoundRecord => ({
    index,
    startedMs: index,
    order: Object.keys(samples),
    samples,
    voided: voided ? { code: 'throttled', message: 'thermal' } : null,
  });

  it('divides the medians of each counted round', () => {
    const rounds = [
      round(0, { fp32: [200, 220, 210], int8: [100, 105, 110] }),
      round(1, { fp32: [300], int8: [100] }, true),
      round(2, { fp32: [200] }),
      round(3, { fp32: [100, 120], int8: [55] }),
    ];
    expect(pairedRatios(rounds, 'fp32', 'int8')).toEqual([2, 2]);
  });
});
