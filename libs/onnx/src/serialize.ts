import { create, toBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';

/** Below this the generic writer is as good; above it a copy of the bytes costs more than a chunk of its own. */
const ownChunkBytes = 1024;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

/** Tag and length of a length-delimited field. */
function header(field: number, length: number): Uint8Array {
  return Uint8Array.of(...varint(field * 8 + 2), ...varint(length));
}

export function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Large raw_data becomes a chunk that points at the model's own bytes. */
function tensorParts(tensor: TensorProto): Uint8Array[] {
  if (tensor.rawData.length < ownChunkBytes) return [toBinary(TensorProtoSchema, tensor)];
  const rest = Object.assign(create(TensorProtoSchema), tensor, { rawData: undefined });
  return [toBinary(TensorProtoSchema, rest), header(9, tensor.rawData.length), tensor.rawData];
}

function fieldParts(field: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [header(field, totalLength(parts)), ...parts];
}

function graphParts(graph: GraphProto): Uint8Array[] {
  const before = create(GraphProtoSchema, { node: graph.node });
  if (Object.hasOwn(graph, 'name')) before.name = graph.name;
  const after = Object.assign(create(GraphProtoSchema), graph, { node: [], initializer: [], name: undefined });
  const initializers = graph.initializer.flatMap((tensor) => fieldParts(5, tensorParts(tensor)));
  return [toBinary(GraphProtoSchema, before), ...initializers, toBinary(GraphProtoSchema, after)];
}

const beforeGraph = ['irVersion', 'producerName', 'producerVersion', 'domain', 'modelVersion', 'docString'] as const;

function modelBefore(proto: ModelProto): ModelProto {
  const before = create(ModelProtoSchema);
  for (const field of beforeGraph) if (Object.hasOwn(proto, field)) Object.assign(before, { [field]: proto[field] });
  return before;
}

function modelAfter(proto: ModelProto): ModelProto {
  const emptied = Object.fromEntries([...beforeGraph, 'graph'].map((field) => [field, undefined]));
  const after: ModelProto = create(ModelProtoSchema);
  return Object.assign(after, proto, emptied) as ModelProto;
}

/**
 * A model's protobuf as a list of chunks in file order. Weights are chunks that point at the model's own memory, so
 * writing a model costs no second copy of it (the generic writer of @bufbuild/protobuf takes three).
 */
export function modelChunks(proto: ModelProto): Uint8Array[] {
  if (proto.graph === undefined) return [toBinary(ModelProtoSchema, proto)];
  return [
    toBinary(ModelProtoSchema, modelBefore(proto)),
    ...fieldParts(7, graphParts(proto.graph)),
    toBinary(ModelProtoSchema, modelAfter(proto)),
  ];
}

/** The whole model in one buffer: for runtimes that take bytes. At most 2 GiB; see `saveModel` for more. */
export function modelBytes(proto: ModelProto): Uint8Array<ArrayBuffer> {
  const chunks = modelChunks(proto);
  const bytes = new Uint8Array(totalLength(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
