import { cpuDevice, gpuDevice, runtimeProbe } from '@octet/testing';
import { expect, test } from 'vitest';
import { slotsOf } from './machine.js';

test('a slot for each device that a runtime drives; devices without one are left out', () => {
  const slots = slotsOf([cpuDevice(), gpuDevice()], [runtimeProbe({ name: 'onnxruntime' })]);
  expect(slots.map(({ slotId, runtimes }) => [slotId, runtimes.map(({ name }) => name)])).toEqual([
    ['cpu', ['onnxruntime']],
  ]);
  const both = slotsOf(
    [cpuDevice(), gpuDevice()],
    [runtimeProbe({ name: 'onnxruntime' }), runtimeProbe({ name: 'tensorrt' })],
  );
  expect(both.map((slot) => slot.runtimes.map(({ name }) => name))).toEqual([['onnxruntime'], ['tensorrt']]);
  const providers = slotsOf(
    [cpuDevice(), gpuDevice()],
    [
      runtimeProbe({ name: 'onnxruntime' }),
      runtimeProbe({ name: 'onnxruntime-cuda' }),
      runtimeProbe({ name: 'onnxruntime-tensorrt' }),
    ],
  );
  expect(providers.map((slot) => slot.runtimes.map(({ name }) => name))).toEqual([
    ['onnxruntime'],
    ['onnxruntime-cuda', 'onnxruntime-tensorrt'],
  ]);
  const simulated = slotsOf([gpuDevice()], [runtimeProbe({ name: 'scripted' })]);
  expect(simulated[0]?.deviceClass).toBe('sm_86/nvidia-a10/24g/150w');
});
