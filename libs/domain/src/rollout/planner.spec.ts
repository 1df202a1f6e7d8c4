import { describe, expect, it } from 'vitest';
import { measuredPoint, pointAt, type LatencyCurve } from './latency-curve.js';
import { costPerMillion, planRollout } from './planner.js';
import type { RolloutRequest } from './rollout-plan.js';
import { simulateServing } from './simulate.js';
import { poissonArrivals } from './arrivals.js';
import { tritonConfig } from './triton-config.js';

const ms = 1e6;
const int8: LatencyCurve = {
  variant: 'int8',
  points: [measuredPoint(1, 1.2 * ms), measuredPoint(4, 2.1 * ms), measuredPoint(10, 4 * ms)],
};
const fp16: LatencyCurve = {
  variant: 'fp16',
  points: [measuredPoint(1, 1.6 * ms), measuredPoint(4, 3.4 * ms), measuredPoint(10, 7 * ms)],
};

const request: RolloutRequest = {
  curves: [int8, fp16],
  p99Ns: 20 * ms,
  ratePerS: 500,
  batches: null,
  trace: null,
  ways: null,
  bursts: null,
  timeLimitNs: null,
  pricePerHour: 0.35,
  memoryBytes: null,
  maxInstances: 8,
  seed: 1,
  requests: 20_000,
};

describe('planRollout', () => {
  it('holds the bound at the asked rate when it is simulated again with another seed', () => {
    const { plan } = planRollout(request);
    expect(plan).not.toBeNull();
    expect(plan!.instances).toBe(1);
    const engines = plan!.engines.map((batch) => pointAt(int8, batch)!);
    const again = simulateServing(
      poissonArrivals(500, 50_000, 99),
      plan!.policy === 'multi-engine'
        ? { kind: 'multi-engine', engines }
        : { kind: 'batch', engine: engines[0]!, waitNs: plan!.waitMs * ms },
      { instances: 1, timeLimitNs: null, seed: 5 },
    );
    expect(again.latency.p99Ns).toBeLessThan(20 * ms);
  });

  it('finds a higher rate for INT8 than for FP16, and says how much', () => {
    const { plan, sentence } = planRollout({ ...request, ratePerS: null, maxInstances: 1, requests: 5000 });
    const rival = plan!.alternatives.find((other) => other.variant === 'fp16')!;
    expect(plan!.variant).toBe('int8');
    expect(plan!.throughputPerS).toBeGreaterThan(rival.throughputPerS * 1.4);
    // No way of serving is quicker than the largest engine run back to back.
    expect(plan!.throughputPerS).toBeLessThan(2500);
    expect(sentence).toMatch(/int8 .* times the best of fp16, \d+ % cheaper/);
  });

  it('says why there is no plan', () => {
    const answer = planRollout({ ...request, p99Ns: 1 * ms });
    expect(answer.plan).toBeNull();
    expect(answer.reason).toMatch(/the fastest engine alone takes 1.2 ms/);
    expect(planRollout({ ...request, ratePerS: 1e6 }).reason).toMatch(
      /more than up to 8 devices can serve .*; allow more devices/,
    );
  });

  it('never uses more memory than there is', () => {
    const heavy = { ...int8, points: int8.points.map((point) => ({ ...point, memoryBytes: 600 })) };
    const { plan } = planRollout({ ...request, curves: [heavy], memoryBytes: 1000 });
    expect(plan!.engines).toHaveLength(1);
    expect(plan!.alternatives.every((other) => other.engines.length === 1)).toBe(true);
  });

  it('marks an engine that nobody measured', () => {
    const { plan } = planRollout({ ...request, batches: [6] });
    expect(plan!.engines).toEqual([6]);
    expect(plan!.interpolated).toEqual([6]);
    expect(pointAt(int8, 6)!.timeNs).toBe(Math.round(2.1 * ms + (2 / 6) * 1.9 * ms));
    expect(pointAt(int8, 11)).toBeNull();
  });

  it('serves no more than a queue can work off, however loose the bound', () => {
    const { plan } = planRollout({ ...request, p99Ns: 60_000 * ms, ratePerS: null, maxInstances: 1, requests: 4000 });
    expect(plan!.throughputPerS).toBeLessThan(2500);
    expect(planRollout({ ...request, p99Ns: 60_000 * ms, ratePerS: 2600, maxInstances: 1 }).plan).toBeNull();
  });

  it('gives as many devices as bursts of a trace need, idle as they are in between', () => {
    const trace = Float64Array.from({ length: 600 }, (_, index) => Math.floor(index / 20) * 1000 * ms);
    const linear = { ...request, batches: [1], trace, ratePerS: 20, p99Ns: 2.5 * ms, maxInstances: 64 };
    const { plan } = planRollout(linear);
    expect(plan).toMatchObject({ variant: 'int8', policy: 'linear', instances: 10, p99Ms: 2.4 });
    expect(plan!.utilization).toBeLessThan(0.01);
  });

  it('lists every way of every variant: with a plan, or with the reason why there is none', () => {
    const { plan, unmet } = planRollout({ ...request, batches: [4, 10] });
    const named = [plan!, ...plan!.alternatives, ...unmet].map(({ variant, policy }) => `${variant} ${policy}`);
    expect(named.sort()).toEqual(
      ['fp16', 'int8'].flatMap((variant) =>
        ['batch', 'linear', 'multi-engine'].map((policy) => `${variant} ${policy}`),
      ),
    );
    expect(unmet[0]).toMatchObject({ policy: 'linear', reason: 'it needs an engine of batch 1' });
  });

  it('does not plan with engines of unknown memory under a memory limit', () => {
    const { plan, leftOut } = planRollout({ ...request, memoryBytes: 1e9 });
    expect(plan).toBeNull();
    expect(leftOut[0]!.reason).toMatch(/memory is not known/);
  });

  it('is no worse than every policy on a finer grid', () => {
    const { plan } = planRollout({ ...request, ratePerS: null, maxInstances: 1, p99Ns: 9 * ms, requests: 5000 });
    const rivals = int8.points
      .filter(({ batch }) => batch > 1)
      .flatMap((engine) =>
        [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8].map((share) => ({
          kind: 'batch' as const,
          engine,
          waitNs: share * (9 * ms - engine.timeNs),
        })),
      );
    const arrivals = poissonArrivals(plan!.throughputPerS * 1.03, 60_000, 77);
    for (const policy of [...rivals, { kind: 'multi-engine' as const, engines: int8.points }]) {
      const { latency } = simulateServing(arrivals, policy, { instances: 1, timeLimitNs: null, seed: 3 });
      expect(latency.p99Ns).toBeGreaterThan(9 * ms);
    }
  });

  it('says how near the ways come where none holds the bound', () => {
    const loose = { ...request, curves: [int8], maxInstances: 1, ways: ['linear' as const] };
    expect(planRollout({ ...loose, p99Ns: 1.5 * ms }).reason).toMatch(
      /^no way of serving 500\/s holds p99 <= 1.5 ms on one device \(about [\d.]+ ms at best\)/,
    );
    expect(planRollout({ ...loose, ratePerS: 900 }).unmet[0]!.reason).toMatch(
      /^900\/s is more than one device can serve \(833\/s\)/,
    );
    const bound = planRollout({ ...loose, p99Ns: 1.1 * ms });
    expect(bound.unmet[0]!.reason).toBe('no engine of that size may be planned with (see what is not proposed)');
    expect(bound.leftOut[0]).toMatchObject({ batch: 1, reason: 'it takes 1.2 ms, over the bound' });
  });

  it('is the same for the same seed', () => expect(planRollout(request)).toEqual(planRollout(request)));
});

