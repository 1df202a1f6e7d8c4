import type { NodeProto } from 'onnx-buf';

import type { TensorRange } from '../calibration/ranges.js';
import { activationParameters } from '../rewrite/tensor-parameters.js';
import { isExcluded, layerName } from './exclusions.js';
import type { PlacementRequest } from './onnxruntime-cpu.js';
import type { LeftLayer, PlacementPlan } from './plan.js';
import { isLayer, weightedLayer, weightedOperators, type LeftReason, type WeightedLayer } from './weighted-layer.js';

/**
 * Operators without weights that TensorRT runs in INT8 between layers: worth a pair at their inputs when a quantised layer
 * reads their output, for the pair then saves memory traffic and moves along.
 */
const bridges = new Set(['Add', 'AveragePool', 'GlobalAveragePool', 'Concat', 'Resize']);

/** Operators through which the builder moves a quantising node towards the input by itself. */
const passable = new Set([
  'Relu',
  'Clip',
  'MaxPool',
  'Reshape',
  'Transpose',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Dropout',
]);

const scaleOf = (range: TensorRange) => activationParameters(range, 'static-symmetric', 'int8');

/**
 * Placement for TensorRT (and ONNX Runtime's CUDA and TensorRT providers): signed symmetric pairs at the inputs of
 * weighted layers; the builder moves them through ReLU, pooling and shuffles and fuses the rest (NVIDIA, TensorRT
 * Developer Guide, "Explicit Quantization": Q/DQ at the inputs of quantisable layers, none at the outputs). A residual Add
 * gets pairs at both branches, without which the convolution before it gives out float; the inputs of a Concat share one
 * scale, so that it is done in place. MatMul of two activations (attention) gets pairs at both inputs. Softmax and
 * LayerNorm stay float.
 */
export function placeForTensorRt(request: PlacementRequest): PlacementPlan {
  const plan: PlacementPlan = { layers: [], tensors: new Map(), joined: [], left: [] };
  for (const node of request.graph.nodes) {
    if (weightedOperators.has(node.opType)) placeWeighted(request, node, plan);
  }
  // From the outputs to the inputs: a bridge is worth it when what reads it is quantised.
  for (const node of request.graph.nodes.toReversed()) {
    if (bridges.has(node.opType) && !isExcluded(node, request.exclude)) placeBridge(request, node, plan);
  }
  shareConcatScales(request, plan);
  return plan;
}

function placeWeighted(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): void {
  const found = layerOrReason(request, node);
  if ('activations' in found) {
    for (const name of found.activations) addReader(request, plan, name, node);
    plan.joined.push({ name: layerName(node), opType: node.opType, reason: 'both inputs are activations with ranges' });
  } else if (isLayer(found)) {
    plan.layers.push(found);
    addReader(request, plan, found.input, node);
  } else plan.left.push({ name: layerName(node), opType: node.opType, reason: found.reason });
}

type Found = WeightedLayer | LeftReason | { activations: string[] };

function layerOrReason(request: PlacementRequest, node: NodeProto): Found {
  if (isExcluded(node, request.exclude)) return { reason: 'excluded by the recipe' };
  const inputs = node.input.slice(0, 2);
  const computed = inputs.every((name) => request.graph.constantOf(name) === null);
  if (node.opType === 'MatMul' && computed) {
    return hasRanges(request, inputs) ? { activations: inputs } : { reason: 'the table has no range for its inputs' };
  }
  const layer = weightedLayer(request.graph, node);
  if (!isLayer(layer)) return layer;
  return hasRanges(request, [layer.input])
    ? layer
    : { reason: `the table has no range for its input "${layer.input}"` };
}

function hasRanges(request: PlacementRequest, names: readonly string[]): boolean {
  return names.every((name) => request.table.tensors[name] !== undefined);
}

function addReader(request: PlacementRequest, plan: PlacementPlan, tensor: string, reader: NodeProto): void {
  const known = plan.tensors.get(tensor);
  if (known !== undefined) {
    known.readers.add(layerName(reader));
    return;
  }
  const parameters = scaleOf(request.table.tensors[tensor]!);
  plan.tensors.set(tensor, { tensor, parameters, at: 'readers', readers: new Set([layerName(reader)]) });
}

function placeBridge(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): void {
  const { graph } = request;
  const inputs = bridgeInputs(node);
  if (!hasRanges(request, inputs) || !readInInt8(request, node, plan)) return;
  // A computed Add of one tensor and a constant is no residual: TensorRT fuses it as it is.
  if (inputs.some((name) => graph.constantOf(name) !== null)) return;
  for (const name of inputs) addReader(request, plan, name, node);
  const entry: LeftLayer = { name: layerName(node), opType: node.opType, reason: 'a quantised layer reads its output' };
  plan.joined.push(entry);
}

function bridgeInputs(node: NodeProto): string[] {
  return node.opType === 'Add' || node.opType === 'Concat' ? node.input.filter(Boolean) : [node.input[0]!];
}

/** True if a quantised layer reads the node's output, at once or through operators that the builder passes. */
function readInInt8(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): boolean {
  const output = node.output[0]!;
  if ((plan.tensors.get(output)?.readers.size ?? 0) > 0) return true;
  return request.graph
    .consumersOf(output)
    .some((reader) => passable.has(reader.opType) && reader.input[0] === output && readInInt8(request, reader, plan));
}

/** Gives all inputs of a joined Concat the largest of their scales, until those that share an input agree as well. */
function shareConcatScales(request: PlacementRequest, plan: PlacementPlan): void {
  const joined = new Set(plan.joined.map((entry) => entry.name));
  const concats = request.graph.nodes
    .filter((node) => node.opType === 'Concat' && joined.has(layerName(node)))
    .map((node) => node.input.map((name) => plan.tensors.get(name)!));
  let settled = false;
  while (!settled) {
    settled = true;
    for (const inputs of concats) {
      const scale = Math.max(...inputs.map((input) => input.parameters.scale));
      for (const input of inputs.filter(({ parameters }) => parameters.scale < scale)) {
        input.parameters = { ...input.parameters, scale };
        settled = false;
      }
    }
  }
}
