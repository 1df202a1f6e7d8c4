import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise, randomTensor, realModels, runModel, worstError } from '../../test/run-model.js';
import { float } from '../attributes.js';
import { buildModel, type InitializerSpec, type ModelSpec } from '../build.js';
import type { NodeSpec } from '../graph.js';
import { loadModel } from '../load.js';
import { copyModel, type Model } from '../model.js';
import { boolTensor, float16Tensor, float32Tensor, int64Tensor } from '../tensors.js';
import { simplify } from './simplify.js';

const real: [name: string, path: string, input: string, dims: number[]][] = [
  ['recognition', realModels.recognition, 'x', [2, 3, 48, 96]],
  ['direction', realModels.direction, 'x', [2, 3, 48, 192]],
  ['wake word', realModels.wakeWord, 'onnx::Flatten_0', [1, 25, 96]],
];

function operators(model: Model): string[] {
  return model.graph.node.map((node) => node.opType);
}

async function expectSame(model: Model, dims: number[], input = 'x'): Promise<Model> {
  const { model: simple } = simplify(model);
  const feeds = { [input]: randomTensor(dims) };
  expect(worstError(await runModel(simple, feeds), await runModel(model, feeds))).toBeLessThan(1e-5);
  return simple;
}

/** The model up to the input of its last node. */
function withoutLast(model: Model, operator: string): Model {
  const copy = copyModel(model);
  const last = copy.graph.node.pop();
  const [output] = copy.graph.output;
  if (last?.opType !== operator || output === undefined) throw new Error(`the last node is not ${operator}`);
  copy.graph.output = [{ ...output, name: last.input[0] ?? '' }];
  return copy;
}

describe('real models', () => {
  it.each(real)('%s computes the same with fewer nodes', async (_, path, input, dims) => {
    const model = await loadModel(path);
    const before = operators(model).length;
    const simple = await expectSame(model, dims, input);
    expect(operators(simple)).not.toContain('Constant');
    expect(operators(simple)).not.toContain('BatchNormalization');
    expect(operators(simple)).not.toContain('Identity');
    expect(simple.graph.node.length).toBeLessThan(before);
    expect(operators(model)).toHaveLength(before);
  });

  it('detection computes the same scores', async () => {
    // Before the last Sigmoid: scores reach 120 in size, and the Sigmoid's slope would magnify rounding.
    const model = withoutLast(await loadModel(realModels.detection), 'Sigmoid');
    await expectSame(model, [1, 3, 96, 64]);
  });

  it('counts what it did', async () => {
    const model = await loadModel(realModels.direction);
    const done = simplify(model);
    expect(done.foldedBatchNorms).toBe(35);
    expect(done.removedNodes).toBe(model.graph.node.length - done.model.graph.node.length);
  });
});

function normalised(channels: number, seed: number): Record<string, InitializerSpec> {
  const random = noise(4 * channels, seed);
  const part = (index: number) => random.subarray(index * channels, (index + 1) * channels);
  const of = (values: Float32Array): InitializerSpec => ({ dims: [channels], values });
  return {
    scale: of(part(0)),
    bias: of(part(1)),
    mean: of(part(2)),
    variance: of(part(3).map((value) => Math.abs(value) + 0.1)),
  };
}

const norm = {
  op: 'BatchNormalization',
  inputs: ['c', 'scale', 'bias', 'mean', 'variance'],
  outputs: ['y'],
  attributes: { epsilon: 1e-3 },
};

