import { expect, it } from 'vitest';
import { laneDocuments, type LaneRow } from './lane-view.js';

const lane = (changes: Partial<LaneRow>): LaneRow => ({
  deviceClass: 'x86-64/a',
  deviceName: 'A',
  runtime: 'onnxruntime',
  queued: 4,
  assigned: 0,
  meanSeconds: null,
  plannedSeconds: 60,
  connectedSlots: 1,
  workingSlots: 1,
  busySlots: 0,
  next: [],
  ...changes,
});

it.each([
  ['nothing', { queued: 0 }],
  ['device', { connectedSlots: 0, workingSlots: 0 }],
  ['duty', { workingSlots: 0 }],
  ['free-slot', { busySlots: 1 }],
  ['start', { workingSlots: 2, busySlots: 1 }],
] as const)('waits for %s', (waitsFor, changes) => {
  expect(laneDocuments([lane(changes)])[0]?.waitsFor).toBe(waitsFor);
});

it('expects what was measured over what was planned, shared by the slots, and nothing without one', () => {
  const seconds = (changes: Partial<LaneRow>) => laneDocuments([lane(changes)])[0]?.expectedSeconds;
  expect(seconds({})).toBe(240);
  expect(seconds({ meanSeconds: 10 })).toBe(40);
  expect(seconds({ meanSeconds: 10, workingSlots: 2 })).toBe(20);
  expect(seconds({ meanSeconds: 10, workingSlots: 100 })).toBe(10);
  expect(seconds({ workingSlots: 0 })).toBeNull();
  expect(seconds({ queued: 0 })).toBe(0);
});

it('counts the other lanes of the class: its slots serve them all', () => {
  const rows = [lane({ meanSeconds: 10 }), lane({ runtime: 'tensorrt', queued: 1, meanSeconds: 100 })];
  expect(laneDocuments([...rows, lane({ deviceClass: 'other' })]).map((one) => one.expectedSeconds)).toEqual([
    140, 140, 240,
  ]);
});
