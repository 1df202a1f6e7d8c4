import { gpuTable, type GpuCapability } from './gpu-table.js';

/** `sm_86` -> `8.6`, `sm_120` -> `12.0`: the last digit is the minor version. */
export function computeCapability(architecture: string): string | null {
  const digits = /^sm_(\d{2,})$/.exec(architecture)?.[1];
  return digits === undefined ? null : `${digits.slice(0, -1)}.${digits.slice(-1)}`;
}

/** `8.6` -> 806, so that capabilities order (`12.0` after `9.0`). Never used to decide what a part can do, only its versions. */
export function smOrder(sm: string): number {
  const [major = '0', minor = '0'] = sm.split('.');
  return Number(major) * 100 + Number(minor);
}

/**
 * SM 7.5 without tensor cores: TU116 and TU117 (CUDA C++ Programming Guide and NVIDIA's Turing product pages). The SM does not
 * tell; the product name does.
 */
const turingWithoutTensorCores = /\bGTX\s*16\d\d\b|\bMX[45]50\b|\b(Quadro\s+)?T(400|500|550|600|1000|1200|2000)\b/i;

/**
 * What the device's architecture runs fast, by table and then by product name. null for an architecture the table does not know:
 * the caller must probe instead of guessing.
 */
export function gpuCapabilityOf(architecture: string, productName: string): GpuCapability | null {
  const sm = computeCapability(architecture);
  const row = gpuTable.find((candidate) => candidate.sm === sm);
  if (row === undefined) return null;
  if (row.sm === '7.5' && turingWithoutTensorCores.test(productName)) {
    return { ...row, example: productName, fp16TensorCores: false, int8TensorCores: false };
  }
  return row;
}
