const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** Drops `shift` low bits, rounding to nearest, ties to even (IEEE 754-2019, 4.3.1). */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** IEEE binary32 value to binary16 bits, round half to even; above 65504 + half a step becomes infinity. */
export function float16Bits(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200 | (mantissa >>> 13));
  const scaled = exponent - 127 + 15;
  if (scaled >= 31) return sign | 0x7c00;
  // A carry out of the mantissa runs into the exponent, which is what rounding up to the next power of two means.
  if (scaled > 0) return sign | roundShift((scaled << 23) | mantissa, 13);
  if (scaled < -10) return sign;
  return sign | roundShift(mantissa | 0x800000, 14 - scaled);
}

/** binary16 bits to their exact value. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** binary32 value to bfloat16 bits, round half to even. */
export function bfloat16Bits(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return roundShift(bits, 16) & 0xffff;
}

/** bfloat16 bits to their exact value. */
export function bfloat16Value(bits: number): number {
  bitsView[0] = bits << 16;
  return floatView[0] ?? 0;
}
