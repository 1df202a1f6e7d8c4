import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema, StringStringEntryProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { attribute, float } from './attributes.js';
import { buildModel, type ModelSpec } from './build.js';
import { modelBytes } from './serialize.js';

const spec: ModelSpec = {
  inputs: [{ name: 'x', shape: ['n', 2] }],
  outputs: [{ name: 'y', shape: null }],
  initializers: { w: { dims: [2, 2], values: [1, -2, 3, NaN] }, empty: { dims: [0], values: [] } },
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
};

function modelWith(edit: (proto: ModelProto) => void): ModelProto {
  const { proto } = buildModel(spec);
  edit(proto);
  return proto;
}

function expectGenericBytes(proto: ModelProto): void {
  const bytes = modelBytes(proto);
  expect(Buffer.compare(bytes, toBinary(ModelProtoSchema, proto))).toBe(0);
  expect(toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes))).toEqual(new Uint8Array(bytes));
}

describe('modelBytes', () => {
  it.each<[string, (proto: ModelProto) => void]>([
    ['a plain model', () => undefined],
    [
      'text beyond ASCII, and empty',
      ({ graph }) => void Object.assign(graph!.node[0]!, { name: 'Größe 大小 🙂', domain: '' }),
    ],
    ['text longer than a chunk', ({ graph }) => void (graph!.node[0]!.docString = 'é'.repeat(70_000))],
    [
      'attributes of every plain kind, numbers at their borders',
      ({ graph }) => {
        const ints = [0n, 127n, 128n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -1n, -(2n ** 63n)];
        graph!.node[0]!.attribute = [
          ...ints.map((value, index) => attribute(`i${index}`, value)),
          { ...attribute('ints', [1, -1]), ints },
          attribute('f', float(-0)),
          attribute('floats', [0.1, Infinity, NaN]),
          attribute('s', 'text'),
          attribute('strings', ['a', 'b']),
        ];
      },
    ],
    [
      'attributes that hold tensors and graphs',
      ({ graph }) => {
        const body = buildModel(spec).graph;
        graph!.node[0]!.attribute = [attribute('t', graph!.initializer[0]!), attribute('then_branch', body)];
      },
    ],
    [
      'metadata of a node, and what a newer version of ONNX may add',
      ({ graph }) => {
        const [node] = graph!.node;
        node!.metadataProps = [create(StringStringEntryProtoSchema, { key: 'k', value: 'v' })];
        node!.overload = 'o';
        node!.$unknown = [{ no: 99, wireType: 0, data: Uint8Array.of(1) }];
      },
    ],
    [
      'a tensor with values in a typed field and a description',
      ({ graph }) =>
        void graph!.initializer.push(
          create(TensorProtoSchema, { name: 't', dims: [2n], dataType: 7, int64Data: [1n, -1n], docString: 'd' }),
        ),
    ],
  ])('writes %s as the generic writer does', (_, edit) => {
    expectGenericBytes(modelWith(edit));
  });

  it('writes thousands of nodes and large weights alike', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `t${index}`);
    const { proto } = buildModel({
      ...spec,
      initializers: { w: { dims: [64, 64], values: new Float32Array(4096).fill(0.5) } },
      nodes: [
        ...names.map((name, index) => ({ op: 'Relu', inputs: [names[index - 1] ?? 'x'], outputs: [name] })),
        { op: 'MatMul', inputs: ['t2999', 'w'], outputs: ['y'] },
      ],
    });
    expectGenericBytes(proto);
  });
});
