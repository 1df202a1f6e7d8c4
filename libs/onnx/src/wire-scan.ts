import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { OctetError } from '@octet/domain';
import { ModelProtoSchema } from 'onnx-buf';
import type { ByteSource } from './byte-source.js';

/** What walking a model's protobuf structure tells, before any object is made of it. */
export interface WireSummary {
  /** `location` entries of external tensors, each once, in order of appearance. */
  externalLocations: string[];
  /** Rough bytes of JavaScript heap that decoding would take; raw_data is not part of it (it stays in the buffer). */
  heapBytes: number;
  fields: ReadonlySet<number>;
}

const maxDepth = 100;
/** Measured with V8 12: an empty message of onnx-buf takes 150 to 300 bytes, a bigint in an array 24 to 32. */
const bytesPerMessage = 256;
const bytesPerValue = 32;

interface Walk {
  source: ByteSource;
  /** Behind the number read last. */
  position: number;
  heapBytes: number;
  heapLimit: number;
  locations: Set<string>;
  what: string;
}

const fieldsByNumber = new Map<DescMessage, Map<number, DescField>>();

function fieldsOf(message: DescMessage): Map<number, DescField> {
  const known = fieldsByNumber.get(message);
  if (known !== undefined) return known;
  const fields = new Map(message.fields.map((field) => [field.number, field]));
  fieldsByNumber.set(message, fields);
  return fields;
}

function notOnnx(walk: Walk, why: string): OctetError {
  return new OctetError(
    'model-not-onnx',
    `${walk.what} is not an ONNX model: ${why}. Give an .onnx file (a protobuf ModelProto), as torch.onnx.export writes it.`,
  );
}

function truncated(walk: Walk, missing: number): OctetError {
  return new OctetError(
    'model-truncated',
    `${walk.what} is cut short: at least ${missing} bytes are missing at its end. Copy or download it again, and compare its size with the original's.`,
  );
}

/** Base-128 varint; `walk.position` is then behind it. 2^53 is more than any length here can be. */
function varint(walk: Walk, position: number, end: number): number {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    if (position + index >= end)
      throw end === walk.source.length ? truncated(walk, 1) : notOnnx(walk, 'a field runs over its message');
    const byte = walk.source.at(position + index);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      walk.position = position + index + 1;
      return value;
    }
  }
  throw notOnnx(walk, 'a number is longer than protobuf allows');
}

function skipFixed(walk: Walk, position: number, width: number, end: number): number {
  if (position + width <= end) return position + width;
  throw end === walk.source.length
    ? truncated(walk, position + width - end)
    : notOnnx(walk, 'a field runs over its message');
}

function charge(walk: Walk, bytes: number): void {
  walk.heapBytes += bytes;
  if (walk.heapBytes <= walk.heapLimit) return;
  throw new OctetError(
    'model-too-large',
    `${walk.what} would take more than ${Math.round(walk.heapLimit / 2 ** 20)} MiB of memory to decode. Store its weights as raw data or external data (onnx.save(..., save_as_external_data=True)), or give Node more memory (--max-old-space-size).`,
  );
}

/** Heap of packed numbers: 64-bit integers become bigints, all others doubles in an array. */
function packedBytes(field: DescField, length: number): number {
  if (field.fieldKind !== 'list' || field.listKind !== 'scalar') return 0;
  if (field.scalar === ScalarType.FLOAT) return 2 * length;
  if (field.scalar === ScalarType.DOUBLE) return length;
  return length * (field.scalar === ScalarType.INT32 ? 8 : bytesPerValue);
}

function messageOf(field: DescField): DescMessage | null {
  if (field.fieldKind === 'message') return field.message;
  return field.fieldKind === 'list' && field.listKind === 'message' ? field.message : null;
}

/** A location is a StringStringEntryProto {key: 'location', value}, both short: read them only there. */
function noteLocation(walk: Walk, start: number, end: number): void {
  const entry = new Map<number, string>();
  let position = start;
  while (position < end) {
    const tag = varint(walk, position, end);
    if (tag % 8 !== 2) return;
    const length = varint(walk, walk.position, end);
    const from = walk.position;
    position = skipFixed(walk, from, length, end);
    entry.set(Math.floor(tag / 8), new TextDecoder().decode(walk.source.slice(from, position)));
  }
  if (entry.get(1) === 'location') walk.locations.add(entry.get(2) ?? '');
}

