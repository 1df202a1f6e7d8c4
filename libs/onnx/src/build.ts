import { create } from '@bufbuild/protobuf';
import { OctetError } from '@octet/domain';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { onnxTypeCode, type OnnxType } from './data-types.js';
import { Graph, makeNode, type NodeSpec } from './graph.js';
import { Model } from './model.js';
import { float32Tensor, renamedTensor } from './tensors.js';

/** A dimension: its size, the name of a dynamic one, or null where nothing is known. */
export type Dim = number | string | null;

export interface ValueSpec {
  name: string;
  /** float32 if not said. */
  dataType?: OnnxType;
  /** null: rank unknown. */
  shape: readonly Dim[] | null;
}

/** An initialiser: a ready tensor (renamed to its key), or float values with their dims. */
export type InitializerSpec = TensorProto | { dims: readonly number[]; values: ArrayLike<number> };

export interface ModelSpec {
  name?: string;
  /** Version of the standard operator set, 17 if not said. */
  opset?: number;
  /** Further operator sets by domain. */
  domains?: Readonly<Record<string, number>>;
  /** 8 if not said: the first that goes with opset 15 to 17, read by every runtime since 2022. */
  irVersion?: number;
  inputs: readonly ValueSpec[];
  outputs: readonly ValueSpec[];
  initializers?: Readonly<Record<string, InitializerSpec>>;
  nodes: readonly NodeSpec[];
  doc?: string;
}

function dimension(dim: Dim) {
  if (dim === null) return create(TensorShapeProto_DimensionSchema, {});
  const value =
    typeof dim === 'number'
      ? { case: 'dimValue' as const, value: BigInt(dim) }
      : { case: 'dimParam' as const, value: dim };
  return create(TensorShapeProto_DimensionSchema, { value });
}

/** A ValueInfoProto of a tensor. */
export function valueInfo(spec: ValueSpec): ValueInfoProto {
  const elemType = onnxTypeCode(spec.dataType ?? 'float32');
  const shape = spec.shape === null ? undefined : create(TensorShapeProtoSchema, { dim: spec.shape.map(dimension) });
  const value =
    shape === undefined
      ? { $typeName: 'onnx.TypeProto.Tensor' as const, elemType }
      : { $typeName: 'onnx.TypeProto.Tensor' as const, elemType, shape };
  return create(ValueInfoProtoSchema, { name: spec.name, type: { value: { case: 'tensorType', value } } });
}

function initializer(name: string, spec: InitializerSpec): TensorProto {
  return '$typeName' in spec ? renamedTensor(spec, name) : float32Tensor(name, spec.dims, spec.values);
}

function opsetImports(spec: ModelSpec) {
  const entry = (domain: string, version: number) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) });
  return [
    entry('', spec.opset ?? 17),
    ...Object.entries(spec.domains ?? {}).map(([domain, version]) => entry(domain, version)),
  ];
}

/** Each node gets a name of its own: profiles and layer lists are read by name. */
function namedNodes(specs: readonly NodeSpec[]) {
  const taken = new Set<string>();
  return specs.map((spec, index) => {
    const name = spec.name ?? `${spec.op}_${index}`;
    if (taken.has(name))
      throw new OctetError('model-invalid', `Two nodes are named "${name}". Give each its own name.`);
    taken.add(name);
    return makeNode({ ...spec, name });
  });
}

/**
 * A model from a plain description; nodes in any order. The same description gives the same bytes.
 * Errors: `model-invalid` (a tensor that nothing makes, two nodes of one name), `tensor-invalid`.
 */
export function buildModel(spec: ModelSpec): Model {
  const graph = create(GraphProtoSchema, {
    name: spec.name ?? 'octet',
    node: namedNodes(spec.nodes),
    initializer: Object.entries(spec.initializers ?? {}).map(([name, value]) => initializer(name, value)),
    input: spec.inputs.map(valueInfo),
    output: spec.outputs.map(valueInfo),
  });
  const proto = create(ModelProtoSchema, {
    irVersion: BigInt(spec.irVersion ?? 8),
    producerName: 'octet',
    ...(spec.doc === undefined ? {} : { docString: spec.doc }),
    opsetImport: opsetImports(spec),
    graph,
  });
  const model = new Model(proto, null);
  checkComplete(model);
  return model;
}

function checkComplete(model: Model): void {
  const view = new Graph(model);
  view.sort();
  const fault = view.orderFault();
  if (fault !== null) {
    throw new OctetError(
      'model-invalid',
      `Node "${fault.node.name}" reads "${fault.tensor}", which nothing makes. Add what makes it, or correct the name.`,
    );
  }
  for (const output of view.proto.output) {
    if (view.producers.has(output.name) || view.initializers.has(output.name) || view.isInput(output.name)) continue;
    throw new OctetError(
      'model-invalid',
      `Nothing makes the output "${output.name}". Name an output of one of the nodes.`,
    );
  }
}
