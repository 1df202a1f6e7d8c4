import { describe, expect, it } from 'vitest';
import { engineRecord, roundRecord, trialRecord } from '@octet/testing';
import { controlTrialOf } from './control-trial.js';
import { falseVerdictRate, isControlDue } from './control-share.js';
import { isFalseVerdict, noiseFloor, noiseHistory, type ControlTrial } from './noise-floor.js';

function control(median: number, over: Partial<ControlTrial> = {}): ControlTrial {
  return { day: '2026-11-23', median, low: median - 0.01, high: median + 0.01, unstable: false, ...over };
}

describe('noiseFloor', () => {
  it('is the default until 20 controls were measured, or the largest difference seen', () => {
    expect(noiseFloor([])).toEqual({ floor: 0.01, source: 'default', trials: 0 });
    expect(noiseFloor([control(1.002)])).toEqual({ floor: 0.01, source: 'default', trials: 1 });
    expect(noiseFloor([control(1.03)]).floor).toBeCloseTo(Math.log(1.03), 12);
  });

  it('is an order statistic from 20 controls on, and may be below the default', () => {
    const quiet = Array.from({ length: 39 }, (_, i) => control(Math.exp(((i % 2 === 0 ? 1 : -1) * (i + 1)) / 10_000)));
    // ceil(0.95 * 40) = 38: the second largest of 0.0001 .. 0.0039.
    expect(noiseFloor(quiet)).toEqual({ floor: expect.closeTo(0.0038, 9), source: 'measured', trials: 39 });
  });

  it('leaves unstable controls out and forgets what is older than 200', () => {
    const old = Array.from({ length: 50 }, () => control(1.2));
    const recent = Array.from({ length: 200 }, () => control(1.001));
    expect(noiseFloor([...old, ...recent]).floor).toBeCloseTo(Math.log(1.001), 12);
    expect(noiseFloor([control(1.5, { unstable: true })])).toMatchObject({ floor: 0.01, trials: 0 });
  });

  it('has a history by day, in order', () => {
    const history = noiseHistory([
      control(1.02, { day: '2026-11-24', low: 1.01, high: 1.03 }),
      control(1.001, { day: '2026-11-23' }),
    ]);
    expect(history.map(({ day, controls, falseVerdicts, trials }) => [day, controls, falseVerdicts, trials])).toEqual([
      ['2026-11-23', 1, 0, 1],
      ['2026-11-24', 1, 1, 2],
    ]);
  });
});

describe('controls', () => {
  it('are the first trial of a day and then one in ten', () => {
    let today = { trials: 0, controls: 0 };
    for (let i = 0; i < 40; i++) {
      today = { trials: today.trials + 1, controls: today.controls + (isControlDue(today) ? 1 : 0) };
      expect(today.controls).toBe(Math.ceil(today.trials / 10));
    }
    expect(isControlDue({ trials: 0, controls: 0 }, 0)).toBe(false);
  });

  it('count a false verdict only where one was given', () => {
    expect(isFalseVerdict(control(1.02, { low: 1.01, high: 1.03 }))).toBe(true);
    expect(isFalseVerdict(control(0.98, { low: 0.97, high: 0.99 }))).toBe(true);
    expect(isFalseVerdict(control(1.02, { low: 1.01, high: 1.03, unstable: true }))).toBe(false);
    expect(isFalseVerdict(control(1))).toBe(false);
    expect(falseVerdictRate([control(1), control(1.02, { low: 1.01, high: 1.03 })])).toMatchObject({ rate: 0.5 });
    expect(falseVerdictRate([])).toBeNull();
  });
});

describe('controlTrialOf', () => {
  const twinned = (factor: (index: number) => number) =>
    trialRecord({
      startedAt: '2026-11-23T10:00:00.000Z',
      engines: [engineRecord(), engineRecord({ label: 'fp32#2' })],
      rounds: Array.from({ length: 15 }, (_, i) =>
        roundRecord(i, { fp32: 1_000_000 * factor(i), 'fp32#2': 1_000_000 }),
      ),
    });

  it('judges the twin against its original', () => {
    expect(controlTrialOf(twinned((i) => 1 + 0.001 * ((i * 7) % 5)))).toMatchObject({
      day: '2026-11-23',
      median: expect.closeTo(1.002, 9),
      unstable: false,
    });
    const drifting = controlTrialOf(twinned((i) => 0.95 + 0.01 * i));
    expect(drifting).toMatchObject({ unstable: true });
  });

  it('is null without a twin or with too few rounds', () => {
    expect(controlTrialOf(trialRecord())).toBeNull();
    expect(controlTrialOf({ ...twinned(() => 1), rounds: [] })).toBeNull();
  });
});
