import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema, type NodeProto } from 'onnx-buf';

const float = 1;
const uint8 = 2;
const int8 = 3;
const int64 = 7;

/** Dense layer of the specs: [rows, width] times a [width, columns] weight; columns are as many as `width` if not said. */
export interface SampleSize {
  rows: number;
  width: number;
  columns?: number;
}

/** `y = x * w`: one MatMul with a constant weight. */
export function denseModel(size: SampleSize): Uint8Array {
  return model(size, [node('MatMul', 'dense', ['x', 'w'], ['y'])]);
}

/** The same with Q/DQ nodes around its activation and weight: ONNX Runtime fuses all but the first Q and the last DQ. */
export function quantizedDenseModel(size: SampleSize): Uint8Array {
  return model(size, [
    node('QuantizeLinear', 'qx', ['x', 'sx', 'zx'], ['xq']),
    node('DequantizeLinear', 'dx', ['xq', 'sx', 'zx'], ['xd']),
    node('DequantizeLinear', 'dw', ['wq', 'sw', 'zw'], ['wd']),
    node('MatMul', 'dense', ['xd', 'wd'], ['yr']),
    node('QuantizeLinear', 'qy', ['yr', 'sx', 'zx'], ['yq']),
    node('DequantizeLinear', 'dy', ['yq', 'sx', 'zx'], ['y']),
  ]);
}

/** A quantised MatMul with a float bias added: ONNX Runtime's own fusion of the two keeps it in float. */
export function quantizedBiasModel(size: SampleSize): Uint8Array {
  return model(size, [
    node('QuantizeLinear', 'qx', ['x', 'sx', 'zx'], ['xq']),
    node('DequantizeLinear', 'dx', ['xq', 'sx', 'zx'], ['xd']),
    node('DequantizeLinear', 'dw', ['wq', 'sw', 'zw'], ['wd']),
    node('MatMul', 'dense', ['xd', 'wd'], ['m']),
    node('Add', 'bias', ['m', 'b'], ['y']),
  ]);
}

/**
 * Only the quantising part of `quantizedDenseModel`: x to UINT8. One row is given out, so that handing over the output takes no
 * time beside it.
 */
export function quantizeOnlyModel(size: SampleSize): Uint8Array {
  const nodes = [
    node('QuantizeLinear', 'qx', ['x', 'sx', 'zx'], ['xq']),
    node('Slice', 'row', ['xq', 'first', 'second', 'rowAxis'], ['y']),
  ];
  return model(size, nodes, { outputType: uint8, outputDims: [1, size.width] });
}

/** The user's own Transpose before the dense layer. */
export function transposedDenseModel(size: SampleSize): Uint8Array {
  const nodes = [node('Transpose', 'own', ['x'], ['xt']), node('MatMul', 'dense', ['xt', 'w'], ['y'])];
  return model({ rows: size.width, width: size.width }, nodes);
}

function node(opType: string, name: string, input: string[], output: string[]): NodeProto {
  return create(NodeProtoSchema, { opType, name, input, output });
}

function model(
  { rows, width, columns = width }: SampleSize,
  nodes: NodeProto[],
  { outputType = float, outputDims = [rows, columns] } = {},
): Uint8Array {
  const value = (name: string, elemType: number, dims: number[]) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: 'tensorType',
          value: {
            elemType,
            shape: { dim: dims.map((dim) => ({ value: { case: 'dimValue' as const, value: BigInt(dim) } })) },
          },
        },
      },
    });
  const used = new Set(nodes.flatMap(({ input }) => input));
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'sample',
      node: nodes,
      input: [value('x', float, [rows, width])],
      output: [value('y', outputType, outputDims)],
      initializer: weights(width, columns).filter(({ name }) => used.has(name)),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function weights(width: number, columns: number) {
  const pattern = Array.from({ length: width * columns }, (_, index) => ((index * 37) % 127) - 63);
  const dims = [BigInt(width), BigInt(columns)];
  const whole = (name: string, value: number) =>
    create(TensorProtoSchema, { name, dataType: int64, dims: [1n], int64Data: [BigInt(value)] });
  return [
    create(TensorProtoSchema, { name: 'w', dataType: float, dims, floatData: pattern.map((value) => value / 64) }),
    create(TensorProtoSchema, {
      name: 'b',
      dataType: float,
      dims: [BigInt(columns)],
      floatData: pattern.slice(0, columns),
    }),
    create(TensorProtoSchema, { name: 'wq', dataType: int8, dims, int32Data: pattern }),
    create(TensorProtoSchema, { name: 'sw', dataType: float, dims: [], floatData: [1 / 64] }),
    create(TensorProtoSchema, { name: 'zw', dataType: int8, dims: [], int32Data: [0] }),
    create(TensorProtoSchema, { name: 'sx', dataType: float, dims: [], floatData: [1 / 32] }),
    create(TensorProtoSchema, { name: 'zx', dataType: uint8, dims: [], int32Data: [128] }),
    whole('first', 0),
    whole('second', 1),
    whole('rowAxis', 0),
  ];
}
