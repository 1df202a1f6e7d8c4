import type { Graph } from '@octet/onnx';
import { floatOf, tensorToFloat32 } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import type { QuantizationParameters } from '../arithmetic/schemes.js';
import type { CalibrationTable } from '../calibration/table.js';
import { activationParameters, capUpperEnd, type StaticScheme } from '../rewrite/tensor-parameters.js';
import { isExcluded, layerName } from './exclusions.js';
import { joinBetween } from './join.js';
import type { PlacementPlan, TensorPlan } from './plan.js';
import { isLayer, weightedLayer, weightedOperators, type WeightedLayer } from './weighted-layer.js';

export interface PlacementRequest {
  graph: Graph;
  table: CalibrationTable;
  scheme: StaticScheme;
  exclude: readonly string[];
}

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
  joinBetween(request.graph, plan, {
    excluded: (node) => isExcluded(node, request.exclude),
    fusedOutput: (node) => fusedOutput(request, node).tensor,
    parametersOf: (tensor) => rangeOrNull(request, tensor),
  });
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
