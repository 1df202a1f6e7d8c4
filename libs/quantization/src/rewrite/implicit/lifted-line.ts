import { findAttribute, type Graph, intsOf, makeNode, renamedTensor, setAttribute, tensorDims } from '@octet/onnx';
import type { NodeProto, TensorProto } from 'onnx-buf';

const convolutions = new Set(['Conv', 'ConvTranspose']);
const pools = new Set(['MaxPool', 'AveragePool']);

/** What a second spatial dimension of one pixel adds to an attribute with one value for each dimension. */
const additions: Readonly<Record<string, number>> = { kernel_shape: 1, strides: 1, dilations: 1, output_padding: 0 };

/** A convolution or pooling over [N, C, L], as the same over [N, C, L, 1]. */
export interface LiftedLine {
  attributes: NodeProto['attribute'];
  /** The weight with a dimension more; null for a pooling. */
  weight: TensorProto | null;
}

/** Reads a node over [N, C, L] as one over an image; null for one that can't be. */
export function liftedLine(graph: Graph, node: NodeProto): LiftedLine | null {
  const weight = convolutions.has(node.opType) ? liftedWeight(graph, node) : null;
  const pool = pools.has(node.opType) && node.output.length === 1;
  if ((weight === null && !pool) || findAttribute(node, 'output_shape') !== undefined) return null;
  const lifted = makeNode({ op: node.opType, inputs: [], outputs: [] });
  lifted.attribute = [...node.attribute];
  for (const [name, addition] of Object.entries(additions)) {
    const values = intsOf(node, name);
    if (values !== null) setAttribute(lifted, name, [...values, addition]);
  }
  const pads = intsOf(node, 'pads');
  if (pads !== null) setAttribute(lifted, 'pads', [pads[0] ?? 0, 0, pads[1] ?? 0, 0]);
  return { attributes: lifted.attribute, weight };
}

/** [M, C, k] as [M, C, k, 1], sharing the bytes; null unless weight and bias are constants. */
function liftedWeight(graph: Graph, node: NodeProto): TensorProto | null {
  const weight = graph.constantOf(node.input[1] ?? '');
  const bias = node.input[2] ?? '';
  if (weight === null || tensorDims(weight).length !== 3) return null;
  if (bias !== '' && graph.constantOf(bias) === null) return null;
  const lifted = renamedTensor(weight, graph.uniqueName(`${weight.name}__line`));
  lifted.dims = [...weight.dims, 1n];
  return lifted;
}
