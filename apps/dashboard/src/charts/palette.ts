/**
 * Okabe and Ito's palette ("Color Universal Design", 2008), told apart by colour-blind readers; grey is the float engine. Charts
 * with several series give each its own point shape or dash as well.
 */
export const palette = {
  float: '#8a9299',
  int8: '#0072b2',
  quantize: '#e69f00',
  dequantize: '#d55e00',
  conversion: '#cc79a7',
  remainder: '#a9b1b7',
  overhead: '#d4d9dd',
  breakEven: '#009e73',
} as const;

export const series = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#8a9299', '#b3a000'] as const;
export const pointStyles = [
  'circle',
  'rectRot',
  'triangle',
  'rect',
  'star',
  'crossRot',
  'rectRounded',
  'cross',
] as const;
export const dashes: readonly number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 6], [1, 4], [10, 2, 2, 2]];

export function seriesStyle(index: number): {
  borderColor: string;
  backgroundColor: string;
  pointStyle: (typeof pointStyles)[number];
  borderDash: number[];
} {
  const color = series[index % series.length]!;
  return {
    borderColor: color,
    backgroundColor: color,
    pointStyle: pointStyles[index % pointStyles.length]!,
    borderDash: dashes[index % dashes.length]!,
  };
}
