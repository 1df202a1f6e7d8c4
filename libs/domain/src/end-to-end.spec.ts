import { describe, expect, it } from 'vitest';
import { endToEndNs } from './end-to-end.js';
import type { RoundRecord } from './trial.js';

const round = (samples: number[], voided = false): RoundRecord => ({
  index: 0,
  startedMs: 0,
  order: ['fp32'],
  samples: { fp32: samples },
  voided: voided ? { code: 'thermal', message: 'hot' } : null,
});

describe('endToEndNs', () => {
  it('is the median of round medians: a round with many samples weighs no more', () => {
    // Medians 10, 20, 30; the pooled median would be 10.
    expect(endToEndNs([round([10, 10, 10, 10, 10]), round([20]), round([30])], 'fp32')).toBe(20);
  });
  it('leaves void rounds out', () => {
    expect(endToEndNs([round([10]), round([20], true), round([30])], 'fp32')).toBe(20);
    expect(endToEndNs([round([10]), round([1000], true)], 'fp32')).toBe(10);
  });
  it('is null for an engine that was never measured', () => {
    expect(endToEndNs([round([10])], 'int8')).toBeNull();
    expect(endToEndNs([round([])], 'fp32')).toBeNull();
    expect(endToEndNs([], 'fp32')).toBeNull();
  });
});
