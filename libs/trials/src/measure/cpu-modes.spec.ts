import { cpuModeIds } from '@octet/domain';
import { expect, it } from 'vitest';
import { plannedCpuModes } from './cpu-modes.js';

const idsOf = (cores: number, threads: number): string[] =>
  plannedCpuModes(cpuModeIds, cores, threads).map(({ id }) => id);

it('plans other numbers of threads first, then streams whose threads each have a core', () => {
  expect(idsOf(2, 1)).toEqual(['threads-2', 'streams-2']);
  expect(idsOf(2, 2)).toEqual(['threads-1']);
  expect(idsOf(4, 1)).toEqual(['threads-4', 'streams-2', 'streams-4']);
  expect(idsOf(4, 2)).toEqual(['threads-1', 'threads-4', 'streams-2']);
  expect(idsOf(7, 4)).toEqual(['threads-1', 'threads-7']);
  expect(idsOf(1, 1)).toEqual([]);
});

it('plans only what is asked for', () => {
  expect(plannedCpuModes(['streams-2'], 8, 1)).toEqual([{ id: 'streams-2', streams: 2 }]);
  expect(plannedCpuModes(['threads'], 8, 1)).toEqual([{ id: 'threads-8', threads: 8 }]);
  expect(plannedCpuModes([], 8, 1)).toEqual([]);
});
