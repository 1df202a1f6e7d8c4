import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildModel, float, type Model, type NodeSpec, saveModel } from '@octet/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { randomDataset } from '../dataset/read-dataset.js';
import { nodeRunner } from '../testing/node-runner.js';
import { upgradeOpset } from './upgrade-opset.js';

const x = { name: 'x', dataType: 'float32' as const, dims: [2, 3, 4, 5] };

function single(opset: number, node: Omit<NodeSpec, 'outputs'>, rank = 4): Model {
  return buildModel({
    opset,
    irVersion: 5,
    inputs: [{ name: 'x', shape: x.dims }],
    outputs: [{ name: 'y', shape: Array<null>(rank).fill(null) }],
    initializers: { scales: { dims: [4], values: [1, 1, 2, 2] } },
    nodes: [{ ...node, outputs: ['y'] }],
  });
}

const cases: [name: string, opset: number, Omit<NodeSpec, 'outputs'>, rank?: number][] = [
  ['Clip', 9, { op: 'Clip', inputs: ['x'], attributes: { min: float(-0.5), max: float(0.5) } }],
  ['Clip with one bound', 9, { op: 'Clip', inputs: ['x'], attributes: { max: float(0.5) } }],
  ['Dropout', 11, { op: 'Dropout', inputs: ['x'], attributes: { ratio: float(0.5) } }],
  ['Pad', 10, { op: 'Pad', inputs: ['x'], attributes: { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: float(2) } }],
  ['Slice', 9, { op: 'Slice', inputs: ['x'], attributes: { starts: [1, 0], ends: [3, 2], axes: [2, 3] } }],
  ['Slice without axes', 9, { op: 'Slice', inputs: ['x'], attributes: { starts: [1, 0], ends: [2, 2] } }],
  ['Upsample', 9, { op: 'Upsample', inputs: ['x', 'scales'], attributes: { mode: 'nearest' } }],
  ['Upsample 7', 7, { op: 'Upsample', inputs: ['x'], attributes: { mode: 'linear', scales: float([1, 1, 2, 3]) } }],
  ['Resize 10', 10, { op: 'Resize', inputs: ['x', 'scales'], attributes: { mode: 'nearest' } }],
  ['Unsqueeze', 12, { op: 'Unsqueeze', inputs: ['x'], attributes: { axes: [0, 3] } }, 6],
  ['ReduceSum', 12, { op: 'ReduceSum', inputs: ['x'], attributes: { axes: [1, 2], keepdims: 0 } }, 2],
  ['Softmax over the default axis', 12, { op: 'Softmax', inputs: ['x'] }],
  ['Softmax over axis 2', 11, { op: 'Softmax', inputs: ['x'], attributes: { axis: 2 } }],
  ['Softmax over the last axis', 11, { op: 'Softmax', inputs: ['x'], attributes: { axis: 3 } }],
  ['LogSoftmax', 12, { op: 'LogSoftmax', inputs: ['x'], attributes: { axis: 1 } }],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octet-opset-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(model: Model, name: string) {
  const path = join(folder, `${name}.onnx`);
  await saveModel(model, path);
  const session = await nodeRunner().open(path);
  const { y } = await session.run(randomDataset([x], {}, 5, 2).batch(0, 2));
  await session.dispose();
  return y!;
}

describe('upgradeOpset', () => {
  it.each(cases)('computes the same after: %s', async (_, opset, node, rank) => {
    const model = single(opset, node, rank);
    const upgraded = upgradeOpset(model);
    expect(upgraded.opset()).toBe(13);
    expect(model.opset()).toBe(opset);
    const [before, after] = [await run(model, 'before'), await run(upgraded, 'after')];
    expect(after.dims).toEqual(before.dims);
    (before.data as Float32Array).forEach((value, i) => expect(after.data[i]).toBeCloseTo(value, 6));
  });

  it('leaves a new model alone and refuses one that is too old, saying why', () => {
    const fresh = single(17, { op: 'Relu', inputs: ['x'] });
    expect(upgradeOpset(fresh)).toBe(fresh);
    expect(() => upgradeOpset(single(6, { op: 'Relu', inputs: ['x'] }))).toThrow(/opset 6.*broadcasting/);
  });
});
