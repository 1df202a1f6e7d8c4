import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel, type InitializerSpec } from '../build.js';
import { loadModel } from '../load.js';
import { int8Tensor, uint8Tensor } from '../tensors.js';
import { realModels } from '../../test/run-model.js';
import { inspectModel } from './inspect.js';
import { modelWork } from './work.js';

const mnist = join(import.meta.dirname, '../../../../examples/models/mnist-cnn.onnx');

describe('inspectModel', () => {
  it('counts parameters and MACs of the digit classifier as done by hand', async () => {
    const info = inspectModel(await loadModel(mnist), { shapes: { image: [1, 1, 28, 28] } });
    const macs = Object.fromEntries(
      info.layers.filter((layer) => layer.macs !== 0).map((layer) => [layer.name, layer.macs]),
    );
    expect(macs).toEqual({ conv1: 28 * 28 * 16 * 25, conv2: 14 * 14 * 32 * 16 * 25, dense1: 1568 * 64, dense2: 640 });
    expect(info.macs).toBe(313_600 + 2_508_800 + 100_352 + 640);
    expect(info.parameters).toBe(416 + 12_832 + 100_416 + 650);
    expect(info.weightBytes).toBe(4 * info.parameters);
    expect(info.layers.find((layer) => layer.name === 'conv2')).toEqual({
      name: 'conv2',
      opType: 'Conv',
      macs: 2_508_800,
      parameters: 12_832,
      weightBytes: 51_328,
      outputShape: [1, 32, 14, 14],
      inSubgraph: false,
    });
    expect(info).toMatchObject({
      inputs: [{ name: 'image', dataType: 'float32', shape: ['batch', 1, 28, 28] }],
      outputs: [{ name: 'logits', dataType: 'float32', shape: ['batch', 10] }],
      opsets: { '': 13 },
      irVersion: 7,
      dynamicDims: ['batch'],
      hasQdq: false,
      unknownOperators: [],
      opTypes: { Conv: 2, Relu: 3, MaxPool: 2, Flatten: 1, Gemm: 2 },
    });
  });

  it('says null where a dynamic dimension leaves MACs unknown', async () => {
    const info = inspectModel(await loadModel(mnist));
    expect([info.macs, info.layers[0]?.macs, info.layers[0]?.outputShape]).toEqual([null, null, ['batch', 16, 28, 28]]);
  });

  it('counts weights that an exporter keeps in Constant nodes', async () => {
    const info = inspectModel(await loadModel(realModels.recognition), { shapes: { x: [1, 3, 48, 320] } });
    expect(info.parameters).toBeGreaterThan(2_600_000);
    expect(info.macs).toBe(702_469_440);
    expect(info.layers.some((layer) => layer.opType === 'Constant')).toBe(false);
  });

  it('counts matrix products: batched, transposed, grouped, transposed convolution', () => {
    const w = (...dims: number[]): InitializerSpec => ({
      dims,
      values: new Float32Array(dims.reduce((a, b) => a * b, 1)),
    });
    const model = buildModel({
      inputs: [
        { name: 'a', shape: [2, 3, 4] },
        { name: 'c', shape: [1, 4, 5, 5] },
        { name: 't', shape: [6, 3] },
      ],
      outputs: [
        { name: 'm', shape: null },
        { name: 'v', shape: null },
        { name: 'g', shape: null },
        { name: 'd', shape: null },
      ],
      initializers: { b: w(4, 7), k: w(4, 1, 3, 3), kt: w(4, 2, 2, 2), wg: w(6, 8) },
      nodes: [
        { name: 'matmul', op: 'MatMul', inputs: ['a', 'b'], outputs: ['m'] },
        { name: 'depthwise', op: 'Conv', inputs: ['c', 'k'], outputs: ['v'], attributes: { group: 4 } },
        { name: 'up', op: 'ConvTranspose', inputs: ['c', 'kt'], outputs: ['d'], attributes: { strides: [2, 2] } },
        { name: 'gemm', op: 'Gemm', inputs: ['t', 'wg'], outputs: ['g'], attributes: { transA: 1 } },
      ],
    });
    const macs = Object.fromEntries(inspectModel(model).layers.map((layer) => [layer.name, layer.macs]));
    expect(macs).toEqual({ matmul: 2 * 3 * 7 * 4, depthwise: 4 * 9 * 9, up: 4 * 25 * 2 * 4, gemm: 3 * 8 * 6 });
  });

  it('finds weights behind DequantizeLinear and tells a Q/DQ model', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 4] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: {
        q: int8Tensor('q', [4, 3], new Int8Array(12)),
        s: { dims: [], values: [0.1] },
        z: int8Tensor('z', [], [0]),
        zu: uint8Tensor('zu', [], [128]),
      },
      nodes: [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'zu'], outputs: ['xq'] },
        { op: 'DequantizeLinear', inputs: ['xq', 's', 'zu'], outputs: ['xd'] },
        { op: 'DequantizeLinear', inputs: ['q', 's', 'z'], outputs: ['w'] },
        { name: 'product', op: 'MatMul', inputs: ['xd', 'w'], outputs: ['y'] },
      ],
    });
    const info = inspectModel(model);
    expect(info.hasQdq).toBe(true);
    // 12 weights of a byte, a scale of 4 bytes and a zero point of 1.
    expect(info.layers.find((layer) => layer.name === 'product')).toMatchObject({
      macs: 12,
      parameters: 14,
      weightBytes: 17,
    });
  });

  it('lists unknown operators and nodes in bodies, and owns to not knowing their MACs', () => {
    const body = (name: string) => {
      const made = buildModel({
        inputs: [{ name: 'x', shape: [1, 1, 4, 4] }],
        outputs: [{ name, shape: null }],
        initializers: { [`k_${name}`]: { dims: [1, 1, 3, 3], values: new Float32Array(9) } },
        nodes: [{ name: `inner_${name}`, op: 'Conv', inputs: ['x', `k_${name}`], outputs: [name] }],
      });
      made.graph.input = [];
      return made.graph;
    };
    const model = buildModel({
      domains: { 'com.example': 1 },
      inputs: [
        { name: 'c', dataType: 'bool', shape: [] },
        { name: 'x', shape: [1, 1, 4, 4] },
      ],
      outputs: [{ name: 'y', shape: null }],
      nodes: [
        {
          name: 'choose',
          op: 'If',
          inputs: ['c'],
          outputs: ['i'],
          attributes: { then_branch: body('t'), else_branch: body('e') },
        },
        { name: 'warp', op: 'Warp', domain: 'com.example', inputs: ['i'], outputs: ['w'] },
        { name: 'odd', op: 'Reluu', inputs: ['w'], outputs: ['y'] },
      ],
    });
    const info = inspectModel(model);
    expect(info.unknownOperators).toEqual(['com.example.Warp', 'Reluu']);
    expect(info.layers.filter((layer) => layer.inSubgraph).map((layer) => layer.name)).toEqual([
      'choose/inner_t',
      'choose/inner_e',
    ]);
    expect(info.macs).toBeNull();
    expect(info.opTypes).toEqual({ If: 1, Conv: 2, 'com.example.Warp': 1, Reluu: 1 });
    expect(info.parameters).toBe(18);
  });
});

