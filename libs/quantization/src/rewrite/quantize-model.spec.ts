import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type QuantizationRecipe, recipeDefaults, type Scheme } from '@octet/domain';
import { buildModel, float, loadModel, type Model, saveModel } from '@octet/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateModels } from '../accuracy/evaluate.js';
import { calibrate } from '../calibration/calibrate.js';
import type { CalibrationTable } from '../calibration/table.js';
import { seededNormal } from '../dataset/random.js';
import { randomDataset } from '../dataset/read-dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { quantizeModel } from './quantize-model.js';
import type { QuantizationTarget } from './quantize-static.js';
import { unfusedTargets } from './unfused.js';

const runner = nodeRunner({ intraOpNumThreads: 1 });
const input = { name: 'x', dataType: 'float32' as const, dims: [-1, 4, 12, 12] };
const dataset = randomDataset([input], {}, 2, 8);
const normal = seededNormal(9);
const weights = (...dims: number[]) => ({
  dims,
  values: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => normal() / 5),
});

/** Convolutions with ReLU and Clip, a residual addition, pooling, a matrix product with bias and a Gemm. */
function network(opset: number): Model {
  const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const clip =
    opset < 11 ? { inputs: ['c2'], attributes: { min: float(0), max: float(6) } } : { inputs: ['c2', 'zero', 'six'] };
  return buildModel({
    opset,
    irVersion: 7,
    inputs: [{ name: 'x', shape: ['n', 4, 12, 12] }],
    outputs: [{ name: 'y', shape: ['n', 5] }],
    initializers: {
      w1: weights(8, 4, 3, 3),
      b1: weights(8),
      w2: weights(8, 8, 3, 3),
      w3: weights(8, 8, 3, 3),
      b3: weights(8),
      w4: weights(8 * 36, 16),
      b4: weights(16),
      w5: weights(5, 16),
      b5: weights(5),
      zero: { dims: [], values: [0] },
      six: { dims: [], values: [6] },
    },
    nodes: [
      { name: 'conv1', op: 'Conv', inputs: ['x', 'w1', 'b1'], outputs: ['c1'], attributes: same },
      { name: 'relu1', op: 'Relu', inputs: ['c1'], outputs: ['r1'] },
      { name: 'conv2', op: 'Conv', inputs: ['r1', 'w2'], outputs: ['c2'], attributes: same },
      { name: 'clip', op: 'Clip', outputs: ['r2'], ...clip },
      { name: 'conv3', op: 'Conv', inputs: ['r2', 'w3', 'b3'], outputs: ['c3'], attributes: same },
      { name: 'add', op: 'Add', inputs: ['c3', 'r1'], outputs: ['a'] },
      { name: 'relu3', op: 'Relu', inputs: ['a'], outputs: ['r3'] },
      {
        name: 'pool',
        op: 'MaxPool',
        inputs: ['r3'],
        outputs: ['p'],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
      { name: 'flatten', op: 'Flatten', inputs: ['p'], outputs: ['f'], attributes: { axis: 1 } },
      { name: 'dense1', op: 'MatMul', inputs: ['f', 'w4'], outputs: ['m'] },
      { name: 'bias1', op: 'Add', inputs: ['m', 'b4'], outputs: ['d1'] },
      { name: 'relu4', op: 'Relu', inputs: ['d1'], outputs: ['r4'] },
      { name: 'dense2', op: 'Gemm', inputs: ['r4', 'w5', 'b5'], outputs: ['y'], attributes: { transB: 1 } },
    ],
  });
}

let folder: string;
const tables = new Map<number, CalibrationTable>();
const pathOf = (opset: number): string => join(folder, `float-${opset}.onnx`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-quantize-'));
  for (const opset of [9, 12, 13, 11]) {
    await saveModel(network(opset), pathOf(opset));
    const modelPath = pathOf(opset);
    tables.set(opset, await calibrate({ modelPath, modelSha256: 'm', dataset, runner, calibrator: 'max', seed: 1 }));
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function write(
  opset: number,
  change: Partial<QuantizationRecipe>,
  target: QuantizationTarget = 'onnxruntime-cpu',
) {
  const recipe = { ...recipeDefaults, ...change };
  const outPath = join(folder, `${target}-${opset}-${JSON.stringify(change).replaceAll(/\W+/g, '-')}.onnx`);
  const table = recipe.scheme.startsWith('dynamic') ? null : tables.get(opset)!;
  return quantizeModel({ modelPath: pathOf(opset), table, recipe, target, outPath });
}

/** Opens the model in ONNX Runtime, which writes the graph it would run, and lists what stayed float. */
async function unfused(outPath: string, targets: string[]): Promise<string[]> {
  const optimizedModelFilePath = `${outPath}.optimised`;
  const options = { optimizedModelFilePath } as InferenceSession.SessionOptions;
  await (await nodeRunner(options).open(outPath)).dispose();
  return unfusedTargets(optimizedModelFilePath, targets);
}

const schemes: Scheme[] = ['static-symmetric', 'static-asymmetric', 'dynamic-symmetric', 'dynamic-asymmetric'];

describe('quantizeModel for ONNX Runtime on a CPU', () => {
  it.each(schemes.flatMap((scheme) => [9, 12, 13].map((opset) => [scheme, opset] as const)))(
    'runs %s at opset %i, close to float, with every target in an integer kernel',
    async (scheme, opset) => {
      const report = await write(opset, { scheme });
      expect(report.targets).toEqual(['conv1', 'conv2', 'conv3', 'dense1', 'dense2']);
      expect(report.left).toEqual([]);
      expect(await unfused(report.outPath, report.targets)).toEqual([]);
      const { overall } = await evaluateModels(runner, pathOf(opset), report.outPath, dataset);
      expect(overall.sqnrDb).toBeGreaterThan(25);
    },
  );

  // MaxPool takes integers from opset 12 on: older models are brought to 13.
  it.each([9, 11, 12, 13])(
    'joins the residual addition and the pooling at opset %i; ReLU and Clip vanish',
    async (opset) => {
      const report = await write(opset, { scheme: 'static-symmetric' });
      expect(report.quantized).toEqual(expect.arrayContaining(['add', 'pool', 'flatten']));
      await unfused(report.outPath, []);
      const operators = (await loadModel(`${report.outPath}.optimised`)).graph.node.map((node) => node.opType);
      expect(operators.filter((name) => name === 'QLinearConv')).toHaveLength(3);
      expect(operators).toContain('QLinearAdd');
      for (const operator of ['Relu', 'Clip', 'Add', 'Conv', 'FusedConv', 'DequantizeLinear'])
        expect(operators).not.toContain(operator);
      expect(operators.filter((name) => name === 'QuantizeLinear')).toHaveLength(1);
    },
  );

  it('keeps excluded layers in float, by name and by type, with the reason', async () => {
    const report = await write(13, { exclude: ['conv2', 'Gemm'] });
    expect(report.targets).toEqual(['conv1', 'conv3']);
    expect(report.left.map(({ name, reason }) => [name, reason])).toEqual([
      ['conv2', 'excluded by the recipe'],
      ['dense1', 'excluded by the recipe'],
      ['dense2', 'excluded by the recipe'],
    ]);
    const { overall } = await evaluateModels(runner, pathOf(13), report.outPath, dataset);
    expect(overall.sqnrDb).toBeGreaterThan(25);
  });

  it('loses accuracy with fewer weight bits and one scale for each tensor, but runs', async () => {
    const sqnr = async (change: Partial<QuantizationRecipe>): Promise<number> => {
      const { outPath, targets } = await write(13, change);
      expect(await unfused(outPath, targets)).toEqual([]);
      return (await evaluateModels(runner, pathOf(13), outPath, dataset)).overall.sqnrDb;
    };
    const whole = await sqnr({});
    expect(await sqnr({ weightBits: 7 })).toBeLessThan(whole);
    expect(await sqnr({ granularity: 'per-tensor' })).toBeLessThan(whole + 1);
  });

  it('asks for a table where a scheme needs one, and leaves layers without a range', async () => {
    const request = {
      modelPath: pathOf(13),
      recipe: recipeDefaults,
      target: 'onnxruntime-cpu' as const,
      outPath: join(folder, 'none.onnx'),
    };
    await expect(quantizeModel({ ...request, table: null })).rejects.toMatchObject({ code: 'table-missing' });
    const table = { ...tables.get(13)!, tensors: {} };
    const report = await quantizeModel({ ...request, table });
    expect(report.targets).toEqual([]);
    expect(report.left[0]!.reason).toMatch(/no range for its input "x"/);
  });
});

describe('quantizeModel for TensorRT', () => {
  it('writes signed symmetric pairs that compute what the float model does', async () => {
    for (const opset of [9, 13]) {
      const report = await write(opset, {}, 'tensorrt');
      const { graph } = await loadModel(report.outPath);
      const quantizers = graph.node.filter((node) => node.opType === 'QuantizeLinear');
      expect(quantizers.every((node) => node.domain === '')).toBe(true);
      for (const node of quantizers) {
        const zeroPoint = graph.initializer.find((tensor) => tensor.name === node.input[2])!;
        expect(zeroPoint.dataType).toBe(3);
        expect([...zeroPoint.rawData].every((byte) => byte === 0)).toBe(true);
      }
      // Float weights behind Q and DQ: 5 weights, 5 layer inputs, and both branches of the addition (one is new).
      expect(quantizers.length).toBeGreaterThanOrEqual(11);
      const { overall } = await evaluateModels(runner, pathOf(opset), report.outPath, dataset);
      expect(overall.sqnrDb).toBeGreaterThan(25);
    }
  });

  it('refuses what TensorRT cannot run', async () => {
    for (const scheme of ['static-asymmetric', 'dynamic-symmetric', 'dynamic-asymmetric'] as const) {
      await expect(write(13, { scheme }, 'tensorrt')).rejects.toMatchObject({ code: 'recipe-unsupported' });
    }
  });
});
