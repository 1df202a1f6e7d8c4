import type { Graph } from '@octet/onnx';

import { floatTensors } from './float-tensors.js';

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

/**
 * Tensors whose ranges are found: the float inputs and outputs of every operator that any runtime has in INT8. One table
 * serves all runtimes, so this does not depend on the target.
 */
export function calibrationTensors(graph: Graph): string[] {
  const float = floatTensors(graph);
  const wanted = new Set<string>();
  for (const node of graph.nodes) {
    if (!int8Operators.has(node.opType)) continue;
    for (const name of [...node.input, ...node.output]) if (float.has(name)) wanted.add(name);
  }
  return [...float].filter((name) => wanted.has(name));
}
