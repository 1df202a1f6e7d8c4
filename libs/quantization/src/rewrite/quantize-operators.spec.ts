import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { recipeDefaults } from '@octet/domain';
import { buildModel, Graph, loadModel, type NodeSpec, saveModel, tensorToFloat32 } from '@octet/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateModels } from '../accuracy/evaluate.js';
import { calibrate } from '../calibration/calibrate.js';
import { seededNormal } from '../dataset/random.js';
import { randomDataset } from '../dataset/read-dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { quantizeModel } from './quantize-model.js';
import type { QuantizationTarget } from './quantize-static.js';

const runner = nodeRunner({ intraOpNumThreads: 1 });
const shape = [-1, 4, 10, 10];
const dataset = randomDataset([{ name: 'x', dataType: 'float32', dims: shape }], {}, 7, 8);
const normal = seededNormal(21);
const weights = (scale: number, ...dims: number[]) => ({
  dims,
  values: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => normal() * scale),
});

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const conv = (name: string, from: string, to: string, weight: string): NodeSpec => ({
  name,
  op: 'Conv',
  inputs: [from, weight],
  outputs: [to],
  attributes: same,
});

/** Branches whose ranges differ fourfold, then what is looked at, then a layer that reads it in INT8. */
const nets: Record<string, { nodes: NodeSpec[]; last: string }> = {
  residual: {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      conv('b', 'l', 'r', 'large'),
      { name: 'middle', op: 'Add', inputs: ['l', 'r'], outputs: ['m'] },
    ],
    last: 'four',
  },
  concat: {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      conv('b', 'x', 'r', 'large'),
      { name: 'middle', op: 'Concat', inputs: ['l', 'r'], outputs: ['m'], attributes: { axis: 1 } },
    ],
    last: 'eight',
  },
  'concat of a concat': {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      conv('b', 'x', 'r', 'small'),
      conv('c', 'x', 's', 'large'),
      { name: 'inner', op: 'Concat', inputs: ['l', 'r'], outputs: ['i'], attributes: { axis: 1 } },
      { name: 'side', op: 'Conv', inputs: ['i', 'eight'], outputs: ['j'], attributes: same },
      { name: 'middle', op: 'Concat', inputs: ['r', 's'], outputs: ['k'], attributes: { axis: 1 } },
      { name: 'other', op: 'Conv', inputs: ['k', 'eight'], outputs: ['n'], attributes: same },
      { name: 'sum', op: 'Add', inputs: ['j', 'n'], outputs: ['m'] },
    ],
    last: 'four',
  },
  'transposed convolution': {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      {
        name: 'middle',
        op: 'ConvTranspose',
        inputs: ['l', 'up'],
        outputs: ['m'],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
    ],
    last: 'four',
  },
  'grouped transposed convolution': {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      {
        name: 'middle',
        op: 'ConvTranspose',
        inputs: ['l', 'grouped'],
        outputs: ['m'],
        attributes: { kernel_shape: [2, 2], strides: [2, 2], group: 2 },
      },
    ],
    last: 'four',
  },
  resize: {
    nodes: [
      conv('a', 'x', 'l', 'small'),
      {
        name: 'middle',
        op: 'Resize',
        inputs: ['l', '', 'scales'],
        outputs: ['m'],
        attributes: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
      },
    ],
    last: 'four',
  },
};

const initializers = {
  small: weights(0.1, 4, 4, 3, 3),
  large: weights(0.4, 4, 4, 3, 3),
  four: weights(0.2, 4, 4, 3, 3),
  eight: weights(0.2, 4, 8, 3, 3),
  up: weights(0.2, 4, 4, 2, 2),
  grouped: weights(0.2, 4, 2, 2, 2),
  scales: { dims: [4], values: [1, 1, 2, 2] },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-operators-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function quantised(name: string, target: QuantizationTarget) {
  const { nodes, last } = nets[name]!;
  const model = buildModel({
    inputs: [{ name: 'x', shape: ['n', 4, 10, 10] }],
    outputs: [{ name: 'y', shape: ['n', 4, null, null] }],
    initializers,
    nodes: [...nodes, conv('last', 'm', 'y', last)],
  });
  const modelPath = join(folder, `${name}.onnx`);
  await saveModel(model, modelPath);
  const table = await calibrate({ modelPath, modelSha256: 'm', dataset, runner, calibrator: 'max', seed: 1 });
  const outPath = join(folder, `${name}-${target}.onnx`);
  const report = await quantizeModel({ modelPath, table, recipe: recipeDefaults, target, outPath });
  const { overall } = await evaluateModels(runner, modelPath, outPath, dataset);
  return { report, sqnrDb: overall.sqnrDb };
}

describe.each(['onnxruntime-cpu', 'tensorrt'] as const)('INT8 for %s stays close to float with', (target) => {
  it.each(Object.keys(nets))('%s', async (name) => {
    const { report, sqnrDb } = await quantised(name, target);
    expect(sqnrDb).toBeGreaterThan(30);
    const float = report.left.map((layer) => layer.name);
    // No runtime has an INT8 form of it on a CPU.
    expect(float).toEqual(target === 'onnxruntime-cpu' && name.includes('transposed') ? ['middle'] : []);
    const cpuResize = target === 'onnxruntime-cpu' && name === 'resize';
    if (float.length === 0 && !cpuResize) expect(report.quantized).toContain('middle');
  });
});

it('ONNX Runtime copies what it concatenates: one scale for inputs and output', async () => {
  const { report } = await quantised('concat', 'onnxruntime-cpu');
  const optimizedModelFilePath = `${report.outPath}.optimised`;
  const session = await nodeRunner({ optimizedModelFilePath } as InferenceSession.SessionOptions).open(report.outPath);
  await session.dispose();
  const graph = new Graph(await loadModel(optimizedModelFilePath));
  const concat = graph.nodes.find((node) => node.opType === 'QLinearConcat')!;
  const [output, left, right] = [0, 3, 6].map((index) =>
    tensorToFloat32(graph.constantOf(concat.input[index]!)!, graph.model),
  );
  expect(left).toEqual(output);
  expect(right).toEqual(output);
});
