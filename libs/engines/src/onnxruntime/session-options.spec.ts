import type { GpuDevice } from '@octet/domain';
import { describe, expect, it } from 'vitest';
import { contractDevice } from '../contract.js';
import { gpuEnvironment, loadOptions, onGpu, sessionOptions } from './session-options.js';

const gpu: GpuDevice = {
  kind: 'gpu',
  id: 'GPU-8f3c',
  name: 'NVIDIA H100',
  architecture: 'sm_90',
  memoryBytes: 80 * 2 ** 30,
  powerLimitW: 700,
  powerMode: null,
  driverVersion: '580.159.04',
  index: 2,
  mig: false,
};

describe('sessions of the providers', () => {
  it.each([
    ['cpu', ['cpu'], false],
    ['cuda', ['cuda', 'cpu'], true],
    ['tensorrt', ['tensorrt', 'cuda', 'cpu'], true],
  ] as const)('%s asks for %j', (provider, chain, isGpu) => {
    const options = sessionOptions(provider === 'cpu' ? contractDevice : gpu, null, {}, provider);
    expect(options).toMatchObject({ executionProviders: chain, intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
    expect(onGpu(options)).toBe(isGpu);
    // A CPU's engine was optimised when it was built; a GPU's session is made anew from the model.
    expect(loadOptions(options).graphOptimizationLevel).toBe(isGpu ? 'all' : 'disabled');
  });

  it("lets a CPU's threads spin briefly between runs, or as long as was asked for", () => {
    const spin = (extra: Record<string, Record<string, string>>) =>
      loadOptions(sessionOptions(contractDevice, 2, { extra })).extra['session'];
    expect(spin({})).toEqual({ 'intra_op.spin_duration_us': '500' });
    expect(spin({ session: { 'intra_op.spin_duration_us': '9' } })).toEqual({ 'intra_op.spin_duration_us': '9' });
    expect(loadOptions(sessionOptions(gpu, null, {}, 'cuda')).extra).toEqual({});
  });

  it('shows a process its own GPU only, by UUID where it has one', () => {
    expect(gpuEnvironment(gpu, 'fp16')['CUDA_VISIBLE_DEVICES']).toBe('GPU-8f3c');
    expect(gpuEnvironment({ ...gpu, id: 'MIG-1' }, 'fp16')['CUDA_VISIBLE_DEVICES']).toBe('MIG-1');
    expect(gpuEnvironment({ ...gpu, id: 'jetson' }, 'fp16')).toMatchObject({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: '2',
    });
    expect(gpuEnvironment(contractDevice, 'fp32')).toEqual({});
  });

  it('forbids TF32 to every variant but its own', () => {
    for (const variant of ['fp32', 'fp16', 'int8'] as const) {
      expect(gpuEnvironment(gpu, variant)['NVIDIA_TF32_OVERRIDE']).toBe('0');
    }
    expect(gpuEnvironment(gpu, 'tf32')).not.toHaveProperty('NVIDIA_TF32_OVERRIDE');
  });
});
