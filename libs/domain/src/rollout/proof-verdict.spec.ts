import { describe, expect, it } from 'vitest';
import { servingProof } from './proof-verdict.js';
import type { ServedLoad, ServedPlan } from './serving-proof.js';

const plan: ServedPlan = { variant: 'int8', policy: 'linear', engines: [1], waitMs: 0, ratePerS: 100 };
const figures = { throughputPerS: 100, p50Ms: 1, p95Ms: 2, p99Ms: 3, p99Interval: null };

function load(p99: number, replayed: number, moved: number): ServedLoad {
  return {
    requests: 100,
    seconds: 1,
    seed: 1,
    forecast: figures,
    rehearsed: figures,
    replayed: figures,
    served: { ...figures, p99Ms: 3 * p99, launches: 100, padding: 0 },
    ratio: { throughput: 1, p99 },
    rehearsedRatio: { throughput: 1, p99 },
    replayedRatio: { throughput: 1, p99: replayed },
    moved: { mean: moved, median: moved, p99: moved },
    host: { cpuSteal: 0.04, otherLoad: 0.3 },
    rehearsalHost: { cpuSteal: 0, otherLoad: 0.02 },
    launches: [],
  };
}

describe('servingProof', () => {
  it('holds when one load of three was disturbed, shows the middle one, and says that one missed', () => {
    const { verdict, ratio, repetitions } = servingProof(plan, [load(1.9, 1, 1.4), load(1.1, 1, 1), load(1.05, 1, 1)]);
    expect(ratio.p99).toBe(1.1);
    expect(repetitions.map((each) => each.ratio.p99)).toEqual([1.9, 1.1, 1.05]);
    expect(verdict).toMatchObject({ held: true, reason: null });
    expect(verdict.sentence).toContain('1 of 3 loads missed by itself');
  });

  it('names moved launches, with how far and what the host did, when the replay is right', () => {
    const { verdict } = servingProof(plan, [load(1.6, 1.02, 1.22), load(1.5, 1.04, 1.2), load(1.7, 0.98, 1.3)]);
    expect(verdict).toMatchObject({ held: false, reason: 'launches-moved' });
    expect(verdict.sentence).toContain('they took 122 % of the time planned with on average (120 % to 130 %');
    expect(verdict.sentence).toContain(
      'stole 4.0 % of the CPU time and others used 30.0 % (rehearsing: 0.0 % and 2.0 %)',
    );
  });

  it('says so where the difference may be chance', () => {
    const wide = { ...load(1.6, 1, 1), forecast: { ...figures, p99Interval: { lowMs: 2, highMs: 5 } } };
    const served = { ...wide.served, p99Interval: { lowMs: 4, highMs: 8 } };
    const { verdict } = servingProof(plan, [{ ...wide, served }, load(1.6, 1, 1), load(1.6, 1, 1)]);
    expect(verdict.sentence).toContain('in 1 of 3 loads the intervals of both p99 meet');
  });

  it('blames the model of the queue when the replay misses too', () => {
    const { verdict } = servingProof(plan, [load(1.6, 1.5, 1), load(1.5, 1.4, 1), load(1.7, 1.5, 1)]);
    expect(verdict).toMatchObject({ held: false, reason: 'queue-model' });
  });

  it('misses by throughput alone', () => {
    const slow = { ...load(1, 1, 1.2), ratio: { throughput: 0.85, p99: 1 } };
    expect(servingProof(plan, [slow, slow, slow]).verdict).toMatchObject({ held: false, reason: 'launches-moved' });
  });
});
