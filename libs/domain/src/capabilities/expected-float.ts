import type { CpuDevice, Device } from '../device.js';
import type { FloatVariant } from '../recipe.js';
import { gpuCapabilityOf } from './gpu-capability.js';
import { parseVersion } from './runtime-version.js';
import { supports, type RuntimeOffer } from './support.js';

/** Fastest first, where tensor cores or packed halves exist. BF16 runs at FP16's rate and is never expected to beat it. */
const fastestFirst: readonly FloatVariant[] = ['fp16', 'bf16', 'tf32', 'fp32'];

/**
 * The float variant that INT8 has to beat on this device: without it among the measured ones INT8 can't be `worth-it` (reason
 * `best-float-not-measured`). FP16 wherever the device has it fast, else TF32, else FP32.
 */
export function expectedFastestFloat(device: Device, runtime: RuntimeOffer): FloatVariant {
  if (runtime.name === 'null' || runtime.name === 'scripted') return byTable(device);
  // Imported exports need not tell the version: then the device alone decides.
  if (device.kind !== 'cpu' && parseVersion(runtime.version) === null) return byTable(device);
  return fastestFirst.find((variant) => supports(device, runtime, variant, null).ok) ?? 'fp32';
}

/** What the device itself does fast. */
function byTable(device: Device): FloatVariant {
  return device.kind === 'cpu' ? 'fp32' : fastestOfGpu(device);
}

/** Every GPU since SM 7.0 is fastest in FP16: so is one that the table does not know. */
function fastestOfGpu({ architecture, name }: Exclude<Device, CpuDevice>): FloatVariant {
  const capability = gpuCapabilityOf(architecture, name);
  if (capability === null) return 'fp16';
  return fastestFirst.find((variant) => capability[variant]) ?? 'fp32';
}
