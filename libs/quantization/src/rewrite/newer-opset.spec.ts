import { buildModel, type Model } from '@octet/onnx';
import { expect, it } from 'vitest';
import { withOpset } from './newer-opset.js';

function norm(opset: number, spatial: number): Model {
  const ones = { dims: [3], values: [1, 1, 1] };
  return buildModel({
    opset,
    inputs: [{ name: 'x', shape: [1, 3, 2, 2] }],
    outputs: [{ name: 'y', shape: null }],
    initializers: { a: ones, b: ones, c: ones, d: ones },
    nodes: [{ op: 'BatchNormalization', inputs: ['x', 'a', 'b', 'c', 'd'], outputs: ['y'], attributes: { spatial } }],
  });
}

it('leaves a model alone that is new enough, and brings an older one to 13', () => {
  const model = norm(12, 1);
  expect(withOpset(model, 10)).toBe(model);
  const upgraded = withOpset(norm(8, 1), 10);
  expect(upgraded.opset()).toBe(13);
  expect(Number(upgraded.proto.irVersion)).toBeGreaterThanOrEqual(7);
});

it('upgrades to what is wanted where it can, and takes the least where it can not', () => {
  expect(withOpset(norm(8, 1), 8, 12).opset()).toBe(13);
  const stuck = norm(8, 0);
  expect(withOpset(stuck, 8, 12)).toBe(stuck);
  expect(() => withOpset(stuck, 9, 12)).toThrow(/spatial/);
});

it('says what stands in the way', () => {
  expect(() => withOpset(norm(8, 0), 10)).toThrow(
    expect.objectContaining({
      code: 'opset-too-old',
      details: expect.objectContaining({ opset: 8, needed: 13 }) as object,
    }) as Error,
  );
  expect(() => withOpset(norm(6, 1), 13)).toThrow(/sets before 7 broadcast/);
});
