import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import { WireWriter } from './wire-writer.js';

export function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

const { hasOwn } = Object;

/** Nothing beyond what is written below: the rest is left to the generic writer. */
function isCommonNode(node: NodeProto): boolean {
  return node.metadataProps.length === 0 && node.$unknown === undefined && !hasOwn(node, 'overload');
}

function isCommonAttribute(entry: AttributeProto): boolean {
  const { t, g, tp, sparseTensor, strings, tensors, graphs, typeProtos, sparseTensors } = entry;
  const message = t ?? g ?? tp ?? sparseTensor ?? entry.$unknown;
  const lists = strings.length + tensors.length + graphs.length + typeProtos.length + sparseTensors.length;
  return message === undefined && lists === 0 && !hasOwn(entry, 'refAttrName');
}

function isCommonTensor(tensor: TensorProto): boolean {
  const { floatData, int32Data, stringData, int64Data, doubleData, uint64Data, externalData, metadataProps } = tensor;
  const numbers = floatData.length + int32Data.length + int64Data.length + doubleData.length + uint64Data.length;
  const lists = numbers + stringData.length + externalData.length + metadataProps.length;
  const message = tensor.segment ?? tensor.$unknown;
  return lists === 0 && message === undefined && !hasOwn(tensor, 'docString') && !hasOwn(tensor, 'dataLocation');
}

/** A field that is set: those at their defaults live on the prototype. */
function has<T extends object>(message: T, field: keyof T): boolean {
  return hasOwn(message, field) && message[field] !== undefined;
}

/** Fields by their numbers in onnx.proto, in ascending order as every writer does it. */
function writeNode(to: WireWriter, node: NodeProto): void {
  if (!isCommonNode(node)) return to.append([toBinary(NodeProtoSchema, node)]);
  for (const name of node.input) to.text(1, name);
  for (const name of node.output) to.text(2, name);
  if (has(node, 'name')) to.text(3, node.name);
  if (has(node, 'opType')) to.text(4, node.opType);
  for (const entry of node.attribute) to.message(5, (body) => writeAttribute(body, entry));
  if (has(node, 'docString')) to.text(6, node.docString);
  if (has(node, 'domain')) to.text(7, node.domain);
}

function writeAttribute(to: WireWriter, entry: AttributeProto): void {
  if (!isCommonAttribute(entry)) return to.append([toBinary(AttributeProtoSchema, entry)]);
  if (has(entry, 'name')) to.text(1, entry.name);
  if (has(entry, 'f')) to.float(2, entry.f);
  if (has(entry, 'i')) to.int64(3, entry.i);
  if (has(entry, 's')) to.bytes(4, entry.s);
  for (const value of entry.floats) to.float(7, value);
  for (const value of entry.ints) to.int64(8, value);
  if (has(entry, 'docString')) to.text(13, entry.docString);
  if (has(entry, 'type')) to.int32(20, entry.type);
}

/** Large raw_data becomes a chunk that points at the model's own bytes. */
function writeTensor(to: WireWriter, tensor: TensorProto): void {
  if (!isCommonTensor(tensor)) return writeUncommonTensor(to, tensor);
  for (const dim of tensor.dims) to.int64(1, dim);
  if (has(tensor, 'dataType')) to.int32(2, tensor.dataType);
  if (has(tensor, 'name')) to.text(8, tensor.name);
  if (has(tensor, 'rawData')) to.bytes(9, tensor.rawData);
}

/** Below this the generic writer is as good. */
const ownChunkBytes = 1024;

function writeUncommonTensor(to: WireWriter, tensor: TensorProto): void {
  if (tensor.rawData.length < ownChunkBytes) return to.append([toBinary(TensorProtoSchema, tensor)]);
  const rest = Object.assign(create(TensorProtoSchema), tensor, { rawData: undefined });
  to.append([toBinary(TensorProtoSchema, rest)]);
  to.bytes(9, tensor.rawData);
}

function writeGraph(to: WireWriter, graph: GraphProto): void {
  for (const node of graph.node) to.message(1, (body) => writeNode(body, node));
  if (has(graph, 'name')) to.text(2, graph.name);
  for (const tensor of graph.initializer) to.message(5, (body) => writeTensor(body, tensor));
  const after = Object.assign(create(GraphProtoSchema), graph, { node: [], initializer: [], name: undefined });
  to.append([toBinary(GraphProtoSchema, after)]);
}

const beforeGraph = ['irVersion', 'producerName', 'producerVersion', 'domain', 'modelVersion', 'docString'] as const;

function modelBefore(proto: ModelProto): ModelProto {
  const before = create(ModelProtoSchema);
  for (const field of beforeGraph) if (hasOwn(proto, field)) Object.assign(before, { [field]: proto[field] });
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
  const { graph } = proto;
  if (graph === undefined) return [toBinary(ModelProtoSchema, proto)];
  const writer = new WireWriter();
  writer.append([toBinary(ModelProtoSchema, modelBefore(proto))]);
  writer.message(7, (body) => writeGraph(body, graph));
  writer.append([toBinary(ModelProtoSchema, modelAfter(proto))]);
  return writer.chunks();
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
