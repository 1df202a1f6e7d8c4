import type { Device } from '../device.js';
import type { Variant } from '../recipe.js';

/** Peak rates of a product: dense operations (a multiply-add is two), in 10^12 a second, by what multiplies; null where it has none. */
export interface Peaks {
  product: string;
  teraOps: Record<Variant, number | null>;
  /** Device memory, 10^9 bytes a second. */
  memoryGBs: number;
  l2Bytes: number;
  /** A data sheet, or what measured it. */
  source: string;
}

const mib = 2 ** 20;

type Rates = [fp32: number, tf32: number | null, fp16: number | null, bf16: number | null, int8: number | null];

function product(
  name: string,
  [fp32, tf32, fp16, bf16, int8]: Rates,
  memoryGBs: number,
  l2Mib: number,
  source: string,
): Peaks {
  return { product: name, teraOps: { fp32, tf32, fp16, bf16, int8 }, memoryGBs, l2Bytes: l2Mib * mib, source };
}

/**
 * Products by the name that nvidia-smi prints. Boost clocks and dense rates, as the vendor states them (where a data sheet states
 * the sparse rate only, half of it); V100 and P4: INT8 by DP4A, four times FP32.
 */
const products: readonly { name: RegExp; memory: RegExp | null; peaks: Peaks }[] = [
  {
    name: /\bP4\b/,
    memory: null,
    peaks: product('Tesla P4', [5.5, null, null, null, 22], 192, 2, 'NVIDIA Tesla P4 data sheet'),
  },
  {
    name: /\bP100\b/,
    memory: null,
    peaks: product('Tesla P100 SXM2', [10.6, null, 21.2, null, null], 732, 4, 'NVIDIA Tesla P100 data sheet'),
  },
  {
    name: /\bV100\b/,
    memory: null,
    peaks: product(
      'Tesla V100 SXM2',
      [15.7, null, 125, null, 62.8],
      900,
      6,
      'NVIDIA V100 data sheet; INT8: 4 x FP32 (DP4A)',
    ),
  },
  {
    name: /\bXavier\b/i,
    memory: null,
    peaks: product(
      'Jetson AGX Xavier',
      [1.4, null, 11, null, 22],
      137,
      0.5,
      'NVIDIA Jetson AGX Xavier data sheet (GPU alone)',
    ),
  },
  {
    name: /\bT4\b/,
    memory: null,
    peaks: product('Tesla T4', [8.1, null, 65, null, 130], 320, 4, 'NVIDIA T4 data sheet'),
  },
  {
    name: /\bA100\b/,
    memory: /40\s?GB/i,
    peaks: product('A100 40 GB', [19.5, 156, 312, 312, 624], 1555, 40, 'NVIDIA A100 data sheet'),
  },
  {
    name: /\bA100\b/,
    memory: /PCIe/i,
    peaks: product('A100 80 GB PCIe', [19.5, 156, 312, 312, 624], 1935, 40, 'NVIDIA A100 data sheet'),
  },
  {
    name: /\bA100\b/,
    memory: null,
    peaks: product('A100 80 GB SXM', [19.5, 156, 312, 312, 624], 2039, 40, 'NVIDIA A100 data sheet'),
  },
  {
    name: /\bA10\b/,
    memory: null,
    peaks: product('A10', [31.2, 62.5, 125, 125, 250], 600, 6, 'NVIDIA A10 data sheet'),
  },
  {
    name: /RTX 3090(?! Ti)/,
    memory: null,
    peaks: product(
      'GeForce RTX 3090',
      [35.6, 35.6, 142, 71, 284],
      936,
      6,
      'NVIDIA Ampere GA102 white paper (FP16: FP16 accumulate)',
    ),
  },
  {
    name: /\bL40S\b/,
    memory: null,
    peaks: product('L40S', [91.6, 183, 362, 362, 733], 864, 96, 'NVIDIA L40S data sheet'),
  },
  {
    name: /\bL4\b/,
    memory: null,
    peaks: product('L4', [30.3, 60, 121, 121, 242], 300, 48, 'NVIDIA L4 data sheet (half of the sparse rates)'),
  },
  {
    name: /\bH100\b/,
    memory: /PCIe/i,
    peaks: product(
      'H100 PCIe',
      [51, 378, 756, 756, 1513],
      2000,
      50,
      'NVIDIA H100 data sheet (half of the sparse rates)',
    ),
  },
  {
    name: /\bH100\b/,
    memory: null,
    peaks: product(
      'H100 SXM',
      [67, 494, 989, 989, 1979],
      3350,
      50,
      'NVIDIA H100 data sheet (half of the sparse rates)',
    ),
  },
  {
    name: /\bH200\b/,
    memory: null,
    peaks: product(
      'H200 SXM',
      [67, 494, 989, 989, 1979],
      4800,
      50,
      'NVIDIA H200 data sheet (half of the sparse rates)',
    ),
  },
];

/** Stated peaks of a device by product name; null for products that are not in the table (and for CPUs: measure theirs). */
export function peaksOf(device: Device): Peaks | null {
  if (device.kind !== 'gpu' || device.mig) return null;
  const found = products.find(
    ({ name, memory }) => name.test(device.name) && (memory === null || memory.test(device.name)),
  );
  return found?.peaks ?? null;
}
