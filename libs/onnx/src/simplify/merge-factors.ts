import type { NodeProto } from 'onnx-buf';
import { onnxType } from '../data-types.js';
import type { Graph } from '../graph.js';
import { tensorDims } from '../tensor-bytes.js';
import { float32Tensor, tensorToFloat32 } from '../tensors.js';

/** A Mul or Div of a tensor by one float32 number. */
interface Scaling {
  from: string;
  factor: number;
  /** Of the constant, all 1: they may widen the result. */
  dims: readonly number[];
}

/** Below it float32 loses digits (IEEE 754, binary32). */
const smallestNormal = 2 ** -126;

function scalingOf(graph: Graph, node: NodeProto): Scaling | null {
  if (node.opType !== 'Mul' && node.opType !== 'Div') return null;
  for (const at of node.opType === 'Mul' ? [0, 1] : [1]) {
    const tensor = graph.constantOf(node.input[at] ?? '');
    if (tensor === null || onnxType(tensor.dataType) !== 'float32') continue;
    const dims = tensorDims(tensor);
    if (dims.some((dim) => dim !== 1)) continue;
    const value = tensorToFloat32(tensor, graph.model)[0]!;
    return { from: node.input[1 - at] ?? '', factor: node.opType === 'Mul' ? value : 1 / value, dims };
  }
  return null;
}

/**
 * Two multiplications or divisions by one number each, one after the other, become one multiplication (the exporters of
 * PaddlePaddle write a hard swish's division by 6 before a learned factor). The product is computed in float64 and rounded once;
 * one that float32 does not hold with all its digits is left alone. Wants the nodes in topological order.
 */
export function mergeFactors(graph: Graph): void {
  for (const node of graph.nodes) {
    const second = scalingOf(graph, node);
    const before = second === null ? undefined : graph.producers.get(second.from);
    const first = before === undefined ? null : scalingOf(graph, before);
    if (second === null || before === undefined || first === null) continue;
    const { from } = second;
    if (graph.consumersOf(from).length !== 1 || graph.isOutput(from) || graph.isCaptured(from)) continue;
    const factor = Math.fround(first.factor * second.factor);
    if (!Number.isFinite(factor) || Math.abs(factor) < smallestNormal) continue;
    const dims = first.dims.length > second.dims.length ? first.dims : second.dims;
    const name = graph.setInitializer(
      float32Tensor(graph.uniqueName(`${from}_factor`), dims, new Float32Array([factor])),
    );
    node.opType = 'Mul';
    graph.setInputs(node, [first.from, name]);
    graph.removeNode(before);
  }
}
