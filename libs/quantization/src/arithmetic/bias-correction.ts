import type { QuantizedWeights } from './weights.js';

/** How a layer's weights are laid out: [outputs, inputs of a group, kernel ...], or [inputs, outputs]. */
export interface WeightLayout {
  dims: readonly number[];
  /** Dimension of the output channels: 0, or 1 in a matrix. */
  outputs: 0 | 1;
  groups: number;
}

/**
 * What to add to each output channel's bias so that rounding the weights leaves the channel's mean where it was: the sum of
 * (weight - rounded weight) x mean of the input channel (Nagel et al., "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", ICCV 2019, section 4.2, with measured means). At padded borders of a convolution, where zeros stand for a part
 * of the mean, it adds too much.
 */
export function biasCorrection(
  weights: Float32Array,
  quantized: QuantizedWeights,
  layout: WeightLayout,
  inputMeans: readonly number[],
): Float64Array {
  const channels = layout.dims[layout.outputs]!;
  const inner = layout.outputs === 0 ? weights.length / channels : 1;
  const kernel = layout.dims.slice(2).reduce((a, b) => a * b, 1);
  const inputs = layout.outputs === 0 ? layout.dims[1]! : layout.dims[0]!;
  const correction = new Float64Array(channels);
  for (let run = 0, i = 0; i < weights.length; run++) {
    const channel = run % channels;
    const scale = quantized.scales[quantized.scales.length === 1 ? 0 : channel]!;
    // A matrix [inputs, outputs] has one weight a run, of input `run / channels`.
    const firstInput =
      layout.outputs === 0 ? Math.floor((channel * layout.groups) / channels) * inputs : Math.floor(run / channels);
    for (let k = 0; k < inner; k++, i++) {
      const error = weights[i]! - quantized.values[i]! * scale;
      correction[channel]! += error * inputMeans[firstInput + Math.floor(k / kernel)]!;
    }
  }
  return correction;
}
