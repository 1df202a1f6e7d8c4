import type { NodeProto, TensorProto } from 'onnx-buf';
import { findAttribute, tensorOf } from '../attributes.js';
import { onnxTypeCode } from '../data-types.js';
import type { Graph } from '../graph.js';
import { tensorToNumbers, float32Tensor, int64Tensor, renamedTensor } from '../tensors.js';
import { create } from '@bufbuild/protobuf';
import { TensorProtoSchema } from 'onnx-buf';
import { tensorBytes } from '../tensor-bytes.js';

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

function reshaped(graph: Graph, node: NodeProto, tensor: TensorProto): number[] | null {
  const dims = tensor.dims.map(Number);
  if (node.opType === 'Squeeze') return dims.filter((dim) => dim !== 1);
  const shape = graph.constantOf(node.input[1] ?? '');
  if (node.opType !== 'Reshape' || shape === null) return null;
  const wanted = tensorToNumbers(shape, graph.model).map((dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const known = wanted.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return wanted.map((dim) => (dim === -1 ? count / known : dim));
}

/** Reshape (and Squeeze of all ones) of a constant: the same bytes under other dims. Paddle's exports put biases there. */
export function foldConstantReshapes(graph: Graph): void {
  for (const node of graph.nodes.filter((candidate) => ['Reshape', 'Squeeze'].includes(candidate.opType))) {
    const tensor = graph.initializers.get(node.input[0] ?? '');
    const name = node.output[0] ?? '';
    const allOnes = node.opType !== 'Squeeze' || (node.input.length === 1 && node.attribute.length === 0);
    const dims = tensor === undefined || !allOnes || graph.isOutput(name) ? null : reshaped(graph, node, tensor);
    if (tensor === undefined || dims === null) continue;
    graph.removeNode(node);
    graph.setInitializer(
      create(TensorProtoSchema, {
        name,
        dims: dims.map(BigInt),
        dataType: tensor.dataType || onnxTypeCode('float32'),
        rawData: tensorBytes(tensor, graph.model),
      }),
    );
  }
}
