import type { NodeProto } from 'onnx-buf';
import { floatOf, intOf, setAttribute, float } from '../attributes.js';
import { onnxType } from '../data-types.js';
import type { Graph } from '../graph.js';
import { float32Tensor, tensorToFloat32 } from '../tensors.js';
import { tensorDims } from '../tensor-bytes.js';

/** y = factor * x + shift for each channel: what BatchNormalization does at inference. */
interface Affine {
  factor: Float64Array;
  shift: Float64Array;
}

function constants(graph: Graph, names: readonly string[]): Float32Array[] | null {
  const tensors = names.map((name) => graph.constantOf(name));
  return tensors.every((tensor) => tensor !== null)
    ? tensors.map((tensor) => tensorToFloat32(tensor, graph.model))
    : null;
}

/** ONNX BatchNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + bias. */
function affineOf(graph: Graph, node: NodeProto): Affine | null {
  if (node.output.slice(1).some((name) => name !== '') || intOf(node, 'training_mode', 0) !== 0) return null;
  if (intOf(node, 'spatial', 1) !== 1) return null;
  const [scale, bias, mean, variance] = constants(graph, node.input.slice(1, 5)) ?? [];
  if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) return null;
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const factor = Float64Array.from(scale, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  const shift = Float64Array.from(bias, (value, c) => value - (mean[c] ?? 0) * (factor[c] ?? 0));
  return { factor, shift };
}

/** Output channel of the weight element at a flat index. */
type ChannelOf = (index: number) => number;

/** Conv: [M, C/g, k...]; ConvTranspose: [C, M/g, k...] with groups along C; Gemm: [K, N], or [N, K] with transB. */
function channelOf(node: NodeProto, dims: readonly number[]): ChannelOf {
  const inner = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const rows = dims[0] ?? 1;
  const columns = dims[1] ?? 1;
  if (node.opType === 'Conv' || (node.opType === 'Gemm' && intOf(node, 'transB', 0) === 1))
    return (index) => Math.floor(index / inner);
  if (node.opType === 'Gemm') return (index) => index % columns;
  const perGroup = rows / intOf(node, 'group', 1);
  const kernel = inner / columns;
  return (index) => {
    const row = Math.floor(index / inner);
    return Math.floor(row / perGroup) * columns + (Math.floor(index / kernel) % columns);
  };
}

function scaledWeight(
  node: NodeProto,
  dims: readonly number[],
  weight: Float32Array,
  factor: Float64Array,
): Float32Array {
  const channel = channelOf(node, dims);
  return weight.map((value, index) => value * (factor[channel(index)] ?? 0));
}

function foldedBias(bias: Float32Array | null, beta: number, affine: Affine): Float32Array {
  return Float32Array.from(affine.factor, (factor, c) => {
    const before = bias === null ? 0 : (bias[bias.length === 1 ? 0 : c] ?? 0) * beta;
    return before * factor + (affine.shift[c] ?? 0);
  });
}

const foldable = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** The computing node whose only reader is this BatchNormalization; null if it can't take it in. */
function targetOf(graph: Graph, norm: NodeProto): NodeProto | null {
  const between = norm.input[0] ?? '';
  const node = graph.producers.get(between);
  const alone = graph.consumersOf(between).length === 1 && !graph.isOutput(between);
  return node !== undefined && alone && foldable.has(node.opType) ? node : null;
}

function fold(graph: Graph, norm: NodeProto): boolean {
  const node = targetOf(graph, norm);
  const affine = node === null ? null : affineOf(graph, norm);
  const weight = graph.constantOf(node?.input[1] ?? '');
  if (node === null || affine === null || weight === null || onnxType(weight.dataType) !== 'float32') return false;
  const biasName = node.input[2] ?? '';
  const bias = biasName === '' ? null : graph.constantOf(biasName);
  const channels = affine.factor.length;
  if (biasName !== '' && (bias === null || ![1, channels].includes(tensorToFloat32(bias, graph.model).length)))
    return false;
  rewrite(
    graph,
    node,
    {
      weight: scaledWeight(node, tensorDims(weight), tensorToFloat32(weight, graph.model), affine.factor),
      dims: tensorDims(weight),
    },
    foldedBias(
      bias === null ? null : tensorToFloat32(bias, graph.model),
      node.opType === 'Gemm' ? floatOf(node, 'beta', 1) : 1,
      affine,
    ),
  );
  const output = norm.output[0] ?? '';
  graph.removeNode(norm);
  graph.setOutput(node, 0, output);
  return true;
}

function rewrite(
  graph: Graph,
  node: NodeProto,
  folded: { weight: Float32Array; dims: number[] },
  bias: Float32Array,
): void {
  const base = node.input[1] ?? 'weight';
  const weightName = graph.setInitializer(
    float32Tensor(graph.uniqueName(`${base}_folded`), folded.dims, folded.weight),
  );
  const biasName = graph.setInitializer(float32Tensor(graph.uniqueName(`${base}_bias`), [bias.length], bias));
  graph.setInputs(node, [node.input[0] ?? '', weightName, biasName]);
  if (node.opType === 'Gemm') setAttribute(node, 'beta', float(1));
}

/**
 * Folds BatchNormalization into the Conv, ConvTranspose or Gemm before it: weights times factor, bias times factor plus
 * shift, computed in float64 and rounded once. Weights that other nodes share are copied, not changed.
 */
export function foldBatchNorms(graph: Graph): number {
  return graph.nodes.filter((node) => node.opType === 'BatchNormalization' && fold(graph, node)).length;
}
