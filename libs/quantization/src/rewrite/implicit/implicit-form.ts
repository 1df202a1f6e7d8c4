import { copyModel, type Dim, Graph, inferShapes, makeNode, type Model } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

import { constantProduct } from './constant-product.js';
import { liftedLine } from './lifted-line.js';
import { type Layout, Twins } from './twins.js';

/** A model for implicit INT8, and where the ranges of its tensors come from. */
export interface ImplicitForm {
  model: Model;
  /** Tensor to the one whose range it takes: equal values in another shape, or a selection of them. */
  rangeFrom: ReadonlyMap<string, string>;
}

/** Value by value from one tensor: they may run in any shape. */
const pointwise = new Set(['Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Clip']);

/** Operators whose outputs hold nothing but values of their first input (or zeros). */
const moving = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Identity',
  'Dropout',
  'Slice',
  'Split',
  'Expand',
  'Tile',
  'Gather',
  'MaxPool',
  'GlobalMaxPool',
  'DepthToSpace',
  'SpaceToDepth',
]);

/**
 * A copy in which TensorRT's ONNX parser (read in its sources, 8.4 to 10.1) makes no tensor of its own around the layers that
 * INT8 is for. A calibration cache gives ranges by name; tensors that the parser makes bear names such as
 * `(Unnamed Layer* 3) [Matrix Multiply]_output`, and the builder keeps layers beside a tensor without a range in float. The
 * parser takes a Gemm apart into a product, a constant for the weights, one for the bias and its reshaping; a MatMul into the
 * product and such a constant; a one-dimensional convolution or pooling is put between two reshapings. Here the products with
 * constant weights are 1x1 convolutions over their rows, as which the builder of 8.5.3 ran every Gemm looked at, and
 * one-dimensional layers are two-dimensional ones; activations and additions behind them stay in that shape. Reshapes that
 * bear names lead in and out. The results are those of the model, up to the rounding of a sum in another order.
 */
export function implicitForm(source: Model): ImplicitForm {
  const model = copyModel(source);
  const graph = new Graph(model);
  const twins = new Twins(graph, inferShapes(model));
  const nodes = graph.nodes.slice();
  for (const node of nodes) {
    // An Add that became a bias is gone.
    if (graph.producers.get(node.output[0] ?? '') === node) rewrite(graph, twins, node);
  }
  graph.removeUnused();
  return { model, rangeFrom: new Map([...movedTensors(graph, twins), ...twins.tensorOf]) };
}

function rewrite(graph: Graph, twins: Twins, node: NodeProto): void {
  switch (node.opType) {
    case 'Gemm':
    case 'MatMul':
      return rewriteProduct(graph, twins, node);
    case 'Add':
      return followAddition(twins, node);
    default:
      return pointwise.has(node.opType) ? followPointwise(twins, node) : rewriteLine(graph, twins, node);
  }
}

function rewriteProduct(graph: Graph, twins: Twins, node: NodeProto): void {
  const product = constantProduct(graph, node);
  if (product === null || !twins.hasTwin(product.input, 'rows') || !twins.hasTwin(product.output, 'rows')) return;
  const { kernel, bias, add } = product;
  const constants = [kernel, ...(bias === null ? [] : [bias])].map((tensor) => graph.setInitializer(tensor));
  if (add !== null) graph.removeNode(add);
  const inputs = [twins.of(product.input, 'rows', node), ...constants];
  const convolution = makeNode({ op: 'Conv', name: node.name, inputs, outputs: [] });
  twins.compute(node, product.output, 'rows', convolution);
}

function rewriteLine(graph: Graph, twins: Twins, node: NodeProto): void {
  const [input = '', , ...rest] = node.input;
  const output = node.output[0] ?? '';
  if (twins.shapeOf(input)?.length !== 3 || !twins.hasTwin(input, 'line') || !twins.hasTwin(output, 'line')) return;
  const lifted = liftedLine(graph, node);
  if (lifted === null) return;
  const weights = lifted.weight === null ? [] : [graph.setInitializer(lifted.weight), ...rest];
  const inputs = [twins.of(input, 'line', node), ...weights];
  twins.compute(node, output, 'line', remade(node, inputs, lifted.attributes));
}

function followPointwise(twins: Twins, node: NodeProto): void {
  const [input = '', ...rest] = node.input;
  const layout = twins.layoutOf(input);
  if (layout !== null) follow(twins, node, layout, [twins.of(input, layout, node), ...rest]);
}

/** A residual addition of two tensors that are both computed in the other shape. */
function followAddition(twins: Twins, node: NodeProto): void {
  const [a = '', b = ''] = node.input;
  const layout = twins.layoutOf(a);
  if (layout === null || layout !== twins.layoutOf(b) || !equalShapes(twins.shapeOf(a), twins.shapeOf(b))) return;
  follow(twins, node, layout, [twins.of(a, layout, node), twins.of(b, layout, node)]);
}

function follow(twins: Twins, node: NodeProto, layout: Layout, inputs: string[]): void {
  const output = node.output[0] ?? '';
  if (twins.hasTwin(output, layout)) twins.compute(node, output, layout, remade(node, inputs, node.attribute));
}

function equalShapes(a: readonly Dim[] | null, b: readonly Dim[] | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((dim, axis) => dim !== null && dim === b[axis]);
}

function remade(node: NodeProto, inputs: readonly string[], attributes: NodeProto['attribute']): NodeProto {
  const made = makeNode({ op: node.opType, name: node.name, domain: node.domain, inputs, outputs: [] });
  made.attribute = [...attributes];
  return made;
}

/** Outputs of moving operators to their inputs. */
function movedTensors(graph: Graph, twins: Twins): [string, string][] {
  return graph.nodes.flatMap((node) => {
    const input = node.input[0] ?? '';
    if (!moving.has(node.opType) || twins.tensorOf.has(input)) return [];
    return node.output.filter(Boolean).map((name): [string, string] => [name, input]);
  });
}
