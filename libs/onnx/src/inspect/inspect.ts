import type { NodeProto, TensorProto, ValueInfoProto } from 'onnx-buf';
import { tensorOf } from '../attributes.js';
import type { Dim } from '../build.js';
import { isWeightType, onnxType, type OnnxType } from '../data-types.js';
import { Graph } from '../graph.js';
import { type Model, plainDomain } from '../model.js';
import { declaredShape, declaredType, inferShapes, type ShapeTable } from '../shapes/infer.js';
import { elementCount, tensorByteLength } from '../tensor-bytes.js';
import { walkSubgraphs } from '../subgraphs.js';
import { macsOf } from './macs.js';
import { isQdq, isUnknownOperator, operatorName } from './operators.js';

export interface ValueSummary {
  name: string;
  /** null for sequences, maps and types newer than this library. */
  dataType: OnnxType | null;
  /** null: rank unknown; a dimension: size, name of a dynamic one, or null. */
  shape: Dim[] | null;
}

export interface LayerSummary {
  name: string;
  /** Operator; with its domain outside the standard set. */
  opType: string;
  /** Multiply-accumulates of one run; null if unknown. */
  macs: number | null;
  parameters: number;
  weightBytes: number;
  /** Of the first output. */
  outputShape: Dim[] | null;
  /** Inside the body of an If, Loop or Scan: seen and listed, never quantised. */
  inSubgraph: boolean;
}

export interface ModelInfo {
  /** What the caller feeds: initialisers that are listed as inputs too are not among them. */
  inputs: ValueSummary[];
  outputs: ValueSummary[];
  /** Operator set versions by domain; the standard one is ''. */
  opsets: Record<string, number>;
  irVersion: number;
  /** Name and version, null if not said. */
  producer: string | null;
  /** Elements of all constants that hold weights (not shapes, indices, masks), each once. */
  parameters: number;
  weightBytes: number;
  /** null if the MACs of some layer are unknown. */
  macs: number | null;
  layers: LayerSummary[];
  /** Nodes of each operator, bodies included. */
  opTypes: Record<string, number>;
  /** Names of the inputs' dynamic dimensions, each once; a nameless one as `input[axis]`. */
  dynamicDims: string[];
  hasQdq: boolean;
  unknownOperators: string[];
}

export interface InspectOptions {
  /** Sizes of dynamic inputs, so that MACs and shapes become known. */
  shapes?: Readonly<Record<string, readonly number[]>>;
}

function summary(value: ValueInfoProto): ValueSummary {
  return { name: value.name, dataType: declaredType(value), shape: declaredShape(value.type) };
}

interface Weights {
  parameters: number;
  weightBytes: number;
}

function weigh(tensors: Iterable<TensorProto>): Weights {
  let parameters = 0;
  let weightBytes = 0;
  for (const constant of tensors) {
    if (!isWeightType(onnxType(constant.dataType))) continue;
    parameters += elementCount(constant);
    weightBytes += tensorByteLength(constant) ?? 0;
  }
  return { parameters, weightBytes };
}

/** Weights of a quantised model reach their layer through DequantizeLinear, with their scale and zero point. */
function weightsOf(graph: Graph, name: string): TensorProto[] {
  const direct = graph.constantOf(name);
  if (direct !== null) return [direct];
  const producer = graph.producers.get(name);
  if (producer?.opType !== 'DequantizeLinear' || graph.constantOf(producer.input[0] ?? '') === null) return [];
  return producer.input.flatMap((input) => weightsOf(graph, input));
}

function layer(graph: Graph, node: NodeProto, shapes: ShapeTable): LayerSummary {
  const shape = shapes.get(node.output[0] ?? '')?.shape ?? null;
  const own = node.opType === 'DequantizeLinear' ? [] : node.input.flatMap((name) => weightsOf(graph, name));
  return {
    name: node.name === '' ? (node.output[0] ?? '') : node.name,
    opType: operatorName(node),
    macs: macsOf(node, shapes),
    ...weigh(new Set(own)),
    outputShape: shape === null ? null : [...shape],
    inSubgraph: false,
  };
}

/** Nothing is inferred inside a body: it may run any number of times. */
function bodyLayer(node: NodeProto, path: readonly string[]): LayerSummary {
  const name = node.name === '' ? (node.output[0] ?? '') : node.name;
  const macs = macsOf(node, new Map());
  return {
    name: [...path, name].join('/'),
    opType: operatorName(node),
    macs,
    parameters: 0,
    weightBytes: 0,
    outputShape: null,
    inSubgraph: true,
  };
}

function allConstants(model: Model): TensorProto[] {
  const bodies = [...walkSubgraphs(model.graph)];
  const nodes = [...model.graph.node, ...bodies.map((entry) => entry.node)];
  const inline = nodes.filter((node) => node.opType === 'Constant').map((node) => tensorOf(node, 'value'));
  const inner = [...new Set(bodies.map((entry) => entry.graph))].flatMap((body) => body.initializer);
  return [...model.graph.initializer, ...inner, ...inline.filter((constant) => constant !== null)];
}

function counts(names: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const name of names) result[name] = (result[name] ?? 0) + 1;
  return result;
}

function dynamicDims(inputs: readonly ValueSummary[]): string[] {
  const names = inputs.flatMap(
    (input) => input.shape?.map((dim, axis) => (dim === null ? `${input.name}[${axis}]` : dim)) ?? [],
  );
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

function totalMacs(layers: readonly LayerSummary[]): number | null {
  return layers.reduce<number | null>(
    (total, entry) => (total === null || entry.macs === null ? null : total + entry.macs),
    0,
  );
}

/** Everything about a model that can be told without running it. Weights are counted, not read. */
export function inspectModel(model: Model, options: InspectOptions = {}): ModelInfo {
  const graph = new Graph(model);
  const shapes = inferShapes(model, options.shapes);
  const inputs = model.graph.input.filter((input) => graph.isInput(input.name)).map(summary);
  const bodies = [...walkSubgraphs(model.graph)];
  const nodes = [...model.graph.node, ...bodies.map((entry) => entry.node)];
  const computing = model.graph.node.filter((node) => node.opType !== 'Constant');
  const layers = [
    ...computing.map((node) => layer(graph, node, shapes)),
    ...bodies.filter(({ node }) => node.opType !== 'Constant').map(({ node, path }) => bodyLayer(node, path)),
  ];
  return {
    inputs,
    outputs: model.graph.output.map(summary),
    opsets: Object.fromEntries(
      model.proto.opsetImport.map((entry) => [plainDomain(entry.domain), Number(entry.version)]),
    ),
    irVersion: Number(model.proto.irVersion),
    producer: [model.proto.producerName, model.proto.producerVersion].filter((part) => part !== '').join(' ') || null,
    ...weigh(allConstants(model)),
    macs: totalMacs(layers),
    layers,
    opTypes: counts(nodes.map(operatorName)),
    dynamicDims: dynamicDims(inputs),
    hasQdq: nodes.some(isQdq),
    unknownOperators: [...new Set(nodes.filter(isUnknownOperator).map(operatorName))],
  };
}
