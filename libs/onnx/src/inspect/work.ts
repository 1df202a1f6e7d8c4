import type { LayerWork } from '@octet/domain';
import type { NodeProto } from 'onnx-buf';
import { Graph } from '../graph.js';
import type { Model } from '../model.js';
import { inferShapes } from '../shapes/infer.js';
import { elementCount } from '../tensor-bytes.js';
import { macsOf } from './macs.js';

/** What runtimes fuse into the product before it, when nothing else reads what lies between. */
const fusable = new Set([
  'Add',
  'BatchNormalization',
  'Clip',
  'Elu',
  'Gelu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Mish',
  'Mul',
  'PRelu',
  'Relu',
  'Sigmoid',
  'Tanh',
]);

/**
 * Multiply-accumulates and weights of every layer that multiplies, for inputs of these shapes. A layer is known by the names
 * of its node and of what may be fused into it, and by the tensors that they make: runtimes name a fused layer after any of them.
 * Layers whose shapes can't be inferred are left out.
 */
export function modelWork(model: Model, shapes: Readonly<Record<string, readonly number[]>>): LayerWork[] {
  const graph = new Graph(model);
  const table = inferShapes(model, shapes);
  return graph.nodes.flatMap((node) => {
    const macs = macsOf(node, table);
    return macs === null || macs === 0 ? [] : [{ names: namesOf(graph, node), macs, weights: weightsOf(graph, node) }];
  });
}

function namesOf(graph: Graph, node: NodeProto): string[] {
  const names: string[] = [];
  for (let last: NodeProto | null = node; last !== null; last = fusedWith(graph, last)) {
    names.push(last.name, ...last.output);
  }
  return [...new Set(names.filter((name) => name !== ''))];
}

function fusedWith(graph: Graph, node: NodeProto): NodeProto | null {
  const output = node.output[0] ?? '';
  const [next, ...others] = graph.consumersOf(output);
  const alone = next !== undefined && others.length === 0 && !graph.isOutput(output);
  return alone && fusable.has(next.opType) ? next : null;
}

function weightsOf(graph: Graph, node: NodeProto): number {
  return node.input.reduce((sum, name) => {
    const constant = graph.constantOf(name);
    return constant === null ? sum : sum + elementCount(constant);
  }, 0);
}
