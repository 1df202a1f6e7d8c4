/**
 * Rounds half to even, as ONNX QuantizeLinear demands and as hardware does by default
 * (https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html).
 */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Keeps `value` within [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
