import type { Graph } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { floatTensors } from './float-tensors.js';

/**
 * Which tensors a calibration covers. `all`: whatever any runtime could run in INT8, as a TensorRT calibration cache needs
 * (the builder places INT8 where it likes). `explicit`: only what our own Q/DQ placement reads, which is a third of them
 * and saves as much time.
 */
export type Coverage = 'all' | 'explicit';

/** Operators that some runtime runs in INT8, so that their inputs' and outputs' ranges are of use. */
const int8Operators = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'Add',
  'Sub',
  'Mul',
  'Concat',
  'Relu',
  'Clip',
  'LeakyRelu',
  'PRelu',
  'HardSwish',
  'HardSigmoid',
  'Sigmoid',
  'Tanh',
  'Elu',
  'Gelu',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'Resize',
  'Upsample',
  'BatchNormalization',
  'Softmax',
  'LayerNormalization',
]);

/** Operators whose inputs our placements quantise, and those of which they quantise the output as well. */
const placedInputs = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'AveragePool',
  'GlobalAveragePool',
  'MaxPool',
  'Concat',
  'Resize',
  'LeakyRelu',
]);
const placedOutputs = new Set(['Conv', 'AveragePool', 'GlobalAveragePool', 'Concat', 'LeakyRelu']);
/** Activations that fuse with the layer before them. */
const fusing = new Set(['Relu', 'Clip']);

/** Float tensors whose ranges are found, in topological order. One table serves all runtimes, so no target matters here. */
export function calibrationTensors(graph: Graph, coverage: Coverage = 'all'): string[] {
  const float = floatTensors(graph);
  const wanted = new Set<string>();
  for (const node of graph.nodes) {
    const names = coverage === 'all' ? everyTensor(node) : placedTensors(graph, node);
    for (const name of names) if (float.has(name)) wanted.add(name);
  }
  return [...float].filter((name) => wanted.has(name));
}

function everyTensor(node: NodeProto): string[] {
  return int8Operators.has(node.opType) ? [...node.input, ...node.output] : [];
}

function placedTensors(graph: Graph, node: NodeProto): string[] {
  if (isResidual(graph, node)) return [...node.input, ...node.output];
  const inputs = placedInputs.has(node.opType) ? node.input : [];
  const producer = graph.producers.get(node.input[0] ?? '');
  const fused = fusing.has(node.opType) && producer !== undefined && fusesWith(graph, producer);
  return [...inputs, ...(placedOutputs.has(node.opType) || fused ? node.output : [])];
}

/** An Add of two activations; with a constant it is arithmetic (half of a hard swish) that no placement touches. */
function isResidual(graph: Graph, node: NodeProto): boolean {
  return node.opType === 'Add' && node.input.every((name) => graph.constantOf(name) === null);
}

function fusesWith(graph: Graph, producer: NodeProto): boolean {
  return (
    placedOutputs.has(producer.opType) || ['Gemm', 'MatMul'].includes(producer.opType) || isResidual(graph, producer)
  );
}
