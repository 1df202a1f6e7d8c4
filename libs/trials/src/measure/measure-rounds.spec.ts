import { describe, expect, it } from 'vitest';
import { defaultPlan, type TelemetrySample } from '@octet/domain';
import type { LoadedEngine } from '@octet/engines';
import { emptyReading } from '../host/telemetry.js';
import type { RoundEngine } from './fresh-processes.js';
import { measureRounds, type RoundsRequest } from './measure-rounds.js';
import { roundPlan } from './round-plan.js';
import { voidReason } from './void-round.js';

/** Engines on a clock of their own: each turn of one takes `roundMs`, a fresh process `renewMs` (null: not to be had). */
function playedEngines(latencies: Record<string, number>, roundMs: number, renewMs: number | null = null) {
  let clockMs = 1_000;
  const engine = (latencyNs: number): LoadedEngine => ({
    loadNs: 0,
    warmUp: () => Promise.resolve(1),
    measureRound: () => {
      clockMs += roundMs;
      return Promise.resolve({ latenciesNs: Float64Array.of(latencyNs, latencyNs + 1) });
    },
    renew:
      renewMs === null
        ? null
        : () => {
            clockMs += renewMs;
            return Promise.resolve();
          },
    profile: () => Promise.resolve(null),
    infer: (inputs) => Promise.resolve(inputs),
    peakMemoryBytes: () => Promise.resolve(null),
    dispose: () => Promise.resolve(),
  });
  const engines = new Map(Object.entries(latencies).map(([label, latencyNs]) => [label, engine(latencyNs)]));
  return { engines, nowMs: () => clockMs };
}

const anyPlan = { minRuns: 1, minDurationMs: 0, maxDurationMs: 1 };

const request = (changes: Partial<RoundsRequest> & Pick<RoundsRequest, 'engines' | 'nowMs'>): RoundsRequest => ({
  seed: 7,
  planFor: () => anyPlan,
  maxMs: 10_000,
  minRounds: 1,
  telemetry: [],
  isEnough: () => 'go-on',
  signal: new AbortController().signal,
  onRound: () => undefined,
  onFailure: () => undefined,
  ...changes,
});