describe('modelWork', () => {
  it('names a layer after all that a runtime may fuse into it', async () => {
    const work = modelWork(await loadModel(mnist), { image: [2, 1, 28, 28] });
    expect(work.map(({ macs, weights }) => [macs, weights])).toEqual([
      [2 * 313_600, 416],
      [2 * 2_508_800, 12_832],
      [2 * 100_352, 100_416],
      [2 * 640, 650],
    ]);
    // ONNX Runtime calls the first one r1_nchwc, after the tensor that its ReLU makes.
    expect(work[0]?.names).toEqual(expect.arrayContaining(['conv1', 'r1']));
    expect(work.flatMap(({ names }) => names)).not.toContain('p1');
  });

  it('ends where another layer reads what lies between', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 4] }],
      outputs: [{ name: 'y', shape: [1, 4] }],
      initializers: { w: { dims: [4, 4], values: new Float32Array(16) } },
      nodes: [
        { op: 'MatMul', name: 'fc', inputs: ['x', 'w'], outputs: ['h'] },
        { op: 'Relu', name: 'relu', inputs: ['h'], outputs: ['r'] },
        { op: 'Add', name: 'add', inputs: ['h', 'r'], outputs: ['y'] },
      ],
    });
    expect(modelWork(model, {})).toEqual([{ names: ['fc', 'h'], macs: 16, weights: 16 }]);
  });
});
