import { create } from '@bufbuild/protobuf';
import { OctetError } from '@octet/domain';
import { type TensorProto, TensorProtoSchema } from 'onnx-buf';
import { onnxType, onnxTypeCode, type OnnxType } from './data-types.js';
import { bfloat16Bits, bfloat16Value, float16Bits, float16Value } from './half.js';
import { alignedBytes, elementCount, type ExternalBytes } from './tensor-bytes.js';

export type TensorValues =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

const views: Partial<Record<OnnxType, (buffer: ArrayBuffer, offset: number, count: number) => TensorValues>> = {
  float32: (buffer, offset, count) => new Float32Array(buffer, offset, count),
  float64: (buffer, offset, count) => new Float64Array(buffer, offset, count),
  float16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  bfloat16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  int8: (buffer, offset, count) => new Int8Array(buffer, offset, count),
  uint8: (buffer, offset, count) => new Uint8Array(buffer, offset, count),
  bool: (buffer, offset, count) => new Uint8Array(buffer, offset, count),
  int16: (buffer, offset, count) => new Int16Array(buffer, offset, count),
  uint16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  int32: (buffer, offset, count) => new Int32Array(buffer, offset, count),
  uint32: (buffer, offset, count) => new Uint32Array(buffer, offset, count),
  int64: (buffer, offset, count) => new BigInt64Array(buffer, offset, count),
  uint64: (buffer, offset, count) => new BigUint64Array(buffer, offset, count),
};

/**
 * Values of a tensor as the typed array of its own type (float16 and bfloat16: their bits in a Uint16Array; bool: bytes).
 * A view of the model where alignment allows: do not write into it.
 * Errors: `tensor-invalid` (dims and bytes disagree), `tensor-type` (strings, sub-byte and complex types).
 */
export function tensorValues(tensor: TensorProto, external?: ExternalBytes): TensorValues {
  const type = onnxType(tensor.dataType);
  const view = type === null ? undefined : views[type];
  if (view === undefined) {
    throw new OctetError(
      'tensor-type',
      `Tensor "${tensor.name}" is of type ${type ?? `code ${tensor.dataType}`}, which cannot be read as numbers here. Leave it as it is.`,
    );
  }
  const bytes = alignedBytes(tensor, external);
  return view(bytes.buffer, bytes.byteOffset, elementCount(tensor));
}

function halfToFloat32(bits: Uint16Array, value: (bits: number) => number): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) floats[index] = value(bits[index] ?? 0);
  return floats;
}

/** Values as float32, rounded once where the type is wider. A view for a float32 tensor: copy before writing. */
export function tensorToFloat32(tensor: TensorProto, external?: ExternalBytes): Float32Array<ArrayBuffer> {
  const values = tensorValues(tensor, external);
  const type = onnxType(tensor.dataType);
  if (values instanceof Float32Array) return values;
  if (type === 'float16') return halfToFloat32(values as Uint16Array, float16Value);
  if (type === 'bfloat16') return halfToFloat32(values as Uint16Array, bfloat16Value);
  return Float32Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Values as plain numbers: for shapes, axes and other small tensors. */
export function tensorToNumbers(tensor: TensorProto, external?: ExternalBytes): number[] {
  const type = onnxType(tensor.dataType);
  const half = type === 'float16' || type === 'bfloat16';
  const values = half ? tensorToFloat32(tensor, external) : tensorValues(tensor, external);
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

function typedTensor(name: string, type: OnnxType, dims: readonly number[], values: TensorValues): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count !== values.length) {
    throw new OctetError(
      'tensor-invalid',
      `Tensor "${name}" of dims [${dims.join(', ')}] needs ${count} values, not ${values.length}. Correct the one or the other.`,
    );
  }
  return create(TensorProtoSchema, {
    name,
    dataType: onnxTypeCode(type),
    dims: dims.map(BigInt),
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
}

/** float32 tensor; keeps `values` without copying when it is a Float32Array. */
export function float32Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  return typedTensor(name, 'float32', dims, floats as Float32Array<ArrayBuffer>);
}

/** float16 tensor of float values, rounded half to even. */
export function float16Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) bits[index] = float16Bits(values[index] ?? 0);
  return typedTensor(name, 'float16', dims, bits);
}

/** bfloat16 tensor of float values, rounded half to even. */
export function bfloat16Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) bits[index] = bfloat16Bits(values[index] ?? 0);
  return typedTensor(name, 'bfloat16', dims, bits);
}

/** Nearest integer in [low, high], ties to even as ONNX's QuantizeLinear rounds; NaN becomes 0. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function saturated(values: ArrayLike<number>, low: number, high: number): number[] {
  return Array.from(values, (value) => Math.min(high, Math.max(low, roundHalfEven(value))) || 0);
}

/** int8 tensor; values that are not yet an Int8Array are rounded half to even and saturated. */
export function int8Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const ints = values instanceof Int8Array ? values : Int8Array.from(saturated(values, -128, 127));
  return typedTensor(name, 'int8', dims, ints as Int8Array<ArrayBuffer>);
}

/** uint8 tensor; values that are not yet a Uint8Array are rounded half to even and saturated. */
export function uint8Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const ints = values instanceof Uint8Array ? values : Uint8Array.from(saturated(values, 0, 255));
  return typedTensor(name, 'uint8', dims, ints as Uint8Array<ArrayBuffer>);
}

/** int32 tensor; values that are not yet an Int32Array are rounded half to even and saturated. */
export function int32Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const ints = values instanceof Int32Array ? values : Int32Array.from(saturated(values, -(2 ** 31), 2 ** 31 - 1));
  return typedTensor(name, 'int32', dims, ints as Int32Array<ArrayBuffer>);
}

/** int64 tensor of whole numbers (shapes, axes). */
export function int64Tensor(name: string, dims: readonly number[], values: ArrayLike<number | bigint>): TensorProto {
  return typedTensor(name, 'int64', dims, BigInt64Array.from(Array.from(values, (value) => BigInt(value))));
}

export function boolTensor(name: string, dims: readonly number[], values: readonly boolean[]): TensorProto {
  return typedTensor(name, 'bool', dims, Uint8Array.from(values, Number));
}

/** The same values under another name, sharing the bytes. */
export function renamedTensor(tensor: TensorProto, name: string): TensorProto {
  return Object.assign(create(TensorProtoSchema), tensor, { name });
}
