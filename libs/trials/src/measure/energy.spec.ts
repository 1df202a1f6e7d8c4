import { expect, it } from 'vitest';
import { energyOfRun } from './energy.js';

const engine = { measureRound: () => Promise.resolve({ latenciesNs: new Float64Array(99) }) };

it('divides what the counters rose by among all runs, the discarded one too', async () => {
  const readings = [1_000_000, 3_000_000].map((microjoules) => [{ microjoules, wrapsAt: 1e12 }]);
  expect(await energyOfRun(engine, () => readings.shift() ?? null)).toBe(20);
});

it('is null, and runs nothing, where there are no counters', async () => {
  const never = { measureRound: () => Promise.reject(new Error('run')) };
  expect(await energyOfRun(never, () => null)).toBeNull();
});
