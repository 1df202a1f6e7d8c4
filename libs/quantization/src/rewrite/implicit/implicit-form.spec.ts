import { buildModel, fixShapes, float, Graph, loadModel, type Model, type NodeSpec } from '@octet/onnx';
import type { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';

import { noise, randomTensor, realModels, runAll, runModel, worstError } from '../../../../onnx/test/run-model.js';
import { calibrationTensors } from '../../calibration/calibration-tensors.js';
import { floatTensors } from '../../calibration/float-tensors.js';
import { prepareModel } from '../../prepare-model.js';
import { implicitForm, type ImplicitForm } from './implicit-form.js';

const rounding = 1e-5;
const operators = (model: Model): string[] => model.graph.node.map(({ opType }) => opType);

/** Initialisers of noise by their dims. */
function weights(dims: Record<string, number[]>) {
  return Object.fromEntries(
    Object.entries(dims).map(([name, each], seed) => [
      name,
      {
        dims: each,
        values: noise(
          each.reduce((product, dim) => product * dim, 1),
          seed + 2,
        ),
      },
    ]),
  );
}

function net(shape: number[], dims: Record<string, number[]>, nodes: NodeSpec[], outputs = ['y']): Model {
  return fixShapes(
    buildModel({
      inputs: [{ name: 'x', shape }],
      outputs: outputs.map((name) => ({ name, shape: null })),
      initializers: weights(dims),
      nodes,
    }),
    { x: shape },
  );
}

/** Runs both forms: the same outputs, and for each tensor that takes another's range the same values (or some of them). */
async function expectSame(model: Model, form: ImplicitForm, feeds: Record<string, Tensor>): Promise<void> {
  expect(worstError(await runModel(form.model, feeds), await runModel(model, feeds))).toBeLessThan(rounding);
  const before = { ...feeds, ...(await runAll(model, feeds)) };
  const after = { ...feeds, ...(await runAll(form.model, feeds)) };
  for (const [name, source] of form.rangeFrom) {
    const largest = (tensor: Tensor | undefined): number =>
      (tensor!.data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (!(after[name]?.data instanceof Float32Array)) continue;
    expect(largest(after[name]), name).toBeLessThanOrEqual(
      largest(before[source] ?? after[source]) * (1 + rounding) + 1e-6,
    );
  }
}

/** Float tensors of the rewritten model for which a table of the first gives no range. */
function withoutRange(model: Model, { model: made, rangeFrom }: ImplicitForm): string[] {
  const known = new Set(calibrationTensors(new Graph(model), 'all'));
  const source = (name: string): string | undefined => {
    let from: string | undefined = name;
    while (from !== undefined && !known.has(from)) from = rangeFrom.get(from);
    return from;
  };
  return [...floatTensors(new Graph(made))].filter((name) => source(name) === undefined);
}

describe('products with constant weights', () => {
  const dense = net([3, 6], { a: [8, 6], b: [8], c: [8, 8], d: [1, 8], e: [8, 5], f: [] }, [
    { op: 'Gemm', name: 'first', inputs: ['x', 'a', 'b'], outputs: ['g'], attributes: { transB: 1 } },
    { op: 'Relu', name: 'relu', inputs: ['g'], outputs: ['r'] },
    {
      op: 'Gemm',
      name: 'second',
      inputs: ['r', 'c', 'd'],
      outputs: ['h'],
      attributes: { alpha: float(0.5), beta: float(2) },
    },
    { op: 'Add', name: 'residual', inputs: ['h', 'r'], outputs: ['s'] },
    { op: 'MatMul', name: 'third', inputs: ['s', 'e'], outputs: ['m'] },
    { op: 'Add', name: 'shift', inputs: ['f', 'm'], outputs: ['t'] },
    { op: 'Sigmoid', name: 'sigmoid', inputs: ['t'], outputs: ['y'] },
  ]);

  it('become 1x1 convolutions with their bias, and what lies between them stays in that shape', async () => {
    const form = implicitForm(dense);
    expect(operators(form.model)).toEqual(['Reshape', 'Conv', 'Relu', 'Conv', 'Add', 'Conv', 'Sigmoid', 'Reshape']);
    expect(form.model.graph.node.filter(({ opType }) => opType === 'Conv').map(({ name }) => name)).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect(operators(dense)).toHaveLength(7);
    await expectSame(dense, form, { x: randomTensor([3, 6]) });
  });

  it('leave no tensor without a range', () => {
    expect(withoutRange(dense, implicitForm(dense))).toEqual([]);
  });

  it('may read more dimensions than two, and a vector', async () => {
    const rows = net([2, 3, 4], { a: [4, 5], b: [5], c: [5, 5] }, [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['m'] },
      { op: 'Add', inputs: ['m', 'b'], outputs: ['n'] },
      { op: 'Softmax', inputs: ['n'], outputs: ['s'] },
      { op: 'MatMul', inputs: ['s', 'c'], outputs: ['y'] },
    ]);
    const form = implicitForm(rows);
    expect(operators(form.model)).toEqual(['Reshape', 'Conv', 'Reshape', 'Softmax', 'Reshape', 'Conv', 'Reshape']);
    await expectSame(rows, form, { x: randomTensor([2, 3, 4]) });
    const vector = net([4], { a: [4, 5] }, [{ op: 'MatMul', inputs: ['x', 'a'], outputs: ['y'] }]);
    expect(operators(implicitForm(vector).model)).toContain('Conv');
    await expectSame(vector, implicitForm(vector), { x: randomTensor([4]) });
  });

  it('keep what else reads a tensor between them: another layer, an output of the model', async () => {
    const branched = net(
      [3, 4],
      { a: [4, 4] },
      [
        { op: 'MatMul', inputs: ['x', 'a'], outputs: ['m'] },
        { op: 'Relu', inputs: ['m'], outputs: ['r'] },
        { op: 'Softmax', inputs: ['r'], outputs: ['s'] },
        { op: 'MatMul', inputs: ['r', 'a'], outputs: ['n'] },
        { op: 'Add', inputs: ['n', 's'], outputs: ['y'] },
      ],
      ['y', 'm'],
    );
    await expectSame(branched, implicitForm(branched), { x: randomTensor([3, 4]) });
  });

  it('stay as they are where a convolution would compute something else', () => {
    const left = net([4, 4], { a: [4, 4], rows: [4, 1], full: [4, 4] }, [
      { op: 'Gemm', inputs: ['x', 'a'], outputs: ['g'], attributes: { transA: 1 } },
      { op: 'Gemm', inputs: ['g', 'a', 'rows'], outputs: ['h'] },
      { op: 'Gemm', inputs: ['h', 'a', 'full'], outputs: ['i'] },
      { op: 'MatMul', inputs: ['i', 'g'], outputs: ['j'] },
      { op: 'Gemm', inputs: ['j', 'a', 'i'], outputs: ['y'] },
    ]);
    expect(operators(implicitForm(left).model)).toEqual(operators(left));
  });

  it('take an addition of another value for each row as an addition', async () => {
    const rows = net([4, 4], { a: [4, 4], rows: [4, 1] }, [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['m'] },
      { op: 'Add', inputs: ['m', 'rows'], outputs: ['y'] },
    ]);
    expect(operators(implicitForm(rows).model)).toEqual(['Reshape', 'Conv', 'Reshape', 'Add']);
    await expectSame(rows, implicitForm(rows), { x: randomTensor([4, 4]) });
  });
});

