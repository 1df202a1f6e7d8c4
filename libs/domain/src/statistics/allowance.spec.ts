import { describe, expect, it } from 'vitest';
import { allowedInterval, instabilityMatters, medianSlope, stabilityAllowance } from './allowance.js';
import { normalSource, seededRandom } from './random.js';
import { assessStability } from './stability.js';

function drifting(total: number): number[] {
  const normal = normalSource(seededRandom(4));
  return Array.from({ length: 60 }, (_, i) => 1.5 * (1 + (total * (i - 29.5)) / 59 + 0.005 * normal()));
}

describe('stabilityAllowance', () => {
  it('is half the drift of a trend', () => {
    const ratios = drifting(0.06);
    const trend = assessStability(ratios).findings.filter(({ kind }) => kind === 'trend');
    expect(stabilityAllowance(ratios, trend)).toBeCloseTo(0.03, 2);
    expect(medianSlope([5, 7, 9, 100, 13])).toBe(2);
  });

  it('is half the distance of two modes', () => {
    const normal = normalSource(seededRandom(5));
    const ratios = Array.from({ length: 60 }, (_, i) => ((i * 7) % 11 < 5 ? 1 : 1.08) + 0.003 * normal());
    const modes = assessStability(ratios).findings.filter(({ kind }) => kind === 'two-modes');
    expect(stabilityAllowance(ratios, modes)).toBeCloseTo(0.04, 2);
  });

  it('is nothing where nothing was found', () => {
    expect(stabilityAllowance(drifting(0), [])).toBe(0);
  });
});

describe('allowedInterval', () => {
  it('stays above 0 however far the rounds wandered', () => {
    const ratios = [0.2, 0.3, 0.5, 0.9, 1.2, 2, 3, 4, 5];
    const trend = { kind: 'trend', statistic: 60, pValue: 0.001, message: 'rises' } as const;
    const { low, high } = allowedInterval({ median: 1.2, low: 0.3, high: 4 }, ratios, [trend]);
    expect(stabilityAllowance(ratios, [trend])).toBeGreaterThan(1);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(0.3 / 2);
    expect(high).toBeGreaterThan(4 * 2);
  });

  it('reaches both ends of a drift, and stays as it is where nothing was found', () => {
    const ratios = drifting(0.06);
    const trend = assessStability(ratios).findings.filter(({ kind }) => kind === 'trend');
    const widened = allowedInterval({ median: 1.5, low: 1.49, high: 1.51 }, ratios, trend);
    expect(widened.low).toBeLessThan(1.5 * 0.97);
    expect(widened.high).toBeGreaterThan(1.5 * 1.03);
    expect(allowedInterval({ median: 1.5, low: 1.49, high: 1.51 }, ratios, [])).toEqual({
      median: 1.5,
      low: 1.49,
      high: 1.51,
    });
  });
});

describe('instabilityMatters', () => {
  it('only where the widened interval reaches what the verdict compares with', () => {
    const ratios = drifting(0.06);
    const { findings, stable } = assessStability(ratios);
    expect(stable).toBe(false);
    expect(instabilityMatters(ratios, findings, [1.05, 0.99], 9)).toBe(false);
    expect(instabilityMatters(ratios, findings, [1.47], 9)).toBe(true);
    expect(instabilityMatters(ratios, [], [1.5], 9)).toBe(false);
  });
});
