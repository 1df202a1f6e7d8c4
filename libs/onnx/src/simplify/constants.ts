import type { NodeProto, TensorProto } from 'onnx-buf';
import { findAttribute, tensorOf } from '../attributes.js';
import type { Graph } from '../graph.js';
import { float32Tensor, int64Tensor, renamedTensor } from '../tensors.js';

/** The tensor that a Constant node makes; null for its sparse and string forms. */
function constantTensor(node: NodeProto, name: string): TensorProto | null {
  const whole = tensorOf(node, 'value');
  if (whole !== null) return renamedTensor(whole, name);
  const entry = findAttribute(node, 'value_float') ?? findAttribute(node, 'value_int');
  if (entry !== undefined)
    return entry.name === 'value_int' ? int64Tensor(name, [], [entry.i]) : float32Tensor(name, [], [entry.f]);
  const list = findAttribute(node, 'value_floats') ?? findAttribute(node, 'value_ints');
  if (list === undefined) return null;
  return list.name === 'value_ints'
    ? int64Tensor(name, [list.ints.length], list.ints)
    : float32Tensor(name, [list.floats.length], list.floats);
}

/** Constant nodes become initialisers of the same name, but for those that are outputs of the graph. */
export function constantsToInitializers(graph: Graph): void {
  for (const node of graph.nodes.filter((candidate) => candidate.opType === 'Constant')) {
    const name = node.output[0] ?? '';
    const tensor = graph.isOutput(name) ? null : constantTensor(node, name);
    if (tensor === null) continue;
    graph.removeNode(node);
    graph.setInitializer(tensor);
  }
}