describe('BatchNormalization', () => {
  it('goes into Conv with and without groups and bias', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 4), fc.boolean(), fc.nat(1000), async (group, withBias, seed) => {
        const model = buildModel({
          inputs: [{ name: 'x', shape: [1, 4, 6, 6] }],
          outputs: [{ name: 'y', shape: null }],
          initializers: {
            w: { dims: [8, 4 / group, 3, 3], values: noise((8 * 4 * 9) / group, seed + 1) },
            b: { dims: [8], values: noise(8, seed + 2) },
            ...normalised(8, seed + 3),
          },
          nodes: [
            { op: 'Conv', inputs: withBias ? ['x', 'w', 'b'] : ['x', 'w'], outputs: ['c'], attributes: { group } },
            norm,
          ],
        });
        expect(operators(await expectSame(model, [1, 4, 6, 6]))).toEqual(['Conv']);
      }),
      { numRuns: 12 },
    );
  });

  it.each([1, 2])('goes into ConvTranspose with %d groups', async (group) => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 5, 5] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: { w: { dims: [4, 6 / group, 2, 2], values: noise((4 * 6 * 4) / group, 5) }, ...normalised(6, 6) },
      nodes: [
        { op: 'ConvTranspose', inputs: ['x', 'w'], outputs: ['c'], attributes: { group, strides: [2, 2] } },
        norm,
      ],
    });
    expect(operators(await expectSame(model, [1, 4, 5, 5]))).toEqual(['ConvTranspose']);
  });

  it.each([
    [0, [4, 6], [6]],
    [1, [6, 4], [6]],
    [1, [6, 4], [1, 1]],
  ])('goes into Gemm, transB %d, beta 0.5', async (transB, dims, biasDims) => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [3, 4] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: {
        w: { dims, values: noise(24, 7) },
        b: {
          dims: biasDims,
          values: noise(
            biasDims.reduce((a, b) => a * b, 1),
            8,
          ),
        },
        ...normalised(6, 9),
      },
      nodes: [
        { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['c'], attributes: { transB, alpha: 2.5, beta: 0.5 } },
        norm,
      ],
    });
    expect(operators(await expectSame(model, [3, 4]))).toEqual(['Gemm']);
  });

  it('stays where the convolution has a second reader, and leaves shared weights alone', async () => {
    const shared: ModelSpec = {
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
      outputs: [
        { name: 'y', shape: null },
        { name: 'other', shape: null },
      ],
      initializers: { w: { dims: [2, 2, 1, 1], values: noise(4, 3) }, ...normalised(2, 4) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'] },
        norm,
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['other'] },
      ],
    };
    expect(operators(await expectSame(buildModel(shared), [1, 2, 4, 4]))).toEqual(['Conv', 'Conv']);
    const read = { ...shared, nodes: [...shared.nodes.slice(0, 2), { op: 'Neg', inputs: ['c'], outputs: ['other'] }] };
    expect(operators(await expectSame(buildModel(read), [1, 2, 4, 4]))).toContain('BatchNormalization');
  });
});

