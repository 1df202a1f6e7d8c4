/** 1.5 * 2^52: numbers of this size have no fraction bits, so adding it rounds in the processor's own mode. */
const roundingConstant = 6_755_399_441_055_744;

/**
 * Rounds half to even, as ONNX QuantizeLinear demands and as hardware does by default
 * (https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html). Beyond 2^50, where the trick ends, nothing is left to keep
 * exact: such a value saturates in every integer type here.
 */
export function roundHalfToEven(value: number): number {
  const rounded = value + roundingConstant - roundingConstant;
  return Math.abs(value) < 2 ** 50 ? rounded : Math.round(value);
}

/** Keeps `value` within [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
