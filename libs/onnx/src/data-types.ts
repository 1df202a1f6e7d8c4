import { TensorProto_DataType as Code } from 'onnx-buf';

/** Element types by the names that onnxruntime's JavaScript tensors use, so a model's inputs can be fed as they are told. */
export type OnnxType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'float8'
  | 'float4'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'int4'
  | 'int2'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'uint4'
  | 'uint2'
  | 'bool'
  | 'string'
  | 'complex64'
  | 'complex128';

const names: Readonly<Record<number, OnnxType>> = {
  [Code.FLOAT]: 'float32',
  [Code.UINT8]: 'uint8',
  [Code.INT8]: 'int8',
  [Code.UINT16]: 'uint16',
  [Code.INT16]: 'int16',
  [Code.INT32]: 'int32',
  [Code.INT64]: 'int64',
  [Code.STRING]: 'string',
  [Code.BOOL]: 'bool',
  [Code.FLOAT16]: 'float16',
  [Code.DOUBLE]: 'float64',
  [Code.UINT32]: 'uint32',
  [Code.UINT64]: 'uint64',
  [Code.COMPLEX64]: 'complex64',
  [Code.COMPLEX128]: 'complex128',
  [Code.BFLOAT16]: 'bfloat16',
  [Code.FLOAT8E4M3FN]: 'float8',
  [Code.FLOAT8E4M3FNUZ]: 'float8',
  [Code.FLOAT8E5M2]: 'float8',
  [Code.FLOAT8E5M2FNUZ]: 'float8',
  [Code.FLOAT8E8M0]: 'float8',
  [Code.FLOAT4E2M1]: 'float4',
  [Code.UINT4]: 'uint4',
  [Code.INT4]: 'int4',
  [Code.UINT2]: 'uint2',
  [Code.INT2]: 'int2',
};

const bits: Readonly<Record<OnnxType, number | null>> = {
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  float8: 8,
  float4: 4,
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  int4: 4,
  int2: 2,
  uint64: 64,
  uint32: 32,
  uint16: 16,
  uint8: 8,
  uint4: 4,
  uint2: 2,
  bool: 8,
  string: null,
  complex64: 64,
  complex128: 128,
};

const codes = new Map<OnnxType, number>();
for (const [code, name] of Object.entries(names)) if (!codes.has(name)) codes.set(name, Number(code));

/** Name of a TensorProto.DataType code; null for UNDEFINED and codes newer than this library. */
export function onnxType(code: number): OnnxType | null {
  return names[code] ?? null;
}

/** TensorProto.DataType code of a name; `float8` is E4M3FN, the first of its kind. */
export function onnxTypeCode(type: OnnxType): number {
  return codes.get(type) ?? Code.UNDEFINED;
}

/** Bytes that `elements` values of a type take in raw_data; sub-byte types are packed; null for strings. */
export function bytesOfElements(type: OnnxType, elements: number): number | null {
  const width = bits[type];
  return width === null ? null : Math.ceil((elements * width) / 8);
}

/** Types that hold weights (int64, bool and strings hold indices, shapes and masks). */
export function isWeightType(type: OnnxType | null): boolean {
  return type !== null && !['int64', 'uint64', 'bool', 'string'].includes(type);
}
