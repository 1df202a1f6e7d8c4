import { isAtLeast, OctetError, type RuntimeProbe } from '@octet/domain';
import { findAttribute, type Model, plainDomain, walkSubgraphs } from '@octet/onnx';
import type { NodeProto } from 'onnx-buf';

/** What an ONNX parser of some version does not read: what it is, and the first version that reads it. */
interface Gap {
  what: string;
  since: string;
}

/**
 * Operators that TensorRT's ONNX parser came to read after 8.4, with the first version. From the importers in the sources of
 * onnx-tensorrt, releases 8.4 to 10.1.
 */
const operatorSince: Readonly<Record<string, string>> = {
  GridSample: '8.5',
  MeanVarianceNormalization: '8.5',
  Mod: '8.5',
  NonZero: '8.5',
  OneHot: '8.5',
  RandomNormal: '8.5',
  RandomNormalLike: '8.5',
  RoiAlign: '8.5',
  Trilu: '8.5',
  GroupNormalization: '8.6',
  IsInf: '8.6',
  LayerNormalization: '8.6',
  CastLike: '9.3',
  Hardmax: '9.3',
  Gelu: '10.0',
  Mish: '10.0',
  DeformConv: '10.1',
};

/** Reductions that take their axes as an input from opset 18 on; ReduceSum did so before, and every parser knows. */
const reductions = new Set([
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
]);

/** From here on the parser reads the forms that operators took with opset 18. */
const opset18Since = '10.0';

/** Forms of opset 18 that older parsers take for another one, without a word: a ReduceMean over all axes, say. */
function newForm(node: NodeProto): string | null {
  if (reductions.has(node.opType) && (node.input[1] ?? '') !== '') return 'axes as an input';
  if (node.opType === 'Split' && findAttribute(node, 'num_outputs') !== undefined) return 'num_outputs';
  if (node.opType === 'Pad' && (node.input[3] ?? '') !== '') return 'axes';
  if (node.opType !== 'Resize') return null;
  return ['axes', 'antialias', 'keep_aspect_ratio_policy'].find((name) => isAsked(node, name)) ?? null;
}

/** Exporters write attributes at their defaults, too. */
function isAsked(node: NodeProto, name: string): boolean {
  const found = findAttribute(node, name);
  if (found === undefined) return false;
  if (name === 'keep_aspect_ratio_policy') return new TextDecoder().decode(found.s) !== 'stretch';
  return name === 'axes' || found.i !== 0n;
}

function gapOf(node: NodeProto, plugins: boolean): Gap | null {
  if (plainDomain(node.domain) !== '') return null;
  const since = plugins ? undefined : operatorSince[node.opType];
  if (since !== undefined) return { what: node.opType, since };
  const form = newForm(node);
  return form === null ? null : { what: `${node.opType} with ${form}`, since: opset18Since };
}

/**
 * Refuses a model that the parser of this TensorRT can't read, or would read as another one, before minutes go into a build.
 * With plugins of the user's own an operator may be one of them.
 *
 * @throws OctetError `parser-too-old` naming each operator and the version that reads it.
 */
export function checkParserReads(model: Model, probe: RuntimeProbe, plugins: boolean): void {
  if (probe.name !== 'tensorrt') return;
  const nodes = [...model.graph.node, ...[...walkSubgraphs(model.graph)].map(({ node }) => node)];
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const gap = gapOf(node, plugins);
    if (gap === null || isAtLeast(probe.version, gap.since)) continue;
    const text = `${gap.what} (from TensorRT ${gap.since})`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const list = [...counts].map(([text, count]) => (count === 1 ? text : `${text}, ${count} times`)).join('; ');
  throw new OctetError(
    'parser-too-old',
    `The ONNX parser of TensorRT ${probe.version} does not read all of this model (opset ${model.opset() ?? 'unknown'}): ${list}. Export the model with opset 16, or use an agent with a newer TensorRT.`,
  );
}
