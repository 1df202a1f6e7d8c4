import { Graph, inferShapes, type Model, tensorDims } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

/**
 * Turns MatMul of a matrix with constant weights, followed by the addition of one constant for each column, into a Gemm.
 * ONNX Runtime does the same while optimising, but then keeps the bias in float, and a Gemm with a float bias has no INT8
 * kernel; done before quantising, the bias becomes int32. Edits the graph in place.
 */
export function foldMatMulBiases(model: Model): void {
  const graph = new Graph(model);
  const candidates = graph.nodes.filter((node) => node.opType === 'Add' && matMulOf(graph, node) !== null);
  if (candidates.length === 0) return;
  const shapes = inferShapes(model);
  for (const add of candidates) {
    const found = matMulOf(graph, add);
    if (found !== null && shapes.get(found.matMul.input[0]!)?.shape?.length === 2) fold(graph, add, found);
  }
}

interface BiasedMatMul {
  matMul: NodeProto;
  bias: string;
}

function matMulOf(graph: Graph, add: NodeProto): BiasedMatMul | null {
  for (const [from, bias] of [add.input, [...add.input].reverse()] as [string, string][]) {
    const matMul = graph.producers.get(from);
    if (matMul?.opType === 'MatMul' && fits(graph, matMul, from, bias)) return { matMul, bias };
  }
  return null;
}

function fits(graph: Graph, matMul: NodeProto, product: string, bias: string): boolean {
  const weight = graph.initializers.get(matMul.input[1] ?? '');
  const addend = graph.initializers.get(bias);
  if (weight?.dims.length !== 2 || addend === undefined) return false;
  const dims = tensorDims(addend);
  const alone = graph.consumersOf(product).length === 1 && !graph.isOutput(product) && !graph.isCaptured(product);
  return (
    alone && dims.at(-1) === tensorDims(weight)[1] && dims.slice(0, -1).every((dim) => dim === 1) && dims.length <= 2
  );
}

function fold(graph: Graph, add: NodeProto, { matMul, bias }: BiasedMatMul): void {
  const output = add.output[0]!;
  graph.removeNode(add);
  graph.removeNode(matMul);
  graph.addNode({ op: 'Gemm', name: matMul.name, inputs: [...matMul.input, bias], outputs: [output] });
  graph.sort();
}
