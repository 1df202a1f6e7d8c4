import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { recipeDefaults } from '@octet/domain';
import { buildModel, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { compareLayers } from './accuracy/compare-layers.js';
import { calibrate } from './calibration/calibrate.js';
import { chooseRecipe } from './choose-recipe.js';
import { seededNormal } from './dataset/random.js';
import { randomDataset } from './dataset/read-dataset.js';
import { tableDataset } from './dataset/dataset.js';
import { quantizeModel } from './rewrite/quantize-model.js';
import { placeWithinDrop, rankSensitivity } from './sensitivity.js';
import { nodeRunner } from './testing/node-runner.js';

const runner = nodeRunner({ intraOpNumThreads: 1 });
const normal = seededNormal(6);
const floats = (count: number, of: (i: number) => number = normal) =>
  Float32Array.from({ length: count }, (_, i) => of(i));

/** One of the inputs of `spiky` is 500 times the others and weighs nothing: it ruins the range and helps nobody. */
const model = buildModel({
  inputs: [{ name: 'x', shape: ['n', 16] }],
  outputs: [{ name: 'y', shape: ['n', 8] }],
  initializers: {
    w1: { dims: [16, 16], values: floats(256) },
    w2: { dims: [16, 16], values: floats(256, (i) => (Math.floor(i / 16) === 3 ? 0 : normal())) },
    w3: { dims: [16, 8], values: floats(128) },
    spike: { dims: [16], values: floats(16, (i) => (i === 3 ? 500 : 1)) },
  },
  nodes: [
    { name: 'first', op: 'MatMul', inputs: ['x', 'w1'], outputs: ['a'] },
    { name: 'spread', op: 'Mul', inputs: ['a', 'spike'], outputs: ['b'] },
    { name: 'spiky', op: 'MatMul', inputs: ['b', 'w2'], outputs: ['c'] },
    { name: 'relu', op: 'Relu', inputs: ['c'], outputs: ['d'] },
    { name: 'last', op: 'MatMul', inputs: ['d', 'w3'], outputs: ['y'] },
  ],
});
const dataset = randomDataset([{ name: 'x', dataType: 'float32', dims: [-1, 16] }], {}, 8, 32);

let folder: string;
let modelPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-choose-'));
  modelPath = join(folder, 'model.onnx');
  await saveModel(model, modelPath);
});
afterAll(() => rm(folder, { recursive: true }));

const base = { target: 'onnxruntime-cpu' as const, runner };