function scanDelimited(walk: Walk, field: DescField | undefined, start: number, end: number, depth: number): void {
  if (field === undefined) return;
  const child = messageOf(field);
  if (child === null) return charge(walk, packedBytes(field, end - start));
  charge(walk, bytesPerMessage);
  if (field.name === 'external_data') noteLocation(walk, start, end);
  scanMessage(walk, child, start, end, depth + 1);
}

/** Adds the numbers of the fields that it meets to `seen`, where it is given. */
function scanMessage(
  walk: Walk,
  message: DescMessage,
  start: number,
  end: number,
  depth: number,
  seen: Set<number> | null = null,
): void {
  if (depth > maxDepth) throw notOnnx(walk, `messages are nested more than ${maxDepth} deep`);
  const fields = fieldsOf(message);
  let position = start;
  while (position < end) {
    const tag = varint(walk, position, end);
    const number = Math.floor(tag / 8);
    const field = fields.get(number);
    if (number === 0) throw notOnnx(walk, 'field number 0 appears');
    if (depth === 0 && field === undefined) throw notOnnx(walk, `field ${number} does not belong to a model`);
    seen?.add(number);
    position = scanField(walk, field, tag % 8, walk.position, end, depth);
  }
}

function scanField(
  walk: Walk,
  field: DescField | undefined,
  wire: number,
  at: number,
  end: number,
  depth: number,
): number {
  if (wire === 1) return skipFixed(walk, at, 8, end);
  if (wire === 5) return skipFixed(walk, at, 4, end);
  if (wire === 0) {
    if (field?.fieldKind === 'list') charge(walk, bytesPerValue);
    varint(walk, at, end);
    return walk.position;
  }
  if (wire !== 2) throw notOnnx(walk, `wire type ${wire} is not used by ONNX`);
  if (depth === 0 && field?.fieldKind === 'scalar' && field.scalar !== ScalarType.STRING) {
    throw notOnnx(walk, `field ${field.number} has the wrong wire type`);
  }
  const length = varint(walk, at, end);
  const from = walk.position;
  const next = skipFixed(walk, from, length, end);
  scanDelimited(walk, field, from, next, depth);
  return next;
}

/**
 * Walks the protobuf structure of a model without decoding it: tells a truncated file from one that is not ONNX, refuses
 * one whose decoding would not fit in `heapLimit` bytes of heap, and finds the external files. Reads headers only, so its
 * cost does not grow with the weights.
 * Errors: `model-empty`, `model-not-onnx`, `model-truncated`, `model-too-large`.
 */
export function scanModel(source: ByteSource, what: string, heapLimit: number): WireSummary {
  if (source.length === 0) {
    throw new OctetError('model-empty', `${what} is empty (0 bytes). Export the model again or copy it again.`);
  }
  const walk: Walk = { source, position: 0, heapBytes: 0, heapLimit, locations: new Set(), what };
  refuseOtherFormats(walk);
  const fields = new Set<number>();
  scanMessage(walk, ModelProtoSchema, 0, source.length, 0, fields);
  return { externalLocations: [...walk.locations], heapBytes: walk.heapBytes, fields };
}

const signatures: readonly (readonly [prefix: string, why: string])[] = [
  ['version https://git-lfs', 'it is a Git LFS pointer (run `git lfs pull`)'],
  ['PK\u0003\u0004', 'it is a ZIP archive (a .pt, .npz or .keras file?)'],
  ['<', 'it is an HTML or XML page (a failed download?)'],
];

function refuseOtherFormats(walk: Walk): void {
  const head = String.fromCharCode(...walk.source.slice(0, Math.min(32, walk.source.length)));
  const found = signatures.find(([prefix]) => head.startsWith(prefix));
  if (found !== undefined) throw notOnnx(walk, found[1]);
}
