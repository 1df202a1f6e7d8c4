import { OctetError } from '@octet/domain';

import { clamp, roundHalfToEven } from './rounding.js';
import { storableScale } from './schemes.js';

/** Weights as signed 8-bit (or 7-bit) integers, zero point 0. */
export interface QuantizedWeights {
  values: Int8Array;
  /** One for each slice along `axis`, or a single one. */
  scales: Float32Array;
  /** null for one scale for the whole tensor. */
  axis: number | null;
}

/**
 * Largest magnitude of a weight: 127 with 8 bits; 64 with 7 (what onnxruntime calls reduce_range), because kernels built
 * on vpmaddubsw add two products of u8 x s8 in int16: 2 * 255 * 64 = 32,640 still fits, 2 * 255 * 127 saturates.
 */
export function weightLimit(bits: 7 | 8): number {
  return bits === 7 ? 64 : 127;
}

/**
 * Symmetric weights, scale = amax/limit for each slice along `axis` (per channel) or for the tensor. `scaleFloors` gives
 * the smallest scale a slice may have (see `biasScaleFloors`). Throws `bad-weight`, with `name`, for NaN or infinity.
 */
export function quantizeWeights(
  data: Float32Array,
  dims: readonly number[],
  axis: number | null,
  bits: 7 | 8,
  scaleFloors: Float64Array | null = null,
  name = '',
): QuantizedWeights {
  const limit = weightLimit(bits);
  const channels = axis === null ? 1 : dims[axis]!;
  const inner = axis === null ? data.length : dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const scales = channelScales(data, channels, inner, limit, scaleFloors, name);
  return { values: roundedWeights(data, scales, inner), scales, axis };
}

export function badWeight(name: string): OctetError {
  return new OctetError(
    'bad-weight',
    `Weight "${name}" holds NaN or infinity. Export the model again from a sound checkpoint.`,
    { details: { tensor: name } },
  );
}

/**
 * Plain nested loops: with one element a run (a dense layer's [K, N]) a callback would cost more than the arithmetic. A scale is
 * at least amax/limit but for its rounding to float32, so that nothing rounds to more than `limit`.
 */
function roundedWeights(data: Float32Array, scales: Float32Array, inner: number): Int8Array {
  const values = new Int8Array(data.length);
  for (let i = 0, channel = 0; i < data.length; channel = (channel + 1) % scales.length) {
    const scale = scales[channel]!;
    for (const end = i + inner; i < end; i++) values[i] = roundHalfToEven(data[i]! / scale);
  }
  return values;
}

/** All bits of a float32 but its sign: they order magnitudes as the magnitudes themselves, infinity and NaN above all. */
const magnitudeBits = 0x7fff_ffff;

/**
 * Largest magnitude of each channel; NaN or infinity where a weight is one. Found among the bits: integers need no object each
 * where the loop is not compiled yet, and NaN none of its own checks.
 */
function channelMagnitudes(data: Float32Array, channels: number, inner: number): Float32Array {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const amax = new Int32Array(channels);
  for (let i = 0, channel = 0; i < bits.length; channel = (channel + 1) % channels) {
    let largest = amax[channel]!;
    for (const end = i + inner; i < end; i++) {
      const magnitude = bits[i]! & magnitudeBits;
      if (magnitude > largest) largest = magnitude;
    }
    amax[channel] = largest;
  }
  return new Float32Array(amax.buffer);
}

function channelScales(
  data: Float32Array,
  channels: number,
  inner: number,
  limit: number,
  floors: Float64Array | null,
  name: string,
): Float32Array {
  return Float32Array.from(channelMagnitudes(data, channels, inner), (value, channel) => {
    if (!Number.isFinite(value)) {
      throw badWeight(name);
    }
    return storableScale(Math.max(value / limit, floors?.[channel] ?? 0));
  });
}

/** int32 zero points of the bias sit at 0; its scale is input scale * weight scale. */
const int32Max = 2 ** 31 - 1;

/**
 * Smallest weight scales for which each bias still fits int32 at scale inputScale * weightScale. Without it a channel of
 * tiny weights would clip its bias (onnxruntime adjusts the same way in `adjust_weight_scale_for_int32_bias`).
 */
export function biasScaleFloors(bias: Float32Array, inputScale: number): Float64Array {
  return Float64Array.from(bias, (value) => (Math.abs(value) / inputScale / int32Max) * (1 + 1e-6));
}

/** Bias as int32 at scale inputScale * weightScale[c], half to even, clamped. */
export function quantizeBias(
  bias: Float32Array,
  inputScale: number,
  weightScales: Float32Array,
): { values: Int32Array; scales: Float32Array } {
  const scales = new Float32Array(bias.length);
  const values = new Int32Array(bias.length);
  for (let i = 0; i < bias.length; i++) {
    scales[i] = storableScale(inputScale * weightScales[weightScales.length === 1 ? 0 : i]!);
    values[i] = clamp(roundHalfToEven(bias[i]! / scales[i]!), -int32Max, int32Max);
  }
  return { values, scales };
}
