import type { Device } from '../device.js';
import type { FloatVariant } from '../recipe.js';
import { gpuCapabilityOf } from './gpu-capability.js';
import { supports, type RuntimeOffer } from './support.js';

/** Fastest first, where tensor cores or packed halves exist. BF16 runs at FP16's rate and is never expected to beat it. */
const fastestFirst: readonly FloatVariant[] = ['fp16', 'bf16', 'tf32', 'fp32'];

/**
 * The float variant that INT8 has to beat on this device: without it among the measured ones INT8 can't be `worth-it` (reason
 * `best-float-not-measured`). FP16 wherever the device has it fast, else TF32, else FP32.
 */
export function expectedFastestFloat(device: Device, runtime: RuntimeOffer): FloatVariant {
  if (runtime.name === 'null' || runtime.name === 'scripted') return byTable(device);
  return fastestFirst.find((variant) => supports(device, runtime, variant, null).ok) ?? 'fp32';
}

/** Test doubles run anything: what the device itself does fast decides. */
function byTable(device: Device): FloatVariant {
  if (device.kind === 'cpu') return 'fp32';
  const capability = gpuCapabilityOf(device.architecture, device.name);
  return fastestFirst.find((variant) => capability?.[variant] === true) ?? 'fp32';
}
