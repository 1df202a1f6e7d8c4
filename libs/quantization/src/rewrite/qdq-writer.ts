import {
  float32Tensor,
  type Graph,
  intOf,
  int32Tensor,
  int8Tensor,
  tensorDims,
  tensorToFloat32,
  uint8Tensor,
} from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { biasCorrection } from '../arithmetic/bias-correction.js';
import type { QuantizationParameters } from '../arithmetic/schemes.js';
import { biasScaleFloors, quantizeBias, quantizeWeights, type QuantizedWeights } from '../arithmetic/weights.js';
import { layerName } from '../placement/exclusions.js';
import type { TensorPlan } from '../placement/plan.js';
import type { WeightedLayer } from '../placement/weighted-layer.js';

export interface WriterOptions {
  /** Domain of QuantizeLinear and DequantizeLinear: '' from opset 13, `com.microsoft` below (per-channel axis). */
  domain: '' | 'com.microsoft';
  perChannel: boolean;
  weightBits: 7 | 8;
  /** True: weights as int8 and DequantizeLinear only. False: float weights with both nodes, as TensorRT's parser wants. */
  integerWeights: boolean;
  /** True: bias as int32 at input scale * weight scale. False: bias stays float. */
  integerBias: boolean;
  /** Means of the layers' inputs, from which their biases are corrected; null: biases stay as they are. */
  channelMeans: Readonly<Record<string, readonly number[]>> | null;
}

/** Puts the two nodes of one activation into the graph. Call `graph.sort()` when all are in. */
export function writeActivationPair(graph: Graph, plan: TensorPlan, options: WriterOptions): void {
  const { tensor, parameters } = plan;
  const constants = activationConstants(graph, tensor, parameters);
  const quantized = graph.uniqueName(`${tensor}_quantized`);
  const source = plan.at === 'source' ? renameProducer(graph, tensor) : tensor;
  const result = plan.at === 'source' ? tensor : graph.uniqueName(`${tensor}_dequantized`);
  if (plan.at === 'readers') graph.redirect(tensor, result, (node) => plan.readers.has(layerName(node)));
  addConversion('QuantizeLinear', graph, source, quantized, constants, options.domain, null);
  addConversion('DequantizeLinear', graph, quantized, result, constants, options.domain, null);
}

/** The producer gives out another name, so that every reader, and the graph's output, sees the dequantised value. */
function renameProducer(graph: Graph, tensor: string): string {
  const producer = graph.producers.get(tensor)!;
  const raw = graph.uniqueName(`${tensor}_raw`);
  graph.setOutput(producer, producer.output.indexOf(tensor), raw);
  return raw;
}

interface ScaleNames {
  scale: string;
  zeroPoint: string;
}

function activationConstants(graph: Graph, tensor: string, p: QuantizationParameters): ScaleNames {
  const make = p.qmin < 0 ? int8Tensor : uint8Tensor;
  return {
    scale: graph.setInitializer(float32Tensor(graph.uniqueName(`${tensor}_scale`), [], [p.scale])),
    zeroPoint: graph.setInitializer(make(graph.uniqueName(`${tensor}_zero_point`), [], [p.zeroPoint])),
  };
}

function addConversion(
  op: 'QuantizeLinear' | 'DequantizeLinear',
  graph: Graph,
  from: string,
  to: string,
  by: ScaleNames,
  domain: string,
  axis: number | null,
): NodeProto {
  const attributes = axis === null ? {} : { axis };
  return graph.addNode({ op, domain, inputs: [from, by.scale, by.zeroPoint], outputs: [to], attributes });
}

/** Weights written so far, by tensor, axis and scale floors: layers may share them. */
export type WeightCache = Map<string, string>;

/** Replaces a layer's weight (and bias) by quantised ones. `inputScale` is that of its quantised input. */
export function writeWeights(
  graph: Graph,
  layer: WeightedLayer,
  inputScale: number,
  options: WriterOptions,
  cache: WeightCache,
): void {
  const bias = layer.bias === null ? null : tensorToFloat32(layer.bias, graph.model);
  const floors = bias === null || !options.integerBias ? null : biasScaleFloors(bias, inputScale);
  const written = writeWeight(graph, layer, floors, options, cache);
  graph.setInput(layer.node, layer.weightIndex, written.name);
  const corrected = correctedBias(layer, bias, written, options);
  const wanted = corrected ?? bias;
  if (wanted !== null && options.integerBias)
    graph.setInput(layer.node, 2, writeBias(graph, layer, wanted, inputScale, written.weights.scales, options));
  else if (corrected !== null) graph.setInput(layer.node, 2, writeFloatBias(graph, layer, corrected));
}

