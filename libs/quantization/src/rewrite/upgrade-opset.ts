import { OctetError } from '@octet/domain';
import {
  copyModel,
  findAttribute,
  float32Tensor,
  floatOf,
  Graph,
  int64Tensor,
  intOf,
  intsOf,
  type Model,
  plainDomain,
  setAttribute,
  stringOf,
  walkSubgraphs,
} from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

/** Opset in which QuantizeLinear got its axis; every runtime of the last five years reads it. */
export const upgradedOpset = 13;

/** Rewrites one node from the model's opset to 13. Sources: the operators' change logs, onnx/docs/Changelog.md. */
type Upgrade = (graph: Graph, node: NodeProto) => void;

/** Operators whose form changed, with the last opset of the old form. Others are the same or only gained types. */
const upgrades: Record<string, { until: number; upgrade: Upgrade }> = {
  Clip: { until: 10, upgrade: upgradeClip },
  Dropout: { until: 11, upgrade: upgradeDropout },
  Pad: { until: 10, upgrade: upgradePad },
  Slice: { until: 9, upgrade: upgradeSlice },
  TopK: { until: 9, upgrade: upgradeTopK },
  Upsample: { until: 12, upgrade: upgradeUpsample },
  Resize: { until: 10, upgrade: upgradeResize },
  Squeeze: { until: 12, upgrade: axesToInput },
  Unsqueeze: { until: 12, upgrade: axesToInput },
  ReduceSum: { until: 12, upgrade: axesToInput },
  Split: { until: 12, upgrade: (graph, node) => attributeToInput(graph, node, 'split', 1) },
  Softmax: { until: 12, upgrade: upgradeSoftmax },
  LogSoftmax: { until: 12, upgrade: upgradeSoftmax },
  Hardmax: { until: 12, upgrade: upgradeSoftmax },
};

/** Forms that are not translated; BatchNormalization is (its old form reads the same at inference). */
const untranslated: Record<string, number> = { Scan: 8 };

/** The oldest opset that is read: below, broadcasting had another meaning. */
const oldestOpset = 7;

/**
 * A copy of the model in opset 13, when it is older. Tensor names stay.
 * Throws OctetError `opset-too-old` naming what can't be translated.
 */
export function upgradeOpset(model: Model): Model {
  const opset = model.opset() ?? 0;
  if (opset >= upgradedOpset) return model;
  const obstacle = obstacleOf(model, opset);
  if (obstacle !== null) throw tooOld(opset, obstacle);
  const copy = copyModel(model);
  const graph = new Graph(copy);
  for (const node of graph.nodes.slice()) {
    const found = plainDomain(node.domain) === '' ? upgrades[node.opType] : undefined;
    if (found !== undefined && opset <= found.until) found.upgrade(graph, node);
  }
  graph.sort();
  for (const entry of copy.proto.opsetImport)
    if (plainDomain(entry.domain) === '') entry.version = BigInt(upgradedOpset);
  return copy;
}

function obstacleOf(model: Model, opset: number): string | null {
  if (opset < oldestOpset) return 'broadcasting had another meaning before opset 7';
  for (const { node } of walkSubgraphs(model.graph)) {
    const found = upgrades[node.opType];
    if (found !== undefined && opset <= found.until) return `${node.opType} inside the body of a control-flow operator`;
  }
  const node = model.graph.node.find((candidate) => opset <= (untranslated[candidate.opType] ?? 0));
  return node === undefined ? null : `operator ${node.opType}`;
}

function tooOld(opset: number, obstacle: string): OctetError {
  return new OctetError(
    'opset-too-old',
    `The model has opset ${opset} and can't be brought to ${upgradedOpset}: ${obstacle}. Export it again with opset ${upgradedOpset} or newer.`,
    { details: { opset, needed: upgradedOpset, obstacle } },
  );
}

function constantInput(graph: Graph, node: NodeProto, part: string, values: readonly number[], scalar = false): string {
  return graph.setInitializer(
    int64Tensor(graph.uniqueName(`${node.output[0]}_${part}`), scalar ? [] : [values.length], values),
  );
}

