import { seededRandom, type SweepCell } from '@octet/domain';
import { buildModel, type Model, type NodeSpec } from '@octet/onnx';

/**
 * The ONNX model of one cell of a sweep: equal layers with ReLU between, one input `x`, one output `y`, the first dimension
 * dynamic. Weights are
 * random (uniform, scaled by He's rule so that activations keep their size), and the model's doc says so.
 */
export function sweepModel(cell: SweepCell, seed: number): Model {
  const random = seededRandom(seed);
  const initializers: Record<string, { dims: number[]; values: Float32Array }> = {};
  const nodes: NodeSpec[] = [];
  for (let layer = 0; layer < cell.depth; layer++) {
    initializers[`w${layer}`] = { dims: weightDims(cell), values: randomWeights(cell, random) };
    nodes.push(...layerNodes(cell, layer));
  }
  const shape = ['batch', ...cell.inputShape.slice(1)];
  return buildModel({
    name: cell.name,
    doc: `Generated for octet sweep: ${cell.depth} layers, random weights, seed ${seed}.`,
    inputs: [{ name: 'x', shape }],
    outputs: [{ name: 'y', shape }],
    initializers,
    nodes,
  });
}

function weightDims({ family, width, kernel }: SweepCell): number[] {
  return family === 'convolution' ? [width, width, kernel, kernel] : [width, width];
}

function randomWeights(cell: SweepCell, random: () => number): Float32Array {
  const fanIn = cell.width * cell.kernel * cell.kernel;
  const limit = Math.sqrt(6 / fanIn);
  return Float32Array.from({ length: cell.weights / cell.depth }, () => limit * (2 * random() - 1));
}

function layerNodes({ family, depth, kernel }: SweepCell, layer: number): NodeSpec[] {
  const input = layer === 0 ? 'x' : `r${layer - 1}`;
  const last = layer === depth - 1;
  const output = last ? 'y' : `c${layer}`;
  const pad = (kernel - 1) / 2;
  const compute: NodeSpec =
    family === 'convolution'
      ? {
          op: 'Conv',
          inputs: [input, `w${layer}`],
          outputs: [output],
          attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] },
        }
      : { op: 'MatMul', inputs: [input, `w${layer}`], outputs: [output] };
  return last ? [compute] : [compute, { op: 'Relu', inputs: [output], outputs: [`r${layer}`] }];
}
