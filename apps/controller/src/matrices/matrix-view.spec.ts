import { describe, expect, it } from 'vitest';
import { secondsLeft, summaryOf, type LaneCount, type MatrixRow } from './matrix-view.js';

const count = (changes: Partial<LaneCount>): LaneCount => ({
  deviceClass: 'a',
  state: 'queued',
  count: 1,
  meanSeconds: null,
  plannedSeconds: 0,
  ...changes,
});
const slots = (entries: Record<string, number>) => new Map(Object.entries(entries));

describe('the time left', () => {
  it('is nothing when nothing is open', () => {
    expect(secondsLeft([count({ state: 'done', count: 9, meanSeconds: 60 })], slots({}))).toBe(0);
  });

  it('comes from the plans until something is done', () => {
    expect(secondsLeft([count({ count: 3, plannedSeconds: 90 })], slots({ a: 1 }))).toBe(90);
  });

  it('comes from what the done ones took, over the slots of the class', () => {
    const counts = [
      count({ state: 'done', count: 5, meanSeconds: 20, plannedSeconds: 600 }),
      count({ state: 'queued', count: 8, plannedSeconds: 960 }),
      count({ state: 'assigned', count: 2, plannedSeconds: 240 }),
    ];
    expect(secondsLeft(counts, slots({ a: 4 }))).toBe((10 * 20) / 4);
  });

  it('is that of the slowest class', () => {
    const counts = [
      count({ count: 2, plannedSeconds: 20 }),
      count({ deviceClass: 'b', count: 4, plannedSeconds: 400 }),
    ];
    expect(secondsLeft(counts, slots({ a: 1, b: 2 }))).toBe(200);
  });

  it('is not known while a class has no slot', () => {
    expect(secondsLeft([count({ count: 2, plannedSeconds: 20 })], slots({ b: 3 }))).toBeNull();
  });

  it('does not count more slots than trials', () => {
    expect(secondsLeft([count({ count: 1, plannedSeconds: 60 })], slots({ a: 8 }))).toBe(60);
  });
});

describe('the state of a matrix', () => {
  const matrix: MatrixRow = {
    id: 'm',
    name: 'm',
    priority: 5,
    cancelled: false,
    refused: [],
    waiting: [],
    createdAt: new Date(0),
  };
  const waiting = [{ selector: 'sm_86', runtime: null, why: 'no agent' }];
  const stateOf = (changes: Partial<MatrixRow>, counts: LaneCount[]) =>
    summaryOf({ ...matrix, ...changes }, counts, slots({})).state;

  it.each([
    ['running', {}, [count({}), count({ state: 'done' })]],
    ['running', { waiting }, [count({ state: 'assigned' })]],
    ['waiting', { waiting }, [count({ state: 'done' })]],
    ['ended', {}, [count({ state: 'done' }), count({ state: 'failed' })]],
    ['ended', {}, []],
    ['cancelled', { cancelled: true }, [count({ state: 'cancelled' })]],
  ] as const)('is %s', (state, changes, counts) => {
    expect(
      stateOf({ ...changes, ...('waiting' in changes ? { waiting: [...changes.waiting] } : {}) }, [...counts]),
    ).toBe(state);
  });
});
