import { fromBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema, type GraphProto, type NodeProto } from 'onnx-buf';

export interface GraphNode {
  /** As ONNX Runtime's profile names it: its own name, else operator and index. */
  name: string;
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
}

/** The part of an ONNX file that the profile is read against. */
export interface OrtGraph {
  nodes: GraphNode[];
  initializers: Map<string, { onnxType: number; dims: number[] }>;
  /** Names of nodes inside If, Loop and Scan: their time is in the node that holds them. */
  innerNames: Set<string>;
}

/** Reads the main graph of an ONNX file. Throws the parser's error where the bytes are no protobuf. */
export function readGraph(bytes: Uint8Array): OrtGraph {
  const graph = fromBinary(ModelProtoSchema, bytes).graph;
  if (graph === undefined) return { nodes: [], initializers: new Map(), innerNames: new Set() };
  return {
    nodes: graph.node.map(toNode),
    initializers: new Map(
      graph.initializer.map(({ name, dataType, dims }) => [name, { onnxType: dataType, dims: dims.map(Number) }]),
    ),
    innerNames: new Set(graph.node.flatMap(subgraphs).flatMap(namesWithin)),
  };
}

function toNode(node: NodeProto, index: number): GraphNode {
  return {
    name: node.name === '' ? `${node.opType}_${index}` : node.name,
    op: node.opType,
    domain: node.domain,
    inputs: node.input,
    outputs: node.output,
  };
}

function subgraphs(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap(({ type, g, graphs }) => {
    if (type === AttributeProto_AttributeType.GRAPH && g !== undefined) return [g];
    return type === AttributeProto_AttributeType.GRAPHS ? graphs : [];
  });
}

function namesWithin(graph: GraphProto): string[] {
  return graph.node.flatMap((node, index) => [toNode(node, index).name, ...subgraphs(node).flatMap(namesWithin)]);
}
