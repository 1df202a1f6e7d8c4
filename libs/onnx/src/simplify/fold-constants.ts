import { create } from '@bufbuild/protobuf';
import { type NodeProto, type TensorProto, TensorProtoSchema } from 'onnx-buf';
import { intOf, intsOf, tensorOf } from '../attributes.js';
import { onnxType, onnxTypeCode } from '../data-types.js';
import type { Graph } from '../graph.js';
import { plainDomain } from '../model.js';
import { tensorBytes, tensorByteLength, tensorDims } from '../tensor-bytes.js';
import { float32Tensor, tensorToFloat32, tensorToNumbers } from '../tensors.js';

/** What is folded may take so many bytes in all: a model may claim any ConstantOfShape. */
const mostBytes = 2 ** 30;

type Bytes = Uint8Array<ArrayBuffer>;
type Fold = (node: NodeProto, inputs: readonly TensorProto[], graph: Graph) => TensorProto | null;

const folds: Readonly<Record<string, Fold>> = {
  Reshape: (node, inputs, graph) => withDims(node, inputs, graph, reshapedDims(inputs, graph)),
  Squeeze: (node, inputs, graph) => withDims(node, inputs, graph, squeezedDims(node, inputs, graph)),
  Unsqueeze: (node, inputs, graph) => withDims(node, inputs, graph, unsqueezedDims(node, inputs, graph)),
  Flatten: (node, inputs, graph) => withDims(node, inputs, graph, flattenedDims(node, inputs)),
  Transpose: transposed,
  Cast: castToFloat,
  ConstantOfShape: filled,
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
};

/**
 * Nodes whose inputs are all constants become initialisers, where they are of the kinds that stand between a weight and its layer:
 * changes of shape, order and type, fillings, and scaling by one number or number for number. A layer is quantised only if its weight is a
 * constant. What a body reads or the graph gives out stays.
 */
export function foldConstants(graph: Graph): void {
  graph.sort();
  let left = mostBytes;
  for (const node of graph.nodes.filter(({ opType }) => opType in folds)) {
    const fold = plainDomain(node.domain) === '' ? folds[node.opType] : undefined;
    const name = node.output[0] ?? '';
    if (fold === undefined || graph.isOutput(name) || graph.isCaptured(name)) continue;
    const inputs = node.input.map((input) => graph.initializers.get(input));
    if (inputs.some((input) => input === undefined)) continue;
    const size = foldedBytes(node, inputs as TensorProto[], graph);
    if (size === null || size > left) continue;
    const tensor = fold(node, inputs as TensorProto[], graph);
    if (tensor === null) continue;
    left -= size;
    graph.removeNode(node);
    graph.setInitializer(tensor);
  }
}

/** At most; null where it can't be told. */
function foldedBytes(node: NodeProto, inputs: readonly TensorProto[], graph: Graph): number | null {
  if (node.opType !== 'ConstantOfShape') {
    const lengths = inputs.map(tensorByteLength);
    return lengths.includes(null) ? null : Math.max(0, ...(lengths as number[])) * (node.opType === 'Cast' ? 2 : 1);
  }
  const dims = inputs[0] === undefined ? [] : tensorToNumbers(inputs[0], graph.model);
  return 8 * product(dims);
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}

/** The same bytes under other dims. */
function withDims(
  node: NodeProto,
  [tensor]: readonly TensorProto[],
  graph: Graph,
  dims: readonly number[] | null,
): TensorProto | null {
  if (tensor === undefined || dims === null) return null;
  return rawTensor(node, dims, tensor.dataType || onnxTypeCode('float32'), tensorBytes(tensor, graph.model));
}

function rawTensor(node: NodeProto, dims: readonly number[], dataType: number, rawData: Bytes): TensorProto {
  return create(TensorProtoSchema, { name: node.output[0] ?? '', dims: dims.map(BigInt), dataType, rawData });
}

function reshapedDims([tensor, shape]: readonly TensorProto[], graph: Graph): number[] | null {
  if (tensor === undefined || shape === undefined) return null;
  const dims = tensorDims(tensor);
  const wanted = tensorToNumbers(shape, graph.model).map((dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const known = wanted.reduce((total, dim) => (dim === -1 ? total : total * dim), 1);
  const found = wanted.map((dim) => (dim === -1 ? product(dims) / known : dim));
  return product(found) === product(dims) ? found : null;
}

/** From the attribute (up to opset 12) or the second input; null: none is given. */
function axesOf(node: NodeProto, inputs: readonly TensorProto[], graph: Graph, rank: number): number[] | null {
  const given = inputs[1] === undefined ? intsOf(node, 'axes') : tensorToNumbers(inputs[1], graph.model);
  return given === null ? null : given.map((axis) => (axis < 0 ? axis + rank : axis));
}

function squeezedDims(node: NodeProto, inputs: readonly TensorProto[], graph: Graph): number[] {
  const dims = tensorDims(inputs[0] as TensorProto);
  const axes = axesOf(node, inputs, graph, dims.length);
  return dims.filter((dim, axis) => (axes === null ? dim !== 1 : !axes.includes(axis)));
}

function unsqueezedDims(node: NodeProto, inputs: readonly TensorProto[], graph: Graph): number[] | null {
  const dims = tensorDims(inputs[0] as TensorProto);
  const count = inputs[1] === undefined ? (intsOf(node, 'axes') ?? []).length : product(tensorDims(inputs[1]));
  const axes = axesOf(node, inputs, graph, dims.length + count);
  if (axes === null) return null;
  const rest = [...dims];
  return Array.from({ length: dims.length + count }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1)));
}

