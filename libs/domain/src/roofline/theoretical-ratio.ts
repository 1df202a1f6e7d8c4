import { cpuCapabilityOf, gpuCapabilityOf, smOrder } from '../capabilities/index.js';
import type { Device } from '../device.js';
import type { FloatVariant } from '../recipe.js';
import { peaksOf } from './peaks.js';

/** Why INT8 could be faster on a device, and by how much at most. */
export interface TheoreticalRatio {
  /** `INT8 tensor cores (Ampere)`, `DP4A`, `AVX512-VNNI` ...; null where nothing speeds INT8 up. */
  mechanism: string | null;
  /** INT8 operations a second over the float variant's, where computing is the limit; null where no source tells. */
  compute: number | null;
  /** Bytes of a float value over those of an INT8 value: the ratio where memory is the limit. */
  memory: number;
  source: string;
}

const bytesOf: Record<FloatVariant, number> = { fp32: 4, tf32: 4, fp16: 2, bf16: 2 };

/** The theoretical INT8 / float ratio of a device; the gap between it and the measured speed-up is a finding of its own. */
export function theoreticalRatio(device: Device, against: FloatVariant): TheoreticalRatio {
  const memory = bytesOf[against];
  if (device.kind === 'cpu') return cpuRatio(device.instructionSets, against, memory);
  const capability = gpuCapabilityOf(device.architecture, device.name);
  if (capability === null || !capability.int8) {
    return { mechanism: null, compute: null, memory, source: 'capability table (docs/capabilities.md)' };
  }
  const mechanism = capability.int8TensorCores ? `INT8 tensor cores (${generationOf(capability.sm)})` : 'DP4A';
  const peaks = peaksOf(device);
  const { int8 = null, [against]: float = null } = peaks?.teraOps ?? {};
  if (peaks !== null && int8 !== null && float !== null)
    return { mechanism, compute: int8 / float, memory, source: peaks.source };
  return {
    mechanism,
    compute: byArchitecture(capability, against),
    memory,
    source: 'rates per SM, CUDA C++ Programming Guide',
  };
}

function cpuRatio(instructionSets: readonly string[], against: FloatVariant, memory: number): TheoreticalRatio {
  const row = cpuCapabilityOf(instructionSets);
  const compute = against === 'fp32' ? (row?.int8OverFp32 ?? null) : null;
  return {
    mechanism: row?.instructionSet ?? null,
    compute,
    memory,
    source: row?.source ?? 'no INT8 instruction is named',
  };
}

/** Tensor cores run INT8 at twice FP16's rate; DP4A does four multiply-adds where FP32 does one, so twice packed FP16's. */
function byArchitecture(
  { int8TensorCores, fp16TensorCores }: { int8TensorCores: boolean; fp16TensorCores: boolean },
  against: FloatVariant,
): number | null {
  const halves = against === 'fp16' || against === 'bf16';
  if (int8TensorCores) return halves ? 2 : null;
  if (halves) return fp16TensorCores ? null : 2;
  return against === 'fp32' ? 4 : null;
}

function generationOf(sm: string): string {
  const order = smOrder(sm);
  if (order >= smOrder('10.0')) return 'Blackwell';
  if (order >= smOrder('9.0')) return 'Hopper';
  if (order >= smOrder('8.9')) return 'Ada';
  if (order >= smOrder('8.0')) return 'Ampere';
  return sm === '7.2' ? 'Xavier' : 'Turing';
}
