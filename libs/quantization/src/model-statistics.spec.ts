import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildModel, loadModel, type Model, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { weightStatistics } from './model-statistics.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-statistics-'));
});
afterAll(() => rm(folder, { recursive: true }));

function withWeight(dims: number[], values: Float32Array): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: ['N', dims[0]!] }],
    outputs: [{ name: 'y', shape: null }],
    initializers: { w: { dims, values }, bias: { dims: [1], values: [1] } },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  });
}

it('tells range, mean, zeros and distribution of weights', () => {
  const [summary, ...others] = weightStatistics(withWeight([4, 2], Float32Array.of(-1, 0, 0, 0.5, 1, 1, 3, 0.5)));
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ name: 'w', dims: [4, 2], elements: 8, min: -1, max: 3, zeros: 0.25, notFinite: 0 });
  expect(summary?.mean).toBeCloseTo(5 / 8, 12);
  expect(summary?.histogram.reduce((a, b) => a + b)).toBe(8);
  expect(summary?.histogram.at(0)).toBe(1);
  expect(summary?.histogram.at(-1)).toBe(1);
});

it('counts NaN and infinities, and leaves them out of the rest', () => {
  const values = Float32Array.of(1, Number.NaN, -2, Infinity, -Infinity, 0);
  expect(weightStatistics(withWeight([6, 1], values))).toMatchObject([
    { elements: 6, notFinite: 3, min: -2, max: 1, mean: -1 / 3, zeros: 1 / 6 },
  ]);
});

it('says the same of a weight in a file of its own, which it reads piece by piece', async () => {
  // 20 MB: more than one piece, the largest values in the last.
  const values = Float32Array.from({ length: 5_000_000 }, (_, index) => Math.sin(index) * (1 + index / 5_000_000));
  const model = withWeight([5000, 1000], values);
  const path = join(folder, 'large.onnx');
  await saveModel(model, path, { externalDataThresholdBytes: 1024 });
  const loaded = await loadModel(path);
  expect(loaded.hasExternalData()).toBe(true);
  const [inside, outside] = [weightStatistics(model)[0]!, weightStatistics(loaded)[0]!];
  expect(outside).toMatchObject({ min: inside.min, max: inside.max, elements: 5_000_000, zeros: inside.zeros });
  expect(outside.mean).toBeCloseTo(inside.mean!, 9);
  expect(outside.histogram.reduce((a, b) => a + b)).toBe(5_000_000);
});
