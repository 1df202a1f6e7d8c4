import { type Graph, intOf, onnxType } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

/** Operators whose outputs are not of their first input's type. */
const fixedTypes: Readonly<Record<string, 'float' | 'other'>> = {
  Shape: 'other',
  Size: 'other',
  ArgMax: 'other',
  ArgMin: 'other',
  NonZero: 'other',
  Equal: 'other',
  Greater: 'other',
  GreaterOrEqual: 'other',
  Less: 'other',
  LessOrEqual: 'other',
  And: 'other',
  Or: 'other',
  Not: 'other',
  Xor: 'other',
  IsNaN: 'other',
  IsInf: 'other',
  NonMaxSuppression: 'other',
  QuantizeLinear: 'other',
  DynamicQuantizeLinear: 'other',
  MatMulInteger: 'other',
  ConvInteger: 'other',
  DequantizeLinear: 'float',
  RandomNormal: 'float',
  RandomUniform: 'float',
  EyeLike: 'other',
  OneHot: 'other',
  // Bodies decide the type: unknown, so not float.
  If: 'other',
  Loop: 'other',
  Scan: 'other',
};

/** Input that gives the output its type, where it is not the first. */
const typedByInput: Readonly<Record<string, number>> = { Where: 1 };

const floatCode = 1;

/**
 * Names of the activations that are certainly float32: graph inputs and node outputs, in topological order. Constants are
 * not among them. Types are propagated by the operators' own rules; what is unknown is left out, for INT8 touches only
 * what is surely float.
 */
export function floatTensors(graph: Graph): Set<string> {
  const found = new Set<string>();
  for (const input of graph.proto.input) {
    const type = input.type?.value;
    if (graph.isInput(input.name) && type?.case === 'tensorType' && type.value.elemType === floatCode)
      found.add(input.name);
  }
  const isFloat = (name: string): boolean => {
    const constant = graph.constantOf(name);
    return constant === null ? found.has(name) : onnxType(constant.dataType) === 'float32';
  };
  for (const node of graph.nodes) {
    if (node.opType !== 'Constant' && nodeIsFloat(node, isFloat))
      node.output.filter(Boolean).forEach((name) => found.add(name));
  }
  dropIntegerOutputs(graph, found);
  return found;
}

function nodeIsFloat(node: NodeProto, isFloat: (name: string) => boolean): boolean {
  const fixed = fixedTypes[node.opType];
  if (fixed !== undefined) return fixed === 'float';
  if (node.opType === 'Cast') return intOf(node, 'to', 0) === floatCode;
  if (node.opType === 'ConstantOfShape') return true;
  const typed = node.input[typedByInput[node.opType] ?? 0];
  return typed !== undefined && typed !== '' && isFloat(typed);
}

/** Second outputs that are indices or masks. */
function dropIntegerOutputs(graph: Graph, found: Set<string>): void {
  for (const node of graph.nodes) {
    if (['TopK', 'MaxPool', 'Dropout', 'Unique'].includes(node.opType))
      node.output.slice(1).forEach((name) => found.delete(name));
    if (node.opType === 'ConstantOfShape' || node.opType === 'Range') node.output.forEach((name) => found.delete(name));
  }
}
