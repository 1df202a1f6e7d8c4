import { expect, it } from 'vitest';
import { defaultPlan, type BuildRecord, type TrialRecord } from '../trial.js';
import { buildReasons, overBuilds } from './build-spread.js';

const build = (index: number, ratio: number): BuildRecord => ({
  index,
  engines: {},
  roundMediansNs: {
    fp16: Array.from({ length: 5 }, (_, round) => Math.round(1e6 * ratio * (1 + (round - 2) / 10_000))),
    int8: Array.from({ length: 5 }, () => 1_000_000),
  },
});
const record = (...ratios: number[]): TrialRecord =>
  ({
    spec: { plan: defaultPlan },
    builds: ratios.map((ratio, index) => build(index, ratio)),
  }) as Partial<TrialRecord> as TrialRecord;
const speedup = { variant: 'fp16', median: 1.06, low: 1.055, high: 1.065 };

it('widens the interval by what independent builds gave, never narrows it', () => {
  const wide = overBuilds(record(1.0, 1.06, 1.12), 'int8', speedup);
  expect(wide.median).toBe(1.06);
  expect(wide.low).toBeLessThan(1.0);
  expect(wide.high).toBeGreaterThan(1.12);
  const equal = overBuilds(record(1.06, 1.06, 1.06), 'int8', speedup);
  expect(equal).toEqual(speedup);
});

it('leaves the interval alone where no builds, one build, or builds of other engines were measured', () => {
  expect(overBuilds(record(), 'int8', speedup)).toEqual(speedup);
  expect(overBuilds(record(1.2), 'int8', speedup)).toEqual(speedup);
  expect(overBuilds(record(1.2, 1.3), 'int8/other', speedup)).toEqual(speedup);
});

it('tells each build', () => {
  const [reason] = buildReasons(record(1.0, 1.06, 1.12), 'fp16', 'int8');
  expect(reason).toMatchObject({ id: 'builds-measured', evidence: { builds: 3, speedups: [1, 1.06, 1.12] } });
  expect(buildReasons(record(), 'fp16', 'int8')).toEqual([]);
});
