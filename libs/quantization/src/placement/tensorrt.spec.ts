import { buildModel, Graph, type NodeSpec } from '@octet/onnx';
import { describe, expect, it } from 'vitest';

import type { CalibrationTable } from '../calibration/table.js';
import { concat, convolution } from '../testing/nodes.js';
import { placeForTensorRt } from './tensorrt.js';

function place(nodes: NodeSpec[], amax: Record<string, number>) {
  const graph = new Graph(
    buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
      outputs: [{ name: 'y', shape: [1, null, 8, 8] }],
      initializers: { w: { dims: [4, 4, 1, 1], values: new Float32Array(16).fill(1) }, one: { dims: [], values: [1] } },
      nodes,
    }),
  );
  const tensors = Object.fromEntries(
    Object.entries(amax).map(([name, threshold]) => [
      name,
      { min: -threshold, max: threshold, threshold, low: -threshold, high: threshold },
    ]),
  );
  return placeForTensorRt({ graph, table: { tensors } as CalibrationTable, scheme: 'static-symmetric', exclude: [] });
}

describe('placeForTensorRt', () => {
  it('puts pairs on both branches of a residual addition that a quantised layer reads, also after ReLU', () => {
    const plan = place(
      [
        convolution('c1', 'x', 'a'),
        { name: 'add', op: 'Add', inputs: ['a', 'x'], outputs: ['s'] },
        { name: 'relu', op: 'Relu', inputs: ['s'], outputs: ['r'] },
        convolution('c2', 'r', 'y'),
      ],
      { x: 1, a: 2, s: 3, r: 3, y: 4 },
    );
    expect(plan.layers.map((layer) => layer.node.name)).toEqual(['c1', 'c2']);
    expect([...plan.tensors.keys()].toSorted()).toEqual(['a', 'r', 'x']);
    expect([...plan.tensors.get('x')!.readers].toSorted()).toEqual(['add', 'c1']);
    expect(plan.joined.map((entry) => entry.name)).toEqual(['add']);
  });

  it('leaves an addition alone that no quantised layer reads, or that adds a constant', () => {
    const plan = place(
      [convolution('c1', 'x', 'a'), { name: 'add', op: 'Add', inputs: ['a', 'one'], outputs: ['y'] }],
      { x: 1, a: 2, y: 3 },
    );
    expect([...plan.tensors.keys()]).toEqual(['x']);
    expect(plan.joined).toEqual([]);
  });

  it('gives the inputs of a Concat one scale, the largest', () => {
    const plan = place(
      [
        convolution('c1', 'x', 'a'),
        convolution('c2', 'x', 'b'),
        { name: 'concat', op: 'Concat', inputs: ['a', 'b'], outputs: ['j'], attributes: { axis: 1 } },
        convolution('c3', 'j', 'y'),
      ],
      { x: 1, a: 2, b: 8, j: 8, y: 4 },
    );
    const scale = Math.fround(8 / 127);
    expect(plan.tensors.get('a')!.parameters.scale).toBe(scale);
    expect(plan.tensors.get('b')!.parameters.scale).toBe(scale);
  });

  it('gives Concats that share an input one scale, whichever comes first', () => {
    const plan = place(
      [
        convolution('c1', 'x', 'a'),
        convolution('c2', 'x', 'b'),
        convolution('c3', 'x', 'c'),
        concat('first', ['a', 'b'], 'j'),
        concat('second', ['b', 'c'], 'k'),
        convolution('c4', 'j', 'l'),
        convolution('c5', 'k', 'y'),
      ],
      { x: 1, a: 2, b: 3, c: 8, j: 3, k: 8, l: 1, y: 4 },
    );
    const scales = ['a', 'b', 'c'].map((name) => plan.tensors.get(name)!.parameters.scale);
    expect(scales).toEqual(Array(3).fill(Math.fround(8 / 127)));
  });

  it('quantises both inputs of a product of two activations', () => {
    const plan = place([{ name: 'attention', op: 'MatMul', inputs: ['x', 'x'], outputs: ['y'] }], { x: 1, y: 1 });
    expect([...plan.tensors.keys()]).toEqual(['x']);
    expect(plan.joined[0]!.name).toBe('attention');
  });
});