describe('measureRounds', () => {
  it('runs every engine once a round and keeps the raw samples and the order', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5);
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 4 ? 'decided' : 'go-on');
    const { rounds, stop } = await measureRounds(request({ ...played, isEnough }));
    expect(stop).toBe('decided');
    expect(rounds.map(({ index, startedMs }) => [index, startedMs])).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    for (const { samples, order } of rounds) {
      expect(samples).toEqual({ a: [10, 11], b: [20, 21] });
      expect([...order].sort()).toEqual(['a', 'b']);
    }
    // Balanced: each engine comes first equally often.
    expect(rounds.filter(({ order }) => order[0] === 'a')).toHaveLength(2);
  });

  it('starts no round that would pass the time limit', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 300);
    const { rounds, stop } = await measureRounds(request({ ...played, maxMs: 2_000 }));
    expect(stop).toBe('time-out');
    expect(rounds).toHaveLength(3);
  });

  it('makes the fewest rounds unless the limit itself has passed', async () => {
    const few = await measureRounds(request({ ...playedEngines({ a: 1, b: 2 }, 300), maxMs: 2_000, minRounds: 9 }));
    expect(few.rounds).toHaveLength(4);
  });

  it('gives every engine a fresh process for each round after the first, within its part of the round', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5, 100);
    const plans: number[] = [];
    const a = played.engines.get('a') as LoadedEngine;
    const engines = new Map(played.engines).set('a', {
      ...a,
      measureRound: (plan) => {
        plans.push(plan.maxDurationMs);
        return a.measureRound(plan);
      },
    });
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 3 ? 'decided' : 'go-on');
    const planFor = () => ({ minRuns: 1, minDurationMs: 200, maxDurationMs: 800 });
    const { rounds, keptProcesses } = await measureRounds(request({ ...played, engines, planFor, isEnough }));
    // 40 turns of two engines, 5 ms each; two fresh processes before the second and the third round.
    expect(rounds.map(({ startedMs }) => startedMs)).toEqual([0, 400, 1000]);
    expect(new Set(plans.slice(0, 40))).toEqual(new Set([800]));
    // The two start side by side, so that one of them may have waited for both.
    for (const maxDurationMs of plans.slice(40)) expect([600, 700]).toContain(maxDurationMs);
    expect(keptProcesses).toBe(0);
  });

  it('lets the engines of a round take turns, forwards and backwards', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5, 0);
    const turns: string[] = [];
    const engines = new Map(
      [...played.engines].map(([label, engine]) => {
        const measureRound: LoadedEngine['measureRound'] = (plan) => {
          turns.push(label);
          return engine.measureRound(plan);
        };
        return [label, { ...engine, measureRound }];
      }),
    );
    const planFor = () => ({ minRuns: 10, minDurationMs: 200, maxDurationMs: 800 });
    const { rounds } = await measureRounds(request({ ...played, engines, planFor, isEnough: () => 'decided' }));
    const [first, second] = rounds[0]?.order ?? [];
    expect(turns.slice(0, 6)).toEqual([first, second, second, first, first, second]);
    expect(turns).toHaveLength(80);
    expect(rounds[0]?.turns?.['a']).toEqual(Array.from({ length: 40 }, () => 2));
    expect(rounds[0]?.samples['a']).toHaveLength(80);
  });

  it('gives more turns to a disturbed engine, until a fifth of them agree with the fastest one', async () => {
    const { engines, nowMs } = playedEngines({ a: 1000, b: 2000 }, 5, 0);
    let turns = 0;
    const disturbed: LoadedEngine = {
      ...(engines.get('a') as LoadedEngine),
      // Every tenth turn is undisturbed: the eighth of them is the 80th turn.
      measureRound: () => Promise.resolve({ latenciesNs: Float64Array.of(++turns % 10 === 0 ? 1000 : 1015 + turns) }),
    };
    const planFor = () => ({ minRuns: 10, minDurationMs: 200, maxDurationMs: 900 });
    const { rounds } = await measureRounds(
      request({ engines: new Map(engines).set('a', disturbed), nowMs, planFor, isEnough: () => 'decided' }),
    );
    expect(rounds[0]?.turns?.['a']).toHaveLength(80);
    expect(rounds[0]?.turns?.['b']).toHaveLength(40);
  });

  it('gives an engine whose turns never agree four times its turns, as far as its part of the round has room', async () => {
    const turnsWithin = async (maxDurationMs: number): Promise<number | undefined> => {
      const { engines, nowMs } = playedEngines({ a: 1000, b: 2000 }, 5, 0);
      let turns = 0;
      const wild: LoadedEngine = {
        ...(engines.get('b') as LoadedEngine),
        measureRound: () => Promise.resolve({ latenciesNs: Float64Array.of(2000 * 1.02 ** turns++) }),
      };
      const planFor = () => ({ minRuns: 10, minDurationMs: 200, maxDurationMs });
      const wildest = new Map(engines).set('b', wild);
      const { rounds } = await measureRounds(request({ engines: wildest, nowMs, planFor, isEnough: () => 'decided' }));
      return rounds[0]?.turns?.['b']?.length;
    };
    expect(await turnsWithin(900)).toBe(160);
    expect(await turnsWithin(400)).toBe(80);
  });

  it('names the engine that cannot be started again', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5, 1);
    const b = played.engines.get('b') as LoadedEngine;
    const engines = new Map(played.engines).set('b', { ...b, renew: () => Promise.reject(new Error('no memory')) });
    const failures: string[] = [];
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 3 ? 'decided' : 'go-on');
    const onFailure = (label: string): void => void failures.push(label);
    const planFor = () => ({ minRuns: 10, minDurationMs: 200, maxDurationMs: 800 });
    const { rounds } = await measureRounds(request({ ...played, engines, planFor, isEnough, onFailure }));
    expect(failures).toEqual(['b']);
    expect(rounds.map(({ samples }) => Object.keys(samples).length)).toEqual([2, 1, 1]);
  });

  it('gives engines that are slow fewer turns', async () => {
    const slow = playedEngines({ a: 100e6, b: 50e6 }, 5, 0);
    const planFor = () => ({ minRuns: 10, minDurationMs: 200, maxDurationMs: 700 });
    const { rounds } = await measureRounds(request({ ...slow, planFor, isEnough: () => 'decided' }));
    // Two turns of three runs of 100 ms fit into 700 ms.
    expect(rounds[0]?.samples['a']).toHaveLength(4);
    expect(rounds[0]?.samples['b']).toHaveLength(4);
  });

  it('keeps a process that would take too long to load again, and counts that', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5, 700);
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 4 ? 'decided' : 'go-on');
    const planFor = () => ({ minRuns: 1, minDurationMs: 200, maxDurationMs: 800 });
    const { rounds, keptProcesses } = await measureRounds(request({ ...played, planFor, isEnough }));
    // Renewed once; that took more than half of the part, so it was not done again.
    expect(rounds.map(({ startedMs }) => startedMs)).toEqual([0, 400, 2200, 2600]);
    expect(keptProcesses).toBe(4);
  });

  it('goes on renewing after one start that took long', async () => {
    let clockMs = 0;
    const starts = [100, 700, 100, 100];
    const engine: RoundEngine = {
      loadNs: 0,
      renew: () => Promise.resolve(void (clockMs += starts.shift() ?? 0)),
      measureRound: () => Promise.resolve({ latenciesNs: Float64Array.of(10, 11) }),
    };
    const planFor = () => ({ minRuns: 1, minDurationMs: 200, maxDurationMs: 800 });
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 5 ? 'decided' : 'go-on');
    const engines = new Map([['a', engine]]);
    const { keptProcesses } = await measureRounds(request({ engines, nowMs: () => clockMs, planFor, isEnough }));
    expect(starts).toEqual([]);
    expect(keptProcesses).toBe(0);
  });

  it('goes on without an engine that fails', async () => {
    const played = playedEngines({ a: 10, b: 20 }, 5);
    const b = played.engines.get('b') as LoadedEngine;
    let runs = 0;
    const crash = () => (++runs < 3 ? b.measureRound(anyPlan) : Promise.reject(new Error('crashed')));
    const engines = new Map(played.engines).set('b', { ...b, measureRound: crash });
    const failures: string[] = [];
    const isEnough = (rounds: readonly unknown[]) => (rounds.length === 5 ? 'decided' : 'go-on');
    const onFailure = (label: string): void => void failures.push(label);
    const { rounds } = await measureRounds(request({ ...played, engines, isEnough, onFailure }));
    expect(failures).toEqual(['b']);
    expect(rounds.map(({ samples }) => Object.keys(samples).length)).toEqual([2, 2, 1, 1, 1]);
  });

  it('calls it time-out when no look is left', async () => {
    const played = playedEngines({ a: 10 }, 1);
    const { stop } = await measureRounds(request({ ...played, isEnough: () => 'exhausted' }));
    expect(stop).toBe('time-out');
  });
});