describe('multiplications and additions of constants', () => {
  const perChannel = { m: { dims: [4, 1, 1], values: noise(4, 11) }, s: { dims: [1, 4, 1, 1], values: noise(4, 12) } };
  const scaleShift = (from: string): NodeSpec[] => [
    { op: 'Mul', inputs: [from, 'm'], outputs: ['scaled'] },
    { op: 'Add', inputs: ['s', 'scaled'], outputs: ['y'] },
  ];
  const build = (nodes: NodeSpec[], initializers: Record<string, InitializerSpec> = {}) =>
    buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 6, 6] }],
      outputs: [{ name: 'y', shape: null }],
      initializers: {
        w: { dims: [4, 4, 3, 3], values: noise(144, 1) },
        b: { dims: [4], values: noise(4, 2) },
        ...normalised(4, 3),
        ...perChannel,
        ...initializers,
      },
      nodes,
    });
  const conv = { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['c'] };
  const toNorm = { ...norm, outputs: ['n'] };

  it('go into the Conv before them, through the BatchNormalization between', async () => {
    expect(operators(await expectSame(build([conv, ...scaleShift('c')]), [1, 4, 6, 6]))).toEqual(['Conv']);
    expect(operators(await expectSame(build([conv, toNorm, ...scaleShift('n')]), [1, 4, 6, 6]))).toEqual(['Conv']);
  });

  it('go into a BatchNormalization that no layer takes in', async () => {
    const nodes = [{ op: 'Neg', inputs: ['x'], outputs: ['c'] }, toNorm, ...scaleShift('n')];
    expect(operators(await expectSame(build(nodes), [1, 4, 6, 6]))).toEqual(['Neg', 'BatchNormalization']);
  });

  it('go as well where one constant is for all channels, and as Div and Sub', async () => {
    const nodes = (first: string, second: string): NodeSpec[] => [
      conv,
      { op: first, inputs: ['c', 'one'], outputs: ['t'] },
      { op: second, inputs: ['t', 's'], outputs: ['y'] },
    ];
    for (const dims of [[], [1], [1, 1, 1], [1, 1, 1, 1]]) {
      const one = { dims, values: [0.7] };
      for (const [first, second] of [
        ['Mul', 'Sub'],
        ['Div', 'Add'],
        ['Sub', 'Div'],
      ] as const) {
        expect(operators(await expectSame(build(nodes(first, second), { one }), [1, 4, 6, 6]))).toEqual(['Conv']);
      }
    }
  });

  it('stay where the layer is the divisor or subtrahend, where the divisor is 0, and where the constant widens the result', async () => {
    for (const op of ['Div', 'Sub']) {
      const model = build([conv, { op, inputs: ['m', 'c'], outputs: ['y'] }]);
      expect(operators(simplify(model).model)).toEqual(['Conv', op]);
    }
    const zero = { m: { dims: [], values: [0] } };
    const divided = build([conv, { op: 'Div', inputs: ['c', 'm'], outputs: ['y'] }], zero);
    expect(operators(simplify(divided).model)).toEqual(['Conv', 'Div']);
    const five = { m: { dims: [1, 1, 1, 1, 1], values: [2] } };
    const widened = build([conv, { op: 'Mul', inputs: ['c', 'm'], outputs: ['y'] }], five);
    expect(operators(simplify(widened).model)).toEqual(['Conv', 'Mul']);
  });

  it('stay where the constant is not of one value for each channel, or something else reads the layer', async () => {
    for (const dims of [[4], [1, 1, 4, 1], [4, 1]]) {
      const m = { dims, values: noise(4, 13) };
      const model = build([conv, { op: 'Mul', inputs: ['c', 'm'], outputs: ['y'] }], { m });
      expect(operators(await expectSame(model, [1, 4, 6, 6]))).toEqual(['Conv', 'Mul']);
    }
    const read = [conv, { op: 'Mul', inputs: ['c', 'm'], outputs: ['t'] }];
    const model = build([...read, { op: 'Add', inputs: ['t', 'c'], outputs: ['y'] }]);
    expect(operators(await expectSame(model, [1, 4, 6, 6]))).toEqual(['Conv', 'Mul', 'Add']);
  });
});

describe('multiplications and divisions by one number in a row', () => {
  const build = (nodes: NodeSpec[], six: InitializerSpec = { dims: [], values: [6] }, more: string[] = []) =>
    buildModel({
      inputs: [{ name: 'x', shape: [2, 3] }],
      outputs: ['y', ...more].map((name) => ({ name, shape: null })),
      initializers: { six, third: { dims: [1], values: [1 / 3] }, wide: { dims: [1, 1, 1], values: [2] } },
      nodes,
    });
  const divided = { op: 'Div', inputs: ['x', 'six'], outputs: ['d'] };

  it('become one multiplication', async () => {
    const scaled = { op: 'Mul', inputs: ['third', 'd'], outputs: ['t'] };
    const chain = build([divided, scaled, { op: 'Div', inputs: ['t', 'third'], outputs: ['y'] }]);
    expect(operators(await expectSame(chain, [2, 3]))).toEqual(['Mul']);
    const widened = build([divided, { op: 'Mul', inputs: ['d', 'wide'], outputs: ['y'] }]);
    expect(operators(await expectSame(widened, [2, 3]))).toEqual(['Mul']);
  });

  it('stay where something else reads between them, the number is divided, or float32 does not hold the product', async () => {
    const scaled = { op: 'Mul', inputs: ['d', 'third'], outputs: ['y'] };
    const read = build([divided, scaled], undefined, ['d']);
    expect(operators(await expectSame(read, [2, 3]))).toEqual(['Div', 'Mul']);
    const turned = build([{ op: 'Div', inputs: ['six', 'x'], outputs: ['d'] }, scaled]);
    expect(operators(await expectSame(turned, [2, 3]))).toEqual(['Div', 'Mul']);
    for (const op of ['Div', 'Mul']) {
      const twice = { op, inputs: ['d', 'six'], outputs: ['y'] };
      const first = { ...divided, op };
      // 1e76 is no float32; 1e-40 is one of few digits.
      const six = { dims: [], values: [op === 'Div' ? 1e-38 : 1e-20] };
      expect(operators(simplify(build([first, twice], six)).model)).toEqual([op, op]);
    }
  });
});