describe('costPerMillion', () => {
  it('is the price of the device-hours that a million requests take', () => {
    // 1,000 requests a second: a million takes 1,000 s = 0.2778 h on one device.
    expect(costPerMillion(0.36, 1, 1000)).toBeCloseTo(0.1, 10);
    expect(costPerMillion(null, 1, 1000)).toBeNull();
  });
});

describe('tritonConfig', () => {
  it('writes preferred sizes and the delay', () => {
    const { plan } = planRollout({ ...request, batches: [4] });
    const text = tritonConfig({ ...plan!, policy: 'batch', waitMs: 2.5 }, 'ocr', 'KIND_GPU');
    expect(text).toContain('max_batch_size: 4');
    expect(text).toContain('preferred_batch_size: [ 4 ]');
    expect(text).toContain('max_queue_delay_microseconds: 2500');
    expect(text).toContain('KIND_GPU');
    expect(text).not.toContain('default_queue_policy');
  });

  it('drops what the plan drops', () => {
    const { plan } = planRollout({ ...request, batches: [4], timeLimitNs: 10 * ms });
    const text = tritonConfig({ ...plan!, policy: 'batch' }, 'ocr', 'KIND_GPU');
    expect(text).toContain('default_queue_policy { timeout_action: REJECT, default_timeout_microseconds: 10000 }');
  });

  it('has no batcher for linear scheduling, and lets no name break its lines', () => {
    const { plan } = planRollout({ ...request, batches: [1], ratePerS: 100 });
    const text = tritonConfig({ ...plan!, variant: 'int8\nplatform: "x"' }, 'a"b\nc', 'KIND_CPU');
    expect(text).not.toContain('dynamic_batching');
    expect(text.split('\n')).toHaveLength(5);
  });
});
