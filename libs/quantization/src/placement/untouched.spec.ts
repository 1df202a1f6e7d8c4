import { buildModel, type Model } from '@octet/onnx';
import { describe, expect, it } from 'vitest';

import { untouchedLayers } from './untouched.js';

const dense = (name: string) => ({ name, op: 'MatMul', inputs: ['x', 'w'], outputs: [name] });
const io = {
  inputs: [{ name: 'x', shape: ['n', 2] }],
  initializers: { w: { dims: [2, 2], values: [1, 2, 3, 4] } },
};

function withBranch(): Model {
  const branch = buildModel({ ...io, outputs: [{ name: 'inner', shape: ['n', 2] }], nodes: [dense('inner')] });
  const model = buildModel({
    ...io,
    outputs: [{ name: 'y', shape: ['n', 2] }],
    nodes: [
      dense('outer'),
      { name: 'warp', op: 'Warp', domain: 'my.ops', inputs: ['outer'], outputs: ['warped'] },
      { name: 'choice', op: 'If', inputs: ['warped'], outputs: ['y'], attributes: { then_branch: 0 } },
    ],
  });
  Object.assign(model.graph.node[2]!.attribute[0]!, { g: branch.graph });
  return model;
}

describe('untouchedLayers', () => {
  it('lists layers inside a body by their path, and unknown operators with their domain', () => {
    expect(untouchedLayers(withBranch())).toEqual([
      expect.objectContaining({ name: 'choice/inner', opType: 'MatMul' }),
      expect.objectContaining({ name: 'warp', opType: 'my.ops.Warp' }),
    ]);
  });
});
