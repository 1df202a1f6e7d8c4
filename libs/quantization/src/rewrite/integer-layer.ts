import { float32Tensor, type Graph, int8Tensor, tensorDims, tensorToFloat32, uint8Tensor } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import type { QuantizedWeights } from '../arithmetic/weights.js';
import { layerName } from '../placement/exclusions.js';
import type { WeightedLayer } from '../placement/weighted-layer.js';

/** Names of an activation quantised at run time. */
export interface DynamicInput {
  quantized: string;
  scale: string;
  zeroPoint: string;
}

export type OrientedWeights = QuantizedWeights & { dims: number[] };

const floatCode = 1;

/**
 * Replaces a layer by its integer form: accumulate, cast to float, times input scale * weight scale, plus bias.
 * The integer node keeps the layer's name, so that it is found again in the runtime's layer list.
 */
export function writeIntegerLayer(
  graph: Graph,
  layer: WeightedLayer,
  input: DynamicInput,
  weights: OrientedWeights,
): void {
  const { node } = layer;
  const name = layerName(node);
  const output = node.output[0]!;
  const convolution = node.opType === 'Conv';
  const rank = weights.dims.length;
  const accumulator = graph.uniqueName(`${name}_accumulator`);
  const inner = convolution
    ? convInteger(graph, layer, input, weights, accumulator)
    : matMulInteger(graph, layer, input, weights, accumulator);
  graph.removeNode(node);
  graph.addNode(inner);
  const real = graph.uniqueName(`${name}_real`);
  graph.addNode({ op: 'Cast', inputs: [accumulator], outputs: [real], attributes: { to: floatCode } });
  const scale = graph.uniqueName(`${name}_scale`);
  graph.addNode({
    op: 'Mul',
    inputs: [input.scale, weightScale(graph, name, weights, convolution ? rank - 2 : 0)],
    outputs: [scale],
  });
  const scaled = layer.bias === null ? output : graph.uniqueName(`${name}_scaled`);
  graph.addNode({ op: 'Mul', inputs: [real, scale], outputs: [scaled] });
  if (layer.bias !== null)
    graph.addNode({
      op: 'Add',
      inputs: [scaled, floatBias(graph, layer, convolution ? rank - 2 : 0)],
      outputs: [output],
    });
}

/** One scale for all, or one for each channel, shaped to broadcast over `spatial` trailing dimensions. */
function weightScale(graph: Graph, name: string, weights: QuantizedWeights, spatial: number): string {
  const dims = weights.axis === null ? [] : [weights.scales.length, ...Array<number>(spatial).fill(1)];
  return graph.setInitializer(float32Tensor(graph.uniqueName(`${name}_weight_scale`), dims, weights.scales));
}

function floatBias(graph: Graph, layer: WeightedLayer, spatial: number): string {
  const values = tensorToFloat32(layer.bias!, graph.model);
  const dims = spatial === 0 ? tensorDims(layer.bias!) : [values.length, ...Array<number>(spatial).fill(1)];
  return graph.setInitializer(float32Tensor(graph.uniqueName(`${layerName(layer.node)}_bias`), dims, values));
}

function matMulInteger(
  graph: Graph,
  layer: WeightedLayer,
  input: DynamicInput,
  weights: OrientedWeights,
  output: string,
): NodeProto {
  const name = layerName(layer.node);
  const weight = graph.setInitializer(int8Tensor(graph.uniqueName(`${name}_weight`), weights.dims, weights.values));
  const zeros = new Int8Array(weights.scales.length);
  const zeroDims = weights.axis === null ? [] : [zeros.length];
  const zeroPoint = graph.setInitializer(int8Tensor(graph.uniqueName(`${name}_weight_zero_point`), zeroDims, zeros));
  return integerNode(graph, layer.node, 'MatMulInteger', [input.quantized, weight, input.zeroPoint, zeroPoint], output);
}

/** ONNX Runtime's ConvInteger takes uint8 weights only: the signed values move up by 128, their new zero point. */
function convInteger(
  graph: Graph,
  layer: WeightedLayer,
  input: DynamicInput,
  weights: OrientedWeights,
  output: string,
): NodeProto {
  const name = layerName(layer.node);
  const unsigned = Uint8Array.from(weights.values, (value) => value + 128);
  const weight = graph.setInitializer(uint8Tensor(graph.uniqueName(`${name}_weight`), weights.dims, unsigned));
  const zeroPoint = graph.setInitializer(uint8Tensor(graph.uniqueName(`${name}_weight_zero_point`), [], [128]));
  const node = integerNode(
    graph,
    layer.node,
    'ConvInteger',
    [input.quantized, weight, input.zeroPoint, zeroPoint],
    output,
  );
  node.attribute = [...layer.node.attribute];
  return node;
}

function integerNode(graph: Graph, from: NodeProto, op: string, inputs: string[], output: string): NodeProto {
  const node = graph.addNode({ op, name: from.name, inputs, outputs: [output] });
  graph.removeNode(node);
  return node;
}
