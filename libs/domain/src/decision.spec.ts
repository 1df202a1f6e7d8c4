import { describe, expect, it } from 'vitest';
import { decide } from './decision.js';
import type { RoundRecord } from './trial.js';

const plan = { threshold: 1.05, halfWidth: 0.01, minRounds: 9, maxSeconds: 60 };

/** Rounds with one sample each; `ratio(i)` is T_fp32 / T_int8 of round i. */
function roundsOf(count: number, ratio: (index: number) => number, voided: readonly number[] = []): RoundRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    startedMs: index,
    order: ['fp32', 'int8'],
    samples: { fp32: [1_000_000 * ratio(index)], int8: [1_000_000] },
    voided: voided.includes(index) ? { code: 'clock', message: 'clocks differ' } : null,
  }));
}
const ask = (rounds: RoundRecord[], more: Partial<Parameters<typeof decide>[0]> = {}) =>
  decide({ rounds, floats: ['fp32'], recipes: ['int8'], plan, noiseFloor: 0.01, ...more });

describe('decide', () => {
  it.each([
    ['clear gain at the first look', 9, () => 1.2, true],
    ['clear loss at the first look', 9, () => 0.8, true],
    ['clearly too little', 9, () => 1.02, true],
    ['between looks', 10, () => 1.2, false],
    ['before the first look', 8, () => 1.2, false],
    ['at the second look', 15, () => 1.2, true],
    ['straddles the threshold', 9, (index: number) => 1.05 + (index % 2 === 0 ? 0.005 : -0.005), false],
    ['decided but too wide', 9, (index: number) => 1.5 + 0.05 * (index % 3), false],
    ['decided and narrow, but drifting', 25, (index: number) => 1.2 * (1 + 0.0008 * index), false],
  ])('%s', (_name, count, ratio, decided) => {
    expect(ask(roundsOf(count, ratio)).decided).toBe(decided);
  });

  it('does not count voided rounds', () => {
    expect(ask(roundsOf(10, () => 1.2, [3]))).toMatchObject({ decided: true, counted: 9 });
    expect(ask(roundsOf(9, () => 1.2, [3]))).toMatchObject({ decided: false, counted: 8 });
  });

  it('waits for every recipe', () => {
    const rounds = roundsOf(9, () => 1.2).map((round) => ({
      ...round,
      samples: { ...round.samples, other: [1_000_000 * (1.14 + 0.02 * (round.index % 3))] },
    }));
    const answer = ask(rounds, { recipes: ['int8', 'other'] });
    expect(answer.decided).toBe(false);
    expect(answer.perRecipe.map((recipe) => recipe.settled)).toEqual([true, false]);
  });

  it('is decided against by one float variant that beats INT8', () => {
    const rounds = roundsOf(9, () => 1.5).map((round) => ({
      ...round,
      samples: { ...round.samples, fp16: [900_000] },
    }));
    const answer = ask(rounds, { floats: ['fp32', 'fp16'] });
    expect(answer).toMatchObject({ decided: true, perRecipe: [{ against: 'fp16', settled: true }] });
    expect(answer.perRecipe[0]?.interval?.median).toBeCloseTo(0.9, 12);
  });

  it('has no interval yet below nine rounds', () => {
    expect(ask(roundsOf(5, () => 1.2)).perRecipe[0]).toMatchObject({ interval: null, against: null, settled: false });
  });

  it('needs minRounds where there is nothing to compare', () => {
    expect(
      ask(
        roundsOf(8, () => 1),
        { recipes: [] },
      ).decided,
    ).toBe(false);
    expect(
      ask(
        roundsOf(9, () => 1),
        { recipes: [] },
      ).decided,
    ).toBe(true);
  });

  it('is exhausted after the last look', () => {
    expect(ask(roundsOf(199, () => 1.05)).exhausted).toBe(false);
    expect(ask(roundsOf(200, () => 1.05)).exhausted).toBe(true);
  });
});
