/** A grid of generated models: weights on one axis, input size on the other. */
export interface SweepDefinition {
  family: 'convolution' | 'dense';
  /** Channels (convolution) or width (dense) of every layer: the weights axis. */
  widths: number[];
  /** Side of the square input (convolution) or rows, that is batch size (dense): the input axis. */
  sizes: number[];
  /** Layers in a stack. */
  depth: number;
  /** Cells with more multiply-accumulates than this are left out (null: none), so that a sweep ends. */
  maxMacs: number | null;
}

/** One generated model of a sweep. All weights are random, all layers equal: width in, width out, ReLU between. */
export interface SweepCell {
  name: string;
  family: SweepDefinition['family'];
  width: number;
  size: number;
  depth: number;
  /** Convolution: 3 (stride 1, padding 1); dense: 1. */
  kernel: number;
  /** Shape of the one input `x`: [1, width, size, size] or [size, width]. */
  inputShape: number[];
  /** Weights of the whole stack, biases not counted. */
  weights: number;
  /** Elements of the input. */
  inputElements: number;
  macs: number;
}

export const defaultSweeps: Record<SweepDefinition['family'], SweepDefinition> = {
  convolution: {
    family: 'convolution',
    widths: [16, 32, 64, 128, 256],
    sizes: [8, 16, 32, 64, 128],
    depth: 4,
    maxMacs: 4e9,
  },
  dense: { family: 'dense', widths: [64, 256, 1024, 2048], sizes: [1, 4, 16, 64, 256], depth: 4, maxMacs: 4e9 },
};

/** Cells of the grid in order of widths, then sizes, without those beyond `maxMacs`. */
export function sweepCells(definition: SweepDefinition): SweepCell[] {
  return definition.widths
    .flatMap((width) => definition.sizes.map((size) => sweepCell(definition, width, size)))
    .filter((cell) => definition.maxMacs === null || cell.macs <= definition.maxMacs);
}

function sweepCell({ family, depth }: SweepDefinition, width: number, size: number): SweepCell {
  const kernel = family === 'convolution' ? 3 : 1;
  const positions = family === 'convolution' ? size * size : size;
  const weights = depth * kernel * kernel * width * width;
  return {
    name: `${family === 'convolution' ? 'conv' : 'dense'}-w${width}-s${size}`,
    family,
    width,
    size,
    depth,
    kernel,
    inputShape: family === 'convolution' ? [1, width, size, size] : [size, width],
    weights,
    inputElements: positions * width,
    macs: weights * positions,
  };
}
