import type { NodeSpec } from '@octet/onnx';

/** A Conv of kernel 1 x 1. */
export const convolution = (name: string, input: string, output: string, weight = 'w'): NodeSpec => ({
  name,
  op: 'Conv',
  inputs: [input, weight],
  outputs: [output],
  attributes: { kernel_shape: [1, 1] },
});

/** Along channels. */
export const concat = (name: string, inputs: string[], output: string): NodeSpec => ({
  name,
  op: 'Concat',
  inputs,
  outputs: [output],
  attributes: { axis: 1 },
});