describe('layers over one dimension', () => {
  it('become layers over two', async () => {
    const sound = net([2, 3, 17], { a: [4, 3, 3], b: [4], c: [4, 1, 5], d: [4, 2, 3] }, [
      { op: 'Conv', name: 'c1', inputs: ['x', 'a', 'b'], outputs: ['p'], attributes: { pads: [2, 1], strides: [2] } },
      { op: 'Relu', inputs: ['p'], outputs: ['q'] },
      {
        op: 'Conv',
        inputs: ['q', 'c'],
        outputs: ['r'],
        attributes: { group: 4, dilations: [2], kernel_shape: [5], pads: [4, 4] },
      },
      { op: 'Add', inputs: ['q', 'r'], outputs: ['s'] },
      {
        op: 'MaxPool',
        inputs: ['s'],
        outputs: ['t'],
        attributes: { kernel_shape: [2], strides: [2], ceil_mode: 1 },
      },
      {
        op: 'ConvTranspose',
        inputs: ['t', 'd'],
        outputs: ['u'],
        attributes: { strides: [2], output_padding: [1], pads: [1, 0] },
      },
      {
        op: 'AveragePool',
        inputs: ['u'],
        outputs: ['y'],
        attributes: { kernel_shape: [3], pads: [1, 1], count_include_pad: 1 },
      },
    ]);
    const form = implicitForm(sound);
    expect(operators(form.model)).toEqual([
      'Reshape',
      'Conv',
      'Relu',
      'Conv',
      'Add',
      'MaxPool',
      'ConvTranspose',
      'AveragePool',
      'Reshape',
    ]);
    expect(withoutRange(sound, form)).toEqual([]);
    await expectSame(sound, form, { x: randomTensor([2, 3, 17]) });
  });

  it('leave two-dimensional ones alone', () => {
    const image = net([1, 3, 8, 8], { a: [4, 3, 3, 3] }, [
      { op: 'Conv', inputs: ['x', 'a'], outputs: ['c'] },
      { op: 'Relu', inputs: ['c'], outputs: ['y'] },
    ]);
    expect(operators(implicitForm(image).model)).toEqual(['Conv', 'Relu']);
  });
});

it.each([
  ['direction', realModels.direction, { x: [2, 3, 48, 192] }],
  ['wakeWord', realModels.wakeWord, { 'onnx::Flatten_0': [1, 25, 96] }],
])('computes a real model as it was: %s', async (_, path, shapes) => {
  const model = fixShapes(prepareModel(await loadModel(path)), shapes);
  const form = implicitForm(model);
  expect(operators(form.model)).not.toContain('Gemm');
  const [name, dims] = Object.entries(shapes)[0] as [string, number[]];
  const feeds = { [name]: randomTensor(dims) };
  expect(worstError(await runModel(form.model, feeds), await runModel(model, feeds))).toBeLessThan(1e-3);
});
