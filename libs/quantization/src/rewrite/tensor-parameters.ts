import type { Scheme } from '@octet/domain';

import {
  runtimeAsymmetric,
  runtimeSymmetric,
  unsignedSymmetric,
  type QuantizationParameters,
} from '../arithmetic/schemes.js';
import type { TensorRange } from '../calibration/ranges.js';

export type StaticScheme = Extract<Scheme, 'static-symmetric' | 'static-asymmetric'>;

/** int8 with zero point 0 (TensorRT), or uint8 (ONNX Runtime on a CPU, whose kernels fuse every unsigned pair). */
export type ActivationType = 'int8' | 'uint8';

/**
 * How an activation is written in integers. Symmetric: amax/127, moved up by 128 when unsigned; a tensor without negative
 * values takes all 255 unsigned steps from zero point 0, which also lets the runtime drop a ReLU before it. Asymmetric:
 * (high - low)/255.
 */
export function activationParameters(
  range: TensorRange,
  scheme: StaticScheme,
  type: ActivationType,
): QuantizationParameters {
  if (type === 'int8') return runtimeSymmetric(range.threshold);
  if (scheme === 'static-asymmetric') return runtimeAsymmetric(range.low, range.high);
  const oneSided = range.min >= 0;
  return unsignedSymmetric(oneSided ? range.high : range.threshold, oneSided);
}

/**
 * Parameters whose largest value lies within `limit`, so that a Clip before the quantising node does nothing and can be
 * dropped. float32 rounding of limit/255 may land above.
 */
export function capUpperEnd(p: QuantizationParameters, limit: number): QuantizationParameters {
  let { scale } = p;
  const steps = p.qmax - p.zeroPoint;
  while (Math.fround(scale * steps) > limit)
    scale = Math.fround(Math.min((limit / steps) * (1 - 2 ** -23), scale * (1 - 2 ** -23)));
  return { ...p, scale };
}
