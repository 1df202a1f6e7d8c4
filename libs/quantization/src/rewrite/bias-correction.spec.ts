import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { recipeDefaults, type QuantizationRecipe } from '@octet/domain';
import { buildModel, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { calibrate } from '../calibration/calibrate.js';
import { parseTable, tableText, type CalibrationTable } from '../calibration/table.js';
import { chooseRecipe } from '../choose-recipe.js';
import { tableDataset } from '../dataset/dataset.js';
import { seededNormal } from '../dataset/random.js';
import { nodeRunner } from '../testing/node-runner.js';
import type { Tensor } from '../tensor.js';
import { quantizeModel } from './quantize-model.js';
import type { QuantizationTarget } from './quantize-static.js';
import { unfusedTargets } from './unfused.js';

const runner = nodeRunner({ intraOpNumThreads: 1 });
const normal = seededNormal(11);
const floats = (count: number, of: (i: number) => number = normal) =>
  Float32Array.from({ length: count }, (_, i) => of(i));

/** A layer without bias, one with, and a dense one; wide weights beside many small ones are rounded badly. */
const model = buildModel({
  inputs: [{ name: 'x', shape: ['n', 3, 8, 8] }],
  outputs: [{ name: 'y', shape: ['n', 5] }],
  initializers: {
    w1: { dims: [6, 3, 3, 3], values: floats(162, (i) => (i % 27 === 0 ? 9 : 0.1 * normal())) },
    w2: { dims: [6, 1, 3, 3], values: floats(54, (i) => (i % 9 === 0 ? 9 : 0.1 * normal())) },
    b2: { dims: [6], values: floats(6) },
    w3: { dims: [6, 5], values: floats(30) },
    b3: { dims: [5], values: floats(5) },
  },
  nodes: [
    { name: 'bare', op: 'Conv', inputs: ['x', 'w1'], outputs: ['a'] },
    { name: 'relu', op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { name: 'deep', op: 'Conv', inputs: ['b', 'w2', 'b2'], outputs: ['c'], attributes: { group: 6 } },
    { name: 'pool', op: 'GlobalAveragePool', inputs: ['c'], outputs: ['d'] },
    { name: 'flat', op: 'Flatten', inputs: ['d'], outputs: ['e'] },
    { name: 'dense', op: 'Gemm', inputs: ['e', 'w3', 'b3'], outputs: ['y'] },
  ],
});
const samples = 24;
const images = floats(samples * 192, () => 1 + 0.2 * normal());
const tensor: Tensor = { dataType: 'float32', dims: [samples, 3, 8, 8], data: images };
const dataset = tableDataset([{ name: 'x', tensor, constant: false }], 'images', null);

let folder: string;
let modelPath: string;
let table: CalibrationTable;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-bias-'));
  modelPath = join(folder, 'model.onnx');
  await saveModel(model, modelPath);
  table = await calibrate({
    modelPath,
    modelSha256: 'm',
    dataset,
    runner,
    seed: 1,
    batchSize: 4,
    calibrator: 'max',
    channelMeans: true,
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Mean of each output over all samples. */
async function outputMeans(path: string): Promise<number[]> {
  const session = await runner.open(path);
  const { data } = (await session.run(dataset.batch(0, samples)))['y']!;
  await session.dispose();
  return Array.from({ length: 5 }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += Number(data[i * 5 + c]);
    return sum / samples;
  });
}

async function meanError(target: QuantizationTarget, biasCorrection: boolean): Promise<number> {
  const outPath = join(folder, `${target}-${biasCorrection}.onnx`);
  const recipe: QuantizationRecipe = { ...recipeDefaults, biasCorrection };
  await quantizeModel({ modelPath, table, recipe, target, outPath });
  const [ours, float] = [await outputMeans(outPath), await outputMeans(modelPath)];
  return Math.hypot(...ours.map((mean, channel) => mean - float[channel]!));
}

describe('corrected biases', () => {
  it('are made from the means of what the layers read', () => {
    expect(Object.keys(table.channelMeans!).toSorted()).toEqual(['b', 'e', 'x']);
    const perChannel = samples * 64;
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let i = 0; i < images.length; i++) if (Math.floor(i / 64) % 3 === channel) sum += images[i]!;
      expect(table.channelMeans!['x']![channel]).toBeCloseTo(sum / perChannel, 5);
    }
    expect(parseTable(tableText(table))).toEqual(table);
  });

  it.each(['onnxruntime-cpu', 'tensorrt'] as const)('bring the means of the outputs back (%s)', async (target) => {
    const before = await meanError(target, false);
    expect(await meanError(target, true)).toBeLessThan(before / 2);
  });

  it('leave every layer in an integer kernel, the one that got its first bias too', async () => {
    const outPath = join(folder, 'integer.onnx');
    const recipe: QuantizationRecipe = { ...recipeDefaults, biasCorrection: true };
    const { targets } = await quantizeModel({ modelPath, table, recipe, target: 'onnxruntime-cpu', outPath });
    expect(targets).toEqual(['bare', 'deep', 'dense']);
    const optimizedModelFilePath = `${outPath}.optimised`;
    await (await nodeRunner({ optimizedModelFilePath }).open(outPath)).dispose();
    expect(await unfusedTargets(optimizedModelFilePath, targets)).toEqual([]);
  });

  it('need a table with means', async () => {
    const { channelMeans: _, ...without } = table;
    const recipe = { ...recipeDefaults, biasCorrection: true };
    const request = {
      modelPath,
      table: without,
      recipe,
      target: 'tensorrt' as const,
      outPath: join(folder, 'no.onnx'),
    };
    await expect(quantizeModel(request)).rejects.toMatchObject({ code: 'table-without-means' });
  });

  it('are tried by auto with the best two, and only where the recipe leaves them open', async () => {
    const recipe = { ...recipeDefaults, calibrator: 'auto' as const };
    const base = { modelPath, modelSha256: 'm', dataset, runner, seed: 1, saturatingCpu: false };
    const request = { ...base, target: 'onnxruntime-cpu' as const, recipe };
    const { candidates, recipe: best, reason, table: kept } = await chooseRecipe(request);
    expect(candidates).toHaveLength(6);
    expect(candidates.filter((candidate) => candidate.recipe.biasCorrection === true)).toHaveLength(2);
    expect(best.biasCorrection).toBe(true);
    expect(reason).toMatch(/^int8\/static-symmetric\/\w+\/w8\/corrected-biases: /);
    expect(kept.channelMeans).toBeDefined();
    const plain = await chooseRecipe({ ...request, recipe: { ...recipe, biasCorrection: false } });
    expect(plain.candidates).toHaveLength(4);
    expect(plain.table.channelMeans).toBeUndefined();
    const all = await chooseRecipe({ ...request, recipe: { ...recipe, biasCorrection: true } });
    expect(all.candidates.every((candidate) => candidate.recipe.biasCorrection === true)).toBe(true);
  });
});
