import type { NodeProto } from 'onnx-buf';
import { findAttribute, floatOf, floatsOf, intOf, intsOf, setAttribute, stringOf } from '../attributes.js';
import type { Graph } from '../graph.js';
import { float32Tensor, int64Tensor } from '../tensors.js';

/** Rewrites one node in place; a text says why it can't be done. */
export type UpgradeRule = (graph: Graph, node: NodeProto) => string | null;

export interface OperatorChange {
  operator: string;
  /** Operator set in which the meaning changed. */
  since: number;
  rule: UpgradeRule;
}

function name(graph: Graph, node: NodeProto, suffix: string): string {
  return graph.uniqueName(`${node.name === '' ? (node.output[0] ?? node.opType) : node.name}_${suffix}`);
}

/** An integer list that was an attribute becomes an int64 input. */
function intsToInput(attribute: string, index: number): UpgradeRule {
  return (graph, node) => {
    const values = intsOf(node, attribute);
    if (values === null) return null;
    const input = graph.setInitializer(int64Tensor(name(graph, node, attribute), [values.length], values));
    setAttribute(node, attribute, undefined);
    graph.setInput(node, index, input);
    return null;
  };
}

function scalar(graph: Graph, node: NodeProto, attribute: string, value: number | null): string {
  setAttribute(node, attribute, undefined);
  return value === null ? '' : graph.setInitializer(float32Tensor(name(graph, node, attribute), [], [value]));
}

const clip: UpgradeRule = (graph, node) => {
  const low = scalar(graph, node, 'min', floatOf(node, 'min', null));
  const high = scalar(graph, node, 'max', floatOf(node, 'max', null));
  const inputs = [node.input[0] ?? '', low, high];
  graph.setInputs(node, high === '' ? (low === '' ? inputs.slice(0, 1) : inputs.slice(0, 2)) : inputs);
  return null;
};

const pad: UpgradeRule = (graph, node) => {
  const value = floatOf(node, 'value', 0);
  intsToInput('pads', 1)(graph, node);
  if (stringOf(node, 'mode', 'constant') === 'constant') graph.setInput(node, 2, scalar(graph, node, 'value', value));
  setAttribute(node, 'value', undefined);
  return null;
};

const slice: UpgradeRule = (graph, node) => {
  intsToInput('starts', 1)(graph, node);
  intsToInput('ends', 2)(graph, node);
  return intsToInput('axes', 3)(graph, node);
};

const topK: UpgradeRule = (graph, node) => {
  const k = intOf(node, 'k', null);
  if (k === null) return null;
  setAttribute(node, 'k', undefined);
  graph.setInput(node, 1, graph.setInitializer(int64Tensor(name(graph, node, 'k'), [1], [k])));
  return null;
};

const dropout: UpgradeRule = (graph, node) => {
  const ratio = floatOf(node, 'ratio', 0.5);
  graph.setInput(node, 1, scalar(graph, node, 'ratio', ratio));
  return null;
};

/** Until opset 8 `spatial: 0` normalised each position by itself; nothing newer says that. */
const batchNorm: UpgradeRule = (_, node) => {
  if (intOf(node, 'spatial', 1) !== 1) return 'BatchNormalization with spatial = 0 has no newer form';
  setAttribute(node, 'spatial', undefined);
  return null;
};

/** Upsample became Resize; it took output positions over without shifting them: asymmetric, and floor for nearest. */
function resizeFrom(graph: Graph, node: NodeProto, scales: string): string | null {
  node.opType = 'Resize';
  graph.setInputs(node, [node.input[0] ?? '', '', scales]);
  setAttribute(node, 'coordinate_transformation_mode', 'asymmetric');
  if (stringOf(node, 'mode', 'nearest') === 'nearest') setAttribute(node, 'nearest_mode', 'floor');
  return null;
}

const upsample: UpgradeRule = (graph, node) => {
  const scales = floatsOf(node, 'scales');
  if (scales === null) return resizeFrom(graph, node, node.input[1] ?? '');
  setAttribute(node, 'scales', undefined);
  return resizeFrom(
    graph,
    node,
    graph.setInitializer(float32Tensor(name(graph, node, 'scales'), [scales.length], scales)),
  );
};

/** Resize-10: x, scales, with the rules of Upsample. */
const resize: UpgradeRule = (graph, node) =>
  node.input.length > 2 ? null : resizeFrom(graph, node, node.input[1] ?? '');

/**
 * Until opset 12 Softmax and its kin flattened the tensor at `axis` (1 if not said) and normalised each row; from 13 they
 * normalise along one axis (-1 if not said). Both are the same on the last axis; else: Flatten, the operator, Reshape.
 */
const softmax: UpgradeRule = (graph, node) => {
  const axis = intOf(node, 'axis', 1);
  setAttribute(node, 'axis', -1);
  if (axis === -1) return null;
  const [input = ''] = node.input;
  const [output = ''] = node.output;
  const shape = name(graph, node, 'shape');
  const rows = name(graph, node, 'rows');
  const result = name(graph, node, 'result');
  graph.addNode({ op: 'Shape', inputs: [input], outputs: [shape] }, node);
  graph.addNode({ op: 'Flatten', inputs: [input], outputs: [rows], attributes: { axis } }, node);
  graph.setInputs(node, [rows]);
  graph.setOutput(node, 0, result);
  graph.addNode({ op: 'Reshape', inputs: [result, shape], outputs: [output] });
  return null;
};

/** Until opset 6 broadcasting had to be asked for, along an axis. */
const refuseOldBroadcast: UpgradeRule = (_, node) =>
  findAttribute(node, 'broadcast') === undefined
    ? null
    : `${node.opType} of opset 6 or older broadcasts along an axis of its own`;

const refuse =
  (why: string): UpgradeRule =>
  () =>
    why;

/** Changes of meaning between opset 7 and 17 (onnx 1.19, docs/Changelog.md); operators not listed kept theirs. */
export const operatorChanges: readonly OperatorChange[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less', 'Gemm', 'PRelu'].map(
    (operator) => ({ operator, since: 7, rule: refuseOldBroadcast }),
  ),
  { operator: 'BatchNormalization', since: 9, rule: batchNorm },
  { operator: 'Scan', since: 9, rule: refuse('Scan before opset 9 has a batch axis of its own') },
  { operator: 'Upsample', since: 10, rule: upsample },
  { operator: 'Slice', since: 10, rule: slice },
  { operator: 'TopK', since: 10, rule: topK },
  { operator: 'Resize', since: 11, rule: resize },
  { operator: 'Clip', since: 11, rule: clip },
  { operator: 'Pad', since: 11, rule: pad },
  { operator: 'Scatter', since: 11, rule: (_, node) => ((node.opType = 'ScatterElements'), null) },
  { operator: 'Dropout', since: 12, rule: dropout },
  { operator: 'Squeeze', since: 13, rule: intsToInput('axes', 1) },
  { operator: 'Unsqueeze', since: 13, rule: intsToInput('axes', 1) },
  { operator: 'ReduceSum', since: 13, rule: intsToInput('axes', 1) },
  { operator: 'Split', since: 13, rule: intsToInput('split', 1) },
  { operator: 'Softmax', since: 13, rule: softmax },
  { operator: 'LogSoftmax', since: 13, rule: softmax },
  { operator: 'Hardmax', since: 13, rule: softmax },
];
