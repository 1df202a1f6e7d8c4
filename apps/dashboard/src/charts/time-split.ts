import type { ResultRow } from '@octet/domain';
import { palette } from './palette.js';

/** One part of a bar, ns. */
export interface SplitPart {
  label: string;
  /** Stack of the bar: `float` or `int8`. */
  bar: 'float' | 'int8';
  ns: number;
  color: string;
}

/** Bars of a row: T_float beside T_quant + T_int8 in its parts + T_dequant. [] where nothing was measured. */
export function timeSplit(row: Pick<ResultRow, 'times' | 'floatVariant'>): SplitPart[] {
  const { times } = row;
  if (times === null) return [];
  const parts: SplitPart[] = [
    { label: `T_float (${row.floatVariant ?? 'float'})`, bar: 'float', ns: times.tFloatNs, color: palette.float },
  ];
  if (times.tQuantNs === null || times.tDequantNs === null || times.int8Parts === null) {
    return [...parts, { label: 'INT8 end to end', bar: 'int8', ns: times.int8EndToEndNs, color: palette.int8 }];
  }
  const { int8Ns, floatNs, conversionNs, overheadNs } = times.int8Parts;
  return [
    ...parts,
    { label: 'T_quant', bar: 'int8', ns: times.tQuantNs, color: palette.quantize },
    { label: 'T_int8: INT8 kernels', bar: 'int8', ns: int8Ns, color: palette.int8 },
    { label: 'T_int8: operators left float', bar: 'int8', ns: floatNs, color: palette.remainder },
    { label: 'T_int8: conversions', bar: 'int8', ns: conversionNs, color: palette.conversion },
    { label: 'T_int8: time in no layer', bar: 'int8', ns: overheadNs, color: palette.overhead },
    { label: 'T_dequant', bar: 'int8', ns: times.tDequantNs, color: palette.dequantize },
  ];
}
