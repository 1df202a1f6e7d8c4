import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildModel, inspectModel, loadModel, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateModels } from '../accuracy/evaluate.js';
import { seededNormal } from '../dataset/random.js';
import { randomDataset } from '../dataset/read-dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { toFloat16 } from './to-float16.js';

const normal = seededNormal(4);
const weights = (...dims: number[]) => ({ dims, values: Float32Array.from({ length: dims[0]! * dims[1]! }, normal) });
const model = buildModel({
  inputs: [{ name: 'x', shape: ['n', 16] }],
  outputs: [{ name: 'y', shape: ['n', 8] }],
  initializers: {
    w1: weights(16, 8),
    w2: weights(8, 8),
    huge: { dims: [], values: [1e6] },
    // One for each column: simplifying would make one factor of two numbers in a row.
    back: { dims: [8], values: new Float32Array(8).fill(1e-6) },
  },
  nodes: [
    { name: 'dense1', op: 'MatMul', inputs: ['x', 'w1'], outputs: ['a'] },
    { name: 'grow', op: 'Mul', inputs: ['a', 'huge'], outputs: ['b'] },
    { name: 'shrink', op: 'Mul', inputs: ['b', 'back'], outputs: ['c'] },
    { name: 'dense2', op: 'MatMul', inputs: ['c', 'w2'], outputs: ['d'] },
    { name: 'softmax', op: 'Softmax', inputs: ['d'], outputs: ['s'], attributes: { axis: -1 } },
    { name: 'relu', op: 'Relu', inputs: ['s'], outputs: ['y'] },
  ],
});
const range = (amax: number) => ({ min: -amax, max: amax, threshold: amax, low: -amax, high: amax });
const table = {
  schemaVersion: 1 as const,
  kind: 'octet-calibration-table' as const,
  modelSha256: 'm',
  datasetHash: 'd',
  datasetSource: 'file' as const,
  calibrator: 'max' as const,
  percentile: null,
  seed: 1,
  samples: 1,
  tensors: { b: range(5e6) },
};

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-half-'));
  path = join(folder, 'float.onnx');
  await saveModel(model, path);
});
afterAll(() => rm(folder, { recursive: true }));

describe('toFloat16', () => {
  it('computes the same, with what would overflow and what is delicate left in float32', async () => {
    const out = join(folder, 'half.onnx');
    const report = await toFloat16(path, out, { table });
    expect(report.converted).toBe(3);
    expect(report.kept.map(({ name, reason }) => [name, reason.split(' ')[0]])).toEqual([
      ['grow', 'constant'],
      ['shrink', 'tensor'],
      ['softmax', 'sums'],
      ['y', 'outputs'],
      ['x', 'inputs'],
    ]);
    const dataset = randomDataset([{ name: 'x', dataType: 'float32', dims: [-1, 16] }], {}, 3, 8);
    const { overall } = await evaluateModels(nodeRunner(), path, out, dataset);
    expect(overall.sqnrDb).toBeGreaterThan(45);
    expect(overall.sqnrDb).toBeLessThan(120);
  });

  it('turns inputs and outputs to float16 when asked, and keeps excluded layers', async () => {
    const out = join(folder, 'whole.onnx');
    const report = await toFloat16(path, out, { table, keepIo: false, exclude: ['dense2'] });
    expect(report.kept).toContainEqual({ name: 'dense2', opType: 'MatMul', reason: 'excluded' });
    const { inputs, outputs } = inspectModel(await loadModel(out));
    expect(inputs[0]!.dataType).toBe('float16');
    expect(outputs[0]!.dataType).toBe('float16');
    await (await nodeRunner().open(out)).dispose();
  });
});
