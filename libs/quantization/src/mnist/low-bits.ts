import { float32Tensor, Graph, type Model, copyModel, tensorDims, tensorToFloat32 } from '@octet/onnx';

import { mseRange } from '../calibration/mse.js';
import type { TensorStatistics } from '../calibration/statistics.js';
import { floatTensors } from '../calibration/float-tensors.js';
import { isLayer, weightedLayer, weightedOperators } from '../placement/weighted-layer.js';

/** Range of each activation at some number of bits, by tensor name. */
export type BitRanges = Readonly<Record<string, { low: number; high: number }>>;

/** Ranges with the least squared error at `bits` bits: with few levels the whole range would leave hardly a value. */
export function bitRanges(statistics: ReadonlyMap<string, TensorStatistics>, bits: number): BitRanges {
  const ranges: Record<string, { low: number; high: number }> = {};
  for (const [name, { min, max, histogram }] of statistics) {
    if (histogram !== null && min < max)
      ranges[name] = mseRange(histogram, Math.min(0, min), Math.max(0, max), 2 ** bits - 1);
  }
  return ranges;
}

/**
 * A float model that computes as if weights and activations had `bits` bits: each weight is rounded to one of its levels,
 * each layer's input goes through round and clip. For the lecture's picture of robustness at 8, 4, 2 and 1 bits, which no
 * runtime executes. Weights: symmetric per channel, 2^bits - 1 levels at the scale with the least squared error (1 bit:
 * sign times the mean magnitude, as XNOR-Net, Rastegari et al. 2016). Activations: 2^bits - 1 steps over their range.
 */
export function simulateBits(model: Model, ranges: BitRanges, bits: number): Model {
  const copy = copyModel(model);
  const graph = new Graph(copy);
  const float = floatTensors(graph);
  for (const node of graph.nodes.slice()) {
    if (!weightedOperators.has(node.opType)) continue;
    const layer = weightedLayer(graph, node);
    if (!isLayer(layer) || !float.has(layer.input) || ranges[layer.input] === undefined) continue;
    const dims = tensorDims(layer.weight);
    const rounded = roundWeights(tensorToFloat32(layer.weight, model), dims, layer.axis, bits);
    graph.setInput(
      node,
      1,
      graph.setInitializer(float32Tensor(graph.uniqueName(`${layer.weight.name}_rounded`), dims, rounded)),
    );
    graph.setInput(node, 0, roundedActivation(graph, layer.input, ranges[layer.input]!, bits));
  }
  graph.sort();
  return copy;
}

/** Weights rounded to the levels of `bits` bits, channel by channel, as floats. */
export function roundWeights(
  data: Float32Array,
  dims: readonly number[],
  axis: number | null,
  bits: number,
): Float32Array {
  const channels = axis === null ? 1 : dims[axis]!;
  const inner = axis === null ? data.length : dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const members: number[][] = Array.from({ length: channels }, () => []);
  data.forEach((_, i) => members[Math.floor(i / inner) % channels]!.push(i));
  const result = new Float32Array(data.length);
  for (const indices of members) {
    const rounded = roundChannel(
      indices.map((i) => data[i]!),
      bits,
    );
    indices.forEach((i, k) => (result[i] = rounded[k]!));
  }
  return result;
}

function roundChannel(values: readonly number[], bits: number): number[] {
  if (bits === 1) {
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
    return values.map((value) => (value < 0 ? -mean : mean));
  }
  const limit = 2 ** (bits - 1) - 1;
  const amax = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  let best = { error: Infinity, rounded: [...values] };
  for (let share = 20; share >= 1; share--) {
    const scale = (amax * share) / 20 / limit || 1;
    const rounded = values.map((value) => Math.min(limit, Math.max(-limit, Math.round(value / scale))) * scale);
    const error = rounded.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
    if (error < best.error) best = { error, rounded };
  }
  return best.rounded;
}

/** x -> low + round((clip(x) - low) / step) * step, with 2^bits - 1 steps from low to high. */
function roundedActivation(graph: Graph, tensor: string, range: { low: number; high: number }, bits: number): string {
  const step = (range.high - range.low) / (2 ** bits - 1) || 1;
  const constant = (part: string, value: number): string =>
    graph.setInitializer(float32Tensor(graph.uniqueName(`${tensor}_${part}_${bits}`), [], [value]));
  const add = (op: string, inputs: string[]): string => {
    const output = graph.uniqueName(`${tensor}_${op.toLowerCase()}_${bits}`);
    graph.addNode({ op, inputs, outputs: [output] });
    return output;
  };
  const [low, high, size] = [constant('low', range.low), constant('high', range.high), constant('step', step)];
  const steps = add('Round', [add('Div', [add('Sub', [add('Clip', [tensor, low, high]), low]), size])]);
  return add('Add', [add('Mul', [steps, size]), low]);
}
