import type { Graph } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import type { QuantizationParameters } from '../arithmetic/schemes.js';
import { layerName } from './exclusions.js';
import type { PlacementPlan } from './plan.js';

/**
 * Operators that move values without changing them: input and output share one scale, so that the runtime drops the
 * pairs around them and moves bytes (onnxruntime: "DropQDQ" selectors).
 */
const movers = new Set(['MaxPool', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** Operators with a QLinear kernel that runs between pairs that are there anyway. */
const joiners = new Set(['Add', 'AveragePool', 'GlobalAveragePool', 'Concat', 'LeakyRelu']);

/** What joining needs to know of the placement around it. */
export interface JoinRules {
  excluded(node: NodeProto): boolean;
  /** The node's output, or that of the activation that fuses with it. */
  fusedOutput(node: NodeProto): string;
  /** null without a calibrated range. */
  parametersOf(tensor: string): QuantizationParameters | null;
}

/**
 * Lets operators without weights run in INT8 between quantised layers: those whose inputs all exist in INT8 (they come
 * from quantised layers, or from other such operators) and whose output leads to a quantised layer. That adds no
 * conversion, it takes some away. Works on the plan in place.
 */
export function joinBetween(graph: Graph, plan: PlacementPlan, rules: JoinRules): void {
  const candidates = capableNodes(graph, plan, rules);
  const wanted = wantedTensors(graph, plan, candidates);
  const concats: { node: NodeProto; output: string }[] = [];
  for (const [node, output] of candidates) {
    if (!wanted.has(output)) continue;
    const input = plan.tensors.get(node.input[0]!)!;
    const parameters = movers.has(node.opType) ? input.parameters : rules.parametersOf(output)!;
    const readers = plan.tensors.get(output)?.readers ?? new Set<string>();
    plan.tensors.set(output, { tensor: output, parameters, at: 'source', readers });
    plan.joined.push({
      name: layerName(node),
      opType: node.opType,
      reason: 'its inputs are INT8 and its output is read in INT8',
    });
    if (node.opType === 'Concat') concats.push({ node, output });
  }
  // From the outputs to the inputs: a Concat may itself be all that reads another.
  for (const { node, output } of concats.toReversed()) writeForConcat(graph, plan, node, output);
}

/**
 * QLinearConcat copies inputs that bear its output's scale and zero point, and looks every byte of the others up in a table. A tensor that it alone reads
 * is written with its output's parameters at once: it would be rounded to them in any case.
 */
function writeForConcat(graph: Graph, plan: PlacementPlan, concat: NodeProto, output: string): void {
  const { parameters } = plan.tensors.get(output)!;
  for (const name of new Set(inputsOf(concat))) {
    const alone = graph.consumersOf(name).every((reader) => reader === concat);
    if (!alone || graph.isOutput(name) || graph.isCaptured(name)) continue;
    if (isFree(graph.producers.get(name)!, parameters)) plan.tensors.get(name)!.parameters = parameters;
  }
}

/** A mover hands its input's parameters on; a Clip, and a ReLU with a zero point above the least value, would no longer fuse. */
function isFree(producer: NodeProto, parameters: QuantizationParameters): boolean {
  if (producer.opType === 'Relu') return parameters.zeroPoint === parameters.qmin;
  return producer.opType !== 'Clip' && !movers.has(producer.opType);
}

/** Nodes that could run in INT8, with their (fused) output, in topological order. */
function capableNodes(graph: Graph, plan: PlacementPlan, rules: JoinRules): Map<NodeProto, string> {
  const int8 = new Set(
    [...plan.tensors.values()].filter((tensor) => tensor.at === 'source').map((tensor) => tensor.tensor),
  );
  const found = new Map<NodeProto, string>();
  for (const node of graph.nodes) {
    const mover = movers.has(node.opType);
    if ((!mover && !joiners.has(node.opType)) || rules.excluded(node)) continue;
    if (!inputsOf(node).every((name) => int8.has(name))) continue;
    const output = mover ? node.output[0]! : rules.fusedOutput(node);
    if (!mover && rules.parametersOf(output) === null) continue;
    found.set(node, output);
    int8.add(output);
  }
  return found;
}

/** Activation inputs: a mover's others are shapes and axes. */
function inputsOf(node: NodeProto): string[] {
  return movers.has(node.opType) ? node.input.slice(0, 1) : node.input.filter(Boolean);
}

/** Outputs of the candidates that a quantised layer reads, at once or through further candidates. */
function wantedTensors(graph: Graph, plan: PlacementPlan, candidates: ReadonlyMap<NodeProto, string>): Set<string> {
  const wanted = new Set<string>();
  for (const [node, output] of [...candidates].toReversed()) {
    const read = (plan.tensors.get(output)?.readers.size ?? 0) > 0;
    const passedOn = graph
      .consumersOf(output)
      .some((reader) => reader !== node && wanted.has(candidates.get(reader) ?? ''));
    if (read || passedOn) wanted.add(output);
  }
  return wanted;
}