/** The bias (zeros where there is none) after its correction; null where there is nothing to correct it from. */
function correctedBias(
  { node, input, weight, axis }: WeightedLayer,
  bias: Float32Array | null,
  { data, weights }: WrittenWeight,
  { channelMeans }: WriterOptions,
): Float32Array | null {
  const means = channelMeans?.[input];
  // A MatMul has no bias, and the zeros between a ConvTranspose's inputs are no part of their mean.
  if (means === undefined || (node.opType !== 'Conv' && node.opType !== 'Gemm')) return null;
  const layout = { dims: tensorDims(weight), outputs: axis === 1 ? 1 : 0, groups: intOf(node, 'group', 1) } as const;
  const correction = biasCorrection(data, weights, layout, means);
  return Float32Array.from(correction, (value, channel) => value + (bias?.[channel] ?? 0));
}

/** A layer's weight in the graph, and what was rounded to what. */
interface WrittenWeight {
  name: string;
  data: Float32Array;
  weights: QuantizedWeights;
}

function writeWeight(
  graph: Graph,
  layer: WeightedLayer,
  floors: Float64Array | null,
  options: WriterOptions,
  cache: WeightCache,
): WrittenWeight {
  const axis = options.perChannel ? layer.axis : null;
  const dims = tensorDims(layer.weight);
  const data = tensorToFloat32(layer.weight, graph.model);
  const shared =
    floors === null || axis !== null ? floors : Float64Array.of(floors.reduce((a, b) => Math.max(a, b), 0));
  const weights = quantizeWeights(data, dims, axis, options.weightBits, shared, layer.weight.name);
  const key = `${layer.weight.name}/${axis}/${Buffer.from(weights.scales.buffer).toString('base64')}`;
  const name = cache.get(key) ?? addWeight(graph, layer, weights, dims, options);
  cache.set(key, name);
  return { name, data, weights };
}

function addWeight(
  graph: Graph,
  layer: WeightedLayer,
  weights: QuantizedWeights,
  dims: number[],
  options: WriterOptions,
): string {
  const base = layer.weight.name || `${layerName(layer.node)}_weight`;
  const scaleDims = weights.axis === null ? [] : [weights.scales.length];
  const zeros = new Int8Array(weights.scales.length);
  const constants = {
    scale: graph.setInitializer(float32Tensor(graph.uniqueName(`${base}_scale`), scaleDims, weights.scales)),
    zeroPoint: graph.setInitializer(int8Tensor(graph.uniqueName(`${base}_zero_point`), scaleDims, zeros)),
  };
  const quantized = graph.uniqueName(`${base}_quantized`);
  const result = graph.uniqueName(`${base}_dequantized`);
  if (options.integerWeights) graph.setInitializer(int8Tensor(quantized, dims, weights.values));
  else
    addConversion(
      'QuantizeLinear',
      graph,
      layer.node.input[layer.weightIndex]!,
      quantized,
      constants,
      options.domain,
      weights.axis,
    );
  addConversion('DequantizeLinear', graph, quantized, result, constants, options.domain, weights.axis);
  return result;
}

function writeBias(
  graph: Graph,
  layer: WeightedLayer,
  bias: Float32Array,
  inputScale: number,
  weightScales: Float32Array,
  options: WriterOptions,
): string {
  const base = biasName(layer);
  const { values, scales } = quantizeBias(bias, inputScale, weightScales);
  // One scale for all weights means one for all biases; a per-channel list of equal scales would not fuse.
  const perTensor = weightScales.length === 1;
  const dims = perTensor ? [] : [scales.length];
  const quantized = graph.setInitializer(int32Tensor(graph.uniqueName(`${base}_quantized`), [values.length], values));
  const kept = perTensor ? scales.slice(0, 1) : scales;
  const constants = {
    scale: graph.setInitializer(float32Tensor(graph.uniqueName(`${base}_scale`), dims, kept)),
    zeroPoint: graph.setInitializer(
      int32Tensor(graph.uniqueName(`${base}_zero_point`), dims, new Int32Array(kept.length)),
    ),
  };
  const result = graph.uniqueName(`${base}_dequantized`);
  addConversion('DequantizeLinear', graph, quantized, result, constants, options.domain, perTensor ? null : 0);
  return result;
}

function writeFloatBias(graph: Graph, layer: WeightedLayer, bias: Float32Array): string {
  return graph.setInitializer(float32Tensor(graph.uniqueName(`${biasName(layer)}_corrected`), [bias.length], bias));
}

function biasName({ node, bias }: WeightedLayer): string {
  return bias?.name || `${layerName(node)}_bias`;
}
