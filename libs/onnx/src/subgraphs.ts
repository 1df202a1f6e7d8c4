import type { GraphProto, NodeProto } from 'onnx-buf';

/** A node inside the body of an If, Loop or Scan. */
export interface SubgraphNode {
  node: NodeProto;
  graph: GraphProto;
  /** Names of the nodes that hold it, outermost first. */
  path: string[];
}

const none: readonly GraphProto[] = [];
const noNames: ReadonlySet<string> = new Set();

export function bodiesOf(node: NodeProto): readonly GraphProto[] {
  if (!node.attribute.some((entry) => entry.g !== undefined || entry.graphs.length > 0)) return none;
  return node.attribute.flatMap((entry) => (entry.g === undefined ? entry.graphs : [entry.g, ...entry.graphs]));
}

/** Every node in the bodies of a graph's nodes, at any depth, in order. The graph's own nodes are not among them. */
export function* walkSubgraphs(graph: GraphProto, path: readonly string[] = []): Generator<SubgraphNode> {
  for (const holder of graph.node) {
    const inner = [...path, holder.name === '' ? holder.opType : holder.name];
    for (const body of bodiesOf(holder)) {
      for (const node of body.node) yield { node, graph: body, path: inner };
      yield* walkSubgraphs(body, inner);
    }
  }
}

/** Names of outer tensors that the bodies of a node read: they count as its inputs, though its input list lacks them. */
export function capturedNames(holder: NodeProto): ReadonlySet<string> {
  const bodies = bodiesOf(holder);
  if (bodies.length === 0) return noNames;
  const captured = new Set<string>();
  for (const body of bodies) {
    const own = new Set([...body.input, ...body.initializer].map((value) => value.name));
    const use = (name: string) => name !== '' && !own.has(name) && captured.add(name);
    for (const node of body.node) {
      node.input.forEach(use);
      capturedNames(node).forEach(use);
      node.output.forEach((name) => own.add(name));
    }
    body.output.forEach((output) => use(output.name));
  }
  return captured;
}