describe('roundPlan', () => {
  it('gives 200 ms where the budget allows and lets the fewest rounds fit where not', () => {
    expect(roundPlan(defaultPlan, 3)).toEqual({ minRuns: 10, minDurationMs: 200, maxDurationMs: 4000 });
    const tight = roundPlan({ ...defaultPlan, maxSeconds: 5 }, 3);
    expect(tight.minDurationMs * 3 * 9).toBeLessThanOrEqual(5_000);
    expect(tight.maxDurationMs).toBeCloseTo(166.7, 1);
  });

  it('gives each round less when the first ones took longer than planned', () => {
    const plan = { ...defaultPlan, minRounds: 9, maxSeconds: 10 };
    // 4 s are left for 6 rounds of 2 engines: 0.9 x 4000 / 12.
    expect(roundPlan(plan, 2, { rounds: 3, elapsedMs: 6_000 }).maxDurationMs).toBeCloseTo(300, 6);
    expect(roundPlan(plan, 2, { rounds: 8, elapsedMs: 10_500 }).maxDurationMs).toBe(1);
    expect(roundPlan(plan, 2, { rounds: 9, elapsedMs: 9_000 })).toEqual(roundPlan(plan, 2));
  });
});

describe('voidReason', () => {
  const windows = [
    { label: 'fp32', fromMs: 0, toMs: 100 },
    { label: 'int8', fromMs: 100, toMs: 200 },
  ];
  const at = (atMs: number, changes: Partial<TelemetrySample>): TelemetrySample => ({
    atMs,
    ...emptyReading,
    ...changes,
  });

  it('voids thermal and hardware throttling within the round, not the power cap', () => {
    expect(voidReason(windows, [at(50, { throttle: ['sw_power_cap'] })])).toBeNull();
    expect(voidReason(windows, [at(50, { throttle: ['sw_thermal_slowdown'] })])?.code).toBe('throttled');
    expect(voidReason(windows, [at(300, { throttle: ['hw_slowdown'] })])).toBeNull();
  });

  it('voids rounds whose variants ran at different clocks', () => {
    const clocks = (first: number, second: number) => [at(50, { smClockMhz: first }), at(150, { smClockMhz: second })];
    expect(voidReason(windows, clocks(1500, 1520))).toBeNull();
    expect(voidReason(windows, clocks(1500, 1600))?.code).toBe('clock-differs');
    expect(voidReason(windows, [at(50, { smClockMhz: 1500 })])).toBeNull();
  });
});
