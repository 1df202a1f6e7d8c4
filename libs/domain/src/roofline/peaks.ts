import type { Device } from '../device.js';
import type { Variant } from '../recipe.js';

/** Peak rates of a product: dense operations (a multiply-add is two), in 10^12 a second, by what multiplies; null where it has none. */
export interface Peaks {
  product: string;
  teraOps: Record<Variant, number | null>;
  /** Device memory, 10^9 bytes a second. */
  memoryGBs: number;
  /** null where it is not known (a CPU). */
  l2Bytes: number | null;
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
 * Products by the name that nvidia-smi prints: boost clocks and dense rates (where the vendor states the sparse rate, half of it).
 * Only figures that could be checked stand here, each product with where; a product without them (P100, Xavier, A100 80 GB PCIe)
 * has no row, and no roofline.
 */
const products: readonly { name: RegExp; memory: RegExp | null; peaks: Peaks }[] = [
  {
    name: /\bP4\b/,
    memory: null,
    peaks: product(
      'Tesla P4',
      [5.7, null, null, null, 22.8],
      192,
      2,
      'gpu.spicedreamphone.com/en/gpu/nvidia/tesla-p4 (5.704 TFLOPS, 192.3 GB/s, 2 MB); INT8 by DP4A: 4 x FP32',
    ),
  },
  {
    name: /\bV100\b/,
    memory: null,
    peaks: product(
      'Tesla V100 SXM2',
      [15.7, null, 125, null, 62.8],
      900,
      6,
      'sysrqmts.com, Tesla T4 vs V100 (15.67 TFLOPS, 897 GB/s, 6 MB; 640 tensor cores at 1530 MHz, 64 FMA each a clock); INT8 by DP4A: 4 x FP32',
    ),
  },
  {
    name: /\bT4\b/,
    memory: null,
    peaks: product(
      'Tesla T4',
      [8.1, null, 65, null, 130],
      320,
      4,
      'NVIDIA at GTC Japan 2018, as heise.de/news 4164684 and geektopia.es tell (8.1, 65, 130; 320 GB/s); L2: sysrqmts.com, tesla/t4',
    ),
  },
  {
    name: /\bA100\b/,
    memory: /40\s?GB/i,
    peaks: product(
      'A100 40 GB',
      [19.5, 156, 312, 312, 624],
      1555,
      40,
      'NVIDIA A100 data sheet r4 and Ampere white paper, as glennklockwood.com/garden/processors/A100 cites them; L2: 40,960 KB',
    ),
  },
  {
    name: /\bA100\b(?!.*PCIe)/i,
    memory: null,
    peaks: product(
      'A100 80 GB SXM',
      [19.5, 156, 312, 312, 624],
      2039,
      40,
      'NVIDIA A100 data sheet r4 and Ampere white paper, as glennklockwood.com/garden/processors/A100 cites them; L2: 40,960 KB',
    ),
  },
  {
    name: /\bA10\b/,
    memory: null,
    peaks: product(
      'A10',
      [31.2, 62.5, 125, 125, 250],
      600,
      6,
      'sysrqmts.com, A10 PCIe (31.24 TFLOPS, 600.2 GB/s, 6 MB); tensor cores as the A40 of the same chip: 2, 4, 4 and 8 x FP32 (NVIDIA A40 data sheet: 37.4, 74.8, 149.7, 149.7, 299.3)',
    ),
  },
  {
    name: /RTX 3090(?! Ti)/,
    memory: null,
    peaks: product(
      'GeForce RTX 3090',
      [35.6, 35.6, 142, 71, 284],
      936,
      6,
      'NVIDIA Ampere GA102 white paper (FP16: FP16 accumulate); the same multiples of FP32 (1, 4, 2, 8) as hmc-tech.com lists for the 3090 Ti',
    ),
  },
  {
    name: /\bL40S\b/,
    memory: null,
    peaks: product(
      'L40S',
      [91.6, 183, 362, 362, 733],
      864,
      96,
      'NVIDIA L40S data sheet, as mullet.se and store.sourcecode.com copy it; L2 of the whole AD102: 96 MB',
    ),
  },
  {
    name: /\bL4\b/,
    memory: null,
    peaks: product(
      'L4',
      [30.3, 60, 121, 121, 242],
      300,
      48,
      'NVIDIA L4 data sheet (half of the sparse 120, 242, 242, 485), as grokipedia.com/page/NVIDIA_L4_vs_L40S and store.sourcecode.com copy it; L2 of the whole AD104: 48 MB',
    ),
  },
  {
    name: /\bH100\b/,
    memory: /PCIe/i,
    peaks: product(
      'H100 PCIe',
      [51, 378, 756, 756, 1513],
      2000,
      50,
      'NVIDIA H100 data sheet (half of the sparse rates), as archive-lib.hpctech.co.jp/gpuproduct/nvidia-h100.html copies it',
    ),
  },
  {
    name: /\bH100\b(?!.*NVL)/,
    memory: null,
    peaks: product(
      'H100 SXM',
      [67, 494, 989, 989, 1979],
      3350,
      50,
      'NVIDIA H100 data sheet (half of the sparse rates), as archive-lib.hpctech.co.jp/gpuproduct/nvidia-h100.html copies it',
    ),
  },
  {
    name: /\bH200\b(?!.*NVL)/,
    memory: null,
    peaks: product(
      'H200 SXM',
      [67, 494, 989, 989, 1979],
      4800,
      50,
      'the same GH100 chip as H100 SXM, with 4.8 TB/s of HBM3e (aiwiki.ai/wiki/nvidia_h200, which cites NVIDIA)',
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
