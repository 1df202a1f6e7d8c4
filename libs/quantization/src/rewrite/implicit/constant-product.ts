import { float32Tensor, floatOf, type Graph, intOf, onnxType, tensorDims, tensorToFloat32 } from '@octet/onnx';
import type { NodeProto, TensorProto } from 'onnx-buf';

/** A Gemm or MatMul of an activation with constant weights, read as a 1x1 convolution over the activation's rows. */
export interface ConstantProduct {
  input: string;
  output: string;
  /** [M, K, 1, 1]. */
  kernel: TensorProto;
  /** [M]; null for none. */
  bias: TensorProto | null;
  /** The Add behind the product that `bias` came from; null where there is none. */
  add: NodeProto | null;
}

/** Reads a node as such a product, its factors and transposition folded into the constants; null if it is none. */
export function constantProduct(graph: Graph, node: NodeProto): ConstantProduct | null {
  const weight = floatConstant(graph, node.input[1]);
  const input = node.input[0] ?? '';
  if (weight === null || tensorDims(weight).length !== 2 || graph.constantOf(input) !== null) return null;
  if (node.opType === 'MatMul') return withAdd(graph, node, kernelOf(graph, weight, { transposed: false, alpha: 1 }));
  if (node.opType !== 'Gemm' || intOf(node, 'transA', 0) !== 0) return null;
  const transposed = intOf(node, 'transB', 0) !== 0;
  const biasName = node.input[2] ?? '';
  const bias = floatConstant(graph, biasName);
  const columns = tensorDims(weight)[transposed ? 0 : 1] ?? 0;
  if (biasName !== '' && (bias === null || !isRow(tensorDims(bias), columns, 2))) return null;
  const kernel = kernelOf(graph, weight, { transposed, alpha: floatOf(node, 'alpha', 1) });
  if (bias === null) return withAdd(graph, node, kernel);
  const values = biasOf(graph, bias, columns, floatOf(node, 'beta', 1));
  return { input, output: node.output[0] ?? '', kernel, bias: values, add: null };
}

function floatConstant(graph: Graph, name: string | undefined): TensorProto | null {
  const tensor = name === undefined || name === '' ? null : graph.constantOf(name);
  return tensor !== null && onnxType(tensor.dataType) === 'float32' ? tensor : null;
}

/** One value for each column, or one for all, in a tensor that adds no dimension to one of `rank`. */
function isRow(dims: readonly number[], columns: number, rank: number): boolean {
  const last = dims.at(-1) ?? 1;
  return dims.length <= rank && (last === columns || last === 1) && dims.slice(0, -1).every((dim) => dim === 1);
}

/** alpha B as [M, K, 1, 1]; bytes that are in this order already are shared. */
function kernelOf(graph: Graph, weight: TensorProto, form: { transposed: boolean; alpha: number }): TensorProto {
  const [first = 0, second = 0] = tensorDims(weight);
  const [rows, depth] = form.transposed ? [first, second] : [second, first];
  const name = graph.uniqueName(`${weight.name}__kernel`);
  const dims = [rows, depth, 1, 1];
  const values = tensorToFloat32(weight, graph.model);
  if (form.transposed) {
    return float32Tensor(name, dims, form.alpha === 1 ? values : values.map((value) => value * form.alpha));
  }
  const kernel = new Float32Array(values.length);
  for (let k = 0; k < depth; k++)
    for (let row = 0; row < rows; row++) kernel[row * depth + k] = values[k * rows + row]! * form.alpha;
  return float32Tensor(name, dims, kernel);
}

function biasOf(graph: Graph, bias: TensorProto, columns: number, beta: number): TensorProto {
  const values = tensorToFloat32(bias, graph.model);
  const name = graph.uniqueName(`${bias.name}__row`);
  return float32Tensor(
    name,
    [columns],
    Float32Array.from({ length: columns }, (_, c) => values[values.length === 1 ? 0 : c]! * beta),
  );
}

/** The product with the constant that the only node behind it adds, where there is such a node. */
function withAdd(graph: Graph, node: NodeProto, kernel: TensorProto): ConstantProduct {
  const output = node.output[0] ?? '';
  const alone = { input: node.input[0] ?? '', output, kernel, bias: null, add: null };
  const [add, ...others] = graph.consumersOf(output);
  if (add?.opType !== 'Add' || others.length > 0 || graph.isOutput(output) || graph.isCaptured(output)) return alone;
  const addend = floatConstant(
    graph,
    add.input.find((name) => name !== output),
  );
  const columns = tensorDims(kernel)[0] ?? 0;
  // A product has two dimensions at least.
  if (addend === null || !isRow(tensorDims(addend), columns, 2)) return alone;
  return { ...alone, output: add.output[0] ?? '', bias: biasOf(graph, addend, columns, 1), add };
}
