import type { NodeProto, TensorProto } from 'onnx-buf';
import { float, floatOf, intOf, setAttribute } from '../attributes.js';
import { onnxType } from '../data-types.js';
import type { Graph } from '../graph.js';
import type { Model } from '../model.js';
import { inferShapes } from '../shapes/infer.js';
import { tensorDims } from '../tensor-bytes.js';
import { float32Tensor, tensorToFloat32 } from '../tensors.js';

/** y = factor * x + shift for each channel. */
interface Affine {
  factor: Float64Array;
  shift: Float64Array;
}

/** A node whose output takes an affine map in: Conv, ConvTranspose, Gemm, or a BatchNormalization that found none itself. */
interface Target {
  node: NodeProto;
  weight: TensorProto;
  bias: Float32Array | null;
  channels: number;
  /** Of its output; null if unknown. */
  rank: number | null;
}

const targets = new Set(['Conv', 'ConvTranspose', 'Gemm', 'BatchNormalization']);
const affineOperators = new Set(['BatchNormalization', 'Mul', 'Div', 'Add', 'Sub']);
/** Affine in their first input only. */
const ordered = new Set(['Div', 'Sub']);

function constants(graph: Graph, names: readonly string[]): Float32Array[] | null {
  const tensors = names.map((name) => graph.constantOf(name));
  return tensors.every((tensor) => tensor !== null)
    ? tensors.map((tensor) => tensorToFloat32(tensor, graph.model))
    : null;
}

function affineOf(graph: Graph, node: NodeProto, from: string, target: Target): Affine | null {
  if (node.opType === 'BatchNormalization') return normalisation(graph, node);
  if (ordered.has(node.opType) && node.input[0] !== from) return null;
  const values = channelConstant(graph, node.input.find((name) => name !== from) ?? '', target);
  if (values === null) return null;
  const same = (value: number) => new Float64Array(target.channels).fill(value);
  switch (node.opType) {
    case 'Mul':
      return { factor: values, shift: same(0) };
    case 'Div':
      return values.includes(0) ? null : { factor: values.map((value) => 1 / value), shift: same(0) };
    case 'Sub':
      return { factor: same(1), shift: values.map((value) => -value) };
    default:
      return { factor: same(1), shift: values };
  }
}

/** ONNX BatchNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + bias. */
function normalisation(graph: Graph, node: NodeProto): Affine | null {
  if (!isInference(node)) return null;
  const [scale, bias, mean, variance] = constants(graph, node.input.slice(1, 5)) ?? [];
  if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) return null;
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const factor = Float64Array.from(scale, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  const shift = Float64Array.from(bias, (value, c) => value - (mean[c] ?? 0) * (factor[c] ?? 0));
  return { factor, shift };
}

function isInference(norm: NodeProto): boolean {
  const plain = intOf(norm, 'training_mode', 0) === 0 && intOf(norm, 'spatial', 1) === 1;
  return plain && norm.output.slice(1).every((name) => name === '');
}

