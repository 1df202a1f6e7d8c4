import type { GpuDevice } from '@octet/domain';
import type { LoggedDevice } from './trtexec-log.js';

/**
 * Exports don't tell the device without a log or metadata. Diagnoses that need its capabilities are given no row of the table for
 * it, and stay silent.
 */
export const unknownGpu: GpuDevice = {
  kind: 'gpu',
  id: 'unknown',
  name: 'unknown',
  architecture: 'sm_0',
  memoryBytes: 0,
  powerLimitW: null,
  powerMode: null,
  driverVersion: null,
  index: 0,
  mig: false,
};

/** The GPU that a log or metadata names; null without a compute capability. */
export function gpuOf(device: LoggedDevice | null): GpuDevice | null {
  if (device === null || device.computeCapability === null) return null;
  return {
    ...unknownGpu,
    id: device.name,
    name: device.name,
    architecture: `sm_${Number(device.computeCapability.replace('.', ''))}`,
    memoryBytes: (device.memoryMiB ?? 0) * 2 ** 20,
    mig: device.name.includes('MIG'),
  };
}
