import { buildModel, type InitializerSpec, type Model, type NodeSpec } from '@octet/onnx';

/**
 * Two models with random weights that show both sides of a rule of thumb. Only their times mean anything; they are made
 * from integer arithmetic alone, so every machine makes the same bytes.
 */

/** xorshift32 (Marsaglia 2003): whole numbers in [1, 2^32), the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** Uniform in [-bound, bound): He's bound sqrt(6 / fan-in) keeps the signal's size through ReLU layers. */
function weights(dims: readonly number[], fanIn: number, next: () => number): InitializerSpec {
  const bound = Math.sqrt(6 / fanIn);
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let index = 0; index < values.length; index++) values[index] = (next() / 2 ** 31 - 1) * bound;
  return { dims, values };
}

/** Large weights, small input: `layers` dense layers of `width` x `width` with ReLU between; 100 MB at 6 x 2048. */
export function wideMlp(width = 2048, layers = 6, seed = 1): Model {
  const next = generator(seed);
  const initializers: Record<string, InitializerSpec> = {};
  const nodes: NodeSpec[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    initializers[`w${layer}`] = weights([width, width], width, next);
    initializers[`b${layer}`] = { dims: [width], values: new Float32Array(width) };
    const output = last ? 'y' : `d${layer}`;
    nodes.push({
      name: `dense${layer}`,
      op: 'Gemm',
      inputs: [layer === 0 ? 'x' : `r${layer - 1}`, `w${layer}`, `b${layer}`],
      outputs: [output],
      attributes: { transB: 1 },
    });
    if (!last) nodes.push({ name: `relu${layer}`, op: 'Relu', inputs: [output], outputs: [`r${layer}`] });
  }
  const sides = { inputs: [{ name: 'x', shape: ['batch', width] }], outputs: [{ name: 'y', shape: ['batch', width] }] };
  return buildModel({
    name: `mlp-${width}`,
    opset: 13,
    irVersion: 7,
    doc: 'Random weights: for times only.',
    ...sides,
    initializers,
    nodes,
  });
}

/** Small weights, large input: `layers` convolutions of 3 x 3 with `channels` channels over pictures of `size` x `size`. */
export function thinConvolutions(size = 256, channels = 16, layers = 6, seed = 2): Model {
  const next = generator(seed);
  const initializers: Record<string, InitializerSpec> = {};
  const nodes: NodeSpec[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer === 0 ? 3 : channels;
    const last = layer === layers - 1;
    initializers[`w${layer}`] = weights([channels, inputs, 3, 3], inputs * 9, next);
    initializers[`b${layer}`] = { dims: [channels], values: new Float32Array(channels) };
    const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    const output = last ? 'y' : `c${layer}`;
    nodes.push({
      name: `conv${layer}`,
      op: 'Conv',
      inputs: [layer === 0 ? 'x' : `r${layer - 1}`, `w${layer}`, `b${layer}`],
      outputs: [output],
      attributes,
    });
    if (!last) nodes.push({ name: `relu${layer}`, op: 'Relu', inputs: [output], outputs: [`r${layer}`] });
  }
  const sides = {
    inputs: [{ name: 'x', shape: ['batch', 3, size, size] }],
    outputs: [{ name: 'y', shape: ['batch', channels, size, size] }],
  };
  return buildModel({
    name: `conv${channels}-${size}`,
    opset: 13,
    irVersion: 7,
    doc: 'Random weights: for times only.',
    ...sides,
    initializers,
    nodes,
  });
}
