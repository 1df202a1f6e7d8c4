import { OctetError } from '@octet/domain';

import { clamp, roundHalfToEven } from './rounding.js';

/** Integer range of a quantised value. */
export interface IntegerRange {
  qmin: number;
  qmax: number;
}

export const int8Range: IntegerRange = { qmin: -128, qmax: 127 };
export const int8Symmetric: IntegerRange = { qmin: -127, qmax: 127 };
export const uint8Range: IntegerRange = { qmin: 0, qmax: 255 };

/** Affine map real = scale * (q - zeroPoint), with q in [qmin, qmax]. */
export interface QuantizationParameters extends IntegerRange {
  /** Float32 value, > 0. */
  scale: number;
  zeroPoint: number;
}

/** The smallest normal float32: a smaller scale would turn to zero or denormal in a runtime. */
const smallestScale = 2 ** -126;

/**
 * A scale as a runtime stores it: float32, never zero (an all-zero or constant-zero tensor gets 1: every value is then
 * exact), never denormal. Throws OctetError `bad-range` for NaN or infinity.
 */
export function storableScale(scale: number): number {
  const single = Math.fround(scale);
  if (!Number.isFinite(single) || single < 0) {
    throw new OctetError(
      'bad-range',
      `A scale of ${scale} cannot be stored as float32. Look for NaN, infinities or overflow in the data.`,
    );
  }
  return single === 0 ? 1 : Math.max(single, smallestScale);
}

/** Largest magnitude of the values, 0 for an empty array. */
export function absoluteMax(values: ArrayLike<number>): number {
  let amax = 0;
  for (let i = 0; i < values.length; i++) amax = Math.max(amax, Math.abs(values[i]!));
  return amax;
}

/** Smallest and largest value; {0, 0} for an empty array. */
export function valueRange(values: ArrayLike<number>): { min: number; max: number } {
  if (values.length === 0) return { min: 0, max: 0 };
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/**
 * Dynamic symmetric as the lecture writes it: scale = 2*|max|/256, zero point 0, int8. 128 steps cover |max|, so +|max|
 * itself would be 128 and is clipped to 127: an error of one step at the top end.
 */
export function lectureSymmetric(amax: number): QuantizationParameters {
  return { scale: storableScale((2 * amax) / 256), zeroPoint: 0, ...int8Range };
}

/**
 * Symmetric as TensorRT does it: scale = amax/127, zero point 0, q in [-127, 127]
 * (NVIDIA, "8-bit Inference with TensorRT", GTC 2017). No value within [-amax, amax] is clipped.
 */
export function runtimeSymmetric(amax: number): QuantizationParameters {
  return { scale: storableScale(amax / 127), zeroPoint: 0, ...int8Symmetric };
}

/**
 * Symmetric in unsigned form: the same 255 levels moved up by 128, for kernels that want uint8 activations (ONNX
 * Runtime on x86). A range without negative values needs no half of them: zero point 0 and all 255 steps.
 */
export function unsignedSymmetric(amax: number, oneSided: boolean): QuantizationParameters {
  if (oneSided) return { scale: storableScale(amax / 255), zeroPoint: 0, ...uint8Range };
  return { scale: storableScale(amax / 127), zeroPoint: 128, ...uint8Range };
}

/**
 * Dynamic asymmetric as the lecture (after gemmlowp, doc/quantization.md) writes it: scale = (max - min)/256, zero point
 * so that `min` maps to qmin. The range is widened to hold 0, which must be exact. With 256 steps the top value clips.
 */
export function lectureAsymmetric(min: number, max: number): QuantizationParameters {
  return asymmetric(min, max, 256);
}

/**
 * Asymmetric as ONNX DynamicQuantizeLinear does it: scale = (max(0,max) - min(0,min))/255, zero point =
 * round(-min/scale) within [0, 255] (https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html).
 */
export function runtimeAsymmetric(min: number, max: number): QuantizationParameters {
  return asymmetric(min, max, 255);
}

function asymmetric(min: number, max: number, steps: number): QuantizationParameters {
  const low = Math.min(0, min);
  const scale = storableScale((Math.max(0, max) - low) / steps);
  return { scale, zeroPoint: clamp(roundHalfToEven(Math.abs(low) / scale), 0, 255), ...uint8Range };
}

/** q = saturate(round(x / scale) + zeroPoint), rounding half to even, as ONNX QuantizeLinear. */
export function quantizeValue(value: number, p: QuantizationParameters): number {
  return clamp(roundHalfToEven(value / p.scale) + p.zeroPoint, p.qmin, p.qmax);
}

/** Quantises an array; the result is signed or unsigned as the parameters' range asks. */
export function quantize(values: ArrayLike<number>, p: QuantizationParameters): Int8Array | Uint8Array {
  const result = p.qmin < 0 ? new Int8Array(values.length) : new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = quantizeValue(values[i]!, p);
  return result;
}

/** x = scale * (q - zeroPoint), as ONNX DequantizeLinear. */
export function dequantize(values: ArrayLike<number>, p: QuantizationParameters): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = p.scale * (values[i]! - p.zeroPoint);
  return result;
}