/** A constant of one value for each channel, as it broadcasts against N, C, ..., or of one value for all; null for any other. */
function channelConstant(graph: Graph, name: string, { channels, rank }: Target): Float64Array | null {
  const tensor = graph.constantOf(name);
  if (tensor === null || rank === null) return null;
  const dims = tensorDims(tensor);
  if (dims.length > rank || onnxType(tensor.dataType) !== 'float32') return null;
  const padded = [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
  const fits = padded.every((dim, axis) => dim === 1 || (axis === 1 && dim === channels));
  if (!fits) return null;
  const values = Float64Array.from(tensorToFloat32(tensor, graph.model));
  return values.length === channels ? values : new Float64Array(channels).fill(values[0]!);
}

/** Elements of one output channel lie in runs of so many; run number `run` is of channel `channelOf(run)`. */
interface ChannelRuns {
  length: number;
  channelOf: (run: number) => number;
}

/** Conv: [M, C/g, k...]; ConvTranspose: [C, M/g, k...] with groups along C; Gemm: [K, N], or [N, K] with transB; a norm: [C]. */
function channelRuns(node: NodeProto, dims: readonly number[]): ChannelRuns {
  const inner = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const rows = dims[0] ?? 1;
  const columns = dims[1] ?? 1;
  if (node.opType === 'Gemm' && intOf(node, 'transB', 0) === 0) return { length: 1, channelOf: (run) => run % columns };
  if (node.opType !== 'ConvTranspose') return { length: inner, channelOf: (run) => run };
  const perGroup = rows / intOf(node, 'group', 1);
  return {
    length: inner / columns,
    channelOf: (run) => Math.floor(Math.floor(run / columns) / perGroup) * columns + (run % columns),
  };
}

/** Plain loops: a callback for each weight would cost more than the product. */
function scaledWeights(target: Target, factor: Float64Array, model: Model): Float32Array {
  const weights = tensorToFloat32(target.weight, model);
  const { length, channelOf } = channelRuns(target.node, tensorDims(target.weight));
  const scaled = new Float32Array(weights.length);
  for (let run = 0; run * length < weights.length; run++) {
    const by = factor[channelOf(run)]!;
    const end = (run + 1) * length;
    for (let i = run * length; i < end; i++) scaled[i] = weights[i]! * by;
  }
  return scaled;
}

function channelsOf(node: NodeProto, dims: readonly number[]): number {
  if (node.opType === 'Gemm' && intOf(node, 'transB', 0) === 0) return dims[1] ?? 1;
  return node.opType === 'ConvTranspose' ? (dims[1] ?? 1) * intOf(node, 'group', 1) : (dims[0] ?? 1);
}

/** The node that alone makes what only `next` reads; null if it can't take anything in. */
function targetOf(graph: Graph, next: NodeProto, from: string, rankOf: (name: string) => number | null): Target | null {
  const node = graph.producers.get(from);
  const alone = graph.consumersOf(from).length === 1 && !graph.isOutput(from) && !graph.isCaptured(from);
  if (node === undefined || !alone || !targets.has(node.opType)) return null;
  const norm = node.opType === 'BatchNormalization';
  if (norm && (!isInference(node) || next.opType === 'BatchNormalization')) return null;
  const weight = graph.constantOf(node.input[1] ?? '');
  if (weight === null || onnxType(weight.dataType) !== 'float32') return null;
  const dims = tensorDims(weight);
  const channels = channelsOf(node, dims);
  const biasName = node.input[2] ?? '';
  const bias = biasName === '' ? null : (constants(graph, [biasName])?.[0] ?? null);
  if (biasName !== '' && (bias === null || ![1, channels].includes(bias.length))) return null;
  return { node, weight, bias, channels, rank: norm ? rankOf(from) : dims.length };
}

function foldedBias({ node, bias, channels }: Target, { factor, shift }: Affine): Float32Array {
  const beta = node.opType === 'Gemm' ? floatOf(node, 'beta', 1) : 1;
  const folded = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const before = bias === null ? 0 : bias[bias.length === 1 ? 0 : c]! * beta;
    folded[c] = before * factor[c]! + shift[c]!;
  }
  return folded;
}

function rewrite(graph: Graph, target: Target, affine: Affine): void {
  const { node, weight } = target;
  const base = node.input[1] ?? 'weight';
  const bias = foldedBias(target, affine);
  const biasName = graph.setInitializer(float32Tensor(graph.uniqueName(`${base}_bias`), [bias.length], bias));
  let weightName = base;
  if (affine.factor.some((factor) => factor !== 1)) {
    const scaled = scaledWeights(target, affine.factor, graph.model);
    weightName = graph.setInitializer(float32Tensor(graph.uniqueName(`${base}_folded`), tensorDims(weight), scaled));
  }
  graph.setInputs(node, [node.input[0] ?? '', weightName, biasName, ...node.input.slice(3)]);
  if (node.opType === 'Gemm') setAttribute(node, 'beta', float(1));
}

function fold(graph: Graph, node: NodeProto, rankOf: (name: string) => number | null): boolean {
  const inputs = node.opType === 'BatchNormalization' ? node.input.slice(0, 1) : node.input;
  for (const from of inputs) {
    const target = targetOf(graph, node, from, rankOf);
    const affine = target === null ? null : affineOf(graph, node, from, target);
    if (target === null || affine === null) continue;
    rewrite(graph, target, affine);
    const output = node.output[0] ?? '';
    graph.removeNode(node);
    graph.setOutput(target.node, 0, output);
    return true;
  }
  return false;
}

/**
 * Folds BatchNormalization, and Mul, Div, Add and Sub with a constant (one for each channel, or one for all), into the Conv, ConvTranspose
 * or Gemm before them: weights times factor, bias times factor plus shift, computed in float64 and rounded once. What follows a
 * BatchNormalization that has no such layer before it goes into that. Weights that other nodes share are copied, not changed.
 * Returns how many BatchNormalizations went. Wants the nodes in topological order.
 */
export function foldAffine(graph: Graph): number {
  let shapes: ReturnType<typeof inferShapes> | null = null;
  const rankOf = (name: string): number | null => {
    shapes ??= inferShapes(graph.model);
    return shapes.get(name)?.shape?.length ?? null;
  };
  const nodes = graph.nodes.filter(({ opType }) => affineOperators.has(opType));
  return nodes.filter((node) => fold(graph, node, rankOf) && node.opType === 'BatchNormalization').length;
}