describe('Identity, Dropout and additions', () => {
  it('gives biases shared through Identity back to their layers', async () => {
    const simple = await expectSame(
      buildModel({
        inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
        outputs: [{ name: 'y', shape: null }],
        initializers: { w: { dims: [2, 2, 1, 1], values: noise(4, 3) }, b: { dims: [2], values: [0.25, -1] } },
        nodes: [
          { op: 'Identity', inputs: ['b'], outputs: ['b2'] },
          { op: 'Conv', inputs: ['x', 'w', 'b2'], outputs: ['c'] },
          { op: 'Identity', inputs: ['c'], outputs: ['y'] },
        ],
      }),
      [1, 2, 4, 4],
    );
    expect(simple.graph.node.map((node) => [node.opType, ...node.input])).toEqual([['Conv', 'x', 'w', 'b']]);
    expect(simple.graph.output.map((output) => output.name)).toEqual(['y']);
  });

  it('keeps an Identity that links an input or a weight to an output', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2] }],
      outputs: [
        { name: 'y', shape: null },
        { name: 'k', shape: null },
      ],
      initializers: { w: { dims: [2], values: [1, 2] } },
      nodes: [
        { op: 'Identity', inputs: ['x'], outputs: ['y'] },
        { op: 'Identity', inputs: ['w'], outputs: ['k'] },
      ],
    });
    expect(operators(await expectSame(model, [2]))).toEqual(['Identity', 'Identity']);
  });

  it('removes Dropout unless it trains', async () => {
    const build = (training: boolean) =>
      buildModel({
        inputs: [{ name: 'x', shape: [4] }],
        outputs: [{ name: 'y', shape: null }],
        initializers: { ratio: { dims: [], values: [0.5] }, mode: boolTensor('mode', [], [training]) },
        nodes: [
          { op: 'Neg', inputs: ['x'], outputs: ['n'] },
          { op: 'Dropout', inputs: ['n', 'ratio', 'mode'], outputs: ['y'] },
        ],
      });
    expect(operators(await expectSame(build(false), [4]))).toEqual(['Neg']);
    expect(operators(simplify(build(true)).model)).toEqual(['Neg', 'Dropout']);
  });

  it('turns an addition for each channel into a bias, through Reshape too', async () => {
    const simple = await expectSame(
      buildModel({
        inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
        outputs: [{ name: 'y', shape: null }],
        initializers: { w: { dims: [3, 2, 1, 1], values: noise(6, 3) } },
        nodes: [
          { op: 'Constant', inputs: [], outputs: ['flat'], attributes: { value_floats: float([1, 2, 3]) } },
          { op: 'Constant', inputs: [], outputs: ['shape'], attributes: { value_ints: [1, -1, 1, 1] } },
          { op: 'Reshape', inputs: ['flat', 'shape'], outputs: ['bias'] },
          { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'] },
          { op: 'Add', inputs: ['bias', 'c'], outputs: ['y'] },
        ],
      }),
      [1, 2, 4, 4],
    );
    expect(operators(simple)).toEqual(['Conv']);
  });

  it('no longer lists initialisers as inputs', () => {
    const model = buildModel({
      irVersion: 3,
      opset: 9,
      inputs: [
        { name: 'x', shape: [1] },
        { name: 'w', shape: [1] },
      ],
      outputs: [{ name: 'y', shape: [1] }],
      initializers: { w: float32Tensor('w', [1], [2]) },
      nodes: [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
    });
    const { model: simple } = simplify(model);
    expect(simple.graph.input.map((input) => input.name)).toEqual(['x']);
    expect(simple.proto.irVersion).toBe(4n);
  });
});

