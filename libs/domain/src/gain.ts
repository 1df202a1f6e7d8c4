import type { Times } from './result-row.js';

/** Times of an INT8 engine as the split gives them; fractions of a nanosecond are allowed, sums need not be exact yet. */
export interface SplitNs {
  tQuantNs: number;
  tDequantNs: number;
  int8Parts: { int8Ns: number; floatNs: number; conversionNs: number; overheadNs: number };
  layerOverheadNs: number;
  layerSumRatio: number;
  fused: { quantize: number; dequantize: number };
}

/** Gain of INT8 = T_float - T_int8 - T_quant - T_dequant = T_float - end-to-end, integer ns (design section 2). */
export function gainNs(tFloatNs: number, int8EndToEndNs: number): number {
  return Math.round(tFloatNs) - Math.round(int8EndToEndNs);
}

/**
 * The document's times: whole nanoseconds that add up exactly, tQuantNs + tInt8Ns + tDequantNs = int8EndToEndNs and int8Parts =
 * tInt8Ns. The rounding residue goes to int8Ns; only if the INT8 part is smaller than the residue does the overhead take it, so
 * that no part turns negative. `split` null: nothing was profiled, the parts are not known.
 */
export function timesOf(tFloatNs: number, int8EndToEndNs: number, split: SplitNs | null): Times {
  const endToEnd = Math.round(int8EndToEndNs);
  if (split === null) return unsplit(Math.round(tFloatNs), endToEnd);
  const tQuantNs = Math.round(split.tQuantNs);
  const tDequantNs = Math.round(split.tDequantNs);
  const tInt8Ns = endToEnd - tQuantNs - tDequantNs;
  return {
    tFloatNs: Math.round(tFloatNs),
    tQuantNs,
    tInt8Ns,
    tDequantNs,
    int8EndToEndNs: endToEnd,
    int8Parts: wholeParts(split.int8Parts, tInt8Ns),
    layerOverheadNs: Math.round(split.layerOverheadNs),
    layerSumRatio: split.layerSumRatio,
    fused: split.fused,
  };
}

function unsplit(tFloatNs: number, int8EndToEndNs: number): Times {
  return {
    tFloatNs,
    tQuantNs: null,
    tInt8Ns: null,
    tDequantNs: null,
    int8EndToEndNs,
    int8Parts: null,
    layerOverheadNs: null,
    layerSumRatio: null,
    fused: null,
  };
}

function wholeParts(parts: SplitNs['int8Parts'], tInt8Ns: number): SplitNs['int8Parts'] {
  const floatNs = Math.round(parts.floatNs);
  const conversionNs = Math.round(parts.conversionNs);
  const overheadNs = Math.round(parts.overheadNs);
  const int8Ns = tInt8Ns - floatNs - conversionNs - overheadNs;
  const takesResidue = int8Ns >= 0 && (Math.round(parts.int8Ns) > 0 || int8Ns === 0);
  if (takesResidue) return { int8Ns, floatNs, conversionNs, overheadNs };
  const whole = Math.max(Math.round(parts.int8Ns), 0);
  return { int8Ns: whole, floatNs, conversionNs, overheadNs: overheadNs + int8Ns - whole };
}
