import { describe, expect, it } from 'vitest';
import type { RoundRecord } from '../trial.js';
import { normalSource, seededRandom } from './random.js';
import { fastestWindowNs, roundTimeNs } from './round-time.js';

const round = (samples: number[], turns: number[] | null, voided: RoundRecord['voided'] = null): RoundRecord => ({
  index: 0,
  startedMs: 0,
  order: ['fp32'],
  samples: { fp32: samples },
  ...(turns !== null && { turns: { fp32: turns } }),
  voided,
});

describe('roundTimeNs', () => {
  it('takes the median of all samples where the engine ran in one piece', () => {
    expect(roundTimeNs(round([5, 1, 9], null), 'fp32')).toBe(5);
    const long = Array.from({ length: 17 }, (_, i) => i);
    expect(roundTimeNs(round(long, [17]), 'fp32')).toBe(8);
  });

  it('takes the fastest turn where turns are shorter than a window', () => {
    expect(roundTimeNs(round([10, 12, 7, 8, 30, 31], [2, 2, 2]), 'fp32')).toBe(7.5);
  });

  it('takes eight undisturbed runs in a row, and no lucky one', () => {
    const disturbed = Array.from({ length: 16 }, () => 140);
    const quiet = Array.from({ length: 8 }, () => 100);
    const samples = [...disturbed, ...quiet, ...disturbed.with(3, 60)];
    expect(roundTimeNs(round(samples, [24, 16]), 'fp32')).toBe(100);
  });

  it('never lets a window reach over two turns', () => {
    const samples = [
      ...Array<number>(12).fill(100),
      ...Array<number>(4).fill(50),
      ...Array<number>(4).fill(50),
      80,
      80,
      80,
      80,
    ];
    expect(roundTimeNs(round(samples, [16, 8]), 'fp32')).toBe(65);
  });

  it('knows no time of a voided round and of an engine that did not run', () => {
    expect(roundTimeNs(round([1, 2], null, { code: 'clock-changed', message: 'clocks' }), 'fp32')).toBeNull();
    expect(roundTimeNs(round([1, 2], null), 'int8')).toBeNull();
  });

  it('finds the same ratio of two engines whether or not most of their runs are disturbed', () => {
    const normal = normalSource(seededRandom(4));
    const uniform = seededRandom(5);
    const series = (base: number, disturbed: number): number[] => {
      let busy = false;
      return Array.from({ length: 2000 }, (_, i) => {
        if (i % 20 === 0) busy = uniform() < disturbed;
        return base * (1 + 0.003 * normal()) * (busy ? 1.1 + 0.3 * uniform() : 1);
      });
    };
    const turns = Array<number>(40).fill(50);
    const time = (base: number, disturbed: number): number =>
      roundTimeNs(round(series(base, disturbed), turns), 'fp32')!;
    expect(time(100, 0.7) / time(50, 0)).toBeCloseTo(2, 2);
  });
});

describe('fastestWindowNs', () => {
  it('leaves out what does not fill a window, unless there is no other', () => {
    expect(fastestWindowNs([...Array<number>(8).fill(10), 1, 1, 1])).toBe(10);
    expect(fastestWindowNs([3, 1, 2])).toBe(2);
  });
});