describe('chooseRecipe', () => {
  it('tries every calibrator on held-out inputs and names the best and its lead', async () => {
    const recipe = { ...recipeDefaults, calibrator: 'auto' as const };
    const request = { ...base, modelPath, modelSha256: 'm', dataset, seed: 1, recipe, saturatingCpu: true };
    const choice = await chooseRecipe(request);
    expect(choice.candidates).toHaveLength(8);
    const scores = choice.candidates.map((candidate) => candidate.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(choice.recipe.calibrator).toBe(choice.table.calibrator);
    expect(choice.heldOutInputs).toBe(8);
    expect(choice.reason).toMatch(/dB SQNR on 8 held-out inputs, .* above int8\//);
    expect(await chooseRecipe(request)).toEqual(choice);
  });
});

describe('sensitivity', () => {
  it('ranks the layer with the ruined range worst and keeps it in float', async () => {
    const table = await calibrate({ modelPath, modelSha256: 'm', dataset, runner, calibrator: 'max', seed: 1 });
    const request = { ...base, modelPath, table, recipe: recipeDefaults, dataset };
    const ranked = await rankSensitivity(request);
    expect(ranked).toHaveLength(3);
    expect(ranked[0]!.name).toBe('spiky');
    expect(ranked[0]!.sqnrDb).toBeLessThan(ranked[1]!.sqnrDb - 10);
    const choice = await placeWithinDrop(request, { metric: 'cosine', maxDrop: 1e-3 });
    expect(choice.holds).toBe(true);
    expect(choice.keptFloat.map((layer) => layer.name)).toEqual(['spiky']);
    expect(choice.drop).toBeLessThanOrEqual(1e-3);
    expect(choice.targets).toEqual(['first', 'last']);
    const tight = await placeWithinDrop(request, { metric: 'cosine', maxDrop: -1 });
    expect(tight.holds).toBe(false);
  });
});

describe('compareLayers', () => {
  it('finds the layer where the error begins', async () => {
    const table = await calibrate({ modelPath, modelSha256: 'm', dataset, runner, calibrator: 'max', seed: 1 });
    const outPath = join(folder, 'int8.onnx');
    await quantizeModel({ modelPath, table, recipe: recipeDefaults, target: 'onnxruntime-cpu', outPath });
    const layers = await compareLayers(runner, modelPath, outPath, dataset);
    const sqnr = Object.fromEntries(layers.map((layer) => [layer.tensor, layer.sqnrDb]));
    expect(sqnr['a']).toBeGreaterThan(35);
    expect(sqnr['c']).toBeLessThan(sqnr['a']! - 10);
  });
});

describe('calibrate', () => {
  it('names the tensor and batch of an infinity that arises inside', async () => {
    const values = floats(64, (i) => (i === 40 ? 3e38 : 1));
    const bad = tableDataset(
      [{ name: 'x', constant: false, tensor: { dataType: 'float32', dims: [4, 16], data: values } }],
      'h',
      null,
    );
    for (const calibrator of ['max', 'entropy'] as const) {
      const request = { modelPath, modelSha256: 'm', dataset: bad, runner, calibrator, seed: 1 };
      await expect(calibrate(request)).rejects.toMatchObject({ code: 'activation-not-finite' });
    }
  });

  it('names the weight when that is what holds the NaN, and else the tensor where it began', async () => {
    const network = (weight: number[]) =>
      buildModel({
        inputs: [{ name: 'x', shape: ['n', 2] }],
        outputs: [{ name: 'y', shape: ['n', 2] }],
        initializers: { w: { dims: [2, 2], values: weight } },
        nodes: [
          { op: 'Sqrt', inputs: ['x'], outputs: ['root'] },
          { op: 'MatMul', inputs: ['root', 'w'], outputs: ['y'] },
        ],
      });
    const data = (...values: number[]) =>
      tableDataset(
        [
          {
            name: 'x',
            constant: false,
            tensor: { dataType: 'float32', dims: [1, 2], data: Float32Array.from(values) },
          },
        ],
        'h',
        null,
      );
    const path = join(folder, 'nan.onnx');
    const request = { modelPath: path, modelSha256: 'm', runner, calibrator: 'max' as const, seed: 1 };
    await saveModel(network([1, Number.NaN, 1, 1]), path);
    await expect(calibrate({ ...request, dataset: data(1, 1) })).rejects.toMatchObject({
      code: 'bad-weight',
      details: { tensor: 'w' },
    });
    await saveModel(network([1, 1, 1, 1]), path);
    await expect(calibrate({ ...request, dataset: data(1, -1) })).rejects.toMatchObject({
      code: 'activation-not-finite',
      details: { tensor: 'root', batch: 0 },
    });
  });

  it('gives the same table from ranges as from histograms, and a narrower one when asked', async () => {
    const request = { modelPath, modelSha256: 'm', dataset, runner, seed: 1, calibrator: 'max' as const };
    const table = await calibrate(request);
    const batched = await calibrate({ ...request, batchSize: 8 });
    for (const [name, range] of Object.entries(table.tensors)) {
      expect(batched.tensors[name]!.max).toBeCloseTo(range.max, 3);
    }
    const narrow = await calibrate({ ...request, coverage: 'explicit' });
    expect(Object.keys(narrow.tensors).length).toBeLessThan(Object.keys(table.tensors).length);
    for (const [name, range] of Object.entries(narrow.tensors)) expect(table.tensors[name]).toEqual(range);
  });
});
