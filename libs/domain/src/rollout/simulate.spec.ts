import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { burstyArrivals, poissonArrivals, traceArrivals, traceRate } from './arrivals.js';
import { measuredPoint } from './latency-curve.js';
import { simulateServing } from './simulate.js';

const msNs = 1e6;
const options = { instances: 1, timeLimitNs: null, seed: 1 };

describe('simulateServing', () => {
  // Pollaczek-Khinchine: an M/D/1 queue waits rho / (2 mu (1 - rho)) on average.
  it.each([0.3, 0.6, 0.8])('waits as M/D/1 says at load %d (five seeds of 1,000,000 arrivals)', (load) => {
    const expectedNs = (load / (2 * (1 - load))) * msNs;
    const waits = [1, 2, 3, 4, 5].map((seed) => {
      const arrivals = poissonArrivals(load * 1000, 1_000_000, seed);
      return simulateServing(arrivals, { kind: 'linear', engine: measuredPoint(1, msNs) }, options).meanWaitNs;
    });
    const meanNs = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(Math.abs(meanNs / expectedNs - 1)).toBeLessThan(0.02);
  });

  // Erlang C (M/M/c) needs exponential service: drawn by replaying exponential times through `serviceNs`.
  it('waits as Erlang C says with three devices', () => {
    const random = seededRandom(8);
    const serviceNs = () => -Math.log(1 - random()) * msNs;
    const arrivals = poissonArrivals(2400, 1_000_000, 4);
    const policy = { kind: 'linear' as const, engine: measuredPoint(1, msNs) };
    const { meanWaitNs, utilization } = simulateServing(arrivals, policy, { ...options, instances: 3, serviceNs });
    // a = 2.4 Erlang on 3 servers: C = 0.6472, mean wait = C / (3 - 2.4) service times.
    const erlangB = 2.4 ** 3 / 6 / (1 + 2.4 + 2.4 ** 2 / 2 + 2.4 ** 3 / 6);
    const erlangC = erlangB / (1 - (2.4 / 3) * (1 - erlangB));
    expect(Math.abs(meanWaitNs / ((erlangC / 0.6) * msNs) - 1)).toBeLessThan(0.04);
    expect(utilization).toBeCloseTo(0.8, 2);
  });

  it('serves alone and in order', () => {
    const result = simulateServing(Float64Array.of(0, 1, 2), { kind: 'linear', engine: measuredPoint(1, 10) }, options);
    // Done at 10, 20, 30: latencies 10, 19, 28.
    expect(result.latency).toMatchObject({ meanNs: 19, maxNs: 28, p50Ns: 19 });
    expect(result.meanWaitNs).toBe(9);
    expect(result.queue.max).toBe(2);
  });

  it('launches a batch when it is full, or when the oldest waited long enough', () => {
    const engine = measuredPoint(2, 10);
    const result = simulateServing(Float64Array.of(0, 4, 100), { kind: 'batch', engine, waitNs: 20 }, options);
    // [0, 4] launch at 4 -> 14; [100] launches at 120 -> 130, one place padded.
    expect(result).toMatchObject({ served: 3, launches: 2, padding: 1 });
    expect(result.latency.maxNs).toBe(30);
    expect(result.latency.meanNs).toBe((14 + 10 + 30) / 3);
  });

  it('splits what waits over the engines', () => {
    const engines = [measuredPoint(1, 10), measuredPoint(4, 20)];
    const result = simulateServing(Float64Array.of(0, 1, 2, 3, 4), { kind: 'multi-engine', engines }, options);
    // One alone till 10, then the four that wait together till 30.
    expect(result).toMatchObject({ launches: 2, padding: 0 });
    expect(result.latency.maxNs).toBe(29);
  });

  it('shares the queue among devices', () => {
    const result = simulateServing(
      Float64Array.of(0, 0, 0),
      { kind: 'linear', engine: measuredPoint(1, 10) },
      { ...options, instances: 3 },
    );
    expect(result.latency.maxNs).toBe(10);
    expect(result.utilization).toBe(1);
  });

  it('drops what waited past the limit, and counts it', () => {
    const arrivals = Float64Array.of(0, 1, 2, 50);
    const result = simulateServing(
      arrivals,
      { kind: 'linear', engine: measuredPoint(1, 20) },
      { ...options, timeLimitNs: 30 },
    );
    // 0 -> 20, 1 waits 19 -> 40, 2 would wait 38: dropped; 50 -> 70.
    expect(result).toMatchObject({ served: 3, dropped: 1 });
  });

  it('loses no request', () => {
    for (const seed of [1, 2, 3]) {
      const arrivals = burstyArrivals(900, { ratio: 5, share: 0.1, meanS: 0.05 }, 20_000, seed);
      const engines = [measuredPoint(1, msNs), measuredPoint(8, 3 * msNs)];
      const result = simulateServing(
        arrivals,
        { kind: 'multi-engine', engines },
        { instances: 2, timeLimitNs: 20 * msNs, seed },
      );
      expect(result.served + result.dropped).toBe(20_000);
    }
  });

  it('draws service times from what was measured', () => {
    const engine = { ...measuredPoint(1, 10), samplesNs: [10, 10, 10, 90] };
    const arrivals = Float64Array.from({ length: 40_000 }, (_, index) => index * 1000);
    const result = simulateServing(arrivals, { kind: 'linear', engine }, options);
    expect(result.latency.meanNs).toBeGreaterThan(29);
    expect(result.latency.meanNs).toBeLessThan(31);
    expect(result.latency.p99Ns).toBe(90);
  });
});

describe('arrivals', () => {
  it('have the asked rate', () => {
    expect(traceRate(poissonArrivals(500, 200_000, 3)) / 500).toBeCloseTo(1, 1);
    expect(traceRate(burstyArrivals(500, { ratio: 4, share: 0.2, meanS: 0.02 }, 400_000, 3)) / 500).toBeCloseTo(1, 1);
  });

  it('keep a trace’s pattern at another rate', () => {
    expect([...traceArrivals(Float64Array.of(1e9, 2e9, 5e9), 1)]).toEqual([0, 0.5e9, 2e9]);
    expect([...traceArrivals(Float64Array.of(1e9, 2e9), null)]).toEqual([0, 1e9]);
  });
});
