import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { enginePerS, measuredPoint } from './latency-curve.js';
import { drawnServiceTimes } from './service-times.js';
import { poissonArrivals } from './arrivals.js';
import { simulateServing } from './simulate.js';

const samplesNs = [10, 30, 12, 10, 34];
const afterIdle = [false, true, false, false, true];
const engine = { ...measuredPoint(1, 12), samplesNs, afterIdle };

describe('drawnServiceTimes', () => {
  it('takes launches after idle gaps and after a queue from samples of their own kind', () => {
    const draw = drawnServiceTimes(seededRandom(3));
    for (let at = 0; at < 500; at++) {
      const idle = at % 3 === 0;
      expect(draw(engine, idle) >= 30).toBe(idle);
    }
  });

  it('takes any where there is none of the kind, or where kinds are not known', () => {
    const draw = drawnServiceTimes(seededRandom(3));
    const busyOnly = { ...engine, afterIdle: samplesNs.map(() => false) };
    const unknown = { ...engine, afterIdle: null };
    const seen = (point: typeof busyOnly | typeof unknown) =>
      new Set(Array.from({ length: 400 }, () => draw(point, true)));
    expect(seen(busyOnly)).toEqual(new Set(samplesNs));
    expect(seen(unknown)).toEqual(new Set(samplesNs));
  });

  it('gives every sample of a kind the same weight', () => {
    const draw = drawnServiceTimes(seededRandom(5));
    const times = Array.from({ length: 60_000 }, () => draw(engine, false));
    const meanNs = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(meanNs).toBeCloseTo((10 + 12 + 10) / 3, 1);
  });
});

describe('enginePerS', () => {
  it('counts launches after a queue only: an engine that runs back to back never stands idle', () => {
    expect(enginePerS(engine)).toBeCloseTo(3e9 / (10 + 12 + 10), 6);
  });
});

describe('simulateServing', () => {
  it('is slow after idle gaps and quick in a queue, as its engine', () => {
    const slowStart = { ...measuredPoint(1, 10), samplesNs: [10, 50], afterIdle: [false, true] };
    const policy = { kind: 'linear' as const, engine: slowStart };
    const options = { instances: 1, timeLimitNs: null, seed: 1 };
    const apart = simulateServing(Float64Array.of(0, 1000, 2000), policy, options);
    expect(apart.latency.meanNs).toBe(50);
    const together = simulateServing(Float64Array.of(0, 1, 2), policy, options);
    // Done at 50, 60 and 70.
    expect(together.latency.meanNs).toBe((50 + 59 + 68) / 3);
    expect(simulateServing(poissonArrivals(1e6, 1000, 1), policy, options).served).toBe(1000);
  });
});
