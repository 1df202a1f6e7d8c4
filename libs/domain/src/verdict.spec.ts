import { describe, expect, it } from 'vitest';
import { decidingSpeedup, verdictOf, type VerdictInput } from './verdict.js';

/** Everything fine: faster by 20 %, threshold 5 %, noise floor 1 %. */
const good: VerdictInput = {
  unsupported: false,
  notMeasured: false,
  unstable: false,
  timeRanOut: false,
  accuracy: 'passes',
  speedups: [{ variant: 'fp32', median: 1.2, low: 1.19, high: 1.21 }],
  threshold: 1.05,
  noiseFloor: 0.01,
  int8Used: true,
  bestFloatMeasured: true,
};
const between = (low: number, high: number) => ({
  speedups: [{ variant: 'fp32', median: (low + high) / 2, low, high }],
});

describe('the verdict table, first match wins', () => {
  const table: [string, Partial<VerdictInput>, string][] = [
    ['faster', {}, 'worth-it'],
    ['unsupported', { unsupported: true }, 'unsupported'],
    ['not measured', { notMeasured: true }, 'not-measured'],
    ['a budget without accuracy', { accuracy: 'unknown' }, 'not-measured'],
    ['no budget', { accuracy: 'not-asked' }, 'worth-it'],
    ['trend or two modes', { unstable: true }, 'unstable'],
    ['accuracy outside the budget', { accuracy: 'fails' }, 'accuracy-fails'],

    ['unsupported before not-measured', { unsupported: true, notMeasured: true }, 'unsupported'],
    ['not-measured before unstable', { notMeasured: true, unstable: true }, 'not-measured'],
    ['unstable before accuracy', { unstable: true, accuracy: 'fails' }, 'unstable'],
    ['accuracy before slower', { accuracy: 'fails', ...between(0.5, 0.6) }, 'accuracy-fails'],

    ['H just below 1 - f', between(0.95, 0.9899), 'slower'],
    ['H at 1 - f', between(0.95, 0.99), 'not-worth-it'],
    ['L at the threshold', between(1.05, 1.2), 'worth-it'],
    ['L just below the threshold', between(1.0499, 1.2), 'undecided'],
    ['H at the threshold', between(1.0, 1.05), 'undecided'],
    ['H just below the threshold', between(1.0, 1.0499), 'not-worth-it'],
    ['straddles everything', between(0.9, 1.2), 'undecided'],

    [
      'a gain inside the noise floor is never worth it',
      { threshold: 1, noiseFloor: 0.02, ...between(1.005, 1.019) },
      'not-worth-it',
    ],
    ['L at 1 + f above the threshold', { threshold: 1, noiseFloor: 0.02, ...between(1.02, 1.03) }, 'worth-it'],
    [
      'a loss inside the noise floor is never slower',
      { threshold: 1, noiseFloor: 0.02, ...between(0.97, 0.981) },
      'not-worth-it',
    ],

    ['no INT8 layer ran, whatever its time', { int8Used: false }, 'not-worth-it'],
    ['no INT8 layer ran, and slower', { int8Used: false, ...between(0.5, 0.6) }, 'slower'],
    ['no profile tells', { int8Used: null }, 'worth-it'],
    ['best float not measured', { bestFloatMeasured: false }, 'undecided'],
    ['best float not measured, slower all the same', { bestFloatMeasured: false, ...between(0.5, 0.6) }, 'slower'],
    [
      'best float not measured, not worth it already',
      { bestFloatMeasured: false, ...between(1.0, 1.04) },
      'not-worth-it',
    ],

    ['half-width 5 % when time ran out', { timeRanOut: true, ...between(38, 42) }, 'worth-it'],
    ['wide but clear of the threshold when time ran out', { timeRanOut: true, ...between(1.89, 2.31) }, 'worth-it'],
    ['wide and below the threshold when time ran out', { timeRanOut: true, ...between(0.6, 0.75) }, 'slower'],
    [
      'half-width above 5 % across the threshold when time ran out',
      { timeRanOut: true, ...between(1.0, 1.2) },
      'unstable',
    ],
    [
      'half-width below 5 % across the threshold when time ran out',
      { timeRanOut: true, ...between(1.03, 1.08) },
      'undecided',
    ],
    ['half-width above 5 %, but decided', { timeRanOut: false, ...between(1.89, 2.11) }, 'worth-it'],
    ['nothing compared', { speedups: [] }, 'undecided'],
    ['nothing compared when time ran out', { speedups: [], timeRanOut: true }, 'undecided'],
  ];
  it.each(table)('%s', (_name, change, expected) => {
    expect(verdictOf({ ...good, ...change })).toBe(expected);
  });
});

describe('INT8 must beat every float variant', () => {
  const fp32 = { variant: 'fp32', median: 2, low: 1.98, high: 2.02 };
  it.each([
    ['beats both', { variant: 'fp16', median: 1.2, low: 1.19, high: 1.21 }, 'worth-it'],
    ['loses to FP16', { variant: 'fp16', median: 0.9, low: 0.89, high: 0.91 }, 'slower'],
    ['gains too little on FP16', { variant: 'fp16', median: 1.02, low: 1.01, high: 1.03 }, 'not-worth-it'],
    ['unclear against FP16', { variant: 'fp16', median: 1.05, low: 1.04, high: 1.06 }, 'undecided'],
  ])('%s', (_name, fp16, expected) => {
    expect(verdictOf({ ...good, speedups: [fp32, fp16] })).toBe(expected);
    expect(verdictOf({ ...good, speedups: [fp16, fp32] })).toBe(expected);
    expect(decidingSpeedup([fp32, fp16])).toBe(fp16);
  });
});
