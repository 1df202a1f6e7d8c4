import type { NodeProto } from 'onnx-buf';
import type { Graph } from '../graph.js';
import { tensorToNumbers } from '../tensors.js';

/** Dropout does nothing at inference unless its training_mode input (opset 12) may be true, or its mask is read. */
function isIdleDropout(graph: Graph, node: NodeProto): boolean {
  const mask = node.output[1] ?? '';
  if (mask !== '' && (graph.isOutput(mask) || graph.consumersOf(mask).length > 0)) return false;
  const mode = node.input[2] ?? '';
  const constant = graph.constantOf(mode);
  return mode === '' || (constant !== null && tensorToNumbers(constant)[0] === 0);
}

function doesNothing(graph: Graph, node: NodeProto): boolean {
  if (node.domain !== '' && node.domain !== 'ai.onnx') return false;
  return node.opType === 'Identity' || (node.opType === 'Dropout' && isIdleDropout(graph, node));
}

/** The producer takes over the output's name; its other readers follow. */
function giveOutputName(graph: Graph, node: NodeProto, from: string, output: string): boolean {
  const producer = graph.producers.get(from);
  if (producer === undefined || graph.isOutput(from) || graph.isCaptured(from)) return false;
  graph.removeNode(node);
  graph.setOutput(producer, producer.output.indexOf(from), output);
  graph.redirect(from, output);
  return true;
}

function bypass(graph: Graph, node: NodeProto): void {
  const from = node.input[0] ?? '';
  const to = node.output[0] ?? '';
  if (graph.isOutput(to)) {
    giveOutputName(graph, node, from, to);
    return;
  }
  if (graph.isCaptured(to)) return;
  graph.removeNode(node);
  graph.redirect(to, from);
}

/**
 * Removes Identity and idle Dropout. Readers read what went in; that also brings biases back that an exporter shares
 * through Identity of an initialiser (TensorRT copies those at every run). One that links an input or an initialiser
 * directly to an output of the graph stays.
 */
export function removeIdleNodes(graph: Graph): void {
  for (const node of graph.nodes.filter((candidate) => doesNothing(graph, candidate))) bypass(graph, node);
}
