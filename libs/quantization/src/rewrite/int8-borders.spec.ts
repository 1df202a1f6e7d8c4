import { buildModel, Graph, inspectModel, int8Tensor } from '@octet/onnx';
import { expect, it } from 'vitest';
import { takeBordersOut } from './int8-borders.js';

const quantized = buildModel({
  inputs: [
    { name: 'x', shape: [1, 4] },
    { name: 'z', shape: [1, 4] },
  ],
  outputs: [
    { name: 'y', shape: [1, 4] },
    { name: 'sum', shape: [1, 4] },
  ],
  initializers: {
    s: { dims: [], values: [0.25] },
    zero: int8Tensor('zero', [], [0]),
  },
  nodes: [
    { name: 'q', op: 'QuantizeLinear', inputs: ['x', 's', 'zero'], outputs: ['xq'] },
    { name: 'dq', op: 'DequantizeLinear', inputs: ['xq', 's', 'zero'], outputs: ['xd'] },
    { name: 'relu', op: 'Relu', inputs: ['xd'], outputs: ['r'] },
    { name: 'q2', op: 'QuantizeLinear', inputs: ['r', 's', 'zero'], outputs: ['rq'] },
    { name: 'dq2', op: 'DequantizeLinear', inputs: ['rq', 's', 'zero'], outputs: ['y'] },
    { name: 'add', op: 'Add', inputs: ['r', 'z'], outputs: ['sum'] },
  ],
});
const operators = (model: typeof quantized) => new Graph(model).nodes.map(({ name }) => name);

it('turns an input into INT8 and says its scale; inputs that are read in float stay', () => {
  const { model, inputScales, outputs } = takeBordersOut(quantized, { outputs: false });
  expect(inputScales).toEqual({ x: 0.25 });
  expect(outputs).toEqual([]);
  expect(operators(model)).toEqual(['dq', 'relu', 'q2', 'dq2', 'add']);
  const info = inspectModel(model);
  expect(info.inputs.map(({ dataType }) => dataType)).toEqual(['int8', 'float32']);
  expect(new Graph(model).nodes[0]?.input[0]).toBe('x');
  expect(operators(quantized)).toHaveLength(6);
});

it('turns an output that a DequantizeLinear makes into INT8 as well', () => {
  const { model, outputs } = takeBordersOut(quantized, { outputs: true });
  expect(outputs).toEqual(['y']);
  expect(operators(model)).toEqual(['dq', 'relu', 'q2', 'add']);
  expect(inspectModel(model).outputs.map(({ dataType }) => dataType)).toEqual(['int8', 'float32']);
});

it('says where there is nothing to take out', () => {
  const float = buildModel({
    inputs: [{ name: 'x', shape: [1] }],
    outputs: [{ name: 'y', shape: [1] }],
    nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  });
  for (const outputs of [false, true])
    expect(() => takeBordersOut(float, { outputs })).toThrowError(
      expect.objectContaining({ code: 'border-not-quantized' }),
    );
});
