import { OctetError } from '@octet/domain';
import { type TensorProto, TensorProto_DataLocation } from 'onnx-buf';
import { bytesOfElements, onnxType } from './data-types.js';

/** Where the bytes of external tensors come from; a `Model` is one. Inline tensors need none. */
export interface ExternalBytes {
  externalBytes(tensor: TensorProto): Uint8Array<ArrayBuffer>;
}

export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;
}

export function tensorDims(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

/** Product of the dims; 1 for a scalar. */
export function elementCount(tensor: TensorProto): number {
  return tensor.dims.reduce((product, dim) => product * Number(dim), 1);
}

/** Bytes of a tensor's values in raw form, known from type and dims alone; null for strings and unknown types. */
export function tensorByteLength(tensor: TensorProto): number | null {
  const type = onnxType(tensor.dataType);
  return type === null ? null : bytesOfElements(type, elementCount(tensor));
}

function invalid(tensor: TensorProto, why: string): OctetError {
  return new OctetError('tensor-invalid', `Tensor "${tensor.name}" ${why}. Export the model again.`);
}

function packInts(values: readonly number[], bytesEach: number): Uint8Array<ArrayBuffer> {
  if (bytesEach === 4) return new Uint8Array(Int32Array.from(values).buffer);
  // int8, uint8, bool, 16-bit integers and the bits of float16 and bfloat16: the low bytes of each int32.
  return bytesEach === 2 ? new Uint8Array(Uint16Array.from(values).buffer) : Uint8Array.from(values);
}

/** Values that an exporter put in a typed field instead of raw_data. */
function fieldBytes(tensor: TensorProto): Uint8Array<ArrayBuffer> | null {
  if (tensor.floatData.length > 0) return new Uint8Array(Float32Array.from(tensor.floatData).buffer);
  if (tensor.doubleData.length > 0) return new Uint8Array(Float64Array.from(tensor.doubleData).buffer);
  if (tensor.int64Data.length > 0) return new Uint8Array(BigInt64Array.from(tensor.int64Data).buffer);
  const type = onnxType(tensor.dataType);
  if (tensor.uint64Data.length > 0) {
    return type === 'uint32'
      ? new Uint8Array(Uint32Array.from(tensor.uint64Data, Number).buffer)
      : new Uint8Array(BigUint64Array.from(tensor.uint64Data).buffer);
  }
  if (tensor.int32Data.length === 0 || type === null) return null;
  return packInts(tensor.int32Data, bytesOfElements(type, 1) ?? 1);
}

/**
 * Raw little-endian bytes of a tensor, wherever it keeps them (raw_data, a typed field, an external file). A view where
 * that costs nothing: do not write into it, and do not assume that it is aligned. The length is checked against dims.
 * Errors: `tensor-invalid`; those of external data.
 */
export function tensorBytes(tensor: TensorProto, external?: ExternalBytes): Uint8Array<ArrayBuffer> {
  const expected = tensorByteLength(tensor);
  if (expected === null) throw invalid(tensor, `has a type without raw bytes (code ${tensor.dataType})`);
  if (isExternal(tensor)) {
    if (external === undefined) throw invalid(tensor, 'keeps its data in a file: pass the model to read it');
    return external.externalBytes(tensor);
  }
  const bytes = tensor.rawData.length > 0 || expected === 0 ? tensor.rawData : fieldBytes(tensor);
  if (bytes?.length === expected) return bytes;
  throw invalid(
    tensor,
    `claims dims [${tensorDims(tensor).join(', ')}] (${expected} bytes) but holds ${bytes?.length ?? 0} bytes`,
  );
}

/** The same bytes at an offset that any typed array accepts: raw_data often starts at an odd offset of the file's buffer. */
export function alignedBytes(tensor: TensorProto, external?: ExternalBytes): Uint8Array<ArrayBuffer> {
  const bytes = tensorBytes(tensor, external);
  // `Buffer.prototype.slice` would be another view; the constructor copies.
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}
