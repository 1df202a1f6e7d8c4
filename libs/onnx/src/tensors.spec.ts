import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType as Code, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { alignedBytes, tensorBytes } from './tensor-bytes.js';
import {
  boolTensor,
  float16Tensor,
  float32Tensor,
  int32Tensor,
  int64Tensor,
  int8Tensor,
  roundHalfEven,
  tensorToFloat32,
  tensorToNumbers,
  tensorValues,
  uint8Tensor,
} from './tensors.js';

describe('writing tensors', () => {
  it('rounds half to even and saturates', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4, -2.6].map(roundHalfEven).map((x) => x + 0)).toEqual([
      0, 2, 2, 0, -2, -2, 2, -3,
    ]);
    expect(tensorToNumbers(int8Tensor('q', [6], [-200, -128.5, 126.5, 127.5, 0.5, NaN]))).toEqual([
      -128, -128, 126, 127, 0, 0,
    ]);
    expect(tensorToNumbers(uint8Tensor('q', [4], [-1, 254.5, 255.5, 2.5]))).toEqual([0, 254, 255, 2]);
    expect(tensorToNumbers(int32Tensor('b', [2], [3e9, -3e9]))).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  });

  it('round-trips each type', () => {
    expect(tensorValues(float32Tensor('f', [2], [1.5, -2]))).toEqual(Float32Array.of(1.5, -2));
    expect(tensorToFloat32(float16Tensor('h', [3], [1 / 3, 65504, 1e-8]))).toEqual(
      Float32Array.of(0.333251953125, 65504, 0),
    );
    expect(tensorValues(int64Tensor('i', [2], [-1, 2n ** 40n]))).toEqual(BigInt64Array.of(-1n, 2n ** 40n));
    expect(tensorToNumbers(boolTensor('m', [2], [true, false]))).toEqual([1, 0]);
    expect(tensorToNumbers(float32Tensor('scalar', [], [7]))).toEqual([7]);
  });

  it('refuses dims that do not fit the values', () => {
    expect(() => float32Tensor('w', [2, 2], [1, 2, 3])).toThrow(/"w".*needs 4 values, not 3/);
  });
});

describe('reading tensors', () => {
  it('reads raw data at an odd offset', () => {
    const buffer = new Uint8Array(21);
    const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5).buffer);
    buffer.set(floats, 1);
    const tensor = create(TensorProtoSchema, {
      name: 'w',
      dims: [5n],
      dataType: Code.FLOAT,
      rawData: buffer.subarray(1),
    });
    expect(tensorToFloat32(tensor)).toEqual(Float32Array.of(1, 2, 3, 4, 5));
    expect(alignedBytes(tensor).byteOffset % 8).toBe(0);
  });

  it('reads raw data out of a Buffer, whose slices are views', () => {
    const pool = Buffer.concat([Buffer.from([9]), Buffer.from(Int32Array.of(7, -8).buffer)]);
    const tensor = create(TensorProtoSchema, {
      name: 'b',
      dims: [2n],
      dataType: Code.INT32,
      rawData: pool.subarray(1),
    });
    expect(tensorToNumbers(tensor)).toEqual([7, -8]);
  });

  it('reads the typed fields that exporters use instead', () => {
    const read = (fields: object) => tensorToNumbers(create(TensorProtoSchema, { name: 't', dims: [2n], ...fields }));
    expect(read({ dataType: Code.FLOAT, floatData: [0.5, -1] })).toEqual([0.5, -1]);
    expect(read({ dataType: Code.INT8, int32Data: [-1, 127] })).toEqual([-1, 127]);
    expect(read({ dataType: Code.UINT8, int32Data: [200, 3] })).toEqual([200, 3]);
    expect(read({ dataType: Code.FLOAT16, int32Data: [0x3c00, 0xc000] })).toEqual([1, -2]);
    expect(read({ dataType: Code.INT64, int64Data: [5n, -6n] })).toEqual([5, -6]);
    expect(read({ dataType: Code.DOUBLE, doubleData: [0.1, 2] })).toEqual([0.1, 2]);
    expect(read({ dataType: Code.BOOL, int32Data: [1, 0] })).toEqual([1, 0]);
    expect(read({ dataType: Code.INT32, int32Data: [-5, 6] })).toEqual([-5, 6]);
  });

  it('refuses a tensor whose dims claim more than it holds, without allocating it', () => {
    const tensor = create(TensorProtoSchema, {
      name: 'huge',
      dims: [1n << 40n],
      dataType: Code.FLOAT,
      rawData: new Uint8Array(4),
    });
    expect(() => tensorBytes(tensor)).toThrow(expect.objectContaining({ code: 'tensor-invalid' }) as Error);
  });

  it('says of strings that they are no numbers', () => {
    const tensor = create(TensorProtoSchema, { name: 's', dims: [1n], dataType: Code.STRING });
    expect(() => tensorValues(tensor)).toThrow(expect.objectContaining({ code: 'tensor-type' }) as Error);
  });
});
