import { buildModel, Graph, type NodeSpec } from '@octet/onnx';
import { describe, expect, it } from 'vitest';

import type { CalibrationTable } from '../calibration/table.js';
import { concat, convolution } from '../testing/nodes.js';
import { placeForOnnxRuntimeCpu } from './onnxruntime-cpu.js';

const ones = (...dims: number[]) => ({ dims, values: new Float32Array(dims[0]! * dims[1]!).fill(1) });

/** Ranges by name, [least, largest] value; tensors go from `x` to `y`. */
function place(nodes: NodeSpec[], ranges: Record<string, [number, number]>, outputs = ['y']) {
  const graph = new Graph(
    buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
      outputs: outputs.map((name) => ({ name, shape: null })),
      initializers: {
        w: ones(4, 4, 1, 1),
        wide: ones(4, 8, 1, 1),
        wider: ones(4, 12, 1, 1),
        one: { dims: [], values: [1] },
        zero: { dims: [], values: [0] },
      },
      nodes,
    }),
  );
  const tensors = Object.fromEntries(
    Object.entries(ranges).map(([name, [min, max]]) => [
      name,
      { min, max, threshold: Math.max(-min, max), low: Math.min(min, 0), high: Math.max(max, 0) },
    ]),
  );
  const table = { tensors } as CalibrationTable;
  const plan = placeForOnnxRuntimeCpu({ graph, table, scheme: 'static-symmetric', exclude: [] });
  const scaleOf = (name: string): [number, number] => {
    const { scale, zeroPoint } = plan.tensors.get(name)!.parameters;
    return [Math.round(scale * (zeroPoint === 0 ? 255 : 127) * 1e4) / 1e4, zeroPoint];
  };
  return { plan, scaleOf, joined: plan.joined.map((entry) => entry.name) };
}

describe('a residual addition', () => {
  const residual: NodeSpec[] = [
    convolution('c1', 'x', 'a'),
    { name: 'relu1', op: 'Relu', inputs: ['a'], outputs: ['r1'] },
    convolution('c2', 'r1', 'b'),
    { name: 'add', op: 'Add', inputs: ['b', 'r1'], outputs: ['s'] },
    { name: 'relu2', op: 'Relu', inputs: ['s'], outputs: ['r2'] },
  ];
  const ranges: Record<string, [number, number]> = { x: [-1, 1], r1: [0, 2], b: [-3, 3], s: [-3, 5], r2: [0, 5] };

  it('is joined, its ReLU in its pair, where both branches are INT8 and a quantised layer reads it', () => {
    const { plan, scaleOf, joined } = place([...residual, convolution('c3', 'r2', 'y')], { ...ranges, y: [-1, 1] });
    expect(joined).toEqual(['add']);
    expect([...plan.tensors.keys()].toSorted()).toEqual(['b', 'r1', 'r2', 'x', 'y']);
    expect(scaleOf('r2')).toEqual([5, 0]);
  });

  it('stays float where nothing quantised reads it, or one branch is float', () => {
    const last: NodeSpec = { name: 'last', op: 'Neg', inputs: ['r2'], outputs: ['y'] };
    expect(place([...residual, last], ranges).joined).toEqual([]);
    const float = residual.map((node) => (node.name === 'add' ? { ...node, inputs: ['b', 'x'] } : node));
    expect(place([...float, convolution('c3', 'r2', 'y')], { ...ranges, y: [-1, 1] }).joined).toEqual([]);
  });
});

describe('the inputs of a joined Concat', () => {
  const two = [convolution('c1', 'x', 'a'), convolution('c2', 'x', 'b'), concat('concat', ['a', 'b'], 'j')];
  const ranges: Record<string, [number, number]> = { x: [-1, 1], a: [-2, 2], b: [-3, 3], j: [-3, 3], y: [-1, 1] };

  it('are written with its parameters', () => {
    const { scaleOf } = place([...two, convolution('c3', 'j', 'y', 'wide')], ranges);
    expect(['a', 'b', 'j'].map(scaleOf)).toEqual([
      [3, 128],
      [3, 128],
      [3, 128],
    ]);
  });

  it('keep their own where something else reads them', () => {
    const nodes = [...two, convolution('c3', 'j', 'y', 'wide'), convolution('c4', 'a', 'z')];
    const { scaleOf } = place(nodes, { ...ranges, z: [-1, 1] }, ['y', 'z']);
    expect(['a', 'b'].map(scaleOf)).toEqual([
      [2, 128],
      [3, 128],
    ]);
    expect(place([...two, convolution('c3', 'j', 'y', 'wide')], ranges, ['y', 'a']).scaleOf('a')).toEqual([2, 128]);
  });

  it('keep their own where a ReLU or Clip would no longer fuse, or MaxPool hands theirs on', () => {
    const before = (op: string, inputs: string[] = [], attributes = {}): NodeSpec[] => [
      convolution('c1', 'x', 'a'),
      { name: 'before', op, inputs: ['a', ...inputs], outputs: ['r'], attributes },
      convolution('c2', 'x', 'b'),
      concat('concat', ['r', 'b'], 'j'),
      convolution('c3', 'j', 'y', 'wide'),
    ];
    const signed = { ...ranges, r: [0, 2] as [number, number] };
    expect(place(before('Relu'), signed).scaleOf('r')).toEqual([2, 0]);
    expect(place(before('Clip', ['zero', 'one']), { ...signed, r: [0, 1] }).scaleOf('r')).toEqual([1, 0]);
    expect(place(before('MaxPool', [], { kernel_shape: [1, 1] }), signed).scaleOf('r')).toEqual([2, 128]);
    const unsigned = { ...signed, b: [0, 3] as [number, number], j: [0, 3] as [number, number] };
    expect(place(before('Relu'), unsigned).scaleOf('r')).toEqual([3, 0]);
  });

  it('take those of the outer one through a Concat that it alone reads', () => {
    const nodes = [...two, convolution('c3', 'x', 'c'), concat('outer', ['j', 'c'], 'k')];
    const { scaleOf } = place([...nodes, convolution('c4', 'k', 'y', 'wider')], { ...ranges, c: [-5, 5], k: [-5, 5] });
    for (const name of ['a', 'b', 'c', 'j', 'k']) expect(scaleOf(name)).toEqual([5, 128]);
  });
});
