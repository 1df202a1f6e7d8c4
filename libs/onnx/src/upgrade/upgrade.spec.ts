import { describe, expect, it } from 'vitest';
import { randomTensor, realModels, runModel, worstError } from '../../test/run-model.js';
import { type AttributeValue, float } from '../attributes.js';
import { buildModel, type InitializerSpec } from '../build.js';
import { loadModel } from '../load.js';
import type { Model } from '../model.js';
import { float32Tensor, int64Tensor } from '../tensors.js';
import { upgradeOpset } from './upgrade.js';

const image = [2, 3, 4, 6];

function single(
  opset: number,
  op: string,
  attributes: Record<string, AttributeValue>,
  extra: Record<string, InitializerSpec> = {},
  outputs = ['y'],
): Model {
  return buildModel({
    opset,
    irVersion: 4,
    inputs: [{ name: 'x', shape: image }],
    outputs: outputs.map((name) => ({ name, dataType: name === 'i' ? 'int64' : 'float32', shape: null })),
    initializers: extra,
    nodes: [{ name: 'old', op, inputs: ['x', ...Object.keys(extra)], outputs, attributes }],
  });
}

async function expectUpgraded(model: Model, target: number, dims: number[] = image, input = 'x'): Promise<Model> {
  const done = upgradeOpset(model, target);
  if ('refusal' in done) throw new Error(done.refusal.message);
  expect(done.model.opset()).toBe(target);
  const feeds = { [input]: randomTensor(dims) };
  const [before, after] = [await runModel(model, feeds), await runModel(done.model, feeds)];
  expect(Object.values(after).map((tensor) => tensor.dims)).toEqual(Object.values(before).map((tensor) => tensor.dims));
  expect(worstError(after, before)).toBeLessThan(1e-6);
  return done.model;
}

describe('upgradeOpset computes the same', () => {
  it.each<[string, Model]>([
    ['Clip 6', single(10, 'Clip', { min: -0.25, max: 0.5 })],
    ['Clip 6 without a lower bound', single(10, 'Clip', { max: 0.5 })],
    ['Pad 2', single(10, 'Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: 0.75 })],
    ['Pad 2, reflecting', single(10, 'Pad', { pads: [0, 0, 1, 2, 0, 0, 3, 0], mode: 'reflect' })],
    ['Slice 1', single(9, 'Slice', { starts: [1, -3], ends: [9, -1], axes: [2, 3] })],
    ['Slice 1 without axes', single(9, 'Slice', { starts: [1, 0], ends: [2, 2] })],
    ['TopK 1', single(9, 'TopK', { k: 2, axis: 3 }, {}, ['y', 'i'])],
    ['Squeeze 11', single(11, 'Squeeze', { axes: [] })],
    ['Unsqueeze 11', single(12, 'Unsqueeze', { axes: [0, -1] })],
    ['ReduceSum 11', single(12, 'ReduceSum', { axes: [1, -1], keepdims: 0 })],
    ['ReduceSum 1 of all', single(9, 'ReduceSum', {})],
    ['Split 11', single(12, 'Split', { axis: 3, split: [1, 2, 3] }, {}, ['y', 'z', 'w'])],
    ['Softmax 11 on axis 1', single(12, 'Softmax', {})],
    ['Softmax 11 on the last axis', single(12, 'Softmax', { axis: 3 })],
    ['LogSoftmax 1 on axis 2', single(9, 'LogSoftmax', { axis: 2 })],
    ['Upsample 9, nearest', single(9, 'Upsample', { mode: 'nearest' }, { s: float32Tensor('s', [4], [1, 1, 2, 1.5]) })],
    ['Upsample 9, linear', single(9, 'Upsample', { mode: 'linear' }, { s: float32Tensor('s', [4], [1, 1, 2, 3]) })],
    ['Upsample 7', single(8, 'Upsample', { scales: float([1, 1, 2, 2]) })],
    ['Resize 10, nearest', single(10, 'Resize', { mode: 'nearest' }, { s: float32Tensor('s', [4], [1, 1, 0.5, 1.5]) })],
    ['Dropout 7', single(8, 'Dropout', { ratio: 0.25 })],
    ['TopK 10', single(10, 'TopK', { axis: 1 }, { k: int64Tensor('k', [1], [2]) }, ['y', 'i'])],
  ])('%s', async (name, model) => {
    const dropped = name.startsWith('Squeeze');
    for (const target of [13, 17]) await expectUpgraded(dropped ? single(11, 'Squeeze', {}) : model, target);
  });

  it('adds nothing around Softmax on the last axis', async () => {
    const upgraded = await expectUpgraded(single(12, 'Softmax', { axis: 3 }), 13);
    expect(upgraded.graph.node.map((node) => node.opType)).toEqual(['Softmax']);
    const around = await expectUpgraded(single(12, 'Softmax', { axis: 1 }), 13);
    expect(around.graph.node.map((node) => node.opType)).toEqual(['Shape', 'Flatten', 'Softmax', 'Reshape']);
  });

  it.each([
    ['direction', realModels.direction, [2, 3, 48, 192]],
    ['recognition', realModels.recognition, [1, 3, 48, 160]],
  ])('%s, opset 9 or 12', async (_, path, dims) => {
    await expectUpgraded(await loadModel(path), 13, dims);
  });
});

describe('what can not be upgraded', () => {
  it('is named, node by node', () => {
    const norm = { dims: [3], values: [1, 1, 1] };
    const model = single(7, 'BatchNormalization', { spatial: 0 }, { a: norm, b: norm, c: norm, d: norm });
    expect(upgradeOpset(model)).toMatchObject({
      refusal: { code: 'opset-upgrade' },
      missing: ['"old": BatchNormalization with spatial = 0 has no newer form'],
    });
    expect(upgradeOpset(single(6, 'Relu', {}))).toMatchObject({
      refusal: { message: expect.stringContaining('Export it again with opset 13') as string },
    });
  });

  it('includes changed operators in bodies', () => {
    const body = (name: string) => {
      const made = buildModel({
        opset: 12,
        inputs: [{ name: 'x', shape: [2, 3] }],
        outputs: [{ name, shape: null }],
        nodes: [{ op: 'Softmax', inputs: ['x'], outputs: [name] }],
      });
      made.graph.input = [];
      return made.graph;
    };
    const model = buildModel({
      opset: 12,
      inputs: [
        { name: 'c', dataType: 'bool', shape: [] },
        { name: 'x', shape: [2, 3] },
      ],
      outputs: [{ name: 'y', shape: null }],
      nodes: [
        {
          name: 'choose',
          op: 'If',
          inputs: ['c'],
          outputs: ['y'],
          attributes: { then_branch: body('t'), else_branch: body('e') },
        },
      ],
    });
    expect(upgradeOpset(model)).toMatchObject({
      missing: ['Softmax in the body of "choose"', 'Softmax in the body of "choose"'],
    });
  });

  it('is not what is new enough already', () => {
    const model = single(17, 'Relu', {});
    expect(upgradeOpset(model)).toEqual({ model, from: 17, changed: [] });
    expect(() => upgradeOpset(model, 18)).toThrow(expect.objectContaining({ code: 'bad-opset' }) as Error);
  });
});
