import { create } from '@bufbuild/protobuf';
import { OctetError, type Refusal } from '@octet/domain';
import { type NodeProto, OperatorSetIdProtoSchema } from 'onnx-buf';
import { axisOf } from '../shapes/facts.js';
import { inferShapes, type ShapeTable } from '../shapes/infer.js';
import { intOf, setAttribute } from '../attributes.js';
import { Graph } from '../graph.js';
import { copyModel, type Model, plainDomain } from '../model.js';
import { walkSubgraphs } from '../subgraphs.js';
import { type OperatorChange, operatorChanges } from './rules.js';

export type Upgraded =
  | { model: Model; from: number; changed: string[] }
  | { refusal: Refusal; /** What can't be upgraded, and why: one line for each node. */ missing: string[] };

/** Below it broadcasting works in another way; above it, operators change that are not in the rules. */
const oldestSource = 7;
const newestTarget = 17;
/** IR version that came with an operator set: a runtime may refuse a newer set in an older IR. */
const irVersionFor: Readonly<Record<number, number>> = { 13: 7, 14: 7, 15: 8, 16: 8, 17: 8 };

function changesOf(node: NodeProto, from: number, to: number): OperatorChange[] {
  if (plainDomain(node.domain) !== '') return [];
  return operatorChanges.filter(
    (change) => change.operator === node.opType && change.since > from && change.since <= to,
  );
}

function refused(from: number, to: number, missing: string[]): Upgraded {
  return {
    refusal: {
      code: 'opset-upgrade',
      message: `The model uses operator set ${from} and can't be brought to ${to}: ${missing.join('; ')}. Export it again with opset ${to} or newer.`,
    },
    missing,
  };
}

/** Bodies of If and Loop are never rewritten, so what changed must not be in them. */
function changedInBodies(model: Model, from: number, to: number): string[] {
  const inside = [...walkSubgraphs(model.graph)].filter(({ node }) => changesOf(node, from, to).length > 0);
  return inside.map(({ node, path }) => `${node.opType} in the body of "${path.join('/')}"`);
}

/** Softmax on the last axis means the same in both forms: say so before its rule puts Flatten and Reshape around it. */
function normaliseAxis(node: NodeProto, shapes: ShapeTable): void {
  const rank = shapes.get(node.input[0] ?? '')?.shape?.length;
  if (!['Softmax', 'LogSoftmax', 'Hardmax'].includes(node.opType) || rank === undefined) return;
  if (axisOf(intOf(node, 'axis', 1), rank) === rank - 1) setAttribute(node, 'axis', -1);
}

/** Upsample becomes Resize on the way, so the changes of a node are looked up again after each. */
function upgradeNode(graph: Graph, node: NodeProto, from: number, to: number): string | null {
  let done = from;
  for (;;) {
    const [next] = changesOf(node, done, to).toSorted((a, b) => a.since - b.since);
    if (next === undefined) return null;
    const why = next.rule(graph, node);
    if (why !== null) return `"${node.name}": ${why}`;
    done = next.since;
  }
}

function setOpset(model: Model, version: number): void {
  const others = model.proto.opsetImport.filter((entry) => plainDomain(entry.domain) !== '');
  model.proto.opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(version) }), ...others];
  const irVersion = BigInt(irVersionFor[version] ?? 7);
  if (model.proto.irVersion < irVersion) model.proto.irVersion = irVersion;
}

/**
 * A copy of the model in a newer standard operator set (default 13, the first whose QuantizeLinear has an axis), with
 * attributes that became inputs moved and changed meanings spelled out. A model that is new enough comes back as it is.
 * The alternative for quantisation is onnxruntime's own com.microsoft.QuantizeLinear, which has an axis in any set.
 * A refusal (a value) names each node that stands in the way.
 * Errors: `bad-opset` for a target outside 13 to 17.
 */
export function upgradeOpset(model: Model, target = 13): Upgraded {
  if (!(target in irVersionFor)) {
    throw new OctetError('bad-opset', `Operator set ${target} can't be made here. Ask for 13 to ${newestTarget}.`);
  }
  const from = model.opset() ?? 1;
  if (from >= target) return { model, from, changed: [] };
  if (from < oldestSource) return refused(from, target, [`sets before ${oldestSource} broadcast in another way`]);
  const inBodies = changedInBodies(model, from, target);
  if (inBodies.length > 0) return refused(from, target, inBodies);
  return rewrite(model, from, target);
}

function rewrite(model: Model, from: number, target: number): Upgraded {
  const shapes = inferShapes(model);
  const copy = copyModel(model);
  const graph = new Graph(copy);
  const changing = graph.nodes.filter((node) => changesOf(node, from, target).length > 0);
  const missing: string[] = [];
  for (const node of changing) {
    normaliseAxis(node, shapes);
    const why = upgradeNode(graph, node, from, target);
    if (why !== null) missing.push(why);
  }
  if (missing.length > 0) return refused(from, target, missing);
  graph.sort();
  setOpset(copy, target);
  return { model: copy, from, changed: changing.map((node) => node.name) };
}
