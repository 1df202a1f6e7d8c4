/** The unit that does a kernel's multiplications, as far as its name tells. */
export type KernelUnit = 'tensor-core' | 'dp4a' | 'cuda-core';

/** What a kernel's (tactic's) name gives away. */
export interface KernelFacts {
  /** Architecture the kernel was written for: 80 for `sm80_...` and `ampere_...`; null if the name does not tell. */
  sm: number | null;
  unit: KernelUnit | null;
  /** Generation of the tensor cores whose instruction it uses. */
  tensorCores: 'volta' | 'turing' | 'ampere' | 'hopper' | 'blackwell' | null;
  /** Operand type of the multiplication. */
  operand: 'int8' | 'fp16' | 'bf16' | 'tf32' | 'fp32' | 'fp8' | null;
}

const families: Readonly<Record<string, number>> = {
  maxwell: 50,
  pascal: 60,
  volta: 70,
  turing: 75,
  ampere: 80,
  ada: 89,
  hopper: 90,
  blackwell: 100,
};

/**
 * Instruction shapes, spelt `tensor16x8x32` by xmma and `i16832` / `h1688` by cuDNN: 8x8x4 is Volta's FP16, 16x8x8 Turing's
 * FP16 (and Ampere's TF32), 8x8x16 Turing's INT8, 16x8x16 Ampere's FP16 and INT8, 16x8x32 Ampere's INT8.
 */
const shapeGenerations: Readonly<Record<string, KernelFacts['tensorCores']>> = {
  '8x8x4': 'volta',
  '16x8x8': 'turing',
  '8x8x16': 'turing',
  '16x8x16': 'ampere',
  '16x8x32': 'ampere',
};

/** Reads a tactic name of TensorRT, cuDNN, cuBLAS or CUTLASS. Everything unknown is null. */
export function kernelFacts(name: string): KernelFacts {
  const sm = architectureOf(name);
  const operand = operandOf(name);
  const unit = unitOf(name, sm);
  return { sm, unit, operand, tensorCores: unit === 'tensor-core' ? generationOf(name, sm, operand) : null };
}

function architectureOf(name: string): number | null {
  const number = /(?:^|_)sm_?(\d{2,3})(?=[a-z]?_)/.exec(name)?.[1];
  if (number !== undefined) return Number(number);
  const family = /(?:^|_)(maxwell|pascal|volta|turing|ampere|ada|hopper|blackwell)_/.exec(name)?.[1];
  return family === undefined ? null : (families[family] ?? null);
}

function operandOf(name: string): KernelFacts['operand'] {
  if (/_i8\w*_i8i32|i?cudnn_int8x4|_int8x\d+_|imma|idp4a|dp4a|_i8816|_i16832|i8i8/i.test(name)) return 'int8';
  if (/_e4m3|_e5m2|fp8/i.test(name)) return 'fp8';
  if (/tf32/i.test(name)) return 'tf32';
  if (/_bf16|b16816|b1688/i.test(name)) return 'bf16';
  if (/f16f16|hmma|_[hs]16816|_[hs]1688|_[hs]884/i.test(name)) return 'fp16';
  return /f32f32|ffma|sgemm|scudnn|simt/i.test(name) ? 'fp32' : null;
}

function unitOf(name: string, sm: number | null): KernelUnit | null {
  if (/dp4a|icudnn_int8x4/i.test(name)) return 'dp4a';
  if (
    /_tensor\d+x\d+x\d+|[_i]mma_|hmma|imma|_[hsib](?:884|1688|16816|8816|16832)(?!\d)|gmma|warpgroup|cgasize/i.test(
      name,
    )
  ) {
    return 'tensor-core';
  }
  if (/i8\w*_simt|_simt_\w*i8/i.test(name)) return (sm ?? 0) >= 61 ? 'dp4a' : 'cuda-core';
  return /_ffma|simt|sgemm|scudnn|gemvx/i.test(name) ? 'cuda-core' : null;
}

function generationOf(name: string, sm: number | null, operand: KernelFacts['operand']): KernelFacts['tensorCores'] {
  if (/gmma|warpgroup|cgasize/i.test(name)) return (sm ?? 90) >= 100 ? 'blackwell' : 'hopper';
  const shape = /tensor(\d+x\d+x\d+)/.exec(name)?.[1] ?? cudnnShape(name);
  // Only Ampere and later have TF32, though its instruction has the shape of Turing's FP16 one.
  if (operand === 'tf32') return 'ampere';
  if (shape !== null && shapeGenerations[shape] !== undefined) return shapeGenerations[shape];
  if (sm === null) return null;
  return sm >= 80 ? 'ampere' : sm >= 72 ? 'turing' : 'volta';
}

function cudnnShape(name: string): string | null {
  const digits = /_[hsib](884|1688|16816|8816|16832)(?!\d)/.exec(name)?.[1];
  const shapes: Readonly<Record<string, string>> = {
    '884': '8x8x4',
    '1688': '16x8x8',
    '16816': '16x8x16',
    '8816': '8x8x16',
    '16832': '16x8x32',
  };
  return digits === undefined ? null : (shapes[digits] ?? null);
}