function attributeToInput(graph: Graph, node: NodeProto, name: string, index: number): void {
  const values = intsOf(node, name);
  if (values === null) return;
  graph.setInput(node, index, constantInput(graph, node, name, values));
  setAttribute(node, name, undefined);
}

function axesToInput(graph: Graph, node: NodeProto): void {
  attributeToInput(graph, node, 'axes', 1);
}

function upgradeClip(graph: Graph, node: NodeProto): void {
  for (const [index, name] of [
    [1, 'min'],
    [2, 'max'],
  ] as const) {
    if (findAttribute(node, name) === undefined) continue;
    const bound = float32Tensor(graph.uniqueName(`${node.output[0]}_${name}`), [], [floatOf(node, name, 0)]);
    graph.setInput(node, index, graph.setInitializer(bound));
    setAttribute(node, name, undefined);
  }
}

/** At inference the ratio does not matter. */
function upgradeDropout(_graph: Graph, node: NodeProto): void {
  setAttribute(node, 'ratio', undefined);
}

function upgradePad(graph: Graph, node: NodeProto): void {
  const value = floatOf(node, 'value', 0);
  attributeToInput(graph, node, 'pads', 1);
  graph.setInput(
    node,
    2,
    graph.setInitializer(float32Tensor(graph.uniqueName(`${node.output[0]}_value`), [], [value])),
  );
  setAttribute(node, 'value', undefined);
}

function upgradeSlice(graph: Graph, node: NodeProto): void {
  const starts = intsOf(node, 'starts') ?? [];
  const axes = intsOf(node, 'axes') ?? starts.map((_, axis) => axis);
  setAttribute(node, 'axes', axes);
  (['starts', 'ends', 'axes'] as const).forEach((name, index) => attributeToInput(graph, node, name, index + 1));
}

function upgradeTopK(graph: Graph, node: NodeProto): void {
  graph.setInput(node, 1, constantInput(graph, node, 'k', [intOf(node, 'k', 1)]));
  setAttribute(node, 'k', undefined);
}

/** Upsample and Resize 10 scaled by x_out = x_in * scale, rounding down. */
function upgradeResize(graph: Graph, node: NodeProto): void {
  const [input = '', scales = ''] = node.input;
  node.opType = 'Resize';
  graph.setInputs(node, [input, '', scales]);
  setAttribute(node, 'coordinate_transformation_mode', 'asymmetric');
  if (stringOf(node, 'mode', 'nearest') === 'nearest') setAttribute(node, 'nearest_mode', 'floor');
}

function upgradeUpsample(graph: Graph, node: NodeProto): void {
  const scales = findAttribute(node, 'scales')?.floats;
  if (scales !== undefined) {
    const tensor = float32Tensor(graph.uniqueName(`${node.output[0]}_scales`), [scales.length], scales);
    graph.setInput(node, 1, graph.setInitializer(tensor));
    setAttribute(node, 'scales', undefined);
  }
  upgradeResize(graph, node);
}

/**
 * Before opset 13 the input was flattened to two dimensions at `axis` (default 1) and the second one normalised. Over the
 * last axis that is the same; otherwise flatten, normalise and give the shape back.
 */
function upgradeSoftmax(graph: Graph, node: NodeProto): void {
  const axis = intOf(node, 'axis', 1);
  setAttribute(node, 'axis', -1);
  if (axis === -1) return;
  const [input, output] = [node.input[0]!, node.output[0]!];
  const [shape, flat, normalised] = ['shape', 'flat', 'normalised'].map((part) =>
    graph.uniqueName(`${output}_${part}`),
  );
  graph.addNode({ op: 'Shape', inputs: [input], outputs: [shape!] });
  graph.addNode({ op: 'Flatten', inputs: [input], outputs: [flat!], attributes: { axis } });
  graph.setInput(node, 0, flat!);
  graph.setOutput(node, 0, normalised!);
  graph.addNode({ op: 'Reshape', inputs: [normalised!, shape!], outputs: [output] });
}