describe('a Sum', () => {
  it.each([
    [2, ['Add']],
    [3, ['Sum']],
  ])('of %i tensors', async (count, expected) => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2, 3] }],
      outputs: [{ name: 'y', shape: [2, 3] }],
      initializers: { w: { dims: [3], values: noise(3) } },
      nodes: [{ op: 'Sum', inputs: ['x', 'x', 'w'].slice(3 - count), outputs: ['y'] }],
    });
    expect(operators(await expectSame(model, [2, 3]))).toEqual(expected);
  });
});

describe('constants', () => {
  const weight = { dims: [3, 4], values: noise(12) };
  const half = (dims: number[], values: Float32Array): InitializerSpec => float16Tensor('h', dims, values);
  const ways: [name: string, initializers: Record<string, InitializerSpec>, nodes: ModelSpec['nodes']][] = [
    ['Transpose', { w: weight }, [{ op: 'Transpose', inputs: ['w'], outputs: ['t'] }]],
    ['Cast', { w: half([4, 3], noise(12)) }, [{ op: 'Cast', inputs: ['w'], outputs: ['t'], attributes: { to: 1 } }]],
    [
      'ConstantOfShape',
      { s: int64Tensor('s', [2], [4, 3]) },
      [
        {
          op: 'ConstantOfShape',
          inputs: ['s'],
          outputs: ['t'],
          attributes: { value: float32Tensor('', [1], [0.25]) },
        },
      ],
    ],
    [
      'a chain of Unsqueeze, Transpose, Squeeze, Flatten, Reshape and scaling',
      {
        w: weight,
        axes: int64Tensor('axes', [1], [0]),
        shape: int64Tensor('shape', [2], [-1, 3]),
        scale: float32Tensor('scale', [], [0.5]),
        shift: { dims: [4, 3], values: noise(12) },
      },
      [
        { op: 'Unsqueeze', inputs: ['w', 'axes'], outputs: ['a'] },
        { op: 'Transpose', inputs: ['a'], outputs: ['b'], attributes: { perm: [2, 0, 1] } },
        { op: 'Flatten', inputs: ['b'], outputs: ['c'], attributes: { axis: 2 } },
        { op: 'Reshape', inputs: ['c', 'shape'], outputs: ['d'] },
        { op: 'Mul', inputs: ['scale', 'd'], outputs: ['e'] },
        { op: 'Sub', inputs: ['e', 'shift'], outputs: ['t'] },
      ],
    ],
  ];

  it.each(ways)('on the way to a layer become its weight: %s', async (_, initializers, nodes) => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2, 4] }],
      outputs: [{ name: 'y', shape: [2, 3] }],
      initializers,
      nodes: [{ op: 'MatMul', inputs: ['x', 't'], outputs: ['y'] }, ...nodes],
    });
    const simple = await expectSame(model, [2, 4]);
    expect(operators(simple)).toEqual(['MatMul']);
  });

  it('that would fill the memory stay nodes', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 1_000_000] }],
      outputs: [{ name: 'y', shape: [1, 1_000_000] }],
      initializers: { s: int64Tensor('s', [2], [1_000_000, 1_000_000]) },
      nodes: [
        { op: 'ConstantOfShape', inputs: ['s'], outputs: ['w'] },
        { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
      ],
    });
    expect(operators(simplify(model).model)).toEqual(['ConstantOfShape', 'MatMul']);
  });
});
