import { buildModel, int64Tensor, type Model } from '@octet/onnx';
import { describe, expect, it } from 'vitest';

import { batchStream } from '../dataset/batch-stream.js';
import { tableDataset } from '../dataset/dataset.js';
import { seededNormal } from '../dataset/random.js';
import type { FloatRunner, Tensor } from '../tensor.js';
import { nodeRunner } from '../testing/node-runner.js';
import { collectStatistics } from './collect.js';

const normal = seededNormal(3);
const floats = (count: number) => Float32Array.from({ length: count }, normal);

/** Each sample is a row; its last column says which one it is. */
function rows(samples: number, width: number) {
  const data = floats(samples * width);
  for (let row = 0; row < samples; row++) data[row * width + width - 1] = 100 + row;
  const tensor: Tensor = { dataType: 'float32', dims: [samples, width], data };
  return tableDataset([{ name: 'x', tensor, constant: false }], 'rows', null);
}

/** Runs with the sizes of what was run. */
function counting(): { runner: FloatRunner; sizes: number[] } {
  const sizes: number[] = [];
  const inner = nodeRunner({ intraOpNumThreads: 1 });
  const runner: FloatRunner = {
    async open(path, options) {
      const session = await inner.open(path, options);
      return {
        run: (inputs) => {
          sizes.push(inputs['x']!.dims[0]!);
          return session.run(inputs);
        },
        dispose: () => session.dispose(),
      };
    },
  };
  return { runner, sizes };
}

const dense = (batch: number | string, width: number): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [batch, width] }],
    outputs: [{ name: 'y', shape: null }],
    initializers: { w: { dims: [width, 4], values: floats(width * 4) } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });

async function ranges(model: Model, samples: number, width: number, { batchSize = 1, tensor = 'x' } = {}) {
  const { runner, sizes } = counting();
  const stream = batchStream(rows(samples, width), { batchSize, batches: null, firstBatch: 0, seed: null });
  const told: number[] = [];
  const found = await collectStatistics({
    model,
    stream,
    runner,
    histograms: false,
    onProgress: ({ batch }) => told.push(batch),
  });
  return { sizes, told, max: found.get(tensor)!.max };
}

describe('ranges of small batches', () => {
  it('come from two batches a run where the model takes any batch, every sample once', async () => {
    const { sizes, told, max } = await ranges(dense('n', 8), 5, 8);
    expect(sizes).toEqual([2, 2, 1]);
    expect(told).toEqual([2, 4, 5]);
    expect(max).toBe(104);
  });

  it('come from one batch a run where the model fixes the batch, or the inputs are large', async () => {
    expect((await ranges(dense(2, 8), 4, 8, { batchSize: 2 })).sizes).toEqual([2, 2]);
    const wide = 2 ** 18 + 1;
    expect((await ranges(dense('n', wide), 2, wide)).sizes).toEqual([1, 1]);
  });

  it('come from one batch a run after all where the model only says that it takes any', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['n', 8] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: { w: { dims: [8, 4], values: floats(32) }, one: int64Tensor('one', [2], [1, 8]) },
      nodes: [
        { op: 'Reshape', inputs: ['x', 'one'], outputs: ['row'] },
        { op: 'MatMul', inputs: ['row', 'w'], outputs: ['y'] },
      ],
    });
    const { sizes, max } = await ranges(model, 3, 8, { tensor: 'row' });
    expect(sizes).toEqual([2, 1, 1, 1]);
    expect(max).toBe(102);
  });

  it('name the batch where only an output shows a NaN, the second of a run as well', async () => {
    // Log of what is negative in the last sample alone; no operator reads it that INT8 could run.
    const model = buildModel({
      inputs: [{ name: 'x', shape: ['n', 8] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: {
        w: { dims: [8, 4], values: [...new Float32Array(28), 1, 1, 1, 1] },
        limit: { dims: [], values: [102] },
      },
      nodes: [
        { op: 'MatMul', inputs: ['x', 'w'], outputs: ['last'] },
        { op: 'Sub', inputs: ['limit', 'last'], outputs: ['left'] },
        { op: 'Log', inputs: ['left'], outputs: ['y'] },
      ],
    });
    await expect(ranges(model, 3, 8)).resolves.toMatchObject({ sizes: [2, 1] });
    await expect(ranges(model, 4, 8)).rejects.toMatchObject({
      code: 'activation-not-finite',
      message: expect.stringMatching(/"y".*batch 3/) as string,
    });
  });
});
