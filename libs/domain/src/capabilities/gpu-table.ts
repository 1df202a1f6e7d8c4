/**
 * What one CUDA architecture runs FAST (an instruction at a higher rate than FP32), not what it merely accepts: INT8 on SM 6.2
 * compiles and runs without DP4A, slower than FP32.
 */
export interface GpuCapability {
  /** Compute capability as NVIDIA writes it: `8.6`. */
  sm: string;
  example: string;
  tf32: boolean;
  fp32: boolean;
  fp16: boolean;
  int8: boolean;
  fp16TensorCores: boolean;
  int8TensorCores: boolean;
  dla: boolean;
  /** 4-way INT8 dot product in the CUDA cores. */
  dp4a: boolean;
  bf16: boolean;
  fp8: boolean;
  source: string;
}

type Column = 'tf32' | 'fp16' | 'int8' | 'fp16TensorCores' | 'int8TensorCores' | 'dla' | 'dp4a' | 'bf16' | 'fp8';

function row(sm: string, example: string, columns: readonly Column[], source: string): GpuCapability {
  const has = (column: Column): boolean => columns.includes(column);
  return {
    sm,
    example,
    tf32: has('tf32'),
    fp32: true,
    fp16: has('fp16'),
    int8: has('int8'),
    fp16TensorCores: has('fp16TensorCores'),
    int8TensorCores: has('int8TensorCores'),
    dla: has('dla'),
    dp4a: has('dp4a'),
    bf16: has('bf16'),
    fp8: has('fp8'),
    source,
  };
}

const turing: readonly Column[] = ['fp16', 'int8', 'fp16TensorCores', 'int8TensorCores', 'dp4a'];
const ampere: readonly Column[] = [...turing, 'tf32', 'bf16'];
const ada: readonly Column[] = [...ampere, 'fp8'];

const lecture =
  'TensorRT 8 support matrix, "Hardware and Precision" (as in the lecture); DP4A, BF16, FP8: CUDA C++ Programming Guide, arithmetic throughput';
const matrix8 = 'TensorRT 8.4 support matrix, "Hardware and Precision"';
const matrix10 = 'TensorRT 10 support matrix, "GPU Architecture and Precision Support"';

/** The lecture's eleven rows, in its order. Its first nine columns are copied, not derived. */
export const lectureRows: readonly GpuCapability[] = [
  row('8.6', 'NVIDIA A10', ampere, lecture),
  row('8.0', 'A100', ampere, lecture),
  row('7.5', 'Tesla T4', turing, lecture),
  row('7.2', 'Jetson AGX Xavier', [...turing, 'dla'], lecture),
  row('7.0', 'Tesla V100', ['fp16', 'int8', 'fp16TensorCores', 'dp4a'], lecture),
  row('6.2', 'Jetson TX2', ['fp16'], lecture),
  row('6.1', 'Tesla P4', ['int8', 'dp4a'], lecture),
  row('6.0', 'Tesla P100', ['fp16'], lecture),
  row('5.3', 'Jetson TX1', ['fp16'], lecture),
  row('5.2', 'Tesla M4', [], lecture),
  row('5.0', 'Quadro K2200', [], lecture),
];

/** Parts that came after the lecture. */
export const newerRows: readonly GpuCapability[] = [
  row('8.7', 'Jetson AGX Orin', [...ampere, 'dla'], matrix8),
  row('8.9', 'NVIDIA L40S', ada, matrix10),
  row('9.0', 'NVIDIA H100', ada, matrix10),
  row('10.0', 'NVIDIA B200', ada, matrix10),
  row('10.1', 'DRIVE AGX Thor (CUDA 12)', ada, 'TensorRT 10.10.10 for DRIVE OS 7, release properties'),
  row('10.3', 'NVIDIA B300', ada, 'CUDA GPU list; DGX GB300 release notes (TensorRT 10.13: functional support)'),
  row(
    '11.0',
    'Jetson AGX Thor (CUDA 13)',
    ada,
    'the same part as 10.1, renumbered by CUDA 13; TensorRT 10.14 CMakeLists.txt',
  ),
  row('12.0', 'GeForce RTX 5090', ada, matrix10),
  row('12.1', 'NVIDIA GB10', ada, 'CUDA GPU list; TensorRT-RTX 1.5 support matrix'),
];

export const gpuTable: readonly GpuCapability[] = [...lectureRows, ...newerRows];

/** One row of `octet capabilities --json`: the shape programs rely on. */
export type CapabilityRow = Omit<GpuCapability, 'bf16' | 'fp8' | 'source'>;

/** The table as `octet capabilities --json` gives it: the lecture's eleven rows first and in its order. */
export function capabilityRows(): CapabilityRow[] {
  return gpuTable.map(({ bf16: _bf16, fp8: _fp8, source: _source, ...shown }) => shown);
}
