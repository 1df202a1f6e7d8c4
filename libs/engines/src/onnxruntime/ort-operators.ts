import type { DataType, EngineLayer } from '@octet/domain';
import type { GraphNode } from './ort-graph.js';

const dataTypes: Record<string, DataType> = {
  float: 'fp32',
  float16: 'fp16',
  bfloat16: 'bf16',
  int8: 'int8',
  uint8: 'uint8',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
};

/** The profile's type name (`float`, `uint8`) as a domain type. */
export function typeOf(profileType: string): DataType {
  return dataTypes[profileType] ?? (profileType.startsWith('float8') ? 'fp8' : 'other');
}

const conversions = new Set([
  'QuantizeLinear',
  'DynamicQuantizeLinear',
  'DequantizeLinear',
  'Cast',
  'ReorderInput',
  'ReorderOutput',
  'MemcpyToHost',
  'MemcpyFromHost',
]);

/**
 * Kind of an operator (design.md section 2). `own` says that a Transpose is in the user's model: then it is part of the
 * network's work; one that the runtime put in is a conversion.
 */
export function kindOf(op: string, own: boolean): EngineLayer['kind'] {
  if (op === 'Transpose') return own ? 'compute' : 'conversion';
  if (op === 'Constant') return 'noop';
  return conversions.has(op) ? 'conversion' : 'compute';
}

/** Positions of activations among the inputs; all other inputs of these operators are scales, zero points or weights. */
const activationPositions: Record<string, number[]> = {
  QuantizeLinear: [0],
  DequantizeLinear: [0],
  QLinearConv: [0],
  ConvInteger: [0],
  QLinearMatMul: [0, 3],
  MatMulInteger: [0, 1],
  MatMulIntegerToFloat: [0, 1],
  DynamicQuantizeMatMul: [0],
  QGemm: [0, 3],
  QLinearAdd: [0, 3],
  QLinearMul: [0, 3],
  QLinearSigmoid: [0],
  QLinearLeakyRelu: [0],
  QLinearSoftmax: [0],
  QLinearAveragePool: [0],
  QLinearGlobalAveragePool: [0],
  QLinearReduceMean: [0],
};

/** Inputs that may be activations by the operator's definition (constants among them are left to the caller). */
export function activationInputs({ op, inputs }: GraphNode): string[] {
  // Output scale and zero point first, then (tensor, scale, zero point) for each tensor.
  if (op === 'QLinearConcat') return inputs.filter((_, index) => index >= 2 && (index - 2) % 3 === 0);
  const positions = activationPositions[op];
  return positions === undefined ? inputs : positions.flatMap((position) => inputs[position] ?? []);
}

/** DynamicQuantizeLinear gives its scale and zero point beside the tensor. */
export function activationOutputs({ op, outputs }: GraphNode): string[] {
  return op === 'DynamicQuantizeLinear' ? outputs.slice(0, 1) : outputs;
}

/** Memory formats: the runtime's blocked convolutions use NCHWc, Reorder nodes lead in and out, Transposes permute. */
export function memoryFormats({ op, domain }: GraphNode): { input: string; output: string } {
  if (op === 'ReorderInput') return { input: 'linear', output: 'NCHWc' };
  if (op === 'ReorderOutput') return { input: 'NCHWc', output: 'linear' };
  if (op === 'Transpose') return { input: 'linear', output: 'linear permuted' };
  return domain === 'com.microsoft.nchwc' ? { input: 'NCHWc', output: 'NCHWc' } : { input: 'linear', output: 'linear' };
}
