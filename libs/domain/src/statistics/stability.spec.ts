import { describe, expect, it } from 'vitest';
import { orderTests } from './order-tests.js';
import { derivedSeed, normalSource, seededRandom } from './random.js';
import { rankAutocorrelation, sampleBehaviour } from './round-samples.js';
import { assessStability } from './stability.js';
import { pairStanding } from './standing.js';
import { twoLevelInterval } from './two-level-interval.js';

const noise = (seed: number) => normalSource(seededRandom(seed));

function independent(seed: number, rounds: number, scale = 0.01): number[] {
  const normal = noise(seed);
  return Array.from({ length: rounds }, () => 1.1 * (1 + scale * normal()));
}

function autoregressive(seed: number, rounds: number): number[] {
  const normal = noise(seed);
  let state = 0;
  return Array.from({ length: rounds }, () => {
    state = 0.8 * state + 0.01 * normal();
    return 1.1 * (1 + state);
  });
}

describe('orderTests', () => {
  it('gives the strictest order the smallest p-value and the exact one for four values', () => {
    expect(orderTests(Array.from({ length: 20 }, (_, i) => i)).trend).toMatchObject({ direction: 'rises' });
    expect(orderTests(Array.from({ length: 20 }, (_, i) => -i)).trend.pValue).toBeLessThan(0.001);
    // Of the 24 orders of 4 values only 1234 and 4321 have the greatest |trend|.
    expect(orderTests([1, 2, 3, 4]).trend.pValue).toBeCloseTo(2 / 24, 1);
  });

  it('is uniform under independence', () => {
    const small = Array.from({ length: 1_000 }, (_, run) => orderTests(independent(derivedSeed(2, run), 25)));
    const share = (limit: number): number =>
      small.filter(({ trend, memory }) => Math.min(trend.pValue, memory.pValue) <= limit).length / small.length;
    expect(Math.abs(share(0.05) - 0.05)).toBeLessThan(0.02);
    expect(Math.abs(share(0.3) - 0.3)).toBeLessThan(0.05);
  });
});

describe('assessStability', () => {
  it('names a trend, dependence and two modes', () => {
    const normal = noise(4);
    const drift = Array.from({ length: 40 }, (_, i) => 1.1 * (1 + 0.001 * i + 0.01 * normal()));
    expect(assessStability(drift).findings.map(({ kind }) => kind)).toContain('trend');
    expect(assessStability(autoregressive(5, 60)).findings.map(({ kind }) => kind)).toContain('dependence');
    const modes = Array.from({ length: 60 }, (_, i) => ((i * 7) % 11 < 5 ? 1 : 1.08) + 0.004 * normal());
    const assessed = assessStability(modes);
    expect(assessed.stable).toBe(false);
    expect(assessed.findings.map(({ kind }) => kind)).toContain('two-modes');
  });

  it('says nothing against independent rounds, however few, and leaves a noisy machine its interval', () => {
    expect(assessStability(independent(8, 40))).toEqual({ stable: true, suspect: false, findings: [] });
    expect(assessStability([])).toEqual({ stable: true, suspect: false, findings: [] });
    expect(assessStability([1.1])).toMatchObject({ stable: true });
    const noisy = assessStability(independent(9, 40, 0.06));
    expect(noisy.findings.map(({ kind }) => kind)).toEqual(['variation']);
    expect(noisy.stable).toBe(true);
  });

  it('ignores a drift too small to change an answer', () => {
    const tiny = Array.from({ length: 60 }, (_, i) => 1.1 * (1 + 0.00001 * i));
    expect(assessStability(tiny)).toMatchObject({ stable: true, suspect: false });
  });
});

describe('pairStanding', () => {
  const plan = { minRounds: 9, halfWidth: 0.01, boundaries: [1.05] };

  it('settles a quiet pair at a look and nowhere else', () => {
    const ratios = independent(8, 60, 0.004);
    expect(pairStanding(ratios.slice(0, 40), plan)).toMatchObject({ settled: true, open: [] });
    expect(pairStanding(ratios.slice(0, 39), plan)).toMatchObject({ settled: false, open: ['not-a-look'] });
  });

  it('goes on while a boundary is inside, the interval is wide, rounds are few or their order is odd', () => {
    expect(pairStanding(independent(8, 15), { ...plan, boundaries: [1.1] }).open).toContain('undecided');
    expect(pairStanding(independent(8, 15, 0.05), plan).open).toContain('too-wide');
    expect(pairStanding([1.1, 1.1], plan).open).toContain('too-few-rounds');
    expect(pairStanding(autoregressive(5, 60), plan).open).toContain('suspect');
  });
});

describe('twoLevelInterval', () => {
  it('is wider than the rounds alone where builds differ, and never narrower', () => {
    const builds = [1.0, 1.02, 1.04].map((factor, i) => independent(20 + i, 15, 0.002).map((ratio) => ratio * factor));
    const result = twoLevelInterval(builds);
    // t(0.975, 2) = 4.3027 times the deviation 0.0196 of the logarithms over sqrt(3): about 4.9 %.
    expect(result?.high).toBeGreaterThan(1.122 * 1.045);
    expect(result?.low).toBeLessThan(1.122 * 0.955);
    expect(result).toMatchObject({ builds: 3, rounds: 45 });
    expect(twoLevelInterval([independent(1, 15)])).toBeNull();
  });

  it('covers the mean over builds in 95 % of simulated trials with builds that differ', () => {
    const runs = 1_000;
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const normal = noise(derivedSeed(31, run));
      const builds = Array.from({ length: 3 }, () => {
        const build = 1.1 * (1 + 0.01 * normal());
        return Array.from({ length: 15 }, () => build * (1 + 0.01 * normal()));
      });
      const result = twoLevelInterval(builds);
      if (result !== null && result.low <= 1.1 && result.high >= 1.1) held++;
    }
    expect(held / runs).toBeGreaterThan(0.94);
  });
});

describe('sampleBehaviour', () => {
  const rounds = (samples: number[][]) =>
    samples.map((each, index) => ({ index, startedMs: 0, order: ['a'], samples: { a: each }, voided: null }));

  it('names dependence and two modes inside rounds', () => {
    const wandering = sampleBehaviour(rounds([autoregressive(1, 200), autoregressive(2, 200)]), 'a');
    expect(wandering.autocorrelation).toBeGreaterThan(0.6);
    expect(wandering.findings.map(({ kind }) => kind)).toEqual(['samples-dependent']);
    const normal = noise(3);
    const modes = Array.from({ length: 200 }, (_, i) => ((i * 37) % 101 < 50 ? 100 : 120) + normal());
    expect(sampleBehaviour(rounds([modes]), 'a')).toMatchObject({ twoModeShare: 1 });
  });

  it('finds nothing in plain noise and is absent without samples', () => {
    expect(sampleBehaviour(rounds([independent(4, 200)]), 'a')).toMatchObject({ findings: [], twoModeShare: 0 });
    expect(sampleBehaviour(rounds([[1, 2]]), 'a')).toMatchObject({ autocorrelation: null, twoModeShare: null });
    expect(rankAutocorrelation([1, 2, 3, 4, 5, 6, 7, 8])).toBeGreaterThan(0.5);
  });
});