function flattenedDims(node: NodeProto, inputs: readonly TensorProto[]): number[] {
  const dims = tensorDims(inputs[0] as TensorProto);
  const axis = intOf(node, 'axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return [product(dims.slice(0, at)), product(dims.slice(at))];
}

function transposed(node: NodeProto, [tensor]: readonly TensorProto[], graph: Graph): TensorProto | null {
  if (tensor === undefined) return null;
  const dims = tensorDims(tensor);
  const order = intsOf(node, 'perm') ?? dims.map((_, axis) => dims.length - 1 - axis);
  const from = tensorBytes(tensor, graph.model);
  const width = from.length / Math.max(1, product(dims));
  // Types that pack two values into a byte stay as they are.
  if (!Number.isInteger(width) || order.length !== dims.length) return null;
  const strides = dims.map((_, axis) => product(dims.slice(axis + 1)));
  const turned = order.map((axis) => dims[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const to: Bytes = new Uint8Array(from.length);
  const position = turned.map(() => 0);
  let source = 0;
  for (let target = 0; target < from.length; target += width) {
    for (let byte = 0; byte < width; byte++) to[target + byte] = from[source * width + byte] ?? 0;
    for (let axis = turned.length - 1; axis >= 0; axis--) {
      source += steps[axis] ?? 0;
      position[axis] = (position[axis] ?? 0) + 1;
      if ((position[axis] ?? 0) < (turned[axis] ?? 1)) break;
      source -= (turned[axis] ?? 1) * (steps[axis] ?? 0);
      position[axis] = 0;
    }
  }
  return rawTensor(node, turned, tensor.dataType, to);
}

/** Weights kept in half precision beside a float32 network. */
function castToFloat(node: NodeProto, [tensor]: readonly TensorProto[], graph: Graph): TensorProto | null {
  const floats = new Set(['float16', 'bfloat16', 'float32', 'float64']);
  const from = tensor === undefined ? null : onnxType(tensor.dataType);
  if (tensor === undefined || from === null || !floats.has(from)) return null;
  if (onnxType(intOf(node, 'to', 0)) !== 'float32') return null;
  return float32Tensor(node.output[0] ?? '', tensorDims(tensor), tensorToFloat32(tensor, graph.model));
}

function filled(node: NodeProto, [shape]: readonly TensorProto[], graph: Graph): TensorProto | null {
  if (shape === undefined) return null;
  const dims = tensorToNumbers(shape, graph.model);
  const value = tensorOf(node, 'value');
  if (dims.some((dim) => dim < 0)) return null;
  const one: Bytes = value === null ? new Uint8Array(4) : tensorBytes(value, graph.model);
  const bytes: Bytes = new Uint8Array(one.length * product(dims));
  if (bytes.length > 0) bytes.set(one);
  for (let done = one.length; done < bytes.length; done *= 2) bytes.copyWithin(done, 0, done);
  return rawTensor(node, dims, value === null ? onnxTypeCode('float32') : value.dataType, bytes);
}

/** Two float32 constants of one shape, or one of them a single number. */
function elementwise(of: (a: number, b: number) => number): Fold {
  return (node, [left, right], graph) => {
    if (left === undefined || right === undefined) return null;
    if (onnxType(left.dataType) !== 'float32' || onnxType(right.dataType) !== 'float32') return null;
    const [a, b] = [tensorDims(left), tensorDims(right)];
    const [x, y] = [tensorToFloat32(left, graph.model), tensorToFloat32(right, graph.model)];
    const equal = a.length === b.length && a.every((dim, axis) => dim === b[axis]);
    if (equal)
      return float32Tensor(
        node.output[0] ?? '',
        a,
        x.map((value, at) => of(value, y[at] ?? 0)),
      );
    if (y.length === 1 && b.length <= a.length) {
      return float32Tensor(
        node.output[0] ?? '',
        a,
        x.map((value) => of(value, y[0] ?? 0)),
      );
    }
    if (x.length === 1 && a.length <= b.length) {
      return float32Tensor(
        node.output[0] ?? '',
        b,
        y.map((value) => of(x[0] ?? 0, value)),
      );
    }
    return null;
  };
}
