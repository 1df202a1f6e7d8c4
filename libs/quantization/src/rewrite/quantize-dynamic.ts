import { OctetError, type QuantizationRecipe } from '@octet/domain';
import {
  copyModel,
  float32Tensor,
  Graph,
  intOf,
  type Model,
  tensorDims,
  tensorToFloat32,
  uint8Tensor,
} from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { quantizeWeights } from '../arithmetic/weights.js';
import { floatTensors } from '../calibration/float-tensors.js';
import { isExcluded, layerName } from '../placement/exclusions.js';
import type { PlacementPlan } from '../placement/plan.js';
import { isLayer, weightedLayer, weightedOperators, type WeightedLayer } from '../placement/weighted-layer.js';
import { withOpset } from './newer-opset.js';
import { nameNodes, type QuantizationTarget } from './quantize-static.js';
import { writeIntegerLayer, type DynamicInput } from './integer-layer.js';

/** DynamicQuantizeLinear came with opset 11. */
const dynamicOpset = 11;

/**
 * Dynamic INT8: ranges are found at run time. Asymmetric: DynamicQuantizeLinear (scale = (max(0,max) - min(0,min))/255).
 * Symmetric: Abs, ReduceMax, scale = amax/127 and QuantizeLinear with zero point 128. Both feed MatMulInteger or
 * ConvInteger, whose int32 result is scaled back to float. ONNX Runtime fuses MatMulInteger with what follows; its
 * ConvInteger is a plain kernel, slower than float: exclude `Conv` to keep convolutions in float.
 * Throws OctetError `recipe-unsupported` for TensorRT, which has none of these operators, and `opset-too-old`.
 */
export function quantizeDynamic(
  model: Model,
  recipe: QuantizationRecipe,
  target: QuantizationTarget,
): { model: Model; plan: PlacementPlan } {
  checkTarget(recipe, target);
  const copy = copyModel(withOpset(model, dynamicOpset));
  const graph = new Graph(copy);
  nameNodes(graph);
  const plan = planDynamic(graph, recipe);
  const inputs = new Map<string, DynamicInput>();
  for (const layer of plan.layers) {
    const input = inputs.get(layer.input) ?? dynamicInput(graph, layer.input, recipe.scheme === 'dynamic-symmetric');
    inputs.set(layer.input, input);
    writeIntegerLayer(graph, layer, input, integerWeights(graph, layer, recipe));
  }
  graph.removeUnused();
  graph.sort();
  copy.graph.valueInfo = [];
  return { model: copy, plan };
}

function checkTarget(recipe: QuantizationRecipe, target: QuantizationTarget): void {
  if (target === 'tensorrt') {
    throw new OctetError(
      'recipe-unsupported',
      `TensorRT has no DynamicQuantizeLinear, MatMulInteger or ConvInteger: ${recipe.scheme} runs on ONNX Runtime only. Use static-symmetric.`,
    );
  }
}

function planDynamic(graph: Graph, recipe: QuantizationRecipe): PlacementPlan {
  const plan: PlacementPlan = { layers: [], tensors: new Map(), joined: [], left: [] };
  const float = floatTensors(graph);
  for (const node of graph.nodes) {
    if (!weightedOperators.has(node.opType)) continue;
    const found = layerOrReason(graph, node, recipe.exclude, float);
    if (isLayer(found)) plan.layers.push(found);
    else plan.left.push({ name: layerName(node), opType: node.opType, reason: found.reason });
  }
  return plan;
}

function layerOrReason(graph: Graph, node: NodeProto, exclude: readonly string[], float: ReadonlySet<string>) {
  if (isExcluded(node, exclude)) return { reason: 'excluded by the recipe' };
  if (node.opType === 'ConvTranspose') return { reason: 'ONNX has no integer ConvTranspose' };
  const layer = weightedLayer(graph, node);
  return isLayer(layer) && !float.has(layer.input) ? { reason: 'its input is not known to be float32' } : layer;
}

function dynamicInput(graph: Graph, tensor: string, symmetric: boolean): DynamicInput {
  return symmetric ? symmetricInput(graph, tensor) : asymmetricInput(graph, tensor);
}

function asymmetricInput(graph: Graph, tensor: string): DynamicInput {
  const [quantized, scale, zeroPoint] = ['quantized', 'scale', 'zero_point'].map((part) =>
    graph.uniqueName(`${tensor}_${part}`),
  );
  graph.addNode({ op: 'DynamicQuantizeLinear', inputs: [tensor], outputs: [quantized!, scale!, zeroPoint!] });
  return { quantized: quantized!, scale: scale!, zeroPoint: zeroPoint! };
}

/** Keeps the scale of an all-zero tensor above zero. */
const smallestMagnitude = 2 ** -100;

function symmetricInput(graph: Graph, tensor: string): DynamicInput {
  const step = (op: string, inputs: string[], attributes = {}): string => {
    const output = graph.uniqueName(`${tensor}_${op.toLowerCase()}`);
    graph.addNode({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const constant = (part: string, value: number): string =>
    graph.setInitializer(float32Tensor(graph.uniqueName(`${tensor}_${part}`), [], [value]));
  const amax = step('ReduceMax', [step('Abs', [tensor])], { keepdims: 0 });
  const floor = step('Max', [amax, constant('smallest', smallestMagnitude)]);
  const scale = step('Div', [floor, constant('levels', 127)]);
  const zeroPoint = graph.setInitializer(uint8Tensor(graph.uniqueName(`${tensor}_zero_point`), [], [128]));
  return { quantized: step('QuantizeLinear', [tensor, scale, zeroPoint]), scale, zeroPoint };
}

/** Weights of a layer in the orientation that the integer operator wants: MatMulInteger's K x N, ConvInteger's own. */
function integerWeights(graph: Graph, layer: WeightedLayer, recipe: QuantizationRecipe) {
  const data = tensorToFloat32(layer.weight, graph.model);
  const dims = tensorDims(layer.weight);
  const transposed = layer.node.opType === 'Gemm' && intOf(layer.node, 'transB', 0) !== 0;
  const axis = recipe.granularity === 'per-channel' ? layer.axis : null;
  if (!transposed) return { dims, ...quantizeWeights(data, dims, axis, recipe.weightBits, null, layer.weight.name) };
  const [rows, columns] = [dims[0]!, dims[1]!];
  const turned = transpose(data, rows, columns);
  return {
    dims: [columns, rows],
    ...quantizeWeights(turned, [columns, rows], axis === null ? null : 1, recipe.weightBits, null, layer.weight.name),
  };
}

function transpose(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return result;
}
