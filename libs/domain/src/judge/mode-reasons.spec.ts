import { expect, it } from 'vitest';
import { defaultPlan, type ModeRecord, type TrialRecord } from '../trial.js';
import { modeRatios, modeReasons, modesMeasured } from './mode-reasons.js';

/** Rounds of float / INT8 ratios around `ratio`, within half a percent. */
const mode = (threads: number, ratio: number, rounds = 9): ModeRecord => ({
  id: `threads-${threads}`,
  threads,
  float: 'fp32',
  recipe: 'int8/a',
  roundMediansNs: {
    fp32: Array.from({ length: rounds }, (_, index) => Math.round(1e6 * ratio * (1 + (index - 4) / 1000))),
    'int8/a': Array.from({ length: rounds }, () => 1_000_000),
  },
});
const record = (...modes: ModeRecord[]): TrialRecord =>
  ({ spec: { plan: defaultPlan, threads: 4 }, modes }) as Partial<TrialRecord> as TrialRecord;
const idsOf = (verdict: 'worth-it' | 'not-worth-it' | 'slower' | 'undecided', ...modes: ModeRecord[]) =>
  modeReasons(record(...modes), 'int8/a', verdict, 0.01).map(({ evidence }) => evidence['mode']);

it('names the modes in which the answer changes, with their speed-up', () => {
  const [reason] = modeReasons(record(mode(1, 0.9), mode(8, 1.5)), 'int8/a', 'worth-it', 0.01);
  expect(reason).toMatchObject({
    id: 'mode-changes-answer',
    severity: 'warning',
    evidence: { mode: 'threads-1', threads: 1, trialThreads: 4, against: 'fp32', rounds: 9 },
  });
  const { median } = { ...(reason?.evidence['speedup'] as { median: number } | undefined) };
  expect(median).toBeCloseTo(0.9, 6);
  expect(idsOf('slower', mode(1, 0.9), mode(8, 1.5))).toEqual(['threads-8']);
  expect(idsOf('not-worth-it', mode(1, 1.2))).toEqual(['threads-1']);
});

it('says nothing where the mode agrees, is open, has too few rounds, or the verdict is open', () => {
  expect(idsOf('worth-it', mode(1, 1.2))).toEqual([]);
  // The bar of 1.05 lies inside the interval.
  expect(idsOf('worth-it', mode(1, 1.05))).toEqual([]);
  expect(idsOf('worth-it', mode(1, 0.9, 5))).toEqual([]);
  expect(idsOf('undecided', mode(1, 0.9))).toEqual([]);
  expect(modeReasons(record(mode(1, 0.9)), 'int8/b', 'worth-it', 0.01)).toEqual([]);
  expect(modeReasons({ ...record(), modes: undefined }, 'int8/a', 'worth-it', 0.01)).toEqual([]);
});

it('names several streams on a CPU as the mode in which the answer changes', () => {
  const conditions = { graph: false, transfers: false, streams: 2, soakSeconds: 0 };
  const streams = { ...mode(1, 0.9), id: 'streams-2', threads: null, conditions };
  const [reason] = modeReasons(record(streams), 'int8/a', 'worth-it', 0.01);
  expect(reason?.evidence).toMatchObject({ mode: 'streams-2', threads: null });
  expect(reason?.advice).toContain('With 2 streams the answer changes: INT8 does not pay there');
  const [all] = modesMeasured(record(mode(1, 1.5), streams), 'int8/a', 'worth-it', 0.01);
  expect(all?.advice).toContain('threads-1 1.50, streams-2 0.90. The answer changes in: streams-2.');
});

it('pairs the rounds of a mode', () => {
  const pair = { ...mode(1, 1), roundMediansNs: { fp32: [2, 9, 4], 'int8/a': [1, 3] } };
  expect(modeRatios(pair)).toEqual([2, 3]);
});
