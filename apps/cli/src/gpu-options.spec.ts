import { cpuModeIds, gpuModeIds } from '@octet/domain';
import { expect, it } from 'vitest';
import { parseGpuOptions } from './gpu-options.js';

const modesOf = (modes?: string) => {
  const { gpuModes, cpuModes } = parseGpuOptions(modes === undefined ? {} : { modes }).study;
  return { gpuModes, cpuModes };
};

it('gives each device those of the named modes that it has', () => {
  expect(modesOf()).toEqual({ gpuModes: [...gpuModeIds], cpuModes: [...cpuModeIds] });
  expect(modesOf('none')).toEqual({ gpuModes: [], cpuModes: [] });
  expect(modesOf('soak,streams-2')).toEqual({ gpuModes: ['streams-2', 'soak'], cpuModes: ['streams-2'] });
  expect(modesOf('threads')).toEqual({ gpuModes: [], cpuModes: ['threads'] });
});

it('names the modes there are for one that is none', () => {
  expect(() => modesOf('streams-3')).toThrow(/--modes.*streams-3.*threads/);
});
