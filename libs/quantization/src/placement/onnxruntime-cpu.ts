import type { Graph } from '@octet/onnx';
import { floatOf, tensorToFloat32 } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import type { QuantizationParameters } from '../arithmetic/schemes.js';
import type { CalibrationTable } from '../calibration/table.js';
import { activationParameters, capUpperEnd, type StaticScheme } from '../rewrite/tensor-parameters.js';
import { isExcluded, layerName } from './exclusions.js';
import type { LeftLayer, PlacementPlan, TensorPlan } from './plan.js';
import { isLayer, weightedLayer, weightedOperators, type WeightedLayer } from './weighted-layer.js';

export interface PlacementRequest {
  graph: Graph;
  table: CalibrationTable;
  scheme: StaticScheme;
  exclude: readonly string[];
}

/**
 * Operators that move values without changing them: input and output share one scale, so that the runtime drops the
 * pairs around them and moves bytes (onnxruntime: "DropQDQ" selectors).
 */
const movers = new Set(['MaxPool', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** Operators with a QLinear kernel that runs between pairs that are there anyway. */
const joiners = new Set(['Add', 'AveragePool', 'GlobalAveragePool', 'Concat', 'LeakyRelu']);

/**
 * Placement for ONNX Runtime's CPU provider: Conv, Gemm and MatMul with constant weights, and what fuses with them.
 * A Conv needs a pair at its input and at its output (after a ReLU or Clip that fuses); MatMul and Gemm give out float by
 * themselves. Quantising every operator costs more than it saves here. Add, Concat and pooling are joined where their
 * inputs are INT8 already and a quantised layer reads their output: that adds no conversion, it takes some away.
 */
export function placeForOnnxRuntimeCpu(request: PlacementRequest): PlacementPlan {
  const plan: PlacementPlan = { layers: [], tensors: new Map(), joined: [], left: [] };
  for (const node of request.graph.nodes) {
    if (weightedOperators.has(node.opType)) placeLayer(request, node, plan);
  }
  for (const node of request.graph.nodes) joinNode(request, node, plan);
  return plan;
}

function placeLayer(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): void {
  const found = obstacle(request, node);
  if (!isLayer(found)) {
    plan.left.push({ name: layerName(node), opType: node.opType, reason: found.reason });
    return;
  }
  plan.layers.push(found);
  wantInput(request, plan, found.input, node);
  if (node.opType !== 'Conv') return;
  const output = fusedOutput(request, node);
  const range = rangeOrNull(request, output.tensor)!;
  plan.tensors.set(output.tensor, {
    ...sourcePlan(output.tensor, output.cap(range)),
    readers: plan.tensors.get(output.tensor)?.readers ?? new Set(),
  });
}

function sourcePlan(tensor: string, parameters: QuantizationParameters): TensorPlan {
  return { tensor, parameters, at: 'source', readers: new Set() };
}

function obstacle(request: PlacementRequest, node: NodeProto): WeightedLayer | { reason: string } {
  if (isExcluded(node, request.exclude)) return { reason: 'excluded by the recipe' };
  if (node.opType === 'ConvTranspose') return { reason: 'ONNX Runtime has no INT8 ConvTranspose on the CPU' };
  const layer = weightedLayer(request.graph, node);
  if (!isLayer(layer)) return layer;
  if (rangeOrNull(request, layer.input) === null)
    return { reason: `the table has no range for its input "${layer.input}"` };
  const output = fusedOutput(request, node).tensor;
  if (node.opType === 'Conv' && rangeOrNull(request, output) === null) {
    return { reason: `the table has no range for its output "${output}"` };
  }
  return layer;
}

function rangeOrNull(request: PlacementRequest, tensor: string): QuantizationParameters | null {
  const range = request.table.tensors[tensor];
  return range === undefined ? null : activationParameters(range, request.scheme, 'uint8');
}

function wantInput(request: PlacementRequest, plan: PlacementPlan, tensor: string, reader: NodeProto): void {
  const known = plan.tensors.get(tensor);
  if (known !== undefined) {
    known.readers.add(layerName(reader));
    return;
  }
  const parameters = rangeOrNull(request, tensor)!;
  plan.tensors.set(tensor, { tensor, parameters, at: 'readers', readers: new Set([layerName(reader)]) });
}

interface FusedOutput {
  tensor: string;
  cap: (p: QuantizationParameters) => QuantizationParameters;
}

const uncapped = (p: QuantizationParameters): QuantizationParameters => p;

/**
 * The tensor after a ReLU or Clip that alone reads the layer's output and that quantising makes superfluous: a ReLU when
 * nothing below zero can be written, a Clip when its bounds hold all that can be written.
 */
function fusedOutput(request: PlacementRequest, node: NodeProto): FusedOutput {
  const { graph } = request;
  const own = { tensor: node.output[0]!, cap: uncapped };
  const readers = graph.consumersOf(own.tensor);
  const next = readers[0];
  if (readers.length !== 1 || next === undefined || graph.isOutput(own.tensor) || graph.isCaptured(own.tensor))
    return own;
  const tensor = next.output[0]!;
  const parameters = rangeOrNull(request, tensor);
  if (parameters === null || parameters.zeroPoint !== 0) return own;
  if (next.opType === 'Relu') return { tensor, cap: uncapped };
  if (next.opType !== 'Clip') return own;
  const bounds = clipBounds(graph, next);
  if (bounds === null || bounds.min > 0 || bounds.max <= 0) return own;
  return { tensor, cap: (p) => capUpperEnd(p, bounds.max) };
}

function clipBounds(graph: Graph, node: NodeProto): { min: number; max: number } | null {
  const bound = (index: number, attribute: string, absent: number): number | null => {
    const name = node.input[index];
    if (name === undefined || name === '') return floatOf(node, attribute, absent);
    const tensor = graph.constantOf(name);
    return tensor === null ? null : (tensorToFloat32(tensor, graph.model)[0] ?? absent);
  };
  const min = bound(1, 'min', -Infinity);
  const max = bound(2, 'max', Infinity);
  return min === null || max === null ? null : { min, max };
}

/** Lets a node without weights run in INT8 where its inputs are INT8 and its output is wanted in INT8. */
function joinNode(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): void {
  if (isExcluded(node, request.exclude)) return;
  const mover = movers.has(node.opType);
  if (!mover && !joiners.has(node.opType)) return;
  const inputs = mover ? [node.input[0]!] : node.input.filter(Boolean);
  if (inputs.length === 0 || !inputs.every((name) => plan.tensors.get(name)?.at === 'source')) return;
  const output = joinedOutput(request, node, plan);
  if (output === null) return;
  output.at = 'source';
  if (mover) output.parameters = plan.tensors.get(inputs[0]!)!.parameters;
  plan.joined.push(joinedEntry(node));
}

function joinedEntry(node: NodeProto): LeftLayer {
  return { name: layerName(node), opType: node.opType, reason: 'its inputs are INT8 and its output is read in INT8' };
}

/** The plan of the node's output (after a ReLU, for Add) if a quantised layer reads it. */
function joinedOutput(request: PlacementRequest, node: NodeProto, plan: PlacementPlan): TensorPlan | null {
  const fused = movers.has(node.opType) ? node.output[0]! : fusedOutput(request, node).tensor;
  return plan.tensors.get(fused) ?? null;
}
