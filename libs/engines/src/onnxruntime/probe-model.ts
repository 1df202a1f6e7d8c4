import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';

const float = 1;
const channels = 8;
const size = 8;

/**
 * The smallest network that needs all of a GPU provider's libraries: a convolution (cuDNN) and a matrix product (cuBLAS). All
 * weights are 1.
 */
export function probeModel(): { bytes: Uint8Array; inputName: string; dims: number[] } {
  const dims = [1, channels, size, size];
  const ones = (name: string, shape: number[]) => {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const floatData = Array.from({ length }, () => 1);
    return create(TensorProtoSchema, { name, dataType: float, dims: shape.map(BigInt), floatData });
  };
  const value = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: {
        value: {
          case: 'tensorType',
          value: {
            elemType: float,
            shape: { dim: dims.map((dim) => ({ value: { case: 'dimValue' as const, value: BigInt(dim) } })) },
          },
        },
      },
    });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: {
      name: 'probe',
      node: [
        create(NodeProtoSchema, { opType: 'Conv', name: 'conv', input: ['x', 'kernel'], output: ['c'] }),
        create(NodeProtoSchema, { opType: 'MatMul', name: 'product', input: ['c', 'matrix'], output: ['y'] }),
      ],
      input: [value('x')],
      output: [value('y')],
      initializer: [ones('kernel', [channels, channels, 1, 1]), ones('matrix', [size, size])],
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputName: 'x', dims };
}
