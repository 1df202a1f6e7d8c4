import { type Graph, floatOf, intOf, onnxType, tensorDims } from '@octet/onnx';
import type { NodeProto, TensorProto } from 'onnx-buf';

/** A layer with constant weights that can run in INT8. */
export interface WeightedLayer {
  node: NodeProto;
  /** Activation input. */
  input: string;
  weight: TensorProto;
  weightIndex: number;
  /** Dimension of the weight that counts output channels; null: one scale for the whole tensor. */
  axis: number | null;
  /** Constant bias, null for none. */
  bias: TensorProto | null;
}

/** Why a layer stays float: a sentence for the report. */
export interface LeftReason {
  reason: string;
}

export const weightedOperators: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Reads a Conv, ConvTranspose, Gemm or MatMul as a layer with constant weights, or says why it is none. */
export function weightedLayer(graph: Graph, node: NodeProto): WeightedLayer | LeftReason {
  const weight = floatConstant(graph, node.input[1]);
  if (weight === null) return { reason: 'its second input is computed, not a constant float weight' };
  const input = node.input[0] ?? '';
  if (graph.constantOf(input) !== null) return { reason: 'its input is a constant' };
  const biasName = node.opType === 'MatMul' ? '' : (node.input[2] ?? '');
  const bias = biasName === '' ? null : floatConstant(graph, biasName);
  if (biasName !== '' && bias === null) return { reason: 'its bias is computed, not a constant' };
  const refused = node.opType === 'Gemm' ? gemmObstacle(node, bias, weight) : null;
  if (refused !== null) return { reason: refused };
  return { node, input, weight, weightIndex: 1, axis: channelAxis(node, tensorDims(weight)), bias };
}

export function isLayer(found: WeightedLayer | LeftReason): found is WeightedLayer {
  return 'weight' in found;
}

function floatConstant(graph: Graph, name: string | undefined): TensorProto | null {
  const tensor = name === undefined || name === '' ? null : graph.constantOf(name);
  return tensor !== null && onnxType(tensor.dataType) === 'float32' ? tensor : null;
}

/** Integer kernels compute A B + C: anything else in a Gemm has no INT8 form. */
function gemmObstacle(node: NodeProto, bias: TensorProto | null, weight: TensorProto): string | null {
  if (intOf(node, 'transA', 0) !== 0) return 'its input is transposed (transA)';
  if (floatOf(node, 'alpha', 1) !== 1) return 'its alpha is not 1';
  if (bias === null) return null;
  if (floatOf(node, 'beta', 1) !== 1) return 'its beta is not 1';
  const columns = tensorDims(weight)[intOf(node, 'transB', 0) === 0 ? 1 : 0];
  const dims = tensorDims(bias).filter((dim) => dim !== 1);
  return dims.length === 1 && dims[0] === columns
    ? null
    : columns === 1 && dims.length === 0
      ? null
      : 'its bias is not one value for each column';
}

function channelAxis(node: NodeProto, dims: number[]): number | null {
  switch (node.opType) {
    case 'Conv':
      return 0;
    case 'ConvTranspose':
      // With groups, output channels are spread over two dimensions.
      return intOf(node, 'group', 1) === 1 ? 1 : null;
    case 'Gemm':
      return intOf(node, 'transB', 0) === 0 ? 1 : 0;
    default:
      return dims.length === 2 ? 1 : null;
  }
}
