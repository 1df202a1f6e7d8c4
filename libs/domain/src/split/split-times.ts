import { OctetError } from '../errors.js';
import type { ClassedLayer } from '../layer.js';
import { netTimeOf } from './net-time.js';

/** Where the time of T_int8 goes; integer ns, sums to tInt8Ns. */
export interface Int8Parts {
  int8Ns: number;
  floatNs: number;
  conversionNs: number;
  overheadNs: number;
}

/** tQuantNs + tInt8Ns + tDequantNs is the end-to-end time to the nanosecond. */
export interface TimeParts {
  tQuantNs: number;
  tDequantNs: number;
  tInt8Ns: number;
  int8Parts: Int8Parts;
}

/** The end-to-end time of one execution of the batch, split over an engine's layers. All times integer ns. */
export interface TimeSplit extends TimeParts {
  /** The constant c that profiling added to each layer. */
  layerOverheadNs: number;
  /** Sum of layer medians / end-to-end median, as profiled. */
  layerSumRatio: number;
  /** Computing layers with a conversion inside that can't be timed apart. */
  fused: { quantize: number; dequantize: number };
  /** The share of layout layers chained to them that is in tQuantNs and tDequantNs. */
  chainedLayout: { quantizeNs: number; dequantizeNs: number };
  /** The same split with all layers scaled by one factor (never upwards): shown where the two differ by more than 20 %. */
  proportional: TimeParts;
}

type Part = 'quantize' | 'dequantize' | 'int8' | 'float' | 'conversion' | 'overhead';
type Parts = Record<Part, number>;

/**
 * Splits the end-to-end median over the classed layers of a separate profiled run (design.md section 2, "From profile to
 * time"). Returns null when no layer was timed: then nothing is known. Throws `invalid-end-to-end` unless `endToEndNs` is a
 * positive, finite number (it is rounded to whole nanoseconds). `mostLayerCostNs`: see `netTimeOf`.
 */
export function splitTimes(
  layers: readonly ClassedLayer[],
  endToEndNs: number,
  mostLayerCostNs = Number.POSITIVE_INFINITY,
): TimeSplit | null {
  const endToEnd = wholeNanoseconds(endToEndNs);
  const times = layers.flatMap((layer) => (layer.timeNs === null ? [] : [layer.timeNs]));
  if (times.length === 0) return null;
  const sum = times.reduce((total, time) => total + time, 0);
  const { costNs, of: withoutCost } = netTimeOf(times, endToEnd, mostLayerCostNs);
  const factor = Math.min(1, endToEnd / sum);
  return {
    ...inWholeNanoseconds(sumParts(layers, withoutCost), endToEnd, layers),
    layerOverheadNs: Math.round(costNs),
    layerSumRatio: sum / endToEnd,
    fused: {
      quantize: layers.filter((layer) => layer.fusedQuantize).length,
      dequantize: layers.filter((layer) => layer.fusedDequantize).length,
    },
    chainedLayout: {
      quantizeNs: Math.round(chainedSum(layers, 'quantize', withoutCost)),
      dequantizeNs: Math.round(chainedSum(layers, 'dequantize', withoutCost)),
    },
    proportional: inWholeNanoseconds(
      sumParts(layers, (timeNs) => timeNs * factor),
      endToEnd,
      layers,
    ),
  };
}

/** The INT8 layers' part of the sum of all layers, as profiled; null when no layer was timed. */
export function int8TimeShare(layers: readonly ClassedLayer[]): number | null {
  let int8 = 0;
  let all = 0;
  for (const layer of layers) {
    all += layer.timeNs ?? 0;
    if (layer.class === 'int8') int8 += layer.timeNs ?? 0;
  }
  return all > 0 ? int8 / all : null;
}

function wholeNanoseconds(endToEndNs: number): number {
  const whole = Math.round(endToEndNs);
  if (Number.isSafeInteger(whole) && whole > 0) return whole;
  throw new OctetError(
    'invalid-end-to-end',
    `The end-to-end time must be a positive number of nanoseconds, not ${endToEndNs}: measure the engine again or check the file it was read from.`,
  );
}

function partOf(layer: ClassedLayer): Part {
  switch (layer.class) {
    case 'quantize':
    case 'dequantize':
    case 'int8':
    case 'float':
      return layer.class;
    case 'layout':
      return layer.chainedTo ?? 'conversion';
    case 'cast':
    case 'copy':
      return 'conversion';
    case 'noop':
      return 'overhead';
  }
}

function sumParts(layers: readonly ClassedLayer[], share: (timeNs: number) => number): Parts {
  const parts: Parts = { quantize: 0, dequantize: 0, int8: 0, float: 0, conversion: 0, overhead: 0 };
  for (const layer of layers) {
    if (layer.timeNs !== null) parts[partOf(layer)] += share(layer.timeNs);
  }
  return parts;
}

function chainedSum(
  layers: readonly ClassedLayer[],
  chainedTo: 'quantize' | 'dequantize',
  share: (timeNs: number) => number,
): number {
  return layers.reduce(
    (total, layer) => (layer.chainedTo === chainedTo && layer.timeNs !== null ? total + share(layer.timeNs) : total),
    0,
  );
}

function inWholeNanoseconds(exact: Parts, endToEnd: number, layers: readonly ClassedLayer[]): TimeParts {
  const inLayers = Object.values(exact).reduce((total, part) => total + part, 0);
  const rest = Math.max(endToEnd - inLayers, 0);
  const parts: Parts = {
    quantize: Math.round(exact.quantize),
    dequantize: Math.round(exact.dequantize),
    int8: Math.round(exact.int8),
    float: Math.round(exact.float),
    conversion: Math.round(exact.conversion),
    overhead: Math.round(exact.overhead + rest),
  };
  const residue = endToEnd - Object.values(parts).reduce((total, part) => total + part, 0);
  parts[residueTaker(parts, residue, layers)] += residue;
  return {
    tQuantNs: parts.quantize,
    tDequantNs: parts.dequantize,
    tInt8Ns: endToEnd - parts.quantize - parts.dequantize,
    int8Parts: {
      int8Ns: parts.int8,
      floatNs: parts.float,
      conversionNs: parts.conversion,
      overheadNs: parts.overhead,
    },
  };
}

/** The rounding residue (a few ns) belongs to int8Ns; an engine without INT8 layers must not show INT8 time, though. */
function residueTaker(parts: Parts, residue: number, layers: readonly ClassedLayer[]): Part {
  if (parts.int8 + residue >= 0 && layers.some((layer) => layer.class === 'int8')) return 'int8';
  return (Object.keys(parts) as Part[]).reduce((most, part) => (parts[part] > parts[most] ? part : most));
}
